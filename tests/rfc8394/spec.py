# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What of RFC 8394 a test is for, and the table of what came of it.

    @spec("Req-5a", "4", MUST, "An end device connects to a VN")
    def test_connect(stage):

The document has a row for each such test.  Its text is a function of the
tests and their results alone: no date, no version, no time.
"""

import pytest

MUST, SHOULD, MAY = "MUST", "SHOULD", "MAY"
# RFC 8394 has these words in capitals in section 4 only.  Elsewhere it
# describes; "must" and the like are its words there.
LOWER_MUST, LOWER_SHOULD = "must", "should"
TEXT = "text"                       # described, without such a word
OURS = "ours"                       # hypervisor-nve(5) makes it precise

PASS = "pass"
NOT_OBSERVED = "pass, frames not observed"
NOT_SUPPORTED = "not supported"
NOT_TESTED = "not tested"
FAIL = "FAIL"

GROUPS = {
    "Req": "Requirements (section 4)",
    "F5": "The VAP: every event in every state of figure 5 (section 3.1)",
    "F6": "The TSI: every event in every state of figure 6 (sections 3.2 "
          "and 3.3)",
    "VM": "Events of virtual machines (section 2)",
    "Bad": "Requests that are refused (section 6)",
}

HEAD = """\
# RFC 8394 conformance

The [Hypervisor-to-NVE protocol](man/hypervisor-nve.5) of nDirector against
[RFC 8394](https://www.rfc-editor.org/rfc/rfc8394), *Split Network
Virtualization Edge (Split-NVE) Control-Plane Requirements*. Each row is a test
in [tests/rfc8394](../tests/rfc8394/README.md), run against
{subject}.

Made by `make update-conformance`; do not edit. `make check-system` fails if
this page is not what its run finds.

Levels in capitals are those of section 4, the only ones of the RFC. *must* and
*should* are its words elsewhere; *text* is what it describes without such a
word; *ours* is what hypervisor-nve(5) says where the RFC leaves it open.
Where it says *frames not observed*, the result is from the database alone.

{summary}
"""


def spec(name, section, level, text, supported=True):
    """Returns the decorator for the test of one requirement or transition.

    A test with 'supported' false shows that something optional that is not
    there is refused cleanly.
    """
    return pytest.mark.rfc8394(name=name, section=section, level=level,
                               text=text, supported=supported)


class Row:
    """A row of the table."""

    def __init__(self, item):
        marker = item.get_closest_marker("rfc8394").kwargs
        self.name = marker["name"]
        self.section = marker["section"]
        self.level = marker["level"]
        self.text = marker["text"]
        self.supported = marker["supported"]
        self.test = item.name
        self.result = None                       # it has not run
        self.observed = True

    def note(self, report):
        """Takes in pytest's report of one phase of the test."""
        if report.failed:
            self.result = FAIL
        elif report.skipped:
            reason = report.longrepr[2].removeprefix("Skipped: ")
            self.result = f"{NOT_TESTED}: {reason}"
        elif report.when == "call":
            self.result = self._passed()

    def _passed(self):
        if not self.supported:
            return NOT_SUPPORTED
        return PASS if self.observed else NOT_OBSERVED

    def line(self):
        cells = (self.name, self.section, self.level, self.text, self.result,
                 f"`{self.test}`")
        return "| " + " | ".join(cells) + " |"


def render(subject, rows):
    """Returns the document, as text."""
    parts = [HEAD.format(subject=subject, summary=_summary(rows))]
    for prefix, title in GROUPS.items():
        chosen = [row for row in rows if row.name.split("-")[0] == prefix]
        if chosen:
            parts += [f"## {title}\n",
                      "| id | section | level | what | result | test |",
                      "|---|---|---|---|---|---|",
                      *[row.line() for row in chosen], ""]
    return "\n".join(parts)


def _summary(rows):
    counts = {}
    for row in rows:
        kind = row.result.partition(":")[0]
        counts[kind] = counts.get(kind, 0) + 1
    parts = [f"{n} {kind}" for kind, n in counts.items()]
    return f"**{len(rows)} tests: {', '.join(parts)}.**"
