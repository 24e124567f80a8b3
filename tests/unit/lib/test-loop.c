/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* lib/loop.h with real pipes, sockets, timers and threads.
 *
 * No test sleeps.  Each waits until what it expects has happened; a guard
 * task, whose timer is far away, ends a test that would wait for ever. */

#include <config.h>

#include "tests/unit/lib/loop-probe.h"

#include <CUnit/CUnit.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "openvswitch/poll-loop.h"
#include "ovs-thread.h"
#include "timeval.h"
#include "util.h"

void suite_loop(void);

static void
test_runs_only_when_ready(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b') };
    int fds[2];

    loop_test_begin();
    make_pipe(fds);
    probes[0].fd = fds[0];
    probes[0].drain = true;
    probe_start(&probes[0]);
    probe_start(&probes[1]);
    loop_run_once();
    assert_probe_trace("ab");

    loop_test_iterate();
    assert_probe_trace("");

    put_byte(fds[1]);
    loop_run_once();
    assert_probe_trace("a");
    loop_test_iterate();
    assert_probe_trace("");

    probes_stop(probes, 2);
    close_pair(fds);
    loop_test_end();
}

static void
test_level_triggered(void)
{
    struct probe probe = PROBE('a');
    int fds[2];

    loop_test_begin();
    make_pipe(fds);
    probe.fd = fds[0];
    probes_start(&probe, 1);

    /* Nobody reads the byte, so the task runs again and again. */
    put_byte(fds[1]);
    loop_run_once();
    loop_run_once();
    loop_run_once();
    assert_probe_trace("aaa");

    probes_stop(&probe, 1);
    close_pair(fds);
    loop_test_end();
}

static void
test_one_shot(void)
{
    struct probe probe = PROBE('a');
    int fds[2];

    loop_test_begin();
    make_pipe(fds);
    probe.fd = fds[0];
    probes_start(&probe, 1);
    CU_ASSERT_EQUAL(loop_get_stats().n_watchers, 1);

    /* What is not registered again is not waited for, ready or not. */
    probe.fd = -1;
    put_byte(fds[1]);
    loop_run_once();
    assert_probe_trace("a");
    CU_ASSERT_EQUAL(loop_get_stats().n_watchers, 0);
    loop_test_iterate();
    loop_test_iterate();
    assert_probe_trace("");

    /* And again, with the byte still there. */
    probe.fd = fds[0];
    loop_task_wake(probe.task);
    loop_run_once();
    loop_run_once();
    assert_probe_trace("aa");

    probes_stop(&probe, 1);
    close_pair(fds);
    loop_test_end();
}

static void
register_in_run(struct probe *probe)
{
    poll_fd_wait(probe->other->fd, POLLIN);
}

static void
test_registration_in_run(void)
{
    struct probe probe = PROBE('a');
    int fds[2];

    loop_test_begin();
    make_pipe(fds);
    struct probe other = { .fd = fds[0] };
    probe.other = &other;
    probe.action = register_in_run;
    probes_start(&probe, 1);
    put_byte(fds[1]);
    loop_run_once();
    assert_probe_trace("a");

    probes_stop(&probe, 1);
    close_pair(fds);
    loop_test_end();
}

/* Two registrations of one descriptor in one task are one watcher. */
static void
wait_for_output_too(struct probe *probe)
{
    poll_fd_wait(probe->fd, POLLOUT);
}

static void
test_events_are_merged(void)
{
    struct probe probe = PROBE('a');
    int fds[2];

    loop_test_begin();
    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    probe.fd = fds[0];
    probes_start(&probe, 1);
    loop_test_iterate();
    assert_probe_trace("");

    probe.action = wait_for_output_too;
    loop_task_wake(probe.task);
    loop_run_once();
    CU_ASSERT_EQUAL(loop_get_stats().n_watchers, 1);
    loop_run_once();
    assert_probe_trace("aa");

    probe.action = NULL;
    loop_run_once();
    assert_probe_trace("a");
    loop_test_iterate();
    assert_probe_trace("");
    put_byte(fds[1]);
    loop_run_once();
    assert_probe_trace("a");

    probes_stop(&probe, 1);
    close_pair(fds);
    loop_test_end();
}

static void
test_tasks_share_fd(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b'), PROBE('c') };
    int fds[2];

    loop_test_begin();
    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    for (int i = 0; i < 3; i++) {
        probes[i].fd = fds[0];
    }
    probes_start(probes, 3);
    put_byte(fds[1]);
    loop_run_once();
    CU_ASSERT_EQUAL(probe_trace.length, 3);
    CU_ASSERT_EQUAL(probes[0].n_runs + probes[1].n_runs + probes[2].n_runs, 6);

    /* One of them ends, the others go on. */
    probes_stop(&probes[1], 1);
    loop_run_once();
    CU_ASSERT_EQUAL(probes[0].n_runs, 3);
    CU_ASSERT_EQUAL(probes[1].n_runs, 2);
    CU_ASSERT_EQUAL(probes[2].n_runs, 3);

    probes_stop(probes, 3);
    close_pair(fds);
    loop_test_end();
}

static void
test_hangup(void)
{
    struct probe probe = PROBE('a');
    int fds[2];

    loop_test_begin();
    make_pipe(fds);
    probe.fd = fds[0];
    probes_start(&probe, 1);
    close(fds[1]);
    loop_run_once();
    assert_probe_trace("a");
    probes_stop(&probe, 1);
    close(fds[0]);
    loop_test_end();
}

/* Regular files are always ready, for epoll as for poll. */
static void
test_regular_file(void)
{
    struct probe probe = PROBE('a');
    FILE *file = tmpfile();

    loop_test_begin();
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    probe.fd = fileno(file);
    probes_start(&probe, 1);
    loop_run_once();
    loop_run_once();
    assert_probe_trace("aa");
    probes_stop(&probe, 1);
    fclose(file);
    loop_test_end();
}

/* Order, waking, destroying. */

static void
test_wake_order(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b'), PROBE('c') };

    loop_test_begin();
    probes_start(probes, 3);
    loop_task_wake(probes[2].task);
    loop_task_wake(probes[0].task);
    loop_task_wake(probes[1].task);
    loop_task_wake(probes[2].task);
    loop_run_once();
    assert_probe_trace("cab");
    loop_test_iterate();
    assert_probe_trace("");
    probes_stop(probes, 3);
    loop_test_end();
}

static void
wake_other_and_self(struct probe *probe)
{
    loop_task_wake(probe->other->task);
    loop_task_wake(probe->task);
    probe->action = NULL;
}

static void
test_wake_in_run(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b') };

    loop_test_begin();
    probes_start(probes, 2);
    probes[0].other = &probes[1];
    probes[0].action = wake_other_and_self;
    loop_task_wake(probes[0].task);
    loop_run_once();
    assert_probe_trace("a");
    loop_run_once();
    assert_probe_trace("ba");
    loop_test_iterate();
    assert_probe_trace("");
    probes_stop(probes, 2);
    loop_test_end();
}

static void
destroy_other(struct probe *probe)
{
    loop_task_destroy(probe->other->task);
    probe->other->task = NULL;
}

static void
register_and_destroy(struct probe *probe)
{
    register_in_run(probe);
    destroy_other(probe);
}

static void
test_destroy_in_run(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b'), PROBE('c') };
    int fds[2];

    loop_test_begin();
    make_pipe(fds);
    probes[1].fd = fds[0];
    probes_start(probes, 3);

    /* 'a' destroys 'b', which is ready in the same batch. */
    put_byte(fds[1]);
    probes[0].action = destroy_other;
    probes[0].other = &probes[1];
    for (int i = 0; i < 3; i++) {
        loop_task_wake(probes[i].task);
    }
    loop_run_once();
    assert_probe_trace("ac");
    CU_ASSERT_EQUAL(loop_get_stats().n_watchers, 0);

    /* 'c' destroys itself, having registered something, which does not become
     * a registration of 'a', the next to run. */
    probes[2].fd = fds[0];
    probes[2].other = &probes[2];
    probes[2].action = register_and_destroy;
    probes[0].action = NULL;
    loop_task_wake(probes[2].task);
    loop_task_wake(probes[0].task);
    loop_run_once();
    assert_probe_trace("ca");
    CU_ASSERT_EQUAL(loop_get_stats().n_watchers, 0);
    loop_test_iterate();
    assert_probe_trace("");
    CU_ASSERT_EQUAL(loop_get_stats().n_tasks, 2);

    probes_stop(probes, 3);
    close_pair(fds);
    loop_test_end();
}

static void
replace_other(struct probe *probe)
{
    destroy_other(probe);
    probe_start(probe->other);
    probe->action = NULL;
}

static void
test_create_in_run(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b') };

    loop_test_begin();
    probes_start(probes, 2);
    probes[0].other = &probes[1];
    probes[0].action = replace_other;
    loop_task_wake(probes[0].task);
    loop_task_wake(probes[1].task);
    loop_run_once();
    assert_probe_trace("a");
    loop_run_once();
    assert_probe_trace("b");
    probes_stop(probes, 2);
    loop_test_end();
}

static void
stop_loop(struct probe *probe)
{
    if (probe->n_runs == 5) {
        loop_stop();
    }
    loop_task_wake(probe->task);
}

static void
test_stop(void)
{
    struct probe probe = PROBE('a');

    loop_test_begin();
    probe.action = stop_loop;
    probe_start(&probe);
    loop_run();
    assert_probe_trace("aaaaa");
    probes_stop(&probe, 1);
    loop_test_end();
}

/* Timers. */

static void
test_timers_in_order(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b'), PROBE('c'), PROBE('d') };
    static const int after[] = { 30, 10, 40, 20 };
    long long int now = time_msec();

    loop_test_begin();
    for (int i = 0; i < 4; i++) {
        probes[i].when = now + after[i];
    }
    probes_start(probes, 4);
    LOOP_TEST_UNTIL(probe_trace.length >= 4);
    assert_probe_trace("bdac");
    CU_ASSERT(time_msec() >= now + 40);
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(probes[i].early_by, 0);
        CU_ASSERT_EQUAL(probes[i].n_runs, 2);
    }
    probes_stop(probes, 4);
    loop_test_end();
}

/* Timers that are due in the same iteration run in the order of their times,
 * although they were set in another. */
static void
test_late_timers_in_order(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b'), PROBE('c') };
    long long int now = time_msec();

    loop_test_begin();
    probes[0].when = now + 3;
    probes[1].when = now + 1;
    probes[2].when = now + 2;
    probes_start(probes, 3);
    while (time_msec() <= now + 3) {
        continue;
    }
    loop_run_once();
    assert_probe_trace("bca");
    probes_stop(probes, 3);
    loop_test_end();
}

static void
test_timer_is_cancelled_and_moved(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b'), PROBE('c') };
    long long int now = time_msec();

    loop_test_begin();
    probes[0].when = now + 5;
    probes[1].when = now + 1000 * 1000;
    probes[2].when = now + 20;
    probes_start(probes, 3);

    /* 'b' is to be called much earlier, 'a' not at all. */
    probes[0].when = LLONG_MAX;
    loop_task_wake(probes[0].task);
    loop_run_once();
    probes[1].n_runs = 0;
    probes[1].when = now + 10;
    loop_task_wake(probes[1].task);
    loop_run_once();
    assert_probe_trace("ab");

    LOOP_TEST_UNTIL(strchr(ds_cstr(&probe_trace), 'c'));
    assert_probe_trace("bc");
    probes_stop(probes, 3);
    loop_test_end();
}

static void
wake_immediately(struct probe *probe OVS_UNUSED)
{
    poll_immediate_wake();
}

/* A task that never wants to block does not keep others from running. */
static void
test_immediate_wake_is_fair(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b') };
    int fds[2];

    loop_test_begin();
    make_pipe(fds);
    probes[0].action = wake_immediately;
    probes[1].fd = fds[0];
    probes[1].drain = true;
    probes_start(probes, 2);
    loop_run_once();
    loop_run_once();
    assert_probe_trace("aa");
    put_byte(fds[1]);
    loop_run_once();
    assert_probe_trace("ba");
    probes_stop(probes, 2);
    close_pair(fds);
    loop_test_end();
}

/* Not even a loop that never blocks runs a timer before its time. */
static void
test_timer_is_not_early(void)
{
    struct probe probes[] = { PROBE(0), PROBE(0) };

    loop_test_begin();
    probes[0].action = wake_immediately;
    probes_start(probes, 2);
    for (int i = 0; i < 10; i++) {
        /* The run that is woken is as the first, which sets the timer. */
        probes[1].n_runs = 0;
        probes[1].when = time_msec() + 2;
        probes[1].early_by = -1;
        loop_task_wake(probes[1].task);
        LOOP_TEST_UNTIL(probes[1].early_by >= 0);
        CU_ASSERT_EQUAL(probes[1].early_by, 0);
    }
    probes_stop(probes, 2);
    loop_test_end();
}

static void
test_timer_limits(void)
{
    struct probe probe = PROBE('a');

    loop_test_begin();
    probe.action = NULL;
    probe.when = LLONG_MAX - 1;
    probes_start(&probe, 1);
    loop_test_iterate();
    assert_probe_trace("");
    probes_stop(&probe, 1);

    poll_timer_wait(LLONG_MAX);
    poll_timer_wait(-1);
    poll_block();

    /* And that is over now. */
    long long int until = time_msec() + 5;
    poll_timer_wait_until(until);
    poll_block();
    CU_ASSERT(time_msec() >= until);
    loop_test_end();
}

void
suite_loop(void)
{
    static const struct {
        const char *name;
        CU_TestFunc run;
    } tests[] = {
        { "runs only when ready", test_runs_only_when_ready },
        { "level triggered", test_level_triggered },
        { "one shot", test_one_shot },
        { "registration in run", test_registration_in_run },
        { "events are merged", test_events_are_merged },
        { "tasks share fd", test_tasks_share_fd },
        { "hangup", test_hangup },
        { "regular file", test_regular_file },
        { "wake order", test_wake_order },
        { "wake in run", test_wake_in_run },
        { "destroy in run", test_destroy_in_run },
        { "create in run", test_create_in_run },
        { "stop", test_stop },
        { "timers in order", test_timers_in_order },
        { "late timers in order", test_late_timers_in_order },
        { "timer is cancelled and moved", test_timer_is_cancelled_and_moved },
        { "immediate wake is fair", test_immediate_wake_is_fair },
        { "timer is not early", test_timer_is_not_early },
        { "timer limits", test_timer_limits },
    };
    CU_pSuite suite = CU_add_suite("lib/loop", NULL, NULL);

    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        CU_add_test(suite, tests[i].name, tests[i].run);
    }
}
