/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-show.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/vswitch-idl.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-ext/nved-claims.h"
#include "ovs-ext/nved-local.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

/* Appends what is known of 'claim' and those after it on the same port. */
static void
format_claims(const struct nved_claim *claim, nved_show_seq *get_seq,
              const void *aux, struct ds *s)
{
    for (; claim; claim = nved_claim_next_on_port(claim)) {
        int64_t seq = get_seq(aux, claim->vnic, claim->vn);

        if (seq >= 0) {
            ds_put_format(s, ", claim %"PRId64, seq);
        } else {
            ds_put_cstr(s, ", claim not sent");
        }
    }
}

static void
format_port(const struct nved_local *local, const char *name,
            const struct nved_judgement *j, struct ds *s)
{
    const struct ovsrec_interface *iface
        = nved_local_interface(local, name);

    ds_put_format(s, "    %s: VNIC %s", name,
                  smap_get_def(&iface->external_ids, "iface-id", ""));
    for (const struct nved_claim *claim = j->claim; claim;
         claim = nved_claim_next_on_port(claim)) {
        if (*claim->vn) {
            ds_put_format(s, ", VN %s", claim->vn);
        }
    }
    ds_put_format(s, ", %s", smap_get_def(&iface->external_ids, "nvo3-state",
                                          "no state"));
}

void
nved_show_ports(const struct nved_local *local,
                const struct nved_claims *claims, nved_show_seq *seq,
                const void *aux, struct ds *s)
{
    struct sset names = SSET_INITIALIZER(&names);
    const char **sorted;
    size_t n;

    nved_claims_all(claims, &names, NULL);
    n = sset_count(&names);
    sorted = sset_sort(&names);
    ds_put_cstr(s, "interfaces:\n");
    for (size_t i = 0; i < n; i++) {
        const struct ovsrec_interface *iface
            = nved_local_interface(local, sorted[i]);
        struct nved_judgement j = nved_claims_judge(claims, sorted[i]);
        const char *reason;

        if (!iface || j.verdict == NVED_IGNORED) {
            continue;
        }
        format_port(local, sorted[i], &j, s);
        format_claims(j.claim, seq, aux, s);
        reason = smap_get(&iface->external_ids, "nvo3-reason");
        ds_put_format(s, "%s%s\n", reason ? ": " : "", reason ? reason : "");
    }
    free(sorted);
    sset_destroy(&names);
}
