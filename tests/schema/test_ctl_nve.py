# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nvo3-ctl: NVEs."""

import pytest

DPID = "00000000000000a1"


def test_nve_add(ctl):
    """All the options."""
    ctl("nve-add", "hv1", "192.0.2.1=10", "192.0.2.2", "--kind=external",
        "--datapath-id=00000000000000A1", "--quota=7")
    assert ctl.get("NVE", "hv1", "endpoints") == (
        '{"192.0.2.1"=10, "192.0.2.2"=0}')
    assert ctl.get("NVE", "hv1", "kind") == "external"
    assert ctl.get("NVE", "hv1", "datapath_id") == f'"{DPID}"'
    assert ctl.get("NVE", "hv1", "vnic_quota") == "7"
    ctl("nve-add", "hv2")
    for column in ("kind", "datapath_id", "vnic_quota", "enabled"):
        assert ctl.get("NVE", "hv2", column) == "[]"
    assert ctl.get("NVE", "hv2", "endpoints") == "{}"


def test_nve_list(ctl):
    """The preferred endpoint first; what the agent registered counts where
    the inventory says nothing; strangers are shown."""
    ctl("nve-add", "hv1", "192.0.2.1=5", "192.0.2.2=9")
    ctl("nve-add", "hv2", "--", "nve-disable", "hv2")
    for i, nve in enumerate(["hv1", "hv2", "hv3"]):
        ctl("create", "NVE_Registration", f"nve={nve}",
            f'datapath_id="00000000000000a{i}"',
            f'endpoints="192.0.2.{10 + i}"=0')
    ctl("set", "NVE", "hv1", "connected=true", "status=ok")
    assert [list(row.values()) for row in ctl.table("nve-list")] == [
        ["hv1", "embedded", "192.0.2.2, 192.0.2.1", "00000000000000a0",
         "yes", "yes", "yes", "ok"],
        ["hv2", "embedded", "192.0.2.11", "00000000000000a1", "yes", "no",
         "no", "(no verdict yet)"],
        ["hv3", "", "192.0.2.12", "00000000000000a2", "yes", "no", "no",
         "not admitted; nve-add admits it"]]


def test_enable_and_disable(ctl):
    """Idempotent both."""
    ctl("nve-add", "hv1")
    for command, value in (("nve-disable", "false"), ("nve-enable", "true")):
        ctl(command, "hv1")
        ctl(command, "hv1")
        assert ctl.get("NVE", "hv1", "enabled") == value
    assert "there is no NVE" in ctl.fail("nve-enable", "hv2")


def test_nve_del(ctl):
    """With a warning where that is in vain."""
    ctl("nve-add", "hv1", "--", "nve-del", "hv1")
    assert "there is no NVE" in ctl.fail("nve-del", "hv1")
    ctl("nve-del", "--if-exists", "hv1")
    ctl("set-nve-admission", "open", "--", "nve-add", "hv1", "--",
        "create", "NVE_Registration", "nve=hv1")
    process = ctl.run("nve-del", "hv1")
    assert process.returncode == 0
    assert "nve-disable keeps it out" in process.stderr


@pytest.mark.parametrize("args, words", [
    (["hv1"], "already an NVE"),
    (["hv2", "192.0.2.1"], 'belongs to NVE "hv1"'),
    (["hv2", "192.0.2.0/24"], "write one IP address"),
    (["hv2", "224.0.0.1"], "multicast"),
    (["hv2", "host"], "is no IP address"),
    (["hv2", "192.0.2.9=x"], "no good priority"),
    (["hv2", "192.0.2.9="], "no good priority"),
    (["hv2", f"--datapath-id={DPID}"], 'belongs to NVE "hv1"'),
    (["hv2", "--datapath-id=a1"], "16 hexadecimal digits"),
    (["hv2", "--datapath-id=0000000000000000"], "zero datapath id"),
    (["hv2", "--kind=soft"], "write embedded, external or hw_vtep"),
    (["hv2", "--quota=-1"], "0 or more"),
    (["-"], "must have a name"),
])
def test_bad_nves(ctl, args, words):
    """Said what is wrong."""
    ctl("nve-add", "hv1", "192.0.2.1", f"--datapath-id={DPID}")
    assert words in ctl.fail("nve-add", *args)


def test_nve_may_exist(ctl):
    """--may-exist leaves the NVE as it is."""
    ctl("nve-add", "hv1", "192.0.2.1")
    ctl("nve-add", "hv1", "192.0.2.2", "--may-exist")
    assert "192.0.2.2" not in ctl("nve-list")
