/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef PIPELINE_H
#define PIPELINE_H 1

/* The pipeline on br-int: the one place that names tables, registers,
 * priorities, cookies and groups.
 *
 *                 from a VNIC                         from the tunnel port
 *                      |                                        |
 *   CLASSIFY   in_port, tag -> VN in metadata     VNI -> VN, FLAG_TUNNEL
 *   TENANT_TAG    what tag is left                              |
 *                      |                                        |
 *   SOURCE_MAC    the VNIC's MACs                 TUNNEL_IN  member NVEs
 *   SOURCE_IP     its IPs, ARP, DHCP                            |
 *   SOURCE_ND     its ND options                                |
 *    (where a VN gleans: what is unknown there goes to ndirectord, metered)
 *                      |                                        |
 *   RESOLVE    ARP answered by ANSWER, NS sent to its owner     |
 *                      |                                        |
 *                      +------> L2_LOOKUP <---------------------+
 *                              /         \
 *                     unicast /           \ broadcast, multicast
 *                            /             \
 *       DELIVER (local port) <-- FLOOD_LOCAL -- FLOOD --> (group of the VN)
 *       TUNNEL_OUT (remote)  <-----------------------------------+
 *
 * Flows of a VN's shared image never name a port or a tag of the NVE: a remote
 * mapping sets tun_dst and resubmits to TUNNEL_OUT, a local one does not exist
 * there, and what answers a frame goes on in ANSWER.  What is local has flows
 * of higher priority in the local image.
 *
 * A VN is reached at a port by a tag, or by none.  The tag is popped before
 * anything else sees the frame and pushed when all is done, so that a tag that
 * a frame has in between is the tenant's own.
 *
 * Register use: metadata holds the VN ID; reg0 flags; reg1 the output port of
 * DELIVER; reg2 is scratch space within one action list; reg3 and reg4 hold the
 * tag that the frame came with, and that with which DELIVER sends it, as
 * REG_TAG() or 0. */

#include <stdint.h>

/* OpenFlow tables.  Numbers in between are kept for stages to come. */
enum pipeline_table {
    TABLE_CLASSIFY = 0,
    TABLE_TUNNEL_IN = 1,
    TABLE_TENANT_TAG = 2,
    TABLE_SOURCE_MAC = 4,
    TABLE_SOURCE_IP = 5,
    TABLE_SOURCE_ND = 6,
    TABLE_RESOLVE = 16,
    TABLE_L2_LOOKUP = 24,
    TABLE_FLOOD = 28,
    TABLE_FLOOD_LOCAL = 29,
    TABLE_DELIVER = 36,
    TABLE_ANSWER = 37,
    TABLE_TUNNEL_OUT = 40,
    TABLE_MARKER = 253,         /* Never matched; OVS keeps 254 for itself. */
};

/* Bits of reg0. */
#define FLAG_TUNNEL 0x1         /* The frame came in by the tunnel port. */

/* A tag as reg3 and reg4 have it: OVS's "present" bit and the VID. */
#define REG_TAG_PRESENT 0x1000
#define REG_TAG(TAG) (REG_TAG_PRESENT | (TAG))

/* Priorities.  Where a shared and a local flow meet in one table, the local
 * one wins.  Shared flows for a prefix add its length (up to 128): the longest
 * one wins. */
enum pipeline_priority {
    PRIO_MISS = 0,
    PRIO_FALLBACK = 10,
    PRIO_DROP_KNOWN = 50,
    PRIO_GLEAN = 60,
    PRIO_GLEAN_NOT = 70,        /* Tenants' tags, before PRIO_GLEAN. */
    PRIO_TENANT_TAG = 90,
    PRIO_TRUNK = 95,            /* No tenant's tags, after all. */
    PRIO_SHARED = 100,
    PRIO_LOCAL = 300,
    PRIO_LOCAL_TAG = 350,       /* Tenants' tags, before PRIO_LOCAL. */
    PRIO_BAD_TAG = 380,
    PRIO_GUARD = 400,
};

/* A cookie says whose a flow is: kind in the 8 top bits, 32 bits that tell
 * objects apart for a person who reads a flow dump, VN ID in the low 24.  The
 * flows of a VNIC have the hash of its name there, in both images, so that one
 * message can remove them; those of a port and tag have ACCESS_NUMBER(). */
enum cookie_kind {
    COOKIE_VN = 0x4e,           /* 'N': shared image of a VN. */
    COOKIE_LOCAL = 0x4c,        /* 'L': local image of an NVE. */
    COOKIE_MARKER = 0x4d,       /* 'M': low 56 bits are an image's hash. */
};
#define COOKIE_KIND_SHIFT 56
#define COOKIE_KIND_MASK (UINT64_C(0xff) << COOKIE_KIND_SHIFT)
#define COOKIE_VN_MASK (COOKIE_KIND_MASK | UINT64_C(0xffffff))
#define MARKER_HASH_MASK ((UINT64_C(1) << COOKIE_KIND_SHIFT) - 1)

/* Groups: the flood group of a VN (a bucket per member NVE, its bucket ID is
 * the IPv4 endpoint) and the local flood group (a bucket per local port and
 * tag, its bucket ID is ACCESS_NUMBER()). */
#define GROUP_FLOOD(VN_ID) (UINT32_C(0x01000000) | (VN_ID))
#define GROUP_FLOOD_LOCAL(VN_ID) (UINT32_C(0x02000000) | (VN_ID))

/* One number for an OpenFlow port (below OFPP_MAX) and a tag (0: none); it is
 * below OFPG15_BUCKET_MAX. */
#define ACCESS_NUMBER(PORT, TAG)                        \
    ((uint32_t) (TAG) << 16 | ofp_to_u16(PORT))

/* Object in the cookies of the flows that let a VNIC send as a gleaned
 * address: this bit, which no other has, and a hash of the address.  So their
 * packets can be counted by cookie. */
#define COOKIE_GLEANED UINT32_C(0x80000000)

/* Meters, 1 to GLEAN_METERS, of what goes to ndirectord to be gleaned: each
 * passes GLEAN_RATE packets a second, and is for those ports of an NVE whose
 * numbers leave one remainder, so that a VNIC that floods hinders few others.
 * They are not part of an image: OVS takes no meters in bundles. */
#define GLEAN_METERS 32
#define GLEAN_METER(OFPORT) (UINT32_C(1) + (OFPORT) % GLEAN_METERS)
#define GLEAN_RATE 4

/* The most bytes of a frame that go there: headers, down to ND's options. */
#define GLEAN_BYTES 128

/* Metadata that a marker flow matches: 'M' above the VN ID, 0 for the local
 * image, so that no packet's VN ID can ever equal it. */
#define MARKER_METADATA(VN_ID) (UINT64_C(0x4d00000000) | (VN_ID))

#endif /* pipeline.h */
