/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TSI_H
#define TSI_H 1

/* The state machine of a Tenant System Interface, RFC 8394 figure 6: one
 * instance for each VNIC in each VN, on the NVE.  Pure; a table.
 *
 *                 De-Associate   +--------+   De-Associate
 *               +--------------->|  Init  |<--------------+
 *               |                +--------+               |
 *               |      Associate   |    |   Activate      |
 *               |      +-----------+    +----------+      |
 *               |      v                           v      |
 *          +--------------+       Activate       +-------------+
 *          |  Associated  |--------------------->|  Activated  |
 *          |              |<---------------------|             |
 *          +--------------+      Deactivate      +-------------+
 *            ^  |                                    ^  |
 *            +--+  add, remove, update addresses;    +--+
 *                  update port
 *
 * Init: nothing is reserved.  Associated: all is reserved and prepared in the
 * datapath, no frame passes.  Activated: frames pass.
 *
 * An arc is taken when what it demands has been done, not when it is asked
 * for: a request that fails leaves the state as it is (section 2.1: then the
 * VM should not run).
 *
 *     unsigned int duties;
 *
 *     if (tsi_step(&state, TSI_ASSOCIATE, &duties)) {
 *         ...
 *     }
 *
 * In a database a request is a state that is wanted, not an event;
 * tsi_event_towards() says which arc leads there.  What a virtual machine
 * goes through becomes such a wish by tsi_wish_update().
 *
 * Threads: any; there is no state. */

#include <stdbool.h>

enum tsi_state {
    TSI_INIT,
    TSI_ASSOCIATED,
    TSI_ACTIVATED,
};
#define TSI_N_STATES 3

enum tsi_event {
    TSI_ASSOCIATE,
    TSI_ACTIVATE,
    TSI_DEACTIVATE,
    TSI_DEASSOCIATE,
    TSI_UPDATE_ADDRESSES,
    TSI_UPDATE_PORT,
};
#define TSI_N_EVENTS 6

/* What the NVE has to have done for an arc, in the order of doing it. */
enum tsi_duty {
    TSI_DUTY_RESERVE = 1 << 0,  /* Tag, tables, filters; not enabled. */
    TSI_DUTY_ENABLE = 1 << 1,   /* Mappings to forwarding; filters on. */
    TSI_DUTY_DISABLE = 1 << 2,  /* The reverse of ENABLE. */
    TSI_DUTY_RELEASE = 1 << 3,  /* The reverse of RESERVE. */
    TSI_DUTY_MAPPINGS = 1 << 4, /* Tell the NVA of changed addresses. */
    TSI_DUTY_MOVE_TAG = 1 << 5, /* Tag onto the new port, off the old. */
};

/* Whether a request is part of a migration (requirement 13).  Unlike the M
 * and S bits of VDP, "none" is not the same as "not known". */
enum tsi_migration {
    TSI_MIGRATION_UNKNOWN,
    TSI_MIGRATION_NONE,
    TSI_MIGRATION_ARRIVING,     /* The VM comes to this end device. */
    TSI_MIGRATION_DEPARTING,    /* It is about to leave it, and will run on
                                 * another. */
};

/* What happens to a virtual machine, as far as the NVE cares (RFC 8394
 * section 2, with the states of RFC 7666). */
enum tsi_vm_event {
    TSI_VM_CREATED,             /* Prepared; shut down. */
    TSI_VM_STARTED,
    TSI_VM_PAUSED,
    TSI_VM_UNPAUSED,
    TSI_VM_SUSPENDED,
    TSI_VM_RESUMED,
    TSI_VM_SHUT_DOWN,
    TSI_VM_ARRIVING,            /* Destination: the migration begins. */
    TSI_VM_ARRIVED,             /* Destination: about to run. */
    TSI_VM_DEPARTING,           /* Source: the migration begins. */
    TSI_VM_DEPARTED,            /* Source: it runs elsewhere. */
    TSI_VM_STAYED,              /* Source: the migration failed. */
};
#define TSI_N_VM_EVENTS 12

/* What an end device wants for a TSI. */
struct tsi_wish {
    enum tsi_state state;       /* TSI_INIT: there is no request. */
    enum tsi_migration migration;
};
#define TSI_WISH_INIT { TSI_INIT, TSI_MIGRATION_UNKNOWN }

/* Takes the arc for 'event' from '*state', and stores in '*duties' what it
 * demands, a set of enum tsi_duty.  Returns false, and changes nothing, if
 * figure 6 has no such arc. */
bool tsi_step(enum tsi_state *state, enum tsi_event event,
              unsigned int *duties);

/* Stores in '*event' the event that leads from 'from' to 'to'.  Returns false
 * if they are the same. */
bool tsi_event_towards(enum tsi_state from, enum tsi_state to,
                       enum tsi_event *event);

/* Changes '*wish' as 'event' of the VM demands.  Returns false if that is no
 * change, as with a pause (section 2.4). */
bool tsi_wish_update(struct tsi_wish *wish, enum tsi_vm_event event);

/* Returns the name of 'state': "init", "associated" or "activated". */
const char *tsi_state_to_string(enum tsi_state state);

/* Stores in '*state' the state called 's'.  Returns false if there is
 * none. */
bool tsi_state_from_string(const char *s, enum tsi_state *state);

/* Returns the name of 'event', as RFC 8394 has it. */
const char *tsi_event_to_string(enum tsi_event event);

/* Returns the name of 'migration': "none", "arriving" or "departing"; NULL
 * if it is not known. */
const char *tsi_migration_to_string(enum tsi_migration migration);

/* Returns the migration called 's'; TSI_MIGRATION_UNKNOWN if 's' is NULL or
 * not the name of one. */
enum tsi_migration tsi_migration_from_string(const char *s);

#endif /* tsi.h */
