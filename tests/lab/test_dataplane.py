# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The lab's underlay, vServers and VMs carry traffic, and tell of loss."""

import pytest
from conftest import VNI

from nvo3lab import Capture, LabError, Stream, frames, inject, iperf3


def vms(net):
    return list(net.vms.values())


def test_every_pair_pings(trio):
    for source in vms(trio):
        for target in vms(trio):
            if source is not target:
                assert source.ping(target, count=3) == 3
                assert source.ping(target, count=3, version=6) == 3


def test_tcp_passes(trio):
    # Would stall if checksum offload of the VMs' interfaces were on.
    assert iperf3(vms(trio)[0], vms(trio)[2], seconds=1) > 1e6


def test_full_frames_pass_unfragmented(trio):
    assert vms(trio)[0].ping(vms(trio)[1], size=1472) == 1


def test_host_kernel_stays_mute(trio):
    # Trap: the host's kernel sees the guests' frames and the VXLAN packets
    # too.  It must answer neither ARP nor "port unreachable".
    vm1, vm2, _ = vms(trio)
    with Capture(vm1.netns, "eth0") as guest, \
            Capture(vm1.host.netns, "ul0") as wire:
        question = frames.arp(1, vm1.nic.mac, vm1.ip, "00:00:00:00:00:00",
                              vm1.host.underlay_ip)
        inject(vm1.netns, "eth0", question)
        assert vm1.ping(vm2, count=3) == 3
    assert not [f for f in guest.received() if f.arp
                and f.arp["spa"] == vm1.host.underlay_ip]
    assert not [f for f in wire.frames() if f.protocol == frames.ICMP]


def test_capture_shows_what_is_inside(trio):
    vm1, vm2, _ = vms(trio)
    with Capture(vm2.host.netns, "ul0") as wire:
        inject(vm1.netns, "eth0",
               frames.udp_frame(vm1.nic.mac, vm2.nic.mac, vm1.ip, vm2.ip,
                                b"needle"))
        trio.wait(lambda: wire.frames(), what="a frame on the underlay")
    found, = [f for f in wire.received()
              if f.inner and f.inner.payload == b"needle"]
    assert (found.vni, found.ip_src) == (VNI, vm1.host.underlay_ip)


def test_capture_keeps_vlan_tags(trio):
    vm1 = vms(trio)[0]
    data = frames.udp_frame(vm1.nic.mac, vms(trio)[1].nic.mac, vm1.ip,
                            "10.0.0.2", b"tagged", vlan=7)
    with Capture(vm1.host.netns, vm1.nic.port) as capture:
        inject(vm1.netns, "eth0", data)
        trio.wait(lambda: [f for f in capture.frames()
                           if f.payload == b"tagged"], what="the frame")
    found, = [f for f in capture.frames() if f.payload == b"tagged"]
    assert found.vlan == 7


def test_stream_without_fault_loses_nothing(trio):
    vm1, vm2, _ = vms(trio)
    with Stream(vm1, vm2) as stream:
        stream.wait_flowing(100)
    assert stream.lost() == [] and stream.duplicates() == []


def test_stream_knows_what_was_lost(trio):
    vm1, vm2, _ = vms(trio)
    with Stream(vm1, vm2) as stream:
        stream.wait_flowing(10)
        vm2.cmd("ip", "link", "set", "eth0", "down")
        n_before = stream.n_sent
        trio.wait(lambda: stream.n_sent > n_before + 20, what="losses")
        vm2.cmd("ip", "link", "set", "eth0", "up")
        stream.wait_flowing(10)
    assert len(stream.lost()) >= 20
    assert stream.longest_gap() > 20 / stream.rate


def test_counters_of_ovs(trio):
    host = vms(trio)[0].host
    before = host.coverage("ofproto_recv_openflow")
    flows = host.dump_flows()
    assert len(flows) == 2
    assert len(host.dump_flows(f"tun_id={VNI}")) == 1
    # OVS adds a thread's counts to the total once a second.
    trio.wait(lambda: host.coverage("ofproto_recv_openflow") > before,
              what="OVS to count OpenFlow messages")


def test_killed_vswitchd_comes_back(trio):
    vm1, vm2, vm3 = vms(trio)
    vm2.host.kill("ovs-vswitchd")
    assert not vm1.ping(vm2, wait=0.3)
    vm2.host.start("ovs-vswitchd")
    assert vm2.host.dump_flows() == []           # as OVS promises
    port = vm2.host.interface(vm2.nic.port)["ofport"]
    tunnel = vm2.host.interface("vx0")["ofport"]
    vm2.host.ofctl("add-flow", "br-int", f"in_port={tunnel},"
                   f"actions=output:{port}")
    vm2.host.ofctl("add-flow", "br-int", f"in_port={port},actions="
                   f"set_field:{VNI}->tun_id,output:{tunnel},"
                   f"set_field:{vm1.host.underlay_ip}->tun_dst,"
                   f"output:{tunnel}")
    assert vm1.ping(vm2) == 1                    # neighbours are known again


def test_killed_ovsdb_server_comes_back(trio):
    host = vms(trio)[0].host
    host.kill("ovsdb-server")
    with pytest.raises(LabError):
        host.interface("vx0")
    host.start("ovsdb-server")
    assert host.interface("vx0")["type"] == "vxlan"


def test_names_of_what_is_there_are_told(trio):
    with pytest.raises(LabError, match="hv1, hv2, hv3"):
        trio.machine("hv9")
    with pytest.raises(LabError, match="ovsdb-server, ovs-vswitchd"):
        trio.hosts["hv1"].kill("httpd")
