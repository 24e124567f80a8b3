/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/vap.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "random.h"

void suite_vap(void);

static unsigned int
step(struct vap *vap, enum vap_event event)
{
    unsigned int duties = 0;

    CU_ASSERT_TRUE(vap_step(vap, event, &duties));
    return duties;
}

static void
check_illegal(struct vap *vap, enum vap_event event)
{
    struct vap old = *vap;
    unsigned int duties = 99;

    CU_ASSERT_FALSE(vap_step(vap, event, &duties));
    CU_ASSERT_EQUAL(duties, 99);
    CU_ASSERT_EQUAL(vap->state, old.state);
    CU_ASSERT_EQUAL(vap->n_connections, old.n_connections);
    CU_ASSERT_EQUAL(vap->n_tsis, old.n_tsis);
}

/* Figure 5, with one end device that connects explicitly. */
static void
test_figure5(void)
{
    struct vap vap = VAP_INIT;

    check_illegal(&vap, VAP_DISCONNECT);
    check_illegal(&vap, VAP_TSI_DEASSOCIATE);
    CU_ASSERT_EQUAL(step(&vap, VAP_CONNECT),
                    VAP_DUTY_RETURN_TAG | VAP_DUTY_PROVISION);
    CU_ASSERT_EQUAL(vap.state, VAP_CONNECTED);
    check_illegal(&vap, VAP_TSI_DEASSOCIATE);
    CU_ASSERT_EQUAL(step(&vap, VAP_DISCONNECT), VAP_DUTY_RELEASE);
    CU_ASSERT_EQUAL(vap.state, VAP_DISCONNECTED);
    check_illegal(&vap, VAP_DISCONNECT);
}

/* The first Associate connects, the last De-Associate disconnects. */
static void
test_implicit(void)
{
    struct vap vap = VAP_INIT;

    CU_ASSERT_EQUAL(step(&vap, VAP_TSI_ASSOCIATE),
                    VAP_DUTY_RETURN_TAG | VAP_DUTY_PROVISION);
    check_illegal(&vap, VAP_DISCONNECT);
    CU_ASSERT_EQUAL(step(&vap, VAP_TSI_ASSOCIATE), VAP_DUTY_RETURN_TAG);
    CU_ASSERT_EQUAL(vap.n_tsis, 2);
    CU_ASSERT_EQUAL(step(&vap, VAP_TSI_DEASSOCIATE), 0);
    CU_ASSERT_EQUAL(step(&vap, VAP_TSI_DEASSOCIATE), VAP_DUTY_RELEASE);
}

/* A VN_Disconnect does not take the VAP from the TSIs on it, nor the other
 * way round. */
static void
test_both(void)
{
    struct vap vap = VAP_INIT;

    step(&vap, VAP_CONNECT);
    CU_ASSERT_EQUAL(step(&vap, VAP_TSI_ASSOCIATE), VAP_DUTY_RETURN_TAG);
    CU_ASSERT_EQUAL(step(&vap, VAP_DISCONNECT), 0);
    CU_ASSERT_EQUAL(vap.state, VAP_CONNECTED);
    CU_ASSERT_EQUAL(step(&vap, VAP_CONNECT), VAP_DUTY_RETURN_TAG);
    CU_ASSERT_EQUAL(step(&vap, VAP_TSI_DEASSOCIATE), 0);
    CU_ASSERT_EQUAL(vap.state, VAP_CONNECTED);
    CU_ASSERT_EQUAL(step(&vap, VAP_DISCONNECT), VAP_DUTY_RELEASE);
}

static void
test_random(void)
{
    const char *s = getenv("SPLIT_SEED");
    uint32_t seed = s ? (uint32_t) strtoul(s, NULL, 10)
                    : (uint32_t) time(NULL) | 1;
    struct vap vap = VAP_INIT;
    int n[2] = { 0, 0 };

    printf(" SPLIT_SEED=%u ", seed);
    random_set_seed(seed);
    for (int i = 0; i < 20000; i++) {
        enum vap_event event = random_range(VAP_N_EVENTS);
        bool leaves = event == VAP_DISCONNECT || event == VAP_TSI_DEASSOCIATE;
        int *users = &n[event >= VAP_TSI_ASSOCIATE];
        bool was = n[0] || n[1];
        bool legal = !leaves || *users;
        unsigned int duties = 0;

        CU_ASSERT_EQUAL_FATAL(vap_step(&vap, event, &duties), legal);
        if (legal) {
            *users += leaves ? -1 : 1;
        }
        bool is = n[0] || n[1];
        CU_ASSERT_EQUAL_FATAL(vap.state == VAP_CONNECTED, is);
        CU_ASSERT_EQUAL_FATAL((duties & VAP_DUTY_PROVISION) != 0, is && !was);
        CU_ASSERT_EQUAL_FATAL((duties & VAP_DUTY_RELEASE) != 0, was && !is);
        CU_ASSERT_EQUAL_FATAL((duties & VAP_DUTY_RETURN_TAG) != 0, !leaves);
    }
}

static void
test_names(void)
{
    CU_ASSERT_STRING_EQUAL(vap_state_to_string(VAP_DISCONNECTED),
                           "disconnected");
    CU_ASSERT_STRING_EQUAL(vap_state_to_string(VAP_CONNECTED), "connected");
}

void
suite_vap(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/vap", NULL, NULL);

    CU_add_test(suite, "figure5", test_figure5);
    CU_add_test(suite, "implicit", test_implicit);
    CU_add_test(suite, "both", test_both);
    CU_add_test(suite, "random", test_random);
    CU_add_test(suite, "names", test_names);
}
