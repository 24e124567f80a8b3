/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/nved-wants.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

void suite_nved_wants(void);

static void
put_set(struct ds *s, const struct shash *set)
{
    const struct shash_node **nodes = shash_sort(set);

    for (size_t i = 0; i < shash_count(set); i++) {
        ds_put_format(s, "%s%s", i ? "," : "", nodes[i]->name);
    }
    ds_put_char(s, '/');
    free(nodes);
}

/* Checks that what is wanted is 'expected', "VNS/IDS/VNICS/", and whether that
 * is new. */
static void
check(struct nved_wants *wants, const char *expected, bool changed)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    put_set(&s, &wants->vns);
    put_set(&s, &wants->ids);
    put_set(&s, &wants->vnics);
    CU_ASSERT_STRING_EQUAL(ds_cstr(&s), expected);
    CU_ASSERT_EQUAL(wants->changed, changed);
    wants->changed = false;
    ds_destroy(&s);
}

static void
test_kinds(void)
{
    struct nved_wants wants;

    nved_wants_init(&wants);
    check(&wants, "///", false);
    nved_wants_add(&wants, "red", NULL);
    nved_wants_add(&wants, "blue", "vm1");
    check(&wants, "blue,red///", true);
    nved_wants_add(&wants, "id:4711", "vm1");
    nved_wants_add(&wants, "id:0012", NULL);
    check(&wants, "blue,red/12,4711//", true);
    nved_wants_add(&wants, "", "vm2");
    check(&wants, "blue,red/12,4711/vm2/", true);

    /* These name nothing. */
    nved_wants_add(&wants, "", NULL);
    nved_wants_add(&wants, "", "");
    nved_wants_add(&wants, "id:", NULL);
    nved_wants_add(&wants, "id:x", NULL);
    nved_wants_add(&wants, "id:0", NULL);
    nved_wants_add(&wants, "id:16777216", NULL);
    nved_wants_add(&wants, "id:99999999999999999999999", NULL);
    check(&wants, "blue,red/12,4711/vm2/", false);
    nved_wants_drop(&wants, "id:x", NULL);
    nved_wants_drop(&wants, "", NULL);
    check(&wants, "blue,red/12,4711/vm2/", false);
    nved_wants_uninit(&wants);
}

static void
test_uses_are_counted(void)
{
    struct nved_wants wants;

    nved_wants_init(&wants);
    nved_wants_add(&wants, "red", "vm1");
    nved_wants_add(&wants, "id:7", "vm1");
    check(&wants, "red/7//", true);
    nved_wants_add(&wants, "red", "vm2");
    nved_wants_add(&wants, "id:007", NULL);
    check(&wants, "red/7//", false);
    nved_wants_drop(&wants, "red", "vm1");
    nved_wants_drop(&wants, "id:7", "vm1");
    check(&wants, "red/7//", false);
    nved_wants_drop(&wants, "id:007", NULL);
    check(&wants, "red///", true);
    nved_wants_drop(&wants, "red", "vm2");
    check(&wants, "///", true);
    nved_wants_uninit(&wants);
}

void
suite_nved_wants(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/nved-wants", NULL, NULL);

    CU_add_test(suite, "kinds", test_kinds);
    CU_add_test(suite, "uses-are-counted", test_uses_are_counted);
}
