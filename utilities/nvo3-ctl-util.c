/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nvo3-ctl.h"

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "nvo3-ctl-output.h"
#include "ovsdb-data.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "svec.h"
#include "util.h"
#include "uuid.h"

/* A kind of object that has a name and perhaps an alias. */
struct object_kind {
    const char *noun;
    const char *list_command;   /* Lists all objects of the kind. */
    const struct ovsdb_idl_table_class *table;
    const struct ovsdb_idl_column *name;
    const struct ovsdb_idl_column *alias; /* NULL if it has none. */
};

static const struct object_kind tenant_kind = {
    "tenant", "tenant-list", &nvo3_table_tenant, &nvo3_tenant_col_name,
    &nvo3_tenant_col_alias
};
static const struct object_kind vn_kind = {
    "VN", "vn-list", &nvo3_table_vn, &nvo3_vn_col_name, &nvo3_vn_col_alias
};
static const struct object_kind vnic_kind = {
    "VNIC", "vnic-list", &nvo3_table_vnic, &nvo3_vnic_col_name,
    &nvo3_vnic_col_alias
};
static const struct object_kind nve_kind = {
    "NVE", "nve-list", &nvo3_table_nve, &nvo3_nve_col_name, NULL
};

static const struct ovsdb_idl_row *find_object(struct ctl_context *,
                                               const struct object_kind *,
                                               const char *id,
                                               bool must_exist);


/* Tables. */

void
nctl_need_table(struct ctl_context *ctx,
                const struct ovsdb_idl_table_class *table)
{
    ovsdb_idl_add_table(ctx->idl, table);
    for (size_t i = 0; i < table->n_columns; i++) {
        ovsdb_idl_add_column(ctx->idl, &table->columns[i]);
    }
}

void
nctl_need_vns(struct ctl_context *ctx)
{
    nctl_need_table(ctx, &nvo3_table_tenant);
    nctl_need_table(ctx, &nvo3_table_vn);
}

void
nctl_need_vnics(struct ctl_context *ctx)
{
    nctl_need_vns(ctx);
    nctl_need_table(ctx, &nvo3_table_vnic);
    nctl_need_table(ctx, &nvo3_table_vnic_vn);
    nctl_need_table(ctx, &nvo3_table_vnic_mac);
}

void
nctl_need_nves(struct ctl_context *ctx)
{
    nctl_need_table(ctx, &nvo3_table_nve);
    nctl_need_table(ctx, &nvo3_table_nve_registration);
}

const char *
nctl_row_text(const struct ovsdb_idl_row *row,
              const struct ovsdb_idl_column *column)
{
    return ovsdb_idl_get(row, column, OVSDB_TYPE_STRING,
                         OVSDB_TYPE_VOID)->keys[0].s->string;
}


/* Finding rows. */

const struct nvo3_tenant *
nctl_find_tenant(struct ctl_context *ctx, const char *id, bool must_exist)
{
    const struct ovsdb_idl_row *row
        = find_object(ctx, &tenant_kind, id, must_exist);

    return row ? CONTAINER_OF(row, struct nvo3_tenant, header_) : NULL;
}

const struct nvo3_vn *
nctl_find_vn(struct ctl_context *ctx, const char *id, bool must_exist)
{
    const struct ovsdb_idl_row *row
        = find_object(ctx, &vn_kind, id, must_exist);

    return row ? CONTAINER_OF(row, struct nvo3_vn, header_) : NULL;
}

const struct nvo3_vnic *
nctl_find_vnic(struct ctl_context *ctx, const char *id, bool must_exist)
{
    const struct ovsdb_idl_row *row
        = find_object(ctx, &vnic_kind, id, must_exist);

    return row ? CONTAINER_OF(row, struct nvo3_vnic, header_) : NULL;
}

const struct nvo3_nve *
nctl_find_nve(struct ctl_context *ctx, const char *id, bool must_exist)
{
    const struct ovsdb_idl_row *row
        = find_object(ctx, &nve_kind, id, must_exist);

    return row ? CONTAINER_OF(row, struct nvo3_nve, header_) : NULL;
}

const struct nvo3_vn *
nctl_vn_by_name(const struct ovsdb_idl *idl, const char *name)
{
    const struct nvo3_vn *vn;

    NVO3_VN_FOR_EACH (vn, idl) {
        if (!strcmp(vn->name, name)) {
            return vn;
        }
    }
    return NULL;
}

const struct nvo3_nvo3_global *
nctl_global(struct ctl_context *ctx)
{
    const struct nvo3_nvo3_global *global = nvo3_nvo3_global_first(ctx->idl);

    if (!global) {
        ctl_error(ctx, "the database is empty; run \"nvo3-ctl init\" first");
    }
    return global;
}

const struct nvo3_nve_registration *
nctl_registration(const struct ovsdb_idl *idl, const char *nve)
{
    const struct nvo3_nve_registration *reg;

    NVO3_NVE_REGISTRATION_FOR_EACH (reg, idl) {
        if (!strcmp(reg->nve, nve)) {
            return reg;
        }
    }
    return NULL;
}


/* Finding an object of any kind. */

/* The rows that an identifier may mean. */
struct candidates {
    const struct ovsdb_idl_row *exact;  /* The one of that name. */
    struct svec by_alias;               /* Names of those of that alias. */
    struct svec by_prefix;              /* Names that begin so. */
    const struct ovsdb_idl_row *alias, *prefix; /* The first of each. */
};

/* Returns true if 'id' is the beginning of 'name', which is a UUID. */
static bool
is_uuid_prefix(const char *name, const char *id)
{
    struct uuid uuid;

    return (strlen(id) >= 4 && uuid_from_string(&uuid, name)
            && !strncasecmp(name, id, strlen(id)));
}

static void
candidates_add(struct candidates *c, const struct object_kind *kind,
               const struct ovsdb_idl_row *row, const char *id)
{
    const char *name = nctl_row_text(row, kind->name);

    if (!strcmp(name, id)) {
        c->exact = row;
    }
    if (kind->alias && !strcmp(nctl_row_text(row, kind->alias), id)) {
        svec_add(&c->by_alias, name);
        c->alias = c->alias ? c->alias : row;
    }
    if (is_uuid_prefix(name, id)) {
        svec_add(&c->by_prefix, name);
        c->prefix = c->prefix ? c->prefix : row;
    }
}

/* Sets the error that 'id' may mean any of 'names'. */
static void
ambiguous(struct ctl_context *ctx, const struct object_kind *kind,
          const char *id, const struct svec *names)
{
    char *quoted = nvo3_quote(id);
    char *list = nctl_join(names->names, MIN(names->n, 5));

    ctl_error(ctx, "%s may be any of %"PRIuSIZE" %ss (%s%s); give the whole "
              "name", quoted, names->n, kind->noun, list,
              names->n > 5 ? ", ..." : "");
    free(list);
    free(quoted);
}

static const struct ovsdb_idl_row *
candidates_choose(struct ctl_context *ctx, const struct object_kind *kind,
                  const char *id, const struct candidates *c)
{
    if (c->exact) {
        return c->exact;
    } else if (c->by_alias.n == 1) {
        return c->alias;
    } else if (c->by_alias.n) {
        ambiguous(ctx, kind, id, &c->by_alias);
    } else if (c->by_prefix.n == 1) {
        return c->prefix;
    } else if (c->by_prefix.n) {
        ambiguous(ctx, kind, id, &c->by_prefix);
    }
    return NULL;
}

static const struct ovsdb_idl_row *
find_object(struct ctl_context *ctx, const struct object_kind *kind,
            const char *id, bool must_exist)
{
    struct candidates c = {
        .by_alias = SVEC_EMPTY_INITIALIZER,
        .by_prefix = SVEC_EMPTY_INITIALIZER,
    };
    const struct ovsdb_idl_row *row;

    /* The empty alias is no alias. */
    for (row = id[0] ? ovsdb_idl_first_row(ctx->idl, kind->table) : NULL;
         row; row = ovsdb_idl_next_row(row)) {
        candidates_add(&c, kind, row, id);
    }
    row = candidates_choose(ctx, kind, id, &c);
    svec_destroy(&c.by_alias);
    svec_destroy(&c.by_prefix);

    if (!row && must_exist && !ctx->error) {
        char *quoted = nvo3_quote(id);

        ctl_error(ctx, "there is no %s %s; \"nvo3-ctl %s\" lists what there "
                  "is", kind->noun, quoted, kind->list_command);
        free(quoted);
    }
    return row;
}
