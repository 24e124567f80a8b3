/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Gleaned addresses: what a VNIC was seen to send as
 * (draft-kreeger-nvo3-hypervisor-nve-cp-01, section 4.2, the first way).
 *
 * A gleaned address is either in effect or gone, it never waits.  It enters
 * the VN's addresses only where nobody wants them, so it is alone in its slot,
 * and it goes as soon as somebody signals the same one, or a prefix around it.
 * It lives as long as the port of its binding: what takes that out takes it
 * along.  It hangs in one of three lists:
 *
 *   binding's 'gleaned'     in effect, in the order in which it was learned
 *   binding's 'ungleaned'   gone, but its mapping is still to be taken out
 *   model's 'old_gleaned'   until the end of the run: changes may name it */

#include <config.h>
#include "controller/model.h"

#include "controller/model-private.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

static struct model_gleaned *gleaned_create(struct model_binding *,
                                            struct eth_addr,
                                            const struct in6_addr *ip);
static void gleaned_end(struct model *, struct model_gleaned *);
static void yield(struct model *, struct model_gleaned *);
static void adopt(struct model *, struct model_binding *);
static void check_all(struct model *, struct model_binding *);
static void say_ended(struct model *, struct model_binding *);
static void say_one(struct model *, struct model_gleaned *);

/* Returns what 'ip', or if that is NULL 'mac', is in a VN's table. */
static struct address_key
make_key(struct eth_addr mac, const struct in6_addr *ip)
{
    struct address_key key = { .plen = ADDRESS_IS_MAC };

    if (ip) {
        key.addr = *ip;
        key.plen = 128;
    } else {
        memcpy(&key.addr, &mac, sizeof mac);
    }
    return key;
}

/* Returns the entry of 'b' for 'mac' and 'ip' (NULL: the MAC alone), or
 * NULL. */
static struct model_gleaned *
gleaned_find(const struct model_binding *b, struct eth_addr mac,
             const struct in6_addr *ip)
{
    struct model_gleaned *g;

    LIST_FOR_EACH (g, node, &b->gleaned) {
        if (eth_addr_equals(g->mac.mac, mac)
            && (ip ? g->mac.n_ips && ipv6_addr_equals(&g->prefix.addr, ip)
                : !g->mac.n_ips)) {
            return g;
        }
    }
    return NULL;
}

/* Returns true if 'b' has 'mac' by what was signalled. */
static bool
has_signalled(const struct model_binding *b, struct eth_addr mac)
{
    for (size_t i = 0; i < b->attachment->n_macs; i++) {
        const struct model_mac *other = &b->attachment->macs[i];

        if (model_mac_is_held(other) && eth_addr_equals(other->mac, mac)) {
            return true;
        }
    }
    return false;
}

static bool
has_mac(const struct model_binding *b, struct eth_addr mac)
{
    return has_signalled(b, mac) || gleaned_find(b, mac, NULL);
}

bool
model_binding_gleans(const struct model_binding *b)
{
    return (b->local_owner
            && ovs_list_size(&b->gleaned) < b->attachment->vn->gleaning);
}

/* Returns the MAC whose owner wants 'key', or for an IP a prefix around it, in
 * 'vn'; NULL if nobody does. */
static const struct model_mac *
find_taker(const struct model_vn *vn, const struct address_key *key)
{
    const struct nvo3_prefix host = { key->addr, key->plen };
    int shortest = (key->plen == ADDRESS_IS_MAC ? key->plen
                    : nvo3_prefix_is_v4(&host) ? 96 : 0);

    for (int plen = key->plen; plen >= shortest; plen--) {
        struct address_key outer = { .addr = key->addr, .plen = plen };
        const struct model_mac *mac;

        if (plen != ADDRESS_IS_MAC) {
            struct in6_addr mask = ipv6_create_mask(plen);

            outer.addr = ipv6_addr_bitand(&key->addr, &mask);
        }
        mac = address_taker(vn, &outer);
        if (mac) {
            return mac;
        }
    }
    return NULL;
}

/* Returns GLEAN_LEARNED if 'b' may have 'key', which is 'mac' or an IP with it,
 * otherwise why not; for '*rival' see model_glean(). */
static enum glean_result
check_key(const struct model_binding *b, struct eth_addr mac,
          const struct address_key *key, uint64_t *rival)
{
    const struct model_mac *taker = find_taker(b->attachment->vn, key);

    if (!taker) {
        return model_binding_gleans(b) ? GLEAN_LEARNED : GLEAN_FULL;
    }
    *rival = taker->gleaned ? taker->gleaned->owner : 0;
    return (taker->attachment->vnic == b->claim->vnic
            && eth_addr_equals(taker->mac, mac) ? GLEAN_KNOWN : GLEAN_TAKEN);
}

enum glean_result
model_glean(struct model *model, struct model_binding *b,
            struct eth_addr mac, const struct in6_addr *ip, uint64_t *rival)
{
    struct address_key key = make_key(mac, ip);
    enum glean_result result;

    *rival = 0;
    if (ip && !has_mac(b, mac)) {
        return GLEAN_REFUSED;
    }
    if (ip ? gleaned_find(b, mac, ip) != NULL : has_mac(b, mac)) {
        return GLEAN_KNOWN;
    }
    result = check_key(b, mac, &key, rival);
    if (result == GLEAN_LEARNED) {
        struct model_gleaned *g = gleaned_create(b, mac, ip);

        g->owner = model_new_owner(model);
        ovs_list_push_back(&b->gleaned, &g->node);
        ovs_list_push_back(&g->attachment.vn->gleaned, &g->vn_node);
        address_enter(model, g->attachment.vn, &key, g->use, &g->mac);
        binding_verdict(model, b);
        ticket_put(&b->gleaning, &model->glean_queue);
    }
    return result;
}

bool
model_unglean(struct model *model, struct model_binding *b, uint64_t owner)
{
    struct model_gleaned *g;

    LIST_FOR_EACH (g, node, &b->gleaned) {
        if (g->owner == owner) {
            yield(model, g);
            return true;
        }
    }
    return false;
}

char *
model_gleaned_to_string(const struct model_gleaned *g)
{
    return (g->mac.n_ips ? xasprintf("%s %s", g->mac.text, g->ip.text)
            : xstrdup(g->mac.text));
}

bool
model_gleaned_probe(const struct model_gleaned *g, struct in6_addr *ip)
{
    const struct model_gleaned *other;

    if (g->mac.n_ips) {
        *ip = g->prefix.addr;
        return true;
    }
    LIST_FOR_EACH (other, node, &g->binding->gleaned) {
        if (other->mac.n_ips && eth_addr_equals(other->mac.mac, g->mac.mac)) {
            *ip = other->prefix.addr;
            return true;
        }
    }
    return false;
}

struct model_gleaned *
model_gleaned_find(const struct model_binding *b, uint64_t owner)
{
    struct model_gleaned *g;

    LIST_FOR_EACH (g, node, &b->gleaned) {
        if (g->owner == owner) {
            return g;
        }
    }
    return NULL;
}

/* Makes 'g' one of an IP. */
static void
set_ip(struct model_gleaned *g, const struct in6_addr *ip)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    g->prefix.addr = *ip;
    g->prefix.plen = 128;
    nvo3_prefix_format(&g->prefix, &s);
    g->ip.text = ds_steal_cstr(&s);
    g->ip.prefixes = &g->prefix;
    g->ip.uses = &g->ip_use;
    g->ip.n_prefixes = 1;
    g->mac.ips = &g->ip;
    g->mac.n_ips = 1;
    g->use = &g->ip_use;
}

/* Returns a new entry of 'b', entered nowhere. */
static struct model_gleaned *
gleaned_create(struct model_binding *b, struct eth_addr mac,
               const struct in6_addr *ip)
{
    struct model_gleaned *g = xzalloc(sizeof *g);
    struct ds s = DS_EMPTY_INITIALIZER;

    g->binding = b;
    g->vn_id = b->vn_id;
    g->attachment.vnic = b->claim->vnic;
    g->attachment.vn = b->attachment->vn;
    g->attachment.macs = &g->mac;
    g->attachment.n_macs = 1;
    g->mac.attachment = &g->attachment;
    g->mac.gleaned = g;
    g->mac.mac = mac;
    g->mac.use.mac = &g->mac;
    nvo3_mac_format(mac, &s);
    g->mac.text = ds_steal_cstr(&s);
    g->use = &g->mac.use;
    if (ip) {
        set_ip(g, ip);
    }
    return g;
}

void
gleaned_free_old(struct model *model)
{
    struct model_gleaned *g;

    LIST_FOR_EACH_POP (g, node, &model->old_gleaned) {
        free(g->ip.text);
        free(g->mac.text);
        free(g);
    }
}

/* 'g', which was in effect, is so no more. */
static void
gleaned_end(struct model *model, struct model_gleaned *g)
{
    struct model_binding *b = g->binding;

    g->ended = true;
    address_leave(model, g->attachment.vn, g->use);
    ovs_list_remove(&g->vn_node);
    ovs_list_remove(&g->node);
    ovs_list_push_back(&b->ungleaned, &g->node);
    binding_verdict(model, b);
    ticket_put(&b->gleaning, &model->glean_queue);
}

/* Ends 'g', and what is left hanging by that. */
static void
yield(struct model *model, struct model_gleaned *g)
{
    struct model_binding *b = g->binding;

    gleaned_end(model, g);
    if (!g->mac.n_ips) {
        struct model_gleaned *other;

        LIST_FOR_EACH_SAFE (other, node, &b->gleaned) {
            if (eth_addr_equals(other->mac.mac, g->mac.mac)) {
                gleaned_end(model, other);
            }
        }
    }
}

void
gleaned_yield(struct model *model, struct model_vn *vn,
              const struct address_key *key)
{
    const struct nvo3_prefix prefix = { key->addr, key->plen };
    const struct model_mac *taker = address_taker(vn, key);
    struct model_gleaned *g;

    if (taker && taker->gleaned) {
        yield(model, taker->gleaned);
    }
    if (key->plen >= 128) {
        return;
    }
    LIST_FOR_EACH_SAFE (g, vn_node, &vn->gleaned) {
        if (g->mac.n_ips && nvo3_prefix_contains(&prefix, &g->prefix)) {
            gleaned_end(model, g);
        }
    }
}

/* Saying. */

void
binding_say_gleaned(struct model *model, struct model_binding *b)
{
    struct model_gleaned *g;

    adopt(model, b);
    check_all(model, b);
    say_ended(model, b);
    LIST_FOR_EACH (g, node, &b->gleaned) {
        say_one(model, g);
    }
    ticket_drop(&b->gleaning);
}

void
binding_unsay_gleaned(struct model *model, struct model_binding *b)
{
    struct model_gleaned *g;

    LIST_FOR_EACH_SAFE (g, node, &b->gleaned) {
        gleaned_end(model, g);
    }
    say_ended(model, b);
    ticket_drop(&b->gleaning);
}

void
binding_run_gleaned(struct model *model, struct model_binding *b)
{
    struct model_gleaned *g;

    say_ended(model, b);
    LIST_FOR_EACH (g, node, &b->gleaned) {
        if (!g->said) {
            say_one(model, g);
        }
    }
    model_say(model, &(struct model_change) {
                  .type = CHANGE_LOCAL, .vn_id = b->vn_id,
                  .nve = b->member->nve, .owner = b->local_owner,
                  .binding = b });
}

void
binding_adopt_gleaned(struct model_binding *b, char **gleaned, size_t n)
{
    sset_clear(&b->adopted);
    for (size_t i = 0; i < n; i++) {
        sset_add(&b->adopted, gleaned[i]);
    }
}

void
binding_forget_adopted(struct model *model, struct model_binding *b)
{
    if (!sset_is_empty(&b->adopted)) {
        sset_clear(&b->adopted);
        binding_verdict(model, b);
    }
}

static void
say_one(struct model *model, struct model_gleaned *g)
{
    struct model_binding *b = g->binding;

    g->said = true;
    model_say(model, &(struct model_change) {
                  .type = CHANGE_MAPPING, .vn_id = b->vn_id,
                  .nve = b->member->nve, .owner = g->owner, .binding = b,
                  .mac = &g->mac });
}

/* Says of all that ended that its mapping is to be taken out. */
static void
say_ended(struct model *model, struct model_binding *b)
{
    struct model_gleaned *g;

    LIST_FOR_EACH_POP (g, node, &b->ungleaned) {
        if (g->said) {
            model_say(model, &(struct model_change) {
                          .type = CHANGE_MAPPING, .vn_id = g->vn_id,
                          .nve = b->member->nve, .owner = g->owner });
        }
        ovs_list_push_back(&model->old_gleaned, &g->node);
    }
}

/* Ends what the VN does not allow any more, and IPs whose MAC is another's or
 * nobody's now. */
static void
check_all(struct model *model, struct model_binding *b)
{
    struct model_gleaned *g;
    size_t n = 0;

    LIST_FOR_EACH_SAFE (g, node, &b->gleaned) {
        if (n >= b->attachment->vn->gleaning
            || (g->mac.n_ips && !has_mac(b, g->mac.mac))) {
            gleaned_end(model, g);
        } else {
            n++;
        }
    }
}

/* Learns again what the row of 'b' had before a restart: MACs first. */
static void
adopt(struct model *model, struct model_binding *b)
{
    if (sset_is_empty(&b->adopted)) {
        return;
    }
    for (size_t pass = 0; pass < 2; pass++) {
        const char *text;

        SSET_FOR_EACH (text, &b->adopted) {
            struct nvo3_address address;
            char *error = nvo3_address_parse(text, &address);
            uint64_t rival;

            if (!error && address.n_ips == pass
                && (!pass || nvo3_prefix_is_host(address.ips))) {
                model_glean(model, b, address.mac,
                            pass ? &address.ips->addr : NULL, &rival);
            }
            if (!error) {
                nvo3_address_uninit(&address);
            }
            free(error);
        }
    }
    if (sset_count(&b->adopted) != ovs_list_size(&b->gleaned)) {
        binding_verdict(model, b);
    }
    sset_clear(&b->adopted);
}
