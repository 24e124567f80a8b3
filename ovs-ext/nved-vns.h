/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_VNS_H
#define NVED_VNS_H 1

/* The VNs that concern this NVE: of all rows of VN in the NVO3 database, only
 * those are replicated that a Binding of ours or a request of an end device
 * (nved-wants.h) names, and of VNIC only those whose VN a request wants to be
 * looked up.  While there is one of these, all of VNIC_VN is replicated, since
 * a server cannot be asked for the rows of one VNIC.  A part of nved-nvo3.h,
 * whose IDL it uses.
 *
 *     nved_vns_init(&vns, idl);                // before the IDL runs
 *     ...
 *     ovsdb_idl_run(idl);
 *     nved_vns_run(&vns, reloaded, &vnics);
 *     ovsdb_idl_track_clear(idl);
 *     id = nved_vns_find(&vns, binding->vn);
 *
 * Threads: single-threaded. */

#include <stdbool.h>
#include <stdint.h>
#include "sset.h"

struct nved_wants;
struct ovsdb_idl;
struct ovsdb_idl_index;
struct split;

struct nved_vns {
    struct ovsdb_idl *idl;      /* Borrowed. */
    struct ovsdb_idl_index *index; /* VN by name. */
    struct ovsdb_idl_index *vnics; /* VNIC by name. */
    struct nved_wants *wants;   /* Borrowed; NULL: there are no requests. */
    struct sset names;          /* VNs asked for by name. */
    unsigned int asked;         /* Condition seqno of the last request. */
    bool stale;                 /* Other rows may have to be asked for. */
    bool complete;              /* Has the last request been answered? */

    /* For nved_vns_feed(). */
    struct sset changed;        /* VNs. */
    struct sset fed;            /* VNs that were put. */
    struct sset registered;     /* VNICs that were put. */
    bool lookup;                /* Put VNICs again. */
};

/* Initializes 'vns' to use 'idl', which must not have run yet. */
void nved_vns_init(struct nved_vns *vns, struct ovsdb_idl *idl);

/* Frees what 'vns' owns. */
void nved_vns_uninit(struct nved_vns *vns);

/* Sets what requests name, borrowed until the next call; NULL: nothing.  All
 * is then put again by nved_vns_feed(). */
void nved_vns_set_wants(struct nved_vns *vns, struct nved_wants *wants);

/* Takes in the IDL's tracked changes or, if 'reloaded', all there is: asks
 * for the VNs that are named now, and adds to 'vnics' the VNICs whose VN's ID
 * may have become known or another. */
void nved_vns_run(struct nved_vns *vns, bool reloaded, struct sset *vnics);

/* Puts into 'split' what changed of the VNs and, as soon as all is there, of
 * the VNICs that were wanted.  Returns true if all is there, so that what is
 * not known now does not exist. */
bool nved_vns_feed(struct nved_vns *vns, struct split *split);

/* Returns the VN ID of the VN called 'name', or 0 if it has none or is not
 * known. */
int64_t nved_vns_find(const struct nved_vns *vns, const char *name);

/* Returns true if the server has answered for all VNs, so that one that is
 * not known now does not exist. */
bool nved_vns_are_complete(const struct nved_vns *vns);

#endif /* nved-vns.h */
