/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/model.h"

#include "controller/model-private.h"
#include "hash.h"
#include "util.h"

static void init_queues(struct model *);
static void free_garbage(struct model *);
static void release_unclaimed(struct model *);
static void sort_changes(struct model *, struct model_changes *);

struct model *
model_create(void)
{
    struct model *model = xzalloc(sizeof *model);

    hmap_init(&model->tenants);
    hmap_init(&model->vns);
    hmap_init(&model->vnics);
    hmap_init(&model->nves);
    hmap_init(&model->vns_by_id);
    hmap_init(&model->nves_by_dp);
    hmap_init(&model->endpoints);
    hmap_init(&model->claims);
    hmap_init(&model->bindings);
    init_queues(model);
    return model;
}

static void
init_queues(struct model *model)
{
    ovs_list_init(&model->vn_queue);
    ovs_list_init(&model->nve_queue);
    ovs_list_init(&model->claim_queue);
    ovs_list_init(&model->glean_queue);
    ovs_list_init(&model->vn_garbage);
    ovs_list_init(&model->nve_garbage);
    ovs_list_init(&model->old_attachments);
    ovs_list_init(&model->old_gleaned);
    for (size_t i = 0; i < ARRAY_SIZE(model->verdicts); i++) {
        ovs_list_init(&model->verdicts[i]);
        ovs_list_init(&model->in_flight[i]);
    }
}

void
model_destroy(struct model *model)
{
    struct model_changes changes = { .n = 0 };
    struct model_binding *binding;
    struct model_tenant *tenant;
    struct model_claim *claim;
    struct model_vnic *vnic;
    struct model_nve *nve;
    struct model_vn *vn;

    if (!model) {
        return;
    }
    model->changes = &changes;
    HMAP_FOR_EACH_SAFE (claim, node, &model->claims) {
        claim_destroy(model, claim);
    }
    HMAP_FOR_EACH_SAFE (binding, node, &model->bindings) {
        binding_free(model, binding);
    }
    HMAP_FOR_EACH_SAFE (vnic, node, &model->vnics) {
        vnic_free(model, vnic);
    }
    attachments_free_old(model);
    gleaned_free_old(model);
    HMAP_FOR_EACH_SAFE (nve, node, &model->nves) {
        nve_free(model, nve);
    }
    HMAP_FOR_EACH_SAFE (vn, node, &model->vns) {
        vn_free(model, vn);
    }
    HMAP_FOR_EACH_SAFE (tenant, node, &model->tenants) {
        hmap_remove(&model->tenants, &tenant->node);
        free(tenant->name);
        free(tenant);
    }
    hmap_destroy(&model->tenants);
    hmap_destroy(&model->vns);
    hmap_destroy(&model->vnics);
    hmap_destroy(&model->nves);
    hmap_destroy(&model->vns_by_id);
    hmap_destroy(&model->nves_by_dp);
    hmap_destroy(&model->endpoints);
    hmap_destroy(&model->claims);
    hmap_destroy(&model->bindings);
    free(changes.array);
    free(model);
}

void
model_set_epoch(struct model *model, int64_t epoch)
{
    if (epoch > model->epoch) {
        model->epoch = epoch;
        model->last_generation = 0;
    }
}

void
model_set_nve_admission(struct model *model, bool open)
{
    struct model_nve *nve;

    if (model->nve_admission != open) {
        model->nve_admission = open;
        HMAP_FOR_EACH (nve, node, &model->nves) {
            nve_touch(model, nve);
        }
    }
}

/* Tenants. */

static struct model_tenant *
tenant_find(const struct model *model, const char *name)
{
    struct model_tenant *tenant;

    HMAP_FOR_EACH_WITH_HASH (tenant, node, hash_string(name, 0),
                             &model->tenants) {
        if (!strcmp(tenant->name, name)) {
            return tenant;
        }
    }
    return NULL;
}

bool
tenant_exists(const struct model *model, const char *name)
{
    const struct model_tenant *tenant = tenant_find(model, name);

    return tenant && tenant->present;
}

/* A tenant comes or goes so rarely that looking through all VNs is the
 * simplest way to find its own. */
void
model_set_tenant(struct model *model, const char *name, bool present)
{
    struct model_tenant *tenant = tenant_find(model, name);
    struct model_vn *vn;

    if (!tenant) {
        tenant = xzalloc(sizeof *tenant);
        tenant->name = xstrdup(name);
        hmap_insert(&model->tenants, &tenant->node, hash_string(name, 0));
    }
    if (tenant->present == present) {
        return;
    }
    tenant->present = present;
    HMAP_FOR_EACH (vn, node, &model->vns) {
        if (vn->present && !strcmp(vn->tenant, name)) {
            vn_touch(model, vn);
        }
    }
}

/* Tickets. */

void
ticket_init(struct model_ticket *ticket)
{
    ovs_list_init(&ticket->node);
    ticket->queue = NULL;
}

bool
ticket_is_queued(const struct model_ticket *ticket)
{
    return !ovs_list_is_empty(&ticket->node);
}

void
ticket_drop(struct model_ticket *ticket)
{
    ovs_list_remove(&ticket->node);
    ticket_init(ticket);
}

/* Puts 'ticket' at the end of 'queue', from another queue if need be; in
 * 'queue' already, it keeps its place: who came first is decided first. */
void
ticket_put(struct model_ticket *ticket, struct ovs_list *queue)
{
    if (ticket->queue != queue) {
        ticket_drop(ticket);
        ovs_list_push_back(queue, &ticket->node);
        ticket->queue = queue;
    }
}

/* Decisions. */

static bool
has_decisions(const struct model *model)
{
    return (!ovs_list_is_empty(&model->vn_queue)
            || !ovs_list_is_empty(&model->nve_queue)
            || !ovs_list_is_empty(&model->claim_queue)
            || !ovs_list_is_empty(&model->glean_queue));
}

bool
model_is_dirty(const struct model *model)
{
    return has_decisions(model) || model->adopted;
}

uint64_t
model_n_decisions(const struct model *model)
{
    return model->n_decisions;
}

uint64_t
model_new_owner(struct model *model)
{
    return ++model->last_owner;
}

void
model_say(struct model *model, const struct model_change *change)
{
    struct model_changes *changes = model->changes;

    if (changes->n >= changes->allocated) {
        changes->array = x2nrealloc(changes->array, &changes->allocated,
                                    sizeof *changes->array);
    }
    changes->array[changes->n++] = *change;
}

static void
run_vn(struct model *model)
{
    struct model_vn *vn = CONTAINER_OF(ovs_list_front(&model->vn_queue),
                                       struct model_vn, decision.node);

    ticket_drop(&vn->decision);
    vn_decide(model, vn);
}

static void
run_nve(struct model *model)
{
    struct model_nve *nve = CONTAINER_OF(ovs_list_front(&model->nve_queue),
                                         struct model_nve, decision.node);

    ticket_drop(&nve->decision);
    nve_decide(model, nve);
}

static void
run_claim(struct model *model)
{
    struct model_claim *claim
        = CONTAINER_OF(ovs_list_front(&model->claim_queue),
                       struct model_claim, decision.node);

    ticket_drop(&claim->decision);
    model->n_decisions++;
    claim_decide(model, claim);
}

static void
run_gleaned(struct model *model)
{
    struct model_binding *b
        = CONTAINER_OF(ovs_list_front(&model->glean_queue),
                       struct model_binding, gleaning.node);

    ticket_drop(&b->gleaning);
    binding_run_gleaned(model, b);
}

/* VNs and NVEs first, since claims depend on them, gleaned addresses last.  A
 * decision may touch others, for instance those who waited for an address that
 * it gave up; that ends, because what is given up goes to one who has waited
 * for it. */
void
model_run(struct model *model, struct model_changes *changes)
{
    free_garbage(model);
    model->changes = changes;
    while (has_decisions(model)) {
        if (!ovs_list_is_empty(&model->vn_queue)) {
            run_vn(model);
        } else if (!ovs_list_is_empty(&model->nve_queue)) {
            run_nve(model);
        } else if (!ovs_list_is_empty(&model->claim_queue)) {
            run_claim(model);
        } else {
            run_gleaned(model);
        }
    }
    release_unclaimed(model);
    sort_changes(model, changes);
    attachments_free_old(model);
    gleaned_free_old(model);
    model->changes = NULL;
}

/* Bindings that were adopted at the start and that no claim asks for any more
 * have ended while no director was watching. */
static void
release_unclaimed(struct model *model)
{
    struct model_binding *binding;

    if (model->adopted) {
        model->adopted = false;
        HMAP_FOR_EACH (binding, node, &model->bindings) {
            if (!binding->claim && !binding->gone) {
                binding_release(model, binding);
            }
            binding_forget_adopted(model, binding);
        }
    }
}

static void
free_garbage(struct model *model)
{
    struct model_nve *nve;
    struct model_vn *vn;

    LIST_FOR_EACH_SAFE (vn, decision.node, &model->vn_garbage) {
        ticket_drop(&vn->decision);
        if (vn_is_unused(vn)) {
            vn_free(model, vn);
        }
    }
    LIST_FOR_EACH_SAFE (nve, decision.node, &model->nve_garbage) {
        ticket_drop(&nve->decision);
        if (nve_is_unused(nve)) {
            nve_free(model, nve);
        }
    }
}

/* Moves the changes that take out before those that put in, each in their
 * order: an address that goes from one owner to another, or an NVE that
 * leaves and joins again, then need no second look.  Leaves out those that a
 * later decision of the same run undid. */
static void
sort_changes(struct model *model, struct model_changes *changes)
{
    struct model_change *sorted = xmalloc(MAX(changes->n, 1)
                                          * sizeof *sorted);
    size_t n = 0;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < changes->n; i++) {
            struct model_change *c = &changes->array[i];
            bool puts_in = c->present || c->binding;

            if (puts_in == (pass == 1)
                && (!puts_in || change_is_current(model, c))) {
                sorted[n++] = *c;
            }
        }
    }
    free(changes->array);
    changes->array = sorted;
    changes->n = n;
    changes->allocated = MAX(changes->n, 1);
}

/* Verdicts. */

static void
put_verdict(struct model *model, struct model_ticket *ticket,
            enum verdict_type type)
{
    ticket_put(ticket, &model->verdicts[type]);
}

void
vn_verdict(struct model *model, struct model_vn *vn)
{
    put_verdict(model, &vn->verdict, VERDICT_VN);
}

void
vnic_verdict(struct model *model, struct model_vnic *vnic)
{
    put_verdict(model, &vnic->verdict, VERDICT_VNIC);
}

void
nve_verdict(struct model *model, struct model_nve *nve)
{
    put_verdict(model, &nve->verdict, VERDICT_NVE);
}

void
binding_verdict(struct model *model, struct model_binding *binding)
{
    put_verdict(model, &binding->verdict, VERDICT_BINDING);
}

bool
model_has_verdicts(const struct model *model)
{
    for (size_t i = 0; i < ARRAY_SIZE(model->verdicts); i++) {
        if (!ovs_list_is_empty(&model->verdicts[i])) {
            return true;
        }
    }
    return false;
}

bool
model_next_verdict(struct model *model, struct verdict *v)
{
    for (size_t i = 0; i < ARRAY_SIZE(model->verdicts); i++) {
        if (!ovs_list_is_empty(&model->verdicts[i])) {
            struct ovs_list *node = ovs_list_front(&model->verdicts[i]);
            struct model_ticket *ticket
                = CONTAINER_OF(node, struct model_ticket, node);

            ticket_put(ticket, &model->in_flight[i]);
            memset(v, 0, sizeof *v);
            v->type = i;
            switch (v->type) {
            case VERDICT_VN:
                v->vn = CONTAINER_OF(ticket, struct model_vn, verdict);
                break;
            case VERDICT_VNIC:
                v->vnic = CONTAINER_OF(ticket, struct model_vnic, verdict);
                break;
            case VERDICT_NVE:
                v->nve = CONTAINER_OF(ticket, struct model_nve, verdict);
                break;
            case VERDICT_BINDING:
                v->binding = CONTAINER_OF(ticket, struct model_binding,
                                          verdict);
                break;
            }
            return true;
        }
    }
    return false;
}

/* A verdict that changed again while in flight was moved back to 'verdicts',
 * so what is still in 'in_flight' is as it was written. */
void
model_verdicts_done(struct model *model, bool ok)
{
    for (size_t i = 0; i < ARRAY_SIZE(model->in_flight); i++) {
        while (!ovs_list_is_empty(&model->in_flight[i])) {
            struct ovs_list *node = ovs_list_front(&model->in_flight[i]);
            struct model_ticket *ticket
                = CONTAINER_OF(node, struct model_ticket, node);

            if (!ok) {
                ticket_put(ticket, &model->verdicts[i]);
                continue;
            }
            ticket_drop(ticket);
            if (i == VERDICT_BINDING) {
                struct model_binding *binding
                    = CONTAINER_OF(ticket, struct model_binding, verdict);

                if (binding->gone) {
                    binding_free(model, binding);
                }
            }
        }
    }
}
