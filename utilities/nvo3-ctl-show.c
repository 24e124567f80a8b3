/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nvo3-ctl: "show", the networks as a tree for a person. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "nctl-output.h"
#include "nctl-row.h"
#include "nvo3-ctl.h"
#include "openvswitch/dynamic-string.h"
#include "ovsdb-idl.h"
#include "util.h"

/* A VNIC's place in the tree: it is in the VN called 'vn', or asks to be. */
struct leaf {
    const char *vn;             /* "" for none, or for one not known yet. */
    const char *label;          /* The VNIC's alias or name, to sort by. */
    const char *vnic;           /* The VNIC's name. */
    const struct nvo3_vnic_vn *in;      /* From the inventory, or NULL. */
    const struct nvo3_binding *binding; /* What became of it, or NULL. */
};

/* All leaves, sorted by VN, then by label, then by NVE. */
struct tree {
    struct leaf *leaves;
    size_t n, allocated;
    struct shash vnics;         /* struct nvo3_vnic by name. */
};

static void
pre_show(struct ctl_context *ctx)
{
    nctl_need_vnics(ctx);
    nctl_need_nves(ctx);
    nctl_need_table(ctx, &nvo3_table_nvo3_global);
    nctl_need_table(ctx, &nvo3_table_epoch);
    nctl_need_table(ctx, &nvo3_table_binding);
}


/* Building the tree. */

static void
tree_add(struct tree *tree, struct leaf leaf)
{
    if (tree->n >= tree->allocated) {
        tree->leaves = x2nrealloc(tree->leaves, &tree->allocated,
                                  sizeof *tree->leaves);
    }
    tree->leaves[tree->n++] = leaf;
}

static int
leaf_compare(const void *a_, const void *b_)
{
    const struct leaf *a = a_;
    const struct leaf *b = b_;
    int cmp = strcmp(a->vn, b->vn);

    cmp = cmp ? cmp : strcmp(a->label, b->label);
    cmp = cmp ? cmp : strcmp(a->vnic, b->vnic);
    /* What the inventory says of a VNIC comes before its bindings. */
    cmp = cmp ? cmp : !!a->binding - !!b->binding;
    return cmp || !a->binding || !b->binding
           ? cmp
           : strcmp(a->binding->nve, b->binding->nve);
}

static void
tree_init(struct tree *tree, const struct ovsdb_idl *idl)
{
    const struct nvo3_binding *b;
    const struct nvo3_vnic *vnic;

    *tree = (struct tree) { .vnics = SHASH_INITIALIZER(&tree->vnics) };
    NVO3_VNIC_FOR_EACH (vnic, idl) {
        const char *label = nctl_label(vnic->alias, vnic->name);

        shash_add(&tree->vnics, vnic->name, vnic);
        if (!vnic->n_vns) {
            tree_add(tree, (struct leaf) {
                         .vn = "", .label = label, .vnic = vnic->name });
        }
        for (size_t i = 0; i < vnic->n_vns; i++) {
            tree_add(tree, (struct leaf) {
                         .vn = vnic->vns[i]->vn, .label = label,
                         .vnic = vnic->name, .in = vnic->vns[i] });
        }
    }
    NVO3_BINDING_FOR_EACH (b, idl) {
        vnic = shash_find_data(&tree->vnics, b->vnic);
        tree_add(tree, (struct leaf) {
                     .vn = b->vn, .vnic = b->vnic, .binding = b,
                     .label = vnic ? nctl_label(vnic->alias, vnic->name)
                                   : b->vnic });
    }
    if (tree->n) {
        qsort(tree->leaves, tree->n, sizeof *tree->leaves, leaf_compare);
    }
}

static void
tree_uninit(struct tree *tree)
{
    free(tree->leaves);
    shash_destroy(&tree->vnics);
}

/* Returns the index of the first leaf in the VN called 'vn', or of the one
 * that comes after where it would be. */
static size_t
tree_find(const struct tree *tree, const char *vn)
{
    size_t low = 0;
    size_t high = tree->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(tree->leaves[middle].vn, vn) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}


/* Printing. */

/* Appends a line with 'status' unless that is "ok". */
static void
show_status(struct ds *out, int indent, const char *status)
{
    if (strcmp(status, "ok")) {
        ds_put_char_multiple(out, ' ', indent);
        ds_put_format(out, "%s\n", nctl_status(status));
    }
}

static void
show_inventory(struct ds *out, const struct nvo3_vnic_vn *in)
{
    for (size_t i = 0; i < in->n_macs; i++) {
        const struct nvo3_vnic_mac *mac = in->macs[i];
        char *ips = nctl_join(mac->ips, mac->n_ips);

        ds_put_format(out, "        %s%s%s\n", mac->mac, ips[0] ? " " : "",
                      ips);
        free(ips);
        if (mac->status[0]) {
            show_status(out, 12, mac->status);
        }
    }
    if (in->status[0]) {
        show_status(out, 8, in->status);
    }
}

static void
show_binding(struct ds *out, const struct nvo3_binding *b)
{
    ds_put_format(out, "        %s at NVE %s%s%s\n",
                  b->state ? b->state : "claimed", b->nve,
                  b->reason[0] ? ": " : "", b->reason);
}

/* Appends the VNIC of leaf 'i', with all the leaves that say something of it
 * in the same VN.  Returns the index of the first leaf that doesn't. */
static size_t
show_vnic(struct ds *out, const struct tree *tree, size_t i)
{
    const struct leaf *first = &tree->leaves[i];
    bool bound = false;

    ds_put_format(out, "    VNIC %s", first->label);
    if (strcmp(first->label, first->vnic)) {
        ds_put_format(out, " (%s)", first->vnic);
    }
    ds_put_char(out, '\n');
    for (; i < tree->n; i++) {
        const struct leaf *leaf = &tree->leaves[i];

        if (strcmp(leaf->vn, first->vn) || strcmp(leaf->vnic, first->vnic)) {
            break;
        }
        if (leaf->in) {
            show_inventory(out, leaf->in);
        } else if (leaf->binding) {
            show_binding(out, leaf->binding);
            bound = true;
        }
    }
    if (!bound) {
        ds_put_cstr(out, "        at no NVE\n");
    } else if (!shash_find(&tree->vnics, first->vnic)) {
        ds_put_cstr(out, "        not in the inventory\n");
    }
    return i;
}

/* Appends all that the tree has for the VN called 'vn'. */
static void
show_leaves(struct ds *out, const struct tree *tree, const char *vn)
{
    size_t i = tree_find(tree, vn);

    while (i < tree->n && !strcmp(tree->leaves[i].vn, vn)) {
        i = show_vnic(out, tree, i);
    }
}

static void
show_vn(struct ds *out, const struct tree *tree, const struct nvo3_vn *vn)
{
    ds_put_format(out, "VN %s", nctl_label(vn->alias, vn->name));
    if (vn->alias[0]) {
        ds_put_format(out, " (%s)", vn->name);
    }
    ds_put_cstr(out, "\n    ");
    if (vn->n_vn_id) {
        ds_put_format(out, "VN ID %"PRId64, vn->vn_id[0]);
    } else {
        ds_put_cstr(out, "no VN ID");
    }
    if (vn->service && strcmp(vn->service, "l2")) {
        ds_put_format(out, ", service %s", vn->service);
    }
    if (vn->tenant[0]) {
        ds_put_format(out, ", tenant %s", vn->tenant);
    }
    if (vn->admission && !strcmp(vn->admission, "open")) {
        ds_put_cstr(out, ", open admission");
    }
    ds_put_char(out, '\n');
    show_status(out, 4, vn->status);
    show_leaves(out, tree, vn->name);
}

/* Appends the leaves of VNs that don't exist. */
static void
show_strays(struct ds *out, const struct tree *tree,
            const struct ovsdb_idl *idl)
{
    const char *last = NULL;

    for (size_t i = 0; i < tree->n; i++) {
        const char *vn = tree->leaves[i].vn;

        if ((last && !strcmp(vn, last)) || nctl_vn_by_name(idl, vn)) {
            continue;
        }
        if (vn[0]) {
            ds_put_format(out, "VN %s\n    not in the inventory\n", vn);
        } else {
            ds_put_cstr(out, "In no VN\n");
        }
        show_leaves(out, tree, vn);
        last = vn;
    }
}

static void
show_nve(struct ds *out, const struct nvo3_nve *nve,
         const struct nvo3_nve_registration *reg)
{
    char *endpoints = nctl_endpoints(nve, reg, 0);

    ds_put_format(out, "NVE %s\n    %s%s, %s", nve->name,
                  endpoints[0] ? "at " : "no tunnel endpoint", endpoints,
                  nve->connected ? "connected" : "not connected");
    if (nve->n_enabled && !nve->enabled[0]) {
        ds_put_cstr(out, ", disabled");
    }
    if (!reg) {
        ds_put_cstr(out, ", agent not registered");
    }
    ds_put_char(out, '\n');
    show_status(out, 4, nve->status);
    free(endpoints);
}

static void
show_nves(struct ds *out, const struct ovsdb_idl *idl)
{
    const struct nvo3_nve **nves;
    const struct nvo3_nve_registration *reg;
    size_t n;

    nves = nctl_sorted_rows(idl, &nvo3_nve_col_name, NULL, &n);
    for (size_t i = 0; i < n; i++) {
        show_nve(out, nves[i], nctl_registration(idl, nves[i]->name));
    }
    free(nves);

    NVO3_NVE_REGISTRATION_FOR_EACH (reg, idl) {
        const struct nvo3_nve *nve;

        NVO3_NVE_FOR_EACH (nve, idl) {
            if (!strcmp(nve->name, reg->nve)) {
                break;
            }
        }
        if (!nve) {
            ds_put_format(out, "NVE %s\n    registered, but not admitted\n",
                          reg->nve);
        }
    }
}

static void
show_director(struct ds *out, const struct ovsdb_idl *idl)
{
    const struct nvo3_nvo3_global *global = nvo3_nvo3_global_first(idl);
    const struct nvo3_epoch *epoch = nvo3_epoch_first(idl);

    if (!global) {
        ds_put_cstr(out, "The database is empty; run \"nvo3-ctl init\".\n");
    }
    if (epoch) {
        ds_put_format(out, "ndirectord %s\n    epoch %"PRId64", %"PRId64
                      " of %"PRId64" synchronizations done\n",
                      epoch->director, epoch->number, epoch->sync_done,
                      global ? global->sync_request : 0);
    } else {
        ds_put_cstr(out, "No ndirectord has ever used this database.\n");
    }
}

static void
cmd_show(struct ctl_context *ctx)
{
    struct ds *out = &ctx->output;
    const struct nvo3_vn **vns;
    struct tree tree;
    size_t n;

    show_director(out, ctx->idl);
    tree_init(&tree, ctx->idl);
    vns = nctl_sorted_rows(ctx->idl, &nvo3_vn_col_name, &nvo3_vn_col_alias,
                           &n);
    for (size_t i = 0; i < n; i++) {
        show_vn(out, &tree, vns[i]);
    }
    free(vns);
    show_strays(out, &tree, ctx->idl);
    tree_uninit(&tree);
    show_nves(out, ctx->idl);
}

static const struct ctl_command_syntax show_commands[] = {
    {"show", 0, 0, "", pre_show, cmd_show, NULL, "", RO},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

/* Its help is among the commands about the database. */
const struct nctl_family show_family = { show_commands, "" };
