/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TESTS_UNIT_CONTROLLER_ROWS_PUT_H
#define TESTS_UNIT_CONTROLLER_ROWS_PUT_H 1

/* Rows-put: one row of text into the model.  For rows.c only; rows.h describes
 * the text.  Single-threaded. */

#include <stdint.h>

struct model;

/* In the order in which they are loaded. */
enum row_kind {
    ROW_TENANT,
    ROW_VN,
    ROW_NVE,
    ROW_REG,
    ROW_VNIC,
    ROW_CLAIM,
    ROW_N_KINDS
};

/* Returns the name of 'kind', or the kind called 's'; aborts if there is
 * none. */
const char *row_kind_to_string(enum row_kind kind);
enum row_kind row_kind_from_string(const char *s);

/* Puts the row of 'kind' called 'name' that says 'words' into 'model'; 'vn_id'
 * is what an earlier verdict gave a VN, or 0. */
void row_put(struct model *, enum row_kind kind, const char *name,
             const char *words, uint32_t vn_id);

/* Takes it out. */
void row_drop(struct model *, enum row_kind kind, const char *name);

#endif /* tests/unit/controller/rows-put.h */
