# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Rows into ndirectord, and its verdicts out."""

import pytest

from nvo3lab.shell import wait_for

MAC1, MAC2, MAC3 = (f"02:00:00:00:00:0{i}" for i in (1, 2, 3))


def test_every_kind_of_row(database, director):
    database.db.insert("Tenant", name="t1")
    database.db.insert("VN", name="vn1", alias="red", tenant="t1")
    database.db.insert("VN", name="vn2", tenant="t1", vn_id_request=[777])
    database.add_vnic("vnic1", {"vn1": {MAC1: ["10.0.0.1", "10.0.1.0/24"]},
                                "vn2": {MAC2: [], MAC3: ["fd00::1"]}},
                      tenant="t1")
    database.add_nve("hv1", 1)
    database.add_claim("hv1", "vnic1")

    assert 0 < database.wait_status("VN", "vn1")["vn_id"] < 1 << 24
    assert database.wait_status("VN", "vn2")["vn_id"] == 777
    database.wait_status("VNIC", "vnic1")
    database.wait_status("NVE", "hv1")
    wait_for(lambda: all(row["status"] == "ok" for table in
                         ("VNIC_VN", "VNIC_MAC")
                         for row in database.db.select(table)), 10,
             "all MACs to be ok")
    for vn in "vn1", "vn2":
        binding = database.wait_binding("vnic1", "pending", vn=vn)
        assert binding["nve"] == "hv1"
        assert binding["generation"] >> 32 == 1  # made in this epoch
        assert binding["epoch"] == 0             # no datapath has it
        assert binding["reason"]
    assert "red" in director.appctl("vn/list")
    assert "vnic1" in director.appctl("vn/show", "vn1")
    assert director.appctl("vn/show", "777") \
        == director.appctl("vn/show", "vn2")
    assert "hv1" in director.appctl("nve/list")


def test_binding_of_a_claim_that_is_gone(database, director):
    database.db.insert("VN", name="vn1")
    database.add_vnic("vnic1", {"vn1": {MAC1: []}})
    database.add_nve("hv1", 1)
    database.add_claim("hv1", "vnic1")
    database.wait_binding("vnic1", "pending")
    database.db.delete("VNIC_Claim", vnic="vnic1")
    database.wait_gone("Binding", vnic="vnic1")


def test_claim_changes_its_vnic(database, director):
    database.db.insert("VN", name="vn1")
    database.add_vnic("vnic1", {"vn1": {MAC1: []}})
    database.add_vnic("vnic2", {"vn1": {MAC2: []}})
    database.add_nve("hv1", 1)
    database.add_claim("hv1", "vnic1")
    database.wait_binding("vnic1", "pending")
    database.db.update("VNIC_Claim", [], vnic="vnic2", client_seq=2)
    database.wait_gone("Binding", vnic="vnic1")
    database.wait_binding("vnic2", "pending")


def test_admission_by_registration(database, director):
    database.db.insert("NVE_Registration", nve="hv9", tunnel_port="vx0",
                       datapath_id="0000000000000009",
                       endpoints={"192.0.2.9": 1})
    director.appctl("nve/list")
    assert not database.row("NVE", name="hv9")
    database.db.update("NVO3_Global", [], nve_admission=["open"])
    database.wait_status("NVE", "hv9")


def test_vn_is_renamed(database, director):
    database.db.insert("VN", name="vn1")
    database.add_vnic("vnic1", {"vn1": {MAC1: []}})
    database.wait_row("VNIC_VN", {"status": "ok"})
    database.db.update("VN", [["name", "==", "vn1"]], name="vn2")
    database.wait_row("VNIC_VN", {"status": lambda s: "no VN vn1" in s})
    database.db.update("VNIC_VN", [], vn="vn2")
    database.wait_row("VNIC_VN", {"status": "ok"})


def test_vns_swap_names(database, director):
    database.db.insert("VN", name="vn1", vn_id_request=[100])
    database.db.insert("VN", name="vn2", vn_id_request=[200])
    database.wait_status("VN", "vn1")
    database.wait_status("VN", "vn2")
    database.db.transact(
        {"op": "update", "table": "VN", "row": {"name": "vn3"},
         "where": [["name", "==", "vn1"]]},
        {"op": "update", "table": "VN", "row": {"name": "vn1"},
         "where": [["name", "==", "vn2"]]},
        {"op": "update", "table": "VN", "row": {"name": "vn2"},
         "where": [["name", "==", "vn3"]]})
    database.wait_row("VN", {"vn_id": 200, "status": "ok"}, name="vn1")
    database.wait_row("VN", {"vn_id": 100, "status": "ok"}, name="vn2")


def test_row_is_replaced_by_another_of_its_name(database, director):
    database.db.insert("VN", name="vn1", vn_id_request=[100])
    database.wait_row("VN", {"vn_id": 100}, name="vn1")
    database.db.transact(
        {"op": "delete", "table": "VN", "where": [["name", "==", "vn1"]]},
        database.put("VN", name="vn1", vn_id_request=[101]))
    database.wait_row("VN", {"vn_id": 101, "status": "ok"}, name="vn1")


BAD_ROWS = [
    ("VN", {"vn_id_request": [1 << 24]}, "refused: "),
    ("VN", {"vn_id_request": [0]}, "refused: "),
    ("VN", {"vn_id_request": [-1]}, "refused: "),
    ("VN", {"vn_id_request": [1 << 62]}, "refused: "),
    ("VN", {"vn_id_request": [100]}, "refused: VN ID 100 belongs to"),
    ("VN", {"tenant": "nobody"}, "refused: there is no tenant"),
    ("VN", {"name": "line\nbreak"}, "refused: "),
    ("VN", {"name": "x" * 256}, "refused: "),
    ("VN", {"name": "%s%n"}, "ok"),
    ("VN", {"alias": "\u202e%s\n"}, "ok"),
    ("NVE", {"datapath_id": ["nonsense"]}, "refused: "),
    ("NVE", {"datapath_id": ["0" * 16]}, "refused: "),
    ("NVE", {"datapath_id": ["0000000000000001"]}, "refused: "),
    ("NVE", {"endpoints": {"192.0.2.1": 1}}, "refused: "),
    ("NVE", {"endpoints": {"not an address": 1}}, "refused: "),
    ("NVE", {"endpoints": {"224.0.0.1": -1 << 62}}, "refused: "),
    ("VNIC", {"name": "\t"}, "refused: "),
    ("VNIC", {}, "refused: it is in no VN"),
]


@pytest.mark.parametrize("table,columns,words", BAD_ROWS)
def test_malformed_row(database, director, table, columns, words):
    """It says what is wrong in its status and disturbs nothing."""
    database.db.insert("VN", name="good", vn_id_request=[100])
    database.add_vnic("vnic1", {"good": {MAC1: []}})
    database.add_nve("hv1", 1)
    database.add_claim("hv1", "vnic1")
    before = database.wait_binding("vnic1", "pending")
    row = {"name": "bad", **columns}
    database.db.insert(table, **row)
    database.wait_status(table, row["name"], words)
    assert database.wait_binding("vnic1", "pending") == before
    assert database.row("VN", name="good")["status"] == "ok"
    assert database.row("NVE", name="hv1")["status"] == "ok"


BAD_MACS = [
    ("nonsense", [], "refused: "),
    ("ff:ff:ff:ff:ff:ff", [], "refused: "),
    ("01:00:5e:00:00:01", [], "refused: "),
    ("00:00:00:00:00:00", [], "refused: "),
    (MAC1, [], "refused: MAC"),
    (MAC2, ["10.0.0.1"], "refused: IP 10.0.0.1 belongs to"),
    (MAC2, ["10.0.0.1/8"], "refused: "),
    (MAC2, ["10.0.0.5-10.0.0.2"], "refused: "),
    (MAC2, ["::ffff:10.0.0.9"], "refused: "),
    (MAC2, ["x" * 10000], "refused: "),
    (MAC2, ["0.0.0.0", "127.0.0.1", "fe80::%eth0"], "refused: "),
    (MAC2, ["10.0.0.2-10.0.0.9", "fd00::/64"], "ok"),
]


@pytest.mark.parametrize("mac,ips,words", BAD_MACS)
def test_malformed_address(database, director, mac, ips, words):
    database.db.insert("VN", name="vn1")
    database.add_vnic("good", {"vn1": {MAC1: ["10.0.0.1"]}})
    good = database.wait_row("VNIC_MAC", {"status": "ok"}, mac=MAC1)
    database.add_vnic("bad", {"vn1": {mac: ips}})

    def judged():
        others = [row for row in database.db.select("VNIC_MAC")
                  if row["_uuid"] != good["_uuid"]]
        return others and others[0]["status"].startswith(words)
    wait_for(judged, 10, f"{mac} {ips}: {words}",
             lambda: str(database.db.select("VNIC_MAC")))
    assert good == [row for row in database.db.select("VNIC_MAC")
                    if row["_uuid"] == good["_uuid"]][0]


def test_address_is_free_again(database, director):
    """Who was refused gets it when the first gives it up."""
    database.db.insert("VN", name="vn1")
    database.add_vnic("first", {"vn1": {MAC1: []}})
    database.wait_row("VNIC_MAC", {"status": "ok"})
    database.add_vnic("second", {"vn1": {MAC1: ["10.0.0.2"]}})

    def statuses():
        return sorted(row["status"][:2]
                      for row in database.db.select("VNIC_MAC"))
    wait_for(lambda: statuses() == ["ok", "re"], 10, "a refusal")
    database.db.delete("VNIC", name="first")
    wait_for(lambda: statuses() == ["ok"], 10, "the second to get it")


def test_nothing_is_written_twice(database, director):
    """Rows that are touched without a change cost no transaction."""
    database.db.insert("VN", name="vn1")
    database.wait_status("VN", "vn1")
    before = director.counters()
    for i in range(3):
        database.db.update("VN", [], alias=f"alias{i}")
        wait_for(lambda: f"alias{i}" in director.appctl("vn/list"), 10,
                 "the change to be seen")
    director.wait_db("all written")
    after = director.counters()
    assert after["db_changes"] == before["db_changes"] + 3
    assert after["db_txns"] == before["db_txns"]
    written = [t for t in database.transactions() if "status" in t]
    assert len(written) == 1, written

