/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/nved-trunk.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

void suite_nved_trunk(void);

/* Checks that 's' means 'expected', "TAG:VN" each with a space after it, or
 * that 'expected' is in the error. */
static void
check(const char *s, bool good, const char *expected)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct nved_trunk trunk;
    char *error = nved_trunk_parse(s, &trunk);
    bool ok;

    for (size_t i = 0; i < trunk.n; i++) {
        ds_put_format(&text, "%d:%s ", trunk.vns[i].tag, trunk.vns[i].vn);
    }
    CU_ASSERT_EQUAL(!error, good);
    CU_ASSERT(!error || !trunk.n);
    ok = (error ? strstr(error, expected) != NULL
                : !strcmp(ds_cstr(&text), expected));
    CU_ASSERT(ok);
    if (!ok) {
        printf("\n%s: got %s, expected %s\n", s,
               error ? error : ds_cstr(&text), expected);
    }
    nved_trunk_uninit(&trunk);
    ds_destroy(&text);
    free(error);
}

static void
test_good(void)
{
    check("10=blue", true, "10:blue ");
    check("10=blue,20=red", true, "10:blue 20:red ");
    check(" 20 = red , 10 = a b = c ,", true, "20:red 10:a b = c ");
    check("0=blue,1=id:4711,4094=x", true, "0:blue 1:id:4711 4094:x ");
}

static void
test_bad(void)
{
    check("", false, "names no VN");
    check(" , ", false, "is not TAG=VN");
    check(",", false, "names no VN");
    check("blue", false, "\"blue\" is not TAG=VN");
    check("=blue", false, "\"\" is no tag");
    check("x=blue", false, "\"x\" is no tag");
    check("-1=blue", false, "\"-1\" is no tag");
    check("4095=blue", false, "\"4095\" is no tag");
    check("10x=blue", false, "\"10x\" is no tag");
    check("99999999999=blue", false, "is no tag");
    check("10=", false, "is no name of a VN");
    check("10=a\tb", false, "is no name of a VN");
    check("10=a,10=b", false, "tag 10 is there twice");
    check("10=a,010=b", false, "tag 10 is there twice");
    check("10=a,20=a", false, "\"a\" is there twice");
    check("10=a,20=b,x", false, "\"x\" is not TAG=VN");
}

void
suite_nved_trunk(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/nved-trunk", NULL, NULL);

    CU_add_test(suite, "good", test_good);
    CU_add_test(suite, "bad", test_bad);
}
