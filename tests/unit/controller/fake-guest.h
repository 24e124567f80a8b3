/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TESTS_UNIT_CONTROLLER_FAKE_GUEST_H
#define TESTS_UNIT_CONTROLLER_FAKE_GUEST_H 1

/* Guests on the ports of a simulated switch: frames that they send go through
 * the flows of classification and source guard, are counted there, and may go
 * up to the controller; nothing is metered.  Those who live answer what the
 * controller sends down.
 *
 *     fake_guest_send(sw, 7, "arp m9 10.0.0.9");
 *
 * What is sent:
 *
 *     arp MAC IP      gratuitous ARP
 *     na MAC IP       unsolicited Neighbor Advertisement from and for IP
 *     ip MAC IP       an IPv4 packet
 *     raw MAC         a frame of another protocol
 *     tag=VID WHAT    any of these with a tag, or one more in front
 *
 * MAC is written m1 for 02:00:00:00:00:01, up to four hexadecimal digits.
 * Single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/ofp-port.h"

struct dp_packet;
struct fake_guests;
struct fake_switch;

enum fake_fate {
    FAKE_DROPPED,
    FAKE_PASSED,                /* The source guard. */
    FAKE_WENT_UP,               /* To the controller. */
};

/* Sends what 'what' says from 'port'. */
enum fake_fate fake_guest_send(struct fake_switch *sw, ofp_port_t port,
                               const char *what);

/* Sends 'frame' (whose ownership it takes) from 'port'. */
enum fake_fate fake_guest_send_frame(struct fake_switch *sw, ofp_port_t port,
                                     struct dp_packet *frame);

/* Returns those who live on the ports of a switch: nobody; free with
 * fake_guests_destroy(). */
struct fake_guests *fake_guests_create(void);
void fake_guests_destroy(struct fake_guests *);

/* Somebody who has MAC and IP as 'who' says lives at 'port' now, behind 'tag'
 * or 0 for none, and nowhere else; or nowhere if 'port' is OFPP_NONE. */
void fake_guests_put(struct fake_guests *, const char *who, ofp_port_t port,
                     uint16_t tag);

/* Has those who live answer what was sent down to 'sw' and left it where they
 * are.  Returns true if anybody did. */
bool fake_guests_answer(const struct fake_guests *, struct fake_switch *sw);

#endif /* tests/unit/controller/fake-guest.h */
