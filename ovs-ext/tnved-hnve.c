/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/tnved-hnve.h"

#include <stdlib.h>
#include <string.h>

#include "lib/hnve-idl.h"
#include "ovs-ext/nved-claims.h"
#include "ovsdb-idl.h"
#include "sset.h"
#include "util.h"

/* A sequence number beyond this is not believed. */
#define SEQ_MAX (INT64_MAX / 2)

struct tnved_hnve {
    struct nved_db db;
    char *end_device;
    char *port;                 /* Ours, by the NVE's name for it. */
    struct ovsdb_idl_index *requests;   /* VNIC_Request by VNIC and VN. */
    struct ovsdb_idl_index *vnics;      /* VNIC_Request by VNIC. */
    struct ovsdb_idl_index *answers;    /* VNIC_Answer by VNIC and VN. */
    int64_t next_seq;           /* Greater than all seen or used. */
    bool leaving;
};

static const struct ovsdb_idl_column *const columns[] = {
    &hnve_nve_status_col_status,
    &hnve_vnic_request_col_addresses,
    &hnve_vnic_request_col_client_seq,
    &hnve_vnic_request_col_end_device,
    &hnve_vnic_request_col_guest_tag,
    &hnve_vnic_request_col_migration,
    &hnve_vnic_request_col_port,
    &hnve_vnic_request_col_state,
    &hnve_vnic_request_col_vn,
    &hnve_vnic_request_col_vnic,
    &hnve_vnic_answer_col_bad_addresses,
    &hnve_vnic_answer_col_claim_seq,
    &hnve_vnic_answer_col_end_device,
    &hnve_vnic_answer_col_outcome,
    &hnve_vnic_answer_col_port,
    &hnve_vnic_answer_col_reason,
    &hnve_vnic_answer_col_state,
    &hnve_vnic_answer_col_tag,
    &hnve_vnic_answer_col_vn,
    &hnve_vnic_answer_col_vn_id,
    &hnve_vnic_answer_col_vn_name,
    &hnve_vnic_answer_col_vnic,
};

static void set_conditions(struct ovsdb_idl *, const char *end_device);
static void collect_changes(struct tnved_hnve *, struct sset *vnics);
static void collect_all(const struct tnved_hnve *, struct sset *vnics);
static void delete_rows(struct tnved_hnve *);
static void write_vnic(struct tnved_hnve *, const struct nved_claims *,
                       const char *vnic);
static const struct hnve_vnic_request *find_request(const struct tnved_hnve *,
                                                    const char *vnic,
                                                    const char *vn);
static const struct hnve_vnic_answer *find_answer(const struct tnved_hnve *,
                                                  const char *vnic,
                                                  const char *vn);
static bool row_is_as_wanted(const struct tnved_hnve *,
                             const struct hnve_vnic_request *,
                             const struct nved_claim *);
static const char *get_obstacle(const struct tnved_hnve *);

struct tnved_hnve *
tnved_hnve_create(const char *remote, const char *end_device)
{
    struct ovsdb_idl *idl = ovsdb_idl_create(remote, &hnve_idl_class,
                                             false, true);
    struct tnved_hnve *h = xzalloc(sizeof *h);

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_track_add_column(idl, columns[i]);
    }
    set_conditions(idl, end_device);

    h->end_device = xstrdup(end_device);
    h->port = xstrdup("");
    h->next_seq = 1;
    h->requests = ovsdb_idl_index_create2(idl, &hnve_vnic_request_col_vnic,
                                          &hnve_vnic_request_col_vn);
    h->vnics = ovsdb_idl_index_create1(idl, &hnve_vnic_request_col_vnic);
    h->answers = ovsdb_idl_index_create2(idl, &hnve_vnic_answer_col_vnic,
                                         &hnve_vnic_answer_col_vn);
    nved_db_init(&h->db, idl, "Hypervisor_NVE database");
    return h;
}

void
tnved_hnve_destroy(struct tnved_hnve *h)
{
    if (h) {
        nved_db_uninit(&h->db);
        free(h->end_device);
        free(h->port);
        free(h);
    }
}

void
tnved_hnve_set_port(struct tnved_hnve *h, const char *port)
{
    free(h->port);
    h->port = xstrdup(port);
}

enum nved_db_event
tnved_hnve_run(struct tnved_hnve *h, struct sset *vnics)
{
    enum nved_db_event events = nved_db_run(&h->db);

    if (events & NVED_DB_CHANGED) {
        collect_changes(h, vnics);
    }
    if (events & (NVED_DB_RELOADED | NVED_DB_FAILED)) {
        collect_all(h, vnics);
    }
    ovsdb_idl_track_clear(h->db.idl);
    return events;
}

void
tnved_hnve_wait(struct tnved_hnve *h)
{
    nved_db_wait(&h->db);
}

bool
tnved_hnve_write(struct tnved_hnve *h, const struct nved_claims *claims,
                 const struct sset *vnics)
{
    const char *vnic;

    if (sset_is_empty(vnics) && !h->leaving) {
        return true;
    }
    if (!nved_db_begin(&h->db)) {
        return false;
    }
    if (h->leaving) {
        delete_rows(h);
    } else {
        SSET_FOR_EACH (vnic, vnics) {
            write_vnic(h, claims, vnic);
        }
    }
    nved_db_commit(&h->db);
    return true;
}

bool
tnved_hnve_get_answer(const struct tnved_hnve *h,
                      const struct nved_claim *claim,
                      struct tnved_answer *answer)
{
    const struct hnve_vnic_request *request
        = find_request(h, claim->vnic, claim->vn);
    const struct hnve_vnic_answer *row
        = find_answer(h, claim->vnic, claim->vn);

    /* On another port the same tag may mean another VN. */
    if (!request || !row || strcmp(row->port, h->port)) {
        return false;
    }
    *answer = (struct tnved_answer) {
        .vn = *row->vn_name ? row->vn_name : row->vn,
        .pending = nullable_string_is_equal(row->outcome, "pending"),
        .refused = (nullable_string_is_equal(row->outcome, "refused")
                    || nullable_string_is_equal(row->outcome, "withdrawn")),
        .reason = row->reason,
        .bad_addresses = &row->bad_addresses,
        .tag = row->n_tag ? *row->tag : -1,
        .vn_id = row->n_vn_id ? *row->vn_id : 0,
        .claim_seq = row->claim_seq,
        .current = (row->claim_seq == request->client_seq
                    && row_is_as_wanted(h, request, claim)),
    };
    if (!row->state || !tsi_state_from_string(row->state, &answer->state)) {
        answer->state = TSI_INIT;
    }
    return true;
}

void
tnved_hnve_get_facts(const struct tnved_hnve *h, struct nved_facts *facts)
{
    const struct nved_claim *claim = facts->judgement.claim;
    const struct hnve_vnic_request *row;
    struct nved_binding *binding;
    struct tnved_answer answer;

    facts->known = nved_db_is_known(&h->db);
    facts->obstacle = get_obstacle(h);
    if (!claim || !facts->known || h->leaving) {
        return;
    }
    row = find_request(h, claim->vnic, claim->vn);
    facts->sent = row && row_is_as_wanted(h, row, claim);
    if (facts->sent && tnved_hnve_get_answer(h, claim, &answer)) {
        facts->client_seq = row->client_seq;
        binding = xmalloc(sizeof *binding);
        *binding = tnved_answer_to_binding(&answer);
        facts->bindings = binding;
        facts->n_bindings = 1;
    }
}

void
tnved_hnve_put_facts(struct nved_facts *facts)
{
    for (size_t i = 0; i < facts->n_bindings; i++) {
        free(CONST_CAST(char *, facts->bindings[i].reason));
    }
    free(CONST_CAST(struct nved_binding *, facts->bindings));
    facts->bindings = NULL;
    facts->n_bindings = 0;
}

void
tnved_hnve_leave(struct tnved_hnve *h)
{
    h->leaving = true;
}

void
tnved_hnve_rejoin(struct tnved_hnve *h)
{
    h->leaving = false;
}

bool
tnved_hnve_is_gone(const struct tnved_hnve *h)
{
    return !hnve_vnic_request_first(h->db.idl) && !h->db.txn;
}

const struct nved_db *
tnved_hnve_db(const struct tnved_hnve *h)
{
    return &h->db;
}

const char *
tnved_hnve_status(const struct tnved_hnve *h)
{
    const struct hnve_nve_status *row = hnve_nve_status_first(h->db.idl);

    return row ? row->status : NULL;
}

int64_t
tnved_hnve_request_seq(const struct tnved_hnve *h, const char *vnic,
                       const char *vn)
{
    const struct hnve_vnic_request *row = find_request(h, vnic, vn);

    return row ? row->client_seq : -1;
}

/* Asks the server for the rows of 'end_device' only. */
static void
set_conditions(struct ovsdb_idl *idl, const char *end_device)
{
    struct ovsdb_idl_condition c = OVSDB_IDL_CONDITION_INIT(&c);

    hnve_vnic_request_add_clause_end_device(&c, OVSDB_F_EQ, end_device);
    hnve_vnic_request_set_condition(idl, &c);
    ovsdb_idl_condition_destroy(&c);

    ovsdb_idl_condition_init(&c);
    hnve_vnic_answer_add_clause_end_device(&c, OVSDB_F_EQ, end_device);
    hnve_vnic_answer_set_condition(idl, &c);
    ovsdb_idl_condition_destroy(&c);
}

/* What changed. */

/* Makes sure that no new request gets 'seq' or a lower number. */
static void
see_seq(struct tnved_hnve *h, int64_t seq)
{
    if (seq >= h->next_seq && seq <= SEQ_MAX) {
        h->next_seq = seq + 1;
    }
}

static void
collect_changes(struct tnved_hnve *h, struct sset *vnics)
{
    const struct hnve_vnic_request *request;
    const struct hnve_vnic_answer *answer;

    HNVE_VNIC_REQUEST_FOR_EACH_TRACKED (request, h->db.idl) {
        sset_add(vnics, request->vnic);
        see_seq(h, request->client_seq);
    }
    HNVE_VNIC_ANSWER_FOR_EACH_TRACKED (answer, h->db.idl) {
        sset_add(vnics, answer->vnic);
        see_seq(h, answer->claim_seq);
    }
}

static void
collect_all(const struct tnved_hnve *h, struct sset *vnics)
{
    const struct hnve_vnic_request *request;

    HNVE_VNIC_REQUEST_FOR_EACH (request, h->db.idl) {
        sset_add(vnics, request->vnic);
    }
}

/* Rows. */

static const struct hnve_vnic_request *
find_request(const struct tnved_hnve *h, const char *vnic, const char *vn)
{
    struct hnve_vnic_request *key
        = hnve_vnic_request_index_init_row(h->requests);
    const struct hnve_vnic_request *row;

    hnve_vnic_request_index_set_vnic(key, vnic);
    hnve_vnic_request_index_set_vn(key, vn);
    row = hnve_vnic_request_index_find(h->requests, key);
    hnve_vnic_request_index_destroy_row(key);
    return row;
}

static const struct hnve_vnic_answer *
find_answer(const struct tnved_hnve *h, const char *vnic, const char *vn)
{
    struct hnve_vnic_answer *key
        = hnve_vnic_answer_index_init_row(h->answers);
    const struct hnve_vnic_answer *row;

    hnve_vnic_answer_index_set_vnic(key, vnic);
    hnve_vnic_answer_index_set_vn(key, vn);
    row = hnve_vnic_answer_index_find(h->answers, key);
    hnve_vnic_answer_index_destroy_row(key);
    return row;
}

/* Returns true if 'row' says what 'claim' does.  The port is the same for all
 * of an end device: that of the uplink. */
static bool
row_is_as_wanted(const struct tnved_hnve *h,
                 const struct hnve_vnic_request *row,
                 const struct nved_claim *claim)
{
    struct nved_claim found = {
        .vnic = row->vnic,
        .vn = row->vn,
        .port = claim->port,
        .addresses = (const char *const *) row->addresses,
        .n_addresses = row->n_addresses,
        .tag = row->n_guest_tag ? *row->guest_tag : NVED_NO_TAG,
        .activate = row->state && !strcmp(row->state, "activated"),
        .migration = tsi_migration_from_string(row->migration),
    };

    return (!strcmp(row->port, h->port)
            && nved_claim_diff(claim, &found) == NVED_CLAIM_KEEP);
}

static void
fill_row(struct tnved_hnve *h, const struct hnve_vnic_request *row,
         const struct nved_claim *claim)
{
    const int64_t tag = claim->tag;

    hnve_vnic_request_set_port(row, h->port);
    hnve_vnic_request_set_guest_tag(row, &tag, tag != NVED_NO_TAG);
    hnve_vnic_request_set_addresses(
        row, CONST_CAST(const char **, claim->addresses),
        claim->n_addresses);
    hnve_vnic_request_set_state(row, claim->activate ? "activated"
                                                     : "associated");
    hnve_vnic_request_set_migration(
        row, tsi_migration_to_string(claim->migration));
    hnve_vnic_request_set_client_seq(row, h->next_seq++);
}

/* Returns true if the NVE may not have seen yet that 'row' departs. */
static bool
departure_is_unseen(const struct tnved_hnve *h,
                    const struct hnve_vnic_request *row)
{
    const struct hnve_vnic_answer *answer
        = find_answer(h, row->vnic, row->vn);

    return (tsi_migration_from_string(row->migration)
            == TSI_MIGRATION_DEPARTING
            && (!answer || answer->claim_seq != row->client_seq));
}

/* Deletes those of the requests for 'vnic' that 'claims' do not want.  They
 * are copied out of the index since writing changes it. */
static void
delete_unwanted(struct tnved_hnve *h, const struct nved_claims *claims,
                const char *vnic)
{
    struct hnve_vnic_request *key
        = hnve_vnic_request_index_init_row(h->vnics);
    const struct hnve_vnic_request **rows = NULL;
    const struct hnve_vnic_request *row;
    size_t n = 0, allocated = 0;

    hnve_vnic_request_index_set_vnic(key, vnic);
    HNVE_VNIC_REQUEST_FOR_EACH_EQUAL (row, key, h->vnics) {
        if (!nved_claims_find(claims, vnic, row->vn)
            && !departure_is_unseen(h, row)) {
            if (n >= allocated) {
                rows = x2nrealloc(rows, &allocated, sizeof *rows);
            }
            rows[n++] = row;
        }
    }
    hnve_vnic_request_index_destroy_row(key);
    for (size_t i = 0; i < n; i++) {
        hnve_vnic_request_delete(rows[i]);
    }
    free(rows);
}

/* Writes what 'claims' want for 'vnic', in the open transaction. */
static void
write_vnic(struct tnved_hnve *h, const struct nved_claims *claims,
           const char *vnic)
{
    const struct nved_claim *claim;

    for (claim = nved_claims_first(claims, vnic); claim;
         claim = claim->next) {
        const struct hnve_vnic_request *row
            = find_request(h, vnic, claim->vn);

        if (!row) {
            row = hnve_vnic_request_insert(h->db.txn);
            hnve_vnic_request_set_end_device(row, h->end_device);
            hnve_vnic_request_set_vnic(row, vnic);
            hnve_vnic_request_set_vn(row, claim->vn);
            fill_row(h, row, claim);
        } else if (!row_is_as_wanted(h, row, claim)) {
            fill_row(h, row, claim);
        }
    }
    delete_unwanted(h, claims, vnic);
}

/* Deletes all our rows, in the open transaction. */
static void
delete_rows(struct tnved_hnve *h)
{
    const struct hnve_vnic_request *row;

    HNVE_VNIC_REQUEST_FOR_EACH_SAFE (row, h->db.idl) {
        hnve_vnic_request_delete(row);
    }
}

/* Returns why no request can be sent now, or NULL; valid until the next
 * run. */
static const char *
get_obstacle(const struct tnved_hnve *h)
{
    if (h->leaving) {
        return "this end device is deregistered";
    }
    if (!nved_db_is_connected(&h->db)) {
        return "no connection to the external NVE";
    }
    return h->db.error;
}
