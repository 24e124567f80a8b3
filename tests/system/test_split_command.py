# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The command nvo3-lab knows the machines of a split NVE."""

import os
import subprocess
import sys

from conftest import TREE

from nvo3lab import Lab

COMMAND = os.path.join(TREE, "utilities", "nvo3-lab")


def command(net, verb, *args):
    return subprocess.run([sys.executable, COMMAND, verb, "--name", net.name,
                           *args], text=True, capture_output=True)


def test_status(split):
    lines = command(split, "status").stdout.splitlines()
    nve1, = [line for line in lines if line.startswith("nve1 ")]
    assert "hypervisor-db up" in nve1 and "ovs-nved up" in nve1
    hyp2, = [line for line in lines if line.startswith("hyp2 ")]
    assert "on nve1" in hyp2 and "ovs-tnved up" in hyp2
    below = lines[lines.index(hyp2) + 1]
    assert "vm3" in below and "VN red: activated" in below


def test_nvectl(split):
    done = command(split, "nvectl", "nve1", "--", "device-list")
    assert "hyp1" in done.stdout, done.stderr
    done = command(split, "exec", "nve1", "--", "printenv", "NVE_DB")
    assert done.stdout.strip() == split.hosts["nve1"].hv_remote
    done = command(split, "nvectl", "hv1", "--", "show")
    assert done.returncode == 1
    assert "hv1 is no external NVE; nve1" in done.stderr


def test_vsctl_and_ofctl_of_a_hypervisor(split):
    done = command(split, "vsctl", "hyp1", "list-br")
    assert done.stdout.split() == ["br-int"], done.stderr
    done = command(split, "ofctl", "hyp1", "show", "br-int")
    assert "uplink" in done.stdout, done.stderr
    done = command(split, "vsctl", "blade", "list-br")
    assert "blade has no Open vSwitch" in done.stderr


def test_daemons_of_a_hypervisor(split):
    for verb, state in ("kill", "DOWN"), ("start", "up"):
        done = command(split, verb, "hyp3", "ovs-tnved")
        assert done.returncode == 0, done.stderr
        assert f"ovs-tnved {state}" in command(split, "status").stdout


def test_loaded_lab_has_its_trunks(split):
    split.add_vn("left")
    split.add_vn("right")
    vm = split.add_vm("hyp1", "trunk", vn="red", ip="10.0.0.71/24")
    split.add_trunk(vm, {0: ("left", ["10.3.0.1/24"]),
                         10: ("right", ["10.4.0.1/24"])})
    split.wait_ready(vm)
    again = Lab.load(split.name).vms["trunk"]
    assert again.nics[1].attach_command() == vm.nics[1].attach_command()
    assert again.nics[1].state() == "activated"
    assert again.nics[1].ips == ["10.3.0.1/24"]
    assert "trunk" in command(split, "status").stdout
