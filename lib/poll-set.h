/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef ND_POLL_SET_H
#define ND_POLL_SET_H 1

/* One-shot registrations
 * ======================
 *
 * What a thread has registered by poll_fd_wait(), poll_timer_wait() and
 * poll_immediate_wake() and nobody has consumed yet.  lib/loop.c is the only
 * user: poll_block() waits for the calling thread's set and empties it, and
 * the loop moves the set into the watchers of the task that made it.
 *
 * A set belongs to its thread and is freed with it. */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

struct poll_set {
    /* One entry for each registration of a descriptor, in their order.  The
     * same descriptor may occur more than once. */
    struct pollfd *fds;
    const char **wheres;        /* For each of 'fds', who registered it. */
    size_t n;
    size_t allocated;

    /* When to wake up at the latest, by time_msec(): LLONG_MIN for at once,
     * LLONG_MAX for never. */
    long long int when;
    const char *when_where;     /* Who wanted 'when'. */
};

/* Returns the calling thread's set, valid until the thread ends. */
struct poll_set *poll_set_get(void);

/* Adds 'events' (POLLIN, POLLOUT or both) on 'fd' to 'set'.  'where' is a
 * string constant that names the place of the registration. */
void poll_set_add(struct poll_set *set, int fd, short int events,
                  const char *where);

/* Removes everything from 'set'. */
void poll_set_clear(struct poll_set *set);

/* Blocks, by time_poll(), until something in 'set' happens, and logs what it
 * was.  'set' stays as it is but for its 'revents'. */
void poll_set_block(struct poll_set *set);

/* Returns true if wakeups are to be logged at present. */
bool poll_log_wanted(void);

/* Logs a wakeup by the 'revents' of 'pollfd', or by a timer after 'elapsed'
 * milliseconds if 'pollfd' is NULL.  'where' is who registered it and 'who'
 * the name of its task, or NULL. */
void poll_log_wakeup(const char *where, const char *who,
                     const struct pollfd *pollfd, int elapsed);

#endif /* lib/poll-set.h */
