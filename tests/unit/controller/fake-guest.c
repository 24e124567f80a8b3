/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/fake-guest.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "dp-packet.h"
#include "flow.h"
#include "lib/pipeline.h"
#include "openvswitch/dynamic-string.h"
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
    struct simap places;        /* ACCESS_NUMBER() by "MAC IP". */
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

/* Reads 'frame', which comes from 'port', into 'flow', the way that a datapath
 * does which looks at one tag. */
static void
extract(struct dp_packet *frame, ofp_port_t port, struct flow *flow)
{
    flow_limit_vlans(1);
    flow_extract(frame, flow);
    flow_limit_vlans(0);
    flow->in_port.ofp_port = port;
}

/* Does action 'a' if it changes what 'flow' is.  Returns false if it does
 * not. */
static bool
execute_change(const struct ofpact *a, struct flow *flow,
               struct dp_packet *frame)
{
    if (a->type == OFPACT_SET_FIELD) {
        const struct ofpact_set_field *sf = ofpact_get_SET_FIELD(a);

        mf_set_flow_value_masked(sf->field, sf->value,
                                 ofpact_set_field_mask(sf), flow);
    } else if (a->type == OFPACT_REG_MOVE) {
        const struct ofpact_reg_move *move = ofpact_get_REG_MOVE(a);

        mf_subfield_copy(&move->src, &move->dst, flow, NULL);
    } else if (a->type == OFPACT_STRIP_VLAN) {
        eth_pop_vlan(frame);
        flow_pop_vlan(flow, NULL);
    } else if (a->type == OFPACT_PUSH_VLAN) {
        flow_push_vlan_uninit(flow, NULL);
        flow->vlans[0].tci = htons(VLAN_CFI);
    } else {
        return false;
    }
    return true;
}

/* Does the actions of 'rule'.  Returns the next table; or 0, with what became
 * of the frame in '*fate'. */
static uint8_t
execute(struct fake_switch *sw, const struct fake_flow *rule,
        struct flow *flow, struct dp_packet *frame, enum fake_fate *fate)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH (a, rule->ofpacts, rule->ofpacts_len) {
        if (execute_change(a, flow, frame)) {
            /* Done. */
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

    extract(frame, port, &flow);
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

/* Returns the frame that 'what' says, to be freed. */
static struct dp_packet *
compose_tagged(char *what)
{
    char *rest;
    const char *word = strtok_r(what, " ", &rest);
    struct dp_packet *p;
    struct eth_addr mac;
    int tag;

    if (ovs_scan(word, "tag=%i", &tag)) {
        p = compose_tagged(rest);
        eth_push_vlan(p, htons(ETH_TYPE_VLAN_8021Q), htons(tag));
        return p;
    }
    mac = mac_from_string(strtok_r(NULL, " ", &rest));
    return compose(word, mac, strtok_r(NULL, " ", &rest));
}

enum fake_fate
fake_guest_send(struct fake_switch *sw, ofp_port_t port, const char *what)
{
    char *copy = xstrdup(what);
    struct dp_packet *frame = compose_tagged(copy);

    free(copy);
    return fake_guest_send_frame(sw, port, frame);
}

/* Those who live. */

struct fake_guests *
fake_guests_create(void)
{
    struct fake_guests *guests = xmalloc(sizeof *guests);

    simap_init(&guests->places);
    return guests;
}

void
fake_guests_destroy(struct fake_guests *guests)
{
    simap_destroy(&guests->places);
    free(guests);
}

void
fake_guests_put(struct fake_guests *guests, const char *who, ofp_port_t port,
                uint16_t tag)
{
    if (port == OFPP_NONE) {
        simap_find_and_delete(&guests->places, who);
    } else {
        simap_put(&guests->places, who, ACCESS_NUMBER(port, tag));
    }
}

/* Returns the ACCESS_NUMBER() of port and tag by which DELIVER sends a frame;
 * 0 if it does not. */
static unsigned int
output(struct fake_switch *sw, struct flow *flow, struct dp_packet *frame)
{
    const struct fake_flow *rule = look_up(fake_switch_tables(sw),
                                           TABLE_DELIVER, flow);
    const struct ofpact *a;

    if (!rule) {
        return 0;
    }
    OFPACT_FOR_EACH (a, rule->ofpacts, rule->ofpacts_len) {
        if (!execute_change(a, flow, frame)) {
            ofp_port_t port
                = u16_to_ofp(mf_get_subfield(&ofpact_get_OUTPUT_REG(a)->src,
                                             flow));

            return ACCESS_NUMBER(port, vlan_tci_to_vid(flow->vlans[0].tci));
        }
    }
    return 0;
}

/* Has 'node', who lives, answer. */
static void
answer(struct fake_switch *sw, const struct simap_node *node)
{
    unsigned int tag = node->data >> 16;
    struct ds what = DS_EMPTY_INITIALIZER;

    if (tag) {
        ds_put_format(&what, "tag=%u ", tag);
    }
    ds_put_format(&what, "%s %s", strchr(node->name, ':') ? "na" : "arp",
                  node->name);
    fake_guest_send(sw, u16_to_ofp(node->data & 0xffff), ds_cstr(&what));
    ds_destroy(&what);
}

/* A frame that a switch sends by a port. */
struct sent {
    char ip[INET6_ADDRSTRLEN];  /* That it asks for. */
    unsigned int place;         /* ACCESS_NUMBER() of port and tag. */
};

/* Does what the OFPT_PACKET_OUT 'msg' says: actions that go on in DELIVER, and
 * there an output.  Returns false if nothing is sent. */
static bool
deliver(struct fake_switch *sw, const struct ofpbuf *msg, struct sent *sent)
{
    struct ofputil_packet_out po;
    struct dp_packet *frame;
    struct ofpbuf ofpacts;
    const struct ofpact *a;
    struct flow flow;

    ofpbuf_init(&ofpacts, 64);
    ovs_assert(!ofputil_decode_packet_out(&po, msg->data, NULL, &ofpacts));
    frame = dp_packet_clone_data(po.packet, po.packet_len);
    extract(frame, OFPP_CONTROLLER, &flow);
    if (flow.dl_type == htons(ETH_TYPE_ARP)) {
        inet_ntop(AF_INET, &flow.nw_dst, sent->ip, sizeof sent->ip);
    } else {
        inet_ntop(AF_INET6, &flow.nd_target, sent->ip, sizeof sent->ip);
    }
    sent->place = 0;
    OFPACT_FOR_EACH (a, ofpacts.data, ofpacts.size) {
        if (!execute_change(a, &flow, frame)) {
            ovs_assert(ofpact_get_RESUBMIT(a)->table_id == TABLE_DELIVER);
            sent->place = output(sw, &flow, frame);
        }
    }
    dp_packet_delete(frame);
    ofpbuf_uninit(&ofpacts);
    return sent->place != 0;
}

bool
fake_guests_answer(const struct fake_guests *guests, struct fake_switch *sw)
{
    struct ofpbuf *msg;
    bool any = false;

    while ((msg = fake_switch_take_frame(sw))) {
        struct simap_node *node;
        struct sent sent = { .place = 0 };

        if (deliver(sw, msg, &sent)) {
            SIMAP_FOR_EACH (node, &guests->places) {
                if (node->data == sent.place
                    && !strcmp(strchr(node->name, ' ') + 1, sent.ip)) {
                    answer(sw, node);
                    any = true;
                }
            }
        }
        ofpbuf_delete(msg);
    }
    return any;
}
