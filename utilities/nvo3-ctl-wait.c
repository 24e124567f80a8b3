/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nvo3-ctl-wait.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "nvo3-ctl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "timeval.h"
#include "util.h"

/* How a verdict that says no begins. */
#define REFUSED "refused"

/* The waiter of the transaction that is being built. */
static struct nctl_waiter *the_waiter;

bool
nctl_wait_from_string(const char *arg, enum nctl_wait *mode)
{
    static const char *const names[] = {
        [NCTL_WAIT_NONE] = "none",
        [NCTL_WAIT_STATUS] = "status",
        [NCTL_WAIT_SYNC] = "sync",
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(arg, names[i])) {
            *mode = (enum nctl_wait) i;
            return true;
        }
    }
    return false;
}

void
nctl_wait_need(struct ovsdb_idl *idl, enum nctl_wait mode)
{
    if (mode == NCTL_WAIT_SYNC) {
        ovsdb_idl_add_table(idl, &nvo3_table_nvo3_global);
        ovsdb_idl_add_column(idl, &nvo3_nvo3_global_col_sync_request);
        ovsdb_idl_add_column(idl, &nvo3_epoch_col_sync_done);
        ovsdb_idl_add_column(idl, &nvo3_epoch_col_director);
    }
}

void
nctl_waiter_start(struct nctl_waiter *waiter, enum nctl_wait mode)
{
    *waiter = (struct nctl_waiter) { .mode = mode };
    the_waiter = waiter;
}

void
nctl_waiter_uninit(struct nctl_waiter *waiter)
{
    for (size_t i = 0; i < waiter->n; i++) {
        free(waiter->expectations[i].what);
    }
    free(waiter->expectations);
    *waiter = (struct nctl_waiter) { .mode = NCTL_WAIT_NONE };
}

void
nctl_expect(const struct ovsdb_idl_row *row,
            const struct ovsdb_idl_column *status, const char *what, ...)
{
    struct nctl_waiter *w = the_waiter;
    struct nctl_expectation *e;
    va_list args;

    if (w->n >= w->allocated) {
        w->expectations = x2nrealloc(w->expectations, &w->allocated,
                                     sizeof *w->expectations);
    }
    e = &w->expectations[w->n++];
    e->status = status;
    e->uuid = row->uuid;
    e->is_new = false;
    va_start(args, what);
    e->what = xvasprintf(what, args);
    va_end(args);
}

void
nctl_expect_sync(struct ctl_context *ctx)
{
    const struct nvo3_nvo3_global *global = nctl_global(ctx);

    if (global && !the_waiter->sync) {
        the_waiter->sync = true;
        ovsdb_idl_txn_increment(ctx->txn, &global->header_,
                                &nvo3_nvo3_global_col_sync_request, true);
    }
}

void
nctl_waiter_committed(struct nctl_waiter *waiter,
                      const struct ovsdb_idl_txn *txn)
{
    if (waiter->sync) {
        waiter->sync_request = ovsdb_idl_txn_get_increment_new_value(txn);
    }
    for (size_t i = 0; i < waiter->n; i++) {
        struct nctl_expectation *e = &waiter->expectations[i];
        const struct uuid *uuid = ovsdb_idl_txn_get_insert_uuid(txn, &e->uuid);

        if (uuid) {
            e->uuid = *uuid;
            e->is_new = true;
        }
    }
}


/* Waiting. */

/* Returns the verdict that 'e' expects: "" if it has not come yet, NULL if
 * the row is gone. */
static const char *
verdict(const struct nctl_expectation *e, const struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_table_class *table
        = ovsdb_idl_table_class_from_column(&nvo3_idl_class, e->status);
    const struct ovsdb_idl_row *row
        = ovsdb_idl_get_row_for_uuid(idl, table, &e->uuid);

    return (row
            ? nctl_row_text(row, e->status)
            : NULL);
}

/* Returns true if 'e' matters to 'waiter': the old verdict on a row that was
 * there before says nothing until the synchronization is done. */
static bool
matters(const struct nctl_waiter *waiter, const struct nctl_expectation *e)
{
    return (waiter->mode == NCTL_WAIT_SYNC
            || (waiter->mode == NCTL_WAIT_STATUS && e->is_new));
}

static bool
sync_is_done(const struct nctl_waiter *waiter, const struct ovsdb_idl *idl)
{
    const struct nvo3_epoch *epoch = nvo3_epoch_first(idl);

    return (!waiter->sync
            || (epoch && epoch->sync_done >= waiter->sync_request));
}

static bool
is_done(const struct nctl_waiter *waiter, const struct ovsdb_idl *idl)
{
    if (!sync_is_done(waiter, idl)) {
        return false;
    }
    for (size_t i = 0; i < waiter->n; i++) {
        const struct nctl_expectation *e = &waiter->expectations[i];
        const char *status = matters(waiter, e) ? verdict(e, idl) : NULL;

        if (status && !status[0]) {
            return false;
        }
    }
    return true;
}

/* Returns an error that says what of 'waiter' has not come in time. */
static char *
late_error(const struct nctl_waiter *waiter, const struct ovsdb_idl *idl)
{
    const struct nvo3_epoch *epoch = nvo3_epoch_first(idl);

    if (sync_is_done(waiter, idl)) {
        return xstrdup("committed, but ndirectord gave no verdict in time; "
                       "is it running?");
    } else if (!epoch) {
        return xstrdup("committed, but not in the datapaths: no ndirectord "
                       "has ever used this database");
    }
    return xasprintf("committed, but not in all datapaths in time: ndirectord "
                     "\"%s\" has confirmed request %"PRId64" of %"PRId64"; is "
                     "it running, and does \"nvo3-ctl nve-list\" show an NVE "
                     "in trouble?", epoch->director, epoch->sync_done,
                     waiter->sync_request);
}

/* Returns an error with all that was refused, or NULL if nothing was. */
static char *
refusals(const struct nctl_waiter *waiter, const struct ovsdb_idl *idl)
{
    struct ds out = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < waiter->n; i++) {
        const struct nctl_expectation *e = &waiter->expectations[i];
        const char *status = matters(waiter, e) ? verdict(e, idl) : NULL;

        if (status && !strncmp(status, REFUSED, strlen(REFUSED))) {
            ds_put_format(&out, "%s%s: %s", out.length ? "; " : "", e->what,
                          status);
        }
    }
    return out.length ? ds_steal_cstr(&out) : NULL;
}

char *
nctl_waiter_block(struct nctl_waiter *waiter, struct ovsdb_idl *idl,
                  long long int deadline)
{
    /* From here on a lost connection is no reason to give up. */
    ovsdb_idl_enable_reconnect(idl);
    for (;;) {
        ovsdb_idl_run(idl);
        if (is_done(waiter, idl)) {
            return refusals(waiter, idl);
        }
        if (time_msec() >= deadline) {
            return late_error(waiter, idl);
        }
        ovsdb_idl_wait(idl);
        if (deadline != LLONG_MAX) {
            poll_timer_wait_until(deadline);
        }
        poll_block();
    }
}
