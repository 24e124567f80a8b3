# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""The suite can be pointed at anything that a JSON file describes: here at a
second lab, by a second pytest that knows nothing of it but the file."""

import json
import os
import re
import subprocess
import sys

import pytest

from lab_subject import LabSubject

HERE = os.path.dirname(os.path.abspath(__file__))
CHOICE = "bridged_network or activated_activate or " \
    "nve_disconnects_a_port or an_nve_for_each_vn or no_certificate"


def end_device(device):
    session, keys = device.db, device.db.keys
    return {"name": device.name, "remote": session.remote,
            "netns": session.netns.name, "ca_cert": keys.ca,
            "private_key": keys.key, "certificate": keys.cert,
            "links": {port: {"netns": point.netns.name,
                             "interface": point.device}
                      for port, point in device.links.items()}}


def vn(each):
    peer = each.peer
    return {"name": each.name, "vn_id": each.vn_id, "prefix": each.prefix,
            "peer": {"netns": peer.point.netns.name,
                     "interface": peer.point.device, "mac": peer.mac,
                     "ip": peer.ip, "ip6": peer.ip6}}


def describe(lab):
    """Returns what README.md has as an example."""
    return {
        "name": "a lab",
        "end_devices": [end_device(lab.a), end_device(lab.b)],
        "ports": [vars(lab.shared), vars(lab.second)],
        "vns": [vn(lab.red), vn(lab.blue)],
        "operator": {"remote": lab.operator.remote}}


def hide_frames(text):
    for each in text["end_devices"]:
        del each["links"]
    for each in text["vns"]:
        del each["peer"]


def run_suite(folder, text):
    """Runs some of the suite; returns {id: result}, and whether it passed."""
    subject, table = folder / "subject.json", folder / "table.md"
    subject.write_text(json.dumps(text))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q",
         f"--rfc8394-subject={subject}", f"--conformance-table={table}",
         "-k", CHOICE, HERE], capture_output=True, text=True, timeout=120,
        check=False)
    assert done.returncode == 0, done.stdout
    found = re.findall(r"^\| (\S+) \|.*\| ([^|]+) \| `", table.read_text(),
                       re.M)
    return dict(found)


@pytest.fixture(scope="module")
def lab():
    with LabSubject() as lab:
        yield lab


def test_described_subject(lab, tmp_path):
    assert run_suite(tmp_path, describe(lab)) == {
        "Req-1": "pass", "Req-6a": "pass", "F6-Activated-Activate": "pass",
        "Req-3": "not tested: no far given",
        "Req-11a": "not tested: no tls given"}


def test_described_subject_without_frames_and_operator(lab, tmp_path):
    text = describe(lab)
    hide_frames(text)
    del text["operator"]
    assert run_suite(tmp_path, text) == {
        "Req-1": "pass, frames not observed",
        "F6-Activated-Activate": "pass, frames not observed",
        "Req-6a": "not tested: no operator's access",
        "Req-3": "not tested: no far given",
        "Req-11a": "not tested: no tls given"}
