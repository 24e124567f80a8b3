/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_MODEL_PRIVATE_H
#define CONTROLLER_MODEL_PRIVATE_H 1

/* What the files of the model share; nobody else includes this.
 *
 * Life of an object: a slot is made when its name is first said and stays as
 * long as a row or another object refers to it.  Whoever takes away a row or a
 * reference "touches" the object, which queues it for decision; a decision
 * that finds it unreferenced moves it to 'garbage', which is emptied when the
 * next model_run() begins, so that pointers in changes stay valid. */

#include "controller/model.h"

struct model {
    struct hmap tenants, vns, vnics, nves;      /* By name. */
    struct hmap vns_by_id, nves_by_dp;
    struct hmap endpoints;      /* struct nve_endpoint's, by address. */
    struct hmap claims;         /* By key. */
    struct hmap bindings;       /* By names. */
    bool nve_admission;
    int64_t epoch;
    uint64_t last_generation;   /* Within the epoch. */
    uint64_t last_owner;
    uint64_t n_decisions;

    /* What waits for model_run(). */
    struct ovs_list vn_queue, nve_queue, claim_queue;
    struct ovs_list glean_queue;        /* Bindings. */
    struct ovs_list vn_garbage, nve_garbage;
    struct ovs_list old_attachments;    /* Until all is decided again. */
    struct ovs_list old_gleaned;        /* The same. */
    bool adopted;               /* Adopted bindings wait for their claims. */
    struct model_changes *changes;      /* During model_run(). */

    /* Verdicts by type: to take, and taken. */
    struct ovs_list verdicts[4], in_flight[4];
};

/* Tickets. */
void ticket_init(struct model_ticket *);
void ticket_put(struct model_ticket *, struct ovs_list *queue);
void ticket_drop(struct model_ticket *);
bool ticket_is_queued(const struct model_ticket *);

/* Verdicts: puts the object where model_next_verdict() finds it. */
void vn_verdict(struct model *, struct model_vn *);
void vnic_verdict(struct model *, struct model_vnic *);
void nve_verdict(struct model *, struct model_nve *);
void binding_verdict(struct model *, struct model_binding *);

/* Changes. */
void model_say(struct model *, const struct model_change *);
uint64_t model_new_owner(struct model *);

/* Tenants. */
bool tenant_exists(const struct model *, const char *name);

/* VNs. */
struct model_vn *vn_slot(struct model *, const char *name);
void vn_touch(struct model *, struct model_vn *);
void vn_touch_claims(struct model *, struct model_vn *);
void vn_decide(struct model *, struct model_vn *);
bool vn_is_unused(const struct model_vn *);
void vn_free(struct model *, struct model_vn *);

/* VNICs and their attachments. */
struct model_vnic *vnic_slot(struct model *, const char *name);
void vnic_touch_claims(struct model *, struct model_vnic *);
void vnic_maybe_free(struct model *, struct model_vnic *);
void vnic_free(struct model *, struct model_vnic *);
struct model_attachment *attachment_from_row(struct model *,
                                             struct model_vnic *,
                                             const struct attachment_row *);
struct model_attachment *attachment_from_claim(struct model *,
                                               struct model_claim *,
                                               struct model_vn *);
void attachment_destroy(struct model *, struct model_attachment *);
void attachments_free_old(struct model *);
bool attachment_is_observation(const struct model_attachment *,
                               const struct model_claim *);

/* A MAC that comes to hold its address enters its IPs, one that holds it no
 * more takes them out: what is not in effect stands in nobody's way. */
void mac_enter_ips(struct model *, struct model_mac *);
void mac_leave_ips(struct model *, struct model_mac *);

/* Addresses. */
void address_enter(struct model *, struct model_vn *,
                   const struct address_key *, struct address_use *,
                   struct model_mac *);
void address_leave(struct model *, struct model_vn *, struct address_use *);
bool address_is_held(const struct address_use *);
const struct model_mac *address_holder(const struct address_use *);
const struct model_mac *address_taker(const struct model_vn *,
                                      const struct address_key *);
void addresses_destroy(struct model_vn *);

/* NVEs. */
struct model_nve *nve_slot(struct model *, const char *name);
void nve_touch(struct model *, struct model_nve *);
void nve_touch_claims(struct model *, struct model_nve *);
void nve_decide(struct model *, struct model_nve *);
bool nve_is_unused(const struct model_nve *);
void nve_free(struct model *, struct model_nve *);

/* Claims.  The first queues 'claim' because its own row has changed, or what
 * others hold; the second because of what its mappings depend on, too. */
void claim_touch_row(struct model *, struct model_claim *);
void claim_touch(struct model *, struct model_claim *);
void claim_touch_others(struct model *, struct model_claim *);
void claim_decide(struct model *, struct model_claim *);
void claim_destroy(struct model *, struct model_claim *);

/* Bindings. */
struct model_binding *binding_find(const struct model *, const char *vnic,
                                   const char *vn, const char *nve);
struct model_binding *binding_get(struct model *, const char *vnic,
                                  const char *vn, const char *nve);
bool binding_is_placed(const struct model_binding *);
void binding_set_claim(struct model_binding *, struct model_claim *);
void binding_refuse(struct model *, struct model_binding *, char *reason);
void binding_grant(struct model *, struct model_binding *,
                   struct model_attachment *);
void binding_observe(struct model *, struct model_binding *,
                     struct model_attachment *);
void binding_release(struct model *, struct model_binding *);
void binding_free(struct model *, struct model_binding *);
bool change_is_current(struct model *, struct model_change *);

/* Gleaned addresses. */

/* Somebody signals 'key' in the VN: what was gleaned and is in its way
 * goes. */
void gleaned_yield(struct model *, struct model_vn *,
                   const struct address_key *key);

/* Frees what ended. */
void gleaned_free_old(struct model *);

/* Says all that was gleaned of a binding whose port was just said; that all of
 * it goes with the port; or only what changed since. */
void binding_say_gleaned(struct model *, struct model_binding *);
void binding_unsay_gleaned(struct model *, struct model_binding *);
void binding_run_gleaned(struct model *, struct model_binding *);

/* Notes what the binding's row had, to be learned again. */
void binding_adopt_gleaned(struct model_binding *, char **gleaned, size_t n);

/* Forgets that, if it has not come to it. */
void binding_forget_adopted(struct model *, struct model_binding *);

#endif /* controller/model-private.h */
