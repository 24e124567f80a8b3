/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nve-ctl: commands about access ports, segments and their tags. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "nctl-args.h"
#include "nctl-output.h"
#include "nctl-row.h"
#include "nve-ctl.h"
#include "ovs-ext/tag-book.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "svec.h"
#include "util.h"

static void
pre_port(struct ctl_context *ctx)
{
    nctl_need_table(ctx, &hnve_table_access_port);
    nctl_need_table(ctx, &hnve_table_segment);
}

/* Writes the pool of tags that the option 'option' says into 'column' of
 * 'row', if it was given. */
static void
set_tags(struct ctl_context *ctx, const struct ovsdb_idl_row *row,
         const char *option, const char *column)
{
    const char *arg = nctl_option(ctx, option);
    struct tag_pool pool;
    char *error;

    if (!arg) {
        return;
    }
    error = tag_pool_parse(arg, &pool);
    if (error) {
        ctl_error(ctx, "%s: %s; write tags and ranges of tags, such as "
                  "100-199,300", option, error);
        free(error);
        return;
    }
    nctl_set_text(row, column, arg);
}


/* Access ports. */

/* Returns true if the options of port-add go together, else sets an error. */
static bool
check_segment_option(struct ctl_context *ctx)
{
    const char *segment = nctl_option(ctx, "--segment");

    if (segment && nctl_option(ctx, "--tags")) {
        ctl_error(ctx, "--tags is for a port that is a segment of its own; "
                  "the tags of a segment are given to segment-add");
    }
    return (!ctx->error
            && (!segment
                || hctl_find(ctx, &hctl_segment_kind, segment, true)));
}

static void
cmd_port_add(struct ctl_context *ctx)
{
    const char *segment = nctl_option(ctx, "--segment");
    const struct ovsdb_idl_row *row
        = check_segment_option(ctx) ? hctl_add(ctx, &hctl_port_kind) : NULL;

    if (row) {
        nctl_set_text(row, "segment", segment ? segment : "");
        set_tags(ctx, row, "--tags", "tags");
    }
}

static void
cmd_port_del(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *row
        = hctl_find_doomed(ctx, &hctl_port_kind);

    if (row) {
        ovsdb_idl_txn_delete(row);
    }
}

/* Returns a pool of tags for a person. */
static const char *
pool_text(const char *tags)
{
    return tags[0] ? tags : "1-4094";
}

static void
cmd_port_list(struct ctl_context *ctx)
{
    struct table *table = nctl_table_start(ctx, "Port,Enabled,Segment,Tags");
    const struct hnve_access_port *p;

    HNVE_ACCESS_PORT_FOR_EACH (p, ctx->idl) {
        const char *name = p->segment[0] ? p->segment : p->name;
        const struct ovsdb_idl_row *segment
            = hctl_find(ctx, &hctl_segment_kind, name, false);

        nctl_table_row(table);
        nctl_table_put(table, p->name);
        nctl_table_put(table, p->n_enabled && !p->enabled[0] ? "no" : "yes");
        nctl_table_put(table, name);
        nctl_table_put(table,
                       segment ? pool_text(nctl_get_text(segment, "tags"))
                       : p->segment[0] ? "(no such segment)"
                       : pool_text(p->tags));
    }
    nctl_table_sort(table);
}


/* Segments. */

static void
cmd_segment_add(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *row = hctl_add(ctx, &hctl_segment_kind);

    if (row) {
        set_tags(ctx, row, "--tags", "tags");
        set_tags(ctx, row, "--request-tags", "request_tags");
    }
}

/* Returns the names of the access ports in 'segment', to be destroyed. */
static struct svec
segment_ports(const struct ctl_context *ctx, const char *segment)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const struct hnve_access_port *p;

    HNVE_ACCESS_PORT_FOR_EACH (p, ctx->idl) {
        if (!strcmp(p->segment[0] ? p->segment : p->name, segment)) {
            svec_add(&names, p->name);
        }
    }
    svec_sort(&names);
    return names;
}

static void
cmd_segment_del(struct ctl_context *ctx)
{
    const struct ovsdb_idl_row *row
        = hctl_find_doomed(ctx, &hctl_segment_kind);
    struct svec ports;

    if (!row) {
        return;
    }
    ports = segment_ports(ctx, ctx->argv[1]);
    if (ports.n) {
        char *list = nctl_join(ports.names, MIN(ports.n, 5));

        ctl_error(ctx, "segment \"%s\" still has the ports %s%s; delete these "
                  "first", ctx->argv[1], list, ports.n > 5 ? ", ..." : "");
        free(list);
    } else {
        ovsdb_idl_txn_delete(row);
    }
    svec_destroy(&ports);
}

static void
cmd_segment_list(struct ctl_context *ctx)
{
    struct table *table
        = nctl_table_start(ctx, "Segment,Ports,Tags,Tags on request");
    const struct hnve_segment *s;

    HNVE_SEGMENT_FOR_EACH (s, ctx->idl) {
        struct svec ports = segment_ports(ctx, s->name);

        nctl_table_row(table);
        nctl_table_put(table, s->name);
        nctl_table_put_nocopy(table, nctl_join(ports.names, ports.n));
        nctl_table_put(table, pool_text(s->tags));
        nctl_table_put(table, s->request_tags);
        svec_destroy(&ports);
    }
    nctl_table_sort(table);
}


/* Tags. */

static void
pre_tag(struct ctl_context *ctx)
{
    pre_port(ctx);
    nctl_need_table(ctx, &hnve_table_tag);
}

/* Returns true if 'name' is a segment, be it a port's own, else sets an
 * error. */
static bool
check_segment(struct ctl_context *ctx, const char *name)
{
    const struct hnve_tag *tag;

    HNVE_TAG_FOR_EACH (tag, ctx->idl) {
        if (!strcmp(tag->segment, name)) {
            return true;
        }
    }
    return (hctl_find(ctx, &hctl_port_kind, name, false)
            || hctl_find(ctx, &hctl_segment_kind, name, true));
}

static void
cmd_tag_list(struct ctl_context *ctx)
{
    const char *segment = ctx->argc > 1 ? ctx->argv[1] : NULL;
    const struct hnve_tag **tags;
    struct table *table;
    size_t n;

    if (segment && !check_segment(ctx, segment)) {
        return;
    }
    table = nctl_table_start(ctx, "Segment,Tag,VN,State");
    tags = hctl_sorted_tags(ctx->idl, &n);
    for (size_t i = 0; i < n; i++) {
        if (!segment || !strcmp(tags[i]->segment, segment)) {
            nctl_table_row(table);
            nctl_table_put(table, tags[i]->segment);
            nctl_table_put_nocopy(table, xasprintf("%"PRId64, tags[i]->tag));
            nctl_table_put(table, tags[i]->vn);
            nctl_table_put(table, tags[i]->state ? tags[i]->state : "");
        }
    }
    free(tags);
}

static const struct ctl_command_syntax port_commands[] = {
    {"port-add", 1, 1, "NEW-PORT", pre_port, cmd_port_add, NULL,
     "--segment=,--tags=,--may-exist", RW},
    {"port-del", 1, 1, "PORT", pre_port, cmd_port_del, NULL, "--if-exists",
     RW},
    {"port-list", 0, 0, "", pre_port, cmd_port_list, NULL, "", RO},
    {"segment-add", 1, 1, "NEW-SEGMENT", pre_port, cmd_segment_add, NULL,
     "--tags=,--request-tags=,--may-exist", RW},
    {"segment-del", 1, 1, "SEGMENT", pre_port, cmd_segment_del, NULL,
     "--if-exists", RW},
    {"segment-list", 0, 0, "", pre_port, cmd_segment_list, NULL, "", RO},
    {"tag-list", 0, 1, "[SEGMENT]", pre_tag, cmd_tag_list, NULL, "", RO},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family hctl_port_family = {
    port_commands,
"Access ports and segments:\n\
  port-add NAME               end devices are behind the port NAME\n\
                              --segment=SEGMENT --tags=TAGS\n\
  port-del PORT               no end devices are behind PORT\n\
  port-list                   print all access ports\n\
  segment-add NAME            add a bridged network of several ports\n\
                              --tags=TAGS --request-tags=TAGS\n\
  segment-del SEGMENT         delete SEGMENT, which must have no ports\n\
  segment-list                print all segments\n\
  tag-list [SEGMENT]          print which tag is which VN\n"
};
