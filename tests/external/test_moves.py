# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Migrations between end devices of one NVE, and what they cost."""

import re

import pytest

from nvo3lab.shell import wait_for

def addresses(n):
    return [f"02:00:00:00:{i >> 8:02x}:{i & 255:02x} 10.0.{i >> 8}.{i & 255}"
            for i in range(1, n + 1)]


def changed_rows(transaction):
    """Returns (table, columns or "delete row") of each row change in a
    transaction as "ovsdb-tool -mm show-log" prints it."""
    changes = re.split(r"^  table ", transaction, flags=re.M)[1:]
    return [(text.split()[0],
             re.findall(r"^    (delete row|\w+(?==))", text, re.M))
            for text in changes]


def arrive(nve, n, state):
    nve.hyp.ask(device="hv2", port="p2", state=state, migration="arriving",
                addresses=addresses(n))


@pytest.mark.parametrize("n", [1, 1000])
def test_move_changes_one_claim(nve, n):
    nve.attach(addresses=addresses(n))
    before = nve.central.claim("vm1")
    bindings = nve.central.db.select("Binding")
    n_before = len(nve.central.transactions())

    arrive(nve, n, "associated")
    nve.wait_answer("associated done 200", device="hv2")
    nve.hyp.ask(migration="departing", addresses=addresses(n))
    wait_for(lambda: nve.hyp.answer()["claim_seq"] == nve.hyp.seq, 10)
    assert len(nve.central.transactions()) == n_before
    arrive(nve, n, "activated")
    after = nve.central.claim("vm1", port="p2", tag=200)
    nve.wait_answer("init withdrawn", "moved to end device \"hv2\"")
    nve.wait_answer("associated pending 200", device="hv2")

    moves = nve.central.transactions()[n_before:]
    assert len(moves) == 1
    assert [(table, sorted(columns)) for table, columns in changed_rows(
        moves[0])] == [
        ("VNIC_Claim", ["client_seq", "port", "tag"])]
    assert after["_uuid"] == before["_uuid"]
    assert after["addresses"] == before["addresses"]
    assert nve.central.db.select("Binding") == bindings

    nve.grant()
    nve.wait_answer("activated done 200", device="hv2")
    nve.hyp.end()
    nve.wait_answer(None)
    assert len(nve.central.claims()) == 1


def test_teardown_is_one_row(nve):
    nve.attach(addresses=addresses(1000))
    n_before = len(nve.central.transactions())
    nve.hyp.end()
    nve.central.wait_claims()
    teardown = nve.central.transactions()[n_before:]
    assert len(teardown) == 1
    assert changed_rows(teardown[0]) == [("VNIC_Claim", ["delete row"])]


def test_departing_is_held(nve):
    """The claim stays until the VNIC arrives; other ways out end at once."""
    nve.attach()
    claim = nve.central.claim("vm1")
    nve.hyp.ask(migration="departing")
    wait_for(lambda: nve.hyp.answer()["claim_seq"] == nve.hyp.seq, 10)
    nve.hyp.end()
    answer = nve.wait_answer("activated held 100", "kept until")
    assert answer["kept_addresses"]
    assert nve.central.claim("vm1") == claim
    nve.hyp.ask(device="hv2", port="p2")
    nve.central.claim("vm1", port="p2", tag=200)
    nve.wait_answer(None)
    nve.grant()
    nve.wait_answer("activated done 200", device="hv2")
    nve.hyp.end(device="hv2")
    nve.central.wait_claims()


def test_hold_ends(nve):
    nve.hyp.options(hold_time=200)
    nve.attach()
    nve.hyp.ask(migration="departing")
    wait_for(lambda: nve.hyp.answer()["claim_seq"] == nve.hyp.seq, 10)
    nve.hyp.end()
    nve.central.wait_claims()
    nve.wait_answer(None)


def test_another_device_is_refused(nve):
    nve.attach()
    nve.hyp.ask(device="hv2", port="p2", migration="none")
    nve.wait_answer("init refused", "at end device \"hv1\"", device="hv2")
    nve.hyp.end()
    nve.central.claim("vm1", port="p2")


def test_held_over_a_restart(nve):
    """Who holds a VNIC holds it still, with what it had."""
    nve.attach()
    nve.hyp.ask(migration="departing")
    wait_for(lambda: nve.hyp.answer()["claim_seq"] == nve.hyp.seq, 10)
    nve.hyp.end()
    nve.wait_answer("activated held 100")
    claim = nve.central.claim("vm1")
    nve.agent.kill()
    nve.agent.start()
    nve.settle()
    nve.wait_answer("activated held 100")
    assert nve.central.claim("vm1") == claim


def test_thousand_at_once(nve):
    """What is asked for together is claimed and answered together."""
    n_before = len(nve.central.transactions())
    nve.hyp.db.transact(*(
        {"op": "insert", "table": "VNIC_Request",
         "row": {"end_device": "hv1", "vnic": f"v{i}", "vn": "red",
                 "port": "p1", "state": "activated", "client_seq": 1,
                 "addresses": f"02:00:00:00:{i >> 8:02x}:{i & 255:02x}"}}
        for i in range(1000)))
    wait_for(lambda: len(nve.central.claims()) == 1000, 60)
    assert len(nve.central.transactions()) == n_before + 1
    wait_for(lambda: len(nve.hyp.db.find("VNIC_Answer")) == 1000, 60)
    n_before = len(nve.hyp.transactions())
    nve.central.db.transact(*(
        {"op": "insert", "table": "Binding",
         "row": {"nve": "nve1", "vnic": c["vnic"], "vn": "red",
                 "state": "activated", "claim_seq": c["client_seq"]}}
        for c in nve.central.claims()))
    wait_for(lambda: len(nve.hyp.db.find(
        "VNIC_Answer", state="activated", outcome="done")) == 1000, 60)
    # One may have been about to say that they wait for the nDirector.
    assert len(nve.hyp.transactions()) <= n_before + 2
