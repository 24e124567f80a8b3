/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NCTL_ROW_H
#define NCTL_ROW_H 1

/* Rows by the names of their tables and columns.
 *
 * The databases of this project have the tables with the server's settings
 * (Connection, SSL, RBAC_Role, RBAC_Permission) in common, but the C structs
 * that are generated from the schemas have not.  What works on these tables
 * in any database uses this module; all else uses the structs.
 *
 *     row = nctl_insert(ctx, "Connection");
 *     nctl_set_text(row, "target", "ptcp:6641");
 *
 * It is a programming error if there is no such table or column, or if it has
 * another type.  Rows and texts are valid until the row changes.  No
 * threads. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl_context;
struct ovsdb_idl_column;
struct ovsdb_idl_row;
struct ovsdb_idl_table_class;

/* Returns the table called 'table'. */
const struct ovsdb_idl_table_class *nctl_table(const struct ctl_context *ctx,
                                               const char *table);

/* Adds all the columns of 'table' to the replica that 'ctx' works on: for
 * the "prerequisites" function of a command. */
void nctl_need_table(struct ctl_context *ctx,
                     const struct ovsdb_idl_table_class *table);

/* The same for the table called 'table'. */
void nctl_need(struct ctl_context *ctx, const char *table);

/* Returns the text in the string column 'column' of 'row'. */
const char *nctl_row_text(const struct ovsdb_idl_row *row,
                          const struct ovsdb_idl_column *column);

/* Return the first row of the table called 'table', and the one after 'row',
 * or NULL. */
const struct ovsdb_idl_row *nctl_first(const struct ctl_context *ctx,
                                       const char *table);
const struct ovsdb_idl_row *nctl_next(const struct ovsdb_idl_row *row);

/* Adds a row to the table called 'table'. */
const struct ovsdb_idl_row *nctl_insert(struct ctl_context *ctx,
                                        const char *table);

/* Return what is in a column of one value. */
const char *nctl_get_text(const struct ovsdb_idl_row *row,
                          const char *column);
bool nctl_get_bool(const struct ovsdb_idl_row *row, const char *column);

/* Returns the number of elements in a column. */
size_t nctl_get_n(const struct ovsdb_idl_row *row, const char *column);

/* Returns the text that is key number 'i' of a map. */
const char *nctl_get_key(const struct ovsdb_idl_row *row, const char *column,
                         size_t i);

/* Returns the row that element number 'i' of a set, or value number 'i' of a
 * map, refers to. */
const struct ovsdb_idl_row *nctl_get_row(const struct ovsdb_idl_row *row,
                                         const char *column, size_t i);

/* Replace what is in a column. */
void nctl_set_text(const struct ovsdb_idl_row *row, const char *column,
                   const char *text);
void nctl_set_bool(const struct ovsdb_idl_row *row, const char *column,
                   bool value);
void nctl_set_integer(const struct ovsdb_idl_row *row, const char *column,
                      int64_t value);
void nctl_set_texts(const struct ovsdb_idl_row *row, const char *column,
                    const char *const *texts, size_t n);
void nctl_set_rows(const struct ovsdb_idl_row *row, const char *column,
                   const struct ovsdb_idl_row *const *rows, size_t n);

/* Replaces what is in a map by the 'n' pairs of 'keys' and references to
 * 'rows'. */
void nctl_set_row_map(const struct ovsdb_idl_row *row, const char *column,
                      const char *const *keys,
                      const struct ovsdb_idl_row *const *rows, size_t n);

#endif /* nctl-row.h */
