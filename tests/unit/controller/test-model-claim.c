/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Model: claims, and the decision on each. */

#include <config.h>
#include "controller/model.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/controller/desk.h"
#include "tests/unit/controller/rows.h"
#include "util.h"

void suite_model_claim(void);

/* Begins with two NVEs and three VNs, of which green is open. */
static void
begin(struct desk *d)
{
    desk_init(d);
    desk_do(d, "tenant acme\nvn red id=5\nvn green id=6 open\n"
               "vn blue id=7 tenant=acme\n"
               "nve h1\nreg h1\nnve h2\nreg h2");
    ds_clear(&d->trace);
    ds_clear(&d->changes);
}

/* Decisions. */

static void
test_registered(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1,10.0.0.1+m2\nclaim h1/v1 seq=3");
    desk_check(&d, "binding", "v1 red h1", "pending, generation 1.1, seq 0: "
               "waits for the datapath of NVE h1");
    desk_expect_changes(&d, "+member 5 h1\n+local 5 h1 v1\n"
                            "+mapping 5 02:00:00:00:00:01 h1\n"
                            "+mapping 5 02:00:00:00:00:02 h1\n");
    CU_ASSERT_STRING_EQUAL(desk_binding(&d, "v1 red h1")->claim->port, "v1");
    desk_uninit(&d);
}

/* The order in which rows come does not matter. */
static void
test_any_order(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "claim h1/v1");
    desk_check(&d, "binding", "v1 - h1", "refused, generation 0.0, seq 0: NVE "
               "h1 is refused: NVE h1 is not in the inventory: nvo3-ctl "
               "nve-add, or set-nve-admission open");
    desk_do(&d, "vnic v1 red=m1");
    desk_check(&d, "binding", "v1 - h1", "gone");
    desk_do(&d, "reg h1");
    desk_do(&d, "nve h1");
    desk_check(&d, "binding", "v1 red h1", "refused, generation 0.0, seq 0: "
               "there is no VN red");
    desk_do(&d, "vn red id=5");
    desk_check(&d, "binding", "v1 red h1", "pending, generation 1.1, seq 0: "
               "waits for the datapath of NVE h1");
    desk_uninit(&d);
}

static void
test_open_vn(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "claim h1/v1 vn=green addr=m1,10.0.0.1+m2\n"
                "claim h1/v2 vn=red addr=m3\nclaim h1/v3 addr=m3\n"
                "claim h1/v4 vn=none addr=m3\nclaim h1/v5 vn=green");
    desk_check(&d, "binding", "v1 green h1", "pending, generation 1.1, seq 0: "
               "waits for the datapath of NVE h1");
    desk_check(&d, "binding", "v2 red h1", "refused, generation 0.0, seq 0: "
               "VNIC v2 is not registered, and VN red is not open");
    desk_check(&d, "binding", "v3 - h1", "refused, generation 0.0, seq 0: "
               "VNIC v3 is not registered and names no VN");
    desk_check(&d, "binding", "v4 none h1", "refused, generation 0.0, seq 0: "
               "there is no VN none");
    desk_check(&d, "binding", "v5 green h1", "refused, generation 0.0, seq 0: "
               "VNIC v5 has no MAC: neither the inventory nor the claim "
               "(attached-mac) names one");
    desk_expect_changes(&d, "+member 6 h1\n+local 6 h1 v1\n"
                            "+mapping 6 02:00:00:00:00:01 h1\n"
                            "+mapping 6 02:00:00:00:00:02 h1\n");

    /* Open no more. */
    desk_do(&d, "vn green id=6");
    desk_check(&d, "binding", "v1 green h1", "refused, generation 1.1, seq 0: "
               "VNIC v1 is not registered, and VN green is not open");
    desk_uninit(&d);
}

/* In an open VN an address belongs to who observed it first. */
static void
test_open_vn_conflict(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "claim h1/v1 vn=green addr=m1,10.0.0.1\n"
                "claim h2/v2 vn=green addr=m1\n"
                "claim h2/v3 vn=green addr=m3,10.0.0.1");
    desk_check(&d, "binding", "v2 green h2", "refused, generation 0.0, seq 0: "
               "MAC 02:00:00:00:00:01 belongs to VNIC v1 in this VN");
    desk_confirm(&d, "v3 green h2");
    desk_check(&d, "binding", "v3 green h2", "activated, generation 1.2, seq "
               "0: IP 10.0.0.1 belongs to VNIC v1 (MAC 02:00:00:00:00:01)");
    ds_clear(&d.changes);

    /* The claims that lose are read again, then the winner leaves. */
    desk_do(&d, "claim h2/v2 vn=green addr=m1 seq=1\n"
                "claim h1/v1 vn=green addr=m1,10.0.0.1 seq=1");
    desk_check(&d, "binding", "v2 green h2", "refused, generation 0.0, seq 1: "
               "MAC 02:00:00:00:00:01 belongs to VNIC v1 in this VN");
    desk_do(&d, "del claim h1/v1");
    desk_check(&d, "binding", "v2 green h2", "pending, generation 1.3, seq 1: "
               "waits for the datapath of NVE h2");
    desk_confirm(&d, "v3 green h2");
    desk_check(&d, "binding", "v3 green h2", "activated, generation 1.2, seq "
               "0");
    desk_uninit(&d);
}

static void
test_refused_by_inventory(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 nves=h2,h3 red=m1\nclaim h1/v1\n"
                "vnic v2 blue=m2\nclaim h1/v2\n"
                "vnic v3 tenant=acme blue=m3\nclaim h1/v3 addr=m4\n"
                "vnic v4 red=m5\nclaim h1/v4 vn=green\n"
                "vnic v5\nclaim h1/v5\n"
                "vnic v6 red=m1\nclaim h1/v6\n"
                "vnic v7 red=banana\nclaim h1/v7\n");
    desk_check(&d, "binding", "v1 red h1", "refused, generation 0.0, seq 0: "
               "VNIC v1 may not be on NVE h1: see its allowed_nves");
    desk_check(&d, "binding", "v2 blue h1", "refused, generation 0.0, seq 0: "
               "the VNIC belongs to tenant \"\", the VN to tenant \"acme\"");
    desk_check(&d, "binding", "v3 blue h1", "refused, generation 0.0, seq 0: "
               "MAC 02:00:00:00:00:04 is not registered for VNIC v3 in VN "
               "blue");
    desk_check(&d, "binding", "v4 green h1", "refused, generation 0.0, seq 0: "
               "VNIC v4 is registered, but not in VN green");
    desk_check(&d, "binding", "v5 - h1", "refused, generation 0.0, seq 0: "
               "VNIC v5 is registered, but in no VN");
    desk_check(&d, "binding", "v6 red h1", "refused, generation 0.0, seq 0: "
               "MAC 02:00:00:00:00:01 belongs to VNIC v1 in this VN");
    CU_ASSERT_PTR_NOT_NULL(strstr(rows_verdict(d.rows, "binding",
                                               "v7 red h1"),
                                  "refused, generation 0.0, seq 0: "
                                  "\"banana\""));
    desk_expect_changes(&d, "");

    /* Each is granted once it is set right. */
    desk_do(&d, "vnic v1 nves=h1 red=m1\nvnic v2 tenant=acme blue=m2\n"
                "claim h1/v3 addr=m3\nclaim h1/v4 vn=red\n"
                "vnic v5 red=m6\nvnic v6 red=m7\nvnic v7 red=m8");
    CU_ASSERT_EQUAL(rows_count_bindings(d.rows, "pending"), 7);
    CU_ASSERT_EQUAL(rows_count_bindings(d.rows, "refused"), 0);
    desk_uninit(&d);
}

static void
test_refused_claim(void)
{
    struct desk d;
    const char *verdict;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1\nclaim h1/v1 addr=banana\n"
                "claim h1/bad\x01name vn=green addr=m2\n"
                "vnic v2 red=m2\nclaim h3/v2\n"
                "vn bad id=0\nvnic v3 bad=m3\nclaim h1/v3");
    verdict = rows_verdict(d.rows, "binding", "v1 red h1");
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict, "refused, generation 0.0, seq 0: "
                                  "\"banana\""));
    verdict = rows_verdict(d.rows, "binding", "bad\x01name green h1");
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict, "printable UTF-8"));
    desk_check(&d, "binding", "v2 red h3", "refused, generation 0.0, seq 0: "
               "NVE h3 is refused: NVE h3 is not in the inventory: nvo3-ctl "
               "nve-add, or set-nve-admission open");
    desk_check(&d, "binding", "v3 bad h1", "refused, generation 0.0, seq 0: "
               "VN bad is refused: VN ID 0 is not between 1 and 16777215");
    desk_uninit(&d);
}

/* What the inventory says goes before what was observed.  That a binding has
 * had the reason for its refusal as a remark before does not hide it. */
static void
test_inventory_before_observed(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "claim h1/v1 vn=green addr=m1+m2,10.0.0.1");
    desk_do(&d, "vnic v2 green=m1");
    desk_confirm(&d, "v1 green h1");
    desk_check(&d, "binding", "v1 green h1", "activated, generation 1.1, seq "
               "0: MAC 02:00:00:00:00:01 belongs to VNIC v2 in this VN");
    desk_do(&d, "vnic v3 green=m2");
    desk_check(&d, "binding", "v1 green h1", "refused, generation 1.1, seq 0: "
               "MAC 02:00:00:00:00:01 belongs to VNIC v2 in this VN");

    /* A MAC that is not held holds no IPs. */
    desk_do(&d, "vnic v4 green=m4,10.0.0.1");
    desk_check(&d, "vnic", "v4", "ok; green ok, 02:00:00:00:00:04 ok");
    desk_do(&d, "del vnic v4\ndel vnic v3");
    desk_check(&d, "binding", "v1 green h1", "pending, generation 1.2, seq 0: "
               "waits for the datapath of NVE h1");
    desk_do(&d, "claim h1/v5 vn=green addr=m5,10.0.0.1");
    desk_confirm(&d, "v5 green h1");
    desk_check(&d, "binding", "v5 green h1", "activated, generation 1.3, seq "
               "0: IP 10.0.0.1 belongs to VNIC v1 (MAC 02:00:00:00:00:02)");
    desk_uninit(&d);
}

/* A claim that is refused stands in nobody's way. */
static void
test_refused_is_no_holder(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "claim h1/v1 vn=red addr=m1\nclaim h2/v1 vn=green addr=m1");
    desk_check(&d, "binding", "v1 green h2", "pending, generation 1.1, seq 0: "
               "waits for the datapath of NVE h2");
    desk_check(&d, "binding", "v1 red h1", "refused, generation 0.0, seq 0: "
               "VNIC v1 is on NVE h2, port v1: it must leave there first");

    /* Of one NVE's claims that which names the VN speaks for it. */
    desk_do(&d, "vnic v5 red=m5 green=m6\nclaim h1/v5 port=any");
    desk_do(&d, "claim h1/v5/red vn=red port=p5");
    CU_ASSERT_STRING_EQUAL(desk_binding(&d, "v5 red h1")->claim->port, "p5");
    CU_ASSERT_STRING_EQUAL(desk_binding(&d, "v5 green h1")->claim->port,
                           "any");
    desk_do(&d, "del claim h1/v5/red");
    CU_ASSERT_STRING_EQUAL(desk_binding(&d, "v5 red h1")->claim->port,
                           "any");
    desk_uninit(&d);
}

/* The inventory names no address: those that the claim brings count. */
static void
test_registered_without_mac(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=\nclaim h1/v1");
    desk_check(&d, "binding", "v1 red h1", "refused, generation 0.0, seq 0: "
               "VNIC v1 has no MAC: neither the inventory nor the claim "
               "(attached-mac) names one");
    desk_do(&d, "claim h1/v1 addr=m1,10.0.0.1");
    desk_expect_changes(&d, "+member 5 h1\n+local 5 h1 v1\n"
                            "+mapping 5 02:00:00:00:00:01 h1\n");

    /* Then the inventory says something. */
    desk_do(&d, "vnic v1 red=m1,10.0.0.2");
    desk_do(&d, "vnic v2 red=m2,10.0.0.1");
    desk_check(&d, "vnic", "v2", "ok; red ok, 02:00:00:00:00:02 ok");
    desk_uninit(&d);
}

static void
test_two_places(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1");
    desk_do(&d, "claim h1/v1 port=tap1");
    desk_do(&d, "claim h2/v1");
    desk_check(&d, "binding", "v1 red h2", "refused, generation 0.0, seq 0: "
               "VNIC v1 is on NVE h1, port tap1: it must leave there first");
    ds_clear(&d.trace);
    ds_clear(&d.changes);

    /* Read again, the first stays. */
    desk_do(&d, "claim h2/v1\nclaim h1/v1 port=tap1");
    desk_expect(&d, "");
    desk_do(&d, "del claim h1/v1");
    desk_check(&d, "binding", "v1 red h1", "gone");
    desk_check(&d, "binding", "v1 red h2", "pending, generation 1.2, seq 0: "
               "waits for the datapath of NVE h2");

    /* A place that is refused does not stand in the way. */
    desk_do(&d, "claim h1/v1");
    desk_check(&d, "binding", "v1 red h1", "refused, generation 0.0, seq 0: "
               "VNIC v1 is on NVE h2, port v1: it must leave there first");
    desk_do(&d, "nve h2 off");
    desk_check(&d, "binding", "v1 red h2", "refused, generation 1.2, seq 0: "
               "NVE h2 is refused: it is disabled");
    desk_check(&d, "binding", "v1 red h1", "pending, generation 1.3, seq 0: "
               "waits for the datapath of NVE h1");
    desk_uninit(&d);
}

/* A VNIC that moves keeps no trace of where it was, even if both rows change
 * at once. */
static void
test_move_at_once(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1\nclaim h1/v1");
    ds_clear(&d.changes);
    desk_do(&d, "del claim h1/v1\nclaim h2/v1");
    desk_check(&d, "binding", "v1 red h1", "gone");
    desk_check(&d, "binding", "v1 red h2", "pending, generation 1.2, seq 0: "
               "waits for the datapath of NVE h2");
    desk_expect_changes(&d, "-local 5 h1\n-mapping 5\n-member 5 h1\n"
                            "+member 5 h2\n+local 5 h2 v1\n"
                            "+mapping 5 02:00:00:00:00:01 h2\n");
    desk_uninit(&d);
}

static void
test_quota(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "nve h1 quota=2\nvnic v1 red=m1\nvnic v2 red=m2\n"
                "vnic v3 red=m3");
    desk_do(&d, "claim h1/v1\nclaim h1/v2");
    desk_do(&d, "claim h1/v3");
    desk_check(&d, "binding", "v3 red h1", "refused, generation 0.0, seq 0: "
               "NVE h1 has used its quota of 2 VNICs");
    desk_do(&d, "claim h1/v3 seq=1\nclaim h1/v1 seq=1");
    CU_ASSERT_EQUAL(rows_count_bindings(d.rows, "pending"), 2);
    desk_do(&d, "del claim h1/v1");
    desk_check(&d, "binding", "v3 red h1", "pending, generation 1.3, seq 1: "
               "waits for the datapath of NVE h1");
    desk_do(&d, "nve h1 quota=0");
    CU_ASSERT_EQUAL(rows_count_bindings(d.rows, "refused"), 2);
    desk_do(&d, "nve h1");
    CU_ASSERT_EQUAL(rows_count_bindings(d.rows, "pending"), 2);
    desk_uninit(&d);
}

static void
test_several_vns(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1,10.0.0.1 green=m2,10.0.0.1\nclaim h1/v1");
    desk_expect_changes(&d, "+member 5 h1\n+local 5 h1 v1\n"
                            "+mapping 5 02:00:00:00:00:01 h1\n"
                            "+member 6 h1\n+local 6 h1 v1\n"
                            "+mapping 6 02:00:00:00:00:02 h1\n");
    desk_check(&d, "binding", "v1 red h1", "pending, generation 1.1, seq 0: "
               "waits for the datapath of NVE h1");
    desk_check(&d, "binding", "v1 green h1", "pending, generation 1.2, seq "
               "0: waits for the datapath of NVE h1");

    /* It leaves one of them. */
    desk_do(&d, "vnic v1 green=m2,10.0.0.1");
    desk_check(&d, "binding", "v1 red h1", "gone");
    desk_check(&d, "binding", "v1 green h1", "pending, generation 1.2, seq "
               "0: waits for the datapath of NVE h1");
    desk_uninit(&d);
}

/* Two claims of one NVE for one VNIC, in two VNs. */
static void
test_claims_by_vn(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1 green=m2\nclaim h1/v1/a vn=red port=p1\n"
                "claim h1/v1/b vn=green port=p2");
    CU_ASSERT_EQUAL(rows_count_bindings(d.rows, "pending"), 2);
    CU_ASSERT_STRING_EQUAL(desk_binding(&d, "v1 red h1")->claim->port, "p1");
    CU_ASSERT_STRING_EQUAL(desk_binding(&d, "v1 green h1")->claim->port,
                           "p2");

    /* A third that wants what one of them has speaks for nobody. */
    desk_do(&d, "claim h1/v1/c vn=red port=p3");
    CU_ASSERT_STRING_EQUAL(desk_binding(&d, "v1 red h1")->claim->port, "p1");
    desk_do(&d, "del claim h1/v1/a");
    CU_ASSERT_STRING_EQUAL(desk_binding(&d, "v1 red h1")->claim->port, "p3");
    desk_uninit(&d);
}

void
suite_model_claim(void)
{
    CU_pSuite suite = CU_add_suite("controller/model-claim", NULL, NULL);

    CU_add_test(suite, "registered", test_registered);
    CU_add_test(suite, "any order", test_any_order);
    CU_add_test(suite, "open VN", test_open_vn);
    CU_add_test(suite, "open VN, conflict", test_open_vn_conflict);
    CU_add_test(suite, "refused by inventory", test_refused_by_inventory);
    CU_add_test(suite, "refused claim", test_refused_claim);
    CU_add_test(suite, "inventory before observed",
                test_inventory_before_observed);
    CU_add_test(suite, "refused is no holder", test_refused_is_no_holder);
    CU_add_test(suite, "registered without MAC",
                test_registered_without_mac);
    CU_add_test(suite, "two places", test_two_places);
    CU_add_test(suite, "move at once", test_move_at_once);
    CU_add_test(suite, "quota", test_quota);
    CU_add_test(suite, "several VNs", test_several_vns);
    CU_add_test(suite, "claims by VN", test_claims_by_vn);
}
