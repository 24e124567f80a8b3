/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* ovs-nved: the NVE agent.  The program is in nved.h; this is its start. */

#include <config.h>

#include "ovs-ext/nved-main.h"
#include "ovs-ext/nved.h"

static void *
create(const char *ovsdb, bool ssl_from_db)
{
    struct nved *nved = nved_create(ovsdb, ssl_from_db);

    nved_show_init(nved);
    return nved;
}

static void
destroy(void *nved)
{
    nved_destroy(nved);
}

int
main(int argc, char *argv[])
{
    static const struct nved_program program = {
        .summary = "NVE agent, between Open vSwitch and the NVO3 database",
        .check = nved_check,
        .create = create,
        .destroy = destroy,
    };

    return nved_main(argc, argv, &program);
}
