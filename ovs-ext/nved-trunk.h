/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_TRUNK_H
#define NVED_TRUNK_H 1

/* The VNs of a VNIC that is itself an 802.1Q trunk, as its interface has them
 * in external_ids:nvo3-trunk: "10=VN1,20=VN2", the guest's tag and the VN of
 * each.  Tag 0 stands for untagged frames.  Pure.
 *
 *     struct nved_trunk trunk;
 *     char *error = nved_trunk_parse("10=blue, 20=red", &trunk);
 *     ...
 *     nved_trunk_uninit(&trunk);
 *
 * Threads: any; there is no state. */

#include <stddef.h>
#include "openvswitch/compiler.h"

struct nved_trunk_vn {
    int tag;                    /* 0: untagged; else 1...4094. */
    char *vn;                   /* A name, or "id:" and a VN ID. */
};

struct nved_trunk {
    struct nved_trunk_vn *vns;  /* No tag and no VN is there twice. */
    size_t n;
};

/* Reads 's' into '*trunk', which the caller must end with
 * nved_trunk_uninit().  Returns NULL, or a new message, to be freed with
 * free(), that says what is wrong; then '*trunk' is empty. */
char *nved_trunk_parse(const char *s, struct nved_trunk *trunk)
    OVS_WARN_UNUSED_RESULT;

/* Adds 'vn' with 'tag' to 'trunk', unchecked. */
void nved_trunk_add(struct nved_trunk *trunk, int tag, const char *vn);

/* Frees what 'trunk' owns. */
void nved_trunk_uninit(struct nved_trunk *trunk);

#endif /* nved-trunk.h */
