# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Daemons in a temporary folder, what they cost, and hosts made of them.

    Stage       the folder; a context, at whose end all is stopped and removed
    Process     a daemon of a kind, with the CPU time and memory it uses
    DummyHost   ovsdb-server and an ovs-vswitchd whose datapath is a dummy
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from nvo3lab.daemon import Daemon
from nvo3lab.jsonrpc import Ovsdb, create_database
from nvo3lab.programs import find_ovs_schema, find_program
from nvo3lab.shell import LabError, LabTimeout, run

TICKS = os.sysconf("SC_CLK_TCK")
QUIET_WINDOW = 0.3                  # seconds without work: all is settled
SETTLE_TIMEOUT = 120
VSCTL_TIMEOUT = 120


class Here:
    """Stands for a network namespace: processes run in ours.  One is known by
    the folder in its command line."""

    def __init__(self, folder):
        self.folder = folder

    def popen(self, command, **kwargs):
        return subprocess.Popen(command, **kwargs)

    def contains(self, pid):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as stream:
                return os.fsencode(self.folder) in stream.read()
        except OSError:
            return False


class Process(Daemon):
    """A daemon; 'kind' says under which name its costs are added up."""

    def __init__(self, stage, kind, args, folder, name=None):
        super().__init__(name or kind, args, Here(folder), folder,
                         program=kind, build=stage.build)
        self.kind = kind

    def command(self):
        """ovn-controller cannot be told where its control socket is to be."""
        return [word for word in super().command()
                if self.program != "ovn-controller"
                or not word.startswith("--unixctl=")]

    def environment(self):
        env = super().environment()
        for key in ("RUNDIR", "LOGDIR", "DBDIR", "SYSCONFDIR"):
            env["OVN_" + key] = self.folder
        return env

    def cpu(self):
        """Returns the seconds of CPU time, user and system, until now."""
        with open(f"/proc/{self._running()}/stat") as stream:
            fields = stream.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss(self):
        """Returns the resident memory in bytes."""
        with open(f"/proc/{self._running()}/statm") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def _running(self):
        pid = self.pid()
        if pid is None:
            raise LabError(f"{self.name} has died\n{self.last_words()}")
        return pid


class Stage:
    """All daemons of a run."""

    def __init__(self, build=None, keep=False):
        self.build = build
        self.keep = keep
        self.processes = []
        self.folder = tempfile.mkdtemp(prefix="nvo3bench-")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for process in reversed(self.processes):
            with contextlib.suppress(LabError):  # has ended by itself
                process.kill()
        if self.keep:
            print(f"logs and databases are in {self.folder}",
                  file=sys.stderr)
        else:
            shutil.rmtree(self.folder)

    def start(self, kind, args, folder=None, name=None):
        """Starts a daemon and returns it once it is ready."""
        process = Process(self, kind, args, folder or self.folder, name)
        self.processes.append(process)
        process.start()
        return process

    def serve(self, name, schema, database, folder=None):
        """Starts an ovsdb-server with a new database; returns the Ovsdb."""
        folder = folder or self.folder
        path = os.path.join(folder, name + ".db")
        sock = os.path.join(folder, name + ".sock")
        create_database(path, schema)
        self.start("ovsdb-server", [path, "--remote=punix:" + sock], folder,
                   "ovsdb-" + name)
        return Ovsdb(sock, database)


def free_port():
    """Returns a TCP port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def costs(processes, measure):
    """Returns {kind: sum of measure(process)} of the processes."""
    sums = {}
    for process in processes:
        sums[process.kind] = sums.get(process.kind, 0) + measure(process)
    return sums


def settle(processes):
    """Waits until the processes have nothing left to do: a window in which
    they together use less than two ticks of CPU time.  Returns the time
    (time.monotonic()) at which that began."""
    deadline = time.monotonic() + SETTLE_TIMEOUT
    before = sum(process.cpu() for process in processes)
    since = time.monotonic()
    while time.monotonic() < deadline:
        time.sleep(QUIET_WINDOW)
        now = sum(process.cpu() for process in processes)
        if now - before < 2 / TICKS:
            return since
        before, since = now, time.monotonic()
    raise LabTimeout(f"still busy after {SETTLE_TIMEOUT} s")


class DummyHost:
    """The Open vSwitch of one host; its files are in 'folder'."""

    def __init__(self, stage, name):
        self.name = name
        self.folder = os.path.join(stage.folder, name)
        os.mkdir(self.folder)
        self.ovsdb = stage.serve("conf", find_ovs_schema(), "Open_vSwitch",
                                 self.folder)
        self.remote = "unix:" + self.ovsdb.path
        self.vsctl("--no-wait", "init")
        self.vswitchd = stage.start("ovs-vswitchd", [
            self.remote, "--enable-dummy=override"], self.folder)
        self.bridge = f"unix:{self.folder}/br-int.mgmt"

    def vsctl(self, *words):
        run([find_program("ovs-vsctl"), "--db=" + self.remote,
             f"--timeout={VSCTL_TIMEOUT}", *words],
            timeout=VSCTL_TIMEOUT + 5)

    def configure(self, **keys):
        """Sets external_ids of the Open_vSwitch row, with - for _."""
        self.vsctl("set", "Open_vSwitch", ".", *[
            f'external_ids:{key.replace("_", "-")}="{value}"'
            for key, value in keys.items()])

    def ofctl(self, *words, timeout=600):
        """Runs ovs-ofctl on the bridge and returns what it prints."""
        return run([find_program("ovs-ofctl"), "-O", "OpenFlow15", *words],
                   timeout=timeout).stdout

    def interface_ids(self):
        """Returns the external_ids of all interfaces."""
        return [row["external_ids"] for row in self.ovsdb.select(
            "Interface", columns=["external_ids"])]
