/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_DB_H
#define NVED_DB_H 1

/* One OVSDB database as ovs-nved uses it: an IDL, and at most one transaction
 * on its way at a time.  Nothing here blocks.
 *
 *     enum nved_db_event events = nved_db_run(&db);
 *
 *     if (events & (NVED_DB_RELOADED | NVED_DB_FAILED)) {
 *         ... whatever was thought to be written may not be: do all again ...
 *     } else if (events & NVED_DB_CHANGED) {
 *         ... look at the IDL's tracked changes ...
 *     }
 *     ovsdb_idl_track_clear(db.idl);
 *
 *     struct ovsdb_idl_txn *txn = nved_db_begin(&db);
 *     if (txn) {
 *         ... write ...
 *         nved_db_commit(&db);
 *     }
 *     nved_db_wait(&db);
 *
 * A transaction that fails for reasons of the moment (a lost connection, a
 * prerequisite) is reported at once as NVED_DB_FAILED and may be composed
 * again when the contents have changed, at the latest after a second.  One
 * that the server refuses waits longer each time, up to a minute, unless the
 * contents change.
 *
 * Change tracking sees no row that vanished while the connection was down:
 * therefore NVED_DB_RELOADED.
 *
 * Threads: single-threaded. */

#include <stdbool.h>
#include <stdint.h>

struct ds;
struct ovsdb_idl;
struct ovsdb_idl_txn;

enum nved_db_event {
    NVED_DB_CHANGED = 1 << 0,   /* The contents changed. */
    NVED_DB_RELOADED = 1 << 1,  /* They came anew, after a reconnection. */
    NVED_DB_LOST = 1 << 2,      /* The connection was lost. */
    NVED_DB_DONE = 1 << 3,      /* The transaction was committed. */
    NVED_DB_FAILED = 1 << 4,    /* The transaction was not, or who knows. */
};

struct nved_db {
    struct ovsdb_idl *idl;      /* Owned. */
    const char *what;           /* For the log; a literal. */
    struct ovsdb_idl_txn *txn;  /* On its way, or being composed. */
    bool composing;             /* Between begin and commit. */
    bool was_connected;         /* At the end of the last run. */
    bool reload;                /* The next contents are a reload. */
    unsigned int seqno;         /* Of the contents last reported. */
    unsigned int failed_seqno;  /* Of those of the failed transaction. */
    int retry_ms;               /* 0, or how long a failure makes us wait. */
    int refused_ms;             /* The same for the server's next refusal. */
    long long int retry_at;     /* time_msec(). */
    char *error;                /* Of the last transaction; NULL if good. */
    uint64_t n_committed;       /* Transactions that changed something. */
    uint64_t n_failed;          /* Transactions that were not committed. */
};

/* Initializes 'db' to use 'idl', of which it takes ownership and which must
 * not have run yet.  'what' names the database in the log. */
void nved_db_init(struct nved_db *db, struct ovsdb_idl *idl,
                  const char *what);

/* Ends the connection and frees what 'db' owns.  A transaction that is on its
 * way may or may not be committed. */
void nved_db_uninit(struct nved_db *db);

/* Lets the IDL do its work and finishes the transaction, if its reply is
 * there.  Returns what happened. */
enum nved_db_event nved_db_run(struct nved_db *db);

/* Arranges for the next poll_block() to wake up when nved_db_run() or
 * nved_db_begin() has something to do. */
void nved_db_wait(struct nved_db *db);

/* Returns true if the contents are there and the connection is up. */
bool nved_db_is_connected(const struct nved_db *db);

/* Returns true if the contents are or were there; they may be old. */
bool nved_db_is_known(const struct nved_db *db);

/* Returns a new transaction to compose and then to nved_db_commit(), or NULL
 * if none can be sent now: one is on its way, the connection is down, or
 * after a failure it is too early. */
struct ovsdb_idl_txn *nved_db_begin(struct nved_db *db);

/* Sends the transaction, unless it changes nothing.  Returns true if it is
 * now on its way, so that NVED_DB_DONE or NVED_DB_FAILED will follow. */
bool nved_db_commit(struct nved_db *db);

/* Appends to 's' a colon, 'remote' if it is not NULL, the state of the
 * connection, and how many transactions there were, for people. */
void nved_db_format(const struct nved_db *db, const char *remote,
                    struct ds *s);

#endif /* nved-db.h */
