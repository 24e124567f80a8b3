/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nvo3-ctl: commands about network virtualization edges. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "nctl-args.h"
#include "nctl-output.h"
#include "nctl-row.h"
#include "nvo3-ctl-wait.h"
#include "nvo3-ctl.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nvo3_ctl_nve);

/* The tunnel endpoints of an NVE, as NVE.endpoints holds them. */
struct endpoints {
    char **ips;
    int64_t *priorities;
    size_t n;
};

static void
endpoints_uninit(struct endpoints *e)
{
    for (size_t i = 0; i < e->n; i++) {
        free(e->ips[i]);
    }
    free(e->ips);
    free(e->priorities);
}

/* Adds the endpoint that 'arg' ("192.0.2.1" or "192.0.2.1=10") means. */
static bool
endpoints_add(struct ctl_context *ctx, struct endpoints *e, const char *arg)
{
    const char *equals = strchr(arg, '=');
    char *text = equals ? xmemdup0(arg, equals - arg) : xstrdup(arg);
    long long int priority = 0;
    struct in6_addr ip;
    char *error = nvo3_endpoint_parse(text, &ip);

    if (error) {
        ctl_error(ctx, "%s", error);
        free(error);
    } else if (equals && !str_to_llong(equals + 1, 10, &priority)) {
        ctl_error(ctx, "\"%s\" has no good priority; write a number after "
                  "the \"=\", the higher the better", arg);
    } else {
        e->ips[e->n] = nctl_canonical_ip(ctx, text);
        e->priorities[e->n++] = priority;
    }
    free(text);
    return !ctx->error;
}

/* Reads the endpoints among the arguments of 'ctx' from 'first' on. */
static bool
endpoints_parse(struct ctl_context *ctx, int first, struct endpoints *e)
{
    e->n = 0;
    e->ips = xmalloc(ctx->argc * sizeof *e->ips);
    e->priorities = xmalloc(ctx->argc * sizeof *e->priorities);
    for (int i = first; i < ctx->argc; i++) {
        if (!endpoints_add(ctx, e, ctx->argv[i])) {
            return false;
        }
    }
    return true;
}

/* Returns true if no NVE has one of 'e', else sets an error. */
static bool
check_endpoints_are_free(struct ctl_context *ctx, const struct endpoints *e)
{
    const struct nvo3_nve *nve;

    NVO3_NVE_FOR_EACH (nve, ctx->idl) {
        for (size_t i = 0; i < e->n * nve->n_endpoints; i++) {
            const char *ip = e->ips[i % e->n];

            if (nctl_ip_equals(ip, nve->key_endpoints[i / e->n])) {
                ctl_error(ctx, "the tunnel endpoint %s belongs to NVE "
                          "\"%s\" already", ip, nve->name);
                return false;
            }
        }
    }
    return true;
}

/* Stores in '*dpid' the value of the option --datapath-id in its one right
 * form, to be freed; NULL if it was not given. */
static bool
datapath_id_option(struct ctl_context *ctx, char **dpid)
{
    const char *arg = nctl_option(ctx, "--datapath-id");
    struct datapath_id id;
    char *error = arg ? nvo3_datapath_id_parse(arg, &id) : NULL;
    const struct nvo3_nve *nve;

    *dpid = NULL;
    if (error) {
        ctl_error(ctx, "%s", error);
        free(error);
        return false;
    } else if (!arg) {
        return true;
    }
    NVO3_NVE_FOR_EACH (nve, ctx->idl) {
        if (nve->datapath_id && !strcasecmp(nve->datapath_id, arg)) {
            ctl_error(ctx, "the datapath id %s belongs to NVE \"%s\" already",
                      arg, nve->name);
            return false;
        }
    }
    *dpid = xasprintf("%016"PRIx64, id.value);
    return true;
}

static bool
kind_option(struct ctl_context *ctx, const char **kind)
{
    *kind = nctl_option(ctx, "--kind");
    if (*kind && strcmp(*kind, "embedded") && strcmp(*kind, "external")
        && strcmp(*kind, "hw_vtep")) {
        ctl_error(ctx, "\"%s\" is no kind of NVE; write embedded, external "
                  "or hw_vtep", *kind);
        return false;
    }
    return true;
}

/* Stores in '*quota' the value of the option --quota, or -1. */
static bool
quota_option(struct ctl_context *ctx, int64_t *quota)
{
    const char *arg = nctl_option(ctx, "--quota");
    long long int value = -1;

    if (arg && (!str_to_llong(arg, 10, &value) || value < 0)) {
        ctl_error(ctx, "\"%s\" is no quota; write the most VNICs that the "
                  "NVE may have, 0 or more", arg);
        return false;
    }
    *quota = value;
    return true;
}

static void
insert_nve(struct ctl_context *ctx, const char *name,
           const struct endpoints *e)
{
    const struct nvo3_nve *nve;
    const char *kind;
    int64_t quota;
    char *dpid;

    if (!kind_option(ctx, &kind) || !quota_option(ctx, &quota)
        || !datapath_id_option(ctx, &dpid)) {
        return;
    }
    nve = nvo3_nve_insert(ctx->txn);
    nvo3_nve_set_name(nve, name);
    nvo3_nve_set_endpoints(nve, (const char **) e->ips, e->priorities, e->n);
    if (kind) {
        nvo3_nve_set_kind(nve, kind);
    }
    if (quota >= 0) {
        nvo3_nve_set_vnic_quota(nve, &quota, 1);
    }
    if (dpid) {
        nvo3_nve_set_datapath_id(nve, dpid);
    }
    nctl_expect(&nve->header_, &nvo3_nve_col_status, "NVE \"%s\"", name);
    free(dpid);
}

static void
cmd_nve_add(struct ctl_context *ctx)
{
    const char *arg = ctx->argv[1];
    const struct nvo3_nve *nve;
    struct endpoints e;
    char *name;

    if (!strcmp(arg, "-")) {
        ctl_error(ctx, "an NVE must have a name, the one that its agent "
                  "uses; see external_ids:nvo3-nve-name in ovs-nved(8)");
        return;
    }
    name = nctl_new_name(ctx, "NVE", arg);
    if (!name) {
        return;
    }
    NVO3_NVE_FOR_EACH (nve, ctx->idl) {
        if (!strcmp(nve->name, name)) {
            if (!nctl_option(ctx, "--may-exist")) {
                ctl_error(ctx, "there is already an NVE \"%s\"; --may-exist "
                          "accepts that", name);
            }
            free(name);
            return;
        }
    }
    if (endpoints_parse(ctx, 2, &e) && check_endpoints_are_free(ctx, &e)) {
        insert_nve(ctx, name, &e);
    }
    endpoints_uninit(&e);
    free(name);
}


/* Other changes. */

static void
pre_nve_del(struct ctl_context *ctx)
{
    nctl_need_nves(ctx);
    nctl_need_table(ctx, &nvo3_table_nvo3_global);
}

static void
cmd_nve_del(struct ctl_context *ctx)
{
    bool must_exist = !nctl_option(ctx, "--if-exists");
    const struct nvo3_nve *nve = nctl_find_nve(ctx, ctx->argv[1], must_exist);
    const struct nvo3_nvo3_global *global
        = nvo3_nvo3_global_first(ctx->idl);

    if (!nve) {
        return;
    }
    if (global && global->nve_admission
        && !strcmp(global->nve_admission, "open")
        && nctl_registration(ctx->idl, nve->name)) {
        VLOG_WARN("NVE %s: will be back at once, since NVE admission is open "
                  "and its agent is registered (nve-disable keeps it out)",
                  nve->name);
    }
    nvo3_nve_delete(nve);
}

static void
set_enabled(struct ctl_context *ctx, bool enabled)
{
    const struct nvo3_nve *nve = nctl_find_nve(ctx, ctx->argv[1], true);

    if (nve) {
        nvo3_nve_set_enabled(nve, &enabled, 1);
        nctl_expect(&nve->header_, &nvo3_nve_col_status, "NVE \"%s\"",
                    nve->name);
    }
}

static void
cmd_nve_enable(struct ctl_context *ctx)
{
    set_enabled(ctx, true);
}

static void
cmd_nve_disable(struct ctl_context *ctx)
{
    set_enabled(ctx, false);
}


/* nve-list. */

static void
list_nve(struct table *table, const struct nvo3_nve *nve,
         const struct nvo3_nve_registration *reg)
{
    const char *dpid = (nve->datapath_id ? nve->datapath_id
                        : reg ? reg->datapath_id
                        : "");

    nctl_table_row(table);
    nctl_table_put(table, nve->name);
    nctl_table_put(table, nve->kind ? nve->kind : "embedded");
    nctl_table_put_nocopy(table, nctl_endpoints(nve, reg, 0));
    nctl_table_put(table, dpid);
    nctl_table_put(table, reg ? "yes" : "no");
    nctl_table_put(table, nve->n_enabled && !nve->enabled[0] ? "no" : "yes");
    nctl_table_put(table, nve->connected ? "yes" : "no");
    nctl_table_put(table, nctl_status(nve->status));
}

/* Lists a registration that has no NVE. */
static void
list_stranger(struct table *table, const struct nvo3_nve_registration *reg)
{
    nctl_table_row(table);
    nctl_table_put(table, reg->nve);
    nctl_table_put(table, "");
    nctl_table_put_nocopy(table, nctl_endpoints(NULL, reg, 0));
    nctl_table_put(table, reg->datapath_id);
    nctl_table_put(table, "yes");
    nctl_table_put(table, "no");
    nctl_table_put(table, "no");
    nctl_table_put(table, "not admitted; nve-add admits it");
}

static void
cmd_nve_list(struct ctl_context *ctx)
{
    struct table *table = nctl_table_start(
        ctx, "NVE,Kind,Endpoints,Datapath ID,Registered,Enabled,Connected,"
        "Status");
    const struct nvo3_nve_registration *reg;
    struct shash registrations = SHASH_INITIALIZER(&registrations);
    struct shash_node *node;
    const struct nvo3_nve *nve;

    NVO3_NVE_REGISTRATION_FOR_EACH (reg, ctx->idl) {
        shash_add(&registrations, reg->nve, reg);
    }
    NVO3_NVE_FOR_EACH (nve, ctx->idl) {
        list_nve(table, nve, shash_find_and_delete(&registrations,
                                                   nve->name));
    }
    SHASH_FOR_EACH (node, &registrations) {
        list_stranger(table, node->data);
    }
    shash_destroy(&registrations);
    nctl_table_sort(table);
}

static const struct ctl_command_syntax nve_commands[] = {
    {"nve-add", 1, INT_MAX, "NEW-NVE [ENDPOINT]...", nctl_need_nves,
     cmd_nve_add, NULL, "--kind=,--datapath-id=,--quota=,--may-exist", RW},
    {"nve-del", 1, 1, "NVE", pre_nve_del, cmd_nve_del, NULL, "--if-exists",
     RW},
    {"nve-enable", 1, 1, "NVE", nctl_need_nves, cmd_nve_enable, NULL, "",
     RW},
    {"nve-disable", 1, 1, "NVE", nctl_need_nves, cmd_nve_disable, NULL, "",
     RW},
    {"nve-list", 0, 0, "", nctl_need_nves, cmd_nve_list, NULL, "", RO},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family nve_family = {
    nve_commands,
"Network virtualization edges (NVEs):\n\
  nve-add NAME [ENDPOINT[=PRIORITY]]...\n\
                              admit the NVE whose agent is called NAME\n\
                              --kind=KIND --datapath-id=ID --quota=N\n\
  nve-del NVE                 delete NVE\n\
  nve-enable NVE              let NVE take part\n\
  nve-disable NVE             take NVE out of all VNs\n\
  nve-list                    print all NVEs and whether they are connected\n"
};
