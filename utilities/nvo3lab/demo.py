# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The demonstration: two tenants on three vServers, and then behind an
external NVE, told step by step.

Each step is a sentence, the commands with their prompts (which machine they
are typed on), and what came of it.  The commands shown are those that run.
"""

import os
import re
import shlex
import sys
import time

from . import topology
from .capture import Capture
from .lab import Lab, remove
from .programs import find_program
from .shell import LabError, run, wait_for
from .traffic import Stream

TENANTS = {"red": "acme", "blue": "globex"}
MARKS = {"red": "726564", "blue": "626c75"}     # "red" and "blu", for ping -p


class Demo:
    """A lab and a count of what went wrong."""

    def __init__(self, lab):
        self.lab = lab
        self.n_steps = 0
        self.failures = []
        self.colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def step(self, text):
        self.n_steps += 1
        print(f"\n{self.bold(f'{self.n_steps}. {text}')}", flush=True)

    def bold(self, text):
        return f"\033[1m{text}\033[0m" if self.colour else text

    def say(self, text=""):
        print("   " + text, flush=True)

    def fail(self, text):
        self.failures.append(text)
        self.say("FAILED: " + text)

    def show(self, machine, *command, env=None):
        """Shows a command and runs it on 'machine'; returns its output."""
        print(f"   {machine}# {shlex.join(command)}", flush=True)
        return run(command, env={**os.environ, **env}).stdout

    def ctl(self, *args):
        return self.show("core", "nvo3-ctl", *args, env=self.path(
            {"NVO3_DB": self.lab.core.remote}))

    def vsctl(self, host, *args):
        return self.show(host.name, "ovs-vsctl", *args,
                         env={"OVS_RUNDIR": host.folder})

    def path(self, env):
        """Adds the folder of the built programs to PATH."""
        folder = os.path.dirname(find_program("nvo3-ctl", self.lab.build))
        return {**env, "PATH": folder + ":" + os.environ["PATH"]}

    def vms(self, colour):
        return [vm for name, vm in self.lab.vms.items()
                if name.startswith(colour)]


def build_vservers(demo):
    demo.step("Three vServers, each with its own Open vSwitch and ovs-nved, "
              "and a core with the NVO3 database and ndirectord.")
    start = time.monotonic()
    demo.lab.up()
    hosts = demo.lab.add_vservers("hv1", "hv2", "hv3")
    demo.say(f"built in {time.monotonic() - start:.1f} s, all on this "
             "machine, each in a network namespace:")
    demo.say(f"core  ndirectord and database at "
             f"{demo.lab.core.management_ip}")
    for host in hosts:
        demo.say(f"{host.name}   tunnel endpoint {host.underlay_ip}")


def build_networks(demo):
    demo.step("Two tenants get a virtual network (VN) each: acme gets red, "
              "globex gets blue.")
    for colour, tenant in TENANTS.items():
        demo.ctl("tenant-add", tenant)
        demo.ctl(f"--tenant={tenant}", "vn-add",
                 demo.lab.vns[colour].name, colour)
    demo.step("Each tenant has a VM on each vServer. Its network interface "
              "(VNIC) is registered; both tenants use the SAME MAC and IP "
              "addresses.")
    for colour in TENANTS:
        for vm in demo.vms(colour):
            demo.ctl(f"--vn={colour}", f"--mac={vm.nic.mac}",
                     f"--ip={','.join(vm.nic.addresses())}",
                     "vnic-add", vm.nic.vnic, vm.name)


def attach_all(demo):
    demo.step("The VMs are attached as any hypervisor does it with Open "
              "vSwitch: one ovs-vsctl each. ovs-nved and ndirectord do the "
              "rest.")
    for vm in demo.lab.vms.values():
        demo.vsctl(vm.host, *vm.nic.attach_command())
    last = demo.vms("blue")[-1]
    demo.say("A hypervisor can wait until its VNIC is in the network:")
    demo.vsctl(last.host, "--timeout=30", "wait-until", "Interface",
               last.nic.port, "external_ids:nvo3-state=activated")
    demo.lab.wait_ready()
    demo.ctl("sync")


def ping_matrix(demo, colour):
    """Pings each pair of a VN, for IPv4 and IPv6, and prints a table."""
    vms = demo.vms(colour)
    demo.say()
    demo.say(f"VN {colour}: " + "".join(f"{vm.name:>9}" for vm in vms)
             + "   (answers to IPv4/IPv6 pings)")
    for source in vms:
        cells = []
        for target in vms:
            got = "-" if source is target else "/".join(
                str(marked_ping(source, target, colour, version))
                for version in (4, 6))
            if got not in ("-", "3/3"):
                demo.fail(f"{source.name} to {target.name}: {got} of 3/3")
            cells.append(f"{got:>9}")
        demo.say(f"{source.name:>8}  " + "".join(cells))


def marked_ping(source, target, colour, version):
    """Returns how many of three pings with a tenant's mark were answered."""
    done = source.netns.run(
        ["ping", "-n", "-q", "-c3", "-i0.05", "-W1", "-s64",
         "-p", MARKS[colour], target.address(version)], check=False)
    match = re.search(r"(\d+) received", done.stdout)
    return int(match.group(1)) if match else 0


def show_isolation(demo):
    demo.step("Every VM pings every other one of its VN, while all frames "
              "that reach the VMs are recorded. Each ping carries its "
              "tenant's mark.")
    vm = demo.vms("red")[0]
    demo.say(f"{vm.name}# ping -c 3 -p {MARKS['red']} {demo.vms('red')[1].ip}"
             "   ... and so on")
    captures = {vm.name: Capture(vm.netns, "eth0")
                for vm in demo.lab.vms.values()}
    for colour in TENANTS:
        ping_matrix(demo, colour)
    for capture in captures.values():
        capture.stop()
    demo.say()
    demo.say("Frames that reached the VMs of    with red's mark   "
             "with blue's mark")
    for colour in TENANTS:
        seen = {mark: sum(bytes.fromhex(MARKS[mark]) * 4 in frame.data
                          for vm in demo.vms(colour)
                          for frame in captures[vm.name].received())
                for mark in TENANTS}
        demo.say(f"{TENANTS[colour] + ' (' + colour + ')':<30}"
                 f"{seen['red']:>16}{seen['blue']:>18}")
        other, = set(TENANTS) - {colour}
        if seen[other] or not seen[colour]:
            demo.fail(f"isolation: {colour} saw {seen}")


def show_mappings(demo):
    demo.step("What ndirectord knows of VN red: which address is behind "
              "which NVE.")
    for line in demo.ctl("mapping-list", "red").splitlines():
        demo.say(line)


def remove_vm(demo):
    vm1, vm2, vm3 = demo.vms("red")
    demo.step(f"{vm3.name} is removed: del-port is all it takes, its "
              "addresses leave all vServers.")
    demo.vsctl(vm3.host, "del-port", "br-int", vm3.nic.port)
    wait_for(lambda: not demo.lab.inventory.bindings(vnic=vm3.nic.vnic), 10,
             f"{vm3.name}'s binding to go")
    demo.ctl("sync")
    for line in demo.ctl("mapping-list", "red").splitlines():
        demo.say(line)
    if vm1.ping(vm3, wait=0.5):
        demo.fail(f"{vm3.name} still answers")
    if not vm1.ping(vm2):
        demo.fail(f"{vm2.name} does not answer any more")
    demo.say(f"{vm1.name} reaches {vm2.name}, and {vm3.name} no longer.")
    left = [host.name for host in demo.lab.hosts.values()
            if any(vm3.nic.mac in line and "metadata=" + vn_id(demo) in line
                   for line in host.dump_flows())]
    if left:
        demo.fail(f"flows of {vm3.name} are left on {left}")


def vn_id(demo):
    row = demo.lab.inventory.vn(demo.lab.vns["red"].name)
    return hex(row["vn_id"])


def restart_director(demo):
    demo.step("ndirectord is killed (-9) and started again while numbered "
              "datagrams flow, 200 a second.")
    vm1, vm2, _ = demo.vms("red")
    core = demo.lab.core
    with Stream(vm1, vm2) as stream:
        stream.wait_flowing(100)
        demo.say(f"core# kill -9 {core.daemons['ndirectord'].pid()}")
        core.kill("ndirectord")
        stream.wait_flowing(100)
        core.start("ndirectord")
        wait_for(lambda: all(row["connected"] for row
                             in core.db.select("NVE")), 20,
                 "all NVEs to be connected again")
        demo.ctl("sync")
        stream.wait_flowing(100)
    sent = director_counter(core, "core_mods_sent")
    demo.say(f"datagrams sent: {stream.n_sent}, lost: {len(stream.lost())}")
    demo.say(f"flow-mods sent: {sent} (the vServers held all they should: "
             "a marker per VN told so)")
    if stream.lost() or sent:
        demo.fail("the restart was noticed")


def director_counter(core, name):
    """Returns a counter of ndirectord."""
    text = core.appctl("ndirectord", "counters")
    match = re.search(rf"^\s*{name}\s*[:=]?\s+(\d+)", text, re.M)
    if not match:
        raise LabError(f"ndirectord has no counter {name}:\n{text}")
    return int(match.group(1))


def build_external(demo):
    demo.step("An external NVE: nve1 is a switch that does the tunnelling "
              "for the hypervisor hyp1, which is not on the underlay at all. "
              "Between the two is a link on which each VN is a VLAN.")
    start = time.monotonic()
    nve = demo.lab.add_external_nve("nve1")
    host = demo.lab.add_hypervisor("hyp1", nve)
    demo.say(f"built in {time.monotonic() - start:.1f} s:")
    demo.say(f"nve1   tunnel endpoint {nve.underlay_ip}, access port "
             f"{host.port}; runs ovs-nved, and a database for hypervisors")
    demo.say("hyp1   Open vSwitch, and ovs-tnved, which asks that database "
             "(RFC 8394) for what its VMs need")


def attach_external(demo):
    demo.step("A VM of each tenant on hyp1, again with the same addresses. "
              "They are attached by the same ovs-vsctl as on a vServer; "
              "ovs-tnved gets a VLAN tag for each from nve1.")
    host = demo.lab.hypervisors["hyp1"]
    for colour in TENANTS:
        vm = demo.lab.add_vm(
            host, f"{colour}4", vn=colour, mac="52:54:00:00:00:04",
            ip=["10.0.0.4/24", "fd00::4/64"], register=False, attach=False)
        demo.ctl(f"--vn={colour}", f"--mac={vm.nic.mac}",
                 f"--ip={','.join(vm.nic.addresses())}",
                 "vnic-add", vm.nic.vnic, vm.name)
        demo.vsctl(host, *vm.nic.attach_command())
    for colour in TENANTS:
        demo.vsctl(host, "--timeout=30", "wait-until", "Interface",
                   demo.lab.vms[f"{colour}4"].nic.port,
                   "external_ids:nvo3-state=activated")
    demo.ctl("sync")


def ping_external(demo):
    demo.step("They reach their own tenant's VMs on the vServers, and are "
              "reached by these.")
    for colour in TENANTS:
        outside = demo.lab.vms[f"{colour}4"]
        for inside in demo.vms(colour)[:2]:
            for source, target in (outside, inside), (inside, outside):
                got = "/".join(str(marked_ping(source, target, colour, v))
                               for v in (4, 6))
                demo.say(f"{source.name + '# ping -c 3 ' + target.ip:<27} "
                         f"{target.name}: {got} answers to IPv4/IPv6 pings")
                if got != "3/3":
                    demo.fail(f"{source.name} to {target.name}: {got} of "
                              "3/3")


def show_tags(demo):
    demo.step("What hyp1 asked of nve1, and what that granted: on the access "
              "port a tag is a VN. The protocol is rows in a database.")
    nve = demo.lab.hosts["nve1"]
    # Open vSwitch says only every 5 seconds that it has its controller.
    wait_for(lambda: nve.hv_db.select("NVE_Status")[0]["status"] == "ok", 15,
             "nve1 to say that all is well")
    for line in demo.show(nve.name, "nve-ctl", "show", env=demo.path(
            {"NVE_DB": nve.hv_remote})).splitlines():
        demo.say(line)


def explain_keep(demo):
    name = demo.lab.name
    tool = os.path.join(os.path.dirname(os.path.dirname(
        os.path.realpath(__file__))), "nvo3-lab")
    print(f"""
{demo.bold('The lab goes on running. Look around:')}
   {tool} status --name {name}
   {tool} exec --name {name} red1 -- ping -c 3 {demo.vms('red')[1].ip}
   {tool} ctl --name {name} show
   {tool} vsctl --name {name} hv1 show
   {tool} ofctl --name {name} hv1 dump-flows br-int
   {tool} appctl --name {name} core ndirectord image/list
   {tool} attach --name {name} red3
   {tool} nvectl --name {name} nve1 show
   {tool} appctl --name {name} hyp1 ovs-tnved tnved/show
{demo.bold('End it:')}
   {tool} down --name {name}""")


def play(lab):
    """Runs the demonstration in a lab that is not up; returns the Demo."""
    demo = Demo(lab)
    build_vservers(demo)
    topo = topology.load("demo")
    for alias in TENANTS:
        lab.name_vn(alias)
    for vm in topo["vms"]:
        nic = vm["nics"][0]
        lab.add_vm(vm["host"], vm["name"], vn=nic["vn"], mac=nic["mac"],
                   ip=nic["ips"], register=False, attach=False)
    for part in (build_networks, attach_all, show_isolation, show_mappings,
                 remove_vm, restart_director, build_external,
                 attach_external, ping_external, show_tags):
        part(demo)
    return demo


def run_demo(name, build, keep):
    """The command "nvo3-lab demo"; returns its exit status."""
    if remove(name):
        print(f"(removed the lab {name} of an earlier run)")
    lab = Lab(name, build, keep=True)
    stays = False
    try:
        demo = play(lab)
        stays = keep and not demo.failures
    finally:
        if not stays:
            remove(name)
    if stays:
        explain_keep(demo)
    print()
    if demo.failures:
        print(demo.bold("The demonstration FAILED:"))
        for failure in demo.failures:
            print("   " + failure)
        return 1
    print(demo.bold("All pings were answered, nothing leaked, nothing was "
                    "lost."))
    return 0
