/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Moves from one port of an NVE to another, departures, and what a restart of
 * the NVE in between must not change (draft kreeger section 4.4). */

#include <config.h>

#include "ovs-ext/split.h"

#include <CUnit/CUnit.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/ovs-ext/split-rig.h"
#include "util.h"

void suite_split_moves(void);

#define WITH_RIG(FUNCTION)                    \
    static void FUNCTION##_on(struct rig *);  \
    static void FUNCTION(void)                  \
    {                                           \
        struct rig rig;                     \
                                                \
        rig_init(&rig);                     \
        FUNCTION##_on(&rig);                  \
        rig_uninit(&rig);                   \
    }                                           \
    static void FUNCTION##_on(struct rig *b)

static void
ask(struct rig *b, const char *device, const char *port, const char *state)
{
    rig_ask(b, device, "n", "red", port, state);
    rig_run(b);
}

static void
end(struct rig *b, const char *device)
{
    rig_end(b, device, "n", "red");
    rig_run(b);
}

static void
check(struct rig *b, const char *claim, const char *hv1, const char *hv2)
{
    rig_check_claim(b, "n", claim);
    rig_check_answer(b, "hv1 n red", hv1);
    rig_check_answer(b, "hv2 n red", hv2);
}

#define KEPT "(kept until the VNIC arrives elsewhere)"

/* With pre-arrival: the destination is prepared while the source runs. */
WITH_RIG(test_pre_arrival)
{
    ask(b, "hv1", "p1", "act");
    rig_reset(b);
    ask(b, "hv2", "p2", "assoc<");
    check(b, "[red p1 100 act]", "activated done red=7 tag=100",
          "associated done red=7 tag=100");
    ask(b, "hv1", "p1", "act>");
    rig_check_ops(b, 0, 0, 0);
    ask(b, "hv2", "p2", "act<");
    check(b, "[red p2 100 act]",
          "init withdrawn (the VNIC moved to end device \"hv2\", access port "
          "\"p2\")", "activated done red=7 tag=100");
    end(b, "hv1");
    rig_check_ops(b, 0, 1, 0);
    check(b, "[red p2 100 act]", "none", "activated done red=7 tag=100");
    rig_check_tags(b, "p1", "[100 red~]");
    CU_ASSERT_EQUAL(split_get_counters(b->split).moves, 1);
}

/* Without: the source has gone when the destination asks. */
WITH_RIG(test_hold)
{
    ask(b, "hv1", "p1", "act");
    ask(b, "hv1", "p1", "act>");
    rig_reset(b);
    end(b, "hv1");
    check(b, "[red p1 100 act]", "activated held red=7 tag=100 " KEPT,
          "none");
    CU_ASSERT_EQUAL(split_deadline(b->split), b->now + 1000);
    rig_sleep(b, 999);
    ask(b, "hv2", "p2", "act");
    check(b, "[red p2 100 act]", "none", "activated done red=7 tag=100");
    rig_check_ops(b, 0, 1, 0);
    CU_ASSERT_EQUAL(split_get_counters(b->split).holds_expired, 0);
    rig_sleep(b, 5000);
    rig_check_ops(b, 0, 0, 0);
}

WITH_RIG(test_hold_expires)
{
    ask(b, "hv1", "p1", "act>");
    rig_reset(b);
    end(b, "hv1");
    rig_sleep(b, 999);
    check(b, "[red p1 100 act]", "activated held red=7 tag=100 " KEPT,
          "none");
    rig_sleep(b, 1);
    check(b, "", "none", "none");
    rig_check_ops(b, 0, 0, 1);
    rig_check_tags(b, "p1", "[100 red~]");
    CU_ASSERT_EQUAL(split_get_counters(b->split).holds_expired, 1);
}

/* The destination has been associated in time, but does not activate: the
 * claim becomes its own when the hold ends. */
WITH_RIG(test_hold_inherited)
{
    ask(b, "hv1", "p1", "act>");
    end(b, "hv1");
    rig_reset(b);
    ask(b, "hv2", "p2", "assoc");
    check(b, "[red p1 100 act]", "activated held red=7 tag=100 " KEPT,
          "associated done red=7 tag=100");
    rig_check_ops(b, 0, 0, 0);
    rig_sleep(b, 1000);
    check(b, "[red p2 100 assoc]", "none", "associated done red=7 tag=100");
    rig_check_ops(b, 0, 1, 0);
}

/* A source that lowers its state first, and deletes the row only later. */
WITH_RIG(test_lowered)
{
    ask(b, "hv1", "p1", "act");
    rig_reset(b);
    ask(b, "hv1", "p1", "assoc>");
    check(b, "[red p1 100 act]", "associated held red=7 tag=100 " KEPT,
          "none");
    rig_sleep(b, 500);
    end(b, "hv1");
    rig_sleep(b, 499);
    rig_check_ops(b, 0, 0, 0);
    rig_sleep(b, 1);
    rig_check_ops(b, 0, 0, 1);

    /* Nobody comes, and it stays: then it is what it asked to be. */
    ask(b, "hv1", "p1", "act");
    ask(b, "hv1", "p1", "assoc>");
    rig_reset(b);
    rig_sleep(b, 1000);
    check(b, "[red p1 100 assoc]", "associated done red=7 tag=100", "none");
    rig_sleep(b, 5000);
    rig_check_ops(b, 0, 1, 0);
    end(b, "hv1");
    rig_check_ops(b, 0, 0, 1);
}

/* The migration fails, and the VM stays where it was. */
WITH_RIG(test_abort)
{
    ask(b, "hv1", "p1", "act");
    rig_reset(b);
    ask(b, "hv1", "p1", "assoc>");
    ask(b, "hv2", "p2", "assoc<");
    end(b, "hv2");
    ask(b, "hv1", "p1", "act-");
    check(b, "[red p1 100 act]", "activated done red=7 tag=100", "none");
    rig_sleep(b, 5000);
    rig_check_ops(b, 0, 0, 0);

    /* The same after the row was deleted. */
    ask(b, "hv1", "p1", "act>");
    end(b, "hv1");
    rig_sleep(b, 10);
    ask(b, "hv1", "p1", "act");
    rig_sleep(b, 5000);
    check(b, "[red p1 100 act]", "activated done red=7 tag=100", "none");
    rig_check_ops(b, 0, 0, 0);
}

/* A shutdown, as against a migration, releases at once. */
WITH_RIG(test_shutdown)
{
    ask(b, "hv1", "p1", "act");
    end(b, "hv1");
    check(b, "", "none", "none");
    ask(b, "hv1", "p1", "act-");
    end(b, "hv1");
    check(b, "", "none", "none");
    rig_check_ops(b, 2, 0, 2);

    /* Of what was only associated nothing needs to be held. */
    ask(b, "hv1", "p1", "assoc>");
    end(b, "hv1");
    check(b, "", "none", "none");
}

/* Who says nothing of a migration does not take another's VNIC, but gets it
 * when that one lets go, with one change of the row. */
WITH_RIG(test_second_place)
{
    ask(b, "hv1", "p1", "act");
    rig_reset(b);
    ask(b, "hv2", "p2", "act");
    check(b, "[red p1 100 act]", "activated done red=7 tag=100",
          "init refused (the VNIC is at end device \"hv1\", access port "
          "\"p1\")");
    rig_check_tags(b, "p2", "");
    end(b, "hv1");
    check(b, "[red p2 100 act]", "none", "activated done red=7 tag=100");
    rig_check_ops(b, 0, 1, 0);

    /* Both at once, in one batch. */
    rig_end(b, "hv2", "n", "red");
    rig_ask(b, "hv1", "n", "red", "p1", "act");
    rig_run(b);
    rig_check_ops(b, 0, 1, 0);
}

/* Where a second place is taken for a migration, it is prepared. */
WITH_RIG(test_implicit)
{
    b->config.implicit_migration = true;
    split_set_config(b->split, &b->config);
    ask(b, "hv1", "p1", "act");
    ask(b, "hv2", "p2", "act");
    check(b, "[red p1 100 act]", "activated done red=7 tag=100",
          "associated pending red=7 tag=100 (the VNIC is still at end device "
          "\"hv1\", access port \"p1\")");
    ask(b, "hv2", "p2", "act-");
    rig_check_answer(b, "hv2 n red", "init withdrawn (the VNIC is at end "
                       "device \"hv1\", access port \"p1\")");
    ask(b, "hv2", "p2", "act");
    end(b, "hv1");
    rig_check_answer(b, "hv2 n red", "activated done red=7 tag=100");
}

/* There and back again; who was left never takes it back by itself. */
WITH_RIG(test_no_flapping)
{
    ask(b, "hv1", "p1", "act<");
    ask(b, "hv2", "p2", "act<");
    check(b, "[red p2 100 act]",
          "init withdrawn (the VNIC moved to end device \"hv2\", access port "
          "\"p2\")", "activated done red=7 tag=100");
    rig_reset(b);
    ask(b, "hv1", "p1", "act<");
    ask(b, "hv1", "p1", "act>");
    rig_check_ops(b, 0, 0, 0);
    ask(b, "hv1", "p1", "assoc<");
    ask(b, "hv1", "p1", "act<");
    check(b, "[red p1 100 act]", "activated done red=7 tag=100",
          "init withdrawn (the VNIC moved to end device \"hv1\", access port "
          "\"p1\")");
    rig_check_ops(b, 0, 1, 0);
    end(b, "hv1");
    check(b, "[red p2 100 act]", "none", "activated done red=7 tag=100");
}

/* "Update port" of figure 6: another port of the same end device. */
WITH_RIG(test_update_port)
{
    ask(b, "hv1", "p1", "act");
    rig_reset(b);
    ask(b, "hv1", "p4", "act");
    check(b, "[red p4 200 act]", "activated done red=7 tag=200", "none");
    rig_check_ops(b, 0, 1, 0);
    rig_check_tags(b, "p1", "[100 red~]");

    /* The port's segment changes under it. */
    split_put_access_port(b->split, &(struct split_access_port) {
        .name = "p4", .segment = "", .tags = "50-51", .enabled = true });
    rig_run(b);
    check(b, "[red p4 50 act]", "activated done red=7 tag=50", "none");
    rig_check_tags(b, "blade", "[200 red~]");
}

/* Two hypervisors behind one port: a move changes no row at all. */
WITH_RIG(test_same_port)
{
    ask(b, "hv1", "p4", "act");
    rig_reset(b);
    ask(b, "hv2", "p4", "act<");
    end(b, "hv1");
    check(b, "[red p4 200 act]", "none", "activated done red=7 tag=200");
    rig_check_ops(b, 0, 0, 0);
}

/* Requirement 8 in bulk: what a VNIC has goes by one row, and moves by one. */
WITH_RIG(test_thousand_addresses)
{
    const char *addresses[1000];
    struct split_request r = {
        .end_device = "hv1", .vnic = "n", .vn = "red", .port = "p1",
        .addresses = addresses, .n_addresses = 1000, .activate = true,
        .guest_tag = SPLIT_UNSET,
    };
    struct split_counters c;

    for (int i = 0; i < 1000; i++) {
        addresses[i] = xasprintf("02:00:00:00:%02x:%02x 10.0.%d.%d", i / 256,
                                 i % 256, i / 250, i % 250 + 1);
    }
    split_put_request(b->split, &r);
    rig_run(b);
    rig_check_ops(b, 1, 0, 0);
    rig_check_claim(b, "n", "[red p1 100 act 02:00:00:00:00:00 10.0.0.1 "
                      "02:00:00:00:00:01 10.0.0.2 "
                      "02:00:00:00:00:02 10.0.0.3 +997]");

    r.end_device = "hv2";
    r.port = "p4";
    r.migration = TSI_MIGRATION_ARRIVING;
    split_put_request(b->split, &r);
    end(b, "hv1");
    c = split_get_counters(b->split);
    CU_ASSERT_EQUAL(c.claims_added, 1);
    CU_ASSERT_EQUAL(c.claims_changed, 1);
    CU_ASSERT_EQUAL(c.claims_removed, 0);
    rig_check_ops(b, 0, 1, 0);

    end(b, "hv2");
    rig_check_ops(b, 0, 0, 1);
    c = split_get_counters(b->split);
    CU_ASSERT_EQUAL(c.claims_removed, 1);
    for (int i = 0; i < 1000; i++) {
        free((char *) addresses[i]);
    }
}

/* A thousand VNICs in one go: one row and one tag's use each. */
WITH_RIG(test_thousand_vnics)
{
    for (int i = 0; i < 1000; i++) {
        char *vnic = xasprintf("n%d", i);

        rig_ask(b, "hv1", vnic, "red", "p1", "act");
        free(vnic);
    }
    rig_run(b);
    CU_ASSERT_EQUAL(b->n_answers, 2000); /* Pending, then done. */
    rig_check_ops(b, 1000, 0, 0);
    rig_check_tags(b, "p1", "[100 red]");
    split_remove_end_device(b->split, "hv1");
    rig_run(b);
    rig_check_ops(b, 0, 0, 1000);
    rig_check_tags(b, "p1", "[100 red~]");
}

/* Puts the requests of a migration on its way again, after a restart. */
static void
restart(struct rig *b, const char *hv1, const char *hv2)
{
    struct split_output output;

    split_destroy(b->split);
    b->split = split_create(&b->config);
    rig_configure(b);
    if (hv2) {
        rig_ask(b, "hv2", "n", "red", "p2", hv2);
    }
    if (hv1) {
        rig_ask(b, "hv1", "n", "red", "p1", hv1);
    }
    rig_restore(b);
    CU_ASSERT(split_restore_tag(b->split, "p1", 100, "red"));
    CU_ASSERT(split_restore_tag(b->split, "p2", 109, "red"));

    /* Nothing may happen as long as the NVO3 database is not known. */
    split_output_init(&output);
    split_run(b->split, b->now += 100000, &output);
    CU_ASSERT_EQUAL(output.n_answers, 0);
    CU_ASSERT(sset_is_empty(&output.vnics));
    split_output_uninit(&output);

    split_set_ready(b->split);
    rig_run(b);
}

WITH_RIG(test_restart)
{
    ask(b, "hv1", "p1", "act");
    ask(b, "hv2", "p2", "assoc<");
    rig_reset(b);
    restart(b, "act", "assoc<");
    check(b, "[red p1 100 act]", "activated done red=7 tag=100",
          "associated done red=7 tag=109");
    rig_check_ops(b, 0, 0, 0);

    /* After the move it is hv2's, though hv1 still asks for it. */
    ask(b, "hv2", "p2", "act<");
    rig_reset(b);
    restart(b, "act<", "act<");
    check(b, "[red p2 109 act]",
          "init withdrawn (the VNIC moved to end device \"hv2\", access port "
          "\"p2\")", "activated done red=7 tag=109");
    rig_check_ops(b, 0, 0, 0);
    rig_check_tags(b, "p1", "[100 red~]");
}

WITH_RIG(test_restart_held)
{
    b->config.quarantine_ms = 5000;
    ask(b, "hv1", "p1", "act>");
    end(b, "hv1");
    rig_sleep(b, 900);
    rig_reset(b);
    restart(b, NULL, NULL);
    check(b, "[red p1 100 act]", "activated held red=7 tag=100 " KEPT,
          "none");
    rig_check_ops(b, 0, 0, 0);
    rig_sleep(b, 999);
    ask(b, "hv2", "p2", "act<");
    check(b, "[red p2 109 act]", "none", "activated done red=7 tag=109");
    rig_check_ops(b, 0, 1, 0);

    ask(b, "hv2", "p2", "assoc>");
    rig_reset(b);
    restart(b, NULL, "assoc>");
    rig_check_answer(b, "hv2 n red",
                       "associated held red=7 tag=109 " KEPT);
    rig_check_ops(b, 0, 0, 0);
    rig_sleep(b, 1000);
    check(b, "[red p2 109 assoc]", "none", "associated done red=7 tag=109");
}

/* The row was deleted while the NVE was down. */
WITH_RIG(test_restart_gone)
{
    ask(b, "hv1", "p1", "act>");
    restart(b, NULL, NULL);
    rig_check_claim(b, "n", "");
}

void
suite_split_moves(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/split-moves", NULL, NULL);

    CU_add_test(suite, "pre-arrival", test_pre_arrival);
    CU_add_test(suite, "hold", test_hold);
    CU_add_test(suite, "hold-expires", test_hold_expires);
    CU_add_test(suite, "hold-inherited", test_hold_inherited);
    CU_add_test(suite, "lowered", test_lowered);
    CU_add_test(suite, "abort", test_abort);
    CU_add_test(suite, "shutdown", test_shutdown);
    CU_add_test(suite, "second-place", test_second_place);
    CU_add_test(suite, "implicit", test_implicit);
    CU_add_test(suite, "no-flapping", test_no_flapping);
    CU_add_test(suite, "update-port", test_update_port);
    CU_add_test(suite, "same-port", test_same_port);
    CU_add_test(suite, "thousand-addresses", test_thousand_addresses);
    CU_add_test(suite, "thousand-vnics", test_thousand_vnics);
    CU_add_test(suite, "restart", test_restart);
    CU_add_test(suite, "restart-held", test_restart_held);
    CU_add_test(suite, "restart-gone", test_restart_gone);
}
