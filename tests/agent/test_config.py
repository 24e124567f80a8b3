# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""external_ids:nvo3-* of the Open_vSwitch row: good, bad, changed."""

import os
import subprocess

import pytest

from harness import free_port, make_certificate
from nvo3lab.jsonrpc import unixctl
from nvo3lab.shell import run, wait_for


@pytest.mark.parametrize("keys, words", [
    ({"remote": None}, "nvo3-remote is not set"),
    ({"remote": "tpc:1.2.3.4:6641"}, 'nvo3-remote is "tpc:1.2.3.4:6641"'),
    ({"encap_ip": None}, "nvo3-encap-ip is not set"),
    ({"encap_ip": "10.0.0"}, '"10.0.0"'),
    ({"encap_ip": "fd00::1"}, "only IPv4"),
    ({"controller": None}, "nvo3-controller is not set"),
    ({"controller": "tcp:h:99999"}, 'nvo3-controller is "tcp:h:99999"'),
    ({"bridge": "a-name-that-is-too-long"}, "nvo3-bridge is"),
    ({"tunnel_port": "br-int"}, "the name of the bridge"),
    ({"datapath_type": "fast"}, "write system or netdev"),
])
def test_bad_configuration_does_nothing_but_say_so(host, keys, words):
    host.start_ovsdb()
    host.configure_all(**keys)
    host.agent.start()
    assert words in host.wait_status("refused: ")
    assert words in host.agent.appctl("nved/show")
    assert len(host.agent.log_lines(words)) == 1
    assert host.bridge() is None
    assert not host.central.registrations()


def test_corrected_configuration_is_taken(host):
    host.start_ovsdb()
    host.configure_all(encap_ip="nonsense")
    host.agent.start()
    host.wait_status("refused: ")
    host.configure(encap_ip="192.0.2.1")
    host.wait_status("ok")
    host.open_bridge()
    host.central.wait_registered("hv1")


def test_spoilt_configuration_leaves_all_in_force(nve):
    nve.add_port("p1", iface_id="a")
    nve.central.bind("a")
    nve.wait_state("p1", "activated")
    nve.configure(remote="nonsense")
    assert "stays in use" in nve.wait_status("refused")
    nve.add_port("p2", iface_id="b")          # work goes on
    nve.central.wait_claims("a", "b")
    assert nve.port_state("p1") == ("activated", None)
    nve.configure(remote=nve.central.remote)
    nve.wait_status("ok")


def test_registration_says_what_is_configured(nve):
    registration, = nve.central.registrations()
    del registration["_uuid"], registration["_version"]
    assert registration == {
        "nve": "hv1", "datapath_id": "00001234567890ab",
        "endpoints": {"192.0.2.1": 100}, "bridge": "br-int",
        "tunnel_port": "nvo3-vxlan0", "external_ids": {}}
    nve.configure(encap_ip="192.0.2.77")
    wait_for(lambda: nve.central.registrations()[0]["endpoints"]
             == {"192.0.2.77": 100}, 10)
    nve.open_bridge(datapath_id="00000000000000ff")
    nve.central.wait_registered("hv1", "00000000000000ff")
    assert len(nve.central.registrations()) == 1


def test_name_of_the_nve_defaults_to_system_id(host):
    host.start_ovsdb()
    host.vsctl("set", "Open_vSwitch", ".", "external_ids:system-id=sys-7")
    host.configure_all(nve_name=None)
    host.agent.start()
    host.open_bridge()
    host.central.wait_registered("sys-7")


def test_new_name_moves_the_rows(nve):
    nve.add_port("p1", iface_id="a")
    nve.central.bind("a")
    nve.wait_state("p1", "activated")
    nve.configure(nve_name="hv2")
    nve.central.wait_registered("hv2")
    claim = nve.central.claim("a", nve="hv2")
    assert [r["nve"] for r in nve.central.registrations()] == ["hv2"]
    assert len(nve.central.claims()) == 1
    nve.wait_state("p1", "pending")           # nobody has answered hv2
    nve.central.bind("a")
    nve.wait_state("p1", "activated")
    assert claim["port"] == "p1"


def test_nve_refused_by_the_director(nve):
    nve.central.db.insert("NVE", name="hv1",
                          status="refused: endpoint 192.0.2.1 is hv2's")
    assert "is hv2's" in nve.wait_status("refused")
    nve.central.db.update("NVE", [["name", "==", "hv1"]], status="ok")
    nve.wait_status("ok")


def check_configuration(host, *options):
    env = dict(os.environ, OVS_RUNDIR=host.folder)
    return subprocess.run([*host.agent.argv, "-n", *options], text=True,
                          env=env, capture_output=True, timeout=30)


def test_check_option(host):
    host.start_ovsdb()
    host.configure_all(encap_ip=None)
    done = check_configuration(host)
    assert done.returncode == 1
    assert "nvo3-encap-ip is not set" in done.stderr
    host.configure(encap_ip="192.0.2.1")
    size = host.ovsdb.size()
    done = check_configuration(host)
    assert done.returncode == 0, done.stderr
    assert 'NVE "hv1", endpoint 192.0.2.1, bridge br-int' in done.stdout
    assert host.ovsdb.size() == size
    assert host.bridge() is None


def test_check_option_without_database(host):
    done = check_configuration(host)
    assert done.returncode == 1
    assert "is ovsdb-server running?" in done.stderr


@pytest.mark.parametrize("argument, words", [
    ("--ovsdb=what", "write unix:FILE"),
    ("extra", "no arguments are expected"),
    ("--no-such-option", "--no-such-option"),
])
def test_bad_command_line(host, argument, words):
    done = check_configuration(host, argument)
    assert done.returncode == 1
    assert words in done.stderr


def test_detach_pidfile_and_exit(host):
    host.start_ovsdb()
    pidfile = f"{host.folder}/nved.pid"
    ctl = f"{host.folder}/detached.ctl"
    run([*host.agent.argv, "--detach", "--no-chdir", "--pidfile=" + pidfile,
         "--unixctl=" + ctl, f"--log-file={host.folder}/detached.log",
         "-vconsole:off"])
    assert "NVE not configured" in unixctl(ctl, "nved/show")
    with open(pidfile, encoding="ascii") as stream:
        pid = int(stream.read())
    os.kill(pid, 0)
    unixctl(ctl, "exit")
    wait_for(lambda: not os.path.exists(pidfile), 10)


@pytest.mark.parametrize("where", ["row", "options"])
def test_tls_to_the_nvo3_database(host, where):
    key, cert = make_certificate(host.folder, "hv1")
    port = free_port()
    host.central.kill()
    host.central.use_certificate(key, cert)
    host.central.argv.append(f"--remote=pssl:{port}:127.0.0.1")
    host.central.start()
    host.start_ovsdb()
    if where == "row":
        host.vsctl("set-ssl", key, cert, cert)
    else:
        host.agent.use_certificate(key, cert)
    host.configure_all(remote=f"ssl:127.0.0.1:{port}")
    host.agent.start()
    host.open_bridge()
    host.central.wait_registered("hv1")
