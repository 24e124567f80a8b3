/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TESTS_UNIT_CONTROLLER_BENCH_H
#define TESTS_UNIT_CONTROLLER_BENCH_H 1

/* Bench: one session with a simulated switch and a few images, in virtual
 * time, with the core's part played by bench_run().
 *
 *     struct bench b;
 *
 *     bench_init(&b);
 *     bench_connect(&b);
 *     bench_put(&b, 1, 10, "flow table=24,metadata=1,actions=drop");
 *     bench_run(&b);
 *     bench_expect(&b, "confirmed 1 v1\n");
 *     bench_check(&b);
 *     bench_uninit(&b);
 *
 * Image 0 is the local one, image N that of the VN with VN ID N.  All are
 * subscribed unless a test says otherwise. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/image.h"
#include "controller/session.h"
#include "openvswitch/dynamic-string.h"

#define BENCH_N_IMAGES 4

/* What bench_put() has put. */
struct bench_holding {
    size_t i;                   /* Image. */
    uint64_t owner;
    char *text;
};

struct bench {
    struct image_pool pool;
    struct session_config config;
    struct session *session;
    struct fake_switch *sw;
    struct image *images[BENCH_N_IMAGES];
    bool subscribed[BENCH_N_IMAGES];
    struct bench_holding *holdings;
    size_t n_holdings, allocated_holdings;
    bool accept;                /* Go on from SESSION_IDENTIFIED. */
    long long now;
    struct ds trace;            /* Events, a line each. */
};

/* Begins with empty images and no audits; not connected. */
void bench_init(struct bench *);
void bench_uninit(struct bench *);

/* Makes a new connection with a new session, and runs. */
void bench_connect(struct bench *);

/* Ends the connection at once, on both sides. */
void bench_disconnect(struct bench *);

/* Moves bytes and takes events until nothing happens any more.  The first does
 * it with at most 'size' bytes to the switch. */
void bench_run_some(struct bench *, size_t size);
void bench_run(struct bench *);

/* Takes events only. */
void bench_take_events(struct bench *);

/* Lets 'ms' milliseconds pass and does what becomes due. */
void bench_advance(struct bench *, int ms);

/* Makes the items of 'owner' in image 'i' be those of 'text' (item-text.h),
 * and pushes the update.  Does not move a byte. */
void bench_put(struct bench *, size_t i, uint64_t owner, const char *text);

/* Does to the switch what 'text' says, the way a person with ovs-ofctl does:
 * adds its items, or if it begins with "no ", removes them. */
void bench_by_hand(struct bench *, const char *text);

void bench_subscribe(struct bench *, size_t i);
void bench_unsubscribe(struct bench *, size_t i);

/* Checks that the events since the last call are 'expected'. */
void bench_expect(struct bench *, const char *expected);

/* Checks that the session is settled and that the switch holds the subscribed
 * images and nothing else.  Returns true if so. */
bool bench_check(struct bench *);

/* Makes all images anew, each in one flush and without a past, as after a
 * restart of the director.  Ends the connection. */
void bench_restart_director(struct bench *);

/* Returns the number of flow_mods and group_mods the switch got so far. */
uint64_t bench_mods(const struct bench *);

#endif /* tests/unit/controller/bench.h */
