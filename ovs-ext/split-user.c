/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The rows that end devices write: VN_Connection and VNIC_Request. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "ovs-ext/split-private.h"
#include "util.h"

static char *make_key(enum split_kind, const char *, const char *,
                      const char *);
static struct split_user *user_create(struct split *, enum split_kind,
                                      const char *device, const char *vnic,
                                      const char *port, const char *vn);
static struct split_user *user_find(const struct split *, enum split_kind,
                                    const char *, const char *, const char *);
static void user_set_port(struct split_user *, const char *port);
static void user_set_seq(struct split_user *, int64_t client_seq);
static void user_set_unknown(struct split_user *, const char *why);
static void user_set_addresses(struct split_user *, const char *const *,
                               size_t n);
static void user_keep_addresses(struct split_user *, const struct sset *);
static void user_free_addresses(struct split_user *);
static void user_remove(struct split_user *);
static void user_link(struct split_user *, enum split_index, const char *key);
static void user_unlink(struct split_user *, enum split_index);
static void connection_decide(struct split_user *);
static void request_decide(struct split_user *);
static void request_lose(struct split_user *, char *error);

void
split_put_connection(struct split *split, const struct split_connection *c)
{
    struct split_user *user = user_find(split, SPLIT_CONNECTION,
                                        c->end_device, c->port, c->vn);

    if (!user) {
        user = user_create(split, SPLIT_CONNECTION, c->end_device, NULL,
                           c->port, c->vn);
    }
    user->tag_request = c->tag_request;
    user_set_unknown(user, c->waits);
    user_set_seq(user, c->client_seq);
    split_user_touch(user);
}

void
split_remove_connection(struct split *split, const char *end_device,
                        const char *port, const char *vn)
{
    user_remove(user_find(split, SPLIT_CONNECTION, end_device, port, vn));
}

void
split_put_request(struct split *split, const struct split_request *r)
{
    struct split_user *user = split_find_request(split, r->end_device,
                                                 r->vnic, r->vn);

    if (!user) {
        user = user_create(split, SPLIT_REQUEST, r->end_device, r->vnic,
                           r->port, r->vn);
    }
    user->row = true;
    user_set_port(user, r->port);
    user_set_addresses(user, r->addresses, r->n_addresses);
    user->wanted = r->activate ? TSI_ACTIVATED : TSI_ASSOCIATED;
    user->migration = r->migration;
    user->guest_tag = r->guest_tag;
    user_set_unknown(user, r->waits);
    user_set_seq(user, r->client_seq);
    split_user_touch(user);
}

void
split_remove_request(struct split *split, const char *end_device,
                     const char *vnic, const char *vn)
{
    user_remove(split_find_request(split, end_device, vnic, vn));
}

void
split_restore_answer(struct split *split, const struct split_answer *answer)
{
    bool is_request = answer->vnic != NULL;
    struct split_user *user;

    user = user_find(split, is_request ? SPLIT_REQUEST : SPLIT_CONNECTION,
                     answer->end_device,
                     is_request ? answer->vnic : answer->port, answer->vn);
    if (!user) {
        if (!is_request || answer->outcome != SPLIT_HELD
            || !answer->vn_name[0]) {
            return;
        }
        user = user_create(split, SPLIT_REQUEST, answer->end_device,
                           answer->vnic, answer->port, answer->vn);
        user->row = false;
        user->wanted = TSI_ACTIVATED;
        user->migration = TSI_MIGRATION_DEPARTING;
        user_keep_addresses(user, &answer->kept_addresses);
    }
    user->state = answer->state;
    user->was_connected = answer->connected;
    user->withdrawn = answer->outcome == SPLIT_WITHDRAWN;
    user->moved = user->withdrawn && answer->state == TSI_INIT;
    if (answer->outcome == SPLIT_HELD) {
        user->hold_until = HOLD_RESTORED;
        ovs_list_push_back(&split->holds, &user->hold_node);
    }
    split_answer_uninit(&user->answer);
    split_answer_copy(&user->answer, answer);
    user->answer.exists = true;
    split_user_touch(user);
}

struct split_user *
split_find_request(const struct split *split, const char *end_device,
                   const char *vnic, const char *vn)
{
    return user_find(split, SPLIT_REQUEST, end_device, vnic, vn);
}

void
split_user_touch(struct split_user *user)
{
    if (ovs_list_is_empty(&user->dirty_node)) {
        ovs_list_push_back(&user->split->dirty_users, &user->dirty_node);
    }
}

void
split_touch_bucket(struct split *split, enum split_index index,
                   const char *key)
{
    const struct split_bucket *bucket = shash_find_data(&split->buckets[index],
                                                        key);
    const struct split_link *link;

    if (bucket) {
        LIST_FOR_EACH (link, node, &bucket->users) {
            split_user_touch(link->user);
        }
    }
}

void
split_touch_all(struct split *split)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &split->users) {
        split_user_touch(node->data);
    }
}

void
split_user_retry(struct split_user *user)
{
    if (ovs_list_is_empty(&user->retry_node)) {
        ovs_list_push_back(&user->split->retries, &user->retry_node);
    }
}

void
split_user_set_error(struct split_user *user, char *error)
{
    if (error && !nullable_string_is_equal(error, user->error)) {
        user->split->counters.refusals++;
    }
    free(user->error);
    user->error = error;
}

void
split_user_decide(struct split_user *user)
{
    user->undecided = !user->split->ready;
    if (user->undecided) {
        if (user->row) {
            split_answer_update(user);
        } else if (!user->hold_until) {
            split_user_destroy(user);
        }
    } else if (user->kind == SPLIT_CONNECTION) {
        connection_decide(user);
    } else {
        request_decide(user);
    }
}

void
split_user_destroy(struct split_user *user)
{
    split_answer_remove(user);
    split_place_leave(user);
    split_vap_drop(user);
    split_user_unhold(user);
    for (int i = 0; i < SPLIT_N_INDEXES; i++) {
        user_unlink(user, i);
    }
    ovs_list_remove(&user->dirty_node);
    ovs_list_remove(&user->retry_node);
    shash_find_and_delete(&user->split->users, user->key);
    user_free_addresses(user);
    smap_destroy(&user->bad);
    split_answer_uninit(&user->answer);
    free(user->error);
    free(user->unknown);
    free(user->key);
    free(user->device);
    free(user->vnic);
    free(user->vn);
    free(user->port);
    free(user);
}

char *
split_vnic_bucket(const char *vnic)
{
    return xasprintf("id:vnic:%s", vnic);
}

/* Creation. */

static char *
make_key(enum split_kind kind, const char *a, const char *b, const char *c)
{
    char *key = split_key(a, b, c);
    char *kind_key = xasprintf("%c%s", kind == SPLIT_REQUEST ? 'r' : 'c', key);

    free(key);
    return kind_key;
}

static struct split_user *
user_find(const struct split *split, enum split_kind kind, const char *a,
          const char *b, const char *c)
{
    char *key = make_key(kind, a, b, c);
    struct split_user *user = shash_find_data(&split->users, key);

    free(key);
    return user;
}

/* Returns a new user, of which 'vnic' is NULL for a connection. */
static struct split_user *
user_create(struct split *split, enum split_kind kind, const char *device,
            const char *vnic, const char *port, const char *vn)
{
    struct split_user *user = xmalloc(sizeof *user);
    char *by_vn = vn[0] || !vnic ? xstrdup(vn) : split_vnic_bucket(vnic);
    char *by_vnic = split_key(device, vnic ? vnic : "", "");

    *user = (struct split_user) {
        .split = split,
        .kind = kind,
        .key = make_key(kind, device, vnic ? vnic : port, vn),
        .row = true,
        .device = xstrdup(device),
        .vnic = nullable_xstrdup(vnic),
        .vn = xstrdup(vn),
        .port = xstrdup(port),
        .tag_request = SPLIT_UNSET,
        .guest_tag = SPLIT_UNSET,
        .wanted = TSI_ASSOCIATED,
    };
    smap_init(&user->bad);
    smap_init(&user->answer.bad_addresses);
    sset_init(&user->answer.kept_addresses);
    ovs_list_init(&user->dirty_node);
    ovs_list_init(&user->retry_node);
    ovs_list_init(&user->place_node);
    ovs_list_init(&user->hold_node);
    user_link(user, SPLIT_BY_DEVICE, device);
    user_link(user, SPLIT_BY_PORT, port);
    user_link(user, SPLIT_BY_VN, by_vn);
    user_link(user, SPLIT_BY_VNIC, by_vnic);
    free(by_vn);
    free(by_vnic);
    shash_add(&split->users, user->key, user);
    return user;
}

static void
user_link(struct split_user *user, enum split_index index, const char *key)
{
    struct shash *buckets = &user->split->buckets[index];
    struct split_bucket *bucket = shash_find_data(buckets, key);
    struct split_link *link = &user->links[index];

    if (!bucket) {
        bucket = xzalloc(sizeof *bucket);
        bucket->key = xstrdup(key);
        ovs_list_init(&bucket->users);
        shash_add(buckets, key, bucket);
    }
    link->bucket = bucket;
    link->user = user;
    ovs_list_push_back(&bucket->users, &link->node);
}

static void
user_unlink(struct split_user *user, enum split_index index)
{
    struct split_link *link = &user->links[index];
    struct split_bucket *bucket = link->bucket;

    ovs_list_remove(&link->node);
    if (ovs_list_is_empty(&bucket->users)) {
        shash_find_and_delete(&user->split->buckets[index], bucket->key);
        free(bucket->key);
        free(bucket);
    }
}

/* Changes. */

static void
user_set_port(struct split_user *user, const char *port)
{
    if (strcmp(user->port, port)) {
        user_unlink(user, SPLIT_BY_PORT);
        free(user->port);
        user->port = xstrdup(port);
        user_link(user, SPLIT_BY_PORT, port);
    }
}

static void
user_set_seq(struct split_user *user, int64_t client_seq)
{
    if (user->client_seq != client_seq) {
        user->client_seq = client_seq;
        if (user->wanted == TSI_ASSOCIATED) {
            user->moved = false;
        }
        if (!user->moved) {
            user->withdrawn = false;
        }
    }
}

static void
user_set_unknown(struct split_user *user, const char *why)
{
    free(user->unknown);
    user->unknown = nullable_xstrdup(why);
}

static int
compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
user_set_addresses(struct split_user *user, const char *const *addresses,
                   size_t n)
{
    user_free_addresses(user);
    user->addresses = xmalloc((n + 1) * sizeof *user->addresses);
    for (size_t i = 0; i < n; i++) {
        user->addresses[i] = xstrdup(addresses[i]);
    }
    user->n_addresses = n;
    qsort(user->addresses, n, sizeof *user->addresses, compare_strings);
    split_check_addresses(user);
}

/* Gives 'user', which has no row, the addresses 'kept'. */
static void
user_keep_addresses(struct split_user *user, const struct sset *kept)
{
    const char **addresses = sset_array(kept);

    user_set_addresses(user, addresses, sset_count(kept));
    free(addresses);
}

static void
user_free_addresses(struct split_user *user)
{
    for (size_t i = 0; i < user->n_addresses; i++) {
        free(user->addresses[i]);
    }
    free(user->addresses);
    free(user->good);
    user->addresses = user->good = NULL;
    user->n_addresses = user->n_good = 0;
}

/* Notes that the row of 'user', which may be NULL, is gone. */
static void
user_remove(struct split_user *user)
{
    if (user) {
        user->row = false;
        split_user_touch(user);
    }
}

/* Decisions. */

/* If 'user', which was checked, lacks a VN that may be there, leaves it
 * undecided, and returns true. */
static bool
user_waits(struct split_user *user)
{
    user->undecided = user->missing && user->unknown;
    if (user->undecided) {
        split_answer_update(user);
    }
    return user->undecided;
}

static void
connection_decide(struct split_user *user)
{
    const struct split_vn_row *row;
    const char *vn = NULL;
    char *error;

    if (!user->row) {
        split_user_destroy(user);
        return;
    }
    error = split_check(user, &vn);
    if (user_waits(user)) {
        free(error);
        return;
    }
    user->waits = NULL;
    if (!error) {
        row = shash_find_data(&user->split->vns, vn);
        if (!row->vn_id) {
            user->waits = "the nDirector has not given the VN a VN ID yet";
        } else {
            error = user->vap ? NULL : split_check_quota(user);
            error = error ? error : split_vap_take(user, vn);
            if (error) {
                split_user_retry(user);
            }
        }
    }
    if (error || user->waits) {
        split_vap_drop(user);
    }
    user->withdrawn = (!user->vap && !user->waits
                       && (user->withdrawn || user->was_connected));
    user->was_connected = user->vap != NULL;
    split_user_set_error(user, error);
    split_answer_update(user);
}

static void
request_decide(struct split_user *user)
{
    const char *vn = NULL;
    char *error;

    if (!user->row) {
        if (!user->hold_until && split_user_departs(user)) {
            split_user_hold(user);
        }
        if (!user->hold_until) {
            split_user_destroy(user);
            return;
        }
        if (user->place) {
            split_place_touch(user->place);
        } else {
            split_place_join(user, user->answer.vn_name);
        }
        return;
    }

    if (user->wanted == TSI_ACTIVATED
        || user->migration != TSI_MIGRATION_DEPARTING) {
        user->hold_spent = false;
    }
    if (user->hold_until && (user->wanted == TSI_ACTIVATED
                             || user->migration != TSI_MIGRATION_DEPARTING)) {
        split_user_unhold(user);
    } else if (!user->hold_until && split_user_departs(user)) {
        split_user_hold(user);
    }
    error = split_check(user, &vn);
    if (user_waits(user)) {
        free(error);
    } else if (error) {
        request_lose(user, error);
    } else {
        split_user_set_error(user, NULL);
        split_place_join(user, vn);
    }
}

/* Refuses 'user', which loses what it has.  Takes ownership of 'error'. */
static void
request_lose(struct split_user *user, char *error)
{
    split_place_leave(user);
    split_vap_drop(user);
    split_user_unhold(user);
    user->withdrawn |= user->state != TSI_INIT;
    split_user_go(user, TSI_INIT);
    split_user_set_error(user, error);
    split_answer_update(user);
}
