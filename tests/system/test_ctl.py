# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""A VN by hand: nvo3-ctl and ovs-vsctl, as the manual says."""

import re

import pytest
from helpers import mentions

from nvo3lab import LabError
from nvo3lab.vm import stable_uuid

MAC = "52:54:00:c7:00:0{}"


@pytest.fixture(scope="module")
def green(net):
    """VN green with a VNIC on hv1 and one on hv2, all made by nvo3-ctl."""
    ctl = net.core.ctl
    ctl("tenant-add", "initech")
    ctl("--", "--tenant=initech", "--id=24576", "vn-add",
        stable_uuid("green"), "green")
    made = []
    for number in (1, 2):
        vm = net.add_vm(f"hv{number}", f"green{number}", vn="green",
                        mac=MAC.format(number), ip=f"10.6.0.{number}/24",
                        register=False, attach=False)
        ctl("--", "--vn=green", f"--mac={vm.nic.mac}", f"--ip={vm.ip}",
            "vnic-add", vm.nic.vnic, f"web{number}")
        vm.nic.attach()
        made.append(vm)
    net.wait_ready(*made)
    return made


def test_vn_made_by_hand_works(net, green):
    green[0].reaches(green[1])
    green[1].reaches(green[0])


def test_show_names_what_is_there(net, green):
    text = net.core.ctl("show")
    for word in ("green", "web1", "hv1", "hv2", MAC.format(1), "10.6.0.1"):
        assert word in text, word


def test_lists(net, green):
    assert "green" in net.core.ctl("vn-list")
    nves = net.core.ctl("nve-list")
    for host in net.hosts.values():
        assert host.name in nves and host.underlay_ip in nves
    bindings = net.core.ctl("binding-list")
    assert len(re.findall("activated", bindings)) >= len(net.vms)
    everything = net.core.ctl("mapping-list")
    mine = net.core.ctl("mapping-list", "green")
    assert MAC.format(1) in mine and "10.6.0.1" in mine
    assert net.vms["vm1"].nic.mac in everything
    assert net.vms["vm1"].nic.mac not in mine


def test_generic_commands(net, green):
    vn = net.core.ctl("--bare", "--columns=alias", "find", "VN",
                      "alias=green")
    assert vn.strip() == "green"
    assert "green" in net.core.ctl("list", "VN")


def test_sync_means_that_it_is_in_the_datapaths(net, green):
    for number in range(10, 20):
        mac = MAC.format(1)
        ip = f"10.6.0.{number}"
        net.core.ctl("vnic-add-addr", green[0].nic.vnic, "green", mac, ip)
        net.core.ctl("sync")
        assert mentions(net.hosts["hv2"], ip), ip
    for number in range(10, 20):
        ip = f"10.6.0.{number}"
        net.core.ctl("vnic-del-addr", green[0].nic.vnic, "green",
                     MAC.format(1), ip)
    net.core.ctl("sync")
    assert mentions(net.hosts["hv2"], "10.6.0.19") == []


@pytest.mark.parametrize("args, word", [
    (["vn-add", ""], "name"),
    (["--id=99999999", "vn-add", "-", "big"], "99999999"),
    (["vn-del", "no-such-vn"], "no-such-vn"),
    (["vnic-del", "no-such-vnic"], "no-such-vnic"),
    (["vnic-add-addr", "no-such-vnic", "green", MAC.format(9)],
     "no-such-vnic"),
    (["no-such-command"], "no-such-command"),
], ids=lambda value: value[-1] if isinstance(value, list) else "")
def test_mistakes_are_explained(net, green, args, word):
    before = net.core.ctl("vn-list")
    with pytest.raises(LabError) as caught:
        net.core.ctl(*(["--"] + args if args[0].startswith("--") else args))
    assert word in str(caught.value)
    assert net.core.ctl("vn-list") == before


def test_vn_with_vnics_is_not_deleted_by_accident(net, green):
    with pytest.raises(LabError, match="VNIC"):
        net.core.ctl("vn-del", "green")
    green[0].reaches(green[1])


def test_deleted_vn_is_gone_everywhere(net, green):
    net.core.ctl("--", "--cascade", "vn-del", "green")
    net.wait(lambda: not any(mentions(host, MAC.format(n))
                             for host in net.hosts.values()
                             for n in (1, 2)), what="green's flows to go")
    assert green[0].ping(green[1], wait=0.2) == 0
    assert net.vms["vm1"].ping(net.vms["vm2"]) == 1
