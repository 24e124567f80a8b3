/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/update.h"

#include <string.h>

#include "byte-order.h"
#include "controller/image.h"
#include "controller/items.h"
#include "lib/pipeline.h"
#include "openflow/openflow.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* Message types of OpenFlow 1.4 and later, as in struct ofp_header. */
enum {
    OFPT11_FLOW_MOD = 14,
    OFPT11_GROUP_MOD = 15,
    OFPT14_BUNDLE_CONTROL = 33,
    OFPT14_BUNDLE_ADD_MESSAGE = 34,
};

/* OXM header of the metadata field without a mask: class 0x8000, field 2,
 * 8 bytes. */
#define OXM_METADATA 0x80000408

/* Priority of marker flows; it has no meaning, as nothing ever looks a packet
 * up in their table. */
#define MARKER_PRIORITY 1

/* A group that exists only while a guarded bundle is being applied. */
#define GROUP_GUARD(VN_ID) (UINT32_C(0x03000000) | (VN_ID))

/* Both bundle messages; an inner message may follow. */
struct bundle_message {
    struct ofp_header oh;
    struct ofp14_bundle_ctrl_msg ctrl;
};
BUILD_ASSERT_DECL(sizeof(struct bundle_message) == 16);

/* A flow_mod whose match is the metadata alone and that has no instructions,
 * or, cut off after 'omh' and its padding, one that matches all. */
struct metadata_flow {
    struct ofp_header oh;
    struct ofp11_flow_mod ofm;
    struct ofp11_match_header omh;
    ovs_be32 oxm;
    ovs_be64 metadata;
};
BUILD_ASSERT_DECL(sizeof(struct metadata_flow) == 64);

static void put_control(struct update *, uint16_t type);
static const void *item_bucket(const struct item *, size_t *size);
static void set_group_message_length(struct update *, size_t start);
static size_t begin_message(struct update *);
static void end_message(struct update *, size_t start);
static void put_group(struct update *, uint16_t command, uint32_t group_id);
static struct ofp11_flow_mod *put_flow(struct ofpbuf *, uint32_t xid,
                                       uint8_t command);
static struct ofp11_flow_mod *put_marker_flow(struct ofpbuf *, uint32_t xid,
                                              uint8_t command,
                                              uint32_t vn_id);

struct update *
update_begin(struct image_pool *pool, uint64_t version)
{
    struct update *update = xzalloc(sizeof *update);

    if (++pool->last_update_id > 0x7fffffff) {
        pool->last_update_id = 1;
    }
    update->ref_cnt = 1;
    update->id = pool->last_update_id;
    update->version = version;
    ofpbuf_init(&update->msgs, 0);
    put_control(update, OFPBCT_OPEN_REQUEST);
    return update;
}

void
update_reserve(struct update *update, size_t size)
{
    ofpbuf_prealloc_tailroom(&update->msgs, size);
}

void
update_add_item(struct update *update, const struct item *item)
{
    size_t start = begin_message(update);

    item_put_add(item, update->id, &update->msgs);
    end_message(update, start);
}

void
update_remove_item(struct update *update, const struct item *item)
{
    size_t start = begin_message(update);

    item_put_remove(item, update->id, &update->msgs);
    end_message(update, start);
}

void
update_add_buckets(struct update *update, const struct item *const *items,
                   size_t n)
{
    for (size_t i = 0; i < n; ) {
        uint32_t group_id = item_group_id(items[i]);
        size_t start = begin_message(update);

        item_put_add(items[i++], update->id, &update->msgs);
        for (; i < n && item_group_id(items[i]) == group_id; i++) {
            size_t size;
            const void *bucket = item_bucket(items[i], &size);

            if (update->msgs.size - start + size >= ITEM_SIZE_MAX) {
                break;
            }
            ofpbuf_put(&update->msgs, bucket, size);
        }
        set_group_message_length(update, start);
        end_message(update, start);
    }
}

void
update_delete_flows(struct update *update, uint64_t cookie, uint64_t mask)
{
    size_t start = begin_message(update);
    struct ofp11_flow_mod *ofm = put_flow(&update->msgs, update->id,
                                          OFPFC_DELETE);

    ofm->cookie = htonll(cookie);
    ofm->cookie_mask = htonll(mask);
    ofm->table_id = OFPTT_ALL;
    end_message(update, start);
}

void
update_delete_group(struct update *update, uint32_t group_id)
{
    put_group(update, OFPGC11_DELETE, group_id);
}

void
update_put_marker(struct update *update, uint32_t vn_id, uint64_t cookie)
{
    size_t start = begin_message(update);
    struct ofp11_flow_mod *ofm = put_marker_flow(&update->msgs, update->id,
                                                 OFPFC_ADD, vn_id);

    ofm->cookie = htonll(cookie);
    end_message(update, start);
}

void
update_remove_marker(struct update *update, uint32_t vn_id)
{
    size_t start = begin_message(update);

    put_marker_flow(&update->msgs, update->id, OFPFC_DELETE_STRICT, vn_id);
    end_message(update, start);
}

void
update_begin_guard(struct update *update, uint32_t vn_id)
{
    put_group(update, OFPGC11_ADD_OR_MOD, GROUP_GUARD(vn_id));
}

void
update_end_guard(struct update *update, uint32_t vn_id)
{
    /* To modify a group that does not exist is an error. */
    put_group(update, OFPGC11_MODIFY, GROUP_GUARD(vn_id));
    put_group(update, OFPGC11_DELETE, GROUP_GUARD(vn_id));
}

void
update_end(struct update *update, struct image_pool *pool)
{
    put_control(update, OFPBCT_COMMIT_REQUEST);
    pool->n_updates++;
    pool->n_mods += update->n_mods;
}

struct update *
update_create_distrust(struct image_pool *pool, uint32_t vn_id)
{
    struct update *update = update_begin(pool, 0);

    update_remove_marker(update, vn_id);
    update_end(update, pool);
    return update;
}

struct update *
update_create_group_purge(struct image_pool *pool, const uint32_t *group_ids,
                          size_t n)
{
    struct update *update = update_begin(pool, 0);

    for (size_t i = 0; i < n; i++) {
        update_delete_group(update, group_ids[i]);
    }
    update_end(update, pool);
    return update;
}

const char *
update_describe_error(const void *data, size_t size)
{
    const struct bundle_message *bundle = data;
    const struct ofp_header *oh = data;

    if (size >= sizeof *bundle + sizeof *oh
        && oh->type == OFPT14_BUNDLE_ADD_MESSAGE) {
        oh = (const void *) (bundle + 1);
    } else if (size < sizeof *oh) {
        return "message";
    }
    return (oh->type == OFPT11_FLOW_MOD ? "flow"
            : oh->type == OFPT11_GROUP_MOD ? "group"
            : oh->type == OFPT14_BUNDLE_CONTROL ? "bundle"
            : "message");
}

bool
update_error_is_final(const void *data, size_t size)
{
    const struct bundle_message *bundle = data;

    return (size < sizeof *bundle
            || (bundle->oh.type == OFPT14_BUNDLE_CONTROL
                && bundle->ctrl.type == htons(OFPBCT_COMMIT_REQUEST)));
}

struct update *
update_ref(struct update *update)
{
    update->ref_cnt++;
    return update;
}

void
update_unref(struct update *update)
{
    if (update) {
        ovs_assert(update->ref_cnt > 0);
        if (!--update->ref_cnt) {
            ofpbuf_uninit(&update->msgs);
            free(update);
        }
    }
}

struct update *
update_create_purge(struct image_pool *pool, uint32_t vn_id)
{
    struct update *update = update_begin(pool, 0);

    update_delete_flows(update, update_image_cookie(vn_id),
                        update_image_cookie_mask(vn_id));
    if (vn_id) {
        update_delete_group(update, GROUP_FLOOD(vn_id));
    }
    update_remove_marker(update, vn_id);
    update_end(update, pool);
    return update;
}

struct update *
update_create_wipe(struct image_pool *pool)
{
    struct update *update = update_begin(pool, 0);

    update_delete_flows(update, 0, 0);
    update_delete_group(update, OFPG_ALL);
    update_end(update, pool);
    return update;
}

uint64_t
update_image_cookie(uint32_t vn_id)
{
    uint64_t kind = vn_id ? COOKIE_VN : COOKIE_LOCAL;

    return kind << COOKIE_KIND_SHIFT | vn_id;
}

uint64_t
update_image_cookie_mask(uint32_t vn_id)
{
    return vn_id ? COOKIE_VN_MASK : COOKIE_KIND_MASK;
}

/* Fills in 'bundle', one of both kinds of message of 'update'. */
static void
set_bundle_message(const struct update *update, struct bundle_message *bundle,
                   uint8_t type, uint16_t control)
{
    bundle->oh.version = OFP15_VERSION;
    bundle->oh.type = type;
    bundle->oh.length = htons(sizeof *bundle);
    bundle->oh.xid = htonl(update->id);
    bundle->ctrl.bundle_id = htonl(update->id);
    bundle->ctrl.type = htons(control);
    bundle->ctrl.flags = htons(OFPBF_ATOMIC | OFPBF_ORDERED);
}

/* Adds a whole OFPT_BUNDLE_CONTROL message of 'type'. */
static void
put_control(struct update *update, uint16_t type)
{
    set_bundle_message(update,
                       ofpbuf_put_zeros(&update->msgs,
                                        sizeof(struct bundle_message)),
                       OFPT14_BUNDLE_CONTROL, type);
}

/* Adds the header of an OFPT_BUNDLE_ADD_MESSAGE and returns where it is. */
static size_t
begin_message(struct update *update)
{
    size_t start = update->msgs.size;

    set_bundle_message(update,
                       ofpbuf_put_zeros(&update->msgs,
                                        sizeof(struct bundle_message)),
                       OFPT14_BUNDLE_ADD_MESSAGE, 0);
    return start;
}

/* Ends the OFPT_BUNDLE_ADD_MESSAGE at 'start', whose inner message has been
 * put behind it.  The inner message is padded to 8 bytes in OpenFlow, always
 * so here. */
static void
end_message(struct update *update, size_t start)
{
    size_t size = update->msgs.size - start;
    struct ofp_header *oh = ofpbuf_at_assert(&update->msgs, start, sizeof *oh);

    ovs_assert(size <= UINT16_MAX);
    oh->length = htons((uint16_t) size);
    update->n_mods++;
}

/* Adds a whole message that does 'command' to 'group_id', without buckets. */
static void
put_group(struct update *update, uint16_t command, uint32_t group_id)
{
    size_t start = begin_message(update);
    struct ofp_header *oh = ofpbuf_put_zeros(&update->msgs, sizeof *oh);
    struct ofp15_group_mod *ogm;

    oh->version = OFP15_VERSION;
    oh->type = OFPT11_GROUP_MOD;
    oh->xid = htonl(update->id);
    oh->length = htons(sizeof *oh + sizeof *ogm);
    ogm = ofpbuf_put_zeros(&update->msgs, sizeof *ogm);
    ogm->command = htons(command);
    ogm->type = OFPGT11_ALL;
    ogm->group_id = htonl(group_id);
    ogm->command_bucket_id = htonl(OFPG15_BUCKET_ALL);
    end_message(update, start);
}

/* Puts a flow_mod with 'command' that matches everything. */
static struct ofp11_flow_mod *
put_flow(struct ofpbuf *msgs, uint32_t xid, uint8_t command)
{
    size_t size = offsetof(struct metadata_flow, metadata);
    struct metadata_flow *flow = ofpbuf_put_zeros(msgs, size);

    flow->oh.version = OFP15_VERSION;
    flow->oh.type = OFPT11_FLOW_MOD;
    flow->oh.length = htons((uint16_t) size);
    flow->oh.xid = htonl(xid);
    flow->ofm.command = command;
    flow->ofm.buffer_id = htonl(UINT32_MAX);
    flow->ofm.out_port = ofputil_port_to_ofp11(OFPP_ANY);
    flow->ofm.out_group = htonl(OFPG_ANY);
    flow->omh.type = htons(OFPMT_OXM);
    flow->omh.length = htons(sizeof flow->omh);
    return &flow->ofm;
}

/* Puts a flow_mod with 'command' for the marker flow of 'vn_id'. */
static struct ofp11_flow_mod *
put_marker_flow(struct ofpbuf *msgs, uint32_t xid, uint8_t command,
                uint32_t vn_id)
{
    size_t start = msgs->size;
    struct metadata_flow *flow;

    put_flow(msgs, xid, command);
    ofpbuf_put_zeros(msgs, sizeof flow->metadata);
    flow = ofpbuf_at_assert(msgs, start, sizeof *flow);
    flow->oh.length = htons(sizeof *flow);
    flow->ofm.table_id = TABLE_MARKER;
    flow->ofm.priority = htons(MARKER_PRIORITY);
    flow->omh.length = htons(sizeof flow->omh + sizeof flow->oxm
                             + sizeof flow->metadata);
    flow->oxm = htonl(OXM_METADATA);
    flow->metadata = htonll(MARKER_METADATA(vn_id));
    return &flow->ofm;
}

/* Returns the bucket of the group_mod of 'item' and its size in '*size'. */
static const void *
item_bucket(const struct item *item, size_t *size)
{
    size_t header = sizeof(struct ofp_header) + sizeof(struct ofp15_group_mod);

    *size = item->size - header;
    return (const char *) item_message(item) + header;
}

/* Writes the lengths of the inner group_mod, at 'start' + the outer header, up
 * to the end of the buffer. */
static void
set_group_message_length(struct update *update, size_t start)
{
    char *inner = ((char *) update->msgs.data + start
                   + sizeof(struct bundle_message));
    struct ofp_header *oh = (void *) inner;
    struct ofp15_group_mod *ogm = (void *) (oh + 1);
    size_t size = (char *) ofpbuf_tail(&update->msgs) - inner;

    oh->length = htons((uint16_t) size);
    ogm->bucket_array_len = htons((uint16_t) (size - sizeof *oh
                                              - sizeof *ogm));
}
