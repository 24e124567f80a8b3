/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nvo3-ctl: commands about the database as a whole. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "nvo3-ctl-wait.h"
#include "nvo3-ctl.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "util.h"

/* The role that agents have when they connect with a certificate. */
#define HYPERVISOR_ROLE "hypervisor"

/* The column of the agents' tables that says whose the row is. */
#define OWNER_COLUMN "nve"

/* The tables that agents write, and nothing else. */
static const struct ovsdb_idl_table_class *const agent_tables[] = {
    &nvo3_table_nve_registration,
    &nvo3_table_vnic_claim,
};


/* init. */

static void
pre_init(struct ctl_context *ctx)
{
    nctl_need_table(ctx, &nvo3_table_nvo3_global);
    nctl_need_table(ctx, &nvo3_table_rbac_role);
    nctl_need_table(ctx, &nvo3_table_rbac_permission);
}

/* Returns the permission for 'table' that 'role' has, or NULL. */
static const struct nvo3_rbac_permission *
role_permission(const struct nvo3_rbac_role *role, const char *table)
{
    for (size_t i = 0; i < role->n_permissions; i++) {
        if (!strcmp(role->key_permissions[i], table)) {
            return role->value_permissions[i];
        }
    }
    return NULL;
}

/* Makes 'perm' what an agent needs for 'table': to insert, change and delete
 * rows of its own, but never to give them to another. */
static void
set_permission(const struct nvo3_rbac_permission *perm,
               const struct ovsdb_idl_table_class *table)
{
    const char *owner = OWNER_COLUMN;
    const char **columns = xmalloc(table->n_columns * sizeof *columns);
    size_t n = 0;

    for (size_t i = 0; i < table->n_columns; i++) {
        const char *name = table->columns[i].name;

        if (strcmp(name, OWNER_COLUMN)) {
            columns[n++] = name;
        }
    }
    nvo3_rbac_permission_set_table(perm, table->name);
    nvo3_rbac_permission_set_authorization(perm, &owner, 1);
    nvo3_rbac_permission_set_insert_delete(perm, true);
    nvo3_rbac_permission_set_update(perm, columns, n);
    free(columns);
}

/* Makes the hypervisors' role, or makes it right if there is one. */
static void
set_role(struct ctl_context *ctx)
{
    struct nvo3_rbac_permission *perms[ARRAY_SIZE(agent_tables)];
    const char *names[ARRAY_SIZE(agent_tables)];
    const struct nvo3_rbac_role *role;

    NVO3_RBAC_ROLE_FOR_EACH (role, ctx->idl) {
        if (!strcmp(role->name, HYPERVISOR_ROLE)) {
            break;
        }
    }
    if (!role) {
        role = nvo3_rbac_role_insert(ctx->txn);
        nvo3_rbac_role_set_name(role, HYPERVISOR_ROLE);
    }

    for (size_t i = 0; i < ARRAY_SIZE(agent_tables); i++) {
        const struct nvo3_rbac_permission *perm
            = role_permission(role, agent_tables[i]->name);

        if (!perm) {
            perm = nvo3_rbac_permission_insert(ctx->txn);
        }
        set_permission(perm, agent_tables[i]);
        names[i] = agent_tables[i]->name;
        perms[i] = CONST_CAST(struct nvo3_rbac_permission *, perm);
    }
    nvo3_rbac_role_set_permissions(role, names, perms,
                                   ARRAY_SIZE(agent_tables));
}

static void
cmd_init(struct ctl_context *ctx)
{
    if (!nvo3_nvo3_global_first(ctx->idl)) {
        nvo3_nvo3_global_insert(ctx->txn);
    }
    set_role(ctx);
}


/* Settings. */

static void
pre_global(struct ctl_context *ctx)
{
    nctl_need_table(ctx, &nvo3_table_nvo3_global);
}

static void
cmd_get_nve_admission(struct ctl_context *ctx)
{
    const struct nvo3_nvo3_global *global = nctl_global(ctx);

    if (global) {
        ds_put_format(&ctx->output, "%s\n",
                      global->nve_admission ? global->nve_admission
                      : "registered");
    }
}

static void
cmd_set_nve_admission(struct ctl_context *ctx)
{
    const struct nvo3_nvo3_global *global = nctl_global(ctx);
    const char *admission = ctx->argv[1];

    if (strcmp(admission, "open") && strcmp(admission, "registered")) {
        ctl_error(ctx, "\"%s\" is no way to admit NVEs; write \"registered\" "
                  "(those that nve-add named) or \"open\" (all that register "
                  "themselves)", admission);
    } else if (global) {
        nvo3_nvo3_global_set_nve_admission(global, admission);
    }
}


/* sync. */

static void
pre_sync(struct ctl_context *ctx)
{
    nctl_wait_need(ctx->idl, NCTL_WAIT_SYNC);
}

static void
cmd_sync(struct ctl_context *ctx)
{
    nctl_expect_sync(ctx);
}

static const struct ctl_command_syntax global_commands[] = {
    {"init", 0, 0, "", pre_init, cmd_init, NULL, "", RW},
    {"get-nve-admission", 0, 0, "", pre_global, cmd_get_nve_admission, NULL,
     "", RO},
    {"set-nve-admission", 1, 1, "ADMISSION", pre_global,
     cmd_set_nve_admission, NULL, "", RW},
    {"sync", 0, 0, "", pre_sync, cmd_sync, NULL, "", RW},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family global_family = {
    global_commands,
"Database:\n\
  init                        initialize the database, if not yet done\n\
  show                        print an overview of the networks\n\
  sync                        wait until all that was asked for is in the\n\
                              datapaths\n\
  get-nve-admission           print which NVEs are admitted\n\
  set-nve-admission registered|open\n\
                              admit the NVEs that were added, or all that\n\
                              register themselves\n"
};
