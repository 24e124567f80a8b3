/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/session-private.h"

#include "byte-order.h"
#include "hash.h"
#include "lib/pipeline.h"
#include "openvswitch/ofp-connection.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofp-match.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(session_survey);

/* The most markers, and the most groups, that a datapath may say it has. */
#define MAX_FINDINGS (1 << 18)

static void request_role(struct session *);
static struct session_request *request_find(const struct session *,
                                            uint32_t xid);
static void request_remove(struct session_request *);
static enum ofptype reply_type(enum request_kind);
static bool receive_part(struct session *, const struct session_request *,
                         const struct ofp_header *, uint32_t *n_flows);
static bool receive_count(struct session *, const struct ofp_header *,
                          uint32_t *n_flows);
static bool receive_role(struct session *, const struct ofp_header *);
static bool receive_flows(struct session *, enum request_kind,
                          const struct ofp_header *);
static bool receive_groups(struct session *, const struct ofp_header *);
static void survey_check_done(struct session *);

void
session_survey_init(struct session *session)
{
    ovs_list_init(&session->requests);
    hmap_init(&session->found.markers);
    hmap_init(&session->found.groups);
}

void
session_survey_uninit(struct session *session)
{
    session_clear_requests(session);
    session_clear_findings(session);
    hmap_destroy(&session->found.markers);
    hmap_destroy(&session->found.groups);
}

void
session_survey_start(struct session *session)
{
    request_role(session);
    session_ports_request(session);
    session_request_markers(session);
    session_request_groups(session);
}

struct session_request *
session_request(struct session *session, enum request_kind kind,
                struct ofpbuf *msg)
{
    struct session_request *request = xzalloc(sizeof *request);

    request->kind = kind;
    request->xid = session_stamp(session, msg);
    ovs_list_push_back(&session->requests, &request->node);
    session_queue_own(session, msg);
    return request;
}

void
session_request_markers(struct session *session)
{
    struct ofputil_flow_stats_request fsr = {
        .cookie = htonll((uint64_t) COOKIE_MARKER << COOKIE_KIND_SHIFT),
        .cookie_mask = htonll(COOKIE_KIND_MASK),
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = TABLE_MARKER,
    };

    match_init_catchall(&fsr.match);
    session_request(session, REQUEST_MARKERS,
                    ofputil_encode_flow_stats_request(&fsr,
                                                      OFPUTIL_P_OF15_OXM));
}

/* Asks for the groups' statistics, not for their descriptions, which have 40
 * bytes and more a bucket: OVS 3.1 sends a group's description longer than
 * 64 KiB with a length that is cut to 16 bits, so that the connection is lost.
 * Statistics have 16 bytes a bucket. */
void
session_request_groups(struct session *session)
{
    session_request(session, REQUEST_GROUPS,
                    ofputil_encode_group_stats_request(OFP15_VERSION,
                                                       OFPG_ALL));
}

struct session_request *
session_request_count(struct session *session, enum request_kind kind,
                      uint64_t cookie, uint64_t cookie_mask)
{
    struct ofputil_flow_stats_request fsr = {
        .aggregate = true,
        .cookie = htonll(cookie),
        .cookie_mask = htonll(cookie_mask),
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };

    match_init_catchall(&fsr.match);
    return session_request(
        session, kind, ofputil_encode_flow_stats_request(&fsr,
                                                         OFPUTIL_P_OF15_OXM));
}

void
session_request_cookies(struct session *session, uint64_t cookie,
                        uint64_t cookie_mask)
{
    struct ofputil_flow_stats_request fsr = {
        .cookie = htonll(cookie),
        .cookie_mask = htonll(cookie_mask),
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };

    match_init_catchall(&fsr.match);
    session_request(session, REQUEST_STRAYS,
                    ofputil_encode_flow_stats_request(&fsr,
                                                      OFPUTIL_P_OF15_OXM));
}

void
session_receive_reply(struct session *session, enum ofptype type,
                      const struct ofp_header *oh, long long now)
{
    struct session_request *request = request_find(session, ntohl(oh->xid));
    uint32_t n_flows = 0;

    if (!request || type != reply_type(request->kind)
        || !receive_part(session, request, oh, &n_flows)) {
        return;
    }
    if (type != OFPTYPE_ROLE_REPLY && ofpmp_more(oh)) {
        return;
    }

    struct session_request done = *request;

    request_remove(request);
    if (!session->surveyed) {
        survey_check_done(session);
    } else {
        session_audit_reply(session, &done, n_flows, now);
    }
}

bool
session_receive_request_error(struct session *session,
                              const struct ofp_header *oh)
{
    const struct session_request *request = request_find(session,
                                                         ntohl(oh->xid));
    const char *text = session_error_text(oh);

    if (!request) {
        return false;
    }
    if (request->kind == REQUEST_ROLE) {
        session_close(session, "the switch refused the master role (%s): "
                      "another director with a newer epoch is in charge",
                      text);
    } else {
        session_close(session, "the switch refused a request (%s)", text);
    }
    return true;
}

void
session_clear_requests(struct session *session)
{
    struct session_request *request;

    LIST_FOR_EACH_SAFE (request, node, &session->requests) {
        request_remove(request);
    }
}

void
session_clear_findings(struct session *session)
{
    struct session_group *group;

    session_markers_clear(&session->found.markers);
    HMAP_FOR_EACH_POP (group, node, &session->found.groups) {
        free(group);
    }
    hmap_shrink(&session->found.markers);
    hmap_shrink(&session->found.groups);
    session->found.n_foreign_groups = 0;
    session->found.n_vn = session->found.n_local = session->found.n_all = 0;
}

uint64_t
session_found_marker(const struct session *session, uint32_t vn_id)
{
    const struct session_marker *marker;

    HMAP_FOR_EACH_WITH_HASH (marker, node, hash_int(vn_id, 0),
                             &session->found.markers) {
        if (marker->vn_id == vn_id) {
            return marker->cookie;
        }
    }
    return 0;
}

void
session_marker_put(struct hmap *markers, uint32_t vn_id, uint64_t cookie)
{
    struct session_marker *marker;

    HMAP_FOR_EACH_WITH_HASH (marker, node, hash_int(vn_id, 0), markers) {
        if (marker->vn_id == vn_id) {
            return;
        }
    }
    marker = xmalloc(sizeof *marker);
    marker->vn_id = vn_id;
    marker->cookie = cookie;
    hmap_insert(markers, &marker->node, hash_int(vn_id, 0));
}

void
session_markers_clear(struct hmap *markers)
{
    struct session_marker *marker;

    HMAP_FOR_EACH_POP (marker, node, markers) {
        free(marker);
    }
}

/* Asks for the role of the master, which in OVS is what lets a controller
 * change anything once another one was the master.  A generation ID lower than
 * one that the switch has seen is refused. */
static void
request_role(struct session *session)
{
    struct ofpbuf *msg = ofpraw_alloc(OFPRAW_OFPT12_ROLE_REQUEST,
                                      OFP15_VERSION, 0);
    struct ofp12_role_request *body = ofpbuf_put_zeros(msg, sizeof *body);

    body->role = htonl(OFPCR12_ROLE_PRIMARY);
    body->generation_id = htonll(session->config.generation_id);
    session_request(session, REQUEST_ROLE, msg);
}

static struct session_request *
request_find(const struct session *session, uint32_t xid)
{
    struct session_request *request;

    LIST_FOR_EACH (request, node, &session->requests) {
        if (request->xid == xid) {
            return request;
        }
    }
    return NULL;
}

static void
request_remove(struct session_request *request)
{
    ovs_list_remove(&request->node);
    free(request);
}

/* Returns the type of message that answers a request of 'kind'. */
static enum ofptype
reply_type(enum request_kind kind)
{
    switch (kind) {
    case REQUEST_ROLE:
        return OFPTYPE_ROLE_REPLY;
    case REQUEST_PORTS:
        return OFPTYPE_PORT_DESC_STATS_REPLY;
    case REQUEST_MARKERS:
    case REQUEST_STRAYS:
        return OFPTYPE_FLOW_STATS_REPLY;
    case REQUEST_GROUPS:
        return OFPTYPE_GROUP_STATS_REPLY;
    case REQUEST_COUNT_VN:
    case REQUEST_COUNT_LOCAL:
    case REQUEST_COUNT_ALL:
    case REQUEST_COUNT_IMAGE:
        return OFPTYPE_AGGREGATE_STATS_REPLY;
    }
    OVS_NOT_REACHED();
}

/* Takes in 'oh', of the right type, which answers 'request' or is a part of
 * that.  Stores the count of flows, if that was the request, in '*n_flows'.
 * Returns false if it closed the session. */
static bool
receive_part(struct session *session, const struct session_request *request,
             const struct ofp_header *oh, uint32_t *n_flows)
{
    switch (request->kind) {
    case REQUEST_ROLE:
        return receive_role(session, oh);

    case REQUEST_PORTS:
        session_receive_ports(session, oh);
        return !session_is_closed(session);

    case REQUEST_MARKERS:
    case REQUEST_STRAYS:
        return receive_flows(session, request->kind, oh);

    case REQUEST_GROUPS:
        return receive_groups(session, oh);

    case REQUEST_COUNT_VN:
    case REQUEST_COUNT_LOCAL:
    case REQUEST_COUNT_ALL:
    case REQUEST_COUNT_IMAGE:
        return receive_count(session, oh, n_flows);
    }
    OVS_NOT_REACHED();
}

/* These do it for each kind. */

static bool
receive_role(struct session *session, const struct ofp_header *oh)
{
    struct ofputil_role_request role;
    enum ofperr error = ofputil_decode_role_message(oh, &role);

    if (error || role.role != OFPCR12_ROLE_PRIMARY) {
        session_close(session, "the switch did not give the master role");
        return false;
    }
    return true;
}

static bool
receive_count(struct session *session, const struct ofp_header *oh,
              uint32_t *n_flows)
{
    struct ofputil_aggregate_stats stats;

    if (ofputil_decode_aggregate_stats_reply(&stats, oh)
        || stats.flow_count == UINT32_MAX) {
        session_close(session, "bad count of flows");
        return false;
    }
    *n_flows = stats.flow_count;
    return true;
}

/* Pulls the next entry of a multipart reply, which begins with its length in
 * 16 bits and has at least 'min' bytes, from 'msg' into '*entry'.  Returns
 * false if it is not sound. */
static bool
pull_entry(struct ofpbuf *msg, size_t min, struct ofpbuf *entry)
{
    const ovs_be16 *length = ofpbuf_at(msg, 0, sizeof *length);
    size_t size = length ? ntohs(*length) : 0;

    if (size < min || size % 8 || size > msg->size) {
        return false;
    }
    ofpbuf_use_const(entry, ofpbuf_pull(msg, size), size);
    return true;
}

/* Takes in the marker flow whose cookie is 'cookie' and whose match is at the
 * beginning of 'entry'.  One that does not look like those that image.c makes
 * is not ours. */
static bool
receive_marker(struct session *session, uint64_t cookie, struct ofpbuf *entry)
{
    uint64_t kind = MARKER_METADATA(0);
    struct match match;
    uint64_t metadata;

    if (ofputil_pull_ofp11_match(entry, NULL, NULL, &match, NULL)) {
        session_close(session, "bad match in the description of a flow");
        return false;
    }
    metadata = ntohll(match.flow.metadata);
    if (cookie >> COOKIE_KIND_SHIFT == COOKIE_MARKER
        && match.wc.masks.metadata == OVS_BE64_MAX
        && (metadata & ~UINT64_C(0xffffff)) == kind) {
        session_marker_put(&session->found.markers,
                           (uint32_t) (metadata - kind), cookie);
    }
    if (hmap_count(&session->found.markers) > MAX_FINDINGS) {
        session_close(session, "more than %d markers", MAX_FINDINGS);
        return false;
    }
    return true;
}

static bool
receive_flows(struct session *session, enum request_kind kind,
              const struct ofp_header *oh)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));

    ofpraw_pull_assert(&msg);
    while (msg.size) {
        const struct ofp15_flow_desc *desc;
        struct ofpbuf entry;

        if (!pull_entry(&msg, sizeof *desc, &entry)) {
            session_close(session, "bad description of flows");
            return false;
        }
        desc = ofpbuf_pull(&entry, sizeof *desc);
        if (kind == REQUEST_STRAYS) {
            session_audit_cookie(session, ntohll(desc->cookie));
        } else if (!receive_marker(session, ntohll(desc->cookie), &entry)) {
            return false;
        }
    }
    return true;
}

/* Takes in statistics of groups, for the number of buckets of each. */
static bool
receive_groups(struct session *session, const struct ofp_header *oh)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct session_findings *found = &session->found;

    ofpraw_pull_assert(&msg);
    while (msg.size) {
        const struct ofp13_group_stats *stats;
        struct session_group *group;
        struct ofpbuf entry;
        uint32_t group_id;

        if (!pull_entry(&msg, sizeof *stats, &entry)
            || hmap_count(&found->groups) >= MAX_FINDINGS) {
            session_close(session, "bad statistics of groups, or too many");
            return false;
        }
        stats = ofpbuf_pull(&entry, sizeof *stats);
        group_id = ntohl(stats->gs.group_id);
        if (!session_group_is_ours(group_id)) {
            found->n_foreign_groups++;
            continue;
        }
        group = xmalloc(sizeof *group);
        group->group_id = group_id;
        group->n_buckets = entry.size / sizeof(struct ofp11_bucket_counter);
        hmap_insert(&found->groups, &group->node, hash_int(group_id, 0));
    }
    return true;
}

/* Tells the core once the survey is complete. */
static void
survey_check_done(struct session *session)
{
    if (ovs_list_is_empty(&session->requests)
        && session->state == SESSION_STATE_SURVEY) {
        session->surveyed = true;
        session_emit(session, SESSION_SURVEYED, NULL, 0, NULL);
    }
}
