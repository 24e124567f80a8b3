/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Core: what a change costs, in numbers that must not depend on how large the
 * rest of the network is. */

#include <config.h>
#include "controller/core.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "tests/unit/controller/desk.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/rows.h"
#include "tests/unit/controller/world.h"
#include "util.h"

void suite_core_cost(void);

/* How large a network is. */
struct size {
    int n_nves;                 /* That are in VN red, a VNIC each. */
    int n_elsewhere;            /* VNICs in VN blue, on the same NVEs. */
    int n_vns;                  /* Others, each with one VNIC on h1. */
    int n_away;                 /* NVEs in VN red that are not connected. */
};

static struct world *
build(const struct size *size)
{
    struct world *w = world_create();
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, "vn red id=5\nvn blue id=6\n");
    for (int i = 1; i <= size->n_nves; i++) {
        ds_put_format(&s, "host h%d\nvnic r%d red=m%x,10.0.%d.%d\n"
                      "vm h%d r%d 7\n", i, i, i, i / 200, i % 200 + 1, i, i);
    }
    for (int i = 1; i <= size->n_elsewhere; i++) {
        ds_put_format(&s, "vnic b%d blue=m%x,10.0.%d.%d\nvm h%d b%d %d\n", i,
                      i, i / 200, i % 200 + 1, i % size->n_nves + 1, i,
                      100 + i);
    }
    for (int i = 1; i <= size->n_vns; i++) {
        ds_put_format(&s, "vn x%d id=%d\nvnic x%d x%d=m1\nvm h1 x%d %d\n",
                      i, 1000 + i, i, i, i, 2000 + i);
    }
    for (int i = 1; i <= size->n_away; i++) {
        ds_put_format(&s, "nve a%d\nreg a%d dpid=%016x ep=198.51.%d.%d\n"
                      "vnic a%d red=m%x,10.9.%d.%d\nclaim a%d/a%d\n", i, i,
                      i + 0x10000, i / 200, i % 200 + 1, i, i + 0x1000,
                      i / 200, i % 200 + 1, i, i);
    }
    world_do(w, ds_cstr(&s));
    ds_destroy(&s);
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"),
                    (size_t) (size->n_nves + size->n_elsewhere
                              + size->n_vns));
    return w;
}

/* What a step costs. */
struct cost {
    uint64_t n_changes, n_decisions, n_compiled, n_updates, n_mods_encoded;
};

/* Does 'script' and returns what it costs. */
static struct cost
measure(struct world *w, const char *script)
{
    struct core_stats before = core_get_stats(world_core(w));
    struct core_stats after;

    world_do(w, script);
    after = core_get_stats(world_core(w));
    return (struct cost) {
        .n_changes = after.n_changes - before.n_changes,
        .n_decisions = after.n_decisions - before.n_decisions,
        .n_compiled = after.n_compiled - before.n_compiled,
        .n_updates = after.n_updates - before.n_updates,
        .n_mods_encoded = after.n_mods_encoded - before.n_mods_encoded,
    };
}

static bool
check_cost(const char *what, const struct cost *got,
           const struct cost *expected)
{
    bool same = !memcmp(got, expected, sizeof *got);

    CU_ASSERT(same);
    if (!same) {
        printf("\n%s: changes %"PRIu64" (%"PRIu64"), decisions %"PRIu64
               " (%"PRIu64"), compiled %"PRIu64" (%"PRIu64"), updates %"
               PRIu64" (%"PRIu64"), messages %"PRIu64" (%"PRIu64")\n", what,
               got->n_changes, expected->n_changes, got->n_decisions,
               expected->n_decisions, got->n_compiled, expected->n_compiled,
               got->n_updates, expected->n_updates, got->n_mods_encoded,
               expected->n_mods_encoded);
    }
    return same;
}

/* The steps of a VNIC's life, on h1, where others are in its VN. */
static const char *const steps[] = {
    "vnic new red=mffff,10.99.0.1\nport h1 new 999",
    "claim h1/new",
    "vnic new red=mffff,10.99.0.1,10.99.0.2",
    "claim h1/new seq=1",
    "unport h1 999",
    "port h1 new 998",
    "del claim h1/new",
    "del vnic new",
};

static const struct size sizes[] = {
    { 1, 0, 0, 0 }, { 10, 10, 1, 0 }, { 10, 1000, 1, 0 },
    { 100, 100, 10, 0 }, { 10, 0, 100, 300 },
};

static void
test_steps(void)
{
    struct cost first[ARRAY_SIZE(steps)];

    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct world *w = build(&sizes[i]);

        for (size_t j = 0; j < ARRAY_SIZE(steps); j++) {
            struct cost cost = measure(w, steps[j]);

            if (!i) {
                first[j] = cost;
            } else {
                check_cost(steps[j], &cost, &first[j]);
            }
        }
        if (i < 2) {
            world_check(w);     /* It takes its time. */
        }
        world_destroy(w);
    }

    /* And what it costs is little. */
    CU_ASSERT_EQUAL(first[1].n_decisions, 1);
    CU_ASSERT_EQUAL(first[1].n_compiled, 3);    /* Port, VNIC, mapping. */
    CU_ASSERT_EQUAL(first[1].n_updates, 2);     /* Local and shared image. */
    CU_ASSERT_EQUAL(first[0].n_compiled, 0);
    CU_ASSERT_EQUAL(first[3].n_updates, 0);
    CU_ASSERT_EQUAL(first[7].n_updates, 0);
}

/* An update is encoded once and sent to all; those who are not in the VN get
 * nothing. */
static void
test_fan_out(void)
{
    struct world *w = build(&(struct size) { .n_nves = 50 });
    struct fake_switch_stats before, after, stranger;
    struct cost cost;

    world_do(w, "host h99");
    stranger = fake_switch_get_stats(world_switch(w, "h99"));
    before = fake_switch_get_stats(world_switch(w, "h50"));
    cost = measure(w, "vnic new red=mffff\nvm h1 new 999");
    after = fake_switch_get_stats(world_switch(w, "h50"));
    CU_ASSERT_EQUAL(cost.n_updates, 2);
    CU_ASSERT_EQUAL(after.n_commits - before.n_commits, 1);

    /* One mapping and the marker. */
    CU_ASSERT_EQUAL(after.n_flow_mods - before.n_flow_mods, 2);
    CU_ASSERT_EQUAL(after.n_group_mods, before.n_group_mods);
    after = fake_switch_get_stats(world_switch(w, "h99"));
    CU_ASSERT_EQUAL(after.n_flow_mods, stranger.n_flow_mods);
    world_destroy(w);
}

/* An NVE that joins gets the VN's image whole; the others get its endpoint. */
static void
test_join(void)
{
    struct world *w = build(&(struct size) { 20, 100, 0, 0 });
    struct fake_switch_stats before, after;

    world_do(w, "host h99");
    before = fake_switch_get_stats(world_switch(w, "h5"));
    world_do(w, "vnic new red=mffff\nvm h99 new 9");
    after = fake_switch_get_stats(world_switch(w, "h5"));

    /* Its endpoint's flow and bucket, its mapping, the marker. */
    CU_ASSERT_EQUAL(after.n_commits - before.n_commits, 1);
    CU_ASSERT_EQUAL(after.n_flow_mods - before.n_flow_mods, 3);
    CU_ASSERT_EQUAL(after.n_group_mods - before.n_group_mods, 1);
    world_check(w);
    world_destroy(w);
}

/* Many changes at once are one update per image. */
static void
test_batch(void)
{
    struct world *w = build(&(struct size) { .n_nves = 3 });
    struct ds script = DS_EMPTY_INITIALIZER;
    struct cost cost;

    for (int i = 0; i < 200; i++) {
        ds_put_format(&script, "vnic n%d red=m%x,10.99.0.%d\nvm h1 n%d %d\n",
                      i, 0xf000 + i, i + 1, i, 1000 + i);
    }
    cost = measure(w, ds_cstr(&script));
    CU_ASSERT_EQUAL(cost.n_decisions, 200);
    CU_ASSERT(cost.n_updates <= 8);
    world_check(w);
    ds_destroy(&script);
    world_destroy(w);
}

/* A restart takes one decision per claim and sends nothing. */
static void
test_restart(void)
{
    struct world *w = build(&(struct size) { 20, 200, 5, 0 });
    uint64_t n_mods = world_n_mods(w);
    struct core_stats stats;

    world_restart(w);
    stats = core_get_stats(world_core(w));
    CU_ASSERT_EQUAL(world_n_mods(w), n_mods);
    CU_ASSERT_EQUAL(stats.n_mods_sent, 0);
    CU_ASSERT(stats.n_decisions <= 2 * 225);
    world_destroy(w);
}

void
suite_core_cost(void)
{
    CU_pSuite suite = CU_add_suite("controller/core-cost", NULL, NULL);

    CU_add_test(suite, "steps", test_steps);
    CU_add_test(suite, "fan out", test_fan_out);
    CU_add_test(suite, "join", test_join);
    CU_add_test(suite, "batch", test_batch);
    CU_add_test(suite, "restart", test_restart);
}
