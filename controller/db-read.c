/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Rows into the model.
 *
 * Changes are taken by row UUID: those that the IDL tracked are "touched", and
 * what counts is what the row is now.  First all touched rows are forgotten
 * and those that still exist noted again; then names that nobody bears any
 * more are dropped from the model; last, rows are put in.  So a renamed row, a
 * row replaced by another with its name, and rows that swap names all come out
 * right, and what somebody gives up is free before another asks for it.
 *
 * Rows below a VNIC need no index of their own: the IDL tracks a row whenever
 * one that it refers to changes.
 *
 * Trap: after a reconnection that could not be resumed the IDL throws its copy
 * away and fills it again.  Every row then looks inserted and none deleted.
 * The Epoch row looking inserted gives this away, and all rows are compared
 * with what the model was told. */

#include <config.h>
#include "controller/db-private.h"

#include "controller/core.h"
#include "controller/model.h"
#include "hash.h"
#include "lib/nvo3-idl.h"
#include "lib/ovsdb-idl.h"
#include "util.h"

/* A row that changed. */
struct touch {
    enum db_kind kind;
    struct uuid uuid;
    char *old_name;             /* NULL if the model did not know it. */
    const struct ovsdb_idl_row *row;    /* NULL if it is gone. */
};

struct touches {
    struct touch *array;
    size_t n, allocated;
};

static void touches_add(struct touches *, enum db_kind, const struct uuid *);
static void touches_apply(struct db *, struct touches *);
static struct db_object *object_by_uuid(const struct db *, enum db_kind,
                                        const struct uuid *);
static struct db_object *object_by_name(const struct db *, enum db_kind,
                                        const char *name);
static char *object_remove(struct db *, enum db_kind, struct db_object *);

/* Columns that others write. */
static const struct ovsdb_idl_column *const columns_read[] = {
    &nvo3_nvo3_global_col_nve_admission,
    &nvo3_nvo3_global_col_sync_request,
    &nvo3_epoch_col_number,
    &nvo3_epoch_col_director,
    &nvo3_tenant_col_name,
    &nvo3_vn_col_name,
    &nvo3_vn_col_alias,
    &nvo3_vn_col_tenant,
    &nvo3_vn_col_vn_id_request,
    &nvo3_vn_col_service,
    &nvo3_vn_col_admission,
    &nvo3_vn_col_tenant_tags,
    &nvo3_vn_col_gleaning,
    &nvo3_vn_col_gleaning_age,
    &nvo3_vnic_col_name,
    &nvo3_vnic_col_alias,
    &nvo3_vnic_col_tenant,
    &nvo3_vnic_col_allowed_nves,
    &nvo3_vnic_col_vns,
    &nvo3_vnic_vn_col_vn,
    &nvo3_vnic_vn_col_macs,
    &nvo3_vnic_mac_col_mac,
    &nvo3_vnic_mac_col_ips,
    &nvo3_nve_col_name,
    &nvo3_nve_col_endpoints,
    &nvo3_nve_col_datapath_id,
    &nvo3_nve_col_enabled,
    &nvo3_nve_col_vnic_quota,
    &nvo3_nve_registration_col_nve,
    &nvo3_nve_registration_col_datapath_id,
    &nvo3_nve_registration_col_endpoints,
    &nvo3_nve_registration_col_tunnel_port,
    &nvo3_vnic_claim_col_nve,
    &nvo3_vnic_claim_col_vnic,
    &nvo3_vnic_claim_col_vn,
    &nvo3_vnic_claim_col_port,
    &nvo3_vnic_claim_col_tag,
    &nvo3_vnic_claim_col_addresses,
    &nvo3_vnic_claim_col_state,
    &nvo3_vnic_claim_col_client_seq,
};

/* Columns that ndirectord writes. */
static const struct ovsdb_idl_column *const columns_written[] = {
    &nvo3_epoch_col_sync_done,
    &nvo3_vn_col_vn_id,
    &nvo3_vn_col_status,
    &nvo3_vnic_col_status,
    &nvo3_vnic_vn_col_status,
    &nvo3_vnic_mac_col_status,
    &nvo3_nve_col_connected,
    &nvo3_nve_col_status,
    &nvo3_binding_col_nve,
    &nvo3_binding_col_vnic,
    &nvo3_binding_col_vn,
    &nvo3_binding_col_state,
    &nvo3_binding_col_reason,
    &nvo3_binding_col_generation,
    &nvo3_binding_col_epoch,
    &nvo3_binding_col_claim_seq,
    &nvo3_binding_col_gleaned,
};

void
db_monitor(struct ovsdb_idl *idl)
{
    for (size_t i = 0; i < ARRAY_SIZE(columns_read); i++) {
        ovsdb_idl_track_add_column(idl, columns_read[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(columns_written); i++) {
        ovsdb_idl_add_column(idl, columns_written[i]);
        ovsdb_idl_omit_alert(idl, columns_written[i]);
    }
}

/* Returns true if the IDL was filled anew since changes were last read. */
static bool
was_filled_anew(const struct db *db)
{
    const struct nvo3_epoch *epoch;

    NVO3_EPOCH_FOR_EACH_TRACKED (epoch, db->idl) {
        if (!nvo3_epoch_is_deleted(epoch) && nvo3_epoch_is_new(epoch)) {
            return true;
        }
    }
    return false;
}

bool
db_read_changes(struct db *db)
{
    struct touches touches = { NULL, 0, 0 };
    bool any;

    if (was_filled_anew(db)) {
        db_read_all(db);
        return true;
    }
    for (enum db_kind kind = 0; kind < DB_N_KINDS; kind++) {
        for (const struct ovsdb_idl_row *row
                 = ovsdb_idl_track_get_first(db->idl, db_kinds[kind].class);
             row; row = ovsdb_idl_track_get_next(row)) {
            touches_add(&touches, kind, &row->uuid);
        }
    }
    any = touches.n || nvo3_nvo3_global_track_get_first(db->idl);
    touches_apply(db, &touches);
    if (any) {
        db_read_global(db);
    }
    return any;
}

void
db_read_all(struct db *db)
{
    struct touches touches = { NULL, 0, 0 };

    db->stats.n_reloads++;
    for (enum db_kind kind = 0; kind < DB_N_KINDS; kind++) {
        const struct db_object *object;

        HMAP_FOR_EACH (object, uuid_node, &db->by_uuid[kind]) {
            touches_add(&touches, kind, &object->uuid);
        }
        for (const struct ovsdb_idl_row *row
                 = ovsdb_idl_first_row(db->idl, db_kinds[kind].class);
             row; row = ovsdb_idl_next_row(row)) {
            if (!object_by_uuid(db, kind, &row->uuid)) {
                touches_add(&touches, kind, &row->uuid);
            }
        }
    }
    touches_apply(db, &touches);
    db_read_global(db);
}

void
db_read_global(struct db *db)
{
    const struct nvo3_nvo3_global *global = nvo3_nvo3_global_first(db->idl);
    const char *admission = global ? global->nve_admission : NULL;

    model_set_nve_admission(db->model,
                            admission && !strcmp(admission, "open"));
    core_set_sync_request(db->core, global ? global->sync_request : 0);
}

/* Touched rows. */

static void
touches_add(struct touches *touches, enum db_kind kind,
            const struct uuid *uuid)
{
    if (touches->n >= touches->allocated) {
        touches->array = x2nrealloc(touches->array, &touches->allocated,
                                    sizeof *touches->array);
    }
    touches->array[touches->n++] = (struct touch) {
        .kind = kind,
        .uuid = *uuid,
    };
}

/* Returns true if the model still has what 'touch' was and no longer is. */
static bool
touch_is_stale(const struct db *db, const struct touch *touch)
{
    if (!touch->old_name) {
        return false;
    } else if (touch->kind == DB_CLAIM) {
        const struct db_object *object = object_by_uuid(db, DB_CLAIM,
                                                        &touch->uuid);

        return !object || strcmp(object->name, touch->old_name);
    } else {
        return !object_by_name(db, touch->kind, touch->old_name);
    }
}

/* Puts 'touches' in the model and frees them. */
static void
touches_apply(struct db *db, struct touches *touches)
{
    struct touch *touch, *end;

    if (!touches->n) {
        return;
    }
    end = touches->array + touches->n;
    for (touch = touches->array; touch < end; touch++) {
        struct db_object *object = object_by_uuid(db, touch->kind,
                                                  &touch->uuid);

        touch->old_name = (object ? object_remove(db, touch->kind, object)
                           : NULL);
    }
    for (touch = touches->array; touch < end; touch++) {
        touch->row = ovsdb_idl_get_row_for_uuid(
            db->idl, db_kinds[touch->kind].class, &touch->uuid);
        if (touch->row) {
            db_object_add(db, touch->kind, touch->row);
        }
    }
    for (touch = touches->array; touch < end; touch++) {
        if (touch_is_stale(db, touch)) {
            db_kinds[touch->kind].drop(db->model, touch->old_name,
                                       &touch->uuid);
        }
        free(touch->old_name);
    }
    for (touch = touches->array; touch < end; touch++) {
        if (touch->row) {
            db_kinds[touch->kind].put(db->model, touch->row);
        }
    }
    db->stats.n_changes += touches->n;
    free(touches->array);
}

/* What the model was told. */

void
db_object_add(struct db *db, enum db_kind kind,
              const struct ovsdb_idl_row *row)
{
    struct db_object *object = xmalloc(sizeof *object);

    object->uuid = row->uuid;
    object->name = db_kinds[kind].name(row);
    hmap_insert(&db->by_uuid[kind], &object->uuid_node,
                uuid_hash(&object->uuid));
    hmap_insert(&db->by_name[kind], &object->name_node,
                hash_string(object->name, 0));
}

/* Forgets 'object' and returns its name, which the caller must free. */
static char *
object_remove(struct db *db, enum db_kind kind, struct db_object *object)
{
    char *name = object->name;

    hmap_remove(&db->by_uuid[kind], &object->uuid_node);
    hmap_remove(&db->by_name[kind], &object->name_node);
    free(object);
    return name;
}

static struct db_object *
object_by_uuid(const struct db *db, enum db_kind kind,
               const struct uuid *uuid)
{
    struct db_object *object;

    HMAP_FOR_EACH_WITH_HASH (object, uuid_node, uuid_hash(uuid),
                             &db->by_uuid[kind]) {
        if (uuid_equals(&object->uuid, uuid)) {
            return object;
        }
    }
    return NULL;
}

static struct db_object *
object_by_name(const struct db *db, enum db_kind kind, const char *name)
{
    struct db_object *object;

    HMAP_FOR_EACH_WITH_HASH (object, name_node, hash_string(name, 0),
                             &db->by_name[kind]) {
        if (!strcmp(object->name, name)) {
            return object;
        }
    }
    return NULL;
}

const struct ovsdb_idl_row *
db_row_by_name(const struct db *db, enum db_kind kind, const char *name)
{
    const struct db_object *object = object_by_name(db, kind, name);

    return object ? ovsdb_idl_get_row_for_uuid(db->idl, db_kinds[kind].class,
                                               &object->uuid) : NULL;
}

void
db_objects_clear(struct db *db)
{
    for (enum db_kind kind = 0; kind < DB_N_KINDS; kind++) {
        struct db_object *object;

        HMAP_FOR_EACH_SAFE (object, uuid_node, &db->by_uuid[kind]) {
            free(object_remove(db, kind, object));
        }
    }
}
