/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVO3_ADDR_H
#define NVO3_ADDR_H 1

/* Addresses and names as people and agents write them in the NVO3 database.
 *
 * ndirectord, ovs-nved and nvo3-ctl all read them here, so that all accept
 * the same text and refuse the rest in the same words.  This module knows
 * nothing of the database.
 *
 *     struct nvo3_address addr;
 *     char *error = nvo3_address_parse("02:00:00:00:00:01 10.0.0.5", &addr);
 *
 *     if (error) {
 *         VLOG_WARN("%s: %s", name, error);
 *         free(error);
 *     } else {
 *         ...
 *         nvo3_address_uninit(&addr);
 *     }
 *
 * Errors: a function that reads a user's text returns NULL if it is good,
 * otherwise a new message, to be freed with free(), that quotes the text and
 * says what to write instead.  The message is one line of printable UTF-8,
 * whatever the text was.  After an error the outputs hold nothing to free.
 *
 * Ownership: arrays and messages that are returned belong to the caller.
 *
 * Threads: any; there is no state.
 *
 * Order: a struct in6_addr is in network byte order, IPv4 is stored as an
 * IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2). */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nvo3-types.h"
#include "openvswitch/compiler.h"
#include "openvswitch/types.h"

struct ds;

/* The longest name of a VN, VNIC, NVE or tenant, in bytes. */
#define NVO3_NAME_MAX 255

/* The most prefixes that a range can need. */
#define NVO3_RANGE_MAX_V4 62
#define NVO3_RANGE_MAX_V6 254

/* A block of addresses.  One address is a prefix of all 128 bits. */
struct nvo3_prefix {
    struct in6_addr addr;       /* Host bits are zero. */
    uint8_t plen;               /* 0...128 for IPv6, 96...128 for IPv4. */
};

/* A MAC address with the IP addresses that belong to it. */
struct nvo3_address {
    struct eth_addr mac;
    struct nvo3_prefix *ips;    /* Owned; NULL if 'n_ips' is 0. */
    size_t n_ips;
};

/* Reads 's', an IP address ("10.0.0.5", "fd00::5"), a prefix ("10.0.0.0/24")
 * or a range with both its ends ("10.0.0.5-10.0.0.9").  On success stores in
 * '*prefixes' a new array, to be freed with free(), of the fewest prefixes
 * that hold exactly these addresses, in rising order, and their number, at
 * least 1, in '*n'.  Every one of the addresses must be one that a tenant
 * system can have: not unspecified, loopback, multicast, broadcast, nor an
 * IPv4 address in IPv6 clothes.  A prefix must have no host bits set. */
char *nvo3_ip_parse(const char *s, struct nvo3_prefix **prefixes, size_t *n)
    OVS_WARN_UNUSED_RESULT;

/* Returns true if 'ip' is one that a tenant system can have, as above. */
bool nvo3_ip_is_usable(const struct in6_addr *ip);

/* Reads 's', the IP address of a tunnel endpoint, into '*ip': one address,
 * of the same kinds as nvo3_ip_parse() accepts. */
char *nvo3_endpoint_parse(const char *s, struct in6_addr *ip)
    OVS_WARN_UNUSED_RESULT;

/* Appends 'p' to 'ds' the way nvo3_ip_parse() reads it; one address without
 * a length. */
void nvo3_prefix_format(const struct nvo3_prefix *p, struct ds *ds);

/* Returns true if 'p' is of IPv4. */
bool nvo3_prefix_is_v4(const struct nvo3_prefix *p);

/* Returns true if 'p' is one address. */
bool nvo3_prefix_is_host(const struct nvo3_prefix *p);

/* Returns true if 'a' and 'b' are the same block. */
bool nvo3_prefix_equals(const struct nvo3_prefix *a,
                        const struct nvo3_prefix *b);

/* Returns true if all the addresses of 'inner' are in 'outer'. */
bool nvo3_prefix_contains(const struct nvo3_prefix *outer,
                          const struct nvo3_prefix *inner);

/* Reads 's', six pairs of hexadecimal digits in either case with colons
 * between them, into '*mac'.  It must be unicast and not zero. */
char *nvo3_mac_parse(const char *s, struct eth_addr *mac)
    OVS_WARN_UNUSED_RESULT;

/* Appends 'mac' to 'ds' in lower case. */
void nvo3_mac_format(struct eth_addr mac, struct ds *ds);

/* Reads 's', a MAC address and any number of IP addresses, prefixes and
 * ranges, apart by spaces or commas, into '*addr', which the caller must end
 * with nvo3_address_uninit().  This is the form of VNIC_Claim.addresses. */
char *nvo3_address_parse(const char *s, struct nvo3_address *addr)
    OVS_WARN_UNUSED_RESULT;

/* Frees what 'addr' owns and leaves it empty. */
void nvo3_address_uninit(struct nvo3_address *addr);

/* Reads 's', exactly 16 hexadecimal digits in either case that are not all
 * zero, into '*dpid'. */
char *nvo3_datapath_id_parse(const char *s, struct datapath_id *dpid)
    OVS_WARN_UNUSED_RESULT;

/* Appends 'dpid' to 'ds' as 16 lower case hexadecimal digits. */
void nvo3_datapath_id_format(struct datapath_id dpid, struct ds *ds);

/* Returns true if 's' may name an object: 1 to NVO3_NAME_MAX bytes of UTF-8
 * without control characters or line breaks. */
bool nvo3_name_is_valid(const char *s);

/* Returns a new copy of 's' in double quotes, fit for a message or a log:
 * cut after 64 bytes, and with a "?" for each byte that is not printable. */
char *nvo3_quote(const char *s);

#endif /* nvo3-addr.h */
