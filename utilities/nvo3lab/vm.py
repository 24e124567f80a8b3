# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Virtual machines: a namespace each, and a veth pair for each VNIC.

The vServer's end is added to br-int by ovs-vsctl with the four external_ids
that libvirt writes, so that for the agent it is a libvirt guest.
"""

import re
import uuid

from .netns import Netns
from .shell import LabError, run, wait_for
from .vlan import add_vlans

UUID_SPACE = uuid.UUID("6e766f33-0000-4000-8000-6c6162000000")


def stable_uuid(*words):
    """Returns a UUID that depends on the words alone, for stable names."""
    return str(uuid.uuid5(UUID_SPACE, "/".join(words)))


def stable_mac(*words):
    """Returns a MAC that depends on the words alone.

    A VM that is made again has the MAC that others have in their ARP caches.
    """
    return "52:54:" + uuid.UUID(stable_uuid("mac", *words)).bytes[:4].hex(":")


class Nic:
    """One virtual network interface of a VM, with its VNIC's name.

    'ips' are addresses with their prefix length, "10.0.0.1/24"; 'vn' is the
    VN Name.  'port' is the vServer's end and 'device' the VM's.
    """

    def __init__(self, vm, number, vn, mac, ips, vnic=None):
        self.vm = vm
        self.number = number
        self.vn = vn
        self.mac = mac
        self.ips = list(ips)
        self.vnic = vnic or stable_uuid(vm.name, str(number))
        self.device = f"eth{number}"
        self.port = f"{vm.name}-eth{number}"
        self.bridge = "br-int"

    def addresses(self):
        """Returns the IP addresses without their prefix lengths."""
        return [ip.partition("/")[0] for ip in self.ips]

    def build(self):
        """Makes the veth pair and configures the VM's end."""
        host, guest = self.vm.host.netns, self.vm.netns
        host.ip([f"link add {self.port} type veth peer name {self.device} "
                 f"address {self.mac} netns {guest.name}",
                 f"link set {self.port} up"])
        guest.sysctl({f"ipv6.conf.{self.device}.accept_dad": 0,
                      f"ipv6.conf.{self.device}.accept_ra": 0,
                      f"ipv6.conf.{self.device}.router_solicitations": 0})
        guest.ip([f"addr add {ip} dev {self.device}" for ip in self.ips]
                 + [f"link set {self.device} up"])
        guest.tx_checksum_off(self.device)

    def attach_command(self, status="active", extra=()):
        """Returns the ovs-vsctl arguments that attach this VNIC."""
        return ["add-port", self.bridge, self.port, "--", "set", "Interface",
                self.port, f"external_ids:iface-id=\"{self.vnic}\"",
                f"external_ids:attached-mac=\"{self.mac}\"",
                f"external_ids:vm-id=\"{self.vm.uuid}\"",
                f"external_ids:iface-status={status}",
                *[f"external_ids:{key}=\"{value}\""
                  for key, value in dict(extra).items()]]

    def attach(self, status="active", extra=(), options=()):
        """Attaches the VNIC by ovs-vsctl, as a hypervisor would."""
        self.vm.host.vsctl(*options, "--", *self.attach_command(status,
                                                                extra))

    def detach_command(self):
        """Returns the ovs-vsctl arguments that detach this VNIC."""
        return ["--if-exists", "del-port", self.bridge, self.port]

    def detach(self):
        """Detaches the VNIC: del-port, all that a hypervisor does."""
        self.vm.host.vsctl("--", *self.detach_command())

    def external_ids(self):
        row = self.vm.host.interface(self.port)
        return row["external_ids"] if row else {}

    def state(self):
        """Returns what the agent wrote to nvo3-state, None if nothing."""
        return self.external_ids().get("nvo3-state")

    def reason(self):
        """Returns what the agent wrote to nvo3-reason, None if nothing."""
        return self.external_ids().get("nvo3-reason")

    def wait_state(self, state="activated", timeout=15):
        """Waits until the agent says that the VNIC is in 'state'."""
        wait_for(lambda: self.state() == state, timeout,
                 f"{self.port} on {self.vm.host.name}: nvo3-state={state}",
                 lambda: f"external_ids: {self.external_ids()}")

    def set_status(self, status):
        """Sets iface-status, as libvirt does when a guest is paused."""
        self.vm.host.vsctl("set", "Interface", self.port,
                           f"external_ids:iface-status={status}")


class TrunkNic(Nic):
    """A VNIC that is an 802.1Q trunk.

    'vlans' is {guest's tag: [VN Name, [IP, ...]]}, and 'vn' all of it as
    nvo3-trunk has it.  The VM has an interface eth1.10 for tag 10; tag 0
    stands for untagged frames.
    """

    def __init__(self, vm, number, vlans, mac, vnic=None):
        super().__init__(vm, number, ",".join(
            f"{tag}={vn}" for tag, (vn, _) in vlans.items()), mac,
            vlans.get(0, [None, []])[1], vnic)
        self.vlans = vlans
        if vm.host.kind == "hypervisor":         # see ovs-tnved(8)
            self.bridge = f"{vm.name}-tr{number}"

    def build(self):
        super().build()
        add_vlans(self.vm.netns, self.device, self.mac, {
            tag: ips for tag, (_, ips) in self.vlans.items() if tag})

    def attach_command(self, status="active", extra=()):
        command = super().attach_command(status, {**dict(extra),
                                                  "nvo3-trunk": self.vn})
        if self.bridge == "br-int":
            return command
        return ["add-br", self.bridge, "--", "set", "Bridge", self.bridge,
                "datapath_type=netdev",
                "external_ids:nvo3-trunk-bridge=true", "--", *command]

    def detach_command(self):
        if self.bridge == "br-int":
            return super().detach_command()
        return ["--if-exists", "del-br", self.bridge]


class VM:
    """A namespace with one or more Nics, on a vServer or hypervisor."""

    def __init__(self, lab, name, host):
        if not re.fullmatch(r"[a-z0-9]{1,10}", name):
            raise LabError(f"VM {name}: a name has up to 10 letters a-z and "
                           "digits (interfaces are named after it)")
        self.lab = lab
        self.name = name
        self.host = host
        self.uuid = stable_uuid("vm", name)
        self.netns = Netns(lab.netns_name(name))
        self.nics = []

    def build(self):
        """Makes the namespace; the Nics are built each by itself."""
        self.netns.create()
        # An answer leaves by the interface that has the asked address.
        self.netns.sysctl({"ipv4.conf.all.arp_ignore": 1,
                           "ipv4.conf.all.arp_announce": 2})

    def destroy(self):
        """Detaches all Nics and removes the VM."""
        for nic in self.nics:
            if self.host.daemons["ovsdb-server"].alive():
                self.host.vsctl("--no-wait", "--", *nic.detach_command())
            # The kernel removes a namespace's interfaces some time later.
            run(["ip", "-n", self.host.netns.name, "link", "del", nic.port],
                check=False)
        self.netns.delete()

    @property
    def nic(self):
        return self.nics[0]

    @property
    def ip(self):
        """The first IPv4 address of the first Nic."""
        return self.address(4)

    def address(self, version=4, number=0):
        """Returns the VM's first IPv4 or IPv6 address on a Nic."""
        for address in self.nics[number].addresses():
            if (":" in address) == (version == 6):
                return address
        raise LabError(f"{self.name} has no IPv{version} address")

    def cmd(self, *command, **kwargs):
        """Runs a command in the VM; returns its output as text."""
        return self.netns.run(command, **kwargs).stdout

    def popen(self, *command, **kwargs):
        """Starts a command in the VM; returns a subprocess.Popen."""
        return self.netns.popen(command, **kwargs)

    def wait_state(self, state="activated", timeout=15):
        """Waits until all Nics are in 'state'."""
        for nic in self.nics:
            nic.wait_state(state, timeout)

    def forget_neighbours(self):
        """Empties the VM's ARP and ND caches, so that it asks anew."""
        self.cmd("ip", "neigh", "flush", "all")

    def neighbour(self, address):
        """Returns the MAC that the VM has for an address, or None."""
        words = self.cmd("ip", "neigh", "show", address).split()
        return words[words.index("lladdr") + 1] if "lladdr" in words else None

    def ping(self, target, count=1, interval=0.05, wait=1, version=4,
             size=None):
        """Pings a VM or an address; returns the number of answers."""
        address = target.address(version) if isinstance(target, VM) \
            else target
        command = ["ping", "-n", "-q", "-c", str(count), "-i", str(interval),
                   "-W", str(wait)]
        if size is not None:
            command += ["-s", str(size)]
        done = self.netns.run(command + [address], check=False,
                              timeout=60 + count * interval)
        match = re.search(r"(\d+) received", done.stdout)
        return int(match.group(1)) if match else 0

    def reaches(self, target, timeout=5, version=4):
        """Waits until a ping is answered; raises LabTimeout if none is."""
        name = target.name if isinstance(target, VM) else target
        wait_for(lambda: self.ping(target, version=version), timeout,
                 f"{self.name}: ping (IPv{version}) to {name}")
