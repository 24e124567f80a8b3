/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Model: gleaned addresses, and to whom they yield. */

#include <config.h>
#include "controller/model.h"

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <stdlib.h>

#include "packets.h"
#include "tests/unit/controller/desk.h"
#include "tests/unit/controller/rows.h"
#include "util.h"

void suite_model_glean(void);

#define PENDING ": waits for the datapath of NVE "

/* Begins with a VN that gleans three addresses of each VNIC, two VNICs in it,
 * and one in a VN that gleans nothing. */
static void
begin(struct desk *d)
{
    desk_init(d);
    desk_do(d, "vn red id=5 open glean=3\nvn blue id=6\n"
               "nve h1\nreg h1\nnve h2\nreg h2\n"
               "vnic v1 red=m1,10.0.0.1\nclaim h1/v1\n"
               "vnic v2 red=m2,10.0.0.2\nclaim h2/v2\n"
               "vnic v3 blue=m3\nclaim h1/v3");
    desk_confirm(d, "v1 red h1");
    desk_confirm(d, "v2 red h2");
    ds_clear(&d->trace);
    ds_clear(&d->changes);
}

/* Has 'binding' glean 'mac' and, unless it is NULL, 'ip' with it. */
static enum glean_result
glean(struct desk *d, const char *binding, uint16_t mac, const char *ip)
{
    struct eth_addr ea = { .ea = { 2, 0, 0, 0, mac >> 8, mac & 0xff } };
    struct in6_addr addr;
    ovs_be32 ip4;
    uint64_t rival;

    if (ip && inet_pton(AF_INET, ip, &ip4)) {
        in6_addr_set_mapped_ipv4(&addr, ip4);
    } else if (ip) {
        ovs_assert(inet_pton(AF_INET6, ip, &addr));
    }
    return model_glean(d->model, desk_binding(d, binding), ea,
                       ip ? &addr : NULL, &rival);
}

static void
test_learn(void)
{
    struct desk d;

    begin(&d);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 1, NULL), GLEAN_KNOWN);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 1, "10.0.0.1"), GLEAN_KNOWN);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 9, "10.0.0.9"), GLEAN_REFUSED);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 9, NULL), GLEAN_LEARNED);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 9, "10.0.0.9"), GLEAN_LEARNED);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 9, "10.0.0.9"), GLEAN_KNOWN);
    CU_ASSERT(model_is_dirty(d.model));
    desk_run(&d);
    desk_expect_changes(&d, "+mapping 5 02:00:00:00:00:09 h1\n"
                            "+mapping 5 02:00:00:00:00:09 h1\n"
                            "+local 5 h1 v1\n");
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq 0, "
               "gleaned 02:00:00:00:00:09, 02:00:00:00:00:09 10.0.0.9");

    /* An IP of a MAC that was signalled.  What is said again is only what is
     * new. */
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 1, "fd00::1"), GLEAN_LEARNED);
    desk_run(&d);
    desk_expect_changes(&d, "+mapping 5 02:00:00:00:00:01 h1\n"
                            "+local 5 h1 v1\n");
    desk_uninit(&d);
}

static void
test_quota(void)
{
    struct desk d;

    begin(&d);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 9, NULL), GLEAN_LEARNED);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 9, "10.0.0.9"), GLEAN_LEARNED);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 10, NULL), GLEAN_LEARNED);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 11, NULL), GLEAN_FULL);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 10, "10.0.0.10"), GLEAN_FULL);
    CU_ASSERT_FALSE(model_binding_gleans(desk_binding(&d, "v1 red h1")));
    CU_ASSERT_EQUAL(glean(&d, "v2 red h2", 11, NULL), GLEAN_LEARNED);
    CU_ASSERT_EQUAL(glean(&d, "v3 blue h1", 12, NULL), GLEAN_FULL);
    desk_run(&d);

    /* Fewer: the first learned stay. */
    desk_do(&d, "vn red id=5 open glean=2");
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq 0, "
               "gleaned 02:00:00:00:00:09, 02:00:00:00:00:09 10.0.0.9");
    desk_do(&d, "vn red id=5 open");
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq "
               "0");
    desk_check(&d, "binding", "v2 red h2", "activated, generation 1.2, seq "
               "0");
    desk_uninit(&d);
}

static void
test_taken(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v4 red=m4,10.0.4.0/24,fd00:4::/64");

    /* What the inventory has, whether it is attached or not. */
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 2, NULL), GLEAN_TAKEN);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 4, NULL), GLEAN_TAKEN);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 1, "10.0.0.2"), GLEAN_TAKEN);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 1, "10.0.4.7"), GLEAN_TAKEN);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 1, "fd00:4::7"), GLEAN_TAKEN);

    /* What another gleaned. */
    CU_ASSERT_EQUAL(glean(&d, "v2 red h2", 9, NULL), GLEAN_LEARNED);
    CU_ASSERT_EQUAL(glean(&d, "v2 red h2", 9, "10.0.0.9"), GLEAN_LEARNED);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 9, NULL), GLEAN_TAKEN);
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 1, "10.0.0.9"), GLEAN_TAKEN);
    desk_run(&d);
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq "
               "0");

    /* In another VN all that is nothing. */
    desk_do(&d, "vn blue id=6 glean=9");
    CU_ASSERT_EQUAL(glean(&d, "v3 blue h1", 2, NULL), GLEAN_LEARNED);
    desk_uninit(&d);
}

/* Learns a MAC with an IP, and another IP, of VNIC v1. */
static void
learn_three(struct desk *d)
{
    begin(d);
    CU_ASSERT_EQUAL(glean(d, "v1 red h1", 9, NULL), GLEAN_LEARNED);
    CU_ASSERT_EQUAL(glean(d, "v1 red h1", 9, "10.0.0.9"), GLEAN_LEARNED);
    CU_ASSERT_EQUAL(glean(d, "v1 red h1", 1, "10.0.0.8"), GLEAN_LEARNED);
    desk_run(d);
    ds_clear(&d->changes);
}

static void
test_yield_mac(void)
{
    struct desk d;

    learn_three(&d);
    desk_do(&d, "vnic v5 red=m9");
    desk_check(&d, "vnic", "v5", "ok; red ok, 02:00:00:00:00:09 ok");
    desk_expect_changes(&d, "-mapping 5\n-mapping 5\n+local 5 h1 v1\n");
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq 0, "
               "gleaned 02:00:00:00:00:01 10.0.0.8");
    desk_uninit(&d);
}

static void
test_yield_ip(void)
{
    struct desk d;

    learn_three(&d);
    desk_do(&d, "vnic v2 red=m2,10.0.0.2,10.0.0.9");
    desk_check(&d, "vnic", "v2", "ok; red ok, 02:00:00:00:00:02 ok");
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq 0, "
               "gleaned 02:00:00:00:00:01 10.0.0.8, 02:00:00:00:00:09");
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 9, "10.0.0.9"), GLEAN_TAKEN);

    /* A prefix around it. */
    desk_do(&d, "vnic v2 red=m2,10.0.0.0/24");
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq 0, "
               "gleaned 02:00:00:00:00:09");
    desk_uninit(&d);
}

/* What a hypervisor signals goes before it, too. */
static void
test_yield_claim(void)
{
    struct desk d;

    learn_three(&d);
    desk_do(&d, "claim h2/v7 vn=red addr=m9,10.0.0.8");
    desk_check(&d, "binding", "v7 red h2", "pending, generation 1.4, seq 0"
               PENDING "h2");
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq "
               "0");
    desk_uninit(&d);
}

/* The MAC that IPs were gleaned of is taken from the VNIC. */
static void
test_mac_goes(void)
{
    struct desk d;

    learn_three(&d);
    desk_do(&d, "vnic v1 red=m11");
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq 0, "
               "gleaned 02:00:00:00:00:09, 02:00:00:00:00:09 10.0.0.9");
    desk_uninit(&d);
}

/* They go with the binding, or when it is only associated, at once. */
static void
test_binding_goes(void)
{
    struct desk d;

    learn_three(&d);
    desk_do(&d, "claim h1/v1 assoc");
    desk_expect_changes(&d, "-local 5 h1\n-mapping 5\n-mapping 5\n"
                            "-mapping 5\n-mapping 5\n+member 5 h1\n");
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq "
               "0");
    desk_do(&d, "claim h1/v1");
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 9, NULL), GLEAN_LEARNED);
    desk_run(&d);
    desk_do(&d, "del claim h1/v1");
    desk_check(&d, "binding", "v1 red h1", "gone");
    CU_ASSERT_EQUAL(glean(&d, "v2 red h2", 9, NULL), GLEAN_LEARNED);
    desk_uninit(&d);
}

static void
test_forget(void)
{
    struct model_gleaned *g;
    struct in6_addr ip;
    struct desk d;
    struct model_binding *b;

    learn_three(&d);
    b = desk_binding(&d, "v1 red h1");
    g = CONTAINER_OF(ovs_list_front(&b->gleaned), struct model_gleaned, node);
    CU_ASSERT(!g->mac.n_ips && model_gleaned_probe(g, &ip));
    CU_ASSERT_EQUAL(in6_addr_get_mapped_ipv4(&ip), htonl(0x0a000009));
    CU_ASSERT(model_unglean(d.model, b, g->owner));
    desk_run(&d);
    desk_expect_changes(&d, "-mapping 5\n-mapping 5\n+local 5 h1 v1\n");
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq 0, "
               "gleaned 02:00:00:00:00:01 10.0.0.8");
    CU_ASSERT_FALSE(model_unglean(d.model, b, 1));
    desk_uninit(&d);
}

/* What was gleaned before a restart is in effect at once, but for what somebody
 * else has come to have since. */
static void
test_restart(void)
{
    struct desk d;

    learn_three(&d);
    desk_restart(&d, 2);
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq 0, "
               "gleaned 02:00:00:00:00:01 10.0.0.8, 02:00:00:00:00:09, "
               "02:00:00:00:00:09 10.0.0.9");
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&d.changes),
                                  "+mapping 5 02:00:00:00:00:09 h1\n"));
    rows_do(d.rows, NULL, "vnic v5 red=m9");
    desk_restart(&d, 3);
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq 0, "
               "gleaned 02:00:00:00:00:01 10.0.0.8");
    rows_do(d.rows, NULL, "claim h1/v1 assoc");
    desk_restart(&d, 4);
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq "
               "0");
    desk_uninit(&d);
}

static void
test_bad_values(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vn red id=5 open glean=1025");
    desk_check(&d, "vn", "red", "partly refused: gleaning 1025 is not between "
               "0 and 1024: nothing is gleaned, VN ID 5");
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq "
               "0");
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 9, NULL), GLEAN_FULL);
    desk_do(&d, "vn red id=5 open glean=-1");
    desk_check(&d, "vn", "red", "partly refused: gleaning -1 is not between "
               "0 and 1024: nothing is gleaned, VN ID 5");
    desk_do(&d, "vn red id=5 open glean=4 age=9");
    desk_check(&d, "vn", "red", "partly refused: gleaning_age 9 is not "
               "between 10 and 86400: nothing is gleaned, VN ID 5");
    desk_do(&d, "vn red id=5 open glean=4 age=10");
    desk_check(&d, "vn", "red", "ok, VN ID 5");
    CU_ASSERT_EQUAL(glean(&d, "v1 red h1", 9, NULL), GLEAN_LEARNED);
    desk_uninit(&d);
}

void
suite_model_glean(void)
{
    CU_pSuite suite = CU_add_suite("controller/model-glean", NULL, NULL);

    CU_add_test(suite, "learn", test_learn);
    CU_add_test(suite, "quota", test_quota);
    CU_add_test(suite, "taken", test_taken);
    CU_add_test(suite, "yield_mac", test_yield_mac);
    CU_add_test(suite, "yield_ip", test_yield_ip);
    CU_add_test(suite, "yield_claim", test_yield_claim);
    CU_add_test(suite, "mac_goes", test_mac_goes);
    CU_add_test(suite, "binding_goes", test_binding_goes);
    CU_add_test(suite, "forget", test_forget);
    CU_add_test(suite, "restart", test_restart);
    CU_add_test(suite, "bad_values", test_bad_values);
}
