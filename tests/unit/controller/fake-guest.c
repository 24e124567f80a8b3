/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/fake-guest.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "controller/pipeline.h"
#include "dp-packet.h"
#include "flow.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "simap.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/fake-tables.h"
#include "util.h"

struct fake_guests {
    struct simap ports;         /* By "MAC IP". */
};

static const struct eth_addr peer_mac = ETH_ADDR_C(02,ff,ff,ff,ff,01);

static struct eth_addr
mac_from_string(const char *s)
{
    unsigned int number = strtoul(s + 1, NULL, 16);

    ovs_assert(*s == 'm');
    return (struct eth_addr) {
        .ea = { 2, 0, 0, 0, number >> 8, number & 0xff } };
}

/* The pipeline. */

static struct fake_flow *
look_up(struct fake_tables *tables, uint8_t table, const struct flow *frame)
{
    struct fake_flow *best = NULL;
    struct fake_flow *flow;

    HMAP_FOR_EACH (flow, node, &tables->flows) {
        if (flow->table_id == table
            && (!best || flow->priority > best->priority)
            && minimatch_matches_flow(&flow->match, frame)) {
            best = flow;
        }
    }
    return best;
}

static void
send_up(struct fake_switch *sw, const struct flow *flow, uint64_t cookie,
        const struct ofpact_controller *controller,
        const struct dp_packet *frame)
{
    struct ofputil_packet_in_private pin = {
        .base = {
            .packet = dp_packet_data(frame),
            .packet_len = MIN(dp_packet_size(frame), controller->max_len),
            .reason = OFPR_ACTION,
            .cookie = htonll(cookie),
        },
    };

    match_init_catchall(&pin.base.flow_metadata);
    match_set_in_port(&pin.base.flow_metadata, flow->in_port.ofp_port);
    match_set_metadata(&pin.base.flow_metadata, flow->metadata);
    fake_switch_send(sw, ofputil_encode_packet_in_private(
                         &pin, OFPUTIL_P_OF15_OXM, OFPUTIL_PACKET_IN_STD));
}

/* Does the actions of 'rule'.  Returns the next table; or 0, with what became
 * of the frame in '*fate'. */
static uint8_t
execute(struct fake_switch *sw, const struct fake_flow *rule,
        struct flow *flow, const struct dp_packet *frame,
        enum fake_fate *fate)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH (a, rule->ofpacts, rule->ofpacts_len) {
        if (a->type == OFPACT_SET_FIELD) {
            const struct ofpact_set_field *sf = ofpact_get_SET_FIELD(a);

            mf_set_flow_value_masked(sf->field, sf->value,
                                     ofpact_set_field_mask(sf), flow);
        } else if (a->type == OFPACT_CONTROLLER) {
            send_up(sw, flow, rule->cookie, ofpact_get_CONTROLLER(a), frame);
            *fate = FAKE_WENT_UP;
        } else if (a->type == OFPACT_GOTO_TABLE) {
            return ofpact_get_GOTO_TABLE(a)->table_id;
        }
    }
    return 0;
}

enum fake_fate
fake_guest_send_frame(struct fake_switch *sw, ofp_port_t port,
                      struct dp_packet *frame)
{
    struct fake_tables *tables = fake_switch_tables(sw);
    enum fake_fate fate = FAKE_DROPPED;
    uint8_t table = TABLE_CLASSIFY;
    struct flow flow;

    flow_extract(frame, &flow);
    flow.in_port.ofp_port = port;
    do {
        struct fake_flow *rule = look_up(tables, table, &flow);

        table = 0;
        if (rule) {
            rule->n_packets++;
            table = execute(sw, rule, &flow, frame, &fate);
            if (table >= TABLE_RESOLVE) {
                fate = FAKE_PASSED;
                table = 0;
            }
        }
    } while (table);
    dp_packet_delete(frame);
    return fate;
}

/* Frames. */

static void
compose_ip(struct dp_packet *p, struct eth_addr mac, ovs_be32 ip)
{
    struct ip_header *header
        = eth_compose(p, peer_mac, mac, ETH_TYPE_IP, IP_HEADER_LEN);

    header->ip_ihl_ver = IP_IHL_VER(5, 4);
    header->ip_tot_len = htons(IP_HEADER_LEN);
    header->ip_proto = 253;
    put_16aligned_be32(&header->ip_src, ip);
    put_16aligned_be32(&header->ip_dst, htonl(0x0a0000fe));
}

static struct dp_packet *
compose(const char *kind, struct eth_addr mac, const char *ip)
{
    struct dp_packet *p = dp_packet_new_with_headroom(128, 2);
    struct in6_addr ip6;
    ovs_be32 ip4 = 0;

    if (ip) {
        inet_pton(AF_INET, ip, &ip4);
    }
    if (!strcmp(kind, "arp")) {
        compose_arp(p, ARP_OP_REQUEST, mac, eth_addr_zero, true, ip4, ip4);
    } else if (!strcmp(kind, "na")) {
        ovs_assert(inet_pton(AF_INET6, ip, &ip6) == 1);
        compose_nd_na(p, mac, peer_mac, &ip6, &in6addr_all_hosts, htonl(0));
    } else if (!strcmp(kind, "ip")) {
        compose_ip(p, mac, ip4);
    } else if (!strcmp(kind, "raw")) {
        eth_compose(p, peer_mac, mac, 0x88b5, 46);
    } else {
        ovs_abort(0, "%s: no such frame", kind);
    }
    return p;
}

enum fake_fate
fake_guest_send(struct fake_switch *sw, ofp_port_t port, const char *what)
{
    char *copy = xstrdup(what);
    char *rest;
    const char *kind = strtok_r(copy, " ", &rest);
    struct eth_addr mac = mac_from_string(strtok_r(NULL, " ", &rest));
    enum fake_fate fate
        = fake_guest_send_frame(sw, port,
                                compose(kind, mac,
                                        strtok_r(NULL, " ", &rest)));

    free(copy);
    return fate;
}

/* Those who live. */

struct fake_guests *
fake_guests_create(void)
{
    struct fake_guests *guests = xmalloc(sizeof *guests);

    simap_init(&guests->ports);
    return guests;
}

void
fake_guests_destroy(struct fake_guests *guests)
{
    simap_destroy(&guests->ports);
    free(guests);
}

void
fake_guests_put(struct fake_guests *guests, const char *who, ofp_port_t port)
{
    if (port == OFPP_NONE) {
        simap_find_and_delete(&guests->ports, who);
    } else {
        simap_put(&guests->ports, who, ofp_to_u16(port));
    }
}

/* Returns as text the IP that 'frame' asks for, to be freed. */
static char *
asked_for(struct ofpbuf *frame)
{
    char text[INET6_ADDRSTRLEN];
    struct dp_packet packet;
    struct flow flow;

    dp_packet_use_const(&packet, frame->data, frame->size);
    flow_extract(&packet, &flow);
    if (flow.dl_type == htons(ETH_TYPE_ARP)) {
        inet_ntop(AF_INET, &flow.nw_dst, text, sizeof text);
    } else {
        inet_ntop(AF_INET6, &flow.nd_target, text, sizeof text);
    }
    return xstrdup(text);
}

bool
fake_guests_answer(const struct fake_guests *guests, struct fake_switch *sw)
{
    struct ofpbuf *frame;
    bool any = false;

    while ((frame = fake_switch_take_frame(sw))) {
        char *ip = asked_for(frame);
        struct simap_node *node;

        SIMAP_FOR_EACH (node, &guests->ports) {
            if (!strcmp(strchr(node->name, ' ') + 1, ip)) {
                char *what = xasprintf("%s %s", strchr(ip, ':') ? "na" : "arp",
                                       node->name);

                fake_guest_send(sw, u16_to_ofp(node->data), what);
                any = true;
                free(what);
            }
        }
        free(ip);
        ofpbuf_delete(frame);
    }
    return any;
}
