/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Model: VNs and their IDs, tenants, VNICs and their addresses, NVEs. */

#include <config.h>
#include "controller/model.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/controller/desk.h"
#include "tests/unit/controller/rows.h"
#include "util.h"

void suite_model(void);

/* VN IDs. */

static uint32_t
vn_id_of(const struct desk *d, const char *name)
{
    const struct model_vn *vn = model_vn_by_name(d->model, name);

    return vn ? vn->vn_id : 0;
}

static void
test_vn_id_is_deterministic(void)
{
    struct desk d, e;

    desk_init(&d);
    desk_init(&e);
    desk_do(&d, "vn red\nvn green\nvn blue");
    desk_do(&e, "vn blue");
    desk_do(&e, "vn red");
    desk_do(&e, "vn green");
    CU_ASSERT(vn_id_of(&d, "red") > 0 && vn_id_of(&d, "red") <= 0xffffff);
    CU_ASSERT_EQUAL(vn_id_of(&d, "red"), vn_id_of(&e, "red"));
    CU_ASSERT_EQUAL(vn_id_of(&d, "green"), vn_id_of(&e, "green"));
    CU_ASSERT_EQUAL(vn_id_of(&d, "blue"), vn_id_of(&e, "blue"));
    CU_ASSERT_NOT_EQUAL(vn_id_of(&d, "red"), vn_id_of(&d, "blue"));
    desk_uninit(&d);
    desk_uninit(&e);
}

static void
test_vn_id_requested(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn red id=5\nvn green id=16777215\nvn blue id=1");
    desk_expect(&d, "vn red: ok, VN ID 5\n"
                    "vn green: ok, VN ID 16777215\n"
                    "vn blue: ok, VN ID 1\n");
    CU_ASSERT_PTR_EQUAL(model_vn_by_id(d.model, 5),
                        model_vn_by_name(d.model, "red"));
    CU_ASSERT_PTR_NULL(model_vn_by_id(d.model, 6));
    desk_uninit(&d);
}

static void
test_vn_id_out_of_range(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn a id=0\nvn b id=16777216\nvn c id=-1\n"
                "vn d id=4294967301\nvn e id=5");
    desk_expect(&d,
        "vn a: refused: VN ID 0 is not between 1 and 16777215\n"
        "vn b: refused: VN ID 16777216 is not between 1 and 16777215\n"
        "vn c: refused: VN ID -1 is not between 1 and 16777215\n"
        "vn d: refused: VN ID 4294967301 is not between 1 and 16777215\n"
        "vn e: ok, VN ID 5\n");
    desk_do(&d, "vn a id=7");
    desk_expect(&d, "vn a: ok, VN ID 7\n");
    desk_uninit(&d);
}

static void
test_vn_id_conflict(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn red id=5\nvn green id=5\nvn blue id=5");
    desk_expect(&d,
        "vn red: ok, VN ID 5\n"
        "vn green: refused: VN ID 5 belongs to VN red: ask for another, or "
        "for none\n"
        "vn blue: refused: VN ID 5 belongs to VN red: ask for another, or "
        "for none\n");

    /* The row of who has it is read again: nothing changes. */
    desk_do(&d, "vn green id=5\nvn red id=5");
    desk_expect(&d, "");

    /* One of those who wait gets it, and it is said of whom the other has it
     * not. */
    desk_do(&d, "del vn red");
    desk_check(&d, "vn", "red", "gone");
    CU_ASSERT_EQUAL(vn_id_of(&d, "green") + vn_id_of(&d, "blue"), 5);
    if (vn_id_of(&d, "green")) {
        desk_check(&d, "vn", "blue", "refused: VN ID 5 belongs to VN green: "
                   "ask for another, or for none");
        desk_do(&d, "vn green id=6");
        desk_check(&d, "vn", "blue", "ok, VN ID 5");
    } else {
        desk_check(&d, "vn", "green", "refused: VN ID 5 belongs to VN blue: "
                   "ask for another, or for none");
        desk_do(&d, "vn blue id=6");
        desk_check(&d, "vn", "green", "ok, VN ID 5");
    }
    desk_uninit(&d);
}

/* The ID that a name would get belongs to another: the next free one. */
static void
test_vn_id_collision(void)
{
    struct desk d;
    char *line;
    uint32_t id;

    desk_init(&d);
    desk_do(&d, "vn red");
    id = vn_id_of(&d, "red");
    desk_do(&d, "del vn red");
    line = xasprintf("vn thief id=%u", id);
    desk_do(&d, line);
    desk_do(&d, "vn red");
    CU_ASSERT_EQUAL(vn_id_of(&d, "red"), id < 0xffffff ? id + 1 : 1);
    CU_ASSERT_EQUAL(vn_id_of(&d, "thief"), id);
    free(line);
    desk_uninit(&d);
}

/* What a VN has it keeps: without a request any more, and over a restart even
 * where its name alone would give it another. */
static void
test_vn_id_is_stable(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn red id=77\nvn green");
    desk_do(&d, "vn red");
    CU_ASSERT_EQUAL(vn_id_of(&d, "red"), 77);
    ds_clear(&d.trace);
    desk_restart(&d, 2);
    CU_ASSERT_EQUAL(vn_id_of(&d, "red"), 77);
    desk_expect(&d, "");
    desk_uninit(&d);
}

/* Who was refused before a restart does not come before who was not. */
static void
test_vn_id_incumbent_over_restart(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn a1 id=5\nvn a2 id=5\nvn a3 id=5\nvn a0 id=5");
    ds_clear(&d.trace);
    desk_restart(&d, 2);
    desk_expect(&d, "");
    CU_ASSERT_EQUAL(vn_id_of(&d, "a1"), 5);
    desk_uninit(&d);
}

static void
test_vn_refusals(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn red tenant=acme\nvn green l3\nvn bad\x01name");
    desk_check(&d, "vn", "red", "refused: there is no tenant acme: add it, "
               "or clear the tenant column");
    desk_check(&d, "vn", "green", "refused: service l3 is not available: use "
               "l2");
    CU_ASSERT(!strncmp(rows_verdict(d.rows, "vn", "bad\x01name"),
                       "refused: ", 9));
    CU_ASSERT_PTR_NOT_NULL(strstr(rows_verdict(d.rows, "vn", "bad\x01name"),
                                  "printable"));
    ds_clear(&d.trace);

    desk_do(&d, "tenant acme\nvn green id=9");
    desk_check(&d, "vn", "green", "ok, VN ID 9");
    CU_ASSERT_NOT_EQUAL(vn_id_of(&d, "red"), 0);
    desk_do(&d, "del tenant acme");
    desk_check(&d, "vn", "red", "refused: there is no tenant acme: add it, "
               "or clear the tenant column");
    CU_ASSERT_EQUAL(vn_id_of(&d, "red"), 0);
    desk_uninit(&d);
}

/* Addresses. */

static void
test_vnic_ok(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn red id=5\nvn green id=6\n"
                "vnic v1 red=m1,10.0.0.1,fd00::1+m2,10.0.0.2 green=m1");
    desk_check(&d, "vnic", "v1",
               "ok; red ok, 02:00:00:00:00:01 ok, 02:00:00:00:00:02 ok"
               "; green ok, 02:00:00:00:00:01 ok");

    /* The same addresses in another VN are no conflict. */
    desk_do(&d, "vnic v2 green=m2,10.0.0.1");
    desk_check(&d, "vnic", "v2", "ok; green ok, 02:00:00:00:00:02 ok");
    desk_uninit(&d);
}

static void
test_vnic_refusals(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "tenant acme\nvn red id=5\nvn blue id=6 tenant=acme\n"
                "vn bad id=0\n"
                "vnic v1\nvnic v2 none=m1\nvnic v3 bad=m1\n"
                "vnic v4 blue=m1\nvnic v5 red=m1 red=m2\n"
                "vnic v6 tenant=acme blue=m2\n");
    desk_check(&d, "vnic", "v1",
               "refused: it is in no VN: add a VNIC_VN to vns");
    desk_check(&d, "vnic", "v2", "refused; none refused: there is no VN none, "
               "02:00:00:00:00:01 ok");
    desk_check(&d, "vnic", "v3", "refused; bad refused: VN bad is "
               "refused: VN ID 0 "
               "is not between 1 and 16777215, 02:00:00:00:00:01 ok");
    desk_check(&d, "vnic", "v4", "refused; blue refused: the VNIC belongs to "
               "tenant \"\", the VN to tenant \"acme\", "
               "02:00:00:00:00:01 ok");
    desk_check(&d, "vnic", "v5",
               "partly refused; red ok, 02:00:00:00:00:01 ok; red "
               "refused: the VNIC is in VN red twice, 02:00:00:00:00:02 ok");
    desk_check(&d, "vnic", "v6", "ok; blue ok, 02:00:00:00:00:02 ok");

    /* What is missing comes. */
    desk_do(&d, "vn none id=7\nvn bad id=8");
    desk_check(&d, "vnic", "v2", "ok; none ok, 02:00:00:00:00:01 ok");
    desk_check(&d, "vnic", "v3", "ok; bad ok, 02:00:00:00:00:01 ok");
    desk_uninit(&d);
}

static void
test_bad_addresses(void)
{
    struct desk d;
    const char *verdict;

    desk_init(&d);
    desk_do(&d, "vn red id=5\n"
                "vnic v1 red=01:00:00:00:00:01+00:00:00:00:00:00+banana+m1"
                "\nvnic v2 red=m2,10.0.0.1/24,224.0.0.1,10.0.0.9-10.0.0.1,"
                "10.0.0.2");
    verdict = rows_verdict(d.rows, "vnic", "v1");
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict, "01:00:00:00:00:01 refused: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict, "00:00:00:00:00:00 refused: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict, "banana refused: \"banana\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict, "02:00:00:00:00:01 ok"));

    /* So are the IPs of a bad MAC, and the good ones among them are not in
     * anybody's way. */
    desk_do(&d, "vnic v3 red=banana,10.0.0.3,apple\nvnic v4 red=m4,10.0.0.3");
    CU_ASSERT_PTR_NOT_NULL(strstr(rows_verdict(d.rows, "vnic", "v3"),
                                  "; \"apple\""));
    desk_check(&d, "vnic", "v4", "ok; red ok, 02:00:00:00:00:04 ok");

    /* Each bad one is named. */
    verdict = rows_verdict(d.rows, "vnic", "v2");
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict, "\"10.0.0.1/24\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict, "\"224.0.0.1\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict, "\"10.0.0.9-10.0.0.1\""));
    CU_ASSERT_PTR_NULL(strstr(verdict, "\"10.0.0.2\""));
    desk_uninit(&d);
}

static void
test_mac_conflict(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn red id=5\nvnic v1 red=m1\nvnic v2 red=m1\n"
                "vnic v3 red=m1");
    ds_clear(&d.trace);
    desk_check(&d, "vnic", "v1", "ok; red ok, 02:00:00:00:00:01 ok");
    desk_check(&d, "vnic", "v2",
               "refused; red ok, 02:00:00:00:00:01 refused: MAC "
               "02:00:00:00:00:01 belongs to VNIC v1 in this VN");

    /* The incumbent's row is read again, with something else changed. */
    desk_do(&d, "vnic v2 red=m1\nvnic v1 red=m9+m1");
    desk_expect(&d, "vnic v1: ok; red ok, 02:00:00:00:00:09 ok, "
                    "02:00:00:00:00:01 ok\n");

    /* It goes to who waited longest, and everybody is told. */
    desk_do(&d, "vnic v1 red=m9");
    desk_check(&d, "vnic", "v2", "ok; red ok, 02:00:00:00:00:01 ok");
    desk_do(&d, "del vnic v2");
    desk_check(&d, "vnic", "v3", "ok; red ok, 02:00:00:00:00:01 ok");
    desk_uninit(&d);
}

static void
test_ip_conflict(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn red id=5\nvnic v1 red=m1,10.0.0.1\n"
                "vnic v2 red=m2,10.0.0.2,10.0.0.1");
    desk_check(&d, "vnic", "v2",
               "partly refused; red ok, 02:00:00:00:00:02 refused: IP "
               "10.0.0.1 belongs to VNIC v1 (MAC 02:00:00:00:00:01)");
    desk_do(&d, "vnic v1 red=m1,10.0.0.3");
    desk_check(&d, "vnic", "v2", "ok; red ok, 02:00:00:00:00:02 ok");
    desk_do(&d, "vnic v1 red=m1,10.0.0.1");
    desk_check(&d, "vnic", "v1",
               "partly refused; red ok, 02:00:00:00:00:01 refused: IP "
               "10.0.0.1 belongs to VNIC v2 (MAC 02:00:00:00:00:02)");
    desk_uninit(&d);
}

/* Two MACs of one VNIC want the same IP: the first has it, however often the
 * row is read. */
static void
test_ip_twice_in_vnic(void)
{
    const char *expected
        = "partly refused; red ok, 02:00:00:00:00:01 ok, "
          "02:00:00:00:00:02 refused: IP "
          "10.0.0.1 belongs to VNIC v1 (MAC 02:00:00:00:00:01)";
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn red id=5\nvnic v1 red=m1,10.0.0.1+m2,10.0.0.1");
    desk_check(&d, "vnic", "v1", expected);
    desk_do(&d, "vnic v1 red=m1,10.0.0.1+m2,10.0.0.1");
    desk_check(&d, "vnic", "v1", expected);
    desk_do(&d, "vnic v1 red=m1,10.0.0.1+m2,10.0.0.1");
    desk_check(&d, "vnic", "v1", expected);
    desk_uninit(&d);
}

static void
test_mac_twice_in_vnic(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn red id=5\nvnic v1 red=m1,10.0.0.1+m1,10.0.0.2");
    desk_check(&d, "vnic", "v1",
               "partly refused; red ok, 02:00:00:00:00:01 ok, "
               "02:00:00:00:00:01 refused: MAC 02:00:00:00:00:01 belongs to "
               "VNIC v1 in this VN");
    desk_uninit(&d);
}

/* A prefix or a range is one row and one mapping. */
static void
test_prefixes_and_ranges(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "vn red id=5\nnve h1\nreg h1\n"
                "vnic v1 red=m1,10.1.0.0/16,10.0.0.5-10.0.0.9,fd00::/64\n"
                "claim h1/v1");
    desk_check(&d, "vnic", "v1", "ok; red ok, 02:00:00:00:00:01 ok");
    desk_expect_changes(&d, "+nve h1\n+member 5 h1\n+local 5 h1 v1\n"
                            "+mapping 5 02:00:00:00:00:01 h1\n");

    /* Only the same block is a conflict; a smaller one within is the more
     * specific one, as in routing. */
    desk_do(&d, "vnic v2 red=m2,10.1.0.0/16\nvnic v3 red=m3,10.1.2.3");
    desk_check(&d, "vnic", "v2",
               "partly refused; red ok, 02:00:00:00:00:02 refused: IP "
               "10.1.0.0/16 belongs to VNIC v1 (MAC 02:00:00:00:00:01)");
    desk_uninit(&d);
}

/* NVEs. */

static void
test_nve_ok(void)
{
    struct desk d;
    const struct model_nve *nve;

    desk_init(&d);
    desk_do(&d, "nve h1\nreg h1 dpid=00000000000000a1 "
                "ep=192.0.2.7/5,192.0.2.8/9,192.0.2.6/5 tunnel=vx");
    desk_expect(&d, "nve h1: ok\n");
    desk_expect_changes(&d, "+nve h1\n");
    nve = model_nve_by_name(d.model, "h1");
    CU_ASSERT_EQUAL(nve->datapath_id, 0xa1);
    CU_ASSERT_PTR_EQUAL(model_nve_by_datapath_id(d.model, 0xa1), nve);
    CU_ASSERT_EQUAL(nve->n_endpoints, 3);
    CU_ASSERT_EQUAL(ntohl(nve->endpoints[0]), 0xc0000208);
    CU_ASSERT_EQUAL(ntohl(nve->endpoints[1]), 0xc0000206);
    CU_ASSERT_EQUAL(ntohl(nve->endpoints[2]), 0xc0000207);
    CU_ASSERT_STRING_EQUAL(nve->tunnel_port, "vx");

    /* The same again is no change. */
    desk_do(&d, "nve h1\nreg h1 dpid=00000000000000A1 "
                "ep=192.0.2.6/5,192.0.2.7/5,192.0.2.8/9 tunnel=vx");
    desk_expect(&d, "");
    desk_expect_changes(&d, "");

    /* The inventory wins where it says something. */
    desk_do(&d, "nve h1 ep=192.0.2.99");
    CU_ASSERT_EQUAL(nve->n_endpoints, 1);
    CU_ASSERT_EQUAL(ntohl(nve->endpoints[0]), 0xc0000263);
    CU_ASSERT_EQUAL(nve->datapath_id, 0xa1);
    desk_do(&d, "nve h1 dpid=00000000000000b1");
    CU_ASSERT_EQUAL(nve->datapath_id, 0xb1);
    CU_ASSERT_EQUAL(nve->n_endpoints, 3);
    desk_uninit(&d);
}

static void
test_nve_refusals(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "nve h1\nnve h2 off\nreg h2\nreg h3\n"
                "nve h4\nreg h4 dpid=12 \nnve h5\nreg h5 ep=banana\n"
                "nve h6\nreg h6 ep=fd00::1\nnve h7 dpid=0000000000000007");
    desk_check(&d, "nve", "h1", "refused: it has no datapath ID: it has not "
               "registered, and the inventory names none");
    desk_check(&d, "nve", "h2", "refused: it is disabled");
    desk_check(&d, "nve", "h3", "gone");
    CU_ASSERT_STRING_EQUAL(model_nve_by_name(d.model, "h3")->refusal,
                           "NVE h3 is not in the inventory: nvo3-ctl "
                           "nve-add, or set-nve-admission open");
    CU_ASSERT(!strncmp(rows_verdict(d.rows, "nve", "h4"), "refused: \"12\"",
                       13));
    CU_ASSERT(!strncmp(rows_verdict(d.rows, "nve", "h5"),
                       "refused: \"banana\"", 17));
    desk_check(&d, "nve", "h6", "refused: endpoint fd00::1: only IPv4 "
               "endpoints are supported at present");
    desk_check(&d, "nve", "h7", "refused: it has no tunnel endpoint: it has "
               "not registered, and the inventory names none");
    desk_expect_changes(&d, "");
    desk_uninit(&d);
}

static void
test_nve_conflicts(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "nve h1\nreg h1\nnve h2\nreg h2\n"
                "nve h3\nreg h3 dpid=0000000000000001\n"
                "nve h4\nreg h4 ep=192.0.2.4,192.0.2.2");
    desk_check(&d, "nve", "h3", "refused: datapath ID 0000000000000001 "
               "belongs to NVE h1");
    desk_check(&d, "nve", "h4", "refused: endpoint 192.0.2.2 belongs to NVE "
               "h2");

    /* Re-reading takes nothing from those who have it. */
    ds_clear(&d.trace);
    desk_do(&d, "reg h3 dpid=0000000000000001\nreg h1\nnve h4\nnve h2");
    desk_expect(&d, "");
    desk_restart(&d, 2);
    desk_expect(&d, "");

    /* Released, it goes to who waits. */
    desk_do(&d, "reg h1 dpid=00000000000000ff\nnve h2 off");
    desk_check(&d, "nve", "h3", "ok");
    desk_check(&d, "nve", "h4", "ok");
    desk_do(&d, "nve h2");
    desk_check(&d, "nve", "h2", "refused: endpoint 192.0.2.2 belongs to NVE "
               "h4");
    desk_uninit(&d);
}

static void
test_nve_admission(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "reg h1");
    desk_expect(&d, "");
    desk_do(&d, "admission open");
    desk_expect(&d, "nve h1: created\nnve h1: ok\n");

    /* What was admitted stays so. */
    desk_do(&d, "admission registered");
    desk_expect(&d, "");
    desk_do(&d, "reg h2");
    desk_expect(&d, "");
    desk_do(&d, "del nve h1");
    CU_ASSERT_FALSE(model_nve_by_name(d.model, "h1")->admitted);
    desk_do(&d, "del reg h1");
    desk_run(&d);
    CU_ASSERT_PTR_NULL(model_nve_by_name(d.model, "h1"));
    desk_uninit(&d);
}

/* Nothing is left of what came and went. */
static void
test_everything_goes(void)
{
    struct desk d;

    desk_init(&d);
    desk_do(&d, "tenant acme\nvn red tenant=acme\nnve h1\nreg h1\n"
                "vnic v1 tenant=acme red=m1,10.0.0.1 other=m2\n"
                "claim h1/v1\nclaim h1/v2 vn=odd addr=m3\nclaim h9/v1");
    desk_do(&d, "del claim h1/v1\ndel claim h9/v1\ndel claim h1/v2\n"
                "del vnic v1\ndel reg h1\ndel nve h1\ndel vn red\n"
                "del tenant acme");
    desk_run(&d);
    desk_run(&d);
    CU_ASSERT_PTR_NULL(model_vn_by_name(d.model, "red"));
    CU_ASSERT_PTR_NULL(model_vn_by_name(d.model, "other"));
    CU_ASSERT_PTR_NULL(model_vn_by_name(d.model, "odd"));
    CU_ASSERT_PTR_NULL(model_vnic_by_name(d.model, "v1"));
    CU_ASSERT_PTR_NULL(model_vnic_by_name(d.model, "v2"));
    CU_ASSERT_PTR_NULL(model_nve_by_name(d.model, "h1"));
    CU_ASSERT_PTR_NULL(model_nve_by_name(d.model, "h9"));
    CU_ASSERT_EQUAL(rows_count_bindings(d.rows, "refused")
                    + rows_count_bindings(d.rows, "pending"), 0);
    desk_uninit(&d);
}

static void
test_text(void)
{
    struct desk d;
    struct ds s = DS_EMPTY_INITIALIZER;

    desk_init(&d);
    desk_do(&d, "vn red id=5\nvn green id=6 open\nnve h1\nreg h1\n"
                "vnic v1 red=m1,10.0.0.1,10.1.0.0/16\nclaim h1/v1\n"
                "claim h1/v2 vn=green addr=m2,fd00::2");
    model_format_vns(d.model, &s);
    desk_check_text(ds_cstr(&s),
                    "VN green (green): VN ID 6, open, 1 NVEs, ok\n"
                    "VN red (red): VN ID 5, registered, 1 NVEs, ok\n",
                    "vns", __LINE__, __FILE__);
    ds_clear(&s);
    model_format_nves(d.model, &s);
    desk_check_text(ds_cstr(&s), "NVE h1: datapath 0000000000000001, "
                    "endpoint 192.0.2.1, not connected, 2 VNICs, ok\n",
                    "nves", __LINE__, __FILE__);
    ds_clear(&s);
    model_format_mappings(d.model, model_vn_by_name(d.model, "red"), &s);
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&s), "v1 02:00:00:00:00:01 "
                                  "10.0.0.1 10.1.0.0/16 -> h1 192.0.2.1, "
                                  "pending"));
    CU_ASSERT_PTR_NULL(strstr(ds_cstr(&s), "v2"));
    ds_clear(&s);
    model_format_mappings(d.model, NULL, &s);
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&s), "v2 02:00:00:00:00:02 "
                                  "fd00::2 -> h1"));
    ds_destroy(&s);
    desk_uninit(&d);
}

void
suite_model(void)
{
    CU_pSuite suite = CU_add_suite("controller/model", NULL, NULL);

    CU_add_test(suite, "VN ID is deterministic", test_vn_id_is_deterministic);
    CU_add_test(suite, "VN ID requested", test_vn_id_requested);
    CU_add_test(suite, "VN ID out of range", test_vn_id_out_of_range);
    CU_add_test(suite, "VN ID conflict", test_vn_id_conflict);
    CU_add_test(suite, "VN ID collision", test_vn_id_collision);
    CU_add_test(suite, "VN ID is stable", test_vn_id_is_stable);
    CU_add_test(suite, "VN ID, incumbent over restart",
                test_vn_id_incumbent_over_restart);
    CU_add_test(suite, "VN refusals", test_vn_refusals);
    CU_add_test(suite, "VNIC ok", test_vnic_ok);
    CU_add_test(suite, "VNIC refusals", test_vnic_refusals);
    CU_add_test(suite, "bad addresses", test_bad_addresses);
    CU_add_test(suite, "MAC conflict", test_mac_conflict);
    CU_add_test(suite, "IP conflict", test_ip_conflict);
    CU_add_test(suite, "IP twice in a VNIC", test_ip_twice_in_vnic);
    CU_add_test(suite, "MAC twice in a VNIC", test_mac_twice_in_vnic);
    CU_add_test(suite, "prefixes and ranges", test_prefixes_and_ranges);
    CU_add_test(suite, "NVE ok", test_nve_ok);
    CU_add_test(suite, "NVE refusals", test_nve_refusals);
    CU_add_test(suite, "NVE conflicts", test_nve_conflicts);
    CU_add_test(suite, "NVE admission", test_nve_admission);
    CU_add_test(suite, "everything goes", test_everything_goes);
    CU_add_test(suite, "text", test_text);
}
