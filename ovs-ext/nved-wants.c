/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-wants.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/nvo3-types.h"
#include "util.h"

static struct shash *find_set(struct nved_wants *, const char *vn,
                              const char *vnic, char id[], size_t size,
                              const char **key);

void
nved_wants_init(struct nved_wants *wants)
{
    shash_init(&wants->vns);
    shash_init(&wants->ids);
    shash_init(&wants->vnics);
    wants->changed = false;
}

void
nved_wants_uninit(struct nved_wants *wants)
{
    shash_destroy(&wants->vns);
    shash_destroy(&wants->ids);
    shash_destroy(&wants->vnics);
}

void
nved_wants_add(struct nved_wants *wants, const char *vn, const char *vnic)
{
    char id[24];
    const char *key;
    struct shash *set = find_set(wants, vn, vnic, id, sizeof id, &key);
    struct shash_node *node;

    if (set) {
        node = shash_find(set, key);
        if (!node) {
            node = shash_add(set, key, NULL);
            wants->changed = true;
        }
        node->data = (void *) ((uintptr_t) node->data + 1);
    }
}

void
nved_wants_drop(struct nved_wants *wants, const char *vn, const char *vnic)
{
    char id[24];
    const char *key;
    struct shash *set = find_set(wants, vn, vnic, id, sizeof id, &key);
    struct shash_node *node;

    if (set) {
        node = shash_find(set, key);
        node->data = (void *) ((uintptr_t) node->data - 1);
        if (!node->data) {
            shash_delete(set, node);
            wants->changed = true;
        }
    }
}

/* Returns the set that a row with 'vn' and 'vnic' belongs to and stores in
 * '*key' its member, for which 'id' is room; NULL if it names nothing that
 * can be looked up. */
static struct shash *
find_set(struct nved_wants *wants, const char *vn, const char *vnic,
         char id[], size_t size, const char **key)
{
    long long int value;

    if (!vn[0]) {
        *key = vnic;
        return vnic && vnic[0] ? &wants->vnics : NULL;
    }
    if (strncmp(vn, "id:", 3)) {
        *key = vn;
        return &wants->vns;
    }
    if (!str_to_llong(vn + 3, 10, &value) || !vn_id_value_is_valid(value)) {
        return NULL;
    }
    snprintf(id, size, "%lld", value);
    *key = id;
    return &wants->ids;
}
