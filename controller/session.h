/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_SESSION_H
#define CONTROLLER_SESSION_H 1

/* Session: the OpenFlow 1.5 conversation with one datapath, without its
 * socket.  wire.h (or a simulated NVE in a test) gives it whole messages and
 * the time, and takes the bytes that it wants to send.
 *
 *   GREETING    hello exchanged; features asked        -> SESSION_IDENTIFIED
 *   IDENTIFIED  waits for the core to say whose it is: session_accept()
 *   SURVEY      role, port descriptions, markers asked -> SESSION_SURVEYED
 *   READY       after session_sync(): follows its images
 *   CLOSED      after an error; the reason is kept     -> SESSION_CLOSED
 *
 * Subscriptions: session_subscribe() names the images that the datapath must
 * hold.  In READY each is clean (what was sent leads to the image's last
 * version) or stale (needs image_full(), sent as the queue drains).  The core
 * gives each flushed update to session_push(), which queues a reference to it.
 * An NVE that reads too slowly has its queue beyond 'queue_limit' bytes
 * dropped whole updates at a time; the images concerned become stale, so
 * memory is bounded.  The reply to an update's commit confirms the image's
 * version (SESSION_CONFIRMED); an error in it makes the image stale again
 * after a delay that doubles (SESSION_REFUSED, once for each update refused).
 *
 * Restart: session_sync() compares the datapath's markers with the images and
 * sends nothing for those that agree, and only what was missed to a datapath
 * whose marker is one that the image had lately.  A datapath with no marker at
 * all is wiped first; markers of images that are not subscribed are purged.
 *
 * Audit: every 'audit_interval_ms' per session (or session_audit()), markers,
 * flow counts by cookie and the number of buckets of each group are compared
 * with the images; an image that differs is resent whole (SESSION_REPAIRED).
 * Contents are not compared.  Flows that are not nDirector's are told of once
 * in the log, and left alone.
 *
 * Liveness: echo after 5 s of silence, closed 5 s later without an answer, or
 * more while a large update is on its way.  Closed, too, if it takes nothing
 * of its output for 60 s.
 *
 * Neighbours: image.h below; core.h and wire.h above.  Time is an argument
 * (milliseconds, monotonic); no I/O; single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "openvswitch/list.h"
#include "openvswitch/types.h"
#include "openvswitch/ofp-port.h"

struct image;
struct image_pool;
struct update;
struct iovec;
struct ofp_header;
struct ofpbuf;
struct session;
struct ds;

struct session_config {
    size_t queue_limit;         /* Bytes; 0 for the default, 4 MiB. */
    int audit_interval_ms;      /* 0 for the default, 30 s; <0 for never. */
    uint64_t generation_id;     /* For the role request. */
};

enum session_event_type {
    SESSION_IDENTIFIED,         /* 'datapath_id' is known. */
    SESSION_SURVEYED,           /* Ports and markers are known. */
    SESSION_PORTS,              /* After SESSION_SURVEYED: ports changed. */
    SESSION_CONFIRMED,          /* The datapath holds 'image' at 'version'. */
    SESSION_REFUSED,            /* It refused an update of 'image': 'text'. */
    SESSION_REPAIRED,           /* Audit found 'image' damaged: 'text'. */
    SESSION_FRAME,              /* The datapath sent up 'frame'. */
    SESSION_COUNTED,            /* Answer to session_ask_packets(). */
    SESSION_CLOSED,             /* The session ended: 'text' says why. */
};

struct session_event {
    enum session_event_type type;
    struct session *session;
    struct image *image;        /* Or NULL. */
    uint64_t version;           /* For SESSION_CONFIRMED. */
    char *text;                 /* Or NULL; owned by the event. */

    /* For SESSION_FRAME: its beginning, from 'port' in the VN 'vn_id' if that
     * is one.  Owned by the event; NULL with others. */
    void *frame;
    size_t frame_size;
    ofp_port_t port;
    uint64_t vn_id;

    /* For SESSION_COUNTED. */
    uint64_t token, n_packets;
};

/* Returns a new session in GREETING whose hello waits in the output; 'peer'
 * (copied) names the other end in logs.  Borrows 'pool'.  Free with
 * session_destroy(). */
struct session *session_create(const char *peer, struct image_pool *pool,
                               const struct session_config *, long long now);

/* Frees 'session' with its queue and events.  NULL is allowed. */
void session_destroy(struct session *session);

/* Takes in one whole message ('oh->length' bytes, as framed).  Bad messages
 * close the session. */
void session_receive(struct session *session, const struct ofp_header *oh,
                     long long now);

/* Does what is due by 'now': probes, audits, retries, refills the output from
 * stale images. */
void session_run(struct session *session, long long now);

/* Returns the time at which session_run() has something to do, LLONG_MAX if
 * only input can wake it. */
long long session_deadline(const struct session *session);

/* Fills 'iov' (at most 'n') with the next bytes to send, in order; returns how
 * many entries were filled.  Valid until the next call on 'session'. */
size_t session_output(const struct session *session, struct iovec *iov,
                      size_t n);

/* Tells that the first 'size' bytes of the output were sent. */
void session_output_sent(struct session *session, size_t size, long long now);

/* Takes the oldest event into '*event' and returns true, or returns false.
 * The caller frees 'event->text' and 'event->frame'. */
bool session_next_event(struct session *session, struct session_event *event);

/* Closes 'session' for 'reason' (a printf format).  Its queue is dropped; if
 * session_output() still has something, that tells the peer the reason, and
 * should be sent if it goes at once. */
void session_close(struct session *session, const char *reason, ...)
    OVS_PRINTF_FORMAT(2, 3);

/* Returns true if 'session' has ended. */
bool session_is_closed(const struct session *session);

/* The core says that the datapath is an NVE named 'name' (copied) and what it
 * must hold is what has been subscribed: goes on from IDENTIFIED to SURVEY. */
void session_accept(struct session *session, const char *name, long long now);

/* After SESSION_SURVEYED: compares markers with the subscribed images (none of
 * them dirty) and brings the datapath to them; then READY. */
void session_sync(struct session *session, long long now);

/* Adds 'image' (borrowed until session_unsubscribe()) to what the datapath
 * must hold; in READY it is sent whole. */
void session_subscribe(struct session *session, struct image *image,
                       long long now);

/* Takes 'image' out; in READY what the datapath holds of it is purged. */
void session_unsubscribe(struct session *session, struct image *image,
                         long long now);

/* Queues 'update' (takes a reference), just flushed from 'image', which is
 * subscribed. */
void session_push(struct session *session, struct image *image,
                  struct update *update, long long now);

/* Starts an audit of all subscribed images now. */
void session_audit(struct session *session, long long now);

/* The local image has flows that use 'meter', 1 to GLEAN_METERS: the datapath
 * has it before it gets them.  Never unwanted again. */
void session_want_meter(struct session *session, uint32_t meter);

/* Returns true unless the datapath is known to have no meters, which a
 * SESSION_PORTS tells. */
bool session_has_meters(const struct session *session);

/* In READY: sends the 'size' bytes at 'frame' to the datapath, for 'ofpacts'
 * to be done with it. */
void session_send_frame(struct session *session, const void *frame,
                        size_t size, const struct ofpbuf *ofpacts);

/* In READY: asks how many packets the flows with 'cookie' have had; a
 * SESSION_COUNTED with 'token' answers, unless something goes wrong.  Returns
 * false if there is too much in the queue to ask. */
bool session_ask_packets(struct session *session, uint64_t cookie,
                         uint64_t token);

/* Returns the version of 'image' that the datapath has confirmed, or
 * UINT64_MAX if none. */
uint64_t session_confirmed_version(const struct session *session,
                                   const struct image *image);

/* Returns true in READY with nothing stale, queued or unconfirmed. */
bool session_is_settled(const struct session *session);

/* Returns true after session_sync(). */
bool session_is_ready(const struct session *session);

/* Returns the OpenFlow port named 'name', or OFPP_NONE. */
ofp_port_t session_port_by_name(const struct session *session,
                                const char *name);

/* Returns the datapath ID, 0 before SESSION_IDENTIFIED. */
uint64_t session_datapath_id(const struct session *session);

/* Returns the name that session_create() got; valid as long as 'session'. */
const char *session_peer(const struct session *session);

/* Returns the name that session_accept() got, NULL before; valid as long as
 * 'session'. */
const char *session_name(const struct session *session);

struct session_stats {
    size_t queue_bytes;         /* Bytes not yet given to the wire. */
    size_t n_unconfirmed;       /* Updates sent, not yet confirmed. */
    uint64_t n_mods_sent;       /* Flow, group and bucket messages queued. */
    uint64_t n_updates_sent;
    uint64_t n_resyncs;         /* Images sent whole. */
    uint64_t n_dropped;         /* Updates dropped because of slow reading. */
    uint64_t n_repairs;
    uint64_t n_refused;
    uint64_t n_frames;          /* Frames that the datapath sent up. */
    uint64_t n_frames_dropped;  /* Of them, unseen for being too many. */
    long long last_confirmed;   /* Time of the last confirmation, or 0. */
};

/* Returns the figures of 'session'. */
struct session_stats session_get_stats(const struct session *session);

/* Appends a line that describes 'session' at 'now' to 's'. */
void session_format(const struct session *session, long long now,
                    struct ds *s);

#endif /* controller/session.h */
