/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Rows of the Hypervisor_NVE database as split.h has them. */

#include <config.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "ovs-ext/nved-hyp-private.h"
#include "ovsdb-idl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nved_hyp_read);

/* A time beyond this many milliseconds, a year, is not believed. */
#define TIME_MAX_MS 31536000000LL

static const struct ovsdb_idl_column *const columns[] = {
    &hnve_nve_global_col_options,
    &hnve_nve_status_col_nve,
    &hnve_nve_status_col_status,
    &hnve_end_device_col_enabled,
    &hnve_end_device_col_name,
    &hnve_end_device_col_ports,
    &hnve_end_device_col_tenants,
    &hnve_end_device_col_vn_quota,
    &hnve_end_device_col_vnic_quota,
    &hnve_end_device_col_vnics,
    &hnve_access_port_col_enabled,
    &hnve_access_port_col_name,
    &hnve_access_port_col_segment,
    &hnve_access_port_col_tags,
    &hnve_segment_col_name,
    &hnve_segment_col_request_tags,
    &hnve_segment_col_tags,
    &hnve_tag_col_segment,
    &hnve_tag_col_state,
    &hnve_tag_col_tag,
    &hnve_tag_col_vn,
    &hnve_vn_connection_col_client_seq,
    &hnve_vn_connection_col_end_device,
    &hnve_vn_connection_col_port,
    &hnve_vn_connection_col_tag_request,
    &hnve_vn_connection_col_vn,
    &hnve_vnic_request_col_addresses,
    &hnve_vnic_request_col_client_seq,
    &hnve_vnic_request_col_end_device,
    &hnve_vnic_request_col_guest_tag,
    &hnve_vnic_request_col_migration,
    &hnve_vnic_request_col_port,
    &hnve_vnic_request_col_state,
    &hnve_vnic_request_col_vn,
    &hnve_vnic_request_col_vnic,
    &hnve_vn_connection_answer_col_claim_seq,
    &hnve_vn_connection_answer_col_end_device,
    &hnve_vn_connection_answer_col_outcome,
    &hnve_vn_connection_answer_col_port,
    &hnve_vn_connection_answer_col_reason,
    &hnve_vn_connection_answer_col_state,
    &hnve_vn_connection_answer_col_tag,
    &hnve_vn_connection_answer_col_vn,
    &hnve_vn_connection_answer_col_vn_id,
    &hnve_vn_connection_answer_col_vn_name,
    &hnve_vnic_answer_col_bad_addresses,
    &hnve_vnic_answer_col_claim_seq,
    &hnve_vnic_answer_col_end_device,
    &hnve_vnic_answer_col_kept_addresses,
    &hnve_vnic_answer_col_outcome,
    &hnve_vnic_answer_col_port,
    &hnve_vnic_answer_col_reason,
    &hnve_vnic_answer_col_state,
    &hnve_vnic_answer_col_tag,
    &hnve_vnic_answer_col_vn,
    &hnve_vnic_answer_col_vn_id,
    &hnve_vnic_answer_col_vn_name,
    &hnve_vnic_answer_col_vnic,
};

static bool put_end_device(const struct nved_hyp *, struct split *,
                           const struct hyp_row *);
static bool put_access_port(const struct nved_hyp *, struct split *,
                            const struct hyp_row *);
static bool put_segment(const struct nved_hyp *, struct split *,
                        const struct hyp_row *);
static bool put_connection(const struct nved_hyp *, struct split *,
                           const struct hyp_row *);
static bool put_request(const struct nved_hyp *, struct split *,
                        const struct hyp_row *);

/* Returns a new index of the rows with the same values in 'n' columns. */
static struct ovsdb_idl_index *
make_index(struct ovsdb_idl *idl, const struct ovsdb_idl_column *a,
           const struct ovsdb_idl_column *b, const struct ovsdb_idl_column *c)
{
    const struct ovsdb_idl_index_column key[] = {
        { .column = a }, { .column = b }, { .column = c },
    };

    return ovsdb_idl_index_create(idl, key, b ? c ? 3 : 2 : 1);
}

void
hyp_read_init(struct nved_hyp *hyp, struct ovsdb_idl *idl)
{
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_track_add_column(idl, columns[i]);
    }
    hyp->end_devices = make_index(idl, &hnve_end_device_col_name, NULL, NULL);
    hyp->access_ports = make_index(idl, &hnve_access_port_col_name, NULL,
                                   NULL);
    hyp->segments = make_index(idl, &hnve_segment_col_name, NULL, NULL);
    hyp->connections = make_index(idl, &hnve_vn_connection_col_end_device,
                                  &hnve_vn_connection_col_port,
                                  &hnve_vn_connection_col_vn);
    hyp->requests = make_index(idl, &hnve_vnic_request_col_end_device,
                               &hnve_vnic_request_col_vnic,
                               &hnve_vnic_request_col_vn);
    hyp->connection_answers
        = make_index(idl, &hnve_vn_connection_answer_col_end_device,
                     &hnve_vn_connection_answer_col_port,
                     &hnve_vn_connection_answer_col_vn);
    hyp->answers = make_index(idl, &hnve_vnic_answer_col_end_device,
                              &hnve_vnic_answer_col_vnic,
                              &hnve_vnic_answer_col_vn);
    hyp->tags = make_index(idl, &hnve_tag_col_segment, &hnve_tag_col_tag,
                           NULL);
    hyp->segment_tags = make_index(idl, &hnve_tag_col_segment, NULL, NULL);
}

bool
hyp_put(struct nved_hyp *hyp, struct split *split, struct hyp_row *row)
{
    switch (row->table) {
    case HYP_END_DEVICE:
        return put_end_device(hyp, split, row);
    case HYP_ACCESS_PORT:
        return put_access_port(hyp, split, row);
    case HYP_SEGMENT:
        return put_segment(hyp, split, row);
    case HYP_CONNECTION:
        return put_connection(hyp, split, row);
    case HYP_REQUEST:
        return put_request(hyp, split, row);
    default:
        OVS_NOT_REACHED();
    }
}

void
hyp_remove(struct split *split, const struct hyp_row *row)
{
    switch (row->table) {
    case HYP_END_DEVICE:
        split_remove_end_device(split, row->names[0]);
        break;
    case HYP_ACCESS_PORT:
        split_remove_access_port(split, row->names[0]);
        break;
    case HYP_SEGMENT:
        split_remove_segment(split, row->names[0]);
        break;
    case HYP_CONNECTION:
        split_remove_connection(split, row->names[0], row->names[1],
                                row->names[2]);
        break;
    case HYP_REQUEST:
        split_remove_request(split, row->names[0], row->names[1],
                             row->names[2]);
        break;
    default:
        OVS_NOT_REACHED();
    }
}

/* Returns the value of an optional boolean that is true if it is not set. */
static bool
get_enabled(const bool *value, size_t n)
{
    return !n || *value;
}

/* Returns the value of an optional number for which SPLIT_UNSET may be
 * written, though it stands for none. */
static int64_t
get_number(const int64_t *value, size_t n)
{
    return !n ? SPLIT_UNSET : *value == SPLIT_UNSET ? INT64_MIN : *value;
}

/* Operators' rows. */

static void
to_set(struct sset *set, char *const *members, size_t n)
{
    sset_init(set);
    for (size_t i = 0; i < n; i++) {
        sset_add(set, members[i]);
    }
}

static bool
put_end_device(const struct nved_hyp *hyp, struct split *split,
               const struct hyp_row *row)
{
    struct hnve_end_device *key
        = hnve_end_device_index_init_row(hyp->end_devices);
    const struct hnve_end_device *d;
    struct sset ports, tenants, vnics;
    struct split_end_device device;

    hnve_end_device_index_set_name(key, row->names[0]);
    d = hnve_end_device_index_find(hyp->end_devices, key);
    hnve_end_device_index_destroy_row(key);
    if (!d) {
        return false;
    }
    to_set(&ports, d->ports, d->n_ports);
    to_set(&tenants, d->tenants, d->n_tenants);
    to_set(&vnics, d->vnics, d->n_vnics);
    device = (struct split_end_device) {
        .name = d->name,
        .enabled = get_enabled(d->enabled, d->n_enabled),
        .ports = &ports,
        .tenants = &tenants,
        .vnics = &vnics,
        .vnic_quota = get_number(d->vnic_quota, d->n_vnic_quota),
        .vn_quota = get_number(d->vn_quota, d->n_vn_quota),
    };
    split_put_end_device(split, &device);
    sset_destroy(&ports);
    sset_destroy(&tenants);
    sset_destroy(&vnics);
    return true;
}

static const struct hnve_access_port *
find_access_port(const struct nved_hyp *hyp, const char *name)
{
    struct hnve_access_port *key
        = hnve_access_port_index_init_row(hyp->access_ports);
    const struct hnve_access_port *port;

    hnve_access_port_index_set_name(key, name);
    port = hnve_access_port_index_find(hyp->access_ports, key);
    hnve_access_port_index_destroy_row(key);
    return port;
}

static bool
put_access_port(const struct nved_hyp *hyp, struct split *split,
                const struct hyp_row *row)
{
    const struct hnve_access_port *p = find_access_port(hyp, row->names[0]);
    struct split_access_port port;

    if (!p) {
        return false;
    }
    port = (struct split_access_port) {
        .name = p->name,
        .segment = p->segment,
        .tags = p->tags,
        .enabled = get_enabled(p->enabled, p->n_enabled),
    };
    split_put_access_port(split, &port);
    return true;
}

static bool
put_segment(const struct nved_hyp *hyp, struct split *split,
            const struct hyp_row *row)
{
    struct hnve_segment *key = hnve_segment_index_init_row(hyp->segments);
    const struct hnve_segment *s;
    struct split_segment segment;

    hnve_segment_index_set_name(key, row->names[0]);
    s = hnve_segment_index_find(hyp->segments, key);
    hnve_segment_index_destroy_row(key);
    if (!s) {
        return false;
    }
    segment = (struct split_segment) {
        .name = s->name,
        .tags = s->tags,
        .request_tags = s->request_tags,
    };
    split_put_segment(split, &segment);
    return true;
}

/* End devices' rows. */

static bool
put_connection(const struct nved_hyp *hyp, struct split *split,
               const struct hyp_row *row)
{
    struct hnve_vn_connection *key
        = hnve_vn_connection_index_init_row(hyp->connections);
    const struct hnve_vn_connection *c;
    struct split_connection connection;

    hnve_vn_connection_index_set_end_device(key, row->names[0]);
    hnve_vn_connection_index_set_port(key, row->names[1]);
    hnve_vn_connection_index_set_vn(key, row->names[2]);
    c = hnve_vn_connection_index_find(hyp->connections, key);
    hnve_vn_connection_index_destroy_row(key);
    if (!c) {
        return false;
    }
    connection = (struct split_connection) {
        .end_device = c->end_device,
        .port = c->port,
        .vn = c->vn,
        .tag_request = get_number(c->tag_request, c->n_tag_request),
        .client_seq = c->client_seq,
        .waits = row->waits,
    };
    split_put_connection(split, &connection);
    return true;
}

static bool
put_request(const struct nved_hyp *hyp, struct split *split,
            const struct hyp_row *row)
{
    struct hnve_vnic_request *key
        = hnve_vnic_request_index_init_row(hyp->requests);
    const struct hnve_vnic_request *r;
    struct split_request request;

    hnve_vnic_request_index_set_end_device(key, row->names[0]);
    hnve_vnic_request_index_set_vnic(key, row->names[1]);
    hnve_vnic_request_index_set_vn(key, row->names[2]);
    r = hnve_vnic_request_index_find(hyp->requests, key);
    hnve_vnic_request_index_destroy_row(key);
    if (!r) {
        return false;
    }
    request = (struct split_request) {
        .end_device = r->end_device,
        .vnic = r->vnic,
        .vn = r->vn,
        .port = r->port,
        .addresses = (const char *const *) r->addresses,
        .n_addresses = r->n_addresses,
        .activate = r->state && !strcmp(r->state, "activated"),
        .migration = tsi_migration_from_string(r->migration),
        .guest_tag = get_number(r->guest_tag, r->n_guest_tag),
        .client_seq = r->client_seq,
        .waits = row->waits,
    };
    split_put_request(split, &request);
    return true;
}

/* What was answered before. */

static enum split_outcome
get_outcome(const char *outcome)
{
    return outcome ? split_outcome_from_string(outcome) : SPLIT_PENDING;
}

static uint32_t
get_vn_id(const int64_t *vn_id, size_t n)
{
    return n && vn_id_value_is_valid(*vn_id) ? (uint32_t) *vn_id : 0;
}

static int
get_tag(const int64_t *tag, size_t n)
{
    return n && *tag >= TAG_MIN && *tag <= TAG_MAX ? (int) *tag : TAG_NONE;
}

static void
restore_tags(struct nved_hyp *hyp, struct split *split)
{
    const struct hnve_tag *tag;

    HNVE_TAG_FOR_EACH (tag, hyp->db.idl) {
        if (!nvo3_name_is_valid(tag->segment) || !nvo3_name_is_valid(tag->vn)
            || !split_restore_tag(split, tag->segment, tag->tag, tag->vn)) {
            char *segment = nvo3_quote(tag->segment);

            VLOG_WARN("segment %s, tag %"PRId64": the row of Tag is not "
                      "valid, or contradicts another", segment, tag->tag);
            free(segment);
        }
    }
}

static void
restore_connection(struct split *split,
                   const struct hnve_vn_connection_answer *a)
{
    struct split_answer answer = {
        .end_device = a->end_device,
        .vn = a->vn,
        .port = a->port,
        .exists = true,
        .connected = a->state && !strcmp(a->state, "connected"),
        .outcome = get_outcome(a->outcome),
        .reason = a->reason,
        .vn_name = a->vn_name,
        .vn_id = get_vn_id(a->vn_id, a->n_vn_id),
        .tag = get_tag(a->tag, a->n_tag),
        .claim_seq = a->claim_seq,
    };

    smap_init(&answer.bad_addresses);
    sset_init(&answer.kept_addresses);
    split_restore_answer(split, &answer);
    smap_destroy(&answer.bad_addresses);
    sset_destroy(&answer.kept_addresses);
}

static void
restore_request(struct split *split, const struct hnve_vnic_answer *a)
{
    struct split_answer answer = {
        .end_device = a->end_device,
        .vnic = a->vnic,
        .vn = a->vn,
        .port = a->port,
        .exists = true,
        .outcome = get_outcome(a->outcome),
        .reason = a->reason,
        .vn_name = a->vn_name,
        .vn_id = get_vn_id(a->vn_id, a->n_vn_id),
        .tag = get_tag(a->tag, a->n_tag),
        .claim_seq = a->claim_seq,
    };

    if (a->state && !tsi_state_from_string(a->state, &answer.state)) {
        answer.state = TSI_INIT;
    }
    smap_clone(&answer.bad_addresses, &a->bad_addresses);
    to_set(&answer.kept_addresses, a->kept_addresses, a->n_kept_addresses);
    split_restore_answer(split, &answer);
    smap_destroy(&answer.bad_addresses);
    sset_destroy(&answer.kept_addresses);
}

void
hyp_restore(struct nved_hyp *hyp, struct split *split)
{
    const struct hnve_vn_connection_answer *c;
    const struct hnve_vnic_answer *a;

    restore_tags(hyp, split);
    HNVE_VN_CONNECTION_ANSWER_FOR_EACH (c, hyp->db.idl) {
        restore_connection(split, c);
    }
    HNVE_VNIC_ANSWER_FOR_EACH (a, hyp->db.idl) {
        restore_request(split, a);
    }
}

const struct hnve_vn_connection_answer *
hyp_find_connection_answer(const struct nved_hyp *hyp, const char *end_device,
                           const char *port, const char *vn)
{
    struct hnve_vn_connection_answer *key
        = hnve_vn_connection_answer_index_init_row(hyp->connection_answers);
    const struct hnve_vn_connection_answer *row;

    hnve_vn_connection_answer_index_set_end_device(key, end_device);
    hnve_vn_connection_answer_index_set_port(key, port);
    hnve_vn_connection_answer_index_set_vn(key, vn);
    row = hnve_vn_connection_answer_index_find(hyp->connection_answers, key);
    hnve_vn_connection_answer_index_destroy_row(key);
    return row;
}

const struct hnve_vnic_answer *
hyp_find_answer(const struct nved_hyp *hyp, const char *end_device,
                const char *vnic, const char *vn)
{
    struct hnve_vnic_answer *key
        = hnve_vnic_answer_index_init_row(hyp->answers);
    const struct hnve_vnic_answer *row;

    hnve_vnic_answer_index_set_end_device(key, end_device);
    hnve_vnic_answer_index_set_vnic(key, vnic);
    hnve_vnic_answer_index_set_vn(key, vn);
    row = hnve_vnic_answer_index_find(hyp->answers, key);
    hnve_vnic_answer_index_destroy_row(key);
    return row;
}

/* Returns the segment of the access port called 'name', whose row, if there is
 * one, is 'port'. */
static const char *
get_segment(const struct hnve_access_port *port, const char *name)
{
    return port && port->segment[0] ? port->segment : name;
}

void
nved_hyp_restore_tag(const struct nved_hyp *hyp, struct split *split,
                     const char *port, const char *vn, int tag)
{
    const char *segment = get_segment(find_access_port(hyp, port), port);

    if (!split_restore_tag(split, segment, tag, vn)) {
        VLOG_WARN("access port \"%s\": tag %d for VN \"%s\" contradicts "
                  "what is known of its segment", port, tag, vn);
    }
}

bool
nved_hyp_has_tag(const struct nved_hyp *hyp, const char *port,
                 const char *vn, int tag)
{
    const struct hnve_access_port *p = find_access_port(hyp, port);
    struct hnve_tag *key = hnve_tag_index_init_row(hyp->tags);
    const struct hnve_tag *row;

    hnve_tag_index_set_segment(key, get_segment(p, port));
    hnve_tag_index_set_tag(key, tag);
    row = hnve_tag_index_find(hyp->tags, key);
    hnve_tag_index_destroy_row(key);
    return p && row && !strcmp(row->vn, vn);
}

/* Options. */

/* Reads the time in 'options' into '*ms', which is its default.  Appends to
 * 'problem' if it is none. */
static void
read_time(const struct smap *options, const char *name, long long int *ms,
          struct ds *problem)
{
    const char *value = smap_get(options, name);
    long long int number;

    if (!value) {
        return;
    }
    if (str_to_llong(value, 10, &number) && number >= 0
        && number <= TIME_MAX_MS) {
        *ms = number;
    } else {
        char *quoted = nvo3_quote(value);

        ds_put_format(problem, "%sNVE_Global.options:%s is %s: it must be a "
                      "number of milliseconds", problem->length ? "; " : "",
                      name, quoted);
        free(quoted);
    }
}

static void
read_flag(const struct smap *options, const char *name, bool *flag,
          struct ds *problem)
{
    const char *value = smap_get(options, name);

    if (!value) {
        return;
    }
    if (!strcmp(value, "true") || !strcmp(value, "false")) {
        *flag = value[0] == 't';
    } else {
        char *quoted = nvo3_quote(value);

        ds_put_format(problem, "%sNVE_Global.options:%s is %s: it must be "
                      "true or false", problem->length ? "; " : "", name,
                      quoted);
        free(quoted);
    }
}

void
hyp_read_options(struct nved_hyp *hyp, struct split *split)
{
    const struct hnve_nve_global *global = hnve_nve_global_first(hyp->db.idl);
    struct split_config config = SPLIT_CONFIG_DEFAULT;
    struct ds problem = DS_EMPTY_INITIALIZER;

    if (global) {
        read_time(&global->options, "hold-time", &config.hold_ms, &problem);
        read_time(&global->options, "quarantine-time", &config.quarantine_ms,
                  &problem);
        read_flag(&global->options, "implicit-migration",
                  &config.implicit_migration, &problem);
    }
    free(hyp->problem);
    hyp->problem = problem.length ? ds_steal_cstr(&problem) : NULL;
    ds_destroy(&problem);
    if (hyp->problem) {
        VLOG_WARN("%s", hyp->problem);
    }
    if (config.hold_ms != hyp->config.hold_ms
        || config.quarantine_ms != hyp->config.quarantine_ms
        || config.implicit_migration != hyp->config.implicit_migration) {
        hyp->config = config;
        split_set_config(split, &config);
    }
}
