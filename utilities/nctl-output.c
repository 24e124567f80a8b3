/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nctl-output.h"

#include <stdlib.h>
#include <string.h>

#include "db-ctl-base.h"
#include "nctl-row.h"
#include "openvswitch/dynamic-string.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "table.h"
#include "util.h"

struct table *
nctl_table_start(struct ctl_context *ctx, const char *headings)
{
    char *copy = xstrdup(headings);
    char *save = NULL;

    ctx->table = xmalloc(sizeof *ctx->table);
    table_init(ctx->table);
    for (char *word = strtok_r(copy, ",", &save); word;
         word = strtok_r(NULL, ",", &save)) {
        table_add_column(ctx->table, "%s", word);
    }
    free(copy);
    return ctx->table;
}

void
nctl_table_row(struct table *table)
{
    table_add_row(table);
}

void
nctl_table_put(struct table *table, const char *text)
{
    nctl_table_put_nocopy(table, xstrdup(text));
}

void
nctl_table_put_nocopy(struct table *table, char *text)
{
    table_add_cell(table)->text = text;
}

/* The columns of the table whose rows are being sorted. */
static size_t sort_n_columns;

static int
table_row_compare(const void *a_, const void *b_)
{
    const struct cell *a = a_;
    const struct cell *b = b_;

    for (size_t i = 0; i < sort_n_columns; i++) {
        int cmp = strcmp(a[i].text, b[i].text);

        if (cmp) {
            return cmp;
        }
    }
    return 0;
}

void
nctl_table_sort(struct table *table)
{
    sort_n_columns = table->n_columns;
    if (table->n_rows) {
        qsort(table->cells, table->n_rows,
              table->n_columns * sizeof *table->cells, table_row_compare);
    }
}

/* A row and what to sort it by. */
struct keyed_row {
    const char *key;
    const struct ovsdb_idl_row *row;
};

static int
keyed_row_compare(const void *a_, const void *b_)
{
    const struct keyed_row *a = a_;
    const struct keyed_row *b = b_;

    return strcmp(a->key, b->key);
}

void *
nctl_sorted_rows(const struct ovsdb_idl *idl,
                 const struct ovsdb_idl_column *name,
                 const struct ovsdb_idl_column *alias, size_t *n)
{
    const struct ovsdb_idl_table_class *table
        = ovsdb_idl_table_class_from_column(ovsdb_idl_get_class(idl), name);
    const struct ovsdb_idl_row *row;
    struct keyed_row *keyed = NULL;
    size_t allocated = 0;
    const void **rows;

    *n = 0;
    for (row = ovsdb_idl_first_row(idl, table); row;
         row = ovsdb_idl_next_row(row)) {
        if (*n >= allocated) {
            keyed = x2nrealloc(keyed, &allocated, sizeof *keyed);
        }
        keyed[*n].row = row;
        keyed[(*n)++].key = nctl_label(alias ? nctl_row_text(row, alias) : "",
                                       nctl_row_text(row, name));
    }
    if (keyed) {
        qsort(keyed, *n, sizeof *keyed, keyed_row_compare);
    }
    rows = xmalloc((*n + 1) * sizeof *rows);
    for (size_t i = 0; i < *n; i++) {
        rows[i] = keyed[i].row;
    }
    free(keyed);
    return rows;
}

const char *
nctl_label(const char *alias, const char *name)
{
    return alias[0] ? alias : name;
}

char *
nctl_join(char *const *words, size_t n)
{
    struct ds out = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&out, "%s%s", i ? ", " : "", words[i]);
    }
    return ds_steal_cstr(&out);
}
