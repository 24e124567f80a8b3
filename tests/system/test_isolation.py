# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""No frame of one tenant is ever seen by another, same addresses or not."""

from helpers import (BLUE, RED, Watch, broadcast, marked, new_mark, send,
                     vn_id, vms)

from nvo3lab import Capture, frames, iperf3


def test_same_addresses_meet_their_own(net):
    for red, blue in zip(vms(net, RED), vms(net, BLUE)):
        assert (red.nic.mac, red.nic.ips) == (blue.nic.mac, blue.nic.ips)
    marks = {}
    with Watch(*net.vms.values()) as watch:
        for names in RED, BLUE:
            for source in vms(net, names):
                for target in vms(net, names):
                    if source is not target:
                        marks[source.name, target.name] = new_mark()
                        send(source, marked(source, target,
                                            marks[source.name, target.name]))
        for names in RED, BLUE:
            for source in vms(net, names):
                watch.fence(source, *[other for other in vms(net, names)
                                      if other is not source])
        for (_, target), mark in marks.items():
            assert watch.all_counts(mark) == {target: 1}


def test_floods_stay_in_their_vn(net):
    marks = {name: new_mark() for name in RED + BLUE}
    with Watch(*net.vms.values()) as watch:
        for name, mark in marks.items():
            send(net.vms[name], broadcast(net.vms[name], mark))
        for names in RED, BLUE:
            for source in vms(net, names):
                others = [vm for vm in vms(net, names) if vm is not source]
                watch.fence(source, *others)
                assert watch.all_counts(marks[source.name]) == {
                    vm.name: 1 for vm in others}


def test_pings_and_tcp_stay_in_their_vn(net):
    for active, idle in (RED, BLUE), (BLUE, RED):
        with Watch(*vms(net, idle)) as watch:
            for source in vms(net, active):
                source.forget_neighbours()
                for target in vms(net, active):
                    if source is not target:
                        assert source.ping(target) == 1
                        assert source.ping(target, version=6) == 1
            iperf3(net.vms[active[0]], net.vms[active[1]], seconds=1)
            seen = [frame for vm in vms(net, idle)
                    for frame in watch.frames(vm) if is_traffic(frame)]
            assert seen == []


def is_traffic(frame):
    """True of echo messages and TCP; a kernel sends neither unasked."""
    echo = {frames.ICMP: (0, 8), frames.ICMPV6: (128, 129)}
    return frame.protocol == frames.TCP \
        or frame.icmp in echo.get(frame.protocol, ())


def test_the_wire_carries_the_vn_id_of_each(net):
    ids = {alias: vn_id(net, alias) for alias in ("red", "blue")}
    assert ids["red"] != ids["blue"]
    for alias, names in (("red", RED), ("blue", BLUE)):
        vm1, vm2, _ = vms(net, names)
        mark = new_mark()
        with Capture(vm2.host.netns, "ul0") as wire:
            send(vm1, marked(vm1, vm2, mark))
            net.wait(lambda: [f for f in wire.received() if mark in f.data],
                     what="the frame on the underlay")
        found, = [f for f in wire.received() if mark in f.data]
        assert found.vni == ids[alias]
        assert found.ip_src == vm1.host.underlay_ip


def test_all_24_bits_of_a_vn_id_count(net):
    # Two VNs whose VN IDs differ in the highest bit alone.
    made = []
    for alias, number, host in (("high", 0xffffff, "hv1"),
                                ("low", 0x7fffff, "hv2")):
        net.add_vn(alias, vn_id=number)
        for name, host in ((alias + "a", "hv1"), (alias + "b", "hv2")):
            made.append(net.add_vm(
                host, name, vn=alias,
                mac=f"52:54:00:77:00:0{1 + (host == 'hv2')}",
                ip=f"10.7.0.{1 + (host == 'hv2')}/24"))
    net.wait_ready(*made)
    higha, highb, lowa, lowb = made
    mark = new_mark()
    with Watch(*made) as watch:
        higha.reaches(highb)
        lowa.reaches(lowb)
        send(higha, marked(higha, highb, mark))
        send(higha, broadcast(higha, mark))
        watch.fence(higha, highb)
        watch.fence(lowa, lowb)
        assert watch.all_counts(mark) == {"highb": 2}
    assert vn_id(net, "high") == 0xffffff
    assert vn_id(net, "low") == 0x7fffff
