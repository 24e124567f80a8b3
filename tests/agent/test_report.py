# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""From Bindings back to the interfaces, and what ovs-appctl shows."""

import pytest

from nvo3lab.shell import wait_for


def test_wait_until_works_for_a_hypervisor(nve):
    nve.add_port("p1", iface_id="a", attached_mac="52:54:00:00:00:11")
    nve.central.bind("a")
    nve.vsctl("wait-until", "Interface", "p1",
              "external_ids:nvo3-state=activated")


@pytest.mark.parametrize("state", ["pending", "associated", "activated",
                                   "refused"])
def test_states_and_reasons(nve, state):
    nve.add_port("p1", iface_id="a")
    nve.central.bind("a", state, reason="because")
    nve.wait_state("p1", state, "because")
    nve.central.bind("a", state)
    nve.wait_state("p1", state)
    nve.central.db.delete("Binding", vnic="a")
    nve.wait_state("p1", "pending")


def test_state_is_of_the_claim_as_it_is_asked_now(nve):
    nve.add_port("p1", iface_id="a")
    nve.central.bind("a")
    nve.wait_state("p1", "activated")
    old = nve.central.claim("a")["client_seq"]
    nve.set_port("p1", attached_mac="52:54:00:00:00:11")
    nve.wait_state("p1", "pending")
    nve.central.bind("a", seq=old, reason="still the old answer")
    nve.central.bind("a", "associated", vn="vn2", seq=old)
    nve.add_port("p2", iface_id="b")
    nve.central.bind("b")
    nve.wait_state("p2", "activated")         # so the others were seen
    nve.wait_state("p1", "pending")
    nve.central.db.delete("Binding", vn="vn2")
    nve.central.bind("a")
    nve.wait_state("p1", "activated")


def test_changes_of_state_are_logged(nve):
    """All of them, as RFC 8394, section 6, wants it."""
    nve.add_port("p1", iface_id="a", iface_status="inactive")
    nve.central.bind("a", "associated")
    nve.wait_state("p1", "associated")
    nve.central.bind("a", "refused", reason="no more")
    nve.wait_state("p1", "refused", "no more")
    nve.set_port("p1", iface_id=None)
    wait_for(lambda: nve.port_state("p1") == (None, None), 10)
    states = [line.split("port p1: ")[1].strip()
              for line in nve.agent.log_lines("port p1: ")]
    assert states[-3:] == ["associated, was pending",
                           "refused, was associated (no more)",
                           "no VNIC's, was refused"]


def test_own_writes_cause_no_others(nve):
    nve.add_port("p1", iface_id="a")
    nve.central.bind("a")
    nve.wait_state("p1", "activated")
    sizes = nve.ovsdb.size(), nve.central.size()
    show = nve.agent.show()
    # A change that means nothing, which the agent has to look at.
    nve.set_port("p1", x="y")
    nve.central.db.update("Binding", [["vnic", "==", "a"]], reason="")
    nve.central.db.insert("NVE", name="hv1", status="ok")
    assert nve.agent.show() == show
    assert nve.ovsdb.size() > sizes[0]        # by x=y
    transactions = nve.ovsdb.transactions()[-1]
    assert '"ovs-nved"' not in transactions


def test_vnic_in_several_vns(nve):
    nve.add_port("p1", iface_id="a")
    nve.central.bind("a", vn="vn1")
    nve.wait_state("p1", "activated")
    nve.central.bind("a", "refused", vn="vn2", reason="no such VN")
    nve.wait_state("p1", "refused", "VN vn2: no such VN")
    nve.central.bind("a", "associated", vn="vn2")
    nve.wait_state("p1", "associated")
    nve.central.db.delete("Binding", vn="vn2")
    nve.wait_state("p1", "activated")


def test_bindings_of_two_claims_of_one_vnic(nve):
    nve.add_port("p1", iface_id="a", nvo3_vn="blue")
    nve.add_port("p2", iface_id="a", nvo3_vn="red")
    nve.central.wait_claims("a", "a")
    seqs = {c["vn"]: c["client_seq"] for c in nve.central.claims()}
    for vn, state in ("blue", "activated"), ("red", "refused"):
        nve.central.db.insert("Binding", nve="hv1", vnic="a", vn=vn,
                              state=state, claim_seq=seqs[vn])
    nve.wait_state("p1", "activated")
    nve.wait_state("p2", "refused")


def test_verdict_in_another_vn_than_asked(nve):
    nve.add_port("p1", iface_id="a", nvo3_vn="blue")
    nve.central.bind("a", vn="as-registered")
    nve.wait_state("p1", "activated")


def test_vn_id_comes_with_the_state(nve):
    db = nve.central.db
    db.insert("VN", name="other", vn_id=4)
    for n in range(5):                        # each VN is new to the agent
        db.insert("VN", name=f"net{n}", vn_id=7000 + n)
        nve.add_port(f"p{n}", iface_id=f"v{n}")
        nve.central.bind(f"v{n}", vn=f"net{n}")
        nve.vsctl("wait-until", "Interface", f"p{n}",
                  "external_ids:nvo3-state=activated")
        ids = nve.interface(f"p{n}")["external_ids"]
        assert ids["nvo3-vn-id"] == str(7000 + n)
    db.update("VN", [["name", "==", "net0"]], vn_id=9000)
    nve.vsctl("wait-until", "Interface", "p0",
              "external_ids:nvo3-vn-id=9000")
    nve.central.bind("v1", "refused", vn="net1")
    nve.wait_state("p1", "refused")
    assert "nvo3-vn-id" not in nve.interface("p1")["external_ids"]
    nve.set_port("p2", iface_id=None)
    wait_for(lambda: nve.interface("p2")["external_ids"] == {}, 10)

    sizes = nve.ovsdb.size(), nve.central.size()
    nve.agent.stop()
    nve.agent.start()
    wait_for(lambda: "p4: VNIC v4, activated, claim"
             in nve.agent.appctl("nved/show"), 10)
    assert (nve.ovsdb.size(), nve.central.size()) == sizes


def test_vn_without_an_id_or_a_row(nve):
    nve.central.db.insert("VN", name="bare")
    nve.add_port("p1", iface_id="a")
    nve.add_port("p2", iface_id="b")
    nve.central.bind("a", vn="bare")
    nve.central.bind("b", vn="no such VN")
    for port in "p1", "p2":
        nve.wait_state(port, "activated")
        assert "nvo3-vn-id" not in nve.interface(port)["external_ids"]
    nve.central.db.update("VN", [["name", "==", "bare"]], vn_id=5)
    nve.vsctl("wait-until", "Interface", "p1", "external_ids:nvo3-vn-id=5")


def test_only_rows_of_our_own_are_replicated(nve):
    nve.agent.appctl("vlog/set", "jsonrpc:file:dbg")
    db = nve.central.db
    for table, row in (
            ("VN", {"name": "MARK"}), ("NVE", {"name": "MARK"}),
            ("NVE_Registration", {"nve": "MARK"}),
            ("VNIC", {"name": "MARK"}),
            ("VNIC_Claim", {"nve": "MARK", "vnic": "a"}),
            ("Binding", {"nve": "MARK", "vnic": "a", "reason": "MARK"})):
        db.insert(table, **row)
    db.insert("VN", name="ours", vn_id=7)
    nve.add_port("p1", iface_id="a")
    claim = wait_for(lambda: nve.central.claims(nve="hv1"), 10)[0]
    db.insert("Binding", nve="hv1", vnic="a", vn="ours", state="activated",
              claim_seq=claim["client_seq"])
    nve.vsctl("wait-until", "Interface", "p1", "external_ids:nvo3-vn-id=7")
    assert nve.agent.log_lines('"ours"')
    assert not nve.agent.log_lines("MARK")


def test_statistics_do_not_wake_the_agent(nve):
    nve.add_port("p1", iface_id="a")
    nve.wait_state("p1", "pending")
    nve.agent.appctl("vlog/set", "jsonrpc:file:dbg")
    nve.ovsdb.db.update("Interface", [["name", "==", "p1"]],
                        statistics={"rx_packets": 4711}, link_resets=4711)
    nve.set_port("p1", mark="MARK")
    wait_for(lambda: nve.agent.log_lines("MARK"), 10)
    assert not nve.agent.log_lines("4711")


def test_show(nve):
    nve.add_port("p1", iface_id="a")
    nve.add_port("p2", iface_id="b", attached_mac="x")
    nve.add_port("p3", ofport=0, iface_id="c", nvo3_vn="blue")
    nve.central.bind("a")
    nve.wait_state("p1", "activated")
    nve.wait_state("p2", "refused", "attached-mac")
    nve.wait_state("p3", "pending", "has not opened")
    show = nve.agent.show()
    for words in (
            'NVE "hv1": endpoint 192.0.2.1, bridge br-int, tunnel port '
            "nvo3-vxlan0\n",
            "local database: connected",
            f"NVO3 database: {nve.central.remote}, connected",
            "registration: registered\n",
            "datapath id: 00001234567890ab\n",
            "controller: tcp:127.0.0.1:1, not connected\n",
            "    p1: VNIC a, activated, claim 1\n",
            "    p2: VNIC b, refused: attached-mac"):
        assert words in show, show


def test_deregister_and_register(nve):
    nve.add_port("p1", iface_id="a")
    nve.central.bind("a")
    nve.wait_state("p1", "activated")
    nve.agent.appctl("nved/deregister")
    # When it answers, the rows are gone.
    assert nve.central.registrations() == []
    assert nve.central.claims() == []
    nve.wait_state("p1", "pending", "deregistered")
    nve.add_port("p2", iface_id="b")
    nve.wait_state("p2", "pending", "deregistered")
    assert nve.central.claims() == []
    assert "deregistered" in nve.agent.appctl("nved/show")
    assert nve.bridge()["controller"]         # never removed

    nve.agent.appctl("nved/register")
    nve.central.wait_registered("hv1")
    nve.central.wait_claims("a", "b")
    nve.wait_state("p2", "pending")
