/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/session.h"

#include <CUnit/CUnit.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "controller/update.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofpbuf.h"
#include "tests/unit/controller/bench.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/item-text.h"
#include "util.h"

void suite_session(void);

#define VN1 "flow cookie=0x4e00000000000001,table=24,metadata=1,"
#define VN2 "flow cookie=0x4e00000000000002,table=24,metadata=2,"
#define LOCAL "flow cookie=0x4c00000000000000,table=0,"

/* Gives the images something to hold. */
static void
fill(struct bench *b)
{
    bench_put(b, 0, 1, LOCAL "in_port=1,actions=drop\n"
              "group 0x02000001\nbucket 0x02000001 7 output:7\n"
              LOCAL "in_port=2,actions=group:0x02000001\n");
    bench_put(b, 1, 1, VN1 "dl_dst=02:00:00:00:00:01,actions=drop\n"
              VN1 "dl_dst=02:00:00:00:00:02,actions=drop");
    bench_put(b, 2, 1, "group 0x01000002\nbucket 0x01000002 1 drop\n"
              VN2 "dl_dst=02:00:00:00:00:01,actions=group:0x01000002");
}

static void
test_first_connection(void)
{
    struct bench b;

    bench_init(&b);
    fill(&b);
    bench_connect(&b);
    bench_check(&b);
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&b.trace),
                                  "identified aa\nsurveyed\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&b.trace), "confirmed 0 v1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&b.trace), "confirmed 3 v0\n"));
    CU_ASSERT_STRING_EQUAL(session_name(b.session), "h1");
    CU_ASSERT_STRING_EQUAL(session_peer(b.session), "unix:test");
    CU_ASSERT(session_is_ready(b.session));
    ds_clear(&b.trace);

    bench_put(&b, 1, 2, VN1 "dl_dst=02:00:00:00:00:03,actions=drop");
    CU_ASSERT(!session_is_settled(b.session));
    bench_run(&b);
    bench_expect(&b, "confirmed 1 v2\n");
    bench_check(&b);
    bench_uninit(&b);
}

/* A reconnection, and a restart of the director, send nothing. */
static void
test_restart_sends_nothing(void)
{
    struct bench b;

    bench_init(&b);
    fill(&b);
    bench_connect(&b);

    uint64_t mods = bench_mods(&b);

    bench_connect(&b);
    bench_check(&b);
    CU_ASSERT_EQUAL(bench_mods(&b), mods);
    bench_restart_director(&b);
    bench_connect(&b);
    bench_check(&b);
    CU_ASSERT_EQUAL(bench_mods(&b), mods);
    CU_ASSERT_EQUAL(session_get_stats(b.session).n_mods_sent, 0);
    bench_uninit(&b);
}

/* After a restart, what changed meanwhile is sent, and nothing else. */
static void
test_restart_with_changes(void)
{
    struct bench b;

    bench_init(&b);
    fill(&b);
    bench_connect(&b);
    bench_disconnect(&b);
    bench_put(&b, 1, 7, VN1 "dl_dst=02:00:00:00:00:09,actions=drop");
    b.subscribed[2] = false;    /* The VN has left, with flows and group. */
    bench_restart_director(&b);

    uint64_t mods = bench_mods(&b);

    bench_connect(&b);
    bench_check(&b);
    CU_ASSERT_EQUAL(session_get_stats(b.session).n_resyncs, 1);
    CU_ASSERT(bench_mods(&b) - mods < 15);
    bench_uninit(&b);
}

/* While the director lives, its images' logs tell what an NVE that comes back
 * has missed. */
static void
test_catch_up(void)
{
    struct bench b;

    bench_init(&b);
    fill(&b);
    for (int i = 0; i < 20; i++) {
        char *text = xasprintf(VN1 "in_port=%d,actions=drop", i);

        bench_put(&b, 1, 100 + i, text);
        free(text);
    }
    bench_connect(&b);
    bench_disconnect(&b);
    bench_put(&b, 1, 7, VN1 "dl_dst=02:00:00:00:00:09,actions=drop");
    bench_put(&b, 1, 8, VN1 "dl_dst=02:00:00:00:00:0a,actions=drop");
    bench_put(&b, 1, 7, "");

    uint64_t mods = bench_mods(&b);

    bench_connect(&b);
    bench_check(&b);
    CU_ASSERT_EQUAL(bench_mods(&b) - mods, 6);
    CU_ASSERT_EQUAL(session_get_stats(b.session).n_resyncs, 0);
    bench_uninit(&b);
}

/* A switch that lost its flows, or has others, is wiped first. */
static void
test_wipe(void)
{
    struct bench b;
    struct ds s = DS_EMPTY_INITIALIZER;

    bench_init(&b);
    fill(&b);
    bench_connect(&b);
    fake_switch_restart(b.sw);
    bench_connect(&b);
    bench_check(&b);

    fake_switch_restart(b.sw);
    bench_by_hand(&b, "group 5\nflow table=3,actions=group:5\n"
            "flow table=4,actions=drop");
    bench_connect(&b);
    bench_check(&b);

    session_format(b.session, b.now, &s);
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&s), "state=ready"));
    ds_destroy(&s);
    bench_uninit(&b);
}

/* Groups that a datapath has from before go, without harm to others. */
static void
test_left_over_groups(void)
{
    struct bench b;

    bench_init(&b);
    fill(&b);
    bench_connect(&b);
    bench_disconnect(&b);

    /* The local image loses one group and gets another, in one update that
     * is too old for its log. */
    for (int i = 0; i < 100; i++) {
        char *text = xasprintf("group 0x02000005\nbucket 0x02000005 %d "
                               "output:1\n" LOCAL "in_port=2,"
                               "actions=group:0x02000005\n", i);

        bench_put(&b, 0, 1, text);
        free(text);
    }
    bench_connect(&b);
    bench_check(&b);
    bench_uninit(&b);
}

static void
test_subscriptions(void)
{
    struct bench b;

    bench_init(&b);
    b.subscribed[1] = b.subscribed[2] = false;
    fill(&b);
    bench_connect(&b);
    bench_check(&b);

    bench_subscribe(&b, 1);
    bench_subscribe(&b, 2);
    bench_run(&b);
    bench_check(&b);

    bench_unsubscribe(&b, 2);
    bench_run(&b);
    bench_check(&b);
    CU_ASSERT_EQUAL(session_confirmed_version(b.session, b.images[2]),
                    UINT64_MAX);

    /* Out and in again before a byte moves, and with things in flight. */
    bench_unsubscribe(&b, 1);
    bench_subscribe(&b, 1);
    bench_subscribe(&b, 2);
    bench_unsubscribe(&b, 2);
    bench_run(&b);
    bench_check(&b);
    bench_put(&b, 1, 5, VN1 "dl_dst=02:00:00:00:00:05,actions=drop");
    bench_run_some(&b, 30);
    bench_unsubscribe(&b, 1);
    bench_run(&b);
    bench_check(&b);

    /* The local image takes its groups with it. */
    bench_unsubscribe(&b, 0);
    bench_run(&b);
    bench_check(&b);
    bench_uninit(&b);
}

static void
test_ports(void)
{
    struct bench b;

    bench_init(&b);
    fake_switch_add_port(b.sw, 1, "vnet0");
    fake_switch_add_port(b.sw, 2, "nvo3-vxlan0");
    for (int i = 0; i < 2000; i++) {
        char *name = xasprintf("many%d", i);

        fake_switch_add_port(b.sw, OFP_PORT_C(100 + i), name);
        free(name);
    }
    bench_connect(&b);
    ds_clear(&b.trace);
    CU_ASSERT_EQUAL(session_port_by_name(b.session, "vnet0"), 1);
    CU_ASSERT_EQUAL(session_port_by_name(b.session, "nvo3-vxlan0"), 2);
    CU_ASSERT_EQUAL(session_port_by_name(b.session, "many1999"), 2099);
    CU_ASSERT_EQUAL(session_port_by_name(b.session, "vnet1"), OFPP_NONE);

    fake_switch_add_port(b.sw, 3, "vnet1");
    fake_switch_remove_port(b.sw, 1);
    bench_run(&b);
    bench_expect(&b, "ports\n"); /* One event for both. */
    CU_ASSERT_EQUAL(session_port_by_name(b.session, "vnet1"), 3);
    CU_ASSERT_EQUAL(session_port_by_name(b.session, "vnet0"), OFPP_NONE);

    /* Renumbered: the new port may come before the old one has gone. */
    fake_switch_add_port(b.sw, 9, "vnet1");
    fake_switch_remove_port(b.sw, 3);
    bench_run(&b);
    bench_expect(&b, "ports\n");
    CU_ASSERT_EQUAL(session_port_by_name(b.session, "vnet1"), 9);

    /* Ports that came and went while the connection was down. */
    bench_disconnect(&b);
    fake_switch_remove_port(b.sw, 9);
    fake_switch_add_port(b.sw, 1, "vnet2");
    bench_connect(&b);
    CU_ASSERT_EQUAL(session_port_by_name(b.session, "vnet1"), OFPP_NONE);
    CU_ASSERT_EQUAL(session_port_by_name(b.session, "vnet2"), 1);
    bench_uninit(&b);
}

static void
test_liveness(void)
{
    struct bench b;

    bench_init(&b);
    fill(&b);
    bench_connect(&b);
    ds_clear(&b.trace);

    /* Echos keep it alive, without any other traffic. */
    uint64_t requests = fake_switch_get_stats(b.sw).n_requests;

    bench_advance(&b, 3600 * 1000);
    CU_ASSERT(!session_is_closed(b.session));
    CU_ASSERT_EQUAL(fake_switch_get_stats(b.sw).n_requests, requests);

    fake_switch_faults(b.sw)->mute = true;
    bench_advance(&b, 15001);
    bench_expect(&b, "closed: did not answer an echo request, silent for "
                 "10000 ms\n");
    CU_ASSERT_EQUAL(session_deadline(b.session), LLONG_MAX);
    bench_uninit(&b);
}

/* A switch that is busy with many messages has time to answer. */
static void
test_patience(void)
{
    struct bench b;
    struct ds s = DS_EMPTY_INITIALIZER;

    bench_init(&b);
    bench_connect(&b);
    ds_clear(&b.trace);
    for (int i = 0; i < 20000; i++) {
        ds_put_format(&s, VN1 "tcp,tp_src=%d,actions=drop\n", i);
    }
    bench_put(&b, 1, 1, ds_cstr(&s));
    ds_destroy(&s);
    fake_switch_faults(b.sw)->mute = true;
    bench_advance(&b, 5000 + 5000 + 3900);
    CU_ASSERT(!session_is_closed(b.session));
    bench_advance(&b, 200);
    CU_ASSERT(session_is_closed(b.session));
    bench_uninit(&b);
}

static void
test_greeting_timeout(void)
{
    struct bench b;

    bench_init(&b);
    fake_switch_faults(b.sw)->no_hello = true;
    bench_connect(&b);
    bench_advance(&b, 9999);
    bench_expect(&b, "");
    bench_advance(&b, 1);
    bench_expect(&b, "closed: said no hello or datapath ID within 10 s\n");
    bench_uninit(&b);

    /* Nobody accepts it: that is the core's affair. */
    bench_init(&b);
    b.accept = false;
    bench_connect(&b);
    bench_advance(&b, 600 * 1000);
    bench_expect(&b, "identified aa\n");
    bench_uninit(&b);
}

static void
test_wrong_version(void)
{
    struct bench b;
    struct iovec iov;

    bench_init(&b);
    fake_switch_faults(b.sw)->hello_version = 0x04;
    b.session = session_create("x", &b.pool, &b.config, b.now);
    fake_switch_connect(b.sw);
    session_output_sent(b.session, 16, b.now);

    const void *bytes;

    fake_switch_output(b.sw, &bytes);
    session_receive(b.session, bytes, b.now);
    bench_take_events(&b);
    bench_expect(&b, "closed: does not speak OpenFlow 1.5: set "
                 "protocols=OpenFlow15 on its bridge\n");

    /* It is told why. */
    CU_ASSERT_EQUAL_FATAL(session_output(b.session, &iov, 1), 1);
    const struct ofp_header *oh = iov.iov_base;

    CU_ASSERT_EQUAL(oh->type, 1);
    CU_ASSERT_EQUAL(ntohs(oh->length), iov.iov_len);
    bench_uninit(&b);

    /* A version above ours, without a bitmap, includes ours. */
    bench_init(&b);
    fake_switch_faults(b.sw)->hello_version = 0x07;
    bench_connect(&b);
    CU_ASSERT(session_is_ready(b.session));
    bench_uninit(&b);
}

/* A director of an older epoch is turned away by the switch itself. */
static void
test_stale_role(void)
{
    struct bench b;

    bench_init(&b);
    b.config.generation_id = 5;
    bench_connect(&b);
    ds_clear(&b.trace);
    b.config.generation_id = 4;
    bench_connect(&b);
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&b.trace),
                                  "closed: the switch refused the master "
                                  "role"));
    ds_clear(&b.trace);
    b.config.generation_id = 6;
    bench_connect(&b);
    CU_ASSERT(session_is_ready(b.session));
    bench_uninit(&b);
}

/* The bytes may go out in any pieces. */
static void
test_output_in_pieces(void)
{
    struct bench b;

    bench_init(&b);
    fill(&b);
    b.session = session_create("x", &b.pool, &b.config, b.now);
    fake_switch_connect(b.sw);
    for (int i = 0; i < 20000; i++) {
        bench_run_some(&b, 1 + i % 7);
    }
    bench_check(&b);

    /* Several entries at a time. */
    bench_put(&b, 1, 3, VN1 "in_port=3,actions=drop");
    bench_put(&b, 2, 3, VN2 "in_port=3,actions=drop");
    bench_put(&b, 1, 4, VN1 "in_port=4,actions=drop");

    struct iovec iov[8];
    size_t n = session_output(b.session, iov, 8);
    size_t total = 0;

    CU_ASSERT_EQUAL_FATAL(n, 3);
    CU_ASSERT_EQUAL(session_output(b.session, iov, 2), 2);
    for (size_t i = 0; i < n; i++) {
        fake_switch_receive(b.sw, iov[i].iov_base, iov[i].iov_len);
        total += iov[i].iov_len;
    }
    CU_ASSERT_EQUAL(session_get_stats(b.session).queue_bytes, total);
    session_output_sent(b.session, total, b.now);
    CU_ASSERT_EQUAL(session_get_stats(b.session).queue_bytes, 0);
    CU_ASSERT_EQUAL(session_get_stats(b.session).n_unconfirmed, 3);
    bench_run(&b);
    bench_check(&b);
    bench_uninit(&b);
}

void
suite_session(void)
{
    CU_pSuite suite = CU_add_suite("controller/session", NULL, NULL);

    CU_ADD_TEST(suite, test_first_connection);
    CU_ADD_TEST(suite, test_restart_sends_nothing);
    CU_ADD_TEST(suite, test_restart_with_changes);
    CU_ADD_TEST(suite, test_catch_up);
    CU_ADD_TEST(suite, test_wipe);
    CU_ADD_TEST(suite, test_left_over_groups);
    CU_ADD_TEST(suite, test_subscriptions);
    CU_ADD_TEST(suite, test_ports);
    CU_ADD_TEST(suite, test_liveness);
    CU_ADD_TEST(suite, test_patience);
    CU_ADD_TEST(suite, test_greeting_timeout);
    CU_ADD_TEST(suite, test_wrong_version);
    CU_ADD_TEST(suite, test_stale_role);
    CU_ADD_TEST(suite, test_output_in_pieces);
}
