/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* May an end device have what it asks for? */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/nvo3-addr.h"
#include "ovs-ext/split-private.h"
#include "util.h"

static char *check_names(const struct split_user *);
static char *check_device(const struct split_user *);
static char *check_port(const struct split_user *);
static char *resolve_vn(const struct split_user *, const char **vn);
static char *check_vn(const struct split_user *, const char *vn);
static char *check_request(struct split_user *);

char *
split_check(struct split_user *user, const char **vn)
{
    char *error = check_names(user);

    user->missing = false;
    if (!error) {
        error = check_device(user);
    }
    if (!error) {
        error = check_port(user);
    }
    if (!error) {
        error = resolve_vn(user, vn);
        user->missing = error || !shash_find(&user->split->vns, *vn);
    }
    if (!error) {
        error = check_vn(user, *vn);
    }
    if (!error && user->kind == SPLIT_REQUEST) {
        error = check_request(user);
    }
    if (!error && user->kind == SPLIT_CONNECTION
        && user->tag_request == TAG_NONE) {
        error = xasprintf("tag 0 is out of range: it must be %d to %d",
                          TAG_MIN, TAG_MAX);
    }
    return error;
}

char *
split_check_quota(const struct split_user *user)
{
    const struct split_device *device = shash_find_data(&user->split->devices,
                                                        user->device);
    bool is_request = user->kind == SPLIT_REQUEST;
    int64_t quota;

    if (!device) {
        return NULL;            /* Held from before. */
    }
    quota = is_request ? device->vnic_quota : device->vn_quota;
    if (quota >= 0
        && (user->links[SPLIT_BY_DEVICE].bucket->n_vaps[user->kind]
            >= (uint64_t) quota)) {
        return xasprintf("the end device has as many %s as it may, %"PRId64,
                         is_request ? "VNICs" : "connections to VNs", quota);
    }
    return NULL;
}

void
split_check_addresses(struct split_user *user)
{
    smap_clear(&user->bad);
    user->n_good = 0;
    free(user->good);
    user->good = xmalloc((user->n_addresses + 1) * sizeof *user->good);
    for (size_t i = 0; i < user->n_addresses; i++) {
        struct nvo3_address addr;
        char *error = nvo3_address_parse(user->addresses[i], &addr);

        if (error) {
            smap_replace(&user->bad, user->addresses[i], error);
            free(error);
        } else {
            nvo3_address_uninit(&addr);
            user->good[user->n_good++] = user->addresses[i];
        }
    }
}

/* Returns a new message: 'name' in quotes between two texts. */
static char *
say(const char *before, const char *name, const char *after)
{
    char *quoted = nvo3_quote(name);
    char *message = xasprintf("%s%s%s", before, quoted, after);

    free(quoted);
    return message;
}

static char *
check_names(const struct split_user *user)
{
    const char *const names[] = { user->device, user->port, user->vnic };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (names[i] && !nvo3_name_is_valid(names[i])) {
            return say("", names[i], " is no name: it must be 1 to 255 "
                       "printable characters");
        }
    }
    return NULL;
}

/* Returns true if 'set' is empty, which stands for any, or has 'name'. */
static bool
allows(const struct sset *set, const char *name)
{
    return sset_is_empty(set) || sset_contains(set, name);
}

static char *
check_device(const struct split_user *user)
{
    const struct split_device *device = shash_find_data(&user->split->devices,
                                                        user->device);

    if (!device) {
        return say("end device ", user->device, " is not registered here");
    } else if (!device->enabled) {
        return say("end device ", user->device, " is disabled");
    } else if (!allows(&device->ports, user->port)) {
        return say("the end device may not use access port ", user->port, "");
    } else if (user->vnic && !allows(&device->vnics, user->vnic)) {
        return say("the end device may not have VNIC ", user->vnic, "");
    }
    return NULL;
}

static char *
check_port(const struct split_user *user)
{
    const struct split_port *port = shash_find_data(&user->split->ports,
                                                    user->port);
    const struct split_segment_row *segment;

    if (!port) {
        return say("", user->port, " is not an access port of this NVE");
    } else if (!port->enabled) {
        return say("access port ", user->port, " is disabled");
    }
    segment = shash_find_data(&user->split->segments, port->segment);
    if (segment->error) {
        return xasprintf("access port \"%s\" cannot be used: %s", user->port,
                         segment->error);
    }
    return NULL;
}

/* Finds the VN with the VN ID that 'text', after "id:", has. */
static char *
resolve_vn_id(const struct split *split, const char *text, const char **vn)
{
    const struct shash_node *node;
    char *tail;
    long long int id;

    id = text[0] >= '0' && text[0] <= '9' ? strtoll(text, &tail, 10) : 0;
    if (id < VN_ID_MIN || id > VN_ID_MAX || *tail) {
        return say("\"id:\" must be followed by a VN ID from 1 to 16777215, "
                   "not ", text, "");
    }
    SHASH_FOR_EACH (node, &split->vns) {
        const struct split_vn_row *row = node->data;

        if (row->vn_id == id) {
            *vn = node->name;
            return NULL;
        }
    }
    return xasprintf("no VN has VN ID %lld", id);
}

/* Finds the VN that the VNIC is registered in. */
static char *
resolve_registration(const struct split_user *user, const char **vn)
{
    const struct sset *vns;

    if (user->kind == SPLIT_CONNECTION) {
        return xstrdup("a VN must be named");
    }
    vns = shash_find_data(&user->split->registrations, user->vnic);
    if (!vns) {
        return say("VNIC ", user->vnic,
                   " is not registered, so its VN must be named");
    } else if (sset_count(vns) == 1) {
        *vn = SSET_FIRST(vns);
        return NULL;
    }
    return say("VNIC ", user->vnic,
               " is registered in several VNs, so one must be named");
}

/* Stores in '*vn' the name of the VN that 'user' asks for. */
static char *
resolve_vn(const struct split_user *user, const char **vn)
{
    if (!user->vn[0]) {
        return resolve_registration(user, vn);
    } else if (!strncmp(user->vn, "id:", 3)) {
        return resolve_vn_id(user->split, user->vn + 3, vn);
    } else {
        *vn = user->vn;
        return NULL;
    }
}

static char *
check_vn(const struct split_user *user, const char *vn)
{
    const struct split_device *device = shash_find_data(&user->split->devices,
                                                        user->device);
    const struct split_vn_row *row = shash_find_data(&user->split->vns, vn);

    if (!row) {
        return say("there is no VN called ", vn, "");
    } else if (row->error) {
        return xasprintf("the VN is refused: %s", row->error);
    } else if (!allows(&device->tenants, row->tenant)) {
        return say("the end device may not join VNs of tenant ", row->tenant,
                   "");
    }
    return NULL;
}

/* Returns another request of the same end device that has the VNIC with the
 * same tag of its own, or NULL. */
static const struct split_user *
find_twin(const struct split_user *user)
{
    const struct split_link *link;

    LIST_FOR_EACH (link, node, &user->links[SPLIT_BY_VNIC].bucket->users) {
        const struct split_user *other = link->user;

        if (other != user && other->place && other->row
            && other->joined_tag == user->guest_tag) {
            return other;
        }
    }
    return NULL;
}

/* Says what is wrong with the first of the bad addresses. */
static char *
bad_address(const struct split_user *user)
{
    const struct smap_node **nodes = smap_sort(&user->bad);
    char *error = xasprintf("addresses: %s", nodes[0]->value);

    free(nodes);
    return error;
}

static char *
check_request(struct split_user *user)
{
    const char *interface = smap_get(&user->split->locals, user->vnic);
    const struct split_user *twin;

    if (interface) {
        split_user_retry(user);
        return say("the VNIC is at the NVE's own interface ", interface, "");
    }
    if (user->guest_tag != SPLIT_UNSET
        && (user->guest_tag < TAG_MIN || user->guest_tag > TAG_MAX)) {
        return xasprintf("guest tag %"PRId64" is out of range: it must be %d "
                         "to %d", user->guest_tag, TAG_MIN, TAG_MAX);
    }
    if (!smap_is_empty(&user->bad)
        && (user->state == TSI_INIT || !user->n_good)) {
        return bad_address(user);
    }
    twin = (user->place && user->joined_tag == user->guest_tag ? NULL
            : find_twin(user));
    if (twin) {
        split_user_retry(user);
        return say(user->guest_tag == SPLIT_UNSET
                   ? "the VNIC's untagged frames belong to VN "
                   : "the VNIC's frames with this tag belong to VN ",
                   twin->place->vn, " already");
    }
    return NULL;
}
