/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_VNS_H
#define NVED_VNS_H 1

/* The VN IDs of the VNs in which our VNICs are: of all rows of VN in the NVO3
 * database, only those are replicated that a Binding of ours names.  A part
 * of nved-nvo3.h, whose IDL it uses.
 *
 *     nved_vns_init(&vns, idl);                // before the IDL runs
 *     ...
 *     ovsdb_idl_run(idl);
 *     nved_vns_run(&vns, &vnics);
 *     ovsdb_idl_track_clear(idl);
 *     id = nved_vns_find(&vns, binding->vn);
 *
 * Threads: single-threaded. */

#include <stdbool.h>
#include <stdint.h>
#include "sset.h"

struct ovsdb_idl;
struct ovsdb_idl_index;

struct nved_vns {
    struct ovsdb_idl *idl;      /* Borrowed. */
    struct ovsdb_idl_index *index; /* VN by name. */
    struct sset names;          /* Those asked for. */
    unsigned int asked;         /* Condition seqno of the last request. */
    bool complete;              /* Has the last request been answered? */
};

/* Initializes 'vns' to use 'idl', which must not have run yet. */
void nved_vns_init(struct nved_vns *vns, struct ovsdb_idl *idl);

/* Frees what 'vns' owns. */
void nved_vns_uninit(struct nved_vns *vns);

/* Takes in the IDL's tracked changes: asks for the VNs that Bindings name
 * now, and adds to 'vnics' the VNICs whose VN's ID may have become known or
 * another. */
void nved_vns_run(struct nved_vns *vns, struct sset *vnics);

/* Returns the VN ID of the VN called 'name', or 0 if it has none or is not
 * known. */
int64_t nved_vns_find(const struct nved_vns *vns, const char *name);

/* Returns true if the server has answered for all VNs, so that one that is
 * not known now does not exist. */
bool nved_vns_are_complete(const struct nved_vns *vns);

#endif /* nved-vns.h */
