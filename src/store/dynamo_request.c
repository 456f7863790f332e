/* What is asked of DynamoDB, as JSON. No name of an attribute is one of its reserved words. */
#include "base/base64.h"
#include "base/jsonw.h"
#include "store/dynamo.h"

#include <inttypes.h>
#include <sys/random.h>

/* An item that is not there counts from 0. */
#define PUT "SET body = :body, fence = :fence ADD version :one"
#define AS_WRITTEN                                                                                 \
    "begins_with(sk, :mark) AND attribute_type(body, :b) AND attribute_type(version, :n) AND "     \
    "attribute_type(fence, :n)"

static void begin(struct jsonw *w, struct str *out, const char *table)
{
    jsonw_init(w, out, 0);
    jsonw_object(w);
    jsonw_kv_str(w, "TableName", table);
}

static void put_text(struct jsonw *w, const char *name, const char *text)
{
    jsonw_key(w, name);
    jsonw_object(w);
    jsonw_kv_str(w, "S", text);
    jsonw_object_end(w);
}

static void put_number(struct jsonw *w, const char *name, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, n);
    jsonw_key(w, name);
    jsonw_object(w);
    jsonw_kv_str(w, "N", text);
    jsonw_object_end(w);
}

static void put_bytes(struct jsonw *w, const char *name, struct sv bytes)
{
    jsonw_key(w, name);
    jsonw_object(w);
    jsonw_key(w, "B");
    jsonw_raw(w, SV("\""));
    base64_encode(bytes, w->out);
    str_addc(w->out, '"');
    jsonw_object_end(w);
}

static void put_sort(struct jsonw *w, const char *name, const char *sort)
{
    char text[STORE_KEY_MAX + sizeof DYNAMO_SORT_MARK];
    snprintf(text, sizeof text, DYNAMO_SORT_MARK "%s", sort);
    put_text(w, name, text);
}

static void put_key(struct jsonw *w, const char *name, struct store_key key)
{
    jsonw_key(w, name);
    jsonw_object(w);
    put_text(w, "pk", key.partition);
    put_sort(w, "sk", key.sort);
    jsonw_object_end(w);
}

void dynamo_ask_get(const char *table, struct store_key key, struct str *out)
{
    struct jsonw w;
    begin(&w, out, table);
    put_key(&w, "Key", key);
    jsonw_kv_bool(&w, "ConsistentRead", true);
    jsonw_object_end(&w);
}

struct dynamo_range dynamo_range_of(const struct store_query *q)
{
    const char *prefix = q->prefix ? q->prefix : "";
    if (!q->after || sv_starts(sv_of(q->after), prefix))
        return (struct dynamo_range){.start = q->after};
    /* All that match are on one side of it. */
    bool before = strcmp(q->after, prefix) < 0;
    return (struct dynamo_range){.empty = before == q->backwards};
}

void dynamo_ask_query(const char *table, const struct store_query *q, const char *start,
                      uint32_t limit, struct str *out)
{
    struct jsonw w;
    bool prefix = q->prefix && *q->prefix;
    begin(&w, out, table);
    jsonw_kv_str(&w, "KeyConditionExpression",
                 prefix ? "pk = :pk AND begins_with(sk, :sk)" : "pk = :pk");
    jsonw_key(&w, "ExpressionAttributeValues");
    jsonw_object(&w);
    put_text(&w, ":pk", q->partition);
    if (prefix)
        put_sort(&w, ":sk", q->prefix);
    jsonw_object_end(&w);
    if (start)
        put_key(&w, "ExclusiveStartKey", (struct store_key){q->partition, start});
    if (limit)
        jsonw_kv_int(&w, "Limit", limit);
    jsonw_kv_bool(&w, "ScanIndexForward", !q->backwards);
    jsonw_kv_bool(&w, "ConsistentRead", true);
    jsonw_object_end(&w);
}

/* ---- transactions ---- */

int dynamo_token(char out[static DYNAMO_TOKEN_MAX], struct err *err)
{
    unsigned char bytes[(DYNAMO_TOKEN_MAX - 1) / 2];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return err_set(err, ERR_LOCAL, "no random numbers from the system");
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return 0;
}

/* NULL: none. */
static const char *condition_of(const struct store_write *w)
{
    switch (w->condition) {
    case STORE_ANYHOW:
        return NULL;
    case STORE_ABSENT:
        return "attribute_not_exists(pk)";
    case STORE_AT_VERSION:
        return "version = :expect";
    case STORE_AT_FENCE:
        return "fence = :expect";
    }
    return NULL;
}

static void put_values(struct jsonw *w, const struct store_write *write)
{
    bool expects = write->condition == STORE_AT_VERSION || write->condition == STORE_AT_FENCE;
    if (!expects && write->act != STORE_PUT)
        return;
    jsonw_key(w, "ExpressionAttributeValues");
    jsonw_object(w);
    if (expects)
        put_number(w, ":expect", write->expect);
    if (write->act == STORE_PUT) {
        put_bytes(w, ":body", write->body);
        put_number(w, ":fence", write->fence);
        put_number(w, ":one", 1);
    }
    jsonw_object_end(w);
}

static void put_write(struct jsonw *w, const char *table, const struct store_write *write)
{
    static const char *const acts[] = {
        [STORE_PUT] = "Update", [STORE_DELETE] = "Delete", [STORE_CHECK] = "ConditionCheck"};
    const char *condition = condition_of(write);
    jsonw_object(w);
    jsonw_key(w, acts[write->act]);
    jsonw_object(w);
    jsonw_kv_str(w, "TableName", table);
    put_key(w, "Key", write->key);
    if (write->act == STORE_PUT)
        jsonw_kv_str(w, "UpdateExpression", PUT);
    if (condition)
        jsonw_kv_str(w, "ConditionExpression", condition);
    put_values(w, write);
    jsonw_object_end(w);
    jsonw_object_end(w);
}

size_t dynamo_ask_write(const char *table, const struct store_write *writes, size_t count,
                        const char *token, size_t index[static STORE_WRITES_MAX], struct str *out)
{
    struct jsonw w;
    size_t n = 0;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "ClientRequestToken", token);
    jsonw_key(&w, "TransactItems");
    jsonw_array(&w);
    for (size_t i = 0; i < count; i++) {
        if (writes[i].act == STORE_CHECK && writes[i].condition == STORE_ANYHOW)
            continue;
        put_write(&w, table, &writes[i]);
        index[n++] = i;
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    return n;
}

/* ---- the table ---- */

void dynamo_ask_describe(const char *table, struct str *out)
{
    struct jsonw w;
    begin(&w, out, table);
    jsonw_object_end(&w);
}

static void put_pair(struct jsonw *w, const char *name, const char *key, const char *value)
{
    jsonw_object(w);
    jsonw_kv_str(w, "AttributeName", name);
    jsonw_kv_str(w, key, value);
    jsonw_object_end(w);
}

void dynamo_ask_create(const char *table, struct str *out)
{
    struct jsonw w;
    begin(&w, out, table);
    jsonw_kv_str(&w, "BillingMode", "PAY_PER_REQUEST");
    jsonw_key(&w, "AttributeDefinitions");
    jsonw_array(&w);
    put_pair(&w, "pk", "AttributeType", "S");
    put_pair(&w, "sk", "AttributeType", "S");
    jsonw_array_end(&w);
    jsonw_key(&w, "KeySchema");
    jsonw_array(&w);
    put_pair(&w, "pk", "KeyType", "HASH");
    put_pair(&w, "sk", "KeyType", "RANGE");
    jsonw_array_end(&w);
    jsonw_object_end(&w);
}

void dynamo_ask_strange(const char *table, struct sv start, struct str *out)
{
    struct jsonw w;
    begin(&w, out, table);
    jsonw_kv_str(&w, "FilterExpression", "NOT (" AS_WRITTEN ")");
    jsonw_kv_str(&w, "ProjectionExpression", "pk, sk");
    jsonw_key(&w, "ExpressionAttributeValues");
    jsonw_object(&w);
    put_text(&w, ":mark", DYNAMO_SORT_MARK);
    put_text(&w, ":b", "B");
    put_text(&w, ":n", "N");
    jsonw_object_end(&w);
    if (start.ptr) {
        jsonw_key(&w, "ExclusiveStartKey");
        jsonw_raw(&w, start);
    }
    jsonw_kv_bool(&w, "ConsistentRead", true);
    jsonw_object_end(&w);
}
