/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* lib/loop.h beside everything else that Open vSwitch's code does in a thread:
 * seqs, poll_block(), jsonrpc; and what an iteration costs. */

#include <config.h>

#include "tests/unit/lib/loop-probe.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "jsonrpc.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "ovs-thread.h"
#include "seq.h"
#include "stream.h"
#include "timeval.h"
#include "util.h"

void suite_loop_poll(void);

/* Seqs. */

static void
test_seq(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b'), PROBE('c') };
    int fds[2];

    loop_test_begin();
    make_pipe(fds);
    probes[0].seq = seq_create();
    probes[1].seq = seq_create();
    probes[2].fd = fds[0];
    probes[2].drain = true;
    probes_start(probes, 3);

    /* Others run in between. */
    for (int i = 0; i < 3; i++) {
        put_byte(fds[1]);
        loop_run_once();
    }
    assert_probe_trace("ccc");

    /* The second one to wait is woken although only the first registered the
     * latch that they share. */
    for (int i = 0; i < 3; i++) {
        int n = probes[1].n_runs;
        seq_change(probes[1].seq);
        LOOP_TEST_UNTIL(probes[1].n_runs > n);
        n = probes[0].n_runs;
        seq_change(probes[0].seq);
        LOOP_TEST_UNTIL(probes[0].n_runs > n);
    }
    ds_clear(&probe_trace);
    loop_test_iterate();
    loop_test_iterate();
    assert_probe_trace("");

    probes_stop(probes, 3);
    seq_destroy(probes[0].seq);
    seq_destroy(probes[1].seq);
    close_pair(fds);
    loop_test_end();
}

static void *
seq_thread(void *seq)
{
    seq_change(seq);
    return NULL;
}

static void
test_seq_of_thread(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b') };

    loop_test_begin();
    probes[0].seq = seq_create();
    probes[1].seq = seq_create();
    probes_start(probes, 2);
    pthread_t thread = ovs_thread_create("seq", seq_thread, probes[1].seq);
    LOOP_TEST_UNTIL(probes[1].n_runs == 2);
    xpthread_join(thread, NULL);
    probes_stop(probes, 2);
    seq_destroy(probes[0].seq);
    seq_destroy(probes[1].seq);
    loop_test_end();
}

/* poll_block(). */

/* Waits by poll_block() until a byte arrives that another thread writes. */
static void
block_in_run(struct probe *probe)
{
    int *fds = probe->fds;
    pthread_t thread = ovs_thread_create("writer", byte_writer_thread,
                                         &fds[1]);
    char buffer[64];
    int n = 0;

    while (n < 1000) {
        ssize_t retval = read(fds[0], buffer, sizeof buffer);
        if (retval > 0) {
            n += retval;
        } else {
            poll_fd_wait(fds[0], POLLIN);
            poll_timer_wait_until(loop_test_deadline);
            poll_block();
            CU_ASSERT_FATAL(time_msec() < loop_test_deadline);
        }
    }
    CU_ASSERT_EQUAL(n, 1000);
    xpthread_join(thread, NULL);
    probe->action = NULL;
}

static void
test_poll_block_in_run(void)
{
    struct probe probes[] = { PROBE('a'), PROBE('b'), PROBE('c') };
    int fds[2], other_fds[2];

    loop_test_begin();
    make_pipe(fds);
    make_pipe(other_fds);
    probes[1].fd = other_fds[0];
    probes[1].drain = true;
    probes[2].seq = seq_create();
    probes_start(probes, 3);

    probes[0].fds = fds;
    probes[0].action = block_in_run;
    loop_task_wake(probes[0].task);
    loop_run_once();
    CU_ASSERT_EQUAL(probes[1].n_runs, 1);

    /* The other tasks' registrations are still there. */
    loop_test_iterate();
    ds_clear(&probe_trace);
    put_byte(other_fds[1]);
    loop_run_once();
    assert_probe_trace("b");
    seq_change(probes[2].seq);
    LOOP_TEST_UNTIL(strchr(ds_cstr(&probe_trace), 'c'));

    probes_stop(probes, 3);
    seq_destroy(probes[2].seq);
    close_pair(fds);
    close_pair(other_fds);
    loop_test_end();
}

/* While a task waits for a seq, poll_block() can still wait for another. */
static void
test_poll_block_for_seq(void)
{
    struct probe probe = PROBE('a');
    struct seq *seq = seq_create();

    loop_test_begin();
    probe.seq = seq_create();
    probes_start(&probe, 1);

    uint64_t value = seq_read(seq);
    pthread_t thread = ovs_thread_create("seq", seq_thread, seq);
    while (seq_read(seq) == value) {
        seq_wait(seq, value);
        poll_timer_wait_until(loop_test_deadline);
        poll_block();
        CU_ASSERT_FATAL(time_msec() < loop_test_deadline);
    }
    xpthread_join(thread, NULL);

    loop_test_iterate();
    ds_clear(&probe_trace);
    seq_change(probe.seq);
    LOOP_TEST_UNTIL(probe_trace.length);
    assert_probe_trace("a");
    probes_stop(&probe, 1);
    seq_destroy(probe.seq);
    seq_destroy(seq);
    loop_test_end();
}

static void *
poll_block_thread(void *fd_)
{
    int *fd = fd_;
    char c;

    while (read(*fd, &c, 1) < 0 && errno == EAGAIN) {
        poll_fd_wait(*fd, POLLIN);
        poll_block();
    }
    return NULL;
}

static void
test_poll_block_in_thread(void)
{
    struct probe probe = PROBE('a');
    int fds[2];

    loop_test_begin();
    make_pipe(fds);
    probes_start(&probe, 1);
    pthread_t thread = ovs_thread_create("reader", poll_block_thread, &fds[0]);
    loop_test_iterate();
    put_byte(fds[1]);
    xpthread_join(thread, NULL);
    probes_stop(&probe, 1);
    close_pair(fds);
    loop_test_end();
}

/* Costs. */

/* Hands a byte to and fro between two tasks, 'n' iterations long, and returns
 * what this cost. */
static struct loop_stats
play(int n)
{
    struct loop_stats before = loop_get_stats();

    for (int i = 0; i < n; i++) {
        loop_run_once();
    }
    struct loop_stats after = loop_get_stats();
    return (struct loop_stats) {
        .n_iterations = after.n_iterations - before.n_iterations,
        .n_task_runs = after.n_task_runs - before.n_task_runs,
        .n_watcher_changes = (after.n_watcher_changes
                              - before.n_watcher_changes),
        .n_timer_changes = after.n_timer_changes - before.n_timer_changes,
    };
}

static void
put_in_run(struct probe *probe)
{
    put_byte(probe->fd);
}

/* Descriptors are numerous enough for 'n' more?  Raises the limit if it can.*/
static bool
allow_fds(rlim_t n)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < n && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = MIN(n, limit.rlim_max);
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur >= n;
}

/* 'n' probes that are connected in pairs and have nothing to do but to wait,
 * for a time far away too. */
static struct probe *
start_idle(int n)
{
    struct probe *idle = xcalloc(n, sizeof *idle);

    for (int i = 0; i < n; i += 2) {
        int fds[2];
        CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        for (int j = 0; j < 2; j++) {
            idle[i + j] = (struct probe) PROBE(0);
            idle[i + j].fd = fds[j];
            idle[i + j].when = loop_test_deadline + i;
        }
    }
    probes_start(idle, n);
    return idle;
}

static void
stop_idle(struct probe *idle, int n)
{
    for (int i = 0; i < n; i++) {
        CU_ASSERT_EQUAL(idle[i].n_runs, 1);
        loop_task_destroy(idle[i].task);
        close(idle[i].fd);
    }
    free(idle);
}

/* Plays beside 'n_idle' idle descriptors. */
static struct loop_stats
cost_beside_idle(int n_idle)
{
    struct probe players[] = { PROBE(0), PROBE(0) };
    int fds[2];

    loop_test_begin();
    struct probe *idle = start_idle(n_idle);
    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    for (int i = 0; i < 2; i++) {
        players[i].fd = fds[i];
        players[i].drain = true;
        players[i].action = put_in_run;
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
    }
    probes_start(players, 2);
    CU_ASSERT_EQUAL(loop_get_stats().n_watchers, n_idle + 2u);

    play(10);
    struct loop_stats cost = play(1000);
    probes_stop(players, 2);
    close_pair(fds);
    stop_idle(idle, n_idle);
    loop_test_end();
    return cost;
}

static void
test_cost_of_idle_fds(void)
{
    enum { FEW = 10, MANY = 10000 };
    struct loop_stats few = cost_beside_idle(FEW);

    CU_ASSERT_EQUAL(few.n_iterations, 1000);
    CU_ASSERT(few.n_task_runs <= 2000);
    CU_ASSERT_EQUAL(few.n_watcher_changes, 0);
    CU_ASSERT_EQUAL(few.n_timer_changes, 0);
    if (!allow_fds(MANY + 100)) {
        printf("\n    left out: the limit of open files is below %d",
               MANY + 100);
        return;
    }

    struct loop_stats many = cost_beside_idle(MANY);
    CU_ASSERT_EQUAL(many.n_iterations, few.n_iterations);
    CU_ASSERT_EQUAL(many.n_task_runs, few.n_task_runs);
    CU_ASSERT_EQUAL(many.n_watcher_changes, 0);
    CU_ASSERT_EQUAL(many.n_timer_changes, 0);
}

/* Objects of Open vSwitch. */

struct rpc {
    struct jsonrpc *rpc;
    struct loop_task *task;
    int n_received;
    bool echo;                  /* Whether to send back what arrives. */
};

static void
rpc_run(void *rpc_)
{
    struct rpc *rpc = rpc_;
    struct jsonrpc_msg *msg;

    jsonrpc_run(rpc->rpc);
    while (!jsonrpc_recv(rpc->rpc, &msg)) {
        rpc->n_received++;
        if (rpc->echo) {
            struct jsonrpc_msg *reply = jsonrpc_create_reply(
                json_clone(msg->params), msg->id);
            jsonrpc_send(rpc->rpc, reply);
        }
        jsonrpc_msg_destroy(msg);
    }
}

static void
rpc_wait(void *rpc_)
{
    struct rpc *rpc = rpc_;

    jsonrpc_wait(rpc->rpc);
    jsonrpc_recv_wait(rpc->rpc);
}

static void
rpc_start(struct rpc *rpc, const char *name, struct stream *stream)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    rpc->rpc = jsonrpc_open(stream);
    rpc->task = loop_task_create(name, rpc_run, rpc_wait, rpc);
}

static void
rpc_stop(struct rpc *rpc)
{
    loop_task_destroy(rpc->task);
    jsonrpc_close(rpc->rpc);
}

/* Connects two streams over the unix domain socket 'path'. */
static void
connect_streams(const char *path, struct stream **client,
                struct stream **server)
{
    char *name = xasprintf("punix:%s", path);
    struct pstream *pstream;

    CU_ASSERT_EQUAL_FATAL(pstream_open(name, &pstream, 0), 0);
    CU_ASSERT_EQUAL_FATAL(stream_open_block(
        stream_open(name + 1, client, 0), LOOP_TEST_MS, client), 0);
    CU_ASSERT_EQUAL_FATAL(pstream_accept_block(pstream, server), 0);
    pstream_close(pstream);
    free(name);
}

/* More is sent at once than fits into the sockets, both ways. */
static void
test_jsonrpc(void)
{
    enum { N = 200, SIZE = 10000 };
    struct rpc client = { .echo = false };
    struct rpc server = { .echo = true };
    struct stream *client_stream = NULL;
    struct stream *server_stream = NULL;
    char dir[] = "/tmp/test-loop-XXXXXX";
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    char *path = xasprintf("%s/socket", dir);
    char *text = xzalloc(SIZE + 1);

    loop_test_begin();
    connect_streams(path, &client_stream, &server_stream);
    rpc_start(&client, "client", client_stream);
    rpc_start(&server, "server", server_stream);
    loop_run_once();

    memset(text, 'x', SIZE);
    for (int i = 0; i < N; i++) {
        jsonrpc_send(client.rpc, jsonrpc_create_request(
            "echo", json_array_create_1(json_string_create(text)), NULL));
    }
    loop_task_wake(client.task);
    LOOP_TEST_UNTIL(client.n_received == N);
    CU_ASSERT_EQUAL(server.n_received, N);

    /* Nothing is left to do. */
    struct loop_stats before = loop_get_stats();
    loop_test_iterate();
    CU_ASSERT_EQUAL(loop_get_stats().n_task_runs - before.n_task_runs, 1);

    rpc_stop(&client);
    rpc_stop(&server);
    unlink(path);
    rmdir(dir);
    free(path);
    free(text);
    loop_test_end();
}

void
suite_loop_poll(void)
{
    static const struct {
        const char *name;
        CU_TestFunc run;
    } tests[] = {
        { "seq", test_seq },
        { "seq of thread", test_seq_of_thread },
        { "poll_block in run", test_poll_block_in_run },
        { "poll_block for seq", test_poll_block_for_seq },
        { "poll_block in thread", test_poll_block_in_thread },
        { "cost of idle fds", test_cost_of_idle_fds },
        { "jsonrpc", test_jsonrpc },
    };
    CU_pSuite suite = CU_add_suite("lib/loop-poll", NULL, NULL);

    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        CU_add_test(suite, tests[i].name, tests[i].run);
    }
}
