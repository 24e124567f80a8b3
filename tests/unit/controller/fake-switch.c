/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/unit/controller/fake-switch.h"

#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-connection.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/ofp-switch.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "tests/unit/controller/fake-tables.h"
#include "util.h"

struct fake_port {
    struct ovs_list node;
    ofp_port_t number;
    char *name;
};

struct fake_bundle {
    struct ovs_list node;
    uint32_t id;
    struct ovs_list msgs;       /* Of struct ofpbuf: flow_mods, group_mods. */
};

struct fake_switch {
    uint64_t dpid;
    struct fake_tables tables;
    struct ovs_list ports;
    uint64_t generation_id;     /* The highest seen. */
    bool has_generation_id;

    bool connected;
    struct ofpbuf input;        /* The beginning of a message. */
    struct ofpbuf output;
    struct ovs_list bundles;
    struct ovs_list frames;     /* Of struct ofpbuf: OFPT_PACKET_OUTs. */

    struct fake_switch_faults faults;
    struct fake_switch_stats stats;
};

static void send_hello(struct fake_switch *);
static void send_msg(struct fake_switch *, struct ofpbuf *);
static void send_port_status(struct fake_switch *, const struct fake_port *,
                             enum ofp_port_reason);
static void handle_message(struct fake_switch *, const struct ofp_header *);
static void bundle_destroy(struct fake_bundle *);
static bool consume(unsigned int *fault);

struct fake_switch *
fake_switch_create(uint64_t dpid)
{
    struct fake_switch *sw = xzalloc(sizeof *sw);

    sw->dpid = dpid;
    fake_tables_init(&sw->tables);
    ovs_list_init(&sw->ports);
    ovs_list_init(&sw->bundles);
    ovs_list_init(&sw->frames);
    ofpbuf_init(&sw->input, 0);
    ofpbuf_init(&sw->output, 0);
    return sw;
}

void
fake_switch_destroy(struct fake_switch *sw)
{
    struct fake_port *port;

    if (!sw) {
        return;
    }
    fake_switch_disconnect(sw);
    LIST_FOR_EACH_POP (port, node, &sw->ports) {
        free(port->name);
        free(port);
    }
    fake_tables_uninit(&sw->tables);
    ofpbuf_list_delete(&sw->frames);
    ofpbuf_uninit(&sw->input);
    ofpbuf_uninit(&sw->output);
    free(sw);
}

void
fake_switch_connect(struct fake_switch *sw)
{
    fake_switch_disconnect(sw);
    sw->connected = true;
    if (!sw->faults.no_hello) {
        send_hello(sw);
    }
}

void
fake_switch_disconnect(struct fake_switch *sw)
{
    struct fake_bundle *bundle;

    sw->connected = false;
    ofpbuf_clear(&sw->input);
    ofpbuf_clear(&sw->output);
    LIST_FOR_EACH_SAFE (bundle, node, &sw->bundles) {
        bundle_destroy(bundle);
    }
}

bool
fake_switch_is_connected(const struct fake_switch *sw)
{
    return sw->connected;
}

void
fake_switch_receive(struct fake_switch *sw, const void *bytes, size_t size)
{
    ofpbuf_put(&sw->input, bytes, size);
    while (sw->connected && sw->input.size >= sizeof(struct ofp_header)) {
        const struct ofp_header *oh = sw->input.data;
        size_t length = ntohs(oh->length);
        struct ofpbuf *msg;

        ovs_assert(length >= sizeof *oh);
        if (length > sw->input.size) {
            break;
        }
        /* A copy, since the message may end the connection. */
        msg = ofpbuf_clone_data(oh, length);
        ofpbuf_pull(&sw->input, length);
        handle_message(sw, msg->data);
        ofpbuf_delete(msg);
    }
    if (!sw->input.size) {
        ofpbuf_clear(&sw->input);
    }
}

size_t
fake_switch_output(const struct fake_switch *sw, const void **bytes)
{
    *bytes = sw->output.data;
    return sw->output.size;
}

void
fake_switch_output_sent(struct fake_switch *sw, size_t size)
{
    ofpbuf_pull(&sw->output, size);
    if (!sw->output.size) {
        ofpbuf_clear(&sw->output);
    }
}

void
fake_switch_add_port(struct fake_switch *sw, ofp_port_t number,
                     const char *name)
{
    struct fake_port *port = xzalloc(sizeof *port);

    port->number = number;
    port->name = xstrdup(name);
    ovs_list_push_back(&sw->ports, &port->node);
    send_port_status(sw, port, OFPPR_ADD);
}

void
fake_switch_remove_port(struct fake_switch *sw, ofp_port_t number)
{
    struct fake_port *port;

    LIST_FOR_EACH_SAFE (port, node, &sw->ports) {
        if (port->number == number) {
            send_port_status(sw, port, OFPPR_DELETE);
            ovs_list_remove(&port->node);
            free(port->name);
            free(port);
        }
    }
}

void
fake_switch_restart(struct fake_switch *sw)
{
    fake_switch_disconnect(sw);
    fake_tables_uninit(&sw->tables);
    fake_tables_init(&sw->tables);
    sw->has_generation_id = false;
}

enum ofperr
fake_switch_apply(struct fake_switch *sw, const struct ofp_header *oh)
{
    struct ovs_list undo = OVS_LIST_INITIALIZER(&undo);
    enum ofperr error = fake_tables_apply(&sw->tables, oh, &undo);

    fake_tables_commit(&undo);
    return error;
}

/* Removes the bucket that 'random' picks of the first group that has any. */
static bool
damage_group(struct fake_switch *sw, uint32_t random)
{
    struct fake_group *group;

    HMAP_FOR_EACH (group, node, &sw->tables.groups) {
        size_t n = ovs_list_size(&group->buckets);
        struct ofputil_bucket *bucket;
        size_t i = 0;

        LIST_FOR_EACH (bucket, list_node, &group->buckets) {
            if (i++ == random % n) {
                ovs_list_remove(&bucket->list_node);
                free(bucket->ofpacts);
                free(bucket);
                return true;
            }
        }
    }
    return false;
}

bool
fake_switch_damage(struct fake_switch *sw, uint32_t random)
{
    size_t n = hmap_count(&sw->tables.flows);
    struct fake_flow *flow;
    size_t i = 0;

    if (random % 4 == 0 && damage_group(sw, random / 4)) {
        return true;
    }
    HMAP_FOR_EACH_SAFE (flow, node, &sw->tables.flows) {
        if (i++ == random / 4 % n) {
            fake_tables_remove_flow(&sw->tables, flow);
            return true;
        }
    }
    return false;
}

struct fake_tables *
fake_switch_tables(struct fake_switch *sw)
{
    return &sw->tables;
}

void
fake_switch_send(struct fake_switch *sw, struct ofpbuf *msg)
{
    sw->stats.n_frames_up++;
    send_msg(sw, msg);
}

struct ofpbuf *
fake_switch_take_frame(struct fake_switch *sw)
{
    return (ovs_list_is_empty(&sw->frames) ? NULL
            : CONTAINER_OF(ovs_list_pop_front(&sw->frames), struct ofpbuf,
                           list_node));
}

struct fake_switch_faults *
fake_switch_faults(struct fake_switch *sw)
{
    return &sw->faults;
}

struct fake_switch_stats
fake_switch_get_stats(const struct fake_switch *sw)
{
    struct fake_switch_stats stats = sw->stats;

    stats.n_flow_mods = sw->tables.n_flow_mods;
    stats.n_group_mods = sw->tables.n_group_mods;
    return stats;
}

uint64_t
fake_switch_datapath_id(const struct fake_switch *sw)
{
    return sw->dpid;
}

size_t
fake_switch_n_flows(const struct fake_switch *sw)
{
    return hmap_count(&sw->tables.flows);
}

size_t
fake_switch_n_groups(const struct fake_switch *sw)
{
    return hmap_count(&sw->tables.groups);
}

char *
fake_switch_dump(const struct fake_switch *sw)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    fake_tables_dump(&sw->tables, &s);
    return ds_steal_cstr(&s);
}

/* Output. */

/* Sends 'msg', whose length it sets, and frees it. */
static void
send_msg(struct fake_switch *sw, struct ofpbuf *msg)
{
    ofpmsg_update_length(msg);
    if (sw->connected && !sw->faults.mute) {
        if (ofpbuf_tailroom(&sw->output) < msg->size) {
            ofpbuf_prealloc_tailroom(&sw->output,
                                     MAX(sw->output.size, msg->size));
        }
        ofpbuf_put(&sw->output, msg->data, msg->size);
    }
    ofpbuf_delete(msg);
}

static void
send_list(struct fake_switch *sw, struct ovs_list *msgs)
{
    struct ofpbuf *msg;

    LIST_FOR_EACH_POP (msg, list_node, msgs) {
        send_msg(sw, msg);
    }
}

static void
send_hello(struct fake_switch *sw)
{
    uint8_t version = sw->faults.hello_version;
    struct ofpbuf *msg;

    if (version) {
        msg = ofpraw_alloc(OFPRAW_OFPT_HELLO, version, 0);
    } else {
        msg = ofputil_encode_hello(1u << OFP15_VERSION);
    }
    send_msg(sw, msg);
}

static void
send_error(struct fake_switch *sw, const struct ofp_header *oh,
           enum ofperr error)
{
    send_msg(sw, ofperr_encode_reply(error, oh));
}

static struct ofputil_phy_port
describe_port(const struct fake_port *port)
{
    struct ofputil_phy_port desc = { .port_no = port->number };

    ovs_strlcpy(desc.name, port->name, sizeof desc.name);
    return desc;
}

static void
send_port_status(struct fake_switch *sw, const struct fake_port *port,
                 enum ofp_port_reason reason)
{
    struct ofputil_port_status status = {
        .reason = reason,
        .desc = describe_port(port),
    };

    send_msg(sw, ofputil_encode_port_status(&status, OFPUTIL_P_OF15_OXM));
}

/* Bundles. */

static struct fake_bundle *
bundle_find(const struct fake_switch *sw, uint32_t id)
{
    struct fake_bundle *bundle;

    LIST_FOR_EACH (bundle, node, &sw->bundles) {
        if (bundle->id == id) {
            return bundle;
        }
    }
    return NULL;
}

static struct fake_bundle *
bundle_create(struct fake_switch *sw, uint32_t id)
{
    struct fake_bundle *bundle = xzalloc(sizeof *bundle);

    bundle->id = id;
    ovs_list_init(&bundle->msgs);
    ovs_list_push_back(&sw->bundles, &bundle->node);
    return bundle;
}

static void
bundle_destroy(struct fake_bundle *bundle)
{
    ofpbuf_list_delete(&bundle->msgs);
    ovs_list_remove(&bundle->node);
    free(bundle);
}

static bool
consume(unsigned int *fault)
{
    if (*fault) {
        --*fault;
        return true;
    }
    return false;
}

/* Tells the controller that the commit 'oh' failed, at 'msg'. */
static void
send_commit_errors(struct fake_switch *sw, const struct ofp_header *oh,
                   const struct ofpbuf *msg, enum ofperr error)
{
    if (msg) {
        struct ofputil_bundle_add_msg add = { .msg = msg->data };
        struct ofpbuf *outer = ofputil_encode_bundle_add(OFP15_VERSION, &add);

        send_error(sw, outer->data, error);
        ofpbuf_delete(outer);
    }
    send_error(sw, oh, OFPERR_OFPBFC_MSG_FAILED);
}

/* Does what 'bundle' says, all or nothing; 'oh' is the commit. */
static bool
bundle_commit(struct fake_switch *sw, const struct fake_bundle *bundle,
              const struct ofp_header *oh)
{
    bool refuse = consume(&sw->faults.refuse_commits);
    struct ovs_list undo = OVS_LIST_INITIALIZER(&undo);
    const struct ofpbuf *msg;

    LIST_FOR_EACH (msg, list_node, &bundle->msgs) {
        bool last = msg->list_node.next == &bundle->msgs;
        enum ofperr error = fake_tables_apply(&sw->tables, msg->data, &undo);

        if (!error && refuse && last) {
            error = OFPERR_OFPFMFC_TABLE_FULL;
        }
        if (error) {
            fake_tables_rollback(&sw->tables, &undo);
            send_commit_errors(sw, oh, msg, error);
            return false;
        }
    }
    fake_tables_commit(&undo);
    sw->stats.n_commits++;
    return true;
}

static void
handle_bundle_control(struct fake_switch *sw, const struct ofp_header *oh)
{
    struct ofputil_bundle_ctrl_msg msg;
    struct fake_bundle *bundle;

    ovs_assert(!ofputil_decode_bundle_ctrl(oh, &msg));
    bundle = bundle_find(sw, msg.bundle_id);
    if (msg.type == OFPBCT_OPEN_REQUEST) {
        if (bundle) {
            bundle_destroy(bundle);
            send_error(sw, oh, OFPERR_OFPBFC_BAD_ID);
            return;
        }
        bundle_create(sw, msg.bundle_id);
    } else if (!bundle) {
        send_error(sw, oh, OFPERR_OFPBFC_BAD_ID);
        return;
    } else if (msg.type == OFPBCT_COMMIT_REQUEST) {
        bool mute = consume(&sw->faults.mute_commits);
        bool done = (consume(&sw->faults.lie_commits)
                     || bundle_commit(sw, bundle, oh));

        bundle_destroy(bundle);
        if (!done || mute) {
            return;
        }
    } else {
        bundle_destroy(bundle);
    }
    msg.type++;                 /* Each reply is one more than its request. */
    msg.flags = 0;
    send_msg(sw, ofputil_encode_bundle_ctrl_reply(oh, &msg));
}

static void
handle_bundle_add(struct fake_switch *sw, const struct ofp_header *oh)
{
    struct ofputil_bundle_add_msg add;
    struct fake_bundle *bundle;
    enum ofptype type;
    enum ofperr error = ofputil_decode_bundle_add(oh, &add, &type);

    if (!error && consume(&sw->faults.lose_messages)) {
        error = OFPERR_OFPBAC_BAD_TYPE;
    }
    if (error) {
        send_error(sw, oh, error);
        return;
    }
    bundle = bundle_find(sw, add.bundle_id);
    if (!bundle) {
        bundle = bundle_create(sw, add.bundle_id);
    }
    struct ofpbuf *msg = ofpbuf_clone_data(add.msg, ntohs(add.msg->length));

    ovs_list_push_back(&bundle->msgs, &msg->list_node);
    if (sw->faults.cut_after && !--sw->faults.cut_after) {
        fake_switch_disconnect(sw);
    }
}

/* Requests. */

static void
handle_features(struct fake_switch *sw, const struct ofp_header *oh)
{
    struct ofputil_switch_features features = {
        .datapath_id = sw->dpid,
        .n_tables = 254,
        .capabilities = OFPUTIL_C_FLOW_STATS | OFPUTIL_C_GROUP_STATS,
    };

    send_msg(sw, ofputil_encode_switch_features(&features,
                                                OFPUTIL_P_OF15_OXM, oh->xid));
}

static void
handle_role(struct fake_switch *sw, const struct ofp_header *oh)
{
    struct ofputil_role_request role;
    enum ofperr error = ofputil_decode_role_message(oh, &role);

    if (!error && role.have_generation_id && sw->has_generation_id
        && (int64_t) (role.generation_id - sw->generation_id) < 0) {
        error = OFPERR_OFPRRFC_STALE;
    }
    if (error) {
        send_error(sw, oh, error);
        return;
    }
    sw->has_generation_id = true;
    sw->generation_id = role.generation_id;
    send_msg(sw, ofputil_encode_role_reply(oh, &role));
}

static void
handle_flow_stats(struct fake_switch *sw, const struct ofp_header *oh)
{
    struct ovs_list replies;

    fake_tables_flow_stats(&sw->tables, oh, &replies);
    send_list(sw, &replies);
}

static void
handle_group_stats(struct fake_switch *sw, const struct ofp_header *oh)
{
    struct ovs_list replies;

    fake_tables_group_stats(&sw->tables, oh, &replies);
    send_list(sw, &replies);
}

static void
handle_port_desc(struct fake_switch *sw, const struct ofp_header *oh)
{
    const struct fake_port *port;
    struct ovs_list replies;

    ofpmp_init(&replies, oh);
    LIST_FOR_EACH (port, node, &sw->ports) {
        struct ofputil_phy_port desc = describe_port(port);

        ofputil_append_port_desc_stats_reply(&desc, &replies);
    }
    send_list(sw, &replies);
}

/* Keeps a frame that is sent down. */
static void
handle_packet_out(struct fake_switch *sw, const struct ofp_header *oh)
{
    struct ofpbuf *msg = ofpbuf_clone_data(oh, ntohs(oh->length));

    ovs_list_push_back(&sw->frames, &msg->list_node);
    sw->stats.n_frames_down++;
}

static void
handle_message(struct fake_switch *sw, const struct ofp_header *oh)
{
    enum ofptype type;
    enum ofperr error = ofptype_decode(&type, oh);

    if (error) {
        send_error(sw, oh, error);
        return;
    }
    switch ((int) type) {
    case OFPTYPE_ECHO_REQUEST: {
        size_t size = ntohs(oh->length) - sizeof *oh;
        struct ofpbuf *reply = ofpraw_alloc_reply(OFPRAW_OFPT_ECHO_REPLY, oh,
                                                  size);

        ofpbuf_put(reply, oh + 1, size);
        send_msg(sw, reply);
        break;
    }
    case OFPTYPE_BARRIER_REQUEST:
        send_msg(sw, ofpraw_alloc_reply(OFPRAW_OFPT11_BARRIER_REPLY, oh, 0));
        break;

    case OFPTYPE_FEATURES_REQUEST:
        handle_features(sw, oh);
        break;

    case OFPTYPE_ROLE_REQUEST:
        handle_role(sw, oh);
        break;

    case OFPTYPE_BUNDLE_CONTROL:
        handle_bundle_control(sw, oh);
        break;

    case OFPTYPE_BUNDLE_ADD_MESSAGE:
        handle_bundle_add(sw, oh);
        break;

    case OFPTYPE_FLOW_STATS_REQUEST:
    case OFPTYPE_AGGREGATE_STATS_REQUEST:
        sw->stats.n_requests++;
        handle_flow_stats(sw, oh);
        break;

    case OFPTYPE_GROUP_STATS_REQUEST:
        sw->stats.n_requests++;
        handle_group_stats(sw, oh);
        break;

    case OFPTYPE_PORT_DESC_STATS_REQUEST:
        sw->stats.n_requests++;
        handle_port_desc(sw, oh);
        break;

    case OFPTYPE_PACKET_OUT:
        handle_packet_out(sw, oh);
        break;

    case OFPTYPE_METER_MOD:
        sw->stats.n_meter_mods++;
        error = fake_tables_apply_meter(&sw->tables, oh);
        if (error) {
            send_error(sw, oh, error);
        }
        break;

    case OFPTYPE_FLOW_MOD:
    case OFPTYPE_GROUP_MOD:
        error = fake_switch_apply(sw, oh);
        if (error) {
            send_error(sw, oh, error);
        }
        break;

    case OFPTYPE_HELLO:
    case OFPTYPE_ECHO_REPLY:
    case OFPTYPE_ERROR:
        break;

    default:
        send_error(sw, oh, OFPERR_OFPBRC_BAD_TYPE);
        break;
    }
}
