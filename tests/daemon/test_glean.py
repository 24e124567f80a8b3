# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Gleaned addresses: rows in, frames in, rows and flows out."""

import pytest

from nvo3lab.shell import wait_for

MAC1, MAC2, MAC3 = (f"02:00:00:00:00:0{i}" for i in (1, 2, 3))


def arp(mac, ip):
    """Returns a gratuitous ARP request of 'mac' for 'ip', in hexadecimal."""
    mac = mac.replace(":", "")
    ip = "".join(f"{int(byte):02x}" for byte in ip.split("."))
    return (f"ffffffffffff{mac}0806" "0001080006040001"
            f"{mac}{ip}000000000000{ip}" + 18 * "00")


def send(switch, port, frame):
    """Has the guest on 'port' send 'frame'."""
    switch.vswitchd.appctl("netdev-dummy/receive", port, frame)


def send_until(switch, port, frame, question, what):
    """Sends 'frame' until the answer is yes, as guests do."""
    def look():
        send(switch, port, frame)
        return question()
    return wait_for(look, 20, what)


def gleaned(database, vnic="vnic1"):
    return database.row("Binding", vnic=vnic)["gleaned"]


def as_set(value):
    return set(value if isinstance(value, (list, set, tuple)) else [value])


@pytest.fixture
def network(database, switch):
    """A VN that gleans, with one VNIC, activated."""
    database.db.insert("VN", name="vn1", gleaning=[3])
    database.add_vnic("vnic1", {"vn1": {MAC1: ["10.0.0.1"]}})
    switch.add_port("vnic1")
    database.add_claim("hv1", "vnic1")
    database.wait_binding("vnic1", "activated")
    database.sync()
    return database


def learn(network, switch):
    send_until(switch, "vnic1", arp(MAC2, "10.0.0.2"),
               lambda: as_set(gleaned(network))
               == {MAC2, MAC2 + " 10.0.0.2"},
               "the MAC and its IP to be learned")
    network.sync()


def test_learn_and_restart(network, director, switch):
    """A restart, orderly or not, finds all as it was and sends nothing."""
    learn(network, switch)
    counters = director.counters()
    assert counters["core_gleaned"] == counters["core_gleaned_now"] == 2
    assert counters["core_frames"] >= 1
    assert "(gleaned)" in director.appctl("mapping/list")
    flows = switch.dump()
    assert any(MAC2 in flow for flow in flows)
    binding = network.row("Binding", vnic="vnic1")
    for end in director.stop, director.kill:
        end()
        director.start()
        network.wait_row("NVE", {"connected": True}, name="hv1")
        network.sync()
        counters = director.counters()
        assert counters["core_mods_sent"] == 0
        assert counters["core_gleaned_now"] == 2
        assert switch.dump() == flows
        assert network.row("Binding", vnic="vnic1") == binding


def test_yields_to_the_inventory(network, director, switch):
    learn(network, switch)
    network.add_vnic("vnic2", {"vn1": {MAC2: []}})
    network.wait_status("VNIC", "vnic2")
    wait_for(lambda: not gleaned(network), 10, "it to yield")
    network.sync()
    assert not any(MAC2 in flow for flow in switch.dump())

    # It does not get it back by lying.
    before = director.counters()["core_gleaned_taken"]
    send_until(switch, "vnic1", arp(MAC2, "10.0.0.2"),
               lambda: director.counters()["core_gleaned_taken"] > before,
               "the lie to be counted")
    assert not gleaned(network)


def test_goes_with_its_binding(network, switch):
    learn(network, switch)
    network.db.delete("VNIC_Claim", vnic="vnic1")
    network.wait_gone("Binding", vnic="vnic1")
    network.sync()
    assert not any(MAC2 in flow for flow in switch.dump())


def test_ages(network, director, switch):
    """Nobody answers behind a dummy port."""
    network.db.update("VN", [], gleaning_age=[10])
    learn(network, switch)
    wait_for(lambda: not gleaned(network), 60, "it to be forgotten")
    counters = director.counters()
    assert counters["core_gleaned_aged"] >= 1
    assert counters["core_gleaned_probes"] >= 2


def test_off_and_on(network, director, switch):
    learn(network, switch)
    network.db.update("VN", [], gleaning=[])
    wait_for(lambda: not gleaned(network), 10, "them to be taken out")
    network.sync()
    assert not any("CONTROLLER" in flow for flow in switch.dump())
    frames = director.counters()["core_frames"]
    send(switch, "vnic1", arp(MAC2, "10.0.0.2"))

    # The next frame that is seen is the next that may be.
    network.db.update("VN", [], gleaning=[1])
    network.sync()
    send_until(switch, "vnic1", arp(MAC3, "10.0.0.3"),
               lambda: gleaned(network), "a MAC to be learned")
    assert as_set(gleaned(network)) == {MAC3}
    assert director.counters()["core_frames"] >= frames + 1


@pytest.mark.parametrize("columns, words", [
    ({"gleaning": [1025]}, "gleaning 1025 is not between 0 and 1024"),
    ({"gleaning": [-1]}, "gleaning -1 is not"),
    ({"gleaning": [1], "gleaning_age": [9]}, "gleaning_age 9 is not")])
def test_bad_values(network, director, switch, columns, words):
    """They hurt nothing but gleaning, now and over a restart."""
    learn(network, switch)
    binding = network.row("Binding", vnic="vnic1")
    network.db.update("VN", [], **columns)
    for _ in range(2):
        row = network.wait_row(
            "VN", {"status": lambda s: s.startswith("partly refused: ")
                   and words in s})
        assert row["vn_id"]
        wait_for(lambda: not gleaned(network), 10, "them to be taken out")
        assert network.row("Binding", vnic="vnic1")["generation"] \
            == binding["generation"]
        director.stop()
        director.start()
    network.db.update("VN", [], gleaning=[3], gleaning_age=[])
    network.wait_status("VN", "vn1")
    learn(network, switch)


def test_flood(network, director, switch):
    """A guest with a thousand MACs costs its quota and a few frames, and
    another's attachment is not hindered."""
    for i in range(1000):
        send(switch, "vnic1", arp(f"02:00:00:01:{i >> 8:02x}:{i & 255:02x}",
                                  "10.0.0.9"))
    network.sync()
    counters = director.counters()
    assert counters["core_gleaned_now"] == 3
    assert counters["core_frames"] <= 50
    assert not any("CONTROLLER" in flow for flow in switch.dump())

    frames = counters["core_frames"]
    network.add_vnic("vnic2", {"vn1": {MAC2: []}})
    switch.add_port("vnic2")
    network.add_claim("hv1", "vnic2")
    network.wait_binding("vnic2", "activated")
    assert director.counters()["core_frames"] <= frames + 8
