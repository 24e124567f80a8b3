/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/image.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "controller/items.h"
#include "controller/update.h"
#include "lib/pipeline.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-errors.h"
#include "tests/unit/controller/fake-link.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/item-text.h"
#include "util.h"

void suite_image(void);

#define FLOW_A "flow cookie=1,table=24,priority=1,metadata=7,actions=drop\n"
#define FLOW_A2 "flow cookie=1,table=24,priority=1,metadata=7," \
                "actions=output:2\n"
#define FLOW_B "flow cookie=1,table=25,priority=1,metadata=7,actions=drop\n"
#define GROUP "group 0x01000007\n"
#define BUCKET_1 "bucket 0x01000007 1 drop\n"
#define BUCKET_1X "bucket 0x01000007 1 output:1\n"
#define BUCKET_2 "bucket 0x01000007 2 drop\n"
#define USER "flow cookie=1,table=28,priority=1,metadata=7," \
             "actions=group:0x01000007\n"

/* Gives 'owner' in 'image' the items of 'text' (NULL for none). */
static bool
replace(struct image *image, uint64_t owner, const char *text)
{
    struct items items;
    bool changed;

    items_init(&items);
    items_add_text(&items, text ? text : "");
    changed = image_replace(image, owner, &items);
    items_uninit(&items);
    return changed;
}

/* Flushes 'image' and checks that what comes out, the marker left out, is
 * 'expected', or that nothing comes out if that is NULL. */
static void
check_flush(struct image *image, const char *expected)
{
    uint64_t version = image_version(image);
    struct update *update = image_flush(image);

    CU_ASSERT(!image_is_dirty(image));
    CU_ASSERT_EQUAL_FATAL(update != NULL, expected != NULL);
    CU_ASSERT_EQUAL(image_version(image), version + (update != NULL));
    if (update) {
        char *marker = xasprintf("ADD table:253 priority=1,metadata=%#"PRIx64
                                 " cookie:%#"PRIx64" actions=drop\n",
                                 MARKER_METADATA(image_vn_id(image)),
                                 image_marker(image));
        char *all = xasprintf("%s%s", expected, marker);
        char *text = update_to_text(update);

        CU_ASSERT_EQUAL(update->version, image_version(image));
        CU_ASSERT_STRING_EQUAL(text, all);
        if (strcmp(text, all)) {
            printf("\nexpected:\n%sgot:\n%s", all, text);
        }
        free(text);
        free(all);
        free(marker);
        update_unref(update);
    }
}

static void
test_flush(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *image = image_create(&pool, 7);

    CU_ASSERT_EQUAL(image_vn_id(image), 7);
    CU_ASSERT_EQUAL(image_version(image), 0);
    CU_ASSERT(!image_is_dirty(image));
    check_flush(image, NULL);

    CU_ASSERT(replace(image, 1, FLOW_A));
    CU_ASSERT(image_is_dirty(image));
    check_flush(image, "ADD table:24 priority=1,metadata=0x7 cookie:0x1 "
                "actions=drop\n");
    CU_ASSERT(!replace(image, 1, FLOW_A));
    check_flush(image, NULL);

    CU_ASSERT(replace(image, 1, FLOW_A2));
    check_flush(image, "ADD table:24 priority=1,metadata=0x7 cookie:0x1 "
                "actions=output:2\n");

    CU_ASSERT(image_replace(image, 1, NULL));
    CU_ASSERT(!image_replace(image, 1, NULL));
    check_flush(image, "DEL_STRICT table:24 priority=1,metadata=0x7 "
                "actions=drop\n");
    CU_ASSERT_EQUAL(image_n_owners(image), 0);
    CU_ASSERT_EQUAL(pool.n_updates, 3);
    CU_ASSERT_EQUAL(pool.n_mods, 6);
    image_destroy(image);
}

/* What cancels out within one flush sends nothing. */
static void
test_flush_nothing(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *image = image_create(&pool, 7);
    uint64_t marker = image_marker(image);

    replace(image, 1, FLOW_A);
    replace(image, 1, NULL);
    check_flush(image, NULL);
    CU_ASSERT_EQUAL(image_marker(image), marker);

    replace(image, 1, FLOW_A);
    update_unref(image_flush(image));
    marker = image_marker(image);
    replace(image, 1, FLOW_A2);
    replace(image, 1, FLOW_A);
    check_flush(image, NULL);
    replace(image, 1, FLOW_B);
    replace(image, 1, FLOW_A FLOW_B);
    replace(image, 1, FLOW_A);
    check_flush(image, NULL);
    CU_ASSERT_EQUAL(image_marker(image), marker);
    CU_ASSERT_EQUAL(image_version(image), 1);
    image_destroy(image);
}

/* An item goes from one owner to another, whichever is changed first. */
/* The last flows with a cookie go by one message; not if one of them stays, is
 * added, or belongs to another owner whose name has the same hash. */
static void
test_removal_by_cookie(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *image = image_create(&pool, 7);

    replace(image, 1, FLOW_A FLOW_B);
    replace(image, 2, "flow cookie=1,table=26,metadata=7,actions=drop\n");
    update_unref(image_flush(image));
    replace(image, 1, NULL);
    check_flush(image, "DEL_STRICT table:24 priority=1,metadata=0x7 "
                "actions=drop\n"
                "DEL_STRICT table:25 priority=1,metadata=0x7 "
                "actions=drop\n");

    replace(image, 1, FLOW_A FLOW_B);
    update_unref(image_flush(image));
    replace(image, 1, NULL);
    replace(image, 2, NULL);
    check_flush(image, "DEL table:255 priority=0 "
                "cookie:0x1/0xffffffffffffffff actions=drop\n");

    replace(image, 1, FLOW_A FLOW_B);
    update_unref(image_flush(image));
    replace(image, 1, "flow cookie=1,table=27,metadata=7,actions=drop\n");
    check_flush(image, "ADD table:27 metadata=0x7 cookie:0x1 actions=drop\n"
                "DEL_STRICT table:24 priority=1,metadata=0x7 "
                "actions=drop\n"
                "DEL_STRICT table:25 priority=1,metadata=0x7 "
                "actions=drop\n");
    image_destroy(image);
}

/* A flow that gets another cookie is replaced before those with its old one
 * are removed. */
static void
test_cookie_changes(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *image = image_create(&pool, 7);

    replace(image, 1, FLOW_A FLOW_B
            "flow cookie=1,table=26,priority=1,metadata=7,actions=drop\n");
    update_unref(image_flush(image));
    replace(image, 1, "flow cookie=2,table=24,priority=1,metadata=7,"
                      "actions=drop\n");
    check_flush(image, "ADD table:24 priority=1,metadata=0x7 cookie:0x2 "
                "actions=drop\n"
                "DEL table:255 priority=0 "
                "cookie:0x1/0xffffffffffffffff actions=drop\n");
    image_destroy(image);
}

static void
test_move_between_owners(void)
{
    for (int new_first = 0; new_first <= 1; new_first++) {
        struct image_pool pool = { 0, 0, 0 };
        struct image *image = image_create(&pool, 7);

        replace(image, 1, FLOW_A FLOW_B);
        update_unref(image_flush(image));

        /* The same content. */
        if (new_first) {
            replace(image, 2, FLOW_A);
        }
        replace(image, 1, FLOW_B);
        if (!new_first) {
            replace(image, 2, FLOW_A);
        }
        check_flush(image, NULL);

        /* Other content: one add. */
        if (new_first) {
            replace(image, 3, FLOW_A2);
        }
        replace(image, 2, NULL);
        if (!new_first) {
            replace(image, 3, FLOW_A2);
        }
        check_flush(image, "ADD table:24 priority=1,metadata=0x7 cookie:0x1 "
                    "actions=output:2\n");

        /* There and back again. */
        replace(image, 4, FLOW_A2);
        replace(image, 3, NULL);
        replace(image, 3, FLOW_A2);
        replace(image, 4, NULL);
        check_flush(image, NULL);
        CU_ASSERT_EQUAL(image_n_flows(image), 2);
        image_destroy(image);
    }
}

static void
test_order(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *image = image_create(&pool, 7);

    replace(image, 1, USER BUCKET_1 GROUP BUCKET_2);
    check_flush(image,
                "ADD_OR_MOD group_id=16777223,type=all\n"
                "INSERT_BUCKET command_bucket_id:first,group_id=16777223,"
                "bucket=bucket_id:1,actions=drop,"
                "bucket=bucket_id:2,actions=drop\n"
                "ADD table:28 priority=1,metadata=0x7 cookie:0x1 "
                "actions=group:16777223\n");
    CU_ASSERT_EQUAL(image_n_groups(image), 1);
    CU_ASSERT_EQUAL(image_n_buckets(image), 2);

    replace(image, 1, GROUP BUCKET_1X FLOW_A);
    check_flush(image,
                "REMOVE_BUCKET command_bucket_id:1,group_id=16777223\n"
                "INSERT_BUCKET command_bucket_id:first,group_id=16777223,"
                "bucket=bucket_id:1,actions=output:1\n"
                "ADD table:24 priority=1,metadata=0x7 cookie:0x1 "
                "actions=drop\n"
                "DEL_STRICT table:28 priority=1,metadata=0x7 actions=drop\n"
                "REMOVE_BUCKET command_bucket_id:2,group_id=16777223\n");

    replace(image, 1, NULL);
    check_flush(image,
                "DEL_STRICT table:24 priority=1,metadata=0x7 actions=drop\n"
                "REMOVE_BUCKET command_bucket_id:1,group_id=16777223\n"
                "DEL group_id=16777223,type=all\n");
    image_destroy(image);
}

static void
test_full(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *image = image_create(&pool, 7);
    struct update *full = image_full(image);
    char *text = update_to_text(full);

    /* An empty image removes all that may be left of it. */
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "DEL table:255 priority=0 cookie:"
                                  "0x4e00000000000007/0xff00000000ffffff"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "DEL group_id=16777223"));
    free(text);
    CU_ASSERT_EQUAL(full->version, 0);
    update_unref(full);

    /* It is made once for all. */
    replace(image, 1, USER GROUP BUCKET_1);
    update_unref(image_flush(image));
    full = image_full(image);
    struct update *again = image_full(image);

    CU_ASSERT_PTR_EQUAL(full, again);
    CU_ASSERT_EQUAL(full->version, 1);
    text = update_to_text(full);
    CU_ASSERT_PTR_NULL(strstr(text, "DEL group_id=16777223"));
    free(text);
    replace(image, 1, FLOW_A);
    update_unref(image_flush(image));
    struct update *other = image_full(image);

    CU_ASSERT_PTR_NOT_EQUAL(full, other);
    update_unref(other);
    update_unref(again);
    update_unref(full);
    image_destroy(image);
}

static void
test_marker(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *a = image_create(&pool, 7);
    struct image *b = image_create(&pool, 7);

    CU_ASSERT_EQUAL(image_marker(a) >> COOKIE_KIND_SHIFT, COOKIE_MARKER);
    CU_ASSERT_EQUAL(image_marker(a), image_marker(b));
    replace(a, 1, FLOW_A);
    CU_ASSERT_EQUAL(image_marker(a), image_marker(b)); /* Not flushed. */
    update_unref(image_flush(a));
    replace(a, 2, FLOW_B);
    update_unref(image_flush(a));
    CU_ASSERT_NOT_EQUAL(image_marker(a), image_marker(b));
    replace(b, 9, FLOW_B FLOW_A);
    update_unref(image_flush(b));
    CU_ASSERT_EQUAL(image_marker(a), image_marker(b));
    CU_ASSERT_EQUAL(image_marker(a) >> COOKIE_KIND_SHIFT, COOKIE_MARKER);
    replace(b, 9, FLOW_B FLOW_A2);
    update_unref(image_flush(b));
    CU_ASSERT_NOT_EQUAL(image_marker(a), image_marker(b));
    image_destroy(a);
    image_destroy(b);
}

/* Of several items with one ID in a list, the last counts. */
static void
test_duplicates(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *image = image_create(&pool, 7);

    replace(image, 1, FLOW_A FLOW_B FLOW_A2);
    CU_ASSERT_EQUAL(image_n_flows(image), 2);
    update_unref(image_flush(image));
    CU_ASSERT(!replace(image, 1, FLOW_B FLOW_A2));
    image_destroy(image);
}

static void
test_find_group(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *image = image_create(&pool, 7);
    size_t n = 99;

    replace(image, 1, GROUP);
    replace(image, 2, BUCKET_1);
    replace(image, 3, BUCKET_2);
    CU_ASSERT(!image_find_group(image, 0x01000007, &n));
    update_unref(image_flush(image));
    CU_ASSERT(image_find_group(image, 0x01000007, &n));
    CU_ASSERT_EQUAL(n, 2);
    CU_ASSERT(!image_find_group(image, 0x01000008, NULL));
    replace(image, 2, BUCKET_1X);
    replace(image, 3, NULL);
    update_unref(image_flush(image));
    CU_ASSERT(image_find_group(image, 0x01000007, &n));
    CU_ASSERT_EQUAL(n, 1);
    replace(image, 1, NULL);
    replace(image, 2, NULL);
    update_unref(image_flush(image));
    CU_ASSERT(!image_find_group(image, 0x01000007, NULL));
    image_destroy(image);
}

/* Many buckets make few messages, none of them too long. */
static void
test_many_buckets(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *image = image_create(&pool, 7);
    struct fake_switch *sw = fake_switch_create(1);
    struct items items;

    items_init(&items);
    items_add_text(&items, GROUP);
    for (int i = 0; i < 3000; i++) {
        char *text = xasprintf("bucket 0x01000007 %d set_field:10.0.%d.%d"
                               "->tun_dst,resubmit(,40)\n", i, i / 256,
                               i % 256);

        items_add_text(&items, text);
        free(text);
    }
    image_replace(image, 1, &items);
    items_uninit(&items);

    struct update *update = image_flush(image);

    CU_ASSERT_EQUAL(update->n_mods, 1 + 2 + 1 + 3); /* With a guard. */
    fake_switch_connect(sw);
    fake_switch_receive(sw, update->msgs.data, update->msgs.size);

    char *actual = fake_switch_dump(sw);
    char *expected = fake_expected_dump(&image, 1);

    CU_ASSERT_STRING_EQUAL(actual, expected);
    free(actual);
    free(expected);
    update_unref(update);
    fake_switch_destroy(sw);
    image_destroy(image);
}

/* Hands 'update' to 'sw' without its first 'n' messages: what OVS makes of a
 * bundle that timed out half way. */
static void
send_without_beginning(struct fake_switch *sw, const struct update *update,
                       size_t n)
{
    struct ofpbuf b = ofpbuf_const_initializer(update->msgs.data,
                                               update->msgs.size);

    while (n--) {
        const struct ofp_header *oh = b.data;

        ofpbuf_pull(&b, ntohs(oh->length));
    }
    fake_switch_receive(sw, b.data, b.size);
}

/* A long update is applied whole or not at all. */
static void
test_guard(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *image = image_create(&pool, 7);
    struct ds s = DS_EMPTY_INITIALIZER;

    for (int i = 0; i < 400; i++) {
        ds_put_format(&s, "flow cookie=0x4e00000000000007,table=1,metadata=7,"
                      "in_port=%d,actions=drop\n", i);
    }
    replace(image, 1, ds_cstr(&s));
    ds_destroy(&s);

    struct update *update = image_flush(image);
    struct update *full = image_full(image);

    CU_ASSERT_EQUAL(update->n_mods, 400 + 1 + 3);
    CU_ASSERT_EQUAL(full->n_mods, 2 + 400 + 1 + 3);
    for (size_t n = 0; n < update->n_mods + 2;
         n += n < 5 || n > 396 ? 1 : 56) {
        struct fake_switch *sw = fake_switch_create(1);

        fake_switch_connect(sw);
        send_without_beginning(sw, update, n);
        CU_ASSERT_EQUAL(fake_switch_n_flows(sw), n < 2 ? 401 : 0);
        CU_ASSERT_EQUAL(fake_switch_n_groups(sw), 0);
        fake_switch_destroy(sw);
    }
    update_unref(update);
    update_unref(full);
    image_destroy(image);
}

static void
test_catch_up(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *image = image_create(&pool, 7);
    struct update *updates[IMAGE_LOG_MAX];
    uint64_t markers[4];

    markers[0] = image_marker(image);
    for (int i = 1; i < 4; i++) {
        char *text = xasprintf("flow table=1,metadata=7,in_port=%d,"
                               "actions=drop\n", i);

        replace(image, i, text);
        free(text);
        update_unref(image_flush(image));
        markers[i] = image_marker(image);
    }
    CU_ASSERT_EQUAL(image_catch_up(image, 12345, updates, IMAGE_LOG_MAX), 0);
    CU_ASSERT_EQUAL(image_catch_up(image, markers[3], updates,
                                   IMAGE_LOG_MAX), 0);
    CU_ASSERT_EQUAL(image_catch_up(image, markers[1], updates, 1), 0);
    CU_ASSERT_EQUAL_FATAL(image_catch_up(image, markers[2], updates, 1), 1);
    CU_ASSERT_EQUAL(updates[0]->version, 3);
    update_unref(updates[0]);

    /* More bytes than the whole image takes are not worth it. */
    replace(image, 1, NULL);
    replace(image, 2, NULL);
    replace(image, 3, NULL);
    update_unref(image_flush(image));
    CU_ASSERT_EQUAL(image_catch_up(image, markers[1], updates,
                                   IMAGE_LOG_MAX), 0);
    image_destroy(image);
}

/* The log holds on to the latest updates only. */
static void
test_log_is_bounded(void)
{
    struct image_pool pool = { 0, 0, 0 };
    struct image *image = image_create(&pool, 7);
    struct update *updates[IMAGE_LOG_MAX];
    uint64_t old_marker = 0, new_marker = 0;
    char *many = xstrdup("");

    for (int i = 0; i < 500; i++) {
        char *more = xasprintf("%sflow table=2,metadata=7,in_port=%d,"
                               "actions=drop\n", many, i);

        free(many);
        many = more;
    }
    replace(image, 1, many);
    free(many);
    for (int i = 0; i < 200; i++) {
        if (i == 200 - IMAGE_LOG_MAX - 1) {
            old_marker = image_marker(image);
        } else if (i == 200 - IMAGE_LOG_MAX) {
            new_marker = image_marker(image);
        }
        char *text = xasprintf("flow table=1,metadata=7,in_port=%d,"
                               "actions=drop\n", i);

        replace(image, 2, text);
        free(text);
        update_unref(image_flush(image));
    }
    CU_ASSERT_EQUAL(image_catch_up(image, old_marker, updates,
                                   IMAGE_LOG_MAX), 0);
    CU_ASSERT_EQUAL_FATAL(image_catch_up(image, new_marker, updates,
                                         IMAGE_LOG_MAX), IMAGE_LOG_MAX);
    for (size_t i = 0; i < IMAGE_LOG_MAX; i++) {
        CU_ASSERT_EQUAL(updates[i]->version, 200 - IMAGE_LOG_MAX + 1 + i);
        update_unref(updates[i]);
    }
    CU_ASSERT(image_memory(image) < 1024 * 1024);
    image_destroy(image);
}

/* Returns a number below 'n' from 'seed', which it moves on. */
static uint32_t
draw(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (uint64_t) *seed * n >> 32;
}

#define N_OWNERS 6
#define N_SLOTS 12

/* The items that owners hold: 'slots' says, for each of a few flows and
 * buckets, who has it and which of four contents it has. */
struct naive {
    int owner[N_SLOTS];         /* -1 for nobody. */
    int content[N_SLOTS];
};

static void
naive_put(const struct image *image, const struct naive *naive, int owner,
          struct items *items)
{
    (void) image;
    if (owner == 0) {
        items_add_text(items, "group 0x01000007");
    }
    for (int i = 0; i < N_SLOTS; i++) {
        if (naive->owner[i] == owner) {
            char *text = xasprintf(
                i % 3 ? "flow cookie=0x4e00000%d00000007,table=1,metadata=7,"
                "in_port=%d,actions=output:%d"
                : "bucket 0x0100000%d %d output:%d",
                i % 3 ? naive->content[i] / 2 : 7, i, naive->content[i] + 1);

            items_add_text(items, text);
            free(text);
        }
    }
}

/* Changes one owner's items in 'image' to what 'naive' says. */
static void
naive_apply(struct image *image, const struct naive *naive, int owner)
{
    struct items items;

    items_init(&items);
    naive_put(image, naive, owner, &items);
    image_replace(image, owner, &items);
    items_uninit(&items);
}

/* Random changes, each followed by updates to a switch that follows delta by
 * delta, now and then by a full one to a switch with anything in it, and by an
 * image built anew. */
static void
test_random(void)
{
    for (uint32_t first = 1; first <= 30; first++) {
        struct image_pool pool = { 0, 0, 0 };
        struct image *image = image_create(&pool, 7);
        struct fake_switch *sw = fake_switch_create(1);
        struct naive naive;
        uint32_t seed = first;

        memset(&naive, 0xff, sizeof naive);
        fake_switch_connect(sw);
        naive_apply(image, &naive, 0);
        for (int step = 0; step < 60; step++) {
            for (int n = draw(&seed, 12); n >= 0; n--) {
                int i = draw(&seed, N_SLOTS);

                naive.owner[i] = (int) draw(&seed, N_OWNERS + 1) - 1;
                naive.content[i] = draw(&seed, 4);

                /* Some see what is only for the time being. */
                naive_apply(image, &naive, draw(&seed, N_OWNERS));
            }
            for (int owner = N_OWNERS - 1; owner >= 0; owner--) {
                naive_apply(image, &naive, owner);
            }

            struct update *update = image_flush(image);

            if (draw(&seed, 8) == 0) {
                update_unref(update);
                fake_switch_damage(sw, draw(&seed, 1000));
                update = image_full(image);
            }
            if (update) {
                fake_switch_receive(sw, update->msgs.data,
                                    update->msgs.size);
                update_unref(update);
            }

            struct image *anew = image_create(&pool, 7);
            struct image *both[2] = { image, anew };

            for (int owner = 0; owner < N_OWNERS; owner++) {
                naive_apply(anew, &naive, owner);
            }
            update_unref(image_flush(anew));
            CU_ASSERT_EQUAL(image_marker(anew), image_marker(image));
            CU_ASSERT_EQUAL(image_n_flows(anew), image_n_flows(image));
            CU_ASSERT_EQUAL(image_n_buckets(anew), image_n_buckets(image));

            char *actual = fake_switch_dump(sw);
            char *expected = fake_expected_dump(&both[1], 1);
            bool equal = !strcmp(actual, expected);

            CU_ASSERT(equal);
            if (!equal) {
                printf("\nseed %"PRIu32" step %d: expected\n%sgot\n%s",
                       first, step, expected, actual);
                step = 60;
            }
            free(actual);
            free(expected);
            image_destroy(anew);
        }
        fake_switch_destroy(sw);
        image_destroy(image);
    }
}

/* IDs go around without 0 and without the upper half, which sessions use for
 * themselves. */
static void
test_update_ids(void)
{
    struct image_pool pool = { .last_update_id = 0x7ffffffe };
    struct update *a = update_create_wipe(&pool);
    struct update *b = update_create_purge(&pool, 5);
    char *text = update_to_text(b);

    CU_ASSERT_EQUAL(a->id, 0x7fffffff);
    CU_ASSERT_EQUAL(b->id, 1);
    CU_ASSERT_STRING_EQUAL(text,
        "DEL table:255 priority=0 "
        "cookie:0x4e00000000000005/0xff00000000ffffff actions=drop\n"
        "DEL group_id=16777221,type=all\n"
        "DEL_STRICT table:253 priority=1,metadata=0x4d00000005 "
        "actions=drop\n");
    free(text);
    update_unref(update_ref(a));
    update_unref(a);
    update_unref(b);
    update_unref(NULL);
}

void
suite_image(void)
{
    CU_pSuite suite = CU_add_suite("controller/image", NULL, NULL);

    CU_ADD_TEST(suite, test_flush);
    CU_ADD_TEST(suite, test_flush_nothing);
    CU_ADD_TEST(suite, test_removal_by_cookie);
    CU_ADD_TEST(suite, test_cookie_changes);
    CU_ADD_TEST(suite, test_move_between_owners);
    CU_ADD_TEST(suite, test_order);
    CU_ADD_TEST(suite, test_full);
    CU_ADD_TEST(suite, test_marker);
    CU_ADD_TEST(suite, test_duplicates);
    CU_ADD_TEST(suite, test_find_group);
    CU_ADD_TEST(suite, test_many_buckets);
    CU_ADD_TEST(suite, test_guard);
    CU_ADD_TEST(suite, test_catch_up);
    CU_ADD_TEST(suite, test_log_is_bounded);
    CU_ADD_TEST(suite, test_random);
    CU_ADD_TEST(suite, test_update_ids);
}
