/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ev-epoll.h"

#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ev_epoll);

/* Finds the descriptor of libev's epoll.  libev has no function that tells it,
 * but it tells its own ev_embed, by which one libev loop waits for another: to
 * start one sets up an ev_io for that descriptor. */
static int
find_fd(struct ev_loop *ev)
{
    struct ev_loop *outer = ev_loop_new(EVBACKEND_SELECT | EVFLAG_NOENV);
    ev_embed embed;

    if (!outer) {
        VLOG_FATAL("libev: cannot create a loop for select()");
    }
    ev_embed_init(&embed, NULL, ev);
    ev_embed_start(outer, &embed);
    int fd = embed.io.fd;
    ev_embed_stop(outer, &embed);
    ev_loop_destroy(outer);
    return fd;
}

static void
new_epoll_cb(struct ev_loop *ev OVS_UNUSED, ev_fork *watcher,
             int revents OVS_UNUSED)
{
    struct ev_epoll *epoll = CONTAINER_OF(watcher, struct ev_epoll, new_epoll);

    epoll->renewed = true;
}

void
ev_epoll_init(struct ev_epoll *epoll)
{
    epoll->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!epoll->ev) {
        VLOG_FATAL("libev: cannot create a loop for epoll");
    }
    epoll->fd = find_fd(epoll->ev);
    epoll->renewed = false;
    ev_fork_init(&epoll->new_epoll, new_epoll_cb);
    ev_fork_start(epoll->ev, &epoll->new_epoll);
}

void
ev_epoll_collect(struct ev_epoll *epoll)
{
    ev_run(epoll->ev, EVRUN_NOWAIT);

    /* libev makes itself a new epoll, as if after fork(), when it finds that
     * the kernel reports events on a file that was closed here and is still
     * open elsewhere. */
    if (epoll->renewed) {
        epoll->renewed = false;
        epoll->fd = find_fd(epoll->ev);
    }
}

int
ev_epoll_fd(const struct ev_epoll *epoll)
{
    return epoll->fd;
}
