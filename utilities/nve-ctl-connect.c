/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nve-ctl: the end device's commands about its connections to VNs. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "nctl-args.h"
#include "nctl-output.h"
#include "nve-ctl-wait.h"
#include "nve-ctl.h"
#include "ovsdb-idl.h"
#include "svec.h"
#include "util.h"

static void
pre_connect(struct ctl_context *ctx)
{
    hctl_need_places(ctx);
    hctl_need_requests(ctx);
}

static const struct hnve_vn_connection *
insert_connection(struct ctl_context *ctx, const char *device,
                  const char *port, const char *vn)
{
    const struct hnve_vn_connection *c
        = hnve_vn_connection_insert(ctx->txn);

    hnve_vn_connection_set_end_device(c, device);
    hnve_vn_connection_set_port(c, port);
    hnve_vn_connection_set_vn(c, vn);
    return c;
}

/* Raises the client_seq of 'c', above that of any old answer as well. */
static void
raise_seq(const struct ctl_context *ctx, const struct hnve_vn_connection *c)
{
    const struct hnve_vn_connection_answer *a
        = hctl_connection_answer(ctx->idl, c->end_device, c->port, c->vn);

    hnve_vn_connection_verify_client_seq(c);
    hnve_vn_connection_set_client_seq(
        c, MAX(c->client_seq, a ? a->claim_seq : 0) + 1);
}

static void
cmd_vn_connect(struct ctl_context *ctx)
{
    const char *vn = ctx->argv[1];
    const char *device = hctl_device(ctx);
    const char *port = device ? hctl_port_option(ctx, device) : NULL;
    const struct hnve_vn_connection *c;
    int64_t tag;
    size_t n;

    if (!port || !hctl_check_vn(ctx, vn)
        || !hctl_tag_option(ctx, "--tag", &tag, &n)) {
        return;
    }
    c = hctl_connection(ctx->idl, device, port, vn);
    if (!c) {
        c = insert_connection(ctx, device, port, vn);
    }
    hnve_vn_connection_set_tag_request(c, &tag, n);
    raise_seq(ctx, c);
    hctl_expect_connection(c, HCTL_ANSWER);
}

/* Returns the connection of 'device' to 'vn', on the port that --port says if
 * it does.  Returns NULL with an error if there is none, unless --if-exists
 * was given, or more than one. */
static const struct hnve_vn_connection *
find_connection(struct ctl_context *ctx, const char *device, const char *vn)
{
    const char *port = nctl_option(ctx, "--port");
    const struct hnve_vn_connection *c;
    const struct hnve_vn_connection *found = NULL;
    struct svec ports = SVEC_EMPTY_INITIALIZER;
    char *quoted = nvo3_quote(vn);

    HNVE_VN_CONNECTION_FOR_EACH (c, ctx->idl) {
        if (!strcmp(c->end_device, device) && !strcmp(c->vn, vn)
            && (!port || !strcmp(c->port, port))) {
            svec_add(&ports, c->port);
            found = c;
        }
    }
    if (ports.n > 1) {
        char *list;

        svec_sort(&ports);
        list = nctl_join(ports.names, ports.n);
        ctl_error(ctx, "\"%s\" asks for VN %s on several ports (%s); "
                  "--port=PORT says which", device, quoted, list);
        free(list);
    } else if (!found && !nctl_option(ctx, "--if-exists")) {
        ctl_error(ctx, "\"%s\" does not ask for VN %s%s%s; \"%s "
                  "connection-list\" lists what is asked for", device, quoted,
                  port ? " on port " : "", port ? port : "", program_name);
    }
    free(quoted);
    svec_destroy(&ports);
    return ctx->error ? NULL : found;
}

static void
cmd_vn_disconnect(struct ctl_context *ctx)
{
    const char *device = hctl_device(ctx);
    const struct hnve_vn_connection *c
        = device ? find_connection(ctx, device, ctx->argv[1]) : NULL;

    if (c) {
        hctl_expect_connection(c, HCTL_END);
        hnve_vn_connection_delete(c);
    }
}

static const struct ctl_command_syntax connect_commands[] = {
    {"vn-connect", 1, 1, "VN", pre_connect, cmd_vn_connect, NULL,
     "--port=,--tag=", RW},
    {"vn-disconnect", 1, 1, "VN", pre_connect, cmd_vn_disconnect, NULL,
     "--port=,--if-exists", RW},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family hctl_connect_family = {
    connect_commands,
"Requests of an end device (--device), about VNs:\n\
  vn-connect VN               ask to be connected to VN\n\
                              --port=PORT --tag=TAG\n\
  vn-disconnect VN            end that; --port=PORT\n"
};
