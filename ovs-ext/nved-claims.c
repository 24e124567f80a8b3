/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-claims.h"

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "ovs-ext/nved-trunk.h"
#include "sset.h"
#include "util.h"

/* A copy of what was put, and the judgement on it. */
struct port {
    char *name;
    char *vnic;                 /* May be NULL. */
    char *vn;                   /* May be NULL. */
    char *trunk;                /* May be NULL. */
    char *mac;                  /* May be NULL. */
    char *ips;                  /* May be NULL. */
    char *error;                /* May be NULL. */
    char *refusal;              /* May be NULL. */
    int64_t ofport;
    int tag;
    struct tsi_wish wish;

    struct vnic *owner;         /* NULL if 'vnic' is not a valid name. */
    struct port *next;          /* Next of the same 'owner', by name. */
    struct nved_trunk vns;      /* Those it names; one if it is no trunk. */
    char *address;              /* MAC and IPs; NULL if none or bad. */

    enum nved_verdict verdict;
    char *reason;               /* NULL if there is none. */
};

/* The ports that name one VNIC, and the claims that follow. */
struct vnic {
    char *name;
    struct port *ports;         /* Sorted by name. */
    struct nved_claim *claims;  /* Sorted by VN name. */
};

struct nved_claims {
    struct shash ports;         /* Name -> struct port. */
    struct shash vnics;         /* Name -> struct vnic. */
};

static const struct nved_claim *find_vn(const struct nved_claim *,
                                        const char *vn);
static const struct nved_claim *find_port(const struct nved_claim *,
                                          const char *port);
static bool addresses_equal(const struct nved_claim *,
                            const struct nved_claim *);
static bool port_equals(const struct port *, const struct nved_port *);
static struct port *port_create(const struct nved_port *);
static void port_destroy(struct port *);
static void port_check(struct port *);
static void port_attach(struct nved_claims *, struct port *);
static void port_detach(struct nved_claims *, struct port *);
static void vnic_decide(struct vnic *);
static void vnic_clear_claims(struct vnic *);

struct nved_claims *
nved_claims_create(void)
{
    struct nved_claims *claims = xmalloc(sizeof *claims);

    shash_init(&claims->ports);
    shash_init(&claims->vnics);
    return claims;
}

void
nved_claims_destroy(struct nved_claims *claims)
{
    struct shash_node *node;

    if (!claims) {
        return;
    }
    SHASH_FOR_EACH_SAFE (node, &claims->ports) {
        port_detach(claims, node->data);
        port_destroy(node->data);
    }
    shash_destroy(&claims->ports);
    shash_destroy(&claims->vnics);
    free(claims);
}

void
nved_claims_put(struct nved_claims *claims, const struct nved_port *new_port,
                struct sset *vnics)
{
    struct port *port = shash_find_data(&claims->ports, new_port->name);

    if (port && port_equals(port, new_port)) {
        return;
    }
    nved_claims_remove(claims, new_port->name, vnics);

    port = port_create(new_port);
    port_check(port);
    shash_add(&claims->ports, port->name, port);
    port_attach(claims, port);
    if (port->vnic) {
        sset_add(vnics, port->vnic);
    }
}

void
nved_claims_remove(struct nved_claims *claims, const char *name,
                   struct sset *vnics)
{
    struct port *port = shash_find_and_delete(&claims->ports, name);

    if (port) {
        if (port->vnic) {
            sset_add(vnics, port->vnic);
        }
        port_detach(claims, port);
        port_destroy(port);
    }
}

bool
nved_claims_contain(const struct nved_claims *claims, const char *name)
{
    return shash_find(&claims->ports, name) != NULL;
}

struct nved_judgement
nved_claims_judge(const struct nved_claims *claims, const char *name)
{
    const struct port *port = shash_find_data(&claims->ports, name);

    if (!port) {
        return (struct nved_judgement) { .verdict = NVED_IGNORED };
    }
    return (struct nved_judgement) {
        .verdict = port->verdict,
        .reason = port->reason,
        .claim = (port->verdict == NVED_CLAIMED
                  ? find_port(port->owner->claims, name) : NULL),
    };
}

const struct nved_claim *
nved_claims_first(const struct nved_claims *claims, const char *name)
{
    const struct vnic *vnic = shash_find_data(&claims->vnics, name);

    return vnic ? vnic->claims : NULL;
}

const struct nved_claim *
nved_claims_find(const struct nved_claims *claims, const char *vnic,
                 const char *vn)
{
    return find_vn(nved_claims_first(claims, vnic), vn);
}

const struct nved_claim *
nved_claim_next_on_port(const struct nved_claim *claim)
{
    return claim ? find_port(claim->next, claim->port) : NULL;
}

const struct nved_claim *
nved_claims_first_on_port(const struct nved_claims *claims, const char *name)
{
    const struct port *port = shash_find_data(&claims->ports, name);

    return port && port->owner ? find_port(port->owner->claims, name) : NULL;
}

void
nved_claims_vnic_ports(const struct nved_claims *claims, const char *name,
                       struct sset *names)
{
    const struct vnic *vnic = shash_find_data(&claims->vnics, name);

    for (const struct port *port = vnic ? vnic->ports : NULL; port;
         port = port->next) {
        sset_add(names, port->name);
    }
}

void
nved_claims_all(const struct nved_claims *claims, struct sset *ports,
                struct sset *vnics)
{
    const struct shash_node *node;

    if (ports) {
        SHASH_FOR_EACH (node, &claims->ports) {
            sset_add(ports, node->name);
        }
    }
    if (vnics) {
        SHASH_FOR_EACH (node, &claims->vnics) {
            sset_add(vnics, node->name);
        }
    }
}

bool
nved_claim_is_answered(const struct nved_claim *claim,
                       const struct nved_claim *first, const char *vn)
{
    const struct nved_claim *answered = find_vn(first, vn);

    if (!answered) {
        answered = find_vn(first, "");
    }
    if (!answered && !first->next) {
        answered = first;
    }
    return answered == claim;
}

enum nved_claim_op
nved_claim_diff(const struct nved_claim *wanted,
                const struct nved_claim *found)
{
    if (!wanted) {
        return found ? NVED_CLAIM_DELETE : NVED_CLAIM_KEEP;
    }
    if (!found) {
        return NVED_CLAIM_INSERT;
    }
    ovs_assert(!strcmp(wanted->vnic, found->vnic)
               && !strcmp(wanted->vn, found->vn));
    return (!strcmp(wanted->port, found->port)
            && wanted->tag == found->tag
            && wanted->activate == found->activate
            && wanted->migration == found->migration
            && addresses_equal(wanted, found)
            ? NVED_CLAIM_KEEP : NVED_CLAIM_UPDATE);
}

/* Returns the claim for 'vn' among 'claim' and those after it, or NULL. */
static const struct nved_claim *
find_vn(const struct nved_claim *claim, const char *vn)
{
    while (claim && strcmp(claim->vn, vn)) {
        claim = claim->next;
    }
    return claim;
}

/* Returns the first claim for the port called 'port' among 'claim' and those
 * after it, or NULL. */
static const struct nved_claim *
find_port(const struct nved_claim *claim, const char *port)
{
    while (claim && strcmp(claim->port, port)) {
        claim = claim->next;
    }
    return claim;
}

static bool
addresses_equal(const struct nved_claim *a, const struct nved_claim *b)
{
    if (a->n_addresses != b->n_addresses) {
        return false;
    }
    for (size_t i = 0; i < a->n_addresses; i++) {
        if (strcmp(a->addresses[i], b->addresses[i])) {
            return false;
        }
    }
    return true;
}

/* Ports. */

static bool
port_equals(const struct port *a, const struct nved_port *b)
{
    return (nullable_string_is_equal(a->vnic, b->vnic)
            && nullable_string_is_equal(a->vn, b->vn)
            && nullable_string_is_equal(a->trunk, b->trunk)
            && nullable_string_is_equal(a->mac, b->mac)
            && nullable_string_is_equal(a->ips, b->ips)
            && nullable_string_is_equal(a->error, b->error)
            && nullable_string_is_equal(a->refusal, b->refusal)
            && a->ofport == b->ofport
            && a->tag == b->tag
            && a->wish.state == b->wish.state
            && a->wish.migration == b->wish.migration);
}

static struct port *
port_create(const struct nved_port *p)
{
    struct port *port = xmalloc(sizeof *port);

    *port = (struct port) {
        .name = xstrdup(p->name),
        .vnic = nullable_xstrdup(p->vnic),
        .vn = nullable_xstrdup(p->vn),
        .trunk = nullable_xstrdup(p->trunk),
        .mac = nullable_xstrdup(p->mac),
        .ips = nullable_xstrdup(p->ips),
        .error = nullable_xstrdup(p->error),
        .refusal = nullable_xstrdup(p->refusal),
        .ofport = p->ofport,
        .tag = p->tag,
        .wish = p->wish,
        .verdict = NVED_IGNORED,
    };
    return port;
}

static void
port_destroy(struct port *port)
{
    free(port->name);
    free(port->vnic);
    free(port->vn);
    free(port->trunk);
    nved_trunk_uninit(&port->vns);
    free(port->mac);
    free(port->ips);
    free(port->error);
    free(port->refusal);
    free(port->address);
    free(port->reason);
    free(port);
}

/* Sets the judgement on 'port'.  Takes ownership of 'reason'. */
static void
port_judge(struct port *port, enum nved_verdict verdict, char *reason)
{
    free(port->reason);
    port->verdict = verdict;
    port->reason = reason;
}

static void
port_refuse_name(struct port *port, const char *key, const char *value)
{
    char *quoted = nvo3_quote(value);

    port_judge(port, NVED_REFUSED,
               xasprintf("%s is %s: it must be 1 to %d printable characters",
                         key, quoted, NVO3_NAME_MAX));
    free(quoted);
}

/* Formats the MAC and IPs that 'port' names the way VNIC_Claim.addresses
 * has them. */
static void
port_check_addresses(struct port *port)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct nvo3_address addr;
    char *error;

    if (!port->mac) {
        if (port->ips) {
            port_judge(port, NVED_REFUSED,
                       xstrdup("nvo3-ip needs attached-mac beside it"));
        }
        return;
    }

    error = nvo3_mac_parse(port->mac, &addr.mac);
    if (error) {
        port_judge(port, NVED_REFUSED,
                   xasprintf("attached-mac: %s", error));
        free(error);
        return;
    }
    nvo3_mac_format(addr.mac, &s);
    if (port->ips) {
        ds_put_format(&s, " %s", port->ips);
    }
    error = nvo3_address_parse(ds_cstr(&s), &addr);
    if (error) {
        port_judge(port, NVED_REFUSED, xasprintf("nvo3-ip: %s", error));
        free(error);
        ds_destroy(&s);
    } else {
        nvo3_address_uninit(&addr);
        port->address = ds_steal_cstr(&s);
    }
}

/* Finds out which VNs 'port' names. */
static void
port_check_vns(struct port *port)
{
    char *error;

    if (!port->trunk) {
        nved_trunk_add(&port->vns, port->tag, port->vn ? port->vn : "");
    } else if (port->vn) {
        port_judge(port, NVED_REFUSED,
                   xstrdup("nvo3-vn means nothing beside nvo3-trunk: name "
                           "the VN of untagged frames there, as 0=VN"));
    } else {
        error = nved_trunk_parse(port->trunk, &port->vns);
        if (error) {
            port_judge(port, NVED_REFUSED,
                       xasprintf("nvo3-trunk: %s", error));
            free(error);
        }
        for (size_t i = 0; i < port->vns.n; i++) {
            if (!port->vns.vns[i].tag) {
                port->vns.vns[i].tag = NVED_NO_TAG;
            }
        }
    }
}

/* Judges what 'port' says by itself: NVED_IGNORED, NVED_REFUSED, or else
 * NVED_PENDING until its VNIC decides. */
static void
port_check(struct port *port)
{
    if (!port->vnic) {
        return;
    }
    if (!nvo3_name_is_valid(port->vnic)) {
        port_refuse_name(port, "iface-id", port->vnic);
        return;
    }
    if (port->vn && !nvo3_name_is_valid(port->vn)) {
        port_refuse_name(port, "nvo3-vn", port->vn);
        return;
    }
    if (port->refusal) {
        port_judge(port, NVED_REFUSED, xstrdup(port->refusal));
        return;
    }
    port->verdict = NVED_PENDING;
    port_check_addresses(port);
    if (port->verdict == NVED_PENDING) {
        port_check_vns(port);
    }
}

/* Enters 'port' under its VNIC, if it may have a claim, and decides anew for
 * that VNIC. */
static void
port_attach(struct nved_claims *claims, struct port *port)
{
    struct port **link;
    struct vnic *vnic;

    if (port->verdict != NVED_PENDING) {
        return;
    }
    vnic = shash_find_data(&claims->vnics, port->vnic);
    if (!vnic) {
        vnic = xzalloc(sizeof *vnic);
        vnic->name = xstrdup(port->vnic);
        shash_add(&claims->vnics, vnic->name, vnic);
    }

    link = &vnic->ports;
    while (*link && strcmp((*link)->name, port->name) < 0) {
        link = &(*link)->next;
    }
    port->next = *link;
    *link = port;
    port->owner = vnic;
    vnic_decide(vnic);
}

/* Undoes port_attach(). */
static void
port_detach(struct nved_claims *claims, struct port *port)
{
    struct vnic *vnic = port->owner;
    struct port **link;

    if (!vnic) {
        return;
    }
    for (link = &vnic->ports; *link != port; link = &(*link)->next) {
        continue;
    }
    *link = port->next;
    port->owner = NULL;

    vnic_decide(vnic);
    if (!vnic->ports) {
        shash_find_and_delete(&claims->vnics, vnic->name);
        free(vnic->name);
        free(vnic);
    }
}

/* VNICs. */

static bool
port_names_vn(const struct port *port, const char *vn)
{
    for (size_t i = 0; i < port->vns.n; i++) {
        if (!strcmp(port->vns.vns[i].vn, vn)) {
            return true;
        }
    }
    return false;
}

/* Returns true if 'a' comes before 'b', of a lower or equal name, for the
 * one claim that both ask for. */
static bool
port_precedes(const struct port *a, const struct port *b)
{
    if ((a->ofport > 0) != (b->ofport > 0)) {
        return a->ofport > 0;
    }
    return a->wish.state >= b->wish.state;
}

/* Returns the port that is to have the claim for 'vn' of 'vnic', or NULL if
 * none wants it. */
static struct port *
vnic_elect(const struct vnic *vnic, const char *vn)
{
    struct port *best = NULL;

    for (struct port *port = vnic->ports; port; port = port->next) {
        if (port->wish.state != TSI_INIT && port_names_vn(port, vn)
            && (!best || !port_precedes(best, port))) {
            best = port;
        }
    }
    return best;
}

/* Gives 'port' the claim for 'vn'. */
static void
vnic_add_claim(struct vnic *vnic, struct port *port,
               const struct nved_trunk_vn *vn)
{
    struct nved_claim **link = &vnic->claims;
    struct nved_claim *claim = xmalloc(sizeof *claim);

    while (*link && strcmp((*link)->vn, vn->vn) < 0) {
        link = &(*link)->next;
    }
    *claim = (struct nved_claim) {
        .next = *link,
        .vnic = vnic->name,
        .vn = vn->vn,
        .port = port->name,
        .addresses = (const char *const *) &port->address,
        .n_addresses = port->address ? 1 : 0,
        .tag = vn->tag,
        .activate = port->wish.state == TSI_ACTIVATED,
        .migration = port->wish.migration,
    };
    *link = claim;
}

/* Judges 'port', which has, as far as others are concerned, all claims that
 * it asks for. */
static void
port_judge_device(struct port *port)
{
    if (port->ofport > 0) {
        port_judge(port, NVED_CLAIMED, NULL);
    } else if (port->error) {
        port_judge(port, NVED_PENDING, xstrdup(port->error));
    } else {
        port_judge(port, NVED_PENDING,
                   xstrdup(port->ofport < 0
                           ? "ovs-vswitchd could not open the interface"
                           : "ovs-vswitchd has not opened the interface"));
    }
}

/* Gives 'port' those claims that it can have.  Returns another port that has
 * one of those that it asks for, or NULL. */
static const struct port *
vnic_claim(struct vnic *vnic, struct port *port)
{
    const struct port *other = NULL;

    for (size_t i = 0; i < port->vns.n; i++) {
        const struct nved_trunk_vn *vn = &port->vns.vns[i];
        const struct port *winner = vnic_elect(vnic, vn->vn);

        if (winner != port) {
            other = winner;
        } else if (port->ofport > 0) {
            vnic_add_claim(vnic, port, vn);
        }
    }
    return other;
}

static void
vnic_judge(struct vnic *vnic, struct port *port)
{
    const struct port *other;

    if (port->wish.state == TSI_INIT) {
        port_judge(port, NVED_PENDING,
                   xstrdup("the virtual machine is shut down"));
        return;
    }
    other = vnic_claim(vnic, port);
    if (other) {
        port_judge(port, NVED_REFUSED,
                   xasprintf("interface \"%s\" has the same iface-id and "
                             "comes first", other->name));
    } else {
        port_judge_device(port);
    }
}

/* Computes the claims of 'vnic' and the judgements on its ports anew. */
static void
vnic_decide(struct vnic *vnic)
{
    vnic_clear_claims(vnic);
    for (struct port *port = vnic->ports; port; port = port->next) {
        vnic_judge(vnic, port);
    }
}

static void
vnic_clear_claims(struct vnic *vnic)
{
    while (vnic->claims) {
        struct nved_claim *claim = vnic->claims;

        vnic->claims = claim->next;
        free(claim);
    }
}
