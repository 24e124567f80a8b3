# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""VNICs that are 802.1Q trunks: a claim for each of their VNs."""


def tags(nve):
    return {c["vn"]: c["tag"] for c in nve.central.claims()}


def bind(nve, vn, state, **columns):
    """Writes a Binding that answers the claim in 'vn'."""
    claim, = nve.central.claims(vn=vn)
    nve.central.db.insert("Binding", nve="hv1", vnic=claim["vnic"], vn=vn,
                          state=state, claim_seq=claim["client_seq"],
                          **columns)


def test_claim_for_each_vn(nve):
    nve.add_port("p1", iface_id="a", nvo3_trunk="10=blue, 20=red, 0=plain",
                 attached_mac="52:54:00:00:00:11")
    nve.central.wait_claims("a", "a", "a")
    assert tags(nve) == {"blue": 10, "red": 20, "plain": []}
    assert {c["port"] for c in nve.central.claims()} == {"p1"}
    assert {c["addresses"] for c in nve.central.claims()} == {
        "52:54:00:00:00:11"}


def test_state_is_the_least(nve):
    nve.add_port("p1", iface_id="a", nvo3_trunk="10=blue,20=red")
    nve.central.wait_claims("a", "a")
    bind(nve, "blue", "activated")
    nve.wait_state("p1", "pending")
    bind(nve, "red", "refused", reason="no such VN")
    nve.wait_state("p1", "refused", "VN red: no such VN")
    nve.central.db.update("Binding", [["vn", "==", "red"]],
                          state="activated", reason="")
    nve.wait_state("p1", "activated")


def test_change(nve):
    nve.add_port("p1", iface_id="a", nvo3_trunk="10=blue,20=red")
    nve.central.wait_claims("a", "a")
    seq = nve.central.claims(vn="blue")[0]["client_seq"]
    nve.set_port("p1", nvo3_trunk="10=blue,30=green,40=brown")
    nve.central.wait_claims("a", "a", "a")
    assert tags(nve) == {"blue": 10, "green": 30, "brown": 40}
    assert nve.central.claims(vn="blue")[0]["client_seq"] == seq
    nve.vsctl("del-port", "p1")
    nve.central.wait_claims()


def test_bad_trunks(nve):
    for number, (trunk, words) in enumerate((
            ("10", "is not TAG=VN"), ("4095=blue", "is no tag"),
            ("10=blue,10=red", "tag 10 is there twice"),
            ("10=blue,20=blue", "is there twice"))):
        nve.add_port(f"p{number}", iface_id=f"v{number}", nvo3_trunk=trunk)
        nve.wait_state(f"p{number}", "refused", words)
    nve.add_port("p9", iface_id="a", nvo3_trunk="10=blue")
    nve.central.wait_claims("a")
