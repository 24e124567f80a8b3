# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nDirector: an NVO3 database, ndirectord, and an ovs-nved on each host."""

from nvo3lab.inventory import Inventory
from nvo3lab.jsonrpc import to_row, unixctl
from nvo3lab.programs import find_nvo3_schema
from nvo3lab.shell import wait_for

from .stage import free_port
from .system import System

TIMEOUT = 120


class Ours(System):
    title = "nDirector"
    confirmed = ("nvo3-state", "activated")

    def start(self):
        self.db = self.stage.serve("nvo3", find_nvo3_schema(), "nvo3")
        self.db.insert("NVO3_Global", nve_admission="open")
        self.inventory = Inventory(self.db)
        port = free_port()
        self.target = f"tcp:127.0.0.1:{port}"
        self.director = self.stage.start("ndirectord", [
            "--db=unix:" + self.db.path,
            f"--listen=ptcp:{port}:127.0.0.1", "--name=bench"])
        self.wait_running()

    def wait_running(self):
        wait_for(lambda: "state: running" in self.director.appctl("db/status"),
                 TIMEOUT, "db/status running", self.director.last_words)

    def add_host(self, number):
        host = self.add_dummy_host(number)
        host.configure(nvo3_remote="unix:" + self.db.path,
                       nvo3_controller=self.target,
                       nvo3_encap_ip=self.encap_ip(number),
                       nvo3_nve_name=host.name)
        self.stage.start("ovs-nved", ["--ovsdb=" + host.remote], host.folder)

    def wait_hosts(self):
        for host in self.hosts:
            self.wait_connected(host.name)

    def wait_connected(self, name):
        wait_for(lambda: self.db.find("NVE", name=name, connected=True),
                 TIMEOUT, f"connection of {name}", self.director.last_words)

    def register(self, vnics):
        for vn in sorted({vnic.vn for vnic in vnics}):
            self.db.insert("VN", name=vn)
        for vnic in vnics:
            self.inventory.add_vnic(vnic.name, {vnic.vn: {
                vnic.mac: [vnic.ip]}}, tenant="")
        self.sync()

    def sync(self, timeout=TIMEOUT):
        """Does what "nvo3-ctl sync" does: waits until all that is in the
        database is in the datapaths."""
        self.db.transact({"op": "mutate", "table": "NVO3_Global", "where": [],
                          "mutations": [["sync_request", "+=", 1]]})
        want = self.db.select("NVO3_Global")[0]["sync_request"]
        wait_for(lambda: self.db.select("Epoch")[0]["sync_done"] >= want,
                 timeout, "ndirectord to have all in the datapaths",
                 self.director.last_words)

    def counters(self):
        lines = unixctl(self.director.ctl, "counters").splitlines()
        return {k: int(v) for k, v in (line.split(": ") for line in lines)}

    def flow_of(self, vnic):
        return f"table=24,dl_dst={vnic.mac}", ""

    def vsctl_words(self, vnic):
        return [f"external_ids:iface-id={vnic.name}",
                f'external_ids:attached-mac="{vnic.mac}"',
                "external_ids:iface-status=active"]

    def put(self, table, **columns):
        """Returns an operation that inserts a row."""
        return {"op": "insert", "table": table, "row": to_row(columns)}
