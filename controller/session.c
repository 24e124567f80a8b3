/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/session-private.h"

#include <limits.h>
#include <stdarg.h>

#include "controller/image.h"
#include "lib/pipeline.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-connection.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-print.h"
#include "openvswitch/ofp-switch.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(session);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

#define DEFAULT_QUEUE_LIMIT (4 * 1024 * 1024)
#define DEFAULT_AUDIT_INTERVAL_MS 30000

/* Time for hello and features, and for the replies to the survey. */
#define GREETING_MS 10000
#define SURVEY_MS 60000

/* Silence before an echo request, and then before the end.  A switch that is
 * busy with bundles may be silent for longer: each message of a bundle that
 * has no reply gives it more time, up to a limit. */
#define PROBE_MS 5000
#define PATIENCE_MS 5000
#define PATIENCE_US_PER_MOD 200
#define PATIENCE_MAX_MS 120000

/* Time after which a barrier asks about an update that has no reply, and time
 * for the answer to that; a busy switch has more, as above. */
#define BARRIER_MS 15000
#define BARRIER_REPLY_MS 30000

/* Time after which a peer that takes nothing of what waits is given up. */
#define STALL_MS 60000

struct session_queued_event {
    struct ovs_list node;
    struct session_event event;
};

static void session_receive_hello(struct session *,
                                  const struct ofp_header *);
static void session_receive_features(struct session *,
                                     const struct ofp_header *,
                                     long long now);
static void session_receive_echo_request(struct session *,
                                         const struct ofp_header *);
static void session_receive_role_status(struct session *,
                                        const struct ofp_header *);
static void session_receive_error(struct session *,
                                  const struct ofp_header *, long long now);
static void session_receive_message(struct session *, enum ofptype,
                                    const struct ofp_header *,
                                    long long now);
static void session_remove_event(struct session_queued_event *);
static long long liveness_deadline(const struct session *);
static long long barrier_deadline(const struct session *);
static void session_check_liveness(struct session *, long long now);
static void session_check_updates(struct session *, long long now);
static uint32_t session_send_simple(struct session *, enum ofpraw);

struct session *
session_create(const char *peer, struct image_pool *pool,
               const struct session_config *config, long long now)
{
    struct session *session = xzalloc(sizeof *session);

    session->peer = xstrdup(peer);
    session->pool = pool;
    session->config = *config;
    if (!session->config.queue_limit) {
        session->config.queue_limit = DEFAULT_QUEUE_LIMIT;
    }
    if (!session->config.audit_interval_ms) {
        session->config.audit_interval_ms = DEFAULT_AUDIT_INTERVAL_MS;
    }
    session->now = now;
    session->started = session->last_rx = now;
    ovs_list_init(&session->events);
    session_queue_init(session);
    session_sync_init(session);
    session_survey_init(session);
    session_ports_init(session);
    session_audit_init(session);
    session_glean_init(session);
    session_queue_own(session, ofputil_encode_hello(1u << OFP15_VERSION));
    return session;
}

void
session_destroy(struct session *session)
{
    struct session_queued_event *queued;

    if (!session) {
        return;
    }
    session_glean_clear(session);
    session_audit_uninit(session);
    session_ports_uninit(session);
    session_survey_uninit(session);
    session_sync_uninit(session);
    session_queue_uninit(session);
    LIST_FOR_EACH_SAFE (queued, node, &session->events) {
        session_remove_event(queued);
    }
    free(session->peer);
    free(session->name);
    free(session);
}

void
session_receive(struct session *session, const struct ofp_header *oh,
                long long now)
{
    enum ofptype type;
    enum ofperr error;

    if (session->state == SESSION_STATE_CLOSED) {
        return;
    }
    session->now = now;
    session->last_rx = now;
    session->probing = false;
    if (ntohs(oh->length) < sizeof *oh) {
        session_close(session, "a message of %d bytes", ntohs(oh->length));
        return;
    }
    error = ofptype_decode(&type, oh);
    if (error) {
        session_close(session, "an OpenFlow message that cannot be decoded "
                      "(version %d, type %d: %s)", oh->version, oh->type,
                      ofperr_to_string(error));
    } else if (type == OFPTYPE_ERROR) {
        session_receive_error(session, oh, now);
    } else if (!session->hello_received) {
        if (type == OFPTYPE_HELLO) {
            session_receive_hello(session, oh);
        } else {
            session_close(session, "did not begin with a hello");
        }
    } else if (oh->version != OFP15_VERSION) {
        session_close(session, "a message of OpenFlow version %d after 1.5 "
                      "was agreed upon", oh->version);
    } else {
        session_receive_message(session, type, oh, now);
    }
}

void
session_run(struct session *session, long long now)
{
    if (session->state == SESSION_STATE_CLOSED) {
        return;
    }
    session->now = now;
    if (now >= liveness_deadline(session)) {
        session_check_liveness(session, now);
    }
    if (now >= barrier_deadline(session)) {
        session_check_updates(session, now);
    }
    session_audit_run(session, now);
    session_refill(session, now);
}

long long
session_deadline(const struct session *session)
{
    if (session->state == SESSION_STATE_CLOSED) {
        return LLONG_MAX;
    }

    long long deadline = liveness_deadline(session);

    deadline = MIN(deadline, barrier_deadline(session));
    deadline = MIN(deadline, session_refill_deadline(session));
    return MIN(deadline, session_audit_deadline(session));
}

bool
session_next_event(struct session *session, struct session_event *event)
{
    struct session_queued_event *queued;

    if (ovs_list_is_empty(&session->events)) {
        return false;
    }
    queued = CONTAINER_OF(ovs_list_front(&session->events),
                          struct session_queued_event, node);
    *event = queued->event;
    queued->event.text = NULL;
    queued->event.frame = NULL;
    session->n_frames -= event->type == SESSION_FRAME;
    session_remove_event(queued);
    return true;
}

void
session_close(struct session *session, const char *reason, ...)
{
    va_list args;
    char *text;

    if (session->state == SESSION_STATE_CLOSED) {
        return;
    }
    va_start(args, reason);
    text = xvasprintf(reason, args);
    va_end(args);
    VLOG_INFO_RL(&rl, "%s: closed (%s)", session_label(session), text);
    session->state = SESSION_STATE_CLOSED;
    session_queue_clear(session);
    session_clear_requests(session);
    session_clear_findings(session);
    session_glean_clear(session);
    session_emit(session, SESSION_CLOSED, NULL, 0, text);
}

bool
session_is_closed(const struct session *session)
{
    return session->state == SESSION_STATE_CLOSED;
}

void
session_accept(struct session *session, const char *name, long long now)
{
    if (session->state != SESSION_STATE_IDENTIFIED) {
        return;
    }
    session->now = now;
    session->name = xstrdup(name);
    session->state = SESSION_STATE_SURVEY;
    session->started = now;
    session_survey_start(session);
}

bool
session_is_ready(const struct session *session)
{
    return session->state == SESSION_STATE_READY;
}

uint64_t
session_datapath_id(const struct session *session)
{
    return session->datapath_id;
}

const char *
session_peer(const struct session *session)
{
    return session->peer;
}

const char *
session_name(const struct session *session)
{
    return session->name;
}

struct session_stats
session_get_stats(const struct session *session)
{
    struct session_stats stats = session->stats;

    stats.queue_bytes = session->queue_bytes;
    stats.n_unconfirmed = session->n_tracks;
    return stats;
}

void
session_format(const struct session *session, long long now, struct ds *s)
{
    static const char *const states[] = {
        [SESSION_STATE_GREETING] = "greeting",
        [SESSION_STATE_IDENTIFIED] = "identified",
        [SESSION_STATE_SURVEY] = "survey",
        [SESSION_STATE_READY] = "ready",
        [SESSION_STATE_CLOSED] = "closed",
    };
    const struct session_stats *stats = &session->stats;

    ds_put_format(s, "%s peer=%s dpid=%016"PRIx64" state=%s images=%"PRIuSIZE
                  " stale=%"PRIuSIZE" queue=%"PRIuSIZE
                  " unconfirmed=%"PRIuSIZE,
                  session->name ? session->name : "-", session->peer,
                  session->datapath_id, states[session->state],
                  hmap_count(&session->subs), ovs_list_size(&session->stale),
                  session->queue_bytes, session->n_tracks);
    ds_put_format(s, " mods=%"PRIu64" updates=%"PRIu64" resyncs=%"PRIu64
                  " catchups=%"PRIu64" dropped=%"PRIu64" repairs=%"PRIu64
                  " refused=%"PRIu64, stats->n_mods_sent,
                  stats->n_updates_sent, stats->n_resyncs,
                  session->n_catchups, stats->n_dropped, stats->n_repairs,
                  stats->n_refused);
    if (stats->last_confirmed) {
        ds_put_format(s, " confirmed=%.3fs ago",
                      (now - stats->last_confirmed) / 1000.0);
    } else {
        ds_put_cstr(s, " confirmed=never");
    }
}

const char *
session_label(const struct session *session)
{
    return session->name ? session->name : session->peer;
}

void
session_emit(struct session *session, enum session_event_type type,
             struct image *image, uint64_t version, char *text)
{
    struct session_queued_event *queued;

    /* A confirmation covers an earlier one that nobody has seen. */
    if (type == SESSION_CONFIRMED) {
        LIST_FOR_EACH_REVERSE (queued, node, &session->events) {
            if (queued->event.image == image) {
                if (queued->event.type == SESSION_CONFIRMED) {
                    queued->event.version = version;
                    return;
                }
                break;
            }
        }
    }
    session_emit_event(session, &(struct session_event) {
            .type = type,
            .session = session,
            .image = image,
            .version = version,
            .text = text });
}

void
session_emit_event(struct session *session, const struct session_event *event)
{
    struct session_queued_event *queued = xzalloc(sizeof *queued);

    queued->event = *event;
    ovs_list_push_back(&session->events, &queued->node);
}

void
session_emit_ports(struct session *session)
{
    const struct session_queued_event *queued;

    LIST_FOR_EACH (queued, node, &session->events) {
        if (queued->event.type == SESSION_PORTS) {
            return;
        }
    }
    session_emit(session, SESSION_PORTS, NULL, 0, NULL);
}

void
session_forget_events(struct session *session, const struct image *image)
{
    struct session_queued_event *queued;

    LIST_FOR_EACH_SAFE (queued, node, &session->events) {
        if (queued->event.image == image) {
            session_remove_event(queued);
        }
    }
}

const char *
session_error_text(const struct ofp_header *oh)
{
    enum ofperr error = ofperr_decode_msg(oh, NULL);

    return error ? ofperr_to_string(error) : "unknown error";
}

/* Takes 'queued' out of the list of events and frees it. */
static void
session_remove_event(struct session_queued_event *queued)
{
    ovs_list_remove(&queued->node);
    free(queued->event.text);
    free(queued->event.frame);
    free(queued);
}

/* Queues a message of 'raw' that has no body, and returns its xid. */
static uint32_t
session_send_simple(struct session *session, enum ofpraw raw)
{
    struct ofpbuf *msg = ofpraw_alloc(raw, OFP15_VERSION, 0);
    uint32_t xid = session_stamp(session, msg);

    session_queue_own(session, msg);
    return xid;
}

/* Returns how much longer than usual the switch may take to answer. */
static long long
busy_ms(const struct session *session)
{
    long long busy = session->mods_in_flight * PATIENCE_US_PER_MOD / 1000;

    return MIN(busy, PATIENCE_MAX_MS);
}

/* Returns the time at which the peer's silence, or that it reads nothing, must
 * be acted upon. */
static long long
liveness_deadline(const struct session *session)
{
    long long patience = PATIENCE_MS + busy_ms(session);
    long long deadline = session->last_rx + PROBE_MS;

    if (session->state == SESSION_STATE_GREETING) {
        return session->started + GREETING_MS;
    }
    if (session->probing) {
        /* While what is before the echo request moves on, there is hope. */
        deadline = patience + (session->probe
                               ? MAX(session->probe_time, session->last_tx)
                               : session->probe_time);
    }
    if (session->state == SESSION_STATE_SURVEY && !session->surveyed) {
        deadline = MIN(deadline, session->started + SURVEY_MS);
    }
    if (session->queue_bytes) {
        deadline = MIN(deadline, session->last_tx + STALL_MS);
    }
    return deadline;
}

/* Returns the time at which something must be done about updates that have no
 * reply. */
static long long
barrier_deadline(const struct session *session)
{
    const struct session_track *oldest;

    if (session->state == SESSION_STATE_CLOSED
        || ovs_list_is_empty(&session->tracks)) {
        return LLONG_MAX;
    }
    if (session->barrier_xid) {
        return session->barrier_time + BARRIER_REPLY_MS + busy_ms(session);
    }
    oldest = CONTAINER_OF(ovs_list_front(&session->tracks),
                          struct session_track, node);
    return (oldest->entry ? LLONG_MAX
            : oldest->time + BARRIER_MS + busy_ms(session));
}

/* Asks whether the replies to the updates sent so far will ever come, or gives
 * up if there is no answer to that either. */
static void
session_check_updates(struct session *session, long long now)
{
    struct session_track *track;

    if (session->barrier_xid) {
        session_close(session, "does not answer updates, nor a barrier");
        return;
    }
    session->barrier_xid = session_send_simple(session,
                                               OFPRAW_OFPT11_BARRIER_REQUEST);
    session->barrier_time = now;
    LIST_FOR_EACH (track, node, &session->tracks) {
        track->checked = true;
    }
}

/* Acts upon a silent peer, or one that reads nothing, at or after
 * liveness_deadline(). */
static void
session_check_liveness(struct session *session, long long now)
{
    if (session->state == SESSION_STATE_GREETING) {
        session_close(session, "said no hello or datapath ID within "
                      "%d s", GREETING_MS / 1000);
    } else if (session->state == SESSION_STATE_SURVEY
               && !session->surveyed
               && now >= session->started + SURVEY_MS) {
        session_close(session, "did not describe itself within %d s",
                      SURVEY_MS / 1000);
    } else if (session->queue_bytes
               && now >= session->last_tx + STALL_MS) {
        session_close(session, "has read nothing for %d s",
                      STALL_MS / 1000);
    } else if (session->probing) {
        session_close(session, "did not answer an echo request, silent for "
                      "%lld ms", now - session->last_rx);
    } else {
        session_send_simple(session, OFPRAW_OFPT_ECHO_REQUEST);
        session->probing = true;
        session->probe = CONTAINER_OF(ovs_list_back(&session->queue),
                                      struct session_entry, node);
        session->probe_time = now;
    }
}

/* Takes in a message of 'type' after the hello. */
static void
session_receive_message(struct session *session, enum ofptype type,
                        const struct ofp_header *oh, long long now)
{
    switch ((int) type) {
    case OFPTYPE_ECHO_REQUEST:
        session_receive_echo_request(session, oh);
        break;

    case OFPTYPE_FEATURES_REPLY:
        session_receive_features(session, oh, now);
        break;

    case OFPTYPE_PORT_STATUS:
        session_receive_port_status(session, oh);
        break;

    case OFPTYPE_BUNDLE_CONTROL:
        session_receive_bundle_reply(session, oh, now);
        break;

    case OFPTYPE_PACKET_IN:
        session_receive_packet_in(session, oh);
        break;

    case OFPTYPE_AGGREGATE_STATS_REPLY:
        if (session_receive_packets(session, oh)) {
            break;
        }
        /* Fall through. */
    case OFPTYPE_ROLE_REPLY:
    case OFPTYPE_FLOW_STATS_REPLY:
    case OFPTYPE_PORT_DESC_STATS_REPLY:
    case OFPTYPE_GROUP_STATS_REPLY:
        session_receive_reply(session, type, oh, now);
        break;

    case OFPTYPE_BARRIER_REPLY:
        if (session->barrier_xid && ntohl(oh->xid) == session->barrier_xid) {
            session->barrier_xid = 0;
            session_receive_barrier(session, now);
        }
        break;

    case OFPTYPE_ROLE_STATUS:
        session_receive_role_status(session, oh);
        break;

    default:
        /* Echo replies have done their work by coming; nDirector asks for
         * nothing of all the rest. */
        break;
    }
}

static void
session_receive_hello(struct session *session, const struct ofp_header *oh)
{
    uint32_t versions;

    ofputil_decode_hello(oh, &versions);
    if (versions & (1u << OFP15_VERSION)) {
        session->hello_received = true;
        session_send_simple(session, OFPRAW_OFPT_FEATURES_REQUEST);
    } else {
        session_close(session, "does not speak OpenFlow 1.5: set protocols="
                      "OpenFlow15 on its bridge");
        session_queue_own(session,
                          ofperr_encode_hello(OFPERR_OFPHFC_INCOMPATIBLE,
                                              OFP15_VERSION,
                                              "OpenFlow 1.5 is needed"));
    }
}

static void
session_receive_features(struct session *session, const struct ofp_header *oh,
                         long long now)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct ofputil_switch_features features;

    if (ofputil_pull_switch_features(&msg, &features)) {
        session_close(session, "bad features");
    } else if (session->state != SESSION_STATE_GREETING) {
        if (features.datapath_id != session->datapath_id) {
            session_close(session, "changed its datapath ID");
        }
    } else if (features.auxiliary_id) {
        session_close(session, "is an auxiliary connection");
    } else if (features.n_tables <= TABLE_MARKER) {
        session_close(session, "has %d tables, needed are %d",
                      features.n_tables, TABLE_MARKER + 1);
    } else {
        session->datapath_id = features.datapath_id;
        session->state = SESSION_STATE_IDENTIFIED;
        session->started = now;
        session_emit(session, SESSION_IDENTIFIED, NULL, 0, NULL);
    }
}

/* Answers, unless the peer asks without ever reading answers. */
static void
session_receive_echo_request(struct session *session,
                             const struct ofp_header *oh)
{
    struct ofpbuf *reply;
    size_t size = ntohs(oh->length) - sizeof *oh;

    if (session->queue_bytes >= session->config.queue_limit) {
        return;
    }
    reply = ofpraw_alloc_reply(OFPRAW_OFPT_ECHO_REPLY, oh, size);
    ofpbuf_put(reply, oh + 1, size);
    session_queue_own(session, reply);
}

static void
session_receive_role_status(struct session *session,
                            const struct ofp_header *oh)
{
    struct ofputil_role_status status;

    if (ofputil_decode_role_status(oh, &status)
        || status.role != OFPCR12_ROLE_PRIMARY) {
        session_close(session, "another controller has become the master");
    }
}

static void
session_receive_error(struct session *session, const struct ofp_header *oh,
                      long long now)
{
    const char *text = session_error_text(oh);

    if (session->state == SESSION_STATE_GREETING) {
        session_close(session, "error in the greeting (%s)", text);
    } else if (!session_receive_meter_error(session, oh)
               && !session_receive_update_error(session, oh, now)
               && !session_receive_request_error(session, oh)) {
        session->n_strange_errors++;
        VLOG_INFO_RL(&rl, "%s: error about nothing that was asked (%s)",
                     session_label(session), text);
    }
}
