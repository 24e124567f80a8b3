/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVO3_CTL_WAIT_H
#define NVO3_CTL_WAIT_H 1

/* Waiting for what ndirectord makes of a transaction.
 *
 * While a transaction is built, commands note in the one struct nctl_waiter
 * which rows they ask a verdict for, and whether all of it shall be in the
 * datapaths.  After the commit, nctl_waiter_block() waits for that.
 *
 *     nctl_waiter_start(&waiter, mode);
 *     ...                                        commands call nctl_expect()
 *     ovsdb_idl_txn_commit_block(txn);
 *     nctl_waiter_committed(&waiter, txn);
 *     ovsdb_idl_txn_destroy(txn);
 *     error = nctl_waiter_block(&waiter, idl, deadline);
 *     nctl_waiter_uninit(&waiter);
 *
 * nctl_expect() and nctl_expect_sync() find the waiter that was started last.
 * No threads. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/compiler.h"
#include "openvswitch/uuid.h"

struct ctl_context;
struct ovsdb_idl;
struct ovsdb_idl_column;
struct ovsdb_idl_row;
struct ovsdb_idl_txn;

/* What --wait asks for. */
enum nctl_wait {
    NCTL_WAIT_NONE,              /* Nothing but the commit. */
    NCTL_WAIT_STATUS,            /* The verdicts on rows that were added. */
    NCTL_WAIT_SYNC,              /* The datapaths, and all the verdicts. */
};

/* A row whose verdict is of interest. */
struct nctl_expectation {
    const struct ovsdb_idl_column *status;
    struct uuid uuid;
    bool is_new;                /* Was it added by this transaction? */
    char *what;                 /* "VN red", for messages. */
};

struct nctl_waiter {
    enum nctl_wait mode;
    bool sync;                  /* Is a synchronization asked for? */
    int64_t sync_request;       /* The number it got, after the commit. */
    struct nctl_expectation *expectations;
    size_t n, allocated;
};

/* Stores in '*mode' what 'arg' ("none", "status" or "sync") means.  Returns
 * false if it means nothing. */
bool nctl_wait_from_string(const char *arg, enum nctl_wait *mode);

/* Adds what waiting in 'mode' will read to the replica 'idl'.  To be called
 * before it is connected. */
void nctl_wait_need(struct ovsdb_idl *idl, enum nctl_wait mode);

/* Initializes 'waiter', which the caller must end with
 * nctl_waiter_uninit(). */
void nctl_waiter_start(struct nctl_waiter *waiter, enum nctl_wait mode);

/* Frees what 'waiter' owns. */
void nctl_waiter_uninit(struct nctl_waiter *waiter);

/* Notes that 'row' was added or changed and that its column 'status' will
 * hold the verdict.  'what' names it in messages and is formatted like
 * printf(). */
void nctl_expect(const struct ovsdb_idl_row *row,
                 const struct ovsdb_idl_column *status, const char *what, ...)
    OVS_PRINTF_FORMAT(3, 4);

/* Makes the transaction of 'ctx' ask for a synchronization.  Sets an error if
 * the database is not initialized. */
void nctl_expect_sync(struct ctl_context *ctx);

/* Learns from 'txn', which has been committed, what the rows and the request
 * are called in the database. */
void nctl_waiter_committed(struct nctl_waiter *waiter,
                           const struct ovsdb_idl_txn *txn);

/* Blocks until what 'waiter' expects has come, or until 'deadline', a time in
 * ms as time_msec() tells it, or LLONG_MAX for none.  Returns NULL if all is
 * well, else a new message, to be freed, that says what was refused or what
 * did not come. */
char *nctl_waiter_block(struct nctl_waiter *waiter, struct ovsdb_idl *idl,
                        long long int deadline) OVS_WARN_UNUSED_RESULT;

#endif /* nvo3-ctl-wait.h */
