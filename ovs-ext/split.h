/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef SPLIT_H
#define SPLIT_H 1

/* The external NVE's half of the Hypervisor-to-NVE protocol (RFC 8394, draft
 * kreeger-nvo3-hypervisor-nve-cp), as a pure decision: in go the rows of the
 * database Hypervisor_NVE, of the NVO3 database, and the time; out come the
 * VNIC_Claims that there should be (struct nved_claim, as from the embedded
 * role's nved-claims.h) and the answers to the end devices.
 *
 *     split_put_request(split, &request);      // for each changed row
 *     split_remove_connection(split, "hv1", "eth1", "red");
 *     split_put_verdict(split, &verdict);
 *     ...
 *     split_run(split, time_msec(), &output);  // once per batch
 *     SSET_FOR_EACH (vnic, &output.vnics) {
 *         for (c = split_first_claim(split, vnic); c; c = c->next) {
 *             ... nved_claim_diff(c, what the NVO3 database has) ...
 *         }
 *     }
 *     for (i = 0; i < output.n_answers; i++) { ... write it ... }
 *     poll_timer_wait_until(split_deadline(split));
 *
 * Start: put all rows, and split_restore_tag() and split_restore_answer()
 * what this NVE wrote before; then split_set_ready() as soon as the NVO3
 * database is known to be complete.  Until then nothing is granted or
 * withdrawn, and no claim may be written or deleted.
 *
 * Rules:
 *
 *   - A request is refused, with a reason, if its end device, access port,
 *     VN, names, addresses, tags or quota forbid it.  It then holds nothing.
 *   - Several end devices may ask for the same VNIC in the same VN: one holds
 *     it, and its port and tag are in the one claim.  Who was first stays.
 *   - A request with migration "arriving" is prepared beside the holder
 *     (Associated), and becomes the holder when it asks to be activated.
 *     Nothing but port and tag of the claim changes.
 *   - The holder that departs with migration "departing" leaves the claim as
 *     it is, until somebody else asks to activate, or hold_ms have passed.
 *     If it departs otherwise and nobody waits, the claim is removed.
 *   - A holder that was moved away from is withdrawn, and does not get the
 *     VNIC back before it has asked for less than to be activated, or the
 *     new holder has gone.
 *   - An update with bad addresses leaves these out, and keeps the state.
 *   - A VNIC that the NVE's own interfaces have (split_set_local()) is theirs
 *     in all VNs: requests for it are refused.
 *   - A tag belongs to a VN as long as it has a user on the segment
 *     (tag-book.h).
 *   - A request of which it is not known yet what it names ('waits') is
 *     pending; what was answered to it before stands until more is known.
 *
 * The cost of a change is that of the rows concerned.
 *
 * Ownership: the caller's strings are copied; what is returned is valid until
 * the next split_run() or split_destroy().  Threads: single-threaded. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ovs-ext/nved-claims.h"
#include "ovs-ext/nved-report.h"
#include "ovs-ext/tag-book.h"
#include "ovs-ext/tsi.h"
#include "smap.h"
#include "sset.h"

struct split;

/* No limit; no value. */
#define SPLIT_UNSET (-1)

struct split_config {
    long long int hold_ms;      /* After a departure, for the arrival. */
    long long int quarantine_ms; /* Before a tag changes its VN. */
    bool implicit_migration;    /* Does a request of which it is not known
                                 * whether the VM migrates wait for the
                                 * holder, instead of being refused? */
};
#define SPLIT_CONFIG_DEFAULT { 30000, 60000, false }

/* What operators wrote. */

struct split_end_device {
    const char *name;
    bool enabled;
    const struct sset *ports;   /* That it may use; NULL or empty: any. */
    const struct sset *tenants; /* Whose VNs; NULL or empty: any. */
    const struct sset *vnics;   /* That it may have; NULL or empty: any. */
    int64_t vnic_quota;         /* SPLIT_UNSET: none. */
    int64_t vn_quota;           /* Of VN_Connections; SPLIT_UNSET: none. */
};

struct split_access_port {
    const char *name;
    const char *segment;        /* "": the segment of its own name. */
    const char *tags;           /* Pool, if there is no such segment;
                                 * "": all tags. */
    bool enabled;
};

struct split_segment {
    const char *name;
    const char *tags;           /* Pool; "": all tags. */
    const char *request_tags;   /* More, but only for those who ask. */
};

/* What the NVO3 database says. */

struct split_vn {
    const char *name;
    const char *tenant;         /* "" for none. */
    uint32_t vn_id;             /* 0: none yet. */
    const char *error;          /* Why it is refused, or NULL. */
};

/* The nDirector's Binding, in the VN that the claim names, if it answers the
 * claim as it is wanted now; NVED_STATE_PENDING if none does. */
struct split_verdict {
    const char *vnic;
    const char *vn;
    enum nved_state state;
    const char *reason;         /* "" if there is none. */
};

/* What end devices ask for. */

struct split_connection {
    const char *end_device;
    const char *port;
    const char *vn;             /* VN Name, or "id:" and a VN ID. */
    int64_t tag_request;        /* SPLIT_UNSET: any. */
    int64_t client_seq;
    const char *waits;          /* Why the VN may be there although it is not
                                 * known, or NULL. */
};

struct split_request {
    const char *end_device;
    const char *vnic;
    const char *vn;             /* As above; "": where it is registered. */
    const char *port;
    const char *const *addresses; /* Each "MAC [IP...]". */
    size_t n_addresses;
    bool activate;              /* Else only associate. */
    enum tsi_migration migration;
    int64_t guest_tag;          /* The VNIC's own tag for the VN, if it is a
                                 * trunk; SPLIT_UNSET: none. */
    int64_t client_seq;
    const char *waits;          /* As above. */
};

/* What the NVE answers. */

enum split_outcome {
    SPLIT_PENDING,              /* The reason says what is waited for. */
    SPLIT_DONE,                 /* The state is the one asked for. */
    SPLIT_REFUSED,              /* It will not be; the reason says why. */
    SPLIT_HELD,                 /* Departed; kept for the arrival. */
    SPLIT_WITHDRAWN,            /* The NVE lowered the state by itself. */
};

struct split_answer {
    char *end_device;
    char *vnic;                 /* NULL: answers a VN_Connection. */
    char *vn;                   /* As asked for. */
    char *port;
    bool exists;                /* False: there is no longer one. */
    bool connected;             /* Of a VN_Connection (figure 5). */
    enum tsi_state state;       /* Of a VNIC_Request (figure 6). */
    enum split_outcome outcome;
    char *reason;               /* "" if there is none. */
    char *vn_name;              /* The VN Name, "" if it is not known. */
    uint32_t vn_id;             /* 0 if it is not known. */
    int tag;                    /* TAG_NONE: none to be used. */
    struct smap bad_addresses;  /* Not in effect: address -> why. */
    struct sset kept_addresses; /* SPLIT_HELD only: in effect. */
    int64_t claim_seq;          /* client_seq of what is answered. */
};

/* What split_run() changed. */
struct split_output {
    struct sset vnics;          /* VNICs with other claims than before. */
    struct sset segments;       /* Segments with other tags than before. */
    const struct split_answer **answers; /* New, changed and gone ones. */
    size_t n_answers;
    size_t allocated_answers;
    struct split_answer **gone; /* Those of 'answers' that are gone. */
    size_t n_gone, allocated_gone;
};

/* Events since the start, to look at. */
struct split_counters {
    uint64_t claims_added, claims_changed, claims_removed;
    uint64_t moves;             /* Changes of a claim's holder. */
    uint64_t holds, holds_expired;
    uint64_t transitions;       /* Arcs of figure 6 taken. */
    uint64_t refusals;
};

/* Returns a new, empty instance, to be freed with split_destroy(). */
struct split *split_create(const struct split_config *config);

/* Frees 'split'.  NULL is allowed. */
void split_destroy(struct split *split);

/* Changes the configuration; times count from the next event on. */
void split_set_config(struct split *split, const struct split_config *config);

/* Notes that all rows of the NVO3 database have been put. */
void split_set_ready(struct split *split);

/* Returns true after split_set_ready(). */
bool split_is_ready(const struct split *split);

/* Each of these adds a row or, if one with its name or key is there, replaces
 * it, or removes it if it is there.  Nothing happens before split_run(). */
void split_put_end_device(struct split *split,
                          const struct split_end_device *device);
void split_remove_end_device(struct split *split, const char *name);
void split_put_access_port(struct split *split,
                           const struct split_access_port *port);
void split_remove_access_port(struct split *split, const char *name);
void split_put_segment(struct split *split,
                       const struct split_segment *segment);
void split_remove_segment(struct split *split, const char *name);
void split_put_vn(struct split *split, const struct split_vn *vn);
void split_remove_vn(struct split *split, const char *name);

/* As above: 'vnic' is registered in the VNs named in 'vns'; none: it is not
 * registered. */
void split_put_registration(struct split *split, const char *vnic,
                            const struct sset *vns);

/* Notes that 'vnic' is at the NVE's own interface called 'interface'; NULL:
 * at none. */
void split_set_local(struct split *split, const char *vnic,
                     const char *interface);

/* As above, for the rows that end devices write. */
void split_put_connection(struct split *split,
                          const struct split_connection *connection);
void split_remove_connection(struct split *split, const char *end_device,
                             const char *port, const char *vn);
void split_put_request(struct split *split,
                       const struct split_request *request);
void split_remove_request(struct split *split, const char *end_device,
                          const char *vnic, const char *vn);

/* Notes what the nDirector says of a claim.  It counts until the claim
 * changes. */
void split_put_verdict(struct split *split,
                       const struct split_verdict *verdict);

/* Notes, before split_set_ready(), that 'tag' means 'vn' on 'segment', as a
 * row of Tag or a flow says.  Returns false if that contradicts what was
 * noted before, or is not valid. */
bool split_restore_tag(struct split *split, const char *segment, int64_t tag,
                       const char *vn);

/* Notes, before split_set_ready() and after the requests were put, what was
 * answered before, so that who held a VNIC holds it still.  An answer whose
 * request is gone counts if its outcome is SPLIT_HELD. */
void split_restore_answer(struct split *split,
                          const struct split_answer *answer);

/* Decides on all that has been put, at the time 'now' in ms, and adds to
 * '*output', which the caller has initialized, what has changed by that.
 * One 'output' may be used for several runs in a row: so the verdicts on
 * claims that the database has already can be put for 'output->vnics', and
 * only then all be written. */
void split_run(struct split *split, long long int now,
               struct split_output *output);

/* Returns the time at which split_run() should be called even if nothing has
 * been put, or LLONG_MAX. */
long long int split_deadline(const struct split *split);

/* Returns the first of the claims that there should be for 'vnic', in order
 * of VN name, or NULL if there should be none. */
const struct nved_claim *split_first_claim(const struct split *split,
                                           const char *vnic);

/* Adds to 'vnics' the names of all VNICs that have claims. */
void split_all_vnics(const struct split *split, struct sset *vnics);

/* Adds all answers that there should be to 'output', which the caller has
 * initialized, and all segments.  Once ready, rows of answers and tags that
 * are not among them are to be deleted. */
void split_all_answers(const struct split *split, struct split_output *output);

/* Stores in '*lines' a new array, to be freed with free(), of the tags of
 * 'segment', and returns their number. */
size_t split_list_tags(const struct split *split, const char *segment,
                       struct tag_line **lines);

/* Returns the counters. */
struct split_counters split_get_counters(const struct split *split);

/* Makes '*output' empty, for split_run(). */
void split_output_init(struct split_output *output);

/* Frees what 'output' owns. */
void split_output_uninit(struct split_output *output);

/* Returns the name of 'outcome', as in VNIC_Answer.outcome. */
const char *split_outcome_to_string(enum split_outcome outcome);

/* Returns the outcome called 's'; SPLIT_PENDING if there is none. */
enum split_outcome split_outcome_from_string(const char *s);

#endif /* split.h */
