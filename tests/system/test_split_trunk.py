# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Tags of the guest's own: VNICs that are trunks, and tenants' tags."""

import pytest
from helpers import Watch, new_mark
from split_tools import tag_of, trunk_tags

from nvo3lab import Capture, frames, inject
from nvo3lab.vlan import add_vlans

GUEST_TAGS = {10: ("left", ["10.3.0.1/24", "fd03::1/64"]),
              20: ("right", ["10.4.0.1/24", "fd04::1/64"])}


@pytest.fixture
def far(split):
    """VNs left and right with a VM of each on the embedded NVE."""
    made = []
    for alias, net in ("left", 3), ("right", 4):
        split.add_vn(alias)
        made.append(split.add_vm(
            "hv1", alias, vn=alias, mac="52:54:00:34:00:02",
            ip=[f"10.{net}.0.2/24", f"fd0{net}::2/64"]))
    split.wait_ready(*made)
    return made


@pytest.fixture
def trunk(split, far):
    """A VM on hyp1 with an ordinary VNIC in red and a trunk."""
    vm = split.add_vm("hyp1", "trunk", vn="red", ip="10.0.0.71/24")
    split.add_trunk(vm, GUEST_TAGS)
    split.wait_ready(vm)
    return vm


@pytest.mark.parametrize("version", [4, 6])
def test_trunk_is_in_both_vns(split, far, trunk, version):
    for target in far:
        trunk.reaches(target, version=version)
        assert target.ping({4: {"left": "10.3.0.1", "right": "10.4.0.1"},
                            6: {"left": "fd03::1", "right": "fd04::1"}}
                           [version][target.name]) == 1
    trunk.reaches(split.vms["vm1"])


def answers(vm):
    return {row["vn_name"]: row for row in vm.host.nve.hv_db.find(
        "VNIC_Answer", vnic=vm.nics[1].vnic)}


def test_guest_tags_are_translated(split, far, trunk):
    rows = answers(trunk)
    tags = {alias: rows[split.vns[alias].name]["tag"]
            for alias, _ in GUEST_TAGS.values()}
    assert len(set(tags.values())) == 2
    assert {*tags.values()} <= {*trunk_tags(trunk.host)}
    nic = trunk.nics[1]
    for guest_tag, target in zip(GUEST_TAGS, far):
        mark = new_mark()
        source = GUEST_TAGS[guest_tag][1][0].partition("/")[0]
        with Capture(trunk.host.netns, "uplink") as uplink, \
                Watch(*far) as watch:
            inject(trunk.netns, nic.device, frames.udp_frame(
                nic.mac, target.nic.mac, source, target.ip, mark,
                vlan=guest_tag))
            split.wait(lambda m=mark: watch.count(target, m), what="it")
            assert watch.all_counts(mark) == {target.name: 1}
        assert {tuple(f.tags) for f in uplink.frames()
                if mark in (f.payload or b"")} \
            == {((0x8100, tags[target.name]),)}


def test_other_guest_tags_are_dropped(split, far, trunk):
    nic = trunk.nics[1]
    mark = new_mark()
    with Watch(*split.vms.values()) as watch:
        for tags in [], [(0x8100, 30)], [(0x8100, tag_of(split.vms["vm2"]))], \
                [(0x8100, 10), (0x8100, 20)]:
            inject(trunk.netns, nic.device, frames.udp_frame(
                nic.mac, frames.BROADCAST, "10.3.0.1", "255.255.255.255",
                mark, tags=tags))
        inject(trunk.netns, nic.device, frames.udp_frame(
            nic.mac, frames.BROADCAST, "10.3.0.1", "255.255.255.255",
            b"the fence, which is right", vlan=10))
        split.wait(lambda: watch.count(far[0], b"the fence"), what="a fence")
        assert watch.all_counts(mark) == {}


def test_same_guest_tag_on_two_vnics_in_two_vns(split, far, trunk):
    other = split.add_vm("hyp1", "other", vn="red", ip="10.0.0.72/24")
    split.add_trunk(other, {10: ("right", ["10.4.0.9/24"])})
    split.wait_ready(other)
    left, right = far
    other.reaches(right)
    trunk.reaches("10.4.0.9")                    # by its tag 20
    assert other.ping("10.4.0.1") == 1
    assert other.netns.run(["ping", "-c1", "-W1", "-I", "eth1.10",
                            left.ip], check=False).returncode != 0


def test_one_vn_refused_and_trunk_goes(split, far, trunk):
    host = trunk.host
    before = trunk_tags(host)
    tags = {row["tag"] for row in answers(trunk).values()}
    assert tags <= {*before}
    split.del_vm(trunk)
    split.wait(lambda: not tags & {*trunk_tags(host)}, what="tags to go")
    split.wait(lambda: not split.inventory.claims(vnic=trunk.nics[1].vnic),
               what="the claims to go")
    ports = host.vsctl("list-ports", "br-int").split()
    assert not [name for name in ports if name.startswith("trunk-")]


@pytest.fixture
def two_tags(split):
    """A hypervisor whose Open vSwitch looks at two tags, see ovs-tnved(8).

    Not all of them: that of version 3.1 then takes a frame with one tag for
    one with two, now and then.
    """
    host = split.hypervisors["hyp1"]
    host.vsctl("set", "Open_vSwitch", ".", "other_config:vlan-limit=2")
    yield host
    host.vsctl("remove", "Open_vSwitch", ".", "other_config", "vlan-limit")


def test_tenants_tags_across_the_split(split, two_tags):
    # The VN's tag outside, the tenant's own inside (RFC 8014, 4.2.1).
    split.add_vn("tagged", tenant_tags=True)
    pair = [split.add_vm(host, name, vn="tagged", ip=f"10.5.0.{last}/24",
                         extra={"nvo3-tenant-tags": "true"})
            for host, name, last in (("hv1", "taga", 1), ("hyp1", "tagb", 2))]
    split.wait_ready(*pair)
    one, two = pair
    one.reaches(two)
    for vm in pair:
        add_vlans(vm.netns, "eth0", vm.nic.mac,
                  {7: [f"192.168.7.{vm.ip[-1]}/24"]})
    with Capture(two.host.netns, "uplink") as uplink:
        split.wait(lambda: one.ping("192.168.7.2", wait=0.3),
                   what="an answer with the tenant's tag")
        assert two.ping("192.168.7.1") == 1
    seen = {tuple(f.tags) for f in uplink.frames()
            if f.ip_src and f.ip_src.startswith("192.168.7.")}
    assert seen == {((0x8100, tag_of(two)), (0x8100, 7))}
