/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TESTS_UNIT_CONTROLLER_WORLD_CHECK_H
#define TESTS_UNIT_CONTROLLER_WORLD_CHECK_H 1

/* World-check: what must be so whenever a world is at rest.  For world.c only.
 * Each function appends a line to 's' for all that is not. */

struct core;
struct core_config;
struct ds;
struct fake_switch;
struct rows;

/* The images of 'core' keep the rules of lint.h; no two owners hold one
 * item. */
void world_check_images(const struct core *, struct ds *s);

/* A director that starts now, with no switch connected, has the same images of
 * VNs and changes no verdict. */
void world_check_scratch(const struct core *, const struct core_config *,
                         const struct rows *, struct ds *s);

/* 'sw', the datapath of the NVE named 'nve', has exactly what the images of
 * 'core' that concern it say. */
void world_check_switch(const struct core *, const char *nve,
                        const struct fake_switch *sw, struct ds *s);

#endif /* tests/unit/controller/world-check.h */
