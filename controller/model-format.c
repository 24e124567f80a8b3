/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* The model as text, for the control socket. */

#include <config.h>
#include "controller/model.h"

#include <inttypes.h>

#include "controller/model-private.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

static int
compare_names(const void *a_, const void *b_)
{
    const char *const *a = a_;
    const char *const *b = b_;

    return strcmp(*a, *b);
}

/* Returns a new array of the names of all VNs, or of all NVEs, sorted: what is
 * printed must not depend on the order of a hash table. */
static const char **
sorted_names(const struct model *model, bool nves, size_t *n)
{
    const struct hmap *objects = nves ? &model->nves : &model->vns;
    const char **names = xmalloc(MAX(hmap_count(objects), 1) * sizeof *names);
    const struct model_nve *nve;
    const struct model_vn *vn;

    *n = 0;
    if (nves) {
        HMAP_FOR_EACH (nve, node, objects) {
            names[(*n)++] = nve->name;
        }
    } else {
        HMAP_FOR_EACH (vn, node, objects) {
            names[(*n)++] = vn->name;
        }
    }
    qsort(names, *n, sizeof *names, compare_names);
    return names;
}

static void
format_vn_line(const struct model_vn *vn, struct ds *s)
{
    char *status = model_vn_status(vn);

    ds_put_format(s, "VN %s", vn->name);
    if (*vn->alias) {
        ds_put_format(s, " (%s)", vn->alias);
    }
    ds_put_format(s, ": VN ID %"PRIu32", %s, %"PRIuSIZE" NVEs, %s\n",
                  vn->vn_id, vn->open ? "open" : "registered",
                  hmap_count(&vn->members), status);
    free(status);
}

void
model_format_vns(const struct model *model, struct ds *s)
{
    size_t n;
    const char **names = sorted_names(model, false, &n);

    for (size_t i = 0; i < n; i++) {
        format_vn_line(model_vn_by_name(model, names[i]), s);
    }
    free(names);
}

void
model_format_vn(const struct model *model, const struct model_vn *vn,
                struct ds *s)
{
    const struct model_member *member;

    format_vn_line(vn, s);
    HMAP_FOR_EACH (member, node, &vn->members) {
        ds_put_format(s, "  NVE %s: %"PRIuSIZE" VNICs\n", member->nve->name,
                      member->n_bindings);
    }
    model_format_mappings(model, vn, s);
}

void
model_format_nves(const struct model *model, struct ds *s)
{
    size_t n;
    const char **names = sorted_names(model, true, &n);

    for (size_t i = 0; i < n; i++) {
        const struct model_nve *nve = model_nve_by_name(model, names[i]);
        char *status = model_nve_status(nve);

        ds_put_format(s, "NVE %s: datapath %016"PRIx64", endpoint",
                      nve->name, nve->datapath_id);
        for (size_t j = 0; j < nve->n_endpoints; j++) {
            ds_put_format(s, " "IP_FMT, IP_ARGS(nve->endpoints[j]));
        }
        ds_put_format(s, ", %s, %"PRIuSIZE" VNICs, %s\n",
                      nve->connected ? "connected" : "not connected",
                      nve->n_placed, status);
        free(status);
    }
    free(names);
}

/* Appends the end of the line of an address of 'b'. */
static void
format_place(const struct model_binding *b, struct ds *s)
{
    ds_put_format(s, " -> %s "IP_FMT", %s, generation %"PRId64"\n",
                  b->nve, IP_ARGS(b->member->nve->endpoints[0]),
                  binding_state_to_string(b->state), b->generation);
}

static void
format_gleaned(const struct model_binding *b, struct ds *s)
{
    const struct model_gleaned *g;

    LIST_FOR_EACH (g, node, &b->gleaned) {
        char *text = model_gleaned_to_string(g);

        ds_put_format(s, "  %s %s (gleaned)", b->vnic, text);
        format_place(b, s);
        free(text);
    }
}

/* Appends the addresses of 'b', a line each. */
static void
format_binding(const struct model_binding *b, struct ds *s)
{
    for (size_t i = 0; b->attachment && i < b->attachment->n_macs; i++) {
        const struct model_mac *mac = &b->attachment->macs[i];

        if (!model_mac_is_held(mac)) {
            continue;
        }
        ds_put_format(s, "  %s "ETH_ADDR_FMT, b->vnic,
                      ETH_ADDR_ARGS(mac->mac));
        for (size_t j = 0; j < mac->n_ips; j++) {
            if (mac->ips[j].n_prefixes && model_ip_is_held(&mac->ips[j], 0)) {
                ds_put_format(s, " %s", mac->ips[j].text);
            }
        }
        format_place(b, s);
    }
    format_gleaned(b, s);
}

void
model_format_mappings(const struct model *model, const struct model_vn *vn,
                      struct ds *s)
{
    const struct model_attachment *a;
    const struct model_binding *b;
    const struct model_claim *claim;
    size_t n;
    const char **names;

    if (!vn) {
        names = sorted_names(model, false, &n);
        for (size_t i = 0; i < n; i++) {
            const struct model_vn *each = model_vn_by_name(model, names[i]);

            ds_put_format(s, "VN %s:\n", each->name);
            model_format_mappings(model, each, s);
        }
        free(names);
        return;
    }
    LIST_FOR_EACH (a, vn_node, &vn->attachments) {
        LIST_FOR_EACH (claim, vnic_node, &a->vnic->claims) {
            LIST_FOR_EACH (b, claim_node, &claim->bindings) {
                if (b->attachment == a && b->member) {
                    format_binding(b, s);
                }
            }
        }
    }
}
