/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TNVED_CONFIG_H
#define TNVED_CONFIG_H 1

/* What the operator asks of ovs-tnved: external_ids:nvo3-* of the local
 * Open_vSwitch row, read, checked and completed with defaults, as
 * nved-config.h does for ovs-nved.  Pure.
 *
 * Keys, with their defaults:
 *
 *   nvo3-nve-remote     the Hypervisor_NVE database of the external NVE:
 *                       tcp:HOST:PORT, ssl:HOST:PORT or unix:PATH, or several
 *                       with commas.  Required.
 *   nvo3-uplink         the port of the bridge that leads there.  Required.
 *   nvo3-access-port    the NVE's name for its end of that link, in its
 *                       Access_Port table.  Required.
 *   nvo3-end-device     default: system-id, else the host name
 *   nvo3-bridge         default br-int
 *
 * Threads: any; there is no state. */

#include <stdbool.h>
#include "openvswitch/compiler.h"

struct smap;

struct tnved_config {
    char *remote;               /* What ovsdb_idl_set_remote() takes. */
    char *end_device;           /* Our name; never empty. */
    char *access_port;          /* VNIC_Request.port. */
    char *bridge;               /* Where VNICs and the uplink are. */
    char *uplink;               /* The trunk to the NVE. */
};

/* Reads 'external_ids' of the Open_vSwitch row into '*config', which the
 * caller must end with tnved_config_uninit().  'hostname' is our name if
 * nothing else is.  Returns NULL, or a new message, to be freed with free(),
 * that names the key and says what to write; then '*config' holds nothing to
 * free. */
char *tnved_config_parse(const struct smap *external_ids,
                         const char *hostname, struct tnved_config *config)
    OVS_WARN_UNUSED_RESULT;

/* Frees what 'config' owns. */
void tnved_config_uninit(struct tnved_config *config);

/* Returns true if 'a' and 'b' ask for the same. */
bool tnved_config_equals(const struct tnved_config *a,
                         const struct tnved_config *b);

/* Returns true if 'a' and 'b' are the same end device in the same database,
 * so that the rows written for one are the rows of the other. */
bool tnved_config_same_identity(const struct tnved_config *a,
                                const struct tnved_config *b);

#endif /* tnved-config.h */
