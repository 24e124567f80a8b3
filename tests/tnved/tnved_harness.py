# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""One hypervisor with its ovs-tnved, and the database of an external NVE.

    Nve           the Hypervisor_NVE database; plays the NVE by writing answers
    Hypervisor    the local Open_vSwitch database, the agent, and on demand a
                  real ovs-vswitchd whose datapath is a dummy

Everything else is that of the agent's tests, tests/agent/harness.py.
"""

import re

from harness import TIMEOUT, Daemon, Host, Server
from nvo3lab.programs import find_hypervisor_nve_schema, find_program
from nvo3lab.shell import wait_for

BLOCKED = ("trunk", [], [4095], True)      # vlan_mode, tag, trunks, protected
GUEST_MAC = "52:54:00:00:00:01"


def as_list(value):
    """A set of one comes from the database without its brackets."""
    return value if isinstance(value, list) else [value]


def access(tag):
    """What the Port of an activated VNIC says."""
    return "access", [tag], [], False


def trunk(*tags):
    """What an uplink says that carries 'tags'."""
    return ("trunk", [], sorted(tags), False) if tags else BLOCKED


class Nve(Server):
    """The Hypervisor_NVE database; answers requests as an NVE would."""

    def __init__(self, folder):
        super().__init__(folder, "hnve", find_hypervisor_nve_schema(),
                         "Hypervisor_NVE")

    def requests(self, **columns):
        return self.db.find("VNIC_Request", **columns)

    def request(self, vnic, vn=None, **columns):
        """Returns the one request for 'vnic' once it says 'columns'."""
        key = {"vnic": vnic} if vn is None else {"vnic": vnic, "vn": vn}

        def look():
            rows = self.requests(**key)
            assert len(rows) <= 1, rows
            if rows and all(rows[0][k] == v for k, v in columns.items()):
                return rows[0]
            return None
        return wait_for(look, TIMEOUT, f"request of {vnic} with {columns}",
                        lambda: str(self.requests()))

    def wait_requests(self, *vnics):
        """Waits until there are requests for exactly these VNICs."""
        want = sorted(vnics)
        wait_for(lambda: sorted(r["vnic"] for r in self.requests()) == want,
                 TIMEOUT, f"requests of {want}", lambda: str(self.requests()))

    def answer(self, vnic, state="activated", vn=None, **columns):
        """Answers the request for 'vnic' as it is now, in a VN with a tag."""
        request = self.request(vnic, vn)
        key = {k: request[k] for k in ("end_device", "vnic", "vn")}
        row = {"port": request["port"], "state": state, "outcome": "done",
               "reason": "", "claim_seq": request["client_seq"], **columns}
        where = [[k, "==", v] for k, v in key.items()]
        if not self.db.update("VNIC_Answer", where, **row):
            self.db.insert("VNIC_Answer", **key, **row)

    def grant(self, vnic, tag, vn=None, **columns):
        """Answers that 'vnic' is activated, with 'tag'."""
        self.answer(vnic, vn=vn, tag=tag, vn_id=4000 + tag,
                    vn_name=f"vn{tag}", **columns)


class Hypervisor(Host):
    """A hypervisor whose NVE is external; the NVE is its 'central'."""

    def make_agent(self, name, build):
        return Daemon(self.folder, "ovs-tnved",
                      find_program("ovs-tnved", build),
                      ["--ovsdb=" + self.ovsdb.remote])

    def configure_all(self, **keys):
        """A configuration that is good but for what 'keys' say."""
        config = {"nve_remote": self.central.remote, "end_device": "hv1",
                  "access_port": "acc1", "uplink": "up0", **keys}
        self.configure(**config)

    def ready(self, vswitchd=False):
        """Starts all, with a bridge and its uplink."""
        self.start_ovsdb()
        if vswitchd:
            self.start_vswitchd()
        self.vsctl("add-br", "br-int")
        self.add_port("up0")
        self.configure_all()
        self.agent.start()
        self.wait_status("ok")
        self.wait_vlan("up0", BLOCKED)

    def vlan(self, name):
        """Returns what the Port called 'name' does with VLANs."""
        port = self.ovsdb.db.find("Port", name=name)[0]
        return (port["vlan_mode"] or None, as_list(port["tag"]),
                sorted(as_list(port["trunks"])), port["protected"])

    def wait_vlan(self, name, want):
        wait_for(lambda: self.vlan(name) == want, TIMEOUT,
                 f"{name} to be {want}",
                 lambda: f"{self.vlan(name)}\n{self.agent.explain()}")

    def activate(self, name, tag, **ids):
        """Attaches a VNIC of the port's own name, and activates it."""
        self.add_port(name, iface_id=name, **ids)
        self.central.grant(name, tag)
        self.wait_state(name, "activated")
        assert self.vlan(name) == access(tag)

    def trace(self, in_port, *vlans, bridge="br-int"):
        """Returns the names of the ports to which a broadcast frame goes that
        has the tags 'vlans', the outer first, with its tags there: None, a
        number, or a tuple."""
        self.settle()
        tags = "".join(f"8100{vlan:04x}" for vlan in vlans)
        frame = "ff" * 6 + GUEST_MAC.replace(":", "") + tags + "88b5"
        text = self.vswitchd.appctl("ofproto/trace", bridge,
                                    f"in_port={self.ofport(in_port)}",
                                    frame + "00" * 46)
        actions = re.search(r"^Datapath actions: (.*)$", text, re.M).group(1)
        return self.read_actions(actions, vlans)

    def read_actions(self, actions, vlans):
        ports = self.datapath_ports()
        tags = list(vlans)
        out = {}
        for word in re.split(r",(?![^(]*\))", actions):
            push = re.match(r"push_vlan\(vid=(\d+)", word)
            if push:
                tags.insert(0, int(push.group(1)))
            elif word == "pop_vlan":
                tags.pop(0)
            elif word.isdigit():
                out[ports[int(word)]] = (tuple(tags) if len(tags) > 1
                                         else tags[0] if tags else None)
            else:
                assert word == "drop", actions
        return out

    def datapath_ports(self):
        """Returns {number in the datapath: name}."""
        text = self.vswitchd.appctl("dpif/show")
        return {int(m.group(2)): m.group(1) for m in
                re.finditer(r"^\s+(\S+) \d+/(\d+):", text, re.M)}

    def ofport(self, name):
        return self.interface(name)["ofport"]

    def settle(self):
        """Waits until ovs-vswitchd has taken in the database as it is."""
        self.vsctl("set", "Open_vSwitch", ".", "external_ids:settled=yes")
        self.vsctl("remove", "Open_vSwitch", ".", "external_ids", "settled")
