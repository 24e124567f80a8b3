/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_H
#define NVED_H 1

/* The NVE agent: ties the local Open_vSwitch database (nved-local.h,
 * nved-bridge.h) to the NVO3 database (nved-nvo3.h).
 *
 *     local database                                     NVO3 database
 *     Open_vSwitch.external_ids --> nved-config
 *                                        |
 *                    Bridge, ... <-- nved-bridge ----> NVE_Registration
 *     Interface.external_ids ----> nved-claims ------> VNIC_Claim
 *     Interface.external_ids <---- nved-report <------ Binding
 *
 * On an external NVE a third database comes in, that of the end devices
 * (nved-external.h).
 *
 * Everything is reconciled, nothing is remembered: what should be is computed
 * from one database and compared with the other, so restarts and lost
 * connections on any side, in any order, end in the same state.  Changes cost
 * in proportion to what changed; after a (re)connection or a failed
 * transaction all is compared.
 *
 * A configuration that is no good changes nothing: the last good one, or what
 * an earlier run of the agent left behind, stays in force, and external_ids:
 * nvo3-status of the Open_vSwitch row says what is wrong.  Ending the agent
 * also leaves everything in place.
 *
 * The agent is a task of the event loop (lib/loop.h):
 *
 *     struct nved *nved = nved_create("unix:/run/openvswitch/db.sock", true);
 *     nved_show_init(nved);
 *     loop_run();
 *     nved_destroy(nved);
 *
 * Threads: single-threaded. */

#include <stdbool.h>

struct ds;
struct nved;
struct unixctl_conn;

/* Returns a new agent, to be freed with nved_destroy(), for the Open_vSwitch
 * database at 'remote', and starts its task.  If 'ssl_from_db', certificates
 * are those of the database's SSL row. */
struct nved *nved_create(const char *remote, bool ssl_from_db);

/* Ends the agent and its task.  What it wrote stays.  NULL is allowed. */
void nved_destroy(struct nved *nved);

/* Appends to 's' the configuration, the connections, and each VNIC's
 * interface with its state, for people. */
void nved_format(const struct nved *nved, struct ds *s);

/* Starts to delete our rows from the NVO3 database and stays out of it until
 * nved_register().  'conn' gets its reply when they are gone, or the
 * connection is. */
void nved_deregister(struct nved *nved, struct unixctl_conn *conn);

/* Undoes nved_deregister(). */
void nved_register(struct nved *nved);

/* Checks the configuration in the Open_vSwitch database at 'remote' and
 * writes nothing.  Blocks until that is read, for 'timeout_ms' at most.
 * Returns NULL and appends to 's' what the configuration means, or returns a
 * new message, to be freed with free(), that says what is wrong. */
char *nved_check(const char *remote, int timeout_ms, struct ds *s);

/* Registers the unixctl commands nved/show, nved/deregister and
 * nved/register for 'nved', which must outlive them. */
void nved_show_init(struct nved *nved);

#endif /* nved.h */
