# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""JSON-RPC over unix sockets: control commands of daemons, and OVSDB.

Both clients connect anew for each request, so that they neither notice nor
mind when the server is restarted between two requests.
"""

import json
import socket

from .shell import LabError, run


class RpcError(LabError):
    """The server answered with an error; 'args[0]' is what it said."""


def rpc_call(path, method, params, timeout=10):
    """Sends one request to the unix socket at 'path', returns its result."""
    request = json.dumps({"id": 0, "method": method, "params": params})
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as conn:
        conn.settimeout(timeout)
        try:
            conn.connect(path)
            conn.sendall(request.encode())
            reply = _receive_reply(conn)
        except OSError as error:
            raise LabError(f"{path}: {method}: {error}") from None
    if reply.get("error") is not None:
        raise RpcError(reply["error"])
    return reply["result"]


def _receive_reply(conn):
    """Returns the first reply; the server's own requests are passed over."""
    decoder = json.JSONDecoder()
    text = b""
    while True:
        data = conn.recv(65536)
        if not data:
            raise OSError("connection closed without an answer")
        text += data
        try:
            message, end = decoder.raw_decode(text.decode())
        except ValueError:
            continue                             # incomplete so far
        if message.get("method") is None:
            return message
        text = text.decode()[end:].lstrip().encode()


def unixctl(path, command, *args, timeout=10):
    """Does what "ovs-appctl -t PATH COMMAND ARG..." does; returns the text.

    Beats ovs-appctl with a pid file: that one deletes the file if it cannot
    see the process.
    """
    return rpc_call(path, command, [str(arg) for arg in args], timeout)


class Ovsdb:
    """A database behind a unix socket; columns come and go as plain Python.

    Sets are lists, maps are dicts and references are ("uuid", X) pairs: a
    scalar stays a scalar, an optional column is a list of none or one.
    """

    def __init__(self, path, database):
        self.path = path
        self.database = database

    def call(self, method, params):
        """Sends one request to the server and returns its result."""
        return rpc_call(self.path, method, params)

    def transact(self, *operations):
        """Runs the operations in one transaction; returns their results."""
        results = self.call("transact", [self.database, *operations])
        for result in results:
            if result and result.get("error"):
                raise RpcError(f"{result['error']}: "
                               f"{result.get('details', '')}")
        return results

    def select(self, table, where=(), columns=None):
        """Returns the matching rows of 'table' as dicts."""
        operation = {"op": "select", "table": table, "where": list(where)}
        if columns:
            operation["columns"] = columns
        rows = self.transact(operation)[0]["rows"]
        return [{key: _to_python(value) for key, value in row.items()}
                for row in rows]

    def find(self, table, **columns):
        """Returns the rows whose columns equal the given scalars."""
        return self.select(table, [[k, "==", v] for k, v in columns.items()])

    def insert(self, table, **columns):
        """Inserts a row and returns its UUID."""
        result = self.transact({"op": "insert", "table": table,
                                "row": to_row(columns)})
        return result[0]["uuid"][1]

    def update(self, table, where, **columns):
        """Sets columns in all rows that match; returns how many matched."""
        result = self.transact({"op": "update", "table": table,
                                "where": where, "row": to_row(columns)})
        return result[0]["count"]

    def delete(self, table, **columns):
        """Deletes the rows whose columns equal the given scalars."""
        where = [[k, "==", v] for k, v in columns.items()]
        result = self.transact({"op": "delete", "table": table,
                                "where": where})
        return result[0]["count"]


class Changes:
    """All changes of some tables of an Ovsdb while it is open.

        with Changes(core.db, "VNIC_Claim", "VNIC_MAC") as changes:
            ...
        assert len(changes.of("VNIC_Claim")) == 1
    """

    def __init__(self, db, *tables):
        self._db = db
        self._tables = tables
        self._changes = []
        self._conn = None
        self._data = b""

    def __enter__(self):
        self._conn = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._conn.settimeout(10)
        self._conn.connect(self._db.path)
        self._request("monitor", [self._db.database, None, {
            table: {"select": {"initial": False}} for table in self._tables}])
        return self

    def __exit__(self, *exception):
        # The server tells all changes of a turn of its loop at its end.
        for _ in range(2):
            self._request("echo", [])
        self._conn.close()

    def of(self, table):
        """Returns the changes of rows of 'table', each as (old, new): dicts
        of columns, where 'old' has the changed ones only; None: no row."""
        return [change for name, change in self._changes if name == table]

    def _request(self, method, params):
        request = json.dumps({"id": 0, "method": method, "params": params})
        self._conn.sendall(request.encode())
        while True:
            message = self._receive()
            if message.get("method") == "update":
                self._note(message["params"][1])
            elif message.get("method") is None:
                if message.get("error") is not None:
                    raise RpcError(message["error"])
                return

    def _note(self, update):
        for table, rows in update.items():
            for row in rows.values():
                self._changes.append((table, tuple(
                    row.get(which) and {column: _to_python(value) for
                                        column, value in row[which].items()}
                    for which in ("old", "new"))))

    def _receive(self):
        """Returns the next message."""
        decoder = json.JSONDecoder()
        while True:
            try:
                text = self._data.decode()
                message, end = decoder.raw_decode(text)
            except ValueError:                   # incomplete so far
                data = self._conn.recv(1 << 20)
                if not data:
                    raise LabError(f"{self._db.path}: the server has ended")
                self._data += data
                continue
            self._data = text[end:].lstrip().encode()
            return message


def to_row(columns):
    """Turns {column: Python value} into a row as OVSDB wants it."""
    return {key: _from_python(value) for key, value in columns.items()}


def _from_python(value):
    if isinstance(value, dict):
        return ["map", [[k, v] for k, v in value.items()]]
    if isinstance(value, (list, set, frozenset)):
        return ["set", [_from_python(v) for v in value]]
    if isinstance(value, tuple):                 # ("named-uuid", "x")
        return list(value)
    return value


def _to_python(value):
    if not isinstance(value, list):
        return value
    kind, content = value
    if kind == "map":
        return {_to_python(k): _to_python(v) for k, v in content}
    if kind == "set":
        return [_to_python(v) for v in content]
    return (kind, content)


def create_database(path, schema):
    """Makes an empty database file with the schema in the file 'schema'."""
    run(["ovsdb-tool", "create", path, schema])
