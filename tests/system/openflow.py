# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""OpenFlow peers as they should not be, for ndirectord to live with."""

import socket
import struct

OFP10, OFP15 = 1, 6
HELLO, ERROR, ECHO_REQUEST, ECHO_REPLY = 0, 1, 2, 3
FEATURES_REQUEST, FEATURES_REPLY = 5, 6


def message(kind, body=b"", version=OFP15, xid=1, length=None):
    """Returns an OpenFlow message; 'length' may lie."""
    length = 8 + len(body) if length is None else length
    return struct.pack("!BBHI", version, kind, length, xid) + body


class Peer:
    """A TCP connection to ndirectord, from a machine of the lab."""

    def __init__(self, net, machine):
        self.socket = machine.netns.socket(socket.AF_INET,
                                           socket.SOCK_STREAM)
        self.socket.settimeout(5)
        self.socket.connect((net.core.management_ip, 6653))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()

    def send(self, data):
        """Sends; returns false if ndirectord has closed the connection."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def receive(self):
        """Returns the next message as (type, xid, body), None at the end."""
        head = self._exactly(8)
        if head is None:
            return None
        _, kind, length, xid = struct.unpack("!BBHI", head)
        return kind, xid, self._exactly(length - 8)

    def closed(self):
        """Waits up to five seconds for ndirectord to hang up."""
        try:
            while self.socket.recv(65536):
                pass
            return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def handshake(self, datapath_id):
        """Speaks as a switch up to the features reply; false if hung up."""
        self.send(message(HELLO))
        while True:
            got = self.receive()
            if got is None:
                return False
            kind, xid, body = got
            if kind == ECHO_REQUEST:
                self.send(message(ECHO_REPLY, body, xid=xid))
            if kind == FEATURES_REQUEST:
                return self.send(message(FEATURES_REPLY, struct.pack(
                    "!QIBBxxII", datapath_id, 0, 254, 0, 0x4f, 0), xid=xid))

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            try:
                more = self.socket.recv(size - len(data))
            except ConnectionResetError:
                return None
            if not more:
                return None
            data += more
        return data
