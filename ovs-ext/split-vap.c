/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* VAPs: which VN is on which access port, with which tag. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "ovs-ext/split-private.h"
#include "util.h"

static struct split_vap *vap_find(const struct split *, const char *port,
                                  const char *vn);
static char *vap_get(struct split_user *, const char *vn,
                     const char *segment, struct split_vap **);
static char *vap_rehome(struct split *, struct split_vap *,
                        const char *segment);
static void vap_leave(struct split_user *, struct split_vap *);

char *
split_vap_take(struct split_user *user, const char *vn)
{
    const struct split_port *port = shash_find_data(&user->split->ports,
                                                    user->port);
    struct split_vap *old = user->vap;
    struct split_vap *vap = NULL;
    unsigned int duties;
    char *error;

    error = (port ? vap_get(user, vn, port->segment, &vap)
             : xasprintf("access port \"%s\" is gone", user->port));
    if (error) {
        split_vap_drop(user);
        return error;
    }
    if (vap == old) {
        return NULL;
    }

    /* The new one first, so that a tag that both have stays. */
    if (!vap_step(&vap->fsm, user->kind == SPLIT_REQUEST ? VAP_TSI_ASSOCIATE
                  : VAP_CONNECT, &duties)) {
        OVS_NOT_REACHED();
    }
    user->vap = vap;
    if (old) {
        vap_leave(user, old);
    } else {
        user->links[SPLIT_BY_DEVICE].bucket->n_vaps[user->kind]++;
    }
    return NULL;
}

void
split_vap_drop(struct split_user *user)
{
    if (user->vap) {
        user->links[SPLIT_BY_DEVICE].bucket->n_vaps[user->kind]--;
        vap_leave(user, user->vap);
        user->vap = NULL;
    }
}

static struct split_vap *
vap_find(const struct split *split, const char *port, const char *vn)
{
    char *key = split_key(port, vn, "");
    struct split_vap *vap = shash_find_data(&split->vaps, key);

    free(key);
    return vap;
}

/* Returns a new VAP, in VN_Disconnected, with 'tag'. */
static struct split_vap *
vap_create(struct split *split, const char *port, const char *vn,
           const char *segment, int tag)
{
    struct split_vap *vap = xmalloc(sizeof *vap);

    *vap = (struct split_vap) {
        .key = split_key(port, vn, ""),
        .port = xstrdup(port),
        .vn = xstrdup(vn),
        .segment = xstrdup(segment),
        .fsm = VAP_INIT,
        .tag = tag,
    };
    shash_add(&split->vaps, vap->key, vap);
    split_note_segment(split, segment);
    return vap;
}

/* Stores in '*vap' that for 'vn' on the port of 'user', which is in
 * 'segment', if it has the tag that 'user' may want. */
static char *
vap_get(struct split_user *user, const char *vn, const char *segment,
        struct split_vap **vapp)
{
    struct split *split = user->split;
    int64_t request = (user->tag_request == SPLIT_UNSET
                       ? TAG_NONE : user->tag_request);
    struct split_vap *vap = vap_find(split, user->port, vn);
    char *error;
    int tag;

    if (!vap) {
        error = tag_book_take(split_get_segment(split, segment)->book, vn,
                              request, split->now, &tag);
        if (error) {
            return error;
        }
        vap = vap_create(split, user->port, vn, segment, tag);
    } else if (strcmp(vap->segment, segment)) {
        error = vap_rehome(split, vap, segment);
        if (error) {
            return error;
        }
    }
    if (request != TAG_NONE && request != vap->tag) {
        return xasprintf("the VN has tag %d on this segment already",
                         vap->tag);
    }
    *vapp = vap;
    return NULL;
}

/* Gives 'vap', whose port has changed its segment, a tag there. */
static char *
vap_rehome(struct split *split, struct split_vap *vap, const char *segment)
{
    char *error;
    int tag;

    error = tag_book_take(split_get_segment(split, segment)->book, vap->vn,
                          TAG_NONE, split->now, &tag);
    if (!error) {
        tag_book_drop(split_get_segment(split, vap->segment)->book, vap->vn,
                      split->now);
        split_note_segment(split, vap->segment);
        split_note_segment(split, segment);
        free(vap->segment);
        vap->segment = xstrdup(segment);
        vap->tag = tag;
        split->retry = true;
    }
    return error;
}

/* Ends the use of 'vap' by 'user'. */
static void
vap_leave(struct split_user *user, struct split_vap *vap)
{
    struct split *split = user->split;
    unsigned int duties;

    if (!vap_step(&vap->fsm, (user->kind == SPLIT_REQUEST
                              ? VAP_TSI_DEASSOCIATE : VAP_DISCONNECT),
                  &duties)) {
        OVS_NOT_REACHED();
    }
    split->retry = true;
    if (duties & VAP_DUTY_RELEASE) {
        tag_book_drop(split_get_segment(split, vap->segment)->book, vap->vn,
                      split->now);
        split_note_segment(split, vap->segment);
        shash_find_and_delete(&split->vaps, vap->key);
        free(vap->key);
        free(vap->port);
        free(vap->vn);
        free(vap->segment);
        free(vap);
    }
}
