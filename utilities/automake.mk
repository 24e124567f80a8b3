# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0

# libnctl: what the command line tools for our databases share.
noinst_LTLIBRARIES += utilities/libnctl.la
utilities_libnctl_la_SOURCES = \
	utilities/nctl-args.c \
	utilities/nctl-args.h \
	utilities/nctl-connection.c \
	utilities/nctl-main.c \
	utilities/nctl-options.c \
	utilities/nctl-options.h \
	utilities/nctl-output.c \
	utilities/nctl-output.h \
	utilities/nctl-role.c \
	utilities/nctl-role.h \
	utilities/nctl-row.c \
	utilities/nctl-row.h \
	utilities/nctl.h

bin_PROGRAMS += utilities/nvo3-ctl
utilities_nvo3_ctl_SOURCES = \
	utilities/nvo3-ctl-binding.c \
	utilities/nvo3-ctl-global.c \
	utilities/nvo3-ctl-nve.c \
	utilities/nvo3-ctl-show.c \
	utilities/nvo3-ctl-tenant.c \
	utilities/nvo3-ctl-util.c \
	utilities/nvo3-ctl-vn.c \
	utilities/nvo3-ctl-vnic.c \
	utilities/nvo3-ctl-wait.c \
	utilities/nvo3-ctl-wait.h \
	utilities/nvo3-ctl.c \
	utilities/nvo3-ctl.h
utilities_nvo3_ctl_LDADD = utilities/libnctl.la $(ND_LIBS)

bin_PROGRAMS += utilities/nve-ctl
utilities_nve_ctl_SOURCES = \
	utilities/nve-ctl-address.c \
	utilities/nve-ctl-connect.c \
	utilities/nve-ctl-device.c \
	utilities/nve-ctl-global.c \
	utilities/nve-ctl-list.c \
	utilities/nve-ctl-port.c \
	utilities/nve-ctl-request.c \
	utilities/nve-ctl-request.h \
	utilities/nve-ctl-show.c \
	utilities/nve-ctl-util.c \
	utilities/nve-ctl-wait.c \
	utilities/nve-ctl-wait.h \
	utilities/nve-ctl.c \
	utilities/nve-ctl.h
# The texts of tags are read as ovs-nved reads them.
utilities_nve_ctl_LDADD = utilities/libnctl.la ovs-ext/libnved.la $(ND_LIBS)

# bash finds a completion by the name of the program.  Each is the part that
# all have in common and its own.
EXTRA_DIST += \
	utilities/nctl-bashcomp.bash \
	utilities/nve-ctl-bashcomp.bash \
	utilities/nvo3-ctl-bashcomp.bash
bashcompletion_DATA = \
	utilities/completions/nve-ctl \
	utilities/completions/nvo3-ctl
CLEANFILES += $(bashcompletion_DATA)
$(bashcompletion_DATA): utilities/completions/%: \
		$(srcdir)/utilities/nctl-bashcomp.bash \
		$(srcdir)/utilities/%-bashcomp.bash
	$(AM_V_GEN)$(MKDIR_P) utilities/completions && cat $^ > $@.tmp && \
		mv $@.tmp $@

dist_bin_SCRIPTS = utilities/nvo3-bench utilities/nvo3-lab
nvo3benchdir = $(pkgdatadir)/nvo3bench
dist_nvo3bench_DATA = \
	utilities/nvo3bench/__init__.py \
	utilities/nvo3bench/attach.py \
	utilities/nvo3bench/bare.py \
	utilities/nvo3bench/cli.py \
	utilities/nvo3bench/ours.py \
	utilities/nvo3bench/ovn.py \
	utilities/nvo3bench/report.py \
	utilities/nvo3bench/resync.py \
	utilities/nvo3bench/stage.py \
	utilities/nvo3bench/system.py \
	utilities/nvo3bench/watch.py
nvo3labdir = $(pkgdatadir)/nvo3lab
dist_nvo3lab_DATA = \
	utilities/nvo3lab/__init__.py \
	utilities/nvo3lab/capture.py \
	utilities/nvo3lab/cli.py \
	utilities/nvo3lab/daemon.py \
	utilities/nvo3lab/demo.py \
	utilities/nvo3lab/frames.py \
	utilities/nvo3lab/hosts.py \
	utilities/nvo3lab/inventory.py \
	utilities/nvo3lab/jsonrpc.py \
	utilities/nvo3lab/lab.py \
	utilities/nvo3lab/netns.py \
	utilities/nvo3lab/pki.py \
	utilities/nvo3lab/programs.py \
	utilities/nvo3lab/shell.py \
	utilities/nvo3lab/split.py \
	utilities/nvo3lab/topology.py \
	utilities/nvo3lab/traffic.py \
	utilities/nvo3lab/vlan.py \
	utilities/nvo3lab/vm.py
