/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_COOKIES_H
#define CONTROLLER_COOKIES_H 1

/* Cookies: how many flows of an image have each cookie, so that it is known
 * when the last one with a cookie goes.  For image.c only.
 *
 *     struct cookies cookies;
 *     cookies_init(&cookies);
 *     cookies_count(&cookies, cookie, true);
 *     cookies_uninit(&cookies);
 *
 * Single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"

struct cookies {
    struct hmap map;            /* Of struct cookie_count. */
};

/* Initializes 'cookies' as empty; free with cookies_uninit(). */
void cookies_init(struct cookies *cookies);

/* Frees what 'cookies' holds. */
void cookies_uninit(struct cookies *cookies);

/* Counts a flow with 'cookie' in, or out if 'in' is false: then it must have
 * been counted in before. */
void cookies_count(struct cookies *cookies, uint64_t cookie, bool in);

/* Returns true if at least one flow has 'cookie'. */
bool cookies_contain(const struct cookies *cookies, uint64_t cookie);

/* Returns the bytes of memory that it takes, about. */
size_t cookies_memory(const struct cookies *cookies);

#endif /* controller/cookies.h */
