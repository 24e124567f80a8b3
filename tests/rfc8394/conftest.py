# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The conformance suite: one subject, the stage that tests play on, and the
table of what came of them.  See README.md."""

import fnmatch
import os
import signal
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(TREE, "utilities")]
if "NDIRECTOR_BUILDDIR" in os.environ:
    os.environ.setdefault("NVO3_BUILD", os.environ["NDIRECTOR_BUILDDIR"])

from lab_subject import LabSubject  # noqa: E402
from spec import Row, render  # noqa: E402
from stage import Stage  # noqa: E402
from subject import DescribedSubject, Subject  # noqa: E402

LAST = "test_document.py"
ROWS = pytest.StashKey()            # {test's node id: Row}
NAME = pytest.StashKey()            # of the subject
PART = pytest.StashKey()            # true if only some tests were selected


def pytest_addoption(parser):
    parser.addoption("--rfc8394-subject", metavar="FILE",
                     default=os.environ.get("RFC8394_SUBJECT"),
                     help="test what FILE describes (tests/rfc8394/README.md)")
    parser.addoption("--conformance-table", metavar="FILE",
                     help="write what came of the tests to FILE")


def pytest_configure(config):
    """A terminated run removes its lab as an interrupted one does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    config.addinivalue_line("markers", "rfc8394: see spec.py")
    config.stash[ROWS] = {}
    config.stash[NAME] = "nothing"
    config.stash[PART] = any("::" in arg for arg in config.args)


def pytest_collection_modifyitems(config, items):
    """Notes the rows that there will be; whoever judges them comes last."""
    rows = config.stash[ROWS]
    for item in items:
        if item.get_closest_marker("rfc8394"):
            row = rows[item.nodeid] = Row(item)
            assert [each.name for each in rows.values()].count(row.name) \
                == 1, f"two tests have the id {row.name}"
    files = {item.path.name for item in items}
    config.stash[PART] |= not files >= set(fnmatch.filter(os.listdir(HERE),
                                                          "test_*.py"))
    items.sort(key=lambda item: item.path.name == LAST)


def pytest_deselected(items):
    items[0].config.stash[PART] = True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Takes down the result, and what a failed test's subject logged."""
    outcome = yield
    report = outcome.get_result()
    row = item.config.stash[ROWS].get(item.nodeid)
    if row:
        row.note(report)
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Subject):
                report.sections.append((value.name, value.last_words()))


def pytest_sessionfinish(session):
    """Writes the table if it was asked for."""
    config = session.config
    path = config.getoption("--conformance-table")
    rows = [row for row in config.stash[ROWS].values() if row.result]
    if path and rows:
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(render(config.stash[NAME], rows))


@pytest.fixture(scope="session")
def subject(request):
    config = request.config
    path = config.getoption("--rfc8394-subject")
    with DescribedSubject(path) if path else LabSubject() as it:
        config.stash[NAME] = it.name
        yield it


@pytest.fixture
def results(request):
    """The rows of the table so far, and whether they are all of it."""
    stash = request.config.stash
    return ([row for row in stash[ROWS].values() if row.result],
            not stash[PART])


@pytest.fixture(scope="session")
def whole_stage(subject):
    yield Stage(subject)


@pytest.fixture
def stage(whole_stage, request):
    """The stage, cleared when the test has ended."""
    row = request.config.stash[ROWS][request.node.nodeid]
    whole_stage.begin(row)
    yield whole_stage
    whole_stage.clear()
