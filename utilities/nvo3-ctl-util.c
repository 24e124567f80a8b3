/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nvo3-ctl.h"

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "nctl-args.h"
#include "nctl-output.h"
#include "nctl-row.h"
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
    const struct ovsdb_idl_row *row = nctl_global_row(ctx);

    return row ? CONTAINER_OF(row, struct nvo3_nvo3_global, header_) : NULL;
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

const char *
nctl_tenant_option(struct ctl_context *ctx, const char *fallback)
{
    const char *id = nctl_option(ctx, "--tenant");
    const struct nvo3_tenant *tenant;

    if (!id) {
        return fallback;
    }
    tenant = nctl_find_tenant(ctx, id, true);
    return tenant ? tenant->name : NULL;
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


/* Words for people. */

const char *
nctl_status(const char *status)
{
    return status[0] ? status : "(no verdict yet)";
}

/* An endpoint with its priority. */
struct endpoint {
    const char *ip;
    int64_t priority;
};

static int
endpoint_compare(const void *a_, const void *b_)
{
    const struct endpoint *a = a_;
    const struct endpoint *b = b_;

    return (a->priority != b->priority
            ? (a->priority > b->priority ? -1 : 1)
            : strcmp(a->ip, b->ip));
}

char *
nctl_endpoints(const struct nvo3_nve *nve,
               const struct nvo3_nve_registration *reg, size_t max)
{
    bool own = nve && nve->n_endpoints;
    size_t n = own ? nve->n_endpoints : reg ? reg->n_endpoints : 0;
    struct endpoint *endpoints = xmalloc((n + 1) * sizeof *endpoints);
    char **ips = xmalloc((n + 1) * sizeof *ips);
    char *text;

    for (size_t i = 0; i < n; i++) {
        endpoints[i].ip = own ? nve->key_endpoints[i] : reg->key_endpoints[i];
        endpoints[i].priority = (own ? nve->value_endpoints[i]
                                 : reg->value_endpoints[i]);
    }
    qsort(endpoints, n, sizeof *endpoints, endpoint_compare);
    for (size_t i = 0; i < n; i++) {
        ips[i] = CONST_CAST(char *, endpoints[i].ip);
    }
    text = nctl_join(ips, max ? MIN(n, max) : n);
    free(endpoints);
    free(ips);
    return text;
}
