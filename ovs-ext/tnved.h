/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TNVED_H
#define TNVED_H 1

/* The hypervisor's half of a split NVE (tNVE in RFC 8394): ties the local
 * Open_vSwitch database (nved-local.h, tnved-ports.h) to the database of the
 * external NVE (tnved-hnve.h).
 *
 *     local database                                 Hypervisor_NVE database
 *     Open_vSwitch.external_ids --> tnved-config
 *     Interface.external_ids ----> nved-claims ------> VNIC_Request
 *     Interface.external_ids <---- nved-report <------ VNIC_Answer
 *     Port.tag, trunks, ...  <---- tnved-vlan  <------ VNIC_Answer
 *
 * What an interface is told and what its Port does are written in one
 * transaction, so that who sees nvo3-state=activated finds the tag there, and
 * who sees refused finds the Port blocked.  The same transaction has the
 * uplink carry just the tags in use.
 *
 * As in nved.h, everything is reconciled and nothing is remembered, and a
 * configuration that is no good changes nothing.  While the NVE cannot be
 * reached, Ports stay as they are and changes wait.
 *
 * It is a task of the event loop (lib/loop.h):
 *
 *     struct tnved *tnved = tnved_create("unix:/run/openvswitch/db.sock",
 *                                        true);
 *     tnved_show_init(tnved);
 *     loop_run();
 *     tnved_destroy(tnved);
 *
 * Threads: single-threaded. */

#include <stdbool.h>

struct ds;
struct tnved;
struct unixctl_conn;

/* Returns a new agent, to be freed with tnved_destroy(), for the Open_vSwitch
 * database at 'remote', and starts its task.  If 'ssl_from_db', certificates
 * are those of the database's SSL row. */
struct tnved *tnved_create(const char *remote, bool ssl_from_db);

/* Ends the agent and its task.  What it wrote stays.  NULL is allowed. */
void tnved_destroy(struct tnved *tnved);

/* Appends to 's' the configuration, the connections, and each VNIC's
 * interface with its state, for people. */
void tnved_format(const struct tnved *tnved, struct ds *s);

/* Starts to delete our requests and makes none until tnved_register().
 * 'conn' gets its reply when they are gone, or the connection is. */
void tnved_deregister(struct tnved *tnved, struct unixctl_conn *conn);

/* Undoes tnved_deregister(). */
void tnved_register(struct tnved *tnved);

/* Checks the configuration in the Open_vSwitch database at 'remote' and
 * writes nothing.  Blocks until that is read, for 'timeout_ms' at most.
 * Returns NULL and appends to 's' what the configuration means, or returns a
 * new message, to be freed with free(), that says what is wrong. */
char *tnved_check(const char *remote, int timeout_ms, struct ds *s);

/* Registers the unixctl commands tnved/show, tnved/deregister and
 * tnved/register for 'tnved', which must outlive them. */
void tnved_show_init(struct tnved *tnved);

#endif /* tnved.h */
