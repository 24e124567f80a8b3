/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/tnved.h"

#include <stdlib.h>

#include "lib/loop.h"
#include "lib/vswitch-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "ovs-ext/nved-claims.h"
#include "ovs-ext/tnved-ports.h"
#include "ovs-ext/tnved-private.h"
#include "ovs-ext/tnved-trunk.h"
#include "ovsdb-idl.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(tnved);

static void tnved_run(void *);
static void tnved_wait(void *);
static void run_local(struct tnved *);
static void run_hnve(struct tnved *);
static void replace_hnve(struct tnved *);
static void expect_all(struct tnved *);
static void read_config(struct tnved *);
static void write_hnve(struct tnved *);

struct tnved *
tnved_create(const char *remote, bool ssl_from_db)
{
    struct tnved *t = xzalloc(sizeof *t);

    nved_local_init(&t->local, remote);
    tnved_ports_init(&t->local);
    t->local.trunk_bridges = true;
    t->claims = nved_claims_create();
    t->ssl_from_db = ssl_from_db;
    sset_init(&t->vnics);
    sset_init(&t->ports);
    simap_init(&t->tags);
    t->task = loop_task_create("tnved", tnved_run, tnved_wait, t);
    return t;
}

void
tnved_destroy(struct tnved *t)
{
    if (!t) {
        return;
    }
    loop_task_destroy(t->task);
    tnved_hnve_destroy(t->hnve);
    nved_local_uninit(&t->local);
    nved_claims_destroy(t->claims);
    if (t->configured) {
        tnved_config_uninit(&t->config);
    }
    sset_destroy(&t->vnics);
    sset_destroy(&t->ports);
    simap_destroy(&t->tags);
    free(t->config_error);
    free(t->problem);
    free(t);
}

void
tnved_deregister(struct tnved *t, struct unixctl_conn *conn)
{
    if (t->deregister) {
        unixctl_command_reply_error(conn, "deregistration is under way");
    } else if (!t->hnve || t->replace
               || !nved_db_is_connected(tnved_hnve_db(t->hnve))) {
        unixctl_command_reply_error(conn, "not connected to the external "
                                    "NVE: nothing was deleted");
    } else {
        VLOG_INFO("deregistering end device \"%s\" (tnved/deregister)",
                  t->config.end_device);
        t->deregistered = true;
        t->deregister = conn;
        tnved_hnve_leave(t->hnve);
        expect_all(t);
    }
}

void
tnved_register(struct tnved *t)
{
    t->deregistered = false;
    if (t->hnve && !t->replace) {
        tnved_hnve_rejoin(t->hnve);
    }
    expect_all(t);
}

/* Reads the configuration in 'root' as tnved_config_parse() does. */
static char *
parse_config(const struct ovsrec_open_vswitch *root,
             struct tnved_config *config)
{
    char *hostname = nved_local_hostname();
    char *error = tnved_config_parse(&root->external_ids, hostname, config);

    free(hostname);
    return error;
}

char *
tnved_check(const char *remote, int timeout_ms, struct ds *s)
{
    struct tnved_config config;
    struct nved_local local;
    char *error;

    nved_local_init(&local, remote);
    error = nved_local_load(&local, remote, timeout_ms);
    if (!error) {
        error = parse_config(nved_local_root(&local), &config);
    }
    if (!error) {
        ds_put_format(s, "end device \"%s\", bridge %s, uplink %s to access "
                      "port \"%s\", Hypervisor_NVE database %s\n",
                      config.end_device, config.bridge, config.uplink,
                      config.access_port, config.remote);
        tnved_config_uninit(&config);
    }
    nved_local_uninit(&local);
    return error;
}

/* The task. */

static void
tnved_run(void *t_)
{
    struct tnved *t = t_;

    run_local(t);
    run_hnve(t);
    write_hnve(t);
    tnved_write_local(t);
}

static void
tnved_wait(void *t_)
{
    struct tnved *t = t_;

    nved_db_wait(&t->local.db);
    if (t->hnve) {
        tnved_hnve_wait(t->hnve);
    }
}

/* Has everything compared again. */
static void
expect_all(struct tnved *t)
{
    nved_claims_all(t->claims, &t->ports, &t->vnics);
    loop_task_wake(t->task);
}

/* Has the interfaces of those Ports looked at that somebody changed. */
static void
collect_ports(struct tnved *t)
{
    const struct ovsrec_port *port;

    OVSREC_PORT_FOR_EACH_TRACKED (port, t->local.db.idl) {
        const char *owner = tnved_trunk_owner(port);

        if (owner) {
            sset_add(&t->ports, owner);
        }
        if (ovsrec_port_is_deleted(port)) {
            continue;
        }
        t->bridge_stale = true;
        for (size_t i = 0; i < port->n_interfaces; i++) {
            sset_add(&t->ports, port->interfaces[i]->name);
        }
    }
}

/* Has all Ports looked at if settings of Open vSwitch itself changed. */
static void
collect_settings(struct tnved *t)
{
    const struct ovsrec_open_vswitch *root;

    OVSREC_OPEN_VSWITCH_FOR_EACH_TRACKED (root, t->local.db.idl) {
        if (ovsrec_open_vswitch_is_updated(
                root, OVSREC_OPEN_VSWITCH_COL_OTHER_CONFIG)) {
            nved_claims_all(t->claims, &t->ports, NULL);
        }
    }
}

/* Takes in what changed in the local database. */
static void
run_local(struct tnved *t)
{
    enum nved_db_event events = nved_db_run(&t->local.db);
    enum nved_local_change changes = nved_local_changes(&t->local, NULL);

    if (events & (NVED_DB_RELOADED | NVED_DB_FAILED)) {
        t->uplink_moved = true;
        changes = NVED_LOCAL_ALL;
    }
    if (changes & NVED_LOCAL_CONFIG && nved_local_root(&t->local)) {
        read_config(t);
    }
    if (changes & NVED_LOCAL_BRIDGE) {
        t->bridge_stale = true;
    }
    if (t->configured) {
        if (t->read_all) {
            t->read_all = false;
            changes = NVED_LOCAL_ALL;
        }
        nved_local_read_ports(&t->local, t->config.bridge, changes,
                              t->claims, &t->vnics, &t->ports);
        collect_ports(t);
        collect_settings(t);
    }
    ovsdb_idl_track_clear(t->local.db.idl);
}

/* Takes 'config', of which it takes ownership, into use. */
static void
use_config(struct tnved *t, struct tnved_config *config)
{
    if (t->configured) {
        t->replace = (t->replace
                      || !tnved_config_same_identity(&t->config, config));
        tnved_config_uninit(&t->config);
    } else {
        t->replace = true;
    }
    t->config = *config;
    t->configured = true;
    t->read_all = true;
    t->bridge_stale = true;
    t->uplink_moved = true;
    if (t->hnve && !t->replace) {
        tnved_hnve_set_port(t->hnve, config->access_port);
        expect_all(t);
    }
    VLOG_INFO("end device \"%s\": bridge %s, uplink %s to access port "
              "\"%s\", Hypervisor_NVE database %s", config->end_device,
              config->bridge, config->uplink, config->access_port,
              config->remote);
}

static void
read_config(struct tnved *t)
{
    const struct ovsrec_open_vswitch *root = nved_local_root(&t->local);
    struct tnved_config config;
    char *error = parse_config(root, &config);

    if (t->ssl_from_db) {
        nved_local_use_ssl(&t->local);
    }
    nved_local_note_error(&t->config_error, error, t->configured);
    if (error) {
        return;
    }
    if (t->configured && tnved_config_equals(&t->config, &config)) {
        tnved_config_uninit(&config);
    } else {
        use_config(t, &config);
    }
}

/* Takes in what changed in the NVE's database. */
static void
run_hnve(struct tnved *t)
{
    enum nved_db_event events;
    const char *vnic;

    if (t->hnve) {
        events = tnved_hnve_run(t->hnve, &t->vnics);
        if (events & (NVED_DB_RELOADED | NVED_DB_FAILED | NVED_DB_LOST)) {
            nved_claims_all(t->claims, &t->ports, &t->vnics);
        }
    }
    if (t->replace) {
        replace_hnve(t);
    }
    SSET_FOR_EACH (vnic, &t->vnics) {
        nved_claims_vnic_ports(t->claims, vnic, &t->ports);
    }
}

/* Connects to the database that the configuration names, once the rows of the
 * end device that we were until now are gone, if they can be deleted. */
static void
replace_hnve(struct tnved *t)
{
    if (t->hnve) {
        const struct nved_db *db = tnved_hnve_db(t->hnve);
        bool gone = tnved_hnve_is_gone(t->hnve);

        tnved_hnve_leave(t->hnve);
        if (!gone && nved_db_is_connected(db) && !db->error) {
            return;
        }
        if (!gone) {
            VLOG_WARN("requests of the end device that this host was until "
                      "now stay in the Hypervisor_NVE database (no "
                      "connection, or not ours to delete); delete them there "
                      "if they are stale");
        }
        tnved_hnve_destroy(t->hnve);
    }
    t->hnve = tnved_hnve_create(t->config.remote, t->config.end_device);
    tnved_hnve_set_port(t->hnve, t->config.access_port);
    if (t->deregistered) {
        tnved_hnve_leave(t->hnve);
    }
    t->replace = false;
    expect_all(t);
}

static void
reply_deregistered(struct tnved *t)
{
    if (!t->deregister) {
        return;
    }
    if (tnved_hnve_is_gone(t->hnve)) {
        unixctl_command_reply(t->deregister, NULL);
    } else if (!nved_db_is_connected(tnved_hnve_db(t->hnve))) {
        unixctl_command_reply_error(t->deregister, "the connection to the "
                                    "external NVE was lost: requests may be "
                                    "left");
    } else {
        return;
    }
    t->deregister = NULL;
}

/* Writes the requests. */
static void
write_hnve(struct tnved *t)
{
    if (!t->hnve) {
        return;
    }
    if (tnved_hnve_write(t->hnve, t->claims, &t->vnics)) {
        sset_clear(&t->vnics);
    }
    reply_deregistered(t);
}
