/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Model: the life of a binding, its verdicts, and what it stands on. */

#include <config.h>
#include "controller/model.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/controller/desk.h"
#include "tests/unit/controller/rows.h"
#include "util.h"

void suite_model_binding(void);

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

/* Life of a binding. */

static void
test_life(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1\nclaim h1/v1 assoc seq=1");
    desk_expect_changes(&d, "+member 5 h1\n+member 5 h1\n");
    ds_clear(&d.trace);
    desk_confirm(&d, "v1 red h1");
    desk_expect(&d, "binding v1 red h1: associated, generation 1.1, seq 1\n");

    desk_do(&d, "claim h1/v1 seq=2");
    desk_expect_changes(&d, "+local 5 h1 v1\n"
                            "+mapping 5 02:00:00:00:00:01 h1\n");
    desk_expect(&d, "");
    desk_confirm(&d, "v1 red h1");
    desk_expect(&d, "binding v1 red h1: activated, generation 1.1, seq 2\n");
    desk_confirm(&d, "v1 red h1");
    desk_expect(&d, "");

    /* The datapath is lost, and filled again. */
    model_delay_binding(d.model, desk_binding(&d, "v1 red h1"), "lost it",
                        false);
    rows_take_verdicts(d.rows, d.model, &d.trace);
    desk_expect(&d, "");
    model_delay_binding(d.model, desk_binding(&d, "v1 red h1"), "lost it",
                        true);
    rows_take_verdicts(d.rows, d.model, &d.trace);
    desk_expect(&d, "binding v1 red h1: pending, generation 1.1, seq 2: lost "
                    "it\n");
    desk_confirm(&d, "v1 red h1");
    desk_expect(&d, "binding v1 red h1: activated, generation 1.1, seq 2\n");

    /* Deactivated again. */
    desk_do(&d, "claim h1/v1 assoc seq=3");
    desk_expect_changes(&d, "-local 5 h1\n-mapping 5\n+member 5 h1\n");
    desk_confirm(&d, "v1 red h1");
    desk_expect(&d, "binding v1 red h1: associated, generation 1.1, seq 3\n");

    desk_do(&d, "del claim h1/v1");
    desk_expect(&d, "binding v1 red h1: deleted\n");
    desk_expect_changes(&d, "-member 5 h1\n");
    CU_ASSERT_PTR_NULL(desk_binding(&d, "v1 red h1"));
    desk_uninit(&d);
}

/* What was refused and granted, or was away, begins with a new generation; the
 * first of a new epoch is above all before. */
static void
test_generations(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1\nclaim h1/v1");
    desk_do(&d, "nve h1 off");
    desk_do(&d, "nve h1");
    desk_check(&d, "binding", "v1 red h1", "pending, generation 1.2, seq 0: "
               "waits for the datapath of NVE h1");
    desk_do(&d, "del claim h1/v1");
    desk_do(&d, "claim h1/v1");
    desk_check(&d, "binding", "v1 red h1", "pending, generation 1.3, seq 0: "
               "waits for the datapath of NVE h1");
    desk_restart(&d, 4);
    desk_check(&d, "binding", "v1 red h1", "pending, generation 1.3, seq 0: "
               "waits for the datapath of NVE h1");
    desk_do(&d, "del claim h1/v1\nclaim h2/v1");
    desk_check(&d, "binding", "v1 red h2", "pending, generation 4.1, seq 0: "
               "waits for the datapath of NVE h2");
    CU_ASSERT_EQUAL(rows_n_bad_generations(d.rows), 0);
    desk_uninit(&d);
}

static void
test_restart_unchanged(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1,10.0.0.1 blue=m1\nclaim h1/v1 seq=7\n"
                "claim h2/v2 vn=green addr=m2\nvnic v3 red=m3\n"
                "claim h2/v3 assoc\nclaim h2/v1\nvnic v4 red=m1\n"
                "claim h1/v4");
    desk_confirm(&d, "v1 red h1");
    desk_confirm(&d, "v3 red h2");
    ds_clear(&d.trace);
    desk_restart(&d, 2);
    desk_expect(&d, "");
    desk_check(&d, "binding", "v1 red h1", "activated, generation 1.1, seq "
               "7");
    desk_uninit(&d);
}

/* Meanwhile somebody left, somebody came, and somebody may not any more. */
static void
test_restart_changed(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1\nvnic v2 red=m2\nvnic v3 red=m3\n"
                "claim h1/v1\nclaim h1/v2");
    desk_confirm(&d, "v1 red h1");
    desk_confirm(&d, "v2 red h1");
    rows_do(d.rows, NULL, "del claim h1/v1");
    rows_do(d.rows, NULL, "claim h2/v3");
    rows_do(d.rows, NULL, "vnic v2 nves=h2 red=m2");
    ds_clear(&d.trace);
    desk_restart(&d, 2);
    desk_check(&d, "binding", "v1 red h1", "gone");
    desk_check(&d, "binding", "v2 red h1", "refused, generation 1.2, seq 0: "
               "VNIC v2 may not be on NVE h1: see its allowed_nves");
    desk_check(&d, "binding", "v3 red h2", "pending, generation 2.1, seq 0: "
               "waits for the datapath of NVE h2");
    desk_uninit(&d);
}

/* All is gone but the bindings. */
static void
test_restart_empty(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn red id=5\nnve h1\nreg h1\nvnic v1 red=m1\nclaim h1/v1");
    rows_do(d.rows, NULL, "del claim h1/v1");
    rows_do(d.rows, NULL, "del vnic v1");
    rows_do(d.rows, NULL, "del reg h1");
    rows_do(d.rows, NULL, "del nve h1");
    rows_do(d.rows, NULL, "del vn red");
    model_destroy(d.model);
    d.model = model_create();
    rows_load(d.rows, d.model);
    CU_ASSERT_TRUE(model_is_dirty(d.model));
    desk_run(&d);
    desk_check(&d, "binding", "v1 red h1", "gone");
    CU_ASSERT_FALSE(model_is_dirty(d.model));
    desk_uninit(&d);
}

/* Changes to what a binding stands on. */

static void
test_address_changes(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1,10.0.0.1+m2\nclaim h1/v1");
    ds_clear(&d.changes);
    desk_do(&d, "vnic v1 red=m1,10.0.0.1,10.0.0.2");
    desk_expect_changes(&d, "-mapping 5\n+local 5 h1 v1\n"
                            "+mapping 5 02:00:00:00:00:01 h1\n");
    desk_do(&d, "vnic v1 red=m3");
    desk_expect_changes(&d, "+local 5 h1 v1\n"
                            "+mapping 5 02:00:00:00:00:03 h1\n");

    /* A VNIC that needs no MAC of its own any more gives all back. */
    desk_do(&d, "vnic v1 red=m4\nvnic v2 red=m3");
    desk_check(&d, "vnic", "v2", "ok; red ok, 02:00:00:00:00:03 ok");
    desk_uninit(&d);
}

/* All bindings of a VN go to its new VN ID, on NVEs with one and with several
 * of them. */
static void
test_vn_id_changes(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1\nvnic v2 red=m2\nvnic v3 red=m3\n"
                "claim h1/v1\nclaim h1/v2\nclaim h2/v3");
    ds_clear(&d.changes);
    desk_do(&d, "vn red id=9");
    desk_check(&d, "vn", "red", "ok, VN ID 9");
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&d.changes), "-member 5 h1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&d.changes), "-member 5 h2\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&d.changes), "+member 9 h1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&d.changes), "+member 9 h2\n"));
    CU_ASSERT_PTR_NULL(strstr(ds_cstr(&d.changes), "+member 5"));
    CU_ASSERT_EQUAL(rows_count_bindings(d.rows, "pending"), 3);
    CU_ASSERT_EQUAL(rows_n_bad_generations(d.rows), 0);
    desk_uninit(&d);
}

static void
test_vn_goes(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1\nclaim h1/v1\n"
                "claim h1/v2 vn=green addr=m1");
    ds_clear(&d.changes);
    desk_do(&d, "del vn red\ndel vn green");
    desk_check(&d, "binding", "v1 red h1", "refused, generation 1.1, seq 0: "
               "there is no VN red");
    desk_check(&d, "binding", "v2 green h1", "refused, generation 1.2, seq "
               "0: there is no VN green");
    desk_expect_changes(&d, "-local 5 h1\n-mapping 5\n-member 5 h1\n"
                            "-local 6 h1\n-mapping 6\n-member 6 h1\n");
    desk_do(&d, "vn red id=5\nvn green id=6 open");
    CU_ASSERT_EQUAL(rows_count_bindings(d.rows, "pending"), 2);
    desk_uninit(&d);
}

static void
test_endpoint_changes(void)
{
    struct desk d;

    begin(&d);
    desk_do(&d, "vnic v1 red=m1\nclaim h1/v1");
    ds_clear(&d.changes);
    desk_do(&d, "reg h1 ep=192.0.2.77");
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&d.changes), "+nve h1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&d.changes), "+member 5 h1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&d.changes),
                                  "+mapping 5 02:00:00:00:00:01 h1\n"));
    desk_uninit(&d);
}

/* Verdicts that could not be written are taken again. */
static void
test_verdicts_retried(void)
{
    struct desk d;

    begin(&d);
    desk_put(&d, "vnic v1 red=m1\nclaim h1/v1");
    desk_decide(&d);
    CU_ASSERT_TRUE(model_has_verdicts(d.model));
    rows_fail_verdicts(d.model);
    CU_ASSERT_TRUE(model_has_verdicts(d.model));
    desk_expect(&d, "");
    rows_take_verdicts(d.rows, d.model, &d.trace);
    CU_ASSERT_FALSE(model_has_verdicts(d.model));
    desk_expect(&d, "vnic v1: ok; red ok, 02:00:00:00:00:01 ok\n"
                    "binding v1 red h1: pending, generation 1.1, seq 0: "
                    "waits for the datapath of NVE h1\n");
    desk_uninit(&d);
}

/* A verdict changes, or its binding goes, while the one before is in
 * flight. */
static void
test_verdict_in_flight(void)
{
    struct verdict v;
    struct desk d;

    begin(&d);
    desk_put(&d, "vnic v1 red=m1\nclaim h1/v1");
    desk_decide(&d);
    while (model_next_verdict(d.model, &v)) {
        continue;
    }
    model_confirm_binding(d.model, desk_binding(&d, "v1 red h1"));
    model_verdicts_done(d.model, true);
    CU_ASSERT_TRUE(model_next_verdict(d.model, &v));
    CU_ASSERT_EQUAL(v.type, VERDICT_BINDING);
    CU_ASSERT_EQUAL(v.binding->state, BINDING_ACTIVATED);

    desk_put(&d, "del claim h1/v1");
    desk_decide(&d);
    model_verdicts_done(d.model, true);
    CU_ASSERT_PTR_NOT_NULL(desk_binding(&d, "v1 red h1"));
    while (model_next_verdict(d.model, &v)) {
        CU_ASSERT(v.type != VERDICT_BINDING || v.binding->gone);
    }

    /* It comes back before the deletion is written. */
    desk_put(&d, "claim h1/v1");
    desk_decide(&d);
    model_verdicts_done(d.model, true);
    CU_ASSERT_FALSE(desk_binding(&d, "v1 red h1")->gone);
    rows_take_verdicts(d.rows, d.model, &d.trace);
    desk_check(&d, "binding", "v1 red h1", "pending, generation 1.2, seq 0: "
               "waits for the datapath of NVE h1");
    desk_uninit(&d);
}

void
suite_model_binding(void)
{
    CU_pSuite suite = CU_add_suite("controller/model-binding", NULL, NULL);

    CU_add_test(suite, "life", test_life);
    CU_add_test(suite, "generations", test_generations);
    CU_add_test(suite, "restart, unchanged", test_restart_unchanged);
    CU_add_test(suite, "restart, changed", test_restart_changed);
    CU_add_test(suite, "restart, empty", test_restart_empty);
    CU_add_test(suite, "address changes", test_address_changes);
    CU_add_test(suite, "VN ID changes", test_vn_id_changes);
    CU_add_test(suite, "VN goes", test_vn_goes);
    CU_add_test(suite, "endpoint changes", test_endpoint_changes);
    CU_add_test(suite, "verdicts retried", test_verdicts_retried);
    CU_add_test(suite, "verdict in flight", test_verdict_in_flight);
}
