#include "store/sqlite.h"

/* Never changed once released, only added to (docs/format/store.md). */
const struct sqlite_step sqlite_steps[] = {
    {"CREATE TABLE item ("
     "partition TEXT NOT NULL, "
     "sort TEXT NOT NULL, "
     "body BLOB NOT NULL, "
     "version INTEGER NOT NULL, "
     "fence INTEGER NOT NULL, "
     "PRIMARY KEY (partition, sort)"
     ") STRICT, WITHOUT ROWID"},
};
const unsigned sqlite_step_count = sizeof sqlite_steps / sizeof sqlite_steps[0];

struct identity {
    int64_t application, version, objects;
};

static int query(struct sqlite_store *s, sqlite3 *db, const char *sql, sqlite3_stmt **out,
                 struct err *err)
{
    int rc = sqlite3_prepare_v2(db, sql, -1, out, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(*out);
    return rc == SQLITE_ROW ? 0 : sqlite_fail(s, rc, "cannot read the schema", err);
}

static void finalize_p(sqlite3_stmt **stmt)
{
    sqlite3_finalize(*stmt);
}
#define _cleanup_stmt_ _cleanup_(finalize_p)

static int identify(struct sqlite_store *s, struct identity *out, struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
    if (query(s, s->db,
              "SELECT (SELECT application_id FROM pragma_application_id), "
              "(SELECT user_version FROM pragma_user_version), "
              "(SELECT count(*) FROM sqlite_schema)",
              &stmt, err) < 0)
        return -1;
    out->application = sqlite3_column_int64(stmt, 0);
    out->version = sqlite3_column_int64(stmt, 1);
    out->objects = sqlite3_column_int64(stmt, 2);
    return 0;
}

static bool is_empty(const struct identity *id)
{
    return id->application == 0 && id->version == 0 && id->objects == 0;
}

static int refuse_foreign(const struct sqlite_store *s, struct err *err)
{
    err_set(err, ERR_INPUT, "%s: not a toban store (another program's SQLite database)", s->path);
    return err_hint(err, "name the store with --store FILE or TOBAN_STORE");
}

static int refuse_altered(const struct sqlite_store *s, struct err *err)
{
    err_set(err, ERR_INPUT, "%s: the tables of this store were altered by another program",
            s->path);
    return err_hint(err, "take it from a backup, or name another with --store FILE or TOBAN_STORE");
}

static int judge(const struct sqlite_store *s, const struct identity *id, unsigned newest,
                 struct err *err)
{
    if (is_empty(id) && !s->base.read_only)
        return 0;
    if (is_empty(id))
        return err_set(err, ERR_NOT_FOUND, "%s: the store is empty, nothing was ever kept in it",
                       s->path);
    if (id->application != SQLITE_STORE_APPLICATION)
        return refuse_foreign(s, err);
    if (id->version < 1)
        return refuse_altered(s, err);
    if (id->version > newest) {
        err_set(err, ERR_INPUT,
                "%s: written by a newer toban (schema %lld, this one knows up to %u)", s->path,
                (long long)id->version, newest);
        return err_hint(err, "use the newer toban, or name another store with --store FILE");
    }
    if (id->version < newest && s->base.read_only) {
        err_set(err, ERR_INPUT, "%s: written by an older toban (schema %lld, now %u)", s->path,
                (long long)id->version, newest);
        return err_hint(err, "'toban plan list --store %s' brings it up to date", s->path);
    }
    return 0;
}

static int run_steps(struct sqlite_store *s, const struct sqlite_step *steps, unsigned from,
                     unsigned count, struct err *err)
{
    char mark[128];
    for (unsigned i = from; i < count; i++)
        if (sqlite_run(s, steps[i].sql, "cannot bring the schema up to date", err) < 0)
            return -1;
    snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %u",
             SQLITE_STORE_APPLICATION, count);
    return sqlite_run(s, mark, "cannot bring the schema up to date", err);
}

/* All steps that are missing, or none: a kill in the middle leaves the older schema. */
static int migrate(struct sqlite_store *s, const struct sqlite_step *steps, unsigned count,
                   struct err *err)
{
    struct identity id;
    if (sqlite_run(s, "BEGIN IMMEDIATE", "cannot bring the schema up to date", err) < 0)
        return -1;
    /* Read again: another process may have been faster. */
    if (identify(s, &id, err) == 0 && judge(s, &id, count, err) == 0 &&
        (id.version == count || run_steps(s, steps, (unsigned)id.version, count, err) == 0) &&
        sqlite_run(s, "COMMIT", "cannot bring the schema up to date", err) == 0)
        return 0;
    if (!sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

#define SCHEMA_TEXT                                                                                \
    "SELECT coalesce(group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)), "    \
    "'') "                                                                                         \
    "FROM (SELECT type, name, sql FROM sqlite_schema ORDER BY type, name)"

static int schema_text(struct sqlite_store *s, sqlite3 *db, struct str *out, struct err *err)
{
    _cleanup_stmt_ sqlite3_stmt *stmt = NULL;
    if (query(s, db, SCHEMA_TEXT, &stmt, err) < 0)
        return -1;
    const char *text = (const char *)sqlite3_column_text(stmt, 0);
    if (text)
        str_adds(out, text);
    return text && str_ok(out) ? 0 : err_nomem(err, "reading the schema");
}

/* What the steps make of an empty database. */
static int expected_schema(struct sqlite_store *s, const struct sqlite_step *steps, unsigned count,
                           struct str *out, struct err *err)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    for (unsigned i = 0; rc == SQLITE_OK && i < count; i++)
        rc = sqlite3_exec(db, steps[i].sql, NULL, NULL, NULL);
    int result = rc == SQLITE_OK ? schema_text(s, db, out, err)
                                 : sqlite_fail(s, rc, "cannot read the schema", err);
    sqlite3_close(db);
    return result;
}

/* A trigger or another column put in by hand would change what a write does. */
static int compare(struct sqlite_store *s, const struct sqlite_step *steps, unsigned count,
                   struct err *err)
{
    _cleanup_str_ struct str want = {0}, found = {0};
    if (expected_schema(s, steps, count, &want, err) < 0 || schema_text(s, s->db, &found, err) < 0)
        return -1;
    return sv_eq(str_sv(&found), str_sv(&want)) ? 0 : refuse_altered(s, err);
}

int sqlite_schema_prepare(struct sqlite_store *s, const struct sqlite_step *steps, unsigned count,
                          struct err *err)
{
    struct identity id;
    if (identify(s, &id, err) < 0 || judge(s, &id, count, err) < 0)
        return -1;
    if (id.version != count && migrate(s, steps, count, err) < 0)
        return -1;
    return compare(s, steps, count, err);
}
