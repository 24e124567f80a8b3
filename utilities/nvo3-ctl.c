/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nvo3-ctl: reads and changes the NVO3 database. */

#include <config.h>

#include "nvo3-ctl.h"

#include <getopt.h>
#include <stdlib.h>

#include "nvo3-ctl-wait.h"
#include "util.h"

/* How rows are named on the command line besides by UUID. */
static const struct ctl_table_class row_ids[NVO3_N_TABLES] = {
    [NVO3_TABLE_TENANT].row_ids = {{&nvo3_tenant_col_name, NULL, NULL},
                                   {&nvo3_tenant_col_alias, NULL, NULL}},
    [NVO3_TABLE_VN].row_ids = {{&nvo3_vn_col_name, NULL, NULL},
                               {&nvo3_vn_col_alias, NULL, NULL}},
    [NVO3_TABLE_VNIC].row_ids = {{&nvo3_vnic_col_name, NULL, NULL},
                                 {&nvo3_vnic_col_alias, NULL, NULL}},
    [NVO3_TABLE_NVE].row_ids[0] = {&nvo3_nve_col_name, NULL, NULL},
    [NVO3_TABLE_NVE_REGISTRATION].row_ids[0]
    = {&nvo3_nve_registration_col_nve, NULL, NULL},
    [NVO3_TABLE_VNIC_CLAIM].row_ids[0]
    = {&nvo3_vnic_claim_col_vnic, NULL, NULL},
    [NVO3_TABLE_BINDING].row_ids[0] = {&nvo3_binding_col_vnic, NULL, NULL},
    [NVO3_TABLE_CONNECTION].row_ids[0]
    = {&nvo3_connection_col_target, NULL, NULL},
    [NVO3_TABLE_RBAC_ROLE].row_ids[0]
    = {&nvo3_rbac_role_col_name, NULL, NULL},
    [NVO3_TABLE_RBAC_PERMISSION].row_ids[0]
    = {&nvo3_rbac_permission_col_table, NULL, NULL},
};

static const struct nctl_family *const families[] = {
    &global_family,
    &tenant_family,
    &vn_family,
    &vnic_family,
    &nve_family,
    &binding_family,
    &nctl_connection_family,
    &show_family,
    NULL,
};

enum {
    OPT_WAIT = NCTL_OPT_OWN,
};

static const struct option options[] = {
    {"wait", required_argument, NULL, OPT_WAIT},
    {NULL, 0, NULL, 0},
};

static void
handle_option(int c)
{
    ovs_assert(c == OPT_WAIT);
    if (!nctl_wait_set(optarg)) {
        ctl_fatal("--wait=%s: write none, status or sync", optarg);
    }
}

static const struct nctl_program program = {
    .title = "NVO3 database management utility",
    .database = "nvo3",
    .global_table = "NVO3_Global",
    .db_variable = "NVO3_DB",
    .socket = "nvo3.sock",
    .roles = "agents' is \"hypervisor\"",
    .idl_class = &nvo3_idl_class,
    .row_ids = row_ids,
    .schema_version = nvo3_get_db_version,
    .families = families,
    .names_help = "\
TENANT, VN, VNIC and NVE are names; an alias, or the first 4 or more digits\n\
of a name that is a UUID, will do where it is unique.\n",
    .options = options,
    .options_help = "\
  --wait=none|status|sync     wait for nothing (default), for the verdicts on\n\
                              what was added, or for the datapaths\n",
    .handle_option = handle_option,
    .waiting = &nctl_waiting,
};

int
main(int argc, char *argv[])
{
    return nctl_main(argc, argv, &program);
}
