# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""An empty datapath is filled; then ndirectord is restarted.

The VN's addresses are behind an NVE that is in the database only.  The claim
of one VNIC on a real, empty switch makes that a member, which needs all flows
of the VN.  ovs-ofctl then puts the same flows, as dumped, into another empty
switch.
"""

import os
import time

from nvo3lab.shell import LabError, wait_for

from .ours import Ours
from .stage import Stage, settle

FLOWS_PER_MAC = 2                   # to the MAC; who has its IPv4 address
MACS_PER_VNIC = 100
VNICS_PER_TRANSACTION = 20
TIMEOUT = 600


def run_resync(args):
    with Stage(args.build, args.keep) as stage:
        bench = Resync(stage, args.flows)
        bench.start()
        runs = {"ours": bench.fill(), "bundle": bench.bundle()}
        restart = bench.restart()
    ratios = {key: runs["ours"][key] / runs["bundle"][key]
              for key in ("wall_s", "vswitchd_cpu_s")
              if runs["bundle"][key] > 0}
    runs["restart"] = restart
    return {"benchmark": "resync", "parameters": {"flows": args.flows},
            "runs": runs, "ratios": ratios}


class Resync:
    def __init__(self, stage, n_flows):
        self.stage = stage
        self.n_macs = -(-n_flows // FLOWS_PER_MAC)
        self.system = Ours(stage)

    def start(self):
        """Everything but the claim that makes the switch a member."""
        self.system.start()
        db = self.system.db
        db.insert("VN", name="vn0")
        for number, name in (1, "near"), (2, "far"):
            row = {"datapath_id": f"{number:016x}",
                   "endpoints": {f"192.0.2.{number}": 1}}
            db.insert("NVE", name=name, **row)
            db.insert("NVE_Registration", nve=name, tunnel_port="vx0",
                      bridge="br-int", **row)
        self.near = self.add_switch(1, self.system.target)
        self.system.wait_connected("near")
        self.register()
        self.system.sync(TIMEOUT)
        settle(self.stage.processes)

    def add_switch(self, number, target=None):
        """An empty switch, its ports numbered alike each time."""
        host = self.system.add_dummy_host(number)
        host.vsctl("add-br", "br-int", "--", "set", "bridge", "br-int",
                   "fail_mode=secure", "protocols=OpenFlow15",
                   f"other-config:datapath-id={number:016x}", "--",
                   "add-port", "br-int", "vx0", "--", "set", "interface",
                   "vx0", "type=vxlan", "options:key=flow",
                   "options:remote_ip=flow", "ofport_request=1", "--",
                   "add-port", "br-int", "near0", "--", "set", "interface",
                   "near0", "type=dummy", "ofport_request=2")
        if target:
            host.vsctl("set-controller", "br-int", target, "--", "set",
                       "controller", "br-int", "max_backoff=1000")
        return host

    def register(self):
        """Writes all VNICs, and the claims of those that are far away."""
        self.system.inventory.add_vnic("near0", {"vn0": {
            "02:ff:00:00:00:01": ["172.16.0.1"]}}, tenant="")
        vnics = range(0, self.n_macs, MACS_PER_VNIC)
        for i in range(0, len(vnics), VNICS_PER_TRANSACTION):
            operations = []
            for first in vnics[i:i + VNICS_PER_TRANSACTION]:
                operations += self.far_vnic(first)
            self.system.db.transact(*operations)

    def far_vnic(self, first):
        """Operations for the VNIC with the MACs from number 'first' on."""
        put = self.system.put
        operations, refs = [], []
        for i in range(first, min(first + MACS_PER_VNIC, self.n_macs)):
            mac = f"02:00:00:{i >> 16:02x}:{i >> 8 & 255:02x}:{i & 255:02x}"
            ip = f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}"
            operations.append({**put("VNIC_MAC", mac=mac, ips=[ip]),
                               "uuid-name": f"mac{i}"})
            refs.append(("named-uuid", f"mac{i}"))
        name = f"far{first}"
        operations.append({**put("VNIC_VN", vn="vn0", macs=refs),
                           "uuid-name": f"vn{first}"})
        operations += [
            put("VNIC", name=name, vns=[("named-uuid", f"vn{first}")]),
            put("VNIC_Claim", nve="far", vnic=name, port=name,
                state="activated", client_seq=1)]
        return operations

    def fill(self):
        """Has ndirectord fill the switch; from the claim to the verdict."""
        db = self.system.db
        before = self.cpu(self.near)
        start = time.monotonic()
        db.insert("VNIC_Claim", nve="near", vnic="near0", port="near0",
                  state="activated", client_seq=1)
        wait_for(lambda: db.find("Binding", vnic="near0", state="activated"),
                 TIMEOUT, "activation",
                 lambda: str(db.find("Binding", vnic="near0")))
        wall = time.monotonic() - start
        settle(self.stage.processes)
        self.flows = dump(self.near, "flows")
        self.groups = dump(self.near, "groups")
        return {"flows": len(self.flows), "wall_s": wall,
                "us_per_flow": 1e6 * wall / len(self.flows),
                **self.used(self.near, before),
                "rss_mib": self.system.director.rss() / (1 << 20)}

    def bundle(self):
        """Has ovs-ofctl put the same into another empty switch."""
        other = self.add_switch(3)
        groups = self.write("groups", self.groups)
        flows = self.write("flows", self.flows)
        before = self.cpu(other)
        start = time.monotonic()
        other.ofctl("--bundle", "add-groups", other.bridge, groups)
        other.ofctl("--bundle", "add-flows", other.bridge, flows)
        wall = time.monotonic() - start
        settle(self.stage.processes)
        if dump(other, "flows") != self.flows:
            raise LabError("ovs-ofctl has put in other flows than ndirectord")
        return {"flows": len(self.flows), "wall_s": wall,
                "us_per_flow": 1e6 * wall / len(self.flows),
                "vswitchd_cpu_s": self.used(other, before)["vswitchd_cpu_s"]}

    def restart(self):
        """Ends and starts ndirectord; until all is confirmed as it was."""
        director = self.system.director
        director.stop()
        start = time.monotonic()
        director.start()
        self.system.wait_running()
        running = time.monotonic()
        self.system.wait_connected("near")
        self.system.sync(TIMEOUT)
        end = time.monotonic()
        counters = self.system.counters()
        if dump(self.near, "flows") != self.flows:
            raise LabError("the restart has changed the flows")
        return {"flows": len(self.flows),
                "flow_mods": counters["core_mods_sent"],
                "running_s": running - start, "serving_s": end - start,
                "director_cpu_s": director.cpu()}

    def cpu(self, host):
        return host.vswitchd.cpu(), self.system.director.cpu()

    def used(self, host, before):
        vswitchd, director = self.cpu(host)
        return {"vswitchd_cpu_s": vswitchd - before[0],
                "director_cpu_s": director - before[1]}

    def write(self, name, lines):
        path = os.path.join(self.stage.folder, name + ".txt")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")
        return path


def dump(host, what):
    """Returns the flows or groups of a host, sorted."""
    text = host.ofctl("--no-stats", "--no-names", "dump-" + what,
                      host.bridge)
    return sorted(line.strip() for line in text.splitlines()
                  if "actions=" in line or "group_id=" in line)
