/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-external.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-ext/nved-claims.h"
#include "ovs-ext/nved-flows.h"
#include "ovs-ext/nved-hyp.h"
#include "ovs-ext/nved-local.h"
#include "ovs-ext/nved-nvo3.h"
#include "ovs-ext/nved-report.h"
#include "ovs-ext/nved-wants.h"
#include "ovs-ext/split.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nved_external);

/* For how long after the start it is not said that something is missing. */
#define START_MS 2000

/* Is all known that the tag book is made from at the start? */
enum book {
    BOOK_UNKNOWN,
    BOOK_FLOWS,                 /* The flows are being read. */
    BOOK_KNOWN,
};

struct nved_external {
    char *remote;
    char *bridge;
    const struct nved_local *local; /* Borrowed. */
    enum book book;
    struct nved_flows *flows;   /* Not restored yet; or NULL. */
    struct sset kept;           /* VNICs that may still be asked for. */
    long long int keep_until;   /* Until then; time_msec(). */
    struct nved_hyp *hyp;
    struct split *split;
    struct split_output output; /* Not written yet. */
    bool running;               /* Does the clock go? */
    long long int clock;        /* Of the core, in ms. */
    long long int last;         /* time_msec() at that time. */
    long long int started;      /* time_msec(). */
};

static bool is_starting(const struct nved_external *);
static bool read_book(struct nved_external *);
static void restore(struct nved_external *, const struct nved_nvo3 *);
static void set_locals(struct nved_external *, const struct nved_claims *,
                       const struct sset *vnics);
static void resolve(struct nved_external *, struct nved_nvo3 *,
                    struct sset *vnics);
static void decide(struct nved_external *, const struct nved_nvo3 *,
                   const struct nved_claim_source *, struct sset *vnics);
static void put_verdicts(struct nved_external *, const struct nved_nvo3 *,
                         const struct nved_claim_source *, const char *vnic);

struct nved_external *
nved_external_create(const char *remote, const char *bridge,
                     const struct nved_local *local)
{
    const struct split_config config = SPLIT_CONFIG_DEFAULT;
    struct nved_external *e = xzalloc(sizeof *e);

    e->remote = xstrdup(remote);
    e->bridge = xstrdup(bridge);
    e->local = local;
    e->hyp = nved_hyp_create(remote);
    e->split = split_create(&config);
    split_output_init(&e->output);
    sset_init(&e->kept);
    e->clock = e->last = e->started = time_msec();
    return e;
}

void
nved_external_destroy(struct nved_external *e)
{
    if (e) {
        split_output_uninit(&e->output);
        split_destroy(e->split);
        nved_hyp_destroy(e->hyp);
        nved_flows_destroy(e->flows);
        sset_destroy(&e->kept);
        free(e->remote);
        free(e->bridge);
        free(e);
    }
}

const char *
nved_external_remote(const struct nved_external *e)
{
    return e->remote;
}

struct nved_wants *
nved_external_wants(struct nved_external *e)
{
    return nved_hyp_wants(e->hyp);
}

void
nved_external_run(struct nved_external *e, struct nved_nvo3 *nvo3,
                  const struct nved_claims *local,
                  const struct nved_claim_source *source, struct sset *vnics)
{
    const long long int now = time_msec();

    e->clock += e->running ? now - e->last : 0;
    e->last = now;
    e->running = !nved_nvo3_obstacle(nvo3);

    nved_hyp_run(e->hyp, e->split);
    set_locals(e, local, vnics);
    resolve(e, nvo3, vnics);
    if (now >= e->keep_until) {
        sset_clear(&e->kept);
    }
    decide(e, nvo3, source, vnics);
}

void
nved_external_write(struct nved_external *e, const char *nve,
                    const char *status)
{
    const struct nved_hyp_status row = { nve, status };

    nved_hyp_write(e->hyp, e->split, &e->output,
                   is_starting(e) ? NULL : &row);
}

void
nved_external_wait(struct nved_external *e)
{
    long long int deadline = split_deadline(e->split);

    nved_hyp_wait(e->hyp);
    if (e->running && deadline != LLONG_MAX) {
        poll_timer_wait_until(e->last + MAX(0, deadline - e->clock));
    }
    if (e->book == BOOK_FLOWS) {
        nved_flows_wait(e->flows);
    }
    if (!sset_is_empty(&e->kept)) {
        poll_timer_wait_until(e->keep_until);
    }
    if (is_starting(e)) {
        poll_timer_wait_until(e->started + START_MS);
    }
}

bool
nved_external_leave(struct nved_external *e)
{
    return nved_hyp_leave(e->hyp);
}

bool
nved_external_is_ready(const struct nved_external *e)
{
    return split_is_ready(e->split);
}

const struct nved_claim *
nved_external_first_claim(const struct nved_external *e, const char *vnic)
{
    return split_first_claim(e->split, vnic);
}

bool
nved_external_may_claim(const struct nved_external *e, const char *vnic)
{
    const struct nved_claim *c;

    if (sset_contains(&e->kept, vnic)) {
        return false;
    }
    for (c = split_first_claim(e->split, vnic); c; c = c->next) {
        if (!nved_hyp_has_tag(e->hyp, c->port, c->vn, c->tag)) {
            return false;
        }
    }
    return true;
}

void
nved_external_all_claims(const struct nved_external *e, struct sset *vnics)
{
    split_all_vnics(e->split, vnics);
}

const char *
nved_external_problem(const struct nved_external *e)
{
    return nved_hyp_problem(e->hyp);
}

/* Returns true as long as it is normal that not all is known. */
static bool
is_starting(const struct nved_external *e)
{
    return (!split_is_ready(e->split)
            && time_msec() < e->started + START_MS);
}

/* Tells the core which of 'vnics' are at interfaces of this host. */
static void
set_locals(struct nved_external *e, const struct nved_claims *local,
           const struct sset *vnics)
{
    const char *vnic;

    SSET_FOR_EACH (vnic, vnics) {
        const struct nved_claim *claim = nved_claims_first(local, vnic);

        split_set_local(e->split, vnic, claim ? claim->port : NULL);
    }
}

/* Lets the core have what requests name, if that is known. */
static void
resolve(struct nved_external *e, struct nved_nvo3 *nvo3, struct sset *vnics)
{
    bool book = nved_hyp_is_known(e->hyp) && read_book(e);
    bool known = nved_nvo3_feed(nvo3, e->split);

    if (!nved_hyp_is_known(e->hyp)) {
        return;
    }
    nved_hyp_resolve(e->hyp, e->split, known ? NULL
                     : nved_nvo3_obstacle(nvo3)
                     ? "no connection to the NVO3 database"
                     : "the NVO3 database is being asked");
    if (known && book && !split_is_ready(e->split)) {
        if (e->flows) {
            restore(e, nvo3);
        }
        VLOG_INFO("serving end devices");
        split_set_ready(e->split);
        nved_hyp_write_all(e->hyp);
        nved_nvo3_all_claims(nvo3, vnics);
    }
}

/* The tag book. */

/* Adds what the flows name to the VNs that are wanted, or takes it out. */
static void
count_flows(struct nved_external *e,
            void (*count)(struct nved_wants *, const char *, const char *))
{
    for (size_t i = 0; i < e->flows->n; i++) {
        char *id = xasprintf("id:%"PRIu32, e->flows->tags[i].vn_id);

        count(nved_hyp_wants(e->hyp), id, NULL);
        free(id);
    }
}

static void
restore_claim(void *e_, const struct nved_claim *claim)
{
    struct nved_external *e = e_;

    if (claim->tag != NVED_NO_TAG) {
        nved_hyp_restore_tag(e->hyp, e->split, claim->port, claim->vn,
                             claim->tag);
        sset_add(&e->kept, claim->vnic);
    }
}

static void
restore_flow(struct nved_external *e, const struct nved_nvo3 *nvo3,
             const struct nved_flow_tag *flow)
{
    const char *port = nved_local_ofport_name(e->local, e->bridge,
                                              (OVS_FORCE uint16_t)
                                              flow->port);
    const char *vn = nved_nvo3_vn_name(nvo3, flow->vn_id);
    char *name = vn ? xstrdup(vn) : xasprintf("id:%"PRIu32, flow->vn_id);

    if (port) {
        nved_hyp_restore_tag(e->hyp, e->split, port, name, flow->tag);
    }
    free(name);
}

/* Restores what claims and flows say, and keeps the claims for a while. */
static void
restore(struct nved_external *e, const struct nved_nvo3 *nvo3)
{
    nved_nvo3_list_claims(nvo3, restore_claim, e);
    for (size_t i = 0; i < e->flows->n; i++) {
        restore_flow(e, nvo3, &e->flows->tags[i]);
    }
    count_flows(e, nved_wants_drop);
    nved_flows_destroy(e->flows);
    e->flows = NULL;
    e->keep_until = time_msec() + nved_hyp_hold_ms(e->hyp);
    if (!sset_is_empty(&e->kept)) {
        VLOG_WARN("the Hypervisor_NVE database is new, but there are claims: "
                  "these stay for %lld ms, to be asked for again",
                  nved_hyp_hold_ms(e->hyp));
    }
}

/* Reads the flows, if the database has no tag book; their VNs are then wanted.
 * Returns true once that is done. */
static bool
read_book(struct nved_external *e)
{
    if (e->book == BOOK_UNKNOWN) {
        if (nved_hyp_was_new(e->hyp)) {
            e->flows = nved_flows_create(e->bridge);
            e->book = BOOK_FLOWS;
        } else {
            e->book = BOOK_KNOWN;
        }
    }
    if (e->book == BOOK_FLOWS && nved_flows_run(e->flows)) {
        count_flows(e, nved_wants_add);
        e->book = BOOK_KNOWN;
    }
    return e->book == BOOK_KNOWN;
}

/* Returns a number that changes with each change of a claim. */
static uint64_t
count_claim_changes(const struct split *split)
{
    struct split_counters c = split_get_counters(split);

    return c.claims_added + c.claims_changed + c.claims_removed;
}

/* Lets the core decide.  A claim that it wants may be in the NVO3 database
 * already, with the verdict: it has that before anything is written. */
static void
decide(struct nved_external *e, const struct nved_nvo3 *nvo3,
       const struct nved_claim_source *source, struct sset *vnics)
{
    uint64_t n_changes;
    const char *vnic;

    do {
        SSET_FOR_EACH (vnic, vnics) {
            put_verdicts(e, nvo3, source, vnic);
        }
        n_changes = count_claim_changes(e->split);
        split_run(e->split, e->clock, &e->output);
        SSET_FOR_EACH (vnic, &e->output.vnics) {
            sset_add(vnics, vnic);
            sset_find_and_delete(&e->kept, vnic);
        }
        sset_clear(&e->output.vnics);
    } while (count_claim_changes(e->split) != n_changes);
}

/* Puts the verdict on 'claim', which 'facts' tell of. */
static void
put_verdict(struct nved_external *e, const struct nved_nvo3 *nvo3,
            const struct nved_claim *claim, const struct nved_facts *facts)
{
    const struct nved_binding *binding = NULL;
    struct split_verdict verdict = {
        .vnic = claim->vnic,
        .vn = claim->vn,
        .state = NVED_STATE_PENDING,
        .reason = "",
    };

    if (facts->known && facts->sent) {
        verdict.state = nved_facts_get_state(facts, &binding);
    }
    if (nved_nvo3_is_leaving(nvo3)) {
        verdict.state = NVED_STATE_REFUSED;
    }
    if (binding) {
        verdict.reason = binding->reason;
    } else if (facts->obstacle) {
        verdict.reason = facts->obstacle;
    }
    split_put_verdict(e->split, &verdict);
}

static void
put_verdicts(struct nved_external *e, const struct nved_nvo3 *nvo3,
             const struct nved_claim_source *source, const char *vnic)
{
    const struct nved_claim *claim;

    for (claim = split_first_claim(e->split, vnic); claim;
         claim = claim->next) {
        struct nved_facts facts = {
            .judgement = { .verdict = NVED_CLAIMED, .claim = claim },
        };
        struct nved_binding *bindings
            = nved_nvo3_get_facts(nvo3, source, &facts);

        put_verdict(e, nvo3, claim, &facts);
        free(bindings);
    }
}

/* For people. */

static int
compare_answers(const void *a_, const void *b_)
{
    const struct split_answer *a = *(const struct split_answer *const *) a_;
    const struct split_answer *b = *(const struct split_answer *const *) b_;
    int cmp = strcmp(a->end_device, b->end_device);

    if (!cmp) {
        cmp = strcmp(a->vnic ? a->vnic : "", b->vnic ? b->vnic : "");
    }
    if (!cmp) {
        cmp = strcmp(a->vn, b->vn);
    }
    return cmp ? cmp : strcmp(a->port, b->port);
}

static void
format_answer(const struct split_answer *a, struct ds *s)
{
    ds_put_format(s, "    %s: ", a->end_device);
    if (a->vnic) {
        ds_put_format(s, "VNIC %s, ", a->vnic);
    }
    ds_put_format(s, "VN %s, access port %s, %s, %s",
                  a->vn[0] ? a->vn : "as registered", a->port,
                  a->vnic ? tsi_state_to_string(a->state)
                  : a->connected ? "connected" : "disconnected",
                  split_outcome_to_string(a->outcome));
    if (a->tag != TAG_NONE) {
        ds_put_format(s, ", tag %d", a->tag);
    }
    ds_put_format(s, "%s%s\n", a->reason[0] ? ": " : "", a->reason);
}

static void
format_segment(const struct nved_external *e, const char *segment,
               struct ds *s)
{
    struct tag_line *lines;
    size_t n = split_list_tags(e->split, segment, &lines);

    for (size_t i = 0; i < n; i++) {
        ds_put_format(s, "    segment %s, tag %d: VN %s%s\n", segment,
                      lines[i].tag, lines[i].vn,
                      lines[i].use == TAG_QUARANTINED ? ", resting" : "");
    }
    free(lines);
}

void
nved_external_format(const struct nved_external *e, struct ds *s)
{
    const struct nved_db *db = nved_hyp_db(e->hyp);
    struct split_counters c = split_get_counters(e->split);
    struct split_output all;
    const char **segments;
    size_t n;

    ds_put_format(s, "Hypervisor_NVE database: %s, %s, %"PRIu64
                  " transactions, %"PRIu64" failed\n", e->remote,
                  nved_db_is_connected(db) ? "connected" : "not connected",
                  db->n_committed, db->n_failed);
    if (db->error) {
        ds_put_format(s, "    last transaction refused: %s\n", db->error);
    }
    ds_put_format(s, "    %"PRIu64" moves, %"PRIu64" holds, %"PRIu64
                  " refusals\n", c.moves, c.holds, c.refusals);
    split_output_init(&all);
    split_all_answers(e->split, &all);
    if (all.n_answers) {
        qsort(all.answers, all.n_answers, sizeof *all.answers,
              compare_answers);
    }
    ds_put_format(s, "end devices%s:\n",
                  split_is_ready(e->split) ? "" : " (not served yet)");
    for (size_t i = 0; i < all.n_answers; i++) {
        format_answer(all.answers[i], s);
    }
    ds_put_cstr(s, "tags:\n");
    n = sset_count(&all.segments);
    segments = sset_sort(&all.segments);
    for (size_t i = 0; i < n; i++) {
        format_segment(e, segments[i], s);
    }
    free(segments);
    split_output_uninit(&all);
}
