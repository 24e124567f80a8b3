/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/plan.h"

#include <stdlib.h>

#include "controller/items.h"
#include "controller/update.h"
#include "util.h"

/* An upper bound of what a bundle needs besides an item. */
#define MESSAGE_OVERHEAD 16

static void list_put(struct plan_list *, const struct item *);
static int compare_groups(const void *, const void *);

void
plan_uninit(struct plan *plan)
{
    for (size_t i = 0; i < PLAN_N_STAGES; i++) {
        free(plan->stages[i].items);
    }
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

bool
plan_is_empty(const struct plan *plan)
{
    for (size_t i = 0; i < PLAN_N_STAGES; i++) {
        if (plan->stages[i].n) {
            return false;
        }
    }
    return true;
}

size_t
plan_size(const struct plan *plan)
{
    size_t size = 0;

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
