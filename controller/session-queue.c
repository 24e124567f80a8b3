/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/session-private.h"

#include <sys/uio.h>

#include "controller/image.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* The most updates that may wait for their replies.  Only a datapath that
 * takes messages and does not answer them has so many. */
#define MAX_TRACKS 1024

static const struct ofpbuf *entry_bytes(const struct session_entry *);
static void entry_put(struct session *, struct session_entry *);
static void entry_remove(struct session *, struct session_entry *);

void
session_queue_init(struct session *session)
{
    ovs_list_init(&session->queue);
    ovs_list_init(&session->tracks);
}

void
session_queue_uninit(struct session *session)
{
    struct session_track *track;
    struct session_entry *entry;

    LIST_FOR_EACH_SAFE (entry, node, &session->queue) {
        entry_remove(session, entry);
    }
    LIST_FOR_EACH_SAFE (track, node, &session->tracks) {
        session_track_remove(session, track);
    }
}

void
session_queue_clear(struct session *session)
{
    struct session_entry *entry;

    LIST_FOR_EACH_SAFE (entry, node, &session->queue) {
        if (!entry->sent) {
            entry_remove(session, entry);
        }
    }
}

void
session_queue_own(struct session *session, struct ofpbuf *msg)
{
    struct session_entry *entry = xzalloc(sizeof *entry);

    ofpmsg_update_length(msg);
    entry->own = msg;
    entry_put(session, entry);
}

uint32_t
session_stamp(struct session *session, struct ofpbuf *msg)
{
    struct ofp_header *oh = msg->data;

    session->last_xid = (session->last_xid + 1) & 0x7fffffff;
    oh->xid = htonl(0x80000000 | session->last_xid);
    return ntohl(oh->xid);
}

void
session_queue_update(struct session *session, struct update *update,
                     enum track_kind kind, struct subscription *sub)
{
    struct session_entry *entry = xzalloc(sizeof *entry);
    struct session_track *track = xzalloc(sizeof *track);

    if (sub && !sub->vn_id) {
        session_send_meters(session, kind == TRACK_FULL);
    }
    entry->update = update_ref(update);
    entry->track = track;
    entry_put(session, entry);

    track->entry = entry;
    track->sub = sub;
    track->kind = kind;
    track->id = update->id;
    track->version = update->version;
    track->n_mods = update->n_mods;
    ovs_list_push_back(&session->tracks, &track->node);
    session->n_tracks++;
    session->mods_in_flight += update->n_mods;
    session->seq++;
    if (sub) {
        track->generation = sub->generation;
        sub->n_tracks++;
        sub->n_fulls += kind == TRACK_FULL;
        sub->seq++;
    }
    session->stats.n_mods_sent += update->n_mods;
    session->stats.n_updates_sent++;
}

size_t
session_queue_drop(struct session *session, const struct subscription *sub)
{
    struct session_entry *entry;
    size_t n = 0;

    LIST_FOR_EACH_SAFE (entry, node, &session->queue) {
        if (entry->track && entry->track->sub == sub && !entry->sent) {
            session->stats.n_mods_sent -= entry->update->n_mods;
            session->stats.n_updates_sent--;
            session_track_remove(session, entry->track);
            entry_remove(session, entry);
            n++;
        }
    }
    return n;
}

bool
session_queue_is_full(const struct session *session, size_t size)
{
    return (session->n_tracks >= MAX_TRACKS
            || (session_queue_is_busy(session)
                && (session->queue_bytes + size
                    > session->config.queue_limit)));
}

bool
session_queue_is_busy(const struct session *session)
{
    return (session->n_tracks >= MAX_TRACKS / 2
            || session->queue_bytes >= session->config.queue_limit / 2);
}

struct session_track *
session_track_find(const struct session *session, uint32_t id)
{
    struct session_track *track;

    LIST_FOR_EACH (track, node, &session->tracks) {
        if (track->id == id) {
            return track;
        }
    }
    return NULL;
}

void
session_track_remove(struct session *session, struct session_track *track)
{
    ovs_list_remove(&track->node);
    session->n_tracks--;
    session->mods_in_flight -= track->n_mods;
    if (track->entry) {
        track->entry->track = NULL;
    }
    if (track->sub) {
        track->sub->n_tracks--;
        track->sub->n_fulls -= track->kind == TRACK_FULL;
    }
    free(track);
}

size_t
session_output(const struct session *session, struct iovec *iov, size_t n)
{
    const struct session_entry *entry;
    size_t i = 0;

    LIST_FOR_EACH (entry, node, &session->queue) {
        const struct ofpbuf *bytes = entry_bytes(entry);

        if (i >= n) {
            break;
        }
        iov[i].iov_base = (char *) bytes->data + entry->sent;
        iov[i].iov_len = bytes->size - entry->sent;
        i++;
    }
    return i;
}

void
session_output_sent(struct session *session, size_t size, long long now)
{
    ovs_assert(size <= session->queue_bytes);
    session->now = now;
    if (size) {
        session->last_tx = now;
    }
    while (size) {
        struct session_entry *entry
            = CONTAINER_OF(ovs_list_front(&session->queue),
                           struct session_entry, node);
        size_t left = entry_bytes(entry)->size - entry->sent;
        size_t part = MIN(left, size);

        size -= part;
        entry->sent += part;
        session->queue_bytes -= part;
        if (part == left) {
            entry_remove(session, entry);
        }
    }
    session_refill(session, now);
}

/* Returns the bytes of 'entry', from its beginning. */
static const struct ofpbuf *
entry_bytes(const struct session_entry *entry)
{
    return entry->update ? &entry->update->msgs : entry->own;
}

/* Puts 'entry', of which nothing has been sent, at the end of the queue. */
static void
entry_put(struct session *session, struct session_entry *entry)
{
    if (ovs_list_is_empty(&session->queue)) {
        session->last_tx = session->now;
    }
    ovs_list_push_back(&session->queue, &entry->node);
    session->queue_bytes += entry_bytes(entry)->size;
}

/* Takes 'entry' out and frees it; its track stays. */
static void
entry_remove(struct session *session, struct session_entry *entry)
{
    ovs_list_remove(&entry->node);
    session->queue_bytes -= entry_bytes(entry)->size - entry->sent;
    if (entry->track) {
        entry->track->entry = NULL;
        entry->track->time = session->now;
    }
    if (entry == session->probe) {
        session->probe = NULL;
        session->probe_time = session->now;
    }
    update_unref(entry->update);
    ofpbuf_delete(entry->own);
    free(entry);
}
