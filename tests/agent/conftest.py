# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the agent's tests; see harness.py."""

import os
import shutil
import sys
import tempfile

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "..", "utilities"))

from harness import Central, Host  # noqa: E402


@pytest.fixture
def folder():
    """A folder whose name is short enough for unix sockets."""
    path = tempfile.mkdtemp(prefix="nved-")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def build():
    return os.environ.get("NDIRECTOR_BUILDDIR")


@pytest.fixture
def central(folder):
    server = Central(folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def host(folder, central, build):
    """A host of which nothing runs yet."""
    machine = Host(folder, central, build)
    yield machine
    machine.end()


@pytest.fixture
def nve(host):
    """A host whose agent runs and has registered it, without vswitchd."""
    host.ready()
    return host
