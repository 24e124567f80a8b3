/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVO3_CTL_H
#define NVO3_CTL_H 1

/* What the files of nvo3-ctl share.
 *
 * nvo3-ctl is what nctl.h makes of the NVO3 database and the families of
 * commands below.  nvo3-ctl.c has the table of them; nvo3-ctl-wait.h waits for
 * ndirectord.
 *
 * No threads. */

#include <stdbool.h>
#include <stddef.h>

#include "db-ctl-base.h"
#include "lib/nvo3-idl.h"
#include "nctl.h"

extern const struct nctl_family global_family;
extern const struct nctl_family tenant_family;
extern const struct nctl_family vn_family;
extern const struct nctl_family vnic_family;
extern const struct nctl_family nve_family;
extern const struct nctl_family binding_family;
extern const struct nctl_family show_family;

/* Adds the tables that tell about VNs and tenants. */
void nctl_need_vns(struct ctl_context *ctx);

/* Adds the tables that tell about VNICs, and all that nctl_need_vns() adds. */
void nctl_need_vnics(struct ctl_context *ctx);

/* Adds the tables that tell about NVEs. */
void nctl_need_nves(struct ctl_context *ctx);


/* Finding rows.
 *
 * 'id' is the object's name, its alias if no other has the same, or the first
 * 4 or more hexadecimal digits of a name that is a UUID if no other begins
 * so.  An ambiguous 'id' is always an error, an unknown one only if
 * 'must_exist'.  All return NULL on error or if there is no such row. */

/* Returns the tenant that 'id' means. */
const struct nvo3_tenant *nctl_find_tenant(struct ctl_context *ctx,
                                           const char *id, bool must_exist);

/* Returns the VN that 'id' means. */
const struct nvo3_vn *nctl_find_vn(struct ctl_context *ctx, const char *id,
                                   bool must_exist);

/* Returns the VNIC that 'id' means. */
const struct nvo3_vnic *nctl_find_vnic(struct ctl_context *ctx,
                                       const char *id, bool must_exist);

/* Returns the NVE that 'id' means. */
const struct nvo3_nve *nctl_find_nve(struct ctl_context *ctx, const char *id,
                                     bool must_exist);

/* Returns the VN called exactly 'name', or NULL. */
const struct nvo3_vn *nctl_vn_by_name(const struct ovsdb_idl *idl,
                                      const char *name);

/* Returns the row of NVO3_Global, or NULL with an error that says to run
 * "nvo3-ctl init". */
const struct nvo3_nvo3_global *nctl_global(struct ctl_context *ctx);

/* Returns the registration of the NVE called 'nve', or NULL. */
const struct nvo3_nve_registration *nctl_registration(
    const struct ovsdb_idl *idl, const char *nve);

/* Returns the name of the tenant that the option --tenant names, 'fallback'
 * if it was not given, or NULL with an error if there is no such tenant. */
const char *nctl_tenant_option(struct ctl_context *ctx, const char *fallback);


/* Words for people. */

/* Returns the verdict 'status' for a person: in words as well if there is
 * none yet. */
const char *nctl_status(const char *status);

/* Returns the endpoints of 'nve', the preferred one first, with ", " between
 * them, to be freed: those in its row, else those of 'reg'.  Either may be
 * NULL.  If 'max' is not 0, no more than that many. */
char *nctl_endpoints(const struct nvo3_nve *nve,
                     const struct nvo3_nve_registration *reg, size_t max);

#endif /* nvo3-ctl.h */
