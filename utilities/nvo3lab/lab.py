# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The lab: an underlay, vServers, VMs, the NVO3 database and ndirectord.

    with Lab() as net:
        hv1, hv2 = net.add_vservers("hv1", "hv2")
        net.add_vn("red", tenant="acme")
        vm1 = net.add_vm(hv1, vn="red", ip="10.0.0.1/24")
        vm2 = net.add_vm(hv2, vn="red", ip="10.0.0.2/24")
        net.wait_ready()
        assert vm1.ping(vm2)

A lab is a folder; its namespaces are named after a hash of the folder's path.
So labs do not meet, and remove() finds all that belongs to a lab even if the
process that made it was killed, or the folder's content is lost.
"""

import concurrent.futures
import glob
import hashlib
import json
import os
import re
import secrets
import shutil
import threading

from . import netns
from .hosts import Core, Node, Switch, Vserver
from .inventory import Inventory, Vn
from .shell import LabError, require_root, wait_for
from .split import AccessSwitch, ExternalNve, Hypervisor
from .vm import VM, Nic, TrunkNic, stable_mac, stable_uuid

FIRST_INDEX = 11                    # of a host; the core has 1
STATE_FILE = "lab.json"
AGENTS = ("ovs-tnved", "ovs-nved", "ndirectord")    # in order of their end
MAX_FOLDER = 60                     # unix sockets must fit into 107 bytes


def base_folder():
    """Returns the folder with all labs of this user; makes it if need be."""
    folder = os.environ.get("NVO3_LAB_DIR") \
        or f"/tmp/nvo3-lab-{os.geteuid()}"
    folder = os.path.abspath(folder)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise LabError(f"{folder}: {error.strerror}; set NVO3_LAB_DIR to "
                       "a folder that can be made") from None
    if os.path.islink(folder) or os.stat(folder).st_uid != os.geteuid():
        raise LabError(f"{folder} is not ours; set NVO3_LAB_DIR to another")
    return folder


def lab_folder(name):
    """Returns the folder of the lab called 'name', whether it is or not."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,15}", name):
        raise LabError(f"lab name {name!r}: use up to 16 of a-z, 0-9 and -")
    folder = os.path.join(base_folder(), name)
    if len(folder) > MAX_FOLDER:
        raise LabError(f"{folder} is too long for unix sockets inside of it; "
                       f"set NVO3_LAB_DIR to a shorter path")
    return folder


def netns_prefix(folder):
    """Returns what the names of a lab's namespaces start with."""
    digest = hashlib.sha256(os.path.realpath(folder).encode()).hexdigest()
    return f"nvo3-{digest[:8]}-"


def remove(name):
    """Removes all of a lab, however it ended; true if anything was there."""
    folder = lab_folder(name)
    names = netns.list_netns(netns_prefix(folder))
    found = bool(names) or os.path.exists(folder)
    for each in names:
        netns.Netns(each).delete()
    shutil.rmtree(folder, ignore_errors=True)
    return found


def lab_names():
    """Returns the names of all labs of this user."""
    return sorted(entry.name for entry in os.scandir(base_folder())
                  if entry.is_dir())


def orphans():
    """Returns the names of the labs whose program ended without remove()."""
    return [name for name in lab_names() if _is_orphan(lab_folder(name))]


class Lab:
    """See the top of this file.

    'name' defaults to a new one.  'build' is the folder of the built
    programs.  Without 'control' there is neither an NVO3 database nor
    ndirectord, and vServers have no agent: flows are the caller's.  A lab
    with 'keep' outlives this process.
    """

    def __init__(self, name=None, build=None, control=True, keep=False,
                 nve_admission="open"):
        require_root()
        self.name = name or "t" + secrets.token_hex(4)
        self.folder = lab_folder(self.name)
        self.build = os.path.abspath(build) if build else None
        self.control = control
        self.keep = keep
        self.nve_admission = nve_admission
        self.core = self.inventory = None
        self.hosts = {}                          # name -> Vserver
        self.access_switches = {}                # name -> AccessSwitch
        self.hypervisors = {}                    # name -> Hypervisor
        self.nodes = {}                          # name -> Node
        self.vns = {}                            # alias -> Vn
        self.vms = {}                            # name -> VM
        self.switch = Switch(self)
        self._next_index = FIRST_INDEX
        self._lock = threading.RLock()

    # Life of the lab.

    def up(self):
        """Builds the underlay and, with 'control', the core; or nothing."""
        try:
            os.mkdir(self.folder, 0o700)
        except FileExistsError:
            raise LabError(f"lab {self.name} is there already: end it with "
                           f"\"nvo3-lab down --name {self.name}\"") from None
        try:
            self._build_middle()
        except BaseException:
            remove(self.name)
            raise
        return self

    def down(self):
        """Ends our daemons politely, then removes everything."""
        for daemon in self.own_daemons():
            daemon.stop()
        remove(self.name)

    def __enter__(self):
        return self.up()

    def __exit__(self, *exception):
        if not os.environ.get("NVO3_LAB_KEEP"):
            remove(self.name)

    @classmethod
    def load(cls, name):
        """Returns the existing lab called 'name'."""
        path = os.path.join(lab_folder(name), STATE_FILE)
        try:
            with open(path) as stream:
                state = json.load(stream)
        except FileNotFoundError:
            raise LabError(f"there is no lab {name}; \"nvo3-lab up\" makes "
                           "one, \"nvo3-lab list\" shows all") from None
        lab = cls(name, state["build"], state["control"], state["keep"],
                  state["nve_admission"])
        lab._restore(state)
        return lab

    def save(self):
        """Writes down what is there, for load()."""
        with self._lock:
            text = json.dumps(self._state(), indent=1)
            path = os.path.join(self.folder, STATE_FILE)
            with open(path + ".new", "w") as stream:
                stream.write(text)
            os.rename(path + ".new", path)

    # Machines.

    def netns_name(self, machine):
        return netns_prefix(self.folder) + machine

    def add_vserver(self, name=None, **kwargs):
        """Builds a vServer and returns it when its daemons are up."""
        return self.add_vservers(name or f"hv{len(self.hosts) + 1}",
                                 **kwargs)[0]

    def add_vservers(self, *names, nved=None, external_ids=()):
        """Builds several vServers at the same time; returns them."""
        nved = self.control if nved is None else nved
        hosts = [Vserver(self, self._new_name(name), self._new_index(), nved)
                 for name in names]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda host: self._up(host, external_ids), hosts))
        return hosts

    def add_external_nve(self, name, external_ids=()):
        """Builds an external NVE; returns it when its daemons are up."""
        nve = ExternalNve(self, self._new_name(name), self._new_index(),
                          self.control)
        self._up(nve, external_ids)
        return nve

    def add_access_switch(self, name, nve):
        """Builds a switch for hypervisors on an access port of 'nve'."""
        switch = AccessSwitch(self, self._new_name(name), self._new_index(),
                              nve, nve.add_access_port())
        self.access_switches[name] = switch
        switch.up()
        self.save()
        return switch

    def add_hypervisor(self, name, to, external_ids=()):
        """Builds a hypervisor on an access port of its own of the external
        NVE 'to', or on the AccessSwitch 'to'; returns it when it is up."""
        if isinstance(to, AccessSwitch):
            nve, port, switch = to.nve, to.port, to
        else:
            nve, port, switch = to, to.add_access_port(), None
        host = Hypervisor(self, self._new_name(name), self._new_index(), nve,
                          port, switch)
        self.hypervisors[name] = host
        nve.admit(name, port)
        host.up(external_ids)
        self.save()
        return host

    def add_node(self, name, index=None):
        """Builds a bare machine on the underlay; returns it."""
        node = Node(self, self._new_name(name), index or self._new_index())
        self.nodes[name] = node
        node.build()
        self.save()
        return node

    def introduce(self, host):
        """Makes the vServers' OVS know each other's underlay MACs."""
        with self._lock:
            for other in list(self.hosts.values()):
                if other is host:
                    continue
                _try_set_neighbour(other, host)
                _try_set_neighbour(host, other)
            self.hosts[host.name] = host
            self.hosts = dict(sorted(self.hosts.items(),
                                     key=lambda item: item[1].index))
            self.save()

    def machines(self):
        """Returns all machines, the core first."""
        core = [self.core] if self.core else []
        return core + [machine for kind in (
            self.hosts, self.access_switches, self.hypervisors, self.nodes)
            for machine in kind.values()]

    def own_daemons(self):
        """Returns nDirector's daemons, in the order in which to end them."""
        return [machine.daemons[name] for name in AGENTS
                for machine in self.machines() if name in machine.daemons]

    def machine(self, name):
        """Returns the machine or the VM called 'name'."""
        everything = {each.name: each for each in self.machines()}
        everything.update(self.vms)
        if name not in everything:
            raise LabError(f"lab {self.name} has no {name}, only "
                           f"{', '.join(everything) or 'nothing yet'}")
        return everything[name]

    # Networks and VMs.

    def add_vn(self, alias, **kwargs):
        """Makes a VN, see Inventory.add_vn(); returns it as a Vn."""
        vn = self.inventory.add_vn(alias, **kwargs)
        self.vns[alias] = vn
        self.save()
        return vn

    def name_vn(self, alias):
        """Gives a VN its name here, for who makes the VN's row himself."""
        self.vns[alias] = Vn(stable_uuid("vn", alias), alias)
        self.save()
        return self.vns[alias]

    def add_vm(self, host, name=None, vn=None, mac=None, ip=None, vnic=None,
               **kwargs):
        """Builds a VM with one Nic and returns it.

        'ip' is an address with prefix length or a list of those; 'kwargs'
        are those of add_nic().  Does not wait: wait_ready() does.
        """
        host = self.machine(host) if isinstance(host, str) else host
        name = self._new_name(name or f"vm{len(self.vms) + 1}")
        vm = VM(self, name, host)
        vm.build()
        self.vms[name] = vm
        self.add_nic(vm, vn, mac, ip, vnic, **kwargs)
        return vm

    def add_nic(self, vm, vn, mac=None, ip=None, vnic=None, register=True,
                attach=True, status="active", extra=()):
        """Gives a VM one more Nic, registers its VNIC, and attaches it.

        'extra' are external_ids of the Interface beside libvirt's four.
        Without 'register' the NVO3 database is not told about the VNIC.
        """
        ips = [ip] if isinstance(ip, str) else list(ip or [])
        number = len(vm.nics)
        mac = mac or stable_mac(vm.name, str(number))
        nic = Nic(vm, number, self._vn_name(vn), mac, ips, vnic)
        self._plug(nic, {nic.vn: nic.ips}, register)
        if attach:
            nic.attach(status, extra)
        return nic

    def add_trunk(self, vm, vlans, register=True, attach=True):
        """Gives a VM a TrunkNic; 'vlans' is {guest's tag: (VN, [IP, ...])}."""
        number = len(vm.nics)
        vlans = {tag: [self._vn_name(vn), list(ips)]
                 for tag, (vn, ips) in vlans.items()}
        nic = TrunkNic(vm, number, vlans, stable_mac(vm.name, str(number)))
        self._plug(nic, dict(vlans.values()), register)
        if attach:
            nic.attach()
        return nic

    def del_vm(self, vm):
        """Detaches and removes a VM; its VNIC stays registered."""
        vm.destroy()
        del self.vms[vm.name]
        self.save()

    def wait_ready(self, *vms, timeout=20):
        """Waits until all VNICs of the VMs (default: all) are activated."""
        for vm in vms or list(self.vms.values()):
            vm.wait_state("activated", timeout)

    def wait(self, condition, timeout=10, what=None):
        """Waits until condition() is true, see shell.wait_for()."""
        return wait_for(condition, timeout, what)

    # Looking back.

    def last_words(self):
        """Returns what each daemon of the lab logged last."""
        return "\n".join(f"=== {machine.name}: {daemon.last_words()}"
                         for machine in self.machines()
                         for daemon in machine.daemons.values())

    def sanitizer_reports(self):
        """Returns the texts of all reports that sanitizers have written."""
        texts = []
        for path in glob.glob(os.path.join(self.folder, "*", "sanitizer-*")):
            with open(path, errors="replace") as stream:
                texts.append(f"{path}:\n{stream.read()}")
        return texts

    # Below the surface.

    def _build_middle(self):
        self.save()
        self.switch.build()
        if self.control:
            self._make_core()
            self.core.build()
            self.core.up(self.nve_admission)

    def _make_core(self):
        self.core = Core(self)
        self.inventory = Inventory(self.core.db)

    def _plug(self, nic, vns, register):
        """Builds a Nic and registers its VNIC; 'vns' is {VN: [IP, ...]}."""
        nic.build()
        nic.vm.nics.append(nic)
        if register and self.control:
            self.inventory.add_vnic(nic.vnic, {
                vn: {nic.mac: [ip.partition("/")[0] for ip in ips]}
                for vn, ips in vns.items()})
        self.save()

    def _up(self, host, external_ids):
        host.build()
        host.up(external_ids)

    def _vn_name(self, vn):
        if isinstance(vn, Vn):
            return vn.name
        return self.vns[vn].name if vn in self.vns else vn

    def _new_index(self):
        with self._lock:
            self._next_index += 1
            return self._next_index - 1

    def _new_name(self, name):
        taken = {each.name for each in self.machines()} | set(self.vms)
        if name in taken | {"core", "sw"}:
            raise LabError(f"lab {self.name} has a {name} already")
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,15}", name):
            raise LabError(f"name {name!r}: use up to 16 of a-z, 0-9 and -")
        return name

    def _state(self):
        owner = None if self.keep else _process_id(os.getpid())
        return {
            "owner": owner, "build": self.build, "control": self.control,
            "keep": self.keep, "nve_admission": self.nve_admission,
            "next_index": self._next_index,
            "hosts": [[h.name, h.index, h.nved] for h in self.hosts.values()
                      if not isinstance(h, ExternalNve)],
            "external_nves": [[h.name, h.index, h.nved, h.access_ports]
                              for h in self.hosts.values()
                              if isinstance(h, ExternalNve)],
            "access_switches": [[s.name, s.index, s.nve.name, s.port]
                                for s in self.access_switches.values()],
            "hypervisors": [[h.name, h.index, h.nve.name, h.port,
                             h.switch and h.switch.name]
                            for h in self.hypervisors.values()],
            "nodes": [[n.name, n.index] for n in self.nodes.values()],
            "vns": [[v.name, v.alias, v.tenant] for v in self.vns.values()],
            "vms": [[vm.name, vm.host.name,
                     [[n.vn, n.mac, n.ips, n.vnic, trunk_of(n)]
                      for n in vm.nics]]
                    for vm in self.vms.values()]}

    def _restore(self, state):
        self._next_index = state["next_index"]
        if self.control:
            self._make_core()
        for name, index, nved in state["hosts"]:
            self.hosts[name] = Vserver(self, name, index, nved)
        self._restore_split(state)
        for name, index in state["nodes"]:
            self.nodes[name] = Node(self, name, index)
        for name, alias, tenant in state["vns"]:
            self.vns[alias] = Vn(name, alias, tenant)
        for name, host, nics in state["vms"]:
            vm = VM(self, name, self.machine(host))
            for number, (vn, mac, ips, vnic, trunk) in enumerate(nics):
                vlans = {tag: [name, to] for tag, name, to in trunk}
                vm.nics.append(TrunkNic(vm, number, vlans, mac, vnic) if trunk
                               else Nic(vm, number, vn, mac, ips, vnic))
            self.vms[name] = vm

    def _restore_split(self, state):
        for name, index, nved, ports in state["external_nves"]:
            self.hosts[name] = ExternalNve(self, name, index, nved, ports)
        for name, index, nve, port in state["access_switches"]:
            self.access_switches[name] = AccessSwitch(
                self, name, index, self.hosts[nve], port)
        for name, index, nve, port, switch in state["hypervisors"]:
            self.hypervisors[name] = Hypervisor(
                self, name, index, self.hosts[nve], port,
                self.access_switches.get(switch))


def trunk_of(nic):
    """Returns what is to be kept of a trunk's VNs: [[tag, VN, IPs], ...]."""
    return [[tag, *rest] for tag, rest in getattr(nic, "vlans", {}).items()]


def _try_set_neighbour(host, other):
    """Introduces 'other' to 'host', unless that one's OVS is down."""
    try:
        host.set_neighbour(other)
    except LabError:
        if host.daemons["ovs-vswitchd"].alive():
            raise


def _process_id(pid):
    """Returns what tells a process from all others, or None if it ended."""
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return [pid, stream.read().rpartition(")")[2].split()[19]]
    except OSError:
        return None


def _is_orphan(folder):
    try:
        with open(os.path.join(folder, STATE_FILE)) as stream:
            state = json.load(stream)
    except (OSError, ValueError):
        return True
    owner = state["owner"]
    return not state["keep"] and _process_id(owner[0]) != owner
