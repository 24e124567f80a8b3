/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Listeners, and what concerns all connections. */

#include <config.h>
#include "controller/wire.h"

#include <errno.h>

#include "controller/core.h"
#include "controller/session.h"
#include "controller/wire-private.h"
#include "hash.h"
#include "lib/loop.h"
#include "openflow/openflow.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "socket-util.h"
#include "stream.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(wire);

/* Connections accepted in one run of a listener. */
#define ACCEPT_BATCH 32

/* How long accepting pauses after an error such as EMFILE. */
#define ACCEPT_PAUSE_MS 1000

/* How long a stranger is left in peace when there are too many. */
#define STRANGER_GRACE_MS 1000

struct listener {
    struct wire *wire;
    struct pstream *pstream;
    struct loop_task *task;
    char *target;
    long long pause_until;      /* After an error. */
};

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

static void listener_run(void *listener_);
static void listener_wait(void *listener_);
static bool listener_accept(struct listener *, long long now);
static void listener_destroy(struct listener *);
static char *describe_error(const char *target, int error);
static bool is_full(const struct wire *);
static long long eviction_time(const struct wire *);
static void evict(struct wire *);

struct wire *
wire_create(struct core *core, void (*changed)(void *aux), void *aux)
{
    struct wire *wire = xzalloc(sizeof *wire);

    wire->core = core;
    wire->changed = changed;
    wire->aux = aux;
    ovs_list_init(&wire->conns);
    ovs_list_init(&wire->strangers);
    ovs_list_init(&wire->closing);
    hmap_init(&wire->by_session);
    wire->tx = xmalloc(WIRE_BUFFER_SIZE);
    wire->aligned = xmalloc(WIRE_BUFFER_SIZE);
    return wire;
}

void
wire_destroy(struct wire *wire)
{
    if (wire) {
        wire_stop(wire, "ndirectord exits");
        for (size_t i = 0; i < wire->n_listeners; i++) {
            listener_destroy(wire->listeners[i]);
        }
        free(wire->listeners);
        hmap_destroy(&wire->by_session);
        free(wire->rx_spare);
        free(wire->tx);
        free(wire->aligned);
        free(wire);
    }
}

char *
wire_listen(struct wire *wire, const char *target)
{
    char *problem = wire_check_target(target);
    struct listener *listener;
    struct pstream *pstream;
    int error;

    if (!problem && !strncmp(target, "pssl:", 5)) {
        problem = wire_check_tls();
    }
    if (problem) {
        return problem;
    }
    error = pstream_open_with_default_port(target, OFP_PORT, &pstream,
                                           DSCP_DEFAULT);
    if (error) {
        return describe_error(target, error);
    }
    listener = xzalloc(sizeof *listener);
    listener->wire = wire;
    listener->pstream = pstream;
    listener->target = xstrdup(target);
    listener->task = loop_task_create(target, listener_run, listener_wait,
                                      listener);
    if (wire->n_listeners >= wire->allocated_listeners) {
        wire->listeners = x2nrealloc(wire->listeners,
                                     &wire->allocated_listeners,
                                     sizeof *wire->listeners);
    }
    wire->listeners[wire->n_listeners++] = listener;
    VLOG_INFO("%s: listening", pstream_get_name(pstream));
    return NULL;
}

char *
wire_check_target(const char *target)
{
    struct sockaddr_storage ss;
    bool dns_failure;

    if (!strncmp(target, "punix:", 6)) {
        return (target[6] ? NULL
                : xasprintf("%s: the name of a socket is missing after "
                            "\"punix:\"", target));
    }
    if (strncmp(target, "ptcp:", 5) && strncmp(target, "pssl:", 5)) {
        return xasprintf("%s: not a target to listen on: use "
                         "\"ptcp:[PORT][:HOST]\", \"pssl:[PORT][:HOST]\" or "
                         "\"punix:FILE\"", target);
    }
    if (!inet_parse_passive(target + 5, OFP_PORT, &ss, true, &dns_failure)) {
        return xasprintf("%s: bad port or address: use \"%.5s[PORT][:HOST]\"",
                         target, target);
    }
    return NULL;
}

/* Only a stream is checked, not a listener, so that a listener without a key
 * would refuse everybody.  For that reason a stream is made here. */
char *
wire_check_tls(void)
{
    struct pstream *pstream;
    struct stream *stream;
    char *target;
    int error;

    error = pstream_open("pssl:0:127.0.0.1", &pstream, DSCP_DEFAULT);
    if (error) {
        return xasprintf("TLS is not available (%s)", ovs_strerror(error));
    }
    target = xasprintf("ssl:127.0.0.1:%d",
                       ntohs(pstream_get_bound_port(pstream)));
    error = stream_open(target, &stream, DSCP_DEFAULT);
    free(target);
    pstream_close(pstream);
    if (error) {
        return xstrdup("TLS needs --private-key, --certificate and --ca-cert, "
                       "with files that can be read and belong together");
    }
    stream_close(stream);
    return NULL;
}

void
wire_start(struct wire *wire)
{
    wire->started = true;
    wire_wake_listeners(wire);
}

void
wire_stop(struct wire *wire, const char *reason)
{
    struct wire_conn *conn;

    wire->started = false;
    wire_wake_listeners(wire);
    LIST_FOR_EACH_SAFE (conn, node, &wire->conns) {
        if (conn->session && !session_is_closed(conn->session)) {
            session_close(conn->session, "%s", reason);
            core_session_changed(wire->core, conn->session);
        }
        wire_conn_destroy(conn);
    }
}

void
wire_set_core(struct wire *wire, struct core *core)
{
    ovs_assert(ovs_list_is_empty(&wire->conns));
    wire->core = core;
}

static struct wire_conn *
conn_by_session(const struct wire *wire, const struct session *session)
{
    struct wire_conn *conn;

    HMAP_FOR_EACH_WITH_HASH (conn, session_node, hash_pointer(session, 0),
                             &wire->by_session) {
        if (conn->session == session) {
            return conn;
        }
    }
    OVS_NOT_REACHED();
}

void
wire_core_ran(struct wire *wire)
{
    struct wire_conn *conn;
    struct session *session;

    while ((session = core_next_active(wire->core))) {
        conn = conn_by_session(wire, session);
        conn->only_send = true;
        loop_task_wake(conn->task);
    }
    LIST_FOR_EACH_SAFE (conn, closing_node, &wire->closing) {
        wire_conn_destroy(conn);
    }
}

struct wire_stats
wire_get_stats(const struct wire *wire)
{
    struct wire_stats stats = wire->stats;

    stats.n_strangers = wire->n_strangers;
    return stats;
}

uint16_t
wire_bound_port(const struct wire *wire, size_t i)
{
    return ntohs(pstream_get_bound_port(wire->listeners[i]->pstream));
}

void
wire_wake_listeners(struct wire *wire)
{
    for (size_t i = 0; i < wire->n_listeners; i++) {
        loop_task_wake(wire->listeners[i]->task);
    }
}

/* Listeners. */

static void
listener_run(void *listener_)
{
    struct listener *listener = listener_;
    long long now = time_msec();

    if (listener->wire->started && now >= listener->pause_until) {
        int n = 0;

        while (n++ < ACCEPT_BATCH && listener_accept(listener, now)) {
            continue;
        }
    }
}

static void
listener_wait(void *listener_)
{
    const struct listener *listener = listener_;
    const struct wire *wire = listener->wire;
    long long now = time_msec();

    if (!wire->started) {
        return;
    } else if (now < listener->pause_until) {
        poll_timer_wait_until(listener->pause_until);
    } else if (is_full(wire) && now < eviction_time(wire)) {
        poll_timer_wait_until(eviction_time(wire));
    } else {
        pstream_wait(listener->pstream);
    }
}

/* Accepts one connection.  Returns false if there is no more to accept for
 * now. */
static bool
listener_accept(struct listener *listener, long long now)
{
    struct wire *wire = listener->wire;
    struct stream *stream;
    int error;

    if (is_full(wire) && now < eviction_time(wire)) {
        return false;
    }
    error = pstream_accept(listener->pstream, &stream);
    if (!error) {
        wire->stats.n_accepted++;
        if (is_full(wire)) {
            evict(wire);
        }
        wire_conn_create(wire, stream);
        return true;
    }
    if (error == EAGAIN) {
        return false;
    }
    wire->stats.n_accept_errors++;
    VLOG_WARN_RL(&rl, "%s: could not accept a connection (%s)%s",
                 listener->target, ovs_strerror(error),
                 error == EMFILE || error == ENFILE
                 ? "; raise the limit of open files" : "");
    if (error == ECONNABORTED || error == EINTR || error == EPROTO) {
        return true;
    }
    listener->pause_until = now + ACCEPT_PAUSE_MS;
    return false;
}

static void
listener_destroy(struct listener *listener)
{
    loop_task_destroy(listener->task);
    pstream_close(listener->pstream);
    free(listener->target);
    free(listener);
}

/* Returns a message, to be freed, that says why 'target' could not be opened
 * and what to do. */
static char *
describe_error(const char *target, int error)
{
    return xasprintf("%s: cannot listen (%s)%s", target, ovs_strerror(error),
                     error == EADDRINUSE
                     ? ": is another ndirectord running?" : "");
}

/* Strangers. */

static bool
is_full(const struct wire *wire)
{
    return wire->n_strangers >= WIRE_MAX_STRANGERS;
}

static struct wire_conn *
oldest_stranger(const struct wire *wire)
{
    return CONTAINER_OF(ovs_list_front(&wire->strangers), struct wire_conn,
                        stranger_node);
}

/* Returns when the oldest stranger, of which there must be one, may be closed
 * to make room. */
static long long
eviction_time(const struct wire *wire)
{
    return oldest_stranger(wire)->created + STRANGER_GRACE_MS;
}

/* Closes the oldest stranger. */
static void
evict(struct wire *wire)
{
    struct wire_conn *conn = oldest_stranger(wire);

    VLOG_WARN_RL(&rl, "%s: closed, since %d connections have not said who "
                 "they are", conn->name, WIRE_MAX_STRANGERS);
    wire->stats.n_evicted++;
    wire_conn_destroy(conn);
}
