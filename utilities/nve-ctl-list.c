/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nve-ctl: what end devices ask for and what they are answered, in tables. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "nctl-output.h"
#include "nve-ctl.h"
#include "ovsdb-idl.h"
#include "util.h"

/* Returns true if the rows of 'end_device' are to be listed. */
static bool
is_listed(const char *end_device)
{
    const char *device = hctl_device_or_null();

    return !device || !strcmp(end_device, device);
}

/* Adds cells with what both kinds of answers say. */
static void
put_outcome(struct table *table, const char *state, const char *outcome,
            const int64_t *tag, size_t n_tag)
{
    nctl_table_put(table, state ? state : "");
    nctl_table_put(table, outcome ? outcome : "");
    nctl_table_put_nocopy(table, hctl_optional(tag, n_tag));
}


/* VNs. */

static void
list_connection(struct ctl_context *ctx, struct table *table,
                const struct hnve_vn_connection *c)
{
    const struct hnve_vn_connection_answer *a
        = hctl_connection_answer(ctx->idl, c->end_device, c->port, c->vn);

    nctl_table_row(table);
    nctl_table_put(table, c->end_device);
    nctl_table_put(table, c->vn);
    nctl_table_put(table, c->port);
    nctl_table_put_nocopy(table, hctl_optional(c->tag_request,
                                               c->n_tag_request));
    put_outcome(table, a ? a->state : NULL,
                hctl_outcome(a ? a->outcome : NULL,
                             a && a->claim_seq == c->client_seq),
                a ? a->tag : NULL, a ? a->n_tag : 0);
    nctl_table_put(table, a ? a->vn_name : "");
    nctl_table_put_nocopy(table, hctl_optional(a ? a->vn_id : NULL,
                                               a ? a->n_vn_id : 0));
    nctl_table_put(table, a ? a->reason : "");
}

static void
cmd_connection_list(struct ctl_context *ctx)
{
    struct table *table = nctl_table_start(
        ctx, "End device,VN,Port,Tag asked for,State,Outcome,Tag,VN Name,"
        "VN ID,Reason");
    const struct hnve_vn_connection *c;

    HNVE_VN_CONNECTION_FOR_EACH (c, ctx->idl) {
        if (is_listed(c->end_device)) {
            list_connection(ctx, table, c);
        }
    }
    nctl_table_sort(table);
}


/* VNICs. */

/* Lists the request 'r' and the answer 'a' to it; one of them may be NULL. */
static void
list_request(struct table *table, const struct hnve_vnic_request *r,
             const struct hnve_vnic_answer *a)
{
    bool is_kept = !r;

    nctl_table_row(table);
    nctl_table_put(table, r ? r->end_device : a->end_device);
    nctl_table_put(table, r ? r->vnic : a->vnic);
    nctl_table_put(table, r ? r->vn : a->vn);
    nctl_table_put(table, r ? r->port : a->port);
    nctl_table_put(table, !r ? "" : r->state ? r->state : "associated");
    put_outcome(table, a ? a->state : NULL,
                hctl_outcome(a ? a->outcome : NULL,
                             !r || (a && a->claim_seq == r->client_seq)),
                a ? a->tag : NULL, a ? a->n_tag : 0);
    nctl_table_put(table, a ? a->vn_name : "");
    nctl_table_put_nocopy(table, hctl_optional(a ? a->vn_id : NULL,
                                               a ? a->n_vn_id : 0));
    nctl_table_put_nocopy(table,
                          nctl_join(is_kept ? a->kept_addresses : r->addresses,
                                    is_kept ? a->n_kept_addresses
                                    : r->n_addresses));
    nctl_table_put_nocopy(table, a ? hctl_reasons(a) : xstrdup(""));
}

static void
cmd_request_list(struct ctl_context *ctx)
{
    struct table *table = nctl_table_start(
        ctx, "End device,VNIC,VN,Port,Asked for,State,Outcome,Tag,VN Name,"
        "VN ID,Addresses,Reason");
    const struct hnve_vnic_request *r;
    const struct hnve_vnic_answer *a;

    HNVE_VNIC_REQUEST_FOR_EACH (r, ctx->idl) {
        if (is_listed(r->end_device)) {
            list_request(table, r, hctl_vnic_answer(ctx->idl, r->end_device,
                                                    r->vnic, r->vn));
        }
    }
    HNVE_VNIC_ANSWER_FOR_EACH (a, ctx->idl) {
        if (is_listed(a->end_device)
            && !hctl_request(ctx->idl, a->end_device, a->vnic, a->vn)) {
            list_request(table, NULL, a);
        }
    }
    nctl_table_sort(table);
}

static const struct ctl_command_syntax list_commands[] = {
    {"connection-list", 0, 0, "", hctl_need_requests, cmd_connection_list,
     NULL, "", RO},
    {"request-list", 0, 0, "", hctl_need_requests, cmd_request_list, NULL, "",
     RO},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family hctl_list_family = {
    list_commands,
"Requests and answers, of all end devices or of --device:\n\
  connection-list             print which VNs are asked for\n\
  request-list                print which VNICs are asked for\n"
};
