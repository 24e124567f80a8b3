# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the suite runs against: by default a lab, see lab_subject.py, or what
a JSON file describes (see README.md in this folder)."""

import json
import subprocess

from nvo3lab import netns as lab_netns

from protocol import EndDevice
from session import Here, Keys, Session


class Point:
    """A network interface where frames can be sent and seen."""

    def __init__(self, netns, device):
        self.netns = netns
        self.device = device


class Peer:
    """A station in a VN at another NVE; its frames have no tag."""

    def __init__(self, point, mac, ip, ip6=None):
        self.point = point
        self.mac = mac
        self.ip = ip
        self.ip6 = ip6


class Vn:
    """A VN; without 'peer' it is not seen what passes.

    'prefix' is an IPv4 network of length 24 for guests, "10.0.0.".
    """

    def __init__(self, name, vn_id, prefix, peer=None):
        self.name = name
        self.vn_id = vn_id
        self.prefix = prefix
        self.peer = peer


class Port:
    """An access port with its segment, and the tags that may be had there:
    'free' on request alone, 'pool' (first, last) otherwise."""

    def __init__(self, name, segment, pool, free=None):
        self.name = name
        self.segment = segment
        self.pool = pool
        self.free = free


class Subject:
    """What there is to be tested; optional things are None.

    name           in the document: "nDirector ..."
    a, b           two EndDevices, both on port 'shared'; b also on 'second'
    shared, second Ports, in segments of their own
    red, blue      VNs of one tenant, open for any VNIC
    foreign        the name of a VN of a tenant that neither may join
    operator       a Session that may write everything
    registered     (VNIC Name, MAC, IP) that the NVA has for one VNIC in red,
                   and in no other VN
    tls            a Tls
    far            an EndDevice: a, at another external NVE
    far_port       the Port there
    commands       {name: function}: what the operator of the NVA does:
                   remove-vn, restore-vn (of blue)
    """

    name = "an implementation"
    a = b = shared = second = red = blue = foreign = None
    operator = registered = tls = far = far_port = None

    def __init__(self):
        self.commands = {}

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        for session in [device and device.db
                        for device in (self.a, self.b, self.far)] \
                + [self.operator]:
            if isinstance(session, Session):
                session.close()

    def check(self):
        """Called after each test: fails if the subject has come to harm."""

    def last_words(self):
        """Returns what may help to understand a failure."""
        return ""


class Tls:
    """What it takes to connect with wrong keys: the remote, and Keys of an
    authority that the NVE does not know."""

    def __init__(self, remote, netns, good, stranger):
        self.remote = remote
        self.netns = netns
        self.good = good                         # the Keys of a
        self.stranger = stranger


class DescribedSubject(Subject):
    """A subject from a JSON file."""

    def __init__(self, path):
        super().__init__()
        with open(path, encoding="utf-8") as stream:
            text = json.load(stream)
        self.name = text["name"]
        self.a, self.b = (_end_device(each) for each in text["end_devices"])
        self.shared, self.second = (_port(each) for each in text["ports"])
        self.red, self.blue = (_vn(each) for each in text["vns"])
        self.foreign = text.get("foreign")
        self.registered = text.get("registered")
        if "operator" in text:
            self.operator = _session(text["operator"])
        if "far" in text:
            self.far = _end_device(text["far"])
            self.far_port = _port(text["far"]["port"])
        if "stranger" in text:
            first = text["end_devices"][0]
            self.tls = Tls(first["remote"], _netns(first), _keys(first),
                           _keys(text["stranger"]))
        for name, command in text.get("commands", {}).items():
            self.commands[name] = lambda argv=command: subprocess.run(
                argv, check=True, timeout=60)


def _netns(text):
    return lab_netns.Netns(text["netns"]) if "netns" in text else Here


def _keys(text):
    if "ca_cert" not in text:
        return None
    return Keys(text["ca_cert"], text.get("private_key"),
                text.get("certificate"))


def _session(text):
    return Session(text["remote"], _keys(text), _netns(text))


def _point(text):
    return text and Point(_netns(text), text["interface"])


def _end_device(text):
    return EndDevice(text["name"], _session(text), {
        port: _point(each) for port, each in text.get("links", {}).items()})


def _port(text):
    return Port(text["name"], text["segment"], text["pool"],
                text.get("free"))


def _vn(text):
    peer = text.get("peer")
    return Vn(text["name"], text["vn_id"], text["prefix"],
              peer and Peer(_point(peer), peer["mac"], peer["ip"],
                            peer.get("ip6")))
