# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What an operator writes to the NVO3 database, and reads from it.

The rows are written directly, by OVSDB transactions, so that a test can also
write what nvo3-ctl would refuse.
"""

from .jsonrpc import to_row
from .vm import stable_uuid


class Vn:
    """A virtual network as the lab knows it: VN Name, alias, tenant."""

    def __init__(self, name, alias, tenant=""):
        self.name = name
        self.alias = alias
        self.tenant = tenant


class Inventory:
    """Intent rows of an NVO3 database; 'db' is a jsonrpc.Ovsdb."""

    def __init__(self, db):
        self.db = db

    def add_tenant(self, name):
        """Makes the Tenant row unless it is there."""
        if name and not self.db.find("Tenant", name=name):
            self.db.insert("Tenant", name=name)

    def add_vn(self, alias, tenant="", vn_id=None, name=None, **columns):
        """Makes a VN (and its tenant); returns it as a Vn."""
        self.add_tenant(tenant)
        vn = Vn(name or stable_uuid("vn", alias), alias, tenant)
        self.db.insert("VN", name=vn.name, alias=alias, tenant=tenant,
                       vn_id_request=[] if vn_id is None else [vn_id],
                       **columns)
        return vn

    def add_vnic(self, name, vns, tenant=None, **columns):
        """Registers a VNIC; 'vns' is {VN Name: {MAC: [IP, ...]}}.  Its tenant
        is that of its first VN unless another is given."""
        operations, members = [], []
        if tenant is None:
            first = self.vn(next(iter(vns), "")) or {}
            tenant = first.get("tenant", "")
        for vn, macs in vns.items():
            mac_ids = []
            for mac, ips in macs.items():
                mac_ids.append(_named_insert(operations, "VNIC_MAC", mac=mac,
                                             ips=list(ips)))
            members.append(_named_insert(operations, "VNIC_VN", vn=vn,
                                         macs=mac_ids))
        _named_insert(operations, "VNIC", name=name, tenant=tenant,
                      vns=members, **columns)
        self.db.transact(*operations)

    def del_vnic(self, name):
        """Removes a VNIC and all that it contains."""
        return self.db.delete("VNIC", name=name)

    def vn(self, name):
        """Returns the row of the VN called 'name', or None."""
        return _first(self.db.find("VN", name=name))

    def vnic(self, name):
        """Returns the row of the VNIC called 'name', or None."""
        return _first(self.db.find("VNIC", name=name))

    def nve(self, name):
        """Returns the row of the NVE called 'name', or None."""
        return _first(self.db.find("NVE", name=name))

    def bindings(self, **columns):
        """Returns the Binding rows whose columns equal those given."""
        return self.db.find("Binding", **columns)

    def claims(self, **columns):
        """Returns the VNIC_Claim rows whose columns equal those given."""
        return self.db.find("VNIC_Claim", **columns)


def _first(rows):
    return rows[0] if rows else None


def _named_insert(operations, table, **columns):
    """Appends an insert; returns the reference by which it can be named."""
    name = f"row{len(operations)}"
    operations.append({"op": "insert", "table": table, "uuid-name": name,
                       "row": to_row(columns)})
    return ("named-uuid", name)
