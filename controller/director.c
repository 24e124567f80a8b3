/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/director.h"

#include <limits.h>
#include <stdlib.h>

#include "controller/core.h"
#include "controller/db.h"
#include "controller/wire.h"
#include "lib/loop.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(director);

struct director {
    char *db_remote;
    char *name;
    struct core_config core_config;

    struct core *core;
    struct db *db;
    struct wire *wire;
    struct loop_task *task;     /* Runs the core. */
    int exit_status;
};

static void director_run(void *director_);
static void director_wait(void *director_);
static void core_changed(void *director_);
static void db_ready(void *director_);
static void db_deposed(void *director_, const char *reason);
static void start_db(struct director *, int64_t last_epoch);

struct director *
director_create(const struct director_config *config)
{
    struct director *director = xzalloc(sizeof *director);

    director->db_remote = xstrdup(config->db_remote);
    director->name = xstrdup(config->name);
    director->core_config = (struct core_config) {
        .queue_limit = config->queue_limit,
        .audit_interval_ms = config->audit_interval_ms,
    };
    director->exit_status = EXIT_SUCCESS;
    director->core = core_create(&director->core_config);
    director->wire = wire_create(director->core, core_changed, director);
    director->task = loop_task_create("core", director_run, director_wait,
                                      director);
    start_db(director, 0);
    return director;
}

void
director_destroy(struct director *director)
{
    if (director) {
        wire_destroy(director->wire);
        db_destroy(director->db);
        core_destroy(director->core);
        loop_task_destroy(director->task);
        free(director->db_remote);
        free(director->name);
        free(director);
    }
}

char *
director_listen(struct director *director, const char *target)
{
    return wire_listen(director->wire, target);
}

char *
director_accept(struct director *director)
{
    int64_t epoch = db_epoch(director->db);

    if (!db_is_guarded(director->db)) {
        return xstrdup("the database is followed already: there is nothing "
                       "to accept");
    }
    VLOG_WARN("starting over with what the database has now, as ordered");
    wire_stop(director->wire, "starting over with another database");
    db_destroy(director->db);
    core_destroy(director->core);
    director->core = core_create(&director->core_config);
    wire_set_core(director->wire, director->core);
    start_db(director, epoch);
    return NULL;
}

void
director_wake(struct director *director)
{
    loop_task_wake(director->task);
}

int
director_exit_status(const struct director *director)
{
    return director->exit_status;
}

struct core *
director_core(const struct director *director)
{
    return director->core;
}

struct db *
director_db(const struct director *director)
{
    return director->db;
}

struct wire *
director_wire(const struct director *director)
{
    return director->wire;
}

static void
start_db(struct director *director, int64_t last_epoch)
{
    const struct db_config config = {
        .remote = director->db_remote,
        .director = director->name,
        .last_epoch = last_epoch,
    };
    const struct db_callbacks callbacks = {
        .changed = core_changed,
        .ready = db_ready,
        .deposed = db_deposed,
        .aux = director,
    };

    director->db = db_create(director->core, &config, &callbacks);
}

/* The core task. */
static void
director_run(void *director_)
{
    struct director *director = director_;

    core_run(director->core, time_msec());
    wire_core_ran(director->wire);
    db_core_ran(director->db);
    if (core_is_complete(director->core) && core_needs_run(director->core)) {
        loop_task_wake(director->task);
    }
}

static void
director_wait(void *director_)
{
    const struct director *director = director_;
    long long deadline = core_deadline(director->core);

    if (deadline != LLONG_MAX) {
        poll_timer_wait_until(deadline);
    }
}

static void
core_changed(void *director_)
{
    director_wake(director_);
}

static void
db_ready(void *director_)
{
    struct director *director = director_;

    wire_start(director->wire);
}

/* Another director rules.  Its switches' roles fence us off anyway; all that
 * is left to do is to get out of its way. */
static void
db_deposed(void *director_, const char *reason)
{
    struct director *director = director_;

    wire_stop(director->wire, reason);
    director->exit_status = EXIT_FAILURE;
    loop_stop();
}
