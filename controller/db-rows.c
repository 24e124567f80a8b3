/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* One row of each table, as the model reads it. */

#include <config.h>
#include "controller/db-private.h"

#include "controller/model.h"
#include "lib/nvo3-idl.h"
#include "lib/ovsdb-idl.h"
#include "util.h"

#define ROW(TYPE) CONTAINER_OF(row, struct nvo3_##TYPE, header_)

/* Tenants. */

static char *
tenant_name(const struct ovsdb_idl_row *row)
{
    return xstrdup(ROW(tenant)->name);
}

static void
tenant_put(struct model *model, const struct ovsdb_idl_row *row)
{
    model_set_tenant(model, ROW(tenant)->name, true);
}

static void
tenant_drop(struct model *model, const char *name,
            const struct uuid *uuid OVS_UNUSED)
{
    model_set_tenant(model, name, false);
}

/* VNs. */

static char *
vn_name(const struct ovsdb_idl_row *row)
{
    return xstrdup(ROW(vn)->name);
}

static void
vn_put(struct model *model, const struct ovsdb_idl_row *row)
{
    const struct nvo3_vn *vn = ROW(vn);
    bool has_id = vn->n_vn_id && *vn->vn_id > 0 && *vn->vn_id <= UINT32_MAX;
    const struct vn_row in = {
        .alias = vn->alias,
        .tenant = vn->tenant,
        .vn_id_request = vn->n_vn_id_request ? vn->vn_id_request : NULL,
        .l3 = vn->service && !strcmp(vn->service, "l3"),
        .open = vn->admission && !strcmp(vn->admission, "open"),
        .tenant_tags = vn->n_tenant_tags && *vn->tenant_tags,
        .gleaning = vn->n_gleaning ? vn->gleaning : NULL,
        .gleaning_age = vn->n_gleaning_age ? vn->gleaning_age : NULL,
        .vn_id = has_id ? *vn->vn_id : 0,
    };

    model_set_vn(model, vn->name, &in);
}

static void
vn_drop(struct model *model, const char *name,
        const struct uuid *uuid OVS_UNUSED)
{
    model_set_vn(model, name, NULL);
}

/* NVEs and their registrations. */

/* Returns a new array of the 'n' endpoints of a row; its addresses are
 * borrowed. */
static struct endpoint_row *
endpoints_from_map(char **addresses, const int64_t *priorities, size_t n)
{
    struct endpoint_row *endpoints = xcalloc(MAX(n, 1), sizeof *endpoints);

    for (size_t i = 0; i < n; i++) {
        endpoints[i].address = addresses[i];
        endpoints[i].priority = priorities[i];
    }
    return endpoints;
}

static char *
nve_name(const struct ovsdb_idl_row *row)
{
    return xstrdup(ROW(nve)->name);
}

static void
nve_put(struct model *model, const struct ovsdb_idl_row *row)
{
    const struct nvo3_nve *nve = ROW(nve);
    struct endpoint_row *endpoints = endpoints_from_map(
        nve->key_endpoints, nve->value_endpoints, nve->n_endpoints);
    const struct nve_row in = {
        .enabled = !nve->n_enabled || *nve->enabled,
        .datapath_id = nve->datapath_id,
        .endpoints = endpoints,
        .n_endpoints = nve->n_endpoints,
        .vnic_quota = nve->n_vnic_quota ? nve->vnic_quota : NULL,
    };

    model_set_nve(model, nve->name, &in);
    free(endpoints);
}

static void
nve_drop(struct model *model, const char *name,
         const struct uuid *uuid OVS_UNUSED)
{
    model_set_nve(model, name, NULL);
}

static char *
registration_name(const struct ovsdb_idl_row *row)
{
    return xstrdup(ROW(nve_registration)->nve);
}

static void
registration_put(struct model *model, const struct ovsdb_idl_row *row)
{
    const struct nvo3_nve_registration *reg = ROW(nve_registration);
    struct endpoint_row *endpoints = endpoints_from_map(
        reg->key_endpoints, reg->value_endpoints, reg->n_endpoints);
    const struct registration_row in = {
        .datapath_id = reg->datapath_id,
        .endpoints = endpoints,
        .n_endpoints = reg->n_endpoints,
        .tunnel_port = reg->tunnel_port,
    };

    model_set_registration(model, reg->nve, &in);
    free(endpoints);
}

static void
registration_drop(struct model *model, const char *name,
                  const struct uuid *uuid OVS_UNUSED)
{
    model_set_registration(model, name, NULL);
}

/* VNICs with all that they contain. */

/* Returns a new array of the IPs of 'mac', of those in effect only if
 * 'in_effect', with their number in '*n'. */
static const char **
ips_from_row(const struct nvo3_vnic_mac *mac, bool in_effect, size_t *n)
{
    const char **ips = xcalloc(MAX(mac->n_ips, 1), sizeof *ips);

    *n = 0;
    for (size_t i = 0; i < mac->n_ips; i++) {
        if (!in_effect || model_ip_was_held(mac->status, mac->ips[i])) {
            ips[(*n)++] = mac->ips[i];
        }
    }
    return ips;
}

/* Returns a new array, for '*in', of the MACs of 'vnic_vn'; of what was in
 * effect only if 'in_effect'. */
static struct mac_row *
macs_from_row(const struct nvo3_vnic_vn *vnic_vn, bool in_effect,
              struct attachment_row *in)
{
    struct mac_row *macs = xcalloc(MAX(vnic_vn->n_macs, 1), sizeof *macs);
    size_t n = 0;

    for (size_t i = 0; i < vnic_vn->n_macs; i++) {
        const struct nvo3_vnic_mac *mac = vnic_vn->macs[i];

        if (!in_effect || model_mac_was_held(mac->status)) {
            macs[n].mac = mac->mac;
            macs[n].ips = ips_from_row(mac, in_effect, &macs[n].n_ips);
            n++;
        }
    }
    *in = (struct attachment_row) {
        .vn = vnic_vn->vn,
        .macs = macs,
        .n_macs = n,
    };
    return macs;
}

static void
macs_free(struct mac_row *macs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(macs[i].ips);
    }
    free(macs);
}

static void
vnic_put__(struct model *model, const struct nvo3_vnic *vnic, bool in_effect)
{
    struct attachment_row *vns = xcalloc(MAX(vnic->n_vns, 1), sizeof *vns);
    struct mac_row **macs = xcalloc(MAX(vnic->n_vns, 1), sizeof *macs);
    const struct vnic_row in = {
        .alias = vnic->alias,
        .tenant = vnic->tenant,
        .allowed_nves = (const char **) vnic->allowed_nves,
        .n_allowed_nves = vnic->n_allowed_nves,
        .vns = vns,
        .n_vns = vnic->n_vns,
    };

    for (size_t i = 0; i < vnic->n_vns; i++) {
        macs[i] = macs_from_row(vnic->vns[i], in_effect, &vns[i]);
    }
    model_set_vnic(model, vnic->name, &in);
    for (size_t i = 0; i < vnic->n_vns; i++) {
        macs_free(macs[i], vns[i].n_macs);
    }
    free(macs);
    free(vns);
}

static char *
vnic_name(const struct ovsdb_idl_row *row)
{
    return xstrdup(ROW(vnic)->name);
}

static void
vnic_put(struct model *model, const struct ovsdb_idl_row *row)
{
    vnic_put__(model, ROW(vnic), false);
}

void
db_put_vnic_in_effect(struct model *model, const struct ovsdb_idl_row *row)
{
    vnic_put__(model, ROW(vnic), true);
}

static void
vnic_drop(struct model *model, const char *name,
          const struct uuid *uuid OVS_UNUSED)
{
    model_set_vnic(model, name, NULL);
}

/* Claims. */

static char *
claim_name(const struct ovsdb_idl_row *row)
{
    const struct nvo3_vnic_claim *claim = ROW(vnic_claim);

    return xasprintf("%s\n%s\n%s", claim->nve, claim->vnic, claim->vn);
}

static void
claim_put(struct model *model, const struct ovsdb_idl_row *row)
{
    const struct nvo3_vnic_claim *claim = ROW(vnic_claim);
    const struct claim_row in = {
        .nve = claim->nve,
        .vnic = claim->vnic,
        .vn = claim->vn,
        .port = claim->port,
        .tag = claim->n_tag ? claim->tag : NULL,
        .addresses = (const char **) claim->addresses,
        .n_addresses = claim->n_addresses,
        .activate = claim->state && !strcmp(claim->state, "activated"),
        .client_seq = claim->client_seq,
    };

    model_set_claim(model, &row->uuid, &in);
}

static void
claim_drop(struct model *model, const char *name OVS_UNUSED,
           const struct uuid *uuid)
{
    model_set_claim(model, uuid, NULL);
}

const struct db_kind_ops db_kinds[DB_N_KINDS] = {
    [DB_TENANT] = {
        &nvo3_table_tenant, tenant_name, tenant_put, tenant_drop,
    },
    [DB_VN] = {
        &nvo3_table_vn, vn_name, vn_put, vn_drop,
    },
    [DB_NVE] = {
        &nvo3_table_nve, nve_name, nve_put, nve_drop,
    },
    [DB_REGISTRATION] = {
        &nvo3_table_nve_registration, registration_name, registration_put,
        registration_drop,
    },
    [DB_VNIC] = {
        &nvo3_table_vnic, vnic_name, vnic_put, vnic_drop,
    },
    [DB_CLAIM] = {
        &nvo3_table_vnic_claim, claim_name, claim_put, claim_drop,
    },
};
