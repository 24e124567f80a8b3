# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Tests of the schemas, their manual pages, nvo3-ctl and nve-ctl.

No root, no network but the loopback interface: each test that wants a
database gets an ovsdb-server of its own on a unix socket in a folder of its
own.  The tools are taken from NDIRECTOR_BUILDDIR, else from PATH.
"""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import time
from typing import NamedTuple

import pytest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SCHEMA = os.path.join(TREE, "ovsdb-schema", "nvo3.ovsschema")
MANUALS = os.path.join(TREE, "Documentation", "man")

# The longest that anything here may take, in seconds.
LIMIT = 30


class Database(NamedTuple):
    """One of our databases, and the tool for it."""
    name: str
    schema: str
    global_table: str
    variable: str
    socket: str
    tool: str

    def options(self):
        """What lets an ovsdb-server take its settings from the database."""
        return [f"--remote=db:{self.name},{self.global_table},connections",
                f"--private-key=db:{self.name},SSL,private_key",
                f"--certificate=db:{self.name},SSL,certificate",
                f"--ca-cert=db:{self.name},SSL,ca_cert"]


NVO3 = Database("nvo3", SCHEMA, "NVO3_Global", "NVO3_DB", "nvo3.sock",
                "nvo3-ctl")
HYPERVISOR_NVE = Database(
    "Hypervisor_NVE",
    os.path.join(TREE, "ovsdb-schema", "hypervisor-nve.ovsschema"),
    "NVE_Global", "NVE_DB", "hypervisor_nve.sock", "nve-ctl")

# Who may be named as the writer of a column in nvo3(5).
WRITERS = {"operator", "ndirectord", "agent", "ovsdb-server", "nvo3-ctl"}


def find(program):
    """Returns the path of 'program', a built one before an installed one."""
    build = os.environ.get("NDIRECTOR_BUILDDIR")
    if build:
        path = os.path.join(build, "utilities", program)
        if os.access(path, os.X_OK):
            return path
    path = shutil.which(program, path=os.environ.get("PATH", "")
                        + ":/usr/sbin:/sbin")
    assert path, f"{program} is neither in NDIRECTOR_BUILDDIR nor in PATH"
    return path


def wait_for(condition, what):
    """Waits until 'condition' returns something true, and returns it."""
    deadline = time.monotonic() + LIMIT
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"{what} did not come"
        select.select([], [], [], 0.01)


class Server:
    """An ovsdb-server with an empty database in 'folder'."""

    def __init__(self, folder, kind=NVO3):
        self.folder = str(folder)
        self.kind = kind
        self.socket = os.path.join(self.folder, kind.socket)
        self.remote = "unix:" + self.socket
        self.env = dict(os.environ)
        for name in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR",
                     "OVS_SYSCONFDIR"):
            self.env[name] = self.folder
        self.env[kind.variable] = self.remote
        for name in ("OVS_CTL_TIMEOUT", "NVE_DEVICE"):
            self.env.pop(name, None)
        self.database = os.path.join(self.folder, "conf.db")
        subprocess.run([find("ovsdb-tool"), "create", self.database,
                        kind.schema], check=True, env=self.env)
        self.pid = None
        self.start()

    def start(self, ours=True):
        """Starts the server; it is ready when this returns.  Its database is
        ours unless 'ours' is false."""
        pidfile = os.path.join(self.folder, "ovsdb-server.pid")
        subprocess.run(
            [find("ovsdb-server"), "--detach", "--no-chdir",
             "--pidfile=" + pidfile, "-vconsole:off",
             "--log-file=" + os.path.join(self.folder, "ovsdb-server.log"),
             "--unixctl=" + os.path.join(self.folder, "ovsdb-server.ctl"),
             "--remote=punix:" + self.socket, self.database,
             *(self.kind.options() if ours else [])], check=True, env=self.env)
        with open(pidfile, encoding="ascii") as stream:
            self.pid = int(stream.read())

    def stop(self):
        """Kills the server and waits until it is gone."""
        pidfd = os.pidfd_open(self.pid)
        os.kill(self.pid, signal.SIGKILL)
        select.select([pidfd], [], [], LIMIT)
        os.close(pidfd)
        self.pid = None


class Ctl:
    """Runs the tool for the database of 'server'."""

    def __init__(self, server):
        self.server = server
        self.name = server.kind.tool
        self.program = find(self.name)

    def command(self, *args):
        """Returns the whole command line for 'args'."""
        return [self.program, f"--timeout={LIMIT}", *map(str, args)]

    def run(self, *args):
        """Returns the completed process, whatever came of it."""
        return subprocess.run(self.command(*args), env=self.server.env,
                              capture_output=True, text=True, check=False,
                              timeout=2 * LIMIT)

    def start(self, *args):
        """Starts the command and returns the process."""
        return subprocess.Popen(self.command(*args), env=self.server.env,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def __call__(self, *args):
        """Returns the output of a command that must succeed, in silence."""
        process = self.run(*args)
        assert process.returncode == 0, process.stderr
        assert process.stderr == ""
        return process.stdout

    def fail(self, *args):
        """Returns the message of a command that must fail, and must leave
        the database as it was."""
        before = self.dump()
        process = self.run(*args)
        assert process.returncode == 1, (process.returncode, process.stdout,
                                         process.stderr)
        assert process.stderr.startswith(self.name + ": "), (
            process.stderr)
        assert process.stderr.count("\n") == 1, process.stderr
        assert self.dump() == before
        return process.stderr[len(self.name + ": "):-1]

    def table(self, *args):
        """Returns the table that a command prints, as a list of
        dictionaries."""
        data = json.loads(self("--format=json", *args))
        return [dict(zip(data["headings"], row)) for row in data["data"]]

    def get(self, table, record, column):
        """Returns what is in a column, as the tool prints it."""
        return self("get", table, record, column).strip()

    def dump(self):
        """Returns the whole contents of the database, as text."""
        return subprocess.run(
            [find("ovsdb-client"), "--no-headings", "-f", "csv", "dump",
             self.server.remote, self.server.kind.name],
            env=self.server.env, check=True, capture_output=True, text=True,
            timeout=LIMIT).stdout


def writers():
    """Returns the writer of each column in nvo3(5): {table: {column:
    writer}}."""
    with open(os.path.join(MANUALS, "nvo3.5"), encoding="utf-8") as stream:
        text = stream.read()
    found = {}
    for section in re.split(r"^\.SH ", text, flags=re.M)[1:]:
        title, _, body = section.partition("\n")
        match = re.fullmatch(r'"?(\w+) TABLE"?', title.strip())
        if not match:
            continue
        columns = found.setdefault(match.group(1), {})
        for item in re.split(r"^\.TP\n", body, flags=re.M)[1:]:
            name = re.match(r"\.BR? (\w+)", item)
            writer = re.search(r"^Writer: (.*?)\.$", item, flags=re.M)
            assert name and writer, f"{title}: {item.splitlines()[0]}"
            assert name.group(1) not in columns, f"{title}: {name.group(1)}"
            columns[name.group(1)] = writer.group(1).replace("\\-", "-")
    return found


@pytest.fixture(scope="session")
def schema():
    """The schema, as JSON."""
    with open(SCHEMA, encoding="utf-8") as stream:
        return json.load(stream)


def running_server(folder, kind):
    """Yields a database server with an empty database of this kind."""
    # A socket's name must be short, and pytest's folders are not.
    assert len(str(folder)) < 80, (
        f"{folder}: too long for a socket; set --basetemp")
    server = Server(folder, kind)
    yield server
    if server.pid:
        server.stop()


@pytest.fixture
def server(tmp_path):
    """A database server with an empty NVO3 database."""
    yield from running_server(tmp_path, NVO3)


@pytest.fixture
def nve_server(tmp_path):
    """A database server with an empty Hypervisor_NVE database."""
    yield from running_server(tmp_path, HYPERVISOR_NVE)


@pytest.fixture
def empty_ctl(server):
    """nvo3-ctl on a database that nobody has initialized."""
    return Ctl(server)


@pytest.fixture
def ctl(empty_ctl):
    """nvo3-ctl on an initialized database."""
    empty_ctl("init")
    return empty_ctl


@pytest.fixture
def empty_nve(nve_server):
    """nve-ctl on a database that nobody has initialized."""
    return Ctl(nve_server)


@pytest.fixture
def nve(empty_nve):
    """nve-ctl on an initialized database."""
    empty_nve("init")
    return empty_nve
