/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/tnved-answer.h"

#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"

static enum nved_state
get_state(const struct tnved_answer *answer)
{
    if (answer->pending) {
        return NVED_STATE_PENDING;
    }
    switch (answer->state) {
    case TSI_INIT:
        return answer->refused ? NVED_STATE_REFUSED : NVED_STATE_PENDING;
    case TSI_ASSOCIATED:
        return NVED_STATE_ASSOCIATED;
    case TSI_ACTIVATED:
        return (tnved_answer_is_open(answer) ? NVED_STATE_ACTIVATED
                                             : NVED_STATE_PENDING);
    default:
        OVS_NOT_REACHED();
    }
}

/* Appends 'format' to 's', after what is there. */
static void OVS_PRINTF_FORMAT(2, 3)
put_reason(struct ds *s, const char *format, ...)
{
    va_list args;

    if (s->length) {
        ds_put_cstr(s, "; ");
    }
    va_start(args, format);
    ds_put_format_valist(s, format, args);
    va_end(args);
}

struct nved_binding
tnved_answer_to_binding(const struct tnved_answer *answer)
{
    const struct smap_node **bad = smap_sort(answer->bad_addresses);
    struct ds s = DS_EMPTY_INITIALIZER;

    if (*answer->reason) {
        put_reason(&s, "%s", answer->reason);
    }
    if (answer->state == TSI_ACTIVATED && !tnved_answer_is_open(answer)) {
        put_reason(&s, "the external NVE has given no tag");
    }
    for (size_t i = 0; i < smap_count(answer->bad_addresses); i++) {
        put_reason(&s, "address %s: %s", bad[i]->key, bad[i]->value);
    }
    free(bad);
    return (struct nved_binding) {
        .vn = answer->vn,
        .reason = ds_steal_cstr(&s),
        .state = get_state(answer),
        .claim_seq = answer->claim_seq,
        .vn_id = answer->vn_id,
    };
}

bool
tnved_answer_is_open(const struct tnved_answer *answer)
{
    return (answer->state == TSI_ACTIVATED
            && answer->tag >= 1 && answer->tag <= 4094);
}
