/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVE_CTL_REQUEST_H
#define NVE_CTL_REQUEST_H 1

/* The requests of one VNIC of one end device: what the commands about them
 * share.
 *
 *     if (hctl_vnic_open(ctx, &vnic) && hctl_vnic_must_exist(ctx, &vnic)) {
 *         for (i = 0; i < vnic.n; i++) {
 *             ... change vnic.requests[i] ...
 *             hctl_request_written(ctx, vnic.requests[i]);
 *         }
 *     }
 *     hctl_vnic_close(&vnic);
 *
 * No threads. */

#include <stdbool.h>
#include <stddef.h>

struct ctl_context;
struct hnve_vnic_request;
struct svec;

/* The requests that a command is about. */
struct hctl_vnic {
    const char *end_device;
    const char *name;
    const char *vn;             /* What --vn says, or NULL. */
    const struct hnve_vnic_request **requests; /* Those in 'vn', or all. */
    size_t n;
};

/* Adds what is read here to the replica. */
void hctl_need_vnic(struct ctl_context *ctx);

/* Initializes 'vnic' for the VNIC that the command's first argument names,
 * the end device that asks, and the option --vn.  Returns false with an error
 * if one of them is not good.  The caller must end it with hctl_vnic_close()
 * in any case. */
bool hctl_vnic_open(struct ctl_context *ctx, struct hctl_vnic *vnic);
void hctl_vnic_close(struct hctl_vnic *vnic);

/* Returns true if there is any request; else sets an error, but not if
 * --if-exists was given. */
bool hctl_vnic_must_exist(struct ctl_context *ctx,
                          const struct hctl_vnic *vnic);

/* Returns true if there is no more than one request, else sets an error. */
bool hctl_vnic_must_be_one(struct ctl_context *ctx,
                           const struct hctl_vnic *vnic);

/* Raises the client_seq of 'r', and waits for the answer as --wait says. */
void hctl_request_written(const struct ctl_context *ctx,
                          const struct hnve_vnic_request *r);

/* Reads the 'n' words, each a MAC address or an IP address, prefix or range of
 * the MAC before it, and adds to '*addresses' one text for each MAC, in its
 * one right form.  Returns false with an error if one of them is not good. */
bool hctl_addresses_parse(struct ctl_context *ctx, char *const *words,
                          size_t n, struct svec *addresses);

/* Replaces the addresses of 'r'. */
void hctl_addresses_set(const struct hnve_vnic_request *r,
                        const struct svec *addresses);

#endif /* nve-ctl-request.h */
