# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Restarts and losses of everything, in any order: what was granted goes on,
and only differences are written."""

import itertools
import os
import random

import pytest

from harness import DATAPATH_ID
from nvo3lab.shell import run, wait_for


def wait_lost(nve, what):
    n = len(nve.agent.log_lines(f"{what} database: connection lost"))
    return lambda: wait_for(
        lambda: len(nve.agent.log_lines(
            f"{what} database: connection lost")) > n, 20)


def wait_connected(nve):
    """Waits until the agent has all databases and serves."""
    def look():
        text = nve.agent.appctl("nved/show")
        return (text.count(" connected,") >= 3
                and "not served yet" not in text)
    wait_for(look, 20, explain=lambda: nve.agent.appctl("nved/show"))


def sizes(nve):
    return nve.hyp.size(), nve.central.size()


@pytest.mark.parametrize("name", ["hyp", "central", "agent", "ovsdb"])
def test_away_and_back_with_nothing_new(nve, name):
    """Not one row is written again."""
    nve.attach("a")
    nve.attach("b", device="hv2", port="p2", vn="blue")
    nve.hyp.connect("blue")
    nve.wait_connection("connected done 101", vn="blue")
    before = sizes(nve)
    daemon = getattr(nve, name)
    lost = {"hyp": "Hypervisor_NVE", "central": "NVO3"}.get(name)
    waiter = wait_lost(nve, lost) if lost else None
    daemon.kill()
    if waiter:
        waiter()
    if name == "central":
        nve.wait_served("no connection to the NVO3 database")
        before = nve.hyp.size(), before[1]
    daemon.start()
    if name == "ovsdb":
        nve.connect_controller()
    wait_connected(nve)
    nve.wait_served()
    if name == "central":
        before = nve.hyp.size(), before[1]
        assert nve.hyp.transactions()[-1].count("table ") == 1
    assert nve.hyp.answer("a")["state"] == "activated"
    if name != "ovsdb":
        assert sizes(nve) == before


def test_nvo3_database_away(nve):
    """What was granted goes on; new requests wait, with a reason."""
    nve.attach("a")
    waiter = wait_lost(nve, "NVO3")
    nve.central.kill()
    waiter()
    nve.hyp.ask("b")
    nve.wait_answer("init pending", "no connection to the NVO3", vnic="b")
    nve.hyp.ask("c", vn="green")
    nve.wait_answer("init pending", "no connection to the NVO3", vnic="c",
                    vn="green")
    nve.hyp.ask("d", device="hv9")
    nve.wait_answer("init refused", "not registered here", vnic="d",
                    device="hv9")
    assert nve.hyp.answer("a")["state"] == "activated"
    nve.central.start()
    nve.central.wait_claims("a", "b")
    nve.wait_answer("init refused", "there is no VN called", vnic="c",
                    vn="green")
    nve.grant()
    nve.wait_answer("activated done 100", vnic="b")


def test_nvo3_database_comes_back_empty(nve):
    """Tags keep their meaning."""
    nve.attach("a")
    nve.attach("b", vn="blue")
    nve.central.kill()
    nve.central.forget()
    nve.central.start()
    nve.central.wait_registered("nve1")
    nve.wait_answer("init withdrawn", "there is no VN", vnic="a")
    nve.wait_tags(red="resting", blue="resting")
    nve.add_vn("blue", 8)
    nve.central.claim("b", tag=101)
    nve.add_vn("red", 7)
    nve.central.claim("a", tag=100)


def test_nvo3_database_absent_at_the_start(host):
    """Nothing is granted or withdrawn before it is known."""
    host.hyp.start()
    host.hyp.configure()
    host.hyp.ask("a")
    host.central.kill()
    host.start_ovsdb()
    host.configure_all()
    host.agent.start()
    host.open_bridge()
    host.connect_controller()
    host.wait_answer("init pending", "NVO3 database", vnic="a")
    host.wait_served("no connection to the NVO3 database")
    host.central.start()
    host.add_vn("red", 7)
    host.central.claim("a", tag=100)


def test_claims_stay_while_the_hypervisors_database_is_away(nve):
    """Also over a restart of the agent: it does not know what is wanted."""
    nve.attach("a")
    claim = nve.central.claim("a")
    nve.agent.kill()
    nve.hyp.kill()
    nve.agent.start()
    nve.add_port("vnet0", iface_id="local")      # the embedded role goes on
    nve.central.wait_claims("a", "local")
    nve.vsctl("del-port", "vnet0")
    nve.central.wait_claims("a")
    assert nve.central.claim("a") == claim
    nve.hyp.start()
    wait_connected(nve)
    nve.settle()
    assert nve.central.claim("a") == claim


def test_hypervisors_database_comes_back_empty(nve):
    """Claims stay until their end devices have had time to ask again."""
    nve.attach("a")
    nve.attach("b")
    claim = nve.central.claim("a")
    nve.hyp.kill()
    nve.hyp.forget()
    nve.hyp.start()
    nve.wait_tags(red=100)
    nve.hyp.configure()
    nve.hyp.ask("a")
    nve.wait_answer("activated done 100", vnic="a")
    nve.central.wait_claims("a", "b")
    assert nve.central.claim("a") == claim
    assert nve.agent.log_lines("Hypervisor_NVE database was lost")


def test_hold_time_ends_for_what_was_lost(nve):
    nve.hyp.options(hold_time=300)
    nve.attach("a")
    nve.attach("b")
    nve.hyp.kill()
    nve.hyp.forget()
    nve.hyp.start()
    nve.hyp.configure()
    nve.hyp.ask("a")
    nve.central.wait_claims("a")


def lose_hypervisors_database(nve):
    """Also, nobody remembers anything."""
    nve.agent.kill()
    nve.hyp.kill()
    nve.hyp.forget()
    nve.hyp.start()
    nve.hyp.configure()


def test_tag_book_from_claims(nve):
    """The agent is started with an empty database: what was granted goes on
    until it is asked for again, with the same tags."""
    nve.attach("x", vn="blue")
    nve.attach("a")
    assert nve.hyp.answer("a")["tag"] == 101
    claims = nve.central.claims()
    lose_hypervisors_database(nve)
    nve.agent.start()
    nve.wait_tags(blue="resting", red="resting")
    nve.hyp.ask("new", vn="blue", device="hv2")
    nve.central.claim("new", tag=100)
    nve.hyp.ask("a")
    nve.wait_answer("activated done 101", vnic="a")
    nve.central.wait_claims("a", "new", "x")
    assert all(claim in nve.central.claims() for claim in claims)


def test_claims_of_lost_requests_end(nve):
    nve.attach("a")
    nve.attach("b")
    lose_hypervisors_database(nve)
    nve.hyp.options(hold_time=300)
    nve.agent.start()
    nve.hyp.ask("a")
    nve.central.wait_claims("a")


def test_tag_book_from_the_datapath(host):
    """Both databases are lost: the flows still know."""
    host.hyp.start()
    host.hyp.configure()
    host.start_ovsdb()
    host.start_vswitchd()
    host.vsctl("add-br", "br-int", "--", "set-fail-mode", "br-int", "secure",
               "--", "set", "bridge", "br-int", "protocols=OpenFlow15",
               "--", "set-controller", "br-int", "tcp:127.0.0.1:1")
    host.add_port("p1")
    for vn_id, tag in (7, 105), (8, 106), (9, 107):
        run(["ovs-ofctl", "-O", "OpenFlow15", "add-flow",
             f"unix:{host.folder}/br-int.mgmt",
             f"table=0,cookie=0x4c{vn_id:014x},in_port=1,dl_vlan={tag},"
             "actions=drop"])
    host.add_vn("red", 7)
    host.add_vn("blue", 8)
    host.configure_all()
    host.hyp.ask("a")
    host.agent.start()
    host.central.claim("a", vn="red", tag=105)
    host.wait_tags(**{"red": 105, "blue": "resting", "id:9": "resting"})
    host.hyp.ask("b", vn="blue")
    host.central.claim("b", tag=106)


def change_everything(nve):
    nve.hyp.end("gone")
    nve.hyp.ask("new")
    nve.hyp.ask("changed", state="associated")
    nve.hyp.ask("moved", port="p2")


def check_everything(nve):
    nve.central.wait_claims("kept", "new", "changed", "moved")
    nve.central.claim("changed", state="associated")
    nve.central.claim("moved", port="p2", tag=200)
    nve.wait_answer("activated done 100", vnic="kept")
    nve.grant()
    nve.wait_answer("activated done 100", vnic="new")
    nve.wait_answer("associated done 100", vnic="changed")
    nve.wait_answer("activated done 200", vnic="moved")
    nve.wait_answer(None, vnic="gone")
    nve.wait_tags(red=100)
    nve.wait_tags("p2", red=200)


@pytest.mark.parametrize("order", list(itertools.permutations(
    ["agent", "local", "nvo3", "hyp"])), ids="-".join)
def test_all_killed_and_started_in_any_order(nve, order):
    daemons = {"agent": nve.agent, "local": nve.ovsdb, "nvo3": nve.central,
               "hyp": nve.hyp}
    for vnic in "kept", "gone", "changed", "moved":
        nve.attach(vnic)
    seq = nve.central.claim("kept")["client_seq"]
    nve.agent.kill()
    change_everything(nve)
    for daemon in nve.ovsdb, nve.central, nve.hyp:
        daemon.kill()
    for name in order:
        daemons[name].start()
    check_everything(nve)
    assert nve.central.claim("kept")["client_seq"] == seq


def check_tags(nve):
    """No tag without its VN: each claim's and each answer's is in Tag."""
    tags = {(row["segment"], row["tag"]): row["vn"]
            for row in nve.hyp.db.select("Tag")}
    for claim in nve.central.claims():
        assert tags.get((claim["port"], claim["tag"])) == claim["vn"], claim
    for answer in nve.hyp.db.select("VNIC_Answer"):
        if answer["tag"] != []:
            assert tags.get((answer["port"], answer["tag"])) == answer[
                "vn_name"], answer


def test_random_kills_under_changes(nve):
    """Whatever dies between any two steps, afterwards all is fully done."""
    seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
    print("seed", seed)
    rng = random.Random(seed)
    daemons = [nve.agent, nve.central, nve.hyp]
    want = {}
    for _ in range(30):
        daemon = rng.choice(daemons)
        if daemon is not nve.hyp:
            daemon.kill()
        key = f"v{rng.randrange(4)}", rng.choice(["red", "blue"])
        if key in want and rng.random() < .5:
            nve.hyp.end(*key)
            del want[key]
        else:
            want[key] = rng.choice(["p1", "p2"])
            nve.hyp.ask(*key, port=want[key], guest_tag=len(key[1]))
        if daemon is nve.hyp:
            daemon.kill()
        daemon.start(wait=daemon is not nve.agent)
        if daemon is not nve.central and rng.random() < .5:
            check_tags(nve)
    for daemon in daemons:
        wait_for(daemon.is_ready, 20)
    def claims():
        return {(c["vnic"], c["vn"]): c["port"]
                for c in nve.central.claims()}
    wait_for(lambda: claims() == want, 20, f"claims {want}",
             lambda: f"{claims()}\n{nve.agent.explain()}")
    for vnic, vn in want:
        claim = nve.central.db.find("VNIC_Claim", vnic=vnic, vn=vn)[0]
        nve.central.db.insert("Binding", nve="nve1", vnic=vnic, vn=vn,
                              state="activated",
                              claim_seq=claim["client_seq"])
    for vnic, vn in want:
        wait_for(lambda: nve.hyp.answer(vnic, vn)["state"] == "activated", 20)
    check_tags(nve)


def test_deregistered(nve):
    """Then nothing is in the datapath, and end devices are told."""
    nve.attach()
    nve.agent.appctl("nved/deregister")
    nve.wait_answer("init withdrawn", "deregistered")
    nve.wait_served("deregistered")
    nve.agent.appctl("nved/register")
    nve.central.wait_registered("nve1", DATAPATH_ID)
    nve.central.claim("vm1")
    nve.grant()
    nve.wait_answer("activated done 100")


def test_director_away(nve):
    nve.connect_controller(False)
    nve.wait_served("no OpenFlow connection")
    nve.connect_controller()
    nve.wait_served()
