/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TNVED_PRIVATE_H
#define TNVED_PRIVATE_H 1

/* What tnved.c, tnved-write.c and tnved-show.c share. */

#include "ovs-ext/nved-local.h"
#include "ovs-ext/tnved-config.h"
#include "ovs-ext/tnved-hnve.h"
#include "simap.h"
#include "sset.h"

struct loop_task;
struct nved_claim;
struct ovsrec_port;
struct tnved_vlan;

struct tnved {
    struct loop_task *task;
    struct nved_local local;
    struct tnved_hnve *hnve;    /* NULL until there is a configuration. */
    struct nved_claims *claims;
    bool ssl_from_db;

    /* Configuration. */
    bool configured;            /* Is 'config' there? */
    struct tnved_config config; /* The last good one. */
    char *config_error;         /* Of the present one, or NULL. */
    bool replace;               /* 'hnve' is not that of 'config'. */

    /* Work to do. */
    bool read_all;              /* Compare all ports. */
    bool bridge_stale;          /* Look at bridge and uplink again. */
    bool uplink_moved;          /* ... and for one that was it until now. */
    struct sset vnics;          /* Compare their requests. */
    struct sset ports;          /* Interfaces: compare reports and Ports. */

    /* Outcome. */
    struct simap tags;          /* Interface -> tag of its Port. */
    char *problem;              /* With bridge or uplink, or NULL. */
    bool deregistered;          /* By tnved_deregister(). */
    struct unixctl_conn *deregister; /* Wants a reply; or NULL. */
};

/* Writes the interfaces' reports, the Ports, the uplink, and our own status
 * into the local database, as far as they are due (tnved-write.c). */
void tnved_write_local(struct tnved *tnved);

/* Gives 'port' the tag that it should have for 'claim' (NULL: none), or blocks
 * it, in the open transaction, and marks it for 'role'.  'name' is that of its
 * interface, 'form' tnved_vlan_access or tnved_vlan_tunnel.  Returns true if
 * it has a tag (tnved-write.c). */
bool tnved_write_tag(struct tnved *tnved, const char *name,
                     const struct ovsrec_port *port,
                     const struct nved_claim *claim, const char *role,
                     struct tnved_vlan (*form)(int64_t tag));

/* Returns a new array, to be freed with free(), of the tags of all Ports of
 * ours, with duplicates, and their number in '*n' (tnved-write.c). */
int64_t *tnved_get_tags(const struct tnved *tnved, size_t *n);

#endif /* tnved-private.h */
