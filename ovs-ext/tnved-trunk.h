/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TNVED_TRUNK_H
#define TNVED_TRUNK_H 1

/* The Ports of a VNIC that is itself an 802.1Q trunk, on a hypervisor whose
 * NVE is external.
 *
 * Open vSwitch's own switching cannot change a tag, so such a VNIC is on a
 * bridge of its own.  For each of its VNs a pair of patch ports leads from
 * there to the integration bridge: an access port with the guest's tag here,
 * one with the tag that the NVE gave there.
 *
 *     guest --trunk-- vnet0 | vnet0.10.trk ==== vnet0.10.int | uplink
 *                           |   tag=10             tag=100   |
 *                           | vnet0.20.trk ==== vnet0.20.int |
 *                           |   tag=20             tag=200   |
 *                            trunk bridge          br-int
 *
 * The port on the integration bridge is blocked and opened as that of any
 * VNIC; vnet0 carries the guest's tags of those that are open.  Untagged
 * frames are tag 0.
 *
 * Patch ports are marked with external_ids:nvo3-role=trunk and, in nvo3-trunk,
 * the interface that they are for.  Those that are not wanted any more are
 * removed; ports of others are not touched.
 *
 * Threads: single-threaded. */

struct nved_judgement;
struct ovsrec_port;
struct tnved;

/* Writes 'port', that of the trunk interface called 'name', and makes and
 * writes its patch ports, in the open transaction. */
void tnved_trunk_write(struct tnved *tnved, const char *name,
                       const struct ovsrec_port *port);

/* Removes patch ports that no trunk wants, in the open transaction. */
void tnved_trunk_prune(struct tnved *tnved);

/* Returns the interface that 'port' is a patch port for, or NULL if it is
 * none of ours. */
const char *tnved_trunk_owner(const struct ovsrec_port *port);

#endif /* tnved-trunk.h */
