# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""One host with its ovs-nved, and an NVO3 database, without any network.

    Server    an ovsdb-server that can be killed and started again
    Host      the local Open_vSwitch database, the agent, and on demand a real
              ovs-vswitchd whose datapath is a dummy
    Central   the NVO3 database; plays the nDirector by writing Bindings

Without ovs-vswitchd, Host writes what that would: datapath ids and OpenFlow
port numbers.  All sockets and files are in a folder of the test's own, all
processes are children.  Nothing needs root.
"""

import os
import re
import socket
import subprocess

from nvo3lab.jsonrpc import Ovsdb, create_database, unixctl
from nvo3lab.programs import find_nvo3_schema, find_ovs_schema, find_program
from nvo3lab.shell import LabError, run, tail, wait_for

DATAPATH_ID = "00001234567890ab"
TIMEOUT = 20                        # seconds; a sanitizer's build is slow


def make_certificate(folder, name):
    """Makes a key and a certificate that is its own authority."""
    key, cert = f"{folder}/key.pem", f"{folder}/cert.pem"
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
         "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=" + name])
    return key, cert


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Daemon:
    """A child process with a control socket."""

    def __init__(self, folder, name, program, args):
        self.name = name
        self.folder = folder
        self.argv = [program, *args]
        self.ctl = os.path.join(folder, name + ".ctl")
        self.log = os.path.join(folder, name + ".log")
        self.process = None

    def use_certificate(self, key, cert):
        """Has the next start speak TLS with what make_certificate() made."""
        self.argv += ["--private-key=" + key, "--certificate=" + cert,
                      "--ca-cert=" + cert]

    def start(self, wait=True):
        env = dict(os.environ)
        for key in ("RUNDIR", "LOGDIR", "DBDIR", "SYSCONFDIR"):
            env["OVS_" + key] = self.folder
        if os.path.exists(self.ctl):
            os.unlink(self.ctl)
        with open(self.log + ".out", "a", encoding="utf-8") as out:
            self.process = subprocess.Popen(
                [*self.argv, "--unixctl=" + self.ctl,
                 "--log-file=" + self.log, "-vconsole:off"],
                env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        if wait:
            wait_for(self.is_ready, TIMEOUT, f"{self.name} to start",
                     self.explain)

    def is_ready(self):
        if self.process.poll() is not None:
            raise LabError(f"{self.name} exited: {self.explain()}")
        try:
            unixctl(self.ctl, "version")
        except LabError:
            return False
        return True

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self):
        """Ends the daemon as an operator does; returns its exit status."""
        if not self.is_running():
            return None
        unixctl(self.ctl, "exit")
        status = self.process.wait(TIMEOUT)
        self.process = None
        return status

    def appctl(self, command, *args):
        return unixctl(self.ctl, command, *args)

    def show(self):
        """Returns what an agent shows of itself, as soon as it knows what
        has come of all it wrote."""
        command = self.name.removeprefix("ovs-") + "/show"
        return wait_for(
            lambda: (lambda text: text if "on its way" not in text else None)(
                self.appctl(command)), TIMEOUT, command, self.explain)

    def explain(self):
        return (f"{self.name}:\n" + tail(self.log, 40) + "\n"
                + tail(self.log + ".out", 40))

    def log_lines(self, words):
        """Returns the lines of the log that contain 'words'."""
        with open(self.log, encoding="utf-8", errors="replace") as stream:
            return [line for line in stream if words in line]


class Server(Daemon):
    """An ovsdb-server with one database."""

    def __init__(self, folder, name, schema, database):
        self.file = os.path.join(folder, name + ".db")
        self.socket = os.path.join(folder, name + ".sock")
        self.schema = schema
        self.db = Ovsdb(self.socket, database)
        self.remote = "unix:" + self.socket
        create_database(self.file, schema)
        super().__init__(folder, name, "ovsdb-server",
                         [self.file, "--remote=p" + self.remote])

    def forget(self):
        """Replaces the database, while the server is down, by an empty one."""
        os.unlink(self.file)
        create_database(self.file, self.schema)

    def transactions(self):
        """Returns the transactions in the database file, as text each."""
        text = run(["ovsdb-tool", "-mm", "show-log", self.file]).stdout
        return re.split(r"^record \d+:", text, flags=re.M)[2:]

    def size(self):
        """Returns what grows with each transaction that writes anything."""
        return os.path.getsize(self.file)


class Central(Server):
    """The NVO3 database; answers claims as an nDirector would."""

    def __init__(self, folder):
        super().__init__(folder, "nvo3", find_nvo3_schema(), "nvo3")

    def claims(self, **columns):
        return self.db.find("VNIC_Claim", **columns)

    def claim(self, vnic, **columns):
        """Returns the one claim for 'vnic' once it says 'columns'."""
        def look():
            rows = self.claims(vnic=vnic)
            assert len(rows) <= 1, rows
            if rows and all(rows[0][k] == v for k, v in columns.items()):
                return rows[0]
            return None
        return wait_for(look, TIMEOUT, f"claim of {vnic} with {columns}",
                        lambda: str(self.claims()))

    def wait_claims(self, *vnics):
        """Waits until there are claims for exactly these VNICs."""
        want = sorted(vnics)
        wait_for(lambda: sorted(c["vnic"] for c in self.claims()) == want,
                 TIMEOUT, f"claims of {want}", lambda: str(self.claims()))

    def registrations(self):
        return self.db.select("NVE_Registration")

    def wait_registered(self, nve, datapath_id=DATAPATH_ID):
        def look():
            rows = self.db.find("NVE_Registration", nve=nve)
            return rows and rows[0]["datapath_id"] == datapath_id
        wait_for(look, TIMEOUT, f"registration of {nve} as {datapath_id}",
                 lambda: str(self.registrations()) + "\n" + self.explain())

    def bind(self, vnic, state="activated", vn="vn1", seq=None, reason=""):
        """Writes a Binding that answers the claim of 'vnic' as it is now."""
        claim = self.claim(vnic)
        seq = claim["client_seq"] if seq is None else seq
        key = {"nve": claim["nve"], "vnic": vnic, "vn": vn}
        row = {"state": state, "claim_seq": seq, "reason": reason}
        where = [[k, "==", v] for k, v in key.items()]
        if not self.db.update("Binding", where, **row):
            self.db.insert("Binding", **key, **row)


class Host:
    """A hypervisor: local database, agent, perhaps ovs-vswitchd."""

    def __init__(self, folder, central, build):
        self.folder = folder
        self.central = central
        self.ovsdb = Server(folder, "local", find_ovs_schema(),
                            "Open_vSwitch")
        self.agent = self.make_agent("ovs-nved", build)
        self.build = build
        self.vswitchd = None
        self.n_ports = 0

    def make_agent(self, name, build):
        return Daemon(self.folder, name, find_program("ovs-nved", build),
                      ["--ovsdb=" + self.ovsdb.remote])

    def start_ovsdb(self):
        self.ovsdb.start()
        self.vsctl("init")

    def start_vswitchd(self):
        """Starts a real ovs-vswitchd; all its datapaths are dummies."""
        self.vswitchd = self.vswitchd or Daemon(
            self.folder, "vswitchd", find_program("ovs-vswitchd"),
            [self.ovsdb.remote, "--enable-dummy=override"])
        self.vswitchd.start()

    def vsctl(self, *args, check=True):
        """Runs ovs-vsctl, which waits for ovs-vswitchd only if it runs."""
        wait = [] if self.vswitchd else ["--no-wait"]
        done = run(["ovs-vsctl", "--db=" + self.ovsdb.remote,
                    f"--timeout={TIMEOUT}", *wait, *args], check=check)
        return done.stdout.strip()

    def configure(self, **keys):
        """Sets external_ids:nvo3-* of the Open_vSwitch row; None removes."""
        for key, value in keys.items():
            key = "nvo3-" + key.replace("_", "-")
            if value is None:
                self.vsctl("remove", "Open_vSwitch", ".", "external_ids", key)
            else:
                self.vsctl("set", "Open_vSwitch", ".",
                           f'external_ids:{key}="{value}"')

    def configure_all(self, **keys):
        """A configuration that is good but for what 'keys' say."""
        config = {"remote": self.central.remote,
                  "controller": "tcp:127.0.0.1:1",
                  "encap_ip": "192.0.2.1", "nve_name": "hv1", **keys}
        self.configure(**config)

    def status(self):
        row = self.ovsdb.db.select("Open_vSwitch")[0]
        return row["external_ids"].get("nvo3-status")

    def wait_status(self, words):
        """Waits until nvo3-status contains 'words', and returns it."""
        wait_for(lambda: words in (self.status() or ""), TIMEOUT,
                 f"nvo3-status {words}",
                 lambda: f"{self.status()}\n{self.agent.explain()}")
        return self.status()

    def bridge(self, name="br-int"):
        rows = self.ovsdb.db.find("Bridge", name=name)
        return rows[0] if rows else None

    def wait_bridge(self, name="br-int"):
        return wait_for(lambda: self.bridge(name), TIMEOUT, f"bridge {name}",
                        self.agent.explain)

    def open_bridge(self, name="br-int", datapath_id=DATAPATH_ID):
        """Does what ovs-vswitchd does with a new bridge."""
        self.wait_bridge(name)
        self.ovsdb.db.update("Bridge", [["name", "==", name]],
                             datapath_id=datapath_id)

    def ready(self):
        """Starts all, and waits until the NVE is registered."""
        self.start_ovsdb()
        self.configure_all()
        self.agent.start()
        self.open_bridge()
        self.central.wait_registered("hv1")

    def add_port(self, name, ofport=None, bridge="br-int", **ids):
        """Adds a port; 'ids' are external_ids, with _ for -."""
        self.n_ports += 1
        if ofport is None:
            ofport = self.n_ports
        words = [f'external_ids:{k.replace("_", "-")}="{v}"'
                 for k, v in ids.items()]
        if not self.vswitchd and ofport:
            words.append(f"ofport={ofport}")
        words = words or ["type=\"\""]
        if self.vswitchd:
            words.append("type=dummy")
        self.vsctl("add-port", bridge, name, "--", "set", "Interface", name,
                   *words)

    def set_port(self, name, **ids):
        """Sets external_ids of an interface; None removes the key."""
        for key, value in ids.items():
            key = key.replace("_", "-")
            if value is None:
                self.vsctl("remove", "Interface", name, "external_ids", key)
            else:
                self.vsctl("set", "Interface", name,
                           f'external_ids:{key}="{value}"')

    def interface(self, name):
        rows = self.ovsdb.db.find("Interface", name=name)
        return rows[0] if rows else None

    def port_state(self, name):
        """Returns (nvo3-state, nvo3-reason) of an interface."""
        ids = self.interface(name)["external_ids"]
        return ids.get("nvo3-state"), ids.get("nvo3-reason")

    def wait_state(self, name, state, words=None):
        """Waits for a state and a reason that contains 'words' (None: for no
        reason)."""
        def look():
            now, reason = self.port_state(name)
            return now == state and (words in (reason or "") if words
                                     else reason is None)
        wait_for(look, TIMEOUT, f"{name} {state} ({words})",
                 lambda: f"{self.port_state(name)}\n{self.agent.explain()}")

    def end(self):
        """Ends everything; what the agent says of itself must be clean."""
        status = self.agent.stop()
        for daemon in (self.vswitchd, self.ovsdb):
            if daemon:
                daemon.kill()
        assert status in (None, 0), self.agent.explain()
