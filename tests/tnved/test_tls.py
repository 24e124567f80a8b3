# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""TLS to the NVE, where the role end-device says who may write what."""

import pytest

from harness import free_port, make_certificate
from tnved_harness import BLOCKED, access
from nvo3lab.jsonrpc import to_row


def insert(table, name, /, **columns):
    return {"op": "insert", "table": table, "uuid-name": name,
            "row": to_row(columns)}


def listen(nve, port, key, cert):
    """Restarts the NVE's database with a TLS listener for end devices."""
    nve.db.transact(
        insert("RBAC_Permission", "perm", table="VNIC_Request",
               authorization=["end_device"], insert_delete=True,
               update=["port", "addresses", "state", "migration",
                       "guest_tag", "client_seq"]),
        insert("RBAC_Role", "role", name="end-device", permissions={
            "VNIC_Request": ("named-uuid", "perm")}),
        insert("Connection", "conn", target=f"pssl:{port}:127.0.0.1",
               role="end-device"),
        insert("NVE_Global", "root", connections=[("named-uuid", "conn")]))
    nve.kill()
    nve.use_certificate(key, cert)
    nve.argv.append("--remote=db:Hypervisor_NVE,NVE_Global,connections")
    nve.start()


@pytest.fixture
def tls(host, nve):
    """A hypervisor that speaks TLS; its certificate is that of hv1."""
    key, cert = make_certificate(host.folder, "hv1")
    port = free_port()
    listen(nve, port, key, cert)
    host.start_ovsdb()
    host.vsctl("set-ssl", key, cert, cert, "--", "add-br", "br-int")
    host.add_port("up0")
    host.configure_all(nve_remote=f"ssl:127.0.0.1:{port}")
    host.agent.start()
    return host


def test_life(tls, nve):
    tls.wait_status("ok")
    tls.activate("a", 100, attached_mac="52:54:00:00:00:11")
    tls.set_port("a", nvo3_migration="departing")
    nve.request("a", migration="departing")
    nve.grant("a", 100)
    tls.wait_state("a", "activated")
    tls.vsctl("del-port", "a")
    nve.wait_requests()


def test_name_of_another(tls, nve):
    tls.activate("a", 100)
    tls.configure(end_device="hv2")
    tls.wait_status("refuses what end device \"hv2\" writes")
    assert nve.requests(end_device="hv2") == []
    tls.wait_vlan("a", BLOCKED)
    tls.configure(end_device="hv1")
    tls.wait_status("ok")
    nve.grant("a", 101)
    tls.wait_vlan("a", access(101))
