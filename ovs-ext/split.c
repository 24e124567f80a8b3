/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/split.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ovs-ext/split-private.h"
#include "util.h"

static void expire_tags(struct split *);
static void expire_holds(struct split *);
static void decide_users(struct split *);
static void decide_places(struct split *);
static void retry_users(struct split *);
static void settle_tags(struct split *);

struct split *
split_create(const struct split_config *config)
{
    struct split *split = xzalloc(sizeof *split);

    split->config = *config;
    split_inventory_init(split);
    shash_init(&split->users);
    for (int i = 0; i < SPLIT_N_INDEXES; i++) {
        shash_init(&split->buckets[i]);
    }
    shash_init(&split->vaps);
    shash_init(&split->vnics);
    ovs_list_init(&split->dirty_users);
    ovs_list_init(&split->dirty_places);
    ovs_list_init(&split->retries);
    ovs_list_init(&split->holds);
    return split;
}

void
split_destroy(struct split *split)
{
    struct shash_node *node;

    if (!split) {
        return;
    }
    SHASH_FOR_EACH_SAFE (node, &split->users) {
        split_user_destroy(node->data);
    }
    /* Places without users are destroyed when they are decided upon. */
    decide_places(split);
    shash_destroy(&split->users);
    shash_destroy(&split->vaps);
    shash_destroy(&split->vnics);
    for (int i = 0; i < SPLIT_N_INDEXES; i++) {
        shash_destroy(&split->buckets[i]);
    }
    split_inventory_uninit(split);
    free(split);
}

void
split_set_config(struct split *split, const struct split_config *config)
{
    struct shash_node *node;

    split->config = *config;
    SHASH_FOR_EACH (node, &split->segments) {
        struct split_segment_row *segment = node->data;

        tag_book_set_quarantine(segment->book, config->quarantine_ms);
    }
    split_touch_all(split);
}

void
split_set_ready(struct split *split)
{
    if (!split->ready) {
        split->ready = true;
        split_touch_all(split);
    }
}

bool
split_is_ready(const struct split *split)
{
    return split->ready;
}

void
split_run(struct split *split, long long int now, struct split_output *output)
{
    split->now = MAX(split->now, now);
    split->output = output;
    expire_tags(split);
    expire_holds(split);
    do {
        decide_users(split);
        decide_places(split);
        retry_users(split);
    } while (!ovs_list_is_empty(&split->dirty_users)
             || !ovs_list_is_empty(&split->dirty_places));
    settle_tags(split);
    split->output = NULL;
}

long long int
split_deadline(const struct split *split)
{
    long long int deadline = LLONG_MAX;
    const struct split_user *user;
    const struct shash_node *node;

    if (!ovs_list_is_empty(&split->dirty_users)
        || !ovs_list_is_empty(&split->dirty_places)) {
        return LLONG_MIN;
    }
    LIST_FOR_EACH (user, hold_node, &split->holds) {
        if (user->hold_until != HOLD_RESTORED) {
            deadline = MIN(deadline, user->hold_until);
        }
    }
    SHASH_FOR_EACH (node, &split->segments) {
        const struct split_segment_row *segment = node->data;

        deadline = MIN(deadline, tag_book_deadline(segment->book));
    }
    return deadline;
}

const struct nved_claim *
split_first_claim(const struct split *split, const char *name)
{
    const struct split_vnic *vnic = shash_find_data(&split->vnics, name);

    return vnic ? vnic->claims : NULL;
}

void
split_all_vnics(const struct split *split, struct sset *vnics)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &split->vnics) {
        const struct split_vnic *vnic = node->data;

        if (vnic->claims) {
            sset_add(vnics, node->name);
        }
    }
}

void
split_all_answers(const struct split *split, struct split_output *output)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &split->users) {
        const struct split_user *user = node->data;

        if (user->answer.exists) {
            split_answer_add(output, &user->answer);
        }
    }
    SHASH_FOR_EACH (node, &split->segments) {
        sset_add(&output->segments, node->name);
    }
}

size_t
split_list_tags(const struct split *split, const char *name,
                struct tag_line **lines)
{
    const struct split_segment_row *segment
        = shash_find_data(&split->segments, name);

    *lines = NULL;
    return segment ? tag_book_list(segment->book, lines) : 0;
}

struct split_counters
split_get_counters(const struct split *split)
{
    return split->counters;
}

void
split_output_init(struct split_output *output)
{
    *output = (struct split_output) { .n_answers = 0 };
    sset_init(&output->vnics);
    sset_init(&output->segments);
}

void
split_output_uninit(struct split_output *output)
{
    sset_destroy(&output->vnics);
    sset_destroy(&output->segments);
    free(output->answers);
    for (size_t i = 0; i < output->n_gone; i++) {
        split_answer_uninit(output->gone[i]);
        free(output->gone[i]);
    }
    free(output->gone);
}

char *
split_key(const char *a, const char *b, const char *c)
{
    return xasprintf("%"PRIuSIZE":%s%"PRIuSIZE":%s%s",
                     strlen(a), a, strlen(b), b, c);
}

void
split_note_segment(struct split *split, const char *name)
{
    if (split->output) {
        sset_add(&split->output->segments, name);
    }
}

static void
expire_tags(struct split *split)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &split->segments) {
        const struct split_segment_row *segment = node->data;

        if (tag_book_expire(segment->book, split->now)) {
            split_note_segment(split, node->name);
            split->retry = true;
        }
    }
    retry_users(split);
}

/* Lets go what nobody came for. */
static void
expire_holds(struct split *split)
{
    struct split_user *user;

    if (!split->ready) {
        return;
    }
    LIST_FOR_EACH_SAFE (user, hold_node, &split->holds) {
        if (user->hold_until == HOLD_RESTORED) {
            user->hold_until = split->now + split->config.hold_ms;
        } else if (user->hold_until <= split->now) {
            split->counters.holds_expired++;
            user->hold_spent = true;
            split_user_unhold(user);
            if (user->row) {
                split_user_touch(user);
            } else {
                split_user_destroy(user);
            }
        }
    }
}

/* Those who have something come first, so that they keep it. */
static int
compare_users(const void *a_, const void *b_)
{
    const struct split_user *a = *(struct split_user *const *) a_;
    const struct split_user *b = *(struct split_user *const *) b_;

    if (!a->vap != !b->vap) {
        return a->vap ? -1 : 1;
    } else if (a->was_connected != b->was_connected) {
        return a->was_connected ? -1 : 1;
    } else if (a->state != b->state) {
        return a->state > b->state ? -1 : 1;
    }
    return strcmp(a->key, b->key);
}

static void
decide_users(struct split *split)
{
    size_t n = ovs_list_size(&split->dirty_users);
    struct split_user **users = xmalloc((n + 1) * sizeof *users);
    struct split_user *user;

    n = 0;
    LIST_FOR_EACH_POP (user, dirty_node, &split->dirty_users) {
        ovs_list_init(&user->dirty_node);
        users[n++] = user;
    }
    qsort(users, n, sizeof *users, compare_users);
    for (size_t i = 0; i < n; i++) {
        split_user_decide(users[i]);
    }
    free(users);
}

static bool
place_is_settled(const struct split_place *place)
{
    const struct split_user *user;

    LIST_FOR_EACH (user, place_node, &place->users) {
        if (user->vap || user->state != TSI_INIT) {
            return true;
        }
    }
    return false;
}

static int
compare_places(const void *a_, const void *b_)
{
    const struct split_place *a = *(struct split_place *const *) a_;
    const struct split_place *b = *(struct split_place *const *) b_;
    bool a_settled = place_is_settled(a);
    int cmp;

    if (a_settled != place_is_settled(b)) {
        return a_settled ? -1 : 1;
    }
    cmp = strcmp(a->vnic->name, b->vnic->name);
    return cmp ? cmp : strcmp(a->vn, b->vn);
}

static void
decide_places(struct split *split)
{
    size_t n = ovs_list_size(&split->dirty_places);
    struct split_place **places = xmalloc((n + 1) * sizeof *places);
    struct split_place *place;

    n = 0;
    LIST_FOR_EACH_POP (place, dirty_node, &split->dirty_places) {
        ovs_list_init(&place->dirty_node);
        places[n++] = place;
    }
    qsort(places, n, sizeof *places, compare_places);
    for (size_t i = 0; i < n; i++) {
        split_place_decide(places[i]);
    }
    free(places);
}

/* If something has been released, looks again at those who lack it. */
static void
retry_users(struct split *split)
{
    struct split_user *user;

    if (split->retry) {
        split->retry = false;
        LIST_FOR_EACH_POP (user, retry_node, &split->retries) {
            ovs_list_init(&user->retry_node);
            split_user_touch(user);
        }
    }
}

static void
settle_tags(struct split *split)
{
    const struct shash_node *node;

    if (!split->ready || split->settled) {
        return;
    }
    split->settled = true;
    SHASH_FOR_EACH (node, &split->segments) {
        const struct split_segment_row *segment = node->data;

        tag_book_settle(segment->book, split->now);
        split_note_segment(split, node->name);
    }
}
