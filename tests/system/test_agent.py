# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""ovs-nved prepares br-int and leaves all else of the operator alone."""

import json

import pytest
from helpers import flow_set

from nvo3lab import Stream
from nvo3lab.programs import find_ovs_schema

OPERATORS = ["Bridge", "Port", "Interface", "Controller"]


def operators_rows(host):
    """All rows of the local database that are not about br-int, without
    what ovs-vswitchd fills in when it likes."""
    own = {"br-int", "nvo3-vxlan0"}
    rows = {}
    with open(find_ovs_schema(), encoding="utf-8") as stream:
        tables = json.load(stream)["tables"]
    for table in OPERATORS:
        for row in host.db.select(table):
            if row.get("name", "br-int") in own:
                continue
            rows[table, row["name"]] = {
                column: row[column]
                for column, kind in tables[table]["columns"].items()
                if not kind.get("ephemeral")}
    return rows


def test_bridge_is_as_the_design_wants_it(net):
    for host in net.hosts.values():
        bridge, = host.db.find("Bridge", name="br-int")
        assert bridge["fail_mode"] == "secure"
        assert "OpenFlow15" in bridge["protocols"]
        assert bridge["other_config"]["disable-in-band"] == "true"
        assert bridge["datapath_type"] == "netdev"
        tunnel = host.interface("nvo3-vxlan0")
        assert tunnel["type"] == "vxlan"
        assert tunnel["options"]["key"] == "flow"
        assert tunnel["options"]["remote_ip"] == "flow"
        port, = host.db.find("Port", name="nvo3-vxlan0")
        assert port["external_ids"]["nvo3-managed"] == "true"


def test_nve_registers_itself(net):
    for host in net.hosts.values():
        row, = net.inventory.db.find("NVE_Registration", nve=host.name)
        bridge, = host.db.find("Bridge", name="br-int")
        assert list(row["endpoints"]) == [host.underlay_ip]
        assert row["datapath_id"] == bridge["datapath_id"]
        nve = net.inventory.nve(host.name)
        assert nve["connected"] and nve["status"] == "ok"


def test_restart_changes_nothing(net):
    host = net.hosts["hv1"]
    host.vsctl("add-br", "br-op", "--", "set", "Bridge", "br-op",
               "datapath_type=netdev", "--", "add-port", "br-op", "op0",
               "--", "set", "Interface", "op0", "type=internal",
               "--", "set-controller", "br-op", "tcp:127.0.0.1:1")
    rows, flows = operators_rows(host), flow_set(host)
    claims = net.inventory.claims(nve="hv1")
    with Stream(net.vms["vm1"], net.vms["vm2"]) as stream:
        stream.wait_flowing(20)
        for _ in range(3):
            host.restart("ovs-nved")
            host.kill("ovs-nved")
            host.start("ovs-nved")
        stream.wait_flowing(20)
    assert stream.lost() == []
    assert operators_rows(host) == rows
    assert flow_set(host) == flows
    assert net.inventory.claims(nve="hv1") == claims
    host.vsctl("del-br", "br-op")


@pytest.mark.parametrize("spoil", [
    ["set", "Bridge", "br-int", "fail_mode=standalone"],
    ["clear", "Bridge", "br-int", "protocols"],
    ["remove", "Bridge", "br-int", "other_config", "disable-in-band"],
    ["del-controller", "br-int"],
    ["del-port", "br-int", "nvo3-vxlan0"],
    ["set", "Interface", "nvo3-vxlan0", "options:key=7"],
], ids=lambda words: " ".join(words[:3]))
def test_spoiled_bridge_is_mended(net, spoil):
    host = net.hosts["hv3"]
    host.vsctl(*spoil)
    net.wait(lambda: is_right(host), what="br-int to be mended")
    net.vms["vm1"].reaches(net.vms["vm3"], timeout=10)
    net.vms["vm3"].reaches(net.vms["vm2"], timeout=10)


def is_right(host):
    bridge, = host.db.find("Bridge", name="br-int")
    tunnel = host.interface("nvo3-vxlan0")
    return (bridge["fail_mode"] == "secure"
            and "OpenFlow15" in str(bridge["protocols"])
            and bridge["other_config"].get("disable-in-band") == "true"
            and bridge["controller"] and tunnel
            and tunnel["options"]["key"] == "flow")


def test_deleted_bridge_comes_back(net):
    host = net.hosts["hv3"]
    vm3 = net.vms["vm3"]
    host.vsctl("del-br", "br-int")
    net.wait(lambda: host.db.find("Bridge", name="br-int")
             and is_right(host), what="br-int to be made again")
    for name in "vm3", "vm6":
        net.vms[name].nic.attach()
        net.vms[name].wait_state("activated")
    vm3.reaches(net.vms["vm1"])
    net.vms["vm1"].reaches(vm3)


def test_changed_endpoint_is_followed(net):
    host = net.hosts["hv3"]
    old, new = host.underlay_ip, "10.253.77.3"
    host.netns.ip([f"addr add {new}/16 dev br-phy"])
    for each in net.hosts.values():
        if each is not host:
            each.appctl("ovs-vswitchd", "tnl/arp/set", "br-phy", new,
                        host.underlay_mac)
    for address in new, old:
        host.vsctl("set", "Open_vSwitch", ".",
                   f"external_ids:nvo3-encap-ip={address}")
        net.wait(lambda: list(net.inventory.db.find(
            "NVE_Registration", nve="hv3")[0]["endpoints"]) == [address],
            what=f"registration of {address}")
        net.vms["vm1"].reaches(net.vms["vm3"], timeout=10)
        net.vms["vm3"].reaches(net.vms["vm2"], timeout=10)


@pytest.mark.parametrize("key, value", [
    ("nvo3-encap-ip", "10.253.0.300"),
    ("nvo3-remote", "nonsense"),
])
def test_bad_setting_is_told_and_changes_nothing(net, key, value):
    host = net.hosts["hv3"]
    good = host.vsctl("get", "Open_vSwitch", ".", f"external_ids:{key}")
    flows = flow_set(host)
    host.vsctl("set", "Open_vSwitch", ".", f"external_ids:{key}={value}")

    def told():
        row, = host.db.select("Open_vSwitch")
        return key in row["external_ids"].get("nvo3-status", "")

    net.wait(told, what="nvo3-status to name the key")
    assert net.vms["vm1"].ping(net.vms["vm3"]) == 1
    assert flow_set(host) == flows
    host.vsctl("set", "Open_vSwitch", ".", f"external_ids:{key}={good}")
    net.wait(lambda: not told(), what="nvo3-status to be good again")
    assert net.vms["vm1"].ping(net.vms["vm3"]) == 1
