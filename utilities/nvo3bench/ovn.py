# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The peer: OVN, with one logical switch for each VN.

Each port has addresses and, as our source guard holds each VNIC to its own
addresses, port security.  Tunnels are Geneve, OVN's own.
"""

import os

from nvo3lab.jsonrpc import to_row
from nvo3lab.programs import find_program
from nvo3lab.shell import LabError, run, wait_for

from .system import System

TIMEOUT = 120
SCHEMAS = "/usr/share/ovn"
PROGRAMS = ("ovn-northd", "ovn-controller", "ovn-nbctl")


def is_installed():
    """Returns whether the peer's programs and schemas are there."""
    try:
        for program in PROGRAMS:
            find_program(program)
    except LabError:
        return False
    return os.path.exists(SCHEMAS + "/ovn-nb.ovsschema")


def version():
    return run([find_program("ovn-nbctl"), "--version"]).stdout.split()[1]


class Ovn(System):
    title = "OVN"
    confirmed = ("ovn-installed", "true")

    def start(self):
        self.nb = self.stage.serve("nb", SCHEMAS + "/ovn-nb.ovsschema",
                                   "OVN_Northbound")
        self.sb = self.stage.serve("sb", SCHEMAS + "/ovn-sb.ovsschema",
                                   "OVN_Southbound")
        self.nb.insert("NB_Global")
        self.stage.start("ovn-northd", ["--ovnnb-db=unix:" + self.nb.path,
                                        "--ovnsb-db=unix:" + self.sb.path])
        wait_for(lambda: self.sb.select("SB_Global"), TIMEOUT, "ovn-northd")

    def add_host(self, number):
        host = self.add_dummy_host(number)
        host.configure(system_id=host.name,
                       ovn_remote="unix:" + self.sb.path,
                       ovn_encap_type="geneve",
                       ovn_encap_ip=self.encap_ip(number))
        self.stage.start("ovn-controller", [host.remote], host.folder)

    def wait_hosts(self):
        wait_for(lambda: len(self.sb.select("Chassis", columns=["name"]))
                 == len(self.hosts), TIMEOUT, "all chassis")
        for host in self.hosts:
            wait_for(lambda: os.path.exists(host.bridge[len("unix:"):]),
                     TIMEOUT, f"br-int of {host.name}")

    def register(self, vnics):
        members = {}
        operations = []
        for i, vnic in enumerate(vnics):
            addresses = [f"{vnic.mac} {vnic.ip}"]
            operations.append({
                "op": "insert", "table": "Logical_Switch_Port",
                "uuid-name": f"port{i}", "row": to_row({
                    "name": vnic.name, "addresses": addresses,
                    "port_security": addresses})})
            members.setdefault(vnic.vn, []).append(("named-uuid", f"port{i}"))
        for vn, ports in members.items():
            operations.append({
                "op": "insert", "table": "Logical_Switch",
                "row": to_row({"name": vn, "ports": ports})})
        self.nb.transact(*operations)
        wait_for(lambda: len(self.sb.select("Port_Binding",
                                            columns=["logical_port"]))
                 == len(vnics), TIMEOUT, "all Port_Bindings")

    def flow_of(self, vnic):
        """The flow that sends to the tunnel what is for the VNIC's port."""
        port = self.sb.find("Port_Binding", logical_port=vnic.name)[0]
        datapath = self.sb.select("Datapath_Binding", [
            ["_uuid", "==", list(port["datapath"])]])[0]
        return (f"reg15={port['tunnel_key']:#x},"
                f"metadata={datapath['tunnel_key']:#x}", "output:")

    def vsctl_words(self, vnic):
        return [f"external_ids:iface-id={vnic.name}",
                f'external_ids:attached-mac="{vnic.mac}"']
