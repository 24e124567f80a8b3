# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a real ovs-vswitchd makes of it: who hears whom."""

from tnved_harness import BLOCKED


def test_nothing_passes_before_activation(switch, nve):
    for name in "a", "b":
        switch.add_port(name, iface_id=name)
        nve.answer(name, "associated", tag=100)
        switch.wait_state(name, "associated")
    switch.activate("c", 100)
    for vlan in None, 0, 1, 100, 4094:
        assert switch.trace("a", vlan) == {}
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
        for vlan in None, 0, 1, 4094:
            assert switch.trace(port, vlan) == {}
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
    for vlan in None, 0, 99, 200, 4095:
        assert switch.trace("up0", vlan) == {}
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
