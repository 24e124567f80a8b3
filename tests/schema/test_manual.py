# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The manual pages, the help and the completion keep up with the schema and
the program."""

import json
import os
import re
import shutil
import subprocess

import pytest

from conftest import (HYPERVISOR_NVE, MANUALS, TREE, WRITERS, find,
                      writers)


def manual(name):
    """Returns the source of a manual page."""
    with open(os.path.join(MANUALS, name), encoding="utf-8") as stream:
        return stream.read()


def test_each_column_has_a_writer(schema):
    """nvo3(5) documents the columns that there are, and no others, and says
    who writes each."""
    documented = writers()
    assert set(documented) == set(schema["tables"])
    for table, body in schema["tables"].items():
        assert set(documented[table]) == set(body["columns"]), table
        assert set(documented[table].values()) <= WRITERS, table


def type_in_words(definition):
    """Returns the type of a column as nvo3(5) writes it."""
    kind = definition["type"]
    if isinstance(kind, str):
        return kind
    key, value = kind["key"], kind.get("value")
    key = key if isinstance(key, dict) else {"type": key}
    name = key.get("refTable", key["type"])
    if "enum" in key:
        name = ", ".join(key["enum"][1])
        assert kind["max"] == 1
        return f"optional: {name}"
    if "minInteger" in key:
        name += f", at least {key['minInteger']}"
    if value:
        value = value if isinstance(value, dict) else {"type": value}
        return f"map of {name} to {value.get('refTable', value['type'])}"
    return f"{'optional' if kind['max'] == 1 else 'set of'} {name}"


def test_each_column_has_its_type(schema):
    """The types in nvo3(5) are those of the schema."""
    text = manual("nvo3.5").replace("\\-", "-")
    for table, body in schema["tables"].items():
        section = text.partition(f'.SH "{table} TABLE"')[2]
        section = section.partition("\n.SH ")[0]
        unique = [index[0] for index in body.get("indexes", [])
                  if len(index) == 1]
        for column, definition in body["columns"].items():
            words = type_in_words(definition)
            words += ", unique" if column in unique else ""
            assert f'\n.BR {column} " ({words})"\n' in section, (
                f"{table}.{column}: {words}")


@pytest.mark.skipif(not shutil.which("groff"), reason="there is no groff")
@pytest.mark.parametrize("page", ["hypervisor-nve.5", "nvo3.5", "nve-ctl.8",
                                  "nvo3-ctl.8"])
def test_pages_are_sound(page):
    """groff has nothing to complain of."""
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z",
         os.path.join(MANUALS, page)], capture_output=True, text=True,
        check=True)
    assert done.stderr == ""


def own_program(tool, *args):
    """Returns what a tool prints without a database."""
    return subprocess.run([find(tool), *args], check=True, text=True,
                          capture_output=True).stdout


def commands(tool):
    """Returns the options of each command: {command: [option]}."""
    found = {}
    for line in own_program(tool, "--commands").splitlines():
        options, name, _ = line.split(",", 2)
        found[name] = re.findall(r"\[(--[\w-]+)", options)
    return found


# Those of db-ctl-base, which describes them itself.
GENERIC = {"get", "list", "find", "set", "add", "remove", "clear", "create",
           "destroy", "wait-until", "comment"}

each_tool = pytest.mark.parametrize("tool", ["nve-ctl", "nvo3-ctl"])


@each_tool
def test_each_command_is_documented(tool):
    """In --help and in the manual page, with its options."""
    page = manual(tool + ".8").replace("\\-", "-")
    text = own_program(tool, "--help")
    for command, options in commands(tool).items():
        assert re.search(rf"(?<![\w-]){command}(?![\w-])", page), command
        if command not in GENERIC:
            assert re.search(rf"^  {command}(?![\w-])", text, re.M), command
            for option in options:
                assert option in page, f"{command} {option}"


@each_tool
def test_each_option_is_documented(tool):
    """Global options are in the manual page."""
    page = manual(tool + ".8").replace("\\-", "-")
    for option in own_program(tool, "--options").split():
        option = option.partition("=")[0].partition("[")[0]
        if option.startswith("--"):
            assert option in page, option


@each_tool
def test_help_fits_a_terminal(tool):
    """Our own part of it; libopenvswitch's is as it is."""
    text = own_program(tool, "--help").partition("Database commands:")[0]
    assert max(map(len, text.splitlines())) <= 80


@each_tool
def test_version(tool, schema):
    """The package's version, and the schema's."""
    text = own_program(tool, "--version")
    assert re.match(tool + r" \d+\.\d+\.\d+\n", text)
    version = {"nvo3-ctl": schema["version"], "nve-ctl": "1.0.0"}[tool]
    assert f"DB Schema {version}\n" in text


def completion(program):
    """Returns the files that are the completion of a program."""
    return [os.path.join(TREE, "utilities", name + "-bashcomp.bash")
            for name in ("nctl", program)]


def complete(ctl, line):
    """Returns what bash offers to complete 'line' with, sorted."""
    script = ('. "$1"; . "$2"; COMP_LINE=$3; COMP_POINT=${#COMP_LINE}; '
              '"$5" "$4"; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(
        ["bash", "-c", script, "bash", *completion(ctl.name), line,
         ctl.program, f"_{ctl.name.replace('-', '_')}"],
        env=ctl.server.env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return sorted(filter(None, done.stdout.splitlines()))


@pytest.fixture
def net(ctl):
    """A network with names to complete."""
    ctl("tenant-add", "acme", "--", "vn-add", "red", "Rot", "--",
        "vn-add", "reed", "--", "vn-add", "a b", "--",
        "vnic-add", "vm1", "--", "nve-add", "hv1", "--", "nve-add", "hv2")
    return ctl


@pytest.mark.parametrize("line, expected", [
    ("nvo3-ctl vn-", ["vn-add", "vn-del", "vn-list"]),
    ("nvo3-ctl --timeout=5 vn-add x -- vnic-l", ["vnic-list"]),
    ("nvo3-ctl vn-del re", ["red", "reed"]),
    ("nvo3-ctl vn-del R", ["Rot"]),
    ("nvo3-ctl vn-del a", ["a\\ b"]),
    ("nvo3-ctl vn-del ", ["Rot", "a\\ b", "red", "reed"]),
    ("nvo3-ctl vn-add ", []),
    ("nvo3-ctl vn-list ", []),
    ("nvo3-ctl vnic-add-addr v", ["vm1"]),
    ("nvo3-ctl vnic-add-addr vm1 re", ["red", "reed"]),
    ("nvo3-ctl vnic-add-addr vm1 red 0", []),
    ("nvo3-ctl vnic-add x --vn=re", ["red", "reed"]),
    ("nvo3-ctl vnic-add x --vn re", ["red", "reed"]),
    ("nvo3-ctl --tenant a", ["acme"]),
    ("nvo3-ctl vnic-add --nves=h", ["hv1", "hv2"]),
    ("nvo3-ctl nve-disable h", ["hv1", "hv2"]),
    ("nvo3-ctl tenant-del ", ["acme"]),
    ("nvo3-ctl set-nve-admission o", ["open"]),
    ("nvo3-ctl --wait=s", ["status", "sync"]),
    ("nvo3-ctl vn-add x --m", ["--max-column-width=", "--may-exist"]),
    ("nvo3-ctl vn-add x --o", ["--oneline", "--open", "--options"]),
    ("nvo3-ctl --casc", ["--cascade"]),
    ("nvo3-ctl list VNIC_", ["VNIC_Claim", "VNIC_MAC", "VNIC_VN"]),
    ("nvo3-ctl list VN r", ["red", "reed"]),
    ("nvo3-ctl list NVE hv2 h", ["hv1", "hv2"]),
    ("nvo3-ctl no-such-command ", []),
])
def test_completion(net, line, expected):
    """Options, commands, and names from the database."""
    assert complete(net, line) == expected


def test_completion_asks_the_database_of_the_line(net):
    """--db goes before the environment, and an absent one is no error."""
    remote = net.server.remote
    net.server.env["NVO3_DB"] = "unix:/nonexistent"
    assert complete(net, "nvo3-ctl vn-del re") == []
    assert complete(net, f"nvo3-ctl --db={remote} vn-del re") == [
        "red", "reed"]
    assert complete(net, f"nvo3-ctl --db {remote} vn-del re") == [
        "red", "reed"]


def test_completion_knows_the_tables(net, schema):
    """The list of tables is that of the schema."""
    assert complete(net, "nvo3-ctl list ") == sorted(schema["tables"])


@pytest.fixture
def edge(nve):
    """An external NVE with names to complete."""
    nve("device-add", "hv1", "--", "device-add", "hv2", "--",
        "segment-add", "blade", "--", "port-add", "eth1", "--segment=blade",
        "--", "port-add", "eth2")
    nve("--device=hv1", "vn-connect", "red", "--port=eth1", "--",
        "associate", "vm1", "--vn=reed", "--port=eth1")
    return nve


@pytest.mark.parametrize("line, expected", [
    ("nve-ctl vn-", ["vn-connect", "vn-disconnect"]),
    ("nve-ctl device-del h", ["hv1", "hv2"]),
    ("nve-ctl device-add h", []),
    ("nve-ctl --device=hv1 vn-connect re", ["red", "reed"]),
    ("nve-ctl --device h", ["hv1", "hv2"]),
    ("nve-ctl activate v", ["vm1"]),
    ("nve-ctl move vm1 --port=e", ["eth1", "eth2"]),
    ("nve-ctl port-add x --segment=b", ["blade"]),
    ("nve-ctl activate vm1 --migration=a", ["arriving"]),
    ("nve-ctl set-connection r", ["read-only", "read-write",
                                  "role=end-device"]),
    ("nve-ctl list VNIC_", ["VNIC_Answer", "VNIC_Request"]),
    ("nve-ctl list VNIC_Request v", ["vm1"]),
])
def test_completion_of_nve_ctl(edge, line, expected):
    """The same for the other tool."""
    assert complete(edge, line) == expected


def test_completion_of_nve_ctl_knows_the_tables(edge):
    """The list of tables is that of the schema."""
    with open(HYPERVISOR_NVE.schema, encoding="utf-8") as stream:
        tables = json.load(stream)["tables"]
    assert complete(edge, "nve-ctl list ") == sorted(tables)
