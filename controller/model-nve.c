/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* NVEs: what the inventory and the NVE's own registration say, and what is
 * decided from both.  The inventory wins where it says something: an agent
 * that lies about its tunnel endpoint draws no traffic to itself. */

#include <config.h>
#include "controller/model.h"

#include <inttypes.h>

#include "controller/model-private.h"
#include "hash.h"
#include "packets.h"
#include "util.h"

/* Datapath ID and endpoints as some row gives them. */
struct nve_text {
    char *datapath_id;          /* NULL if not given. */
    char *tunnel_port;          /* NULL if not given. */
    struct endpoint_row *endpoints; /* 'address'es are owned here. */
    size_t n_endpoints;
};

/* A tunnel endpoint that is in use. */
struct nve_endpoint {
    struct hmap_node node;      /* In model's 'endpoints'. */
    ovs_be32 ip;
    struct model_nve *nve;
};

/* What an NVE should have, before it is known to be free. */
struct nve_plan {
    uint64_t datapath_id;
    ovs_be32 *endpoints;
    size_t n_endpoints;
};

static char *check(const struct model *, const struct model_nve *,
                   struct nve_plan *);
static bool apply(struct model *, struct model_nve *, struct nve_plan *);
static void say_nve(struct model *, struct model_nve *, bool present);
static void say_members(struct model *, struct model_nve *);
static void release(struct model *, struct model_nve *);
static void touch_refused(struct model *, const struct model_nve *);

struct model_nve *
model_nve_by_name(const struct model *model, const char *name)
{
    struct model_nve *nve;

    HMAP_FOR_EACH_WITH_HASH (nve, node, hash_string(name, 0), &model->nves) {
        if (!strcmp(nve->name, name)) {
            return nve;
        }
    }
    return NULL;
}

struct model_nve *
model_nve_by_datapath_id(const struct model *model, uint64_t datapath_id)
{
    struct model_nve *nve;

    HMAP_FOR_EACH_WITH_HASH (nve, dp_node, hash_uint64(datapath_id),
                             &model->nves_by_dp) {
        if (nve->datapath_id == datapath_id) {
            return nve;
        }
    }
    return NULL;
}

static struct nve_endpoint *
endpoint_find(const struct model *model, ovs_be32 ip)
{
    struct nve_endpoint *endpoint;

    HMAP_FOR_EACH_WITH_HASH (endpoint, node, hash_int((OVS_FORCE uint32_t) ip,
                                                      0), &model->endpoints) {
        if (endpoint->ip == ip) {
            return endpoint;
        }
    }
    return NULL;
}

/* Returns the NVE called 'name', made as absent if it was not known. */
struct model_nve *
nve_slot(struct model *model, const char *name)
{
    struct model_nve *nve = model_nve_by_name(model, name);

    if (!nve) {
        nve = xzalloc(sizeof *nve);
        nve->name = xstrdup(name);
        nve->refusal = xstrdup("not decided yet");
        ovs_list_init(&nve->claims);
        ovs_list_init(&nve->members);
        ticket_init(&nve->decision);
        ticket_init(&nve->verdict);
        hmap_insert(&model->nves, &nve->node, hash_string(name, 0));
        nve_touch(model, nve);
    }
    return nve;
}

static void
text_free(struct nve_text *text)
{
    if (text) {
        for (size_t i = 0; i < text->n_endpoints; i++) {
            free(CONST_CAST(char *, text->endpoints[i].address));
        }
        free(text->endpoints);
        free(text->datapath_id);
        free(text->tunnel_port);
        free(text);
    }
}

/* Sorts by priority, highest first, then by address, so that the preferred
 * endpoint does not depend on the order of a map. */
static int
compare_endpoints(const void *a_, const void *b_)
{
    const struct endpoint_row *a = a_;
    const struct endpoint_row *b = b_;

    return (a->priority != b->priority ? (a->priority < b->priority ? 1 : -1)
            : strcmp(a->address, b->address));
}

static struct nve_text *
text_create(const char *datapath_id, const char *tunnel_port,
            const struct endpoint_row *endpoints, size_t n)
{
    struct nve_text *text = xzalloc(sizeof *text);

    text->datapath_id = nullable_xstrdup(datapath_id);
    text->tunnel_port = nullable_xstrdup(tunnel_port);
    text->n_endpoints = n;
    text->endpoints = xcalloc(MAX(n, 1), sizeof *text->endpoints);
    for (size_t i = 0; i < n; i++) {
        text->endpoints[i].address = xstrdup(endpoints[i].address);
        text->endpoints[i].priority = endpoints[i].priority;
    }
    qsort(text->endpoints, n, sizeof *text->endpoints, compare_endpoints);
    return text;
}

void
model_set_nve(struct model *model, const char *name,
              const struct nve_row *row)
{
    struct model_nve *nve = nve_slot(model, name);
    int64_t quota = row && row->vnic_quota ? *row->vnic_quota : 0;

    if (nve->has_quota || (row && row->vnic_quota)) {
        nve_touch_claims(model, nve);
    }
    text_free(nve->inventory);
    nve->inventory = NULL;
    nve->present = row != NULL;
    nve->enabled = row && row->enabled;
    nve->has_quota = row && row->vnic_quota;
    nve->quota = quota;
    if (row) {
        nve->inventory = text_create(row->datapath_id, NULL, row->endpoints,
                                     row->n_endpoints);
    }
    nve_touch(model, nve);
}

void
model_set_registration(struct model *model, const char *name,
                       const struct registration_row *row)
{
    struct model_nve *nve = nve_slot(model, name);

    text_free(nve->registration);
    nve->registration = NULL;
    nve->registered = row != NULL;
    if (row) {
        nve->registration = text_create(row->datapath_id, row->tunnel_port,
                                        row->endpoints, row->n_endpoints);
    }
    nve_touch(model, nve);
}

void
model_set_connected(struct model *model, struct model_nve *nve,
                    bool connected)
{
    if (nve->connected != connected) {
        nve->connected = connected;
        if (nve->present) {
            nve_verdict(model, nve);
        }
    }
}

char *
model_nve_status(const struct model_nve *nve)
{
    return (nve->refusal ? xasprintf("refused: %s", nve->refusal)
            : xstrdup("ok"));
}

void
nve_touch(struct model *model, struct model_nve *nve)
{
    ticket_put(&nve->decision, &model->nve_queue);
}

void
nve_touch_claims(struct model *model, struct model_nve *nve)
{
    struct model_claim *claim;

    LIST_FOR_EACH (claim, nve_node, &nve->claims) {
        claim_touch(model, claim);
    }
}

bool
nve_is_unused(const struct model_nve *nve)
{
    return (!nve->present && !nve->registered && !nve->connected
            && ovs_list_is_empty(&nve->claims)
            && ovs_list_is_empty(&nve->members));
}

void
nve_free(struct model *model, struct model_nve *nve)
{
    release(model, nve);
    ticket_drop(&nve->decision);
    ticket_drop(&nve->verdict);
    text_free(nve->inventory);
    text_free(nve->registration);
    hmap_remove(&model->nves, &nve->node);
    free(nve->refusal);
    free(nve->tunnel_port);
    free(nve->name);
    free(nve);
}

/* Decides whether the NVE may be used, and with what. */
void
nve_decide(struct model *model, struct model_nve *nve)
{
    struct nve_plan plan = { .endpoints = NULL };
    bool created = !nve->present && nve->registered && model->nve_admission;
    char *refusal;
    bool changed;

    nve->admitted = nve->present || created;
    if (created) {
        nve->enabled = true;
    }
    refusal = check(model, nve, &plan);
    if (refusal) {
        free(plan.endpoints);
        plan = (struct nve_plan) { .endpoints = NULL };
    }
    changed = !nullable_string_is_equal(refusal, nve->refusal);
    free(nve->refusal);
    nve->refusal = refusal;
    if (apply(model, nve, &plan) || changed) {
        nve_touch_claims(model, nve);
        say_nve(model, nve, !refusal);
        say_members(model, nve);
    }
    if (nve->admitted) {
        nve_verdict(model, nve);
    } else {
        ticket_drop(&nve->verdict);
        if (nve_is_unused(nve)) {
            ticket_put(&nve->decision, &model->nve_garbage);
        }
    }
}

/* Reads the endpoints of 'text' into 'plan'.  Returns what is wrong with them,
 * to be freed, or NULL. */
static char *
read_endpoints(const struct nve_text *text, struct nve_plan *plan)
{
    plan->endpoints = xcalloc(MAX(text->n_endpoints, 1),
                              sizeof *plan->endpoints);
    for (size_t i = 0; i < text->n_endpoints; i++) {
        const char *address = text->endpoints[i].address;
        struct in6_addr ip;
        char *error = nvo3_endpoint_parse(address, &ip);

        if (error) {
            return error;
        }
        if (!IN6_IS_ADDR_V4MAPPED(&ip)) {
            return xasprintf("endpoint %s: only IPv4 endpoints are supported "
                             "at present", address);
        }
        plan->endpoints[plan->n_endpoints++] = in6_addr_get_mapped_ipv4(&ip);
    }
    return plan->n_endpoints ? NULL : xstrdup("it has no tunnel endpoint");
}

static char *
check_conflicts(const struct model *model, const struct model_nve *nve,
                const struct nve_plan *plan)
{
    const struct model_nve *other
        = model_nve_by_datapath_id(model, plan->datapath_id);

    if (other && other != nve) {
        return xasprintf("datapath ID %016"PRIx64" belongs to NVE %s",
                         plan->datapath_id, other->name);
    }
    for (size_t i = 0; i < plan->n_endpoints; i++) {
        const struct nve_endpoint *endpoint
            = endpoint_find(model, plan->endpoints[i]);

        if (endpoint && endpoint->nve != nve) {
            return xasprintf("endpoint "IP_FMT" belongs to NVE %s",
                             IP_ARGS(plan->endpoints[i]),
                             endpoint->nve->name);
        }
    }
    return NULL;
}

/* Makes 'plan' from the rows.  Returns why the NVE can't be used, to be freed,
 * or NULL. */
static char *
check(const struct model *model, const struct model_nve *nve,
      struct nve_plan *plan)
{
    const struct nve_text *inventory = nve->inventory;
    const struct nve_text *registration = nve->registration;
    const struct nve_text *text;
    struct datapath_id dpid;
    char *error;

    if (!nve->admitted) {
        return xasprintf("NVE %s is not in the inventory: nvo3-ctl nve-add, "
                         "or set-nve-admission open", nve->name);
    }
    if (!nvo3_name_is_valid(nve->name)) {
        return xstrdup("its name must be 1 to 255 bytes of printable UTF-8");
    }
    if (!nve->enabled) {
        return xstrdup("it is disabled");
    }
    text = inventory && inventory->datapath_id ? inventory : registration;
    if (!text) {
        return xstrdup("it has no datapath ID: it has not registered, and "
                       "the inventory names none");
    }
    error = nvo3_datapath_id_parse(text->datapath_id, &dpid);
    if (error) {
        return error;
    }
    plan->datapath_id = dpid.value;
    text = inventory && inventory->n_endpoints ? inventory : registration;
    if (!text) {
        return xstrdup("it has no tunnel endpoint: it has not registered, "
                       "and the inventory names none");
    }
    error = read_endpoints(text, plan);
    return error ? error : check_conflicts(model, nve, plan);
}

/* Puts 'plan' into effect; takes ownership of what it holds.  Returns true if
 * that changes something. */
static bool
apply(struct model *model, struct model_nve *nve, struct nve_plan *plan)
{
    const char *port = (nve->registration && nve->registration->tunnel_port
                        && *nve->registration->tunnel_port
                        ? nve->registration->tunnel_port : "nvo3-vxlan0");
    bool same = (plan->datapath_id == nve->datapath_id
                 && plan->n_endpoints == nve->n_endpoints
                 && !memcmp(plan->endpoints ? plan->endpoints : (void *) "",
                            nve->endpoints ? nve->endpoints : (void *) "",
                            plan->n_endpoints * sizeof *plan->endpoints)
                 && nullable_string_is_equal(port, nve->tunnel_port));

    if (same) {
        free(plan->endpoints);
        return false;
    }
    release(model, nve);
    free(nve->tunnel_port);
    nve->tunnel_port = xstrdup(port);
    nve->datapath_id = plan->datapath_id;
    nve->endpoints = plan->endpoints;
    nve->n_endpoints = plan->n_endpoints;
    if (nve->datapath_id) {
        hmap_insert(&model->nves_by_dp, &nve->dp_node,
                    hash_uint64(nve->datapath_id));
    }
    for (size_t i = 0; i < nve->n_endpoints; i++) {
        struct nve_endpoint *endpoint = xmalloc(sizeof *endpoint);

        endpoint->ip = nve->endpoints[i];
        endpoint->nve = nve;
        hmap_insert(&model->endpoints, &endpoint->node,
                    hash_int((OVS_FORCE uint32_t) endpoint->ip, 0));
    }
    return true;
}

/* Gives up the datapath ID and the endpoints of 'nve'. */
static void
release(struct model *model, struct model_nve *nve)
{
    if (nve->datapath_id) {
        hmap_remove(&model->nves_by_dp, &nve->dp_node);
        nve->datapath_id = 0;
    }
    for (size_t i = 0; i < nve->n_endpoints; i++) {
        struct nve_endpoint *endpoint = endpoint_find(model,
                                                      nve->endpoints[i]);

        hmap_remove(&model->endpoints, &endpoint->node);
        free(endpoint);
    }
    if (nve->n_endpoints) {
        touch_refused(model, nve);
    }
    free(nve->endpoints);
    nve->endpoints = NULL;
    nve->n_endpoints = 0;
}

/* 'nve' gave something up: others that were refused try again.  That is rare
 * enough to look through all NVEs. */
static void
touch_refused(struct model *model, const struct model_nve *nve)
{
    struct model_nve *other;

    HMAP_FOR_EACH (other, node, &model->nves) {
        if (other != nve && other->refusal && other->admitted) {
            nve_touch(model, other);
        }
    }
}

static void
say_nve(struct model *model, struct model_nve *nve, bool present)
{
    if (present || nve->applied) {
        nve->applied = present;
        model_say(model, &(struct model_change) {
                      .type = CHANGE_NVE, .nve = nve, .present = present });
    }
}

/* The NVE's endpoints are part of each VN that it is in. */
static void
say_members(struct model *model, struct model_nve *nve)
{
    struct model_member *member;

    if (!nve->refusal) {
        LIST_FOR_EACH (member, nve_node, &nve->members) {
            model_say(model, &(struct model_change) {
                          .type = CHANGE_MEMBER, .nve = nve, .present = true,
                          .vn_id = member->vn_id,
                          .owner = member->owner });
        }
    }
}
