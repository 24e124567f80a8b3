/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/tnved-trunk.h"

#include <stdlib.h>
#include <string.h>

#include "lib/vswitch-idl.h"
#include "openvswitch/vlog.h"
#include "ovs-ext/nved-claims.h"
#include "ovs-ext/tnved-ports.h"
#include "ovs-ext/tnved-private.h"
#include "ovs-ext/tnved-vlan.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(tnved_trunk);

/* The key in external_ids of a patch port that names its trunk. */
#define OWNER "nvo3-trunk"

/* One end of a pair of patch ports. */
struct end {
    char *name;
    char *peer;
    const struct ovsrec_bridge *br;
};

static void end_init(struct end *, const char *owner, int tag, bool inner,
                     const struct ovsrec_bridge *);
static void end_uninit(struct end *);
static const struct ovsrec_port *get_port(const struct tnved *,
                                          const struct end *,
                                          const char *owner);
static bool is_wanted(const struct tnved *, const struct ovsrec_port *);
static void remove_port(const struct tnved *, const struct ovsrec_port *);

/* Returns the guest's tag of 'claim'; 0 is untagged. */
static int
get_guest_tag(const struct nved_claim *claim)
{
    return claim->tag == NVED_NO_TAG ? 0 : claim->tag;
}

/* Makes and writes the pair of patch ports for 'claim' of 'owner'.  Returns
 * true if it is open. */
static bool
write_pair(struct tnved *t, const char *owner, const struct nved_claim *claim,
           const struct ovsrec_bridge *trunk_br)
{
    const struct ovsrec_bridge *br
        = nved_local_bridge(&t->local, t->config.bridge);
    struct tnved_vlan vlan = tnved_vlan_access(get_guest_tag(claim));
    const struct ovsrec_port *inner, *outer;
    struct end in, out;
    bool open = false;

    end_init(&in, owner, get_guest_tag(claim), true, br);
    end_init(&out, owner, get_guest_tag(claim), false, trunk_br);
    inner = get_port(t, &in, owner);
    outer = get_port(t, &out, owner);
    if (inner && outer) {
        tnved_ports_write(outer, &vlan, TNVED_ROLE_TRUNK);
        open = tnved_write_tag(t, in.name, inner, claim, TNVED_ROLE_TRUNK,
                               tnved_vlan_access);
    }
    end_uninit(&in);
    end_uninit(&out);
    return open;
}

void
tnved_trunk_write(struct tnved *t, const char *name,
                  const struct ovsrec_port *port)
{
    const struct ovsrec_bridge *br = nved_local_bridge(
        &t->local, smap_get(&t->local.on_trunk_bridge, name));
    const struct nved_claim *claim
        = nved_claims_first_on_port(t->claims, name);
    struct tnved_vlan vlan;
    int64_t *tags = NULL;
    size_t n = 0, allocated = 0;

    for (; claim; claim = nved_claim_next_on_port(claim)) {
        if (write_pair(t, name, claim, br)) {
            if (n >= allocated) {
                tags = x2nrealloc(tags, &allocated, sizeof *tags);
            }
            tags[n++] = get_guest_tag(claim);
        }
    }
    vlan = tnved_vlan_trunk(tags, n);
    tnved_ports_write(port, &vlan, TNVED_ROLE_VNIC);
    free(tags);
}

void
tnved_trunk_prune(struct tnved *t)
{
    const struct ovsrec_port *port;

    OVSREC_PORT_FOR_EACH_SAFE (port, t->local.db.idl) {
        if (tnved_trunk_owner(port) && !is_wanted(t, port)) {
            VLOG_INFO("removing patch port %s (interface %s has no such VN "
                      "any more)", port->name, tnved_trunk_owner(port));
            simap_find_and_delete(&t->tags, port->name);
            remove_port(t, port);
        }
    }
}

const char *
tnved_trunk_owner(const struct ovsrec_port *port)
{
    return (tnved_ports_is(port, TNVED_ROLE_TRUNK)
            ? smap_get_def(&port->external_ids, OWNER, "") : NULL);
}

/* Initializes the end of the pair for 'tag' of the interface 'owner' that is
 * on 'br', the integration bridge if 'inner'. */
static void
end_init(struct end *end, const char *owner, int tag, bool inner,
         const struct ovsrec_bridge *br)
{
    end->name = xasprintf("%s.%d.%s", owner, tag, inner ? "int" : "trk");
    end->peer = xasprintf("%s.%d.%s", owner, tag, inner ? "trk" : "int");
    end->br = br;
}

static void
end_uninit(struct end *end)
{
    free(end->name);
    free(end->peer);
}

/* Removes 'port' from all bridges but 'br', which may be NULL. */
static void
remove_from_others(const struct tnved *t, const struct ovsrec_port *port,
                   const struct ovsrec_bridge *br)
{
    const struct ovsrec_bridge *other;

    OVSREC_BRIDGE_FOR_EACH (other, t->local.db.idl) {
        if (other != br && nved_local_has_port(other, port)) {
            ovsrec_bridge_update_ports_delvalue(other, port);
        }
    }
}

static void
remove_port(const struct tnved *t, const struct ovsrec_port *port)
{
    remove_from_others(t, port, NULL);
}

/* Puts right what is wrong with 'port', which is there already. */
static void
adjust_port(const struct tnved *t, const struct ovsrec_port *port,
            const struct end *end)
{
    const struct ovsrec_interface *iface = port->interfaces[0];
    const char *peer = smap_get(&iface->options, "peer");

    if (strcmp(iface->type, "patch")) {
        ovsrec_interface_set_type(iface, "patch");
    }
    if (!peer || strcmp(peer, end->peer)) {
        ovsrec_interface_update_options_setkey(iface, "peer", end->peer);
    }
    if (!nved_local_has_port(end->br, port)) {
        remove_from_others(t, port, end->br);
        ovsrec_bridge_update_ports_addvalue(end->br, port);
    }
}

/* Returns the Port of 'end', for 'owner', new if it is not there; or NULL if
 * it cannot be. */
static const struct ovsrec_port *
get_port(const struct tnved *t, const struct end *end, const char *owner)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    const struct ovsrec_port *old = nved_local_port(&t->local, end->name);
    const struct smap options = SMAP_CONST1(&options, "peer", end->peer);
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct ovsrec_port *port;

    if (!end->br) {
        return NULL;
    }
    if (old) {
        if (!nullable_string_is_equal(tnved_trunk_owner(old), owner)) {
            VLOG_WARN_RL(&rl, "port %s is not ours (rename it, so that the "
                         "trunk %s can have a port of this name)", end->name,
                         owner);
            return NULL;
        }
        adjust_port(t, old, end);
        return old;
    }
    port = nved_local_create_port(t->local.db.txn, end->name, "patch",
                                  &options);
    smap_add(&ids, "nvo3-role", TNVED_ROLE_TRUNK);
    smap_add(&ids, OWNER, owner);
    ovsrec_port_set_external_ids(port, &ids);
    smap_destroy(&ids);
    ovsrec_bridge_update_ports_addvalue(end->br, port);
    return port;
}

/* Returns true if 'port', one of our patch ports, is one end of a pair of its
 * owner. */
static bool
is_wanted(const struct tnved *t, const struct ovsrec_port *port)
{
    const char *owner = tnved_trunk_owner(port);
    const struct nved_claim *claim
        = nved_claims_first_on_port(t->claims, owner);
    bool wanted = false;

    if (!smap_get(&t->local.on_trunk_bridge, owner)) {
        return false;
    }
    for (; claim && !wanted; claim = nved_claim_next_on_port(claim)) {
        struct end end;

        end_init(&end, owner, get_guest_tag(claim), true, NULL);
        wanted = (!strcmp(port->name, end.name)
                  || !strcmp(port->name, end.peer));
        end_uninit(&end);
    }
    return wanted;
}
