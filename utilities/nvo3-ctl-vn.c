/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nvo3-ctl: commands about virtual networks. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-types.h"
#include "nctl-args.h"
#include "nctl-output.h"
#include "nvo3-ctl-wait.h"
#include "nvo3-ctl.h"
#include "ovsdb-idl.h"
#include "svec.h"
#include "util.h"

/* Options of vn-add that are numbers. */
struct vn_options {
    int64_t id;                 /* 0 if not given. */
    int64_t gleaning, gleaning_age;     /* -1 if not given. */
};

/* Returns the VN ID that 'vn' has or, as long as it has none, asks for, or 0
 * if neither. */
static int64_t
vn_id_of(const struct nvo3_vn *vn)
{
    return (vn->n_vn_id ? vn->vn_id[0]
            : vn->n_vn_id_request ? vn->vn_id_request[0]
            : 0);
}

/* Stores in '*id' the value of the option --id, or 0 if it was not given.
 * Returns false with an error if it is not good. */
static bool
id_option(struct ctl_context *ctx, int64_t *id)
{
    const char *arg = nctl_option(ctx, "--id");
    long long int value = 0;

    if (arg && (!str_to_llong(arg, 0, &value)
                || !vn_id_value_is_valid(value))) {
        ctl_error(ctx, "\"%s\" is no VN ID; write a number from %d to %d "
                  "(0x%x)", arg, VN_ID_MIN, VN_ID_MAX, VN_ID_MAX);
        return false;
    }
    *id = value;
    return true;
}

/* Stores in '*value' the value of 'option', a number from 'min' to 'max', or
 * -1 if it was not given.  Returns false with an error if it is not good. */
static bool
number_option(struct ctl_context *ctx, const char *option, int min, int max,
              int64_t *value)
{
    const char *arg = nctl_option(ctx, option);
    long long int number = -1;

    if (arg && (!str_to_llong(arg, 10, &number)
                || number < min || number > max)) {
        ctl_error(ctx, "\"%s\" does not do for %s; write a number from %d to "
                  "%d", arg, option, min, max);
        return false;
    }
    *value = number;
    return true;
}

/* Reads --gleaning and --gleaning-age likewise. */
static bool
gleaning_options(struct ctl_context *ctx, struct vn_options *options)
{
    return (number_option(ctx, "--gleaning", 0, GLEANING_MAX,
                          &options->gleaning)
            && number_option(ctx, "--gleaning-age", GLEANING_AGE_MIN,
                             GLEANING_AGE_MAX, &options->gleaning_age));
}

/* Returns true if no VN has or asks for 'id', else sets an error. */
static bool
check_id_is_free(struct ctl_context *ctx, int64_t id)
{
    const struct nvo3_vn *vn;

    NVO3_VN_FOR_EACH (vn, ctx->idl) {
        if (vn_id_of(vn) == id
            || (vn->n_vn_id_request && vn->vn_id_request[0] == id)) {
            ctl_error(ctx, "VN ID %"PRId64" belongs to VN \"%s\"; take "
                      "another, or leave out --id to be given a free one",
                      id, nctl_label(vn->alias, vn->name));
            return false;
        }
    }
    return true;
}

static void
insert_vn(struct ctl_context *ctx, const char *name, const char *alias,
          const char *tenant, const struct vn_options *options)
{
    const struct nvo3_vn *vn = nvo3_vn_insert(ctx->txn);

    nvo3_vn_set_name(vn, name);
    nvo3_vn_set_alias(vn, alias);
    nvo3_vn_set_tenant(vn, tenant);
    if (options->id) {
        nvo3_vn_set_vn_id_request(vn, &options->id, 1);
    }
    if (options->gleaning >= 0) {
        nvo3_vn_set_gleaning(vn, &options->gleaning, 1);
    }
    if (options->gleaning_age >= 0) {
        nvo3_vn_set_gleaning_age(vn, &options->gleaning_age, 1);
    }
    if (nctl_option(ctx, "--open")) {
        nvo3_vn_set_admission(vn, "open");
    }
    if (nctl_option(ctx, "--tenant-tags")) {
        const bool yes = true;

        nvo3_vn_set_tenant_tags(vn, &yes, 1);
    }
    nctl_expect(&vn->header_, &nvo3_vn_col_status, "VN \"%s\"",
                nctl_label(alias, name));
}

/* Accepts 'vn', which is there already, in place of a new one if the command
 * says --may-exist and nothing that contradicts it. */
static void
accept_vn(struct ctl_context *ctx, const struct nvo3_vn *vn, int64_t id)
{
    if (!nctl_option(ctx, "--may-exist")) {
        ctl_error(ctx, "there is already a VN \"%s\"; --may-exist accepts "
                  "that", vn->name);
    } else if (id && id != vn_id_of(vn)) {
        ctl_error(ctx, "there is already a VN \"%s\", with the VN ID %"PRId64
                  " and not %"PRId64, vn->name, vn_id_of(vn), id);
    }
}

static void
cmd_vn_add(struct ctl_context *ctx)
{
    const char *arg = ctx->argc > 1 ? ctx->argv[1] : NULL;
    const char *alias = ctx->argc > 2 ? ctx->argv[2] : "";
    const char *tenant = nctl_tenant_option(ctx, "");
    char *name = tenant ? nctl_new_name(ctx, "VN", arg) : NULL;
    struct vn_options options;

    if (name && nctl_check_alias(ctx, "VN", alias)
        && id_option(ctx, &options.id) && gleaning_options(ctx, &options)) {
        const struct nvo3_vn *old = nctl_vn_by_name(ctx->idl, name);

        if (old) {
            accept_vn(ctx, old, options.id);
        } else if (!options.id || check_id_is_free(ctx, options.id)) {
            insert_vn(ctx, name, alias, tenant, &options);
            if (!arg || strcmp(arg, name)) {
                ds_put_format(&ctx->output, "%s\n", name);
            }
        }
    }
    free(name);
}


/* vn-del. */

/* Takes 'vn' out of 'vnic'. */
static void
take_out(const struct nvo3_vnic *vnic, const struct nvo3_vn *vn)
{
    struct nvo3_vnic_vn **vns = xmalloc((vnic->n_vns + 1) * sizeof *vns);
    size_t n = 0;

    for (size_t i = 0; i < vnic->n_vns; i++) {
        if (strcmp(vnic->vns[i]->vn, vn->name)) {
            vns[n++] = vnic->vns[i];
        }
    }
    nvo3_vnic_verify_vns(vnic);
    nvo3_vnic_set_vns(vnic, vns, n);
    free(vns);
}

/* Returns true if 'vnic' is in 'vn'. */
static bool
is_in(const struct nvo3_vnic *vnic, const struct nvo3_vn *vn)
{
    for (size_t i = 0; i < vnic->n_vns; i++) {
        if (!strcmp(vnic->vns[i]->vn, vn->name)) {
            return true;
        }
    }
    return false;
}

static void
cmd_vn_del(struct ctl_context *ctx)
{
    bool must_exist = !nctl_option(ctx, "--if-exists");
    bool cascade = nctl_option(ctx, "--cascade") != NULL;
    const struct nvo3_vn *vn = nctl_find_vn(ctx, ctx->argv[1], must_exist);
    struct svec users = SVEC_EMPTY_INITIALIZER;
    const struct nvo3_vnic *vnic;

    if (!vn) {
        return;
    }
    NVO3_VNIC_FOR_EACH (vnic, ctx->idl) {
        if (is_in(vnic, vn)) {
            svec_add(&users, nctl_label(vnic->alias, vnic->name));
            if (cascade) {
                take_out(vnic, vn);
            }
        }
    }
    if (users.n && !cascade) {
        char *list = nctl_join(users.names, MIN(users.n, 5));

        ctl_error(ctx, "VN \"%s\" still has VNICs (%s%s); delete them first, "
                  "or say --cascade to take them out of the VN",
                  nctl_label(vn->alias, vn->name), list,
                  users.n > 5 ? ", ..." : "");
        free(list);
    } else {
        nvo3_vn_delete(vn);
    }
    svec_destroy(&users);
}


/* vn-list. */

static void
cmd_vn_list(struct ctl_context *ctx)
{
    struct table *table = nctl_table_start(
        ctx, "VN,Alias,VN ID,Tenant,Admission,VNICs,Status");
    const struct nvo3_vn *vn;

    NVO3_VN_FOR_EACH (vn, ctx->idl) {
        const struct nvo3_vnic *vnic;
        int n_vnics = 0;

        NVO3_VNIC_FOR_EACH (vnic, ctx->idl) {
            n_vnics += is_in(vnic, vn);
        }
        nctl_table_row(table);
        nctl_table_put(table, vn->name);
        nctl_table_put(table, vn->alias);
        nctl_table_put_nocopy(table, vn->n_vn_id
                              ? xasprintf("%"PRId64, vn->vn_id[0])
                              : xstrdup(""));
        nctl_table_put(table, vn->tenant);
        nctl_table_put(table, vn->admission ? vn->admission : "registered");
        nctl_table_put_nocopy(table, xasprintf("%d", n_vnics));
        nctl_table_put(table, nctl_status(vn->status));
    }
    nctl_table_sort(table);
}

static const struct ctl_command_syntax vn_commands[] = {
    {"vn-add", 0, 2, "[NEW-VN] [ALIAS]", nctl_need_vns, cmd_vn_add, NULL,
     "--id=,--tenant=,--open,--tenant-tags,--gleaning=,--gleaning-age=,"
     "--may-exist", RW},
    {"vn-del", 1, 1, "VN", nctl_need_vnics, cmd_vn_del, NULL,
     "--if-exists,--cascade", RW},
    {"vn-list", 0, 0, "", nctl_need_vnics, cmd_vn_list, NULL, "", RO},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family vn_family = {
    vn_commands,
"Virtual networks (VNs):\n\
  vn-add [NAME|- [ALIAS]]     add a VN; without a name or with -, print\n\
                              the UUID that was made for it\n\
                              --id=N --tenant=TENANT --open\n\
                              --tenant-tags --gleaning=N\n\
                              --gleaning-age=SECONDS\n\
  vn-del VN                   delete VN; --cascade: though it has VNICs\n\
  vn-list                     print all VNs\n"
};
