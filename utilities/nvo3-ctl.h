/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVO3_CTL_H
#define NVO3_CTL_H 1

/* What the files of nvo3-ctl share.
 *
 * nvo3-ctl runs all the commands of its command line in one transaction on
 * the NVO3 database, by way of libopenvswitch's db-ctl-base.  A family of
 * commands (all about VNs, say) is one file, nvo3-ctl-FAMILY.c, that defines
 * a struct nctl_family; nvo3-ctl.c has the table of all families.
 *
 * Beside this header: nvo3-ctl-args.h reads arguments, nvo3-ctl-output.h makes
 * tables, nvo3-ctl-wait.h waits for ndirectord, nvo3-ctl-options.h is the
 * command line.
 *
 * A command reports a user's mistake with ctl_error() and returns; nothing of
 * the transaction then takes place.  Within one transaction commands see what
 * earlier ones did.  A command may run again if the database changed
 * meanwhile.
 *
 * No threads. */

#include <stdbool.h>
#include <stddef.h>

#include "db-ctl-base.h"
#include "lib/nvo3-idl.h"
#include "openvswitch/compiler.h"

/* A family of commands. */
struct nctl_family {
    const struct ctl_command_syntax *commands; /* Ends with a null name. */
    const char *help;           /* A heading and a line for each command. */
};

extern const struct nctl_family global_family;
extern const struct nctl_family tenant_family;
extern const struct nctl_family vn_family;
extern const struct nctl_family vnic_family;
extern const struct nctl_family nve_family;
extern const struct nctl_family binding_family;
extern const struct nctl_family connection_family;
extern const struct nctl_family show_family;

/* Adds all the columns of 'table' to the replica that 'ctx' works on: for
 * the "prerequisites" function of a command. */
void nctl_need_table(struct ctl_context *ctx,
                     const struct ovsdb_idl_table_class *table);

/* Adds the tables that tell about VNs and tenants. */
void nctl_need_vns(struct ctl_context *ctx);

/* Adds the tables that tell about VNICs, and all that nctl_need_vns() adds. */
void nctl_need_vnics(struct ctl_context *ctx);

/* Adds the tables that tell about NVEs. */
void nctl_need_nves(struct ctl_context *ctx);


/* Returns the text in the string column 'column' of 'row', valid until the
 * row changes. */
const char *nctl_row_text(const struct ovsdb_idl_row *row,
                          const struct ovsdb_idl_column *column);


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

#endif /* nvo3-ctl.h */
