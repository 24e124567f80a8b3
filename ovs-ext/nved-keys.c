/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-keys.h"

#include <ctype.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "smap.h"
#include "svec.h"
#include "util.h"

/* What separates the members of a list in a value. */
#define SEPARATORS ", \t\n"

static bool target_is_valid(const char *target);

char *
nved_keys_bad(const char *key, const char *value, const char *advice)
{
    char *quoted = nvo3_quote(value);
    char *error = xasprintf("external_ids:%s is %s: %s", key, quoted, advice);

    free(quoted);
    return error;
}

const char *
nved_keys_get(const struct smap *ids, const char *key)
{
    const char *value = smap_get(ids, key);

    return value && *value ? value : NULL;
}

char *
nved_keys_read_self(const struct smap *ids, const char *own_key,
                    const char *hostname, const char *whose, char **name)
{
    const char *key = own_key;
    const char *value = nved_keys_get(ids, key);

    if (!value) {
        key = "system-id";
        value = nved_keys_get(ids, key);
    }
    if (!value) {
        key = "hostname";
        value = nved_keys_get(ids, key);
    }
    if (!value) {
        value = hostname;
    }
    if (!value || !nvo3_name_is_valid(value)) {
        char *advice = xasprintf("the name of %s is 1 to 255 printable "
                                 "characters; set external_ids:%s", whose,
                                 own_key);
        char *error = nved_keys_bad(key, value ? value : "", advice);

        free(advice);
        return error;
    }
    *name = xstrdup(value);
    return NULL;
}

char *
nved_keys_read_device(const struct smap *ids, const char *key,
                      const char *def, char **namep)
{
    const char *name = nved_keys_get(ids, key);

    name = name ? name : def;
    if (!name) {
        return xasprintf("external_ids:%s is not set: set it to the name of "
                         "a port of Open vSwitch", key);
    }
    if (strlen(name) >= IFNAMSIZ || strpbrk(name, "/ \t\n")
        || !nvo3_name_is_valid(name)) {
        return nved_keys_bad(key, name, "the name of a device has at most 15 "
                             "characters, no space and no slash");
    }
    *namep = xstrdup(name);
    return NULL;
}

char *
nved_keys_read_targets(const struct smap *ids, const char *key,
                       struct svec *targets)
{
    char *copy = xstrdup(nved_keys_get(ids, key));
    char *error = NULL;
    char *rest = NULL;

    for (char *target = strtok_r(copy, SEPARATORS, &rest); target && !error;
         target = strtok_r(NULL, SEPARATORS, &rest)) {
        if (target_is_valid(target)) {
            svec_add(targets, target);
        } else {
            error = nved_keys_bad(key, target, "write tcp:HOST:PORT, "
                                  "ssl:HOST:PORT or unix:PATH");
        }
    }
    if (!error && svec_is_empty(targets)) {
        error = nved_keys_bad(key, copy, "it names no target");
    }
    svec_sort_unique(targets);
    free(copy);
    return error;
}

char *
nved_keys_read_remote(const struct smap *ids, const char *key,
                      const char *advice, char **remote,
                      struct svec *targets)
{
    char *error;

    if (!nved_keys_get(ids, key)) {
        return xasprintf("external_ids:%s is not set: %s", key, advice);
    }
    error = nved_keys_read_targets(ids, key, targets);
    if (!error) {
        *remote = svec_join(targets, ",", "");
    }
    return error;
}

size_t
nved_keys_host_length(const char *address)
{
    const char *end;

    if (*address != '[') {
        return strcspn(address, ":");
    }
    end = strchr(address, ']');
    return end && end > address + 1 ? (size_t) (end - address) + 1 : 0;
}

static bool
port_is_valid(const char *port)
{
    int value;

    return (isdigit((unsigned char) *port) && str_to_int(port, 10, &value)
            && value > 0 && value < 65536);
}

/* Returns true if 'target' is one that can be connected to. */
static bool
target_is_valid(const char *target)
{
    const char *address;
    size_t n;

    if (!strncmp(target, "unix:", 5)) {
        return target[5] != '\0';
    }
    if (strncmp(target, "tcp:", 4) && strncmp(target, "ssl:", 4)) {
        return false;
    }
    address = target + 4;
    n = nved_keys_host_length(address);
    return n && (!address[n]
                 || (address[n] == ':' && port_is_valid(address + n + 1)));
}
