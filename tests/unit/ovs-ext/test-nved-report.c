/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/nved-report.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smap.h"
#include "util.h"

void suite_nved_report(void);

#define SEQ 7

/* The facts of a claim that the database has, as 'bindings' answer it. */
static struct nved_facts
facts_make(const struct nved_binding *bindings, size_t n)
{
    return (struct nved_facts) {
        .judgement = { .verdict = NVED_CLAIMED },
        .known = true,
        .sent = true,
        .client_seq = SEQ,
        .bindings = bindings,
        .n_bindings = n,
    };
}

/* Checks that 'facts' are reported as 'expected', "STATE[ in VN ID]" or
 * "STATE[ in VN ID]: REASON". */
static void
check(const struct nved_facts *facts, const char *expected)
{
    struct nved_report report;
    char *text;

    nved_report_init(&report, facts);
    text = xasprintf("%s%s%s%s%s", report.state ? report.state : "nothing",
                     report.vn_id ? " in " : "",
                     report.vn_id ? report.vn_id : "",
                     report.reason ? ": " : "",
                     report.reason ? report.reason : "");
    CU_ASSERT_STRING_EQUAL(text, expected);
    if (strcmp(text, expected)) {
        printf("\ngot %s, expected %s\n", text, expected);
    }
    free(text);
    nved_report_uninit(&report);
}

static void
test_names(void)
{
    static const char *const names[] = {
        "refused", "pending", "associated", "activated"
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        enum nved_state state = nved_state_from_string(names[i]);

        CU_ASSERT_STRING_EQUAL(nved_state_to_string(state), names[i]);
    }
    CU_ASSERT_EQUAL(nved_state_from_string(NULL), NVED_STATE_PENDING);
    CU_ASSERT_EQUAL(nved_state_from_string("x"), NVED_STATE_PENDING);
}

static void
test_judgement_alone(void)
{
    struct nved_facts facts = { .judgement = { .verdict = NVED_IGNORED } };

    check(&facts, "nothing");
    facts.judgement.verdict = NVED_PENDING;
    facts.judgement.reason = "why";
    check(&facts, "pending: why");
    facts.judgement.verdict = NVED_REFUSED;
    check(&facts, "refused: why");
}

static void
test_claim_not_sent(void)
{
    struct nved_binding b = { "vn", "", NVED_STATE_ACTIVATED, SEQ, 0 };
    struct nved_facts facts = facts_make(&b, 1);

    facts.sent = false;
    check(&facts, "pending");
    facts.obstacle = "no connection";
    check(&facts, "pending: no connection");
    facts.sent = true;                  /* An obstacle to nothing. */
    check(&facts, "activated");
}

static void
test_bindings(void)
{
    struct nved_binding b[] = {
        { "vn1", "", NVED_STATE_ACTIVATED, SEQ, 0 },
        { "vn2", "", NVED_STATE_ACTIVATED, SEQ, 0 },
    };
    struct nved_facts none = facts_make(NULL, 0);
    struct nved_facts one = facts_make(b, 1);
    struct nved_facts two = facts_make(b, 2);

    check(&none, "pending");
    check(&one, "activated");
    check(&two, "activated");

    b[0].reason = "note";
    check(&one, "activated: note");
    b[1].state = NVED_STATE_ASSOCIATED;
    check(&two, "associated");
    b[1].reason = "waits";
    check(&two, "associated: VN vn2: waits");
    b[0].state = NVED_STATE_REFUSED;
    check(&two, "refused: VN vn1: note");
    check(&one, "refused: note");
    b[1].state = NVED_STATE_PENDING;
    check(&two, "refused: VN vn1: note");
}

static void
test_stale_bindings(void)
{
    struct nved_binding b[] = {
        { "vn1", "old", NVED_STATE_ACTIVATED, SEQ - 1, 0 },
        { "vn2", "", NVED_STATE_ACTIVATED, SEQ, 0 },
    };
    struct nved_facts one = facts_make(b, 1);
    struct nved_facts two = facts_make(b, 2);

    check(&one, "pending");
    check(&two, "pending");
    b[0].claim_seq = SEQ + 1;           /* Of a claim before ours. */
    check(&one, "pending");
    b[1].state = NVED_STATE_REFUSED;
    b[1].reason = "no";
    check(&two, "refused: VN vn2: no");
}

static void
test_vn_ids(void)
{
    struct nved_binding b[] = {
        { "vn1", "", NVED_STATE_ACTIVATED, SEQ, 5001 },
        { "vn2", "note", NVED_STATE_ASSOCIATED, SEQ, 16777215 },
    };
    struct nved_facts one = facts_make(b, 1);
    struct nved_facts two = facts_make(b, 2);

    check(&one, "activated in 5001");
    check(&two, "associated in 5001,16777215: VN vn2: note");
    b[1].claim_seq--;
    check(&two, "pending");
    b[1].claim_seq++;
    b[1].state = NVED_STATE_REFUSED;
    check(&two, "refused: VN vn2: note");
    b[0].vn_id = 0;
    check(&one, "activated");
}

/* Returns whether the report on 'facts' is written in external_ids with
 * 'state' and 'reason', either of which may be NULL. */
static bool
is_written(const struct nved_facts *facts, const char *state,
           const char *reason)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct nved_report report;
    bool written;

    smap_add(&ids, "iface-id", "a");
    if (state) {
        smap_add(&ids, "nvo3-state", state);
    }
    if (reason) {
        smap_add(&ids, "nvo3-reason", reason);
    }
    nved_report_init(&report, facts);
    written = nved_report_is_written(&report, &ids);
    nved_report_uninit(&report);
    smap_destroy(&ids);
    return written;
}

static void
test_is_written(void)
{
    struct nved_facts facts = { .judgement = { .verdict = NVED_IGNORED } };

    CU_ASSERT(is_written(&facts, NULL, NULL));
    CU_ASSERT(!is_written(&facts, "pending", NULL));
    CU_ASSERT(!is_written(&facts, NULL, "why"));
    facts.judgement.verdict = NVED_PENDING;
    CU_ASSERT(is_written(&facts, "pending", NULL));
    CU_ASSERT(!is_written(&facts, "pending", "why"));
    CU_ASSERT(!is_written(&facts, "refused", NULL));
    CU_ASSERT(!is_written(&facts, NULL, NULL));
    facts.judgement.reason = "why";
    CU_ASSERT(is_written(&facts, "pending", "why"));
    CU_ASSERT(!is_written(&facts, "pending", NULL));
}

static void
test_unknown_database_keeps_the_state(void)
{
    struct nved_facts facts = facts_make(NULL, 0);

    facts.known = false;
    facts.obstacle = "no connection";
    check(&facts, "pending: no connection");
    CU_ASSERT(is_written(&facts, "activated", NULL));
    CU_ASSERT(is_written(&facts, "refused", "why"));
    CU_ASSERT(!is_written(&facts, NULL, NULL));

    /* What is wrong with the port itself is known all the same. */
    facts.judgement.verdict = NVED_REFUSED;
    facts.judgement.reason = "why";
    CU_ASSERT(!is_written(&facts, "activated", NULL));
}

static void
test_vn_id_on_its_way(void)
{
    struct nved_binding b = { "vn1", "", NVED_STATE_ACTIVATED, SEQ, 0 };
    struct nved_facts facts = facts_make(&b, 1);

    facts.incomplete = true;
    check(&facts, "pending");
    CU_ASSERT(is_written(&facts, "activated", NULL));
    CU_ASSERT(!is_written(&facts, NULL, NULL));
    facts.incomplete = false;
    b.vn_id = 7;
    check(&facts, "activated in 7");
    CU_ASSERT(!is_written(&facts, "activated", NULL));

    /* Nobody waits for an ID that would not be written. */
    facts.incomplete = true;
    b.state = NVED_STATE_REFUSED;
    check(&facts, "refused");
    CU_ASSERT(!is_written(&facts, "activated", NULL));
    b.state = NVED_STATE_ACTIVATED;
    b.claim_seq--;
    check(&facts, "pending");
    CU_ASSERT(!is_written(&facts, "activated", NULL));
}

/* Adds to 'total' a report on a claim in 'vn' with a Binding 'b'. */
static void
add(struct nved_report *total, const struct nved_binding *b)
{
    struct nved_facts facts = facts_make(b, 1);
    struct nved_report one;

    nved_report_init(&one, &facts);
    nved_report_add(total, &one, b->vn);
}

static void
test_several_claims(void)
{
    const struct nved_binding b[] = {
        { "vn1", "", NVED_STATE_ACTIVATED, SEQ, 5001 },
        { "vn2", "waits", NVED_STATE_ASSOCIATED, SEQ, 5002 },
        { "vn3", "no", NVED_STATE_REFUSED, SEQ, 0 },
    };
    struct nved_report total = NVED_REPORT_INIT;

    add(&total, &b[0]);
    CU_ASSERT_STRING_EQUAL(total.state, "activated");
    CU_ASSERT_PTR_NULL(total.reason);
    add(&total, &b[1]);
    CU_ASSERT_STRING_EQUAL(total.state, "associated");
    CU_ASSERT_STRING_EQUAL(total.reason, "VN vn2: waits");
    add(&total, &b[0]);
    CU_ASSERT_STRING_EQUAL(total.state, "associated");
    CU_ASSERT_STRING_EQUAL(total.vn_id, "5001,5002,5001");
    add(&total, &b[2]);
    CU_ASSERT_STRING_EQUAL(total.state, "refused");
    CU_ASSERT_STRING_EQUAL(total.reason, "VN vn3: no");
    nved_report_uninit(&total);
}

void
suite_nved_report(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/nved-report", NULL, NULL);

    CU_add_test(suite, "names", test_names);
    CU_add_test(suite, "judgement alone", test_judgement_alone);
    CU_add_test(suite, "claim not sent", test_claim_not_sent);
    CU_add_test(suite, "bindings", test_bindings);
    CU_add_test(suite, "stale bindings", test_stale_bindings);
    CU_add_test(suite, "VN IDs", test_vn_ids);
    CU_add_test(suite, "several claims", test_several_claims);
    CU_add_test(suite, "VN ID on its way", test_vn_id_on_its_way);
    CU_add_test(suite, "is written", test_is_written);
    CU_add_test(suite, "unknown database keeps the state",
                test_unknown_database_keeps_the_state);
}
