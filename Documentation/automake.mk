# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0

# Pages for people.
dist_doc_DATA = \
	Documentation/architecture.md \
	Documentation/contributing.md \
	Documentation/operations.md \
	Documentation/rfc8394-conformance.md \
	NEWS \
	README.md

# Manual pages: dist_man_MANS += Documentation/man/NAME.SECTION
dist_man_MANS += \
	Documentation/man/hypervisor-nve.5 \
	Documentation/man/ndirectord.8 \
	Documentation/man/nve-ctl.8 \
	Documentation/man/nvo3-bench.8 \
	Documentation/man/nvo3-ctl.8 \
	Documentation/man/nvo3-lab.8 \
	Documentation/man/nvo3-pipeline.7 \
	Documentation/man/nvo3.5 \
	Documentation/man/ovs-nved.8 \
	Documentation/man/ovs-tnved.8

# Units of systemd: dist_systemdsystemunit_DATA += systemd/NAME.service, or
# here as NAME.service.in if a folder of the installation is in it.
dist_systemdsystemunit_DATA += systemd/nvo3-relay.service
SYSTEMD_UNITS_BUILT = \
	systemd/hypervisor-nve-db.service \
	systemd/ndirectord.service \
	systemd/nvo3-db.service \
	systemd/ovs-nved.service \
	systemd/ovs-tnved.service
systemdsystemunit_DATA = $(SYSTEMD_UNITS_BUILT)
EXTRA_DIST += $(SYSTEMD_UNITS_BUILT:=.in)
CLEANFILES += $(SYSTEMD_UNITS_BUILT)

$(SYSTEMD_UNITS_BUILT): %: $(srcdir)/%.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && $(SED) \
		-e 's|@bindir[@]|$(bindir)|g' \
		-e 's|@pkgdatadir[@]|$(pkgdatadir)|g' \
		-e 's|@sbindir[@]|$(sbindir)|g' \
		$(srcdir)/$@.in > $@.tmp && mv $@.tmp $@
