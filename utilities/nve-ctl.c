/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nve-ctl: reads and changes the Hypervisor_NVE database of an external
 * NVE. */

#include <config.h>

#include "nve-ctl.h"

#include <getopt.h>
#include <stdlib.h>

#include "nve-ctl-wait.h"
#include "util.h"

/* How rows are named on the command line besides by UUID. */
static const struct ctl_table_class row_ids[HNVE_N_TABLES] = {
    [HNVE_TABLE_END_DEVICE].row_ids[0]
    = {&hnve_end_device_col_name, NULL, NULL},
    [HNVE_TABLE_ACCESS_PORT].row_ids[0]
    = {&hnve_access_port_col_name, NULL, NULL},
    [HNVE_TABLE_SEGMENT].row_ids[0] = {&hnve_segment_col_name, NULL, NULL},
    [HNVE_TABLE_TAG].row_ids[0] = {&hnve_tag_col_vn, NULL, NULL},
    [HNVE_TABLE_VN_CONNECTION].row_ids[0]
    = {&hnve_vn_connection_col_vn, NULL, NULL},
    [HNVE_TABLE_VN_CONNECTION_ANSWER].row_ids[0]
    = {&hnve_vn_connection_answer_col_vn, NULL, NULL},
    [HNVE_TABLE_VNIC_REQUEST].row_ids[0]
    = {&hnve_vnic_request_col_vnic, NULL, NULL},
    [HNVE_TABLE_VNIC_ANSWER].row_ids[0]
    = {&hnve_vnic_answer_col_vnic, NULL, NULL},
    [HNVE_TABLE_CONNECTION].row_ids[0]
    = {&hnve_connection_col_target, NULL, NULL},
    [HNVE_TABLE_RBAC_ROLE].row_ids[0]
    = {&hnve_rbac_role_col_name, NULL, NULL},
    [HNVE_TABLE_RBAC_PERMISSION].row_ids[0]
    = {&hnve_rbac_permission_col_table, NULL, NULL},
};

static const struct nctl_family *const families[] = {
    &hctl_global_family,
    &hctl_device_family,
    &hctl_port_family,
    &hctl_list_family,
    &hctl_connect_family,
    &hctl_request_family,
    &hctl_address_family,
    &nctl_connection_family,
    &hctl_show_family,
    NULL,
};

enum {
    OPT_DEVICE = NCTL_OPT_OWN,
    OPT_WAIT,
};

static const struct option options[] = {
    {"device", required_argument, NULL, OPT_DEVICE},
    {"wait", optional_argument, NULL, OPT_WAIT},
    {NULL, 0, NULL, 0},
};

static void
handle_option(int c)
{
    switch (c) {
    case OPT_DEVICE:
        hctl_set_device(optarg);
        break;

    case OPT_WAIT:
        if (!hctl_wait_set(optarg)) {
            ctl_fatal("--wait=%s: write a number of seconds, or --wait alone "
                      "to wait without end", optarg);
        }
        break;

    default:
        OVS_NOT_REACHED();
    }
}

static const struct nctl_program program = {
    .title = "Hypervisor_NVE database management utility",
    .database = "Hypervisor_NVE",
    .global_table = "NVE_Global",
    .db_variable = "NVE_DB",
    .socket = "hypervisor_nve.sock",
    .roles = "end devices' is \"end-device\"",
    .idl_class = &hnve_idl_class,
    .row_ids = row_ids,
    .schema_version = hnve_get_db_version,
    .families = families,
    .names_help = "\
VN is a VN Name, or \"id:\" and a VN ID.  TAGS are tags and ranges of them with\n\
commas in between, as in 100-199,300.\n",
    .options = options,
    .options_help = "\
  --device=NAME               the end device that asks (default: $NVE_DEVICE)\n\
  --wait[=SECS]               wait for the answers, at most SECS seconds\n",
    .handle_option = handle_option,
    .waiting = &hctl_waiting,
};

int
main(int argc, char *argv[])
{
    return nctl_main(argc, argv, &program);
}
