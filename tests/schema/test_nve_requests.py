# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nve-ctl, for an end device: what its requests write."""

import pytest

from conftest import Ctl

MAC1 = "02:00:00:00:00:01"
MAC2 = "02:00:00:00:00:02"


class Device(Ctl):
    """nve-ctl of the end device hv1."""

    def command(self, *args):
        return super().command("--device=hv1", *args)

    def request(self, vn="red"):
        """Returns the request for vm1 in 'vn', as a dictionary."""
        rows = [row for row in self.table("list", "VNIC_Request")
                if row["vn"] == vn]
        assert len(rows) == 1
        return rows[0]

    def addresses(self):
        """Returns the addresses of the only request, sorted."""
        value = self.request()["addresses"]
        return sorted([value] if isinstance(value, str) else value[1])


@pytest.fixture
def hv1(nve):
    """The end device hv1 of an NVE with one port for it."""
    nve("device-add", "hv1", "--ports=eth1", "--", "port-add", "eth1", "--",
        "port-add", "eth2")
    return Device(nve.server)


NONE = ["set", []]


def test_vn_connect(hv1):
    """The row, a change of it, and its end."""
    hv1("vn-connect", "red")
    row = hv1.table("list", "VN_Connection")[0]
    assert (row["end_device"], row["port"], row["vn"], row["tag_request"],
            row["client_seq"]) == ("hv1", "eth1", "red", NONE, 1)
    hv1("vn-connect", "red", "--tag=4094")
    row = hv1.table("list", "VN_Connection")[0]
    assert (row["tag_request"], row["client_seq"]) == (4094, 2)
    hv1("vn-connect", "id:4711", "--port=eth2", "--", "vn-disconnect", "red")
    assert [r["vn"] for r in hv1.table("list", "VN_Connection")] == ["id:4711"]
    hv1("vn-disconnect", "red", "--if-exists")


def test_vn_disconnect_from_one_port(hv1):
    """--port is wanted if the VN is asked for on several."""
    hv1("vn-connect", "red", "--", "vn-connect", "red", "--port=eth2")
    assert "(eth1, eth2); --port=PORT says which" in hv1.fail(
        "vn-disconnect", "red")
    hv1("vn-disconnect", "red", "--port=eth1")
    assert hv1.table("list", "VN_Connection")[0]["port"] == "eth2"


def test_life_of_a_vnic(hv1):
    """Associate, Activate, Deactivate, De-Associate: a client_seq each."""
    hv1("associate", "vm1", "--vn=red", f"--mac={MAC1.upper()}",
        "--ip=10.0.0.1,10.0.0.0/24", "--guest-tag=7", "--migration=arriving")
    row = hv1.request()
    assert (row["end_device"], row["vnic"], row["port"], row["state"],
            row["migration"], row["guest_tag"], row["client_seq"]) == (
                "hv1", "vm1", "eth1", "associated", "arriving", 7, 1)
    assert hv1.addresses() == [f"{MAC1} 10.0.0.1 10.0.0.0/24"]
    hv1("activate", "vm1")
    row = hv1.request()
    assert (row["state"], row["migration"], row["guest_tag"],
            row["client_seq"]) == ("activated", "arriving", 7, 2)
    assert hv1.addresses() == [f"{MAC1} 10.0.0.1 10.0.0.0/24"]
    hv1("activate", "vm1", "--migration=none")
    assert hv1.request()["migration"] == "none"
    hv1("deactivate", "vm1")
    row = hv1.request()
    assert (row["state"], row["client_seq"]) == ("associated", 4)
    hv1("associate", "vm1")
    assert hv1.request()["client_seq"] == 5
    hv1("deassociate", "vm1")
    assert hv1.table("list", "VNIC_Request") == []
    hv1("deassociate", "vm1", "--if-exists")


def test_activate_at_once(hv1):
    """Init to Activated, where the VNIC is registered."""
    hv1("activate", "vm1")
    row = hv1.request("")
    assert (row["state"], row["addresses"], row["migration"],
            row["guest_tag"]) == ("activated", NONE, NONE, NONE)


def test_several_vns(hv1):
    """Without --vn: all, if that makes sense."""
    hv1("associate", "vm1", "--vn=red", "--", "associate", "vm1", "--vn=blue",
        "--guest-tag=9")
    hv1("activate", "vm1")
    assert {hv1.request(vn)["state"] for vn in ("red", "blue")} == {
        "activated"}
    hv1("move", "vm1", "--port=eth2", "--", "deactivate", "vm1", "--vn=red")
    assert [hv1.request(vn)[column] for vn in ("red", "blue")
            for column in ("port", "state")] == [
                "eth2", "associated", "eth2", "activated"]
    for args in (["addr-add", "vm1", MAC1], ["addr-del", "vm1", MAC1],
                 ["activate", "vm1", MAC1], ["activate", "vm1",
                                             "--guest-tag=5"]):
        assert "in several VNs (blue, red); --vn=VN" in hv1.fail(*args)
    hv1("addr-add", "vm1", MAC1, "--vn=red")
    assert hv1.addresses() == [MAC1]
    hv1("deassociate", "vm1")
    assert hv1.table("list", "VNIC_Request") == []


def test_addresses_of_associate(hv1):
    """Each MAC with the IPs behind it, once, in the one right form."""
    hv1("associate", "vm1", MAC1, "10.0.0.1", "FD00:0::1", "10.0.0.1", MAC2,
        "10.0.0.5-10.0.0.9", MAC1, "10.0.0.2", "--vn=red")
    assert hv1.addresses() == [f"{MAC1} 10.0.0.1 fd00::1 10.0.0.2",
                               f"{MAC2} 10.0.0.5-10.0.0.9"]
    hv1("associate", "vm1", MAC2)
    assert hv1.addresses() == [MAC2]


def test_addresses_are_edited(hv1):
    """Added and removed one by one; what means the same is the same."""
    hv1("associate", "vm1", "--vn=red")
    hv1("addr-add", "vm1", MAC1, "10.0.0.1", "fd00::1")
    hv1("addr-add", "vm1", MAC1, "10.0.0.2", "10.0.0.1", MAC2)
    assert hv1.addresses() == [f"{MAC1} 10.0.0.1 fd00::1 10.0.0.2", MAC2]
    hv1("addr-del", "vm1", MAC1.upper(), "10.0.0.1", "FD00::0:1")
    assert hv1.addresses() == [f"{MAC1} 10.0.0.2", MAC2]
    hv1("addr-del", "vm1", MAC2)
    assert hv1.addresses() == [f"{MAC1} 10.0.0.2"]
    assert hv1.request()["client_seq"] == 5
    for args in ([MAC2], [MAC1, "10.0.0.9"]):
        assert "is not asked to have" in hv1.fail("addr-del", "vm1", *args)
        hv1("addr-del", "vm1", *args, "--if-exists")
    assert hv1.addresses() == [f"{MAC1} 10.0.0.2"]
    hv1("addr-del", "vm1", MAC1)
    assert hv1.request()["addresses"] == NONE


def test_addresses_that_others_wrote(hv1):
    """Commas are separators as well, and what is malformed is left alone."""
    hv1("associate", "vm1", "--vn=red")
    hv1("set", "VNIC_Request", "vm1",
        f'addresses=["{MAC1},10.0.0.1","bogus thing"]')
    hv1("addr-add", "vm1", MAC1, "10.0.0.2")
    assert hv1.addresses() == [f"{MAC1} 10.0.0.1 10.0.0.2", "bogus thing"]


def test_an_old_answer_is_no_answer(hv1):
    """client_seq rises above what was answered to a row that is gone."""
    hv1("create", "VNIC_Answer", "end_device=hv1", "vnic=vm1", "vn=red",
        "claim_seq=7", "outcome=held", "--",
        "create", "VN_Connection_Answer", "end_device=hv1", "port=eth1",
        "vn=red", "claim_seq=5")
    hv1("associate", "vm1", "--vn=red", "--", "vn-connect", "red")
    assert hv1.request()["client_seq"] == 8
    assert hv1.table("list", "VN_Connection")[0]["client_seq"] == 6


def test_device_from_the_environment(nve):
    """NVE_DEVICE names the end device, and --device goes before it."""
    nve("port-add", "eth1")
    assert "--device=NAME, or set $NVE_DEVICE" in nve.fail("activate", "vm1")
    nve.server.env["NVE_DEVICE"] = "hv7"
    nve("activate", "vm1", "--", "vn-connect", "red")
    nve("--device=hv8", "activate", "vm1")
    assert sorted(row["end_device"] for row in nve.table(
        "list", "VNIC_Request")) == ["hv7", "hv8"]
    assert len(nve.table("request-list")) == 1
    assert nve.table("--device=hv8", "connection-list") == []


@pytest.mark.parametrize("args, words", [
    (["vn-connect", ""], "no good name for a VN"),
    (["vn-connect", "id:0"], "from 1 to 16777215"),
    (["vn-connect", "id:16777216"], "from 1 to 16777215"),
    (["vn-connect", "id:red"], "from 1 to 16777215"),
    (["vn-connect", "red", "--tag=0"], "write a number from 1 to 4094"),
    (["vn-connect", "red", "--tag=4095"], "write a number from 1 to 4094"),
    (["vn-connect", "red", "--tag=x"], "write a number from 1 to 4094"),
    (["vn-connect", "red", "--port="], "no good name for a port"),
    (["vn-disconnect", "red"], '"nve-ctl connection-list" lists'),
    (["associate", ""], "no good name for a VNIC"),
    (["associate", "v", "--vn=id:x"], "write id: and a VN ID"),
    (["associate", "v", "--mac=01:00:00:00:00:01"], "01:00:00:00:00:01"),
    (["associate", "v", "--mac=02:00"], "02:00"),
    (["associate", "v", "10.0.0.1"], "10.0.0.1"),
    (["associate", "v", "--ip=10.0.0.1"], "--ip wants --mac"),
    (["associate", "v", MAC1, "10.0.0.1/24"], "10.0.0.1/24"),
    (["associate", "v", MAC1, "10.0.0.9-10.0.0.1"], "10.0.0.9-10.0.0.1"),
    (["associate", "v", MAC1, "01:00:00:00:00:01"], "01:00:00:00:00:01"),
    (["associate", "v", "--guest-tag=4095"], "from 1 to 4094"),
    (["associate", "v", "--migration=yes"],
     "write none, arriving or departing"),
    (["associate", "v", "--migration=departing"], "it cannot depart"),
    (["activate", "vm1", "--port=eth2"], '"nve-ctl move" moves it'),
    (["associate", "vm2"], '"nve-ctl deactivate" asks for less'),
    (["deactivate", "v"], '"nve-ctl request-list" lists'),
    (["deactivate", "vm1", "--vn=blue"], 'VNIC "vm1" in VN blue'),
    (["deassociate", "v"], '"hv1" does not ask for VNIC "v"'),
    (["deassociate", "v", "--departing"], 'does not ask for VNIC "v"'),
    (["move", "vm1"], "wants --port=PORT"),
    (["move", "vm1", "--port="], "no good name for a port"),
    (["move", "v", "--port=eth2"], 'does not ask for VNIC "v"'),
    (["addr-add", "v", MAC1], 'does not ask for VNIC "v"'),
    (["addr-add", "vm1", "bogus"], "bogus"),
    (["addr-del", "vm1", MAC1, "bogus"], "bogus"),
    (["--device=", "activate", "vm1"], "--device=NAME"),
    (["--device=a\nb", "activate", "vm1"], "no good name for an end device"),
    (["--wait=x", "activate", "vm1"], "write a number of seconds"),
    (["--wait=0", "activate", "vm1"], "write a number of seconds"),
])
def test_bad_input(hv1, args, words):
    """What can't be is refused in words, and nothing is written."""
    hv1("associate", "vm1", "--vn=red", "--", "activate", "vm2", "--vn=red")
    assert words in hv1.fail(*args)


def test_which_port(hv1):
    """The one that there is for the end device; else --port is wanted."""
    hv1("device-add", "hv2")
    assert "there are eth1, eth2" in hv1.fail("--device=hv2", "activate",
                                              "vm1")
    hv1("set", "Access_Port", "eth2", "enabled=false")
    hv1("--device=hv2", "activate", "vm1")
    assert hv1.table("list", "VNIC_Request")[0]["port"] == "eth1"
    hv1("set", "Access_Port", "eth1", "enabled=false")
    assert "there is none that it may use" in hv1.fail("activate", "vm1")
    hv1("activate", "vm1", "--port=eth9")
