/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef SPLIT_PRIVATE_H
#define SPLIT_PRIVATE_H 1

/* What the parts of split.h share.
 *
 *   split.c            the instance; split_run(); what comes out
 *   split-inventory.c  the rows that operators and the nDirector write
 *   split-user.c       the rows of end devices: put, remove, decide
 *   split-check.c      may an end device have what it asks for?
 *   split-vap.c        VAPs and their tags
 *   split-place.c      who holds a VNIC in a VN, its claim, its state
 *   split-answer.c     answers
 *
 * A "user" is a row of VN_Connection or VNIC_Request.  While split_run() has
 * not looked at it, it is on the list of dirty users.  A user that is granted
 * holds a VAP, and with it a tag.  A "place" is a VNIC in a VN: the requests
 * that passed their checks, one of which is the holder.
 *
 *     rows --> dirty users --> checks --> dirty places --> holder, claim,
 *     states --> answers */

#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "ovs-ext/split.h"
#include "ovs-ext/vap.h"

/* All users that have one thing in common, such as the end device. */
struct split_bucket {
    char *key;
    struct ovs_list users;
    size_t n_vaps[2];           /* Users that hold a VAP, by kind. */
};

enum split_kind {
    SPLIT_CONNECTION,
    SPLIT_REQUEST,
};

/* Where a user finds its bucket. */
enum split_index {
    SPLIT_BY_DEVICE,
    SPLIT_BY_PORT,
    SPLIT_BY_VN,                /* By what identifies the VN. */
    SPLIT_BY_VNIC,              /* By end device and VNIC. */
    SPLIT_N_INDEXES,
};

struct split_link {
    struct ovs_list node;       /* In bucket's 'users'. */
    struct split_bucket *bucket;
    struct split_user *user;
};

/* In 'hold_until': held since before the start, so anew from it. */
#define HOLD_RESTORED (-1)

/* What a request is to its place. */
enum split_role {
    SPLIT_ROLE_NONE,            /* Not decided, or has no place. */
    SPLIT_ROLE_HOLDER,
    SPLIT_ROLE_RESERVED,        /* Prepared; not the holder. */
    SPLIT_ROLE_BLOCKED,         /* Somebody else is the holder. */
    SPLIT_ROLE_MOVED,           /* Somebody else became the holder. */
    SPLIT_ROLE_FAILED,          /* There was no tag or quota for it. */
};

struct split_user {
    struct split *split;
    enum split_kind kind;
    char *key;
    bool row;                   /* False: deleted; perhaps held. */
    char *device;
    char *vnic;                 /* Requests only. */
    char *vn;                   /* As asked for. */
    char *port;
    int64_t client_seq;
    char *unknown;              /* Why what it names is not known, or NULL. */

    /* Connections. */
    int64_t tag_request;

    /* Requests. */
    char **addresses;           /* As asked for; sorted. */
    size_t n_addresses;
    char **good;                /* Those in effect, borrowed from above. */
    size_t n_good;
    enum tsi_state wanted;      /* Not TSI_INIT. */
    enum tsi_migration migration;
    int64_t guest_tag;

    /* The decision. */
    struct split_link links[SPLIT_N_INDEXES];
    struct ovs_list dirty_node; /* Or empty. */
    struct ovs_list retry_node; /* In the list of those to be looked at again
                                 * when something is released, or empty. */
    char *error;                /* Why it is refused, or NULL. */
    bool missing;               /* ... because its VN is not there. */
    bool undecided;             /* Not ready to say. */
    const char *waits;          /* What a connection waits for, or NULL. */
    struct split_vap *vap;      /* Held by it, or NULL. */
    struct smap bad;            /* Bad addresses. */
    struct split_place *place;  /* If it passed the checks. */
    struct ovs_list place_node; /* In 'place->users'. */
    enum split_role role;
    int64_t joined_tag;         /* 'guest_tag' when it joined 'place'. */
    bool hold_spent;            /* It was held, and nobody came. */
    bool moved;                 /* See SPLIT_ROLE_MOVED. */
    bool withdrawn;             /* Lost what it had, for no doing of its own,
                                 * since client_seq last changed. */
    bool was_connected;         /* Connections: as 'state'. */
    enum tsi_state state;
    long long int hold_until;   /* 0: not held; HOLD_RESTORED. */
    struct ovs_list hold_node;  /* In the list of those held, or empty. */
    struct split_answer answer; /* As last output. */
};

/* A VNIC in a VN. */
struct split_place {
    struct split *split;
    struct split_vnic *vnic;
    struct ovs_list vnic_node;  /* In vnic's 'places', by VN name. */
    char *vn;                   /* VN Name. */
    struct ovs_list users;      /* Those that passed the checks. */
    struct split_user *holder;  /* One of these, or NULL. */
    bool has_claim;
    struct nved_claim claim;
    char **addresses;           /* Of 'claim'; owned. */
    char *claim_port;           /* Of 'claim'; owned. */
    enum nved_state verdict;    /* On the claim as it is. */
    char *reason;
    struct ovs_list dirty_node;
};

/* A VNIC that has places. */
struct split_vnic {
    char *name;
    struct ovs_list places;
    struct nved_claim *claims;
};

struct split_vap {
    char *key;
    char *port;
    char *vn;                   /* VN Name. */
    char *segment;
    struct vap fsm;
    int tag;
};

struct split_device {
    bool enabled;
    struct sset ports;
    struct sset tenants;
    struct sset vnics;
    int64_t vnic_quota;
    int64_t vn_quota;
};

struct split_port {
    char *segment;              /* Never "". */
    bool own_segment;           /* It is of the port's name by default. */
    char *tags;
    bool enabled;
};

struct split_vn_row {
    char *tenant;
    char *error;
    uint32_t vn_id;
};

/* A segment that is configured, or used by a port. */
struct split_segment_row {
    bool row;                   /* Is there a row of Segment? */
    char *tags;
    char *request_tags;
    char *error;                /* Why its pools are no good, or NULL. */
    struct tag_book *book;
};

struct split {
    struct split_config config;
    struct split_counters counters;
    long long int now;
    bool ready;
    bool settled;
    bool retry;                 /* Something was released. */
    struct shash devices;       /* -> struct split_device. */
    struct shash ports;         /* -> struct split_port. */
    struct shash segments;      /* -> struct split_segment_row. */
    struct shash vns;           /* -> struct split_vn_row. */
    struct shash registrations; /* VNIC -> struct sset of VNs. */
    struct smap locals;         /* VNIC -> interface of the NVE's own. */
    struct shash users;         /* Key -> struct split_user. */
    struct shash buckets[SPLIT_N_INDEXES]; /* -> struct split_bucket. */
    struct shash vaps;          /* Key -> struct split_vap. */
    struct shash vnics;         /* -> struct split_vnic. */
    struct ovs_list dirty_users;
    struct ovs_list dirty_places;
    struct ovs_list retries;
    struct ovs_list holds;
    struct split_output *output; /* During split_run(). */
};

/* Returns a new key, to be freed with free(), that no three other strings
 * have. */
char *split_key(const char *a, const char *b, const char *c);

/* Outputs that the tags of the segment called 'name' have changed. */
void split_note_segment(struct split *split, const char *name);

/* split-inventory.c */

/* Makes the tables of operators' rows empty. */
void split_inventory_init(struct split *split);

/* Frees the tables of operators' rows. */
void split_inventory_uninit(struct split *split);

/* Returns the segment called 'name', which is made if it is not there. */
struct split_segment_row *split_get_segment(struct split *split,
                                            const char *name);

/* split-user.c */

/* Makes split_run() look at 'user'. */
void split_user_touch(struct split_user *user);

/* Does so for all users that have 'key' in 'index'. */
void split_touch_bucket(struct split *split, enum split_index index,
                        const char *key);

/* Does so for all users. */
void split_touch_all(struct split *split);

/* Makes split_run() look at 'user' again when something is released. */
void split_user_retry(struct split_user *user);

/* Checks 'user', which is no longer on the list of dirty ones, and draws the
 * consequences.  May destroy it. */
void split_user_decide(struct split_user *user);

/* Frees 'user' and all it holds, and outputs that its answer is gone. */
void split_user_destroy(struct split_user *user);

/* Sets the reason why 'user' is refused, or NULL.  Takes ownership of
 * 'error'. */
void split_user_set_error(struct split_user *user, char *error);

/* Returns the request with that key, or NULL. */
struct split_user *split_find_request(const struct split *split,
                                      const char *end_device,
                                      const char *vnic, const char *vn);

/* Returns a new text: the key in SPLIT_BY_VN of the requests for 'vnic' that
 * name no VN. */
char *split_vnic_bucket(const char *vnic);

/* split-check.c */

/* Returns NULL and stores in '*vn' the VN Name, valid until the directory
 * changes, or a new message that says what forbids what 'user' asks for.
 * Then 'user->missing' says whether it is that no such VN is known.
 * Quotas and tags are not looked at. */
char *split_check(struct split_user *user, const char **vn);

/* Returns NULL, or a new message if the quota of the end device forbids that
 * 'user', which has no VAP, gets one. */
char *split_check_quota(const struct split_user *user);

/* Sorts the addresses of 'user' into good and bad. */
void split_check_addresses(struct split_user *user);

/* split-vap.c */

/* Makes 'user' hold the VAP for 'vn' on its port, and no other.  Returns NULL
 * or a new message; then it holds none. */
char *split_vap_take(struct split_user *user, const char *vn);

/* Makes 'user' hold no VAP. */
void split_vap_drop(struct split_user *user);

/* split-place.c */

/* Makes split_run() decide on 'place'. */
void split_place_touch(struct split_place *place);

/* Enters 'user', a request that passed its checks, for its VNIC in 'vn', and
 * touches that place. */
void split_place_join(struct split_user *user, const char *vn);

/* Undoes split_place_join(). */
void split_place_leave(struct split_user *user);

/* Decides who holds 'place', on its claim, and how far its users are.  May
 * destroy it, and a user that is no longer held. */
void split_place_decide(struct split_place *place);

/* Takes the arc of figure 6 to 'state', if 'user' is in another. */
void split_user_go(struct split_user *user, enum tsi_state state);

/* Returns true if 'user' departs by migration and its claim can be held. */
bool split_user_departs(const struct split_user *user);

/* Begins to hold what 'user' has. */
void split_user_hold(struct split_user *user);

/* Ends that, if it has begun. */
void split_user_unhold(struct split_user *user);

/* split-answer.c */

/* Computes the answer to 'user' and outputs it if it is another. */
void split_answer_update(struct split_user *user);

/* Outputs that there is no longer an answer to 'user'. */
void split_answer_remove(struct split_user *user);

/* Adds 'answer', which is borrowed, to 'output'. */
void split_answer_add(struct split_output *output,
                      const struct split_answer *answer);

/* Makes '*dst' a copy of 'src', to be ended with split_answer_uninit(). */
void split_answer_copy(struct split_answer *dst,
                       const struct split_answer *src);

/* Frees what 'answer' owns. */
void split_answer_uninit(struct split_answer *answer);

#endif /* split-private.h */
