/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/session-private.h"

#include <limits.h>

#include "controller/image.h"
#include "controller/items.h"
#include "controller/update.h"
#include "hash.h"
#include "lib/pipeline.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(session_sync);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

/* Delay of the resynchronization after a refusal: the first, and the most. */
#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 60000

/* The most groups to delete with one update. */
#define GROUP_PURGE_MAX 1000

static struct subscription *sub_find(const struct session *,
                                     const struct image *);
static void sub_destroy(struct session *, struct subscription *);
static void sync_image(struct session *, struct subscription *);
static void find_strays(struct session *);
static bool refill_purge(struct session *);
static bool refill_stale(struct session *, long long now);
static bool refill_stray_groups(struct session *);
static void drop_purge(struct session *, uint32_t vn_id);
static void add_groups_of_local_image(struct session *, const struct image *);
static void confirm(struct session *, struct session_track *, long long now);
static void refuse(struct session *, struct session_track *, long long now,
                   const char *format, ...) OVS_PRINTF_FORMAT(4, 5);
static void finish_before(struct session *, const struct session_track *,
                          long long now);
static void finish_unanswered(struct session *, struct session_track *,
                              long long now);

void
session_sync_init(struct session *session)
{
    hmap_init(&session->subs);
    hmap_init(&session->subs_by_vn);
    hmap_init(&session->purges);
    ovs_list_init(&session->stale);
}

void
session_sync_uninit(struct session *session)
{
    struct subscription *sub;

    HMAP_FOR_EACH_SAFE (sub, node, &session->subs) {
        sub_destroy(session, sub);
    }
    session_markers_clear(&session->purges);
    hmap_destroy(&session->subs);
    hmap_destroy(&session->subs_by_vn);
    hmap_destroy(&session->purges);
    free(session->stray_groups);
}

void
session_sync(struct session *session, long long now)
{
    struct subscription *sub;

    if (session->state != SESSION_STATE_SURVEY || !session->surveyed) {
        return;
    }
    session->now = now;
    session->state = SESSION_STATE_READY;
    session->started = now;
    if (hmap_is_empty(&session->found.markers)) {
        struct update *wipe = update_create_wipe(session->pool);

        session_queue_update(session, wipe, TRACK_WIPE, NULL);
        update_unref(wipe);
    } else {
        find_strays(session);
    }
    HMAP_FOR_EACH (sub, node, &session->subs) {
        sync_image(session, sub);
    }
    VLOG_INFO("%s: %"PRIuSIZE" images, %"PRIuSIZE" of them to be sent, "
              "%"PRIuSIZE" to be removed", session_label(session),
              hmap_count(&session->subs), ovs_list_size(&session->stale),
              hmap_count(&session->purges));
    session_clear_findings(session);
    session_audit_schedule(session, now);
    session_refill(session, now);
}

void
session_subscribe(struct session *session, struct image *image, long long now)
{
    struct subscription *sub = xzalloc(sizeof *sub);

    ovs_assert(!sub_find(session, image));
    session->now = now;
    sub->image = image;
    sub->vn_id = image_vn_id(image);
    sub->confirmed = UINT64_MAX;
    sub->backoff_ms = BACKOFF_MIN_MS;
    hmap_insert(&session->subs, &sub->node, hash_pointer(image, 0));
    hmap_insert(&session->subs_by_vn, &sub->vn_node, hash_int(sub->vn_id, 0));
    if (session->state == SESSION_STATE_READY) {
        drop_purge(session, sub->vn_id);
        session_make_stale(session, sub);
        session_refill(session, now);
    }
}

void
session_unsubscribe(struct session *session, struct image *image,
                    long long now)
{
    struct subscription *sub = sub_find(session, image);

    session->now = now;
    if (!sub) {
        return;
    }
    if (session->state == SESSION_STATE_READY) {
        session_queue_drop(session, sub);
        session_add_purge(session, sub->vn_id);
        if (!sub->vn_id) {
            add_groups_of_local_image(session, image);
        }
    }
    session_forget_events(session, image);
    sub_destroy(session, sub);
    session_refill(session, now);
}

void
session_push(struct session *session, struct image *image,
             struct update *update, long long now)
{
    struct subscription *sub = sub_find(session, image);

    ovs_assert(sub);
    session->now = now;
    if (session->state != SESSION_STATE_READY) {
        return;                 /* session_sync() will see to it. */
    }
    if (sub->stale) {
        session_refill(session, now); /* The image is not dirty any more. */
    } else if (session_queue_is_full(session, update->msgs.size)) {
        VLOG_INFO_RL(&rl, "%s: reads too slowly, image of VN ID %"PRIu32" "
                     "will be sent whole", session_label(session),
                     sub->vn_id);
        session->stats.n_dropped += 1 + session_make_stale(session, sub);
    } else {
        session_queue_update(session, update, TRACK_DELTA, sub);
    }
}

uint64_t
session_confirmed_version(const struct session *session,
                          const struct image *image)
{
    const struct subscription *sub = sub_find(session, image);

    return sub ? sub->confirmed : UINT64_MAX;
}

bool
session_is_settled(const struct session *session)
{
    return (session->state == SESSION_STATE_READY
            && ovs_list_is_empty(&session->stale)
            && ovs_list_is_empty(&session->queue)
            && ovs_list_is_empty(&session->tracks)
            && hmap_is_empty(&session->purges)
            && !session->n_stray_groups);
}

void
session_refill(struct session *session, long long now)
{
    if (session->state != SESSION_STATE_READY) {
        return;
    }
    while (!session_queue_is_busy(session)
           && (refill_purge(session)
               || refill_stale(session, now)
               || refill_stray_groups(session))) {
        continue;
    }
}

long long
session_refill_deadline(const struct session *session)
{
    const struct subscription *sub;
    long long deadline = LLONG_MAX;

    if (session->state == SESSION_STATE_READY
        && !session_queue_is_busy(session)) {
        LIST_FOR_EACH (sub, stale_node, &session->stale) {
            if (!sub->n_fulls && !image_is_dirty(sub->image)) {
                deadline = MIN(deadline, sub->retry_at);
            }
        }
    }
    return deadline;
}

struct subscription *
session_sub_by_vn(const struct session *session, uint32_t vn_id)
{
    struct subscription *sub;

    HMAP_FOR_EACH_WITH_HASH (sub, vn_node, hash_int(vn_id, 0),
                             &session->subs_by_vn) {
        if (sub->vn_id == vn_id) {
            return sub;
        }
    }
    return NULL;
}

size_t
session_make_stale(struct session *session, struct subscription *sub)
{
    if (sub->stale) {
        return 0;
    }
    sub->stale = true;
    sub->seq++;
    session->seq++;
    ovs_list_push_back(&session->stale, &sub->stale_node);
    return session_queue_drop(session, sub);
}

void
session_add_purge(struct session *session, uint32_t vn_id)
{
    session_marker_put(&session->purges, vn_id, 0);
}

void
session_add_stray_group(struct session *session, uint32_t group_id)
{
    if (session->n_stray_groups >= session->allocated_stray_groups) {
        session->stray_groups = x2nrealloc(session->stray_groups,
                                           &session->allocated_stray_groups,
                                           sizeof *session->stray_groups);
    }
    session->stray_groups[session->n_stray_groups++] = group_id;
}

void
session_receive_bundle_reply(struct session *session,
                             const struct ofp_header *oh, long long now)
{
    struct ofputil_bundle_ctrl_msg reply;
    struct session_track *track;

    if (ofputil_decode_bundle_ctrl(oh, &reply)) {
        session_close(session, "bad reply about a bundle");
        return;
    }
    track = session_track_find(session, reply.bundle_id);
    if (!track || reply.type != OFPBCT_COMMIT_REPLY) {
        return;
    }
    if (track->entry) {
        session_close(session, "confirmed what had not been sent");
        return;
    }
    finish_before(session, track, now);
    if (!track->failed) {
        confirm(session, track, now);
    }
    session_track_remove(session, track);
    session_refill(session, now);
}

void
session_receive_barrier(struct session *session, long long now)
{
    struct session_track *track;

    /* One at a time, as a refusal may change the list. */
    while (!ovs_list_is_empty(&session->tracks)) {
        track = CONTAINER_OF(ovs_list_front(&session->tracks),
                             struct session_track, node);
        if (!track->checked) {
            break;
        }
        finish_unanswered(session, track, now);
    }
    session_refill(session, now);
}

bool
session_receive_update_error(struct session *session,
                             const struct ofp_header *oh, long long now)
{
    struct session_track *track = session_track_find(session, ntohl(oh->xid));
    struct ofpbuf payload;

    if (!track) {
        return false;
    }
    if (track->entry && !track->entry->sent) {
        session_close(session, "answered what had not been sent");
        return true;
    }
    ofperr_decode_msg(oh, &payload);
    if (!track->failed) {
        refuse(session, track, now, "%s: %s",
               update_describe_error(payload.data, payload.size),
               session_error_text(oh));
    }
    if (update_error_is_final(payload.data, payload.size) && !track->entry) {
        finish_before(session, track, now);
        session_track_remove(session, track);
    }
    ofpbuf_uninit(&payload);
    session_refill(session, now);
    return true;
}

static struct subscription *
sub_find(const struct session *session, const struct image *image)
{
    struct subscription *sub;

    HMAP_FOR_EACH_WITH_HASH (sub, node, hash_pointer(image, 0),
                             &session->subs) {
        if (sub->image == image) {
            return sub;
        }
    }
    return NULL;
}

/* Takes 'sub' out and frees it. */
static void
sub_destroy(struct session *session, struct subscription *sub)
{
    struct session_track *track;

    LIST_FOR_EACH (track, node, &session->tracks) {
        if (track->sub == sub) {
            track->sub = NULL;
        }
    }
    if (sub->stale) {
        ovs_list_remove(&sub->stale_node);
    }
    hmap_remove(&session->subs, &sub->node);
    hmap_remove(&session->subs_by_vn, &sub->vn_node);
    free(sub);
}

/* Compares the marker that the survey found with the image of 'sub', and
 * decides what is to be sent. */
static void
sync_image(struct session *session, struct subscription *sub)
{
    uint64_t marker = session_found_marker(session, sub->vn_id);
    struct update *updates[IMAGE_LOG_MAX];
    size_t n;

    if (marker == image_marker(sub->image)) {
        sub->confirmed = image_version(sub->image);
        session_emit(session, SESSION_CONFIRMED, sub->image, sub->confirmed,
                     NULL);
        return;
    }
    n = (session_queue_is_busy(session) ? 0
         : image_catch_up(sub->image, marker, updates, ARRAY_SIZE(updates)));
    session->n_catchups += n > 0;
    for (size_t i = 0; i < n; i++) {
        session_queue_update(session, updates[i], TRACK_DELTA, sub);
        update_unref(updates[i]);
    }
    if (!n) {
        session_make_stale(session, sub);
    }
}

/* Notes which images and groups that the survey found are to be removed. */
static void
find_strays(struct session *session)
{
    const struct subscription *local = session_sub_by_vn(session, 0);
    const struct session_marker *marker;
    const struct session_group *group;

    HMAP_FOR_EACH (marker, node, &session->found.markers) {
        if (!session_sub_by_vn(session, marker->vn_id)) {
            session_add_purge(session, marker->vn_id);
        }
    }
    HMAP_FOR_EACH (group, node, &session->found.groups) {
        uint32_t vn_id = group->group_id & 0xffffff;

        if (group->group_id == GROUP_FLOOD(vn_id)) {
            if (!session_sub_by_vn(session, vn_id)) {
                session_add_purge(session, vn_id);
            }
        } else if (!local || !image_find_group(local->image, group->group_id,
                                               NULL)) {
            session_add_stray_group(session, group->group_id);
        }
    }
}

/* These queue one update each if there is one of their kind to do, and return
 * true if so. */

static bool
refill_purge(struct session *session)
{
    struct hmap_node *first = hmap_first(&session->purges);
    struct session_marker *purge;
    struct update *update;

    if (!first) {
        return false;
    }
    purge = CONTAINER_OF(first, struct session_marker, node);
    update = update_create_purge(session->pool, purge->vn_id);
    session_queue_update(session, update, TRACK_PURGE, NULL);
    update_unref(update);
    hmap_remove(&session->purges, &purge->node);
    free(purge);
    return true;
}

static bool
refill_stale(struct session *session, long long now)
{
    struct subscription *sub;

    LIST_FOR_EACH (sub, stale_node, &session->stale) {
        struct update *full;

        if (sub->retry_at > now || image_is_dirty(sub->image)
            || sub->n_fulls) {  /* Wait for the reply to the one before. */
            continue;
        }
        full = image_full(sub->image);
        sub->stale = false;
        ovs_list_remove(&sub->stale_node);
        session_queue_update(session, full, TRACK_FULL, sub);
        session->stats.n_resyncs++;
        update_unref(full);
        return true;
    }
    return false;
}

/* Groups go last: an image that is stale may come to use one of them. */
static bool
refill_stray_groups(struct session *session)
{
    const struct subscription *local = session_sub_by_vn(session, 0);
    uint32_t ids[GROUP_PURGE_MAX];
    struct update *update;
    size_t n = 0;

    if (!session->n_stray_groups || !ovs_list_is_empty(&session->stale)) {
        return false;
    }
    while (session->n_stray_groups && n < ARRAY_SIZE(ids)) {
        uint32_t id = session->stray_groups[--session->n_stray_groups];

        if (!local || !image_find_group(local->image, id, NULL)) {
            ids[n++] = id;
        }
    }
    if (n) {
        update = update_create_group_purge(session->pool, ids, n);
        session_queue_update(session, update, TRACK_GROUPS, NULL);
        update_unref(update);
    }
    return true;
}

/* Forgets that the image of 'vn_id' must go. */
static void
drop_purge(struct session *session, uint32_t vn_id)
{
    struct session_marker *purge;

    HMAP_FOR_EACH_WITH_HASH (purge, node, hash_int(vn_id, 0),
                             &session->purges) {
        if (purge->vn_id == vn_id) {
            hmap_remove(&session->purges, &purge->node);
            free(purge);
            return;
        }
    }
}

/* Notes that the groups of the local image 'image' must go. */
static void
add_groups_of_local_image(struct session *session, const struct image *image)
{
    struct items items;

    items_init(&items);
    image_get_items(image, &items);
    ITEMS_FOR_EACH (item, &items) {
        if (item->kind == ITEM_GROUP) {
            session_add_stray_group(session, item_group_id(item));
        }
    }
    items_uninit(&items);
}

/* Takes in that the datapath has committed 'track'. */
static void
confirm(struct session *session, struct session_track *track, long long now)
{
    struct subscription *sub = track->sub;

    session->stats.last_confirmed = now;
    if (!sub || track->generation != sub->generation) {
        return;
    }
    if (track->kind == TRACK_FULL) {
        sub->backoff_ms = BACKOFF_MIN_MS;
    }
    sub->confirmed = track->version;
    session_emit(session, SESSION_CONFIRMED, sub->image, sub->confirmed,
                 NULL);
}

/* Takes in that the datapath has refused (part of) 'track', for the first
 * time.  What it now holds of the image is not known, as OVS commits a bundle
 * that lacks a message, and other updates may be on their way: the marker is
 * removed at once, and the image is sent whole after a while. */
static void
refuse(struct session *session, struct session_track *track, long long now,
       const char *format, ...)
{
    struct subscription *sub = track->sub;
    struct update *distrust;
    va_list args;
    char *text;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);
    VLOG_WARN_RL(&rl, "%s: refused an update (%s)", session_label(session),
                 text);
    track->failed = true;
    session->stats.n_refused++;
    if (!sub) {
        free(text);             /* Of no image: there is no more to do. */
        return;
    }
    session_emit(session, SESSION_REFUSED, sub->image, track->version, text);
    if (track->generation != sub->generation) {
        return;                 /* Not the first of this image. */
    }
    sub->generation++;
    session_make_stale(session, sub);
    sub->retry_at = now + sub->backoff_ms;
    sub->backoff_ms = MIN(sub->backoff_ms * 2, BACKOFF_MAX_MS);
    distrust = update_create_distrust(session->pool, sub->vn_id);
    session_queue_update(session, distrust, TRACK_DISTRUST, NULL);
    update_unref(distrust);
}

/* Replies come in order, so that those to what was sent before 'track' will
 * not come any more. */
static void
finish_before(struct session *session, const struct session_track *track,
              long long now)
{
    struct session_track *old;

    LIST_FOR_EACH_SAFE (old, node, &session->tracks) {
        if (old == track) {
            break;
        }
        finish_unanswered(session, old, now);
    }
}

/* Takes out 'track', to which no final reply will come. */
static void
finish_unanswered(struct session *session, struct session_track *track,
                  long long now)
{
    if (!track->failed) {
        refuse(session, track, now, "bundle: no reply to its commit");
    }
    session_track_remove(session, track);
}
