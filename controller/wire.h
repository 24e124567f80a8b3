/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_WIRE_H
#define CONTROLLER_WIRE_H 1

/* Wire: the sockets of ndirectord's OpenFlow side.
 *
 * Wire listens, gives each connection a session of the core, frames what is
 * read into whole messages for session_receive(), and sends what
 * session_output() has, as much as fits in one system call.  It knows the
 * OpenFlow header and nothing else of the protocol.
 *
 *     struct wire *wire = wire_create(core, changed, aux);
 *     char *error = wire_listen(wire, "ptcp:6653");
 *     ...
 *     wire_start(wire);             accept, once the epoch is known
 *     core_run(core, now);          whenever changed() was called, then:
 *     wire_core_ran(wire);
 *
 * Each connection is a task of lib/loop.h: one that has nothing to read, to
 * send or to time out costs nothing.  In one turn a connection reads and
 * sends a bounded number of bytes, so that none starves the others.
 *
 * Over TLS a session begins when the handshake is done, with the common name
 * of the peer's certificate; a certificate without one is refused.
 *
 * Floods: a connection that has not said its datapath ID within 10 s is
 * closed.  At most WIRE_MAX_STRANGERS connections may be open whose NVE the
 * core has not accepted, each with little to send; beyond that new ones wait
 * in the kernel until there is room, for which the oldest of the strangers
 * goes once it is 1 s old.
 * When the process is out of file descriptors, accepting pauses for 1 s.
 *
 * Neighbours: core.h and session.h below, director.h above.
 * Single-threaded.  Times are in milliseconds. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "openvswitch/compiler.h"

struct core;
struct wire;

#define WIRE_MAX_STRANGERS 1024

/* Returns a new wire without listeners for the sessions of 'core'; free with
 * wire_destroy().  Borrows 'core' until then.  Calls 'changed' with 'aux' when
 * core_run() has something to do. */
struct wire *wire_create(struct core *core, void (*changed)(void *aux),
                         void *aux);

/* Closes all sockets, removes the sessions from the core and frees 'wire'. */
void wire_destroy(struct wire *);

/* Opens 'target' ("ptcp:[PORT][:HOST]", "pssl:[PORT][:HOST]" or "punix:FILE")
 * to listen on.  Nothing is accepted before wire_start().  Returns NULL, or a
 * message, to be freed, that says what is wrong. */
char *wire_listen(struct wire *, const char *target) OVS_WARN_UNUSED_RESULT;

/* Returns NULL if 'target' is of a form that wire_listen() takes, otherwise a
 * message, to be freed.  Opens nothing. */
char *wire_check_target(const char *target) OVS_WARN_UNUSED_RESULT;

/* Returns NULL if the process has what TLS needs: a private key, its
 * certificate and that of an authority, as stream-ssl.h was told.  Otherwise
 * returns a message, to be freed.  Briefly opens a socket on 127.0.0.1. */
char *wire_check_tls(void) OVS_WARN_UNUSED_RESULT;

/* Begins to accept connections. */
void wire_start(struct wire *);

/* Stops accepting, and closes all connections for 'reason'.  Listeners stay
 * open. */
void wire_stop(struct wire *, const char *reason);

/* Goes on with 'core', in place of one that is about to be destroyed.  There
 * must be no connections: call wire_stop() before. */
void wire_set_core(struct wire *, struct core *core);

/* Tells that core_run() ran: sends what sessions have to send, and removes
 * those that are closed. */
void wire_core_ran(struct wire *);

struct wire_stats {
    uint64_t n_connections;     /* Now. */
    uint64_t n_strangers;       /* Of them, not accepted by the core. */
    uint64_t n_accepted;        /* Connections accepted since the start. */
    uint64_t n_evicted;         /* Strangers closed for want of room. */
    uint64_t n_timeouts;        /* ... because they did not say who they are. */
    uint64_t n_accept_errors;   /* Failures to accept. */
    uint64_t n_conn_runs;       /* Runs of connections' tasks. */
    uint64_t n_recv_calls;      /* Calls to receive. */
    uint64_t n_send_calls;      /* Calls to send. */
    uint64_t n_messages_received;
    uint64_t bytes_received;
    uint64_t bytes_sent;
};

/* Returns the figures of 'wire'. */
struct wire_stats wire_get_stats(const struct wire *);

/* Returns the port that listener 'i' (in the order of wire_listen()) is bound
 * to, 0 if it has none. */
uint16_t wire_bound_port(const struct wire *, size_t i);

#endif /* controller/wire.h */
