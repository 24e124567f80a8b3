/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_UPDATE_H
#define CONTROLLER_UPDATE_H 1

/* Update: how an OpenFlow bundle is written.  For image.c and session.c only;
 * image.h declares struct update and what the others need of it.
 *
 *     struct update *u = update_begin(pool, version);
 *     update_add_item(u, item);
 *     update_put_marker(u, vn_id, image_marker(image));
 *     update_end(u, pool);
 *
 * A bundle is OFPT_BUNDLE_CONTROL OPEN, OFPT_BUNDLE_ADD_MESSAGE for each
 * message, OFPT_BUNDLE_CONTROL COMMIT (OpenFlow 1.5.1 section 7.3.9), flags
 * ATOMIC and ORDERED.  All are in one buffer.  OVS wants the xid of an inner
 * message to be that of the outer; here all have the ID of the bundle, so that
 * an error of any tells which update it concerns.
 *
 * Single-threaded; no I/O. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image_pool;
struct item;
struct update;

/* Returns a new update with a fresh ID and an open bundle, which leads to
 * 'version' of its image.  Must be ended by update_end(). */
struct update *update_begin(struct image_pool *pool, uint64_t version);

/* Makes room for 'size' more bytes, so that growing copies less. */
void update_reserve(struct update *update, size_t size);

/* Adds the message that adds 'item'. */
void update_add_item(struct update *update, const struct item *item);

/* Adds the message that removes 'item'. */
void update_remove_item(struct update *update, const struct item *item);

/* Adds messages that add the 'n' buckets 'items', which are sorted by group:
 * one message for as many buckets of a group as fit.  (In OVS each message
 * copies the whole group.) */
void update_add_buckets(struct update *update,
                        const struct item *const *items, size_t n);

/* Adds a message that deletes all flows whose cookie has 'cookie' in the bits
 * of 'mask', in all tables.  0 and 0 mean all flows. */
void update_delete_flows(struct update *update, uint64_t cookie,
                         uint64_t mask);

/* Adds a message that deletes group 'group_id' if there is one (with OFPG_ALL,
 * all) and every flow that refers to it. */
void update_delete_group(struct update *update, uint32_t group_id);

/* Adds a message that makes 'cookie' the marker of the image of 'vn_id'. */
void update_put_marker(struct update *update, uint32_t vn_id,
                       uint64_t cookie);

/* Adds a message that deletes the marker of the image of 'vn_id'. */
void update_remove_marker(struct update *update, uint32_t vn_id);

/* Begins, and ends, a stretch of messages that are applied together or not at
 * all, whatever happens on the way: OVS drops a bundle that rests for 10 s,
 * and makes a new one of what comes after, so that the end of a long bundle
 * could be committed without its beginning.  For 'vn_id' see the marker. */
void update_begin_guard(struct update *update, uint32_t vn_id);
void update_end_guard(struct update *update, uint32_t vn_id);

/* Adds the COMMIT and counts 'update' in 'pool'. */
void update_end(struct update *update, struct image_pool *pool);

/* Returns a new update that does nothing but delete the marker of 'vn_id', so
 * that the image is not trusted after a reconnection. */
struct update *update_create_distrust(struct image_pool *pool,
                                      uint32_t vn_id);

/* Returns a new update that deletes the 'n' groups in 'group_ids'. */
struct update *update_create_group_purge(struct image_pool *pool,
                                         const uint32_t *group_ids, size_t n);

/* Returns the cookie that all flows of the image of 'vn_id' (0: of a local
 * image), the marker left out, have in the bits of the mask below. */
uint64_t update_image_cookie(uint32_t vn_id);

/* Returns the mask for the cookie above. */
uint64_t update_image_cookie_mask(uint32_t vn_id);

/* Returns, for the part of a message of ours that an error gave back, 'size'
 * bytes at 'data', which message of a bundle it was, in a word: "flow",
 * "group", "bundle" or "message". */
const char *update_describe_error(const void *data, size_t size);

/* Returns true if that message was the COMMIT, or if it cannot be told which
 * it was, so that no other reply is to be awaited. */
bool update_error_is_final(const void *data, size_t size);

#endif /* controller/update.h */
