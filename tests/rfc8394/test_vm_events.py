# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Section 2: what a hypervisor writes as its virtual machines live, and what
the external NVE makes of it."""

from spec import LOWER_SHOULD, OURS, TEXT, spec


def running(stage, **kwargs):
    """The TSI of a VM that runs."""
    tsi = stage.tsi(**kwargs)
    tsi.ask("associated", migration="none")
    tsi.ask("activated")
    stage.passes(tsi)
    return tsi


@spec("VM-Create", "2.1", LOWER_SHOULD,
      "Associated before the VM runs; activated as it starts")
def test_create(stage):
    tsi = stage.tsi()
    tsi.ask("associated", migration="none")
    stage.blocked(tsi)
    tsi.ask("activated")
    stage.passes(tsi)


@spec("VM-Create-fails", "2.1", LOWER_SHOULD,
      "Refused with a reason, so that the VM does not run; nothing is "
      "reserved")
def test_create_fails(stage):
    tsi = stage.tsi(name="rfc8394-no-such-vn")
    answer = tsi.refuse("associated", migration="none")
    assert answer["reason"] and answer["tag"] == []
    # And if the hypervisor starts it nevertheless:
    assert tsi.refuse("activated")["tag"] == []
    stage.blocked(tsi, tag=stage.witness.tag)


@spec("VM-Pause", "2.4", LOWER_SHOULD,
      "Nothing is written, and the TSI stays activated")
def test_pause(stage):
    tsi = running(stage)
    before = tsi.answer()
    stage.unchanged(tsi, before)
    stage.passes(tsi)


@spec("VM-Suspend", "2.4", LOWER_SHOULD,
      "Deactivated but not de-associated: the tag stays reserved")
def test_suspend(stage):
    tsi = running(stage, vn=stage.blue)
    answer = tsi.answer()
    assert tsi.ask("associated")["tag"] == answer["tag"]
    assert stage.tag_state(answer) == "used"
    stage.blocked(tsi)


@spec("VM-Resume", "2.4", TEXT, "Activated again, with what it had")
def test_resume(stage):
    tsi = running(stage)
    tag = tsi.tag
    tsi.ask("associated")
    assert tsi.ask("activated")["tag"] == tag
    stage.passes(tsi)


@spec("VM-Shutdown", "2.3", TEXT, "De-associated: all is released")
def test_shut_down(stage):
    tsi = running(stage, vn=stage.blue)
    answer = tsi.answer()
    tsi.remove()
    assert stage.tag_state(answer) == "resting"
    stage.blocked(tsi)


def migrate(stage, source, target):
    """All that both hypervisors write in a live migration."""
    source.ask("activated", migration="departing")
    target.ask("associated", migration="arriving")
    stage.passes(source)
    target.ask("activated")
    stage.passes(target)
    source.remove()
    before = target.answer()
    target.ask("activated", migration="none")
    stage.unchanged(target, before)
    stage.passes(target)


@spec("VM-Migrate", "2.2, 3.3", LOWER_SHOULD,
      "To another hypervisor and port of the same NVE: the two TSIs are told "
      "apart, one at a time passes frames")
def test_migrate(stage):
    source = running(stage)
    target = stage.tsi(stage.b, port=stage.second.name, guest=source.guest)
    migrate(stage, source, target)
    stage.blocked(source)


@spec("VM-Migrate-same-port", "2.2, 3.3", LOWER_SHOULD,
      "To another hypervisor behind the same port: port and tag stay")
def test_migrate_behind_a_port(stage):
    source = running(stage)
    tag = source.tag
    target = stage.tsi(stage.b, guest=source.guest)
    migrate(stage, source, target)
    assert target.tag == tag


@spec("VM-Migrate-fails", "2.2", TEXT,
      "The VM stays: the target lets go, the source has what it had")
def test_migrate_fails(stage):
    source = running(stage)
    before = source.answer()
    target = stage.tsi(stage.b, port=stage.second.name, guest=source.guest)
    source.ask("activated", migration="departing")
    target.ask("associated", migration="arriving")
    target.remove()
    source.ask("activated", migration="none")
    stage.unchanged(source, before)
    stage.passes(source)


@spec("VM-Migrate-other-NVE", "2.2", OURS,
      "To another NVE: the target is refused as long as the source has or "
      "holds the VNIC, then it gets it by itself (break before make)")
def test_migrate_to_another_nve(stage):
    far, port = stage.need("far"), stage.need("far_port")
    stage.operate("NVE_Global", None, options={"hold-time": "300"})
    source = running(stage)
    target = stage.tsi(far, port=port.name, guest=source.guest)
    source.ask("activated", migration="departing")
    assert target.refuse("activated", migration="arriving")["reason"]
    stage.passes(source)
    source.delete()
    source.wait_gone()
    target.wait_state("activated")
    stage.passes(target)
    stage.blocked(source)
