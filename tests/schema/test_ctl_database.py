# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nvo3-ctl: the database as a whole, synchronization, connections."""

import os
import subprocess

import pytest

from conftest import Ctl, find, wait_for


def test_init_is_idempotent(ctl):
    """A second init changes nothing."""
    ctl("set-nve-admission", "open")
    before = ctl.dump()
    ctl("init")
    assert ctl.dump() == before


def test_init_repairs_the_role(ctl):
    """init restores permissions that somebody changed."""
    before = ctl.dump()
    ctl("set", "RBAC_Permission", "VNIC_Claim", "update=[nve]",
        "authorization=[]")
    ctl("init")
    assert ctl.dump() == before


@pytest.mark.parametrize("args", [
    ["sync"], ["set-nve-admission", "open"], ["get-nve-admission"],
    ["set-connection", "ptcp:6641"], ["get-connection"], ["del-connection"],
    ["set-ssl", "a", "b", "c"], ["get-ssl"],
    ["--wait=sync", "vn-add", "red"],
])
def test_uninitialized(empty_ctl, args):
    """What needs the global row says how to make it."""
    assert 'run "nvo3-ctl init"' in empty_ctl.fail(*args)


def test_show_of_an_empty_database(empty_ctl):
    """show works before init and says what to do."""
    assert 'run "nvo3-ctl init"' in empty_ctl("show")


def test_nve_admission(ctl):
    """The default, the two values, and nothing else."""
    assert ctl("get-nve-admission") == "registered\n"
    ctl("set-nve-admission", "open")
    assert ctl("get-nve-admission") == "open\n"
    assert 'write "registered"' in ctl.fail("set-nve-admission", "closed")


def test_commands_of_one_transaction(ctl):
    """Commands see what earlier ones did; one error undoes all."""
    ctl("vn-add", "red", "--", "vnic-add", "v1", "--vn=red",
        "--mac=02:00:00:00:00:01", "--", "vnic-add-addr", "v1", "red",
        "02:00:00:00:00:01", "10.0.0.1")
    assert ctl.table("vnic-list")[0]["IPs"] == "10.0.0.1"
    ctl.fail("vn-add", "blue", "--", "vn-del", "green")


def test_sync_waits_for_ndirectord(ctl):
    """sync raises the request and returns when it is answered."""
    ctl("create", "Epoch", "number=1", "director=test")
    sync = ctl.start("sync")
    ctl("wait-until", "NVO3_Global", ".", "sync_request=1")
    assert sync.poll() is None
    ctl("set", "Epoch", ".", "sync_done=1")
    assert sync.communicate() == ("", "")
    assert sync.returncode == 0


def test_sync_survives_a_restart_of_the_server(ctl):
    """A wait goes on when the database server comes back."""
    ctl("create", "Epoch", "number=1", "director=test")
    sync = ctl.start("sync")
    ctl("wait-until", "NVO3_Global", ".", "sync_request=1")
    ctl.server.stop()
    ctl.server.start()
    ctl("set", "Epoch", ".", "sync_done=1")
    sync.communicate()
    assert sync.returncode == 0


@pytest.mark.parametrize("with_director, words", [
    (False, "no ndirectord has ever used this database"),
    (True, 'ndirectord "test" has confirmed request 0 of 1'),
])
def test_sync_gives_up(ctl, with_director, words):
    """--timeout ends the wait and says what did not come."""
    if with_director:
        ctl("create", "Epoch", "number=1", "director=test")
    process = ctl.run("--timeout=1", "sync")
    assert process.returncode == 1
    assert words in process.stderr


def test_wait_status(ctl):
    """--wait=status returns when the verdict is there."""
    process = ctl.start("--wait=status", "vn-add", "red")
    ctl("wait-until", "VN", "red", "name=red")
    assert process.poll() is None
    ctl("set", "VN", "red", "status=ok")
    assert process.communicate() == ("", "")
    assert process.returncode == 0


def test_wait_status_refused(ctl):
    """A refusal is an error, with its reason, for each row concerned."""
    ctl("vn-add", "red")
    process = ctl.start("--wait=status", "vnic-add", "v1", "--vn=red",
                        "--mac=02:00:00:00:00:01")
    ctl("wait-until", "VNIC", "v1", "name=v1")
    mac = ctl("--bare", "--columns=_uuid", "list", "VNIC_MAC").strip()
    vn = ctl("--bare", "--columns=_uuid", "list", "VNIC_VN").strip()
    ctl("set", "VNIC", "v1", "status=ok", "--", "set", "VNIC_VN", vn,
        "status=ok", "--", "set", "VNIC_MAC", mac,
        'status="refused: for a test"')
    out, err = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert err == "nvo3-ctl: MAC 02:00:00:00:00:01: refused: for a test\n"


def test_wait_sync_looks_at_old_rows(ctl):
    """With --wait=sync the verdict on a changed row counts as well."""
    ctl("create", "Epoch", "number=1", "director=test")
    ctl("nve-add", "hv1", "--", "set", "NVE", "hv1", "status=ok")
    process = ctl.start("--wait=sync", "nve-disable", "hv1")
    ctl("wait-until", "NVO3_Global", ".", "sync_request=1")
    ctl("set", "NVE", "hv1", 'status="refused: no"', "--",
        "set", "Epoch", ".", "sync_done=1")
    assert 'NVE "hv1": refused: no' in process.communicate()[1]
    assert process.returncode == 1


def test_wait_ends_when_the_row_is_deleted(ctl):
    """A row that somebody deletes has no verdict to wait for."""
    process = ctl.start("--wait=status", "vn-add", "red")
    ctl("wait-until", "VN", "red", "name=red")
    ctl("vn-del", "red")
    process.communicate()
    assert process.returncode == 0


def test_dry_run(ctl):
    """--dry-run checks, but writes and waits for nothing."""
    before = ctl.dump()
    ctl("--dry-run", "--wait=sync", "vn-add", "red")
    ctl("--dry-run", "sync")
    assert ctl.dump() == before


def test_no_server(ctl):
    """The message names the remote and what to do."""
    ctl.server.stop()
    process = ctl.run("show")
    assert process.returncode == 1
    assert ctl.server.remote in process.stderr
    assert "is ovsdb-server there?" in process.stderr


def test_another_database(ctl, tmp_path):
    """A server that has no NVO3 database is told from one that is not
    there."""
    schema = tmp_path / "other.ovsschema"
    schema.write_text('{"name": "other", "version": "1.0.0", "tables": {}}')
    ctl.server.stop()
    os.unlink(ctl.server.database)
    subprocess.run([find("ovsdb-tool"), "create", ctl.server.database,
                    str(schema)], check=True)
    # Without the options that would read the NVO3 database.
    ctl.server.start(ours=False)
    process = ctl.run("show")
    assert process.returncode == 1
    assert 'the server has no database "nvo3"' in process.stderr


def test_default_database(ctl):
    """Without --db and NVO3_DB it is nvo3.sock in the run directory."""
    del ctl.server.env["NVO3_DB"]
    assert ctl("get-nve-admission") == "registered\n"


def test_db_option_goes_before_the_environment(ctl):
    """--db wins."""
    ctl.server.env["NVO3_DB"] = "unix:/nonexistent"
    assert ctl(f"--db={ctl.server.remote}", "get-nve-admission")


def test_many_at_once(ctl):
    """Commands that collide in the database all get through."""
    ctl("vn-add", "red", "--", "vnic-add", "v1", "--vn=red")
    processes = [ctl.start("vnic-add-addr", "v1", "red",
                           f"02:00:00:00:00:{i:02x}", f"10.0.0.{i}")
                 for i in range(1, 9)]
    for process in processes:
        assert process.communicate() == ("", "")
        assert process.returncode == 0
    assert len(ctl.table("vnic-list")) == 8


def test_set_connection(ctl):
    """Targets with the words before them; a repetition is harmless."""
    ctl("set-connection", "ptcp:0:127.0.0.1")
    assert (ctl("get-connection")
            == 'read-write role="" ptcp:0:127.0.0.1\n')
    ctl("set-connection", "ptcp:0:127.0.0.1")
    ctl("set-connection", "--inactivity-probe=5000", "read-only",
        "ptcp:0:127.0.0.2", "read-write", "ptcp:0:127.0.0.3")
    assert ctl("get-connection").splitlines() == [
        'read-only role="" ptcp:0:127.0.0.2',
        'read-write role="" ptcp:0:127.0.0.3']
    assert ctl.get("Connection", "ptcp:0:127.0.0.2",
                   "inactivity_probe") == "5000"
    ctl("del-connection")
    assert ctl("get-connection") == ""


def test_connection_works(ctl):
    """The server listens where it is told to, as it is told to."""
    ctl("set-connection", "read-only", "ptcp:0:127.0.0.1")
    port = wait_for(
        lambda: ctl("get", "Connection", "ptcp:0:127.0.0.1",
                    "status:bound_port").strip().strip('"')
        if "bound_port" in ctl("get", "Connection", "ptcp:0:127.0.0.1",
                               "status") else None, "the port")
    remote = Ctl(ctl.server)
    remote.server.env["NVO3_DB"] = f"tcp:127.0.0.1:{port}"
    assert remote("get-nve-admission") == "registered\n"
    process = remote.run("vn-add", "red")
    assert process.returncode == 1
    assert "not allowed when database server is in read only mode" in (
        process.stderr)


@pytest.mark.parametrize("args, words", [
    (["bogus:1"], "no OVSDB connection method"),
    (["role=nobody", "pssl:0:127.0.0.1"], 'no role "nobody"'),
    (["role=hypervisor"], "wants a target"),
    (["read-only"], "wants a target"),
    (["--inactivity-probe=x", "ptcp:0:127.0.0.1"], "write milliseconds"),
    (["--inactivity-probe=-1", "ptcp:0:127.0.0.1"], "write milliseconds"),
])
def test_set_connection_errors(ctl, args, words):
    """What can't be a connection is said to be none."""
    assert words in ctl.fail("set-connection", *args)


def test_set_connection_role_of_open_listener(ctl):
    """ovsdb-server 3.1 would go on with the old role without a word."""
    ctl("set-connection", "ptcp:0:127.0.0.1")
    for words in ("read-only", "role=hypervisor"):
        assert "del-connection" in ctl.fail("set-connection", words,
                                            "ptcp:0:127.0.0.1")
    ctl("del-connection")
    process = ctl.run("set-connection", "role=hypervisor",
                      "ptcp:0:127.0.0.1")
    assert process.returncode == 0
    assert "no certificate cannot write" in process.stderr


def test_ssl(ctl):
    """The files with the keys."""
    assert ctl("get-ssl") == ""
    ctl("set-ssl", "--bootstrap", "/k", "/c", "/ca", "TLSv1.2", "HIGH")
    assert ctl("get-ssl").splitlines() == [
        "Private key: /k", "Certificate: /c", "CA Certificate: /ca",
        "Bootstrap: true"]
    assert ctl.get("SSL", ".", "ssl_protocols") == "TLSv1.2"
    ctl("set-ssl", "/k2", "/c2", "/ca2")
    assert "Bootstrap: false" in ctl("get-ssl")
    ctl("del-ssl")
    assert ctl("get-ssl") == ""
    assert ctl("list", "SSL") == ""
