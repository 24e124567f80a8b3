/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_FLOWS_H
#define NVED_FLOWS_H 1

/* Which VLAN tags the datapath takes for which VN on which port, read once
 * from its flows: the last witness when databases were lost.  See
 * lib/pipeline.h, stage classify, for the flows.  Nothing here blocks.
 *
 *     flows = nved_flows_create("br-int");
 *     ...
 *     if (nved_flows_run(flows)) {
 *         for (i = 0; i < flows->n; i++) {
 *             ... flows->tags[i] ...
 *         }
 *         nved_flows_destroy(flows);
 *     } else {
 *         nved_flows_wait(flows);
 *     }
 *
 * Threads: single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "openflow/openflow.h"
#include "openvswitch/types.h"

struct vconn;

struct nved_flow_tag {
    ofp_port_t port;
    int tag;                    /* 1 to 4094. */
    uint32_t vn_id;
};

struct nved_flows {
    struct vconn *vconn;        /* NULL: finished. */
    bool sent;                  /* Has the request been sent? */
    long long int give_up;      /* time_msec(). */
    struct nved_flow_tag *tags; /* Found so far. */
    size_t n, allocated;
};

/* Starts to read the flows of the bridge called 'bridge', by its management
 * socket in Open vSwitch's run directory.  Returns a new instance, to be freed
 * with nved_flows_destroy(). */
struct nved_flows *nved_flows_create(const char *bridge);

/* Frees 'f'.  NULL is allowed. */
void nved_flows_destroy(struct nved_flows *f);

/* Goes on reading.  Returns true once all is read or, after a few seconds or
 * an error, which is logged, will not be. */
bool nved_flows_run(struct nved_flows *f);

/* Arranges for the next poll_block() to wake up for nved_flows_run(). */
void nved_flows_wait(struct nved_flows *f);

#endif /* nved-flows.h */
