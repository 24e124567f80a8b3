# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Frames on an interface: seen (Capture) and sent (inject).

    with Capture(vm.netns, "eth0") as capture:
        ...
    assert not [f for f in capture.received() if f.vlan is not None]

A capture is a raw socket and a thread that reads it.  It fails loudly if the
kernel had to drop frames, so that "nothing was seen" means nothing was there.
"""

import select
import socket
import struct
import threading
import time

from .frames import Frame
from .shell import LabError

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_STATISTICS = 6
PACKET_AUXDATA = 8
PACKET_OUTGOING = 4
TP_STATUS_VLAN_VALID = 0x10
BUFFER_SIZE = 64 * 1024 * 1024
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35


class Capture:
    """All frames of one interface between start and stop().

    What the kernel has seen when frames() is called is in what it returns.
    """

    def __init__(self, netns, device):
        self.name = f"{netns.name}/{device}"
        self._records = []
        self._lock = threading.Lock()            # for whoever reads
        self._stopping = False
        self._socket = netns.call(_open_capture, device)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()

    def stop(self):
        """Stops after all that has arrived so far was read; may be twice."""
        if self._stopping:
            return
        self._stopping = True
        self._thread.join()
        self._drain()
        stats = self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        self._socket.close()
        dropped = struct.unpack("II", stats)[1]
        if dropped:
            raise LabError(f"capture on {self.name} lost {dropped} frames")

    def frames(self):
        """Returns the frames so far, in both directions, as Frames."""
        if not self._stopping:
            self._drain()
        return [Frame(data, when, outgoing)
                for when, outgoing, data in list(self._records)
                if len(data) >= 14]

    def received(self):
        """Returns the frames that came in from the wire."""
        return [frame for frame in self.frames() if not frame.outgoing]

    def payloads(self):
        """Returns the payloads of all UDP datagrams that came in."""
        return [frame.payload for frame in self.received()
                if frame.payload is not None]

    def count(self, mark):
        """Returns how many UDP datagrams with bytes 'mark' came in."""
        return sum(mark in payload for payload in self.payloads())

    def save(self, path):
        """Writes a pcap file for tcpdump or wireshark."""
        with open(path, "wb") as stream:
            stream.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0,
                                     65535, 1))
            for when, _, data in list(self._records):
                stream.write(struct.pack("<IIII", int(when),
                                         int(when % 1 * 1e6), len(data),
                                         len(data)) + data)

    def _watch(self):
        """Keeps the kernel's queue short."""
        while not self._stopping:
            if select.select([self._socket], [], [], 0.05)[0]:
                self._drain()

    def _drain(self):
        """Reads what has arrived until now."""
        now = time.time()
        with self._lock:
            while not self._records or self._records[-1][0] <= now:
                try:
                    data, ancillary, _, source = self._socket.recvmsg(
                        65536, 128)
                except OSError:
                    return       # nothing more, or the interface went away
                self._records.append((_timestamp(ancillary),
                                      source[2] == PACKET_OUTGOING,
                                      _with_tag(data, ancillary)))


def inject(netns, device, frames, interval=0):
    """Sends raw frames out of an interface, one by one."""
    frames = [frames] if isinstance(frames, bytes) else frames
    netns.call(_inject, device, frames, interval)


def _inject(device, frames, interval):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
        out.bind((device, 0))
        for frame in frames:
            out.send(frame)
            if interval:
                time.sleep(interval)


def _open_capture(device):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_SIZE)
    sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setblocking(False)
    sock.bind((device, ETH_P_ALL))
    return sock


def _timestamp(ancillary):
    """Returns when the kernel saw a frame, in seconds since the epoch."""
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", content[:16])
            return seconds + nanoseconds / 1e9
    return time.time()


def _with_tag(data, ancillary):
    """Puts a VLAN tag that the kernel took out of the frame back in."""
    for level, kind, content in ancillary:
        if level != SOL_PACKET or kind != PACKET_AUXDATA:
            continue
        status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", content[:20])
        if status & TP_STATUS_VLAN_VALID:
            return (data[:12] + struct.pack("!HH", tpid or 0x8100, tci)
                    + data[12:])
    return data
