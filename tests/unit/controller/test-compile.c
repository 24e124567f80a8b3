/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/compile.h"

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "controller/items.h"
#include "controller/model.h"
#include "flow.h"
#include "hash.h"
#include "lib/pipeline.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/ofpbuf.h"
#include "tests/unit/controller/desk.h"
#include "tests/unit/controller/lint.h"
#include "tests/unit/controller/rows.h"
#include "util.h"

void suite_compile(void);


/* A model and what was compiled from it. */
struct bench {
    struct desk desk;
    struct items items;
    struct ds text;
};

static void
begin(struct bench *b, const char *script)
{
    desk_init(&b->desk);
    desk_do(&b->desk, "vn red id=5\nnve h1\nreg h1");
    desk_do(&b->desk, script);
    items_init(&b->items);
    ds_init(&b->text);
}

static void
end(struct bench *b)
{
    items_uninit(&b->items);
    ds_destroy(&b->text);
    desk_uninit(&b->desk);
}

/* Appends whose local flow it is, from its cookie. */
static void
format_object(uint32_t object, struct ds *s)
{
    if (object & COOKIE_GLEANED) {
        ds_put_cstr(s, "gleaned.");
        return;
    }
    for (int i = 1; i <= 9; i++) {
        char name[] = { 'v', '0' + i, '\0' };

        if (object == (hash_string(name, 0) & ~COOKIE_GLEANED)) {
            ds_put_format(s, "%s.", name);
            return;
        }
    }
    ds_put_format(s, "%"PRIu32, object & 0xffff);
    if (object >> 16) {
        ds_put_format(s, "/%"PRIu32, object >> 16);
    }
    ds_put_char(s, '.');
}

/* Appends 'item' to 's' the way that the expectations below have it: like
 * `ovs-ofctl dump-flows`, but for the cookie, of which the kind, for local
 * flows the VNIC, PORT[/TAG] or that they are of a gleaned address, and the VN
 * ID are shown. */
static void
format_item(const struct item *item, struct ds *s)
{
    struct ds raw = DS_EMPTY_INITIALIZER;
    const char *p;
    const char *cookie;

    item_format(item, &raw);
    p = ds_cstr(&raw);
    if (!strncmp(p, "ADD ", 4)) {
        bool zero = strncmp(p, "ADD table:", 10) != 0;
        uint64_t value;

        ds_put_format(s, "table %s", zero ? "0 " : "");
        p += zero ? 4 : 10;
        cookie = strstr(p, "cookie:");
        value = strtoull(cookie + 7, NULL, 16);
        ds_put_buffer(s, p, cookie - p);
        ds_put_char(s, (char) (value >> COOKIE_KIND_SHIFT));
        if (value >> COOKIE_KIND_SHIFT == COOKIE_LOCAL) {
            format_object(value >> 24 & UINT32_MAX, s);
        }
        ds_put_format(s, "%u", (unsigned int) value & 0xffffff);
        p = strchr(cookie, ' ');
    }
    ds_put_format(s, "%s\n", p);
    ds_destroy(&raw);
}

/* Checks those of the lines of what was compiled, for the image of 'vn_id' (0:
 * local), that have 'part' in them, and clears it. */
static void
expect_some(struct bench *b, uint32_t vn_id, const char *part,
            const char *expected, unsigned int line)
{
    struct ds complaints = DS_EMPTY_INITIALIZER;

    ds_clear(&b->text);
    ITEMS_FOR_EACH (item, &b->items) {
        size_t start = b->text.length;

        format_item(item, &b->text);
        if (!strstr(ds_cstr(&b->text) + start, part)) {
            ds_truncate(&b->text, start);
        }
    }
    desk_check_text(ds_cstr(&b->text), expected, "items", line, __FILE__);
    lint_items(&b->items, vn_id, &complaints);
    desk_check_text(ds_cstr(&complaints), "", "lint", line, __FILE__);
    ds_destroy(&complaints);
    items_uninit(&b->items);
    items_init(&b->items);
}

/* The same of all lines. */
static void
expect(struct bench *b, uint32_t vn_id, const char *expected,
       unsigned int line)
{
    expect_some(b, vn_id, "", expected, line);
}

static const struct model_attachment *
attachment(const struct bench *b, const char *vnic)
{
    return model_vnic_by_name(b->desk.model, vnic)->vns[0];
}

static struct local_port
describe(const struct bench *b, const char *vnic, uint16_t port, uint16_t tag,
         bool tenant_tags)
{
    return (struct local_port) {
        .vn_id = 5,
        .tenant_tags = tenant_tags,
        .port = u16_to_ofp(port),
        .tag = tag,
        .attachment = attachment(b, vnic),
    };
}

/* Compiles the VNIC as attached to 'port' of its NVE with 'tag'. */
static void
compile_tagged(struct bench *b, const char *vnic, uint16_t port, uint16_t tag,
               bool tenant_tags)
{
    struct local_port local = describe(b, vnic, port, tag, tenant_tags);

    compile_access(&local, &b->items);
    compile_local_port(&local, &b->items);
}

/* The same without a tag. */
static void
compile_port(struct bench *b, const char *vnic, uint16_t port)
{
    compile_tagged(b, vnic, port, 0, false);
}

/* Has the VNIC glean 'mac' and 'ip'. */
static void
glean(struct bench *b, const char *vnic, struct eth_addr mac, uint32_t ip)
{
    char *name = xasprintf("%s red h1", vnic);
    struct model_binding *binding = desk_binding(&b->desk, name);
    struct in6_addr addr;
    uint64_t rival;

    in6_addr_set_mapped_ipv4(&addr, htonl(ip));
    model_glean(b->desk.model, binding, mac, NULL, &rival);
    model_glean(b->desk.model, binding, mac, &addr, &rival);
    desk_run(&b->desk);
    free(name);
}

/* Compiles the VNIC like compile_tagged(), with what it gleaned. */
static void
compile_gleaned(struct bench *b, const char *vnic, uint16_t port, uint16_t tag,
                bool tenant_tags)
{
    char *name = xasprintf("%s red h1", vnic);
    const struct model_binding *binding = desk_binding(&b->desk, name);
    struct local_port local = describe(b, vnic, port, tag, tenant_tags);

    local.gleaned = &binding->gleaned;
    local.meter = model_binding_gleans(binding) ? GLEAN_METER(port) : 0;
    compile_access(&local, &b->items);
    compile_local_port(&local, &b->items);
    free(name);
}

/* Compiles the mapping of MAC 'i' of the VNIC. */
static void
compile_mac(struct bench *b, const char *vnic, size_t i)
{
    compile_mapping(5, htonl(0xc0000201), &attachment(b, vnic)->macs[i],
                    &b->items);
}

/* Shared images. */

static void
test_vn(void)
{
    struct bench b;

    begin(&b, "admission registered");
    compile_vn(5, &b.items);
    expect(&b, 5,
        "table 1 priority=10,metadata=0x5 N5 actions=drop\n"
        "ADD_OR_MOD group_id=16777221,type=all\n"
        "table 24 priority=0,metadata=0x5 N5 actions=drop\n"
        "table 24 priority=10,metadata=0x5,"
        "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 N5 "
        "actions=goto_table:28\n"
        "table 28 priority=100,reg0=0/0x1,metadata=0x5 N5 "
        "actions=group:16777221,goto_table:29\n"
        "table 28 priority=100,reg0=0x1/0x1,metadata=0x5 N5 "
        "actions=goto_table:29\n",
        __LINE__);
    end(&b);
}

static void
test_member(void)
{
    struct bench b;

    begin(&b, "reg h1 ep=192.0.2.1/2,192.0.2.11");
    compile_member(5, false, model_nve_by_name(b.desk.model, "h1"), &b.items);
    expect(&b, 5,
        "table 1 priority=100,tun_src=192.0.2.1,metadata=0x5,"
        "vlan_tci=0x0000/0x1fff N5 actions=goto_table:24\n"
        "table 1 priority=100,tun_src=192.0.2.11,metadata=0x5,"
        "vlan_tci=0x0000/0x1fff N5 actions=goto_table:24\n"
        "INSERT_BUCKET command_bucket_id:first,group_id=16777221,"
        "bucket=bucket_id:3221225985,actions=set_field:192.0.2.1->tun_dst,"
        "resubmit(,40)\n",
        __LINE__);
    end(&b);
}

/* Frames that are tagged inside pass where the VN has tenant tags. */
static void
test_member_tenant_tags(void)
{
    struct bench b;

    begin(&b, "admission registered");
    compile_member(5, true, model_nve_by_name(b.desk.model, "h1"), &b.items);
    expect(&b, 5,
        "table 1 priority=100,tun_src=192.0.2.1,metadata=0x5 N5 "
        "actions=goto_table:24\n"
        "INSERT_BUCKET command_bucket_id:first,group_id=16777221,"
        "bucket=bucket_id:3221225985,actions=set_field:192.0.2.1->tun_dst,"
        "resubmit(,40)\n",
        __LINE__);
    end(&b);
}

static void
test_mapping(void)
{
    struct bench b;

    begin(&b, "vnic v1 red=m1,10.0.0.1,10.1.0.0/16,fd00::1+m2");
    compile_mac(&b, "v1", 0);
    expect(&b, 5,
        "table 16 priority=228,arp,metadata=0x5,dl_dst=ff:ff:ff:ff:ff:ff,"
        "arp_tpa=10.0.0.1,arp_op=1 N5 "
        "actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],"
        "set_field:02:00:00:00:00:01->eth_src,set_field:2->arp_op,"
        "move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],"
        "set_field:02:00:00:00:00:01->arp_sha,"
        "move:NXM_OF_ARP_SPA[]->NXM_NX_REG2[],"
        "move:NXM_OF_ARP_TPA[]->NXM_OF_ARP_SPA[],"
        "move:NXM_NX_REG2[]->NXM_OF_ARP_TPA[],goto_table:37\n"
        "table 16 priority=212,arp,metadata=0x5,dl_dst=ff:ff:ff:ff:ff:ff,"
        "arp_tpa=10.1.0.0/16,arp_op=1 N5 "
        "actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],"
        "set_field:02:00:00:00:00:01->eth_src,set_field:2->arp_op,"
        "move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],"
        "set_field:02:00:00:00:00:01->arp_sha,"
        "move:NXM_OF_ARP_SPA[]->NXM_NX_REG2[],"
        "move:NXM_OF_ARP_TPA[]->NXM_OF_ARP_SPA[],"
        "move:NXM_NX_REG2[]->NXM_OF_ARP_TPA[],goto_table:37\n"
        "table 16 priority=228,icmp6,metadata=0x5,"
        "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,icmp_type=135,"
        "icmp_code=0,nd_target=fd00::1 N5 "
        "actions=set_field:02:00:00:00:00:01->eth_dst,goto_table:24\n"
        "table 24 priority=100,metadata=0x5,dl_dst=02:00:00:00:00:01 N5 "
        "actions=set_field:192.0.2.1->tun_dst,resubmit(,40)\n",
        __LINE__);
    compile_mac(&b, "v1", 1);
    expect(&b, 5,
        "table 24 priority=100,metadata=0x5,dl_dst=02:00:00:00:00:02 N5 "
        "actions=set_field:192.0.2.1->tun_dst,resubmit(,40)\n",
        __LINE__);
    end(&b);
}

/* What a MAC or an IP does not hold is not mapped to it. */
static void
test_mapping_not_held(void)
{
    struct bench b;

    begin(&b, "vnic v1 red=m1,10.0.0.1\nvnic v2 red=m1,10.0.0.2\n"
              "vnic v3 red=m3,10.0.0.1\nvnic v4 red=banana,10.0.0.4\n"
              "vnic v5 red=m5,10.0.0.1/24");
    compile_mac(&b, "v2", 0);
    compile_mac(&b, "v4", 0);
    expect(&b, 5, "", __LINE__);
    compile_mac(&b, "v3", 0);
    expect(&b, 5,
        "table 24 priority=100,metadata=0x5,dl_dst=02:00:00:00:00:03 N5 "
        "actions=set_field:192.0.2.1->tun_dst,resubmit(,40)\n",
        __LINE__);
    compile_mac(&b, "v5", 0);
    CU_ASSERT_EQUAL(b.items.n, 1);
    end(&b);
}

/* A range is as few prefixes as it takes, of one MAC. */
static void
test_mapping_range(void)
{
    struct bench b;

    begin(&b, "vnic v1 red=m1,10.0.0.5-10.0.0.9");
    compile_mac(&b, "v1", 0);
    CU_ASSERT_EQUAL(b.items.n, 1 + 3);
    end(&b);
}

/* Returns the priority of the flow in 'items' that has 'text'. */
static int
priority_of(struct bench *b, const char *text)
{
    int priority = -1;

    ITEMS_FOR_EACH (item, &b->items) {
        struct ds s = DS_EMPTY_INITIALIZER;

        format_item(item, &s);
        if (strstr(ds_cstr(&s), text)) {
            priority = atoi(strstr(ds_cstr(&s), "priority=") + 9);
        }
        ds_destroy(&s);
    }
    CU_ASSERT_NOT_EQUAL(priority, -1);
    return priority;
}

/* Of two owners whose prefixes overlap the one with the longer prefix answers,
 * and what is local goes before all that is shared. */
static void
test_longest_prefix(void)
{
    struct bench b;

    begin(&b, "vnic v1 red=m1,10.0.0.0/8,fd00::/16\n"
              "vnic v2 red=m2,10.1.2.3,fd00::1\nvnic v3 red=m3,10.1.0.0/16");
    compile_mac(&b, "v1", 0);
    compile_mac(&b, "v2", 0);
    compile_mac(&b, "v3", 0);
    CU_ASSERT(priority_of(&b, "arp_tpa=10.1.2.3,")
              > priority_of(&b, "arp_tpa=10.1.0.0/16,"));
    CU_ASSERT(priority_of(&b, "arp_tpa=10.1.0.0/16,")
              > priority_of(&b, "arp_tpa=10.0.0.0/8,"));
    CU_ASSERT(priority_of(&b, "nd_target=fd00::1 ")
              > priority_of(&b, "nd_target=fd00::/16 "));
    CU_ASSERT(PRIO_LOCAL > priority_of(&b, "nd_target=fd00::1 "));
    CU_ASSERT(PRIO_LOCAL > priority_of(&b, "arp_tpa=10.1.2.3,"));
    end(&b);
}

/* Local images. */

static void
test_base(void)
{
    struct bench b;

    begin(&b, "reg h1 ep=192.0.2.1/2,192.0.2.11");
    compile_base(model_nve_by_name(b.desk.model, "h1"), u16_to_ofp(3),
                 &b.items);
    expect(&b, 0,
        "table 0 priority=0 L0.0 actions=drop\n"
        "table 0 priority=380,dl_vlan=0 L0.0 actions=drop\n"
        "table 0 priority=50,vlan_tci=0x1000/0x1000 L0.0 actions=drop\n"
        "table 1 priority=0 L0.0 actions=drop\n"
        "table 2 priority=50,dl_type=0x8100 L0.0 actions=drop\n"
        "table 2 priority=50,dl_type=0x88a8 L0.0 actions=drop\n"
        "table 2 priority=400,vlan_tci=0x1000/0x1000 L0.0 actions=drop\n"
        "table 2 priority=0 L0.0 actions=goto_table:4\n"
        "table 0 priority=300,in_port=3 L0.0 "
        "actions=move:NXM_NX_TUN_ID[0..23]->OXM_OF_METADATA[0..23],"
        "set_field:0x1->reg0,goto_table:1\n"
        "table 1 priority=400,tun_src=192.0.2.1 L0.0 actions=drop\n"
        "table 1 priority=400,tun_src=192.0.2.11 L0.0 actions=drop\n"
        "table 4 priority=400,dl_dst=01:80:c2:00:00:00/ff:ff:ff:ff:ff:f0 "
        "L0.0 actions=drop\n"
        "table 4 priority=400,dl_dst=01:00:0c:cc:cc:cc/ff:ff:ff:ff:ff:fe "
        "L0.0 actions=drop\n"
        "table 4 priority=0 L0.0 actions=drop\n"
        "table 5 priority=50,ip L0.0 actions=drop\n"
        "table 5 priority=50,arp L0.0 actions=drop\n"
        "table 5 priority=50,rarp L0.0 actions=drop\n"
        "table 5 priority=50,ipv6 L0.0 actions=drop\n"
        "table 5 priority=0 L0.0 actions=goto_table:24\n"
        "table 6 priority=50,icmp6,icmp_type=134,icmp_code=0 L0.0 "
        "actions=drop\n"
        "table 6 priority=50,icmp6,icmp_type=135,icmp_code=0 L0.0 "
        "actions=drop\n"
        "table 6 priority=50,icmp6,icmp_type=136,icmp_code=0 L0.0 "
        "actions=drop\n"
        "table 6 priority=50,icmp6,icmp_type=137,icmp_code=0 L0.0 "
        "actions=drop\n"
        "table 6 priority=0 L0.0 actions=goto_table:16\n"
        "table 16 priority=0 L0.0 actions=goto_table:24\n"
        "table 36 priority=0 L0.0 actions=output:NXM_NX_REG1[0..15]\n"
        "table 37 priority=0 L0.0 actions=IN_PORT\n"
        "table 36 priority=100,reg4=0x1000/0x1000 L0.0 "
        "actions=push_vlan:0x8100,"
        "move:NXM_NX_REG4[0..11]->OXM_OF_VLAN_VID[],"
        "output:NXM_NX_REG1[0..15]\n"
        "table 37 priority=100,reg3=0x1000/0x1000 L0.0 "
        "actions=push_vlan:0x8100,"
        "move:NXM_NX_REG3[0..11]->OXM_OF_VLAN_VID[],"
        "set_field:02:4e:c0:00:02:01->eth_src,IN_PORT\n"
        "table 40 priority=400,reg0=0x1/0x1 L0.0 actions=drop\n"
        "table 40 priority=300,tun_dst=192.0.2.1 L0.0 actions=drop\n"
        "table 40 priority=300,tun_dst=192.0.2.11 L0.0 actions=drop\n"
        "table 40 priority=0 L0.0 "
        "actions=move:OXM_OF_METADATA[0..23]->NXM_NX_TUN_ID[0..23],output:3\n",
        __LINE__);
    end(&b);
}

/* Without a tunnel port nothing comes from it or goes there. */
static void
test_base_without_tunnel(void)
{
    struct bench b;

    begin(&b, "reg h1");
    compile_base(model_nve_by_name(b.desk.model, "h1"), OFPP_NONE, &b.items);
    ITEMS_FOR_EACH (item, &b.items) {
        struct ds s = DS_EMPTY_INITIALIZER;

        format_item(item, &s);
        CU_ASSERT_PTR_NULL(strstr(ds_cstr(&s), "in_port"));
        CU_ASSERT_PTR_NULL(strstr(ds_cstr(&s), "output:3"));
        CU_ASSERT_PTR_NULL(strstr(ds_cstr(&s), "TUN_ID"));
        ds_destroy(&s);
    }
    end(&b);
}

static void
test_local_vn(void)
{
    struct bench b;

    begin(&b, "admission registered");
    compile_local_vn(5, &b.items);
    expect(&b, 0,
        "ADD_OR_MOD group_id=33554437,type=all\n"
        "table 29 priority=300,metadata=0x5 L0.5 actions=group:33554437\n",
        __LINE__);
    end(&b);
}

/* A MAC without IPs may send what it likes. */
static void
test_port_without_ip(void)
{
    struct bench b;

    begin(&b, "vnic v1 red=m2");
    compile_port(&b, "v1", 7);
    expect(&b, 0,
        "table 0 priority=100,in_port=7,vlan_tci=0x0000/0x1fff L7.5 "
        "actions=set_field:0x5->metadata,goto_table:4\n"
        "INSERT_BUCKET command_bucket_id:first,group_id=33554437,"
        "bucket=bucket_id:7,actions=set_field:0x7->reg1,resubmit(,36)\n"
        "table 4 priority=300,metadata=0x5,in_port=7,"
        "dl_src=02:00:00:00:00:02 Lv1.5 actions=goto_table:16\n"
        "table 24 priority=300,metadata=0x5,dl_dst=02:00:00:00:00:02 Lv1.5 "
        "actions=set_field:0x7->reg1,goto_table:36\n",
        __LINE__);
    end(&b);
}

static void
test_port_v4(void)
{
    struct bench b;

    begin(&b, "vnic v1 red=m3,10.0.0.3");
    compile_port(&b, "v1", 8);
    expect(&b, 0,
        "table 0 priority=100,in_port=8,vlan_tci=0x0000/0x1fff L8.5 "
        "actions=set_field:0x5->metadata,goto_table:4\n"
        "INSERT_BUCKET command_bucket_id:first,group_id=33554437,"
        "bucket=bucket_id:8,actions=set_field:0x8->reg1,resubmit(,36)\n"
        "table 4 priority=300,metadata=0x5,in_port=8,"
        "dl_src=02:00:00:00:00:03 Lv1.5 actions=goto_table:5\n"
        "table 5 priority=300,rarp,metadata=0x5,in_port=8,"
        "dl_src=02:00:00:00:00:03,arp_sha=02:00:00:00:00:03 Lv1.5 "
        "actions=goto_table:24\n"
        "table 5 priority=300,ip,metadata=0x5,in_port=8,"
        "dl_src=02:00:00:00:00:03,nw_src=10.0.0.3 Lv1.5 "
        "actions=goto_table:24\n"
        "table 5 priority=300,arp,metadata=0x5,in_port=8,"
        "dl_src=02:00:00:00:00:03,arp_spa=10.0.0.3,"
        "arp_sha=02:00:00:00:00:03 Lv1.5 actions=goto_table:16\n"
        "table 5 priority=300,arp,metadata=0x5,in_port=8,"
        "dl_src=02:00:00:00:00:03,arp_spa=0.0.0.0,arp_sha=02:00:00:00:00:03 "
        "Lv1.5 actions=goto_table:16\n"
        "table 5 priority=300,udp,metadata=0x5,in_port=8,"
        "dl_src=02:00:00:00:00:03,nw_src=0.0.0.0,nw_dst=255.255.255.255,"
        "tp_src=68,tp_dst=67 Lv1.5 actions=goto_table:24\n"
        "table 16 priority=300,arp,metadata=0x5,in_port=8,"
        "dl_src=02:00:00:00:00:03,arp_tpa=10.0.0.3,arp_op=1 Lv1.5 "
        "actions=goto_table:24\n"
        "table 24 priority=300,metadata=0x5,dl_dst=02:00:00:00:00:03 Lv1.5 "
        "actions=set_field:0x8->reg1,goto_table:36\n",
        __LINE__);
    end(&b);
}

static void
test_port_v6(void)
{
    struct bench b;

    begin(&b, "vnic v1 red=m4,fd00::/64");
    compile_port(&b, "v1", 9);
    expect(&b, 0,
        "table 0 priority=100,in_port=9,vlan_tci=0x0000/0x1fff L9.5 "
        "actions=set_field:0x5->metadata,goto_table:4\n"
        "INSERT_BUCKET command_bucket_id:first,group_id=33554437,"
        "bucket=bucket_id:9,actions=set_field:0x9->reg1,resubmit(,36)\n"
        "table 4 priority=300,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:04 Lv1.5 actions=goto_table:5\n"
        "table 5 priority=300,rarp,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:04,arp_sha=02:00:00:00:00:04 Lv1.5 "
        "actions=goto_table:24\n"
        "table 5 priority=300,ipv6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:04,ipv6_src=fd00::/64 Lv1.5 "
        "actions=goto_table:6\n"
        "table 5 priority=300,ipv6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:04,ipv6_src=fe80::ff:fe00:4 Lv1.5 "
        "actions=goto_table:6\n"
        "table 5 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:04,ipv6_src=:: Lv1.5 actions=goto_table:6\n"
        "table 6 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:04,icmp_type=135,icmp_code=0,"
        "nd_sll=00:00:00:00:00:00 Lv1.5 actions=goto_table:16\n"
        "table 6 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:04,icmp_type=135,icmp_code=0,"
        "nd_sll=02:00:00:00:00:04 Lv1.5 actions=goto_table:16\n"
        "table 6 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:04,icmp_type=136,icmp_code=0,"
        "nd_target=fe80::ff:fe00:4,nd_tll=00:00:00:00:00:00 Lv1.5 "
        "actions=goto_table:16\n"
        "table 6 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:04,icmp_type=136,icmp_code=0,"
        "nd_target=fe80::ff:fe00:4,nd_tll=02:00:00:00:00:04 Lv1.5 "
        "actions=goto_table:16\n"
        "table 6 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:04,icmp_type=136,icmp_code=0,"
        "nd_target=fd00::/64,nd_tll=00:00:00:00:00:00 Lv1.5 "
        "actions=goto_table:16\n"
        "table 6 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:04,icmp_type=136,icmp_code=0,"
        "nd_target=fd00::/64,nd_tll=02:00:00:00:00:04 Lv1.5 "
        "actions=goto_table:16\n"
        "table 16 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:04,icmp_type=135,icmp_code=0,"
        "nd_target=fd00::/64 Lv1.5 actions=goto_table:24\n"
        "table 24 priority=300,metadata=0x5,dl_dst=02:00:00:00:00:04 Lv1.5 "
        "actions=set_field:0x9->reg1,goto_table:36\n",
        __LINE__);
    end(&b);
}

/* A tag is popped at once and pushed last; no tenant's tag passes for it. */
static void
test_port_tagged(void)
{
    struct bench b;

    begin(&b, "vnic v1 red=m2");
    compile_tagged(&b, "v1", 7, 4094, false);
    expect(&b, 0,
        "table 0 priority=100,in_port=7,dl_vlan=4094 L7/4094.5 "
        "actions=pop_vlan,set_field:0x1ffe->reg3,set_field:0x5->metadata,"
        "goto_table:2\n"
        "INSERT_BUCKET command_bucket_id:first,group_id=33554437,"
        "bucket=bucket_id:268304391,actions=set_field:0x7->reg1,"
        "set_field:0x1ffe->reg4,resubmit(,36)\n"
        "table 4 priority=300,metadata=0x5,in_port=7,"
        "dl_src=02:00:00:00:00:02 Lv1.5 actions=goto_table:16\n"
        "table 24 priority=300,metadata=0x5,dl_dst=02:00:00:00:00:02 Lv1.5 "
        "actions=set_field:0x7->reg1,set_field:0x1ffe->reg4,goto_table:36\n",
        __LINE__);
    end(&b);
}

/* A tag of the tenant's own, below ours or alone. */
static void
test_port_tenant_tags(void)
{
    struct bench b;

    begin(&b, "vnic v1 red=m2,10.0.0.2");
    compile_tagged(&b, "v1", 7, 10, true);
    expect_some(&b, 0, "dl_type",
        "table 2 priority=300,reg3=0x100a,metadata=0x5,in_port=7,"
        "dl_type=0x8100 L7/10.5 actions=goto_table:4\n"
        "table 4 priority=350,metadata=0x5,in_port=7,"
        "dl_src=02:00:00:00:00:02,dl_type=0x8100 Lv1.5 actions=goto_table:24\n",
        __LINE__);
    compile_tagged(&b, "v1", 7, 0, true);
    expect_some(&b, 0, "vlan_tci",
        "table 0 priority=100,in_port=7,vlan_tci=0x0000/0x1fff L7.5 "
        "actions=set_field:0x5->metadata,goto_table:4\n"
        "table 0 priority=90,in_port=7,vlan_tci=0x1000/0x1000 L7.5 "
        "actions=set_field:0x5->metadata,goto_table:4\n"
        "table 4 priority=350,metadata=0x5,in_port=7,vlan_tci=0x1000/0x1000,"
        "dl_src=02:00:00:00:00:02 Lv1.5 actions=goto_table:24\n",
        __LINE__);
    end(&b);
}

/* Where tags are ours, none is a tenant's. */
static void
test_trunk(void)
{
    struct bench b;

    begin(&b, "admission registered");
    compile_trunk(u16_to_ofp(7), &b.items);
    expect(&b, 0,
        "table 0 priority=95,in_port=7,vlan_tci=0x1000/0x1000 L7.0 "
        "actions=drop\n"
        "table 36 priority=380,reg1=0x7,reg4=0,vlan_tci=0x1000/0x1000 L7.0 "
        "actions=drop\n"
        "table 36 priority=380,reg1=0x7,reg4=0,dl_type=0x8100 L7.0 "
        "actions=drop\n",
        __LINE__);
    end(&b);
}

/* A MAC all of whose IPs belong to others sends no IP at all; a MAC that
 * belongs to another sends nothing and gets nothing. */
static void
test_port_not_held(void)
{
    struct bench b;

    begin(&b, "vnic v1 red=m1,10.0.0.1\nvnic v2 red=m1+m2,10.0.0.1");
    compile_port(&b, "v2", 9);
    expect(&b, 0,
        "table 0 priority=100,in_port=9,vlan_tci=0x0000/0x1fff L9.5 "
        "actions=set_field:0x5->metadata,goto_table:4\n"
        "INSERT_BUCKET command_bucket_id:first,group_id=33554437,"
        "bucket=bucket_id:9,actions=set_field:0x9->reg1,resubmit(,36)\n"
        "table 4 priority=300,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:02 Lv2.5 actions=goto_table:5\n"
        "table 5 priority=300,rarp,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:02,arp_sha=02:00:00:00:00:02 Lv2.5 "
        "actions=goto_table:24\n"
        "table 24 priority=300,metadata=0x5,dl_dst=02:00:00:00:00:02 Lv2.5 "
        "actions=set_field:0x9->reg1,goto_table:36\n",
        __LINE__);
    end(&b);
}

/* What is gleaned of a VNIC has flows like what is registered, with a cookie
 * of its own where packets are counted; and while there may be more, what is
 * unknown goes to the controller by a meter. */
static void
test_gleaned(void)
{
    static const struct eth_addr mac = ETH_ADDR_C(02,00,00,00,00,09);
    struct bench b;

    begin(&b, "vn red id=5 glean=3\nvnic v1 red=m1\nclaim h1/v1");
    glean(&b, "v1", mac, 0x0a000009);
    compile_gleaned(&b, "v1", 9, 0, false);
    expect(&b, 0,
        "table 0 priority=100,in_port=9,vlan_tci=0x0000/0x1fff L9.5 "
        "actions=set_field:0x5->metadata,goto_table:4\n"
        "INSERT_BUCKET command_bucket_id:first,group_id=33554437,"
        "bucket=bucket_id:9,actions=set_field:0x9->reg1,resubmit(,36)\n"
        "table 4 priority=300,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:01 Lv1.5 actions=goto_table:16\n"
        "table 4 priority=300,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09 Lgleaned.5 actions=goto_table:5\n"
        "table 5 priority=300,rarp,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,arp_sha=02:00:00:00:00:09 Lv1.5 "
        "actions=goto_table:24\n"
        "table 5 priority=300,arp,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,arp_spa=0.0.0.0,"
        "arp_sha=02:00:00:00:00:09 Lv1.5 actions=goto_table:16\n"
        "table 5 priority=300,udp,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,nw_src=0.0.0.0,nw_dst=255.255.255.255,"
        "tp_src=68,tp_dst=67 Lv1.5 actions=goto_table:24\n"
        "table 5 priority=300,ipv6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,ipv6_src=fe80::ff:fe00:9 Lv1.5 "
        "actions=goto_table:6\n"
        "table 5 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,ipv6_src=:: Lv1.5 actions=goto_table:6\n"
        "table 6 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,icmp_type=135,icmp_code=0,"
        "nd_sll=00:00:00:00:00:00 Lv1.5 actions=goto_table:16\n"
        "table 6 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,icmp_type=135,icmp_code=0,"
        "nd_sll=02:00:00:00:00:09 Lv1.5 actions=goto_table:16\n"
        "table 6 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,icmp_type=136,icmp_code=0,"
        "nd_target=fe80::ff:fe00:9,nd_tll=00:00:00:00:00:00 Lv1.5 "
        "actions=goto_table:16\n"
        "table 6 priority=300,icmp6,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,icmp_type=136,icmp_code=0,"
        "nd_target=fe80::ff:fe00:9,nd_tll=02:00:00:00:00:09 Lv1.5 "
        "actions=goto_table:16\n"
        "table 5 priority=300,rarp,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,arp_sha=02:00:00:00:00:09 Lv1.5 "
        "actions=goto_table:24\n"
        "table 5 priority=300,ip,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,nw_src=10.0.0.9 Lgleaned.5 "
        "actions=goto_table:24\n"
        "table 5 priority=300,arp,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,arp_spa=10.0.0.9,"
        "arp_sha=02:00:00:00:00:09 Lgleaned.5 actions=goto_table:16\n"
        "table 5 priority=300,arp,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,arp_spa=0.0.0.0,"
        "arp_sha=02:00:00:00:00:09 Lv1.5 actions=goto_table:16\n"
        "table 5 priority=300,udp,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,nw_src=0.0.0.0,nw_dst=255.255.255.255,"
        "tp_src=68,tp_dst=67 Lv1.5 actions=goto_table:24\n"
        "table 16 priority=300,arp,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,arp_tpa=10.0.0.9,arp_op=1 Lv1.5 "
        "actions=goto_table:24\n"
        "table 4 priority=60,metadata=0x5,in_port=9 Lv1.5 actions=meter:10,"
        "CONTROLLER:128\n"
        "table 5 priority=60,arp,metadata=0x5,in_port=9 Lv1.5 "
        "actions=meter:10,CONTROLLER:128\n"
        "table 5 priority=60,icmp6,metadata=0x5,in_port=9,icmp_type=135,"
        "icmp_code=0 Lv1.5 actions=meter:10,CONTROLLER:128\n"
        "table 5 priority=60,icmp6,metadata=0x5,in_port=9,icmp_type=136,"
        "icmp_code=0 Lv1.5 actions=meter:10,CONTROLLER:128\n"
        "table 6 priority=60,icmp6,metadata=0x5,in_port=9,icmp_type=136,"
        "icmp_code=0 Lv1.5 actions=meter:10,CONTROLLER:128\n"
        "table 24 priority=300,metadata=0x5,dl_dst=02:00:00:00:00:01 Lv1.5 "
        "actions=set_field:0x9->reg1,goto_table:36\n"
        "table 24 priority=300,metadata=0x5,dl_dst=02:00:00:00:00:09 Lv1.5 "
        "actions=set_field:0x9->reg1,goto_table:36\n",
        __LINE__);

    desk_do(&b.desk, "vn red id=5 glean=2");
    compile_gleaned(&b, "v1", 9, 0, false);
    ds_clear(&b.text);
    ITEMS_FOR_EACH (item, &b.items) {
        format_item(item, &b.text);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(ds_cstr(&b.text), "arp_spa=10.0.0.9"));
    CU_ASSERT_PTR_NULL(strstr(ds_cstr(&b.text), "CONTROLLER"));
    end(&b);
}

/* Where a frame may have a tag of the tenant's own, a gleaned MAC may send
 * these, and nothing is gleaned from them. */
static void
test_gleaned_tenant_tags(void)
{
    static const struct eth_addr mac = ETH_ADDR_C(02,00,00,00,00,09);
    struct bench b;

    begin(&b, "vn red id=5 tags glean=3\nvnic v1 red=m1\nclaim h1/v1");
    glean(&b, "v1", mac, 0x0a000009);
    compile_gleaned(&b, "v1", 9, 10, true);
    expect_some(&b, 0, "dl_type=0x8100",
        "table 2 priority=300,reg3=0x100a,metadata=0x5,in_port=9,"
        "dl_type=0x8100 L9/10.5 actions=goto_table:4\n"
        "table 4 priority=350,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:01,dl_type=0x8100 Lv1.5 actions=goto_table:24\n"
        "table 4 priority=350,metadata=0x5,in_port=9,"
        "dl_src=02:00:00:00:00:09,dl_type=0x8100 Lgleaned.5 "
        "actions=goto_table:24\n"
        "table 4 priority=70,metadata=0x5,in_port=9,dl_type=0x8100 Lv1.5 "
        "actions=drop\n",
        __LINE__);
    compile_gleaned(&b, "v1", 9, 0, true);
    expect_some(&b, 0, "priority=70",
        "table 4 priority=70,metadata=0x5,in_port=9,vlan_tci=0x1000/0x1000 "
        "Lv1.5 actions=drop\n",
        __LINE__);
    end(&b);
}

/* What is asked for at a port with a tag has the tag. */
static void
test_delivery(void)
{
    struct ofpbuf ofpacts;
    struct local_port local;
    struct bench b;

    begin(&b, "vnic v1 red=m1");
    for (uint16_t tag = 0; tag <= 10; tag += 10) {
        struct ofpact_format_params fp = { .s = &b.text };

        ofpbuf_init(&ofpacts, 64);
        local = describe(&b, "v1", 9, tag, false);
        compile_delivery(&local, &ofpacts);
        ds_clear(&b.text);
        ofpacts_format(ofpacts.data, ofpacts.size, &fp);
        desk_check_text(ds_cstr(&b.text), tag
                        ? "set_field:0x5->metadata,set_field:0x9->reg1,"
                          "set_field:0x100a->reg4,resubmit(,36)"
                        : "set_field:0x5->metadata,set_field:0x9->reg1,"
                          "resubmit(,36)", "actions", __LINE__, __FILE__);
        ofpbuf_uninit(&ofpacts);
    }
    end(&b);
}

/* The classifier looks a frame up once per mask: their number must not depend
 * on how many VNs, VNICs and addresses there are. */
static void
test_masks(void)
{
    static const struct {
        uint8_t table;
        size_t max;
    } bounds[] = {
        { TABLE_CLASSIFY, 6 }, { TABLE_TUNNEL_IN, 4 },
        { TABLE_TENANT_TAG, 4 }, { TABLE_SOURCE_MAC, 7 },
        { TABLE_SOURCE_IP, 10 }, { TABLE_SOURCE_ND, 5 }, { TABLE_RESOLVE, 5 },
        { TABLE_L2_LOOKUP, 3 }, { TABLE_FLOOD, 1 }, { TABLE_FLOOD_LOCAL, 1 },
        { TABLE_DELIVER, 4 }, { TABLE_ANSWER, 2 }, { TABLE_TUNNEL_OUT, 3 },
    };
    struct bench b;

    begin(&b, "vn green id=6\nvn red id=5 glean=9");
    compile_base(model_nve_by_name(b.desk.model, "h1"), u16_to_ofp(3),
                 &b.items);
    compile_vn(5, &b.items);
    compile_vn(6, &b.items);
    compile_local_vn(5, &b.items);
    compile_member(5, false, model_nve_by_name(b.desk.model, "h1"), &b.items);
    for (int i = 1; i <= 50; i++) {
        char *row = xasprintf("vnic v%d red=m%d,10.0.0.%d,fd00::%d\n"
                              "claim h1/v%d", i, i, i, i, i);
        char *name = xasprintf("v%d", i);

        desk_do(&b.desk, row);
        compile_mac(&b, name, 0);
        glean(&b, name, (struct eth_addr) { .ea = { 2, 1, 0, 0, 0, i } },
              0x0a000100 + i);
        compile_gleaned(&b, name, 10 + i, i % 2 ? 0 : 10 + i, !(i % 4));
        compile_trunk(u16_to_ofp(10 + i), &b.items);
        free(row);
        free(name);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
        size_t n = lint_count_masks(&b.items, bounds[i].table);

        CU_ASSERT_EQUAL(n, bounds[i].max);
        if (n != bounds[i].max) {
            printf("\ntable %d: %"PRIuSIZE" masks, not %"PRIuSIZE"\n",
                   bounds[i].table, n, bounds[i].max);
        }
    }
    end(&b);
}

void
suite_compile(void)
{
    CU_pSuite suite = CU_add_suite("controller/compile", NULL, NULL);

    CU_add_test(suite, "VN", test_vn);
    CU_add_test(suite, "member", test_member);
    CU_add_test(suite, "member, tenant tags", test_member_tenant_tags);
    CU_add_test(suite, "mapping", test_mapping);
    CU_add_test(suite, "mapping, not held", test_mapping_not_held);
    CU_add_test(suite, "mapping, range", test_mapping_range);
    CU_add_test(suite, "longest prefix", test_longest_prefix);
    CU_add_test(suite, "base", test_base);
    CU_add_test(suite, "base without tunnel", test_base_without_tunnel);
    CU_add_test(suite, "local VN", test_local_vn);
    CU_add_test(suite, "port without IP", test_port_without_ip);
    CU_add_test(suite, "port, IPv4", test_port_v4);
    CU_add_test(suite, "port, IPv6", test_port_v6);
    CU_add_test(suite, "port, tagged", test_port_tagged);
    CU_add_test(suite, "port, tenant tags", test_port_tenant_tags);
    CU_add_test(suite, "trunk", test_trunk);
    CU_add_test(suite, "port, not held", test_port_not_held);
    CU_add_test(suite, "gleaned", test_gleaned);
    CU_add_test(suite, "gleaned, tenant tags", test_gleaned_tenant_tags);
    CU_add_test(suite, "delivery", test_delivery);
    CU_add_test(suite, "masks", test_masks);
}
