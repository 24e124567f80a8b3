# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Frames on an access port that are nobody's are dropped, and counted."""

import pytest
from helpers import Watch, flow_number, new_mark, vms
from split_tools import RED, tag_of

from nvo3lab import frames, inject

TAG = 0x8100
STAG = 0x88a8
TAG_TABLES = ["table=0", "table=2"]  # CLASSIFY, TENANT_TAG


def frame_with(vm, target, mark, *tags):
    return frames.udp_frame(vm.nic.mac, target.nic.mac, vm.ip, target.ip,
                            mark, tags=tags)


def n_dropped(nve):
    """Returns how many packets the drop flows for tags have counted."""
    return sum(flow_number(line, "n_packets") for table in TAG_TABLES
               for line in nve.dump_flows(table) if "actions=drop" in line)


# What is on the access port, given the VID that VN red has there.
HOSTILE = {
    "untagged": lambda tag: [],
    "tag-not-in-use": lambda tag: [(TAG, 4000)],
    "vid-0": lambda tag: [(TAG, 0)],
    "vid-0-priority": lambda tag: [(TAG, 0xe000)],
    "vid-4095": lambda tag: [(TAG, 4095)],
    "double": lambda tag: [(TAG, tag), (TAG, 7)],
    "double-same": lambda tag: [(TAG, tag), (TAG, tag)],
    "s-tag": lambda tag: [(STAG, 4000)],
    "s-tag-outside": lambda tag: [(STAG, 7), (TAG, tag)],
    "vid-0-outside": lambda tag: [(TAG, 0), (TAG, tag)],
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_frame_is_dropped_and_counted(split, kind):
    vm1, vm2, _, _ = vms(split, RED)
    tags = HOSTILE[kind](tag_of(vm2))
    nve = vm2.host.nve
    before = n_dropped(nve)
    mark = new_mark()
    with Watch(*split.vms.values()) as watch:
        inject(vm2.host.netns, "uplink", frame_with(vm2, vm1, mark, *tags))
        inject(vm2.host.netns, "uplink", frames.udp_frame(
            vm2.nic.mac, frames.BROADCAST, vm2.ip, "255.255.255.255", mark,
            tags=tags))
        watch.fence(vm2, vm1)
        assert watch.all_counts(mark) == {}
    split.wait(lambda: n_dropped(nve) >= before + 2,
               what="the drops to be counted")


def test_right_frame_passes(split):
    # So that the tests above can tell that it was the tag.
    vm1, vm2, _, _ = vms(split, RED)
    mark = new_mark()
    with Watch(*split.vms.values()) as watch:
        for priority in 0, 7:
            inject(vm2.host.netns, "uplink", frame_with(
                vm2, vm1, mark, (TAG, priority << 13 | tag_of(vm2))))
        watch.fence(vm2, vm1)
        assert watch.all_counts(mark) == {"vm1": 2}


def test_s_tag_is_the_same_vn_at_most(split):
    # OpenFlow cannot tell 0x88a8 from 0x8100, see nvo3-pipeline(7).
    vm1, vm2, _, _ = vms(split, RED)
    mark = new_mark()
    with Watch(*split.vms.values()) as watch:
        inject(vm2.host.netns, "uplink", frame_with(
            vm2, vm1, mark, (STAG, tag_of(vm2))))
        watch.fence(vm2, vm1)
        assert set(watch.all_counts(mark)) <= {"vm1"}
        assert not [f for f in watch.frames(vm1) if f.tags]


def test_source_guard_holds_on_access_ports(split):
    vm1, vm2, vm3, _ = vms(split, RED)
    mark = new_mark()
    with Watch(*split.vms.values()) as watch:
        # vm3 is not on this port; and an address that nobody has.
        for src_mac, src_ip in ((vm3.nic.mac, vm3.ip),
                                (vm2.nic.mac, vm3.ip),
                                (vm2.nic.mac, "10.0.0.99"),
                                ("52:54:00:99:99:99", vm2.ip)):
            inject(vm2.host.netns, "uplink", frames.udp_frame(
                src_mac, vm1.nic.mac, src_ip, vm1.ip, mark,
                tags=[(TAG, tag_of(vm2))]))
        watch.fence(vm2, vm1)
        assert watch.all_counts(mark) == {}


def test_guest_cannot_tag_itself(split):
    vm1, vm2, _, _ = vms(split, RED)
    mark = new_mark()
    with Watch(*split.vms.values()) as watch:
        for tag in tag_of(vm2), tag_of(split.vms["vm6"]), 4000:
            for tpid in TAG, STAG:
                inject(vm2.netns, vm2.nic.device,
                       frame_with(vm2, vm1, mark, (tpid, tag)))
        watch.fence(vm2, vm1)
        assert watch.all_counts(mark) == {}
