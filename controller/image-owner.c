/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/image-owner.h"

#include <stdlib.h>

#include "controller/items.h"
#include "util.h"

static const struct item **sort_items(const struct items *, size_t *n,
                                      size_t *size);

struct owner *
owner_create(uint64_t key, const struct items *items)
{
    size_t n, size;
    const struct item **sorted = sort_items(items, &n, &size);
    struct owner *owner = xmalloc(sizeof *owner + size);
    char *p = (char *) (owner + 1);

    owner->key = key;
    owner->n = n;
    owner->size = size;
    for (size_t i = 0; i < n; i++) {
        memcpy(p, sorted[i], item_footprint(sorted[i]));
        p += item_footprint(sorted[i]);
    }
    free(sorted);
    return owner;
}

const struct item *
owner_first(const struct owner *owner)
{
    return owner ? (const void *) (owner + 1) : NULL;
}

const struct item *
owner_next(const struct owner *owner, const struct item *item)
{
    const char *next = (const char *) item + item_footprint(item);
    const char *end = (const char *) (owner + 1) + owner->size;

    return next < end ? (const void *) next : NULL;
}

/* Compares two pointers to items by ID; of one ID, that which stands first in
 * memory comes first. */
static int
compare_items(const void *a_, const void *b_)
{
    const struct item *const *a = a_;
    const struct item *const *b = b_;
    int cmp = item_compare_ids(*a, *b);

    return cmp ? cmp : *a < *b ? -1 : *a > *b;
}

/* Returns a new array of pointers to the 'items', sorted by ID.  Stores
 * the number in '*n' and the bytes that they take in '*size'. */
static const struct item **
sort_items(const struct items *items, size_t *n, size_t *size)
{
    const struct item **sorted = xmalloc(items->n * sizeof *sorted);
    size_t n_sorted = 0;
    size_t n_kept = 0;

    ITEMS_FOR_EACH (item, items) {
        sorted[n_sorted++] = item;
    }
    qsort(sorted, n_sorted, sizeof *sorted, compare_items);
    *size = 0;
    for (size_t i = 0; i < n_sorted; i++) {
        if (i + 1 == n_sorted
            || item_compare_ids(sorted[i], sorted[i + 1])) {
            sorted[n_kept++] = sorted[i];
            *size += item_footprint(sorted[i]);
        }
    }
    *n = n_kept;
    return sorted;
}
