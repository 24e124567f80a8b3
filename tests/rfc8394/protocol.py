# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The protocol as an end device speaks it: rows, and the answers to them.

    tsi = Tsi(device, guest, vn, port)
    tsi.ask("associated")            # inserts the row; returns the answer
    tsi.ask("activated")             # changes it
    tsi.refuse("activated")          # as ask(), but it must be refused
    tsi.remove()

    vap = Vap(device, vn, port)
    vap.ask()
    vap.remove()
"""

import itertools
import time

from nvo3lab.shell import wait_for

# Rises with each change of a row, also from one run of the suite to the next.
_seqs = itertools.count(int(time.time()) << 10)

TIMEOUT = 15


class Row:
    """A row that an end device writes, identified by 'key', which holds the
    first columns of both tables; and its answer."""

    table = answers = None

    def __init__(self, device, **key):
        self.device = device
        self.key = {"end_device": device.name, **key}
        self.exists = False
        self.seq = None

    def insert(self, **columns):
        """Inserts the row; raises RpcError if the server refuses that."""
        seq = next(_seqs)
        self.device.db.insert(self.table, client_seq=seq,
                              **self.key, **columns)
        self.exists, self.seq = True, seq

    def change(self, **columns):
        """Changes columns of the row; returns how many rows that matched."""
        seq = next(_seqs)
        count = self.device.db.update(
            self.table, [[k, "==", v] for k, v in self.key.items()],
            client_seq=seq, **columns)
        if count:
            self.seq = seq
        return count

    def write(self, **columns):
        """Inserts the row, or changes it if it is there."""
        if self.exists:
            assert self.change(**columns) == 1
        else:
            self.insert(**columns)

    def delete(self):
        """Deletes the row; returns how many rows that matched."""
        self.exists = False
        return self.device.db.delete(self.table, **self.key)

    def remove(self):
        """Deletes the row and waits until the answer has gone, too."""
        assert self.delete() == 1
        self.wait_gone()

    def answer(self):
        """Returns the answer, or None."""
        rows = self.device.db.find(self.answers, **self.key)
        return rows[0] if rows else None

    def wait(self, state, outcome):
        """Waits for that answer to the row as it is; returns it."""
        def reached():
            answer = self.answer()
            return answer and (answer["state"], answer["outcome"]) \
                == (state, outcome) and answer["claim_seq"] == self.seq \
                and answer
        return wait_for(reached, TIMEOUT,
                        f"{self.key}: {state}, {outcome}, {self.seq}",
                        lambda: f"the answer is {self.answer()}")

    def wait_gone(self):
        wait_for(lambda: self.answer() is None, TIMEOUT,
                 f"{self.key}: no answer any more",
                 lambda: f"the answer is {self.answer()}")


class Vap(Row):
    """A row of VN_Connection."""

    table = "VN_Connection"
    answers = "VN_Connection_Answer"

    def __init__(self, device, vn, port):
        """'vn' is a VN, or what the column shall be."""
        super().__init__(device, port=port, vn=getattr(vn, "name", vn))

    def ask(self, **columns):
        """Writes the row and waits until it is granted."""
        self.write(**columns)
        return self.wait("connected", "done")

    def refuse(self, **columns):
        """Writes the row and waits until it is refused."""
        self.write(**columns)
        return self.wait("disconnected", "refused")


class Tsi(Row):
    """A row of VNIC_Request, for 'guest' in 'vn' on 'port'.

    'tag' is the last one that was answered.
    """

    table = "VNIC_Request"
    answers = "VNIC_Answer"

    def __init__(self, device, guest, vn, port, name=None):
        """'name' is what the column vn shall be, if not the VN's name."""
        super().__init__(device, vnic=guest.vnic,
                         vn=vn.name if name is None else name)
        self.guest = guest
        self.vn = vn
        self.port = port
        self.tag = None

    def write(self, state, port=None, addresses=None, **columns):
        """As of Row; what is not named stays, or is what is usual."""
        if port is not None:
            self.port = port
        if addresses is None and not self.exists:
            addresses = [f"{self.guest.mac} {self.guest.ip}"]
        if addresses is not None:
            columns["addresses"] = addresses
        super().write(state=state, port=self.port, **columns)

    def ask(self, state, **columns):
        """Writes the row and waits until the state is reached."""
        self.write(state, **columns)
        return self.wait_state(state)

    def wait_state(self, state):
        """Waits until the state is reached that is asked for."""
        answer = self.wait(state, "done")
        self.tag = answer["tag"]
        return answer

    def refuse(self, state="activated", **columns):
        """Writes the row and waits until it is refused."""
        self.write(state, **columns)
        return self.wait("init", "refused")


class EndDevice:
    """One end device: its name, its session, and its access links.

    'links' are {port: Point}, as far as frames can be sent there.
    """

    def __init__(self, name, db, links):
        self.name = name
        self.db = db
        self.links = links

    def forget(self, but=()):
        """Deletes all rows except those in 'but', a list of Rows."""
        for kind in Vap, Tsi:
            kept = [row.key for row in but
                    if row.table == kind.table and row.device is self]
            for row in self.db.find(kind.table, end_device=self.name):
                key = {k: row[k] for k in _key_columns(kind)}
                if key not in kept:
                    self.db.delete(kind.table, **key)


def _key_columns(kind):
    return ("end_device", "port" if kind is Vap else "vnic", "vn")
