/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_COMPILE_H
#define CONTROLLER_COMPILE_H 1

/* Compile: one object in, its flows, groups and buckets out.
 *
 * The functions are pure: they read the object, append to 'items' and touch
 * nothing else.  Each public function is one owner's part of an image; it
 * collects what the stages (compile-*.c, a file each) have to say of the
 * object.  Whatever goes into a VN's shared image is the same on all NVEs.
 *
 *   shared image of a VN          local image of an NVE
 *   --------------------          ---------------------
 *   compile_vn()                  compile_base()
 *   compile_member()              compile_local_vn()
 *   compile_mapping()             compile_trunk()
 *                                 compile_access()
 *                                 compile_local_port() */

#include <stdbool.h>
#include <stdint.h>
#include "openvswitch/types.h"

struct items;
struct model_attachment;
struct model_gleaned;
struct model_mac;
struct model_nve;
struct ofpbuf;
struct ovs_list;

/* Where a VN is reached on an NVE, and a VNIC that is attached there. */
struct local_port {
    uint32_t vn_id;
    bool tenant_tags;           /* VN.tenant_tags. */
    ofp_port_t port;
    uint16_t tag;               /* 1 to 4094; 0 if frames have none. */
    const struct model_attachment *attachment;  /* NULL: no VNIC is meant. */
    const struct ovs_list *gleaned;     /* struct model_gleaned's; or NULL. */
    uint32_t meter;             /* For what is to be gleaned; 0: nothing. */
};

/* A VN as such: how its frames are looked up and flooded, whoever is in. */
void compile_vn(uint32_t vn_id, struct items *items);

/* NVE 'nve' is in the VN: its endpoints may send, and get what is flooded;
 * frames that are tagged inside only if 'tenant_tags'. */
void compile_member(uint32_t vn_id, bool tenant_tags,
                    const struct model_nve *nve, struct items *items);

/* 'mac' and those of its IPs that it holds are behind the NVE whose preferred
 * endpoint is 'endpoint' (draft-fw-nvo3-server2vcenter-01, section 7, the
 * third of its three things; RFC 8014, section 4.3).  Nothing if the MAC is
 * not held. */
void compile_mapping(uint32_t vn_id, ovs_be32 endpoint,
                     const struct model_mac *mac, struct items *items);

/* What an NVE has whatever its VNICs are.  'tunnel_port' may be OFPP_NONE,
 * then no frame comes from or goes to a tunnel. */
void compile_base(const struct model_nve *nve, ofp_port_t tunnel_port,
                  struct items *items);

/* The VN has ports on this NVE: flooding among them. */
void compile_local_vn(uint32_t vn_id, struct items *items);

/* VNs are reached by tags at 'port': then none on it is a tenant's, as what
 * was one there could be taken for one of ours, and the other way round. */
void compile_trunk(ofp_port_t port, struct items *items);

/* The port and the tag by which a VN is reached, whatever VNICs are there:
 * classification, flooding.  The attachment is not looked at. */
void compile_access(const struct local_port *port, struct items *items);

/* A VNIC on this NVE: source guard, delivery. */
void compile_local_port(const struct local_port *port, struct items *items);

/* Appends to 'ofpacts' the actions that deliver a frame of the VN, which comes
 * from ndirectord, at the port. */
void compile_delivery(const struct local_port *port, struct ofpbuf *ofpacts);

/* Returns the cookie of the flows by which a VNIC on 'ofport' may send as the
 * gleaned address 'mac', and which no flow has but those. */
uint64_t compile_gleaned_cookie(ofp_port_t ofport, uint32_t vn_id,
                                const struct model_mac *mac);

/* Stages, for the functions above and for tests.  Each appends what its stage
 * has to say of the object. */

/* Tunnel port to TUNNEL_IN; drops what belongs to no VN (local image). */
void classify_base(const struct model_nve *, ofp_port_t tunnel_port,
                   struct items *);

/* Drops what comes by tunnel from others than members (shared image). */
void classify_vn(uint32_t vn_id, struct items *);

/* A member's endpoints may send into the VN (shared image). */
void classify_member(uint32_t vn_id, bool tenant_tags,
                     const struct model_nve *, struct items *);

/* Frames of the port with its tag belong to its VN (local image). */
void classify_access(const struct local_port *, struct items *);

/* Drops what is nobody's own (local image). */
void guard_base(struct items *);

/* The port may send as 'mac' and its IPs (local image). */
void guard_mac(const struct local_port *, const struct model_mac *,
               struct items *);

/* What the port sends as somebody unknown goes to ndirectord (local
 * image). */
void glean_port(const struct local_port *, struct items *);

/* What asks for nothing that is known goes on (local image). */
void resolve_base(struct items *);

/* Answers ARP for the IPs of a MAC, sends NS on to it (shared image). */
void resolve_mapping(uint32_t vn_id, const struct model_mac *,
                     struct items *);

/* Does not answer the port's questions about itself (local image). */
void resolve_own(const struct local_port *, const struct model_mac *,
                 struct items *);

/* Output to local ports and to the tunnel (local image). */
void forward_base(const struct model_nve *, ofp_port_t tunnel_port,
                  struct items *);

/* Floods group addresses, drops unknown unicast (shared image). */
void forward_vn(uint32_t vn_id, struct items *);

/* A copy of what is flooded for the member (shared image). */
void forward_member(uint32_t vn_id, const struct model_nve *, struct items *);

/* Frames for 'mac' go to 'endpoint' (shared image). */
void forward_mapping(uint32_t vn_id, ovs_be32 endpoint,
                     const struct model_mac *, struct items *);

/* Floods to the VN's ports on this NVE (local image). */
void forward_local_vn(uint32_t vn_id, struct items *);

/* Frames of the port have tags of ours or none (local image). */
void classify_trunk(ofp_port_t port, struct items *);

/* Nor do frames for it have others (local image). */
void forward_trunk(ofp_port_t port, struct items *);

/* What is flooded goes to the port, too (local image). */
void forward_access(const struct local_port *, struct items *);

/* Frames for the VNIC's MACs go to its port (local image). */
void forward_port(const struct local_port *, struct items *);

/* Returns the number that the cookies of the flows of the VNIC of 'attachment'
 * have in common. */
uint32_t vnic_object(const struct model_attachment *attachment);

/* Returns the cookie of the flows of the VNIC of 'port'. */
uint64_t local_port_cookie(const struct local_port *port);

/* Returns the cookie of the flows of the port and the tag themselves. */
uint64_t access_cookie(const struct local_port *port);

/* Returns true if 'mac' holds at least one prefix of IPv4 ('v4') or IPv6. */
bool mac_holds_ip(const struct model_mac *mac, bool v4);

/* For each struct model_gleaned of the port: */
#define LOCAL_PORT_FOR_EACH_GLEANED(G, PORT)                            \
    if ((PORT)->gleaned)                                                \
        LIST_FOR_EACH (G, node, (PORT)->gleaned)

/* For each prefix that 'mac' holds: */
#define MAC_FOR_EACH_PREFIX(PREFIX, MAC)                                \
    for (size_t i_ = 0; i_ < (MAC)->n_ips; i_++)                        \
        for (size_t j_ = 0; j_ < (MAC)->ips[i_].n_prefixes; j_++)       \
            for (const struct nvo3_prefix *PREFIX                       \
                     = model_ip_is_held(&(MAC)->ips[i_], j_)            \
                       ? &(MAC)->ips[i_].prefixes[j_] : NULL;           \
                 PREFIX; PREFIX = NULL)

#endif /* controller/compile.h */
