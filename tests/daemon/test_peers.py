# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Who may connect."""

import os
import socket
import ssl

import pytest

from director_harness import Peer, Switch, free_port
from nvo3lab.pki import Authority
from nvo3lab.shell import wait_for


@pytest.fixture
def authority(folder):
    return Authority(folder)


@pytest.fixture
def tls_port(authority, make_director, database):
    """The port of a director that listens for TLS."""
    key, cert = authority.issue("director", "/CN=director")
    port = free_port()
    director = make_director(args=[
        f"--listen=pssl:{port}:127.0.0.1", "--private-key=" + key,
        "--certificate=" + cert, "--ca-cert=" + authority.cert])
    director.start()
    database.add_nve("hv1", 1)
    database.wait_status("NVE", "hv1")
    return port


def tls_connect(port, authority, files=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(authority.cert)
    if files:
        context.load_cert_chain(files[1], files[0])
    conn = socket.create_connection(("127.0.0.1", port), 5)
    return Peer(context.wrap_socket(conn))


def is_connected(database):
    return database.row("NVE", name="hv1")["connected"]


def test_own_certificate(database, authority, tls_port):
    peer = tls_connect(tls_port, authority, authority.issue("a", "/CN=hv1"))
    peer.identify(1)
    database.wait_row("NVE", {"connected": True}, name="hv1")
    peer.close()
    database.wait_row("NVE", {"connected": False}, name="hv1")


@pytest.mark.parametrize("subject", ["/CN=hv2", "/CN=HV1", "/O=hv1",
                                     "/CN=director", "/CN=hv1 "])
def test_certificate_of_another(database, authority, tls_port, subject):
    """It is hung up on, and the NVE's own connection stands."""
    good = tls_connect(tls_port, authority, authority.issue("a", "/CN=hv1"))
    good.identify(1)
    database.wait_row("NVE", {"connected": True}, name="hv1")
    bad = tls_connect(tls_port, authority, authority.issue("b", subject))
    try:
        bad.identify(1)
    except (OSError, Exception):                 # hung up on at once
        pass
    assert bad.is_closed()
    assert is_connected(database)
    bad.close()
    good.close()


def test_certificate_of_another_comes_first(database, authority, tls_port):
    bad = tls_connect(tls_port, authority, authority.issue("b", "/CN=hv2"))
    bad.identify(1)
    assert bad.is_closed()
    assert not is_connected(database)
    good = tls_connect(tls_port, authority, authority.issue("a", "/CN=hv1"))
    good.identify(1)
    database.wait_row("NVE", {"connected": True}, name="hv1")
    good.close()


def test_no_certificate(database, authority, tls_port):
    with pytest.raises((ssl.SSLError, OSError)):
        peer = tls_connect(tls_port, authority)
        peer.identify(1)
        assert not peer.is_closed()
    assert not is_connected(database)


def test_certificate_of_another_authority(database, authority, tls_port,
                                          folder):
    other = os.path.join(folder, "other")
    os.mkdir(other)
    files = Authority(other).issue("a", "/CN=hv1")
    with pytest.raises((ssl.SSLError, OSError)):
        peer = tls_connect(tls_port, authority, files)
        peer.identify(1)
        assert not peer.is_closed()
    assert not is_connected(database)


def test_clear_text_on_a_tls_port(database, authority, tls_port):
    with socket.create_connection(("127.0.0.1", tls_port), 5) as conn:
        peer = Peer(conn)
        peer.send(0)
        assert peer.is_closed()
    peer = tls_connect(tls_port, authority, authority.issue("a", "/CN=hv1"))
    peer.identify(1)
    database.wait_row("NVE", {"connected": True}, name="hv1")
    peer.close()


def test_switch_over_tls(database, authority, tls_port, folder):
    """All that a big VN needs gets through."""
    machine = Switch(folder, "hv1", 1, f"ssl:127.0.0.1:{tls_port}",
                     (*authority.issue("hv1", "/CN=hv1"), authority.cert))
    database.db.insert("VN", name="vn1")
    for i in range(3):
        database.add_vnic(f"vnic{i}", {"vn1": {
            f"02:00:00:{i:02x}:{j >> 8:02x}:{j & 255:02x}":
            [f"10.{i}.{j >> 8}.{j & 255}"] for j in range(300)}})
        database.add_claim("hv1", f"vnic{i}")
    try:
        machine.start()
        for i in range(3):
            machine.add_port(f"vnic{i}")
        for i in range(3):
            database.wait_binding(f"vnic{i}", "activated")
        database.sync()
        flows = machine.dump()
        assert sum("02:00:00:02:01:2b" in flow for flow in flows)
        assert len(flows) > 1800
    finally:
        machine.end()


def test_second_connection_of_a_datapath(database, director):
    """The first stays."""
    database.add_nve("hv1", 1)
    first = Peer.connect_unix(director.socket)
    first.identify(1)
    database.wait_row("NVE", {"connected": True}, name="hv1")
    second = Peer.connect_unix(director.socket)
    second.identify(1)
    assert second.is_closed()
    assert is_connected(database)
    assert director.counters()["wire_connections"] == 1
    first.close()
    database.wait_row("NVE", {"connected": False}, name="hv1")


def test_unknown_datapath(database, director):
    """It waits until somebody adds it to the inventory."""
    peer = Peer.connect_unix(director.socket)
    peer.identify(1)
    wait_for(lambda: director.counters()["wire_messages_received"] >= 2, 10,
             "the features reply")
    database.add_nve("hv1", 1)
    database.wait_row("NVE", {"connected": True}, name="hv1")
    assert director.counters()["wire_strangers"] == 0
    peer.close()


def test_disabled_nve(database, director, switch):
    """It loses its flows, by the connection that it keeps."""
    database.db.insert("VN", name="vn1")
    database.add_vnic("vnic1", {"vn1": {"02:00:00:00:00:01": []}})
    switch.add_port("vnic1")
    database.add_claim("hv1", "vnic1")
    database.wait_binding("vnic1", "activated")
    n_flows = len(switch.dump())
    database.db.update("NVE", [["name", "==", "hv1"]], enabled=[False])
    database.wait_binding("vnic1", "refused")
    database.sync()
    assert len(switch.dump()) < n_flows / 2
    database.db.update("NVE", [["name", "==", "hv1"]], enabled=[])
    database.wait_binding("vnic1", "activated")
    database.sync()
    assert len(switch.dump()) == n_flows
