# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of any daemon between, or during, any two steps of a VNIC's life.

Afterwards each step is fully done or fully absent, and what flowed between
others flows on.  One exception is OVS's own: the userspace datapath stops
with its local ovsdb-server.
"""

import contextlib

import pytest
from helpers import mentions
from split_tools import nve_of, port, trunk_tags

from nvo3lab import LabError, Stream

SECONDS = 15
MAC = "52:54:00:cd:00:01"
STOPS_TRAFFIC = ("nve1", "ovsdb-server")
NOBODY_TO_ASK = ("hyp1", "ovsdb-server")
VICTIMS = [("hyp1", "ovs-tnved"), ("nve1", "ovs-nved"),
           ("nve1", "hypervisor-db"), ("core", "nvo3-db"),
           ("core", "ndirectord"), NOBODY_TO_ASK, STOPS_TRAFFIC]
STEPS = ["associate", "activate", "deactivate", "release"]

# In an order in which nobody dies twice in a row: OVSDB's clients wait the
# longer, up to 8 seconds, the more often a connection breaks.
CASES = [(step, moment, victim)
         for moment, steps in (("during", STEPS), ("before", STEPS[:2]))
         for step in steps for victim in VICTIMS
         if not (moment == "before" and victim == NOBODY_TO_ASK)]


@pytest.fixture(params=CASES, ids=lambda each: "-".join(
    [*each[:2], *each[2]]))
def case(request):
    return request.param


@pytest.fixture
def stream(split, case):
    """Datagrams of others; lost ones are allowed if OVS itself stops."""
    with Stream(split.vms["vm3"], split.vms["vm1"]) as traffic:
        traffic.wait_flowing(20)
        yield traffic
        traffic.wait_flowing(20, timeout=SECONDS)
    if case[2] != STOPS_TRAFFIC:
        assert traffic.lost() == [], traffic.summary()


@pytest.fixture
def guest(split):
    return split.add_vm("hyp1", "guest", vn="red", mac=MAC,
                        ip="10.0.0.51/24", attach=False)


def do_step(vm, step):
    if step == "associate":
        vm.nic.attach(status="inactive", options=["--no-wait"])
    elif step == "release":
        vm.nic.detach()
    else:
        vm.nic.set_status("active" if step == "activate" else "inactive")


def bring_before(vm, step):
    """Takes the VNIC to where 'step' begins."""
    before = {"associate": [], "activate": ["associate"],
              "deactivate": ["associate", "activate"],
              "release": ["associate", "activate"]}[step]
    for each in before:
        do_step(vm, each)
    if before:
        vm.wait_state({"associate": "associated",
                       "activate": "activated"}[before[-1]])


def tag_has_its_vn(split, vm):
    """If the Port has a tag, then it is the one that means its VN."""
    rows = vm.host.db.find("Port", name=vm.nic.port)
    tag = rows[0]["tag"] if rows else []
    if tag == []:
        return True
    book = nve_of(vm).hv_db.find("Tag", segment=vm.host.port, tag=tag)
    return [row["vn"] for row in book] == [vm.nic.vn] \
        and tag in trunk_tags(vm.host)


def is_done(split, vm, step):
    """True once the step has been done in all three databases and in OVS."""
    if step == "release":
        nve = nve_of(vm)
        return nve.answer(vm.nic) is None \
            and not nve.hv_db.find("VNIC_Request", vnic=vm.nic.vnic) \
            and not split.inventory.claims(vnic=vm.nic.vnic) \
            and not split.inventory.bindings(vnic=vm.nic.vnic) \
            and not any(mentions(host, MAC) for host in split.hosts.values())
    state = "activated" if step == "activate" else "associated"
    bindings = split.inventory.bindings(vnic=vm.nic.vnic)
    answer = nve_of(vm).answer(vm.nic) or {}
    return vm.nic.state() == state == answer.get("state") \
        and answer["outcome"] == "done" \
        and [row["state"] for row in bindings] == [state] \
        and (port(vm.host, vm.nic.port)["tag"] != []) == (step == "activate")


def test_kill(split, case, stream, guest):
    step, moment, victim = case
    where, daemon = victim
    bring_before(guest, step)
    if moment == "during":
        do_step(guest, step)
    split.machine(where).kill(daemon)
    if moment == "before":
        do_step(guest, step)
    if victim != STOPS_TRAFFIC:
        stream.wait_flowing(20)
    with contextlib.suppress(LabError):          # one may not be there to ask
        assert tag_has_its_vn(split, guest)
    split.machine(where).start(daemon)
    split.wait(lambda: is_done(split, guest, step), SECONDS,
               f"{step} to be done everywhere")
    assert tag_has_its_vn(split, guest)
    if step == "activate":
        guest.reaches(split.vms["vm1"], timeout=SECONDS)
    else:
        assert guest.ping(split.vms["vm1"], wait=0.3) == 0
