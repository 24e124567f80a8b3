/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TESTS_UNIT_CONTROLLER_FAKE_TABLES_H
#define TESTS_UNIT_CONTROLLER_FAKE_TABLES_H 1

/* Flow and group tables of a simulated OpenFlow 1.5 datapath, exact: what was
 * put in is in there, and no packet is ever looked up.  They follow OVS 3.1 in
 * what they refuse: a flow that names a group or a meter that does not exist, a
 * bucket ID used twice, a bucket or group to change that does not exist.
 *
 * Changes can be undone: all that fake_tables_apply() did with one 'undo' list
 * is either kept by fake_tables_commit() or taken back by
 * fake_tables_rollback().
 *
 * Single-threaded; no I/O. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-errors.h"

struct ds;
struct ofp_header;

struct fake_flow {
    struct hmap_node node;
    uint8_t table_id;
    int priority;
    uint64_t cookie;
    struct minimatch match;
    struct ofpact *ofpacts;
    size_t ofpacts_len;
    uint64_t n_packets;         /* By fake-guest.c. */
};

struct fake_group {
    struct hmap_node node;
    uint32_t group_id;
    uint8_t type;
    struct ovs_list buckets;    /* Of struct ofputil_bucket. */
};

struct fake_tables {
    struct hmap flows;          /* Of struct fake_flow. */
    struct hmap groups;         /* Of struct fake_group. */
    uint32_t meters;            /* Bit N is for meter N + 1. */
    bool no_meters;             /* Has none, and takes none. */
    uint64_t n_flow_mods;       /* Applied, ever. */
    uint64_t n_group_mods;
};

void fake_tables_init(struct fake_tables *);
void fake_tables_uninit(struct fake_tables *);

/* Applies the flow_mod or group_mod 'oh'.  What it did is noted in 'undo', an
 * initialized list.  Returns 0 or why it did nothing. */
enum ofperr fake_tables_apply(struct fake_tables *, const struct ofp_header *,
                              struct ovs_list *undo);
/* Applies the meter_mod 'oh'.  Meters are 1 to 32. */
enum ofperr fake_tables_apply_meter(struct fake_tables *,
                                    const struct ofp_header *);
void fake_tables_commit(struct ovs_list *undo);
void fake_tables_rollback(struct fake_tables *, struct ovs_list *undo);

/* Initialize 'replies' with the messages that answer 'oh', a request for
 * statistics of flows, one by one or in sum, or of groups. */
void fake_tables_flow_stats(const struct fake_tables *,
                            const struct ofp_header *,
                            struct ovs_list *replies);
void fake_tables_group_stats(const struct fake_tables *,
                             const struct ofp_header *,
                             struct ovs_list *replies);

/* Takes out and frees. */
void fake_tables_remove_flow(struct fake_tables *, struct fake_flow *);

/* Appends all groups, each with its buckets in the order of their IDs, and all
 * flows to 's', sorted, a line each.  Two tables with the same content give
 * the same text. */
void fake_tables_dump(const struct fake_tables *, struct ds *s);

#endif /* tests/unit/controller/fake-tables.h */
