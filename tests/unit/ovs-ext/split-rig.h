/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef SPLIT_RIG_H
#define SPLIT_RIG_H 1

/* A split.h core with a pretended NVO3 database and nDirector around it, in
 * virtual time, for tests.
 *
 * rig_run() lets the core decide, writes the claims that it wants to the
 * pretended table, counts the operations, and, if 'grant' is set, puts the
 * verdict that they ask for and runs again.  rig_claims() and rig_answer()
 * show the outcome as text. */

#include "openvswitch/shash.h"
#include "ovs-ext/split.h"

struct rig {
    struct split *split;
    struct split_config config;
    long long int now;
    bool grant;                 /* Does the nDirector grant all? */
    struct shash claims;        /* "VNIC/VN" -> text; the table. */
    size_t n_inserts, n_updates, n_deletes; /* Since rig_reset(). */
    struct shash answers;       /* The tables of answers: key -> text. */
    size_t n_answers;           /* Rows written, since rig_reset(). */
};

/* End devices hv1 to hv3, ports p1 to p3, VNs red (7), blue (8), each port
 * with tags 100-109, and p4 and p5 on segment "blade" with tags 200-201 and
 * 299 on request. */
void rig_init(struct rig *rig);
void rig_uninit(struct rig *rig);
void rig_run(struct rig *rig);
void rig_reset(struct rig *rig);

/* Lets 'ms' pass and runs. */
void rig_sleep(struct rig *rig, long long int ms);

/* Restores the answers that were written, in 'rig->split', which is new. */
void rig_restore(struct rig *rig);

/* Puts a request of 'device' for 'vnic' on 'port': 'state' is "assoc" or
 * "act", with "<" for arriving, ">" for departing, "-" for no migration after
 * it. */
void rig_ask(struct rig *rig, const char *device, const char *vnic,
               const char *vn, const char *port, const char *state);
void rig_end(struct rig *rig, const char *device, const char *vnic,
               const char *vn);
void rig_connect(struct rig *rig, const char *device, const char *port,
                   const char *vn, int64_t tag);
void rig_disconnect(struct rig *rig, const char *device,
                      const char *port, const char *vn);

/* What there is, compared with 'expected' by an assertion. */
void rig_check_claim(struct rig *rig, const char *vnic,
                       const char *expected);
void rig_check_answer(struct rig *rig, const char *key,
                        const char *expected);
/* Returns the answer to 'device' on 'vnic' in VN red, or NULL. */
const char *rig_answer(const struct rig *rig, const char *device,
                         const char *vnic);
void rig_check_ops(struct rig *rig, size_t n_inserts, size_t n_updates,
                     size_t n_deletes);
void rig_check_tags(struct rig *rig, const char *segment,
                      const char *expected);

/* Puts the configured rows into 'rig->split'. */
void rig_configure(struct rig *rig);

#endif /* split-rig.h */
