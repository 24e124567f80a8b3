# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The machines of a split NVE are joined as they say, and carry all tags."""

import pytest

from nvo3lab import Capture, Lab, frames, inject, lab, netns, wait_for

MAC = "52:54:00:00:00:01"


@pytest.fixture(scope="module")
def net():
    """An external NVE with a hypervisor and a switch with two more."""
    with Lab(control=False) as net:
        nve = net.add_external_nve("nve1")
        nve.vsctl("add-br", "br-int", "--", "set", "Bridge", "br-int",
                  "datapath_type=netdev")
        net.add_hypervisor("hyp1", nve)
        switch = net.add_access_switch("blade", nve)
        net.add_hypervisor("hyp2", switch)
        net.add_hypervisor("hyp3", switch)
        yield net


def test_ports_are_named_in_order(net):
    nve = net.hosts["nve1"]
    assert nve.access_ports == ["acc1", "acc2"]
    rows = nve.hv_db.select("Access_Port")
    assert sorted(row["name"] for row in rows) == ["acc1", "acc2"]
    assert {row["name"]: row["ports"]
            for row in nve.hv_db.select("End_Device")} == {
                "hyp1": "acc1", "hyp2": "acc2", "hyp3": "acc2"}
    assert [net.hypervisors[name].port for name in ("hyp1", "hyp2", "hyp3")] \
        == ["acc1", "acc2", "acc2"]


@pytest.mark.parametrize("tags", [
    [], [(0x8100, 100)], [(0x8100, 0)], [(0x88a8, 100)],
    [(0x8100, 100), (0x8100, 7)], [(0x88a8, 100), (0x8100, 7)]],
    ids=["untagged", "tag", "vid-0", "s-tag", "two", "s-and-c"])
def test_switch_is_transparent(net, tags):
    hyp2, hyp3 = net.hypervisors["hyp2"], net.hypervisors["hyp3"]
    nve = net.hosts["nve1"]
    frame = frames.udp_frame(MAC, frames.BROADCAST, "10.0.0.1", "10.0.0.2",
                             b"a mark to be found", tags=tags)
    assert frames.Frame(frame).tags == tags
    with Capture(nve.netns, "acc2") as at_nve, \
            Capture(hyp3.netns, "uplink") as at_hyp3:
        inject(hyp2.netns, "uplink", frame)
        for capture in at_nve, at_hyp3:
            wait_for(lambda c=capture: frame in [f.data for f in c.received()],
                     5, f"the frame on {capture.name}")


def test_loaded_lab_is_the_same(net):
    again = Lab.load(net.name)
    assert list(again.hosts) == ["nve1"]
    assert again.hosts["nve1"].access_ports == ["acc1", "acc2"]
    hyp3 = again.hypervisors["hyp3"]
    assert hyp3.switch is again.access_switches["blade"]
    assert hyp3.nve is again.hosts["nve1"] and hyp3.port == "acc2"
    assert hyp3.daemons["ovs-vswitchd"].alive()
    assert again.hosts["nve1"].daemons["hypervisor-db"].alive()
    assert {machine.name for machine in again.machines()} == {
        "nve1", "blade", "hyp1", "hyp2", "hyp3"}


def test_hypervisor_is_not_on_the_underlay(net):
    links = net.hypervisors["hyp1"].cmd("ip", "-o", "link")
    assert "ul0" not in links and "uplink" in links


def test_hypervisor_database_dies_alone(net):
    nve = net.hosts["nve1"]
    nve.kill("hypervisor-db")
    assert nve.daemons["ovsdb-server"].alive()
    nve.start("hypervisor-db")
    assert nve.hv_db.select("Access_Port")


def test_down_removes_split_machines_too():
    net = Lab(control=False).up()
    nve = net.add_external_nve("nve1")
    nve.vsctl("add-br", "br-int", "--", "set", "Bridge", "br-int",
              "datapath_type=netdev")
    net.add_hypervisor("hyp1", net.add_access_switch("blade", nve))
    prefix = lab.netns_prefix(net.folder)
    assert len(netns.list_netns(prefix)) == 4
    net.down()
    assert netns.list_netns(prefix) == []
