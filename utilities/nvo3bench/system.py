# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What both sides of a comparison have in common.

A System is a control plane and its hosts, each with the same Open vSwitch.  A
subclass says how it is started and how it is told of networks:

    start()             the central daemons
    add_host(number)    starts a host, and what belongs to it
    wait_hosts()        waits until all hosts are served
    register(vnics)     writes networks and VNICs, before any is attached
    flow_of(vnic)       where, and by which words, another host's flow towards
                        the VNIC is known (see watch.py)
    vsctl_words(vnic)   external_ids of an attached VNIC's Interface
"""

from collections import namedtuple

from nvo3lab.hosts import underlay_ip
from nvo3lab.shell import wait_for

from .stage import DummyHost, costs

CONFIRM_TIMEOUT = 600
HOST_KINDS = ("ovs-vswitchd", "ovsdb-server of hosts")

Vnic = namedtuple("Vnic", "name host vn mac ip")


class System:
    """'confirmed' is the key and value in an Interface's external_ids by
    which a hypervisor learns that its VNIC works."""

    title = confirmed = None

    def __init__(self, stage):
        self.stage = stage
        self.hosts = []

    def add_dummy_host(self, number):
        """Starts the Open vSwitch of host 'number', counted from 1."""
        host = DummyHost(self.stage, f"hv{number}")
        for process in self.stage.processes:
            if process.folder == host.folder \
                    and process.kind == "ovsdb-server":
                process.kind = "ovsdb-server of hosts"
        self.hosts.append(host)
        return host

    @staticmethod
    def encap_ip(number):
        return underlay_ip(number)

    def control(self):
        """Returns the processes of the control plane: all but the hosts'
        Open vSwitch."""
        return [process for process in self.stage.processes
                if process.kind not in HOST_KINDS]

    def cpu(self):
        """Returns {kind of daemon: seconds of CPU time until now}."""
        return costs(self.stage.processes, lambda process: process.cpu())

    def rss(self):
        """Returns {kind of daemon: MiB of all of its kind}."""
        return costs(self.stage.processes,
                     lambda process: process.rss() / (1 << 20))

    def attach(self, host, vnics):
        """Attaches VNICs by one call of ovs-vsctl."""
        words = []
        for vnic in vnics:
            words += ["--", "add-port", "br-int", vnic.name, "--", "set",
                      "Interface", vnic.name, "type=dummy",
                      *self.vsctl_words(vnic)]
        host.vsctl(*words)

    def n_confirmed(self, host):
        """Returns how many VNICs of a host are confirmed to it."""
        key, value = self.confirmed
        return sum(ids.get(key) == value for ids in host.interface_ids())

    def wait_confirmed(self, wanted):
        """Waits until the hosts have as many confirmed VNICs as 'wanted',
        {host number: count}, says."""
        for number, count in wanted.items():
            host = self.hosts[number]
            wait_for(lambda: self.n_confirmed(host) >= count,
                     CONFIRM_TIMEOUT, f"{count} VNICs on {host.name}",
                     lambda: f"there are {self.n_confirmed(host)}")
