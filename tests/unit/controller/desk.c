/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/desk.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/model-private.h"
#include "tests/unit/controller/rows.h"
#include "util.h"

static void
start(struct desk *d, int64_t epoch)
{
    d->model = model_create();
    model_set_epoch(d->model, epoch);
}

void
desk_init(struct desk *d)
{
    start(d, 1);
    d->rows = rows_create();
    ds_init(&d->changes);
    ds_init(&d->trace);
}

void
desk_uninit(struct desk *d)
{
    model_destroy(d->model);
    rows_destroy(d->rows);
    ds_destroy(&d->changes);
    ds_destroy(&d->trace);
}

void
desk_put(struct desk *d, const char *script)
{
    char *copy = xstrdup(script);
    char *rest;

    for (char *line = strtok_r(copy, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        rows_do(d->rows, d->model, line);
    }
    free(copy);
}

static void
format_change(const struct model_change *c, struct ds *s)
{
    ds_put_char(s, c->present || c->binding ? '+' : '-');
    switch (c->type) {
    case CHANGE_NVE:
        ds_put_format(s, "nve %s", c->nve->name);
        break;
    case CHANGE_MEMBER:
        ds_put_format(s, "member %"PRIu32" %s", c->vn_id, c->nve->name);
        break;
    case CHANGE_MAPPING:
        ds_put_format(s, "mapping %"PRIu32, c->vn_id);
        if (c->mac) {
            ds_put_format(s, " %s %s", c->mac->text, c->nve->name);
        }
        break;
    case CHANGE_LOCAL:
        ds_put_format(s, "local %"PRIu32" %s", c->vn_id, c->nve->name);
        if (c->binding) {
            ds_put_format(s, " %s", c->binding->vnic);
        }
        break;
    default:
        OVS_NOT_REACHED();
    }
    ds_put_char(s, '\n');
}

void
desk_decide(struct desk *d)
{
    struct model_changes changes = { .n = 0 };

    model_run(d->model, &changes);
    for (size_t i = 0; i < changes.n; i++) {
        format_change(&changes.array[i], &d->changes);
    }
    free(changes.array);
}

/* A verdict may create a row, which is to be decided again. */
void
desk_run(struct desk *d)
{
    do {
        desk_decide(d);
        rows_take_verdicts(d->rows, d->model, &d->trace);
    } while (model_is_dirty(d->model));
}

void
desk_do(struct desk *d, const char *script)
{
    desk_put(d, script);
    desk_run(d);
}

void
desk_restart(struct desk *d, int64_t epoch)
{
    model_destroy(d->model);
    start(d, epoch);
    rows_load(d->rows, d->model);
    desk_run(d);
}

struct model_binding *
desk_binding(const struct desk *d, const char *name)
{
    struct model_binding *found = NULL;
    struct model_binding *b;

    HMAP_FOR_EACH (b, node, &d->model->bindings) {
        char *its_name = xasprintf("%s %s %s", b->vnic, b->vn, b->nve);

        if (!strcmp(its_name, name)) {
            found = b;
        }
        free(its_name);
    }
    return found;
}

void
desk_confirm(struct desk *d, const char *name)
{
    struct model_binding *b = desk_binding(d, name);

    CU_ASSERT_PTR_NOT_NULL_FATAL(b);
    model_confirm_binding(d->model, b);
    rows_take_verdicts(d->rows, d->model, &d->trace);
}

void
desk_check_text(const char *got, const char *expected, const char *what,
                unsigned int line, const char *file)
{
    bool ok = !strcmp(got, expected);

    CU_assertImplementation(ok, line, what, file, "", CU_FALSE);
    if (!ok) {
        printf("\n%s:%u: %s:\n%s%s--- but expected:\n%s\n", file, line, what,
               got, *got && !strchr(got, '\n') ? "\n" : "", expected);
    }
}
