/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_SENDER_H
#define CONTROLLER_SENDER_H 1

/* Sender: as whom a frame was sent, and the frames that ask whether somebody
 * is still there.
 *
 * Frames are a guest's, and may be anything.  The parsing is libopenvswitch's
 * flow_extract(), on a copy.  No state. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include "openvswitch/types.h"

struct dp_packet;

struct sender {
    struct eth_addr mac;        /* Unicast. */
    struct in6_addr ips[2];     /* That ARP or ND says it has; usable. */
    size_t n_ips;
};

/* Reads the 'size' bytes of the Ethernet frame at 'frame', or its beginning.
 * Returns false if nothing can be learned from it: so if it has a VLAN tag,
 * which is the tenant's, as that of the access is popped.  IPs are learned
 * from ARP (the sender's), NS (the source) and NA (target and source) that
 * name no other MAC than the frame's (RFC 9161, sections 3.2 and 3.4), but for
 * the link-local address that follows from the MAC (RFC 4291, appendix A). */
bool sender_read(const void *frame, size_t size, struct sender *);

/* Returns a new frame, free with dp_packet_delete(), that asks for 'ip': an
 * ARP probe (RFC 5227, section 2.1.1), or a Neighbor Solicitation. */
struct dp_packet *sender_probe(const struct in6_addr *ip);

#endif /* controller/sender.h */
