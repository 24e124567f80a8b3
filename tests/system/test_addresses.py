# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""VNICs with several VNs on a host, several MACs, several and ranged IPs."""

from helpers import Watch, marked, mentions, new_mark, send, vms

MAC_A, MAC_B = "52:54:00:aa:00:0a", "52:54:00:aa:00:0b"


def delivered(watch, source, target, mark, fence_to, **changes):
    """Sends one frame; returns how often 'target' got it."""
    send(source, marked(source, target, mark, **changes))
    watch.fence(source, fence_to)
    return watch.count(target, mark)


def test_one_vm_in_two_vns(net):
    # A NIC in red and one in blue: each reaches its own VN's vm 3.
    both = net.add_vm("hv1", "both", vn="red", ip="10.0.0.31/24")
    net.add_nic(both, "blue", ip="10.0.1.31/24")
    peer = net.add_vm("hv2", "peer", vn="blue", ip="10.0.1.32/24")
    net.wait_ready(both, peer)
    assert both.ping(net.vms["vm3"]) == 1
    assert both.ping(peer) == 1


def test_many_vns_on_each_vserver(net):
    made = []
    for number in range(8):
        net.add_vn(f"many{number}")
        for host in "hv1", "hv2":
            made.append(net.add_vm(
                host, f"n{number}{host}", vn=f"many{number}",
                mac=f"52:54:00:88:00:0{host[-1]}",
                ip=f"10.8.0.{host[-1]}/24"))
    net.wait_ready(*made)
    for one, two in zip(made[::2], made[1::2]):
        one.reaches(two)


def test_several_macs_of_a_vnic(net):
    vm2 = net.vms["vm2"]
    multi = net.add_vm("hv1", "multi", vn="red", register=False,
                       attach=False, mac=MAC_A, ip="10.0.0.41/24")
    net.inventory.add_vnic(multi.nic.vnic, {multi.nic.vn: {
        MAC_A: ["10.0.0.41"], MAC_B: ["10.0.0.42", "fd00::42"]}})
    multi.nic.attach()
    net.wait_ready(multi)
    with Watch(multi, vm2) as watch:
        # Out: each MAC with its own IP, and not with the other's.
        assert delivered(watch, multi, vm2, new_mark(), vm2) == 1
        assert delivered(watch, multi, vm2, new_mark(), vm2, src_mac=MAC_B,
                         src_ip="10.0.0.42") == 1
        assert delivered(watch, multi, vm2, new_mark(), vm2, src_mac=MAC_B,
                         src_ip="10.0.0.41") == 0
        # In: both MACs lead to it.
        for mac in MAC_A, MAC_B:
            assert delivered(watch, vm2, multi, new_mark(), multi,
                             dst_mac=mac) == 1
    vm2.forget_neighbours()
    vm2.ping("10.0.0.42", wait=0.2)
    assert vm2.neighbour("10.0.0.42") == MAC_B


def test_several_ips_of_a_mac(net):
    several = net.add_vm("hv1", "several", vn="red", ip=[
        "10.0.0.71/24", "10.0.0.72/24", "fd00::71/64", "fd00::72/64"])
    net.wait_ready(several)
    for vm in vms(net, ["vm2", "vm3"]):
        for address in several.nic.addresses():
            vm.reaches(address, version=6 if ":" in address else 4)


def test_prefix_and_range_stand_for_all_addresses_in_them(net):
    vm2 = net.vms["vm2"]
    ranged = net.add_vm("hv1", "ranged", vn="red", register=False,
                        attach=False, mac=MAC_A, ip="10.0.0.80/24")
    net.inventory.add_vnic(ranged.nic.vnic, {ranged.nic.vn: {
        MAC_A: ["10.0.0.80/30", "10.0.0.90-10.0.0.93"]}})
    ranged.nic.attach()
    net.wait_ready(ranged)
    with Watch(ranged, vm2) as watch:
        for last in 80, 81, 83, 90, 91, 93:
            vm2.ping(f"10.0.0.{last}", wait=0.1)
            assert vm2.neighbour(f"10.0.0.{last}") == MAC_A, last
            assert delivered(watch, ranged, vm2, new_mark(), vm2,
                             src_ip=f"10.0.0.{last}") == 1, last
        for last in 79, 84, 89, 94:
            assert delivered(watch, ranged, vm2, new_mark(), vm2,
                             src_ip=f"10.0.0.{last}") == 0, last


def test_addresses_come_and_go_while_attached(net):
    vm2 = net.vms["vm2"]
    vm = net.add_vm("hv1", "grows", vn="red", mac=MAC_A, ip="10.0.0.45/24")
    net.wait_ready(vm)
    ctl = net.core.ctl
    with Watch(vm, vm2) as watch:
        assert delivered(watch, vm, vm2, new_mark(), vm2,
                         src_ip="10.0.0.46") == 0
        ctl("--wait=sync", "vnic-add-addr", vm.nic.vnic, "red",
            MAC_A, "10.0.0.46")
        assert delivered(watch, vm, vm2, new_mark(), vm2,
                         src_ip="10.0.0.46") == 1
        ctl("--wait=sync", "vnic-del-addr", vm.nic.vnic, "red",
            MAC_A, "10.0.0.46")
        assert delivered(watch, vm, vm2, new_mark(), vm2,
                         src_ip="10.0.0.46") == 0
        assert delivered(watch, vm, vm2, new_mark(), vm2) == 1


def test_removed_mac_leaves_no_flow_anywhere(net):
    vm = net.add_vm("hv1", "loses", vn="red", register=False, attach=False,
                    mac=MAC_A, ip="10.0.0.47/24")
    net.inventory.add_vnic(vm.nic.vnic, {vm.nic.vn: {
        MAC_A: ["10.0.0.47"], MAC_B: ["10.0.0.48"]}})
    vm.nic.attach()
    net.wait_ready(vm)
    net.core.ctl("sync")
    for host in net.hosts.values():
        assert mentions(host, MAC_B)
    net.core.ctl("--wait=sync", "vnic-del-addr", vm.nic.vnic, "red", MAC_B)
    for host in net.hosts.values():
        assert mentions(host, MAC_B) == []
        assert mentions(host, MAC_A)


def test_vnic_without_addresses_lets_only_its_mac_speak(net):
    # No IP is registered for it: the MAC is guarded, any IP may be used.
    vm2 = net.vms["vm2"]
    vm = net.add_vm("hv1", "noip", vn="red", register=False, attach=False,
                    mac=MAC_A, ip="10.0.0.49/24")
    net.inventory.add_vnic(vm.nic.vnic, {vm.nic.vn: {MAC_A: []}})
    vm.nic.attach()
    net.wait_ready(vm)
    with Watch(vm, vm2) as watch:
        assert delivered(watch, vm, vm2, new_mark(), vm2) == 1
        assert delivered(watch, vm, vm2, new_mark(), vm2,
                         src_mac=MAC_B) == 0
