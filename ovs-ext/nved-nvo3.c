/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-nvo3.h"

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-idl.h"
#include "openvswitch/vlog.h"
#include "ovs-ext/nved-claims.h"
#include "ovs-ext/nved-vns.h"
#include "ovsdb-idl.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nved_nvo3);

/* The priority of our one tunnel endpoint. */
#define ENDPOINT_PRIORITY 100

/* A sequence number beyond this is not believed. */
#define SEQ_MAX (INT64_MAX / 2)

struct nved_nvo3 {
    struct nved_db db;
    char *nve;
    struct ovsdb_idl_index *claims;     /* VNIC_Claim by VNIC. */
    struct ovsdb_idl_index *bindings;   /* Binding by VNIC. */
    struct nved_vns vns;        /* Of the Bindings. */
    int64_t next_seq;           /* Greater than all seen or used. */
    bool leaving;

    /* The datapath id that our registration had once we wrote it, or NULL.
     * If it becomes another without us, another agent has our name. */
    char *held;
    bool contested;
};

static const struct ovsdb_idl_column *const columns[] = {
    &nvo3_nve_col_name,
    &nvo3_nve_col_status,
    &nvo3_nve_registration_col_bridge,
    &nvo3_nve_registration_col_datapath_id,
    &nvo3_nve_registration_col_endpoints,
    &nvo3_nve_registration_col_nve,
    &nvo3_nve_registration_col_tunnel_port,
    &nvo3_vnic_claim_col_addresses,
    &nvo3_vnic_claim_col_client_seq,
    &nvo3_vnic_claim_col_nve,
    &nvo3_vnic_claim_col_port,
    &nvo3_vnic_claim_col_state,
    &nvo3_vnic_claim_col_tag,
    &nvo3_vnic_claim_col_vn,
    &nvo3_vnic_claim_col_vnic,
    &nvo3_binding_col_claim_seq,
    &nvo3_binding_col_nve,
    &nvo3_binding_col_reason,
    &nvo3_binding_col_state,
    &nvo3_binding_col_vn,
    &nvo3_binding_col_vnic,
};

static void set_conditions(struct ovsdb_idl *, const char *nve);
static void collect_changes(struct nved_nvo3 *, struct sset *vnics);
static const struct nvo3_nve_registration *get_registration(
    const struct nved_nvo3 *);
static bool may_write(const struct nved_nvo3 *,
                      const struct nved_registration *);
static bool registration_is_due(const struct nvo3_nve_registration *,
                                const struct nved_registration *);
static void check_contest(struct nved_nvo3 *,
                          const struct nved_registration *);
static void delete_rows(struct nved_nvo3 *);
static void write_registration(struct nved_nvo3 *,
                               const struct nved_registration *);
static void write_vnic(struct nved_nvo3 *, const struct nved_claim_source *,
                       const char *vnic);
static struct nved_claim claim_from_row(const struct nvo3_vnic_claim *);
static const struct nvo3_vnic_claim *find_claim(const struct nved_nvo3 *,
                                                const char *vnic,
                                                const char *vn);
static bool row_is_as_wanted(const struct nvo3_vnic_claim *,
                             const struct nved_claim *);
static struct nved_binding *get_bindings(const struct nved_nvo3 *,
                                         const struct nved_claim *,
                                         const struct nved_claim *first,
                                         size_t *n);
static bool are_complete(const struct nved_nvo3 *,
                         const struct nved_binding *, size_t n);

struct nved_nvo3 *
nved_nvo3_create(const char *remote, const char *nve)
{
    struct ovsdb_idl *idl = ovsdb_idl_create(remote, &nvo3_idl_class,
                                             false, true);
    struct nved_nvo3 *n = xzalloc(sizeof *n);

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_track_add_column(idl, columns[i]);
    }
    /* Any member of a cluster can serve us; writes go through the leader. */
    ovsdb_idl_set_leader_only(idl, false);
    set_conditions(idl, nve);

    n->nve = xstrdup(nve);
    n->next_seq = 1;
    n->claims = ovsdb_idl_index_create1(idl, &nvo3_vnic_claim_col_vnic);
    n->bindings = ovsdb_idl_index_create1(idl, &nvo3_binding_col_vnic);
    nved_vns_init(&n->vns, idl);
    nved_db_init(&n->db, idl, "NVO3 database");
    return n;
}

void
nved_nvo3_destroy(struct nved_nvo3 *n)
{
    if (n) {
        nved_db_uninit(&n->db);
        nved_vns_uninit(&n->vns);
        free(n->nve);
        free(n->held);
        free(n);
    }
}

enum nved_db_event
nved_nvo3_run(struct nved_nvo3 *n, struct sset *vnics)
{
    enum nved_db_event events = nved_db_run(&n->db);

    if (events & NVED_DB_CHANGED) {
        collect_changes(n, vnics);
    }
    if (events & (NVED_DB_RELOADED | NVED_DB_FAILED)) {
        nved_nvo3_all_claims(n, vnics);
    }
    if (events & NVED_DB_RELOADED) {
        free(n->held);
        n->held = NULL;
    }
    nved_vns_run(&n->vns, events & NVED_DB_RELOADED, vnics);
    ovsdb_idl_track_clear(n->db.idl);
    return events;
}

void
nved_nvo3_wait(struct nved_nvo3 *n)
{
    nved_db_wait(&n->db);
}

bool
nved_nvo3_write(struct nved_nvo3 *n, const struct nved_registration *reg,
                const struct nved_claim_source *source,
                const struct sset *vnics)
{
    const struct nvo3_nve_registration *row = get_registration(n);
    const char *vnic;

    check_contest(n, reg);
    if (!n->leaving && (n->contested || !may_write(n, reg))) {
        return false;
    }
    if (sset_is_empty(vnics) && !n->leaving
        && !registration_is_due(row, reg)) {
        return true;
    }
    if (!nved_db_begin(&n->db)) {
        return false;
    }
    if (n->leaving) {
        delete_rows(n);
    } else {
        write_registration(n, reg);
        SSET_FOR_EACH (vnic, vnics) {
            write_vnic(n, source, vnic);
        }
    }
    nved_db_commit(&n->db);
    return true;
}

struct nved_binding *
nved_nvo3_get_facts(const struct nved_nvo3 *n,
                    const struct nved_claim_source *source,
                    struct nved_facts *facts)
{
    const struct nved_claim *claim = facts->judgement.claim;
    const struct nvo3_vnic_claim *row;
    struct nved_binding *bindings = NULL;

    facts->known = nved_db_is_known(&n->db);
    facts->obstacle = nved_nvo3_obstacle(n);
    if (claim && facts->known && !n->leaving) {
        row = find_claim(n, claim->vnic, claim->vn);
        facts->sent = row && row_is_as_wanted(row, claim);
        if (facts->sent) {
            facts->client_seq = row->client_seq;
            bindings = get_bindings(n, claim,
                                    source->first(source->aux, claim->vnic),
                                    &facts->n_bindings);
            facts->bindings = bindings;
            facts->incomplete = !are_complete(n, bindings,
                                              facts->n_bindings);
        }
    }
    return bindings;
}

void
nved_nvo3_set_wants(struct nved_nvo3 *n, struct nved_wants *wants)
{
    nved_vns_set_wants(&n->vns, wants);
}

bool
nved_nvo3_feed(struct nved_nvo3 *n, struct split *split)
{
    return nved_vns_feed(&n->vns, split) && nved_db_is_known(&n->db);
}

void
nved_nvo3_all_claims(const struct nved_nvo3 *n, struct sset *vnics)
{
    const struct nvo3_vnic_claim *claim;

    NVO3_VNIC_CLAIM_FOR_EACH (claim, n->db.idl) {
        sset_add(vnics, claim->vnic);
    }
}

void
nved_nvo3_list_claims(const struct nved_nvo3 *n,
                      void (*note)(void *aux, const struct nved_claim *),
                      void *aux)
{
    const struct nvo3_vnic_claim *row;

    NVO3_VNIC_CLAIM_FOR_EACH (row, n->db.idl) {
        const struct nved_claim claim = claim_from_row(row);

        note(aux, &claim);
    }
}

const char *
nved_nvo3_vn_name(const struct nved_nvo3 *n, uint32_t vn_id)
{
    const struct nvo3_vn *vn;

    NVO3_VN_FOR_EACH (vn, n->db.idl) {
        if (vn->n_vn_id && *vn->vn_id == vn_id) {
            return vn->name;
        }
    }
    return NULL;
}

const char *
nved_nvo3_obstacle(const struct nved_nvo3 *n)
{
    if (n->leaving) {
        return "this NVE is deregistered";
    }
    if (n->contested) {
        return "another agent has registered this NVE";
    }
    if (!nved_db_is_connected(&n->db)) {
        return "no connection to the NVO3 database";
    }
    return n->db.error;
}

void
nved_nvo3_leave(struct nved_nvo3 *n)
{
    n->leaving = true;
}

void
nved_nvo3_rejoin(struct nved_nvo3 *n)
{
    n->leaving = false;
}

bool
nved_nvo3_is_leaving(const struct nved_nvo3 *n)
{
    return n->leaving;
}

bool
nved_nvo3_is_gone(const struct nved_nvo3 *n)
{
    return (!get_registration(n) && !nvo3_vnic_claim_first(n->db.idl)
            && !n->db.txn);
}

bool
nved_nvo3_cannot_leave(const struct nved_nvo3 *n)
{
    return n->contested || n->db.error;
}

bool
nved_nvo3_is_registered(const struct nved_nvo3 *n)
{
    return get_registration(n) && !n->contested;
}

char *
nved_nvo3_problem(const struct nved_nvo3 *n)
{
    const struct nvo3_nve *nve = nvo3_nve_first(n->db.idl);

    if (n->contested) {
        return xasprintf("another agent has registered NVE \"%s\": set "
                         "external_ids:nvo3-nve-name to a name of its own "
                         "on one of the hosts, and restart ovs-nved",
                         n->nve);
    }
    if (n->db.error) {
        return xasprintf("the NVO3 database refuses what NVE \"%s\" writes: "
                         "%s", n->nve, n->db.error);
    }
    if (nve && !strncmp(nve->status, "refused", 7)) {
        return xasprintf("NVE \"%s\" is %s", n->nve, nve->status);
    }
    return NULL;
}

const struct nved_db *
nved_nvo3_db(const struct nved_nvo3 *n)
{
    return &n->db;
}

int64_t
nved_nvo3_claim_seq(const struct nved_nvo3 *n, const char *vnic,
                    const char *vn)
{
    const struct nvo3_vnic_claim *row = find_claim(n, vnic, vn);

    return row ? row->client_seq : -1;
}

/* Asks the server for the rows of 'nve' only. */
static void
set_conditions(struct ovsdb_idl *idl, const char *nve)
{
    struct ovsdb_idl_condition c = OVSDB_IDL_CONDITION_INIT(&c);

    nvo3_nve_add_clause_name(&c, OVSDB_F_EQ, nve);
    nvo3_nve_set_condition(idl, &c);
    ovsdb_idl_condition_destroy(&c);

    ovsdb_idl_condition_init(&c);
    nvo3_nve_registration_add_clause_nve(&c, OVSDB_F_EQ, nve);
    nvo3_nve_registration_set_condition(idl, &c);
    ovsdb_idl_condition_destroy(&c);

    ovsdb_idl_condition_init(&c);
    nvo3_vnic_claim_add_clause_nve(&c, OVSDB_F_EQ, nve);
    nvo3_vnic_claim_set_condition(idl, &c);
    ovsdb_idl_condition_destroy(&c);

    ovsdb_idl_condition_init(&c);
    nvo3_binding_add_clause_nve(&c, OVSDB_F_EQ, nve);
    nvo3_binding_set_condition(idl, &c);
    ovsdb_idl_condition_destroy(&c);
}

/* What changed. */

/* Makes sure that no new claim gets 'seq' or a lower number. */
static void
see_seq(struct nved_nvo3 *n, int64_t seq)
{
    if (seq >= n->next_seq && seq <= SEQ_MAX) {
        n->next_seq = seq + 1;
    }
}

static void
collect_changes(struct nved_nvo3 *n, struct sset *vnics)
{
    const struct nvo3_vnic_claim *claim;
    const struct nvo3_binding *binding;

    NVO3_VNIC_CLAIM_FOR_EACH_TRACKED (claim, n->db.idl) {
        sset_add(vnics, claim->vnic);
        see_seq(n, claim->client_seq);
    }
    NVO3_BINDING_FOR_EACH_TRACKED (binding, n->db.idl) {
        sset_add(vnics, binding->vnic);
        see_seq(n, binding->claim_seq);
    }
}

/* Registration. */

static const struct nvo3_nve_registration *
get_registration(const struct nved_nvo3 *n)
{
    return nvo3_nve_registration_first(n->db.idl);
}

static bool
registration_matches(const struct nvo3_nve_registration *row,
                     const struct nved_registration *reg)
{
    return (!strcmp(row->datapath_id, reg->datapath_id)
            && row->n_endpoints == 1
            && !strcmp(row->key_endpoints[0], reg->encap_ip)
            && row->value_endpoints[0] == ENDPOINT_PRIORITY
            && !strcmp(row->bridge, reg->bridge)
            && !strcmp(row->tunnel_port, reg->tunnel_port));
}

/* Returns true if the rows of our NVE are ours to write.  Before our datapath
 * id is known, those with another endpoint may be another agent's of the same
 * name, who would write them again, and so on for ever. */
static bool
may_write(const struct nved_nvo3 *n, const struct nved_registration *reg)
{
    const struct nvo3_nve_registration *row = get_registration(n);

    return (reg->datapath_id
            || (row && row->n_endpoints == 1
                && !strcmp(row->key_endpoints[0], reg->encap_ip)));
}

/* Returns true if the registration should be written. */
static bool
registration_is_due(const struct nvo3_nve_registration *row,
                    const struct nved_registration *reg)
{
    return reg->datapath_id && !(row && registration_matches(row, reg));
}

/* Finds out whether somebody else has put another datapath id where ours
 * was.  Two agents of one name would otherwise overwrite each other for
 * ever. */
static void
check_contest(struct nved_nvo3 *n, const struct nved_registration *reg)
{
    const struct nvo3_nve_registration *row = get_registration(n);
    bool was_contested = n->contested;

    n->contested = (row && n->held && reg->datapath_id && !n->leaving
                    && !strcmp(n->held, reg->datapath_id)
                    && strcmp(n->held, row->datapath_id));
    if (n->contested && !was_contested) {
        char *problem = nved_nvo3_problem(n);

        VLOG_WARN("%s (its datapath id is %s, ours %s)", problem,
                  row->datapath_id, n->held);
        free(problem);
    }
    if (row && reg->datapath_id
        && !strcmp(row->datapath_id, reg->datapath_id)
        && (!n->held || strcmp(n->held, row->datapath_id))) {
        free(n->held);
        n->held = xstrdup(row->datapath_id);
    }
}

static void
write_registration(struct nved_nvo3 *n, const struct nved_registration *reg)
{
    const struct nvo3_nve_registration *row = get_registration(n);
    const int64_t priority = ENDPOINT_PRIORITY;
    const char *ip = reg->encap_ip;

    if (!registration_is_due(row, reg)) {
        return;
    }
    VLOG_INFO("registering NVE \"%s\" with endpoint %s", n->nve, ip);
    if (!row) {
        row = nvo3_nve_registration_insert(n->db.txn);
        nvo3_nve_registration_set_nve(row, n->nve);
    } else {
        /* If another agent writes at the same time, one of us must see the
         * other's before it writes, or each would take the other for the one
         * that came later. */
        nvo3_nve_registration_verify_datapath_id(row);
    }
    nvo3_nve_registration_set_datapath_id(row, reg->datapath_id);
    nvo3_nve_registration_set_endpoints(row, &ip, &priority, 1);
    nvo3_nve_registration_set_bridge(row, reg->bridge);
    nvo3_nve_registration_set_tunnel_port(row, reg->tunnel_port);
}

/* Deletes all our rows, in the open transaction. */
static void
delete_rows(struct nved_nvo3 *n)
{
    const struct nvo3_nve_registration *row;
    const struct nvo3_vnic_claim *claim;

    NVO3_VNIC_CLAIM_FOR_EACH_SAFE (claim, n->db.idl) {
        nvo3_vnic_claim_delete(claim);
    }
    NVO3_NVE_REGISTRATION_FOR_EACH_SAFE (row, n->db.idl) {
        nvo3_nve_registration_delete(row);
    }
}

/* Claims. */

/* Returns what 'row' says; the strings are the row's. */
static struct nved_claim
claim_from_row(const struct nvo3_vnic_claim *row)
{
    return (struct nved_claim) {
        .vnic = row->vnic,
        .vn = row->vn,
        .port = row->port,
        .addresses = (const char *const *) row->addresses,
        .n_addresses = row->n_addresses,
        .tag = row->n_tag ? *row->tag : NVED_NO_TAG,
        .activate = row->state && !strcmp(row->state, "activated"),
    };
}

static bool
row_is_as_wanted(const struct nvo3_vnic_claim *row,
                 const struct nved_claim *wanted)
{
    struct nved_claim found = claim_from_row(row);

    found.migration = wanted->migration; /* The table has no such column. */
    return nved_claim_diff(wanted, &found) == NVED_CLAIM_KEEP;
}

/* Returns the rows for 'vnic', to be freed with free(), and their number in
 * '*np'.  They are copied out of the index since writing changes it. */
static const struct nvo3_vnic_claim **
get_rows(const struct nved_nvo3 *n, const char *vnic, size_t *np)
{
    struct nvo3_vnic_claim *key = nvo3_vnic_claim_index_init_row(n->claims);
    const struct nvo3_vnic_claim **rows = NULL;
    const struct nvo3_vnic_claim *row;
    size_t allocated = 0;

    *np = 0;
    nvo3_vnic_claim_index_set_vnic(key, vnic);
    NVO3_VNIC_CLAIM_FOR_EACH_EQUAL (row, key, n->claims) {
        if (*np >= allocated) {
            rows = x2nrealloc(rows, &allocated, sizeof *rows);
        }
        rows[(*np)++] = row;
    }
    nvo3_vnic_claim_index_destroy_row(key);
    return rows;
}

static const struct nvo3_vnic_claim *
find_row(const struct nvo3_vnic_claim **rows, size_t n, const char *vn)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(rows[i]->vn, vn)) {
            return rows[i];
        }
    }
    return NULL;
}

static const struct nvo3_vnic_claim *
find_claim(const struct nved_nvo3 *n, const char *vnic, const char *vn)
{
    size_t n_rows;
    const struct nvo3_vnic_claim **rows = get_rows(n, vnic, &n_rows);
    const struct nvo3_vnic_claim *row = find_row(rows, n_rows, vn);

    free(rows);
    return row;
}

/* Makes 'row' say what 'claim' does. */
static void
fill_row(struct nved_nvo3 *n, const struct nvo3_vnic_claim *row,
         const struct nved_claim *claim)
{
    const int64_t tag = claim->tag;

    nvo3_vnic_claim_set_port(row, claim->port);
    nvo3_vnic_claim_set_tag(row, &tag, tag != NVED_NO_TAG);
    nvo3_vnic_claim_set_addresses(
        row, CONST_CAST(const char **, claim->addresses),
        claim->n_addresses);
    nvo3_vnic_claim_set_state(row, claim->activate ? "activated"
                                                   : "associated");
    nvo3_vnic_claim_set_client_seq(row, n->next_seq++);
}

/* Deletes those of 'rows' that no claim from 'first' on wants. */
static void
delete_unwanted(const struct nvo3_vnic_claim **rows, size_t n_rows,
                const struct nved_claim *first, bool tagged)
{
    for (size_t i = 0; i < n_rows; i++) {
        const struct nved_claim *claim = first;

        while (claim && strcmp(claim->vn, rows[i]->vn)) {
            claim = claim->next;
        }
        if (!claim && (tagged || !rows[i]->n_tag)) {
            nvo3_vnic_claim_delete(rows[i]);
        }
    }
}

/* Writes what 'source' wants for 'vnic', in the open transaction. */
static void
write_vnic(struct nved_nvo3 *n, const struct nved_claim_source *source,
           const char *vnic)
{
    size_t n_rows;
    const struct nvo3_vnic_claim **rows = get_rows(n, vnic, &n_rows);
    const struct nved_claim *first = source->first(source->aux, vnic);

    for (const struct nved_claim *claim = first; claim;
         claim = claim->next) {
        const struct nvo3_vnic_claim *row = find_row(rows, n_rows, claim->vn);

        if (!row) {
            row = nvo3_vnic_claim_insert(n->db.txn);
            nvo3_vnic_claim_set_nve(row, n->nve);
            nvo3_vnic_claim_set_vnic(row, vnic);
            nvo3_vnic_claim_set_vn(row, claim->vn);
            fill_row(n, row, claim);
        } else if (!row_is_as_wanted(row, claim)) {
            fill_row(n, row, claim);
        }
    }
    delete_unwanted(rows, n_rows, first, source->knows_tagged);
    free(rows);
}

/* Facts. */

/* Returns the Bindings that answer 'claim', one of those that begin with
 * 'first', and their number in '*np'. */
static struct nved_binding *
get_bindings(const struct nved_nvo3 *n, const struct nved_claim *claim,
             const struct nved_claim *first, size_t *np)
{
    struct nvo3_binding *key = nvo3_binding_index_init_row(n->bindings);
    struct nved_binding *bindings = NULL;
    const struct nvo3_binding *row;
    size_t allocated = 0;

    *np = 0;
    nvo3_binding_index_set_vnic(key, claim->vnic);
    NVO3_BINDING_FOR_EACH_EQUAL (row, key, n->bindings) {
        if (!nved_claim_is_answered(claim, first, row->vn)) {
            continue;
        }
        if (*np >= allocated) {
            bindings = x2nrealloc(bindings, &allocated, sizeof *bindings);
        }
        bindings[(*np)++] = (struct nved_binding) {
            .vn = row->vn,
            .reason = row->reason,
            .state = nved_state_from_string(row->state),
            .claim_seq = row->claim_seq,
            .vn_id = nved_vns_find(&n->vns, row->vn),
        };
    }
    nvo3_binding_index_destroy_row(key);
    return bindings;
}

/* Returns true if all VN IDs of 'bindings' are there, or will not come. */
static bool
are_complete(const struct nved_nvo3 *n, const struct nved_binding *bindings,
             size_t n_bindings)
{
    if (nved_vns_are_complete(&n->vns) || !nved_db_is_connected(&n->db)) {
        return true;
    }
    for (size_t i = 0; i < n_bindings; i++) {
        if (!bindings[i].vn_id) {
            return false;
        }
    }
    return true;
}
