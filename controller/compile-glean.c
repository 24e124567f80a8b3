/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Stage glean: where a VN allows it and the VNIC may have more addresses, what
 * the source guard would drop for its unknown source goes to ndirectord, in
 * place of being dropped, through a meter
 * (draft-kreeger-nvo3-hypervisor-nve-cp-01, section 4.2):
 *
 *   SOURCE_MAC  any frame with an unknown Ethernet source, but none with a
 *               tag of the tenant's: that is in another bridge domain
 *   SOURCE_IP   ARP with an unknown sender, NS and NA with an unknown source
 *   SOURCE_ND   NA for an unknown target
 *
 * IPs are learned from ARP and ND alone (RFC 9161, section 3.2): the source of
 * any other packet may be one that the VNIC merely forwards.  Once learned, an
 * address has the flows of compile-guard.c. */

#include <config.h>
#include "controller/compile.h"

#include <netinet/icmp6.h>

#include "controller/flow-draft.h"
#include "controller/model.h"
#include "flow.h"
#include "hash.h"
#include "openvswitch/packets.h"

static void
begin(struct flow_draft *f, enum pipeline_table table,
      const struct local_port *port)
{
    flow_begin(f, table, PRIO_GLEAN, local_port_cookie(port));
    flow_in_vn(f, port->vn_id);
    match_set_in_port(&f->match, port->port);
}

static void
end(struct flow_draft *f, const struct local_port *port, struct items *items)
{
    flow_controller(f, port->meter, GLEAN_BYTES);
    flow_end(f, items);
}

static void
glean_nd(enum pipeline_table table, const struct local_port *port,
         uint8_t type, struct items *items)
{
    struct flow_draft f;

    begin(&f, table, port);
    match_set_dl_type(&f.match, htons(ETH_TYPE_IPV6));
    match_set_nw_proto(&f.match, IPPROTO_ICMPV6);
    match_set_icmp_type(&f.match, type);
    match_set_icmp_code(&f.match, 0);
    end(&f, port, items);
}

void
glean_port(const struct local_port *port, struct items *items)
{
    struct flow_draft f;

    if (!port->meter) {
        return;
    }
    begin(&f, TABLE_SOURCE_MAC, port);
    end(&f, port, items);
    if (port->tenant_tags) {
        begin(&f, TABLE_SOURCE_MAC, port);
        f.priority = PRIO_GLEAN_NOT;
        flow_tenant_tag(&f, port->tag);
        flow_end(&f, items);
    }

    begin(&f, TABLE_SOURCE_IP, port);
    match_set_dl_type(&f.match, htons(ETH_TYPE_ARP));
    end(&f, port, items);

    glean_nd(TABLE_SOURCE_IP, port, ND_NEIGHBOR_SOLICIT, items);
    glean_nd(TABLE_SOURCE_IP, port, ND_NEIGHBOR_ADVERT, items);
    glean_nd(TABLE_SOURCE_ND, port, ND_NEIGHBOR_ADVERT, items);
}

uint64_t
compile_gleaned_cookie(ofp_port_t ofport, uint32_t vn_id,
                       const struct model_mac *mac)
{
    uint32_t hash = hash_bytes(&mac->mac, sizeof mac->mac,
                               ofp_to_u16(ofport));

    if (mac->n_ips) {
        hash = hash_bytes(&mac->ips->prefixes->addr,
                          sizeof mac->ips->prefixes->addr, hash);
    }
    return flow_cookie(COOKIE_LOCAL, COOKIE_GLEANED | hash, vn_id);
}
