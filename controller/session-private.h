/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_SESSION_PRIVATE_H
#define CONTROLLER_SESSION_PRIVATE_H 1

/* What the files of the session share; session.h is for everybody else.
 *
 *   session.c          life, greeting, dispatch of messages, liveness, events
 *   session-queue.c    what waits to be sent and what waits for its reply
 *   session-sync.c     subscriptions, bringing the datapath to the images
 *   session-survey.c   requests and their replies: role, markers, groups
 *   session-ports.c    ports
 *   session-audit.c    audit
 *   session-glean.c    frames up and down, meters, counts of packets
 *
 * Life of an update in a session:
 *
 *   session_queue_update()  an entry in 'queue' and a track in 'tracks'
 *   session_output_sent()   whole entry sent: it goes, the track stays
 *   reply to the commit     the track goes: confirmed
 *   error                   the track is marked failed (and refused once); it
 *                           goes with the reply to the commit, which in OVS
 *                           may still succeed if a message did not get into
 *                           the bundle, hence the distrust of the marker
 *   slow reader             entry and track go, nothing of it was sent */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/shash.h"
#include "controller/session.h"

struct ofpbuf;

enum session_state {
    SESSION_STATE_GREETING,
    SESSION_STATE_IDENTIFIED,
    SESSION_STATE_SURVEY,
    SESSION_STATE_READY,
    SESSION_STATE_CLOSED,
};

/* What an update is for. */
enum track_kind {
    TRACK_DELTA,                /* image_flush(). */
    TRACK_FULL,                 /* image_full(). */
    TRACK_PURGE,                /* Removes an image. */
    TRACK_DISTRUST,             /* Removes an image's marker. */
    TRACK_WIPE,                 /* Removes everything. */
    TRACK_GROUPS,               /* Removes groups that nobody wants. */
};

/* An update that was queued and has no final reply yet. */
struct session_track {
    struct ovs_list node;       /* In struct session's 'tracks', in order. */
    struct session_entry *entry; /* NULL once it is sent whole. */
    struct subscription *sub;   /* NULL if of no image, or not any more. */
    enum track_kind kind;
    uint32_t id;                /* Of the bundle; also its xid. */
    uint64_t version;           /* Of the image. */
    unsigned int generation;    /* 'generation' of 'sub' at that time. */
    size_t n_mods;
    bool failed;                /* An error came. */
    bool checked;               /* Queued before the barrier that is out. */
    long long time;             /* When it was sent whole. */
};

/* Bytes that wait to be sent: either 'update', shared, or 'own'. */
struct session_entry {
    struct ovs_list node;       /* In struct session's 'queue'. */
    struct update *update;
    struct ofpbuf *own;
    size_t sent;                /* Bytes already sent. */
    struct session_track *track; /* Of 'update'. */
};

/* An image that the datapath must hold. */
struct subscription {
    struct hmap_node node;      /* In struct session's 'subs', by image. */
    struct hmap_node vn_node;   /* In struct session's 'subs_by_vn'. */
    struct ovs_list stale_node; /* In struct session's 'stale' if 'stale'. */
    struct image *image;
    uint32_t vn_id;
    bool stale;                 /* Needs image_full(). */
    uint64_t confirmed;         /* Version, UINT64_MAX if none. */
    unsigned int generation;    /* Rises with each refusal: what was sent
                                 * before leads nowhere sound. */
    uint64_t seq;               /* Rises with all that is queued for it. */
    size_t n_tracks;            /* Tracks whose 'sub' this is. */
    size_t n_fulls;             /* Of them, of TRACK_FULL: 0 or 1. */
    long long retry_at;         /* Not resynchronized before. */
    int backoff_ms;             /* Next delay after a refusal. */
    size_t n_groups_found;      /* Scratch space of the audit. */
};

/* A request that waits for its reply, which may come in parts. */
enum request_kind {
    REQUEST_ROLE,
    REQUEST_PORTS,
    REQUEST_MARKERS,
    REQUEST_GROUPS,
    REQUEST_COUNT_VN,           /* Flows of all VN images. */
    REQUEST_COUNT_LOCAL,        /* Flows of the local image. */
    REQUEST_COUNT_ALL,          /* All flows. */
    REQUEST_COUNT_IMAGE,        /* Flows of the image of 'vn_id'. */
    REQUEST_STRAYS,             /* Cookies of all flows of VN images. */
};


struct session_request {
    struct ovs_list node;       /* In struct session's 'requests'. */
    uint32_t xid;
    enum request_kind kind;
    uint32_t vn_id;             /* For REQUEST_COUNT_IMAGE. */
    uint64_t seq;               /* 'seq' of that subscription then. */
};

/* What the datapath says that it has. */
struct session_marker {
    struct hmap_node node;      /* In struct session_findings, by VN ID. */
    uint32_t vn_id;
    uint64_t cookie;            /* 0 if the marker is missing. */
};

struct session_group {
    struct hmap_node node;      /* In struct session_findings, by ID. */
    uint32_t group_id;
    size_t n_buckets;
};

struct session_findings {
    struct hmap markers;        /* Of struct session_marker. */
    struct hmap groups;         /* Of struct session_group, ours only. */
    size_t n_foreign_groups;
    uint32_t n_vn, n_local, n_all; /* Flows. */
};

enum audit_state {
    AUDIT_IDLE,
    AUDIT_TOTALS,               /* Sums, markers and groups were asked. */
    AUDIT_IMAGES,               /* Each image's flows are asked. */
    AUDIT_STRAYS,               /* Flows of no image are looked for. */
};

struct session_audit {
    enum audit_state state;
    bool thorough;              /* Look at each image, whatever the sums. */
    bool asked;                 /* Somebody wants one, a thorough one. */
    bool unexplained;           /* Sums differ, no image does so far. */
    bool groups_asked;
    bool warned;                /* Of foreign flows. */
    int n_tries;                /* Since the last that told something. */
    long long next;             /* Time of the next, LLONG_MAX if never. */
    uint64_t seq;               /* 'seq' of the session when asked. */
    uint32_t *todo;             /* VN IDs still to be counted. */
    size_t n_todo;
};

struct session {
    char *peer;
    char *name;                 /* NULL before session_accept(). */
    struct image_pool *pool;
    struct session_config config;
    enum session_state state;
    struct ovs_list events;     /* Of struct session_queued_event. */

    /* Greeting and liveness. */
    bool hello_received;
    uint64_t datapath_id;
    long long started;          /* Time at which 'state' was entered. */
    long long last_rx;          /* Time of the last message received. */
    long long last_tx;          /* Time at which the output last moved, or
                                 * began to wait. */
    long long now;              /* Latest time that a call brought. */
    bool probing;               /* An echo request is out. */
    struct session_entry *probe; /* That request while it is in 'queue'. */
    long long probe_time;       /* When it was queued, then when it left. */
    uint32_t barrier_xid;       /* Of a barrier request that is out, or 0. */
    long long barrier_time;     /* When it was queued. */

    /* Output. */
    struct ovs_list queue;      /* Of struct session_entry. */
    size_t queue_bytes;         /* Not sent yet. */
    struct ovs_list tracks;     /* Of struct session_track. */
    size_t n_tracks;
    size_t mods_in_flight;      /* Messages in all 'tracks'. */
    uint64_t seq;               /* Rises with each update queued. */
    uint32_t last_xid;          /* Low 31 bits of the last xid made. */

    /* Images. */
    struct hmap subs;           /* Of struct subscription. */
    struct hmap subs_by_vn;     /* The same. */
    struct ovs_list stale;      /* Those that are stale. */
    struct hmap purges;         /* Of struct session_marker: images that the
                                 * datapath must lose. */
    uint32_t *stray_groups;     /* IDs of groups that it must lose. */
    size_t n_stray_groups;
    size_t allocated_stray_groups;

    /* What the datapath says. */
    struct ovs_list requests;   /* Of struct session_request. */
    struct session_findings found;
    bool surveyed;
    struct hmap ports;          /* Of struct session_port. */
    struct shash port_names;    /* To struct session_port. */
    struct session_audit audit;

    /* Gleaning. */
    uint32_t meters_wanted;     /* Bit N is for meter N + 1. */
    uint32_t meters_sent;
    bool no_meters;             /* The datapath refused one. */
    size_t n_frames;            /* SESSION_FRAMEs in 'events'. */
    struct ovs_list asks;       /* Of struct session_ask. */

    struct session_stats stats;
    uint64_t n_strange_errors;  /* Errors that answer nothing known. */
    uint64_t n_catchups;        /* Images brought on by their log. */
};

/* Returns the name for logs. */
const char *session_label(const struct session *);

/* Queues an event; takes ownership of 'text'. */
void session_emit(struct session *, enum session_event_type, struct image *,
                  uint64_t version, char *text);

/* Queues a copy of 'event', with what it owns. */
void session_emit_event(struct session *, const struct session_event *event);

/* Queues SESSION_PORTS unless one waits already. */
void session_emit_ports(struct session *);

/* Returns words for the error message 'oh'. */
const char *session_error_text(const struct ofp_header *oh);

/* Forgets 'image' in events. */
void session_forget_events(struct session *, const struct image *);

/* session-queue.c */

/* Initializes, and frees, what this file has in the session. */
void session_queue_init(struct session *);
void session_queue_uninit(struct session *);

/* Drops everything but an entry that is sent in part. */
void session_queue_clear(struct session *);

/* Queues 'msg', whose length it sets.  Takes ownership of it. */
void session_queue_own(struct session *, struct ofpbuf *msg);

/* Gives the header of 'msg' a fresh xid and returns it. */
uint32_t session_stamp(struct session *, struct ofpbuf *msg);

/* Queues 'update', for 'sub' or for no image (NULL).  Takes a reference. */
void session_queue_update(struct session *, struct update *,
                          enum track_kind, struct subscription *);

/* Drops what is queued for 'sub' and of which nothing has been sent; returns
 * how many updates that were. */
size_t session_queue_drop(struct session *, const struct subscription *);

/* Returns true if an update of 'size' bytes may not be queued for now. */
bool session_queue_is_full(const struct session *, size_t size);

/* Returns true if there is enough in the queue, so that images need not be
 * sent whole right now. */
bool session_queue_is_busy(const struct session *);

/* Returns the track with 'id', NULL if there is none. */
struct session_track *session_track_find(const struct session *, uint32_t id);

/* Takes 'track' out and frees it. */
void session_track_remove(struct session *, struct session_track *);

/* session-sync.c */

/* Initializes, and frees, what this file has in the session. */
void session_sync_init(struct session *);
void session_sync_uninit(struct session *);

/* Queues what is due as far as there is room: purges, stale images. */
void session_refill(struct session *, long long now);

/* Returns when session_refill() next has something to do but lack of room. */
long long session_refill_deadline(const struct session *);

/* Returns the subscription of the image of 'vn_id', or NULL. */
struct subscription *session_sub_by_vn(const struct session *,
                                       uint32_t vn_id);

/* Makes 'sub' stale, to be resynchronized as soon as there is room.  Returns
 * how many updates were dropped from the queue. */
size_t session_make_stale(struct session *, struct subscription *);

/* Notes that what there is of the image of 'vn_id' must go. */
void session_add_purge(struct session *, uint32_t vn_id);

/* Notes that group 'group_id' must go, unless the local image gets it. */
void session_add_stray_group(struct session *, uint32_t group_id);

/* Takes in a reply to a bundle's control message. */
void session_receive_bundle_reply(struct session *, const struct ofp_header *,
                                  long long now);

/* Takes in that a barrier was reached: what was sent before it and has no
 * final reply will not get one. */
void session_receive_barrier(struct session *, long long now);

/* Takes in an error; returns false if it concerns no update. */
bool session_receive_update_error(struct session *, const struct ofp_header *,
                                  long long now);

/* session-survey.c */

/* Returns true if 'group_id' is one that images use: the kind is in the upper
 * 8 bits, 3 for the guard that update.c uses. */
static inline bool
session_group_is_ours(uint32_t group_id)
{
    return group_id >> 24 >= 1 && group_id >> 24 <= 3;
}

/* Initializes, and frees, what this file has in the session. */
void session_survey_init(struct session *);
void session_survey_uninit(struct session *);

/* Sends the requests of the survey. */
void session_survey_start(struct session *);

/* Sends 'msg' as a request of 'kind'; takes ownership of 'msg'.  Valid until
 * the reply. */
struct session_request *session_request(struct session *, enum request_kind,
                                        struct ofpbuf *msg);

/* Asks for the markers. */
void session_request_markers(struct session *);

/* Asks for the groups, and how many buckets each has. */
void session_request_groups(struct session *);

/* Asks how many flows have 'cookie' in the bits of 'cookie_mask'. */
struct session_request *session_request_count(struct session *,
                                              enum request_kind,
                                              uint64_t cookie,
                                              uint64_t cookie_mask);

/* Asks for the cookies of all these flows, see session_audit_cookie(). */
void session_request_cookies(struct session *, uint64_t cookie,
                             uint64_t cookie_mask);

/* Takes in a reply of 'type' if it answers a request. */
void session_receive_reply(struct session *, enum ofptype,
                           const struct ofp_header *, long long now);

/* Takes in an error; returns false if it answers no request. */
bool session_receive_request_error(struct session *,
                                   const struct ofp_header *);

/* Forgets all that was found. */
void session_clear_findings(struct session *);

/* Forgets all requests. */
void session_clear_requests(struct session *);

/* Returns the marker that was found for 'vn_id', 0 if there was none. */
uint64_t session_found_marker(const struct session *, uint32_t vn_id);

/* Puts a marker into 'markers' unless its VN is in there. */
void session_marker_put(struct hmap *markers, uint32_t vn_id,
                        uint64_t cookie);

/* Removes and frees all of 'markers'. */
void session_markers_clear(struct hmap *markers);

/* session-ports.c */

/* Initializes, and frees, what this file has in the session. */
void session_ports_init(struct session *);
void session_ports_uninit(struct session *);

/* Asks for the description of all ports. */
void session_ports_request(struct session *);

/* Takes in a part of that description. */
void session_receive_ports(struct session *, const struct ofp_header *);

/* Takes in an OFPT_PORT_STATUS. */
void session_receive_port_status(struct session *, const struct ofp_header *);

/* session-glean.c */

/* The xid of what concerns meters; session_stamp() makes no such one, nor is
 * it the ID of an update. */
#define SESSION_METER_XID 0

/* Initializes, and frees, what this file has in the session. */
void session_glean_init(struct session *);
void session_glean_clear(struct session *);

/* Queues the meters that are wanted and were not sent, or 'all'. */
void session_send_meters(struct session *, bool all);

/* Take in a frame; an answer or an error, returning false if it is to nothing
 * of this file's. */
void session_receive_packet_in(struct session *, const struct ofp_header *);
bool session_receive_packets(struct session *, const struct ofp_header *);
bool session_receive_meter_error(struct session *, const struct ofp_header *);

/* session-audit.c */

/* Initializes, and frees, what this file has in the session. */
void session_audit_init(struct session *);
void session_audit_uninit(struct session *);

/* Sets the time of the first audit. */
void session_audit_schedule(struct session *, long long now);

/* Begins an audit if one is due. */
void session_audit_run(struct session *, long long now);

/* Returns when session_audit_run() next has something to do. */
long long session_audit_deadline(const struct session *);

/* Takes in that 'request' has been answered whole; 'n_flows' is the answer to
 * a count. */
void session_audit_reply(struct session *, const struct session_request *,
                         uint32_t n_flows, long long now);

/* Notes a flow with 'cookie' in the search for strays. */
void session_audit_cookie(struct session *, uint64_t cookie);

#endif /* controller/session-private.h */
