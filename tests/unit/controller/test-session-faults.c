/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/session.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-switch.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "tests/unit/controller/bench.h"
#include "tests/unit/controller/fake-link.h"
#include "tests/unit/controller/fake-switch.h"
#include "util.h"

void suite_session_faults(void);

#define VN1 "flow cookie=0x4e00000000000001,table=24,metadata=1,"
#define VN2 "flow cookie=0x4e00000000000002,table=24,metadata=2,"

/* Begins with a settled connection and something in VN 1. */
static void
begin(struct bench *b)
{
    bench_init(b);
    bench_put(b, 1, 1, VN1 "in_port=1,actions=drop\n"
              VN1 "in_port=2,actions=drop");
    bench_connect(b);
    bench_check(b);
    ds_clear(&b->trace);
}

/* A commit that fails leaves the switch as it was; the image is sent whole
 * after a delay that doubles, and each failure is told once. */
static void
test_refused_commit(void)
{
    struct bench b;

    begin(&b);
    fake_switch_faults(b.sw)->refuse_commits = 1;
    bench_put(&b, 1, 2, VN1 "in_port=3,actions=drop");
    bench_run(&b);
    bench_expect(&b, "refused 1: flow: OFPFMFC_TABLE_FULL\n");
    CU_ASSERT(!session_is_settled(b.session));
    CU_ASSERT_EQUAL(session_confirmed_version(b.session, b.images[1]), 1);

    /* Pushed meanwhile: not sent on its own. */
    bench_put(&b, 1, 3, VN1 "in_port=4,actions=drop");
    bench_run(&b);
    bench_expect(&b, "");

    fake_switch_faults(b.sw)->refuse_commits = 1;
    bench_advance(&b, 999);
    bench_expect(&b, "");
    bench_advance(&b, 1);
    bench_expect(&b, "refused 1: flow: OFPFMFC_TABLE_FULL\n");
    fake_switch_faults(b.sw)->refuse_commits = 1;
    bench_advance(&b, 1999);
    bench_expect(&b, "");
    bench_advance(&b, 1);
    bench_expect(&b, "refused 1: flow: OFPFMFC_TABLE_FULL\n");
    bench_advance(&b, 3999);
    bench_expect(&b, "");
    bench_advance(&b, 1);
    bench_expect(&b, "confirmed 1 v3\n");
    bench_check(&b);
    CU_ASSERT_EQUAL(session_get_stats(b.session).n_refused, 3);

    /* Success makes the delay short again. */
    fake_switch_faults(b.sw)->refuse_commits = 1;
    bench_put(&b, 1, 3, "");
    bench_run(&b);
    bench_advance(&b, 1000);
    bench_expect(&b, "refused 1: flow: OFPFMFC_TABLE_FULL\n"
                 "confirmed 1 v4\n");
    bench_check(&b);
    bench_uninit(&b);
}

/* A message that does not get into its bundle: OVS commits the rest, with the
 * marker.  Neither the session nor a later one may take that for whole. */
static void
test_lost_message(void)
{
    struct bench b;

    begin(&b);
    fake_switch_faults(b.sw)->lose_messages = 1;
    bench_put(&b, 1, 2, VN1 "in_port=3,actions=drop\n"
              VN1 "in_port=4,actions=drop");
    bench_run(&b);
    bench_expect(&b, "refused 1: flow: OFPBAC_BAD_TYPE\n");
    CU_ASSERT_EQUAL(session_confirmed_version(b.session, b.images[1]), 1);

    bench_connect(&b);
    CU_ASSERT_EQUAL(session_get_stats(b.session).n_resyncs, 1);
    bench_check(&b);

    /* The same in a whole image, when there is a marker from before. */
    ds_clear(&b.trace);
    bench_by_hand(&b, VN1 "in_port=9,actions=drop");
    session_audit(b.session, b.now);
    while (!session_get_stats(b.session).n_repairs) {
        fake_link_down(b.session, b.sw, SIZE_MAX, b.now);
        fake_link_up(b.session, b.sw, SIZE_MAX, b.now);
    }
    fake_switch_faults(b.sw)->lose_messages = 1;
    bench_run(&b);
    bench_expect(&b, "repaired 1: 5 flows instead of 4\n"
                 "refused 1: flow: OFPBAC_BAD_TYPE\n");
    bench_connect(&b);
    CU_ASSERT_EQUAL(session_get_stats(b.session).n_resyncs, 1);
    bench_check(&b);
    bench_uninit(&b);
}

/* Updates that were on their way behind one that was refused do not confirm
 * anything. */
static void
test_refused_with_more_in_flight(void)
{
    struct bench b;

    begin(&b);
    fake_switch_faults(b.sw)->refuse_commits = 1;
    bench_put(&b, 1, 2, VN1 "in_port=3,actions=drop");
    bench_put(&b, 1, 3, VN1 "in_port=4,actions=drop");
    bench_put(&b, 2, 3, VN2 "in_port=4,actions=drop");
    bench_put(&b, 1, 4, VN1 "in_port=5,actions=drop");
    bench_run(&b);
    bench_expect(&b, "refused 1: flow: OFPFMFC_TABLE_FULL\n"
                 "confirmed 2 v1\n");
    bench_advance(&b, 1000);
    bench_expect(&b, "confirmed 1 v4\n");
    bench_check(&b);
    bench_uninit(&b);
}

/* A commit without a reply is refused once the reply to a later one comes. */
static void
test_mute_commit(void)
{
    struct bench b;

    begin(&b);
    fake_switch_faults(b.sw)->mute_commits = 1;
    bench_put(&b, 1, 2, VN1 "in_port=3,actions=drop");
    bench_run(&b);
    bench_expect(&b, "");
    bench_put(&b, 2, 2, VN2 "in_port=3,actions=drop");
    bench_run(&b);
    bench_expect(&b, "refused 1: bundle: no reply to its commit\n"
                 "confirmed 2 v1\n");
    bench_advance(&b, 1000);
    bench_expect(&b, "confirmed 1 v2\n");
    bench_check(&b);

    /* If nothing else is sent, a barrier is. */
    fake_switch_faults(b.sw)->mute_commits = 1;
    bench_put(&b, 1, 2, "");
    bench_run(&b);
    bench_advance(&b, 14999);
    bench_expect(&b, "");
    bench_advance(&b, 10000);
    bench_expect(&b, "refused 1: bundle: no reply to its commit\n"
                 "confirmed 1 v3\n");
    bench_check(&b);
    bench_uninit(&b);
}

/* An NVE that reads slowly: what waits for it is bounded, and in the end it
 * has everything. */
static void
test_slow_reader(void)
{
    size_t most = 0;
    struct bench b;

    bench_init(&b);
    b.config.queue_limit = 20000;
    bench_connect(&b);
    ds_clear(&b.trace);
    for (int i = 0; i < 2000; i++) {
        char *text = xasprintf(VN1 "in_port=%d,actions=drop", i % 500);

        bench_put(&b, 1, i, text);
        bench_put(&b, 2, i % 100, i % 2 ? "" : VN2 "actions=drop");
        free(text);
        bench_run_some(&b, i % 7 * 30);

        /* One whole image may go beyond the limit. */
        size_t size = session_get_stats(b.session).queue_bytes;

        if (image_n_flows(b.images[1]) < 10) {
            CU_ASSERT(size <= 20000);
        }
        most = MAX(most, size);
    }
    CU_ASSERT(session_get_stats(b.session).n_dropped > 0);
    CU_ASSERT(session_get_stats(b.session).n_resyncs > 0);
    CU_ASSERT(most < 20000 + 2000 * 150);
    bench_run(&b);
    bench_check(&b);
    bench_uninit(&b);
}

/* One image that has too much to say makes room for the others. */
static void
test_slow_reader_is_fair(void)
{
    struct bench b;

    bench_init(&b);
    b.config.queue_limit = 8000;
    bench_connect(&b);
    for (int i = 0; !session_get_stats(b.session).n_dropped; i++) {
        bench_put(&b, 1, 1, i % 2 ? "" : VN1 "in_port=1,actions=drop");
    }
    CU_ASSERT(session_get_stats(b.session).queue_bytes < 8000);
    bench_put(&b, 2, 1, VN2 "in_port=1,actions=drop");
    bench_run(&b);
    CU_ASSERT_EQUAL(session_get_stats(b.session).n_resyncs, 4 + 1);
    bench_check(&b);
    bench_uninit(&b);
}

/* An NVE that reads nothing at all keeps the director from nothing, takes no
 * more memory than its limit, and is closed. */
static void
test_reads_nothing(void)
{
    struct bench b;
    struct ofpbuf *echo = ofpraw_alloc(OFPRAW_OFPT_ECHO_REQUEST,
                                       OFP15_VERSION, 0);

    begin(&b);
    ofpbuf_put_zeros(echo, 1000);
    ((struct ofp_header *) echo->data)->length = htons(1008);
    b.config.queue_limit = 0;
    for (int ms = 0; ms < 70000 && !session_is_closed(b.session); ms += 10) {
        b.now += 10;
        bench_put(&b, 1, 2, ms % 20 ? "" : VN1 "in_port=3,actions=drop");
        session_receive(b.session, echo->data, b.now);
        session_run(b.session, b.now);
        CU_ASSERT(session_get_stats(b.session).queue_bytes < 4300000);
    }
    bench_take_events(&b);
    bench_expect(&b, "closed: has read nothing for 60 s\n");
    ofpbuf_delete(echo);
    bench_uninit(&b);
}

static void
test_cut_in_mid_bundle(void)
{
    struct bench b;

    for (int i = 1; i < 20; i++) {
        begin(&b);
        bench_put(&b, 1, 1, VN1 "in_port=3,actions=drop\n"
                  VN1 "in_port=4,actions=output:1\n"
                  VN1 "in_port=5,actions=output:1");
        bench_put(&b, 2, 1, VN2 "in_port=3,actions=drop\n"
                  VN2 "in_port=4,actions=output:1");
        fake_switch_faults(b.sw)->cut_after = i;
        bench_run(&b);
        fake_switch_faults(b.sw)->cut_after = 0;
        bench_connect(&b);
        bench_check(&b);
        bench_uninit(&b);
    }
}

/* A switch that says it did what it did not: the audit finds out. */
static void
test_liar(void)
{
    struct bench b;

    begin(&b);
    fake_switch_faults(b.sw)->lie_commits = 1;
    bench_put(&b, 1, 2, VN1 "in_port=3,actions=drop");
    bench_run(&b);
    session_audit(b.session, b.now);
    bench_run(&b);
    bench_expect(&b, "confirmed 1 v2\n"
                 "repaired 1: its marker is that of another version\n"
                 "confirmed 1 v2\n");
    bench_check(&b);
    bench_uninit(&b);
}

/* Gives the session the message 'msg', which it frees. */
static void
give(struct bench *b, struct ofpbuf *msg)
{
    ofpmsg_update_length(msg);
    session_receive(b->session, msg->data, b->now);
    ofpbuf_delete(msg);
    bench_take_events(b);
}

/* Messages that answer nothing are ignored, however many. */
static void
test_unsolicited(void)
{
    struct ofputil_switch_features features = {
        .datapath_id = 0xaa,
        .n_tables = 254,
    };
    struct ofputil_bundle_ctrl_msg commit = {
        .bundle_id = 77,
        .type = OFPBCT_COMMIT_REPLY,
    };
    static const enum ofpraw raws[] = {
        OFPRAW_OFPST15_FLOW_REPLY, OFPRAW_OFPT_ECHO_REPLY,
        OFPRAW_OFPST13_GROUP_REPLY,
        OFPRAW_OFPT11_BARRIER_REPLY, OFPRAW_OFPST14_PORT_DESC_REPLY,
    };
    struct bench b;

    begin(&b);
    for (int i = 0; i < 1000; i++) {
        struct ofpbuf *request = ofpraw_alloc(OFPRAW_OFPT11_BARRIER_REQUEST,
                                              OFP15_VERSION, 0);
        struct ofp_header *oh = request->data;

        oh->xid = htonl(0x80000000 | i);
        give(&b, ofpraw_alloc(raws[i % ARRAY_SIZE(raws)], OFP15_VERSION, 0));
        give(&b, ofputil_encode_switch_features(&features,
                                                OFPUTIL_P_OF15_OXM, 0));
        give(&b, ofputil_encode_bundle_ctrl_reply(oh, &commit));
        give(&b, ofperr_encode_reply(OFPERR_OFPFMFC_TABLE_FULL, oh));
        ofpbuf_delete(request);
    }
    bench_expect(&b, "");
    CU_ASSERT_EQUAL(session_get_stats(b.session).queue_bytes, 0);
    bench_check(&b);

    features.datapath_id = 0xab;
    give(&b, ofputil_encode_switch_features(&features, OFPUTIL_P_OF15_OXM,
                                            0));
    bench_expect(&b, "closed: changed its datapath ID\n");
    bench_uninit(&b);
}

/* A reply to what has not been sent yet is a lie. */
static void
test_reply_before_request(void)
{
    struct ofputil_bundle_ctrl_msg commit = { .type = OFPBCT_COMMIT_REPLY };
    struct ofp_header oh = { .version = OFP15_VERSION };
    struct bench b;

    begin(&b);
    bench_put(&b, 1, 2, VN1 "in_port=3,actions=drop");
    commit.bundle_id = b.pool.last_update_id;
    oh.xid = htonl(commit.bundle_id);
    give(&b, ofputil_encode_bundle_ctrl_reply(&oh, &commit));
    bench_expect(&b, "closed: confirmed what had not been sent\n");
    bench_uninit(&b);

    begin(&b);
    bench_put(&b, 1, 2, VN1 "in_port=3,actions=drop");
    oh.xid = htonl(b.pool.last_update_id);
    oh.length = htons(sizeof oh);
    oh.type = 14;
    give(&b, ofperr_encode_reply(OFPERR_OFPFMFC_TABLE_FULL, &oh));
    bench_expect(&b, "closed: answered what had not been sent\n");
    bench_uninit(&b);
}

/* What comes first must be a hello. */
static void
test_bad_greeting(void)
{
    struct bench b;

    bench_init(&b);
    fake_switch_faults(b.sw)->no_hello = true;
    bench_connect(&b);
    give(&b, ofpraw_alloc(OFPRAW_OFPT_ECHO_REQUEST, OFP15_VERSION, 0));
    bench_expect(&b, "closed: did not begin with a hello\n");
    bench_uninit(&b);

    bench_init(&b);
    fake_switch_faults(b.sw)->no_hello = true;
    bench_connect(&b);
    give(&b, ofperr_encode_hello(OFPERR_OFPHFC_INCOMPATIBLE, OFP10_VERSION,
                                 "no"));
    bench_expect(&b, "closed: error in the greeting "
                 "(OFPHFC_INCOMPATIBLE)\n");
    bench_uninit(&b);
}

static void
test_version_changes(void)
{
    struct bench b;

    begin(&b);
    give(&b, ofpraw_alloc(OFPRAW_OFPT_ECHO_REQUEST, OFP13_VERSION, 0));
    bench_expect(&b, "closed: a message of OpenFlow version 4 after 1.5 was "
                 "agreed upon\n");
    bench_uninit(&b);
}

/* Returns a number below 'n' from 'seed', which it moves on. */
static uint32_t
draw(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (uint64_t) *seed * n >> 32;
}

/* Hands over what 'b.sw' says with a few bytes changed.  Whatever that is, the
 * session lives on or is closed. */
static void
give_mutated(struct bench *b, uint32_t *seed)
{
    for (;;) {
        const void *bytes;
        size_t size = fake_switch_output(b->sw, &bytes);
        struct ofp_header *oh;

        if (!size) {
            return;
        }
        size = ntohs(((const struct ofp_header *) bytes)->length);
        oh = xmemdup(bytes, size);
        fake_switch_output_sent(b->sw, size);
        if (draw(seed, 3) == 0) {
            for (int n = draw(seed, 4); n >= 0; n--) {
                ((uint8_t *) oh)[draw(seed, size)] = draw(seed, 256);
            }
            if (draw(seed, 4) == 0) {
                size = draw(seed, size + 1);
                oh = xrealloc(oh, MAX(size, sizeof *oh));
            }
            oh->version = draw(seed, 10) ? OFP15_VERSION : oh->version;
            oh->length = htons(size);
        }
        session_receive(b->session, oh, b->now);
        free(oh);
        bench_take_events(b);
    }
}

static void
test_mutated_messages(void)
{
    unsigned int n_closed = 0;

    for (uint32_t first = 1; first <= 400; first++) {
        uint32_t seed = first;
        struct bench b;

        bench_init(&b);
        b.config.audit_interval_ms = 1000;
        fake_switch_add_port(b.sw, 1, "vnet0");
        b.session = session_create("x", &b.pool, &b.config, b.now);
        fake_switch_connect(b.sw);
        for (int i = 0; i < 60 && !session_is_closed(b.session); i++) {
            char *text = xasprintf("group 0x01000001\nbucket 0x01000001 %d "
                                   "drop\n" VN1 "in_port=%d,actions=drop",
                                   i, i);

            bench_put(&b, 1, 1, text);
            free(text);
            fake_switch_faults(b.sw)->refuse_commits = draw(&seed, 5) == 0;
            fake_link_down(b.session, b.sw, SIZE_MAX, b.now);
            give_mutated(&b, &seed);
            b.now += 300;
            session_run(b.session, b.now);
        }
        n_closed += session_is_closed(b.session);
        bench_uninit(&b);
    }
    CU_ASSERT(n_closed > 100);
    CU_ASSERT(n_closed <= 400);
}

/* Gives the session a message of 'type' with 'size' bytes of rubbish. */
static void
give_rubbish(struct bench *b, uint8_t type, size_t size)
{
    struct ofp_header *oh = xzalloc(MAX(size, sizeof *oh));

    memset(oh, type ^ size, size);
    oh->version = OFP15_VERSION;
    oh->type = type;
    oh->length = htons(size);
    session_receive(b->session, oh, b->now);
    bench_take_events(b);
    CU_ASSERT(size >= sizeof *oh || session_is_closed(b->session));
    free(oh);
}

/* Every type of message with nothing, little or rubbish in it, at each stage
 * of the conversation. */
static void
test_all_types(void)
{
    static const size_t sizes[] = { 0, 7, 8, 12, 16, 20, 24, 40, 64, 100 };

    for (int stage = 0; stage < 3; stage++) {
        struct bench b;

        bench_init(&b);
        b.accept = stage == 2;
        fake_switch_faults(b.sw)->no_hello = stage == 0;
        for (int type = 0; type < 256; type++) {
            for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
                if (!b.session || session_is_closed(b.session)) {
                    bench_connect(&b);
                }
                give_rubbish(&b, type, sizes[i]);
            }
        }
        bench_uninit(&b);
    }
}

void
suite_session_faults(void)
{
    CU_pSuite suite = CU_add_suite("controller/session-faults", NULL, NULL);

    CU_ADD_TEST(suite, test_refused_commit);
    CU_ADD_TEST(suite, test_lost_message);
    CU_ADD_TEST(suite, test_refused_with_more_in_flight);
    CU_ADD_TEST(suite, test_mute_commit);
    CU_ADD_TEST(suite, test_slow_reader);
    CU_ADD_TEST(suite, test_slow_reader_is_fair);
    CU_ADD_TEST(suite, test_reads_nothing);
    CU_ADD_TEST(suite, test_cut_in_mid_bundle);
    CU_ADD_TEST(suite, test_liar);
    CU_ADD_TEST(suite, test_unsolicited);
    CU_ADD_TEST(suite, test_reply_before_request);
    CU_ADD_TEST(suite, test_bad_greeting);
    CU_ADD_TEST(suite, test_version_changes);
    CU_ADD_TEST(suite, test_mutated_messages);
    CU_ADD_TEST(suite, test_all_types);
}
