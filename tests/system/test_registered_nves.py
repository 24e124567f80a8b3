# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Where NVEs must be registered, an agent's word is not enough."""

import pytest
from conftest import overlay


@pytest.fixture(scope="module")
def net():
    with overlay("bare", nve_admission="registered") as lab:
        yield lab


def test_nve_must_be_in_the_inventory(net):
    net.add_vn("red")
    vm1, vm2 = [net.add_vm(f"hv{n}", f"vm{n}", vn="red",
                           ip=f"10.0.0.{n}/24") for n in (1, 2)]
    for vm in vm1, vm2:
        vm.wait_state("refused")
        assert "not in the inventory" in vm.nic.reason()
        assert vm.host.name in vm.nic.reason()

    net.core.ctl("nve-add", "hv1")
    vm1.wait_state("activated")
    assert vm2.nic.state() == "refused"
    net.core.ctl("nve-add", "hv2", net.hosts["hv2"].underlay_ip)
    vm2.wait_state("activated")
    vm1.reaches(vm2)

    net.core.ctl("nve-del", "hv2")
    vm2.wait_state("refused")
    assert vm1.nic.state() == "activated"
    assert vm1.ping(vm2, wait=0.2) == 0
    net.core.ctl("nve-add", "hv2")
    vm2.wait_state("activated")
    vm1.reaches(vm2)
