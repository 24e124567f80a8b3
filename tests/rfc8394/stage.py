# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What each test plays on: the subject, guests, a witness, and an operator
whose changes are undone.

    tsi = stage.tsi()                # a new guest of a in red, not asked for
    tsi.ask("activated")
    stage.passes(tsi)
    stage.operate("Access_Port", stage.shared.name, enabled=False)

The witness is a VNIC in red, at a on the shared port, that is activated
throughout: that its frames pass, and that its answer is what it was, shows
that others were left alone; and when it gets an answer, requests before that
have been dealt with.
"""

import pytest

from nvo3lab.shell import wait_for

import wire
from protocol import Tsi, Vap

BOTH = (wire.UP, wire.DOWN)
N_GUESTS = 120
FIRST_HOST = 100
HELD = 45                           # seconds until all that is held has gone


class Guest:
    """A virtual network interface that a VM may have."""

    def __init__(self, vnic, mac, ip):
        self.vnic = vnic
        self.mac = mac
        self.ip = ip


class Stage:
    """See the top of this file."""

    def __init__(self, subject):
        self.subject = subject
        self.a, self.b = subject.a, subject.b
        self.red, self.blue = subject.red, subject.blue
        self.shared, self.second = subject.shared, subject.second
        self.n_guests = 0
        self.row = None                          # of the table
        self._undo = []
        self._made = []
        self.witness = self._start_witness()
        self.witness_answer = None

    def begin(self, row):
        """A test begins whose row in the table is 'row'."""
        self.row = row
        self.witness_answer = self.settle()

    def clear(self):
        """The test has ended: all that it made goes."""
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        devices = [each for each in (self.a, self.b, self.subject.far)
                   if each]
        for device in devices:
            device.forget(but=[self.witness])
        self.witness.wait_state("activated")
        for device in devices:
            wait_for(lambda each=device: self._is_clear(each), HELD,
                     f"{device.name}: no answers but the witness's")
        self.subject.check()

    def _is_clear(self, device):
        rows = [row for kind in (Vap, Tsi) for row in
                device.db.find(kind.answers, end_device=device.name)]
        return all(row.get("vnic") == self.witness.guest.vnic for row in rows)

    # What is asked for.

    def guest(self, vn=None):
        """A guest that nobody has."""
        number = FIRST_HOST + self.n_guests % N_GUESTS
        self.n_guests += 1
        return Guest(f"rfc8394-{number}", f"52:54:00:83:94:{number:02x}",
                     f"{(vn or self.red).prefix}{number}")

    def tsi(self, device=None, vn=None, port=None, guest=None, name=None):
        """A Tsi that is not asked for yet."""
        vn = vn or self.red
        return Tsi(device or self.a, guest or self.guest(vn), vn,
                   port or self.shared.name, name)

    def vap(self, device=None, vn=None, port=None):
        """A Vap that is not asked for yet."""
        return Vap(device or self.a, self.blue if vn is None else vn,
                   port or self.shared.name)

    def settle(self):
        """Returns when all that was written before has been dealt with."""
        self.witness.change()
        return self.witness.wait_state("activated")

    def tag_state(self, answer):
        """Returns what the tag book says of the tag in an answer."""
        port, = (each for each in (self.shared, self.second)
                 if each.name == answer["port"])
        rows = self.a.db.find("Tag", segment=port.segment, tag=answer["tag"],
                              vn=answer["vn_name"])
        return rows[0]["state"] if rows else None

    def unharmed(self):
        """The witness has what it had, and its frames pass."""
        answer = self.settle()
        for key in set(answer) - {"_version", "claim_seq"}:
            assert answer[key] == self.witness_answer[key], key
        self.passes(self.witness)

    def unchanged(self, row, before):
        """The answer to 'row' is 'before' but for the number; settled."""
        self.settle()
        answer = row.answer()
        ignore = {"_version", "claim_seq"}
        assert {k: v for k, v in answer.items() if k not in ignore} \
            == {k: v for k, v in before.items() if k not in ignore}

    # What passes.

    def passes(self, tsi, ways=BOTH, **changes):
        """Frames of a Tsi pass; 'changes' are as of wire.Path."""
        if self._observes(tsi, changes):
            wire.passes(wire.Path(tsi, **changes), ways)

    def blocked(self, tsi, ways=BOTH, **changes):
        """Frames of a Tsi do not pass."""
        if self._observes(tsi, changes) and self._observes(self.witness, {}):
            wire.blocked(wire.Path(tsi, **changes), wire.Path(self.witness),
                         ways)

    def _observes(self, tsi, changes):
        """True if frames can be seen there; else that is noted."""
        port = changes.get("port") or tsi.port
        seen = bool(tsi.device.links.get(port) and tsi.vn.peer)
        if self.row:
            self.row.observed &= seen
        return seen

    # Who else acts.

    def operate(self, table, name, **columns):
        """Changes a row on behalf of the NVE's operator, until the end of the
        test.  'name' is None in a table of one row."""
        db = self.subject.operator
        if not db:
            pytest.skip("no operator's access")
        where = [["name", "==", name]] if name else []
        before = db.select(table, where, list(columns))
        assert len(before) == 1, f"{table} {name}: {before}"
        self._undo.append(lambda: db.update(table, where, **before[0]))
        db.update(table, where, **columns)

    def command(self, name, undo=None):
        """Does what the operator of the NVA does, and 'undo' at the end."""
        commands = self.subject.commands
        if name not in commands:
            pytest.skip(f"no command {name}")
        if undo:
            self._undo.append(commands[undo])
        commands[name]()

    def need(self, what):
        """Returns an optional part of the subject; without, nothing is
        tested."""
        part = getattr(self.subject, what)
        if not part:
            pytest.skip(f"no {what} given")
        return part

    def _start_witness(self):
        self.a.forget()
        self.b.forget()
        witness = self.tsi()
        witness.ask("activated")
        return witness
