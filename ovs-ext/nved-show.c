/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vswitch-idl.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-ext/nved-claims.h"
#include "ovs-ext/nved-private.h"
#include "smap.h"
#include "unixctl.h"
#include "util.h"

static void format_config(const struct nved *, struct ds *);
static void format_db(const struct nved_db *, const char *remote,
                      struct ds *);
static void format_nvo3(const struct nved *, struct ds *);
static void format_bridge(const struct nved *, struct ds *);
static void format_ports(const struct nved *, struct ds *);

void
nved_format(const struct nved *nved, struct ds *s)
{
    format_config(nved, s);
    ds_put_cstr(s, "local database:");
    format_db(&nved->local.db, NULL, s);
    if (nved->nvo3) {
        format_nvo3(nved, s);
        format_bridge(nved, s);
        format_ports(nved, s);
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
format_db(const struct nved_db *db, const char *remote, struct ds *s)
{
    if (remote) {
        ds_put_format(s, " %s,", remote);
    }
    ds_put_format(s, " %s, %"PRIu64" transactions, %"PRIu64" failed\n",
                  nved_db_is_connected(db) ? "connected" : "not connected",
                  db->n_committed, db->n_failed);
    if (db->error) {
        ds_put_format(s, "    last transaction refused: %s\n", db->error);
    }
}

static void
format_nvo3(const struct nved *nved, struct ds *s)
{
    const char *state = nved_nvo3_is_registered(nved->nvo3)
                        ? "registered" : "not registered";
    char *problem = nved_nvo3_problem(nved->nvo3);

    ds_put_cstr(s, "NVO3 database:");
    format_db(nved_nvo3_db(nved->nvo3), nved->config.remote, s);
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

static void
format_port(const struct nved *nved, const char *name, struct ds *s)
{
    const struct ovsrec_interface *iface
        = nved_local_interface(&nved->local, name);
    struct nved_judgement j = nved_claims_judge(nved->claims, name);
    const char *reason;

    if (!iface || j.verdict == NVED_IGNORED) {
        return;
    }
    reason = smap_get(&iface->external_ids, "nvo3-reason");
    ds_put_format(s, "    %s: VNIC %s", name,
                  smap_get_def(&iface->external_ids, "iface-id", ""));
    if (j.claim && *j.claim->vn) {
        ds_put_format(s, ", VN %s", j.claim->vn);
    }
    ds_put_format(s, ", %s", smap_get_def(&iface->external_ids, "nvo3-state",
                                          "no state"));
    if (j.claim) {
        int64_t seq = nved_nvo3_claim_seq(nved->nvo3, j.claim->vnic,
                                          j.claim->vn);

        if (seq >= 0) {
            ds_put_format(s, ", claim %"PRId64, seq);
        } else {
            ds_put_cstr(s, ", claim not sent");
        }
    }
    ds_put_format(s, "%s%s\n", reason ? ": " : "", reason ? reason : "");
}

static void
format_ports(const struct nved *nved, struct ds *s)
{
    struct sset names = SSET_INITIALIZER(&names);
    const char **sorted;
    size_t n;

    nved_claims_all(nved->claims, &names, NULL);
    n = sset_count(&names);
    sorted = sset_sort(&names);
    ds_put_cstr(s, "interfaces:\n");
    for (size_t i = 0; i < n; i++) {
        format_port(nved, sorted[i], s);
    }
    free(sorted);
    sset_destroy(&names);
}
