/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_FLOW_DRAFT_H
#define CONTROLLER_FLOW_DRAFT_H 1

/* Flow draft: one flow of the pipeline under construction, for compile*.c.
 *
 *     struct flow_draft f;
 *
 *     flow_begin(&f, TABLE_L2_LOOKUP, PRIO_SHARED, cookie);
 *     flow_in_vn(&f, vn_id);
 *     match_set_dl_dst(&f.match, mac);
 *     flow_set_tun_dst(&f, endpoint);
 *     flow_resubmit(&f, TABLE_TUNNEL_OUT);
 *     flow_end(&f, items);
 *
 * Matches that only one stage needs are set in 'match' with match_set_*();
 * a flow without actions drops.  Single-threaded; a draft lives on the
 * stack from flow_begin() to flow_end() or flow_end_bucket(). */

#include <stdbool.h>
#include <stdint.h>
#include "lib/pipeline.h"
#include "openvswitch/match.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/types.h"

struct items;

struct flow_draft {
    enum pipeline_table table;
    int priority;
    uint64_t cookie;
    struct match match;
    struct ofpbuf actions;      /* Begins in 'stub'. */
    uint64_t stub[64];
};

/* Returns the cookie of a flow of 'kind' in the VN 'vn_id' (0 if in none) that
 * is about the object whose name or address hashes to 'object'. */
static inline uint64_t
flow_cookie(enum cookie_kind kind, uint32_t object, uint32_t vn_id)
{
    return ((uint64_t) kind << COOKIE_KIND_SHIFT
            | (uint64_t) object << 24 | vn_id);
}

/* Begins a flow that matches everything and drops it. */
void flow_begin(struct flow_draft *, enum pipeline_table, int priority,
                uint64_t cookie);

/* Begins the actions of a bucket: then flow_end_bucket(). */
void flow_begin_bucket(struct flow_draft *);

/* Matches frames of the VN 'vn_id'. */
void flow_in_vn(struct flow_draft *, uint32_t vn_id);

/* Matches frames that did ('yes') or did not come from the tunnel. */
void flow_from_tunnel(struct flow_draft *, bool yes);

/* Matches frames for a group address, broadcast among them. */
void flow_to_multicast(struct flow_draft *);

/* Matches frames that have no tag. */
void flow_untagged(struct flow_draft *);

/* Matches frames whose outermost tag has VID 'tag', which may be 0. */
void flow_tagged(struct flow_draft *, uint16_t tag);

/* Matches frames that have a tag, any. */
void flow_tagged_any(struct flow_draft *);

/* Matches frames that have a tag of the tenant's: below ours, which has been
 * 'popped' or which the frame is still to get; or alone. */
void flow_tenant_tag(struct flow_draft *, bool popped);

/* Appends "set field 'id' to 'value'", which is as wide as the field and in
 * network order. */
void flow_set(struct flow_draft *, enum mf_field_id id, const void *value);

/* The same for a field of 32 bits and a value in host order. */
void flow_set_u32(struct flow_draft *, enum mf_field_id id, uint32_t value);

/* The same for a field that is a MAC. */
void flow_set_mac(struct flow_draft *, enum mf_field_id id, struct eth_addr);

/* Appends "copy the low 'n_bits' of field 'src' to those of 'dst'". */
void flow_move(struct flow_draft *, enum mf_field_id src,
               enum mf_field_id dst, unsigned int n_bits);

/* Append "pop the outermost tag" and "push a tag", whose VID is then to be
 * set. */
void flow_pop_tag(struct flow_draft *);
void flow_push_tag(struct flow_draft *);

/* Appends "look the frame up in 'table', then go on here". */
void flow_resubmit(struct flow_draft *, enum pipeline_table table);

/* Appends output to 'port'. */
void flow_output(struct flow_draft *, ofp_port_t port);

/* Appends output to the port whose number is in the low 16 bits of 'id'. */
void flow_output_reg(struct flow_draft *, enum mf_field_id id);

/* Appends "through meter 'meter', the first 'n_bytes' to the controller". */
void flow_controller(struct flow_draft *, uint32_t meter, uint16_t n_bytes);

/* Appends the group 'group_id'. */
void flow_group(struct flow_draft *, uint32_t group_id);

/* Appends "go on in 'table'", which must be last. */
void flow_goto(struct flow_draft *, enum pipeline_table);

/* Adds the flow to 'items' and ends it. */
void flow_end(struct flow_draft *, struct items *);

/* Adds the actions to 'items' as bucket 'bucket_id' of 'group_id'. */
void flow_end_bucket(struct flow_draft *, uint32_t group_id,
                     uint32_t bucket_id, struct items *);

#endif /* controller/flow-draft.h */
