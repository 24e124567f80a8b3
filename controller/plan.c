/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/plan.h"

#include <stdlib.h>
#include <string.h>

#include "controller/items.h"
#include "controller/update.h"
#include "util.h"

/* An upper bound of what a bundle needs besides an item. */
#define MESSAGE_OVERHEAD 16

/* An upper bound of what the removal of a cookie takes. */
#define DELETE_SIZE 128

static void list_put(struct plan_list *, const struct item *);
static void cookie_put(struct plan *, uint64_t cookie);
static int compare_groups(const void *, const void *);
static int compare_cookies(const void *, const void *);

void
plan_uninit(struct plan *plan)
{
    for (size_t i = 0; i < PLAN_N_STAGES; i++) {
        free(plan->stages[i].items);
    }
    free(plan->cookies);
}

void
plan_add(struct plan *plan, const struct item *item)
{
    enum plan_stage stage = (item->kind == ITEM_GROUP ? PLAN_GROUPS
                             : item->kind == ITEM_BUCKET ? PLAN_BUCKETS
                             : PLAN_FLOWS);

    list_put(&plan->stages[stage], item);
}

void
plan_remove(struct plan *plan, const struct item *item)
{
    enum plan_stage stage = (item->kind == ITEM_GROUP ? PLAN_OLD_GROUPS
                             : item->kind == ITEM_BUCKET ? PLAN_OLD_BUCKETS
                             : PLAN_OLD_FLOWS);

    list_put(&plan->stages[stage], item);
}

void
plan_change(struct plan *plan, const struct item *old, const struct item *new)
{
    if (old->hash != new->hash) {
        if (old->kind == ITEM_BUCKET) {
            list_put(&plan->stages[PLAN_REPLACED_BUCKETS], old);
        }
        plan_add(plan, new);
    }
}

void
plan_join_removals(struct plan *plan,
                   bool (*is_gone)(const void *aux, uint64_t cookie),
                   const void *aux)
{
    struct plan_list *list = &plan->stages[PLAN_OLD_FLOWS];
    size_t n_kept = 0;
    size_t end;

    if (list->n) {
        qsort(list->items, list->n, sizeof *list->items, compare_cookies);
    }
    for (size_t i = 0; i < list->n; i = end) {
        uint64_t cookie = item_cookie(list->items[i]);

        end = i + 1;
        while (end < list->n && item_cookie(list->items[end]) == cookie) {
            end++;
        }
        if (end - i > 1 && is_gone(aux, cookie)) {
            cookie_put(plan, cookie);
        } else {
            memmove(&list->items[n_kept], &list->items[i],
                    (end - i) * sizeof *list->items);
            n_kept += end - i;
        }
    }
    list->n = n_kept;
}

bool
plan_is_empty(const struct plan *plan)
{
    for (size_t i = 0; i < PLAN_N_STAGES; i++) {
        if (plan->stages[i].n) {
            return false;
        }
    }
    return !plan->n_cookies;
}

size_t
plan_size(const struct plan *plan)
{
    size_t size = plan->n_cookies * DELETE_SIZE;

    for (size_t i = 0; i < PLAN_N_STAGES; i++) {
        const struct plan_list *list = &plan->stages[i];

        for (size_t j = 0; j < list->n; j++) {
            size += list->items[j]->size + MESSAGE_OVERHEAD;
        }
    }
    return size;
}

void
plan_put(struct plan *plan, struct update *update)
{
    struct plan_list *buckets = &plan->stages[PLAN_BUCKETS];

    update_reserve(update, plan_size(plan));
    for (size_t i = 0; i < PLAN_N_STAGES; i++) {
        const struct plan_list *list = &plan->stages[i];

        if (i == PLAN_OLD_FLOWS) {
            for (size_t j = 0; j < plan->n_cookies; j++) {
                update_delete_flows(update, plan->cookies[j], UINT64_MAX);
            }
        }
        if (i == PLAN_BUCKETS) {
            if (buckets->n) {
                qsort(buckets->items, buckets->n, sizeof *buckets->items,
                      compare_groups);
            }
            update_add_buckets(update, buckets->items, buckets->n);
            continue;
        }
        for (size_t j = 0; j < list->n; j++) {
            if (i == PLAN_GROUPS || i == PLAN_FLOWS) {
                update_add_item(update, list->items[j]);
            } else {
                update_remove_item(update, list->items[j]);
            }
        }
    }
}

static void
list_put(struct plan_list *list, const struct item *item)
{
    if (list->n >= list->allocated) {
        list->items = x2nrealloc(list->items, &list->allocated,
                                 sizeof *list->items);
    }
    list->items[list->n++] = item;
}

static void
cookie_put(struct plan *plan, uint64_t cookie)
{
    if (plan->n_cookies >= plan->allocated_cookies) {
        plan->cookies = x2nrealloc(plan->cookies, &plan->allocated_cookies,
                                   sizeof *plan->cookies);
    }
    plan->cookies[plan->n_cookies++] = cookie;
}

/* Compares two flows by cookie, then by ID. */
static int
compare_cookies(const void *a_, const void *b_)
{
    const struct item *const *a = a_;
    const struct item *const *b = b_;
    uint64_t cookie_a = item_cookie(*a);
    uint64_t cookie_b = item_cookie(*b);

    if (cookie_a != cookie_b) {
        return cookie_a < cookie_b ? -1 : 1;
    }
    return item_compare_ids(*a, *b);
}

/* Compares two buckets by group, then by bucket. */
static int
compare_groups(const void *a_, const void *b_)
{
    const struct item *const *a = a_;
    const struct item *const *b = b_;
    uint32_t group_a = item_group_id(*a);
    uint32_t group_b = item_group_id(*b);

    if (group_a != group_b) {
        return group_a < group_b ? -1 : 1;
    }
    return item_compare_ids(*a, *b);
}
