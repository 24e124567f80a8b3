# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""An NVO3 database, ndirectord and switches, without any network.

    Database   an ovsdb-server with the NVO3 database
    Director   ndirectord, listening on a unix socket
    Switch     a real ovs-vswitchd whose datapath is a dummy, with br-int
    Peer       a switch that only says its datapath ID, over any socket

All sockets and files are in a folder of the test's own, all processes are
children.  Nothing needs root.
"""

import os
import socket
import struct

from harness import TIMEOUT, Daemon, Server
from nvo3lab.jsonrpc import to_row
from nvo3lab.programs import find_nvo3_schema, find_ovs_schema, find_program
from nvo3lab.shell import LabError, run, wait_for

HELLO, ECHO_REQUEST, ECHO_REPLY = 0, 2, 3
FEATURES_REQUEST, FEATURES_REPLY = 5, 6


class Database(Server):
    """The NVO3 database, with words for its rows."""

    def __init__(self, folder, name="nvo3", schema=None):
        super().__init__(folder, name, schema or find_nvo3_schema(), "nvo3")

    def put(self, table, **columns):
        """Returns an operation that inserts a row."""
        return {"op": "insert", "table": table, "row": to_row(columns)}

    def add_vnic(self, name, vns, **columns):
        """Adds a VNIC; 'vns' is {VN name: {MAC: [IP...]}}."""
        operations = []
        refs = []
        for i, (vn, macs) in enumerate(vns.items()):
            mac_refs = []
            for j, (mac, ips) in enumerate(macs.items()):
                label = f"mac_{i}_{j}"
                operations.append({**self.put("VNIC_MAC", mac=mac, ips=ips),
                                   "uuid-name": label})
                mac_refs.append(("named-uuid", label))
            operations.append({**self.put("VNIC_VN", vn=vn, macs=mac_refs),
                               "uuid-name": f"vn_{i}"})
            refs.append(("named-uuid", f"vn_{i}"))
        operations.append(self.put("VNIC", name=name, vns=refs, **columns))
        self.db.transact(*operations)

    def add_claim(self, nve, vnic, **columns):
        row = {"port": vnic, "state": "activated", "client_seq": 1, **columns}
        return self.db.insert("VNIC_Claim", nve=nve, vnic=vnic, **row)

    def add_nve(self, name, number, **columns):
        """Adds an NVE with datapath ID and endpoint made of 'number'."""
        row = {"datapath_id": f"{number:016x}", **columns}
        row.setdefault("endpoints", {f"192.0.2.{number}": 1})
        self.db.insert("NVE", name=name, **row)
        self.db.insert("NVE_Registration", nve=name, tunnel_port="vx0",
                       bridge="br-int", datapath_id=row["datapath_id"],
                       endpoints=row["endpoints"])

    def epoch(self):
        rows = self.db.select("Epoch")
        return rows[0] if rows else None

    def row(self, table, **columns):
        """Returns the one row, or None."""
        rows = self.db.find(table, **columns)
        assert len(rows) <= 1, rows
        return rows[0] if rows else None

    def wait_row(self, table, want, **columns):
        """Returns the row with 'columns' once its other columns are as
        'want' says; a value may be a function that says if it is right."""
        def is_right(row, key, value):
            return value(row[key]) if callable(value) else row[key] == value

        def look():
            row = self.row(table, **columns)
            if row and all(is_right(row, k, v) for k, v in want.items()):
                return row
            return None
        return wait_for(look, TIMEOUT, f"{table} {columns} with {want}",
                        lambda: str(self.db.select(table)))

    def wait_status(self, table, name, words="ok"):
        """Waits until the status of a row begins with 'words'."""
        return self.wait_row(table,
                             {"status": lambda s: s.startswith(words)},
                             name=name)

    def wait_binding(self, vnic, state, **columns):
        return self.wait_row("Binding", {"state": state}, vnic=vnic,
                             **columns)

    def wait_gone(self, table, **columns):
        wait_for(lambda: not self.db.find(table, **columns), TIMEOUT,
                 f"end of {table} {columns}",
                 lambda: str(self.db.select(table)))

    def sync(self):
        """Waits until all that is in the database is in the datapaths."""
        self.db.transact({"op": "mutate", "table": "NVO3_Global", "where": [],
                          "mutations": [["sync_request", "+=", 1]]})
        want = self.db.select("NVO3_Global")[0]["sync_request"]
        wait_for(lambda: self.epoch()["sync_done"] >= want, TIMEOUT, "sync",
                 lambda: str(self.epoch()))


def free_port():
    """Returns a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Director(Daemon):
    """ndirectord for 'database': on a unix socket for peers, and on a port
    for switches, since ovs-vswitchd connects to no unix socket but its own."""

    def __init__(self, folder, database, build, name="ndirectord", args=()):
        self.database = database
        self.socket = os.path.join(folder, name + ".of")
        port = free_port()
        self.target = f"tcp:127.0.0.1:{port}"
        super().__init__(folder, name, find_program("ndirectord", build),
                         ["--db=" + database.remote,
                          "--listen=punix:" + self.socket,
                          f"--listen=ptcp:{port}:127.0.0.1",
                          "--name=" + name, "--audit-interval=0",
                          "-vfile:dbg", *args])

    def start(self, wait=True):
        super().start(wait)
        if wait and self.database.is_running():
            self.wait_db("state: running")

    def wait_db(self, words):
        """Waits until db/status says 'words', and returns all it says."""
        return wait_for(
            lambda: (lambda s: s if words in s else None)(
                self.appctl("db/status")),
            TIMEOUT, f"db/status {words}",
            lambda: self.appctl("db/status") + self.explain())

    def counters(self):
        lines = self.appctl("counters").splitlines()
        return {k: int(v) for k, v in (line.split(": ") for line in lines)}

    def wait_exit(self):
        """Waits until the process has ended; returns its status."""
        status = self.process.wait(TIMEOUT)
        self.process = None
        return status

    def end(self):
        """Stops it if it still runs; it must end well."""
        if self.process is not None and self.process.poll() is None:
            assert self.stop() == 0, self.explain()


class Switch:
    """ovs-vswitchd with a dummy datapath, and a bridge for the director."""

    def __init__(self, folder, name, number, target, tls=None):
        """Connects to 'target'; 'tls' is (key, certificate, authority's)."""
        self.name = name
        self.number = number
        self.target = target
        self.tls = tls
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        self.ovsdb = Server(self.folder, "conf", find_ovs_schema(),
                            "Open_vSwitch")
        self.vswitchd = Daemon(self.folder, "vswitchd",
                               find_program("ovs-vswitchd"),
                               [self.ovsdb.remote,
                                "--enable-dummy=override"])

    def start(self):
        self.ovsdb.start()
        self.vsctl("--no-wait", "init")
        self.vswitchd.start()
        if self.tls:
            self.vsctl("set-ssl", *self.tls)
        self.vsctl("add-br", "br-int", "--", "set", "bridge", "br-int",
                   "fail_mode=secure", "protocols=OpenFlow15",
                   f"other-config:datapath-id={self.number:016x}", "--",
                   "set-controller", "br-int", self.target, "--",
                   "set", "controller", "br-int",
                   "max_backoff=1000", "--", "add-port", "br-int", "vx0",
                   "--", "set", "interface", "vx0", "type=vxlan",
                   "options:key=flow", "options:remote_ip=flow")

    def vsctl(self, *args):
        run(["ovs-vsctl", "--db=" + self.ovsdb.remote,
             f"--timeout={TIMEOUT}", *args])

    def add_port(self, name):
        self.vsctl("add-port", "br-int", name, "--", "set", "interface",
                   name, "type=dummy")

    def dump(self):
        """Returns the flows, sorted, without what changes by itself."""
        text = run(["ovs-ofctl", "-O", "OpenFlow15", "--no-stats",
                    "dump-flows",
                    f"unix:{self.folder}/br-int.mgmt"]).stdout
        return sorted(line.strip() for line in text.splitlines()
                      if "cookie=" in line or "table=" in line)

    def end(self):
        self.vswitchd.kill()
        self.ovsdb.kill()


class Peer:
    """A connection that says its datapath ID and answers echo requests."""

    def __init__(self, conn):
        self.conn = conn
        self.conn.settimeout(5)

    @classmethod
    def connect_unix(cls, path):
        conn = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        conn.connect(path)
        return cls(conn)

    def send(self, kind, body=b"", xid=1):
        self.conn.sendall(struct.pack("!BBHI", 6, kind, 8 + len(body), xid)
                          + body)

    def receive(self):
        """Returns the next message as (type, xid, body), None at the end."""
        head = self._exactly(8)
        if head is None:
            return None
        _, kind, length, xid = struct.unpack("!BBHI", head)
        return kind, xid, self._exactly(length - 8)

    def identify(self, number):
        """Speaks as a switch up to the features reply."""
        self.send(HELLO)
        while True:
            message = self.receive()
            if message is None:
                raise LabError("hung up before the features request")
            kind, xid, body = message
            if kind == ECHO_REQUEST:
                self.send(ECHO_REPLY, body, xid)
            if kind == FEATURES_REQUEST:
                self.send(FEATURES_REPLY, struct.pack(
                    "!QIBBxxII", number, 0, 254, 0, 0x4f, 0), xid)
                return

    def is_closed(self):
        """Waits until the director has hung up; false after 5 s."""
        try:
            while self.conn.recv(65536):
                pass
            return True
        except (ConnectionResetError, BrokenPipeError):
            return True
        except TimeoutError:
            return False

    def close(self):
        self.conn.close()

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.conn.recv(size - len(data))
            if not more:
                return None
            data += more
        return data
