/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef ND_TESTS_LOOP_PROBE_H
#define ND_TESTS_LOOP_PROBE_H 1

/* Probes for tests of lib/loop.h
 * ==============================
 *
 * A probe is a task that registers what a test tells it, and leaves its letter
 * in a trace whenever it runs.
 *
 * No test sleeps.  Each waits until what it expects has happened; a guard
 * task, whose timer is far away, ends a test that would wait for ever. */

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "loop.h"
#include "openvswitch/dynamic-string.h"

struct seq;

struct probe {
    struct loop_task *task;
    char letter;                /* For the trace, 0 for none. */
    int n_runs;

    int fd;                     /* To wait for, or -1. */
    short int events;           /* For what on 'fd'. */
    bool drain;                 /* Whether to read one byte in each run. */
    long long int when;         /* Until when to wait, or LLONG_MAX. */
    long long int early_by;     /* By how much a run came before 'when'. */
    struct seq *seq;            /* To wait for a change of, or NULL. */
    uint64_t seqno;             /* Its value in the last run. */

    void (*action)(struct probe *); /* Called by each run unless NULL. */
    struct probe *other;            /* For 'action'. */
    int *fds;                       /* For 'action'. */
};

/* Initializer for a probe that waits for nothing. */
#define PROBE(LETTER)                                                       \
    { .letter = LETTER, .fd = -1, .events = POLLIN, .when = LLONG_MAX }

/* Begins and ends a test.  In between the guard is one more task.  The end
 * asserts that no other task is left. */
void loop_test_begin(void);
void loop_test_end(void);

/* How long a test may take, when the guard of this one gives up, and whether
 * it has. */
enum { LOOP_TEST_MS = 20 * 1000 };
extern long long int loop_test_deadline;
extern bool loop_test_expired;

/* Iterates once, with something that ends the blocking. */
void loop_test_iterate(void);

/* Iterates until CONDITION is true. */
#define LOOP_TEST_UNTIL(CONDITION)                      \
    do {                                                \
        while (!(CONDITION) && !loop_test_expired) {    \
            loop_run_once();                            \
        }                                               \
        CU_ASSERT_FATAL(!loop_test_expired);            \
    } while (0)

/* What ran: the letters of the probes in their order. */
extern struct ds probe_trace;

/* Asserts that the trace is 'expected', and empties it. */
void assert_probe_trace(const char *expected);

/* Makes a task of 'probe', which has not run yet. */
void probe_start(struct probe *probe);

/* Starts 'n' probes, runs each for the first time and empties the trace. */
void probes_start(struct probe probes[], size_t n);

/* Ends 'n' probes' tasks, as far as they have not ended. */
void probes_stop(struct probe probes[], size_t n);

/* Makes a pipe that does not block.  Closes such a pair.  Puts a byte in. */
void make_pipe(int fds[2]);
void close_pair(int fds[2]);
void put_byte(int fd);

/* A thread that writes BYTE_WRITER_N bytes, in bursts, to the descriptor that
 * 'fd' points to. */
enum { BYTE_WRITER_N = 1000 };
void *byte_writer_thread(void *fd);

#endif /* tests/unit/lib/loop-probe.h */
