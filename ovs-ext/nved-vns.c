/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-vns.h"

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-idl.h"
#include "lib/nvo3-types.h"
#include "ovs-ext/nved-wants.h"
#include "ovs-ext/split.h"
#include "ovsdb-idl.h"
#include "util.h"

#define REFUSED "refused: "

static const struct nvo3_vn *find_vn(const struct nved_vns *,
                                     const char *name);
static void note_changes(struct nved_vns *);
static void note_all(struct nved_vns *);
static bool bindings_changed(const struct nved_vns *);
static void ask_if_stale(struct nved_vns *);
static void add_vnics(const struct nved_vns *, const char *vn,
                      struct sset *vnics);
static void feed_vn(struct nved_vns *, struct split *, const char *name);
static void feed_registrations(struct nved_vns *, struct split *);

static const struct ovsdb_idl_column *const columns[] = {
    &nvo3_vn_col_name,
    &nvo3_vn_col_status,
    &nvo3_vn_col_tenant,
    &nvo3_vn_col_vn_id,
    &nvo3_vnic_col_name,
    &nvo3_vnic_col_vns,
    &nvo3_vnic_vn_col_vn,
};

void
nved_vns_init(struct nved_vns *vns, struct ovsdb_idl *idl)
{
    struct ovsdb_idl_condition none = OVSDB_IDL_CONDITION_INIT(&none);

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_track_add_column(idl, columns[i]);
    }
    nvo3_vnic_set_condition(idl, &none);
    nvo3_vnic_vn_set_condition(idl, &none);
    *vns = (struct nved_vns) {
        .idl = idl,
        .index = ovsdb_idl_index_create1(idl, &nvo3_vn_col_name),
        .vnics = ovsdb_idl_index_create1(idl, &nvo3_vnic_col_name),
        .asked = nvo3_vn_set_condition(idl, &none),
    };
    sset_init(&vns->names);
    sset_init(&vns->changed);
    sset_init(&vns->fed);
    sset_init(&vns->registered);
    ovsdb_idl_condition_destroy(&none);
}

void
nved_vns_uninit(struct nved_vns *vns)
{
    sset_destroy(&vns->names);
    sset_destroy(&vns->changed);
    sset_destroy(&vns->fed);
    sset_destroy(&vns->registered);
}

void
nved_vns_set_wants(struct nved_vns *vns, struct nved_wants *wants)
{
    vns->wants = wants;
    sset_clear(&vns->fed);
    sset_clear(&vns->registered);
    note_all(vns);
    ask_if_stale(vns);
}

void
nved_vns_run(struct nved_vns *vns, bool reloaded, struct sset *vnics)
{
    const struct nvo3_vn *vn;
    bool was_complete = vns->complete;

    note_changes(vns);
    if (reloaded) {
        note_all(vns);
    }
    ask_if_stale(vns);
    if (vns->complete && !was_complete) {
        add_vnics(vns, NULL, vnics);
    }
    NVO3_VN_FOR_EACH_TRACKED (vn, vns->idl) {
        add_vnics(vns, vn->name, vnics);
    }
}

bool
nved_vns_feed(struct nved_vns *vns, struct split *split)
{
    const char *name;

    if (vns->wants->changed) {
        vns->wants->changed = false;
        vns->stale = vns->lookup = true;
        ask_if_stale(vns);
    }
    SSET_FOR_EACH (name, &vns->changed) {
        feed_vn(vns, split, name);
    }
    sset_clear(&vns->changed);
    if (vns->complete && vns->lookup) {
        vns->lookup = false;
        feed_registrations(vns, split);
    }
    return vns->complete;
}

int64_t
nved_vns_find(const struct nved_vns *vns, const char *name)
{
    const struct nvo3_vn *vn = find_vn(vns, name);

    return vn && vn->n_vn_id ? *vn->vn_id : 0;
}

bool
nved_vns_are_complete(const struct nved_vns *vns)
{
    return vns->complete;
}

static const struct nvo3_vn *
find_vn(const struct nved_vns *vns, const char *name)
{
    struct nvo3_vn *key = nvo3_vn_index_init_row(vns->index);
    const struct nvo3_vn *vn;

    nvo3_vn_index_set_name(key, name);
    vn = nvo3_vn_index_find(vns->index, key);
    nvo3_vn_index_destroy_row(key);
    return vn;
}

static const struct nvo3_vnic *
find_vnic(const struct nved_vns *vns, const char *name)
{
    struct nvo3_vnic *key = nvo3_vnic_index_init_row(vns->vnics);
    const struct nvo3_vnic *vnic;

    nvo3_vnic_index_set_name(key, name);
    vnic = nvo3_vnic_index_find(vns->vnics, key);
    nvo3_vnic_index_destroy_row(key);
    return vnic;
}

/* What changed. */

static void
note_changes(struct nved_vns *vns)
{
    const struct nvo3_vn *vn;

    NVO3_VN_FOR_EACH_TRACKED (vn, vns->idl) {
        if (vns->wants) {
            sset_add(&vns->changed, vn->name);
        }
    }
    if (nvo3_vnic_track_get_first(vns->idl)
        || nvo3_vnic_vn_track_get_first(vns->idl)) {
        vns->stale = vns->lookup = true;
    }
    if (bindings_changed(vns)) {
        vns->stale = true;
    }
}

/* Notes that anything may have changed. */
static void
note_all(struct nved_vns *vns)
{
    const struct nvo3_vn *vn;
    const char *name;

    vns->stale = vns->lookup = true;
    if (vns->wants) {
        NVO3_VN_FOR_EACH (vn, vns->idl) {
            sset_add(&vns->changed, vn->name);
        }
        SSET_FOR_EACH (name, &vns->fed) {
            sset_add(&vns->changed, name);
        }
    }
}

/* Returns true if tracked changes may make Bindings name other VNs than were
 * asked for. */
static bool
bindings_changed(const struct nved_vns *vns)
{
    const struct nvo3_binding *binding;

    NVO3_BINDING_FOR_EACH_TRACKED (binding, vns->idl) {
        if (nvo3_binding_is_deleted(binding)
            || !sset_contains(&vns->names, binding->vn)) {
            return true;
        }
    }
    return false;
}

/* Conditions. */

/* Adds to 'names' the VNs in which the VNICs that are wanted are. */
static void
add_registered(const struct nved_vns *vns, struct sset *names)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &vns->wants->vnics) {
        const struct nvo3_vnic *vnic = find_vnic(vns, node->name);

        for (size_t i = 0; vnic && i < vnic->n_vns; i++) {
            sset_add(names, vnic->vns[i]->vn);
        }
    }
}

/* Adds to 'names' those of all VNs that are named. */
static void
collect_names(const struct nved_vns *vns, struct sset *names)
{
    const struct nvo3_binding *binding;
    const struct shash_node *node;

    NVO3_BINDING_FOR_EACH (binding, vns->idl) {
        if (*binding->vn) {
            sset_add(names, binding->vn);
        }
    }
    if (vns->wants) {
        SHASH_FOR_EACH (node, &vns->wants->vns) {
            sset_add(names, node->name);
        }
        add_registered(vns, names);
    }
}

/* Asks for the VNs in 'vns->names' and those whose VN IDs are wanted. */
static void
ask_for_vns(struct nved_vns *vns)
{
    struct ovsdb_idl_condition c = OVSDB_IDL_CONDITION_INIT(&c);
    const struct shash_node *node;
    const char *name;

    SSET_FOR_EACH (name, &vns->names) {
        nvo3_vn_add_clause_name(&c, OVSDB_F_EQ, name);
    }
    if (vns->wants) {
        SHASH_FOR_EACH (node, &vns->wants->ids) {
            int64_t id = strtoll(node->name, NULL, 10);

            nvo3_vn_add_clause_vn_id(&c, OVSDB_F_INCLUDES, &id, 1);
        }
    }
    vns->asked = nvo3_vn_set_condition(vns->idl, &c);
    ovsdb_idl_condition_destroy(&c);
}

/* Asks for the VNICs that are wanted, and what they refer to. */
static void
ask_for_vnics(struct nved_vns *vns)
{
    struct ovsdb_idl_condition c = OVSDB_IDL_CONDITION_INIT(&c);
    struct ovsdb_idl_condition vn = OVSDB_IDL_CONDITION_INIT(&vn);
    const struct shash_node *node;
    unsigned int asked;

    if (vns->wants && !shash_is_empty(&vns->wants->vnics)) {
        SHASH_FOR_EACH (node, &vns->wants->vnics) {
            nvo3_vnic_add_clause_name(&c, OVSDB_F_EQ, node->name);
        }
        ovsdb_idl_condition_add_clause_true(&vn);
    }
    asked = nvo3_vnic_vn_set_condition(vns->idl, &vn);
    vns->asked = MAX(vns->asked, asked);
    asked = nvo3_vnic_set_condition(vns->idl, &c);
    vns->asked = MAX(vns->asked, asked);
    ovsdb_idl_condition_destroy(&vn);
    ovsdb_idl_condition_destroy(&c);
}

/* If other rows may have to be asked for, does so; the IDL keeps to itself
 * what is asked for already.  Finds out whether all is there.
 *
 * 'asked' is computed anew each time, and so after each reconnection: what was
 * on its way then came with the contents, and no reply will count for it. */
static void
ask_if_stale(struct nved_vns *vns)
{
    struct sset names = SSET_INITIALIZER(&names);

    if (vns->stale) {
        vns->stale = false;
        collect_names(vns, &names);
        sset_swap(&names, &vns->names);
        ask_for_vns(vns);
        ask_for_vnics(vns);
    }
    sset_destroy(&names);
    vns->complete = ovsdb_idl_get_condition_seqno(vns->idl) >= vns->asked;
}

/* Adds to 'vnics' those that are in 'vn', or all if it is NULL. */
static void
add_vnics(const struct nved_vns *vns, const char *vn, struct sset *vnics)
{
    const struct nvo3_binding *binding;

    NVO3_BINDING_FOR_EACH (binding, vns->idl) {
        if (!vn || !strcmp(binding->vn, vn)) {
            sset_add(vnics, binding->vnic);
        }
    }
}

/* Feeding. */

static void
feed_vn(struct nved_vns *vns, struct split *split, const char *name)
{
    const struct nvo3_vn *row = find_vn(vns, name);
    struct split_vn vn;

    if (!row) {
        if (sset_find_and_delete(&vns->fed, name)) {
            split_remove_vn(split, name);
        }
        return;
    }
    vn = (struct split_vn) {
        .name = row->name,
        .tenant = row->tenant,
        .vn_id = (row->n_vn_id && vn_id_value_is_valid(*row->vn_id)
                  ? (uint32_t) *row->vn_id : 0),
        .error = (!strncmp(row->status, REFUSED, strlen(REFUSED))
                  ? row->status + strlen(REFUSED) : NULL),
    };
    split_put_vn(split, &vn);
    sset_add(&vns->fed, name);
}

static void
feed_registration(const struct nved_vns *vns, struct split *split,
                  const char *name)
{
    const struct nvo3_vnic *vnic = NULL;
    struct sset names = SSET_INITIALIZER(&names);

    if (shash_find(&vns->wants->vnics, name)) {
        vnic = find_vnic(vns, name);
    }
    for (size_t i = 0; vnic && i < vnic->n_vns; i++) {
        sset_add(&names, vnic->vns[i]->vn);
    }
    split_put_registration(split, name, &names);
    sset_destroy(&names);
}

/* Puts the VNs of all VNICs that are wanted, and none for those that no
 * longer are. */
static void
feed_registrations(struct nved_vns *vns, struct split *split)
{
    const struct shash_node *node;
    const char *name;

    SHASH_FOR_EACH (node, &vns->wants->vnics) {
        sset_add(&vns->registered, node->name);
    }
    SSET_FOR_EACH_SAFE (name, &vns->registered) {
        feed_registration(vns, split, name);
        if (!shash_find(&vns->wants->vnics, name)) {
            sset_find_and_delete(&vns->registered, name);
        }
    }
}
