/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/image.h"

#include <stdlib.h>
#include <string.h>

#include "controller/cookies.h"
#include "controller/image-owner.h"
#include "controller/items.h"
#include "controller/plan.h"
#include "controller/update.h"
#include "hash.h"
#include "lib/pipeline.h"
#include "openvswitch/hmap.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(image);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

/* Bytes that the log of an image's last updates may take. */
#define IMAGE_LOG_BYTES (256 * 1024)

/* Updates with more bytes than this may rest on their way, and are guarded. */
#define GUARD_BYTES (32 * 1024)

/* A holding of an item that has begun or ended since the last flush.  The
 * flushed state of an image and its present state differ by these only.  An
 * item that was flushed and that its owner let go is copied, as the owner's
 * memory is gone; one that an owner has taken since is in that owner's. */
struct change {
    struct hmap_node node;      /* In struct image's 'changes', by ID. */
    const struct item *item;
    uint64_t owner;             /* Who took it; unused if 'flushed'. */
    bool flushed;               /* The datapaths have it; 'item' is owned. */
};

/* A group as of the last flush. */
struct image_group {
    struct hmap_node node;      /* In struct image's 'groups'. */
    uint32_t group_id;
    size_t n_buckets;
};

/* A step of the log: 'update' led on from 'marker'. */
struct image_step {
    uint64_t marker;
    struct update *update;
};

struct image {
    struct image_pool *pool;
    uint32_t vn_id;
    uint64_t version;           /* Number of flushes that changed it. */
    uint64_t hash;              /* Sum of the items' hashes at present. */
    uint64_t marker;            /* As of the last flush. */
    size_t n[ITEM_FLOW + 1];    /* Items of each kind at present. */
    size_t memory;              /* Bytes of all owners. */
    struct hmap owners;         /* Of struct owner. */
    struct hmap changes;        /* Of struct change. */
    struct hmap groups;         /* Of struct image_group. */
    struct cookies cookies;     /* Of the flows at present. */
    struct update *full;        /* What image_full() made, or NULL. */
    struct image_step *log;     /* Oldest first. */
    size_t n_log, allocated_log;
    size_t log_bytes;           /* Of the messages in the log. */
};

static uint64_t marker_of(uint64_t hash);
static struct owner *owner_find(const struct image *, uint64_t key);
static void image_set_owner(struct image *, struct owner *old,
                            struct owner *new);
static void image_diff(struct image *, const struct owner *old,
                       const struct owner *new);
static void image_plan_changes(struct image *, struct plan *);
static void image_put_plan(const struct image *, struct plan *,
                           uint64_t marker, struct update *);
static void image_forget_changes(struct image *);
static void image_drop_full(struct image *);
static void image_log_put(struct image *, struct update *);
static void image_log_trim(struct image *, size_t max_n, size_t max_bytes);
static bool image_lacks_cookie(const void *image, uint64_t cookie);
static void image_count_groups(struct image *, const struct plan *);
static struct image_group *image_group_find(const struct image *,
                                            uint32_t group_id);

struct image *
image_create(struct image_pool *pool, uint32_t vn_id)
{
    struct image *image = xzalloc(sizeof *image);

    image->pool = pool;
    image->vn_id = vn_id;
    image->marker = marker_of(0);
    hmap_init(&image->owners);
    hmap_init(&image->changes);
    hmap_init(&image->groups);
    cookies_init(&image->cookies);
    return image;
}

void
image_destroy(struct image *image)
{
    struct image_group *group;
    struct owner *owner;

    if (!image) {
        return;
    }
    image_forget_changes(image);
    image_drop_full(image);
    image_log_trim(image, 0, 0);
    HMAP_FOR_EACH_POP (owner, node, &image->owners) {
        free(owner);
    }
    HMAP_FOR_EACH_POP (group, node, &image->groups) {
        free(group);
    }
    hmap_destroy(&image->owners);
    hmap_destroy(&image->changes);
    hmap_destroy(&image->groups);
    cookies_uninit(&image->cookies);
    free(image->log);
    free(image);
}

bool
image_replace(struct image *image, uint64_t owner, const struct items *items)
{
    struct owner *old = owner_find(image, owner);
    struct owner *new = NULL;

    if (items && items->n) {
        new = owner_create(owner, items);
    }
    if (!old && !new) {
        return false;
    }
    if (old && new && old->size == new->size
        && !memcmp(old + 1, new + 1, old->size)) {
        free(new);
        return false;
    }
    image_drop_full(image);
    image_diff(image, old, new);
    image_set_owner(image, old, new);
    return true;
}

bool
image_is_dirty(const struct image *image)
{
    return !hmap_is_empty(&image->changes);
}

struct update *
image_flush(struct image *image)
{
    struct plan plan = PLAN_INIT;
    struct update *update = NULL;

    image_plan_changes(image, &plan);
    if (!plan_is_empty(&plan)) {
        uint64_t marker = marker_of(image->hash);

        update = update_begin(image->pool, ++image->version);
        plan_join_removals(&plan, image_lacks_cookie, image);
        image_put_plan(image, &plan, marker, update);
        update_end(update, image->pool);
        image_count_groups(image, &plan);
        image_log_put(image, update);
        image->marker = marker;
    }
    plan_uninit(&plan);
    image_forget_changes(image);
    return update;
}

struct update *
image_full(struct image *image)
{
    struct plan plan = PLAN_INIT;
    struct owner *owner;

    ovs_assert(!image_is_dirty(image));
    if (image->full) {
        return update_ref(image->full);
    }
    HMAP_FOR_EACH (owner, node, &image->owners) {
        for (const struct item *item = owner_first(owner); item;
             item = owner_next(owner, item)) {
            plan_add(&plan, item);
        }
    }

    struct update *update = update_begin(image->pool, image->version);

    update_delete_flows(update, update_image_cookie(image->vn_id),
                        update_image_cookie_mask(image->vn_id));
    if (image->vn_id
        && !image_find_group(image, GROUP_FLOOD(image->vn_id), NULL)) {
        update_delete_group(update, GROUP_FLOOD(image->vn_id));
    }
    image_put_plan(image, &plan, image->marker, update);
    update_end(update, image->pool);
    plan_uninit(&plan);
    image->full = update_ref(update);
    return update;
}

uint32_t
image_vn_id(const struct image *image)
{
    return image->vn_id;
}

uint64_t
image_version(const struct image *image)
{
    return image->version;
}

uint64_t
image_marker(const struct image *image)
{
    return image->marker;
}

size_t
image_n_flows(const struct image *image)
{
    return image->n[ITEM_FLOW];
}

size_t
image_n_groups(const struct image *image)
{
    return image->n[ITEM_GROUP];
}

size_t
image_n_buckets(const struct image *image)
{
    return image->n[ITEM_BUCKET];
}

size_t
image_n_owners(const struct image *image)
{
    return hmap_count(&image->owners);
}

size_t
image_memory(const struct image *image)
{
    return (sizeof *image + image->memory
            + hmap_count(&image->groups) * sizeof(struct image_group)
            + cookies_memory(&image->cookies)
            + hmap_count(&image->changes) * sizeof(struct change)
            + image->allocated_log * sizeof *image->log + image->log_bytes
            + (image->full ? image->full->msgs.size : 0));
}

bool
image_find_group(const struct image *image, uint32_t group_id,
                 size_t *n_buckets)
{
    const struct image_group *group = image_group_find(image, group_id);

    if (group && n_buckets) {
        *n_buckets = group->n_buckets;
    }
    return group != NULL;
}

size_t
image_catch_up(const struct image *image, uint64_t marker,
               struct update **updates, size_t max)
{
    size_t size = 0;
    size_t first = image->n_log;

    do {
        if (!first--) {
            return 0;
        }
        size += image->log[first].update->msgs.size;
    } while (image->log[first].marker != marker);

    size_t n = image->n_log - first;

    if (n > max || size > image->memory) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        updates[i] = update_ref(image->log[first + i].update);
    }
    return n;
}

void
image_get_items(const struct image *image, struct items *out)
{
    struct owner *owner;

    ofpbuf_prealloc_tailroom(&out->buf, image->memory);
    HMAP_FOR_EACH (owner, node, &image->owners) {
        ofpbuf_put(&out->buf, owner + 1, owner->size);
        out->n += owner->n;
    }
}

/* Returns the marker of an image whose items' hashes add up to 'hash'.  The
 * bits are mixed first (the finalizer of splitmix64), as all 64 count and only
 * 56 are kept. */
static uint64_t
marker_of(uint64_t hash)
{
    hash ^= hash >> 30;
    hash *= UINT64_C(0xbf58476d1ce4e5b9);
    hash ^= hash >> 27;
    hash *= UINT64_C(0x94d049bb133111eb);
    hash ^= hash >> 31;
    return ((uint64_t) COOKIE_MARKER << COOKIE_KIND_SHIFT
            | (hash & MARKER_HASH_MASK));
}

/* Owners. */

static uint32_t
key_hash(uint64_t key)
{
    return hash_uint64(key);
}

static struct owner *
owner_find(const struct image *image, uint64_t key)
{
    struct owner *owner;

    HMAP_FOR_EACH_WITH_HASH (owner, node, key_hash(key), &image->owners) {
        if (owner->key == key) {
            return owner;
        }
    }
    return NULL;
}

/* Counts 'item' in (or, if not 'in', out of) 'image'. */
static void
image_count(struct image *image, const struct item *item, bool in)
{
    if (in) {
        image->hash += item->hash;
        image->n[item->kind]++;
    } else {
        image->hash -= item->hash;
        image->n[item->kind]--;
    }
    if (item->kind == ITEM_FLOW) {
        cookies_count(&image->cookies, item_cookie(item), in);
    }
}

/* Returns true if no flow of the image 'image_' has 'cookie'. */
static bool
image_lacks_cookie(const void *image_, uint64_t cookie)
{
    const struct image *image = image_;

    return !cookies_contain(&image->cookies, cookie);
}

/* Puts 'new' in the place of 'old', which it frees.  Either may be NULL. */
static void
image_set_owner(struct image *image, struct owner *old, struct owner *new)
{
    if (old) {
        hmap_remove(&image->owners, &old->node);
        image->memory -= sizeof *old + old->size;
        free(old);
    }
    if (new) {
        hmap_insert(&image->owners, &new->node, key_hash(new->key));
        image->memory += sizeof *new + new->size;
    }
}

/* Changes. */

static uint32_t
id_hash(const struct item *item)
{
    return item->id.u32[0];
}

/* Returns the change by which 'owner' took the item with the ID of 'item'
 * since the last flush, or NULL. */
static struct change *
change_find_taken(const struct image *image, uint64_t owner,
                  const struct item *item)
{
    struct change *change;

    HMAP_FOR_EACH_WITH_HASH (change, node, id_hash(item), &image->changes) {
        if (!change->flushed && change->owner == owner
            && !item_compare_ids(change->item, item)) {
            return change;
        }
    }
    return NULL;
}

static void
image_add_change(struct image *image, uint64_t owner, const struct item *item,
                 bool flushed)
{
    struct change *change = xmalloc(sizeof *change);

    change->owner = owner;
    change->flushed = flushed;
    change->item = flushed ? xmemdup(item, item_footprint(item)) : item;
    hmap_insert(&image->changes, &change->node, id_hash(item));
}

/* Removes 'change' from 'image' and frees it. */
static void
image_remove_change(struct image *image, struct change *change)
{
    hmap_remove(&image->changes, &change->node);
    if (change->flushed) {
        free(CONST_CAST(struct item *, change->item));
    }
    free(change);
}

/* Notes that 'owner' has taken 'item', which is in its memory. */
static void
image_take(struct image *image, uint64_t owner, const struct item *item)
{
    image_count(image, item, true);
    image_add_change(image, owner, item, false);
}

/* Notes that 'owner' has let 'item' go. */
static void
image_let_go(struct image *image, uint64_t owner, const struct item *item)
{
    struct change *taken = change_find_taken(image, owner, item);

    image_count(image, item, false);
    if (taken) {
        image_remove_change(image, taken);
    } else {
        image_add_change(image, owner, item, true);
    }
}

/* Notes that 'item', which 'owner' goes on holding, has moved in memory. */
static void
image_moved(struct image *image, uint64_t owner, const struct item *item)
{
    struct change *taken = change_find_taken(image, owner, item);

    if (taken) {
        taken->item = item;
    }
}

/* Notes the changes from 'old' to 'new', of which one may be NULL, by merging
 * their sorted items. */
static void
image_diff(struct image *image, const struct owner *old,
           const struct owner *new)
{
    const struct item *a = owner_first(old);
    const struct item *b = owner_first(new);
    uint64_t key = old ? old->key : new->key;

    while (a || b) {
        int cmp = !a ? 1 : !b ? -1 : item_compare_ids(a, b);

        if (!cmp && a->hash == b->hash) {
            image_moved(image, key, b);
        } else {
            if (cmp <= 0) {
                image_let_go(image, key, a);
            }
            if (cmp >= 0) {
                image_take(image, key, b);
            }
        }
        a = cmp <= 0 ? owner_next(old, a) : a;
        b = cmp >= 0 ? owner_next(new, b) : b;
    }
}

static void
image_forget_changes(struct image *image)
{
    struct change *change;

    HMAP_FOR_EACH_SAFE (change, node, &image->changes) {
        image_remove_change(image, change);
    }
}

/* Compares two pointers to changes by ID, what was flushed first. */
static int
compare_changes(const void *a_, const void *b_)
{
    const struct change *const *a = a_;
    const struct change *const *b = b_;
    int cmp = item_compare_ids((*a)->item, (*b)->item);

    return cmp ? cmp : (*b)->flushed - (*a)->flushed;
}

/* Adds to 'plan' what the 'n' changes of one ID amount to. */
static void
image_plan_item(const struct image *image, struct change *const *changes,
                size_t n, struct plan *plan)
{
    const struct item *was = changes[0]->flushed ? changes[0]->item : NULL;
    const struct item *is = (changes[n - 1]->flushed ? NULL
                             : changes[n - 1]->item);

    if (n > (size_t) (was ? 1 : 0) + (is ? 1 : 0)) {
        VLOG_ERR_RL(&rl, "image of VN ID %"PRIu32": two owners hold one item",
                    image->vn_id);
    }
    if (was && is) {
        plan_change(plan, was, is);
    } else if (is) {
        plan_add(plan, is);
    } else {
        plan_remove(plan, was);
    }
}

/* Adds to 'plan' what has changed since the last flush. */
static void
image_plan_changes(struct image *image, struct plan *plan)
{
    size_t n = hmap_count(&image->changes);
    struct change **sorted = xmalloc(MAX(n, 1) * sizeof *sorted);
    struct change *change;
    size_t i = 0;
    size_t end;

    HMAP_FOR_EACH (change, node, &image->changes) {
        sorted[i++] = change;
    }
    qsort(sorted, n, sizeof *sorted, compare_changes);
    for (i = 0; i < n; i = end) {
        end = i + 1;
        while (end < n && !item_compare_ids(sorted[i]->item,
                                            sorted[end]->item)) {
            end++;
        }
        image_plan_item(image, &sorted[i], end - i, plan);
    }
    free(sorted);
}

/* Puts 'plan' and then 'marker' into 'update', guarded if that is long. */
static void
image_put_plan(const struct image *image, struct plan *plan, uint64_t marker,
               struct update *update)
{
    bool guard = plan_size(plan) > GUARD_BYTES;

    if (guard) {
        update_begin_guard(update, image->vn_id);
    }
    plan_put(plan, update);
    update_put_marker(update, image->vn_id, marker);
    if (guard) {
        update_end_guard(update, image->vn_id);
    }
}

/* What is remembered of the last flushes. */

static void
image_drop_full(struct image *image)
{
    update_unref(image->full);
    image->full = NULL;
}

/* Appends 'update', which leads on from the present marker, to the log. */
static void
image_log_put(struct image *image, struct update *update)
{
    struct image_step *step;

    if (image->n_log >= image->allocated_log) {
        image->log = x2nrealloc(image->log, &image->allocated_log,
                                sizeof *image->log);
    }
    step = &image->log[image->n_log++];
    step->marker = image->marker;
    step->update = update_ref(update);
    image->log_bytes += update->msgs.size;
    image_log_trim(image, IMAGE_LOG_MAX, IMAGE_LOG_BYTES);
}

/* Drops the oldest steps of the log until it has at most 'max_n' of them with
 * at most 'max_bytes'. */
static void
image_log_trim(struct image *image, size_t max_n, size_t max_bytes)
{
    size_t drop = 0;

    while (image->n_log - drop > max_n || image->log_bytes > max_bytes) {
        struct update *update = image->log[drop++].update;

        image->log_bytes -= update->msgs.size;
        update_unref(update);
    }
    if (drop) {
        image->n_log -= drop;
        memmove(image->log, &image->log[drop],
                image->n_log * sizeof *image->log);
    }
}

static struct image_group *
image_group_find(const struct image *image, uint32_t group_id)
{
    struct image_group *group;

    HMAP_FOR_EACH_WITH_HASH (group, node, hash_int(group_id, 0),
                             &image->groups) {
        if (group->group_id == group_id) {
            return group;
        }
    }
    return NULL;
}

/* Adds 'n' to the number of buckets of the group of 'bucket'. */
static void
image_count_bucket(struct image *image, const struct item *bucket, int n)
{
    uint32_t group_id = item_group_id(bucket);
    struct image_group *group = image_group_find(image, group_id);

    if (group) {
        group->n_buckets += n;
    } else if (n > 0) {
        VLOG_ERR_RL(&rl, "image of VN ID %"PRIu32": bucket without its group "
                    "%#"PRIx32, image->vn_id, group_id);
    }
}

/* Takes over what 'plan' does to groups. */
static void
image_count_groups(struct image *image, const struct plan *plan)
{
    const struct plan_list *list = plan->stages;

    for (size_t i = 0; i < list[PLAN_GROUPS].n; i++) {
        struct image_group *group = xzalloc(sizeof *group);

        group->group_id = item_group_id(list[PLAN_GROUPS].items[i]);
        hmap_insert(&image->groups, &group->node,
                    hash_int(group->group_id, 0));
    }
    for (size_t i = 0; i < list[PLAN_REPLACED_BUCKETS].n; i++) {
        image_count_bucket(image, list[PLAN_REPLACED_BUCKETS].items[i], -1);
    }
    for (size_t i = 0; i < list[PLAN_BUCKETS].n; i++) {
        image_count_bucket(image, list[PLAN_BUCKETS].items[i], 1);
    }
    for (size_t i = 0; i < list[PLAN_OLD_BUCKETS].n; i++) {
        image_count_bucket(image, list[PLAN_OLD_BUCKETS].items[i], -1);
    }
    for (size_t i = 0; i < list[PLAN_OLD_GROUPS].n; i++) {
        uint32_t group_id = item_group_id(list[PLAN_OLD_GROUPS].items[i]);
        struct image_group *group = image_group_find(image, group_id);

        if (group) {
            hmap_remove(&image->groups, &group->node);
            free(group);
        }
    }
}
