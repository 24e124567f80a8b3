/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The rows that operators write, and the directory of VNs and VNICs. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "ovs-ext/split-private.h"
#include "util.h"

static void device_destroy(struct split_device *);
static void port_destroy(struct split_port *);
static void vn_destroy(struct split_vn_row *);
static void segment_destroy(struct split_segment_row *);
static void segment_update(struct split *, const char *name);
static void touch_vn(struct split *, const char *name, uint32_t vn_id);
static void clone_set(struct sset *, const struct sset *);

void
split_inventory_init(struct split *split)
{
    shash_init(&split->devices);
    shash_init(&split->ports);
    shash_init(&split->segments);
    shash_init(&split->vns);
    shash_init(&split->registrations);
    smap_init(&split->locals);
}

void
split_inventory_uninit(struct split *split)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &split->devices) {
        device_destroy(node->data);
    }
    SHASH_FOR_EACH (node, &split->ports) {
        port_destroy(node->data);
    }
    SHASH_FOR_EACH (node, &split->segments) {
        segment_destroy(node->data);
    }
    SHASH_FOR_EACH (node, &split->vns) {
        vn_destroy(node->data);
    }
    SHASH_FOR_EACH (node, &split->registrations) {
        sset_destroy(node->data);
        free(node->data);
    }
    shash_destroy(&split->devices);
    shash_destroy(&split->ports);
    shash_destroy(&split->segments);
    shash_destroy(&split->vns);
    shash_destroy(&split->registrations);
    smap_destroy(&split->locals);
}

void
split_put_end_device(struct split *split, const struct split_end_device *d)
{
    struct split_device *device = xmalloc(sizeof *device);

    device->enabled = d->enabled;
    clone_set(&device->ports, d->ports);
    clone_set(&device->tenants, d->tenants);
    clone_set(&device->vnics, d->vnics);
    device->vnic_quota = d->vnic_quota;
    device->vn_quota = d->vn_quota;

    split_remove_end_device(split, d->name);
    shash_add(&split->devices, d->name, device);
}

void
split_remove_end_device(struct split *split, const char *name)
{
    struct split_device *device;

    device = shash_find_and_delete(&split->devices, name);
    if (device) {
        device_destroy(device);
    }
    split_touch_bucket(split, SPLIT_BY_DEVICE, name);
}

void
split_put_access_port(struct split *split, const struct split_access_port *p)
{
    struct split_port *port = xmalloc(sizeof *port);

    *port = (struct split_port) {
        .own_segment = !p->segment[0],
        .segment = xstrdup(p->segment[0] ? p->segment : p->name),
        .tags = xstrdup(p->tags),
        .enabled = p->enabled,
    };
    split_remove_access_port(split, p->name);
    shash_add(&split->ports, p->name, port);
    segment_update(split, port->segment);
}

void
split_remove_access_port(struct split *split, const char *name)
{
    struct split_port *port = shash_find_and_delete(&split->ports, name);

    if (port) {
        port_destroy(port);
    }
    split_touch_bucket(split, SPLIT_BY_PORT, name);
}

void
split_put_segment(struct split *split, const struct split_segment *s)
{
    struct split_segment_row *segment = split_get_segment(split, s->name);

    free(segment->tags);
    free(segment->request_tags);
    segment->row = true;
    segment->tags = xstrdup(s->tags);
    segment->request_tags = xstrdup(s->request_tags);
    segment_update(split, s->name);
}

void
split_remove_segment(struct split *split, const char *name)
{
    struct split_segment_row *segment = shash_find_data(&split->segments,
                                                        name);

    if (segment) {
        segment->row = false;
        segment_update(split, name);
    }
}

void
split_put_vn(struct split *split, const struct split_vn *vn)
{
    struct split_vn_row *row = xmalloc(sizeof *row);

    *row = (struct split_vn_row) {
        .tenant = xstrdup(vn->tenant),
        .error = nullable_xstrdup(vn->error),
        .vn_id = vn->vn_id,
    };
    split_remove_vn(split, vn->name);
    shash_add(&split->vns, vn->name, row);
    touch_vn(split, vn->name, row->vn_id);
}

void
split_remove_vn(struct split *split, const char *name)
{
    struct split_vn_row *row = shash_find_and_delete(&split->vns, name);

    if (row) {
        touch_vn(split, name, row->vn_id);
        vn_destroy(row);
    }
}

void
split_put_registration(struct split *split, const char *vnic,
                       const struct sset *vns)
{
    struct sset *old = shash_find_and_delete(&split->registrations, vnic);
    char *bucket = split_vnic_bucket(vnic);

    if (old) {
        sset_destroy(old);
        free(old);
    }
    if (!sset_is_empty(vns)) {
        struct sset *new = xmalloc(sizeof *new);

        sset_clone(new, vns);
        shash_add(&split->registrations, vnic, new);
    }
    split_touch_bucket(split, SPLIT_BY_VN, bucket);
    free(bucket);
}

void
split_set_local(struct split *split, const char *vnic, const char *interface)
{
    const struct split_vnic *known = shash_find_data(&split->vnics, vnic);
    const struct split_place *place;
    const struct split_user *user;

    if (nullable_string_is_equal(smap_get(&split->locals, vnic), interface)) {
        return;
    }
    smap_remove(&split->locals, vnic);
    if (interface) {
        smap_add(&split->locals, vnic, interface);
    }
    /* Those that were refused for it wait for something to be released. */
    split->retry = true;
    if (known) {
        LIST_FOR_EACH (place, vnic_node, &known->places) {
            LIST_FOR_EACH (user, place_node, &place->users) {
                split_user_touch(CONST_CAST(struct split_user *, user));
            }
        }
    }
}

bool
split_restore_tag(struct split *split, const char *name, int64_t tag,
                  const char *vn)
{
    return tag_book_adopt(split_get_segment(split, name)->book, vn, tag);
}

struct split_segment_row *
split_get_segment(struct split *split, const char *name)
{
    struct split_segment_row *segment = shash_find_data(&split->segments,
                                                        name);

    if (!segment) {
        segment = xzalloc(sizeof *segment);
        segment->book = tag_book_create();
        tag_book_set_quarantine(segment->book, split->config.quarantine_ms);
        shash_add(&split->segments, name, segment);
    }
    return segment;
}

/* Reads the pool 's'; empty means all tags if 'all'. */
static char *
parse_pool(const char *s, bool all, struct tag_pool *pool)
{
    char *error = tag_pool_parse(s, pool);

    if (!error && all && !s[strspn(s, ", ")]) {
        tag_pool_fill(pool);
    }
    return error;
}

/* Sets the pools of the segment called 'name' from its row or that of the
 * port that is its own segment. */
static void
segment_update(struct split *split, const char *name)
{
    struct split_segment_row *segment = split_get_segment(split, name);
    const struct split_port *own = shash_find_data(&split->ports, name);
    bool is_own = own && own->own_segment;
    struct tag_pool pool, on_request;
    const struct shash_node *node;
    char *error;

    free(segment->error);
    segment->error = NULL;
    error = parse_pool(segment->row ? segment->tags : is_own ? own->tags : "",
                       true, &pool);
    if (!error) {
        error = parse_pool(segment->row ? segment->request_tags : "", false,
                           &on_request);
    }
    if (error) {
        segment->error = xasprintf("the tags of its segment are bad: %s",
                                   error);
        free(error);
    } else if (!segment->row && !is_own) {
        segment->error = xstrdup("there is no such segment as it is in");
    } else {
        tag_book_set_pools(segment->book, &pool, &on_request);
    }
    SHASH_FOR_EACH (node, &split->ports) {
        const struct split_port *port = node->data;

        if (!strcmp(port->segment, name)) {
            split_touch_bucket(split, SPLIT_BY_PORT, node->name);
        }
    }
}

/* Looks again at those who may mean the VN. */
static void
touch_vn(struct split *split, const char *name, uint32_t vn_id)
{
    const struct shash_node *node;
    char *id;

    if (!split->ready) {
        return;                 /* All will be looked at. */
    }
    id = xasprintf("id:%"PRIu32, vn_id);
    split_touch_bucket(split, SPLIT_BY_VN, name);
    split_touch_bucket(split, SPLIT_BY_VN, id);
    free(id);
    SHASH_FOR_EACH (node, &split->registrations) {
        if (sset_contains(node->data, name)) {
            char *bucket = split_vnic_bucket(node->name);

            split_touch_bucket(split, SPLIT_BY_VN, bucket);
            free(bucket);
        }
    }
}

static void
device_destroy(struct split_device *device)
{
    sset_destroy(&device->ports);
    sset_destroy(&device->tenants);
    sset_destroy(&device->vnics);
    free(device);
}

static void
port_destroy(struct split_port *port)
{
    free(port->segment);
    free(port->tags);
    free(port);
}

static void
vn_destroy(struct split_vn_row *row)
{
    free(row->tenant);
    free(row->error);
    free(row);
}

static void
segment_destroy(struct split_segment_row *segment)
{
    free(segment->tags);
    free(segment->request_tags);
    free(segment->error);
    tag_book_destroy(segment->book);
    free(segment);
}

/* Makes 'dst' a copy of 'src', or empty if that is NULL. */
static void
clone_set(struct sset *dst, const struct sset *src)
{
    if (src) {
        sset_clone(dst, src);
    } else {
        sset_init(dst);
    }
}
