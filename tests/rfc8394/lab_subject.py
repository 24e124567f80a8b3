# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The default subject: nDirector's external NVE in a lab.

                                    core: NVO3 database, ndirectord
    dev-a --+                         |
            blade ---acc1-int  nve1 --+-- hv1 (embedded NVE) with the peers
    dev-b --+                   /     |
       \\-----------------acc2--+      nve2 --- dev-a

The end devices are bare namespaces: the suite is the hypervisor.  They have no
network but their access links, and speak TLS on IPv6 link-local addresses
there, as in hypervisor-nve(5), "Requirement 12 in practice".
"""

import os
import socket

from nvo3lab import Lab, wait_for
from nvo3lab.hosts import Node
from nvo3lab.pki import Authority
from nvo3lab.split import ACCESS_MTU, connect

from protocol import EndDevice
from session import Keys, Session
from subject import Peer, Point, Port, Subject, Tls, Vn

SERVER_IP = "fe80::1"
SERVER_PORT = 6640
POOL = (100, 199)
ON_REQUEST = 300


class Bare(Node):
    """A namespace with nothing but access links, and IPv6 on them."""

    networks = ()

    def sysctls(self):
        return {"ipv6.conf.all.accept_dad": 0,
                "ipv6.conf.default.accept_dad": 0,
                "ipv6.conf.default.router_solicitations": 0}


class LabSubject(Subject):
    """See the top of this file."""

    name = "ovs-nved, ndirectord and Open vSwitch in a lab of `nvo3-lab`"

    def __init__(self):
        super().__init__()
        self.net = Lab()

    def __enter__(self):
        self.net.up()
        try:
            self._build()
        except BaseException:
            self.net.down()
            raise
        return self

    def close(self):
        super().close()
        ended = self._end_daemons()
        reports = self.net.sanitizer_reports()
        self.net.down()
        assert ended and not reports, reports

    def check(self):
        dead = [f"{machine.name}: {daemon.last_words()}"
                for machine in self.net.machines()
                for daemon in machine.daemons.values() if not daemon.alive()]
        assert not dead, "\n".join(dead)
        assert not self.net.sanitizer_reports()

    def last_words(self):
        return self.net.last_words()

    def _end_daemons(self):
        """Ends our daemons by "exit", so that they report their leaks."""
        for daemon in self.net.own_daemons():
            daemon.appctl("exit")
            daemon.wait_gone()
        return True

    # The networks.

    def _build(self):
        net = self.net
        for alias, tenant in (("red", "acme"), ("blue", "acme"),
                              ("foreign", "globex")):
            net.add_vn(alias, tenant=tenant, admission="open")
        hv1, = net.add_vservers("hv1")
        self._add_vns(hv1)
        nve1 = net.add_external_nve("nve1")
        nve2 = net.add_external_nve("nve2")
        net.wait_ready()
        self._add_devices(nve1, nve2)
        self.operator = Session(nve1.hv_remote)
        self.commands = {"remove-vn": self._remove_blue,
                         "restore-vn": self._restore_blue}

    def _add_vns(self, hv1):
        net = self.net
        vns = []
        for number, alias in enumerate(("red", "blue"), 1):
            vm = net.add_vm(hv1, "peer" + alias, vn=alias, ip=[
                f"10.0.{number}.1/24", f"fd00:{number}::1/64"])
            row = wait_for(lambda name=net.vns[alias].name: next(
                (row for row in net.core.db.find("VN", name=name)
                 if row["vn_id"]), None), 10, f"{alias} to have a VN ID")
            vns.append(Vn(row["name"], row["vn_id"], f"10.0.{number}.",
                          Peer(Point(vm.netns, vm.nic.device), vm.nic.mac,
                               vm.ip, vm.address(6))))
        self.red, self.blue = vns
        self.foreign = net.vns["foreign"].name
        self.registered = ("registered", "52:54:00:83:94:fe", "10.0.1.99")
        vnic, mac, ip = self.registered
        net.inventory.add_vnic(vnic, {self.red.name: {mac: [ip]}})

    def _remove_blue(self):
        self.net.core.db.delete("VN", name=self.blue.name)

    def _restore_blue(self):
        self.net.inventory.add_vn("blue", tenant="acme", admission="open",
                                  name=self.blue.name, vn_id=self.blue.vn_id)

    # The access networks.

    def _add_devices(self, nve1, nve2):
        blade = self._bare("blade", 201)
        blade.netns.ip(["link add br0 type bridge mcast_snooping 0",
                        f"link set br0 mtu {ACCESS_MTU} up"])
        dev_a, dev_b = self._bare("dev-a", 202), self._bare("dev-b", 203)
        folder = self.net.folder
        good = Authority(os.path.join(folder, "ca"))
        bad = Authority(os.path.join(folder, "ca2"))
        keys = {name: Keys(good.cert, *good.issue(name, f"/CN={name}"))
                for name in ("dev-a", "dev-b", "nve")}

        connect(nve1.netns, "acc1", blade.netns, "trunk")
        connect(blade.netns, "to-a", dev_a.netns, "uplink")
        connect(blade.netns, "to-b", dev_b.netns, "uplink")
        blade.netns.ip([f"link set {port} master br0"
                        for port in ("trunk", "to-a", "to-b")])
        connect(nve1.netns, "acc2", dev_b.netns, "uplink2")
        connect(nve2.netns, "acc1", dev_a.netns, "uplink3")
        nve1.plug("acc2")
        for nve in nve1, nve2:
            open_database(nve, "acc1", keys["nve"])
            for name in "dev-a", "dev-b":
                nve.admit(name, tenants=["acme"])

        for name, pool in ("blade", POOL), ("acc2", (500, 599)):
            nve1.hv_db.insert("Segment", name=name,
                              tags=f"{pool[0]}-{pool[1]}",
                              request_tags=str(ON_REQUEST))
        add_access_port(nve1, "acc1-int", "blade")
        add_access_port(nve1, "acc2", "")
        add_access_port(nve2, "acc1-int", "")
        self.shared = Port("acc1-int", "blade", POOL, ON_REQUEST)
        self.second = Port("acc2", "acc2", (500, 599), ON_REQUEST)
        self.far_port = Port("acc1-int", "acc1-int", (1, 4094))
        self.a = end_device(dev_a, "uplink", keys["dev-a"],
                            {"acc1-int": "uplink"})
        self.b = end_device(dev_b, "uplink", keys["dev-b"],
                            {"acc1-int": "uplink", "acc2": "uplink2"})
        self.far = end_device(dev_a, "uplink3", keys["dev-a"],
                              {"acc1-int": "uplink3"})
        self.tls = Tls(self.a.db.remote, dev_a.netns, keys["dev-a"],
                       Keys(bad.cert, *bad.issue("dev-a", "/CN=dev-a")))

    def _bare(self, name, index):
        node = self.net.nodes[name] = Bare(self.net, name, index)
        node.build()
        return node


def add_access_port(nve, name, segment):
    nve.access_ports.append(name)
    nve.hv_db.insert("Access_Port", name=name, segment=segment)


def open_database(nve, link, keys):
    """Puts a bridge of its own before the access link, for the database to be
    reached there: frames without a tag end in it, all others go on."""
    front = link + "-br"
    nve.vsctl("--timeout=20", "wait-until", "Bridge", "br-int", timeout=20)
    nve.vsctl(
        "add-br", front, "--", "set", "Bridge", front, "fail_mode=standalone",
        "datapath_type=netdev",
        "--", "set", "Port", front, "vlan_mode=trunk", "trunks=0",
        "--", "add-port", front, link,
        "--", "add-port", front, f"{link}-up",
        "--", "set", "Interface", f"{link}-up", "type=patch",
        f"options:peer={link}-int",
        "--", "set", "Port", f"{link}-up", "vlan_mode=trunk",
        "trunks=1-4094",
        "--", "add-port", "br-int", f"{link}-int",
        "--", "set", "Interface", f"{link}-int", "type=patch",
        f"options:peer={link}-up")
    nve.netns.sysctl({f"ipv6.conf.{front}.disable_ipv6": 0})
    nve.netns.ip([f"addr add {SERVER_IP}/64 dev {front} nodad",
                  f"link set {front} up"])
    nve.nvectl("set-ssl", keys.key, keys.cert, keys.ca)
    nve.nvectl("set-connection", "role=end-device",
               f"pssl:{SERVER_PORT}:[{SERVER_IP}%{front}]")


def end_device(node, uplink, keys, links):
    """The EndDevice that reaches the database by its device 'uplink'."""
    node.netns.tx_checksum_off(uplink)
    scope = node.netns.call(socket.if_nametoindex, uplink)
    session = Session(f"ssl:[{SERVER_IP}%{scope}]:{SERVER_PORT}", keys,
                      node.netns)
    return EndDevice(node.name, session, {
        port: Point(node.netns, device) for port, device in links.items()})
