/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "loop.h"

#include <ev.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "coverage.h"
#include "ev-epoll.h"
#include "fatal-signal.h"
#include "hash.h"
#include "heap.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-atomic.h"
#include "poll-set.h"
#include "seq.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(loop_task);

COVERAGE_DEFINE(loop_task_run);
COVERAGE_DEFINE(loop_watcher_change);
COVERAGE_DEFINE(poll_zero_timeout);

/* An iteration of the loop:
 *
 *   1. libev tells the kernel which watchers changed, and reports what is
 *      ready already (ev_run() without blocking).
 *   2. If no task is ready, time_poll() blocks on the descriptor of libev's
 *      epoll until there is an event or the earliest timer is due.
 *   3. libev reports the events: the callbacks do no more than to queue the
 *      task in 'ready'.
 *   4. Tasks whose timers are due are queued.
 *   5. The queue is taken away as a batch, and each task in it runs and waits.
 *      What becomes ready meanwhile is for the next iteration. */

struct loop_task {
    char *name;
    void (*run)(void *aux);
    void (*wait)(void *aux);
    void *aux;

    struct ovs_list node;       /* In loop's 'tasks', last runner last. */
    uint64_t serial;            /* The loop's 'serial' when it last ran. */
    struct ovs_list ready_node; /* In loop's 'ready', a batch, or nowhere. */
    struct ovs_list watches;    /* "struct watch"es: what it waits for. */

    /* Timer. */
    struct heap_node timer_node; /* In loop's 'timers' unless 'when' is
                                  * LLONG_MAX. */
    long long int when;         /* By time_msec(). */
    const char *when_where;     /* Who registered 'when'. */
};

/* One descriptor that one task waits for. */
struct watch {
    struct hmap_node hmap_node; /* In loop's 'watches', by descriptor. */
    struct ovs_list node;       /* In the task's 'watches'. */
    struct loop_task *task;
    ev_io io;
    int wanted;                 /* Events of the latest registrations. */
    const char *where;          /* Who registered it. */
};

struct loop {
    struct ev_epoll epoll;
    pid_t pid;

    struct ovs_list tasks;      /* All tasks, in the order of 'serial'. */
    struct ovs_list ready;      /* Tasks to run in the next iteration. */
    struct hmap watches;        /* Of all tasks. */
    struct heap timers;         /* Of all tasks, the earliest on top. */

    struct loop_task *running;  /* The task in whose 'run' or 'wait' we are. */
    bool waiting;               /* We are in the 'wait' of 'running'. */
    bool iterating;
    bool stopping;

    /* Pseudo-task for what the loop itself waits for (fatal signals), and for
     * what somebody registered outside of tasks.  It is never queued. */
    struct loop_task self;

    /* Seqs.  All the seqs that a thread waits for share one latch, which only
     * the first seq_wait() after a seq_woke() registers.  The tasks that ran
     * since that one may have waited for a seq, those before have not. */
    int seq_fd;                 /* The latch's descriptor. */
    ev_io seq_io;               /* Always active. */
    bool seq_fired;
    uint64_t seq_first;         /* Serial of the first to wait, 0 if none. */

    uint64_t serial;            /* Counts runs of tasks. */
    struct loop_stats stats;
};

/* The loop, in the thread that it belongs to; NULL in every other. */
static __thread struct loop *this_loop;

/* Whether __wrap_close() is linked in: see loop_check_close(). */
static __thread bool close_wrapped;

int __real_close(int fd);
int __wrap_close(int fd);

static struct loop *loop_get(void);
static void loop_task_ready(struct loop *, struct loop_task *);
static void loop_seq_woke(struct loop *);

/* Tasks. */

static void
loop_task_init(struct loop_task *task, const char *name)
{
    memset(task, 0, sizeof *task);
    task->name = xstrdup(name);
    task->when = LLONG_MAX;
    ovs_list_init(&task->ready_node);
    ovs_list_init(&task->watches);
}

struct loop_task *
loop_task_create(const char *name, void (*run)(void *aux),
                 void (*wait)(void *aux), void *aux)
{
    struct loop *loop = loop_get();
    struct loop_task *task = xmalloc(sizeof *task);

    ovs_assert(!loop->waiting);
    loop_task_init(task, name);
    task->run = run;
    task->wait = wait;
    task->aux = aux;
    ovs_list_push_front(&loop->tasks, &task->node);
    loop->stats.n_tasks++;
    loop_task_ready(loop, task);
    return task;
}

static void
watch_stop(struct loop *loop, struct watch *watch)
{
    if (ev_is_active(&watch->io)) {
        ev_io_stop(loop->epoll.ev, &watch->io);
        loop->stats.n_watcher_changes++;
        COVERAGE_INC(loop_watcher_change);
    }
}

static void
watch_destroy(struct loop *loop, struct watch *watch)
{
    watch_stop(loop, watch);
    hmap_remove(&loop->watches, &watch->hmap_node);
    ovs_list_remove(&watch->node);
    free(watch);
}

/* Makes 'task' wait until 'when', LLONG_MAX for no timer. */
static void
task_set_timer(struct loop *loop, struct loop_task *task, long long int when)
{
    if (when == task->when) {
        return;
    }

    /* The heap has the greatest priority on top, and the earliest time is to
     * be there. */
    uint64_t priority = UINT64_MAX - (uint64_t) MAX(when, 0);
    if (when == LLONG_MAX) {
        heap_remove(&loop->timers, &task->timer_node);
    } else if (task->when == LLONG_MAX) {
        heap_insert(&loop->timers, &task->timer_node, priority);
    } else {
        heap_change(&loop->timers, &task->timer_node, priority);
    }
    task->when = when;
    loop->stats.n_timer_changes++;
}

void
loop_task_destroy(struct loop_task *task)
{
    if (!task) {
        return;
    }

    struct loop *loop = loop_get();
    struct watch *watch;

    ovs_assert(!loop->waiting);
    LIST_FOR_EACH_SAFE (watch, node, &task->watches) {
        watch_destroy(loop, watch);
    }
    task_set_timer(loop, task, LLONG_MAX);
    ovs_list_remove(&task->ready_node);
    ovs_list_remove(&task->node);
    loop->stats.n_tasks--;
    if (loop->running == task) {
        loop->running = NULL;
    }
    free(task->name);
    free(task);
}

void
loop_task_wake(struct loop_task *task)
{
    loop_task_ready(loop_get(), task);
}

/* Queues 'task', unless it is queued already. */
static void
loop_task_ready(struct loop *loop, struct loop_task *task)
{
    if (ovs_list_is_empty(&task->ready_node) && task != &loop->self) {
        ovs_list_push_back(&loop->ready, &task->ready_node);
    }
}

/* From registrations to watchers. */

static void
watch_cb(struct ev_loop *ev OVS_UNUSED, ev_io *io, int revents)
{
    struct watch *watch = CONTAINER_OF(io, struct watch, io);

    if (poll_log_wanted()) {
        struct pollfd pollfd = {
            .fd = io->fd,
            .revents = ((revents & EV_READ ? POLLIN : 0)
                        | (revents & EV_WRITE ? POLLOUT : 0)
                        | (revents & EV_ERROR ? POLLNVAL : 0)),
        };
        poll_log_wakeup(watch->where, watch->task->name, &pollfd, 0);
    }
    loop_task_ready(this_loop, watch->task);
}

static struct watch *
watch_find(struct loop *loop, const struct loop_task *task, int fd)
{
    struct watch *watch;

    HMAP_FOR_EACH_WITH_HASH (watch, hmap_node, hash_int(fd, 0),
                             &loop->watches) {
        if (watch->task == task && watch->io.fd == fd) {
            return watch;
        }
    }
    return NULL;
}

static struct watch *
watch_create(struct loop *loop, struct loop_task *task, int fd)
{
    struct watch *watch = xzalloc(sizeof *watch);

    watch->task = task;
    ev_io_init(&watch->io, watch_cb, fd, 0);
    hmap_insert(&loop->watches, &watch->hmap_node, hash_int(fd, 0));
    ovs_list_push_back(&task->watches, &watch->node);
    return watch;
}

/* Makes libev wait for what 'watch' wants.  Nothing happens if it already
 * does.  The watcher is not active if it is new, or if its descriptor has been
 * closed.
 *
 * libev aborts when it is given a number that stands for no open file, and
 * poll() reports POLLNVAL at once.  We keep to the latter. */
static void
watch_update(struct loop *loop, struct watch *watch)
{
    if (ev_is_active(&watch->io) && watch->io.events == watch->wanted) {
        return;
    }
    watch_stop(loop, watch);
    if (fcntl(watch->io.fd, F_GETFD) < 0) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
        VLOG_ERR_RL(&rl, "%s: waits for fd %d, which is not open, at %s",
                    watch->task->name, watch->io.fd, watch->where);
        loop_task_ready(loop, watch->task);
        return;
    }
    ev_io_set(&watch->io, watch->io.fd, watch->wanted);
    ev_io_start(loop->epoll.ev, &watch->io);
    loop->stats.n_watcher_changes++;
    COVERAGE_INC(loop_watcher_change);
}

/* Adds one registration of 'task' to its watches. */
static void
task_want_fd(struct loop *loop, struct loop_task *task,
             const struct pollfd *pollfd, const char *where)
{
    if (pollfd->fd < 0) {
        return;
    }
    if (pollfd->fd == loop->seq_fd) {
        if (!loop->seq_first) {
            loop->seq_first = (loop->running ? loop->running->serial
                               : loop->serial + 1);
        }
        return;
    }

    struct watch *watch = watch_find(loop, task, pollfd->fd);
    if (!watch) {
        watch = watch_create(loop, task, pollfd->fd);
    }
    if (pollfd->events & POLLOUT) {
        watch->wanted |= EV_WRITE;
    }
    if (pollfd->events & ~POLLOUT || !pollfd->events) {
        watch->wanted |= EV_READ;
    }
    watch->where = where;
}

/* Makes what this thread registered the things that 'task' waits for, in place
 * of what it waited for before. */
static void
task_take_registrations(struct loop *loop, struct loop_task *task)
{
    struct poll_set *set = poll_set_get();
    struct watch *watch;

    LIST_FOR_EACH (watch, node, &task->watches) {
        watch->wanted = 0;
    }
    for (size_t i = 0; i < set->n; i++) {
        task_want_fd(loop, task, &set->fds[i], set->wheres[i]);
    }
    LIST_FOR_EACH_SAFE (watch, node, &task->watches) {
        if (watch->wanted) {
            watch_update(loop, watch);
        } else {
            watch_destroy(loop, watch);
        }
    }
    task_set_timer(loop, task, set->when);
    task->when_where = set->when_where;
    poll_set_clear(set);
}

/* The loop. */

/* Runs 'task', which may destroy itself. */
static void
loop_dispatch(struct loop *loop, struct loop_task *task)
{
    ovs_list_remove(&task->node);
    ovs_list_push_back(&loop->tasks, &task->node);
    task->serial = ++loop->serial;
    loop->stats.n_task_runs++;
    COVERAGE_INC(loop_task_run);

    loop->running = task;
    task->run(task->aux);
    if (!loop->running) {
        /* The object is gone, and what it waited for with it. */
        poll_set_clear(poll_set_get());
        return;
    }
    if (task->wait) {
        loop->waiting = true;
        task->wait(task->aux);
        loop->waiting = false;
    }
    task_take_registrations(loop, task);
    loop->running = NULL;
}

static void
loop_dispatch_ready(struct loop *loop)
{
    struct ovs_list batch;

    ovs_list_init(&batch);
    ovs_list_push_back_all(&batch, &loop->ready);
    while (!ovs_list_is_empty(&batch)) {
        struct loop_task *task = CONTAINER_OF(ovs_list_pop_front(&batch),
                                              struct loop_task, ready_node);
        ovs_list_init(&task->ready_node);
        loop_dispatch(loop, task);
    }
}

static struct loop_task *
loop_first_timer(const struct loop *loop)
{
    return (heap_is_empty(&loop->timers) ? NULL
            : CONTAINER_OF(heap_max(&loop->timers), struct loop_task,
                           timer_node));
}

/* Queues the tasks whose timers are due. */
static void
loop_expire_timers(struct loop *loop, int elapsed)
{
    long long int now = time_msec();
    bool log = poll_log_wanted();
    struct loop_task *task;

    while ((task = loop_first_timer(loop)) && task->when <= now) {
        if (log) {
            poll_log_wakeup(task->when_where, task->name, NULL, elapsed);
        }
        task_set_timer(loop, task, LLONG_MAX);
        loop_task_ready(loop, task);
    }
}

/* Blocks until something happens, unless a task is ready.  Returns the time
 * spent in milliseconds. */
static int
loop_block(struct loop *loop)
{
    struct pollfd pollfd = {
        .fd = ev_epoll_fd(&loop->epoll),
        .events = POLLIN,
    };
    bool ready = !ovs_list_is_empty(&loop->ready) || loop->seq_fired;
    struct loop_task *first = loop_first_timer(loop);
    long long int when = ready ? LLONG_MIN : first ? first->when : LLONG_MAX;
    int elapsed;

    if (when == LLONG_MIN) {
        COVERAGE_INC(poll_zero_timeout);
    }
    int retval = time_poll(&pollfd, 1, NULL, when, &elapsed);
    if (retval < 0) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
        VLOG_ERR_RL(&rl, "poll failed (%s)", ovs_strerror(-retval));
    } else if (retval && !ready) {
        ev_epoll_collect(&loop->epoll);
    }
    return elapsed;
}

static void
loop_iterate(struct loop *loop)
{
    loop->stats.n_iterations++;
    loop->iterating = true;

    fatal_signal_wait();
    timewarp_run();
    task_take_registrations(loop, &loop->self);

    ev_epoll_collect(&loop->epoll);
    int elapsed = loop_block(loop);
    fatal_signal_run();
    if (loop->seq_fired) {
        loop_seq_woke(loop);
    }
    loop_expire_timers(loop, elapsed);
    loop_dispatch_ready(loop);

    loop->iterating = false;
}

static struct loop *
loop_get_idle(void)
{
    struct loop *loop = loop_get();

    ovs_assert(!loop->iterating);
    if (loop->pid != getpid()) {
        VLOG_FATAL("a process that was forked cannot run its parent's loop");
    }
    return loop;
}

void
loop_run(void)
{
    struct loop *loop = loop_get_idle();

    do {
        loop_iterate(loop);
    } while (!loop->stopping);
    loop->stopping = false;
}

void
loop_stop(void)
{
    loop_get()->stopping = true;
}

void
loop_run_once(void)
{
    loop_iterate(loop_get_idle());
}

struct loop_stats
loop_get_stats(void)
{
    struct loop *loop = loop_get();
    struct loop_stats stats = loop->stats;

    stats.n_watchers = (hmap_count(&loop->watches)
                        - ovs_list_size(&loop->self.watches));
    return stats;
}

/* Seqs. */

static void
seq_cb(struct ev_loop *ev OVS_UNUSED, ev_io *io OVS_UNUSED,
       int revents OVS_UNUSED)
{
    this_loop->seq_fired = true;
}

/* Calls seq_woke(), which cancels every seq_wait() of this thread, and queues
 * all tasks that may have called one. */
static void
loop_seq_woke(struct loop *loop)
{
    struct loop_task *task;

    if (loop->seq_first) {
        LIST_FOR_EACH_REVERSE (task, node, &loop->tasks) {
            if (task->serial < loop->seq_first) {
                break;
            }
            loop_task_ready(loop, task);
        }
    }
    loop->seq_first = 0;
    loop->seq_fired = false;
    seq_woke();
}

/* Finds the descriptor of this thread's latch, by a look at what a seq_wait()
 * registers. */
static int
find_seq_fd(void)
{
    struct poll_set *set = poll_set_get();
    size_t n = set->n;

    seq_woke();
    struct seq *seq = seq_create();
    seq_wait(seq, seq_read(seq));
    ovs_assert(set->n == n + 1);
    int fd = set->fds[--set->n].fd;
    seq_woke();
    seq_destroy(seq);
    return fd;
}

/* Creation. */

/* Makes sure that this program's calls of close() come by __wrap_close(). */
static void
loop_check_close(void)
{
    close_wrapped = false;
    close(-1);
    if (!close_wrapped) {
        VLOG_FATAL("this program is not linked with -Wl,--wrap=close, "
                   "see lib/loop.h");
    }
}

static struct loop *
loop_create(void)
{
    struct loop *loop = xzalloc(sizeof *loop);

    loop_check_close();
    loop->pid = getpid();
    ovs_list_init(&loop->tasks);
    ovs_list_init(&loop->ready);
    hmap_init(&loop->watches);
    heap_init(&loop->timers);
    loop_task_init(&loop->self, "loop");

    ev_epoll_init(&loop->epoll);

    loop->seq_fd = find_seq_fd();
    ev_io_init(&loop->seq_io, seq_cb, loop->seq_fd, EV_READ);
    ev_io_start(loop->epoll.ev, &loop->seq_io);
    return loop;
}

static struct loop *
loop_get(void)
{
    static atomic_flag exists = ATOMIC_FLAG_INIT;

    if (!this_loop) {
        ovs_assert(!atomic_flag_test_and_set(&exists));
        this_loop = loop_create();
    }
    return this_loop;
}

/* In place of libc's close(), for all that is linked statically. */
int
__wrap_close(int fd)
{
    struct loop *loop = this_loop;

    close_wrapped = true;
    if (loop && fd >= 0) {
        struct watch *watch;

        HMAP_FOR_EACH_WITH_HASH (watch, hmap_node, hash_int(fd, 0),
                                 &loop->watches) {
            if (watch->io.fd == fd) {
                watch_stop(loop, watch);
                if (watch->task != loop->running) {
                    loop_task_ready(loop, watch->task);
                }
            }
        }
    }
    return __real_close(fd);
}

/* Open vSwitch's poll_block(), see poll-set.c for its other functions. */

void
poll_block(void)
{
    struct loop *loop = this_loop;
    struct poll_set *set = poll_set_get();

    ovs_assert(!loop || !loop->waiting);
    fatal_signal_wait();
    if (set->when == LLONG_MIN) {
        COVERAGE_INC(poll_zero_timeout);
    }
    timewarp_run();
    if (loop && loop->seq_first) {
        /* A task waits for a seq, so the latch is not registered again for
         * those seqs that are to be waited for here. */
        poll_set_add(set, loop->seq_fd, POLLIN, OVS_SOURCE_LOCATOR);
    }
    poll_set_block(set);
    poll_set_clear(set);

    /* Handle any pending signals before doing anything else. */
    fatal_signal_run();
    if (loop) {
        loop_seq_woke(loop);
    } else {
        seq_woke();
    }
}
