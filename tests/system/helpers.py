# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What several system tests need: marked frames, watched VMs, counters."""

import re
import secrets

from nvo3lab import Capture, frames, inject, wait_for

RED = ["vm1", "vm2", "vm3"]
BLUE = ["vm4", "vm5", "vm6"]
MODS_SENT = "core_mods_sent"        # a counter of ndirectord


def new_mark():
    """Returns bytes to recognize a frame by, wherever it turns up."""
    return secrets.token_bytes(12)


def marked(source, target, mark, **changes):
    """Returns a UDP frame from one VM to another with 'mark' in it.

    'changes' replace src_mac, dst_mac, src_ip or dst_ip.
    """
    fields = {"src_mac": source.nic.mac, "dst_mac": target.nic.mac,
              "src_ip": source.ip, "dst_ip": target.ip, **changes}
    return frames.udp_frame(payload=mark, **fields)


def broadcast(source, mark):
    """Returns a broadcast UDP frame from a VM."""
    return frames.udp_frame(source.nic.mac, frames.BROADCAST, source.ip,
                            "255.255.255.255", mark)


def send(vm, frame):
    """Sends a raw frame out of a VM's first interface."""
    inject(vm.netns, vm.nic.device, frame)


class Watch:
    """Captures in several VMs at once, and a fence to end waiting by.

    That a frame was not delivered can be told as soon as a later frame from
    the same VM was: fence() sends one and waits until it is everywhere.
    """

    def __init__(self, *vms):
        self.captures = {vm.name: Capture(vm.netns, vm.nic.device)
                         for vm in vms}

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for capture in self.captures.values():
            capture.stop()

    def fence(self, source, *receivers):
        """Sends a broadcast; waits until all 'receivers' (VMs) have it."""
        mark = new_mark()
        send(source, broadcast(source, mark))
        wait_for(lambda: all(self.count(vm, mark) for vm in receivers), 5,
                 f"a broadcast of {source.name} at "
                 f"{', '.join(vm.name for vm in receivers)}")

    def frames(self, vm):
        """Returns the frames that a VM has received, as Frames."""
        return self.captures[vm.name].received()

    def count(self, vm, mark):
        """Returns how many datagrams with 'mark' a VM has received.

        Not counted is an ICMP error that quotes the datagram.
        """
        return self.captures[vm.name].count(mark)

    def all_counts(self, mark):
        """Returns {VM's name: datagrams with 'mark'} where there are any."""
        counts = {name: capture.count(mark)
                  for name, capture in self.captures.items()}
        return {name: n for name, n in counts.items() if n}


def director_counter(net, name):
    """Returns one of ndirectord's counters by its name."""
    text = net.core.appctl("ndirectord", "counters")
    match = re.search(rf"^\s*{re.escape(name)}\s*[:=]?\s+(\d+)", text, re.M)
    assert match, f"no counter {name} in:\n{text}"
    return int(match.group(1))


def gleaned_of(net, vnic):
    """Returns what was gleaned of a VNIC, as a set."""
    row, = net.inventory.bindings(vnic=vnic)
    value = row["gleaned"]
    return {value} if isinstance(value, str) else set(value)


def announcement(mac, ip):
    """Returns a gratuitous ARP request."""
    return frames.arp(1, mac, ip, "00:00:00:00:00:00", ip)


def flow_key(line):
    """Returns a dumped flow without what changes while it stands still."""
    return re.sub(r"(duration|n_packets|n_bytes|idle_age|hard_age)="
                  r"[^,]*,\s*", "", line)


def flow_set(host):
    """Returns all flows of br-int, without their statistics, as a set."""
    return {flow_key(line) for line in host.dump_flows()}


def flow_number(line, name):
    """Returns a statistic of a dumped flow: n_packets, duration, ..."""
    match = re.search(rf"\b{name}=([0-9.]+)", line)
    return float(match.group(1)) if match else 0.0


def mentions(host, text):
    """Returns the flows and groups of br-int in which 'text' occurs."""
    dump = host.dump_flows()
    groups = host.ofctl("dump-groups").splitlines()
    return [line for line in dump + groups if text in line]


def vn_id(net, alias):
    """Returns the VN ID that ndirectord gave a VN."""
    return net.inventory.vn(net.vns[alias].name)["vn_id"]


def forget(net, *vms_to_go):
    """Removes VMs, and their VNICs from the inventory."""
    for vm in vms_to_go:
        if vm.name in net.vms:
            net.del_vm(vm)
        for nic in vm.nics:
            net.inventory.del_vnic(nic.vnic)


def vms(net, names):
    return [net.vms[name] for name in names]
