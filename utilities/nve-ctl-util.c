/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nve-ctl.h"

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "nctl-args.h"
#include "nctl-output.h"
#include "nctl-row.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-ext/tag-book.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "svec.h"
#include "util.h"

/* The environment variable that --device is taken from. */
#define DEVICE_VARIABLE "NVE_DEVICE"

/* How a VN is named by its VN ID. */
#define ID_PREFIX "id:"


/* End devices. */

/* What --device says. */
static char *device_option;

void
hctl_set_device(const char *name)
{
    free(device_option);
    device_option = xstrdup(name);
}

const char *
hctl_device_or_null(void)
{
    const char *name = device_option ? device_option : getenv(DEVICE_VARIABLE);

    return name && name[0] ? name : NULL;
}

const char *
hctl_device(struct ctl_context *ctx)
{
    const char *name = hctl_device_or_null();

    if (!name) {
        ctl_error(ctx, "which end device asks for this?  Write --device=NAME, "
                  "or set $"DEVICE_VARIABLE);
        return NULL;
    }
    return hctl_check_name(ctx, "end device", name) ? name : NULL;
}


/* Prerequisites. */

void
hctl_need_requests(struct ctl_context *ctx)
{
    nctl_need_table(ctx, &hnve_table_vn_connection);
    nctl_need_table(ctx, &hnve_table_vn_connection_answer);
    nctl_need_table(ctx, &hnve_table_vnic_request);
    nctl_need_table(ctx, &hnve_table_vnic_answer);
}

void
hctl_need_places(struct ctl_context *ctx)
{
    nctl_need_table(ctx, &hnve_table_end_device);
    nctl_need_table(ctx, &hnve_table_access_port);
}


/* Rows. */

const struct hctl_kind hctl_device_kind = {
    "end device", "device-list", "End_Device"
};
const struct hctl_kind hctl_port_kind = { "port", "port-list", "Access_Port" };
const struct hctl_kind hctl_segment_kind = {
    "segment", "segment-list", "Segment"
};

const struct ovsdb_idl_row *
hctl_find(struct ctl_context *ctx, const struct hctl_kind *kind,
          const char *name, bool must_exist)
{
    const struct ovsdb_idl_row *row = nctl_first(ctx, kind->table);

    while (row && strcmp(nctl_get_text(row, "name"), name)) {
        row = nctl_next(row);
    }
    if (!row && must_exist) {
        char *quoted = nvo3_quote(name);

        ctl_error(ctx, "there is no %s %s; \"%s %s\" lists what there is",
                  kind->noun, quoted, program_name, kind->list_command);
        free(quoted);
    }
    return row;
}

const struct ovsdb_idl_row *
hctl_add(struct ctl_context *ctx, const struct hctl_kind *kind)
{
    const char *name = ctx->argv[1];
    const struct ovsdb_idl_row *row;

    if (!hctl_check_name(ctx, kind->noun, name)) {
        return NULL;
    }
    if (hctl_find(ctx, kind, name, false)) {
        if (!nctl_option(ctx, "--may-exist")) {
            ctl_error(ctx, "there is already the %s \"%s\"; --may-exist "
                      "accepts that", kind->noun, name);
        }
        return NULL;
    }
    row = nctl_insert(ctx, kind->table);
    nctl_set_text(row, "name", name);
    return row;
}

const struct ovsdb_idl_row *
hctl_find_doomed(struct ctl_context *ctx, const struct hctl_kind *kind)
{
    return hctl_find(ctx, kind, ctx->argv[1],
                     !nctl_option(ctx, "--if-exists"));
}

static int
tag_compare(const void *a_, const void *b_)
{
    const struct hnve_tag *const *a = a_;
    const struct hnve_tag *const *b = b_;
    int cmp = strcmp((*a)->segment, (*b)->segment);

    return cmp ? cmp : ((*a)->tag > (*b)->tag) - ((*a)->tag < (*b)->tag);
}

const struct hnve_tag **
hctl_sorted_tags(const struct ovsdb_idl *idl, size_t *n)
{
    const struct hnve_tag **tags;

    tags = nctl_sorted_rows(idl, &hnve_tag_col_segment, NULL, n);
    qsort(tags, *n, sizeof *tags, tag_compare);
    return tags;
}

const struct hnve_vn_connection_answer *
hctl_connection_answer(const struct ovsdb_idl *idl, const char *end_device,
                       const char *port, const char *vn)
{
    const struct hnve_vn_connection_answer *a;

    HNVE_VN_CONNECTION_ANSWER_FOR_EACH (a, idl) {
        if (!strcmp(a->end_device, end_device) && !strcmp(a->port, port)
            && !strcmp(a->vn, vn)) {
            return a;
        }
    }
    return NULL;
}

const struct hnve_vnic_answer *
hctl_vnic_answer(const struct ovsdb_idl *idl, const char *end_device,
                 const char *vnic, const char *vn)
{
    const struct hnve_vnic_answer *a;

    HNVE_VNIC_ANSWER_FOR_EACH (a, idl) {
        if (!strcmp(a->end_device, end_device) && !strcmp(a->vnic, vnic)
            && !strcmp(a->vn, vn)) {
            return a;
        }
    }
    return NULL;
}

const struct hnve_vn_connection *
hctl_connection(const struct ovsdb_idl *idl, const char *end_device,
                const char *port, const char *vn)
{
    const struct hnve_vn_connection *c;

    HNVE_VN_CONNECTION_FOR_EACH (c, idl) {
        if (!strcmp(c->end_device, end_device) && !strcmp(c->port, port)
            && !strcmp(c->vn, vn)) {
            return c;
        }
    }
    return NULL;
}

const struct hnve_vnic_request *
hctl_request(const struct ovsdb_idl *idl, const char *end_device,
             const char *vnic, const char *vn)
{
    const struct hnve_vnic_request *r;

    HNVE_VNIC_REQUEST_FOR_EACH (r, idl) {
        if (!strcmp(r->end_device, end_device) && !strcmp(r->vnic, vnic)
            && !strcmp(r->vn, vn)) {
            return r;
        }
    }
    return NULL;
}


/* Arguments. */

bool
hctl_check_name(struct ctl_context *ctx, const char *noun, const char *name)
{
    if (!nvo3_name_is_valid(name)) {
        char *quoted = nvo3_quote(name);

        ctl_error(ctx, "%s is no good name for %s %s; write 1 to %d bytes of "
                  "UTF-8 without control characters", quoted,
                  strchr("aeiou", noun[0]) ? "an" : "a", noun, NVO3_NAME_MAX);
        free(quoted);
        return false;
    }
    return true;
}

bool
hctl_check_vn(struct ctl_context *ctx, const char *vn)
{
    long long int id;

    if (!hctl_check_name(ctx, "VN", vn)) {
        return false;
    }
    if (!strncmp(vn, ID_PREFIX, strlen(ID_PREFIX))
        && (!str_to_llong(vn + strlen(ID_PREFIX), 10, &id)
            || !vn_id_value_is_valid(id))) {
        char *quoted = nvo3_quote(vn);

        ctl_error(ctx, "%s names no VN; write "ID_PREFIX" and a VN ID from %d "
                  "to %d, or a VN Name", quoted, VN_ID_MIN, VN_ID_MAX);
        free(quoted);
        return false;
    }
    return true;
}

bool
hctl_tag_option(struct ctl_context *ctx, const char *name, int64_t *tag,
                size_t *n)
{
    const char *arg = nctl_option(ctx, name);
    long long int value;

    *n = 0;
    if (!arg) {
        return true;
    }
    if (!str_to_llong(arg, 10, &value) || value < TAG_MIN || value > TAG_MAX) {
        char *quoted = nvo3_quote(arg);

        ctl_error(ctx, "%s=%s is no 802.1Q tag; write a number from %d to %d",
                  name, quoted, TAG_MIN, TAG_MAX);
        free(quoted);
        return false;
    }
    *tag = value;
    *n = 1;
    return true;
}

/* Returns true if 'device', which may be NULL, may use 'port'. */
static bool
may_use(const struct hnve_end_device *device,
        const struct hnve_access_port *port)
{
    if (port->n_enabled && !port->enabled[0]) {
        return false;
    }
    for (size_t i = 0; device && i < device->n_ports; i++) {
        if (!strcmp(device->ports[i], port->name)) {
            return true;
        }
    }
    return !device || !device->n_ports;
}

const char *
hctl_port_option(struct ctl_context *ctx, const char *end_device)
{
    const char *arg = nctl_option(ctx, "--port");
    const struct ovsdb_idl_row *row;
    const struct hnve_access_port *port;
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const char *only = NULL;
    char *list;

    if (arg) {
        return hctl_check_name(ctx, "port", arg) ? arg : NULL;
    }
    row = hctl_find(ctx, &hctl_device_kind, end_device, false);
    HNVE_ACCESS_PORT_FOR_EACH (port, ctx->idl) {
        if (may_use(row ? CONTAINER_OF(row, struct hnve_end_device, header_)
                    : NULL, port)) {
            svec_add(&names, port->name);
            only = port->name;
        }
    }
    if (names.n != 1) {
        svec_sort(&names);
        list = nctl_join(names.names, MIN(names.n, 5));
        ctl_error(ctx, "which access port of the NVE is \"%s\" at?  Write "
                  "--port=PORT; there %s%s%s", end_device,
                  names.n ? "are " : "is none that it may use", list,
                  names.n > 5 ? ", ..." : "");
        free(list);
    }
    svec_destroy(&names);
    return ctx->error ? NULL : only;
}


/* Words for people. */

const char *
hctl_outcome(const char *outcome, bool is_current)
{
    return outcome && is_current ? outcome : "(no answer yet)";
}

char *
hctl_optional(const int64_t *value, size_t n)
{
    return n ? xasprintf("%"PRId64, *value) : xstrdup("");
}

char *
hctl_reasons(const struct hnve_vnic_answer *answer)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    const struct smap_node **bad = smap_sort(&answer->bad_addresses);

    ds_put_cstr(&out, answer->reason);
    for (size_t i = 0; i < smap_count(&answer->bad_addresses); i++) {
        ds_put_format(&out, "%s%s has no effect: %s", out.length ? "; " : "",
                      bad[i]->key, bad[i]->value);
    }
    free(bad);
    return ds_steal_cstr(&out);
}
