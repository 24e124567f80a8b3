# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""A topology that cannot be built is refused in words, before it is begun."""

import pytest

from nvo3lab import LabError, topology


@pytest.mark.parametrize("name", sorted(topology.TOPOLOGIES))
def test_builtin_topologies_are_right(name):
    topology.check(topology.load(name), name)


def test_tenants_overlap_in_three_hosts():
    vms = topology.load("three-hosts")["vms"]
    red = [vm["nics"][0] for vm in vms if vm["nics"][0]["vn"] == "red"]
    blue = [vm["nics"][0] for vm in vms if vm["nics"][0]["vn"] == "blue"]
    assert len(red) == len(blue) == 3
    assert [n["mac"] for n in red] == [n["mac"] for n in blue]
    assert [n["ips"] for n in red] == [n["ips"] for n in blue]
    assert [vm["name"] for vm in vms] == [f"vm{n}" for n in range(1, 7)]


@pytest.mark.parametrize("text, complaint", [
    ("{", "line 1"),
    ("[]", "not a JSON object"),
    ('{"hosts": 1}', '"hosts" is not a list'),
    ('{"vms": [{"name": "a"}]}', 'no "host"'),
    ('{"vms": [{"name": "a", "host": "x"}]}', "which is no host"),
    ('{"external_nves": ["n"], "access_switches": [{"name": "s"}]}',
     'no "nve"'),
    ('{"access_switches": [{"name": "s", "nve": "n"}]}',
     "which is no external NVE"),
    ('{"hypervisors": [{"name": "h", "to": "n"}]}',
     "neither external NVE nor access switch"),
    ('{"hosts": ["x"], "vms": [{"name": "a", "host": "x",'
     ' "nics": [{"vn": "red"}]}]}', "which is no VN"),
])
def test_bad_file_is_explained(tmp_path, text, complaint):
    path = tmp_path / "topo.json"
    path.write_text(text)
    with pytest.raises(LabError, match=complaint):
        topology.load(str(path))


def test_vms_may_be_on_hypervisors():
    split = topology.load("split")
    topology.check(split, "split")
    assert {vm["host"] for vm in split["vms"]} \
        == {"hv1", "hyp1", "hyp2", "hyp3"}


def test_unknown_name_lists_the_known():
    with pytest.raises(LabError, match="three-hosts"):
        topology.load("no-such-topology")
