/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/tnved-vlan.h"

#include <stdlib.h>
#include <string.h>

#include "ovs-ext/tnved-answer.h"
#include "util.h"

static const int64_t dead[] = { TNVED_VLAN_DEAD };

int64_t
tnved_vlan_decide(const struct tnved_vlan_facts *facts)
{
    const struct tnved_answer *answer = facts->answer;

    if (!facts->wanted) {
        return 0;
    }
    if (!facts->known) {
        return facts->now;
    }
    if (!answer || !tnved_answer_is_open(answer)) {
        return 0;
    }
    return answer->current || answer->tag == facts->now ? answer->tag : 0;
}

struct tnved_vlan
tnved_vlan_blocked(void)
{
    return (struct tnved_vlan) {
        .mode = "trunk",
        .tag = -1,
        .trunks = dead,
        .n_trunks = ARRAY_SIZE(dead),
        .protected = true,
    };
}

struct tnved_vlan
tnved_vlan_access(int64_t tag)
{
    return (struct tnved_vlan) { .mode = "access", .tag = tag };
}

struct tnved_vlan
tnved_vlan_tunnel(int64_t tag)
{
    return (struct tnved_vlan) {
        .mode = "dot1q-tunnel",
        .tag = tag,
        .tenant_tags = true,
    };
}

static int
compare_tags(const void *a_, const void *b_)
{
    const int64_t *a = a_;
    const int64_t *b = b_;

    return *a < *b ? -1 : *a > *b;
}

struct tnved_vlan
tnved_vlan_trunk(int64_t *tags, size_t n)
{
    size_t n_unique = 0;

    if (!n) {
        return tnved_vlan_blocked();
    }
    qsort(tags, n, sizeof *tags, compare_tags);
    for (size_t i = 0; i < n; i++) {
        if (!n_unique || tags[n_unique - 1] != tags[i]) {
            tags[n_unique++] = tags[i];
        }
    }
    return (struct tnved_vlan) {
        .mode = "trunk",
        .tag = -1,
        .trunks = tags,
        .n_trunks = n_unique,
    };
}

bool
tnved_vlan_equals(const struct tnved_vlan *a, const struct tnved_vlan *b)
{
    return (nullable_string_is_equal(a->mode, b->mode)
            && a->tag == b->tag
            && a->protected == b->protected
            && a->tenant_tags == b->tenant_tags
            && a->n_trunks == b->n_trunks
            && (!a->n_trunks
                || !memcmp(a->trunks, b->trunks,
                           a->n_trunks * sizeof *a->trunks)));
}
