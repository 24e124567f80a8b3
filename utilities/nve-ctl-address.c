/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* nve-ctl: the end device's commands about the addresses of its VNICs.
 *
 * VNIC_Request.addresses has a text for each MAC: that and its IP addresses,
 * prefixes and ranges, with spaces in between. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "nctl-args.h"
#include "nve-ctl-request.h"
#include "nve-ctl.h"
#include "ovsdb-idl.h"
#include "svec.h"
#include "util.h"


/* Lists of addresses. */

/* Splits 'text' into its MAC and IPs, to be destroyed. */
static struct svec
split_address(const char *text)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    char *copy = xstrdup(text);
    char *save = NULL;

    for (char *word = strtok_r(copy, " ,", &save); word;
         word = strtok_r(NULL, " ,", &save)) {
        svec_add(&words, word);
    }
    free(copy);
    return words;
}

/* Returns the index in 'addresses' of the text for 'mac', or SIZE_MAX. */
static size_t
find_mac(const struct svec *addresses, const char *mac)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < addresses->n && found == SIZE_MAX; i++) {
        struct svec words = split_address(addresses->names[i]);

        if (words.n && nctl_mac_equals(words.names[0], mac)) {
            found = i;
        }
        svec_destroy(&words);
    }
    return found;
}

/* Returns the index in 'words', of which the first is a MAC, of what means
 * 'ip', or SIZE_MAX. */
static size_t
find_ip(const struct svec *words, const char *ip)
{
    for (size_t i = 1; i < words->n; i++) {
        if (nctl_ip_equals(words->names[i], ip)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* Adds 'mac' to 'addresses', and 'ip' to it if that is not NULL, where they
 * are not there yet. */
static void
addresses_add(struct svec *addresses, const char *mac, const char *ip)
{
    size_t i = find_mac(addresses, mac);
    struct svec words;

    if (i == SIZE_MAX) {
        i = addresses->n;
        svec_add(addresses, mac);
    }
    words = split_address(addresses->names[i]);
    if (ip && find_ip(&words, ip) == SIZE_MAX) {
        svec_add(&words, ip);
        free(addresses->names[i]);
        addresses->names[i] = svec_join(&words, " ", "");
    }
    svec_destroy(&words);
}

/* Returns true if 'word' has the shape of a MAC address, which no IP address
 * has. */
static bool
looks_like_mac(const char *word)
{
    return (strlen(word) == 17 && word[2] == ':' && word[5] == ':'
            && word[8] == ':' && word[11] == ':' && word[14] == ':');
}

bool
hctl_addresses_parse(struct ctl_context *ctx, char *const *words, size_t n,
                     struct svec *addresses)
{
    char *mac = NULL;

    for (size_t i = 0; i < n && !ctx->error; i++) {
        if (!mac || looks_like_mac(words[i])) {
            free(mac);
            mac = nctl_canonical_mac(ctx, words[i]);
            if (mac) {
                addresses_add(addresses, mac, NULL);
            }
        } else {
            char *ip = nctl_canonical_ip(ctx, words[i]);

            if (ip) {
                addresses_add(addresses, mac, ip);
            }
            free(ip);
        }
    }
    free(mac);
    return !ctx->error;
}

void
hctl_addresses_set(const struct hnve_vnic_request *r,
                   const struct svec *addresses)
{
    hnve_vnic_request_verify_addresses(r);
    hnve_vnic_request_set_addresses(
        r, (const char **) addresses->names, addresses->n);
}


/* Editing the addresses of a request. */

/* Adds the MAC and IPs in 'words' to 'addresses'. */
static void
edit_add(struct ctl_context *ctx OVS_UNUSED, struct svec *addresses,
         const struct svec *words)
{
    addresses_add(addresses, words->names[0], NULL);
    for (size_t i = 1; i < words->n; i++) {
        addresses_add(addresses, words->names[0], words->names[i]);
    }
}

/* Sets the error that 'address' is not there, unless --if-exists was
 * given. */
static void
not_there(struct ctl_context *ctx, const char *address)
{
    if (!nctl_option(ctx, "--if-exists")) {
        ctl_error(ctx, "VNIC \"%s\" is not asked to have %s; \"%s "
                  "request-list\" lists what is asked for", ctx->argv[1],
                  address, program_name);
    }
}

/* Takes the IPs in 'words' from the MAC there, in text number 'i' of
 * 'addresses'. */
static void
remove_ips(struct ctl_context *ctx, struct svec *addresses, size_t i,
           const struct svec *words)
{
    struct svec rest = split_address(addresses->names[i]);

    for (size_t j = 1; j < words->n; j++) {
        size_t found = find_ip(&rest, words->names[j]);

        if (found == SIZE_MAX) {
            not_there(ctx, words->names[j]);
        } else {
            free(rest.names[found]);
            memmove(&rest.names[found], &rest.names[found + 1],
                    (--rest.n - found) * sizeof *rest.names);
        }
    }
    free(addresses->names[i]);
    addresses->names[i] = svec_join(&rest, " ", "");
    svec_destroy(&rest);
}

/* Takes the IPs in 'words' from the MAC there, or the MAC if there are
 * none. */
static void
edit_del(struct ctl_context *ctx, struct svec *addresses,
         const struct svec *words)
{
    size_t i = find_mac(addresses, words->names[0]);

    if (i == SIZE_MAX) {
        not_there(ctx, words->names[0]);
    } else if (words->n > 1) {
        remove_ips(ctx, addresses, i, words);
    } else {
        free(addresses->names[i]);
        addresses->names[i] = addresses->names[--addresses->n];
    }
}

typedef void edit_func(struct ctl_context *, struct svec *addresses,
                       const struct svec *words);

/* Edits the addresses of 'r' by 'edit', once for each MAC in the
 * arguments. */
static void
edit_request(struct ctl_context *ctx, const struct hnve_vnic_request *r,
             edit_func *edit)
{
    struct svec addresses = SVEC_EMPTY_INITIALIZER;
    struct svec arguments = SVEC_EMPTY_INITIALIZER;

    for (size_t i = 0; i < r->n_addresses; i++) {
        svec_add(&addresses, r->addresses[i]);
    }
    hctl_addresses_parse(ctx, &ctx->argv[2], ctx->argc - 2, &arguments);
    for (size_t i = 0; i < arguments.n && !ctx->error; i++) {
        struct svec words = split_address(arguments.names[i]);

        edit(ctx, &addresses, &words);
        svec_destroy(&words);
    }
    if (!ctx->error) {
        hctl_addresses_set(r, &addresses);
        hctl_request_written(ctx, r);
    }
    svec_destroy(&addresses);
    svec_destroy(&arguments);
}

static void
edit_addresses(struct ctl_context *ctx, edit_func *edit)
{
    struct hctl_vnic vnic;

    if (hctl_vnic_open(ctx, &vnic) && hctl_vnic_must_exist(ctx, &vnic)
        && hctl_vnic_must_be_one(ctx, &vnic)) {
        edit_request(ctx, vnic.requests[0], edit);
    }
    hctl_vnic_close(&vnic);
}

static void
cmd_addr_add(struct ctl_context *ctx)
{
    edit_addresses(ctx, edit_add);
}

static void
cmd_addr_del(struct ctl_context *ctx)
{
    edit_addresses(ctx, edit_del);
}

static const struct ctl_command_syntax address_commands[] = {
    {"addr-add", 2, INT_MAX, "VNIC MAC [IP]...", hctl_need_vnic, cmd_addr_add,
     NULL, "--vn=", RW},
    {"addr-del", 2, INT_MAX, "VNIC MAC [IP]...", hctl_need_vnic, cmd_addr_del,
     NULL, "--vn=,--if-exists", RW},
    {NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, RO},
};

const struct nctl_family hctl_address_family = {
    address_commands,
"Requests of an end device (--device), about addresses:\n\
  addr-add VNIC MAC [IP...]   ask for more addresses; --vn=VN\n\
  addr-del VNIC MAC [IP...]   ask no longer for these IPs, or this MAC\n\
                              --vn=VN\n"
};
