# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nve-ctl: show, request-list and connection-list."""

import pytest

MAC = "02:00:00:00:00:01"


@pytest.fixture
def edge(nve):
    """An NVE as ovs-nved would have it, with one of each kind of answer."""
    nve("create", "NVE_Status", "nve=nve1", "status=ok", "--",
        "segment-add", "blade", "--tags=100-199", "--request-tags=200", "--",
        "port-add", "eth1", "--segment=blade", "--",
        "port-add", "eth2", "--segment=blade", "--",
        "set", "Access_Port", "eth2", "enabled=false", "--",
        "port-add", "eth3", "--",
        "device-add", "hv1", "--", "device-add", "hv2", "--",
        "device-disable", "hv2")
    nve("create", "Tag", "segment=blade", "tag=100", "vn=red", "state=used",
        "--", "create", "Tag", "segment=blade", "tag=101", "vn=blue",
        "state=resting")
    nve("--device=hv1", "vn-connect", "id:77", "--port=eth1", "--tag=100",
        "--", "vn-connect", "grey", "--port=eth3", "--",
        "activate", "vm1", MAC, "10.0.0.1", "--vn=red", "--port=eth1",
        "--migration=none", "--",
        "associate", "vm2", "--port=eth1", "--guest-tag=9",
        "--migration=arriving", "--", "activate", "vm3", "--vn=red",
        "--port=eth1")
    nve("--device=hv3", "associate", "vm1", "--vn=red", "--port=eth3")
    nve("create", "VN_Connection_Answer", "end_device=hv1", "port=eth1",
        "vn=id\\:77", "claim_seq=1", "outcome=done", "state=connected",
        "vn_name=red", "vn_id=77", "tag=100", "--",
        "create", "VNIC_Answer", "end_device=hv1", "vnic=vm1", "vn=red",
        "port=eth1", "claim_seq=1", "outcome=done", "state=activated",
        "vn_name=red", "vn_id=77", "tag=100", "--",
        "create", "VNIC_Answer", "end_device=hv1", "vnic=vm2", "port=eth1",
        "claim_seq=1", "outcome=pending", "state=associated", "vn_name=red",
        "tag=100", 'reason="vm2 is still at hv2"', "--",
        "create", "VNIC_Answer", "end_device=hv1", "vnic=vm3", "vn=red",
        "port=eth1", "outcome=done", "state=associated", "--",
        "create", "VNIC_Answer", "end_device=hv2", "vnic=vm2", "vn=red",
        "port=eth1", "claim_seq=4", "outcome=held", "state=associated",
        "vn_name=red", "tag=100", f'kept_addresses="{MAC} 10.0.0.2"', "--",
        "create", "VNIC_Answer", "end_device=hv3", "vnic=vm1", "vn=red",
        "port=eth3", "claim_seq=1", "outcome=refused", "state=init",
        'reason="hv3 is not admitted"')
    return nve


def test_show(edge):
    """The whole tree, word for word."""
    assert edge("show") == f"""\
NVE nve1
Segment blade
    tags 100-199, on request 200
    port eth1
    port eth2, disabled
    tag 100 is VN red
    tag 101 is VN blue, resting
Segment eth3
    tags 1-4094
    port eth3
End device hv1
    VN grey on port eth3
        not known
        (no answer yet)
    VN id:77 on port eth1, asks for tag 100
        connected, tag 100, VN ID 77, VN Name red
    VNIC vm1 in VN red on port eth1, asks to be activated
        activated, tag 100, VN ID 77
        {MAC} 10.0.0.1
    VNIC vm2 on port eth1, asks to be associated, arriving
        guest tag 9
        associated, tag 100, VN Name red
        pending: vm2 is still at hv2
    VNIC vm3 in VN red on port eth1, asks to be activated
        associated
        (no answer yet)
End device hv2, disabled
    VNIC vm2 in VN red on port eth1, asks no longer
        associated, tag 100
        held
        {MAC} 10.0.0.2
End device hv3, not admitted
    VNIC vm1 in VN red on port eth3, asks to be associated
        init
        refused: hv3 is not admitted
"""


def test_show_trouble(nve):
    """What is wrong with the NVE, and segments that are not there."""
    nve("create", "NVE_Status", 'status="no nDirector"', "--",
        "create", "Access_Port", "name=eth1", "segment=gone")
    assert nve("show") == """\
NVE (name not known)
    no nDirector
Segment gone
    there is no such segment
    port eth1
"""


def test_show_of_an_empty_database(empty_nve):
    """show works before init and says what to do."""
    assert empty_nve("show") == """\
The database is empty; run "nve-ctl init".
No ovs-nved has ever used this database.
"""


def test_connection_list(edge):
    """Requests with their answers."""
    assert [list(row.values()) for row in edge.table("connection-list")] == [
        ["hv1", "grey", "eth3", "", "", "(no answer yet)", "", "", "", ""],
        ["hv1", "id:77", "eth1", "100", "connected", "done", "100", "red",
         "77", ""]]
    assert edge.table("--device=hv2", "connection-list") == []


def test_request_list(edge):
    """Requests with their answers, and what is kept."""
    rows = [
        ["hv1", "vm1", "red", "eth1", "activated", "activated", "done", "100",
         "red", "77", f"{MAC} 10.0.0.1", ""],
        ["hv1", "vm2", "", "eth1", "associated", "associated", "pending",
         "100", "red", "", "", "vm2 is still at hv2"],
        ["hv1", "vm3", "red", "eth1", "activated", "associated",
         "(no answer yet)", "", "", "", "", ""],
        ["hv2", "vm2", "red", "eth1", "", "associated", "held", "100", "red",
         "", f"{MAC} 10.0.0.2", ""],
        ["hv3", "vm1", "red", "eth3", "associated", "init", "refused", "", "",
         "", "", "hv3 is not admitted"]]
    assert [list(row.values()) for row in edge.table("request-list")] == rows
    assert [list(row.values()) for row in edge.table(
        "--device=hv2", "request-list")] == [rows[3]]


def test_bad_addresses_are_listed(nve):
    """Each with its reason, behind that of the answer."""
    nve("create", "VNIC_Answer", "end_device=hv1", "vnic=vm1", "vn=red",
        "outcome=done", 'reason="some are bad"', 'bad_addresses={b="2",a="1"}')
    assert nve.table("request-list")[0]["Reason"] == (
        "some are bad; a has no effect: 1; b has no effect: 2")
