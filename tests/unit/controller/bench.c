/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/bench.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "controller/items.h"
#include "tests/unit/controller/fake-link.h"
#include "tests/unit/controller/fake-switch.h"
#include "tests/unit/controller/item-text.h"
#include "util.h"

#define DATAPATH_ID 0xaa

void
bench_init(struct bench *b)
{
    memset(b, 0, sizeof *b);
    b->config.audit_interval_ms = -1;
    b->config.generation_id = 1;
    b->accept = true;
    b->now = 1000000;
    b->sw = fake_switch_create(DATAPATH_ID);
    for (size_t i = 0; i < BENCH_N_IMAGES; i++) {
        b->images[i] = image_create(&b->pool, i);
        b->subscribed[i] = true;
    }
    ds_init(&b->trace);
}

void
bench_uninit(struct bench *b)
{
    session_destroy(b->session);
    fake_switch_destroy(b->sw);
    for (size_t i = 0; i < BENCH_N_IMAGES; i++) {
        image_destroy(b->images[i]);
    }
    for (size_t i = 0; i < b->n_holdings; i++) {
        free(b->holdings[i].text);
    }
    free(b->holdings);
    ds_destroy(&b->trace);
}

void
bench_connect(struct bench *b)
{
    bench_disconnect(b);
    b->session = session_create("unix:test", &b->pool, &b->config, b->now);
    fake_switch_connect(b->sw);
    bench_run(b);
}

void
bench_disconnect(struct bench *b)
{
    session_destroy(b->session);
    b->session = NULL;
    fake_switch_disconnect(b->sw);
}

/* Does the core's part upon 'event'. */
static void
take_event(struct bench *b, const struct session_event *event)
{
    switch (event->type) {
    case SESSION_IDENTIFIED:
        ds_put_format(&b->trace, "identified %"PRIx64"\n",
                      session_datapath_id(b->session));
        if (b->accept) {
            for (size_t i = 0; i < BENCH_N_IMAGES; i++) {
                if (b->subscribed[i]) {
                    session_subscribe(b->session, b->images[i], b->now);
                }
            }
            session_accept(b->session, "h1", b->now);
        }
        break;

    case SESSION_SURVEYED:
        ds_put_cstr(&b->trace, "surveyed\n");
        session_sync(b->session, b->now);
        break;

    case SESSION_PORTS:
        ds_put_cstr(&b->trace, "ports\n");
        break;

    case SESSION_CONFIRMED:
        ds_put_format(&b->trace, "confirmed %"PRIu32" v%"PRIu64"\n",
                      image_vn_id(event->image), event->version);
        CU_ASSERT_EQUAL(session_confirmed_version(b->session, event->image),
                        event->version);
        break;

    case SESSION_REFUSED:
        ds_put_format(&b->trace, "refused %d: %s\n",
                      event->image ? (int) image_vn_id(event->image) : -1,
                      event->text);
        break;

    case SESSION_FRAME:
        ds_put_format(&b->trace, "frame of %"PRIuSIZE" bytes from port "
                      "%"PRIu32" in VN %"PRIu64"\n", event->frame_size,
                      event->port, event->vn_id);
        break;

    case SESSION_COUNTED:
        ds_put_format(&b->trace, "counted %"PRIu64": %"PRIu64"\n",
                      event->token, event->n_packets);
        break;

    case SESSION_REPAIRED:
        ds_put_format(&b->trace, "repaired %"PRIu32": %s\n",
                      image_vn_id(event->image), event->text);
        break;

    case SESSION_CLOSED:
        ds_put_format(&b->trace, "closed: %s\n", event->text);
        break;
    }
}

void
bench_take_events(struct bench *b)
{
    struct session_event event;

    while (session_next_event(b->session, &event)) {
        CU_ASSERT_PTR_EQUAL(event.session, b->session);
        take_event(b, &event);
        free(event.text);
        free(event.frame);
    }
}

void
bench_run_some(struct bench *b, size_t size)
{
    size_t moved;

    do {
        size_t down = fake_link_down(b->session, b->sw, size, b->now);

        size -= down;
        moved = down + fake_link_up(b->session, b->sw, SIZE_MAX, b->now);
        bench_take_events(b);
        if (session_is_closed(b->session)) {
            fake_switch_disconnect(b->sw);
        }
    } while (moved);
}

void
bench_run(struct bench *b)
{
    bench_run_some(b, SIZE_MAX);
}

void
bench_advance(struct bench *b, int ms)
{
    long long end = b->now + ms;
    int n_idle = 0;

    while (b->session) {
        long long deadline = session_deadline(b->session);

        if (deadline > end) {
            break;
        }
        b->now = MAX(b->now, deadline);
        session_run(b->session, b->now);
        bench_run(b);

        /* What was due has been done: otherwise this never ends. */
        n_idle = session_deadline(b->session) > b->now ? 0 : n_idle + 1;
        CU_ASSERT_FATAL(n_idle < 5);
    }
    b->now = end;
}

/* Notes what 'owner' in image 'i' has. */
static void
remember(struct bench *b, size_t i, uint64_t owner, const char *text)
{
    struct bench_holding *h = b->holdings;

    for (size_t j = 0; j < b->n_holdings; j++, h++) {
        if (h->i == i && h->owner == owner) {
            free(h->text);
            h->text = xstrdup(text);
            return;
        }
    }
    if (b->n_holdings >= b->allocated_holdings) {
        b->holdings = x2nrealloc(b->holdings, &b->allocated_holdings,
                                 sizeof *b->holdings);
    }
    h = &b->holdings[b->n_holdings++];
    h->i = i;
    h->owner = owner;
    h->text = xstrdup(text);
}

/* Makes the items of 'owner' in 'image' be those of 'text'. */
static void
replace(struct image *image, uint64_t owner, const char *text)
{
    struct items items;

    items_init(&items);
    items_add_text(&items, text);
    image_replace(image, owner, &items);
    items_uninit(&items);
}

void
bench_put(struct bench *b, size_t i, uint64_t owner, const char *text)
{
    struct update *update;

    remember(b, i, owner, text);
    replace(b->images[i], owner, text);
    update = image_flush(b->images[i]);
    if (update && b->session && b->subscribed[i]
        && session_name(b->session)) {
        session_push(b->session, b->images[i], update, b->now);
    }
    update_unref(update);
}

void
bench_subscribe(struct bench *b, size_t i)
{
    b->subscribed[i] = true;
    if (b->session && session_name(b->session)) {
        session_subscribe(b->session, b->images[i], b->now);
    }
}

void
bench_unsubscribe(struct bench *b, size_t i)
{
    b->subscribed[i] = false;
    if (b->session && session_name(b->session)) {
        session_unsubscribe(b->session, b->images[i], b->now);
    }
}

void
bench_by_hand(struct bench *b, const char *text)
{
    bool remove = !strncmp(text, "no ", 3);
    struct items items;

    items_init(&items);
    items_add_text(&items, text + (remove ? 3 : 0));
    ITEMS_FOR_EACH (item, &items) {
        struct ofpbuf msg;

        ofpbuf_init(&msg, 0);
        (remove ? item_put_remove : item_put_add)(item, 0, &msg);
        CU_ASSERT_EQUAL(fake_switch_apply(b->sw, msg.data), 0);
        ofpbuf_uninit(&msg);
    }
    items_uninit(&items);
}

void
bench_expect(struct bench *b, const char *expected)
{
    CU_ASSERT_STRING_EQUAL(ds_cstr(&b->trace), expected);
    if (strcmp(ds_cstr(&b->trace), expected)) {
        printf("\nexpected:\n%sgot:\n%s", expected, ds_cstr(&b->trace));
    }
    ds_clear(&b->trace);
}

bool
bench_check(struct bench *b)
{
    struct image *images[BENCH_N_IMAGES];
    bool settled = session_is_settled(b->session);
    char *expected, *actual;
    bool equal;
    size_t n = 0;

    for (size_t i = 0; i < BENCH_N_IMAGES; i++) {
        if (b->subscribed[i]) {
            images[n++] = b->images[i];
            CU_ASSERT_EQUAL(session_confirmed_version(b->session,
                                                      b->images[i]),
                            image_version(b->images[i]));
        }
    }
    expected = fake_expected_dump(images, n);
    actual = fake_switch_dump(b->sw);
    equal = !strcmp(actual, expected);
    CU_ASSERT(settled);
    CU_ASSERT(equal);
    if (!equal) {
        printf("\nthe switch should hold:\n%sit holds:\n%s", expected,
               actual);
    } else if (!settled) {
        struct ds s = DS_EMPTY_INITIALIZER;

        session_format(b->session, b->now, &s);
        printf("\nnot settled: %s\n", ds_cstr(&s));
        ds_destroy(&s);
    }
    free(expected);
    free(actual);
    return equal && settled;
}

void
bench_restart_director(struct bench *b)
{
    bench_disconnect(b);
    for (size_t i = 0; i < BENCH_N_IMAGES; i++) {
        image_destroy(b->images[i]);
        b->images[i] = image_create(&b->pool, i);
        for (size_t j = 0; j < b->n_holdings; j++) {
            if (b->holdings[j].i == i) {
                replace(b->images[i], b->holdings[j].owner,
                        b->holdings[j].text);
            }
        }
        update_unref(image_flush(b->images[i]));
    }
}

uint64_t
bench_mods(const struct bench *b)
{
    struct fake_switch_stats stats = fake_switch_get_stats(b->sw);

    return stats.n_flow_mods + stats.n_group_mods;
}
