/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TNVED_VLAN_H
#define TNVED_VLAN_H 1

/* How the Ports of a hypervisor's bridge must handle VLANs, so that Open
 * vSwitch's own switching (NORMAL) keeps VNs apart and lets nothing pass that
 * the external NVE has not granted.  Pure.
 *
 *     tag = tnved_vlan_decide(&facts);
 *     vlan = tag ? tnved_vlan_access(tag) : tnved_vlan_blocked();
 *     if (!tnved_vlan_equals(&vlan, &what the Port says)) {
 *         ... write it ...
 *     }
 *
 * A VNIC that is activated is an access port with the tag that the NVE gave:
 * VNICs of one VN reach each other here and, by the uplink, the NVE.  Tagged
 * frames from the guest are dropped; or, if the tenant has tags of its own,
 * travel under the VN's tag, which Open vSwitch calls a dot1q-tunnel.
 *
 * Blocked means: a trunk that carries VLAN 4095 only, which IEEE 802.1Q
 * reserves and no VN can have, and protected, so that two blocked ports do not
 * carry even that to each other.  An empty "trunks" would mean all VLANs.
 *
 * The uplink is a trunk of the tags in use.  When none is, it is blocked too;
 * being protected it does not carry VLAN 4095 of other blocked ports.
 *
 * Threads: any; there is no state. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tnved_answer;

/* No VN can have this VLAN. */
#define TNVED_VLAN_DEAD 4095

/* The columns of a Port that say what it does with VLANs. */
struct tnved_vlan {
    const char *mode;           /* vlan_mode; NULL if unset. */
    int64_t tag;                /* -1 if unset. */
    const int64_t *trunks;      /* Sorted; borrowed. */
    size_t n_trunks;
    bool protected;
    bool tenant_tags;           /* other_config:qinq-ethtype=802.1q. */
};

/* All that a Port's tag depends on. */
struct tnved_vlan_facts {
    bool wanted;                /* Does the VM want to be activated? */
    bool known;                 /* Is what the NVE says known? */
    const struct tnved_answer *answer; /* NULL: there is none. */
    int64_t now;                /* The tag that the Port has from us, or 0. */
};

/* Returns the tag that a VNIC's Port should have, or 0 if it should be
 * blocked.
 *
 * A tag comes with an answer on what is wanted now, and stays while an update
 * of the request waits for its answer, as long as the former answer still
 * holds.  While nothing is known of the NVE, for we were restarted and it
 * cannot be reached, all stays as it is. */
int64_t tnved_vlan_decide(const struct tnved_vlan_facts *facts);

/* Returns what blocks a port. */
struct tnved_vlan tnved_vlan_blocked(void);

/* Returns an access port of 'tag'. */
struct tnved_vlan tnved_vlan_access(int64_t tag);

/* Returns a port that puts 'tag' before the tenant's own tags. */
struct tnved_vlan tnved_vlan_tunnel(int64_t tag);

/* Returns a trunk of the 'n' tags in 'tags', which it sorts, dropping
 * duplicates, and borrows; blocked if 'n' is 0. */
struct tnved_vlan tnved_vlan_trunk(int64_t *tags, size_t n);

/* Returns true if 'a' and 'b' say the same. */
bool tnved_vlan_equals(const struct tnved_vlan *a, const struct tnved_vlan *b);

#endif /* tnved-vlan.h */
