/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/session-private.h"

#include <limits.h>

#include "controller/image.h"
#include "controller/update.h"
#include "hash.h"
#include "lib/pipeline.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(session_audit);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

/* An audit begins with sums over all images, since to count the flows of one
 * image costs OVS a walk over all flows.  Only if the sums differ, or if the
 * audit was asked for, the flows of each image are counted.
 *
 *   IDLE --due--> TOTALS --all agrees--> IDLE
 *                   |  \--something was sent meanwhile--> IDLE, soon again
 *                   v
 *                 IMAGES --an image differs--> IDLE
 *                   |
 *                   v  sums differ, though no image does
 *                 STRAYS --> IDLE */

/* The first audit comes soon after the connection, in case the last one ended
 * in the middle of something; those of many datapaths are spread out. */
#define FIRST_MS 1000
#define FIRST_SPREAD_MS 4000

/* Delay after a try that came at a bad time, and the most tries before the
 * images are looked at one by one, each at a time that is good for it. */
#define RETRY_MS 1000
#define MAX_TRIES 30

/* Counts of images asked for at a time. */
#define COUNTS_IN_FLIGHT 16

/* An audit whose replies take longer is given up. */
#define TIMEOUT_MS 60000

/* The statistics of groups of more buckets do not fit into a message. */
#define MAX_BUCKETS 4000

/* The most VNs whose stray flows are removed after one audit. */
#define MAX_STRAYS 65536

static bool is_quiet(const struct session *);
static bool groups_fit(const struct session *);
static void audit_try_later(struct session *, long long now);
static void audit_finish(struct session *, long long now);
static void audit_begin_totals(struct session *);
static void audit_end_totals(struct session *, long long now);
static void audit_begin_images(struct session *, bool unexplained,
                               long long now);
static void audit_request_images(struct session *);
static void audit_judge_image(struct session *,
                              const struct session_request *,
                              uint32_t n_flows);
static void audit_end_images(struct session *, long long now);
static void repair(struct session *, struct subscription *,
                   const char *format, ...) OVS_PRINTF_FORMAT(3, 4);

void
session_audit_init(struct session *session)
{
    session->audit.next = LLONG_MAX;
}

void
session_audit_uninit(struct session *session)
{
    free(session->audit.todo);
}

void
session_audit_schedule(struct session *session, long long now)
{
    int interval = session->config.audit_interval_ms;

    if (interval > 0) {
        uint32_t hash = hash_uint64(session->datapath_id);
        int soon = FIRST_MS + hash % FIRST_SPREAD_MS;

        session->audit.next = now + MIN(soon, interval);
    }
}

void
session_audit(struct session *session, long long now)
{
    if (session->state != SESSION_STATE_READY) {
        return;
    }
    session->now = now;
    session->audit.asked = true;
    if (session->audit.state == AUDIT_IDLE) {
        session->audit.next = now;
        session->audit.n_tries = 0;
        session_audit_run(session, now);
    }
}

void
session_audit_run(struct session *session, long long now)
{
    struct session_audit *audit = &session->audit;

    if (session->state != SESSION_STATE_READY || now < audit->next) {
        return;
    }
    if (audit->state != AUDIT_IDLE) {
        VLOG_INFO_RL(&rl, "%s: no answer to an audit",
                     session_label(session));
        session_clear_requests(session);
        audit_finish(session, now);
        return;
    }
    audit->thorough = audit->thorough || audit->asked;
    audit->asked = false;
    if (is_quiet(session)) {
        audit_begin_totals(session);
    } else if (audit->n_tries < MAX_TRIES) {
        audit_try_later(session, now);
        return;
    } else {
        audit_begin_images(session, false, now);
    }
    if (audit->state != AUDIT_IDLE) {
        audit->next = now + TIMEOUT_MS;
    }
}

long long
session_audit_deadline(const struct session *session)
{
    return (session->state == SESSION_STATE_READY ? session->audit.next
            : LLONG_MAX);
}

void
session_audit_reply(struct session *session,
                    const struct session_request *request, uint32_t n_flows,
                    long long now)
{
    struct session_audit *audit = &session->audit;

    switch (request->kind) {
    case REQUEST_COUNT_VN:
        session->found.n_vn = n_flows;
        break;

    case REQUEST_COUNT_LOCAL:
        session->found.n_local = n_flows;
        break;

    case REQUEST_COUNT_ALL:
        session->found.n_all = n_flows;
        break;

    case REQUEST_COUNT_IMAGE:
        audit_judge_image(session, request, n_flows);
        audit_request_images(session);
        break;

    case REQUEST_ROLE:
    case REQUEST_PORTS:
    case REQUEST_MARKERS:
    case REQUEST_GROUPS:
    case REQUEST_STRAYS:
        break;
    }
    if (!ovs_list_is_empty(&session->requests)) {
        return;
    }
    if (audit->state == AUDIT_TOTALS) {
        audit_end_totals(session, now);
    } else if (audit->state == AUDIT_IMAGES) {
        audit_end_images(session, now);
    } else {
        audit_finish(session, now);
    }
    session_refill(session, now);
}

void
session_audit_cookie(struct session *session, uint64_t cookie)
{
    uint32_t vn_id = cookie & 0xffffff;

    if (vn_id && !session_sub_by_vn(session, vn_id)
        && hmap_count(&session->purges) < MAX_STRAYS) {
        VLOG_WARN_RL(&rl, "%s: removing flows of VN ID %"PRIu32", which has "
                     "no business there", session_label(session), vn_id);
        session_add_purge(session, vn_id);
    }
}

/* Returns true if all images agree with what was sent, and all that was sent
 * is confirmed, so that what the datapath says can be judged. */
static bool
is_quiet(const struct session *session)
{
    const struct subscription *sub;

    if (!ovs_list_is_empty(&session->tracks)
        || !ovs_list_is_empty(&session->stale)
        || !hmap_is_empty(&session->purges)) {
        return false;
    }
    HMAP_FOR_EACH (sub, node, &session->subs) {
        if (image_is_dirty(sub->image)) {
            return false;
        }
    }
    return true;
}

/* Returns true if the statistics of every group fit into a message. */
static bool
groups_fit(const struct session *session)
{
    const struct subscription *sub;
    size_t n_buckets;

    HMAP_FOR_EACH (sub, node, &session->subs) {
        if (image_find_group(sub->image, GROUP_FLOOD(sub->vn_id), &n_buckets)
            && n_buckets > MAX_BUCKETS) {
            return false;
        }
    }
    return true;
}

static void
audit_try_later(struct session *session, long long now)
{
    session->audit.state = AUDIT_IDLE;
    session->audit.next = now + RETRY_MS;
    session->audit.n_tries++;
}

static void
audit_finish(struct session *session, long long now)
{
    struct session_audit *audit = &session->audit;
    int interval = session->config.audit_interval_ms;

    session_clear_findings(session);
    free(audit->todo);
    audit->todo = NULL;
    audit->n_todo = 0;
    audit->state = AUDIT_IDLE;
    audit->thorough = false;
    audit->n_tries = 0;
    audit->next = (audit->asked ? now
                   : interval > 0 ? now + interval : LLONG_MAX);
}

/* Totals. */

static void
audit_begin_totals(struct session *session)
{
    uint64_t vn = (uint64_t) COOKIE_VN << COOKIE_KIND_SHIFT;
    uint64_t local = (uint64_t) COOKIE_LOCAL << COOKIE_KIND_SHIFT;

    session_clear_findings(session);
    session->audit.state = AUDIT_TOTALS;
    session->audit.seq = session->seq;
    session_request_count(session, REQUEST_COUNT_VN, vn, COOKIE_KIND_MASK);
    session_request_count(session, REQUEST_COUNT_LOCAL, local,
                          COOKIE_KIND_MASK);
    session_request_count(session, REQUEST_COUNT_ALL, 0, 0);
    session_request_markers(session);
    session->audit.groups_asked = groups_fit(session);
    if (session->audit.groups_asked) {
        session_request_groups(session);
    }
}

/* Compares the markers found with those of the images. */
static void
audit_judge_markers(struct session *session)
{
    const struct session_marker *marker;
    struct subscription *sub;

    HMAP_FOR_EACH (sub, node, &session->subs) {
        uint64_t cookie = session_found_marker(session, sub->vn_id);

        if (cookie != image_marker(sub->image)) {
            repair(session, sub, "its marker is %s",
                   cookie ? "that of another version" : "missing");
        }
    }
    HMAP_FOR_EACH (marker, node, &session->found.markers) {
        if (!session_sub_by_vn(session, marker->vn_id)) {
            session_add_purge(session, marker->vn_id);
        }
    }
}

/* Returns the subscription to whose image 'group' belongs, NULL if to none. */
static struct subscription *
group_owner(const struct session *session, const struct session_group *group,
            size_t *n_buckets)
{
    uint32_t vn_id = group->group_id & 0xffffff;
    bool shared = group->group_id == GROUP_FLOOD(vn_id);
    struct subscription *sub = session_sub_by_vn(session, shared ? vn_id : 0);

    return (sub && image_find_group(sub->image, group->group_id, n_buckets)
            ? sub : NULL);
}

/* Compares the groups found, and how many buckets they have, with those of the
 * images. */
static void
audit_judge_groups(struct session *session)
{
    const struct session_group *group;
    struct subscription *sub;

    HMAP_FOR_EACH (sub, node, &session->subs) {
        sub->n_groups_found = 0;
    }
    HMAP_FOR_EACH (group, node, &session->found.groups) {
        size_t n_buckets;

        sub = group_owner(session, group, &n_buckets);
        if (!sub) {
            session_add_stray_group(session, group->group_id);
            continue;
        }
        sub->n_groups_found++;
        if (group->n_buckets != n_buckets) {
            repair(session, sub, "%"PRIuSIZE" buckets instead of %"PRIuSIZE
                   " in group %#"PRIx32, group->n_buckets, n_buckets,
                   group->group_id);
        }
    }
    HMAP_FOR_EACH (sub, node, &session->subs) {
        if (sub->n_groups_found != image_n_groups(sub->image)) {
            repair(session, sub, "%"PRIuSIZE" groups instead of %"PRIuSIZE,
                   sub->n_groups_found, image_n_groups(sub->image));
        }
    }
}

/* Tells, once, of flows that are nobody's.  They are left alone. */
static void
audit_judge_foreign(struct session *session)
{
    const struct session_findings *found = &session->found;
    size_t ours = (found->n_vn + found->n_local
                   + hmap_count(&found->markers));
    size_t foreign = found->n_all > ours ? found->n_all - ours : 0;

    if (foreign + found->n_foreign_groups && !session->audit.warned) {
        VLOG_WARN("%s: the switch has %"PRIuSIZE" flows and %"PRIuSIZE" "
                  "groups that nDirector did not make; they may disturb it, "
                  "remove them with ovs-ofctl", session_label(session),
                  foreign, found->n_foreign_groups);
    }
    session->audit.warned = foreign + found->n_foreign_groups > 0;
}

static void
audit_end_totals(struct session *session, long long now)
{
    struct session_audit *audit = &session->audit;
    const struct subscription *local = session_sub_by_vn(session, 0);
    struct subscription *sub;
    size_t n_vn = 0;

    if (session->seq != audit->seq || !is_quiet(session)) {
        session_clear_findings(session);
        audit_try_later(session, now);
        return;
    }
    HMAP_FOR_EACH (sub, node, &session->subs) {
        n_vn += sub->vn_id ? image_n_flows(sub->image) : 0;
    }

    bool local_differs = (session->found.n_local
                          != (local ? image_n_flows(local->image) : 0));
    bool differs = local_differs || session->found.n_vn != n_vn;

    audit_judge_foreign(session);
    audit_judge_markers(session);
    if (audit->groups_asked) {
        audit_judge_groups(session);
    }
    if (local_differs && !local) {
        session_add_purge(session, 0);
    }
    if (differs || audit->thorough) {
        audit_begin_images(session, session->found.n_vn != n_vn, now);
    } else {
        audit_finish(session, now);
    }
}

/* Images one by one. */

/* Goes over to the images.  'unexplained' says that the sum over all VNs is
 * wrong. */
static void
audit_begin_images(struct session *session, bool unexplained, long long now)
{
    struct session_audit *audit = &session->audit;
    const struct subscription *sub;

    audit->todo = xmalloc(MAX(hmap_count(&session->subs), 1)
                          * sizeof *audit->todo);
    audit->n_todo = 0;
    HMAP_FOR_EACH (sub, node, &session->subs) {
        audit->todo[audit->n_todo++] = sub->vn_id;
    }
    audit->unexplained = unexplained;
    audit->state = AUDIT_IMAGES;
    audit_request_images(session);
    if (ovs_list_is_empty(&session->requests)) {
        audit_end_images(session, now);
    }
}

/* Asks for the flow counts of some more images. */
static void
audit_request_images(struct session *session)
{
    struct session_audit *audit = &session->audit;
    size_t n = ovs_list_size(&session->requests);

    while (audit->n_todo && n < COUNTS_IN_FLIGHT) {
        uint32_t vn_id = audit->todo[--audit->n_todo];
        const struct subscription *sub = session_sub_by_vn(session, vn_id);
        struct session_request *request;

        if (!sub || sub->stale || sub->n_tracks) {
            continue;           /* Not at a good time. */
        }
        request = session_request_count(session, REQUEST_COUNT_IMAGE,
                                        update_image_cookie(vn_id),
                                        update_image_cookie_mask(vn_id));
        request->vn_id = vn_id;
        request->seq = sub->seq;
        n++;
    }
}

static void
audit_judge_image(struct session *session,
                  const struct session_request *request, uint32_t n_flows)
{
    struct subscription *sub = session_sub_by_vn(session, request->vn_id);

    if (!sub || sub->seq != request->seq || image_is_dirty(sub->image)) {
        return;                 /* Something was sent meanwhile. */
    }
    if (n_flows != image_n_flows(sub->image)) {
        session->audit.unexplained = false;
        repair(session, sub, "%"PRIu32" flows instead of %"PRIuSIZE, n_flows,
               image_n_flows(sub->image));
    }
}

static void
audit_end_images(struct session *session, long long now)
{
    if (session->audit.unexplained) {
        session->audit.state = AUDIT_STRAYS;
        session_request_cookies(session,
                                (uint64_t) COOKIE_VN << COOKIE_KIND_SHIFT,
                                COOKIE_KIND_MASK);
    } else {
        audit_finish(session, now);
    }
}

/* Says that the image of 'sub' is damaged and has it sent whole, unless that
 * is about to be done anyway. */
static void
repair(struct session *session, struct subscription *sub, const char *format,
       ...)
{
    va_list args;
    char *text;

    if (sub->stale) {
        return;
    }
    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);
    VLOG_WARN_RL(&rl, "%s: image of VN ID %"PRIu32" is damaged (%s), sending "
                 "it again", session_label(session), sub->vn_id, text);
    session->stats.n_repairs++;
    session_emit(session, SESSION_REPAIRED, sub->image,
                 image_version(sub->image), text);
    session_make_stale(session, sub);
}
