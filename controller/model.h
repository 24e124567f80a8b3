/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_MODEL_H
#define CONTROLLER_MODEL_H 1

/* Model: tenants, VNs, VNICs, NVEs, claims and the bindings decided from them,
 * in plain C.
 *
 * db puts rows in with model_set_*(); NULL for a row that is gone.  Objects
 * are found by name and refer to each other by name, so rows may come in any
 * order: an object that is named but has no row is "absent", and what depends
 * on it is refused in words until its row appears.
 *
 * model_run() decides every claim that a change touched and appends what
 * compile must do to a list of changes; verdicts for db gather in the model
 * until model_next_verdict().  Work is proportional to what the change
 * touches.
 *
 * Who was first stays: a VN ID, a MAC or an IP in a VN, a VNIC's place, a
 * datapath ID or a tunnel endpoint belongs to the one who had it, a later
 * comer is refused and gets it when it is free.  db therefore puts in first
 * what was "ok" before a restart.  But what the inventory says of a MAC or an
 * IP goes before what hypervisors observed in an open VN, and both go before
 * what was gleaned from frames, where a VN allows that.
 *
 * No I/O, no clock, single-threaded.  The structs are public to be read by
 * compile, core and tests; only model*.c write them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/types.h"
#include "openvswitch/uuid.h"
#include "lib/nvo3-addr.h"
#include "lib/nvo3-types.h"
#include "sset.h"

struct ds;
struct model;
struct nve_text;
struct model_attachment;
struct model_binding;
struct model_claim;
struct model_gleaned;
struct model_mac;
struct model_nve;
struct model_vn;
struct model_vnic;

/* ---- Rows, as db reads them.  All pointers are borrowed for the call. */

struct vn_row {
    const char *alias, *tenant;
    const int64_t *vn_id_request;   /* NULL if not asked. */
    bool l3;                        /* Service "l3". */
    bool open;                      /* Admission "open". */
    bool tenant_tags;
    const int64_t *gleaning;        /* Addresses per VNIC; NULL: none. */
    const int64_t *gleaning_age;    /* Seconds; NULL: the default. */
    uint32_t vn_id;                 /* Verdict of an earlier run, or 0. */
};

struct mac_row {
    const char *mac;
    const char **ips;
    size_t n_ips;
};

struct attachment_row {
    const char *vn;
    const struct mac_row *macs;
    size_t n_macs;
};

struct vnic_row {
    const char *alias, *tenant;
    const char **allowed_nves;
    size_t n_allowed_nves;
    const struct attachment_row *vns;
    size_t n_vns;
};

struct endpoint_row {
    const char *address;
    int64_t priority;               /* The highest is preferred. */
};

struct nve_row {
    bool enabled;
    const char *datapath_id;        /* NULL: as registered. */
    const struct endpoint_row *endpoints;   /* None: as registered. */
    size_t n_endpoints;
    const int64_t *vnic_quota;      /* NULL: no limit. */
};

struct registration_row {
    const char *datapath_id;
    const struct endpoint_row *endpoints;
    size_t n_endpoints;
    const char *tunnel_port;
};

struct claim_row {
    const char *nve, *vnic, *vn;    /* 'vn' may be "". */
    const char *port;
    const int64_t *tag;             /* NULL: frames have none. */
    const char **addresses;         /* Each "MAC [IP...]". */
    size_t n_addresses;
    bool activate;                  /* False: Associate only. */
    int64_t client_seq;
};

enum binding_state {
    BINDING_PENDING,                /* Granted, not yet in the datapath. */
    BINDING_ASSOCIATED,
    BINDING_ACTIVATED,
    BINDING_REFUSED,
};

/* Returns the name of 'state' as in Binding.state. */
const char *binding_state_to_string(enum binding_state state);

/* Stores the state that 's' names and returns true, or returns false. */
bool binding_state_from_string(const char *s, enum binding_state *state);

struct binding_row {
    const char *vnic, *vn, *nve;
    enum binding_state state;
    const char *reason;
    int64_t generation, epoch, claim_seq;
    char **gleaned;                 /* Each "MAC" or "MAC IP". */
    size_t n_gleaned;
};

/* ---- Input. */

/* Returns a new empty model; free with model_destroy(). */
struct model *model_create(void);

/* Frees 'model' with all that it holds.  NULL is allowed. */
void model_destroy(struct model *);

/* Sets the epoch: generations made from now on are above those of any smaller
 * epoch. */
void model_set_epoch(struct model *, int64_t epoch);

/* The tenant called 'name' has a row, or has none any more. */
void model_set_tenant(struct model *, const char *name, bool present);

/* Puts in the row of the VN called 'name'; a NULL row removes it. */
void model_set_vn(struct model *, const char *name, const struct vn_row *);

/* The same for a VNIC with all that it contains. */
void model_set_vnic(struct model *, const char *name,
                    const struct vnic_row *);

/* The same for an NVE in the inventory. */
void model_set_nve(struct model *, const char *name, const struct nve_row *);

/* The same for the registration of the NVE called 'nve'. */
void model_set_registration(struct model *, const char *nve,
                            const struct registration_row *);

/* Puts in a claim; 'key' (NULL row: only that) tells claims apart. */
void model_set_claim(struct model *, const struct uuid *key,
                     const struct claim_row *);

/* NVO3_Global.nve_admission: an NVE that registers itself is admitted. */
void model_set_nve_admission(struct model *, bool open);

/* Hands in a Binding row found at the start, before model_run() is first
 * called: the binding decided for it takes over state and generation. */
void model_adopt_binding(struct model *, const struct binding_row *);

/* The NVE's datapath came or went. */
void model_set_connected(struct model *, struct model_nve *, bool connected);

/* The datapath of the binding's NVE holds all that the binding asks: it takes
 * the state that it was granted. */
void model_confirm_binding(struct model *, struct model_binding *);

/* The binding is granted but not in the datapath, because of 'reason'
 * (copied).  'lost': what was confirmed before is gone too. */
void model_delay_binding(struct model *, struct model_binding *,
                         const char *reason, bool lost);

/* ---- Gleaning (draft-kreeger-nvo3-hypervisor-nve-cp-01, section 4.2). */

enum glean_result {
    GLEAN_LEARNED,              /* It is in effect after model_run(). */
    GLEAN_KNOWN,                /* It is the VNIC's already. */
    GLEAN_TAKEN,                /* Somebody else has it, or may have it. */
    GLEAN_FULL,                 /* The VNIC may have no more, or none. */
    GLEAN_REFUSED,              /* The MAC of this IP is not the VNIC's. */
};

/* Returns true if more may be gleaned of 'b'. */
bool model_binding_gleans(const struct model_binding *b);

/* The VNIC of 'b', whose port is in effect, was seen to send as 'mac', or if
 * 'ip' is nonnull with that MAC, which is its own, as 'ip': learns it if the
 * VN allows that and nobody has it.  If what has it was gleaned too, stores
 * that one's owner in '*rival', otherwise 0. */
enum glean_result model_glean(struct model *, struct model_binding *b,
                              struct eth_addr mac, const struct in6_addr *ip,
                              uint64_t *rival);

/* Forgets the gleaned address of 'b' whose owner is 'owner', and with a MAC
 * its IPs.  Returns false if there is none. */
bool model_unglean(struct model *, struct model_binding *b, uint64_t owner);

/* Returns "MAC" or "MAC IP" as in Binding.gleaned, to be freed. */
char *model_gleaned_to_string(const struct model_gleaned *);

/* Stores in '*ip' the IP by which it can be found out whether 'g' is still
 * there and returns true; false if there is none. */
bool model_gleaned_probe(const struct model_gleaned *g, struct in6_addr *ip);

/* Returns the gleaned address of 'b' whose owner is 'owner', or NULL.  Valid
 * until the model's next change. */
struct model_gleaned *model_gleaned_find(const struct model_binding *b,
                                         uint64_t owner);

/* ---- Decisions. */

enum model_change_type {
    CHANGE_NVE,                 /* NVE's endpoint or tunnel port; or gone. */
    CHANGE_MEMBER,              /* NVE joins, stays in or leaves a VN. */
    CHANGE_MAPPING,             /* A MAC with its IPs, on all NVEs of a VN. */
    CHANGE_LOCAL,               /* A binding's port, on its own NVE. */
};

/* What compile must do.  Pointers are valid until the model's next change. */
struct model_change {
    enum model_change_type type;
    uint32_t vn_id;             /* But for CHANGE_NVE. */
    struct model_nve *nve;
    uint64_t owner;             /* Owner in the image; never reused. */
    struct model_binding *binding;  /* LOCAL, MAPPING; NULL: take out. */
    const struct model_mac *mac;    /* MAPPING. */
    bool present;               /* NVE, MEMBER: false to take out. */
};

struct model_changes {
    struct model_change *array;
    size_t n, allocated;
};

/* Returns true if model_run() has something to do. */
bool model_is_dirty(const struct model *);

/* Decides what waits and appends to 'changes'; those that take out come before
 * those that put in.  The caller frees 'changes->array'. */
void model_run(struct model *, struct model_changes *changes);

/* Claims decided since the start. */
uint64_t model_n_decisions(const struct model *);

/* ---- Verdicts. */

enum verdict_type {
    VERDICT_VN,                 /* VN.vn_id, VN.status. */
    VERDICT_VNIC,               /* VNIC.status and those below it. */
    VERDICT_NVE,                /* NVE.connected, NVE.status; may create. */
    VERDICT_BINDING,            /* Binding: row to write, or to delete. */
};

struct verdict {
    enum verdict_type type;
    const struct model_vn *vn;
    const struct model_vnic *vnic;
    const struct model_nve *nve;
    const struct model_binding *binding;    /* 'gone': delete the row. */
};

/* Takes the next verdict to write and returns true, or returns false.  What
 * was taken is in flight until model_verdicts_done(). */
bool model_next_verdict(struct model *, struct verdict *);

/* The transaction with the verdicts taken was committed, or ('ok' false) must
 * be made again: they wait once more. */
void model_verdicts_done(struct model *, bool ok);

/* Returns true if verdicts wait to be taken. */
bool model_has_verdicts(const struct model *);

/* ---- Objects. */

/* Place in a queue of the model: verdicts or decisions that wait. */
struct model_ticket {
    struct ovs_list node;       /* Empty if in no queue. */
    struct ovs_list *queue;     /* Which one, or NULL. */
};

struct model_tenant {
    struct hmap_node node;      /* In model's 'tenants', by name. */
    char *name;
    bool present;
};

struct model_vn {
    struct hmap_node node;      /* In model's 'vns', by name. */
    char *name;
    bool present;               /* Has a row. */
    char *alias, *tenant;
    bool open, l3;
    bool tenant_tags;           /* Frames may have a tag of the tenant's. */
    bool say_members;           /* 'tenant_tags' has changed. */
    bool has_request;
    int64_t request;            /* vn_id_request, if has_request. */
    size_t gleaning;            /* Most gleaned addresses of one VNIC. */
    int gleaning_age;           /* Seconds. */
    char *bad_gleaning;         /* Why there is no gleaning, or NULL. */
    uint32_t preferred;         /* vn_id of an earlier run, or 0. */

    uint32_t vn_id;             /* Decided, 1..0xffffff, or 0. */
    struct hmap_node id_node;   /* In model's 'vns_by_id' if vn_id. */
    char *refusal;              /* Why it has none, or NULL. */

    struct ovs_list attachments;    /* struct model_attachment's. */
    struct ovs_list claims;     /* struct model_claim's that name it. */
    struct hmap addresses;      /* struct address_slot's, see below. */
    struct ovs_list gleaned;    /* struct model_gleaned's in effect. */
    struct hmap members;        /* struct model_member's, by NVE. */
    struct model_ticket decision, verdict;
};

/* An NVE that is in a VN: it has bindings there.  While bindings go over from
 * one VN ID of the VN to another, there are two. */
struct model_member {
    struct hmap_node node;      /* In the VN's 'members'. */
    struct ovs_list nve_node;   /* In the NVE's 'members'. */
    struct model_vn *vn;
    struct model_nve *nve;
    uint32_t vn_id;             /* Under which it became a member. */
    uint64_t owner;
    size_t n_bindings;
};

/* What may be wanted only once in a VN: a MAC, or a prefix. */
struct address_key {
    struct in6_addr addr;       /* Prefix; or MAC in the first 6 bytes. */
    uint8_t plen;               /* 0..128; ADDRESS_IS_MAC for a MAC. */
};
#define ADDRESS_IS_MAC 0xff

/* An address wanted by somebody in a VN.  The first in its slot's list holds
 * it. */
struct address_use {
    struct ovs_list node;       /* In the slot's 'uses'. */
    struct address_slot *slot;  /* NULL if not entered. */
    struct model_mac *mac;
};

struct model_ip {
    char *text;                 /* As written. */
    struct nvo3_prefix *prefixes;
    struct address_use *uses;   /* One for each prefix. */
    size_t n_prefixes;
    char *refusal;              /* Malformed; NULL if parsed. */
};

struct model_mac {
    struct model_attachment *attachment;
    char *text;                 /* As written. */
    struct eth_addr mac;
    char *refusal;              /* Malformed; NULL if parsed. */
    struct model_gleaned *gleaned;      /* Whose it is, NULL if signalled. */
    struct address_use use;
    struct model_ip *ips;
    size_t n_ips;
};

/* A VNIC (inventory) or a claim (what it observed) in a VN. */
struct model_attachment {
    struct ovs_list vn_node;    /* In the VN's 'attachments'. */
    struct model_vn *vn;
    struct model_vnic *vnic;
    struct model_claim *claim;  /* NULL if from the inventory. */
    struct model_mac *macs;
    size_t n_macs;
    char *refusal;              /* VN named twice; NULL. */
};

/* An address gleaned of a binding's VNIC: a MAC, then 'mac' has no IPs and
 * holds its address; or an IP, then 'mac' has that one alone and stands beside
 * the one that holds the MAC, gleaned or not. */
struct model_gleaned {
    struct ovs_list node;       /* See model-glean.c. */
    struct ovs_list vn_node;    /* In the VN's 'gleaned'. */
    struct model_binding *binding;
    struct model_attachment attachment; /* Of 'mac' alone. */
    struct model_mac mac;
    struct model_ip ip;         /* In 'mac' if it is an IP. */
    struct nvo3_prefix prefix;  /* In 'ip'. */
    struct address_use ip_use;
    struct address_use *use;    /* The one of the two that is entered. */
    uint64_t owner;             /* Of its mapping. */
    uint32_t vn_id;             /* Of its mapping. */
    bool said;                  /* The mapping was said. */
    bool ended;                 /* Not in effect any more. */
};

struct model_vnic {
    struct hmap_node node;      /* In model's 'vnics', by name. */
    char *name;
    bool present;
    char *alias, *tenant;
    char **allowed_nves;
    size_t n_allowed_nves;
    struct model_attachment **vns;
    size_t n_vns;
    struct ovs_list claims;     /* struct model_claim's. */
    struct model_ticket verdict;
};

struct model_nve {
    struct hmap_node node;      /* In model's 'nves', by name. */
    char *name;
    bool present;               /* Has an NVE row. */
    bool registered;            /* Has an NVE_Registration row. */
    bool admitted;              /* 'present', or to be created by a verdict. */
    bool enabled;
    bool has_quota;
    int64_t quota;
    struct nve_text *inventory; /* As in the rows, see model-nve.c. */
    struct nve_text *registration;

    /* Decided.  'refusal' NULL: usable. */
    char *refusal;
    uint64_t datapath_id;
    ovs_be32 *endpoints;        /* The preferred first. */
    size_t n_endpoints;
    char *tunnel_port;
    struct hmap_node dp_node;   /* In 'nves_by_dp' if datapath_id. */
    bool applied;               /* CHANGE_NVE was said with present. */

    bool connected;
    struct ovs_list claims;     /* By nve_node. */
    struct ovs_list members;    /* struct model_member's. */
    size_t n_placed;            /* Claims with a binding that is not refused:
                                 * these count for the quota. */
    struct model_ticket decision, verdict;
};

struct model_claim {
    struct hmap_node node;      /* In model's 'claims', by key. */
    struct uuid key;
    struct model_nve *nve;
    struct ovs_list nve_node;
    struct model_vnic *vnic;
    struct ovs_list vnic_node;
    struct model_vn *vn;        /* VN asked for, NULL for the inventory's. */
    struct ovs_list vn_node;    /* In vn's 'claims' if 'vn'. */
    char *port;
    uint16_t tag;               /* 1 to 4094; 0: none. */
    char *bad_tag;              /* Why the row's tag is none; NULL. */
    bool activate;
    int64_t client_seq;
    char *bad_address;          /* Why 'addresses' can't be read; NULL. */
    struct nvo3_address *addresses;
    size_t n_addresses;
    size_t n_placed;            /* Bindings that are not refused. */
    bool removed;               /* Its row is gone. */
    bool say_mappings;          /* Those of its bindings may be others than
                                 * were said: more has changed than its row. */
    struct ovs_list bindings;   /* struct model_binding's by claim_node. */
    struct model_ticket decision;
};

/* The verdict for one claim in one VN. */
struct model_binding {
    struct ovs_list claim_node; /* In the claim's 'bindings' unless gone. */
    struct hmap_node node;      /* In model's 'bindings', by names. */
    char *vnic, *vn, *nve;      /* Names, for the row. */
    struct model_claim *claim;  /* NULL if gone, or only adopted. */
    bool gone;                  /* Row to be deleted. */
    bool wanted;                /* By the decision that is under way. */
    bool say_mappings;          /* They may be others than were said. */

    enum binding_state granted; /* ASSOCIATED, ACTIVATED or REFUSED. */
    enum binding_state state;   /* As in the row. */
    char *reason;               /* Words, may be "". */
    char *note;                 /* Reason to have once confirmed. */
    int64_t generation, epoch, claim_seq;

    /* What model_run() said last of it; 0 or NULL if nothing. */
    uint32_t vn_id;
    struct model_member *member;
    struct model_attachment *attachment;    /* Whose MACs are in effect. */
    struct model_attachment *observed;      /* Made from the claim. */
    uint64_t local_owner;       /* 0: no CHANGE_LOCAL in effect. */
    uint64_t *mac_owners;       /* In effect, one for each MAC said. */
    size_t n_mac_owners;
    struct ovs_list gleaned;    /* struct model_gleaned's in effect. */
    struct ovs_list ungleaned;  /* Those to be taken out. */
    struct sset adopted;        /* What was gleaned before a restart. */

    struct model_ticket gleaning, verdict;

    /* Of core: what must be confirmed before the binding is.  The model only
     * takes a binding that is withdrawn out of the list. */
    struct ovs_list wait_node;  /* Empty if it waits for nothing. */
    uint64_t need_local, need_vn;       /* Versions of images. */
};

/* Returns true if 'mac' is well-formed and holds its address in its VN. */
bool model_mac_is_held(const struct model_mac *mac);

/* Returns true if prefix 'i' of 'ip' is held. */
bool model_ip_is_held(const struct model_ip *ip, size_t i);

/* Returns VN.status, "ok", "refused: ..." or "partly refused: ...", to be
 * freed. */
char *model_vn_status(const struct model_vn *);

/* Returns NVE.status, likewise. */
char *model_nve_status(const struct model_nve *);

/* Returns VNIC.status, which may also be "partly refused: ...". */
char *model_vnic_status(const struct model_vnic *);

/* Returns VNIC_VN.status, "ok" or "refused: ...", to be freed. */
char *model_attachment_status(const struct model_attachment *);

/* Returns VNIC_MAC.status, likewise. */
char *model_mac_status(const struct model_mac *);

/* Return true if 'status', that model_mac_status() returned or "", says that
 * the MAC, or its IP that is written 'ip', was held: for db, to put in first
 * after a restart what was in effect before. */
bool model_mac_was_held(const char *status);
bool model_ip_was_held(const char *status, const char *ip);

/* Returns the VN called 'name', which may be absent, or NULL. */
struct model_vn *model_vn_by_name(const struct model *, const char *name);

/* Returns the VN that has 'vn_id', or NULL. */
struct model_vn *model_vn_by_id(const struct model *, uint32_t vn_id);

/* Returns the VNIC called 'name', which may be absent, or NULL. */
struct model_vnic *model_vnic_by_name(const struct model *, const char *name);

/* Returns the NVE called 'name', which may be absent, or NULL. */
struct model_nve *model_nve_by_name(const struct model *, const char *name);

/* Returns the NVE that has this datapath ID, or NULL. */
struct model_nve *model_nve_by_datapath_id(const struct model *, uint64_t);

/* Appends the text of `vn/list` to 's'. */
void model_format_vns(const struct model *, struct ds *s);

/* Appends the text of `vn/show` to 's'. */
void model_format_vn(const struct model *, const struct model_vn *,
                     struct ds *s);

/* Appends the text of `nve/list` to 's'. */
void model_format_nves(const struct model *, struct ds *s);

/* Appends the text of `mapping/list` to 's', of all VNs if 'vn' is NULL. */
void model_format_mappings(const struct model *, const struct model_vn *vn,
                           struct ds *s);

#endif /* controller/model.h */
