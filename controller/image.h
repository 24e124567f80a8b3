/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_IMAGE_H
#define CONTROLLER_IMAGE_H 1

/* Image: the set of flows, groups and buckets that a datapath must hold, for
 * one VN (the same on every NVE of the VN) or for what is local to one NVE.
 *
 * Compile puts items in by owner; an image knows which owner has which items,
 * so that replacing an owner's items yields exactly the delta.  Changes gather
 * until image_flush() makes one update of them: one OpenFlow bundle, encoded
 * once, reference-counted, sent as it stands to every NVE that holds the
 * image.  image_full() gives the update that brings a datapath with any
 * content under this image's cookie to this image (resynchronization).
 *
 * Every update carries the image's marker: a never-matched flow in
 * TABLE_MARKER whose cookie is image_marker(), the order-independent hash of
 * the content.
 *
 *     struct image *image = image_create(&pool, vn_id);
 *     image_replace(image, owner, &items);
 *     struct update *u = image_flush(image);
 *     if (u) { for each NVE: session_push(session, image, u); }
 *     update_unref(u);
 *
 * Where the last flows with some cookie go, one message removes them all, by
 * the cookie: so those of a VNIC, however many addresses it has.
 *
 * Two owners must not hold the same item (id) when image_flush() is called,
 * though they may in between (an address that goes from one to another).
 *
 * Neighbours: items.h below, session.h above.  No I/O, no clock,
 * single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/ofpbuf.h"

struct items;

/* What all images of one core share.  Initialize with zeros. */
struct image_pool {
    uint32_t last_update_id;    /* 1..0x7fffffff, then again from 1. */
    uint64_t n_updates;         /* Updates encoded, since the start. */
    uint64_t n_mods;            /* Messages encoded in them. */
};

/* One encoded bundle: OPEN, ADD_MESSAGE..., COMMIT; xid and bundle ID of each
 * are 'id'.  The marker is the last message that is added, but for what guards
 * a long update against the loss of its beginning. */
struct update {
    unsigned int ref_cnt;
    uint32_t id;
    uint64_t version;           /* Version of the image that it leads to. */
    size_t n_mods;              /* Flow, group and bucket messages in it. */
    struct ofpbuf msgs;
};

/* Takes another reference to 'update' and returns it. */
struct update *update_ref(struct update *update);

/* Drops a reference; frees 'update' with the last one.  NULL is allowed. */
void update_unref(struct update *update);

/* Returns a new update that removes the flows, by cookie, the marker and the
 * flood group of 'vn_id' (0: of the local image; then only flows and marker,
 * as its groups are many); the caller owns it. */
struct update *update_create_purge(struct image_pool *pool, uint32_t vn_id);

/* Returns a new update, the caller owns it, that removes every flow and group
 * of the datapath, whoever's they are. */
struct update *update_create_wipe(struct image_pool *pool);

struct image;

/* Returns a new empty image for the VN with 'vn_id' (24 bits), or with 0 for
 * the local image of an NVE; free with image_destroy().  Borrows 'pool' until
 * then. */
struct image *image_create(struct image_pool *pool, uint32_t vn_id);

/* Frees 'image'.  NULL is allowed. */
void image_destroy(struct image *image);

/* Makes the items of 'owner' in 'image' be 'items' (copied); NULL or empty
 * removes them.  Returns true if that changes the image. */
bool image_replace(struct image *image, uint64_t owner,
                   const struct items *items);

/* Returns true if changes wait for image_flush(). */
bool image_is_dirty(const struct image *image);

/* Returns a new update with what changed since the last flush, the caller owns
 * the reference; NULL if nothing did.  Raises the version by 1. */
struct update *image_flush(struct image *image);

/* Returns an update that makes any datapath hold this image as of its last
 * flush (must not be dirty): first removes all under the image's cookie, then
 * adds all, groups before buckets before flows.  The caller owns the
 * reference; the image keeps one too, until its next change. */
struct update *image_full(struct image *image);

/* Returns the VN ID, 0 for a local image. */
uint32_t image_vn_id(const struct image *image);

/* Returns the number of flushes that changed it, from 0. */
uint64_t image_version(const struct image *image);

/* Returns the cookie of its marker: COOKIE_MARKER and 56 bits of hash, as of
 * the last flush.  The same content gives the same marker, in any order. */
uint64_t image_marker(const struct image *image);

/* Returns how many flows it has, the marker left out. */
size_t image_n_flows(const struct image *image);

/* Returns how many groups it has. */
size_t image_n_groups(const struct image *image);

/* Returns how many buckets all its groups have. */
size_t image_n_buckets(const struct image *image);

/* Returns how many owners have items in it. */
size_t image_n_owners(const struct image *image);

/* Returns the bytes of memory that it takes, about. */
size_t image_memory(const struct image *image);

/* Returns true if the image, as of its last flush, has the group 'group_id';
 * then stores the number of its buckets in '*n_buckets' unless that is
 * NULL. */
bool image_find_group(const struct image *image, uint32_t group_id,
                      size_t *n_buckets);

/* If the image was at 'marker' lately, stores in 'updates' the updates, each
 * with a reference for the caller, that lead from there to its last flush, and
 * returns how many, at most 'max'.  Returns 0 if it was not, or if they are
 * more than that or more bytes than the whole image takes. */
size_t image_catch_up(const struct image *image, uint64_t marker,
                      struct update **updates, size_t max);

/* The most updates that image_catch_up() knows of. */
#define IMAGE_LOG_MAX 64

/* Appends to 'out' every item of every owner, in no order: for tests and
 * `image/show`.  As of the last image_replace(). */
void image_get_items(const struct image *image, struct items *out);

#endif /* controller/image.h */
