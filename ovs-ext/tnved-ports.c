/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/tnved-ports.h"

#include <inttypes.h>
#include <string.h>

#include "lib/vswitch-idl.h"
#include "openvswitch/vlog.h"
#include "ovs-ext/nved-local.h"
#include "ovs-ext/tnved-vlan.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(tnved_ports);

static const struct ovsdb_idl_column *const columns[] = {
    &ovsrec_open_vswitch_col_other_config,
    &ovsrec_port_col_other_config,
    &ovsrec_port_col_protected_,
    &ovsrec_port_col_tag,
    &ovsrec_port_col_trunks,
    &ovsrec_port_col_vlan_mode,
};

static bool has_interface(const struct ovsrec_port *, const char *name);
static void write_vlan(const struct ovsrec_port *, const struct tnved_vlan *);

void
tnved_ports_init(struct nved_local *local)
{
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_track_add_column(local->db.idl, columns[i]);
    }
}

const struct ovsrec_port *
tnved_ports_find(const struct nved_local *local, const char *name)
{
    const struct ovsrec_port *port = nved_local_port(local, name);

    /* As a rule a Port has the name of its only interface. */
    if (port && has_interface(port, name)) {
        return port;
    }
    OVSREC_PORT_FOR_EACH (port, local->db.idl) {
        if (has_interface(port, name)) {
            return port;
        }
    }
    return NULL;
}

const struct ovsrec_port *
tnved_ports_find_on(const struct ovsrec_bridge *br, const char *name)
{
    for (size_t i = 0; i < br->n_ports; i++) {
        if (!strcmp(br->ports[i]->name, name)) {
            return br->ports[i];
        }
    }
    return NULL;
}

bool
tnved_ports_is(const struct ovsrec_port *port, const char *role)
{
    return !strcmp(smap_get_def(&port->external_ids, "nvo3-role", ""), role);
}

void
tnved_ports_write(const struct ovsrec_port *port,
                  const struct tnved_vlan *vlan, const char *role)
{
    write_vlan(port, vlan);
    if (!tnved_ports_is(port, role)) {
        ovsrec_port_update_external_ids_setkey(port, "nvo3-role", role);
    }
}

void
tnved_ports_release(const struct ovsrec_port *port)
{
    struct tnved_vlan blocked = tnved_vlan_blocked();

    write_vlan(port, &blocked);
    ovsrec_port_update_external_ids_delkey(port, "nvo3-role");
}

static bool
has_interface(const struct ovsrec_port *port, const char *name)
{
    for (size_t i = 0; i < port->n_interfaces; i++) {
        if (!strcmp(port->interfaces[i]->name, name)) {
            return true;
        }
    }
    return false;
}

/* Has the tag that 'port' puts before a tenant's be one of 802.1Q, which is
 * what the NVE understands, or does not say so any more. */
static void
write_ethtype(const struct ovsrec_port *port, bool tenant_tags)
{
    const char *old = smap_get(&port->other_config, "qinq-ethtype");

    if (tenant_tags) {
        ovsrec_port_update_other_config_setkey(port, "qinq-ethtype",
                                               "802.1q");
    } else if (old) {
        ovsrec_port_update_other_config_delkey(port, "qinq-ethtype");
    }
}

static void
log_change(const struct ovsrec_port *port, const struct tnved_vlan *vlan)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 60);

    if (vlan->tag >= 0) {
        VLOG_INFO_RL(&rl, "port %s: tag %"PRId64, port->name, vlan->tag);
    } else if (vlan->protected) {
        VLOG_INFO_RL(&rl, "port %s: blocked", port->name);
    } else {
        VLOG_INFO_RL(&rl, "port %s: trunk of %"PRIuSIZE" tags", port->name,
                     vlan->n_trunks);
    }
}

static void
write_vlan(const struct ovsrec_port *port, const struct tnved_vlan *vlan)
{
    struct tnved_vlan now = {
        .mode = port->vlan_mode,
        .tag = port->n_tag ? *port->tag : -1,
        .trunks = port->trunks,
        .n_trunks = port->n_trunks,
        .protected = port->protected_,
        .tenant_tags = !strcmp(smap_get_def(&port->other_config,
                                            "qinq-ethtype", ""), "802.1q"),
    };

    if (!tnved_vlan_equals(&now, vlan)) {
        log_change(port, vlan);
        ovsrec_port_set_vlan_mode(port, vlan->mode);
        ovsrec_port_set_tag(port, &vlan->tag, vlan->tag >= 0);
        ovsrec_port_set_trunks(port, vlan->trunks, vlan->n_trunks);
        ovsrec_port_set_protected_(port, vlan->protected);
        write_ethtype(port, vlan->tenant_tags);
    }
}
