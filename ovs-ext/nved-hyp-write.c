/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Answers, tags and NVE_Status.  RFC 8394 section 6 wants each change of a
 * state, and each refusal, in the log: they are logged where the answer is
 * written. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "openvswitch/vlog.h"
#include "ovs-ext/nved-hyp-private.h"
#include "ovsdb-idl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nved_audit);

/* Anything that an end device can cause is limited, refusals more. */
static struct vlog_rate_limit state_rl = VLOG_RATE_LIMIT_INIT(600, 1200);
static struct vlog_rate_limit refusal_rl = VLOG_RATE_LIMIT_INIT(60, 120);

static bool status_is_due(const struct nved_hyp *,
                          const struct nved_hyp_status *);
static void output_reset(struct split_output *);
static void write_status(struct nved_hyp *, const struct nved_hyp_status *);
static void write_segments(struct nved_hyp *, const struct split *,
                           const struct split_output *);
static void write_answers(struct nved_hyp *, const struct split_output *);
static void delete_answers(struct nved_hyp *, const struct split_output *);
static void delete_segments(struct nved_hyp *, const struct sset *segments);

/* NVE_Status.status when nobody is there to answer. */
#define NOT_SERVED "ovs-nved no longer serves this database"

void
nved_hyp_write(struct nved_hyp *hyp, const struct split *split,
               struct split_output *output,
               const struct nved_hyp_status *status)
{
    if (!nved_db_is_connected(&hyp->db) || hyp->leaving) {
        /* All will be compared when it is back. */
        output_reset(output);
        return;
    }
    if (!(hyp->write_all || output->n_answers
          || !sset_is_empty(&output->segments)
          || !sset_is_empty(&hyp->tag_segments)
          || (status && status_is_due(hyp, status)))
        || !nved_db_begin(&hyp->db)) {
        return;
    }
    if (hyp->write_all) {
        output_reset(output);
        split_all_answers(split, output);
    }
    if (split_is_ready(split)) {
        if (hyp->write_all) {
            delete_answers(hyp, output);
            delete_segments(hyp, &output->segments);
        }
        write_segments(hyp, split, output);
    }
    write_answers(hyp, output);
    if (status) {
        write_status(hyp, status);
    }
    hyp->write_all = false;
    output_reset(output);
    nved_db_commit(&hyp->db);
}

bool
nved_hyp_leave(struct nved_hyp *hyp)
{
    const struct hnve_nve_status *status
        = hnve_nve_status_first(hyp->db.idl);
    struct split_output none;

    hyp->leaving = true;
    if (!nved_db_is_connected(&hyp->db) || hyp->db.error) {
        VLOG_WARN("answers stay in the Hypervisor_NVE database that is no "
                  "longer served (no connection, or it refuses)");
        return true;
    }
    if (!hnve_vn_connection_answer_first(hyp->db.idl)
        && !hnve_vnic_answer_first(hyp->db.idl) && !hyp->db.txn
        && (!status || !strcmp(status->status, NOT_SERVED))) {
        return true;
    }
    if (nved_db_begin(&hyp->db)) {
        split_output_init(&none);
        delete_answers(hyp, &none);
        split_output_uninit(&none);
        if (status) {
            hnve_nve_status_set_status(status, NOT_SERVED);
        }
        nved_db_commit(&hyp->db);
    }
    return false;
}

static void
output_reset(struct split_output *output)
{
    split_output_uninit(output);
    split_output_init(output);
}

/* NVE_Status. */

static bool
status_is_due(const struct nved_hyp *hyp, const struct nved_hyp_status *status)
{
    const struct hnve_nve_status *row = hnve_nve_status_first(hyp->db.idl);

    return (!row || strcmp(row->nve, status->nve)
            || strcmp(row->status, status->status));
}

static void
write_status(struct nved_hyp *hyp, const struct nved_hyp_status *status)
{
    const struct hnve_nve_status *row = hnve_nve_status_first(hyp->db.idl);

    if (!row) {
        row = hnve_nve_status_insert(hyp->db.txn);
    }
    hnve_nve_status_set_nve(row, status->nve);
    hnve_nve_status_set_status(row, status->status);
}

/* Tags. */

/* Returns the rows of 'segment' by tag, to be freed with free().  They are
 * copied out of the index since writing changes it. */
static const struct hnve_tag **
rows_by_tag(const struct nved_hyp *hyp, const char *segment)
{
    const struct hnve_tag **rows = xcalloc(TAG_MAX + 1, sizeof *rows);
    struct hnve_tag *key = hnve_tag_index_init_row(hyp->segment_tags);
    const struct hnve_tag *row;

    hnve_tag_index_set_segment(key, segment);
    HNVE_TAG_FOR_EACH_EQUAL (row, key, hyp->segment_tags) {
        if (row->tag >= TAG_MIN && row->tag <= TAG_MAX) {
            rows[row->tag] = row;
        }
    }
    hnve_tag_index_destroy_row(key);
    return rows;
}

static void
write_segment(struct nved_hyp *hyp, const struct split *split,
              const char *segment)
{
    const struct hnve_tag **rows = rows_by_tag(hyp, segment);
    struct tag_line *lines;
    size_t n = split_list_tags(split, segment, &lines);

    for (size_t i = 0; i < n; i++) {
        const struct tag_line *line = &lines[i];
        const struct hnve_tag *row = rows[line->tag];

        rows[line->tag] = NULL;
        if (!row) {
            row = hnve_tag_insert(hyp->db.txn);
            hnve_tag_set_segment(row, segment);
            hnve_tag_set_tag(row, line->tag);
        }
        hnve_tag_set_vn(row, line->vn);
        hnve_tag_set_state(row, (line->use == TAG_QUARANTINED
                                 ? "resting" : "used"));
    }
    for (int tag = TAG_MIN; tag <= TAG_MAX; tag++) {
        if (rows[tag]) {
            hnve_tag_delete(rows[tag]);
        }
    }
    free(lines);
    free(rows);
}

/* Writes the tags of the segments in 'output', and of those whose rows have
 * been changed, perhaps by somebody else. */
static void
write_segments(struct nved_hyp *hyp, const struct split *split,
               const struct split_output *output)
{
    const char *segment;

    SSET_FOR_EACH (segment, &output->segments) {
        sset_add(&hyp->tag_segments, segment);
    }
    SSET_FOR_EACH (segment, &hyp->tag_segments) {
        write_segment(hyp, split, segment);
    }
    sset_clear(&hyp->tag_segments);
}

/* Answers. */

/* Logs that 'a' is answered, if its state, outcome or reason is another than
 * the row's, which are NULL if there is none. */
static void
audit(const struct split_answer *a, const char *state, const char *outcome,
      const char *reason)
{
    const char *new_state = (a->vnic ? tsi_state_to_string(a->state)
                             : a->connected ? "connected" : "disconnected");
    const char *new_outcome = split_outcome_to_string(a->outcome);
    bool refusal = (a->outcome == SPLIT_REFUSED
                    || a->outcome == SPLIT_WITHDRAWN);
    struct vlog_rate_limit *rl = refusal ? &refusal_rl : &state_rl;
    char *device, *object, *vn;

    if (nullable_string_is_equal(state, new_state)
        && nullable_string_is_equal(outcome, new_outcome)
        && nullable_string_is_equal(reason, a->reason)) {
        return;
    }
    device = nvo3_quote(a->end_device);
    object = nvo3_quote(a->vnic ? a->vnic : a->port);
    vn = nvo3_quote(a->vn);
    VLOG_RL(rl, refusal ? VLL_WARN : VLL_INFO,
            "end device %s, %s %s, VN %s: %s, %s%s%s%s", device,
            a->vnic ? "VNIC" : "access port", object, vn, new_state,
            new_outcome, a->reason[0] ? " (" : "", a->reason,
            a->reason[0] ? ")" : "");
    free(device);
    free(object);
    free(vn);
}

static void
audit_gone(const struct split_answer *a)
{
    char *device = nvo3_quote(a->end_device);
    char *object = nvo3_quote(a->vnic ? a->vnic : a->port);
    char *vn = nvo3_quote(a->vn);

    VLOG_INFO_RL(&state_rl, "end device %s, %s %s, VN %s: %s", device,
                 a->vnic ? "VNIC" : "access port", object, vn,
                 a->vnic ? "init, gone" : "disconnected, gone");
    free(device);
    free(object);
    free(vn);
}

static void
write_connection_answer(struct nved_hyp *hyp, const struct split_answer *a)
{
    const struct hnve_vn_connection_answer *row
        = hyp_find_connection_answer(hyp, a->end_device, a->port, a->vn);
    const int64_t vn_id = a->vn_id;
    const int64_t tag = a->tag;

    if (!a->exists) {
        if (row) {
            audit_gone(a);
            hnve_vn_connection_answer_delete(row);
        }
        return;
    }
    audit(a, row ? row->state : NULL, row ? row->outcome : NULL,
          row ? row->reason : NULL);
    if (!row) {
        row = hnve_vn_connection_answer_insert(hyp->db.txn);
        hnve_vn_connection_answer_set_end_device(row, a->end_device);
        hnve_vn_connection_answer_set_port(row, a->port);
        hnve_vn_connection_answer_set_vn(row, a->vn);
    }
    hnve_vn_connection_answer_set_state(row, (a->connected ? "connected"
                                              : "disconnected"));
    hnve_vn_connection_answer_set_outcome(row,
                                          split_outcome_to_string(a->outcome));
    hnve_vn_connection_answer_set_reason(row, a->reason);
    hnve_vn_connection_answer_set_vn_name(row, a->vn_name);
    hnve_vn_connection_answer_set_vn_id(row, &vn_id, vn_id != 0);
    hnve_vn_connection_answer_set_tag(row, &tag, tag != TAG_NONE);
    hnve_vn_connection_answer_set_claim_seq(row, a->claim_seq);
}

static void
write_request_answer(struct nved_hyp *hyp, const struct split_answer *a)
{
    const struct hnve_vnic_answer *row
        = hyp_find_answer(hyp, a->end_device, a->vnic, a->vn);
    const int64_t vn_id = a->vn_id;
    const int64_t tag = a->tag;
    const char **kept;

    if (!a->exists) {
        if (row) {
            audit_gone(a);
            hnve_vnic_answer_delete(row);
        }
        return;
    }
    audit(a, row ? row->state : NULL, row ? row->outcome : NULL,
          row ? row->reason : NULL);
    if (!row) {
        row = hnve_vnic_answer_insert(hyp->db.txn);
        hnve_vnic_answer_set_end_device(row, a->end_device);
        hnve_vnic_answer_set_vnic(row, a->vnic);
        hnve_vnic_answer_set_vn(row, a->vn);
    }
    hnve_vnic_answer_set_port(row, a->port);
    hnve_vnic_answer_set_state(row, tsi_state_to_string(a->state));
    hnve_vnic_answer_set_outcome(row, split_outcome_to_string(a->outcome));
    hnve_vnic_answer_set_reason(row, a->reason);
    hnve_vnic_answer_set_vn_name(row, a->vn_name);
    hnve_vnic_answer_set_vn_id(row, &vn_id, vn_id != 0);
    hnve_vnic_answer_set_tag(row, &tag, tag != TAG_NONE);
    hnve_vnic_answer_set_bad_addresses(row, &a->bad_addresses);
    kept = sset_array(&a->kept_addresses);
    hnve_vnic_answer_set_kept_addresses(row, kept,
                                        sset_count(&a->kept_addresses));
    free(kept);
    hnve_vnic_answer_set_claim_seq(row, a->claim_seq);
}

/* Makes the row for 'a' say what it does. */
static void
write_answer(struct nved_hyp *hyp, const struct split_answer *a)
{
    if (a->vnic) {
        write_request_answer(hyp, a);
    } else {
        write_connection_answer(hyp, a);
    }
}

static void
write_answers(struct nved_hyp *hyp, const struct split_output *output)
{
    /* An answer may be gone and there be a new one with its key. */
    for (size_t i = 0; i < output->n_gone; i++) {
        write_answer(hyp, output->gone[i]);
    }
    for (size_t i = 0; i < output->n_answers; i++) {
        if (output->answers[i]->exists) {
            write_answer(hyp, output->answers[i]);
        }
    }
}

/* Rows that should not be. */

static char *
answer_key(char kind, const char *a, const char *b, const char *c)
{
    return xasprintf("%c%"PRIuSIZE":%s%"PRIuSIZE":%s%s", kind, strlen(a), a,
                     strlen(b), b, c);
}

/* Returns true if 'keys' have the key of those arguments. */
static bool
has_key(const struct sset *keys, char kind, const char *a, const char *b,
        const char *c)
{
    char *key = answer_key(kind, a, b, c);
    bool has = sset_contains(keys, key);

    free(key);
    return has;
}

/* Deletes the answers that 'output' does not have. */
static void
delete_answers(struct nved_hyp *hyp, const struct split_output *output)
{
    struct sset keys = SSET_INITIALIZER(&keys);
    const struct hnve_vn_connection_answer *c;
    const struct hnve_vnic_answer *a;

    for (size_t i = 0; i < output->n_answers; i++) {
        const struct split_answer *answer = output->answers[i];

        sset_add_and_free(&keys, answer->vnic
                          ? answer_key('r', answer->end_device, answer->vnic,
                                       answer->vn)
                          : answer_key('c', answer->end_device, answer->port,
                                       answer->vn));
    }
    HNVE_VN_CONNECTION_ANSWER_FOR_EACH_SAFE (c, hyp->db.idl) {
        if (!has_key(&keys, 'c', c->end_device, c->port, c->vn)) {
            hnve_vn_connection_answer_delete(c);
        }
    }
    HNVE_VNIC_ANSWER_FOR_EACH_SAFE (a, hyp->db.idl) {
        if (!has_key(&keys, 'r', a->end_device, a->vnic, a->vn)) {
            hnve_vnic_answer_delete(a);
        }
    }
    sset_destroy(&keys);
}

/* Deletes the tags of other segments than 'segments', and impossible ones. */
static void
delete_segments(struct nved_hyp *hyp, const struct sset *segments)
{
    const struct hnve_tag *tag;

    HNVE_TAG_FOR_EACH_SAFE (tag, hyp->db.idl) {
        if (!sset_contains(segments, tag->segment)
            || tag->tag < TAG_MIN || tag->tag > TAG_MAX) {
            hnve_tag_delete(tag);
        }
    }
}
