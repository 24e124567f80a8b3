/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Core: scenarios in virtual time in which everybody does what he should. */

#include <config.h>
#include "controller/core.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "controller/image.h"
#include "controller/model.h"
#include "openvswitch/dynamic-string.h"
#include "tests/unit/controller/desk.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/rows.h"
#include "tests/unit/controller/world.h"
#include "util.h"

void suite_core(void);

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

static void
test_attach(void)
{
    struct world *w = world_create();

    world_do(w, "vn red id=5\nhost h1\nvnic v1 red=m1,10.0.0.1\nvm h1 v1 7");
    world_expect(w,
        "vn red: ok, VN ID 5\n"
        "vnic v1: ok; red ok, 02:00:00:00:00:01 ok\n"
        "nve h1: ok\n"
        "binding v1 red h1: pending, generation 1.1, seq 0: waits for the "
        "datapath of NVE h1\n"
        "nve h1: ok, connected\n"
        "binding v1 red h1: activated, generation 1.1, seq 0\n");
    world_check(w);
    CU_ASSERT(has(w, "h1", "in_port=7"));

    /* The second is there at once, and the other NVE learns of it. */
    world_do(w, "host h2\nvnic v2 red=m2,10.0.0.2\nvm h2 v2 9");
    world_verdict(w, "binding", "v2 red h2", "activated, generation 1.2, seq "
                  "0");
    world_check(w);
    CU_ASSERT(has(w, "h1", "192.0.2.2->tun_dst"));
    CU_ASSERT(has(w, "h2", "192.0.2.1->tun_dst"));
    world_destroy(w);
}

/* A binding is activated when the datapath has committed it, not when it was
 * sent. */
static void
test_activated_after_commit(void)
{
    struct world *w = two_hosts();

    world_do(w, "rate h1 0\nvnic v3 red=m3\nvm h1 v3 8");
    world_advance(w, 3000);
    world_verdict(w, "binding", "v3 red h1", "pending, generation 1.3, seq "
                  "0: waits for the datapath of NVE h1");

    /* The other has the mapping already; what it waits for is its own. */
    CU_ASSERT(has(w, "h2", "02:00:00:00:00:03"));
    world_do(w, "rate h1 -1");
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.3, seq "
                  "0");
    world_check(w);
    world_destroy(w);
}

/* Half of a bundle is not enough. */
static void
test_not_after_half(void)
{
    struct world *w = two_hosts();

    world_do(w, "rate h1 1\nvnic v3 red=m3\nvm h1 v3 8");
    world_advance(w, 500);
    world_verdict(w, "binding", "v3 red h1", "pending, generation 1.3, seq "
                  "0: waits for the datapath of NVE h1");
    CU_ASSERT(has(w, "h1", "02:00:00:00:00:03"));
    CU_ASSERT(!has(w, "h1", "in_port=8"));
    CU_ASSERT(world_calm(w, 5000));
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.3, seq "
                  "0");
    world_destroy(w);
}

static void
test_associate(void)
{
    struct world *w = two_hosts();

    world_do(w, "vnic v3 red=m3,10.0.0.3\nport h1 v3 8\nclaim h1/v3 assoc");
    world_verdict(w, "binding", "v3 red h1", "associated, generation 1.3, "
                  "seq 0");
    CU_ASSERT(!has(w, "h1", "02:00:00:00:00:03"));
    CU_ASSERT(!has(w, "h2", "02:00:00:00:00:03"));
    world_check(w);

    world_do(w, "claim h1/v3 seq=1");
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.3, seq "
                  "1");
    CU_ASSERT(has(w, "h2", "02:00:00:00:00:03"));
    world_check(w);
    world_do(w, "claim h1/v3 assoc seq=2");
    world_verdict(w, "binding", "v3 red h1", "associated, generation 1.3, "
                  "seq 2");
    CU_ASSERT(!has(w, "h2", "02:00:00:00:00:03"));
    world_check(w);
    world_destroy(w);
}

/* An NVE that is in a VN by an associated VNIC alone has the VN's image. */
static void
test_associate_alone(void)
{
    struct world *w = two_hosts();

    world_do(w, "host h3\nvnic v3 red=m3\nclaim h3/v3 assoc");
    world_verdict(w, "binding", "v3 red h3", "associated, generation 1.3, "
                  "seq 0");
    CU_ASSERT(has(w, "h3", "02:00:00:00:00:01"));
    world_check(w);
    world_do(w, "del claim h3/v3");
    CU_ASSERT(!has(w, "h3", "02:00:00:00:00:01"));
    world_check(w);
    world_destroy(w);
}

static void
test_detach(void)
{
    struct world *w = two_hosts();

    world_do(w, "del claim h1/v1");
    world_expect(w, "binding v1 red h1: deleted\n");
    CU_ASSERT(!has(w, "h2", "02:00:00:00:00:01"));
    CU_ASSERT(!has(w, "h1", "metadata=0x5"));
    world_check(w);

    /* A VNIC goes with all that it contained, on all NVEs. */
    world_do(w, "del vnic v2");
    world_verdict(w, "binding", "v2 - h2", "refused, generation 0.0, seq 0: "
                  "VNIC v2 is not registered and names no VN");
    CU_ASSERT(!has(w, "h2", "metadata=0x5"));
    CU_ASSERT_PTR_NULL(core_vn_image(world_core(w), 5));
    world_check(w);
    world_destroy(w);
}

/* Several VNs on one NVE, with the same MACs and IPs. */
static void
test_overlapping_vns(void)
{
    struct world *w = world_create();

    world_do(w, "vn red id=5\nvn blue id=6\nhost h1\nhost h2\nhost h3\n"
                "vnic r1 red=m1,10.0.0.1\nvnic r2 red=m2,10.0.0.2\n"
                "vnic b1 blue=m1,10.0.0.1\nvnic b2 blue=m2,10.0.0.2\n"
                "vm h1 r1 7\nvm h2 r2 7\nvm h1 b1 8\nvm h3 b2 7");
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 4);
    CU_ASSERT(has(w, "h1", "metadata=0x5,dl_dst=02:00:00:00:00:02 actions="
                  "set_field:192.0.2.2->tun_dst"));
    CU_ASSERT(has(w, "h1", "metadata=0x6,dl_dst=02:00:00:00:00:02 actions="
                  "set_field:192.0.2.3->tun_dst"));
    CU_ASSERT(!has(w, "h2", "metadata=0x6"));
    CU_ASSERT(!has(w, "h3", "metadata=0x5"));
    world_check(w);
    world_destroy(w);
}

/* Restarts. */

static void
test_restart_sends_nothing(void)
{
    struct world *w = two_hosts();
    uint64_t n_mods;
    char *trace;

    world_do(w, "vn green open\nclaim h2/g1 vn=green addr=m9,10.9.9.9\n"
                "port h2 g1 9\nvnic v3 red=m3\nclaim h2/v3 assoc");
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 3);
    free(world_take_trace(w));
    n_mods = world_n_mods(w);
    for (int i = 0; i < 3; i++) {
        world_restart(w);
        CU_ASSERT(world_calm(w, 10000));
        CU_ASSERT_EQUAL(world_n_mods(w), n_mods);
        CU_ASSERT_EQUAL(core_get_stats(world_core(w)).n_mods_sent, 0);
        world_check(w);
    }
    trace = world_take_trace(w);
    CU_ASSERT_PTR_NULL(strstr(trace, "binding"));
    CU_ASSERT_PTR_NULL(strstr(trace, "vn"));
    free(trace);
    world_destroy(w);
}

/* While the director is down things change: the difference is sent, nothing
 * else. */
static void
test_restart_changed(void)
{
    struct world *w = two_hosts();
    struct fake_switch_stats before;

    world_do(w, "vn blue id=6\nhost h3\nvnic b1 blue=m1\nvm h3 b1 7");
    before = fake_switch_get_stats(world_switch(w, "h3"));
    world_stop(w);
    world_do(w, "del claim h1/v1\nvnic v4 red=m4\nclaim h2/v4\n"
                "port h2 v4 8");
    world_start(w);
    world_verdict(w, "binding", "v1 red h1", "gone");
    world_verdict(w, "binding", "v4 red h2", "activated, generation 2.1, seq "
                  "0");
    CU_ASSERT(!has(w, "h1", "metadata=0x5"));
    CU_ASSERT(has(w, "h2", "02:00:00:00:00:04"));
    CU_ASSERT_EQUAL(before.n_flow_mods,
                    fake_switch_get_stats(world_switch(w,
                                                       "h3")).n_flow_mods);
    world_check(w);
    world_destroy(w);
}

/* Nothing is taken from a datapath before the database has been read. */
static void
test_not_before_complete(void)
{
    struct core_config config = { .epoch = 9, .audit_interval_ms = -1 };
    struct core *core = core_create(&config);
    struct session *session = core_add_session(core, "x", NULL, 0);

    core_run(core, 0);
    CU_ASSERT_FALSE(core_is_complete(core));
    CU_ASSERT_PTR_NULL(core_next_active(core));
    core_set_complete(core);
    CU_ASSERT_TRUE(core_needs_run(core));
    core_remove_session(core, session);
    core_destroy(core);
}

/* A datapath that has lost its flows gets them back, the others nothing. */
static void
test_datapath_restart(void)
{
    struct world *w = two_hosts();
    uint64_t n_mods;

    n_mods = fake_switch_get_stats(world_switch(w, "h2")).n_flow_mods;
    world_do(w, "crash h1");
    world_expect(w, "nve h1: ok\n");
    CU_ASSERT_EQUAL(fake_switch_n_flows(world_switch(w, "h1")), 0);
    world_advance(w, 1000);
    world_expect(w,
        "nve h1: ok, connected\n"
        "binding v1 red h1: pending, generation 1.1, seq 0: waits for the "
        "datapath of NVE h1\n"
        "binding v1 red h1: activated, generation 1.1, seq 0\n");
    CU_ASSERT_EQUAL(fake_switch_get_stats(world_switch(w, "h2")).n_flow_mods,
                    n_mods);
    world_check(w);
    world_destroy(w);
}

/* Lost flows are noticed for VNICs that are only associated, too. */
static void
test_datapath_restart_associated(void)
{
    struct world *w = world_create();

    world_do(w, "vn red id=5\nhost h1\nvnic v1 red=m1\nclaim h1/v1 assoc");
    world_verdict(w, "binding", "v1 red h1", "associated, generation 1.1, "
                  "seq 0");
    free(world_take_trace(w));
    world_do(w, "crash h1\nrate h1 0");
    world_advance(w, 1000);
    world_do(w, "rate h1 -1");
    world_advance(w, 1000);
    world_expect(w,
        "nve h1: ok\n"
        "nve h1: ok, connected\n"
        "binding v1 red h1: pending, generation 1.1, seq 0: waits for the "
        "datapath of NVE h1\n"
        "binding v1 red h1: associated, generation 1.1, seq 0\n");
    world_destroy(w);
}

/* A short break of the connection costs nothing. */
static void
test_reconnect(void)
{
    struct world *w = two_hosts();
    uint64_t n_mods = world_n_mods(w);

    world_do(w, "break h1\nbreak h2");
    world_expect(w, "nve h1: ok\nnve h2: ok\n");
    world_verdict(w, "binding", "v1 red h1", "activated, generation 1.1, seq "
                  "0");
    world_advance(w, 1000);
    world_expect(w, "nve h1: ok, connected\nnve h2: ok, connected\n");
    CU_ASSERT_EQUAL(world_n_mods(w), n_mods);

    /* What changed meanwhile is sent. */
    world_do(w, "break h1\nvnic v3 red=m3\nvm h2 v3 9");
    CU_ASSERT(!has(w, "h1", "02:00:00:00:00:03"));
    world_advance(w, 1000);
    CU_ASSERT(has(w, "h1", "02:00:00:00:00:03"));
    world_check(w);
    world_destroy(w);
}

/* Changes of the network. */

static void
test_endpoint_change(void)
{
    struct world *w = two_hosts();

    world_do(w, "reg h1 ep=192.0.2.77");
    CU_ASSERT(!has(w, "h2", "192.0.2.1-"));
    CU_ASSERT(!has(w, "h2", "tun_src=192.0.2.1,"));
    CU_ASSERT(has(w, "h2", "192.0.2.77->tun_dst"));
    CU_ASSERT(has(w, "h2", "tun_src=192.0.2.77"));
    CU_ASSERT(has(w, "h1", "tun_dst=192.0.2.77"));
    world_check(w);

    /* Two NVEs exchange their endpoints. */
    world_do(w, "reg h1 ep=192.0.2.50\nreg h2 ep=192.0.2.77");
    world_do(w, "reg h1 ep=192.0.2.2");
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 2);
    world_check(w);
    world_destroy(w);
}

static void
test_vn_id_change(void)
{
    struct world *w = two_hosts();

    world_do(w, "vnic v3 red=m3\nvm h1 v3 8");
    world_do(w, "vn red id=9");
    CU_ASSERT(!has(w, "h1", "metadata=0x5"));
    CU_ASSERT(has(w, "h1", "metadata=0x9"));
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 3);
    world_check(w);

    /* Another takes the VN ID that was given up, in one step. */
    world_do(w, "vn blue id=20\nvnic b1 blue=m1\nvm h1 b1 9\n"
                "vnic b2 blue=m2\nvm h2 b2 9");
    world_do(w, "vn red id=10\nvn blue id=9");
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 5);
    world_verdict(w, "vn", "blue", "ok, VN ID 9");
    world_check(w);
    world_destroy(w);
}

static void
test_nve_disabled(void)
{
    struct world *w = two_hosts();

    world_do(w, "nve h1 off");
    world_verdict(w, "binding", "v1 red h1", "refused, generation 1.1, seq "
                  "0: NVE h1 is refused: it is disabled");
    CU_ASSERT(!has(w, "h2", "192.0.2.1"));
    CU_ASSERT(!has(w, "h2", "02:00:00:00:00:01"));
    CU_ASSERT(!has(w, "h1", "metadata=0x5"));
    CU_ASSERT(!has(w, "h1", "in_port"));
    world_check(w);
    world_do(w, "nve h1");
    world_verdict(w, "binding", "v1 red h1", "activated, generation 1.3, seq "
                  "0");
    CU_ASSERT(has(w, "h2", "192.0.2.1"));
    world_check(w);

    /* Its row goes, or its registration does. */
    world_do(w, "del nve h1");
    CU_ASSERT(!has(w, "h2", "192.0.2.1"));
    world_check(w);
    world_do(w, "nve h1");
    world_do(w, "del reg h1");
    CU_ASSERT(!has(w, "h2", "192.0.2.1"));
    CU_ASSERT(!has(w, "h1", "in_port"));
    world_check(w);
    world_do(w, "reg h1");
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 2);
    world_check(w);
    world_destroy(w);
}

/* A VNIC moves: never do two NVEs have it, and nothing of it stays. */
static void
test_move(void)
{
    struct world *w = two_hosts();

    world_do(w, "port h2 v1 8\nclaim h2/v1");
    world_verdict(w, "binding", "v1 red h2", "refused, generation 0.0, seq "
                  "0: VNIC v1 is on NVE h1, port v1: it must leave there "
                  "first");
    world_do(w, "del claim h1/v1");
    world_verdict(w, "binding", "v1 red h2", "activated, generation 1.3, seq "
                  "0");
    CU_ASSERT(!has(w, "h1", "metadata=0x5"));
    world_check(w);
    world_destroy(w);
}

/* Everything at once, and away again. */
static void
test_everything_goes(void)
{
    struct world *w = world_create();

    world_do(w, "vn red id=5\nvn blue id=6 open\n");
    for (int i = 1; i <= 20; i++) {
        world_do_format(w, "host h%d\nvnic v%d red=m%x,10.0.0.%d\n"
                        "vm h%d v%d 7\nport h%d b%d 8\n"
                        "claim h%d/b%d vn=blue addr=m%x", i, i, i, i, i, i, i,
                        i, i, i, i);
    }
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 40);
    world_check(w);
    for (int i = 1; i <= 20; i++) {
        world_do_format(w, "del claim h%d/v%d\ndel claim h%d/b%d", i, i, i,
                        i);
    }
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 0);
    for (int i = 1; i <= 20; i++) {
        char *nve = xasprintf("h%d", i);

        CU_ASSERT(!has(w, nve, "metadata=0x5"));
        CU_ASSERT(!has(w, nve, "metadata=0x6"));
        CU_ASSERT_EQUAL(fake_switch_n_groups(world_switch(w, nve)), 0);
        free(nve);
    }
    CU_ASSERT_EQUAL(core_get_stats(world_core(w)).n_images, 0);
    world_check(w);
    world_destroy(w);
}

/* Synchronization. */

static void
test_sync(void)
{
    struct world *w = two_hosts();
    struct core *core = world_core(w);

    world_do(w, "sync 1");
    CU_ASSERT_EQUAL(core_sync_done(core), 1);

    /* It waits for a datapath that reads slowly... */
    world_do(w, "rate h2 0\nvnic v3 red=m3\nvm h1 v3 8\nsync 2");
    CU_ASSERT_EQUAL(core_sync_done(core), 1);
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.3, seq "
                  "0");
    world_do(w, "rate h2 -1");
    CU_ASSERT_EQUAL(core_sync_done(core), 2);

    /* ...but not for one that is not connected. */
    world_do(w, "disconnect h2\nvnic v3 red=m4\nsync 3");
    CU_ASSERT_EQUAL(core_sync_done(core), 3);

    /* One that goes while it is waited for. */
    world_do(w, "connect h2");
    world_do(w, "rate h2 0\nvnic v3 red=m5\nsync 5");
    CU_ASSERT_EQUAL(core_sync_done(core), 3);
    world_do(w, "disconnect h2");
    CU_ASSERT_EQUAL(core_sync_done(core), 5);
    world_destroy(w);
}

static void
test_database_stuck(void)
{
    struct world *w = two_hosts();

    world_set_db_stuck(w, true);
    world_do(w, "vnic v3 red=m3\nvm h1 v3 8");
    CU_ASSERT(has(w, "h2", "02:00:00:00:00:03"));
    world_expect(w, "");
    world_set_db_stuck(w, false);
    world_settle(w);
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.3, seq "
                  "0");
    world_check(w);
    world_destroy(w);
}

static void
test_text(void)
{
    struct world *w = two_hosts();
    struct ds s = DS_EMPTY_INITIALIZER;

    core_format_images(world_core(w), &s);
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&s), "VN red (5): version "));
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&s), "NVE h1 (local): version "));
    ds_clear(&s);
    core_format_sessions(world_core(w), world_now(w), &s);
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&s), "h1 peer=h1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&s), "h2 peer=h2"));
    ds_destroy(&s);
    CU_ASSERT_PTR_NOT_NULL(core_nve_session(world_core(w), "h1"));
    CU_ASSERT_PTR_NULL(core_nve_session(world_core(w), "h9"));
    world_destroy(w);
}

void
suite_core(void)
{
    CU_pSuite suite = CU_add_suite("controller/core", NULL, NULL);

    CU_add_test(suite, "attach", test_attach);
    CU_add_test(suite, "activated after commit", test_activated_after_commit);
    CU_add_test(suite, "not after half", test_not_after_half);
    CU_add_test(suite, "associate", test_associate);
    CU_add_test(suite, "associate alone", test_associate_alone);
    CU_add_test(suite, "detach", test_detach);
    CU_add_test(suite, "overlapping VNs", test_overlapping_vns);
    CU_add_test(suite, "restart sends nothing", test_restart_sends_nothing);
    CU_add_test(suite, "restart, changed", test_restart_changed);
    CU_add_test(suite, "not before complete", test_not_before_complete);
    CU_add_test(suite, "datapath restart", test_datapath_restart);
    CU_add_test(suite, "datapath restart, associated",
                test_datapath_restart_associated);
    CU_add_test(suite, "reconnect", test_reconnect);
    CU_add_test(suite, "endpoint change", test_endpoint_change);
    CU_add_test(suite, "VN ID change", test_vn_id_change);
    CU_add_test(suite, "NVE disabled", test_nve_disabled);
    CU_add_test(suite, "move", test_move);
    CU_add_test(suite, "everything goes", test_everything_goes);
    CU_add_test(suite, "sync", test_sync);
    CU_add_test(suite, "database stuck", test_database_stuck);
    CU_add_test(suite, "text", test_text);
}
