/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_LOCAL_H
#define NVED_LOCAL_H 1

/* The local Open_vSwitch database as ovs-nved reads it: the operator's
 * configuration, the ports on the integration bridge, and the place where
 * their states are written back.  nved-bridge.h, which prepares the bridge,
 * builds upon it; nved-claims.h takes the ports.
 *
 *     nved_local_init(&local, "unix:/run/openvswitch/db.sock");
 *     ...
 *     events = nved_db_run(&local.db);
 *     if (events & NVED_DB_CHANGED) {
 *         what = nved_local_changes(&local, tunnel_port);
 *         nved_local_read_ports(&local, "br-int", what, claims, &vnics,
 *                               &ports);
 *     }
 *     ovsdb_idl_track_clear(local.db.idl);
 *
 * Only the columns named in nved-local.c are replicated; statistics and other
 * columns that change all the time do not wake us up.
 *
 * Ownership: rows are the IDL's, valid until the next nved_db_run().
 * Threads: single-threaded. */

#include <stdbool.h>
#include "openvswitch/compiler.h"
#include "ovs-ext/nved-db.h"
#include "smap.h"

struct nved_claims;
struct nved_report;
struct ovsdb_idl_index;
struct ovsdb_idl_txn;
struct ovsrec_bridge;
struct ovsrec_interface;
struct ovsrec_open_vswitch;
struct ovsrec_port;
struct sset;

struct nved_local {
    struct nved_db db;
    struct ovsdb_idl_index *ports;      /* Port by name. */
    struct ovsdb_idl_index *interfaces; /* Interface by name. */

    /* Where Open vSwitch's own switching has to tell the VNs of a trunk VNIC
     * apart, each such VNIC has a bridge of its own, which has external_ids:
     * nvo3-trunk-bridge=true; then its interfaces belong to us as well. */
    bool trunk_bridges;
    struct smap on_trunk_bridge; /* Interface on one of these -> bridge. */
};

enum nved_local_change {
    NVED_LOCAL_CONFIG = 1 << 0, /* The Open_vSwitch row or the SSL row. */
    NVED_LOCAL_BRIDGE = 1 << 1, /* Something that nved-bridge.h cares for. */
    NVED_LOCAL_PORTS = 1 << 2,  /* Interfaces. */
    NVED_LOCAL_MEMBERS = 1 << 3, /* Which interfaces are on which bridge. */
    NVED_LOCAL_ALL = (1 << 4) - 1, /* Who knows what. */
};

/* Initializes 'local' to use the database at 'remote', without trunk
 * bridges. */
void nved_local_init(struct nved_local *local, const char *remote);

/* Ends the connection and frees what 'local' owns. */
void nved_local_uninit(struct nved_local *local);

/* Waits, for 'timeout_ms' at most, until the database at 'remote', to which
 * 'local' was initialized, is there.  Blocks; for a program that only has a
 * look.  Returns NULL, or a new message, to be freed with free(), if it does
 * not come, or has no Open_vSwitch row. */
char *nved_local_load(struct nved_local *local, const char *remote,
                      int timeout_ms) OVS_WARN_UNUSED_RESULT;

/* Returns what the tracked changes concern.  'tunnel_port' is the name of the
 * tunnel port, or NULL. */
enum nved_local_change nved_local_changes(const struct nved_local *local,
                                          const char *tunnel_port);

/* Returns the Open_vSwitch row, or NULL if the database has none yet. */
const struct ovsrec_open_vswitch *nved_local_root(const struct nved_local *);

/* Returns the bridge called 'name', or NULL. */
const struct ovsrec_bridge *nved_local_bridge(const struct nved_local *,
                                              const char *name);

/* Returns the Port called 'name', or NULL. */
const struct ovsrec_port *nved_local_port(const struct nved_local *,
                                          const char *name);

/* Returns the Interface called 'name', or NULL. */
const struct ovsrec_interface *nved_local_interface(const struct nved_local *,
                                                    const char *name);

/* Returns true if 'port' is on 'br'. */
bool nved_local_has_port(const struct ovsrec_bridge *br,
                         const struct ovsrec_port *port);

/* Inserts and returns a Port with one Interface of the same name, on no bridge
 * yet. */
struct ovsrec_port *nved_local_create_port(struct ovsdb_idl_txn *txn,
                                           const char *name, const char *type,
                                           const struct smap *options);

/* Returns the name of the interface with OpenFlow port 'ofport' on the bridge
 * called 'bridge', or NULL. */
const char *nved_local_ofport_name(const struct nved_local *,
                                   const char *bridge, int64_t ofport);

/* Brings 'claims' up to date with the interfaces on the bridge called
 * 'bridge', and on trunk bridges if there are any, as far as 'changes' say
 * that they may have changed: those that are tracked, or all.  Adds to 'vnics'
 * the VNICs concerned, and to 'ports' the names of the interfaces, on these
 * bridges or not, whose state must be looked at. */
void nved_local_read_ports(struct nved_local *local, const char *bridge,
                           enum nved_local_change changes,
                           struct nved_claims *claims, struct sset *vnics,
                           struct sset *ports);

/* Writes 'report' into the external_ids of the interface called 'name', in
 * the open transaction, unless they say so already or it is gone. */
void nved_local_write_report(const struct nved_local *local, const char *name,
                             const struct nved_report *report);

/* Writes external_ids:nvo3-status of the Open_vSwitch row, in the open
 * transaction, unless it is 'status' already. */
void nved_local_write_status(const struct nved_local *local,
                             const char *status);

/* Gives libopenvswitch the certificates that the SSL row names, if there is
 * one.  Returns true if there is. */
bool nved_local_use_ssl(const struct nved_local *local);

/* Returns this host's name, to be freed with free(). */
char *nved_local_hostname(void);

/* Remembers in '*notedp' what is wrong with the configuration, 'error' or
 * NULL, of which it takes ownership, and logs it if it is new.  'configured'
 * says whether there was a good one before. */
void nved_local_note_error(char **notedp, char *error, bool configured);

#endif /* nved-local.h */
