/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* What lib/loop.h does to a whole process: how signals and time_alarm() end
 * it, and what becomes of it by fork().  Each case runs in a child of its own,
 * for which reason this is a program of its own. */

#include <config.h>

#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "fatal-signal.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

/* The child's end of a pipe to the test. */
static int report_fd;

static void
report(const char *what)
{
    ignore(write(report_fd, what, 1));
}

static void
hook(void *aux OVS_UNUSED)
{
    report("h");
}

static void
run_nothing(void *aux OVS_UNUSED)
{
}

static void
run_and_tell(void *aux OVS_UNUSED)
{
    report("r");
}

/* Blocks until a signal comes, and calls the hook. */
static void
case_signal(void)
{
    fatal_signal_add_hook(hook, NULL, NULL, true);
    loop_task_create("tell", run_and_tell, NULL, NULL);
    loop_run();
}

/* Is never idle when the signal comes. */
static void
case_busy_signal(void)
{
    fatal_signal_add_hook(hook, NULL, NULL, true);
    loop_task_create("tell", run_and_tell, NULL, NULL);
    struct loop_task *busy = loop_task_create("busy", run_nothing, NULL, NULL);
    for (;;) {
        loop_task_wake(busy);
        loop_run_once();
    }
}

/* Ends by SIGALRM when it has blocked for a second. */
static void
case_alarm(void)
{
    time_alarm(1);
    loop_task_create("nothing", run_nothing, NULL, NULL);
    loop_run();
}

/* A child of a process with a loop is told that it cannot use it. */
static void
case_fork(void)
{
    loop_task_create("tell", run_and_tell, NULL, NULL);
    loop_run_once();
    pid_t pid = fork();
    if (!pid) {
        loop_run();
        _exit(0);
    }
    int status;
    ignore(waitpid(pid, &status, 0));
    report(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE
           ? "y" : "n");
    _exit(0);
}

static const struct test {
    const char *name;
    void (*run)(void);          /* In the child. */
    int signal;                 /* To send when the child reported 'r'. */
    const char *reports;        /* What the child is to report. */
    int end;                    /* The signal that is to end it, 0 for none. */
} tests[] = {
    { "idle loop ends by SIGTERM", case_signal, SIGTERM, "rh", SIGTERM },
    { "idle loop ends by SIGINT", case_signal, SIGINT, "rh", SIGINT },
    { "busy loop ends by SIGTERM", case_busy_signal, SIGTERM, "rh", SIGTERM },
    { "loop ends by time_alarm()", case_alarm, 0, "", SIGALRM },
    { "loop is refused after fork()", case_fork, 0, "ry", 0 },
};

/* Reads what the child 'pid' reports until it ends, sending 'signal' on the
 * way.  Keeps up to 'size' - 1 characters in 'reports'. */
static void
read_reports(int fd, pid_t pid, int signal, char *reports, size_t size)
{
    size_t n = 0;
    char c;

    while (read(fd, &c, 1) == 1) {
        if (n < size - 1) {
            reports[n++] = c;
        }
        if (c == 'r' && signal) {
            kill(pid, signal);
        }
    }
    reports[n] = '\0';
}

static bool
run_test(const struct test *test)
{
    int fds[2];
    pid_t pid;

    if (pipe(fds) || (pid = fork()) < 0) {
        ovs_fatal(errno, "%s", test->name);
    }
    if (!pid) {
        close(fds[0]);
        report_fd = fds[1];
        test->run();
        _exit(0);
    }
    close(fds[1]);

    char reports[16];
    int status;
    read_reports(fds[0], pid, test->signal, reports, sizeof reports);
    close(fds[0]);
    ignore(waitpid(pid, &status, 0));

    int end = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    bool ok = !strcmp(reports, test->reports) && end == test->end;
    printf("%s: %s", ok ? "ok" : "FAILED", test->name);
    if (!ok) {
        printf(" (reports \"%s\", signal %d)", reports, end);
    }
    putchar('\n');
    return ok;
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    int n_failed = 0;

    setvbuf(stdout, NULL, _IONBF, 0);
    ovs_set_program_name(argv[0], PACKAGE_VERSION);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);

    /* A test that hangs ends by this, and its child with the pipe. */
    alarm(60);
    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        n_failed += !run_test(&tests[i]);
    }
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
