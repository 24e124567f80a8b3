/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_NVO3_H
#define NVED_NVO3_H 1

/* The NVO3 database as an agent uses it: our NVE_Registration, our
 * VNIC_Claims, the nDirector's Bindings for them, and the VNs concerned.  Only
 * rows of our own NVE are replicated, and what they and end devices name.
 *
 *     n = nved_nvo3_create("tcp:10.0.0.1:6641", "hv1");
 *     ...
 *     events = nved_nvo3_run(n, &vnics);       // VNICs to look at again
 *     nved_nvo3_write(n, &registration, &source, &vnics);
 *     nved_nvo3_wait(n);
 *
 * client_seq of a claim rises with each change of it and is never used twice
 * for this NVE as long as the agent runs: a Binding that answers an older
 * claim can then not be taken for the answer to the present one, even if the
 * claim was deleted in between.
 *
 * Leaving: after nved_nvo3_leave() all our rows are deleted, and kept deleted,
 * until nved_nvo3_rejoin() or nved_nvo3_destroy().
 *
 * Ownership: strings are copied.  Threads: single-threaded. */

#include <stdbool.h>
#include "ovs-ext/nved-db.h"
#include "ovs-ext/nved-report.h"

struct nved_nvo3;
struct nved_wants;
struct split;
struct sset;

/* Where the claims come from that there should be: the interfaces of this
 * host, the requests of end devices, or both. */
struct nved_claim_source {
    /* Returns the first of the claims for 'vnic', in order of VN name, or
     * NULL. */
    const struct nved_claim *(*first)(const void *aux, const char *vnic);
    const void *aux;
    bool knows_tagged;          /* False: it does not know yet which claims
                                 * with a tag there should be; then none with
                                 * a tag is deleted. */
};

/* What NVE_Registration says. */
struct nved_registration {
    const char *datapath_id;    /* 16 hexadecimal digits; NULL: not known. */
    const char *encap_ip;
    const char *bridge;
    const char *tunnel_port;
};

/* Returns a new connection to the database at 'remote' for the NVE called
 * 'nve', to be freed with nved_nvo3_destroy(). */
struct nved_nvo3 *nved_nvo3_create(const char *remote, const char *nve);

/* Frees 'n' and ends its connection.  The rows stay.  NULL is allowed. */
void nved_nvo3_destroy(struct nved_nvo3 *n);

/* Lets the connection do its work.  Returns what happened and adds to 'vnics'
 * the names of the VNICs of which rows have changed, or may have. */
enum nved_db_event nved_nvo3_run(struct nved_nvo3 *n, struct sset *vnics);

/* Arranges for the next poll_block() to wake up for nved_nvo3_run(). */
void nved_nvo3_wait(struct nved_nvo3 *n);

/* Writes the registration as 'reg' says and, for each of 'vnics', the rows of
 * VNIC_Claim as 'source' wants them, in one transaction.  Returns true if
 * 'vnics' has been dealt with and need not be passed again until
 * nved_nvo3_run() says so; false if no transaction could be sent now, or the
 * rows may be another agent's: one that has come later, or, as long as we have
 * no datapath id, one with another endpoint. */
bool nved_nvo3_write(struct nved_nvo3 *n, const struct nved_registration *reg,
                     const struct nved_claim_source *source,
                     const struct sset *vnics);

/* Fills in the members of 'facts' other than 'judgement', which the caller
 * has set, for the claim in it.  Returns the array of Bindings that 'facts'
 * points to, to be freed with free() after use, or NULL. */
struct nved_binding *nved_nvo3_get_facts(const struct nved_nvo3 *n,
                                         const struct nved_claim_source *,
                                         struct nved_facts *facts);

/* Sets what end devices name, borrowed until the next call; NULL: nothing. */
void nved_nvo3_set_wants(struct nved_nvo3 *n, struct nved_wants *wants);

/* Puts into 'split' what changed of the VNs and VNICs that are wanted.
 * Returns true if the database is completely known as far as that goes; what
 * is known stays so if the connection is lost. */
bool nved_nvo3_feed(struct nved_nvo3 *n, struct split *split);

/* Adds to 'vnics' all that have claims of ours in the database. */
void nved_nvo3_all_claims(const struct nved_nvo3 *n, struct sset *vnics);

/* Calls 'note' with each claim of ours in the database. */
void nved_nvo3_list_claims(const struct nved_nvo3 *n,
                           void (*note)(void *aux, const struct nved_claim *),
                           void *aux);

/* Returns the name of the VN with VN ID 'vn_id', valid until the next run, or
 * NULL if it is not known. */
const char *nved_nvo3_vn_name(const struct nved_nvo3 *n, uint32_t vn_id);

/* Returns why no claim can be sent now, or NULL; valid until the next
 * run. */
const char *nved_nvo3_obstacle(const struct nved_nvo3 *n);

/* Starts to delete all our rows. */
void nved_nvo3_leave(struct nved_nvo3 *n);

/* Undoes nved_nvo3_leave(); the caller must pass all VNICs to
 * nved_nvo3_write() again. */
void nved_nvo3_rejoin(struct nved_nvo3 *n);

/* Returns true between nved_nvo3_leave() and nved_nvo3_rejoin(). */
bool nved_nvo3_is_leaving(const struct nved_nvo3 *n);

/* Returns true if, as far as is known, the database has no row of ours. */
bool nved_nvo3_is_gone(const struct nved_nvo3 *n);

/* Returns true if nved_nvo3_leave() will not get rid of the rows, for all we
 * know: another agent has them, or the server refuses what we write. */
bool nved_nvo3_cannot_leave(const struct nved_nvo3 *n);

/* Returns true if the database has our registration. */
bool nved_nvo3_is_registered(const struct nved_nvo3 *n);

/* Returns NULL, or a new message, to be freed with free(), that says why the
 * database or the nDirector does not accept this NVE. */
char *nved_nvo3_problem(const struct nved_nvo3 *n);

/* Returns the connection, to look at. */
const struct nved_db *nved_nvo3_db(const struct nved_nvo3 *n);

/* Returns client_seq of the claim for ('vnic', 'vn') in the database, or -1
 * if it has none. */
int64_t nved_nvo3_claim_seq(const struct nved_nvo3 *n, const char *vnic,
                            const char *vn);

#endif /* nved-nvo3.h */
