# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a hypervisor with a good certificate can and cannot write."""

import pytest

from conftest import Ctl, Server
from tls import DENIED, connect_as, contents


@pytest.fixture(scope="module", name="ctl")
def module_ctl(tmp_path_factory):
    """nvo3-ctl of the operator, on one database for all tests here."""
    server = Server(tmp_path_factory.mktemp("rbac"))
    ctl = Ctl(server)
    ctl("init")
    yield ctl
    server.stop()


@pytest.fixture(scope="module")
def hv1(ctl):
    """The hypervisor hv1, on a database with a claim of hv2."""
    ctl("vn-add", "red", "--open", "--", "nve-add", "hv1", "--",
        "create", "VNIC_Claim", "nve=hv2", "vnic=theirs", "--",
        "create", "NVE_Registration", "nve=hv2")
    return connect_as(ctl, "hv1", "hypervisor")


def test_own_rows(hv1):
    """Its own registration and claims: all that it needs."""
    hv1("create", "NVE_Registration", "nve=hv1",
        'datapath_id="00000000000000a1"', 'endpoints="192.0.2.1"=0')
    hv1("set", "NVE_Registration", "hv1", "bridge=br-int",
        "tunnel_port=nvo3-vxlan0", "external_ids:a=b")
    hv1("create", "VNIC_Claim", "nve=hv1", "vnic=mine", "vn=red",
        "state=activated", "client_seq=1")
    hv1("set", "VNIC_Claim", "mine", "state=associated", "client_seq=2",
        "port=vnet0", "tag=7", 'addresses="02:00:00:00:00:01"', "vn=blue",
        "vnic=yours")
    hv1("destroy", "VNIC_Claim", "yours")
    hv1("destroy", "NVE_Registration", "hv1")


def test_it_reads(hv1):
    """It must see its verdicts."""
    assert hv1.table("vn-list")[0]["VN"] == "red"
    assert hv1.table("binding-list") == []


@pytest.mark.parametrize("args", [
    ["create", "VNIC_Claim", "nve=hv2", "vnic=mine"],
    ["create", "VNIC_Claim", "vnic=mine"],
    ["create", "NVE_Registration", "nve=hv2x"],
    ["set", "VNIC_Claim", "theirs", "port=vnet0"],
    ["destroy", "VNIC_Claim", "theirs"],
    ["destroy", "VNIC_Claim", "--all"],
    ["destroy", "NVE_Registration", "hv2"],
    ["set", "NVE_Registration", "hv2", "bridge=br-int"],
    ["create", "Binding", "nve=hv1", "vnic=mine", "vn=red",
     "state=activated"],
    ["create", "VN", "name=mine"],
    ["set", "VN", "red", "vn_id=5"],
    ["vn-add", "mine"], ["vn-del", "red"], ["vnic-add", "mine"],
    ["nve-add", "hv3"], ["nve-disable", "hv1"], ["tenant-add", "mine"],
    ["create", "Epoch", "number=9"],
    ["set-nve-admission", "open"], ["sync"], ["init"],
    ["set", "RBAC_Permission", "VNIC_Claim", "update=nve"],
    ["set-connection", "ptcp:0:127.0.0.1"],
    ["set", "Connection", ".", 'role=""'],
    ["set-ssl", "/k", "/c", "/ca"],
])
def test_others_rows(hv1, ctl, args):
    """Nothing of anybody else's, and nothing of the inventory, the verdicts
    or the database's own settings."""
    before = contents(ctl)
    process = hv1.run(*args)
    if args == ["init"]:
        # It finds all in order and so writes nothing.
        assert process.returncode == 0
    else:
        assert process.returncode == 1, process.stdout
        assert DENIED in process.stderr, process.stderr
    assert contents(ctl) == before


def test_it_cannot_give_a_row_away(hv1, ctl):
    """The owner of a row stays the owner."""
    hv1("create", "VNIC_Claim", "nve=hv1", "vnic=mine")
    process = hv1.run("set", "VNIC_Claim", "mine", "nve=hv2")
    assert process.returncode == 1
    assert DENIED in process.stderr
    assert ctl.get("VNIC_Claim", "mine", "nve") == "hv1"
    hv1("destroy", "VNIC_Claim", "mine")


def test_it_cannot_take_anothers_place(hv1, ctl):
    """No unique index lets its claim be in the way of another's."""
    hv1("create", "VNIC_Claim", "nve=hv1", "vnic=v1", "vn=red")
    ctl("create", "VNIC_Claim", "nve=hv2", "vnic=v1", "vn=red")
    hv1("create", "NVE_Registration", "nve=hv1",
        'datapath_id="00000000000000a1"')
    ctl("create", "NVE_Registration", "nve=hv3",
        'datapath_id="00000000000000a1"')
    ctl("vn-del", "red")
