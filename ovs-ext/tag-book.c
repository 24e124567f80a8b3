/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/tag-book.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "openvswitch/shash.h"
#include "util.h"

/* The use of one tag. */
struct entry {
    char *vn;                   /* NULL: the tag is free. */
    size_t n_users;
    bool adopted;               /* In use as far as is known; no users. */
    long long int free_at;      /* If in quarantine. */
};

struct tag_book {
    struct tag_pool pool;
    struct tag_pool on_request;
    long long int quarantine;   /* ms. */
    int next;                   /* Where to look for a free tag first. */
    size_t n_quarantined;
    struct entry entries[TAG_MAX + 1]; /* By tag; the first is not used. */
    struct shash vns;           /* VN -> its struct entry: in use, adopted, or
                                 * the last that went into quarantine. */
};

static bool entry_is_quarantined(const struct entry *);
static void entry_assign(struct tag_book *, struct entry *, const char *vn);
static void entry_free(struct tag_book *, struct entry *);
static void entry_quarantine(struct tag_book *, struct entry *,
                             long long int now);
static bool is_offered(const struct tag_book *, const struct entry *);
static char *find_requested(struct tag_book *, const char *vn,
                            int64_t request, struct entry **);
static char *find_free(struct tag_book *, struct entry **);

/* Pools. */

/* Reads a tag from '*p' and advances it.  Returns TAG_NONE if there is no
 * valid one. */
static int
parse_tag(const char **p)
{
    int tag = 0;

    if (**p < '0' || **p > '9') {
        return TAG_NONE;
    }
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        tag = tag * 10 + (**p - '0');
        if (tag > TAG_MAX) {
            return TAG_NONE;
        }
    }
    return tag;
}

/* Adds the tag or range 's' to '*pool'.  Returns true if it is a good one. */
static bool
parse_range(const char *s, struct tag_pool *pool)
{
    int first = parse_tag(&s);
    int last = first;

    if (first && *s == '-') {
        s++;
        last = parse_tag(&s);
    }
    if (!first || *s || last < first) {
        return false;
    }
    bitmap_set_multiple(pool->bits, (size_t) first,
                        (size_t) (last - first + 1), true);
    return true;
}

char *
tag_pool_parse(const char *s, struct tag_pool *pool)
{
    char *copy = xstrdup(s);
    char *save_ptr = NULL;
    char *error = NULL;

    memset(pool, 0, sizeof *pool);
    for (char *part = strtok_r(copy, ", ", &save_ptr); part && !error;
         part = strtok_r(NULL, ", ", &save_ptr)) {
        if (!parse_range(part, pool)) {
            char *quoted = nvo3_quote(part);

            error = xasprintf("%s is not a tag from %d to %d nor a range of "
                              "them, such as 100-199", quoted, TAG_MIN,
                              TAG_MAX);
            free(quoted);
        }
    }
    free(copy);
    return error;
}

void
tag_pool_fill(struct tag_pool *pool)
{
    memset(pool, 0, sizeof *pool);
    bitmap_set_multiple(pool->bits, TAG_MIN, TAG_MAX - TAG_MIN + 1, true);
}

/* Books. */

struct tag_book *
tag_book_create(void)
{
    struct tag_book *book = xzalloc(sizeof *book);

    book->next = TAG_MIN;
    shash_init(&book->vns);
    return book;
}

void
tag_book_destroy(struct tag_book *book)
{
    if (book) {
        for (int tag = TAG_MIN; tag <= TAG_MAX; tag++) {
            free(book->entries[tag].vn);
        }
        shash_destroy(&book->vns);
        free(book);
    }
}

void
tag_book_set_pools(struct tag_book *book, const struct tag_pool *pool,
                   const struct tag_pool *on_request)
{
    book->pool = *pool;
    book->on_request = *on_request;
}

void
tag_book_set_quarantine(struct tag_book *book, long long int ms)
{
    book->quarantine = ms;
}

char *
tag_book_take(struct tag_book *book, const char *vn, int64_t request,
              long long int now, int *tag)
{
    struct entry *entry;
    char *error = NULL;

    tag_book_expire(book, now);
    entry = shash_find_data(&book->vns, vn);
    if (entry && (entry->n_users || entry->adopted)) {
        int has = (int) (entry - book->entries);

        if (request != TAG_NONE && request != has) {
            return xasprintf("the VN has tag %d on this segment already", has);
        }
    } else if (request != TAG_NONE) {
        error = find_requested(book, vn, request, &entry);
    } else if (!entry || !is_offered(book, entry)) {
        error = find_free(book, &entry);
    }
    if (error) {
        return error;
    }
    entry_assign(book, entry, vn);
    entry->n_users++;
    *tag = (int) (entry - book->entries);
    return NULL;
}

bool
tag_book_drop(struct tag_book *book, const char *vn, long long int now)
{
    struct entry *entry = shash_find_data(&book->vns, vn);

    ovs_assert(entry && entry->n_users);
    if (--entry->n_users) {
        return false;
    }
    entry_quarantine(book, entry, now);
    return true;
}

bool
tag_book_adopt(struct tag_book *book, const char *vn, int64_t tag)
{
    struct entry *has = shash_find_data(&book->vns, vn);
    struct entry *entry;

    if (tag < TAG_MIN || tag > TAG_MAX) {
        return false;
    }
    entry = &book->entries[tag];
    if ((entry->vn && strcmp(entry->vn, vn))
        || (has && has != entry && !entry_is_quarantined(has))) {
        return false;
    }
    if (entry_is_quarantined(entry) || !entry->vn) {
        entry_assign(book, entry, vn);
        entry->adopted = true;
    }
    return true;
}

void
tag_book_settle(struct tag_book *book, long long int now)
{
    for (int tag = TAG_MIN; tag <= TAG_MAX; tag++) {
        if (book->entries[tag].adopted) {
            entry_quarantine(book, &book->entries[tag], now);
        }
    }
}

bool
tag_book_expire(struct tag_book *book, long long int now)
{
    bool any = false;

    for (int tag = TAG_MIN; tag <= TAG_MAX && book->n_quarantined; tag++) {
        struct entry *entry = &book->entries[tag];

        if (entry_is_quarantined(entry) && entry->free_at <= now) {
            entry_free(book, entry);
            any = true;
        }
    }
    return any;
}

long long int
tag_book_deadline(const struct tag_book *book)
{
    long long int deadline = LLONG_MAX;

    for (int tag = TAG_MIN; tag <= TAG_MAX && book->n_quarantined; tag++) {
        const struct entry *entry = &book->entries[tag];

        if (entry_is_quarantined(entry)) {
            deadline = MIN(deadline, entry->free_at);
        }
    }
    return deadline;
}

int
tag_book_find(const struct tag_book *book, const char *vn)
{
    const struct entry *entry = shash_find_data(&book->vns, vn);

    return (entry && !entry_is_quarantined(entry)
            ? (int) (entry - book->entries) : TAG_NONE);
}

size_t
tag_book_list(const struct tag_book *book, struct tag_line **lines)
{
    size_t n = 0;

    *lines = xmalloc(TAG_MAX * sizeof **lines);
    for (int tag = TAG_MIN; tag <= TAG_MAX; tag++) {
        const struct entry *entry = &book->entries[tag];

        if (entry->vn) {
            (*lines)[n++] = (struct tag_line) {
                .tag = tag,
                .vn = entry->vn,
                .use = (entry->n_users ? TAG_USED
                        : entry->adopted ? TAG_ADOPTED : TAG_QUARANTINED),
            };
        }
    }
    return n;
}

/* Entries. */

static bool
entry_is_quarantined(const struct entry *entry)
{
    return entry->vn && !entry->n_users && !entry->adopted;
}

/* Makes 'entry', which is free, adopted or in quarantine, that of 'vn', in
 * use. */
static void
entry_assign(struct tag_book *book, struct entry *entry, const char *vn)
{
    if (entry_is_quarantined(entry)) {
        book->n_quarantined--;
    }
    if (!entry->vn) {
        entry->vn = xstrdup(vn);
    }
    entry->adopted = false;
    shash_replace(&book->vns, vn, entry);
}

static void
entry_free(struct tag_book *book, struct entry *entry)
{
    if (shash_find_data(&book->vns, entry->vn) == entry) {
        shash_find_and_delete(&book->vns, entry->vn);
    }
    free(entry->vn);
    entry->vn = NULL;
    book->n_quarantined--;
}

static void
entry_quarantine(struct tag_book *book, struct entry *entry,
                 long long int now)
{
    entry->adopted = false;
    entry->free_at = now + book->quarantine;
    book->n_quarantined++;
    if (book->quarantine <= 0) {
        entry_free(book, entry);
    }
}

/* Returns true if the tag of 'entry' is in one of the pools. */
static bool
is_offered(const struct tag_book *book, const struct entry *entry)
{
    size_t tag = (size_t) (entry - book->entries);

    return (bitmap_is_set(book->pool.bits, tag)
            || bitmap_is_set(book->on_request.bits, tag));
}

/* Stores in '*entry' that of the tag 'request', if 'vn' may have it. */
static char *
find_requested(struct tag_book *book, const char *vn, int64_t request,
               struct entry **entry)
{
    if (request < TAG_MIN || request > TAG_MAX) {
        return xasprintf("tag %"PRId64" is out of range: it must be %d to %d",
                         request, TAG_MIN, TAG_MAX);
    }
    *entry = &book->entries[request];
    if (!is_offered(book, *entry)) {
        return xasprintf("tag %"PRId64" is not among those of this segment",
                         request);
    }
    if ((*entry)->vn && strcmp((*entry)->vn, vn)) {
        return xasprintf("tag %"PRId64" %s", request,
                         entry_is_quarantined(*entry)
                         ? "was another VN's until a moment ago"
                         : "is another VN's on this segment");
    }
    return NULL;
}

/* Stores in '*entry' that of a free tag of the pool. */
static char *
find_free(struct tag_book *book, struct entry **entry)
{
    int tag = book->next;

    for (int i = TAG_MIN; i <= TAG_MAX; i++) {
        if (bitmap_is_set(book->pool.bits, (size_t) tag)
            && !book->entries[tag].vn) {
            *entry = &book->entries[tag];
            book->next = tag == TAG_MAX ? TAG_MIN : tag + 1;
            return NULL;
        }
        tag = tag == TAG_MAX ? TAG_MIN : tag + 1;
    }
    return xasprintf("no tag is free on this segment (of %"PRIuSIZE", "
                     "%"PRIuSIZE" rest for a while)",
                     bitmap_count1(book->pool.bits, TAG_MAX + 1),
                     book->n_quarantined);
}
