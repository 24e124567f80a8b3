/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Gleaning: frames that datapaths send up become addresses, and addresses that
 * are silent go.
 *
 * Each gleaned address is looked after every third of its VN's age, by its
 * place in a heap: the datapath is asked how many packets the flows have had
 * that let the VNIC send as this address.  More (or fewer: the flows are new)
 * than the last time is a sign of life.
 *
 *     no sign for 3 steps, that is the age    ask for it at its port, again
 *                                             after each further step
 *     no sign for 6 steps                     forget it
 *
 * The answer to a probe passes these flows, and so counts (RFC 9161, section
 * 3.5).  Somebody else who sends as the same address hurries this: steps of
 * one second, from the first probe on.  While its datapath is not there
 * nothing ages, and a restart begins anew. */

#include <config.h>
#include "controller/core-private.h"

#include <limits.h>

#include "controller/compile.h"
#include "controller/sender.h"
#include "dp-packet.h"
#include "hash.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(core_glean);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

#define STEPS_TO_PROBE 3
#define STEPS_TO_FORGET 6
#define HURRY_MS 1000

/* An address in effect. */
struct core_gleaned {
    struct hmap_node node;      /* In core's 'gleaned', by owner. */
    struct heap_node heap_node; /* In core's 'deadlines'. */
    uint64_t owner;
    struct model_binding *binding;
    uint64_t n_packets;         /* As last counted. */
    int silent;                 /* Steps without a sign of life. */
    bool hurry;                 /* Somebody else sends as this address. */
};

static void step(struct core *, struct core_gleaned *);
static void probe(struct core *, struct core_gleaned *);
static void learn(struct core *, struct model_binding *, struct eth_addr,
                  const struct in6_addr *);

void
core_glean_init(struct core *core)
{
    hmap_init(&core->gleaned);
    heap_init(&core->deadlines);
}

void
core_glean_uninit(struct core *core)
{
    struct core_gleaned *g;

    HMAP_FOR_EACH_POP (g, node, &core->gleaned) {
        free(g);
    }
    hmap_destroy(&core->gleaned);
    heap_destroy(&core->deadlines);
}

/* Times. */

static uint64_t
priority_of(long long deadline)
{
    return UINT64_MAX - deadline;
}

static long long
step_ms(const struct core_gleaned *g)
{
    return (g->hurry ? HURRY_MS
            : g->binding->attachment->vn->gleaning_age * 1000LL
              / STEPS_TO_PROBE);
}

static void
arm(struct core *core, struct core_gleaned *g, long long deadline)
{
    heap_change(&core->deadlines, &g->heap_node, priority_of(deadline));
}

long long
core_deadline(const struct core *core)
{
    return (core->complete && !heap_is_empty(&core->deadlines)
            ? (long long) (UINT64_MAX - heap_max(&core->deadlines)->priority)
            : LLONG_MAX);
}

void
core_run_gleaned(struct core *core)
{
    while (core_deadline(core) <= core->now) {
        step(core, CONTAINER_OF(heap_max(&core->deadlines),
                                struct core_gleaned, heap_node));
    }
}

/* Addresses that come and go. */

static struct core_gleaned *
gleaned_find(const struct core *core, uint64_t owner)
{
    struct core_gleaned *g;

    HMAP_FOR_EACH_WITH_HASH (g, node, hash_uint64(owner), &core->gleaned) {
        if (g->owner == owner) {
            return g;
        }
    }
    return NULL;
}

/* The first step comes early at random, so that not all that were known before
 * a restart are looked after at once; if the age was changed, in time. */
void
core_track_gleaned(struct core *core, struct model_binding *b, uint64_t owner)
{
    struct core_gleaned *g = gleaned_find(core, owner);
    long long ms;

    if (!g) {
        g = xzalloc(sizeof *g);
        g->owner = owner;
        g->binding = b;
        hmap_insert(&core->gleaned, &g->node, hash_uint64(owner));
        heap_insert(&core->deadlines, &g->heap_node, priority_of(LLONG_MAX));
    }
    ms = step_ms(g);
    arm(core, g, MIN((long long) (UINT64_MAX - g->heap_node.priority),
                     core->now + ms - hash_uint64(owner) % (ms / 2 + 1)));
}

void
core_forget_gleaned(struct core *core, uint64_t owner)
{
    struct core_gleaned *g = gleaned_find(core, owner);

    if (g) {
        hmap_remove(&core->gleaned, &g->node);
        heap_remove(&core->deadlines, &g->heap_node);
        free(g);
    }
}

/* Where an address is. */
struct place {
    const struct model_gleaned *model;
    struct core_session *cs;
    struct local_port local;
};

/* Finds out where 'g' is.  Returns false if it is about to go, or if its
 * datapath or its port is not there. */
static bool
find_place(const struct core *core, const struct core_gleaned *g,
           struct place *place)
{
    const struct model_binding *b = g->binding;
    struct core_nve *nve;

    place->model = model_gleaned_find(b, g->owner);
    if (!place->model) {
        return false;
    }
    nve = core_nve_find(core, b->member->nve);
    place->cs = nve->session;
    return place->cs && core_local_port(nve, b, &place->local);
}

/* Looks after 'g': the answer comes as a SESSION_COUNTED, or never. */
static void
step(struct core *core, struct core_gleaned *g)
{
    struct place place;

    arm(core, g, core->now + step_ms(g));
    if (find_place(core, g, &place)) {
        uint64_t cookie = compile_gleaned_cookie(
            place.local.port, place.local.vn_id, &place.model->mac);

        session_ask_packets(place.cs->session, cookie, g->owner);
        core_activate(core, place.cs);
    }
}

void
core_take_count(struct core *core, uint64_t owner, uint64_t n_packets)
{
    struct core_gleaned *g = gleaned_find(core, owner);

    if (!g) {
        return;
    }
    if (n_packets != g->n_packets) {
        g->n_packets = n_packets;
        g->silent = 0;
        g->hurry = false;
        arm(core, g, core->now + step_ms(g));
    } else if (++g->silent >= STEPS_TO_FORGET) {
        core->stats.n_aged += model_unglean(core->model, g->binding,
                                            g->owner);
    } else if (g->silent >= STEPS_TO_PROBE) {
        probe(core, g);
    }
}

/* Asks for 'g' at its port. */
static void
probe(struct core *core, struct core_gleaned *g)
{
    struct dp_packet *packet;
    struct ofpbuf ofpacts;
    struct in6_addr ip;
    struct place place;

    if (find_place(core, g, &place)
        && model_gleaned_probe(place.model, &ip)) {
        packet = sender_probe(&ip);
        ofpbuf_init(&ofpacts, 64);
        compile_delivery(&place.local, &ofpacts);
        session_send_frame(place.cs->session, dp_packet_data(packet),
                           dp_packet_size(packet), &ofpacts);
        core_activate(core, place.cs);
        core->stats.n_probes++;
        ofpbuf_uninit(&ofpacts);
        dp_packet_delete(packet);
    }
}

/* Somebody else sends as the address whose owner is 'owner': finds out soon
 * whether it is still there, if there is a way. */
static void
hurry(struct core *core, uint64_t owner)
{
    struct core_gleaned *g = gleaned_find(core, owner);
    const struct model_gleaned *model
        = g ? model_gleaned_find(g->binding, owner) : NULL;
    struct in6_addr ip;

    if (model && !g->hurry && model_gleaned_probe(model, &ip)) {
        g->hurry = true;
        g->silent = MAX(g->silent, STEPS_TO_PROBE - 1);
        arm(core, g, core->now);
    }
}

/* Frames. */

void
core_take_frame(struct core *core, struct core_nve *nve,
                const struct session_event *event)
{
    struct model_binding *b = core_binding_at(nve, event->port,
                                              event->vn_id);
    struct sender sender;

    if (!b || !sender_read(event->frame, event->frame_size, &sender)) {
        core->stats.n_frames_ignored++;
        return;
    }
    learn(core, b, sender.mac, NULL);
    for (size_t i = 0; i < sender.n_ips; i++) {
        learn(core, b, sender.mac, &sender.ips[i]);
    }
}

/* The VNIC of 'b' sent as 'mac', or as 'ip' with that. */
static void
learn(struct core *core, struct model_binding *b, struct eth_addr mac,
      const struct in6_addr *ip)
{
    uint64_t rival;

    switch (model_glean(core->model, b, mac, ip, &rival)) {
    case GLEAN_LEARNED:
        core->stats.n_gleaned++;
        break;
    case GLEAN_TAKEN:
        core->stats.n_glean_taken++;
        VLOG_INFO_RL(&rl, "%s: VNIC %s sends as "ETH_ADDR_FMT"%s, which "
                     "belongs to another", b->nve, b->vnic,
                     ETH_ADDR_ARGS(mac), ip ? " with an IP" : "");
        hurry(core, rival);
        break;
    case GLEAN_FULL:
        core->stats.n_glean_full++;
        VLOG_INFO_RL(&rl, "%s: VNIC %s sends as "ETH_ADDR_FMT", but VN %s "
                     "allows no more to be gleaned", b->nve, b->vnic,
                     ETH_ADDR_ARGS(mac), b->vn);
        break;
    case GLEAN_KNOWN:
    case GLEAN_REFUSED:
        break;
    }
}
