/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NCTL_OPTIONS_H
#define NCTL_OPTIONS_H 1

/* The command line of a program (nctl.h): options and help.
 *
 *     nctl_parse_options(argc, argv, &settings, &local_options, &words);
 *     ctl_parse_commands(words.n, words.names, &local_options, ...);
 *     ...
 *     nctl_settings_uninit(&settings);
 *     svec_destroy(&words);
 *
 * No threads. */

#include <stdbool.h>
#include <stddef.h>

#include "table.h"

struct shash;
struct svec;

/* The format of tables if none was asked for: each command has its own. */
#define NCTL_FORMAT_UNSET ((enum table_format) -1)

/* What the options say. */
struct nctl_settings {
    char *db;                   /* The database's remote. */
    bool oneline;               /* Each command's output in one line? */
    bool dry_run;               /* Leave the database as it is? */
    bool retry;                 /* Keep trying to connect? */
    bool leader_only;           /* Only the leader of a cluster? */
    bool shuffle_remotes;       /* Try the remotes in random order? */
    unsigned int timeout;       /* Seconds, or 0 for no limit. */
    struct table_style style;   /* Perhaps NCTL_FORMAT_UNSET. */
};

/* Parses the command line into '*s', which the caller must end with
 * nctl_settings_uninit(), the options of the first command into
 * 'local_options', which must be empty, and the commands into '*words', which
 * the caller must destroy.  Ends the program after --help and the like, and
 * with a message if an option is wrong. */
void nctl_parse_options(int argc, char *argv[], struct nctl_settings *s,
                        struct shash *local_options, struct svec *words);

/* Frees what 's' owns. */
void nctl_settings_uninit(struct nctl_settings *s);

#endif /* nctl-options.h */
