/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-db.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nved_db);

#define RETRY_MS 1000
#define REFUSED_MAX_MS 60000

static enum nved_db_event finish(struct nved_db *);
static void note_connection(struct nved_db *, enum nved_db_event *);

void
nved_db_init(struct nved_db *db, struct ovsdb_idl *idl, const char *what)
{
    *db = (struct nved_db) { .idl = idl, .what = what, .reload = true };
}

void
nved_db_uninit(struct nved_db *db)
{
    ovs_assert(!db->composing);
    if (db->txn) {
        ovsdb_idl_txn_destroy(db->txn);
    }
    ovsdb_idl_destroy(db->idl);
    free(db->error);
    *db = (struct nved_db) { .idl = NULL };
}

enum nved_db_event
nved_db_run(struct nved_db *db)
{
    enum nved_db_event events = 0;

    ovs_assert(!db->composing);
    ovsdb_idl_run(db->idl);
    note_connection(db, &events);
    if (db->retry_ms && time_msec() >= db->retry_at) {
        db->retry_ms = 0;
    }
    if (db->seqno != ovsdb_idl_get_seqno(db->idl)) {
        db->seqno = ovsdb_idl_get_seqno(db->idl);
        events |= NVED_DB_CHANGED;
        if (db->reload) {
            db->reload = false;
            events |= NVED_DB_RELOADED;
            VLOG_INFO("%s: connected", db->what);
        }
    }
    if (db->txn) {
        events |= finish(db);
    }
    return events;
}

void
nved_db_wait(struct nved_db *db)
{
    ovsdb_idl_wait(db->idl);
    if (db->txn) {
        ovsdb_idl_txn_wait(db->txn);
    } else if (db->retry_ms) {
        poll_timer_wait_until(db->retry_at);
    }
}

bool
nved_db_is_connected(const struct nved_db *db)
{
    return db->was_connected && !db->reload;
}

bool
nved_db_is_known(const struct nved_db *db)
{
    return ovsdb_idl_has_ever_connected(db->idl);
}

struct ovsdb_idl_txn *
nved_db_begin(struct nved_db *db)
{
    if (db->txn || !nved_db_is_connected(db)) {
        return NULL;
    }
    if (db->retry_ms && db->seqno == db->failed_seqno) {
        return NULL;
    }
    db->retry_ms = 0;
    db->failed_seqno = db->seqno;
    db->composing = true;
    db->txn = ovsdb_idl_txn_create(db->idl);
    ovsdb_idl_txn_add_comment(db->txn, "%s", program_name);
    return db->txn;
}

bool
nved_db_commit(struct nved_db *db)
{
    enum ovsdb_idl_txn_status status;

    ovs_assert(db->composing);
    db->composing = false;
    status = ovsdb_idl_txn_commit(db->txn);
    if (status == TXN_UNCHANGED) {
        ovsdb_idl_txn_destroy(db->txn);
        db->txn = NULL;
        return false;
    }
    if (status != TXN_INCOMPLETE) {
        /* nved_db_run() reports what came of it. */
        poll_immediate_wake();
    }
    return true;
}

void
nved_db_format(const struct nved_db *db, const char *remote, struct ds *s)
{
    ds_put_char(s, ':');
    if (remote) {
        ds_put_format(s, " %s,", remote);
    }
    ds_put_format(s, " %s, %"PRIu64" transactions, %"PRIu64" failed%s\n",
                  nved_db_is_connected(db) ? "connected" : "not connected",
                  db->n_committed, db->n_failed,
                  db->txn ? ", one on its way" : "");
    if (db->error) {
        ds_put_format(s, "    last transaction refused: %s\n", db->error);
    }
}

/* Takes note of a lost connection. */
static void
note_connection(struct nved_db *db, enum nved_db_event *events)
{
    bool connected = ovsdb_idl_is_connected(db->idl);

    if (!connected && nved_db_is_connected(db)) {
        VLOG_WARN("%s: connection lost, will reconnect", db->what);
        *events |= NVED_DB_LOST;
        db->reload = true;
    }
    db->was_connected = connected;
}

/* Makes nved_db_begin() wait for 'ms', or until the contents change. */
static void
hold_back(struct nved_db *db, int ms)
{
    db->retry_ms = ms;
    db->retry_at = time_msec() + ms;
}

static void
refused(struct nved_db *db)
{
    const char *error = ovsdb_idl_txn_get_error(db->txn);

    if (!db->error || strcmp(db->error, error)) {
        VLOG_WARN("%s: transaction refused (%s)", db->what, error);
    }
    free(db->error);
    db->error = xstrdup(error);
    db->refused_ms = MIN(REFUSED_MAX_MS, MAX(RETRY_MS, db->refused_ms * 2));
    hold_back(db, db->refused_ms);
}

/* Ends the transaction, if its outcome is known. */
static enum nved_db_event
finish(struct nved_db *db)
{
    enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(db->txn);
    bool done = status == TXN_SUCCESS || status == TXN_UNCHANGED;

    if (status == TXN_INCOMPLETE) {
        return 0;
    }
    if (done) {
        db->n_committed++;
        db->refused_ms = 0;
        free(db->error);
        db->error = NULL;
    } else {
        db->n_failed++;
        if (status == TXN_ERROR) {
            refused(db);
        } else {
            hold_back(db, RETRY_MS);
        }
    }
    ovsdb_idl_txn_destroy(db->txn);
    db->txn = NULL;
    return done ? NVED_DB_DONE : NVED_DB_FAILED;
}
