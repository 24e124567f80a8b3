# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the external role's tests; see external_harness.py."""

import importlib.util
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
AGENT = os.path.join(HERE, "..", "agent")
sys.path.insert(0, HERE)

# The agent's tests have what is needed for a host and its databases.
SPEC = importlib.util.spec_from_file_location(
    "agent_conftest", os.path.join(AGENT, "conftest.py"))
AGENT_CONFTEST = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(AGENT_CONFTEST)
folder = AGENT_CONFTEST.folder
build = AGENT_CONFTEST.build
central = AGENT_CONFTEST.central

from external_harness import External  # noqa: E402


@pytest.fixture
def host(folder, central, build):
    """An external NVE of which nothing runs yet but the NVO3 database."""
    machine = External(folder, central, build)
    yield machine
    machine.end()


@pytest.fixture
def nve(host):
    """One that serves end devices hv1 and hv2 on access ports p1 and p2, and
    VNs red (7, tenant acme) and blue (8)."""
    host.ready()
    return host
