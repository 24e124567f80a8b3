/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/lint.h"

#include <inttypes.h>
#include <stdbool.h>

#include "byte-order.h"
#include "controller/items.h"
#include "flow.h"
#include "lib/pipeline.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofpbuf.h"
#include "svec.h"
#include "util.h"

/* What is being looked at. */
struct look {
    const struct item *item;
    uint32_t vn_id;
    uint8_t table;              /* 0 in a bucket. */
    bool metered;               /* It has a meter so far. */
    struct ds *complaints;
};

static const uint8_t tables[] = {
    TABLE_CLASSIFY, TABLE_TUNNEL_IN, TABLE_TENANT_TAG, TABLE_SOURCE_MAC,
    TABLE_SOURCE_IP, TABLE_SOURCE_ND, TABLE_RESOLVE, TABLE_L2_LOOKUP,
    TABLE_FLOOD, TABLE_FLOOD_LOCAL, TABLE_DELIVER, TABLE_ANSWER,
    TABLE_TUNNEL_OUT,
};

static void
complain(const struct look *look, const char *what)
{
    ds_put_format(look->complaints, "%s: ", what);
    item_format(look->item, look->complaints);
    ds_put_char(look->complaints, '\n');
}

static bool
table_is_known(uint8_t table)
{
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        if (tables[i] == table) {
            return true;
        }
    }
    return false;
}

static void
check_next(const struct look *look, uint8_t table)
{
    if (table <= look->table || !table_is_known(table)) {
        complain(look, "goes on to a table that is not behind it");
    }
}

static void
check_output(const struct look *look, ofp_port_t port)
{
    bool to_in_port = port == OFPP_IN_PORT;

    if (look->vn_id
        || (!to_in_port && ofp_to_u16(port) >= ofp_to_u16(OFPP_MAX))) {
        complain(look, "outputs to a port that it should not name");
    }
}

static void
check_action(struct look *look, const struct ofpact *a)
{
    switch (a->type) {
    case OFPACT_OUTPUT:
        check_output(look, ofpact_get_OUTPUT(a)->port);
        break;
    case OFPACT_OUTPUT_REG:
    case OFPACT_STRIP_VLAN:
    case OFPACT_PUSH_VLAN:
        if (look->vn_id) {
            complain(look, "has an action of a local image");
        }
        break;
    case OFPACT_GOTO_TABLE:
        check_next(look, ofpact_get_GOTO_TABLE(a)->table_id);
        break;
    case OFPACT_RESUBMIT:
        if (ofpact_get_RESUBMIT(a)->in_port != OFPP_IN_PORT
            || ofpact_get_RESUBMIT(a)->with_ct_orig) {
            complain(look, "resubmits from another port");
        }
        check_next(look, ofpact_get_RESUBMIT(a)->table_id);
        break;
    case OFPACT_GROUP:
        if (look->vn_id
            && ofpact_get_GROUP(a)->group_id != GROUP_FLOOD(look->vn_id)) {
            complain(look, "uses the group of another VN");
        }
        break;
    case OFPACT_SET_FIELD:
    case OFPACT_REG_MOVE:
        break;
    case OFPACT_METER:
        look->metered = true;
        break;
    case OFPACT_CONTROLLER:
        if (look->vn_id || !look->metered) {
            complain(look, "goes to the controller unmetered, or everywhere");
        }
        break;
    default:
        complain(look, "has an action that it should not have");
    }
}

static void
check_cookie(const struct look *look, uint64_t cookie)
{
    enum cookie_kind kind = look->vn_id ? COOKIE_VN : COOKIE_LOCAL;

    if (cookie >> COOKIE_KIND_SHIFT != kind
        || (look->vn_id && (cookie & 0xffffff) != look->vn_id)) {
        complain(look, "has the wrong cookie");
    }
}

static void
check_match(const struct look *look, const struct match *match,
            uint64_t cookie)
{
    uint64_t vn_id = ntohll(match->flow.metadata);

    if (look->vn_id && match->wc.masks.in_port.ofp_port) {
        complain(look, "matches a port in a shared image");
    }
    if (look->vn_id && (match->wc.masks.metadata != OVS_BE64_MAX
                        || vn_id != look->vn_id)) {
        complain(look, "does not match its VN");
    }
    if (!look->vn_id && look->table != TABLE_CLASSIFY && cookie & 0xffffff
        && (match->wc.masks.metadata != OVS_BE64_MAX
            || vn_id != (cookie & 0xffffff))) {
        complain(look, "does not match the VN of its cookie");
    }
}

/* Decodes the flow 'item' into '*fm', whose match must be destroyed, with its
 * actions in 'ofpacts'. */
static bool
decode_flow(const struct item *item, struct ofputil_flow_mod *fm,
            struct ofpbuf *ofpacts)
{
    return !ofputil_decode_flow_mod(fm, item_message(item),
                                    OFPUTIL_P_OF15_OXM, NULL, NULL, ofpacts,
                                    OFPP_MAX, 254);
}

static void
lint_flow(struct look *look)
{
    struct ofpbuf ofpacts;
    struct ofputil_flow_mod fm;
    const struct ofpact *a;
    struct match match;

    ofpbuf_init(&ofpacts, 256);
    if (!decode_flow(look->item, &fm, &ofpacts)) {
        complain(look, "can't be decoded");
        ofpbuf_uninit(&ofpacts);
        return;
    }
    look->table = fm.table_id;
    minimatch_expand(&fm.match, &match);
    if (!table_is_known(fm.table_id)) {
        complain(look, "is in an unknown table");
    }
    if (fm.idle_timeout || fm.hard_timeout || fm.flags || fm.importance
        || fm.command != OFPFC_ADD) {
        complain(look, "has a timeout or a flag");
    }
    check_cookie(look, ntohll(fm.new_cookie));
    check_match(look, &match, ntohll(fm.new_cookie));
    OFPACT_FOR_EACH (a, fm.ofpacts, fm.ofpacts_len) {
        check_action(look, a);
    }
    minimatch_destroy(&fm.match);
    ofpbuf_uninit(&ofpacts);
}

static void
lint_group(struct look *look)
{
    struct ofputil_group_mod gm;
    struct ofputil_bucket *bucket;
    const struct ofpact *a;

    if (ofputil_decode_group_mod(item_message(look->item), &gm)) {
        complain(look, "can't be decoded");
        return;
    }
    look->table = 0;
    if (look->vn_id && gm.group_id != GROUP_FLOOD(look->vn_id)) {
        complain(look, "is of a group of another VN");
    }
    LIST_FOR_EACH (bucket, list_node, &gm.buckets) {
        OFPACT_FOR_EACH (a, bucket->ofpacts, bucket->ofpacts_len) {
            check_action(look, a);
        }
    }
    ofputil_uninit_group_mod(&gm);
}

void
lint_items(const struct items *items, uint32_t vn_id, struct ds *complaints)
{
    ITEMS_FOR_EACH (item, items) {
        struct look look = {
            .item = item, .vn_id = vn_id, .complaints = complaints,
        };

        if (item->kind == ITEM_FLOW) {
            lint_flow(&look);
        } else {
            lint_group(&look);
        }
    }
}

static bool
has_string(const struct svec *strings, const char *s)
{
    for (size_t i = 0; i < strings->n; i++) {
        if (!strcmp(strings->names[i], s)) {
            return true;
        }
    }
    return false;
}

/* Appends the mask of the flow 'item' to 'masks' if it is in 'table' and not
 * among them. */
static void
note_mask(const struct item *item, uint8_t table, struct svec *masks)
{
    struct ofputil_flow_mod fm;
    struct ofpbuf ofpacts;

    ofpbuf_init(&ofpacts, 256);
    if (decode_flow(item, &fm, &ofpacts)) {
        if (fm.table_id == table) {
            struct flow_wildcards wc;
            struct ds s = DS_EMPTY_INITIALIZER;

            minimask_expand(fm.match.mask, &wc);
            ds_put_hex(&s, &wc.masks, sizeof wc.masks);
            if (!has_string(masks, ds_cstr(&s))) {
                svec_add(masks, ds_cstr(&s));
            }
            ds_destroy(&s);
        }
        minimatch_destroy(&fm.match);
    }
    ofpbuf_uninit(&ofpacts);
}

size_t
lint_count_masks(const struct items *items, uint8_t table)
{
    struct svec masks = SVEC_EMPTY_INITIALIZER;
    size_t n;

    ITEMS_FOR_EACH (item, items) {
        if (item->kind == ITEM_FLOW) {
            note_mask(item, table, &masks);
        }
    }
    n = masks.n;
    svec_destroy(&masks);
    return n;
}
