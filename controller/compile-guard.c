/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Stage source guard: a VNIC sends only as itself.
 *
 *   SOURCE_MAC  Ethernet source is one of the VNIC's MACs
 *   SOURCE_IP   if the MAC has IPs, or was gleaned: IP source or ARP sender is
 *               one of them, or it asks for an address (DHCP, ARP probe, IPv6
 *               DAD)
 *   SOURCE_ND   link-layer options and NA targets of ND are its own; no RA,
 *               no redirect
 *
 * A frame with a tag of the tenant's own belongs to a bridge domain of the
 * tenant's, of which only the MAC is known.
 *
 * A MAC without IPs sends whatever it likes above Ethernet, unless it was
 * gleaned.  A MAC with IPs of one family only sends no IP of the other.  One
 * with IPv6 addresses is a host, so that a tenant's router is registered by its
 * MAC alone; its EUI-64 link-local address is its own, too (RFC 4291, appendix
 * A). */

#include <config.h>
#include "controller/compile.h"

#include <netinet/icmp6.h>

#include "controller/flow-draft.h"
#include "controller/model.h"
#include "dhcp.h"
#include "flow.h"
#include "openvswitch/packets.h"
#include "packets.h"

static void guard_ip4(const struct local_port *, const struct model_mac *,
                      struct items *);
static void guard_ip6(const struct local_port *, const struct model_mac *,
                      struct items *);
static void guard_nd(const struct local_port *, const struct model_mac *,
                     struct items *);

/* Begins a flow for frames from 'mac' on its port. */
static void
begin(struct flow_draft *f, enum pipeline_table table,
      const struct local_port *port, const struct model_mac *mac)
{
    flow_begin(f, table, PRIO_LOCAL, local_port_cookie(port));
    flow_in_vn(f, port->vn_id);
    match_set_in_port(&f->match, port->port);
    match_set_dl_src(&f->match, mac->mac);
}

/* The same, and if 'mac' was gleaned, of those flows whose packets tell that
 * it is still there. */
static void
begin_own(struct flow_draft *f, enum pipeline_table table,
          const struct local_port *port, const struct model_mac *mac)
{
    begin(f, table, port, mac);
    if (mac->gleaned) {
        f->cookie = compile_gleaned_cookie(port->port, port->vn_id, mac);
    }
}

/* Ends 'f' with "go on in 'table'". */
static void
end(struct flow_draft *f, enum pipeline_table table, struct items *items)
{
    flow_goto(f, table);
    flow_end(f, items);
}

static void
drop_type(enum pipeline_table table, uint16_t dl_type, struct items *items)
{
    struct flow_draft f;

    flow_begin(&f, table, PRIO_DROP_KNOWN, flow_cookie(COOKIE_LOCAL, 0, 0));
    match_set_dl_type(&f.match, htons(dl_type));
    flow_end(&f, items);
}

static void
drop_dst(struct eth_addr dst, struct eth_addr mask, struct items *items)
{
    struct flow_draft f;

    flow_begin(&f, TABLE_SOURCE_MAC, PRIO_GUARD,
               flow_cookie(COOKIE_LOCAL, 0, 0));
    match_set_dl_dst_masked(&f.match, dst, mask);
    flow_end(&f, items);
}

/* Sets up 'match' for Neighbor Discovery messages of 'type'. */
static void
match_nd(struct match *match, uint8_t type)
{
    match_set_dl_type(match, htons(ETH_TYPE_IPV6));
    match_set_nw_proto(match, IPPROTO_ICMPV6);
    match_set_icmp_type(match, type);
    match_set_icmp_code(match, 0);
}

void
guard_base(struct items *items)
{
    static const struct eth_addr bridge_dst = ETH_ADDR_C(01,80,c2,00,00,00);
    static const struct eth_addr bridge_mask = ETH_ADDR_C(ff,ff,ff,ff,ff,f0);
    static const struct eth_addr cisco_dst = ETH_ADDR_C(01,00,0c,cc,cc,cc);
    static const struct eth_addr cisco_mask = ETH_ADDR_C(ff,ff,ff,ff,ff,fe);
    uint64_t cookie = flow_cookie(COOKIE_LOCAL, 0, 0);
    struct flow_draft f;

    /* Bridge protocols (802.1D table 7-10, Cisco's) stay off the overlay. */
    drop_dst(bridge_dst, bridge_mask, items);
    drop_dst(cisco_dst, cisco_mask, items);
    flow_begin(&f, TABLE_SOURCE_MAC, PRIO_MISS, cookie);
    flow_end(&f, items);

    drop_type(TABLE_SOURCE_IP, ETH_TYPE_IP, items);
    drop_type(TABLE_SOURCE_IP, ETH_TYPE_ARP, items);
    drop_type(TABLE_SOURCE_IP, ETH_TYPE_RARP, items);
    drop_type(TABLE_SOURCE_IP, ETH_TYPE_IPV6, items);
    flow_begin(&f, TABLE_SOURCE_IP, PRIO_MISS, cookie);
    end(&f, TABLE_L2_LOOKUP, items);

    /* Routers' messages, too: RA, redirect. */
    for (uint8_t type = ND_ROUTER_ADVERT; type <= ND_REDIRECT; type++) {
        flow_begin(&f, TABLE_SOURCE_ND, PRIO_DROP_KNOWN, cookie);
        match_nd(&f.match, type);
        flow_end(&f, items);
    }
    flow_begin(&f, TABLE_SOURCE_ND, PRIO_MISS, cookie);
    end(&f, TABLE_RESOLVE, items);
}

static void
guard_tenant_tag(const struct local_port *port, const struct model_mac *mac,
                 struct items *items)
{
    struct flow_draft f;

    if (port->tenant_tags) {
        begin_own(&f, TABLE_SOURCE_MAC, port, mac);
        f.priority = PRIO_LOCAL_TAG;
        flow_tenant_tag(&f, port->tag);
        end(&f, TABLE_L2_LOOKUP, items);
    }
}

void
guard_mac(const struct local_port *port, const struct model_mac *mac,
          struct items *items)
{
    bool is_gleaned_mac = mac->gleaned && !mac->n_ips;
    bool restricted = mac->n_ips > 0 || is_gleaned_mac;
    struct flow_draft f;

    if (is_gleaned_mac || !mac->gleaned) {
        guard_tenant_tag(port, mac, items);
        begin_own(&f, TABLE_SOURCE_MAC, port, mac);
        end(&f, restricted ? TABLE_SOURCE_IP : TABLE_RESOLVE, items);
    }
    if (!restricted) {
        return;
    }

    begin(&f, TABLE_SOURCE_IP, port, mac);
    match_set_dl_type(&f.match, htons(ETH_TYPE_RARP));
    match_set_arp_sha(&f.match, mac->mac);
    end(&f, TABLE_L2_LOOKUP, items);
    if (is_gleaned_mac || mac_holds_ip(mac, true)) {
        guard_ip4(port, mac, items);
    }
    if (is_gleaned_mac || mac_holds_ip(mac, false)) {
        guard_ip6(port, mac, items);
        guard_nd(port, mac, items);
    }
}

static void
guard_ip4(const struct local_port *port, const struct model_mac *mac,
          struct items *items)
{
    struct flow_draft f;

    MAC_FOR_EACH_PREFIX (prefix, mac) {
        if (nvo3_prefix_is_v4(prefix)) {
            ovs_be32 ip = in6_addr_get_mapped_ipv4(&prefix->addr);
            ovs_be32 mask = be32_prefix_mask(prefix->plen - 96);

            begin_own(&f, TABLE_SOURCE_IP, port, mac);
            match_set_dl_type(&f.match, htons(ETH_TYPE_IP));
            match_set_nw_src_masked(&f.match, ip, mask);
            end(&f, TABLE_L2_LOOKUP, items);

            begin_own(&f, TABLE_SOURCE_IP, port, mac);
            match_set_dl_type(&f.match, htons(ETH_TYPE_ARP));
            match_set_arp_sha(&f.match, mac->mac);
            match_set_nw_src_masked(&f.match, ip, mask);
            end(&f, TABLE_RESOLVE, items);
        }
    }

    /* ARP probe (RFC 5227, section 2.1.1). */
    begin(&f, TABLE_SOURCE_IP, port, mac);
    match_set_dl_type(&f.match, htons(ETH_TYPE_ARP));
    match_set_arp_sha(&f.match, mac->mac);
    match_set_nw_src(&f.match, htonl(INADDR_ANY));
    end(&f, TABLE_RESOLVE, items);

    /* DHCP discovery (RFC 2131, section 4.1). */
    begin(&f, TABLE_SOURCE_IP, port, mac);
    match_set_dl_type(&f.match, htons(ETH_TYPE_IP));
    match_set_nw_src(&f.match, htonl(INADDR_ANY));
    match_set_nw_dst(&f.match, htonl(INADDR_BROADCAST));
    match_set_nw_proto(&f.match, IPPROTO_UDP);
    match_set_tp_src(&f.match, htons(DHCP_CLIENT_PORT));
    match_set_tp_dst(&f.match, htons(DHCP_SERVER_PORT));
    end(&f, TABLE_L2_LOOKUP, items);
}

static void
guard_ip6(const struct local_port *port, const struct model_mac *mac,
          struct items *items)
{
    struct in6_addr link_local;
    struct flow_draft f;

    MAC_FOR_EACH_PREFIX (prefix, mac) {
        if (!nvo3_prefix_is_v4(prefix)) {
            struct in6_addr mask = ipv6_create_mask(prefix->plen);

            begin_own(&f, TABLE_SOURCE_IP, port, mac);
            match_set_dl_type(&f.match, htons(ETH_TYPE_IPV6));
            match_set_ipv6_src_masked(&f.match, &prefix->addr, &mask);
            end(&f, TABLE_SOURCE_ND, items);
        }
    }

    in6_generate_lla(mac->mac, &link_local);
    begin(&f, TABLE_SOURCE_IP, port, mac);
    match_set_dl_type(&f.match, htons(ETH_TYPE_IPV6));
    match_set_ipv6_src(&f.match, &link_local);
    end(&f, TABLE_SOURCE_ND, items);

    /* DAD and MLD have no source yet (RFC 4862, section 5.4.2). */
    begin(&f, TABLE_SOURCE_IP, port, mac);
    match_set_dl_type(&f.match, htons(ETH_TYPE_IPV6));
    match_set_nw_proto(&f.match, IPPROTO_ICMPV6);
    match_set_ipv6_src(&f.match, &in6addr_any);
    end(&f, TABLE_SOURCE_ND, items);
}

/* Lets an NA for 'target' pass that names the VNIC's own MAC, or none. */
static void
guard_nd_target(const struct local_port *port, const struct model_mac *mac,
                const struct in6_addr *target, unsigned int plen,
                struct items *items)
{
    struct in6_addr mask = ipv6_create_mask(plen);

    for (int with_option = 0; with_option <= 1; with_option++) {
        struct flow_draft f;

        begin(&f, TABLE_SOURCE_ND, port, mac);
        match_nd(&f.match, ND_NEIGHBOR_ADVERT);
        match_set_nd_target_masked(&f.match, target, &mask);
        match_set_arp_tha(&f.match, with_option ? mac->mac : eth_addr_zero);
        end(&f, TABLE_RESOLVE, items);
    }
}

/* OVS keeps the link-layer options of ND in the fields that hold ARP's
 * hardware addresses: source in arp_sha, target in arp_tha, zero if absent. */
static void
guard_nd(const struct local_port *port, const struct model_mac *mac,
         struct items *items)
{
    struct in6_addr link_local;

    for (int with_option = 0; with_option <= 1; with_option++) {
        struct flow_draft f;

        begin(&f, TABLE_SOURCE_ND, port, mac);
        match_nd(&f.match, ND_NEIGHBOR_SOLICIT);
        match_set_arp_sha(&f.match, with_option ? mac->mac : eth_addr_zero);
        end(&f, TABLE_RESOLVE, items);
    }

    in6_generate_lla(mac->mac, &link_local);
    guard_nd_target(port, mac, &link_local, 128, items);
    MAC_FOR_EACH_PREFIX (prefix, mac) {
        if (!nvo3_prefix_is_v4(prefix)) {
            guard_nd_target(port, mac, &prefix->addr, prefix->plen, items);
        }
    }
}
