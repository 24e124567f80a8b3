/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Commands about the database server's own connections and keys.  They take
 * effect if ovsdb-server was told to look for them, with
 * --remote=db:DATABASE,GLOBAL-TABLE,connections and the like. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "db-ctl-base.h"
#include "nctl-args.h"
#include "nctl-row.h"
#include "nctl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "stream.h"
#include "svec.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nctl_connection);

static void
pre_connection(struct ctl_context *ctx)
{
    nctl_need_global(ctx);
    nctl_need(ctx, "Connection");
    nctl_need(ctx, "RBAC_Role");
}


/* Connections. */

/* What the words before a target say about it. */
struct connection_words {
    const char *role;
    bool read_only;
};

static void
cmd_get_connection(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *global = nctl_global_row(ctx);
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    char *line;
    size_t i;

    for (i = 0; global && i < nctl_get_n(global, "connections"); i++) {
        const struct ovsdb_idl_row *c = nctl_get_row(global, "connections", i);

        svec_add_nocopy(&lines, xasprintf("%s role=\"%s\" %s",
                                          nctl_get_bool(c, "read_only")
                                          ? "read-only" : "read-write",
                                          nctl_get_text(c, "role"),
                                          nctl_get_text(c, "target")));
    }
    svec_sort(&lines);
    SVEC_FOR_EACH (i, line, &lines) {
        ds_put_format(&ctx->output, "%s\n", line);
    }
    svec_destroy(&lines);
}

static void
cmd_del_connection(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *global = nctl_global_row(ctx);

    if (global) {
        nctl_set_rows(global, "connections", NULL, 0);
    }
}

/* Returns true if the database has a role called 'role', else sets an
 * error. */
static bool
check_role(struct ctl_context *ctx, const char *role)
{
    const struct ovsdb_idl_row *r;

    for (r = nctl_first(ctx, "RBAC_Role"); r; r = nctl_next(r)) {
        if (!strcmp(nctl_get_text(r, "name"), role)) {
            return true;
        }
    }
    ctl_error(ctx, "there is no role \"%s\"; %s, and without a role a peer "
              "may write everything", role, nctl_program->roles);
    return false;
}

/* Returns true if 'target' may be given the role and mode in 'words', else
 * sets an error. */
static bool
check_target(struct ctl_context *ctx, const struct ovsdb_idl_row *global,
             const char *target, const struct connection_words *words)
{
    if (stream_verify_name(target) && pstream_verify_name(target)) {
        ctl_error(ctx, "\"%s\" is no OVSDB connection method; write for "
                  "example ptcp:6641, pssl:6641:ADDRESS or punix:FILE",
                  target);
        return false;
    }
    for (size_t i = 0; i < nctl_get_n(global, "connections"); i++) {
        const struct ovsdb_idl_row *c = nctl_get_row(global, "connections", i);

        /* ovsdb-server 3.1 looks at the role only when it opens the
         * listener, so that a new role would silently mean nothing. */
        if (!strcmp(nctl_get_text(c, "target"), target)
            && (strcmp(nctl_get_text(c, "role"), words->role)
                || nctl_get_bool(c, "read_only") != words->read_only)) {
            ctl_error(ctx, "%s is open with another role or mode, and stays "
                      "so until it is closed; run \"%s del-connection\" "
                      "first", target, program_name);
            return false;
        }
    }
    if (words->role[0] && !strstr(target, "ssl:")) {
        VLOG_WARN("%s: with a role, peers that have no certificate cannot "
                  "write anything (use pssl:)", target);
    }
    return true;
}

/* Returns the inactivity probe interval that the options say, in ms, or -1 if
 * they don't. */
static int64_t
probe_option(struct ctl_context *ctx)
{
    const char *arg = nctl_option(ctx, "--inactivity-probe");
    long long int ms = -1;

    if (arg && (!str_to_llong(arg, 10, &ms) || ms < 0)) {
        ctl_error(ctx, "\"%s\" is no interval; write milliseconds, or 0 for "
                  "no probes", arg);
    }
    return ms;
}

static const struct ovsdb_idl_row *
insert_connection(struct ctl_context *ctx, const char *target,
                  const struct connection_words *words, int64_t probe)
{
    const struct ovsdb_idl_row *c = nctl_insert(ctx, "Connection");

    nctl_set_text(c, "target", target);
    nctl_set_text(c, "role", words->role);
    nctl_set_bool(c, "read_only", words->read_only);
    if (probe >= 0) {
        nctl_set_integer(c, "inactivity_probe", probe);
    }
    return c;
}

/* Reads 'word' into 'words' and returns true if it is none of a target. */
static bool
read_word(const char *word, struct connection_words *words)
{
    if (!strcmp(word, "read-only") || !strcmp(word, "read-write")) {
        words->read_only = !strcmp(word, "read-only");
        return true;
    } else if (!strncmp(word, "role=", 5)) {
        words->role = word + 5;
        return true;
    }
    return false;
}

static void
cmd_set_connection(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *global = nctl_global_row(ctx);
    const struct ovsdb_idl_row **all = xmalloc(ctx->argc * sizeof *all);
    struct connection_words words = { .role = "" };
    int64_t probe = probe_option(ctx);
    size_t n = 0;

    for (int i = 1; i < ctx->argc && !ctx->error; i++) {
        const char *arg = ctx->argv[i];

        if (!read_word(arg, &words)
            && (!words.role[0] || check_role(ctx, words.role))
            && check_target(ctx, global, arg, &words)) {
            all[n++] = insert_connection(ctx, arg, &words, probe);
        }
    }
    if (!ctx->error && !n) {
        ctl_error(ctx, "set-connection wants a target after the words that "
                  "describe it");
    } else if (!ctx->error) {
        nctl_set_rows(global, "connections", all, n);
    }
    free(all);
}


/* SSL. */

static void
pre_ssl(struct ctl_context *ctx)
{
    nctl_need_global(ctx);
    nctl_need(ctx, "SSL");
}

static void
cmd_get_ssl(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *global = nctl_global_row(ctx);

    if (global && nctl_get_n(global, "ssl")) {
        const struct ovsdb_idl_row *ssl = nctl_get_row(global, "ssl", 0);

        ds_put_format(&ctx->output,
                      "Private key: %s\nCertificate: %s\n"
                      "CA Certificate: %s\nBootstrap: %s\n",
                      nctl_get_text(ssl, "private_key"),
                      nctl_get_text(ssl, "certificate"),
                      nctl_get_text(ssl, "ca_cert"),
                      nctl_get_bool(ssl, "bootstrap_ca_cert")
                      ? "true" : "false");
    }
}

static void
cmd_del_ssl(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *global = nctl_global_row(ctx);

    if (global) {
        nctl_set_rows(global, "ssl", NULL, 0);
    }
}

static void
cmd_set_ssl(struct ctl_context *ctx)
{
    /* The columns that the arguments are for. */
    static const char *const columns[] = {
        "private_key", "certificate", "ca_cert", "ssl_protocols",
        "ssl_ciphers",
    };
    const struct ovsdb_idl_row *global = nctl_global_row(ctx);
    const struct ovsdb_idl_row *ssl;

    if (!global) {
        return;
    }
    ssl = nctl_insert(ctx, "SSL");
    for (int i = 1; i < ctx->argc; i++) {
        nctl_set_text(ssl, columns[i - 1], ctx->argv[i]);
    }
    nctl_set_bool(ssl, "bootstrap_ca_cert",
                  nctl_option(ctx, "--bootstrap") != NULL);
    nctl_set_rows(global, "ssl", &ssl, 1);
}

static const struct ctl_command_syntax connection_commands[] = {
    {"get-connection", 0, 0, "", pre_connection, cmd_get_connection, NULL, "",
     RO},
    {"del-connection", 0, 0, "", pre_connection, cmd_del_connection, NULL, "",
     RW},
    {"set-connection", 1, INT_MAX, "TARGET...", pre_connection,
     cmd_set_connection, NULL, "--inactivity-probe=", RW},
    {"get-ssl", 0, 0, "", pre_ssl, cmd_get_ssl, NULL, "", RO},
    {"del-ssl", 0, 0, "", pre_ssl, cmd_del_ssl, NULL, "", RW},
    {"set-ssl", 3, 5, "PRIVATE-KEY CERTIFICATE CA-CERT [PROTOCOLS] [CIPHERS]",
     pre_ssl, cmd_set_ssl, NULL, "--bootstrap", RW},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family nctl_connection_family = {
    connection_commands,
"Connections of the database server:\n\
  get-connection              print the connections\n\
  del-connection              delete all connections\n\
  set-connection [read-only|read-write] [role=ROLE] TARGET...\n\
                              listen on, or connect to, these TARGETs only\n\
                              --inactivity-probe=MSECS\n\
  get-ssl                     print the files with the keys\n\
  del-ssl                     delete the TLS configuration\n\
  set-ssl KEY CERT CA-CERT [PROTOCOLS [CIPHERS]]\n\
                              set the files with the keys; --bootstrap\n"
};
