# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0

# Unit tests: one program for all suites.  A new suite is one line here and one
# in tests/unit/suites.h.

check_PROGRAMS += tests/unit/run-tests
TESTS += tests/unit/run-tests
tests_unit_run_tests_SOURCES = \
	tests/unit/controller/bench.c \
	tests/unit/controller/bench.h \
	tests/unit/controller/desk.c \
	tests/unit/controller/desk.h \
	tests/unit/controller/fake-guest.c \
	tests/unit/controller/fake-guest.h \
	tests/unit/controller/fake-link.c \
	tests/unit/controller/fake-link.h \
	tests/unit/controller/fake-switch.c \
	tests/unit/controller/fake-switch.h \
	tests/unit/controller/fake-tables.c \
	tests/unit/controller/fake-tables.h \
	tests/unit/controller/item-text.c \
	tests/unit/controller/item-text.h \
	tests/unit/controller/lint.c \
	tests/unit/controller/lint.h \
	tests/unit/controller/rows-put.c \
	tests/unit/controller/rows-put.h \
	tests/unit/controller/rows.c \
	tests/unit/controller/rows.h \
	tests/unit/controller/test-compile.c \
	tests/unit/controller/test-core-cost.c \
	tests/unit/controller/test-core-faults.c \
	tests/unit/controller/test-core-glean.c \
	tests/unit/controller/test-core-ports.c \
	tests/unit/controller/test-core-tags.c \
	tests/unit/controller/test-core.c \
	tests/unit/controller/test-image.c \
	tests/unit/controller/test-items.c \
	tests/unit/controller/test-model-binding.c \
	tests/unit/controller/test-model-claim.c \
	tests/unit/controller/test-model.c \
	tests/unit/controller/test-model-glean.c \
	tests/unit/controller/test-random.c \
	tests/unit/controller/test-sender.c \
	tests/unit/controller/test-session-audit.c \
	tests/unit/controller/test-session-faults.c \
	tests/unit/controller/test-session-random.c \
	tests/unit/controller/test-session.c \
	tests/unit/controller/test-wire.c \
	tests/unit/controller/world-check.c \
	tests/unit/controller/world-check.h \
	tests/unit/controller/world.c \
	tests/unit/controller/world.h \
	tests/unit/lib/loop-probe.c \
	tests/unit/lib/loop-probe.h \
	tests/unit/lib/test-loop-fd.c \
	tests/unit/lib/test-loop-poll.c \
	tests/unit/lib/test-loop.c \
	tests/unit/lib/test-nvo3-addr.c \
	tests/unit/ovs-ext/split-rig.c \
	tests/unit/ovs-ext/split-rig.h \
	tests/unit/ovs-ext/test-nved-claims.c \
	tests/unit/ovs-ext/test-nved-config.c \
	tests/unit/ovs-ext/test-nved-report.c \
	tests/unit/ovs-ext/test-nved-trunk.c \
	tests/unit/ovs-ext/test-nved-wants.c \
	tests/unit/ovs-ext/test-nved-wish.c \
	tests/unit/ovs-ext/test-split-moves.c \
	tests/unit/ovs-ext/test-split-random.c \
	tests/unit/ovs-ext/test-split.c \
	tests/unit/ovs-ext/test-tag-book.c \
	tests/unit/ovs-ext/test-tnved-answer.c \
	tests/unit/ovs-ext/test-tnved-config.c \
	tests/unit/ovs-ext/test-tnved-vlan.c \
	tests/unit/ovs-ext/test-tsi.c \
	tests/unit/ovs-ext/test-vap.c \
	tests/unit/run-tests.c \
	tests/unit/suites.h
tests_unit_run_tests_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_unit_run_tests_LDADD = \
	controller/libcontroller.la \
	ovs-ext/libnved.la \
	$(ND_LIBS) \
	$(CUNIT_LIBS)

# What the event loop does to a whole process.
check_PROGRAMS += tests/unit/lib/check-loop-process
TESTS += tests/unit/lib/check-loop-process
tests_unit_lib_check_loop_process_SOURCES = tests/unit/lib/check-loop-process.c
tests_unit_lib_check_loop_process_LDADD = $(ND_LIBS)

# Nothing that a test starts may write to the system's own run directory.
AM_TESTS_ENVIRONMENT = \
	OVS_RUNDIR='$(abs_builddir)/tests/run'; export OVS_RUNDIR; \
	OVS_LOGDIR="$$OVS_RUNDIR"; export OVS_LOGDIR; \
	OVS_DBDIR="$$OVS_RUNDIR"; export OVS_DBDIR; \
	OVS_SYSCONFDIR="$$OVS_RUNDIR"; export OVS_SYSCONFDIR; \
	srcdir='$(srcdir)'; export srcdir; \
	ND_PROGRAMS='$(sbin_PROGRAMS) $(bin_PROGRAMS) $(check_PROGRAMS)'; \
	export ND_PROGRAMS; \
	OVS_SRC='$(OVS_SRC)'; export OVS_SRC; \
	$(MKDIR_P) "$$OVS_RUNDIR" || exit 1;

# The schema's own checks.
TESTS += tests/schema-cksum.sh
EXTRA_DIST += tests/schema-cksum.sh

# No program has Open vSwitch's own poll loop in it.
TESTS += tests/one-event-loop.sh
EXTRA_DIST += tests/one-event-loop.sh

# Python tests that need no root, by pytest: they start real daemons, as
# somebody's own processes in folders of their own.  Each folder is a run of
# its own, since two may have a file of the same name.
PYTHON_TEST_DIRS = tests/schema tests/agent tests/tnved tests/daemon \
	tests/external
PYTHON_TESTS = \
	tests/agent/conftest.py \
	tests/agent/harness.py \
	tests/agent/test_bridge.py \
	tests/agent/test_claims.py \
	tests/agent/test_config.py \
	tests/agent/test_faults.py \
	tests/agent/test_report.py \
	tests/agent/test_trunks.py \
	tests/daemon/conftest.py \
	tests/daemon/director_harness.py \
	tests/daemon/test_control.py \
	tests/daemon/test_cost.py \
	tests/daemon/test_glean.py \
	tests/daemon/test_life.py \
	tests/daemon/test_peers.py \
	tests/daemon/test_rows.py \
	tests/external/conftest.py \
	tests/external/external_harness.py \
	tests/external/test_faults.py \
	tests/external/test_moves.py \
	tests/external/test_requests.py \
	tests/schema/conftest.py \
	tests/schema/test_ctl_database.py \
	tests/schema/test_ctl_nve.py \
	tests/schema/test_ctl_verdicts.py \
	tests/schema/test_ctl_vn.py \
	tests/schema/test_ctl_vnic.py \
	tests/schema/test_lint.py \
	tests/schema/test_manual.py \
	tests/schema/test_nve_database.py \
	tests/schema/test_nve_rbac.py \
	tests/schema/test_nve_requests.py \
	tests/schema/test_nve_show.py \
	tests/schema/test_nve_wait.py \
	tests/schema/test_rbac.py \
	tests/schema/tls.py \
	tests/tnved/conftest.py \
	tests/tnved/test_config.py \
	tests/tnved/test_faults.py \
	tests/tnved/test_requests.py \
	tests/tnved/test_switching.py \
	tests/tnved/test_tls.py \
	tests/tnved/test_trunks.py \
	tests/tnved/test_vm.py \
	tests/tnved/tnved_harness.py
EXTRA_DIST += $(PYTHON_TESTS)

RUN_PYTEST = cd $(srcdir) && \
	NDIRECTOR_BUILDDIR='$(abs_builddir)' \
	PYTHONDONTWRITEBYTECODE=1 \
	PYTHONPATH="$$PWD/utilities$${PYTHONPATH:+:$$PYTHONPATH}" \
	$(PYTHON3) -m pytest -p no:cacheprovider -q $(PYTESTFLAGS)

check-local: check-python
# The programs that "make check" runs, without running them; by a make of its
# own, since "all" is one too.
check-programs: all
	@$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)
.PHONY: check-programs

check-python: all
	@if $(PYTHON3) -c 'import pytest' 2>/dev/null; then \
	    status=0; \
	    for dir in $(PYTHON_TEST_DIRS); do \
	        echo "  PYTEST   $$dir"; \
	        ($(RUN_PYTEST) $$dir) || status=1; \
	    done; \
	    exit $$status; \
	else \
	    echo "Python tests are left out: install python3-pytest"; \
	fi

# System tests: real daemons in network namespaces, so they want root.
SYSTEM_TEST_DIRS = tests/lab tests/bench tests/system tests/rfc8394
SYSTEM_TESTS = \
	tests/bench/conftest.py \
	tests/bench/test_bench.py \
	tests/lab/conftest.py \
	tests/lab/test_dataplane.py \
	tests/lab/test_frames.py \
	tests/lab/test_life.py \
	tests/lab/test_split.py \
	tests/lab/test_topology.py \
	tests/rfc8394/conftest.py \
	tests/rfc8394/lab_subject.py \
	tests/rfc8394/protocol.py \
	tests/rfc8394/session.py \
	tests/rfc8394/spec.py \
	tests/rfc8394/stage.py \
	tests/rfc8394/subject.py \
	tests/rfc8394/test_described.py \
	tests/rfc8394/test_document.py \
	tests/rfc8394/test_refusals.py \
	tests/rfc8394/test_requirements.py \
	tests/rfc8394/test_tsi.py \
	tests/rfc8394/test_vap.py \
	tests/rfc8394/test_vm_events.py \
	tests/rfc8394/wire.py \
	tests/system/conftest.py \
	tests/system/helpers.py \
	tests/system/openflow.py \
	tests/system/split_tools.py \
	tests/system/test_addresses.py \
	tests/system/test_agent.py \
	tests/system/test_arp_nd.py \
	tests/system/test_connectivity.py \
	tests/system/test_ctl.py \
	tests/system/test_glean.py \
	tests/system/test_guard.py \
	tests/system/test_isolation.py \
	tests/system/test_kill.py \
	tests/system/test_lifecycle.py \
	tests/system/test_openflow_peers.py \
	tests/system/test_refusal.py \
	tests/system/test_registered_nves.py \
	tests/system/test_restart.py \
	tests/system/test_side_by_side.py \
	tests/system/test_split_command.py \
	tests/system/test_split_frames.py \
	tests/system/test_split_kill.py \
	tests/system/test_split_moves.py \
	tests/system/test_split_refusal.py \
	tests/system/test_split_tls.py \
	tests/system/test_split_traffic.py \
	tests/system/test_split_trunk.py \
	tests/system/test_tags.py \
	tests/system/test_tunnel.py
EXTRA_DIST += $(SYSTEM_TESTS) tests/rfc8394/README.md

check-system: all
	@status=0; \
	for dir in $(if $(SYSTEMTESTS),$(SYSTEMTESTS),$(SYSTEM_TEST_DIRS)); do \
	    echo "  PYTEST   $$dir"; \
	    ($(RUN_PYTEST) $$dir) || status=1; \
	done; \
	exit $$status

# The page about RFC 8394 is what the conformance suite finds.
update-conformance: all
	$(RUN_PYTEST) tests/rfc8394 \
	    --conformance-table=Documentation/rfc8394-conformance.md

.PHONY: check-python check-system update-conformance
