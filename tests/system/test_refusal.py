# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Bad input is refused in words, and disturbs nothing else.

Throughout every test numbered datagrams flow from vm1 to vm2, and none may
be lost.
"""

import pytest
from helpers import RED, Watch, marked, new_mark, send, vms, vn_id

from nvo3lab import Stream, frames


@pytest.fixture(autouse=True)
def undisturbed(net, hv4):
    with Stream(net.vms["vm1"], net.vms["vm2"], rate=100) as stream:
        stream.wait_flowing(10)
        yield stream
        stream.wait_flowing(10)
    assert stream.lost() == [], stream.summary()


def wait_status(net, table, text, **key):
    """Waits until a row's status contains 'text'; returns the status."""
    def status():
        rows = net.inventory.db.find(table, **key)
        return rows[0]["status"] if rows else ""
    net.wait(lambda: text in status(), what=f"{table} {key}: {text}")
    return status()


def test_unregistered_vnic(net):
    vm = net.add_vm("hv4", "stray", vn="red", ip="10.0.0.22/24",
                    register=False)
    vm.wait_state("refused")
    assert "not registered" in vm.nic.reason()
    assert vm.nic.vnic in vm.nic.reason()
    assert vm.ping(net.vms["vm2"], wait=0.2) == 0


def test_wrong_mac(net):
    vm = net.add_vm("hv4", "wrongmac", vn="red", ip="10.0.0.23/24",
                    register=False, attach=False)
    net.inventory.add_vnic(vm.nic.vnic, {vm.nic.vn: {
        "52:54:00:dd:00:01": ["10.0.0.23"]}})
    vm.nic.attach()
    vm.wait_state("refused")
    assert vm.nic.mac in vm.nic.reason()
    assert "not registered" in vm.nic.reason()


def test_vnic_claimed_by_two_nves(net):
    first = net.add_vm("hv4", "double1", vn="red", mac="52:54:00:dd:00:02",
                       ip="10.0.0.24/24")
    net.wait_ready(first)
    second = net.add_vm("hv3", "double2", vn="red", mac="52:54:00:dd:00:02",
                        ip="10.0.0.24/24", vnic=first.nic.vnic,
                        register=False)
    second.wait_state("refused")
    assert "hv4" in second.nic.reason()
    assert first.nic.state() == "activated"
    assert first.ping(net.vms["vm3"]) == 1
    assert net.vms["vm3"].ping(first) == 1
    # The place is free as soon as the first one leaves it.
    net.del_vm(first)
    second.wait_state("activated")
    assert second.nic.reason() is None
    second.reaches(net.vms["vm3"])


def test_wrong_place(net):
    vm = net.add_vm("hv3", "place", vn="red", ip="10.0.0.25/24",
                    register=False, attach=False)
    net.inventory.add_vnic(vm.nic.vnic, {vm.nic.vn: {
        vm.nic.mac: ["10.0.0.25"]}}, allowed_nves=["hv1", "hv4"])
    vm.nic.attach()
    vm.wait_state("refused")
    assert "hv3" in vm.nic.reason()
    net.inventory.db.update("VNIC", [["name", "==", vm.nic.vnic]],
                            allowed_nves=["hv3"])
    vm.wait_state("activated")


def test_closed_vn_does_not_take_strangers(net):
    vm = net.add_vm("hv4", "closed", vn="red", ip="10.0.0.26/24",
                    register=False,
                    extra={"nvo3-vn": net.vns["red"].name})
    vm.wait_state("refused")
    assert "not open" in vm.nic.reason()


def test_no_such_vn(net):
    vm = net.add_vm("hv4", "nowhere", vn="red", ip="10.0.0.27/24",
                    register=False, extra={"nvo3-vn": "no-such-vn"})
    vm.wait_state("refused")
    assert "no VN no-such-vn" in vm.nic.reason()


def test_two_vns_with_one_vn_id(net):
    number = vn_id(net, "red")
    intruder = net.add_vn("intruder", vn_id=number)
    status = wait_status(net, "VN", "refused", name=intruder.name)
    assert str(number) in status and net.vns["red"].name in status
    assert net.inventory.vn(intruder.name)["vn_id"] == []
    assert vn_id(net, "red") == number
    vm = net.add_vm("hv4", "intrudes", vn="intruder", ip="10.0.0.28/24")
    vm.wait_state("refused")
    assert str(number) in vm.nic.reason()
    # Asking for another VN ID is enough to be admitted.
    net.inventory.db.update("VN", [["name", "==", intruder.name]],
                            vn_id_request=[number + 1000])
    vm.wait_state("activated")
    assert vn_id(net, "intruder") == number + 1000


@pytest.mark.parametrize("number", [-1, 0, 0x1000000, 2 ** 40])
def test_vn_id_out_of_range(net, number):
    vn = net.add_vn("range", vn_id=number)
    status = wait_status(net, "VN", "refused", name=vn.name)
    assert str(number) in status
    assert net.inventory.vn(vn.name)["vn_id"] == []


def test_mac_twice_in_a_vn(net):
    vm1 = net.vms["vm1"]
    vm = net.add_vm("hv3", "samemac", vn="red", mac=vm1.nic.mac,
                    ip="10.0.0.29/24")
    vm.wait_state("refused")
    assert vm1.nic.mac in vm.nic.reason()
    assert vm1.nic.state() == "activated"


def test_ip_twice_in_a_vn(net):
    # The second owner of an address does not get it; the first keeps it.
    vm1, vm2, vm3 = vms(net, RED)
    vm = net.add_vm("hv3", "sameip", vn="red", ip="10.0.0.1/24")
    status = wait_status(net, "VNIC_MAC", "refused", mac=vm.nic.mac)
    assert "10.0.0.1" in status and vm1.nic.vnic in status
    net.wait(lambda: "10.0.0.1" in (vm.nic.reason() or ""),
             what="nvo3-reason to name the address")
    net.core.ctl("sync")
    vm3.forget_neighbours()
    assert vm3.ping(vm1) == 1
    assert vm3.neighbour("10.0.0.1") == vm1.nic.mac
    # That no address is left to it does not mean that it may use any.
    mark = new_mark()
    with Watch(*vms(net, RED)) as watch:
        send(vm, marked(vm, vm3, mark))
        send(vm, marked(vm, vm3, mark, src_ip="10.0.0.222"))
        watch.fence(vm1, vm2, vm3)
        send(vm, frames.arp(2, vm.nic.mac, vm1.ip, vm3.nic.mac, vm3.ip,
                            dst=vm3.nic.mac))
        watch.fence(vm2, vm1, vm3)
        assert watch.all_counts(mark) == {}
        assert not [f for f in watch.frames(vm3)
                    if f.arp and f.arp["sha"] == vm.nic.mac]


@pytest.mark.parametrize("mac, ips", [
    ("52:54:00:dd:00", []),
    ("nonsense", []),
    ("ff:ff:ff:ff:ff:ff", []),
    ("01:00:5e:00:00:01", []),
    ("00:00:00:00:00:00", []),
    ("52:54:00:dd:00:03", ["10.0.0.300"]),
    ("52:54:00:dd:00:03", ["10.0.0.0/33"]),
    ("52:54:00:dd:00:03", ["10.0.0.9-10.0.0.5"]),
    ("52:54:00:dd:00:03", ["10.0.0.1-fd00::1"]),
    ("52:54:00:dd:00:03", ["224.0.0.1"]),
    ("52:54:00:dd:00:03", ["fd00::zz"]),
    ("52:54:00:dd:00:03", [""]),
])
def test_bad_addresses(net, mac, ips):
    name = "bad-addresses"
    net.inventory.add_vnic(name, {net.vns["red"].name: {mac: ips}})
    status = wait_status(net, "VNIC_MAC", "refused", mac=mac)
    assert (ips[0] if ips else mac) in status


def test_bad_address_beside_a_good_one(net):
    # What is right of a VNIC works.
    vm = net.add_vm("hv4", "halfbad", vn="red", ip="10.0.0.33/24",
                    register=False, attach=False)
    net.inventory.add_vnic(vm.nic.vnic, {vm.nic.vn: {
        vm.nic.mac: ["10.0.0.33", "10.0.0.999"]}})
    vm.nic.attach()
    net.wait_ready(vm)
    assert vm.ping(net.vms["vm3"]) == 1
    wait_status(net, "VNIC_MAC", "10.0.0.999", mac=vm.nic.mac)


def test_vnic_of_another_tenant(net):
    net.inventory.add_tenant("globex")
    vm = net.add_vm("hv4", "foreign", vn="red", ip="10.0.0.34/24",
                    register=False, attach=False)
    net.inventory.add_vnic(vm.nic.vnic, {vm.nic.vn: {
        vm.nic.mac: ["10.0.0.34"]}}, tenant="globex")
    vm.nic.attach()
    vm.wait_state("refused")
    assert "globex" in vm.nic.reason()


def test_bad_external_ids_are_told_at_the_interface(net):
    vm = net.add_vm("hv4", "badids", vn="red", ip="10.0.0.35/24",
                    attach=False)
    for key, value, word in (("attached-mac", "5x:54", "5x:54"),
                             ("nvo3-ip", "10.0.0.400", "10.0.0.400")):
        vm.nic.attach(extra={key: value})
        vm.wait_state("refused")
        assert word in vm.nic.reason()
        vm.nic.detach()
    vm.nic.attach()
    vm.wait_state("activated")


def test_one_vnic_on_two_ports_of_a_vserver(net):
    first = net.add_vm("hv4", "twin1", vn="red", mac="52:54:00:dd:00:09",
                       ip="10.0.0.36/24")
    net.wait_ready(first)
    second = net.add_vm("hv4", "twin2", vn="red", mac="52:54:00:dd:00:09",
                        ip="10.0.0.36/24", vnic=first.nic.vnic,
                        register=False)
    second.wait_state("refused")
    assert first.nic.port in second.nic.reason()
    assert first.ping(net.vms["vm3"]) == 1
    net.del_vm(first)
    second.wait_state("activated")


def test_disabled_nve(net):
    net.inventory.db.update("NVE", [["name", "==", "hv3"]], enabled=[False])
    net.vms["vm3"].wait_state("refused")
    assert "hv3" in net.vms["vm3"].nic.reason()
    assert net.vms["vm1"].ping(net.vms["vm3"], wait=0.2) == 0
    net.inventory.db.update("NVE", [["name", "==", "hv3"]], enabled=[])
    net.vms["vm3"].wait_state("activated")
    net.vms["vm1"].reaches(net.vms["vm3"])


def test_nve_with_anothers_endpoint(net):
    hv2 = net.hosts["hv2"]
    thief = net.add_vservers("thief", external_ids=[
        f"external_ids:nvo3-encap-ip={hv2.underlay_ip}"])[0]
    status = wait_status(net, "NVE", "refused", name="thief")
    assert hv2.underlay_ip in status and "hv2" in status
    vm = net.add_vm(thief, "victim", vn="red", ip="10.0.0.37/24")
    vm.wait_state("refused")
    assert net.vms["vm3"].ping(net.vms["vm2"]) == 1
    # With an endpoint of its own it is as good as any other.
    thief.vsctl("set", "Open_vSwitch", ".",
                f"external_ids:nvo3-encap-ip={thief.underlay_ip}")
    vm.wait_state("activated")
    vm.reaches(net.vms["vm2"])
