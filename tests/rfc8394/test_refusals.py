# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Requests that make no sense, or are not allowed, are refused with a reason,
hold nothing, and disturb nobody."""

import pytest

from spec import LOWER_MUST, OURS, spec

NO_SUCH = "rfc8394-no-such"


def case(name, text, level=OURS):
    """A parameter that is a row of the table."""
    return pytest.param(name, id=name, marks=spec(f"Bad-{name}", "6", level,
                                                  text))


def is_refused(stage, answer):
    assert answer["reason"]
    assert answer["tag"] == answer["vn_id"] == [] and not answer["vn_name"]
    stage.unharmed()


VNS = {
    "VN-unknown": lambda stage: NO_SUCH,
    "VN-ID-unknown": lambda stage: f"id:{0xfffffe}",
    "VN-ID-malformed": lambda stage: "id:0x10",
    "VN-ID-too-large": lambda stage: f"id:{1 << 24}",
    "VN-not-named": lambda stage: "",
    "VN-no-name": lambda stage: "two\nlines",
    "VN-foreign": lambda stage: stage.need("foreign"),
}


@pytest.mark.parametrize("name", [
    case("VN-unknown", "There is no VN of that name"),
    case("VN-ID-unknown", "There is no VN with that VN ID"),
    case("VN-ID-malformed", "The VN ID is not a number"),
    case("VN-ID-too-large", "The VN ID has more than 24 bits"),
    case("VN-not-named", "No VN is named, and none is registered"),
    case("VN-no-name", "The VN's name has a line break in it"),
    case("VN-foreign", "The VN is a tenant's whose VNs the end device may not "
         "join", LOWER_MUST)])
def test_vn(stage, name):
    vn = VNS[name](stage)
    is_refused(stage, stage.vap(vn=vn).refuse())
    is_refused(stage, stage.tsi(name=vn).refuse())


# Who asks, and where.

@spec("Bad-Device-disabled", "6", LOWER_MUST, "The end device is disabled")
def test_device_disabled(stage):
    stage.operate("End_Device", stage.b.name, enabled=False)
    is_refused(stage, stage.vap(stage.b).refuse())
    is_refused(stage, stage.tsi(stage.b).refuse())


@spec("Bad-Port-unknown", "6", OURS, "There is no such access port")
def test_port_unknown(stage):
    is_refused(stage, stage.vap(port=NO_SUCH).refuse())
    is_refused(stage, stage.tsi(port=NO_SUCH).refuse())


@spec("Bad-Port-disabled", "6", OURS, "The access port is disabled")
def test_port_disabled(stage):
    port = stage.second.name
    stage.operate("Access_Port", port, enabled=False)
    is_refused(stage, stage.vap(stage.b, port=port).refuse())
    is_refused(stage, stage.tsi(stage.b, port=port).refuse())


@spec("Bad-Port-not-allowed", "6", LOWER_MUST,
      "The end device may not use the access port")
def test_port_not_allowed(stage):
    stage.operate("End_Device", stage.b.name, ports=[stage.shared.name])
    port = stage.second.name
    is_refused(stage, stage.vap(stage.b, port=port).refuse())
    is_refused(stage, stage.tsi(stage.b, port=port).refuse())


@spec("Bad-Segment-unknown", "6", OURS,
      "The access port is in a segment that is not there")
def test_segment_unknown(stage):
    port = stage.second.name
    stage.operate("Access_Port", port, segment=NO_SUCH)
    is_refused(stage, stage.tsi(stage.b, port=port).refuse())


@spec("Bad-Pool-malformed", "6", OURS,
      "The segment's pool of tags is malformed")
def test_pool_malformed(stage):
    port = stage.second.name
    stage.operate("Segment", stage.second.segment, tags="500-x")
    is_refused(stage, stage.tsi(stage.b, port=port).refuse())


# VNICs.

@spec("Bad-VNIC-not-allowed", "6", LOWER_MUST,
      "The VNIC is none that the end device may have")
def test_vnic_not_allowed(stage):
    stage.operate("End_Device", stage.b.name, vnics=["another"])
    is_refused(stage, stage.tsi(stage.b).refuse())


@spec("Bad-VNIC-elsewhere", "6", LOWER_MUST,
      "Another end device has the VNIC")
def test_vnic_elsewhere(stage):
    tsi = stage.tsi(stage.b, guest=stage.witness.guest)
    for state in "associated", "activated":
        is_refused(stage, tsi.refuse(state))


@spec("Bad-VNIC-no-name", "6", OURS, "The VNIC has no name")
def test_vnic_without_name(stage):
    guest = stage.guest()
    guest.vnic = ""
    is_refused(stage, stage.tsi(guest=guest).refuse())


@spec("Bad-VNIC-quota", "6", OURS,
      "The end device has as many VNICs as it may; granted when one goes")
def test_vnic_quota(stage):
    stage.operate("End_Device", stage.b.name, vnic_quota=1)
    first, second = stage.tsi(stage.b), stage.tsi(stage.b)
    first.ask("activated")
    is_refused(stage, second.refuse())
    stage.passes(first)
    first.remove()
    second.wait_state("activated")
    stage.passes(second)


@spec("Bad-VN-quota", "6", OURS,
      "The end device has as many connections as it may; granted when one "
      "goes")
def test_vn_quota(stage):
    stage.operate("End_Device", stage.b.name, vn_quota=1)
    first, second = stage.vap(stage.b), stage.vap(stage.b, stage.red)
    first.ask()
    is_refused(stage, second.refuse())
    first.remove()
    second.wait("connected", "done")


# Addresses.

@spec("Bad-MAC-in-use", "6", LOWER_MUST, "Another VNIC has the MAC in this VN")
def test_mac_in_use(stage):
    tsi = stage.tsi(stage.b)
    tsi.write("activated", addresses=[stage.witness.guest.mac])
    answer = tsi.wait("init", "refused")
    assert stage.witness.guest.mac in answer["reason"]
    is_refused(stage, answer)


ADDRESSES = {
    "MAC-malformed": "52:54:00:83:94",
    "MAC-multicast": "01:00:5e:00:00:01",
    "MAC-missing": "10.0.0.9",
    "IP-malformed": "52:54:00:83:94:01 10.0.0.300",
    "IP-multicast": "52:54:00:83:94:01 224.0.0.1",
    "Prefix-host-bits": "52:54:00:83:94:01 10.0.0.1/24",
    "Range-backwards": "52:54:00:83:94:01 10.0.0.9-10.0.0.1",
    "Range-open": "52:54:00:83:94:01 10.0.0.9-",
    "Range-mixed": "52:54:00:83:94:01 10.0.0.9-fd00::1",
}


@pytest.mark.parametrize("name", [
    case("MAC-malformed", "A MAC is malformed"),
    case("MAC-multicast", "A MAC is a multicast address"),
    case("MAC-missing", "An IP is without a MAC"),
    case("IP-malformed", "An IP is malformed"),
    case("IP-multicast", "An IP is a multicast address"),
    case("Prefix-host-bits", "A prefix has bits set beyond its length"),
    case("Range-backwards", "A range ends before it begins"),
    case("Range-open", "A range has no end"),
    case("Range-mixed", "A range is of both versions of IP")])
def test_addresses(stage, name):
    tsi = stage.tsi()
    good = f"{tsi.guest.mac} {tsi.guest.ip}"
    is_refused(stage, tsi.refuse(addresses=[good, ADDRESSES[name]]))
    stage.blocked(tsi, tag=stage.witness.tag)
    # It is enough to write it right.
    tsi.ask("activated", addresses=[good])
    stage.passes(tsi)


@spec("Bad-Addresses-in-update", "6", OURS,
      "All addresses of an activated VNIC are replaced by malformed ones: it "
      "is withdrawn")
def test_update_with_bad_addresses_only(stage):
    tsi = stage.tsi()
    tsi.ask("activated")
    tsi.write("activated", addresses=["52:54:00"])
    answer = tsi.wait("init", "withdrawn")
    is_refused(stage, answer)
    stage.blocked(tsi)


# Tags.

@pytest.mark.parametrize("tag, name", [
    pytest.param(tag, name, id=name, marks=spec(f"Bad-{name}", "6", OURS,
                                                text))
    for tag, name, text in (
        (0, "Tag-zero", "The tag that is asked for is 0"),
        (4095, "Tag-reserved", "The tag that is asked for is 4095"),
        (-1, "Tag-negative", "The tag that is asked for is negative"),
        (1 << 32, "Tag-huge", "The tag that is asked for has 33 bits"),
        (4000, "Tag-not-in-pool", "The tag that is asked for is in no pool"))])
def test_tag(stage, tag, name):
    is_refused(stage, stage.vap().refuse(tag_request=tag))


@spec("Bad-Tag-in-use", "6", OURS, "The tag that is asked for is another VN's")
def test_tag_in_use(stage):
    is_refused(stage, stage.vap().refuse(tag_request=stage.witness.tag))


@spec("Bad-Tag-resting", "6", OURS,
      "The tag that is asked for was another VN's a moment ago")
def test_tag_resting(stage):
    port = stage.second
    blue = stage.vap(stage.b, port=port.name)
    tag = blue.ask()["tag"]
    blue.remove()
    red = stage.vap(stage.b, stage.red, port.name)
    is_refused(stage, red.refuse(tag_request=tag))
    # Its own VN may have it.
    assert blue.ask(tag_request=tag)["tag"] == tag


@spec("Bad-Tag-second", "6", OURS,
      "The VN has another tag on the segment already")
def test_second_tag(stage):
    tag = stage.vap().ask()["tag"]
    other = tag + 1 if tag < stage.shared.pool[1] else tag - 1
    is_refused(stage, stage.vap(stage.b).refuse(tag_request=other))


@pytest.mark.parametrize("tag, name", [
    pytest.param(tag, name, id=name, marks=spec(f"Bad-{name}", "6", OURS,
                                                text))
    for tag, name, text in (
        (0, "Guest-tag-zero", "The guest's own tag is 0"),
        (4095, "Guest-tag-reserved", "The guest's own tag is 4095"))])
def test_guest_tag(stage, tag, name):
    is_refused(stage, stage.tsi().refuse(guest_tag=tag))


@spec("Bad-Guest-tag-twice", "6", OURS,
      "A VNIC has the same tag of its own, or none, for two VNs")
def test_guest_tag_twice(stage):
    one = stage.tsi()
    one.ask("activated", guest_tag=7)
    two = stage.tsi(vn=stage.blue, guest=one.guest)
    is_refused(stage, two.refuse(guest_tag=7))
    two.ask("activated", guest_tag=8)
    stage.passes(one)
