/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Sender: what is read from frames, and from rubbish. */

#include <config.h>
#include "controller/sender.h"

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "dp-packet.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "tests/unit/controller/desk.h"
#include "util.h"

void suite_sender(void);

static const struct eth_addr mac = ETH_ADDR_C(02,00,00,00,00,09);
static const struct eth_addr other_mac = ETH_ADDR_C(02,00,00,00,00,0a);

/* Returns what is read from 'size' bytes at 'frame' as text, to be freed. */
static char *
read_bytes(const void *frame, size_t size)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct sender sender;

    if (!sender_read(frame, size, &sender)) {
        return xstrdup("nothing");
    }
    ds_put_format(&s, ETH_ADDR_FMT, ETH_ADDR_ARGS(sender.mac));
    for (size_t i = 0; i < sender.n_ips; i++) {
        ds_put_char(&s, ' ');
        ipv6_format_mapped(&sender.ips[i], &s);
    }
    return ds_steal_cstr(&s);
}

/* Checks what is read from 'p', and frees it. */
static void
check(struct dp_packet *p, const char *expected)
{
    char *got = read_bytes(dp_packet_data(p), dp_packet_size(p));

    desk_check_text(got, expected, "sender", __LINE__, __FILE__);
    free(got);
    dp_packet_delete(p);
}

static struct dp_packet *
arp(struct eth_addr src, struct eth_addr sha, uint32_t spa)
{
    struct dp_packet *p = dp_packet_new_with_headroom(128, 2);
    struct eth_header *eth;

    compose_arp(p, ARP_OP_REPLY, sha, eth_addr_broadcast, false, htonl(spa),
                htonl(spa));
    eth = dp_packet_eth(p);
    eth->eth_src = src;
    return p;
}

static struct in6_addr
ip6(const char *s)
{
    struct in6_addr ip;

    ovs_assert(inet_pton(AF_INET6, s, &ip) == 1);
    return ip;
}

static struct dp_packet *
na(const char *source, const char *target)
{
    struct dp_packet *p = dp_packet_new_with_headroom(128, 2);
    struct in6_addr src = ip6(target);

    compose_nd_na(p, mac, other_mac, &src, &in6addr_all_hosts, htonl(0));
    src = ip6(source);
    memcpy(&((struct ovs_16aligned_ip6_hdr *) dp_packet_l3(p))->ip6_src, &src,
           sizeof src);
    return p;
}

static struct dp_packet *
ns(const char *source)
{
    struct dp_packet *p = dp_packet_new_with_headroom(128, 2);
    struct in6_addr src = ip6(source);
    struct in6_addr dst = ip6("fd00::1");

    compose_nd_ns(p, mac, &src, &dst);
    return p;
}

static void
test_arp(void)
{
    check(arp(mac, mac, 0x0a000009), "02:00:00:00:00:09 10.0.0.9");
    check(arp(mac, other_mac, 0x0a000009), "02:00:00:00:00:09");
    check(arp(mac, mac, 0), "02:00:00:00:00:09");
    check(arp(mac, mac, 0x7f000001), "02:00:00:00:00:09");
    check(arp(mac, mac, 0xe0000001), "02:00:00:00:00:09");
    check(arp(mac, mac, 0xffffffff), "02:00:00:00:00:09");
    check(arp(eth_addr_broadcast, mac, 0x0a000009), "nothing");
    check(arp(eth_addr_zero, mac, 0x0a000009), "nothing");
}

/* A tag is the tenant's: what is below it is in a bridge domain of its own. */
static void
test_tag(void)
{
    static const uint16_t types[] = {
        ETH_TYPE_VLAN_8021Q, ETH_TYPE_VLAN_8021AD,
    };

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        for (int tag = 0; tag <= 7; tag += 7) {
            struct dp_packet *p = arp(mac, mac, 0x0a000009);

            eth_push_vlan(p, htons(types[i]), htons(tag));
            check(p, "nothing");
            p = arp(mac, mac, 0x0a000009);
            eth_push_vlan(p, htons(types[i]), htons(8));
            eth_push_vlan(p, htons(types[i]), htons(tag));
            check(p, "nothing");
        }
    }
}

static void
test_nd(void)
{
    struct dp_packet *p;

    check(na("fd00::9", "fd00::9"), "02:00:00:00:00:09 fd00::9");
    check(na("fd00::8", "fd00::9"), "02:00:00:00:00:09 fd00::9 fd00::8");
    check(na("::ffff:10.0.0.1", "fd00::9"), "02:00:00:00:00:09 fd00::9");
    check(na("ff02::1", "::1"), "02:00:00:00:00:09");
    check(ns("fd00::9"), "02:00:00:00:00:09 fd00::9");
    check(ns("::"), "02:00:00:00:00:09");
    check(ns("fe80::ff:fe00:9"), "02:00:00:00:00:09");
    check(ns("fe80::1234"), "02:00:00:00:00:09 fe80::1234");

    /* From beyond a router; with another's option. */
    p = na("fd00::9", "fd00::9");
    ((struct ovs_16aligned_ip6_hdr *) dp_packet_l3(p))->ip6_ctlun.ip6_un1.ip6_un1_hlim
        = 64;
    check(p, "02:00:00:00:00:09");
    p = na("fd00::9", "fd00::9");
    ((uint8_t *) dp_packet_tail(p))[-1] ^= 1;
    check(p, "02:00:00:00:00:09");
}

/* What asks is a sender of whom nothing is learned. */
static void
test_probe(void)
{
    struct in6_addr ip;

    in6_addr_set_mapped_ipv4(&ip, htonl(0x0a000009));
    check(sender_probe(&ip), "nothing");
    ip = ip6("fd00::9");
    check(sender_probe(&ip), "nothing");
}

/* Frames cut anywhere, and with any bytes changed.  The sanitizers watch; a
 * MAC that is learned must be one that can be, and so must IPs. */
static void
test_rubbish(void)
{
    uint64_t state = UINT64_C(0x2545f4914f6cdd1d);

    for (int i = 0; i < 200000; i++) {
        struct dp_packet *p = (i % 3 == 0 ? arp(mac, mac, 0x0a000009)
                               : i % 3 == 1 ? na("fd00::8", "fd00::9")
                               : ns("fd00::9"));
        size_t size = dp_packet_size(p);
        uint8_t *bytes = xmemdup(dp_packet_data(p), size);
        struct sender sender;
        uint8_t *cut;

        for (int j = 0; j < i % 5; j++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes[(state >> 16) % size] = state >> 40;
        }
        size = (i / 3) % (size + 1);
        cut = xmemdup(bytes, size);     /* So that the end is guarded. */
        if (sender_read(cut, size, &sender)) {
            CU_ASSERT_FATAL(!eth_addr_is_multicast(sender.mac)
                            && !eth_addr_is_zero(sender.mac)
                            && sender.n_ips <= 2);
            for (size_t j = 0; j < sender.n_ips; j++) {
                CU_ASSERT_FATAL(!ipv6_addr_is_multicast(&sender.ips[j])
                                && ipv6_addr_is_set(&sender.ips[j]));
            }
        }
        free(cut);
        free(bytes);
        dp_packet_delete(p);
    }
}

void
suite_sender(void)
{
    CU_pSuite suite = CU_add_suite("controller/sender", NULL, NULL);

    CU_add_test(suite, "arp", test_arp);
    CU_add_test(suite, "tag", test_tag);
    CU_add_test(suite, "nd", test_nd);
    CU_add_test(suite, "probe", test_probe);
    CU_add_test(suite, "rubbish", test_rubbish);
}
