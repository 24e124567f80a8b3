/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_CTL_H
#define CONTROLLER_CTL_H 1

/* Ctl: the commands of ndirectord's control socket, for
 * `ovs-appctl -t ndirectord COMMAND`, see ndirectord(8).  They show what the
 * core, db and wire have; only audit/run, db/accept and exit do anything.
 *
 *     struct ctl *ctl = ctl_create(unixctl_path, director, &error);
 *
 * The socket is served by a task of lib/loop.h.  Single-threaded. */

struct ctl;
struct director;

/* Opens the control socket 'path' (NULL: the default place, "none": no socket)
 * with all commands for 'director', which is borrowed until ctl_destroy().
 * Returns NULL with a message, to be freed, in '*error' if that fails. */
struct ctl *ctl_create(const char *path, struct director *director,
                       char **error);

/* Closes the socket and frees 'ctl'.  NULL is allowed. */
void ctl_destroy(struct ctl *);

#endif /* controller/ctl.h */
