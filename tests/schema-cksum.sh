#!/bin/sh
# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The "cksum" members of the database schemas agree with their contents.

exec "$srcdir"/build-aux/schema-cksum "$srcdir"/ovsdb-schema/*.ovsschema
