# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Labs described by JSON: the built-in ones, and files.

    {
      "hosts": ["hv1", "hv2"],
      "vns": [{"alias": "red", "tenant": "acme", "vn_id": 100}],
      "vms": [{"name": "vm1", "host": "hv1",
               "nics": [{"vn": "red", "mac": "52:54:00:00:00:01",
                         "ips": ["10.0.0.1/24", "fd00::1/64"]}]}]
    }

"tenant", "vn_id", "mac" and "ips" may be left out.  A split NVE is made of

      "external_nves": ["nve1"],
      "access_switches": [{"name": "blade", "nve": "nve1"}],
      "hypervisors": [{"name": "hyp1", "to": "nve1"},
                      {"name": "hyp2", "to": "blade"}]

and VMs may be on hypervisors as well.
"""

import json
import os

from .shell import LabError


KEYS = ("hosts", "external_nves", "access_switches", "hypervisors", "vns",
        "vms")


def _vm(name, host, vn, number):
    """A VM whose addresses follow from 'number' alone."""
    return {"name": name, "host": host,
            "nics": [{"vn": vn, "mac": f"52:54:00:00:00:{number:02x}",
                      "ips": [f"10.0.0.{number}/24", f"fd00::{number}/64"]}]}


def _two_tenants(hosts, names, **split):
    """Tenants acme (VN red) and globex (VN blue), a VM of each on each host.

    Both use the very same MAC and IP addresses: 'names' are format strings
    for the names of their VMs.  'split' are more keys of the topology; what
    hypervisors are in it have VMs too.
    """
    places = hosts + [each["name"] for each in split.get("hypervisors", [])]
    vms = []
    for vn, pattern, first in (("red", names[0], 1),
                               ("blue", names[1], 1 + len(places))):
        for number, host in enumerate(places, 1):
            name = pattern.format(host=number, vm=first + number - 1)
            vms.append(_vm(name, host, vn, number))
    return {"hosts": hosts, "vms": vms,
            "vns": [{"alias": "red", "tenant": "acme"},
                    {"alias": "blue", "tenant": "globex"}], **split}


TOPOLOGIES = {
    "two-hosts": _two_tenants(["hv1", "hv2"], ["vm{vm}", "vm{vm}"]),
    "three-hosts": _two_tenants(["hv1", "hv2", "hv3"], ["vm{vm}", "vm{vm}"]),
    "demo": _two_tenants(["hv1", "hv2", "hv3"],
                         ["red{host}", "blue{host}"]),
    "split": _two_tenants(
        ["hv1"], ["vm{vm}", "vm{vm}"], external_nves=["nve1"],
        access_switches=[{"name": "blade", "nve": "nve1"}],
        hypervisors=[{"name": "hyp1", "to": "nve1"},
                     {"name": "hyp2", "to": "blade"},
                     {"name": "hyp3", "to": "blade"}]),
    "bare": {"hosts": ["hv1", "hv2", "hv3"], "vns": [], "vms": []},
}


def load(name):
    """Returns a built-in topology, or the one in the file called 'name'."""
    if name in TOPOLOGIES:
        return TOPOLOGIES[name]
    if not os.path.exists(name):
        raise LabError(f"topology {name}: neither built in "
                       f"({', '.join(TOPOLOGIES)}) nor a file")
    with open(name) as stream:
        try:
            topology = json.load(stream)
        except ValueError as error:
            raise LabError(f"topology {name}: {error}") from None
    check(topology, name)
    return topology


def check(topology, name):
    """Raises LabError at the first thing that cannot be built."""
    if not isinstance(topology, dict):
        raise LabError(f"topology {name}: not a JSON object")
    for key in KEYS:
        if not isinstance(topology.setdefault(key, []), list):
            raise LabError(f"topology {name}: \"{key}\" is not a list")
    places = check_split(topology, name)
    aliases = {_get(vn, "alias", name) for vn in topology["vns"]}
    for vm in topology["vms"]:
        if _get(vm, "host", name) not in places:
            raise LabError(f"topology {name}: VM {_get(vm, 'name', name)} "
                           f"is on {vm['host']}, which is no host")
        for nic in _get(vm, "nics", name):
            if _get(nic, "vn", name) not in aliases:
                raise LabError(f"topology {name}: VM {vm['name']} has a NIC "
                               f"in {nic['vn']}, which is no VN")


def check_split(topology, name):
    """Returns the names of all machines that can have VMs."""
    nves = topology["external_nves"]
    switches = [_get(each, "name", name)
                for each in topology["access_switches"]]
    for each in topology["access_switches"]:
        if _get(each, "nve", name) not in nves:
            raise LabError(f"topology {name}: access switch {each['name']} "
                           f"is on {each['nve']}, which is no external NVE")
    for each in topology["hypervisors"]:
        if _get(each, "to", name) not in nves + switches:
            raise LabError(f"topology {name}: hypervisor "
                           f"{_get(each, 'name', name)} leads to "
                           f"{each['to']}, which is neither external NVE "
                           "nor access switch")
    return topology["hosts"] + nves + [_get(each, "name", name)
                                       for each in topology["hypervisors"]]


def _get(item, key, name):
    if not isinstance(item, dict) or key not in item:
        raise LabError(f"topology {name}: no \"{key}\" in {item}")
    return item[key]


def build(lab, topology, attach=True):
    """Builds all of 'topology' into a lab that is up."""
    if topology["hosts"]:
        lab.add_vservers(*topology["hosts"])
    build_split(lab, topology)
    for vn in topology["vns"]:
        lab.add_vn(vn["alias"], tenant=vn.get("tenant", ""),
                   vn_id=vn.get("vn_id"))
    for vm in topology["vms"]:
        nics = vm["nics"]
        built = lab.add_vm(vm["host"], vm["name"], attach=attach,
                           **_nic_arguments(nics[0]))
        for nic in nics[1:]:
            lab.add_nic(built, attach=attach, **_nic_arguments(nic))


def build_split(lab, topology):
    for name in topology.get("external_nves", []):
        lab.add_external_nve(name)
    for switch in topology.get("access_switches", []):
        lab.add_access_switch(switch["name"], lab.machine(switch["nve"]))
    for host in topology.get("hypervisors", []):
        lab.add_hypervisor(host["name"], lab.machine(host["to"]))


def _nic_arguments(nic):
    return {"vn": nic["vn"], "mac": nic.get("mac"), "ip": nic.get("ips")}
