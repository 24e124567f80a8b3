/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/session.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/controller/bench.h"
#include "tests/unit/controller/fake-link.h"
#include "tests/unit/controller/fake-switch.h"
#include "util.h"

void suite_session_audit(void);

#define VN1 "flow cookie=0x4e00000000000001,table=24,metadata=1,"
#define VN2 "flow cookie=0x4e00000000000002,table=24,metadata=2,"
#define LOCAL "flow cookie=0x4c00000000000000,table=0,"

/* Begins with a settled connection whose audits are due every 10 s. */
static void
begin(struct bench *b)
{
    bench_init(b);
    b->config.audit_interval_ms = 10000;
    bench_put(b, 0, 1, "group 0x02000001\nbucket 0x02000001 7 output:7\n"
              LOCAL "in_port=1,actions=drop\n"
              LOCAL "in_port=2,actions=group:0x02000001");
    bench_put(b, 1, 1, "group 0x01000001\nbucket 0x01000001 1 drop\n"
              "bucket 0x01000001 2 drop\n" VN1 "in_port=1,actions=drop\n"
              VN1 "in_port=2,actions=drop");
    bench_put(b, 2, 1, VN2 "in_port=1,actions=drop\n"
              VN2 "in_port=2,actions=drop");
    bench_connect(b);
    bench_check(b);
    ds_clear(&b->trace);
}

/* Audits now, checks the events, and that all is well again. */
static void
check_audit(struct bench *b, const char *expected)
{
    session_audit(b->session, b->now);
    bench_run(b);
    bench_expect(b, expected);
    bench_check(b);
}

static void
test_damage(void)
{
    struct bench b;

    begin(&b);
    check_audit(&b, "");
    bench_by_hand(&b, "no " VN1 "in_port=1,actions=drop");
    check_audit(&b, "repaired 1: 1 flows instead of 2\nconfirmed 1 v1\n");
    bench_by_hand(&b, "no " LOCAL "in_port=1,actions=drop");
    check_audit(&b, "repaired 0: 1 flows instead of 2\nconfirmed 0 v1\n");
    bench_by_hand(&b, VN2 "in_port=9,actions=output:6");
    check_audit(&b, "repaired 2: 3 flows instead of 2\nconfirmed 2 v1\n");
    bench_by_hand(&b, "no bucket 0x01000001 2 drop");
    check_audit(&b, "repaired 1: 1 buckets instead of 2 in group 0x1000001\n"
                "confirmed 1 v1\n");
    bench_by_hand(&b, "no group 0x02000001"); /* With the flow that uses it. */
    check_audit(&b, "repaired 0: 0 groups instead of 1\nconfirmed 0 v1\n");
    bench_by_hand(&b, "no flow table=253,priority=1,metadata=0x4d00000002,"
                  "actions=drop");
    check_audit(&b, "repaired 2: its marker is missing\nconfirmed 2 v1\n");
    CU_ASSERT_EQUAL(session_get_stats(b.session).n_repairs, 6);
    bench_uninit(&b);
}

/* One flow less here, one more there: the sums agree, the images do not. */
static void
test_damage_that_adds_up(void)
{
    struct bench b;

    begin(&b);
    bench_by_hand(&b, "no " VN1 "in_port=1,actions=drop");
    bench_by_hand(&b, VN2 "in_port=9,actions=drop");
    session_audit(b.session, b.now);
    bench_run(&b);
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&b.trace), "repaired 1: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&b.trace), "repaired 2: "));
    bench_check(&b);
    bench_uninit(&b);
}

/* Flows and groups of VNs that have no business there go. */
static void
test_strays(void)
{
    struct bench b;

    begin(&b);
    bench_by_hand(&b, "flow cookie=0x4e00000000000009,table=24,metadata=9,"
                  "actions=drop");
    bench_by_hand(&b, "flow cookie=0x4e00000000000008,table=24,metadata=8,"
                  "actions=drop");
    check_audit(&b, "");
    bench_by_hand(&b, "group 0x01000009");
    bench_by_hand(&b, "group 0x02000009");
    check_audit(&b, "");
    bench_by_hand(&b, "flow cookie=0x4d00000000000009,table=253,priority=1,"
                  "metadata=0x4d00000009,actions=drop");
    check_audit(&b, "");
    bench_uninit(&b);
}

/* What is not nDirector's is left alone. */
static void
test_foreign(void)
{
    struct bench b;

    begin(&b);
    bench_by_hand(&b, "flow cookie=5,table=0,priority=7,actions=drop");
    bench_by_hand(&b, "group 0x55000001");
    session_audit(b.session, b.now);
    bench_run(&b);
    bench_expect(&b, "");
    CU_ASSERT_EQUAL(fake_switch_n_groups(b.sw), 3);
    CU_ASSERT_EQUAL(fake_switch_n_flows(b.sw), 2 + 2 + 2 + 4 + 1);
    CU_ASSERT(session_is_settled(b.session));
    bench_uninit(&b);
}

/* Without being asked, once in the interval, with a handful of requests as
 * long as all is well. */
static void
test_schedule(void)
{
    struct bench b;
    uint64_t requests;

    begin(&b);
    requests = fake_switch_get_stats(b.sw).n_requests;
    bench_advance(&b, 999);
    CU_ASSERT_EQUAL(fake_switch_get_stats(b.sw).n_requests, requests);
    bench_advance(&b, 4001);    /* The first comes soon. */
    CU_ASSERT_EQUAL(fake_switch_get_stats(b.sw).n_requests, requests + 5);
    bench_advance(&b, 100000);
    CU_ASSERT_EQUAL(fake_switch_get_stats(b.sw).n_requests, requests + 55);

    bench_by_hand(&b, "no " VN1 "in_port=1,actions=drop");
    bench_advance(&b, 10000);
    bench_expect(&b, "repaired 1: 1 flows instead of 2\nconfirmed 1 v1\n");
    bench_check(&b);
    bench_uninit(&b);
}

/* Nothing is judged by a count that an update overtook. */
static void
test_audit_while_busy(void)
{
    struct bench b;

    begin(&b);
    for (int i = 0; i < 400; i++) {
        char *text = xasprintf(VN1 "in_port=%d,actions=drop", i + 10);

        if (i % 5 == 0) {
            session_audit(b.session, b.now);
        }
        bench_put(&b, 1, i, i % 3 ? text : "");
        free(text);
        bench_run_some(&b, i % 11 * 20);
        bench_take_events(&b);
        b.now += i % 300;
        session_run(b.session, b.now);
    }
    bench_run(&b);
    bench_advance(&b, 120000);
    CU_ASSERT_PTR_NULL(strstr(ds_cstr(&b.trace), "repaired"));
    CU_ASSERT_EQUAL(session_get_stats(b.session).n_resyncs, 4);
    bench_check(&b);
    bench_uninit(&b);
}

/* Neither in the second part of an audit, where images are counted. */
static void
test_update_overtakes_count(void)
{
    struct bench b;

    begin(&b);
    session_audit(b.session, b.now);
    fake_link_down(b.session, b.sw, SIZE_MAX, b.now);
    fake_link_up(b.session, b.sw, SIZE_MAX, b.now); /* The sums. */
    fake_link_down(b.session, b.sw, SIZE_MAX, b.now);
    bench_put(&b, 1, 2, VN1 "in_port=7,actions=drop");
    bench_run(&b);
    bench_expect(&b, "confirmed 1 v2\n");
    bench_check(&b);
    bench_uninit(&b);
}

/* A VN that never rests does not keep damage elsewhere from being found. */
static void
test_audit_of_the_restless(void)
{
    struct bench b;
    bool repaired = false;

    begin(&b);
    bench_by_hand(&b, "no " VN2 "in_port=1,actions=drop");
    for (int i = 0; i < 60 && !repaired; i++) {
        bench_put(&b, 1, 5, i % 2 ? "" : VN1 "in_port=7,actions=drop");
        b.now += 1000;
        session_run(b.session, b.now); /* The update is not confirmed yet. */
        bench_run(&b);
        repaired = strstr(ds_cstr(&b.trace),
                          "repaired 2: 1 flows instead of 2") != NULL;
    }
    CU_ASSERT(repaired);
    bench_check(&b);
    bench_uninit(&b);
}

/* A switch that does not answer is not asked again and again. */
static void
test_no_answer(void)
{
    struct bench b;
    uint64_t requests;

    begin(&b);
    fake_switch_faults(b.sw)->mute = true;
    requests = fake_switch_get_stats(b.sw).n_requests;
    for (int i = 0; i < 10; i++) {
        session_audit(b.session, b.now);
    }
    bench_run(&b);
    CU_ASSERT_EQUAL(fake_switch_get_stats(b.sw).n_requests, requests + 5);
    bench_uninit(&b);
}

/* Images with nothing in them, and no image at all. */
static void
test_empty(void)
{
    struct bench b;

    bench_init(&b);
    bench_connect(&b);
    ds_clear(&b.trace);
    check_audit(&b, "");
    for (size_t i = 0; i < BENCH_N_IMAGES; i++) {
        bench_unsubscribe(&b, i);
    }
    bench_run(&b);
    check_audit(&b, "");
    bench_by_hand(&b, "flow cookie=0x4e00000000000009,table=24,actions=drop");
    bench_by_hand(&b,
                  "flow cookie=0x4c00000000000000,table=24,actions=output:1");
    check_audit(&b, "");
    bench_uninit(&b);
}

void
suite_session_audit(void)
{
    CU_pSuite suite = CU_add_suite("controller/session-audit", NULL, NULL);

    CU_ADD_TEST(suite, test_damage);
    CU_ADD_TEST(suite, test_damage_that_adds_up);
    CU_ADD_TEST(suite, test_strays);
    CU_ADD_TEST(suite, test_foreign);
    CU_ADD_TEST(suite, test_schedule);
    CU_ADD_TEST(suite, test_audit_while_busy);
    CU_ADD_TEST(suite, test_update_overtakes_count);
    CU_ADD_TEST(suite, test_audit_of_the_restless);
    CU_ADD_TEST(suite, test_no_answer);
    CU_ADD_TEST(suite, test_empty);
}
