# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0

dist_pkgdata_DATA += ovsdb-schema/nvo3.ovsschema
EXTRA_DIST += ovsdb-schema/nvo3-idl.ann

# The Hypervisor-to-NVE protocol: not installed before a program serves it.
EXTRA_DIST += \
	Documentation/man/hypervisor-nve.5 \
	ovsdb-schema/hypervisor-nve-idl.ann \
	ovsdb-schema/hypervisor-nve.ovsschema

# The C interface to the database is generated from the schema.
RUN_IDLC = PYTHONDONTWRITEBYTECODE=1 \
	PYTHONPATH='$(OVS_SRC)/python'$${PYTHONPATH:+:$$PYTHONPATH} \
	$(PYTHON3) '$(OVS_SRC)/ovsdb/ovsdb-idlc.in'

NVO3_IDL_BUILT = lib/nvo3-idl.c lib/nvo3-idl.h
BUILT_SOURCES += $(NVO3_IDL_BUILT)
CLEANFILES += $(NVO3_IDL_BUILT) lib/nvo3-idl.ovsidl

lib/nvo3-idl.ovsidl: $(srcdir)/ovsdb-schema/nvo3.ovsschema \
		     $(srcdir)/ovsdb-schema/nvo3-idl.ann
	$(AM_V_GEN)$(MKDIR_P) lib && $(RUN_IDLC) annotate \
		$(srcdir)/ovsdb-schema/nvo3.ovsschema \
		$(srcdir)/ovsdb-schema/nvo3-idl.ann > $@.tmp && mv $@.tmp $@
lib/nvo3-idl.c: lib/nvo3-idl.ovsidl
	$(AM_V_GEN)$(RUN_IDLC) c-idl-source $< > $@.tmp && mv $@.tmp $@
lib/nvo3-idl.h: lib/nvo3-idl.ovsidl
	$(AM_V_GEN)$(RUN_IDLC) c-idl-header $< > $@.tmp && mv $@.tmp $@
