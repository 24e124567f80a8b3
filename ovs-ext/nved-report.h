/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_REPORT_H
#define NVED_REPORT_H 1

/* What an NVE tells the hypervisor about one interface, as external_ids:
 * nvo3-state, nvo3-reason and nvo3-vn-id, from the judgement on its port
 * (nved-claims.h), the claim that the NVO3 database has, and the nDirector's
 * Bindings.  Pure.
 *
 *     struct nved_report report;
 *
 *     nved_report_init(&report, &facts);
 *     if (!nved_report_is_written(&report, &interface->external_ids)) {
 *         ... write it ...
 *     }
 *     nved_report_uninit(&report);
 *
 * A report never runs ahead of the claim: a Binding counts only if it
 * answers the claim as it is asked now (claim_seq equals client_seq), and the
 * claim in the database must be the one that is wanted.  Otherwise the state
 * is pending.  A VNIC in several VNs has several Bindings, and its state is
 * the least of theirs: refused, pending, associated, activated.  The VN ID is
 * written together with a state that says that there is one.
 *
 * Threads: any; there is no state. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ovs-ext/nved-claims.h"

struct smap;

/* In rising order of what the VNIC can do. */
enum nved_state {
    NVED_STATE_REFUSED,
    NVED_STATE_PENDING,
    NVED_STATE_ASSOCIATED,
    NVED_STATE_ACTIVATED,
};

/* One Binding that concerns the claim; the strings are borrowed. */
struct nved_binding {
    const char *vn;
    const char *reason;         /* "" if there is none. */
    enum nved_state state;
    int64_t claim_seq;
    int64_t vn_id;              /* Of 'vn'; 0 if it is not known. */
};

/* All that a report depends on; borrowed. */
struct nved_facts {
    struct nved_judgement judgement;
    const char *obstacle;       /* Why no claim can be sent, or NULL. */
    bool known;                 /* Is what the NVO3 database says known? */
    bool sent;                  /* Has it the claim, just as wanted? */
    int64_t client_seq;         /* If 'sent': of the row. */
    const struct nved_binding *bindings; /* That answer this claim. */
    size_t n_bindings;
    bool incomplete;            /* A VN ID is still on its way to us. */
};

struct nved_report {
    const char *state;          /* Value of nvo3-state; NULL: remove it. */
    char *reason;               /* Value of nvo3-reason; NULL: remove it. */
    char *vn_id;                /* Value of nvo3-vn-id; NULL: remove it. */
    bool keep;                  /* Keep a state that is there already. */
};

#define NVED_REPORT_INIT { .state = NULL }

/* Returns the name of 'state', as in Binding.state. */
const char *nved_state_to_string(enum nved_state state);

/* Returns the state called 's'; NVED_STATE_PENDING if 's' is NULL or not the
 * name of one. */
enum nved_state nved_state_from_string(const char *s);

/* Returns the state of the claim in 'facts->judgement', which 'facts' say is
 * there: the least of those of its Bindings, NVED_STATE_PENDING as long as
 * one does not answer it as it is asked now.  Stores in '*binding' the one
 * that says so, or NULL. */
enum nved_state nved_facts_get_state(const struct nved_facts *facts,
                                     const struct nved_binding **binding);

/* Computes '*report' from 'facts'; the caller must end it with
 * nved_report_uninit().  If nothing is known of the NVO3 database, or a VN ID
 * is still on its way, a state that is there already stays: traffic goes on
 * meanwhile. */
void nved_report_init(struct nved_report *report,
                      const struct nved_facts *facts);

/* Adds to '*total', which may be NVED_REPORT_INIT, 'report' on one more claim
 * of the same port, and ends 'report'.  The state is the least of all, with
 * its reason, in which 'vn' is named if it is not NULL; the VN IDs are all
 * that there are. */
void nved_report_add(struct nved_report *total, struct nved_report *report,
                     const char *vn);

/* Frees what 'report' owns. */
void nved_report_uninit(struct nved_report *report);

/* Returns true if 'external_ids' of the interface say what 'report' does, so
 * that there is nothing to write. */
bool nved_report_is_written(const struct nved_report *report,
                            const struct smap *external_ids);

#endif /* nved-report.h */
