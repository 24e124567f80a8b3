/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved.h"

#include <stdlib.h>

#include "lib/vswitch-idl.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-ext/nved-private.h"
#include "ovs-ext/nved-show.h"
#include "unixctl.h"
#include "util.h"

static void format_config(const struct nved *, struct ds *);
static void format_nvo3(const struct nved *, struct ds *);
static void format_bridge(const struct nved *, struct ds *);
static int64_t get_seq(const void *nvo3, const char *vnic, const char *vn);

void
nved_format(const struct nved *nved, struct ds *s)
{
    format_config(nved, s);
    ds_put_cstr(s, "local database");
    nved_db_format(&nved->local.db, NULL, s);
    if (nved->nvo3) {
        format_nvo3(nved, s);
        format_bridge(nved, s);
        nved_show_ports(&nved->local, nved->claims, get_seq, nved->nvo3, s);
    }
    if (nved->external) {
        nved_external_format(nved->external, s);
    }
}

static void
show_cb(struct unixctl_conn *conn, int argc OVS_UNUSED,
        const char *argv[] OVS_UNUSED, void *nved)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    nved_format(nved, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
deregister_cb(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[] OVS_UNUSED, void *nved)
{
    nved_deregister(nved, conn);
}

static void
register_cb(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *nved)
{
    nved_register(nved);
    unixctl_command_reply(conn, NULL);
}

void
nved_show_init(struct nved *nved)
{
    unixctl_command_register("nved/show", "", 0, 0, show_cb, nved);
    unixctl_command_register("nved/deregister", "", 0, 0, deregister_cb,
                             nved);
    unixctl_command_register("nved/register", "", 0, 0, register_cb, nved);
}

static void
format_config(const struct nved *nved, struct ds *s)
{
    if (nved->configured) {
        const struct nved_config *c = &nved->config;

        ds_put_format(s, "NVE \"%s\": endpoint %s, bridge %s, tunnel port "
                      "%s\n", c->nve, c->encap_ip, c->bridge, c->tunnel_port);
    } else {
        ds_put_cstr(s, "NVE not configured\n");
    }
    if (nved->config_error) {
        ds_put_format(s, "configuration refused: %s\n", nved->config_error);
    }
    if (nved->bridge_problem) {
        ds_put_format(s, "bridge: %s\n", nved->bridge_problem);
    }
}

static void
format_nvo3(const struct nved *nved, struct ds *s)
{
    const char *state = nved_nvo3_is_registered(nved->nvo3)
                        ? "registered" : "not registered";
    char *problem = nved_nvo3_problem(nved->nvo3);

    ds_put_cstr(s, "NVO3 database");
    nved_db_format(nved_nvo3_db(nved->nvo3), nved->config.remote, s);
    if (nved->deregistered) {
        state = "deregistered (nved/register undoes it)";
    }
    ds_put_format(s, "registration: %s\n", state);
    if (problem) {
        ds_put_format(s, "    %s\n", problem);
        free(problem);
    }
}

static void
format_bridge(const struct nved *nved, struct ds *s)
{
    const struct ovsrec_bridge *br
        = nved_local_bridge(&nved->local, nved->config.bridge);

    ds_put_format(s, "datapath id: %s\n",
                  br && br->datapath_id ? br->datapath_id : "not known yet");
    for (size_t i = 0; br && i < br->n_controller; i++) {
        const struct ovsrec_controller *c = br->controller[i];

        ds_put_format(s, "controller: %s, %s\n", c->target,
                      c->is_connected ? "connected" : "not connected");
    }
}

static int64_t
get_seq(const void *nvo3, const char *vnic, const char *vn)
{
    return nved_nvo3_claim_seq(nvo3, vnic, vn);
}
