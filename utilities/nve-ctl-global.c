/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nve-ctl: commands about the database as a whole. */

#include <config.h>

#include "nctl-role.h"
#include "nve-ctl.h"
#include "util.h"

/* What end devices may do when they connect with a certificate. */
static const struct nctl_grant grants[] = {
    { "VNIC_Request", "end_device", { "end_device", "vnic", "vn" } },
    { "VN_Connection", "end_device", { "end_device", "port", "vn" } },
};

static void
pre_init(struct ctl_context *ctx)
{
    nctl_need_global(ctx);
    nctl_need_roles(ctx);
}

/* NVE_Status is ovs-nved's. */
static void
cmd_init(struct ctl_context *ctx)
{
    if (!hnve_nve_global_first(ctx->idl)) {
        hnve_nve_global_insert(ctx->txn);
    }
    nctl_set_role(ctx, "end-device", grants, ARRAY_SIZE(grants));
}

static const struct ctl_command_syntax global_commands[] = {
    {"init", 0, 0, "", pre_init, cmd_init, NULL, "", RW},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family hctl_global_family = {
    global_commands,
"Database:\n\
  init                        initialize the database, if not yet done\n\
  show                        print an overview of the NVE and its end devices\n"
};
