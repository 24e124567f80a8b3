# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0

# libcontroller: all of ndirectord but its main().

noinst_LTLIBRARIES += controller/libcontroller.la
controller_libcontroller_la_SOURCES = \
	controller/compile-classify.c \
	controller/compile-forward.c \
	controller/compile-glean.c \
	controller/compile-guard.c \
	controller/compile-resolve.c \
	controller/compile.c \
	controller/compile.h \
	controller/cookies.c \
	controller/cookies.h \
	controller/core-apply.c \
	controller/core-glean.c \
	controller/core-ports.c \
	controller/core-private.h \
	controller/core-show.c \
	controller/core.c \
	controller/core.h \
	controller/ctl.c \
	controller/ctl.h \
	controller/db-load.c \
	controller/db-private.h \
	controller/db-read.c \
	controller/db-rows.c \
	controller/db-verdicts.c \
	controller/db.c \
	controller/db.h \
	controller/director.c \
	controller/director.h \
	controller/flow-draft.c \
	controller/flow-draft.h \
	controller/image-owner.c \
	controller/image-owner.h \
	controller/image.c \
	controller/image.h \
	controller/items.c \
	controller/items.h \
	controller/model-address.c \
	controller/model-binding.c \
	controller/model-claim.c \
	controller/model-format.c \
	controller/model-glean.c \
	controller/model-nve.c \
	controller/model-private.h \
	controller/model-vn.c \
	controller/model-vnic.c \
	controller/model.c \
	controller/model.h \
	controller/plan.c \
	controller/plan.h \
	controller/sender.c \
	controller/sender.h \
	controller/session-audit.c \
	controller/session-glean.c \
	controller/session-ports.c \
	controller/session-private.h \
	controller/session-queue.c \
	controller/session-survey.c \
	controller/session-sync.c \
	controller/session.c \
	controller/session.h \
	controller/update.c \
	controller/update.h \
	controller/wire-conn.c \
	controller/wire-private.h \
	controller/wire.c \
	controller/wire.h

sbin_PROGRAMS += controller/ndirectord
controller_ndirectord_SOURCES = controller/ndirectord.c
controller_ndirectord_LDADD = controller/libcontroller.la $(ND_LIBS)
