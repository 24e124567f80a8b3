/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Core: scenarios in virtual time in which somebody does what he should
 * not. */

#include <config.h>
#include "controller/core.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "controller/session.h"
#include "tests/unit/controller/desk.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/rows.h"
#include "tests/unit/controller/world.h"
#include "util.h"

void suite_core_faults(void);

/* Two hosts, a VNIC each in one VN. */
static struct world *
two_hosts(void)
{
    struct world *w = world_create();

    world_do(w, "vn red id=5\nhost h1\nhost h2\nvnic v1 red=m1,10.0.0.1\n"
                "vnic v2 red=m2,10.0.0.2\nvm h1 v1 7\nvm h2 v2 7");
    free(world_take_trace(w));
    return w;
}

/* Returns true if the flows of the switch of 'nve' have 'text' in them. */
static bool
has(const struct world *w, const char *nve, const char *text)
{
    char *dump = fake_switch_dump(world_switch(w, nve));
    bool found = strstr(dump, text) != NULL;

    free(dump);
    return found;
}

/* Identity. */

static void
test_second_connection(void)
{
    struct world *w = two_hosts();
    const struct session *first = core_nve_session(world_core(w), "h1");
    size_t n_mods = world_n_mods(w);

    /* Another switch with the datapath ID of h1. */
    world_do(w, "switch liar 1\nconnect liar");
    CU_ASSERT_EQUAL(world_n_closed(w), 1);
    world_advance(w, 5000);
    CU_ASSERT_EQUAL(world_n_closed(w), 6);
    CU_ASSERT_PTR_EQUAL(core_nve_session(world_core(w), "h1"), first);
    CU_ASSERT_EQUAL(fake_switch_n_flows(world_switch(w, "liar")), 0);
    CU_ASSERT_EQUAL(world_n_mods(w), n_mods);
    world_check(w);

    /* When the first has gone it is taken. */
    world_do(w, "disconnect h1");
    world_advance(w, 1000);
    CU_ASSERT(fake_switch_n_flows(world_switch(w, "liar")) > 0);
    world_destroy(w);
}

static void
test_wrong_certificate(void)
{
    struct world *w = two_hosts();

    world_do(w, "disconnect h1\nconnect h1 h2");
    CU_ASSERT_EQUAL(world_n_closed(w), 1);
    CU_ASSERT_PTR_NULL(core_nve_session(world_core(w), "h1"));
    world_do(w, "connect h1 h1");
    CU_ASSERT_PTR_NOT_NULL(core_nve_session(world_core(w), "h1"));
    world_check(w);
    world_destroy(w);
}

/* A datapath connects before anybody knows it: it waits, unharmed. */
static void
test_session_before_registration(void)
{
    struct world *w = world_create();

    world_do(w, "vn red id=5\nvnic v1 red=m1\nswitch h1\nconnect h1\n"
                "port h1 v1 7");
    world_advance(w, 8000);
    CU_ASSERT_EQUAL(world_n_closed(w), 0);
    CU_ASSERT_EQUAL(world_n_mods(w), 0);
    world_do(w, "claim h1/v1\nreg h1");
    CU_ASSERT_EQUAL(world_n_mods(w), 0);
    world_do(w, "nve h1");
    world_verdict(w, "binding", "v1 red h1", "activated, generation 1.1, seq "
                  "0");
    world_check(w);
    world_destroy(w);
}

/* The other way round, with open admission. */
static void
test_open_admission(void)
{
    struct world *w = world_create();

    world_do(w, "admission open\nswitch h1\nreg h1");
    world_verdict(w, "nve", "h1", "ok");
    world_do(w, "connect h1");
    world_verdict(w, "nve", "h1", "ok, connected");
    world_restart(w);
    world_verdict(w, "nve", "h1", "ok, connected");
    world_check(w);
    world_destroy(w);
}

/* An NVE gets another datapath ID, that of a switch which is there. */
static void
test_datapath_id_change(void)
{
    struct world *w = two_hosts();

    world_do(w, "switch new 99\nconnect new\nport new v1 3");
    world_do(w, "reg h1 dpid=0000000000000063");
    world_advance(w, 2000);
    world_verdict(w, "binding", "v1 red h1", "activated, generation 1.1, seq "
                  "0");
    CU_ASSERT(has(w, "new", "in_port=3"));
    world_check(w);
    world_destroy(w);
}

/* Two NVEs exchange their datapaths. */
static void
test_datapath_ids_swapped(void)
{
    struct world *w = two_hosts();

    world_do(w, "nve h1 off\nnve h2 off");
    world_do(w, "reg h1 dpid=0000000000000002\n"
                "reg h2 dpid=0000000000000001\nnve h1\nnve h2");
    world_advance(w, 3000);
    CU_ASSERT_PTR_NOT_NULL(core_nve_session(world_core(w), "h1"));
    CU_ASSERT_EQUAL(session_datapath_id(core_nve_session(world_core(w),
                                                         "h1")), 2);
    world_check(w);
    world_destroy(w);
}

/* An NVE gives its datapath back to another, and gets its own, in one step:
 * the session that is closed for that is not taken for the other's. */
static void
test_datapath_id_given_back(void)
{
    struct world *w = two_hosts();

    world_do(w, "del reg h2");
    world_do(w, "reg h1 dpid=0000000000000002");
    world_advance(w, 2000);
    world_do(w, "reg h2");
    world_do(w, "reg h1");
    world_advance(w, 2000);
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 2);
    CU_ASSERT_EQUAL(session_datapath_id(core_nve_session(world_core(w),
                                                         "h1")), 1);
    CU_ASSERT_EQUAL(session_datapath_id(core_nve_session(world_core(w),
                                                         "h2")), 2);
    world_check(w);
    world_destroy(w);
}

/* An NVE whose row goes while it is connected, and comes back as another. */
static void
test_nve_renamed(void)
{
    struct world *w = two_hosts();

    world_do(w, "del claim h1/v1\ndel nve h1\ndel reg h1\nnve x1\n"
                "reg x1 dpid=0000000000000001 ep=192.0.2.1\nclaim x1/v1");
    world_advance(w, 2000);
    world_verdict(w, "binding", "v1 red x1", "activated, generation 1.3, seq "
                  "0");
    CU_ASSERT_PTR_NOT_NULL(core_nve_session(world_core(w), "x1"));
    CU_ASSERT_PTR_NULL(core_nve_session(world_core(w), "h1"));
    world_check(w);
    world_destroy(w);
}

/* Updates. */

static void
test_refused_bundle(void)
{
    struct world *w = two_hosts();

    fake_switch_faults(world_switch(w, "h1"))->refuse_commits = 2;
    world_do(w, "vnic v3 red=m3\nport h1 v3 8\nclaim h1/v3");
    CU_ASSERT_PTR_NOT_NULL(strstr(rows_verdict(world_rows(w), "binding",
                                               "v3 red h1"),
                                  "pending, generation 1.3, seq 0: the "
                                  "datapath refused it, to be tried again: "
                                  "flow: "));

    /* The others are well, and so is who was confirmed before. */
    CU_ASSERT(has(w, "h2", "02:00:00:00:00:03"));
    world_verdict(w, "binding", "v1 red h1", "activated, generation 1.1, seq "
                  "0");
    CU_ASSERT(world_calm(w, 60000));
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.3, seq "
                  "0");
    CU_ASSERT(core_get_stats(world_core(w)).n_refused >= 2);
    world_check(w);
    world_destroy(w);
}

/* A message that is lost on the way into the bundle: OVS commits the rest. */
static void
test_lost_message(void)
{
    struct world *w = two_hosts();

    fake_switch_faults(world_switch(w, "h1"))->lose_messages = 1;
    world_do(w, "vnic v3 red=m3\nport h1 v3 8\nclaim h1/v3");
    CU_ASSERT(world_calm(w, 60000));
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.3, seq "
                  "0");
    world_check(w);

    /* A connection that breaks in between does not hide it. */
    fake_switch_faults(world_switch(w, "h2"))->lose_messages = 1;
    world_do(w, "vnic v4 red=m4\nport h2 v4 8\nclaim h2/v4\nbreak h2");
    CU_ASSERT(world_calm(w, 60000));
    world_check(w);
    world_destroy(w);
}

static void
test_no_reply(void)
{
    struct world *w = two_hosts();

    fake_switch_faults(world_switch(w, "h1"))->mute_commits = 2;
    world_do(w, "vnic v3 red=m3\nport h1 v3 8\nclaim h1/v3");
    CU_ASSERT(strncmp(rows_verdict(world_rows(w), "binding", "v3 red h1"),
                      "activated", 9) != 0);
    world_do(w, "vnic v4 red=m4\nport h1 v4 9\nclaim h1/v4");
    CU_ASSERT(world_calm(w, 60000));
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.3, seq "
                  "0");
    world_check(w);
    world_destroy(w);
}

/* The connection breaks in the middle of a bundle. */
static void
test_cut(void)
{
    for (int i = 1; i < 15; i++) {
        struct world *w = two_hosts();

        fake_switch_faults(world_switch(w, "h1"))->cut_after = i;
        world_do(w, "vnic v3 red=m3,10.0.0.3\nport h1 v3 8\nclaim h1/v3\n"
                    "crash h2");
        CU_ASSERT(world_calm(w, 10000));
        world_verdict(w, "binding", "v3 red h1", "activated, generation 1.3, "
                      "seq 0");
        world_check(w);
        world_destroy(w);
    }
}

/* A datapath that says nothing any more is given up, and comes back. */
static void
test_silence(void)
{
    struct world *w = two_hosts();

    fake_switch_faults(world_switch(w, "h1"))->mute = true;
    world_advance(w, 9000);
    CU_ASSERT_EQUAL(world_n_closed(w), 0);
    world_advance(w, 3000);
    CU_ASSERT(world_n_closed(w) > 0);
    world_verdict(w, "nve", "h1", "ok");
    fake_switch_faults(world_switch(w, "h1"))->mute = false;
    world_advance(w, 30000);
    world_verdict(w, "nve", "h1", "ok, connected");
    world_check(w);
    world_destroy(w);
}

/* A slow reader loses its queue, never more than the limit is kept for it, it
 * gets all in the end, and nobody else notices. */
static void
test_slow_reader(void)
{
    struct world *w = world_create();
    struct session_stats stats;

    world_set_config(w, 16 * 1024, -1);
    world_restart(w);
    world_do(w, "vn red id=5\nhost h1\nhost h2\nvnic v0 red=m1000\n"
                "vm h1 v0 7");
    world_do(w, "rate h1 5");
    for (int i = 1; i <= 300; i++) {
        world_do_format(w, "vnic v%d red=m%x,10.0.%d.%d\nvm h2 v%d %d", i, i,
                        i / 250, i % 250 + 1, i, i + 10);
        world_advance(w, 1);
        stats = session_get_stats(core_nve_session(world_core(w), "h1"));
        CU_ASSERT(stats.queue_bytes < 16 * 1024 + 200 * 1024);
    }
    stats = session_get_stats(core_nve_session(world_core(w), "h1"));
    CU_ASSERT(stats.n_dropped > 0);
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 301);
    CU_ASSERT(!has(w, "h1", "02:00:00:00:01:2c"));
    world_do(w, "rate h1 2000");
    CU_ASSERT(world_calm(w, 60000));
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 301);
    CU_ASSERT(has(w, "h1", "02:00:00:00:01:2c"));
    CU_ASSERT_EQUAL(world_n_closed(w), 0);
    world_check(w);
    world_destroy(w);
}

/* A switch comes back with what it had as another NVE's, in a VN that has
 * another VN ID now. */
static void
test_used_switch(void)
{
    struct world *w = two_hosts();

    world_do(w, "switch used 3\nnve h3\nreg h3\nport used v3 9\n"
                "vnic v3 red=m3\nclaim h3/v3\nconnect used");
    world_check(w);
    world_do(w, "disconnect used\ndel claim h3/v3\ndel nve h3\ndel reg h3\n"
                "vn red id=8\nnve h4\nreg h4 dpid=0000000000000003\n"
                "vnic v4 red=m4\nport used v4 7\nclaim h4/v4\n"
                "connect used");
    CU_ASSERT(!has(w, "used", "metadata=0x5"));
    CU_ASSERT(has(w, "used", "metadata=0x8"));
    world_verdict(w, "binding", "v4 red h4", "activated, generation 1.4, seq "
                  "0");
    world_check(w);
    world_destroy(w);
}

/* Audit. */

static void
test_audit(void)
{
    struct world *w = world_create();
    uint64_t n_mods;

    world_set_config(w, 0, 30000);
    world_restart(w);
    world_do(w, "vn red id=5\nvn blue id=6\nhost h1\nhost h2\n"
                "vnic v1 red=m1,10.0.0.1\nvnic v2 red=m2,10.0.0.2\n"
                "vnic b1 blue=m1\nvnic b2 blue=m2\nvm h1 v1 7\nvm h2 v2 7\n"
                "vm h1 b1 8\nvm h2 b2 8");
    world_advance(w, 100000);
    CU_ASSERT_EQUAL(core_get_stats(world_core(w)).n_repairs, 0);
    n_mods = world_n_mods(w);
    world_advance(w, 100000);
    CU_ASSERT_EQUAL(world_n_mods(w), n_mods);

    for (int i = 0; i < 40; i++) {
        char *dump = fake_switch_dump(world_switch(w, "h1"));
        char *damaged;
        char *repaired;

        world_do_format(w, "damage h1 %d", i * 7919);
        damaged = fake_switch_dump(world_switch(w, "h1"));
        CU_ASSERT_STRING_NOT_EQUAL(dump, damaged);
        world_advance(w, 65000);
        repaired = fake_switch_dump(world_switch(w, "h1"));
        CU_ASSERT_STRING_EQUAL(dump, repaired);
        free(dump);
        free(damaged);
        free(repaired);
    }
    world_check(w);
    CU_ASSERT(core_get_stats(world_core(w)).n_repairs >= 30);
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 4);
    world_destroy(w);
}

static void
test_audit_by_hand(void)
{
    struct world *w = two_hosts();

    CU_ASSERT_EQUAL(core_audit(world_core(w), "h9", world_now(w)), 0);
    CU_ASSERT_EQUAL(core_audit(world_core(w), NULL, world_now(w)), 2);
    world_settle(w);
    CU_ASSERT_EQUAL(core_get_stats(world_core(w)).n_repairs, 0);
    world_do(w, "damage h1 401");
    CU_ASSERT_EQUAL(core_audit(world_core(w), "h1", world_now(w)), 1);
    CU_ASSERT(world_calm(w, 1000));
    CU_ASSERT_EQUAL(core_get_stats(world_core(w)).n_repairs, 1);
    world_check(w);
    world_destroy(w);
}

/* Nothing happens when nothing changes. */
static void
test_silence_is_golden(void)
{
    struct world *w = two_hosts();
    struct core_stats before = core_get_stats(world_core(w));
    struct core_stats after;

    world_advance(w, 600000);
    after = core_get_stats(world_core(w));
    CU_ASSERT_EQUAL(before.n_compiled, after.n_compiled);
    CU_ASSERT_EQUAL(before.n_mods_sent, after.n_mods_sent);
    CU_ASSERT_EQUAL(before.n_decisions, after.n_decisions);
    world_expect(w, "");
    world_destroy(w);
}

/* Bad rows of one do not touch another. */
static void
test_bad_rows(void)
{
    struct world *w = two_hosts();
    uint64_t n_mods = world_n_mods(w);

    world_do(w, "vn bad id=5\nvn worse id=99999999\nvn worst l3\n"
                "vnic v8 red=m1\nvnic v9 red=banana,10.0.0.1,x\n"
                "nve h8\nreg h8 dpid=0000000000000001\nnve h9\n"
                "reg h9 ep=192.0.2.1\nclaim h8/v8\nclaim h2/v8\n"
                "claim h2/v1\nclaim h2/v9 addr=x\nclaim hx/v1");
    CU_ASSERT_EQUAL(world_n_mods(w), n_mods);
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 2);
    world_check(w);
    world_destroy(w);
}

void
suite_core_faults(void)
{
    CU_pSuite suite = CU_add_suite("controller/core-faults", NULL, NULL);

    CU_add_test(suite, "second connection", test_second_connection);
    CU_add_test(suite, "wrong certificate", test_wrong_certificate);
    CU_add_test(suite, "session before registration",
                test_session_before_registration);
    CU_add_test(suite, "open admission", test_open_admission);
    CU_add_test(suite, "datapath ID change", test_datapath_id_change);
    CU_add_test(suite, "datapath IDs swapped", test_datapath_ids_swapped);
    CU_add_test(suite, "datapath ID given back", test_datapath_id_given_back);
    CU_add_test(suite, "NVE renamed", test_nve_renamed);
    CU_add_test(suite, "refused bundle", test_refused_bundle);
    CU_add_test(suite, "lost message", test_lost_message);
    CU_add_test(suite, "no reply", test_no_reply);
    CU_add_test(suite, "cut", test_cut);
    CU_add_test(suite, "silence", test_silence);
    CU_add_test(suite, "slow reader", test_slow_reader);
    CU_add_test(suite, "used switch", test_used_switch);
    CU_add_test(suite, "audit", test_audit);
    CU_add_test(suite, "audit by hand", test_audit_by_hand);
    CU_add_test(suite, "silence is golden", test_silence_is_golden);
    CU_add_test(suite, "bad rows", test_bad_rows);
}
