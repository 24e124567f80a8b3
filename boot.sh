#!/bin/sh
# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Makes ./configure and its companions.  Run once in a fresh clone, and again
# whenever configure.ac or a Makefile.am changed and "make" does not notice.

set -e
cd "$(dirname "$0")"
for tool in autoreconf automake libtoolize pkg-config; do
    if ! command -v $tool >/dev/null; then
        echo "boot.sh: $tool is missing: install the Debian packages" \
             "autoconf, automake, libtool and pkg-config" >&2
        exit 1
    fi
done
exec autoreconf --install --force --warnings=all,no-obsolete
