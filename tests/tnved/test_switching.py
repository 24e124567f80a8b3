# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a real ovs-vswitchd makes of it: who hears whom."""

from tnved_harness import BLOCKED, access


def test_nothing_passes_before_activation(switch, nve):
    for name in "a", "b":
        switch.add_port(name, iface_id=name)
        nve.answer(name, "associated", tag=100)
        switch.wait_state(name, "associated")
    switch.activate("c", 100)
    for vlans in (), (0,), (1,), (100,), (4094,), (100, 100):
        assert switch.trace("a", *vlans) == {}
    # Only a reserved VLAN gets in, and it reaches no VNIC and no uplink.
    assert set(switch.trace("a", 4095)) <= {"br-int"}
    assert set(switch.trace("c")) == {"br-int", "up0"}
    assert set(switch.trace("up0", 100)) == {"br-int", "c"}


def test_blocked_ports_and_idle_uplink_do_not_meet(switch, nve):
    for name in "a", "b":
        switch.add_port(name, iface_id=name)
        switch.wait_state(name, "pending")
    assert switch.vlan("up0") == BLOCKED
    for port in "a", "up0":
        for vlans in (), (0,), (1,), (4094,):
            assert switch.trace(port, *vlans) == {}
        assert set(switch.trace(port, 4095)) <= {"br-int"}


def test_vns_are_separate_and_vnics_of_one_talk(switch, nve):
    switch.activate("a", 100)
    switch.activate("b", 100)
    switch.activate("c", 200)
    assert switch.trace("a") == {"b": None, "up0": 100, "br-int": 100}
    assert switch.trace("c") == {"up0": 200, "br-int": 200}
    assert switch.trace("up0", 100) == {"a": None, "b": None, "br-int": 100}
    assert switch.trace("up0", 200) == {"c": None, "br-int": 200}


def test_uplink_drops_what_is_not_in_use(switch, nve):
    switch.activate("a", 100)
    for vlans in (), (0,), (99,), (200,), (4095,), (200, 100):
        assert switch.trace("up0", *vlans) == {}
    switch.vsctl("del-port", "a")
    switch.wait_vlan("up0", BLOCKED)
    assert switch.trace("up0", 100) == {}


def test_guest_chooses_no_vlan(switch, nve):
    switch.activate("a", 100)
    switch.activate("b", 200)
    assert switch.trace("a", 200) == {}
    assert switch.trace("a", 100) == {}


def test_suspended_vm_hears_nothing(switch, nve):
    switch.activate("a", 100)
    switch.activate("b", 100)
    switch.set_port("a", nvo3_vm_state="suspended")
    switch.wait_vlan("a", BLOCKED)
    assert "a" not in switch.trace("b")
    assert switch.trace("a") == {}


def test_no_device_no_request(switch, nve):
    switch.vsctl("--no-wait", "add-port", "br-int", "gone0", "--", "set",
                 "Interface", "gone0", "type=nosuch",
                 "external_ids:iface-id=a")
    switch.wait_state("gone0", "pending", "gone0")
    assert nve.requests() == []
    assert switch.vlan("gone0") == BLOCKED


def test_tenant_tags_travel_under_that_of_the_vn(switch, nve):
    switch.vsctl("set", "Open_vSwitch", ".", "other_config:vlan-limit=2")
    switch.activate("a", 100)
    for name in "b", "c":
        switch.add_port(name, iface_id=name, nvo3_tenant_tags="true")
        nve.grant(name, 100)
        switch.wait_state(name, "activated")
        assert switch.vlan(name) == ("dot1q-tunnel", [100], [], False)

    def hears(*args):
        heard = switch.trace(*args)
        heard.pop("br-int", None)
        return heard

    assert hears("b") == {"a": None, "c": None, "up0": 100}
    assert hears("b", 7) == {"c": 7, "up0": (100, 7)}
    assert hears("up0", 100, 7) == {"b": 7, "c": 7}
    assert hears("up0", 100) == {"a": None, "b": None, "c": None}
    assert hears("b", 100) == {"c": 100, "up0": (100, 100)}
    assert hears("up0", 7, 100) == {}

    switch.set_port("b", nvo3_tenant_tags=None)
    switch.wait_vlan("b", access(100))
    assert hears("b", 7) == {}
    switch.set_port("c", nvo3_vm_state="suspended")
    switch.wait_vlan("c", BLOCKED)
    assert "qinq-ethtype" not in str(switch.ovsdb.db.find("Port", name="c"))


def test_tenant_tags_need_a_second_tag(switch, nve):
    switch.add_port("a", iface_id="a", nvo3_tenant_tags="true")
    nve.grant("a", 100)
    switch.wait_state("a", "refused", "vlan-limit=2")
    assert switch.vlan("a") == BLOCKED
    switch.vsctl("set", "Open_vSwitch", ".", "other_config:vlan-limit=0")
    switch.wait_state("a", "activated")
    switch.vsctl("remove", "Open_vSwitch", ".", "other_config", "vlan-limit")
    switch.wait_state("a", "refused", "vlan-limit=2")
    switch.wait_vlan("a", BLOCKED)
