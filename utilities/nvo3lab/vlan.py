# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""VLAN interfaces in a VM: a TAP for each tag, and a process that tags.

    add_vlans(vm.netns, "eth0", vm.nic.mac, {10: ["10.3.0.1/24"]})

makes eth0.10.  The kernel could do it by itself, but only if it was built
with 802.1Q, and the lab asks for no kernel module.  The process ends with its
namespace.
"""

import fcntl
import os
import select
import socket
import struct
import subprocess
import sys

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_IGNORE_OUTGOING = 23
TUNSETIFF = 0x400454ca
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
TPID = 0x8100


def add_vlans(netns, device, mac, vlans):
    """Makes an interface 'device'.TAG for each of {tag: [IP, ...]}."""
    child = netns.popen([sys.executable, os.path.realpath(__file__), device,
                         *vlans], stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, start_new_session=True)
    child.stdout.readline()                      # the interfaces are there
    child.stdout.close()
    for tag, ips in vlans.items():
        name = f"{device}.{tag}"
        netns.ip([f"link set {name} address {mac} up",
                  *[f"addr add {ip} dev {name}"
                    + (" nodad" if ":" in ip else "") for ip in ips]])


def main(device, *tags):
    """Relays between 'device' and its VLAN interfaces, for ever."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    wire.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    wire.bind((device, ETH_P_ALL))
    taps = {int(tag): _open_tap(f"{device}.{tag}") for tag in tags}
    print("ready", flush=True)
    while True:
        for ready in select.select([wire, *taps.values()], [], [])[0]:
            if ready is wire:
                _untag(wire, taps)
            else:
                tag, = [tag for tag, tap in taps.items() if tap == ready]
                _tag(ready, tag, wire)


def _open_tap(name):
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(),
                                            IFF_TAP | IFF_NO_PI))
    return tap


def _tag(tap, tag, wire):
    frame = os.read(tap, 65536)
    wire.send(frame[:12] + struct.pack("!HH", TPID, tag) + frame[12:])


def _untag(wire, taps):
    """Passes a frame on without its tag, which the kernel took out."""
    frame, ancillary, _, _ = wire.recvmsg(65536, 128)
    for level, kind, content in ancillary:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            tci, tpid = struct.unpack_from("HH", content, 16)
            if tpid == TPID and tci & 0xfff in taps:
                os.write(taps[tci & 0xfff], frame)


if __name__ == "__main__":
    main(*sys.argv[1:])
