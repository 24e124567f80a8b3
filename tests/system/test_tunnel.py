# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What comes in from the underlay is taken from members of the VN only."""

import pytest
from helpers import (RED, Watch, flow_number, marked, new_mark, send, vn_id,
                     vms)

from nvo3lab import frames, inject


@pytest.fixture(scope="module")
def rogue(net):
    """A machine on the underlay that is no NVE."""
    return net.add_node("rogue")


def tunnelled(net, source, inner, vni=None, target="vm1"):
    """Returns 'inner' in VXLAN, from a machine to a VM's vServer.

    'source' is the rogue itself or who it claims to be, with the MAC too:
    OVS learns its neighbours' MACs from tunnel packets.
    """
    host = net.vms[target].host
    return frames.vxlan_frame(
        source.underlay_mac, host.underlay_mac, source.underlay_ip,
        host.underlay_ip, vn_id(net, "red") if vni is None else vni, inner)


def assert_dropped(net, rogue, mark, packet, senders=RED):
    vm1, vm2, _ = vms(net, senders)
    with Watch(*net.vms.values()) as watch:
        inject(rogue.netns, "ul0", packet)
        watch.fence(vm2, vm1)
        assert watch.all_counts(mark) == {}


def dropped(host):
    """Packets counted by the flows of a vServer that drop."""
    return sum(flow_number(line, "n_packets") for line in host.dump_flows()
               if line.endswith("actions=drop"))


def test_member_endpoint_is_believed(net, rogue):
    # The control: with a member's address the very same packet arrives.
    # (Who forges underlay addresses must be stopped by the underlay.)
    vm1, vm2, _ = vms(net, RED)
    mark = new_mark()
    packet = tunnelled(net, vm2.host, marked(vm2, vm1, mark))
    with Watch(*net.vms.values()) as watch:
        inject(rogue.netns, "ul0", packet)
        watch.fence(vm2, vm1)
        assert watch.all_counts(mark) == {"vm1": 1}


@pytest.mark.parametrize("dst", [None, frames.BROADCAST], ids=["u", "b"])
def test_unknown_endpoint_is_dropped_and_counted(net, rogue, dst):
    vm1, vm2, _ = vms(net, RED)
    mark = new_mark()
    inner = marked(vm2, vm1, mark, dst_mac=dst or vm1.nic.mac)
    before = dropped(vm1.host)
    assert_dropped(net, rogue, mark, tunnelled(net, rogue, inner))
    net.wait(lambda: dropped(vm1.host) > before, what="the drop to be counted")


@pytest.mark.parametrize("vni", [0, 1, 0xfffffe, 0xffffff])
def test_vn_that_is_not_present_is_dropped_and_counted(net, rogue, vni):
    vm1, vm2, _ = vms(net, RED)
    mark = new_mark()
    assert vni not in (vn_id(net, "red"), vn_id(net, "blue"))
    before = dropped(vm1.host)
    packet = tunnelled(net, vm2.host, marked(vm2, vm1, mark), vni=vni)
    assert_dropped(net, rogue, mark, packet)
    net.wait(lambda: dropped(vm1.host) > before, what="the drop to be counted")


@pytest.mark.parametrize("tag", [0, 1, 42])
def test_tagged_inner_frame_is_dropped(net, rogue, tag):
    vm1, vm2, _ = vms(net, RED)
    mark = new_mark()
    inner = frames.udp_frame(vm2.nic.mac, vm1.nic.mac, vm2.ip, vm1.ip, mark,
                             vlan=tag)
    assert_dropped(net, rogue, mark, tunnelled(net, vm2.host, inner))


def test_member_of_another_vn_only_is_dropped(net, rogue):
    # hv3 alone has VN solo; hv2 is a member of red, not of solo.
    net.add_vn("solo")
    solo = net.add_vm("hv3", "solo1", vn="solo", ip="10.3.0.1/24")
    net.wait_ready(solo)
    vm2 = net.vms["vm2"]
    mark = new_mark()
    inner = frames.udp_frame(vm2.nic.mac, solo.nic.mac, "10.3.0.2", solo.ip,
                             mark)
    packet = tunnelled(net, vm2.host, inner, vni=vn_id(net, "solo"),
                       target="solo1")
    with Watch(solo) as watch:
        inject(rogue.netns, "ul0", packet)
        watch_end(net, watch, rogue, solo)
        assert watch.count(solo, mark) == 0


def watch_end(net, watch, rogue, solo):
    """A fence from a second VM of VN solo: what came before was judged."""
    second = net.add_vm("hv3", "solo2", vn="solo", ip="10.3.0.3/24")
    net.wait_ready(second)
    watch.fence(second, solo)
    net.del_vm(second)


def test_tunnel_frames_never_go_back_into_a_tunnel(net, rogue):
    # Flooding from a tunnel is local only: else the loops would be endless.
    vm1, vm2, vm3 = vms(net, RED)
    mark = new_mark()
    inner = marked(vm2, vm1, mark, dst_mac=frames.BROADCAST)
    with Watch(*net.vms.values()) as watch:
        inject(rogue.netns, "ul0", tunnelled(net, vm2.host, inner))
        watch.fence(vm2, vm1, vm3)
        assert watch.all_counts(mark) == {"vm1": 1}


def test_malformed_vxlan_does_no_harm(net, rogue):
    vm1, vm2, _ = vms(net, RED)
    whole = marked(vm2, vm1, new_mark())
    for length in range(0, len(whole), 3):
        inject(rogue.netns, "ul0",
               tunnelled(net, vm2.host, whole[:length]))
    assert vm2.ping(vm1, count=3) == 3


def test_guest_cannot_send_into_the_tunnel_itself(net):
    # A VM that wraps its frame in VXLAN by itself is a VM that sends UDP.
    vm1, vm2, vm3 = vms(net, RED)
    mark = new_mark()
    inner = marked(vm3, vm2, mark)
    forged = frames.vxlan_frame(vm1.nic.mac, vm2.nic.mac,
                                vm1.host.underlay_ip, vm2.host.underlay_ip,
                                vn_id(net, "red"), inner)
    with Watch(*net.vms.values()) as watch:
        send(vm1, forged)
        watch.fence(vm1, vm2, vm3)
        assert watch.all_counts(mark) == {}
