/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-local.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/vswitch-idl.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-ext/nved-claims.h"
#include "ovs-ext/nved-report.h"
#include "ovs-ext/nved-wish.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "sset.h"
#include "stream-ssl.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nved_local);

/* RFC 8394 section 6 has all changes of state logged; VMMs cause them. */
static struct vlog_rate_limit state_rl = VLOG_RATE_LIMIT_INIT(600, 1200);

/* What is replicated. */
static const struct ovsdb_idl_column *const columns[] = {
    &ovsrec_open_vswitch_col_bridges,
    &ovsrec_open_vswitch_col_external_ids,
    &ovsrec_open_vswitch_col_other_config,
    &ovsrec_open_vswitch_col_ssl,
    &ovsrec_ssl_col_bootstrap_ca_cert,
    &ovsrec_ssl_col_ca_cert,
    &ovsrec_ssl_col_certificate,
    &ovsrec_ssl_col_private_key,
    &ovsrec_bridge_col_controller,
    &ovsrec_bridge_col_datapath_id,
    &ovsrec_bridge_col_datapath_type,
    &ovsrec_bridge_col_external_ids,
    &ovsrec_bridge_col_fail_mode,
    &ovsrec_bridge_col_name,
    &ovsrec_bridge_col_other_config,
    &ovsrec_bridge_col_ports,
    &ovsrec_bridge_col_protocols,
    &ovsrec_controller_col_connection_mode,
    &ovsrec_controller_col_external_ids,
    &ovsrec_controller_col_inactivity_probe,
    &ovsrec_controller_col_is_connected,
    &ovsrec_controller_col_max_backoff,
    &ovsrec_controller_col_target,
    &ovsrec_port_col_external_ids,
    &ovsrec_port_col_interfaces,
    &ovsrec_port_col_name,
    &ovsrec_interface_col_error,
    &ovsrec_interface_col_external_ids,
    &ovsrec_interface_col_name,
    &ovsrec_interface_col_ofport,
    &ovsrec_interface_col_options,
    &ovsrec_interface_col_type,
};

static enum nved_local_change root_changes(const struct ovsdb_idl *);
static enum nved_local_change bridge_changes(const struct ovsdb_idl *);
static void find_trunk_bridges(struct nved_local *, const char *bridge);
static void put_interface(const struct nved_local *, struct nved_claims *,
                          const struct ovsrec_interface *,
                          struct sset *vnics);
static void read_trunks(const struct nved_local *, struct nved_claims *,
                        struct sset *vnics);
static void take_interface(const struct nved_local *,
                           const struct ovsrec_interface *,
                           struct nved_claims *, struct sset *vnics,
                           struct sset *ports);
static void read_members(const struct nved_local *, const char *bridge,
                         struct nved_claims *, struct sset *vnics,
                         struct sset *ports);
static void write_key(const struct ovsrec_interface *, const char *key,
                      const char *value);

void
nved_local_init(struct nved_local *local, const char *remote)
{
    struct ovsdb_idl *idl = ovsdb_idl_create(remote, &ovsrec_idl_class,
                                             false, true);

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_track_add_column(idl, columns[i]);
    }

    /* Only looked at when somebody asks for it. */
    ovsdb_idl_omit_alert(idl, &ovsrec_controller_col_is_connected);

    local->ports = ovsdb_idl_index_create1(idl, &ovsrec_port_col_name);
    local->interfaces = ovsdb_idl_index_create1(idl,
                                                &ovsrec_interface_col_name);
    nved_db_init(&local->db, idl, "local database");
    local->trunk_bridges = false;
    smap_init(&local->on_trunk_bridge);
}

void
nved_local_uninit(struct nved_local *local)
{
    nved_db_uninit(&local->db);
    smap_destroy(&local->on_trunk_bridge);
}

char *
nved_local_load(struct nved_local *local, const char *remote, int timeout_ms)
{
    const long long int deadline = time_msec() + timeout_ms;

    while (nved_db_run(&local->db), !nved_db_is_known(&local->db)
           && time_msec() < deadline) {
        nved_db_wait(&local->db);
        poll_timer_wait_until(deadline);
        poll_block();
    }
    if (!nved_db_is_known(&local->db)) {
        return xasprintf("%s: cannot read the Open_vSwitch database: is "
                         "ovsdb-server running?", remote);
    }
    if (!nved_local_root(local)) {
        return xasprintf("%s: the Open_vSwitch database is not initialized: "
                         "run \"ovs-vsctl init\"", remote);
    }
    return NULL;
}

enum nved_local_change
nved_local_changes(const struct nved_local *local, const char *tunnel_port)
{
    const struct ovsdb_idl *idl = local->db.idl;
    enum nved_local_change changes = root_changes(idl) | bridge_changes(idl);
    const struct ovsrec_interface *iface;

    if (ovsrec_ssl_track_get_first(idl)) {
        changes |= NVED_LOCAL_CONFIG;
    }
    if (ovsrec_controller_track_get_first(idl)) {
        changes |= NVED_LOCAL_BRIDGE;
    }
    OVSREC_INTERFACE_FOR_EACH_TRACKED (iface, idl) {
        changes |= NVED_LOCAL_PORTS;
        if (tunnel_port && !ovsrec_interface_is_deleted(iface)
            && !strcmp(iface->name, tunnel_port)) {
            changes |= NVED_LOCAL_BRIDGE;
        }
    }
    return changes;
}

const struct ovsrec_open_vswitch *
nved_local_root(const struct nved_local *local)
{
    return ovsrec_open_vswitch_first(local->db.idl);
}

const struct ovsrec_bridge *
nved_local_bridge(const struct nved_local *local, const char *name)
{
    const struct ovsrec_bridge *br;

    OVSREC_BRIDGE_FOR_EACH (br, local->db.idl) {
        if (!strcmp(br->name, name)) {
            return br;
        }
    }
    return NULL;
}

const struct ovsrec_port *
nved_local_port(const struct nved_local *local, const char *name)
{
    struct ovsrec_port *key = ovsrec_port_index_init_row(local->ports);
    const struct ovsrec_port *port;

    ovsrec_port_index_set_name(key, name);
    port = ovsrec_port_index_find(local->ports, key);
    ovsrec_port_index_destroy_row(key);
    return port;
}

const struct ovsrec_interface *
nved_local_interface(const struct nved_local *local, const char *name)
{
    struct ovsrec_interface *key
        = ovsrec_interface_index_init_row(local->interfaces);
    const struct ovsrec_interface *iface;

    ovsrec_interface_index_set_name(key, name);
    iface = ovsrec_interface_index_find(local->interfaces, key);
    ovsrec_interface_index_destroy_row(key);
    return iface;
}

bool
nved_local_has_port(const struct ovsrec_bridge *br,
                    const struct ovsrec_port *port)
{
    for (size_t i = 0; i < br->n_ports; i++) {
        if (br->ports[i] == port) {
            return true;
        }
    }
    return false;
}

struct ovsrec_port *
nved_local_create_port(struct ovsdb_idl_txn *txn, const char *name,
                       const char *type, const struct smap *options)
{
    struct ovsrec_interface *iface = ovsrec_interface_insert(txn);
    struct ovsrec_port *port = ovsrec_port_insert(txn);

    ovsrec_interface_set_name(iface, name);
    ovsrec_interface_set_type(iface, type);
    ovsrec_interface_set_options(iface, options);
    ovsrec_port_set_name(port, name);
    ovsrec_port_set_interfaces(port, &iface, 1);
    return port;
}

const char *
nved_local_ofport_name(const struct nved_local *local, const char *bridge,
                       int64_t ofport)
{
    const struct ovsrec_bridge *br = nved_local_bridge(local, bridge);

    for (size_t i = 0; br && i < br->n_ports; i++) {
        const struct ovsrec_port *port = br->ports[i];

        for (size_t j = 0; j < port->n_interfaces; j++) {
            const struct ovsrec_interface *iface = port->interfaces[j];

            if (iface->n_ofport && *iface->ofport == ofport) {
                return iface->name;
            }
        }
    }
    return NULL;
}

void
nved_local_read_ports(struct nved_local *local, const char *bridge,
                      enum nved_local_change changes,
                      struct nved_claims *claims, struct sset *vnics,
                      struct sset *ports)
{
    const struct ovsdb_idl *idl = local->db.idl;
    const struct ovsrec_interface *iface;

    if (local->trunk_bridges && changes & NVED_LOCAL_MEMBERS) {
        find_trunk_bridges(local, bridge);
    }
    if (changes == NVED_LOCAL_ALL) {
        OVSREC_INTERFACE_FOR_EACH (iface, idl) {
            take_interface(local, iface, claims, vnics, ports);
        }
    } else {
        OVSREC_INTERFACE_FOR_EACH_TRACKED (iface, idl) {
            if (!ovsrec_interface_is_deleted(iface)) {
                take_interface(local, iface, claims, vnics, ports);
            }
        }
    }
    if (changes & NVED_LOCAL_MEMBERS) {
        read_members(local, bridge, claims, vnics, ports);
    }
    if (changes & (NVED_LOCAL_MEMBERS | NVED_LOCAL_PORTS)) {
        read_trunks(local, claims, vnics);
    }
}

/* Logs that the VNIC at port 'name' goes from nvo3-state 'old' to that of
 * 'report'. */
static void
log_state(const char *name, const char *old, const struct nved_report *report)
{
    if (!nullable_string_is_equal(old, report->state)) {
        VLOG_INFO_RL(&state_rl, "port %s: %s, was %s%s%s%s", name,
                     report->state ? report->state : "no VNIC's",
                     old ? old : "no VNIC's",
                     report->reason ? " (" : "",
                     report->reason ? report->reason : "",
                     report->reason ? ")" : "");
    }
}

void
nved_local_write_report(const struct nved_local *local, const char *name,
                        const struct nved_report *report)
{
    const struct ovsrec_interface *iface = nved_local_interface(local, name);

    if (iface && !nved_report_is_written(report, &iface->external_ids)) {
        log_state(name, smap_get(&iface->external_ids, "nvo3-state"), report);
        write_key(iface, "nvo3-state", report->state);
        write_key(iface, "nvo3-reason", report->reason);
        write_key(iface, "nvo3-vn-id", report->vn_id);
    }
}

void
nved_local_write_status(const struct nved_local *local, const char *status)
{
    const struct ovsrec_open_vswitch *root = nved_local_root(local);
    const char *old = root ? smap_get(&root->external_ids, "nvo3-status")
                           : status;

    if (!old || strcmp(old, status)) {
        ovsrec_open_vswitch_update_external_ids_setkey(root, "nvo3-status",
                                                       status);
    }
}

bool
nved_local_use_ssl(const struct nved_local *local)
{
    const struct ovsrec_ssl *ssl = ovsrec_ssl_first(local->db.idl);

    if (!ssl) {
        return false;
    }
    stream_ssl_set_key_and_cert(ssl->private_key, ssl->certificate);
    stream_ssl_set_ca_cert_file(ssl->ca_cert, ssl->bootstrap_ca_cert);
    return true;
}

char *
nved_local_hostname(void)
{
    char name[256] = "";

    gethostname(name, sizeof name - 1);
    return xstrdup(name);
}

void
nved_local_note_error(char **notedp, char *error, bool configured)
{
    if (!nullable_string_is_equal(*notedp, error)) {
        if (error) {
            VLOG_WARN("%s (%s)", error,
                      configured
                      ? "the last good configuration stays in use"
                      : "doing nothing until then");
        } else {
            VLOG_INFO("the configuration is good");
        }
    }
    free(*notedp);
    *notedp = error;
}

/* Changes.  A tracked change of a row also makes those rows tracked that refer
 * to it, up to the Open_vSwitch row; therefore columns are looked at. */

static enum nved_local_change
root_changes(const struct ovsdb_idl *idl)
{
    const struct ovsrec_open_vswitch *root;
    enum nved_local_change changes = 0;

    OVSREC_OPEN_VSWITCH_FOR_EACH_TRACKED (root, idl) {
        bool all = ovsrec_open_vswitch_is_new(root);

        if (all
            || ovsrec_open_vswitch_is_updated(
                root, OVSREC_OPEN_VSWITCH_COL_EXTERNAL_IDS)
            || ovsrec_open_vswitch_is_updated(root,
                                              OVSREC_OPEN_VSWITCH_COL_SSL)) {
            changes |= NVED_LOCAL_CONFIG;
        }
        if (all
            || ovsrec_open_vswitch_is_updated(
                root, OVSREC_OPEN_VSWITCH_COL_BRIDGES)) {
            changes |= NVED_LOCAL_BRIDGE | NVED_LOCAL_MEMBERS;
        }
        if (ovsrec_open_vswitch_is_updated(
                root, OVSREC_OPEN_VSWITCH_COL_OTHER_CONFIG)) {
            changes |= NVED_LOCAL_BRIDGE;
        }
    }
    return changes;
}

/* Returns true if a column of 'br' other than 'ports' is updated. */
static bool
bridge_is_updated(const struct ovsrec_bridge *br)
{
    static const enum ovsrec_bridge_column_id ids[] = {
        OVSREC_BRIDGE_COL_CONTROLLER,
        OVSREC_BRIDGE_COL_DATAPATH_ID,
        OVSREC_BRIDGE_COL_DATAPATH_TYPE,
        OVSREC_BRIDGE_COL_FAIL_MODE,
        OVSREC_BRIDGE_COL_NAME,
        OVSREC_BRIDGE_COL_OTHER_CONFIG,
        OVSREC_BRIDGE_COL_PROTOCOLS,
    };

    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        if (ovsrec_bridge_is_updated(br, ids[i])) {
            return true;
        }
    }
    return false;
}

static enum nved_local_change
bridge_changes(const struct ovsdb_idl *idl)
{
    enum nved_local_change changes = 0;
    const struct ovsrec_bridge *br;
    const struct ovsrec_port *port;

    OVSREC_BRIDGE_FOR_EACH_TRACKED (br, idl) {
        bool all = ovsrec_bridge_is_new(br) || ovsrec_bridge_is_deleted(br);

        /* A bridge's external_ids may make it one for trunks. */
        if (all || ovsrec_bridge_is_updated(br, OVSREC_BRIDGE_COL_PORTS)
            || ovsrec_bridge_is_updated(br,
                                        OVSREC_BRIDGE_COL_EXTERNAL_IDS)) {
            changes |= NVED_LOCAL_BRIDGE | NVED_LOCAL_MEMBERS;
        } else if (bridge_is_updated(br)) {
            changes |= NVED_LOCAL_BRIDGE;
        }
    }
    OVSREC_PORT_FOR_EACH_TRACKED (port, idl) {
        if (ovsrec_port_is_updated(port, OVSREC_PORT_COL_INTERFACES)) {
            changes |= NVED_LOCAL_BRIDGE | NVED_LOCAL_MEMBERS;
        } else if (ovsrec_port_is_updated(port, OVSREC_PORT_COL_EXTERNAL_IDS)
                   || ovsrec_port_is_updated(port, OVSREC_PORT_COL_NAME)) {
            changes |= NVED_LOCAL_BRIDGE;
        }
    }
    return changes;
}

/* Returns the value of 'key', or NULL if it is absent or empty. */
static const char *
get(const struct ovsrec_interface *iface, const char *key)
{
    const char *value = smap_get(&iface->external_ids, key);

    return value && *value ? value : NULL;
}

/* Returns the first, by name, of the interfaces with a VNIC on the trunk
 * bridge called 'name', or NULL. */
static const char *
find_first_vnic(const struct nved_local *local, const char *name)
{
    const struct smap_node *node;
    const char *first = NULL;

    SMAP_FOR_EACH (node, &local->on_trunk_bridge) {
        const struct ovsrec_interface *iface
            = nved_local_interface(local, node->key);

        if (!strcmp(node->value, name) && iface
            && smap_get(&iface->external_ids, "iface-id")
            && (!first || strcmp(node->key, first) < 0)) {
            first = node->key;
        }
    }
    return first;
}

/* Returns a new message that says why the VNIC of 'iface' may not be on the
 * bridge where it is, or NULL. */
static char *
get_misplacement(const struct nved_local *local,
                 const struct ovsrec_interface *iface)
{
    const char *bridge = smap_get(&local->on_trunk_bridge, iface->name);
    bool is_trunk = get(iface, "nvo3-trunk");
    const char *first;

    if (!local->trunk_bridges || (!is_trunk && !bridge)) {
        return NULL;
    }
    if (!bridge) {
        return xstrdup("nvo3-trunk is set: attach the interface to a bridge "
                       "of its own that has external_ids:nvo3-trunk-bridge="
                       "true");
    }
    if (!is_trunk) {
        return xasprintf("bridge \"%s\" has external_ids:nvo3-trunk-bridge="
                         "true: set nvo3-trunk, or attach the interface to "
                         "the integration bridge", bridge);
    }
    first = find_first_vnic(local, bridge);
    if (first && strcmp(first, iface->name)) {
        return xasprintf("bridge \"%s\" is that of interface \"%s\": each "
                         "trunk needs a bridge of its own", bridge, first);
    }
    return NULL;
}

static void
put_interface(const struct nved_local *local, struct nved_claims *claims,
              const struct ovsrec_interface *iface, struct sset *vnics)
{
    struct tsi_wish wish;
    char *wrong = nved_wish_read(&iface->external_ids, &wish);
    char *refusal = wrong ? wrong : get_misplacement(local, iface);
    struct nved_port port = {
        .name = iface->name,
        .vnic = smap_get(&iface->external_ids, "iface-id"),
        .vn = get(iface, "nvo3-vn"),
        .trunk = get(iface, "nvo3-trunk"),
        .mac = get(iface, "attached-mac"),
        .ips = get(iface, "nvo3-ip"),
        .error = iface->error,
        .refusal = refusal,
        .ofport = iface->n_ofport ? *iface->ofport : 0,
        .tag = NVED_NO_TAG,
        .wish = wish,
    };

    nved_claims_put(claims, &port, vnics);
    free(refusal);
}

/* Takes in what 'iface' says, if it is on the bridge as far as is known. */
static void
take_interface(const struct nved_local *local,
               const struct ovsrec_interface *iface,
               struct nved_claims *claims, struct sset *vnics,
               struct sset *ports)
{
    sset_add(ports, iface->name);
    if (nved_claims_contain(claims, iface->name)) {
        put_interface(local, claims, iface, vnics);
    }
}

static bool
is_trunk_bridge(const struct ovsrec_bridge *br)
{
    return smap_get_bool(&br->external_ids, "nvo3-trunk-bridge", false);
}

/* Takes note of which interfaces are on bridges for trunks, which the
 * integration bridge 'name' cannot be. */
static void
find_trunk_bridges(struct nved_local *local, const char *name)
{
    const struct ovsrec_bridge *br;

    smap_clear(&local->on_trunk_bridge);
    OVSREC_BRIDGE_FOR_EACH (br, local->db.idl) {
        bool skip = !is_trunk_bridge(br) || !strcmp(br->name, name);

        for (size_t i = 0; !skip && i < br->n_ports; i++) {
            const struct ovsrec_port *port = br->ports[i];

            for (size_t j = 0; j < port->n_interfaces; j++) {
                smap_replace(&local->on_trunk_bridge,
                             port->interfaces[j]->name, br->name);
            }
        }
    }
}

/* Takes in what the interfaces on trunk bridges say, as one may be in the way
 * of another. */
static void
read_trunks(const struct nved_local *local, struct nved_claims *claims,
            struct sset *vnics)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &local->on_trunk_bridge) {
        const struct ovsrec_interface *iface
            = nved_local_interface(local, node->key);

        if (iface && nved_claims_contain(claims, iface->name)) {
            put_interface(local, claims, iface, vnics);
        }
    }
}

/* Makes 'claims' hold the interfaces of 'br', and takes them out of
 * 'gone'. */
static void
read_bridge(const struct nved_local *local, const struct ovsrec_bridge *br,
            struct nved_claims *claims, struct sset *vnics,
            struct sset *ports, struct sset *gone)
{
    for (size_t i = 0; i < br->n_ports; i++) {
        const struct ovsrec_port *port = br->ports[i];

        for (size_t j = 0; j < port->n_interfaces; j++) {
            const char *name = port->interfaces[j]->name;

            if (!sset_find_and_delete(gone, name)) {
                put_interface(local, claims, port->interfaces[j], vnics);
                sset_add(ports, name);
            }
        }
    }
}

/* Makes 'claims' hold the interfaces that are on the bridge called 'bridge' or
 * one for trunks, and no others.  Those that it holds already are not looked
 * at. */
static void
read_members(const struct nved_local *local, const char *name,
             struct nved_claims *claims, struct sset *vnics,
             struct sset *ports)
{
    struct sset gone = SSET_INITIALIZER(&gone);
    const struct ovsrec_bridge *br;
    const char *port_name;

    nved_claims_all(claims, &gone, NULL);
    OVSREC_BRIDGE_FOR_EACH (br, local->db.idl) {
        if (!strcmp(br->name, name)
            || (local->trunk_bridges && is_trunk_bridge(br))) {
            read_bridge(local, br, claims, vnics, ports, &gone);
        }
    }
    SSET_FOR_EACH (port_name, &gone) {
        nved_claims_remove(claims, port_name, vnics);
        sset_add(ports, port_name);
    }
    sset_destroy(&gone);
}

static void
write_key(const struct ovsrec_interface *iface, const char *key,
          const char *value)
{
    const char *old = smap_get(&iface->external_ids, key);

    if (value && (!old || strcmp(old, value))) {
        ovsrec_interface_update_external_ids_setkey(iface, key, value);
    } else if (!value && old) {
        ovsrec_interface_update_external_ids_delkey(iface, key);
    }
}
