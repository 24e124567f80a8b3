# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Restarts, losses and disturbances, in any order: what is right returns."""

import itertools
import os
import random
import signal
import tempfile

import pytest

from harness import DATAPATH_ID, Host
from nvo3lab.shell import wait_for


def attach(nve, *vnics):
    """Attaches VNICs to ports of the same names, and activates them."""
    for vnic in vnics:
        nve.add_port(vnic, iface_id=vnic)
    for vnic in vnics:
        nve.central.bind(vnic)
    for vnic in vnics:
        nve.wait_state(vnic, "activated")


def claim_seqs(nve):
    return {c["vnic"]: c["client_seq"] for c in nve.central.claims()}


def wait_connected(nve):
    """Waits until the agent has both databases."""
    wait_for(lambda: "not connected" not in
             nve.agent.appctl("nved/show").split("controller:")[0], 20)


def test_nvo3_database_away_and_back(nve):
    attach(nve, "a", "b")
    seqs = claim_seqs(nve)
    nve.central.kill()
    wait_for(lambda: nve.agent.log_lines("NVO3 database: connection lost"),
             10)
    nve.add_port("c", iface_id="c")
    nve.wait_state("c", "pending", "no connection to the NVO3 database")
    nve.set_port("b", attached_mac="52:54:00:00:00:11")
    nve.wait_state("b", "pending", "no connection")
    assert nve.port_state("a") == ("activated", None)

    nve.central.start()
    nve.central.wait_claims("a", "b", "c")
    nve.wait_state("c", "pending")
    nve.central.claim("b", addresses="52:54:00:00:00:11")
    assert nve.port_state("a") == ("activated", None)
    assert claim_seqs(nve)["a"] == seqs["a"]


def test_nvo3_database_away_and_back_with_nothing_new(nve):
    attach(nve, "a", "b")
    nve.central.kill()
    wait_for(lambda: nve.agent.log_lines("NVO3 database: connection lost"),
             10)
    sizes = nve.ovsdb.size(), nve.central.size()
    nve.central.start()
    wait_connected(nve)
    assert (nve.ovsdb.size(), nve.central.size()) == sizes


def test_nvo3_database_comes_back_empty(nve):
    attach(nve, "a", "b")
    nve.central.kill()
    nve.central.forget()
    nve.central.start()
    nve.central.wait_registered("hv1")
    nve.central.wait_claims("a", "b")
    nve.wait_state("a", "pending")
    nve.central.bind("a")
    nve.wait_state("a", "activated")


def test_nvo3_database_absent_at_the_start(host):
    host.central.kill()
    host.start_ovsdb()
    host.configure_all()
    host.agent.start()
    host.open_bridge()                        # prepared all the same
    host.add_port("a", iface_id="a")
    host.wait_state("a", "pending", "no connection to the NVO3 database")
    # What an earlier run has written stays: traffic goes on.
    host.add_port("b", iface_id="b", nvo3_state="activated")
    host.agent.stop()
    host.agent.start()
    host.add_port("c", iface_id="c")
    host.wait_state("c", "pending", "no connection")
    assert host.port_state("b") == ("activated", None)
    host.central.start()
    host.central.wait_claims("a", "b", "c")
    host.wait_state("b", "pending")


def test_stopped_nvo3_database_blocks_nothing(nve):
    attach(nve, "a")
    nve.central.process.send_signal(signal.SIGSTOP)
    try:
        nve.add_port("c", iface_id="c")
        nve.wait_state("c", "pending")
        nve.add_port("d", iface_id="d", attached_mac="x")
        nve.wait_state("d", "refused", "attached-mac")
        wait_for(lambda: "VNIC c, pending" in nve.agent.appctl("nved/show"),
                 10)
        nve.configure(encap_ip="nonsense")
        nve.wait_status("refused")
    finally:
        nve.central.process.send_signal(signal.SIGCONT)
    nve.central.wait_claims("a", "c")


def test_local_database_away_and_back(nve):
    attach(nve, "a", "b")
    seqs = claim_seqs(nve)
    nve.ovsdb.kill()
    nve.central.bind("b", "refused", reason="changed meanwhile")
    nve.ovsdb.start()
    nve.wait_state("b", "refused", "changed meanwhile")
    assert nve.port_state("a") == ("activated", None)
    nve.add_port("c", iface_id="c")
    nve.central.wait_claims("a", "b", "c")
    seqs["c"] = claim_seqs(nve)["c"]
    assert claim_seqs(nve) == seqs


def test_local_database_comes_back_empty(nve):
    attach(nve, "a", "b")
    nve.ovsdb.kill()
    nve.ovsdb.forget()
    nve.start_ovsdb()
    nve.configure_all()
    nve.open_bridge()
    nve.add_port("c", iface_id="c")
    nve.central.wait_claims("c")


def change_everything(nve):
    """A port goes, one comes, one changes, one moves its VNIC."""
    nve.vsctl("del-port", "gone")
    nve.add_port("new", iface_id="new")
    nve.set_port("changed", iface_status="inactive")
    nve.set_port("other", iface_id="moved")


def check_everything(nve):
    nve.central.wait_claims("kept", "new", "changed", "moved")
    nve.central.claim("changed", state="associated")
    nve.central.claim("moved", port="other")
    nve.wait_state("kept", "activated")
    for port in "new", "changed", "other":
        nve.wait_state(port, "pending")
    # The NVE still lives.
    nve.central.bind("new")
    nve.wait_state("new", "activated")


def test_changes_while_the_agent_is_dead(nve):
    attach(nve, "kept", "gone", "changed", "other")
    seqs = claim_seqs(nve)
    nve.agent.kill()
    change_everything(nve)
    nve.vsctl("set-fail-mode", "br-int", "standalone")
    nve.set_port("kept", nvo3_reason="nonsense")
    nve.agent.start()
    check_everything(nve)
    assert claim_seqs(nve)["kept"] == seqs["kept"]
    assert nve.bridge()["fail_mode"] == "secure"


@pytest.mark.parametrize("order", list(itertools.permutations(
    ["agent", "local", "nvo3"])), ids="-".join)
def test_all_killed_and_started_in_any_order(nve, order):
    daemons = {"agent": nve.agent, "local": nve.ovsdb, "nvo3": nve.central}
    attach(nve, "kept", "gone", "changed", "other")
    seqs = claim_seqs(nve)
    nve.agent.kill()
    change_everything(nve)
    nve.ovsdb.kill()
    nve.central.kill()
    for name in order:
        daemons[name].start()
    check_everything(nve)
    assert claim_seqs(nve)["kept"] == seqs["kept"]


def test_random_kills_under_changes(nve):
    """Whatever dies while ports come and go, in the end all is right."""
    seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
    print("seed", seed)
    rng = random.Random(seed)
    daemons = [nve.agent, nve.central, nve.ovsdb]
    attached = set()
    for step in range(30):
        daemon = rng.choice(daemons)
        daemon.kill()
        if daemon is not nve.ovsdb:
            name = f"p{rng.randrange(6)}"
            if name in attached:
                nve.vsctl("del-port", name)
                attached.remove(name)
            else:
                nve.add_port(name, iface_id=name)
                attached.add(name)
        daemon.start(wait=daemon is not nve.agent)
    for daemon in daemons:
        wait_for(daemon.is_ready, 20)
    nve.central.wait_claims(*attached)
    for name in attached:
        nve.central.bind(name)
        nve.wait_state(name, "activated")
    assert len(nve.central.registrations()) == 1


def test_vswitchd_killed_and_back(host):
    host.start_ovsdb()
    host.start_vswitchd()
    host.configure_all()
    host.agent.start()
    dpid = wait_for(lambda: (host.bridge() or {}).get("datapath_id"), 10)
    host.central.wait_registered("hv1", dpid)
    attach(host, "a", "b")
    seqs, registration = claim_seqs(host), host.central.registrations()
    size = host.central.size()
    host.vswitchd.kill()
    host.start_vswitchd()
    host.vsctl("set", "Bridge", "br-int", "external_ids:x=y")  # it is back
    assert host.port_state("a") == ("activated", None)
    assert claim_seqs(host) == seqs
    assert host.central.registrations() == registration
    assert host.central.size() == size
    host.add_port("c", iface_id="c")
    host.central.wait_claims("a", "b", "c")


def test_interface_that_cannot_be_opened(host):
    host.start_ovsdb()
    host.start_vswitchd()
    host.configure_all()
    host.agent.start()
    host.wait_bridge()
    host.vsctl("add-port", "br-int", "p1", "--", "set", "Interface", "p1",
               "type=nonsense", "external_ids:iface-id=a", check=False)
    host.wait_state("p1", "pending", "could not open network device p1")
    assert host.central.claims() == []
    host.vsctl("set", "Interface", "p1", "type=dummy")
    host.central.wait_claims("a")


def test_tunnel_port_that_cannot_be_opened(nve):
    nve.ovsdb.db.update("Interface", [["name", "==", "nvo3-vxlan0"]],
                        ofport=-1, error="could not add network device "
                        "nvo3-vxlan0 to ofproto (File exists)")
    assert "File exists" in nve.wait_status("refused: tunnel port")
    nve.ovsdb.db.update("Interface", [["name", "==", "nvo3-vxlan0"]],
                        ofport=2, error=[])
    nve.wait_status("ok")


def make_read_only_front(host):
    """Has the NVO3 database served at a socket that refuses all writes, as a
    front with RBAC refuses those on another's rows; returns its remote."""
    socket = f"{host.folder}/front.sock"
    host.central.db.transact(
        {"op": "insert", "table": "Connection", "uuid-name": "c",
         "row": {"target": "punix:" + socket, "read_only": True}},
        {"op": "insert", "table": "NVO3_Global",
         "row": {"connections": ["named-uuid", "c"]}})
    host.central.kill()
    host.central.argv.append("--remote=db:nvo3,NVO3_Global,connections")
    host.central.start()
    return "unix:" + socket


def test_nvo3_database_that_refuses(host):
    front = make_read_only_front(host)
    host.start_ovsdb()
    host.configure_all(remote=front)
    host.agent.start()
    host.open_bridge()
    host.add_port("a", iface_id="a")
    text = host.wait_status("refused: the NVO3 database refuses")
    assert 'NVE "hv1"' in text
    host.wait_state("a", "pending", "read only")
    assert len(host.agent.log_lines("transaction refused")) == 1
    assert "last transaction refused" in host.agent.show()
    host.configure(remote=host.central.remote)
    host.wait_status("ok")
    host.central.wait_claims("a")


def test_name_of_another_given_by_mistake(host):
    host.central.db.transact(
        {"op": "insert", "table": "NVE_Registration",
         "row": {"nve": "other", "datapath_id": "00000000000000bb"}},
        {"op": "insert", "table": "VNIC_Claim",
         "row": {"nve": "other", "vnic": "x", "port": "x"}})
    front = make_read_only_front(host)
    host.start_ovsdb()
    host.configure_all(remote=front, nve_name="other")
    host.agent.start()
    host.open_bridge()
    assert 'NVE "other"' in host.wait_status("refused: the NVO3 database")
    host.configure(nve_name="hv1")
    host.wait_status('refused: the NVO3 database refuses what NVE "hv1"')
    assert [r["nve"] for r in host.central.registrations()] == ["other"]
    assert [c["vnic"] for c in host.central.claims()] == ["x"]


def test_two_agents_of_one_name_do_not_fight(nve, build):
    attach(nve, "a")
    with tempfile.TemporaryDirectory(prefix="nved-") as folder:
        other = Host(folder, nve.central, build)
        try:
            other.start_ovsdb()
            other.configure_all(encap_ip="192.0.2.2")
            size = nve.central.size()
            other.agent.start()
            other.add_port("z", iface_id="z")
            wait_connected(other)
            other.wait_state("z", "pending")
            assert nve.central.size() == size     # who it is is not known
            other.open_bridge(datapath_id="00000000000000bb")
            nve.wait_status("refused: another agent has registered")
            nve.central.wait_claims("z")      # the newest has it
            nve.wait_state("a", "pending", "another agent")
            size = nve.central.size()
            nve.add_port("b", iface_id="b")
            nve.wait_state("b", "pending", "another agent")
            assert nve.central.size() == size
            other.configure(nve_name="hv2")
            other.central.wait_registered("hv2", "00000000000000bb")
        finally:
            other.end()
    nve.central.wait_registered("hv1", DATAPATH_ID)
    claims = {(c["nve"], c["vnic"]) for c in nve.central.claims()}
    assert ("hv2", "z") in claims
    wait_for(lambda: {(c["nve"], c["vnic"]) for c in nve.central.claims()}
             == {("hv1", "a"), ("hv1", "b"), ("hv2", "z")}, 10)
