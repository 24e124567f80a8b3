/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef ND_LOOP_H
#define ND_LOOP_H 1

/* Event loop
 * ==========
 *
 * Open vSwitch's objects (an IDL, a stream, the unixctl server) are driven by
 * two functions: X_run() does what there is to do without blocking, and
 * X_wait() says by poll_fd_wait(), poll_timer_wait() and their like
 * (openvswitch/poll-loop.h) for what to wait before X_run() has something to
 * do again.  Open vSwitch's own main loops call all of these on every wakeup:
 * an iteration costs as much as there are objects.
 *
 * This module puts the same objects on libev, one by one.  An object, or a few
 * that belong together, becomes a "task".  What the task's 'wait' registers
 * becomes watchers of its own, and only a task whose watcher fired runs again.
 * An iteration costs as much as there are *ready* tasks, however many others
 * wait.  A registration that is as it was the last time touches no watcher, so
 * that no epoll_ctl() is called for it.
 *
 *     static void
 *     db_run(void *db_)
 *     {
 *         struct db *db = db_;
 *         ovsdb_idl_run(db->idl);
 *         ...
 *     }
 *
 *     static void
 *     db_wait(void *db_)
 *     {
 *         struct db *db = db_;
 *         ovsdb_idl_wait(db->idl);
 *     }
 *
 *     db->task = loop_task_create("db", db_run, db_wait, db);
 *     ...
 *     loop_run();
 *
 *
 * The rules of tasks
 * ------------------
 *
 * A task runs in the iteration after its creation, and from then on whenever
 * something that it registered happened, or loop_task_wake() was called for
 * it.  After each call of 'run' its 'wait' is called, and registrations are
 * one-shot: what was not registered again is no longer waited for.
 * Registrations made by 'run' count as well.
 *
 * Whoever gives an object something to do from outside its task's 'run' (sends
 * on its connection, changes what it waits for) has to wake its task, since
 * 'wait' is not called otherwise.  Waking too often costs little.
 *
 * Inside 'run' a task may create, wake and destroy any task, itself included.
 * A task that wakes itself or others, or one created, runs in the next
 * iteration.  The ready tasks of one iteration run in the order in which they
 * became ready: the woken ones in the order of the calls, then those with
 * events on file descriptors, then those whose time has come in the order of
 * their times.
 *
 * 'wait' only registers.  It must not block, nor create or destroy tasks.
 *
 *
 * What else poll_block() does
 * ---------------------------
 *
 * loop_run() blocks by Open vSwitch's time_poll() on the one descriptor of
 * libev's epoll, so that everything that comes with it stays as it was:
 * RCU quiescence, coverage counters, the warning of an unreasonably long poll
 * interval, time_alarm(), the clock that time/stop and time/warp control.
 * Fatal signals are handled in each iteration.  Wakeups are logged at level
 * "dbg" (or "info" above 50 % CPU usage) under the name "loop".
 *
 * Timers are in milliseconds of time_msec(), exact to the millisecond, kept in
 * a heap instead of in an ev_timer each: libev has a clock of its own, that
 * cannot be warped and whose timers expire a part of a millisecond early.
 *
 * seq_wait() and latch_wait() work in tasks.  A thread has one latch for all
 * the seqs that it waits for, so a seq that changes runs each task that waited
 * for anything since, not only the one that waited for that seq.
 *
 * poll_block() itself still works, for what db-ctl-base, stream_open_block(),
 * ovsdb_idl_txn_commit_block() and the like do with it: before the loop, in
 * programs without tasks, in other threads and even inside a task's 'run' (all
 * other tasks wait meanwhile).  It blocks for what was registered outside of
 * tasks, or by the current 'run' until then.
 *
 *
 * Closed file descriptors
 * -----------------------
 *
 * A number that is closed and opened again between two registrations looks the
 * same to the loop, and is something else to epoll, which would never report
 * it.  For that reason programs are linked with --wrap=close: a close() by
 * libopenvswitch or by our own code comes by here first and ends the watchers
 * of that descriptor (the tasks concerned run again).  A shared library that
 * closes a descriptor which a task waits for would not be noticed; none does.
 *
 *
 * Threads, processes
 * ------------------
 *
 * There is one loop in a process.  It belongs to the thread that called a
 * function of this header first, and no other may call any.  poll_block() and
 * its registrations work in every thread.  Call nothing here before
 * daemonize_start(): a loop does not survive fork(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop_task;

/* Creates a task that calls 'run' and then 'wait' with 'aux', for the first
 * time in the next iteration of the loop.  'wait' may be NULL for a task that
 * runs only when it is woken.
 *
 * 'name' is for log messages and is copied.  'aux' is borrowed until
 * loop_task_destroy(), with which to free the task that is returned. */
struct loop_task *loop_task_create(const char *name, void (*run)(void *aux),
                                   void (*wait)(void *aux), void *aux);

/* Ends 'task' and everything that it waits for, and frees it: neither 'run'
 * nor 'wait' is called again.  If 'task' is the one that is running, then its
 * 'run' goes on to its end and 'wait' is not called.  NULL is allowed. */
void loop_task_destroy(struct loop_task *task);

/* Makes 'task' run in the next iteration, whether or not anything happens that
 * it waits for.  It runs once however often it is woken before. */
void loop_task_wake(struct loop_task *task);

/* Runs tasks, and blocks when none is ready, until loop_stop() is called.
 * Must not be called inside of a task. */
void loop_run(void);

/* Makes loop_run() return at the end of the current iteration, or the next
 * loop_run() after one iteration if none is under way. */
void loop_stop(void);

/* Does one iteration: blocks until a task is ready, or a signal arrives or
 * libev wants a turn of its own (then no task runs), and runs the ready tasks.
 * For tests and for loops with a condition of their own.  Must not be called
 * inside of a task. */
void loop_run_once(void);

/* What the loop has done since the start of the process.  The costs of an
 * iteration are seen by the difference between two of these. */
struct loop_stats {
    uint64_t n_iterations;      /* Iterations, each with one time_poll(). */
    uint64_t n_task_runs;       /* Calls of a task's 'run'. */
    uint64_t n_watcher_changes; /* Starts and stops of descriptor watchers. */
    uint64_t n_timer_changes;   /* Timers set, changed and cancelled. */
    size_t n_tasks;             /* Tasks that exist now. */
    size_t n_watchers;          /* Descriptor watchers of all tasks now. */
};

/* Returns the loop's counters. */
struct loop_stats loop_get_stats(void);

#endif /* lib/loop.h */
