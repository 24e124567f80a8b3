/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/world-check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "controller/core.h"
#include "controller/image.h"
#include "controller/items.h"
#include "controller/model-private.h"
#include "lib/pipeline.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofpbuf.h"
#include "svec.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/fake-tables.h"
#include "tests/unit/controller/lint.h"
#include "tests/unit/controller/rows.h"
#include "util.h"

/* Of the marker flow; nothing depends on its value. */
#define MARKER_PRIORITY 1

/* Images. */

static int
compare_items(const void *a_, const void *b_)
{
    const struct item *const *a = a_;
    const struct item *const *b = b_;

    return item_compare_ids(*a, *b);
}

/* Complains of each item that is there twice. */
static void
check_unique(const struct items *items, const char *name, struct ds *s)
{
    const struct item **sorted = xcalloc(MAX(items->n, 1), sizeof *sorted);
    size_t n = 0;

    ITEMS_FOR_EACH (item, items) {
        sorted[n++] = item;
    }
    qsort(sorted, n, sizeof *sorted, compare_items);
    for (size_t i = 1; i < n; i++) {
        if (!item_compare_ids(sorted[i - 1], sorted[i])) {
            ds_put_format(s, "image of %s: two owners of ", name);
            item_format(sorted[i], s);
            ds_put_char(s, '\n');
        }
    }
    free(sorted);
}

static void
check_image(const struct image *image, const char *name, struct ds *s)
{
    struct items items;

    if (!image) {
        return;
    }
    if (image_is_dirty(image)) {
        ds_put_format(s, "image of %s: not flushed\n", name);
    }
    items_init(&items);
    image_get_items(image, &items);
    check_unique(&items, name, s);
    lint_items(&items, image_vn_id(image), s);
    items_uninit(&items);
}

void
world_check_images(const struct core *core, struct ds *s)
{
    const struct model *model = core_model(CONST_CAST(struct core *, core));
    const struct model_nve *nve;
    const struct model_vn *vn;

    HMAP_FOR_EACH (vn, node, &model->vns) {
        check_image(vn->vn_id ? core_vn_image(core, vn->vn_id) : NULL,
                    vn->name, s);
    }
    HMAP_FOR_EACH (nve, node, &model->nves) {
        check_image(core_local_image(core, nve->name), nve->name, s);
    }
}

/* Scratch. */

static uint64_t
marker_or_0(const struct image *image)
{
    return image ? image_marker(image) : 0;
}

/* Complains where the images of VNs that 'other' has are not those of
 * 'core'. */
static void
compare_images(const struct core *core, const struct core *other,
               const struct model *model, struct ds *s)
{
    const struct model_vn *vn;

    HMAP_FOR_EACH (vn, node, &model->vns) {
        if (vn->vn_id
            && marker_or_0(core_vn_image(core, vn->vn_id))
               != marker_or_0(core_vn_image(other, vn->vn_id))) {
            ds_put_format(s, "image of %s: not as from scratch\n", vn->name);
        }
    }
}

/* Appends to 's' the lines of 'got' that are not in 'expected', and those that
 * are missing. */
static void
diff_lines(const char *got, const char *expected, const char *what,
           struct ds *s)
{
    struct svec a = SVEC_EMPTY_INITIALIZER;
    struct svec b = SVEC_EMPTY_INITIALIZER;
    struct svec a_only, both, b_only;
    const char *line;
    size_t i;

    for (const char *p = got; *p; p += strcspn(p, "\n") + 1) {
        svec_add_nocopy(&a, xmemdup0(p, strcspn(p, "\n")));
    }
    for (const char *p = expected; *p; p += strcspn(p, "\n") + 1) {
        svec_add_nocopy(&b, xmemdup0(p, strcspn(p, "\n")));
    }
    svec_sort(&a);
    svec_sort(&b);
    svec_diff(&a, &b, &a_only, &both, &b_only);
    SVEC_FOR_EACH (i, line, &a_only) {
        ds_put_format(s, "%s: too much: %s\n", what, line);
    }
    SVEC_FOR_EACH (i, line, &b_only) {
        ds_put_format(s, "%s: missing: %s\n", what, line);
    }
    svec_destroy(&a);
    svec_destroy(&b);
    svec_destroy(&a_only);
    svec_destroy(&both);
    svec_destroy(&b_only);
}

void
world_check_scratch(const struct core *core, const struct core_config *config,
                    const struct rows *rows, struct ds *s)
{
    struct core_config next = *config;
    struct core *scratch;
    struct ds trace = DS_EMPTY_INITIALIZER;
    struct rows *copy = rows_clone(rows);

    next.epoch++;
    scratch = core_create(&next);
    rows_load(copy, core_model(scratch));
    core_set_complete(scratch);
    core_run(scratch, 0);
    compare_images(core, scratch, core_model(CONST_CAST(struct core *, core)),
                   s);
    compare_images(core, scratch, core_model(scratch), s);
    rows_take_verdicts(copy, core_model(scratch), &trace);
    if (trace.length) {
        ds_put_format(s, "from scratch, other verdicts:\n%s",
                      ds_cstr(&trace));
    }
    ds_destroy(&trace);
    core_destroy(scratch);
    rows_destroy(copy);
}

/* Switches. */

/* Puts the items of 'kind' into 'sw'. */
static void
apply_items(struct fake_switch *sw, const struct items *items,
            enum item_kind kind, struct ds *s)
{
    ITEMS_FOR_EACH (item, items) {
        struct ofpbuf msg;
        enum ofperr error;

        if (item->kind == kind) {
            ofpbuf_init(&msg, 0);
            item_put_add(item, 0, &msg);
            error = fake_switch_apply(sw, msg.data);
            if (error) {
                ds_put_format(s, "%s: ", ofperr_to_string(error));
                item_format(item, s);
                ds_put_char(s, '\n');
            }
            ofpbuf_uninit(&msg);
        }
    }
}

/* Puts the marker of 'image' into 'sw'. */
static void
apply_marker(struct fake_switch *sw, const struct image *image)
{
    struct ofputil_flow_mod fm = {
        .priority = MARKER_PRIORITY,
        .new_cookie = htonll(image_marker(image)),
        .table_id = TABLE_MARKER,
        .command = OFPFC_ADD,
        .buffer_id = UINT32_MAX,
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
    };
    struct match match;
    struct ofpbuf *msg;

    match_init_catchall(&match);
    match_set_metadata(&match, htonll(MARKER_METADATA(image_vn_id(image))));
    minimatch_init(&fm.match, &match);
    msg = ofputil_encode_flow_mod(&fm, OFPUTIL_P_OF15_OXM);
    ofpmsg_update_length(msg);
    ovs_assert(!fake_switch_apply(sw, msg->data));
    minimatch_destroy(&fm.match);
    ofpbuf_delete(msg);
}

static void
apply_image(struct fake_switch *sw, const struct image *image, struct ds *s)
{
    struct items items;

    items_init(&items);
    image_get_items(image, &items);
    apply_items(sw, &items, ITEM_GROUP, s);
    apply_items(sw, &items, ITEM_BUCKET, s);
    apply_items(sw, &items, ITEM_FLOW, s);
    apply_marker(sw, image);
    items_uninit(&items);
}

void
world_check_switch(const struct core *core, const char *nve,
                   const struct fake_switch *sw, struct ds *s)
{
    const struct model *model = core_model(CONST_CAST(struct core *, core));
    const struct model_nve *owner = model_nve_by_name(model, nve);
    struct fake_switch *ideal = fake_switch_create(1);
    const struct model_member *member;
    char *expected;
    char *got;

    fake_switch_tables(ideal)->meters = UINT32_MAX;
    apply_image(ideal, core_local_image(core, nve), s);
    LIST_FOR_EACH (member, nve_node, &owner->members) {
        apply_image(ideal, core_vn_image(core, member->vn_id), s);
    }
    expected = fake_switch_dump(ideal);
    got = fake_switch_dump(sw);
    if (strcmp(got, expected)) {
        diff_lines(got, expected, nve, s);
    }
    free(got);
    free(expected);
    fake_switch_destroy(ideal);
}
