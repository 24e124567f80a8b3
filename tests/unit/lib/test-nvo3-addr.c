/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nvo3-addr.h"

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "random.h"
#include "unicode.h"
#include "util.h"

/* Returns the prefixes that 's' stands for, with a space between them, or
 * the error after "error: ". */
static char *
ip_to_text(const char *s)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    struct nvo3_prefix *prefixes;
    size_t n;
    char *error = nvo3_ip_parse(s, &prefixes, &n);

    if (error) {
        CU_ASSERT(!prefixes && !n);
        ds_put_format(&out, "error: %s", error);
        free(error);
    }
    for (size_t i = 0; i < n; i++) {
        ds_put_cstr(&out, i ? " " : "");
        nvo3_prefix_format(&prefixes[i], &out);
    }
    free(prefixes);
    return ds_steal_cstr(&out);
}

/* Checks that 's' stands for 'expected', and says so if it doesn't. */
static void
check_ip(const char *s, const char *expected)
{
    char *text = ip_to_text(s);

    CU_ASSERT_STRING_EQUAL(text, expected);
    if (strcmp(text, expected)) {
        printf("\n%s: got %s, expected %s\n", s, text, expected);
    }
    free(text);
}

/* Checks that 's' is refused with a message that contains 'words'. */
static void
check_ip_error(const char *s, const char *words)
{
    char *text = ip_to_text(s);

    CU_ASSERT(!strncmp(text, "error: \"", 8));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, words));
    if (!strstr(text, words)) {
        printf("\n%s: got %s, expected %s\n", s, text, words);
    }
    free(text);
}

static void
test_ip_host(void)
{
    check_ip("10.0.0.5", "10.0.0.5");
    check_ip("1.0.0.0", "1.0.0.0");
    check_ip("126.255.255.255", "126.255.255.255");
    check_ip("128.0.0.0", "128.0.0.0");
    check_ip("223.255.255.255", "223.255.255.255");
    check_ip("240.0.0.1", "240.0.0.1");
    check_ip("255.255.255.254", "255.255.255.254");
    check_ip("fd00::5", "fd00::5");
    check_ip("FD00:0:0::0005", "fd00::5");
    check_ip("::2", "::2");
    check_ip("fe80::1", "fe80::1");
    check_ip("feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
             "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    check_ip("64:ff9b::10.0.0.1", "64:ff9b::a00:1");
}

static void
test_ip_prefix(void)
{
    check_ip("10.0.0.0/24", "10.0.0.0/24");
    check_ip("10.0.0.5/32", "10.0.0.5");
    check_ip("128.0.0.0/2", "128.0.0.0/2");
    check_ip("fd00::/64", "fd00::/64");
    check_ip("fd00::5/128", "fd00::5");
    check_ip("8000::/2", "8000::/2");
    check_ip_error("10.0.0.1/24", "write 10.0.0.0/24 for the whole block or "
                   "10.0.0.1 for the one address");
    check_ip_error("fd00::1/127", "write fd00::/127 for the whole block");
    check_ip_error("10.0.0.0/33", "write 0 to 32 after the slash");
    check_ip_error("10.0.0.0/", "write 0 to 32");
    check_ip_error("10.0.0.0/08", "write 0 to 32");
    check_ip_error("10.0.0.0/-1", "both a prefix and a range");
    check_ip_error("10.0.0.0/+8", "write 0 to 32");
    check_ip_error("10.0.0.0/ 8", "write 0 to 32");
    check_ip_error("10.0.0.0/99999999999999999999", "write 0 to 32");
    check_ip_error("10.0.0.0/255.255.255.0", "write 0 to 32");
    check_ip_error("fd00::/129", "write 0 to 128");
    check_ip_error("/24", "is no IP address");
}

static void
test_ip_range(void)
{
    check_ip("10.0.0.5-10.0.0.5", "10.0.0.5");
    check_ip("10.0.0.4-10.0.0.7", "10.0.0.4/30");
    check_ip("10.0.0.5-10.0.0.9",
             "10.0.0.5 10.0.0.6/31 10.0.0.8/31");
    check_ip("9.255.255.255-10.0.1.0",
             "9.255.255.255 10.0.0.0/24 10.0.1.0");
    check_ip("10.0.0.0-10.255.255.255", "10.0.0.0/8");
    check_ip("255.255.255.0-255.255.255.1", "255.255.255.0/31");
    check_ip("fd00::-fd00::ffff:ffff:ffff:ffff", "fd00::/64");
    check_ip("fd00::ffff-fd00::1:0", "fd00::ffff fd00::1:0");
    check_ip_error("10.0.0.9-10.0.0.5", "write the lower address first");
    check_ip_error("fd00::2-fd00::1", "write the lower address first");
    check_ip_error("10.0.0.1-fd00::1", "one address family to the other");
    check_ip_error("fd00::1-10.0.0.1", "one address family to the other");
    check_ip_error("10.0.0.1-", "is no IP address");
    check_ip_error("-10.0.0.1", "is no IP address");
    check_ip_error("10.0.0.1-9", "is no IP address");
    check_ip_error("10.0.0.1-10.0.0.2-10.0.0.3", "is no IP address");
    check_ip_error("10.0.0.0/24-10.0.1.0/24", "both a prefix and a range");
    check_ip_error("10.0.0.1 - 10.0.0.2", "is no IP address");
}

static void
test_ip_not_unicast(void)
{
    check_ip_error("0.0.0.0", "unspecified");
    check_ip_error("0.255.255.255", "unspecified");
    check_ip_error("0.0.0.0/0", "unspecified");
    check_ip_error("127.0.0.1", "loopback");
    check_ip_error("126.0.0.0-128.0.0.0", "includes addresses that are "
                   "loopback ones");
    check_ip_error("224.0.0.0", "is an address that is multicast");
    check_ip_error("239.255.255.255", "multicast");
    check_ip_error("223.255.255.255-224.0.0.0", "multicast");
    check_ip_error("192.0.0.0/2", "multicast");
    check_ip_error("255.255.255.255", "broadcast");
    check_ip_error("240.0.0.0/4", "broadcast");
    check_ip_error("::", "unspecified");
    check_ip_error("::/0", "unspecified");
    check_ip_error("::1", "loopback");
    check_ip_error("::1-::5", "loopback");
    check_ip_error("ff00::", "multicast");
    check_ip_error("ff02::1", "multicast");
    check_ip_error("ff80::1", "multicast");
    check_ip_error("fe00::/7", "multicast");
    check_ip_error("::ffff:10.0.0.1", "IPv4-mapped");
    check_ip_error("::ffff:0:0/96", "IPv4-mapped");
    check_ip_error("::2-fd00::", "IPv4-mapped");
    check_ip_error("::fffe:ffff:ffff-::1:0:0:0", "IPv4-mapped");
}

static void
test_ip_nonsense(void)
{
    static const char *const bad[] = {
        "", " ", "x", "10", "10.0.0", "10.0.0.0.0", "10.0.0.256", "010.0.0.1",
        "0x0a.0.0.1", "10.0.0.1 ", " 10.0.0.1", "10.0.0.1\n", "10.0.0.1%eth0",
        "fe80::1%eth0", ":::", "1::2::3", "[fd00::1]", "fd00::g", "-", "/",
        "--", "//", "10.0.0.-1", "12345::", "\xc3\xa9", "\xff\xfe", "\x01",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        check_ip_error(bad[i], " ");
    }

    char *text = xasprintf("10.0.0.1%0200d", 0);
    check_ip_error(text, "too long");
    free(text);
}

/* Returns the 128 bits of 'ip' as a number in OVS's type. */
static ovs_u128
ip_to_u128(const struct in6_addr *ip)
{
    ovs_u128 u = OVS_U128_ZERO;

    for (int i = 0; i < 8; i++) {
        u.u64.hi = (u.u64.hi << 8) | ip->s6_addr[i];
        u.u64.lo = (u.u64.lo << 8) | ip->s6_addr[i + 8];
    }
    return u;
}

/* Returns 'a' + 2 ** 'bit'. */
static ovs_u128
u128_add_power(ovs_u128 a, int bit)
{
    ovs_u128 sum = a;

    if (bit >= 64) {
        sum.u64.hi += UINT64_C(1) << (bit - 64);
    } else {
        sum.u64.lo += UINT64_C(1) << bit;
        sum.u64.hi += sum.u64.lo < a.u64.lo;
    }
    return sum;
}

/* Parses the range from 'first' to 'last' and checks that its prefixes lie
 * end to end, cover it exactly, and that no two neighbours make up one. */
static void
check_range_tiles(const struct in6_addr *first, const struct in6_addr *last,
                  bool v4)
{
    struct nvo3_prefix a = { .addr = *first, .plen = 128 };
    struct nvo3_prefix z = { .addr = *last, .plen = 128 };
    struct ds text = DS_EMPTY_INITIALIZER;
    struct nvo3_prefix *p = NULL;
    size_t n = 0;
    char *error;

    nvo3_prefix_format(&a, &text);
    ds_put_char(&text, '-');
    nvo3_prefix_format(&z, &text);
    error = nvo3_ip_parse(ds_cstr(&text), &p, &n);
    if (error) {
        CU_FAIL("a good range was refused");
        printf("\n%s\n", error);
        free(error);
        ds_destroy(&text);
        return;
    }

    ovs_u128 next = ip_to_u128(first);
    bool good = n <= (v4 ? NVO3_RANGE_MAX_V4 : NVO3_RANGE_MAX_V6);
    for (size_t i = 0; i < n && good; i++) {
        ovs_u128 start = ip_to_u128(&p[i].addr);

        good = (ovs_u128_equals(start, next)
                && nvo3_prefix_is_v4(&p[i]) == v4);
        next = u128_add_power(start, 128 - p[i].plen);
        if (i && p[i].plen == p[i - 1].plen) {
            /* Two of one size must not be the halves of a larger one. */
            int bit = p[i].plen - 1;

            good = good && p[i - 1].addr.s6_addr[bit / 8] & (0x80 >> bit % 8);
        }
    }
    ovs_u128 end = u128_add_power(ip_to_u128(last), 0);
    good = good && ovs_u128_equals(next, end);
    CU_ASSERT(good);
    if (!good) {
        printf("\nbad split of %s\n", ds_cstr(&text));
    }
    free(p);
    ds_destroy(&text);
}

static void
test_range_worst_cases(void)
{
    static const struct {
        const char *range;
        size_t n;
        bool v4;
    } cases[] = {
        /* 2 * bits - 2 prefixes are the most for a range within a block. */
        { "10.0.0.1-10.255.255.254", 46, true },
        { "128.0.0.1-191.255.255.254", 58, true },
        { "128.0.0.1-223.255.255.254", 59, true },
        { "fd00::1-fd00::ffff:ffff:ffff:fffe", 126, false },
        { "4000::1-7fff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 250, false },
        { "2000::1-dfff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 252, false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct nvo3_prefix *p;
        size_t n;
        char *error = nvo3_ip_parse(cases[i].range, &p, &n);

        CU_ASSERT_PTR_NULL_FATAL(error);
        CU_ASSERT_EQUAL(n, cases[i].n);
        if (n != cases[i].n) {
            printf("\n%s: %"PRIuSIZE" prefixes\n", cases[i].range, n);
        }

        struct nvo3_prefix *tail = &p[n - 1];
        struct in6_addr first = p[0].addr;
        struct in6_addr last = tail->addr;
        CU_ASSERT_EQUAL(tail->plen, 128);
        check_range_tiles(&first, &last, cases[i].v4);
        free(p);
    }
}

/* Stores a random address of 'v4' or IPv6 that tenants can have in '*ip': in
 * 10.0.0.0/8 or fd00::/8, with long runs of zeros and ones now and then. */
static void
random_ip(bool v4, struct in6_addr *ip)
{
    int bytes = v4 ? 3 : 15;

    random_bytes(ip, sizeof *ip);
    int run = random_range(bytes * 8 + 1);
    int fill = random_range(3);
    for (int bit = 128 - run; fill && bit < 128; bit++) {
        uint8_t mask = 0x80 >> (bit % 8);
        uint8_t *byte = &ip->s6_addr[bit / 8];

        *byte = fill == 1 ? *byte & ~mask : *byte | mask;
    }
    if (v4) {
        static const uint8_t head[13] = { [10] = 0xff, 0xff, 10 };
        memcpy(ip, head, sizeof head);
    } else {
        ip->s6_addr[0] = 0xfd;
    }
}

static void
test_range_random(void)
{
    for (int i = 0; i < 2000; i++) {
        bool v4 = i % 2;
        struct in6_addr a, b;

        random_ip(v4, &a);
        random_ip(v4, &b);
        if (memcmp(&a, &b, sizeof a) <= 0) {
            check_range_tiles(&a, &b, v4);
        } else {
            check_range_tiles(&b, &a, v4);
        }
    }
}

static void
test_prefix_random_round_trip(void)
{
    for (int i = 0; i < 2000; i++) {
        bool v4 = i % 2;
        struct nvo3_prefix in;
        struct ds text = DS_EMPTY_INITIALIZER;
        struct nvo3_prefix *out;
        size_t n;

        in.plen = (uint8_t) (v4 ? 104 + random_range(25)
                             : 8 + random_range(121));
        random_ip(v4, &in.addr);
        struct in6_addr mask = ipv6_create_mask(in.plen);
        in.addr = ipv6_addr_bitand(&in.addr, &mask);
        nvo3_prefix_format(&in, &text);
        char *error = nvo3_ip_parse(ds_cstr(&text), &out, &n);
        CU_ASSERT_PTR_NULL(error);
        CU_ASSERT_EQUAL(n, 1);
        CU_ASSERT(n == 1 && nvo3_prefix_equals(&in, out));
        CU_ASSERT(n == 1 && nvo3_prefix_contains(&in, out));
        free(error);
        free(out);
        ds_destroy(&text);
    }
}

/* Feeds random strings of the characters that addresses are made of, and now
 * and then any byte, to every parser.  Whatever is accepted must be read the
 * same when it is printed and read again. */
static void
test_random_text(void)
{
    static const char alphabet[] = "0123456789abcdefABCDEF::..//--,, 25";

    for (int i = 0; i < 20000; i++) {
        char s[48];
        size_t length = random_range(sizeof s - 1);

        for (size_t j = 0; j < length; j++) {
            s[j] = (random_range(50)
                    ? alphabet[random_range(sizeof alphabet - 1)]
                    : (char) (1 + random_range(255)));
        }
        s[length] = '\0';

        char *text = ip_to_text(s);
        char *invalid = utf8_validate(text, NULL);
        CU_ASSERT_PTR_NULL(invalid);
        CU_ASSERT_PTR_NULL(strchr(text, '\n'));
        if (strncmp(text, "error: ", 7) && !strchr(text, ' ')) {
            check_ip(text, text);
        }
        free(invalid);
        free(text);

        struct nvo3_address addr;
        char *error = nvo3_address_parse(s, &addr);
        CU_ASSERT(!error || (!addr.ips && !addr.n_ips));
        free(error);
        nvo3_address_uninit(&addr);

        struct datapath_id dpid;
        error = nvo3_datapath_id_parse(s, &dpid);
        CU_ASSERT(!error == (dpid.value != 0));
        free(error);
    }
}

static void
test_endpoint(void)
{
    struct in6_addr ip;
    char *error = nvo3_endpoint_parse("192.0.2.1", &ip);

    CU_ASSERT_PTR_NULL(error);
    CU_ASSERT(in6_addr_get_mapped_ipv4(&ip) == htonl(0xc0000201));
    error = nvo3_endpoint_parse("2001:db8::1", &ip);
    CU_ASSERT_PTR_NULL(error);
    CU_ASSERT(ip.s6_addr[0] == 0x20 && ip.s6_addr[15] == 1);

    static const char *const bad[] = {
        "", "192.0.2.1/32", "192.0.2.1-192.0.2.1", "224.0.0.1", "0.0.0.0",
        "localhost",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        error = nvo3_endpoint_parse(bad[i], &ip);
        CU_ASSERT_PTR_NOT_NULL(error);
        CU_ASSERT(ipv6_addr_equals(&ip, &in6addr_any));
        free(error);
    }
}

static void
test_prefix_contains(void)
{
    static const struct {
        const char *outer, *inner;
        bool contains;
    } cases[] = {
        { "10.0.0.0/8", "10.255.0.0/16", true },
        { "10.0.0.0/8", "10.0.0.0/8", true },
        { "10.0.0.0/8", "10.255.255.255", true },
        { "10.0.0.0/8", "11.0.0.0", false },
        { "10.0.0.0/16", "10.0.0.0/8", false },
        { "fd00::/64", "fd00::1", true },
        { "fd00::/64", "fd00:0:0:1::1", false },
        { "10.0.0.1", "fd00::1", false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct nvo3_prefix *outer, *inner;
        size_t n;

        CU_ASSERT_PTR_NULL_FATAL(nvo3_ip_parse(cases[i].outer, &outer, &n));
        CU_ASSERT_PTR_NULL_FATAL(nvo3_ip_parse(cases[i].inner, &inner, &n));
        CU_ASSERT_EQUAL(nvo3_prefix_contains(outer, inner),
                        cases[i].contains);
        free(outer);
        free(inner);
    }
}

static void
check_mac_error(const char *s, const char *words)
{
    struct eth_addr mac;
    char *error = nvo3_mac_parse(s, &mac);

    CU_ASSERT_PTR_NOT_NULL_FATAL(error);
    CU_ASSERT_PTR_NOT_NULL(strstr(error, words));
    CU_ASSERT(eth_addr_is_zero(mac));
    free(error);
}

static void
test_mac(void)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct eth_addr mac;

    CU_ASSERT_PTR_NULL(nvo3_mac_parse("02:aB:Cd:eF:00:09", &mac));
    nvo3_mac_format(mac, &text);
    CU_ASSERT_STRING_EQUAL(ds_cstr(&text), "02:ab:cd:ef:00:09");
    ds_destroy(&text);
    CU_ASSERT_PTR_NULL(nvo3_mac_parse("fe:ff:ff:ff:ff:ff", &mac));
    CU_ASSERT_PTR_NULL(nvo3_mac_parse("00:00:00:00:00:01", &mac));

    check_mac_error("00:00:00:00:00:00", "zero");
    check_mac_error("ff:ff:ff:ff:ff:ff", "broadcast");
    check_mac_error("01:00:5e:00:00:01", "multicast");
    check_mac_error("33:33:00:00:00:01", "multicast");
    check_mac_error("", "six pairs");
    check_mac_error("02:00:00:00:00", "six pairs");
    check_mac_error("02:00:00:00:00:1", "six pairs");
    check_mac_error("02:00:00:00:00:001", "six pairs");
    check_mac_error("02:00:00:00:00:01 ", "six pairs");
    check_mac_error(" 2:00:00:00:00:01", "six pairs");
    check_mac_error("02-00-00-00-00-01", "six pairs");
    check_mac_error("02:00:00:00:00:0g", "six pairs");
    check_mac_error("02:00:00:00:00:01:", "six pairs");
    check_mac_error("0200:00:00:00:00:", "six pairs");
    check_mac_error("0x:00:00:00:00:01", "six pairs");
}

static void
test_mac_random_round_trip(void)
{
    for (int i = 0; i < 1000; i++) {
        struct ds text = DS_EMPTY_INITIALIZER;
        struct eth_addr in, out;

        eth_addr_random(&in);
        nvo3_mac_format(in, &text);
        CU_ASSERT_PTR_NULL(nvo3_mac_parse(ds_cstr(&text), &out));
        CU_ASSERT(eth_addr_equals(in, out));
        ds_destroy(&text);
    }
}

static void
test_address(void)
{
    struct nvo3_address addr;
    char *error = nvo3_address_parse("02:00:00:00:00:01", &addr);

    CU_ASSERT_PTR_NULL(error);
    CU_ASSERT_EQUAL(addr.n_ips, 0);
    CU_ASSERT_PTR_NULL(addr.ips);
    nvo3_address_uninit(&addr);

    error = nvo3_address_parse("  02:00:00:00:00:01\t10.0.0.5,fd00::/64 "
                               "10.0.1.0-10.0.1.2  ", &addr);
    CU_ASSERT_PTR_NULL(error);
    CU_ASSERT_EQUAL(addr.mac.ea[0], 2);
    CU_ASSERT_EQUAL_FATAL(addr.n_ips, 4);
    CU_ASSERT(nvo3_prefix_is_v4(&addr.ips[0]));
    CU_ASSERT_EQUAL(addr.ips[1].plen, 64);
    CU_ASSERT_EQUAL(addr.ips[2].plen, 127);
    CU_ASSERT(nvo3_prefix_is_host(&addr.ips[3]));
    nvo3_address_uninit(&addr);
    nvo3_address_uninit(&addr);

    static const char *const bad[] = {
        "", " ", "10.0.0.5", "10.0.0.5 02:00:00:00:00:01",
        "02:00:00:00:00:01 x", "02:00:00:00:00:01 10.0.0.1 10.0.0.1/24",
        "02:00:00:00:00:01 02:00:00:00:00:02", "dynamic", "unknown",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        error = nvo3_address_parse(bad[i], &addr);
        CU_ASSERT_PTR_NOT_NULL(error);
        CU_ASSERT(!addr.ips && !addr.n_ips);
        free(error);
    }
}

static void
test_datapath_id(void)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct datapath_id dpid;

    CU_ASSERT_PTR_NULL(nvo3_datapath_id_parse("0000AbCdef012345", &dpid));
    CU_ASSERT(dpid.value == UINT64_C(0xabcdef012345));
    nvo3_datapath_id_format(dpid, &text);
    CU_ASSERT_STRING_EQUAL(ds_cstr(&text), "0000abcdef012345");
    ds_destroy(&text);
    CU_ASSERT_PTR_NULL(nvo3_datapath_id_parse("ffffffffffffffff", &dpid));
    CU_ASSERT(dpid.value == UINT64_MAX);

    static const char *const bad[] = {
        "", "0000000000000000", "1", "0000000000000a100", "000000000000000g",
        "0x00000000000001", " 000000000000001", "\"00000000000001\"",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char *error = nvo3_datapath_id_parse(bad[i], &dpid);

        CU_ASSERT_PTR_NOT_NULL(error);
        CU_ASSERT(!dpid.value);
        free(error);
    }
}

static void
test_name(void)
{
    char *longest = xasprintf("%0255d", 0);
    char *too_long = xasprintf("%0256d", 0);

    CU_ASSERT(nvo3_name_is_valid(longest));
    CU_ASSERT(!nvo3_name_is_valid(too_long));
    free(longest);
    free(too_long);

    CU_ASSERT(nvo3_name_is_valid("a"));
    CU_ASSERT(nvo3_name_is_valid("two words"));
    CU_ASSERT(nvo3_name_is_valid("0c8c1a9a-6b3e-4b9e-9d0a-1c9b7f6c5a41"));
    CU_ASSERT(nvo3_name_is_valid("Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x90"
                                 "\xa6"));
    CU_ASSERT(nvo3_name_is_valid("\xc2\xa0"));

    static const char *const bad[] = {
        "", "\n", "a\nb", "a\tb", "a\x7f", "\x1b[31m", "\xc2\x85", "\xc2\x9f",
        "\xe2\x80\xa8", "\xe2\x80\xa9", "\xff", "\xc3", "a\xc0\x80",
        "\xed\xa0\x80", "\xf5\x80\x80\x80",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        CU_ASSERT(!nvo3_name_is_valid(bad[i]));
    }
}

static void
check_quote(const char *s, const char *expected)
{
    char *quoted = nvo3_quote(s);

    CU_ASSERT_STRING_EQUAL(quoted, expected);
    free(quoted);
}

static void
test_quote(void)
{
    char long_ascii[70], expected[72];

    check_quote("", "\"\"");
    check_quote("vn1", "\"vn1\"");
    check_quote("a\nb\x1b[31m", "\"a?b?[31m\"");
    check_quote("Z\xc3\xbcrich", "\"Z\xc3\xbcrich\"");
    check_quote("a\xc2\x85z", "\"a?z\"");
    check_quote("\xff" "a\xc3", "\"?a?\"");

    memset(long_ascii, 'a', sizeof long_ascii);
    long_ascii[65] = '\0';
    snprintf(expected, sizeof expected, "\"%.64s...\"", long_ascii);
    check_quote(long_ascii, expected);
    long_ascii[64] = '\0';
    snprintf(expected, sizeof expected, "\"%.64s\"", long_ascii);
    check_quote(long_ascii, expected);
    memcpy(&long_ascii[63], "\xe2\x82\xac", 4);
    snprintf(expected, sizeof expected, "\"%s\"", long_ascii);
    check_quote(long_ascii, expected);
}

static void
test_types(void)
{
    CU_ASSERT(!vn_id_is_valid(VN_ID_NONE));
    CU_ASSERT(vn_id_is_valid(vn_id_make(1)));
    CU_ASSERT(vn_id_is_valid(vn_id_make(0xffffff)));
    CU_ASSERT(!vn_id_is_valid(vn_id_make(0x1000000)));
    CU_ASSERT(!vn_id_value_is_valid(-1));
    CU_ASSERT(!vn_id_value_is_valid(INT64_C(0x100000001)));
    CU_ASSERT(vn_id_to_tun_id(vn_id_make(0x123456)) == htonll(0x123456));
    CU_ASSERT(vn_id_from_tun_id(htonll(0xffffff)).value == 0xffffff);
    CU_ASSERT(!vn_id_is_valid(vn_id_from_tun_id(htonll(0x1000001))));
}

static void
test_ip_is_usable(void)
{
    static const struct {
        const char *ip;
        bool usable;
    } ips[] = {
        { "::ffff:10.0.0.1", true }, { "::ffff:0.0.0.0", false },
        { "::ffff:127.0.0.1", false }, { "::ffff:224.0.0.1", false },
        { "::ffff:255.255.255.255", false }, { "::ffff:223.255.255.255", true },
        { "fd00::1", true }, { "fe80::1", true }, { "::", false },
        { "::1", false }, { "ff02::1", false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(ips); i++) {
        struct in6_addr ip;

        ovs_assert(inet_pton(AF_INET6, ips[i].ip, &ip) == 1);
        CU_ASSERT_EQUAL(nvo3_ip_is_usable(&ip), ips[i].usable);
    }
}

/* Seeds the random numbers anew for each run and prints the seed, unless the
 * environment asks for one. */
static int
seed_random(void)
{
    const char *asked = getenv("NVO3_TEST_SEED");
    uint32_t seed = (asked ? (uint32_t) strtoul(asked, NULL, 0)
                     : (uint32_t) time(NULL));

    printf("nvo3-addr: NVO3_TEST_SEED=%"PRIu32"\n", seed);
    random_set_seed(seed ? seed : 1);
    return 0;
}

/* Registers this file's tests. */
void suite_nvo3_addr(void);

void
suite_nvo3_addr(void)
{
    static const struct {
        const char *name;
        CU_TestFunc run;
    } tests[] = {
        { "types", test_types },
        { "ip: one address", test_ip_host },
        { "ip: prefix", test_ip_prefix },
        { "ip: range", test_ip_range },
        { "ip: not unicast", test_ip_not_unicast },
        { "ip: nonsense", test_ip_nonsense },
        { "ip: usable", test_ip_is_usable },
        { "range: worst cases", test_range_worst_cases },
        { "range: random", test_range_random },
        { "prefix: random round trip", test_prefix_random_round_trip },
        { "prefix: contains", test_prefix_contains },
        { "endpoint", test_endpoint },
        { "mac", test_mac },
        { "mac: random round trip", test_mac_random_round_trip },
        { "address", test_address },
        { "datapath id", test_datapath_id },
        { "name", test_name },
        { "quote", test_quote },
        { "random text", test_random_text },
    };
    CU_pSuite suite = CU_add_suite("lib/nvo3-addr", seed_random, NULL);

    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        CU_add_test(suite, tests[i].name, tests[i].run);
    }
}
