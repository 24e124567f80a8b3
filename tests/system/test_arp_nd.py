# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""ARP is answered at home; a Neighbor Solicitation goes to its owner alone."""

import pytest
from helpers import BLUE, RED, Watch, send, vms

from nvo3lab import Capture, frames

NOBODY = "00:00:00:00:00:00"


def wires(net):
    """Captures on the underlay of all vServers."""
    return [Capture(host.netns, "ul0") for host in net.hosts.values()]


def inner_frames(captures):
    for capture in captures:
        capture.stop()
    return [f.inner for capture in captures for f in capture.frames()
            if f.inner]


@pytest.mark.parametrize("names", [RED, BLUE], ids=["red", "blue"])
def test_arp_is_answered_locally(net, names):
    vm1, vm2, vm3 = vms(net, names)
    captures = wires(net)
    with Watch(vm1, vm2, vm3) as watch:
        vm1.forget_neighbours()
        assert vm1.ping(vm2) == vm1.ping(vm3) == 1
        answers = {(f.arp["spa"], f.arp["sha"]) for f in watch.frames(vm1)
                   if f.arp and f.arp["op"] == 2}
        assert {(vm2.ip, vm2.nic.mac), (vm3.ip, vm3.nic.mac)} <= answers
        asked = [f for vm in (vm2, vm3) for f in watch.frames(vm)
                 if f.arp and f.arp["op"] == 1 and f.arp["spa"] == vm1.ip]
        assert asked == []
    # The pings crossed the underlay, no ARP of the VN did.
    inner = inner_frames(captures)
    assert [f for f in inner if f.protocol == frames.ICMP]
    assert [f for f in inner if f.arp] == []


def test_arp_answer_is_one_and_well_formed(net):
    vm1, vm2, vm3 = vms(net, RED)
    with Watch(vm1) as watch:
        # Not what this VM's kernel asks for by itself: a word of our own.
        send(vm1, frames.arp(1, vm1.nic.mac, vm1.ip, NOBODY, vm2.ip))
        net.wait(lambda: [f for f in watch.frames(vm1) if f.arp],
                 what="an ARP answer")
        watch.fence(vm3, vm1)
        answer, = [f for f in watch.frames(vm1)
                   if f.arp and f.arp["spa"] == vm2.ip]
    assert answer.arp == {"op": 2, "sha": vm2.nic.mac, "spa": vm2.ip,
                          "tha": vm1.nic.mac, "tpa": vm1.ip}
    assert (answer.src, answer.dst) == (vm2.nic.mac, vm1.nic.mac)


def test_own_address_is_not_answered(net):
    # A probe for one's own address must not report a duplicate (RFC 5227).
    vm1, vm2, _ = vms(net, RED)
    with Watch(vm1) as watch:
        send(vm1, frames.arp(1, vm1.nic.mac, "0.0.0.0", NOBODY, vm1.ip))
        watch.fence(vm2, vm1)
        send(vm1, frames.arp(1, vm1.nic.mac, vm1.ip, NOBODY, vm2.ip))
        net.wait(lambda: [f for f in watch.frames(vm1) if f.arp],
                 what="the answer to another question")
        assert not [f for f in watch.frames(vm1)
                    if f.arp and f.arp["spa"] == vm1.ip]


def test_solicitation_reaches_its_owner_alone(net):
    vm1, vm2, vm3 = vms(net, RED)
    group_mac, group_ip = frames.solicited_node(vm2.address(6))
    with Watch(*net.vms.values()) as watch:
        send(vm1, frames.nd(frames.ND_SOLICIT, vm1.nic.mac, vm1.address(6),
                            vm2.address(6), group_mac, group_ip))
        net.wait(lambda: [f for f in watch.frames(vm1)
                          if f.icmp == frames.ND_ADVERT],
                 what="a Neighbor Advertisement")
        watch.fence(vm1, vm2, vm3)
        seen = [(vm.name, f) for vm in net.vms.values()
                for f in watch.frames(vm)
                if f.icmp == frames.ND_SOLICIT
                and f.ip_src == vm1.address(6)
                and f.target == vm2.address(6)]
        assert [name for name, _ in seen] == ["vm2"]
        assert seen[0][1].dst == vm2.nic.mac
        answer = [f for f in watch.frames(vm1)
                  if f.icmp == frames.ND_ADVERT][0]
        assert answer.target == vm2.address(6)
        assert answer.src == vm2.nic.mac


def test_ipv6_resolution_end_to_end(net):
    vm1, vm2, _ = vms(net, RED)
    vm1.forget_neighbours()
    vm2.forget_neighbours()
    assert vm1.ping(vm2, version=6) == 1
    assert vm1.neighbour(vm2.address(6)) == vm2.nic.mac


def test_neighbours_stay_reachable_for_long(net):
    """The probes of a kernel that doubts its neighbour get answers."""
    vm1, vm2, _ = vms(net, RED)
    vm1.netns.sysctl({
        f"ipv{version}.neigh.eth0.{key}": value for version in (4, 6)
        for key, value in (("delay_first_probe_time", 1),
                           ("base_reachable_time_ms", 1000))})
    for version in 4, 6:
        assert vm1.ping(vm2, count=60, interval=0.1, version=version) == 60
        state = vm1.cmd("ip", "neigh", "show", vm2.address(version))
        assert "FAILED" not in state and "INCOMPLETE" not in state
