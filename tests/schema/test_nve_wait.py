# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nve-ctl --wait and departures; the test plays ovs-nved."""

import pytest

MAC = "02:00:00:00:00:01"


@pytest.fixture
def hv1(nve):
    """nve-ctl with the end device hv1, and a port for it."""
    nve("port-add", "eth1")
    nve.server.env["NVE_DEVICE"] = "hv1"
    return nve


def answer(ctl, seq, *columns, vnic="vm1", vn="red"):
    """Answers the request for 'vnic' whose client_seq is 'seq', as soon as it
    is there."""
    ctl("wait-until", "VNIC_Request", vnic, f"client_seq={seq}")
    if ctl("list", "VNIC_Answer"):
        ctl("set", "VNIC_Answer", vnic, f"claim_seq={seq}", *columns)
    else:
        ctl("create", "VNIC_Answer", "end_device=hv1", f"vnic={vnic}",
            f"vn={vn}", f"claim_seq={seq}", *columns)


def finish(process):
    """Returns the status and the message of a process that ends."""
    out, err = process.communicate()
    assert out == ""
    return process.returncode, err


def test_done(hv1):
    """Neither an old answer nor "pending" is what is waited for."""
    hv1("associate", "vm1", "--vn=red")
    answer(hv1, 1, "outcome=done", "state=associated")
    process = hv1.start("--wait", "activate", "vm1")
    answer(hv1, 2, "outcome=pending", 'reason="the nDirector is asked"')
    assert process.poll() is None
    hv1("set", "VNIC_Answer", "vm1", "outcome=done", "state=activated")
    assert finish(process) == (0, "")


def test_answer_to_a_later_word(hv1):
    """What counts is the request as it is, whoever changed it last."""
    process = hv1.start("--wait", "associate", "vm1", "--vn=red")
    hv1("wait-until", "VNIC_Request", "vm1", "client_seq=1")
    hv1("activate", "vm1")
    hv1("create", "VNIC_Answer", "end_device=hv1", "vnic=vm1", "vn=red",
        "claim_seq=0", "outcome=refused")
    assert process.poll() is None
    answer(hv1, 2, "outcome=done")
    assert finish(process) == (0, "")


@pytest.mark.parametrize("outcome", ["refused", "withdrawn"])
def test_refused(hv1, outcome):
    """The reason is the message."""
    process = hv1.start("--wait=30", "associate", "vm1", "--vn=red")
    answer(hv1, 1, f"outcome={outcome}", 'reason="there is no VN red"')
    assert finish(process) == (
        1, f'nve-ctl: VNIC "vm1" in VN "red": {outcome}: there is no VN '
        'red\n')


def test_bad_addresses(hv1):
    """An address that has no effect is an error, though the rest is done."""
    process = hv1.start("--wait", "associate", "vm1", MAC, "--vn=red")
    answer(hv1, 1, "outcome=done", f'bad_addresses:"{MAC}"="it is vm2\'s"')
    status, message = finish(process)
    assert status == 1
    assert f"{MAC} has no effect: it is vm2's" in message


def test_several_answers(hv1):
    """All are waited for, and all refusals told."""
    process = hv1.start("--wait", "associate", "vm1", "--vn=red", "--",
                        "vn-connect", "blue")
    answer(hv1, 1, "outcome=refused", "reason=full")
    assert process.poll() is None
    hv1("create", "VN_Connection_Answer", "end_device=hv1", "port=eth1",
        "vn=blue", "claim_seq=1", "outcome=refused", "reason=unknown")
    assert finish(process) == (
        1, 'nve-ctl: VNIC "vm1" in VN "red": refused: full; VN "blue" on '
        'port "eth1": refused: unknown\n')


def test_connection_done(hv1):
    """VN_Connect and VN_Disconnect."""
    process = hv1.start("--wait", "vn-connect", "red")
    hv1("wait-until", "VN_Connection", "red", "client_seq=1")
    hv1("create", "VN_Connection_Answer", "end_device=hv1", "port=eth1",
        "vn=red", "claim_seq=1", "outcome=done", "state=connected")
    assert finish(process) == (0, "")
    process = hv1.start("--wait", "vn-disconnect", "red")
    hv1("--bare", "wait-until", "VN_Connection_Answer", "red", "vn=red")
    hv1("destroy", "VN_Connection_Answer", "red")
    assert finish(process) == (0, "")


def test_end(hv1):
    """De-Associate is through when there is no answer left."""
    hv1("associate", "vm1", "--vn=red")
    answer(hv1, 1, "outcome=done")
    process = hv1.run("--timeout=1", "--wait", "deassociate", "vm1")
    assert process.returncode == 1
    assert "did not complete it in time" in process.stderr
    hv1("destroy", "VNIC_Answer", "vm1")
    hv1("associate", "vm1", "--vn=red")
    assert hv1.run("--wait=30", "deassociate", "vm1").returncode == 0


def test_late(hv1):
    """The limits are that of --wait and that of --timeout, and the message
    says what is waited for."""
    for option in ("--wait=1", "--wait"):
        hv1("destroy", "VNIC_Answer", "--all", "--",
            "destroy", "VNIC_Request", "--all")
        process = hv1.start("--timeout=" + ("1" if option == "--wait"
                                            else "30"), option, "associate",
                            "vm1", "--vn=red")
        answer(hv1, 1, "outcome=pending", "reason=busy")
        status, message = finish(process)
        assert status == 1
        assert '(VNIC "vm1" in VN "red": pending: busy)' in message
        assert 'what does "nve-ctl show" say?' in message


def test_without_wait(hv1):
    """Nothing is waited for by default, nor with --dry-run."""
    hv1("associate", "vm1", "--vn=red")
    before = hv1.dump()
    hv1("--dry-run", "--wait", "activate", "vm1")
    hv1("--dry-run", "deassociate", "vm1", "--departing")
    assert hv1.dump() == before


def test_deleted_by_somebody_else(hv1):
    """A request that is gone has no answer to wait for."""
    process = hv1.start("--wait", "associate", "vm1", "--vn=red")
    hv1("wait-until", "VNIC_Request", "vm1", "client_seq=1")
    hv1("deassociate", "vm1")
    assert finish(process) == (0, "")


@pytest.mark.parametrize("options", [[], ["--wait"]])
def test_departing(hv1, options):
    """The row is there, marked, until ovs-nved has seen the mark; only
    --wait waits for what comes of it."""
    hv1("activate", "vm1", "--vn=red")
    answer(hv1, 1, "outcome=done")
    process = hv1.start(*options, "deassociate", "vm1", "--departing")
    hv1("wait-until", "VNIC_Request", "vm1", "migration=departing")
    assert process.poll() is None
    assert hv1.get("VNIC_Request", "vm1", "state") == "activated"
    answer(hv1, 2, "outcome=done")
    if options:
        hv1("--bare", "wait-until", "VNIC_Answer", "vm1", "claim_seq=2")
        while hv1("list", "VNIC_Request"):
            assert process.poll() is None
        assert process.poll() is None
        hv1("set", "VNIC_Answer", "vm1", "outcome=held")
    assert finish(process) == (0, "")
    assert hv1("list", "VNIC_Request") == ""


def test_departing_of_several(hv1):
    """All of a VNIC's requests, when all are seen."""
    hv1("activate", "vm1", "--vn=red", "--", "activate", "vm1", "--vn=blue")
    process = hv1.start("deassociate", "vm1", "--departing")
    for vn in ("red", "blue"):
        while '"departing"' not in hv1("--format=json", "find",
                                       "VNIC_Request", f"vn={vn}"):
            assert process.poll() is None
        assert len(hv1.table("list", "VNIC_Request")) == 2
        hv1("create", "VNIC_Answer", "end_device=hv1", "vnic=vm1",
            f"vn={vn}", "claim_seq=2", "outcome=done")
    assert finish(process) == (0, "")
    assert hv1("list", "VNIC_Request") == ""


def test_departing_that_nobody_sees(hv1):
    """The request stays, marked, and the message says so."""
    hv1("activate", "vm1", "--vn=red")
    process = hv1.run("--timeout=1", "deassociate", "vm1", "--departing")
    assert process.returncode == 1
    assert "the request is still there" in process.stderr
    assert hv1.get("VNIC_Request", "vm1", "migration") == "departing"


def test_departing_over_a_restart_of_the_server(hv1):
    """The departure is completed when the server comes back."""
    hv1("activate", "vm1", "--vn=red")
    process = hv1.start("deassociate", "vm1", "--departing")
    hv1("wait-until", "VNIC_Request", "vm1", "migration=departing")
    hv1.server.stop()
    hv1.server.start()
    answer(hv1, 2, "outcome=done")
    assert finish(process) == (0, "")
    assert hv1("list", "VNIC_Request") == ""
