/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Core: scenarios in virtual time about gleaning. */

#include <config.h>
#include "controller/core.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "controller/session.h"
#include "dp-packet.h"
#include "lib/pipeline.h"
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

/* Behind tags. */

/* A host with two VNICs that have a tag each, in VNs that glean. */
static struct world *
access_port(void)
{
    struct world *w = world_create();

    world_do(w, "vn red id=5 open glean=4\nvn blue id=6 open glean=4\n"
                "host h1\nhost h2\nport h1 eth1 21\n"
                "claim h1/v1 vn=red port=eth1 tag=10 addr=m1,10.0.0.1\n"
                "claim h1/v3 vn=blue port=eth1 tag=20 addr=m3,10.0.0.3\n"
                "port h2 v9 7\nclaim h2/v9 vn=red addr=mf0");
    free(world_take_trace(w));
    world_check(w);
    return w;
}

/* Returns what becomes of an unknown MAC's frame with tag 10. */
static enum fake_fate
stranger(struct world *w)
{
    return fake_guest_send(world_switch(w, "h1"), u16_to_ofp(21),
                           "tag=10 raw mee");
}

/* One who has a tag for himself is gleaned from, and asked with the tag. */
static void
test_tagged(void)
{
    struct world *w = access_port();

    CU_ASSERT_EQUAL(guest(w, "h1", 21, "tag=10 arp m9 10.0.0.9"),
                    FAKE_WENT_UP);
    world_verdict(w, "binding", "v1 red h1", V1 GLEANED_9);
    CU_ASSERT_EQUAL(guest(w, "h1", 21, "tag=10 ip m9 10.0.0.9"), FAKE_PASSED);
    CU_ASSERT_EQUAL(guest(w, "h1", 21, "arp m9 10.0.0.9"), FAKE_DROPPED);
    CU_ASSERT_EQUAL(guest(w, "h1", 21, "tag=11 arp m9 10.0.0.9"),
                    FAKE_DROPPED);
    CU_ASSERT(has(w, "h2", "dl_dst=02:00:00:00:00:09"));

    /* The same in another VN by another tag. */
    CU_ASSERT_EQUAL(guest(w, "h1", 21, "tag=20 arp m9 10.0.0.9"),
                    FAKE_WENT_UP);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 4);
    world_check(w);

    /* He who is asked with his tag answers. */
    world_do(w, "lives h1 21/10 m9 10.0.0.9");
    world_advance(w, 3 * AGE_MS);
    CU_ASSERT(stats(w).n_probes > 0);
    world_verdict(w, "binding", "v1 red h1", V1 GLEANED_9);
    world_verdict(w, "binding", "v3 blue h1", "activated, generation 1.2, "
                  "seq 0");
    world_check(w);
    world_restart(w);
    world_verdict(w, "binding", "v1 red h1", V1 GLEANED_9);
    world_check(w);
    world_destroy(w);
}

/* Who shares a tag is not gleaned from, as long as he does; nor one whose VN
 * has another tag of the port. */
static void
test_shared(void)
{
    static const struct { const char *comes, *goes; } others[] = {
        /* Another on the tag, who was granted it later. */
        { "claim h1/v2 vn=red port=eth1 tag=10 addr=m2", "del claim h1/v2" },

        /* One who waits for it, in another VN. */
        { "claim h1/v2 vn=blue port=eth1 tag=10 addr=m2", "del claim h1/v2" },

        /* The VN has another tag, or none, on the port. */
        { "claim h1/v2 vn=red port=eth1 tag=11 addr=m2", "del claim h1/v2" },
        { "claim h1/v2 vn=red port=eth1 addr=m2", "del claim h1/v2" },

        /* One who moves here and away; who was granted it earlier, too. */
        { "claim h1/v2 vn=red port=eth1 tag=10 addr=m2",
          "claim h1/v2 vn=red port=eth2 tag=10 addr=m2 seq=1" },
        { "claim h1/v0 vn=red port=eth1 tag=10 addr=m5 seq=1",
          "claim h1/v0 vn=red port=eth2 tag=11 addr=m5 seq=2" },
        { "claim h1/v2 vn=red port=eth1 tag=12 addr=m2 seq=2",
          "claim h1/v2 vn=red port=eth2 tag=12 addr=m2 seq=3" },
    };
    struct world *w = access_port();
    uint64_t n_ignored;

    world_do(w, "port h1 eth2 22\n"
                "claim h1/v0 vn=red port=eth2 tag=11 addr=m5\n"
                "del claim h1/v1");
    world_do(w, "claim h1/v1 vn=red port=eth1 tag=10 addr=m1,10.0.0.1");
    CU_ASSERT_EQUAL(guest(w, "h1", 21, "tag=10 arp m9 10.0.0.9"),
                    FAKE_WENT_UP);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        world_do(w, others[i].comes);
        CU_ASSERT_EQUAL(stranger(w), FAKE_DROPPED);
        CU_ASSERT_EQUAL(guest(w, "h1", 21, "tag=10 arp m9 10.0.0.9"),
                        FAKE_PASSED);
        world_check(w);
        if (i == 0) {
            world_restart(w);
            CU_ASSERT_EQUAL(stranger(w), FAKE_DROPPED);
        }
        world_do(w, others[i].goes);
        world_check(w);

        /* What is on its way when another comes is nobody's. */
        n_ignored = stats(w).n_frames_ignored;
        CU_ASSERT_EQUAL(stranger(w), FAKE_WENT_UP);
        world_do(w, others[i].comes);
        CU_ASSERT_EQUAL(stats(w).n_frames_ignored, n_ignored + 1);
        world_do(w, others[i].goes);
    }
    CU_ASSERT_EQUAL(guest(w, "h1", 21, "tag=10 raw mee"), FAKE_WENT_UP);
    CU_ASSERT_EQUAL(guest(w, "h1", 21, "tag=10 raw mee"), FAKE_PASSED);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 3);
    world_check(w);
    world_destroy(w);
}

/* Frames with a tenant's tag pass if their MAC is known, and teach nothing. */
static void
test_tenant_tag(void)
{
    struct world *w = access_port();

    world_do(w, "vn red id=5 open tags glean=4\n"
                "port h1 eth3 23\nclaim h1/v4 vn=red port=eth3 addr=m4");
    CU_ASSERT_EQUAL(guest(w, "h1", 21, "tag=10 tag=7 arp m9 10.0.0.9"),
                    FAKE_DROPPED);
    CU_ASSERT_EQUAL(guest(w, "h1", 23, "tag=7 arp m9 10.0.0.9"), FAKE_DROPPED);
    CU_ASSERT_EQUAL(guest(w, "h1", 21, "tag=10 arp m9 10.0.0.9"),
                    FAKE_WENT_UP);
    CU_ASSERT_EQUAL(guest(w, "h1", 23, "arp m8 10.0.0.8"), FAKE_WENT_UP);
    CU_ASSERT_EQUAL(guest(w, "h1", 21, "tag=10 tag=7 arp m9 10.0.0.99"),
                    FAKE_PASSED);
    CU_ASSERT_EQUAL(guest(w, "h1", 23, "tag=7 arp m8 10.0.0.99"), FAKE_PASSED);
    CU_ASSERT_EQUAL(stats(w).n_addresses_gleaned, 4);
    world_check(w);
    world_destroy(w);
}

/* Returns what it compiles and sends that one more VNIC comes to tag 10, on
 * which there are 'n'. */
static uint64_t
cost_of_one_more(int n)
{
    struct world *w = access_port();
    uint64_t cost;

    for (int i = 1; i < n; i++) {
        char *line = xasprintf("claim h1/x%d vn=red port=eth1 tag=10 addr=m%x",
                               i, 0x100 + i);

        world_put(w, line);
        free(line);
    }
    world_settle(w);
    cost = stats(w).n_compiled + world_n_mods(w);
    world_do(w, "claim h1/new vn=red port=eth1 tag=10 addr=mff00");
    cost = stats(w).n_compiled + world_n_mods(w) - cost;
    world_check(w);
    world_destroy(w);
    return cost;
}

/* Where nobody is gleaned from any more it does not matter how many there
 * are. */
static void
test_shared_cost(void)
{
    uint64_t cost = cost_of_one_more(2);

    CU_ASSERT(cost_of_one_more(1) > cost);
    CU_ASSERT_EQUAL(cost_of_one_more(3), cost);
    CU_ASSERT_EQUAL(cost_of_one_more(100), cost);
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
    CU_add_test(suite, "tagged", test_tagged);
    CU_add_test(suite, "shared", test_shared);
    CU_add_test(suite, "tenant tag", test_tenant_tag);
    CU_add_test(suite, "shared, cost", test_shared_cost);
    CU_add_test(suite, "rubbish", test_rubbish);
}
