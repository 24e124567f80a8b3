/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NCTL_OUTPUT_H
#define NCTL_OUTPUT_H 1

/* Output of commands: tables, and words for a person.
 *
 *     table = nctl_table_start(ctx, "VN,Alias");
 *     NVO3_VN_FOR_EACH (vn, ctx->idl) {
 *         nctl_table_row(table);
 *         nctl_table_put(table, vn->name);
 *         nctl_table_put(table, vn->alias);
 *     }
 *     nctl_table_sort(table);
 *
 * The table belongs to 'ctx'.  No threads. */

#include <stddef.h>

struct ctl_context;
struct ovsdb_idl;
struct ovsdb_idl_column;
struct table;

/* Makes a new table the output of 'ctx' with the columns that 'headings'
 * names, apart by commas. */
struct table *nctl_table_start(struct ctl_context *ctx, const char *headings);

/* Starts a new row of 'table', to be filled with as many cells as the table
 * has columns. */
void nctl_table_row(struct table *table);

/* Adds a cell to the last row of 'table', with a copy of 'text'. */
void nctl_table_put(struct table *table, const char *text);

/* Adds a cell to the last row of 'table', with 'text', of which it takes
 * ownership. */
void nctl_table_put_nocopy(struct table *table, char *text);

/* Sorts the rows of 'table' by the first column, then by the next and so
 * on. */
void nctl_table_sort(struct table *table);

/* Returns a new array, to be freed, of all the rows of the table that has the
 * column 'name', and stores their number in '*n'.  They are sorted by 'alias'
 * where that is not "", else by 'name'; 'alias' may be NULL. */
void *nctl_sorted_rows(const struct ovsdb_idl *idl,
                       const struct ovsdb_idl_column *name,
                       const struct ovsdb_idl_column *alias, size_t *n);

/* Returns "alias" or, if that is empty, "name", for a person. */
const char *nctl_label(const char *alias, const char *name);

/* Returns 'n' words with ", " between them, to be freed. */
char *nctl_join(char *const *words, size_t n);

#endif /* nctl-output.h */
