# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nvo3-ctl: show, binding-list and mapping-list."""

import pytest

WEB = "02:00:00:00:00:01"
GUEST = "02:00:00:00:00:02"


@pytest.fixture
def net(ctl):
    """A network as ndirectord would have it: the VNIC v1 of the inventory
    and the VNIC v2 that only its agent knows, at hv1, in the VN red; v1
    refused at hv2; v3 nowhere."""
    ctl("create", "Epoch", "number=3", "director=dc1", "sync_done=2", "--",
        "set", "NVO3_Global", ".", "sync_request=2")
    ctl("vn-add", "red", "Rot", "--open", "--", "vn-add", "blue", "--",
        "set", "VN", "red", "vn_id=77", "status=ok", "--", "set", "VN",
        "blue", 'status="refused: no VN ID is free"')
    ctl("vnic-add", "v1", "web", "--vn=red", f"--mac={WEB}",
        "--ip=10.0.0.1,10.0.0.5-10.0.0.9", "--",
        "vnic-add", "v3", "--vn=blue")
    ctl("nve-add", "hv1", "192.0.2.1", "192.0.2.2=4", "--",
        "set", "NVE", "hv1", "connected=true", "status=ok", "--",
        "create", "NVE_Registration", "nve=hv1", "--",
        "nve-add", "hv2", "--", "create", "NVE_Registration", "nve=hv3")
    ctl("create", "VNIC_Claim", "nve=hv1", "vnic=v1", "--",
        "create", "VNIC_Claim", "nve=hv1", "vnic=v2", "vn=red",
        f'addresses="{GUEST} 10.0.0.2 fd00::2"')
    ctl("create", "Binding", "nve=hv1", "vnic=v1", "vn=red",
        "state=activated", "generation=5", "epoch=3", "--",
        "create", "Binding", "nve=hv1", "vnic=v2", "vn=red",
        "state=activated", "generation=6", "epoch=3", "--",
        "create", "Binding", "nve=hv2", "vnic=v1", "vn=red",
        "state=refused", 'reason="it is at hv1"', "--",
        "create", "Binding", "nve=hv2", "vnic=v9", "state=refused",
        'reason="it names no VN"')
    return ctl


def test_binding_list(net):
    """All, or those of one VNIC, be it in the inventory or not."""
    assert [list(row.values()) for row in net.table("binding-list")] == [
        ["v1", "Rot", "hv1", "activated", "5", "3", ""],
        ["v1", "Rot", "hv2", "refused", "0", "0", "it is at hv1"],
        ["v2", "Rot", "hv1", "activated", "6", "3", ""],
        ["v9", "", "hv2", "refused", "0", "0", "it names no VN"]]
    assert len(net.table("binding-list", "web")) == 2
    assert len(net.table("binding-list", "v2")) == 1
    assert net.table("binding-list", "v4") == []


def test_mapping_list(net):
    """Only activated bindings, at the preferred endpoint."""
    expected = [
        ["Rot", "77", WEB, "10.0.0.1, 10.0.0.5-10.0.0.9", "web", "hv1",
         "192.0.2.2", "5"],
        ["Rot", "77", GUEST, "10.0.0.2 fd00::2", "v2", "hv1", "192.0.2.2",
         "6"]]
    assert [list(row.values()) for row in net.table("mapping-list")] == (
        expected)
    assert [list(row.values()) for row in net.table("mapping-list", "red")
            ] == expected
    assert net.table("mapping-list", "blue") == []
    assert "there is no VN" in net.fail("mapping-list", "green")


def test_mapping_of_claimed_address(net):
    """Where the inventory has no address, the claim's count."""
    net("vnic-del-addr", "v1", "red", WEB)
    net("set", "VNIC_Claim", "v1", f'addresses="{WEB} 10.0.0.3"')
    assert net.table("mapping-list")[0]["IPs"] == "10.0.0.3"


def test_show(net):
    """The whole tree, word for word."""
    assert net("show") == f"""\
ndirectord dc1
    epoch 3, 2 of 2 synchronizations done
VN Rot (red)
    VN ID 77, open admission
    VNIC v2
        activated at NVE hv1
        not in the inventory
    VNIC web (v1)
        {WEB} 10.0.0.1, 10.0.0.5-10.0.0.9
        activated at NVE hv1
        refused at NVE hv2: it is at hv1
VN blue
    no VN ID
    refused: no VN ID is free
    VNIC v3
        at no NVE
In no VN
    VNIC v9
        refused at NVE hv2: it names no VN
        not in the inventory
NVE hv1
    at 192.0.2.2, 192.0.2.1, connected
NVE hv2
    no tunnel endpoint, not connected, agent not registered
    (no verdict yet)
NVE hv3
    registered, but not admitted
"""


def test_show_odd_ends(ctl):
    """VNICs in no VN and VNs that are gone stay visible."""
    ctl("vn-add", "red", "--", "vnic-add", "v1", "--vn=red", "--",
        "vnic-add", "v2", "--", "destroy", "VN", "red")
    assert ctl("show") == """\
No ndirectord has ever used this database.
In no VN
    VNIC v2
        at no NVE
VN red
    not in the inventory
    VNIC v1
        at no NVE
"""


def test_tables_have_formats(net):
    """A table for people, and what a script wants."""
    assert net("binding-list").startswith("VNIC VN  NVE")
    assert net("--format=csv", "binding-list").startswith("VNIC,VN,NVE,")
    assert net("--bare", "binding-list").startswith("v1\nRot\nhv1\n")
    assert "VNIC" not in net("--no-headings", "binding-list", "v2")
