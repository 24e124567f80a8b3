/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_PLAN_H
#define CONTROLLER_PLAN_H 1

/* Plan: which items an update adds and removes, in the order in which a
 * datapath can take them.  For image.c only.
 *
 *     struct plan plan = PLAN_INIT;
 *     plan_add(&plan, item);
 *     plan_remove(&plan, other_item);
 *     plan_put(&plan, update);
 *     plan_uninit(&plan);
 *
 * Items are borrowed until plan_uninit().  Single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct item;
struct update;

/* The stages, in their order in a bundle: a group before its buckets before
 * the flows that use it, and the other way round for removal, since OVS
 * deletes the flows of a group that is deleted. */
enum plan_stage {
    PLAN_REPLACED_BUCKETS,      /* Removed, to be added again below. */
    PLAN_GROUPS,
    PLAN_BUCKETS,
    PLAN_FLOWS,                 /* A flow that changes is just added again. */
    PLAN_OLD_FLOWS,
    PLAN_OLD_BUCKETS,
    PLAN_OLD_GROUPS,
    PLAN_N_STAGES
};

struct plan_list {
    const struct item **items;
    size_t n;
    size_t allocated;
};

struct plan {
    struct plan_list stages[PLAN_N_STAGES];
    uint64_t *cookies;          /* Removed whole, beside PLAN_OLD_FLOWS. */
    size_t n_cookies, allocated_cookies;
};
#define PLAN_INIT { .stages = { { .items = NULL } } }

/* Frees what 'plan' owns. */
void plan_uninit(struct plan *plan);

/* Puts the adding of 'item' in its stage. */
void plan_add(struct plan *plan, const struct item *item);

/* Puts the removing of 'item' in its stage. */
void plan_remove(struct plan *plan, const struct item *item);

/* Puts the change of 'old' into 'new', which have one ID, in 'plan'. */
void plan_change(struct plan *plan, const struct item *old,
                 const struct item *new);

/* Has the flows that are to be removed, where several have one cookie and
 * 'is_gone' (called with 'aux') says that after this no flow has it, be removed
 * by one message for each such cookie. */
void plan_join_removals(struct plan *plan,
                        bool (*is_gone)(const void *aux, uint64_t cookie),
                        const void *aux);

/* Returns true if there is nothing to do. */
bool plan_is_empty(const struct plan *plan);

/* Returns the bytes that all messages of 'plan' take in an update, or a little
 * more. */
size_t plan_size(const struct plan *plan);

/* Appends all messages of 'plan' to 'update'.  Sorts the buckets. */
void plan_put(struct plan *plan, struct update *update);

#endif /* controller/plan.h */
