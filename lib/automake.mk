# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0

# libnvo3: what two programs share.

noinst_LTLIBRARIES += lib/libnvo3.la
lib_libnvo3_la_SOURCES = \
	lib/ev-epoll.c \
	lib/ev-epoll.h \
	lib/loop.c \
	lib/loop.h \
	lib/nvo3-addr.c \
	lib/nvo3-addr.h \
	lib/nvo3-types.h \
	lib/ovs-config.h \
	lib/pipeline.h \
	lib/poll-set.c \
	lib/poll-set.h
nodist_lib_libnvo3_la_SOURCES = $(IDL_BUILT)
