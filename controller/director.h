/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_DIRECTOR_H
#define CONTROLLER_DIRECTOR_H 1

/* Director: core, db and wire put together.
 *
 *     db ---changed---> [core task: core_run()] ---> wire_core_ran()
 *     wire --changed-->                         \--> db_core_ran()
 *
 * Whatever changes the core wakes the core task; so all that happened in one
 * turn of the loop is decided, compiled and flushed at once.
 *
 *     struct director *director = director_create(&config);
 *     char *error = director_listen(director, "ptcp:6653");
 *     loop_run();
 *     status = director_exit_status(director);
 *     director_destroy(director);
 *
 * Neighbours: core.h, db.h and wire.h below, ctl.h and ndirectord.c above.
 * Single-threaded. */

#include <stddef.h>
#include "openvswitch/compiler.h"

struct core;
struct db;
struct director;
struct wire;

struct director_config {
    const char *db_remote;      /* OVSDB target(s) of the nvo3 database. */
    const char *name;           /* Of this director, for Epoch.director. */
    size_t queue_limit;         /* As in struct session_config. */
    int audit_interval_ms;      /* As in struct session_config. */
};

/* Returns a new director that begins to connect to the database; free with
 * director_destroy().  Copies the configuration. */
struct director *director_create(const struct director_config *);

/* Frees 'director' with all its connections.  Datapaths stay as they are. */
void director_destroy(struct director *);

/* Listens for OpenFlow connections, see wire_listen(). */
char *director_listen(struct director *, const char *target)
    OVS_WARN_UNUSED_RESULT;

/* Starts over with what the database has now, after db_is_guarded(): all
 * connections are closed, and datapaths are brought to this database as they
 * come back.  Returns NULL, or a message, to be freed, that says why not. */
char *director_accept(struct director *) OVS_WARN_UNUSED_RESULT;

/* Makes the core run soon. */
void director_wake(struct director *);

/* The exit status for the process: EXIT_FAILURE if another director took over,
 * upon which the loop has been stopped. */
int director_exit_status(const struct director *);

/* The parts, each valid until director_accept() or director_destroy(). */
struct core *director_core(const struct director *);
struct db *director_db(const struct director *);
struct wire *director_wire(const struct director *);

#endif /* controller/director.h */
