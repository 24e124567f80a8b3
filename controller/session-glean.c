/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* What gleaning needs of a datapath: frames that it sends up and the meters
 * that limit them, frames sent down, counts of packets.
 *
 * Meters are not part of bundles.  Those that the local image needs are sent
 * before the first update of it, and before each time that it is sent whole,
 * so they are there whenever its flows are.  OFPMC_ADD fails if a meter is
 * there already, OFPMC_MODIFY if not; both one after the other make it what it
 * should be, whatever it was. */

#include <config.h>
#include "controller/session-private.h"

#include "byte-order.h"
#include "lib/pipeline.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-meter.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(session_glean);

/* The most frames that wait for the core; others are dropped. */
#define MAX_FRAMES 64

/* A count that was asked for. */
struct session_ask {
    struct ovs_list node;       /* In struct session's 'asks'. */
    uint32_t xid;
    uint64_t token;
};

BUILD_ASSERT_DECL(GLEAN_METERS <= 32);

void
session_glean_init(struct session *session)
{
    ovs_list_init(&session->asks);
}

void
session_glean_clear(struct session *session)
{
    struct session_ask *ask;

    LIST_FOR_EACH_POP (ask, node, &session->asks) {
        free(ask);
    }
}

/* Meters. */

bool
session_has_meters(const struct session *session)
{
    return !session->no_meters;
}

void
session_want_meter(struct session *session, uint32_t meter)
{
    ovs_assert(meter >= 1 && meter <= GLEAN_METERS);
    session->meters_wanted |= UINT32_C(1) << (meter - 1);
}

static void
send_meter(struct session *session, uint32_t meter, uint16_t command)
{
    struct ofputil_meter_band band = {
        .type = OFPMBT13_DROP,
        .rate = GLEAN_RATE,
    };
    struct ofputil_meter_mod mm = {
        .command = command,
        .meter = {
            .meter_id = meter,
            .flags = OFPMF13_PKTPS,
            .n_bands = 1,
            .bands = &band,
        },
    };
    struct ofpbuf *msg = ofputil_encode_meter_mod(OFP15_VERSION, &mm);
    struct ofp_header *oh = msg->data;

    oh->xid = htonl(SESSION_METER_XID);
    session_queue_own(session, msg);
}

void
session_send_meters(struct session *session, bool all)
{
    uint32_t meters = session->meters_wanted;

    if (!all) {
        meters &= ~session->meters_sent;
    }
    for (uint32_t meter = 1; meter <= GLEAN_METERS; meter++) {
        if (meters >> (meter - 1) & 1) {
            send_meter(session, meter, OFPMC13_ADD);
            send_meter(session, meter, OFPMC13_MODIFY);
        }
    }
    session->meters_sent |= meters;
}

bool
session_receive_meter_error(struct session *session,
                            const struct ofp_header *oh)
{
    enum ofperr error = ofperr_decode_msg(oh, NULL);

    if (ntohl(oh->xid) != SESSION_METER_XID) {
        return false;
    }
    if (error != OFPERR_OFPMMFC_METER_EXISTS && !session->no_meters) {
        VLOG_WARN("%s: the datapath refused a meter (%s): nothing is gleaned "
                  "there", session_label(session), session_error_text(oh));
        session->no_meters = true;
        session_emit_ports(session);
    }
    return true;
}

/* Frames. */

/* Takes in what the datapath sends up.  It may be a guest's doing, so nothing
 * in it is an error. */
void
session_receive_packet_in(struct session *session,
                          const struct ofp_header *oh)
{
    struct ofputil_packet_in pin;
    size_t total_len;
    uint32_t buffer_id;

    session->stats.n_frames++;
    if (session->state != SESSION_STATE_READY
        || session->n_frames >= MAX_FRAMES
        || ofputil_decode_packet_in(oh, true, NULL, NULL, &pin, &total_len,
                                    &buffer_id, NULL)) {
        session->stats.n_frames_dropped++;
        return;
    }
    if (pin.packet_len) {
        session->n_frames++;
        session_emit_event(session, &(struct session_event) {
                .type = SESSION_FRAME,
                .session = session,
                .port = pin.flow_metadata.flow.in_port.ofp_port,
                .vn_id = ntohll(pin.flow_metadata.flow.metadata),
                .frame = xmemdup(pin.packet, pin.packet_len),
                .frame_size = pin.packet_len });
    }
}

void
session_send_frame(struct session *session, const void *frame, size_t size,
                   const struct ofpbuf *ofpacts)
{
    struct ofputil_packet_out po = {
        .packet = frame,
        .packet_len = size,
        .buffer_id = UINT32_MAX,
        .ofpacts = ofpacts->data,
        .ofpacts_len = ofpacts->size,
    };
    struct ofpbuf *msg;

    if (session->state == SESSION_STATE_READY) {
        match_init_catchall(&po.flow_metadata);
        match_set_in_port(&po.flow_metadata, OFPP_CONTROLLER);
        msg = ofputil_encode_packet_out(&po, OFPUTIL_P_OF15_OXM);
        session_stamp(session, msg);
        session_queue_own(session, msg);
    }
}

/* Counts. */

bool
session_ask_packets(struct session *session, uint64_t cookie, uint64_t token)
{
    struct ofputil_flow_stats_request fsr = {
        .aggregate = true,
        .cookie = htonll(cookie),
        .cookie_mask = OVS_BE64_MAX,
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };
    struct session_ask *ask;
    struct ofpbuf *msg;

    if (session->state != SESSION_STATE_READY
        || session_queue_is_busy(session)) {
        return false;
    }
    match_init_catchall(&fsr.match);
    msg = ofputil_encode_flow_stats_request(&fsr, OFPUTIL_P_OF15_OXM);
    ask = xmalloc(sizeof *ask);
    ask->xid = session_stamp(session, msg);
    ask->token = token;
    ovs_list_push_back(&session->asks, &ask->node);
    session_queue_own(session, msg);
    return true;
}

/* Returns what 'xid' answers, or NULL. */
static struct session_ask *
find_ask(const struct session *session, uint32_t xid)
{
    struct session_ask *ask;

    LIST_FOR_EACH (ask, node, &session->asks) {
        if (ask->xid == xid) {
            return ask;
        }
    }
    return NULL;
}

/* Answers come in order, so an earlier question has failed. */
bool
session_receive_packets(struct session *session, const struct ofp_header *oh)
{
    struct ofputil_aggregate_stats stats;
    struct session_ask *found = find_ask(session, ntohl(oh->xid));
    uint64_t token;
    bool last;

    if (!found) {
        return false;
    }
    token = found->token;
    do {
        struct session_ask *ask
            = CONTAINER_OF(ovs_list_pop_front(&session->asks),
                           struct session_ask, node);

        last = ask == found;
        free(ask);
    } while (!last);
    if (!ofputil_decode_aggregate_stats_reply(&stats, oh)) {
        session_emit_event(session, &(struct session_event) {
                .type = SESSION_COUNTED,
                .session = session,
                .token = token,
                .n_packets = stats.packet_count });
    }
    return true;
}
