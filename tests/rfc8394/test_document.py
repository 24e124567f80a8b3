# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The documentation says what this run has found."""

import os

import pytest

from lab_subject import LabSubject
from spec import render

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
DOCUMENT = os.path.join(TREE, "Documentation", "rfc8394-conformance.md")
HOW = "make update-conformance"


def test_document(request, subject, results):
    """Each line of the table, and all of it if all tests ran."""
    if not isinstance(subject, LabSubject):
        pytest.skip("the document is about another subject")
    if request.config.getoption("--conformance-table"):
        pytest.skip("it is being written")
    with open(DOCUMENT, encoding="utf-8") as stream:
        text = stream.read()
    lines = text.splitlines()
    rows, complete = results
    missing = [row.line() for row in rows if row.line() not in lines]
    assert missing == [], f"the document lacks these: {HOW}"
    if complete:
        assert render(subject.name, rows) == text, HOW
