/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TNVED_ANSWER_H
#define TNVED_ANSWER_H 1

/* What an external NVE answered to a VNIC_Request, and what a hypervisor is
 * told of it.  Pure; tnved-hnve.h reads the rows, tnved-vlan.h and
 * nved-report.h say what follows.
 *
 *     struct nved_binding b = tnved_answer_to_binding(&answer);
 *     ...
 *     free(CONST_CAST(char *, b.reason));
 *
 * Threads: any; there is no state. */

#include <stdbool.h>
#include <stdint.h>
#include "ovs-ext/nved-report.h"
#include "ovs-ext/tsi.h"

struct smap;

/* One row of VNIC_Answer; borrowed. */
struct tnved_answer {
    const char *vn;             /* VN Name, or what was asked for. */
    enum tsi_state state;
    bool pending;               /* The outcome is pending. */
    bool refused;               /* The outcome is refused or withdrawn. */
    const char *reason;         /* "" if there is none. */
    const struct smap *bad_addresses; /* Each with its reason. */
    int64_t tag;                /* -1 if none. */
    int64_t vn_id;              /* 0 if it is not known. */
    int64_t claim_seq;
    bool current;               /* Is it on what we want now? */
};

/* Returns 'answer' as nved-report.h takes it, with a new 'reason', to be
 * freed with free(): the answer's own and that of each address that has no
 * effect.
 *
 * As long as the outcome is pending, so is the state, though frames may pass:
 * what was asked for is not there yet.  Otherwise it is that of the state
 * machine on the NVE: associated or activated even if the outcome is that an
 * update was refused.  In Init it is refused if the outcome is, or is
 * withdrawn.  What is activated without a tag is not there yet. */
struct nved_binding tnved_answer_to_binding(const struct tnved_answer *answer);

/* Returns true if frames of the VNIC may pass: it is activated, with a tag
 * that a VN can have, from 1 to 4094. */
bool tnved_answer_is_open(const struct tnved_answer *answer);

#endif /* tnved-answer.h */
