#include "base/utf8.h"
#include "store/store_ops.h"

static int no_such_place(const char *where, const char *why, struct err *err)
{
    err_set(err, ERR_USAGE, "store '%s': %s", where, why);
    return err_hint(err, "name a file (--store sqlite:///path/toban.db, or its path alone) or a "
                         "table in DynamoDB (--store dynamodb://TABLE)");
}

static int open_any(const char *where, bool read_only, struct store **out, struct err *err)
{
    *out = NULL;
    _cleanup_str_ struct str own = {0};
    if (!where) {
        if (store_where_default(&own, err) < 0)
            return -1;
        where = str_c(&own);
    }
    struct sv text = sv_of(where);
    if (sv_starts(text, "dynamodb://"))
        return store_dynamo_open(where + strlen("dynamodb://"), read_only, out, err);
    if (sv_starts(text, "sqlite://"))
        where += strlen("sqlite://");
    else if (sv_has(text, "://"))
        return no_such_place(where, "toban keeps its store in a SQLite file or in DynamoDB", err);
    if (!*where)
        return no_such_place(text.ptr, "names no file", err);
    return store_sqlite_open(where, read_only, out, err);
}

int store_open(const char *where, struct store **out, struct err *err)
{
    return open_any(where, false, out, err);
}

int store_open_to_read(const char *where, struct store **out, struct err *err)
{
    return open_any(where, true, out, err);
}

void store_free(struct store *s)
{
    if (!s)
        return;
    free(s->where);
    s->ops->free(s);
}

const char *store_where(const struct store *s)
{
    return s->where;
}

/* ---- what every kind of store may rely on ---- */

static int check_text(const char *what, const char *text, struct err *err)
{
    size_t len = strlen(text);
    if (len > STORE_KEY_MAX)
        return err_set(err, ERR_LIMIT, "%s of an item has %zu bytes, at most %d are kept", what,
                       len, STORE_KEY_MAX);
    for (size_t at = 0, step; at < len; at += step) {
        step = utf8_length(text + at, len - at);
        if (!step)
            return err_set(err, ERR_INPUT, "%s of an item is no UTF-8", what);
    }
    return 0;
}

static int check_key(struct store_key key, struct err *err)
{
    if (!*key.partition)
        return err_set(err, ERR_BUG, "an item without a partition");
    return check_text("partition", key.partition, err) < 0 ? -1 : check_text("key", key.sort, err);
}

int store_get(struct store *s, struct store_key key, struct arena *a, struct store_item *out,
              struct err *err)
{
    return check_key(key, err) < 0 ? -1 : s->ops->get(s, key, a, out, err);
}

int store_list(struct store *s, const struct store_query *q,
               int (*each)(void *ctx, const struct store_item *item, struct err *err), void *ctx,
               struct err *err)
{
    if (check_key((struct store_key){q->partition, q->prefix ? q->prefix : ""}, err) < 0 ||
        check_text("key", q->after ? q->after : "", err) < 0)
        return -1;
    return s->ops->list(s, q, each, ctx, err);
}

static bool same_key(struct store_key a, struct store_key b)
{
    return strcmp(a.sort, b.sort) == 0 && strcmp(a.partition, b.partition) == 0;
}

static int check_write(const struct store_write *writes, size_t i, size_t *bytes, struct err *err)
{
    const struct store_write *w = &writes[i];
    if (check_key(w->key, err) < 0)
        return -1;
    if (w->act == STORE_PUT) {
        *bytes += w->body.len;
        if (w->body.len > STORE_BODY_MAX)
            return err_set(err, ERR_LIMIT,
                           "item '%s' in '%s' has %zu bytes, at most %zu fit into one", w->key.sort,
                           w->key.partition, w->body.len, STORE_BODY_MAX);
    }
    for (size_t j = 0; j < i; j++)
        if (same_key(w->key, writes[j].key))
            return err_set(err, ERR_BUG, "one transaction writes '%s' in '%s' twice", w->key.sort,
                           w->key.partition);
    return 0;
}

int store_write(struct store *s, const struct store_write *writes, size_t count, size_t *failed,
                struct err *err)
{
    size_t bytes = 0;
    if (failed)
        *failed = STORE_NO_WRITE;
    if (count > STORE_WRITES_MAX)
        return err_set(err, ERR_LIMIT, "%zu writes in one transaction, at most %d are done", count,
                       STORE_WRITES_MAX);
    for (size_t i = 0; i < count; i++)
        if (check_write(writes, i, &bytes, err) < 0)
            return -1;
    if (bytes > STORE_TRANSACTION_MAX)
        return err_set(err, ERR_LIMIT, "%zu bytes in one transaction, at most %zu are written",
                       bytes, STORE_TRANSACTION_MAX);
    if (s->read_only)
        return err_set(err, ERR_LOCAL, "%s: opened for reading only", s->where);
    return s->ops->write(s, writes, count, failed, err);
}

int store_probe(struct store *s, struct err *err)
{
    struct store_write w = {.key = {"toban", "probe"}, .body = SV("{}")};
    return store_write(s, &w, 1, NULL, err);
}

int store_check(struct store *s, char *damage, size_t cap, struct err *err)
{
    *damage = '\0';
    return s->ops->check(s, damage, cap, err);
}
