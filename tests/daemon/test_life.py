# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Restarts, fences and databases that are not what they were."""

import os
import shutil
import signal

from nvo3lab.jsonrpc import RpcError
from nvo3lab.shell import wait_for

MAC1, MAC2, MAC3 = (f"02:00:00:00:00:0{i}" for i in (1, 2, 3))


def make_network(database, switch, new_port=True):
    """A VN with one VNIC on 'switch', activated."""
    database.db.insert("VN", name="vn1")
    database.add_vnic("vnic1", {"vn1": {MAC1: ["10.0.0.1"]}})
    if new_port:
        switch.add_port("vnic1")
    database.add_claim("hv1", "vnic1")
    return database.wait_binding("vnic1", "activated")


def test_epoch_rises(database, make_director):
    director = make_director("one")
    director.start()
    row = database.epoch()
    assert (row["number"], row["director"]) == (1, "one")
    assert director.stop() == 0
    director.start()
    assert database.epoch()["number"] == 2
    director.kill()
    director.start()
    assert database.epoch()["number"] == 3


def test_database_comes_late(database, make_director):
    database.kill()
    director = make_director()
    director.start()
    assert "state: connecting" in director.appctl("db/status")
    database.start()
    director.wait_db("state: running")


def test_activation_and_restart(database, director, switch):
    """A restart changes nothing: no flow-mod, no row but the epoch."""
    binding = make_network(database, switch)
    database.sync()
    flows = switch.dump()
    rows = {t: database.db.select(t) for t in ("VN", "VNIC", "VNIC_MAC")}
    assert flows
    for end in director.stop, director.kill:
        end()
        assert switch.dump() == flows
        director.start()
        database.wait_row("NVE", {"connected": True}, name="hv1")
        database.sync()
        assert director.counters()["core_mods_sent"] == 0
        assert switch.dump() == flows
        assert database.row("Binding", vnic="vnic1") == binding
        assert rows == {t: database.db.select(t) for t in rows}


def test_terminated(database, director, switch):
    make_network(database, switch)
    flows = switch.dump()
    director.process.terminate()
    assert director.wait_exit() == -signal.SIGTERM
    assert switch.dump() == flows
    assert not os.path.exists(director.ctl)


def test_epoch_that_is_no_epoch(database, make_director):
    """Nothing overflows; it waits for somebody to set it right."""
    database.db.insert("Epoch", number=(1 << 63) - 1)
    director = make_director()
    director.start(wait=False)
    wait_for(director.is_ready, 10, "the control socket")
    wait_for(lambda: director.log_lines("leaves no number"), 10, "an error")
    assert "state: claiming" in director.appctl("db/status")
    database.db.update("Epoch", [], number=-5)
    director.wait_db("state: running")
    assert database.epoch()["number"] == 1


def test_second_director_takes_over(database, make_director):
    first, second = make_director("first"), make_director("second")
    first.start()
    second.start()
    assert first.wait_exit() == 1
    assert first.log_lines('director "second" has taken over')
    assert database.epoch()["director"] == "second"
    database.db.insert("VN", name="vn1")
    database.wait_status("VN", "vn1")
    assert second.is_running()


def test_deposed_director_cannot_write(database, make_director):
    """A director that slept while another took over wakes up with a verdict
    to write."""
    first, second = make_director("first"), make_director("second")
    first.start()
    database.db.insert("VN", name="vn1")
    database.add_vnic("vnic1", {"vn1": {MAC1: []}})
    database.add_nve("hv1", 1)
    database.wait_status("NVE", "hv1")
    first.process.send_signal(signal.SIGSTOP)
    database.add_claim("hv1", "vnic1")
    second.start()
    binding = database.wait_binding("vnic1", "pending")
    assert binding["generation"] >> 32 == 2
    first.process.send_signal(signal.SIGCONT)
    assert first.wait_exit() == 1
    assert database.row("Binding", vnic="vnic1") == binding


def test_every_transaction_waits_on_the_epoch(database, director):
    """The epoch goes up in the same transaction as a row to judge."""
    database.db.transact(
        {"op": "update", "table": "Epoch", "where": [],
         "row": {"number": 10, "director": "other"}},
        database.put("VN", name="vn1"))
    assert director.wait_exit() == 1
    assert database.row("VN", name="vn1")["status"] == ""


def test_database_is_away_for_a_while(database, director, switch):
    """What changed while nobody looked is applied, what did not stays."""
    make_network(database, switch)
    database.add_vnic("vnic2", {"vn1": {MAC2: []}})
    switch.add_port("vnic2")
    database.add_claim("hv1", "vnic2")
    database.wait_binding("vnic2", "activated")
    database.db.insert("VN", name="vn2")
    database.wait_status("VN", "vn2")
    flows = switch.dump()

    database.kill()
    director.wait_db("not connected")
    assert switch.dump() == flows
    edit_behind_its_back(
        database,
        {"op": "delete", "table": "VNIC_Claim",
         "where": [["vnic", "==", "vnic2"]]},
        {"op": "delete", "table": "VN", "where": [["name", "==", "vn2"]]},
        database.put("VN", name="vn3"))
    database.start()
    database.wait_status("VN", "vn3")
    database.wait_gone("Binding", vnic="vnic2")
    assert not [line for line in director.appctl("vn/list").splitlines()
                if "vn2" in line and "there is no VN" not in line]
    assert director.counters()["db_reloads"] == 1
    assert database.row("Binding", vnic="vnic1")["state"] == "activated"
    database.sync()
    assert len(switch.dump()) < len(flows)
    assert director.log_lines("connection to the database lost")


def edit_behind_its_back(database, *operations):
    """Changes the database file while its server does not run."""
    socket = database.socket
    database.socket = socket + ".other"
    argv = database.argv
    database.argv = [argv[0], argv[1],
                     "--remote=punix:" + database.socket]
    database.db.path = database.socket
    database.start()
    database.db.transact(*operations)
    database.kill()
    database.argv, database.socket = argv, socket
    database.db.path = socket


def test_database_is_emptied(database, director, switch):
    """Datapaths do not follow; with the right database back, it goes on."""
    make_network(database, switch)
    flows = switch.dump()
    database.kill()
    shutil.copy(database.file, database.file + ".good")
    database.forget()
    database.start()
    status = director.wait_db("state: guarded")
    assert "emptied or replaced" in status
    assert director.log_lines("db/accept")
    database.db.insert("VN", name="other")
    assert switch.dump() == flows
    assert "vn1" in director.appctl("vn/list")
    assert database.row("VN", name="other")["status"] == ""

    database.kill()
    os.replace(database.file + ".good", database.file)
    database.start()
    director.wait_db("state: running")
    database.db.insert("VN", name="vn2")
    database.wait_status("VN", "vn2")
    assert switch.dump() == flows


def test_epoch_row_is_deleted(database, director):
    database.db.insert("VN", name="vn1")
    database.wait_status("VN", "vn1")
    database.db.transact({"op": "delete", "table": "Epoch", "where": []},
                         {"op": "delete", "table": "VN", "where": []})
    director.wait_db("state: guarded")
    assert "vn1" in director.appctl("vn/list")


def test_database_is_restored_from_an_older_copy(database, director,
                                                 make_director):
    director.stop()
    database.kill()
    shutil.copy(database.file, database.file + ".old")
    database.start()
    director.start()
    database.kill()
    os.replace(database.file + ".old", database.file)
    database.start()
    assert "went back from 2 to 1" in director.wait_db("state: guarded")


def test_other_database_is_accepted(database, director, switch):
    """An operator orders datapaths to follow another database."""
    make_network(database, switch)
    database.kill()
    database.forget()
    database.start()
    director.wait_db("state: guarded")
    database.db.insert("NVO3_Global")
    database.add_nve("hv1", 1)
    director.appctl("db/accept")
    director.wait_db("state: running")
    assert database.epoch()["number"] == 2
    database.wait_row("NVE", {"connected": True}, name="hv1")
    database.sync()
    assert "vn1" not in director.appctl("vn/list")
    assert not [flow for flow in switch.dump() if MAC1 in flow]
    make_network(database, switch, new_port=False)
    database.sync()
    assert [flow for flow in switch.dump() if MAC1 in flow]


def test_nothing_to_accept(director):
    try:
        director.appctl("db/accept")
    except RpcError as error:
        assert "nothing to accept" in str(error)
    else:
        raise AssertionError("db/accept while the database is followed")


def test_who_had_it_keeps_it(database, director):
    """Restarts take nothing from anybody, whatever the order of rows."""
    for i in range(8):
        database.db.insert("VN", name=f"vn{i}", vn_id_request=[100])
        database.wait_row("VN", {"status": lambda s: s != ""},
                          name=f"vn{i}")
        database.add_vnic(f"vnic{i}", {"vn0": {MAC1: [], MAC2: [],
                                               f"02:00:00:00:01:0{i}": []}})
        wait_for(lambda: all(row["status"]
                             for row in database.db.select("VNIC_MAC")), 10,
                 "all MACs to be judged")

    def verdicts():
        return (sorted((r["name"], r["status"])
                       for r in database.db.select("VN")),
                sorted((str(r["_uuid"]), r["status"])
                       for r in database.db.select("VNIC_MAC")))
    before = verdicts()
    assert [status for _, status in before[1]].count("ok") == 10
    for _ in range(3):
        director.kill()
        director.start()
        database.db.insert("VN", name="marker")
        database.wait_status("VN", "marker")
        database.db.delete("VN", name="marker")
        database.wait_gone("VN", name="marker")
        director.wait_db("all written")
        assert verdicts() == before


def test_two_holders_of_a_part_each(database, director):
    """Two VNICs were each refused the MAC that the other has."""
    database.db.insert("VN", name="vn1")
    database.add_vnic("vnic1", {"vn1": {MAC1: []}})
    database.add_vnic("vnic2", {"vn1": {MAC2: []}})
    wait_for(lambda: [r["status"] for r in database.db.select("VNIC_MAC")]
             == ["ok", "ok"], 10, "two MACs")
    for name, mac in ("vnic1", MAC2), ("vnic2", MAC1):
        vns = database.row("VNIC", name=name)["vns"]
        database.db.transact(
            {**database.put("VNIC_MAC", mac=mac), "uuid-name": "new"},
            {"op": "mutate", "table": "VNIC_VN",
             "where": [["_uuid", "==", list(vns)]],
             "mutations": [["macs", "insert", ["named-uuid", "new"]]]})

    def verdicts():
        return sorted((str(r["_uuid"]), r["status"])
                      for r in database.db.select("VNIC_MAC"))
    wait_for(lambda: sorted(s[:2] for _, s in verdicts())
             == ["ok", "ok", "re", "re"], 10, "two refusals",
             lambda: str(verdicts()))
    before = verdicts()
    for _ in range(4):
        director.kill()
        director.start()
        director.wait_db("all written")
        assert verdicts() == before


def test_sync(database, director, switch):
    database.sync()
    assert database.epoch()["sync_done"] == 1
    database.db.insert("VN", name="vn1")
    database.add_vnic("vnic1", {"vn1": {MAC1: []}})
    switch.add_port("vnic1")
    database.add_claim("hv1", "vnic1")
    database.sync()
    assert database.row("Binding", vnic="vnic1")["state"] == "activated"
