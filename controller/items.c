/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/items.h"

#include <string.h>

#include "byte-order.h"
#include "hash.h"
#include "openflow/openflow.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-print.h"
#include "util.h"

/* OFPT_GROUP_MOD of OpenFlow 1.1 and later, as in struct ofp_header. */
#define OFPT11_GROUP_MOD 15

/* A group_mod of OpenFlow 1.5 without what may follow it. */
struct group_message {
    struct ofp_header oh;
    struct ofp15_group_mod ogm;
};
BUILD_ASSERT_DECL(sizeof(struct group_message) == 24);

/* A flow_mod of OpenFlow 1.5; the match and the instructions follow. */
struct flow_message {
    struct ofp_header oh;
    struct ofp11_flow_mod ofm;
};
BUILD_ASSERT_DECL(sizeof(struct flow_message) == 48);

static void items_put(struct items *, enum item_kind, const ovs_u128 *id,
                      struct ofpbuf *msg);
static ovs_u128 flow_id(const struct ofpbuf *msg);
static void put_group_message(struct ofpbuf *, uint32_t xid, uint16_t command,
                              uint32_t group_id, uint32_t bucket_id);
static void put_flow_removal(const struct item *, uint32_t xid,
                             struct ofpbuf *);

void
items_init(struct items *items)
{
    ofpbuf_init(&items->buf, 0);
    items->n = 0;
}

void
items_uninit(struct items *items)
{
    ofpbuf_uninit(&items->buf);
    items->n = 0;
}

void
items_add_flow(struct items *items, const struct ofputil_flow_mod *fm)
{
    struct ofputil_flow_mod add = {
        .match = fm->match,
        .priority = fm->priority,
        .new_cookie = fm->new_cookie,
        .table_id = fm->table_id,
        .command = OFPFC_ADD,
        .buffer_id = UINT32_MAX,
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .ofpacts = fm->ofpacts,
        .ofpacts_len = fm->ofpacts_len,
        .ofpacts_tlv_bitmap = fm->ofpacts_tlv_bitmap,
    };
    struct ofpbuf *msg = ofputil_encode_flow_mod(&add, OFPUTIL_P_OF15_OXM);
    ovs_u128 id;

    ((struct ofp_header *) msg->data)->xid = 0;
    id = flow_id(msg);
    items_put(items, ITEM_FLOW, &id, msg);
}

void
items_add_group(struct items *items, uint32_t group_id)
{
    struct ofpbuf *msg = ofpbuf_new(sizeof(struct group_message));
    ovs_be32 key = htonl(group_id);
    ovs_u128 id;

    put_group_message(msg, 0, OFPGC11_ADD_OR_MOD, group_id,
                      OFPG15_BUCKET_ALL);
    hash_bytes128(&key, sizeof key, ITEM_GROUP, &id);
    items_put(items, ITEM_GROUP, &id, msg);
}

void
items_add_bucket(struct items *items, uint32_t group_id, uint32_t bucket_id,
                 const struct ofpbuf *ofpacts)
{
    struct ofputil_bucket bucket = {
        .watch_port = OFPP_ANY,
        .watch_group = OFPG_ANY,
        .bucket_id = bucket_id,
        .ofpacts = ofpacts->data,
        .ofpacts_len = ofpacts->size,
    };
    struct ofputil_group_mod gm = {
        .command = OFPGC15_INSERT_BUCKET,
        .type = OFPGT11_ALL,
        .group_id = group_id,
        .command_bucket_id = OFPG15_BUCKET_FIRST,
    };
    ovs_be32 key[2] = { htonl(group_id), htonl(bucket_id) };
    struct ofpbuf *msg;
    ovs_u128 id;

    ovs_assert(bucket_id <= OFPG15_BUCKET_MAX);
    ovs_list_init(&gm.buckets);
    ovs_list_push_back(&gm.buckets, &bucket.list_node);
    msg = ofputil_encode_group_mod(OFP15_VERSION, &gm, NULL, -1);
    ((struct ofp_header *) msg->data)->xid = 0;
    hash_bytes128(key, sizeof key, ITEM_BUCKET, &id);
    items_put(items, ITEM_BUCKET, &id, msg);
}

void
item_put_add(const struct item *item, uint32_t xid, struct ofpbuf *msg)
{
    struct ofp_header *oh = ofpbuf_put(msg, item_message(item), item->size);

    oh->xid = htonl(xid);
}

void
item_put_remove(const struct item *item, uint32_t xid, struct ofpbuf *msg)
{
    const struct group_message *group = (const void *) item_message(item);
    const struct ofp15_bucket *bucket = (const void *) (group + 1);

    switch (item->kind) {
    case ITEM_GROUP:
        put_group_message(msg, xid, OFPGC11_DELETE, item_group_id(item),
                          OFPG15_BUCKET_ALL);
        break;

    case ITEM_BUCKET:
        put_group_message(msg, xid, OFPGC15_REMOVE_BUCKET,
                          item_group_id(item), ntohl(bucket->bucket_id));
        break;

    case ITEM_FLOW:
        put_flow_removal(item, xid, msg);
        break;

    default:
        OVS_NOT_REACHED();
    }
}

uint32_t
item_group_id(const struct item *item)
{
    const struct group_message *group = (const void *) item_message(item);

    ovs_assert(item->kind == ITEM_GROUP || item->kind == ITEM_BUCKET);
    return ntohl(group->ogm.group_id);
}

uint64_t
item_cookie(const struct item *item)
{
    const struct ofp_header *oh = item_message(item);
    const struct ofp11_flow_mod *ofm = (const void *) (oh + 1);

    ovs_assert(item->kind == ITEM_FLOW);
    return ntohll(ofm->cookie);
}

void
item_format(const struct item *item, struct ds *s)
{
    char *text = ofp_to_string(item_message(item), item->size, NULL, NULL, 0);
    const char *body = strstr(text, "):");
    size_t start = s->length;
    bool space = false;

    /* What comes before "):" is the header.  In what follows, each run of
     * white space becomes one space. */
    for (const char *p = body ? body + 2 : text; *p; p++) {
        if (*p == ' ' || *p == '\n') {
            space = true;
            continue;
        }
        if (space && s->length > start) {
            ds_put_char(s, ' ');
        }
        space = false;
        ds_put_char(s, *p);
    }
    free(text);
}

/* Appends an item with 'id' and message 'msg', whose xid is 0, to 'items'.
 * Takes ownership of 'msg'. */
static void
items_put(struct items *items, enum item_kind kind, const ovs_u128 *id,
          struct ofpbuf *msg)
{
    struct item item = { .id = *id, .size = msg->size, .kind = kind };
    size_t footprint = item_footprint(&item);
    ovs_u128 hash;

    ovs_assert(msg->size < ITEM_SIZE_MAX);
    hash_bytes128(msg->data, msg->size, kind, &hash);
    item.hash = hash.u64.lo ^ hash.u64.hi;
    if (ofpbuf_tailroom(&items->buf) < footprint) {
        /* By itself an ofpbuf would grow by little each time. */
        ofpbuf_prealloc_tailroom(&items->buf, MAX(items->buf.size, footprint));
    }
    ofpbuf_put(&items->buf, &item, sizeof item);
    ofpbuf_put(&items->buf, msg->data, msg->size);
    ofpbuf_put_zeros(&items->buf, footprint - sizeof item - msg->size);
    items->n++;
    ofpbuf_delete(msg);
}

/* Returns the size of the match, with its padding, of 'flow'. */
static size_t
flow_match_size(const struct flow_message *flow)
{
    const struct ofp11_match_header *omh = (const void *) (flow + 1);

    return ROUND_UP(ntohs(omh->length), 8);
}

/* Returns the ID of the flow that the flow_mod 'msg' adds.  Table and priority
 * are the basis of the hash over the match, so that no two can be confused. */
static ovs_u128
flow_id(const struct ofpbuf *msg)
{
    const struct flow_message *flow = msg->data;
    uint32_t basis = ((uint32_t) ITEM_FLOW << 24
                      | (uint32_t) flow->ofm.table_id << 16
                      | ntohs(flow->ofm.priority));
    ovs_u128 id;

    hash_bytes128(flow + 1, flow_match_size(flow), basis, &id);
    return id;
}

/* Appends a group_mod without buckets to 'msg'. */
static void
put_group_message(struct ofpbuf *msg, uint32_t xid, uint16_t command,
                  uint32_t group_id, uint32_t bucket_id)
{
    struct group_message *group = ofpbuf_put_zeros(msg, sizeof *group);

    group->oh.version = OFP15_VERSION;
    group->oh.type = OFPT11_GROUP_MOD;
    group->oh.length = htons(sizeof *group);
    group->oh.xid = htonl(xid);
    group->ogm.command = htons(command);
    group->ogm.type = OFPGT11_ALL;
    group->ogm.group_id = htonl(group_id);
    group->ogm.command_bucket_id = htonl(bucket_id);
}

/* Appends to 'msg' the DELETE_STRICT of the flow 'item': the message that adds
 * it without its instructions. */
static void
put_flow_removal(const struct item *item, uint32_t xid, struct ofpbuf *msg)
{
    const struct flow_message *add = (const void *) item_message(item);
    size_t size = sizeof *add + flow_match_size(add);
    struct flow_message *del = ofpbuf_put(msg, add, size);

    del->oh.length = htons((uint16_t) size);
    del->oh.xid = htonl(xid);
    del->ofm.command = OFPFC_DELETE_STRICT;
    del->ofm.cookie = htonll(0);
    del->ofm.cookie_mask = htonll(0);
}
