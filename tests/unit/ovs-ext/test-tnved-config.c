/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/tnved-config.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smap.h"
#include "util.h"

void suite_tnved_config(void);

/* Sets '*ids' to a good configuration in which 'key', if it is not NULL, is
 * 'value', or absent if that is NULL. */
static void
ids_make(struct smap *ids, const char *key, const char *value)
{
    smap_init(ids);
    smap_add(ids, "nvo3-nve-remote", "ssl:[fe80::1%eth0]:6640");
    smap_add(ids, "nvo3-uplink", "eth1");
    smap_add(ids, "nvo3-access-port", "acc1-int");
    if (key) {
        smap_remove(ids, key);
        if (value) {
            smap_add(ids, key, value);
        }
    }
}

/* Checks that the configuration with 'key' = 'value' is 'expected', or that
 * 'expected' is in the error. */
static void
check(const char *key, const char *value, bool good, const char *expected)
{
    struct tnved_config c;
    struct smap ids;
    char *text;
    bool ok;

    ids_make(&ids, key, value);
    text = tnved_config_parse(&ids, "here", &c);
    CU_ASSERT_EQUAL(!text, good);
    if (!text) {
        text = xasprintf("%s at %s, %s/%s to %s", c.end_device, c.remote,
                         c.bridge, c.uplink, c.access_port);
        tnved_config_uninit(&c);
    }
    ok = strstr(text, expected);
    CU_ASSERT(ok);
    if (!ok) {
        printf("\n%s=%s: got %s, expected %s\n", key, value, text, expected);
    }
    free(text);
    smap_destroy(&ids);
}

static void
test_good(void)
{
    check(NULL, NULL, true,
          "here at ssl:[fe80::1%eth0]:6640, br-int/eth1 to acc1-int");
    check("nvo3-end-device", "hv1", true, "hv1 at ");
    check("system-id", "id", true, "id at ");
    check("hostname", "host", true, "host at ");
    check("nvo3-bridge", "br0", true, "br0/eth1");
    check("nvo3-nve-remote", "tcp:b:2, tcp:a:1", true,
          "at tcp:a:1,tcp:b:2, ");
    check("nvo3-remote", "nonsense", true, "here at ");
}

static void
test_bad(void)
{
    check("nvo3-nve-remote", NULL, false, "nvo3-nve-remote is not set");
    check("nvo3-nve-remote", "", false, "nvo3-nve-remote is not set");
    check("nvo3-nve-remote", "a:1", false, "write tcp:HOST:PORT");
    check("nvo3-uplink", NULL, false, "nvo3-uplink is not set");
    check("nvo3-uplink", "a b", false, "no space");
    check("nvo3-uplink", "br-int", false, "the name of the bridge");
    check("nvo3-access-port", NULL, false, "nvo3-access-port is not set");
    check("nvo3-access-port", "a\n", false, "printable");
    check("nvo3-end-device", "a\n", false, "set external_ids:nvo3-end-device");
    check("nvo3-bridge", "a/b", false, "no slash");
}

static void
test_equals(void)
{
    static const char *const keys[] = {
        "nvo3-nve-remote", "nvo3-end-device", "nvo3-uplink",
        "nvo3-access-port", "nvo3-bridge",
    };
    struct tnved_config a, b;
    struct smap ids;

    ids_make(&ids, NULL, NULL);
    CU_ASSERT_PTR_NULL_FATAL(tnved_config_parse(&ids, "here", &a));
    smap_destroy(&ids);
    CU_ASSERT_TRUE(tnved_config_equals(&a, &a));
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        ids_make(&ids, keys[i], "unix:x");
        if (!strcmp(keys[i], "nvo3-bridge")) {
            smap_replace(&ids, keys[i], "br1");
        }
        CU_ASSERT_PTR_NULL_FATAL(tnved_config_parse(&ids, "here", &b));
        CU_ASSERT_FALSE(tnved_config_equals(&a, &b));
        CU_ASSERT_EQUAL(tnved_config_same_identity(&a, &b), i >= 2);
        tnved_config_uninit(&b);
        smap_destroy(&ids);
    }
    tnved_config_uninit(&a);
}

void
suite_tnved_config(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/tnved-config", NULL, NULL);

    CU_add_test(suite, "good", test_good);
    CU_add_test(suite, "bad", test_bad);
    CU_add_test(suite, "equals", test_equals);
}
