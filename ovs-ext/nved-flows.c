/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ovs-ext/nved-flows.h"

#include <errno.h>
#include <stdlib.h>

#include "dirs.h"
#include "lib/nvo3-types.h"
#include "lib/pipeline.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-protocol.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vconn.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "socket-util.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nved_flows);

#define GIVE_UP_MS 5000

static int step(struct nved_flows *);
static void finish(struct nved_flows *, int error);
static int send_request(struct nved_flows *);
static int take_reply(struct nved_flows *, struct ofpbuf *);
static void take_flow(struct nved_flows *, const struct ofputil_flow_stats *);

struct nved_flows *
nved_flows_create(const char *bridge)
{
    struct nved_flows *f = xzalloc(sizeof *f);
    char *name = xasprintf("unix:%s/%s.mgmt", ovs_rundir(), bridge);
    int error = vconn_open(name, 1u << OFP15_VERSION, DSCP_DEFAULT,
                           &f->vconn);

    f->give_up = time_msec() + GIVE_UP_MS;
    if (error) {
        f->vconn = NULL;
        finish(f, error);
    }
    free(name);
    return f;
}

void
nved_flows_destroy(struct nved_flows *f)
{
    if (f) {
        vconn_close(f->vconn);
        free(f->tags);
        free(f);
    }
}

bool
nved_flows_run(struct nved_flows *f)
{
    int error;

    if (!f->vconn) {
        return true;
    }
    error = step(f);
    if (error == EAGAIN) {
        if (time_msec() < f->give_up) {
            return false;
        }
        error = ETIMEDOUT;
    }
    finish(f, error);
    return true;
}

void
nved_flows_wait(struct nved_flows *f)
{
    if (f->vconn) {
        vconn_run_wait(f->vconn);
        vconn_connect_wait(f->vconn);
        if (f->sent) {
            vconn_recv_wait(f->vconn);
        }
        poll_timer_wait_until(f->give_up);
    } else {
        poll_immediate_wake();
    }
}

/* Ends the conversation; 'error' is EOF if it has succeeded. */
static void
finish(struct nved_flows *f, int error)
{
    if (error == ENOENT || error == ECONNREFUSED) {
        VLOG_INFO("there is no bridge yet, and so no flows with tags");
    } else if (error == EOF) {
        VLOG_INFO("found %"PRIuSIZE" tags in the flows of the bridge", f->n);
    } else {
        VLOG_WARN("cannot read which tags the flows of the bridge have (%s): "
                  "a tag that was in use may be given to another VN",
                  ovs_retval_to_string(error));
    }
    vconn_close(f->vconn);
    f->vconn = NULL;
}

/* Returns EOF if all is read, EAGAIN if not yet, else a positive errno. */
static int
step(struct nved_flows *f)
{
    struct ofpbuf *msg;
    int error;

    vconn_run(f->vconn);
    error = vconn_connect(f->vconn);
    if (!error && !f->sent) {
        error = send_request(f);
    }
    while (!error) {
        error = vconn_recv(f->vconn, &msg);
        if (!error) {
            error = take_reply(f, msg);
            ofpbuf_delete(msg);
        } else if (error == EOF) {
            error = ECONNRESET;
        }
    }
    return error;
}

static int
send_request(struct nved_flows *f)
{
    struct ofputil_flow_stats_request request = {
        .cookie = htonll((uint64_t) COOKIE_LOCAL << COOKIE_KIND_SHIFT),
        .cookie_mask = htonll(COOKIE_KIND_MASK),
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = TABLE_CLASSIFY,
    };
    struct ofpbuf *msg;
    int error;

    match_init_catchall(&request.match);
    msg = ofputil_encode_flow_stats_request(&request, OFPUTIL_P_OF15_OXM);
    error = vconn_send(f->vconn, msg);
    if (error) {
        ofpbuf_delete(msg);
    }
    f->sent = !error;
    return error;
}

/* Takes in 'msg'.  Returns 0 if more will come, EOF if that was all, else a
 * positive errno. */
static int
take_reply(struct nved_flows *f, struct ofpbuf *msg)
{
    struct ofputil_flow_stats stats;
    struct ofpbuf actions;
    enum ofptype type;
    bool more;
    int error;

    if (ofptype_decode(&type, msg->data) || type == OFPTYPE_ERROR) {
        return EPROTO;
    } else if (type != OFPTYPE_FLOW_STATS_REPLY) {
        return 0;
    }
    more = ofpmp_more(msg->data);
    ofpbuf_init(&actions, 64);
    while (!(error = ofputil_decode_flow_stats_reply(&stats, msg, false,
                                                     &actions))) {
        take_flow(f, &stats);
    }
    ofpbuf_uninit(&actions);
    return error != EOF ? error : more ? 0 : EOF;
}

/* Notes the tag that a flow matches, if it does so. */
static void
take_flow(struct nved_flows *f, const struct ofputil_flow_stats *stats)
{
    const struct flow *flow = &stats->match.flow;
    const struct flow *mask = &stats->match.wc.masks;
    const ovs_be16 whole = htons(VLAN_CFI | VLAN_VID_MASK);
    uint16_t tci = ntohs(flow->vlans[0].tci);
    struct nved_flow_tag tag = {
        .port = flow->in_port.ofp_port,
        .tag = tci & VLAN_VID_MASK,
        .vn_id = (uint32_t) (ntohll(stats->cookie) & VN_ID_MAX),
    };

    if (!mask->in_port.ofp_port || (mask->vlans[0].tci & whole) != whole
        || !(tci & VLAN_CFI) || !tag.tag || tag.tag == VLAN_VID_MASK
        || !tag.vn_id) {
        return;
    }
    if (f->n >= f->allocated) {
        f->tags = x2nrealloc(f->tags, &f->allocated, sizeof *f->tags);
    }
    f->tags[f->n++] = tag;
}
