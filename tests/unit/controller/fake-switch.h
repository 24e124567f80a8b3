/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TESTS_UNIT_CONTROLLER_FAKE_SWITCH_H
#define TESTS_UNIT_CONTROLLER_FAKE_SWITCH_H 1

/* A simulated OpenFlow 1.5 switch, as seen through its controller connection:
 * hello, echo, features, role, ports, flow and group statistics, and bundles,
 * over exact tables (fake-tables.h).  It does as OVS 3.1 does, also where that
 * is a surprise: the commit of a bundle that lost a message succeeds, and a
 * message for a bundle that is not open opens it.
 *
 *     struct fake_switch *sw = fake_switch_create(dpid);
 *     fake_switch_add_port(sw, 1, "vnet0");
 *     fake_switch_connect(sw);
 *     ...
 *     fake_switch_receive(sw, bytes, size);      from the controller
 *     size = fake_switch_output(sw, &bytes);     to the controller
 *     fake_switch_output_sent(sw, size);
 *
 * Bytes may be cut anywhere.  The tables and ports outlive connections.  A
 * test that wants a slow switch simply does not hand over all bytes; other
 * misdeeds are in fake_switch_faults().
 *
 * No I/O, no clock; single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"
#include "openvswitch/ofp-errors.h"

struct fake_switch;
struct fake_tables;
struct ofpbuf;
struct ofp_header;

/* What the switch is to do wrong.  Numbers count down to 0, which is well. */
struct fake_switch_faults {
    unsigned int refuse_commits; /* Fail as a whole, with two errors. */
    unsigned int lose_messages; /* Of a bundle, with an error; the commit
                                 * succeeds. */
    unsigned int lie_commits;   /* Succeed without being done. */
    unsigned int mute_commits;  /* Are done without a reply. */
    unsigned int cut_after;     /* The connection ends after so many messages
                                 * of bundles. */
    bool mute;                  /* Takes everything in, says nothing. */
    bool no_hello;              /* Does not begin with a hello. */
    uint8_t hello_version;      /* Instead of 1.5, without a bitmap. */
};

struct fake_switch_stats {
    uint64_t n_flow_mods;       /* Also those that were refused. */
    uint64_t n_group_mods;
    uint64_t n_commits;         /* Bundles committed. */
    uint64_t n_requests;        /* Multipart requests. */
    uint64_t n_frames_up;       /* Packet-ins sent. */
    uint64_t n_frames_down;     /* Packet-outs taken in. */
    uint64_t n_meter_mods;
};

/* Returns a new switch without flows, groups or ports, not connected; free
 * with fake_switch_destroy(). */
struct fake_switch *fake_switch_create(uint64_t dpid);
void fake_switch_destroy(struct fake_switch *sw);

/* Begin and end the connection to the controller.  What had not been sent or
 * committed is lost. */
void fake_switch_connect(struct fake_switch *sw);
void fake_switch_disconnect(struct fake_switch *sw);
bool fake_switch_is_connected(const struct fake_switch *sw);

/* Takes in 'size' bytes from the controller. */
void fake_switch_receive(struct fake_switch *sw, const void *bytes,
                         size_t size);

/* Stores where the bytes for the controller are in '*bytes' and returns how
 * many; valid until the next call.  The second takes out the first 'size'. */
size_t fake_switch_output(const struct fake_switch *sw, const void **bytes);
void fake_switch_output_sent(struct fake_switch *sw, size_t size);

/* Add or remove a port; if connected, its status is sent. */
void fake_switch_add_port(struct fake_switch *sw, ofp_port_t number,
                          const char *name);
void fake_switch_remove_port(struct fake_switch *sw, ofp_port_t number);

/* As after a restart of ovs-vswitchd: no flows, no groups; disconnected. */
void fake_switch_restart(struct fake_switch *sw);

/* Applies the flow_mod or group_mod 'oh' past the controller, as ovs-ofctl
 * does.  Returns 0 or an error. */
enum ofperr fake_switch_apply(struct fake_switch *sw,
                              const struct ofp_header *oh);

/* Removes a flow or a bucket, that which 'random' picks, the way a person does
 * by hand.  Returns false if there is none. */
bool fake_switch_damage(struct fake_switch *sw, uint32_t random);

/* Returns the tables, for fake-guest.c. */
struct fake_tables *fake_switch_tables(struct fake_switch *sw);

/* Sends 'msg' to the controller, if connected, and frees it. */
void fake_switch_send(struct fake_switch *sw, struct ofpbuf *msg);

/* Takes the oldest frame that the controller sent down, and returns it as its
 * OFPT_PACKET_OUT, to be freed with ofpbuf_delete(); NULL if there is none. */
struct ofpbuf *fake_switch_take_frame(struct fake_switch *sw);

/* Returns the faults, to be set. */
struct fake_switch_faults *fake_switch_faults(struct fake_switch *sw);

struct fake_switch_stats fake_switch_get_stats(const struct fake_switch *sw);
uint64_t fake_switch_datapath_id(const struct fake_switch *sw);
size_t fake_switch_n_flows(const struct fake_switch *sw);
size_t fake_switch_n_groups(const struct fake_switch *sw);

/* Returns a new string, to be freed: all groups, buckets and flows, sorted, a
 * line each. */
char *fake_switch_dump(const struct fake_switch *sw);

#endif /* tests/unit/controller/fake-switch.h */
