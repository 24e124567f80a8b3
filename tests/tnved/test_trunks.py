# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""VNICs that are 802.1Q trunks, each on a bridge of its own."""

from tnved_harness import BLOCKED, access, trunk
from nvo3lab.shell import wait_for


def add_trunk(hv, name, vns, bridge=None):
    """Attaches a trunk VNIC of the port's own name."""
    bridge = bridge or "br-" + name
    hv.vsctl("add-br", bridge, "--", "set", "Bridge", bridge,
             "external_ids:nvo3-trunk-bridge=true")
    hv.add_port(name, bridge=bridge, iface_id=name, nvo3_trunk=vns)


def port_names(hv):
    return {p["name"] for p in hv.ovsdb.db.select("Port")
            if p["name"].endswith((".int", ".trk"))}


def wait_ports(hv, *names):
    wait_for(lambda: port_names(hv) == set(names), 10, f"patch ports {names}",
             lambda: f"{port_names(hv)}\n{hv.agent.explain()}")


def test_request_for_each_vn(hv, nve):
    add_trunk(hv, "t1", "10=blue,0=id:7")
    nve.wait_requests("t1", "t1")
    assert nve.request("t1", "blue")["guest_tag"] == 10
    assert nve.request("t1", "id:7")["guest_tag"] == []
    wait_ports(hv, "t1.10.int", "t1.10.trk", "t1.0.int", "t1.0.trk")
    assert hv.vlan("t1") == BLOCKED
    assert hv.vlan("t1.10.int") == BLOCKED
    assert hv.vlan("t1.10.trk") == access(10)
    assert hv.vlan("t1.0.trk") == access(0)

    nve.grant("t1", 100, "blue")
    hv.wait_vlan("t1.10.int", access(100))
    assert hv.vlan("t1") == trunk(10)
    assert hv.vlan("up0") == trunk(100)
    hv.wait_state("t1", "pending")
    nve.grant("t1", 200, "id:7")
    hv.wait_state("t1", "activated")
    assert hv.vlan("t1") == trunk(0, 10)
    assert hv.vlan("up0") == trunk(100, 200)
    assert hv.interface("t1")["external_ids"]["nvo3-vn-id"] == "4100,4200"


def test_one_vn_refused(hv, nve):
    add_trunk(hv, "t1", "10=blue,20=red")
    nve.grant("t1", 100, "blue")
    nve.answer("t1", "init", "red", outcome="refused", reason="not yours")
    hv.wait_state("t1", "refused", "VN red: not yours")
    assert hv.vlan("t1.10.int") == access(100)
    assert hv.vlan("t1.20.int") == BLOCKED
    assert hv.vlan("t1") == trunk(10)


def test_vn_added_and_removed(hv, nve):
    add_trunk(hv, "t1", "10=blue,20=red")
    nve.grant("t1", 100, "blue")
    nve.grant("t1", 200, "red")
    hv.wait_state("t1", "activated")
    hv.set_port("t1", nvo3_trunk="10=blue,30=green")
    wait_ports(hv, "t1.10.int", "t1.10.trk", "t1.30.int", "t1.30.trk")
    assert nve.request("t1", "blue")["client_seq"] == 1
    nve.request("t1", "green")
    hv.wait_vlan("up0", trunk(100))
    assert hv.vlan("t1") == trunk(10)


def test_trunk_detached(hv, nve):
    hv.vsctl("add-port", "br-int", "mine.10.int")
    add_trunk(hv, "t1", "10=blue")
    nve.grant("t1", 100)
    hv.wait_state("t1", "activated")
    hv.vsctl("del-br", "br-t1")
    nve.wait_requests()
    wait_ports(hv, "mine.10.int")             # that is not ours
    hv.wait_vlan("up0", BLOCKED)


def test_patch_ports_are_put_right(hv, nve):
    add_trunk(hv, "t1", "10=blue")
    nve.grant("t1", 100)
    hv.wait_state("t1", "activated")
    hv.vsctl("del-port", "br-int", "t1.10.int")
    wait_for(lambda: "t1.10.int" in port_names(hv), 10)
    hv.wait_vlan("t1.10.int", access(100))
    assert hv.vlan("up0") == trunk(100)
    hv.vsctl("set", "Port", "t1.10.trk", "tag=11")
    hv.wait_vlan("t1.10.trk", access(10))
    hv.vsctl("set", "Interface", "t1.10.trk", "options:peer=x")
    wait_for(lambda: hv.interface("t1.10.trk")["options"]
             == {"peer": "t1.10.int"}, 10)


def test_trunk_on_the_wrong_bridge(hv, nve):
    hv.add_port("t1", iface_id="t1", nvo3_trunk="10=blue")
    hv.wait_state("t1", "refused", "attach the interface to a bridge of its")
    assert hv.vlan("t1") == BLOCKED
    add_trunk(hv, "t2", "10=blue")
    hv.add_port("p1", bridge="br-t2", iface_id="plain")
    hv.wait_state("p1", "refused", "set nvo3-trunk")
    hv.add_port("t3", bridge="br-t2", iface_id="t3", nvo3_trunk="20=red")
    hv.wait_state("t3", "refused", "a bridge of its own")
    hv.vsctl("del-port", "p1")
    nve.request("t2", "blue")
    assert port_names(hv) == {"t2.10.int", "t2.10.trk"}
    hv.vsctl("set", "Bridge", "br-int",
             "external_ids:nvo3-trunk-bridge=true")
    hv.add_port("p2", iface_id="b")           # it stays what it is
    nve.request("b")


def test_bridge_becomes_one_for_trunks(hv, nve):
    hv.vsctl("add-br", "br9")
    hv.add_port("t1", bridge="br9", iface_id="t1", nvo3_trunk="10=blue")
    hv.activate("a", 300)                     # so br9 was seen
    nve.wait_requests("a")
    hv.vsctl("set", "Bridge", "br9", "external_ids:nvo3-trunk-bridge=true")
    nve.grant("t1", 100)
    hv.wait_state("t1", "activated")
    hv.vsctl("clear", "Bridge", "br9", "external_ids")
    nve.wait_requests("a")
    wait_ports(hv)


def test_restart_writes_nothing(hv, nve):
    add_trunk(hv, "t1", "10=blue,20=red")
    nve.grant("t1", 100, "blue")
    nve.grant("t1", 200, "red")
    hv.wait_state("t1", "activated")
    sizes = hv.ovsdb.size(), nve.size()
    hv.agent.kill()
    hv.agent.start()
    wait_for(lambda: "t1: VNIC t1, VN blue, VN red, activated, claim 1, "
             "claim 2" in hv.agent.appctl("tnved/show"), 10)
    assert (hv.ovsdb.size(), nve.size()) == sizes


def test_start_while_the_nve_is_away(hv, nve):
    add_trunk(hv, "t1", "10=blue")
    nve.grant("t1", 100)
    hv.wait_state("t1", "activated")
    nve.kill()
    hv.agent.kill()
    hv.agent.start()
    hv.add_port("b", iface_id="b")
    hv.wait_state("b", "pending", "no connection")
    assert hv.vlan("t1.10.int") == access(100)
    assert hv.vlan("t1") == trunk(10)
    assert hv.vlan("up0") == trunk(100)


def test_frames(switch, nve):
    add_trunk(switch, "t1", "10=blue,20=red,0=plain")
    add_trunk(switch, "t2", "10=red")         # the same tag, another VN
    for vn, tag in ("blue", 100), ("red", 200), ("plain", 300):
        nve.grant("t1", tag, vn)
    switch.wait_state("t1", "activated")
    assert switch.trace("t2", 10, bridge="br-t2") == {}
    nve.grant("t2", 200, "red")
    switch.wait_state("t2", "activated")
    switch.activate("a", 100)

    def hears(*args, **kwargs):
        heard = switch.trace(*args, **kwargs)
        return {k: v for k, v in heard.items() if not k.startswith("br-")}

    assert hears("a") == {"t1": 10, "up0": 100}
    assert hears("t1", 10, bridge="br-t1") == {"a": None, "up0": 100}
    assert hears("t1", 20, bridge="br-t1") == {"t2": 10, "up0": 200}
    assert hears("t2", 10, bridge="br-t2") == {"t1": 20, "up0": 200}
    assert hears("t1", bridge="br-t1") == {"up0": 300}
    assert hears("t1", 30, bridge="br-t1") == {}
    assert hears("up0", 300) == {"t1": None}
    assert hears("up0", 200) == {"t1": 20, "t2": 10}
