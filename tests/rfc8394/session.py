# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""A connection to a Hypervisor_NVE database, as an end device has one.

    db = Session("ssl:[fe80::1%uplink]:6640", keys=keys, netns=device.netns)
    db.select("Tag")

It stays open from one request to the next; one that the server has ended in
between is opened anew.
"""

import json
import select
import socket
import ssl

from nvo3lab.jsonrpc import Ovsdb, RpcError
from nvo3lab.shell import LabError

DATABASE = "Hypervisor_NVE"
TIMEOUT = 10                        # seconds for an answer


class Here:
    """The network namespace that the suite itself is in."""

    name = "here"

    @staticmethod
    def call(function, *args):
        return function(*args)


class Keys:
    """Names of PEM files; without 'cert' there is no certificate to show."""

    def __init__(self, ca, key=None, cert=None):
        self.ca = ca
        self.key = key
        self.cert = cert

    def context(self):
        """Returns an ssl.SSLContext that trusts 'ca' alone."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False           # OVSDB names no hosts
        context.load_verify_locations(self.ca)
        if self.cert:
            context.load_cert_chain(self.cert, self.key)
        return context


def dial(remote, keys=None, netns=Here):
    """Returns a new connection to an OVSDB remote: unix:FILE, tcp:HOST:PORT
    or ssl:HOST:PORT, where an IPv6 address is in brackets."""
    kind, _, where = remote.partition(":")
    if kind == "unix":
        conn = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        conn.settimeout(TIMEOUT)
        conn.connect(where)
        return conn
    host, _, port = where.rpartition(":")
    conn = netns.call(_connect, host.strip("[]"), int(port))
    if kind != "ssl":
        return conn
    try:
        return keys.context().wrap_socket(conn)
    except OSError:
        conn.close()
        raise


def _connect(host, port):
    return socket.create_connection((host, port), TIMEOUT)


class Session(Ovsdb):
    """See the top of this file."""

    def __init__(self, remote, keys=None, netns=Here):
        super().__init__(None, DATABASE)
        self.remote = remote
        self.keys = keys
        self.netns = netns
        self._conn = None
        self._data = b""

    def close(self):
        if self._conn:
            self._conn.close()
            self._conn = None

    def peer(self):
        """Returns the address of the server and that of ours."""
        self.call("echo", [])
        return self._conn.getpeername(), self._conn.getsockname()

    def call(self, method, params):
        try:
            self._settle()
            return self._call(method, params)
        except OSError as error:
            self.close()
            raise LabError(f"{self.remote}: {method}: {error}") from None

    def _settle(self):
        """Deals with what the server has sent unasked since the last call."""
        if self._conn and self._has_input():
            try:
                self._send({"id": "settle", "method": "echo", "params": []})
                self._receive("settle")
            except OSError:
                self.close()
        if not self._conn:
            self._data = b""
            self._conn = dial(self.remote, self.keys, self.netns)

    def _has_input(self):
        return bool(select.select([self._conn], [], [], 0)[0])

    def _call(self, method, params):
        self._send({"id": "call", "method": method, "params": params})
        reply = self._receive("call")
        if reply.get("error") is not None:
            raise RpcError(reply["error"])
        return reply["result"]

    def _send(self, message):
        self._conn.sendall(json.dumps(message).encode())

    def _receive(self, wanted):
        """Returns the reply to 'wanted'; the server's probes are answered."""
        while True:
            message = self._read()
            if message.get("method") == "echo":
                self._send({"id": message["id"], "result": message["params"],
                            "error": None})
            elif message.get("method") is None and message["id"] == wanted:
                return message

    def _read(self):
        """Returns the next message."""
        while True:
            try:
                text = self._data.decode()
                message, end = json.JSONDecoder().raw_decode(text)
            except ValueError:                   # incomplete so far
                data = self._conn.recv(1 << 20)
                if not data:
                    raise OSError("the server has ended the connection") \
                        from None
                self._data += data
                continue
            self._data = text[end:].lstrip().encode()
            return message
