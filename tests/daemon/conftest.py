# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of ndirectord's tests; see director_harness.py."""

import os
import shutil
import sys
import tempfile

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "agent"))
sys.path.insert(0, os.path.join(HERE, "..", "..", "utilities"))

from director_harness import Database, Director, Switch  # noqa: E402


@pytest.fixture
def folder():
    """A folder whose name is short enough for unix sockets."""
    path = tempfile.mkdtemp(prefix="ndir-")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def build():
    return os.environ.get("NDIRECTOR_BUILDDIR")


@pytest.fixture
def database(folder):
    server = Database(folder)
    server.start()
    server.db.insert("NVO3_Global")
    yield server
    server.kill()


@pytest.fixture
def make_director(folder, database, build):
    """Makes directors, not yet started, that end with the test."""
    directors = []

    def make(name="ndirectord", db=database, **arguments):
        director = Director(folder, db, build, name, **arguments)
        directors.append(director)
        return director
    yield make
    for director in directors:
        director.end()


@pytest.fixture
def director(make_director):
    """A director that follows the database."""
    daemon = make_director()
    daemon.start()
    return daemon


@pytest.fixture
def switch(folder, database, director):
    """The switch of NVE hv1, connected and ready."""
    database.add_nve("hv1", 1)
    machine = Switch(folder, "hv1", 1, director.target)
    machine.start()
    database.wait_row("NVE", {"connected": True}, name="hv1")
    yield machine
    machine.end()
