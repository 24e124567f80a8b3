/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nctl-options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "db-ctl-base.h"
#include "dirs.h"
#include "nctl.h"
#include "openvswitch/vlog.h"
#include "stream-ssl.h"
#include "stream.h"
#include "svec.h"
#include "util.h"

/* The longest --timeout, in seconds. */
#define TIMEOUT_MAX (INT_MAX / 1000)

static void options_first(int argc, char *argv[], const struct option *,
                          struct svec *);
static void parse_words(struct svec *words, const struct option *global,
                        const struct option *, struct nctl_settings *,
                        struct shash *local_options);

enum {
    OPT_DB = UCHAR_MAX + 1,
    OPT_ONELINE,
    OPT_NO_SYSLOG,
    OPT_DRY_RUN,
    OPT_RETRY,
    OPT_LEADER_ONLY,
    OPT_NO_LEADER_ONLY,
    OPT_SHUFFLE_REMOTES,
    OPT_NO_SHUFFLE_REMOTES,
    OPT_COMMANDS,
    OPT_OPTIONS,
    OPT_BOOTSTRAP_CA_CERT,
    OPT_LOCAL,
    VLOG_OPTION_ENUMS,
    TABLE_OPTION_ENUMS,
    SSL_OPTION_ENUMS,
};

/* Returns a new copy of the remote to use if --db is not given. */
static char *
default_db(void)
{
    const char *db = getenv(nctl_program->db_variable);

    return (db && db[0]
            ? xstrdup(db)
            : xasprintf("unix:%s/%s", ovs_rundir(), nctl_program->socket));
}

/* Returns the seconds after which to give up if --timeout is not given, or
 * 0. */
static unsigned int
default_timeout(void)
{
    const char *env = getenv("OVS_CTL_TIMEOUT");
    unsigned int timeout;

    return (env && str_to_uint(env, 10, &timeout) && timeout <= TIMEOUT_MAX
            ? timeout
            : 0);
}

static void
print_help(void)
{
    char *db = default_db();

    printf("%s: %s\n"
           "usage: %s [OPTIONS] COMMAND [ARG...] [-- COMMAND [ARG...]]...\n\n",
           program_name, nctl_program->title, program_name);
    for (size_t i = 0; nctl_program->families[i]; i++) {
        if (nctl_program->families[i]->help[0]) {
            printf("%s\n", nctl_program->families[i]->help);
        }
    }
    printf("%s%s\n", ctl_get_db_cmd_usage(), ctl_list_db_tables_usage());
    printf("\
%s\n\
Options:\n\
  --db=DATABASE               connect to DATABASE\n\
                              (default: $%s, or %s)\n\
%s\
  -t, --timeout=SECS          give up after SECS seconds\n\
  --retry                     keep trying to connect to the server\n\
  --dry-run                   do not change the database\n\
  --oneline                   print exactly one line for each command\n\
  --no-leader-only            accept any server of a cluster\n\
  --no-shuffle-remotes        try the servers in the order given\n",
           nctl_program->names_help, nctl_program->db_variable, db,
           nctl_program->options_help);
    table_usage();
    vlog_usage();
    printf("\
  --no-syslog                 equivalent to --verbose=syslog:warn\n");
    stream_usage("database", true, true, true);
    printf("\n\
Other options:\n\
  --commands                  print the commands, for completion\n\
  --options                   print the options, for completion\n\
  -h, --help                  display this help message\n\
  -V, --version               display version information\n");
    free(db);
    exit(EXIT_SUCCESS);
}

static void
print_version(void)
{
    ovs_print_version(0, 0);
    printf("DB Schema %s\n", nctl_program->schema_version());
    exit(EXIT_SUCCESS);
}

static const struct option global_options[] = {
    {"db", required_argument, NULL, OPT_DB},
    {"no-syslog", no_argument, NULL, OPT_NO_SYSLOG},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"oneline", no_argument, NULL, OPT_ONELINE},
    {"timeout", required_argument, NULL, 't'},
    {"retry", no_argument, NULL, OPT_RETRY},
    {"leader-only", no_argument, NULL, OPT_LEADER_ONLY},
    {"no-leader-only", no_argument, NULL, OPT_NO_LEADER_ONLY},
    {"shuffle-remotes", no_argument, NULL, OPT_SHUFFLE_REMOTES},
    {"no-shuffle-remotes", no_argument, NULL, OPT_NO_SHUFFLE_REMOTES},
    {"help", no_argument, NULL, 'h'},
    {"commands", no_argument, NULL, OPT_COMMANDS},
    {"options", no_argument, NULL, OPT_OPTIONS},
    {"version", no_argument, NULL, 'V'},
    VLOG_LONG_OPTIONS,
    TABLE_LONG_OPTIONS,
    STREAM_SSL_LONG_OPTIONS,
    {"bootstrap-ca-cert", required_argument, NULL, OPT_BOOTSTRAP_CA_CERT},
    {NULL, 0, NULL, 0},
};

/* Returns how many options there are in 'options'. */
static size_t
count_options(const struct option *options)
{
    size_t n = 0;

    while (options[n].name) {
        n++;
    }
    return n;
}

/* Returns a new array, to be freed, of the options that all programs have and
 * those of this program. */
static struct option *
all_global_options(void)
{
    size_t n_common = ARRAY_SIZE(global_options) - 1;
    size_t n_own = count_options(nctl_program->options);
    struct option *all = xmalloc((n_common + n_own + 1) * sizeof *all);

    memcpy(all, global_options, n_common * sizeof *all);
    memcpy(&all[n_common], nctl_program->options, (n_own + 1) * sizeof *all);
    return all;
}

/* Handles option 'c' if it is one that prints something and ends the
 * program. */
static void
handle_printing_option(int c, const struct option *options)
{
    switch (c) {
    case 'h':
        print_help();
        OVS_NOT_REACHED();

    case OPT_COMMANDS:
        ctl_print_commands();
        exit(EXIT_SUCCESS);

    case OPT_OPTIONS:
        ctl_print_options(options);
        exit(EXIT_SUCCESS);

    case 'V':
        print_version();
        OVS_NOT_REACHED();
    }
}

/* Handles option 'c', if it is one of libopenvswitch's. */
static void
handle_library_option(int c, struct nctl_settings *s)
{
    switch (c) {
    VLOG_OPTION_HANDLERS
    TABLE_OPTION_HANDLERS(&s->style)
    STREAM_SSL_OPTION_HANDLERS

    case OPT_BOOTSTRAP_CA_CERT:
        stream_ssl_set_ca_cert_file(optarg, true);
        break;

    case OPT_NO_SYSLOG:
        vlog_set_levels(NULL, VLF_SYSLOG, VLL_WARN);
        break;
    }
}

/* Handles option 'c', if it is one of the settings. */
static void
handle_setting(int c, struct nctl_settings *s)
{
    switch (c) {
    case OPT_DB:
        free(s->db);
        s->db = xstrdup(optarg);
        break;

    case OPT_ONELINE:
        s->oneline = true;
        break;

    case OPT_DRY_RUN:
        s->dry_run = true;
        break;

    case OPT_RETRY:
        s->retry = true;
        break;

    case OPT_LEADER_ONLY:
    case OPT_NO_LEADER_ONLY:
        s->leader_only = c == OPT_LEADER_ONLY;
        break;

    case OPT_SHUFFLE_REMOTES:
    case OPT_NO_SHUFFLE_REMOTES:
        s->shuffle_remotes = c == OPT_SHUFFLE_REMOTES;
        break;

    case 't':
        if (!str_to_uint(optarg, 10, &s->timeout) || !s->timeout
            || s->timeout > TIMEOUT_MAX) {
            ctl_fatal("--timeout=%s: write a number of seconds", optarg);
        }
        break;
    }
}

/* Handles the option 'name' of a command. */
static void
handle_local_option(const char *name, struct shash *local_options)
{
    char *key = xasprintf("--%s", name);

    if (shash_find(local_options, key)) {
        ctl_fatal("%s is given twice", key);
    }
    shash_add_nocopy(local_options, key, nullable_xstrdup(optarg));
}

void
nctl_parse_options(int argc, char *argv[], struct nctl_settings *s,
                   struct shash *local_options, struct svec *words)
{
    struct option *global = all_global_options();
    size_t n_global = count_options(global);
    size_t n_options = n_global;
    size_t allocated_options = n_global + 1;
    struct option *options = xmemdup(global, (n_global + 1) * sizeof *global);

    *s = (struct nctl_settings) {
        .leader_only = true,
        .shuffle_remotes = true,
        .style = TABLE_STYLE_DEFAULT,
    };
    s->style.format = NCTL_FORMAT_UNSET;

    ctl_add_cmd_options(&options, &n_options, &allocated_options, OPT_LOCAL);
    options_first(argc, argv, options, words);
    parse_words(words, global, options, s, local_options);
    if (!s->db) {
        s->db = default_db();
    }
    if (!s->timeout) {
        s->timeout = default_timeout();
    }

    for (size_t i = n_global; options[i].name; i++) {
        free(CONST_CAST(char *, options[i].name));
    }
    free(options);
    free(global);
}

void
nctl_settings_uninit(struct nctl_settings *s)
{
    free(s->db);
}

/* Parses 'words', the whole command line, up to the first command, and
 * leaves the rest in it.  'options' are the 'global' ones and those of
 * commands. */
static void
parse_words(struct svec *words, const struct option *global,
            const struct option *options, struct nctl_settings *s,
            struct shash *local_options)
{
    char *letters = ovs_cmdl_long_options_to_short_options(global);
    char short_options[64];
    int idx, c;

    ovs_strlcpy(short_options, "+", sizeof short_options);
    ovs_assert(strlen(letters) < sizeof short_options - 1);
    strcat(short_options, letters);
    free(letters);
    svec_terminate(words);
    while ((c = getopt_long((int) words->n, words->names, short_options,
                            options, &idx)) != -1) {
        if (c == '?') {
            exit(EXIT_FAILURE);
        } else if (c == OPT_LOCAL) {
            handle_local_option(options[idx].name, local_options);
        } else if (c >= NCTL_OPT_OWN) {
            nctl_program->handle_option(c);
        } else {
            handle_printing_option(c, global);
            handle_library_option(c, s);
            handle_setting(c, s);
        }
    }

    for (int i = 0; i < optind; i++) {
        free(words->names[i]);
    }
    words->n -= (size_t) optind;
    memmove(words->names, &words->names[optind],
            words->n * sizeof *words->names);
    svec_terminate(words);
}


/* Options behind a command.
 *
 * db-ctl-base wants the options of a command before its name, and would take
 * "vn-add red --open" for a VN with the alias "--open".  So here they are
 * moved to where it wants them. */

/* Returns true if 'word' is a long option that wants an argument, and has
 * none after a "=". */
static bool
wants_argument(const char *word, const struct option *options)
{
    for (const struct option *o = options; o->name; o++) {
        if (!strcmp(o->name, word + 2)) {
            return o->has_arg == required_argument;
        }
    }
    return false;
}

/* Stores in '*words' the words of 'argv' with the long options of each
 * command before the command. */
static void
options_first(int argc, char *argv[], const struct option *options,
              struct svec *words)
{
    struct svec others = SVEC_EMPTY_INITIALIZER;

    svec_init(words);
    svec_add(words, argv[0]);
    for (int i = 1; i <= argc; i++) {
        const char *word = i < argc ? argv[i] : NULL;

        if (!word || !strcmp(word, "--")) {
            svec_append(words, &others);
            svec_clear(&others);
            if (word) {
                svec_add(words, word);
            }
        } else if (strncmp(word, "--", 2)) {
            svec_add(&others, word);
        } else if (wants_argument(word, options)) {
            if (i + 1 >= argc || !strcmp(argv[i + 1], "--")) {
                ctl_fatal("%s wants an argument, as in %s=...", word, word);
            }
            svec_add_nocopy(words, xasprintf("%s=%s", word, argv[++i]));
        } else {
            svec_add(words, word);
        }
    }
    svec_destroy(&others);
}
