# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""A VNIC comes by add-port, changes by external_ids, goes by del-port."""

import pytest
from helpers import (Watch, broadcast, flow_set, marked, mentions, new_mark,
                     send, vn_id)

from nvo3lab import LabError

MAC = "52:54:00:cc:00:01"


@pytest.fixture
def guest(net):
    """A VM on hv1 in VN red whose VNIC is registered but not attached."""
    vm = net.add_vm("hv1", "guest", vn="red", mac=MAC,
                    ip=["10.0.0.21/24", "fd00::21/64"], attach=False)
    return vm


def test_wait_until_of_a_hypervisor(net, guest):
    # The documented way: add-port and wait-until, nothing else.
    host = guest.host
    guest.nic.attach()
    host.vsctl("wait-until", "Interface", guest.nic.port,
               "external_ids:nvo3-state=activated")
    assert guest.nic.external_ids()["nvo3-vn-id"] == str(vn_id(net, "red"))
    assert guest.nic.reason() is None
    # Activated means: the datapath forwards, now.
    assert guest.ping(net.vms["vm2"]) == 1


def test_binding_is_confirmed(net, guest):
    guest.nic.attach()
    guest.nic.wait_state("activated")
    claim, = net.inventory.claims(vnic=guest.nic.vnic)
    binding, = net.inventory.bindings(vnic=guest.nic.vnic)
    assert (claim["nve"], claim["port"]) == ("hv1", guest.nic.port)
    assert claim["addresses"] == MAC or claim["addresses"] == [MAC]
    assert (binding["state"], binding["nve"]) == ("activated", "hv1")
    assert binding["vn"] == net.vns["red"].name
    assert binding["claim_seq"] == claim["client_seq"]
    assert binding["epoch"] == net.core.db.select("Epoch")[0]["number"]


def test_remote_mappings_are_there_after_sync(net, guest):
    guest.nic.attach()
    guest.nic.wait_state("activated")
    net.core.ctl("sync")
    for host in net.hosts.values():
        assert mentions(host, MAC), host.name
    assert net.vms["vm3"].ping(guest) == 1


def test_del_port_removes_everything(net, guest):
    net.core.ctl("sync")
    before = {host.name: flow_set(host) for host in net.hosts.values()}
    guest.nic.attach()
    guest.nic.wait_state("activated")
    net.core.ctl("sync")
    assert all(mentions(host, MAC) for host in net.hosts.values())
    guest.nic.detach()
    net.wait(lambda: not net.inventory.claims(vnic=guest.nic.vnic)
             and not net.inventory.bindings(vnic=guest.nic.vnic),
             what="claim and binding to go")
    net.core.ctl("sync")
    for host in net.hosts.values():
        assert mentions(host, MAC) == []
        assert mentions(host, "10.0.0.21") == []
        # All as it was: but for the marker, which is what it was again.
        assert flow_set(host) == before[host.name]


def test_last_vnic_of_a_vn_takes_the_vn_off_the_vserver(net):
    net.add_vn("brief", vn_id=0x5a5a5a)
    before = {host.name: flow_set(host) for host in net.hosts.values()}
    pair = [net.add_vm(host, f"brief{host[-1]}", vn="brief",
                       ip=f"10.9.0.{host[-1]}/24") for host in ("hv1", "hv2")]
    net.wait_ready(*pair)
    net.core.ctl("sync")
    assert mentions(net.hosts["hv1"], "0x5a5a5a")
    # A vServer without a VNIC in a VN knows nothing of it.
    assert flow_set(net.hosts["hv3"]) == before["hv3"]
    net.del_vm(pair[0])
    net.wait(lambda: flow_set(net.hosts["hv1"]) == before["hv1"],
             what="all flows of the VN to leave hv1")
    assert mentions(net.hosts["hv2"], "0x5a5a5a")
    net.del_vm(pair[1])
    net.wait(lambda: flow_set(net.hosts["hv2"]) == before["hv2"],
             what="all flows of the VN to leave hv2")


def test_inactive_is_associated_and_mute(net, guest):
    vm1, vm2 = net.vms["vm1"], net.vms["vm2"]
    guest.nic.attach(status="inactive")
    guest.nic.wait_state("associated")
    binding, = net.inventory.bindings(vnic=guest.nic.vnic)
    assert binding["state"] == "associated"
    net.core.ctl("sync")
    out, back = new_mark(), new_mark()
    with Watch(guest, vm1, vm2) as watch:
        send(guest, marked(guest, vm2, out))
        send(guest, broadcast(guest, out))
        send(vm2, marked(vm2, guest, back))
        send(vm2, broadcast(vm2, back))
        watch.fence(vm2, vm1)
        assert watch.all_counts(out) == {}
        assert watch.count(guest, back) == 0


def test_activation_and_deactivation(net, guest):
    vm2 = net.vms["vm2"]
    guest.nic.attach(status="inactive")
    guest.nic.wait_state("associated")
    guest.nic.set_status("active")
    guest.nic.wait_state("activated")
    assert guest.ping(vm2) == 1
    net.core.ctl("sync")
    assert vm2.ping(guest) == 1
    guest.nic.set_status("inactive")
    guest.nic.wait_state("associated")
    assert guest.ping(vm2, wait=0.3) == 0
    guest.nic.set_status("active")
    guest.nic.wait_state("activated")
    assert guest.ping(vm2) == 1


def test_open_admission_by_nvo3_vn(net):
    net.add_vn("club", admission="open")
    club = net.vns["club"].name
    made = []
    for host in "hv1", "hv2":
        vm = net.add_vm(host, f"club{host[-1]}", vn="club", register=False,
                        ip=f"10.4.0.{host[-1]}/24",
                        extra={"nvo3-vn": club,
                               "nvo3-ip": f"10.4.0.{host[-1]}"})
        made.append(vm)
    net.wait_ready(*made)
    made[0].reaches(made[1])
    with Watch(made[1]) as watch:
        # nvo3-ip is guarded as a registered address is.
        mark = new_mark()
        send(made[0], marked(made[0], made[1], mark, src_ip="10.4.0.77"))
        watch.fence(made[0], made[1])
        assert watch.count(made[1], mark) == 0
    for vm in made:
        net.del_vm(vm)
    net.wait(lambda: not net.inventory.bindings(vn=club),
             what="the bindings to go")


def test_vnic_moves_by_del_port_and_add_port(net, guest):
    vm2, vm3 = net.vms["vm2"], net.vms["vm3"]
    guest.nic.attach()
    guest.nic.wait_state("activated")
    assert vm3.ping(guest) == 1
    first, = net.inventory.bindings(vnic=guest.nic.vnic)
    net.del_vm(guest)
    moved = net.add_vm("hv2", "guest", vn="red", mac=MAC, register=False,
                       ip=["10.0.0.21/24", "fd00::21/64"])
    net.wait_ready(moved)
    moved.reaches(vm3)
    vm3.reaches(moved)
    moved.reaches(vm2)
    binding, = net.inventory.bindings(vnic=moved.nic.vnic)
    assert binding["nve"] == "hv2"
    assert binding["generation"] > first["generation"]


def test_port_number_may_change(net, guest):
    guest.nic.attach()
    guest.nic.wait_state("activated")
    host = guest.host
    old = host.interface(guest.nic.port)["ofport"]
    host.vsctl("set", "Interface", guest.nic.port,
               f"ofport_request={old + 500}")
    net.wait(lambda: host.interface(guest.nic.port)["ofport"] == old + 500,
             what="the port to be renumbered")
    guest.reaches(net.vms["vm2"])
    net.vms["vm2"].reaches(guest)


def test_port_without_iface_id_is_left_alone(net, guest):
    host = guest.host
    host.vsctl("add-port", "br-int", guest.nic.port)
    mark = new_mark()
    vm1, vm2 = net.vms["vm1"], net.vms["vm2"]
    with Watch(vm1, vm2) as watch:
        send(guest, marked(guest, vm2, mark))
        watch.fence(vm1, vm2)
        assert watch.all_counts(mark) == {}
    assert guest.nic.external_ids() == {}
    assert net.inventory.claims(port=guest.nic.port) == []


def test_attached_in_one_transaction_with_others(net):
    made = [net.add_vm("hv1", f"batch{n}", vn="red", attach=False,
                       ip=f"10.0.0.{100 + n}/24") for n in range(10)]
    args = []
    for vm in made:
        args += ["--", *vm.nic.attach_command()]
    made[0].host.vsctl(*args)
    net.wait_ready(*made)
    for vm in made:
        vm.reaches(net.vms["vm3"])
    args = []
    for vm in made:
        args += ["--", "del-port", "br-int", vm.nic.port]
    made[0].host.vsctl(*args)
    net.wait(lambda: not any(net.inventory.claims(vnic=vm.nic.vnic)
                             for vm in made), what="all claims to go")


def test_vnic_deleted_from_the_inventory_loses_its_place(net, guest):
    guest.nic.attach()
    guest.nic.wait_state("activated")
    net.inventory.del_vnic(guest.nic.vnic)
    guest.nic.wait_state("refused")
    assert "not registered" in guest.nic.reason()
    assert guest.ping(net.vms["vm2"], wait=0.3) == 0
    net.core.ctl("sync")
    assert mentions(net.hosts["hv2"], MAC) == []
    net.inventory.add_vnic(guest.nic.vnic, {net.vns["red"].name: {
        MAC: guest.nic.addresses()}})
    guest.nic.wait_state("activated")
    guest.reaches(net.vms["vm2"])


def test_attaching_twice_is_refused_by_ovs_itself(net, guest):
    guest.nic.attach()
    with pytest.raises(LabError, match="already exists"):
        guest.nic.attach()
    guest.nic.wait_state("activated")
