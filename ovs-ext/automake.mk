# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0

# libnved: all of ovs-nved and of ovs-tnved but their main().

noinst_LTLIBRARIES += ovs-ext/libnved.la
ovs_ext_libnved_la_SOURCES = \
	ovs-ext/nved-bridge.c \
	ovs-ext/nved-bridge.h \
	ovs-ext/nved-claims.c \
	ovs-ext/nved-claims.h \
	ovs-ext/nved-config.c \
	ovs-ext/nved-config.h \
	ovs-ext/nved-db.c \
	ovs-ext/nved-db.h \
	ovs-ext/nved-external.c \
	ovs-ext/nved-external.h \
	ovs-ext/nved-flows.c \
	ovs-ext/nved-flows.h \
	ovs-ext/nved-hyp-private.h \
	ovs-ext/nved-hyp-read.c \
	ovs-ext/nved-hyp-write.c \
	ovs-ext/nved-hyp.c \
	ovs-ext/nved-hyp.h \
	ovs-ext/nved-keys.c \
	ovs-ext/nved-keys.h \
	ovs-ext/nved-local.c \
	ovs-ext/nved-local.h \
	ovs-ext/nved-main.c \
	ovs-ext/nved-main.h \
	ovs-ext/nved-nvo3.c \
	ovs-ext/nved-nvo3.h \
	ovs-ext/nved-private.h \
	ovs-ext/nved-report.c \
	ovs-ext/nved-report.h \
	ovs-ext/nved-show-ports.c \
	ovs-ext/nved-show.c \
	ovs-ext/nved-show.h \
	ovs-ext/nved-trunk.c \
	ovs-ext/nved-trunk.h \
	ovs-ext/nved-vns.c \
	ovs-ext/nved-vns.h \
	ovs-ext/nved-wants.c \
	ovs-ext/nved-wants.h \
	ovs-ext/nved-wish.c \
	ovs-ext/nved-wish.h \
	ovs-ext/nved.c \
	ovs-ext/nved.h \
	ovs-ext/split-answer.c \
	ovs-ext/split-check.c \
	ovs-ext/split-inventory.c \
	ovs-ext/split-place.c \
	ovs-ext/split-private.h \
	ovs-ext/split-user.c \
	ovs-ext/split-vap.c \
	ovs-ext/split.c \
	ovs-ext/split.h \
	ovs-ext/tag-book.c \
	ovs-ext/tag-book.h \
	ovs-ext/tnved-answer.c \
	ovs-ext/tnved-answer.h \
	ovs-ext/tnved-config.c \
	ovs-ext/tnved-config.h \
	ovs-ext/tnved-hnve.c \
	ovs-ext/tnved-hnve.h \
	ovs-ext/tnved-ports.c \
	ovs-ext/tnved-ports.h \
	ovs-ext/tnved-private.h \
	ovs-ext/tnved-show.c \
	ovs-ext/tnved-trunk.c \
	ovs-ext/tnved-trunk.h \
	ovs-ext/tnved-vlan.c \
	ovs-ext/tnved-vlan.h \
	ovs-ext/tnved-write.c \
	ovs-ext/tnved.c \
	ovs-ext/tnved.h \
	ovs-ext/tsi.c \
	ovs-ext/tsi.h \
	ovs-ext/vap.c \
	ovs-ext/vap.h

sbin_PROGRAMS += ovs-ext/ovs-nved
ovs_ext_ovs_nved_SOURCES = ovs-ext/ovs-nved.c
ovs_ext_ovs_nved_LDADD = ovs-ext/libnved.la $(ND_LIBS)

sbin_PROGRAMS += ovs-ext/ovs-tnved
ovs_ext_ovs_tnved_SOURCES = ovs-ext/ovs-tnved.c
ovs_ext_ovs_tnved_LDADD = ovs-ext/libnved.la $(ND_LIBS)
