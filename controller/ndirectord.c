/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* ndirectord: the nDirector daemon, see ndirectord(8). */

#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "command-line.h"
#include "controller/ctl.h"
#include "controller/director.h"
#include "controller/wire.h"
#include "daemon.h"
#include "dirs.h"
#include "fatal-signal.h"
#include "lib/loop.h"
#include "lib/nvo3-addr.h"
#include "openvswitch/vlog.h"
#include "stream-ssl.h"
#include "stream.h"
#include "svec.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ndirectord);

#define DEFAULT_LISTEN "ptcp:6653:127.0.0.1"

struct options {
    char *db;
    char *name;
    char *unixctl;              /* NULL: the default place. */
    struct svec listen;
    int audit_interval;         /* s; 0 for the default, < 0 for never. */
    unsigned int queue_limit;   /* Bytes; 0 for the default. */
    bool check_only;
};

static void parse_options(int argc, char *argv[], struct options *);
static void check_options(const struct options *);
static void complete_options(struct options *);
static void free_options(struct options *);
static void raise_file_limit(void);
static void usage(void);

int
main(int argc, char *argv[])
{
    struct options options = { .listen = SVEC_EMPTY_INITIALIZER };
    struct director *director;
    struct ctl *ctl;
    char *error;
    int status;

    /* Options. */
    ovs_cmdl_proctitle_init(argc, argv);
    ovs_set_program_name(argv[0], PACKAGE_VERSION);
    parse_options(argc, argv, &options);
    complete_options(&options);
    check_options(&options);
    if (options.check_only) {
        printf("%s: the configuration is good\n", program_name);
        free_options(&options);
        return EXIT_SUCCESS;
    }

    /* Daemon.  The event loop must not see fork(). */
    service_start(&argc, &argv);
    fatal_ignore_sigpipe();
    raise_file_limit();
    daemonize_start(false);

    /* Sockets are opened while an error can still be told to who started us,
     * but nobody is let in before the epoch is ours. */
    const struct director_config config = {
        .db_remote = options.db,
        .name = options.name,
        .queue_limit = options.queue_limit,
        .audit_interval_ms = options.audit_interval * 1000,
    };
    director = director_create(&config);
    for (size_t i = 0; i < options.listen.n; i++) {
        error = director_listen(director, options.listen.names[i]);
        if (error) {
            ovs_fatal(0, "%s", error);
        }
    }
    ctl = ctl_create(options.unixctl, director, &error);
    if (!ctl) {
        ovs_fatal(0, "%s", error);
    }
    daemonize_complete();

    loop_run();

    /* Datapaths stay as they are. */
    status = director_exit_status(director);
    ctl_destroy(ctl);
    director_destroy(director);
    free_options(&options);
    service_stop();
    return status;
}

static void
free_options(struct options *options)
{
    svec_destroy(&options->listen);
    free(options->db);
    free(options->name);
    free(options->unixctl);
}

/* Reads 'arg', the value of option 'name', a number from 'min' to INT_MAX. */
static int
parse_number(const char *name, const char *arg, int min)
{
    int value;

    if (!str_to_int(arg, 10, &value) || value < min) {
        ovs_fatal(0, "--%s=%s: must be a number of at least %d (see --help)",
                  name, arg, min);
    }
    return value;
}

static void
set_string(char **string, const char *value)
{
    free(*string);
    *string = xstrdup(value);
}

static void
parse_options(int argc, char *argv[], struct options *options)
{
    enum {
        OPT_DB = UCHAR_MAX + 1,
        OPT_LISTEN,
        OPT_NAME,
        OPT_AUDIT_INTERVAL,
        OPT_QUEUE_LIMIT,
        OPT_UNIXCTL,
        DAEMON_OPTION_ENUMS,
        SSL_OPTION_ENUMS,
        VLOG_OPTION_ENUMS,
    };
    static const struct option long_options[] = {
        { "db", required_argument, NULL, OPT_DB },
        { "listen", required_argument, NULL, OPT_LISTEN },
        { "name", required_argument, NULL, OPT_NAME },
        { "audit-interval", required_argument, NULL, OPT_AUDIT_INTERVAL },
        { "queue-limit", required_argument, NULL, OPT_QUEUE_LIMIT },
        { "unixctl", required_argument, NULL, OPT_UNIXCTL },
        { "check", no_argument, NULL, 'n' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        DAEMON_LONG_OPTIONS,
        STREAM_SSL_LONG_OPTIONS,
        VLOG_LONG_OPTIONS,
        { NULL, 0, NULL, 0 },
    };
    char *long_short = ovs_cmdl_long_options_to_short_options(long_options);
    char *short_options = xasprintf("+%s", long_short);
    int c;

    while ((c = getopt_long(argc, argv, short_options, long_options, NULL))
           != -1) {
        switch (c) {
        case OPT_DB:
            set_string(&options->db, optarg);
            break;
        case OPT_LISTEN:
            svec_add(&options->listen, optarg);
            break;
        case OPT_NAME:
            set_string(&options->name, optarg);
            break;
        case OPT_AUDIT_INTERVAL:
            options->audit_interval = parse_number("audit-interval", optarg,
                                                   0);
            options->audit_interval = options->audit_interval
                ? MIN(options->audit_interval, INT_MAX / 1000) : -1;
            break;
        case OPT_QUEUE_LIMIT:
            options->queue_limit = parse_number("queue-limit", optarg, 65536);
            break;
        case OPT_UNIXCTL:
            set_string(&options->unixctl, optarg);
            break;
        case 'n':
            options->check_only = true;
            break;
        case 'h':
            usage();
            exit(EXIT_SUCCESS);
        case 'V':
            printf("%s (nDirector) %s\n", program_name, PACKAGE_VERSION);
            exit(EXIT_SUCCESS);
        DAEMON_OPTION_HANDLERS
        STREAM_SSL_OPTION_HANDLERS
        VLOG_OPTION_HANDLERS
        case '?':
            ovs_fatal(0, "see --help");
        default:
            abort();
        }
    }
    free(short_options);
    free(long_short);
    if (optind < argc) {
        ovs_fatal(0, "%s: not understood: there are only options (see "
                  "--help)", argv[optind]);
    }
}

/* Fills in what was not given. */
static void
complete_options(struct options *options)
{
    if (!options->db) {
        options->db = xasprintf("unix:%s/nvo3.sock", ovs_rundir());
    }
    if (!options->listen.n) {
        svec_add(&options->listen, DEFAULT_LISTEN);
    }
    if (!options->name) {
        char host[HOST_NAME_MAX + 1] = "";

        if (gethostname(host, sizeof host - 1) || !*host) {
            ovs_fatal(errno, "no host name to call this director by: use "
                      "--name");
        }
        options->name = xstrdup(host);
    }
}

/* Exits with a message if something in 'options' can not be. */
static void
check_options(const struct options *options)
{
    char *remotes = xstrdup(options->db);
    char *save_ptr = NULL;
    bool tls = false;

    for (char *remote = strtok_r(remotes, ",", &save_ptr); remote;
         remote = strtok_r(NULL, ",", &save_ptr)) {
        if (stream_verify_name(remote)) {
            ovs_fatal(0, "--db=%s: \"%s\" is not a database target: use "
                      "\"unix:FILE\", \"tcp:HOST:PORT\" or "
                      "\"ssl:HOST:PORT\"", options->db, remote);
        }
        tls = tls || !strncmp(remote, "ssl:", 4);
    }
    free(remotes);
    for (size_t i = 0; i < options->listen.n; i++) {
        const char *target = options->listen.names[i];
        char *error = wire_check_target(target);

        if (error) {
            ovs_fatal(0, "--listen=%s", error);
        }
        tls = tls || !strncmp(target, "pssl:", 5);
    }
    if (tls) {
        char *error = wire_check_tls();

        if (error) {
            ovs_fatal(0, "%s", error);
        }
    }
    if (!nvo3_name_is_valid(options->name)) {
        ovs_fatal(0, "--name: must be 1 to %d bytes of printable UTF-8",
                  NVO3_NAME_MAX);
    }
}

/* Every NVE takes a file descriptor, and the usual limit of 1,024 is meant for
 * programs that use select(). */
static void
raise_file_limit(void)
{
    struct rlimit limit;

    if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit)) {
            VLOG_WARN("could not raise the limit of open files (%s)",
                      ovs_strerror(errno));
        }
    }
}

static void
usage(void)
{
    printf("%s: nDirector daemon\n"
           "usage: %s [OPTIONS]\n"
           "Brings the networks that the NVO3 database describes into the "
           "datapaths\nthat connect to it by OpenFlow.\n"
           "\n"
           "  --db=REMOTE             NVO3 database\n"
           "                          (default unix:%s/nvo3.sock)\n"
           "  --listen=TARGET         where to listen for OpenFlow; may be "
           "repeated:\n"
           "                          ptcp:[PORT][:HOST], "
           "pssl:[PORT][:HOST], punix:FILE\n"
           "                          (default " DEFAULT_LISTEN ")\n"
           "  --name=NAME             name of this director "
           "(default: the host's)\n"
           "  --audit-interval=SECS   time between audits of a datapath, 0 "
           "for none\n"
           "                          (default 30)\n"
           "  --queue-limit=BYTES     most that waits for one datapath that "
           "reads slowly\n"
           "                          (default 4194304)\n"
           "  -n, --check             check the configuration and exit\n",
           program_name, program_name, ovs_rundir());
    daemon_usage();
    vlog_usage();
    printf("\nTLS options:\n"
           "  -p, --private-key=FILE  file with private key\n"
           "  -c, --certificate=FILE  file with certificate for private key\n"
           "  -C, --ca-cert=FILE      file with the certificate that peers' "
           "must be signed by\n"
           "  --ssl-protocols=PROTOS  TLS versions to use\n"
           "  --ssl-ciphers=CIPHERS   TLS ciphers to use\n"
           "\nOther options:\n"
           "  --unixctl=SOCKET        override default control socket name\n"
           "  -h, --help              display this help message\n"
           "  -V, --version           display version information\n");
}
