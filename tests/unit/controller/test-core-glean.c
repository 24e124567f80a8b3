/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Core: scenarios in virtual time about gleaning. */

#include <config.h>
#include "controller/core.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "controller/pipeline.h"
#include "controller/session.h"
#include "dp-packet.h"
#include "tests/unit/controller/desk.h"
#include "tests/unit/controller/fake-guest.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/fake-tables.h"
#include "tests/unit/controller/rows.h"
#include "tests/unit/controller/world.h"
#include "util.h"

void suite_core_glean(void);

#define AGE_MS 300000
#define STEP_MS (AGE_MS / 3)

#define V1 "activated, generation 1.1, seq 0"
#define GLEANED_9 ", gleaned 02:00:00:00:00:09, 02:00:00:00:00:09 10.0.0.9"

/* Two hosts, a VNIC each in a VN that gleans, and one in a VN that does
 * not. */
static struct world *
two_hosts(void)
{
    struct world *w = world_create();

    world_do(w, "vn red id=5 glean=4\nvn blue id=6\nhost h1\nhost h2\n"
                "vnic v1 red=m1,10.0.0.1\nvnic v2 red=m2,10.0.0.2\n"
                "vnic v3 blue=m3,10.0.0.3\n"
                "vm h1 v1 7\nvm h2 v2 7\nvm h1 v3 8");
    free(world_take_trace(w));
    world_check(w);
    return w;
}

static struct core_stats
stats(const struct world *w)
{
    return core_get_stats(world_core(w));
}

static enum fake_fate
guest(struct world *w, const char *nve, int port, const char *what)
{
    enum fake_fate fate = fake_guest_send(world_switch(w, nve),
                                          u16_to_ofp(port), what);

    world_settle(w);
    return fate;
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

/* A second MAC with its IP is learned, passes from then on, and is known on
 * the other host. */
static void
test_learn(void)
{
    struct world *w = two_hosts();

    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m9 10.0.0.9"), FAKE_WENT_UP);
    world_verdict(w, "binding", "v1 red h1", V1 GLEANED_9);
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m9 10.0.0.9"), FAKE_PASSED);
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "ip m9 10.0.0.9"), FAKE_PASSED);
    CU_ASSERT(has(w, "h2", "dl_dst=02:00:00:00:00:09"));
    CU_ASSERT(has(w, "h2", "arp_tpa=10.0.0.9"));
    world_check(w);

    /* A packet alone says nothing of its IP. */
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "ip m9 10.0.0.10"), FAKE_DROPPED);

    /* Another IP, of IPv6; and one of the MAC that was signalled. */
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "na m9 fd00::9"), FAKE_WENT_UP);
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "na m9 fd00::9"), FAKE_PASSED);
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m1 10.0.0.8"), FAKE_WENT_UP);
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m1 10.0.0.8"), FAKE_PASSED);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 4);
    world_check(w);
    world_destroy(w);
}

/* Where a VN gleans nothing, nothing goes up. */
static void
test_off(void)
{
    struct world *w = two_hosts();
    struct fake_switch_stats before
        = fake_switch_get_stats(world_switch(w, "h1"));

    CU_ASSERT_EQUAL(guest(w, "h1", 8, "arp m9 10.0.0.9"), FAKE_DROPPED);
    CU_ASSERT_EQUAL(guest(w, "h1", 8, "arp m3 10.0.0.9"), FAKE_DROPPED);
    CU_ASSERT_EQUAL(guest(w, "h1", 8, "raw m9"), FAKE_DROPPED);
    CU_ASSERT_EQUAL(fake_switch_get_stats(world_switch(w, "h1")).n_frames_up,
                    before.n_frames_up);

    /* On, and off again. */
    world_do(w, "vn blue id=6 glean=1");
    CU_ASSERT_EQUAL(guest(w, "h1", 8, "raw m9"), FAKE_WENT_UP);
    CU_ASSERT_EQUAL(guest(w, "h1", 8, "raw m9"), FAKE_PASSED);
    world_check(w);
    world_do(w, "vn blue id=6");
    CU_ASSERT_EQUAL(guest(w, "h1", 8, "raw m9"), FAKE_DROPPED);
    world_check(w);
    world_destroy(w);
}

/* What lies, or floods, gets its quota and no more, and then nothing goes up
 * until one of its addresses has gone. */
static void
test_flood(void)
{
    struct world *w = two_hosts();
    uint64_t n_up;

    for (int i = 0; i < 100; i++) {
        char *what = xasprintf("raw m%x", 0x100 + i);

        fake_guest_send(world_switch(w, "h1"), u16_to_ofp(7), what);
        free(what);
    }
    world_settle(w);
    CU_ASSERT_EQUAL(stats(w).n_gleaned, 4);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 4);
    CU_ASSERT_EQUAL(stats(w).n_glean_full + stats(w).n_frames_dropped, 96);
    CU_ASSERT(stats(w).n_frames_dropped > 0);
    world_check(w);
    n_up = fake_switch_get_stats(world_switch(w, "h1")).n_frames_up;
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "raw m9"), FAKE_DROPPED);
    CU_ASSERT_EQUAL(fake_switch_get_stats(world_switch(w, "h1")).n_frames_up,
                    n_up);

    /* Others are not hindered. */
    world_do(w, "vnic v4 red=m4\nvm h1 v4 9");
    world_verdict(w, "binding", "v4 red h1", "activated, generation 1.4, seq "
                  "0");
    CU_ASSERT_EQUAL(guest(w, "h2", 7, "raw m9"), FAKE_WENT_UP);
    CU_ASSERT_EQUAL(guest(w, "h2", 7, "raw m9"), FAKE_PASSED);

    /* None of it can be asked for. */
    world_advance(w, 7 * STEP_MS);
    CU_ASSERT_EQUAL(stats(w).n_aged, 5);
    CU_ASSERT_EQUAL(stats(w).n_probes, 0);
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "raw m9"), FAKE_WENT_UP);
    world_check(w);
    world_destroy(w);
}

static void
test_lies(void)
{
    struct world *w = two_hosts();

    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m2 10.0.0.2"), FAKE_WENT_UP);
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m1 10.0.0.2"), FAKE_WENT_UP);
    CU_ASSERT_EQUAL(stats(w).n_glean_taken, 2);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 0);
    world_verdict(w, "binding", "v1 red h1", V1);
    world_check(w);

    /* Signalled later: it yields at once. */
    guest(w, "h1", 7, "arp m9 10.0.0.9");
    world_do(w, "vnic v9 red=m9,10.0.0.9\nvm h2 v9 9");
    world_verdict(w, "binding", "v9 red h2", "activated, generation 1.4, seq "
                  "0");
    world_verdict(w, "binding", "v1 red h1", V1);
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m9 10.0.0.9"), FAKE_WENT_UP);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 0);
    world_check(w);
    world_destroy(w);
}

/* Traffic keeps an address; silence is asked, and who answers stays. */
static void
test_age(void)
{
    struct world *w = two_hosts();

    guest(w, "h1", 7, "arp m9 10.0.0.9");
    for (int i = 0; i < 10; i++) {
        CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m9 10.0.0.9"), FAKE_PASSED);
        world_advance(w, AGE_MS / 2);
    }
    CU_ASSERT_EQUAL(stats(w).n_probes, 0);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 2);

    world_do(w, "lives h1 7 m9 10.0.0.9");
    world_advance(w, 10 * AGE_MS);
    CU_ASSERT(stats(w).n_probes >= 8 && stats(w).n_probes <= 20);
    CU_ASSERT_EQUAL(stats(w).n_aged, 0);
    world_verdict(w, "binding", "v1 red h1", V1 GLEANED_9);

    world_do(w, "dies h1 m9 10.0.0.9");
    world_advance(w, AGE_MS);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 2);
    world_advance(w, AGE_MS + 2 * STEP_MS);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 0);
    world_verdict(w, "binding", "v1 red h1", V1);
    CU_ASSERT_FALSE(has(w, "h2", "02:00:00:00:00:09"));
    world_check(w);
    world_destroy(w);
}

/* IPv6 likewise, and an age of its own. */
static void
test_age6(void)
{
    struct world *w = two_hosts();

    world_do(w, "vn red id=5 glean=4 age=30");
    guest(w, "h1", 7, "na m9 fd00::9");
    world_do(w, "lives h1 7 m9 fd00::9");
    world_advance(w, 300000);
    CU_ASSERT(stats(w).n_probes >= 8);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 2);
    world_do(w, "dies h1 m9 fd00::9");
    world_advance(w, 80000);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 0);
    world_destroy(w);
}

/* Nothing ages while nobody can tell. */
static void
test_away(void)
{
    struct world *w = two_hosts();

    guest(w, "h1", 7, "arp m9 10.0.0.9");
    world_do(w, "disconnect h1");
    world_advance(w, 10 * AGE_MS);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 2);
    world_do(w, "connect h1");
    world_advance(w, 2 * AGE_MS + STEP_MS);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 0);
    world_check(w);
    world_destroy(w);
}

/* A restart sends nothing and forgets nothing; ages begin anew. */
static void
test_restart(void)
{
    struct world *w = two_hosts();
    uint64_t n_mods;

    guest(w, "h1", 7, "arp m9 10.0.0.9");
    guest(w, "h1", 7, "arp m9 10.0.0.9");
    world_advance(w, AGE_MS);
    n_mods = world_n_mods(w);
    world_restart(w);
    CU_ASSERT(world_calm(w, 10000));
    CU_ASSERT_EQUAL(world_n_mods(w), n_mods);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 2);
    CU_ASSERT_EQUAL(fake_switch_get_stats(world_switch(w, "h1")).n_meter_mods,
                    2);
    world_check(w);
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m9 10.0.0.9"), FAKE_PASSED);
    world_advance(w, AGE_MS - STEP_MS);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 2);
    world_advance(w, AGE_MS + 2 * STEP_MS);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 0);
    world_check(w);
    world_destroy(w);
}

/* An address that moved to another VNIC: who had it does not answer, and it is
 * the other's within seconds.  One who answers keeps it. */
static void
test_move(void)
{
    struct world *w = two_hosts();

    world_do(w, "lives h1 7 m9 10.0.0.9");
    guest(w, "h1", 7, "arp m9 10.0.0.9");
    for (int i = 0; i < 10; i++) {
        CU_ASSERT_EQUAL(guest(w, "h2", 7, "arp m9 10.0.0.9"), FAKE_WENT_UP);
        world_advance(w, 1000);
    }
    world_verdict(w, "binding", "v1 red h1", V1 GLEANED_9);

    world_do(w, "dies h1 m9 10.0.0.9");
    for (int i = 0; i < 7; i++) {
        guest(w, "h2", 7, "arp m9 10.0.0.9");
        world_advance(w, 1000);
    }
    world_verdict(w, "binding", "v1 red h1", V1);
    world_verdict(w, "binding", "v2 red h2", "activated, generation 1.2, seq "
                  "0" GLEANED_9);
    CU_ASSERT_EQUAL(guest(w, "h2", 7, "arp m9 10.0.0.9"), FAKE_PASSED);
    world_check(w);
    world_destroy(w);
}

/* A datapath that was restarted has its meters before its flows again; one
 * that takes no meters gleans nothing, and does all the rest. */
static void
test_meters(void)
{
    struct world *w = two_hosts();

    CU_ASSERT_EQUAL(fake_switch_tables(world_switch(w, "h1"))->meters,
                    1u << (GLEAN_METER(7) - 1));
    world_do(w, "crash h1");
    fake_switch_tables(world_switch(w, "h1"))->no_meters = true;
    CU_ASSERT(world_calm(w, 60000));
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m1 10.0.0.1"), FAKE_PASSED);
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m9 10.0.0.9"), FAKE_DROPPED);
    world_check(w);

    world_do(w, "crash h1");
    CU_ASSERT(world_calm(w, 60000));
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m9 10.0.0.9"), FAKE_WENT_UP);
    world_check(w);
    world_destroy(w);
}

/* Somebody takes a meter away, and with it the flows that use it. */
static void
test_meter_lost(void)
{
    struct fake_flow *flow;
    struct fake_tables *tables;
    struct world *w = two_hosts();

    tables = fake_switch_tables(world_switch(w, "h1"));
    tables->meters = 0;
    HMAP_FOR_EACH_SAFE (flow, node, &tables->flows) {
        if (flow->priority == PRIO_GLEAN) {
            fake_tables_remove_flow(tables, flow);
        }
    }
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m9 10.0.0.9"), FAKE_DROPPED);
    core_audit(world_core(w), "h1", world_now(w));
    CU_ASSERT(world_calm(w, 60000));
    CU_ASSERT_EQUAL(guest(w, "h1", 7, "arp m9 10.0.0.9"), FAKE_WENT_UP);
    world_check(w);
    world_destroy(w);
}

/* Audits and counts do not get in each other's way. */
static void
test_audit(void)
{
    struct world *w = two_hosts();
    uint64_t n_repairs;

    world_set_config(w, 0, 1000);
    world_restart(w);
    world_do(w, "vn red id=5 glean=4 age=10\nlives h1 7 m9 10.0.0.9");
    guest(w, "h1", 7, "arp m9 10.0.0.9");
    for (int i = 0; i < 20; i++) {
        n_repairs = stats(w).n_repairs;
        world_do_format(w, "damage h1 %d", 4 * i + 1);
        world_advance(w, 5700);
        CU_ASSERT(stats(w).n_repairs > n_repairs);
    }
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 2);
    CU_ASSERT(stats(w).n_probes > 5);
    world_check(w);
    world_destroy(w);
}

/* What one address costs does not depend on how many there are. */
static void
test_cost(void)
{
    struct world *w = two_hosts();
    uint64_t n_compiled, n_mods;

    world_do(w, "vn red id=5 glean=1000");
    for (int i = 0; i < 500; i++) {
        char *what = xasprintf("raw m%x", 0x100 + i);

        CU_ASSERT_EQUAL(guest(w, "h1", 7, what), FAKE_WENT_UP);
        free(what);
    }
    n_compiled = stats(w).n_compiled;
    n_mods = world_n_mods(w);
    guest(w, "h1", 7, "raw m9");
    CU_ASSERT_EQUAL(stats(w).n_compiled - n_compiled, 2);
    CU_ASSERT(world_n_mods(w) - n_mods < 25);
    world_check(w);
    world_destroy(w);
}

/* What comes up from nobody's port, and rubbish, is counted and that is it. */
static void
test_rubbish(void)
{
    struct world *w = two_hosts();
    uint64_t state = 88172645463325252u;

    for (int i = 0; i < 2000; i++) {
        struct dp_packet *p = dp_packet_new_with_headroom(256, 2);

        for (size_t left = 14 + i % 200; left; left--) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            dp_packet_put_uninit(p, 1);
            ((uint8_t *) dp_packet_tail(p))[-1] = state >> 24;
        }
        fake_guest_send_frame(world_switch(w, "h1"), u16_to_ofp(7), p);
        world_settle(w);
    }
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 4);
    CU_ASSERT_EQUAL(world_n_closed(w), 0);
    world_check(w);
    world_destroy(w);
}

void
suite_core_glean(void)
{
    CU_pSuite suite = CU_add_suite("controller/core-glean", NULL, NULL);

    CU_add_test(suite, "learn", test_learn);
    CU_add_test(suite, "off", test_off);
    CU_add_test(suite, "flood", test_flood);
    CU_add_test(suite, "lies", test_lies);
    CU_add_test(suite, "age", test_age);
    CU_add_test(suite, "age6", test_age6);
    CU_add_test(suite, "away", test_away);
    CU_add_test(suite, "restart", test_restart);
    CU_add_test(suite, "move", test_move);
    CU_add_test(suite, "meters", test_meters);
    CU_add_test(suite, "meter_lost", test_meter_lost);
    CU_add_test(suite, "audit", test_audit);
    CU_add_test(suite, "cost", test_cost);
    CU_add_test(suite, "rubbish", test_rubbish);
}
