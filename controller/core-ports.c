/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The ports of bindings on their own NVEs.
 *
 * A claim names its port; the session knows its number.  Frames of a port have
 * no tag that would tell VNs apart, so that it can carry one binding only: of
 * several that name it, that with the lowest generation, who was granted first
 * and whom a restart does not change.  The others wait for it. */

#include <config.h>
#include "controller/core-private.h"

#include "controller/compile.h"
#include "controller/items.h"
#include "controller/pipeline.h"
#include "flow.h"
#include "hash.h"
#include "util.h"

static struct core_port *port_find(const struct core_nve *, uint64_t owner);
static void port_free(struct core *, struct core_nve *, struct core_port *);
static void update_port(struct core *, struct core_nve *, struct core_port *);
static void compile_port(struct core *, struct core_nve *,
                         struct core_port *);

void
core_apply_local(struct core *core, const struct model_change *change)
{
    struct core_nve *nve = core_nve_find(core, change->nve);
    struct core_port *port = nve ? port_find(nve, change->owner) : NULL;

    if (!change->binding) {
        if (port) {
            port_free(core, nve, port);
            core_nve_maybe_free(core, nve);
        }
        return;
    }
    if (!port) {
        nve = core_nve_get(core, change->nve);
        port = xzalloc(sizeof *port);
        port->owner = change->owner;
        port->vn_id = change->vn_id;
        port->number = port->port = OFPP_NONE;
        hmap_insert(&nve->ports, &port->node, hash_uint64(port->owner));
    }
    port->binding = change->binding;
    update_port(core, nve, port);
}

/* Returns true unless the binding of 'port' was withdrawn in the run of the
 * model whose changes are being applied: then there is no claim or attachment
 * any more, and the change that takes 'port' out is still to come. */
static bool
is_current(const struct core_port *port)
{
    return port->binding->local_owner == port->owner;
}

/* Returns the number of the port that the claim of 'port' names, or
 * OFPP_NONE. */
static ofp_port_t
look_up(const struct core_nve *nve, const struct core_port *port)
{
    return (nve->session
            ? session_port_by_name(nve->session->session,
                                   port->binding->claim->port)
            : OFPP_NONE);
}

/* Returns the one that has port 'number' of 'nve', NULL if nobody does. */
static struct core_port *
holder(const struct core_nve *nve, ofp_port_t number)
{
    struct core_port *best = NULL;
    struct core_port *port;

    if (number == nve->tunnel_port) {
        return NULL;
    }
    HMAP_FOR_EACH_WITH_HASH (port, number_node, hash_ofp_port(number),
                             &nve->ports_by_number) {
        if (port->number == number && is_current(port)
            && (!best || (port->binding->generation
                          < best->binding->generation))) {
            best = port;
        }
    }
    return best;
}

/* Returns the meter for what is to be gleaned of the VNIC of 'port', which has
 * that port for itself; 0 if nothing is. */
static uint32_t
choose_meter(const struct core_nve *nve, const struct core_port *port)
{
    return (port->port != OFPP_NONE && nve->session
            && session_has_meters(nve->session->session)
            && model_binding_gleans(port->binding)
            ? GLEAN_METER(ofp_to_u16(port->port)) : 0);
}

void
core_refresh_ports(struct core *core, struct core_nve *nve, bool all)
{
    struct core_port *port;

    core_refresh_tunnel_port(core, nve);
    HMAP_FOR_EACH (port, node, &nve->ports) {
        if (is_current(port)
            && (all || look_up(nve, port) != port->number
                || ((port->port != OFPP_NONE)
                    != (holder(nve, port->number) == port))
                || port->meter != choose_meter(nve, port))) {
            update_port(core, nve, port);
        }
    }
}

char *
core_port_problem(const struct core_nve *nve, const struct model_binding *b)
{
    const struct core_port *port = port_find(nve, b->local_owner);
    const struct model_binding *other;
    const char *name;

    if (!port || port->port != OFPP_NONE) {
        return NULL;
    }
    name = b->claim->port;
    if (port->number == OFPP_NONE) {
        return xasprintf("port %s is not on the datapath", name);
    } else if (port->number == nve->tunnel_port) {
        return xasprintf("port %s is the tunnel's", name);
    }
    other = holder(nve, port->number)->binding;
    return xasprintf("port %s carries VNIC %s in VN %s already: give each "
                     "VNIC and VN a port of its own", name, other->vnic,
                     other->vn);
}

static struct core_port *
port_find(const struct core_nve *nve, uint64_t owner)
{
    struct core_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, node, hash_uint64(owner), &nve->ports) {
        if (port->owner == owner) {
            return port;
        }
    }
    return NULL;
}

/* Compiles again those who name port 'number' of 'nve' and have come to have
 * it, or to have it no more. */
static void
update_rivals(struct core *core, struct core_nve *nve, ofp_port_t number)
{
    const struct core_port *has_it = holder(nve, number);
    struct core_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, number_node, hash_ofp_port(number),
                             &nve->ports_by_number) {
        if (port->number == number && is_current(port)
            && (port->port != OFPP_NONE) != (port == has_it)) {
            compile_port(core, nve, port);
        }
    }
}

/* Gives 'port' the number that it has now and compiles it. */
static void
update_port(struct core *core, struct core_nve *nve, struct core_port *port)
{
    ofp_port_t old = port->number;

    if (old != OFPP_NONE) {
        hmap_remove(&nve->ports_by_number, &port->number_node);
    }
    port->number = look_up(nve, port);
    if (port->number != OFPP_NONE) {
        hmap_insert(&nve->ports_by_number, &port->number_node,
                    hash_ofp_port(port->number));
    }
    compile_port(core, nve, port);
    update_rivals(core, nve, port->number);
    if (old != port->number) {
        update_rivals(core, nve, old);
    }
}

/* Counts a port in ('by' 1) or out (-1) of the VN on 'nve'; the VN's own part
 * of the local image comes with the first and goes with the last. */
static void
count_port(struct core *core, struct core_nve *nve, uint32_t vn_id, int by)
{
    struct core_local_vn *vn;
    struct items items;

    HMAP_FOR_EACH_WITH_HASH (vn, node, hash_int(vn_id, 0), &nve->local_vns) {
        if (vn->vn_id == vn_id) {
            vn->n_ports += by;
            if (!vn->n_ports) {
                core_put_in_nve(core, nve, OWNER_LOCAL_VN(vn_id), NULL);
                hmap_remove(&nve->local_vns, &vn->node);
                free(vn);
            }
            return;
        }
    }
    vn = xmalloc(sizeof *vn);
    vn->vn_id = vn_id;
    vn->n_ports = 1;
    hmap_insert(&nve->local_vns, &vn->node, hash_int(vn_id, 0));
    items_init(&items);
    compile_local_vn(vn_id, &items);
    core_put_in_nve(core, nve, OWNER_LOCAL_VN(vn_id), &items);
    items_uninit(&items);
}

static struct local_port
describe(const struct core_port *port)
{
    return (struct local_port) {
        .vn_id = port->vn_id,
        .port = port->port,
        .attachment = port->binding->attachment,
        .gleaned = &port->binding->gleaned,
        .meter = port->meter,
    };
}

bool
core_local_port(const struct core_nve *nve, const struct model_binding *b,
                struct local_port *local)
{
    const struct core_port *port = port_find(nve, b->local_owner);

    if (!port || port->port == OFPP_NONE) {
        return false;
    }
    *local = describe(port);
    return true;
}

struct model_binding *
core_binding_at(const struct core_nve *nve, ofp_port_t number, uint64_t vn_id)
{
    const struct core_port *port = holder(nve, number);

    return (port && port->port == number && port->vn_id == vn_id
            ? port->binding : NULL);
}

static void
compile_port(struct core *core, struct core_nve *nve, struct core_port *port)
{
    struct model_binding *binding = port->binding;
    bool was_compiled = port->port != OFPP_NONE;
    struct items items;

    port->port = (holder(nve, port->number) == port ? port->number
                  : OFPP_NONE);
    port->meter = choose_meter(nve, port);
    items_init(&items);
    if (port->port != OFPP_NONE) {
        struct local_port local = describe(port);

        compile_local_port(&local, &items);
        core->stats.n_compiled++;
    }
    if (port->meter) {
        session_want_meter(nve->session->session, port->meter);
    }
    if (!was_compiled && port->port != OFPP_NONE) {
        count_port(core, nve, port->vn_id, 1);
    }
    core_put_in_nve(core, nve, port->owner, &items);
    if (was_compiled && port->port == OFPP_NONE) {
        count_port(core, nve, port->vn_id, -1);
    }
    items_uninit(&items);
    core_put_fresh(core, binding);
}

static void
port_free(struct core *core, struct core_nve *nve, struct core_port *port)
{
    ofp_port_t number = port->number;

    core_put_in_nve(core, nve, port->owner, NULL);
    if (port->port != OFPP_NONE) {
        count_port(core, nve, port->vn_id, -1);
    }
    if (number != OFPP_NONE) {
        hmap_remove(&nve->ports_by_number, &port->number_node);
    }
    hmap_remove(&nve->ports, &port->node);
    free(port);
    update_rivals(core, nve, number);
}
