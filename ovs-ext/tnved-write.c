/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/tnved-private.h"

#include <stdlib.h>
#include <string.h>

#include "lib/vswitch-idl.h"
#include "openvswitch/vlog.h"
#include "ovs-ext/nved-claims.h"
#include "ovs-ext/nved-report.h"
#include "ovs-ext/tnved-ports.h"
#include "ovs-ext/tnved-trunk.h"
#include "ovs-ext/tnved-vlan.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(tnved_write);

static void write_interface(struct tnved *, const char *name);
static void write_port(struct tnved *, const char *name,
                       const struct ovsrec_port *,
                       const struct nved_judgement *);
static void write_uplink(struct tnved *);
static char *get_status(const struct tnved *);

/* Returns true if nvo3-status of 'root' is 'status'. */
static bool
status_is_written(const struct ovsrec_open_vswitch *root, const char *status)
{
    return !strcmp(smap_get_def(&root->external_ids, "nvo3-status", ""),
                   status);
}

/* Writes what there is to write about interfaces, Ports and the uplink, in
 * the open transaction. */
static void
write_rows(struct tnved *t)
{
    const char *name;

    SSET_FOR_EACH (name, &t->ports) {
        write_interface(t, name);
    }
    sset_clear(&t->ports);
    tnved_trunk_prune(t);
    write_uplink(t);
    t->bridge_stale = false;
}

void
tnved_write_local(struct tnved *t)
{
    const struct ovsrec_open_vswitch *root = nved_local_root(&t->local);
    bool work = (t->configured
                 && (t->bridge_stale || !sset_is_empty(&t->ports)));
    char *status = get_status(t);

    if (root && (work || !status_is_written(root, status))
        && nved_db_begin(&t->local.db)) {
        if (work) {
            write_rows(t);
            free(status);
            status = get_status(t);
        }
        nved_local_write_status(&t->local, status);
        nved_db_commit(&t->local.db);
    }
    free(status);
}

int64_t *
tnved_get_tags(const struct tnved *t, size_t *n)
{
    int64_t *tags = xmalloc((simap_count(&t->tags) + 1) * sizeof *tags);
    const struct simap_node *node;

    *n = 0;
    SIMAP_FOR_EACH (node, &t->tags) {
        tags[(*n)++] = node->data;
    }
    return tags;
}

/* Interfaces. */

/* Initializes 'report' to that on a port of 'judgement', as far as the claim
 * in it is concerned. */
static void
get_report(const struct tnved *t, const struct nved_judgement *judgement,
           struct nved_report *report)
{
    struct nved_facts facts = {
        .judgement = *judgement,
        .obstacle = "ovs-tnved is not connected to an external NVE",
    };

    if (t->hnve) {
        tnved_hnve_get_facts(t->hnve, &facts);
    }
    nved_report_init(report, &facts);
    tnved_hnve_put_facts(&facts);
}

static void
write_report(const struct tnved *t, const char *name,
             const struct nved_judgement *judgement)
{
    bool several = nved_claim_next_on_port(judgement->claim);
    struct nved_report report = NVED_REPORT_INIT;
    struct nved_judgement j = *judgement;

    do {
        struct nved_report one;

        get_report(t, &j, &one);
        nved_report_add(&report, &one, several ? j.claim->vn : NULL);
        j.claim = nved_claim_next_on_port(j.claim);
    } while (j.claim);
    nved_local_write_report(&t->local, name, &report);
    nved_report_uninit(&report);
}

/* Returns true if frames on 'port', whose VNIC is no trunk, may have tags of
 * the tenant's own. */
static bool
has_tenant_tags(const struct ovsrec_port *port)
{
    const struct smap *ids = &port->interfaces[0]->external_ids;

    return (smap_get_bool(ids, "nvo3-tenant-tags", false)
            && !smap_get(ids, "nvo3-trunk"));
}

/* Returns true if Open vSwitch looks at a second tag. */
static bool
sees_second_tag(const struct tnved *t)
{
    const struct ovsrec_open_vswitch *root = nved_local_root(&t->local);
    int limit = smap_get_int(&root->other_config, "vlan-limit", 1);

    return !limit || limit >= 2;        /* 0: all that it can. */
}

/* Returns why 'port' cannot be what its VNIC wants, or NULL. */
static const char *
find_port_problem(const struct tnved *t, const struct ovsrec_port *port)
{
    if (port->n_interfaces > 1) {
        return "the interface of a VNIC must be alone on its Port";
    }
    if (has_tenant_tags(port) && !sees_second_tag(t)) {
        return "nvo3-tenant-tags needs other_config:vlan-limit=2 in the "
               "Open_vSwitch row";
    }
    return NULL;
}

/* Writes the report on the interface called 'name', and its Port. */
static void
write_interface(struct tnved *t, const char *name)
{
    const struct ovsrec_port *port = tnved_ports_find(&t->local, name);
    struct nved_judgement judgement = nved_claims_judge(t->claims, name);
    const char *problem = NULL;

    if (port && judgement.verdict != NVED_IGNORED) {
        problem = find_port_problem(t, port);
    }
    if (problem) {
        judgement = (struct nved_judgement) {
            .verdict = NVED_REFUSED,
            .reason = problem,
        };
    }
    write_report(t, name, &judgement);
    write_port(t, name, port, &judgement);
}

/* Returns the tag that 'port', one for 'role', should have for 'claim', or 0
 * if it should be blocked. */
static int64_t
get_tag(const struct tnved *t, const struct ovsrec_port *port,
        const struct nved_claim *claim, const char *role)
{
    struct tnved_answer answer;
    struct tnved_vlan_facts facts = {
        .wanted = claim && claim->activate,
        .known = t->hnve && nved_db_is_known(tnved_hnve_db(t->hnve)),
        .now = tnved_ports_is(port, role) && port->n_tag ? *port->tag : 0,
    };

    if (facts.wanted && facts.known
        && tnved_hnve_get_answer(t->hnve, claim, &answer)) {
        facts.answer = &answer;
    }
    return tnved_vlan_decide(&facts);
}

bool
tnved_write_tag(struct tnved *t, const char *name,
                const struct ovsrec_port *port,
                const struct nved_claim *claim, const char *role,
                struct tnved_vlan (*form)(int64_t tag))
{
    int64_t tag = get_tag(t, port, claim, role);
    struct tnved_vlan vlan = tag ? form(tag) : tnved_vlan_blocked();

    tnved_ports_write(port, &vlan, role);
    if (tag) {
        simap_put(&t->tags, name, tag);
    } else {
        simap_find_and_delete(&t->tags, name);
    }
    return tag;
}

/* Writes 'port', that of the interface called 'name', or NULL if there is
 * none. */
static void
write_port(struct tnved *t, const char *name, const struct ovsrec_port *port,
           const struct nved_judgement *judgement)
{
    bool ours = port && judgement->verdict != NVED_IGNORED;

    if (ours && smap_get(&t->local.on_trunk_bridge, name)) {
        tnved_trunk_write(t, name, port);
    } else if (ours) {
        tnved_write_tag(t, name, port, judgement->claim, TNVED_ROLE_VNIC,
                        has_tenant_tags(port) ? tnved_vlan_tunnel
                                              : tnved_vlan_access);
    } else if (!port || !tnved_trunk_owner(port)) {
        simap_find_and_delete(&t->tags, name);
        if (port && tnved_ports_is(port, TNVED_ROLE_VNIC)) {
            tnved_ports_release(port);
        }
    }
}

/* The uplink. */

/* Returns what is wrong with 'br', the bridge, or its 'uplink', either of
 * which may be NULL; or NULL. */
static char *
find_problem(const struct tnved_config *config,
             const struct ovsrec_bridge *br, const struct ovsrec_port *uplink)
{
    if (!br) {
        return xasprintf("there is no bridge \"%s\": create it, for example "
                         "by \"ovs-vsctl add-br %s\"", config->bridge,
                         config->bridge);
    }
    if (!uplink) {
        return xasprintf("bridge \"%s\" has no port \"%s\", the uplink: add "
                         "it, or change external_ids:nvo3-uplink",
                         config->bridge, config->uplink);
    }
    if (br->fail_mode && !strcmp(br->fail_mode, "secure")) {
        return xasprintf("bridge \"%s\" has fail_mode=secure, so it forwards "
                         "nothing by itself: set it to standalone",
                         config->bridge);
    }
    return NULL;
}

/* Takes note of 'problem', of which it takes ownership, and logs it if it is
 * new. */
static void
note_problem(struct tnved *t, char *problem)
{
    if (problem && !nullable_string_is_equal(problem, t->problem)) {
        VLOG_WARN("%s", problem);
    }
    free(t->problem);
    t->problem = problem;
}

/* Releases all Ports but 'uplink' that are marked as the uplink. */
static void
release_uplinks(const struct tnved *t, const struct ovsrec_port *uplink)
{
    const struct ovsrec_port *port;

    OVSREC_PORT_FOR_EACH (port, t->local.db.idl) {
        if (port != uplink && tnved_ports_is(port, TNVED_ROLE_UPLINK)) {
            tnved_ports_release(port);
        }
    }
}

/* Has the uplink carry the tags in use. */
static void
write_uplink(struct tnved *t)
{
    const struct ovsrec_bridge *br
        = nved_local_bridge(&t->local, t->config.bridge);
    const struct ovsrec_port *uplink
        = br ? tnved_ports_find_on(br, t->config.uplink) : NULL;
    struct tnved_vlan vlan;
    int64_t *tags;
    size_t n;

    note_problem(t, find_problem(&t->config, br, uplink));
    if (uplink) {
        tags = tnved_get_tags(t, &n);
        vlan = tnved_vlan_trunk(tags, n);
        tnved_ports_write(uplink, &vlan, TNVED_ROLE_UPLINK);
        free(tags);
    }
    if (t->uplink_moved) {
        t->uplink_moved = false;
        release_uplinks(t, uplink);
    }
}

/* Returns the value of nvo3-status, to be freed with free(). */
static char *
get_status(const struct tnved *t)
{
    const struct nved_db *db = t->hnve ? tnved_hnve_db(t->hnve) : NULL;

    if (t->config_error) {
        return xasprintf("refused: %s%s", t->config_error, t->configured
                         ? " (the last good configuration stays in use)"
                         : "");
    }
    if (t->problem) {
        return xasprintf("refused: %s", t->problem);
    }
    if (db && !t->replace && db->error) {
        return xasprintf("refused: the Hypervisor_NVE database refuses what "
                         "end device \"%s\" writes: %s",
                         t->config.end_device, db->error);
    }
    return xstrdup("ok");
}
