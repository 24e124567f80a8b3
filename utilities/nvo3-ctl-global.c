/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nvo3-ctl: commands about the database as a whole. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "nctl-role.h"
#include "nvo3-ctl-wait.h"
#include "nvo3-ctl.h"
#include "ovsdb-idl.h"
#include "util.h"

/* What agents may do when they connect with a certificate. */
static const struct nctl_grant grants[] = {
    { "NVE_Registration", "nve", { "nve" } },
    { "VNIC_Claim", "nve", { "nve" } },
};


/* init. */

static void
pre_init(struct ctl_context *ctx)
{
    nctl_need_global(ctx);
    nctl_need_roles(ctx);
}

static void
cmd_init(struct ctl_context *ctx)
{
    if (!nvo3_nvo3_global_first(ctx->idl)) {
        nvo3_nvo3_global_insert(ctx->txn);
    }
    nctl_set_role(ctx, "hypervisor", grants, ARRAY_SIZE(grants));
}


/* Settings. */

static void
cmd_get_nve_admission(struct ctl_context *ctx)
{
    const struct nvo3_nvo3_global *global = nctl_global(ctx);

    if (global) {
        ds_put_format(&ctx->output, "%s\n",
                      global->nve_admission ? global->nve_admission
                      : "registered");
    }
}

static void
cmd_set_nve_admission(struct ctl_context *ctx)
{
    const struct nvo3_nvo3_global *global = nctl_global(ctx);
    const char *admission = ctx->argv[1];

    if (strcmp(admission, "open") && strcmp(admission, "registered")) {
        ctl_error(ctx, "\"%s\" is no way to admit NVEs; write \"registered\" "
                  "(those that nve-add named) or \"open\" (all that register "
                  "themselves)", admission);
    } else if (global) {
        nvo3_nvo3_global_set_nve_admission(global, admission);
    }
}


/* sync. */

static void
pre_sync(struct ctl_context *ctx)
{
    nctl_need_sync(ctx->idl);
}

static void
cmd_sync(struct ctl_context *ctx)
{
    nctl_expect_sync(ctx);
}

static const struct ctl_command_syntax global_commands[] = {
    {"init", 0, 0, "", pre_init, cmd_init, NULL, "", RW},
    {"get-nve-admission", 0, 0, "", nctl_need_global, cmd_get_nve_admission, NULL,
     "", RO},
    {"set-nve-admission", 1, 1, "ADMISSION", nctl_need_global,
     cmd_set_nve_admission, NULL, "", RW},
    {"sync", 0, 0, "", pre_sync, cmd_sync, NULL, "", RW},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family global_family = {
    global_commands,
"Database:\n\
  init                        initialize the database, if not yet done\n\
  show                        print an overview of the networks\n\
  sync                        wait until all that was asked for is in the\n\
                              datapaths\n\
  get-nve-admission           print which NVEs are admitted\n\
  set-nve-admission registered|open\n\
                              admit the NVEs that were added, or all that\n\
                              register themselves\n"
};
