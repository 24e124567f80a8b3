/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nvo3-addr.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "unicode.h"
#include "util.h"

/* The longest text of an address that is looked at: two IPv6 addresses with
 * an embedded IPv4 address each, and a dash. */
#define IP_TEXT_MAX 100

/* The bytes of a text that nvo3_quote() shows. */
#define QUOTE_MAX 64

/* What apart from a line break separates the words of an address. */
#define ADDRESS_DELIMITERS " \t,"

/* A block of addresses that no tenant system can have. */
struct bad_block {
    bool v4;                    /* Looked at for IPv4, or for IPv6? */
    const char *first;          /* As inet_pton() reads it for IPv6. */
    uint8_t plen;               /* Of 128 bits, for IPv4 as well. */
    const char *what;           /* In words. */
};

static const struct bad_block bad_blocks[] = {
    { true, "::ffff:0.0.0.0", 104, "unspecified" },
    { true, "::ffff:127.0.0.0", 104, "loopback" },
    { true, "::ffff:224.0.0.0", 100, "multicast" },
    { true, "::ffff:255.255.255.255", 128, "broadcast" },
    { false, "::", 128, "unspecified" },
    { false, "::1", 128, "loopback" },
    { false, "ff00::", 8, "multicast" },
    { false, "::ffff:0.0.0.0", 96, "IPv4-mapped" },
};

/* All addresses from 'first' to 'last', both of one family. */
struct ip_range {
    struct in6_addr first;
    struct in6_addr last;
    bool v4;
};

static char *parse_one(const char *text, struct ip_range *);
static char *parse_prefix(const char *text, const char *slash,
                          struct ip_range *);
static char *parse_range(const char *text, const char *dash,
                         struct ip_range *);
static char *check_blocks(const char *text, const struct ip_range *);
static void split_range(const struct ip_range *, struct nvo3_prefix **,
                        size_t *n);
static char *error_with(const char *text, const char *reason);
static bool hex_digits_parse(const char *s, size_t n, uint64_t *value);


/* IP addresses. */

char *
nvo3_ip_parse(const char *s, struct nvo3_prefix **prefixes, size_t *n)
{
    const char *slash = strchr(s, '/');
    const char *dash = strchr(s, '-');
    struct ip_range range;
    char *error;

    *prefixes = NULL;
    *n = 0;

    if (strlen(s) > IP_TEXT_MAX) {
        error = error_with(s, "is too long for an IP address");
    } else if (slash && dash) {
        error = error_with(s, "is both a prefix and a range; write either "
                           "address/length or first-last");
    } else if (slash) {
        error = parse_prefix(s, slash, &range);
    } else if (dash) {
        error = parse_range(s, dash, &range);
    } else {
        error = parse_one(s, &range);
    }

    if (!error) {
        error = check_blocks(s, &range);
    }
    if (!error) {
        split_range(&range, prefixes, n);
    }
    return error;
}

bool
nvo3_ip_is_usable(const struct in6_addr *ip)
{
    const struct ip_range range = {
        .first = *ip,
        .last = *ip,
        .v4 = IN6_IS_ADDR_V4MAPPED(ip),
    };
    char *error = check_blocks("", &range);

    free(error);
    return !error;
}

char *
nvo3_endpoint_parse(const char *s, struct in6_addr *ip)
{
    struct nvo3_prefix *prefixes;
    size_t n;
    char *error;

    *ip = in6addr_any;
    if (strpbrk(s, "/-")) {
        return error_with(s, "is no tunnel endpoint; write one IP address "
                          "without a length or a range");
    }
    error = nvo3_ip_parse(s, &prefixes, &n);
    if (!error) {
        *ip = prefixes[0].addr;
        free(prefixes);
    }
    return error;
}

void
nvo3_prefix_format(const struct nvo3_prefix *p, struct ds *ds)
{
    bool v4 = nvo3_prefix_is_v4(p);
    char text[INET6_ADDRSTRLEN];

    if (v4) {
        inet_ntop(AF_INET, &p->addr.s6_addr[12], text, sizeof text);
    } else {
        inet_ntop(AF_INET6, &p->addr, text, sizeof text);
    }
    ds_put_cstr(ds, text);
    if (!nvo3_prefix_is_host(p)) {
        ds_put_format(ds, "/%d", v4 ? p->plen - 96 : p->plen);
    }
}

bool
nvo3_prefix_is_v4(const struct nvo3_prefix *p)
{
    return p->plen >= 96 && IN6_IS_ADDR_V4MAPPED(&p->addr);
}

bool
nvo3_prefix_is_host(const struct nvo3_prefix *p)
{
    return p->plen == 128;
}

bool
nvo3_prefix_equals(const struct nvo3_prefix *a, const struct nvo3_prefix *b)
{
    return a->plen == b->plen && ipv6_addr_equals(&a->addr, &b->addr);
}

bool
nvo3_prefix_contains(const struct nvo3_prefix *outer,
                     const struct nvo3_prefix *inner)
{
    struct in6_addr mask = ipv6_create_mask(outer->plen);
    struct in6_addr head = ipv6_addr_bitand(&inner->addr, &mask);

    return outer->plen <= inner->plen && ipv6_addr_equals(&head, &outer->addr);
}


/* MAC addresses. */

char *
nvo3_mac_parse(const char *s, struct eth_addr *mac)
{
    bool well_formed = strlen(s) == 3 * ETH_ADDR_LEN - 1;

    *mac = eth_addr_zero;
    for (int i = 0; well_formed && i < ETH_ADDR_LEN; i++) {
        uint64_t octet = 0;

        well_formed = hex_digits_parse(s + 3 * i, 2, &octet)
                      && (i == ETH_ADDR_LEN - 1 || s[3 * i + 2] == ':');
        mac->ea[i] = (uint8_t) octet;
    }

    const char *reason
        = (!well_formed ? "is no MAC address; write six pairs of hexadecimal "
           "digits with colons, such as 02:00:00:00:00:01"
           : eth_addr_is_zero(*mac) ? "is the zero MAC address, which no "
           "VNIC can have"
           : eth_addr_is_broadcast(*mac) ? "is the broadcast MAC address; "
           "write a unicast one"
           : eth_addr_is_multicast(*mac) ? "is a multicast MAC address; write "
           "a unicast one, whose second digit is even"
           : NULL);
    if (!reason) {
        return NULL;
    }
    *mac = eth_addr_zero;
    return error_with(s, reason);
}

void
nvo3_mac_format(struct eth_addr mac, struct ds *ds)
{
    ds_put_format(ds, ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
}


/* A MAC address with its IP addresses. */

static void
address_add(struct nvo3_address *addr, const struct nvo3_prefix *prefixes,
            size_t n)
{
    addr->ips = xrealloc(addr->ips, (addr->n_ips + n) * sizeof *addr->ips);
    memcpy(&addr->ips[addr->n_ips], prefixes, n * sizeof *prefixes);
    addr->n_ips += n;
}

char *
nvo3_address_parse(const char *s, struct nvo3_address *addr)
{
    char *copy = xstrdup(s);
    char *save = NULL;
    char *word = strtok_r(copy, ADDRESS_DELIMITERS, &save);
    char *error;

    *addr = (struct nvo3_address) { .ips = NULL };
    error = nvo3_mac_parse(word ? word : "", &addr->mac);
    while (!error && (word = strtok_r(NULL, ADDRESS_DELIMITERS, &save))) {
        struct nvo3_prefix *prefixes;
        size_t n;

        error = nvo3_ip_parse(word, &prefixes, &n);
        if (!error) {
            address_add(addr, prefixes, n);
            free(prefixes);
        }
    }
    if (error) {
        nvo3_address_uninit(addr);
    }
    free(copy);
    return error;
}

void
nvo3_address_uninit(struct nvo3_address *addr)
{
    free(addr->ips);
    *addr = (struct nvo3_address) { .ips = NULL };
}


/* Datapath ids. */

char *
nvo3_datapath_id_parse(const char *s, struct datapath_id *dpid)
{
    dpid->value = 0;
    if (strlen(s) != 16 || !hex_digits_parse(s, 16, &dpid->value)) {
        dpid->value = 0;
        return error_with(s, "is no datapath id; write 16 hexadecimal digits, "
                          "as 'ovs-vsctl get Bridge br-int datapath_id' "
                          "prints them");
    }
    return (dpid->value
            ? NULL
            : error_with(s, "is the zero datapath id, which no bridge has"));
}

void
nvo3_datapath_id_format(struct datapath_id dpid, struct ds *ds)
{
    ds_put_format(ds, "%016"PRIx64, dpid.value);
}


/* Names. */

/* Returns the length of the control character or line break (Unicode
 * categories Cc, Zl and Zp) at the start of the valid UTF-8 in 's', or 0 if
 * there is none. */
static size_t
control_length(const char *s)
{
    const uint8_t *u = (const uint8_t *) s;

    if (u[0] < 0x20 || u[0] == 0x7f) {
        return 1;
    } else if (u[0] == 0xc2 && u[1] < 0xa0) {
        return 2;
    } else if (u[0] == 0xe2 && u[1] == 0x80
               && (u[2] == 0xa8 || u[2] == 0xa9)) {
        return 3;
    }
    return 0;
}

bool
nvo3_name_is_valid(const char *s)
{
    size_t size = strlen(s);
    char *error;

    if (!size || size > NVO3_NAME_MAX) {
        return false;
    }

    error = utf8_validate(s, NULL);
    if (error) {
        free(error);
        return false;
    }
    for (; *s; s++) {
        if (control_length(s)) {
            return false;
        }
    }
    return true;
}

char *
nvo3_quote(const char *s)
{
    char *invalid = utf8_validate(s, NULL);
    struct ds out = DS_EMPTY_INITIALIZER;
    size_t i = 0;

    ds_put_char(&out, '"');
    while (s[i] && i < QUOTE_MAX) {
        bool ascii = (uint8_t) s[i] < 0x80;
        size_t skip = invalid ? !ascii || iscntrl((uint8_t) s[i])
                              : control_length(&s[i]);

        ds_put_char(&out, skip ? '?' : s[i]);
        i += MAX(skip, 1);
    }
    if (s[i]) {
        /* Do not end within a character. */
        while (!invalid && (s[i] & 0xc0) == 0x80) {
            ds_put_char(&out, s[i++]);
        }
        ds_put_cstr(&out, s[i] ? "...\"" : "\"");
    } else {
        ds_put_char(&out, '"');
    }
    free(invalid);
    return ds_steal_cstr(&out);
}


/* Reading IP addresses. */

/* Returns the last address of the block of 'plen' bits that begins with
 * 'first'. */
static struct in6_addr
block_last(const struct in6_addr *first, int plen)
{
    struct in6_addr mask = ipv6_create_mask(plen);
    struct in6_addr last = *first;

    for (int i = 0; i < 16; i++) {
        last.s6_addr[i] |= (uint8_t) ~mask.s6_addr[i];
    }
    return last;
}

static int
ip_compare(const struct in6_addr *a, const struct in6_addr *b)
{
    return memcmp(a, b, sizeof *a);
}

/* Reads the address 'text' into '*ip' and sets '*v4' to its family.  The
 * message names 'all', of which 'text' is a part. */
static char *
parse_ip(const char *text, const char *all, struct in6_addr *ip, bool *v4)
{
    struct in_addr ip4;

    *v4 = inet_pton(AF_INET, text, &ip4) == 1;
    if (*v4) {
        *ip = in6_addr_mapped_ipv4(ip4.s_addr);
        return NULL;
    }
    if (inet_pton(AF_INET6, text, ip) != 1) {
        return error_with(all, "is no IP address, prefix or range; write for "
                          "example 10.0.0.5, 10.0.0.0/24, 10.0.0.5-10.0.0.9 "
                          "or fd00::5");
    }
    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        return error_with(all, "is an IPv4-mapped IPv6 address; write the "
                          "IPv4 address alone, such as 10.0.0.5");
    }
    return NULL;
}

static char *
parse_one(const char *text, struct ip_range *range)
{
    char *error = parse_ip(text, text, &range->first, &range->v4);

    range->last = range->first;
    return error;
}

/* Reads 'text', a decimal number without leading zeros from 0 to 'max', into
 * '*plen'. */
static bool
parse_plen(const char *text, unsigned int max, unsigned int *plen)
{
    size_t length = strlen(text);

    if (!length || length > 3 || strspn(text, "0123456789") != length
        || (text[0] == '0' && length > 1)) {
        return false;
    }
    *plen = (unsigned int) atoi(text);
    return *plen <= max;
}

/* Returns the message for 'text', which is 'ip'/'plen' with host bits. */
static char *
host_bits_error(const char *text, const struct in6_addr *ip, int plen)
{
    struct in6_addr mask = ipv6_create_mask(plen);
    struct nvo3_prefix prefix = {
        .addr = ipv6_addr_bitand(ip, &mask), .plen = (uint8_t) plen
    };
    struct nvo3_prefix host = { .addr = *ip, .plen = 128 };
    struct ds reason = DS_EMPTY_INITIALIZER;
    char *error;

    ds_put_cstr(&reason, "is a prefix with host bits set; write ");
    nvo3_prefix_format(&prefix, &reason);
    ds_put_cstr(&reason, " for the whole block or ");
    nvo3_prefix_format(&host, &reason);
    ds_put_cstr(&reason, " for the one address");
    error = error_with(text, ds_cstr(&reason));
    ds_destroy(&reason);
    return error;
}

static char *
parse_prefix(const char *text, const char *slash, struct ip_range *range)
{
    char *head = xmemdup0(text, slash - text);
    char *error = parse_ip(head, text, &range->first, &range->v4);
    unsigned int max = range->v4 ? 32 : 128;
    unsigned int plen;

    free(head);
    if (error) {
        return error;
    }
    if (!parse_plen(slash + 1, max, &plen)) {
        return error_with(text, range->v4
                          ? "has no good prefix length; write 0 to 32 after "
                            "the slash"
                          : "has no good prefix length; write 0 to 128 after "
                            "the slash");
    }

    int bits = (int) (plen + (128 - max));
    struct in6_addr mask = ipv6_create_mask(bits);
    struct in6_addr masked = ipv6_addr_bitand(&range->first, &mask);

    if (!ipv6_addr_equals(&masked, &range->first)) {
        return host_bits_error(text, &range->first, bits);
    }
    range->last = block_last(&range->first, bits);
    return NULL;
}

static char *
parse_range(const char *text, const char *dash, struct ip_range *range)
{
    char *head = xmemdup0(text, dash - text);
    bool last_v4 = false;
    char *error = parse_ip(head, text, &range->first, &range->v4);

    free(head);
    if (!error) {
        error = parse_ip(dash + 1, text, &range->last, &last_v4);
    }
    if (error) {
        return error;
    }
    if (range->v4 != last_v4) {
        return error_with(text, "is a range from one address family to the "
                          "other; write one range for IPv4 and one for IPv6");
    }
    if (ip_compare(&range->first, &range->last) > 0) {
        return error_with(text, "is a range whose ends are reversed; write "
                          "the lower address first");
    }
    return NULL;
}

/* Returns an error if any address of 'range', whose text is 'text', is one
 * that no tenant system can have. */
static char *
check_blocks(const char *text, const struct ip_range *range)
{
    bool one = ipv6_addr_equals(&range->first, &range->last);

    for (size_t i = 0; i < ARRAY_SIZE(bad_blocks); i++) {
        const struct bad_block *b = &bad_blocks[i];
        struct in6_addr first = in6addr_any;
        struct in6_addr last;

        ovs_assert(inet_pton(AF_INET6, b->first, &first) == 1);
        last = block_last(&first, b->plen);
        if (range->v4 == b->v4
            && ip_compare(&range->first, &last) <= 0
            && ip_compare(&first, &range->last) <= 0) {
            char *reason = xasprintf("%s %s%s; a tenant system or an endpoint "
                                     "has unicast addresses only",
                                     one ? "is an address that is"
                                         : "includes addresses that are",
                                     b->what, one ? "" : " ones");
            char *error = error_with(text, reason);

            free(reason);
            return error;
        }
    }
    return NULL;
}

/* Adds 1 to 'ip', which is not the last address of all. */
static void
ip_increment(struct in6_addr *ip)
{
    for (int i = 15; i >= 0 && !++ip->s6_addr[i]; i--) {
        continue;
    }
}

/* Returns the length of the largest block that begins with 'first' and does
 * not go beyond 'last', but at least 'min'. */
static int
largest_block(const struct in6_addr *first, const struct in6_addr *last,
              int min)
{
    int plen = 128;

    while (plen > min) {
        int bit = plen - 1;
        struct in6_addr end = block_last(first, bit);
        bool aligned = !(first->s6_addr[bit / 8] & (0x80 >> (bit % 8)));

        if (!aligned || ip_compare(&end, last) > 0) {
            break;
        }
        plen--;
    }
    return plen;
}

/* Stores in '*prefixes' and '*n' the fewest prefixes that make up 'range'. */
static void
split_range(const struct ip_range *range, struct nvo3_prefix **prefixes,
            size_t *n)
{
    struct nvo3_prefix found[NVO3_RANGE_MAX_V6];
    struct in6_addr first = range->first;
    struct in6_addr end;

    *n = 0;
    for (;;) {
        int plen = largest_block(&first, &range->last, range->v4 ? 96 : 0);

        ovs_assert(*n < ARRAY_SIZE(found));
        memset(&found[*n], 0, sizeof found[*n]);
        found[*n].addr = first;
        found[*n].plen = (uint8_t) plen;
        ++*n;

        end = block_last(&first, plen);
        if (ipv6_addr_equals(&end, &range->last)) {
            break;
        }
        first = end;
        ip_increment(&first);
    }
    *prefixes = xmemdup(found, *n * sizeof found[0]);
}

/* Returns a new message that says that 'text' is wrong for 'reason'. */
static char *
error_with(const char *text, const char *reason)
{
    char *quoted = nvo3_quote(text);
    char *error = xasprintf("%s %s", quoted, reason);

    free(quoted);
    return error;
}

/* Reads the 'n' hexadecimal digits at 's', at most 16, into '*value'.
 * Returns false if one of them is none. */
static bool
hex_digits_parse(const char *s, size_t n, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        int digit = hexit_value((unsigned char) s[i]);

        if (digit < 0) {
            return false;
        }
        *value = (*value << 4) | (unsigned int) digit;
    }
    return true;
}
