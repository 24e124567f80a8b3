# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""A VN may let addresses be learned from frames; others stay as they were."""

import time

import pytest
from helpers import (Watch, announcement, director_counter, gleaned_of,
                     mentions, new_mark, send, vn_id)

from nvo3lab import inject
from nvo3lab.netns import Netns

NESTED_MAC, NESTED_IP, NESTED_IP6 = ("52:54:00:ee:00:01", "10.0.0.61",
                                     "fd00::61")
RATE = 4            # Frames a second that a port may send up.


def gleaned(net, vm):
    return gleaned_of(net, vm.nic.vnic)


def frames_up(net):
    return director_counter(net, "core_frames")


@pytest.fixture
def gleaning(net):
    """The VN red gleans."""
    net.core.ctl("set", "VN", "red", "gleaning=4", "gleaning_age=10")
    net.core.ctl("sync")
    yield
    net.core.ctl("clear", "VN", "red", "gleaning", "gleaning_age")
    net.core.ctl("sync")


@pytest.fixture
def nested(net):
    """A guest within vm1, with addresses that nobody registered."""
    vm1 = net.vms["vm1"]
    inner = Netns(vm1.netns.name + "in")
    inner.create()
    try:
        vm1.netns.ip([f"link add mv0 link {vm1.nic.device} address "
                      f"{NESTED_MAC} netns {inner.name} type macvlan "
                      "mode bridge"])
        inner.ip([f"addr add {NESTED_IP}/24 dev mv0",
                  f"addr add {NESTED_IP6}/64 dev mv0 nodad",
                  "link set mv0 up"])
        yield inner
    finally:
        inner.delete()


def wait_ping(net, netns, address):
    """Waits until a ping from 'netns' is answered."""
    net.wait(lambda: netns.run(["ping", "-c1", "-W1", address],
                               check=False).returncode == 0,
             what=f"an answer from {address}")


def test_nested_guest_is_reached(net, gleaning, nested):
    """With its own MAC and IPs, from its own host and from another."""
    vm1, vm2, vm3 = (net.vms[name] for name in ("vm1", "vm2", "vm3"))
    wait_ping(net, nested, vm2.ip)
    assert {NESTED_MAC, f"{NESTED_MAC} {NESTED_IP}"} <= gleaned(net, vm1)
    for vm in vm2, vm3:
        vm.reaches(NESTED_IP)
        assert vm.neighbour(NESTED_IP) == NESTED_MAC
    wait_ping(net, nested, vm2.address(6))
    vm3.reaches(NESTED_IP6, version=6)


def test_silent_guest_is_asked_and_stays(net, gleaning, nested):
    """It answers as long as it is there, and then is forgotten."""
    vm1, vm2 = net.vms["vm1"], net.vms["vm2"]
    wait_ping(net, nested, vm2.ip)
    wait_ping(net, nested, vm2.address(6))
    nested.ip(["addr flush dev mv0 scope link"])
    before = director_counter(net, "core_gleaned_probes")
    net.wait(lambda: director_counter(net, "core_gleaned_probes")
             >= before + 8, 90, "some probes")
    assert {f"{NESTED_MAC} {NESTED_IP}",
            f"{NESTED_MAC} {NESTED_IP6}"} <= gleaned(net, vm1)
    nested.delete()
    net.wait(lambda: not gleaned(net, vm1), 60,
             "the nested guest to be forgotten")
    net.core.ctl("sync")
    for host in net.hosts.values():
        assert not mentions(host, NESTED_MAC)


def test_no_frame_goes_up_elsewhere(net, gleaning):
    """Neither from a VN that gleans nothing, nor from one that does if the
    source is known."""
    vm1, vm2, vm4 = (net.vms[name] for name in ("vm1", "vm2", "vm4"))
    vm1.reaches(vm2)
    before = frames_up(net)
    for i in range(20):
        send(vm4, announcement(f"52:54:00:dd:00:{i:02x}", "10.0.0.77"))
        send(vm4, announcement(vm4.nic.mac, f"10.0.0.{100 + i}"))
    vm1.forget_neighbours()
    vm1.reaches(vm2)
    with Watch(vm4, net.vms["vm5"]) as watch:
        watch.fence(vm4, net.vms["vm5"])
    send(vm1, announcement("52:54:00:dd:01:00", "10.0.0.78"))
    net.wait(lambda: gleaned(net, vm1), what="the one that may be learned")
    assert frames_up(net) == before + 1
    blue = f"metadata={vn_id(net, 'blue'):#x}"
    assert not [flow for flow in mentions(net.hosts["hv1"], "CONTROLLER")
                if blue in flow]


def test_liar_is_metered(net, gleaning):
    """Who sends as somebody else gets nothing, costs a few frames a second,
    and hinders nobody."""
    vm1, vm2, vm3 = (net.vms[name] for name in ("vm1", "vm2", "vm3"))
    before = frames_up(net)
    taken = director_counter(net, "core_gleaned_taken")
    start = time.monotonic()
    inject(vm1.netns, vm1.nic.device,
           [announcement(vm2.nic.mac, vm2.ip)] * 3000, interval=0.001)
    extra = net.add_vm("hv1", "late", vn="red", ip="10.0.0.91/24")
    net.wait_ready(extra)
    extra.reaches(vm2)
    passed = time.monotonic() - start
    net.core.ctl("sync")
    assert taken < director_counter(net, "core_gleaned_taken")
    assert frames_up(net) - before <= RATE * (passed + 2)
    assert not gleaned(net, vm1)
    assert vm3.ping(vm2) == 1


def test_flood_costs_its_quota(net, gleaning):
    """A thousand MACs: four are learned, and nothing goes up after that."""
    vm1, vm2 = net.vms["vm1"], net.vms["vm2"]
    # With one IP for all, the first would be asked for it and lose it.
    flood = [announcement(f"52:54:00:cc:{i >> 8:02x}:{i & 255:02x}",
                          "0.0.0.0") for i in range(1000)]
    inject(vm1.netns, vm1.nic.device, flood, interval=0.003)
    net.wait(lambda: len(gleaned(net, vm1)) == 4, what="four to be learned")
    net.core.ctl("sync")
    # Open vSwitch forgets what it has cached of the flows that are gone, and
    # the reply about a VNIC comes after the frames that were on their way.
    net.hosts["hv1"].appctl("ovs-vswitchd", "revalidator/purge")
    net.wait_ready(net.add_vm("hv1", "after", vn="red", ip="10.0.0.93/24"))
    before = frames_up(net)
    inject(vm1.netns, vm1.nic.device, flood)
    mark = new_mark()
    with Watch(vm1, vm2) as watch:
        watch.fence(vm1, vm2)
        assert watch.count(vm2, mark) == 0
    assert frames_up(net) == before
    assert vm1.ping(vm2) == 1
