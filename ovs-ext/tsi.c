/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/tsi.h"

#include <stddef.h>
#include <string.h>

#include "util.h"

struct arc {
    bool exists;
    enum tsi_state to;
    unsigned int duties;
};

#define ARC(TO, DUTIES) { true, TO, DUTIES }

/* All the arcs of figure 6; what is not here is not allowed. */
static const struct arc arcs[TSI_N_STATES][TSI_N_EVENTS] = {
    [TSI_INIT] = {
        [TSI_ASSOCIATE] = ARC(TSI_ASSOCIATED, TSI_DUTY_RESERVE),
        [TSI_ACTIVATE] = ARC(TSI_ACTIVATED,
                             TSI_DUTY_RESERVE | TSI_DUTY_ENABLE),
    },
    [TSI_ASSOCIATED] = {
        [TSI_ACTIVATE] = ARC(TSI_ACTIVATED, TSI_DUTY_ENABLE),
        [TSI_DEASSOCIATE] = ARC(TSI_INIT, TSI_DUTY_RELEASE),
        [TSI_UPDATE_ADDRESSES] = ARC(TSI_ASSOCIATED, TSI_DUTY_MAPPINGS),
        [TSI_UPDATE_PORT] = ARC(TSI_ASSOCIATED, TSI_DUTY_MOVE_TAG),
    },
    [TSI_ACTIVATED] = {
        [TSI_DEACTIVATE] = ARC(TSI_ASSOCIATED, TSI_DUTY_DISABLE),
        [TSI_DEASSOCIATE] = ARC(TSI_INIT,
                                TSI_DUTY_DISABLE | TSI_DUTY_RELEASE),
        [TSI_UPDATE_ADDRESSES] = ARC(TSI_ACTIVATED, TSI_DUTY_MAPPINGS),
        [TSI_UPDATE_PORT] = ARC(TSI_ACTIVATED, TSI_DUTY_MOVE_TAG),
    },
};

/* What a VM event makes of a wish. */
struct wish_rule {
    bool sets_state;
    enum tsi_state state;
    bool sets_migration;
    enum tsi_migration migration;
};

#define WISH(STATE, MIGRATION) \
    { true, TSI_##STATE, true, TSI_MIGRATION_##MIGRATION }

static const struct wish_rule wish_rules[TSI_N_VM_EVENTS] = {
    [TSI_VM_CREATED] = WISH(ASSOCIATED, NONE),
    [TSI_VM_STARTED] = WISH(ACTIVATED, NONE),
    [TSI_VM_PAUSED] = { .sets_state = false },
    [TSI_VM_UNPAUSED] = { .sets_state = false },
    [TSI_VM_SUSPENDED] = WISH(ASSOCIATED, NONE),
    [TSI_VM_RESUMED] = WISH(ACTIVATED, NONE),
    [TSI_VM_SHUT_DOWN] = WISH(INIT, NONE),
    [TSI_VM_ARRIVING] = WISH(ASSOCIATED, ARRIVING),
    [TSI_VM_ARRIVED] = WISH(ACTIVATED, ARRIVING),
    [TSI_VM_DEPARTING] = { .sets_migration = true,
                           .migration = TSI_MIGRATION_DEPARTING },
    [TSI_VM_DEPARTED] = WISH(INIT, DEPARTING),
    [TSI_VM_STAYED] = WISH(ACTIVATED, NONE),
};

static const char *const state_names[TSI_N_STATES] = {
    [TSI_INIT] = "init",
    [TSI_ASSOCIATED] = "associated",
    [TSI_ACTIVATED] = "activated",
};

static const char *const event_names[TSI_N_EVENTS] = {
    [TSI_ASSOCIATE] = "Associate",
    [TSI_ACTIVATE] = "Activate",
    [TSI_DEACTIVATE] = "Deactivate",
    [TSI_DEASSOCIATE] = "De-Associate",
    [TSI_UPDATE_ADDRESSES] = "update addresses",
    [TSI_UPDATE_PORT] = "update port",
};

static const char *const migration_names[] = {
    [TSI_MIGRATION_UNKNOWN] = NULL,
    [TSI_MIGRATION_NONE] = "none",
    [TSI_MIGRATION_ARRIVING] = "arriving",
    [TSI_MIGRATION_DEPARTING] = "departing",
};

bool
tsi_step(enum tsi_state *state, enum tsi_event event, unsigned int *duties)
{
    const struct arc *arc = &arcs[*state][event];

    if (arc->exists) {
        *state = arc->to;
        *duties = arc->duties;
    }
    return arc->exists;
}

bool
tsi_event_towards(enum tsi_state from, enum tsi_state to,
                  enum tsi_event *event)
{
    if (from == to) {
        return false;
    }
    switch (to) {
    case TSI_INIT:
        *event = TSI_DEASSOCIATE;
        break;
    case TSI_ASSOCIATED:
        *event = from == TSI_INIT ? TSI_ASSOCIATE : TSI_DEACTIVATE;
        break;
    case TSI_ACTIVATED:
        *event = TSI_ACTIVATE;
        break;
    default:
        OVS_NOT_REACHED();
    }
    return true;
}

bool
tsi_wish_update(struct tsi_wish *wish, enum tsi_vm_event event)
{
    const struct wish_rule *rule = &wish_rules[event];
    struct tsi_wish old = *wish;

    if (rule->sets_state) {
        wish->state = rule->state;
    }
    if (rule->sets_migration) {
        wish->migration = rule->migration;
    }
    return wish->state != old.state || wish->migration != old.migration;
}

const char *
tsi_state_to_string(enum tsi_state state)
{
    return state_names[state];
}

bool
tsi_state_from_string(const char *s, enum tsi_state *state)
{
    for (size_t i = 0; i < TSI_N_STATES; i++) {
        if (!strcmp(s, state_names[i])) {
            *state = (enum tsi_state) i;
            return true;
        }
    }
    return false;
}

const char *
tsi_event_to_string(enum tsi_event event)
{
    return event_names[event];
}

const char *
tsi_migration_to_string(enum tsi_migration migration)
{
    return migration_names[migration];
}

enum tsi_migration
tsi_migration_from_string(const char *s)
{
    for (size_t i = 0; s && i < ARRAY_SIZE(migration_names); i++) {
        if (migration_names[i] && !strcmp(s, migration_names[i])) {
            return (enum tsi_migration) i;
        }
    }
    return TSI_MIGRATION_UNKNOWN;
}
