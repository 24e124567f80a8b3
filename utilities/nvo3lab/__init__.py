# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nvo3lab: overlay networks on one machine, for tests and for looking around.

Start with Lab in lab.py.  Needs root, iproute2, Open vSwitch, and nothing of
Python but its standard library.

    lab        Lab: everything that belongs together; builds, finds, removes
    hosts      the machines: vServers, the core, bare ones on the underlay
    split      those of a split NVE: external NVEs, switches, hypervisors
    vm         VMs and their VNICs;  vlan: VLAN interfaces in them
    inventory  rows of the NVO3 database
    capture    frames seen and injected;  frames: built and taken apart
    traffic    numbered datagrams, iperf3
    pki        keys and certificates
    topology   labs described by JSON
    cli        the command nvo3-lab
"""

from .capture import Capture, inject
from .frames import Frame
from .jsonrpc import Changes
from .lab import Lab, lab_names, orphans, remove
from .shell import LabError, LabTimeout, run, wait_for
from .traffic import Stream, iperf3

__all__ = ["Capture", "Changes", "Frame", "Lab", "LabError", "LabTimeout",
           "Stream", "inject", "iperf3", "lab_names", "orphans", "remove",
           "run", "wait_for"]
