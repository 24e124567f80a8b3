# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The machines of a lab: vServers, the core, and bare ones.

Every machine is a namespace with up to two network interfaces, mg0 on the
management network (10.254/16: databases, OpenFlow) and ul0 on the underlay
(10.253/16: VXLAN).  The switch in the middle is a namespace of its own with a
bridge for each of the two.

    Node      a namespace on both networks, nothing in it
    Core      a Node with the NVO3 database and ndirectord
    OvsHost   a Node with ovsdb-server and ovs-vswitchd (userspace datapath)
    Vserver   an OvsHost with ovs-nved; the underlay's address is on its
              bridge br-phy

The machines of a split NVE are in split.py.

Daemons are addressed by their program's name: host.kill("ovs-vswitchd").
"""

import os

from . import jsonrpc
from .daemon import Daemon
from .netns import Netns
from .programs import find_nvo3_schema, find_ovs_schema, find_program
from .shell import LabError, run, wait_for

UNDERLAY_MTU = 1600
OPENFLOW_PORT = 6653
NVO3_PORT = 6641
VXLAN_PORT = 4789


def underlay_ip(index):
    return f"10.253.{index >> 8}.{index & 255}"


def management_ip(index):
    return f"10.254.{index >> 8}.{index & 255}"


class Switch:
    """The namespace in the middle, with a bridge for each network."""

    def __init__(self, lab):
        self.netns = Netns(lab.netns_name("sw"))

    def build(self):
        self.netns.create()
        self.netns.sysctl({"ipv6.conf.all.disable_ipv6": 1,
                           "ipv6.conf.default.disable_ipv6": 1})
        self.netns.ip([
            "link add underlay type bridge",
            "link add management type bridge",
            f"link set underlay mtu {UNDERLAY_MTU} up",
            "link set management up"])

    def plug(self, node):
        """Gives 'node' mg0 and ul0, as far as it is on the two networks."""
        name = node.netns.name
        commands = []
        if "management" in node.networks:
            commands += [
                f"link add m{node.index} type veth peer name mg0 "
                f"netns {name}",
                f"link set m{node.index} master management up"]
        if "underlay" in node.networks:
            commands += [
                f"link add u{node.index} mtu {UNDERLAY_MTU} type veth "
                f"peer name ul0 mtu {UNDERLAY_MTU} "
                f"address {node.underlay_mac} netns {name}",
                f"link set u{node.index} master underlay up"]
        self.netns.ip(commands)


class Node:
    """A namespace on the networks in 'networks'."""

    kind = "node"
    networks = ("management", "underlay")

    def __init__(self, lab, name, index):
        self.lab = lab
        self.name = name
        self.index = index
        self.folder = os.path.join(lab.folder, name)
        self.netns = Netns(lab.netns_name(name))
        self.underlay_ip = underlay_ip(index)
        self.management_ip = management_ip(index)
        self.underlay_mac = f"02:01:0a:fd:{index >> 8:02x}:{index & 255:02x}"
        self.daemons = {}

    def build(self):
        """Makes the namespace and connects it to the switch."""
        os.makedirs(self.folder, exist_ok=True)
        self.netns.create()
        self.netns.sysctl(self.sysctls())
        self.lab.switch.plug(self)
        if "management" in self.networks:
            self.netns.ip([f"addr add {self.management_ip}/16 dev mg0",
                           "link set mg0 up"])
        if "underlay" in self.networks:
            self.netns.ip(["link set ul0 up"])
            self.configure_underlay()

    def sysctls(self):
        return {"ipv6.conf.all.disable_ipv6": 1,
                "ipv6.conf.default.disable_ipv6": 1}

    def configure_underlay(self):
        """Puts the machine's underlay address where it belongs."""
        self.netns.ip([f"addr add {self.underlay_ip}/16 dev ul0"])

    def cmd(self, *command, **kwargs):
        """Runs a command on the machine; returns its output as text."""
        return self.netns.run(command, **kwargs).stdout

    def start(self, *names):
        """Starts the named daemons (all that do not run, if none named)."""
        for name in names or self.daemons:
            daemon = self.daemon(name)
            if names or not daemon.alive():
                daemon.start()
                self.started(name)

    def started(self, name):
        """What a machine has to do after daemon 'name' was started."""

    def stop(self, *names):
        """Ends the named daemons politely (all, if none is named)."""
        for name in names or reversed(list(self.daemons)):
            self.daemon(name).stop()

    def kill(self, name, *signum):
        """Kills a daemon as "kill -9" does, or sends it another signal."""
        self.daemon(name).kill(*signum)

    def restart(self, name):
        """Ends a daemon politely and starts it again."""
        self.stop(name)
        self.start(name)

    def daemon(self, name):
        if name not in self.daemons:
            raise LabError(f"{self.name} has no daemon {name}, only "
                           f"{', '.join(self.daemons) or 'none'}")
        return self.daemons[name]

    def appctl(self, name, command, *args, **kwargs):
        """Runs a control command in one of the machine's daemons."""
        return self.daemon(name).appctl(command, *args, **kwargs)

    def add_daemon(self, name, args, program=None):
        self.daemons[name] = Daemon(name, args, self.netns, self.folder,
                                    program, self.lab.build)

    def destroy(self):
        """Kills everything on the machine and removes it."""
        self.netns.delete()


class Core(Node):
    """The machine with the NVO3 database and ndirectord."""

    kind = "core"

    def __init__(self, lab, name="core", index=1):
        super().__init__(lab, name, index)
        self.db_file = os.path.join(self.folder, "nvo3.db")
        self.db_socket = os.path.join(self.folder, "nvo3.sock")
        self.remote = "unix:" + self.db_socket
        self.db = jsonrpc.Ovsdb(self.db_socket, "nvo3")
        self.add_daemons()

    def add_daemons(self):
        self.add_daemon("nvo3-db", [
            self.db_file, "--remote=p" + self.remote,
            f"--remote=ptcp:{NVO3_PORT}:{self.management_ip}"],
            program="ovsdb-server")
        self.add_daemon("ndirectord", [
            "--db=" + self.remote,
            f"--listen=ptcp:{OPENFLOW_PORT}:{self.management_ip}"])

    def up(self, nve_admission):
        """Makes the database and starts both daemons."""
        jsonrpc.create_database(self.db_file, find_nvo3_schema())
        self.start("nvo3-db")
        self.ctl("init")
        self.ctl("set", "NVO3_Global", ".", "nve_admission=" + nve_admission)
        self.start("ndirectord")

    def ctl(self, *args, check=True, timeout=30):
        """Runs nvo3-ctl on the lab's database; returns its output."""
        program = find_program("nvo3-ctl", self.lab.build)
        return run([program, "--db=" + self.remote, *args], check=check,
                   timeout=timeout).stdout


class OvsHost(Node):
    """A machine with Open vSwitch on the userspace datapath."""

    def __init__(self, lab, name, index):
        super().__init__(lab, name, index)
        self.db_socket = os.path.join(self.folder, "db.sock")
        self.db_file = os.path.join(self.folder, "conf.db")
        self.remote = "unix:" + self.db_socket
        self.db = jsonrpc.Ovsdb(self.db_socket, "Open_vSwitch")
        self.add_daemons()

    def add_daemons(self):
        self.add_daemon("ovsdb-server",
                        [self.db_file, "--remote=p" + self.remote])
        self.add_daemon("ovs-vswitchd", [self.remote, "--disable-system"])

    def sysctls(self):
        """The host's kernel sees the guests' frames too: it must be mute.

        Strict reverse path filtering also keeps it from taking in VXLAN
        packets a second time, from ul0 beside br-phy.
        """
        return {**super().sysctls(), "ipv4.conf.all.arp_ignore": 1,
                "ipv4.conf.all.arp_announce": 2, "ipv4.conf.all.rp_filter": 1}

    def start_database(self, *settings):
        """Makes the Open_vSwitch database, starts its server, and sets it up.

        'settings' are columns of the Open_vSwitch row for ovs-vsctl.
        """
        jsonrpc.create_database(self.db_file, find_ovs_schema())
        self.start("ovsdb-server")
        self.vsctl("--no-wait", "init", "--", "set", "Open_vSwitch", ".",
                   "other_config:n-handler-threads=1",
                   "other_config:n-revalidator-threads=1",
                   f"external_ids:system-id={self.name}", *settings)

    def vsctl(self, *args, check=True, timeout=15):
        """Runs ovs-vsctl on this vServer; returns its output as text."""
        return run(["ovs-vsctl", "--db=" + self.remote,
                    f"--timeout={timeout}", *args], check=check,
                   timeout=timeout + 5).stdout.rstrip("\n")

    def ofctl(self, command, bridge="br-int", *args):
        """Runs ovs-ofctl, OpenFlow 1.5, on one of the vServer's bridges."""
        target = f"unix:{self.folder}/{bridge}.mgmt"
        return run(["ovs-ofctl", "-O", "OpenFlow15", command, target,
                    *args]).stdout

    def dump_flows(self, match=None, bridge="br-int"):
        """Returns the flows of a bridge as a list of text lines."""
        args = [match] if match else []
        text = self.ofctl("dump-flows", bridge, *args)
        return [line.strip() for line in text.splitlines()
                if "cookie=" in line]

    def coverage(self, counter):
        """Returns a coverage counter's total in ovs-vswitchd, 0 if unhit.

        OVS adds what its threads have counted about once a second.
        """
        text = self.appctl("ovs-vswitchd", "coverage/show")
        for line in text.splitlines():
            words = line.split()
            if words and words[0] == counter:
                return int(words[-1])
        return 0

    def interface(self, name):
        """Returns the Interface row called 'name', or None."""
        rows = self.db.find("Interface", name=name)
        return rows[0] if rows else None


class Vserver(OvsHost):
    """A machine with Open vSwitch, an embedded NVE, and its agent."""

    kind = "vserver"

    def __init__(self, lab, name, index, nved=True):
        self.nved = nved
        super().__init__(lab, name, index)

    def add_daemons(self):
        super().add_daemons()
        if self.nved:
            self.add_daemon("ovs-nved", ["--ovsdb=" + self.remote])

    def configure_underlay(self):
        """The address goes to br-phy, later: OVS tunnels want it there."""

    def up(self, external_ids=()):
        """Starts the daemons; returns when br-phy carries traffic."""
        self.start_database(*self.agent_settings(), *external_ids)
        self.vsctl("--no-wait", "add-br", "br-phy",
                   "--", "set", "Bridge", "br-phy", "datapath_type=netdev",
                   "fail_mode=standalone",
                   f"other_config:hwaddr=\"{self.underlay_mac}\"",
                   "--", "add-port", "br-phy", "ul0")
        self.start("ovs-vswitchd")
        if self.nved:
            self.start("ovs-nved")

    def agent_settings(self):
        """What an operator tells ovs-nved, as ovs-vsctl arguments."""
        if not self.nved:
            return []
        core = self.lab.core.management_ip
        return [f"external_ids:nvo3-remote=\"tcp:{core}:{NVO3_PORT}\"",
                f"external_ids:nvo3-controller=\"tcp:{core}:{OPENFLOW_PORT}\"",
                f"external_ids:nvo3-encap-ip={self.underlay_ip}",
                f"external_ids:nvo3-nve-name={self.name}",
                "external_ids:nvo3-datapath-type=netdev"]

    def started(self, name):
        """A new ovs-vswitchd finds br-phy without an address."""
        if name != "ovs-vswitchd":
            return
        wait_for(self.has_br_phy, 20, f"{self.name}: br-phy to appear",
                 self.daemons["ovs-vswitchd"].last_words)
        self.netns.ip([f"addr replace {self.underlay_ip}/16 dev br-phy",
                       "link set br-phy up"])
        wait_for(self.has_route, 10, f"{self.name}: OVS to see its route")
        self.lab.introduce(self)

    def has_br_phy(self):
        return self.netns.run(["ip", "link", "show", "br-phy"],
                              check=False).returncode == 0

    def has_route(self):
        """True once OVS itself knows the way to the underlay."""
        text = self.appctl("ovs-vswitchd", "ovs/route/show")
        return f"{self.underlay_ip}/32 dev" in text and "br-phy" in text

    def set_neighbour(self, other):
        """Tells OVS the underlay MAC of another vServer.

        OVS drops the packet that makes it ask by ARP; so the lab's underlay
        is one on which the neighbours have met already.
        """
        self.appctl("ovs-vswitchd", "tnl/arp/set", "br-phy",
                    other.underlay_ip, other.underlay_mac)
