# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What happens to a virtual machine (RFC 8394 section 2), as requests."""

from tnved_harness import BLOCKED, access
from nvo3lab.shell import wait_for


def test_life_by_vm_state(hv, nve):
    hv.add_port("p1", iface_id="a", nvo3_vm_state="preparing")
    nve.request("a", state="associated", migration=[])
    nve.answer("a", "associated", tag=100)
    hv.wait_state("p1", "associated")
    hv.set_port("p1", nvo3_vm_state="running")
    nve.request("a", state="activated")
    nve.grant("a", 100)
    hv.wait_state("p1", "activated")

    hv.set_port("p1", nvo3_vm_state="suspended")
    nve.request("a", state="associated")
    hv.wait_vlan("p1", BLOCKED)
    nve.answer("a", "associated", tag=100)
    hv.wait_state("p1", "associated")
    hv.set_port("p1", nvo3_vm_state="resuming")
    nve.request("a", state="activated")
    nve.grant("a", 100)
    hv.wait_state("p1", "activated")

    hv.set_port("p1", nvo3_vm_state="shutdown")
    nve.wait_requests()
    nve.db.delete("VNIC_Answer", vnic="a")
    hv.wait_state("p1", "pending", "shut down")
    assert hv.vlan("p1") == BLOCKED
    hv.set_port("p1", nvo3_vm_state="running")
    nve.request("a", state="activated")


def test_states_that_change_nothing(hv, nve):
    hv.activate("a", 100, nvo3_vm_state="running")
    size = nve.size()
    for state in "paused", "running", "suspending", "running", \
            "shuttingdown":
        hv.set_port("a", nvo3_vm_state=state)
    hv.add_port("b", iface_id="b")            # so the others were seen
    nve.wait_requests("a", "b")
    assert nve.request("a")["client_seq"] == 1
    assert hv.vlan("a") == access(100)
    assert nve.size() > size


def test_vm_state_takes_the_place_of_iface_status(hv, nve):
    hv.add_port("p1", iface_id="a", iface_status="active",
                nvo3_vm_state="suspended")
    nve.request("a", state="associated")
    hv.set_port("p1", nvo3_vm_state=None)
    nve.request("a", state="activated")


def test_libvirt_writes_iface_status_only(hv, nve):
    hv.add_port("p1", iface_id="a", iface_status="inactive")
    nve.request("a", state="associated", migration=[])
    hv.set_port("p1", iface_status="active")
    nve.request("a", state="activated", migration=[])


def test_arrival(hv, nve):
    hv.add_port("p1", iface_id="a", nvo3_vm_state="paused",
                nvo3_migration="arriving")
    nve.request("a", state="associated", migration="arriving")
    nve.answer("a", "associated", tag=100)
    hv.wait_state("p1", "associated")
    hv.set_port("p1", nvo3_vm_state="running")
    nve.request("a", state="activated", migration="arriving")
    nve.grant("a", 100)
    hv.wait_state("p1", "activated")
    hv.set_port("p1", nvo3_migration="none")
    nve.request("a", state="activated", migration="none")
    nve.grant("a", 100)
    hv.wait_state("p1", "activated")


def test_departure(hv, nve):
    hv.activate("a", 100)
    hv.set_port("a", nvo3_migration="departing")
    nve.request("a", state="activated", migration="departing")
    assert hv.vlan("a") == access(100)        # it runs until it has moved
    nve.grant("a", 100)
    hv.wait_state("a", "activated")
    hv.vsctl("del-port", "a")
    nve.wait_requests()


def test_departure_is_deleted_only_when_it_was_seen(hv, nve):
    hv.activate("a", 100, nvo3_vm_state="running")
    hv.set_port("a", nvo3_vm_state="migrating")
    nve.request("a", migration="departing")
    hv.vsctl("del-port", "a")                 # before the NVE answered
    hv.activate("b", 7)
    assert nve.request("a")["migration"] == "departing"
    nve.grant("a", 100)
    nve.wait_requests("b")


def test_departure_is_remembered_over_a_restart(hv, nve):
    hv.activate("a", 100)
    hv.set_port("a", nvo3_migration="departing")
    nve.request("a", migration="departing")
    hv.vsctl("del-port", "a")
    hv.agent.kill()
    hv.agent.start()
    hv.activate("b", 7)
    assert nve.request("a")["migration"] == "departing"
    nve.grant("a", 100)
    nve.wait_requests("b")


def test_vm_that_stays(hv, nve):
    hv.activate("a", 100, nvo3_migration="departing")
    hv.set_port("a", nvo3_migration="none")
    nve.request("a", state="activated", migration="none")
    wait_for(lambda: hv.port_state("a")[0] == "pending", 10)
    assert hv.vlan("a") == access(100)
