/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/rows-put.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "controller/model.h"
#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "svec.h"
#include "tests/unit/controller/rows.h"
#include "util.h"

/* The most of anything in one row, and of addresses in a claim's. */
#define MANY 12
#define MANY_ADDRESSES 1100

static const char *const kind_names[] = {
    "tenant", "vn", "nve", "reg", "vnic", "claim",
};

/* A line being read: its words, and what was made of them. */
struct reader {
    char *copy;
    char *rest;                 /* For strtok_r(). */
    struct svec strings;        /* Owned. */
};

const char *
row_kind_to_string(enum row_kind kind)
{
    return kind_names[kind];
}

enum row_kind
row_kind_from_string(const char *s)
{
    for (enum row_kind kind = 0; kind < ROW_N_KINDS; kind++) {
        if (s && !strcmp(s, kind_names[kind])) {
            return kind;
        }
    }
    ovs_abort(0, "%s: no such kind of row", s ? s : "(nothing)");
}

unsigned int
rows_name_number(const char *name)
{
    const char *end = name + strlen(name);
    const char *p = end;

    while (p > name && isdigit((unsigned char) p[-1])) {
        p--;
    }
    return p < end ? atoi(p) : 0;
}

struct uuid
rows_claim_key(const char *name)
{
    struct uuid key;

    for (int i = 0; i < 4; i++) {
        key.parts[i] = hash_string(name, i + 1);
    }
    return key;
}

/* Reading. */

static void
reader_init(struct reader *r, const char *words)
{
    r->copy = xstrdup(words);
    r->rest = r->copy;
    svec_init(&r->strings);
}

static void
reader_uninit(struct reader *r)
{
    svec_destroy(&r->strings);
    free(r->copy);
}

static char *
next_word(struct reader *r)
{
    return strtok_r(NULL, " ", &r->rest);
}

/* Returns the next word; if it has a '=', stores what follows in '*value',
 * otherwise NULL. */
static char *
next_pair(struct reader *r, char **value)
{
    char *word = next_word(r);

    *value = word ? strchr(word, '=') : NULL;
    if (*value) {
        *(*value)++ = '\0';
    }
    return word;
}

/* Keeps 's' (taking ownership) as long as 'r' and returns it. */
static const char *
keep(struct reader *r, char *s)
{
    svec_add_nocopy(&r->strings, s);
    return s;
}

static const char *
read_mac(struct reader *r, const char *s)
{
    size_t n = strlen(s);

    if (*s == 'm' && n >= 2 && n <= 5
        && strspn(s + 1, "0123456789abcdef") == n - 1) {
        unsigned int number = strtoul(s + 1, NULL, 16);

        return keep(r, xasprintf("02:00:00:00:%02x:%02x", number >> 8,
                                 number & 0xff));
    }
    return s;
}

/* Splits 's' at 'separator' into 'parts', at most 'max' of them; returns how
 * many. */
static size_t
split(char *s, const char *separator, const char *parts[], size_t max)
{
    size_t n = 0;
    char *rest;

    for (char *part = strtok_r(s, separator, &rest); part;
         part = strtok_r(NULL, separator, &rest)) {
        ovs_assert(n < max);
        parts[n++] = part;
    }
    return n;
}

static size_t
read_endpoints(char *s, struct endpoint_row endpoints[MANY])
{
    const char *parts[MANY];
    size_t n = split(s, ",", parts, MANY);

    for (size_t i = 0; i < n; i++) {
        char *slash = strchr(CONST_CAST(char *, parts[i]), '/');

        endpoints[i].address = parts[i];
        endpoints[i].priority = slash ? atoi(slash + 1) : 0;
        if (slash) {
            *slash = '\0';
        }
    }
    return n;
}

/* Putting. */

static void
put_vn(struct model *model, const char *name, const char *words,
       uint32_t vn_id)
{
    struct vn_row row = { .alias = name, .tenant = "", .vn_id = vn_id };
    int64_t request, gleaning, age;
    struct reader r;
    char *word;
    char *value;

    reader_init(&r, words);
    while ((word = next_pair(&r, &value))) {
        if (!strcmp(word, "id")) {
            request = strtoll(value, NULL, 0);
            row.vn_id_request = &request;
        } else if (!strcmp(word, "tenant")) {
            row.tenant = value;
        } else if (!strcmp(word, "open")) {
            row.open = true;
        } else if (!strcmp(word, "l3")) {
            row.l3 = true;
        } else if (!strcmp(word, "tags")) {
            row.tenant_tags = true;
        } else if (!strcmp(word, "glean")) {
            gleaning = strtoll(value, NULL, 0);
            row.gleaning = &gleaning;
        } else if (!strcmp(word, "age")) {
            age = strtoll(value, NULL, 0);
            row.gleaning_age = &age;
        } else {
            ovs_abort(0, "vn %s: %s?", name, word);
        }
    }
    model_set_vn(model, name, &row);
    reader_uninit(&r);
}

static void
put_nve(struct model *model, const char *name, const char *words)
{
    struct endpoint_row endpoints[MANY];
    struct nve_row row = { .enabled = true, .endpoints = endpoints };
    struct reader r;
    int64_t quota;
    char *word;
    char *value;

    reader_init(&r, words);
    while ((word = next_pair(&r, &value))) {
        if (!strcmp(word, "off")) {
            row.enabled = false;
        } else if (!strcmp(word, "dpid")) {
            row.datapath_id = value;
        } else if (!strcmp(word, "ep")) {
            row.n_endpoints = read_endpoints(value, endpoints);
        } else if (!strcmp(word, "quota")) {
            quota = atoi(value);
            row.vnic_quota = &quota;
        } else {
            ovs_abort(0, "nve %s: %s?", name, word);
        }
    }
    model_set_nve(model, name, &row);
    reader_uninit(&r);
}

static void
put_registration(struct model *model, const char *name, const char *words)
{
    unsigned int number = rows_name_number(name);
    char *dpid = xasprintf("%016x", number);
    char *ip = xasprintf("192.0.%u.%u", 2 + number / 256, number % 256);
    struct endpoint_row endpoints[MANY] = { { .address = ip } };
    struct registration_row row = {
        .datapath_id = dpid,
        .endpoints = endpoints,
        .n_endpoints = 1,
        .tunnel_port = "nvo3-vxlan0",
    };
    struct reader r;
    char *word;
    char *value;

    reader_init(&r, words);
    while ((word = next_pair(&r, &value))) {
        if (!strcmp(word, "dpid")) {
            row.datapath_id = value;
        } else if (!strcmp(word, "ep")) {
            row.n_endpoints = read_endpoints(value, endpoints);
        } else if (!strcmp(word, "tunnel")) {
            row.tunnel_port = value;
        } else {
            ovs_abort(0, "reg %s: %s?", name, word);
        }
    }
    model_set_registration(model, name, &row);
    reader_uninit(&r);
    free(dpid);
    free(ip);
}

/* What a VNIC's row says. */
struct vnic_lists {
    struct attachment_row vns[MANY];
    struct mac_row macs[MANY][MANY];
    const char *ips[MANY][MANY][MANY];
    const char *nves[MANY];
};

static void
read_attachment(struct reader *r, char *text, size_t i,
                struct vnic_lists *lists)
{
    const char *macs[MANY];
    size_t n = split(text, "+", macs, MANY);

    for (size_t j = 0; j < n; j++) {
        const char *parts[MANY];
        size_t n_parts = split(CONST_CAST(char *, macs[j]), ",", parts,
                               MANY);

        for (size_t k = 1; k < n_parts; k++) {
            lists->ips[i][j][k - 1] = parts[k];
        }
        lists->macs[i][j] = (struct mac_row) {
            .mac = read_mac(r, parts[0]),
            .ips = lists->ips[i][j],
            .n_ips = n_parts - 1,
        };
    }
    lists->vns[i].macs = lists->macs[i];
    lists->vns[i].n_macs = n;
}

static void
put_vnic(struct model *model, const char *name, const char *words)
{
    struct vnic_lists lists;
    struct vnic_row row = {
        .alias = name,
        .tenant = "",
        .allowed_nves = lists.nves,
        .vns = lists.vns,
    };
    struct reader r;
    char *word;
    char *value;

    reader_init(&r, words);
    while ((word = next_pair(&r, &value))) {
        ovs_assert(value);
        if (!strcmp(word, "tenant")) {
            row.tenant = value;
        } else if (!strcmp(word, "nves")) {
            row.n_allowed_nves = split(value, ",", lists.nves, MANY);
        } else {
            ovs_assert(row.n_vns < MANY);
            lists.vns[row.n_vns].vn = word;
            read_attachment(&r, value, row.n_vns++, &lists);
        }
    }
    model_set_vnic(model, name, &row);
    reader_uninit(&r);
}

/* Reads "MAC[,IP...][+MAC...]" into 'addresses', as in a claim's row. */
static size_t
read_addresses(struct reader *r, char *text,
               const char *addresses[MANY_ADDRESSES])
{
    size_t n = split(text, "+", addresses, MANY_ADDRESSES);

    for (size_t i = 0; i < n; i++) {
        const char *parts[MANY_ADDRESSES];
        size_t n_parts = split(CONST_CAST(char *, addresses[i]), ",", parts,
                               MANY_ADDRESSES);
        struct ds s = DS_EMPTY_INITIALIZER;

        ds_put_cstr(&s, n_parts ? read_mac(r, parts[0]) : "");
        for (size_t j = 1; j < n_parts; j++) {
            ds_put_format(&s, " %s", parts[j]);
        }
        addresses[i] = keep(r, ds_steal_cstr(&s));
    }
    return n;
}

static void
put_claim(struct model *model, const char *name, const char *words)
{
    struct uuid key = rows_claim_key(name);
    char *nve = xstrdup(name);
    char *vnic = strchr(nve, '/');
    char *vn = vnic ? strchr(vnic + 1, '/') : NULL;
    const char *addresses[MANY_ADDRESSES];
    struct claim_row row = {
        .nve = nve, .vn = "", .addresses = addresses, .activate = true,
    };
    struct reader r;
    int64_t tag;
    char *word;
    char *value;

    ovs_assert(vnic);
    *vnic++ = '\0';
    if (vn) {
        *vn = '\0';
    }
    row.vnic = row.port = vnic;
    reader_init(&r, words);
    while ((word = next_pair(&r, &value))) {
        if (!strcmp(word, "vn")) {
            row.vn = value;
        } else if (!strcmp(word, "port")) {
            row.port = value;
        } else if (!strcmp(word, "tag")) {
            tag = atoi(value);
            row.tag = &tag;
        } else if (!strcmp(word, "assoc")) {
            row.activate = false;
        } else if (!strcmp(word, "seq")) {
            row.client_seq = atoi(value);
        } else if (!strcmp(word, "addr")) {
            row.n_addresses = read_addresses(&r, value, addresses);
        } else {
            ovs_abort(0, "claim %s: %s?", name, word);
        }
    }
    model_set_claim(model, &key, &row);
    reader_uninit(&r);
    free(nve);
}

void
row_put(struct model *model, enum row_kind kind, const char *name,
        const char *words, uint32_t vn_id)
{
    switch (kind) {
    case ROW_TENANT:
        model_set_tenant(model, name, true);
        break;
    case ROW_VN:
        put_vn(model, name, words, vn_id);
        break;
    case ROW_NVE:
        put_nve(model, name, words);
        break;
    case ROW_REG:
        put_registration(model, name, words);
        break;
    case ROW_VNIC:
        put_vnic(model, name, words);
        break;
    case ROW_CLAIM:
        put_claim(model, name, words);
        break;
    case ROW_N_KINDS:
    default:
        OVS_NOT_REACHED();
    }
}

void
row_drop(struct model *model, enum row_kind kind, const char *name)
{
    struct uuid key;

    switch (kind) {
    case ROW_TENANT:
        model_set_tenant(model, name, false);
        break;
    case ROW_VN:
        model_set_vn(model, name, NULL);
        break;
    case ROW_NVE:
        model_set_nve(model, name, NULL);
        break;
    case ROW_REG:
        model_set_registration(model, name, NULL);
        break;
    case ROW_VNIC:
        model_set_vnic(model, name, NULL);
        break;
    case ROW_CLAIM:
        key = rows_claim_key(name);
        model_set_claim(model, &key, NULL);
        break;
    case ROW_N_KINDS:
    default:
        OVS_NOT_REACHED();
    }
}
