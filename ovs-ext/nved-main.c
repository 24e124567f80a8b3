/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-main.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "command-line.h"
#include "daemon.h"
#include "dirs.h"
#include "fatal-signal.h"
#include "lib/loop.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "stream-ssl.h"
#include "stream.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nved_main);

/* How long the configuration check waits for the local database. */
#define CHECK_TIMEOUT_MS 5000

struct options {
    char *ovsdb;                /* The Open_vSwitch database. */
    char *unixctl;              /* Control socket; NULL for the default. */
    bool check;                 /* Only check the configuration. */
    bool ssl;                   /* Certificates are on the command line. */
};

static void parse_options(int argc, char *argv[], const struct nved_program *,
                          struct options *);
OVS_NO_RETURN static void check_and_exit(const struct nved_program *,
                                         const struct options *);
OVS_NO_RETURN static void usage(const struct nved_program *);

static void
unixctl_run(void *server)
{
    unixctl_server_run(server);
}

static void
unixctl_wait(void *server)
{
    unixctl_server_wait(server);
}

static void
exit_cb(struct unixctl_conn *conn, int argc OVS_UNUSED,
        const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    loop_stop();
    unixctl_command_reply(conn, NULL);
}

int
nved_main(int argc, char *argv[], const struct nved_program *program)
{
    struct unixctl_server *server;
    struct loop_task *task;
    struct options options;
    void *agent;
    int error;

    ovs_cmdl_proctitle_init(argc, argv);
    set_program_name(argv[0]);
    parse_options(argc, argv, program, &options);
    fatal_ignore_sigpipe();
    if (options.check) {
        check_and_exit(program, &options);
    }

    daemonize_start(false);
    error = unixctl_server_create(options.unixctl, &server);
    if (error) {
        exit(EXIT_FAILURE);
    }
    unixctl_command_register("exit", "", 0, 0, exit_cb, NULL);
    agent = program->create(options.ovsdb, !options.ssl);
    task = loop_task_create("unixctl", unixctl_run, unixctl_wait, server);
    daemonize_complete();
    VLOG_INFO("%s (%s) started", program_name, PACKAGE_STRING);

    loop_run();

    loop_task_destroy(task);
    program->destroy(agent);
    unixctl_server_destroy(server);
    free(options.ovsdb);
    free(options.unixctl);
    return 0;
}

/* Checks the configuration, says what came of it, and exits: with 0 only if
 * it is good. */
static void
check_and_exit(const struct nved_program *program,
               const struct options *options)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    char *error = program->check(options->ovsdb, CHECK_TIMEOUT_MS, &s);

    if (error) {
        ovs_fatal(0, "%s", error);
    }
    fputs(ds_cstr(&s), stdout);
    exit(EXIT_SUCCESS);
}

enum {
    OPT_OVSDB = UCHAR_MAX + 1,
    OPT_UNIXCTL,
    DAEMON_OPTION_ENUMS,
    VLOG_OPTION_ENUMS,
    SSL_OPTION_ENUMS,
};

static const struct option long_options[] = {
    {"ovsdb", required_argument, NULL, OPT_OVSDB},
    {"unixctl", required_argument, NULL, OPT_UNIXCTL},
    {"check", no_argument, NULL, 'n'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    DAEMON_LONG_OPTIONS,
    VLOG_LONG_OPTIONS,
    STREAM_SSL_LONG_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* Takes in option 'c', one of this program's own. */
static void
parse_own_option(int c, const struct nved_program *program,
                 struct options *options)
{
    switch (c) {
    case OPT_OVSDB:
        free(options->ovsdb);
        options->ovsdb = xstrdup(optarg);
        break;
    case OPT_UNIXCTL:
        free(options->unixctl);
        options->unixctl = xstrdup(optarg);
        break;
    case 'n':
        options->check = true;
        break;
    case 'h':
        usage(program);
    case 'V':
        printf("%s (%s)\n", program_name, PACKAGE_STRING);
        exit(EXIT_SUCCESS);
    default:
        exit(EXIT_FAILURE);     /* getopt_long() said why. */
    }
}

static void
parse_options(int argc, char *argv[], const struct nved_program *program,
              struct options *options)
{
    char *short_options
        = ovs_cmdl_long_options_to_short_options(long_options);
    int c;

    *options = (struct options) { .ovsdb = NULL };
    while ((c = getopt_long(argc, argv, short_options, long_options,
                            NULL)) != -1) {
        options->ssl |= c == 'p' || c == 'c' || c == 'C';
        switch (c) {
        DAEMON_OPTION_HANDLERS
        VLOG_OPTION_HANDLERS
        STREAM_SSL_OPTION_HANDLERS
        default:
            parse_own_option(c, program, options);
            break;
        }
    }
    free(short_options);

    if (optind < argc) {
        ovs_fatal(0, "%s: no arguments are expected; use --help for help",
                  argv[optind]);
    }
    if (!options->ovsdb) {
        options->ovsdb = xasprintf("unix:%s/db.sock", ovs_rundir());
    }
    if (stream_verify_name(options->ovsdb)) {
        ovs_fatal(0, "--ovsdb=%s: not a database: write unix:FILE or "
                  "tcp:HOST:PORT", options->ovsdb);
    }
}

static void
usage(const struct nved_program *program)
{
    printf("%s: %s\n"
           "usage: %s [OPTIONS]\n"
           "\n"
           "  --ovsdb=DATABASE    the local Open_vSwitch database\n"
           "                      (default: unix:%s/db.sock)\n"
           "  -n, --check         check the configuration and exit\n"
           "\n"
           "What to do is configured in external_ids:nvo3-* of the "
           "Open_vSwitch row;\nsee %s(8).\n",
           program_name, program->summary, program_name, ovs_rundir(),
           program_name);
    stream_usage("DATABASE", true, false, false);
    daemon_usage();
    vlog_usage();
    printf("\nOther options:\n"
           "  --unixctl=SOCKET    override default control socket name\n"
           "  -h, --help          display this help message\n"
           "  -V, --version       display version information\n");
    exit(EXIT_SUCCESS);
}
