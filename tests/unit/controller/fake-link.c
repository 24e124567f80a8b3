/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/fake-link.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "controller/image.h"
#include "controller/items.h"
#include "controller/session.h"
#include "lib/pipeline.h"
#include "openvswitch/ofpbuf.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/item-text.h"
#include "util.h"

size_t
fake_link_down(struct session *session, struct fake_switch *sw, size_t max,
               long long now)
{
    size_t total = 0;
    struct iovec iov;

    while (total < max && fake_switch_is_connected(sw)
           && session_output(session, &iov, 1)) {
        size_t size = MIN(iov.iov_len, max - total);

        fake_switch_receive(sw, iov.iov_base, size);
        session_output_sent(session, size, now);
        total += size;
    }
    return total;
}

size_t
fake_link_up(struct session *session, struct fake_switch *sw, size_t max,
             long long now)
{
    size_t n = 0;

    while (n < max) {
        const void *bytes;
        size_t size = fake_switch_output(sw, &bytes);
        const struct ofp_header *oh = bytes;

        if (!size) {
            break;
        }

        /* A copy of its own size, for AddressSanitizer. */
        struct ofp_header *copy = xmemdup(oh, ntohs(oh->length));

        fake_switch_output_sent(sw, ntohs(oh->length));
        session_receive(session, copy, now);
        free(copy);
        n++;
    }
    return n;
}

bool
fake_link_run(struct session *session, struct fake_switch *sw, long long now)
{
    bool moved = false;

    while (fake_link_down(session, sw, SIZE_MAX, now)
           + fake_link_up(session, sw, SIZE_MAX, now)) {
        moved = true;
    }
    return moved;
}

/* Applies those of 'items' that are of 'kind' to 'sw'. */
static void
apply_kind(struct fake_switch *sw, const struct items *items,
           enum item_kind kind)
{
    ITEMS_FOR_EACH (item, items) {
        if (item->kind == kind) {
            enum ofperr error = fake_switch_apply(sw, item_message(item));

            if (error) {
                ovs_fatal(0, "expected item is impossible: %s",
                          ofperr_to_string(error));
            }
        }
    }
}

char *
fake_expected_dump(struct image *const *images, size_t n)
{
    struct fake_switch *sw = fake_switch_create(1);
    char *dump;

    for (size_t i = 0; i < n; i++) {
        uint64_t vn_id = image_vn_id(images[i]);
        struct items items;
        char *marker;

        items_init(&items);
        image_get_items(images[i], &items);
        marker = xasprintf("flow table=%d,priority=1,metadata=%#"PRIx64","
                           "cookie=%#"PRIx64",actions=drop", TABLE_MARKER,
                           MARKER_METADATA(vn_id), image_marker(images[i]));
        items_add_text(&items, marker);
        free(marker);
        apply_kind(sw, &items, ITEM_GROUP);
        apply_kind(sw, &items, ITEM_BUCKET);
        apply_kind(sw, &items, ITEM_FLOW);
        items_uninit(&items);
    }
    dump = fake_switch_dump(sw);
    fake_switch_destroy(sw);
    return dump;
}
