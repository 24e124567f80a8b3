/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TNVED_PORTS_H
#define TNVED_PORTS_H 1

/* The rows of Port in the local Open_vSwitch database whose VLANs ovs-tnved
 * sets: those of VNICs, and the uplink.  What they should say is
 * tnved-vlan.h's.
 *
 * Which they are is marked in external_ids:nvo3-role of the Port.  A Port that
 * was ours and is not any more is blocked and the mark removed: from then on
 * it is the operator's.  Ports without a mark are not touched.
 *
 * Ownership: rows are the IDL's.  Threads: single-threaded. */

#include <stdbool.h>
#include <stddef.h>

struct nved_local;
struct ovsrec_bridge;
struct ovsrec_port;
struct tnved_vlan;

/* Values of nvo3-role. */
#define TNVED_ROLE_VNIC "vnic"
#define TNVED_ROLE_UPLINK "uplink"
#define TNVED_ROLE_TRUNK "trunk"       /* See tnved-trunk.h. */

/* Has 'local', which must not have run yet, replicate what is needed here. */
void tnved_ports_init(struct nved_local *local);

/* Returns the Port that the interface called 'name' belongs to, or NULL. */
const struct ovsrec_port *tnved_ports_find(const struct nved_local *local,
                                           const char *name);

/* Returns the Port called 'name' on 'br', or NULL. */
const struct ovsrec_port *tnved_ports_find_on(const struct ovsrec_bridge *br,
                                              const char *name);

/* Returns true if 'port' is marked as ours, for 'role'. */
bool tnved_ports_is(const struct ovsrec_port *port, const char *role);

/* Makes 'port' say 'vlan', in the open transaction, and marks it as ours for
 * 'role'; writes only differences. */
void tnved_ports_write(const struct ovsrec_port *port,
                       const struct tnved_vlan *vlan, const char *role);

/* Blocks 'port' and removes the mark, in the open transaction. */
void tnved_ports_release(const struct ovsrec_port *port);

#endif /* tnved-ports.h */
