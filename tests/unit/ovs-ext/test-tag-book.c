/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "ovs-ext/tag-book.h"

#include <CUnit/CUnit.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "openvswitch/dynamic-string.h"
#include "random.h"
#include "util.h"

void suite_tag_book(void);

static struct tag_book *
book_create(const char *pool, const char *on_request, long long int quarantine)
{
    struct tag_book *book = tag_book_create();
    struct tag_pool a, b;

    CU_ASSERT_PTR_NULL_FATAL(tag_pool_parse(pool, &a));
    CU_ASSERT_PTR_NULL_FATAL(tag_pool_parse(on_request, &b));
    tag_book_set_pools(book, &a, &b);
    tag_book_set_quarantine(book, quarantine);
    return book;
}

/* Takes a tag and checks the outcome: the tag, or a piece of the error. */
static void
check_take(struct tag_book *book, const char *vn, int64_t request,
           long long int now, int expected_tag, const char *expected_error)
{
    int tag = 0;
    char *error = tag_book_take(book, vn, request, now, &tag);

    if (expected_error) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(error);
        CU_ASSERT_PTR_NOT_NULL(strstr(error, expected_error));
        if (!strstr(error, expected_error)) {
            printf("\ngot: %s\n", error);
        }
    } else {
        CU_ASSERT_PTR_NULL(error);
        CU_ASSERT_EQUAL(tag, expected_tag);
    }
    free(error);
}

static void
check_lines(const struct tag_book *book, const char *expected)
{
    static const char *const uses[] = { "used", "adopted", "rests" };
    struct ds s = DS_EMPTY_INITIALIZER;
    struct tag_line *lines;
    size_t n = tag_book_list(book, &lines);

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&s, "[%d %s %s]", lines[i].tag, lines[i].vn,
                      uses[lines[i].use]);
    }
    CU_ASSERT_STRING_EQUAL(ds_cstr(&s), expected);
    ds_destroy(&s);
    free(lines);
}

static void
test_pool_parse(void)
{
    static const char *const bad[] = {
        "0", "4095", "99999999999999999999", "5-", "-5", "5-3", "5-4095",
        "a", "1,b", "1--2", "0-5", "0x10", "+5", "5;6",
    };
    struct tag_pool pool;

    CU_ASSERT_PTR_NULL(tag_pool_parse("100-199, 300", &pool));
    CU_ASSERT_EQUAL(bitmap_count1(pool.bits, TAG_MAX + 1), 101);
    CU_ASSERT_TRUE(bitmap_is_set(pool.bits, 300));
    CU_ASSERT_FALSE(bitmap_is_set(pool.bits, 200));
    CU_ASSERT_PTR_NULL(tag_pool_parse("1-4094", &pool));
    CU_ASSERT_EQUAL(bitmap_count1(pool.bits, TAG_MAX + 1), 4094);
    CU_ASSERT_PTR_NULL(tag_pool_parse("", &pool));
    CU_ASSERT_EQUAL(bitmap_count1(pool.bits, TAG_MAX + 1), 0);
    tag_pool_fill(&pool);
    CU_ASSERT_EQUAL(bitmap_count1(pool.bits, TAG_MAX + 1), 4094);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char *error = tag_pool_parse(bad[i], &pool);

        CU_ASSERT_PTR_NOT_NULL(error);
        free(error);
    }
}

/* A VN has one tag, however many users. */
static void
test_share(void)
{
    struct tag_book *book = book_create("100-101", "", 0);

    check_take(book, "red", TAG_NONE, 0, 100, NULL);
    check_take(book, "red", TAG_NONE, 0, 100, NULL);
    check_take(book, "blue", TAG_NONE, 0, 101, NULL);
    check_take(book, "green", TAG_NONE, 0, 0, "no tag is free");
    CU_ASSERT_FALSE(tag_book_drop(book, "red", 0));
    check_take(book, "green", TAG_NONE, 0, 0, "no tag is free");
    CU_ASSERT_TRUE(tag_book_drop(book, "red", 0));
    CU_ASSERT_EQUAL(tag_book_find(book, "red"), TAG_NONE);
    check_take(book, "green", TAG_NONE, 0, 100, NULL);
    tag_book_destroy(book);
}

static void
test_request(void)
{
    struct tag_book *book = book_create("100-101", "500", 1000);

    check_take(book, "red", 500, 0, 500, NULL);
    check_take(book, "red", 500, 0, 500, NULL);
    check_take(book, "red", 100, 0, 0, "tag 500 on this segment already");
    check_take(book, "blue", 500, 0, 0, "is another VN's");
    check_take(book, "blue", 501, 0, 0, "not among those");
    check_take(book, "blue", -1, 0, 0, "out of range");
    check_take(book, "blue", 4095, 0, 0, "out of range");
    check_take(book, "blue", INT64_MAX, 0, 0, "out of range");
    check_take(book, "blue", 101, 0, 101, NULL);
    check_take(book, "a", TAG_NONE, 0, 100, NULL);
    check_take(book, "b", TAG_NONE, 0, 0, "no tag is free");
    check_lines(book, "[100 a used][101 blue used][500 red used]");
    tag_book_destroy(book);
}

/* Another VN waits for the end of the quarantine, the same one does not. */
static void
test_quarantine(void)
{
    struct tag_book *book = book_create("100", "", 1000);

    check_take(book, "red", TAG_NONE, 5, 100, NULL);
    CU_ASSERT_EQUAL(tag_book_deadline(book), LLONG_MAX);
    tag_book_drop(book, "red", 10);
    CU_ASSERT_EQUAL(tag_book_deadline(book), 1010);
    check_lines(book, "[100 red rests]");
    check_take(book, "blue", TAG_NONE, 1009, 0, "1 rest");
    check_take(book, "blue", 100, 1009, 0, "until a moment ago");
    check_take(book, "red", TAG_NONE, 1009, 100, NULL);
    CU_ASSERT_EQUAL(tag_book_deadline(book), LLONG_MAX);
    tag_book_drop(book, "red", 1009);
    CU_ASSERT_FALSE(tag_book_expire(book, 2008));
    CU_ASSERT_TRUE(tag_book_expire(book, 2009));
    check_lines(book, "");
    check_take(book, "blue", TAG_NONE, 2009, 100, NULL);
    tag_book_destroy(book);
}

/* A VN that asks for another tag leaves its old one in quarantine, and that
 * is not lost. */
static void
test_change(void)
{
    struct tag_book *book = book_create("100-102", "", 1000);

    check_take(book, "red", 100, 0, 100, NULL);
    tag_book_drop(book, "red", 0);
    check_take(book, "red", 101, 1, 101, NULL);
    check_lines(book, "[100 red rests][101 red used]");
    check_take(book, "blue", 100, 1, 0, "until a moment ago");
    tag_book_expire(book, 1000);
    CU_ASSERT_EQUAL(tag_book_find(book, "red"), 101);
    check_take(book, "blue", 100, 1001, 100, NULL);
    tag_book_destroy(book);
}

/* Tags rest as long as the pool allows, even without quarantine. */
static void
test_turns(void)
{
    struct tag_book *book = book_create("100-102", "", 0);

    for (int i = 0; i < 7; i++) {
        check_take(book, "v", TAG_NONE, i, 100 + i % 3, NULL);
        tag_book_drop(book, "v", i);
    }
    tag_book_destroy(book);
}

/* What has a tag keeps it when the pool changes; who comes back does not get
 * one that is no longer there. */
static void
test_pool_change(void)
{
    struct tag_book *book = book_create("100", "", 1000);
    struct tag_pool pool, none;

    check_take(book, "red", TAG_NONE, 0, 100, NULL);
    CU_ASSERT_PTR_NULL(tag_pool_parse("200", &pool));
    CU_ASSERT_PTR_NULL(tag_pool_parse("", &none));
    tag_book_set_pools(book, &pool, &none);
    check_take(book, "red", TAG_NONE, 0, 100, NULL);
    tag_book_drop(book, "red", 0);
    tag_book_drop(book, "red", 0);
    check_take(book, "red", TAG_NONE, 0, 200, NULL);
    tag_book_destroy(book);
}

static void
test_rebuild(void)
{
    struct tag_book *book = book_create("100-102", "", 1000);

    CU_ASSERT_TRUE(tag_book_adopt(book, "red", 100));
    CU_ASSERT_TRUE(tag_book_adopt(book, "red", 100));
    CU_ASSERT_FALSE(tag_book_adopt(book, "blue", 100));
    CU_ASSERT_FALSE(tag_book_adopt(book, "red", 101));
    CU_ASSERT_FALSE(tag_book_adopt(book, "blue", 0));
    CU_ASSERT_FALSE(tag_book_adopt(book, "blue", 4095));
    CU_ASSERT_TRUE(tag_book_adopt(book, "blue", 102));
    CU_ASSERT_EQUAL(tag_book_find(book, "blue"), 102);
    check_take(book, "green", TAG_NONE, 0, 101, NULL);
    check_take(book, "red", TAG_NONE, 0, 100, NULL);
    check_lines(book, "[100 red used][101 green used][102 blue adopted]");

    tag_book_settle(book, 50);
    check_lines(book, "[100 red used][101 green used][102 blue rests]");
    CU_ASSERT_EQUAL(tag_book_deadline(book), 1050);
    check_take(book, "blue", TAG_NONE, 60, 102, NULL);
    tag_book_destroy(book);
}

/* A naive book: what each tag was last. */
struct naive {
    int users[6];               /* By VN. */
    int tag[6];                 /* By VN; while it has users. */
    int owner[TAG_MAX + 1];     /* By tag: VN, or -1 for nobody. */
    long long int dropped[TAG_MAX + 1];
};

#define QUARANTINE 50

static void
naive_check_take(struct naive *naive, int vn, int64_t request,
                 long long int now, const char *error, int tag)
{
    if (error) {
        return;
    }
    if (naive->users[vn]) {
        CU_ASSERT_EQUAL_FATAL(tag, naive->tag[vn]);
    } else {
        int owner = naive->owner[tag];

        /* Nobody else's, nor until QUARANTINE ago. */
        for (int i = 0; i < 6; i++) {
            CU_ASSERT_FATAL(!naive->users[i] || naive->tag[i] != tag);
        }
        CU_ASSERT_FATAL(owner < 0 || owner == vn
                        || naive->dropped[tag] + QUARANTINE <= now);
    }
    CU_ASSERT_FATAL(request == TAG_NONE || request == tag);
    CU_ASSERT_FATAL(tag >= 10 && tag <= 13);
    naive->users[vn]++;
    naive->tag[vn] = tag;
    naive->owner[tag] = vn;
}

/* Returns true if 'tag' is in use or rests for another VN than 'vn'. */
static bool
naive_is_taken(const struct naive *naive, int vn, int tag, long long int now)
{
    for (int i = 0; i < 6; i++) {
        if (naive->users[i] && naive->tag[i] == tag) {
            return true;
        }
    }
    return (naive->owner[tag] >= 0 && naive->owner[tag] != vn
            && naive->dropped[tag] + QUARANTINE > now);
}

/* Returns true if there must be a tag for 'vn'. */
static bool
naive_must_succeed(const struct naive *naive, int vn, int64_t request,
                   long long int now)
{
    if (naive->users[vn]) {
        return request == TAG_NONE || request == naive->tag[vn];
    } else if (request != TAG_NONE) {
        return request <= 13 && !naive_is_taken(naive, vn, (int) request,
                                                now);
    }
    for (int tag = 10; tag <= 12; tag++) {
        if (!naive_is_taken(naive, vn, tag, now)) {
            return true;
        }
    }
    return (naive->owner[13] == vn && !naive_is_taken(naive, vn, 13, now)
            && naive->dropped[13] + QUARANTINE > now);
}

static void
test_random(void)
{
    const char *s = getenv("SPLIT_SEED");
    uint32_t seed = s ? (uint32_t) strtoul(s, NULL, 10)
                    : (uint32_t) time(NULL) | 1;
    struct tag_book *book = book_create("10-12", "13", QUARANTINE);
    struct naive naive = { .users = { 0 } };
    long long int now = 0;

    printf(" SPLIT_SEED=%u ", seed);
    random_set_seed(seed);
    for (int i = 0; i <= TAG_MAX; i++) {
        naive.owner[i] = -1;
    }
    for (int i = 0; i < 20000; i++) {
        int vn = random_range(6);
        char name[2] = { (char) ('a' + vn), '\0' };

        now += random_range(20);
        if (naive.users[vn] && random_range(2)) {
            bool last = tag_book_drop(book, name, now);

            CU_ASSERT_EQUAL_FATAL(last, naive.users[vn] == 1);
            if (!--naive.users[vn]) {
                naive.dropped[naive.tag[vn]] = now;
            }
        } else {
            int64_t request = random_range(3) ? TAG_NONE
                              : 10 + random_range(5);
            bool must = naive_must_succeed(&naive, vn, request, now);
            int tag = 0;
            char *error = tag_book_take(book, name, request, now, &tag);

            CU_ASSERT_EQUAL_FATAL(must, !error);
            naive_check_take(&naive, vn, request, now, error, tag);
            free(error);
        }
    }
    tag_book_destroy(book);
}

void
suite_tag_book(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/tag-book", NULL, NULL);

    CU_add_test(suite, "pool-parse", test_pool_parse);
    CU_add_test(suite, "share", test_share);
    CU_add_test(suite, "request", test_request);
    CU_add_test(suite, "quarantine", test_quarantine);
    CU_add_test(suite, "change", test_change);
    CU_add_test(suite, "turns", test_turns);
    CU_add_test(suite, "pool-change", test_pool_change);
    CU_add_test(suite, "rebuild", test_rebuild);
    CU_add_test(suite, "random", test_random);
}
