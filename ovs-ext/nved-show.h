/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVED_SHOW_H
#define NVED_SHOW_H 1

/* What the agents' commands of the control socket show alike.
 *
 * Threads: single-threaded. */

#include <stdint.h>

struct ds;
struct nved_claims;
struct nved_local;

/* Returns the client_seq with which the claim for ('vnic', 'vn') is in the
 * database of 'aux', or -1 if it is not. */
typedef int64_t nved_show_seq(const void *aux, const char *vnic,
                              const char *vn);

/* Appends to 's' a line for each interface of a VNIC in 'claims', with its
 * state as 'local' has it and its claim as 'seq' knows it. */
void nved_show_ports(const struct nved_local *local,
                     const struct nved_claims *claims, nved_show_seq *seq,
                     const void *aux, struct ds *s);

#endif /* nved-show.h */
