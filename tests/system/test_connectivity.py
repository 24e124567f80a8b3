# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""VMs of one VN reach each other, wherever they are."""

import pytest
from helpers import (BLUE, RED, Watch, broadcast, marked, new_mark, send,
                     vms)

from nvo3lab import Capture, frames, iperf3


@pytest.mark.parametrize("names", [RED, BLUE], ids=["red", "blue"])
@pytest.mark.parametrize("version", [4, 6])
def test_all_pairs_ping(net, names, version):
    for source in vms(net, names):
        for target in vms(net, names):
            if source is not target:
                assert source.ping(target, count=3, version=version) == 3


def test_tcp_across_vservers(net):
    vm1, vm2, vm3 = vms(net, RED)
    assert iperf3(vm1, vm2, seconds=1) > 1e6
    assert iperf3(vm3, vm1, seconds=1, version=6) > 1e6


def test_full_frames_pass(net):
    vm1, vm2, _ = vms(net, RED)
    assert vm1.ping(vm2, size=1472) == 1


def test_broadcast_arrives_once_everywhere_but_at_home(net):
    vm1, vm2, vm3 = vms(net, RED)
    mark = new_mark()
    with Watch(*net.vms.values()) as watch:
        send(vm1, broadcast(vm1, mark))
        watch.fence(vm1, vm2, vm3)
        assert watch.all_counts(mark) == {"vm2": 1, "vm3": 1}


@pytest.mark.parametrize("mac, ip", [
    ("01:00:5e:01:02:03", "239.1.2.3"),
    ("33:33:00:01:02:03", "224.0.0.251"),
])
def test_unknown_multicast_is_flooded(net, mac, ip):
    vm1, vm2, vm3 = vms(net, RED)
    mark = new_mark()
    with Watch(*net.vms.values()) as watch:
        send(vm1, marked(vm1, vm2, mark, dst_mac=mac, dst_ip=ip))
        watch.fence(vm1, vm2, vm3)
        assert watch.all_counts(mark) == {"vm2": 1, "vm3": 1}


def test_unicast_arrives_at_its_owner_alone(net):
    vm1, vm2, vm3 = vms(net, RED)
    mark = new_mark()
    with Watch(*net.vms.values()) as watch:
        send(vm1, marked(vm1, vm2, mark))
        watch.fence(vm1, vm2, vm3)
        assert watch.all_counts(mark) == {"vm2": 1}


def test_unknown_unicast_goes_nowhere(net):
    # All MACs of a VN are known: what is not, nobody has.
    vm1, vm2, vm3 = vms(net, RED)
    mark = new_mark()
    with Watch(*net.vms.values()) as watch:
        send(vm1, marked(vm1, vm2, mark, dst_mac="52:54:00:99:99:99"))
        watch.fence(vm1, vm2, vm3)
        assert watch.all_counts(mark) == {}


def test_neighbours_on_one_vserver_stay_off_the_underlay(net):
    vm1, vm2, _ = vms(net, RED)
    local = net.add_vm(vm1.host, "local1", vn="red", ip="10.0.0.51/24")
    net.wait_ready(local)
    with Capture(vm1.host.netns, "ul0") as wire:
        assert vm1.ping(local, count=3) == 3
        assert vm1.ping(vm2) == 1
    inner = [f.inner for f in wire.frames() if f.inner]
    assert [f for f in inner if f.ip_dst == vm2.ip]
    assert not [f for f in inner if local.ip in (f.ip_src, f.ip_dst)
                and f.protocol == frames.ICMP]


def test_several_vms_of_a_vn_on_each_of_two_vservers(net):
    added = [net.add_vm(net.hosts["hv1"], "more1", vn="red",
                        ip="10.0.0.61/24"),
             net.add_vm(net.hosts["hv2"], "more2", vn="red",
                        ip="10.0.0.62/24")]
    net.wait_ready(*added)
    mark = new_mark()
    with Watch(*net.vms.values()) as watch:
        for target in vms(net, RED):
            added[0].reaches(target)
            added[1].reaches(target)
        send(added[0], broadcast(added[0], mark))
        watch.fence(added[0], added[1], *vms(net, RED))
        assert watch.all_counts(mark) == {"vm1": 1, "vm2": 1, "vm3": 1,
                                          "more2": 1}
