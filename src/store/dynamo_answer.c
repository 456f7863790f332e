/* What DynamoDB answers. */
#include "base/base64.h"
#include "store/dynamo.h"

/* The value of an attribute of this type; absent when it has another, or is not there. */
static struct sv value_of(const struct doc_node *attributes, const char *name, const char *type)
{
    return doc_get_string(doc_get(attributes, name), type);
}

static bool take_number(const struct doc_node *attributes, const char *name, uint64_t *out)
{
    return sv_to_u64(value_of(attributes, name, "N"), out);
}

static int strange(struct sv sort, struct err *err)
{
    return err_set(err, ERR_INPUT, "item '%.*s' was not written by toban", SV_ARG(sort));
}

int dynamo_read_item(const struct doc_node *attributes, struct arena *a, struct store_item *out,
                     struct err *err)
{
    struct sv sort = value_of(attributes, "sk", "S"), body = value_of(attributes, "body", "B");
    if (!sv_starts(sort, DYNAMO_SORT_MARK) || !body.ptr ||
        !take_number(attributes, "version", &out->version) ||
        !take_number(attributes, "fence", &out->fence))
        return strange(sort, err);
    char *bytes = arena_alloc(a, base64_room(body));
    out->sort = arena_dup(a, sv_n(sort.ptr + 1, sort.len - 1));
    if (!bytes || !out->sort)
        return err_nomem(err, "reading the store");
    out->body.ptr = bytes;
    return base64_decode(body, bytes, &out->body.len) ? 0 : strange(sort, err);
}

int dynamo_read_last(const struct doc_node *answer, struct arena *a, const char **last,
                     struct err *err)
{
    const struct doc_node *key = doc_get(answer, "LastEvaluatedKey");
    struct sv sort = value_of(key, "sk", "S");
    *last = NULL;
    if (!key)
        return 0;
    if (!sv_starts(sort, DYNAMO_SORT_MARK))
        return strange(sort, err);
    *last = arena_dup(a, sv_n(sort.ptr + 1, sort.len - 1));
    return *last ? 0 : err_nomem(err, "reading the store");
}

/* ---- cancelled transactions ---- */

static enum dynamo_verdict verdict_of(struct sv code)
{
    static const char *const passing[] = {"TransactionConflict", "ProvisionedThroughputExceeded",
                                          "ThrottlingError"};
    if (sv_is(code, "ConditionalCheckFailed"))
        return DYNAMO_CONFLICT;
    for (size_t i = 0; i < ARRAY_LEN(passing); i++)
        if (sv_is(code, passing[i]))
            return DYNAMO_AGAIN;
    return DYNAMO_REFUSED;
}

/*
 * One reason for each action, in order. The first condition that did not hold is wanted, so that
 * what was in somebody's hands before it makes the answer useless: it may not hold either. What can
 * never be done outweighs both.
 */
struct dynamo_cancel dynamo_read_cancel(const struct doc_node *answer)
{
    const struct doc_node *reasons = doc_get(answer, "CancellationReasons");
    struct dynamo_cancel found = {.verdict = DYNAMO_REFUSED};
    for (uint32_t i = 0; i < doc_count(reasons); i++) {
        struct sv code = doc_get_string(doc_item(reasons, i), "Code");
        if (!code.ptr || sv_is(code, "None"))
            continue;
        enum dynamo_verdict verdict = verdict_of(code);
        if (found.code.ptr && verdict != DYNAMO_REFUSED)
            continue;
        found = (struct dynamo_cancel){.verdict = verdict,
                                       .at = i,
                                       .code = code,
                                       .message = doc_get_string(doc_item(reasons, i), "Message")};
        if (verdict == DYNAMO_REFUSED)
            break;
    }
    return found;
}

/* ---- the table ---- */

static bool has_key(const struct doc_node *table, uint32_t i, const char *name, const char *role)
{
    const struct doc_node *key = doc_item(doc_get(table, "KeySchema"), i);
    if (!sv_is(doc_get_string(key, "AttributeName"), name) ||
        !sv_is(doc_get_string(key, "KeyType"), role))
        return false;
    doc_each_item(attribute, doc_get(table, "AttributeDefinitions")) {
        if (sv_is(doc_get_string(attribute, "AttributeName"), name))
            return sv_is(doc_get_string(attribute, "AttributeType"), "S");
    }
    return false;
}

enum dynamo_table dynamo_read_table(const struct doc_node *answer, struct sv *status)
{
    const struct doc_node *table = doc_get(answer, "Table");
    *status = doc_get_string(table, "TableStatus");
    if (doc_count(doc_get(table, "KeySchema")) != 2 || !has_key(table, 0, "pk", "HASH") ||
        !has_key(table, 1, "sk", "RANGE"))
        return DYNAMO_TABLE_OTHER;
    if (sv_is(*status, "CREATING"))
        return DYNAMO_TABLE_COMING;
    return sv_is(*status, "ACTIVE") || sv_is(*status, "UPDATING") ? DYNAMO_TABLE_READY
                                                                  : DYNAMO_TABLE_GOING;
}
