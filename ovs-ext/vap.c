/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/vap.h"

/* What an event does to the numbers of users, and the duty that it always
 * brings. */
struct rule {
    int connections;
    int tsis;
    unsigned int duty;
};

static const struct rule rules[VAP_N_EVENTS] = {
    [VAP_CONNECT] = { .connections = 1, .duty = VAP_DUTY_RETURN_TAG },
    [VAP_DISCONNECT] = { .connections = -1 },
    [VAP_TSI_ASSOCIATE] = { .tsis = 1, .duty = VAP_DUTY_RETURN_TAG },
    [VAP_TSI_DEASSOCIATE] = { .tsis = -1 },
};

/* The duties of an arc, by the states that it leads from and to. */
static const unsigned int duties_of[VAP_N_STATES][VAP_N_STATES] = {
    [VAP_DISCONNECTED][VAP_CONNECTED] = VAP_DUTY_PROVISION,
    [VAP_CONNECTED][VAP_DISCONNECTED] = VAP_DUTY_RELEASE,
};

bool
vap_step(struct vap *vap, enum vap_event event, unsigned int *duties)
{
    const struct rule *rule = &rules[event];
    enum vap_state from = vap->state;

    if ((rule->connections < 0 && !vap->n_connections)
        || (rule->tsis < 0 && !vap->n_tsis)) {
        return false;
    }
    vap->n_connections += (size_t) rule->connections;
    vap->n_tsis += (size_t) rule->tsis;
    vap->state = (vap->n_connections || vap->n_tsis
                  ? VAP_CONNECTED : VAP_DISCONNECTED);
    *duties = rule->duty | duties_of[from][vap->state];
    return true;
}

const char *
vap_state_to_string(enum vap_state state)
{
    return state == VAP_CONNECTED ? "connected" : "disconnected";
}
