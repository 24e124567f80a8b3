/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/session-private.h"

#include <string.h>

#include "flow.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* A port of the datapath.  There are at most 65,536, as the number has 16
 * bits. */
struct session_port {
    struct hmap_node node;      /* In struct session's 'ports', by number. */
    ofp_port_t number;
    char name[OFP_MAX_PORT_NAME_LEN];
};

static struct session_port *port_find(const struct session *, ofp_port_t);
static void port_remove(struct session *, struct session_port *);
static bool port_put(struct session *, const struct ofputil_phy_port *);

void
session_ports_init(struct session *session)
{
    hmap_init(&session->ports);
    shash_init(&session->port_names);
}

void
session_ports_uninit(struct session *session)
{
    struct session_port *port;

    HMAP_FOR_EACH_POP (port, node, &session->ports) {
        free(port);
    }
    hmap_destroy(&session->ports);
    shash_destroy(&session->port_names);
}

void
session_ports_request(struct session *session)
{
    session_request(session, REQUEST_PORTS,
                    ofputil_encode_port_desc_stats_request(OFP15_VERSION,
                                                           OFPP_ANY));
}

void
session_receive_ports(struct session *session, const struct ofp_header *oh)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct ofputil_phy_port port;
    int error;

    ofpraw_pull_assert(&msg);
    while (!(error = ofputil_pull_phy_port(OFP15_VERSION, &msg, &port))) {
        port_put(session, &port);
    }
    if (error != EOF) {
        session_close(session, "bad description of ports (%s)",
                      ofperr_to_string(error));
    }
}

void
session_receive_port_status(struct session *session,
                            const struct ofp_header *oh)
{
    struct ofputil_port_status status;
    enum ofperr error = ofputil_decode_port_status(oh, &status);
    bool changed;

    if (error) {
        session_close(session, "bad port status (%s)",
                      ofperr_to_string(error));
        return;
    }
    if (status.reason == OFPPR_DELETE) {
        struct session_port *port = port_find(session, status.desc.port_no);

        changed = port != NULL;
        if (port) {
            port_remove(session, port);
        }
    } else {
        changed = port_put(session, &status.desc);
    }
    if (changed && session->surveyed) {
        session_emit_ports(session);
    }
}

ofp_port_t
session_port_by_name(const struct session *session, const char *name)
{
    const struct session_port *port
        = shash_find_data(&session->port_names, name);

    return port ? port->number : OFPP_NONE;
}

static uint32_t
port_hash(ofp_port_t number)
{
    return hash_ofp_port(number);
}

static struct session_port *
port_find(const struct session *session, ofp_port_t number)
{
    struct session_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, node, port_hash(number),
                             &session->ports) {
        if (port->number == number) {
            return port;
        }
    }
    return NULL;
}

static void
port_remove(struct session *session, struct session_port *port)
{
    struct shash_node *named = shash_find(&session->port_names, port->name);

    /* Of two ports with one name, which a datapath should not have, the later
     * has the name. */
    if (named && named->data == port) {
        shash_delete(&session->port_names, named);
    }
    hmap_remove(&session->ports, &port->node);
    free(port);
}

/* Adds 'desc' or brings it up to date.  Returns true if a number or a name
 * changed. */
static bool
port_put(struct session *session, const struct ofputil_phy_port *desc)
{
    struct session_port *port = port_find(session, desc->port_no);

    if (port) {
        if (!strcmp(port->name, desc->name)) {
            return false;
        }
        port_remove(session, port);
    }
    port = xzalloc(sizeof *port);
    port->number = desc->port_no;
    ovs_strlcpy(port->name, desc->name, sizeof port->name);
    hmap_insert(&session->ports, &port->node, port_hash(port->number));
    shash_replace(&session->port_names, port->name, port);
    return true;
}
