/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_CORE_H
#define CONTROLLER_CORE_H 1

/* Core: everything of nDirector between the database and the sockets, as a
 * machine that is stepped.
 *
 *     db ---> model ---> compile ---> image ---> session ---> wire
 *
 * db (or a scenario in a test) puts typed changes into core_model() and calls
 * core_run(); what changed is decided, compiled, flushed into updates and
 * queued on the sessions of the NVEs concerned.  wire (or simulated NVEs) puts
 * messages into sessions, calls core_session_changed() and core_run(), and
 * sends the output of the sessions that core_next_active() names.  Verdicts
 * come back to db by model_next_verdict().
 *
 * No I/O, no clock: time is an argument, in milliseconds.  Single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core;
struct core_nve;
struct ds;
struct image;
struct model;
struct model_nve;
struct session;

struct core_config {
    int64_t epoch;              /* Epoch.number of this director, from 1. */
    size_t queue_limit;         /* As in struct session_config. */
    int audit_interval_ms;      /* As in struct session_config. */
};

/* Returns a new core with an empty model; free with core_destroy(). */
struct core *core_create(const struct core_config *);

/* Frees 'core' with its model; its sessions must have been removed. */
void core_destroy(struct core *);

/* Sets the epoch, known only once the database was read; raises only. */
void core_set_epoch(struct core *, int64_t epoch);

/* Returns the model, for db to put changes in.  Owned by 'core'. */
struct model *core_model(struct core *);

/* The model is complete: all of the database was read once.  Until then
 * core_run() accepts no session, so that nothing is ever deleted from a
 * datapath for want of knowledge. */
void core_set_complete(struct core *);

/* Returns true after core_set_complete(). */
bool core_is_complete(const struct core *);

/* Returns a new session for a connection from 'peer' (copied, for logs);
 * 'peer_name' (copied) is the name that its certificate proves, or NULL where
 * there was none.  The caller owns it until core_remove_session(). */
struct session *core_add_session(struct core *, const char *peer,
                                 const char *peer_name, long long now);

/* Detaches and frees 'session'. */
void core_remove_session(struct core *, struct session *);

/* Tells that 'session' took in messages or ran, so that it may have events. */
void core_session_changed(struct core *, struct session *);

/* Does all that waits: session events, model changes, updates, verdicts. */
void core_run(struct core *, long long now);

/* Returns when core_run() has something to do by itself, LLONG_MAX if
 * never. */
long long core_deadline(const struct core *);

/* Returns true if core_run() has something to do. */
bool core_needs_run(const struct core *);

/* Returns a session that core_run() gave output or closed, each once, or NULL.
 * The caller then sends its output, or removes it if it is closed. */
struct session *core_next_active(struct core *);

/* NVO3_Global.sync_request as last read. */
void core_set_sync_request(struct core *, int64_t request);

/* Returns the last request all of which, and of what was asked before, is in
 * every connected datapath. */
int64_t core_sync_done(const struct core *);

struct core_stats {
    uint64_t n_changes;         /* Model changes processed (core_run()). */
    uint64_t n_decisions;       /* Claims decided. */
    uint64_t n_compiled;        /* Objects compiled. */
    uint64_t n_updates;         /* Updates encoded. */
    uint64_t n_mods_encoded;    /* Messages in them. */
    uint64_t n_mods_sent;       /* Flow, group and bucket messages queued, over
                                 * all sessions since the start. */
    uint64_t n_resyncs, n_repairs, n_refused, n_dropped;
    uint64_t n_frames;          /* Frames that datapaths sent up. */
    uint64_t n_frames_dropped;  /* Of them, unseen for being too many. */
    uint64_t n_frames_ignored;  /* ... of no VNIC, or that told nothing. */
    uint64_t n_gleaned;         /* Addresses learned from frames. */
    uint64_t n_glean_taken;     /* Not learned: another's. */
    uint64_t n_glean_full;      /* Not learned: too many of that VNIC. */
    uint64_t n_probes;          /* Silent addresses asked for. */
    uint64_t n_aged;            /* Silent addresses forgotten. */
    uint64_t n_addresses_gleaned;       /* Gleaned addresses now. */
    uint64_t n_sessions;        /* Now. */
    uint64_t n_images;          /* Images of VNs now. */
};

/* Returns the figures of 'core'. */
struct core_stats core_get_stats(const struct core *);

/* Appends a line for each session to 's', as `session/list` shows it. */
void core_format_sessions(const struct core *, long long now, struct ds *s);

/* Appends a line for each image to 's', as `image/list` shows it. */
void core_format_images(const struct core *, struct ds *s);

/* Returns the image of the VN with 'vn_id', or NULL. */
struct image *core_vn_image(const struct core *, uint32_t vn_id);

/* Returns the local image of the NVE named 'name', or NULL. */
struct image *core_local_image(const struct core *, const char *name);

/* Returns the accepted session of the NVE named 'name', or NULL. */
struct session *core_nve_session(const struct core *, const char *name);

/* Audits all sessions, or that of the NVE named 'name' if nonnull, now.
 * Returns how many were started. */
size_t core_audit(struct core *, const char *name, long long now);

#endif /* controller/core.h */
