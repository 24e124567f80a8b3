/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVO3_CTL_OPTIONS_H
#define NVO3_CTL_OPTIONS_H 1

/* The command line of nvo3-ctl: options, help, and the table of all families
 * of commands.
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

#include "nvo3-ctl-wait.h"
#include "table.h"

struct nctl_family;
struct shash;
struct svec;

/* All families, in the order of the help. */
extern const struct nctl_family *const nctl_families[];
extern const size_t nctl_n_families;

/* The environment variable that --db is taken from. */
#define NCTL_DB_VARIABLE "NVO3_DB"

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
    enum nctl_wait wait;        /* What to wait for after the commit. */
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

#endif /* nvo3-ctl-options.h */
