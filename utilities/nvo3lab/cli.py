# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The command nvo3-lab; see nvo3-lab(8)."""

import argparse
import os
import signal
import sys

from . import demo, topology
from .hosts import Core, OvsHost
from .lab import Lab, lab_names, orphans, remove
from .programs import find_program
from .shell import LabError, require_root
from .split import ExternalNve
from .vm import VM

DEFAULT_NAME = "lab"


def do_up(args):
    """Builds a lab; one that cannot be completed is removed again."""
    topo = topology.load(args.topo)
    lab = Lab(args.name, args.build, keep=True,
              nve_admission=args.nve_admission)
    lab.up()                  # fails, and leaves alone, what is there already
    try:
        topology.build(lab, topo, not args.no_attach)
        if not args.no_attach and not args.no_wait:
            lab.wait_ready(timeout=60)
    except BaseException:
        if not args.keep_failed:
            remove(args.name)
        raise
    print(f"lab {lab.name} is up: {describe(lab)}; its files are in "
          f"{lab.folder}")


def describe(lab):
    """Returns what there is in a lab, in words."""
    n_external = sum(isinstance(host, ExternalNve)
                     for host in lab.hosts.values())
    counts = [(len(lab.hosts) - n_external, "vServers"),
              (n_external, "external NVEs"),
              (len(lab.access_switches), "access switches"),
              (len(lab.hypervisors), "hypervisors"), (len(lab.vms), "VMs")]
    return ", ".join(f"{n} {what}" for n, what in counts
                     if n or what in ("vServers", "VMs"))


def do_demo(args):
    """Shows what nDirector does, step by step; returns its exit status."""
    require_root()
    return demo.run_demo(args.name, args.build, args.keep)


def do_down(args):
    require_root()
    if args.all or args.orphans:
        names = lab_names() if args.all else orphans()
    else:
        names = [args.name]
    for name in names:
        if remove(name):
            print(f"lab {name} is gone")


def do_list(args):
    dead = orphans()
    for name in lab_names():
        print(name + (" (left over, \"down --orphans\" removes it)"
                      if name in dead else ""))


def do_status(args):
    lab = Lab.load(args.name)
    for machine in lab.machines():
        states = [f"{name} {'up' if daemon.alive() else 'DOWN'}"
                  for name, daemon in machine.daemons.items()]
        place = machine.underlay_ip if "underlay" in machine.networks \
            else f"on {machine.nve.name}"
        print(f"{machine.name:<10} {place:<13} " + ", ".join(states))
        for vm in lab.vms.values():
            if vm.host is machine:
                show_vm(lab, vm)


def show_vm(lab, vm):
    aliases = {vn.name: alias for alias, vn in lab.vns.items()}
    for nic in vm.nics:
        try:
            state, reason = nic.state(), nic.reason()
        except LabError:
            state, reason = "unknown: no database", None
        print(f"  {vm.name:<8} {nic.device} {nic.mac} "
              f"{' '.join(nic.ips)} VN {aliases.get(nic.vn, nic.vn)}: "
              f"{state or 'not attached'}"
              + (f" ({reason})" if reason else ""))


def do_exec(args):
    machine = Lab.load(args.name).machine(args.machine)
    command = without_dashes(args.command) or ["bash"]
    if isinstance(machine, OvsHost):
        os.environ["OVS_RUNDIR"] = machine.folder
    if isinstance(machine, ExternalNve):
        os.environ["NVE_DB"] = machine.hv_remote
    if isinstance(machine, Core):
        os.environ["NVO3_DB"] = machine.remote
    sys.stdout.flush()
    try:
        os.execvp("ip", machine.netns.argv(command))
    except FileNotFoundError:
        raise LabError("ip: not found; install iproute2") from None


def do_ctl(args):
    lab = Lab.load(args.name)
    program = find_program("nvo3-ctl", lab.build)
    become([program, "--db=" + lab.core.remote,
            *without_dashes(args.command)])


def do_nvectl(args):
    lab = Lab.load(args.name)
    nve = lab.machine(args.nve)
    if not isinstance(nve, ExternalNve):
        names = [each.name for each in lab.hosts.values()
                 if isinstance(each, ExternalNve)]
        raise LabError(f"{args.nve} is no external NVE; "
                       f"{', '.join(names) or 'there is none'}")
    program = find_program("nve-ctl", lab.build)
    become([program, "--db=" + nve.hv_remote, *without_dashes(args.command)])


def do_vsctl(args):
    host = ovs_host(Lab.load(args.name), args.machine)
    become([find_program("ovs-vsctl"), "--db=" + host.remote,
            *without_dashes(args.command)])


def do_ofctl(args):
    host = ovs_host(Lab.load(args.name), args.machine)
    os.environ["OVS_RUNDIR"] = host.folder
    become([find_program("ovs-ofctl"), "-O", "OpenFlow15",
            *without_dashes(args.command)])


def do_appctl(args):
    machine = Lab.load(args.name).machine(args.machine)
    if isinstance(machine, VM):
        raise LabError(f"{args.machine} is a VM, it has no daemons")
    command = without_dashes(args.command) or ["list-commands"]
    print(machine.appctl(args.daemon, *command), end="")


def do_daemons(args):
    """kill, start, stop and restart are methods of every machine."""
    machine = Lab.load(args.name).machine(args.machine)
    if isinstance(machine, VM):
        raise LabError(f"{args.machine} is a VM, it has no daemons")
    getattr(machine, args.verb)(args.daemon)


def do_attach(args):
    vm = vm_called(Lab.load(args.name), args.vm)
    for nic in vm.nics:
        nic.attach()


def do_detach(args):
    vm = vm_called(Lab.load(args.name), args.vm)
    for nic in vm.nics:
        nic.detach()


def do_add_vm(args):
    lab = Lab.load(args.name)
    vm = lab.add_vm(args.host, args.vm, args.vn, args.mac, args.ip)
    lab.wait_ready(vm)
    print(f"{vm.name}: {vm.nic.mac}, VNIC Name {vm.nic.vnic}")


def do_del_vm(args):
    lab = Lab.load(args.name)
    lab.del_vm(vm_called(lab, args.vm))


def ovs_host(lab, name):
    machine = lab.machine(name)
    if not isinstance(machine, OvsHost):
        names = [*lab.hosts, *lab.hypervisors]
        raise LabError(f"{name} has no Open vSwitch; {', '.join(names)} have")
    return machine


def vm_called(lab, name):
    vm = lab.machine(name)
    if not isinstance(vm, VM):
        raise LabError(f"{name} is no VM; {', '.join(lab.vms)} are")
    return vm


def become(argv):
    sys.stdout.flush()
    os.execv(argv[0], argv)


def without_dashes(command):
    return command[1:] if command[:1] == ["--"] else command


def make_parser():
    parser = argparse.ArgumentParser(
        prog="nvo3-lab", description="Overlay networks on one machine: "
        "vServers, VMs and nDirector in network namespaces.")
    sub = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    def add(verb, function, text, *positionals):
        command = sub.add_parser(verb, help=text, description=text)
        command.set_defaults(function=function)
        command.add_argument(
            "--name", default="demo" if verb == "demo" else DEFAULT_NAME,
            help="which lab (default: %(default)s)")
        for name in positionals:
            rest = name.endswith("...")
            command.add_argument(name.rstrip("."),
                                 nargs=argparse.REMAINDER if rest else None)
        return command

    add_lab_commands(add)
    add_machine_commands(add)
    return parser


def add_lab_commands(add):
    up = add("up", do_up, "build a lab")
    up.add_argument("--topo", default="three-hosts", metavar="NAME|FILE",
                    help=f"one of {', '.join(topology.TOPOLOGIES)}, or a "
                    "JSON file (default: %(default)s)")
    up.add_argument("--build", metavar="DIR",
                    help="folder with the built programs")
    up.add_argument("--nve-admission", default="open",
                    choices=["open", "registered"],
                    help="may agents register NVEs (default: %(default)s)")
    up.add_argument("--no-attach", action="store_true",
                    help="leave the VMs' VNICs unattached")
    up.add_argument("--no-wait", action="store_true",
                    help="do not wait until all VNICs are activated")
    up.add_argument("--keep-failed", action="store_true",
                    help="leave a half-built lab for inspection")
    show = add("demo", do_demo, "build a lab and show what nDirector does")
    show.add_argument("--build", metavar="DIR",
                      help="folder with the built programs")
    show.add_argument("--keep", action="store_true",
                      help="leave the lab running")
    down = add("down", do_down, "remove a lab, whatever state it is in")
    which = down.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true",
                       help="remove all labs of this user")
    which.add_argument("--orphans", action="store_true",
                       help="remove the labs whose program has died")
    add("list", do_list, "show the names of all labs")
    add("status", do_status, "show machines, daemons, VMs and their states")
    add("ctl", do_ctl, "run nvo3-ctl on the lab's database", "command...")
    add("nvectl", do_nvectl, "run nve-ctl on an external NVE's database",
        "nve", "command...")


def add_machine_commands(add):
    add("exec", do_exec, "run a command on a machine or in a VM",
        "machine", "command...")
    add("vsctl", do_vsctl, "run ovs-vsctl on a vServer or hypervisor",
        "machine", "command...")
    add("ofctl", do_ofctl, "run ovs-ofctl on a vServer or hypervisor",
        "machine", "command...")
    add("appctl", do_appctl, "run a control command in a daemon",
        "machine", "daemon", "command...")
    for verb, text in (("kill", "kill -9 a daemon"),
                       ("start", "start a daemon again"),
                       ("stop", "end a daemon politely"),
                       ("restart", "stop and start a daemon")):
        add(verb, do_daemons, text, "machine", "daemon")
    add("attach", do_attach, "attach a VM's VNICs by ovs-vsctl", "vm")
    add("detach", do_detach, "detach a VM's VNICs by ovs-vsctl", "vm")
    new = add("add-vm", do_add_vm, "add a VM and attach it", "vm", "host")
    new.add_argument("--vn", required=True, help="alias or name of its VN")
    new.add_argument("--mac", help="its MAC (default: a new one)")
    new.add_argument("--ip", action="append",
                     help="address with prefix length; may be repeated")
    add("del-vm", do_del_vm, "detach and remove a VM", "vm")


def terminate(signum, frame):
    """SIGTERM cleans up as Ctrl-C does."""
    raise KeyboardInterrupt


def main(argv=None):
    signal.signal(signal.SIGTERM, terminate)
    args = make_parser().parse_args(argv)
    try:
        return args.function(args) or 0
    except LabError as error:
        print(f"nvo3-lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("nvo3-lab: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1
