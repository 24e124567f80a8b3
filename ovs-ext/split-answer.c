/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Answers to end devices. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "ovs-ext/split-private.h"
#include "util.h"

static bool answer_equals(const struct split_answer *,
                          const struct split_answer *);
static void answer_move(struct split_answer *, const struct split_answer *);
static void answer_init(const struct split_user *, struct split_answer *);
static void answer_connection(const struct split_user *,
                              struct split_answer *);
static void answer_request(const struct split_user *, struct split_answer *);
static void answer_holder(const struct split_user *, struct split_answer *);
static void answer_vn(const struct split_user *, struct split_answer *);
static void say(struct split_answer *, enum split_outcome, char *reason);
static char *name_holder(const struct split_user *, const char *what);

static const char *const outcome_names[] = {
    [SPLIT_PENDING] = "pending",
    [SPLIT_DONE] = "done",
    [SPLIT_REFUSED] = "refused",
    [SPLIT_HELD] = "held",
    [SPLIT_WITHDRAWN] = "withdrawn",
};

const char *
split_outcome_to_string(enum split_outcome outcome)
{
    return outcome_names[outcome];
}

enum split_outcome
split_outcome_from_string(const char *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(outcome_names); i++) {
        if (!strcmp(s, outcome_names[i])) {
            return (enum split_outcome) i;
        }
    }
    return SPLIT_PENDING;
}

void
split_answer_update(struct split_user *user)
{
    struct split_answer answer;

    answer_init(user, &answer);
    if (user->undecided) {
        if (user->answer.exists) {
            /* What was said stands until more is known. */
            split_answer_uninit(&answer);
            return;
        }
        say(&answer, SPLIT_PENDING,
            xstrdup(user->unknown ? user->unknown
                    : "the NVE does not know the NVO3 database yet"));
    } else if (user->kind == SPLIT_CONNECTION) {
        answer_connection(user, &answer);
    } else {
        answer_request(user, &answer);
    }

    if (user->answer.exists && answer_equals(&answer, &user->answer)) {
        split_answer_uninit(&answer);
        return;
    }
    split_answer_uninit(&user->answer);
    answer_move(&user->answer, &answer);
    if (user->split->output) {
        split_answer_add(user->split->output, &user->answer);
    }
}

void
split_answer_remove(struct split_user *user)
{
    struct split_output *output = user->split->output;
    struct split_answer *gone;

    if (!output || !user->answer.exists) {
        return;
    }

    /* It may be in the output already. */
    for (size_t i = 0; i < output->n_answers; i++) {
        if (output->answers[i] == &user->answer) {
            output->answers[i--] = output->answers[--output->n_answers];
        }
    }
    gone = xmalloc(sizeof *gone);
    answer_move(gone, &user->answer);
    gone->exists = false;
    if (output->n_gone >= output->allocated_gone) {
        output->gone = x2nrealloc(output->gone, &output->allocated_gone,
                                  sizeof *output->gone);
    }
    output->gone[output->n_gone++] = gone;
    split_answer_add(output, gone);
    user->answer = (struct split_answer) { .exists = false };
    smap_init(&user->answer.bad_addresses);
    sset_init(&user->answer.kept_addresses);
}

void
split_answer_add(struct split_output *output,
                 const struct split_answer *answer)
{
    if (output->n_answers >= output->allocated_answers) {
        output->answers = x2nrealloc(output->answers,
                                     &output->allocated_answers,
                                     sizeof *output->answers);
    }
    output->answers[output->n_answers++] = answer;
}

void
split_answer_copy(struct split_answer *dst, const struct split_answer *src)
{
    *dst = *src;
    dst->end_device = xstrdup(src->end_device);
    dst->vnic = nullable_xstrdup(src->vnic);
    dst->vn = xstrdup(src->vn);
    dst->port = xstrdup(src->port);
    dst->reason = xstrdup(src->reason);
    dst->vn_name = xstrdup(src->vn_name);
    smap_clone(&dst->bad_addresses, &src->bad_addresses);
    sset_clone(&dst->kept_addresses, &src->kept_addresses);
}

void
split_answer_uninit(struct split_answer *answer)
{
    free(answer->end_device);
    free(answer->vnic);
    free(answer->vn);
    free(answer->port);
    free(answer->reason);
    free(answer->vn_name);
    smap_destroy(&answer->bad_addresses);
    sset_destroy(&answer->kept_addresses);
}

static bool
answer_equals(const struct split_answer *a, const struct split_answer *b)
{
    return (a->connected == b->connected
            && a->state == b->state
            && a->outcome == b->outcome
            && a->vn_id == b->vn_id
            && a->tag == b->tag
            && a->claim_seq == b->claim_seq
            && !strcmp(a->port, b->port)
            && !strcmp(a->reason, b->reason)
            && !strcmp(a->vn_name, b->vn_name)
            && smap_equal(&a->bad_addresses, &b->bad_addresses)
            && sset_equals(&a->kept_addresses, &b->kept_addresses));
}

/* Moves 'src', which must not be used after this, to 'dst'. */
static void
answer_move(struct split_answer *dst, const struct split_answer *src)
{
    *dst = *src;
    hmap_moved(&dst->bad_addresses.map);
    hmap_moved(&dst->kept_addresses.map);
}

/* Makes '*answer' one that says nothing yet. */
static void
answer_init(const struct split_user *user, struct split_answer *answer)
{
    *answer = (struct split_answer) {
        .end_device = xstrdup(user->device),
        .vnic = nullable_xstrdup(user->vnic),
        .vn = xstrdup(user->vn),
        .port = xstrdup(user->port),
        .exists = true,
        .reason = xstrdup(""),
        .vn_name = xstrdup(""),
        .tag = TAG_NONE,
        .claim_seq = user->client_seq,
    };
    smap_init(&answer->bad_addresses);
    sset_init(&answer->kept_addresses);
}

/* Sets outcome and reason.  Takes ownership of 'reason', which may be NULL
 * for none. */
static void
say(struct split_answer *answer, enum split_outcome outcome, char *reason)
{
    answer->outcome = outcome;
    free(answer->reason);
    answer->reason = reason ? reason : xstrdup("");
}

/* Names the VN and the tag that the end device may use. */
static void
answer_vn(const struct split_user *user, struct split_answer *answer)
{
    const struct split_vn_row *row = shash_find_data(&user->split->vns,
                                                     user->vap->vn);

    free(answer->vn_name);
    answer->vn_name = xstrdup(user->vap->vn);
    answer->vn_id = row ? row->vn_id : 0;
    answer->tag = user->vap->tag;
}

static void
answer_connection(const struct split_user *user, struct split_answer *answer)
{
    if (user->vap) {
        answer->connected = true;
        answer_vn(user, answer);
        say(answer, SPLIT_DONE, NULL);
    } else if (user->waits) {
        say(answer, SPLIT_PENDING, xstrdup(user->waits));
    } else {
        say(answer, user->withdrawn ? SPLIT_WITHDRAWN : SPLIT_REFUSED,
            xstrdup(user->error));
    }
}

static void
answer_request(const struct split_user *user, struct split_answer *answer)
{
    enum split_outcome no = user->withdrawn ? SPLIT_WITHDRAWN : SPLIT_REFUSED;

    answer->state = user->state;
    if (user->state != TSI_INIT && user->vap) {
        answer_vn(user, answer);
    }
    switch (user->role) {
    case SPLIT_ROLE_NONE:
    case SPLIT_ROLE_FAILED:
        say(answer, no, xstrdup(user->error));
        break;
    case SPLIT_ROLE_BLOCKED:
        say(answer, no, name_holder(user, "the VNIC is at end device"));
        break;
    case SPLIT_ROLE_MOVED:
        say(answer, no, name_holder(user, "the VNIC moved to end device"));
        break;
    case SPLIT_ROLE_RESERVED:
        if (user->state == user->wanted) {
            say(answer, SPLIT_DONE, NULL);
        } else {
            say(answer, SPLIT_PENDING,
                name_holder(user, "the VNIC is still at end device"));
        }
        break;
    case SPLIT_ROLE_HOLDER:
        answer_holder(user, answer);
        break;
    default:
        OVS_NOT_REACHED();
    }
    if (user->role != SPLIT_ROLE_NONE && !smap_is_empty(&user->bad)) {
        smap_destroy(&answer->bad_addresses);
        smap_clone(&answer->bad_addresses, &user->bad);
        if (answer->outcome == SPLIT_DONE) {
            say(answer, SPLIT_REFUSED, xstrdup("some addresses are bad"));
        }
    }
}

static void
answer_holder(const struct split_user *user, struct split_answer *answer)
{
    const struct split_place *place = user->place;
    const char *reason = place->reason && place->reason[0] ? place->reason
                         : NULL;

    if (user->hold_until) {
        say(answer, SPLIT_HELD,
            xstrdup("kept until the VNIC arrives elsewhere"));
        for (size_t i = 0; !user->row && i < user->n_good; i++) {
            sset_add(&answer->kept_addresses, user->good[i]);
        }
    } else if (place->verdict == NVED_STATE_REFUSED) {
        say(answer, user->withdrawn ? SPLIT_WITHDRAWN : SPLIT_REFUSED,
            xstrdup(reason ? reason : "the nDirector gives no reason"));
    } else if (place->verdict == NVED_STATE_PENDING) {
        say(answer, SPLIT_PENDING,
            xstrdup(reason ? reason : "waits for the nDirector"));
    } else if (user->state == user->wanted) {
        /* Some addresses may be another VNIC's: the reason names them. */
        say(answer, SPLIT_DONE, nullable_xstrdup(reason));
    } else {
        say(answer, user->withdrawn ? SPLIT_WITHDRAWN : SPLIT_PENDING,
            xstrdup(reason ? reason : "the nDirector has not activated it"));
    }
}

/* Returns a new message: 'what', then who holds the VNIC. */
static char *
name_holder(const struct split_user *user, const char *what)
{
    const struct split_user *holder = user->place->holder;

    return xasprintf("%s \"%s\", access port \"%s\"", what, holder->device,
                     holder->port);
}
