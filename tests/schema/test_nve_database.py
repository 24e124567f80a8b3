# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nve-ctl, for the operator: the database, end devices, ports, segments."""

import pytest

LONG = "n" * 256


def test_init(nve):
    """init makes the global row and the role, and no row of ovs-nved's."""
    assert nve("list", "NVE_Status") == ""
    assert nve.get("RBAC_Role", "end-device", "name") == "end-device"
    assert nve.get("RBAC_Permission", "VN_Connection", "update") == (
        "[client_seq, tag_request]")
    assert nve.get("RBAC_Permission", "VNIC_Request", "update") == (
        "[addresses, client_seq, guest_tag, migration, port, state]")
    for table in ("VN_Connection", "VNIC_Request"):
        assert nve.get("RBAC_Permission", table, "authorization") == (
            "[end_device]")
        assert nve.get("RBAC_Permission", table, "insert_delete") == "true"


def test_init_is_idempotent(nve):
    """A second init changes nothing, and repairs what was changed."""
    before = nve.dump()
    nve("init")
    assert nve.dump() == before
    nve("set", "RBAC_Permission", "VNIC_Request", "update=[end_device]",
        "authorization=[]", "insert_delete=false")
    nve("init")
    assert nve.dump() == before


@pytest.mark.parametrize("args", [
    ["set-connection", "ptcp:6640"], ["get-connection"], ["del-connection"],
    ["set-ssl", "a", "b", "c"], ["get-ssl"],
])
def test_uninitialized(empty_nve, args):
    """What needs the global row says how to make it."""
    assert 'run "nve-ctl init"' in empty_nve.fail(*args)


def test_connections(nve):
    """As nvo3-ctl's, with the role of this database."""
    nve("set-connection", "read-only", "ptcp:0:127.0.0.1")
    assert nve("get-connection") == 'read-only role="" ptcp:0:127.0.0.1\n'
    assert 'end devices\' is "end-device"' in nve.fail(
        "set-connection", "role=hypervisor", "pssl:0:127.0.0.1")
    assert '"nve-ctl del-connection" first' in nve.fail(
        "set-connection", "read-write", "ptcp:0:127.0.0.1")
    nve("del-connection")
    assert nve("get-connection") == ""
    nve("set-ssl", "/k", "/c", "/ca")
    assert "Private key: /k" in nve("get-ssl")
    nve("del-ssl")
    assert nve("get-ssl") == ""


def test_default_database(nve):
    """Without --db and NVE_DB it is hypervisor_nve.sock."""
    del nve.server.env["NVE_DB"]
    assert "Segment" in nve("segment-list")


def test_no_server(nve):
    """The message names what to set."""
    nve.server.stop()
    process = nve.run("show")
    assert process.returncode == 1
    assert "$NVE_DB" in process.stderr


def test_devices(nve):
    """Added with its limits, disabled, enabled, deleted."""
    nve("device-add", "hv1", "--ports=eth2,eth1,eth2", "--tenants=acme",
        "--vnics=vm1,vm2", "--vnic-quota=3", "--vn-quota=0", "--",
        "device-add", "hv2")
    assert [list(row.values()) for row in nve.table("device-list")] == [
        ["hv1", "yes", "eth1, eth2", "acme", "vm1, vm2", "3", "0"],
        ["hv2", "yes", "any", "any", "any", "", ""]]
    nve("device-disable", "hv1")
    assert nve.table("device-list")[0]["Enabled"] == "no"
    nve("device-enable", "hv1")
    assert nve.table("device-list")[0]["Enabled"] == "yes"
    before = nve.dump()
    nve("device-add", "hv1", "--may-exist")
    assert nve.dump() == before
    nve("device-del", "hv1", "--", "device-del", "hv1", "--if-exists")
    assert [row["End device"] for row in nve.table("device-list")] == ["hv2"]


@pytest.mark.parametrize("args, words", [
    (["device-add", "hv1"], "--may-exist accepts that"),
    (["device-add", ""], "no good name for an end device"),
    (["device-add", LONG], "1 to 255 bytes"),
    (["device-add", "a\nb"], "without control characters"),
    (["device-add", "x", "--ports=a\tb"], "no good name for a port"),
    (["device-add", "x", f"--tenants={LONG}"], "no good name for a tenant"),
    (["device-add", "x", "--vnics=v\x01"], "no good name for a VNIC"),
    (["device-add", "x", "--vnic-quota=-1"], "write a number"),
    (["device-add", "x", "--vn-quota=many"], "write a number"),
    (["device-del", "x"], '"nve-ctl device-list" lists'),
    (["device-enable", "x"], 'there is no end device "x"'),
    (["device-disable", "x"], 'there is no end device "x"'),
    (["port-add", "eth1"], "--may-exist accepts that"),
    (["port-add", "x", "--segment=x"], '"nve-ctl segment-list" lists'),
    (["port-add", "x", "--segment=blade", "--tags=1"], "given to segment-add"),
    (["port-add", "x", "--tags=5000"], "such as 100-199,300"),
    (["port-add", "x", "--tags=9-5"], "such as 100-199,300"),
    (["port-add", "x", "--tags=0"], "such as 100-199,300"),
    (["port-del", "x"], '"nve-ctl port-list" lists'),
    (["segment-add", "blade"], "--may-exist accepts that"),
    (["segment-add", "x", "--tags=a"], "--tags: "),
    (["segment-add", "x", "--request-tags=1,,x"], "--request-tags: "),
    (["segment-del", "x"], '"nve-ctl segment-list" lists'),
    (["segment-del", "blade"], 'still has the ports eth1; delete these'),
    (["tag-list", "x"], 'there is no segment "x"'),
])
def test_bad_input(nve, args, words):
    """What can't be is refused in words, and nothing is written."""
    nve("device-add", "hv1", "--", "segment-add", "blade", "--",
        "port-add", "eth1", "--segment=blade")
    assert words in nve.fail(*args)


def test_ports_and_segments(nve):
    """In one transaction, the port after its segment."""
    nve("segment-add", "blade", "--tags=100-199,300", "--request-tags=200",
        "--", "port-add", "eth1", "--segment=blade", "--",
        "port-add", "eth2", "--segment=blade", "--",
        "port-add", "eth3", "--tags=5-9", "--", "port-add", "eth4", "--",
        "segment-add", "rack")
    assert [list(row.values()) for row in nve.table("segment-list")] == [
        ["blade", "eth1, eth2", "100-199,300", "200"],
        ["rack", "", "1-4094", ""]]
    nve("set", "Access_Port", "eth4", "enabled=false", "--",
        "create", "Access_Port", "name=eth5", "segment=gone")
    assert [list(row.values()) for row in nve.table("port-list")] == [
        ["eth1", "yes", "blade", "100-199,300"],
        ["eth2", "yes", "blade", "100-199,300"],
        ["eth3", "yes", "eth3", "5-9"],
        ["eth4", "no", "eth4", "1-4094"],
        ["eth5", "yes", "gone", "(no such segment)"]]
    before = nve.dump()
    nve("port-add", "eth1", "--may-exist", "--",
        "segment-add", "rack", "--may-exist")
    assert nve.dump() == before
    nve("port-del", "eth1", "--", "port-del", "eth2", "--",
        "segment-del", "blade", "--", "segment-del", "blade", "--if-exists",
        "--", "port-del", "eth1", "--if-exists")
    assert [row["Segment"] for row in nve.table("segment-list")] == ["rack"]


def test_a_segment_of_a_ports_name(nve):
    """It is that port's segment, with the segment's pool, and is kept."""
    nve("port-add", "eth1", "--tags=5", "--",
        "segment-add", "eth1", "--tags=7")
    assert nve.table("port-list")[0]["Tags"] == "7"
    assert "still has the ports eth1" in nve.fail("segment-del", "eth1")


def test_tags(nve):
    """In order of number, of all segments or one."""
    nve("port-add", "eth1", "--",
        "create", "Tag", "segment=eth1", "tag=1000", "vn=red", "state=used",
        "--", "create", "Tag", "segment=eth1", "tag=99", "vn=blue",
        "state=resting", "--",
        "create", "Tag", "segment=old", "tag=5", "vn=red")
    rows = [["eth1", "99", "blue", "resting"], ["eth1", "1000", "red", "used"],
            ["old", "5", "red", ""]]
    assert [list(row.values()) for row in nve.table("tag-list")] == rows
    assert [list(row.values()) for row in nve.table("tag-list", "eth1")] == (
        rows[:2])
    assert [list(row.values()) for row in nve.table("tag-list", "old")] == (
        rows[2:])


@pytest.mark.parametrize("table, columns, name", [
    ("End_Device", ["name=hv1"], "hv1"),
    ("Access_Port", ["name=eth1"], "eth1"),
    ("Segment", ["name=blade"], "blade"),
    ("Tag", ["segment=blade", "tag=5", "vn=red"], "red"),
    ("VN_Connection", ["end_device=hv1", "vn=red"], "red"),
    ("VN_Connection_Answer", ["end_device=hv1", "vn=red"], "red"),
    ("VNIC_Request", ["end_device=hv1", "vnic=vm1"], "vm1"),
    ("VNIC_Answer", ["end_device=hv1", "vnic=vm1"], "vm1"),
])
def test_generic_commands(nve, table, columns, name):
    """Rows have names for the commands of the database."""
    nve("create", table, *columns)
    assert nve.get(table, name, "_uuid")
    nve("destroy", table, name)
    assert nve("list", table) == ""
