/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nve-ctl: commands about end devices. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "nctl-args.h"
#include "nctl-output.h"
#include "nctl-row.h"
#include "nve-ctl.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "svec.h"
#include "util.h"

static void
pre_device(struct ctl_context *ctx)
{
    nctl_need_table(ctx, &hnve_table_end_device);
}

/* Writes the names that the option 'option' lists into the column of 'row'
 * that has the same name, if it was given.  Each is the name of a 'noun'. */
static void
set_names(struct ctl_context *ctx, const struct ovsdb_idl_row *row,
          const char *option, const char *noun)
{
    struct svec names;
    const char *name;
    size_t i;

    nctl_split(nctl_option(ctx, option), &names);
    svec_sort_unique(&names);
    SVEC_FOR_EACH (i, name, &names) {
        if (!hctl_check_name(ctx, noun, name)) {
            break;
        }
    }
    if (!ctx->error && names.n) {
        nctl_set_texts(row, option + 2, (const char *const *) names.names,
                       names.n);
    }
    svec_destroy(&names);
}

/* Writes the number that the option 'option' says into 'column' of 'row', if
 * it was given. */
static void
set_quota(struct ctl_context *ctx, const struct ovsdb_idl_row *row,
          const char *option, const char *column)
{
    const char *arg = nctl_option(ctx, option);
    long long int quota;

    if (!arg) {
        return;
    }
    if (!str_to_llong(arg, 10, &quota) || quota < 0) {
        char *quoted = nvo3_quote(arg);

        ctl_error(ctx, "%s=%s is no quota; write a number, or leave it out "
                  "for no limit", option, quoted);
        free(quoted);
        return;
    }
    nctl_set_integer(row, column, quota);
}

static void
cmd_device_add(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *row = hctl_add(ctx, &hctl_device_kind);

    if (!row) {
        return;
    }
    set_names(ctx, row, "--ports", "port");
    set_names(ctx, row, "--tenants", "tenant");
    set_names(ctx, row, "--vnics", "VNIC");
    set_quota(ctx, row, "--vnic-quota", "vnic_quota");
    set_quota(ctx, row, "--vn-quota", "vn_quota");
}

static void
cmd_device_del(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *row
        = hctl_find_doomed(ctx, &hctl_device_kind);

    if (row) {
        ovsdb_idl_txn_delete(row);
    }
}

static void
set_enabled(struct ctl_context *ctx, bool enabled)
{
    const struct ovsdb_idl_row *row
        = hctl_find(ctx, &hctl_device_kind, ctx->argv[1], true);

    if (row) {
        nctl_set_bool(row, "enabled", enabled);
    }
}

static void
cmd_device_enable(struct ctl_context *ctx)
{
    set_enabled(ctx, true);
}

static void
cmd_device_disable(struct ctl_context *ctx)
{
    set_enabled(ctx, false);
}

/* Adds a cell with 'names', or "any" if there are none. */
static void
put_names(struct table *table, char **names, size_t n)
{
    if (n) {
        nctl_table_put_nocopy(table, nctl_join(names, n));
    } else {
        nctl_table_put(table, "any");
    }
}

static void
cmd_device_list(struct ctl_context *ctx)
{
    struct table *table = nctl_table_start(
        ctx, "End device,Enabled,Ports,Tenants,VNICs,VNIC quota,VN quota");
    const struct hnve_end_device *d;

    HNVE_END_DEVICE_FOR_EACH (d, ctx->idl) {
        nctl_table_row(table);
        nctl_table_put(table, d->name);
        nctl_table_put(table, d->n_enabled && !d->enabled[0] ? "no" : "yes");
        put_names(table, d->ports, d->n_ports);
        put_names(table, d->tenants, d->n_tenants);
        put_names(table, d->vnics, d->n_vnics);
        nctl_table_put_nocopy(table, hctl_optional(d->vnic_quota,
                                                   d->n_vnic_quota));
        nctl_table_put_nocopy(table, hctl_optional(d->vn_quota,
                                                   d->n_vn_quota));
    }
    nctl_table_sort(table);
}

static const struct ctl_command_syntax device_commands[] = {
    {"device-add", 1, 1, "NEW-DEVICE", pre_device, cmd_device_add, NULL,
     "--ports=,--tenants=,--vnics=,--vnic-quota=,--vn-quota=,--may-exist",
     RW},
    {"device-del", 1, 1, "DEVICE", pre_device, cmd_device_del, NULL,
     "--if-exists", RW},
    {"device-enable", 1, 1, "DEVICE", pre_device, cmd_device_enable, NULL, "",
     RW},
    {"device-disable", 1, 1, "DEVICE", pre_device, cmd_device_disable, NULL,
     "", RW},
    {"device-list", 0, 0, "", pre_device, cmd_device_list, NULL, "", RO},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family hctl_device_family = {
    device_commands,
"End devices:\n\
  device-add NAME             admit the end device NAME\n\
                              --ports=PORT,... --tenants=TENANT,...\n\
                              --vnics=VNIC,... --vnic-quota=N --vn-quota=N\n\
  device-del DEVICE           withdraw all that DEVICE has, and forget it\n\
  device-enable DEVICE        let DEVICE use the NVE\n\
  device-disable DEVICE       withdraw all that DEVICE has\n\
  device-list                 print all end devices\n"
};
