# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a change costs, in transactions, messages and system calls."""

import json
import os

from director_harness import Database, Peer
from nvo3lab.programs import find_nvo3_schema
from nvo3lab.shell import wait_for


def attach(database, switch, number):
    """Attaches VNIC 'number' to VN vn1 on 'switch'."""
    name = f"vnic{number}"
    database.add_vnic(name, {"vn1": {f"02:00:00:00:01:{number:02x}":
                                     [f"10.0.0.{number}"]}})
    switch.add_port(name)
    database.add_claim("hv1", name)
    database.wait_binding(name, "activated")
    database.sync()


def test_attach(database, director, switch):
    """However many VNICs there are elsewhere."""
    database.db.insert("VN", name="vn1")
    attach(database, switch, 1)
    costs = []
    for first, last in (2, 2), (3, 3), (4, 60), (61, 61):
        before = director.counters()
        if first == last:
            attach(database, switch, first)
        else:                                    # many, on another NVE
            database.db.transact(*[
                operation for i in range(first, last)
                for operation in vnic_operations(database, i)])
            database.sync()
        after = director.counters()
        costs.append({k: after[k] - before[k] for k in after})
    for cost in costs[0], costs[1], costs[3]:
        assert cost["db_txns"] <= 5, cost        # VNIC, pending, activated,
        assert cost["wire_send_calls"] <= 3, cost           # and sync_done
        assert cost["wire_recv_calls"] <= 8, cost
        assert cost["core_mods_sent"] <= 40, cost
    assert abs(costs[3]["core_compiled"] - costs[1]["core_compiled"]) <= 2, \
        costs


def vnic_operations(database, number):
    """Operations for a VNIC of a VN of its own, with a claim by another."""
    name = f"far{number}"
    return [
        database.put("VN", name=name),
        {**database.put("VNIC_MAC", mac=f"02:00:00:00:02:{number:02x}"),
         "uuid-name": f"mac{number}"},
        {**database.put("VNIC_VN", vn=name,
                        macs=[("named-uuid", f"mac{number}")]),
         "uuid-name": f"vv{number}"},
        database.put("VNIC", name=name, vns=[("named-uuid", f"vv{number}")]),
        database.put("VNIC_Claim", nve="hv2", vnic=name, port=name,
                     state=["activated"]),
    ]


def test_many_changes_in_few_transactions(database, director):
    """3,000 verdicts."""
    database.db.transact(*[database.put("VN", name=f"vn{i}")
                           for i in range(3000)])
    wait_for(lambda: not database.db.find("VN", status=""), 30,
             "3,000 verdicts")
    ids = {row["vn_id"] for row in database.db.select("VN")}
    assert len(ids) == 3000
    assert director.counters()["db_txns"] <= 10


def test_idle_connections(database, director):
    """They cost nothing while others work."""
    peers = [Peer.connect_unix(director.socket) for _ in range(300)]
    for i, peer in enumerate(peers):
        peer.identify(1000 + i)
    wait_for(lambda: director.counters()["wire_messages_received"] >= 600,
             10, "features replies")
    before = director.counters()
    for i in range(20):
        database.db.insert("VN", name=f"vn{i}")
        database.wait_status("VN", f"vn{i}")
    after = director.counters()
    assert after["wire_connections"] == 300
    runs = after["wire_conn_runs"] - before["wire_conn_runs"]
    assert runs <= 300, runs                     # one probe each, at the most
    for peer in peers:
        peer.close()


def test_verdict_that_the_database_refuses(folder, make_director):
    """It is found among others, logged and left; all others are written."""
    with open(find_nvo3_schema(), encoding="utf-8") as stream:
        schema = json.load(stream)
    schema["tables"]["VN"]["columns"]["status"] = {
        "type": {"key": {"type": "string", "maxLength": 20}}}
    path = os.path.join(folder, "strict.ovsschema")
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(schema, stream)
    database = Database(folder, "strict", path)
    database.start()
    director = make_director(db=database)
    director.start()
    database.db.transact(*[
        database.put("VN", name=f"vn{i:02}",
                     tenant="nobody" if i == 17 else "")
        for i in range(50)])
    wait_for(lambda: len(database.db.find("VN", status="ok")) == 49, 10,
             "the other verdicts", lambda: str(database.db.select("VN")))
    wait_for(lambda: director.log_lines("giving up on that one"), 10,
             "a log message")
    assert director.counters()["db_errors"] < 20
    database.db.update("VN", [["name", "==", "vn17"]], tenant="")
    database.wait_status("VN", "vn17")
    director.end()
    database.kill()
