/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NCTL_ARGS_H
#define NCTL_ARGS_H 1

/* Reading and checking the arguments and options of commands.
 *
 *     name = nctl_new_name(ctx, "VN", arg);
 *     if (name) {
 *         ...
 *         free(name);
 *     }
 *
 * What is wrong with an argument becomes the error of 'ctx', in words that
 * say what to write.  No threads. */

#include <stdbool.h>

struct ctl_context;
struct svec;

/* Returns the value of the option 'name' ("--tenant"), or NULL if it was not
 * given.  An option without a value has the value "". */
const char *nctl_option(const struct ctl_context *ctx, const char *name);

/* Returns the name for a new object, which the caller must free: a new UUID
 * if 'arg' is NULL or "-", else a copy of 'arg'.  Returns NULL with an error
 * if 'arg' is no good name for a 'noun' ("VN"). */
char *nctl_new_name(struct ctl_context *ctx, const char *noun,
                    const char *arg);

/* Returns true if 'alias' may be an alias of a 'noun': "" or a good name;
 * else sets an error. */
bool nctl_check_alias(struct ctl_context *ctx, const char *noun,
                      const char *alias);

/* Splits 'list' at its commas into '*words', which the caller must destroy.
 * NULL is an empty list. */
void nctl_split(const char *list, struct svec *words);

/* Returns the MAC address 'text' in its one right form, to be freed, or NULL
 * with an error. */
char *nctl_canonical_mac(struct ctl_context *ctx, const char *text);

/* Returns the address, prefix or range 'text' in its one right form, to be
 * freed, or NULL with an error. */
char *nctl_canonical_ip(struct ctl_context *ctx, const char *text);

/* Returns true if 'a' and 'b' are the same MAC address. */
bool nctl_mac_equals(const char *a, const char *b);

/* Returns true if the addresses, prefixes or ranges 'a' and 'b' mean the
 * same.  Text that cannot be read equals only itself. */
bool nctl_ip_equals(const char *a, const char *b);

#endif /* nctl-args.h */
