/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Random schedules of three end devices that want two VNICs, against a naive
 * model of who holds them; and with more tags asked for than there are, the
 * invariants of tags.
 *
 *     SPLIT_SEED=N     begin with seed N instead of the time
 *     SPLIT_TRACE=1    show each step of the first kind of schedule */

#include <config.h>

#include "ovs-ext/split.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "random.h"
#include "tests/unit/ovs-ext/split-rig.h"
#include "util.h"

void suite_split_random(void);

#define N_DEVICES 3
#define N_VNICS 2

static const char *const devices[N_DEVICES] = { "hv1", "hv2", "hv3" };
static const char *const ports[N_DEVICES] = { "p1", "p2", "p4" };
static const char *const vnics[N_VNICS] = { "n0", "n1" };

/* What one end device asks of one VNIC. */
struct naive_request {
    bool row;                   /* Does the row exist? */
    bool in;                    /* Does it count, or is it held? */
    enum tsi_state wanted;
    char migration;             /* As in rig_ask(). */
    bool moved;
    bool spent;
    long long int hold;         /* Until when; 0: not held. */
    enum tsi_state state;
};

struct naive_vnic {
    struct naive_request requests[N_DEVICES];
    int holder;                 /* -1: none. */
    bool active;                /* Is the claim's state activated? */
};

struct naive {
    struct naive_vnic vnics[N_VNICS];
    bool enabled[N_DEVICES];
    long long int now;
};

static void
naive_clear(struct naive_vnic *v, int i)
{
    v->requests[i] = (struct naive_request) { .row = false };
    if (v->holder == i) {
        v->holder = -1;
    }
}

/* Returns true if device 'i' leaves 'v' in a way that is held. */
static bool
naive_departs(const struct naive_vnic *v, int i)
{
    const struct naive_request *r = &v->requests[i];

    return (v->holder == i && v->active && r->migration == '>' && !r->spent
            && r->state != TSI_INIT
            && (!r->row || r->wanted == TSI_ASSOCIATED));
}

static bool
naive_better(const struct naive_vnic *v, int a, int b)
{
    const struct naive_request *x = &v->requests[a];
    const struct naive_request *y = &v->requests[b];
    int rank_x = ((x->hold ? 1000 : 0) + (int) x->state * 100
                  + (x->moved ? 0 : 10) + (int) x->wanted);
    int rank_y = ((y->hold ? 1000 : 0) + (int) y->state * 100
                  + (y->moved ? 0 : 10) + (int) y->wanted);

    return rank_x != rank_y ? rank_x > rank_y : a < b;
}

static void
naive_elect(struct naive_vnic *v)
{
    int old = v->holder;
    int best = -1;

    for (int i = 0; i < N_DEVICES; i++) {
        const struct naive_request *r = &v->requests[i];
        bool may = r->in;

        if (old >= 0) {
            may = (may && i != old && r->row && !r->moved
                   && r->wanted == TSI_ACTIVATED
                   && (r->migration == '<' || v->requests[old].hold));
        }
        if (may && (best < 0 || naive_better(v, i, best))) {
            best = i;
        }
    }
    if (best < 0) {
        return;
    }
    v->holder = best;
    v->requests[best].moved = false;
    if (old >= 0) {
        v->requests[old].hold = 0;
        v->requests[old].moved = true;
        if (!v->requests[old].row) {
            naive_clear(v, old);
        }
    }
}

static void
naive_settle(struct naive *naive, struct naive_vnic *v)
{
    for (int i = 0; i < N_DEVICES; i++) {
        struct naive_request *r = &v->requests[i];

        if (r->hold && r->hold <= naive->now) {
            r->hold = 0;
            r->spent = true;
            if (!r->row) {
                naive_clear(v, i);
                continue;
            }
        }
        if (!r->row && !r->hold) {
            if (naive_departs(v, i)) {
                r->hold = naive->now + 1000;
            } else {
                naive_clear(v, i);
                continue;
            }
        }
        if (r->row) {
            if (r->wanted == TSI_ACTIVATED || r->migration != '>') {
                r->spent = false;
                r->hold = 0;
            } else if (!r->hold && naive_departs(v, i)) {
                r->hold = naive->now + 1000;
            }
            r->in = naive->enabled[i];
            if (!r->in) {
                r->hold = 0;
                r->state = TSI_INIT;
                if (v->holder == i) {
                    v->holder = -1;
                }
            }
        }
    }
    naive_elect(v);
    for (int i = 0; i < N_DEVICES; i++) {
        struct naive_request *r = &v->requests[i];

        if (i == v->holder) {
            v->active = r->wanted == TSI_ACTIVATED || r->hold;
            r->state = r->row ? r->wanted : r->state;
        } else {
            r->state = (r->in && !r->moved
                        && (r->migration == '<'
                            || v->requests[v->holder].hold)
                        ? TSI_ASSOCIATED : TSI_INIT);
        }
    }
    v->active = v->active && v->holder >= 0;
}

static void
naive_check(const struct naive *naive, struct rig *b)
{
    for (int i = 0; i < N_VNICS; i++) {
        const struct naive_vnic *v = &naive->vnics[i];
        const struct nved_claim *c = split_first_claim(b->split, vnics[i]);

        CU_ASSERT_EQUAL_FATAL(!c, v->holder < 0);
        if (c) {
            CU_ASSERT_STRING_EQUAL_FATAL(c->port, ports[v->holder]);
            CU_ASSERT_EQUAL_FATAL(c->activate, v->active);
            CU_ASSERT_PTR_NULL_FATAL(c->next);
        }
        for (int j = 0; j < N_DEVICES; j++) {
            const struct naive_request *r = &v->requests[j];
            const char *text = rig_answer(b, devices[j], vnics[i]);

            CU_ASSERT_EQUAL_FATAL(!text, !r->row && !r->hold);
            if (text) {
                const char *state = tsi_state_to_string(r->state);

                CU_ASSERT_FATAL(!strncmp(text, state, strlen(state)));
                CU_ASSERT_EQUAL_FATAL(strstr(text, " held") != NULL,
                                      r->hold != 0);
                CU_ASSERT_EQUAL_FATAL(strstr(text, "tag=") != NULL,
                                      r->state != TSI_INIT);
            }
        }
    }
}

/* Shows what the model and the core think after a step. */
static void
naive_trace(const struct naive *naive, struct rig *b)
{
    printf("%lld\n", naive->now);
    for (int i = 0; i < N_VNICS; i++) {
        const struct naive_vnic *v = &naive->vnics[i];

        for (int j = 0; j < N_DEVICES; j++) {
            const struct naive_request *r = &v->requests[j];
            const char *text = rig_answer(b, devices[j], vnics[i]);

            printf("  %s %s%s: %d wants %s %c%s%s until %lld: %s | %s\n",
                   vnics[i], devices[j], v->holder == j ? "*" : "", r->row,
                   tsi_state_to_string(r->wanted),
                   r->migration ? r->migration : '.',
                   r->moved ? " moved" : "", r->spent ? " spent" : "",
                   r->hold, tsi_state_to_string(r->state),
                   text ? text : "none");
        }
    }
}

/* Does something, in both worlds. */
static void
random_step(struct naive *naive, struct rig *b)
{
    int vnic = random_range(N_VNICS);
    int device = random_range(N_DEVICES);
    struct naive_request *r = &naive->vnics[vnic].requests[device];
    int what = random_range(20);

    if (what < 12) {
        char migration = " -<>"[random_range(4)];
        bool activate = random_range(3);
        char state[8];

        snprintf(state, sizeof state, "%s%c", activate ? "act" : "assoc",
                 migration);
        r->row = true;
        r->wanted = activate ? TSI_ACTIVATED : TSI_ASSOCIATED;
        r->migration = migration;
        r->moved = r->moved && activate;
        rig_ask(b, devices[device], vnics[vnic], "red", ports[device],
                  state);
    } else if (what < 16) {
        r->row = false;
        rig_end(b, devices[device], vnics[vnic], "red");
    } else if (what < 19) {
        naive->now += random_range(700);
        b->now = naive->now;
    } else {
        naive->enabled[device] = !naive->enabled[device];
        split_put_end_device(b->split, &(struct split_end_device) {
            .name = devices[device], .enabled = naive->enabled[device],
            .vnic_quota = SPLIT_UNSET, .vn_quota = SPLIT_UNSET });
    }
}

static uint32_t
get_seed(void)
{
    const char *s = getenv("SPLIT_SEED");
    uint32_t seed = s ? (uint32_t) strtoul(s, NULL, 10)
                    : (uint32_t) time(NULL) | 1;

    printf(" SPLIT_SEED=%u ", seed);
    random_set_seed(seed);
    return seed;
}

static void
test_holders(void)
{
    struct naive naive = { .enabled = { true, true, true }, .now = 10000 };
    bool trace = getenv("SPLIT_TRACE") != NULL;
    struct rig rig;

    get_seed();
    rig_init(&rig);
    for (int i = 0; i < N_VNICS; i++) {
        naive.vnics[i].holder = -1;
    }
    for (int step = 0; step < 10000; step++) {
        random_step(&naive, &rig);
        rig_run(&rig);
        for (int i = 0; i < N_VNICS; i++) {
            naive_settle(&naive, &naive.vnics[i]);
        }
        if (trace) {
            naive_trace(&naive, &rig);
        }
        naive_check(&naive, &rig);
    }
    rig_uninit(&rig);
}

/* When a tag last meant a VN, on the segment with few tags. */
struct last_use {
    char vn[8];
    long long int until;
};

#define N_VNS 5

static void
check_tags(struct rig *b, struct last_use uses[4])
{
    struct tag_line *lines;
    size_t n = split_list_tags(b->split, "blade", &lines);

    for (size_t i = 0; i < n; i++) {
        struct last_use *use = &uses[lines[i].tag == 299 ? 3
                                    : lines[i].tag - 200];

        CU_ASSERT_FATAL(lines[i].tag == 200 || lines[i].tag == 201
                        || lines[i].tag == 299);
        if (lines[i].use != TAG_USED) {
            continue;
        }
        CU_ASSERT_FATAL(!use->vn[0] || !strcmp(use->vn, lines[i].vn)
                        || use->until + 500 <= b->now);
        ovs_strlcpy(use->vn, lines[i].vn, sizeof use->vn);
        use->until = b->now;
        for (size_t j = 0; j < i; j++) {
            CU_ASSERT_FATAL(lines[j].use != TAG_USED
                            || strcmp(lines[j].vn, lines[i].vn));
        }
    }
    free(lines);
}

/* Every claim on the segment has the tag that the book has for its VN. */
static void
check_claim_tags(struct rig *b)
{
    struct sset names = SSET_INITIALIZER(&names);
    struct tag_line *lines;
    size_t n = split_list_tags(b->split, "blade", &lines);
    const char *name;

    split_all_vnics(b->split, &names);
    SSET_FOR_EACH (name, &names) {
        for (const struct nved_claim *c = split_first_claim(b->split, name);
             c; c = c->next) {
            bool found = false;

            for (size_t i = 0; i < n; i++) {
                found |= (lines[i].use == TAG_USED && lines[i].tag == c->tag
                          && !strcmp(lines[i].vn, c->vn));
            }
            CU_ASSERT_FATAL(found);
        }
    }
    sset_destroy(&names);
    free(lines);
}

static void
random_tag_step(struct rig *b)
{
    static const char *const names[N_VNS] = { "red", "blue", "v3", "v4",
                                              "v5" };
    const char *device = devices[random_range(N_DEVICES)];
    const char *port = random_range(2) ? "p4" : "p5";
    const char *vn = names[random_range(N_VNS)];
    const char *vnic = vnics[random_range(N_VNICS)];

    switch (random_range(8)) {
    case 0:
        rig_connect(b, device, port, vn, random_range(3) ? SPLIT_UNSET
                      : random_range(2) ? 299 : 200);
        break;
    case 1:
    case 2:
        rig_disconnect(b, device, port, vn);
        break;
    case 3:
    case 4:
        rig_ask(b, device, vnic, vn, port, random_range(2) ? "act" : "act<");
        break;
    case 5:
    case 6:
        rig_end(b, device, vnic, vn);
        break;
    default:
        b->now += random_range(200);
        break;
    }
}

static void
test_tags(void)
{
    struct last_use uses[4] = { { .until = 0 } };
    struct rig rig;

    get_seed();
    rig_init(&rig);
    for (int i = 3; i <= N_VNS; i++) {
        char name[3] = { 'v', (char) ('0' + i), '\0' };

        split_put_vn(rig.split, &(struct split_vn) {
            .name = name, .tenant = "", .vn_id = (uint32_t) (10 + i) });
    }
    for (int step = 0; step < 10000; step++) {
        random_tag_step(&rig);
        check_tags(&rig, uses);  /* Until when they were used. */
        rig_run(&rig);
        check_tags(&rig, uses);
        check_claim_tags(&rig);
    }
    rig_uninit(&rig);
}

void
suite_split_random(void)
{
    CU_pSuite suite = CU_add_suite("ovs-ext/split-random", NULL, NULL);

    CU_add_test(suite, "holders", test_holders);
    CU_add_test(suite, "tags", test_tags);
}
