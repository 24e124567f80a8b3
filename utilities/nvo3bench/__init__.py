# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""nvo3bench: what nDirector costs, measured beside a peer in the same run.

Real daemons on one machine, with datapaths that are dummies; no namespaces,
no root.  Uses nvo3lab for daemons, databases and waiting.

    stage      Stage: a folder with daemons; their CPU time and memory
    system     System: control plane and hosts; what both sides share
    ours       Ours: nDirector;  ovn: the peer;  bare: no control plane
    watch      FlowWatch: the moment at which a flow is there
    attach     VNICs attached, all at once and one at a time
    resync     an empty datapath is filled; ndirectord is restarted
    report     the table and the JSON file
    cli        the command nvo3-bench
"""
