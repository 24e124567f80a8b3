# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The configuration of ovs-tnved, and its commands."""

import subprocess

import pytest

from tnved_harness import BLOCKED, access, trunk
from nvo3lab.shell import wait_for


def check(host, *options):
    """Runs ovs-tnved --check; returns (status, what it said)."""
    done = subprocess.run([*host.agent.argv, "--check", *options],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_check(host):
    host.start_ovsdb()
    status, text = check(host)
    assert status == 1 and "nvo3-nve-remote is not set" in text
    host.configure_all()
    status, text = check(host)
    assert status == 0
    assert 'end device "hv1", bridge br-int, uplink up0' in text


@pytest.mark.parametrize("key, value, words", [
    ("nve_remote", None, "nvo3-nve-remote is not set"),
    ("nve_remote", "10.0.0.1", "write tcp:HOST:PORT"),
    ("uplink", None, "nvo3-uplink is not set"),
    ("uplink", "br-int", "the name of the bridge"),
    ("access_port", None, "nvo3-access-port is not set"),
    ("bridge", "much-too-long-a-name", "at most 15"),
])
def test_bad_configuration_changes_nothing(hv, nve, key, value, words):
    hv.activate("a", 100)
    hv.configure(**{key: value})
    hv.wait_status(words)
    hv.activate("b", 200)                     # by the last good one
    assert hv.vlan("a") == access(100)
    hv.configure_all()
    hv.configure(bridge=None)
    hv.wait_status("ok")


def test_bridge_and_uplink_come_later(host, nve):
    host.start_ovsdb()
    host.configure_all()
    host.agent.start()
    host.wait_status('no bridge "br-int"')
    host.vsctl("add-br", "br-int")
    host.wait_status('no port "up0"')
    host.activate("a", 100)
    host.add_port("up0")
    host.wait_vlan("up0", trunk(100))
    host.wait_status("ok")
    host.vsctl("set", "Bridge", "br-int", "fail_mode=secure")
    host.wait_status("fail_mode=secure")


def test_embedded_keys_are_ignored(hv):
    hv.configure(remote="nonsense", encap_ip="nonsense")
    hv.activate("a", 100)
    assert hv.status() == "ok"


def test_another_uplink(hv, nve):
    hv.activate("a", 100)
    hv.add_port("up1")
    hv.configure(uplink="up1", access_port="acc2")
    nve.request("a", port="acc2", client_seq=2)
    hv.wait_vlan("up0", BLOCKED)
    assert hv.vlan("up1") == BLOCKED
    assert hv.vlan("a") == BLOCKED            # 100 was a tag of acc1
    nve.grant("a", 100)
    hv.wait_vlan("a", access(100))
    assert hv.vlan("up1") == trunk(100)
    assert hv.vlan("up0") == BLOCKED


def test_another_name(hv, nve):
    hv.activate("a", 100)
    hv.configure(end_device="hv2")
    nve.request("a", end_device="hv2")
    nve.wait_requests("a")
    hv.wait_vlan("a", BLOCKED)


def test_name_by_default(hv, nve):
    hv.vsctl("set", "Open_vSwitch", ".", "external_ids:system-id=me")
    hv.configure(end_device=None)
    hv.add_port("p1", iface_id="a")
    nve.request("a", end_device="me")


def test_only_rows_of_our_own_are_replicated(hv, nve):
    hv.agent.appctl("vlog/set", "jsonrpc:file:dbg")
    nve.db.insert("VNIC_Request", end_device="MARK", vnic="b")
    nve.db.insert("VNIC_Answer", end_device="MARK", vnic="b")
    hv.activate("a", 100)
    assert not hv.agent.log_lines("MARK")


def test_show(hv, nve):
    nve.db.insert("NVE_Status", nve="nve1", status="ok")
    hv.activate("a", 100)
    hv.activate("b", 7)
    hv.add_port("p3", iface_id="c", attached_mac="x")
    hv.wait_state("p3", "refused", "attached-mac")
    show = hv.agent.show()
    for words in (
            'end device "hv1": bridge br-int, uplink up0 to access port '
            '"acc1"\n', "local database: connected",
            f"Hypervisor_NVE database: {nve.remote}, connected",
            "external NVE: ok\n", "tags in use: 7 100\n",
            "    a: VNIC a, activated, claim 1\n",
            "    p3: VNIC c, refused: attached-mac"):
        assert words in show, show


def test_deregister_and_register(hv, nve):
    hv.activate("a", 100)
    hv.agent.appctl("tnved/deregister")
    assert nve.requests() == []               # when it answers
    hv.wait_state("a", "pending", "deregistered")
    hv.wait_vlan("a", BLOCKED)                # once the answer is gone, too
    hv.agent.appctl("tnved/register")
    nve.wait_requests("a")
    nve.grant("a", 100)
    hv.wait_vlan("a", access(100))


