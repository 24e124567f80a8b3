/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nvo3-ctl: commands about VNICs and their addresses.
 *
 * A VNIC contains VNs, each of them MACs, each of them IPs.  Removing one of
 * them removes what it contains. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "nctl-args.h"
#include "nctl-output.h"
#include "nvo3-ctl-wait.h"
#include "nvo3-ctl.h"
#include "ovsdb-idl.h"
#include "svec.h"
#include "util.h"

/* Returns the row for the VN called 'vn' in 'vnic', or NULL. */
static struct nvo3_vnic_vn *
find_vn(const struct nvo3_vnic *vnic, const char *vn)
{
    for (size_t i = 0; i < vnic->n_vns; i++) {
        if (!strcmp(vnic->vns[i]->vn, vn)) {
            return vnic->vns[i];
        }
    }
    return NULL;
}

/* Returns the row for 'mac' in 'vn', or NULL. */
static struct nvo3_vnic_mac *
find_mac(const struct nvo3_vnic_vn *vn, const char *mac)
{
    for (size_t i = 0; i < vn->n_macs; i++) {
        if (nctl_mac_equals(vn->macs[i]->mac, mac)) {
            return vn->macs[i];
        }
    }
    return NULL;
}

/* Returns what of 'mac's IPs means the same as 'ip', or NULL. */
static const char *
find_ip(const struct nvo3_vnic_mac *mac, const char *ip)
{
    for (size_t i = 0; i < mac->n_ips; i++) {
        if (nctl_ip_equals(mac->ips[i], ip)) {
            return mac->ips[i];
        }
    }
    return NULL;
}

/* Returns a new array of the 'n' pointers in 'old' without 'without', and
 * with 'with' at the end; each of these may be NULL.  Stores the number of
 * pointers in '*n_new'. */
static void *
pointers_edit(void *old, size_t n, const void *without, void *with,
              size_t *n_new)
{
    void **from = old;
    void **to = xmalloc((n + 1) * sizeof *to);

    *n_new = 0;
    for (size_t i = 0; i < n; i++) {
        if (from[i] != without) {
            to[(*n_new)++] = from[i];
        }
    }
    if (with) {
        to[(*n_new)++] = with;
    }
    return to;
}

static void
vns_edit(const struct nvo3_vnic *vnic, const struct nvo3_vnic_vn *without,
         struct nvo3_vnic_vn *with)
{
    size_t n;
    struct nvo3_vnic_vn **vns = pointers_edit(vnic->vns, vnic->n_vns,
                                              without, with, &n);

    nvo3_vnic_verify_vns(vnic);
    nvo3_vnic_set_vns(vnic, vns, n);
    free(vns);
}

static void
macs_edit(const struct nvo3_vnic_vn *vn, const struct nvo3_vnic_mac *without,
          struct nvo3_vnic_mac *with)
{
    size_t n;
    struct nvo3_vnic_mac **macs = pointers_edit(vn->macs, vn->n_macs,
                                                without, with, &n);

    nvo3_vnic_vn_verify_macs(vn);
    nvo3_vnic_vn_set_macs(vn, macs, n);
    free(macs);
}

static void
ips_edit(const struct nvo3_vnic_mac *mac, const char *without, char *with)
{
    size_t n;
    const char **ips = pointers_edit(mac->ips, mac->n_ips, without, with, &n);

    nvo3_vnic_mac_verify_ips(mac);
    nvo3_vnic_mac_set_ips(mac, ips, n);
    free(ips);
}


/* Adding addresses. */

/* An address to be added, as the user wrote it but in its one right form. */
struct address {
    char *mac;                  /* NULL if there is none. */
    struct svec ips;
};

static void
address_uninit(struct address *a)
{
    free(a->mac);
    svec_destroy(&a->ips);
}

/* Reads 'mac', which may be NULL, and the 'n' addresses in 'ips' into '*a',
 * which the caller must end with address_uninit() in any case.  Returns false
 * with an error if one of them is not good. */
static bool
address_parse(struct ctl_context *ctx, const char *mac, char **ips, size_t n,
              struct address *a)
{
    a->mac = mac ? nctl_canonical_mac(ctx, mac) : NULL;
    svec_init(&a->ips);
    for (size_t i = 0; i < n && !ctx->error; i++) {
        char *ip = nctl_canonical_ip(ctx, ips[i]);

        if (ip && !svec_contains_unsorted(&a->ips, ip)) {
            svec_add_nocopy(&a->ips, ip);
        } else {
            free(ip);
        }
    }
    return !ctx->error;
}

/* Sets an error if 'mac', which belongs to 'vnic' in some VN, has a part of
 * 'a', which is to be added to 'to' in the same VN. */
static void
check_conflict(struct ctl_context *ctx, const struct nvo3_vnic *vnic,
               const struct nvo3_vnic_mac *mac, const struct nvo3_vnic *to,
               const struct address *a)
{
    const char *label = nctl_label(vnic->alias, vnic->name);
    bool same = nctl_mac_equals(mac->mac, a->mac);

    if (same && vnic != to) {
        ctl_error(ctx, "MAC %s belongs to VNIC \"%s\" in this VN already",
                  a->mac, label);
        return;
    }
    for (size_t i = 0; i < a->ips.n && !same; i++) {
        if (find_ip(mac, a->ips.names[i])) {
            ctl_error(ctx, "IP %s belongs to MAC %s of VNIC \"%s\" in this "
                      "VN already", a->ips.names[i], mac->mac, label);
            return;
        }
    }
}

/* Returns true if no part of 'a' belongs to another in the VN called 'vn',
 * else sets an error. */
static bool
check_conflicts(struct ctl_context *ctx, const char *vn,
                const struct nvo3_vnic *to, const struct address *a)
{
    const struct nvo3_vnic *vnic;

    NVO3_VNIC_FOR_EACH (vnic, ctx->idl) {
        const struct nvo3_vnic_vn *in = find_vn(vnic, vn);

        for (size_t i = 0; in && a->mac && i < in->n_macs; i++) {
            check_conflict(ctx, vnic, in->macs[i], to, a);
            if (ctx->error) {
                return false;
            }
        }
    }
    return true;
}

/* Adds 'a' to 'in', which is the VN of 'vnic' that is called 'label'. */
static void
insert_address(struct ctl_context *ctx, const struct nvo3_vnic_vn *in,
               const struct address *a)
{
    struct nvo3_vnic_mac *mac = find_mac(in, a->mac);

    if (!mac) {
        mac = nvo3_vnic_mac_insert(ctx->txn);
        nvo3_vnic_mac_set_mac(mac, a->mac);
        macs_edit(in, NULL, mac);
    }
    for (size_t i = 0; i < a->ips.n; i++) {
        if (!find_ip(mac, a->ips.names[i])) {
            ips_edit(mac, NULL, a->ips.names[i]);
        }
    }
    nctl_expect(&mac->header_, &nvo3_vnic_mac_col_status, "MAC %s", a->mac);
}

/* Returns true if 'vnic' and 'vn' belong to the same tenant, else sets an
 * error. */
static bool
check_tenants(struct ctl_context *ctx, const struct nvo3_vnic *vnic,
              const struct nvo3_vn *vn)
{
    if (strcmp(vnic->tenant, vn->tenant)) {
        ctl_error(ctx, "VNIC \"%s\" belongs to tenant \"%s\", but VN \"%s\" "
                  "to tenant \"%s\"; a VNIC can be in its own tenant's VNs "
                  "only", nctl_label(vnic->alias, vnic->name), vnic->tenant,
                  nctl_label(vn->alias, vn->name), vn->tenant);
        return false;
    }
    return true;
}

/* Adds 'mac' (if not NULL) with 'n_ips' addresses to 'vnic' in 'vn', and 'vn'
 * to 'vnic' if it is not in there yet. */
static void
add_address(struct ctl_context *ctx, const struct nvo3_vnic *vnic,
            const struct nvo3_vn *vn, const char *mac, char **ips,
            size_t n_ips)
{
    struct nvo3_vnic_vn *in = find_vn(vnic, vn->name);
    struct address a;

    if (address_parse(ctx, mac, ips, n_ips, &a)
        && check_tenants(ctx, vnic, vn)
        && check_conflicts(ctx, vn->name, vnic, &a)) {
        if (!in) {
            in = nvo3_vnic_vn_insert(ctx->txn);
            nvo3_vnic_vn_set_vn(in, vn->name);
            vns_edit(vnic, NULL, in);
        }
        if (a.mac) {
            insert_address(ctx, in, &a);
        }
        nctl_expect(&in->header_, &nvo3_vnic_vn_col_status,
                    "VNIC \"%s\" in VN \"%s\"",
                    nctl_label(vnic->alias, vnic->name),
                    nctl_label(vn->alias, vn->name));
    }
    address_uninit(&a);
}


/* vnic-add. */

/* Reads the option --nves and sets what NVEs 'vnic' may be at. */
static void
set_allowed_nves(struct ctl_context *ctx, const struct nvo3_vnic *vnic)
{
    struct svec nves;

    nctl_split(nctl_option(ctx, "--nves"), &nves);
    nvo3_vnic_set_allowed_nves(vnic, (const char **) nves.names, nves.n);
    svec_destroy(&nves);
}

/* Adds to 'vnic' the address that the options --mac and --ip describe in
 * 'vn'. */
static void
add_address_of_options(struct ctl_context *ctx, const struct nvo3_vnic *vnic,
                       const struct nvo3_vn *vn)
{
    struct svec ips;

    nctl_split(nctl_option(ctx, "--ip"), &ips);
    add_address(ctx, vnic, vn, nctl_option(ctx, "--mac"), ips.names, ips.n);
    svec_destroy(&ips);
}

static const struct nvo3_vnic *
insert_vnic(struct ctl_context *ctx, const char *name, const char *alias,
            const char *tenant)
{
    const struct nvo3_vnic *vnic = nvo3_vnic_insert(ctx->txn);

    nvo3_vnic_set_name(vnic, name);
    nvo3_vnic_set_alias(vnic, alias);
    nvo3_vnic_set_tenant(vnic, tenant);
    set_allowed_nves(ctx, vnic);
    return vnic;
}

/* Returns true if the options of vnic-add make sense together, else sets an
 * error. */
static bool
check_vnic_options(struct ctl_context *ctx)
{
    if (nctl_option(ctx, "--mac") && !nctl_option(ctx, "--vn")) {
        ctl_error(ctx, "--mac wants --vn as well, since an address belongs "
                  "to a VN");
    } else if (nctl_option(ctx, "--ip") && !nctl_option(ctx, "--mac")) {
        ctl_error(ctx, "--ip wants --mac as well, since an IP address "
                  "belongs to a MAC address");
    }
    return !ctx->error;
}

/* Returns the VNIC called exactly 'name', or NULL. */
static const struct nvo3_vnic *
vnic_by_name(const struct ctl_context *ctx, const char *name)
{
    const struct nvo3_vnic *vnic;

    NVO3_VNIC_FOR_EACH (vnic, ctx->idl) {
        if (!strcmp(vnic->name, name)) {
            return vnic;
        }
    }
    return NULL;
}

/* Does vnic-add with the arguments 'name' and 'alias'; 'vn' is NULL if the
 * VNIC shall be in none. */
static void
add_vnic(struct ctl_context *ctx, const char *name, const char *alias,
         const struct nvo3_vn *vn)
{
    const char *tenant = nctl_tenant_option(ctx, vn ? vn->tenant : "");
    const struct nvo3_vnic *vnic = vnic_by_name(ctx, name);

    if (!tenant || !nctl_check_alias(ctx, "VNIC", alias)) {
        return;
    }
    if (!vnic) {
        vnic = insert_vnic(ctx, name, alias, tenant);
    } else if (!nctl_option(ctx, "--may-exist")) {
        ctl_error(ctx, "there is already a VNIC \"%s\"; --may-exist accepts "
                  "that", name);
        return;
    }
    if (vn) {
        nctl_expect(&vnic->header_, &nvo3_vnic_col_status, "VNIC \"%s\"",
                    nctl_label(alias, name));
        add_address_of_options(ctx, vnic, vn);
    }
}

static void
cmd_vnic_add(struct ctl_context *ctx)
{
    const char *arg = ctx->argc > 1 ? ctx->argv[1] : NULL;
    const char *alias = ctx->argc > 2 ? ctx->argv[2] : "";
    const char *vn_id = nctl_option(ctx, "--vn");
    const struct nvo3_vn *vn = NULL;
    char *name;

    if (!check_vnic_options(ctx)) {
        return;
    }
    if (vn_id) {
        vn = nctl_find_vn(ctx, vn_id, true);
        if (!vn) {
            return;
        }
    }
    name = nctl_new_name(ctx, "VNIC", arg);
    if (name) {
        add_vnic(ctx, name, alias, vn);
        if (!arg || strcmp(arg, name)) {
            ds_put_format(&ctx->output, "%s\n", name);
        }
    }
    free(name);
}

static void
cmd_vnic_del(struct ctl_context *ctx)
{
    bool must_exist = !nctl_option(ctx, "--if-exists");
    const struct nvo3_vnic *vnic
        = nctl_find_vnic(ctx, ctx->argv[1], must_exist);

    if (vnic) {
        nvo3_vnic_delete(vnic);
    }
}


/* vnic-add-addr and vnic-del-addr. */

static void
cmd_vnic_add_addr(struct ctl_context *ctx)
{
    const struct nvo3_vnic *vnic = nctl_find_vnic(ctx, ctx->argv[1], true);
    const struct nvo3_vn *vn = vnic ? nctl_find_vn(ctx, ctx->argv[2], true)
                                    : NULL;

    if (vn) {
        bool has_mac = ctx->argc > 3;

        add_address(ctx, vnic, vn, has_mac ? ctx->argv[3] : NULL,
                    ctx->argv + 4, has_mac ? ctx->argc - 4 : 0);
    }
}

/* Takes the addresses among the arguments of 'ctx' out of 'mac'. */
static void
delete_ips(struct ctl_context *ctx, const struct nvo3_vnic_mac *mac)
{
    bool must_exist = !nctl_option(ctx, "--if-exists");

    for (int i = 4; i < ctx->argc; i++) {
        char *ip = nctl_canonical_ip(ctx, ctx->argv[i]);
        const char *found = ip ? find_ip(mac, ip) : NULL;

        if (found) {
            ips_edit(mac, found, NULL);
        } else if (ip && must_exist) {
            ctl_error(ctx, "MAC %s has no IP %s; to take a part out of a "
                      "prefix or range, delete that and add the rest",
                      mac->mac, ip);
        }
        free(ip);
        if (ctx->error) {
            return;
        }
    }
}

/* Takes the MAC among the arguments of 'ctx', or the IPs after it, out of
 * 'in'. */
static void
delete_mac(struct ctl_context *ctx, const struct nvo3_vnic_vn *in)
{
    char *canonical = nctl_canonical_mac(ctx, ctx->argv[3]);
    const struct nvo3_vnic_mac *mac
        = canonical ? find_mac(in, canonical) : NULL;

    if (mac && ctx->argc > 4) {
        delete_ips(ctx, mac);
    } else if (mac) {
        macs_edit(in, mac, NULL);
    } else if (canonical && !nctl_option(ctx, "--if-exists")) {
        ctl_error(ctx, "VNIC \"%s\" has no MAC %s in VN \"%s\"",
                  ctx->argv[1], canonical, ctx->argv[2]);
    }
    free(canonical);
}

/* Returns the row for the VN called 'id', a name, an alias or so, in 'vnic'.
 * The VN itself need not exist any more. */
static const struct nvo3_vnic_vn *
find_attachment(struct ctl_context *ctx, const struct nvo3_vnic *vnic,
                const char *id)
{
    const struct nvo3_vnic_vn *in = find_vn(vnic, id);
    const struct nvo3_vn *vn = in ? NULL : nctl_find_vn(ctx, id, false);

    return vn ? find_vn(vnic, vn->name) : in;
}

static void
cmd_vnic_del_addr(struct ctl_context *ctx)
{
    bool must_exist = !nctl_option(ctx, "--if-exists");
    const struct nvo3_vnic *vnic
        = nctl_find_vnic(ctx, ctx->argv[1], must_exist);
    const struct nvo3_vnic_vn *in
        = vnic ? find_attachment(ctx, vnic, ctx->argv[2]) : NULL;

    if (in && ctx->argc > 3) {
        delete_mac(ctx, in);
    } else if (in) {
        vns_edit(vnic, in, NULL);
    } else if (vnic && must_exist && !ctx->error) {
        ctl_error(ctx, "VNIC \"%s\" is not in VN \"%s\"", ctx->argv[1],
                  ctx->argv[2]);
    }
}


/* vnic-list. */

static void
list_row(struct table *table, const struct nvo3_vnic *vnic, const char *vn,
         const struct nvo3_vnic_mac *mac, const char *status)
{
    nctl_table_row(table);
    nctl_table_put(table, vnic->name);
    nctl_table_put(table, vnic->alias);
    nctl_table_put(table, vnic->tenant);
    nctl_table_put(table, vn);
    nctl_table_put(table, mac ? mac->mac : "");
    nctl_table_put_nocopy(table, mac ? nctl_join(mac->ips, mac->n_ips)
                                     : xstrdup(""));
    nctl_table_put(table, nctl_status(status));
}

static void
list_attachment(struct table *table, const struct ovsdb_idl *idl,
                const struct nvo3_vnic *vnic, const struct nvo3_vnic_vn *in)
{
    const struct nvo3_vn *vn = nctl_vn_by_name(idl, in->vn);
    const char *label = vn ? nctl_label(vn->alias, vn->name) : in->vn;

    for (size_t i = 0; i < in->n_macs; i++) {
        list_row(table, vnic, label, in->macs[i], in->macs[i]->status);
    }
    if (!in->n_macs) {
        list_row(table, vnic, label, NULL, in->status);
    }
}

static void
cmd_vnic_list(struct ctl_context *ctx)
{
    const struct nvo3_vn *vn
        = ctx->argc > 1 ? nctl_find_vn(ctx, ctx->argv[1], true) : NULL;
    const struct nvo3_vnic *vnic;
    struct table *table;

    if (ctx->error) {
        return;
    }
    table = nctl_table_start(ctx, "VNIC,Alias,Tenant,VN,MAC,IPs,Status");
    NVO3_VNIC_FOR_EACH (vnic, ctx->idl) {
        for (size_t i = 0; i < vnic->n_vns; i++) {
            if (!vn || !strcmp(vnic->vns[i]->vn, vn->name)) {
                list_attachment(table, ctx->idl, vnic, vnic->vns[i]);
            }
        }
        if (!vnic->n_vns && !vn) {
            list_row(table, vnic, "", NULL, vnic->status);
        }
    }
    nctl_table_sort(table);
}

static const struct ctl_command_syntax vnic_commands[] = {
    {"vnic-add", 0, 2, "[NEW-VNIC] [ALIAS]", nctl_need_vnics, cmd_vnic_add,
     NULL, "--vn=,--mac=,--ip=,--tenant=,--nves=,--may-exist", RW},
    {"vnic-del", 1, 1, "VNIC", nctl_need_vnics, cmd_vnic_del, NULL,
     "--if-exists", RW},
    {"vnic-add-addr", 2, INT_MAX, "VNIC VN [MAC] [IP]...", nctl_need_vnics,
     cmd_vnic_add_addr, NULL, "", RW},
    {"vnic-del-addr", 2, INT_MAX, "VNIC VN [MAC] [IP]...", nctl_need_vnics,
     cmd_vnic_del_addr, NULL, "--if-exists", RW},
    {"vnic-list", 0, 1, "[VN]", nctl_need_vnics, cmd_vnic_list, NULL, "",
     RO},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family vnic_family = {
    vnic_commands,
"Virtual network interfaces (VNICs):\n\
  vnic-add [NAME|- [ALIAS]]   add a VNIC; without a name or with -, print\n\
                              the UUID that was made for it\n\
                              --vn=VN [--mac=MAC [--ip=IP[,IP]...]]\n\
                              --tenant=TENANT --nves=NVE[,NVE]...\n\
  vnic-del VNIC               delete VNIC\n\
  vnic-add-addr VNIC VN [MAC [IP]...]\n\
                              add VN, MAC and IPs, each if not there yet\n\
  vnic-del-addr VNIC VN [MAC [IP]...]\n\
                              delete the IPs, or else MAC, or else VN\n\
  vnic-list [VN]              print all VNICs, or those in VN\n"
};
