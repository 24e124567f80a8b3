/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/tnved-answer.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smap.h"
#include "util.h"

void suite_tnved_answer(void);

/* Checks that 'answer' is reported as 'expected', "STATE: REASON". */
static void
check(const struct tnved_answer *answer, const char *expected)
{
    struct nved_binding b = tnved_answer_to_binding(answer);
    char *text = xasprintf("%s: %s", nved_state_to_string(b.state), b.reason);

    CU_ASSERT_STRING_EQUAL(text, expected);
    if (strcmp(text, expected)) {
        printf("\ngot %s, expected %s\n", text, expected);
    }
    CU_ASSERT_STRING_EQUAL(b.vn, answer->vn);
    CU_ASSERT_EQUAL(b.claim_seq, answer->claim_seq);
    CU_ASSERT_EQUAL(b.vn_id, answer->vn_id);
    free(text);
    free(CONST_CAST(char *, b.reason));
}

static struct tnved_answer
answer_make(const struct smap *bad, enum tsi_state state, bool refused,
            const char *reason)
{
    return (struct tnved_answer) {
        .vn = "blue",
        .state = state,
        .refused = refused,
        .reason = reason,
        .bad_addresses = bad,
        .tag = state == TSI_INIT ? -1 : 100,
        .vn_id = 7,
        .claim_seq = 3,
    };
}

static void
test_states(void)
{
    static const struct {
        enum tsi_state state;
        bool refused;
        const char *expected;
    } cases[] = {
        { TSI_INIT, false, "pending: r" },
        { TSI_INIT, true, "refused: r" },
        { TSI_ASSOCIATED, false, "associated: r" },
        { TSI_ASSOCIATED, true, "associated: r" },
        { TSI_ACTIVATED, false, "activated: r" },
        { TSI_ACTIVATED, true, "activated: r" },
    };
    const struct smap none = SMAP_INITIALIZER(&none);

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct tnved_answer a = answer_make(&none, cases[i].state,
                                            cases[i].refused, "r");

        check(&a, cases[i].expected);
        CU_ASSERT_EQUAL(tnved_answer_is_open(&a),
                        cases[i].state == TSI_ACTIVATED);
        a.pending = true;               /* An update; frames may pass. */
        check(&a, "pending: r");
        CU_ASSERT_EQUAL(tnved_answer_is_open(&a),
                        cases[i].state == TSI_ACTIVATED);
    }
}

static void
test_reasons(void)
{
    struct smap bad = SMAP_INITIALIZER(&bad);
    struct tnved_answer a = answer_make(&bad, TSI_ACTIVATED, false, "");

    check(&a, "activated: ");
    a.tag = -1;
    check(&a, "pending: the external NVE has given no tag");
    CU_ASSERT_FALSE(tnved_answer_is_open(&a));
    a.tag = 4095;
    CU_ASSERT_FALSE(tnved_answer_is_open(&a));
    a.tag = 4094;
    smap_add(&bad, "y", "is b's");
    smap_add(&bad, "x", "malformed");
    check(&a, "activated: address x: malformed; address y: is b's");
    a.reason = "why";
    check(&a, "activated: why; address x: malformed; address y: is b's");
    smap_destroy(&bad);
}

void
suite_tnved_answer(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/tnved-answer", NULL, NULL);

    CU_add_test(suite, "states", test_states);
    CU_add_test(suite, "reasons", test_reasons);
}
