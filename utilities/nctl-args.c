/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "nctl-args.h"

#include <stdlib.h>
#include <string.h>

#include "db-ctl-base.h"
#include "lib/nvo3-addr.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "svec.h"
#include "util.h"
#include "uuid.h"

const char *
nctl_option(const struct ctl_context *ctx, const char *name)
{
    const struct shash_node *node = shash_find(&ctx->options, name);

    return !node ? NULL : node->data ? node->data : "";
}

char *
nctl_new_name(struct ctl_context *ctx, const char *noun, const char *arg)
{
    if (!arg || !strcmp(arg, "-")) {
        struct uuid uuid;

        uuid_generate(&uuid);
        return xasprintf(UUID_FMT, UUID_ARGS(&uuid));
    }
    if (!nvo3_name_is_valid(arg)) {
        char *quoted = nvo3_quote(arg);

        ctl_error(ctx, "%s is no good name for a %s; write 1 to %d bytes of "
                  "UTF-8 without control characters, or - for a new UUID",
                  quoted, noun, NVO3_NAME_MAX);
        free(quoted);
        return NULL;
    }
    return xstrdup(arg);
}

bool
nctl_check_alias(struct ctl_context *ctx, const char *noun, const char *alias)
{
    if (alias[0] && !nvo3_name_is_valid(alias)) {
        char *quoted = nvo3_quote(alias);

        ctl_error(ctx, "%s is no good alias for a %s; write at most %d bytes "
                  "of UTF-8 without control characters", quoted, noun,
                  NVO3_NAME_MAX);
        free(quoted);
        return false;
    }
    return true;
}

void
nctl_split(const char *list, struct svec *words)
{
    char *copy = xstrdup(list ? list : "");
    char *save = NULL;

    svec_init(words);
    for (char *word = strtok_r(copy, ",", &save); word;
         word = strtok_r(NULL, ",", &save)) {
        svec_add(words, word);
    }
    free(copy);
}

/* Takes ownership of 'error' and makes it the error of 'ctx'. */
static void
set_error(struct ctl_context *ctx, char *error)
{
    ctl_error(ctx, "%s", error);
    free(error);
}

char *
nctl_canonical_mac(struct ctl_context *ctx, const char *text)
{
    struct eth_addr mac;
    char *error = nvo3_mac_parse(text, &mac);

    if (error) {
        set_error(ctx, error);
        return NULL;
    }
    return xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
}

/* Stores in '*canonical' the one right form of the address, prefix or range
 * 'text', to be freed.  Returns NULL, or an error to be freed. */
static char *
canonical_ip(const char *text, char **canonical)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    struct nvo3_prefix *prefixes;
    size_t n;
    char *error = nvo3_ip_parse(text, &prefixes, &n);

    *canonical = NULL;
    if (error) {
        return error;
    }
    if (n == 1) {
        nvo3_prefix_format(&prefixes[0], &out);
    } else {
        /* Each end of a range is an address, so one prefix. */
        char *copy = xstrdup(text);
        char *last = strchr(copy, '-');
        char *first = copy;
        struct nvo3_prefix *ends;

        *last++ = '\0';
        ovs_assert(!nvo3_ip_parse(first, &ends, &n));
        nvo3_prefix_format(ends, &out);
        free(ends);
        ds_put_char(&out, '-');
        ovs_assert(!nvo3_ip_parse(last, &ends, &n));
        nvo3_prefix_format(ends, &out);
        free(ends);
        free(copy);
    }
    free(prefixes);
    *canonical = ds_steal_cstr(&out);
    return NULL;
}

char *
nctl_canonical_ip(struct ctl_context *ctx, const char *text)
{
    char *canonical;
    char *error = canonical_ip(text, &canonical);

    if (error) {
        set_error(ctx, error);
    }
    return canonical;
}

bool
nctl_mac_equals(const char *a, const char *b)
{
    return !strcasecmp(a, b);
}

/* Returns true if 'text' can only be an IPv4 address, which there is but one
 * way to write. */
static bool
is_plain_ipv4(const char *text)
{
    return !text[strspn(text, "0123456789.")];
}

bool
nctl_ip_equals(const char *a, const char *b)
{
    char *ca, *cb, *ea, *eb;
    bool equals;

    /* Checking for conflicts compares with every address of a VN. */
    if (!strcmp(a, b)) {
        return true;
    } else if (is_plain_ipv4(a) && is_plain_ipv4(b)) {
        return false;
    }

    ea = canonical_ip(a, &ca);
    eb = canonical_ip(b, &cb);
    equals = !strcmp(ca ? ca : a, cb ? cb : b);
    free(ca);
    free(cb);
    free(ea);
    free(eb);
    return equals;
}
