/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_WISH_H
#define NVED_WISH_H 1

/* What a virtual machine wants for its VNIC, from what its hypervisor wrote
 * into external_ids of the interface.  Pure.
 *
 *     struct tsi_wish wish;
 *     char *error = nved_wish_read(&iface->external_ids, &wish);
 *
 * Keys:
 *
 *   iface-status    as libvirt writes it: "inactive", the VM is prepared;
 *                   anything else, or unset: it runs.
 *   nvo3-vm-state   the state of the VM by the names of RFC 7666; takes the
 *                   place of iface-status.
 *   nvo3-migration  "arriving", "departing", or "none"; unset: not known,
 *                   unless the VM's state is "migrating", which means that
 *                   it departs.
 *
 * Only what is there counts, not how it came to be: each state stands for the
 * events (tsi.h) that lead a VM into it.
 *
 * Threads: any; there is no state. */

#include "openvswitch/compiler.h"
#include "ovs-ext/tsi.h"

struct smap;

/* Stores in '*wish' what 'external_ids' of an interface ask for; TSI_INIT
 * means that there should be no request.  Returns NULL, or a new message, to
 * be freed with free(), that says which value is wrong; then the wish is that
 * there be none. */
char *nved_wish_read(const struct smap *external_ids, struct tsi_wish *wish)
    OVS_WARN_UNUSED_RESULT;

#endif /* nved-wish.h */
