/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_IMAGE_OWNER_H
#define CONTROLLER_IMAGE_OWNER_H 1

/* What one owner has in an image: its items in one piece of memory, sorted by
 * ID, each ID once.  For image.c only.
 *
 * Plain data; single-threaded. */

#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"

struct item;
struct items;

struct owner {
    struct hmap_node node;      /* In struct image's 'owners'. */
    uint64_t key;
    size_t n;                   /* Items. */
    size_t size;                /* Bytes of the items that follow. */
};

/* Returns a new owner named 'key' with a copy of 'items', of which there is at
 * least one; free with free().  Of several with one ID only the last is kept,
 * as a datapath does. */
struct owner *owner_create(uint64_t key, const struct items *items);

/* Returns the first item of 'owner', NULL if 'owner' is NULL. */
const struct item *owner_first(const struct owner *owner);

/* Returns the item after 'item' in 'owner', NULL at the end. */
const struct item *owner_next(const struct owner *owner,
                              const struct item *item);

#endif /* controller/image-owner.h */
