/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Model changes into images: compile what each change names, put it into the
 * image it belongs to, flush, push.  Ports are in core-ports.c. */

#include <config.h>
#include "controller/core-private.h"

#include "controller/compile.h"
#include "controller/items.h"
#include "hash.h"
#include "util.h"

static void apply_nve(struct core *, const struct model_change *);
static void apply_member(struct core *, const struct model_change *);
static void apply_mapping(struct core *, const struct model_change *);
static void member_free(struct core *, struct core_member *);

void
core_apply(struct core *core, const struct model_change *change)
{
    switch (change->type) {
    case CHANGE_NVE:
        apply_nve(core, change);
        break;
    case CHANGE_MEMBER:
        apply_member(core, change);
        break;
    case CHANGE_MAPPING:
        apply_mapping(core, change);
        break;
    case CHANGE_LOCAL:
        core_apply_local(core, change);
        break;
    }
}

/* Images. */

static void
put_in_vn(struct core *core, struct core_vn *vn, uint64_t owner,
          const struct items *items)
{
    if (image_replace(vn->image, owner, items)
        && ovs_list_is_empty(&vn->dirty_node)) {
        ovs_list_push_back(&core->dirty_vns, &vn->dirty_node);
    }
}

void
core_put_in_nve(struct core *core, struct core_nve *nve, uint64_t owner,
                const struct items *items)
{
    if (image_replace(nve->image, owner, items)
        && ovs_list_is_empty(&nve->dirty_node)) {
        ovs_list_push_back(&core->dirty_nves, &nve->dirty_node);
    }
}

/* Makes one update of what changed in each image and gives it to the sessions
 * of all who hold the image. */
void
core_flush(struct core *core)
{
    struct core_member *member;
    struct core_nve *nve;
    struct core_vn *vn;

    LIST_FOR_EACH_POP (vn, dirty_node, &core->dirty_vns) {
        struct update *update = image_flush(vn->image);

        ovs_list_init(&vn->dirty_node);
        if (update) {
            HMAP_FOR_EACH (member, node, &vn->members) {
                if (member->nve->session) {
                    session_push(member->nve->session->session, vn->image,
                                 update, core->now);
                    core_activate(core, member->nve->session);
                }
            }
        }
        update_unref(update);
    }
    LIST_FOR_EACH_POP (nve, dirty_node, &core->dirty_nves) {
        struct update *update = image_flush(nve->image);

        ovs_list_init(&nve->dirty_node);
        if (update && nve->session) {
            session_push(nve->session->session, nve->image, update,
                         core->now);
            core_activate(core, nve->session);
        }
        update_unref(update);
    }
}

/* 'binding' was applied: after the flush it is seen what it waits for. */
void
core_put_fresh(struct core *core, struct model_binding *binding)
{
    ovs_list_remove(&binding->wait_node);
    ovs_list_push_back(&core->fresh, &binding->wait_node);
}

/* VNs. */

struct core_vn *
core_vn_find(const struct core *core, uint32_t vn_id)
{
    struct core_vn *vn;

    HMAP_FOR_EACH_WITH_HASH (vn, node, hash_int(vn_id, 0), &core->vns) {
        if (vn->vn_id == vn_id) {
            return vn;
        }
    }
    return NULL;
}

static struct core_vn *
vn_get(struct core *core, uint32_t vn_id)
{
    struct core_vn *vn = core_vn_find(core, vn_id);
    struct items items;

    if (!vn) {
        vn = xzalloc(sizeof *vn);
        vn->vn_id = vn_id;
        vn->image = image_create(&core->pool, vn_id);
        hmap_init(&vn->members);
        ovs_list_init(&vn->dirty_node);
        hmap_insert(&core->vns, &vn->node, hash_int(vn_id, 0));

        items_init(&items);
        compile_vn(vn_id, &items);
        core->stats.n_compiled++;
        put_in_vn(core, vn, OWNER_BASE, &items);
        items_uninit(&items);
    }
    return vn;
}

void
core_vn_free(struct core *core, struct core_vn *vn)
{
    ovs_list_remove(&vn->dirty_node);
    hmap_remove(&core->vns, &vn->node);
    hmap_destroy(&vn->members);
    image_destroy(vn->image);
    free(vn);
}

/* NVEs. */

struct core_nve *
core_nve_find(const struct core *core, const struct model_nve *model)
{
    struct core_nve *nve;

    HMAP_FOR_EACH_WITH_HASH (nve, node, hash_pointer(model, 0),
                             &core->nves) {
        if (nve->model == model) {
            return nve;
        }
    }
    return NULL;
}

struct core_nve *
core_nve_get(struct core *core, struct model_nve *model)
{
    struct core_nve *nve = core_nve_find(core, model);

    if (!nve) {
        nve = xzalloc(sizeof *nve);
        nve->model = model;
        nve->image = image_create(&core->pool, 0);
        ovs_list_init(&nve->dirty_node);
        ovs_list_init(&nve->members);
        ovs_list_init(&nve->waiting);
        ovs_list_init(&nve->sync_node);
        nve->tunnel_port = OFPP_NONE;
        hmap_init(&nve->ports);
        hmap_init(&nve->accesses);
        hmap_init(&nve->parts);
        hmap_init(&nve->vn_ports);
        hmap_insert(&core->nves, &nve->node, hash_pointer(model, 0));
    }
    return nve;
}

void
core_nve_free(struct core *core, struct core_nve *nve)
{
    ovs_assert(!nve->session);
    ovs_list_remove(&nve->dirty_node);
    hmap_remove(&core->nves, &nve->node);
    hmap_destroy(&nve->ports);
    hmap_destroy(&nve->accesses);
    hmap_destroy(&nve->parts);
    hmap_destroy(&nve->vn_ports);
    image_destroy(nve->image);
    free(nve);
}

void
core_nve_maybe_free(struct core *core, struct core_nve *nve)
{
    if (!nve->present && !nve->session && ovs_list_is_empty(&nve->members)
        && hmap_is_empty(&nve->ports) && hmap_is_empty(&nve->accesses)) {
        core_nve_free(core, nve);
    }
}

/* Returns the tunnel port of 'nve', OFPP_NONE if it is not known. */
static ofp_port_t
find_tunnel_port(const struct core_nve *nve)
{
    return (nve->session
            ? session_port_by_name(nve->session->session,
                                   nve->model->tunnel_port)
            : OFPP_NONE);
}

static void
compile_nve_base(struct core *core, struct core_nve *nve)
{
    struct items items;

    nve->tunnel_port = find_tunnel_port(nve);
    items_init(&items);
    if (nve->present) {
        compile_base(nve->model, nve->tunnel_port, &items);
        core->stats.n_compiled++;
    }
    core_put_in_nve(core, nve, OWNER_BASE, &items);
    items_uninit(&items);
}

void
core_refresh_tunnel_port(struct core *core, struct core_nve *nve)
{
    if (find_tunnel_port(nve) != nve->tunnel_port) {
        compile_nve_base(core, nve);
    }
}

static void
apply_nve(struct core *core, const struct model_change *change)
{
    struct core_nve *nve = core_nve_get(core, change->nve);

    nve->present = change->present;
    if (nve->session && change->present
        && session_datapath_id(nve->session->session)
           != change->nve->datapath_id) {
        core_close_session(core, nve->session,
                           "its NVE has another datapath ID now");
    }
    compile_nve_base(core, nve);
    core_refresh_ports(core, nve, false);
    if (nve->present) {
        core_match_sessions(core, nve);
    } else {
        core_nve_maybe_free(core, nve);
    }
}

/* Members. */

static struct core_member *
member_find(const struct core_vn *vn, const struct core_nve *nve)
{
    struct core_member *member;

    HMAP_FOR_EACH_WITH_HASH (member, node, hash_pointer(nve, 0),
                             &vn->members) {
        if (member->nve == nve) {
            return member;
        }
    }
    return NULL;
}

static struct core_member *
member_create(struct core *core, struct core_vn *vn, struct core_nve *nve,
              uint64_t owner)
{
    struct core_member *member = xmalloc(sizeof *member);

    member->vn = vn;
    member->nve = nve;
    member->owner = owner;
    hmap_insert(&vn->members, &member->node, hash_pointer(nve, 0));
    ovs_list_push_back(&nve->members, &member->nve_node);
    if (nve->session) {
        session_subscribe(nve->session->session, vn->image, core->now);
        core_activate(core, nve->session);
    }
    return member;
}

static void
member_free(struct core *core, struct core_member *member)
{
    struct core_nve *nve = member->nve;
    struct core_vn *vn = member->vn;

    put_in_vn(core, vn, member->owner, NULL);
    if (nve->session) {
        session_unsubscribe(nve->session->session, vn->image, core->now);
        core_activate(core, nve->session);
    }
    hmap_remove(&vn->members, &member->node);
    ovs_list_remove(&member->nve_node);
    free(member);
    if (hmap_is_empty(&vn->members)) {
        core_vn_free(core, vn);
    }
    core_nve_maybe_free(core, nve);
}

static void
apply_member(struct core *core, const struct model_change *change)
{
    struct core_vn *vn = core_vn_find(core, change->vn_id);
    struct core_nve *nve = core_nve_find(core, change->nve);
    struct core_member *member = vn && nve ? member_find(vn, nve) : NULL;
    struct items items;

    if (!change->present) {
        if (member) {
            member_free(core, member);
        }
        return;
    }
    if (!member) {
        vn = vn_get(core, change->vn_id);
        nve = core_nve_get(core, change->nve);
        member = member_create(core, vn, nve, change->owner);
    }
    items_init(&items);
    compile_member(change->vn_id,
                   model_vn_by_id(core->model, change->vn_id)->tenant_tags,
                   change->nve, &items);
    core->stats.n_compiled++;
    put_in_vn(core, vn, member->owner, &items);
    items_uninit(&items);
    if (change->binding) {
        core_put_fresh(core, change->binding);
    }
}

/* Mappings. */

static void
apply_mapping(struct core *core, const struct model_change *change)
{
    struct core_vn *vn = core_vn_find(core, change->vn_id);
    struct items items;

    if (!change->binding) {
        if (vn) {
            put_in_vn(core, vn, change->owner, NULL);
        }
        core_forget_gleaned(core, change->owner);
        return;
    }
    if (change->mac->gleaned) {
        core_track_gleaned(core, change->binding, change->owner);
    }
    items_init(&items);
    compile_mapping(change->vn_id, change->nve->endpoints[0], change->mac,
                    &items);
    core->stats.n_compiled++;
    put_in_vn(core, vn, change->owner, &items);
    items_uninit(&items);
    core_put_fresh(core, change->binding);
}
