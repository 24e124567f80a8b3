/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/db.h"

#include <inttypes.h>

#include "controller/core.h"
#include "controller/db-private.h"
#include "controller/model.h"
#include "lib/loop.h"
#include "lib/nvo3-idl.h"
#include "lib/ovsdb-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(db);

/* The highest number that an epoch may have: generations have it in their upper
 * half. */
#define EPOCH_MAX (INT32_MAX - 1)

/* Silence after which a database that is not on this machine is probed. */
#define PROBE_INTERVAL_MS 5000

static void db_run(void *db_);
static void db_wait(void *db_);
static void note_connection(struct db *);
static void step(struct db *);
static void claim_run(struct db *);
static bool claim_begin(struct db *);
static void claim_finish(struct db *, enum ovsdb_idl_txn_status);
static void enter_running(struct db *);
static void follow(struct db *);
static char *check_epoch(const struct db *);
static void set_guard(struct db *, char *reason);
static void set_deposed(struct db *, const struct nvo3_epoch *);

static const char *const state_names[] = {
    [DB_CONNECTING] = "connecting",
    [DB_CLAIMING] = "claiming the epoch",
    [DB_LOADING] = "loading",
    [DB_RUNNING] = "running",
    [DB_GUARDED] = "guarded",
    [DB_DEPOSED] = "deposed",
};

struct db *
db_create(struct core *core, const struct db_config *config,
          const struct db_callbacks *cb)
{
    struct db *db = xzalloc(sizeof *db);

    db->core = core;
    db->model = core_model(core);
    db->cb = *cb;
    db->remote = xstrdup(config->remote);
    db->director = xstrdup(config->director);
    db->last_epoch = config->last_epoch;
    db->batch = 100;
    for (enum db_kind kind = 0; kind < DB_N_KINDS; kind++) {
        hmap_init(&db->by_uuid[kind]);
        hmap_init(&db->by_name[kind]);
    }

    db->idl = ovsdb_idl_create(db->remote, &nvo3_idl_class, false, true);
    ovsdb_idl_set_leader_only(db->idl, false);
    ovsdb_idl_set_probe_interval(db->idl, PROBE_INTERVAL_MS);
    db_monitor(db->idl);
    const struct ovsdb_idl_index_column columns[] = {
        { .column = &nvo3_binding_col_vnic },
        { .column = &nvo3_binding_col_vn },
        { .column = &nvo3_binding_col_nve },
    };
    db->bindings = ovsdb_idl_index_create(db->idl, columns,
                                          ARRAY_SIZE(columns));
    db->task = loop_task_create("db", db_run, db_wait, db);
    return db;
}

void
db_destroy(struct db *db)
{
    if (db) {
        loop_task_destroy(db->task);
        if (db->txn) {
            ovsdb_idl_txn_destroy(db->txn);
        }
        ovsdb_idl_destroy(db->idl);
        db_objects_clear(db);
        for (enum db_kind kind = 0; kind < DB_N_KINDS; kind++) {
            hmap_destroy(&db->by_uuid[kind]);
            hmap_destroy(&db->by_name[kind]);
        }
        free(db->guard);
        free(db->remote);
        free(db->director);
        free(db);
    }
}

void
db_core_ran(struct db *db)
{
    bool was_idle = !db->txn;

    db_verdicts_begin(db);
    if (was_idle && (db->txn || db_verdicts_pending(db))) {
        loop_task_wake(db->task);
    }
}

int64_t
db_epoch(const struct db *db)
{
    return db->epoch;
}

bool
db_is_guarded(const struct db *db)
{
    return db->state == DB_GUARDED;
}

bool
db_is_connected(const struct db *db)
{
    return ovsdb_idl_is_connected(db->idl);
}

struct db_stats
db_get_stats(const struct db *db)
{
    return db->stats;
}

void
db_format_status(const struct db *db, struct ds *s)
{
    const struct nvo3_epoch *epoch = nvo3_epoch_first(db->idl);

    ds_put_format(s, "remote: %s, %sconnected\n", db->remote,
                  db_is_connected(db) ? "" : "not ");
    ds_put_format(s, "state: %s\n", state_names[db->state]);
    if (db->guard) {
        ds_put_format(s, "guard: %s\n", db->guard);
    }
    ds_put_format(s, "director: %s, epoch %"PRId64"\n", db->director,
                  db->epoch);
    if (epoch) {
        ds_put_format(s, "database: director %s, epoch %"PRId64
                      ", sync done %"PRId64"\n", epoch->director,
                      epoch->number, epoch->sync_done);
    } else {
        ds_put_cstr(s, "database: no epoch\n");
    }
    for (enum db_kind kind = 0; kind < DB_N_KINDS; kind++) {
        ds_put_format(s, "%s%s %"PRIuSIZE, kind ? ", " : "rows: ",
                      db_kinds[kind].class->name,
                      hmap_count(&db->by_uuid[kind]));
    }
    ds_put_char(s, '\n');
    ds_put_format(s, "verdicts: %s\n",
                  db->txn ? "a transaction is in flight"
                  : db_verdicts_pending(db) ? "waiting" : "all written");
}

/* The task. */

static void
db_run(void *db_)
{
    struct db *db = db_;

    if (db->state == DB_DEPOSED) {
        return;
    }
    ovsdb_idl_run(db->idl);
    note_connection(db);
    step(db);
    ovsdb_idl_track_clear(db->idl);
    if (db->state == DB_RUNNING || db->state == DB_GUARDED) {
        db_verdicts_run(db);
    }
    if (db->state == DB_RUNNING && !db->txn && db_verdicts_pending(db)
        && time_msec() >= db->retry_at && db_is_connected(db)) {
        db->cb.changed(db->cb.aux);
    }
}

static void
db_wait(void *db_)
{
    struct db *db = db_;

    if (db->state == DB_DEPOSED) {
        return;
    }
    ovsdb_idl_wait(db->idl);
    if (db->txn) {
        ovsdb_idl_txn_wait(db->txn);
    } else if (db->retry_at > time_msec() && db_is_connected(db)) {
        poll_timer_wait_until(db->retry_at);
    }
}

static void
note_connection(struct db *db)
{
    bool connected = db_is_connected(db);

    if (connected != db->was_connected) {
        db->was_connected = connected;
        if (connected) {
            VLOG_INFO("%s: connected to the database", db->remote);
        } else {
            VLOG_WARN("%s: connection to the database lost (datapaths stay "
                      "as they are until it is back)", db->remote);
        }
    }
}

/* One step of the state machine. */
static void
step(struct db *db)
{
    switch (db->state) {
    case DB_CONNECTING:
        if (!ovsdb_idl_has_ever_connected(db->idl)) {
            break;
        }
        db->state = DB_CLAIMING;
        /* Fall through. */
    case DB_CLAIMING:
        claim_run(db);
        if (db->state != DB_LOADING) {
            break;
        }
        /* Fall through. */
    case DB_LOADING:
        enter_running(db);
        break;
    case DB_RUNNING:
    case DB_GUARDED:
        follow(db);
        break;
    case DB_DEPOSED:
        break;
    default:
        OVS_NOT_REACHED();
    }
}

/* Claiming the epoch. */

static void
claim_run(struct db *db)
{
    enum ovsdb_idl_txn_status status;

    if (!db->txn) {
        if (!db_is_connected(db) || time_msec() < db->retry_at
            || !claim_begin(db)) {
            return;
        }
    }
    status = ovsdb_idl_txn_commit(db->txn);
    if (status != TXN_INCOMPLETE) {
        claim_finish(db, status);
    }
}

/* Raises the number, waiting on the one that we read, so that of two directors
 * that start at once each gets a number of its own.  Returns false if there is
 * no number to claim. */
static bool
claim_begin(struct db *db)
{
    const struct nvo3_epoch *row = nvo3_epoch_first(db->idl);
    int64_t number = MAX(row ? row->number : 0, db->last_epoch);

    if (number >= EPOCH_MAX) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);

        VLOG_ERR_RL(&rl, "%s: epoch %"PRId64" leaves no number for this "
                    "director; it was not written by a director: set "
                    "Epoch.number back, to one above that of all bindings",
                    db->remote, number);
        db_back_off(db);
        return false;
    }
    db->epoch = number + 1;
    db->txn = ovsdb_idl_txn_create(db->idl);
    if (row) {
        nvo3_epoch_verify_number(row);
    } else {
        row = nvo3_epoch_insert(db->txn);
    }
    nvo3_epoch_set_number(row, db->epoch);
    nvo3_epoch_set_director(row, db->director);
    return true;
}

static void
claim_finish(struct db *db, enum ovsdb_idl_txn_status status)
{
    if (status == TXN_SUCCESS) {
        db->state = DB_LOADING;
        db->backoff_ms = 0;
        VLOG_INFO("%s: epoch %"PRId64" is that of %s", db->remote, db->epoch,
                  db->director);
    } else {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);

        if (status == TXN_ERROR) {
            VLOG_WARN_RL(&rl, "%s: could not claim an epoch (%s), trying "
                         "again", db->remote,
                         ovsdb_idl_txn_get_error(db->txn));
        }
        db->epoch = 0;
        db_back_off(db);
    }
    ovsdb_idl_txn_destroy(db->txn);
    db->txn = NULL;
}

/* Once our own number is seen, all that was written before it has been seen
 * too, and nothing of another director's can come after. */
static void
enter_running(struct db *db)
{
    const struct nvo3_epoch *row = nvo3_epoch_first(db->idl);

    if (!row || row->number < db->epoch) {
        return;
    }
    if (row->number > db->epoch) {
        set_deposed(db, row);
        return;
    }
    db->state = DB_RUNNING;
    core_set_epoch(db->core, db->epoch);
    db_load(db);
    core_set_complete(db->core);
    db->cb.changed(db->cb.aux);
    db->cb.ready(db->cb.aux);
}

/* Following the database. */

static void
follow(struct db *db)
{
    const struct nvo3_epoch *row = nvo3_epoch_first(db->idl);
    char *reason = check_epoch(db);

    if (row && row->number > db->epoch) {
        set_deposed(db, row);
    } else if (reason) {
        set_guard(db, reason);
        return;
    } else if (db->guard) {
        VLOG_INFO("%s: the database is as it was, going on", db->remote);
        free(db->guard);
        db->guard = NULL;
        db->state = DB_RUNNING;
        db_read_all(db);
        db->cb.changed(db->cb.aux);
    } else if (db_read_changes(db)) {
        db->cb.changed(db->cb.aux);
    }
    free(reason);
}

/* Returns what makes the database not the one that we follow, to be freed, or
 * NULL. */
static char *
check_epoch(const struct db *db)
{
    const struct nvo3_epoch *row = nvo3_epoch_first(db->idl);

    if (!row) {
        return xasprintf("the database has no epoch any more, ours is "
                         "%"PRId64": it was emptied or replaced", db->epoch);
    } else if (row->number < db->epoch) {
        return xasprintf("the epoch went back from %"PRId64" to %"PRId64": "
                         "the database was restored from an older copy or "
                         "replaced", db->epoch, row->number);
    } else if (row->number == db->epoch
               && strcmp(row->director, db->director)) {
        return xasprintf("epoch %"PRId64" is that of \"%s\" now: the database "
                         "was replaced", db->epoch, row->director);
    }
    return NULL;
}

/* Takes ownership of 'reason'. */
static void
set_guard(struct db *db, char *reason)
{
    if (!db->guard || strcmp(db->guard, reason)) {
        VLOG_ERR("%s: %s.  Datapaths stay as they are.  Bring the right "
                 "database back, or, to make datapaths follow this one, run "
                 "\"ovs-appctl -t ndirectord db/accept\"", db->remote, reason);
    }
    free(db->guard);
    db->guard = reason;
    db->state = DB_GUARDED;
}

static void
set_deposed(struct db *db, const struct nvo3_epoch *row)
{
    char *reason = xasprintf("director \"%s\" has taken over with epoch "
                             "%"PRId64", ours was %"PRId64, row->director,
                             row->number, db->epoch);

    VLOG_ERR("%s: %s", db->remote, reason);
    db->state = DB_DEPOSED;
    if (db->txn) {
        ovsdb_idl_txn_destroy(db->txn);
        db->txn = NULL;
    }
    db->cb.deposed(db->cb.aux, reason);
    free(reason);
}
