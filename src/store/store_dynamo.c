/* The store in a DynamoDB table: one item for each item, one transaction for each store_write. */
#include "store/dynamo.h"

/* ---- reading ---- */

static int dynamo_get(struct store *base, struct store_key key, struct arena *a,
                      struct store_item *out, struct err *err)
{
    struct dynamo_store *s = (struct dynamo_store *)base;
    _cleanup_str_ struct str body = {0};
    _cleanup_aws_answer_ struct aws_answer answer = {0};
    dynamo_ask_get(s->at.table, key, &body);
    if (dynamo_call(s, "GetItem", &body, "cannot read", &answer, err) < 0)
        return -1;
    const struct doc_node *item = doc_get(answer.json, "Item");
    if (!item)
        return err_set(err, ERR_NOT_FOUND, "%s: no item '%s' in '%s'", base->where, key.sort,
                       key.partition);
    return dynamo_read_item(item, a, out, err) < 0 ? err_wrap(err, "%s", base->where) : 0;
}

struct listing {
    const struct store_query *query;
    int (*each)(void *ctx, const struct store_item *item, struct err *err);
    void *ctx;
    uint32_t left; /* items; with a limit only */
    struct arena page;
};

/* As each returns; 1 at the limit. */
static int give_one(struct listing *l, const struct doc_node *attributes, struct err *err)
{
    struct store_item item;
    struct arena_mark mark = arena_mark(&l->page);
    if (dynamo_read_item(attributes, &l->page, &item, err) < 0)
        return -1;
    int result = l->each(l->ctx, &item, err);
    arena_rewind(&l->page, mark);
    if (result == 0 && l->query->limit && --l->left == 0)
        return 1;
    return result;
}

/* One answer's items; *start becomes where to go on, NULL at the end. */
static int give_page(struct dynamo_store *s, struct listing *l, const char **start, struct err *err)
{
    _cleanup_str_ struct str body = {0};
    _cleanup_aws_answer_ struct aws_answer answer = {0};
    dynamo_ask_query(s->at.table, l->query, *start, l->left, &body);
    if (dynamo_call(s, "Query", &body, "cannot read", &answer, err) < 0)
        return -1;
    const struct doc_node *items = doc_get(answer.json, "Items");
    int result = 0;
    for (uint32_t i = 0; result == 0 && i < doc_count(items); i++)
        result = give_one(l, doc_item(items, i), err);
    arena_reset(&l->page);
    return result ? result : dynamo_read_last(answer.json, &l->page, start, err);
}

static int dynamo_list(struct store *base, const struct store_query *q,
                       int (*each)(void *ctx, const struct store_item *item, struct err *err),
                       void *ctx, struct err *err)
{
    struct dynamo_store *s = (struct dynamo_store *)base;
    struct dynamo_range range = dynamo_range_of(q);
    struct listing l = {.query = q, .each = each, .ctx = ctx, .left = q->limit};
    const char *start = range.start;
    int result = range.empty ? 1 : give_page(s, &l, &start, err);
    while (result == 0 && start)
        result = give_page(s, &l, &start, err);
    arena_release(&l.page);
    return result < 0 ? -1 : 0;
}

/* ---- writing ---- */

static int refused(const struct store *base, const struct dynamo_cancel *why, struct err *err)
{
    return err_set(err, sv_is(why->code, "ItemCollectionSizeLimitExceeded") ? ERR_LIMIT : ERR_INPUT,
                   "%s: cannot write: %.*s: %.*s", base->where, SV_ARG(why->code),
                   SV_ARG(why->message));
}

static int explain(const struct store *base, const struct store_write *writes, const size_t *index,
                   size_t sent, const struct dynamo_cancel *why, size_t *failed, struct err *err)
{
    if (why->verdict != DYNAMO_CONFLICT || why->at >= sent)
        return refused(base, why, err);
    size_t at = index[why->at];
    if (failed)
        *failed = at;
    return err_set(err, ERR_CONFLICT, "%s: item '%s' in '%s' was changed by somebody else",
                   base->where, writes[at].key.sort, writes[at].key.partition);
}

static int dynamo_write(struct store *base, const struct store_write *writes, size_t count,
                        size_t *failed, struct err *err)
{
    struct dynamo_store *s = (struct dynamo_store *)base;
    _cleanup_str_ struct str body = {0};
    _cleanup_aws_answer_ struct aws_answer answer = {0};
    size_t index[STORE_WRITES_MAX];
    char token[DYNAMO_TOKEN_MAX];
    if (dynamo_token(token, err) < 0)
        return -1;
    size_t sent = dynamo_ask_write(s->at.table, writes, count, token, index, &body);
    if (!sent || dynamo_call(s, "TransactWriteItems", &body, "cannot write", &answer, err) == 0)
        return 0;
    struct dynamo_cancel why = dynamo_read_cancel(answer.json);
    if (err && err->class == ERR_REMOTE)
        err_hint(err, "whether it was written is not known: look before doing it again");
    if (strcmp(answer.code, "TransactionCanceledException") != 0 || why.verdict == DYNAMO_AGAIN)
        return -1;
    err_clear(err);
    return explain(base, writes, index, sent, &why, failed, err);
}

/* ---- looking for damage ---- */

static void tell_strange(const struct doc_node *key, char *damage, size_t cap)
{
    struct sv partition = doc_get_string(doc_get(key, "pk"), "S");
    struct sv sort = doc_get_string(doc_get(key, "sk"), "S");
    snprintf(damage, cap, "item '%.*s' in '%.*s' is not as toban writes items", SV_ARG(sort),
             SV_ARG(partition));
}

/* DynamoDB looks after its own disks; what others did to the items is for us to find. */
static int dynamo_check(struct store *base, char *damage, size_t cap, struct err *err)
{
    struct dynamo_store *s = (struct dynamo_store *)base;
    _cleanup_str_ struct str last = {0};
    do {
        _cleanup_str_ struct str body = {0};
        _cleanup_aws_answer_ struct aws_answer answer = {0};
        dynamo_ask_strange(s->at.table, last.len ? str_sv(&last) : SV_NONE, &body);
        if (dynamo_call(s, "Scan", &body, "cannot look through it", &answer, err) < 0)
            return -1;
        const struct doc_node *strange = doc_item(doc_get(answer.json, "Items"), 0);
        const struct doc_node *next = doc_get(answer.json, "LastEvaluatedKey");
        if (strange) {
            tell_strange(strange, damage, cap);
            return 0;
        }
        str_reset(&last);
        if (next)
            str_add(&last, answer.body.data + next->span.start, next->span.end - next->span.start);
        if (!str_ok(&last))
            return err_nomem(err, "looking through the store");
    } while (last.len);
    return 0;
}

/* ---- opening ---- */

static void dynamo_free(struct store *base)
{
    struct dynamo_store *s = (struct dynamo_store *)base;
    aws_client_free(s->aws);
    free(s);
}

const struct store_ops dynamo_ops = {
    .get = dynamo_get,
    .list = dynamo_list,
    .write = dynamo_write,
    .check = dynamo_check,
    .free = dynamo_free,
};

static const char *named(const char *text)
{
    return *text ? text : NULL;
}

static int connect(struct dynamo_store *s, const char *where, struct err *err)
{
    if (dynamo_where_parse(where, &s->at, err) < 0)
        return -1;
    struct aws_options options = {
        .profile = named(s->at.profile),
        .region = named(s->at.region),
        .endpoint_url = named(s->at.endpoint_url),
        .timeout_ms = DYNAMO_ATTEMPT_MS,
    };
    s->rng.state = retry_seed();
    struct err cause = {0};
    if (aws_client_new(&options, &s->aws, &cause) < 0) {
        if (cause.class == ERR_USAGE)
            err_hint(&cause, "name one: " DYNAMO_SCHEME "%s?region=eu-west-1, or AWS_REGION",
                     s->at.table);
        if (err)
            *err = cause;
        return err_wrap(err, DYNAMO_SCHEME "%s", s->at.table);
    }
    if (asprintf(&s->base.where, DYNAMO_SCHEME "%s?region=%s%s%s", s->at.table,
                 aws_client_region(s->aws), *s->at.endpoint_url ? "&endpoint-url=" : "",
                 s->at.endpoint_url) < 0) {
        s->base.where = NULL;
        return err_nomem(err, "opening the store");
    }
    return dynamo_table_prepare(s, err);
}

int store_dynamo_open(const char *where, bool read_only, struct store **out, struct err *err)
{
    struct dynamo_store *s = calloc(1, sizeof *s);
    if (!s)
        return err_nomem(err, "opening the store");
    s->base.ops = &dynamo_ops;
    s->base.read_only = read_only;
    int rc = connect(s, where, err);
    if (rc < 0)
        store_free(&s->base);
    else
        *out = &s->base;
    return rc;
}
