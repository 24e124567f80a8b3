/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Verdicts into rows.
 *
 * A transaction is made right after core_run(), so that what the model has is
 * what the rows in memory say.  It waits on Epoch.number, writes up to 'batch'
 * verdicts, and when none is left, Epoch.sync_done: who waits for sync_done
 * finds the bindings written.
 *
 *     success            verdicts done, the batch doubles
 *     try again          verdicts wait once more; delay doubles to 5 s
 *     refused, n > 1     the same, batch of 1, to find the culprit
 *     refused, n == 1    logged and given up: others must not wait for it
 *
 * The IDL leaves out a write of what the column has already. */

#include <config.h>
#include "controller/db-private.h"

#include <inttypes.h>

#include "controller/core.h"
#include "controller/model.h"
#include "lib/nvo3-idl.h"
#include "lib/ovsdb-idl.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(db_verdicts);

#define BATCH_MAX 2000
#define BACK_OFF_MIN_MS 50
#define BACK_OFF_MAX_MS 5000

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

static bool write_verdicts(struct db *);
static void write_verdict(struct db *, const struct verdict *);
static void write_vn(struct db *, const struct model_vn *);
static void write_vnic(struct db *, const struct model_vnic *);
static void write_attachment(const struct nvo3_vnic_vn *,
                             const struct model_attachment *);
static void write_nve(struct db *, const struct model_nve *);
static void write_binding(struct db *, const struct model_binding *);
static void finish(struct db *, enum ovsdb_idl_txn_status);

static bool
sync_done_pending(const struct db *db)
{
    const struct nvo3_epoch *epoch = nvo3_epoch_first(db->idl);

    return epoch && epoch->sync_done < core_sync_done(db->core);
}

bool
db_verdicts_pending(const struct db *db)
{
    return model_has_verdicts(db->model) || sync_done_pending(db);
}

void
db_verdicts_begin(struct db *db)
{
    if (db->state != DB_RUNNING || db->txn || time_msec() < db->retry_at
        || !ovsdb_idl_is_connected(db->idl) || !db_verdicts_pending(db)) {
        return;
    }
    db->txn = ovsdb_idl_txn_create(db->idl);
    nvo3_epoch_verify_number(nvo3_epoch_first(db->idl));
    if (write_verdicts(db) && sync_done_pending(db)) {
        nvo3_epoch_set_sync_done(nvo3_epoch_first(db->idl),
                                 core_sync_done(db->core));
    }
    db_verdicts_run(db);
}

void
db_verdicts_run(struct db *db)
{
    if (db->txn) {
        enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(db->txn);

        if (status != TXN_INCOMPLETE) {
            finish(db, status);
        }
    }
}

/* The transaction ended with 'status'. */
static void
finish(struct db *db, enum ovsdb_idl_txn_status status)
{
    bool ok = status == TXN_SUCCESS || status == TXN_UNCHANGED;
    bool refused = status == TXN_ERROR;
    bool give_up = refused && db->n_in_txn == 1;

    if (refused) {
        VLOG_ERR_RL(&rl, "%s: the database refused %"PRIuSIZE" verdict(s)%s: "
                    "%s", db->remote, db->n_in_txn,
                    give_up ? ", giving up on that one" : "",
                    ovsdb_idl_txn_get_error(db->txn));
        db->stats.n_errors++;
    }
    ovsdb_idl_txn_destroy(db->txn);
    db->txn = NULL;
    model_verdicts_done(db->model, ok || give_up);
    if (ok) {
        db->stats.n_txns += status == TXN_SUCCESS;
        db->stats.n_verdicts += db->n_in_txn;
        db->batch = MIN(db->batch * 2, BATCH_MAX);
        db->backoff_ms = 0;
    } else if (refused) {
        db->batch = 1;
        if (!db->n_in_txn) {
            db_back_off(db);
        }
    } else {
        db->stats.n_retries++;
        db_back_off(db);
    }
}

void
db_back_off(struct db *db)
{
    db->backoff_ms = MIN(MAX(db->backoff_ms * 2, BACK_OFF_MIN_MS),
                         BACK_OFF_MAX_MS);
    db->retry_at = time_msec() + db->backoff_ms;
}

/* Puts verdicts in the transaction.  Returns true if none is left over. */
static bool
write_verdicts(struct db *db)
{
    struct verdict verdict;

    for (db->n_in_txn = 0; db->n_in_txn < db->batch; db->n_in_txn++) {
        if (!model_next_verdict(db->model, &verdict)) {
            return true;
        }
        write_verdict(db, &verdict);
    }
    return !model_has_verdicts(db->model);
}

static void
write_verdict(struct db *db, const struct verdict *verdict)
{
    switch (verdict->type) {
    case VERDICT_VN:
        write_vn(db, verdict->vn);
        break;
    case VERDICT_VNIC:
        write_vnic(db, verdict->vnic);
        break;
    case VERDICT_NVE:
        write_nve(db, verdict->nve);
        break;
    case VERDICT_BINDING:
        write_binding(db, verdict->binding);
        break;
    default:
        OVS_NOT_REACHED();
    }
}

/* Returns the row of 'kind' called 'name', or NULL if there is none. */
#define FIND(KIND, TYPE, NAME)                                          \
    nvo3_##TYPE##_find(db_row_by_name(db, KIND, NAME))

static const struct nvo3_vn *
nvo3_vn_find(const struct ovsdb_idl_row *row)
{
    return row ? CONTAINER_OF(row, struct nvo3_vn, header_) : NULL;
}

static const struct nvo3_vnic *
nvo3_vnic_find(const struct ovsdb_idl_row *row)
{
    return row ? CONTAINER_OF(row, struct nvo3_vnic, header_) : NULL;
}

static const struct nvo3_nve *
nvo3_nve_find(const struct ovsdb_idl_row *row)
{
    return row ? CONTAINER_OF(row, struct nvo3_nve, header_) : NULL;
}

static void
write_vn(struct db *db, const struct model_vn *vn)
{
    const struct nvo3_vn *row = FIND(DB_VN, vn, vn->name);

    if (row) {
        int64_t vn_id = vn->vn_id;
        char *status = model_vn_status(vn);

        nvo3_vn_set_vn_id(row, &vn_id, vn_id != 0);
        nvo3_vn_set_status(row, status);
        free(status);
    }
}

static void
write_vnic(struct db *db, const struct model_vnic *vnic)
{
    const struct nvo3_vnic *row = FIND(DB_VNIC, vnic, vnic->name);

    if (row) {
        char *status = model_vnic_status(vnic);

        nvo3_vnic_set_status(row, status);
        free(status);
        for (size_t i = 0; i < MIN(row->n_vns, vnic->n_vns); i++) {
            write_attachment(row->vns[i], vnic->vns[i]);
        }
    }
}

/* 'row' is what 'attachment' was made from: the order of rows and the order in
 * the model are the same.  Compared all the same, so that a status can not go
 * to the wrong row. */
static void
write_attachment(const struct nvo3_vnic_vn *row,
                 const struct model_attachment *attachment)
{
    char *status;

    if (strcmp(row->vn, attachment->vn->name)) {
        return;
    }
    status = model_attachment_status(attachment);
    nvo3_vnic_vn_set_status(row, status);
    free(status);
    for (size_t i = 0; i < MIN(row->n_macs, attachment->n_macs); i++) {
        const struct model_mac *mac = &attachment->macs[i];

        if (!strcmp(row->macs[i]->mac, mac->text)) {
            status = model_mac_status(mac);
            nvo3_vnic_mac_set_status(row->macs[i], status);
            free(status);
        }
    }
}

/* An NVE that was admitted by its registration gets a row. */
static void
write_nve(struct db *db, const struct model_nve *nve)
{
    const struct nvo3_nve *row = FIND(DB_NVE, nve, nve->name);

    if (!row && nve->admitted) {
        row = nvo3_nve_insert(db->txn);
        nvo3_nve_set_name(row, nve->name);
        VLOG_INFO("%s: NVE admitted by its registration", nve->name);
    }
    if (row) {
        char *status = model_nve_status(nve);

        nvo3_nve_set_connected(row, nve->connected);
        nvo3_nve_set_status(row, status);
        free(status);
    }
}

static const struct nvo3_binding *
find_binding(const struct db *db, const struct model_binding *binding)
{
    struct nvo3_binding *key = nvo3_binding_index_init_row(db->bindings);
    const struct nvo3_binding *row;

    nvo3_binding_index_set_vnic(key, binding->vnic);
    nvo3_binding_index_set_vn(key, binding->vn);
    nvo3_binding_index_set_nve(key, binding->nve);
    row = nvo3_binding_index_find(db->bindings, key);
    nvo3_binding_index_destroy_row(key);
    return row;
}

static void
write_gleaned(const struct nvo3_binding *row,
              const struct model_binding *binding)
{
    size_t n = ovs_list_size(&binding->gleaned);
    char **gleaned = xcalloc(MAX(n, 1), sizeof *gleaned);
    const struct model_gleaned *g;
    size_t i = 0;

    LIST_FOR_EACH (g, node, &binding->gleaned) {
        gleaned[i++] = model_gleaned_to_string(g);
    }
    nvo3_binding_set_gleaned(row, (const char **) gleaned, n);
    for (i = 0; i < n; i++) {
        free(gleaned[i]);
    }
    free(gleaned);
}

static void
write_binding(struct db *db, const struct model_binding *binding)
{
    const struct nvo3_binding *row = find_binding(db, binding);

    if (binding->gone) {
        if (row) {
            nvo3_binding_delete(row);
        }
        return;
    }
    if (!row) {
        row = nvo3_binding_insert(db->txn);
        nvo3_binding_set_vnic(row, binding->vnic);
        nvo3_binding_set_vn(row, binding->vn);
        nvo3_binding_set_nve(row, binding->nve);
    }
    nvo3_binding_set_state(row, binding_state_to_string(binding->state));
    nvo3_binding_set_reason(row, binding->reason ? binding->reason : "");
    nvo3_binding_set_generation(row, binding->generation);
    nvo3_binding_set_epoch(row, binding->epoch);
    nvo3_binding_set_claim_seq(row, binding->claim_seq);
    write_gleaned(row, binding);
}
