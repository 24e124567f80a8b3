# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What an end device with a good certificate can and cannot write."""

import pytest

from conftest import HYPERVISOR_NVE, Ctl, Server
from tls import DENIED, connect_as, contents

MAC = "02:00:00:00:00:01"


@pytest.fixture(scope="module", name="nve")
def module_nve(tmp_path_factory):
    """nve-ctl of the operator, on one database for all tests here."""
    server = Server(tmp_path_factory.mktemp("nrbac"), HYPERVISOR_NVE)
    ctl = Ctl(server)
    ctl("init")
    yield ctl
    server.stop()


@pytest.fixture(scope="module")
def hv1(nve):
    """The end device hv1, on a database with requests of hv2."""
    nve("segment-add", "blade", "--", "port-add", "eth1", "--segment=blade",
        "--", "device-add", "hv1", "--", "device-add", "hv2", "--",
        "create", "NVE_Status", "status=ok", "--",
        "create", "Tag", "segment=blade", "tag=5", "vn=red")
    nve("--device=hv2", "vn-connect", "red", "--", "activate", "theirs",
        "--vn=red")
    nve("create", "VNIC_Answer", "end_device=hv1", "vnic=theirs", "vn=red",
        "--", "create", "VN_Connection_Answer", "end_device=hv1", "vn=red")
    nve.server.env["NVE_DEVICE"] = "hv1"
    return connect_as(nve, "hv1", "end-device")


def test_own_rows(hv1, nve):
    """All that the protocol needs, from VN_Connect to the end."""
    hv1("vn-connect", "blue")
    hv1("vn-connect", "blue", "--tag=7")
    hv1("associate", "vm1", MAC, "10.0.0.1", "--vn=blue", "--guest-tag=5",
        "--migration=arriving")
    hv1("activate", "vm1", "--migration=none")
    hv1("addr-add", "vm1", MAC, "10.0.0.2")
    hv1("addr-del", "vm1", MAC, "10.0.0.1")
    hv1("move", "vm1", "--port=eth2")
    hv1("deactivate", "vm1")
    process = hv1.start("deassociate", "vm1", "--departing")
    nve("wait-until", "VNIC_Request", "vm1", "migration=departing")
    nve("create", "VNIC_Answer", "end_device=hv1", "vnic=vm1", "vn=blue",
        "claim_seq=7")
    assert process.communicate() == ("", "")
    assert process.returncode == 0
    hv1("vn-disconnect", "blue")
    assert [row["vnic"] for row in nve.table("list", "VNIC_Request")] == [
        "theirs"]


def test_it_reads(hv1):
    """It must see its answers."""
    assert "theirs" in hv1("show")
    assert hv1.table("port-list")[0]["Port"] == "eth1"


@pytest.mark.parametrize("args", [
    ["--device=hv2", "vn-connect", "blue"],
    ["--device=hv2", "vn-connect", "red", "--tag=7"],
    ["--device=hv2", "vn-disconnect", "red"],
    ["--device=hv2", "activate", "mine"],
    ["--device=hv2", "deactivate", "theirs"],
    ["--device=hv2", "move", "theirs", "--port=eth2"],
    ["--device=hv2", "addr-add", "theirs", MAC],
    ["--device=hv2", "deassociate", "theirs"],
    ["--device=hv2", "deassociate", "theirs", "--departing"],
    ["create", "VNIC_Request", "vnic=mine", "vn=red"],
    ["destroy", "VNIC_Request", "--all"],
    ["create", "VNIC_Answer", "end_device=hv1", "vnic=mine", "outcome=done"],
    ["set", "VNIC_Answer", "theirs", "outcome=done"],
    ["destroy", "VNIC_Answer", "theirs"],
    ["create", "VN_Connection_Answer", "end_device=hv1", "vn=blue"],
    ["set", "VN_Connection_Answer", "red", "outcome=done"],
    ["create", "Tag", "segment=blade", "tag=6", "vn=blue"],
    ["set", "Tag", "red", "vn=blue"],
    ["destroy", "Tag", "red"],
    ["set", "NVE_Status", ".", "status=bad"],
    ["set", "NVE_Global", ".", "options:hold-time=1"],
    ["device-add", "hv3"], ["device-del", "hv2"], ["device-disable", "hv2"],
    ["set", "End_Device", "hv1", "vnic_quota=9"],
    ["port-add", "eth9"], ["port-del", "eth1"],
    ["segment-add", "x"], ["set", "Segment", "blade", "tags=7"],
    ["set", "RBAC_Permission", "VNIC_Request", "update=end_device"],
    ["set-connection", "ptcp:0:127.0.0.1"],
    ["set", "Connection", ".", 'role=""'],
    ["set-ssl", "/k", "/c", "/ca"],
])
def test_others_rows(hv1, nve, args):
    """Nothing of anybody else's, and nothing of the answers, the tags, or
    what is the operator's."""
    before = contents(nve)
    process = hv1.run(*args)
    assert process.returncode == 1, process.stdout
    assert DENIED in process.stderr, process.stderr
    assert contents(nve) == before


@pytest.mark.parametrize("table, row, column", [
    ("VNIC_Request", "mine", "end_device=hv2"),
    ("VNIC_Request", "mine", "vnic=other"),
    ("VNIC_Request", "mine", "vn=other"),
    ("VN_Connection", "grey", "end_device=hv2"),
    ("VN_Connection", "grey", "port=other"),
    ("VN_Connection", "grey", "vn=other"),
])
def test_the_key_stays(hv1, nve, table, row, column):
    """A row can't be given away, nor become another request."""
    hv1("activate", "mine", "--vn=grey", "--", "vn-connect", "grey")
    before = contents(nve)
    process = hv1.run("set", table, row, column)
    assert process.returncode == 1
    assert DENIED in process.stderr
    assert contents(nve) == before
    hv1("deassociate", "mine", "--", "vn-disconnect", "grey")


def test_it_cannot_take_anothers_place(hv1, nve):
    """No unique index lets its request be in the way of another's."""
    hv1("activate", "v1", "--vn=red", "--", "vn-connect", "blue")
    nve("--device=hv2", "activate", "v1", "--vn=red", "--",
        "vn-connect", "blue")
    nve("--device=hv2", "deassociate", "v1", "--", "vn-disconnect", "blue")
    hv1("deassociate", "v1", "--", "vn-disconnect", "blue")


def test_another_name_is_another_device(hv1, nve):
    """An end device whose certificate says hv1 is not hv10."""
    process = hv1.run("--device=hv10", "activate", "vm1")
    assert process.returncode == 1
    assert DENIED in process.stderr
    assert not [row for row in nve.table("list", "VNIC_Request")
                if row["end_device"] == "hv10"]
