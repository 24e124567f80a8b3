# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""System tests: real daemons in the lab; needs root.

The programs are those of NVO3_BUILD (or NDIRECTOR_BUILDDIR), else of the
build folder that nvo3-lab finds.  A module has one lab, three vServers with
the VNs red (vm1 to vm3) and blue (vm4 to vm6, the same addresses), which is
built anew for the next module.  The modules about split NVE share one, the
topology "split".  After each test all daemons must be alive, and what it made
is removed; at the end of a lab they must end by "exit" and no sanitizer may
have reported anything.
"""

import contextlib
import os
import signal
import sys

import pytest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TREE, "utilities"))
if "NDIRECTOR_BUILDDIR" in os.environ:
    os.environ.setdefault("NVO3_BUILD", os.environ["NDIRECTOR_BUILDDIR"])

from nvo3lab import Lab, topology  # noqa: E402


def pytest_configure(config):
    """A terminated run removes its labs as an interrupted one does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Adds what the daemons logged last to the report of a failed test."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Lab):
                report.sections.append((f"lab {value.name}",
                                        value.last_words()))


@contextlib.contextmanager
def overlay(topo="three-hosts", **kwargs):
    """A lab with a topology, all of it activated; checked at its end."""
    with Lab(**kwargs) as net:
        topology.build(net, topology.load(topo))
        net.wait_ready(timeout=30)
        yield net
        assert dead_daemons(net) == []
        for daemon in net.own_daemons():
            daemon.appctl("exit")
            daemon.wait_gone()
        assert net.sanitizer_reports() == []


def dead_daemons(net):
    return [f"{machine.name}: {daemon.last_words()}"
            for machine in net.machines()
            for daemon in machine.daemons.values() if not daemon.alive()]


@pytest.fixture(scope="module")
def net():
    with overlay() as lab:
        yield lab


@pytest.fixture(scope="session")
def split():
    """A split NVE: hyp1 directly, hyp2 and hyp3 by a switch, on nve1."""
    with overlay("split") as lab:
        lab.core.ctl("sync")
        yield lab


@pytest.fixture(scope="module")
def hv4(net):
    """A fourth vServer, for changes that the traffic must not notice.

    A port that comes or goes makes OVS 3.1's userspace datapath drop a few
    milliseconds of tunnelled traffic on that same vServer now and then, with
    no controller at all.  So a test that counts every datagram from hv1 to
    hv2 adds and removes its ports on hv4.
    """
    return net.add_vserver("hv4")


@pytest.fixture(autouse=True)
def as_it_was(request):
    """Ends a test: no daemon may be dead, and what it made is removed.

    So a test need not clean up, and one that fails does not take the others
    of its module with it.
    """
    names = {"net", "split"} & set(request.fixturenames)
    if not names:
        yield
        return
    lab = request.getfixturevalue(names.pop())
    before = inventory(lab)
    yield
    dead = dead_daemons(lab)
    put_back(lab, before)
    assert dead == []
    assert lab.sanitizer_reports() == []


def inventory(lab):
    """Returns the names of the VMs, VNs and VNICs that are there."""
    rows = {table: {row["name"] for row in lab.core.db.select(table)}
            for table in ("VN", "VNIC")}
    return {"VM": set(lab.vms), **rows}


def put_back(lab, before):
    """Starts what was killed and removes what was not there before."""
    for machine in lab.machines():
        machine.start()
    for name in set(lab.vms) - before["VM"]:
        lab.del_vm(lab.vms[name])
    now = inventory(lab)
    for table in "VNIC", "VN":
        for name in now[table] - before[table]:
            lab.core.db.delete(table, name=name)
    gone = now["VNIC"] - before["VNIC"]
    lab.wait(lambda: not gone & {row["vnic"]
                                 for table in ("Binding", "VNIC_Claim")
                                 for row in lab.core.db.select(table)},
             what="bindings and claims of the test to go")
    lab.core.ctl("sync")
