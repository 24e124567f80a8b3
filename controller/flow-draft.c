/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "controller/flow-draft.h"

#include "controller/items.h"
#include "openvswitch/ofp-actions.h"
#include "byte-order.h"
#include "openvswitch/ofp-flow.h"
#include "packets.h"
#include "util.h"

void
flow_begin(struct flow_draft *f, enum pipeline_table table, int priority,
           uint64_t cookie)
{
    f->table = table;
    f->priority = priority;
    f->cookie = cookie;
    match_init_catchall(&f->match);
    ofpbuf_use_stub(&f->actions, f->stub, sizeof f->stub);
}

void
flow_begin_bucket(struct flow_draft *f)
{
    flow_begin(f, 0, 0, 0);
}

void
flow_in_vn(struct flow_draft *f, uint32_t vn_id)
{
    match_set_metadata(&f->match, htonll(vn_id));
}

void
flow_from_tunnel(struct flow_draft *f, bool yes)
{
    match_set_reg_masked(&f->match, 0, yes ? FLAG_TUNNEL : 0, FLAG_TUNNEL);
}

void
flow_to_multicast(struct flow_draft *f)
{
    static const struct eth_addr group_bit = ETH_ADDR_C(01,00,00,00,00,00);

    match_set_dl_dst_masked(&f->match, group_bit, group_bit);
}

/* Bits of a TCI: that there is a tag, and with its VID. */
#define TCI_PRESENT 0x1000
#define TCI_VID 0x1fff

void
flow_untagged(struct flow_draft *f)
{
    match_set_dl_tci_masked(&f->match, htons(0), htons(TCI_VID));
}

void
flow_tagged(struct flow_draft *f, uint16_t tag)
{
    match_set_dl_tci_masked(&f->match, htons(TCI_PRESENT | tag),
                            htons(TCI_VID));
}

void
flow_tagged_any(struct flow_draft *f)
{
    match_set_dl_tci_masked(&f->match, htons(TCI_PRESENT),
                            htons(TCI_PRESENT));
}

/* Of several tags OVS looks at the outermost one only. */
void
flow_tenant_tag(struct flow_draft *f, bool popped)
{
    if (popped) {
        match_set_dl_type(&f->match, htons(ETH_TYPE_VLAN_8021Q));
    } else {
        flow_tagged_any(f);
    }
}

void
flow_set(struct flow_draft *f, enum mf_field_id id, const void *value)
{
    ofpact_put_set_field(&f->actions, mf_from_id(id), value, NULL);
}

void
flow_set_u32(struct flow_draft *f, enum mf_field_id id, uint32_t value)
{
    ovs_be32 be = htonl(value);

    flow_set(f, id, &be);
}

void
flow_set_mac(struct flow_draft *f, enum mf_field_id id, struct eth_addr mac)
{
    flow_set(f, id, &mac);
}

void
flow_move(struct flow_draft *f, enum mf_field_id src, enum mf_field_id dst,
          unsigned int n_bits)
{
    struct ofpact_reg_move *move = ofpact_put_REG_MOVE(&f->actions);

    move->src.field = mf_from_id(src);
    move->src.n_bits = n_bits;
    move->dst.field = mf_from_id(dst);
    move->dst.n_bits = n_bits;
}

void
flow_pop_tag(struct flow_draft *f)
{
    ofpact_put_STRIP_VLAN(&f->actions);
}

void
flow_push_tag(struct flow_draft *f)
{
    ofpact_put_PUSH_VLAN(&f->actions)->ethertype = htons(ETH_TYPE_VLAN_8021Q);
}

void
flow_resubmit(struct flow_draft *f, enum pipeline_table table)
{
    struct ofpact_resubmit *resubmit = ofpact_put_RESUBMIT(&f->actions);

    resubmit->in_port = OFPP_IN_PORT;
    resubmit->table_id = table;
}

void
flow_output(struct flow_draft *f, ofp_port_t port)
{
    ofpact_put_OUTPUT(&f->actions)->port = port;
}

void
flow_output_reg(struct flow_draft *f, enum mf_field_id id)
{
    struct ofpact_output_reg *output = ofpact_put_OUTPUT_REG(&f->actions);

    output->src.field = mf_from_id(id);
    output->src.n_bits = 16;
    output->max_len = UINT16_MAX;
}

void
flow_controller(struct flow_draft *f, uint32_t meter, uint16_t n_bytes)
{
    struct ofpact_controller *controller;

    ofpact_put_METER(&f->actions)->meter_id = meter;
    controller = ofpact_put_CONTROLLER(&f->actions);
    controller->max_len = n_bytes;
    controller->reason = OFPR_ACTION;
    controller->meter_id = NX_CTLR_NO_METER;
    controller->provider_meter_id = UINT32_MAX;
    ofpact_finish_CONTROLLER(&f->actions, &controller);
}

void
flow_group(struct flow_draft *f, uint32_t group_id)
{
    ofpact_put_GROUP(&f->actions)->group_id = group_id;
}

void
flow_goto(struct flow_draft *f, enum pipeline_table table)
{
    ofpact_put_GOTO_TABLE(&f->actions)->table_id = table;
}

void
flow_end(struct flow_draft *f, struct items *items)
{
    struct ofputil_flow_mod fm = {
        .priority = f->priority,
        .new_cookie = htonll(f->cookie),
        .table_id = f->table,
        .command = OFPFC_ADD,
        .buffer_id = UINT32_MAX,
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .ofpacts = f->actions.data,
        .ofpacts_len = f->actions.size,
    };

    minimatch_init(&fm.match, &f->match);
    items_add_flow(items, &fm);
    minimatch_destroy(&fm.match);
    ofpbuf_uninit(&f->actions);
}

void
flow_end_bucket(struct flow_draft *f, uint32_t group_id, uint32_t bucket_id,
                struct items *items)
{
    items_add_bucket(items, group_id, bucket_id, &f->actions);
    ofpbuf_uninit(&f->actions);
}
