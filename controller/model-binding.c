/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Bindings: the verdicts, and what of them is in effect.
 *
 * A binding that is "placed" has its NVE in the VN as a member, and, if it is
 * granted ACTIVATED, a local owner (its port on its own NVE) and an owner for
 * each MAC (the mapping on all NVEs of the VN).  Everything that comes or goes
 * is said as a change. */

#include <config.h>
#include "controller/model.h"

#include "controller/model-private.h"
#include "hash.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(model);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 100);

static const char *const state_names[] = {
    [BINDING_PENDING] = "pending",
    [BINDING_ASSOCIATED] = "associated",
    [BINDING_ACTIVATED] = "activated",
    [BINDING_REFUSED] = "refused",
};

static void withdraw(struct model *, struct model_binding *);
static void change_vn_id(struct model *, struct model_binding *);
static void place(struct model *, struct model_binding *, struct model_vn *);
static void say_forwarding(struct model *, struct model_binding *);
static void say_mappings(struct model *, struct model_binding *);
static void unsay_forwarding(struct model *, struct model_binding *);
static char *find_problem(const struct model_attachment *, bool *usable);
static struct model_member *member_find(const struct model_vn *,
                                        const struct model_nve *,
                                        uint32_t vn_id);
static void set_reason(struct model *, struct model_binding *,
                       enum binding_state, char *reason);

const char *
binding_state_to_string(enum binding_state state)
{
    return state_names[state];
}

bool
binding_state_from_string(const char *s, enum binding_state *state)
{
    for (size_t i = 0; i < ARRAY_SIZE(state_names); i++) {
        if (!strcmp(s, state_names[i])) {
            *state = i;
            return true;
        }
    }
    return false;
}

static uint32_t
hash_names(const char *vnic, const char *vn, const char *nve)
{
    return hash_string(nve, hash_string(vn, hash_string(vnic, 0)));
}

/* Returns the binding of 'vnic' in 'vn' on 'nve', NULL if there is none. */
struct model_binding *
binding_find(const struct model *model, const char *vnic, const char *vn,
             const char *nve)
{
    struct model_binding *b;

    HMAP_FOR_EACH_WITH_HASH (b, node, hash_names(vnic, vn, nve),
                             &model->bindings) {
        if (!strcmp(b->vnic, vnic) && !strcmp(b->vn, vn)
            && !strcmp(b->nve, nve)) {
            return b;
        }
    }
    return NULL;
}

/* Returns the binding of 'vnic' in 'vn' on 'nve', made if there is none; one
 * that was gone comes back. */
struct model_binding *
binding_get(struct model *model, const char *vnic, const char *vn,
            const char *nve)
{
    struct model_binding *b = binding_find(model, vnic, vn, nve);

    if (b) {
        if (b->gone) {
            b->gone = false;
            binding_verdict(model, b);
        }
        return b;
    }
    b = xzalloc(sizeof *b);
    b->vnic = xstrdup(vnic);
    b->vn = xstrdup(vn);
    b->nve = xstrdup(nve);
    b->granted = b->state = BINDING_REFUSED;
    b->reason = xstrdup("");
    b->note = xstrdup("");
    ovs_list_init(&b->gleaned);
    ovs_list_init(&b->ungleaned);
    sset_init(&b->adopted);
    ticket_init(&b->gleaning);
    ticket_init(&b->verdict);
    ovs_list_init(&b->wait_node);
    hmap_insert(&model->bindings, &b->node, hash_names(vnic, vn, nve));
    return b;
}

void
binding_free(struct model *model, struct model_binding *b)
{
    ovs_assert(!binding_is_placed(b) && ovs_list_is_empty(&b->gleaned));
    ticket_drop(&b->verdict);
    sset_destroy(&b->adopted);
    hmap_remove(&model->bindings, &b->node);
    free(b->mac_owners);
    free(b->vnic);
    free(b->vn);
    free(b->nve);
    free(b->reason);
    free(b->note);
    free(b);
}

void
model_adopt_binding(struct model *model, const struct binding_row *row)
{
    struct model_binding *b = binding_get(model, row->vnic, row->vn,
                                          row->nve);

    free(b->reason);
    b->state = row->state;
    b->reason = xstrdup(row->reason);
    b->generation = row->generation;
    b->epoch = row->epoch;
    b->claim_seq = row->claim_seq;
    binding_adopt_gleaned(b, row->gleaned, row->n_gleaned);
    model->adopted = true;
}

bool
binding_is_placed(const struct model_binding *b)
{
    return b->member != NULL;
}

/* Counts a binding of 'claim' that comes ('by' 1) or goes (-1). */
static void
count_placed(struct model_claim *claim, int by)
{
    bool was_placed = claim->n_placed > 0;

    claim->n_placed += by;
    claim->nve->n_placed += (claim->n_placed > 0) - was_placed;
}

/* From now on 'claim' (which may be NULL) speaks for 'b'. */
void
binding_set_claim(struct model_binding *b, struct model_claim *claim)
{
    bool placed = binding_is_placed(b);

    if (b->claim) {
        ovs_list_remove(&b->claim_node);
        count_placed(b->claim, -placed);
    }
    b->claim = claim;
    b->say_mappings = true;
    if (claim) {
        ovs_list_push_back(&claim->bindings, &b->claim_node);
        count_placed(claim, placed);
    }
}

/* Refuses 'b' for 'reason', of which it takes ownership. */
void
binding_refuse(struct model *model, struct model_binding *b, char *reason)
{
    withdraw(model, b);
    b->granted = BINDING_REFUSED;
    if (strcmp(b->reason, reason) || b->state != BINDING_REFUSED) {
        VLOG_INFO_RL(&rl, "VNIC %s on NVE %s: refused (%s)", b->vnic, b->nve,
                     reason);
    }
    if (b->claim_seq != b->claim->client_seq) {
        b->claim_seq = b->claim->client_seq;
        binding_verdict(model, b);
    }
    set_reason(model, b, BINDING_REFUSED, reason);
}

/* Grants what the claim of 'b' asks, with the addresses of 'a', unless none of
 * them can be used. */
void
binding_grant(struct model *model, struct model_binding *b,
              struct model_attachment *a)
{
    bool usable;
    char *problem = find_problem(a, &usable);

    if (!usable) {
        binding_refuse(model, b, problem);
        return;
    }
    free(b->note);
    b->note = problem ? problem : xstrdup("");
    if (b->member && b->vn_id != a->vn->vn_id) {
        change_vn_id(model, b);
    }
    b->say_mappings |= a != b->attachment;
    b->attachment = a;
    b->granted = b->claim->activate ? BINDING_ACTIVATED : BINDING_ASSOCIATED;
    if (!b->member) {
        place(model, b, a->vn);
    }
    if (b->granted == BINDING_ACTIVATED) {
        say_forwarding(model, b);
    } else {
        unsay_forwarding(model, b);
    }
    if (!b->local_owner) {
        model_say(model, &(struct model_change) {
                      .type = CHANGE_MEMBER, .nve = b->member->nve,
                      .vn_id = b->vn_id, .owner = b->member->owner,
                      .binding = b, .present = true });
    }
}

/* Makes 'a' (which may be NULL) the attachment made from the claim of 'b';
 * destroys the one before. */
void
binding_observe(struct model *model, struct model_binding *b,
                struct model_attachment *a)
{
    struct model_attachment *old = b->observed;

    b->observed = a;
    if (old != a) {
        attachment_destroy(model, old);
    }
}

/* Takes back all that 'b' has in effect, drops its claim and has its row
 * deleted. */
void
binding_release(struct model *model, struct model_binding *b)
{
    withdraw(model, b);
    binding_observe(model, b, NULL);
    binding_set_claim(b, NULL);
    b->gone = true;
    b->granted = b->state = BINDING_REFUSED;
    binding_verdict(model, b);
}

/* The VN of 'b' has another VN ID: takes back all under the old one.  It is
 * the same binding all the same, of the same generation. */
static void
change_vn_id(struct model *model, struct model_binding *b)
{
    withdraw(model, b);
    b->state = BINDING_PENDING;
    free(b->reason);
    b->reason = xasprintf("waits for the datapath of NVE %s", b->nve);
}

/* Makes the NVE of 'b' a member of 'vn'.  A binding that was adopted keeps its
 * state and generation; any other begins anew. */
static void
place(struct model *model, struct model_binding *b, struct model_vn *vn)
{
    struct model_nve *nve = b->claim->nve;
    struct model_member *member = member_find(vn, nve, vn->vn_id);

    if (!member) {
        member = xzalloc(sizeof *member);
        member->vn = vn;
        member->nve = nve;
        member->vn_id = vn->vn_id;
        member->owner = model_new_owner(model);
        hmap_insert(&vn->members, &member->node, hash_pointer(nve, 0));
        ovs_list_push_back(&nve->members, &member->nve_node);
        model_say(model, &(struct model_change) {
                      .type = CHANGE_MEMBER, .nve = nve, .present = true,
                      .vn_id = vn->vn_id, .owner = member->owner });
    }
    member->n_bindings++;
    count_placed(b->claim, 1);
    if (b->claim->n_placed == 1) {
        claim_touch_others(model, b->claim);
    }
    b->member = member;
    b->vn_id = vn->vn_id;
    if (b->state == BINDING_REFUSED) {
        b->generation = (model->epoch << 32) | ++model->last_generation;
        b->state = BINDING_PENDING;
        free(b->reason);
        b->reason = xasprintf("waits for the datapath of NVE %s", nve->name);
        binding_verdict(model, b);
    }
}

/* Takes back all that 'b' has in effect. */
static void
withdraw(struct model *model, struct model_binding *b)
{
    struct model_member *member = b->member;

    ovs_list_remove(&b->wait_node);
    ovs_list_init(&b->wait_node);
    if (member) {
        unsay_forwarding(model, b);
        b->member = NULL;
        b->state = BINDING_REFUSED;
        binding_verdict(model, b);
        count_placed(b->claim, -1);
        if (!b->claim->n_placed) {
            claim_touch_others(model, b->claim);
        }
        if (member->nve->has_quota) {
            nve_touch_claims(model, member->nve);
        }
        if (!--member->n_bindings) {
            model_say(model, &(struct model_change) {
                          .type = CHANGE_MEMBER, .nve = member->nve,
                          .vn_id = b->vn_id, .owner = member->owner });
            hmap_remove(&member->vn->members, &member->node);
            ovs_list_remove(&member->nve_node);
            vn_touch(model, member->vn);
            nve_touch(model, member->nve);
            free(member);
        }
    }
    b->attachment = NULL;
    b->vn_id = 0;
}

/* Says the port of 'b', and its mappings unless they are as they were said. */
static void
say_forwarding(struct model *model, struct model_binding *b)
{
    if (!b->local_owner) {
        b->local_owner = model_new_owner(model);
        b->say_mappings = true;
    }
    model_say(model, &(struct model_change) {
                  .type = CHANGE_LOCAL, .nve = b->member->nve,
                  .vn_id = b->vn_id, .owner = b->local_owner, .binding = b });
    if (b->say_mappings) {
        b->say_mappings = false;
        say_mappings(model, b);
    }
}

static void
say_mappings(struct model *model, struct model_binding *b)
{
    size_t n = b->attachment->n_macs;
    struct model_change c = {
        .type = CHANGE_MAPPING, .vn_id = b->vn_id, .nve = b->member->nve,
    };

    for (size_t i = n; i < b->n_mac_owners; i++) {
        c.owner = b->mac_owners[i];
        model_say(model, &c);
    }
    b->mac_owners = xrealloc(b->mac_owners,
                             MAX(n, 1) * sizeof *b->mac_owners);
    c.binding = b;
    for (size_t i = 0; i < n; i++) {
        if (i >= b->n_mac_owners) {
            b->mac_owners[i] = model_new_owner(model);
        }
        c.owner = b->mac_owners[i];
        c.mac = &b->attachment->macs[i];
        model_say(model, &c);
    }
    b->n_mac_owners = n;
    binding_say_gleaned(model, b);
}

/* Says that the port and the mappings of 'b' are to be taken out. */
static void
unsay_forwarding(struct model *model, struct model_binding *b)
{
    struct model_change c = { .vn_id = b->vn_id };

    if (!b->local_owner) {
        return;
    }
    c.nve = b->member->nve;
    c.type = CHANGE_LOCAL;
    c.owner = b->local_owner;
    model_say(model, &c);
    c.type = CHANGE_MAPPING;
    for (size_t i = 0; i < b->n_mac_owners; i++) {
        c.owner = b->mac_owners[i];
        model_say(model, &c);
    }
    binding_unsay_gleaned(model, b);
    b->local_owner = 0;
    b->n_mac_owners = 0;
}

/* Returns what is wrong with the addresses of 'a', to be freed, or NULL; sets
 * '*usable' if at least one MAC is in order. */
static char *
find_problem(const struct model_attachment *a, bool *usable)
{
    char *problem = NULL;

    *usable = false;
    for (size_t i = 0; i < a->n_macs; i++) {
        char *status = model_mac_status(&a->macs[i]);

        if (model_mac_is_held(&a->macs[i])) {
            *usable = true;
        }
        if (!problem && strcmp(status, "ok")) {
            problem = xstrdup(status + strlen("refused: "));
        }
        free(status);
    }
    return problem;
}

static struct model_member *
member_find(const struct model_vn *vn, const struct model_nve *nve,
            uint32_t vn_id)
{
    struct model_member *member;

    HMAP_FOR_EACH_WITH_HASH (member, node, hash_pointer(nve, 0),
                             &vn->members) {
        if (member->nve == nve && member->vn_id == vn_id) {
            return member;
        }
    }
    return NULL;
}

/* Returns true if 'c', which puts something in, still holds at the end of the
 * run in which it was said; brings its pointers up to date. */
bool
change_is_current(struct model *model, struct model_change *c)
{
    const struct model_binding *b = c->binding;
    const struct model_member *member;
    const struct model_vn *vn;

    switch (c->type) {
    case CHANGE_NVE:
        return c->nve->applied;

    case CHANGE_MEMBER:
        vn = model_vn_by_id(model, c->vn_id);
        member = vn ? member_find(vn, c->nve, c->vn_id) : NULL;
        return member && member->owner == c->owner && (!b || b->member);

    case CHANGE_LOCAL:
        return b->local_owner == c->owner;

    case CHANGE_MAPPING:
        if (c->mac->gleaned) {
            return !c->mac->gleaned->ended;
        }
        for (size_t i = 0; b->local_owner && i < b->n_mac_owners; i++) {
            if (b->mac_owners[i] == c->owner) {
                c->mac = &b->attachment->macs[i];
                return true;
            }
        }
        return false;
    }
    OVS_NOT_REACHED();
}

/* Datapaths. */

/* Sets the state and the reason (taking ownership) of 'b'. */
static void
set_reason(struct model *model, struct model_binding *b,
           enum binding_state state, char *reason)
{
    if (b->state != state || strcmp(b->reason, reason)) {
        binding_verdict(model, b);
    }
    b->state = state;
    free(b->reason);
    b->reason = reason;
}

void
model_confirm_binding(struct model *model, struct model_binding *b)
{
    if (!binding_is_placed(b)) {
        return;
    }
    if (b->state != b->granted || b->claim_seq != b->claim->client_seq) {
        b->claim_seq = b->claim->client_seq;
        b->epoch = model->epoch;
        binding_verdict(model, b);
    }
    set_reason(model, b, b->granted, xstrdup(b->note));
}

void
model_delay_binding(struct model *model, struct model_binding *b,
                    const char *reason, bool lost)
{
    if (binding_is_placed(b) && (lost || b->state == BINDING_PENDING)) {
        set_reason(model, b, BINDING_PENDING, xstrdup(reason));
    }
}
