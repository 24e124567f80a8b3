/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TNVED_HNVE_H
#define TNVED_HNVE_H 1

/* The external NVE's Hypervisor_NVE database as a hypervisor uses it: our
 * VNIC_Requests, and the NVE's VNIC_Answers to them.  Only rows of our own end
 * device are replicated.  What nved-nvo3.h is to the embedded role.
 *
 *     h = tnved_hnve_create("ssl:10.0.0.1:6640", "hv1");
 *     tnved_hnve_set_port(h, "acc1");
 *     ...
 *     events = tnved_hnve_run(h, &vnics);      // VNICs to look at again
 *     tnved_hnve_write(h, claims, &vnics);
 *     tnved_hnve_wait(h);
 *
 * client_seq of a request rises with each change of it and is never used
 * twice as long as we run, so that no answer to an older request can be taken
 * for the answer to the present one.
 *
 * A request that says "departing" and is no longer wanted is deleted only when
 * the NVE has answered just that: it would not see it otherwise, since who
 * reads a database sees the last of several changes only.
 *
 * Leaving: after tnved_hnve_leave() all our rows are deleted, and kept
 * deleted, until tnved_hnve_rejoin() or tnved_hnve_destroy().
 *
 * Ownership: strings are copied.  Threads: single-threaded. */

#include <stdbool.h>
#include "ovs-ext/nved-db.h"
#include "ovs-ext/nved-report.h"
#include "ovs-ext/tnved-answer.h"

struct nved_claims;
struct sset;
struct tnved_hnve;

/* Returns a new connection to the database at 'remote' for the end device
 * called 'end_device', to be freed with tnved_hnve_destroy(). */
struct tnved_hnve *tnved_hnve_create(const char *remote,
                                     const char *end_device);

/* Frees 'h' and ends its connection.  The rows stay.  NULL is allowed. */
void tnved_hnve_destroy(struct tnved_hnve *h);

/* Sets the NVE's name for the port that leads to us.  The caller must pass
 * all VNICs to tnved_hnve_write() again. */
void tnved_hnve_set_port(struct tnved_hnve *h, const char *access_port);

/* Lets the connection do its work.  Returns what happened and adds to 'vnics'
 * the names of the VNICs of which rows have changed, or may have. */
enum nved_db_event tnved_hnve_run(struct tnved_hnve *h, struct sset *vnics);

/* Arranges for the next poll_block() to wake up for tnved_hnve_run(). */
void tnved_hnve_wait(struct tnved_hnve *h);

/* Writes, for each of 'vnics', the rows of VNIC_Request as 'claims' wants
 * them, in one transaction.  Returns true if 'vnics' has been dealt with and
 * need not be passed again until tnved_hnve_run() says so. */
bool tnved_hnve_write(struct tnved_hnve *h, const struct nved_claims *claims,
                      const struct sset *vnics);

/* Stores in '*answer' what the NVE answered to 'claim', on the port that leads
 * to us, and returns true; or returns false if it did not.  Valid until the
 * next run. */
bool tnved_hnve_get_answer(const struct tnved_hnve *h,
                           const struct nved_claim *claim,
                           struct tnved_answer *answer);

/* Fills in the members of 'facts' other than 'judgement', which the caller
 * has set.  To be ended with tnved_hnve_put_facts(). */
void tnved_hnve_get_facts(const struct tnved_hnve *h,
                          struct nved_facts *facts);

/* Frees what tnved_hnve_get_facts() made. */
void tnved_hnve_put_facts(struct nved_facts *facts);

/* Starts to delete all our rows. */
void tnved_hnve_leave(struct tnved_hnve *h);

/* Undoes tnved_hnve_leave(); the caller must pass all VNICs to
 * tnved_hnve_write() again. */
void tnved_hnve_rejoin(struct tnved_hnve *h);

/* Returns true if, as far as is known, the database has no row of ours. */
bool tnved_hnve_is_gone(const struct tnved_hnve *h);

/* Returns the connection, to look at. */
const struct nved_db *tnved_hnve_db(const struct tnved_hnve *h);

/* Returns what the NVE says of itself, or NULL if it is not known; valid
 * until the next run. */
const char *tnved_hnve_status(const struct tnved_hnve *h);

/* Returns client_seq of the request for ('vnic', 'vn') in the database, or -1
 * if it has none. */
int64_t tnved_hnve_request_seq(const struct tnved_hnve *h, const char *vnic,
                               const char *vn);

#endif /* tnved-hnve.h */
