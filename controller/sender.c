/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/sender.h"

#include <netinet/icmp6.h>

#include "dp-packet.h"
#include "flow.h"
#include "lib/nvo3-addr.h"
#include "openvswitch/packets.h"
#include "packets.h"
#include "util.h"

/* Who asks: locally administered, "NVO3" in its middle. */
static const struct eth_addr probe_mac = ETH_ADDR_C(0a,4e,56,4f,33,01);

/* Bytes before the Ethernet header, so that what follows it is aligned. */
#define HEADROOM 2

static void
add_ip(struct sender *sender, const struct in6_addr *ip)
{
    struct in6_addr link_local;

    in6_generate_lla(sender->mac, &link_local);
    if (nvo3_ip_is_usable(ip) && !ipv6_addr_equals(ip, &link_local)) {
        sender->ips[sender->n_ips++] = *ip;
    }
}

static void
read_arp(const struct flow *flow, struct sender *sender)
{
    if (eth_addr_equals(flow->arp_sha, sender->mac)
        && (flow->nw_proto == ARP_OP_REQUEST
            || flow->nw_proto == ARP_OP_REPLY)) {
        struct in6_addr ip;

        in6_addr_set_mapped_ipv4(&ip, flow->nw_src);
        add_ip(sender, &ip);
    }
}

/* Adds 'ip', which an IPv6 packet says. */
static void
add_ip6(struct sender *sender, const struct in6_addr *ip)
{
    if (!IN6_IS_ADDR_V4MAPPED(ip)) {
        add_ip(sender, ip);
    }
}

/* Returns true if the link-layer address 'option' of ND, zero if there was
 * none, is that of the sender. */
static bool
is_own(const struct sender *sender, struct eth_addr option)
{
    return (eth_addr_is_zero(option) || eth_addr_equals(option, sender->mac));
}

static void
read_nd(const struct flow *flow, struct sender *sender)
{
    uint16_t type = ntohs(flow->tp_src);

    if (flow->nw_proto != IPPROTO_ICMPV6 || flow->nw_frag
        || flow->nw_ttl != 255 || flow->tp_dst) {
        return;
    }
    if (type == ND_NEIGHBOR_SOLICIT && is_own(sender, flow->arp_sha)) {
        add_ip6(sender, &flow->ipv6_src);
    } else if (type == ND_NEIGHBOR_ADVERT && is_own(sender, flow->arp_tha)) {
        add_ip6(sender, &flow->nd_target);
        if (!ipv6_addr_equals(&flow->nd_target, &flow->ipv6_src)) {
            add_ip6(sender, &flow->ipv6_src);
        }
    }
}

bool
sender_read(const void *frame, size_t size, struct sender *sender)
{
    struct dp_packet *packet = dp_packet_clone_data_with_headroom(frame, size,
                                                                  HEADROOM);
    struct flow flow;

    flow_extract(packet, &flow);
    memset(sender, 0, sizeof *sender);
    sender->mac = flow.dl_src;
    if (flow.dl_type == htons(ETH_TYPE_ARP)) {
        read_arp(&flow, sender);
    } else if (flow.dl_type == htons(ETH_TYPE_IPV6)) {
        read_nd(&flow, sender);
    }
    dp_packet_delete(packet);
    return (size >= ETH_HEADER_LEN && !flow.vlans[0].tci
            && !eth_addr_is_zero(sender->mac)
            && !eth_addr_is_multicast(sender->mac)
            && !eth_addr_equals(sender->mac, probe_mac));
}

struct dp_packet *
sender_probe(const struct in6_addr *ip)
{
    struct dp_packet *packet = dp_packet_new_with_headroom(128, HEADROOM);

    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        compose_arp(packet, ARP_OP_REQUEST, probe_mac, eth_addr_zero, true,
                    htonl(INADDR_ANY), in6_addr_get_mapped_ipv4(ip));
    } else {
        struct in6_addr source;

        in6_generate_lla(probe_mac, &source);
        compose_nd_ns(packet, probe_mac, &source, ip);
    }
    return packet;
}
