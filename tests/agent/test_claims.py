# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""From interfaces with an iface-id to rows of VNIC_Claim."""

import pytest

from nvo3lab.shell import wait_for

MAC = "52:54:00:00:00:11"


def test_claim_says_what_the_interface_does(nve):
    # What libvirt writes.
    nve.add_port("vnet0", iface_id="aaaaaaaa-0000-4000-8000-000000000001",
                 attached_mac=MAC.upper(), iface_status="active",
                 vm_id="11111111-1111-4111-8111-111111111111",
                 nvo3_ip="10.0.0.5 10.1.0.0/24,fd00::1-fd00::9",
                 nvo3_vn="blue")
    claim = nve.central.claim("aaaaaaaa-0000-4000-8000-000000000001")
    assert claim["nve"] == "hv1" and claim["vn"] == "blue"
    assert claim["port"] == "vnet0" and claim["tag"] == []
    assert claim["addresses"] == \
        MAC + " 10.0.0.5 10.1.0.0/24,fd00::1-fd00::9"
    assert claim["state"] == "activated"


def test_claim_without_addresses(nve):
    nve.add_port("p1", iface_id="a")
    claim = nve.central.claim("a")
    assert claim["addresses"] == [] and claim["vn"] == ""


def test_inactive_is_associated_only(nve):
    nve.add_port("p1", iface_id="a", iface_status="inactive")
    first = nve.central.claim("a", state="associated")
    nve.set_port("p1", iface_status="active")
    second = nve.central.claim("a", state="activated")
    assert second["_uuid"] == first["_uuid"]
    assert second["client_seq"] > first["client_seq"]


def test_every_change_raises_the_sequence_number_of_the_same_row(nve):
    nve.add_port("p1", iface_id="a", attached_mac=MAC)
    claim = nve.central.claim("a", addresses=MAC)
    nve.set_port("p1", nvo3_ip="10.0.0.5")
    new = nve.central.claim("a", addresses=MAC + " 10.0.0.5")
    assert new["_uuid"] == claim["_uuid"]
    assert new["client_seq"] > claim["client_seq"]

    # What the claim does not say does not touch it.
    size = nve.central.size()
    nve.set_port("p1", vm_id="1")
    nve.set_port("p1", attached_mac=MAC.upper())
    nve.add_port("p2", iface_id="b")
    nve.central.wait_claims("a", "b")
    assert nve.central.claim("a")["client_seq"] == new["client_seq"]
    assert nve.central.size() > size


def test_sequence_numbers_are_not_used_twice(nve):
    nve.add_port("p1", iface_id="a")
    nve.central.bind("a")
    nve.wait_state("p1", "activated")
    seq = nve.central.claim("a")["client_seq"]
    nve.vsctl("del-port", "p1")
    nve.central.wait_claims()
    nve.add_port("p1", iface_id="a")          # the old Binding is still there
    assert nve.central.claim("a")["client_seq"] > seq
    nve.wait_state("p1", "pending")


def test_sequence_numbers_are_not_used_twice_after_a_restart(nve):
    nve.add_port("p1", iface_id="a")
    for n in range(5):
        nve.set_port("p1", nvo3_vn=f"vn{n}")
        nve.central.claim("a", vn=f"vn{n}")
    seq = nve.central.claim("a")["client_seq"]
    nve.central.bind("a")
    nve.wait_state("p1", "activated")
    nve.agent.kill()
    nve.central.db.delete("VNIC_Claim", vnic="a")
    nve.agent.start()
    assert seq > 1
    nve.wait_state("p1", "pending")
    assert nve.central.claim("a")["client_seq"] > seq


@pytest.mark.parametrize("end", ["del-port", "no-id", "new-id", "del-br"])
def test_claim_goes_with_its_port(nve, end):
    nve.add_port("p1", iface_id="a")
    nve.add_port("p2", iface_id="b")
    nve.central.wait_claims("a", "b")
    nve.wait_state("p1", "pending")
    left = ["b"]
    if end == "del-port":
        nve.vsctl("del-port", "p1")
    elif end == "no-id":
        nve.set_port("p1", iface_id=None)
        wait_for(lambda: nve.port_state("p1") == (None, None), 10)
    elif end == "new-id":
        nve.set_port("p1", iface_id="c")
        left = ["b", "c"]
    else:
        nve.vsctl("del-br", "br-int")
        left = []
    nve.central.wait_claims(*left)


def test_port_that_leaves_the_bridge(nve):
    nve.add_port("p1", iface_id="a", nvo3_vn="blue")
    nve.central.bind("a")
    nve.wait_state("p1", "activated")
    nve.vsctl("add-br", "br9")
    port = nve.vsctl("get", "Port", "p1", "_uuid")
    nve.vsctl("remove", "Bridge", "br-int", "ports", port, "--",
              "add", "Bridge", "br9", "ports", port)
    nve.central.wait_claims()
    wait_for(lambda: nve.port_state("p1") == (None, None), 10)
    assert nve.interface("p1")["external_ids"] == {"iface-id": "a",
                                                   "nvo3-vn": "blue"}


@pytest.mark.parametrize("ids, words", [
    ({"iface_id": ""}, "iface-id"),
    ({"iface_id": "x" * 256}, "1 to 255"),
    ({"iface_id": "a\nb"}, "iface-id"),
    ({"iface_id": "a", "attached_mac": "52:54:00"}, "attached-mac"),
    ({"iface_id": "a", "attached_mac": "01:00:00:00:00:01"}, "attached-mac"),
    ({"iface_id": "a", "attached_mac": MAC, "nvo3_ip": "10.0.0.300"},
     "nvo3-ip"),
    ({"iface_id": "a", "nvo3_ip": "10.0.0.1"}, "needs attached-mac"),
    ({"iface_id": "a", "nvo3_vn": "y" * 256}, "nvo3-vn"),
])
def test_bad_keys_are_refused(nve, ids, words):
    nve.add_port("bad", iface_id="good")
    nve.central.claim("good")
    row = {k.replace("_", "-"): v for k, v in ids.items()}
    nve.ovsdb.db.update("Interface", [["name", "==", "bad"]],
                        external_ids=row)
    nve.wait_state("bad", "refused", words)
    nve.central.wait_claims()
    nve.ovsdb.db.update("Interface", [["name", "==", "bad"]],
                        external_ids={"iface-id": "mended"})
    nve.central.wait_claims("mended")
    nve.wait_state("bad", "pending")


def test_port_without_openflow_number_waits(nve):
    nve.add_port("p1", ofport=0, iface_id="a")
    nve.wait_state("p1", "pending", "has not opened")
    nve.ovsdb.db.update("Interface", [["name", "==", "p1"]], ofport=-1,
                        error="could not open network device p1 (No such "
                        "device)")
    nve.wait_state("p1", "pending", "No such device")
    assert nve.central.claims() == []
    nve.ovsdb.db.update("Interface", [["name", "==", "p1"]], ofport=5,
                        error=[])
    nve.central.wait_claims("a")
    nve.wait_state("p1", "pending")


def test_two_ports_of_one_vnic(nve):
    nve.add_port("p2", iface_id="a", iface_status="inactive")
    nve.central.claim("a", port="p2")
    nve.add_port("p3", iface_id="a")          # active beats inactive
    claim = nve.central.claim("a", port="p3", state="activated")
    nve.wait_state("p2", "refused", '"p3" has the same iface-id')
    nve.add_port("p1", iface_id="a")          # the lower name beats
    nve.central.claim("a", port="p1")
    nve.wait_state("p3", "refused", '"p1"')
    nve.vsctl("del-port", "p1")
    again = nve.central.claim("a", port="p3")
    assert again["_uuid"] == claim["_uuid"]
    nve.wait_state("p3", "pending")
    nve.central.wait_claims("a")


def test_one_vnic_in_two_vns_by_name(nve):
    nve.add_port("p1", iface_id="a", nvo3_vn="blue")
    nve.add_port("p2", iface_id="a", nvo3_vn="red")
    nve.central.wait_claims("a", "a")
    assert sorted((c["vn"], c["port"]) for c in nve.central.claims()) == [
        ("blue", "p1"), ("red", "p2")]


def test_interfaces_of_a_bond(nve):
    nve.vsctl("add-bond", "br-int", "bond0", "m1", "m2", "--",
              "set", "Interface", "m1", "external_ids:iface-id=a", "ofport=8",
              "--", "set", "Interface", "m2", "external_ids:iface-id=b",
              "ofport=9")
    nve.central.wait_claims("a", "b")
    nve.ovsdb.db.transact(
        {"op": "mutate", "table": "Port", "where": [["name", "==", "bond0"]],
         "mutations": [["interfaces", "delete",
                        nve.ovsdb.db.find("Interface", name="m2")[0]["_uuid"]
                        ]]})
    nve.central.wait_claims("a")


def test_other_ports_are_no_business_of_ours(nve):
    nve.vsctl("add-br", "br9")
    nve.add_port("q1", bridge="br9", iface_id="z")
    nve.add_port("p0")
    nve.add_port("p1", iface_id="a")
    nve.central.wait_claims("a")
    nve.wait_state("p1", "pending")
    assert nve.port_state("q1") == (None, None)
    assert nve.port_state("p0") == (None, None)
    assert nve.port_state("nvo3-vxlan0") == (None, None)


def test_claims_of_other_nves_are_left_alone(nve):
    nve.central.db.insert("VNIC_Claim", nve="hv9", vnic="a", port="x",
                          client_seq=3)
    nve.central.db.insert("VNIC_Claim", nve="hv1", vnic="stale", port="x",
                          client_seq=3)
    nve.central.wait_claims("a")              # that of hv1 is deleted
    nve.add_port("p1", iface_id="a")
    nve.central.wait_claims("a", "a")
    assert nve.central.claims(nve="hv9")[0]["client_seq"] == 3
