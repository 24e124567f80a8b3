/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* One connection: frames what comes in, sends what its session has. */

#include <config.h>
#include "controller/wire-private.h"

#include <errno.h>
#include <sys/uio.h>

#include "controller/core.h"
#include "controller/session.h"
#include "hash.h"
#include "lib/loop.h"
#include "openflow/openflow.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "stream.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(wire_conn);

/* Time for a peer to say its datapath ID, TLS handshake included. */
#define IDENTIFY_MS 10000

/* The most that may wait to be sent to a stranger, who has nothing to ask for
 * but echoes. */
#define STRANGER_QUEUE_MAX (4 * WIRE_BUFFER_SIZE)

/* The most that is sent in one run of a connection, but for one call. */
#define SEND_BUDGET (4 * WIRE_BUFFER_SIZE)

/* Pieces of a session's output that are gathered for one call. */
#define MAX_PIECES 256

/* The highest version that looks like OpenFlow.  1.5 is 6. */
#define VERSION_MAX 15

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(10, 50);

static void conn_run(void *conn_);
static void conn_wait(void *conn_);
static bool conn_open(struct wire_conn *, long long now);
static void conn_close(struct wire_conn *);
static void conn_check_identity(struct wire_conn *, long long now);
static void conn_receive(struct wire_conn *, long long now);
static void conn_frame(struct wire_conn *, long long now);
static const struct ofp_header *conn_next_message(struct wire_conn *,
                                                  size_t ofs);
static void conn_send(struct wire_conn *, long long now);

void
wire_conn_create(struct wire *wire, struct stream *stream)
{
    struct wire_conn *conn = xzalloc(sizeof *conn);
    const char *name = stream_get_name(stream);

    conn->wire = wire;
    conn->stream = stream;
    conn->tls = !strncmp(name, "ssl:", 4);
    conn->name = xstrdup(name);
    conn->created = time_msec();
    ovs_list_push_back(&wire->conns, &conn->node);
    ovs_list_push_back(&wire->strangers, &conn->stranger_node);
    wire->n_strangers++;
    wire->stats.n_connections++;
    conn->task = loop_task_create(conn->name, conn_run, conn_wait, conn);
}

/* 'conn' is known, or goes: it no longer counts as a stranger. */
static void
conn_leave_strangers(struct wire_conn *conn)
{
    struct wire *wire = conn->wire;

    if (!ovs_list_is_empty(&conn->stranger_node)) {
        ovs_list_remove(&conn->stranger_node);
        ovs_list_init(&conn->stranger_node);
        if (wire->n_strangers-- >= WIRE_MAX_STRANGERS) {
            wire_wake_listeners(wire);
        }
    }
}

/* Gives the receive buffer back. */
static void
conn_drop_rx(struct wire_conn *conn)
{
    if (!conn->wire->rx_spare) {
        conn->wire->rx_spare = conn->rx;
    } else {
        free(conn->rx);
    }
    conn->rx = NULL;
    conn->rx_size = 0;
}

void
wire_conn_destroy(struct wire_conn *conn)
{
    struct wire *wire = conn->wire;

    loop_task_destroy(conn->task);
    conn_leave_strangers(conn);
    if (conn->closing) {
        ovs_list_remove(&conn->closing_node);
    }
    if (conn->session) {
        hmap_remove(&wire->by_session, &conn->session_node);
        core_remove_session(wire->core, conn->session);
        wire->changed(wire->aux);
    }
    stream_close(conn->stream);
    ovs_list_remove(&conn->node);
    wire->stats.n_connections--;
    conn_drop_rx(conn);
    free(conn->name);
    free(conn);
}

static void
conn_run(void *conn_)
{
    struct wire_conn *conn = conn_;
    struct wire *wire = conn->wire;
    bool only_send = conn->only_send;
    long long now = time_msec();

    wire->stats.n_conn_runs++;
    conn->only_send = false;
    if (conn->closing) {
        return;
    }
    stream_run(conn->stream);
    if (!conn->session && !conn_open(conn, now)) {
        return;
    }
    if (!only_send) {
        conn_receive(conn, now);
    }
    if (now >= session_deadline(conn->session)) {
        session_run(conn->session, now);
        core_session_changed(wire->core, conn->session);
    }
    conn_check_identity(conn, now);
    conn_send(conn, now);
    if (session_is_closed(conn->session)) {
        conn_close(conn);
    }
    if (core_needs_run(wire->core)) {
        wire->changed(wire->aux);
    }
}

static void
conn_wait(void *conn_)
{
    struct wire_conn *conn = conn_;
    struct iovec iov;

    if (conn->closing) {
        return;
    }
    stream_run_wait(conn->stream);
    if (!conn->session) {
        stream_connect_wait(conn->stream);
        poll_timer_wait_until(conn->created + IDENTIFY_MS);
        return;
    }
    stream_recv_wait(conn->stream);
    if (conn->more_output) {
        poll_immediate_wake();
    } else if (session_output(conn->session, &iov, 1)) {
        stream_send_wait(conn->stream);
    }
    poll_timer_wait_until(session_deadline(conn->session));
    if (!conn->identified) {
        poll_timer_wait_until(conn->created + IDENTIFY_MS);
    }
}

/* Goes on with the handshake.  Returns true if the session begins; 'conn' may
 * be freed otherwise. */
static bool
conn_open(struct wire_conn *conn, long long now)
{
    struct wire *wire = conn->wire;
    int error = stream_connect(conn->stream);
    const char *peer_name;

    if (error == EAGAIN && now < conn->created + IDENTIFY_MS) {
        return false;
    }
    if (error) {
        wire->stats.n_timeouts += error == EAGAIN;
        VLOG_INFO_RL(&rl, "%s: closed (%s)", conn->name,
                     error == EAGAIN ? "the TLS handshake took too long"
                     : ovs_strerror(error));
        wire_conn_destroy(conn);
        return false;
    }
    peer_name = stream_get_peer_id(conn->stream);
    if (conn->tls && !peer_name) {
        VLOG_WARN_RL(&rl, "%s: closed (its certificate has no common name)",
                     conn->name);
        wire_conn_destroy(conn);
        return false;
    }
    conn->session = core_add_session(wire->core, conn->name, peer_name, now);
    hmap_insert(&wire->by_session, &conn->session_node,
                hash_pointer(conn->session, 0));
    return true;
}

/* The session is closed: lets the core see it, so that wire_core_ran() can
 * remove it. */
static void
conn_close(struct wire_conn *conn)
{
    struct wire *wire = conn->wire;

    core_session_changed(wire->core, conn->session);
    conn->closing = true;
    ovs_list_push_back(&wire->closing, &conn->closing_node);
    conn_leave_strangers(conn);
    conn_drop_rx(conn);
    wire->changed(wire->aux);
}

/* Notes how far it is known whose connection it is; closes it if that takes
 * too long, or too much memory. */
static void
conn_check_identity(struct wire_conn *conn, long long now)
{
    if (session_name(conn->session)) {
        conn->identified = true;
        conn_leave_strangers(conn);
        return;
    }
    conn->identified = session_datapath_id(conn->session) != 0;
    if (!conn->identified && now >= conn->created + IDENTIFY_MS) {
        conn->wire->stats.n_timeouts++;
        session_close(conn->session, "no datapath ID within %d s",
                      IDENTIFY_MS / 1000);
    } else if (session_get_stats(conn->session).queue_bytes
               > STRANGER_QUEUE_MAX) {
        session_close(conn->session, "a stranger that does not read");
    }
}

/* Receiving. */

/* Reads once.  If there is more the task is woken again after all others. */
static void
conn_receive(struct wire_conn *conn, long long now)
{
    struct wire *wire = conn->wire;
    int n;

    if (!conn->rx) {
        conn->rx = wire->rx_spare ? wire->rx_spare : xmalloc(WIRE_BUFFER_SIZE);
        wire->rx_spare = NULL;
    }
    n = stream_recv(conn->stream, conn->rx + conn->rx_size,
                    WIRE_BUFFER_SIZE - conn->rx_size);
    wire->stats.n_recv_calls++;
    if (n > 0) {
        wire->stats.bytes_received += n;
        conn->rx_size += n;
        conn_frame(conn, now);
        core_session_changed(wire->core, conn->session);
    } else if (!n) {
        session_close(conn->session, "closed by peer");
    } else if (n != -EAGAIN) {
        session_close(conn->session, "%s", ovs_strerror(-n));
    }
    if (!conn->rx_size) {
        conn_drop_rx(conn);
    }
}

/* Gives whole messages to the session and keeps what is left. */
static void
conn_frame(struct wire_conn *conn, long long now)
{
    const struct ofp_header *oh;
    size_t ofs = 0;

    while ((oh = conn_next_message(conn, ofs))) {
        conn->wire->stats.n_messages_received++;
        ofs += ntohs(oh->length);
        session_receive(conn->session, oh, now);
        if (session_is_closed(conn->session)) {
            break;
        }
    }
    conn->rx_size -= ofs;
    memmove(conn->rx, conn->rx + ofs, conn->rx_size);
}

/* Returns the message that begins 'ofs' bytes into what was received, aligned,
 * or NULL if it is not whole or the session has been closed for it. */
static const struct ofp_header *
conn_next_message(struct wire_conn *conn, size_t ofs)
{
    const uint8_t *p = conn->rx + ofs;
    size_t size = conn->rx_size - ofs;
    struct ofp_header oh;
    size_t length;

    if (size < sizeof oh) {
        return NULL;
    }
    memcpy(&oh, p, sizeof oh);
    length = ntohs(oh.length);
    if (!oh.version || oh.version > VERSION_MAX) {
        stream_report_content(p, size, STREAM_OPENFLOW, &this_module,
                              conn->name);
        session_close(conn->session, "this is not OpenFlow (version 0x%02x)",
                      oh.version);
        return NULL;
    }
    if (length < sizeof oh) {
        session_close(conn->session, "message of type %u says that it is "
                      "%"PRIuSIZE" bytes long (at least %"PRIuSIZE")",
                      oh.type, length, sizeof oh);
        return NULL;
    }
    if (size < length) {
        return NULL;
    }
    return ofs % 8 ? memcpy(conn->wire->aligned, p, length) : (const void *) p;
}

/* Sending. */

/* Finds what to send next, not more than WIRE_BUFFER_SIZE bytes.  Sets '*data'
 * to it, valid until the session or the wire is used again, and returns its
 * size, 0 if there is nothing. */
static size_t
conn_gather(struct wire_conn *conn, const void **data)
{
    struct iovec iov[MAX_PIECES];
    size_t n = session_output(conn->session, iov, MAX_PIECES);
    char *tx = (char *) conn->wire->tx;
    size_t size = 0;

    if (!n) {
        return 0;
    }
    if (n == 1 || iov[0].iov_len >= WIRE_BUFFER_SIZE) {
        *data = iov[0].iov_base;
        return MIN(iov[0].iov_len, WIRE_BUFFER_SIZE);
    }
    for (size_t i = 0; i < n && size < WIRE_BUFFER_SIZE; i++) {
        size_t piece = MIN(iov[i].iov_len, WIRE_BUFFER_SIZE - size);

        memcpy(tx + size, iov[i].iov_base, piece);
        size += piece;
    }
    *data = tx;
    return size;
}

/* Sends until there is no more to send, the socket is full or others should
 * have a turn. */
static void
conn_send(struct wire_conn *conn, long long now)
{
    struct wire *wire = conn->wire;
    size_t sent = 0;
    const void *data;
    size_t size;

    conn->more_output = false;
    while ((size = conn_gather(conn, &data)) > 0) {
        int n;

        if (sent >= SEND_BUDGET) {
            conn->more_output = true;
            return;
        }
        n = stream_send(conn->stream, data, size);
        wire->stats.n_send_calls++;
        if (n <= 0) {
            if (n != -EAGAIN && !session_is_closed(conn->session)) {
                session_close(conn->session, "%s", ovs_strerror(-n));
            }
            return;
        }
        wire->stats.bytes_sent += n;
        sent += n;
        session_output_sent(conn->session, n, now);
        if ((size_t) n < size) {
            return;
        }
    }
}
