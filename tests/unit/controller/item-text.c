/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/item-text.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "controller/image.h"
#include "controller/items.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-print.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

static void
add_flow(struct items *items, const char *text)
{
    enum ofputil_protocol usable;
    struct ofputil_flow_mod fm;
    char *error = parse_ofp_str(&fm, OFPFC_ADD, text, NULL, NULL, &usable);

    if (error) {
        ovs_fatal(0, "%s: %s", text, error);
    }
    items_add_flow(items, &fm);
    minimatch_destroy(&fm.match);
    free(fm.ofpacts);
}

static void
add_bucket(struct items *items, char *text)
{
    char *save = NULL;
    uint32_t group_id = strtoul(strtok_r(text, " ", &save), NULL, 0);
    uint32_t bucket_id = strtoul(strtok_r(NULL, " ", &save), NULL, 0);
    enum ofputil_protocol usable;
    struct ofpbuf ofpacts;
    struct ofpact_parse_params pp = {
        .ofpacts = &ofpacts,
        .usable_protocols = &usable,
    };
    char *error;

    ofpbuf_init(&ofpacts, 64);
    error = ofpacts_parse_actions(save, &pp);
    if (error) {
        ovs_fatal(0, "%s: %s", save, error);
    }
    items_add_bucket(items, group_id, bucket_id, &ofpacts);
    ofpbuf_uninit(&ofpacts);
}

void
items_add_text(struct items *items, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        char *line = xmemdup0(text, length);

        if (!strncmp(line, "group ", 6)) {
            items_add_group(items, strtoul(line + 6, NULL, 0));
        } else if (!strncmp(line, "bucket ", 7)) {
            add_bucket(items, line + 7);
        } else if (!strncmp(line, "flow ", 5)) {
            add_flow(items, line + 5);
        } else if (length) {
            ovs_fatal(0, "bad line of items: %s", line);
        }
        free(line);
        text += length + (text[length] == '\n');
    }
}

/* Appends what 'oh' says, without its header, in one line. */
static void
put_message(struct ds *s, const struct ofp_header *oh)
{
    char *text = ofp_to_string(oh, ntohs(oh->length), NULL, NULL, 0);
    char *body = strstr(text, "):") + 2;
    char *save = NULL;
    char *word;
    bool first = true;

    for (word = strtok_r(body, " \n", &save); word;
         word = strtok_r(NULL, " \n", &save)) {
        ds_put_format(s, "%s%s", first ? "" : " ", word);
        first = false;
    }
    ds_put_char(s, '\n');
    free(text);
}

char *
update_to_text(const struct update *update)
{
    struct ofpbuf b = ofpbuf_const_initializer(update->msgs.data,
                                               update->msgs.size);
    struct ds s = DS_EMPTY_INITIALIZER;
    size_t n = 0;

    while (b.size) {
        const struct ofp_header *oh = b.data;
        enum ofptype type;

        CU_ASSERT_FATAL(b.size >= sizeof *oh);
        CU_ASSERT_FATAL(ofpbuf_try_pull(&b, ntohs(oh->length)) != NULL);
        CU_ASSERT_FATAL(!ofptype_decode(&type, oh));
        CU_ASSERT_EQUAL(ntohl(oh->xid), update->id);
        if (type == OFPTYPE_BUNDLE_CONTROL) {
            struct ofputil_bundle_ctrl_msg ctrl;

            CU_ASSERT(!ofputil_decode_bundle_ctrl(oh, &ctrl));
            CU_ASSERT_EQUAL(ctrl.bundle_id, update->id);
            CU_ASSERT_EQUAL(ctrl.flags, OFPBF_ATOMIC | OFPBF_ORDERED);
            CU_ASSERT_EQUAL(ctrl.type, n ? OFPBCT_COMMIT_REQUEST
                            : OFPBCT_OPEN_REQUEST);
        } else {
            struct ofputil_bundle_add_msg add;

            CU_ASSERT_EQUAL_FATAL(type, OFPTYPE_BUNDLE_ADD_MESSAGE);
            CU_ASSERT_FATAL(!ofputil_decode_bundle_add(oh, &add, &type));
            CU_ASSERT_EQUAL(add.bundle_id, update->id);
            CU_ASSERT_EQUAL(add.flags, OFPBF_ATOMIC | OFPBF_ORDERED);
            put_message(&s, add.msg);
        }
        n++;
    }
    CU_ASSERT_EQUAL(n, update->n_mods + 2);
    return ds_steal_cstr(&s);
}
