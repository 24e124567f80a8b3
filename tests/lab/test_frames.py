# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Frames are built as the RFCs draw them, and taken apart again."""

from nvo3lab import frames
from nvo3lab.frames import Frame

MAC1, MAC2 = "52:54:00:00:00:01", "52:54:00:00:00:02"


def test_arp_golden():
    data = frames.arp(1, MAC1, "10.0.0.1", "00:00:00:00:00:00", "10.0.0.2")
    assert data.hex() == ("ffffffffffff" "525400000001" "0806"
                          "0001080006040001" "525400000001" "0a000001"
                          "000000000000" "0a000002" + "00" * 18)


def test_ipv4_checksum_golden():
    # The example of RFC 1071's practice: a header with its sum folds to 0.
    packet = frames.ipv4("10.0.0.1", "10.0.0.2", frames.UDP, b"x" * 8)
    assert frames.checksum(packet[:20]) == 0
    assert packet[:20].hex() == "4500001c00000000401166cf0a0000010a000002"


def test_arp_parsed():
    frame = Frame(frames.arp(2, MAC2, "10.0.0.2", MAC1, "10.0.0.1",
                             dst=MAC1, vlan=42))
    assert (frame.src, frame.dst, frame.vlan) == (MAC2, MAC1, 42)
    assert frame.arp == {"op": 2, "sha": MAC2, "spa": "10.0.0.2",
                         "tha": MAC1, "tpa": "10.0.0.1"}


def test_nd_parsed():
    group_mac, group_ip = frames.solicited_node("fd00::12:3456")
    assert (group_mac, group_ip) == ("33:33:ff:12:34:56",
                                     "ff02::1:ff12:3456")
    frame = Frame(frames.nd(frames.ND_SOLICIT, MAC1, "fd00::1",
                            "fd00::12:3456", group_mac, group_ip))
    assert frame.icmp == frames.ND_SOLICIT
    assert frame.target == "fd00::12:3456"
    assert (frame.ip_src, frame.ip_dst) == ("fd00::1", group_ip)


def test_nd_checksum_is_right():
    data = frames.nd(frames.ND_ADVERT, MAC1, "fd00::1", "fd00::1", MAC2,
                     "fd00::2")
    message = data[14 + 40:]
    covered = frames.pseudo6("fd00::1", "fd00::2", frames.ICMPV6, message)
    assert frames.checksum(covered) == 0


def test_vxlan_parsed():
    inner = frames.udp_frame(MAC1, MAC2, "10.0.0.1", "10.0.0.2", b"hello")
    frame = Frame(frames.vxlan_frame(MAC2, MAC1, "10.253.0.1", "10.253.0.2",
                                     0xabcdef, inner))
    assert frame.vni == 0xabcdef
    assert frame.inner.payload == b"hello"
    assert frame.inner.sport == 7777


def test_short_frames_do_no_harm():
    whole = frames.vxlan_frame(MAC2, MAC1, "10.253.0.1", "10.253.0.2", 7,
                               frames.arp(1, MAC1, "10.0.0.1", MAC2,
                                          "10.0.0.2"))
    for length in range(14, len(whole)):
        assert Frame(whole[:length]).dst == MAC1
