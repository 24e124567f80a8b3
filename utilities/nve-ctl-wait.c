/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nve-ctl-wait.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "nve-ctl.h"
#include "openvswitch/dynamic-string.h"
#include "ovsdb-idl.h"
#include "timeval.h"
#include "util.h"

/* The longest wait, in seconds. */
#define WAIT_MAX (INT_MAX / 1000)

/* What --wait asks for. */
static bool wait_for_answers;
static unsigned int wait_seconds; /* 0: without end. */

/* A request and what is expected of it. */
struct expectation {
    enum hctl_expected expected;
    char *end_device, *vn;
    char *vnic;                 /* Of a VNIC_Request, else NULL. */
    char *port;                 /* Of a VN_Connection, else NULL. */
};

/* Those of the transaction that is being built, or was committed. */
static struct expectation *expectations;
static size_t n_expectations, allocated_expectations;

bool
hctl_wait_set(const char *arg)
{
    wait_for_answers = true;
    wait_seconds = 0;
    return (!arg
            || (str_to_uint(arg, 10, &wait_seconds) && wait_seconds
                && wait_seconds <= WAIT_MAX));
}

static void
expectation_uninit(struct expectation *e)
{
    free(e->end_device);
    free(e->vn);
    free(e->vnic);
    free(e->port);
}

static bool
same_request(const struct expectation *a, const struct expectation *b)
{
    return (!strcmp(a->end_device, b->end_device) && !strcmp(a->vn, b->vn)
            && nullable_string_is_equal(a->vnic, b->vnic)
            && nullable_string_is_equal(a->port, b->port));
}

/* Adds 'e', of which it takes ownership, and drops what was expected of the
 * same request before. */
static void
expect(struct expectation e)
{
    for (size_t i = 0; i < n_expectations; i++) {
        if (same_request(&expectations[i], &e)) {
            expectation_uninit(&expectations[i]);
            expectations[i] = e;
            return;
        }
    }
    if (n_expectations >= allocated_expectations) {
        expectations = x2nrealloc(expectations, &allocated_expectations,
                                  sizeof *expectations);
    }
    expectations[n_expectations++] = e;
}

void
hctl_expect_connection(const struct hnve_vn_connection *c,
                       enum hctl_expected expected)
{
    expect((struct expectation) {
               .expected = expected,
               .end_device = xstrdup(c->end_device),
               .vn = xstrdup(c->vn),
               .port = xstrdup(c->port) });
}

void
hctl_expect_request(const struct hnve_vnic_request *r,
                    enum hctl_expected expected)
{
    expect((struct expectation) {
               .expected = expected,
               .end_device = xstrdup(r->end_device),
               .vn = xstrdup(r->vn),
               .vnic = xstrdup(r->vnic) });
}


/* What there is. */

/* A request and its answer, as they are now. */
struct verdict {
    bool is_asked;              /* Is the request there? */
    bool is_answered;           /* Is there any answer? */
    bool is_current;            /* Is it on the request's last word? */
    const char *outcome;        /* NULL if there is none. */
    char *reasons;              /* To be freed. */
    bool has_bad_addresses;
};

static struct verdict
connection_verdict(const struct expectation *e, const struct ovsdb_idl *idl)
{
    const struct hnve_vn_connection *c
        = hctl_connection(idl, e->end_device, e->port, e->vn);
    const struct hnve_vn_connection_answer *a
        = hctl_connection_answer(idl, e->end_device, e->port, e->vn);

    return (struct verdict) {
        .is_asked = c,
        .is_answered = a,
        .is_current = a && c && a->claim_seq == c->client_seq,
        .outcome = a ? a->outcome : NULL,
        .reasons = xstrdup(a ? a->reason : ""),
    };
}

static struct verdict
vnic_verdict(const struct expectation *e, const struct ovsdb_idl *idl)
{
    const struct hnve_vnic_request *r
        = hctl_request(idl, e->end_device, e->vnic, e->vn);
    const struct hnve_vnic_answer *a
        = hctl_vnic_answer(idl, e->end_device, e->vnic, e->vn);

    return (struct verdict) {
        .is_asked = r,
        .is_answered = a,
        .is_current = a && r && a->claim_seq == r->client_seq,
        .outcome = a ? a->outcome : NULL,
        .reasons = a ? hctl_reasons(a) : xstrdup(""),
        .has_bad_addresses = a && !smap_is_empty(&a->bad_addresses),
    };
}

static struct verdict
read_verdict(const struct expectation *e, const struct ovsdb_idl *idl)
{
    return e->vnic ? vnic_verdict(e, idl) : connection_verdict(e, idl);
}

static bool
verdict_is(const struct verdict *v, const char *outcome)
{
    return v->outcome && !strcmp(v->outcome, outcome);
}

/* Returns true if what 'e' expects has come.  A request that somebody else
 * deleted, or that is there again, has nothing to wait for. */
static bool
has_come(const struct expectation *e, const struct ovsdb_idl *idl)
{
    struct verdict v = read_verdict(e, idl);
    bool come = false;

    switch (e->expected) {
    case HCTL_ANSWER:
        come = (!v.is_asked
                || (v.is_current && v.outcome && !verdict_is(&v, "pending")));
        break;

    case HCTL_END:
        come = v.is_asked || !v.is_answered || verdict_is(&v, "held");
        break;

    case HCTL_DEPARTURE:
        come = !v.is_asked || v.is_current;
        break;
    }
    free(v.reasons);
    return come;
}

static bool
all_have_come(const struct ovsdb_idl *idl, const void *aux OVS_UNUSED)
{
    for (size_t i = 0; i < n_expectations; i++) {
        if (!has_come(&expectations[i], idl)) {
            return false;
        }
    }
    return true;
}

/* Returns true if all departures can be completed. */
static bool
departures_have_come(const struct ovsdb_idl *idl, const void *aux OVS_UNUSED)
{
    for (size_t i = 0; i < n_expectations; i++) {
        if (expectations[i].expected == HCTL_DEPARTURE
            && !has_come(&expectations[i], idl)) {
            return false;
        }
    }
    return ovsdb_idl_is_connected(idl);
}


/* Messages. */

static void
put_request(struct ds *out, const struct expectation *e)
{
    ds_put_cstr(out, out->length ? "; " : "");
    if (e->vnic) {
        ds_put_format(out, "VNIC \"%s\"", e->vnic);
        if (e->vn[0]) {
            ds_put_format(out, " in VN \"%s\"", e->vn);
        }
    } else {
        ds_put_format(out, "VN \"%s\" on port \"%s\"", e->vn, e->port);
    }
}

/* Returns an error that says what has not come in time, of all that is
 * expected. */
static char *
late_error(const struct ovsdb_idl *idl, const char *committed)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    char *error;

    for (size_t i = 0; i < n_expectations; i++) {
        const struct expectation *e = &expectations[i];
        struct verdict v = read_verdict(e, idl);

        if (!has_come(e, idl)) {
            put_request(&out, e);
            if (v.is_current && v.reasons[0]) {
                ds_put_format(&out, ": %s: %s", v.outcome ? v.outcome
                              : "answered", v.reasons);
            }
        }
        free(v.reasons);
    }
    error = xasprintf("%s, but ovs-nved did not complete it in time (%s); is "
                      "it running, and what does \"%s show\" say?", committed,
                      ds_cstr(&out), program_name);
    ds_destroy(&out);
    return error;
}

/* Returns an error with all that was refused, or NULL if nothing was. */
static char *
refusals(const struct ovsdb_idl *idl)
{
    struct ds out = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < n_expectations; i++) {
        const struct expectation *e = &expectations[i];
        struct verdict v = read_verdict(e, idl);

        if (e->expected == HCTL_ANSWER && v.is_asked
            && (verdict_is(&v, "refused") || verdict_is(&v, "withdrawn")
                || v.has_bad_addresses)) {
            put_request(&out, e);
            ds_put_format(&out, ": %s%s%s", v.outcome,
                          v.reasons[0] ? ": " : "", v.reasons);
        }
        free(v.reasons);
    }
    return out.length ? ds_steal_cstr(&out) : NULL;
}


/* Departures. */

/* Tries to delete the requests that depart. */
static enum ovsdb_idl_txn_status
delete_departures(struct ovsdb_idl *idl, char **error)
{
    struct ovsdb_idl_txn *txn = ovsdb_idl_txn_create(idl);
    enum ovsdb_idl_txn_status status;

    for (size_t i = 0; i < n_expectations; i++) {
        const struct expectation *e = &expectations[i];
        const struct hnve_vnic_request *r
            = (e->expected == HCTL_DEPARTURE
               ? hctl_request(idl, e->end_device, e->vnic, e->vn)
               : NULL);

        if (r) {
            hnve_vnic_request_delete(r);
        }
    }
    status = ovsdb_idl_txn_commit_block(txn);
    if (status == TXN_ERROR) {
        *error = xasprintf("transaction error: %s",
                           ovsdb_idl_txn_get_error(txn));
    }
    ovsdb_idl_txn_destroy(txn);
    return status;
}

/* Waits until ovs-nved has seen the departures, and then deletes the requests.
 * Returns NULL or an error. */
static char *
complete_departures(struct ovsdb_idl *idl, long long int deadline)
{
    char *error = NULL;

    do {
        if (!nctl_wait_until(idl, departures_have_come, NULL, deadline)) {
            return late_error(idl, "the departure is announced and the "
                              "request is still there");
        }
    } while (delete_departures(idl, &error) == TXN_TRY_AGAIN);

    for (size_t i = 0; i < n_expectations; i++) {
        if (expectations[i].expected == HCTL_DEPARTURE) {
            expectations[i].expected = HCTL_END;
        }
    }
    return error;
}


/* struct nctl_waiting.  The commands that expect something read all that is
 * needed. */

static void
wait_start(void)
{
    expectations = NULL;
    n_expectations = allocated_expectations = 0;
}

static bool
has_departures(void)
{
    for (size_t i = 0; i < n_expectations; i++) {
        if (expectations[i].expected == HCTL_DEPARTURE) {
            return true;
        }
    }
    return false;
}

static char *
wait_block(struct ovsdb_idl *idl, long long int deadline)
{
    char *error;

    if (wait_seconds) {
        deadline = MIN(deadline, time_msec() + wait_seconds * 1000LL);
    }
    error = has_departures() ? complete_departures(idl, deadline) : NULL;
    if (error || !wait_for_answers) {
        return error;
    }
    return (nctl_wait_until(idl, all_have_come, NULL, deadline)
            ? refusals(idl)
            : late_error(idl, "committed"));
}

static void
wait_stop(void)
{
    for (size_t i = 0; i < n_expectations; i++) {
        expectation_uninit(&expectations[i]);
    }
    free(expectations);
}

const struct nctl_waiting hctl_waiting = {
    .start = wait_start,
    .block = wait_block,
    .stop = wait_stop,
};
