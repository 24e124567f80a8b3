# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""VMs behind an external NVE are in their VN as those on an embedded one."""

import pytest
from helpers import (Watch, broadcast, marked, new_mark, send, vms, vn_id)
from split_tools import BLUE, HYPERVISORS, RED, port, tag_of, trunk_tags

from nvo3lab import Capture, frames, iperf3

NOBODY = "00:00:00:00:00:00"


@pytest.mark.parametrize("names", [RED, BLUE], ids=["red", "blue"])
@pytest.mark.parametrize("version", [4, 6])
def test_all_pairs_ping(split, names, version):
    for source in vms(split, names):
        for target in vms(split, names):
            if source is not target:
                assert source.ping(target, count=2, version=version) == 2, \
                    f"{source.name} to {target.name}"


@pytest.mark.parametrize("client, server", [
    ("vm1", "vm2"), ("vm2", "vm1"), ("vm2", "vm3"), ("vm3", "vm4")],
    ids=["in", "out", "two-links", "one-segment"])
def test_tcp(split, client, server):
    client, server = vms(split, [client, server])
    assert iperf3(client, server, seconds=1) > 1e6


def test_tcp_over_ipv6(split):
    assert iperf3(*vms(split, ["vm1", "vm3"]), seconds=1, version=6) > 1e6


def test_full_frames_pass(split):
    for source in vms(split, RED):
        for target in vms(split, RED):
            if source is not target:
                assert source.ping(target, size=1472) == 1


def test_wait_until_of_a_hypervisor(split):
    # The documented way, as on an embedded NVE: add-port and wait-until.
    vm = split.add_vm("hyp1", "guest", vn="red", ip="10.0.0.21/24",
                      attach=False)
    vm.nic.attach()
    vm.host.vsctl("wait-until", "Interface", vm.nic.port,
                  "external_ids:nvo3-state=activated")
    assert vm.nic.external_ids()["nvo3-vn-id"] == str(vn_id(split, "red"))
    assert vm.nic.reason() is None
    # Activated means: the datapath forwards, now.
    assert vm.ping(split.vms["vm1"]) == 1
    claim, = split.inventory.claims(vnic=vm.nic.vnic)
    assert (claim["nve"], claim["port"], claim["tag"]) \
        == ("nve1", vm.host.port, tag_of(vm))
    assert port(vm.host, vm.nic.port)["tag"] == tag_of(vm)


def test_arp_of_a_remote_is_answered_by_the_nve(split):
    vm1, vm2, vm3, _ = vms(split, RED)
    with Watch(vm1, vm2, vm3) as watch, \
            Capture(split.hosts["nve1"].netns, "ul0") as underlay:
        # Not what this VM's kernel asks for by itself: a word of our own.
        send(vm2, frames.arp(1, vm2.nic.mac, vm2.ip, NOBODY, vm1.ip))
        split.wait(lambda: [f for f in watch.frames(vm2) if f.arp
                            and f.arp["spa"] == vm1.ip], what="an answer")
        watch.fence(vm2, vm1, vm3)
        answer, = [f for f in watch.frames(vm2)
                   if f.arp and f.arp["spa"] == vm1.ip]
        assert answer.arp == {"op": 2, "sha": vm1.nic.mac, "spa": vm1.ip,
                              "tha": vm2.nic.mac, "tpa": vm2.ip}
        # Bridges on the way must not learn from it where the target is.
        assert answer.src == access_mac(vm2.host.nve)
        assert not [f for f in watch.frames(vm1)
                    if f.arp and f.arp["spa"] == vm2.ip]
    assert not [f for f in underlay.frames() if f.inner and f.inner.arp]


def access_mac(nve):
    """Returns the MAC of an NVE's own on its access links."""
    return "02:4e:" + frames.ip_bytes(nve.underlay_ip).hex(":")


@pytest.mark.parametrize("pair", [("vm3", "vm4"), ("vm7", "vm8")],
                         ids=["red", "blue"])
def test_first_frame_within_a_segment_arrives(split, pair):
    # The NVE answers ARP for both; the switch must still find them itself.
    one, other = vms(split, pair)
    for source, target in (one, other), (other, one):
        source.forget_neighbours()
        assert source.ping(target) == 1


@pytest.mark.parametrize("source", range(4))
def test_broadcast_arrives_once_everywhere_but_at_home(split, source):
    for names in RED, BLUE:
        sender = split.vms[names[source]]
        others = [vm for vm in vms(split, names) if vm is not sender]
        mark = new_mark()
        with Watch(*split.vms.values()) as watch:
            send(sender, broadcast(sender, mark))
            watch.fence(sender, *others)
            assert watch.all_counts(mark) == {vm.name: 1 for vm in others}


def test_same_addresses_meet_their_own(split):
    for red, blue in zip(vms(split, RED), vms(split, BLUE)):
        assert (red.nic.mac, red.nic.ips) == (blue.nic.mac, blue.nic.ips)
    marks = {}
    with Watch(*split.vms.values()) as watch:
        for names in RED, BLUE:
            for source in vms(split, names):
                for target in vms(split, names):
                    if source is not target:
                        mark = marks[source.name, target.name] = new_mark()
                        send(source, marked(source, target, mark))
        for names in RED, BLUE:
            for source in vms(split, names):
                watch.fence(source, *[other for other in vms(split, names)
                                      if other is not source])
        for pair, mark in marks.items():
            assert watch.all_counts(mark) == {pair[1]: 1}, pair


@pytest.mark.parametrize("number", [1, 2, 3])
def test_uplink_tags_say_which_vn(split, number):
    red, blue = split.vms[RED[number]], split.vms[BLUE[number]]
    tags = {vm.name: tag_of(vm) for vm in (red, blue)}
    assert tags[red.name] != tags[blue.name]
    with Capture(red.host.netns, "uplink") as uplink:
        marks = {vm.name: new_mark() for vm in (red, blue)}
        for vm, far in (red, "vm1"), (blue, "vm5"):
            send(vm, marked(vm, split.vms[far], marks[vm.name]))
            send(split.vms[far], marked(split.vms[far], vm, marks[vm.name]))
        for name, mark in marks.items():
            split.wait(lambda m=mark: len(datagrams(uplink, m)) == 2,
                       what=f"frames of {name} in both directions")
            assert {tuple(f.tags) for f in datagrams(uplink, mark)} \
                == {((0x8100, tags[name]),)}


def datagrams(capture, mark):
    """Returns the captured datagrams with 'mark', not errors that quote
    them."""
    return [f for f in capture.frames() if mark in (f.payload or b"")]


@pytest.mark.parametrize("name", HYPERVISORS)
def test_uplink_carries_tags_in_use_only(split, name):
    host = split.hypervisors[name]
    in_use = sorted(tag_of(vm) for vm in split.vms.values()
                    if vm.host is host)
    assert len(in_use) == 2
    assert trunk_tags(host) == in_use
    split.add_vn("brief")
    vm = split.add_vm(host, "brief", vn="brief", ip="10.9.0.1/24")
    split.wait_ready(vm)
    assert trunk_tags(host) == sorted(in_use + [tag_of(vm)])
    split.del_vm(vm)
    split.wait(lambda: trunk_tags(host) == in_use, what="the tag to go")


def test_hypervisors_behind_one_port_share_tags(split):
    for names in RED, BLUE:
        vm3, vm4 = vms(split, names[2:])
        assert tag_of(vm3) == tag_of(vm4)
        # They speak through the switch alone, once it knows them.
        vm3.reaches(vm4)
        mark = new_mark()
        with Capture(vm4.host.netns, "uplink") as uplink, \
                Capture(split.hosts["nve1"].netns, "ul0") as underlay:
            send(vm3, marked(vm3, vm4, mark))
            split.wait(lambda: datagrams(uplink, mark), what="the frame")
        found, = datagrams(uplink, mark)
        assert found.tags == [(0x8100, tag_of(vm3))]
        assert not [f for f in underlay.frames() if mark in f.data]
        for vm in vm3, vm4:
            assert vm.ping(split.vms[names[0]]) == 1


def test_same_tag_on_two_ports_means_two_vns(split):
    nve = split.hosts["nve1"]
    pools = {row["name"]: row["tags"]
             for row in nve.hv_db.select("Access_Port")}
    made = []
    try:
        for name in pools:
            nve.hv_db.update("Access_Port", [["name", "==", name]],
                             tags="300")
        for alias, host in ("left", "hyp1"), ("right", "hyp2"):
            split.add_vn(alias)
            for name, place, last in ((alias + "a", host, 1),
                                      (alias + "b", "hv1", 2)):
                made.append(split.add_vm(
                    place, name, vn=alias, ip=f"10.3.0.{last}/24",
                    mac=f"52:54:00:33:00:0{last}"))
        split.wait_ready(*made)
        lefta, leftb, righta, rightb = made
        assert tag_of(lefta) == tag_of(righta) == 300
        mark = new_mark()
        with Watch(*made) as watch, \
                Capture(lefta.host.netns, "uplink") as left, \
                Capture(righta.host.netns, "uplink") as right:
            for vm, far in (lefta, leftb), (leftb, lefta):
                vm.reaches(far)
                send(vm, marked(vm, far, mark))
                send(vm, broadcast(vm, mark))
            righta.reaches(rightb)
            watch.fence(lefta, leftb)
            watch.fence(leftb, lefta)
            watch.fence(righta, rightb)
            watch.fence(rightb, righta)
            assert watch.all_counts(mark) == {"lefta": 2, "leftb": 2}
            assert [f for f in left.frames() if mark in f.data
                    and f.vlan == 300]
            assert [f for f in right.frames() if f.vlan == 300]
            assert not [f for f in right.frames() if mark in f.data]
        # The pool has no second tag: the next VN is refused there, in words.
        split.add_vn("third")
        late = split.add_vm("hyp1", "late", vn="third", ip="10.3.0.9/24")
        late.wait_state("refused")
        assert "tag" in late.nic.reason()
    finally:
        for name, tags in pools.items():
            nve.hv_db.update("Access_Port", [["name", "==", name]], tags=tags)
