# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of ovs-tnved; see tnved_harness.py."""

import os
import shutil
import sys
import tempfile

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "agent"))
sys.path.insert(0, os.path.join(HERE, "..", "..", "utilities"))

from tnved_harness import Hypervisor, Nve  # noqa: E402


@pytest.fixture
def folder():
    """A folder whose name is short enough for unix sockets."""
    path = tempfile.mkdtemp(prefix="tnved-")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def nve(folder):
    server = Nve(folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def host(folder, nve):
    """A hypervisor of which nothing runs yet."""
    machine = Hypervisor(folder, nve, os.environ.get("NDIRECTOR_BUILDDIR"))
    yield machine
    machine.end()


@pytest.fixture
def hv(host):
    """A hypervisor whose agent runs, without ovs-vswitchd."""
    host.ready()
    return host


@pytest.fixture
def switch(host):
    """A hypervisor with a real ovs-vswitchd."""
    host.ready(vswitchd=True)
    return host
