/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef ND_EV_EPOLL_H
#define ND_EV_EPOLL_H 1

/* A libev loop on epoll, driven from outside
 * ==========================================
 *
 * libev wants to block by itself, in ev_run().  Open vSwitch wants to block by
 * itself too, in time_poll(), which does a lot besides.  With this module,
 * which lib/loop.c uses, time_poll() does it, on the one descriptor of libev's
 * epoll:
 *
 *     struct pollfd pollfd = { .fd = ev_epoll_fd(&epoll), .events = POLLIN };
 *     ev_epoll_collect(&epoll);
 *     if (time_poll(&pollfd, 1, ...) > 0) {
 *         ev_epoll_collect(&epoll);
 *     }
 *
 * Only ev_io watchers may be used: libev's timers would not end time_poll().
 */

#include <ev.h>
#include <stdbool.h>

struct ev_epoll {
    struct ev_loop *ev;         /* For ev_io_start() and ev_io_stop(). */
    int fd;                     /* Of the epoll that 'ev' uses. */
    ev_fork new_epoll;          /* Called when libev makes itself a new one. */
    bool renewed;
};

/* Makes the loop in 'epoll', which must not move afterward and lives as long
 * as the process. */
void ev_epoll_init(struct ev_epoll *epoll);

/* Lets libev tell the kernel which watchers were started and stopped, and call
 * the callbacks of those that are ready.  Does not block. */
void ev_epoll_collect(struct ev_epoll *epoll);

/* Returns the descriptor that is ready for reading when a watcher is ready.
 * It may be another one after ev_epoll_collect(). */
int ev_epoll_fd(const struct ev_epoll *epoll);

#endif /* lib/ev-epoll.h */
