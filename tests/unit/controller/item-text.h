/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TESTS_UNIT_CONTROLLER_ITEM_TEXT_H
#define TESTS_UNIT_CONTROLLER_ITEM_TEXT_H 1

/* Items and updates as text, for tests.
 *
 *     items_add_text(&items, "group 0x01000007\n"
 *                            "bucket 0x01000007 1 drop\n"
 *                            "flow table=24,priority=1,metadata=7,"
 *                            "actions=drop");
 *
 * A line is "group ID", "bucket GROUP-ID ID ACTIONS" or "flow" and what
 * ovs-ofctl takes. */

struct items;
struct update;

/* Appends the items of 'text', a line each, to 'items'. */
void items_add_text(struct items *items, const char *text);

/* Returns a new string, to be freed: what 'update' does, a message a line.
 * Checks that it is a well-formed bundle whose xids are all its ID. */
char *update_to_text(const struct update *update);

#endif /* tests/unit/controller/item-text.h */
