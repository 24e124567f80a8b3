/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-wish.h"

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "ovs-ext/nved-keys.h"
#include "smap.h"
#include "util.h"

/* A state of a VM and the events that lead there. */
struct vm_state {
    const char *name;
    size_t n_events;
    enum tsi_vm_event events[2];
    enum tsi_vm_event arriving; /* Instead, at a migration's destination. */
    enum tsi_vm_event departing; /* Besides, at its source. */
};

#define ALIVE TSI_VM_DEPARTING
#define GONE TSI_VM_DEPARTED

/* A VM that is about to be suspended or shut down still runs.  One that is
 * paused, or still on its way, at the destination of its migration has not
 * run there yet. */
static const struct vm_state vm_states[] = {
    { "preparing", 1, { TSI_VM_CREATED }, TSI_VM_ARRIVING, ALIVE },
    { "running", 1, { TSI_VM_STARTED }, TSI_VM_ARRIVED, ALIVE },
    { "suspending", 1, { TSI_VM_STARTED }, TSI_VM_ARRIVED, ALIVE },
    { "suspended", 1, { TSI_VM_SUSPENDED }, TSI_VM_ARRIVING, ALIVE },
    { "resuming", 1, { TSI_VM_RESUMED }, TSI_VM_ARRIVED, ALIVE },
    { "paused", 2, { TSI_VM_STARTED, TSI_VM_PAUSED }, TSI_VM_ARRIVING,
      ALIVE },
    { "migrating", 2, { TSI_VM_STARTED, TSI_VM_DEPARTING }, TSI_VM_ARRIVING,
      ALIVE },
    { "shuttingdown", 1, { TSI_VM_STARTED }, TSI_VM_ARRIVED, ALIVE },
    { "shutdown", 1, { TSI_VM_SHUT_DOWN }, TSI_VM_SHUT_DOWN, GONE },
    { "crashed", 1, { TSI_VM_SHUT_DOWN }, TSI_VM_SHUT_DOWN, GONE },
};

/* Returns a new message that 'key' is 'value', which is wrong. */
static char *
bad_value(const char *key, const char *value, const char *advice)
{
    char *quoted = nvo3_quote(value);
    char *error = xasprintf("%s is %s: %s", key, quoted, advice);

    free(quoted);
    return error;
}

static char *
find_vm_state(const struct smap *ids, const struct vm_state **state)
{
    const char *name = nved_keys_get(ids, "nvo3-vm-state");

    if (!name) {
        name = (!strcmp(smap_get_def(ids, "iface-status", ""), "inactive")
                ? "preparing" : "running");
    }
    for (size_t i = 0; i < ARRAY_SIZE(vm_states); i++) {
        if (!strcmp(name, vm_states[i].name)) {
            *state = &vm_states[i];
            return NULL;
        }
    }
    return bad_value("nvo3-vm-state", name, "write preparing, running, "
                     "suspending, suspended, resuming, paused, migrating, "
                     "shuttingdown, shutdown or crashed");
}

/* Applies to 'wish' what is said of a migration. */
static void
apply_migration(struct tsi_wish *wish, const struct vm_state *state,
                enum tsi_migration migration)
{
    switch (migration) {
    case TSI_MIGRATION_ARRIVING:
        tsi_wish_update(wish, state->arriving);
        break;
    case TSI_MIGRATION_DEPARTING:
        tsi_wish_update(wish, state->departing);
        break;
    case TSI_MIGRATION_NONE:
        wish->migration = TSI_MIGRATION_NONE;
        break;
    case TSI_MIGRATION_UNKNOWN:
        if (wish->migration == TSI_MIGRATION_NONE) {
            wish->migration = TSI_MIGRATION_UNKNOWN;
        }
        break;
    default:
        OVS_NOT_REACHED();
    }
}

char *
nved_wish_read(const struct smap *ids, struct tsi_wish *wish)
{
    const char *word = nved_keys_get(ids, "nvo3-migration");
    enum tsi_migration migration = tsi_migration_from_string(word);
    const struct vm_state *state = NULL;
    char *error = find_vm_state(ids, &state);

    *wish = (struct tsi_wish) TSI_WISH_INIT;
    if (error) {
        return error;
    }
    if (word && migration == TSI_MIGRATION_UNKNOWN) {
        return bad_value("nvo3-migration", word,
                         "write none, arriving or departing");
    }
    for (size_t i = 0; i < state->n_events; i++) {
        tsi_wish_update(wish, state->events[i]);
    }
    apply_migration(wish, state, migration);
    return NULL;
}
