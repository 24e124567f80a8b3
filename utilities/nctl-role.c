/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nctl-role.h"

#include <stdlib.h>
#include <string.h>

#include "db-ctl-base.h"
#include "nctl-row.h"
#include "ovsdb-idl-provider.h"
#include "util.h"

void
nctl_need_roles(struct ctl_context *ctx)
{
    nctl_need(ctx, "RBAC_Role");
    nctl_need(ctx, "RBAC_Permission");
}

/* Returns the permission for 'table' that 'role' has, or NULL. */
static const struct ovsdb_idl_row *
role_permission(const struct ovsdb_idl_row *role, const char *table)
{
    for (size_t i = 0; i < nctl_get_n(role, "permissions"); i++) {
        if (!strcmp(nctl_get_key(role, "permissions", i), table)) {
            return nctl_get_row(role, "permissions", i);
        }
    }
    return NULL;
}

static bool
is_fixed(const struct nctl_grant *grant, const char *column)
{
    for (size_t i = 0; i < NCTL_GRANT_FIXED_MAX && grant->fixed[i]; i++) {
        if (!strcmp(grant->fixed[i], column)) {
            return true;
        }
    }
    return false;
}

/* Makes 'perm' what 'grant', which is about 'table', says. */
static void
set_permission(const struct ovsdb_idl_row *perm,
               const struct nctl_grant *grant,
               const struct ovsdb_idl_table_class *table)
{
    const char **columns = xmalloc(table->n_columns * sizeof *columns);
    size_t n = 0;

    for (size_t i = 0; i < table->n_columns; i++) {
        if (!is_fixed(grant, table->columns[i].name)) {
            columns[n++] = table->columns[i].name;
        }
    }
    nctl_set_text(perm, "table", grant->table);
    nctl_set_text(perm, "authorization", grant->owner);
    nctl_set_bool(perm, "insert_delete", true);
    nctl_set_texts(perm, "update", columns, n);
    free(columns);
}

/* Returns the role called 'name', which is made if there is none. */
static const struct ovsdb_idl_row *
get_role(struct ctl_context *ctx, const char *name)
{
    const struct ovsdb_idl_row *role = nctl_first(ctx, "RBAC_Role");

    while (role && strcmp(nctl_get_text(role, "name"), name)) {
        role = nctl_next(role);
    }
    if (!role) {
        role = nctl_insert(ctx, "RBAC_Role");
        nctl_set_text(role, "name", name);
    }
    return role;
}

void
nctl_set_role(struct ctl_context *ctx, const char *name,
              const struct nctl_grant *grants, size_t n)
{
    const struct ovsdb_idl_row *role = get_role(ctx, name);
    const struct ovsdb_idl_row **perms = xmalloc(n * sizeof *perms);
    const char **tables = xmalloc(n * sizeof *tables);

    for (size_t i = 0; i < n; i++) {
        tables[i] = grants[i].table;
        perms[i] = role_permission(role, tables[i]);
        if (!perms[i]) {
            perms[i] = nctl_insert(ctx, "RBAC_Permission");
        }
        set_permission(perms[i], &grants[i], nctl_table(ctx, tables[i]));
    }
    nctl_set_row_map(role, "permissions", tables, perms, n);
    free(perms);
    free(tables);
}
