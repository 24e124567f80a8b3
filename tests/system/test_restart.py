# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""ndirectord comes back to NVEs that hold all they should: it sends nothing.

And if they do not, because somebody deleted flows by hand, it sees that.
"""

import time

import pytest
from helpers import (MODS_SENT, RED, director_counter, flow_number, flow_set,
                     forget, mentions, vms)

from nvo3lab import Stream


def sessions_ready(net):
    """True once ndirectord knows all NVEs again and asks nothing more."""
    rows = net.inventory.db.select("NVE")
    return rows and all(row["connected"] for row in rows)


def restart_under_traffic(net, how):
    """Restarts ndirectord by 'how'; returns the streams that ran along."""
    vm1, vm2, vm3 = vms(net, RED)
    streams = [Stream(vm1, vm2), Stream(vm2, vm3, port=7008),
               Stream(vm3, vm1, port=7009, version=6)]
    for stream in streams:
        stream.wait_flowing(50)
    epoch = net.core.db.select("Epoch")[0]["number"]
    how()
    net.wait(lambda: net.core.db.select("Epoch")[0]["number"] == epoch + 1,
             what="the epoch to rise by one")
    net.wait(lambda: sessions_ready(net), 20, "all NVEs to be connected")
    net.core.ctl("sync")
    for stream in streams:
        stream.wait_flowing(50)
        stream.stop()
    return streams


@pytest.mark.parametrize("how", ["exit", "kill"])
def test_restart_loses_nothing_and_sends_nothing(net, how):
    core = net.core

    def kill_and_start():
        core.kill("ndirectord")
        core.start("ndirectord")

    net.core.ctl("sync")
    before = {host.name: flow_set(host) for host in net.hosts.values()}
    start = time.monotonic()
    streams = restart_under_traffic(net, kill_and_start if how == "kill"
                                    else lambda: core.restart("ndirectord"))
    took = time.monotonic() - start
    for stream in streams:
        assert stream.lost() == [], stream.summary()
        assert stream.duplicates() == [], stream.summary()
    assert director_counter(net, MODS_SENT) == 0
    for host in net.hosts.values():
        assert flow_set(host) == before[host.name]
        for line in host.dump_flows():           # nor deleted and re-added
            assert flow_number(line, "duration") > took, line


def test_states_stay_while_ndirectord_is_away(net):
    before = {row["vnic"]: (row["state"], row["generation"])
              for row in net.inventory.bindings()}
    net.core.kill("ndirectord")
    assert {vm.nic.state() for vm in net.vms.values()} == {"activated"}
    net.core.start("ndirectord")
    net.wait(lambda: sessions_ready(net), 20, "all NVEs to be connected")
    net.core.ctl("sync")
    assert {vm.nic.state() for vm in net.vms.values()} == {"activated"}
    assert {row["vnic"]: (row["state"], row["generation"])
            for row in net.inventory.bindings()} == before


def test_vn_ids_are_stable(net):
    before = {row["name"]: row["vn_id"]
              for row in net.inventory.db.select("VN")}
    net.core.restart("ndirectord")
    net.wait(lambda: sessions_ready(net), 20, "all NVEs to be connected")
    assert {row["name"]: row["vn_id"]
            for row in net.inventory.db.select("VN")} == before


def test_unicast_and_arp_go_on_without_any_control_plane(net):
    vm1, vm2, vm3 = vms(net, RED)
    for name in "ndirectord", "nvo3-db":
        net.core.kill(name)
    for host in net.hosts.values():
        host.kill("ovs-nved")
    for vm in (vm1, vm2, vm3):
        vm.forget_neighbours()
    assert vm1.ping(vm2, count=5) == 5
    assert vm2.ping(vm3, count=5, version=6) == 5
    for name in "nvo3-db", "ndirectord":
        net.core.start(name)
    for host in net.hosts.values():
        host.start("ovs-nved")
    net.wait(lambda: sessions_ready(net), 20, "all NVEs to be connected")
    vm = net.add_vm("hv1", "after", vn="red", ip="10.0.0.95/24")
    net.wait_ready(vm)
    vm.reaches(vm3)


def test_change_made_while_away_is_right_afterwards(net):
    vm1, vm2, _ = vms(net, RED)
    old = net.add_vm("hv2", "old", vn="red", mac="52:54:00:ee:00:01",
                     ip="10.0.0.91/24")
    net.wait_ready(old)
    net.core.kill("ndirectord")
    forget(net, old)
    new = net.add_vm("hv3", "new", vn="red", mac="52:54:00:ee:00:02",
                     ip="10.0.0.92/24")
    assert new.nic.state() != "activated"
    net.core.start("ndirectord")
    new.wait_state("activated", timeout=10)
    new.reaches(vm1)
    net.core.ctl("sync")
    for host in net.hosts.values():
        assert mentions(host, "52:54:00:ee:00:01") == []
        assert mentions(host, "52:54:00:ee:00:02")


@pytest.mark.parametrize("match", [
    "", "table=0", "table=24", "table=253", "cookie=0x4e00000000000000"
    "/0xff00000000000000", "cookie=0x4c00000000000000/0xff00000000000000"],
    ids=["all", "classify", "lookup", "markers", "shared", "local"])
def test_flows_deleted_by_hand_are_repaired(net, match):
    vm1, vm2, _ = vms(net, RED)
    hv2 = vm2.host
    net.core.ctl("sync")
    before = flow_set(hv2)
    hv2.ofctl("del-flows", "br-int", *([match] if match else []))
    assert flow_set(hv2) != before
    net.core.appctl("ndirectord", "audit/run", "hv2")
    net.wait(lambda: flow_set(hv2) == before, 20, "hv2's flows to be back")
    assert vm1.ping(vm2, count=3) == 3


def test_flows_added_by_hand_are_removed(net):
    hv2 = net.hosts["hv2"]
    before = flow_set(hv2)
    hv2.ofctl("add-flow", "br-int", "table=24,cookie=0x4e00000000000001,"
              "priority=999,metadata=77,actions=drop")
    assert flow_set(hv2) != before
    net.core.appctl("ndirectord", "audit/run", "hv2")
    net.wait(lambda: flow_set(hv2) == before, 20, "the foreign flow to go")


def group_set(host):
    """Returns the groups of 'host', each with its buckets in no order."""
    lines = host.ofctl("dump-groups").splitlines()[1:]
    return {(line.split(",bucket=")[0],
             frozenset(line.split(",bucket=")[1:])) for line in lines}


def test_groups_deleted_by_hand_are_repaired(net):
    vm1, vm2, vm3 = vms(net, RED)
    before = group_set(vm1.host)
    flows = flow_set(vm1.host)
    assert before
    vm1.host.ofctl("del-groups")
    net.core.appctl("ndirectord", "audit/run", "hv1")
    net.wait(lambda: group_set(vm1.host) == before
             and flow_set(vm1.host) == flows, 20,
             "hv1's groups and the flows that use them to be back")
    assert vm1.ping(vm3, count=3) == 3


def test_audit_of_an_untouched_nve_sends_nothing(net):
    net.core.ctl("sync")
    before = director_counter(net, MODS_SENT)
    for name in net.hosts:
        net.core.appctl("ndirectord", "audit/run", name)
    net.core.ctl("sync")
    assert director_counter(net, MODS_SENT) == before
