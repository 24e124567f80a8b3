/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/tnved-vlan.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "ovs-ext/tnved-answer.h"
#include "util.h"

void suite_tnved_vlan(void);

/* Checks that 'vlan' says 'expected', "MODE TAG TRUNK...[ protected]". */
static void
check_vlan(const struct tnved_vlan *vlan, const char *expected)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%s %"PRId64, vlan->mode, vlan->tag);
    for (size_t i = 0; i < vlan->n_trunks; i++) {
        ds_put_format(&s, " %"PRId64, vlan->trunks[i]);
    }
    ds_put_cstr(&s, vlan->protected ? " protected" : "");
    CU_ASSERT_STRING_EQUAL(ds_cstr(&s), expected);
    ds_destroy(&s);
}

/* Checks that the 'n' tags in 'tags' make an uplink 'expected'. */
static void
check_trunk(const int64_t *tags, size_t n, const char *expected)
{
    int64_t *copy = xmalloc((n + 1) * sizeof *copy);
    struct tnved_vlan vlan;

    for (size_t i = 0; i < n; i++) {
        copy[i] = tags[i];
    }
    vlan = tnved_vlan_trunk(copy, n);
    check_vlan(&vlan, expected);
    free(copy);
}

static void
test_forms(void)
{
    struct tnved_vlan blocked = tnved_vlan_blocked();
    struct tnved_vlan open = tnved_vlan_access(100);
    struct tnved_vlan tunnel = tnved_vlan_tunnel(100);

    check_vlan(&blocked, "trunk -1 4095 protected");
    check_vlan(&open, "access 100");
    check_vlan(&tunnel, "dot1q-tunnel 100");
    tunnel.mode = open.mode;
    CU_ASSERT_FALSE(tnved_vlan_equals(&open, &tunnel));
}

static void
test_uplink(void)
{
    const int64_t tags[] = { 300, 7, 300, 4094, 7, 1 };

    check_trunk(NULL, 0, "trunk -1 4095 protected"); /* Never empty. */
    check_trunk(tags, 1, "trunk -1 300");
    check_trunk(tags, 3, "trunk -1 7 300");
    check_trunk(tags, ARRAY_SIZE(tags), "trunk -1 1 7 300 4094");
}

static void
test_equals(void)
{
    int64_t one[] = { 7, 8 }, other[] = { 7, 9 };
    struct tnved_vlan a = tnved_vlan_trunk(one, 2);
    struct tnved_vlan b = tnved_vlan_trunk(other, 2);
    struct tnved_vlan none = { .mode = NULL, .tag = -1 };

    CU_ASSERT_TRUE(tnved_vlan_equals(&a, &a));
    CU_ASSERT_FALSE(tnved_vlan_equals(&a, &b));
    b = a;
    b.n_trunks = 1;
    CU_ASSERT_FALSE(tnved_vlan_equals(&a, &b));
    b = a;
    b.protected = true;
    CU_ASSERT_FALSE(tnved_vlan_equals(&a, &b));
    b = a;
    b.tag = 0;
    CU_ASSERT_FALSE(tnved_vlan_equals(&a, &b));
    CU_ASSERT_FALSE(tnved_vlan_equals(&a, &none));
    CU_ASSERT_TRUE(tnved_vlan_equals(&none, &none));
}

static void
test_decide(void)
{
    struct tnved_answer answer = {
        .state = TSI_ACTIVATED, .tag = 100, .current = true,
    };
    struct tnved_vlan_facts facts = {
        .wanted = true, .known = true, .answer = &answer,
    };

    CU_ASSERT_EQUAL(tnved_vlan_decide(&facts), 100);
    facts.now = 99;                     /* The tag changes. */
    CU_ASSERT_EQUAL(tnved_vlan_decide(&facts), 100);

    answer.current = false;             /* An update is on its way. */
    CU_ASSERT_EQUAL(tnved_vlan_decide(&facts), 0);
    facts.now = 100;
    CU_ASSERT_EQUAL(tnved_vlan_decide(&facts), 100);
    answer.state = TSI_ASSOCIATED;
    CU_ASSERT_EQUAL(tnved_vlan_decide(&facts), 0);
    answer.state = TSI_ACTIVATED;

    facts.wanted = false;
    CU_ASSERT_EQUAL(tnved_vlan_decide(&facts), 0);
    facts.wanted = true;
    facts.answer = NULL;
    CU_ASSERT_EQUAL(tnved_vlan_decide(&facts), 0);
    facts.known = false;                /* As it was. */
    CU_ASSERT_EQUAL(tnved_vlan_decide(&facts), 100);
    facts.now = 0;
    CU_ASSERT_EQUAL(tnved_vlan_decide(&facts), 0);
}

static void
test_tags_that_no_vn_can_have(void)
{
    static const int64_t bad[] = { -1, 0, 4095, 4096, INT64_MAX, INT64_MIN };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct tnved_answer answer = {
            .state = TSI_ACTIVATED, .tag = bad[i], .current = true,
        };
        struct tnved_vlan_facts facts = {
            .wanted = true, .known = true, .answer = &answer,
        };

        CU_ASSERT_EQUAL(tnved_vlan_decide(&facts), 0);
    }
}

void
suite_tnved_vlan(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/tnved-vlan", NULL, NULL);

    CU_add_test(suite, "forms", test_forms);
    CU_add_test(suite, "uplink", test_uplink);
    CU_add_test(suite, "equals", test_equals);
    CU_add_test(suite, "decide", test_decide);
    CU_add_test(suite, "bad tags", test_tags_that_no_vn_can_have);
}
