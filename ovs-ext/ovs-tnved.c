/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* ovs-tnved: the hypervisor's half of a split NVE.  The program is in
 * tnved.h; this is its start. */

#include <config.h>

#include "ovs-ext/nved-main.h"
#include "ovs-ext/tnved.h"

static void *
create(const char *ovsdb, bool ssl_from_db)
{
    struct tnved *tnved = tnved_create(ovsdb, ssl_from_db);

    tnved_show_init(tnved);
    return tnved;
}

static void
destroy(void *tnved)
{
    tnved_destroy(tnved);
}

int
main(int argc, char *argv[])
{
    static const struct nved_program program = {
        .summary = "hypervisor's half of a split NVE",
        .check = tnved_check,
        .create = create,
        .destroy = destroy,
    };

    return nved_main(argc, argv, &program);
}
