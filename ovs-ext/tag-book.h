/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TAG_BOOK_H
#define TAG_BOOK_H 1

/* Which VLAN tag means which VN on one access segment: a link, or a bridged
 * network that several hypervisors and access ports share (RFC 8394 section
 * 3.1).  A VN has one tag in a book.  Pure: the time is an argument, in ms.
 *
 *     error = tag_book_take(book, "red", TAG_NONE, now, &tag);
 *     ...
 *     tag_book_drop(book, "red", now);
 *
 * Users of a VN's tag are counted.  When the last one drops it, the tag is in
 * quarantine: no other VN gets it until frames that bear it have died out and
 * hypervisors have stopped to send them.  The same VN gets it back at any
 * time, so that a VN that comes and goes keeps its tag.
 *
 * Tags are given in turn from the pool, so that a free one rests as long as
 * possible.  A tag that an administrator asks for is given if it is free, in
 * the pool or among those set aside for this.  A tag that is used stays so
 * when the pool changes.
 *
 * Rebuilding: tag_book_adopt() all that is known to be in use, then let the
 * users take theirs, then tag_book_settle(): what nobody took goes into
 * quarantine then.
 *
 * Errors are new messages, to be freed with free().  Threads:
 * single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "bitmap.h"
#include "openvswitch/compiler.h"

/* Tags are 1 to 4094 (IEEE 802.1Q). */
#define TAG_NONE 0
#define TAG_MIN 1
#define TAG_MAX 4094

/* A set of tags. */
struct tag_pool {
    unsigned long bits[BITMAP_N_LONGS(TAG_MAX + 1)];
};

enum tag_use {
    TAG_USED,
    TAG_ADOPTED,                /* Known to be in use, but not taken yet. */
    TAG_QUARANTINED,
};

/* A line of the book. */
struct tag_line {
    int tag;
    const char *vn;             /* Borrowed until the book changes. */
    enum tag_use use;
};

struct tag_book;

/* Reads 's', tags and ranges of tags apart by commas or spaces ("100-199,
 * 300"), into '*pool'; an empty text is an empty pool.  Returns NULL, or a
 * message that quotes the bad part. */
char *tag_pool_parse(const char *s, struct tag_pool *pool)
    OVS_WARN_UNUSED_RESULT;

/* Makes '*pool' that of all tags. */
void tag_pool_fill(struct tag_pool *pool);

/* Returns a new, empty book with empty pools, to be freed with
 * tag_book_destroy(). */
struct tag_book *tag_book_create(void);

/* Frees 'book'.  NULL is allowed. */
void tag_book_destroy(struct tag_book *book);

/* Sets the pool that tags are given from and the one of those that are given
 * only if asked for. */
void tag_book_set_pools(struct tag_book *book, const struct tag_pool *pool,
                        const struct tag_pool *on_request);

/* Sets for how long a tag rests; for tags that are dropped from now on. */
void tag_book_set_quarantine(struct tag_book *book, long long int ms);

/* Counts one more user of the tag of 'vn', which gets one if it has none, and
 * stores it in '*tag'.  'request' is the tag asked for, TAG_NONE if any will
 * do; it need not be a valid number.  Returns NULL, or a message that says
 * why there is no tag; then there is no change. */
char *tag_book_take(struct tag_book *book, const char *vn, int64_t request,
                    long long int now, int *tag) OVS_WARN_UNUSED_RESULT;

/* Counts one user less of the tag of 'vn', which must have one.  Returns true
 * if that was the last. */
bool tag_book_drop(struct tag_book *book, const char *vn, long long int now);

/* Notes that 'tag' is in use for 'vn', though no user has taken it.  Returns
 * false if that cannot be: the tag is another VN's or not valid, or the VN
 * has another. */
bool tag_book_adopt(struct tag_book *book, const char *vn, int64_t tag);

/* Sends what was adopted and not taken into quarantine. */
void tag_book_settle(struct tag_book *book, long long int now);

/* Ends the quarantines that are over.  Returns true if there were any. */
bool tag_book_expire(struct tag_book *book, long long int now);

/* Returns the time at which the next quarantine is over, or LLONG_MAX. */
long long int tag_book_deadline(const struct tag_book *book);

/* Returns the tag that 'vn' has, in use or adopted, or TAG_NONE. */
int tag_book_find(const struct tag_book *book, const char *vn);

/* Stores in '*lines' a new array, to be freed with free(), of the book's
 * lines in order of tag, and returns their number. */
size_t tag_book_list(const struct tag_book *book, struct tag_line **lines);

#endif /* tag-book.h */
