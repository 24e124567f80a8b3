/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TESTS_UNIT_CONTROLLER_ROWS_H
#define TESTS_UNIT_CONTROLLER_ROWS_H 1

/* Rows: the NVO3 database of a test, a line of text per row.
 *
 *     tenant NAME
 *     vn NAME [id=N] [tenant=NAME] [open] [l3] [tags] [glean=N]
 *        [age=SECONDS]
 *     nve NAME [off] [dpid=HEX] [ep=IP[/PRIORITY],...] [quota=N]
 *     reg NAME [dpid=HEX] [ep=IP[/PRIORITY],...] [tunnel=PORT]
 *     vnic NAME [tenant=NAME] [nves=NAME,...] [VN=MAC[,IP...][+MAC...]]...
 *     claim NVE/VNIC[/VN] [vn=NAME] [port=NAME] [tag=N] [assoc] [seq=N]
 *           [addr=MAC[,IP...][+MAC...]]
 *     admission open|registered
 *     del KIND NAME
 *
 * VN, if any, is the VN that the claim names.  A registration says datapath
 * ID N and endpoint 192.0.2.N for an NVE whose name ends in the number N,
 * unless it says otherwise.  A claim's port is called as its VNIC.  A MAC is
 * written m1 for 02:00:00:00:00:01, up to four hexadecimal digits; what does
 * not look so is taken as it stands, so rows may be as wrong as one likes.
 *
 * Like db, rows keep the verdicts that the model gives, and can put everything
 * into the model of a director that has just started, in the order in which db
 * would.  A line that makes no sense is a bug of the test: it aborts.
 *
 * Single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ds;
struct model;
struct rows;
struct uuid;

/* Returns a new empty database; free with rows_destroy(). */
struct rows *rows_create(void);
void rows_destroy(struct rows *);

/* Returns a new copy, to find out what another director would say of the same
 * rows: a trace of its verdicts says what they were before.  No NVE is
 * connected, and of those that are refused it does not matter for which of
 * several reasons. */
struct rows *rows_clone(const struct rows *);

/* Does what 'line' says, in 'rows' and in 'model' (which may be NULL). */
void rows_do(struct rows *, struct model *, const char *line);

/* Takes all verdicts of 'model' into the rows.  Appends a line to 'trace',
 * which may be NULL, for each that changes something; returns how many did.
 * An NVE row that the model asks for is put into it. */
size_t rows_take_verdicts(struct rows *, struct model *, struct ds *trace);

/* The model's transaction failed: takes verdicts, but writes none. */
void rows_fail_verdicts(struct model *);

/* Hands all rows to the new 'model', as db_load() does. */
void rows_load(const struct rows *, struct model *);

/* Returns the verdict on the row of 'kind' called 'name' as text, "" if there
 * is none yet; "gone" if there is no row.  A binding's name is "VNIC VN NVE".
 * Valid until the next verdict is taken. */
const char *rows_verdict(const struct rows *, const char *kind,
                         const char *name);

/* Appends all rows with their verdicts to 's', sorted. */
void rows_format(const struct rows *, struct ds *s);

/* Appends all bindings to 's', sorted, with their generations if 'generations'
 * is true. */
void rows_format_bindings(const struct rows *, bool generations,
                          struct ds *s);

/* Returns the number of bindings whose state is 'state'. */
size_t rows_count_bindings(const struct rows *, const char *state);

/* Returns how often a generation did not rise as it must. */
size_t rows_n_bad_generations(const struct rows *);

/* Returns the number that 'name' ends in, 0 if in none. */
unsigned int rows_name_number(const char *name);

/* Returns the key of the claim called 'name'. */
struct uuid rows_claim_key(const char *name);

#endif /* tests/unit/controller/rows.h */
