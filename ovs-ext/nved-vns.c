/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-vns.h"

#include <string.h>

#include "lib/nvo3-idl.h"
#include "ovsdb-idl.h"

static bool bindings_changed(const struct nved_vns *);
static void ask(struct nved_vns *);
static void add_vnics(const struct nved_vns *, const char *vn,
                      struct sset *vnics);

void
nved_vns_init(struct nved_vns *vns, struct ovsdb_idl *idl)
{
    struct ovsdb_idl_condition none = OVSDB_IDL_CONDITION_INIT(&none);

    ovsdb_idl_track_add_column(idl, &nvo3_vn_col_name);
    ovsdb_idl_track_add_column(idl, &nvo3_vn_col_vn_id);
    *vns = (struct nved_vns) {
        .idl = idl,
        .index = ovsdb_idl_index_create1(idl, &nvo3_vn_col_name),
        .asked = nvo3_vn_set_condition(idl, &none),
    };
    sset_init(&vns->names);
    ovsdb_idl_condition_destroy(&none);
}

void
nved_vns_uninit(struct nved_vns *vns)
{
    sset_destroy(&vns->names);
}

void
nved_vns_run(struct nved_vns *vns, struct sset *vnics)
{
    const struct nvo3_vn *vn;
    bool was_complete = vns->complete;

    if (bindings_changed(vns)) {
        ask(vns);
    }
    vns->complete = ovsdb_idl_get_condition_seqno(vns->idl) == vns->asked;
    if (vns->complete && !was_complete) {
        add_vnics(vns, NULL, vnics);
    }
    NVO3_VN_FOR_EACH_TRACKED (vn, vns->idl) {
        add_vnics(vns, vn->name, vnics);
    }
}

int64_t
nved_vns_find(const struct nved_vns *vns, const char *name)
{
    struct nvo3_vn *key = nvo3_vn_index_init_row(vns->index);
    const struct nvo3_vn *vn;

    nvo3_vn_index_set_name(key, name);
    vn = nvo3_vn_index_find(vns->index, key);
    nvo3_vn_index_destroy_row(key);
    return vn && vn->n_vn_id ? *vn->vn_id : 0;
}

bool
nved_vns_are_complete(const struct nved_vns *vns)
{
    return vns->complete;
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

/* Asks for the VNs that Bindings name, unless they are those asked for. */
static void
ask(struct nved_vns *vns)
{
    struct ovsdb_idl_condition c = OVSDB_IDL_CONDITION_INIT(&c);
    struct sset names = SSET_INITIALIZER(&names);
    const struct nvo3_binding *binding;
    const char *name;

    NVO3_BINDING_FOR_EACH (binding, vns->idl) {
        if (*binding->vn) {
            sset_add(&names, binding->vn);
        }
    }
    if (!sset_equals(&names, &vns->names)) {
        SSET_FOR_EACH (name, &names) {
            nvo3_vn_add_clause_name(&c, OVSDB_F_EQ, name);
        }
        vns->asked = nvo3_vn_set_condition(vns->idl, &c);
        sset_swap(&names, &vns->names);
    }
    sset_destroy(&names);
    ovsdb_idl_condition_destroy(&c);
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
