# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""A VM speaks with its own addresses only; what it forges goes nowhere."""

import pytest
from helpers import RED, Watch, broadcast, marked, new_mark, send, vms

from nvo3lab import frames

STRANGER = "52:54:00:66:66:66"


def assert_dropped(net, frame, mark):
    """Sends 'frame' from vm1; no VM at all may get it."""
    vm1, vm2, vm3 = vms(net, RED)
    with Watch(*net.vms.values()) as watch:
        send(vm1, frame)
        watch.fence(vm1, vm2, vm3)
        assert watch.all_counts(mark) == {}


@pytest.mark.parametrize("changes", [
    {"src_mac": STRANGER},
    {"src_mac": "52:54:00:00:00:02"},
    {"src_mac": "52:54:00:00:00:03", "src_ip": "10.0.0.3"},
    {"src_ip": "10.0.0.99"},
    {"src_ip": "10.0.0.2"},
    {"src_ip": "0.0.0.0"},
    {"src_mac": "01:00:5e:00:00:01"},
    {"src_mac": frames.BROADCAST},
    {"src_mac": STRANGER, "dst_mac": frames.BROADCAST},
    {"src_ip": "10.0.0.2", "dst_mac": frames.BROADCAST},
], ids=str)
def test_forged_ipv4_is_dropped(net, changes):
    vm1, vm2, _ = vms(net, RED)
    mark = new_mark()
    assert_dropped(net, marked(vm1, vm2, mark, **changes), mark)


@pytest.mark.parametrize("src_mac, src_ip", [
    (None, "fd00::2"), (None, "fd00::99"), (STRANGER, "fd00::1"),
    (None, "fe80::1"),
], ids=str)
def test_forged_ipv6_is_dropped(net, src_mac, src_ip):
    vm1, vm2, _ = vms(net, RED)
    mark = new_mark()
    frame = frames.udp6_frame(src_mac or vm1.nic.mac, vm2.nic.mac, src_ip,
                              vm2.address(6), mark)
    assert_dropped(net, frame, mark)


@pytest.mark.parametrize("tag", [0, 1, 42, 4095])
def test_tagged_frame_is_dropped(net, tag):
    vm1, vm2, _ = vms(net, RED)
    mark = new_mark()
    frame = frames.udp_frame(vm1.nic.mac, vm2.nic.mac, vm1.ip, vm2.ip, mark,
                             vlan=tag)
    assert_dropped(net, frame, mark)


def test_honest_frames_pass(net):
    # The same senders without the forgery: the tests above can fail.
    vm1, vm2, vm3 = vms(net, RED)
    mark = new_mark()
    with Watch(*net.vms.values()) as watch:
        send(vm1, marked(vm1, vm2, mark))
        send(vm1, frames.udp6_frame(vm1.nic.mac, vm2.nic.mac,
                                    vm1.address(6), vm2.address(6), mark))
        send(vm1, broadcast(vm1, mark))
        watch.fence(vm1, vm2, vm3)
        assert watch.all_counts(mark) == {"vm2": 3, "vm3": 1}


def arp_forgeries(vm1, vm2, vm3):
    """ARP frames by which vm1 claims what is not its own."""
    mine, its = vm1.nic.mac, vm2.nic.mac
    everybody, nobody = frames.BROADCAST, "00:00:00:00:00:00"
    return {
        "answer for another": frames.arp(
            2, mine, vm2.ip, vm3.nic.mac, vm3.ip, dst=vm3.nic.mac),
        "gratuitous question": frames.arp(1, mine, vm2.ip, nobody, vm2.ip),
        "gratuitous answer": frames.arp(2, mine, vm2.ip, everybody, vm2.ip),
        "question in another's name": frames.arp(
            1, mine, vm2.ip, nobody, vm3.ip),
        "another's MAC inside": frames.arp(
            2, its, vm1.ip, vm3.nic.mac, vm3.ip, src=mine, dst=vm3.nic.mac),
        "another's MAC outside": frames.arp(
            2, mine, vm1.ip, vm3.nic.mac, vm3.ip, src=its, dst=vm3.nic.mac),
        "address of nobody": frames.arp(
            2, mine, "10.0.0.99", vm3.nic.mac, vm3.ip, dst=vm3.nic.mac),
    }


def test_forged_arp_changes_nobodys_mind(net):
    vm1, vm2, vm3 = vms(net, RED)
    assert vm3.ping(vm2) == 1
    with Watch(vm2, vm3) as watch:
        for name, frame in arp_forgeries(vm1, vm2, vm3).items():
            send(vm1, frame)
            watch.fence(vm1, vm2, vm3)
            forged = [f for vm in (vm2, vm3) for f in watch.frames(vm)
                      if f.arp and f.data[:42] == frame[:42]]
            assert forged == [], name
    assert vm3.neighbour(vm2.ip) == vm2.nic.mac
    assert vm3.ping(vm2) == 1


def nd_forgeries(vm1, vm2, vm3):
    """Neighbor Discovery by which vm1 claims what is not its own."""
    mine = vm1.nic.mac
    own, its, third = (vm.address(6) for vm in (vm1, vm2, vm3))
    group_mac, group_ip = frames.solicited_node(third)
    nd = frames.nd
    return {
        "advertisement of another's address": nd(
            frames.ND_ADVERT, mine, own, its, vm3.nic.mac, third),
        "advertisement from another's address": nd(
            frames.ND_ADVERT, mine, its, its, vm3.nic.mac, third),
        "advertisement to all nodes": nd(
            frames.ND_ADVERT, mine, own, its, "33:33:00:00:00:01",
            "ff02::1"),
        "another's MAC in the option": nd(
            frames.ND_ADVERT, mine, own, own, vm3.nic.mac, third,
            option_mac=vm2.nic.mac),
        "solicitation from another's address": nd(
            frames.ND_SOLICIT, mine, its, third, group_mac, group_ip),
        "another's MAC in a solicitation": nd(
            frames.ND_SOLICIT, mine, own, third, group_mac, group_ip,
            option_mac=vm2.nic.mac),
    }


def test_forged_nd_changes_nobodys_mind(net):
    vm1, vm2, vm3 = vms(net, RED)
    assert vm3.ping(vm2, version=6) == 1
    with Watch(vm2, vm3) as watch:
        for name, frame in nd_forgeries(vm1, vm2, vm3).items():
            send(vm1, frame)
            watch.fence(vm1, vm2, vm3)
            body = frame[14 + 8:]                # whatever the destination
            forged = [f for vm in (vm2, vm3) for f in watch.frames(vm)
                      if body in f.data]
            assert forged == [], name
    assert vm3.neighbour(vm2.address(6)) == vm2.nic.mac
    assert vm3.ping(vm2, version=6) == 1


def test_router_advertisement_of_a_guest_is_dropped(net):
    vm1, vm2, vm3 = vms(net, RED)
    body = bytes.fromhex("8600000040000708" + "00" * 8)
    total = frames.checksum(frames.pseudo6(
        vm1.address(6), "ff02::1", frames.ICMPV6, body))
    body = body[:2] + total.to_bytes(2, "big") + body[4:]
    frame = frames.ethernet(
        vm1.nic.mac, "33:33:00:00:00:01", frames.ETH_IPV6,
        frames.ipv6(vm1.address(6), "ff02::1", frames.ICMPV6, body, 255))
    with Watch(vm2, vm3) as watch:
        send(vm1, frame)
        watch.fence(vm1, vm2, vm3)
        assert not [f for vm in (vm2, vm3) for f in watch.frames(vm)
                    if f.icmp == 134]


def test_forging_does_no_harm_to_the_forged(net):
    # Spoofed frames of vm2's MAC on vm1's port must not move vm2's mapping.
    vm1, vm2, vm3 = vms(net, RED)
    for _ in range(20):
        send(vm1, marked(vm2, vm3, new_mark()))
    assert vm3.ping(vm2, count=5) == 5


def test_guest_frames_cause_no_packet_in(net):
    vm1, vm2, _ = vms(net, RED)
    host = vm1.host
    for frame in ([marked(vm1, vm2, new_mark(), src_mac=STRANGER)] * 20
                  + [marked(vm1, vm2, new_mark(), dst_mac=STRANGER)] * 20):
        send(vm1, frame)
    assert not [line for line in host.dump_flows()
                if "CONTROLLER" in line or "NORMAL" in line]
