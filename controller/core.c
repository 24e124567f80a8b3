/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/core.h"

#include <inttypes.h>

#include "controller/core-private.h"
#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(core);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 100);

static void take_events(struct core *);
static void take_event(struct core *, struct core_session *,
                       struct session_event *);
static void try_accept(struct core *, struct core_session *);
static void accept_session(struct core *, struct core_session *,
                           struct core_nve *);
static void detach(struct core *, struct core_session *);
static void decide(struct core *);
static void sync_surveyed(struct core *);
static void settle_fresh(struct core *);
static void settle_waiting(struct core *, struct core_nve *);
static void refuse_waiting(struct core *, struct core_nve *, const char *);
static void check_sync(struct core *);

struct core *
core_create(const struct core_config *config)
{
    struct core *core = xzalloc(sizeof *core);

    core->config = *config;
    core->model = model_create();
    model_set_epoch(core->model, config->epoch);
    hmap_init(&core->vns);
    hmap_init(&core->nves);
    hmap_init(&core->by_session);
    ovs_list_init(&core->sessions);
    ovs_list_init(&core->changed);
    ovs_list_init(&core->active);
    ovs_list_init(&core->dirty_vns);
    ovs_list_init(&core->dirty_nves);
    ovs_list_init(&core->accesses);
    ovs_list_init(&core->fresh);
    ovs_list_init(&core->surveyed);
    core_glean_init(core);
    return core;
}

void
core_destroy(struct core *core)
{
    struct core_member *member;
    struct core_nve *nve;
    struct core_vn *vn;

    if (!core) {
        return;
    }
    ovs_assert(ovs_list_is_empty(&core->sessions));
    model_destroy(core->model);
    HMAP_FOR_EACH_SAFE (vn, node, &core->vns) {
        HMAP_FOR_EACH_SAFE (member, node, &vn->members) {
            hmap_remove(&vn->members, &member->node);
            free(member);
        }
        core_vn_free(core, vn);
    }
    HMAP_FOR_EACH_SAFE (nve, node, &core->nves) {
        core_ports_destroy(nve);
        core_nve_free(core, nve);
    }
    hmap_destroy(&core->vns);
    hmap_destroy(&core->nves);
    hmap_destroy(&core->by_session);
    core_glean_uninit(core);
    free(core->changes.array);
    free(core);
}

void
core_set_epoch(struct core *core, int64_t epoch)
{
    if (epoch > core->config.epoch) {
        core->config.epoch = epoch;
        model_set_epoch(core->model, epoch);
    }
}

struct model *
core_model(struct core *core)
{
    return core->model;
}

void
core_set_complete(struct core *core)
{
    struct core_session *cs;

    if (!core->complete) {
        core->complete = true;
        LIST_FOR_EACH (cs, node, &core->sessions) {
            core_session_changed(core, cs->session);
        }
    }
}

bool
core_is_complete(const struct core *core)
{
    return core->complete;
}

/* Sessions. */

static struct core_session *
find_session(const struct core *core, const struct session *session)
{
    struct core_session *cs;

    HMAP_FOR_EACH_WITH_HASH (cs, hmap_node, hash_pointer(session, 0),
                             &core->by_session) {
        if (cs->session == session) {
            return cs;
        }
    }
    OVS_NOT_REACHED();
}

struct session *
core_add_session(struct core *core, const char *peer, const char *peer_name,
                 long long now)
{
    struct session_config config = {
        .queue_limit = core->config.queue_limit,
        .audit_interval_ms = core->config.audit_interval_ms,
        .generation_id = core->config.epoch,
    };
    struct core_session *cs = xzalloc(sizeof *cs);

    cs->session = session_create(peer, &core->pool, &config, now);
    cs->peer_name = nullable_xstrdup(peer_name);
    ovs_list_init(&cs->changed_node);
    ovs_list_init(&cs->active_node);
    ovs_list_push_back(&core->sessions, &cs->node);
    hmap_insert(&core->by_session, &cs->hmap_node,
                hash_pointer(cs->session, 0));
    core->stats.n_sessions++;
    return cs->session;
}

void
core_remove_session(struct core *core, struct session *session)
{
    struct core_session *cs = find_session(core, session);

    detach(core, cs);
    core_add_stats(&core->stats, session);
    core->stats.n_sessions--;
    ovs_list_remove(&cs->node);
    ovs_list_remove(&cs->changed_node);
    ovs_list_remove(&cs->active_node);
    hmap_remove(&core->by_session, &cs->hmap_node);
    session_destroy(session);
    free(cs->peer_name);
    free(cs);
}

void
core_session_changed(struct core *core, struct session *session)
{
    struct core_session *cs = find_session(core, session);

    if (ovs_list_is_empty(&cs->changed_node)) {
        ovs_list_push_back(&core->changed, &cs->changed_node);
    }
}

/* Has core_next_active() name 'cs'. */
void
core_activate(struct core *core, struct core_session *cs)
{
    if (ovs_list_is_empty(&cs->active_node)) {
        ovs_list_push_back(&core->active, &cs->active_node);
    }
}

struct session *
core_next_active(struct core *core)
{
    struct core_session *cs;

    if (ovs_list_is_empty(&core->active)) {
        return NULL;
    }
    cs = CONTAINER_OF(ovs_list_pop_front(&core->active), struct core_session,
                      active_node);
    ovs_list_init(&cs->active_node);
    return cs->session;
}

/* Ends the session for 'reason'; wire removes it when it sees it closed. */
void
core_close_session(struct core *core, struct core_session *cs,
                   const char *reason)
{
    session_close(cs->session, "%s", reason);
    cs->identified = false;
    detach(core, cs);
    core_activate(core, cs);
    core_session_changed(core, cs->session);
}

/* The NVE of 'cs' has no session any more.  Its images stay. */
static void
detach(struct core *core, struct core_session *cs)
{
    struct core_nve *nve = cs->nve;

    if (nve) {
        cs->nve = NULL;
        nve->session = NULL;
        ovs_list_remove(&nve->sync_node);
        ovs_list_init(&nve->sync_node);
        model_set_connected(core->model, nve->model, false);
        core_nve_maybe_free(core, nve);
    }
}

/* Stepping. */

bool
core_needs_run(const struct core *core)
{
    return (!ovs_list_is_empty(&core->changed) || model_is_dirty(core->model)
            || core->sync_asked);
}

/* Decisions first: sessions are accepted by what the model has decided, and
 * what events compile again must be as decided.  Of events only what is
 * gleaned has an effect on decisions, and that can wait for the next run. */
void
core_run(struct core *core, long long now)
{
    core->now = now;
    if (!core->complete) {
        return;
    }
    decide(core);
    take_events(core);
    core_settle_accesses(core);
    core_run_gleaned(core);
    core_flush(core);
    sync_surveyed(core);
    settle_fresh(core);
    check_sync(core);
}

static void
take_events(struct core *core)
{
    struct session_event event;
    struct core_session *cs;
    struct ovs_list changed;

    ovs_list_move(&changed, &core->changed);
    ovs_list_init(&core->changed);
    LIST_FOR_EACH_POP (cs, changed_node, &changed) {
        ovs_list_init(&cs->changed_node);
        while (session_next_event(cs->session, &event)) {
            take_event(core, cs, &event);
            free(event.text);
            free(event.frame);
        }
        if (cs->identified && !cs->nve) {
            try_accept(core, cs);
        }
    }
}

/* Returns the name of the NVE of 'cs', or of its peer if that is unknown. */
static const char *
label(const struct core_session *cs)
{
    const char *name = session_name(cs->session);

    return name ? name : session_peer(cs->session);
}

static void
take_event(struct core *core, struct core_session *cs,
           struct session_event *event)
{
    struct core_nve *nve = cs->nve;

    switch (event->type) {
    case SESSION_IDENTIFIED:
        cs->identified = true;
        return;
    case SESSION_CLOSED:
        cs->identified = false;
        detach(core, cs);
        core_activate(core, cs);
        return;
    case SESSION_SURVEYED:
        if (nve) {
            core_refresh_ports(core, nve, true);
            ovs_list_remove(&nve->sync_node);
            ovs_list_push_back(&core->surveyed, &nve->sync_node);
        }
        return;
    case SESSION_PORTS:
        if (nve) {
            core_refresh_ports(core, nve, false);
        }
        return;
    case SESSION_CONFIRMED:
        if (nve) {
            settle_waiting(core, nve);
        }
        return;
    case SESSION_REFUSED:
        VLOG_WARN_RL(&rl, "%s: datapath refused an update (%s)",
                     label(cs), event->text);
        if (nve) {
            refuse_waiting(core, nve, event->text);
        }
        return;
    case SESSION_FRAME:
        if (nve) {
            core_take_frame(core, nve, event);
        }
        return;
    case SESSION_COUNTED:
        core_take_count(core, event->token, event->n_packets);
        return;
    case SESSION_REPAIRED:
        VLOG_WARN_RL(&rl, "%s: datapath repaired (%s)",
                     label(cs), event->text);
        return;
    }
    OVS_NOT_REACHED();
}

static void
decide(struct core *core)
{
    struct model_changes *changes = &core->changes;

    if (model_is_dirty(core->model)) {
        changes->n = 0;
        model_run(core->model, changes);
        core->stats.n_changes += changes->n;
        for (size_t i = 0; i < changes->n; i++) {
            core_apply(core, &changes->array[i]);
        }
    }
}

/* Whose session. */

/* Accepts 'cs' if the NVE with its datapath ID is known; if not, it stays as
 * it is until that NVE appears. */
static void
try_accept(struct core *core, struct core_session *cs)
{
    uint64_t dpid = session_datapath_id(cs->session);
    struct model_nve *model = model_nve_by_datapath_id(core->model, dpid);
    struct core_nve *nve = model ? core_nve_find(core, model) : NULL;

    if (!nve || !nve->present) {
        return;
    }
    if (nve->session) {
        VLOG_WARN_RL(&rl, "%s: refused (datapath ID %016"PRIx64" of NVE %s "
                     "is connected from %s already)",
                     session_peer(cs->session), dpid, model->name,
                     session_peer(nve->session->session));
        core_close_session(core, cs, "its datapath ID is connected already");
    } else if (cs->peer_name && strcmp(cs->peer_name, model->name)) {
        VLOG_WARN_RL(&rl, "%s: refused (its certificate is of %s, its "
                     "datapath ID %016"PRIx64" of NVE %s)",
                     session_peer(cs->session), cs->peer_name, dpid,
                     model->name);
        core_close_session(core, cs, "its certificate is not of this NVE");
    } else {
        accept_session(core, cs, nve);
    }
}

static void
accept_session(struct core *core, struct core_session *cs,
               struct core_nve *nve)
{
    struct core_member *member;

    cs->nve = nve;
    nve->session = cs;
    model_set_connected(core->model, nve->model, true);
    session_subscribe(cs->session, nve->image, core->now);
    LIST_FOR_EACH (member, nve_node, &nve->members) {
        session_subscribe(cs->session, member->vn->image, core->now);
    }
    session_accept(cs->session, nve->model->name, core->now);
    core_activate(core, cs);
}

/* 'nve' is usable, perhaps with another datapath ID: finds its session.  One
 * that a former NVE with this datapath ID still has is closed, to come back as
 * this one's.  NVEs change rarely: a walk over the sessions will do. */
void
core_match_sessions(struct core *core, struct core_nve *nve)
{
    struct core_session *cs;

    LIST_FOR_EACH (cs, node, &core->sessions) {
        if (!cs->identified || nve->session == cs
            || session_datapath_id(cs->session) != nve->model->datapath_id) {
            continue;
        }
        if (!cs->nve) {
            try_accept(core, cs);
        } else if (!cs->nve->present) {
            core_close_session(core, cs, "its datapath is another NVE now");
        }
    }
}

/* Confirmation. */

/* Returns true if the datapath of 'nve' has confirmed 'image' at 'version' or
 * later. */
static bool
has_confirmed(const struct core_nve *nve, const struct image *image,
              uint64_t version)
{
    uint64_t confirmed;

    if (!nve->session) {
        return false;
    }
    confirmed = session_confirmed_version(nve->session->session, image);
    return confirmed != UINT64_MAX && confirmed >= version;
}

/* The bindings of 'nve' wait for their datapath, whatever was confirmed. */
static void
lose_bindings(struct core *core, struct core_nve *nve)
{
    char *reason = xasprintf("waits for the datapath of NVE %s",
                             nve->model->name);
    struct model_binding *b;
    struct model_claim *claim;

    LIST_FOR_EACH (claim, nve_node, &nve->model->claims) {
        LIST_FOR_EACH (b, claim_node, &claim->bindings) {
            if (b->member) {
                model_delay_binding(core->model, b, reason, true);
                core_put_fresh(core, b);
            }
        }
    }
    free(reason);
}

/* Starts the sessions that have been surveyed; the images are flushed.  Where
 * the datapath does not show the local image's marker it has lost, or never
 * had, what its bindings were confirmed for. */
static void
sync_surveyed(struct core *core)
{
    struct core_nve *nve;

    LIST_FOR_EACH_POP (nve, sync_node, &core->surveyed) {
        ovs_list_init(&nve->sync_node);
        session_sync(nve->session->session, core->now);
        core_activate(core, nve->session);
        core_session_changed(core, nve->session->session);
        if (!has_confirmed(nve, nve->image, image_version(nve->image))) {
            lose_bindings(core, nve);
        }
    }
}

/* Confirms 'b' if its datapath holds all that it asks. */
static bool
settle(struct core *core, const struct core_nve *nve, struct model_binding *b)
{
    const struct core_vn *vn = core_vn_find(core, b->vn_id);
    char *problem;

    if (!vn || !has_confirmed(nve, vn->image, b->need_vn)
        || !has_confirmed(nve, nve->image, b->need_local)) {
        return false;
    }
    problem = core_port_problem(nve, b);
    if (problem) {
        free(problem);
        return false;
    }
    ovs_list_remove(&b->wait_node);
    ovs_list_init(&b->wait_node);
    model_confirm_binding(core->model, b);
    return true;
}

/* Says why 'b' waits, as far as that is known.  A port that is not there is a
 * loss. */
static void
explain(struct core *core, const struct core_nve *nve,
        struct model_binding *b)
{
    if (nve->session && session_is_ready(nve->session->session)) {
        char *problem = core_port_problem(nve, b);
        char *reason = (problem ? xstrdup(problem)
                        : xasprintf("waits for the datapath of NVE %s",
                                    nve->model->name));

        model_delay_binding(core->model, b, reason, problem != NULL);
        free(problem);
        free(reason);
    }
}

/* Confirms what has just been applied, or has it wait for its datapath. */
static void
settle_fresh(struct core *core)
{
    struct model_binding *b;

    LIST_FOR_EACH_SAFE (b, wait_node, &core->fresh) {
        struct core_nve *nve = core_nve_find(core, b->member->nve);
        const struct core_vn *vn = core_vn_find(core, b->vn_id);

        b->need_local = image_version(nve->image);
        b->need_vn = image_version(vn->image);
        if (!settle(core, nve, b)) {
            ovs_list_remove(&b->wait_node);
            ovs_list_push_back(&nve->waiting, &b->wait_node);
            explain(core, nve, b);
        }
    }
}

static void
settle_waiting(struct core *core, struct core_nve *nve)
{
    struct model_binding *b;

    LIST_FOR_EACH_SAFE (b, wait_node, &nve->waiting) {
        settle(core, nve, b);
    }
}

/* The datapath of 'nve' refused an update: those who wait for it learn why. */
static void
refuse_waiting(struct core *core, struct core_nve *nve, const char *why)
{
    char *reason = xasprintf("the datapath refused it, to be tried again: %s",
                             why);
    struct model_binding *b;

    LIST_FOR_EACH (b, wait_node, &nve->waiting) {
        model_delay_binding(core->model, b, reason, false);
    }
    free(reason);
}

/* Synchronization. */

void
core_set_sync_request(struct core *core, int64_t request)
{
    if (core->sync_request != request) {
        core->sync_request = request;
        core->sync_asked = true;
    }
}

int64_t
core_sync_done(const struct core *core)
{
    return core->sync_done;
}

/* Answers a synchronization request once every accepted session has confirmed
 * all it was given.  Looks at all sessions, but only while somebody asks. */
static void
check_sync(struct core *core)
{
    struct core_session *cs;

    core->sync_asked = false;
    if (core->sync_done == core->sync_request) {
        return;
    }
    LIST_FOR_EACH (cs, node, &core->sessions) {
        if (cs->nve && !session_is_settled(cs->session)) {
            return;
        }
    }
    core->sync_done = core->sync_request;
}

size_t
core_audit(struct core *core, const char *name, long long now)
{
    struct core_session *cs;
    size_t n = 0;

    LIST_FOR_EACH (cs, node, &core->sessions) {
        if (cs->nve && session_is_ready(cs->session)
            && (!name || !strcmp(cs->nve->model->name, name))) {
            session_audit(cs->session, now);
            core_activate(core, cs);
            n++;
        }
    }
    return n;
}
