# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nvo3-ctl: VNICs and their addresses."""

import uuid

import pytest

MAC = "02:00:00:00:00:01"
MAC2 = "02:00:00:00:00:02"


@pytest.fixture
def red(ctl):
    """nvo3-ctl with a VN called red."""
    ctl("vn-add", "red")
    return ctl


def addresses(ctl, *args):
    """Returns what vnic-list says: (VNIC, VN, MAC, IPs)."""
    return [(row["VNIC"], row["VN"], row["MAC"], row["IPs"])
            for row in ctl.table("vnic-list", *args)]


def test_vnic_of_no_vn(red):
    """A VNIC may be registered before it is in a VN."""
    name = red("vnic-add").strip()
    assert str(uuid.UUID(name)) == name
    assert addresses(red) == [(name, "", "", "")]


def test_vnic_with_address(red):
    """All at once."""
    red("vnic-add", "v1", "web", "--vn=red", f"--mac={MAC.upper()}",
        "--ip=10.0.0.1,FD00::1,10.0.1.0/24,10.0.2.5-10.0.2.9,10.0.0.1/32")
    assert addresses(red) == [
        ("v1", "red", MAC, "10.0.0.1, 10.0.1.0/24, 10.0.2.5-10.0.2.9, "
                           "fd00::1")]
    assert red.get("VNIC", "web", "name") == "v1"


def test_several_vns_macs_and_ips(red):
    """Each level may have several."""
    red("vn-add", "blue", "--", "vnic-add", "v1")
    red("vnic-add-addr", "v1", "red", MAC, "10.0.0.1")
    red("vnic-add-addr", "v1", "red", MAC, "10.0.0.2", "10.0.0.1")
    red("vnic-add-addr", "v1", "red", MAC2)
    red("vnic-add-addr", "v1", "blue", MAC, "10.0.0.1")
    assert addresses(red) == [
        ("v1", "blue", MAC, "10.0.0.1"),
        ("v1", "red", MAC, "10.0.0.1, 10.0.0.2"),
        ("v1", "red", MAC2, "")]
    assert len(addresses(red, "red")) == 2


def test_attach_without_address(red):
    """A VNIC may be in a VN without an address, for its agent to say."""
    red("vnic-add", "v1", "--vn=red")
    assert addresses(red) == [("v1", "red", "", "")]


def test_adding_again_changes_nothing(red):
    """Adding is idempotent."""
    red("vnic-add", "v1", "--vn=red", f"--mac={MAC}", "--ip=fd00::/64")
    before = red.dump()
    red("vnic-add-addr", "v1", "red", MAC.upper(), "FD00:0::/64")
    red("vnic-add", "v1", "--may-exist", "--vn=red", f"--mac={MAC}")
    assert red.dump() == before


def test_deletion_from_the_leaves(red):
    """IP, MAC, VN, VNIC."""
    red("vnic-add", "v1", "--vn=red", f"--mac={MAC}",
        "--ip=10.0.0.1,10.0.0.5-10.0.0.9", "--", "vnic-add-addr", "v1",
        "red", MAC2)
    red("vnic-del-addr", "v1", "red", MAC, "10.0.0.1")
    assert addresses(red)[0] == ("v1", "red", MAC, "10.0.0.5-10.0.0.9")
    red("vnic-del-addr", "v1", "red", MAC, "10.0.0.5-10.0.0.9")
    assert addresses(red)[0] == ("v1", "red", MAC, "")
    red("vnic-del-addr", "v1", "red", MAC)
    assert addresses(red) == [("v1", "red", MAC2, "")]
    red("vnic-del-addr", "v1", "red")
    assert addresses(red) == [("v1", "", "", "")]
    red("vnic-del", "v1")
    assert addresses(red) == []


def test_deletion_removes_what_it_contains(red):
    """No row is left behind."""
    red("vnic-add", "v1", "--vn=red", f"--mac={MAC}", "--ip=10.0.0.1")
    red("vnic-del", "v1")
    for table in ("VNIC", "VNIC_VN", "VNIC_MAC"):
        assert red("list", table) == ""


@pytest.mark.parametrize("args, words", [
    (["v1", "red", MAC, "10.0.0.2"], "has no IP 10.0.0.2"),
    (["v1", "red", MAC, "10.0.0.6"], "delete that and add the rest"),
    (["v1", "red", MAC2], "has no MAC"),
    (["v1", "blue"], "is not in VN"),
    (["v2", "red"], "there is no VNIC"),
])
def test_deletion_of_what_is_not_there(red, args, words):
    """An error, unless --if-exists says otherwise."""
    red("vn-add", "blue", "--", "vnic-add", "v1", "--vn=red",
        f"--mac={MAC}", "--ip=10.0.0.1,10.0.0.5-10.0.0.9")
    assert words in red.fail("vnic-del-addr", *args)
    before = red.dump()
    red("vnic-del-addr", "--if-exists", *args)
    assert red.dump() == before


def test_deletion_after_the_vn_is_gone(red):
    """A VNIC can leave a VN that was destroyed."""
    red("vnic-add", "v1", "--vn=red", "--", "destroy", "VN", "red")
    assert addresses(red) == [("v1", "red", "", "")]
    red("vnic-del-addr", "v1", "red")
    assert addresses(red) == [("v1", "", "", "")]


@pytest.mark.parametrize("mac, words", [
    ("ff:ff:ff:ff:ff:ff", "broadcast"), ("01:00:00:00:00:01", "multicast"),
    ("00:00:00:00:00:00", "zero"), ("02:00:00:00:00", "six pairs"),
    ("02-00-00-00-00-01", "six pairs"), ("", "six pairs"),
    ("x\ny", "six pairs"),
])
def test_bad_macs(red, mac, words):
    """Said what is wrong, in one printable line."""
    message = red.fail("vnic-add", "v1", "--vn=red", f"--mac={mac}")
    assert words in message
    assert message.isprintable()


@pytest.mark.parametrize("ip, words", [
    ("10.0.0.1/24", "write 10.0.0.0/24 for the whole block"),
    ("10.0.0.9-10.0.0.1", "write the lower address first"),
    ("10.0.0.1-fd00::1", "address family"),
    ("224.0.0.1", "multicast"), ("0.0.0.0", "unspecified"),
    ("255.255.255.255", "broadcast"), ("::ffff:10.0.0.1", "IPv4-mapped"),
    ("10.0.0", "is no IP address"), ("host", "is no IP address"),
    ("10.0.0.1\n", "is no IP address"),
])
def test_bad_ips(red, ip, words):
    """Said what is wrong, in one printable line."""
    red("vnic-add", "v1")
    message = red.fail("vnic-add-addr", "v1", "red", MAC, ip)
    assert words in message
    assert message.isprintable()


def test_mac_of_another_vnic(red):
    """A MAC is unique in a VN, but not among VNs."""
    red("vn-add", "blue")
    red("vnic-add", "v1", "--vn=red", f"--mac={MAC}")
    assert f'MAC {MAC} belongs to VNIC "v1"' in red.fail(
        "vnic-add", "v2", "--vn=red", f"--mac={MAC}")
    red("vnic-add", "v2", "--vn=blue", f"--mac={MAC}")


def test_ip_of_another_mac(red):
    """An IP is unique in a VN, but not among VNs."""
    red("vn-add", "blue")
    red("vnic-add", "v1", "--vn=red", f"--mac={MAC}", "--ip=10.0.0.1")
    assert f"IP 10.0.0.1 belongs to MAC {MAC}" in red.fail(
        "vnic-add", "v2", "--vn=red", f"--mac={MAC2}", "--ip=10.0.0.1")
    assert f"IP 10.0.0.1 belongs to MAC {MAC}" in red.fail(
        "vnic-add-addr", "v1", "red", MAC2, "10.0.0.1/32")
    red("vnic-add", "v2", "--vn=blue", f"--mac={MAC2}", "--ip=10.0.0.1")


def test_vnic_exists(red):
    """Only with --may-exist."""
    red("vnic-add", "v1")
    assert "--may-exist" in red.fail("vnic-add", "v1")
    red("vnic-add", "--may-exist", "v1", "--vn=red", f"--mac={MAC}")
    assert addresses(red) == [("v1", "red", MAC, "")]


def test_tenants(red):
    """A VNIC takes its VN's tenant, and can't be in another's VN."""
    red("tenant-add", "acme", "--", "vn-add", "blue", "--tenant=acme")
    red("vnic-add", "v1", "--vn=blue")
    assert red.get("VNIC", "v1", "tenant") == "acme"
    assert 'tenant "acme"' in red.fail("vnic-add-addr", "v1", "red")
    assert 'tenant ""' in red.fail("vnic-add", "v2", "--vn=red",
                                   "--tenant=acme")


def test_allowed_nves(red):
    """--nves says where a VNIC may be."""
    red("vnic-add", "v1", "--nves=hv2,hv1", "--", "vnic-add", "v2")
    assert red.get("VNIC", "v1", "allowed_nves") == "[hv1, hv2]"
    assert red.get("VNIC", "v2", "allowed_nves") == "[]"


@pytest.mark.parametrize("args, words", [
    ([f"--mac={MAC}"], "--mac wants --vn"),
    (["--vn=red", "--ip=10.0.0.1"], "--ip wants --mac"),
    (["--vn=green"], "there is no VN"),
    (["--tenant=nobody"], "there is no tenant"),
])
def test_options_that_make_no_sense(red, args, words):
    """Said which is missing."""
    assert words in red.fail("vnic-add", "v1", *args)
