# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Ethernet frames: built byte by byte for injection, parsed from captures.

Builders return bytes.  Frame takes bytes apart as far as the lab's questions
go: who sends, to whom, which protocol, and what is inside of VXLAN.
"""

import ipaddress
import struct

ETH_IPV4 = 0x0800
ETH_ARP = 0x0806
ETH_RARP = 0x8035
ETH_VLAN = 0x8100
ETH_IPV6 = 0x86dd
ETH_VLAN_STAG = 0x88a8
BROADCAST = "ff:ff:ff:ff:ff:ff"
VXLAN_PORT = 4789
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
ND_SOLICIT, ND_ADVERT = 135, 136


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def mac_text(data):
    return ":".join(f"{byte:02x}" for byte in data)


def ip_bytes(address):
    return ipaddress.ip_address(address).packed


def checksum(data):
    """Returns the Internet checksum of 'data' (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ethernet(src, dst, eth_type, payload, vlan=None, tags=()):
    """Returns a frame, padded to 60 bytes, tagged if 'vlan' is given.

    'tags' are all its tags, the outer one first, each a (TPID, TCI).
    """
    if vlan is not None:
        tags = [(ETH_VLAN, vlan), *tags]
    header = b"".join(struct.pack("!HH", *tag) for tag in tags)
    frame = (mac_bytes(dst) + mac_bytes(src) + header
             + struct.pack("!H", eth_type) + payload)
    return frame.ljust(60, b"\0")


def arp(op, sha, spa, tha, tpa, src=None, dst=BROADCAST, **kwargs):
    """Returns an ARP frame; 'op' 1 asks, 2 answers."""
    payload = (struct.pack("!HHBBH", 1, ETH_IPV4, 6, 4, op) + mac_bytes(sha)
               + ip_bytes(spa) + mac_bytes(tha) + ip_bytes(tpa))
    return ethernet(src or sha, dst, ETH_ARP, payload, **kwargs)


def ipv4(src, dst, protocol, payload):
    """Returns an IPv4 packet."""
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64,
                         protocol, 0) + ip_bytes(src) + ip_bytes(dst)
    total = struct.pack("!H", checksum(header))
    return header[:10] + total + header[12:] + payload


def ipv6(src, dst, protocol, payload, hop_limit=64):
    """Returns an IPv6 packet."""
    return (struct.pack("!IHBB", 6 << 28, len(payload), protocol, hop_limit)
            + ip_bytes(src) + ip_bytes(dst) + payload)


def udp(src_port, dst_port, payload):
    """Returns a UDP datagram without checksum (IPv4 allows that)."""
    return struct.pack("!HHHH", src_port, dst_port, 8 + len(payload), 0) \
        + payload


def udp_frame(src_mac, dst_mac, src_ip, dst_ip, payload, port=7777, **kwargs):
    """Returns an Ethernet frame with a UDP datagram in IPv4."""
    packet = ipv4(src_ip, dst_ip, UDP, udp(port, port, payload))
    return ethernet(src_mac, dst_mac, ETH_IPV4, packet, **kwargs)


def udp6_frame(src_mac, dst_mac, src_ip, dst_ip, payload, port=7777,
               **kwargs):
    """Returns an Ethernet frame with a UDP datagram in IPv6."""
    datagram = udp(port, port, payload)
    total = checksum(pseudo6(src_ip, dst_ip, UDP, datagram)) or 0xffff
    datagram = datagram[:6] + struct.pack("!H", total) + payload
    return ethernet(src_mac, dst_mac, ETH_IPV6,
                    ipv6(src_ip, dst_ip, UDP, datagram), **kwargs)


def pseudo6(src, dst, protocol, payload):
    """Returns what the checksum of an upper layer over IPv6 covers."""
    return (ip_bytes(src) + ip_bytes(dst)
            + struct.pack("!II", len(payload), protocol) + payload)


def nd(kind, src_mac, src_ip, target, dst_mac, dst_ip, option_mac=None):
    """Returns a Neighbor Solicitation or Advertisement (RFC 4861)."""
    option = b"\1" if kind == ND_SOLICIT else b"\2"
    flags = 0 if kind == ND_SOLICIT else 0x60000000
    body = (struct.pack("!I", flags) + ip_bytes(target) + option + b"\1"
            + mac_bytes(option_mac or src_mac))
    message = struct.pack("!BBH", kind, 0, 0) + body
    total = checksum(pseudo6(src_ip, dst_ip, ICMPV6, message))
    message = message[:2] + struct.pack("!H", total) + body
    return ethernet(src_mac, dst_mac, ETH_IPV6,
                    ipv6(src_ip, dst_ip, ICMPV6, message, 255))


def solicited_node(target):
    """Returns the (MAC, IPv6) multicast group of RFC 4291, 2.7.1."""
    low = ip_bytes(target)[-3:]
    group = ipaddress.ip_address(b"\xff\x02" + bytes(9) + b"\1\xff" + low)
    return "33:33:ff:" + mac_text(low), str(group)


def vxlan(vni, frame):
    """Returns a VXLAN datagram's payload (RFC 7348)."""
    return struct.pack("!II", 0x08 << 24, vni << 8) + frame


def vxlan_frame(src_mac, dst_mac, src_ip, dst_ip, vni, frame):
    """Returns a whole VXLAN packet as it stands on the underlay's wire."""
    packet = ipv4(src_ip, dst_ip, UDP, udp(54321, VXLAN_PORT,
                                           vxlan(vni, frame)))
    return ethernet(src_mac, dst_mac, ETH_IPV4, packet)


class Frame:
    """A captured frame, taken apart; what is not there is None.

    .src .dst .eth_type           Ethernet; eth_type is that after all tags
    .tags                         all tags, outer first, as (TPID, VLAN ID)
    .vlan                         the VLAN ID of the outer tag
    .arp                          dict of op, sha, spa, tha, tpa
    .ip_src .ip_dst .protocol     IPv4 and IPv6, as text
    .sport .dport .payload        UDP and TCP (payload of UDP alone)
    .icmp .target                 ICMP type; the target of ND messages
    .vni .inner                   VXLAN: the VN ID and the Frame inside
    """

    def __init__(self, data, time=0.0, outgoing=False):
        self.data = data
        self.time = time
        self.outgoing = outgoing
        self.dst = mac_text(data[0:6])
        self.src = mac_text(data[6:12])
        self.vlan = self.arp = self.ip_src = self.ip_dst = None
        self.protocol = self.sport = self.dport = self.payload = None
        self.icmp = self.target = self.vni = self.inner = None
        self.eth_type, = struct.unpack("!H", data[12:14])
        rest = data[14:]
        self.tags = []
        while self.eth_type in (ETH_VLAN, ETH_VLAN_STAG) and len(rest) >= 4:
            tci, inner = struct.unpack("!HH", rest[:4])
            self.tags.append((self.eth_type, tci & 0xfff))
            self.eth_type = inner
            rest = rest[4:]
        if self.tags:
            self.vlan = self.tags[0][1]
        self._parse_network(rest)

    def _parse_network(self, data):
        if self.eth_type == ETH_ARP and len(data) >= 28:
            self.arp = {"op": data[7], "sha": mac_text(data[8:14]),
                        "spa": _ip_text(data[14:18]),
                        "tha": mac_text(data[18:24]),
                        "tpa": _ip_text(data[24:28])}
        elif self.eth_type == ETH_IPV4 and len(data) >= 20:
            length = (data[0] & 15) * 4
            self.protocol = data[9]
            self.ip_src = _ip_text(data[12:16])
            self.ip_dst = _ip_text(data[16:20])
            total, = struct.unpack("!H", data[2:4])
            self._parse_transport(data[length:total])
        elif self.eth_type == ETH_IPV6 and len(data) >= 40:
            self.protocol = data[6]
            self.ip_src = _ip_text(data[8:24])
            self.ip_dst = _ip_text(data[24:40])
            self._parse_transport(data[40:])

    def _parse_transport(self, data):
        if self.protocol in (UDP, TCP) and len(data) >= 8:
            self.sport, self.dport = struct.unpack("!HH", data[:4])
        if self.protocol == UDP:
            self.payload = data[8:]
            self._parse_vxlan()
        elif self.protocol in (ICMP, ICMPV6) and data:
            self.icmp = data[0]
            if self.icmp in (ND_SOLICIT, ND_ADVERT) and len(data) >= 24:
                self.target = _ip_text(data[8:24])

    def _parse_vxlan(self):
        if self.dport == VXLAN_PORT and len(self.payload) >= 8 + 14:
            self.vni = int.from_bytes(self.payload[4:7], "big")
            self.inner = Frame(self.payload[8:], self.time)

    def __repr__(self):
        text = f"{self.src}>{self.dst} type {self.eth_type:04x}"
        for tpid, vid in self.tags:
            text += f" {'s-' if tpid == ETH_VLAN_STAG else ''}vlan {vid}"
        if self.arp:
            text += " arp {op} {sha}/{spa} {tha}/{tpa}".format(**self.arp)
        if self.ip_src:
            text += f" {self.ip_src}>{self.ip_dst} proto {self.protocol}"
        if self.icmp is not None:
            text += f" icmp {self.icmp} {self.target or ''}"
        if self.inner:
            text += f" vni {self.vni} [{self.inner!r}]"
        return f"<{text.strip()}>"


def _ip_text(data):
    return str(ipaddress.ip_address(bytes(data)))
