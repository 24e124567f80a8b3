/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_CORE_PRIVATE_H
#define CONTROLLER_CORE_PRIVATE_H 1

/* What core.c (stepping, sessions), core-apply.c (model changes into images)
 * core-ports.c (the ports of bindings), core-glean.c (gleaned addresses) and
 * core-show.c (figures) share; nobody else includes this. */

#include "controller/core.h"
#include "controller/image.h"
#include "controller/model.h"
#include "controller/session.h"
#include "heap.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct items;
struct local_port;

/* Owners of what the core itself puts into images: the base of an image, and
 * within a local image a VN, a port that has tags, and an access, by its
 * ACCESS_NUMBER(). */
#define OWNER_BASE (UINT64_C(1) << 62)
#define OWNER_LOCAL_VN(VN_ID) (UINT64_C(1) << 63 | (VN_ID))
#define OWNER_TRUNK(PORT) (UINT64_C(5) << 61 | (PORT))
#define OWNER_ACCESS(NUMBER) (UINT64_C(3) << 62 | (NUMBER))

/* A VN that has members, with its shared image. */
struct core_vn {
    struct hmap_node node;      /* In core's 'vns', by VN ID. */
    uint32_t vn_id;
    struct image *image;
    struct hmap members;        /* struct core_member's, by NVE. */
    struct ovs_list dirty_node; /* In core's 'dirty_vns', or empty. */
};

/* An NVE in a VN. */
struct core_member {
    struct hmap_node node;      /* In the core_vn's 'members'. */
    struct ovs_list nve_node;   /* In the core_nve's 'members'. */
    struct core_vn *vn;
    struct core_nve *nve;
    uint64_t owner;
};

/* An NVE that is usable, or was and still has a session or ports. */
struct core_nve {
    struct hmap_node node;      /* In core's 'nves', by model_nve. */
    struct model_nve *model;
    bool present;               /* As the last CHANGE_NVE said. */
    struct image *image;        /* Its local image. */
    ofp_port_t tunnel_port;     /* As compiled into the image's base. */
    struct ovs_list dirty_node; /* In core's 'dirty_nves', or empty. */
    struct core_session *session;       /* Accepted, or NULL. */
    struct ovs_list sync_node;  /* In 'surveyed', or empty. */
    struct ovs_list members;    /* struct core_member's. */
    struct hmap ports;          /* struct core_port's, by owner. */
    struct hmap accesses;       /* struct core_access's, by number. */
    struct hmap parts;          /* struct core_part's, by owner. */
    struct hmap vn_ports;       /* struct core_vn_port's, by port and VN. */
    struct ovs_list waiting;    /* Bindings that wait to be confirmed. */
};

/* An OpenFlow port and a tag, or none, that bindings of one NVE name. */
struct core_access {
    struct hmap_node node;      /* In the core_nve's 'accesses'. */
    struct core_nve *nve;
    ofp_port_t port;
    uint16_t tag;               /* 0: none. */
    struct heap ports;          /* struct core_port's, the lowest generation
                                 * on top. */
    struct ovs_list changed;    /* Those of them to be compiled. */
    struct ovs_list changed_node;       /* In core's 'accesses', or empty. */

    /* As compiled; 0: not compiled. */
    uint64_t holder;            /* Owner of the one on top. */
    uint32_t vn_id;
    bool tenant_tags;
    struct core_vn_port *vn_port;       /* NULL if not compiled. */
    struct ovs_list vn_port_node;       /* In its 'accesses'. */
    struct core_port *gleaner;  /* Who has a meter, or NULL. */
};

/* A VN at an OpenFlow port of an NVE, with all tags by which it is reached
 * there: what comes by one of these cannot be told from what comes by
 * another. */
struct core_vn_port {
    struct hmap_node node;      /* In the core_nve's 'vn_ports'. */
    ofp_port_t port;
    uint32_t vn_id;
    struct ovs_list accesses;   /* struct core_access's, at least 1. */
};

/* A binding's port on its own NVE. */
struct core_port {
    struct hmap_node node;      /* In the core_nve's 'ports'. */
    uint64_t owner;
    struct model_binding *binding;
    uint32_t vn_id;
    struct core_access *access; /* That it names; NULL if that port is not on
                                 * the datapath. */
    struct heap_node heap_node; /* In the access's 'ports'. */
    struct ovs_list changed_node;       /* In 'changed', or empty. */
    bool compiled;              /* It has what it names. */
    uint32_t meter;             /* As compiled; 0: nothing is gleaned. */
};

/* What several accesses of an NVE share in its local image: those of a VN, or
 * those of a port that have tags. */
struct core_part {
    struct hmap_node node;      /* In the core_nve's 'parts'. */
    uint64_t owner;
    size_t n_accesses;          /* At least 1. */
};

/* A connection. */
struct core_session {
    struct ovs_list node;       /* In core's 'sessions'. */
    struct ovs_list changed_node;       /* In 'changed', or empty. */
    struct ovs_list active_node;        /* In 'active', or empty. */
    struct session *session;
    struct hmap_node hmap_node; /* In 'by_session'. */
    char *peer_name;            /* From the certificate, or NULL. */
    bool identified;            /* The datapath ID is known. */
    struct core_nve *nve;       /* Whose it is, once accepted. */
};

struct core {
    struct core_config config;
    bool complete;
    struct model *model;
    struct image_pool pool;
    struct model_changes changes;
    struct hmap vns, nves;
    struct hmap by_session;
    struct ovs_list sessions, changed, active;
    struct ovs_list dirty_vns, dirty_nves;
    struct ovs_list accesses;   /* struct core_access's to be settled. */
    struct ovs_list surveyed;   /* NVEs whose session_sync() is due. */
    struct hmap gleaned;        /* struct core_gleaned's, by owner. */
    struct heap deadlines;      /* The same, the next that is due first. */
    struct ovs_list fresh;      /* Bindings just applied, to be confirmed. */
    int64_t sync_request, sync_done;
    bool sync_asked;            /* Since the last core_run(). */
    struct core_stats stats;    /* Of sessions that are gone, and counts. */
    long long now;              /* Of the run under way. */
};

/* core.c */
void core_activate(struct core *, struct core_session *);
void core_match_sessions(struct core *, struct core_nve *);
void core_close_session(struct core *, struct core_session *,
                        const char *reason);

/* core-show.c */

/* Adds the figures of 'session' to 'stats'. */
void core_add_stats(struct core_stats *stats, const struct session *session);

/* core-apply.c */
void core_apply(struct core *, const struct model_change *);
void core_flush(struct core *);
void core_put_fresh(struct core *, struct model_binding *);
struct core_vn *core_vn_find(const struct core *, uint32_t vn_id);
struct core_nve *core_nve_find(const struct core *, const struct model_nve *);
void core_nve_maybe_free(struct core *, struct core_nve *);
void core_vn_free(struct core *, struct core_vn *);
void core_nve_free(struct core *, struct core_nve *);
struct core_nve *core_nve_get(struct core *, struct model_nve *);
void core_put_in_nve(struct core *, struct core_nve *, uint64_t owner,
                     const struct items *);

/* Compiles the base of 'nve' again if the tunnel port has another number. */
void core_refresh_tunnel_port(struct core *, struct core_nve *);

/* core-ports.c */
void core_apply_local(struct core *, const struct model_change *);

/* The session of 'nve' has new ports: compiles again what they change, or
 * ('all') looks after every port, after a survey. */
void core_refresh_ports(struct core *, struct core_nve *, bool all);

/* Compiles what has changed since the last call.  Called when all changes have
 * been applied. */
void core_settle_accesses(struct core *);

/* Frees the ports and accesses of 'nve', whatever they are. */
void core_ports_destroy(struct core_nve *);

/* Returns why 'b', which may be activated, has no port on 'nve', to be freed;
 * NULL if it has, or needs none. */
char *core_port_problem(const struct core_nve *nve,
                        const struct model_binding *b);

/* Describes the port of 'b' on 'nve' in '*local', as it is compiled.  Returns
 * false if it is not. */
bool core_local_port(const struct core_nve *nve, const struct model_binding *b,
                     struct local_port *local);

/* Returns the binding whose VNIC, and nobody else, sends frames of the VN
 * 'vn_id' by 'port' of 'nve', with whatever tag; NULL if there is none, or
 * who it was cannot be told. */
struct model_binding *core_binding_at(const struct core_nve *nve,
                                      ofp_port_t port, uint64_t vn_id);

/* core-glean.c */
void core_glean_init(struct core *);
void core_glean_uninit(struct core *);

/* The gleaned address of 'b' whose owner is 'owner' is in effect; the one with
 * 'owner', if it is one, is so no more. */
void core_track_gleaned(struct core *, struct model_binding *b,
                        uint64_t owner);
void core_forget_gleaned(struct core *, uint64_t owner);

/* Looks after those that are due. */
void core_run_gleaned(struct core *);

/* Take in a SESSION_FRAME, and what a SESSION_COUNTED says of 'owner'. */
void core_take_frame(struct core *, struct core_nve *,
                     const struct session_event *);
void core_take_count(struct core *, uint64_t owner, uint64_t n_packets);

#endif /* controller/core-private.h */
