/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/nved-wish.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smap.h"
#include "util.h"

void suite_nved_wish(void);

/* Checks that an interface with 'vm_state', 'status' and 'migration', each of
 * which may be NULL, asks for 'expected': "STATE MIGRATION", or "refused". */
static void
check(const char *vm_state, const char *status, const char *migration,
      const char *expected)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct tsi_wish wish;
    const char *word;
    char *error;
    char *text;

    if (vm_state) {
        smap_add(&ids, "nvo3-vm-state", vm_state);
    }
    if (status) {
        smap_add(&ids, "iface-status", status);
    }
    if (migration) {
        smap_add(&ids, "nvo3-migration", migration);
    }
    error = nved_wish_read(&ids, &wish);
    word = tsi_migration_to_string(wish.migration);
    text = error ? xstrdup("refused")
                 : xasprintf("%s %s", tsi_state_to_string(wish.state),
                             word ? word : "-");
    CU_ASSERT_STRING_EQUAL(text, expected);
    if (strcmp(text, expected)) {
        printf("\n%s/%s/%s: got %s, expected %s\n", vm_state, status,
               migration, text, expected);
    }
    free(text);
    free(error);
    smap_destroy(&ids);
}

static void
test_iface_status(void)
{
    check(NULL, NULL, NULL, "activated -");
    check(NULL, "active", NULL, "activated -");
    check(NULL, "inactive", NULL, "associated -");
    check(NULL, "nonsense", NULL, "activated -");
    check(NULL, "inactive", "arriving", "associated arriving");
    check(NULL, "active", "arriving", "activated arriving");
    check(NULL, "active", "departing", "activated departing");
    check(NULL, "inactive", "departing", "associated departing");
    check(NULL, "active", "none", "activated none");
}

static void
test_vm_states(void)
{
    check("preparing", NULL, NULL, "associated -");
    check("running", "inactive", NULL, "activated -");
    check("suspending", NULL, NULL, "activated -");
    check("suspended", "active", NULL, "associated -");
    check("resuming", NULL, NULL, "activated -");
    check("paused", NULL, NULL, "activated -");
    check("migrating", NULL, NULL, "activated departing");
    check("shuttingdown", NULL, NULL, "activated -");
    check("shutdown", NULL, NULL, "init -");
    check("crashed", NULL, NULL, "init -");
    check("", "inactive", "", "associated -");
}

static void
test_migration(void)
{
    check("preparing", NULL, "arriving", "associated arriving");
    check("paused", NULL, "arriving", "associated arriving");
    check("migrating", NULL, "arriving", "associated arriving");
    check("running", NULL, "arriving", "activated arriving");
    check("running", NULL, "departing", "activated departing");
    check("paused", NULL, "departing", "activated departing");
    check("suspended", NULL, "departing", "associated departing");
    check("shutdown", NULL, "departing", "init departing");
    check("shutdown", NULL, "arriving", "init none");
    check("running", NULL, "none", "activated none");
}

static void
test_bad_values(void)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct tsi_wish wish = { TSI_ACTIVATED, TSI_MIGRATION_NONE };
    char *error;

    check("Running", NULL, NULL, "refused");
    check("running", NULL, "soon", "refused");
    smap_add(&ids, "nvo3-vm-state", "asleep\n");
    error = nved_wish_read(&ids, &wish);
    CU_ASSERT_PTR_NOT_NULL_FATAL(error);
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "nvo3-vm-state is \"asleep"));
    CU_ASSERT_EQUAL(wish.state, TSI_INIT);
    free(error);
    smap_destroy(&ids);
}

void
suite_nved_wish(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/nved-wish", NULL, NULL);

    CU_add_test(suite, "iface-status", test_iface_status);
    CU_add_test(suite, "vm-states", test_vm_states);
    CU_add_test(suite, "migration", test_migration);
    CU_add_test(suite, "bad-values", test_bad_values);
}
