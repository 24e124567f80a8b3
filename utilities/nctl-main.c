/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* In order: options, the replica of the database, one transaction with all
 * commands in it, output, waiting. */

#include <config.h>

#include "nctl.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db-ctl-base.h"
#include "fatal-signal.h"
#include "nctl-options.h"
#include "nctl-row.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-data.h"
#include "ovsdb-idl.h"
#include "process.h"
#include "svec.h"
#include "table.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nctl);

const struct nctl_program *nctl_program;

/* One run of the program. */
struct run {
    const struct nctl_settings *settings;
    char *args;                 /* The command line, for the record. */
    struct ctl_command *commands;
    size_t n_commands;
    struct ovsdb_idl *idl;
    long long int deadline;     /* As time_msec() tells it, or LLONG_MAX. */
};

/* The replica and the transaction, for exit_with() only. */
static struct ovsdb_idl *the_idl;
static struct ovsdb_idl_txn *the_txn;

static void run_prerequisites(struct run *);
static void run_until_done(struct run *);
static void print_output(struct run *);
OVS_NO_RETURN static void exit_with(int status);

int
nctl_main(int argc, char *argv[], const struct nctl_program *program)
{
    struct nctl_settings settings;
    struct shash local_options = SHASH_INITIALIZER(&local_options);
    struct run run = { .settings = &settings, .deadline = LLONG_MAX };
    struct svec words;
    char *error;

    nctl_program = program;
    ovs_set_program_name(argv[0], PACKAGE_VERSION);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_CONSOLE, VLL_WARN);
    vlog_set_levels_from_string_assert("reconnect:warn");

    ctl_init__(program->idl_class, program->row_ids, NULL, exit_with);
    for (size_t i = 0; program->families[i]; i++) {
        ctl_register_commands(program->families[i]->commands);
    }

    nctl_parse_options(argc, argv, &settings, &local_options, &words);
    run.args = process_escape_args(argv);
    error = ctl_parse_commands((int) words.n, words.names, &local_options,
                               &run.commands, &run.n_commands);
    if (error) {
        ctl_fatal("%s", error);
    }
    VLOG(ctl_might_write_to_db(run.commands, run.n_commands)
         ? VLL_INFO : VLL_DBG, "called as %s", run.args);

    if (settings.timeout) {
        /* The alarm is for what blocks without looking at the deadline. */
        run.deadline = time_msec() + settings.timeout * 1000LL;
        ctl_timeout_setup(settings.timeout + 1);
    }
    run.idl = the_idl
        = ovsdb_idl_create_unconnected(program->idl_class, false);
    ovsdb_idl_set_shuffle_remotes(run.idl, settings.shuffle_remotes);
    ovsdb_idl_set_remote(run.idl, settings.db, settings.retry);
    ovsdb_idl_set_leader_only(run.idl, settings.leader_only);
    run_prerequisites(&run);
    run_until_done(&run);

    ovsdb_idl_destroy(run.idl);
    free(run.commands);
    free(run.args);
    nctl_settings_uninit(&settings);
    svec_destroy(&words);
    return EXIT_SUCCESS;
}


/* Running the commands. */

/* Lets each command say which part of the database it needs. */
static void
run_prerequisites(struct run *run)
{
    if (nctl_program->waiting->need) {
        nctl_program->waiting->need(run->idl);
    }
    for (size_t i = 0; i < run->n_commands; i++) {
        struct ctl_command *c = &run->commands[i];
        struct ctl_context ctx;

        if (c->syntax->prerequisites) {
            ds_init(&c->output);
            c->table = NULL;
            ctl_context_init(&ctx, c, run->idl, NULL, NULL, NULL);
            c->syntax->prerequisites(&ctx);
            if (ctx.error) {
                ctl_fatal("%s", ctx.error);
            }
            ctl_context_done(&ctx, c);
        }
    }
}

/* Runs all commands in 'txn'.  Returns false if one of them wants to be run
 * again when the database has changed. */
static bool
run_commands(struct run *run, struct ovsdb_idl_txn *txn,
             struct ovsdb_symbol_table *symtab)
{
    struct ctl_context ctx;
    bool again = false;

    ctl_context_init(&ctx, NULL, run->idl, txn, symtab, NULL);
    for (size_t i = 0; i < run->n_commands && !again; i++) {
        struct ctl_command *c = &run->commands[i];

        ctl_context_init_command(&ctx, c, i == run->n_commands - 1);
        if (c->syntax->run) {
            c->syntax->run(&ctx);
        }
        if (ctx.error) {
            ctl_fatal("%s", ctx.error);
        }
        again = ctx.try_again;
        ctl_context_done_command(&ctx, c);
    }
    if (!again && nctl_program->waiting->built
        && ctl_might_write_to_db(run->commands, run->n_commands)) {
        nctl_program->waiting->built(&ctx);
        if (ctx.error) {
            ctl_fatal("%s", ctx.error);
        }
    }
    ctl_context_done(&ctx, NULL);
    return !again;
}

/* Lets the commands add to their output what is known only now. */
static void
run_postprocess(struct run *run, struct ovsdb_idl_txn *txn,
                struct ovsdb_symbol_table *symtab)
{
    for (size_t i = 0; i < run->n_commands; i++) {
        struct ctl_command *c = &run->commands[i];
        struct ctl_context ctx;

        if (c->syntax->postprocess) {
            ctl_context_init(&ctx, c, run->idl, txn, symtab, NULL);
            c->syntax->postprocess(&ctx);
            if (ctx.error) {
                ctl_fatal("%s", ctx.error);
            }
            ctl_context_done(&ctx, c);
        }
    }
}

/* Ends the program if a command refers to a row that no command made, and
 * warns of rows that were made in vain. */
static void
check_symbols(const struct ovsdb_symbol_table *symtab)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &symtab->sh) {
        const struct ovsdb_symbol *symbol = node->data;

        if (!symbol->created) {
            ctl_fatal("row id \"%s\" is used but no row has it; make the row "
                      "with \"-- --id=%s create ...\"", node->name,
                      node->name);
        } else if (!symbol->strong_ref) {
            VLOG_WARN("row id \"%s\": the new row vanishes at once if its "
                      "table keeps only rows that others refer to",
                      node->name);
        }
    }
}

/* Returns true if the transaction is through, false if it must be built
 * again.  Ends the program if it failed for good. */
static bool
check_commit(enum ovsdb_idl_txn_status status,
             const struct ovsdb_idl_txn *txn)
{
    switch (status) {
    case TXN_UNCHANGED:
    case TXN_SUCCESS:
        return true;

    case TXN_TRY_AGAIN:
        return false;

    case TXN_ERROR:
        ctl_fatal("transaction error: %s", ovsdb_idl_txn_get_error(txn));

    case TXN_ABORTED:
    case TXN_NOT_LOCKED:
    case TXN_UNCOMMITTED:
    case TXN_INCOMPLETE:
    default:
        OVS_NOT_REACHED();
    }
}

/* Frees what the commands have put out so far, before they run again. */
static void
discard_output(struct run *run)
{
    for (size_t i = 0; i < run->n_commands; i++) {
        struct ctl_command *c = &run->commands[i];

        ds_destroy(&c->output);
        table_destroy(c->table);
        free(c->table);
        c->table = NULL;
    }
}

/* Tries to do all that was asked for, in one transaction.  Returns false if
 * that must be tried again when the database has changed. */
static bool
try_once(struct run *run)
{
    struct ovsdb_symbol_table *symtab = ovsdb_symbol_table_create();
    struct ovsdb_idl_txn *txn = the_txn = ovsdb_idl_txn_create(run->idl);
    const struct nctl_waiting *waiting = nctl_program->waiting;
    bool done;

    waiting->start();
    if (run->settings->dry_run) {
        ovsdb_idl_txn_set_dry_run(txn);
    }
    ovsdb_idl_txn_add_comment(txn, "%s", run->args);
    for (size_t i = 0; i < run->n_commands; i++) {
        ds_init(&run->commands[i].output);
        run->commands[i].table = NULL;
    }

    done = run_commands(run, txn, symtab);
    if (done) {
        check_symbols(symtab);
        done = check_commit(ovsdb_idl_txn_commit_block(txn), txn);
    } else {
        ovsdb_idl_txn_abort(txn);
    }
    if (done) {
        run_postprocess(run, txn, symtab);
        if (!run->settings->dry_run && waiting->committed) {
            waiting->committed(txn);
        }
    }
    ovsdb_symbol_table_destroy(symtab);
    ovsdb_idl_txn_destroy(txn);
    the_txn = NULL;

    if (done) {
        print_output(run);
        if (!run->settings->dry_run) {
            char *error = waiting->block(run->idl, run->deadline);

            if (error) {
                ctl_fatal("%s", error);
            }
        }
    } else {
        discard_output(run);
    }
    waiting->stop();
    return done;
}

/* Ends the program with a message about a connection that is gone. */
OVS_NO_RETURN static void
connection_failed(const struct run *run)
{
    int error = ovsdb_idl_get_last_error(run->idl);

    char *reason = (error
                    ? xstrdup(ovs_retval_to_string(error))
                    : xasprintf("the server has no database \"%s\"",
                                nctl_program->database));

    ctl_fatal("%s: no connection to the database (%s); is ovsdb-server "
              "there? --db or $%s says where to look", run->settings->db,
              reason, nctl_program->db_variable);
}

static void
run_until_done(struct run *run)
{
    unsigned int seqno = ovsdb_idl_get_seqno(run->idl);

    for (;;) {
        ovsdb_idl_run(run->idl);
        if (!ovsdb_idl_is_alive(run->idl)) {
            connection_failed(run);
        }
        if (seqno != ovsdb_idl_get_seqno(run->idl)) {
            /* There is no point in trying twice what the same contents of
             * the database have made fail. */
            seqno = ovsdb_idl_get_seqno(run->idl);
            if (try_once(run)) {
                return;
            }
        }
        if (time_msec() >= run->deadline) {
            ctl_fatal("%s: gave up after %u seconds", run->settings->db,
                      run->settings->timeout);
        }
        if (seqno == ovsdb_idl_get_seqno(run->idl)) {
            ovsdb_idl_wait(run->idl);
            if (run->deadline != LLONG_MAX) {
                poll_timer_wait_until(run->deadline);
            }
            poll_block();
        }
    }
}


/* Output. */

/* Returns true if 'syntax' is one of the program's own commands. */
static bool
is_own_command(const struct ctl_command_syntax *syntax)
{
    for (size_t i = 0; nctl_program->families[i]; i++) {
        const struct ctl_command_syntax *s
            = nctl_program->families[i]->commands;

        while (s->name && s != syntax) {
            s++;
        }
        if (s->name) {
            return true;
        }
    }
    return false;
}

static void
print_oneline(struct ds *out)
{
    ds_chomp(out, '\n');
    for (size_t i = 0; i < out->length; i++) {
        int c = out->string[i];

        if (c == '\n') {
            fputs("\\n", stdout);
        } else if (c == '\\') {
            fputs("\\\\", stdout);
        } else {
            putchar(c);
        }
    }
    putchar('\n');
}

/* Prints the output of all commands and frees it and their options. */
static void
print_output(struct run *run)
{
    for (size_t i = 0; i < run->n_commands; i++) {
        struct ctl_command *c = &run->commands[i];
        struct table_style style = run->settings->style;

        if (style.format == NCTL_FORMAT_UNSET) {
            style.format = is_own_command(c->syntax) ? TF_TABLE : TF_LIST;
        }
        if (c->table) {
            table_print(c->table, &style);
        } else if (run->settings->oneline) {
            print_oneline(&c->output);
        } else {
            fputs(ds_cstr(&c->output), stdout);
        }
        shash_destroy_free_data(&c->options);
    }
    discard_output(run);
    fflush(stdout);
}

/* Ends the program in the middle of whatever it does. */
static void
exit_with(int status)
{
    if (the_txn) {
        ovsdb_idl_txn_abort(the_txn);
        ovsdb_idl_txn_destroy(the_txn);
    }
    ovsdb_idl_destroy(the_idl);
    exit(status);
}


/* The rest of nctl.h. */

void
nctl_need_global(struct ctl_context *ctx)
{
    nctl_need(ctx, nctl_program->global_table);
}

const struct ovsdb_idl_row *
nctl_global_row(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *row
        = nctl_first(ctx, nctl_program->global_table);

    if (!row) {
        ctl_error(ctx, "the database is empty; run \"%s init\" first",
                  program_name);
    }
    return row;
}

bool
nctl_wait_until(struct ovsdb_idl *idl,
                bool (*is_done)(const struct ovsdb_idl *, const void *aux),
                const void *aux, long long int deadline)
{
    /* From here on a lost connection is no reason to give up. */
    ovsdb_idl_enable_reconnect(idl);
    for (;;) {
        ovsdb_idl_run(idl);
        if (is_done(idl, aux)) {
            return true;
        }
        if (time_msec() >= deadline) {
            return false;
        }
        ovsdb_idl_wait(idl);
        if (deadline != LLONG_MAX) {
            poll_timer_wait_until(deadline);
        }
        poll_block();
    }
}
