/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_DB_H
#define CONTROLLER_DB_H 1

/* Db: between the NVO3 database and the model.  Nothing else in ndirectord
 * knows OVSDB.
 *
 *     OVSDB rows ---> model_set_*()              (db-read.c, db-load.c)
 *     OVSDB rows <--- model_next_verdict()       (db-verdicts.c)
 *
 *   CONNECTING  waits for the first copy of the database
 *   CLAIMING    raises Epoch.number by one, as our own number
 *   LOADING     waits to see our number; then puts all rows in the model,
 *               what was in effect before a restart first -> ready()
 *   RUNNING     puts changes in, writes verdicts
 *   GUARDED     the database was emptied, restored or replaced: nothing goes
 *               in or out until it is as it was, or an operator decides
 *   DEPOSED     another director has raised the number -> deposed()
 *
 * Fence: every transaction waits on Epoch.number being ours, so what a deposed
 * director writes fails as a whole.  No OVSDB lock is used; anybody may steal
 * one.
 *
 * A lost connection changes nothing: the model stays as it is, and differences
 * come by themselves when the database is back.
 *
 * One transaction is in flight at a time and nothing blocks.  A row that the
 * database refuses to take is tried alone, logged, and left.
 *
 * Neighbours: core.h (whose model is filled), director.h above.
 * Single-threaded; runs as one task of lib/loop.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core;
struct db;
struct ds;

struct db_config {
    const char *remote;         /* OVSDB target(s) of the nvo3 database. */
    const char *director;       /* Name of this director, for Epoch. */
    int64_t last_epoch;         /* The epoch to claim must be above this. */
};

/* What db tells its owner.  None may destroy the db within the call. */
struct db_callbacks {
    /* The model has changed or db can take verdicts: core_run(), and then
     * db_core_ran(), should follow soon. */
    void (*changed)(void *aux);

    /* Epoch claimed, set in the core, and the model is complete. */
    void (*ready)(void *aux);

    /* Another director rules, as 'reason' says.  Db does nothing more. */
    void (*deposed)(void *aux, const char *reason);

    void *aux;
};

/* Returns a new db that fills the model of 'core' by a task of the loop; free
 * with db_destroy().  Borrows 'core' until then; copies the rest. */
struct db *db_create(struct core *core, const struct db_config *,
                     const struct db_callbacks *);

/* Closes the connection and frees 'db'; the model stays as it is. */
void db_destroy(struct db *);

/* Tells that core_run() ran: what verdicts there are begin to be written. */
void db_core_ran(struct db *);

/* The epoch that was claimed, or 0 if none was yet. */
int64_t db_epoch(const struct db *);

/* True in GUARDED: an operator may decide to go on with what the database has
 * now.  The owner then makes a new core and a new db. */
bool db_is_guarded(const struct db *);

/* True if the connection to the database stands. */
bool db_is_connected(const struct db *);

struct db_stats {
    uint64_t n_changes;         /* Rows put into or taken out of the model. */
    uint64_t n_reloads;         /* Times that all rows were compared. */
    uint64_t n_verdicts;        /* Verdicts written. */
    uint64_t n_txns;            /* Transactions committed. */
    uint64_t n_retries;         /* Transactions that had to be made again. */
    uint64_t n_errors;          /* Transactions that the database refused. */
};

/* Returns the figures of 'db'. */
struct db_stats db_get_stats(const struct db *);

/* Appends the text of `db/status` to 's'. */
void db_format_status(const struct db *, struct ds *s);

#endif /* controller/db.h */
