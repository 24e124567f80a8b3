# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Figure 5: every event in both states of a VAP.

VN_Connect and VN_Disconnect are explicit (a row of VN_Connection) or implicit
(the first and the last TSI in the VN).  The tag book shows the state of a VAP
without explicit connection: used or resting.
"""

import pytest

from spec import LOWER_SHOULD, OURS, TEXT, spec

from nvo3lab.jsonrpc import RpcError


def tags_used(stage):
    """Returns the tags that mean blue on the shared segment."""
    return [row["tag"] for row in stage.a.db.find(
        "Tag", segment=stage.shared.segment, vn=stage.blue.name, state="used")]


@spec("F5-Disconnected-Connect", "3.1", LOWER_SHOULD,
      "VN_Connected: the answer has the tag and the VN ID")
def test_disconnected_connect(stage):
    assert tags_used(stage) == []
    answer = stage.vap().ask()
    low, high = stage.shared.pool
    assert low <= answer["tag"] <= high
    assert answer["vn_name"] == stage.blue.name
    assert answer["vn_id"] == stage.blue.vn_id
    assert tags_used(stage) == [answer["tag"]]


@spec("F5-Disconnected-Connect-fails", "3.1", TEXT,
      "VN_Disconnected: refused with a reason, without a tag")
def test_disconnected_connect_fails(stage):
    answer = stage.vap(vn="rfc8394-no-such-vn").refuse()
    assert "rfc8394-no-such-vn" in answer["reason"]
    assert answer["tag"] == answer["vn_id"] == []


@spec("F5-Disconnected-Disconnect", "3.1", OURS, "No effect")
def test_disconnected_disconnect(stage):
    vap = stage.vap()
    assert vap.delete() == 0
    stage.unharmed()
    assert vap.answer() is None
    assert tags_used(stage) == []


@spec("F5-Disconnected-Associate", "3.1", TEXT,
      "VN_Connected implicitly: the TSI's answer has the tag")
def test_disconnected_associate(stage):
    assert tags_used(stage) == []
    answer = stage.tsi(vn=stage.blue).ask("associated")
    assert tags_used(stage) == [answer["tag"]]
    assert stage.vap().answer() is None


@spec("F5-Disconnected-DeAssociate", "3.1", OURS, "No effect")
def test_disconnected_deassociate(stage):
    assert stage.tsi(vn=stage.blue).delete() == 0
    stage.unharmed()
    assert tags_used(stage) == []


@spec("F5-Connected-Connect", "3.1", OURS,
      "VN_Connected: no end device has two connections, two have one tag")
def test_connected_connect(stage):
    vap = stage.vap()
    before = vap.ask()
    with pytest.raises(RpcError, match="constraint violation"):
        stage.vap().insert()
    assert stage.vap(device=stage.b).ask()["tag"] == before["tag"]
    stage.unchanged(vap, before)


@spec("F5-Connected-Disconnect", "3.1", TEXT,
      "VN_Disconnected if that was the last user: the tag is released")
def test_connected_disconnect(stage):
    vap = stage.vap()
    answer = vap.ask()
    vap.remove()
    assert stage.tag_state(answer) == "resting"


@spec("F5-Connected-Disconnect-shared", "3.1", OURS,
      "VN_Connected while another end device or a TSI uses it")
def test_connected_disconnect_shared(stage):
    mine, other = stage.vap(), stage.vap(device=stage.b)
    tsi = stage.tsi(vn=stage.blue)
    tag = mine.ask()["tag"]
    other.ask()
    tsi.ask("activated")
    for vap in mine, other:
        vap.remove()
        assert tags_used(stage) == [tag]
        stage.passes(tsi)
    tsi.remove()
    assert tags_used(stage) == []


@spec("F5-Connected-Associate", "3.1", TEXT,
      "VN_Connected: the TSI has the tag of the connection")
def test_connected_associate(stage):
    vap = stage.vap()
    before = vap.ask()
    tsi = stage.tsi(vn=stage.blue)
    assert tsi.ask("activated")["tag"] == before["tag"]
    stage.unchanged(vap, before)
    stage.passes(tsi)


@spec("F5-Connected-DeAssociate", "3.1", OURS,
      "VN_Connected while there is an explicit connection")
def test_connected_deassociate(stage):
    vap = stage.vap()
    before = vap.ask()
    tsi = stage.tsi(vn=stage.blue)
    tsi.ask("activated")
    tsi.remove()
    stage.unchanged(vap, before)
    assert tags_used(stage) == [before["tag"]]


@spec("F5-Connected-DeAssociate-last", "3.1", OURS,
      "VN_Disconnected when the last TSI of several goes")
def test_connected_deassociate_last(stage):
    one, two = stage.tsi(vn=stage.blue), stage.tsi(stage.b, stage.blue)
    tag = one.ask("associated")["tag"]
    two.ask("associated")
    one.remove()
    assert tags_used(stage) == [tag]
    two.remove()
    assert tags_used(stage) == []
