/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* VNs: their rows, their VN IDs, their place in the model. */

#include <config.h>
#include "controller/model.h"

#include <inttypes.h>

#include "controller/model-private.h"
#include "hash.h"
#include "lib/nvo3-types.h"
#include "util.h"

static void set_gleaning(struct model_vn *, const struct vn_row *);
static char *check_row(const struct model *, const struct model_vn *);
static uint32_t choose_id(const struct model *, struct model_vn *, char **);
static void set_id(struct model *, struct model_vn *, uint32_t vn_id);
static void touch_refused(struct model *, uint32_t vn_id);
static void say_members(struct model *, struct model_vn *);

struct model_vn *
model_vn_by_name(const struct model *model, const char *name)
{
    struct model_vn *vn;

    HMAP_FOR_EACH_WITH_HASH (vn, node, hash_string(name, 0), &model->vns) {
        if (!strcmp(vn->name, name)) {
            return vn;
        }
    }
    return NULL;
}

struct model_vn *
model_vn_by_id(const struct model *model, uint32_t vn_id)
{
    struct model_vn *vn;

    HMAP_FOR_EACH_WITH_HASH (vn, id_node, hash_int(vn_id, 0),
                             &model->vns_by_id) {
        if (vn->vn_id == vn_id) {
            return vn;
        }
    }
    return NULL;
}

void
model_set_vn(struct model *model, const char *name, const struct vn_row *row)
{
    struct model_vn *vn = vn_slot(model, name);

    vn->present = row != NULL;
    free(vn->alias);
    free(vn->tenant);
    vn->alias = xstrdup(row ? row->alias : "");
    vn->tenant = xstrdup(row ? row->tenant : "");
    vn->open = row && row->open;
    vn->l3 = row && row->l3;
    vn->say_members |= vn->tenant_tags != (row && row->tenant_tags);
    vn->tenant_tags = row && row->tenant_tags;
    vn->has_request = row && row->vn_id_request;
    vn->request = vn->has_request ? *row->vn_id_request : 0;
    vn->preferred = row ? row->vn_id : 0;
    set_gleaning(vn, row);
    vn_touch(model, vn);
    vn_touch_claims(model, vn);
}

char *
model_vn_status(const struct model_vn *vn)
{
    return (vn->refusal ? xasprintf("refused: %s", vn->refusal)
            : vn->bad_gleaning
            ? xasprintf("partly refused: %s", vn->bad_gleaning)
            : xstrdup("ok"));
}

/* Reads what 'row' (which may be NULL) says of gleaning.  A VN in which that
 * makes no sense is as good as any but for gleaning. */
static void
set_gleaning(struct model_vn *vn, const struct vn_row *row)
{
    int64_t most = row && row->gleaning ? *row->gleaning : 0;
    int64_t age = (row && row->gleaning_age ? *row->gleaning_age
                   : GLEANING_AGE_DEFAULT);

    free(vn->bad_gleaning);
    vn->bad_gleaning = NULL;
    if (most < 0 || most > GLEANING_MAX) {
        vn->bad_gleaning = xasprintf("gleaning %"PRId64" is not between 0 and "
                                     "%d: nothing is gleaned", most,
                                     GLEANING_MAX);
    } else if (age < GLEANING_AGE_MIN || age > GLEANING_AGE_MAX) {
        vn->bad_gleaning = xasprintf("gleaning_age %"PRId64" is not between "
                                     "%d and %d: nothing is gleaned", age,
                                     GLEANING_AGE_MIN, GLEANING_AGE_MAX);
    }
    vn->gleaning = vn->bad_gleaning ? 0 : most;
    vn->gleaning_age = vn->bad_gleaning ? GLEANING_AGE_DEFAULT : age;
}

/* Returns the VN called 'name', made as absent if it was not known. */
struct model_vn *
vn_slot(struct model *model, const char *name)
{
    struct model_vn *vn = model_vn_by_name(model, name);

    if (!vn) {
        vn = xzalloc(sizeof *vn);
        vn->name = xstrdup(name);
        vn->alias = xstrdup("");
        vn->tenant = xstrdup("");
        ovs_list_init(&vn->attachments);
        ovs_list_init(&vn->claims);
        ovs_list_init(&vn->gleaned);
        hmap_init(&vn->addresses);
        hmap_init(&vn->members);
        ticket_init(&vn->decision);
        ticket_init(&vn->verdict);
        hmap_insert(&model->vns, &vn->node, hash_string(name, 0));
        vn_touch(model, vn);
    }
    return vn;
}

bool
vn_is_unused(const struct model_vn *vn)
{
    return (!vn->present && ovs_list_is_empty(&vn->attachments)
            && ovs_list_is_empty(&vn->claims) && hmap_is_empty(&vn->members));
}

void
vn_free(struct model *model, struct model_vn *vn)
{
    set_id(model, vn, 0);
    ticket_drop(&vn->decision);
    ticket_drop(&vn->verdict);
    addresses_destroy(vn);
    hmap_destroy(&vn->members);
    hmap_remove(&model->vns, &vn->node);
    free(vn->refusal);
    free(vn->bad_gleaning);
    free(vn->name);
    free(vn->alias);
    free(vn->tenant);
    free(vn);
}

void
vn_touch(struct model *model, struct model_vn *vn)
{
    ticket_put(&vn->decision, &model->vn_queue);
}

/* Queues all claims that the VN matters to. */
void
vn_touch_claims(struct model *model, struct model_vn *vn)
{
    struct model_attachment *attachment;
    struct model_claim *claim;

    LIST_FOR_EACH (claim, vn_node, &vn->claims) {
        claim_touch(model, claim);
    }
    LIST_FOR_EACH (attachment, vn_node, &vn->attachments) {
        vnic_touch_claims(model, attachment->vnic);
        if (!attachment->claim) {
            vnic_verdict(model, attachment->vnic);
        }
    }
}

/* Decides whether the VN may be used, and its VN ID. */
void
vn_decide(struct model *model, struct model_vn *vn)
{
    uint32_t old_id = vn->vn_id;
    char *refusal = check_row(model, vn);
    uint32_t vn_id = refusal ? 0 : choose_id(model, vn, &refusal);
    bool same = (vn_id == old_id
                 && nullable_string_is_equal(refusal, vn->refusal));

    free(vn->refusal);
    vn->refusal = refusal;
    if (vn_id != old_id) {
        set_id(model, vn, vn_id);
        touch_refused(model, old_id);
    }
    if (!same) {
        vn_touch_claims(model, vn);
    }
    if (vn->say_members) {
        vn->say_members = false;
        say_members(model, vn);
    }
    if (vn->present) {
        vn_verdict(model, vn);
    } else {
        ticket_drop(&vn->verdict);
        if (vn_is_unused(vn)) {
            ticket_put(&vn->decision, &model->vn_garbage);
        }
    }
}

/* Returns what is wrong with the row of 'vn', to be freed, or NULL. */
static char *
check_row(const struct model *model, const struct model_vn *vn)
{
    if (!vn->present) {
        return xasprintf("there is no VN %s", vn->name);
    }
    if (!nvo3_name_is_valid(vn->name)) {
        return xstrdup("its name must be 1 to 255 bytes of printable UTF-8, "
                       "best a UUID");
    }
    if (*vn->tenant && !tenant_exists(model, vn->tenant)) {
        return xasprintf("there is no tenant %s: add it, or clear the "
                         "tenant column", vn->tenant);
    }
    if (vn->l3) {
        return xstrdup("service l3 is not available: use l2");
    }
    return NULL;
}

/* Returns the VN ID for 'vn', or 0 and why not in '*refusal'. */
static uint32_t
choose_id(const struct model *model, struct model_vn *vn, char **refusal)
{
    const struct model_vn *holder;
    uint32_t id;

    if (vn->has_request) {
        if (!vn_id_value_is_valid(vn->request)) {
            *refusal = xasprintf("VN ID %"PRId64" is not between %d and %d",
                                 vn->request, VN_ID_MIN, VN_ID_MAX);
            return 0;
        }
        holder = model_vn_by_id(model, vn->request);
        if (holder && holder != vn) {
            *refusal = xasprintf("VN ID %"PRId64" belongs to VN %s: ask for "
                                 "another, or for none", vn->request,
                                 holder->name);
            return 0;
        }
        return vn->request;
    }
    if (vn->vn_id) {
        return vn->vn_id;
    }

    id = (vn_id_value_is_valid(vn->preferred) ? vn->preferred
          : hash_string(vn->name, 0) & VN_ID_MAX);
    for (uint32_t i = 0; i <= VN_ID_MAX; i++, id = (id + 1) & VN_ID_MAX) {
        if (id && !model_vn_by_id(model, id)) {
            return id;
        }
    }
    *refusal = xstrdup("all VN IDs are in use");
    return 0;
}

static void
set_id(struct model *model, struct model_vn *vn, uint32_t vn_id)
{
    if (vn->vn_id) {
        hmap_remove(&model->vns_by_id, &vn->id_node);
    }
    vn->vn_id = vn_id;
    if (vn_id) {
        hmap_insert(&model->vns_by_id, &vn->id_node, hash_int(vn_id, 0));
    }
}

/* VN ID 'vn_id' is free: those who ask for it try again.  VN IDs are given up
 * so rarely that looking through all VNs will do. */
static void
touch_refused(struct model *model, uint32_t vn_id)
{
    struct model_vn *vn;

    if (vn_id) {
        HMAP_FOR_EACH (vn, node, &model->vns) {
            if (vn->refusal && vn->has_request && vn->request == vn_id) {
                vn_touch(model, vn);
            }
        }
    }
}

/* What its members may send into 'vn' has changed. */
static void
say_members(struct model *model, struct model_vn *vn)
{
    struct model_member *member;

    HMAP_FOR_EACH (member, node, &vn->members) {
        model_say(model, &(struct model_change) {
                      .type = CHANGE_MEMBER, .nve = member->nve,
                      .present = true, .vn_id = member->vn_id,
                      .owner = member->owner });
    }
}
