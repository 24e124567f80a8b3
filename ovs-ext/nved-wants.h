/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_WANTS_H
#define NVED_WANTS_H 1

/* What the requests of end devices name, so that of the NVO3 database only
 * that need be replicated: VNs by name, VNs by VN ID, and VNICs whose VN is
 * to be looked up.  Uses are counted, so that a change costs what it touches.
 * Pure.
 *
 *     nved_wants_add(&wants, "red", NULL);     // for each row
 *     nved_wants_drop(&wants, "red", NULL);    // when it goes
 *     if (wants.changed) {
 *         ... ask for what is in it now ...
 *         wants.changed = false;
 *     }
 *
 * Threads: single-threaded. */

#include <stdbool.h>
#include "openvswitch/shash.h"

struct nved_wants {
    struct shash vns;           /* VN Names. */
    struct shash ids;           /* VN IDs, as decimal numbers. */
    struct shash vnics;         /* VNIC Names. */
    bool changed;               /* Since the owner has cleared it. */
};

/* Makes '*wants' empty. */
void nved_wants_init(struct nved_wants *wants);

/* Frees what 'wants' owns. */
void nved_wants_uninit(struct nved_wants *wants);

/* Counts a row with 'vn', which is a VN Name, "id:" and a VN ID, or empty for
 * the VN that 'vnic' is registered in.  'vnic' is NULL if the row has none. */
void nved_wants_add(struct nved_wants *wants, const char *vn,
                    const char *vnic);

/* Undoes one nved_wants_add() with the same arguments. */
void nved_wants_drop(struct nved_wants *wants, const char *vn,
                     const char *vnic);

#endif /* nved-wants.h */
