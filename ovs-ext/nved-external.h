/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_EXTERNAL_H
#define NVED_EXTERNAL_H 1

/* The external role of an NVE: serves end devices by the Hypervisor_NVE
 * database (nved-hyp.h).  split.h decides; this ties it to the databases.
 *
 *     Hypervisor_NVE                             NVO3 database
 *     VN_Connection, VNIC_Request --> split <--- VN, VNIC (those named)
 *     Tag <-------------------------- split
 *                                     split ---> VNIC_Claim
 *     VN_Connection_Answer,           split <--- Binding
 *     VNIC_Answer <------------------ split
 *
 * Nothing is granted, and no claim with a tag deleted, before the NVO3
 * database is completely known as far as requests name it.  What a new request
 * names is asked for first; meanwhile it is pending.
 *
 * Order of writing, and what it is for.  A request lasts; everything else
 * follows from it.  So whatever is killed between any two of these steps, the
 * next start goes on where it ended:
 *
 *   1. Tag is in the database before a claim or an answer names the tag.
 *      A tag without a row was never used by anybody; one with a row means
 *      the same VN after a restart.
 *   2. The claim is in the NVO3 database, and the nDirector says that its
 *      datapath has committed that claim, before an answer says so.
 *   3. A claim is deleted before its tag means another VN: a tag rests
 *      (tag-book.h), and time stands still for that as long as claims cannot
 *      be written.
 *
 * If the Hypervisor_NVE database is one that was never ours at the start, it is
 * new, or the old one was lost.  Then the tag book is rebuilt from our claims
 * and from the flows of the bridge (nved-flows.h), and for the hold time no
 * claim with a tag is deleted, so that it can be asked for again.  A tag of a
 * VN that is not known is kept from all others like one that rests.
 *
 * While the NVO3 database cannot be reached, or the Hypervisor_NVE database,
 * what was granted goes on, and held VNICs stay held.
 *
 * A VNIC is at one place: if an interface of this host has its name as
 * iface-id, requests for it are refused.
 *
 * Ownership: strings are copied.  Threads: single-threaded. */

#include <stdbool.h>
#include "openvswitch/compiler.h"

struct ds;
struct nved_claim;
struct nved_claim_source;
struct nved_claims;
struct nved_external;
struct nved_local;
struct nved_nvo3;
struct nved_wants;
struct sset;

/* Returns a new instance, to be freed with nved_external_destroy(), for the
 * Hypervisor_NVE database at 'remote'.  The bridge is the one called 'bridge'
 * in 'local', which is borrowed. */
struct nved_external *nved_external_create(const char *remote,
                                           const char *bridge,
                                           const struct nved_local *local);

/* Frees 'e' and ends its connection.  What it wrote stays.  NULL is
 * allowed. */
void nved_external_destroy(struct nved_external *e);

/* Returns the database's name. */
const char *nved_external_remote(const struct nved_external *e);

/* Returns what requests name, for nved_nvo3_set_wants(). */
struct nved_wants *nved_external_wants(struct nved_external *e);

/* Decides on all that changed in either database.  'vnics' are those of which
 * claims, Bindings, or interfaces of this host, which are in 'local', may have
 * changed; adds those whose claims are to be compared.  'source' is that of
 * all claims. */
void nved_external_run(struct nved_external *e, struct nved_nvo3 *nvo3,
                       const struct nved_claims *local,
                       const struct nved_claim_source *source,
                       struct sset *vnics);

/* Writes answers and tags, and NVE_Status as 'nve' and 'status' say. */
void nved_external_write(struct nved_external *e, const char *nve,
                         const char *status);

/* Arranges for the next poll_block() to wake up when there is something to
 * do. */
void nved_external_wait(struct nved_external *e);

/* Starts to delete the answers; 'e' is then of no more use.  Returns true once
 * it may be destroyed: they are gone, or cannot be deleted. */
bool nved_external_leave(struct nved_external *e);

/* Returns true once it is known which claims there should be. */
bool nved_external_is_ready(const struct nved_external *e);

/* Returns the first of the claims that there should be for 'vnic', in order of
 * VN name, or NULL. */
const struct nved_claim *nved_external_first_claim(
    const struct nved_external *e, const char *vnic);

/* Returns true if the claims for 'vnic' may be written: the meaning of their
 * tags is in the Hypervisor_NVE database, and they are not to be kept as they
 * are. */
bool nved_external_may_claim(const struct nved_external *e, const char *vnic);

/* Adds to 'vnics' all that should have claims. */
void nved_external_all_claims(const struct nved_external *e,
                              struct sset *vnics);

/* Returns NULL, or what is wrong with the operator's options; valid until the
 * next run. */
const char *nved_external_problem(const struct nved_external *e);

/* Appends to 's' connection, requests, and tags, for people. */
void nved_external_format(const struct nved_external *e, struct ds *s);

#endif /* nved-external.h */
