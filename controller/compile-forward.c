/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Stages L2 lookup, flood, deliver, tunnel out: where a frame goes.
 *
 * The shared image sends every MAC of the VN to its endpoint and floods to all
 * endpoints; on the owner's own NVE the local image's flow for the MAC goes
 * before it, and flooding to oneself ends in TUNNEL_OUT.  A frame that came by
 * tunnel never leaves by tunnel. */

#include <config.h>
#include "controller/compile.h"

#include "controller/flow-draft.h"
#include "controller/items.h"
#include "controller/model.h"
#include "flow.h"
#include "hash.h"
#include "openvswitch/packets.h"

void
forward_base(const struct model_nve *nve, ofp_port_t tunnel_port,
             struct items *items)
{
    uint64_t cookie = flow_cookie(COOKIE_LOCAL, 0, 0);
    struct flow_draft f;

    flow_begin(&f, TABLE_DELIVER, PRIO_MISS, cookie);
    flow_output_reg(&f, MFF_REG1);
    flow_end(&f, items);

    flow_begin(&f, TABLE_TUNNEL_OUT, PRIO_GUARD, cookie);
    flow_from_tunnel(&f, true);
    flow_end(&f, items);
    for (size_t i = 0; i < nve->n_endpoints; i++) {
        flow_begin(&f, TABLE_TUNNEL_OUT, PRIO_LOCAL, cookie);
        match_set_tun_dst(&f.match, nve->endpoints[i]);
        flow_end(&f, items);
    }
    if (tunnel_port != OFPP_NONE) {
        flow_begin(&f, TABLE_TUNNEL_OUT, PRIO_MISS, cookie);
        flow_move(&f, MFF_METADATA, MFF_TUN_ID, 24);
        flow_output(&f, tunnel_port);
        flow_end(&f, items);
    }
}

void
forward_vn(uint32_t vn_id, struct items *items)
{
    uint64_t cookie = flow_cookie(COOKIE_VN, 0, vn_id);
    struct flow_draft f;

    items_add_group(items, GROUP_FLOOD(vn_id));

    /* Unicast to a MAC that nobody has is counted here. */
    flow_begin(&f, TABLE_L2_LOOKUP, PRIO_MISS, cookie);
    flow_in_vn(&f, vn_id);
    flow_end(&f, items);

    flow_begin(&f, TABLE_L2_LOOKUP, PRIO_FALLBACK, cookie);
    flow_in_vn(&f, vn_id);
    flow_to_multicast(&f);
    flow_goto(&f, TABLE_FLOOD);
    flow_end(&f, items);

    flow_begin(&f, TABLE_FLOOD, PRIO_SHARED, cookie);
    flow_in_vn(&f, vn_id);
    flow_from_tunnel(&f, false);
    flow_group(&f, GROUP_FLOOD(vn_id));
    flow_goto(&f, TABLE_FLOOD_LOCAL);
    flow_end(&f, items);

    flow_begin(&f, TABLE_FLOOD, PRIO_SHARED, cookie);
    flow_in_vn(&f, vn_id);
    flow_from_tunnel(&f, true);
    flow_goto(&f, TABLE_FLOOD_LOCAL);
    flow_end(&f, items);
}

/* The bucket ID is the endpoint, so that it is the same in every director and
 * after every restart.  Multicast addresses are refused as endpoints, thus it
 * is below OFPG15_BUCKET_MAX. */
void
forward_member(uint32_t vn_id, const struct model_nve *nve,
               struct items *items)
{
    if (nve->n_endpoints) {
        struct flow_draft f;

        flow_begin_bucket(&f);
        flow_set(&f, MFF_TUN_DST, &nve->endpoints[0]);
        flow_resubmit(&f, TABLE_TUNNEL_OUT);
        flow_end_bucket(&f, GROUP_FLOOD(vn_id), ntohl(nve->endpoints[0]),
                        items);
    }
}

void
forward_mapping(uint32_t vn_id, ovs_be32 endpoint,
                const struct model_mac *mac, struct items *items)
{
    uint32_t object = hash_string(mac->attachment->vnic->name, 0);
    struct flow_draft f;

    flow_begin(&f, TABLE_L2_LOOKUP, PRIO_SHARED,
               flow_cookie(COOKIE_VN, object, vn_id));
    flow_in_vn(&f, vn_id);
    match_set_dl_dst(&f.match, mac->mac);
    flow_set(&f, MFF_TUN_DST, &endpoint);
    flow_resubmit(&f, TABLE_TUNNEL_OUT);
    flow_end(&f, items);
}

void
forward_local_vn(uint32_t vn_id, struct items *items)
{
    struct flow_draft f;

    items_add_group(items, GROUP_FLOOD_LOCAL(vn_id));
    flow_begin(&f, TABLE_FLOOD_LOCAL, PRIO_LOCAL,
               flow_cookie(COOKIE_LOCAL, 0, vn_id));
    flow_in_vn(&f, vn_id);
    flow_group(&f, GROUP_FLOOD_LOCAL(vn_id));
    flow_end(&f, items);
}

static void
forward_mac(const struct local_port *port, const struct model_mac *mac,
            struct items *items)
{
    uint32_t ofport = ofp_to_u16(port->port);

    if (model_mac_is_held(mac)) {
        struct flow_draft f;

        flow_begin(&f, TABLE_L2_LOOKUP, PRIO_LOCAL,
                   flow_cookie(COOKIE_LOCAL, ofport, port->vn_id));
        flow_in_vn(&f, port->vn_id);
        match_set_dl_dst(&f.match, mac->mac);
        flow_set_u32(&f, MFF_REG1, ofport);
        flow_goto(&f, TABLE_DELIVER);
        flow_end(&f, items);
    }
}

void
forward_port(const struct local_port *port, struct items *items)
{
    uint32_t ofport = ofp_to_u16(port->port);
    const struct model_gleaned *g;
    struct flow_draft f;

    for (size_t i = 0; i < port->attachment->n_macs; i++) {
        forward_mac(port, &port->attachment->macs[i], items);
    }
    LOCAL_PORT_FOR_EACH_GLEANED (g, port) {
        forward_mac(port, &g->mac, items);
    }

    flow_begin_bucket(&f);
    flow_set_u32(&f, MFF_REG1, ofport);
    flow_resubmit(&f, TABLE_DELIVER);
    flow_end_bucket(&f, GROUP_FLOOD_LOCAL(port->vn_id), ofport, items);
}

void
compile_delivery(const struct local_port *port, struct ofpbuf *ofpacts)
{
    ovs_be64 metadata = htonll(port->vn_id);
    struct flow_draft f;

    flow_begin_bucket(&f);
    flow_set(&f, MFF_METADATA, &metadata);
    flow_set_u32(&f, MFF_REG1, ofp_to_u16(port->port));
    flow_resubmit(&f, TABLE_DELIVER);
    ofpbuf_put(ofpacts, f.actions.data, f.actions.size);
    ofpbuf_uninit(&f.actions);
}
