# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Options and the control socket."""

import os
import re

import pytest

from nvo3lab.jsonrpc import RpcError
from nvo3lab.programs import find_program
from nvo3lab.shell import run

MAC1 = "02:00:00:00:00:01"


def ndirectord(build, folder, *args):
    """Runs ndirectord to its end; returns (exit status, all it said)."""
    env = {**os.environ, "OVS_RUNDIR": folder, "OVS_LOGDIR": folder}
    done = run([find_program("ndirectord", build), *args], check=False,
               env=env)
    return done.returncode, done.stdout + done.stderr


def test_help_and_version(build, folder):
    status, text = ndirectord(build, folder, "--help")
    assert status == 0
    for option in ("--db", "--listen", "--name", "--audit-interval",
                   "--queue-limit", "--check", "--private-key", "--detach",
                   "--unixctl"):
        assert option in text
    own = text.split("Daemon options:")[0].replace(folder, "/run")
    assert max(len(line) for line in own.splitlines()) < 80
    status, text = ndirectord(build, folder, "--version")
    assert status == 0
    assert re.match(r"ndirectord \(nDirector\) \d", text)


GOOD = [
    [],
    ["--listen=ptcp:6653", "--listen=punix:/tmp/x"],
    ["--db=tcp:127.0.0.1:6641,tcp:127.0.0.2:6641"],
    ["--audit-interval=0", "--queue-limit=65536", "--name=n"],
]


@pytest.mark.parametrize("args", GOOD)
def test_good_configuration(build, folder, args):
    status, text = ndirectord(build, folder, "-n", *args)
    assert (status, text) == (0, "ndirectord: the configuration is good\n")


BAD = [
    (["--listen=tcp:127.0.0.1"], "tcp:127.0.0.1"),
    (["--listen=ptcp:99999"], "ptcp:99999"),
    (["--listen=pssl:6653"], "--private-key"),
    (["--db=nonsense"], '"nonsense" is not a database target'),
    (["--db=tcp:127.0.0.1:6641,x"], '"x" is not a database target'),
    (["--db=ssl:127.0.0.1:6641"], "--private-key"),
    (["--audit-interval=-1"], "--audit-interval=-1"),
    (["--audit-interval=often"], "--audit-interval=often"),
    (["--queue-limit=10"], "at least 65536"),
    (["--name="], "--name"),
    (["--name=a\nb"], "--name"),
    (["stray"], "stray"),
    (["--nonsense"], "--nonsense"),
    (["--private-key=/nonexistent", "--certificate=/nonexistent",
      "--ca-cert=/nonexistent", "--listen=pssl:"], "/nonexistent"),
]


@pytest.mark.parametrize("args,words", BAD)
def test_bad_configuration(build, folder, args, words):
    for more in ["-n"], []:
        status, text = ndirectord(build, folder, *more, *args)
        assert status == 1
        assert words in text


def test_socket_cannot_be_opened(build, folder, director):
    status, text = ndirectord(build, folder, "--db=unix:/nonexistent",
                              "--listen=punix:/nonexistent/x")
    assert status == 1
    assert "punix:/nonexistent/x: cannot listen" in text


def test_commands(database, director, switch):
    database.db.insert("VN", name="vn1", vn_id_request=[77], alias="red")
    database.add_vnic("vnic1", {"vn1": {MAC1: ["10.0.0.1"]}})
    switch.add_port("vnic1")
    database.add_claim("hv1", "vnic1")
    database.wait_binding("vnic1", "activated")

    assert "vn1" in director.appctl("vn/list")
    for vn in "vn1", "77":
        assert "vnic1" in director.appctl("vn/show", vn)
        assert MAC1 in director.appctl("mapping/list", vn)
        image = director.appctl("image/show", vn).splitlines()
        assert image[0].startswith("version ")
        flows = int(re.search(r"(\d+) flows", image[0]).group(1))
        assert flows and sum("FLOW_MOD" in line for line in image) == flows
        assert any(MAC1 in line for line in image)
    assert "hv1" in director.appctl("nve/list")
    assert "hv1" in director.appctl("session/list")
    assert director.appctl("image/list")
    assert "FLOW_MOD" in director.appctl("image/show-local", "hv1")
    assert MAC1 in director.appctl("mapping/list")
    assert "1 audit(s) started" in director.appctl("audit/run")
    assert "1 audit(s) started" in director.appctl("audit/run", "hv1")
    assert "0.1.0" in director.appctl("version")
    counters = director.counters()
    for name in ("core_mods_sent", "db_txns", "wire_send_calls",
                 "wire_recv_calls", "wire_bytes_sent", "loop_iterations"):
        assert counters[name] > 0, name
    assert counters["core_sessions"] == counters["wire_connections"] == 1
    assert "rows: Tenant 0, VN 1, NVE 1" in director.appctl("db/status")


@pytest.mark.parametrize("command", [
    ("vn/show", "none"), ("vn/show", "99"), ("vn/show",), ("vn/show", ""),
    ("image/show", "none"), ("image/show-local", "none"),
    ("mapping/list", "none"), ("audit/run", "none"), ("vn/list", "x"),
    ("vn/show", "-1"), ("vn/show", "4294967296"),
])
def test_command_refused(director, command):
    with pytest.raises(RpcError):
        director.appctl(*command)


def test_image_of_a_vn_without_members(database, director):
    database.db.insert("VN", name="vn1")
    database.wait_status("VN", "vn1")
    with pytest.raises(RpcError, match="no image"):
        director.appctl("image/show", "vn1")
