/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "controller/model.h"
#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "svec.h"
#include "tests/unit/controller/rows-put.h"
#include "util.h"

struct row {
    char *words;                /* All that follows the name. */
    char *verdict;
    char *in_effect;            /* VNIC: 'words' with its good MACs only. */
    uint32_t vn_id;             /* VN. */
};

struct binding {
    char *verdict;              /* NULL while there is no row. */
    enum binding_state state;
    char *reason;
    int64_t generation, epoch, claim_seq;
    struct svec gleaned;
};

struct rows {
    struct shash kinds[ROW_N_KINDS];    /* Of struct row, by name. */
    struct shash bindings;      /* Of struct binding, by "VNIC VN NVE". */
    struct shash generations;   /* Highest, as int64_t, by "VNIC VN". */
    bool nve_admission;
    bool is_clone;
    size_t n_bad_generations;
};

struct rows *
rows_create(void)
{
    struct rows *rows = xzalloc(sizeof *rows);

    for (enum row_kind kind = 0; kind < ROW_N_KINDS; kind++) {
        shash_init(&rows->kinds[kind]);
    }
    shash_init(&rows->bindings);
    shash_init(&rows->generations);
    return rows;
}

struct rows *
rows_clone(const struct rows *rows)
{
    struct rows *copy = rows_create();
    struct shash_node *node;

    for (enum row_kind kind = 0; kind < ROW_N_KINDS; kind++) {
        SHASH_FOR_EACH (node, &rows->kinds[kind]) {
            struct row *row = xmemdup(node->data, sizeof *row);

            row->words = xstrdup(row->words);
            row->verdict = xstrdup(row->verdict);
            row->in_effect = nullable_xstrdup(row->in_effect);
            if (strstr(row->verdict, ", connected")) {
                *strstr(row->verdict, ", connected") = '\0';
            }
            shash_add(&copy->kinds[kind], node->name, row);
        }
    }
    SHASH_FOR_EACH (node, &rows->bindings) {
        struct binding *b = xmemdup(node->data, sizeof *b);

        b->verdict = nullable_xstrdup(b->verdict);
        b->reason = nullable_xstrdup(b->reason);
        svec_clone(&b->gleaned, &((struct binding *) node->data)->gleaned);
        shash_add(&copy->bindings, node->name, b);
    }
    copy->nve_admission = rows->nve_admission;
    copy->is_clone = true;
    return copy;
}

static void
row_free(struct row *row)
{
    if (row) {
        free(row->words);
        free(row->verdict);
        free(row->in_effect);
        free(row);
    }
}

void
rows_destroy(struct rows *rows)
{
    struct shash_node *node;

    for (enum row_kind kind = 0; kind < ROW_N_KINDS; kind++) {
        SHASH_FOR_EACH (node, &rows->kinds[kind]) {
            row_free(node->data);
        }
        shash_destroy(&rows->kinds[kind]);
    }
    SHASH_FOR_EACH (node, &rows->bindings) {
        struct binding *b = node->data;

        svec_destroy(&b->gleaned);
        free(b->verdict);
        free(b->reason);
        free(b);
    }
    shash_destroy(&rows->bindings);
    shash_destroy_free_data(&rows->generations);
    free(rows);
}

void
rows_do(struct rows *rows, struct model *model, const char *line)
{
    char *copy = xstrdup(line);
    char *rest;
    char *verb = strtok_r(copy, " ", &rest);
    char *name = strtok_r(NULL, " ", &rest);

    if (!verb || !name) {
        ovs_abort(0, "\"%s\": does not say what", line);
    } else if (!strcmp(verb, "admission")) {
        rows->nve_admission = !strcmp(name, "open");
        if (model) {
            model_set_nve_admission(model, rows->nve_admission);
        }
    } else if (!strcmp(verb, "del")) {
        enum row_kind kind = row_kind_from_string(name);

        name = strtok_r(NULL, " ", &rest);
        ovs_assert(name);
        row_free(shash_find_and_delete(&rows->kinds[kind], name));
        if (model) {
            row_drop(model, kind, name);
        }
    } else {
        enum row_kind kind = row_kind_from_string(verb);
        struct row *row = shash_find_data(&rows->kinds[kind], name);

        if (!row) {
            row = xzalloc(sizeof *row);
            row->verdict = xstrdup("");
            shash_add(&rows->kinds[kind], name, row);
        }
        free(row->words);
        row->words = xstrdup(rest);
        if (model) {
            row_put(model, kind, name, row->words, row->vn_id);
        }
    }
    free(copy);
}

/* Verdicts. */

/* Returns true if 'a' and 'b' refuse something that is refused for more than
 * one reason, and only say another of them: an NVE, a binding there, or a
 * binding beyond a quota. */
static bool
is_same_refusal(const char *a, const char *b)
{
    const char *nve = strstr(a, " is refused: ");

    if (strncmp(a, "refused", 7) || strncmp(b, "refused", 7)) {
        return false;
    } else if (a[7] != ',') {
        return true;            /* An NVE. */
    }
    return ((nve && !strncmp(a, b, nve - a)) || strstr(a, " quota ")
            || strstr(b, " quota "));
}

/* Makes 'verdict' (taking ownership) that of 'row'.  Returns true if it is
 * another than before, and then appends it to 'trace'. */
static bool
set_verdict(const struct rows *rows, char **where, char *verdict,
            const char *kind, const char *name, struct ds *trace)
{
    if (nullable_string_is_equal(*where, verdict)
        || (rows->is_clone && *where && verdict && strcmp(kind, "vn")
            && is_same_refusal(*where, verdict))) {
        free(verdict);
        return false;
    }
    if (trace) {
        ds_put_format(trace, "%s %s: %s\n", kind, name,
                      verdict ? verdict : "deleted");
        if (rows->is_clone) {
            ds_put_format(trace, "    was %s\n", *where ? *where : "gone");
        }
    }
    free(*where);
    *where = verdict;
    return true;
}

static bool
take_vn(struct rows *rows, const struct model_vn *vn, struct ds *trace)
{
    struct row *row = shash_find_data(&rows->kinds[ROW_VN], vn->name);
    char *status;
    char *verdict;

    if (!row) {
        return false;
    }
    status = model_vn_status(vn);
    verdict = (vn->vn_id
               ? xasprintf("%s, VN ID %"PRIu32, status, vn->vn_id)
               : xstrdup(status));
    row->vn_id = vn->vn_id;
    free(status);
    return set_verdict(rows, &row->verdict, verdict, "vn", vn->name, trace);
}

/* Appends the verdict on 'a' to 's' and, to 'good', what of it is in
 * effect. */
static void
format_attachment(const struct model_attachment *a, struct ds *s,
                  struct ds *good, bool *all_good)
{
    const char *separator = "";
    char *status = model_attachment_status(a);

    ds_put_format(s, "; %s %s", a->vn->name, status);
    ds_put_format(good, " %s=", a->vn->name);
    free(status);
    for (size_t i = 0; i < a->n_macs; i++) {
        const struct model_mac *mac = &a->macs[i];

        status = model_mac_status(mac);
        ds_put_format(s, ", %s %s", mac->text, status);
        if (model_mac_was_held(status)) {
            ds_put_format(good, "%s%s", separator, mac->text);
            separator = "+";
        }
        for (size_t j = 0; j < mac->n_ips; j++) {
            if (model_ip_was_held(status, mac->ips[j].text)) {
                ds_put_format(good, ",%s", mac->ips[j].text);
            }
        }
        *all_good &= !strcmp(status, "ok");
        free(status);
    }
}

static bool
take_vnic(struct rows *rows, const struct model_vnic *vnic, struct ds *trace)
{
    struct row *row = shash_find_data(&rows->kinds[ROW_VNIC], vnic->name);
    struct ds s = DS_EMPTY_INITIALIZER;
    struct ds good = DS_EMPTY_INITIALIZER;
    bool all_good = true;
    char *status;

    if (!row) {
        return false;
    }
    status = model_vnic_status(vnic);
    if (vnic->n_vns) {
        /* What is refused within follows below. */
        status[strcspn(status, ":")] = '\0';
    }
    ds_put_cstr(&s, status);
    free(status);
    if (*vnic->tenant) {
        ds_put_format(&good, "tenant=%s", vnic->tenant);
    }
    for (size_t i = 0; i < vnic->n_allowed_nves; i++) {
        ds_put_format(&good, "%s%s", i ? "," : " nves=",
                      vnic->allowed_nves[i]);
    }
    for (size_t i = 0; i < vnic->n_vns; i++) {
        format_attachment(vnic->vns[i], &s, &good, &all_good);
    }
    free(row->in_effect);
    row->in_effect = NULL;
    if (!all_good) {
        row->in_effect = ds_steal_cstr(&good);
    }
    ds_destroy(&good);
    return set_verdict(rows, &row->verdict, ds_steal_cstr(&s), "vnic",
                       vnic->name, trace);
}

static bool
take_nve(struct rows *rows, struct model *model, const struct model_nve *nve,
         struct ds *trace)
{
    struct row *row = shash_find_data(&rows->kinds[ROW_NVE], nve->name);
    char *status;
    char *verdict;

    if (!row) {
        if (!nve->admitted) {
            return false;
        }
        row = xzalloc(sizeof *row);
        row->verdict = xstrdup("");
        row->words = xstrdup("");
        shash_add(&rows->kinds[ROW_NVE], nve->name, row);
        row_put(model, ROW_NVE, nve->name, "", 0);
        if (trace) {
            ds_put_format(trace, "nve %s: created\n", nve->name);
        }
    }
    status = model_nve_status(nve);
    verdict = xasprintf("%s%s", status, nve->connected ? ", connected" : "");
    free(status);
    return set_verdict(rows, &row->verdict, verdict, "nve", nve->name, trace);
}

/* Notes the generation of 'in', which has just been written.  A binding that
 * is not refused has one that is at least what its VNIC last had in the VN. */
static void
check_generation(struct rows *rows, const struct model_binding *in)
{
    char *key = xasprintf("%s %s", in->vnic, in->vn);
    int64_t *highest = shash_find_data(&rows->generations, key);

    if (!highest) {
        highest = xzalloc(sizeof *highest);
        shash_add(&rows->generations, key, highest);
    }
    if (in->state != BINDING_REFUSED) {
        rows->n_bad_generations += in->generation < *highest
                                   || !in->generation;
        *highest = MAX(*highest, in->generation);
    }
    free(key);
}

/* Puts what was gleaned of 'in' into 'gleaned'. */
static void
take_gleaned(const struct model_binding *in, struct svec *gleaned)
{
    const struct model_gleaned *g;

    LIST_FOR_EACH (g, node, &in->gleaned) {
        svec_add_nocopy(gleaned, model_gleaned_to_string(g));
    }
    svec_sort(gleaned);
}

static bool
take_binding(struct rows *rows, const struct model_binding *in,
             struct ds *trace)
{
    char *name = xasprintf("%s %s %s", in->vnic, *in->vn ? in->vn : "-",
                           in->nve);
    struct binding *b = shash_find_data(&rows->bindings, name);
    char *verdict = NULL;
    char *gleaned;
    bool changed;

    if (!b) {
        b = xzalloc(sizeof *b);
        svec_init(&b->gleaned);
        shash_add(&rows->bindings, name, b);
    }
    free(b->reason);
    b->reason = NULL;
    svec_clear(&b->gleaned);
    if (!in->gone) {
        check_generation(rows, in);
        take_gleaned(in, &b->gleaned);
        b->state = in->state;
        b->reason = xstrdup(in->reason);
        b->generation = in->generation;
        b->epoch = in->epoch;
        b->claim_seq = in->claim_seq;
        gleaned = svec_join(&b->gleaned, ", ", "");
        verdict = xasprintf("%s, generation %"PRId64".%"PRId64", seq %"PRId64
                            "%s%s%s%s", binding_state_to_string(in->state),
                            in->generation >> 32, in->generation & UINT32_MAX,
                            in->claim_seq, *in->reason ? ": " : "",
                            in->reason, b->gleaned.n ? ", gleaned " : "",
                            gleaned);
        free(gleaned);
    }
    changed = set_verdict(rows, &b->verdict, verdict, "binding", name, trace);
    free(name);
    return changed;
}

size_t
rows_take_verdicts(struct rows *rows, struct model *model, struct ds *trace)
{
    struct verdict v;
    size_t n = 0;

    while (model_next_verdict(model, &v)) {
        switch (v.type) {
        case VERDICT_VN:
            n += take_vn(rows, v.vn, trace);
            break;
        case VERDICT_VNIC:
            n += take_vnic(rows, v.vnic, trace);
            break;
        case VERDICT_NVE:
            n += take_nve(rows, model, v.nve, trace);
            break;
        case VERDICT_BINDING:
            n += take_binding(rows, v.binding, trace);
            break;
        default:
            OVS_NOT_REACHED();
        }
    }
    model_verdicts_done(model, true);
    return n;
}

void
rows_fail_verdicts(struct model *model)
{
    struct verdict v;

    while (model_next_verdict(model, &v)) {
        continue;
    }
    model_verdicts_done(model, false);
}

/* Loading. */

/* Lowers to 'rank' what 'ranks' has for the claim called 'name', which it
 * frees. */
static void
note_rank(struct shash *ranks, char *name, int64_t rank)
{
    int64_t *lowest = shash_find_data(ranks, name);

    if (!lowest) {
        lowest = xmemdup(&rank, sizeof rank);
        shash_add(ranks, name, lowest);
    }
    *lowest = MIN(*lowest, rank);
    free(name);
}

/* Hands the bindings to 'model'; puts the first generation of each claim that
 * was granted into 'ranks', by the claim's name. */
static void
adopt_bindings(const struct rows *rows, struct model *model,
               struct shash *ranks)
{
    const struct shash_node **nodes = shash_sort(&rows->bindings);

    for (size_t i = 0; i < shash_count(&rows->bindings); i++) {
        const struct binding *b = nodes[i]->data;
        char *vnic = xstrdup(nodes[i]->name);
        char *vn = strchr(vnic, ' ');
        char *nve = strchr(vn + 1, ' ');

        *vn++ = *nve++ = '\0';
        if (b->verdict) {
            model_adopt_binding(model, &(struct binding_row) {
                .vnic = vnic, .vn = strcmp(vn, "-") ? vn : "", .nve = nve,
                .state = b->state, .reason = b->reason,
                .generation = b->generation, .epoch = b->epoch,
                .claim_seq = b->claim_seq, .gleaned = b->gleaned.names,
                .n_gleaned = b->gleaned.n });
            if (b->state != BINDING_REFUSED) {
                char *claim = xasprintf("%s/%s/%s", nve, vnic, vn);

                if (!shash_find(&rows->kinds[ROW_CLAIM], claim)) {
                    *strrchr(claim, '/') = '\0';
                }
                note_rank(ranks, claim, b->generation);
            }
        }
        free(vnic);
    }
    free(nodes);
}

static int64_t
rank_of(enum row_kind kind, const struct shash_node *node,
        const struct shash *ranks)
{
    const struct row *row = node->data;
    const int64_t *rank;

    switch (kind) {
    case ROW_CLAIM:
        rank = shash_find_data(ranks, node->name);
        return rank ? *rank : INT64_MAX;
    case ROW_VNIC:
        return row->in_effect != NULL || strncmp(row->verdict, "ok", 2) != 0;
    case ROW_VN:
    case ROW_NVE:
        return strncmp(row->verdict, "ok", 2) != 0;
    case ROW_TENANT:
    case ROW_REG:
    case ROW_N_KINDS:
    default:
        return 0;
    }
}

struct place {
    int64_t rank;
    const struct shash_node *node;
};

static int
compare_places(const void *a_, const void *b_)
{
    const struct place *a = a_;
    const struct place *b = b_;
    uint32_t a_hash = hash_string(a->node->name, 7);
    uint32_t b_hash = hash_string(b->node->name, 7);

    return (a->rank != b->rank ? (a->rank < b->rank ? -1 : 1)
            : a_hash != b_hash ? (a_hash < b_hash ? -1 : 1)
            : strcmp(a->node->name, b->node->name));
}

static void
load_kind(const struct rows *rows, struct model *model, enum row_kind kind,
          const struct shash *ranks)
{
    size_t n = shash_count(&rows->kinds[kind]);
    struct place *line = xcalloc(MAX(n, 1), sizeof *line);
    const struct shash_node *node;
    size_t i = 0;

    SHASH_FOR_EACH (node, &rows->kinds[kind]) {
        line[i].rank = rank_of(kind, node, ranks);
        line[i++].node = node;
    }
    qsort(line, n, sizeof *line, compare_places);
    for (i = 0; kind == ROW_VNIC && i < n; i++) {
        const struct row *row = line[i].node->data;

        if (line[i].rank) {
            row_put(model, kind, line[i].node->name,
                    row->in_effect ? row->in_effect : row->words, 0);
        }
    }
    for (i = 0; i < n; i++) {
        const struct row *row = line[i].node->data;

        row_put(model, kind, line[i].node->name, row->words, row->vn_id);
    }
    free(line);
}

void
rows_load(const struct rows *rows, struct model *model)
{
    struct shash ranks = SHASH_INITIALIZER(&ranks);

    adopt_bindings(rows, model, &ranks);
    for (enum row_kind kind = 0; kind < ROW_N_KINDS; kind++) {
        load_kind(rows, model, kind, &ranks);
    }
    model_set_nve_admission(model, rows->nve_admission);
    shash_destroy_free_data(&ranks);
}

/* Looking. */

const char *
rows_verdict(const struct rows *rows, const char *kind, const char *name)
{
    const struct binding *b;
    const struct row *row;

    if (!strcmp(kind, "binding")) {
        b = shash_find_data(&rows->bindings, name);
        return b && b->verdict ? b->verdict : "gone";
    }
    row = shash_find_data(&rows->kinds[row_kind_from_string(kind)], name);
    return row ? row->verdict : "gone";
}

void
rows_format(const struct rows *rows, struct ds *s)
{
    for (enum row_kind kind = 0; kind < ROW_N_KINDS; kind++) {
        size_t n = shash_count(&rows->kinds[kind]);
        const struct shash_node **nodes = shash_sort(&rows->kinds[kind]);

        for (size_t i = 0; i < n; i++) {
            const struct row *row = nodes[i]->data;

            ds_put_format(s, "%s %s %s -> %s\n", row_kind_to_string(kind),
                          nodes[i]->name, row->words, row->verdict);
        }
        free(nodes);
    }
    rows_format_bindings(rows, true, s);
}

void
rows_format_bindings(const struct rows *rows, bool generations, struct ds *s)
{
    const struct shash_node **nodes = shash_sort(&rows->bindings);

    for (size_t i = 0; i < shash_count(&rows->bindings); i++) {
        const struct binding *b = nodes[i]->data;

        if (b->verdict && generations) {
            ds_put_format(s, "%s: %s\n", nodes[i]->name, b->verdict);
        } else if (b->verdict) {
            ds_put_format(s, "%s: %s%s%s\n", nodes[i]->name,
                          binding_state_to_string(b->state),
                          *b->reason ? ": " : "", b->reason);
        }
    }
    free(nodes);
}

size_t
rows_count_bindings(const struct rows *rows, const char *state)
{
    const struct shash_node *node;
    size_t n = 0;

    SHASH_FOR_EACH (node, &rows->bindings) {
        const struct binding *b = node->data;

        n += b->verdict && !strcmp(binding_state_to_string(b->state), state);
    }
    return n;
}

size_t
rows_n_bad_generations(const struct rows *rows)
{
    return rows->n_bad_generations;
}
