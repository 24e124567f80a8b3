/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TESTS_UNIT_CONTROLLER_WORLD_H
#define TESTS_UNIT_CONTROLLER_WORLD_H 1

/* World: a core with its database (rows.h) and any number of simulated
 * switches (fake-switch.h), in virtual time.
 *
 *     struct world *w = world_create();
 *
 *     world_do(w, "vn red id=5\nhost h1\nhost h2\n"
 *                 "vnic v1 red=m1,10.0.0.1\nvm h1 v1 7");
 *     world_expect(w, "...");
 *     world_check(w);
 *     world_destroy(w);
 *
 * Scripts have a line for each row, see rows.h, or for what happens to a
 * switch:
 *
 *     switch NVE [DPID]      a new switch with a tunnel port; DPID in decimal,
 *                            by default the number that NVE ends in
 *     connect NVE [CERT]     it connects, with a certificate of CERT, and
 *                            does so again one second after a disconnection
 *     disconnect NVE         it disconnects and stays so
 *     break NVE              it disconnects, to come back after a second
 *     crash NVE              the same, and all its flows and groups are lost
 *     port NVE NAME NUMBER   it gets a port
 *     unport NVE NUMBER      it loses a port
 *     rate NVE BYTES         it reads so many bytes a millisecond; -1: all
 *     damage NVE NUMBER      somebody deletes a flow or a bucket by hand
 *     send NVE NUMBER WHAT   a guest sends from a port, see fake-guest.h
 *     lives NVE NUMBER[/TAG] MAC IP      from now on somebody answers for IP
 *                            there
 *     dies NVE MAC IP        and not any more
 *     host NVE               nve, reg, switch and connect
 *     vm NVE VNIC NUMBER     port and claim
 *     sync NUMBER            nvo3-ctl sync
 *
 * The world does to the core what wire and db do, no more: a session that the
 * core does not name, that got nothing and whose time has not come is not
 * looked at.
 *
 * Single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/compiler.h"

struct core;
struct ds;
struct fake_switch;
struct rows;
struct world;

/* Returns a new world with an empty database and a director of epoch 1; free
 * with world_destroy(). */
struct world *world_create(void);
void world_destroy(struct world *);

/* Does all lines of 'script' at once, then runs until nothing is to be done
 * without time going on. */
void world_do(struct world *, const char *script);
void world_do_format(struct world *, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);

/* Does one line, nothing more. */
void world_put(struct world *, const char *line);

/* Runs until nothing is to be done without time going on. */
void world_settle(struct world *);

/* Lets 'ms' milliseconds go by. */
void world_advance(struct world *, int ms);

/* Lets time go by until every switch that is connected has all, at most 'ms'
 * milliseconds.  Returns false if that is not enough. */
bool world_calm(struct world *, int ms);

/* Ends the director, or begins one of the next epoch; both together are a
 * restart.  In between, rows change in the database only. */
void world_stop(struct world *);
void world_start(struct world *);
void world_restart(struct world *);

/* Has the database refuse verdicts, or take them again. */
void world_set_db_stuck(struct world *, bool stuck);

/* Sets the bytes that a session queues at most, and the audit's interval, of
 * directors that start from now on. */
void world_set_config(struct world *, size_t queue_limit, int audit_ms);

struct core *world_core(const struct world *);
struct rows *world_rows(const struct world *);
struct fake_switch *world_switch(const struct world *, const char *nve);
long long world_now(const struct world *);

/* Returns the number of flow_mods and group_mods that all switches have taken
 * in. */
uint64_t world_n_mods(const struct world *);

/* Returns how many sessions the core has been seen to close. */
size_t world_n_closed(const struct world *);

/* Returns the verdicts since the last call, to be freed. */
char *world_take_trace(struct world *);

/* Returns what is wrong, to be freed; "" if nothing: a connected switch does
 * not have exactly what the core's images say, an image breaks a rule of
 * lint.h, an image is not what a director that starts now would make of the
 * rows, a verdict is not the one that it would give, a generation fell. */
char *world_complaints(struct world *);

/* The same as assertions. */
#define world_expect(W, EXPECTED)                                       \
    do {                                                                \
        char *trace_ = world_take_trace(W);                             \
        desk_check_text(trace_, EXPECTED, "verdicts", __LINE__,         \
                        __FILE__);                                      \
        free(trace_);                                                   \
    } while (0)
#define world_check(W)                                                  \
    do {                                                                \
        char *complaints_ = world_complaints(W);                        \
        desk_check_text(complaints_, "", "complaints", __LINE__,        \
                        __FILE__);                                      \
        free(complaints_);                                              \
    } while (0)
#define world_verdict(W, KIND, NAME, EXPECTED)                          \
    desk_check_text(rows_verdict(world_rows(W), KIND, NAME), EXPECTED,  \
                    NAME, __LINE__, __FILE__)

#endif /* tests/unit/controller/world.h */
