/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-trunk.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "util.h"

#define SPACES " \t\n"

static char *add_pair(struct nved_trunk *, char *pair);

char *
nved_trunk_parse(const char *s, struct nved_trunk *trunk)
{
    char *copy = xstrdup(s);
    char *error = NULL;
    char *rest = NULL;

    *trunk = (struct nved_trunk) { .n = 0 };
    for (char *pair = strtok_r(copy, ",", &rest); pair && !error;
         pair = strtok_r(NULL, ",", &rest)) {
        error = add_pair(trunk, pair);
    }
    if (!error && !trunk->n) {
        error = xstrdup("it names no VN: write TAG=VN, several with commas");
    }
    free(copy);
    if (error) {
        nved_trunk_uninit(trunk);
    }
    return error;
}

void
nved_trunk_add(struct nved_trunk *trunk, int tag, const char *vn)
{
    trunk->vns = xrealloc(trunk->vns, (trunk->n + 1) * sizeof *trunk->vns);
    trunk->vns[trunk->n++] = (struct nved_trunk_vn) { tag, xstrdup(vn) };
}

void
nved_trunk_uninit(struct nved_trunk *trunk)
{
    for (size_t i = 0; i < trunk->n; i++) {
        free(trunk->vns[i].vn);
    }
    free(trunk->vns);
    *trunk = (struct nved_trunk) { .n = 0 };
}

/* Returns 's' without spaces at its ends, which it cuts off. */
static char *
trim(char *s)
{
    char *end;

    s += strspn(s, SPACES);
    end = s + strlen(s);
    while (end > s && strchr(SPACES, end[-1])) {
        *--end = '\0';
    }
    return s;
}

/* Returns a new message that says 'what' of 'text'. */
static char *
complain(const char *text, const char *what)
{
    char *quoted = nvo3_quote(text);
    char *error = xasprintf("%s %s", quoted, what);

    free(quoted);
    return error;
}

/* Returns what is wrong with another VN 'vn' of tag 'tag' in 'trunk', or
 * NULL. */
static char *
check_pair(const struct nved_trunk *trunk, int tag, const char *vn)
{
    if (!nvo3_name_is_valid(vn)) {
        return complain(vn, "is no name of a VN");
    }
    for (size_t i = 0; i < trunk->n; i++) {
        if (trunk->vns[i].tag == tag) {
            return xasprintf("tag %d is there twice", tag);
        }
        if (!strcmp(trunk->vns[i].vn, vn)) {
            return complain(vn, "is there twice");
        }
    }
    return NULL;
}

/* Adds 'pair', "TAG=VN", which it modifies. */
static char *
add_pair(struct nved_trunk *trunk, char *pair)
{
    char *equals = strchr(pair, '=');
    char *error;
    char *word;
    int tag;

    if (!equals) {
        return complain(trim(pair), "is not TAG=VN");
    }
    *equals = '\0';
    word = trim(pair);
    if (!isdigit((unsigned char) *word) || !str_to_int(word, 10, &tag)
        || tag > 4094) {
        return complain(word, "is no tag: write 1 to 4094, or 0 for untagged "
                        "frames");
    }
    word = trim(equals + 1);
    error = check_pair(trunk, tag, word);
    if (!error) {
        nved_trunk_add(trunk, tag, word);
    }
    return error;
}
