# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""How a hypervisor reaches its NVE: by TLS, and with no IP network at all."""

import os
import re

import pytest
from helpers import vms

from nvo3lab import run
from nvo3lab.pki import Authority

PORT = 6645


@pytest.fixture(scope="module")
def authority(split):
    """The hypervisors' CA; the NVE's database listens for its peers."""
    nve = split.hosts["nve1"]
    authority = Authority(os.path.join(nve.folder, "pki"))
    nve.nvectl("set-ssl", *authority.issue("nve1", "/CN=nve1"),
               authority.cert)
    nve.nvectl("set-connection", "role=end-device",
               f"pssl:{PORT}:{nve.management_ip}")
    return authority


@pytest.fixture
def foreign(split):
    """Another CA, which the NVE knows nothing of."""
    return Authority(os.path.join(split.hosts["nve1"].folder, "foreign"))


def remote(host):
    return f"ssl:{host.nve.management_ip}:{PORT}"


def use_certificate(host, authority, ca):
    host.vsctl("set-ssl", *authority.issue(host.name, "/CN=" + host.name),
               ca.cert)


@pytest.fixture(scope="module")
def secure(split, authority):
    """A hypervisor that speaks TLS."""
    host = split.add_hypervisor("hyp5", split.hosts["nve1"])
    use_certificate(host, authority, authority)
    set_remote(host, remote(host))
    return host


def set_remote(host, value):
    host.vsctl("set", "Open_vSwitch", ".",
               f"external_ids:nvo3-nve-remote=\"{value}\"")


def test_vm_behind_tls(split, secure):
    vm = split.add_vm(secure, "guest", vn="red",
                      ip=["10.0.0.61/24", "fd00::61/64"])
    split.wait_ready(vm)
    vm1 = split.vms["vm1"]
    assert vm.ping(vm1) == vm1.ping(vm) == vm.ping(vm1, version=6) == 1
    request, = secure.nve.hv_db.find("VNIC_Request", vnic=vm.nic.vnic)
    assert request["end_device"] == "hyp5"


def transact(host, authority, operation):
    """Runs an OVSDB operation as 'host'; returns what the server said."""
    key, cert = (os.path.join(authority.folder, host.name + end)
                 for end in (".key", ".pem"))
    return run(["ip", "netns", "exec", host.netns.name, "ovsdb-client",
                "--private-key=" + key, "--certificate=" + cert,
                "--ca-cert=" + authority.cert, "--timeout=5", "transact",
                remote(host), f'["Hypervisor_NVE",{operation}]'],
               check=False)


@pytest.mark.parametrize("operation", [
    '{"op":"update","table":"VNIC_Request","where":[["end_device","==",'
    '"hyp1"]],"row":{"port":"acc2"}}',
    '{"op":"delete","table":"VNIC_Request","where":[["end_device","==",'
    '"hyp1"]]}',
    '{"op":"insert","table":"VNIC_Request","row":{"end_device":"hyp1",'
    '"vnic":"x","vn":"y"}}',
    '{"op":"update","table":"VNIC_Answer","where":[],"row":{"tag":9}}',
    '{"op":"delete","table":"End_Device","where":[["name","==","hyp1"]]}',
    '{"op":"insert","table":"Access_Port","row":{"name":"eth9"}}'],
    ids=["update", "delete", "insert", "answer", "device", "port"])
def test_rows_of_others_cannot_be_written(split, secure, authority,
                                          operation):
    db = secure.nve.hv_db
    tables = ["VNIC_Request", "VNIC_Answer", "End_Device", "Access_Port"]
    before = [sorted(map(str, db.select(table))) for table in tables]
    done = transact(secure, authority, operation)
    assert "permission error" in done.stdout + done.stderr
    assert [sorted(map(str, db.select(table))) for table in tables] == before


def test_agent_that_takes_anothers_name_gets_nothing(split, secure):
    vm2 = split.vms["vm2"]
    secure.vsctl("set", "Open_vSwitch", ".",
                 "external_ids:nvo3-end-device=hyp1")
    try:
        vm = split.add_vm(secure, "guest", vn="red", ip="10.0.0.61/24")
        split.wait(lambda: "permission" in log_of(secure), 15,
                   "ovs-tnved to say that it may not")
        assert vm.nic.state() != "activated"
        assert not secure.nve.hv_db.find("VNIC_Request", vnic=vm.nic.vnic)
        assert vm2.nic.state() == "activated"
        assert vm2.ping(split.vms["vm1"]) == 1
    finally:
        secure.vsctl("remove", "Open_vSwitch", ".", "external_ids",
                     "nvo3-end-device")
    vm.wait_state("activated", 20)


def log_of(host, name="ovs-tnved"):
    with open(host.daemons[name].log) as stream:
        return stream.read()


def n_failures(host):
    """Returns how many handshakes have failed on either side."""
    logs = log_of(host) + log_of(host.nve, "hypervisor-db")
    return len(re.findall("SSL_(connect|accept): .*error", logs))


@pytest.mark.parametrize("wrong", ["hypervisor", "nve"])
def test_both_sides_must_show_a_good_certificate(split, authority, foreign,
                                                 wrong):
    host = split.add_hypervisor({"hypervisor": "hyp6", "nve": "hyp7"}[wrong],
                                split.hosts["nve1"])
    before = n_failures(host)
    if wrong == "hypervisor":
        use_certificate(host, foreign, authority)
    else:
        use_certificate(host, authority, foreign)
    set_remote(host, remote(host))
    vm = split.add_vm(host, "guest", vn="red", ip="10.0.0.62/24")
    split.wait(lambda: n_failures(host) > before,
               what="the handshake to fail")
    assert vm.nic.state() != "activated"
    assert not host.nve.hv_db.find("VNIC_Request", vnic=vm.nic.vnic)
    use_certificate(host, authority, authority)
    host.restart("ovs-tnved")           # it waits between two attempts
    vm.wait_state("activated", 20)


def own_bridge(host, device):
    """Ends an access link in a small bridge of its own, as hypervisor-nve(5)
    has it: untagged frames are the host's, tagged ones go to br-int."""
    host.vsctl(
        "--if-exists", "del-port", "br-int", device,
        "--", "add-br", "acc", "--", "set", "Bridge", "acc",
        "fail_mode=standalone", "datapath_type=netdev",
        "--", "set", "Port", "acc", "vlan_mode=trunk", "trunks=0",
        "--", "add-port", "acc", device,
        "--", "add-port", "acc", "acc-up", "--", "set", "Interface",
        "acc-up", "type=patch", "options:peer=acc-int",
        "--", "set", "Port", "acc-up", "vlan_mode=trunk", "trunks=1-4094",
        "--", "add-port", "br-int", "acc-int", "--", "set", "Interface",
        "acc-int", "type=patch", "options:peer=acc-up")
    host.netns.sysctl({"ipv6.conf.acc.disable_ipv6": 0,
                       "ipv6.conf.acc.accept_dad": 0})
    host.netns.ip(["link set acc up"])


def test_without_any_ip_network(split):
    # Requirement 12: link-local addresses on the access link itself.
    nve = split.hosts["nve1"]
    host = split.add_hypervisor("hyp8", nve)
    host.uplink = "acc-int"
    own_bridge(nve, host.port)
    nve.netns.ip(["addr add fe80::1/64 dev acc nodad"])
    nve.hv_db.insert("Access_Port", name="acc-int")
    nve.hv_db.update("End_Device", [["name", "==", "hyp8"]], ports="acc-int")
    nve.nvectl("set-connection", f"ptcp:{PORT + 1}:[fe80::1%acc]")
    own_bridge(host, "uplink")
    host.netns.ip(["link set mg0 down"])
    host.vsctl("set", "Open_vSwitch", ".",
               "external_ids:nvo3-uplink=acc-int",
               "external_ids:nvo3-access-port=acc-int",
               "external_ids:nvo3-nve-remote="
               f"\"tcp:[fe80::1%acc]:{PORT + 1}\"")
    vm = split.add_vm(host, "guest", vn="red",
                      ip=["10.0.0.63/24", "fd00::63/64"])
    vm.wait_state("activated", 20)
    for other in vms(split, ["vm1", "vm2", "vm3"]):
        assert vm.ping(other) == other.ping(vm, version=6) == 1
