/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_CLAIMS_H
#define NVED_CLAIMS_H 1

/* What an NVE should ask of the nDirector: the ports on its bridge, as found
 * in a switch database, judged and turned into the VNIC_Claims that there
 * should be.  Pure: the switch database is above (nved-local.h), the NVO3
 * database beside (nved-nvo3.h).  On a hypervisor whose NVE is external the
 * same become VNIC_Requests (tnved-hnve.h).
 *
 *     struct sset vnics = SSET_INITIALIZER(&vnics);
 *
 *     nved_claims_put(claims, &port, &vnics);
 *     SSET_FOR_EACH (vnic, &vnics) {
 *         for (c = nved_claims_first(claims, vnic); c; c = c->next) {
 *             ... nved_claim_diff(c, what the database has) ...
 *         }
 *     }
 *
 * Rules:
 *
 *   - A port without a VNIC name is not ours; it is judged NVED_IGNORED.
 *   - A bad VNIC name, MAC, IP or VN name, or a refusal from above:
 *     NVED_REFUSED, no claim.
 *   - Nothing is wished for, since the VM is shut down: NVED_PENDING, no
 *     claim.
 *   - No OpenFlow port yet, or Open vSwitch could not open the device:
 *     NVED_PENDING, no claim.
 *   - A port whose VNIC is a trunk (nved-trunk.h) names several VNs, each
 *     with a tag, and has a claim for each.  If it cannot have one of them, it
 *     is refused, and has the others.
 *   - Otherwise one claim for each (VNIC, VN) that the ports name.  Where
 *     several ports name the same, the first in this order has the claim and
 *     the others are refused: those with an OpenFlow port, those active, the
 *     lowest name.  So the outcome does not depend on history, and survives
 *     a restart.
 *
 * The cost of a change is that of the ports of the VNIC concerned.
 *
 * Ownership: the caller's strings are copied; what is returned is valid until
 * the next put or remove.  Threads: single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ovs-ext/tsi.h"

struct nved_claims;
struct sset;

/* No VLAN tag: frames of the VNIC are untagged. */
#define NVED_NO_TAG (-1)

/* A port as the switch database has it, unchecked. */
struct nved_port {
    const char *name;           /* The interface's; the key. */
    const char *vnic;           /* iface-id; NULL if it has none. */
    const char *vn;             /* nvo3-vn; NULL for "as registered". */
    const char *trunk;          /* nvo3-trunk, in the place of 'vn'; or
                                 * NULL. */
    const char *mac;            /* attached-mac; NULL for "as registered". */
    const char *ips;            /* nvo3-ip, apart by spaces or commas. */
    const char *error;          /* Why it has no OpenFlow port, or NULL. */
    const char *refusal;        /* What else is wrong with it, or NULL. */
    int64_t ofport;             /* 0: not yet; negative: failed. */
    int tag;                    /* NVED_NO_TAG or 1...4094. */
    struct tsi_wish wish;       /* What the VM wants; see nved-wish.h. */
};

/* One row of VNIC_Claim, wanted or found.  When found, the strings may be
 * borrowed from the row. */
struct nved_claim {
    struct nved_claim *next;    /* Another claim of the same VNIC. */
    const char *vnic;
    const char *vn;             /* "" for "as registered". */
    const char *port;
    const char *const *addresses; /* Sorted. */
    size_t n_addresses;
    int tag;                    /* NVED_NO_TAG or 1...4094. */
    bool activate;              /* Else only associate. */
    enum tsi_migration migration; /* Not in a VNIC_Claim. */
};

enum nved_verdict {
    NVED_IGNORED,               /* Not ours; no state is reported. */
    NVED_CLAIMED,               /* The port has a claim. */
    NVED_PENDING,               /* It will have, once it has a port number. */
    NVED_REFUSED,               /* The reason says what to change. */
};

struct nved_judgement {
    enum nved_verdict verdict;
    const char *reason;         /* NULL if there is none. */
    const struct nved_claim *claim; /* NVED_CLAIMED only; that of a trunk has
                                 * others after it, see
                                 * nved_claim_next_on_port(). */
};

enum nved_claim_op {
    NVED_CLAIM_KEEP,
    NVED_CLAIM_INSERT,
    NVED_CLAIM_UPDATE,          /* Also increase client_seq. */
    NVED_CLAIM_DELETE,
};

/* Returns a new, empty set of ports, to be freed with
 * nved_claims_destroy(). */
struct nved_claims *nved_claims_create(void);

/* Frees 'claims'.  NULL is allowed. */
void nved_claims_destroy(struct nved_claims *claims);

/* Adds 'port' or, if one with its name is there, replaces it.  Adds to
 * 'vnics' the names of the VNICs of which claims or judgements may now
 * differ; nothing if the port is as it was. */
void nved_claims_put(struct nved_claims *claims, const struct nved_port *port,
                     struct sset *vnics);

/* Removes the port called 'name', if it is there, and adds to 'vnics' as
 * nved_claims_put() does. */
void nved_claims_remove(struct nved_claims *claims, const char *name,
                        struct sset *vnics);

/* Returns true if a port called 'name' is there. */
bool nved_claims_contain(const struct nved_claims *claims, const char *name);

/* Returns the judgement on the port called 'name'; NVED_IGNORED if it is not
 * there. */
struct nved_judgement nved_claims_judge(const struct nved_claims *claims,
                                        const char *name);

/* Returns the first of the claims that there should be for 'vnic', in order
 * of VN name, or NULL if there should be none. */
const struct nved_claim *nved_claims_first(const struct nved_claims *claims,
                                           const char *vnic);

/* Returns the claim that there should be for ('vnic', 'vn'), or NULL. */
const struct nved_claim *nved_claims_find(const struct nved_claims *claims,
                                          const char *vnic, const char *vn);

/* Returns the claim after 'claim' that is for the same VNIC and port, or NULL
 * if there is none, or 'claim' is NULL. */
const struct nved_claim *nved_claim_next_on_port(
    const struct nved_claim *claim);

/* Returns the first of the claims of the port called 'name', whatever the
 * judgement on it, or NULL. */
const struct nved_claim *nved_claims_first_on_port(
    const struct nved_claims *claims, const char *name);

/* Adds to 'names' those of the ports, if any, that name 'vnic'. */
void nved_claims_vnic_ports(const struct nved_claims *claims,
                            const char *vnic, struct sset *names);

/* Adds all ports' names to 'ports' and all VNICs' to 'vnics'.  Either may be
 * NULL. */
void nved_claims_all(const struct nved_claims *claims, struct sset *ports,
                     struct sset *vnics);

/* Returns true if a verdict on the VNIC of 'claim' in the VN called 'vn'
 * answers 'claim', one of the claims of its VNIC that begin with 'first'.
 * The nDirector may know better than we in which VN a VNIC is: so a verdict
 * on a VN that no claim names answers the claim that names none, or else the
 * only one. */
bool nved_claim_is_answered(const struct nved_claim *claim,
                            const struct nved_claim *first, const char *vn);

/* Returns what must be done with the row 'found' (NULL: there is none) so
 * that it becomes 'wanted' (NULL: there should be none). */
enum nved_claim_op nved_claim_diff(const struct nved_claim *wanted,
                                   const struct nved_claim *found);

#endif /* nved-claims.h */
