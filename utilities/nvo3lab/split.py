# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The machines of a split NVE, RFC 8394: its two halves and what is between.

    ExternalNve    a Vserver that does the encapsulation for others too; it
                   serves the database Hypervisor_NVE
    AccessSwitch   a plain Ethernet switch, that of a blade chassis, between
                   an external NVE and several hypervisors
    Hypervisor     an OvsHost with ovs-tnved and VMs, not on the underlay

An access link is a veth pair.  The external NVE's end is called acc1, acc2
and so on, and is a port of br-int there; the hypervisor's is called uplink.
The database is reached over the management network.
"""

import os

from . import jsonrpc
from .hosts import Node, OvsHost, UNDERLAY_MTU, Vserver
from .programs import find_hypervisor_schema, find_program
from .shell import run

HYPERVISOR_NVE_PORT = 6640
ACCESS_MTU = UNDERLAY_MTU           # room for a tenant's tag beside the VN's
UPLINK = "uplink"
HYPERVISOR_NVE = "Hypervisor_NVE"


class ExternalNve(Vserver):
    """A vServer whose ovs-nved also serves hypervisors on access ports."""

    kind = "external-nve"

    def __init__(self, lab, name, index, nved=True, access_ports=()):
        super().__init__(lab, name, index, nved)
        self.access_ports = list(access_ports)
        self.hv_socket = os.path.join(self.folder, "hypervisor.sock")
        self.hv_file = os.path.join(self.folder, "hypervisor.db")
        self.hv_remote = "unix:" + self.hv_socket
        self.hv_db = jsonrpc.Ovsdb(self.hv_socket, HYPERVISOR_NVE)
        self.nve_remote = f"tcp:{self.management_ip}:{HYPERVISOR_NVE_PORT}"
        self.add_hypervisor_db()

    def add_hypervisor_db(self):
        """Its own server: what ovs-nved asks comes before ovs-nved."""
        ssl = [f"--{option}=db:{HYPERVISOR_NVE},SSL,{column}"
               for option, column in (("private-key", "private_key"),
                                      ("certificate", "certificate"),
                                      ("ca-cert", "ca_cert"))]
        self.add_daemon("hypervisor-db", [
            self.hv_file, "--remote=punix:" + self.hv_socket,
            f"--remote=ptcp:{HYPERVISOR_NVE_PORT}:{self.management_ip}",
            f"--remote=db:{HYPERVISOR_NVE},NVE_Global,connections", *ssl],
            program="ovsdb-server")
        if self.nved:
            self.daemons["ovs-nved"] = self.daemons.pop("ovs-nved")

    def agent_settings(self):
        return super().agent_settings() + [
            f"external_ids:nvo3-hypervisor-db=\"{self.hv_remote}\""]

    def up(self, external_ids=()):
        jsonrpc.create_database(self.hv_file, find_hypervisor_schema())
        self.start("hypervisor-db")
        if self.nved:
            self.nvectl("init")
        super().up(external_ids)

    def nvectl(self, *args, check=True, timeout=30):
        """Runs nve-ctl on the NVE's database; returns its output."""
        program = find_program("nve-ctl", self.lab.build)
        return run([program, "--db=" + self.hv_remote, *args], check=check,
                   timeout=timeout).stdout

    def add_access_port(self, segment=""):
        """Makes one more access port, without its link; returns its name."""
        name = f"acc{len(self.access_ports) + 1}"
        self.access_ports.append(name)
        self.hv_db.insert("Access_Port", name=name, segment=segment)
        return name

    def admit(self, end_device, *ports, **columns):
        """Lets an end device use the NVE, through those of its ports."""
        self.hv_db.insert("End_Device", name=end_device, ports=list(ports),
                          **columns)

    def plug(self, port):
        """Puts the access port's interface into br-int."""
        self.vsctl("--timeout=20", "wait-until", "Bridge", "br-int", "--",
                   "--may-exist", "add-port", "br-int", port, timeout=20)

    def answer(self, nic):
        """Returns the VNIC_Answer for a Nic, or None."""
        rows = self.hv_db.find("VNIC_Answer", vnic=nic.vnic,
                               end_device=nic.vm.host.name)
        return rows[0] if rows else None


class AccessSwitch(Node):
    """A switch that knows nothing of VNs, and carries all tags.

    Its port towards the NVE is called trunk; the others are hyp and the index
    of the hypervisor.
    """

    kind = "access-switch"
    networks = ()

    def __init__(self, lab, name, index, nve, port):
        super().__init__(lab, name, index)
        self.nve = nve
        self.port = port                         # the NVE's access port

    def up(self):
        """Makes the bridge and the link to the NVE."""
        self.build()
        self.netns.ip(["link add br0 type bridge mcast_snooping 0",
                       f"link set br0 mtu {ACCESS_MTU} up"])
        connect(self.nve.netns, self.port, self.netns, "trunk")
        self.netns.ip(["link set trunk master br0"])
        self.nve.plug(self.port)

    def connect_hypervisor(self, hypervisor):
        """Makes a hypervisor's access link."""
        device = f"hyp{hypervisor.index}"
        connect(self.netns, device, hypervisor.netns, UPLINK)
        self.netns.ip([f"link set {device} master br0"])


class Hypervisor(OvsHost):
    """A machine with VMs whose NVE is 'nve', reached through 'switch' if
    there is one, by the NVE's access port 'port'."""

    kind = "hypervisor"
    networks = ("management",)
    uplink = UPLINK

    def __init__(self, lab, name, index, nve, port, switch=None):
        self.nve = nve
        self.port = port
        self.switch = switch
        super().__init__(lab, name, index)

    def add_daemons(self):
        super().add_daemons()
        if self.nve.nved:
            self.add_daemon("ovs-tnved", ["--ovsdb=" + self.remote])

    def up(self, external_ids=()):
        """Makes the access link and starts the daemons."""
        self.build()
        if self.switch:
            self.switch.connect_hypervisor(self)
        else:
            connect(self.nve.netns, self.port, self.netns, UPLINK)
            self.nve.plug(self.port)
        self.start_database(*self.agent_settings(), *external_ids)
        self.vsctl("--no-wait", "add-br", "br-int",
                   "--", "set", "Bridge", "br-int", "datapath_type=netdev",
                   "--", "add-port", "br-int", UPLINK)
        self.start()

    def agent_settings(self):
        """What an operator tells ovs-tnved, as ovs-vsctl arguments."""
        return [f"external_ids:nvo3-nve-remote=\"{self.nve.nve_remote}\"",
                f"external_ids:nvo3-access-port={self.port}",
                f"external_ids:nvo3-uplink={UPLINK}"]


def connect(netns1, device1, netns2, device2):
    """Makes an access link: a veth pair between two namespaces."""
    netns1.ip([f"link add {device1} mtu {ACCESS_MTU} type veth "
               f"peer name {device2} mtu {ACCESS_MTU} netns {netns2.name}",
               f"link set {device1} up"])
    netns2.ip([f"link set {device2} up"])
