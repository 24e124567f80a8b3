/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NCTL_H
#define NCTL_H 1

/* libnctl: what the command line tools for this project's databases share.
 *
 * Such a tool runs all the commands of its command line in one transaction on
 * its database, by way of libopenvswitch's db-ctl-base.  It is a struct
 * nctl_program and a main() that is one line:
 *
 *     return nctl_main(argc, argv, &program);
 *
 * A family of commands (all about VNs, say) is one file that defines a struct
 * nctl_family; the program has the table of its families.
 *
 * Beside this header: nctl-args.h reads arguments, nctl-output.h makes tables,
 * nctl-row.h and nctl-role.h work on the tables that all these databases
 * have, nctl-options.h is the command line.
 *
 * A command reports a user's mistake with ctl_error() and returns; nothing of
 * the transaction then takes place.  Within one transaction commands see what
 * earlier ones did.  A command may run again if the database changed
 * meanwhile.
 *
 * No threads. */

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/compiler.h"

struct ctl_command_syntax;
struct ctl_context;
struct ctl_table_class;
struct option;
struct ovsdb_idl;
struct ovsdb_idl_class;
struct ovsdb_idl_row;
struct ovsdb_idl_txn;

/* A family of commands. */
struct nctl_family {
    const struct ctl_command_syntax *commands; /* Ends with a null name. */
    const char *help;           /* A heading and a line for each command. */
};

/* Commands about the server's own connections and keys. */
extern const struct nctl_family nctl_connection_family;

/* How a program waits for what others make of its transaction.  In the order
 * of the calls; need, built and committed may be NULL: */
struct nctl_waiting {
    /* Adds what is read while waiting to the replica. */
    void (*need)(struct ovsdb_idl *);

    /* A transaction is begun, perhaps not the first: forgets what commands
     * noted before. */
    void (*start)(void);

    /* All commands are through, and some of them may write: the last chance
     * to add to the transaction, or to set an error. */
    void (*built)(struct ctl_context *);

    /* The transaction is committed. */
    void (*committed)(const struct ovsdb_idl_txn *);

    /* Waits until all is well, or until 'deadline', a time in ms as
     * time_msec() tells it, or LLONG_MAX for none.  Returns NULL, or a new
     * message, to be freed, that says what was refused or did not come. */
    char *(*block)(struct ovsdb_idl *, long long int deadline);

    /* Frees what start() and all since have allocated. */
    void (*stop)(void);
};

/* The values of a program's own options in 'struct option' begin here. */
enum { NCTL_OPT_OWN = 0x1000 };

/* A program.  All of it is constant. */
struct nctl_program {
    const char *title;          /* "NVO3 database management utility" */
    const char *database;       /* "nvo3" */
    const char *global_table;   /* "NVO3_Global", which init makes. */
    const char *db_variable;    /* "NVO3_DB", which --db is taken from. */
    const char *socket;         /* "nvo3.sock", which --db is otherwise. */
    const char *roles;          /* Whose role is which, in words. */

    const struct ovsdb_idl_class *idl_class;
    const struct ctl_table_class *row_ids; /* A row of each table's names. */
    const char *(*schema_version)(void);

    const struct nctl_family *const *families; /* Up to NULL, as in help. */
    const char *names_help;     /* About the names in the commands. */

    const struct option *options; /* Its own, up to a null name. */
    const char *options_help;
    void (*handle_option)(int c); /* 'c' is NCTL_OPT_OWN or more, and its
                                   * argument is in 'optarg'. */

    const struct nctl_waiting *waiting;
};

/* The program that runs. */
extern const struct nctl_program *nctl_program;

/* Does all that the command line says.  Returns the exit status, or ends the
 * program with a message if something is wrong. */
int nctl_main(int argc, char *argv[], const struct nctl_program *program);

/* Adds the global table to the replica of 'ctx'. */
void nctl_need_global(struct ctl_context *ctx);

/* Returns the row of the global table, or NULL with an error that says to run
 * "init". */
const struct ovsdb_idl_row *nctl_global_row(struct ctl_context *ctx);

/* Follows the database until 'is_done' returns true for it and 'aux', or until
 * 'deadline', as in struct nctl_waiting.  Returns false if that came first.
 * A connection that is lost is opened again. */
bool nctl_wait_until(struct ovsdb_idl *idl,
                     bool (*is_done)(const struct ovsdb_idl *,
                                     const void *aux),
                     const void *aux, long long int deadline);

#endif /* nctl.h */
