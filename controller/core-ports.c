/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The ports of bindings on their own NVEs.
 *
 * A claim names its port and its tag; the session knows the port's number.
 * What carries frames, a port and a tag or none, is an "access".  It can be in
 * one VN only: of several bindings that name it, that with the lowest
 * generation has it, who was granted first and whom a restart does not change.
 * Behind a tag there is a segment with any number of VNICs (RFC 8394, section
 * 3.1), so that all others of the same VN have it, too.  A port without a tag
 * is one VNIC's own.  The others wait for it.
 *
 * The flows of gleaning tell frames apart by port and VN, and what is unknown
 * becomes the VNIC's.  So they are there only if no other VNIC can have sent
 * it.
 *
 * Changes only note which accesses and which ports on them are concerned;
 * core_settle_accesses() then compiles these, when it is known who is left. */

#include <config.h>
#include "controller/core-private.h"

#include "controller/compile.h"
#include "controller/items.h"
#include "flow.h"
#include "hash.h"
#include "lib/pipeline.h"
#include "util.h"

static struct core_port *port_find(const struct core_nve *, uint64_t owner);
static void port_free(struct core *, struct core_nve *, struct core_port *);
static void update_port(struct core *, struct core_nve *, struct core_port *);
static void touch(struct core *, struct core_access *);
static void settle(struct core *, struct core_access *);
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
        ovs_list_init(&port->changed_node);
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

/* Returns true if 'port' is where its claim says. */
static bool
is_in_place(const struct core_nve *nve, const struct core_port *port)
{
    ofp_port_t number = look_up(nve, port);

    return (port->access
            ? (port->access->port == number
               && port->access->tag == port->binding->claim->tag)
            : number == OFPP_NONE);
}

/* Returns the first of those that name 'access', NULL if nobody can have
 * it. */
static struct core_port *
holder(const struct core_access *access)
{
    return (heap_is_empty(&access->ports)
            || access->port == access->nve->tunnel_port
            ? NULL
            : CONTAINER_OF(heap_max(&access->ports), struct core_port,
                           heap_node));
}

/* Returns true if 'port' has the access that it names. */
static bool
has_access(const struct core_port *port)
{
    const struct core_port *first = port->access ? holder(port->access) : NULL;

    return (first && (port->access->tag ? first->vn_id == port->vn_id
                      : first == port));
}

/* Returns the one whose VNIC alone can have sent what comes by 'access', or
 * NULL.  Others at a tag send with it even while they wait for it. */
static struct core_port *
only_sender(const struct core_access *access)
{
    return (access->vn_port
            && ovs_list_is_singleton(&access->vn_port->accesses)
            && (!access->tag || heap_count(&access->ports) == 1)
            ? holder(access) : NULL);
}

/* Returns the meter for what is to be gleaned of the VNIC of 'port'; 0 if
 * nothing is. */
static uint32_t
choose_meter(const struct core_nve *nve, const struct core_port *port)
{
    return (port->access && only_sender(port->access) == port && nve->session
            && session_has_meters(nve->session->session)
            && model_binding_gleans(port->binding)
            ? GLEAN_METER(ofp_to_u16(port->access->port)) : 0);
}

void
core_refresh_ports(struct core *core, struct core_nve *nve, bool all)
{
    ofp_port_t old_tunnel_port = nve->tunnel_port;
    struct core_access *access;
    struct core_port *port;

    core_refresh_tunnel_port(core, nve);
    HMAP_FOR_EACH (port, node, &nve->ports) {
        if (is_current(port)
            && (all || !is_in_place(nve, port)
                || port->meter != choose_meter(nve, port))) {
            update_port(core, nve, port);
        }
    }
    HMAP_FOR_EACH (access, node, &nve->accesses) {
        if (nve->tunnel_port != old_tunnel_port
            && (access->port == nve->tunnel_port
                || access->port == old_tunnel_port)) {
            touch(core, access);
        }
    }
}

char *
core_port_problem(const struct core_nve *nve, const struct model_binding *b)
{
    const struct core_port *port = port_find(nve, b->local_owner);
    const struct model_binding *other;
    const char *name;

    if (!port || port->compiled) {
        return NULL;
    }
    name = b->claim->port;
    if (!port->access) {
        return xasprintf("port %s is not on the datapath", name);
    } else if (port->access->port == nve->tunnel_port) {
        return xasprintf("port %s is the tunnel's", name);
    }
    other = holder(port->access)->binding;
    if (port->access->tag) {
        return xasprintf("tag %"PRIu16" of port %s carries VN %s already: "
                         "give each VN there a tag of its own",
                         port->access->tag, name, other->vn);
    }
    return xasprintf("port %s carries VNIC %s in VN %s already: give each "
                     "VNIC and VN a port of its own", name, other->vnic,
                     other->vn);
}

void
core_settle_accesses(struct core *core)
{
    struct core_access *access;

    LIST_FOR_EACH_POP (access, changed_node, &core->accesses) {
        ovs_list_init(&access->changed_node);
        settle(core, access);
    }
}

void
core_ports_destroy(struct core_nve *nve)
{
    struct core_vn_port *vn_port;
    struct core_access *access;
    struct core_part *part;
    struct core_port *port;

    HMAP_FOR_EACH_POP (access, node, &nve->accesses) {
        heap_destroy(&access->ports);
        free(access);
    }
    HMAP_FOR_EACH_POP (vn_port, node, &nve->vn_ports) {
        free(vn_port);
    }
    HMAP_FOR_EACH_POP (port, node, &nve->ports) {
        free(port);
    }
    HMAP_FOR_EACH_POP (part, node, &nve->parts) {
        free(part);
    }
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

/* Returns the access of 'port' and 'tag' on 'nve', made if there is none; NULL
 * if 'port' is OFPP_NONE. */
static struct core_access *
access_get(struct core_nve *nve, ofp_port_t port, uint16_t tag)
{
    uint32_t hash = hash_int(ACCESS_NUMBER(port, tag), 0);
    struct core_access *access;

    if (port == OFPP_NONE) {
        return NULL;
    }
    HMAP_FOR_EACH_WITH_HASH (access, node, hash, &nve->accesses) {
        if (access->port == port && access->tag == tag) {
            return access;
        }
    }
    access = xzalloc(sizeof *access);
    access->nve = nve;
    access->port = port;
    access->tag = tag;
    heap_init(&access->ports);
    ovs_list_init(&access->changed);
    ovs_list_init(&access->changed_node);
    hmap_insert(&nve->accesses, &access->node, hash);
    return access;
}

/* Has 'access' settled. */
static void
touch(struct core *core, struct core_access *access)
{
    if (ovs_list_is_empty(&access->changed_node)) {
        ovs_list_push_back(&core->accesses, &access->changed_node);
    }
}

/* Has 'port' compiled when its access is settled. */
static void
mark(struct core_port *port)
{
    if (ovs_list_is_empty(&port->changed_node)) {
        ovs_list_push_back(&port->access->changed, &port->changed_node);
    }
}

/* Makes 'access', which may be NULL, the one that 'port' names. */
static void
set_access(struct core *core, struct core_port *port,
           struct core_access *access)
{
    if (port->access == access) {
        return;
    }
    if (port->access) {
        heap_remove(&port->access->ports, &port->heap_node);
        ovs_list_remove(&port->changed_node);
        ovs_list_init(&port->changed_node);
        if (port->access->gleaner == port) {
            port->access->gleaner = NULL;
        }
        touch(core, port->access);
    }
    port->access = access;
    if (access) {
        heap_insert(&access->ports, &port->heap_node,
                    UINT64_MAX - port->binding->generation);
    }
}

/* Puts 'port' where its claim is now, to be compiled. */
static void
update_port(struct core *core, struct core_nve *nve, struct core_port *port)
{
    set_access(core, port, access_get(nve, look_up(nve, port),
                                      port->binding->claim->tag));
    if (port->access) {
        mark(port);
        touch(core, port->access);
    } else {
        compile_port(core, nve, port);
    }
}

static void
port_free(struct core *core, struct core_nve *nve, struct core_port *port)
{
    core_put_in_nve(core, nve, port->owner, NULL);
    set_access(core, port, NULL);
    hmap_remove(&nve->ports, &port->node);
    free(port);
}

/* Counts an access in ('by' 1) or out (-1) of the part of the local image whose
 * owner is 'owner'.  Returns the part if it comes with this one; takes it out
 * if it goes. */
static struct core_part *
count_in_part(struct core *core, struct core_nve *nve, uint64_t owner, int by)
{
    struct core_part *part;

    HMAP_FOR_EACH_WITH_HASH (part, node, hash_uint64(owner), &nve->parts) {
        if (part->owner == owner) {
            part->n_accesses += by;
            if (!part->n_accesses) {
                core_put_in_nve(core, nve, owner, NULL);
                hmap_remove(&nve->parts, &part->node);
                free(part);
            }
            return NULL;
        }
    }
    part = xmalloc(sizeof *part);
    part->owner = owner;
    part->n_accesses = 1;
    hmap_insert(&nve->parts, &part->node, hash_uint64(owner));
    return part;
}

/* Counts 'access' in ('by' 1) or out (-1) of the VN with 'vn_id' on its NVE
 * and, if it has a tag, of those of its port that have. */
static void
count_access(struct core *core, struct core_access *access, uint32_t vn_id,
             int by)
{
    struct core_nve *nve = access->nve;
    uint64_t trunk = OWNER_TRUNK(ofp_to_u16(access->port));
    struct items items;

    items_init(&items);
    if (count_in_part(core, nve, OWNER_LOCAL_VN(vn_id), by)) {
        compile_local_vn(vn_id, &items);
        core_put_in_nve(core, nve, OWNER_LOCAL_VN(vn_id), &items);
    }
    items_uninit(&items);
    items_init(&items);
    if (access->tag && count_in_part(core, nve, trunk, by)) {
        compile_trunk(access->port, &items);
        core_put_in_nve(core, nve, trunk, &items);
    }
    items_uninit(&items);
}

static struct core_vn_port *
vn_port_find(const struct core_nve *nve, ofp_port_t port, uint32_t vn_id)
{
    uint32_t hash = hash_2words(ofp_to_u16(port), vn_id);
    struct core_vn_port *vn_port;

    HMAP_FOR_EACH_WITH_HASH (vn_port, node, hash, &nve->vn_ports) {
        if (vn_port->port == port && vn_port->vn_id == vn_id) {
            return vn_port;
        }
    }
    return NULL;
}

/* Has the only access of 'vn_port' settled, if it has but one: another comes,
 * or was there. */
static void
touch_only(struct core *core, const struct core_vn_port *vn_port)
{
    if (ovs_list_is_singleton(&vn_port->accesses)) {
        touch(core, CONTAINER_OF(ovs_list_front(&vn_port->accesses),
                                 struct core_access, vn_port_node));
    }
}

/* 'access', which is in no VN, comes to be in that with 'vn_id'. */
static void
enter_vn(struct core *core, struct core_access *access, uint32_t vn_id)
{
    struct core_nve *nve = access->nve;
    struct core_vn_port *vn_port = vn_port_find(nve, access->port, vn_id);

    if (!vn_port) {
        vn_port = xmalloc(sizeof *vn_port);
        vn_port->port = access->port;
        vn_port->vn_id = vn_id;
        ovs_list_init(&vn_port->accesses);
        hmap_insert(&nve->vn_ports, &vn_port->node,
                    hash_2words(ofp_to_u16(access->port), vn_id));
    }
    touch_only(core, vn_port);
    ovs_list_push_back(&vn_port->accesses, &access->vn_port_node);
    access->vn_port = vn_port;
}

/* 'access' is in no VN any more, if it was. */
static void
leave_vn(struct core *core, struct core_access *access)
{
    struct core_vn_port *vn_port = access->vn_port;

    if (!vn_port) {
        return;
    }
    access->vn_port = NULL;
    ovs_list_remove(&access->vn_port_node);
    touch_only(core, vn_port);
    if (ovs_list_is_empty(&vn_port->accesses)) {
        hmap_remove(&access->nve->vn_ports, &vn_port->node);
        free(vn_port);
    }
}

/* Returns what compile must know of 'port' on its access. */
static struct local_port
describe(const struct core_port *port)
{
    const struct model_binding *binding = port->binding;

    return (struct local_port) {
        .vn_id = port->vn_id,
        .tenant_tags = binding->member->vn->tenant_tags,
        .port = port->access->port,
        .tag = port->access->tag,
        .attachment = binding->attachment,
        .gleaned = &binding->gleaned,
        .meter = port->meter,
    };
}

bool
core_local_port(const struct core_nve *nve, const struct model_binding *b,
                struct local_port *local)
{
    const struct core_port *port = port_find(nve, b->local_owner);

    if (!port || !port->compiled) {
        return false;
    }
    *local = describe(port);
    return true;
}

/* One who has come since the access was last settled sent none of what has
 * come by it. */
struct model_binding *
core_binding_at(const struct core_nve *nve, ofp_port_t number, uint64_t vn_id)
{
    const struct core_vn_port *vn_port
        = vn_id <= UINT32_MAX ? vn_port_find(nve, number, vn_id) : NULL;
    const struct core_access *access;
    const struct core_port *port;

    if (!vn_port) {
        return NULL;
    }
    access = CONTAINER_OF(ovs_list_front(&vn_port->accesses),
                          struct core_access, vn_port_node);
    port = only_sender(access);
    return port && port->owner == access->holder ? port->binding : NULL;
}

/* Compiles the part of 'access' that all who have it share; 'first' is one of
 * them, or NULL if nobody has it. */
static void
compile_shared(struct core *core, struct core_access *access,
               const struct core_port *first)
{
    uint32_t number = ACCESS_NUMBER(access->port, access->tag);
    bool tenant_tags = first && first->binding->member->vn->tenant_tags;
    uint32_t vn_id = first ? first->vn_id : 0;
    uint32_t old_vn_id = access->vn_id;
    struct items items;

    if (vn_id == old_vn_id && tenant_tags == access->tenant_tags) {
        return;
    }
    if (vn_id != old_vn_id) {
        leave_vn(core, access);
        if (first) {
            enter_vn(core, access, vn_id);
        }
    }
    access->vn_id = vn_id;
    access->tenant_tags = tenant_tags;
    items_init(&items);
    if (first) {
        struct local_port local = describe(first);

        compile_access(&local, &items);
        core->stats.n_compiled++;
        count_access(core, access, vn_id, 1);
    }
    core_put_in_nve(core, access->nve, OWNER_ACCESS(number), &items);
    if (old_vn_id) {
        count_access(core, access, old_vn_id, -1);
    }
    items_uninit(&items);
}

/* Has 'port', which may be NULL, compiled if it has another meter now. */
static void
mark_if_meter_changes(const struct core_nve *nve, struct core_port *port)
{
    if (port && port->meter != choose_meter(nve, port)) {
        mark(port);
    }
}

/* Compiles 'access' and what has changed on it; where it has come to another,
 * that is all who name it.  Frees it if that is nobody. */
static void
settle(struct core *core, struct core_access *access)
{
    struct core_port *first = holder(access);
    uint64_t new_holder = first ? first->owner : 0;
    uint32_t new_vn_id = first ? first->vn_id : 0;
    bool same = (access->tag ? new_vn_id == access->vn_id
                 : new_holder == access->holder);
    struct core_nve *nve = access->nve;
    struct core_port *port;

    access->holder = new_holder;
    compile_shared(core, access, first);
    if (!same) {
        HEAP_FOR_EACH (port, heap_node, &access->ports) {
            mark(port);
        }
    }
    mark_if_meter_changes(nve, first);
    mark_if_meter_changes(nve, access->gleaner);
    LIST_FOR_EACH_POP (port, changed_node, &access->changed) {
        ovs_list_init(&port->changed_node);
        compile_port(core, nve, port);
    }
    if (heap_is_empty(&access->ports)) {
        hmap_remove(&nve->accesses, &access->node);
        heap_destroy(&access->ports);
        free(access);
        core_nve_maybe_free(core, nve);
    }
}

static void
set_meter(struct core_nve *nve, struct core_port *port)
{
    port->meter = choose_meter(nve, port);
    if (port->meter) {
        port->access->gleaner = port;
        session_want_meter(nve->session->session, port->meter);
    } else if (port->access && port->access->gleaner == port) {
        port->access->gleaner = NULL;
    }
}

static void
compile_port(struct core *core, struct core_nve *nve, struct core_port *port)
{
    struct items items;

    items_init(&items);
    port->compiled = has_access(port);
    set_meter(nve, port);
    if (port->compiled) {
        struct local_port local = describe(port);

        compile_local_port(&local, &items);
        core->stats.n_compiled++;
    }
    core_put_in_nve(core, nve, port->owner, &items);
    items_uninit(&items);
    core_put_fresh(core, port->binding);
}
