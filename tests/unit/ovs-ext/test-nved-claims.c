/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/nved-claims.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "openvswitch/dynamic-string.h"
#include "random.h"
#include "sset.h"
#include "util.h"

void suite_nved_claims(void);

#define MAC "52:54:00:00:00:01"

/* A good, open port of a VNIC of its own name. */
static struct nved_port
port_make(const char *name, const char *vnic)
{
    return (struct nved_port) {
        .name = name,
        .vnic = vnic,
        .ofport = 1,
        .tag = NVED_NO_TAG,
        .wish.state = TSI_ACTIVATED,
    };
}

/* Puts 'port' and returns the VNICs concerned, sorted, apart by spaces. */
static char *
put(struct nved_claims *claims, const struct nved_port *port)
{
    struct sset vnics = SSET_INITIALIZER(&vnics);
    char *text;

    nved_claims_put(claims, port, &vnics);
    text = sset_join(&vnics, " ", "");
    sset_destroy(&vnics);
    return text;
}

static void
check_put(struct nved_claims *claims, const struct nved_port *port,
          const char *expected)
{
    char *text = put(claims, port);

    CU_ASSERT_STRING_EQUAL(text, expected);
    free(text);
}

static void
format_claims(const struct nved_claims *claims, const char *vnic,
              struct ds *s)
{
    for (const struct nved_claim *c = nved_claims_first(claims, vnic); c;
         c = c->next) {
        ds_put_format(s, "[%s/%s %s", c->vnic, c->vn, c->port);
        for (size_t i = 0; i < c->n_addresses; i++) {
            ds_put_format(s, " %s", c->addresses[i]);
        }
        if (c->tag != NVED_NO_TAG) {
            ds_put_format(s, " tag=%d", c->tag);
        }
        ds_put_cstr(s, c->activate ? " act]" : " assoc]");
    }
}

static void
check_claims(const struct nved_claims *claims, const char *vnic,
             const char *expected)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    format_claims(claims, vnic, &s);
    CU_ASSERT_STRING_EQUAL(ds_cstr(&s), expected);
    if (strcmp(ds_cstr(&s), expected)) {
        printf("\n%s: got %s, expected %s\n", vnic, ds_cstr(&s), expected);
    }
    ds_destroy(&s);
}

static void
format_judgement(const struct nved_claims *claims, const char *port,
                 struct ds *s)
{
    static const char *const verdicts[] = {
        [NVED_IGNORED] = "ignored",
        [NVED_CLAIMED] = "claimed",
        [NVED_PENDING] = "pending",
        [NVED_REFUSED] = "refused",
    };
    struct nved_judgement j = nved_claims_judge(claims, port);

    ds_put_format(s, "%s: %s%s%s", port, verdicts[j.verdict],
                  j.reason ? " " : "", j.reason ? j.reason : "");
    CU_ASSERT_EQUAL(j.claim != NULL, j.verdict == NVED_CLAIMED);
    if (j.claim) {
        CU_ASSERT_STRING_EQUAL(j.claim->port, port);
    }
}

/* Checks that the judgement on 'port' begins with 'expected' and contains
 * 'words'. */
static void
check_judgement(const struct nved_claims *claims, const char *port,
                const char *expected, const char *words)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const char *text;
    bool ok;

    format_judgement(claims, port, &s);
    text = ds_cstr(&s) + strlen(port) + 2;
    ok = !strncmp(text, expected, strlen(expected)) && strstr(text, words);
    CU_ASSERT(ok);
    if (!ok) {
        printf("\ngot %s, expected %s (%s)\n", ds_cstr(&s), expected, words);
    }
    ds_destroy(&s);
}

static void
test_one_port(void)
{
    struct nved_claims *claims = nved_claims_create();
    struct nved_port p = port_make("p1", "a");

    p.mac = "52:54:00:00:00:0A";
    p.ips = "10.0.0.1, fd00::1-fd00::4";
    p.vn = "blue";
    p.tag = 7;
    check_put(claims, &p, "a");
    check_claims(claims, "a", "[a/blue p1 52:54:00:00:00:0a 10.0.0.1, "
                 "fd00::1-fd00::4 tag=7 act]");
    check_judgement(claims, "p1", "claimed", "");
    CU_ASSERT(nved_claims_contain(claims, "p1"));

    check_put(claims, &p, "");          /* Nothing new. */
    p.wish.state = TSI_ASSOCIATED;
    p.ips = NULL;
    p.tag = NVED_NO_TAG;
    check_put(claims, &p, "a");
    check_claims(claims, "a", "[a/blue p1 52:54:00:00:00:0a assoc]");

    p.vnic = "b";
    check_put(claims, &p, "a b");
    check_claims(claims, "a", "");
    p.vnic = NULL;
    check_put(claims, &p, "b");
    check_claims(claims, "b", "");
    check_judgement(claims, "p1", "ignored", "");
    CU_ASSERT(nved_claims_contain(claims, "p1"));
    check_judgement(claims, "p2", "ignored", "");
    CU_ASSERT(!nved_claims_contain(claims, "p2"));
    nved_claims_destroy(claims);
}

static void
test_bad_ports(void)
{
    static const struct {
        struct nved_port port;
        const char *words;
    } cases[] = {
        { { .vnic = "" }, "iface-id is \"\"" },
        { { .vnic = "a\tb" }, "iface-id is \"a?b\"" },
        { { .vnic = "a", .vn = "b\n" }, "nvo3-vn is \"b?\"" },
        { { .vnic = "a", .mac = "1:2:3" }, "attached-mac: \"1:2:3\"" },
        { { .vnic = "a", .mac = "00:00:00:00:00:00" }, "attached-mac: " },
        { { .vnic = "a", .mac = "ff:ff:ff:ff:ff:ff" }, "attached-mac: " },
        { { .vnic = "a", .mac = MAC " " MAC }, "attached-mac: " },
        { { .vnic = "a", .mac = MAC, .ips = "10.0.0.0/8 x" }, "nvo3-ip: " },
        { { .vnic = "a", .mac = MAC, .ips = "10.0.0.1/8" }, "nvo3-ip: " },
        { { .vnic = "a", .ips = "10.0.0.1" }, "needs attached-mac" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct nved_claims *claims = nved_claims_create();
        struct nved_port p = cases[i].port;
        struct nved_port good = port_make("p0", "a");

        p.name = "p1";
        p.ofport = 1;
        p.tag = NVED_NO_TAG;
        p.wish.state = TSI_ACTIVATED;
        check_put(claims, &p, cases[i].port.vnic);
        check_judgement(claims, "p1", "refused", cases[i].words);
        check_claims(claims, p.vnic, "");

        /* It is in nobody's way. */
        free(put(claims, &good));
        check_claims(claims, "a", "[a/ p0 act]");
        check_judgement(claims, "p1", "refused", cases[i].words);
        nved_claims_destroy(claims);
    }
}

static void
test_openflow_port(void)
{
    struct nved_claims *claims = nved_claims_create();
    struct nved_port p = port_make("p1", "a");

    p.ofport = 0;
    check_put(claims, &p, "a");
    check_judgement(claims, "p1", "pending", "has not opened");
    p.ofport = -1;
    check_put(claims, &p, "a");
    check_judgement(claims, "p1", "pending", "could not open");
    p.error = "no such device";
    check_put(claims, &p, "a");
    check_judgement(claims, "p1", "pending no such device", "");
    check_claims(claims, "a", "");
    p.ofport = 65279;
    check_put(claims, &p, "a");
    check_claims(claims, "a", "[a/ p1 act]");
    nved_claims_destroy(claims);
}

static void
test_order_of_ports(void)
{
    /* From the first to the last that is to have the claim. */
    static const struct nved_port order[] = {
        { .name = "p3", .ofport = 1, .wish.state = TSI_ACTIVATED },
        { .name = "p6", .ofport = 2, .wish.state = TSI_ACTIVATED },
        { .name = "p1", .ofport = 3, .wish.state = TSI_ASSOCIATED },
        { .name = "p5", .ofport = 4, .wish.state = TSI_ASSOCIATED },
        { .name = "p2", .ofport = 0, .wish.state = TSI_ACTIVATED },
        { .name = "p4", .ofport = -1, .wish.state = TSI_ACTIVATED },
        { .name = "p0", .ofport = -1, .wish.state = TSI_ASSOCIATED },
    };
    const size_t n = ARRAY_SIZE(order);

    /* The ports from 'first' on, put forwards and backwards. */
    for (size_t k = 0; k < 2 * n; k++) {
        struct nved_claims *claims = nved_claims_create();
        size_t first = k / 2;

        for (size_t i = first; i < n; i++) {
            struct nved_port p = order[k % 2 ? i : n - 1 - (i - first)];

            p.vnic = "a";
            p.tag = NVED_NO_TAG;
            free(put(claims, &p));
        }
        check_judgement(claims, order[first].name,
                        order[first].ofport > 0 ? "claimed" : "pending", "");
        for (size_t i = first + 1; i < n; i++) {
            check_judgement(claims, order[i].name, "refused",
                            order[first].name);
        }
        nved_claims_destroy(claims);
    }
}

static void
test_several_vns(void)
{
    struct nved_claims *claims = nved_claims_create();
    struct nved_port p1 = port_make("p1", "a");
    struct nved_port p2 = port_make("p2", "a");
    struct nved_port p3 = port_make("p3", "a");
    const struct nved_claim *first;

    p1.vn = "red";
    p2.vn = "blue";
    check_put(claims, &p1, "a");
    first = nved_claims_first(claims, "a");
    CU_ASSERT(nved_claim_is_answered(first, first, "green"));
    check_put(claims, &p2, "a");
    check_claims(claims, "a", "[a/blue p2 act][a/red p1 act]");

    first = nved_claims_first(claims, "a");
    CU_ASSERT(nved_claim_is_answered(first, first, "blue"));
    CU_ASSERT(!nved_claim_is_answered(first->next, first, "blue"));
    CU_ASSERT(!nved_claim_is_answered(first, first, "green"));
    CU_ASSERT(!nved_claim_is_answered(first->next, first, "green"));

    check_put(claims, &p3, "a");
    check_claims(claims, "a", "[a/ p3 act][a/blue p2 act][a/red p1 act]");
    first = nved_claims_first(claims, "a");
    CU_ASSERT(nved_claim_is_answered(first, first, "green"));
    CU_ASSERT(!nved_claim_is_answered(first, first, "red"));
    nved_claims_destroy(claims);
}

static void
test_wishes(void)
{
    struct nved_claims *claims = nved_claims_create();
    struct nved_port p = port_make("p1", "a");
    struct nved_port q = port_make("p2", "a");

    p.wish = (struct tsi_wish) { TSI_INIT, TSI_MIGRATION_NONE };
    check_put(claims, &p, "a");
    check_claims(claims, "a", "");
    check_judgement(claims, "p1", "pending", "shut down");

    /* A VM that is shut down is in nobody's way. */
    check_put(claims, &q, "a");
    check_claims(claims, "a", "[a/ p2 act]");
    check_judgement(claims, "p1", "pending", "shut down");
    check_judgement(claims, "p2", "claimed", "");

    q.wish.migration = TSI_MIGRATION_DEPARTING;
    check_put(claims, &q, "a");
    CU_ASSERT_EQUAL(nved_claims_first(claims, "a")->migration,
                    TSI_MIGRATION_DEPARTING);
    q.refusal = "not here";
    check_put(claims, &q, "a");
    check_claims(claims, "a", "");
    check_judgement(claims, "p2", "refused not here", "");
    nved_claims_destroy(claims);
}

static void
test_trunk(void)
{
    struct nved_claims *claims = nved_claims_create();
    struct nved_port p = port_make("p1", "a");
    struct nved_port q = port_make("p0", "a");

    p.trunk = "20=red,10=blue,0=plain";
    check_put(claims, &p, "a");
    check_claims(claims, "a", "[a/blue p1 tag=10 act][a/plain p1 act]"
                 "[a/red p1 tag=20 act]");
    check_judgement(claims, "p1", "claimed", "");

    /* One of its VNs is another port's: it keeps the others. */
    q.vn = "red";
    check_put(claims, &q, "a");
    check_claims(claims, "a", "[a/blue p1 tag=10 act][a/plain p1 act]"
                 "[a/red p0 act]");
    check_judgement(claims, "p1", "refused", "\"p0\" has the same");
    CU_ASSERT_STRING_EQUAL(nved_claims_first_on_port(claims, "p1")->vn,
                           "blue");
    check_judgement(claims, "p0", "claimed", "");

    p.trunk = "20=red,20=blue";
    check_put(claims, &p, "a");
    check_judgement(claims, "p1", "refused", "nvo3-trunk: tag 20 is there");
    CU_ASSERT_PTR_NULL(nved_claims_first_on_port(claims, "p1"));
    p.trunk = "20=blue";
    p.vn = "red";
    check_put(claims, &p, "a");
    check_judgement(claims, "p1", "refused", "nvo3-vn means nothing");
    nved_claims_destroy(claims);
}

static void
test_diff(void)
{
    const char *const addresses[] = { MAC, MAC " 10.0.0.1" };
    const struct nved_claim base = {
        .vnic = "a", .vn = "", .port = "p", .addresses = addresses,
        .n_addresses = 1, .tag = NVED_NO_TAG, .activate = true,
    };
    struct nved_claim other = base;

    CU_ASSERT_EQUAL(nved_claim_diff(NULL, NULL), NVED_CLAIM_KEEP);
    CU_ASSERT_EQUAL(nved_claim_diff(&base, NULL), NVED_CLAIM_INSERT);
    CU_ASSERT_EQUAL(nved_claim_diff(NULL, &base), NVED_CLAIM_DELETE);
    CU_ASSERT_EQUAL(nved_claim_diff(&base, &other), NVED_CLAIM_KEEP);
    other.port = "q";
    CU_ASSERT_EQUAL(nved_claim_diff(&base, &other), NVED_CLAIM_UPDATE);
    other = base;
    other.n_addresses = 2;
    CU_ASSERT_EQUAL(nved_claim_diff(&base, &other), NVED_CLAIM_UPDATE);
    other = base;
    other.addresses = addresses + 1;
    CU_ASSERT_EQUAL(nved_claim_diff(&base, &other), NVED_CLAIM_UPDATE);
    other = base;
    other.tag = 5;
    CU_ASSERT_EQUAL(nved_claim_diff(&base, &other), NVED_CLAIM_UPDATE);
    other = base;
    other.activate = false;
    CU_ASSERT_EQUAL(nved_claim_diff(&base, &other), NVED_CLAIM_UPDATE);
    other = base;
    other.migration = TSI_MIGRATION_DEPARTING;
    CU_ASSERT_EQUAL(nved_claim_diff(&base, &other), NVED_CLAIM_UPDATE);
}

/* Random edits against a computation from scratch. */

#define N_PORTS 8
#define N_STEPS 4000

static const char *const vnics[] = { NULL, "a", "b", "c", "", "d\n" };
static const char *const vns[] = { NULL, "red", "blue", "\t" };
static const char *const macs[] = { NULL, MAC, "x" };
static const char *const ips[] = { NULL, "10.0.0.1", "10.0.0.1 x" };

static struct nved_port
random_port(const char *name)
{
    return (struct nved_port) {
        .name = name,
        .vnic = vnics[random_range(ARRAY_SIZE(vnics))],
        .vn = vns[random_range(random_range(2) ? 1 : ARRAY_SIZE(vns))],
        .mac = macs[random_range(ARRAY_SIZE(macs))],
        .ips = ips[random_range(random_range(2) ? 1 : ARRAY_SIZE(ips))],
        .error = random_range(2) ? "error" : NULL,
        .ofport = (int64_t) random_range(3) - 1,
        .tag = random_range(2) ? NVED_NO_TAG : 5,
        .wish.state = (enum tsi_state) (1 + random_range(2)),
    };
}

/* Returns all that 'claims' say about VNIC 'vnic' and its ports. */
static char *
describe(const struct nved_claims *claims, const char *vnic)
{
    struct sset ports = SSET_INITIALIZER(&ports);
    struct ds s = DS_EMPTY_INITIALIZER;
    const char **names;

    format_claims(claims, vnic, &s);
    nved_claims_vnic_ports(claims, vnic, &ports);
    names = sset_sort(&ports);
    for (size_t i = 0; i < sset_count(&ports); i++) {
        ds_put_char(&s, '\n');
        format_judgement(claims, names[i], &s);
    }
    free(names);
    sset_destroy(&ports);
    return ds_steal_cstr(&s);
}

/* One edit: 'changed' must name every VNIC of which anything is now other
 * than in 'before', one text per member of 'vnics'. */
static void
check_changed(const struct nved_claims *claims, const struct sset *changed,
              char *before[])
{
    for (size_t i = 1; i < ARRAY_SIZE(vnics); i++) {
        char *now = describe(claims, vnics[i]);

        if (!sset_contains(changed, vnics[i])) {
            CU_ASSERT_STRING_EQUAL(now, before[i]);
        }
        free(before[i]);
        before[i] = now;
    }
}

static void
check_from_scratch(const struct nved_claims *claims,
                   const struct nved_port ports[], const bool present[])
{
    struct nved_claims *naive = nved_claims_create();
    struct sset ignored = SSET_INITIALIZER(&ignored);

    for (size_t i = N_PORTS; i-- > 0; ) {
        if (present[i]) {
            nved_claims_put(naive, &ports[i], &ignored);
        }
    }
    for (size_t i = 1; i < ARRAY_SIZE(vnics); i++) {
        char *a = describe(claims, vnics[i]);
        char *b = describe(naive, vnics[i]);

        CU_ASSERT_STRING_EQUAL(a, b);
        free(a);
        free(b);
    }
    for (size_t i = 0; i < N_PORTS; i++) {
        struct ds a = DS_EMPTY_INITIALIZER;
        struct ds b = DS_EMPTY_INITIALIZER;

        format_judgement(claims, ports[i].name, &a);
        format_judgement(naive, ports[i].name, &b);
        CU_ASSERT_STRING_EQUAL(ds_cstr(&a), ds_cstr(&b));
        ds_destroy(&a);
        ds_destroy(&b);
    }
    sset_destroy(&ignored);
    nved_claims_destroy(naive);
}

static void
test_random_edits(void)
{
    static const char *const names[N_PORTS] = {
        "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"
    };
    const char *env = getenv("SEED");
    uint32_t seed = env ? (uint32_t) atoll(env) : (uint32_t) time(NULL);
    struct nved_claims *claims = nved_claims_create();
    struct nved_port ports[N_PORTS];
    bool present[N_PORTS] = { false };
    char *before[ARRAY_SIZE(vnics)] = { NULL };
    unsigned int failures = CU_get_number_of_failures();

    random_set_seed(seed ? seed : 1);
    for (size_t i = 0; i < N_PORTS; i++) {
        ports[i] = port_make(names[i], NULL);
    }
    for (size_t i = 1; i < ARRAY_SIZE(vnics); i++) {
        before[i] = xstrdup("");
    }
    for (int step = 0; step < N_STEPS; step++) {
        struct sset changed = SSET_INITIALIZER(&changed);
        size_t i = random_range(N_PORTS);

        present[i] = random_range(4) != 0;
        if (present[i]) {
            ports[i] = random_port(names[i]);
            nved_claims_put(claims, &ports[i], &changed);
        } else {
            nved_claims_remove(claims, names[i], &changed);
        }
        check_changed(claims, &changed, before);
        check_from_scratch(claims, ports, present);
        sset_destroy(&changed);
    }
    if (CU_get_number_of_failures() != failures) {
        printf("\nseed %"PRIu32"\n", seed);
    }
    for (size_t i = 1; i < ARRAY_SIZE(vnics); i++) {
        free(before[i]);
    }
    nved_claims_destroy(claims);
}

void
suite_nved_claims(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/nved-claims", NULL, NULL);

    CU_add_test(suite, "one port", test_one_port);
    CU_add_test(suite, "bad ports", test_bad_ports);
    CU_add_test(suite, "openflow port", test_openflow_port);
    CU_add_test(suite, "order of ports", test_order_of_ports);
    CU_add_test(suite, "several VNs", test_several_vns);
    CU_add_test(suite, "wishes", test_wishes);
    CU_add_test(suite, "trunk", test_trunk);
    CU_add_test(suite, "diff", test_diff);
    CU_add_test(suite, "random edits", test_random_edits);
}
