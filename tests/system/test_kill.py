# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of any daemon at any time, in any order.

Traffic that flowed goes on flowing; what changed meanwhile is right within
seconds of the return.  One exception is OVS's own: the userspace datapath
stops with its ovs-vswitchd, and with its local ovsdb-server.
"""

import itertools
import random
import time

import pytest
from helpers import RED, flow_set, forget, mentions, vms

from nvo3lab import Stream

SECONDS = 10                        # "within seconds", a sanitizer's build too

# All daemons whose death no traffic between hv1 and hv2 may notice.
HARMLESS = [("core", "ndirectord"), ("core", "nvo3-db"),
            ("hv1", "ovs-nved"), ("hv2", "ovs-nved"), ("hv3", "ovs-nved"),
            ("hv3", "ovs-vswitchd"), ("hv3", "ovsdb-server")]


def kill(net, where, daemon):
    net.machine(where).kill(daemon)


def start(net, where, daemon):
    net.machine(where).start(daemon)


@pytest.fixture
def stream(net, hv4):
    """Datagrams from hv1 to hv2, none of which may be lost."""
    with Stream(net.vms["vm1"], net.vms["vm2"]) as traffic:
        traffic.wait_flowing(20)
        yield traffic
        traffic.wait_flowing(20)
    assert traffic.lost() == [], traffic.summary()


def make_change(net, host, n):
    """A VNIC goes and another comes; returns the new VM."""
    vm = net.add_vm(host, f"new{n}", vn="red", attach=False,
                    register=False, mac=f"52:54:00:cf:00:{n:02x}",
                    ip=f"10.0.0.{200 + n}/24")
    return vm


def assert_settles(net, vm):
    """All is right soon: the new VM speaks to all, all NVEs agree."""
    deadline = time.monotonic() + SECONDS
    vm.wait_state("activated", timeout=SECONDS)
    for target in vms(net, RED):
        vm.reaches(target, timeout=max(1, deadline - time.monotonic()))
    net.core.ctl("sync", timeout=SECONDS)


def cleanup(net, vm):
    forget(net, vm)
    net.wait(lambda: not any(mentions(host, vm.nic.mac)
                             for host in net.hosts.values()), SECONDS,
             "the removed VNIC's flows to go")


@pytest.mark.parametrize("where, daemon", HARMLESS)
def test_one_dies_and_a_change_is_made_meanwhile(net, stream, where, daemon):
    kill(net, where, daemon)
    vm = make_change(net, "hv4", 1)
    if daemon != "nvo3-db":
        net.inventory.add_vnic(vm.nic.vnic, {vm.nic.vn: {
            vm.nic.mac: vm.nic.addresses()}})
    vm.nic.attach()
    stream.wait_flowing(40)
    start(net, where, daemon)
    if daemon == "nvo3-db":
        net.inventory.add_vnic(vm.nic.vnic, {vm.nic.vn: {
            vm.nic.mac: vm.nic.addresses()}})
    assert_settles(net, vm)
    cleanup(net, vm)


@pytest.mark.parametrize("where, daemon", HARMLESS)
def test_one_dies_and_a_vnic_goes_meanwhile(net, stream, where, daemon):
    vm = net.add_vm("hv4", "goes", vn="red", mac="52:54:00:cf:01:01",
                    ip="10.0.0.222/24")
    net.wait_ready(vm)
    net.core.ctl("sync")
    kill(net, where, daemon)
    net.del_vm(vm)
    stream.wait_flowing(40)
    start(net, where, daemon)
    net.wait(lambda: not net.inventory.bindings(vnic=vm.nic.vnic)
             and not any(mentions(host, vm.nic.mac)
                         for host in net.hosts.values()), SECONDS,
             "what belonged to the VNIC to go")


@pytest.mark.parametrize("first, second", itertools.permutations(
    [("core", "ndirectord"), ("core", "nvo3-db"), ("hv1", "ovs-nved")], 2),
    ids=lambda pair: pair[1])
def test_two_die_and_return_in_either_order(net, stream, first, second):
    for order in (first, second), (second, first):
        kill(net, *first)
        kill(net, *second)
        stream.wait_flowing(20)
        for each in order:
            start(net, *each)
        vm = net.add_vm("hv4", "pair", vn="red", ip="10.0.0.223/24")
        assert_settles(net, vm)
        cleanup(net, vm)


@pytest.mark.parametrize("round_", range(3))
def test_all_die_and_return_in_random_order(net, stream, round_):
    seed = random.randrange(2 ** 32)
    print(f"seed {seed}")
    source = random.Random(seed)
    for each in source.sample(HARMLESS, len(HARMLESS)):
        kill(net, *each)
    stream.wait_flowing(40)
    order = source.sample(HARMLESS, len(HARMLESS))
    # An ovs-vswitchd cannot start before its database: OVS waits for it.
    order.sort(key=lambda each: each[1] == "ovs-vswitchd")
    for each in order:
        start(net, *each)
    vm = net.add_vm("hv4", "random", vn="red", ip="10.0.0.224/24")
    assert_settles(net, vm)
    assert net.vms["vm3"].ping(net.vms["vm1"]) == 1
    cleanup(net, vm)


@pytest.mark.parametrize("change", ["comes", "goes"])
def test_agent_catches_up_with_its_own_vserver(net, change):
    hv1 = net.hosts["hv1"]
    vm = net.add_vm(hv1, "own", vn="red", mac="52:54:00:cf:02:01",
                    ip="10.0.0.226/24", attach=change == "goes")
    if change == "goes":
        net.wait_ready(vm)
    hv1.kill("ovs-nved")
    if change == "goes":
        vm.nic.detach()
    else:
        vm.nic.attach()
    hv1.start("ovs-nved")
    if change == "comes":
        assert_settles(net, vm)
    net.wait(lambda: bool(mentions(hv1, vm.nic.mac)) == (change == "comes"),
             SECONDS, "hv1's flows")


def test_vswitchd_gets_all_its_flows_back(net):
    hv2 = net.hosts["hv2"]
    net.core.ctl("sync")
    before = flow_set(hv2)
    with Stream(net.vms["vm1"], net.vms["vm2"]) as traffic, \
            Stream(net.vms["vm1"], net.vms["vm3"], port=7010) as other:
        traffic.wait_flowing(20)
        hv2.kill("ovs-vswitchd")
        hv2.start("ovs-vswitchd")
        traffic.wait_flowing(20, timeout=SECONDS)
    print(traffic.summary())
    assert other.lost() == [], other.summary()
    net.wait(lambda: flow_set(hv2) == before, SECONDS, "hv2's flows")


def test_local_ovsdb_server_returns(net):
    # OVS 3.1's userspace datapath stands still meanwhile: no flow is lost.
    hv2 = net.hosts["hv2"]
    before = flow_set(hv2)
    with Stream(net.vms["vm1"], net.vms["vm2"]) as traffic:
        traffic.wait_flowing(20)
        hv2.kill("ovsdb-server")
        hv2.start("ovsdb-server")
        traffic.wait_flowing(20, timeout=SECONDS)
    net.wait(lambda: flow_set(hv2) == before, SECONDS, "hv2's flows")
    assert net.vms["vm2"].nic.state() == "activated"


def test_whole_vserver_returns(net):
    hv2 = net.hosts["hv2"]
    before = flow_set(hv2)
    for daemon in "ovs-nved", "ovs-vswitchd", "ovsdb-server":
        hv2.kill(daemon)
    for daemon in "ovsdb-server", "ovs-vswitchd", "ovs-nved":
        hv2.start(daemon)
    net.vms["vm1"].reaches(net.vms["vm2"], timeout=SECONDS)
    net.wait(lambda: flow_set(hv2) == before, SECONDS, "hv2's flows")


def test_whole_core_returns_many_times(net, stream):
    for _ in range(5):
        for daemon in "nvo3-db", "ndirectord":
            kill(net, "core", daemon)
        for daemon in "ndirectord", "nvo3-db":
            start(net, "core", daemon)
    vm = net.add_vm("hv4", "again", vn="red", ip="10.0.0.225/24")
    assert_settles(net, vm)
    cleanup(net, vm)
