# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What end devices ask for, and what they get."""

import pytest

from external_harness import MAC
from nvo3lab.shell import run


def test_life_of_a_vnic(nve):
    """Associate, activate, deactivate, de-associate (figure 6)."""
    nve.hyp.ask(state="associated")
    claim = nve.central.claim("vm1", state="associated")
    assert (claim["nve"], claim["vn"], claim["port"], claim["tag"]) == (
        "nve1", "red", "p1", 100)
    assert claim["addresses"] == MAC
    nve.wait_answer("init pending", "waits for the nDirector")
    nve.wait_tags(red=100)
    nve.grant()
    answer = nve.wait_answer("associated done 100")
    assert (answer["vn_name"], answer["vn_id"]) == ("red", 7)
    assert answer["port"] == "p1"

    nve.hyp.ask()
    nve.central.claim("vm1", state="activated")
    answer = nve.wait_answer("associated pending 100")
    assert answer["claim_seq"] == nve.hyp.seq
    nve.grant()
    nve.wait_answer("activated done 100")

    nve.hyp.ask(state="associated")
    nve.central.claim("vm1", state="associated")
    nve.grant()
    nve.wait_answer("associated done 100")

    nve.hyp.end()
    nve.central.wait_claims()
    nve.wait_answer(None)
    nve.wait_tags(red="resting")
    assert [line for line in nve.agent.log_lines("nved_audit")
            if "activated, done" in line]


def test_a_stale_verdict_is_none(nve):
    nve.attach()
    seq = nve.central.claim("vm1")["client_seq"]
    nve.hyp.ask(addresses=[MAC, "02:00:00:00:00:02"])
    nve.wait_answer("activated pending 100")
    nve.central.bind("vm1", vn="red", seq=seq)
    nve.settle()
    assert nve.hyp.answer()["outcome"] == "pending"
    nve.grant()
    nve.wait_answer("activated done 100")


def test_explicit_connection(nve):
    nve.hyp.connect()
    answer = nve.wait_connection("connected done 100")
    assert (answer["vn_name"], answer["vn_id"]) == ("red", 7)
    nve.hyp.connect("id:8", tag_request=105)
    answer = nve.wait_connection("connected done 105", vn="id:8")
    assert answer["vn_name"] == "blue"
    nve.wait_tags(red=100, blue=105)
    assert nve.central.claims() == []
    nve.hyp.connect("red", device="hv2", tag_request=101)
    nve.wait_connection("disconnected refused", "has tag 100", device="hv2")
    nve.hyp.db.delete("VN_Connection", end_device="hv2")
    nve.hyp.db.delete("VN_Connection", end_device="hv1", vn="red")
    nve.wait_connection(None)
    nve.wait_tags(red="resting", blue=105)


def test_vn_by_id_and_as_registered(nve):
    vnic_vn = ("named-uuid", "x")
    nve.central.db.transact(
        {"op": "insert", "table": "VNIC_VN", "uuid-name": "x",
         "row": {"vn": "blue"}},
        {"op": "insert", "table": "VNIC",
         "row": {"name": "reg", "vns": ["set", [list(vnic_vn)]]}})
    nve.hyp.ask("reg", vn="", addresses=[])
    nve.central.claim("reg", vn="blue")
    nve.grant()
    answer = nve.wait_answer("activated done 100", vnic="reg", vn="")
    assert (answer["vn_name"], answer["vn_id"]) == ("blue", 8)
    nve.hyp.ask("num", vn="id:7")
    nve.central.claim("num", vn="red")
    nve.hyp.ask("not", vn="")
    nve.wait_answer("init refused", "not registered", vnic="not", vn="")
    nve.hyp.ask("big", vn="id:99999999")
    nve.wait_answer("init refused", "VN ID from 1", vnic="big",
                    vn="id:99999999")
    nve.hyp.ask("no", vn="id:9")
    nve.wait_answer("init refused", "no VN has VN ID 9", vnic="no", vn="id:9")


def test_vn_comes_later(nve):
    nve.hyp.ask(vn="green")
    nve.wait_answer("init refused", "there is no VN called", vn="green")
    nve.add_vn("green", 9)
    nve.central.claim("vm1", vn="green")
    nve.central.db.update("VN", [["name", "==", "green"]],
                          status="refused: somebody else's VN ID")
    nve.wait_answer("init refused", "somebody else's", vn="green")
    nve.central.wait_claims()


def test_updates_of_addresses(nve):
    nve.attach()
    more = ["02:00:00:00:00:02 10.0.0.0/16", "02:00:00:00:00:03 10.1.0.1-10.1"
            ".0.9"]
    nve.hyp.ask(addresses=more)
    nve.central.claim("vm1", addresses=more)
    nve.grant()
    nve.wait_answer("activated done 100")
    nve.hyp.ask(addresses=[*more, "02:00:00:00:00:04 10.2.0.9-10.2.0.1"])
    answer = nve.wait_answer("activated refused 100", "addresses are bad")
    assert list(answer["bad_addresses"]) == [
        "02:00:00:00:00:04 10.2.0.9-10.2.0.1"]
    assert nve.central.claim("vm1")["addresses"] == more


@pytest.mark.parametrize("columns, words", [
    ({"device": "hv9"}, "not registered here"),
    ({"device": ""}, "is no name"),
    ({"port": "p9"}, "not an access port"),
    ({"port": ""}, "is no name"),
    ({"vnic": ""}, "is no name"),
    ({"vnic": "a\nb"}, "is no name"),
    ({"vnic": "x" * 5000}, "is no name"),
    ({"addresses": ["nonsense"]}, "addresses:"),
    ({"addresses": ["02:00:00:00:00:01 10.0.0.9-10.0.0.1"]}, "addresses:"),
    ({"guest_tag": 4095}, "guest tag 4095 is out of range"),
    ({"guest_tag": -1}, "out of range"),
    ({"device": "hv2"}, "may not join VNs of tenant"),
], ids=str)
def test_bad_requests(nve, columns, words):
    """Each is refused with a reason, and disturbs nobody."""
    nve.hyp.db.update("End_Device", [["name", "==", "hv2"]],
                      tenants=["others"])
    nve.attach("good")
    nve.hyp.ask(**columns)
    key = {k: columns[k] for k in ("device", "vnic") if k in columns}
    nve.wait_answer("init refused", words, **key)
    assert len(nve.central.claims()) == 1
    nve.wait_answer("activated done 100", vnic="good")
    assert any("refused" in line
               for line in nve.agent.log_lines("nved_audit"))


@pytest.mark.parametrize("tag, words", [
    (0, "out of range"), (4095, "out of range"), (-1, "out of range"),
    (300, "not among those")], ids=str)
def test_bad_tag_requests(nve, tag, words):
    nve.hyp.connect(tag_request=tag)
    nve.wait_connection("disconnected refused", words)


def test_quotas_and_pool(nve):
    nve.hyp.db.update("End_Device", [["name", "==", "hv1"]], vnic_quota=1,
                      vn_quota=1)
    nve.attach("a")
    nve.hyp.ask("b")
    nve.wait_answer("init refused", "as many VNICs as it may, 1", vnic="b")
    nve.hyp.connect("red")
    nve.wait_connection("connected done 100")
    nve.hyp.connect("blue")
    nve.wait_connection("disconnected refused", "as many connections",
                        vn="blue")
    nve.hyp.end("a")
    nve.central.claim("b")
    nve.hyp.db.update("Access_Port", [["name", "==", "p2"]], tags="200")
    nve.hyp.ask("c", device="hv2", port="p2")
    nve.central.claim("c", tag=200)
    nve.hyp.ask("d", vn="blue", device="hv2", port="p2")
    nve.wait_answer("init refused", "tag", vnic="d", vn="blue", device="hv2")


def test_withdrawal(nve):
    """The operator disables a port, an end device; the nDirector refuses."""
    nve.attach("a")
    nve.hyp.db.update("Access_Port", [["name", "==", "p1"]], enabled=False)
    nve.wait_answer("init withdrawn", "p1\" is disabled", vnic="a")
    nve.central.wait_claims()
    nve.hyp.db.update("Access_Port", [["name", "==", "p1"]], enabled=True)
    nve.central.claim("a", tag=100)
    nve.grant()
    nve.wait_answer("activated done 100", vnic="a")
    nve.central.bind("a", "refused", vn="red", reason="for a reason")
    nve.wait_answer("init withdrawn", "for a reason", vnic="a")
    nve.grant()
    nve.wait_answer("activated done 100", vnic="a")
    nve.hyp.db.delete("End_Device", name="hv1")
    nve.wait_answer("init withdrawn", "not registered here", vnic="a")
    nve.central.wait_claims()


def test_segment_is_shared(nve):
    """Two hypervisors behind one port; one tag on two ports, two VNs."""
    nve.hyp.db.insert("Segment", name="blade", tags="300-301")
    for port in "b1", "b2":
        nve.hyp.db.insert("Access_Port", name=port, segment="blade")
    nve.attach("a", port="b1")
    nve.attach("b", device="hv2", port="b2")
    assert nve.hyp.answer("b", device="hv2")["tag"] == 300
    nve.attach("c", device="hv2", port="b1", vn="blue")
    nve.wait_tags("blade", red=300, blue=301)
    nve.hyp.db.update("Access_Port", [["name", "==", "p2"]], tags="300")
    nve.attach("d", vn="blue", port="p2")
    nve.wait_tags("p2", blue=300)


def test_own_interfaces_come_first(nve):
    """A VNIC is at one place."""
    nve.attach()
    nve.add_port("vnet0", iface_id="vm1")
    nve.wait_answer("init withdrawn", "own interface \"vnet0\"")
    nve.central.claim("vm1", vn="", port="vnet0", tag=[])
    nve.central.bind("vm1", vn="red")
    nve.wait_state("vnet0", "activated")
    nve.vsctl("del-port", "vnet0")
    nve.central.claim("vm1", vn="red", port="p1", tag=100)


def test_options(nve):
    nve.hyp.options(hold_time="soon", quarantine_time=-1)
    nve.wait_served("options:hold-time is \"soon\"")
    nve.hyp.options(quarantine_time=1)
    nve.wait_served()
    nve.attach()
    nve.hyp.end()
    nve.wait_tags()


def test_show(nve):
    nve.attach()
    text = nve.agent.show()
    assert ("hv1: VNIC vm1, VN red, access port p1, activated, done, tag 100"
            in text)
    assert "segment p1, tag 100: VN red" in text


def test_key_at_run_time(nve):
    """Without the key no end device is served; with it, all is back."""
    nve.attach()
    nve.configure(hypervisor_db="nonsense")
    nve.wait_status("nvo3-hypervisor-db is \"nonsense\"")
    nve.configure(hypervisor_db=None)
    nve.central.wait_claims()
    nve.wait_answer(None)
    assert "no longer serves" in nve.hyp.status()
    assert nve.hyp.tags() == {100: ("red", "used")}
    nve.configure(hypervisor_db=nve.hyp.remote)
    nve.central.claim("vm1", tag=100)
    nve.grant()
    nve.wait_answer("activated done 100")


def test_check_option(nve):
    command = [nve.agent.argv[0], "--ovsdb=" + nve.ovsdb.remote, "-n"]
    done = run(command)
    assert f"Hypervisor_NVE database {nve.hyp.remote}" in done.stdout


def test_only_what_is_named_is_replicated(nve):
    """Of VNs, those that requests name; of VNICs, none."""
    nve.agent.appctl("vlog/set", "jsonrpc:file:dbg")
    nve.add_vn("named-by-nobody", 100)
    nve.central.db.insert("VNIC", name="vnic-of-nobody")
    nve.add_vn("named-by-one", 101)
    nve.hyp.ask(vn="named-by-one")
    nve.central.claim("vm1", vn="named-by-one")
    assert nve.agent.log_lines("named-by-one")
    assert not nve.agent.log_lines("named-by-nobody")
    assert not nve.agent.log_lines("vnic-of-nobody")
