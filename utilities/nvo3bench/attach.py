# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""VNICs attached by ovs-vsctl: many at once, then one at a time."""

import itertools
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from . import ovn
from .bare import Bare
from .ours import Ours
from .stage import Stage, settle
from .system import HOST_KINDS, Vnic
from .watch import FlowWatch

DEFAULT_SPAN = 4                    # hosts of a VN, if there are several VNs


def plan(args):
    """Returns all VNICs, the extra ones last.

    VN v is on 'span' hosts, from host v * span on; its VNICs go round these,
    and the numbering of all VNICs goes round the VNs.
    """
    vnics = []
    for i in range(args.vnics + args.extra):
        vn, member = i % args.vns, i // args.vns
        host = (vn * args.span + member % args.span) % args.chassis
        mac = f"02:00:{i >> 24 & 255:02x}:{i >> 16 & 255:02x}:" \
              f"{i >> 8 & 255:02x}:{i & 255:02x}"
        ip = f"10.{member >> 16 & 255}.{member >> 8 & 255}.{member & 255}"
        vnics.append(Vnic(f"vnic{i}", host, f"vn{vn}", mac, ip))
    return vnics


def check(args):
    """Sets the default of --span; returns what is wrong with the arguments,
    or None."""
    if args.span is None:
        args.span = args.chassis if args.vns == 1 \
            else min(DEFAULT_SPAN, args.chassis)
    if not 2 <= args.span <= args.chassis:
        return "--span must be from 2 to the number of hosts"
    if args.vnics < args.vns * args.span:
        return "too few VNICs for each VN to be on all its hosts"
    return None


def run_attach(args):
    """Measures ours, the peer if wanted, and the floor; returns the
    results."""
    runs = {"ours": measure(Ours, args, bulk, one_more)}
    if args.peer == "ovn":
        runs["ovn"] = measure(ovn.Ovn, args, bulk, one_more)
        runs["ovn"]["version"] = ovn.version()
    runs["floor"] = measure(Bare, args, bulk)
    return {"benchmark": "attach", "parameters": {
        key: getattr(args, key) for key in (
            "vnics", "chassis", "vns", "span", "extra", "batch", "parallel")},
        "runs": runs, "ratios": ratios(runs)}


def measure(kind, args, *parts):
    """Returns the figures of one side: of the functions 'parts', by their
    names, in this order."""
    vnics = plan(args)
    with Stage(args.build, args.keep) as stage:
        system = kind(stage)
        system.start()
        for number in range(1, args.chassis + 1):
            system.add_host(number)
        system.wait_hosts()
        system.register(vnics)
        settle(stage.processes)
        return {**{part.__name__: part(system, vnics, args)
                   for part in parts}, "rss_mib": system.rss()}


def bulk(system, vnics, args):
    """Attaches all VNICs but the extra ones; returns times and CPU
    seconds."""
    vnics = vnics[:args.vnics]
    wanted = count_by_host(vnics)
    before = system.cpu()
    start = time.monotonic()
    with ThreadPoolExecutor(args.parallel) as pool:
        list(pool.map(lambda job: system.attach(system.hosts[job[0]], job[1]),
                      jobs(vnics, args.batch)))
    called = time.monotonic()
    system.wait_confirmed(wanted)
    end = time.monotonic()
    idle = settle(system.stage.processes)
    return {"confirmed": sum(system.n_confirmed(host)
                             for host in system.hosts),
            "vsctl_wall_s": called - start, "wall_s": end - start,
            "idle_wall_s": max(idle, end) - start,
            **cpu_since(system, before, 1)}


def count_by_host(vnics):
    wanted = {}
    for vnic in vnics:
        wanted[vnic.host] = wanted.get(vnic.host, 0) + 1
    return wanted


def jobs(vnics, batch):
    """Returns (host, VNICs) for each call of ovs-vsctl, all hosts in turn."""
    by_host = {}
    for vnic in vnics:
        by_host.setdefault(vnic.host, []).append(vnic)
    queues = [[(host, queue[i:i + batch])
               for i in range(0, len(queue), batch)]
              for host, queue in by_host.items()]
    return [job for turn in itertools.zip_longest(*queues)
            for job in turn if job]


def one_more(system, vnics, args):
    """Attaches the extra VNICs one by one; returns medians of the times, and
    the CPU seconds of each."""
    old, new = vnics[:args.vnics], vnics[args.vnics:]
    before = system.cpu()
    times = []
    attached = count_by_host(old)
    for vnic in new:
        times.append(time_one(system, vnic, another_host(old, vnic)))
        attached[vnic.host] = attached.get(vnic.host, 0) + 1
        system.wait_confirmed({vnic.host: attached[vnic.host]})
        settle(system.stage.processes)
    flow, call = zip(*times)
    beyond = [f - c for f, c in times]
    return {"n": len(times), "flow_ms": statistics.median(flow),
            "flow_max_ms": max(flow), "vsctl_ms": statistics.median(call),
            "beyond_ms": statistics.median(beyond),
            "beyond_max_ms": max(beyond),
            **cpu_since(system, before, len(times))}


def another_host(vnics, new):
    """Returns a host that has the VN of VNIC 'new', other than its own."""
    return next(vnic.host for vnic in vnics
                if vnic.vn == new.vn and vnic.host != new.host)


def time_one(system, vnic, watcher):
    """Returns the milliseconds until the flow is on host 'watcher', and those
    that ovs-vsctl took."""
    with FlowWatch(system.hosts[watcher], *system.flow_of(vnic)) as watch:
        start = time.monotonic()
        system.attach(system.hosts[vnic.host], [vnic])
        called = time.monotonic()
        return 1000 * (watch.wait() - start), 1000 * (called - start)


def cpu_since(system, before, n):
    """Returns the CPU seconds since 'before', divided by 'n'."""
    cpu = {kind: (seconds - before[kind]) / n
           for kind, seconds in system.cpu().items()}
    hosts = sum(cpu[kind] for kind in HOST_KINDS)
    return {"cpu_s": cpu, "control_cpu_s": sum(cpu.values()) - hosts,
            "hosts_cpu_s": hosts}


def ratios(runs):
    """Returns ours / peer of the figures that have a target."""
    if "ovn" not in runs:
        return {}
    found = {}
    for part, key in (("bulk", "wall_s"), ("bulk", "idle_wall_s"),
                      ("bulk", "control_cpu_s"), ("bulk", "hosts_cpu_s"),
                      ("one_more", "flow_ms"), ("one_more", "beyond_ms"),
                      ("one_more", "control_cpu_s")):
        mine, theirs = (runs[side][part].get(key) for side in ("ours", "ovn"))
        if mine is not None and theirs and theirs > 0:
            found[f"{part}.{key}"] = mine / theirs
    return found
