/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/session.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/controller/bench.h"
#include "tests/unit/controller/fake-switch.h"
#include "util.h"

void suite_session_random(void);

/* Random schedules: whatever happens to a session and its switch, once it is
 * left in peace for a while, the switch holds exactly the union of the images.
 * A schedule is all in its seed, which is printed if it fails; run it alone
 * with SESSION_SEED=N in the environment, or more of them with
 * SESSION_SCHEDULES=N. */

#define N_SCHEDULES 300
#define N_STEPS 150

static uint32_t
draw(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (uint64_t) *seed * n >> 32;
}

/* Gives a random owner in a random image random items. */
static void
change_image(struct bench *b, uint32_t *seed)
{
    static const char *const cookies[] = { "4c", "4e" };
    uint32_t vn = draw(seed, BENCH_N_IMAGES);
    uint32_t owner = draw(seed, 4);
    uint32_t group = (vn ? 0x01000000 | vn
                      : 0x02000000 | (1 + draw(seed, 3)));
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!vn) {
        owner = group;          /* No two owners have one group. */
    }
    for (int n = draw(seed, 5); n > 0; n--) {
        ds_put_format(&s, "flow cookie=0x%s000000%08"PRIx32",table=%"PRIu32
                      ",metadata=%"PRIu32",in_port=%"PRIu32
                      ",actions=output:%"PRIu32"\n",
                      cookies[vn != 0], vn, owner % 64, vn, draw(seed, 4),
                      1 + draw(seed, 3));
    }
    if (owner == 0 || !vn) {
        ds_put_format(&s, "group %"PRIu32"\n", group);
        for (int n = draw(seed, 3); n > 0; n--) {
            ds_put_format(&s, "bucket %"PRIu32" %d output:%"PRIu32"\n",
                          group, n, 1 + draw(seed, 2));
        }
        if (draw(seed, 2)) {
            ds_put_format(&s, "flow cookie=0x%s000000%08"PRIx32",table=70,"
                          "metadata=%"PRIu32",in_port=%"PRIu32","
                          "actions=group:%"PRIu32"\n",
                          cookies[vn != 0], vn, vn, group & 0xff, group);
        }
    }
    if (draw(seed, 4) == 0) {
        ds_clear(&s);
    }
    bench_put(b, vn, owner, ds_cstr(&s));
    ds_destroy(&s);
}

static void
toggle_subscription(struct bench *b, uint32_t *seed)
{
    size_t i = draw(seed, BENCH_N_IMAGES);

    if (session_is_closed(b->session)) {
        return;
    }
    if (b->subscribed[i]) {
        bench_unsubscribe(b, i);
    } else {
        bench_subscribe(b, i);
    }
}

/* Does one random thing.  If 'cuts', connections are cut at any time;
 * otherwise the switch refuses updates.  Not both: if a connection ends in the
 * instant after an error and before the session has removed the marker, that
 * is found by the next audit at best. */
static void
step(struct bench *b, uint32_t *seed, bool cuts)
{
    struct fake_switch_faults *faults = fake_switch_faults(b->sw);
    uint32_t what = draw(seed, 24);

    if (!cuts && (what == 0 || what == 9 || what == 10)) {
        bench_run(b);
    }
    switch (what) {
    case 0:
        bench_connect(b);
        break;
    case 1:
        toggle_subscription(b, seed);
        break;
    case 2:
        faults->refuse_commits = cuts ? 0 : draw(seed, 3);
        break;
    case 3:
        faults->lose_messages = cuts ? 0 : draw(seed, 2);
        break;
    case 4:
        faults->mute_commits = draw(seed, 2);
        break;
    case 5:
        faults->cut_after = cuts ? draw(seed, 10) : 0;
        break;
    case 6:
        fake_switch_damage(b->sw, draw(seed, 10000));
        break;
    case 7:
        session_audit(b->session, b->now);
        break;
    case 8:
        bench_advance(b, draw(seed, 3000));
        break;
    case 9:
        if (draw(seed, 10) == 0) {
            fake_switch_restart(b->sw);
            bench_connect(b);
        }
        break;
    case 10:
        if (draw(seed, 5) == 0) {
            bench_restart_director(b);
            bench_connect(b);
        }
        break;
    case 11: case 12: case 13: case 14: case 15:
        bench_run_some(b, draw(seed, 600));
        break;
    default:
        change_image(b, seed);
        break;
    }
}

/* Runs the schedule of 'first'; returns true if it went well. */
static bool
run_schedule(uint32_t first)
{
    uint32_t seed = first;
    struct bench b;
    bool ok;

    bench_init(&b);
    b.config.queue_limit = 1500 + draw(&seed, 3000);
    b.config.audit_interval_ms = draw(&seed, 2) ? 5000 : -1;
    bench_connect(&b);
    for (int i = 0; i < N_STEPS; i++) {
        step(&b, &seed, first % 2);
        bench_take_events(&b);
    }

    /* Peace. */
    memset(fake_switch_faults(b.sw), 0, sizeof *fake_switch_faults(b.sw));
    if (session_is_closed(b.session) || !fake_switch_is_connected(b.sw)) {
        bench_connect(&b);
    }
    bench_run(&b);
    for (int i = 0; i < BENCH_N_IMAGES; i++) {
        if (!b.subscribed[i]) {
            bench_subscribe(&b, i);
        }
    }
    bench_run(&b);
    bench_advance(&b, 130000);
    session_audit(b.session, b.now);
    bench_run(&b);
    bench_advance(&b, 130000);
    ok = bench_check(&b);
    bench_uninit(&b);
    return ok;
}

static void
test_schedules(void)
{
    const char *only = getenv("SESSION_SEED");
    const char *more = getenv("SESSION_SCHEDULES");
    uint32_t n = more ? strtoul(more, NULL, 0) : N_SCHEDULES;
    unsigned int n_bad = 0;

    for (uint32_t seed = 1; seed <= n && n_bad < 3; seed++) {
        uint32_t this = only ? strtoul(only, NULL, 0) : seed;

        if (!run_schedule(this)) {
            printf("\nSESSION_SEED=%"PRIu32" fails\n", this);
            n_bad++;
        }
        if (only) {
            break;
        }
    }
    CU_ASSERT_EQUAL(n_bad, 0);
}

void
suite_session_random(void)
{
    CU_pSuite suite = CU_add_suite("controller/session-random", NULL, NULL);

    CU_ADD_TEST(suite, test_schedules);
}
