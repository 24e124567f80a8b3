/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_PRIVATE_H
#define NVED_PRIVATE_H 1

/* What nved.c and nved-show.c share. */

#include "ovs-ext/nved-config.h"
#include "ovs-ext/nved-external.h"
#include "ovs-ext/nved-local.h"
#include "ovs-ext/nved-nvo3.h"
#include "sset.h"

struct loop_task;

struct nved {
    struct loop_task *task;
    struct nved_local local;
    struct nved_nvo3 *nvo3;     /* NULL until there is a configuration. */
    struct nved_claims *claims;
    struct nved_external *external; /* NULL: not an external NVE. */
    bool ssl_from_db;

    /* Configuration. */
    bool configured;            /* Is 'config' there? */
    struct nved_config config;  /* The last good one. */
    char *config_error;         /* Of the present one, or NULL. */
    bool replace;               /* 'nvo3' is not that of 'config'. */

    /* Work to do. */
    bool read_all;              /* Compare all ports. */
    bool bridge_stale;          /* Look at the bridge again. */
    bool bridge_full;           /* ... and at all other bridges. */
    struct sset vnics;          /* Compare their claims. */
    struct sset ports;          /* Compare their reports. */

    /* Outcome. */
    char *bridge_problem;       /* NULL: the bridge is prepared. */
    bool deregistered;          /* By nved_deregister(). */
    struct unixctl_conn *deregister; /* Wants a reply; or NULL. */
};

#endif /* nved-private.h */
