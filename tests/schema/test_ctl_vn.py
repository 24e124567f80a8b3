# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nvo3-ctl: tenants and VNs, and how objects are named."""

import uuid

import pytest


def test_tenants(ctl):
    """A tenant's life."""
    ctl("tenant-add", "acme", "ACME Inc.")
    ctl("tenant-add", "--may-exist", "acme")
    assert ctl.table("tenant-list") == [
        {"Tenant": "acme", "Alias": "ACME Inc.", "VNs": "0", "VNICs": "0"}]
    assert "already a tenant" in ctl.fail("tenant-add", "acme")
    ctl("vn-add", "red", "--tenant=ACME Inc.")
    assert ctl.table("tenant-list")[0]["VNs"] == "1"
    assert "still has VN red" in ctl.fail("tenant-del", "acme")
    ctl("vn-del", "red", "--", "tenant-del", "acme")
    assert ctl.table("tenant-list") == []
    assert "no tenant" in ctl.fail("tenant-del", "acme")
    ctl("tenant-del", "--if-exists", "acme")


def test_new_tenant_prints_its_uuid(ctl):
    """Without a name one is made."""
    name = ctl("tenant-add").strip()
    assert str(uuid.UUID(name)) == name
    assert ctl.table("tenant-list")[0]["Tenant"] == name


@pytest.mark.parametrize("args", [[], ["-"], ["-", "red"]])
def test_new_vn_prints_its_uuid(ctl, args):
    """Without a name, or with -, a UUID is made and printed."""
    name = ctl("vn-add", *args).strip()
    assert str(uuid.UUID(name)) == name
    rows = ctl.table("vn-list")
    assert [(row["VN"], row["Alias"]) for row in rows] == [
        (name, args[1] if args[1:] else "")]


def test_named_vn_prints_nothing(ctl):
    """A script that gave the name needs no output."""
    assert ctl("vn-add", "red", "Red") == ""


def test_vn_columns(ctl):
    """Every option lands in its column; what is not given stays unset."""
    ctl("tenant-add", "acme")
    ctl("vn-add", "red", "Red", "--id=0x10", "--tenant=acme", "--open",
        "--tenant-tags", "--gleaning=4", "--gleaning-age=60")
    assert ctl.get("VN", "red", "tenant_tags") == "true"
    assert ctl.get("VN", "red", "gleaning") == "4"
    assert ctl.get("VN", "red", "gleaning_age") == "60"
    assert ctl.get("VN", "red", "vn_id_request") == "16"
    assert ctl.get("VN", "red", "tenant") == "acme"
    assert ctl.get("VN", "red", "admission") == "open"
    ctl("vn-add", "blue")
    for column in ("vn_id_request", "admission", "service", "distribution",
                   "vn_id", "tenant_tags", "gleaning", "gleaning_age"):
        assert ctl.get("VN", "blue", column) == "[]"
    for column in ("status", "tenant", "alias"):
        assert ctl.get("VN", "blue", column) == '""'


def test_vn_list(ctl):
    """Sorted, with the verdicts."""
    ctl("vn-add", "red", "--", "vn-add", "blue", "--open")
    ctl("set", "VN", "red", "vn_id=77", "status=ok")
    assert ctl.table("vn-list") == [
        {"VN": "blue", "Alias": "", "VN ID": "", "Tenant": "",
         "Admission": "open", "VNICs": "0", "Status": "(no verdict yet)"},
        {"VN": "red", "Alias": "", "VN ID": "77", "Tenant": "",
         "Admission": "registered", "VNICs": "0", "Status": "ok"}]


@pytest.mark.parametrize("vn_id", ["1", "16777215", "0xffffff"])
def test_good_vn_ids(ctl, vn_id):
    """24 bits, from 1 on."""
    ctl("vn-add", "red", f"--id={vn_id}")
    assert ctl.get("VN", "red", "vn_id_request") == str(int(vn_id, 0))


@pytest.mark.parametrize("vn_id", [
    "0", "16777216", "-1", "", "x", "1x", "1.5", " ",
    "99999999999999999999", "4294967297"])
def test_bad_vn_ids(ctl, vn_id):
    """Everything else is refused with what to write."""
    assert "write a number from 1 to 16777215" in ctl.fail(
        "vn-add", "red", f"--id={vn_id}")


def test_vn_id_is_taken(ctl):
    """By a VN that asks for it, or that was given it."""
    ctl("vn-add", "red", "--id=5")
    assert 'VN ID 5 belongs to VN "red"' in ctl.fail("vn-add", "b", "--id=5")
    ctl("vn-add", "blue", "--", "set", "VN", "blue", "vn_id=6")
    assert 'VN ID 6 belongs to VN "blue"' in ctl.fail("vn-add", "g",
                                                      "--id=6")
    ctl.fail("vn-add", "a", "--id=7", "--", "vn-add", "b", "--id=7")


def test_vn_exists(ctl):
    """--may-exist accepts what is there unless it contradicts."""
    ctl("vn-add", "red", "--id=5")
    assert "--may-exist" in ctl.fail("vn-add", "red")
    ctl("vn-add", "red", "--may-exist")
    ctl("vn-add", "red", "--may-exist", "--id=5")
    assert "VN ID 5 and not 6" in ctl.fail("vn-add", "red", "--may-exist",
                                           "--id=6")


def test_vn_of_unknown_tenant(ctl):
    """A tenant must be there first."""
    assert '"nvo3-ctl tenant-list"' in ctl.fail("vn-add", "red",
                                                "--tenant=acme")


@pytest.mark.parametrize("name", ["", "a\nb", "\x1b[31m", "x" * 256,
                                  "a\tb", "\u0085", "\u2028"])
@pytest.mark.parametrize("command", ["vn-add", "vnic-add", "tenant-add",
                                     "nve-add"])
def test_bad_names(ctl, command, name):
    """Names that would spoil a log or a terminal."""
    message = ctl.fail(command, name)
    assert "is no good name" in message
    assert message.isprintable()


def test_bad_alias(ctl):
    """Aliases are for people, so they must be printable as well."""
    assert "no good alias" in ctl.fail("vn-add", "red", "a\nb")


@pytest.mark.parametrize("name", ["x" * 255, "Zürich Süd", "a b", "r\u00e9d",
                                  "日本", "🐦"])
def test_good_names(ctl, name):
    """UTF-8, spaces and 255 bytes are fine."""
    ctl("vn-add", name)
    assert ctl.table("vn-list")[0]["VN"] == name


def test_vn_del(ctl):
    """A VN with VNICs is deleted only with --cascade, which keeps the
    VNICs."""
    ctl("vn-add", "red", "--", "vn-add", "blue")
    ctl("vnic-add", "v1", "--vn=red", "--", "vnic-add-addr", "v1", "blue")
    assert "still has VNICs (v1)" in ctl.fail("vn-del", "red")
    ctl("vn-del", "red", "--cascade")
    assert [row["VN"] for row in ctl.table("vn-list")] == ["blue"]
    assert [row["VN"] for row in ctl.table("vnic-list")] == ["blue"]
    assert "there is no VN" in ctl.fail("vn-del", "red")
    ctl("vn-del", "--if-exists", "red")


def test_naming(ctl):
    """A name goes before an alias, and an alias before the beginning of a
    UUID; what may mean several is refused."""
    names = ["abcd0000-0000-4000-8000-000000000001",
             "abcd0000-0000-4000-8000-000000000002",
             "abce0000-0000-4000-8000-000000000003"]
    for name in names:
        ctl("vn-add", name, "--", "vnic-add", f"in-{name}", f"--vn={name}")

    def meant(vn):
        """Returns the name of the VN that 'vn' means."""
        return ctl.table("vnic-list", vn)[0]["VNIC"][len("in-"):]

    assert meant("abce") == names[2]
    assert meant("ABCE00") == names[2]
    assert meant(names[0]) == names[0]
    assert "may be any of 2 VNs" in ctl.fail("vnic-list", "abcd")
    assert "there is no VN" in ctl.fail("vnic-list", "abc")
    ctl("set", "VN", names[0], "alias=abce")
    assert meant("abce") == names[0]
    ctl("set", "VN", names[0], f"alias={names[1]}")
    assert meant(names[1]) == names[1]
    ctl("set", "VN", names[1], "alias=x", "--",
        "set", "VN", names[2], "alias=x")
    message = ctl.fail("vn-del", "x")
    assert names[1] in message and names[2] in message
    assert "there is no VN" in ctl.fail("vn-del", "")


def test_generic_commands_name_rows_too(ctl):
    """By name and by alias."""
    ctl("vn-add", "red", "Rot")
    assert ctl.get("VN", "Rot", "name") == "red"
    assert ctl("--bare", "--columns=name", "find", "VN", "alias=Rot") == (
        "red\n")
    ctl("set", "VN", "red", "external_ids:a=b")
    ctl("remove", "VN", "red", "external_ids", "a")
    ctl("destroy", "VN", "red")
    assert ctl.table("vn-list") == []


@pytest.mark.parametrize("args", [
    ["vn-add", "red", "--id=5", "--open"],
    ["--id=5", "--open", "vn-add", "red"],
    ["vn-add", "--id", "5", "red", "--open"],
    ["vn-add", "red", "--open", "--id", "5"],
    ["--", "vn-add", "red", "--open", "--id=5"],
    ["vn-add", "blue", "--", "vn-add", "red", "--open", "--id", "5"],
])
def test_options_may_be_anywhere(ctl, args):
    """Before the command, behind it, and in later commands."""
    ctl(*args)
    assert ctl.get("VN", "red", "vn_id_request") == "5"
    assert ctl.get("VN", "red", "admission") == "open"


@pytest.mark.parametrize("args, words", [
    (["vn-add", "red", "--id"], "--id wants an argument"),
    (["vn-add", "red", "--id", "--", "vn-list"], "--id wants an argument"),
    (["vn-add", "red", "--id=1", "--id=2"], "--id is given twice"),
    (["vn-list", "--open"], "--open"),
    (["vn-add", "a", "b", "c"], "vn-add"),
    (["no-such-command"], "no-such-command"),
    ([], "missing command"),
    (["--wait=maybe", "vn-list"], "write none, status or sync"),
    (["--timeout=0", "vn-list"], "write a number of seconds"),
])
def test_bad_command_lines(ctl, args, words):
    """Mistakes are named."""
    assert words in ctl.fail(*args)
