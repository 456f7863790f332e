/* DynamoDB on the AWS side of the pocket: requests and answers. */
#include "aws_rig.h"

#include "base/must.h"

#include "unit.h"

#define TARGET "DynamoDB_20120810."
#define T "\"TableName\":\"things\""
#define KEYED                                                                                      \
    "\"AttributeDefinitions\":[{\"AttributeName\":\"p\",\"AttributeType\":\"S\"},"                 \
    "{\"AttributeName\":\"k\",\"AttributeType\":\"N\"}],\"KeySchema\":[{\"AttributeName\":\"p\","  \
    "\"KeyType\":\"HASH\"},{\"AttributeName\":\"k\",\"KeyType\":\"RANGE\"}]"
#define KEY(p, k) "{\"p\":{\"S\":\"" p "\"},\"k\":{\"N\":\"" k "\"}"

static int ask(struct aws_rig *r, const char *action, const char *body)
{
    char target[80];
    snprintf(target, sizeof target, TARGET "%s", action);
    return aws_rig_json(r, "dynamodb", target, body);
}

static void good(struct aws_rig *r, const char *action, const char *body)
{
    if (ask(r, action, body) != 200)
        fail_msg("%s %s: %s", action, body, str_c(&r->answer.body));
}

/* code without its namespace; words of the message. */
static void bad(struct aws_rig *r, const char *action, const char *body, const char *code,
                const char *words)
{
    char tail[100];
    snprintf(tail, sizeof tail, "#%s\"", code);
    if (ask(r, action, body) != 400 || !aws_rig_says(r, tail) || !aws_rig_says(r, words))
        fail_msg("%s %s: wanted %s '%s', got %d %s", action, body, code, words, r->answer.status,
                 str_c(&r->answer.body));
}

static void says(struct aws_rig *r, const char *text)
{
    if (!aws_rig_says(r, text))
        fail_msg("no %s in %s", text, str_c(&r->answer.body));
}

static void start(struct aws_rig *r, const char *faults)
{
    aws_rig_start(r, faults);
    good(r, "CreateTable", "{" T "," KEYED ",\"BillingMode\":\"PAY_PER_REQUEST\"}");
    says(r, "\"TableStatus\":\"CREATING\"");
    aws_rig_later(r, 5);
}

/* --- tables -------------------------------------------------------------------------------- */

static void test_tables(void **state)
{
    struct aws_rig r;
    start(&r, NULL);
    good(&r, "DescribeTable", "{" T "}");
    says(&r, "\"TableStatus\":\"ACTIVE\"");
    says(&r, "\"TableArn\":\"arn:aws:dynamodb:eu-west-1:111122223333:table/things\"");
    bad(&r, "CreateTable", "{" T "," KEYED ",\"BillingMode\":\"PAY_PER_REQUEST\"}",
        "ResourceInUseException", "Table already exists: things");
    good(&r, "CreateTable",
         "{\"TableName\":\"another\"," KEYED
         ",\"ProvisionedThroughput\":{\"ReadCapacityUnits\":2,\"WriteCapacityUnits\":3}}");
    says(&r, "\"WriteCapacityUnits\":3");
    bad(&r, "GetItem", "{\"TableName\":\"another\",\"Key\":" KEY("a", "1") "}}",
        "ResourceNotFoundException", "Requested resource not found");
    bad(&r, "DeleteTable", "{\"TableName\":\"another\"}", "ResourceInUseException",
        "Table is being created: another");
    good(&r, "ListTables", "{\"Limit\":1}");
    says(&r, "[\"another\"],\"LastEvaluatedTableName\":\"another\"");
    good(&r, "ListTables", "{\"ExclusiveStartTableName\":\"another\"}");
    assert_string_equal(str_c(&r.answer.body), "{\"TableNames\":[\"things\"]}");
    good(&r, "DeleteTable", "{" T "}");
    says(&r, "\"TableStatus\":\"DELETING\"");
    bad(&r, "DeleteTable", "{" T "}", "ResourceInUseException", "being deleted");
    aws_rig_later(&r, 3);
    bad(&r, "DescribeTable", "{" T "}", "ResourceNotFoundException", "Table: things not found");
    good(&r, "CreateTable", "{" T "," KEYED ",\"BillingMode\":\"PAY_PER_REQUEST\"}");
    aws_rig_stop(&r);
}

static void test_refused_tables(void **state)
{
    static const struct {
        const char *body, *words;
    } rows[] = {
        {"{}", "Value null at 'tableName'"},
        {"{\"TableName\":\"ab\"}", "length greater than or equal to 3"},
        {"{\"TableName\":\"a b c\"}", "regular expression pattern: [a-zA-Z0-9_.-]+"},
        {"{\"TableName\":\"abc\"}", "Value null at 'attributeDefinitions'"},
        {"{\"TableName\":\"abc\"," KEYED "}", "must both be specified when BillingMode is PROV"},
        {"{\"TableName\":\"abc\"," KEYED ",\"BillingMode\":\"FREE\"}",
         "enum value set: [PROVISIONED, PAY_PER_REQUEST]"},
        {"{\"TableName\":\"abc\"," KEYED ",\"BillingMode\":\"PAY_PER_REQUEST\","
         "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":1,\"WriteCapacityUnits\":1}}",
         "can be specified when BillingMode is PAY_PER_REQUEST"},
        {"{\"TableName\":\"abc\"," KEYED ",\"GlobalSecondaryIndexes\":[]}",
         "GlobalSecondaryIndexes is not in the pocket's DynamoDB"},
        {"{\"TableName\":\"abc\"," KEYED ",\"StreamSpecification\":{\"StreamEnabled\":true}}",
         "has no streams"},
        {"{\"TableName\":\"abc\",\"AttributeDefinitions\":[{\"AttributeName\":\"q\","
         "\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":\"p\",\"KeyType\":\"HASH\"}]"
         "}",
         "Keys: [p], AttributeDefinitions: [q]"},
        {"{\"TableName\":\"abc\",\"AttributeDefinitions\":[{\"AttributeName\":\"p\","
         "\"AttributeType\":\"M\"}],\"KeySchema\":[{\"AttributeName\":\"p\",\"KeyType\":\"HASH\"}]"
         "}",
         "enum value set: [B, N, S]"},
        {"{\"TableName\":\"abc\",\"AttributeDefinitions\":[{\"AttributeName\":\"p\","
         "\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":\"p\",\"KeyType\":\"RANGE\"}]"
         "}",
         "Invalid KeySchema"},
    };
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        bad(&r, "CreateTable", rows[i].body, "ValidationException", rows[i].words);
    bad(&r, "CreateTable", "no JSON", "SerializationException", "");
    bad(&r, "CreateTable", "{\"TableName\":7}", "SerializationException", "TableName");
    aws_rig_stop(&r);
}

static void test_faults(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, "throttle=1");
    assert_int_equal(ask(&r, "ListTables", "{}"), 400);
    says(&r, "\"__type\":\"ThrottlingException\"");
    aws_rig_stop(&r);
    aws_rig_start(&r, "deny=dynamodb:PutItem");
    assert_int_equal(ask(&r, "PutItem", "{}"), 400);
    says(&r, "AccessDeniedException");
    says(&r, "is not authorized to perform: dynamodb:PutItem");
    good(&r, "ListTables", "{}");
    aws_rig_stop(&r);
}

/* --- items --------------------------------------------------------------------------------- */

static void test_one_item(void **state)
{
    struct aws_rig r;
    start(&r, NULL);
    good(&r, "GetItem", "{" T ",\"Key\":" KEY("a", "1") "}}");
    assert_string_equal(str_c(&r.answer.body), "{}");
    good(&r, "PutItem", "{" T ",\"Item\":" KEY("a", "1.0") ",\"v\":{\"S\":\"x\"}}}");
    assert_string_equal(str_c(&r.answer.body), "{}");
    good(&r, "GetItem", "{" T ",\"Key\":" KEY("a", "1e0") "}}");
    assert_string_equal(str_c(&r.answer.body), "{\"Item\":" KEY("a", "1") ",\"v\":{\"S\":\"x\"}}}");
    good(&r, "PutItem",
         "{" T ",\"Item\":" KEY("a", "1") ",\"w\":{\"N\":\"2\"}},\"ReturnValues\":\"ALL_OLD\"}");
    says(&r, "{\"Attributes\":" KEY("a", "1") ",\"v\":{\"S\":\"x\"}}}");
    good(&r, "UpdateItem",
         "{" T ",\"Key\":" KEY("a", "1") "},\"UpdateExpression\":\"ADD w :w SET u = :w\","
                                         "\"ExpressionAttributeValues\":{\":w\":{\"N\":\"3\"}},"
                                         "\"ReturnValues\":\"UPDATED_NEW\"}");
    assert_string_equal(str_c(&r.answer.body),
                        "{\"Attributes\":{\"w\":{\"N\":\"5\"},\"u\":{\"N\":\"3\"}}}");
    good(&r, "UpdateItem",
         "{" T ",\"Key\":" KEY("a", "1") "},\"UpdateExpression\":\"REMOVE w, u\","
                                         "\"ReturnValues\":\"UPDATED_OLD\"}");
    says(&r, "{\"w\":{\"N\":\"5\"},\"u\":{\"N\":\"3\"}}");
    good(&r, "UpdateItem", "{" T ",\"Key\":" KEY("b", "1") "},\"ReturnValues\":\"ALL_NEW\"}");
    assert_string_equal(str_c(&r.answer.body), "{\"Attributes\":" KEY("b", "1") "}}");
    good(&r, "DeleteItem", "{" T ",\"Key\":" KEY("b", "1") "},\"ReturnValues\":\"ALL_OLD\"}");
    says(&r, "\"Attributes\"");
    good(&r, "DeleteItem", "{" T ",\"Key\":" KEY("b", "1") "},\"ReturnValues\":\"ALL_OLD\"}");
    assert_string_equal(str_c(&r.answer.body), "{}");
    good(&r, "DescribeTable", "{" T "}");
    says(&r, "\"ItemCount\":1");
    aws_rig_stop(&r);
}

static void test_conditions(void **state)
{
    struct aws_rig r;
    start(&r, NULL);
    good(&r, "PutItem",
         "{" T ",\"Item\":" KEY("a", "1") "},\"ConditionExpression\":\"attribute_not_exists(p)\"}");
    bad(&r, "PutItem",
        "{" T ",\"Item\":" KEY("a", "1") "},\"ConditionExpression\":\"attribute_not_exists(p)\"}",
        "ConditionalCheckFailedException", "\"message\":\"The conditional request failed\"");
    bad(&r, "DeleteItem",
        "{" T ",\"Key\":" KEY("a", "1") "},\"ConditionExpression\":\"attribute_exists(v)\","
                                        "\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}",
        "ConditionalCheckFailedException", "\"Item\":" KEY("a", "1") "}");
    bad(&r, "UpdateItem",
        "{" T ",\"Key\":" KEY("z", "1") "},\"ConditionExpression\":\"attribute_exists(p)\"}",
        "ConditionalCheckFailedException", "failed");
    good(&r, "GetItem", "{" T ",\"Key\":" KEY("z", "1") "}}");
    assert_string_equal(str_c(&r.answer.body), "{}");
    aws_rig_stop(&r);
}

static void test_refused_items(void **state)
{
    static const struct {
        const char *action, *body, *words;
    } rows[] = {
        {"PutItem", "{" T "}", "Value null at 'item'"},
        {"PutItem", "{" T ",\"Item\":{\"p\":{\"S\":\"a\"}}}", "Missing the key k in the item"},
        {"PutItem", "{" T ",\"Item\":{\"p\":{\"S\":\"a\"},\"k\":{\"S\":\"1\"}}}",
         "Type mismatch for key k expected: N actual: S"},
        {"PutItem", "{" T ",\"Item\":" KEY("", "1") "}}",
         "cannot contain an empty string value. Key: p"},
        {"PutItem", "{" T ",\"Item\":" KEY("a", "1") "},\"ReturnValues\":\"ALL_NEW\"}",
         "Return values set to invalid value"},
        {"PutItem", "{" T ",\"Item\":" KEY("a", "1") "},\"Expected\":{}}",
         "Expected is not in the pocket's DynamoDB"},
        {"PutItem",
         "{" T ",\"Item\":" KEY("a", "1") "},\"ExpressionAttributeValues\":{\":a\":{\"S\":\"\"}}}",
         "ExpressionAttributeValues can only be specified when using expressions"},
        {"GetItem", "{" T "}", "Value null at 'key'"},
        {"GetItem", "{" T ",\"Key\":" KEY("a", "1") ",\"x\":{\"S\":\"\"}}}",
         "The provided key element does not match the schema"},
        {"GetItem", "{" T ",\"Key\":{\"p\":{\"S\":\"a\"}}}", "does not match the schema"},
        {"GetItem", "{" T ",\"Key\":" KEY("a", "1") "},\"ProjectionExpression\":\"\"}",
         "Invalid ProjectionExpression: The expression can not be empty;"},
        {"UpdateItem", "{" T ",\"Key\":" KEY("a", "1") "},\"UpdateExpression\":\"REMOVE k\"}",
         "Cannot update attribute k. This attribute is part of the key"},
        {"UpdateItem", "{" T ",\"Key\":" KEY("a", "1") "},\"UpdateExpression\":\"SET x = y\"}",
         "refers to an attribute that does not exist in the item"},
        {"UpdateItem",
         "{" T ",\"Key\":" KEY("a", "1") "},\"UpdateExpression\":\"REMOVE x\","
                                         "\"ExpressionAttributeNames\":{\"#x\":\"x\"}}",
         "ExpressionAttributeNames unused in expressions: keys: {#x}"},
    };
    struct aws_rig r;
    start(&r, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        bad(&r, rows[i].action, rows[i].body, "ValidationException", rows[i].words);
    good(&r, "DescribeTable", "{" T "}");
    says(&r, "\"ItemCount\":0");
    aws_rig_stop(&r);
}

/* An item of exactly so many bytes. */
static void put_sized(struct aws_rig *r, const char *key, size_t size, const char *words)
{
    _cleanup_str_ struct str body = {0};
    str_addf(&body, "{" T ",\"Item\":{\"p\":{\"S\":\"%s\"},\"k\":{\"N\":\"1\"},\"v\":{\"S\":\"",
             key);
    str_fill(&body, 'x', size - strlen(key) - 5);
    str_adds(&body, "\"}}}");
    if (words)
        bad(r, "PutItem", str_c(&body), "ValidationException", words);
    else
        good(r, "PutItem", str_c(&body));
}

static void test_sizes(void **state)
{
    struct aws_rig r;
    start(&r, NULL);
    put_sized(&r, "a", 409600, NULL);
    put_sized(&r, "b", 409601, "Item size has exceeded the maximum allowed size");
    bad(&r, "UpdateItem",
        "{" T ",\"Key\":" KEY("a", "1") "},\"UpdateExpression\":\"SET w = :w\","
                                        "\"ExpressionAttributeValues\":{\":w\":{\"S\":\"x\"}}}",
        "ValidationException", "Item size to update has exceeded the maximum allowed size");
    put_sized(&r, "c", 409600, NULL);
    put_sized(&r, "d", 409600, NULL);
    good(&r, "Scan", "{" T ",\"Select\":\"COUNT\"}");
    says(&r, "{\"Count\":2,\"ScannedCount\":2,\"LastEvaluatedKey\":");
    aws_rig_stop(&r);
}

/* --- queries ------------------------------------------------------------------------------- */

static void fill(struct aws_rig *r, const char *partition, int from, int to)
{
    for (int i = from; i <= to; i++) {
        char body[200];
        snprintf(body, sizeof body, "{" T ",\"Item\":" KEY("%s", "%d") ",\"odd\":{\"BOOL\":%s}}}",
                 partition, i, i % 2 ? "true" : "false");
        good(r, "PutItem", body);
    }
}

/* The sort keys of the answer: "-1 0 1". */
static const char *keys_in(struct aws_rig *r, char out[static 200])
{
    size_t n = 0;
    *out = '\0';
    doc_each_item(item, doc_get(r->json.parts[0].root, "Items")) {
        struct sv k = doc_get_string(doc_get(item, "k"), "N");
        n += (size_t)snprintf(out + n, 200 - n, "%s%.*s", n ? " " : "", SV_ARG(k));
    }
    return out;
}

static void test_queries(void **state)
{
    static const struct {
        const char *sort, *more, *keys;
    } rows[] = {
        {"", "", "-3 -2 -1 0 1 2 3"},
        {" AND k = :a", "", "-2"},
        {" AND k < :a", "", "-3"},
        {" AND k <= :a", "", "-3 -2"},
        {" AND k > :b", "", "2 3"},
        {" AND k >= :b", "", "1 2 3"},
        {" AND k BETWEEN :a AND :b", "", "-2 -1 0 1"},
        {" AND k BETWEEN :a AND :b", ",\"ScanIndexForward\":false", "1 0 -1 -2"},
        {" AND k BETWEEN :a AND :b", ",\"Limit\":2", "-2 -1"},
        {" AND k BETWEEN :a AND :b", ",\"Limit\":2,\"ScanIndexForward\":false", "1 0"},
        {" AND k BETWEEN :a AND :b", ",\"ExclusiveStartKey\":" KEY("b", "-1") "}", "0 1"},
        {" AND k BETWEEN :a AND :b",
         ",\"ScanIndexForward\":false,\"ExclusiveStartKey\":" KEY("b", "0.5") "}", "0 -1 -2"},
        {"", ",\"FilterExpression\":\"odd = :t\"", "-3 -1 1 3"},
        {"", ",\"FilterExpression\":\"odd = :t\",\"Limit\":2", "-3"},
    };
    struct aws_rig r;
    start(&r, NULL);
    fill(&r, "a", 1, 3);
    fill(&r, "b", -3, 3);
    fill(&r, "bb", 1, 3);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char keys[200];
        _cleanup_str_ struct str body = {0};
        str_addf(&body,
                 "{" T ",\"KeyConditionExpression\":\"p = :p%s\"%s,\"ExpressionAttributeValues\":{"
                 "\":p\":{\"S\":\"b\"}",
                 rows[i].sort, rows[i].more);
        str_adds(&body, strstr(rows[i].sort, ":a") ? ",\":a\":{\"N\":\"-2\"}" : "");
        str_adds(&body, strstr(rows[i].sort, ":b") ? ",\":b\":{\"N\":\"1\"}" : "");
        str_adds(&body, strstr(rows[i].more, ":t") ? ",\":t\":{\"BOOL\":true}}}" : "}}");
        good(&r, "Query", str_c(&body));
        assert_string_equal(keys_in(&r, keys), rows[i].keys);
    }
    aws_rig_stop(&r);
}

static void test_refused_queries(void **state)
{
    static const struct {
        const char *condition, *more, *words;
    } rows[] = {
        {"k = :n", "", "Query condition missed key schema element: p"},
        {"p = :s AND q = :n", "", "Query condition missed key schema element: k"},
        {"p > :s", "", "Query key condition not supported"},
        {"p = :s OR k = :n", "", "Query key condition not supported"},
        {"p = :s AND k <> :n", "", "Query key condition not supported"},
        {"p = :n", "", "Condition parameter type does not match schema type"},
        {"p = :s AND begins_with(k, :s)", "", "Condition parameter type does not match schema"},
        {"p = :s AND k = :n AND k > :n", "", "Conditions can be of length 1 or 2 only"},
        {"p = :s", ",\"FilterExpression\":\"k > :n\"", "Primary key attribute: k"},
        {"p = :s", ",\"Limit\":0", "Value '0' at 'limit' failed to satisfy constraint"},
        {"p = :s", ",\"IndexName\":\"i\"", "IndexName is not in the pocket's DynamoDB"},
        {"p = :s", ",\"ExclusiveStartKey\":{\"p\":{\"S\":\"x\"}}",
         "The provided starting key is in"},
        {"p = :s", ",\"ExclusiveStartKey\":" KEY("other", "1") "}", "outside query boundaries"},
        {"p = :s AND k > :n", ",\"ExclusiveStartKey\":" KEY("x", "1") "}",
         "does not match the range key predicate"},
        {"p = :s", ",\"Select\":\"SPECIFIC_ATTRIBUTES\"", "Must specify the AttributesToGet or Pr"},
    };
    struct aws_rig r;
    start(&r, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        _cleanup_str_ struct str body = {0};
        bool n = strstr(rows[i].condition, ":n") || strstr(rows[i].more, ":n");
        bool s = strstr(rows[i].condition, ":s");
        str_addf(&body,
                 "{" T
                 ",\"KeyConditionExpression\":\"%s\"%s,\"ExpressionAttributeValues\":{%s%s%s}}",
                 rows[i].condition, rows[i].more, s ? "\":s\":{\"S\":\"x\"}" : "",
                 s && n ? "," : "", n ? "\":n\":{\"N\":\"5\"}" : "");
        bad(&r, "Query", str_c(&body), "ValidationException", rows[i].words);
    }
    bad(&r, "Query", "{" T "}", "ValidationException", "must be specified in the request");
    aws_rig_stop(&r);
}

/* All pages of a scan; the items of all segments together. */
static unsigned scan_pages(struct aws_rig *r, const char *more)
{
    _cleanup_str_ struct str start = {0};
    unsigned count = 0, pages = 0;
    do {
        _cleanup_str_ struct str body = {0};
        str_addf(&body, "{" T "%s%s}", more, str_c(&start));
        good(r, "Scan", str_c(&body));
        const struct doc_node *root = r->json.parts[0].root,
                              *last = doc_get(root, "LastEvaluatedKey");
        count += doc_count(doc_get(root, "Items"));
        str_reset(&start);
        if (last)
            str_addf(&start, ",\"ExclusiveStartKey\":%.*s",
                     (int)(last->span.end - last->span.start),
                     str_c(&r->answer.body) + last->span.start);
        assert_true(++pages < 100);
    } while (start.len);
    return count;
}

static void test_scans(void **state)
{
    struct aws_rig r;
    start(&r, NULL);
    for (int i = 0; i < 30; i++) {
        char partition[8];
        snprintf(partition, sizeof partition, "p%d", i);
        fill(&r, partition, 1, 2);
    }
    assert_int_equal(scan_pages(&r, ""), 60);
    assert_int_equal(scan_pages(&r, ",\"Limit\":7"), 60);
    unsigned all = 0;
    for (int i = 0; i < 3; i++) {
        char more[60];
        snprintf(more, sizeof more, ",\"Limit\":4,\"TotalSegments\":3,\"Segment\":%d", i);
        unsigned some = scan_pages(&r, more);
        assert_in_range(some, 1, 59);
        all += some;
    }
    assert_int_equal(all, 60);
    bad(&r, "Scan", "{" T ",\"Segment\":1}", "ValidationException",
        "TotalSegments parameter is req");
    bad(&r, "Scan", "{" T ",\"Segment\":3,\"TotalSegments\":3}", "ValidationException",
        "Segment: 3 is not less than TotalSegments: 3");
    aws_rig_stop(&r);
}

/* --- transactions -------------------------------------------------------------------------- */

#define PUT(k, v) "{\"Put\":{" T ",\"Item\":" KEY("a", k) ",\"v\":{\"N\":\"" v "\"}}}}"
#define COUNT                                                                                      \
    "{\"Update\":{" T                                                                              \
    ",\"Key\":" KEY("a", "9") "},\"UpdateExpression\":\"ADD n :n\","                               \
                              "\"ExpressionAttributeValues\":{\":n\":{\"N\":\"1\"}}}}"

static void test_transactions(void **state)
{
    struct aws_rig r;
    start(&r, NULL);
    good(&r, "TransactWriteItems", "{\"TransactItems\":[" PUT("1", "1") "," PUT("2", "2") "]}");
    bad(&r, "TransactWriteItems",
        "{\"TransactItems\":[{\"Delete\":{" T
        ",\"Key\":" KEY("a", "1") "}}},{\"ConditionCheck\":{" T ",\"Key\":" KEY(
            "a", "2") "},\"ConditionExpression\":\"attribute_not_exists(p)\","
                      "\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}},{\"Update\":{" T
                      ",\"Key\":" KEY("a", "3") "},\"UpdateExpression\":\"SET x = y\"}}]}",
        "TransactionCanceledException",
        "\"CancellationReasons\":[{\"Code\":\"None\"},{\"Code\":\"ConditionalCheckFailed\","
        "\"Item\":" KEY(
            "a",
            "2") ",\"v\":{\"N\":\"2\"}},\"Message\":\"The conditional request failed\"},"
                 "{\"Code\":\"ValidationError\",\"Message\":\"The provided expression refers to");
    says(&r, "specific reasons [None, ConditionalCheckFailed, ValidationError]\"");
    good(&r, "TransactGetItems",
         "{\"TransactItems\":[{\"Get\":{" T
         ",\"Key\":" KEY("a", "1") "},\"ProjectionExpression\":"
                                   "\"v\"}},{\"Get\":{" T ",\"Key\":" KEY("a", "3") "}}}]}");
    assert_string_equal(str_c(&r.answer.body),
                        "{\"Responses\":[{\"Item\":{\"v\":{\"N\":\"1\"}}},{}]}");
    bad(&r, "TransactWriteItems", "{\"TransactItems\":[" PUT("1", "1") "," PUT("1.0", "2") "]}",
        "ValidationException", "cannot include multiple operations on one item");
    bad(&r, "TransactWriteItems", "{\"TransactItems\":[]}", "ValidationException",
        "length greater than or equal to 1");
    bad(&r, "TransactWriteItems", "{\"TransactItems\":[{}]}", "ValidationException",
        "can only contain one of Check, Put, Update or Delete");
    bad(&r, "TransactWriteItems",
        "{\"TransactItems\":[{\"Put\":{\"TableName\":\"none\",\"Item\":{}}}]}",
        "ResourceNotFoundException", "not found");
    aws_rig_stop(&r);
}

static void test_large_transactions(void **state)
{
    struct aws_rig r;
    start(&r, NULL);
    for (int count = 10; count <= 11; count++) {
        _cleanup_str_ struct str gets = {0};
        str_adds(&gets, "{\"TransactItems\":[");
        for (int i = 0; i < count; i++) {
            char key[16];
            snprintf(key, sizeof key, "p%d", i);
            put_sized(&r, key, 409600, NULL);
            str_addf(&gets, "%s{\"Get\":{" T ",\"Key\":" KEY("%s", "1") "}}}", i ? "," : "", key);
        }
        str_adds(&gets, "]}");
        if (count == 10)
            good(&r, "TransactGetItems", str_c(&gets));
        else
            bad(&r, "TransactGetItems", str_c(&gets), "ValidationException", "more than 4 MB");
    }
    aws_rig_stop(&r);
}

static void test_too_many(void **state)
{
    for (int count = 100; count <= 101; count++) {
        _cleanup_str_ struct str body = {0};
        struct aws_rig r;
        start(&r, NULL);
        str_adds(&body, "{\"TransactItems\":[");
        for (int i = 0; i < count; i++)
            str_addf(&body, "%s" PUT("%d", "1"), i ? "," : "", i);
        str_adds(&body, "]}");
        if (count == 100)
            good(&r, "TransactWriteItems", str_c(&body));
        else
            bad(&r, "TransactWriteItems", str_c(&body), "ValidationException",
                "length less than or equal to 100");
        aws_rig_stop(&r);
    }
}

static void assert_counted(struct aws_rig *r, const char *n)
{
    good(r, "GetItem", "{" T ",\"Key\":" KEY("a", "9") "},\"ProjectionExpression\":\"n\"}");
    if (!sv_is(aws_rig_at(r, "Item.n.N"), n))
        fail_msg("wanted %s, got %s", n, str_c(&r->answer.body));
}

static void test_tokens(void **state)
{
    struct aws_rig r;
    start(&r, NULL);
#define WITH(token) "{\"ClientRequestToken\":\"" token "\",\"TransactItems\":[" COUNT "]}"
    for (int i = 0; i < 3; i++)
        good(&r, "TransactWriteItems", WITH("one"));
    assert_counted(&r, "1");
    bad(&r, "TransactWriteItems",
        "{\"ClientRequestToken\":\"one\",\"TransactItems\":[" PUT("1", "1") "]}",
        "IdempotentParameterMismatchException", "token");
    good(&r, "TransactWriteItems", WITH("two"));
    assert_counted(&r, "2");
    aws_rig_later(&r, 590);
    good(&r, "TransactWriteItems", WITH("one"));
    assert_counted(&r, "2");
    aws_rig_later(&r, 20);
    good(&r, "TransactWriteItems", WITH("one"));
    assert_counted(&r, "3");
    good(&r, "TransactWriteItems", WITH("one"));
    assert_counted(&r, "3");
    bad(&r, "TransactWriteItems", WITH(""), "ValidationException", "greater than or equal to 1");
    bad(&r, "TransactWriteItems", WITH("0123456789012345678901234567890123456"),
        "ValidationException", "less than or equal to 36");
    aws_rig_stop(&r);
}

/* What was cancelled was not done, and may be tried again under its token. */
static void test_token_of_cancelled(void **state)
{
    static const char *const body =
        "{\"ClientRequestToken\":\"t\",\"TransactItems\":[{\"Put\":{" T
        ",\"Item\":" KEY("a", "1") "},\"ConditionExpression\":\"attribute_not_exists(p)\"}}]}";
    struct aws_rig r;
    start(&r, NULL);
    good(&r, "PutItem", "{" T ",\"Item\":" KEY("a", "1") "}}");
    bad(&r, "TransactWriteItems", body, "TransactionCanceledException", "ConditionalCheckFailed");
    good(&r, "DeleteItem", "{" T ",\"Key\":" KEY("a", "1") "}}");
    good(&r, "TransactWriteItems", body);
    aws_rig_stop(&r);
}

/* --- batches ------------------------------------------------------------------------------- */

#define GETS(keys) "{\"RequestItems\":{\"things\":{\"Keys\":[" keys "]"
#define WRITES(requests) "{\"RequestItems\":{\"things\":[" requests "]}}"
#define PUT_ONE(k) "{\"PutRequest\":{\"Item\":" KEY("a", k) ",\"v\":{\"N\":\"" k "\"}}}}"
#define DELETE_ONE(k) "{\"DeleteRequest\":{\"Key\":" KEY("a", k) "}}}"

static void test_batches(void **state)
{
    struct aws_rig r;
    start(&r, NULL);
    good(&r, "BatchWriteItem", WRITES(PUT_ONE("1") "," PUT_ONE("2") "," DELETE_ONE("3")));
    assert_string_equal(str_c(&r.answer.body), "{\"UnprocessedItems\":{}}");
    good(&r, "BatchGetItem",
         GETS(KEY("a", "2") "}," KEY("a", "3") "}," KEY("a", "1") "}") ",\"ProjectionExpression\":"
                                                                       "\"v\"}}}");
    assert_string_equal(str_c(&r.answer.body),
                        "{\"Responses\":{\"things\":[{\"v\":{\"N\":\"2\"}},{\"v\":{\"N\":\"1\"}}]},"
                        "\"UnprocessedKeys\":{}}");
    good(&r, "BatchWriteItem", WRITES(DELETE_ONE("1") "," DELETE_ONE("2")));
    good(&r, "DescribeTable", "{" T "}");
    says(&r, "\"ItemCount\":0");
    aws_rig_stop(&r);
}

static void test_refused_batches(void **state)
{
    struct aws_rig r;
    start(&r, NULL);
    bad(&r, "BatchGetItem", "{}", "ValidationException", "Value null at 'requestItems'");
    bad(&r, "BatchGetItem", "{\"RequestItems\":{}}", "ValidationException",
        "length greater than or equal to 1");
    bad(&r, "BatchGetItem", GETS(KEY("a", "1") "}," KEY("a", "1.0") "}") "}}}",
        "ValidationException", "Provided list of item keys contains duplicates");
    bad(&r, "BatchWriteItem", WRITES(PUT_ONE("1") "," DELETE_ONE("1")), "ValidationException",
        "Provided list of item keys contains duplicates");
    bad(&r, "BatchWriteItem", WRITES("{}"), "ValidationException", "PutRequest or DeleteRequest");
    bad(&r, "BatchWriteItem", "{\"RequestItems\":{\"no-table\":[" PUT_ONE("1") "]}}",
        "ResourceNotFoundException", "not found");
    for (int most = 25; most <= 100; most += 75)
        for (int more = 0; more < 2; more++) {
            _cleanup_str_ struct str body = {0};
            const char *action = most == 25 ? "BatchWriteItem" : "BatchGetItem";
            str_adds(&body, most == 25 ? "{\"RequestItems\":{\"things\":[" : GETS(""));
            if (most == 100)
                body.len--; /* without the bracket at the end */
            for (int i = 0; i < most + more; i++)
                str_addf(&body, most == 25 ? "%s" PUT_ONE("%d") : "%s" KEY("a", "%d") "}",
                         i ? "," : "", i, i);
            str_adds(&body, most == 25 ? "]}}" : "]}}}");
            if (more)
                bad(&r, action, str_c(&body), "ValidationException",
                    "Too many items requested for");
            else
                good(&r, action, str_c(&body));
        }
    aws_rig_stop(&r);
}

/* 41 items of 400 KB are more than an answer of 16 MB holds; the rest is told to be asked again. */
static void test_large_batch(void **state)
{
    _cleanup_str_ struct str body = {0};
    struct aws_rig r;
    start(&r, NULL);
    str_adds(&body, "{\"RequestItems\":{\"things\":{\"ConsistentRead\":true,\"Keys\":[");
    for (int i = 0; i < 42; i++) {
        char key[16];
        snprintf(key, sizeof key, "p%d", i);
        put_sized(&r, key, 409600, NULL);
        str_addf(&body, "%s" KEY("%s", "1") "}", i ? "," : "", key);
    }
    str_adds(&body, "]}}}");
    good(&r, "BatchGetItem", str_c(&body));
    const struct doc_node *root = r.json.parts[0].root;
    assert_int_equal(doc_count(doc_at(root, "Responses.things")), 40);
    says(&r, "\"UnprocessedKeys\":{\"things\":{\"ConsistentRead\":true,\"Keys\":[" KEY(
                 "p40", "1") "}," KEY("p41", "1") "}]}}}");
    aws_rig_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_refused_tables),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_one_item),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_refused_items),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_refused_queries),
        cmocka_unit_test(test_scans),
        cmocka_unit_test(test_transactions),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_large_transactions),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_refused_batches),
        cmocka_unit_test(test_large_batch),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_token_of_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
