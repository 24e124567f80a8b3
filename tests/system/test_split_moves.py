# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""A VM moves between hypervisors of one NVE, or goes for good.

A move changes port and tag of one claim; nobody else hears of it, however
many addresses the VNIC has.

Here the guest runs at both places at once.  So a hypervisor's bridge may have
learned its MAC at the uplink, and OVS may send one more frame by what it has
cached: the first ping after a move may be lost.
"""

import pytest
from helpers import director_counter, mentions, vms
from split_tools import sent_to, tag_of

from nvo3lab import Changes

MAC = "52:54:00:dd:00:01"
IPS = ["10.0.0.41/24", "fd00::41/64"]
ROWS = ["VNIC_Claim", "Binding", "VNIC", "VNIC_VN", "VNIC_MAC"]
N_ADDRESSES = [1, 1000]


def make_guest(split, n_addresses):
    """A VM on hyp1 whose VNIC has that many IPv4 addresses registered."""
    vm = split.add_vm("hyp1", "guest", vn="red", mac=MAC, ip=IPS,
                      register=False, attach=False)
    more = [f"10.1.{n >> 8}.{n & 255}" for n in range(1, n_addresses)]
    split.inventory.add_vnic(vm.nic.vnic, {vm.nic.vn: {
        MAC: vm.nic.addresses() + more}})
    vm.nic.attach()
    split.wait_ready(vm)
    vm.reaches(split.vms["vm1"])
    split.core.ctl("sync")
    return vm


def arrive(split, vm, where, status="active", **extra):
    """The same VM on another hypervisor."""
    return split.add_vm(where, "moved", vn="red", mac=MAC, ip=IPS,
                        vnic=vm.nic.vnic, register=False, status=status,
                        extra=extra)


def set_migration(vm, value):
    vm.host.vsctl("set", "Interface", vm.nic.port,
                  f"external_ids:nvo3-migration={value}")


def request(vm):
    row, = vm.host.nve.hv_db.find("VNIC_Request", vnic=vm.nic.vnic,
                                  end_device=vm.host.name)
    return row


def depart(split, vm):
    """The migration begins: the NVE has heard of it."""
    set_migration(vm, "departing")
    split.wait(lambda: vm.host.nve.answer(vm.nic)["claim_seq"]
               == request(vm)["client_seq"]
               and request(vm)["migration"] == "departing",
               what="the NVE to know of the departure")


class Quiet:
    """That nothing but one claim changes, and nobody else is told."""

    def __init__(self, net, nve):
        self.net = net
        self.nve = nve
        self.changes = Changes(net.core.db, *ROWS)

    def __enter__(self):
        self.net.core.ctl("sync")
        self.before = sent_to(self.net)
        self.compiled = director_counter(self.net, "core_compiled")
        self.changes.__enter__()
        return self

    def __exit__(self, kind, *rest):
        self.net.core.ctl("sync")
        self.changes.__exit__(kind, *rest)
        if kind is None:
            self.check()

    def check(self):
        (old, new), = self.changes.of("VNIC_Claim")
        assert old and new and set(old) <= {"port", "tag", "client_seq",
                                            "_version"}, old
        for table in ROWS[2:]:
            assert self.changes.of(table) == []
        for old, new in self.changes.of("Binding"):
            assert old and new and "generation" not in old, (old, new)
        after = sent_to(self.net)
        moved = {name for name in after if after[name] != self.before[name]}
        assert moved == {self.nve}
        compiled = director_counter(self.net, "core_compiled") - self.compiled
        assert compiled <= 2, compiled


@pytest.mark.parametrize("n_addresses", N_ADDRESSES)
def test_move_with_pre_arrival(split, n_addresses):
    vm1, vm4 = vms(split, ["vm1", "vm4"])
    vm = make_guest(split, n_addresses)
    with Quiet(split, "nve1"):
        depart(split, vm)
        moved = arrive(split, vm, "hyp2", "inactive",
                       **{"nvo3-migration": "arriving"})
        moved.wait_state("associated")
        # Prepared, and the guest still runs where it was.
        assert vm.ping(vm1) == 1
        moved.nic.set_status("active")
        moved.wait_state("activated")
        moved.reaches(vm1)
    moved.reaches(vm1, version=6)
    for other in vm1, vm4, split.vms["vm2"]:
        other.reaches(moved)
    assert vm.ping(vm1, wait=0.3) == 0
    claim, = split.inventory.claims(vnic=moved.nic.vnic)
    assert (claim["port"], claim["tag"]) == (moved.host.port, tag_of(moved))
    split.del_vm(vm)
    vm1.reaches(moved)
    assert moved.nic.state() == "activated"


@pytest.mark.parametrize("n_addresses", N_ADDRESSES)
def test_move_with_hold(split, n_addresses):
    vm1, vm4 = vms(split, ["vm1", "vm4"])
    vm = make_guest(split, n_addresses)
    nve = vm.host.nve
    with Quiet(split, "nve1"):
        depart(split, vm)
        split.del_vm(vm)
        split.wait(lambda: nve.answer(vm.nic)["outcome"] == "held",
                   what="the NVE to hold what the VNIC has")
        moved = arrive(split, vm, "hyp3")
        moved.wait_state("activated")
        moved.reaches(vm1)
    for other in vm1, vm4, split.vms["vm2"]:
        other.reaches(moved)
    split.wait(lambda: nve.answer(vm.nic) is None,
               what="the answer that was held to go")


def test_move_within_a_segment(split):
    # From hyp2 to hyp3, behind the same port: port and tag are the same.
    vm1 = split.vms["vm1"]
    vm = split.add_vm("hyp2", "guest", vn="red", mac=MAC, ip=IPS)
    split.wait_ready(vm)
    vm1.reaches(vm)
    depart(split, vm)
    moved = arrive(split, vm, "hyp3", "inactive",
                   **{"nvo3-migration": "arriving"})
    moved.wait_state("associated")
    split.core.ctl("sync")
    before = sent_to(split)
    moved.nic.set_status("active")
    moved.wait_state("activated")
    split.del_vm(vm)
    moved.reaches(vm1)
    vm1.reaches(moved)
    split.core.ctl("sync")
    assert sent_to(split) == before


def test_migration_that_fails_leaves_all_as_it_was(split):
    vm1 = split.vms["vm1"]
    vm = make_guest(split, 1)
    depart(split, vm)
    moved = arrive(split, vm, "hyp2", "inactive",
                   **{"nvo3-migration": "arriving"})
    moved.wait_state("associated")
    split.del_vm(moved)
    set_migration(vm, "none")
    split.wait(lambda: moved.host.nve.hv_db.find(
        "VNIC_Answer", vnic=vm.nic.vnic, end_device="hyp2") == [],
        what="the destination's answer to go")
    vm.wait_state("activated")
    vm.reaches(vm1)
    vm1.reaches(vm)


def test_hold_ends(split):
    nve = split.hosts["nve1"]
    vm = make_guest(split, 1)
    options = nve.hv_db.select("NVE_Global")[0]["options"]
    nve.hv_db.update("NVE_Global", [], options={**options,
                                                "hold-time": "700"})
    try:
        depart(split, vm)
        split.del_vm(vm)
        split.wait(lambda: nve.answer(vm.nic)["outcome"] == "held",
                   what="the hold to begin")
        assert split.inventory.claims(vnic=vm.nic.vnic)
        split.wait(lambda: not split.inventory.claims(vnic=vm.nic.vnic)
                   and nve.answer(vm.nic) is None, what="the hold to end")
        assert_no_trace(split, vm)
    finally:
        nve.hv_db.update("NVE_Global", [], options=options)


@pytest.mark.parametrize("n_addresses", N_ADDRESSES)
def test_shutdown_releases_at_once(split, n_addresses):
    vm = make_guest(split, n_addresses)
    nve = vm.host.nve
    with Changes(split.core.db, "VNIC_Claim") as nvo3, \
            Changes(nve.hv_db, "VNIC_Request", "VNIC_Answer") as rows:
        split.del_vm(vm)
        split.wait(lambda: not split.inventory.bindings(vnic=vm.nic.vnic)
                   and nve.answer(vm.nic) is None, what="the end of it all")
    # One message for all its addresses, each way.
    for changes, table in ((nvo3, "VNIC_Claim"), (rows, "VNIC_Request"),
                           (rows, "VNIC_Answer")):
        assert [new for _, new in changes.of(table)] == [None]
    assert_no_trace(split, vm)


def assert_no_trace(split, vm):
    split.core.ctl("sync")
    assert not split.inventory.bindings(vnic=vm.nic.vnic)
    for host in split.hosts.values():
        assert mentions(host, MAC) == []
