/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nvo3-ctl-wait.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "nctl-row.h"
#include "nvo3-ctl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/uuid.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "util.h"

/* How a verdict that says no begins. */
#define REFUSED "refused"

/* What --wait asks for. */
enum wait_mode {
    WAIT_NONE,                  /* Nothing but the commit. */
    WAIT_STATUS,                /* The verdicts on rows that were added. */
    WAIT_SYNC,                  /* The datapaths, and all the verdicts. */
};
static enum wait_mode mode;

/* A row whose verdict is of interest. */
struct expectation {
    const struct ovsdb_idl_column *status;
    struct uuid uuid;
    bool is_new;                /* Was it added by this transaction? */
    char *what;                 /* "VN red", for messages. */
};

/* What the transaction that is being built, or was committed, expects. */
static struct waiter {
    bool sync;                  /* Is a synchronization asked for? */
    int64_t sync_request;       /* The number it got, after the commit. */
    struct expectation *expectations;
    size_t n, allocated;
} the_waiter;

bool
nctl_wait_set(const char *arg)
{
    static const char *const names[] = {
        [WAIT_NONE] = "none",
        [WAIT_STATUS] = "status",
        [WAIT_SYNC] = "sync",
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(arg, names[i])) {
            mode = (enum wait_mode) i;
            return true;
        }
    }
    return false;
}

void
nctl_need_sync(struct ovsdb_idl *idl)
{
    ovsdb_idl_add_table(idl, &nvo3_table_nvo3_global);
    ovsdb_idl_add_column(idl, &nvo3_nvo3_global_col_sync_request);
    ovsdb_idl_add_column(idl, &nvo3_epoch_col_sync_done);
    ovsdb_idl_add_column(idl, &nvo3_epoch_col_director);
}

void
nctl_expect(const struct ovsdb_idl_row *row,
            const struct ovsdb_idl_column *status, const char *what, ...)
{
    struct waiter *w = &the_waiter;
    struct expectation *e;
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

    if (global && !the_waiter.sync) {
        the_waiter.sync = true;
        ovsdb_idl_txn_increment(ctx->txn, &global->header_,
                                &nvo3_nvo3_global_col_sync_request, true);
    }
}


/* Waiting. */

/* Returns the verdict that 'e' expects: "" if it has not come yet, NULL if
 * the row is gone. */
static const char *
verdict(const struct expectation *e, const struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_table_class *table
        = ovsdb_idl_table_class_from_column(&nvo3_idl_class, e->status);
    const struct ovsdb_idl_row *row
        = ovsdb_idl_get_row_for_uuid(idl, table, &e->uuid);

    return (row
            ? nctl_row_text(row, e->status)
            : NULL);
}

/* Returns true if 'e' matters: the old verdict on a row that was there before
 * says nothing until the synchronization is done. */
static bool
matters(const struct expectation *e)
{
    return (mode == WAIT_SYNC
            || (mode == WAIT_STATUS && e->is_new));
}

static bool
sync_is_done(const struct ovsdb_idl *idl, const void *waiter_)
{
    const struct waiter *waiter = waiter_;

    const struct nvo3_epoch *epoch = nvo3_epoch_first(idl);

    return (!waiter->sync
            || (epoch && epoch->sync_done >= waiter->sync_request));
}

static bool
is_done(const struct ovsdb_idl *idl, const void *waiter_)
{
    const struct waiter *waiter = waiter_;

    if (!sync_is_done(idl, waiter)) {
        return false;
    }
    for (size_t i = 0; i < waiter->n; i++) {
        const struct expectation *e = &waiter->expectations[i];
        const char *status = matters(e) ? verdict(e, idl) : NULL;

        if (status && !status[0]) {
            return false;
        }
    }
    return true;
}

/* Returns an error that says what of 'waiter' has not come in time. */
static char *
late_error(const struct waiter *waiter, const struct ovsdb_idl *idl)
{
    const struct nvo3_epoch *epoch = nvo3_epoch_first(idl);

    if (sync_is_done(idl, waiter)) {
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
refusals(const struct waiter *waiter, const struct ovsdb_idl *idl)
{
    struct ds out = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < waiter->n; i++) {
        const struct expectation *e = &waiter->expectations[i];
        const char *status = matters(e) ? verdict(e, idl) : NULL;

        if (status && !strncmp(status, REFUSED, strlen(REFUSED))) {
            ds_put_format(&out, "%s%s: %s", out.length ? "; " : "", e->what,
                          status);
        }
    }
    return out.length ? ds_steal_cstr(&out) : NULL;
}


/* struct nctl_waiting. */

static void
wait_need(struct ovsdb_idl *idl)
{
    if (mode == WAIT_SYNC) {
        nctl_need_sync(idl);
    }
}

static void
wait_start(void)
{
    the_waiter = (struct waiter) { .sync = false };
}

static void
wait_built(struct ctl_context *ctx)
{
    if (mode == WAIT_SYNC) {
        nctl_expect_sync(ctx);
    }
}

/* Learns what the rows and the request are called in the database. */
static void
wait_committed(const struct ovsdb_idl_txn *txn)
{
    struct waiter *waiter = &the_waiter;

    if (waiter->sync) {
        waiter->sync_request = ovsdb_idl_txn_get_increment_new_value(txn);
    }
    for (size_t i = 0; i < waiter->n; i++) {
        struct expectation *e = &waiter->expectations[i];
        const struct uuid *uuid = ovsdb_idl_txn_get_insert_uuid(txn, &e->uuid);

        if (uuid) {
            e->uuid = *uuid;
            e->is_new = true;
        }
    }
}

static char *
wait_block(struct ovsdb_idl *idl, long long int deadline)
{
    const struct waiter *waiter = &the_waiter;

    if (!waiter->sync && mode == WAIT_NONE) {
        return NULL;
    }
    return (nctl_wait_until(idl, is_done, waiter, deadline)
            ? refusals(waiter, idl)
            : late_error(waiter, idl));
}

static void
wait_stop(void)
{
    for (size_t i = 0; i < the_waiter.n; i++) {
        free(the_waiter.expectations[i].what);
    }
    free(the_waiter.expectations);
}

const struct nctl_waiting nctl_waiting = {
    .need = wait_need,
    .start = wait_start,
    .built = wait_built,
    .committed = wait_committed,
    .block = wait_block,
    .stop = wait_stop,
};
