/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/tnved.h"

#include <inttypes.h>
#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "ovs-ext/nved-show.h"
#include "ovs-ext/tnved-private.h"
#include "ovs-ext/tnved-vlan.h"
#include "unixctl.h"
#include "util.h"

static void format_config(const struct tnved *, struct ds *);
static void format_hnve(const struct tnved *, struct ds *);
static void format_uplink(const struct tnved *, struct ds *);
static int64_t get_seq(const void *hnve, const char *vnic, const char *vn);

void
tnved_format(const struct tnved *t, struct ds *s)
{
    format_config(t, s);
    ds_put_cstr(s, "local database");
    nved_db_format(&t->local.db, NULL, s);
    if (t->hnve) {
        format_hnve(t, s);
        format_uplink(t, s);
        nved_show_ports(&t->local, t->claims, get_seq, t->hnve, s);
    }
}

static void
show_cb(struct unixctl_conn *conn, int argc OVS_UNUSED,
        const char *argv[] OVS_UNUSED, void *tnved)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    tnved_format(tnved, &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
deregister_cb(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[] OVS_UNUSED, void *tnved)
{
    tnved_deregister(tnved, conn);
}

static void
register_cb(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *tnved)
{
    tnved_register(tnved);
    unixctl_command_reply(conn, NULL);
}

void
tnved_show_init(struct tnved *tnved)
{
    unixctl_command_register("tnved/show", "", 0, 0, show_cb, tnved);
    unixctl_command_register("tnved/deregister", "", 0, 0, deregister_cb,
                             tnved);
    unixctl_command_register("tnved/register", "", 0, 0, register_cb, tnved);
}

static void
format_config(const struct tnved *t, struct ds *s)
{
    if (t->configured) {
        const struct tnved_config *c = &t->config;

        ds_put_format(s, "end device \"%s\": bridge %s, uplink %s to access "
                      "port \"%s\"\n", c->end_device, c->bridge, c->uplink,
                      c->access_port);
    } else {
        ds_put_cstr(s, "end device not configured\n");
    }
    if (t->config_error) {
        ds_put_format(s, "configuration refused: %s\n", t->config_error);
    }
    if (t->problem) {
        ds_put_format(s, "bridge: %s\n", t->problem);
    }
}

static void
format_hnve(const struct tnved *t, struct ds *s)
{
    const char *status = tnved_hnve_status(t->hnve);

    ds_put_cstr(s, "Hypervisor_NVE database");
    nved_db_format(tnved_hnve_db(t->hnve), t->config.remote, s);
    ds_put_format(s, "external NVE: %s\n", status ? status : "not known");
    if (t->deregistered) {
        ds_put_cstr(s, "deregistered (tnved/register undoes it)\n");
    }
}

/* Appends the tags that the uplink carries. */
static void
format_uplink(const struct tnved *t, struct ds *s)
{
    size_t n;
    int64_t *tags = tnved_get_tags(t, &n);
    struct tnved_vlan vlan = tnved_vlan_trunk(tags, n);

    ds_put_format(s, "tags in use:%s", n ? "" : " none");
    for (size_t i = 0; n && i < vlan.n_trunks; i++) {
        ds_put_format(s, " %"PRId64, vlan.trunks[i]);
    }
    ds_put_char(s, '\n');
    free(tags);
}

static int64_t
get_seq(const void *hnve, const char *vnic, const char *vn)
{
    return tnved_hnve_request_seq(hnve, vnic, vn);
}
