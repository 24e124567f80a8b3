/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Stage classify: which VN a frame belongs to.
 *
 * From a VNIC the port says it; tagged frames belong to none.  From the tunnel
 * the VNI says it, and only an NVE that is a member of the VN may have sent
 * it; a frame that is tagged inside is dropped (RFC 7348, section 6.1). */

#include <config.h>
#include "controller/compile.h"

#include "controller/flow-draft.h"
#include "controller/model.h"
#include "flow.h"

/* Present bit and VID of a TCI: 0 under this mask is "not tagged". */
#define TCI_TAGGED htons(0x1fff)

void
classify_base(const struct model_nve *nve, ofp_port_t tunnel_port,
              struct items *items)
{
    uint64_t cookie = flow_cookie(COOKIE_LOCAL, 0, 0);
    struct flow_draft f;

    flow_begin(&f, TABLE_CLASSIFY, PRIO_MISS, cookie);
    flow_end(&f, items);
    flow_begin(&f, TABLE_TUNNEL_IN, PRIO_MISS, cookie);
    flow_end(&f, items);
    if (tunnel_port != OFPP_NONE) {
        flow_begin(&f, TABLE_CLASSIFY, PRIO_LOCAL, cookie);
        match_set_in_port(&f.match, tunnel_port);
        flow_move(&f, MFF_TUN_ID, MFF_METADATA, 24);
        flow_set_u32(&f, MFF_REG0, FLAG_TUNNEL);
        flow_goto(&f, TABLE_TUNNEL_IN);
        flow_end(&f, items);
    }

    /* Nobody else sends from the NVE's own endpoints. */
    for (size_t i = 0; i < nve->n_endpoints; i++) {
        flow_begin(&f, TABLE_TUNNEL_IN, PRIO_GUARD, cookie);
        match_set_tun_src(&f.match, nve->endpoints[i]);
        flow_end(&f, items);
    }
}

/* Frames from NVEs that are not members, or tagged, are counted here. */
void
classify_vn(uint32_t vn_id, struct items *items)
{
    struct flow_draft f;

    flow_begin(&f, TABLE_TUNNEL_IN, PRIO_FALLBACK,
               flow_cookie(COOKIE_VN, 0, vn_id));
    flow_in_vn(&f, vn_id);
    flow_end(&f, items);
}

void
classify_member(uint32_t vn_id, const struct model_nve *nve,
                struct items *items)
{
    for (size_t i = 0; i < nve->n_endpoints; i++) {
        struct flow_draft f;

        flow_begin(&f, TABLE_TUNNEL_IN, PRIO_SHARED,
                   flow_cookie(COOKIE_VN, ntohl(nve->endpoints[i]), vn_id));
        flow_in_vn(&f, vn_id);
        match_set_tun_src(&f.match, nve->endpoints[i]);
        match_set_dl_tci_masked(&f.match, htons(0), TCI_TAGGED);
        flow_goto(&f, TABLE_L2_LOOKUP);
        flow_end(&f, items);
    }
}

void
classify_port(const struct local_port *port, struct items *items)
{
    ovs_be64 metadata = htonll(port->vn_id);
    struct flow_draft f;

    flow_begin(&f, TABLE_CLASSIFY, PRIO_SHARED,
               flow_cookie(COOKIE_LOCAL, ofp_to_u16(port->port),
                           port->vn_id));
    match_set_in_port(&f.match, port->port);
    match_set_dl_tci_masked(&f.match, htons(0), TCI_TAGGED);
    flow_set(&f, MFF_METADATA, &metadata);
    flow_goto(&f, TABLE_SOURCE_MAC);
    flow_end(&f, items);
}
