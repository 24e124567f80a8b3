# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The requirements of section 4.

Requirement 9 lets the NVE de-associate "and/or" deactivate; nDirector's does
the former.
"""

import pytest

from session import Keys, Session
from spec import MAY, MUST, SHOULD, spec
from wire import UP

from nvo3lab.jsonrpc import RpcError
from nvo3lab.shell import LabError, wait_for

LONG = 10000                        # ms to hold; no test waits for its end


# 1 and 2: where end devices are.

@spec("Req-1", "4", MUST, "End devices reach the NVE across a bridged "
      "network, by the protocol and with frames")
def test_bridged_network(stage):
    for device in stage.a, stage.b:
        tsi = stage.tsi(device)
        tsi.ask("activated")
        stage.passes(tsi)


@spec("Req-2a", "4", MUST, "Several end devices have VNICs in a VN on one "
      "port, and leave it one by one")
def test_devices_share_a_port(stage):
    mine, other = (stage.tsi(device) for device in (stage.a, stage.b))
    tags = {tsi.ask("activated")["tag"] for tsi in (mine, other)}
    assert len(tags) == 1
    for tsi in mine, other:
        stage.passes(tsi)
    before = mine.answer()
    other.remove()
    stage.unchanged(mine, before)
    stage.passes(mine)
    stage.blocked(other)


@spec("Req-2b", "4", MUST, "No end device's request is in the way of "
      "another's, whatever is in it")
def test_devices_have_rows_of_their_own(stage):
    first = stage.tsi(stage.b)
    first.ask("activated")
    second = stage.tsi(guest=first.guest)
    assert stage.b.name in second.refuse()["reason"]
    first.remove()
    second.wait_state("activated")
    stage.passes(second)


# 3 and 4: several external NVEs.

@spec("Req-3", "4", MAY, "An end device uses two external NVEs at a time, one "
      "for each VN")
def test_an_nve_for_each_vn(stage):
    far, port = stage.need("far"), stage.need("far_port")
    here, there = stage.tsi(), stage.tsi(far, stage.blue, port.name)
    for tsi in here, there:
        tsi.ask("activated")
    for tsi in here, there:
        stage.passes(tsi)


@spec("Req-4", "4", MAY, "An end device uses two external NVEs for the same "
      "VNIC in a VN: refused, the first one keeps it", supported=False)
def test_two_nves_for_a_vn(stage):
    far, port = stage.need("far"), stage.need("far_port")
    here = stage.tsi()
    before = here.ask("activated")
    there = stage.tsi(far, port=port.name, guest=here.guest)
    assert there.refuse()["reason"]
    stage.unchanged(here, before)
    stage.passes(here)


# 5 and 6: connections to VNs.

@spec("Req-5a", "4", MUST, "The end device asks to be connected to a VN, and "
      "to be disconnected")
def test_device_connects_and_disconnects(stage):
    vap = stage.vap()
    assert vap.ask()["vn_id"] == stage.blue.vn_id
    vap.remove()


@spec("Req-5b", "4", MUST, "The VN is named by its VN Name or by its VN ID")
def test_vn_by_id(stage):
    name = f"id:{stage.blue.vn_id}"
    by_name, by_id = stage.vap(), stage.vap(vn=name)
    assert by_id.ask()["vn_name"] == stage.blue.name
    assert by_id.answer()["tag"] == by_name.ask()["tag"]
    tsi = stage.tsi(vn=stage.blue, name=name)
    assert tsi.ask("activated")["vn_name"] == stage.blue.name
    stage.passes(tsi)


def is_disconnected(vap):
    answer = vap.wait("disconnected", "withdrawn")
    assert answer["reason"]
    assert answer["tag"] == answer["vn_id"] == []


@spec("Req-6a", "4", MUST, "The NVE disconnects: its port is disabled; it "
      "connects again when that is over")
def test_nve_disconnects_a_port(stage):
    vap = stage.vap(stage.b, port=stage.second.name)
    vap.ask()
    stage.operate("Access_Port", stage.second.name, enabled=False)
    is_disconnected(vap)
    stage.unharmed()
    stage.operate("Access_Port", stage.second.name, enabled=True)
    vap.wait("connected", "done")


@spec("Req-6b", "4", MUST, "The NVE disconnects: the end device is disabled")
def test_nve_disconnects_a_device(stage):
    mine, other = stage.vap(), stage.vap(stage.b)
    before = mine.ask()
    other.ask()
    stage.operate("End_Device", stage.b.name, enabled=False)
    is_disconnected(other)
    stage.unchanged(mine, before)


@spec("Req-6c", "4", MUST, "The NVE disconnects: the VN is removed")
def test_nve_disconnects_a_vn(stage):
    vap = stage.vap()
    vap.ask()
    stage.command("remove-vn", undo="restore-vn")
    is_disconnected(vap)
    stage.unharmed()


# 7: tags.

@spec("Req-7a", "4", MUST, "The NVE gives each VN a tag from the segment's "
      "pool, the same for all there")
def test_nve_chooses_the_tag(stage):
    low, high = stage.shared.pool
    red, blue = (stage.vap(vn=vn).ask()["tag"]
                 for vn in (stage.red, stage.blue))
    assert red != blue and low <= red <= high and low <= blue <= high
    for vn, tag in (stage.red, red), (stage.blue, blue):
        assert stage.vap(stage.b, vn).ask()["tag"] == tag
        assert stage.tsi(vn=vn).ask("associated")["tag"] == tag


@spec("Req-7b", "4", MUST, "The end device asks for a tag, gets it, and "
      "frames bear it")
def test_device_chooses_the_tag(stage):
    if not stage.second.free:
        pytest.skip("no tag to ask for given")
    port, free = stage.second.name, stage.second.free
    vap = stage.vap(stage.b, stage.red, port)
    assert vap.ask(tag_request=free)["tag"] == free
    tsi = stage.tsi(stage.b, port=port)
    assert tsi.ask("activated")["tag"] == free
    stage.passes(tsi)
    stage.blocked(tsi, ways=[UP], tag=free + 1)


@spec("Req-7c", "4", MUST, "A VN has several tags: one on each segment")
def test_a_tag_for_each_segment(stage):
    tags = set()
    for port in stage.shared, stage.second:
        tsi = stage.tsi(stage.b, port=port.name)
        tags.add(tsi.ask("activated")["tag"])
        stage.passes(tsi)
    assert len(tags) == 2


# 8 and 9: addresses of a TSI, all or some.

def with_two(stage, state="activated"):
    """A TSI with two MACs, each with an IP; (it, the second Guest)."""
    tsi, more = stage.tsi(), stage.guest()
    tsi.ask(state, addresses=both_of(tsi.guest, more))
    return tsi, more


def both_of(*guests):
    return [f"{guest.mac} {guest.ip}" for guest in guests]


@spec("Req-8a", "4", MUST, "The end device associates, activates, deactivates "
      "and de-associates all addresses of a TSI, each with one row")
def test_device_acts_on_all_addresses(stage):
    tsi, more = with_two(stage, "associated")
    other = {"mac": more.mac, "ip": more.ip}
    for state in "activated", "associated":
        tsi.ask(state)
        check = stage.passes if state == "activated" else stage.blocked
        check(tsi)
        check(tsi, **other)
    tsi.ask("activated")
    tsi.remove()
    stage.blocked(tsi)
    stage.blocked(tsi, **other)


@spec("Req-8b", "4", MUST, "The end device does so with some addresses of a "
      "TSI; the others stay")
def test_device_acts_on_some_addresses(stage):
    tsi, more = with_two(stage)
    other = {"mac": more.mac, "ip": more.ip}
    tsi.ask("activated", addresses=both_of(tsi.guest))
    stage.passes(tsi)
    stage.blocked(tsi, **other)
    tsi.ask("activated", addresses=both_of(tsi.guest, more))
    stage.passes(tsi)
    stage.passes(tsi, **other)


@spec("Req-8c", "4", MUST, "The end device may leave VN and addresses to what "
      "is registered for the VNIC")
def test_registered_vnic(stage):
    guest = stage.guest()
    guest.vnic, guest.mac, guest.ip = stage.need("registered")
    tsi = stage.tsi(guest=guest, name="")
    answer = tsi.ask("activated", addresses=[])
    assert answer["vn_name"] == stage.red.name
    stage.passes(tsi)
    stage.blocked(tsi, ways=[UP], ip=stage.guest().ip)


def is_deassociated(stage, tsi):
    tag = tsi.tag
    answer = tsi.wait("init", "withdrawn")
    assert answer["reason"]
    assert answer["tag"] == answer["vn_id"] == []
    stage.blocked(tsi, tag=tag)
    stage.unharmed()


@spec("Req-9a", "4", MUST, "The NVE de-associates all addresses: its port is "
      "disabled")
def test_nve_deassociates_on_a_port(stage):
    tsi = stage.tsi(stage.b, port=stage.second.name)
    tsi.ask("activated")
    stage.operate("Access_Port", stage.second.name, enabled=False)
    is_deassociated(stage, tsi)
    stage.operate("Access_Port", stage.second.name, enabled=True)
    tsi.wait_state("activated")
    stage.passes(tsi)


@spec("Req-9b", "4", MUST, "The NVE de-associates all addresses: the end "
      "device is disabled")
def test_nve_deassociates_a_device(stage):
    tsi = stage.tsi(stage.b)
    tsi.ask("activated")
    stage.operate("End_Device", stage.b.name, enabled=False)
    is_deassociated(stage, tsi)


@spec("Req-9c", "4", MUST, "The NVE de-associates all addresses: the VN is "
      "removed")
def test_nve_deassociates_a_vn(stage):
    tsi = stage.tsi(vn=stage.blue)
    tsi.ask("activated")
    stage.command("remove-vn", undo="restore-vn")
    is_deassociated(stage, tsi)


@spec("Req-9d", "4", MUST, "The NVE leaves out malformed addresses, and says "
      "which and why; the others stay")
def test_nve_leaves_out_some_addresses(stage):
    tsi, more = with_two(stage)
    bad = f"{more.mac} 10.0.0.300"
    tsi.write("activated", addresses=[*both_of(tsi.guest), bad])
    answer = tsi.wait("activated", "refused")
    assert list(answer["bad_addresses"]) == [bad]
    assert "10.0.0.300" in answer["bad_addresses"][bad]
    stage.passes(tsi)
    stage.blocked(tsi, mac=more.mac, ip=more.ip)


@spec("Req-9e", "4", MUST, "The NVE leaves out an address that another TSI "
      "has, and says so; it takes effect when that one has let go")
def test_nve_leaves_out_an_address_in_use(stage):
    first, second = stage.tsi(), stage.tsi(stage.b)
    first.ask("activated")
    ip = first.guest.ip
    second.ask("activated", addresses=[
        f"{second.guest.mac} {second.guest.ip} {ip}"])
    wait_for(lambda: ip in second.answer()["reason"], 10, "the reason")
    stage.passes(second)
    stage.blocked(second, ways=[UP], ip=ip)
    stage.passes(first)
    first.remove()
    wait_for(lambda: second.answer()["reason"] == "", 10, "no reason")
    assert second.answer()["outcome"] == "done"
    stage.passes(second, ip=ip)


# 10: addresses in their forms.

@spec("Req-10a", "4", MUST, "An address is a MAC alone: any IP may be sent "
      "from")
def test_mac_alone(stage):
    tsi = stage.tsi()
    tsi.ask("activated", addresses=[tsi.guest.mac])
    stage.passes(tsi)
    stage.passes(tsi, ip=stage.guest().ip)


@spec("Req-10b", "4", MUST, "An address is a MAC with an IP: no other IP is "
      "let through")
def test_mac_with_ip(stage):
    tsi = stage.tsi()
    tsi.ask("activated")
    stage.passes(tsi)
    stage.blocked(tsi, ways=[UP], ip=stage.guest().ip)


@spec("Req-10c", "4", MUST, "An address is a MAC with IPs of both versions, a "
      "prefix and a range")
def test_mac_with_many(stage):
    tsi = stage.tsi()
    low = stage.red.prefix
    tsi.ask("activated", addresses=[
        f"{tsi.guest.mac} {tsi.guest.ip} {low}32/30 {low}41-{low}45 "
        "fd00:1::7"])
    for ip in tsi.guest.ip, f"{low}35", f"{low}41", f"{low}45":
        stage.passes(tsi, ways=[UP], ip=ip)
    for ip in f"{low}36", f"{low}46":
        stage.blocked(tsi, ways=[UP], ip=ip)
    if stage.red.peer and stage.red.peer.ip6:
        stage.passes(tsi, ways=[UP], ip="fd00:1::7")
        stage.blocked(tsi, ways=[UP], ip="fd00:1::8")


@spec("Req-10d", "4", MUST, "The end device adds an address")
def test_add_address(stage):
    tsi, more = stage.tsi(), stage.guest()
    tsi.ask("activated")
    stage.blocked(tsi, mac=more.mac, ip=more.ip)
    tsi.ask("activated", addresses=both_of(tsi.guest, more))
    stage.passes(tsi)
    stage.passes(tsi, mac=more.mac, ip=more.ip)


@spec("Req-10e", "4", MUST, "The end device removes an address; another TSI "
      "may have it")
def test_remove_address(stage):
    tsi, more = with_two(stage)
    tsi.ask("activated", addresses=both_of(tsi.guest))
    other = stage.tsi(stage.b, guest=more)
    other.ask("activated")
    stage.passes(tsi)
    stage.passes(other)


@spec("Req-10f", "4", MUST, "The end device updates the IP of a MAC")
def test_update_address(stage):
    tsi, ip = stage.tsi(), stage.guest().ip
    tsi.ask("activated")
    tsi.ask("activated", addresses=[f"{tsi.guest.mac} {ip}"])
    stage.passes(tsi, ip=ip)
    stage.blocked(tsi, ways=[UP])


# 11 and 12: the channel.

def session_with(tls, keys):
    return Session(tls.remote, keys, tls.netns)


@pytest.fixture
def tls(stage):
    """What TLS takes, after it was seen to work."""
    tls = stage.need("tls")
    session = session_with(tls, tls.good)
    assert session.select("NVE_Status")
    session.close()
    return tls


@spec("Req-11a", "4", MUST, "The NVE refuses an end device without a "
      "certificate")
def test_no_certificate(stage, tls):
    with pytest.raises(LabError):
        session_with(tls, Keys(tls.good.ca)).select("NVE_Status")
    stage.unharmed()


@spec("Req-11b", "4", MUST, "The NVE refuses an end device with a certificate "
      "of another authority")
def test_strange_certificate(stage, tls):
    keys = Keys(tls.good.ca, tls.stranger.key, tls.stranger.cert)
    with pytest.raises(LabError):
        session_with(tls, keys).select("NVE_Status")
    stage.unharmed()


@spec("Req-11c", "4", MUST, "The end device can tell that the NVE is not the "
      "one it trusts")
def test_strange_nve(stage, tls):
    keys = Keys(tls.stranger.ca, tls.good.key, tls.good.cert)
    with pytest.raises(LabError, match="certificate verify failed"):
        session_with(tls, keys).select("NVE_Status")


@spec("Req-11d", "4", MUST, "An end device can write no row in the name of "
      "another, nor change one")
def test_rows_of_others(stage, tls):
    other = stage.tsi(stage.b)
    before = other.ask("activated")
    db, key = stage.a.db, other.key
    for write in (
            lambda: db.insert("VNIC_Request", **{**key, "vnic": "mine"}),
            lambda: db.insert("VN_Connection", end_device=stage.b.name),
            lambda: db.update("VNIC_Request", [
                ["vnic", "==", key["vnic"]]], state="associated"),
            lambda: db.delete("VNIC_Request", **key)):
        with pytest.raises(RpcError, match="permission error"):
            write()
    stage.unchanged(other, before)
    stage.passes(other)


@spec("Req-11e", "4", MUST, "An end device can write nothing but its requests")
def test_tables_of_others(stage, tls):
    db = stage.a.db
    tag = stage.witness.tag
    for write in (
            lambda: db.update("Tag", [["tag", "==", tag]], vn="mine"),
            lambda: db.update("VNIC_Answer", [], state="activated"),
            lambda: db.insert("VN_Connection_Answer",
                              end_device=stage.a.name),
            lambda: db.update("End_Device", [], vnic_quota=1000),
            lambda: db.insert("End_Device", name="dev-c"),
            lambda: db.update("Access_Port", [], enabled=False),
            lambda: db.insert("Segment", name="mine"),
            lambda: db.update("NVE_Global", [], options={}),
            lambda: db.update("NVE_Status", [], status="broken"),
            lambda: db.update("Connection", [], role=""),
            lambda: db.update("RBAC_Role", [], name="mine")):
        with pytest.raises(RpcError, match="permission error"):
            write()
    stage.unharmed()


@spec("Req-12", "4", MUST, "The protocol runs on a plain Ethernet link: all "
      "of it by IPv6 link-local addresses")
def test_link_local(stage):
    server, client = stage.a.db.peer()
    if not server[0].startswith("fe80:"):
        pytest.skip("the NVE is not reached by a link-local address")
    assert client[0].startswith("fe80:")
    assert server[3] == client[3] != 0           # the link itself
    tsi = stage.tsi()
    tsi.ask("activated")
    stage.passes(tsi)


# 13: migration is told from creation and shutdown.

@spec("Req-13a", "4", SHOULD, "An arriving VNIC is prepared beside the one "
      "that runs, and takes over when it is activated")
def test_arriving(stage):
    source = stage.tsi()
    before = source.ask("activated")
    target = stage.tsi(stage.b, port=stage.second.name, guest=source.guest)
    target.ask("associated", migration="arriving")
    stage.unchanged(source, before)
    stage.passes(source)
    stage.blocked(target)
    target.ask("activated")
    assert source.wait("init", "withdrawn")["reason"]
    stage.passes(target)
    stage.blocked(source)


@spec("Req-13b", "4", SHOULD, "A VNIC that is created where another runs is "
      "refused: it does not migrate")
def test_not_arriving(stage):
    source = stage.tsi()
    before = source.ask("activated")
    target = stage.tsi(stage.b, guest=source.guest)
    assert stage.a.name in target.refuse(migration="none")["reason"]
    stage.unchanged(source, before)
    stage.passes(source)


@spec("Req-13c", "4", SHOULD, "A VNIC that was prepared to arrive and then "
      "does not loses what was prepared")
def test_no_longer_arriving(stage):
    source = stage.tsi()
    before = source.ask("activated")
    target = stage.tsi(stage.b, port=stage.second.name, guest=source.guest)
    prepared = target.ask("associated", migration="arriving")
    assert stage.tag_state(prepared) == "used"
    target.write("associated", migration="none")
    assert target.wait("init", "withdrawn")["tag"] == []
    assert stage.tag_state(prepared) == "resting"
    stage.unchanged(source, before)
    stage.passes(source)


@spec("Req-13d", "4", SHOULD, "What a departing VNIC had is held until it "
      "arrives")
def test_departing(stage):
    stage.operate("NVE_Global", None, options={"hold-time": str(LONG)})
    source = stage.tsi()
    tag = source.ask("activated")["tag"]
    source.ask("activated", migration="departing")
    source.delete()
    answer = source.wait("activated", "held")
    assert answer["tag"] == tag
    assert answer["kept_addresses"] == both_of(source.guest)[0]
    stage.passes(source)
    target = stage.tsi(stage.b, port=stage.second.name, guest=source.guest)
    target.ask("activated", migration="arriving")
    source.wait_gone()
    stage.passes(target)
    stage.blocked(source)


@spec("Req-13e", "4", SHOULD, "What a VNIC had that is shut down is released "
      "at once")
def test_not_departing(stage):
    stage.operate("NVE_Global", None, options={"hold-time": str(LONG)})
    source = stage.tsi()
    source.ask("activated", migration="none")
    source.remove()
    stage.blocked(source)
    target = stage.tsi(stage.b, guest=source.guest)
    target.ask("activated", migration="none")
    stage.passes(target)


@spec("Req-13f", "4", SHOULD, "What was held is released when the time is "
      "over")
def test_departing_for_good(stage):
    stage.operate("NVE_Global", None, options={"hold-time": "300"})
    source = stage.tsi()
    source.ask("activated", migration="departing")
    source.delete()
    source.wait_gone()
    stage.blocked(source)


@spec("Req-13g", "4", SHOULD, "No migration is told from not knowing: the "
      "latter may wait for who has the VNIC")
def test_unknown_migration(stage):
    stage.operate("NVE_Global", None, options={"implicit-migration": "true"})
    source = stage.tsi()
    source.ask("activated")
    sure, unsure = (stage.tsi(stage.b, guest=source.guest) for _ in range(2))
    sure.refuse(migration="none")
    sure.remove()
    unsure.write("activated")
    unsure.wait("associated", "pending")
    source.remove()
    unsure.wait_state("activated")
    stage.passes(unsure)
