/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/nved-config.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"

void suite_nved_config(void);

/* Initializes 'ids' from 's', "KEY=VALUE" words apart by semicolons. */
static void
ids_from_text(struct smap *ids, const char *s)
{
    char *copy = xstrdup(s);
    char *rest = NULL;

    smap_init(ids);
    for (char *word = strtok_r(copy, ";", &rest); word;
         word = strtok_r(NULL, ";", &rest)) {
        char *equals = strchr(word, '=');

        *equals = '\0';
        smap_replace(ids, word, equals + 1);
    }
    free(copy);
}

/* Returns as text, to be freed with free(), what 's' means on a host called
 * "here", or the error after "error: ". */
static char *
config_to_text(const char *s)
{
    struct nved_config config;
    struct smap ids;
    char *error;
    char *text;

    ids_from_text(&ids, s);
    error = nved_config_parse(&ids, "here", &config);
    if (error) {
        text = xasprintf("error: %s", error);
        free(error);
        CU_ASSERT_PTR_NULL(config.remote);
    } else {
        char *controllers = svec_join(&config.controllers, "+", "");

        text = xasprintf("%s at %s by %s, %s/%s, %s, %s%s%s", config.nve,
                         config.remote, controllers, config.bridge,
                         config.tunnel_port, config.encap_ip,
                         config.datapath_type ? config.datapath_type : "-",
                         config.hypervisor_db ? ", serves " : "",
                         config.hypervisor_db ? config.hypervisor_db : "");
        free(controllers);
        nved_config_uninit(&config);
    }
    smap_destroy(&ids);
    return text;
}

static void
check(const char *s, const char *expected)
{
    char *text = config_to_text(s);

    CU_ASSERT_STRING_EQUAL(text, expected);
    if (strcmp(text, expected)) {
        printf("\n%s:\n  got      %s\n  expected %s\n", s, text, expected);
    }
    free(text);
}

/* Checks that 's' is refused in a message that contains 'words'. */
static void
check_error(const char *s, const char *words)
{
    char *text = config_to_text(s);
    bool ok = !strncmp(text, "error: external_ids:nvo3-", 25)
              && strstr(text, words) != NULL;

    CU_ASSERT(ok);
    if (!ok) {
        printf("\n%s: got %s\n", s, text);
    }
    free(text);
}

static void
test_defaults(void)
{
    check("nvo3-remote=tcp:10.0.0.1:6641;nvo3-encap-ip=192.0.2.1",
          "here at tcp:10.0.0.1:6641 by tcp:10.0.0.1:6653, "
          "br-int/nvo3-vxlan0, 192.0.2.1, -");
    check("nvo3-remote=ssl:10.0.0.1;nvo3-encap-ip=192.0.2.1",
          "here at ssl:10.0.0.1 by ssl:10.0.0.1:6653, "
          "br-int/nvo3-vxlan0, 192.0.2.1, -");
    check("nvo3-remote=tcp:[fd00::1]:6641;nvo3-encap-ip=192.0.2.1",
          "here at tcp:[fd00::1]:6641 by tcp:[fd00::1]:6653, "
          "br-int/nvo3-vxlan0, 192.0.2.1, -");
    check("nvo3-remote=tcp:nvo3.example.com:6641;nvo3-encap-ip=192.0.2.1",
          "here at tcp:nvo3.example.com:6641 by tcp:nvo3.example.com:6653, "
          "br-int/nvo3-vxlan0, 192.0.2.1, -");
}

static void
test_all_keys(void)
{
    check("nvo3-remote=unix:/x;nvo3-encap-ip=192.0.2.1;"
          "nvo3-controller=ssl:b:1, tcp:a:2,ssl:b:1;nvo3-nve-name=n 1;"
          "nvo3-bridge=br7;nvo3-tunnel-port=vx;nvo3-datapath-type=netdev;"
          "system-id=s;unknown=y",
          "n 1 at unix:/x by ssl:b:1+tcp:a:2, br7/vx, 192.0.2.1, netdev");
}

static void
test_hypervisor_db(void)
{
    static const char base[] = "nvo3-remote=tcp:h:1;nvo3-encap-ip=192.0.2.1;"
                               "nvo3-hypervisor-db=";
    static const struct {
        const char *value;
        const char *served;     /* NULL: refused. */
    } cases[] = {
        { "", "" },
        { "unix:/run/h.sock", ", serves unix:/run/h.sock" },
        { "ssl:[fe80::1%eth0]:6640", ", serves ssl:[fe80::1%eth0]:6640" },
        { "tcp:b:1 tcp:a:1", ", serves tcp:a:1,tcp:b:1" },
        { "punix:/x", NULL },
        { ",", NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *ids = xasprintf("%s%s", base, cases[i].value);

        if (cases[i].served) {
            char *expected = xasprintf("here at tcp:h:1 by tcp:h:6653, "
                                       "br-int/nvo3-vxlan0, 192.0.2.1, -%s",
                                       cases[i].served);

            check(ids, expected);
            free(expected);
        } else {
            check_error(ids, "nvo3-hypervisor-db");
        }
        free(ids);
    }
}

static void
test_name(void)
{
    static const char base[] = "nvo3-remote=tcp:h:1;nvo3-encap-ip=192.0.2.1";
    static const struct {
        const char *ids;
        const char *name;
    } cases[] = {
        { "", "here" },
        { ";hostname=host", "host" },
        { ";hostname=host;system-id=sys", "sys" },
        { ";system-id=;hostname=host", "host" },
        { ";system-id=sys;nvo3-nve-name=nve", "nve" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *ids = xasprintf("%s%s", base, cases[i].ids);
        char *expected = xasprintf("%s at tcp:h:1 by tcp:h:6653, "
                                   "br-int/nvo3-vxlan0, 192.0.2.1, -",
                                   cases[i].name);

        check(ids, expected);
        free(ids);
        free(expected);
    }
    check_error("nvo3-remote=tcp:h:1;nvo3-encap-ip=192.0.2.1;"
                "nvo3-nve-name=a\nb", "nvo3-nve-name is \"a?b\"");
}

static void
test_several_remotes(void)
{
    check("nvo3-remote=tcp:b:1,tcp:a:1;nvo3-encap-ip=192.0.2.1;"
          "nvo3-controller=tcp:c:6653",
          "here at tcp:a:1,tcp:b:1 by tcp:c:6653, "
          "br-int/nvo3-vxlan0, 192.0.2.1, -");
    check_error("nvo3-remote=tcp:b:1,tcp:a:1;nvo3-encap-ip=192.0.2.1",
                "nvo3-controller is not set");
    check_error("nvo3-remote=unix:/x;nvo3-encap-ip=192.0.2.1",
                "nvo3-controller is not set");
}

static void
test_bad_targets(void)
{
    static const char *const bad[] = {
        "x", "tcp:", "tcp::1", "tcp:h:", "tcp:h:0", "tcp:h:65536",
        "tcp:h:1x", "tcp:h:-1", "tcp:h: 1x", "tcp:[fd00::1:6641",
        "tcp:[]:1", "tcp:[fd00::1]6641", "tcp:fd00::1", "ptcp:6641",
        "pssl:6641", "unix:", "TCP:h:1", "udp:h:1",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char *ids = xasprintf("nvo3-encap-ip=192.0.2.1;nvo3-remote=%s",
                              bad[i]);

        check_error(ids, "nvo3-remote is \"");
        free(ids);

        ids = xasprintf("nvo3-encap-ip=192.0.2.1;nvo3-remote=tcp:h:1;"
                        "nvo3-controller=%s", bad[i]);
        check_error(ids, "nvo3-controller is \"");
        free(ids);
    }
    check_error("nvo3-encap-ip=192.0.2.1;nvo3-remote=tcp:h:1;"
                "nvo3-controller= , ", "it names no target");
}

static void
test_bad_encap_ip(void)
{
    static const char *const bad[] = {
        "10.0.0", "0.0.0.0", "224.0.0.1", "255.255.255.255", "10.0.0.0/24",
        "10.0.0.1-10.0.0.2", "fd00::1", "host", "10.0.0.1 10.0.0.2",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char *ids = xasprintf("nvo3-remote=tcp:h:1;nvo3-encap-ip=%s", bad[i]);

        check_error(ids, "nvo3-encap-ip");
        free(ids);
    }
    check_error("nvo3-remote=tcp:h:1", "nvo3-encap-ip is not set");
    check_error("nvo3-encap-ip=192.0.2.1", "nvo3-remote is not set");
}

static void
test_bad_devices(void)
{
    static const char base[] = "nvo3-remote=tcp:h:1;nvo3-encap-ip=192.0.2.1";
    static const struct {
        const char *ids;
        const char *words;
    } cases[] = {
        { ";nvo3-bridge=0123456789abcdef", "at most 15" },
        { ";nvo3-bridge=a/b", "no slash" },
        { ";nvo3-tunnel-port=a b", "no space" },
        { ";nvo3-tunnel-port=br-int", "the name of the bridge" },
        { ";nvo3-datapath-type=dpdk", "write system or netdev" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *ids = xasprintf("%s%s", base, cases[i].ids);

        check_error(ids, cases[i].words);
        free(ids);
    }
}

/* Compares the configurations that 'a' and 'b' add to a good one. */
static void
check_compare(const char *a, const char *b, bool equal, bool same_identity)
{
    static const char base[] = "nvo3-remote=tcp:h:1;nvo3-encap-ip=192.0.2.1";
    struct nved_config configs[2];
    const char *texts[2] = { a, b };

    for (int i = 0; i < 2; i++) {
        char *text = xasprintf("%s;%s", base, texts[i]);
        struct smap ids;
        char *error;

        ids_from_text(&ids, text);
        error = nved_config_parse(&ids, "here", &configs[i]);
        CU_ASSERT_PTR_NULL_FATAL(error);
        smap_destroy(&ids);
        free(text);
    }
    CU_ASSERT_EQUAL(nved_config_equals(&configs[0], &configs[1]), equal);
    CU_ASSERT_EQUAL(nved_config_same_identity(&configs[0], &configs[1]),
                    same_identity);
    nved_config_uninit(&configs[0]);
    nved_config_uninit(&configs[1]);
}

static void
test_compare(void)
{
    check_compare("x=1", "x=2", true, true);
    check_compare("nvo3-controller=tcp:a:1 tcp:b:1",
                  "nvo3-controller=tcp:b:1,tcp:a:1", true, true);
    check_compare("x=1", "nvo3-controller=tcp:b:1", false, true);
    check_compare("x=1", "nvo3-bridge=b", false, true);
    check_compare("x=1", "nvo3-tunnel-port=b", false, true);
    check_compare("x=1", "nvo3-encap-ip=192.0.2.2", false, true);
    check_compare("x=1", "nvo3-datapath-type=netdev", false, true);
    check_compare("x=1", "nvo3-nve-name=b", false, false);
    check_compare("nvo3-controller=tcp:h:1",
                  "nvo3-controller=tcp:h:1;nvo3-remote=tcp:h:2", false,
                  false);
}

void
suite_nved_config(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/nved-config", NULL, NULL);

    CU_add_test(suite, "defaults", test_defaults);
    CU_add_test(suite, "all keys", test_all_keys);
    CU_add_test(suite, "hypervisor-db", test_hypervisor_db);
    CU_add_test(suite, "name", test_name);
    CU_add_test(suite, "several remotes", test_several_remotes);
    CU_add_test(suite, "bad targets", test_bad_targets);
    CU_add_test(suite, "bad encap ip", test_bad_encap_ip);
    CU_add_test(suite, "bad devices", test_bad_devices);
    CU_add_test(suite, "compare", test_compare);
}
