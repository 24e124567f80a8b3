# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What OVSDB 3.1 and role-based access control force on the schema."""

import re

import pytest

from conftest import writers

# The tables that agents write, and the column that says whose a row is.
AGENT_TABLES = {"NVE_Registration", "VNIC_Claim"}
OWNER = "nve"

# The tables that people write.
INVENTORY = {"NVO3_Global", "Tenant", "VN", "VNIC", "VNIC_VN", "VNIC_MAC",
             "NVE"}


def columns(schema):
    """Yields (table, column, definition) for all columns."""
    for table, body in schema["tables"].items():
        for column, definition in body["columns"].items():
            yield table, column, definition


def bases(definition):
    """Returns the base types of a column: of its keys and its values."""
    kind = definition["type"]
    if isinstance(kind, str):
        return [{"type": kind}]
    parts = [kind[part] for part in ("key", "value") if part in kind]
    return [part if isinstance(part, dict) else {"type": part}
            for part in parts]


def limits(definition):
    """Returns how few and how many elements a column may have."""
    kind = definition["type"]
    if isinstance(kind, str):
        return 1, 1
    return kind.get("min", 1), kind.get("max", 1)


def references(definition):
    """Yields (table, strength) for each reference of a column."""
    for base in bases(definition):
        if "refTable" in base:
            yield base["refTable"], base.get("refType", "strong")


def test_no_bounded_sets(schema):
    """ovsdb-server 3.1.0 loses data of a set with another bound than 1, and
    the default element of a set that must not be empty."""
    bad = [f"{table}.{column}" for table, column, d in columns(schema)
           if limits(d) not in ((1, 1), (0, 1), (0, "unlimited"))]
    assert not bad


def test_enums_are_optional(schema):
    """A new value in a later version must not make older programs fail, and
    a row without the value must have a default."""
    bad = [f"{table}.{column}" for table, column, d in columns(schema)
           if any("enum" in base for base in bases(d))
           and limits(d) != (0, 1)]
    assert not bad


def test_owner_is_in_every_unique_index(schema):
    """Else one hypervisor occupies another's place in the index."""
    for table in AGENT_TABLES:
        indexes = schema["tables"][table]["indexes"]
        assert indexes
        assert all(OWNER in index for index in indexes), table


def test_owner_is_a_plain_string(schema):
    """Role-based access control compares it with a certificate's name."""
    for table in AGENT_TABLES:
        assert (schema["tables"][table]["columns"][OWNER]["type"]
                == "string"), table


def test_agents_tables_refer_to_nothing(schema):
    """A strong reference would let a hypervisor pin a row of the inventory,
    a weak one would be emptied behind its back."""
    for table in AGENT_TABLES:
        for column, d in schema["tables"][table]["columns"].items():
            assert not list(references(d)), f"{table}.{column}"


def test_nothing_refers_to_agents_tables(schema):
    """Deleting a claim must not change a row of somebody else."""
    bad = [f"{table}.{column}" for table, column, d in columns(schema)
           for target, _ in references(d) if target in AGENT_TABLES]
    assert not bad


def test_strong_references_stay_in_the_inventory(schema):
    """What people write must not keep or be kept by what daemons write."""
    allowed = INVENTORY | {"Connection", "SSL", "RBAC_Permission"}
    bad = [f"{table}.{column}" for table, column, d in columns(schema)
           for target, strength in references(d)
           if strength == "strong"
           and not (table in INVENTORY and target in allowed)]
    assert not bad


def test_rows_do_not_vanish(schema):
    """A table that is no root needs a strong reference to its rows."""
    referred = {target for _, _, d in columns(schema)
                for target, strength in references(d) if strength == "strong"}
    for table, body in schema["tables"].items():
        assert body.get("isRoot", False) != (table in referred), table


def test_agents_tables_have_no_row_limit(schema):
    """The limit is shared, so that one hypervisor would use up all of it."""
    for table in AGENT_TABLES:
        assert "maxRows" not in schema["tables"][table], table


def test_names_are_legible(schema):
    """One kind of name for tables, one for columns."""
    for table, column, _ in columns(schema):
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*(_[A-Z][A-Za-z]*)*", table)
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", column), column


def test_verdicts_are_out_of_agents_reach(schema):
    """Role-based access control looks at no columns when a row is inserted,
    so a table that agents may insert into must have no column that any other
    writes."""
    for table in AGENT_TABLES:
        assert set(writers()[table].values()) == {"agent"}, table
    others = {writer for table, by_column in writers().items()
              if table not in AGENT_TABLES
              for writer in by_column.values()}
    assert "agent" not in others


@pytest.mark.parametrize("table", ["VN", "VNIC", "NVE", "Tenant"])
def test_names_are_unique(schema, table):
    """Objects refer to each other by name."""
    assert schema["tables"][table]["indexes"] == [["name"]]


def test_role_permits_agents_tables_only(schema, ctl):
    """The role that init makes: own rows of two tables, and never the column
    that says whose a row is."""
    assert [row["name"] for row in ctl.table("list", "RBAC_Role")] == [
        "hypervisor"]
    permissions = ctl.table("list", "RBAC_Permission")
    assert {row["table"] for row in permissions} == AGENT_TABLES
    keys = ctl.table("list", "RBAC_Role")[0]["permissions"][1]
    assert {table for table, _ in keys} == AGENT_TABLES
    for row in permissions:
        update = row["update"][1]
        assert row["authorization"] == OWNER
        assert row["insert_delete"] is True
        assert OWNER not in update
        assert set(update) == (
            set(schema["tables"][row["table"]]["columns"]) - {OWNER})
