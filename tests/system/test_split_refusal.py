# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""An Associate that is refused says why, and lets no frame pass."""

import pytest
from helpers import Watch, broadcast, marked, new_mark, send, vn_id
from split_tools import port, trunk_tags

from nvo3lab import Capture, Stream
from nvo3lab.vm import stable_uuid

HOST = "hyp4"


@pytest.fixture(scope="module")
def strict(split):
    """A hypervisor with one guest, for quotas and the like of its own."""
    host = split.hypervisors.get(HOST) or split.add_hypervisor(
        HOST, split.hosts["nve1"])
    return host


@pytest.fixture
def good(split, strict):
    vm = split.add_vm(strict, "good", vn="red", ip="10.0.0.31/24")
    split.wait_ready(vm)
    return vm


@pytest.fixture
def stream(split, good):
    """Datagrams of others, which no refusal may disturb."""
    with Stream(split.vms["vm3"], split.vms["vm1"]) as traffic:
        traffic.wait_flowing(20)
        yield traffic
        traffic.wait_flowing(20)
    assert traffic.lost() == [], traffic.summary()


def assert_refused(split, vm, good, *words):
    """The VNIC is refused with the words, and mute; 'good' is neither."""
    vm.wait_state("refused")
    reason = vm.nic.reason()
    assert all(word in reason for word in words), reason
    assert port(vm.host, vm.nic.port)["tag"] == []
    mark, sign = new_mark(), new_mark()
    vm1 = split.vms["vm1"]
    with Capture(vm.host.netns, "uplink") as uplink, Watch(vm, vm1) as watch:
        send(vm, broadcast(vm, mark))
        send(vm, marked(vm, vm1, mark))
        send(good, broadcast(good, sign))
        split.wait(lambda: watch.count(vm1, sign), what="a good VM's frame")
        assert not [f for f in uplink.frames() if mark in f.data]
        assert watch.all_counts(mark) == {}
        assert watch.count(vm, sign) == 0
    answer = vm.host.nve.answer(vm.nic)     # none if it was not even asked
    assert not answer or answer["state"] == "init"
    assert good.ping(vm1) == 1


def stranger(split, host, vn, **ids):
    """A VM with an unregistered VNIC that names its VN itself."""
    return split.add_vm(host, "bad", vn=vn, register=False,
                        ip="10.0.0.66/24", extra={"nvo3-vn": vn, **ids})


def device(split, **columns):
    split.hosts["nve1"].hv_db.update("End_Device", [["name", "==", HOST]],
                                     **columns)


def test_unknown_vn(split, strict, good, stream):
    name = stable_uuid("no", "such", "vn")
    vm = stranger(split, strict, name)
    assert_refused(split, vm, good, "VN")
    # As soon as there is one, it is looked at again by itself.
    split.add_vn("late", name=name, admission="open")
    vm.wait_state("activated")
    assert vm.nic.external_ids()["nvo3-vn-id"] == str(vn_id(split, "late"))


def test_unregistered_vnic(split, strict, good, stream):
    vm = stranger(split, strict, split.vns["red"].name)
    assert_refused(split, vm, good)


def test_other_tenants_vn(split, strict, good, stream):
    device(split, tenants=["acme"])
    try:
        vm = split.add_vm(strict, "bad", vn="blue", ip="10.0.0.66/24")
        assert_refused(split, vm, good, "tenant")
    finally:
        device(split, tenants=[])
    vm.wait_state("activated")


def test_vnic_that_is_not_for_this_hypervisor(split, strict, good, stream):
    device(split, vnics=[good.nic.vnic])
    try:
        vm = split.add_vm(strict, "bad", vn="red", ip="10.0.0.66/24")
        assert_refused(split, vm, good)
    finally:
        device(split, vnics=[])
    vm.wait_state("activated")


def test_vnic_that_another_hypervisor_has(split, strict, good, stream):
    vm2 = split.vms["vm2"]
    vm = split.add_vm(strict, "bad", vn="red", mac=vm2.nic.mac,
                      vnic=vm2.nic.vnic, register=False, ip=vm2.nic.ips)
    assert_refused(split, vm, good, "hyp1")
    assert vm2.nic.state() == "activated"
    assert vm2.ping(split.vms["vm1"]) == 1


def test_mac_used_twice_in_the_vn(split, strict, good, stream):
    vm2 = split.vms["vm2"]
    vm = split.add_vm(strict, "bad", vn="red", mac=vm2.nic.mac,
                      ip="10.0.0.66/24")
    assert_refused(split, vm, good, vm2.nic.mac)
    assert vm2.ping(split.vms["vm1"]) == 1


def test_more_than_the_quota(split, strict, good, stream):
    device(split, vnic_quota=1)
    try:
        vm = split.add_vm(strict, "bad", vn="red", ip="10.0.0.66/24")
        assert_refused(split, vm, good, "as many VNICs as it may")
        # There is room as soon as the other has gone.
        split.del_vm(good)
        vm.wait_state("activated")
    finally:
        device(split, vnic_quota=[])


def test_malformed_range(split, strict, good, stream):
    split.add_vn("club", admission="open")
    vm = split.add_vm(strict, "bad", vn="club", register=False,
                      ip="10.0.0.66/24", extra={
                          "nvo3-vn": split.vns["club"].name,
                          "nvo3-ip": "10.0.0.9-10.0.0.1"})
    assert_refused(split, vm, good, "10.0.0.9-10.0.0.1")


def test_port_that_is_disabled(split, strict, good):
    nve = split.hosts["nve1"]
    vm1 = split.vms["vm1"]
    nve.hv_db.update("Access_Port", [["name", "==", strict.port]],
                     enabled=False)
    try:
        good.nic.wait_state("refused")
        assert good.nic.reason()
        assert good.ping(vm1, wait=0.3) == 0
        assert trunk_tags(strict) == [4095]
        assert split.vms["vm3"].ping(vm1) == 1
    finally:
        nve.hv_db.update("Access_Port", [["name", "==", strict.port]],
                         enabled=[])
    good.wait_state("activated")
    good.reaches(vm1)


def test_device_that_is_disabled(split, strict, good):
    vm1 = split.vms["vm1"]
    assert vm1.ping(good) == 1
    device(split, enabled=False)
    try:
        good.nic.wait_state("refused")
        assert "disabled" in good.nic.reason()
        split.core.ctl("sync")
        assert vm1.ping(good, wait=0.3) == good.ping(vm1, wait=0.3) == 0
        answer = strict.nve.answer(good.nic)
        assert (answer["state"], answer["outcome"]) in (
            ("init", "withdrawn"), ("init", "refused"))
        assert split.inventory.claims(vnic=good.nic.vnic) == []
    finally:
        device(split, enabled=[])
    good.wait_state("activated")
    good.reaches(vm1)
