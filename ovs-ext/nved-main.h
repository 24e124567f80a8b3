/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_MAIN_H
#define NVED_MAIN_H 1

/* The main() of the agents beside Open vSwitch, ovs-nved and ovs-tnved:
 * options, the check of the configuration, becoming a daemon, the control
 * socket, the event loop.
 *
 *     int
 *     main(int argc, char *argv[])
 *     {
 *         static const struct nved_program program = { ... };
 *
 *         return nved_main(argc, argv, &program);
 *     }
 *
 * Threads: single-threaded. */

#include <stdbool.h>

struct ds;

/* What differs between the agents. */
struct nved_program {
    const char *summary;        /* For --help. */

    /* Checks the configuration in the Open_vSwitch database at 'ovsdb',
     * waiting for that for 'timeout_ms' at most.  Returns NULL and appends to
     * 's' what it means, or returns a new message with what is wrong. */
    char *(*check)(const char *ovsdb, int timeout_ms, struct ds *s);

    /* Returns a new agent, with its task and its unixctl commands. */
    void *(*create)(const char *ovsdb, bool ssl_from_db);

    /* Ends and frees 'agent'. */
    void (*destroy)(void *agent);
};

/* Runs 'program' until it is told to exit.  Returns the exit status. */
int nved_main(int argc, char *argv[], const struct nved_program *program);

#endif /* nved-main.h */
