/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Stage classify: which VN a frame belongs to.
 *
 * From a VNIC the port and the frame's tag say it (RFC 8394, section 3.1), or
 * the port alone for frames that have no tag.  VID 0 is never a tag of ours: a
 * frame with it passes for one without a tag with whoever gets it, so that it
 * would go round the source guard.
 *
 * From the tunnel the VNI says it, and only an NVE that is a member of the VN
 * may have sent it.  A frame that is tagged inside is dropped (RFC 7348,
 * section 6.1) unless the VN has tenant tags (RFC 8014, section 4.2.1): then a
 * frame may have an 802.1Q tag besides ours.
 *
 * Open vSwitch looks at one tag (other_config:vlan-limit).  So when ours is
 * popped it does not see the tenant's below it, but the Ethernet type says that
 * there is one. */

#include <config.h>
#include "controller/compile.h"

#include "controller/flow-draft.h"
#include "controller/model.h"
#include "flow.h"
#include "packets.h"
#include "util.h"

/* Begins a flow of the local image that belongs to no VN. */
static void
begin_base(struct flow_draft *f, enum pipeline_table table, int priority)
{
    flow_begin(f, table, priority, flow_cookie(COOKIE_LOCAL, 0, 0));
}

/* Drops frames with VID 0, also inside of a tunnel, and with a tag that nobody
 * has on their port. */
static void
drop_tags(struct items *items)
{
    struct flow_draft f;

    begin_base(&f, TABLE_CLASSIFY, PRIO_BAD_TAG);
    flow_tagged(&f, 0);
    flow_end(&f, items);
    begin_base(&f, TABLE_CLASSIFY, PRIO_DROP_KNOWN);
    flow_tagged_any(&f);
    flow_end(&f, items);
}

/* TENANT_TAG sees frames of which CLASSIFY has popped our tag.  What is left
 * is a tenant's, if its VN has these. */
static void
drop_second_tags(struct items *items)
{
    static const uint16_t types[] = {
        ETH_TYPE_VLAN_8021Q, ETH_TYPE_VLAN_8021AD,
    };
    struct flow_draft f;

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        begin_base(&f, TABLE_TENANT_TAG, PRIO_DROP_KNOWN);
        match_set_dl_type(&f.match, htons(types[i]));
        flow_end(&f, items);
    }
    begin_base(&f, TABLE_TENANT_TAG, PRIO_GUARD);
    flow_tagged_any(&f);
    flow_end(&f, items);
    begin_base(&f, TABLE_TENANT_TAG, PRIO_MISS);
    flow_goto(&f, TABLE_SOURCE_MAC);
    flow_end(&f, items);
}

void
classify_base(const struct model_nve *nve, ofp_port_t tunnel_port,
              struct items *items)
{
    uint64_t cookie = flow_cookie(COOKIE_LOCAL, 0, 0);
    struct flow_draft f;

    flow_begin(&f, TABLE_CLASSIFY, PRIO_MISS, cookie);
    flow_end(&f, items);
    drop_tags(items);
    flow_begin(&f, TABLE_TUNNEL_IN, PRIO_MISS, cookie);
    flow_end(&f, items);
    drop_second_tags(items);
    if (tunnel_port != OFPP_NONE) {
        flow_begin(&f, TABLE_CLASSIFY, PRIO_LOCAL, cookie);
        match_set_in_port(&f.match, tunnel_port);
        flow_move(&f, MFF_TUN_ID, MFF_METADATA, 24);
        flow_set_u32(&f, MFF_REG0, FLAG_TUNNEL);
        flow_goto(&f, TABLE_TUNNEL_IN);
        flow_end(&f, items);
    }

    /* Nobody else sends from the NVE's own endpoints. */
    for (size_t i = 0; i < nve->n_endpoints; i++) {
        flow_begin(&f, TABLE_TUNNEL_IN, PRIO_GUARD, cookie);
        match_set_tun_src(&f.match, nve->endpoints[i]);
        flow_end(&f, items);
    }
}

/* Frames from NVEs that are not members, or tagged, are counted here. */
void
classify_vn(uint32_t vn_id, struct items *items)
{
    struct flow_draft f;

    flow_begin(&f, TABLE_TUNNEL_IN, PRIO_FALLBACK,
               flow_cookie(COOKIE_VN, 0, vn_id));
    flow_in_vn(&f, vn_id);
    flow_end(&f, items);
}

void
classify_member(uint32_t vn_id, bool tenant_tags,
                const struct model_nve *nve, struct items *items)
{
    for (size_t i = 0; i < nve->n_endpoints; i++) {
        struct flow_draft f;

        flow_begin(&f, TABLE_TUNNEL_IN, PRIO_SHARED,
                   flow_cookie(COOKIE_VN, ntohl(nve->endpoints[i]), vn_id));
        flow_in_vn(&f, vn_id);
        match_set_tun_src(&f.match, nve->endpoints[i]);
        if (!tenant_tags) {
            flow_untagged(&f);
        }
        flow_goto(&f, TABLE_L2_LOOKUP);
        flow_end(&f, items);
    }
}

/* Begins a flow for frames of 'port'. */
static void
begin_port(struct flow_draft *f, enum pipeline_table table, int priority,
           const struct local_port *port)
{
    flow_begin(f, table, priority, access_cookie(port));
    match_set_in_port(&f->match, port->port);
}

/* Ends 'f' with "is in the VN of 'port', goes on in 'table'". */
static void
end_port(struct flow_draft *f, const struct local_port *port,
         enum pipeline_table table, struct items *items)
{
    ovs_be64 metadata = htonll(port->vn_id);

    flow_set(f, MFF_METADATA, &metadata);
    flow_goto(f, table);
    flow_end(f, items);
}

static void
classify_tagged(const struct local_port *port, struct items *items)
{
    struct flow_draft f;

    begin_port(&f, TABLE_CLASSIFY, PRIO_SHARED, port);
    flow_tagged(&f, port->tag);
    flow_pop_tag(&f);
    flow_set_u32(&f, MFF_REG3, REG_TAG(port->tag));
    end_port(&f, port, TABLE_TENANT_TAG, items);

    if (port->tenant_tags) {
        begin_port(&f, TABLE_TENANT_TAG, PRIO_LOCAL, port);
        flow_in_vn(&f, port->vn_id);
        match_set_reg(&f.match, 3, REG_TAG(port->tag));
        match_set_dl_type(&f.match, htons(ETH_TYPE_VLAN_8021Q));
        flow_goto(&f, TABLE_SOURCE_MAC);
        flow_end(&f, items);
    }
}

static void
classify_untagged(const struct local_port *port, struct items *items)
{
    struct flow_draft f;

    begin_port(&f, TABLE_CLASSIFY, PRIO_SHARED, port);
    flow_untagged(&f);
    end_port(&f, port, TABLE_SOURCE_MAC, items);

    if (port->tenant_tags) {
        begin_port(&f, TABLE_CLASSIFY, PRIO_TENANT_TAG, port);
        flow_tagged_any(&f);
        end_port(&f, port, TABLE_SOURCE_MAC, items);
    }
}

void
classify_access(const struct local_port *port, struct items *items)
{
    if (port->tag) {
        classify_tagged(port, items);
    } else {
        classify_untagged(port, items);
    }
}

void
classify_trunk(ofp_port_t port, struct items *items)
{
    struct flow_draft f;

    flow_begin(&f, TABLE_CLASSIFY, PRIO_TRUNK,
               flow_cookie(COOKIE_LOCAL, ACCESS_NUMBER(port, 0), 0));
    match_set_in_port(&f.match, port);
    flow_tagged_any(&f);
    flow_end(&f, items);
}
