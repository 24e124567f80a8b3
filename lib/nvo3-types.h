/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVO3_TYPES_H
#define NVO3_TYPES_H 1

/* Small distinct types for the numbers of an overlay.
 *
 * A VN ID, an OpenFlow table and a datapath id are all plain integers on the
 * wire.  Passing one where another is meant would compile, so each is a
 * structure of its own here; the number itself is the member 'value'.  An
 * OpenFlow port is OVS's ofp_port_t and a MAC address OVS's struct eth_addr.
 *
 *     struct vn_id id = vn_id_make(0x1234);
 *
 *     if (vn_id_is_valid(id)) {
 *         match_set_tun_id(&match, vn_id_to_tun_id(id));
 *     }
 *
 * All are values: copy them freely.  No threads, no allocation. */

#include <stdbool.h>
#include <stdint.h>

#include "byte-order.h"
#include "openvswitch/types.h"

/* A VN ID (RFC 7365 "VN Context"; the VNI of VXLAN): 24 bits, never 0.  The
 * value 0 stands for "none". */
struct vn_id {
    uint32_t value;             /* VN_ID_MIN...VN_ID_MAX, or 0 for none. */
};
#define VN_ID_MIN 1
#define VN_ID_MAX 0xffffff
#define VN_ID_NONE ((struct vn_id) { .value = 0 })

/* An OpenFlow table number. */
struct of_table {
    uint8_t value;              /* 0...253; OVS keeps 254 for itself. */
};

/* An OpenFlow datapath id.  The value 0 stands for "none". */
struct datapath_id {
    uint64_t value;
};

/* Returns the VN ID whose number is 'value', which need not be valid. */
static inline struct vn_id
vn_id_make(uint32_t value)
{
    return (struct vn_id) { .value = value };
}

/* Returns true if 'value', as read from a database or from a user, may be
 * the number of a VN ID. */
static inline bool
vn_id_value_is_valid(int64_t value)
{
    return value >= VN_ID_MIN && value <= VN_ID_MAX;
}

/* Returns true if 'id' may be used on the wire, so also if it is not
 * VN_ID_NONE. */
static inline bool
vn_id_is_valid(struct vn_id id)
{
    return vn_id_value_is_valid(id.value);
}

/* Returns true if 'a' and 'b' are the same VN ID. */
static inline bool
vn_id_equals(struct vn_id a, struct vn_id b)
{
    return a.value == b.value;
}

/* Returns 'id' as the tunnel key that OpenFlow's tun_id carries. */
static inline ovs_be64
vn_id_to_tun_id(struct vn_id id)
{
    return htonll(id.value);
}

/* Returns the VN ID that the tunnel key 'tun_id' carries, or VN_ID_NONE if
 * it has bits beyond the 24 of a VN ID. */
static inline struct vn_id
vn_id_from_tun_id(ovs_be64 tun_id)
{
    uint64_t value = ntohll(tun_id);

    return value <= VN_ID_MAX ? vn_id_make((uint32_t) value) : VN_ID_NONE;
}

/* Returns the OpenFlow table whose number is 'value'. */
static inline struct of_table
of_table_make(uint8_t value)
{
    return (struct of_table) { .value = value };
}

/* Returns true if 'a' and 'b' are the same datapath id. */
static inline bool
datapath_id_equals(struct datapath_id a, struct datapath_id b)
{
    return a.value == b.value;
}

/* The most addresses that a VN may allow to be gleaned of one VNIC, and the
 * ages in seconds after which one that is silent is asked for. */
#define GLEANING_MAX 1024
#define GLEANING_AGE_MIN 10
#define GLEANING_AGE_MAX 86400
#define GLEANING_AGE_DEFAULT 300

#endif /* nvo3-types.h */
