/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Wire with a real core behind it, and peers that are plain sockets of this
 * process. */

#include <config.h>
#include "controller/wire.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "controller/core.h"
#include "controller/session.h"
#include "controller/wire-private.h"
#include "lib/loop.h"
#include "openflow/openflow.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

void suite_wire(void);

#define HELLO 0
#define ECHO_REQUEST 2
#define ECHO_REPLY 3
#define FEATURES_REPLY 6

/* The most that a test waits for anything. */
#define PATIENCE_MS 10000

static char folder[] = "/tmp/nd-test-wire-XXXXXX";
static char path[64];
static struct core *core;
static struct wire *wire;
static struct loop_task *core_task;
static struct loop_task *tick_task;

/* The harness. */

static void
run_core(void *aux OVS_UNUSED)
{
    core_run(core, time_msec());
    wire_core_ran(wire);
}

static void
core_changed(void *aux OVS_UNUSED)
{
    loop_task_wake(core_task);
}

static void
tick_run(void *aux OVS_UNUSED)
{
}

/* Lets loop_run_once() return at least every 5 ms. */
static void
tick_wait(void *aux OVS_UNUSED)
{
    poll_timer_wait(5);
}

static void
begin(void)
{
    const struct core_config config = { .epoch = 1 };
    char *target = xasprintf("punix:%s", path);
    char *error;

    core = core_create(&config);
    core_set_complete(core);
    wire = wire_create(core, core_changed, NULL);
    error = wire_listen(wire, target);
    CU_ASSERT_PTR_NULL(error);
    free(error);
    free(target);
    core_task = loop_task_create("core", run_core, NULL, NULL);
    tick_task = loop_task_create("tick", tick_run, tick_wait, NULL);
    wire_start(wire);
}

static void
end(void)
{
    wire_destroy(wire);
    core_destroy(core);
    loop_task_destroy(core_task);
    loop_task_destroy(tick_task);
}

/* Turns the loop until CONDITION holds; true if it came to that. */
#define WAIT_UNTIL(CONDITION)                                           \
    ({                                                                  \
        long long deadline__ = time_msec() + PATIENCE_MS;               \
        bool ok__;                                                      \
        while (!(ok__ = (CONDITION)) && time_msec() < deadline__) {     \
            loop_run_once();                                            \
        }                                                               \
        ok__;                                                           \
    })

static int
peer_connect(void)
{
    struct sockaddr_un sun = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    ovs_strlcpy(sun.sun_path, path, sizeof sun.sun_path);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (connect(fd, (struct sockaddr *) &sun, sizeof sun)) {
        /* The listener's backlog is full: it needs a turn. */
        close(fd);
        return -1;
    }
    return fd;
}

/* What a peer has received and not yet looked at. */
struct inbox {
    uint8_t data[256 * 1024];
    size_t size;
    bool closed;
};

static bool
inbox_fill(int fd, struct inbox *inbox)
{
    ssize_t n = recv(fd, inbox->data + inbox->size,
                     sizeof inbox->data - inbox->size, 0);

    if (n > 0) {
        inbox->size += n;
    } else if (!n || errno != EAGAIN) {
        inbox->closed = true;
    }
    return n > 0;
}

/* Takes the first whole message out of 'inbox' into 'msg' and returns its
 * type, or -1 if there is none. */
static int
inbox_take(struct inbox *inbox, uint8_t *msg, size_t *length)
{
    struct ofp_header oh;

    if (inbox->size < sizeof oh) {
        return -1;
    }
    memcpy(&oh, inbox->data, sizeof oh);
    *length = ntohs(oh.length);
    if (inbox->size < *length) {
        return -1;
    }
    memcpy(msg, inbox->data, *length);
    inbox->size -= *length;
    memmove(inbox->data, inbox->data + *length, inbox->size);
    return oh.type;
}

/* Turns the loop until a message of 'type' has come in, others are dropped.
 * Returns its length, 0 if the peer was closed or none came. */
static size_t
peer_expect(int fd, struct inbox *inbox, int type, uint8_t *msg)
{
    size_t length = 0;
    int got = -1;

    ignore(WAIT_UNTIL((inbox_fill(fd, inbox),
                       (got = inbox_take(inbox, msg, &length)) == type)
                      || (got < 0 && inbox->closed)));
    return got == type ? length : 0;
}

static bool
peer_is_closed(int fd, struct inbox *inbox)
{
    while (inbox_fill(fd, inbox)) {
        inbox->size = 0;
    }
    return inbox->closed;
}

/* Makes a message of 'type' with 'size' bytes of body in 'msg', returns its
 * length. */
static size_t
make_message(uint8_t *msg, uint8_t type, size_t size)
{
    struct ofp_header oh = {
        .version = 6,
        .type = type,
        .length = htons(sizeof oh + size),
        .xid = htonl(0x1234),
    };

    memcpy(msg, &oh, sizeof oh);
    for (size_t i = 0; i < size; i++) {
        msg[sizeof oh + i] = i * 7 + size;
    }
    return sizeof oh + size;
}

/* Makes a hello that says version 1.5 as a switch does. */
static size_t
make_hello(uint8_t *msg)
{
    static const uint8_t bitmap[] = { 0, 1, 0, 8, 0, 0, 0, 1 << 6 };

    make_message(msg, HELLO, sizeof bitmap);
    memcpy(msg + sizeof(struct ofp_header), bitmap, sizeof bitmap);
    return sizeof(struct ofp_header) + sizeof bitmap;
}

static bool
peer_send(int fd, const void *data, size_t size)
{
    return send(fd, data, size, MSG_NOSIGNAL) == (ssize_t) size;
}

static int
peer_greet(void)
{
    uint8_t hello[64];
    int fd = peer_connect();

    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT(peer_send(fd, hello, make_hello(hello)));
    return fd;
}

/* Sends an echo request of 'size' bytes and checks the reply. */
static void
check_echo(int fd, struct inbox *inbox, size_t size)
{
    static uint8_t request[65536], reply[65536];
    size_t length = make_message(request, ECHO_REQUEST, size);
    size_t sent = 0;

    CU_ASSERT(WAIT_UNTIL(
        ({
            ssize_t n = send(fd, request + sent, length - sent, MSG_NOSIGNAL);
            sent += MAX(n, 0);
            sent == length;
        })));
    CU_ASSERT_EQUAL(peer_expect(fd, inbox, ECHO_REPLY, reply), length);
    CU_ASSERT(!memcmp(request + 8, reply + 8, size));
}

/* The tests. */

/* A peer that sends nothing is greeted all the same. */
static void
test_hello(void)
{
    struct inbox inbox = { .size = 0 };
    uint8_t msg[65536];
    int fd;

    begin();
    fd = peer_connect();
    CU_ASSERT(peer_expect(fd, &inbox, HELLO, msg) >= 8);
    CU_ASSERT_EQUAL(msg[0], 6);
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_connections, 1);
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_strangers, 1);
    close(fd);
    CU_ASSERT(WAIT_UNTIL(!wire_get_stats(wire).n_connections));
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_strangers, 0);
    end();
}

static void
test_byte_by_byte(void)
{
    struct inbox inbox = { .size = 0 };
    uint8_t msg[256], reply[65536];
    size_t length = make_hello(msg);
    int fd;

    length += make_message(msg + length, ECHO_REQUEST, 100);
    begin();
    fd = peer_connect();
    for (size_t i = 0; i < length; i++) {
        uint64_t before = wire_get_stats(wire).bytes_received;

        CU_ASSERT(peer_send(fd, &msg[i], 1));
        CU_ASSERT(WAIT_UNTIL(wire_get_stats(wire).bytes_received > before));
    }
    CU_ASSERT_EQUAL(peer_expect(fd, &inbox, ECHO_REPLY, reply), 108);
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_messages_received, 2);
    close(fd);
    end();
}

/* All in one read, of lengths that put the next message on an odd address. */
static void
test_many_in_one_read(void)
{
    struct inbox inbox = { .size = 0 };
    static uint8_t msg[65536], reply[65536];
    size_t length = make_hello(msg);
    struct wire_stats stats;
    int fd;

    for (size_t i = 0; i < 50; i++) {
        length += make_message(msg + length, ECHO_REQUEST, i);
    }
    begin();
    fd = peer_connect();
    CU_ASSERT(peer_send(fd, msg, length));
    for (size_t i = 0; i < 50; i++) {
        CU_ASSERT_EQUAL(peer_expect(fd, &inbox, ECHO_REPLY, reply), 8 + i);
    }
    stats = wire_get_stats(wire);
    CU_ASSERT_EQUAL(stats.n_messages_received, 51);
    CU_ASSERT(stats.n_recv_calls <= 2);
    CU_ASSERT(stats.n_send_calls <= 3);
    close(fd);
    end();
}

static void
test_longest_message(void)
{
    struct inbox inbox = { .size = 0 };
    int fd;

    begin();
    fd = peer_greet();
    check_echo(fd, &inbox, 65535 - 8);
    check_echo(fd, &inbox, 65535 - 8);
    check_echo(fd, &inbox, 0);
    close(fd);
    end();
}

/* Replies to many messages go out in few calls. */
static void
test_send_calls(void)
{
    enum { N = 4000 };
    static uint8_t msg[N * 16 + 64];
    struct inbox inbox = { .size = 0 };
    static uint8_t reply[65536];
    size_t length = 0, sent = 0;
    int n_replies = 0, fd;
    struct wire_stats before, after;

    for (int i = 0; i < N; i++) {
        length += make_message(msg + length, ECHO_REQUEST, 8);
    }
    begin();
    fd = peer_greet();
    check_echo(fd, &inbox, 8);
    before = wire_get_stats(wire);
    CU_ASSERT(WAIT_UNTIL(
        ({
            ssize_t n = send(fd, msg + sent, length - sent, MSG_NOSIGNAL);
            size_t size;

            sent += MAX(n, 0);
            while (inbox_fill(fd, &inbox)) {
                while (inbox_take(&inbox, reply, &size) == ECHO_REPLY) {
                    n_replies++;
                }
            }
            n_replies == N;
        })));
    after = wire_get_stats(wire);
    CU_ASSERT_EQUAL(after.bytes_sent - before.bytes_sent, N * 16);
    CU_ASSERT(after.n_send_calls - before.n_send_calls <= N / 50);
    CU_ASSERT(after.n_recv_calls - before.n_recv_calls <= N / 50);
    close(fd);
    end();
}

/* Sends 'size' bytes of 'data' and expects to be hung up on, while another
 * peer goes on. */
static void
check_refused(const void *data, size_t size)
{
    struct inbox bad_inbox = { .size = 0 };
    struct inbox good_inbox = { .size = 0 };
    int good = peer_greet();
    int bad = peer_connect();

    check_echo(good, &good_inbox, 8);
    CU_ASSERT(peer_send(bad, data, size));
    CU_ASSERT(WAIT_UNTIL(peer_is_closed(bad, &bad_inbox)));
    check_echo(good, &good_inbox, 8);
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_connections, 1);
    close(good);
    close(bad);
    CU_ASSERT(WAIT_UNTIL(!wire_get_stats(wire).n_connections));
}

static void
test_garbage(void)
{
    static const char http[] = "GET / HTTP/1.1\r\n\r\n";
    static const char json[] = "{\"id\":0,\"method\":\"echo\",\"params\":[]}";
    static const uint8_t tls[] = { 0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3 };
    static const uint8_t zeros[16];
    static const uint8_t short_length[] = { 6, 0, 0, 7, 0, 0, 0, 1 };
    static const uint8_t no_length[] = { 6, 0, 0, 0, 0, 0, 0, 1 };
    static const uint8_t old_version[] = { 1, 0, 0, 8, 0, 0, 0, 1 };
    uint8_t ones[64];

    memset(ones, 0xff, sizeof ones);
    begin();
    check_refused(http, sizeof http - 1);
    check_refused(json, sizeof json - 1);
    check_refused(tls, sizeof tls);
    check_refused(zeros, sizeof zeros);
    check_refused(ones, sizeof ones);
    check_refused(short_length, sizeof short_length);
    check_refused(no_length, sizeof no_length);
    check_refused(old_version, sizeof old_version);
    end();
}

/* Random bytes behind a good hello: whatever happens, others go on. */
static void
test_random_bytes(void)
{
    static uint8_t data[3000];
    struct inbox inbox = { .size = 0 };
    unsigned int seed = time_wall_msec();
    int good;

    printf("(seed %u) ", seed);
    srandom(seed);
    begin();
    good = peer_greet();
    for (int i = 0; i < 100; i++) {
        size_t length = make_hello(data);
        int bad = peer_connect();

        while (length < sizeof data) {
            size_t n = make_message(data + length, random() % 36,
                                    random() % 200);

            for (size_t j = 8; j < n; j++) {
                data[length + j] = random();
            }
            data[length + 3] ^= random() % 8 ? 0 : random();
            length = MIN(length + n, sizeof data - 300) + (length + n
                     > sizeof data - 300 ? 300 : 0);
        }
        ignore(peer_send(bad, data, sizeof data));
        check_echo(good, &inbox, random() % 100);
        close(bad);
    }
    CU_ASSERT(WAIT_UNTIL(wire_get_stats(wire).n_connections == 1));
    close(good);
    end();
}

/* A stranger sends without end and never reads; it neither keeps others from
 * being served nor makes us hold ever more. */
static void
test_never_reads(void)
{
    static uint8_t flood[32 * 1024];
    struct inbox inbox = { .size = 0 };
    size_t length = 0;
    int good, bad;

    for (int i = 0; i < 32; i++) {
        length += make_message(flood + length, ECHO_REQUEST, 1016);
    }
    begin();
    good = peer_greet();
    bad = peer_greet();
    check_echo(good, &inbox, 8);
    for (int i = 0; i < 500; i++) {
        struct wire_stats before, after;

        for (int j = 0; j < 8; j++) {
            ignore(send(bad, flood, length, MSG_NOSIGNAL));
        }
        before = wire_get_stats(wire);
        check_echo(good, &inbox, 8);
        after = wire_get_stats(wire);
        CU_ASSERT(after.bytes_received - before.bytes_received
                  < 16 * WIRE_BUFFER_SIZE);
    }
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_connections, 1);
    close(good);
    close(bad);
    end();
}

/* A peer that goes away in the middle of a message. */
static void
test_half_message(void)
{
    uint8_t msg[256];
    size_t length = make_message(msg, ECHO_REQUEST, 100);
    int fd;

    begin();
    fd = peer_greet();
    CU_ASSERT(peer_send(fd, msg, length - 1));
    CU_ASSERT(WAIT_UNTIL(wire_get_stats(wire).bytes_received
                         == length - 1 + 16));
    close(fd);
    CU_ASSERT(WAIT_UNTIL(!wire_get_stats(wire).n_connections));
    end();
}

/* A peer that shuts down only its sending half. */
static void
test_half_closed(void)
{
    struct inbox inbox = { .size = 0 };
    int fd;

    begin();
    fd = peer_greet();
    check_echo(fd, &inbox, 8);
    CU_ASSERT(!shutdown(fd, SHUT_WR));
    CU_ASSERT(WAIT_UNTIL(peer_is_closed(fd, &inbox)));
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_connections, 0);
    close(fd);
    end();
}

/* Makes the connections that wait for 'ms' milliseconds look that much
 * older. */
static void
age_connections(long long ms)
{
    struct wire_conn *conn;

    LIST_FOR_EACH (conn, node, &wire->conns) {
        conn->created -= ms;
        loop_task_wake(conn->task);
    }
    wire_wake_listeners(wire);
}

/* A peer that does not say who it is within 10 s. */
static void
test_silent(void)
{
    struct inbox silent_inbox = { .size = 0 };
    struct inbox inbox = { .size = 0 };
    int silent, fd;

    begin();
    silent = peer_connect();
    CU_ASSERT(WAIT_UNTIL(wire_get_stats(wire).n_connections == 1));
    age_connections(9000);
    fd = peer_greet();
    check_echo(fd, &inbox, 8);
    CU_ASSERT(!peer_is_closed(silent, &silent_inbox));
    age_connections(1000);
    CU_ASSERT(WAIT_UNTIL(peer_is_closed(silent, &silent_inbox)));
    check_echo(fd, &inbox, 8);
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_timeouts, 1);
    close(silent);
    close(fd);
    end();
}

/* More strangers than are let in. */
static void
test_strangers(void)
{
    enum { N = WIRE_MAX_STRANGERS + 5 };
    struct rlimit limit;
    static int fds[N];
    struct inbox inbox = { .size = 0 };
    int n = 0;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = MIN(limit.rlim_max, 4096);
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 4096) {
        printf("(left out: not enough file descriptors) ");
        return;
    }
    begin();
    CU_ASSERT(WAIT_UNTIL(
        ({
            int fd = peer_connect();
            if (fd >= 0) {
                fds[n++] = fd;
            }
            n == N;
        })));
    CU_ASSERT(WAIT_UNTIL(wire_get_stats(wire).n_strangers
                         == WIRE_MAX_STRANGERS));
    for (int i = 0; i < 20; i++) {
        loop_run_once();
    }
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_accepted, WIRE_MAX_STRANGERS);

    /* The oldest go once they are old enough, as many as are needed. */
    age_connections(1000);
    CU_ASSERT(WAIT_UNTIL(wire_get_stats(wire).n_accepted == N));
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_evicted, 5);
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_strangers, WIRE_MAX_STRANGERS);
    CU_ASSERT(peer_is_closed(fds[4], &inbox));
    inbox.closed = false;
    CU_ASSERT(!peer_is_closed(fds[5], &inbox));
    for (int i = 0; i < N; i++) {
        close(fds[i]);
    }
    CU_ASSERT(WAIT_UNTIL(!wire_get_stats(wire).n_strangers));
    end();
}

/* Out of file descriptors: no busy loop, and it goes on when there are some
 * again. */
static void
test_out_of_descriptors(void)
{
    struct rlimit limit, low;
    struct inbox inbox = { .size = 0 };
    uint8_t msg[65536];
    long long start;
    int fd;

    begin();
    loop_run_once();
    getrlimit(RLIMIT_NOFILE, &limit);
    fd = peer_connect();
    low = limit;
    low.rlim_cur = fd + 1;
    setrlimit(RLIMIT_NOFILE, &low);
    CU_ASSERT(WAIT_UNTIL(wire_get_stats(wire).n_accept_errors == 1));
    start = time_msec();
    while (time_msec() < start + 100) {
        loop_run_once();
    }
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_accept_errors, 1);
    setrlimit(RLIMIT_NOFILE, &limit);
    CU_ASSERT(peer_expect(fd, &inbox, HELLO, msg) >= 8);
    close(fd);
    end();
}

/* A connection in which nothing happens is not run. */
static void
test_idle_costs_nothing(void)
{
    enum { N = 200 };
    static int fds[N];
    static struct inbox inbox;
    uint64_t before;

    begin();
    for (int i = 0; i < N; i++) {
        CU_ASSERT(WAIT_UNTIL((fds[i] = peer_connect()) >= 0));
    }
    CU_ASSERT(WAIT_UNTIL(wire_get_stats(wire).n_connections == N));
    for (int i = 0; i < 5; i++) {
        loop_run_once();
    }
    inbox.size = 0;
    CU_ASSERT(peer_send(fds[0], "", 0));
    before = wire_get_stats(wire).n_conn_runs;
    uint8_t hello[64];
    CU_ASSERT(peer_send(fds[0], hello, make_hello(hello)));
    for (int i = 0; i < 50; i++) {
        check_echo(fds[0], &inbox, 8);
    }
    CU_ASSERT(wire_get_stats(wire).n_conn_runs - before <= 50 * 4);
    for (int i = 0; i < N; i++) {
        close(fds[i]);
    }
    end();
}

static void
check_target(const char *target, bool good)
{
    char *error = wire_check_target(target);

    CU_ASSERT_EQUAL(!error, good);
    CU_ASSERT(good || strstr(error, target));
    free(error);
}

static void
test_targets(void)
{
    char *error;

    check_target("ptcp:6653", true);
    check_target("ptcp:", true);
    check_target("ptcp:0:127.0.0.1", true);
    check_target("ptcp:6653:[::1]", true);
    check_target("pssl:6653:10.0.0.1", true);
    check_target("punix:/tmp/x", true);
    check_target("punix:", false);
    check_target("tcp:127.0.0.1:6653", false);
    check_target("ptcp:99999", false);
    check_target("ptcp:6653:nonsense.invalid", false);
    check_target("", false);
    check_target("6653", false);

    begin();
    error = wire_listen(wire, "pssl:0:127.0.0.1");
    CU_ASSERT_PTR_NOT_NULL_FATAL(error);
    CU_ASSERT(strstr(error, "--private-key") != NULL);
    free(error);
    error = wire_listen(wire, "punix:/nonexistent/folder/socket");
    CU_ASSERT_PTR_NOT_NULL_FATAL(error);
    free(error);
    error = wire_listen(wire, "ptcp:0:127.0.0.1");
    CU_ASSERT_PTR_NULL(error);
    free(error);
    CU_ASSERT(wire_bound_port(wire, 1) != 0);
    end();
}

/* Nobody is let in before wire_start(), nor after wire_stop(). */
static void
test_start_stop(void)
{
    struct inbox inbox = { .size = 0 };
    uint8_t msg[65536];
    int fd;

    begin();
    wire_stop(wire, "test");
    fd = peer_connect();
    for (int i = 0; i < 10; i++) {
        loop_run_once();
    }
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_connections, 0);
    CU_ASSERT(!peer_is_closed(fd, &inbox));
    wire_start(wire);
    CU_ASSERT(peer_expect(fd, &inbox, HELLO, msg) >= 8);
    wire_stop(wire, "test");
    CU_ASSERT(peer_is_closed(fd, &inbox));
    CU_ASSERT_EQUAL(wire_get_stats(wire).n_connections, 0);
    close(fd);
    end();
}

static int
set_up(void)
{
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/of", folder);
    return 0;
}

static int
tear_down(void)
{
    unlink(path);
    return rmdir(folder);
}

void
suite_wire(void)
{
    CU_pSuite suite = CU_add_suite("controller/wire", set_up, tear_down);

    CU_add_test(suite, "hello", test_hello);
    CU_add_test(suite, "byte-by-byte", test_byte_by_byte);
    CU_add_test(suite, "many-in-one-read", test_many_in_one_read);
    CU_add_test(suite, "longest-message", test_longest_message);
    CU_add_test(suite, "send-calls", test_send_calls);
    CU_add_test(suite, "garbage", test_garbage);
    CU_add_test(suite, "random-bytes", test_random_bytes);
    CU_add_test(suite, "never-reads", test_never_reads);
    CU_add_test(suite, "half-message", test_half_message);
    CU_add_test(suite, "half-closed", test_half_closed);
    CU_add_test(suite, "silent", test_silent);
    CU_add_test(suite, "strangers", test_strangers);
    CU_add_test(suite, "out-of-descriptors", test_out_of_descriptors);
    CU_add_test(suite, "idle-costs-nothing", test_idle_costs_nothing);
    CU_add_test(suite, "targets", test_targets);
    CU_add_test(suite, "start-stop", test_start_stop);
}
