# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0

dist_pkgdata_DATA += \
	ovsdb-schema/hypervisor-nve.ovsschema \
	ovsdb-schema/nvo3.ovsschema
EXTRA_DIST += \
	ovsdb-schema/hypervisor-nve-idl.ann \
	ovsdb-schema/nvo3-idl.ann

# The C interface to each database is generated from its schema.
RUN_IDLC = PYTHONDONTWRITEBYTECODE=1 \
	PYTHONPATH='$(OVS_SRC)/python'$${PYTHONPATH:+:$$PYTHONPATH} \
	$(PYTHON3) '$(OVS_SRC)/ovsdb/ovsdb-idlc.in'

OVSIDL_BUILT = lib/hnve-idl.ovsidl lib/nvo3-idl.ovsidl
IDL_BUILT = $(OVSIDL_BUILT:.ovsidl=.c) $(OVSIDL_BUILT:.ovsidl=.h)
BUILT_SOURCES += $(IDL_BUILT)
CLEANFILES += $(IDL_BUILT) $(OVSIDL_BUILT)

lib/hnve-idl.ovsidl: $(srcdir)/ovsdb-schema/hypervisor-nve.ovsschema \
		     $(srcdir)/ovsdb-schema/hypervisor-nve-idl.ann
lib/nvo3-idl.ovsidl: $(srcdir)/ovsdb-schema/nvo3.ovsschema \
		     $(srcdir)/ovsdb-schema/nvo3-idl.ann
$(OVSIDL_BUILT):
	$(AM_V_GEN)$(MKDIR_P) lib && \
		$(RUN_IDLC) annotate $^ > $@.tmp && mv $@.tmp $@
$(OVSIDL_BUILT:.ovsidl=.c): %.c: %.ovsidl
	$(AM_V_GEN)$(RUN_IDLC) c-idl-source $< > $@.tmp && mv $@.tmp $@
$(OVSIDL_BUILT:.ovsidl=.h): %.h: %.ovsidl
	$(AM_V_GEN)$(RUN_IDLC) c-idl-header $< > $@.tmp && mv $@.tmp $@
