# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Labs live side by side and leave nothing behind, however they end."""

import os
import signal
import subprocess
import sys

import pytest
from conftest import TREE, build_by_hand

from nvo3lab import Lab, LabError, lab, netns, wait_for

COMMAND = os.path.join(TREE, "utilities", "nvo3-lab")


def traces(net):
    """Returns all namespaces, processes and files that belong to a lab."""
    prefix = lab.netns_prefix(net.folder)
    names = netns.list_netns(prefix)
    pids = [pid for name in names for pid in netns.Netns(name).pids()]
    return names, pids, os.path.exists(net.folder)


def command(*args):
    return subprocess.run([sys.executable, COMMAND, *args], text=True,
                          capture_output=True)


def test_two_labs_side_by_side():
    with Lab(control=False) as left, Lab(control=False) as right:
        for net in left, right:
            one, two = build_by_hand(net, 2)
            assert one.ping(two) == 1
        # The very same addresses, and the end of one is not the other's.
        left.down()
        assert traces(left) == ([], [], False)
        assert right.vms["vm1"].ping(right.vms["vm2"]) == 1


def test_down_leaves_nothing_and_may_be_repeated():
    net = Lab(control=False).up()
    build_by_hand(net, 1)
    stray = net.vms["vm1"].popen("sleep", "600")
    wait_for(lambda: stray.pid in traces(net)[1], 5, "the stray to begin")
    names, pids, there = traces(net)
    assert len(names) == 3 and len(pids) == 3 and there
    assert lab.remove(net.name)
    assert traces(net) == ([], [], False)
    assert stray.wait(5) == -signal.SIGKILL
    assert not [pid for pid in pids if os.path.exists(f"/proc/{pid}/ns/net")
                and pid != stray.pid]
    assert not lab.remove(net.name)


def test_killed_program_leaves_an_orphan_that_can_be_removed():
    program = ("import sys, time; sys.path.insert(0, sys.argv[1])\n"
               "from nvo3lab import Lab\n"
               "net = Lab(control=False).up()\n"
               "net.add_vserver()\n"
               "print(net.name, flush=True)\n"
               "time.sleep(600)\n")
    child = subprocess.Popen(
        [sys.executable, "-c", program, os.path.join(TREE, "utilities")],
        stdout=subprocess.PIPE, text=True)
    name = child.stdout.readline().strip()
    assert name not in lab.orphans()
    child.kill()
    child.wait()
    assert name in lab.orphans()
    net = Lab.load(name)
    assert net.hosts["hv1"].daemons["ovs-vswitchd"].alive()
    done = command("down", "--orphans")
    assert f"lab {name} is gone" in done.stdout, done.stderr
    assert traces(net) == ([], [], False)


def test_lab_is_removed_though_its_state_is_lost():
    net = Lab(control=False).up()
    net.add_vserver()
    os.unlink(os.path.join(net.folder, "lab.json"))
    assert lab.remove(net.name)
    assert traces(net) == ([], [], False)


def test_exception_inside_removes_the_lab():
    with pytest.raises(ZeroDivisionError):
        with Lab(control=False) as net:
            net.add_vserver()
            1 / 0
    assert traces(net) == ([], [], False)


def test_second_lab_of_the_name_leaves_the_first_alone():
    with Lab("twice", control=False) as net:
        with pytest.raises(LabError, match="is there already"):
            with Lab("twice", control=False):
                pass
        assert traces(net)[2]
        assert net.switch.netns.exists()


def test_daemon_that_does_not_start_says_why():
    with Lab(control=False) as net:
        host = net.add_vserver()
        host.kill("ovsdb-server")
        with open(host.db_file, "w") as stream:
            stream.write("no database at all")
        with pytest.raises(LabError, match="conf.db"):
            host.start("ovsdb-server")


def test_loaded_lab_is_the_same():
    with Lab(control=False) as net:
        build_by_hand(net, 2)
        again = Lab.load(net.name)
        assert list(again.hosts) == ["hv1", "hv2"]
        assert again.vms["vm1"].ping(again.vms["vm2"]) == 1
        assert again.vms["vm1"].nic.mac == net.vms["vm1"].nic.mac


def test_restarted_daemon_is_another_process():
    with Lab(control=False) as net:
        host = net.add_vserver()
        daemon = host.daemons["ovs-vswitchd"]
        before = daemon.pid()
        host.restart("ovs-vswitchd")
        assert daemon.alive() and daemon.pid() != before
        with pytest.raises(LabError, match="running already"):
            daemon.start()


@pytest.mark.parametrize("name", ["", "a" * 17, "../x", "Lab", "a b"])
def test_bad_lab_names_are_refused(name):
    with pytest.raises(LabError, match="use up to"):
        lab.lab_folder(name)


def test_command_speaks_plainly_of_what_is_not_there():
    done = command("status", "--name", "nosuch")
    assert done.returncode == 1
    assert "there is no lab nosuch" in done.stderr
    done = command("up", "--topo", "nosuch")
    assert done.returncode == 1 and "three-hosts" in done.stderr


def test_command_status_and_exec():
    with Lab(control=False) as net:
        vm1, vm2 = build_by_hand(net, 2)
        done = command("status", "--name", net.name)
        assert "ovs-vswitchd up" in done.stdout, done.stderr
        assert vm1.nic.mac in done.stdout
        done = command("exec", "--name", net.name, "vm1", "--", "ping",
                       "-c1", vm2.ip)
        assert "1 received" in done.stdout
        done = command("vsctl", "--name", net.name, "hv1", "list-br")
        assert done.stdout.split() == ["br-int", "br-phy"]
        done = command("exec", "--name", net.name, "hv2", "ovs-vsctl",
                       "get", "Open_vSwitch", ".", "external_ids:system-id")
        assert done.stdout.strip() == "hv2"
        done = command("kill", "--name", net.name, "hv1", "ovs-vswitchd")
        assert done.returncode == 0
        done = command("status", "--name", net.name)
        assert "ovs-vswitchd DOWN" in done.stdout
        done = command("start", "--name", net.name, "hv1", "ovs-vswitchd")
        assert done.returncode == 0, done.stderr


def test_interrupted_up_removes_the_lab(tmp_path):
    # Without ndirectord "up" fails, or with it "up" is interrupted while
    # it works: in both cases nothing may be left.
    child = subprocess.Popen(
        [sys.executable, COMMAND, "up", "--name", "cut"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    folder = lab.lab_folder("cut")
    wait_for(lambda: os.path.exists(folder) or child.poll() is not None, 10,
             "the lab to begin")
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=30)
    assert child.returncode != 0
    assert not os.path.exists(folder)
    assert netns.list_netns(lab.netns_prefix(folder)) == []
