/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_ITEMS_H
#define CONTROLLER_ITEMS_H 1

/* Items: what compile makes and an image holds.
 *
 * An item is one flow, one group or one bucket of a group, kept as the
 * OpenFlow 1.5 message that would add it to an empty datapath (a bucket is a
 * group_mod INSERT_BUCKET with one bucket).  A struct items is a sequence of
 * them in one buffer.  Items are compared by 'id' (which flow, group or bucket
 * it is: table, priority and match; group ID; group and bucket ID) and by
 * 'hash' (everything in it), so that a delta needs no look inside.
 *
 *     struct items items;
 *     items_init(&items);
 *     items_add_flow(&items, &flow_mod);
 *     ITEMS_FOR_EACH (item, &items) { ... item->id, item->hash ... }
 *     items_uninit(&items);
 *
 * Plain data; no I/O; single-threaded. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "openvswitch/ofpbuf.h"
#include "openvswitch/types.h"

struct ds;
struct ofp_header;
struct ofpbuf;
struct ofputil_flow_mod;

/* An item's message is shorter than this, so that it fits into an
 * OFPT_BUNDLE_ADD_MESSAGE. */
#define ITEM_SIZE_MAX 65000

enum item_kind {
    ITEM_GROUP,                 /* Group without buckets. */
    ITEM_BUCKET,                /* One bucket of a group made before. */
    ITEM_FLOW,
};

/* Header of an item; the message follows it, padded to 8 bytes. */
struct item {
    ovs_u128 id;                /* Hash of what identifies it. */
    uint64_t hash;              /* Hash of its whole content. */
    uint32_t size;              /* Bytes of the message, no padding. */
    uint32_t kind;              /* One of ITEM_*. */
    /* Followed by 'size' bytes of message, xid 0, padded to 8 bytes. */
};

struct items {
    struct ofpbuf buf;          /* Items one after another. */
    size_t n;
};

/* Initializes 'items' as an empty sequence; free with items_uninit(). */
void items_init(struct items *items);

/* Frees what 'items' holds. */
void items_uninit(struct items *items);

/* Appends flow 'fm': table_id, priority, match, cookie in 'new_cookie' and
 * ofpacts count, all else is set here (an OFPFC_ADD without timeouts, flags or
 * buffer).  Copies it.  The message must be shorter than ITEM_SIZE_MAX. */
void items_add_flow(struct items *items, const struct ofputil_flow_mod *fm);

/* Appends a group of type OFPGT11_ALL, without buckets.  The message that adds
 * it is OVS's OFPGC11_ADD_OR_MOD, so that a group left over from before is
 * emptied, with the flows that refer to it left alone, instead of an error. */
void items_add_group(struct items *items, uint32_t group_id);

/* Appends bucket 'bucket_id' (at most OFPG15_BUCKET_MAX) of the group
 * 'group_id' with the actions 'ofpacts'.  Copies them. */
void items_add_bucket(struct items *items, uint32_t group_id,
                      uint32_t bucket_id, const struct ofpbuf *ofpacts);

/* Appends to 'msg' the whole OpenFlow message that adds 'item', with 'xid' in
 * host byte order. */
void item_put_add(const struct item *item, uint32_t xid, struct ofpbuf *msg);

/* Appends to 'msg' the whole OpenFlow message that removes 'item'
 * (DELETE_STRICT, OFPGC11_DELETE or OFPGC15_REMOVE_BUCKET), with 'xid'. */
void item_put_remove(const struct item *item, uint32_t xid,
                     struct ofpbuf *msg);

/* Returns the group that 'item', a group or a bucket, is or belongs to. */
uint32_t item_group_id(const struct item *item);

/* Returns the cookie of 'item', a flow. */
uint64_t item_cookie(const struct item *item);

/* Appends one line of text about 'item' to 's', without a line break: a flow
 * the way `ovs-ofctl dump-flows --no-stats` shows it, a group or a bucket
 * likewise. */
void item_format(const struct item *item, struct ds *s);

/* Returns the item's message, valid as long as 'item'. */
static inline const struct ofp_header *
item_message(const struct item *item)
{
    return (const void *) (item + 1);
}

/* Returns the bytes that 'item' takes within a struct items. */
static inline size_t
item_footprint(const struct item *item)
{
    return sizeof *item + ((item->size + 7) & ~(size_t) 7);
}

/* Returns the first item of 'items', NULL if there is none. */
static inline const struct item *
items_first(const struct items *items)
{
    return items->n ? items->buf.data : NULL;
}

/* Returns less than, exactly or more than 0 as the ID of 'a' is less than,
 * equal to or more than that of 'b', in an order that means nothing. */
static inline int
item_compare_ids(const struct item *a, const struct item *b)
{
    return memcmp(&a->id, &b->id, sizeof a->id);
}

/* Returns the item after 'item' in 'items', NULL at the end. */
static inline const struct item *
items_next(const struct items *items, const struct item *item)
{
    const char *next = (const char *) item + item_footprint(item);
    const char *end = (const char *) items->buf.data + items->buf.size;

    return next < end ? (const void *) next : NULL;
}

#define ITEMS_FOR_EACH(ITEM, ITEMS)                             \
    for (const struct item *ITEM = items_first(ITEMS); ITEM;    \
         ITEM = items_next(ITEMS, ITEM))

#endif /* controller/items.h */
