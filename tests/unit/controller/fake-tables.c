/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/fake-tables.h"

#include <inttypes.h>
#include <stdlib.h>

#include "byte-order.h"
#include "flow.h"
#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofp-meter.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/ofpbuf.h"
#include "svec.h"
#include "util.h"

/* One step that can be taken back: 'old' went out (and is kept), or 'new' came
 * in.  Only one of the four is not NULL. */
struct undo_step {
    struct ovs_list node;
    struct fake_flow *old_flow;
    struct fake_flow *new_flow;
    struct fake_group *old_group;
    struct fake_group *new_group;
};

/* Flows. */

static uint32_t
fake_flow_hash(uint8_t table_id, int priority, const struct minimatch *match)
{
    return minimatch_hash(match, hash_2words(table_id, priority));
}

static void
flow_destroy(struct fake_flow *flow)
{
    if (flow) {
        minimatch_destroy(&flow->match);
        free(flow->ofpacts);
        free(flow);
    }
}

static struct fake_flow *
flow_find(const struct fake_tables *tables, const struct ofputil_flow_mod *fm)
{
    uint32_t hash = fake_flow_hash(fm->table_id, fm->priority,
                                   &fm->match);
    struct fake_flow *flow;

    HMAP_FOR_EACH_WITH_HASH (flow, node, hash, &tables->flows) {
        if (flow->table_id == fm->table_id && flow->priority == fm->priority
            && minimatch_equal(&flow->match, &fm->match)) {
            return flow;
        }
    }
    return NULL;
}

static void
flow_insert(struct fake_tables *tables, struct fake_flow *flow)
{
    hmap_insert(&tables->flows, &flow->node,
                fake_flow_hash(flow->table_id, flow->priority, &flow->match));
}

/* Takes 'flow' out, so that it can be put back. */
static void
flow_take_out(struct fake_tables *tables, struct fake_flow *flow,
              struct ovs_list *undo)
{
    struct undo_step *step = xzalloc(sizeof *step);

    hmap_remove(&tables->flows, &flow->node);
    step->old_flow = flow;
    ovs_list_push_back(undo, &step->node);
}

/* Returns true if 'ofpacts' names group 'group_id', or, with OFPG_ANY, a group
 * that does not exist in 'tables'. */
static bool
names_group(const struct fake_tables *, const struct ofpact *ofpacts,
            size_t ofpacts_len, uint32_t group_id);

/* Returns true if 'fm' uses a meter that does not exist. */
static bool
names_no_meter(const struct fake_tables *tables,
               const struct ofputil_flow_mod *fm)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH (a, fm->ofpacts, fm->ofpacts_len) {
        if (a->type == OFPACT_METER
            && !(tables->meters >> (ofpact_get_METER(a)->meter_id - 1) & 1)) {
            return true;
        }
    }
    return false;
}

static enum ofperr
flow_add(struct fake_tables *tables, const struct ofputil_flow_mod *fm,
         struct ovs_list *undo)
{
    struct fake_flow *old = flow_find(tables, fm);
    struct undo_step *step;
    struct fake_flow *flow;

    if (names_group(tables, fm->ofpacts, fm->ofpacts_len, OFPG_ANY)) {
        return OFPERR_OFPBAC_BAD_OUT_GROUP;
    }
    if (names_no_meter(tables, fm)) {
        return OFPERR_OFPMMFC_INVALID_METER;
    }
    if (old) {
        flow_take_out(tables, old, undo);
    }
    flow = xzalloc(sizeof *flow);
    flow->table_id = fm->table_id;
    flow->priority = fm->priority;
    flow->cookie = ntohll(fm->new_cookie);
    minimatch_clone(&flow->match, &fm->match);
    flow->ofpacts = xmemdup(fm->ofpacts, fm->ofpacts_len);
    flow->ofpacts_len = fm->ofpacts_len;
    flow_insert(tables, flow);

    step = xzalloc(sizeof *step);
    step->new_flow = flow;
    ovs_list_push_back(undo, &step->node);
    return 0;
}

/* Returns true if 'flow' matches no more than 'match' and its cookie is
 * right. */
static bool
flow_is_loose_match(const struct fake_flow *flow, uint8_t table_id,
                    const struct minimatch *match, uint64_t cookie,
                    uint64_t cookie_mask)
{
    return ((table_id == OFPTT_ALL || flow->table_id == table_id)
            && !((flow->cookie ^ cookie) & cookie_mask)
            && !minimask_has_extra(flow->match.mask, match->mask)
            && miniflow_equal_in_minimask(flow->match.flow, match->flow,
                                          match->mask));
}

static enum ofperr
flow_delete(struct fake_tables *tables, const struct ofputil_flow_mod *fm,
            struct ovs_list *undo)
{
    struct fake_flow *flow;

    HMAP_FOR_EACH_SAFE (flow, node, &tables->flows) {
        if (flow_is_loose_match(flow, fm->table_id, &fm->match,
                                ntohll(fm->cookie),
                                ntohll(fm->cookie_mask))) {
            flow_take_out(tables, flow, undo);
        }
    }
    return 0;
}

static enum ofperr
flow_delete_strict(struct fake_tables *tables,
                   const struct ofputil_flow_mod *fm, struct ovs_list *undo)
{
    struct fake_flow *flow = flow_find(tables, fm);

    if (flow && !((flow->cookie ^ ntohll(fm->cookie))
                  & ntohll(fm->cookie_mask))) {
        flow_take_out(tables, flow, undo);
    }
    return 0;
}

static enum ofperr
apply_flow_mod(struct fake_tables *tables, const struct ofp_header *oh,
               struct ovs_list *undo)
{
    struct ofputil_flow_mod fm;
    struct ofpbuf ofpacts;
    enum ofperr error;

    ofpbuf_init(&ofpacts, 64);
    error = ofputil_decode_flow_mod(&fm, oh, OFPUTIL_P_OF15_OXM, NULL, NULL,
                                    &ofpacts, OFPP_MAX, 255);
    if (!error) {
        if (fm.table_id > 253 && fm.table_id != OFPTT_ALL) {
            error = OFPERR_OFPBRC_EPERM;
        } else if (fm.command == OFPFC_ADD) {
            error = (fm.buffer_id == UINT32_MAX
                     ? flow_add(tables, &fm, undo)
                     : OFPERR_OFPBRC_BUFFER_UNKNOWN);
        } else if (fm.command == OFPFC_DELETE) {
            error = flow_delete(tables, &fm, undo);
        } else if (fm.command == OFPFC_DELETE_STRICT) {
            error = flow_delete_strict(tables, &fm, undo);
        } else {
            error = OFPERR_OFPFMFC_BAD_COMMAND;
        }
        minimatch_destroy(&fm.match);
    }
    ofpbuf_uninit(&ofpacts);
    tables->n_flow_mods++;
    return error;
}

/* Groups. */

static struct fake_group *
group_find(const struct fake_tables *tables, uint32_t group_id)
{
    struct fake_group *group;

    HMAP_FOR_EACH_WITH_HASH (group, node, hash_int(group_id, 0),
                             &tables->groups) {
        if (group->group_id == group_id) {
            return group;
        }
    }
    return NULL;
}

static bool
names_group(const struct fake_tables *tables, const struct ofpact *ofpacts,
            size_t ofpacts_len, uint32_t group_id)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH_FLATTENED (a, ofpacts, ofpacts_len) {
        if (a->type == OFPACT_GROUP) {
            uint32_t named = ofpact_get_GROUP(a)->group_id;

            if (group_id == OFPG_ANY ? !group_find(tables, named)
                : named == group_id) {
                return true;
            }
        }
    }
    return false;
}

static void
group_destroy(struct fake_group *group)
{
    if (group) {
        ofputil_bucket_list_destroy(&group->buckets);
        free(group);
    }
}

static void
group_insert(struct fake_tables *tables, struct fake_group *group)
{
    hmap_insert(&tables->groups, &group->node, hash_int(group->group_id, 0));
}

/* Replaces 'old', or nothing, by a group made of 'gm' with 'buckets', which it
 * takes over. */
static void
group_put(struct fake_tables *tables, struct fake_group *old,
          const struct ofputil_group_mod *gm, struct ovs_list *buckets,
          struct ovs_list *undo)
{
    struct fake_group *group = xzalloc(sizeof *group);
    struct undo_step *step = xzalloc(sizeof *step);

    if (old) {
        struct undo_step *out = xzalloc(sizeof *out);

        hmap_remove(&tables->groups, &old->node);
        out->old_group = old;
        ovs_list_push_back(undo, &out->node);
    }
    group->group_id = gm->group_id;
    group->type = gm->type;
    ovs_list_init(&group->buckets);
    ovs_list_push_back_all(&group->buckets, buckets);
    group_insert(tables, group);
    step->new_group = group;
    ovs_list_push_back(undo, &step->node);
}

static enum ofperr
group_delete(struct fake_tables *tables, uint32_t group_id,
             struct ovs_list *undo)
{
    struct fake_group *group;

    HMAP_FOR_EACH_SAFE (group, node, &tables->groups) {
        struct undo_step *step;
        struct fake_flow *flow;

        if (group_id != OFPG_ALL && group->group_id != group_id) {
            continue;
        }
        HMAP_FOR_EACH_SAFE (flow, node, &tables->flows) {
            if (names_group(tables, flow->ofpacts, flow->ofpacts_len,
                            group->group_id)) {
                flow_take_out(tables, flow, undo);
            }
        }
        step = xzalloc(sizeof *step);
        hmap_remove(&tables->groups, &group->node);
        step->old_group = group;
        ovs_list_push_back(undo, &step->node);
    }
    return 0;
}

static enum ofperr
group_insert_buckets(struct fake_tables *tables, struct fake_group *old,
                     struct ofputil_group_mod *gm, struct ovs_list *undo)
{
    struct ovs_list buckets = OVS_LIST_INITIALIZER(&buckets);
    const struct ofputil_bucket *bucket;

    LIST_FOR_EACH (bucket, list_node, &gm->buckets) {
        if (ofputil_bucket_find(&old->buckets, bucket->bucket_id)) {
            return OFPERR_OFPGMFC_BUCKET_EXISTS;
        }
    }
    ofputil_bucket_clone_list(&buckets, &gm->buckets, NULL);
    ofputil_bucket_clone_list(&buckets, &old->buckets, NULL);
    gm->type = old->type;
    group_put(tables, old, gm, &buckets, undo);
    return 0;
}

static enum ofperr
group_remove_bucket(struct fake_tables *tables, struct fake_group *old,
                    struct ofputil_group_mod *gm, struct ovs_list *undo)
{
    struct ovs_list buckets = OVS_LIST_INITIALIZER(&buckets);
    const struct ofputil_bucket *bucket;

    bucket = ofputil_bucket_find(&old->buckets, gm->command_bucket_id);
    if (!bucket) {
        return OFPERR_OFPGMFC_UNKNOWN_BUCKET;
    }
    ofputil_bucket_clone_list(&buckets, &old->buckets, bucket);
    gm->type = old->type;
    group_put(tables, old, gm, &buckets, undo);
    return 0;
}

static enum ofperr
apply_decoded_group_mod(struct fake_tables *tables,
                        struct ofputil_group_mod *gm, struct ovs_list *undo)
{
    struct fake_group *old = group_find(tables, gm->group_id);

    switch (gm->command) {
    case OFPGC15_ADD:
        if (old) {
            return OFPERR_OFPGMFC_GROUP_EXISTS;
        }
        /* Fall through. */
    case OFPGC15_ADD_OR_MOD:
        group_put(tables, old, gm, &gm->buckets, undo);
        return 0;

    case OFPGC15_DELETE:
        return group_delete(tables, gm->group_id, undo);

    case OFPGC15_MODIFY:
    case OFPGC15_INSERT_BUCKET:
    case OFPGC15_REMOVE_BUCKET:
        if (!old) {
            return OFPERR_OFPGMFC_UNKNOWN_GROUP;
        } else if (gm->command == OFPGC15_INSERT_BUCKET) {
            return group_insert_buckets(tables, old, gm, undo);
        } else if (gm->command == OFPGC15_REMOVE_BUCKET) {
            return group_remove_bucket(tables, old, gm, undo);
        }
        group_put(tables, old, gm, &gm->buckets, undo);
        return 0;

    default:
        return OFPERR_OFPGMFC_BAD_COMMAND;
    }
}

static enum ofperr
apply_group_mod(struct fake_tables *tables, const struct ofp_header *oh,
                struct ovs_list *undo)
{
    struct ofputil_group_mod gm;
    enum ofperr error = ofputil_decode_group_mod(oh, &gm);

    tables->n_group_mods++;
    if (!error) {
        error = apply_decoded_group_mod(tables, &gm, undo);
        ofputil_uninit_group_mod(&gm);
    }
    return error;
}

/* The tables. */

void
fake_tables_init(struct fake_tables *tables)
{
    hmap_init(&tables->flows);
    hmap_init(&tables->groups);
    tables->meters = 0;
    tables->no_meters = false;
    tables->n_flow_mods = tables->n_group_mods = 0;
}

void
fake_tables_uninit(struct fake_tables *tables)
{
    struct fake_group *group;
    struct fake_flow *flow;

    HMAP_FOR_EACH_POP (flow, node, &tables->flows) {
        flow_destroy(flow);
    }
    HMAP_FOR_EACH_POP (group, node, &tables->groups) {
        group_destroy(group);
    }
    hmap_destroy(&tables->flows);
    hmap_destroy(&tables->groups);
}

enum ofperr
fake_tables_apply(struct fake_tables *tables, const struct ofp_header *oh,
                  struct ovs_list *undo)
{
    enum ofptype type;
    enum ofperr error = ofptype_decode(&type, oh);

    return (error ? error
            : type == OFPTYPE_FLOW_MOD ? apply_flow_mod(tables, oh, undo)
            : type == OFPTYPE_GROUP_MOD ? apply_group_mod(tables, oh, undo)
            : OFPERR_OFPBFC_MSG_UNSUP);
}

enum ofperr
fake_tables_apply_meter(struct fake_tables *tables,
                        const struct ofp_header *oh)
{
    struct ofputil_meter_mod mm;
    struct ofpbuf bands;
    enum ofperr error;
    uint32_t bit;

    ofpbuf_init(&bands, 64);
    error = ofputil_decode_meter_mod(oh, &mm, &bands);
    ofpbuf_uninit(&bands);
    if (error) {
        return error;
    } else if (tables->no_meters || !mm.meter.meter_id
               || mm.meter.meter_id > 32) {
        return OFPERR_OFPMMFC_INVALID_METER;
    }
    bit = UINT32_C(1) << (mm.meter.meter_id - 1);
    if (mm.command == OFPMC13_ADD) {
        error = tables->meters & bit ? OFPERR_OFPMMFC_METER_EXISTS : 0;
        tables->meters |= bit;
    } else if (mm.command == OFPMC13_MODIFY) {
        error = tables->meters & bit ? 0 : OFPERR_OFPMMFC_UNKNOWN_METER;
    } else {
        error = OFPERR_OFPMMFC_BAD_COMMAND;
    }
    return error;
}

void
fake_tables_commit(struct ovs_list *undo)
{
    struct undo_step *step;

    LIST_FOR_EACH_POP (step, node, undo) {
        flow_destroy(step->old_flow);
        group_destroy(step->old_group);
        free(step);
    }
}

void
fake_tables_rollback(struct fake_tables *tables, struct ovs_list *undo)
{
    while (!ovs_list_is_empty(undo)) {
        struct undo_step *step = CONTAINER_OF(ovs_list_pop_back(undo),
                                              struct undo_step, node);

        if (step->new_flow) {
            fake_tables_remove_flow(tables, step->new_flow);
        } else if (step->old_flow) {
            flow_insert(tables, step->old_flow);
        } else if (step->new_group) {
            hmap_remove(&tables->groups, &step->new_group->node);
            group_destroy(step->new_group);
        } else {
            group_insert(tables, step->old_group);
        }
        free(step);
    }
}

/* Returns true if 'flow' is one that 'request' asks for. */
static bool
flow_is_selected(const struct fake_flow *flow,
                 const struct ofputil_flow_stats_request *request)
{
    struct minimatch match;
    bool selected;

    minimatch_init(&match, &request->match);
    selected = flow_is_loose_match(flow, request->table_id, &match,
                                   ntohll(request->cookie),
                                   ntohll(request->cookie_mask));
    minimatch_destroy(&match);
    return selected;
}

void
fake_tables_flow_stats(const struct fake_tables *tables,
                       const struct ofp_header *oh, struct ovs_list *replies)
{
    struct ofputil_aggregate_stats aggregate = { .flow_count = 0 };
    struct ofputil_flow_stats_request request;
    const struct fake_flow *flow;

    ovs_assert(!ofputil_decode_flow_stats_request(&request, oh, NULL, NULL));
    ofpmp_init(replies, oh);
    HMAP_FOR_EACH (flow, node, &tables->flows) {
        if (!flow_is_selected(flow, &request)) {
            continue;
        }
        aggregate.flow_count++;
        aggregate.packet_count += flow->n_packets;
        if (!request.aggregate) {
            struct ofputil_flow_stats stats = {
                .cookie = htonll(flow->cookie),
                .table_id = flow->table_id,
                .priority = flow->priority,
                .ofpacts = flow->ofpacts,
                .ofpacts_len = flow->ofpacts_len,
            };

            minimatch_expand(&flow->match, &stats.match);
            ofputil_append_flow_stats_reply(&stats, replies, NULL);
        }
    }
    if (request.aggregate) {
        struct ofpbuf *msg = ofputil_encode_aggregate_stats_reply(&aggregate,
                                                                  oh);

        ofpbuf_list_delete(replies);
        ovs_list_push_back(replies, &msg->list_node);
    }
}

void
fake_tables_group_stats(const struct fake_tables *tables,
                        const struct ofp_header *oh, struct ovs_list *replies)
{
    const struct fake_group *group;

    ofpmp_init(replies, oh);
    HMAP_FOR_EACH (group, node, &tables->groups) {
        struct ofputil_group_stats stats = {
            .group_id = group->group_id,
            .n_buckets = ovs_list_size(&group->buckets),
        };

        stats.bucket_stats = xcalloc(MAX(stats.n_buckets, 1),
                                     sizeof *stats.bucket_stats);
        ofputil_append_group_stats(replies, &stats);
        free(stats.bucket_stats);
    }
}

void
fake_tables_remove_flow(struct fake_tables *tables, struct fake_flow *flow)
{
    hmap_remove(&tables->flows, &flow->node);
    flow_destroy(flow);
}

/* Text. */

static char *
fake_flow_to_string(const struct fake_flow *flow)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct ofpact_format_params fp = { .s = &s };

    ds_put_format(&s, "flow table=%d, cookie=%#"PRIx64", ", flow->table_id,
                  flow->cookie);
    minimatch_format(&flow->match, NULL, NULL, &s, flow->priority);
    ds_put_cstr(&s, " actions=");
    ofpacts_format(flow->ofpacts, flow->ofpacts_len, &fp);
    return ds_steal_cstr(&s);
}

static void
group_to_svec(const struct fake_group *group, struct svec *lines)
{
    const struct ofputil_bucket *bucket;

    svec_add_nocopy(lines, xasprintf("group %08"PRIx32" type=%d",
                                     group->group_id, group->type));
    LIST_FOR_EACH (bucket, list_node, &group->buckets) {
        struct ds s = DS_EMPTY_INITIALIZER;
        struct ofpact_format_params fp = { .s = &s };

        ds_put_format(&s, "group %08"PRIx32" type=%d bucket %08"PRIx32
                      " actions=", group->group_id, group->type,
                      bucket->bucket_id);
        ofpacts_format(bucket->ofpacts, bucket->ofpacts_len, &fp);
        svec_add_nocopy(lines, ds_steal_cstr(&s));
    }
}

void
fake_tables_dump(const struct fake_tables *tables, struct ds *s)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const struct fake_group *group;
    const struct fake_flow *flow;
    const char *line;
    size_t i;

    HMAP_FOR_EACH (group, node, &tables->groups) {
        group_to_svec(group, &lines);
    }
    HMAP_FOR_EACH (flow, node, &tables->flows) {
        svec_add_nocopy(&lines, fake_flow_to_string(flow));
    }
    svec_sort(&lines);
    SVEC_FOR_EACH (i, line, &lines) {
        ds_put_format(s, "%s\n", line);
    }
    svec_destroy(&lines);
}
