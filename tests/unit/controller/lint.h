/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TESTS_UNIT_CONTROLLER_LINT_H
#define TESTS_UNIT_CONTROLLER_LINT_H 1

/* Lint: what must hold of every flow and bucket that compile makes, whatever
 * the network is.
 *
 *  - A flow's table is one of pipeline.h's, and what it goes on to lies behind
 *    it, so that no frame runs in circles.
 *  - It has a cookie of its image's kind and VN, no timeouts, no flags.
 *  - It says neither NORMAL, CONTROLLER, FLOOD, ALL nor LOCAL, has no
 *    conntrack, no learning, no meter.
 *  - It matches the VN it is of, unless it is of none.
 *  - A shared image names no port: neither in a match nor in an output. */

#include <stddef.h>
#include <stdint.h>

struct ds;
struct items;

/* Checks the items of the image of 'vn_id' (0: of a local image); appends a
 * line to 'complaints' for each fault. */
void lint_items(const struct items *, uint32_t vn_id, struct ds *complaints);

/* Returns how many different masks the flows of 'table' in 'items' have: the
 * classifier looks up a frame once for each. */
size_t lint_count_masks(const struct items *, uint8_t table);

#endif /* tests/unit/controller/lint.h */
