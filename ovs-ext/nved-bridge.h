/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_BRIDGE_H
#define NVED_BRIDGE_H 1

/* Prepares the integration bridge for ndirectord, in the local Open_vSwitch
 * database (nved-local.h), as nved-config.h asks.  What is right already is
 * not written, so that on a prepared host nothing is.
 *
 *     problem = nved_bridge_prepare(&local, txn, &config, false);
 *     if (problem) {
 *         ... tell the operator, who must act ...
 *         free(problem);
 *     }
 *
 * What the bridge must have, and gets, over whatever the operator said; what
 * was said is logged:
 *
 *   - fail_mode=secure: standalone would forward between VNs.
 *   - protocols: OpenFlow15, beside the operator's.
 *   - other_config:disable-in-band=true: hidden in-band flows would let
 *     guests reach the controller.
 *   - our controllers, out-of-band.  The first one comes with the bridge, in
 *     one transaction, and the last one is never removed: Open vSwitch flushes
 *     all flows at both.  A changed target replaces the old one in one
 *     transaction.
 *   - the flow-based vxlan port, with the tunnel endpoint as its source
 *     address.
 *   - datapath_type, only if the operator says external_ids:
 *     nvo3-datapath-type.
 *
 * Open_vSwitch other_config:vlan-limit becomes 1 if it is set to anything else,
 * for the same reason as fail_mode: see nvo3-pipeline(7).
 *
 * Rows that we made have external_ids:nvo3-managed=true.  Of all others only
 * the above is touched: other bridges, ports, controllers and keys stay.
 *
 * Threads: single-threaded. */

#include <stdbool.h>
#include "openvswitch/compiler.h"

struct nved_config;
struct nved_local;
struct ovsdb_idl_txn;

/* Makes, in the open transaction 'txn', the changes that are needed.  'full'
 * also looks for tunnel ports that we made under another name or on another
 * bridge, and removes them; this costs time in proportion to all ports.
 * Returns NULL or a new message, to be freed with free(), that says why the
 * bridge cannot be prepared and what to do; nothing more is then written. */
char *nved_bridge_prepare(const struct nved_local *local,
                          struct ovsdb_idl_txn *txn,
                          const struct nved_config *config, bool full)
    OVS_WARN_UNUSED_RESULT;

/* Returns NULL, or a new message, to be freed with free(), that says why Open
 * vSwitch has no working tunnel port. */
char *nved_bridge_tunnel_problem(const struct nved_local *local,
                                 const struct nved_config *config)
    OVS_WARN_UNUSED_RESULT;

#endif /* nved-bridge.h */
