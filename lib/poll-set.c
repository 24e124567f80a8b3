/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "poll-set.h"

#include <limits.h>
#include <stdlib.h>

#include "coverage.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "socket-util.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(loop);

COVERAGE_DEFINE(poll_create_node);

static void
poll_set_free(void *set_)
{
    struct poll_set *set = set_;

    free(set->fds);
    free(set->wheres);
    free(set);
}

struct poll_set *
poll_set_get(void)
{
    static struct ovsthread_once once = OVSTHREAD_ONCE_INITIALIZER;
    static pthread_key_t key;

    if (ovsthread_once_start(&once)) {
        xpthread_key_create(&key, poll_set_free);
        ovsthread_once_done(&once);
    }

    struct poll_set *set = pthread_getspecific(key);
    if (!set) {
        set = xzalloc(sizeof *set);
        set->when = LLONG_MAX;
        xpthread_setspecific(key, set);
    }
    return set;
}

void
poll_set_add(struct poll_set *set, int fd, short int events,
             const char *where)
{
    if (set->n >= set->allocated) {
        set->allocated = set->allocated ? 2 * set->allocated : 8;
        set->fds = xrealloc(set->fds, set->allocated * sizeof *set->fds);
        set->wheres = xrealloc(set->wheres,
                               set->allocated * sizeof *set->wheres);
    }
    set->fds[set->n] = (struct pollfd) { .fd = fd, .events = events };
    set->wheres[set->n++] = where;
}

void
poll_set_clear(struct poll_set *set)
{
    set->n = 0;
    set->when = LLONG_MAX;
    set->when_where = NULL;
}

void
poll_set_block(struct poll_set *set)
{
    int elapsed;
    int retval = time_poll(set->fds, set->n, NULL, set->when, &elapsed);

    if (retval < 0) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
        VLOG_ERR_RL(&rl, "poll failed (%s)", ovs_strerror(-retval));
    } else if (!poll_log_wanted()) {
        return;
    } else if (!retval) {
        poll_log_wakeup(set->when_where, NULL, NULL, elapsed);
    } else {
        for (size_t i = 0; i < set->n; i++) {
            if (set->fds[i].revents) {
                poll_log_wakeup(set->wheres[i], NULL, &set->fds[i], 0);
            }
        }
    }
}

bool
poll_log_wanted(void)
{
    return VLOG_IS_DBG_ENABLED() || get_cpu_usage() > 50;
}

static void
put_revents(struct ds *s, short int revents)
{
    static const struct {
        short int event;
        const char *name;
    } events[] = {
        { POLLIN, "[POLLIN]" },
        { POLLOUT, "[POLLOUT]" },
        { POLLERR, "[POLLERR]" },
        { POLLHUP, "[POLLHUP]" },
        { POLLNVAL, "[POLLNVAL]" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
        if (revents & events[i].event) {
            ds_put_cstr(s, events[i].name);
        }
    }
}

void
poll_log_wakeup(const char *where, const char *who,
                const struct pollfd *pollfd, int elapsed)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(10, 10);
    enum vlog_level level = VLOG_IS_DBG_ENABLED() ? VLL_DBG : VLL_INFO;

    if (level == VLL_INFO && VLOG_DROP_INFO(&rl)) {
        return;
    }

    struct ds s = DS_EMPTY_INITIALIZER;
    ds_put_format(&s, "%s: wakeup due to ", who ? who : "poll_block");
    if (pollfd) {
        char *description = describe_fd(pollfd->fd);
        put_revents(&s, pollfd->revents);
        ds_put_format(&s, " on fd %d (%s)", pollfd->fd, description);
        free(description);
    } else {
        ds_put_format(&s, "%d-ms timeout", elapsed);
    }
    if (where) {
        ds_put_format(&s, " at %s", where);
    }
    ds_put_format(&s, " (%d%% CPU usage)", get_cpu_usage());
    VLOG(level, "%s", ds_cstr(&s));
    ds_destroy(&s);
}

/* The functions of openvswitch/poll-loop.h but for poll_block(), which is in
 * loop.c.  Since all of them are defined in this library, the linker leaves
 * those of libopenvswitch.a out. */

void
poll_fd_wait_at(int fd, short int events, const char *where)
{
    COVERAGE_INC(poll_create_node);
    poll_set_add(poll_set_get(), fd, events, where);
}

void
poll_timer_wait_at(long long int msec, const char *where)
{
    long long int now = time_msec();

    poll_timer_wait_until_at((msec <= 0 ? LLONG_MIN
                              : msec <= LLONG_MAX - now ? now + msec
                              : LLONG_MAX), where);
}

void
poll_timer_wait_until_at(long long int when, const char *where)
{
    struct poll_set *set = poll_set_get();

    if (when < set->when) {
        set->when = when;
        set->when_where = where;
    }
}

void
poll_immediate_wake_at(const char *where)
{
    poll_timer_wait_until_at(LLONG_MIN, where);
}
