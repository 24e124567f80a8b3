/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nvo3-ctl: commands about tenants. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "nctl-args.h"
#include "nctl-output.h"
#include "nvo3-ctl.h"
#include "ovsdb-idl.h"
#include "svec.h"
#include "util.h"

static void
cmd_tenant_add(struct ctl_context *ctx)
{
    const char *arg = ctx->argc > 1 ? ctx->argv[1] : NULL;
    const char *alias = ctx->argc > 2 ? ctx->argv[2] : "";
    char *name = nctl_new_name(ctx, "tenant", arg);
    const struct nvo3_tenant *tenant;

    if (!name || !nctl_check_alias(ctx, "tenant", alias)) {
        free(name);
        return;
    }
    NVO3_TENANT_FOR_EACH (tenant, ctx->idl) {
        if (!strcmp(tenant->name, name)) {
            if (!nctl_option(ctx, "--may-exist")) {
                ctl_error(ctx, "there is already a tenant \"%s\"; "
                          "--may-exist accepts that", name);
            }
            free(name);
            return;
        }
    }

    tenant = nvo3_tenant_insert(ctx->txn);
    nvo3_tenant_set_name(tenant, name);
    nvo3_tenant_set_alias(tenant, alias);
    if (!arg || strcmp(arg, name)) {
        ds_put_format(&ctx->output, "%s\n", name);
    }
    free(name);
}

/* Returns what belongs to 'tenant' in words, with ", " in between, to be
 * freed; NULL if nothing does. */
static char *
belongings(const struct ctl_context *ctx, const char *tenant)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    const struct nvo3_vnic *vnic;
    const struct nvo3_vn *vn;
    char *list = NULL;

    NVO3_VN_FOR_EACH (vn, ctx->idl) {
        if (!strcmp(vn->tenant, tenant)) {
            svec_add_nocopy(&words, xasprintf("VN %s", vn->name));
        }
    }
    NVO3_VNIC_FOR_EACH (vnic, ctx->idl) {
        if (!strcmp(vnic->tenant, tenant)) {
            svec_add_nocopy(&words, xasprintf("VNIC %s", vnic->name));
        }
    }
    if (words.n) {
        svec_sort(&words);
        list = nctl_join(words.names, MIN(words.n, 5));
    }
    svec_destroy(&words);
    return list;
}

static void
cmd_tenant_del(struct ctl_context *ctx)
{
    bool must_exist = !nctl_option(ctx, "--if-exists");
    const struct nvo3_tenant *tenant
        = nctl_find_tenant(ctx, ctx->argv[1], must_exist);
    char *owned;

    if (!tenant) {
        return;
    }
    owned = belongings(ctx, tenant->name);
    if (owned) {
        ctl_error(ctx, "tenant \"%s\" still has %s; delete these first",
                  tenant->name, owned);
        free(owned);
        return;
    }
    nvo3_tenant_delete(tenant);
}

static void
cmd_tenant_list(struct ctl_context *ctx)
{
    struct table *table = nctl_table_start(ctx, "Tenant,Alias,VNs,VNICs");
    const struct nvo3_tenant *tenant;

    NVO3_TENANT_FOR_EACH (tenant, ctx->idl) {
        const struct nvo3_vnic *vnic;
        const struct nvo3_vn *vn;
        int n_vnics = 0;
        int n_vns = 0;

        NVO3_VN_FOR_EACH (vn, ctx->idl) {
            n_vns += !strcmp(vn->tenant, tenant->name);
        }
        NVO3_VNIC_FOR_EACH (vnic, ctx->idl) {
            n_vnics += !strcmp(vnic->tenant, tenant->name);
        }
        nctl_table_row(table);
        nctl_table_put(table, tenant->name);
        nctl_table_put(table, tenant->alias);
        nctl_table_put_nocopy(table, xasprintf("%d", n_vns));
        nctl_table_put_nocopy(table, xasprintf("%d", n_vnics));
    }
    nctl_table_sort(table);
}

static const struct ctl_command_syntax tenant_commands[] = {
    {"tenant-add", 0, 2, "[NEW-TENANT] [ALIAS]", nctl_need_vns,
     cmd_tenant_add, NULL, "--may-exist", RW},
    {"tenant-del", 1, 1, "TENANT", nctl_need_vnics, cmd_tenant_del, NULL,
     "--if-exists", RW},
    {"tenant-list", 0, 0, "", nctl_need_vnics, cmd_tenant_list, NULL, "", RO},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family tenant_family = {
    tenant_commands,
"Tenants:\n\
  tenant-add [NAME|- [ALIAS]] add a tenant\n\
  tenant-del TENANT           delete TENANT, which must own nothing\n\
  tenant-list                 print all tenants\n"
};
