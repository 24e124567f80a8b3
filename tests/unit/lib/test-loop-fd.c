/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* lib/loop.h and file descriptors: none of what becomes ready is missed, not
 * even where a number comes back as another file. */

#include <config.h>

#include "tests/unit/lib/loop-probe.h"

#include <CUnit/CUnit.h>
#include <unistd.h>

#include "ovs-thread.h"
#include "util.h"

void suite_loop_fd(void);

/* Lost wakeups. */

static void
test_no_wakeup_lost(void)
{
    struct probe probes[] = { PROBE(0), PROBE(0) };
    int a[2], b[2];
    pthread_t threads[2];

    loop_test_begin();
    make_pipe(a);
    make_pipe(b);
    probes[0].fd = a[0];
    probes[1].fd = b[0];
    probes[0].drain = probes[1].drain = true;
    probes_start(probes, 2);
    threads[0] = ovs_thread_create("writer", byte_writer_thread, &a[1]);
    threads[1] = ovs_thread_create("writer", byte_writer_thread, &b[1]);

    /* One byte is read in each run, and one run was for nothing. */
    LOOP_TEST_UNTIL(probes[0].n_runs == 1001 && probes[1].n_runs == 1001);
    xpthread_join(threads[0], NULL);
    xpthread_join(threads[1], NULL);
    probes_stop(probes, 2);
    close_pair(a);
    close_pair(b);
    loop_test_end();
}

/* File descriptor numbers that come back as something else. */

/* Closes the probe's pipe and makes a new one with the same number. */
static void
reopen(struct probe *probe)
{
    int *fds = probe->fds;
    int old = fds[0];

    close_pair(fds);
    make_pipe(fds);
    CU_ASSERT_EQUAL(fds[0], old);
    probe->action = NULL;
}

static void
test_fd_is_reused_in_run(void)
{
    struct probe probe = PROBE('a');
    int fds[2];

    loop_test_begin();
    make_pipe(fds);
    probe.fd = fds[0];
    probe.drain = true;
    probes_start(&probe, 1);
    probe.fds = fds;
    probe.action = reopen;
    loop_task_wake(probe.task);
    loop_run_once();
    assert_probe_trace("a");

    put_byte(fds[1]);
    loop_run_once();
    assert_probe_trace("a");
    probes_stop(&probe, 1);
    close_pair(fds);
    loop_test_end();
}

static void
test_fd_is_closed_by_another(void)
{
    struct probe probe = PROBE('a');
    int fds[2], old;

    loop_test_begin();
    make_pipe(fds);
    old = fds[0];
    probe.fd = fds[0];
    probes_start(&probe, 1);
    close_pair(fds);
    make_pipe(fds);
    CU_ASSERT_EQUAL(fds[0], old);

    /* The task learns that it has to look, and waits for the new file. */
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

/* A file that is closed here but open elsewhere stays in the kernel's set, and
 * libev makes itself a new one when it finds out. */
static void
test_fd_is_reused_while_file_lives(void)
{
    struct probe probe = PROBE('a');
    int old[2], fds[2];

    loop_test_begin();
    make_pipe(old);
    int number = old[0];
    probe.fd = number;
    probe.drain = true;
    probes_start(&probe, 1);

    int copy = dup(old[0]);
    close(old[0]);
    make_pipe(fds);
    CU_ASSERT_EQUAL(fds[0], number);
    loop_run_once();
    assert_probe_trace("a");

    put_byte(old[1]);
    for (int i = 0; i < 3; i++) {
        loop_test_iterate();
    }
    ds_clear(&probe_trace);
    for (int i = 0; i < 3; i++) {
        put_byte(fds[1]);
        loop_run_once();
    }
    assert_probe_trace("aaa");

    probes_stop(&probe, 1);
    close(copy);
    close(old[1]);
    close_pair(fds);
    loop_test_end();
}

static void
test_bad_fd(void)
{
    struct probe probe = PROBE('a');
    int fds[2];

    loop_test_begin();
    make_pipe(fds);
    close_pair(fds);
    probe.fd = fds[0];
    probes_start(&probe, 1);
    loop_run_once();
    assert_probe_trace("a");

    /* It works as soon as the number stands for something. */
    make_pipe(fds);
    CU_ASSERT_EQUAL(fds[0], probe.fd);
    LOOP_TEST_UNTIL(probe.n_runs >= 3 || probe_trace.length == 0);
    loop_test_iterate();
    loop_test_iterate();
    ds_clear(&probe_trace);
    put_byte(fds[1]);
    loop_run_once();
    assert_probe_trace("a");
    probes_stop(&probe, 1);
    close_pair(fds);
    loop_test_end();
}

void
suite_loop_fd(void)
{
    static const struct {
        const char *name;
        CU_TestFunc run;
    } tests[] = {
        { "no wakeup lost", test_no_wakeup_lost },
        { "fd is reused in run", test_fd_is_reused_in_run },
        { "fd is closed by another", test_fd_is_closed_by_another },
        { "fd is reused while file lives",
          test_fd_is_reused_while_file_lives },
        { "bad fd", test_bad_fd },
    };
    CU_pSuite suite = CU_add_suite("lib/loop-fd", NULL, NULL);

    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        CU_add_test(suite, tests[i].name, tests[i].run);
    }
}
