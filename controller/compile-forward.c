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
#include "openvswitch/packets.h"
#include "packets.h"

/* Begins a flow that sends from 'table', with the tag in 'tag_reg' if
 * 'tagged'. */
static void
begin_output(struct flow_draft *f, enum pipeline_table table,
             enum mf_field_id tag_reg, bool tagged)
{
    flow_begin(f, table, tagged ? PRIO_SHARED : PRIO_MISS,
               flow_cookie(COOKIE_LOCAL, 0, 0));
    if (tagged) {
        match_set_reg_masked(&f->match, tag_reg - MFF_REG0, REG_TAG_PRESENT,
                             REG_TAG_PRESENT);
        flow_push_tag(f);
        flow_move(f, tag_reg, MFF_VLAN_VID, 12);
    }
}

/* Returns the NVE's own MAC on its access links: locally administered, and its
 * endpoint in the low 32 bits. */
static struct eth_addr
access_mac(const struct model_nve *nve)
{
    uint32_t endpoint = nve->n_endpoints ? ntohl(nve->endpoints[0]) : 0;
    struct eth_addr mac = ETH_ADDR_C(02,4e,00,00,00,00);

    for (int i = 0; i < 4; i++) {
        mac.ea[2 + i] = endpoint >> (24 - 8 * i);
    }
    return mac;
}

/* An answer that goes back with a tag crosses bridges that learn (the
 * hypervisor's, a blade switch), and the address asked for may be behind these
 * itself.  Did the answer come from its MAC, they would look for it here. */
static void
forward_answer(const struct model_nve *nve, bool tagged, struct items *items)
{
    struct flow_draft f;

    begin_output(&f, TABLE_ANSWER, MFF_REG3, tagged);
    if (tagged) {
        flow_set_mac(&f, MFF_ETH_SRC, access_mac(nve));
    }
    flow_output(&f, OFPP_IN_PORT);
    flow_end(&f, items);
}

void
forward_base(const struct model_nve *nve, ofp_port_t tunnel_port,
             struct items *items)
{
    uint64_t cookie = flow_cookie(COOKIE_LOCAL, 0, 0);
    struct flow_draft f;

    for (int tagged = 0; tagged <= 1; tagged++) {
        begin_output(&f, TABLE_DELIVER, MFF_REG4, tagged);
        flow_output_reg(&f, MFF_REG1);
        flow_end(&f, items);
        forward_answer(nve, tagged, items);
    }

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
    uint32_t object = vnic_object(mac->attachment);
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

/* Appends "send by 'port', with its tag" by way of DELIVER's registers. */
static void
set_output(struct flow_draft *f, const struct local_port *port)
{
    flow_set_u32(f, MFF_REG1, ofp_to_u16(port->port));
    if (port->tag) {
        flow_set_u32(f, MFF_REG4, REG_TAG(port->tag));
    }
}

/* The bucket ID follows from port and tag, for the same reasons as above. */
void
forward_access(const struct local_port *port, struct items *items)
{
    struct flow_draft f;

    flow_begin_bucket(&f);
    set_output(&f, port);
    flow_resubmit(&f, TABLE_DELIVER);
    flow_end_bucket(&f, GROUP_FLOOD_LOCAL(port->vn_id),
                    ACCESS_NUMBER(port->port, port->tag), items);
}

void
forward_trunk(ofp_port_t port, struct items *items)
{
    for (int popped = 0; popped <= 1; popped++) {
        struct flow_draft f;

        flow_begin(&f, TABLE_DELIVER, PRIO_BAD_TAG,
                   flow_cookie(COOKIE_LOCAL, ACCESS_NUMBER(port, 0), 0));
        match_set_reg(&f.match, 1, ofp_to_u16(port));
        match_set_reg(&f.match, 4, 0);
        flow_tenant_tag(&f, popped);
        flow_end(&f, items);
    }
}

static void
forward_mac(const struct local_port *port, const struct model_mac *mac,
            struct items *items)
{
    if (model_mac_is_held(mac)) {
        struct flow_draft f;

        flow_begin(&f, TABLE_L2_LOOKUP, PRIO_LOCAL, local_port_cookie(port));
        flow_in_vn(&f, port->vn_id);
        match_set_dl_dst(&f.match, mac->mac);
        set_output(&f, port);
        flow_goto(&f, TABLE_DELIVER);
        flow_end(&f, items);
    }
}

void
forward_port(const struct local_port *port, struct items *items)
{
    const struct model_gleaned *g;

    for (size_t i = 0; i < port->attachment->n_macs; i++) {
        forward_mac(port, &port->attachment->macs[i], items);
    }
    LOCAL_PORT_FOR_EACH_GLEANED (g, port) {
        forward_mac(port, &g->mac, items);
    }
}

void
compile_delivery(const struct local_port *port, struct ofpbuf *ofpacts)
{
    ovs_be64 metadata = htonll(port->vn_id);
    struct flow_draft f;

    flow_begin_bucket(&f);
    flow_set(&f, MFF_METADATA, &metadata);
    set_output(&f, port);
    flow_resubmit(&f, TABLE_DELIVER);
    ofpbuf_put(ofpacts, f.actions.data, f.actions.size);
    ofpbuf_uninit(&f.actions);
}
