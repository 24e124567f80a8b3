# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the tests of the split NVE need: its VMs, tags, and figures."""

import re

# One VM of each VN on hv1 (embedded), hyp1, hyp2, hyp3, in this order.
RED = ["vm1", "vm2", "vm3", "vm4"]
BLUE = ["vm5", "vm6", "vm7", "vm8"]
HYPERVISORS = ["hyp1", "hyp2", "hyp3"]


def nve_of(vm):
    """Returns the machine that is the NVE of a VM."""
    return getattr(vm.host, "nve", vm.host)


def tag_of(vm, number=0):
    """Returns the tag that the NVE gave for a VNIC on a hypervisor."""
    return nve_of(vm).answer(vm.nics[number])["tag"]


def port(host, name):
    """Returns the Port row called 'name' of a host's Open vSwitch."""
    row, = host.db.find("Port", name=name)
    return row


def trunk_tags(host):
    """Returns the tags that the uplink of a hypervisor carries, sorted."""
    trunks = port(host, host.uplink)["trunks"]
    return sorted(trunks) if isinstance(trunks, list) else [trunks]


def sent_to(net):
    """Returns {NVE: (flow-mods, updates)} that ndirectord sent to each."""
    text = net.core.appctl("ndirectord", "session/list")
    found = re.findall(r"^(\S+) peer=.* mods=(\d+) updates=(\d+)", text, re.M)
    return {name: (int(mods), int(updates)) for name, mods, updates in found}
