/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/items.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofpbuf.h"
#include "tests/unit/controller/item-text.h"
#include "util.h"

void suite_items(void);

/* Returns the first item of 'items' after having filled it from 'text'. */
static const struct item *
one(struct items *items, const char *text)
{
    items_init(items);
    items_add_text(items, text);
    CU_ASSERT_EQUAL_FATAL(items->n, 1);
    return items_first(items);
}

/* Checks whether the IDs, and the hashes, of the items 'a' and 'b' are
 * equal. */
static void
check_equal(const char *a, const char *b, bool ids, bool hashes)
{
    struct items x, y;
    const struct item *i = one(&x, a);
    const struct item *j = one(&y, b);

    CU_ASSERT_EQUAL(!item_compare_ids(i, j), ids);
    CU_ASSERT_EQUAL(i->hash == j->hash, hashes);
    items_uninit(&x);
    items_uninit(&y);
}

static void
test_identity(void)
{
    const char *flow = "flow table=4,priority=7,metadata=5,actions=drop";

    check_equal(flow, flow, true, true);
    check_equal(flow, "flow table=4,priority=7,metadata=5,actions=output:1",
                true, false);
    check_equal(flow, "flow cookie=1,table=4,priority=7,metadata=5,"
                "actions=drop", true, false);
    check_equal(flow, "flow table=5,priority=7,metadata=5,actions=drop",
                false, false);
    check_equal(flow, "flow table=4,priority=8,metadata=5,actions=drop",
                false, false);
    check_equal(flow, "flow table=4,priority=7,metadata=6,actions=drop",
                false, false);
    check_equal(flow, "flow table=4,priority=7,metadata=5/5,actions=drop",
                false, false);
    check_equal("group 5", "group 5", true, true);
    check_equal("group 5", "group 6", false, false);
    check_equal("bucket 5 1 drop", "bucket 5 1 drop", true, true);
    check_equal("bucket 5 1 drop", "bucket 5 1 output:1", true, false);
    check_equal("bucket 5 1 drop", "bucket 5 2 drop", false, false);
    check_equal("bucket 5 1 drop", "bucket 6 1 drop", false, false);
    check_equal("group 5", "bucket 5 1 drop", false, false);
}

/* The hashes decide whether a datapath is left alone after a restart, maybe
 * after an upgrade, so they must stay what they are. */
static void
test_golden(void)
{
    static const char hex[] =
        "060e004800000000"      /* Header: flow_mod, 72 bytes, xid 0. */
        "4e00000000000005" "0000000000000000" "18000000" "00000064"
        "ffffffff" "ffffffff" "ffffffff" "00000000"
        "0001000c80000004" "0000000300000000"  /* in_port=3. */
        "0001000824000000";     /* goto_table 36. */
    struct items items;
    const struct item *item = one(&items, "flow cookie=0x4e00000000000005,"
                                  "table=24,priority=100,in_port=3,"
                                  "actions=goto_table:36");
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < item->size; i++) {
        ds_put_format(&s, "%02x", ((const uint8_t *) (item + 1))[i]);
    }
    CU_ASSERT_STRING_EQUAL(ds_cstr(&s), hex);
#if defined(__x86_64__) || defined(__aarch64__)
    CU_ASSERT_EQUAL(item->id.u64.lo, UINT64_C(0x114071be1d3d7922));
    CU_ASSERT_EQUAL(item->id.u64.hi, UINT64_C(0x13c6cdb52069a325));
    CU_ASSERT_EQUAL(item->hash, UINT64_C(0xf6c72a84157e69f7));
#endif
    ds_destroy(&s);
    items_uninit(&items);
}

/* Timeouts, flags and so on of a flow do not get into the item. */
static void
test_flow_is_plain(void)
{
    struct ofputil_flow_mod decoded;
    struct ofpbuf ofpacts, msg;
    struct items items;
    const struct item *item = one(&items, "flow table=1,idle_timeout=5,"
                                  "hard_timeout=6,send_flow_rem,"
                                  "importance=3,in_port=1,actions=drop");

    ofpbuf_init(&ofpacts, 0);
    ofpbuf_init(&msg, 0);
    item_put_add(item, 0x1234, &msg);
    CU_ASSERT_EQUAL(((struct ofp_header *) msg.data)->xid, htonl(0x1234));
    CU_ASSERT_FATAL(!ofputil_decode_flow_mod(&decoded, msg.data,
                                             OFPUTIL_P_OF15_OXM, NULL, NULL,
                                             &ofpacts, OFPP_MAX, 255));
    CU_ASSERT_EQUAL(decoded.command, OFPFC_ADD);
    CU_ASSERT_EQUAL(decoded.idle_timeout, 0);
    CU_ASSERT_EQUAL(decoded.hard_timeout, 0);
    CU_ASSERT_EQUAL(decoded.flags, 0);
    CU_ASSERT_EQUAL(decoded.importance, 0);
    CU_ASSERT_EQUAL(decoded.buffer_id, UINT32_MAX);
    minimatch_destroy(&decoded.match);
    ofpbuf_uninit(&ofpacts);
    ofpbuf_uninit(&msg);
    items_uninit(&items);
}

static void
test_remove_flow(void)
{
    struct ofputil_flow_mod del;
    struct ofpbuf ofpacts, msg;
    struct items items;
    const struct item *item = one(&items, "flow table=9,priority=77,cookie=5,"
                                  "metadata=5,dl_dst=02:00:00:00:00:01,"
                                  "actions=resubmit(,40),output:3");
    struct match match;

    ofpbuf_init(&ofpacts, 0);
    ofpbuf_init(&msg, 0);
    item_put_remove(item, 7, &msg);
    CU_ASSERT_EQUAL(ntohs(((struct ofp_header *) msg.data)->length),
                    msg.size);
    CU_ASSERT_FATAL(!ofputil_decode_flow_mod(&del, msg.data,
                                             OFPUTIL_P_OF15_OXM, NULL, NULL,
                                             &ofpacts, OFPP_MAX, 255));
    minimatch_expand(&del.match, &match);
    CU_ASSERT_EQUAL(del.command, OFPFC_DELETE_STRICT);
    CU_ASSERT_EQUAL(del.table_id, 9);
    CU_ASSERT_EQUAL(del.priority, 77);
    CU_ASSERT_EQUAL(del.cookie_mask, 0);
    CU_ASSERT_EQUAL(del.out_port, OFPP_ANY);
    CU_ASSERT_EQUAL(del.out_group, OFPG_ANY);
    CU_ASSERT_EQUAL(del.ofpacts_len, 0);
    CU_ASSERT_EQUAL(match.flow.dl_dst.ea[0], 2);
    CU_ASSERT_EQUAL(match.flow.dl_dst.ea[5], 1);
    minimatch_destroy(&del.match);
    ofpbuf_uninit(&ofpacts);
    ofpbuf_uninit(&msg);
    items_uninit(&items);
}

/* Checks the group_mods that add and remove the item 'text'. */
static void
check_group_mods(const char *text, uint16_t add, uint16_t remove,
                 uint32_t removed_bucket, size_t n_buckets)
{
    struct ofputil_group_mod gm;
    struct items items;
    const struct item *item = one(&items, text);
    struct ofpbuf msg;

    ofpbuf_init(&msg, 0);
    item_put_add(item, 1, &msg);
    CU_ASSERT_FATAL(!ofputil_decode_group_mod(msg.data, &gm));
    CU_ASSERT_EQUAL(gm.command, add);
    CU_ASSERT_EQUAL(gm.group_id, item_group_id(item));
    CU_ASSERT_EQUAL(ovs_list_size(&gm.buckets), n_buckets);
    ofputil_uninit_group_mod(&gm);

    ofpbuf_clear(&msg);
    item_put_remove(item, 1, &msg);
    CU_ASSERT_FATAL(!ofputil_decode_group_mod(msg.data, &gm));
    CU_ASSERT_EQUAL(gm.command, remove);
    CU_ASSERT_EQUAL(gm.group_id, item_group_id(item));
    CU_ASSERT_EQUAL(gm.command_bucket_id, removed_bucket);
    CU_ASSERT(ovs_list_is_empty(&gm.buckets));
    ofputil_uninit_group_mod(&gm);
    ofpbuf_uninit(&msg);
    items_uninit(&items);
}

static void
test_groups(void)
{
    check_group_mods("group 0x01000005", OFPGC15_ADD_OR_MOD, OFPGC15_DELETE,
                     OFPG15_BUCKET_ALL, 0);
    check_group_mods("bucket 0x01000005 0xc0a80001 "
                     "set_field:192.168.0.1->tun_dst,resubmit(,40)",
                     OFPGC15_INSERT_BUCKET, OFPGC15_REMOVE_BUCKET,
                     0xc0a80001, 1);
}

static void
test_iteration(void)
{
    struct items items;
    size_t n = 0;

    items_init(&items);
    CU_ASSERT_PTR_NULL(items_first(&items));
    items_add_text(&items, "group 1\n"
                   "bucket 1 2 push_vlan:0x8100,output:1\n"
                   "flow table=1,dl_src=02:00:00:00:00:01,actions=drop\n"
                   "flow table=1,ipv6,ipv6_src=fd00::1,actions=drop\n"
                   "flow table=2,actions=drop");
    ITEMS_FOR_EACH (item, &items) {
        CU_ASSERT_EQUAL((uintptr_t) item % 8, 0);
        CU_ASSERT_EQUAL(ntohs(item_message(item)->length), item->size);
        CU_ASSERT_EQUAL(item_message(item)->xid, 0);
        n++;
    }
    CU_ASSERT_EQUAL(n, 5);
    CU_ASSERT_EQUAL(items.n, 5);
    items_uninit(&items);
}

static void
check_format(const char *text, const char *expected)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct items items;

    item_format(one(&items, text), &s);
    CU_ASSERT_STRING_EQUAL(ds_cstr(&s), expected);
    if (strcmp(ds_cstr(&s), expected)) {
        printf("\ngot: %s\n", ds_cstr(&s));
    }
    ds_destroy(&s);
    items_uninit(&items);
}

static void
test_format(void)
{
    check_format("flow table=24,priority=100,metadata=7,cookie=5,"
                 "actions=group:1", "ADD table:24 priority=100,metadata=0x7 "
                 "cookie:0x5 actions=group:1");
    check_format("group 16777223", "ADD_OR_MOD group_id=16777223,type=all");
    check_format("bucket 16777223 5 drop", "INSERT_BUCKET "
                 "command_bucket_id:first,group_id=16777223,"
                 "bucket=bucket_id:5,actions=drop");
}

void
suite_items(void)
{
    CU_pSuite suite = CU_add_suite("controller/items", NULL, NULL);

    CU_ADD_TEST(suite, test_identity);
    CU_ADD_TEST(suite, test_golden);
    CU_ADD_TEST(suite, test_flow_is_plain);
    CU_ADD_TEST(suite, test_remove_flow);
    CU_ADD_TEST(suite, test_groups);
    CU_ADD_TEST(suite, test_iteration);
    CU_ADD_TEST(suite, test_format);
}
