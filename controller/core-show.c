/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Figures of the core, and looking into it. */

#include <config.h>
#include "controller/core-private.h"

#include <inttypes.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

void
core_add_stats(struct core_stats *stats, const struct session *session)
{
    struct session_stats s = session_get_stats(session);

    stats->n_mods_sent += s.n_mods_sent;
    stats->n_resyncs += s.n_resyncs;
    stats->n_repairs += s.n_repairs;
    stats->n_refused += s.n_refused;
    stats->n_dropped += s.n_dropped;
    stats->n_frames += s.n_frames;
    stats->n_frames_dropped += s.n_frames_dropped;
}

struct core_stats
core_get_stats(const struct core *core)
{
    struct core_stats stats = core->stats;
    struct core_session *cs;

    LIST_FOR_EACH (cs, node, &core->sessions) {
        core_add_stats(&stats, cs->session);
    }
    stats.n_decisions = model_n_decisions(core->model);
    stats.n_updates = core->pool.n_updates;
    stats.n_mods_encoded = core->pool.n_mods;
    stats.n_images = hmap_count(&core->vns);
    stats.n_addresses_gleaned = hmap_count(&core->gleaned);
    return stats;
}

void
core_format_sessions(const struct core *core, long long now, struct ds *s)
{
    struct core_session *cs;

    LIST_FOR_EACH (cs, node, &core->sessions) {
        session_format(cs->session, now, s);
        ds_put_char(s, '\n');
    }
}

static void
format_image(const struct image *image, const char *name, struct ds *s)
{
    ds_put_format(s, "%s: version %"PRIu64", marker %016"PRIx64", %"PRIuSIZE
                  " flows, %"PRIuSIZE" groups, %"PRIuSIZE" buckets, %"PRIuSIZE
                  " objects, %"PRIuSIZE" bytes\n",
                  name, image_version(image), image_marker(image),
                  image_n_flows(image), image_n_groups(image),
                  image_n_buckets(image), image_n_owners(image),
                  image_memory(image));
}

void
core_format_images(const struct core *core, struct ds *s)
{
    const struct core_nve *nve;
    const struct core_vn *vn;

    HMAP_FOR_EACH (vn, node, &core->vns) {
        const struct model_vn *model = model_vn_by_id(core->model, vn->vn_id);
        char *name = xasprintf("VN %s (%"PRIu32")", model ? model->name : "?",
                               vn->vn_id);

        format_image(vn->image, name, s);
        free(name);
    }
    HMAP_FOR_EACH (nve, node, &core->nves) {
        char *name = xasprintf("NVE %s (local)", nve->model->name);

        format_image(nve->image, name, s);
        free(name);
    }
}

struct image *
core_vn_image(const struct core *core, uint32_t vn_id)
{
    const struct core_vn *vn = core_vn_find(core, vn_id);

    return vn ? vn->image : NULL;
}

static struct core_nve *
nve_by_name(const struct core *core, const char *name)
{
    const struct model_nve *model = model_nve_by_name(core->model, name);

    return model ? core_nve_find(core, model) : NULL;
}

struct image *
core_local_image(const struct core *core, const char *name)
{
    const struct core_nve *nve = nve_by_name(core, name);

    return nve ? nve->image : NULL;
}

struct session *
core_nve_session(const struct core *core, const char *name)
{
    const struct core_nve *nve = nve_by_name(core, name);

    return nve && nve->session ? nve->session->session : NULL;
}
