/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_KEYS_H
#define NVED_KEYS_H 1

/* Keys in external_ids of the Open_vSwitch row, read and checked: what the
 * configurations of ovs-nved (nved-config.h) and of ovs-tnved
 * (tnved-config.h) have in common.  Pure.
 *
 *     char *error = nved_keys_read_device(ids, "nvo3-bridge", "br-int",
 *                                         &config->bridge);
 *
 * A function that reads returns NULL, or a new message, to be freed with
 * free(), that names the key and says what to write; then it stores nothing.
 * What it stores is new, to be freed with free() or svec_destroy().
 *
 * Threads: any; there is no state. */

#include <stddef.h>
#include "openvswitch/compiler.h"

struct smap;
struct svec;

/* Returns a new message, to be freed with free(), that 'key' is 'value',
 * which is wrong, and that 'advice' should be done. */
char *nved_keys_bad(const char *key, const char *value, const char *advice);

/* Returns the value of 'key', or NULL if it is absent or empty. */
const char *nved_keys_get(const struct smap *ids, const char *key);

/* Stores in '*name' the name of this host in its role: the value of 'key',
 * else that of system-id, else that of hostname, else 'hostname'.  'whose'
 * ("an NVE") says in the message what is named. */
char *nved_keys_read_self(const struct smap *ids, const char *key,
                          const char *hostname, const char *whose,
                          char **name) OVS_WARN_UNUSED_RESULT;

/* Stores in '*name' the name of a network device; 'def', if it is not NULL,
 * when 'key' is not set. */
char *nved_keys_read_device(const struct smap *ids, const char *key,
                            const char *def, char **name)
    OVS_WARN_UNUSED_RESULT;

/* Appends to 'targets', sorted and unique, the members of the list in 'key',
 * which must be set: tcp:HOST:PORT, ssl:HOST:PORT or unix:PATH, with commas
 * or spaces in between. */
char *nved_keys_read_targets(const struct smap *ids, const char *key,
                             struct svec *targets) OVS_WARN_UNUSED_RESULT;

/* Stores in '*remote' the database that 'key' names, for
 * ovsdb_idl_set_remote(), and appends its members to 'targets'.  'advice'
 * says what to do if it is not set. */
char *nved_keys_read_remote(const struct smap *ids, const char *key,
                            const char *advice, char **remote,
                            struct svec *targets) OVS_WARN_UNUSED_RESULT;

/* Returns the length of the host part of 'address', "HOST" or "HOST:PORT"
 * where an IPv6 HOST is in brackets, or 0 if there is none. */
size_t nved_keys_host_length(const char *address);

#endif /* nved-keys.h */
