/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Stage resolve: who has this IP (RFC 8014, section 5.5; RFC 9161).
 *
 * A broadcast ARP request for a known IP is answered here, from the mapping
 * table.  A Neighbor Solicitation for one is sent on to its owner alone, with
 * the destination MAC rewritten: its ND fields are never touched.  What asks
 * one particular station (unicast) goes there untouched, and a station that
 * asks for its own address (announcement, duplicate detection) is not answered
 * with itself.  Where prefixes of several owners overlap, the longest counts:
 * OpenFlow leaves open which of two flows of one priority wins. */

#include <config.h>
#include "controller/compile.h"

#include <netinet/icmp6.h>

#include "controller/flow-draft.h"
#include "controller/model.h"
#include "flow.h"
#include "openvswitch/packets.h"
#include "packets.h"

/* Sets up 'match' for ARP requests for 'prefix'. */
static void
match_arp(struct match *match, const struct nvo3_prefix *prefix)
{
    match_set_dl_type(match, htons(ETH_TYPE_ARP));
    match_set_nw_proto(match, ARP_OP_REQUEST);
    match_set_nw_dst_masked(match, in6_addr_get_mapped_ipv4(&prefix->addr),
                            be32_prefix_mask(prefix->plen - 96));
}

/* Sets up 'match' for Neighbor Solicitations for 'prefix'. */
static void
match_ns(struct match *match, const struct nvo3_prefix *prefix)
{
    struct in6_addr mask = ipv6_create_mask(prefix->plen);

    match_set_dl_type(match, htons(ETH_TYPE_IPV6));
    match_set_nw_proto(match, IPPROTO_ICMPV6);
    match_set_icmp_type(match, ND_NEIGHBOR_SOLICIT);
    match_set_icmp_code(match, 0);
    match_set_nd_target_masked(match, &prefix->addr, &mask);
}

void
resolve_base(struct items *items)
{
    struct flow_draft f;

    flow_begin(&f, TABLE_RESOLVE, PRIO_MISS, flow_cookie(COOKIE_LOCAL, 0, 0));
    flow_goto(&f, TABLE_L2_LOOKUP);
    flow_end(&f, items);
}

/* Turns the request into the reply that 'mac' would give. */
static void
answer_arp(struct flow_draft *f, struct eth_addr mac)
{
    static const ovs_be16 reply = CONSTANT_HTONS(ARP_OP_REPLY);

    flow_move(f, MFF_ETH_SRC, MFF_ETH_DST, 48);
    flow_set_mac(f, MFF_ETH_SRC, mac);
    flow_set(f, MFF_ARP_OP, &reply);
    flow_move(f, MFF_ARP_SHA, MFF_ARP_THA, 48);
    flow_set_mac(f, MFF_ARP_SHA, mac);
    flow_move(f, MFF_ARP_SPA, MFF_REG2, 32);
    flow_move(f, MFF_ARP_TPA, MFF_ARP_SPA, 32);
    flow_move(f, MFF_REG2, MFF_ARP_TPA, 32);
    flow_goto(f, TABLE_ANSWER);
}

void
resolve_mapping(uint32_t vn_id, const struct model_mac *mac,
                struct items *items)
{
    uint32_t object = vnic_object(mac->attachment);

    MAC_FOR_EACH_PREFIX (prefix, mac) {
        struct flow_draft f;

        flow_begin(&f, TABLE_RESOLVE, PRIO_SHARED + prefix->plen,
                   flow_cookie(COOKIE_VN, object, vn_id));
        flow_in_vn(&f, vn_id);
        if (nvo3_prefix_is_v4(prefix)) {
            match_arp(&f.match, prefix);
            match_set_dl_dst(&f.match, eth_addr_broadcast);
            answer_arp(&f, mac->mac);
        } else {
            match_ns(&f.match, prefix);
            flow_to_multicast(&f);
            flow_set_mac(&f, MFF_ETH_DST, mac->mac);
            flow_goto(&f, TABLE_L2_LOOKUP);
        }
        flow_end(&f, items);
    }
}

void
resolve_own(const struct local_port *port, const struct model_mac *mac,
            struct items *items)
{
    MAC_FOR_EACH_PREFIX (prefix, mac) {
        struct flow_draft f;

        flow_begin(&f, TABLE_RESOLVE, PRIO_LOCAL, local_port_cookie(port));
        flow_in_vn(&f, port->vn_id);
        match_set_in_port(&f.match, port->port);
        match_set_dl_src(&f.match, mac->mac);
        if (nvo3_prefix_is_v4(prefix)) {
            match_arp(&f.match, prefix);
        } else {
            match_ns(&f.match, prefix);
        }
        flow_goto(&f, TABLE_L2_LOOKUP);
        flow_end(&f, items);
    }
}
