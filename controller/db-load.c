/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The first load: the whole database into an empty model.
 *
 * In the model whoever comes first stays, so rows come in the order in which
 * they had been granted before the restart: what has status "ok" before what
 * was refused, claims by the generation of their bindings.  Of a VNIC that was
 * refused in part, that part which was in effect comes first and the rest when
 * all others have had theirs.  So a restart takes nothing from anybody. */

#include <config.h>
#include "controller/db-private.h"

#include <inttypes.h>

#include "controller/model.h"
#include "lib/nvo3-idl.h"
#include "lib/ovsdb-idl.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(db_load);

/* Where a row stands in line. */
struct place {
    int64_t rank;               /* The lowest comes first. */
    const struct ovsdb_idl_row *row;
};

#define ROW(TYPE) CONTAINER_OF(row, struct nvo3_##TYPE, header_)

static void adopt_bindings(struct db *, struct shash *ranks);
static struct place *line_up(const struct db *, enum db_kind,
                             const struct shash *ranks, size_t *n);
static int64_t rank_of(enum db_kind, const struct ovsdb_idl_row *,
                       const struct shash *ranks);

void
db_load(struct db *db)
{
    struct shash ranks = SHASH_INITIALIZER(&ranks);
    size_t n_rows = 0;

    db_objects_clear(db);
    adopt_bindings(db, &ranks);
    for (enum db_kind kind = 0; kind < DB_N_KINDS; kind++) {
        struct place *line;
        size_t n;

        line = line_up(db, kind, &ranks, &n);
        for (size_t i = 0; kind == DB_VNIC && i < n; i++) {
            if (line[i].rank) {
                db_put_vnic_in_effect(db->model, line[i].row);
            }
        }
        for (size_t i = 0; i < n; i++) {
            db_object_add(db, kind, line[i].row);
            db_kinds[kind].put(db->model, line[i].row);
        }
        free(line);
        n_rows += n;
    }
    db_read_global(db);
    shash_destroy_free_data(&ranks);
    db->stats.n_changes += n_rows;
    VLOG_INFO("%s: loaded %"PRIuSIZE" rows", db->remote, n_rows);
}

/* Returns the key in 'ranks' for a claim of 'nve' on 'vnic' that names 'vn' (or
 * ""). */
static char *
rank_key(const char *nve, const char *vnic, const char *vn)
{
    return xasprintf("%s\n%s\n%s", nve, vnic, vn);
}

/* Lowers to 'rank' what 'ranks' has for 'key', which it frees. */
static void
note_rank(struct shash *ranks, char *key, int64_t rank)
{
    int64_t *lowest = shash_find_data(ranks, key);

    if (!lowest) {
        lowest = xmemdup(&rank, sizeof rank);
        shash_add(ranks, key, lowest);
    }
    *lowest = MIN(*lowest, rank);
    free(key);
}

/* Puts in 'keys' the keys of the claims that name a VN. */
static void
note_specific(const struct db *db, struct sset *keys)
{
    const struct nvo3_vnic_claim *claim;

    NVO3_VNIC_CLAIM_FOR_EACH (claim, db->idl) {
        if (*claim->vn) {
            sset_add_and_free(keys, rank_key(claim->nve, claim->vnic,
                                             claim->vn));
        }
    }
}

/* Hands all Binding rows to the model.  Puts in 'ranks' the generation of the
 * first binding in effect of each claim, as int64_t: those of a claim that
 * names no VN are those that no other claim names. */
static void
adopt_bindings(struct db *db, struct shash *ranks)
{
    struct sset specific = SSET_INITIALIZER(&specific);
    const struct nvo3_binding *row;

    note_specific(db, &specific);
    NVO3_BINDING_FOR_EACH (row, db->idl) {
        struct binding_row in = {
            .vnic = row->vnic,
            .vn = row->vn,
            .nve = row->nve,
            .state = BINDING_PENDING,
            .reason = row->reason,
            .generation = row->generation,
            .epoch = row->epoch,
            .claim_seq = row->claim_seq,
            .gleaned = row->gleaned,
            .n_gleaned = row->n_gleaned,
        };

        if (row->state) {
            binding_state_from_string(row->state, &in.state);
        }
        model_adopt_binding(db->model, &in);
        if (in.state != BINDING_REFUSED) {
            char *key = rank_key(row->nve, row->vnic, row->vn);
            bool named = sset_contains(&specific, key);

            free(key);
            note_rank(ranks, rank_key(row->nve, row->vnic,
                                      named ? row->vn : ""),
                      row->generation);
        }
    }
    sset_destroy(&specific);
}

static int
compare_places(const void *a_, const void *b_)
{
    const struct place *a = a_;
    const struct place *b = b_;

    return (a->rank < b->rank ? -1
            : a->rank > b->rank ? 1
            : uuid_compare_3way(&a->row->uuid, &b->row->uuid));
}

/* Returns a new array of all rows of 'kind' in the order in which they should
 * come, with their number in '*n'. */
static struct place *
line_up(const struct db *db, enum db_kind kind, const struct shash *ranks,
        size_t *n)
{
    struct place *line = NULL;
    size_t allocated = 0;

    *n = 0;
    for (const struct ovsdb_idl_row *row
             = ovsdb_idl_first_row(db->idl, db_kinds[kind].class);
         row; row = ovsdb_idl_next_row(row)) {
        if (*n >= allocated) {
            line = x2nrealloc(line, &allocated, sizeof *line);
        }
        line[*n].rank = rank_of(kind, row, ranks);
        line[(*n)++].row = row;
    }
    if (*n) {
        qsort(line, *n, sizeof *line, compare_places);
    }
    return line;
}

/* Returns 0 for a row that was in effect, if only in part; for claims what
 * 'ranks' has. */
static int64_t
rank_of(enum db_kind kind, const struct ovsdb_idl_row *row,
        const struct shash *ranks)
{
    const char *status = "ok";

    if (kind == DB_CLAIM) {
        const struct nvo3_vnic_claim *claim = ROW(vnic_claim);
        char *key = rank_key(claim->nve, claim->vnic, claim->vn);
        const int64_t *rank = shash_find_data(ranks, key);

        free(key);
        return rank ? *rank : INT64_MAX;
    } else if (kind == DB_VN) {
        status = ROW(vn)->status;
    } else if (kind == DB_NVE) {
        status = ROW(nve)->status;
    } else if (kind == DB_VNIC) {
        /* A VNIC may be ok as such, though addresses in it were refused. */
        const struct nvo3_vnic *vnic = ROW(vnic);

        for (size_t i = 0; i < vnic->n_vns; i++) {
            for (size_t j = 0; j < vnic->vns[i]->n_macs; j++) {
                if (strcmp(vnic->vns[i]->macs[j]->status, "ok")) {
                    return 1;
                }
            }
        }
    }
    return strcmp(status, "ok") && strncmp(status, "partly ", 7);
}
