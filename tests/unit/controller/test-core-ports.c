/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Core: scenarios in virtual time about the ports of NVEs. */

#include <config.h>
#include "controller/core.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/controller/desk.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/rows.h"
#include "tests/unit/controller/world.h"
#include "util.h"

void suite_core_ports(void);

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

/* One port can be in one VN only, as long as frames have no tag: who has it
 * keeps it, the other is told, and gets it when it is free. */
static void
test_one_port_two_vns(void)
{
    struct world *w = world_create();

    world_do(w, "vn red id=5\nvn blue id=6\nhost h1\n"
                "vnic v1 red=m1 blue=m2\nvm h1 v1 7");
    world_verdict(w, "binding", "v1 red h1", "activated, generation 1.1, seq "
                  "0");
    world_verdict(w, "binding", "v1 blue h1", "pending, generation 1.2, seq "
                  "0: port v1 carries VNIC v1 in VN red already: give each "
                  "VNIC and VN a port of its own");
    world_check(w);
    world_restart(w);
    world_verdict(w, "binding", "v1 red h1", "activated, generation 1.1, seq "
                  "0");
    world_check(w);
    world_do(w, "vnic v1 blue=m2");
    world_verdict(w, "binding", "v1 blue h1", "activated, generation 1.2, "
                  "seq 0");
    world_check(w);
    world_destroy(w);
}

/* Two VNICs claim one port, one of them the tunnel's. */
static void
test_one_port_two_vnics(void)
{
    struct world *w = two_hosts();

    world_do(w, "vnic v3 red=m3\nclaim h1/v3 port=v1");
    world_verdict(w, "binding", "v3 red h1", "pending, generation 1.3, seq "
                  "0: port v1 carries VNIC v1 in VN red already: give each "
                  "VNIC and VN a port of its own");
    world_check(w);

    /* The ports change places. */
    world_do(w, "port h1 v9 9\nclaim h1/v1 port=v9 seq=1");
    world_verdict(w, "binding", "v1 red h1", "activated, generation 1.1, seq "
                  "1");
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.3, seq "
                  "0");
    world_check(w);

    world_do(w, "claim h1/v3 port=nvo3-vxlan0 seq=1");
    world_verdict(w, "binding", "v3 red h1", "pending, generation 1.3, seq "
                  "0: port nvo3-vxlan0 is the tunnel's");
    world_check(w);
    world_destroy(w);
}

static void
test_port_late(void)
{
    struct world *w = two_hosts();

    world_do(w, "vnic v3 red=m3\nclaim h1/v3 port=tap3");
    world_verdict(w, "binding", "v3 red h1", "pending, generation 1.3, seq "
                  "0: port tap3 is not on the datapath");
    world_check(w);
    world_do(w, "port h1 tap3 33");
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.3, seq "
                  "0");
    CU_ASSERT(has(w, "h1", "in_port=33"));
    world_check(w);
    world_destroy(w);
}

static void
test_port_renumbered(void)
{
    struct world *w = two_hosts();
    uint64_t n_mods;

    n_mods = fake_switch_get_stats(world_switch(w, "h2")).n_flow_mods;
    world_do(w, "unport h1 7\nport h1 v1 17");
    world_verdict(w, "binding", "v1 red h1", "activated, generation 1.1, seq "
                  "0");
    CU_ASSERT(!has(w, "h1", "in_port=7,"));
    CU_ASSERT(has(w, "h1", "in_port=17"));
    world_check(w);

    /* No other NVE is concerned. */
    CU_ASSERT_EQUAL(fake_switch_get_stats(world_switch(w, "h2")).n_flow_mods,
                    n_mods);

    /* While the connection is down. */
    world_do(w, "disconnect h1\nunport h1 17\nport h1 v1 18");
    world_do(w, "connect h1");
    CU_ASSERT(has(w, "h1", "in_port=18"));
    CU_ASSERT(!has(w, "h1", "in_port=17"));
    world_check(w);
    world_destroy(w);
}

static void
test_port_vanishes(void)
{
    struct world *w = two_hosts();

    world_do(w, "unport h1 7");
    world_verdict(w, "binding", "v1 red h1", "pending, generation 1.1, seq "
                  "0: port v1 is not on the datapath");
    CU_ASSERT(!has(w, "h1", "in_port=7"));
    world_check(w);

    /* Another VNIC's port gets the number. */
    world_do(w, "vnic v3 red=m3\nvm h1 v3 7");
    world_verdict(w, "binding", "v3 red h1", "activated, generation 1.3, seq "
                  "0");
    world_check(w);
    world_do(w, "port h1 v1 8");
    world_verdict(w, "binding", "v1 red h1", "activated, generation 1.1, seq "
                  "0");
    world_check(w);
    world_destroy(w);
}

/* Two ports exchange their numbers. */
static void
test_ports_swapped(void)
{
    struct world *w = two_hosts();

    world_do(w, "vnic v3 red=m3\nvm h1 v3 8");
    world_do(w, "unport h1 7\nunport h1 8\nport h1 v3 7\nport h1 v1 8");
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 3);
    world_check(w);
    world_do(w, "disconnect h1\nunport h1 7\nunport h1 8\nport h1 v1 7\n"
                "port h1 v3 8\nconnect h1");
    CU_ASSERT_EQUAL(rows_count_bindings(world_rows(w), "activated"), 3);
    world_check(w);
    world_destroy(w);
}

static void
test_tunnel_port(void)
{
    struct world *w = two_hosts();

    CU_ASSERT(has(w, "h1", "output:1"));
    world_do(w, "unport h1 1");
    CU_ASSERT(!has(w, "h1", "output:1"));
    world_check(w);
    world_do(w, "port h1 other 3\nreg h1 tunnel=other");
    CU_ASSERT(has(w, "h1", "output:3"));
    world_check(w);
    world_do(w, "reg h1\nport h1 nvo3-vxlan0 4");
    CU_ASSERT(has(w, "h1", "output:4"));
    CU_ASSERT(!has(w, "h1", "output:3"));
    world_check(w);
    world_destroy(w);
}

void
suite_core_ports(void)
{
    CU_pSuite suite = CU_add_suite("controller/core-ports", NULL, NULL);

    CU_add_test(suite, "one port, two VNs", test_one_port_two_vns);
    CU_add_test(suite, "one port, two VNICs", test_one_port_two_vnics);
    CU_add_test(suite, "port late", test_port_late);
    CU_add_test(suite, "port renumbered", test_port_renumbered);
    CU_add_test(suite, "port vanishes", test_port_vanishes);
    CU_add_test(suite, "ports swapped", test_ports_swapped);
    CU_add_test(suite, "tunnel port", test_tunnel_port);
}
