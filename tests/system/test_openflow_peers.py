# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Whatever connects to the OpenFlow port, the NVEs do not notice.

Throughout every test numbered datagrams flow from vm1 to vm2, and at its end
a VNIC must be attached as fast as ever.
"""

import random
import struct

import pytest
from helpers import MODS_SENT, director_counter, flow_set, forget
from openflow import (ECHO_REQUEST, FEATURES_REPLY, HELLO, OFP10, Peer,
                      message)

from nvo3lab import Stream, wait_for

RSS_LIMIT = 64 * 1024               # KiB more than before a peer's attack


@pytest.fixture(scope="module")
def stranger(net):
    return net.add_node("stranger")


@pytest.fixture(autouse=True)
def unharmed(net, hv4, stranger):
    with Stream(net.vms["vm1"], net.vms["vm2"], rate=100) as stream:
        stream.wait_flowing(10)
        yield
        vm = net.add_vm("hv4", "proof", vn="red", ip="10.0.0.99/24")
        vm.wait_state("activated", timeout=5)
        vm.reaches(net.vms["vm1"])
        forget(net, vm)
        stream.wait_flowing(10)
    assert stream.lost() == [], stream.summary()


def director_rss(net):
    """Returns ndirectord's resident memory in KiB."""
    pid = net.core.daemons["ndirectord"].pid()
    with open(f"/proc/{pid}/status") as stream:
        return int(next(line for line in stream
                        if line.startswith("VmRSS")).split()[1])


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.0\r\n\r\n" * 10,
    b"\0" * 4096,
    b"\xff" * 4096,
    message(HELLO, length=4) * 4,
    message(HELLO, length=0) * 4,
    message(HELLO) + message(FEATURES_REPLY, b"short"),
    message(HELLO) + message(FEATURES_REPLY, b"\0" * 24) * 3,
    message(HELLO) + message(255, b"what is this") * 5,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 600,
], ids=["http", "zeros", "ones", "length4", "length0", "short-features",
        "early-features", "unknown-type", "tls"])
def test_garbage(net, stranger, data):
    peers = [Peer(net, stranger) for _ in range(5)]
    for peer in peers:
        peer.send(data)
    assert net.vms["vm1"].ping(net.vms["vm3"]) == 1
    for peer in peers:
        peer.socket.close()


def test_random_bytes(net, stranger):
    seed = random.randrange(2 ** 32)
    print(f"seed {seed}")
    source = random.Random(seed)
    for _ in range(50):
        with Peer(net, stranger) as peer:
            head = message(HELLO) if source.random() < 0.7 else b""
            body = b"".join(
                message(source.randrange(40), source.randbytes(size),
                        length=8 + size + source.choice([0, 0, 0, -1, 5]))
                for size in source.choices(range(0, 200), k=5))
            peer.send(head + body)


def test_openflow_10_is_turned_away(net, stranger):
    with Peer(net, stranger) as peer:
        peer.send(message(HELLO, version=OFP10))
        assert peer.closed()


def test_silent_peers_do_no_harm(net, stranger):
    peers = [Peer(net, stranger) for _ in range(200)]
    assert net.vms["vm1"].ping(net.vms["vm3"]) == 1
    for peer in peers:
        peer.socket.close()


def test_unknown_datapath_is_told_nothing(net, stranger):
    before = director_counter(net, MODS_SENT)
    with Peer(net, stranger) as peer:
        assert peer.handshake(0xdeadbeef)
        vm = net.add_vm("hv4", "meanwhile", vn="red", ip="10.0.0.98/24")
        vm.wait_state("activated")
        net.core.ctl("sync")
        assert director_counter(net, MODS_SENT) > before
        assert "deadbeef" not in net.core.appctl("ndirectord", "nve/list")


def test_second_connection_with_one_datapath_id(net, stranger):
    hv1 = net.hosts["hv1"]
    bridge = hv1.db.find("Bridge", name="br-int")[0]
    datapath_id = int(bridge["datapath_id"], 16)
    before = flow_set(hv1)
    peers = [Peer(net, stranger) for _ in range(3)]
    for peer in peers:
        peer.handshake(datapath_id)
    assert net.vms["vm1"].ping(net.vms["vm2"], count=5) == 5
    for peer in peers:
        peer.socket.close()
    # The true NVE is master of its flows, and learns of changes.
    vm = net.add_vm("hv4", "change", vn="red", ip="10.0.0.97/24")
    vm.wait_state("activated")
    vm.reaches(net.vms["vm2"])
    forget(net, vm)
    net.wait(lambda: flow_set(hv1) == before, what="hv1 to be as before")


def test_peer_that_never_reads(net, stranger):
    before = director_rss(net)
    with Peer(net, stranger) as peer:
        assert peer.handshake(0xfeed)
        peer.socket.settimeout(2)
        question = message(ECHO_REQUEST, b"x" * 60000)
        n_sent = 0
        try:
            while n_sent < 2000 and peer.send(question):
                n_sent += 1
        except TimeoutError:
            pass                                 # it takes no more: right
        assert director_rss(net) - before < RSS_LIMIT, n_sent
        vm = net.add_vm("hv4", "unread", vn="red", ip="10.0.0.96/24")
        vm.wait_state("activated", timeout=5)


def test_registered_nve_that_never_reads(net, stranger):
    """It holds the VN of others, is sent all of it, and takes nothing."""
    before = director_rss(net)
    datapath_id = 0xbadcafe
    net.inventory.db.insert(
        "NVE_Registration", nve="deaf", datapath_id=f"{datapath_id:016x}",
        endpoints={stranger.underlay_ip: 0}, bridge="br-int",
        tunnel_port="nvo3-vxlan0")
    net.inventory.add_vnic("deaf-vnic", {net.vns["red"].name: {
        "52:54:00:de:af:01": ["10.0.0.95"]}})
    net.inventory.db.insert("VNIC_Claim", nve="deaf", vnic="deaf-vnic",
                            vn="", port="none0", state=["activated"],
                            client_seq=1)
    with Peer(net, stranger) as peer:
        assert peer.handshake(datapath_id)
        net.wait(lambda: net.inventory.bindings(vnic="deaf-vnic"),
                 what="a verdict on the deaf NVE's claim")
        for number in range(200):
            net.inventory.add_vnic(f"load{number}", {net.vns["red"].name: {
                f"52:54:01:00:00:{number:02x}": [f"10.0.2.{number}"]}})
        binding, = net.inventory.bindings(vnic="deaf-vnic")
        assert binding["state"] == ["pending"] \
            or binding["state"] == "pending"
        assert director_rss(net) - before < RSS_LIMIT
    for number in range(200):
        net.inventory.del_vnic(f"load{number}")
    net.inventory.del_vnic("deaf-vnic")
    net.inventory.db.delete("VNIC_Claim", nve="deaf")
    net.inventory.db.delete("NVE_Registration", nve="deaf")
    net.inventory.db.delete("NVE", name="deaf")


def test_nve_that_stops_reading_catches_up(net):
    """A stopped vswitchd is resynchronized when it goes on."""
    hv2, hv3 = net.hosts["hv2"], net.hosts["hv3"]
    hv3.kill("ovs-vswitchd", 19)                 # SIGSTOP
    try:
        made = []
        for number in range(20):
            made.append(net.add_vm("hv4", f"late{number}", vn="red",
                                   ip=f"10.0.0.{150 + number}/24"))
        net.wait_ready(*made)
    finally:
        hv3.kill("ovs-vswitchd", 18)             # SIGCONT
    wait_for(lambda: shared_flows(hv3) == shared_flows(hv2), 30,
             "hv3 to hold what hv2 holds")
    made[-1].reaches(net.vms["vm3"])
    net.vms["vm3"].reaches(made[0])


def shared_flows(host):
    """Flows of VNs' shared images: the first byte of the cookie is 'N'."""
    return {flow for flow in flow_set(host) if "cookie=0x4e" in flow}


def test_images_are_the_same_on_every_vserver(net):
    net.core.ctl("sync")
    flows = [shared_flows(host) for host in net.hosts.values()]
    assert flows[0] and flows[0] == flows[1] == flows[2]


def test_many_connections_come_and_go(net, stranger):
    for number in range(300):
        with Peer(net, stranger) as peer:
            peer.send(struct.pack("!BBHI", 6, 0, 8, number))
