/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVE_CTL_WAIT_H
#define NVE_CTL_WAIT_H 1

/* Waiting for what ovs-nved answers to a transaction.
 *
 * While a transaction is built, commands note which requests they write or
 * end.  After the commit nve-ctl waits for the answers if --wait says so, and
 * in any case for those on departures, which it then completes.  No
 * threads. */

#include <stdbool.h>
#include <stdint.h>

struct hnve_vn_connection;
struct hnve_vnic_request;
struct nctl_waiting;

/* How nve-ctl waits. */
extern const struct nctl_waiting hctl_waiting;

/* Makes nve-ctl wait for answers, for as many seconds as 'arg' says, or
 * without end if it is NULL.  Returns false if 'arg' is no good number. */
bool hctl_wait_set(const char *arg);

/* What is expected of a request. */
enum hctl_expected {
    HCTL_ANSWER,                /* An answer to its last word. */
    HCTL_END,                   /* That the answer goes; the request has. */
    HCTL_DEPARTURE,             /* An answer to its last word; then the
                                 * request shall be deleted, and then as
                                 * HCTL_END. */
};

/* Note that this transaction writes or deletes 'c' or 'r'.  The last call for
 * a request counts. */
void hctl_expect_connection(const struct hnve_vn_connection *c,
                            enum hctl_expected expected);
void hctl_expect_request(const struct hnve_vnic_request *r,
                         enum hctl_expected expected);

#endif /* nve-ctl-wait.h */
