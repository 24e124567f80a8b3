/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nve-ctl: the end device's commands about its VNICs.
 *
 * Requests are states: each command says what a row is to be, and a row that
 * is so already has its client_seq raised all the same. */

#include <config.h>

#include "nve-ctl-request.h"

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


/* The requests of a VNIC. */

void
hctl_need_vnic(struct ctl_context *ctx)
{
    hctl_need_places(ctx);
    hctl_need_requests(ctx);
}

bool
hctl_vnic_open(struct ctl_context *ctx, struct hctl_vnic *vnic)
{
    const struct hnve_vnic_request *r;
    size_t allocated = 0;

    *vnic = (struct hctl_vnic) {
        .end_device = hctl_device(ctx),
        .name = ctx->argv[1],
        .vn = nctl_option(ctx, "--vn"),
    };
    if (!vnic->end_device || !hctl_check_name(ctx, "VNIC", vnic->name)
        || (vnic->vn && vnic->vn[0] && !hctl_check_vn(ctx, vnic->vn))) {
        return false;
    }
    HNVE_VNIC_REQUEST_FOR_EACH (r, ctx->idl) {
        if (!strcmp(r->end_device, vnic->end_device)
            && !strcmp(r->vnic, vnic->name)
            && (!vnic->vn || !strcmp(r->vn, vnic->vn))) {
            if (vnic->n >= allocated) {
                vnic->requests = x2nrealloc(vnic->requests, &allocated,
                                            sizeof *vnic->requests);
            }
            vnic->requests[vnic->n++] = r;
        }
    }
    return true;
}

void
hctl_vnic_close(struct hctl_vnic *vnic)
{
    free(vnic->requests);
}

bool
hctl_vnic_must_exist(struct ctl_context *ctx, const struct hctl_vnic *vnic)
{
    if (!vnic->n && !nctl_option(ctx, "--if-exists")) {
        char *quoted = nvo3_quote(vnic->name);

        ctl_error(ctx, "\"%s\" does not ask for VNIC %s%s%s; \"%s "
                  "request-list\" lists what is asked for", vnic->end_device,
                  quoted, vnic->vn ? " in VN " : "", vnic->vn ? vnic->vn : "",
                  program_name);
        free(quoted);
    }
    return vnic->n > 0;
}

bool
hctl_vnic_must_be_one(struct ctl_context *ctx, const struct hctl_vnic *vnic)
{
    struct svec vns = SVEC_EMPTY_INITIALIZER;
    char *list;

    if (vnic->n <= 1) {
        return true;
    }
    for (size_t i = 0; i < vnic->n; i++) {
        const char *vn = vnic->requests[i]->vn;

        svec_add(&vns, vn[0] ? vn : "\"\"");
    }
    svec_sort(&vns);
    list = nctl_join(vns.names, vns.n);
    ctl_error(ctx, "VNIC \"%s\" is in several VNs (%s); --vn=VN says which",
              vnic->name, list);
    free(list);
    svec_destroy(&vns);
    return false;
}

void
hctl_request_written(const struct ctl_context *ctx,
                     const struct hnve_vnic_request *r)
{
    const struct hnve_vnic_answer *a
        = hctl_vnic_answer(ctx->idl, r->end_device, r->vnic, r->vn);

    /* An old answer, to a request that was deleted, is none to this one. */
    hnve_vnic_request_verify_client_seq(r);
    hnve_vnic_request_set_client_seq(
        r, MAX(r->client_seq, a ? a->claim_seq : 0) + 1);
    hctl_expect_request(r, HCTL_ANSWER);
}


/* Associate and Activate. */

/* What associate, activate and deactivate say. */
struct wish {
    const char *state;
    bool may_insert;            /* May it be a new request? */
    const char *migration;      /* NULL: as it is. */
    int64_t guest_tag;
    size_t n_guest_tag;         /* 0: as it is. */
    struct svec addresses;
    bool has_addresses;         /* false: as they are. */
};

/* Reads the option --migration. */
static bool
migration_option(struct ctl_context *ctx, const char **migration)
{
    const char *arg = nctl_option(ctx, "--migration");

    *migration = arg;
    if (arg && strcmp(arg, "none") && strcmp(arg, "arriving")
        && strcmp(arg, "departing")) {
        char *quoted = nvo3_quote(arg);

        ctl_error(ctx, "--migration=%s: write none, arriving or departing",
                  quoted);
        free(quoted);
        return false;
    }
    return true;
}

/* Reads the addresses that --mac and --ip, and the arguments after the VNIC,
 * say. */
static bool
read_addresses(struct ctl_context *ctx, struct wish *wish)
{
    const char *mac = nctl_option(ctx, "--mac");
    const char *ips = nctl_option(ctx, "--ip");
    struct svec words;
    bool ok;

    if (ips && !mac) {
        ctl_error(ctx, "--ip wants --mac: an IP address belongs to a MAC "
                  "address");
        return false;
    }
    svec_init(&words);
    if (mac) {
        struct svec list;

        svec_add(&words, mac);
        nctl_split(ips, &list);
        svec_append(&words, &list);
        svec_destroy(&list);
    }
    for (int i = 2; i < ctx->argc; i++) {
        svec_add(&words, ctx->argv[i]);
    }
    ok = hctl_addresses_parse(ctx, words.names, words.n, &wish->addresses);
    wish->has_addresses = words.n > 0;
    svec_destroy(&words);
    return ok;
}

/* Reads the options into 'wish'. */
static bool
wish_read(struct ctl_context *ctx, struct wish *wish)
{
    return (migration_option(ctx, &wish->migration)
            && hctl_tag_option(ctx, "--guest-tag", &wish->guest_tag,
                               &wish->n_guest_tag)
            && read_addresses(ctx, wish));
}

static void
wish_write(const struct ctl_context *ctx, const struct wish *wish,
           const struct hnve_vnic_request *r)
{
    hnve_vnic_request_set_state(r, wish->state);
    if (wish->migration) {
        hnve_vnic_request_set_migration(r, wish->migration);
    }
    if (wish->n_guest_tag) {
        hnve_vnic_request_set_guest_tag(r, &wish->guest_tag, 1);
    }
    if (wish->has_addresses) {
        hctl_addresses_set(r, &wish->addresses);
    }
    hctl_request_written(ctx, r);
}

/* Asks for a VNIC that was not asked for before. */
static void
wish_insert(struct ctl_context *ctx, const struct wish *wish,
            const struct hctl_vnic *vnic)
{
    const struct hnve_vnic_request *r;
    const char *port;

    if (wish->migration && !strcmp(wish->migration, "departing")) {
        ctl_error(ctx, "VNIC \"%s\" is not at \"%s\", so it cannot depart",
                  vnic->name, vnic->end_device);
        return;
    }
    port = hctl_port_option(ctx, vnic->end_device);
    if (!port) {
        return;
    }
    r = hnve_vnic_request_insert(ctx->txn);
    hnve_vnic_request_set_end_device(r, vnic->end_device);
    hnve_vnic_request_set_vnic(r, vnic->name);
    hnve_vnic_request_set_vn(r, vnic->vn ? vnic->vn : "");
    hnve_vnic_request_set_port(r, port);
    wish_write(ctx, wish, r);
}

/* Returns true if 'wish' may be written to the requests that there are, else
 * sets an error. */
static bool
check_update(struct ctl_context *ctx, const struct wish *wish,
             const struct hctl_vnic *vnic)
{
    const char *port = nctl_option(ctx, "--port");

    for (size_t i = 0; i < vnic->n; i++) {
        const struct hnve_vnic_request *r = vnic->requests[i];

        if (port && strcmp(r->port, port)) {
            ctl_error(ctx, "VNIC \"%s\" is on port \"%s\"; \"%s move\" moves "
                      "it", vnic->name, r->port, program_name);
            return false;
        }
        if (wish->may_insert && !strcmp(wish->state, "associated")
            && r->state && !strcmp(r->state, "activated")) {
            ctl_error(ctx, "VNIC \"%s\" is asked to be activated; \"%s "
                      "deactivate\" asks for less", vnic->name,
                      program_name);
            return false;
        }
    }
    /* What is different in each VN. */
    return ((!wish->n_guest_tag && !wish->has_addresses)
            || hctl_vnic_must_be_one(ctx, vnic));
}

/* Makes the state of the requests of a VNIC 'state', and the rest of them
 * what the options say.  Makes a request if there is none and 'may_insert'. */
static void
ask_for(struct ctl_context *ctx, const char *state, bool may_insert)
{
    struct hctl_vnic vnic;
    struct wish wish = {
        .state = state,
        .may_insert = may_insert,
        .addresses = SVEC_EMPTY_INITIALIZER,
    };

    if (hctl_vnic_open(ctx, &vnic) && wish_read(ctx, &wish)) {
        if (!vnic.n && may_insert) {
            wish_insert(ctx, &wish, &vnic);
        } else if (hctl_vnic_must_exist(ctx, &vnic)
                   && check_update(ctx, &wish, &vnic)) {
            for (size_t i = 0; i < vnic.n; i++) {
                wish_write(ctx, &wish, vnic.requests[i]);
            }
        }
    }
    svec_destroy(&wish.addresses);
    hctl_vnic_close(&vnic);
}

static void
cmd_associate(struct ctl_context *ctx)
{
    ask_for(ctx, "associated", true);
}

static void
cmd_activate(struct ctl_context *ctx)
{
    ask_for(ctx, "activated", true);
}

static void
cmd_deactivate(struct ctl_context *ctx)
{
    ask_for(ctx, "associated", false);
}


/* De-Associate, update port. */

/* Announces that 'r' is about to be deleted by a migration.  That is done when
 * ovs-nved has seen it (nve-ctl-wait.h). */
static void
depart(struct ctl_context *ctx, const struct hnve_vnic_request *r)
{
    hnve_vnic_request_set_migration(r, "departing");
    hctl_request_written(ctx, r);
    hctl_expect_request(r, HCTL_DEPARTURE);
}

static void
cmd_deassociate(struct ctl_context *ctx)
{
    bool departing = nctl_option(ctx, "--departing");
    struct hctl_vnic vnic;

    if (hctl_vnic_open(ctx, &vnic) && hctl_vnic_must_exist(ctx, &vnic)) {
        for (size_t i = 0; i < vnic.n; i++) {
            if (departing) {
                depart(ctx, vnic.requests[i]);
            } else {
                hctl_expect_request(vnic.requests[i], HCTL_END);
                hnve_vnic_request_delete(vnic.requests[i]);
            }
        }
    }
    hctl_vnic_close(&vnic);
}

static void
cmd_move(struct ctl_context *ctx)
{
    const char *port = nctl_option(ctx, "--port");
    struct hctl_vnic vnic;

    if (!port) {
        ctl_error(ctx, "move wants --port=PORT, where to");
        return;
    }
    if (hctl_check_name(ctx, "port", port) && hctl_vnic_open(ctx, &vnic)) {
        hctl_vnic_must_exist(ctx, &vnic);
        for (size_t i = 0; i < vnic.n; i++) {
            hnve_vnic_request_set_port(vnic.requests[i], port);
            hctl_request_written(ctx, vnic.requests[i]);
        }
        hctl_vnic_close(&vnic);
    }
}

static const struct ctl_command_syntax request_commands[] = {
    {"associate", 1, INT_MAX, "VNIC [MAC] [IP]...", hctl_need_vnic,
     cmd_associate, NULL,
     "--port=,--vn=,--mac=,--ip=,--guest-tag=,--migration=", RW},
    {"activate", 1, INT_MAX, "VNIC [MAC] [IP]...", hctl_need_vnic,
     cmd_activate, NULL,
     "--port=,--vn=,--mac=,--ip=,--guest-tag=,--migration=", RW},
    {"deactivate", 1, 1, "VNIC", hctl_need_vnic, cmd_deactivate, NULL,
     "--vn=,--migration=", RW},
    {"deassociate", 1, 1, "VNIC", hctl_need_vnic, cmd_deassociate, NULL,
     "--vn=,--departing,--if-exists", RW},
    {"move", 1, 1, "VNIC", hctl_need_vnic, cmd_move, NULL, "--vn=,--port=",
     RW},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family hctl_request_family = {
    request_commands,
"Requests of an end device (--device), about VNICs:\n\
  associate VNIC [MAC [IP...]]...\n\
                              ask that all be prepared for VNIC\n\
                              --vn=VN --port=PORT --mac=MAC --ip=IP,...\n\
                              --guest-tag=TAG\n\
                              --migration=none|arriving|departing\n\
  activate VNIC [MAC [IP...]]...\n\
                              ask that VNIC be reachable; as above\n\
  deactivate VNIC             ask that VNIC be prepared, but not reachable\n\
                              --vn=VN --migration=...\n\
  deassociate VNIC            ask no longer for VNIC; --vn=VN\n\
                              --departing: it migrates, keep what it has\n\
  move VNIC --port=PORT       move VNIC to PORT with all it has; --vn=VN\n"
};
