/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "tests/unit/lib/loop-probe.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "openvswitch/poll-loop.h"
#include "seq.h"
#include "timeval.h"
#include "util.h"

struct ds probe_trace = DS_EMPTY_INITIALIZER;

static struct loop_task *guard;
long long int loop_test_deadline;
bool loop_test_expired;

static void
guard_run(void *aux OVS_UNUSED)
{
    loop_test_expired = loop_test_expired || time_msec() >= loop_test_deadline;
}

static void
guard_wait(void *aux OVS_UNUSED)
{
    poll_timer_wait_until(loop_test_deadline);
}

void
loop_test_begin(void)
{
    loop_test_deadline = time_msec() + LOOP_TEST_MS;
    loop_test_expired = false;
    guard = loop_task_create("guard", guard_run, guard_wait, NULL);
    loop_run_once();
    ds_clear(&probe_trace);
}

void
loop_test_end(void)
{
    CU_ASSERT(!loop_test_expired);
    loop_task_destroy(guard);
    CU_ASSERT_EQUAL(loop_get_stats().n_tasks, 0);
    CU_ASSERT_EQUAL(loop_get_stats().n_watchers, 0);
    ds_destroy(&probe_trace);
    ds_init(&probe_trace);
}

void
assert_probe_trace(const char *expected)
{
    if (strcmp(ds_cstr(&probe_trace), expected)) {
        printf("\n    ran \"%s\", expected \"%s\"",
               ds_cstr(&probe_trace), expected);
    }
    CU_ASSERT_STRING_EQUAL(ds_cstr(&probe_trace), expected);
    ds_clear(&probe_trace);
}

static void
probe_run(void *probe_)
{
    struct probe *probe = probe_;

    probe->n_runs++;
    if (probe->letter) {
        ds_put_char(&probe_trace, probe->letter);
    }
    if (probe->when != LLONG_MAX && probe->n_runs > 1) {
        probe->early_by = MAX(0, probe->when - time_msec());
        probe->when = LLONG_MAX;
    }
    if (probe->drain) {
        char c;
        ignore(read(probe->fd, &c, 1));
    }
    if (probe->seq) {
        probe->seqno = seq_read(probe->seq);
    }
    if (probe->action) {
        probe->action(probe);
    }
}

static void
probe_wait(void *probe_)
{
    struct probe *probe = probe_;

    if (probe->fd >= 0) {
        poll_fd_wait(probe->fd, probe->events);
    }
    if (probe->when != LLONG_MAX) {
        poll_timer_wait_until(probe->when);
    }
    if (probe->seq) {
        seq_wait(probe->seq, probe->seqno);
    }
}

void
probe_start(struct probe *probe)
{
    char name[] = { probe->letter ? probe->letter : '-', '\0' };

    probe->task = loop_task_create(name, probe_run, probe_wait, probe);
}

void
probes_start(struct probe probes[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        probe_start(&probes[i]);
    }
    loop_run_once();
    ds_clear(&probe_trace);
}

void
probes_stop(struct probe probes[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        loop_task_destroy(probes[i].task);
        probes[i].task = NULL;
    }
}

void
make_pipe(int fds[2])
{
    CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
    for (int i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
    }
}

void
close_pair(int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

void
put_byte(int fd)
{
    CU_ASSERT_EQUAL(write(fd, "x", 1), 1);
}

void
loop_test_iterate(void)
{
    loop_task_wake(guard);
    loop_run_once();
}

void *
byte_writer_thread(void *fd_)
{
    int *fd = fd_;

    for (int i = 0; i < 1000; i++) {
        ignore(write(*fd, "x", 1));
        if (i % 10 == 0) {
            sched_yield();
        }
    }
    return NULL;
}
