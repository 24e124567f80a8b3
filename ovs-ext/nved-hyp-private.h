/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_HYP_PRIVATE_H
#define NVED_HYP_PRIVATE_H 1

/* What the parts of nved-hyp.h share.
 *
 *   nved-hyp.c         the connection; which rows there are
 *   nved-hyp-read.c    rows as split.h has them, and what was answered before
 *   nved-hyp-write.c   answers, tags, NVE_Status */

#include "lib/hnve-idl.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "ovs-ext/nved-hyp.h"
#include "ovs-ext/nved-wants.h"
#include "ovs-ext/split.h"

struct ovsdb_idl_index;

/* The tables that are put into the core. */
enum hyp_table {
    HYP_END_DEVICE,
    HYP_ACCESS_PORT,
    HYP_SEGMENT,
    HYP_CONNECTION,
    HYP_REQUEST,
};

/* A row that was put, by its key: end device, port or VNIC, and VN; or a name
 * and nothing else. */
struct hyp_row {
    enum hyp_table table;
    char *names[3];
    bool seen;                  /* In read_all(). */
    bool known;                 /* What it names is known, if it exists. */
    const char *waits;          /* With what it was put; a literal. */
    struct ovs_list waiting_node; /* In the list of those not 'known'. */
};

struct nved_hyp {
    struct nved_db db;
    struct ovsdb_idl_index *end_devices; /* All of these by their keys. */
    struct ovsdb_idl_index *access_ports;
    struct ovsdb_idl_index *segments;
    struct ovsdb_idl_index *connections;
    struct ovsdb_idl_index *requests;
    struct ovsdb_idl_index *connection_answers;
    struct ovsdb_idl_index *answers;
    struct ovsdb_idl_index *tags;
    struct ovsdb_idl_index *segment_tags; /* Tag by segment. */

    struct shash rows;          /* -> struct hyp_row. */
    struct ovs_list waiting;    /* Of those. */
    struct nved_wants wants;
    struct split_config config;
    char *problem;              /* Of the options, or NULL. */
    bool restored;              /* Have the first contents been read? */
    bool was_new;               /* Were these of a database not ours yet? */
    bool had_status;            /* Was our NVE_Status there? */
    bool write_all;
    bool leaving;               /* Write nothing any more. */
    struct sset tag_segments;   /* Of which Tag has changed. */
    long long int sweep_at;     /* When to forget rows that were lost. */
};

/* nved-hyp-read.c */

/* Tracks the columns that are read, and makes the indexes. */
void hyp_read_init(struct nved_hyp *hyp, struct ovsdb_idl *idl);

/* Puts the row with the key of 'row' into 'split'.  Returns false if there is
 * none. */
bool hyp_put(struct nved_hyp *hyp, struct split *split, struct hyp_row *row);

/* Removes 'row' from 'split'. */
void hyp_remove(struct split *split, const struct hyp_row *row);

/* Restores tags and answers in 'split'. */
void hyp_restore(struct nved_hyp *hyp, struct split *split);

/* Reads NVE_Global.options into 'split'. */
void hyp_read_options(struct nved_hyp *hyp, struct split *split);

/* Returns the answer with that key, or NULL. */
const struct hnve_vn_connection_answer *hyp_find_connection_answer(
    const struct nved_hyp *, const char *end_device, const char *port,
    const char *vn);
const struct hnve_vnic_answer *hyp_find_answer(
    const struct nved_hyp *, const char *end_device, const char *vnic,
    const char *vn);

#endif /* nved-hyp-private.h */
