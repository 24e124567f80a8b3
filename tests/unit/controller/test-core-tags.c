/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Core: scenarios in virtual time about VNICs behind access ports, told apart
 * by tags, and about what it costs that they move and go. */

#include <config.h>
#include "controller/core.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "tests/unit/controller/desk.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/rows.h"
#include "tests/unit/controller/world.h"
#include "util.h"

void suite_core_tags(void);

/* Two NVEs; h1 has two access ports, h2 a VNIC in each VN. */
static struct world *
access_ports(void)
{
    struct world *w = world_create();

    world_do(w, "vn red id=5 open\nvn blue id=6 open\nhost h1\nhost h2\n"
                "port h1 eth1 21\nport h1 eth2 22\n"
                "port h2 r2 7\nclaim h2/r2 vn=red addr=m2,10.0.0.2\n"
                "port h2 b2 8\nclaim h2/b2 vn=blue addr=m2,10.0.0.2");
    free(world_take_trace(w));
    return w;
}

/* Returns how many flows and buckets of the switch of 'nve' have 'text' in
 * them. */
static int
count(const struct world *w, const char *nve, const char *text)
{
    char *dump = fake_switch_dump(world_switch(w, nve));
    char *rest;
    int n = 0;

    for (char *line = strtok_r(dump, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        n += strstr(line, text) != NULL;
    }
    free(dump);
    return n;
}

/* Any number of VNICs of a VN share a tag, each comes and goes by itself. */
static void
test_shared_tag(void)
{
    struct world *w = access_ports();

    world_do(w, "claim h1/v1 vn=red port=eth1 tag=10 addr=m11,10.0.0.11\n"
                "claim h1/v2 vn=red port=eth1 tag=10 addr=m12,10.0.0.12\n"
                "claim h1/v3 vn=red port=eth1 tag=10 addr=m13,10.0.0.13");
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 5);
    CU_ASSERT_EQUAL(count(w, "h1", "in_port=21,dl_vlan=10 "), 1);
    CU_ASSERT_EQUAL(count(w, "h1", "group 02000005 type=0 bucket 000a0015 "),
                    1);
    world_check(w);

    /* The first one goes, then all. */
    world_do(w, "del claim h1/v1");
    CU_ASSERT_EQUAL(count(w, "h1", "in_port=21,dl_vlan=10 "), 1);
    CU_ASSERT_EQUAL(count(w, "h1", "dl_src=02:00:00:00:00:11"), 0);
    world_check(w);
    world_restart(w);
    world_check(w);
    world_do(w, "del claim h1/v2\ndel claim h1/v3");
    CU_ASSERT_EQUAL(count(w, "h1", "in_port=21,"), 0);
    CU_ASSERT_EQUAL(count(w, "h1", "group 02000005 "), 0);
    world_check(w);
    world_destroy(w);
}

/* A tag has its meaning on its port; a port may have tags and untagged frames,
 * too. */
static void
test_tags_of_ports(void)
{
    struct world *w = access_ports();

    world_do(w, "claim h1/v1 vn=red port=eth1 tag=10 addr=m11\n"
                "claim h1/v2 vn=blue port=eth1 tag=20 addr=m12\n"
                "claim h1/v3 vn=blue port=eth2 tag=10 addr=m13\n"
                "claim h1/v4 vn=red port=eth2 addr=m14\n"
                "claim h1/v5 vn=red port=eth1 tag=4094 addr=m15");
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 7);
    CU_ASSERT_EQUAL(count(w, "h1", "in_port=21,dl_vlan=10 "), 1);
    CU_ASSERT_EQUAL(count(w, "h1", "in_port=21,dl_vlan=20 "), 1);
    CU_ASSERT_EQUAL(count(w, "h1", "in_port=22,dl_vlan=10 "), 1);
    CU_ASSERT_EQUAL(count(w, "h1", "in_port=22,vlan_tci=0x0000/0x1fff "), 1);
    world_check(w);

    /* One more without a tag. */
    world_do(w, "claim h1/v6 vn=red port=eth2 addr=m16");
    world_verdict(w, "binding", "v6 red h1", "pending, generation 1.8, seq "
                  "0: port eth2 carries VNIC v4 in VN red already: give each "
                  "VNIC and VN a port of its own");
    world_check(w);
    world_destroy(w);
}

/* A tag belongs to the VN of who was granted it first; others wait. */
static void
test_tag_taken(void)
{
    struct world *w = access_ports();

    world_do(w, "claim h1/v1 vn=red port=eth1 tag=10 addr=m11");
    world_do(w, "claim h1/v2 vn=blue port=eth1 tag=10 addr=m12");
    world_do(w, "claim h1/v3 vn=red port=eth1 tag=10 addr=m13");
    world_verdict(w, "binding", "v2 blue h1", "pending, generation 1.4, seq "
                  "0: tag 10 of port eth1 carries VN red already: give each "
                  "VN there a tag of its own");
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.5, seq "
                  "0");
    world_check(w);
    world_restart(w);
    world_check(w);

    /* Who waits gets it when it is his turn, and the later one waits. */
    world_do(w, "del claim h1/v1");
    world_verdict(w, "binding", "v2 blue h1", "activated, generation 1.4, "
                  "seq 0");
    world_verdict(w, "binding", "v3 red h1", "pending, generation 1.5, seq "
                  "0: tag 10 of port eth1 carries VN blue already: give each "
                  "VN there a tag of its own");
    world_check(w);
    world_do(w, "claim h1/v2 vn=blue port=eth1 tag=11 addr=m12 seq=1");
    world_verdict(w, "binding", "v2 blue h1", "activated, generation 1.4, "
                  "seq 1");
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.5, seq "
                  "0");
    world_check(w);
    world_destroy(w);
}

static void
test_bad_tag(void)
{
    static const int tags[] = { 0, -1, 4095, 65546 };
    struct world *w = access_ports();

    for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
        char *verdict = xasprintf("refused, generation 0.0, seq 0: tag %d is "
                                  "not between 1 and 4094", tags[i]);

        world_do_format(w, "claim h1/v1 vn=red port=eth1 tag=%d addr=m11",
                        tags[i]);
        world_verdict(w, "binding", "v1 red h1", verdict);
        CU_ASSERT_EQUAL(count(w, "h1", "in_port=21"), 0);
        world_check(w);
        free(verdict);
    }
    world_destroy(w);
}

/* Parts of flows that let tenants' tags pass at h1, and for a MAC. */
#define PASS_TAG "priority=300,reg3=0x100a,metadata=0x5,in_port=21,"
#define MAC_TAG "priority=350,metadata=0x5,in_port="

/* Tenants' tags: all members and all ports of the VN change. */
static void
test_tenant_tags(void)
{
    struct world *w = access_ports();
    uint64_t n_mods;

    world_do(w, "claim h1/v1 vn=red port=eth1 tag=10 addr=m11\n"
                "claim h1/v2 vn=blue port=eth1 tag=20 addr=m12");
    CU_ASSERT_EQUAL(count(w, "h1",
                          ",vlan_tci=0x0000/0x1fff actions=goto_table:24"),
                    4);
    CU_ASSERT_EQUAL(count(w, "h1", PASS_TAG), 0);
    world_do(w, "vn red id=5 open tags");
    CU_ASSERT_EQUAL(count(w, "h1", PASS_TAG), 1);
    CU_ASSERT_EQUAL(count(w, "h1", MAC_TAG), 1);
    CU_ASSERT_EQUAL(count(w, "h2", MAC_TAG), 1);
    CU_ASSERT_EQUAL(count(w, "h2", "metadata=0x5,vlan_tci=0x0000/0x1fff "), 0);
    world_check(w);
    world_restart(w);
    n_mods = world_n_mods(w);
    world_do(w, "vn red id=5 open tags");
    CU_ASSERT_EQUAL(world_n_mods(w), n_mods);
    world_do(w, "vn red id=5 open");
    CU_ASSERT_EQUAL(count(w, "h1", PASS_TAG), 0);
    CU_ASSERT_EQUAL(count(w, "h1", MAC_TAG), 0);
    CU_ASSERT_EQUAL(count(w, "h2", MAC_TAG), 0);
    world_check(w);
    world_destroy(w);
}

/* Costs. */

/* Returns the addresses of a claim, 'n' MACs or 'n' IPs of one MAC. */
static char *
addresses(int n, bool macs)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, macs ? "m1001" : "mffff");
    for (int i = 1; i <= n; i++) {
        if (macs && i > 1) {
            ds_put_format(&s, "+m%x", 0x1000 + i);
        }
        ds_put_format(&s, ",10.1.%d.%d", i / 200, i % 200 + 1);
    }
    return ds_steal_cstr(&s);
}

/* What a step costs. */
struct cost {
    uint64_t n_compiled, n_updates;
    uint64_t n_verdicts;
    struct fake_switch_stats own, other;        /* Of h1 and h2. */
};

static uint64_t
n_lines(const char *s)
{
    uint64_t n = 0;

    for (; *s; s++) {
        n += *s == '\n';
    }
    return n;
}

/* Subtracts 'b' from '*a'. */
static void
subtract(struct fake_switch_stats *a, struct fake_switch_stats b)
{
    a->n_flow_mods -= b.n_flow_mods;
    a->n_group_mods -= b.n_group_mods;
    a->n_commits -= b.n_commits;
}

static struct cost
measure(struct world *w, const char *script)
{
    struct core_stats before = core_get_stats(world_core(w));
    struct fake_switch_stats own, other;
    struct core_stats after;
    struct cost cost;
    char *trace;

    own = fake_switch_get_stats(world_switch(w, "h1"));
    other = fake_switch_get_stats(world_switch(w, "h2"));
    free(world_take_trace(w));
    world_do(w, script);
    trace = world_take_trace(w);
    after = core_get_stats(world_core(w));
    cost = (struct cost) {
        .n_compiled = after.n_compiled - before.n_compiled,
        .n_updates = after.n_updates - before.n_updates,
        .n_verdicts = n_lines(trace),
        .own = fake_switch_get_stats(world_switch(w, "h1")),
        .other = fake_switch_get_stats(world_switch(w, "h2")),
    };
    subtract(&cost.own, own);
    subtract(&cost.other, other);
    free(trace);
    return cost;
}

/* Puts claims of h1 for v1, with 'addr', and for another VNIC beside it. */
static void
put_neighbours(struct world *w, const char *addr)
{
    world_do_format(w, "claim h1/v0 vn=red port=eth1 tag=10 addr=m10\n"
                    "claim h1/v1 vn=red port=eth1 tag=10 addr=%s", addr);
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 4);
}

/* A VNIC moves on its NVE: that concerns nobody else and no mapping. */
static void
check_move(int n, bool macs)
{
    struct world *w = access_ports();
    char *addr = addresses(n, macs);
    struct { const char *place; uint64_t n_compiled; } moves[] = {
        { "port=eth2 tag=10", 2 },      /* A new access, and the VNIC. */
        { "port=eth2 tag=11", 2 },
        { "port=eth1 tag=10", 1 },      /* The other VNIC is there. */
        { "port=eth2", 2 },
    };

    put_neighbours(w, addr);
    for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
        char *script = xasprintf("claim h1/v1 vn=red %s addr=%s seq=%"PRIuSIZE,
                                 moves[i].place, addr, i + 1);
        char *verdict = xasprintf("activated, generation 1.4, seq %"PRIuSIZE,
                                  i + 1);
        struct cost cost = measure(w, script);

        CU_ASSERT_EQUAL(cost.n_compiled, moves[i].n_compiled);
        CU_ASSERT_EQUAL(cost.n_updates, 1);
        CU_ASSERT_EQUAL(cost.n_verdicts, 1);
        CU_ASSERT_EQUAL(cost.own.n_commits, 1);
        CU_ASSERT_EQUAL(cost.other.n_commits, 0);
        CU_ASSERT_EQUAL(cost.other.n_flow_mods, 0);
        world_verdict(w, "binding", "v1 red h1", verdict);
        world_check(w);
        free(verdict);
        free(script);
    }
    free(addr);
    world_destroy(w);
}

static void
test_move(void)
{
    check_move(1, true);
    check_move(1000, true);
    check_move(1000, false);
}

/* The same of a VNIC of the inventory, one that is deactivated on the way, and
 * one whose addresses change in the same step. */
static void
test_move_otherwise(void)
{
    struct world *w = access_ports();
    struct cost cost;

    world_do(w, "vnic v1 red=m11,10.0.0.11\nclaim h1/v1 port=eth1 tag=10");
    cost = measure(w, "claim h1/v1 port=eth2 tag=10 seq=1");
    CU_ASSERT_EQUAL(cost.n_compiled, 2);
    CU_ASSERT_EQUAL(cost.n_updates, 1);
    world_check(w);

    world_do(w, "claim h1/v1 port=eth2 tag=10 assoc seq=2");
    world_verdict(w, "binding", "v1 red h1", "associated, generation 1.3, "
                  "seq 2");
    CU_ASSERT_EQUAL(count(w, "h1", "in_port=22"), 0);
    CU_ASSERT_EQUAL(count(w, "h2", "dl_dst=02:00:00:00:00:11"), 0);
    world_check(w);
    world_do(w, "claim h1/v1 port=eth1 tag=12 seq=3");
    world_verdict(w, "binding", "v1 red h1", "activated, generation 1.3, "
                  "seq 3");
    CU_ASSERT_EQUAL(count(w, "h2", "dl_dst=02:00:00:00:00:11"), 1);
    world_check(w);

    world_do(w, "vnic v1 red=m12,10.0.0.11\n"
                "claim h1/v1 port=eth1 tag=13 seq=4");
    CU_ASSERT_EQUAL(count(w, "h2", "dl_dst=02:00:00:00:00:11"), 0);
    CU_ASSERT_EQUAL(count(w, "h2", "dl_dst=02:00:00:00:00:12"), 1);
    CU_ASSERT_EQUAL(count(w, "h1", "in_port=21,dl_vlan=13 "), 1);
    world_check(w);

    world_do(w, "claim h2/r2 vn=red addr=m2,10.0.0.3 seq=1");
    CU_ASSERT_EQUAL(count(w, "h1", "arp_tpa=10.0.0.3"), 1);
    world_check(w);
    world_destroy(w);
}

/* A VNIC goes by one message to each NVE, however many addresses it has: the
 * other one is the marker. */
static void
check_teardown(int n, bool macs)
{
    struct world *w = access_ports();
    char *addr = addresses(n, macs);
    struct cost cost;

    put_neighbours(w, addr);
    CU_ASSERT(fake_switch_n_flows(world_switch(w, "h2")) > (size_t) n);
    cost = measure(w, "del claim h1/v1");
    CU_ASSERT_EQUAL(cost.n_compiled, 0);
    CU_ASSERT_EQUAL(cost.n_verdicts, 1);
    CU_ASSERT_EQUAL(cost.other.n_commits, 1);
    CU_ASSERT_EQUAL(cost.other.n_flow_mods, 2);
    CU_ASSERT_EQUAL(cost.other.n_group_mods, 0);

    /* Both its images. */
    CU_ASSERT_EQUAL(cost.own.n_commits, 2);
    CU_ASSERT_EQUAL(cost.own.n_flow_mods, 4);
    CU_ASSERT_EQUAL(cost.own.n_group_mods, 0);
    world_check(w);

    /* The same for one who was not there. */
    world_do_format(w, "claim h1/v1 vn=red port=eth1 tag=10 addr=%s", addr);
    world_do(w, "disconnect h2\ndel claim h1/v1\nconnect h2");
    world_check(w);
    free(addr);
    world_destroy(w);
}

static void
test_teardown(void)
{
    check_teardown(1000, true);
    check_teardown(1000, false);
}

/* One more VNIC costs the same, however many are there. */
static void
test_one_more(void)
{
    struct cost first;

    for (int n = 1; n <= 1000; n *= 10) {
        struct world *w = access_ports();
        struct ds s = DS_EMPTY_INITIALIZER;
        struct cost cost;

        for (int i = 1; i <= n; i++) {
            ds_put_format(&s, "claim h1/x%d vn=red port=eth1 tag=10 "
                          "addr=m%x,10.1.%d.%d\n", i, 0x1000 + i, i / 200,
                          i % 200 + 1);
        }
        world_do(w, ds_cstr(&s));
        cost = measure(w, "claim h1/new vn=red port=eth1 tag=10 "
                          "addr=mffff,10.9.9.9");
        if (n == 1) {
            first = cost;
            CU_ASSERT_EQUAL(cost.n_compiled, 2);
        }
        CU_ASSERT_EQUAL(memcmp(&cost, &first, sizeof cost), 0);
        if (n < 1000) {
            world_check(w);
        }
        ds_destroy(&s);
        world_destroy(w);
    }
}

void
suite_core_tags(void)
{
    CU_pSuite suite = CU_add_suite("controller/core-tags", NULL, NULL);

    CU_add_test(suite, "shared tag", test_shared_tag);
    CU_add_test(suite, "tags of ports", test_tags_of_ports);
    CU_add_test(suite, "tag taken", test_tag_taken);
    CU_add_test(suite, "bad tag", test_bad_tag);
    CU_add_test(suite, "tenant tags", test_tenant_tags);
    CU_add_test(suite, "move", test_move);
    CU_add_test(suite, "move otherwise", test_move_otherwise);
    CU_add_test(suite, "teardown", test_teardown);
    CU_add_test(suite, "one more", test_one_more);
}
