/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Claims, and the decision on each.
 *
 * A claim says "this NVE has this VNIC on this port".  What decides is looked
 * up (draft-kreeger-nvo3-hypervisor-nve-cp-01, section 5, the second of its
 * two options): the NVE must be usable, the VNIC registered there or its VN
 * open to all, tenants must agree, the VNIC must not be elsewhere, the quota
 * not used up, and at least one of its MACs must be its own in the VN. */

#include <config.h>
#include "controller/model.h"

#include <inttypes.h>

#include "controller/model-private.h"
#include "hash.h"
#include "packets.h"
#include "util.h"
#include "uuid.h"

static struct model_claim *claim_create(struct model *, const struct uuid *,
                                        const struct claim_row *);
static void set_vn(struct model *, struct model_claim *, struct model_vn *);
static void set_place(struct model *, struct model_claim *,
                      const struct claim_row *);
static void set_observed(struct model_claim *, const struct claim_row *);
static void clear_observed(struct model_claim *);
static char *check_place(const struct model_claim *);
static char *check_holder(const struct model_claim *);
static void decide_registered(struct model *, struct model_claim *,
                              const char *why);
static void decide_open(struct model *, struct model_claim *,
                        const char *why);
static void decide_in_vn(struct model *, struct model_claim *,
                         struct model_vn *, struct model_attachment *,
                         const char *why);
static void grant_observed(struct model *, struct model_binding *,
                           struct model_vn *);
static void refuse(struct model *, struct model_claim *, const char *vn,
                   char *reason);

static struct model_claim *
claim_find(const struct model *model, const struct uuid *key)
{
    struct model_claim *claim;

    HMAP_FOR_EACH_WITH_HASH (claim, node, uuid_hash(key), &model->claims) {
        if (uuid_equals(&claim->key, key) && !claim->removed) {
            return claim;
        }
    }
    return NULL;
}

void
model_set_claim(struct model *model, const struct uuid *key,
                const struct claim_row *row)
{
    struct model_claim *claim = claim_find(model, key);

    if (claim && (!row || strcmp(claim->nve->name, row->nve)
                  || strcmp(claim->vnic->name, row->vnic))) {
        claim->removed = true;
        claim_touch(model, claim);
        claim = NULL;
    }
    if (!row) {
        return;
    }
    if (!claim) {
        claim = claim_create(model, key, row);
    }

    set_vn(model, claim, *row->vn ? vn_slot(model, row->vn) : NULL);
    set_place(model, claim, row);
    claim->activate = row->activate;
    claim->client_seq = row->client_seq;
    set_observed(claim, row);
    claim_touch_row(model, claim);
}

/* The claims of the same VNIC on other NVEs are told where it is. */
static void
touch_elsewhere(struct model *model, struct model_claim *claim)
{
    struct model_claim *other;

    LIST_FOR_EACH (other, vnic_node, &claim->vnic->claims) {
        if (other->nve != claim->nve) {
            claim_touch_row(model, other);
        }
    }
}

/* Takes over port and tag from 'row'. */
static void
set_place(struct model *model, struct model_claim *claim,
          const struct claim_row *row)
{
    if (!claim->port) {
        claim_touch_others(model, claim);       /* It is new. */
    } else if (strcmp(claim->port, row->port)) {
        touch_elsewhere(model, claim);
    }
    free(claim->port);
    free(claim->bad_tag);
    claim->port = xstrdup(row->port);
    claim->tag = 0;
    claim->bad_tag = NULL;
    if (row->tag && (*row->tag < 1 || *row->tag > 4094)) {
        claim->bad_tag = xasprintf("tag %"PRId64" is not between 1 and 4094",
                                   *row->tag);
    } else if (row->tag) {
        claim->tag = *row->tag;
    }
}

/* Makes 'vn' (which may be NULL) the VN that 'claim' asks for. */
static void
set_vn(struct model *model, struct model_claim *claim, struct model_vn *vn)
{
    if (claim->vn == vn) {
        return;
    }
    if (claim->vn) {
        ovs_list_remove(&claim->vn_node);
        vn_touch(model, claim->vn);
    }
    claim->vn = vn;
    if (vn) {
        ovs_list_push_back(&vn->claims, &claim->vn_node);
    }
}

static struct model_claim *
claim_create(struct model *model, const struct uuid *key,
             const struct claim_row *row)
{
    struct model_claim *claim = xzalloc(sizeof *claim);

    claim->key = *key;
    claim->nve = nve_slot(model, row->nve);
    ovs_list_push_back(&claim->nve->claims, &claim->nve_node);
    claim->vnic = vnic_slot(model, row->vnic);
    ovs_list_push_back(&claim->vnic->claims, &claim->vnic_node);
    ovs_list_init(&claim->bindings);
    ticket_init(&claim->decision);
    claim->say_mappings = true;
    hmap_insert(&model->claims, &claim->node, uuid_hash(key));
    return claim;
}

/* Frees 'claim', which has no bindings in effect. */
void
claim_destroy(struct model *model, struct model_claim *claim)
{
    struct model_binding *binding;

    LIST_FOR_EACH_SAFE (binding, claim_node, &claim->bindings) {
        binding_release(model, binding);
    }
    ovs_list_remove(&claim->nve_node);
    ovs_list_remove(&claim->vnic_node);
    nve_touch(model, claim->nve);
    vnic_touch_claims(model, claim->vnic);
    vnic_maybe_free(model, claim->vnic);
    set_vn(model, claim, NULL);
    ticket_drop(&claim->decision);
    hmap_remove(&model->claims, &claim->node);
    clear_observed(claim);
    free(claim->port);
    free(claim->bad_tag);
    free(claim);
}

static void
clear_observed(struct model_claim *claim)
{
    for (size_t i = 0; i < claim->n_addresses; i++) {
        nvo3_address_uninit(&claim->addresses[i]);
    }
    free(claim->addresses);
    free(claim->bad_address);
    claim->addresses = NULL;
    claim->n_addresses = 0;
    claim->bad_address = NULL;
}

static void
set_observed(struct model_claim *claim, const struct claim_row *row)
{
    clear_observed(claim);
    claim->addresses = xcalloc(MAX(row->n_addresses, 1),
                               sizeof *claim->addresses);
    for (size_t i = 0; i < row->n_addresses && !claim->bad_address; i++) {
        claim->bad_address = nvo3_address_parse(
            row->addresses[i], &claim->addresses[claim->n_addresses]);
        if (!claim->bad_address) {
            claim->n_addresses++;
        }
    }
}

void
claim_touch_row(struct model *model, struct model_claim *claim)
{
    ticket_put(&claim->decision, &model->claim_queue);
}

void
claim_touch(struct model *model, struct model_claim *claim)
{
    claim->say_mappings = true;
    claim_touch_row(model, claim);
}

void
claim_touch_others(struct model *model, struct model_claim *claim)
{
    struct model_claim *other;

    LIST_FOR_EACH (other, vnic_node, &claim->vnic->claims) {
        if (other != claim) {
            claim_touch(model, other);
        }
    }
}

void
claim_decide(struct model *model, struct model_claim *claim)
{
    struct model_binding *binding;
    char *why;

    if (claim->removed) {
        claim_destroy(model, claim);
        return;
    }

    why = check_place(claim);
    if (!why) {
        why = check_holder(claim);
    }

    LIST_FOR_EACH (binding, claim_node, &claim->bindings) {
        binding->wanted = false;
        binding->say_mappings |= claim->say_mappings;
    }
    claim->say_mappings = false;
    if (claim->vnic->present) {
        decide_registered(model, claim, why);
    } else {
        decide_open(model, claim, why);
    }
    LIST_FOR_EACH_SAFE (binding, claim_node, &claim->bindings) {
        if (!binding->wanted) {
            binding_release(model, binding);
            claim_touch_others(model, claim);
        }
    }
    free(why);
}

/* Returns why the VNIC of 'claim' may not be on this NVE, wherever else it is,
 * to be freed; NULL if it may. */
static char *
check_place(const struct model_claim *claim)
{
    const struct model_vnic *vnic = claim->vnic;

    if (claim->nve->refusal) {
        return xasprintf("NVE %s is refused: %s", claim->nve->name,
                         claim->nve->refusal);
    }
    if (!nvo3_name_is_valid(vnic->name)) {
        return xstrdup("the VNIC's name must be 1 to 255 bytes of printable "
                       "UTF-8, best a UUID");
    }
    if (claim->bad_address) {
        return xstrdup(claim->bad_address);
    }
    if (claim->bad_tag) {
        return xstrdup(claim->bad_tag);
    }
    for (size_t i = 0; i < vnic->n_allowed_nves; i++) {
        if (!strcmp(vnic->allowed_nves[i], claim->nve->name)) {
            return NULL;
        }
    }
    return (vnic->n_allowed_nves
            ? xasprintf("VNIC %s may not be on NVE %s: see its allowed_nves",
                        vnic->name, claim->nve->name)
            : NULL);
}

/* Returns why the VNIC of 'claim' can't be on this NVE now, to be freed; NULL
 * if it can.  A claim that is refused stands in nobody's way, whoever came
 * first. */
static char *
check_holder(const struct model_claim *claim)
{
    const struct model_claim *holder = NULL;
    const struct model_claim *other;

    LIST_FOR_EACH (other, vnic_node, &claim->vnic->claims) {
        if (other->n_placed && !other->removed && other->nve != claim->nve
            && (!holder || strcmp(other->port, holder->port) < 0)) {
            holder = other;
        }
    }
    return (holder
            ? xasprintf("VNIC %s is on NVE %s, port %s: it must leave there "
                        "first", claim->vnic->name, holder->nve->name,
                        holder->port)
            : NULL);
}

/* Returns true if another claim of the same VNIC and NVE as 'claim' speaks for
 * the VN called 'vn': one that names it goes before one that names none. */
static bool
is_spoken_for(const struct model_claim *claim, const char *vn)
{
    const struct model_claim *other;

    LIST_FOR_EACH (other, vnic_node, &claim->vnic->claims) {
        if (!claim->vn && other->vn && other->nve == claim->nve
            && !other->removed && !strcmp(other->vn->name, vn)) {
            return true;
        }
    }
    return false;
}

/* Returns the binding of 'claim' in the VN called 'vn', taken over from
 * another claim if need be.  Returns NULL if another claim of the same NVE
 * speaks for it. */
static struct model_binding *
claim_binding(struct model *model, struct model_claim *claim, const char *vn)
{
    struct model_binding *b;

    if (is_spoken_for(claim, vn)) {
        return NULL;
    }
    b = binding_get(model, claim->vnic->name, vn, claim->nve->name);
    if (b->claim != claim) {
        if (b->claim && !b->claim->removed
            && (!claim->vn || b->claim->vn == claim->vn)) {
            return NULL;
        }
        binding_set_claim(b, claim);
    }
    b->wanted = true;
    return b;
}

/* Returns true if 'claim' is to be decided for 'vn' now: in pass 0 if it had
 * been granted there, in pass 1 if that has not happened yet. */
static bool
is_due(const struct model *model, const struct model_claim *claim,
       const struct model_vn *vn, int pass)
{
    const struct model_binding *b = binding_find(
        model, claim->vnic->name, vn->name, claim->nve->name);

    return (pass ? !b || b->claim != claim || !b->wanted
            : b && b->state != BINDING_REFUSED);
}

/* Decides 'claim' of a VNIC that the inventory has.  Where it had been granted
 * comes first, for a quota may not be enough for all its VNs. */
static void
decide_registered(struct model *model, struct model_claim *claim,
                  const char *why)
{
    struct model_vnic *vnic = claim->vnic;
    bool found = false;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < vnic->n_vns; i++) {
            struct model_attachment *a = vnic->vns[i];

            if (!a->refusal && (!claim->vn || claim->vn == a->vn)
                && is_due(model, claim, a->vn, pass)) {
                decide_in_vn(model, claim, a->vn, a, why);
                found = true;
            }
        }
    }
    if (!found) {
        refuse(model, claim, claim->vn ? claim->vn->name : "",
               why ? xstrdup(why)
               : claim->vn
               ? xasprintf("VNIC %s is registered, but not in VN %s",
                           vnic->name, claim->vn->name)
               : xasprintf("VNIC %s is registered, but in no VN",
                           vnic->name));
    }
}

/* Decides 'claim' of a VNIC that the inventory does not have. */
static void
decide_open(struct model *model, struct model_claim *claim, const char *why)
{
    struct model_vn *vn = claim->vn;

    if (vn && (why || vn->open)) {
        decide_in_vn(model, claim, vn, NULL, why);
        return;
    }
    refuse(model, claim, vn ? vn->name : "",
           why ? xstrdup(why)
           : !vn
           ? xasprintf("VNIC %s is not registered and names no VN",
                       claim->vnic->name)
           : !vn->present
           ? xasprintf("there is no VN %s", vn->name)
           : xasprintf("VNIC %s is not registered, and VN %s is not open",
                       claim->vnic->name, vn->name));
}

/* Returns why the claim's MACs do not agree with the attachment's, to be
 * freed, or NULL. */
static char *
check_macs(const struct model_claim *claim, const struct model_attachment *a)
{
    for (size_t i = 0; i < claim->n_addresses; i++) {
        struct eth_addr mac = claim->addresses[i].mac;
        bool found = false;

        for (size_t j = 0; j < a->n_macs && !found; j++) {
            found = !a->macs[j].refusal
                    && eth_addr_equals(a->macs[j].mac, mac);
        }
        if (!found) {
            return xasprintf("MAC "ETH_ADDR_FMT" is not registered for VNIC "
                             "%s in VN %s", ETH_ADDR_ARGS(mac),
                             a->vnic->name, a->vn->name);
        }
    }
    return NULL;
}

/* Returns why 'claim' may not be in 'vn' by way of 'a' (NULL: an open VN), to
 * be freed, or NULL. */
static char *
check_vn(const struct model_claim *claim, const struct model_vn *vn,
         const struct model_attachment *a)
{
    const struct model_nve *nve = claim->nve;
    char *status;

    if (vn->refusal || !vn->vn_id) {
        return (vn->present
                ? xasprintf("VN %s is refused: %s", vn->name, vn->refusal)
                : xasprintf("there is no VN %s", vn->name));
    }
    if (a) {
        status = model_attachment_status(a);
        if (strcmp(status, "ok")) {
            memmove(status, status + strlen("refused: "),
                    strlen(status + strlen("refused: ")) + 1);
            return status;
        }
        free(status);
        status = a->n_macs ? check_macs(claim, a) : NULL;
        if (status) {
            return status;
        }
    }
    if (!(a && a->n_macs) && !claim->n_addresses) {
        return xasprintf("VNIC %s has no MAC: neither the inventory nor the "
                         "claim (attached-mac) names one", claim->vnic->name);
    }
    if (nve->has_quota && (int64_t) nve->n_placed >= nve->quota) {
        return xasprintf("NVE %s has used its quota of %"PRId64" VNICs",
                         nve->name, nve->quota);
    }
    return NULL;
}

/* Decides 'claim' for 'vn'; 'a' is the inventory's attachment, if any; 'why'
 * is what already speaks against it, or NULL. */
static void
decide_in_vn(struct model *model, struct model_claim *claim,
             struct model_vn *vn, struct model_attachment *a,
             const char *why)
{
    struct model_nve *nve = claim->nve;
    struct model_binding *b = claim_binding(model, claim, vn->name);
    bool placed;
    char *refusal;

    if (!b) {
        return;
    }
    placed = claim->n_placed > 0;
    nve->n_placed -= placed;
    refusal = why ? xstrdup(why) : check_vn(claim, vn, a);
    nve->n_placed += placed;
    if (refusal) {
        binding_refuse(model, b, refusal);
        binding_observe(model, b, NULL);
    } else if (a && a->n_macs) {
        binding_grant(model, b, a);
        binding_observe(model, b, NULL);
    } else {
        grant_observed(model, b, vn);
    }
}

/* Grants 'b' in 'vn' with the addresses that its claim observed.  They stay
 * entered in the VN even if they can't be used now, to wait for them. */
static void
grant_observed(struct model *model, struct model_binding *b,
               struct model_vn *vn)
{
    struct model_attachment *a = b->observed;

    if (!a || a->vn != vn || !attachment_is_observation(a, b->claim)) {
        a = attachment_from_claim(model, b->claim, vn);
    }
    binding_grant(model, b, a);
    binding_observe(model, b, a);
}

/* Refuses 'claim' as a whole; 'vn' may be "".  Takes ownership of 'reason'. */
static void
refuse(struct model *model, struct model_claim *claim, const char *vn,
       char *reason)
{
    struct model_binding *b = claim_binding(model, claim, vn);

    if (b) {
        binding_refuse(model, b, reason);
        binding_observe(model, b, NULL);
    } else {
        free(reason);
    }
}
