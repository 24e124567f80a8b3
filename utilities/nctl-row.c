/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nctl-row.h"

#include <stdlib.h>
#include <string.h>

#include "db-ctl-base.h"
#include "ovsdb-data.h"
#include "ovsdb-idl.h"
#include "ovsdb-idl-provider.h"
#include "util.h"


/* Names. */

static const struct ovsdb_idl_table_class *
find_table(const struct ovsdb_idl *idl, const char *name)
{
    const struct ovsdb_idl_class *class = ovsdb_idl_get_class(idl);

    for (size_t i = 0; i < class->n_tables; i++) {
        if (!strcmp(class->tables[i].name, name)) {
            return &class->tables[i];
        }
    }
    OVS_NOT_REACHED();
}

static const struct ovsdb_idl_column *
find_column(const struct ovsdb_idl_row *row, const char *name)
{
    const struct ovsdb_idl_column *column
        = shash_find_data(&row->table->columns, name);

    ovs_assert(column);
    return column;
}

static const struct ovsdb_datum *
read_column(const struct ovsdb_idl_row *row, const char *column)
{
    return ovsdb_idl_read(row, find_column(row, column));
}

const struct ovsdb_idl_table_class *
nctl_table(const struct ctl_context *ctx, const char *table)
{
    return find_table(ctx->idl, table);
}

void
nctl_need_table(struct ctl_context *ctx,
                const struct ovsdb_idl_table_class *table)
{
    ovsdb_idl_add_table(ctx->idl, table);
    for (size_t i = 0; i < table->n_columns; i++) {
        ovsdb_idl_add_column(ctx->idl, &table->columns[i]);
    }
}

void
nctl_need(struct ctl_context *ctx, const char *table)
{
    nctl_need_table(ctx, find_table(ctx->idl, table));
}


/* Reading. */

const char *
nctl_row_text(const struct ovsdb_idl_row *row,
              const struct ovsdb_idl_column *column)
{
    return ovsdb_idl_get(row, column, OVSDB_TYPE_STRING,
                         OVSDB_TYPE_VOID)->keys[0].s->string;
}

const struct ovsdb_idl_row *
nctl_first(const struct ctl_context *ctx, const char *table)
{
    return ovsdb_idl_first_row(ctx->idl, find_table(ctx->idl, table));
}

const struct ovsdb_idl_row *
nctl_next(const struct ovsdb_idl_row *row)
{
    return ovsdb_idl_next_row(row);
}

const struct ovsdb_idl_row *
nctl_insert(struct ctl_context *ctx, const char *table)
{
    return ovsdb_idl_txn_insert(ctx->txn, find_table(ctx->idl, table), NULL);
}

const char *
nctl_get_text(const struct ovsdb_idl_row *row, const char *column)
{
    return nctl_row_text(row, find_column(row, column));
}

bool
nctl_get_bool(const struct ovsdb_idl_row *row, const char *column)
{
    return read_column(row, column)->keys[0].boolean;
}

size_t
nctl_get_n(const struct ovsdb_idl_row *row, const char *column)
{
    return read_column(row, column)->n;
}

const char *
nctl_get_key(const struct ovsdb_idl_row *row, const char *column, size_t i)
{
    return read_column(row, column)->keys[i].s->string;
}

const struct ovsdb_idl_row *
nctl_get_row(const struct ovsdb_idl_row *row, const char *column, size_t i)
{
    const struct ovsdb_type *type = &find_column(row, column)->type;
    bool is_map = ovsdb_type_is_map(type);
    const struct ovsdb_base_type *base = is_map ? &type->value : &type->key;
    const struct ovsdb_datum *datum = read_column(row, column);
    const struct ovsdb_idl *idl = row->table->idl;

    return ovsdb_idl_get_row_for_uuid(
        idl, find_table(idl, base->uuid.refTableName),
        is_map ? &datum->values[i].uuid : &datum->keys[i].uuid);
}


/* Writing. */

/* Writes the 'n' elements 'keys', and 'values' if they are not NULL, of which
 * it takes ownership, into a column. */
static void
write_column(const struct ovsdb_idl_row *row, const char *column,
             union ovsdb_atom *keys, union ovsdb_atom *values, size_t n)
{
    struct ovsdb_datum datum = { .n = n, .keys = keys, .values = values };

    ovsdb_idl_txn_write(row, find_column(row, column), &datum);
}

/* Returns a new array of 'n' atoms. */
static union ovsdb_atom *
new_atoms(size_t n)
{
    return n ? xcalloc(n, sizeof(union ovsdb_atom)) : NULL;
}

static union ovsdb_atom *
text_atoms(const char *const *texts, size_t n)
{
    union ovsdb_atom *atoms = new_atoms(n);

    for (size_t i = 0; i < n; i++) {
        atoms[i].s = ovsdb_atom_string_create(texts[i]);
    }
    return atoms;
}

static union ovsdb_atom *
row_atoms(const struct ovsdb_idl_row *const *rows, size_t n)
{
    union ovsdb_atom *atoms = new_atoms(n);

    for (size_t i = 0; i < n; i++) {
        atoms[i].uuid = rows[i]->uuid;
    }
    return atoms;
}

void
nctl_set_text(const struct ovsdb_idl_row *row, const char *column,
              const char *text)
{
    nctl_set_texts(row, column, &text, 1);
}

void
nctl_set_bool(const struct ovsdb_idl_row *row, const char *column, bool value)
{
    union ovsdb_atom *atom = new_atoms(1);

    atom->boolean = value;
    write_column(row, column, atom, NULL, 1);
}

void
nctl_set_integer(const struct ovsdb_idl_row *row, const char *column,
                 int64_t value)
{
    union ovsdb_atom *atom = new_atoms(1);

    atom->integer = value;
    write_column(row, column, atom, NULL, 1);
}

void
nctl_set_texts(const struct ovsdb_idl_row *row, const char *column,
               const char *const *texts, size_t n)
{
    write_column(row, column, text_atoms(texts, n), NULL, n);
}

void
nctl_set_rows(const struct ovsdb_idl_row *row, const char *column,
              const struct ovsdb_idl_row *const *rows, size_t n)
{
    write_column(row, column, row_atoms(rows, n), NULL, n);
}

void
nctl_set_row_map(const struct ovsdb_idl_row *row, const char *column,
                 const char *const *keys,
                 const struct ovsdb_idl_row *const *rows, size_t n)
{
    write_column(row, column, text_atoms(keys, n), row_atoms(rows, n), n);
}
