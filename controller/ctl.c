/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/ctl.h"

#include <inttypes.h>
#include <stdlib.h>

#include "controller/core.h"
#include "controller/db.h"
#include "controller/director.h"
#include "controller/image.h"
#include "controller/items.h"
#include "controller/model.h"
#include "controller/wire.h"
#include "lib/loop.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-print.h"
#include "openvswitch/vlog.h"
#include "svec.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ctl);

struct ctl {
    struct unixctl_server *server;
    struct loop_task *task;
};

/* A command: appends its reply to 's' and returns true, or appends what is
 * wrong and returns false.  'arg' is NULL if it was not given. */
struct command {
    const char *name;
    const char *usage;          /* NULL if it takes no argument. */
    bool optional;              /* The argument may be left out. */
    bool (*run)(struct director *, const char *arg, struct ds *s);
};

/* What a command needs, as unixctl's 'aux'. */
struct binding {
    const struct command *command;
    struct director *director;
};

static bool show_vns(struct director *, const char *, struct ds *);
static bool show_vn(struct director *, const char *, struct ds *);
static bool show_nves(struct director *, const char *, struct ds *);
static bool show_sessions(struct director *, const char *, struct ds *);
static bool show_images(struct director *, const char *, struct ds *);
static bool show_image(struct director *, const char *, struct ds *);
static bool show_local_image(struct director *, const char *, struct ds *);
static bool show_mappings(struct director *, const char *, struct ds *);
static bool show_counters(struct director *, const char *, struct ds *);
static bool run_audit(struct director *, const char *, struct ds *);
static bool show_db(struct director *, const char *, struct ds *);
static bool accept_db(struct director *, const char *, struct ds *);
static bool exit_loop(struct director *, const char *, struct ds *);

static const struct command commands[] = {
    { "vn/list", NULL, false, show_vns },
    { "vn/show", "VN", false, show_vn },
    { "nve/list", NULL, false, show_nves },
    { "session/list", NULL, false, show_sessions },
    { "image/list", NULL, false, show_images },
    { "image/show", "VN", false, show_image },
    { "image/show-local", "NVE", false, show_local_image },
    { "mapping/list", "[VN]", true, show_mappings },
    { "counters", NULL, false, show_counters },
    { "audit/run", "[NVE]", true, run_audit },
    { "db/status", NULL, false, show_db },
    { "db/accept", NULL, false, accept_db },
    { "exit", NULL, false, exit_loop },
};

/* unixctl keeps the address of what it gives back to a command for as long as
 * the process lives, and there is one director in a process. */
static struct binding bindings[ARRAY_SIZE(commands)];

static void
run_command(struct unixctl_conn *conn, int argc, const char *argv[],
            void *binding_)
{
    const struct binding *binding = binding_;
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!binding->director) {
        ds_put_cstr(&s, "ndirectord is about to exit");
        unixctl_command_reply_error(conn, ds_cstr(&s));
    } else if (binding->command->run(binding->director,
                                     argc > 1 ? argv[1] : NULL, &s)) {
        unixctl_command_reply(conn, ds_cstr(&s));
    } else {
        unixctl_command_reply_error(conn, ds_cstr(&s));
    }
    ds_destroy(&s);
}

static void
ctl_run(void *ctl_)
{
    struct ctl *ctl = ctl_;

    unixctl_server_run(ctl->server);
}

static void
ctl_wait(void *ctl_)
{
    struct ctl *ctl = ctl_;

    unixctl_server_wait(ctl->server);
}

struct ctl *
ctl_create(const char *path, struct director *director, char **error)
{
    struct ctl *ctl = xzalloc(sizeof *ctl);
    int retval = unixctl_server_create(path, &ctl->server);

    *error = NULL;
    if (retval) {
        *error = xasprintf("%s: cannot open the control socket (%s)",
                           path ? path : "default place",
                           ovs_strerror(retval));
        free(ctl);
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const struct command *command = &commands[i];

        bindings[i].command = command;
        bindings[i].director = director;
        unixctl_command_register(command->name,
                                 command->usage ? command->usage : "",
                                 command->usage && !command->optional,
                                 command->usage != NULL, run_command,
                                 &bindings[i]);
    }
    ctl->task = loop_task_create("unixctl", ctl_run, ctl_wait, ctl);
    return ctl;
}

void
ctl_destroy(struct ctl *ctl)
{
    if (ctl) {
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
            bindings[i].director = NULL;
        }
        loop_task_destroy(ctl->task);
        unixctl_server_destroy(ctl->server);
        free(ctl);
    }
}

/* Returns the VN that 'arg', a name or a VN ID, stands for; NULL, with what is
 * wrong in 's', if there is none. */
static const struct model_vn *
find_vn(struct director *director, const char *arg, struct ds *s)
{
    const struct model *model = core_model(director_core(director));
    const struct model_vn *vn = model_vn_by_name(model, arg);
    unsigned int vn_id;

    if (!vn && str_to_uint(arg, 10, &vn_id)) {
        vn = model_vn_by_id(model, vn_id);
    }
    if (!vn) {
        ds_put_format(s, "%s: there is no VN with this name or VN ID (see "
                      "vn/list)", arg);
    }
    return vn;
}

static bool
show_vns(struct director *director, const char *arg OVS_UNUSED, struct ds *s)
{
    model_format_vns(core_model(director_core(director)), s);
    return true;
}

static bool
show_vn(struct director *director, const char *arg, struct ds *s)
{
    const struct model_vn *vn = find_vn(director, arg, s);

    if (vn) {
        model_format_vn(core_model(director_core(director)), vn, s);
    }
    return vn != NULL;
}

static bool
show_nves(struct director *director, const char *arg OVS_UNUSED, struct ds *s)
{
    model_format_nves(core_model(director_core(director)), s);
    return true;
}

static bool
show_sessions(struct director *director, const char *arg OVS_UNUSED,
              struct ds *s)
{
    core_format_sessions(director_core(director), time_msec(), s);
    return true;
}

static bool
show_images(struct director *director, const char *arg OVS_UNUSED,
            struct ds *s)
{
    core_format_images(director_core(director), s);
    return true;
}

/* Appends 'image' to 's': a line about the whole, and one for each item, in
 * the order of their text. */
static void
format_image(const struct image *image, struct ds *s)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    struct items items;
    const char *line;
    size_t i;

    items_init(&items);
    image_get_items(image, &items);
    ITEMS_FOR_EACH (item, &items) {
        char *text = ofp_to_string(item_message(item), item->size, NULL, NULL,
                                   1);
        size_t length = strlen(text);

        if (length && text[length - 1] == '\n') {
            text[length - 1] = '\0';
        }
        svec_add_nocopy(&lines, text);
    }
    items_uninit(&items);

    ds_put_format(s, "version %"PRIu64", marker 0x%016"PRIx64", %"PRIuSIZE
                  " flows, %"PRIuSIZE" groups, %"PRIuSIZE" buckets\n",
                  image_version(image), image_marker(image),
                  image_n_flows(image), image_n_groups(image),
                  image_n_buckets(image));
    svec_sort(&lines);
    SVEC_FOR_EACH (i, line, &lines) {
        ds_put_format(s, "%s\n", line);
    }
    svec_destroy(&lines);
}

static bool
show_image(struct director *director, const char *arg, struct ds *s)
{
    const struct model_vn *vn = find_vn(director, arg, s);
    const struct image *image;

    if (!vn) {
        return false;
    }
    image = (vn->vn_id ? core_vn_image(director_core(director), vn->vn_id)
             : NULL);
    if (!image) {
        ds_put_format(s, "%s: this VN has no image, since no NVE is in it",
                      arg);
        return false;
    }
    format_image(image, s);
    return true;
}

static bool
show_local_image(struct director *director, const char *arg, struct ds *s)
{
    const struct image *image = core_local_image(director_core(director),
                                                 arg);

    if (!image) {
        ds_put_format(s, "%s: there is no local image of an NVE with this "
                      "name (see nve/list)", arg);
        return false;
    }
    format_image(image, s);
    return true;
}

static bool
show_mappings(struct director *director, const char *arg, struct ds *s)
{
    const struct model_vn *vn = NULL;

    if (arg) {
        vn = find_vn(director, arg, s);
        if (!vn) {
            return false;
        }
    }
    model_format_mappings(core_model(director_core(director)), vn, s);
    return true;
}

static void
put_counter(struct ds *s, const char *name, uint64_t value)
{
    ds_put_format(s, "%s: %"PRIu64"\n", name, value);
}

static void
put_core_counters(struct director *director, struct ds *s)
{
    const struct core_stats stats = core_get_stats(director_core(director));

    put_counter(s, "core_changes", stats.n_changes);
    put_counter(s, "core_decisions", stats.n_decisions);
    put_counter(s, "core_compiled", stats.n_compiled);
    put_counter(s, "core_updates", stats.n_updates);
    put_counter(s, "core_mods_encoded", stats.n_mods_encoded);
    put_counter(s, "core_mods_sent", stats.n_mods_sent);
    put_counter(s, "core_resyncs", stats.n_resyncs);
    put_counter(s, "core_repairs", stats.n_repairs);
    put_counter(s, "core_refused", stats.n_refused);
    put_counter(s, "core_dropped", stats.n_dropped);
    put_counter(s, "core_frames", stats.n_frames);
    put_counter(s, "core_frames_dropped", stats.n_frames_dropped);
    put_counter(s, "core_frames_ignored", stats.n_frames_ignored);
    put_counter(s, "core_gleaned", stats.n_gleaned);
    put_counter(s, "core_gleaned_taken", stats.n_glean_taken);
    put_counter(s, "core_gleaned_full", stats.n_glean_full);
    put_counter(s, "core_gleaned_probes", stats.n_probes);
    put_counter(s, "core_gleaned_aged", stats.n_aged);
    put_counter(s, "core_gleaned_now", stats.n_addresses_gleaned);
    put_counter(s, "core_sessions", stats.n_sessions);
    put_counter(s, "core_images", stats.n_images);
}

static void
put_db_counters(struct director *director, struct ds *s)
{
    const struct db_stats stats = db_get_stats(director_db(director));

    put_counter(s, "db_changes", stats.n_changes);
    put_counter(s, "db_reloads", stats.n_reloads);
    put_counter(s, "db_verdicts", stats.n_verdicts);
    put_counter(s, "db_txns", stats.n_txns);
    put_counter(s, "db_retries", stats.n_retries);
    put_counter(s, "db_errors", stats.n_errors);
}

static void
put_wire_counters(struct director *director, struct ds *s)
{
    const struct wire_stats stats = wire_get_stats(director_wire(director));

    put_counter(s, "wire_connections", stats.n_connections);
    put_counter(s, "wire_strangers", stats.n_strangers);
    put_counter(s, "wire_accepted", stats.n_accepted);
    put_counter(s, "wire_evicted", stats.n_evicted);
    put_counter(s, "wire_timeouts", stats.n_timeouts);
    put_counter(s, "wire_accept_errors", stats.n_accept_errors);
    put_counter(s, "wire_conn_runs", stats.n_conn_runs);
    put_counter(s, "wire_recv_calls", stats.n_recv_calls);
    put_counter(s, "wire_send_calls", stats.n_send_calls);
    put_counter(s, "wire_messages_received", stats.n_messages_received);
    put_counter(s, "wire_bytes_received", stats.bytes_received);
    put_counter(s, "wire_bytes_sent", stats.bytes_sent);
}

static void
put_loop_counters(struct ds *s)
{
    const struct loop_stats stats = loop_get_stats();

    put_counter(s, "loop_iterations", stats.n_iterations);
    put_counter(s, "loop_task_runs", stats.n_task_runs);
    put_counter(s, "loop_watcher_changes", stats.n_watcher_changes);
    put_counter(s, "loop_timer_changes", stats.n_timer_changes);
    put_counter(s, "loop_tasks", stats.n_tasks);
    put_counter(s, "loop_watchers", stats.n_watchers);
}

static bool
show_counters(struct director *director, const char *arg OVS_UNUSED,
              struct ds *s)
{
    put_core_counters(director, s);
    put_db_counters(director, s);
    put_wire_counters(director, s);
    put_loop_counters(s);
    return true;
}

static bool
run_audit(struct director *director, const char *arg, struct ds *s)
{
    size_t n;

    if (arg && !core_nve_session(director_core(director), arg)) {
        ds_put_format(s, "%s: no NVE with this name is connected (see "
                      "session/list)", arg);
        return false;
    }
    n = core_audit(director_core(director), arg, time_msec());
    director_wake(director);
    ds_put_format(s, "%"PRIuSIZE" audit(s) started\n", n);
    return true;
}

static bool
show_db(struct director *director, const char *arg OVS_UNUSED, struct ds *s)
{
    db_format_status(director_db(director), s);
    return true;
}

static bool
accept_db(struct director *director, const char *arg OVS_UNUSED, struct ds *s)
{
    char *error = director_accept(director);

    if (error) {
        ds_put_cstr(s, error);
        free(error);
        return false;
    }
    return true;
}

static bool
exit_loop(struct director *director OVS_UNUSED, const char *arg OVS_UNUSED,
          struct ds *s OVS_UNUSED)
{
    VLOG_INFO("exit, as ordered by the control socket");
    loop_stop();
    return true;
}
