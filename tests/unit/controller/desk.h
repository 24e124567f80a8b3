/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TESTS_UNIT_CONTROLLER_DESK_H
#define TESTS_UNIT_CONTROLLER_DESK_H 1

/* Desk: a model with its rows and nothing else, for tests of the model.
 *
 *     struct desk d;
 *
 *     desk_init(&d);
 *     desk_do(&d, "vn red id=5\n"
 *                 "nve h1\nreg h1");
 *     desk_expect(&d, "vn red: ok, VN ID 5\n"
 *                     "nve h1: ok\n");
 *     desk_uninit(&d);
 *
 * A script has a row a line, see rows.h.  Nobody compiles what the model says
 * and no datapath confirms it but by desk_confirm(). */

#include "openvswitch/dynamic-string.h"

struct model;
struct model_binding;
struct rows;

struct desk {
    struct model *model;
    struct rows *rows;
    struct ds changes;          /* What compile should do, a line each. */
    struct ds trace;            /* Verdicts, a line each. */
};

/* Begins with an empty database and a director of epoch 1. */
void desk_init(struct desk *);
void desk_uninit(struct desk *);

/* Does each line of 'script', runs the model once and takes its verdicts. */
void desk_do(struct desk *, const char *script);

/* The same but for running the model. */
void desk_put(struct desk *, const char *script);

/* Runs the model, without or with taking its verdicts. */
void desk_decide(struct desk *);
void desk_run(struct desk *);

/* Ends the director and starts one of 'epoch' with the same rows, up to its
 * first verdicts. */
void desk_restart(struct desk *, int64_t epoch);

/* Returns the binding called "VNIC VN NVE", NULL if there is none. */
struct model_binding *desk_binding(const struct desk *, const char *name);

/* The datapath has all of this binding; takes the verdicts. */
void desk_confirm(struct desk *, const char *name);

/* Fails the test unless 'got' is 'expected', and prints both. */
void desk_check_text(const char *got, const char *expected, const char *what,
                     unsigned int line, const char *file);

/* Checks the verdicts, or changes, since the last look. */
#define desk_expect(D, EXPECTED)                                        \
    (desk_check_text(ds_cstr(&(D)->trace), EXPECTED, "verdicts",        \
                     __LINE__, __FILE__),                               \
     ds_clear(&(D)->trace))
#define desk_expect_changes(D, EXPECTED)                                \
    (desk_check_text(ds_cstr(&(D)->changes), EXPECTED, "changes",       \
                     __LINE__, __FILE__),                               \
     ds_clear(&(D)->changes))

/* Checks the verdict on one row. */
#define desk_check(D, KIND, NAME, EXPECTED)                             \
    desk_check_text(rows_verdict((D)->rows, KIND, NAME), EXPECTED,      \
                    NAME, __LINE__, __FILE__)

#endif /* tests/unit/controller/desk.h */
