/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef NVE_CTL_H
#define NVE_CTL_H 1

/* What the files of nve-ctl share.
 *
 * nve-ctl is what nctl.h makes of the Hypervisor_NVE database
 * (hypervisor-nve(5)) and the families of commands below: the operator's, and
 * the end device's side of the protocol by hand.  nve-ctl.c has the table of
 * them; nve-ctl-wait.h waits for ovs-nved.
 *
 * No threads. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db-ctl-base.h"
#include "lib/hnve-idl.h"
#include "nctl.h"

/* The operator's. */
extern const struct nctl_family hctl_global_family;
extern const struct nctl_family hctl_device_family;
extern const struct nctl_family hctl_port_family;
extern const struct nctl_family hctl_list_family;
extern const struct nctl_family hctl_show_family;

/* The end device's. */
extern const struct nctl_family hctl_connect_family;
extern const struct nctl_family hctl_request_family;
extern const struct nctl_family hctl_address_family;


/* End devices. */

/* Makes 'name' the end device that the commands are about, instead of
 * $NVE_DEVICE. */
void hctl_set_device(const char *name);

/* Returns the name of the end device that the commands are about, or NULL if
 * none was named. */
const char *hctl_device_or_null(void);

/* Returns the name of the end device that the commands are about, or NULL
 * with an error if none was named or it is no good name. */
const char *hctl_device(struct ctl_context *ctx);


/* Prerequisites: each adds the tables that the functions below it read. */

/* The requests of end devices and the answers. */
void hctl_need_requests(struct ctl_context *ctx);

/* The end devices and the access ports. */
void hctl_need_places(struct ctl_context *ctx);


/* Rows. */

/* A kind of object that has a name. */
struct hctl_kind {
    const char *noun;
    const char *list_command;   /* Lists all objects of the kind. */
    const char *table;
};
extern const struct hctl_kind hctl_device_kind;
extern const struct hctl_kind hctl_port_kind;
extern const struct hctl_kind hctl_segment_kind;

/* Returns the object called 'name', or NULL, which is an error if
 * 'must_exist'. */
const struct ovsdb_idl_row *hctl_find(struct ctl_context *ctx,
                                      const struct hctl_kind *kind,
                                      const char *name, bool must_exist);

/* Adds the object that the command's first argument names.  Returns NULL with
 * an error if the name is not good or taken; without one if it is taken and
 * --may-exist was given. */
const struct ovsdb_idl_row *hctl_add(struct ctl_context *ctx,
                                     const struct hctl_kind *kind);

/* Returns the object that the command's first argument names and that is to
 * be deleted; NULL with an error if there is none, or without if --if-exists
 * was given. */
const struct ovsdb_idl_row *hctl_find_doomed(struct ctl_context *ctx,
                                             const struct hctl_kind *kind);

/* Returns a new array, to be freed, of the rows of Tag in order of segment and
 * tag, and stores their number in '*n'. */
const struct hnve_tag **hctl_sorted_tags(const struct ovsdb_idl *idl,
                                         size_t *n);

/* Return the answer to a request, or NULL. */
const struct hnve_vn_connection_answer *hctl_connection_answer(
    const struct ovsdb_idl *idl, const char *end_device, const char *port,
    const char *vn);
const struct hnve_vnic_answer *hctl_vnic_answer(const struct ovsdb_idl *idl,
                                                const char *end_device,
                                                const char *vnic,
                                                const char *vn);

/* Return the request with this key, or NULL. */
const struct hnve_vn_connection *hctl_connection(const struct ovsdb_idl *idl,
                                                 const char *end_device,
                                                 const char *port,
                                                 const char *vn);
const struct hnve_vnic_request *hctl_request(const struct ovsdb_idl *idl,
                                             const char *end_device,
                                             const char *vnic,
                                             const char *vn);


/* Arguments. */

/* Returns true if 'name' is a good name for a 'noun', else sets an error. */
bool hctl_check_name(struct ctl_context *ctx, const char *noun,
                     const char *name);

/* Returns true if 'vn' may name a VN as requests do: a VN Name, or "id:" and
 * a VN ID.  Else sets an error. */
bool hctl_check_vn(struct ctl_context *ctx, const char *vn);

/* Stores in '*tag' the 802.1Q tag that the option 'name' says, and in '*n' 1,
 * or 0 if it was not given.  Returns false with an error if it is none. */
bool hctl_tag_option(struct ctl_context *ctx, const char *name, int64_t *tag,
                     size_t *n);

/* Returns the access port that a request of 'end_device' is to name: what
 * --port says, else the only one that the end device may use.  Returns NULL
 * with an error if that says nothing. */
const char *hctl_port_option(struct ctl_context *ctx, const char *end_device);


/* Words for people. */

/* Returns the outcome of an answer, which 'is_current' if it is on the
 * request's last word. */
const char *hctl_outcome(const char *outcome, bool is_current);

/* Returns the optional integer '*value' as text, to be freed; "" if 'n' is
 * 0. */
char *hctl_optional(const int64_t *value, size_t n);

/* Returns 'reason' and the addresses in 'answer' that are not in effect, each
 * with why, to be freed. */
char *hctl_reasons(const struct hnve_vnic_answer *answer);

#endif /* nve-ctl.h */
