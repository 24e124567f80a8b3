/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"

static const char *const state_names[] = {
    [NVED_STATE_REFUSED] = "refused",
    [NVED_STATE_PENDING] = "pending",
    [NVED_STATE_ASSOCIATED] = "associated",
    [NVED_STATE_ACTIVATED] = "activated",
};

static void report_bindings(struct nved_report *, const struct nved_facts *);
static void report_claim(struct nved_report *, const struct nved_facts *);
static void report_binding(struct nved_report *, const struct nved_facts *,
                           const struct nved_binding *);
static void report_vn_ids(struct nved_report *, const struct nved_facts *);
static void report_set(struct nved_report *, enum nved_state,
                       const char *reason);

const char *
nved_state_to_string(enum nved_state state)
{
    return state_names[state];
}

enum nved_state
nved_state_from_string(const char *s)
{
    for (size_t i = 0; s && i < ARRAY_SIZE(state_names); i++) {
        if (!strcmp(s, state_names[i])) {
            return i;
        }
    }
    return NVED_STATE_PENDING;
}

enum nved_state
nved_facts_get_state(const struct nved_facts *facts,
                     const struct nved_binding **binding)
{
    const struct nved_binding *least = NULL;
    size_t n_stale = 0;

    for (size_t i = 0; i < facts->n_bindings; i++) {
        const struct nved_binding *b = &facts->bindings[i];

        if (b->claim_seq != facts->client_seq) {
            n_stale++;
        } else if (!least || b->state < least->state) {
            least = b;
        }
    }
    if (n_stale && least && least->state > NVED_STATE_PENDING) {
        least = NULL;
    }
    *binding = least;
    return least ? least->state : NVED_STATE_PENDING;
}

void
nved_report_init(struct nved_report *report, const struct nved_facts *facts)
{
    const char *reason = facts->judgement.reason;

    *report = (struct nved_report) { .state = NULL };
    switch (facts->judgement.verdict) {
    case NVED_IGNORED:
        break;
    case NVED_PENDING:
        report_set(report, NVED_STATE_PENDING, reason);
        break;
    case NVED_REFUSED:
        report_set(report, NVED_STATE_REFUSED, reason);
        break;
    case NVED_CLAIMED:
        report_claim(report, facts);
        break;
    default:
        OVS_NOT_REACHED();
    }
}

/* Appends 'vn_id', which may be NULL, to those of 'total'. */
static void
add_vn_id(struct nved_report *total, const char *vn_id)
{
    char *old = total->vn_id;

    if (vn_id) {
        total->vn_id = old ? xasprintf("%s,%s", old, vn_id) : xstrdup(vn_id);
        free(old);
    }
}

void
nved_report_add(struct nved_report *total, struct nved_report *report,
                const char *vn)
{
    if (!total->state
        || (report->state && (nved_state_from_string(report->state)
                              < nved_state_from_string(total->state)))) {
        total->state = report->state;
        free(total->reason);
        total->reason = (report->reason && vn
                         ? xasprintf("VN %s: %s", vn, report->reason)
                         : nullable_xstrdup(report->reason));
    }
    total->keep |= report->keep;
    add_vn_id(total, report->vn_id);
    nved_report_uninit(report);
}

void
nved_report_uninit(struct nved_report *report)
{
    free(report->reason);
    free(report->vn_id);
    report->reason = report->vn_id = NULL;
}

bool
nved_report_is_written(const struct nved_report *report,
                       const struct smap *ids)
{
    const char *state = smap_get(ids, "nvo3-state");

    if (report->keep && state) {
        return true;
    }
    return (nullable_string_is_equal(state, report->state)
            && nullable_string_is_equal(smap_get(ids, "nvo3-reason"),
                                        report->reason)
            && nullable_string_is_equal(smap_get(ids, "nvo3-vn-id"),
                                        report->vn_id));
}

/* Reports on a port that has, or should have, a claim. */
static void
report_claim(struct nved_report *report, const struct nved_facts *facts)
{
    if (!facts->known) {
        report_set(report, NVED_STATE_PENDING, facts->obstacle);
        report->keep = true;
    } else if (!facts->sent) {
        report_set(report, NVED_STATE_PENDING, facts->obstacle);
    } else {
        report_bindings(report, facts);
    }
}

/* Reports the least of the states of the Bindings that answer the claim. */
static void
report_bindings(struct nved_report *report, const struct nved_facts *facts)
{
    const struct nved_binding *least;
    enum nved_state state = nved_facts_get_state(facts, &least);

    if (!least) {
        report_set(report, NVED_STATE_PENDING, NULL);
    } else if (state < NVED_STATE_ASSOCIATED) {
        report_binding(report, facts, least);
    } else if (facts->incomplete) {
        report_set(report, NVED_STATE_PENDING, NULL);
        report->keep = true;
    } else {
        report_binding(report, facts, least);
        report_vn_ids(report, facts);
    }
}

/* Reports what 'b', one of 'facts->bindings', says. */
static void
report_binding(struct nved_report *report, const struct nved_facts *facts,
               const struct nved_binding *b)
{
    report_set(report, b->state, b->reason);
    if (facts->n_bindings > 1 && report->reason) {
        free(report->reason);
        report->reason = xasprintf("VN %s: %s", b->vn, b->reason);
    }
}

/* Reports the IDs of the VNs, if they are known, apart by commas. */
static void
report_vn_ids(struct nved_report *report, const struct nved_facts *facts)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < facts->n_bindings; i++) {
        if (facts->bindings[i].vn_id) {
            ds_put_format(&s, "%s%"PRId64, s.length ? "," : "",
                          facts->bindings[i].vn_id);
        }
    }
    if (s.length) {
        report->vn_id = xstrdup(ds_cstr(&s));
    }
    ds_destroy(&s);
}

static void
report_set(struct nved_report *report, enum nved_state state,
           const char *reason)
{
    report->state = nved_state_to_string(state);
    report->reason = reason && *reason ? xstrdup(reason) : NULL;
}
