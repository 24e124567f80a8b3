/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Who holds a VNIC in a VN, the claim for it, and how far it is. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "ovs-ext/split-private.h"
#include "util.h"

static struct split_place *place_get(struct split *, const char *vnic,
                                     const char *vn);
static void place_destroy(struct split_place *);
static void place_elect(struct split_place *);
static void place_claim(struct split_place *);
static void place_unclaim(struct split_place *);
static void place_relink(struct split_vnic *);
static void place_apply_verdict(struct split_place *);
static void place_give_roles(struct split_place *);
static bool user_reserve(struct split_user *, const char *vn);
static void user_end(struct split_user *, enum split_role);

void
split_put_verdict(struct split *split, const struct split_verdict *verdict)
{
    const struct split_vnic *vnic = shash_find_data(&split->vnics,
                                                    verdict->vnic);
    struct split_place *place;

    if (!vnic) {
        return;
    }
    LIST_FOR_EACH (place, vnic_node, &vnic->places) {
        if (!strcmp(place->vn, verdict->vn) && place->has_claim) {
            place->verdict = verdict->state;
            free(place->reason);
            place->reason = xstrdup(verdict->reason);
            split_place_touch(place);
        }
    }
}

void
split_place_touch(struct split_place *place)
{
    if (ovs_list_is_empty(&place->dirty_node)) {
        ovs_list_push_back(&place->split->dirty_places, &place->dirty_node);
    }
}

void
split_place_join(struct split_user *user, const char *vn)
{
    if (user->place && strcmp(user->place->vn, vn)) {
        split_place_leave(user);
    }
    if (!user->place) {
        user->place = place_get(user->split, user->vnic, vn);
        ovs_list_push_back(&user->place->users, &user->place_node);
    }
    user->joined_tag = user->guest_tag;
    split_place_touch(user->place);
}

void
split_place_leave(struct split_user *user)
{
    struct split_place *place = user->place;

    if (place) {
        if (place->holder == user) {
            place->holder = NULL;
        }
        ovs_list_remove(&user->place_node);
        ovs_list_init(&user->place_node);
        user->place = NULL;
        user->role = SPLIT_ROLE_NONE;
        split_place_touch(place);
    }
}

void
split_place_decide(struct split_place *place)
{
    struct split_user *user;

    place_elect(place);
    if (place->holder) {
        place_claim(place);
        place_apply_verdict(place);
    } else {
        place_unclaim(place);
    }
    place_give_roles(place);
    LIST_FOR_EACH (user, place_node, &place->users) {
        split_answer_update(user);
    }
    if (ovs_list_is_empty(&place->users)) {
        place_destroy(place);
    }
}

void
split_user_go(struct split_user *user, enum tsi_state state)
{
    enum tsi_event event;
    unsigned int duties;

    if (tsi_event_towards(user->state, state, &event)) {
        if (!tsi_step(&user->state, event, &duties)) {
            OVS_NOT_REACHED();
        }
        user->split->counters.transitions++;
    }
}

bool
split_user_departs(const struct split_user *user)
{
    return (user->kind == SPLIT_REQUEST
            && user->migration == TSI_MIGRATION_DEPARTING
            && (!user->row || user->wanted == TSI_ASSOCIATED)
            && user->state != TSI_INIT
            && !user->hold_spent
            && user->role == SPLIT_ROLE_HOLDER
            && user->place->claim.activate
            && user->split->config.hold_ms > 0);
}

void
split_user_hold(struct split_user *user)
{
    user->hold_until = user->split->now + user->split->config.hold_ms;
    ovs_list_push_back(&user->split->holds, &user->hold_node);
    user->split->counters.holds++;
}

void
split_user_unhold(struct split_user *user)
{
    user->hold_until = 0;
    ovs_list_remove(&user->hold_node);
    ovs_list_init(&user->hold_node);
}

/* Places. */

static struct split_vnic *
vnic_get(struct split *split, const char *name)
{
    struct split_vnic *vnic = shash_find_data(&split->vnics, name);

    if (!vnic) {
        vnic = xzalloc(sizeof *vnic);
        vnic->name = xstrdup(name);
        ovs_list_init(&vnic->places);
        shash_add(&split->vnics, name, vnic);
    }
    return vnic;
}

static struct split_place *
place_get(struct split *split, const char *vnic_name, const char *vn)
{
    struct split_vnic *vnic = vnic_get(split, vnic_name);
    struct ovs_list *before = &vnic->places;
    struct split_place *place, *next;

    LIST_FOR_EACH (next, vnic_node, &vnic->places) {
        int cmp = strcmp(next->vn, vn);

        if (!cmp) {
            return next;
        } else if (cmp > 0) {
            before = &next->vnic_node;
            break;
        }
    }
    place = xzalloc(sizeof *place);
    place->split = split;
    place->vnic = vnic;
    place->vn = xstrdup(vn);
    place->verdict = NVED_STATE_PENDING;
    ovs_list_init(&place->users);
    ovs_list_init(&place->dirty_node);
    ovs_list_insert(before, &place->vnic_node);
    return place;
}

/* Frees 'place', which has no users and no claim, and perhaps its VNIC. */
static void
place_destroy(struct split_place *place)
{
    struct split_vnic *vnic = place->vnic;

    ovs_list_remove(&place->vnic_node);
    ovs_list_remove(&place->dirty_node);
    free(place->reason);
    free(place->vn);
    if (ovs_list_is_empty(&vnic->places)) {
        shash_find_and_delete(&place->split->vnics, vnic->name);
        free(vnic->name);
        free(vnic);
    }
    free(place);
}

/* Election. */

/* Returns true if 'user' is to take the VNIC from 'holder'. */
static bool
user_challenges(const struct split_user *user, const struct split_user *holder)
{
    return (user->row && user->wanted == TSI_ACTIVATED && !user->moved
            && (holder->hold_until
                || user->migration == TSI_MIGRATION_ARRIVING));
}

/* Returns true if 'a' goes before 'b' where there is no holder. */
static bool
user_precedes(const struct split_user *a, const struct split_user *b)
{
    if (!a->hold_until != !b->hold_until) {
        return a->hold_until;
    } else if (a->state != b->state) {
        return a->state > b->state;
    } else if (a->moved != b->moved) {
        return b->moved;
    } else if (a->wanted != b->wanted) {
        return a->wanted > b->wanted;
    }
    return strcmp(a->key, b->key) < 0;
}

/* Returns the one who should hold 'place', or NULL. */
static struct split_user *
place_best(const struct split_place *place)
{
    struct split_user *best = NULL;
    struct split_user *user;

    LIST_FOR_EACH (user, place_node, &place->users) {
        if (user->role != SPLIT_ROLE_FAILED && user != place->holder
            && (!place->holder || user_challenges(user, place->holder))
            && (!best || user_precedes(user, best))) {
            best = user;
        }
    }
    return best ? best : place->holder;
}

/* Makes 'winner' the holder. */
static void
place_set_holder(struct split_place *place, struct split_user *winner)
{
    struct split_user *loser = place->holder;

    if (winner == loser) {
        return;
    }
    place->holder = winner;
    winner->role = SPLIT_ROLE_HOLDER;
    winner->moved = false;
    if (!loser) {
        return;
    }
    place->split->counters.moves++;
    split_user_unhold(loser);
    if (!loser->row) {
        split_user_destroy(loser);
    } else {
        loser->moved = true;
        user_end(loser, SPLIT_ROLE_MOVED);
    }
}

/* Finds the holder anew, one for whom there is a tag. */
static void
place_elect(struct split_place *place)
{
    struct split_user *user;

    LIST_FOR_EACH (user, place_node, &place->users) {
        if (user->role == SPLIT_ROLE_FAILED) {
            user->role = SPLIT_ROLE_NONE;
        }
    }
    while ((user = place_best(place)) != NULL) {
        if (user_reserve(user, place->vn)) {
            place_set_holder(place, user);
            return;
        }
        if (user == place->holder) {
            place->holder = NULL;
        }
        if (!user->row) {
            split_user_destroy(user);
        }
    }
}

/* Gives all but the holder their roles. */
static void
place_give_roles(struct split_place *place)
{
    const struct split_user *holder = place->holder;
    bool implicit = place->split->config.implicit_migration;
    struct split_user *user;

    LIST_FOR_EACH (user, place_node, &place->users) {
        if (user == holder || user->role == SPLIT_ROLE_FAILED) {
            continue;
        }
        if (user->moved) {
            user_end(user, SPLIT_ROLE_MOVED);
        } else if (user->migration != TSI_MIGRATION_ARRIVING
                   && !holder->hold_until
                   && !(implicit
                        && user->migration == TSI_MIGRATION_UNKNOWN)) {
            user_end(user, SPLIT_ROLE_BLOCKED);
        } else if (user_reserve(user, place->vn)) {
            user->role = SPLIT_ROLE_RESERVED;
            if (holder->state != TSI_INIT) {
                split_user_go(user, TSI_ASSOCIATED);
                user->withdrawn = false;
            }
        }
    }
}

/* Lets 'user' have a tag for 'vn' on its port.  Returns false if there is
 * none; then it is out of the contest. */
static bool
user_reserve(struct split_user *user, const char *vn)
{
    char *error = user->vap ? NULL : split_check_quota(user);

    if (!error) {
        error = split_vap_take(user, vn);
    }
    if (error) {
        user_end(user, SPLIT_ROLE_FAILED);
        split_user_retry(user);
    }
    split_user_set_error(user, error);
    return !error;
}

/* Takes from 'user' what it has. */
static void
user_end(struct split_user *user, enum split_role role)
{
    user->role = role;
    user->withdrawn |= user->state != TSI_INIT;
    split_user_go(user, TSI_INIT);
    split_vap_drop(user);
}

/* Claims. */

static void
claim_free(struct split_place *place)
{
    for (size_t i = 0; i < place->claim.n_addresses; i++) {
        free(place->addresses[i]);
    }
    free(place->addresses);
    free(place->claim_port);
    place->addresses = NULL;
    place->claim_port = NULL;
    place->has_claim = false;
}

static void
claim_set(struct split_place *place, const struct nved_claim *wanted)
{
    claim_free(place);
    place->addresses = xmalloc((wanted->n_addresses + 1)
                               * sizeof *place->addresses);
    for (size_t i = 0; i < wanted->n_addresses; i++) {
        place->addresses[i] = xstrdup(wanted->addresses[i]);
    }
    place->claim_port = xstrdup(wanted->port);
    place->claim = *wanted;
    place->claim.port = place->claim_port;
    place->claim.addresses = (const char *const *) place->addresses;
    place->has_claim = true;
}

/* Forgets what was said of the claim as it was, and tells of it anew. */
static void
claim_changed(struct split_place *place)
{
    place->verdict = NVED_STATE_PENDING;
    free(place->reason);
    place->reason = NULL;
    place_relink(place->vnic);
    if (place->split->output) {
        sset_add(&place->split->output->vnics, place->vnic->name);
    }
}

/* Makes the claim that of the holder. */
static void
place_claim(struct split_place *place)
{
    struct split_counters *counters = &place->split->counters;
    const struct split_user *holder = place->holder;
    const struct nved_claim wanted = {
        .vnic = place->vnic->name,
        .vn = place->vn,
        .port = holder->port,
        .addresses = (const char *const *) holder->good,
        .n_addresses = holder->n_good,
        .tag = holder->vap->tag,
        .activate = holder->wanted == TSI_ACTIVATED || holder->hold_until,
    };

    switch (nved_claim_diff(&wanted, place->has_claim ? &place->claim
                            : NULL)) {
    case NVED_CLAIM_KEEP:
        return;
    case NVED_CLAIM_INSERT:
        counters->claims_added++;
        break;
    case NVED_CLAIM_UPDATE:
        counters->claims_changed++;
        break;
    case NVED_CLAIM_DELETE:
    default:
        OVS_NOT_REACHED();
    }
    claim_set(place, &wanted);
    claim_changed(place);
}

static void
place_unclaim(struct split_place *place)
{
    if (place->has_claim) {
        place->split->counters.claims_removed++;
        claim_free(place);
        claim_changed(place);
    }
}

/* Links the claims of 'vnic' anew. */
static void
place_relink(struct split_vnic *vnic)
{
    struct nved_claim **link = &vnic->claims;
    struct split_place *place;

    LIST_FOR_EACH (place, vnic_node, &vnic->places) {
        if (place->has_claim) {
            *link = &place->claim;
            link = &place->claim.next;
        }
    }
    *link = NULL;
}

/* Lets the holder be as far as the nDirector has confirmed. */
static void
place_apply_verdict(struct split_place *place)
{
    struct split_user *holder = place->holder;

    switch (place->verdict) {
    case NVED_STATE_PENDING:
        break;
    case NVED_STATE_REFUSED:
        holder->withdrawn |= holder->state != TSI_INIT;
        split_user_go(holder, TSI_INIT);
        break;
    case NVED_STATE_ASSOCIATED:
        if (holder->wanted == TSI_ASSOCIATED) {
            holder->withdrawn = false;
        } else if (holder->state == TSI_ACTIVATED && !holder->hold_until) {
            holder->withdrawn = true;
        }
        split_user_go(holder, TSI_ASSOCIATED);
        break;
    case NVED_STATE_ACTIVATED:
        if (place->claim.activate) {
            holder->withdrawn = false;
            split_user_go(holder, holder->wanted);
        }
        break;
    default:
        OVS_NOT_REACHED();
    }
}
