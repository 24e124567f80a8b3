# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Figure 6: every event in every state of a TSI.

In a database an event is a change of a row.  Init is that there is no row, or
one that is refused.  An event that the figure does not have is a change that
finds no row, or that the server refuses, or that asks for what is already:
each must leave everything as it is.
"""

import pytest

from spec import LOWER_MUST, OURS, TEXT, spec

from nvo3lab.jsonrpc import RpcError

NO_VN = "rfc8394-no-such-vn"


def nothing_happens_in_init(stage, event):
    """'event' changes nothing for a guest without a row, nor for one whose
    row is refused."""
    absent = stage.tsi()
    assert event(absent) == 0
    refused = stage.tsi(name=NO_VN)
    before = refused.refuse("associated")
    assert event(refused) == 1
    stage.unchanged(refused, before)
    assert absent.answer() is None
    assert before["tag"] == before["vn_id"] == [] and not before["vn_name"]
    stage.unharmed()


def second_insert_is_refused(stage, tsi, state):
    """Another row for the same TSI cannot be; the first one stays."""
    before = tsi.answer()
    again = stage.tsi(guest=tsi.guest)
    with pytest.raises(RpcError, match="constraint violation"):
        again.write(state)
    stage.unchanged(tsi, before)


def is_moved(stage, state):
    """A TSI that is taken to the second port, in 'state'; (it, its tag on
    the first one)."""
    tsi = stage.tsi(device=stage.b, vn=stage.blue)
    before = tsi.ask(state)
    assert stage.tag_state(before) == "used"
    after = tsi.ask(state, port=stage.second.name)
    assert after["port"] == stage.second.name
    low, high = stage.second.pool
    assert low <= after["tag"] <= high
    assert stage.tag_state(after) == "used"
    assert stage.tag_state(before) == "resting"
    return tsi, before["tag"]


# In Init.

@spec("F6-Init-Associate", "3.2", LOWER_MUST,
      "Associated: the tag is on the port, no frame passes yet")
def test_init_associate(stage):
    tsi = stage.tsi(vn=stage.blue)
    answer = tsi.ask("associated")
    low, high = stage.shared.pool
    assert low <= answer["tag"] <= high
    assert answer["vn_name"] == stage.blue.name
    assert answer["vn_id"] == stage.blue.vn_id
    assert stage.tag_state(answer) == "used"
    stage.blocked(tsi)


@spec("F6-Init-Activate", "3.2", LOWER_MUST,
      "Activated at once: the tag is on the port, frames pass")
def test_init_activate(stage):
    tsi = stage.tsi(vn=stage.blue)
    answer = tsi.ask("activated")
    assert answer["vn_id"] == stage.blue.vn_id
    assert stage.tag_state(answer) == "used"
    stage.passes(tsi)


@spec("F6-Init-Deactivate", "3.3", OURS, "No effect")
def test_init_deactivate(stage):
    nothing_happens_in_init(stage, lambda tsi: tsi.change(state="associated"))


@spec("F6-Init-DeAssociate", "3.3", OURS,
      "No effect; of a refused request, the answer goes too")
def test_init_deassociate(stage):
    absent, refused = stage.tsi(), stage.tsi(name=NO_VN)
    refused.refuse()
    assert absent.delete() == 0
    refused.remove()
    stage.unharmed()


@spec("F6-Init-UpdateAddresses", "3.2", OURS, "No effect")
def test_init_update_addresses(stage):
    nothing_happens_in_init(stage, lambda tsi: tsi.change(
        addresses=[tsi.guest.mac]))


@spec("F6-Init-UpdatePort", "3.2", OURS, "No effect")
def test_init_update_port(stage):
    def move(tsi):
        return tsi.change(port=stage.second.name)

    absent = stage.tsi(device=stage.b)
    assert move(absent) == 0
    refused = stage.tsi(device=stage.b, name=NO_VN)
    refused.refuse()
    refused.refuse(port=stage.second.name)
    assert absent.answer() is None
    stage.unharmed()


# In Associated.

@spec("F6-Associated-Associate", "3.2", OURS,
      "No effect: the TSI has one request")
def test_associated_associate(stage):
    tsi = stage.tsi()
    tsi.ask("associated")
    second_insert_is_refused(stage, tsi, "associated")
    stage.blocked(tsi)


@spec("F6-Associated-Activate", "3.2", TEXT,
      "Activated with the same tag: frames pass")
def test_associated_activate(stage):
    tsi = stage.tsi()
    tag = tsi.ask("associated")["tag"]
    assert tsi.ask("activated")["tag"] == tag
    stage.passes(tsi)


@spec("F6-Associated-Deactivate", "3.3", OURS, "No effect")
def test_associated_deactivate(stage):
    tsi = stage.tsi()
    before = tsi.ask("associated")
    tsi.ask("associated")
    stage.unchanged(tsi, before)
    stage.blocked(tsi)


@spec("F6-Associated-DeAssociate", "3.3", TEXT,
      "Init: the answer goes, the tag is released, others may have the VNIC")
def test_associated_deassociate(stage):
    tsi = stage.tsi(vn=stage.blue)
    answer = tsi.ask("associated")
    tsi.remove()
    assert stage.tag_state(answer) == "resting"
    stage.blocked(tsi)
    stage.tsi(device=stage.b, vn=stage.blue, guest=tsi.guest).ask("associated")


@spec("F6-Associated-UpdateAddresses", "3.2", TEXT,
      "Associated with the new addresses, which count once it is activated")
def test_associated_update_addresses(stage):
    tsi, other = stage.tsi(), stage.guest()
    before = tsi.ask("associated")
    after = tsi.ask("associated", addresses=[f"{other.mac} {other.ip}"])
    assert after["tag"] == before["tag"]
    stage.blocked(tsi, mac=other.mac, ip=other.ip)
    tsi.ask("activated")
    stage.passes(tsi, mac=other.mac, ip=other.ip)
    stage.blocked(tsi)


@spec("F6-Associated-UpdatePort", "3.2", TEXT,
      "Associated on the new port with its tag; the old tag is released")
def test_associated_update_port(stage):
    tsi, old_tag = is_moved(stage, "associated")
    stage.blocked(tsi)
    stage.blocked(tsi, port=stage.shared.name, tag=old_tag)


# In Activated.

@spec("F6-Activated-Associate", "3.2", OURS,
      "No effect: the TSI has one request")
def test_activated_associate(stage):
    tsi = stage.tsi()
    tsi.ask("activated")
    second_insert_is_refused(stage, tsi, "associated")
    stage.passes(tsi)


@spec("F6-Activated-Activate", "3.2", OURS, "No effect")
def test_activated_activate(stage):
    tsi = stage.tsi()
    before = tsi.ask("activated")
    tsi.ask("activated")
    stage.unchanged(tsi, before)
    stage.passes(tsi)


@spec("F6-Activated-Deactivate", "3.3", TEXT,
      "Associated: what is reserved stays so, no frame passes")
def test_activated_deactivate(stage):
    tsi = stage.tsi(vn=stage.blue)
    answer = tsi.ask("activated")
    stage.passes(tsi)
    assert tsi.ask("associated")["tag"] == answer["tag"]
    assert stage.tag_state(answer) == "used"
    stage.blocked(tsi)


@spec("F6-Activated-DeAssociate", "3.3", TEXT,
      "Init: the answer goes, the tag is released, no frame passes")
def test_activated_deassociate(stage):
    tsi = stage.tsi(vn=stage.blue)
    answer = tsi.ask("activated")
    stage.passes(tsi)
    tsi.remove()
    assert stage.tag_state(answer) == "resting"
    stage.blocked(tsi)


@spec("F6-Activated-UpdateAddresses", "3.2", TEXT,
      "Activated with the new addresses; with the old ones nothing passes")
def test_activated_update_addresses(stage):
    tsi, other = stage.tsi(), stage.guest()
    before = tsi.ask("activated")
    stage.passes(tsi)
    after = tsi.ask("activated", addresses=[f"{other.mac} {other.ip}"])
    assert after["tag"] == before["tag"]
    stage.passes(tsi, mac=other.mac, ip=other.ip)
    stage.blocked(tsi)


@spec("F6-Activated-UpdatePort", "3.2", TEXT,
      "Activated on the new port with its tag; nothing passes on the old")
def test_activated_update_port(stage):
    tsi, old_tag = is_moved(stage, "activated")
    stage.passes(tsi)
    stage.blocked(tsi, port=stage.shared.name, tag=old_tag)
