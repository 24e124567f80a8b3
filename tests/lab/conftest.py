# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Tests of the lab itself: without nDirector, with flows by hand."""

import os
import signal
import sys

import pytest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TREE, "utilities"))

from nvo3lab import Lab  # noqa: E402

VNI = 0x123456


def pytest_configure(config):
    """A terminated run removes its labs as an interrupted one does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def connect_by_hand(net, vms):
    """Joins one VM per vServer to a network of its own, as in DESIGN 3."""
    for vm in vms:
        vm.host.vsctl(
            "set", "Bridge", "br-int", "protocols=OpenFlow15", "--",
            "add-port", "br-int", "vx0", "--", "set", "Interface", "vx0",
            "type=vxlan", "options:key=flow", "options:remote_ip=flow")
    for vm in vms:
        port = vm.host.interface(vm.nic.port)["ofport"]
        tunnel = vm.host.interface("vx0")["ofport"]
        others = [f"set_field:{VNI}->tun_id,"
                  f"set_field:{other.host.underlay_ip}->tun_dst,"
                  f"output:{tunnel}" for other in vms if other is not vm]
        vm.host.ofctl("add-flow", "br-int",
                      f"in_port={port},actions={','.join(others)}")
        vm.host.ofctl("add-flow", "br-int", f"in_port={tunnel},"
                      f"tun_id={VNI},actions=output:{port}")


def build_by_hand(net, n_hosts):
    """Gives a bare lab vServers with br-int, and one VM on each."""
    names = [f"hv{number}" for number in range(1, n_hosts + 1)]
    vms = []
    for number, host in enumerate(net.add_vservers(*names), 1):
        host.vsctl("add-br", "br-int", "--", "set", "Bridge", "br-int",
                   "datapath_type=netdev", "fail_mode=secure")
        vms.append(net.add_vm(host, vn="hand", ip=[f"10.0.0.{number}/24",
                                                   f"fd00::{number}/64"]))
    connect_by_hand(net, vms)
    return vms


@pytest.fixture(scope="module")
def trio():
    """A lab with a VM on each of three vServers, joined by hand."""
    with Lab(control=False) as net:
        build_by_hand(net, 3)
        yield net
