/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved.h"

#include <stdlib.h>
#include <string.h>

#include "lib/loop.h"
#include "lib/vswitch-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "ovs-ext/nved-bridge.h"
#include "ovs-ext/nved-claims.h"
#include "ovs-ext/nved-private.h"
#include "ovs-ext/nved-report.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nved);

static void nved_run(void *);
static void nved_wait(void *);
static void run_local(struct nved *);
static void run_nvo3(struct nved *);
static void run_external(struct nved *);
static void replace_nvo3(struct nved *);
static void replace_external(struct nved *);
static void expect_all(struct nved *);
static void read_config(struct nved *);
static void write_nvo3(struct nved *);
static void write_external(struct nved *);
static void write_local(struct nved *);
static struct nved_claim_source get_source(const struct nved *);
static char *get_status(const struct nved *);
static char *get_external_status(const struct nved *);

struct nved *
nved_create(const char *remote, bool ssl_from_db)
{
    struct nved *nved = xzalloc(sizeof *nved);

    nved_local_init(&nved->local, remote);
    nved->claims = nved_claims_create();
    nved->ssl_from_db = ssl_from_db;
    sset_init(&nved->vnics);
    sset_init(&nved->ports);
    nved->task = loop_task_create("nved", nved_run, nved_wait, nved);
    return nved;
}

void
nved_destroy(struct nved *nved)
{
    if (!nved) {
        return;
    }
    loop_task_destroy(nved->task);
    nved_nvo3_destroy(nved->nvo3);
    nved_external_destroy(nved->external);
    nved_local_uninit(&nved->local);
    nved_claims_destroy(nved->claims);
    if (nved->configured) {
        nved_config_uninit(&nved->config);
    }
    sset_destroy(&nved->vnics);
    sset_destroy(&nved->ports);
    free(nved->config_error);
    free(nved->bridge_problem);
    free(nved);
}

void
nved_deregister(struct nved *nved, struct unixctl_conn *conn)
{
    if (nved->deregister) {
        unixctl_command_reply_error(conn, "deregistration is under way");
    } else if (!nved->nvo3 || nved->replace
               || !nved_db_is_connected(nved_nvo3_db(nved->nvo3))) {
        unixctl_command_reply_error(conn, "not connected to the NVO3 "
                                    "database: nothing was deleted");
    } else {
        VLOG_INFO("deregistering NVE \"%s\" (nved/deregister)",
                  nved->config.nve);
        nved->deregistered = true;
        nved->deregister = conn;
        nved_nvo3_leave(nved->nvo3);
        expect_all(nved);
    }
}

void
nved_register(struct nved *nved)
{
    nved->deregistered = false;
    if (nved->nvo3 && !nved->replace) {
        nved_nvo3_rejoin(nved->nvo3);
    }
    expect_all(nved);
}

/* Reads the configuration in 'root' as nved_config_parse() does. */
static char *
parse_config(const struct ovsrec_open_vswitch *root,
             struct nved_config *config)
{
    char *hostname = nved_local_hostname();
    char *error = nved_config_parse(&root->external_ids, hostname, config);

    free(hostname);
    return error;
}

char *
nved_check(const char *remote, int timeout_ms, struct ds *s)
{
    struct nved_config config;
    struct nved_local local;
    char *error;

    nved_local_init(&local, remote);
    error = nved_local_load(&local, remote, timeout_ms);
    if (!error) {
        error = parse_config(nved_local_root(&local), &config);
    }
    if (!error) {
        ds_put_format(s, "NVE \"%s\", endpoint %s, bridge %s, tunnel port "
                      "%s, NVO3 database %s", config.nve,
                      config.encap_ip, config.bridge, config.tunnel_port,
                      config.remote);
        if (config.hypervisor_db) {
            ds_put_format(s, ", Hypervisor_NVE database %s",
                          config.hypervisor_db);
        }
        ds_put_char(s, '\n');
        nved_config_uninit(&config);
    }
    nved_local_uninit(&local);
    return error;
}

/* The task. */

static void
nved_run(void *nved_)
{
    struct nved *nved = nved_;

    run_local(nved);
    run_nvo3(nved);
    run_external(nved);
    write_nvo3(nved);
    write_external(nved);
    write_local(nved);
}

static void
nved_wait(void *nved_)
{
    struct nved *nved = nved_;

    nved_db_wait(&nved->local.db);
    if (nved->nvo3) {
        nved_nvo3_wait(nved->nvo3);
    }
    if (nved->external) {
        nved_external_wait(nved->external);
    }
}

/* Has everything compared again. */
static void
expect_all(struct nved *nved)
{
    nved_claims_all(nved->claims, &nved->ports, &nved->vnics);
    if (nved->external) {
        nved_external_all_claims(nved->external, &nved->vnics);
    }
    loop_task_wake(nved->task);
}

/* Takes in what changed in the local database. */
static void
run_local(struct nved *nved)
{
    const char *tunnel = nved->configured ? nved->config.tunnel_port : NULL;
    enum nved_db_event events = nved_db_run(&nved->local.db);
    enum nved_local_change changes;

    changes = nved_local_changes(&nved->local, tunnel);
    if (events & (NVED_DB_RELOADED | NVED_DB_FAILED)) {
        nved->bridge_full = true;
        changes = NVED_LOCAL_ALL;
    }
    if (changes & NVED_LOCAL_CONFIG && nved_local_root(&nved->local)) {
        read_config(nved);
    }
    if (changes & NVED_LOCAL_BRIDGE) {
        nved->bridge_stale = true;
    }
    if (nved->configured) {
        if (nved->read_all) {
            nved->read_all = false;
            changes = NVED_LOCAL_ALL;
        }
        nved_local_read_ports(&nved->local, nved->config.bridge, changes,
                              nved->claims, &nved->vnics, &nved->ports);
    }
    ovsdb_idl_track_clear(nved->local.db.idl);
}

/* Takes 'config', of which it takes ownership, into use. */
static void
use_config(struct nved *nved, struct nved_config *config)
{
    if (nved->configured) {
        nved->replace = (nved->replace
                         || !nved_config_same_identity(&nved->config,
                                                       config));
        nved_config_uninit(&nved->config);
    } else {
        nved->replace = true;
    }
    nved->config = *config;
    nved->configured = true;
    nved->read_all = true;
    nved->bridge_stale = true;
    nved->bridge_full = true;
    VLOG_INFO("NVE \"%s\": endpoint %s, bridge %s, NVO3 database %s",
              config->nve, config->encap_ip, config->bridge, config->remote);
}

static void
read_config(struct nved *nved)
{
    const struct ovsrec_open_vswitch *root = nved_local_root(&nved->local);
    struct nved_config config;
    char *error = parse_config(root, &config);

    if (nved->ssl_from_db) {
        nved_local_use_ssl(&nved->local);
    }
    nved_local_note_error(&nved->config_error, error, nved->configured);
    if (error) {
        return;
    }
    if (nved->configured && nved_config_equals(&nved->config, &config)) {
        nved_config_uninit(&config);
    } else {
        use_config(nved, &config);
    }
}

/* Takes in what changed in the NVO3 database. */
static void
run_nvo3(struct nved *nved)
{
    enum nved_db_event events;
    const char *vnic;

    if (nved->nvo3) {
        events = nved_nvo3_run(nved->nvo3, &nved->vnics);
        if (events & (NVED_DB_RELOADED | NVED_DB_FAILED | NVED_DB_LOST)) {
            expect_all(nved);
        }
    }
    if (nved->replace) {
        replace_nvo3(nved);
    }
    SSET_FOR_EACH (vnic, &nved->vnics) {
        nved_claims_vnic_ports(nved->claims, vnic, &nved->ports);
    }
}

/* Connects to the NVO3 database that the configuration names, once the rows
 * of the NVE that we were until now are gone, if they can be deleted. */
static void
replace_nvo3(struct nved *nved)
{
    if (nved->nvo3) {
        bool gone = nved_nvo3_is_gone(nved->nvo3);

        nved_nvo3_leave(nved->nvo3);
        if (!gone && nved_db_is_connected(nved_nvo3_db(nved->nvo3))
            && !nved_nvo3_cannot_leave(nved->nvo3)) {
            return;
        }
        if (!gone) {
            VLOG_WARN("rows of the NVE that this host was until now stay in "
                      "the NVO3 database (no connection, or not ours to "
                      "delete); delete them there if they are stale");
        }
        nved_nvo3_destroy(nved->nvo3);
        /* It must learn the other database before it grants anything. */
        nved_external_destroy(nved->external);
        nved->external = NULL;
    }
    nved->nvo3 = nved_nvo3_create(nved->config.remote, nved->config.nve);
    if (nved->deregistered) {
        nved_nvo3_leave(nved->nvo3);
    }
    nved->replace = false;
    expect_all(nved);
}

/* Takes in what changed in the Hypervisor_NVE database. */
static void
run_external(struct nved *nved)
{
    struct nved_claim_source source;

    if (nved->external) {
        source = get_source(nved);
        nved_external_run(nved->external, nved->nvo3, nved->claims, &source,
                          &nved->vnics);
    }
    if (nved->nvo3 && !nved->replace) {
        replace_external(nved);
    }
}

/* Connects to the Hypervisor_NVE database that the configuration names, or to
 * none, once the answers in the present one are gone, if they can be
 * deleted. */
static void
replace_external(struct nved *nved)
{
    const char *remote = nved->config.hypervisor_db;

    if (nved->external) {
        if (nullable_string_is_equal(nved_external_remote(nved->external),
                                     remote)) {
            return;
        }
        if (!nved_external_leave(nved->external)) {
            return;
        }
        nved_nvo3_set_wants(nved->nvo3, NULL);
        nved_external_destroy(nved->external);
        nved->external = NULL;
        nved_nvo3_all_claims(nved->nvo3, &nved->vnics);
    }
    if (remote) {
        VLOG_INFO("serving end devices by the Hypervisor_NVE database %s",
                  remote);
        nved->external = nved_external_create(remote, nved->config.bridge,
                                              &nved->local);
        nved_nvo3_set_wants(nved->nvo3, nved_external_wants(nved->external));
    }
}

static void
reply_deregistered(struct nved *nved)
{
    if (!nved->deregister) {
        return;
    }
    if (nved_nvo3_is_gone(nved->nvo3)) {
        unixctl_command_reply(nved->deregister, NULL);
    } else if (!nved_db_is_connected(nved_nvo3_db(nved->nvo3))) {
        unixctl_command_reply_error(nved->deregister, "the connection to the "
                                    "NVO3 database was lost: rows of this "
                                    "NVE may be left");
    } else {
        return;
    }
    nved->deregister = NULL;
}

/* Returns the first claim for 'vnic': one VNIC is in one place, and our own
 * interfaces come first. */
static const struct nved_claim *
first_claim(const void *nved_, const char *vnic)
{
    const struct nved *nved = nved_;
    const struct nved_claim *claim = nved_claims_first(nved->claims, vnic);

    return (claim || !nved->external ? claim
            : nved_external_first_claim(nved->external, vnic));
}

static struct nved_claim_source
get_source(const struct nved *nved)
{
    return (struct nved_claim_source) {
        .first = first_claim,
        .aux = nved,
        .knows_tagged = !nved->external
                        || nved_external_is_ready(nved->external),
    };
}

/* Writes the claims of those of 'nved->vnics' for which nothing has to be
 * written elsewhere before, and takes them out. */
static void
write_claims(struct nved *nved, const struct nved_registration *reg)
{
    struct nved_claim_source source = get_source(nved);
    struct sset due = SSET_INITIALIZER(&due);
    const char *vnic;

    SSET_FOR_EACH (vnic, &nved->vnics) {
        if (!nved->external || nved_claims_first(nved->claims, vnic)
            || nved_external_may_claim(nved->external, vnic)) {
            sset_add(&due, vnic);
        }
    }
    if (nved_nvo3_write(nved->nvo3, reg, &source, &due)) {
        SSET_FOR_EACH (vnic, &due) {
            sset_find_and_delete(&nved->vnics, vnic);
        }
    }
    sset_destroy(&due);
}

/* Writes registration and claims. */
static void
write_nvo3(struct nved *nved)
{
    const struct ovsrec_bridge *br;
    struct nved_registration reg;

    if (!nved->nvo3) {
        return;
    }
    br = nved_local_bridge(&nved->local, nved->config.bridge);
    reg = (struct nved_registration) {
        .datapath_id = br ? br->datapath_id : NULL,
        .encap_ip = nved->config.encap_ip,
        .bridge = nved->config.bridge,
        .tunnel_port = nved->config.tunnel_port,
    };
    write_claims(nved, &reg);
    reply_deregistered(nved);
}

/* Writes answers and tags. */
static void
write_external(struct nved *nved)
{
    char *status;

    if (nved->external) {
        status = get_external_status(nved);
        nved_external_write(nved->external, nved->config.nve, status);
        free(status);
    }
}

static void
prepare_bridge(struct nved *nved)
{
    char *problem = nved_bridge_prepare(&nved->local, nved->local.db.txn,
                                        &nved->config, nved->bridge_full);

    if (!problem) {
        problem = nved_bridge_tunnel_problem(&nved->local, &nved->config);
    }
    if (problem && !nullable_string_is_equal(problem, nved->bridge_problem)) {
        VLOG_WARN("%s", problem);
    }
    free(nved->bridge_problem);
    nved->bridge_problem = problem;
    nved->bridge_stale = nved->bridge_full = false;
}

/* Initializes 'report' to that on a port of 'judgement', as far as the claim
 * in it is concerned. */
static void
get_report(const struct nved *nved, const struct nved_judgement *judgement,
           struct nved_report *report)
{
    struct nved_facts facts = {
        .judgement = *judgement,
        .obstacle = "ovs-nved is not connected to an NVO3 database",
    };
    struct nved_claim_source source = get_source(nved);
    struct nved_binding *bindings = NULL;

    if (nved->nvo3) {
        bindings = nved_nvo3_get_facts(nved->nvo3, &source, &facts);
    }
    nved_report_init(report, &facts);
    free(bindings);
}

static void
write_report(const struct nved *nved, const char *port)
{
    struct nved_judgement j = nved_claims_judge(nved->claims, port);
    bool several = nved_claim_next_on_port(j.claim);
    struct nved_report report = NVED_REPORT_INIT;

    do {
        struct nved_report one;

        get_report(nved, &j, &one);
        nved_report_add(&report, &one, several ? j.claim->vn : NULL);
        j.claim = nved_claim_next_on_port(j.claim);
    } while (j.claim);
    nved_local_write_report(&nved->local, port, &report);
    nved_report_uninit(&report);
}

/* Writes what there is to write about bridge and interfaces, in the open
 * transaction. */
static void
write_bridge_and_ports(struct nved *nved)
{
    const char *port;

    if (nved->bridge_stale) {
        prepare_bridge(nved);
    }
    SSET_FOR_EACH (port, &nved->ports) {
        write_report(nved, port);
    }
    sset_clear(&nved->ports);
}

/* Returns true if nvo3-status of 'root' is 'status'. */
static bool
status_is_written(const struct ovsrec_open_vswitch *root, const char *status)
{
    return !strcmp(smap_get_def(&root->external_ids, "nvo3-status", ""),
                   status);
}

/* Writes the bridge, the interfaces' states, and our own status. */
static void
write_local(struct nved *nved)
{
    const struct ovsrec_open_vswitch *root = nved_local_root(&nved->local);
    bool work = (nved->configured
                 && (nved->bridge_stale || !sset_is_empty(&nved->ports)));
    char *status = get_status(nved);

    if (root && (work || !status_is_written(root, status))
        && nved_db_begin(&nved->local.db)) {
        if (work) {
            write_bridge_and_ports(nved);
            free(status);
            status = get_status(nved);
        }
        nved_local_write_status(&nved->local, status);
        nved_db_commit(&nved->local.db);
    }
    free(status);
}

/* Returns the value of nvo3-status, to be freed with free(). */
static char *
get_status(const struct nved *nved)
{
    const char *stays = nved->configured
                        ? " (the last good configuration stays in use)" : "";
    char *problem = NULL;
    char *status;

    if (nved->config_error) {
        return xasprintf("refused: %s%s", nved->config_error, stays);
    }
    if (nved->bridge_problem) {
        return xasprintf("refused: %s", nved->bridge_problem);
    }
    if (nved->nvo3 && !nved->replace) {
        problem = nved_nvo3_problem(nved->nvo3);
    }
    status = problem ? xasprintf("refused: %s", problem) : xstrdup("ok");
    free(problem);
    return status;
}

/* Returns true if the bridge has an OpenFlow connection to an nDirector. */
static bool
has_controller(const struct nved *nved)
{
    const struct ovsrec_bridge *br
        = nved_local_bridge(&nved->local, nved->config.bridge);

    for (size_t i = 0; br && i < br->n_controller; i++) {
        if (br->controller[i]->is_connected) {
            return true;
        }
    }
    return false;
}

/* Returns the value of NVE_Status.status, to be freed with free(). */
static char *
get_external_status(const struct nved *nved)
{
    const char *obstacle = nved_nvo3_obstacle(nved->nvo3);
    char *problem = nved_nvo3_problem(nved->nvo3);

    if (problem) {
        return problem;
    } else if (obstacle) {
        return xstrdup(obstacle);
    } else if (nved->bridge_problem) {
        return xstrdup(nved->bridge_problem);
    } else if (!nved_external_is_ready(nved->external)) {
        return xstrdup("the NVO3 database is being read");
    } else if (!has_controller(nved)) {
        return xstrdup("no OpenFlow connection to the nDirector");
    }
    return nullable_xstrdup(nved_external_problem(nved->external))
           ?: xstrdup("ok");
}
