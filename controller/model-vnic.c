/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* VNICs and what they contain: VNIC -> VN -> MAC -> IP
 * (draft-kreeger-nvo3-hypervisor-nve-cp-01, section 3.1).
 *
 * An attachment is one VNIC-VN pair with its MACs.  It comes from the
 * inventory, or, where the inventory leaves the addresses open, from a claim:
 * then it stands for what the hypervisor observed.  An IP is entered in the VN
 * only while its MAC holds its own address there. */

#include <config.h>
#include "controller/model.h"

#include "controller/model-private.h"
#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

static struct model_attachment *attachment_create(struct model_vnic *,
                                                  struct model_claim *,
                                                  struct model_vn *,
                                                  size_t n_macs);
static void set_attachments(struct model *, struct model_vnic *,
                            const struct vnic_row *);
static void set_allowed_nves(struct model_vnic *, const struct vnic_row *);
static char *contents_status(const struct model_vnic *);
static bool note_problem(char **problem, char *status);
static void mac_read(struct model_mac *, const struct mac_row *);
static void mac_enter(struct model *, struct model_mac *);
static void mac_leave(struct model *, struct model_mac *);
static void mac_uninit(struct model_mac *);

struct model_vnic *
model_vnic_by_name(const struct model *model, const char *name)
{
    struct model_vnic *vnic;

    HMAP_FOR_EACH_WITH_HASH (vnic, node, hash_string(name, 0),
                             &model->vnics) {
        if (!strcmp(vnic->name, name)) {
            return vnic;
        }
    }
    return NULL;
}

/* Returns the VNIC called 'name', made as absent if it was not known. */
struct model_vnic *
vnic_slot(struct model *model, const char *name)
{
    struct model_vnic *vnic = model_vnic_by_name(model, name);

    if (!vnic) {
        vnic = xzalloc(sizeof *vnic);
        vnic->name = xstrdup(name);
        vnic->alias = xstrdup("");
        vnic->tenant = xstrdup("");
        ovs_list_init(&vnic->claims);
        ticket_init(&vnic->verdict);
        hmap_insert(&model->vnics, &vnic->node, hash_string(name, 0));
    }
    return vnic;
}

void
model_set_vnic(struct model *model, const char *name,
               const struct vnic_row *row)
{
    struct model_vnic *vnic = vnic_slot(model, name);

    vnic->present = row != NULL;
    free(vnic->alias);
    free(vnic->tenant);
    vnic->alias = xstrdup(row ? row->alias : "");
    vnic->tenant = xstrdup(row ? row->tenant : "");
    set_allowed_nves(vnic, row);
    set_attachments(model, vnic, row);
    vnic_touch_claims(model, vnic);
    if (row) {
        vnic_verdict(model, vnic);
    } else {
        ticket_drop(&vnic->verdict);
        vnic_maybe_free(model, vnic);
    }
}

static void
set_allowed_nves(struct model_vnic *vnic, const struct vnic_row *row)
{
    for (size_t i = 0; i < vnic->n_allowed_nves; i++) {
        free(vnic->allowed_nves[i]);
    }
    free(vnic->allowed_nves);
    vnic->n_allowed_nves = row ? row->n_allowed_nves : 0;
    vnic->allowed_nves = xcalloc(MAX(vnic->n_allowed_nves, 1),
                                 sizeof *vnic->allowed_nves);
    for (size_t i = 0; i < vnic->n_allowed_nves; i++) {
        vnic->allowed_nves[i] = xstrdup(row->allowed_nves[i]);
    }
}

/* The new attachments enter before the old ones leave, so that an address that
 * is in both is never free. */
static void
set_attachments(struct model *model, struct model_vnic *vnic,
                const struct vnic_row *row)
{
    struct model_attachment **old = vnic->vns;
    size_t n_old = vnic->n_vns;

    vnic->n_vns = 0;
    vnic->vns = xcalloc(MAX(row ? row->n_vns : 0, 1), sizeof *vnic->vns);
    for (size_t i = 0; row && i < row->n_vns; i++) {
        vnic->vns[vnic->n_vns++] = attachment_from_row(model, vnic,
                                                       &row->vns[i]);
    }
    for (size_t i = 0; i < n_old; i++) {
        attachment_destroy(model, old[i]);
    }
    free(old);
}

void
vnic_touch_claims(struct model *model, struct model_vnic *vnic)
{
    struct model_claim *claim;

    LIST_FOR_EACH (claim, vnic_node, &vnic->claims) {
        claim_touch(model, claim);
    }
}

/* Frees 'vnic' if nothing needs it.  Changes never refer to VNICs, so this
 * need not wait. */
void
vnic_maybe_free(struct model *model, struct model_vnic *vnic)
{
    if (!vnic->present && ovs_list_is_empty(&vnic->claims)) {
        vnic_free(model, vnic);
    }
}

void
vnic_free(struct model *model, struct model_vnic *vnic)
{
    set_attachments(model, vnic, NULL);
    set_allowed_nves(vnic, NULL);
    ticket_drop(&vnic->verdict);        /* A MAC may have gone to another. */
    hmap_remove(&model->vnics, &vnic->node);
    free(vnic->vns);
    free(vnic->allowed_nves);
    free(vnic->name);
    free(vnic->alias);
    free(vnic->tenant);
    free(vnic);
}

char *
model_vnic_status(const struct model_vnic *vnic)
{
    if (!nvo3_name_is_valid(vnic->name)) {
        return xstrdup("refused: its name must be 1 to 255 bytes of "
                       "printable UTF-8, best a UUID");
    }
    if (!vnic->n_vns) {
        return xstrdup("refused: it is in no VN: add a VNIC_VN to vns");
    }
    return contents_status(vnic);
}

/* Returns "ok", or the first of what is refused of the VNs and MACs of 'vnic':
 * "partly" if something is left. */
static char *
contents_status(const struct model_vnic *vnic)
{
    char *problem = NULL;
    bool usable = false;
    char *status;

    for (size_t i = 0; i < vnic->n_vns; i++) {
        const struct model_attachment *a = vnic->vns[i];
        bool vn_ok = note_problem(&problem, model_attachment_status(a));

        usable |= vn_ok && !a->n_macs;
        for (size_t j = 0; j < a->n_macs; j++) {
            note_problem(&problem, model_mac_status(&a->macs[j]));
            usable |= vn_ok && model_mac_is_held(&a->macs[j]);
        }
    }
    status = (problem ? xasprintf("%s%s", usable ? "partly " : "", problem)
              : xstrdup("ok"));
    free(problem);
    return status;
}

/* Returns true if 'status', of which it takes ownership, is "ok"; if not,
 * keeps it in '*problem' unless there is one. */
static bool
note_problem(char **problem, char *status)
{
    bool ok = !strcmp(status, "ok");

    if (!ok && !*problem) {
        *problem = status;
    } else {
        free(status);
    }
    return ok;
}

/* Attachments. */

/* Returns a new attachment of 'vnic' as in 'row'. */
struct model_attachment *
attachment_from_row(struct model *model, struct model_vnic *vnic,
                    const struct attachment_row *row)
{
    struct model_vn *vn = vn_slot(model, row->vn);
    struct model_attachment *a = attachment_create(vnic, NULL, vn,
                                                   row->n_macs);

    for (size_t i = 0; i < row->n_macs; i++) {
        mac_read(&a->macs[i], &row->macs[i]);
        mac_enter(model, &a->macs[i]);
    }
    for (size_t i = 0; i < vnic->n_vns; i++) {
        if (vnic->vns[i] && vnic->vns[i]->vn == vn) {
            a->refusal = xasprintf("the VNIC is in VN %s twice", vn->name);
        }
    }
    return a;
}

/* Returns a new attachment of the VNIC of 'claim' to 'vn', with the addresses
 * that the claim brings. */
struct model_attachment *
attachment_from_claim(struct model *model, struct model_claim *claim,
                      struct model_vn *vn)
{
    struct model_attachment *a = attachment_create(claim->vnic, claim, vn,
                                                   claim->n_addresses);

    for (size_t i = 0; i < claim->n_addresses; i++) {
        const struct nvo3_address *address = &claim->addresses[i];
        struct model_mac *mac = &a->macs[i];
        struct ds s = DS_EMPTY_INITIALIZER;

        mac->mac = address->mac;
        nvo3_mac_format(mac->mac, &s);
        mac->text = ds_steal_cstr(&s);
        mac->n_ips = address->n_ips;
        mac->ips = xcalloc(MAX(mac->n_ips, 1), sizeof *mac->ips);
        for (size_t j = 0; j < mac->n_ips; j++) {
            struct model_ip *ip = &mac->ips[j];

            nvo3_prefix_format(&address->ips[j], &s);
            ip->text = ds_steal_cstr(&s);
            ip->prefixes = xmemdup(&address->ips[j], sizeof *ip->prefixes);
            ip->uses = xzalloc(sizeof *ip->uses);
            ip->n_prefixes = 1;
        }
        mac_enter(model, mac);
    }
    return a;
}

static struct model_attachment *
attachment_create(struct model_vnic *vnic, struct model_claim *claim,
                  struct model_vn *vn, size_t n_macs)
{
    struct model_attachment *a = xzalloc(sizeof *a);

    a->vnic = vnic;
    a->claim = claim;
    a->vn = vn;
    ovs_list_push_back(&vn->attachments, &a->vn_node);
    a->n_macs = n_macs;
    a->macs = xcalloc(MAX(n_macs, 1), sizeof *a->macs);
    for (size_t i = 0; i < n_macs; i++) {
        a->macs[i].attachment = a;
    }
    return a;
}

/* Takes 'a' (which may be NULL) out of its VN.  Bindings may refer to it until
 * they are decided again, so it is freed only then. */
void
attachment_destroy(struct model *model, struct model_attachment *a)
{
    if (a) {
        for (size_t i = 0; i < a->n_macs; i++) {
            mac_leave(model, &a->macs[i]);
        }
        ovs_list_remove(&a->vn_node);
        ovs_list_push_back(&model->old_attachments, &a->vn_node);
        if (vn_is_unused(a->vn)) {
            vn_touch(model, a->vn);
        }
    }
}

/* Frees the attachments that were destroyed. */
void
attachments_free_old(struct model *model)
{
    struct model_attachment *a;

    LIST_FOR_EACH_POP (a, vn_node, &model->old_attachments) {
        for (size_t i = 0; i < a->n_macs; i++) {
            mac_uninit(&a->macs[i]);
        }
        free(a->macs);
        free(a->refusal);
        free(a);
    }
}

/* Returns true if 'a' says just what 'claim' observed. */
bool
attachment_is_observation(const struct model_attachment *a,
                          const struct model_claim *claim)
{
    if (a->claim != claim || a->n_macs != claim->n_addresses) {
        return false;
    }
    for (size_t i = 0; i < a->n_macs; i++) {
        const struct nvo3_address *address = &claim->addresses[i];
        const struct model_mac *mac = &a->macs[i];

        if (!eth_addr_equals(mac->mac, address->mac)
            || mac->n_ips != address->n_ips) {
            return false;
        }
        for (size_t j = 0; j < mac->n_ips; j++) {
            if (!nvo3_prefix_equals(mac->ips[j].prefixes, &address->ips[j])) {
                return false;
            }
        }
    }
    return true;
}

char *
model_attachment_status(const struct model_attachment *a)
{
    const struct model_vnic *vnic = a->vnic;
    const struct model_vn *vn = a->vn;

    if (a->refusal) {
        return xasprintf("refused: %s", a->refusal);
    }
    if (!vn->present) {
        return xasprintf("refused: there is no VN %s", vn->name);
    }
    if (vn->refusal) {
        return xasprintf("refused: VN %s is refused: %s", vn->name,
                         vn->refusal);
    }
    if (!a->claim && strcmp(vnic->tenant, vn->tenant)) {
        return xasprintf("refused: the VNIC belongs to tenant \"%s\", the VN "
                         "to tenant \"%s\"", vnic->tenant, vn->tenant);
    }
    return xstrdup("ok");
}

/* MACs and IPs. */

static void
mac_read(struct model_mac *mac, const struct mac_row *row)
{
    mac->text = xstrdup(row->mac);
    mac->refusal = nvo3_mac_parse(row->mac, &mac->mac);
    mac->n_ips = row->n_ips;
    mac->ips = xcalloc(MAX(mac->n_ips, 1), sizeof *mac->ips);
    for (size_t i = 0; i < row->n_ips; i++) {
        struct model_ip *ip = &mac->ips[i];

        ip->text = xstrdup(row->ips[i]);
        ip->refusal = nvo3_ip_parse(row->ips[i], &ip->prefixes,
                                    &ip->n_prefixes);
        if (ip->refusal) {
            ip->prefixes = NULL;
            ip->n_prefixes = 0;
        }
        ip->uses = xcalloc(MAX(ip->n_prefixes, 1), sizeof *ip->uses);
    }
}

static void
mac_enter(struct model *model, struct model_mac *mac)
{
    struct address_key key = { .plen = ADDRESS_IS_MAC };

    if (!mac->refusal) {
        memcpy(&key.addr, &mac->mac, sizeof mac->mac);
        address_enter(model, mac->attachment->vn, &key, &mac->use, mac);
    }
}

void
mac_enter_ips(struct model *model, struct model_mac *mac)
{
    for (size_t i = 0; i < mac->n_ips; i++) {
        struct model_ip *ip = &mac->ips[i];

        for (size_t j = 0; j < ip->n_prefixes; j++) {
            const struct address_key key = {
                .addr = ip->prefixes[j].addr,
                .plen = ip->prefixes[j].plen,
            };

            address_enter(model, mac->attachment->vn, &key, &ip->uses[j],
                          mac);
        }
    }
}

static void
mac_leave(struct model *model, struct model_mac *mac)
{
    address_leave(model, mac->attachment->vn, &mac->use);
    mac_leave_ips(model, mac);
}

void
mac_leave_ips(struct model *model, struct model_mac *mac)
{
    for (size_t i = 0; i < mac->n_ips; i++) {
        struct model_ip *ip = &mac->ips[i];

        for (size_t j = 0; j < ip->n_prefixes; j++) {
            address_leave(model, mac->attachment->vn, &ip->uses[j]);
        }
    }
}

static void
mac_uninit(struct model_mac *mac)
{
    for (size_t i = 0; i < mac->n_ips; i++) {
        struct model_ip *ip = &mac->ips[i];

        free(ip->text);
        free(ip->prefixes);
        free(ip->uses);
        free(ip->refusal);
    }
    free(mac->ips);
    free(mac->text);
    free(mac->refusal);
}

bool
model_mac_was_held(const char *status)
{
    return *status && strncmp(status, "refused: MAC ", 13);
}

bool
model_ip_was_held(const char *status, const char *ip)
{
    char *refusal = xasprintf("IP %s belongs to ", ip);
    bool refused = strstr(status, refusal) != NULL;

    free(refusal);
    return model_mac_was_held(status) && !refused;
}

bool
model_mac_is_held(const struct model_mac *mac)
{
    return !mac->refusal && address_is_held(&mac->use);
}

bool
model_ip_is_held(const struct model_ip *ip, size_t i)
{
    return address_is_held(&ip->uses[i]);
}

/* Appends to 's' why 'ip' is not in effect as a whole, if so, but for what is
 * wrong with its MAC.  A MAC that has an IP twice does not stand in its own
 * way. */
static void
ip_problem(const struct model_ip *ip, struct ds *s)
{
    if (ip->refusal) {
        ds_put_format(s, "%s%s", s->length ? "; " : "", ip->refusal);
        return;
    }
    for (size_t i = 0; i < ip->n_prefixes; i++) {
        const struct address_use *use = &ip->uses[i];
        const struct model_mac *holder = (use->slot ? address_holder(use)
                                          : NULL);

        if (holder && holder != use->mac) {
            ds_put_format(s, "%sIP %s belongs to VNIC %s (MAC %s)",
                          s->length ? "; " : "", ip->text,
                          holder->attachment->vnic->name, holder->text);
            return;
        }
    }
}

char *
model_mac_status(const struct model_mac *mac)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    char *status;

    if (mac->refusal) {
        ds_put_cstr(&s, mac->refusal);
    } else if (!model_mac_is_held(mac)) {
        ds_put_format(&s, "MAC %s belongs to VNIC %s in this VN", mac->text,
                      address_holder(&mac->use)->attachment->vnic->name);
    }
    for (size_t i = 0; i < mac->n_ips; i++) {
        ip_problem(&mac->ips[i], &s);
    }
    status = s.length ? xasprintf("refused: %s", ds_cstr(&s)) : xstrdup("ok");
    ds_destroy(&s);
    return status;
}
