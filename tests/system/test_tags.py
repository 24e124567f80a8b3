# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Access ports: VNs told apart by tags, and tags of the tenants' own.

hv1 stands for an external NVE.  Its access ports are plain ports of br-int,
behind each is a namespace that plays all hypervisors of the segment, by raw
frames.  The VNIC_Claims are written here, in the place of an agent.  hv2 is an
ordinary vServer with a VM in each VN.
"""

import contextlib
import struct

import pytest
from conftest import dead_daemons
from helpers import (announcement, broadcast, director_counter, flow_number,
                     gleaned_of, marked, new_mark, send)

from nvo3lab import Capture, Lab, frames, inject, wait_for

DOT1Q, DOT1AD = 0x8100, 0x88a8
SEGMENTS = ["seg1", "seg2", "seg3", "seg4"]

# Each: VNIC, VN, segment, tag, number in MAC and IP.  The same addresses may
# be in two VNs.
ATTACHED = [
    ("r1", "red", "seg1", 10, 11),
    ("r2", "red", "seg1", 10, 12),
    ("b1", "blue", "seg1", 20, 11),
    ("b2", "blue", "seg2", 10, 13),
    ("g1", "grey", "seg2", 30, 14),
    ("t1", "grey", "seg3", None, 15),
    ("t2", "blue", "seg4", 40, 16),
    ("u1", "grey", "seg4", None, 17),
]


class Station:
    """A VNIC behind an access port, with what marked() wants of a VM."""

    def __init__(self, segment, tag, number):
        self.nic = self
        self.segment = segment
        self.tag = tag
        self.mac = f"52:54:00:00:01:{number:02x}"
        self.ip = f"10.0.0.{number}"

    def send(self, frame, *more, tags=None):
        """Sends with the station's tag and 'more' below it, or 'tags'."""
        mine = [] if self.tag is None else [self.tag]
        inject(self.segment.netns, "eth0",
               tagged(frame, *(mine + list(more) if tags is None else tags)))


def tagged(frame, *tags):
    """Returns 'frame' with tags, each a TCI or (TPID, TCI), outermost first."""
    pairs = [tag if isinstance(tag, tuple) else (DOT1Q, tag) for tag in tags]
    return (frame[:12] + b"".join(struct.pack("!HH", *pair) for pair in pairs)
            + frame[12:])


def take_apart(frame):
    """Returns the VIDs of a captured Frame, and it without its tags."""
    vids, data = [], frame.data
    while data[12:14] in (b"\x81\x00", b"\x88\xa8"):
        vids.append(int.from_bytes(data[14:16], "big") & 0xfff)
        data = data[:12] + data[16:]
    return vids, frames.Frame(data)


def is_error(frame):
    """True of an ICMP error, which quotes the frame that caused it."""
    return take_apart(frame)[1].protocol == frames.ICMP


class Access:
    """The lab, and captures of all who could receive something."""

    def __init__(self, lab):
        self.lab = lab
        self.hv1 = lab.hosts["hv1"]
        self.segments = {name: lab.vms[name] for name in SEGMENTS}
        self.vms = {vn: lab.vms[f"vm{vn}"] for vn in ("red", "blue", "grey")}
        self.stations = {}

    @contextlib.contextmanager
    def watch(self):
        everybody = [*self.segments.values(), *self.vms.values()]
        with contextlib.ExitStack() as stack:
            self.captures = {
                vm.name: stack.enter_context(Capture(vm.netns, "eth0"))
                for vm in everybody}
            yield self

    def seen(self, mark):
        """Returns {who: [VIDs of each copy]} of the frames with 'mark'."""
        found = {name: [take_apart(f)[0] for f in capture.received()
                        if mark in f.data and not is_error(f)]
                 for name, capture in self.captures.items()}
        return {name: copies for name, copies in found.items() if copies}

    def wait_seen(self, mark, expected):
        """Waits until exactly 'expected' was seen, and no more comes with
        what is sent after it."""
        wait_for(lambda: self.seen(mark) == expected, 5,
                 f"frames: {expected}", lambda: f"seen: {self.seen(mark)}")
        self.fence()
        assert self.seen(mark) == expected

    def fence(self):
        """Waits until frames sent now from hv1 to hv2 and back are there."""
        for vn, name in (("red", "r1"), ("blue", "b2"), ("grey", "t1")):
            station, vm = self.stations[name], self.vms[vn]
            there, back = new_mark(), new_mark()
            station.send(marked(station, vm, there))
            wait_for(lambda: self.captures[vm.name].count(there), 5,
                     f"a frame of {name}")
            send(vm, marked(vm, station, back))
            capture = self.captures[station.segment.name]
            wait_for(lambda: any(back in f.data
                                 for f in capture.received()), 5,
                     f"a frame for {name}")

    def dropped(self, table, priority, host="hv1"):
        """Returns the packets of a host's drop flows of table and priority."""
        return sum(int(flow_number(line, "n_packets"))
                   for line in self.lab.hosts[host].dump_flows()
                   if f"table={table}, " in line and "actions=drop" in line
                   and flow_number(line, "priority") == priority)


def write_claim(lab, name, vn, segment, tag, number, **columns):
    station = Station(lab.vms[segment], tag, number)
    lab.inventory.db.insert(
        "VNIC_Claim", nve="hv1", vnic=name, vn=lab.vns[vn].name,
        port=lab.vms[segment].nic.port, tag=[] if tag is None else [tag],
        addresses=[f"{station.mac} {station.ip}"], state="activated",
        **columns)
    return station


def wait_activated(lab, *names):
    def states():
        return {b["vnic"]: b["state"] for b in lab.inventory.bindings(
            nve="hv1")}
    wait_for(lambda: all(states().get(name) == "activated"
                         for name in names), 15,
             f"{names} activated", lambda: str(lab.inventory.bindings()))


@pytest.fixture(scope="module")
def access():
    with Lab() as lab:
        hv1, hv2 = lab.add_vservers("hv1", "hv2")
        lab.add_vn("red", admission="open")
        lab.add_vn("blue", admission="open")
        lab.add_vn("grey", admission="open", tenant_tags=True)
        for number, vn in enumerate(("red", "blue", "grey"), 1):
            lab.add_vm(hv2, f"vm{vn}", vn=vn, ip=f"10.0.0.{number}/24")
        wait_for(lambda: lab.inventory.nve("hv1")
                 and lab.inventory.nve("hv1")["connected"], 15, "hv1")
        hv1.stop("ovs-nved")                     # it would remove our claims
        for name in SEGMENTS:
            vm = lab.add_vm(hv1, name, vn="red", register=False, attach=False)
            hv1.vsctl("add-port", "br-int", vm.nic.port)
        acc = Access(lab)
        for attached in ATTACHED:
            acc.stations[attached[0]] = write_claim(lab, *attached)
        wait_activated(lab, *acc.stations)
        lab.wait_ready(*acc.vms.values())
        yield acc
        del hv1.daemons["ovs-nved"]
        assert dead_daemons(lab) == []
        lab.core.appctl("ndirectord", "exit")
        lab.core.daemons["ndirectord"].wait_gone()
        assert lab.sanitizer_reports() == []


@pytest.fixture
def acc(access):
    with access.watch():
        yield access


@pytest.mark.parametrize("name, vn", [
    ("r1", "red"), ("r2", "red"), ("b1", "blue"), ("b2", "blue"),
    ("g1", "grey"), ("t1", "grey"), ("t2", "blue"), ("u1", "grey")])
def test_unicast_by_port_and_tag(acc, name, vn):
    """Two VNs on a port, one tag on two ports, a port with and without."""
    station, vm = acc.stations[name], acc.vms[vn]
    there, back = new_mark(), new_mark()
    station.send(marked(station, vm, there))
    acc.wait_seen(there, {vm.name: [[]]})
    send(vm, marked(vm, station, back))
    acc.wait_seen(back, {station.segment.name:
                         [[] if station.tag is None else [station.tag]]})


def test_between_access_ports(acc):
    b1, b2 = acc.stations["b1"], acc.stations["b2"]
    mark = new_mark()
    b1.send(marked(b1, b2, mark))
    acc.wait_seen(mark, {"seg2": [[10]]})


def test_broadcast_goes_once_to_each_port_and_tag(acc):
    mark = new_mark()
    send(acc.vms["red"], broadcast(acc.vms["red"], mark))
    acc.wait_seen(mark, {"seg1": [[10]]})
    mark = new_mark()
    acc.stations["b1"].send(broadcast(acc.stations["b1"], mark))
    acc.wait_seen(mark, {"vmblue": [[]], "seg2": [[10]], "seg4": [[40]]})


@pytest.mark.parametrize("name, vn", [("r1", "red"), ("b1", "blue"),
                                      ("b2", "blue"), ("t1", "grey")])
def test_arp_is_answered_with_the_tag(acc, name, vn):
    station, vm = acc.stations[name], acc.vms[vn]
    station.send(frames.arp(1, station.mac, station.ip, "00:00:00:00:00:00",
                            vm.ip))
    capture = acc.captures[station.segment.name]

    def answers():
        found = [take_apart(f) for f in capture.received()]
        return [(vids, f) for vids, f in found
                if f.arp and f.arp["op"] == 2
                and f.arp["sha"] == vm.nic.mac]
    wait_for(answers, 5, "an answer")
    acc.fence()
    (vids, answer), = answers()
    assert vids == ([] if station.tag is None else [station.tag])
    assert answer.dst == station.mac and answer.arp["spa"] == vm.ip
    # Bridges behind a tag must not learn the VM's MAC from this.
    assert (answer.src == vm.nic.mac) == (station.tag is None)


def test_guard_holds_behind_a_tag(acc):
    r1, r2, b1 = (acc.stations[name] for name in ("r1", "r2", "b1"))
    mark = new_mark()
    r1.send(marked(r1, acc.vms["red"], mark, src_mac="52:54:00:66:66:66"))
    r1.send(marked(r1, acc.vms["red"], mark, src_ip=r2.ip))
    b1.send(marked(r2, acc.vms["blue"], mark))           # red's, in blue
    r2.send(marked(r2, acc.vms["red"], mark, src_ip=r2.ip))
    acc.wait_seen(mark, {"vmred": [[]]})


BAD_TAGS = {
    "VID 0": ([0], 0, 380),
    "VID 0 with priority": ([0xe000], 0, 380),
    "unused": ([99], 0, 95),
    "4095": ([4095], 0, 95),
    "of another port": ([30], 0, 95),
    "unused 802.1ad": ([(DOT1AD, 99)], 0, 95),
    "two": ([10, 7], 2, 50),
    "the same twice": ([10, 10], 2, 50),
    "802.1ad below": ([10, (DOT1AD, 20)], 2, 50),
    "VID 0 below": ([10, 0], 2, 50),
    "three": ([10, 20, 30], 2, 50),
    "none": ([], 0, 0),
}


@pytest.mark.parametrize("case", BAD_TAGS)
def test_bad_tags_are_dropped_and_counted(acc, case):
    tags, table, priority = BAD_TAGS[case]
    r1, mark = acc.stations["r1"], new_mark()
    before = acc.dropped(table, priority)
    r1.send(marked(r1, acc.vms["red"], mark), tags=tags)
    r1.send(broadcast(r1, mark), tags=tags)
    acc.fence()
    assert acc.seen(mark) == {}
    wait_for(lambda: acc.dropped(table, priority) >= before + 2, 5,
             f"two frames dropped in table {table}, priority {priority}")


@pytest.mark.parametrize("tag", [0xa000 | 10, (DOT1AD, 10)],
                         ids=["priority", "802.1ad"])
def test_priority_and_tpid_do_not_matter(acc, tag):
    """OpenFlow cannot tell 0x88a8 from 0x8100; the VN is the same."""
    r1, mark = acc.stations["r1"], new_mark()
    r1.send(marked(r1, acc.vms["red"], mark), tags=[tag])
    acc.wait_seen(mark, {"vmred": [[]]})


def test_tenant_tags_pass(acc):
    """S+C on an access port, C on a port without tags and in VXLAN."""
    g1, t1, vm = acc.stations["g1"], acc.stations["t1"], acc.vms["grey"]
    mark = new_mark()
    g1.send(marked(g1, vm, mark), 7)
    acc.wait_seen(mark, {"vmgrey": [[7]]})
    mark = new_mark()
    send(vm, tagged(marked(vm, g1, mark), 7))
    acc.wait_seen(mark, {"seg2": [[30, 7]]})
    mark = new_mark()
    t1.send(marked(t1, g1, mark), 8)
    acc.wait_seen(mark, {"seg2": [[30, 8]]})
    mark = new_mark()
    g1.send(marked(g1, t1, mark), 0x6000 | 9)
    acc.wait_seen(mark, {"seg3": [[9]]})
    mark = new_mark()
    t1.send(broadcast(t1, mark), 10)
    acc.wait_seen(mark, {"vmgrey": [[10]], "seg2": [[30, 10]]})


def test_tenant_tags_keep_their_priority(acc):
    g1, t1, vm = acc.stations["g1"], acc.stations["t1"], acc.vms["grey"]
    for station, mark in ((g1, new_mark()), (t1, new_mark())):
        station.send(marked(station, vm, mark), 0x6000 | 9)
        wait_for(lambda: acc.seen(mark), 5, "the frame")
        frame, = [f for f in acc.captures["vmgrey"].received()
                  if mark in f.data]
        assert frame.data[12:16] == b"\x81\x00\x60\x09"


def test_tenant_tags_are_a_domain_of_their_own(acc):
    """The MAC is guarded, the IP is not; ARP is for the tenant to answer."""
    g1, vm, mark = acc.stations["g1"], acc.vms["grey"], new_mark()
    g1.send(marked(g1, vm, mark, src_mac="52:54:00:66:66:66"), 7)
    g1.send(marked(g1, vm, mark, src_ip="192.0.2.77"), 7)
    acc.wait_seen(mark, {"vmgrey": [[7]]})
    ask = frames.arp(1, g1.mac, "192.0.2.1", "00:00:00:00:00:00", vm.ip)
    g1.send(ask, 7)
    wait_for(lambda: acc.seen(ask[14:42]), 5, "the question")
    acc.fence()
    assert acc.seen(ask[14:42]) == {"vmgrey": [[7]], "seg3": [[7]]}
    assert not [f for f in acc.captures["seg2"].received()
                if f.data[:6] == frames.mac_bytes(g1.mac)
                and b"\x08\x06\x00\x01" in f.data[:24]]


def test_tenant_tag_is_not_zero(acc):
    """It would be no tag for whoever gets it, and go round the guard.  Below
    the VN's tag it is seen as soon as that is off: at the other NVE."""
    g1, t1, vm = acc.stations["g1"], acc.stations["t1"], acc.vms["grey"]
    mark, there = new_mark(), acc.dropped(0, 380, "hv2")
    before = acc.dropped(0, 380)
    t1.send(marked(t1, vm, mark), 0)
    g1.send(marked(g1, vm, mark), 0)
    acc.fence()
    assert acc.seen(mark) == {}
    wait_for(lambda: acc.dropped(0, 380) > before, 5, "a drop at hv1")
    wait_for(lambda: acc.dropped(0, 380, "hv2") > there, 5, "a drop at hv2")


def test_no_tenant_tags_beside_ours(acc):
    """On seg4 tag 40 is blue: grey's own go neither out nor in there."""
    g1, u1, vm = acc.stations["g1"], acc.stations["u1"], acc.vms["grey"]
    mark, before = new_mark(), acc.dropped(36, 380)
    for tag in (40, 41):
        send(vm, tagged(marked(vm, u1, mark), tag))
        g1.send(marked(g1, u1, mark), tag)
    send(vm, tagged(broadcast(vm, mark), 40))
    acc.wait_seen(mark, {"seg2": [[30, 40]], "seg3": [[40]]})
    wait_for(lambda: acc.dropped(36, 380) >= before + 5, 5, "five drops")
    mark, before = new_mark(), acc.dropped(0, 95)
    u1.send(marked(u1, vm, mark), 41)
    acc.fence()
    assert acc.seen(mark) == {}
    wait_for(lambda: acc.dropped(0, 95) > before, 5, "a drop")


def test_second_tags_stay_out_when_the_first_are_in(acc):
    """No flow of the datapath for frames with one tag fits those with two."""
    r1, vm = acc.stations["r1"], acc.vms["red"]
    for _ in range(3):
        mark = new_mark()
        r1.send(marked(r1, vm, mark))
        r1.send(marked(r1, vm, mark), 7)
        acc.wait_seen(mark, {"vmred": [[]]})
    assert acc.dropped(1, 10, "hv2") == 0        # it had no need to


def test_vnic_moves_to_another_port(acc):
    """Port and tag change; the other NVE hears nothing of it."""
    lab, hv2 = acc.lab, acc.lab.hosts["hv2"]
    mover = write_claim(lab, "mv", "red", "seg1", 10, 21)
    wait_activated(lab, "mv")
    mark = new_mark()
    send(acc.vms["red"], marked(acc.vms["red"], mover, mark))
    acc.wait_seen(mark, {"seg1": [[10]]})
    old, = lab.inventory.bindings(vnic="mv")
    flows = {line.split("n_packets")[0].split("duration")[0]
             for line in hv2.dump_flows()}
    lab.inventory.db.update(
        "VNIC_Claim", [["vnic", "==", "mv"]],
        port=acc.segments["seg2"].nic.port, tag=[77], client_seq=5)
    wait_for(lambda: lab.inventory.bindings(vnic="mv")[0]["claim_seq"] == 5,
             10, "the verdict")
    new, = lab.inventory.bindings(vnic="mv")
    assert new["generation"] == old["generation"]
    mark = new_mark()
    send(acc.vms["red"], marked(acc.vms["red"], mover, mark))
    acc.wait_seen(mark, {"seg2": [[77]]})
    assert {line.split("n_packets")[0].split("duration")[0]
            for line in hv2.dump_flows()} == flows
    lab.inventory.db.delete("VNIC_Claim", vnic="mv")
    wait_for(lambda: not lab.inventory.bindings(vnic="mv"), 10, "its end")


@pytest.fixture
def gleaning(acc):
    """All VNs glean."""
    def set_all(*what):
        for vn in "red", "blue", "grey":
            acc.lab.core.ctl(what[0], "VN", vn, *what[1:])
        acc.lab.core.ctl("sync")
    set_all("set", "gleaning=16", "gleaning_age=10")
    yield
    set_all("clear", "gleaning", "gleaning_age")


def strangers():
    """Yields MACs that nobody has."""
    for number in range(256):
        yield f"52:54:00:aa:00:{number:02x}"


def probes(acc, segment, mac, ip):
    """Returns the VIDs of each ARP probe for 'ip' that a segment saw."""
    found = [take_apart(f) for f in acc.captures[segment].received()]
    return [vids for vids, f in found
            if f.arp and f.arp["op"] == 1 and f.arp["spa"] == "0.0.0.0"
            and f.arp["tpa"] == ip and f.src != mac]


def test_gleaned_behind_a_tag(acc, gleaning):
    """One who has port and tag for himself is gleaned from, and asked."""
    b2, vm = acc.stations["b2"], acc.vms["blue"]
    mac, ip = "52:54:00:ab:00:01", "10.0.0.81"
    b2.send(announcement(mac, ip))
    wait_for(lambda: gleaned_of(acc.lab, "b2") == {mac, f"{mac} {ip}"}, 10,
             "what it announced", lambda: str(acc.lab.inventory.bindings()))
    acc.lab.core.ctl("sync")
    there, back = new_mark(), new_mark()
    b2.send(marked(b2, vm, there, src_mac=mac, src_ip=ip))
    acc.wait_seen(there, {"vmblue": [[]]})
    send(vm, marked(vm, b2, back, dst_mac=mac, dst_ip=ip))
    acc.wait_seen(back, {"seg2": [[10]]})
    wait_for(lambda: probes(acc, "seg2", mac, ip), 30, "a probe")
    assert all(vids == [10] for vids in probes(acc, "seg2", mac, ip))
    wait_for(lambda: not gleaned_of(acc.lab, "b2"), 60, "it to be forgotten")


def test_nothing_is_gleaned_from_one_of_several(acc, gleaning):
    """Who shares port and tag, a VN by two tags, tenants' tags."""
    lab, (r1, b2, g1) = acc.lab, (acc.stations[name]
                                  for name in ("r1", "b2", "g1"))
    macs = strangers()

    def teach(name):
        """Has a stranger announce itself until it was gleaned."""
        mac = next(macs)

        def known():
            acc.stations[name].send(announcement(mac, "10.0.0.82"))
            return mac in gleaned_of(lab, name)
        wait_for(known, 10, f"a stranger to be gleaned from {name}",
                 lambda: "\n".join(acc.hv1.dump_flows()))

    def check_silent(station, *tags):
        """Checks that no frame of a stranger goes up; b1's does after it."""
        before = director_counter(lab, "core_frames_ignored")
        mac = next(macs)
        station.send(announcement(mac, "10.0.0.83"), *tags)
        acc.fence()
        teach("b1")
        assert director_counter(lab, "core_frames_ignored") == before
        assert not [b for b in lab.inventory.bindings() if mac in str(b)]

    teach("b2")
    check_silent(r1)
    check_silent(g1, 7)
    for tag in 10, 11:
        write_claim(lab, "other", "blue", "seg2", tag, 23)
        wait_activated(lab, "other")
        lab.core.ctl("sync")
        check_silent(b2)
        lab.inventory.db.delete("VNIC_Claim", vnic="other")
        wait_for(lambda: not lab.inventory.bindings(vnic="other"), 10,
                 "its end")
        lab.core.ctl("sync")
        teach("b2")


def test_bad_tag_is_refused(acc):
    write_claim(acc.lab, "bad", "red", "seg1", 4095, 22)
    wait_for(lambda: acc.lab.inventory.bindings(vnic="bad"), 10, "a verdict")
    binding, = acc.lab.inventory.bindings(vnic="bad")
    assert binding["state"] == "refused"
    assert binding["reason"] == "tag 4095 is not between 1 and 4094"
    acc.lab.inventory.db.delete("VNIC_Claim", vnic="bad")


def test_thousand_addresses_go_at_once(acc):
    """All flows of a VNIC with many addresses, by one message."""
    lab = acc.lab
    addresses = [f"52:54:00:01:{i >> 8:02x}:{i & 255:02x} "
                 f"10.9.{i >> 8}.{i & 255}" for i in range(1, 1001)]
    hosts = [acc.hv1, lab.hosts["hv2"]]
    before = [host.dump_flows("metadata=0x%x" % red_id(lab))
              for host in hosts]
    lab.inventory.db.insert(
        "VNIC_Claim", nve="hv1", vnic="many", vn=lab.vns["red"].name,
        port=acc.segments["seg1"].nic.port, tag=[10], addresses=addresses,
        state="activated")
    wait_activated(lab, "many")
    wait_for(lambda: len(hosts[1].dump_flows()) > 2000, 10, "its flows")
    lab.inventory.db.delete("VNIC_Claim", vnic="many")
    wait_for(lambda: [len(host.dump_flows("metadata=0x%x" % red_id(lab)))
                      for host in hosts] == [len(b) for b in before], 10,
             "their end")
    mark = new_mark()
    send(acc.vms["red"], broadcast(acc.vms["red"], mark))
    acc.wait_seen(mark, {"seg1": [[10]]})


def red_id(lab):
    return lab.inventory.vn(lab.vns["red"].name)["vn_id"]
