/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/cookies.h"

#include <stdlib.h>

#include "hash.h"
#include "util.h"

struct cookie_count {
    struct hmap_node node;      /* In struct cookies's 'map'. */
    uint64_t cookie;
    size_t n;                   /* At least 1. */
};

static struct cookie_count *find(const struct cookies *, uint64_t cookie);

void
cookies_init(struct cookies *cookies)
{
    hmap_init(&cookies->map);
}

void
cookies_uninit(struct cookies *cookies)
{
    struct cookie_count *count;

    HMAP_FOR_EACH_POP (count, node, &cookies->map) {
        free(count);
    }
    hmap_destroy(&cookies->map);
}

void
cookies_count(struct cookies *cookies, uint64_t cookie, bool in)
{
    struct cookie_count *count = find(cookies, cookie);

    if (!in) {
        ovs_assert(count);
        if (!--count->n) {
            hmap_remove(&cookies->map, &count->node);
            free(count);
        }
        return;
    }
    if (!count) {
        count = xzalloc(sizeof *count);
        count->cookie = cookie;
        hmap_insert(&cookies->map, &count->node, hash_uint64(cookie));
    }
    count->n++;
}

bool
cookies_contain(const struct cookies *cookies, uint64_t cookie)
{
    return find(cookies, cookie) != NULL;
}

size_t
cookies_memory(const struct cookies *cookies)
{
    return hmap_count(&cookies->map) * sizeof(struct cookie_count);
}

static struct cookie_count *
find(const struct cookies *cookies, uint64_t cookie)
{
    struct cookie_count *count;

    HMAP_FOR_EACH_WITH_HASH (count, node, hash_uint64(cookie),
                             &cookies->map) {
        if (count->cookie == cookie) {
            return count;
        }
    }
    return NULL;
}
