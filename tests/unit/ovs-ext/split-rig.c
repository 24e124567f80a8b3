/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "tests/unit/ovs-ext/split-rig.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* A row of a table of answers. */
struct row {
    struct split_answer answer;
    char *text;
};

static char *
claim_text(const struct nved_claim *c)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%s %d %s", c->port, c->tag,
                  c->activate ? "act" : "assoc");
    for (size_t i = 0; i < c->n_addresses && i < 3; i++) {
        ds_put_format(&s, " %s", c->addresses[i]);
    }
    if (c->n_addresses > 3) {
        ds_put_format(&s, " +%"PRIuSIZE, c->n_addresses - 3);
    }
    return ds_steal_cstr(&s);
}

static char *
answer_text(const struct split_answer *a)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%s %s", a->vnic ? tsi_state_to_string(a->state)
                  : a->connected ? "connected" : "disconnected",
                  split_outcome_to_string(a->outcome));
    if (a->tag) {
        ds_put_format(&s, " %s=%"PRIu32" tag=%d", a->vn_name, a->vn_id,
                      a->tag);
    }
    if (a->reason[0]) {
        ds_put_format(&s, " (%s)", a->reason);
    }
    return ds_steal_cstr(&s);
}

static char *
answer_key(const struct split_answer *a)
{
    return a->vnic ? xasprintf("%s %s %s", a->end_device, a->vnic, a->vn)
           : xasprintf("%s @%s %s", a->end_device, a->port, a->vn);
}

static void
row_free(struct row *row)
{
    if (row) {
        free(row->answer.end_device);
        free(row->answer.vnic);
        free(row->answer.vn);
        free(row->answer.port);
        free(row->answer.reason);
        free(row->answer.vn_name);
        smap_destroy(&row->answer.bad_addresses);
        sset_destroy(&row->answer.kept_addresses);
        free(row->text);
        free(row);
    }
}

static struct row *
row_create(const struct split_answer *a)
{
    struct row *row = xmalloc(sizeof *row);

    row->answer = *a;
    row->answer.end_device = xstrdup(a->end_device);
    row->answer.vnic = nullable_xstrdup(a->vnic);
    row->answer.vn = xstrdup(a->vn);
    row->answer.port = xstrdup(a->port);
    row->answer.reason = xstrdup(a->reason);
    row->answer.vn_name = xstrdup(a->vn_name);
    smap_clone(&row->answer.bad_addresses, &a->bad_addresses);
    sset_clone(&row->answer.kept_addresses, &a->kept_addresses);
    row->text = answer_text(a);
    return row;
}

static void
write_answers(struct rig *rig, const struct split_output *output)
{
    for (size_t i = 0; i < output->n_answers; i++) {
        const struct split_answer *a = output->answers[i];
        char *key = answer_key(a);

        row_free(shash_find_and_delete(&rig->answers, key));
        if (a->exists) {
            shash_add(&rig->answers, key, row_create(a));
        }
        rig->n_answers++;
        free(key);
    }
}

/* Makes the table of claims have what 'split' wants for 'vnic'. */
static void
write_claims(struct rig *rig, const char *vnic)
{
    char *prefix = xasprintf("%s/", vnic);
    struct shash_node *node;

    for (const struct nved_claim *c = split_first_claim(rig->split, vnic);
         c; c = c->next) {
        char *key = xasprintf("%s%s", prefix, c->vn);
        char *old = shash_find_and_delete(&rig->claims, key);
        char *text = claim_text(c);

        if (!old) {
            rig->n_inserts++;
        } else if (strcmp(old, text)) {
            rig->n_updates++;
        }
        shash_add(&rig->claims, key, text);
        free(old);
        free(key);
    }
    SHASH_FOR_EACH_SAFE (node, &rig->claims) {
        const struct nved_claim *c = split_first_claim(rig->split, vnic);
        size_t len = strlen(prefix);

        while (c && strcmp(c->vn, node->name + len)) {
            c = c->next;
        }
        if (!strncmp(node->name, prefix, len) && !c) {
            rig->n_deletes++;
            free(node->data);
            shash_delete(&rig->claims, node);
        }
    }
    free(prefix);
}

static void
grant_claims(struct rig *rig, const char *vnic)
{
    for (const struct nved_claim *c = split_first_claim(rig->split, vnic);
         c; c = c->next) {
        const struct split_verdict verdict = {
            .vnic = vnic,
            .vn = c->vn,
            .state = (c->activate ? NVED_STATE_ACTIVATED
                      : NVED_STATE_ASSOCIATED),
            .reason = "",
        };
        split_put_verdict(rig->split, &verdict);
    }
}

void
rig_configure(struct rig *rig)
{
    static const char *const devices[] = { "hv1", "hv2", "hv3" };
    static const char *const ports[] = { "p1", "p2", "p3" };
    static const char *const blades[] = { "p4", "p5" };
    struct split *split = rig->split;

    for (size_t i = 0; i < 3; i++) {
        split_put_end_device(split, &(struct split_end_device) {
            .name = devices[i], .enabled = true, .vnic_quota = SPLIT_UNSET,
            .vn_quota = SPLIT_UNSET });
        split_put_access_port(split, &(struct split_access_port) {
            .name = ports[i], .segment = "", .tags = "100-109",
            .enabled = true });
    }
    for (size_t i = 0; i < 2; i++) {
        split_put_access_port(split, &(struct split_access_port) {
            .name = blades[i], .segment = "blade", .tags = "",
            .enabled = true });
    }
    split_put_segment(split, &(struct split_segment) {
        .name = "blade", .tags = "200-201", .request_tags = "299" });
    split_put_vn(split, &(struct split_vn) {
        .name = "red", .tenant = "acme", .vn_id = 7 });
    split_put_vn(split, &(struct split_vn) {
        .name = "blue", .tenant = "", .vn_id = 8 });
}

void
rig_init(struct rig *rig)
{
    *rig = (struct rig) {
        .config = { .hold_ms = 1000, .quarantine_ms = 500 },
        .now = 10000,
        .grant = true,
    };
    rig->split = split_create(&rig->config);
    shash_init(&rig->claims);
    shash_init(&rig->answers);
    rig_configure(rig);
    split_set_ready(rig->split);
}

void
rig_uninit(struct rig *rig)
{
    struct shash_node *node;

    split_destroy(rig->split);
    shash_destroy_free_data(&rig->claims);
    SHASH_FOR_EACH (node, &rig->answers) {
        row_free(node->data);
    }
    shash_destroy(&rig->answers);
}

void
rig_reset(struct rig *rig)
{
    rig->n_inserts = rig->n_updates = rig->n_deletes = 0;
    rig->n_answers = 0;
}

void
rig_run(struct rig *rig)
{
    bool again;

    do {
        struct split_output output;
        const char *vnic;

        split_output_init(&output);
        split_run(rig->split, rig->now, &output);
        write_answers(rig, &output);
        SSET_FOR_EACH (vnic, &output.vnics) {
            write_claims(rig, vnic);
            if (rig->grant) {
                grant_claims(rig, vnic);
            }
        }
        again = !sset_is_empty(&output.vnics);
        split_output_uninit(&output);
    } while (again);
    CU_ASSERT_FATAL(split_deadline(rig->split) > rig->now);
}

void
rig_sleep(struct rig *rig, long long int ms)
{
    rig->now += ms;
    rig_run(rig);
}

void
rig_restore(struct rig *rig)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &rig->answers) {
        const struct row *row = node->data;

        split_restore_answer(rig->split, &row->answer);
    }
}

void
rig_ask(struct rig *rig, const char *device, const char *vnic,
          const char *vn, const char *port, const char *state)
{
    static int64_t seq;
    const char *address = "02:00:00:00:00:01 10.0.0.1";

    split_put_request(rig->split, &(struct split_request) {
        .end_device = device,
        .vnic = vnic,
        .vn = vn,
        .port = port,
        .addresses = &address,
        .n_addresses = 1,
        .activate = state[1] == 'c',
        .migration = (strchr(state, '<') ? TSI_MIGRATION_ARRIVING
                      : strchr(state, '>') ? TSI_MIGRATION_DEPARTING
                      : strchr(state, '-') ? TSI_MIGRATION_NONE
                      : TSI_MIGRATION_UNKNOWN),
        .guest_tag = SPLIT_UNSET,
        .client_seq = ++seq,
    });
}

void
rig_end(struct rig *rig, const char *device, const char *vnic,
          const char *vn)
{
    split_remove_request(rig->split, device, vnic, vn);
}

void
rig_connect(struct rig *rig, const char *device, const char *port,
              const char *vn, int64_t tag)
{
    split_put_connection(rig->split, &(struct split_connection) {
        .end_device = device, .port = port, .vn = vn, .tag_request = tag,
        .client_seq = 1 });
}

void
rig_disconnect(struct rig *rig, const char *device, const char *port,
                 const char *vn)
{
    split_remove_connection(rig->split, device, port, vn);
}

static void
check_text(const char *what, const char *text, const char *expected)
{
    bool ok = !strcmp(text, expected);

    if (!ok) {
        printf("\n%s: got \"%s\", expected \"%s\"\n", what, text, expected);
    }
    CU_ASSERT(ok);
}

void
rig_check_claim(struct rig *rig, const char *vnic, const char *expected)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (const struct nved_claim *c = split_first_claim(rig->split, vnic);
         c; c = c->next) {
        char *text = claim_text(c);
        char *mac = strstr(text, " 02:00:00:00:00:01 10.0.0.1");

        if (mac) {
            *mac = '\0';
        }
        ds_put_format(&s, "[%s %s]", c->vn, text);
        free(text);
    }
    check_text(vnic, ds_cstr(&s), expected);
    ds_destroy(&s);
}

void
rig_check_answer(struct rig *rig, const char *key, const char *expected)
{
    const struct row *row = shash_find_data(&rig->answers, key);

    check_text(key, row ? row->text : "none", expected);
}

const char *
rig_answer(const struct rig *rig, const char *device, const char *vnic)
{
    char *key = xasprintf("%s %s red", device, vnic);
    const struct row *row = shash_find_data(&rig->answers, key);

    free(key);
    return row ? row->text : NULL;
}

void
rig_check_ops(struct rig *rig, size_t n_inserts, size_t n_updates,
                size_t n_deletes)
{
    char *text = xasprintf("%"PRIuSIZE" %"PRIuSIZE" %"PRIuSIZE,
                           rig->n_inserts, rig->n_updates,
                           rig->n_deletes);
    char *expected = xasprintf("%"PRIuSIZE" %"PRIuSIZE" %"PRIuSIZE,
                               n_inserts, n_updates, n_deletes);

    check_text("operations", text, expected);
    free(text);
    free(expected);
    rig_reset(rig);
}

void
rig_check_tags(struct rig *rig, const char *segment,
                 const char *expected)
{
    static const char *const uses[] = { "", "?", "~" };
    struct ds s = DS_EMPTY_INITIALIZER;
    struct tag_line *lines;
    size_t n = split_list_tags(rig->split, segment, &lines);

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&s, "[%d %s%s]", lines[i].tag, lines[i].vn,
                      uses[lines[i].use]);
    }
    check_text(segment, ds_cstr(&s), expected);
    ds_destroy(&s);
    free(lines);
}
