# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nvo3-bench at tiny sizes, without a peer.  How long things take is not
looked at; that they were done is."""

import os

import pytest
from nvo3bench.attach import jobs, plan
from nvo3lab.shell import LabError

SIDE = ("bulk", "one_more", "rss_mib")
BULK = ("confirmed", "wall_s", "vsctl_wall_s", "idle_wall_s", "cpu_s",
        "control_cpu_s", "hosts_cpu_s")
ONE_MORE = ("n", "flow_ms", "vsctl_ms", "beyond_ms", "cpu_s",
            "control_cpu_s")
KINDS = {"ovsdb-server", "ndirectord", "ovs-nved", "ovs-vswitchd",
         "ovsdb-server of hosts"}


class Sizes:
    def __init__(self, **sizes):
        self.__dict__.update(sizes)


@pytest.mark.parametrize("vns, span", [(1, 20), (50, 4), (7, 3)])
def test_plan(vns, span):
    """Each VN is on just as many hosts as asked, and no address is double."""
    vnics = plan(Sizes(vnics=1000, extra=20, vns=vns, span=span, chassis=20))
    hosts = {}
    for vnic in vnics[:1000]:
        hosts.setdefault(vnic.vn, set()).add(vnic.host)
    assert len(hosts) == vns
    assert {len(each) for each in hosts.values()} == {span}
    assert len({vnic.mac for vnic in vnics}) == 1020
    assert len({(vnic.vn, vnic.ip) for vnic in vnics}) == 1020
    assert all(vnic.host in hosts[vnic.vn] for vnic in vnics)


def test_jobs():
    """Each VNIC once, on its host, the hosts in turn."""
    vnics = plan(Sizes(vnics=10, extra=0, vns=1, span=3, chassis=3))
    done = jobs(vnics, 2)
    assert [host for host, _ in done] == [0, 1, 2, 0, 1, 2]
    assert sorted(vnic for _, some in done for vnic in some) == sorted(vnics)
    assert all(vnic.host == host for host, some in done for vnic in some)


def test_attach(bench):
    results, text = bench("attach", "--vnics", "12", "--chassis", "3",
                          "--vns", "2", "--span", "2", "--extra", "2",
                          "--batch", "2", "--peer", "none")
    assert set(results["runs"]) == {"ours", "floor"}
    assert results["ratios"] == {}
    floor = results["runs"]["floor"]
    assert floor["bulk"]["confirmed"] == 12
    assert floor["bulk"]["control_cpu_s"] == 0
    ours = results["runs"]["ours"]
    assert set(SIDE) <= set(ours)
    assert set(BULK) <= set(ours["bulk"])
    assert set(ONE_MORE) <= set(ours["one_more"])
    assert ours["bulk"]["confirmed"] == 12
    assert ours["one_more"]["n"] == 2
    assert ours["one_more"]["flow_ms"] > 0
    assert set(ours["rss_mib"]) == set(ours["bulk"]["cpu_s"]) == KINDS
    assert all(size > 1 for size in ours["rss_mib"].values())
    assert "bulk.control_cpu_s" in text


def test_resync(bench):
    results, text = bench("resync", "--flows", "200")
    runs = results["runs"]
    assert runs["ours"]["flows"] >= 200
    assert runs["bundle"]["flows"] == runs["ours"]["flows"]
    assert runs["restart"]["flows"] == runs["ours"]["flows"]
    assert runs["restart"]["flow_mods"] == 0
    assert runs["restart"]["serving_s"] >= runs["restart"]["running_s"] > 0
    assert results["ratios"]["wall_s"] > 0
    assert "serving_s" in text


@pytest.mark.parametrize("words, complaint", [
    (("attach", "--chassis", "3", "--span", "4"), "--span must be"),
    (("attach", "--vnics", "3", "--chassis", "4"), "too few VNICs"),
    (("attach", "--vnics", "0"), "argument --vnics: invalid"),
    (("resync", "--build", "/nonexistent"), "ndirectord: not found"),
])
def test_refused(bench, folder, words, complaint):
    """With the reason; and nothing is left behind."""
    with pytest.raises(LabError, match=complaint):
        bench(*words)
    assert os.listdir(folder) == []
