/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/compile.h"

#include "controller/flow-draft.h"
#include "controller/model.h"
#include "flow.h"
#include "hash.h"

void
compile_vn(uint32_t vn_id, struct items *items)
{
    classify_vn(vn_id, items);
    forward_vn(vn_id, items);
}

void
compile_member(uint32_t vn_id, bool tenant_tags,
               const struct model_nve *nve, struct items *items)
{
    classify_member(vn_id, tenant_tags, nve, items);
    forward_member(vn_id, nve, items);
}

void
compile_mapping(uint32_t vn_id, ovs_be32 endpoint,
                const struct model_mac *mac, struct items *items)
{
    if (model_mac_is_held(mac) || mac->gleaned) {
        resolve_mapping(vn_id, mac, items);
    }
    if (model_mac_is_held(mac)) {
        forward_mapping(vn_id, endpoint, mac, items);
    }
}

void
compile_base(const struct model_nve *nve, ofp_port_t tunnel_port,
             struct items *items)
{
    classify_base(nve, tunnel_port, items);
    guard_base(items);
    resolve_base(items);
    forward_base(nve, tunnel_port, items);
}

void
compile_local_vn(uint32_t vn_id, struct items *items)
{
    forward_local_vn(vn_id, items);
}

void
compile_trunk(ofp_port_t port, struct items *items)
{
    classify_trunk(port, items);
    forward_trunk(port, items);
}

void
compile_access(const struct local_port *port, struct items *items)
{
    classify_access(port, items);
    forward_access(port, items);
}

void
compile_local_port(const struct local_port *port, struct items *items)
{
    const struct model_gleaned *g;

    for (size_t i = 0; i < port->attachment->n_macs; i++) {
        const struct model_mac *mac = &port->attachment->macs[i];

        if (model_mac_is_held(mac)) {
            guard_mac(port, mac, items);
            resolve_own(port, mac, items);
        }
    }
    LOCAL_PORT_FOR_EACH_GLEANED (g, port) {
        guard_mac(port, &g->mac, items);
        resolve_own(port, &g->mac, items);
    }
    glean_port(port, items);
    forward_port(port, items);
}

uint32_t
vnic_object(const struct model_attachment *attachment)
{
    return hash_string(attachment->vnic->name, 0) & ~COOKIE_GLEANED;
}

uint64_t
local_port_cookie(const struct local_port *port)
{
    return flow_cookie(COOKIE_LOCAL, vnic_object(port->attachment),
                       port->vn_id);
}

uint64_t
access_cookie(const struct local_port *port)
{
    return flow_cookie(COOKIE_LOCAL, ACCESS_NUMBER(port->port, port->tag),
                       port->vn_id);
}

bool
mac_holds_ip(const struct model_mac *mac, bool v4)
{
    MAC_FOR_EACH_PREFIX (prefix, mac) {
        if (nvo3_prefix_is_v4(prefix) == v4) {
            return true;
        }
    }
    return false;
}
