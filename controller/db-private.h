/* Copyright (c) 2026 The nDirector Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef CONTROLLER_DB_PRIVATE_H
#define CONTROLLER_DB_PRIVATE_H 1

/* What db.c, db-read.c, db-load.c and db-verdicts.c share; nobody else
 * includes this.
 *
 * Columns: those that others write are tracked, those that ndirectord writes
 * are only replicated, so that its own writes never come back as changes, and
 * a write of what is already there is left out by the IDL. */

#include "controller/db.h"
#include "openvswitch/hmap.h"
#include "openvswitch/uuid.h"

struct model;
struct ovsdb_idl;
struct ovsdb_idl_index;
struct ovsdb_idl_row;
struct ovsdb_idl_table_class;
struct ovsdb_idl_txn;

/* Tables whose rows go into the model, in the order in which they should. */
enum db_kind {
    DB_TENANT,
    DB_VN,
    DB_NVE,
    DB_REGISTRATION,
    DB_VNIC,
    DB_CLAIM,
    DB_N_KINDS
};

enum db_state {
    DB_CONNECTING,
    DB_CLAIMING,
    DB_LOADING,
    DB_RUNNING,
    DB_GUARDED,
    DB_DEPOSED
};

struct db {
    struct core *core;
    struct model *model;
    struct loop_task *task;
    struct db_callbacks cb;
    char *remote;
    char *director;

    struct ovsdb_idl *idl;
    struct ovsdb_idl_index *bindings;   /* Binding by vnic, vn, nve. */
    enum db_state state;
    char *guard;                /* Why DB_GUARDED, or NULL. */
    int64_t last_epoch;         /* As configured. */
    int64_t epoch;              /* Ours, 0 until known. */
    bool was_connected;         /* For the log. */

    /* What the model was last told, by row and by name. */
    struct hmap by_uuid[DB_N_KINDS];    /* struct db_object's. */
    struct hmap by_name[DB_N_KINDS];    /* struct db_object's. */

    struct ovsdb_idl_txn *txn;  /* In flight, or NULL. */
    size_t n_in_txn;            /* Verdicts in it. */
    size_t batch;               /* At most so many verdicts in the next. */
    long long retry_at;         /* No transaction before this time. */
    int backoff_ms;             /* What to add to it after a failure. */

    struct db_stats stats;
};

/* A row that the model knows. */
struct db_object {
    struct hmap_node uuid_node; /* In 'by_uuid'. */
    struct hmap_node name_node; /* In 'by_name'. */
    struct uuid uuid;
    char *name;                 /* As db_kind_ops.name() gives it. */
};

/* How rows of one kind go into the model. */
struct db_kind_ops {
    const struct ovsdb_idl_table_class *class;

    /* Returns a new string with what identifies the row in the model: its
     * name, or for a claim all that may not change in place. */
    char *(*name)(const struct ovsdb_idl_row *);

    /* Puts the row in. */
    void (*put)(struct model *, const struct ovsdb_idl_row *);

    /* Takes out what the model has under 'name', or of row 'uuid'. */
    void (*drop)(struct model *, const char *name, const struct uuid *uuid);
};

extern const struct db_kind_ops db_kinds[DB_N_KINDS];

/* db-read.c. */

/* Registers the columns that db needs. */
void db_monitor(struct ovsdb_idl *);

/* Puts all tracked changes in the model.  Returns true if there were any. */
bool db_read_changes(struct db *);

/* Brings the model to what the database has, whatever was tracked. */
void db_read_all(struct db *);

/* Puts NVO3_Global in: to be called after everything else. */
void db_read_global(struct db *);

/* Notes that the model knows 'row'. */
void db_object_add(struct db *, enum db_kind, const struct ovsdb_idl_row *);

/* Returns the row with 'name' (not for claims), or NULL. */
const struct ovsdb_idl_row *db_row_by_name(const struct db *, enum db_kind,
                                           const char *name);

/* Forgets all that the model knows. */
void db_objects_clear(struct db *);

/* Puts in of a VNIC only those MACs that were in effect when its statuses were
 * written. */
void db_put_vnic_in_effect(struct model *, const struct ovsdb_idl_row *);

/* db-load.c. */

/* Puts the whole database into an empty model. */
void db_load(struct db *);

/* db-verdicts.c. */

/* Begins a transaction with the verdicts that wait, if it is time. */
void db_verdicts_begin(struct db *);

/* Goes on with the transaction in flight, if any. */
void db_verdicts_run(struct db *);

/* True if verdicts, or sync_done, wait to be written. */
bool db_verdicts_pending(const struct db *);

/* Sets back the next transaction after a failure. */
void db_back_off(struct db *);

#endif /* controller/db-private.h */
