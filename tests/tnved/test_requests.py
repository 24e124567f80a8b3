# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What ovs-tnved asks of the NVE, and what it makes of the answers."""

import pytest

from tnved_harness import BLOCKED, access, trunk
from nvo3lab.shell import wait_for


def test_request(hv, nve):
    hv.add_port("p1", iface_id="a", attached_mac="52:54:00:00:00:11",
                nvo3_ip="10.0.0.1 10.1.0.0/16", nvo3_vn="blue")
    row = nve.request("a")
    assert row["end_device"] == "hv1"
    assert row["port"] == "acc1"
    assert row["vn"] == "blue"
    assert row["addresses"] == "52:54:00:00:00:11 10.0.0.1 10.1.0.0/16"
    assert row["state"] == "activated"
    assert row["migration"] == []
    assert row["guest_tag"] == []
    hv.wait_state("p1", "pending")
    assert hv.vlan("p1") == BLOCKED


def test_activate_then_detach(hv, nve):
    hv.activate("a", 100)
    assert hv.interface("a")["external_ids"]["nvo3-vn-id"] == "4100"
    assert hv.vlan("up0") == trunk(100)
    hv.vsctl("del-port", "a")
    nve.wait_requests()
    hv.wait_vlan("up0", BLOCKED)


def test_uplink_carries_just_the_tags_in_use(hv, nve):
    hv.activate("a", 100)
    hv.activate("b", 7)
    hv.activate("c", 100)
    assert hv.vlan("up0") == trunk(7, 100)
    hv.vsctl("del-port", "a")
    nve.wait_requests("b", "c")
    assert hv.vlan("up0") == trunk(7, 100)
    hv.vsctl("del-port", "c")
    hv.wait_vlan("up0", trunk(7))


def test_associate_only(hv, nve):
    hv.add_port("p1", iface_id="a", iface_status="inactive")
    nve.request("a", state="associated")
    nve.answer("a", "associated", tag=100, vn_id=5, vn_name="blue")
    hv.wait_state("p1", "associated")
    assert hv.vlan("p1") == BLOCKED           # prepared, but no frame passes
    assert hv.vlan("up0") == BLOCKED
    hv.set_port("p1", iface_status="active")
    nve.request("a", state="activated")
    hv.wait_state("p1", "pending")
    assert hv.vlan("p1") == BLOCKED           # the answer is to "associated"
    nve.grant("a", 100)
    hv.wait_state("p1", "activated")
    assert hv.vlan("p1") == access(100)


def test_associate_refused(hv, nve):
    hv.add_port("p1", iface_id="a")
    nve.answer("a", "init", outcome="refused", reason="VN red is unknown")
    hv.wait_state("p1", "refused", "VN red is unknown")
    assert hv.vlan("p1") == BLOCKED
    # The NVE looks at it again by itself.
    nve.grant("a", 100)
    hv.wait_state("p1", "activated")


def test_answer_to_an_older_request_does_not_count(hv, nve):
    hv.add_port("p1", iface_id="a")
    seq = nve.request("a")["client_seq"]
    nve.answer("a", tag=100, claim_seq=seq - 1)
    hv.add_port("p2", iface_id="b")           # so the answer was seen
    nve.grant("b", 7)
    hv.wait_state("p2", "activated")
    assert hv.port_state("p1")[0] == "pending"
    assert hv.vlan("p1") == BLOCKED


def test_update_leaves_traffic_alone(hv, nve):
    hv.activate("a", 100, attached_mac="52:54:00:00:00:11")
    seq = nve.request("a")["client_seq"]
    hv.set_port("a", nvo3_ip="10.0.0.1")
    row = nve.request("a", addresses="52:54:00:00:00:11 10.0.0.1")
    assert row["client_seq"] > seq
    hv.wait_state("a", "pending")
    assert hv.vlan("a") == access(100)
    nve.grant("a", 100, outcome="pending", reason="waits for the nDirector")
    hv.wait_state("a", "pending", "waits for the nDirector")
    assert hv.vlan("a") == access(100)
    nve.grant("a", 100, bad_addresses={"52:54:00:00:00:11 10.0.0.1":
                                       "10.0.0.1 is b's"})
    hv.wait_state("a", "activated", "10.0.0.1 is b's")
    assert hv.vlan("a") == access(100)


def test_tag_changes(hv, nve):
    hv.activate("a", 100)
    nve.grant("a", 101)
    hv.wait_vlan("a", access(101))
    assert hv.vlan("up0") == trunk(101)
    assert hv.port_state("a") == ("activated", None)


@pytest.mark.parametrize("answer", [
    {"state": "init", "outcome": "withdrawn", "reason": "VN blue is gone"},
    {"state": "associated", "outcome": "withdrawn", "tag": 100,
     "reason": "VN blue is gone"},
    {"state": "activated", "tag": [], "reason": "VN blue is gone"},
    {"state": "activated", "tag": 4095, "reason": "VN blue is gone"},
])
def test_nothing_passes_after_a_withdrawal(hv, nve, answer):
    hv.activate("a", 100)
    nve.answer("a", **answer)
    hv.wait_vlan("a", BLOCKED)
    assert hv.vlan("up0") == BLOCKED
    state, reason = hv.port_state("a")
    assert state in ("refused", "associated", "pending")
    assert "VN blue is gone" in reason


def test_answer_deleted(hv, nve):
    hv.activate("a", 100)
    nve.db.delete("VNIC_Answer", vnic="a")
    hv.wait_vlan("a", BLOCKED)
    hv.wait_state("a", "pending")


def test_another_vn(hv, nve):
    hv.activate("a", 100)
    hv.set_port("a", nvo3_vn="red")
    nve.request("a", vn="red")
    nve.wait_requests("a")
    hv.wait_vlan("a", BLOCKED)                # the tag was that of another VN
    nve.grant("a", 200)
    hv.wait_vlan("a", access(200))


def test_bad_interfaces_disturb_nobody(hv, nve):
    hv.activate("good", 100)
    size = nve.size()
    hv.add_port("p1", iface_id="a", attached_mac="x")
    hv.wait_state("p1", "refused", "attached-mac")
    hv.add_port("p2", iface_id="b", nvo3_vm_state="asleep")
    hv.wait_state("p2", "refused", "nvo3-vm-state is \"asleep\"")
    hv.add_port("p3", iface_id="c", nvo3_migration="soon")
    hv.wait_state("p3", "refused", "nvo3-migration is \"soon\"")
    hv.add_port("p4", iface_id="good")
    hv.wait_state("p4", "refused", "\"good\" has the same iface-id")
    for port in "p1", "p2", "p3", "p4":
        assert hv.vlan(port) == BLOCKED
    assert hv.vlan("good") == access(100)
    assert nve.size() == size


def test_vnic_on_a_bond(hv, nve):
    hv.vsctl("add-bond", "br-int", "bond0", "e0", "e1", "--", "set",
             "Interface", "e0", "external_ids:iface-id=a", "ofport=9")
    hv.wait_state("e0", "refused", "alone on its Port")
    assert hv.vlan("bond0") == BLOCKED


def test_other_ports_are_left_alone(hv, nve):
    hv.vsctl("add-port", "br-int", "mine", "tag=42", "trunks=7",
             "vlan_mode=native-tagged")
    hv.activate("a", 100)
    assert hv.vlan("mine") == ("native-tagged", [42], [7], False)
    hv.vsctl("add-br", "other")
    hv.add_port("p9", bridge="other", iface_id="z")
    hv.activate("b", 100)
    assert hv.vlan("p9") == (None, [], [], False)
    nve.wait_requests("a", "b")


def test_port_that_is_no_vnic_any_more(hv, nve):
    hv.activate("a", 100)
    hv.set_port("a", iface_id=None)
    hv.wait_vlan("a", BLOCKED)                # it was not that of its owner
    nve.wait_requests()
    hv.vsctl("set", "Port", "a", "tag=5", "vlan_mode=access",
             "protected=false", "--", "clear", "Port", "a", "trunks")
    hv.activate("b", 100)
    assert hv.vlan("a") == access(5)          # now it is the operator's
    assert hv.vlan("up0") == trunk(100)


def test_what_others_change_is_put_right(hv, nve):
    hv.activate("a", 100)
    hv.vsctl("set", "Port", "a", "tag=200")
    hv.wait_vlan("a", access(100))
    hv.vsctl("clear", "Port", "up0", "trunks")
    hv.wait_vlan("up0", trunk(100))
    hv.add_port("p1", iface_id="b")
    hv.wait_vlan("p1", BLOCKED)
    hv.vsctl("set", "Port", "p1", "protected=false")
    hv.wait_vlan("p1", BLOCKED)


def test_own_writes_cause_no_others(hv, nve):
    hv.activate("a", 100)
    wait_for(lambda: "a: VNIC a, activated"
             in hv.agent.appctl("tnved/show"), 10)
    show = hv.agent.show()
    sizes = hv.ovsdb.size(), nve.size()
    hv.set_port("a", x="y")                   # which it has to look at
    wait_for(lambda: hv.ovsdb.size() > sizes[0], 10)
    nve.db.insert("End_Device", name="hv1")
    assert hv.agent.show() == show
    assert nve.requests()[0]["client_seq"] == 1
    assert '"ovs-tnved"' not in hv.ovsdb.transactions()[-1]


def test_thousand_addresses_are_one_row(hv, nve):
    ips = " ".join(f"10.0.{i // 250}.{i % 250 + 1}" for i in range(1000))
    hv.add_port("p1", iface_id="a", attached_mac="52:54:00:00:00:11",
                nvo3_ip=ips)
    nve.grant("a", 100)
    hv.wait_state("p1", "activated")
    n = len(nve.transactions())
    hv.vsctl("del-port", "p1")
    nve.wait_requests()
    assert len(nve.transactions()) == n + 1


def test_many_vnics_in_one_go(hv, nve):
    names = [f"p{n}" for n in range(300)]
    hv.vsctl(*(word for name in names for word in (
        "--", "add-port", "br-int", name, "--", "set", "Interface", name,
        f"external_ids:iface-id={name}", "ofport=9")))
    nve.wait_requests(*names)
    assert len(nve.transactions()) == 1       # for all of them
    hv.wait_state("p299", "pending")
    n = len(hv.ovsdb.transactions())
    nve.db.transact(*(
        {"op": "insert", "table": "VNIC_Answer", "row": {
            "end_device": "hv1", "vnic": r["vnic"], "port": "acc1",
            "state": "activated",
            "tag": 100 + i % 3, "outcome": "done",
            "claim_seq": r["client_seq"]}}
        for i, r in enumerate(nve.requests())))
    hv.wait_vlan("up0", trunk(100, 101, 102))
    assert all(hv.port_state(name)[0] == "activated" for name in names)
    assert len(hv.ovsdb.transactions()) == n + 1
