/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_CONFIG_H
#define NVED_CONFIG_H 1

/* What the operator asks of ovs-nved: the external_ids:nvo3-* of the local
 * Open_vSwitch row, read, checked and completed with defaults.  Pure: no
 * database, no file, no name resolution.
 *
 *     struct nved_config config;
 *     char *error = nved_config_parse(&ovs->external_ids, host, &config);
 *
 *     if (error) {
 *         VLOG_WARN("%s", error);
 *         free(error);
 *     } else {
 *         ...
 *         nved_config_uninit(&config);
 *     }
 *
 * Keys, with their defaults:
 *
 *   nvo3-remote         the NVO3 database: tcp:HOST:PORT, ssl:HOST:PORT or
 *                       unix:PATH, or several with commas.  Required.
 *   nvo3-encap-ip       IPv4 address of the tunnel endpoint.  Required.
 *   nvo3-controller     OpenFlow targets of ndirectord, several with commas
 *                       or spaces.  Default: the host of nvo3-remote, port
 *                       6653; required if that is several or unix.
 *   nvo3-nve-name       default: system-id, else the host name
 *   nvo3-bridge         default br-int
 *   nvo3-tunnel-port    default nvo3-vxlan0
 *   nvo3-datapath-type  system or netdev; default: not touched
 *   nvo3-hypervisor-db  the Hypervisor_NVE database, as nvo3-remote.  Set: an
 *                       external NVE, which serves end devices by it
 *
 * Threads: any; there is no state. */

#include <stdbool.h>
#include "openvswitch/compiler.h"
#include "svec.h"

struct smap;

struct nved_config {
    char *nve;                  /* Name of this NVE; never empty. */
    char *remote;               /* What ovsdb_idl_set_remote() takes. */
    struct svec controllers;    /* OpenFlow targets; sorted, unique, >= 1. */
    char *bridge;               /* The integration bridge. */
    char *tunnel_port;          /* The flow-based vxlan port on it. */
    char *encap_ip;             /* IPv4, canonical. */
    char *datapath_type;        /* NULL: leave the bridge's as it is. */
    char *hypervisor_db;        /* NULL: no end devices are served. */
};

/* Reads 'external_ids' of the Open_vSwitch row into '*config', which the
 * caller must end with nved_config_uninit().  'hostname' names the NVE if
 * nothing else does.  Returns NULL, or a new message, to be freed with
 * free(), that names the key and says what to write; then '*config' holds
 * nothing to free. */
char *nved_config_parse(const struct smap *external_ids, const char *hostname,
                        struct nved_config *config) OVS_WARN_UNUSED_RESULT;

/* Frees what 'config' owns. */
void nved_config_uninit(struct nved_config *config);

/* Returns true if 'a' and 'b' ask for the same. */
bool nved_config_equals(const struct nved_config *a,
                        const struct nved_config *b);

/* Returns true if 'a' and 'b' are the same NVE in the same NVO3 database, so
 * that the rows written for one are the rows of the other. */
bool nved_config_same_identity(const struct nved_config *a,
                               const struct nved_config *b);

#endif /* nved-config.h */
