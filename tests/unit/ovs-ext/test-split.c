/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/split.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/ovs-ext/split-rig.h"
#include "util.h"

void suite_split(void);

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

/* Asks and runs. */
static void
ask(struct rig *b, const char *device, const char *vnic, const char *port,
    const char *state)
{
    rig_ask(b, device, vnic, "red", port, state);
    rig_run(b);
}

static void
end(struct rig *b, const char *device, const char *vnic)
{
    rig_end(b, device, vnic, "red");
    rig_run(b);
}

static void
verdict(struct rig *b, const char *vnic, enum nved_state state,
        const char *reason)
{
    split_put_verdict(b->split, &(struct split_verdict) {
        .vnic = vnic, .vn = "red", .state = state, .reason = reason });
    rig_run(b);
}

/* Figure 6, all the way round, with each step's answer and claim. */
WITH_RIG(test_life)
{
    ask(b, "hv1", "n", "p1", "assoc");
    rig_check_claim(b, "n", "[red p1 100 assoc]");
    rig_check_answer(b, "hv1 n red", "associated done red=7 tag=100");
    ask(b, "hv1", "n", "p1", "act");
    rig_check_claim(b, "n", "[red p1 100 act]");
    rig_check_answer(b, "hv1 n red", "activated done red=7 tag=100");
    ask(b, "hv1", "n", "p1", "assoc");
    rig_check_claim(b, "n", "[red p1 100 assoc]");
    rig_check_answer(b, "hv1 n red", "associated done red=7 tag=100");
    end(b, "hv1", "n");
    rig_check_claim(b, "n", "");
    rig_check_answer(b, "hv1 n red", "none");
    rig_check_ops(b, 1, 2, 1);
    CU_ASSERT_EQUAL(split_get_counters(b->split).transitions, 3);

    ask(b, "hv1", "n", "p1", "act");
    rig_check_answer(b, "hv1 n red", "activated done red=7 tag=100");
    end(b, "hv1", "n");
    rig_check_tags(b, "p1", "[100 red~]");
}

/* A state is never ahead of what the nDirector has confirmed. */
WITH_RIG(test_waits_for_director)
{
    b->grant = false;
    ask(b, "hv1", "n", "p1", "assoc");
    rig_check_answer(b, "hv1 n red",
                       "init pending (waits for the nDirector)");
    verdict(b, "n", NVED_STATE_PENDING, "no datapath");
    rig_check_answer(b, "hv1 n red", "init pending (no datapath)");
    verdict(b, "n", NVED_STATE_ASSOCIATED, "");
    rig_check_answer(b, "hv1 n red", "associated done red=7 tag=100");
    ask(b, "hv1", "n", "p1", "act");
    rig_check_answer(b, "hv1 n red", "associated pending red=7 tag=100 "
                       "(waits for the nDirector)");
    verdict(b, "n", NVED_STATE_ASSOCIATED, "");
    rig_check_answer(b, "hv1 n red", "associated pending red=7 tag=100 "
                       "(the nDirector has not activated it)");
    verdict(b, "n", NVED_STATE_ACTIVATED, "");
    rig_check_answer(b, "hv1 n red", "activated done red=7 tag=100");
    ask(b, "hv1", "n", "p1", "assoc");
    rig_check_answer(b, "hv1 n red", "activated pending red=7 tag=100 "
                       "(waits for the nDirector)");
    verdict(b, "n", NVED_STATE_ASSOCIATED, "");
    rig_check_answer(b, "hv1 n red", "associated done red=7 tag=100");
}

/* Requirement 9: of some addresses the nDirector says that they are another
 * VNIC's, until they are not. */
WITH_RIG(test_addresses_of_others)
{
    b->grant = false;
    ask(b, "hv1", "n", "p1", "act");
    verdict(b, "n", NVED_STATE_ACTIVATED, "IP 10.0.0.1 belongs to VNIC m");
    rig_check_answer(b, "hv1 n red", "activated done red=7 tag=100 "
                       "(IP 10.0.0.1 belongs to VNIC m)");
    verdict(b, "n", NVED_STATE_ACTIVATED, "");
    rig_check_answer(b, "hv1 n red", "activated done red=7 tag=100");
}

/* Requirement 9: the NVE de-associates and deactivates by itself. */
WITH_RIG(test_nve_initiated)
{
    b->grant = false;
    ask(b, "hv1", "n", "p1", "act");
    verdict(b, "n", NVED_STATE_REFUSED, "not in the inventory");
    rig_check_answer(b, "hv1 n red", "init refused (not in the inventory)");
    verdict(b, "n", NVED_STATE_ACTIVATED, "");
    rig_check_answer(b, "hv1 n red", "activated done red=7 tag=100");
    verdict(b, "n", NVED_STATE_ASSOCIATED, "stopped");
    rig_check_answer(b, "hv1 n red",
                       "associated withdrawn red=7 tag=100 (stopped)");
    verdict(b, "n", NVED_STATE_REFUSED, "deleted");
    rig_check_answer(b, "hv1 n red", "init withdrawn (deleted)");
    rig_check_claim(b, "n", "[red p1 100 act]");

    /* A new request that is refused was not taken away. */
    ask(b, "hv1", "n", "p1", "assoc");
    verdict(b, "n", NVED_STATE_REFUSED, "deleted");
    rig_check_answer(b, "hv1 n red", "init refused (deleted)");
}

/* Figure 5 and requirement 6. */
WITH_RIG(test_connect)
{
    rig_connect(b, "hv1", "p1", "red", SPLIT_UNSET);
    rig_connect(b, "hv1", "p1", "id:8", SPLIT_UNSET);
    rig_run(b);
    rig_check_answer(b, "hv1 @p1 red", "connected done red=7 tag=101");
    rig_check_answer(b, "hv1 @p1 id:8", "connected done blue=8 tag=100");
    ask(b, "hv1", "n", "p1", "assoc");
    rig_check_answer(b, "hv1 n red", "associated done red=7 tag=101");

    rig_disconnect(b, "hv1", "p1", "red");
    rig_disconnect(b, "hv1", "p1", "id:8");
    rig_run(b);
    rig_check_answer(b, "hv1 @p1 red", "none");
    rig_check_tags(b, "p1", "[100 blue~][101 red]");
    end(b, "hv1", "n");
    rig_check_tags(b, "p1", "[100 blue~][101 red~]");
    rig_sleep(b, 500);
    rig_check_tags(b, "p1", "");

    rig_connect(b, "hv1", "p1", "red", SPLIT_UNSET);
    rig_run(b);
    split_remove_vn(b->split, "red");
    rig_run(b);
    rig_check_answer(b, "hv1 @p1 red", "disconnected withdrawn (there is no "
                       "VN called \"red\")");
    rig_check_tags(b, "p1", "[102 red~]");
    rig_connect(b, "hv1", "p1", "green", SPLIT_UNSET);
    rig_run(b);
    rig_check_answer(b, "hv1 @p1 green", "disconnected refused (there is no "
                       "VN called \"green\")");
    split_put_vn(b->split, &(struct split_vn) { .name = "green",
                                                .tenant = "" });
    rig_run(b);
    rig_check_answer(b, "hv1 @p1 green", "disconnected pending (the "
                       "nDirector has not given the VN a VN ID yet)");
    split_put_vn(b->split, &(struct split_vn) { .name = "green",
                                                .tenant = "", .vn_id = 9 });
    rig_run(b);
    rig_check_answer(b, "hv1 @p1 green", "connected done green=9 tag=103");
}

/* Requirements 1 and 2: two hypervisors and two ports on one segment share
 * its tags; the same tag on another link is another VN's. */
WITH_RIG(test_segment)
{
    rig_ask(b, "hv1", "n1", "red", "p4", "act");
    rig_ask(b, "hv2", "n2", "red", "p4", "act");
    rig_ask(b, "hv3", "n3", "red", "p5", "act");
    rig_ask(b, "hv3", "n4", "blue", "p5", "act");
    rig_ask(b, "hv1", "n5", "blue", "p1", "act");
    rig_ask(b, "hv2", "n6", "red", "p2", "act");
    rig_run(b);
    rig_check_claim(b, "n1", "[red p4 200 act]");
    rig_check_claim(b, "n2", "[red p4 200 act]");
    rig_check_claim(b, "n3", "[red p5 200 act]");
    rig_check_claim(b, "n4", "[blue p5 201 act]");
    rig_check_claim(b, "n5", "[blue p1 100 act]");
    rig_check_claim(b, "n6", "[red p2 100 act]");

    /* The pool has two tags: a third VN gets none until one has gone and
     * rested. */
    split_put_vn(b->split, &(struct split_vn) { .name = "green",
                                                .tenant = "", .vn_id = 9 });
    rig_ask(b, "hv2", "n7", "green", "p4", "assoc");
    rig_run(b);
    rig_check_answer(b, "hv2 n7 green", "init refused (no tag is free on "
                       "this segment (of 2, 0 rest for a while))");
    rig_end(b, "hv3", "n4", "blue");
    rig_sleep(b, 499);
    rig_check_answer(b, "hv2 n7 green", "init refused (no tag is free on "
                       "this segment (of 2, 1 rest for a while))");
    CU_ASSERT_EQUAL(split_deadline(b->split), b->now + 500);
    rig_sleep(b, 500);
    rig_check_answer(b, "hv2 n7 green",
                       "associated done green=9 tag=201");

    /* One that an administrator chose. */
    rig_connect(b, "hv1", "p4", "blue", 299);
    rig_connect(b, "hv2", "p5", "blue", 298);
    rig_run(b);
    rig_check_answer(b, "hv1 @p4 blue", "connected done blue=8 tag=299");
    rig_check_answer(b, "hv2 @p5 blue", "disconnected refused (the VN has "
                       "tag 299 on this segment already)");
    rig_connect(b, "hv2", "p5", "blue", 0);
    rig_run(b);
    rig_check_answer(b, "hv2 @p5 blue", "disconnected refused (tag 0 is "
                       "out of range: it must be 1 to 4094)");
}

static void
check_refused(struct rig *b, const struct split_request *request,
              const char *expected)
{
    char *key = xasprintf("%s %s %s", request->end_device, request->vnic,
                          request->vn);

    split_put_request(b->split, request);
    rig_run(b);
    rig_check_answer(b, key, expected);
    CU_ASSERT_PTR_NULL(split_first_claim(b->split, request->vnic));
    split_remove_request(b->split, request->end_device, request->vnic,
                         request->vn);
    rig_run(b);
    rig_check_answer(b, key, "none");
    free(key);
}

/* Each thing that may be wrong with a request, and nothing else happens. */
WITH_RIG(test_bad_requests)
{
    const char *bad = "02:00:00:00:00:01 10.0.0.9-10.0.0.1";
    const struct split_request good = {
        .end_device = "hv1", .vnic = "n", .vn = "red", .port = "p1",
        .guest_tag = SPLIT_UNSET,
    };
    struct split_request r;

#define REFUSED(MEMBER, VALUE, REASON) \
    r = good; r.MEMBER = VALUE; check_refused(b, &r, "init refused " REASON)
    REFUSED(end_device, "hv9", "(end device \"hv9\" is not registered here)");
    REFUSED(port, "p9", "(\"p9\" is not an access port of this NVE)");
    REFUSED(vnic, "", "(\"\" is no name: it must be 1 to 255 printable "
            "characters)");
    REFUSED(vn, "green", "(there is no VN called \"green\")");
    REFUSED(vn, "id:9", "(no VN has VN ID 9)");
    REFUSED(vn, "id:0", "(\"id:\" must be followed by a VN ID from 1 to "
            "16777215, not \"0\")");
    REFUSED(vn, "id:16777216", "(\"id:\" must be followed by a VN ID from 1 "
            "to 16777215, not \"16777216\")");
    REFUSED(vn, "id:7x", "(\"id:\" must be followed by a VN ID from 1 to "
            "16777215, not \"7x\")");
    REFUSED(vn, "", "(VNIC \"n\" is not registered, so its VN must be "
            "named)");
    REFUSED(guest_tag, 0, "(guest tag 0 is out of range: it must be 1 to "
            "4094)");
    REFUSED(guest_tag, 4095, "(guest tag 4095 is out of range: it must be 1 "
            "to 4094)");
#undef REFUSED
    r = good;
    r.addresses = &bad;
    r.n_addresses = 1;
    split_put_request(b->split, &r);
    rig_run(b);
    CU_ASSERT_PTR_NULL(split_first_claim(b->split, "n"));
    CU_ASSERT_EQUAL(b->n_inserts, 0);
    rig_check_tags(b, "p1", "");
}

static void
put_hv1(struct rig *b, bool enabled, int64_t quota)
{
    struct sset ports = SSET_INITIALIZER(&ports);
    struct sset tenants = SSET_INITIALIZER(&tenants);
    struct sset vnics = SSET_INITIALIZER(&vnics);

    sset_add(&ports, "p1");
    sset_add(&tenants, "acme");
    sset_add(&vnics, "n1");
    sset_add(&vnics, "n2");
    split_put_end_device(b->split, &(struct split_end_device) {
        .name = "hv1", .enabled = enabled, .ports = &ports,
        .tenants = &tenants, .vnics = &vnics, .vnic_quota = quota,
        .vn_quota = quota });
    sset_destroy(&ports);
    sset_destroy(&tenants);
    sset_destroy(&vnics);
}

/* What an operator allows an end device. */
WITH_RIG(test_authorization)
{
    put_hv1(b, true, 1);
    ask(b, "hv1", "n1", "p2", "act");
    rig_check_answer(b, "hv1 n1 red", "init refused (the end device may not "
                       "use access port \"p2\")");
    ask(b, "hv1", "n3", "p1", "act");
    rig_check_answer(b, "hv1 n3 red",
                       "init refused (the end device may not have VNIC "
                       "\"n3\")");
    rig_ask(b, "hv1", "n1", "blue", "p1", "act");
    rig_run(b);
    rig_check_answer(b, "hv1 n1 blue", "init refused (the end device may "
                       "not join VNs of tenant \"\")");
    ask(b, "hv1", "n1", "p1", "act");
    ask(b, "hv1", "n2", "p1", "act");
    rig_check_answer(b, "hv1 n1 red", "activated done red=7 tag=100");
    rig_check_answer(b, "hv1 n2 red", "init refused (the end device has as "
                       "many VNICs as it may, 1)");
    rig_connect(b, "hv1", "p1", "red", SPLIT_UNSET);
    rig_run(b);
    rig_connect(b, "hv1", "p1", "id:7", SPLIT_UNSET);
    rig_run(b);
    rig_check_answer(b, "hv1 @p1 id:7", "disconnected refused (the end "
                       "device has as many connections to VNs as it may, 1)");
    rig_disconnect(b, "hv1", "p1", "red");
    rig_run(b);
    rig_check_answer(b, "hv1 @p1 id:7", "connected done red=7 tag=100");

    /* Room for the one who waits. */
    end(b, "hv1", "n1");
    rig_check_answer(b, "hv1 n2 red", "activated done red=7 tag=100");

    put_hv1(b, false, 1);
    rig_run(b);
    rig_check_answer(b, "hv1 n2 red", "init withdrawn (end device \"hv1\" "
                       "is disabled)");
    rig_check_answer(b, "hv1 @p1 id:7", "disconnected withdrawn (end device "
                       "\"hv1\" is disabled)");
    rig_check_claim(b, "n2", "");
    rig_check_tags(b, "p1", "[100 red~]");
    put_hv1(b, true, 1);
    rig_run(b);
    rig_check_answer(b, "hv1 n2 red", "activated done red=7 tag=100");
    split_remove_access_port(b->split, "p1");
    rig_run(b);
    rig_check_answer(b, "hv1 n2 red", "init withdrawn (\"p1\" is not an "
                       "access port of this NVE)");
}

/* The VN of a registered VNIC need not be named. */
WITH_RIG(test_registered)
{
    struct sset vns = SSET_INITIALIZER(&vns);

    rig_ask(b, "hv1", "n", "", "p1", "act");
    rig_run(b);
    sset_add(&vns, "blue");
    split_put_registration(b->split, "n", &vns);
    rig_run(b);
    rig_check_claim(b, "n", "[blue p1 100 act]");
    rig_check_answer(b, "hv1 n ", "activated done blue=8 tag=100");
    sset_add(&vns, "red");
    split_put_registration(b->split, "n", &vns);
    rig_run(b);
    rig_check_answer(b, "hv1 n ", "init withdrawn (VNIC \"n\" is registered "
                       "in several VNs, so one must be named)");
    rig_check_claim(b, "n", "");
    sset_find_and_delete(&vns, "blue");
    split_put_registration(b->split, "n", &vns);
    rig_run(b);
    rig_check_claim(b, "n", "[red p1 101 act]");
    sset_destroy(&vns);
}

static struct split_request
make_request(const char *vn, int64_t guest_tag)
{
    return (struct split_request) {
        .end_device = "hv1", .vnic = "n", .vn = vn, .port = "p1",
        .activate = true, .guest_tag = guest_tag,
    };
}

/* A VNIC that is a trunk: each tag of its own is one VN. */
WITH_RIG(test_trunk)
{
    struct split_request red = make_request("red", 10);
    struct split_request blue = make_request("blue", 10);

    split_put_request(b->split, &red);
    rig_run(b);
    split_put_request(b->split, &blue);
    rig_run(b);
    rig_check_answer(b, "hv1 n blue", "init refused (the VNIC's frames with "
                       "this tag belong to VN \"red\" already)");
    blue.guest_tag = 20;
    split_put_request(b->split, &blue);
    rig_run(b);
    rig_check_claim(b, "n", "[blue p1 101 act][red p1 100 act]");

    /* It waits until the tag is free. */
    blue.guest_tag = 10;
    split_put_request(b->split, &blue);
    rig_run(b);
    rig_check_claim(b, "n", "[red p1 100 act]");
    rig_end(b, "hv1", "n", "red");
    rig_run(b);
    rig_check_claim(b, "n", "[blue p1 101 act]");
}

/* An update with a bad address keeps the others, and the state. */
WITH_RIG(test_bad_update)
{
    const char *addresses[] = { "02:00:00:00:00:01", "02:00:00:00:00:02 x" };
    struct split_request r = make_request("red", SPLIT_UNSET);

    r.addresses = addresses;
    r.n_addresses = 1;
    split_put_request(b->split, &r);
    rig_run(b);
    r.n_addresses = 2;
    split_put_request(b->split, &r);
    rig_run(b);
    rig_check_answer(b, "hv1 n red", "activated refused red=7 tag=100 (some "
                       "addresses are bad)");
    rig_check_claim(b, "n", "[red p1 100 act 02:00:00:00:00:01]");
    rig_check_ops(b, 1, 0, 0);
    addresses[1] = "02:00:00:00:00:02 10.0.0.0/16";
    split_put_request(b->split, &r);
    rig_run(b);
    rig_check_answer(b, "hv1 n red", "activated done red=7 tag=100");
    rig_check_ops(b, 0, 1, 0);

    /* None at all would mean "as registered": not that. */
    addresses[0] = addresses[1] = "x";
    split_put_request(b->split, &r);
    rig_run(b);
    rig_check_claim(b, "n", "");
}

/* Before the directory is known, nothing is granted. */
WITH_RIG(test_not_ready)
{
    struct split *ready = b->split;

    b->split = split_create(&b->config);
    rig_configure(b);
    ask(b, "hv1", "n", "p1", "act");
    rig_check_answer(b, "hv1 n red", "init pending (the NVE does not know "
                       "the NVO3 database yet)");
    rig_check_claim(b, "n", "");
    split_set_ready(b->split);
    rig_run(b);
    rig_check_claim(b, "n", "[red p1 100 act]");
    split_destroy(ready);
}

/* What the NVE's own interfaces have is not for end devices. */
WITH_RIG(test_local)
{
    split_set_local(b->split, "n", "vnet0");
    ask(b, "hv1", "n", "p1", "act");
    rig_check_answer(b, "hv1 n red", "init refused (the VNIC is at the NVE's "
                     "own interface \"vnet0\")");
    split_set_local(b->split, "n", NULL);
    rig_run(b);
    rig_check_claim(b, "n", "[red p1 100 act]");
    split_set_local(b->split, "n", "vnet0");
    rig_run(b);
    rig_check_claim(b, "n", "");
    rig_check_answer(b, "hv1 n red", "init withdrawn (the VNIC is at the "
                     "NVE's own interface \"vnet0\")");
}

/* A VN that may be there is waited for; what is wrong besides is said. */
WITH_RIG(test_waits)
{
    struct split_request r = make_request("green", SPLIT_UNSET);
    const struct split_vn green = { "green", "", 9, NULL };
    struct split_connection c = {
        .end_device = "hv2", .port = "p2", .vn = "id:9",
        .tag_request = SPLIT_UNSET, .waits = "patience",
    };

    r.waits = "patience";
    split_put_request(b->split, &r);
    split_put_connection(b->split, &c);
    rig_run(b);
    rig_check_answer(b, "hv1 n green", "init pending (patience)");
    rig_check_answer(b, "hv2 @p2 id:9", "disconnected pending (patience)");
    r.port = "p9";
    split_put_request(b->split, &r);
    rig_run(b);
    rig_check_answer(b, "hv1 n green", "init refused (\"p9\" is not an "
                     "access port of this NVE)");
    r.port = "p1";
    r.waits = NULL;
    split_put_request(b->split, &r);
    rig_run(b);
    rig_check_answer(b, "hv1 n green", "init refused (there is no VN called "
                     "\"green\")");
    split_put_vn(b->split, &green);
    rig_run(b);
    rig_check_claim(b, "n", "[green p1 100 act]");
    rig_check_answer(b, "hv2 @p2 id:9", "connected done green=9 tag=100");

    /* It has what it has, even if its VN has to be asked for anew. */
    r.waits = "patience";
    split_put_request(b->split, &r);
    rig_run(b);
    rig_check_claim(b, "n", "[green p1 100 act]");
}

void
suite_split(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/split", NULL, NULL);

    CU_add_test(suite, "life", test_life);
    CU_add_test(suite, "waits-for-director", test_waits_for_director);
    CU_add_test(suite, "addresses-of-others", test_addresses_of_others);
    CU_add_test(suite, "nve-initiated", test_nve_initiated);
    CU_add_test(suite, "connect", test_connect);
    CU_add_test(suite, "segment", test_segment);
    CU_add_test(suite, "bad-requests", test_bad_requests);
    CU_add_test(suite, "authorization", test_authorization);
    CU_add_test(suite, "registered", test_registered);
    CU_add_test(suite, "trunk", test_trunk);
    CU_add_test(suite, "bad-update", test_bad_update);
    CU_add_test(suite, "not-ready", test_not_ready);
    CU_add_test(suite, "local", test_local);
    CU_add_test(suite, "waits", test_waits);
}
