/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nvo3-ctl: commands that show what ndirectord has decided. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "nctl-output.h"
#include "nctl-row.h"
#include "nvo3-ctl.h"
#include "ovsdb-idl.h"
#include "util.h"

static void
pre_binding(struct ctl_context *ctx)
{
    nctl_need_vnics(ctx);
    nctl_need_nves(ctx);
    nctl_need_table(ctx, &nvo3_table_binding);
}

static void
pre_mapping(struct ctl_context *ctx)
{
    pre_binding(ctx);
    nctl_need_table(ctx, &nvo3_table_vnic_claim);
}


/* binding-list. */

static void
list_binding(struct table *table, const struct ovsdb_idl *idl,
             const struct nvo3_binding *b)
{
    const struct nvo3_vn *vn = nctl_vn_by_name(idl, b->vn);

    nctl_table_row(table);
    nctl_table_put(table, b->vnic);
    nctl_table_put(table, vn ? nctl_label(vn->alias, vn->name) : b->vn);
    nctl_table_put(table, b->nve);
    nctl_table_put(table, b->state ? b->state : "");
    nctl_table_put_nocopy(table, xasprintf("%"PRId64, b->generation));
    nctl_table_put_nocopy(table, xasprintf("%"PRId64, b->epoch));
    nctl_table_put(table, b->reason);
}

/* Returns true if the bindings of the VNIC called 'binding_vnic' are to be
 * listed when the user asks for 'arg', which is 'vnic' if the inventory has
 * it. */
static bool
is_asked_for(const char *binding_vnic, const char *arg,
             const struct nvo3_vnic *vnic)
{
    return !arg || !strcmp(binding_vnic, vnic ? vnic->name : arg);
}

static void
cmd_binding_list(struct ctl_context *ctx)
{
    const char *arg = ctx->argc > 1 ? ctx->argv[1] : NULL;
    /* A VNIC in a VN of open admission need not be in the inventory. */
    const struct nvo3_vnic *vnic = arg ? nctl_find_vnic(ctx, arg, false)
                                       : NULL;
    const struct nvo3_binding *b;
    struct table *table;

    if (ctx->error) {
        return;
    }
    table = nctl_table_start(ctx, "VNIC,VN,NVE,State,Generation,Epoch,Reason");
    NVO3_BINDING_FOR_EACH (b, ctx->idl) {
        if (is_asked_for(b->vnic, arg, vnic)) {
            list_binding(table, ctx->idl, b);
        }
    }
    nctl_table_sort(table);
}


/* mapping-list.
 *
 * A mapping says at which NVE an address is.  There is one for each address
 * of a VNIC whose binding is activated.  The addresses are those in the
 * inventory, or if that has none for the VN, those that the claim names. */

/* All objects by name, so that a mapping is found at once. */
struct mapping_index {
    struct shash vns;
    struct shash vnics;
    struct shash nves;
    struct shash registrations;
};

static void
mapping_index_init(struct mapping_index *index, const struct ovsdb_idl *idl)
{
    const struct nvo3_nve_registration *reg;
    const struct nvo3_vnic *vnic;
    const struct nvo3_nve *nve;
    const struct nvo3_vn *vn;

    shash_init(&index->vns);
    shash_init(&index->vnics);
    shash_init(&index->nves);
    shash_init(&index->registrations);
    NVO3_VN_FOR_EACH (vn, idl) {
        shash_add(&index->vns, vn->name, vn);
    }
    NVO3_VNIC_FOR_EACH (vnic, idl) {
        shash_add(&index->vnics, vnic->name, vnic);
    }
    NVO3_NVE_FOR_EACH (nve, idl) {
        shash_add(&index->nves, nve->name, nve);
    }
    NVO3_NVE_REGISTRATION_FOR_EACH (reg, idl) {
        shash_add(&index->registrations, reg->nve, reg);
    }
}

static void
mapping_index_uninit(struct mapping_index *index)
{
    shash_destroy(&index->vns);
    shash_destroy(&index->vnics);
    shash_destroy(&index->nves);
    shash_destroy(&index->registrations);
}

/* Adds the mapping of 'mac' and 'ips', of which it takes ownership, that 'b'
 * makes. */
static void
list_mapping(struct table *table, const struct mapping_index *index,
             const struct nvo3_binding *b, const char *mac, char *ips)
{
    const struct nvo3_vn *vn = shash_find_data(&index->vns, b->vn);
    const struct nvo3_vnic *vnic = shash_find_data(&index->vnics, b->vnic);
    const struct nvo3_nve *nve = shash_find_data(&index->nves, b->nve);
    const struct nvo3_nve_registration *reg
        = shash_find_data(&index->registrations, b->nve);

    nctl_table_row(table);
    nctl_table_put(table, vn ? nctl_label(vn->alias, vn->name) : b->vn);
    nctl_table_put_nocopy(table, vn && vn->n_vn_id
                          ? xasprintf("%"PRId64, vn->vn_id[0])
                          : xstrdup(""));
    nctl_table_put(table, mac);
    nctl_table_put_nocopy(table, ips);
    nctl_table_put(table, vnic ? nctl_label(vnic->alias, vnic->name)
                               : b->vnic);
    nctl_table_put(table, b->nve);
    nctl_table_put_nocopy(table, nctl_endpoints(nve, reg, 1));
    nctl_table_put_nocopy(table, xasprintf("%"PRId64, b->generation));
}

/* Lists the mappings from the inventory that 'b' makes.  Returns false if the
 * inventory has no addresses for it. */
static bool
list_inventory(struct table *table, const struct mapping_index *index,
               const struct nvo3_binding *b)
{
    const struct nvo3_vnic *vnic = shash_find_data(&index->vnics, b->vnic);
    bool found = false;

    for (size_t i = 0; vnic && i < vnic->n_vns; i++) {
        const struct nvo3_vnic_vn *in = vnic->vns[i];

        for (size_t j = 0; !strcmp(in->vn, b->vn) && j < in->n_macs; j++) {
            list_mapping(table, index, b, in->macs[j]->mac,
                         nctl_join(in->macs[j]->ips, in->macs[j]->n_ips));
            found = true;
        }
    }
    return found;
}

/* Lists the mappings that 'b' makes of the addresses in 'claim'. */
static void
list_claim(struct table *table, const struct mapping_index *index,
           const struct nvo3_binding *b, const struct nvo3_vnic_claim *claim)
{
    for (size_t i = 0; i < claim->n_addresses; i++) {
        char *copy = xstrdup(claim->addresses[i]);
        char *ips = copy;
        char *mac = strsep(&ips, " ");

        list_mapping(table, index, b, mac, xstrdup(ips ? ips : ""));
        free(copy);
    }
}

/* Returns the claim that 'b' answers, or NULL. */
static const struct nvo3_vnic_claim *
binding_claim(const struct ovsdb_idl *idl, const struct nvo3_binding *b)
{
    const struct nvo3_vnic_claim *claim;

    NVO3_VNIC_CLAIM_FOR_EACH (claim, idl) {
        if (!strcmp(claim->nve, b->nve) && !strcmp(claim->vnic, b->vnic)
            && (!claim->vn[0] || !strcmp(claim->vn, b->vn))) {
            return claim;
        }
    }
    return NULL;
}

static void
cmd_mapping_list(struct ctl_context *ctx)
{
    const struct nvo3_vn *vn
        = ctx->argc > 1 ? nctl_find_vn(ctx, ctx->argv[1], true) : NULL;
    const struct nvo3_binding *b;
    struct mapping_index index;
    struct table *table;

    if (ctx->error) {
        return;
    }
    mapping_index_init(&index, ctx->idl);
    table = nctl_table_start(
        ctx, "VN,VN ID,MAC,IPs,VNIC,NVE,Endpoint,Generation");
    NVO3_BINDING_FOR_EACH (b, ctx->idl) {
        const struct nvo3_vnic_claim *claim;

        if (!b->state || strcmp(b->state, "activated")
            || (vn && strcmp(b->vn, vn->name))
            || list_inventory(table, &index, b)) {
            continue;
        }
        claim = binding_claim(ctx->idl, b);
        if (claim) {
            list_claim(table, &index, b, claim);
        }
    }
    mapping_index_uninit(&index);
    nctl_table_sort(table);
}

static const struct ctl_command_syntax binding_commands[] = {
    {"binding-list", 0, 1, "[VNIC]", pre_binding, cmd_binding_list, NULL, "",
     RO},
    {"mapping-list", 0, 1, "[VN]", pre_mapping, cmd_mapping_list, NULL, "",
     RO},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family binding_family = {
    binding_commands,
"Verdicts:\n\
  binding-list [VNIC]         print where VNICs are, or why they are not\n\
  mapping-list [VN]           print which address is at which NVE\n"
};
