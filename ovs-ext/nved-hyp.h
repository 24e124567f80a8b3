/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_HYP_H
#define NVED_HYP_H 1

/* The Hypervisor_NVE database as the external NVE uses it: requests go into
 * the core of split.h, what it answers and its tags are written back.  See
 * hypervisor-nve(5).
 *
 *     hyp = nved_hyp_create("unix:/run/openvswitch/hypervisor_nve.sock");
 *     ...
 *     events = nved_hyp_run(hyp, split);
 *     ... learn what nved_hyp_wants() names ...
 *     nved_hyp_resolve(hyp, split, waits);
 *     split_run(split, now, &output);
 *     nved_hyp_write(hyp, split, &output, &status);
 *     nved_hyp_wait(hyp);
 *
 * A row goes into the core as soon as it is read; as long as it is not known
 * whether what it names exists, it waits there.
 *
 * The first contents restore what was answered before, and the tag book.
 * After a lost connection the contents are compared with what is known, and
 * only differences take effect, in both directions.  A database that comes
 * back without our NVE_Status was lost: rows that are not in it stay in
 * effect for the hold time, so that their writers can write them again.
 *
 * Order: the tag that an answer shows is in Tag in the same transaction or an
 * earlier one.  A claim with a tag may be written when nved_hyp_has_tag()
 * says that the server has that row.  So a crash between any two steps leaves
 * no tag in use of which the next start does not know what it means.
 *
 * Ownership: strings are copied.  Threads: single-threaded. */

#include <stdbool.h>
#include "ovs-ext/nved-db.h"

struct nved_hyp;
struct nved_wants;
struct split;
struct split_output;

/* What NVE_Status says. */
struct nved_hyp_status {
    const char *nve;
    const char *status;
};

/* Returns a new connection to the database at 'remote', to be freed with
 * nved_hyp_destroy(). */
struct nved_hyp *nved_hyp_create(const char *remote);

/* Frees 'hyp' and ends its connection.  The rows stay.  NULL is allowed. */
void nved_hyp_destroy(struct nved_hyp *hyp);

/* Lets the connection do its work and puts what changed into 'split'.
 * Returns what happened. */
enum nved_db_event nved_hyp_run(struct nved_hyp *hyp, struct split *split);

/* Arranges for the next poll_block() to wake up for nved_hyp_run(). */
void nved_hyp_wait(struct nved_hyp *hyp);

/* Puts the requests that wait into 'split': with 'waits', the reason why they
 * have to; or, if that is NULL, because what they name is known as far as it
 * exists. */
void nved_hyp_resolve(struct nved_hyp *hyp, struct split *split,
                      const char *waits);

/* Returns what requests name. */
struct nved_wants *nved_hyp_wants(struct nved_hyp *hyp);

/* Writes what 'output' says is new, and 'status', which may be NULL if it
 * shall stay; all that there is, if that may be necessary.  What it has dealt
 * with it takes out of 'output'. */
void nved_hyp_write(struct nved_hyp *hyp, const struct split *split,
                    struct split_output *output,
                    const struct nved_hyp_status *status);

/* Starts to delete all answers and to say in NVE_Status that the database is
 * no longer served; nothing else is written after this.  Tags stay.  Returns
 * true once that is done, or cannot be. */
bool nved_hyp_leave(struct nved_hyp *hyp);

/* Has everything compared at the next nved_hyp_write(). */
void nved_hyp_write_all(struct nved_hyp *hyp);

/* Returns true once the contents are or were there. */
bool nved_hyp_is_known(const struct nved_hyp *hyp);

/* Returns true if the database was never ours, for all it says, when it was
 * read for the first time: then its tag book says nothing. */
bool nved_hyp_was_new(const struct nved_hyp *hyp);

/* Returns the hold time in ms. */
long long int nved_hyp_hold_ms(const struct nved_hyp *hyp);

/* Notes that 'tag' means 'vn' on the segment of the access port 'port', as
 * somebody else says, before the core is ready. */
void nved_hyp_restore_tag(const struct nved_hyp *hyp, struct split *split,
                          const char *port, const char *vn, int tag);

/* Returns true if the database says that 'tag' means 'vn' on the segment of
 * the access port 'port'. */
bool nved_hyp_has_tag(const struct nved_hyp *hyp, const char *port,
                      const char *vn, int tag);

/* Returns NULL, or what is wrong with NVE_Global.options; valid until the
 * next run. */
const char *nved_hyp_problem(const struct nved_hyp *hyp);

/* Returns the connection, to look at. */
const struct nved_db *nved_hyp_db(const struct nved_hyp *hyp);

#endif /* nved-hyp.h */
