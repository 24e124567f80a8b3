/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Addresses of a VN: who holds a MAC or a prefix, and who waits for it. */

#include <config.h>
#include "controller/model-private.h"

#include "hash.h"
#include "packets.h"
#include "util.h"

struct address_slot {
    struct hmap_node node;      /* In the VN's 'addresses'. */
    struct address_key key;
    struct ovs_list uses;       /* struct address_use's; the first holds. */
};

static uint32_t
key_hash(const struct address_key *key)
{
    return hash_bytes(&key->addr, sizeof key->addr, key->plen);
}

static struct address_slot *
slot_find(const struct model_vn *vn, const struct address_key *key)
{
    struct address_slot *slot;

    HMAP_FOR_EACH_WITH_HASH (slot, node, key_hash(key), &vn->addresses) {
        if (slot->key.plen == key->plen
            && !memcmp(&slot->key.addr, &key->addr, sizeof key->addr)) {
            return slot;
        }
    }
    return NULL;
}

static struct address_slot *
slot_get(struct model_vn *vn, const struct address_key *key)
{
    struct address_slot *slot = slot_find(vn, key);

    if (!slot) {
        slot = xmalloc(sizeof *slot);
        slot->key = *key;
        ovs_list_init(&slot->uses);
        hmap_insert(&vn->addresses, &slot->node, key_hash(key));
    }
    return slot;
}

/* Returns the place in 'slot' for a use of 'mac': behind all who already want
 * the address, but right behind those of the same VNIC, in the inventory those
 * of the same MAC, so that a row that is read again keeps what its earlier
 * reading held.
 * Whoever came first, within a row the order is that of the row, and what the
 * inventory says goes before all that hypervisors observed. */
static struct ovs_list *
find_place(struct address_slot *slot, const struct model_mac *mac)
{
    const struct model_attachment *a = mac->attachment;
    struct ovs_list *end = &slot->uses;
    struct ovs_list *behind_vnic = NULL;
    struct ovs_list *behind_mac = NULL;
    struct address_use *other;

    LIST_FOR_EACH (other, node, &slot->uses) {
        const struct model_attachment *b = other->mac->attachment;

        if (!a->claim && b->claim) {
            end = &other->node;
            break;
        }
        if (a == b && mac < other->mac) {
            return &other->node;
        }
        if (b->vnic == a->vnic && !a->claim == !b->claim) {
            behind_vnic = other->node.next;
            if (!a->claim && eth_addr_equals(other->mac->mac, mac->mac)) {
                behind_mac = other->node.next;
            }
        }
    }
    return behind_mac ? behind_mac : behind_vnic ? behind_vnic : end;
}

/* Another holds the address of 'slot' now: tells all who want it. */
static void
tell(struct model *model, const struct address_slot *slot)
{
    struct address_use *use;

    LIST_FOR_EACH (use, node, &slot->uses) {
        struct model_attachment *a = use->mac->attachment;

        vnic_touch_claims(model, a->vnic);
        if (!a->claim) {
            vnic_verdict(model, a->vnic);
        }
    }
}

/* Enters 'use', of 'mac', in 'vn'. */
void
address_enter(struct model *model, struct model_vn *vn,
              const struct address_key *key, struct address_use *use,
              struct model_mac *mac)
{
    struct address_slot *slot;
    struct ovs_list *next;

    if (!mac->gleaned) {
        gleaned_yield(model, vn, key);
    }
    slot = slot_get(vn, key);
    next = find_place(slot, mac);
    use->slot = slot;
    use->mac = mac;
    ovs_list_insert(next, &use->node);
    if (address_is_held(use) && next != &slot->uses) {
        struct address_use *loser = CONTAINER_OF(next, struct address_use,
                                                 node);

        if (use == &mac->use) {
            mac_leave_ips(model, loser->mac);
        }
        tell(model, slot);
    }
    if (use == &mac->use && address_is_held(use)) {
        mac_enter_ips(model, mac);
    }
}

/* Takes 'use' out of 'vn'. */
void
address_leave(struct model *model, struct model_vn *vn,
              struct address_use *use)
{
    struct address_slot *slot = use->slot;
    bool held = address_is_held(use);

    if (!slot) {
        return;
    }
    ovs_list_remove(&use->node);
    use->slot = NULL;
    if (ovs_list_is_empty(&slot->uses)) {
        hmap_remove(&vn->addresses, &slot->node);
        free(slot);
    } else if (held) {
        struct address_use *heir = CONTAINER_OF(
            ovs_list_front(&slot->uses), struct address_use, node);

        if (heir == &heir->mac->use) {
            mac_enter_ips(model, heir->mac);
        }
        tell(model, slot);
    }
}

/* Returns true if 'use' is entered and the first of those who want it. */
bool
address_is_held(const struct address_use *use)
{
    return use->slot && ovs_list_front(&use->slot->uses) == &use->node;
}

/* Returns the MAC that holds what 'use', which must be entered, wants. */
const struct model_mac *
address_holder(const struct address_use *use)
{
    return CONTAINER_OF(ovs_list_front(&use->slot->uses), struct address_use,
                        node)->mac;
}

/* Returns the MAC that holds 'key' in 'vn', NULL if nobody wants it. */
const struct model_mac *
address_taker(const struct model_vn *vn, const struct address_key *key)
{
    const struct address_slot *slot = slot_find(vn, key);

    return (slot ? CONTAINER_OF(ovs_list_front(&slot->uses),
                                struct address_use, node)->mac : NULL);
}

/* Frees the VN's table, in which nothing may be entered any more. */
void
addresses_destroy(struct model_vn *vn)
{
    ovs_assert(hmap_is_empty(&vn->addresses));
    hmap_destroy(&vn->addresses);
}
