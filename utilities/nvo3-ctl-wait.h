/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVO3_CTL_WAIT_H
#define NVO3_CTL_WAIT_H 1

/* Waiting for what ndirectord makes of a transaction.
 *
 * While a transaction is built, commands note which rows they ask a verdict
 * for, and whether all of it shall be in the datapaths.  After the commit
 * nvo3-ctl waits for that, as --wait says.  No threads. */

#include <stdbool.h>

#include "openvswitch/compiler.h"

struct ctl_context;
struct nctl_waiting;
struct ovsdb_idl;
struct ovsdb_idl_column;
struct ovsdb_idl_row;

/* How nvo3-ctl waits. */
extern const struct nctl_waiting nctl_waiting;

/* Makes 'arg' ("none", "status" or "sync") what to wait for.  Returns false
 * if it means nothing. */
bool nctl_wait_set(const char *arg);

/* Adds what waiting for a synchronization will read to the replica 'idl'.  To
 * be called before it is connected. */
void nctl_need_sync(struct ovsdb_idl *idl);

/* Notes that 'row' was added or changed and that its column 'status' will
 * hold the verdict.  'what' names it in messages and is formatted like
 * printf(). */
void nctl_expect(const struct ovsdb_idl_row *row,
                 const struct ovsdb_idl_column *status, const char *what, ...)
    OVS_PRINTF_FORMAT(3, 4);

/* Makes the transaction of 'ctx' ask for a synchronization.  Sets an error if
 * the database is not initialized. */
void nctl_expect_sync(struct ctl_context *ctx);

#endif /* nvo3-ctl-wait.h */
