#!/bin/sh
# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Every program has the event loop of lib/loop.c in it, and none has that of
# libopenvswitch.a: neither of the two would notice the other's registrations.
# The log module "poll_loop" is Open vSwitch's alone.
#
# Neither has any program libevent in it, not even for a library's sake: libev
# defines functions of the same names, and that library would call those.

library=$OVS_SRC/lib/.libs/libopenvswitch.a
status=0

if ! nm "$library" 2>/dev/null | grep -q " [A-Za-z] VLM_poll_loop$"; then
    echo "$library has no VLM_poll_loop: how is its poll loop known now?"
    exit 1
fi
for program in $ND_PROGRAMS; do
    symbols=$(nm "$program") || { status=1; continue; }
    if echo "$symbols" | grep -q " [A-Za-z] VLM_poll_loop$"; then
        echo "$program: has libopenvswitch's poll loop"
        status=1
    fi
    for symbol in poll_block __wrap_close; do
        if ! echo "$symbols" | grep -q " T $symbol$"; then
            echo "$program: has no $symbol of lib/loop.c"
            status=1
        fi
    done
    if ldd "$program" | grep -E "libunbound|libevent"; then
        echo "$program: is linked with libevent, which does not go with libev"
        status=1
    fi
done
exit $status
