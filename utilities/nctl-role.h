/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NCTL_ROLE_H
#define NCTL_ROLE_H 1

/* Roles for role-based access control (ovsdb(7)): who may write which rows.
 *
 *     static const struct nctl_grant grants[] = {
 *         { "VNIC_Claim", "nve", { "nve" } },
 *     };
 *
 *     nctl_need_roles(ctx);                            in the prerequisites
 *     nctl_set_role(ctx, "hypervisor", grants, ARRAY_SIZE(grants));
 *
 * No threads. */

#include <stddef.h>

struct ctl_context;

/* The most columns that a grant keeps from its owner. */
#define NCTL_GRANT_FIXED_MAX 3

/* What a role may do in a table: insert, change and delete rows of its own,
 * but never change the columns that say whose and about what they are. */
struct nctl_grant {
    const char *table;
    const char *owner;          /* The column that names the row's owner. */
    const char *fixed[NCTL_GRANT_FIXED_MAX]; /* Columns that no update may
                                              * change. */
};

/* Adds what nctl_set_role() reads to the replica. */
void nctl_need_roles(struct ctl_context *ctx);

/* Makes the role called 'role' with exactly the 'n' 'grants', or makes it
 * right if there is one. */
void nctl_set_role(struct ctl_context *ctx, const char *role,
                   const struct nctl_grant *grants, size_t n);

#endif /* nctl-role.h */
