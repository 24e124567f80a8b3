/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VAP_H
#define VAP_H 1

/* The state machine of a Virtual Access Point, RFC 8394 figure 5: one
 * instance for each access port and VN on an NVE.  Pure; a table.
 *
 *     +-----------------+  VN_Connect; return Local_Tag   +--------------+
 *     | VN_Disconnected |-------------------------------->| VN_Connected |
 *     |                 |<--------------------------------|              |
 *     +-----------------+         VN_Disconnect           +--------------+
 *
 * Several end devices may share a port (requirement 2), and each TSI that is
 * associated connects implicitly (section 3.1).  So a VAP counts its users:
 * the explicit connections and the TSIs.  The first takes the arc to
 * VN_Connected, the last one's leaving takes the arc back, and those in
 * between stay.
 *
 * A step is taken when it has succeeded: whoever steps from VN_Disconnected
 * has allocated the tag before.
 *
 *     if (vap->state == VAP_DISCONNECTED) {
 *         ... allocate a tag; return if there is none ...
 *     }
 *     vap_step(vap, VAP_CONNECT, &duties);
 *
 * Threads: any; there is no state besides the caller's struct vap. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vap_state {
    VAP_DISCONNECTED,
    VAP_CONNECTED,
};
#define VAP_N_STATES 2

enum vap_event {
    VAP_CONNECT,                /* Explicit VN_Connect. */
    VAP_DISCONNECT,             /* The end of an explicit one. */
    VAP_TSI_ASSOCIATE,          /* Implicit VN_Connect by a TSI. */
    VAP_TSI_DEASSOCIATE,        /* The end of that. */
};
#define VAP_N_EVENTS 4

/* What the NVE has to do for an arc. */
enum vap_duty {
    VAP_DUTY_RETURN_TAG = 1 << 0, /* Answer with Local_Tag. */
    VAP_DUTY_PROVISION = 1 << 1,  /* Local_Tag begins to mean the VN here. */
    VAP_DUTY_RELEASE = 1 << 2,    /* All goes; Local_Tag is up for reuse. */
};

/* Figure 5 has also VN_ID, Local_Tag and VN_Context, which are their
 * owner's. */
struct vap {
    enum vap_state state;
    size_t n_connections;       /* Explicit ones. */
    size_t n_tsis;              /* Num_TSI_Associated. */
};
#define VAP_INIT { VAP_DISCONNECTED, 0, 0 }

/* Takes 'vap' through 'event' and stores in '*duties' what that demands, a
 * set of enum vap_duty.  Returns false, and changes nothing, if the event is
 * not possible: one that ends what was not begun. */
bool vap_step(struct vap *vap, enum vap_event event, unsigned int *duties);

/* Returns the name of 'state': "disconnected" or "connected". */
const char *vap_state_to_string(enum vap_state state);

#endif /* vap.h */
