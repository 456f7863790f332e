/* The store in a SQLite file: one table of items, one transaction for each store_write. */
#include "store/sqlite.h"

#include <errno.h>

static const char *const sql_texts[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_GET] = "SELECT sort, body, version, fence FROM item WHERE partition = ?1 AND sort = ?2",
    [SQL_FROM] = "SELECT sort, body, version, fence FROM item "
                 "WHERE partition = ?1 AND sort >= ?2 AND sort < ?3 ORDER BY sort LIMIT ?4",
    [SQL_AFTER] = "SELECT sort, body, version, fence FROM item "
                  "WHERE partition = ?1 AND sort > ?2 AND sort < ?3 ORDER BY sort LIMIT ?4",
    [SQL_BACK] = "SELECT sort, body, version, fence FROM item "
                 "WHERE partition = ?1 AND sort >= ?2 AND sort < ?3 ORDER BY sort DESC LIMIT ?4",
    [SQL_LOOK] = "SELECT version, fence FROM item WHERE partition = ?1 AND sort = ?2",
    [SQL_PUT] = "INSERT INTO item (partition, sort, body, version, fence) "
                "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (partition, sort) DO UPDATE "
                "SET body = excluded.body, version = excluded.version, fence = excluded.fence",
    [SQL_DELETE] = "DELETE FROM item WHERE partition = ?1 AND sort = ?2",
};

static sqlite3_stmt *statement(struct sqlite_store *s, enum sqlite_sql which, int *rc)
{
    *rc = SQLITE_OK;
    if (!s->sql[which])
        *rc = sqlite3_prepare_v3(s->db, sql_texts[which], -1, SQLITE_PREPARE_PERSISTENT,
                                 &s->sql[which], NULL);
    return s->sql[which];
}

/* The statement with partition and sort bound; NULL with *rc set. */
static sqlite3_stmt *keyed(struct sqlite_store *s, enum sqlite_sql which, struct store_key key,
                           int *rc)
{
    sqlite3_stmt *stmt = statement(s, which, rc);
    if (stmt) {
        sqlite3_bind_text(stmt, 1, key.partition, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, key.sort, -1, SQLITE_STATIC);
    }
    return stmt;
}

/* One step of a statement that gives no rows, ready for its next use. */
static int run_once(struct sqlite_store *s, sqlite3_stmt *stmt)
{
    errno = 0;
    int rc = sqlite3_step(stmt);
    s->step_errno = errno;
    sqlite3_reset(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int run_plain(struct sqlite_store *s, enum sqlite_sql which)
{
    int rc;
    sqlite3_stmt *stmt = statement(s, which, &rc);
    return stmt ? run_once(s, stmt) : rc;
}

/* ---- reading ---- */

/* False without memory. */
static bool take_row(sqlite3_stmt *stmt, struct store_item *out)
{
    const void *body = sqlite3_column_blob(stmt, 1);
    size_t len = (size_t)sqlite3_column_bytes(stmt, 1);
    out->sort = (const char *)sqlite3_column_text(stmt, 0);
    out->body = sv_n(body ? body : "", body ? len : 0);
    out->version = (uint64_t)sqlite3_column_int64(stmt, 2);
    out->fence = (uint64_t)sqlite3_column_int64(stmt, 3);
    return out->sort && (body || !len);
}

static int keep_row(sqlite3_stmt *stmt, struct arena *a, struct store_item *out, struct err *err)
{
    if (!take_row(stmt, out))
        return err_nomem(err, "reading the store");
    out->sort = arena_dup(a, sv_of(out->sort));
    out->body.ptr = arena_dup(a, out->body);
    return out->sort && out->body.ptr ? 0 : err_nomem(err, "reading the store");
}

static int sqlite_get(struct store *base, struct store_key key, struct arena *a,
                      struct store_item *out, struct err *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    int rc, result;
    sqlite3_stmt *stmt = keyed(s, SQL_GET, key, &rc);
    if (stmt)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        result = keep_row(stmt, a, out, err);
    else if (rc == SQLITE_DONE)
        result = err_set(err, ERR_NOT_FOUND, "%s: no item '%s' in '%s'", base->where, key.sort,
                         key.partition);
    else
        result = sqlite_fail(s, rc, "cannot read", err);
    sqlite3_reset(stmt);
    return result;
}

/* The first text behind all that start with prefix; 0xff is in no UTF-8. */
static void prefix_end(const char *prefix, char out[static STORE_KEY_MAX + 1])
{
    size_t len = strlen(prefix);
    memcpy(out, prefix, len + 1);
    if (len)
        out[len - 1]++;
    else
        memcpy(out, "\xff", 2);
}

/* The statement for a query, bound. `end` must live as long as it runs. */
static sqlite3_stmt *query_statement(struct sqlite_store *s, const struct store_query *q,
                                     char end[static STORE_KEY_MAX + 1], int *rc)
{
    const char *from = q->prefix ? q->prefix : "";
    enum sqlite_sql which = q->backwards ? SQL_BACK : SQL_FROM;
    prefix_end(from, end);
    if (q->after && q->backwards && strcmp(q->after, end) < 0)
        snprintf(end, STORE_KEY_MAX + 1, "%s", q->after);
    if (q->after && !q->backwards && strcmp(q->after, from) >= 0) {
        which = SQL_AFTER;
        from = q->after;
    }
    sqlite3_stmt *stmt = keyed(s, which, (struct store_key){q->partition, from}, rc);
    if (stmt) {
        sqlite3_bind_text(stmt, 3, end, -1, SQLITE_STATIC);
        sqlite3_bind_int64(stmt, 4, q->limit ? (int64_t)q->limit : -1);
    }
    return stmt;
}

static int sqlite_list(struct store *base, const struct store_query *q,
                       int (*each)(void *ctx, const struct store_item *item, struct err *err),
                       void *ctx, struct err *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    char end[STORE_KEY_MAX + 1];
    int rc, result = 0;
    sqlite3_stmt *stmt = query_statement(s, q, end, &rc);
    while (stmt && result == 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct store_item item;
        result =
            take_row(stmt, &item) ? each(ctx, &item, err) : err_nomem(err, "reading the store");
    }
    if (result == 0 && rc != SQLITE_DONE)
        result = sqlite_fail(s, rc, "cannot read", err);
    sqlite3_reset(stmt);
    return result < 0 ? -1 : 0;
}

/* ---- writing ---- */

static bool condition_holds(const struct store_write *w, bool found, uint64_t version,
                            uint64_t fence)
{
    switch (w->condition) {
    case STORE_ANYHOW:
        return true;
    case STORE_ABSENT:
        return !found;
    case STORE_AT_VERSION:
        return found && version == w->expect;
    case STORE_AT_FENCE:
        return found && fence == w->expect;
    }
    return false;
}

static int put(struct sqlite_store *s, const struct store_write *w, uint64_t version)
{
    int rc;
    sqlite3_stmt *stmt = keyed(s, SQL_PUT, w->key, &rc);
    if (!stmt)
        return rc;
    sqlite3_bind_blob(stmt, 3, w->body.len ? w->body.ptr : "", (int)w->body.len, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 4, (int64_t)version);
    sqlite3_bind_int64(stmt, 5, (int64_t)w->fence);
    return run_once(s, stmt);
}

/* SQLITE_OK; SQLITE_CONSTRAINT: the condition does not hold. */
static int write_one(struct sqlite_store *s, const struct store_write *w)
{
    int rc;
    uint64_t version = 0, fence = 0;
    sqlite3_stmt *look = keyed(s, SQL_LOOK, w->key, &rc);
    if (!look)
        return rc;
    rc = sqlite3_step(look);
    bool found = rc == SQLITE_ROW;
    if (found) {
        version = (uint64_t)sqlite3_column_int64(look, 0);
        fence = (uint64_t)sqlite3_column_int64(look, 1);
    }
    sqlite3_reset(look);
    if (!found && rc != SQLITE_DONE)
        return rc;
    if (!condition_holds(w, found, version, fence))
        return SQLITE_CONSTRAINT;
    if (w->act == STORE_PUT)
        return put(s, w, version + 1);
    if (w->act == STORE_CHECK || !found)
        return SQLITE_OK;
    sqlite3_stmt *gone = keyed(s, SQL_DELETE, w->key, &rc);
    return gone ? run_once(s, gone) : rc;
}

static void roll_back(struct sqlite_store *s)
{
    if (!sqlite3_get_autocommit(s->db))
        run_plain(s, SQL_ROLLBACK);
}

static int conflict(const struct store *s, const struct store_write *w, struct err *err)
{
    return err_set(err, ERR_CONFLICT, "%s: item '%s' in '%s' was changed by somebody else",
                   s->where, w->key.sort, w->key.partition);
}

static int sqlite_write(struct store *base, const struct store_write *writes, size_t count,
                        size_t *failed, struct err *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    if (sqlite_file_same(s, err) < 0)
        return -1;
    int rc = run_plain(s, SQL_BEGIN);
    for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
        rc = write_one(s, &writes[i]);
        if (rc != SQLITE_CONSTRAINT)
            continue;
        roll_back(s);
        if (failed)
            *failed = i;
        return conflict(base, &writes[i], err);
    }
    if (rc == SQLITE_OK)
        rc = run_plain(s, SQL_COMMIT);
    if (rc == SQLITE_OK)
        return 0;
    sqlite_fail(s, rc, "cannot write", err);
    roll_back(s);
    return -1;
}

struct damage {
    char *text;
    size_t cap;
};

/* "ok", or lines that tell what is wrong below a heading: the first of them is enough. */
static int take_damage(void *ctx, int columns, char **values, char **names)
{
    const struct damage *d = ctx;
    struct sv rest = sv_of(columns ? values[0] : NULL), line = sv_split(&rest, '\n');
    if (sv_starts(line, "***") && rest.len)
        line = sv_split(&rest, '\n');
    if (line.ptr && !sv_is(line, "ok"))
        snprintf(d->text, d->cap, "%.*s", SV_ARG(line));
    return 0;
}

static int sqlite_check(struct store *base, char *damage, size_t cap, struct err *err)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    struct damage d = {damage, cap};
    int rc = sqlite3_exec(s->db, "PRAGMA integrity_check(1)", take_damage, &d, NULL);
    if ((rc & 0xff) == SQLITE_CORRUPT) {
        snprintf(damage, cap, "%s", sqlite3_errmsg(s->db));
        return 0;
    }
    return rc == SQLITE_OK ? 0 : sqlite_fail(s, rc, "cannot read", err);
}

static void sqlite_free(struct store *base)
{
    struct sqlite_store *s = (struct sqlite_store *)base;
    for (size_t i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(s->sql[i]);
    sqlite3_close(s->db);
    free(s->path);
    free(s);
}

const struct store_ops sqlite_ops = {
    .get = sqlite_get,
    .list = sqlite_list,
    .write = sqlite_write,
    .check = sqlite_check,
    .free = sqlite_free,
};
