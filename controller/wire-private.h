/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_WIRE_PRIVATE_H
#define CONTROLLER_WIRE_PRIVATE_H 1

/* What wire.c (listeners) and wire-conn.c (connections) share; nobody else
 * includes this. */

#include "controller/wire.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct listener;
struct session;
struct stream;

/* The longest OpenFlow message, and so the most that is read or sent by one
 * system call. */
#define WIRE_BUFFER_SIZE 65536

struct wire {
    struct core *core;
    void (*changed)(void *aux);
    void *aux;
    bool started;

    struct listener **listeners;
    size_t n_listeners, allocated_listeners;

    struct ovs_list conns;      /* struct wire_conn's by 'node'. */
    struct ovs_list strangers;  /* By 'stranger_node', the oldest first. */
    size_t n_strangers;
    struct ovs_list closing;    /* By 'closing_node': to be removed. */
    struct hmap by_session;     /* struct wire_conn's by 'session_node'. */

    /* Shared by all connections, since a connection needs a buffer of its own
     * only while it has part of a message. */
    uint8_t *rx_spare;          /* WIRE_BUFFER_SIZE bytes, NULL if lent. */
    uint64_t *tx;               /* WIRE_BUFFER_SIZE bytes. */
    uint64_t *aligned;          /* WIRE_BUFFER_SIZE bytes, for one message. */

    struct wire_stats stats;
};

/* A connection.
 *
 *   session NULL     TLS handshake: 'stream' is connecting
 *   session          open
 *   'closing'        closed; waits for core_run() to see it and for
 *                    wire_core_ran() to remove it */
struct wire_conn {
    struct wire *wire;
    struct ovs_list node;       /* In 'conns'. */
    struct ovs_list stranger_node;  /* In 'strangers', or empty. */
    struct ovs_list closing_node;   /* In 'closing' if 'closing'. */
    struct hmap_node session_node;  /* In 'by_session' if 'session'. */
    struct loop_task *task;
    struct stream *stream;
    struct session *session;
    char *name;                 /* For logs. */
    bool tls;
    bool identified;            /* Said its datapath ID. */
    bool closing;               /* In the wire's 'closing'. */
    bool only_send;             /* Woken to send: nothing came in. */
    bool more_output;           /* Stopped sending only to be fair. */
    long long created;

    uint8_t *rx;                /* WIRE_BUFFER_SIZE bytes, or NULL. */
    size_t rx_size;             /* Bytes in it. */
};

/* Makes a connection of 'stream', accepted just now, of which it takes
 * ownership. */
void wire_conn_create(struct wire *, struct stream *stream);

/* Closes 'conn' at once, with its session, and frees it.  Must not be called
 * from its own task. */
void wire_conn_destroy(struct wire_conn *);

/* Wakes the listeners' tasks, since there may be room again. */
void wire_wake_listeners(struct wire *);

#endif /* controller/wire-private.h */
