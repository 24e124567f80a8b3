# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of nvo3-bench's tests."""

import json
import os
import shutil
import sys
import tempfile

import pytest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "utilities"))

from nvo3lab.shell import run  # noqa: E402


@pytest.fixture
def folder(monkeypatch):
    """Where nvo3-bench makes its folders; short enough for unix sockets."""
    path = tempfile.mkdtemp(prefix="nb-")
    monkeypatch.setenv("TMPDIR", path)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def bench(folder, tmp_path):
    """Runs nvo3-bench; returns (results as JSON, what it printed)."""
    build = os.environ.get("NDIRECTOR_BUILDDIR")

    def call(*words):
        path = tmp_path / "results.json"
        verb, *options = words
        if build:
            options = ["--build", build, *options]
        done = run([f"{TREE}/utilities/nvo3-bench", verb, *options,
                    "--json", path], timeout=300)
        return json.loads(path.read_text(encoding="utf-8")), done.stdout
    return call
