# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Restarts and losses, in any order: what is right stays, or returns."""

import itertools

import pytest

from tnved_harness import BLOCKED, access, trunk
from nvo3lab.shell import wait_for


def wait_lost(hv):
    wait_for(lambda: "unix:" in hv.agent.appctl("tnved/show")
             and ", not connected" in hv.agent.appctl("tnved/show"), 10)


def wait_connected(hv):
    wait_for(lambda: "not connected" not in hv.agent.appctl("tnved/show"),
             20)


def seqs(nve):
    return {r["vnic"]: r["client_seq"] for r in nve.requests()}


def test_nve_away_and_back(hv, nve):
    hv.activate("a", 100)
    hv.activate("b", 200)
    before = seqs(nve)
    nve.kill()
    wait_lost(hv)
    hv.add_port("c", iface_id="c")
    hv.wait_state("c", "pending", "no connection to the external NVE")
    hv.set_port("b", attached_mac="52:54:00:00:00:11")
    hv.wait_state("b", "pending", "no connection")
    assert hv.port_state("a") == ("activated", None)
    assert hv.vlan("a") == access(100)
    assert hv.vlan("b") == access(200)        # its traffic goes on
    assert hv.vlan("c") == BLOCKED
    assert hv.vlan("up0") == trunk(100, 200)

    nve.start()
    nve.wait_requests("a", "b", "c")
    nve.request("b", addresses="52:54:00:00:00:11")
    assert seqs(nve)["a"] == before["a"]
    hv.wait_state("c", "pending")
    assert hv.vlan("b") == access(200)
    nve.grant("b", 200)
    hv.wait_state("b", "activated")


def test_nve_away_and_back_with_nothing_new(hv, nve):
    hv.activate("a", 100)
    nve.kill()
    wait_lost(hv)
    sizes = hv.ovsdb.size(), nve.size()
    nve.start()
    wait_connected(hv)
    assert (hv.ovsdb.size(), nve.size()) == sizes


def test_detached_while_the_nve_is_away(hv, nve):
    hv.activate("a", 100)
    hv.activate("b", 200)
    nve.kill()
    wait_lost(hv)
    hv.vsctl("del-port", "a")
    hv.wait_vlan("up0", trunk(200))
    nve.start()
    nve.wait_requests("b")


def test_start_while_the_nve_is_away(hv, nve):
    hv.activate("a", 100)
    nve.kill()
    hv.agent.kill()
    hv.add_port("b", iface_id="b")
    hv.agent.start()
    hv.wait_vlan("b", BLOCKED)                # new: nothing was granted
    hv.wait_state("b", "pending", "no connection to the external NVE")
    assert hv.vlan("a") == access(100)        # as it was
    assert hv.port_state("a") == ("activated", None)
    assert hv.vlan("up0") == trunk(100)
    nve.start()
    nve.wait_requests("a", "b")
    wait_connected(hv)
    assert seqs(nve)["a"] == 1
    assert hv.vlan("a") == access(100)


def test_nve_comes_back_empty(hv, nve):
    hv.activate("a", 100)
    nve.kill()
    nve.forget()
    nve.start()
    nve.wait_requests("a")
    hv.wait_vlan("a", BLOCKED)                # who knows what 100 is now
    nve.grant("a", 300)
    hv.wait_vlan("a", access(300))


def test_withdrawn_while_the_agent_is_away(hv, nve):
    hv.activate("a", 100)
    hv.activate("b", 200)
    hv.agent.kill()
    nve.answer("a", "init", outcome="withdrawn", reason="disabled")
    hv.agent.start()
    hv.wait_state("a", "refused", "disabled")
    assert hv.vlan("a") == BLOCKED
    assert hv.vlan("b") == access(200)
    assert hv.vlan("up0") == trunk(200)


def test_interface_lost_while_the_agent_is_away(hv, nve):
    hv.activate("a", 100)
    hv.activate("b", 200)
    hv.agent.kill()
    hv.set_port("a", iface_id=None)
    hv.vsctl("del-port", "b")
    hv.agent.start()
    hv.wait_vlan("a", BLOCKED)
    nve.wait_requests()
    hv.wait_vlan("up0", BLOCKED)


def test_local_database_away_and_back(hv, nve):
    hv.activate("a", 100)
    hv.activate("b", 200)
    hv.ovsdb.kill()
    nve.answer("b", "init", outcome="withdrawn", reason="meanwhile")
    wait_for(lambda: hv.agent.log_lines("local database: connection lost"),
             10)
    hv.ovsdb.start()
    hv.wait_state("b", "refused", "meanwhile")
    assert hv.vlan("b") == BLOCKED
    assert hv.vlan("a") == access(100)
    assert seqs(nve) == {"a": 1, "b": 2}


@pytest.mark.parametrize("order", itertools.permutations(
    ("agent", "ovsdb", "vswitchd")))
def test_kill_in_any_order(switch, nve, order):
    switch.activate("a", 100)
    switch.activate("b", 200)
    before = seqs(nve)
    daemons = {"agent": switch.agent, "ovsdb": switch.ovsdb,
               "vswitchd": switch.vswitchd}
    for name in order:
        daemons[name].kill()
    for name in order:
        # ovs-vswitchd is ready only when it has its database.
        daemons[name].start(wait=name != "vswitchd")
    wait_for(switch.vswitchd.is_ready, 20)
    wait_connected(switch)
    switch.activate("c", 100)
    assert seqs(nve) == {**before, "c": 3}
    for name in "a", "b":
        assert switch.port_state(name) == ("activated", None)
    assert switch.trace("a") == {"c": None, "up0": 100, "br-int": 100}
    assert switch.trace("b") == {"up0": 200, "br-int": 200}


def test_restart_writes_nothing(hv, nve):
    hv.activate("a", 100)
    hv.add_port("b", iface_id="b", attached_mac="x")
    hv.wait_state("b", "refused", "attached-mac")
    sizes = hv.ovsdb.size(), nve.size()
    hv.agent.stop()
    hv.agent.start()
    wait_for(lambda: "a: VNIC a, activated, claim 1"
             in hv.agent.appctl("tnved/show"), 10)
    hv.agent.kill()
    hv.agent.start()
    wait_for(lambda: "a: VNIC a, activated, claim 1"
             in hv.agent.appctl("tnved/show"), 10)
    wait_connected(hv)
    assert (hv.ovsdb.size(), nve.size()) == sizes
