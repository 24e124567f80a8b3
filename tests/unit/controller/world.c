/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/world.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "controller/core.h"
#include "controller/model.h"
#include "controller/session.h"
#include "flow.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/shash.h"
#include "simap.h"
#include "tests/unit/controller/fake-guest.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/rows.h"
#include "tests/unit/controller/world-check.h"
#include "util.h"

#define TUNNEL_PORT 1
#define RECONNECT_MS 1000

/* Steps without time going on after which something runs in circles. */
#define STEPS_MAX 10000

/* A switch with its end of the connection at the director. */
struct world_switch {
    struct fake_switch *fake;
    struct fake_guests *guests;
    struct simap ports;         /* Numbers by name, but for the tunnel's. */
    struct session *session;    /* NULL while not connected. */
    char *certificate;          /* Or NULL. */
    bool wanted;                /* Connects again when disconnected. */
    long long connect_at;
    bool awake;                 /* Looked at in the next step. */
    struct ofpbuf input;        /* From the switch, not a message yet. */
    long long rate;             /* Bytes per ms to the switch; -1: all. */
    long long allowance;        /* Bytes at present, if 'rate' >= 0. */
};

struct world {
    struct core *core;          /* NULL while stopped. */
    struct core_config config;
    struct rows *rows;
    struct shash switches;      /* Of struct world_switch, by NVE. */
    struct ds trace;
    long long now;
    int64_t sync_request;
    bool db_stuck;
    size_t n_closed;
};

static bool do_to_switch(struct world *, const char *verb, const char *nve,
                         char *rest);
static void hang_up(struct world *, struct world_switch *);

struct world *
world_create(void)
{
    struct world *w = xzalloc(sizeof *w);

    w->rows = rows_create();
    w->config.audit_interval_ms = -1;
    w->now = 1000000;
    shash_init(&w->switches);
    ds_init(&w->trace);
    world_start(w);
    return w;
}

void
world_destroy(struct world *w)
{
    struct shash_node *node;

    world_stop(w);
    SHASH_FOR_EACH (node, &w->switches) {
        struct world_switch *ws = node->data;

        fake_switch_destroy(ws->fake);
        fake_guests_destroy(ws->guests);
        simap_destroy(&ws->ports);
        ofpbuf_uninit(&ws->input);
        free(ws->certificate);
        free(ws);
    }
    shash_destroy(&w->switches);
    rows_destroy(w->rows);
    ds_destroy(&w->trace);
    free(w);
}

void
world_stop(struct world *w)
{
    struct shash_node *node;

    if (!w->core) {
        return;
    }
    SHASH_FOR_EACH (node, &w->switches) {
        hang_up(w, node->data);
    }
    core_destroy(w->core);
    w->core = NULL;
}

void
world_start(struct world *w)
{
    struct shash_node *node;

    w->config.epoch++;
    w->core = core_create(&w->config);
    rows_load(w->rows, core_model(w->core));
    core_set_sync_request(w->core, w->sync_request);
    core_set_complete(w->core);
    SHASH_FOR_EACH (node, &w->switches) {
        struct world_switch *ws = node->data;

        ws->connect_at = w->now;
    }
    world_settle(w);
}

void
world_restart(struct world *w)
{
    world_stop(w);
    world_start(w);
}

void
world_set_db_stuck(struct world *w, bool stuck)
{
    w->db_stuck = stuck;
}

void
world_set_config(struct world *w, size_t queue_limit, int audit_ms)
{
    w->config.queue_limit = queue_limit;
    w->config.audit_interval_ms = audit_ms;
}

struct core *
world_core(const struct world *w)
{
    return w->core;
}

struct rows *
world_rows(const struct world *w)
{
    return w->rows;
}

long long
world_now(const struct world *w)
{
    return w->now;
}

static struct world_switch *
find(const struct world *w, const char *nve)
{
    struct world_switch *ws = shash_find_data(&w->switches, nve);

    if (!ws) {
        ovs_abort(0, "there is no switch %s", nve);
    }
    return ws;
}

struct fake_switch *
world_switch(const struct world *w, const char *nve)
{
    return find(w, nve)->fake;
}

uint64_t
world_n_mods(const struct world *w)
{
    struct shash_node *node;
    uint64_t n = 0;

    SHASH_FOR_EACH (node, &w->switches) {
        const struct world_switch *ws = node->data;
        struct fake_switch_stats stats = fake_switch_get_stats(ws->fake);

        n += stats.n_flow_mods + stats.n_group_mods;
    }
    return n;
}

size_t
world_n_closed(const struct world *w)
{
    return w->n_closed;
}

char *
world_take_trace(struct world *w)
{
    char *trace = xstrdup(ds_cstr(&w->trace));

    ds_clear(&w->trace);
    return trace;
}

/* Connections. */

/* Begins the session of 'ws', if it is not connected. */
static void
dial(struct world *w, const char *nve, struct world_switch *ws)
{
    if (!ws->session) {
        fake_switch_connect(ws->fake);
        ws->session = core_add_session(w->core, nve, ws->certificate, w->now);
        ws->awake = true;
        ws->allowance = 0;
    }
}

/* Ends the session of 'ws', if any; to be begun again after a while. */
static void
hang_up(struct world *w, struct world_switch *ws)
{
    if (ws->session) {
        core_remove_session(w->core, ws->session);
        ws->session = NULL;
        fake_switch_disconnect(ws->fake);
        ofpbuf_clear(&ws->input);
        ws->connect_at = w->now + RECONNECT_MS;
    }
}

/* Gives whole messages of the input to the session. */
static void
frame(struct world *w, struct world_switch *ws)
{
    while (ws->input.size >= sizeof(struct ofp_header)) {
        const uint8_t *oh = ws->input.data;     /* Not aligned. */
        size_t length = (oh[2] << 8) + oh[3];
        struct ofpbuf *msg;

        if (length > ws->input.size) {
            return;
        }
        msg = ofpbuf_clone_data(oh, length);    /* Aligned. */
        ofpbuf_pull(&ws->input, length);
        session_receive(ws->session, msg->data, w->now);
        ofpbuf_delete(msg);
    }
    ofpbuf_clear(&ws->input);
}

/* Takes in what the switch says.  Returns true if it says something. */
static bool
receive(struct world *w, struct world_switch *ws)
{
    const void *bytes;
    size_t size = fake_switch_output(ws->fake, &bytes);

    if (size) {
        ofpbuf_put(&ws->input, bytes, size);
        fake_switch_output_sent(ws->fake, size);
        frame(w, ws);
        core_session_changed(w->core, ws->session);
        ws->awake = true;
    }
    if (!fake_switch_is_connected(ws->fake)) {
        session_close(ws->session, "closed by peer");
        core_session_changed(w->core, ws->session);
    }
    return size > 0;
}

/* Sends what the switch may read now.  Returns true if that is something. */
static bool
transmit(struct world *w, struct world_switch *ws)
{
    bool any = false;
    struct iovec iov;

    while (session_output(ws->session, &iov, 1)
           && fake_switch_is_connected(ws->fake)) {
        size_t size = iov.iov_len;

        if (ws->rate >= 0) {
            size = MIN(size, (size_t) ws->allowance);
            ws->allowance -= size;
        }
        if (!size) {
            break;
        }
        any = true;
        fake_switch_receive(ws->fake, iov.iov_base, size);
        session_output_sent(ws->session, size, w->now);
    }
    return any;
}

/* Does for 'ws' what wire does for a connection. */
static bool
step_switch(struct world *w, struct world_switch *ws)
{
    bool any = receive(w, ws);

    if (w->now >= session_deadline(ws->session)) {
        session_run(ws->session, w->now);
        core_session_changed(w->core, ws->session);
        ws->awake = true;
    }
    if (ws->awake) {
        ws->awake = false;
        any |= transmit(w, ws);
        any |= fake_guests_answer(ws->guests, ws->fake);
    }
    if (session_is_closed(ws->session)) {
        core_session_changed(w->core, ws->session);
        core_run(w->core, w->now);
        hang_up(w, ws);
        w->n_closed++;
        any = true;
    }
    return any;
}

/* Notes which sessions the core names. */
static void
wake_active(struct world *w)
{
    struct session *session;

    while ((session = core_next_active(w->core))) {
        struct world_switch *ws = find(w, session_peer(session));

        ovs_assert(ws->session == session);
        ws->awake = true;
    }
}

static void
run_core(struct world *w)
{
    core_run(w->core, w->now);
    if (w->db_stuck) {
        rows_fail_verdicts(core_model(w->core));
    } else {
        rows_take_verdicts(w->rows, core_model(w->core), &w->trace);
    }
    wake_active(w);
}

void
world_settle(struct world *w)
{
    bool any = true;

    for (int i = 0; w->core && any; i++) {
        struct shash_node *node;

        if (i > STEPS_MAX) {
            ovs_abort(0, "the world runs in circles");
        }
        any = core_needs_run(w->core);
        run_core(w);
        SHASH_FOR_EACH (node, &w->switches) {
            struct world_switch *ws = node->data;

            if (ws->wanted && !ws->session && w->now >= ws->connect_at) {
                dial(w, node->name, ws);
                any = true;
            }
            if (ws->session) {
                any |= step_switch(w, ws);
            }
        }
    }
}

/* Returns when something is next to be done, at most 'end'. */
static long long
next_time(const struct world *w, long long end)
{
    struct shash_node *node;

    end = MIN(end, core_deadline(w->core));
    SHASH_FOR_EACH (node, &w->switches) {
        const struct world_switch *ws = node->data;
        struct iovec iov;

        if (ws->session) {
            end = MIN(end, session_deadline(ws->session));
            if (ws->rate > 0 && session_output(ws->session, &iov, 1)) {
                end = MIN(end, w->now + 1);
            }
        } else if (ws->wanted) {
            end = MIN(end, ws->connect_at);
        }
    }
    return MAX(end, w->now + 1);
}

/* Goes on to 'time'. */
static void
go_on(struct world *w, long long time)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &w->switches) {
        struct world_switch *ws = node->data;

        if (ws->rate > 0 && ws->session) {
            ws->allowance = ws->rate * (time - w->now);
            ws->awake = true;
        }
    }
    w->now = time;
    world_settle(w);
}

void
world_advance(struct world *w, int ms)
{
    long long end = w->now + ms;

    world_settle(w);
    while (w->core && w->now < end) {
        go_on(w, next_time(w, end));
    }
    w->now = end;
}

/* Returns true if all is done that does not wait for a switch that is not
 * there. */
static bool
is_calm(const struct world *w)
{
    struct shash_node *node;

    if (core_needs_run(w->core) || model_has_verdicts(core_model(w->core))) {
        return false;
    }
    SHASH_FOR_EACH (node, &w->switches) {
        const struct world_switch *ws = node->data;

        if ((ws->wanted && !ws->session)
            || (ws->session && session_is_ready(ws->session)
                && !session_is_settled(ws->session))) {
            return false;
        }
    }
    return true;
}

bool
world_calm(struct world *w, int ms)
{
    long long end = w->now + ms;

    world_settle(w);
    while (!is_calm(w)) {
        if (w->now >= end) {
            return false;
        }
        go_on(w, next_time(w, end));
    }
    return true;
}

char *
world_complaints(struct world *w)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct shash_node *node;

    world_check_images(w->core, &s);
    world_check_scratch(w->core, &w->config, w->rows, &s);
    SHASH_FOR_EACH (node, &w->switches) {
        const struct world_switch *ws = node->data;

        if (ws->session && session_is_ready(ws->session)) {
            world_check_switch(w->core, session_name(ws->session), ws->fake,
                               &s);
        }
    }
    if (rows_n_bad_generations(w->rows)) {
        ds_put_cstr(&s, "a generation fell\n");
    }
    return ds_steal_cstr(&s);
}

/* Scripts. */

static void
new_switch(struct world *w, const char *nve, const char *dpid)
{
    struct world_switch *ws = xzalloc(sizeof *ws);

    ws->fake = fake_switch_create(dpid ? strtoull(dpid, NULL, 10)
                                  : rows_name_number(nve));
    fake_switch_add_port(ws->fake, u16_to_ofp(TUNNEL_PORT), "nvo3-vxlan0");
    ws->guests = fake_guests_create();
    simap_init(&ws->ports);
    ofpbuf_init(&ws->input, 0);
    ws->rate = -1;
    shash_add_assert(&w->switches, nve, ws);
}

static void
put_format(struct world *w, const char *format, ...)
{
    va_list args;
    char *line;

    va_start(args, format);
    line = xvasprintf(format, args);
    va_end(args);
    world_put(w, line);
    free(line);
}

void
world_put(struct world *w, const char *line)
{
    char *copy = xstrdup(line);
    char *rest;
    const char *verb = strtok_r(copy, " ", &rest);
    const char *name = strtok_r(NULL, " ", &rest);

    ovs_assert(verb && name);
    if (!strcmp(verb, "host")) {
        put_format(w, "nve %s", name);
        put_format(w, "reg %s", name);
        put_format(w, "switch %s", name);
        put_format(w, "connect %s", name);
    } else if (!strcmp(verb, "vm")) {
        const char *vnic = strtok_r(NULL, " ", &rest);

        put_format(w, "port %s %s %s", name, vnic, rest);
        put_format(w, "claim %s/%s", name, vnic);
    } else if (!strcmp(verb, "sync")) {
        w->sync_request = atoi(name);
        core_set_sync_request(w->core, w->sync_request);
    } else if (!do_to_switch(w, verb, name, rest)) {
        rows_do(w->rows, w->core ? core_model(w->core) : NULL, line);
    }
    free(copy);
}

/* Takes a port away from the switch. */
static void
remove_port(struct world_switch *ws, unsigned int number)
{
    struct simap_node *node;

    fake_switch_remove_port(ws->fake, u16_to_ofp(number));
    SIMAP_FOR_EACH (node, &ws->ports) {
        if (node->data == number) {
            simap_delete(&ws->ports, node);
            return;
        }
    }
}

/* Gives the switch a port; no two have one name or one number. */
static void
add_port(struct world_switch *ws, const char *name, unsigned int number)
{
    if (simap_contains(&ws->ports, name)) {
        remove_port(ws, simap_get(&ws->ports, name));
    }
    remove_port(ws, number);
    fake_switch_add_port(ws->fake, u16_to_ofp(number), name);
    simap_put(&ws->ports, name, number);
}

/* Does 'verb' if it is one that concerns a switch. */
static bool
do_to_switch(struct world *w, const char *verb, const char *nve, char *rest)
{
    const char *arg = strtok_r(NULL, " ", &rest);
    struct world_switch *ws = shash_find_data(&w->switches, nve);

    if (!strcmp(verb, "switch")) {
        new_switch(w, nve, arg);
    } else if (!ws) {
        return false;
    } else if (!strcmp(verb, "connect")) {
        free(ws->certificate);
        ws->certificate = nullable_xstrdup(arg);
        ws->wanted = true;
        ws->connect_at = w->now;
    } else if (!strcmp(verb, "disconnect")) {
        ws->wanted = false;
        hang_up(w, ws);
    } else if (!strcmp(verb, "break")) {
        hang_up(w, ws);
    } else if (!strcmp(verb, "crash")) {
        hang_up(w, ws);
        fake_switch_restart(ws->fake);
    } else if (!strcmp(verb, "port")) {
        add_port(ws, arg, atoi(rest));
    } else if (!strcmp(verb, "unport")) {
        remove_port(ws, atoi(arg));
    } else if (!strcmp(verb, "rate")) {
        ws->rate = atoll(arg);
        ws->allowance = 0;
        ws->awake = true;
    } else if (!strcmp(verb, "send")) {
        fake_guest_send(ws->fake, u16_to_ofp(atoi(arg)), rest);
    } else if (!strcmp(verb, "lives")) {
        const char *tag = strchr(arg, '/');

        fake_guests_put(ws->guests, rest, u16_to_ofp(atoi(arg)),
                        tag ? atoi(tag + 1) : 0);
    } else if (!strcmp(verb, "dies")) {
        char *who = xasprintf("%s %s", arg, rest);

        fake_guests_put(ws->guests, who, OFPP_NONE, 0);
        free(who);
    } else if (!strcmp(verb, "damage")) {
        fake_switch_damage(ws->fake, atoi(arg));
    } else {
        return false;
    }
    return true;
}

void
world_do(struct world *w, const char *script)
{
    char *copy = xstrdup(script);
    char *rest;

    for (char *line = strtok_r(copy, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        world_put(w, line);
    }
    free(copy);
    world_settle(w);
}

void
world_do_format(struct world *w, const char *format, ...)
{
    va_list args;
    char *script;

    va_start(args, format);
    script = xvasprintf(format, args);
    va_end(args);
    world_do(w, script);
    free(script);
}
