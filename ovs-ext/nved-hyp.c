/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-hyp.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-ext/nved-hyp-private.h"
#include "ovsdb-idl.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nved_hyp);

static void read_reloaded(struct nved_hyp *, struct split *);
static void read_all(struct nved_hyp *, struct split *, bool sweep);
static void read_changes(struct nved_hyp *, struct split *);
static void look(struct nved_hyp *, struct split *, enum hyp_table,
                 const char *, const char *, const char *);
static void put_or_forget(struct nved_hyp *, struct split *,
                          struct hyp_row *);
static void forget(struct nved_hyp *, struct hyp_row *);

struct nved_hyp *
nved_hyp_create(const char *remote)
{
    struct ovsdb_idl *idl = ovsdb_idl_create(remote, &hnve_idl_class, false,
                                             true);
    struct nved_hyp *hyp = xzalloc(sizeof *hyp);

    hyp->config = (struct split_config) SPLIT_CONFIG_DEFAULT;
    hyp->sweep_at = LLONG_MAX;
    shash_init(&hyp->rows);
    ovs_list_init(&hyp->waiting);
    nved_wants_init(&hyp->wants);
    sset_init(&hyp->tag_segments);
    hyp_read_init(hyp, idl);
    nved_db_init(&hyp->db, idl, "Hypervisor_NVE database");
    return hyp;
}

void
nved_hyp_destroy(struct nved_hyp *hyp)
{
    struct shash_node *node;

    if (!hyp) {
        return;
    }
    SHASH_FOR_EACH_SAFE (node, &hyp->rows) {
        forget(hyp, node->data);
    }
    shash_destroy(&hyp->rows);
    nved_wants_uninit(&hyp->wants);
    sset_destroy(&hyp->tag_segments);
    nved_db_uninit(&hyp->db);
    free(hyp->problem);
    free(hyp);
}

enum nved_db_event
nved_hyp_run(struct nved_hyp *hyp, struct split *split)
{
    enum nved_db_event events = nved_db_run(&hyp->db);

    if (events & (NVED_DB_RELOADED | NVED_DB_FAILED)) {
        hyp->write_all = true;
    }
    if (events & NVED_DB_RELOADED) {
        read_reloaded(hyp, split);
    } else if (events & NVED_DB_CHANGED) {
        read_changes(hyp, split);
    }
    if (time_msec() >= hyp->sweep_at) {
        hyp->sweep_at = LLONG_MAX;
        read_all(hyp, split, true);
        hyp->write_all = true;
    }
    ovsdb_idl_track_clear(hyp->db.idl);
    return events;
}

void
nved_hyp_wait(struct nved_hyp *hyp)
{
    nved_db_wait(&hyp->db);
    if (hyp->sweep_at != LLONG_MAX) {
        poll_timer_wait_until(hyp->sweep_at);
    }
}

void
nved_hyp_resolve(struct nved_hyp *hyp, struct split *split,
                 const char *waits)
{
    struct hyp_row *row;

    LIST_FOR_EACH_SAFE (row, waiting_node, &hyp->waiting) {
        if (!waits) {
            row->known = true;
            ovs_list_remove(&row->waiting_node);
            ovs_list_init(&row->waiting_node);
        }
        if (!waits || row->waits != waits) {
            row->waits = waits;
            put_or_forget(hyp, split, row);
        }
    }
}

struct nved_wants *
nved_hyp_wants(struct nved_hyp *hyp)
{
    return &hyp->wants;
}

void
nved_hyp_write_all(struct nved_hyp *hyp)
{
    hyp->write_all = true;
}

bool
nved_hyp_is_known(const struct nved_hyp *hyp)
{
    return hyp->restored;
}

bool
nved_hyp_was_new(const struct nved_hyp *hyp)
{
    return hyp->was_new;
}

long long int
nved_hyp_hold_ms(const struct nved_hyp *hyp)
{
    return hyp->config.hold_ms;
}

const char *
nved_hyp_problem(const struct nved_hyp *hyp)
{
    return hyp->problem;
}

const struct nved_db *
nved_hyp_db(const struct nved_hyp *hyp)
{
    return &hyp->db;
}

/* Reading all. */

/* Takes in the contents after a (re)connection. */
static void
read_reloaded(struct nved_hyp *hyp, struct split *split)
{
    bool has_status = hnve_nve_status_first(hyp->db.idl) != NULL;
    bool lost = hyp->had_status && !has_status;

    hyp->sweep_at = lost ? time_msec() + hyp->config.hold_ms : LLONG_MAX;
    hyp->had_status = has_status;
    if (lost) {
        VLOG_WARN("the Hypervisor_NVE database was lost: what was granted "
                  "stays for %lld ms, to be asked for again",
                  hyp->config.hold_ms);
    }
    read_all(hyp, split, !lost);
    if (!hyp->restored) {
        hyp->restored = true;
        hyp->was_new = !has_status;
        nved_hyp_resolve(hyp, split, "the NVE does not know the NVO3 database "
                         "yet");
        hyp_restore(hyp, split);
    }
}

/* Puts all rows, and removes those that are no longer there if 'sweep'. */
static void
read_all(struct nved_hyp *hyp, struct split *split, bool sweep)
{
    struct ovsdb_idl *idl = hyp->db.idl;
    const struct hnve_end_device *device;
    const struct hnve_access_port *port;
    const struct hnve_segment *segment;
    const struct hnve_vn_connection *c;
    const struct hnve_vnic_request *r;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &hyp->rows) {
        struct hyp_row *row = node->data;

        row->seen = false;
    }
    if (sweep || hnve_nve_global_first(idl)) {
        hyp_read_options(hyp, split);
    }
    HNVE_END_DEVICE_FOR_EACH (device, idl) {
        look(hyp, split, HYP_END_DEVICE, device->name, "", "");
    }
    HNVE_SEGMENT_FOR_EACH (segment, idl) {
        look(hyp, split, HYP_SEGMENT, segment->name, "", "");
    }
    HNVE_ACCESS_PORT_FOR_EACH (port, idl) {
        look(hyp, split, HYP_ACCESS_PORT, port->name, "", "");
    }
    HNVE_VN_CONNECTION_FOR_EACH (c, idl) {
        look(hyp, split, HYP_CONNECTION, c->end_device, c->port, c->vn);
    }
    HNVE_VNIC_REQUEST_FOR_EACH (r, idl) {
        look(hyp, split, HYP_REQUEST, r->end_device, r->vnic, r->vn);
    }
    SHASH_FOR_EACH_SAFE (node, &hyp->rows) {
        struct hyp_row *row = node->data;

        if (sweep && !row->seen) {
            hyp_remove(split, row);
            forget(hyp, row);
        }
    }
}

/* Reading changes. */

/* Returns true if a row has got another key, so that it is not known what key
 * it had. */
static bool
keys_changed(const struct ovsdb_idl *idl)
{
    const struct hnve_end_device *device;
    const struct hnve_access_port *port;
    const struct hnve_segment *segment;
    const struct hnve_vn_connection *c;
    const struct hnve_vnic_request *r;
    bool changed = false;

#define IS_UPDATED(ROW, TABLE, COLUMN)                          \
    (!hnve_##TABLE##_is_new(ROW) && !hnve_##TABLE##_is_deleted(ROW) \
     && hnve_##TABLE##_is_updated(ROW, COLUMN))
    HNVE_END_DEVICE_FOR_EACH_TRACKED (device, idl) {
        changed |= IS_UPDATED(device, end_device, HNVE_END_DEVICE_COL_NAME);
    }
    HNVE_ACCESS_PORT_FOR_EACH_TRACKED (port, idl) {
        changed |= IS_UPDATED(port, access_port, HNVE_ACCESS_PORT_COL_NAME);
    }
    HNVE_SEGMENT_FOR_EACH_TRACKED (segment, idl) {
        changed |= IS_UPDATED(segment, segment, HNVE_SEGMENT_COL_NAME);
    }
    HNVE_VN_CONNECTION_FOR_EACH_TRACKED (c, idl) {
        changed |= (IS_UPDATED(c, vn_connection,
                               HNVE_VN_CONNECTION_COL_END_DEVICE)
                    || IS_UPDATED(c, vn_connection,
                                  HNVE_VN_CONNECTION_COL_PORT)
                    || IS_UPDATED(c, vn_connection,
                                  HNVE_VN_CONNECTION_COL_VN));
    }
    HNVE_VNIC_REQUEST_FOR_EACH_TRACKED (r, idl) {
        changed |= (IS_UPDATED(r, vnic_request,
                               HNVE_VNIC_REQUEST_COL_END_DEVICE)
                    || IS_UPDATED(r, vnic_request,
                                  HNVE_VNIC_REQUEST_COL_VNIC)
                    || IS_UPDATED(r, vnic_request,
                                  HNVE_VNIC_REQUEST_COL_VN));
    }
#undef IS_UPDATED
    return changed;
}

static void
read_changes(struct nved_hyp *hyp, struct split *split)
{
    struct ovsdb_idl *idl = hyp->db.idl;
    const struct hnve_end_device *device;
    const struct hnve_access_port *port;
    const struct hnve_segment *segment;
    const struct hnve_vn_connection *c;
    const struct hnve_vnic_request *r;
    const struct hnve_tag *tag;

    if (keys_changed(idl)) {
        read_all(hyp, split, true);
        return;
    }
    if (hnve_nve_global_track_get_first(idl)) {
        hyp_read_options(hyp, split);
    }
    HNVE_TAG_FOR_EACH_TRACKED (tag, idl) {
        sset_add(&hyp->tag_segments, tag->segment);
    }
    hyp->had_status |= hnve_nve_status_first(idl) != NULL;
    HNVE_END_DEVICE_FOR_EACH_TRACKED (device, idl) {
        look(hyp, split, HYP_END_DEVICE, device->name, "", "");
    }
    HNVE_SEGMENT_FOR_EACH_TRACKED (segment, idl) {
        look(hyp, split, HYP_SEGMENT, segment->name, "", "");
    }
    HNVE_ACCESS_PORT_FOR_EACH_TRACKED (port, idl) {
        look(hyp, split, HYP_ACCESS_PORT, port->name, "", "");
    }
    HNVE_VN_CONNECTION_FOR_EACH_TRACKED (c, idl) {
        look(hyp, split, HYP_CONNECTION, c->end_device, c->port, c->vn);
    }
    HNVE_VNIC_REQUEST_FOR_EACH_TRACKED (r, idl) {
        look(hyp, split, HYP_REQUEST, r->end_device, r->vnic, r->vn);
    }
}

/* Rows. */

static char *
row_key(enum hyp_table table, const char *a, const char *b, const char *c)
{
    return xasprintf("%d %"PRIuSIZE":%s%"PRIuSIZE":%s%s", (int) table,
                     strlen(a), a, strlen(b), b, c);
}

/* Counts what 'row' names as wanted, or no longer. */
static void
count_wants(struct nved_hyp *hyp, const struct hyp_row *row,
            void (*count)(struct nved_wants *, const char *, const char *))
{
    if (row->table == HYP_CONNECTION) {
        count(&hyp->wants, row->names[2], NULL);
    } else if (row->table == HYP_REQUEST) {
        count(&hyp->wants, row->names[2], row->names[1]);
    }
}

static struct hyp_row *
row_create(struct nved_hyp *hyp, enum hyp_table table, const char *a,
           const char *b, const char *c)
{
    struct hyp_row *row = xmalloc(sizeof *row);

    *row = (struct hyp_row) {
        .table = table,
        .names = { xstrdup(a), xstrdup(b), xstrdup(c) },
        .known = table != HYP_CONNECTION && table != HYP_REQUEST,
    };
    ovs_list_init(&row->waiting_node);
    if (!row->known) {
        ovs_list_push_back(&hyp->waiting, &row->waiting_node);
    }
    count_wants(hyp, row, nved_wants_add);
    return row;
}

/* Puts the row with this key into 'split', or removes it if there is none.
 * Looking it up, instead of taking the one at hand, is right also for one that
 * was deleted and inserted anew. */
static void
look(struct nved_hyp *hyp, struct split *split, enum hyp_table table,
     const char *a, const char *b, const char *c)
{
    char *key = row_key(table, a, b, c);
    struct hyp_row *row = shash_find_data(&hyp->rows, key);

    if (!row) {
        row = row_create(hyp, table, a, b, c);
        shash_add(&hyp->rows, key, row);
    }
    free(key);
    row->seen = true;
    if (!row->known && !row->waits) {
        /* nved_hyp_resolve() puts it. */
        return;
    }
    put_or_forget(hyp, split, row);
}

static void
put_or_forget(struct nved_hyp *hyp, struct split *split, struct hyp_row *row)
{
    if (!hyp_put(hyp, split, row)) {
        hyp_remove(split, row);
        forget(hyp, row);
    }
}

/* Frees 'row', which is no longer in the core. */
static void
forget(struct nved_hyp *hyp, struct hyp_row *row)
{
    char *key = row_key(row->table, row->names[0], row->names[1],
                        row->names[2]);

    count_wants(hyp, row, nved_wants_drop);
    ovs_list_remove(&row->waiting_node);
    shash_find_and_delete(&hyp->rows, key);
    for (size_t i = 0; i < ARRAY_SIZE(row->names); i++) {
        free(row->names[i]);
    }
    free(row);
    free(key);
}
