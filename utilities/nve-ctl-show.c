/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nve-ctl: show, the whole NVE as a tree. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "nctl-output.h"
#include "nctl-row.h"
#include "nve-ctl.h"
#include "openvswitch/dynamic-string.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "sset.h"
#include "util.h"

static void
pre_show(struct ctl_context *ctx)
{
    nctl_need_global(ctx);
    nctl_need_table(ctx, &hnve_table_nve_status);
    nctl_need_table(ctx, &hnve_table_segment);
    nctl_need_table(ctx, &hnve_table_tag);
    hctl_need_places(ctx);
    hctl_need_requests(ctx);
}


/* Segments and their ports. */

static void
show_nve(struct ds *out, const struct ovsdb_idl *idl)
{
    const struct hnve_nve_status *status = hnve_nve_status_first(idl);

    if (!hnve_nve_global_first(idl)) {
        ds_put_format(out, "The database is empty; run \"%s init\".\n",
                      program_name);
    }
    if (!status) {
        ds_put_cstr(out, "No ovs-nved has ever used this database.\n");
        return;
    }
    ds_put_format(out, "NVE %s\n",
                  status->nve[0] ? status->nve : "(name not known)");
    if (strcmp(status->status, "ok")) {
        ds_put_format(out, "    %s\n", status->status);
    }
}

/* Appends the ports in 'segment'. */
static void
show_ports(struct ds *out, const struct ovsdb_idl *idl, const char *segment)
{
    const struct hnve_access_port **ports;
    size_t n;

    ports = nctl_sorted_rows(idl, &hnve_access_port_col_name, NULL, &n);
    for (size_t i = 0; i < n; i++) {
        const struct hnve_access_port *p = ports[i];

        if (!strcmp(p->segment[0] ? p->segment : p->name, segment)) {
            ds_put_format(out, "    port %s%s\n", p->name,
                          p->n_enabled && !p->enabled[0] ? ", disabled" : "");
        }
    }
    free(ports);
}

/* Appends the tags of 'segment'. */
static void
show_tags(struct ds *out, const struct ovsdb_idl *idl, const char *segment)
{
    const struct hnve_tag **tags;
    size_t n;

    tags = hctl_sorted_tags(idl, &n);
    for (size_t i = 0; i < n; i++) {
        const struct hnve_tag *t = tags[i];

        if (!strcmp(t->segment, segment)) {
            ds_put_format(out, "    tag %"PRId64" is VN %s%s\n", t->tag,
                          t->vn, t->state && !strcmp(t->state, "resting")
                          ? ", resting" : "");
        }
    }
    free(tags);
}

/* Appends what 'segment' gives tags from. */
static void
show_pools(struct ds *out, struct ctl_context *ctx, const char *segment)
{
    const struct ovsdb_idl_row *row
        = hctl_find(ctx, &hctl_segment_kind, segment, false);
    const struct ovsdb_idl_row *port
        = hctl_find(ctx, &hctl_port_kind, segment, false);
    const char *tags = "";

    if (row) {
        tags = nctl_get_text(row, "tags");
    } else if (port && !nctl_get_text(port, "segment")[0]) {
        tags = nctl_get_text(port, "tags");
    } else {
        ds_put_cstr(out, "    there is no such segment\n");
        return;
    }
    ds_put_format(out, "    tags %s", tags[0] ? tags : "1-4094");
    if (row && nctl_get_text(row, "request_tags")[0]) {
        ds_put_format(out, ", on request %s",
                      nctl_get_text(row, "request_tags"));
    }
    ds_put_char(out, '\n');
}

/* Appends all segments, also those that only a port or a tag knows. */
static void
show_segments(struct ds *out, struct ctl_context *ctx)
{
    struct sset names = SSET_INITIALIZER(&names);
    const struct hnve_access_port *p;
    const struct hnve_segment *s;
    const struct hnve_tag *t;
    const char **sorted;

    HNVE_SEGMENT_FOR_EACH (s, ctx->idl) {
        sset_add(&names, s->name);
    }
    HNVE_ACCESS_PORT_FOR_EACH (p, ctx->idl) {
        sset_add(&names, p->segment[0] ? p->segment : p->name);
    }
    HNVE_TAG_FOR_EACH (t, ctx->idl) {
        sset_add(&names, t->segment);
    }
    sorted = sset_sort(&names);
    for (size_t i = 0; i < sset_count(&names); i++) {
        ds_put_format(out, "Segment %s\n", sorted[i]);
        show_pools(out, ctx, sorted[i]);
        show_ports(out, ctx->idl, sorted[i]);
        show_tags(out, ctx->idl, sorted[i]);
    }
    free(sorted);
    sset_destroy(&names);
}


/* End devices and their requests. */

/* What an answer of either kind says. */
struct answer {
    const char *state;
    const char *outcome;        /* In words if there is none yet. */
    const char *reasons;
    const char *vn_name;
    int64_t tag, vn_id;         /* 0: none. */
};

/* Appends 'a'. */
static void
show_answer(struct ds *out, const struct answer *a)
{
    ds_put_format(out, "        %s", a->state ? a->state : "not known");
    if (a->tag) {
        ds_put_format(out, ", tag %"PRId64, a->tag);
    }
    if (a->vn_id) {
        ds_put_format(out, ", VN ID %"PRId64, a->vn_id);
    }
    if (a->vn_name[0]) {
        ds_put_format(out, ", VN Name %s", a->vn_name);
    }
    ds_put_char(out, '\n');
    if (strcmp(a->outcome, "done") || a->reasons[0]) {
        ds_put_format(out, "        %s%s%s\n", a->outcome,
                      a->reasons[0] ? ": " : "", a->reasons);
    }
}

static void
show_connection(struct ds *out, const struct ovsdb_idl *idl,
                const struct hnve_vn_connection *c)
{
    const struct hnve_vn_connection_answer *a
        = hctl_connection_answer(idl, c->end_device, c->port, c->vn);
    struct answer answer = {
        .state = a ? a->state : NULL,
        .outcome = hctl_outcome(a ? a->outcome : NULL,
                                a && a->claim_seq == c->client_seq),
        .reasons = a ? a->reason : "",
        .vn_name = a && strcmp(a->vn_name, c->vn) ? a->vn_name : "",
        .tag = a && a->n_tag ? a->tag[0] : 0,
        .vn_id = a && a->n_vn_id ? a->vn_id[0] : 0,
    };

    ds_put_format(out, "    VN %s on port %s", c->vn, c->port);
    if (c->n_tag_request) {
        ds_put_format(out, ", asks for tag %"PRId64, c->tag_request[0]);
    }
    ds_put_char(out, '\n');
    show_answer(out, &answer);
}

static void
show_addresses(struct ds *out, char **addresses, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ds_put_format(out, "        %s\n", addresses[i]);
    }
}

/* Appends the request 'r', if it is not NULL, or else the answer 'a', whose
 * request is gone. */
static void
show_request(struct ds *out, const struct hnve_vnic_request *r,
             const struct hnve_vnic_answer *a)
{
    const char *vn = r ? r->vn : a->vn;
    char *reasons = a ? hctl_reasons(a) : xstrdup("");
    struct answer answer = {
        .state = a ? a->state : NULL,
        .outcome = hctl_outcome(a ? a->outcome : NULL,
                                !r || (a && a->claim_seq == r->client_seq)),
        .reasons = reasons,
        .vn_name = a && strcmp(a->vn_name, vn) ? a->vn_name : "",
        .tag = a && a->n_tag ? a->tag[0] : 0,
        .vn_id = a && a->n_vn_id ? a->vn_id[0] : 0,
    };

    ds_put_format(out, "    VNIC %s%s%s on port %s, %s%s%s\n",
                  r ? r->vnic : a->vnic, vn[0] ? " in VN " : "", vn,
                  r ? r->port : a->port,
                  !r ? "asks no longer" : "asks to be ",
                  !r ? "" : r->state ? r->state : "associated",
                  r && r->migration && !strcmp(r->migration, "arriving")
                  ? ", arriving"
                  : r && r->migration && !strcmp(r->migration, "departing")
                  ? ", departing" : "");
    if (r && r->n_guest_tag) {
        ds_put_format(out, "        guest tag %"PRId64"\n", r->guest_tag[0]);
    }
    show_answer(out, &answer);
    show_addresses(out, r ? r->addresses : a->kept_addresses,
                   r ? r->n_addresses : a->n_kept_addresses);
    free(reasons);
}

/* Appends what the end device called 'name' asks for. */
static void
show_requests(struct ds *out, const struct ovsdb_idl *idl, const char *name)
{
    const struct hnve_vn_connection **connections;
    const struct hnve_vnic_request **requests;
    const struct hnve_vnic_answer **answers;
    size_t n;

    connections = nctl_sorted_rows(idl, &hnve_vn_connection_col_vn, NULL, &n);
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(connections[i]->end_device, name)) {
            show_connection(out, idl, connections[i]);
        }
    }
    free(connections);

    requests = nctl_sorted_rows(idl, &hnve_vnic_request_col_vnic, NULL, &n);
    for (size_t i = 0; i < n; i++) {
        const struct hnve_vnic_request *r = requests[i];

        if (!strcmp(r->end_device, name)) {
            show_request(out, r, hctl_vnic_answer(idl, name, r->vnic, r->vn));
        }
    }
    free(requests);

    answers = nctl_sorted_rows(idl, &hnve_vnic_answer_col_vnic, NULL, &n);
    for (size_t i = 0; i < n; i++) {
        const struct hnve_vnic_answer *a = answers[i];

        if (!strcmp(a->end_device, name)
            && !hctl_request(idl, name, a->vnic, a->vn)) {
            show_request(out, NULL, a);
        }
    }
    free(answers);
}

static void
show_device(struct ds *out, struct ctl_context *ctx, const char *name)
{
    const struct ovsdb_idl_row *row
        = hctl_find(ctx, &hctl_device_kind, name, false);
    const struct hnve_end_device *d
        = row ? CONTAINER_OF(row, struct hnve_end_device, header_) : NULL;

    ds_put_format(out, "End device %s%s\n", name,
                  !d ? ", not admitted"
                  : d->n_enabled && !d->enabled[0] ? ", disabled" : "");
    show_requests(out, ctx->idl, name);
}

/* Appends all end devices, also those that only ask. */
static void
show_devices(struct ds *out, struct ctl_context *ctx)
{
    struct sset names = SSET_INITIALIZER(&names);
    const struct hnve_vn_connection *c;
    const struct hnve_vnic_request *r;
    const struct hnve_vnic_answer *a;
    const struct hnve_end_device *d;
    const char **sorted;

    HNVE_END_DEVICE_FOR_EACH (d, ctx->idl) {
        sset_add(&names, d->name);
    }
    HNVE_VN_CONNECTION_FOR_EACH (c, ctx->idl) {
        sset_add(&names, c->end_device);
    }
    HNVE_VNIC_REQUEST_FOR_EACH (r, ctx->idl) {
        sset_add(&names, r->end_device);
    }
    HNVE_VNIC_ANSWER_FOR_EACH (a, ctx->idl) {
        sset_add(&names, a->end_device);
    }
    sorted = sset_sort(&names);
    for (size_t i = 0; i < sset_count(&names); i++) {
        show_device(out, ctx, sorted[i]);
    }
    free(sorted);
    sset_destroy(&names);
}

static void
cmd_show(struct ctl_context *ctx)
{
    struct ds *out = &ctx->output;

    show_nve(out, ctx->idl);
    show_segments(out, ctx);
    show_devices(out, ctx);
}

static const struct ctl_command_syntax show_commands[] = {
    {"show", 0, 0, "", pre_show, cmd_show, NULL, "", RO},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

/* Its help is among the commands about the database. */
const struct nctl_family hctl_show_family = { show_commands, "" };
