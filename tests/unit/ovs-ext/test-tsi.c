/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/tsi.h"

#include <CUnit/CUnit.h>

#include "util.h"

void suite_tsi(void);

#define NO (-1)

/* Figure 6 once more, written as the RFC draws it: from, event, to. */
static const int figure6[TSI_N_STATES][TSI_N_EVENTS] = {
    /*                   Associate       Activate       Deactivate
     *                   De-Associate    upd. addresses update port */
    [TSI_INIT] =       { TSI_ASSOCIATED, TSI_ACTIVATED, NO,
                         NO,             NO,            NO },
    [TSI_ASSOCIATED] = { NO,             TSI_ACTIVATED, NO,
                         TSI_INIT,       TSI_ASSOCIATED, TSI_ASSOCIATED },
    [TSI_ACTIVATED] =  { NO,             NO,            TSI_ASSOCIATED,
                         TSI_INIT,       TSI_ACTIVATED, TSI_ACTIVATED },
};

/* Every event in every state: the arc, or no change at all. */
static void
test_all_arcs(void)
{
    for (int from = 0; from < TSI_N_STATES; from++) {
        for (int event = 0; event < TSI_N_EVENTS; event++) {
            enum tsi_state state = (enum tsi_state) from;
            unsigned int duties = 12345;
            bool ok = tsi_step(&state, (enum tsi_event) event, &duties);

            CU_ASSERT_EQUAL(ok, figure6[from][event] != NO);
            CU_ASSERT_EQUAL((int) state, ok ? figure6[from][event] : from);
            CU_ASSERT(ok ? duties != 0 : duties == 12345);
        }
    }
}

static unsigned int
duties_of(enum tsi_state state, enum tsi_event event)
{
    unsigned int duties = 0;

    CU_ASSERT(tsi_step(&state, event, &duties));
    return duties;
}

/* What sections 3.2 and 3.3 say must be true in the target state. */
static void
test_duties(void)
{
    CU_ASSERT_EQUAL(duties_of(TSI_INIT, TSI_ASSOCIATE), TSI_DUTY_RESERVE);
    CU_ASSERT_EQUAL(duties_of(TSI_INIT, TSI_ACTIVATE),
                    TSI_DUTY_RESERVE | TSI_DUTY_ENABLE);
    CU_ASSERT_EQUAL(duties_of(TSI_ASSOCIATED, TSI_ACTIVATE), TSI_DUTY_ENABLE);
    CU_ASSERT_EQUAL(duties_of(TSI_ACTIVATED, TSI_DEACTIVATE),
                    TSI_DUTY_DISABLE);
    CU_ASSERT_EQUAL(duties_of(TSI_ASSOCIATED, TSI_DEASSOCIATE),
                    TSI_DUTY_RELEASE);
    CU_ASSERT_EQUAL(duties_of(TSI_ACTIVATED, TSI_DEASSOCIATE),
                    TSI_DUTY_DISABLE | TSI_DUTY_RELEASE);
    CU_ASSERT_EQUAL(duties_of(TSI_ACTIVATED, TSI_UPDATE_ADDRESSES),
                    TSI_DUTY_MAPPINGS);
    CU_ASSERT_EQUAL(duties_of(TSI_ASSOCIATED, TSI_UPDATE_PORT),
                    TSI_DUTY_MOVE_TAG);
}

/* On every way through the machine, what is reserved or enabled is so once,
 * and is as the state says. */
static void
walk(enum tsi_state state, bool reserved, bool enabled, int depth)
{
    CU_ASSERT_EQUAL(reserved, state != TSI_INIT);
    CU_ASSERT_EQUAL(enabled, state == TSI_ACTIVATED);
    for (int event = 0; depth && event < TSI_N_EVENTS; event++) {
        enum tsi_state next = state;
        unsigned int d;

        if (!tsi_step(&next, (enum tsi_event) event, &d)) {
            continue;
        }
        CU_ASSERT(!(d & TSI_DUTY_RESERVE) || !reserved);
        CU_ASSERT(!(d & TSI_DUTY_RELEASE) || reserved);
        CU_ASSERT(!(d & TSI_DUTY_ENABLE) || !enabled);
        CU_ASSERT(!(d & TSI_DUTY_DISABLE) || enabled);
        walk(next, d & TSI_DUTY_RESERVE || (reserved
                                            && !(d & TSI_DUTY_RELEASE)),
             d & TSI_DUTY_ENABLE || (enabled && !(d & TSI_DUTY_DISABLE)),
             depth - 1);
    }
}

static void
test_walks(void)
{
    walk(TSI_INIT, false, false, 6);
}

static void
test_towards(void)
{
    for (int from = 0; from < TSI_N_STATES; from++) {
        for (int to = 0; to < TSI_N_STATES; to++) {
            enum tsi_state state = (enum tsi_state) from;
            enum tsi_event event;
            unsigned int duties;

            if (from == to) {
                CU_ASSERT_FALSE(tsi_event_towards(state, state, &event));
                continue;
            }
            CU_ASSERT_TRUE_FATAL(tsi_event_towards(state, (enum tsi_state) to,
                                                   &event));
            CU_ASSERT_TRUE(tsi_step(&state, event, &duties));
            CU_ASSERT_EQUAL((int) state, to);
        }
    }
}

static void
check_wish(struct tsi_wish *wish, enum tsi_vm_event event, bool changes,
           enum tsi_state state, enum tsi_migration migration)
{
    CU_ASSERT_EQUAL(tsi_wish_update(wish, event), changes);
    CU_ASSERT_EQUAL(wish->state, state);
    CU_ASSERT_EQUAL(wish->migration, migration);
}

/* RFC 8394 section 2: a life without migration, with a pause and a nap. */
static void
test_vm_life(void)
{
    struct tsi_wish w = TSI_WISH_INIT;

    check_wish(&w, TSI_VM_CREATED, true, TSI_ASSOCIATED, TSI_MIGRATION_NONE);
    check_wish(&w, TSI_VM_STARTED, true, TSI_ACTIVATED, TSI_MIGRATION_NONE);
    check_wish(&w, TSI_VM_PAUSED, false, TSI_ACTIVATED, TSI_MIGRATION_NONE);
    check_wish(&w, TSI_VM_UNPAUSED, false, TSI_ACTIVATED, TSI_MIGRATION_NONE);
    check_wish(&w, TSI_VM_SUSPENDED, true, TSI_ASSOCIATED,
               TSI_MIGRATION_NONE);
    check_wish(&w, TSI_VM_RESUMED, true, TSI_ACTIVATED, TSI_MIGRATION_NONE);
    check_wish(&w, TSI_VM_SHUT_DOWN, true, TSI_INIT, TSI_MIGRATION_NONE);
}

static void
test_vm_migration(void)
{
    struct tsi_wish src = { TSI_ACTIVATED, TSI_MIGRATION_NONE };
    struct tsi_wish dst = TSI_WISH_INIT;

    check_wish(&src, TSI_VM_DEPARTING, true, TSI_ACTIVATED,
               TSI_MIGRATION_DEPARTING);
    check_wish(&dst, TSI_VM_ARRIVING, true, TSI_ASSOCIATED,
               TSI_MIGRATION_ARRIVING);
    check_wish(&dst, TSI_VM_ARRIVED, true, TSI_ACTIVATED,
               TSI_MIGRATION_ARRIVING);
    check_wish(&src, TSI_VM_DEPARTED, true, TSI_INIT,
               TSI_MIGRATION_DEPARTING);

    src = (struct tsi_wish) { TSI_ACTIVATED, TSI_MIGRATION_DEPARTING };
    check_wish(&src, TSI_VM_STAYED, true, TSI_ACTIVATED, TSI_MIGRATION_NONE);
}

static void
test_names(void)
{
    for (int i = 0; i < TSI_N_STATES; i++) {
        enum tsi_state state;

        CU_ASSERT_TRUE(tsi_state_from_string(
                           tsi_state_to_string((enum tsi_state) i), &state));
        CU_ASSERT_EQUAL((int) state, i);
    }
    for (int i = TSI_MIGRATION_UNKNOWN; i <= TSI_MIGRATION_DEPARTING; i++) {
        CU_ASSERT_EQUAL((int) tsi_migration_from_string(
                            tsi_migration_to_string((enum tsi_migration) i)),
                        i);
    }
    CU_ASSERT_EQUAL(tsi_migration_from_string("soon"), TSI_MIGRATION_UNKNOWN);
    CU_ASSERT_FALSE(tsi_state_from_string("Init", &(enum tsi_state) { 0 }));
    CU_ASSERT_STRING_EQUAL(tsi_event_to_string(TSI_DEASSOCIATE),
                           "De-Associate");
}

void
suite_tsi(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/tsi", NULL, NULL);

    CU_add_test(suite, "all-arcs", test_all_arcs);
    CU_add_test(suite, "duties", test_duties);
    CU_add_test(suite, "walks", test_walks);
    CU_add_test(suite, "towards", test_towards);
    CU_add_test(suite, "vm-life", test_vm_life);
    CU_add_test(suite, "vm-migration", test_vm_migration);
    CU_add_test(suite, "names", test_names);
}
