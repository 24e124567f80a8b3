/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-bridge.h"

#include <stdlib.h>
#include <string.h>

#include "lib/vswitch-idl.h"
#include "openvswitch/vlog.h"
#include "ovs-ext/nved-config.h"
#include "ovs-ext/nved-local.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nved_bridge);

#define MANAGED "nvo3-managed"
#define PROTOCOL "OpenFlow15"

/* How a controller connection is watched and retried, unless the operator
 * says otherwise; milliseconds. */
#define MAX_BACKOFF_MS 1000
#define INACTIVITY_PROBE_MS 5000

/* How many tags Open vSwitch may look at, which is also its default. */
#define VLAN_LIMIT "1"

static char *check_names(const struct nved_local *,
                         const struct nved_config *,
                         const struct ovsrec_bridge *, bool full);
static void create_bridge(const struct nved_local *, struct ovsdb_idl_txn *,
                          const struct nved_config *,
                          const struct ovsrec_port *tunnel);
static void adjust_vlan_limit(const struct ovsrec_open_vswitch *);
static void adjust_bridge(const struct ovsrec_bridge *,
                          const struct nved_config *);
static void adjust_controllers(struct ovsdb_idl_txn *,
                               const struct ovsrec_bridge *,
                               const struct nved_config *);
static struct ovsrec_controller *create_controller(struct ovsdb_idl_txn *,
                                                   const char *target);
static const struct ovsrec_port *get_tunnel(const struct nved_local *,
                                            struct ovsdb_idl_txn *,
                                            const struct nved_config *);
static void adjust_tunnel(const struct ovsrec_port *,
                          const struct nved_config *);
static void remove_old_tunnels(const struct nved_local *,
                               const struct nved_config *);

char *
nved_bridge_prepare(const struct nved_local *local, struct ovsdb_idl_txn *txn,
                    const struct nved_config *config, bool full)
{
    const struct ovsrec_bridge *br = nved_local_bridge(local, config->bridge);
    const struct ovsrec_port *tunnel;
    char *problem;

    if (!nved_local_root(local)) {
        return xstrdup("the local database is not initialized: run "
                       "\"ovs-vsctl init\"");
    }
    problem = check_names(local, config, br, full);
    if (problem) {
        return problem;
    }

    adjust_vlan_limit(nved_local_root(local));
    if (full) {
        remove_old_tunnels(local, config);
    }
    tunnel = get_tunnel(local, txn, config);
    if (!br) {
        create_bridge(local, txn, config, tunnel);
        return NULL;
    }
    adjust_bridge(br, config);
    adjust_controllers(txn, br, config);
    if (!nved_local_has_port(br, tunnel)) {
        VLOG_INFO("%s: adding tunnel port %s", br->name, config->tunnel_port);
        ovsrec_bridge_update_ports_addvalue(br, tunnel);
    }
    return NULL;
}

char *
nved_bridge_tunnel_problem(const struct nved_local *local,
                           const struct nved_config *config)
{
    const struct ovsrec_interface *iface
        = nved_local_interface(local, config->tunnel_port);

    if (!iface || !iface->n_ofport || *iface->ofport >= 0) {
        return NULL;
    }
    return xasprintf("tunnel port %s does not work: %s", config->tunnel_port,
                     iface->error ? iface->error
                                  : "see the log of ovs-vswitchd");
}

static bool
is_managed(const struct smap *external_ids)
{
    return smap_get_bool(external_ids, MANAGED, false);
}

/* Returns true if 'port', which has the name of the tunnel port, may become
 * that of 'br' (NULL: one that is still to be made).  One that we made for
 * another bridge may, if 'full', since it will be removed from there. */
static bool
may_be_tunnel(const struct ovsrec_port *port, const struct ovsrec_bridge *br,
              bool full)
{
    return (port->n_interfaces == 1
            && ((br && nved_local_has_port(br, port))
                || (full && is_managed(&port->external_ids))));
}

/* Returns NULL if the names in 'config' are free or ours, otherwise a new
 * message.  'br' is the integration bridge, or NULL if it is not there. */
static char *
check_names(const struct nved_local *local, const struct nved_config *config,
            const struct ovsrec_bridge *br, bool full)
{
    const struct ovsrec_port *tunnel
        = nved_local_port(local, config->tunnel_port);

    if (!br && nved_local_interface(local, config->bridge)) {
        return xasprintf("cannot create bridge %s: a port of that name "
                         "exists; remove it or set external_ids:nvo3-bridge "
                         "to another name", config->bridge);
    }
    if (tunnel
        ? !may_be_tunnel(tunnel, br, full)
        : nved_local_interface(local, config->tunnel_port) != NULL) {
        return xasprintf("cannot create tunnel port %s on %s: a port of that "
                         "name is used otherwise; remove it or set "
                         "external_ids:nvo3-tunnel-port to another name",
                         config->tunnel_port, config->bridge);
    }
    return NULL;
}

/* Makes the bridge with all that belongs to it. */
static void
create_bridge(const struct nved_local *local, struct ovsdb_idl_txn *txn,
              const struct nved_config *config,
              const struct ovsrec_port *tunnel)
{
    const struct smap none = SMAP_INITIALIZER(&none);
    const struct smap managed = SMAP_CONST1(&managed, MANAGED, "true");
    const struct smap other = SMAP_CONST1(&other, "disable-in-band", "true");
    size_t n = config->controllers.n;
    struct ovsrec_controller **controllers = xcalloc(n, sizeof *controllers);
    struct ovsrec_bridge *br = ovsrec_bridge_insert(txn);
    const char *protocol = PROTOCOL;
    struct ovsrec_port *ports[2];

    VLOG_INFO("%s: creating bridge with tunnel port %s", config->bridge,
              config->tunnel_port);
    for (size_t i = 0; i < n; i++) {
        controllers[i] = create_controller(txn, config->controllers.names[i]);
    }
    ports[0] = nved_local_create_port(txn, config->bridge, "internal", &none);
    ports[1] = CONST_CAST(struct ovsrec_port *, tunnel);

    ovsrec_bridge_set_name(br, config->bridge);
    ovsrec_bridge_set_ports(br, ports, ARRAY_SIZE(ports));
    ovsrec_bridge_set_controller(br, controllers, n);
    ovsrec_bridge_set_fail_mode(br, "secure");
    ovsrec_bridge_set_protocols(br, &protocol, 1);
    ovsrec_bridge_set_other_config(br, &other);
    ovsrec_bridge_set_external_ids(br, &managed);
    if (config->datapath_type) {
        ovsrec_bridge_set_datapath_type(br, config->datapath_type);
    }
    ovsrec_open_vswitch_update_bridges_addvalue(nved_local_root(local), br);
    free(controllers);
}

/* If Open vSwitch 3.1 looks at more than one tag, a flow of its datapath for a
 * frame with one tag, that was popped, also matches frames with a second one
 * below (flow_pop_vlan() leaves that wildcarded). */
static void
adjust_vlan_limit(const struct ovsrec_open_vswitch *root)
{
    const char *limit = smap_get(&root->other_config, "vlan-limit");

    if (limit && strcmp(limit, VLAN_LIMIT)) {
        VLOG_WARN("replacing other_config:vlan-limit=%s by "VLAN_LIMIT" (with "
                  "any other, frames with two tags could pass for frames with "
                  "one)", limit);
        ovsrec_open_vswitch_update_other_config_setkey(root, "vlan-limit",
                                                       VLAN_LIMIT);
    }
}

static void
adjust_fail_mode(const struct ovsrec_bridge *br)
{
    if (!br->fail_mode) {
        VLOG_INFO("%s: setting fail_mode=secure", br->name);
    } else if (strcmp(br->fail_mode, "secure")) {
        VLOG_WARN("%s: replacing fail_mode=%s by secure (any other would "
                  "forward between VNs)", br->name, br->fail_mode);
    } else {
        return;
    }
    ovsrec_bridge_set_fail_mode(br, "secure");
}

static void
adjust_protocols(const struct ovsrec_bridge *br)
{
    for (size_t i = 0; i < br->n_protocols; i++) {
        if (!strcmp(br->protocols[i], PROTOCOL)) {
            return;
        }
    }
    VLOG_INFO("%s: adding %s to protocols", br->name, PROTOCOL);
    ovsrec_bridge_update_protocols_addvalue(br, PROTOCOL);
}

static void
adjust_in_band(const struct ovsrec_bridge *br)
{
    if (!smap_get_bool(&br->other_config, "disable-in-band", false)) {
        VLOG_INFO("%s: setting other_config:disable-in-band=true", br->name);
        ovsrec_bridge_update_other_config_setkey(br, "disable-in-band",
                                                 "true");
    }
}

static void
adjust_datapath_type(const struct ovsrec_bridge *br, const char *type)
{
    /* An empty type is "system". */
    const char *old = *br->datapath_type ? br->datapath_type : "system";

    if (type && strcmp(type, old)) {
        VLOG_WARN("%s: changing datapath_type from %s to %s (external_ids:"
                  "nvo3-datapath-type)", br->name, old, type);
        ovsrec_bridge_set_datapath_type(br, type);
    }
}

static void
adjust_bridge(const struct ovsrec_bridge *br,
              const struct nved_config *config)
{
    adjust_fail_mode(br);
    adjust_protocols(br);
    adjust_in_band(br);
    adjust_datapath_type(br, config->datapath_type);
}

/* Controllers. */

static struct ovsrec_controller *
create_controller(struct ovsdb_idl_txn *txn, const char *target)
{
    const struct smap managed = SMAP_CONST1(&managed, MANAGED, "true");
    struct ovsrec_controller *c = ovsrec_controller_insert(txn);
    const int64_t probe = INACTIVITY_PROBE_MS;
    const int64_t backoff = MAX_BACKOFF_MS;

    ovsrec_controller_set_target(c, target);
    ovsrec_controller_set_connection_mode(c, "out-of-band");
    ovsrec_controller_set_max_backoff(c, &backoff, 1);
    ovsrec_controller_set_inactivity_probe(c, &probe, 1);
    ovsrec_controller_set_external_ids(c, &managed);
    return c;
}

static void
adjust_controller(const struct ovsrec_bridge *br,
                  const struct ovsrec_controller *c)
{
    const int64_t probe = INACTIVITY_PROBE_MS;
    const int64_t backoff = MAX_BACKOFF_MS;

    if (!c->connection_mode || strcmp(c->connection_mode, "out-of-band")) {
        VLOG_INFO("%s: setting controller %s connection_mode=out-of-band",
                  br->name, c->target);
        ovsrec_controller_set_connection_mode(c, "out-of-band");
    }
    if (!c->n_max_backoff) {
        ovsrec_controller_set_max_backoff(c, &backoff, 1);
    }
    if (!c->n_inactivity_probe) {
        ovsrec_controller_set_inactivity_probe(c, &probe, 1);
    }
    if (!is_managed(&c->external_ids)) {
        ovsrec_controller_update_external_ids_setkey(c, MANAGED, "true");
    }
}

static const struct ovsrec_controller *
find_controller(const struct ovsrec_bridge *br, const char *target)
{
    for (size_t i = 0; i < br->n_controller; i++) {
        if (!strcmp(br->controller[i]->target, target)) {
            return br->controller[i];
        }
    }
    return NULL;
}

static void
adjust_controllers(struct ovsdb_idl_txn *txn, const struct ovsrec_bridge *br,
                   const struct nved_config *config)
{
    const char *target;
    size_t i;

    SVEC_FOR_EACH (i, target, &config->controllers) {
        const struct ovsrec_controller *c = find_controller(br, target);

        if (c) {
            adjust_controller(br, c);
        } else {
            VLOG_INFO("%s: adding controller %s", br->name, target);
            ovsrec_bridge_update_controller_addvalue(
                br, create_controller(txn, target));
        }
    }
    for (i = 0; i < br->n_controller; i++) {
        const struct ovsrec_controller *c = br->controller[i];

        if (is_managed(&c->external_ids)
            && !svec_contains(&config->controllers, c->target)) {
            VLOG_INFO("%s: removing controller %s", br->name, c->target);
            ovsrec_bridge_update_controller_delvalue(br, c);
        }
    }
}

/* Ports. */

/* Initializes 'options' with what the tunnel port must have.  The source
 * address is fixed because other NVEs drop what comes from an address that is
 * not registered. */
static void
tunnel_options(struct smap *options, const struct nved_config *config)
{
    smap_init(options);
    smap_add(options, "key", "flow");
    smap_add(options, "remote_ip", "flow");
    smap_add(options, "local_ip", config->encap_ip);
}

/* Returns the tunnel port as it is wanted, new if it is not there; its name
 * must be free or ours. */
static const struct ovsrec_port *
get_tunnel(const struct nved_local *local, struct ovsdb_idl_txn *txn,
           const struct nved_config *config)
{
    const struct smap managed = SMAP_CONST1(&managed, MANAGED, "true");
    const struct ovsrec_port *old
        = nved_local_port(local, config->tunnel_port);
    struct ovsrec_port *port;
    struct smap options;

    if (old) {
        adjust_tunnel(old, config);
        return old;
    }
    tunnel_options(&options, config);
    port = nved_local_create_port(txn, config->tunnel_port, "vxlan", &options);
    ovsrec_port_set_external_ids(port, &managed);
    smap_destroy(&options);
    return port;
}

static void
adjust_tunnel(const struct ovsrec_port *port,
              const struct nved_config *config)
{
    const struct ovsrec_interface *iface = port->interfaces[0];
    struct smap options;
    struct smap_node *node;

    if (strcmp(iface->type, "vxlan")) {
        VLOG_WARN("%s: changing its type from \"%s\" to vxlan (it is named as "
                  "the tunnel port)", port->name, iface->type);
        ovsrec_interface_set_type(iface, "vxlan");
    }
    tunnel_options(&options, config);
    SMAP_FOR_EACH (node, &options) {
        const char *old = smap_get(&iface->options, node->key);

        if (!old || strcmp(old, node->value)) {
            VLOG_INFO("%s: setting options:%s=%s", port->name, node->key,
                      node->value);
            ovsrec_interface_update_options_setkey(iface, node->key,
                                                   node->value);
        }
    }
    smap_destroy(&options);
    if (!is_managed(&port->external_ids)) {
        ovsrec_port_update_external_ids_setkey(port, MANAGED, "true");
    }
}

/* Removes the tunnel ports that we made and that are not the one wanted: two
 * flow-based vxlan ports would be in each other's way. */
static void
remove_old_tunnels(const struct nved_local *local,
                   const struct nved_config *config)
{
    const struct ovsrec_bridge *br;

    OVSREC_BRIDGE_FOR_EACH (br, local->db.idl) {
        bool ours = !strcmp(br->name, config->bridge);

        for (size_t i = 0; i < br->n_ports; i++) {
            const struct ovsrec_port *port = br->ports[i];

            if (is_managed(&port->external_ids)
                && !(ours && !strcmp(port->name, config->tunnel_port))) {
                VLOG_INFO("%s: removing old tunnel port %s", br->name,
                          port->name);
                ovsrec_bridge_update_ports_delvalue(br, port);
            }
        }
    }
}
