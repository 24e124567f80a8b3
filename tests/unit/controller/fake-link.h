/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TESTS_UNIT_CONTROLLER_FAKE_LINK_H
#define TESTS_UNIT_CONTROLLER_FAKE_LINK_H 1

/* Takes bytes between a session and a simulated switch, in virtual time, and
 * says what the switch should hold.
 *
 *     fake_switch_connect(sw);
 *     while (fake_link_run(session, sw, now)) {
 *         ... take the session's events ...
 *     }
 *     expected = fake_expected_dump(images, n_images);
 *     actual = fake_switch_dump(sw);
 *
 * Single-threaded; no I/O. */

#include <stdbool.h>
#include <stddef.h>

struct fake_switch;
struct image;
struct session;

/* Hands at most 'max' bytes of the output of 'session' to 'sw' in pieces as
 * they come.  Returns how many. */
size_t fake_link_down(struct session *session, struct fake_switch *sw,
                      size_t max, long long now);

/* Hands at most 'max' whole messages of 'sw' to 'session'.  Returns how
 * many. */
size_t fake_link_up(struct session *session, struct fake_switch *sw,
                    size_t max, long long now);

/* Does both, without a limit, until nothing moves.  Returns true if anything
 * did. */
bool fake_link_run(struct session *session, struct fake_switch *sw,
                   long long now);

/* Returns a new string, to be freed, that is equal to fake_switch_dump() of a
 * switch that holds the 'n' images in 'images', none of them dirty, and
 * nothing else. */
char *fake_expected_dump(struct image *const *images, size_t n);

#endif /* tests/unit/controller/fake-link.h */
