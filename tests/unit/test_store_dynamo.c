/* What is asked of DynamoDB and how its answers are read, without one. The store on real servers:
 * tests/e2e/test_store_dynamodb.py. */
#include "base/str.h"
#include "store/dynamo.h"

#include "unit.h"

#include <string.h>

/* ---- names ---- */

static void a_name_says_table_and_settings(void **state)
{
    struct err err = {0};
    struct dynamo_where w;
    assert_int_equal(dynamo_where_parse("toban", &w, &err), 0);
    assert_string_equal(w.table, "toban");
    assert_string_equal(w.region, "");
    assert_false(w.create);
    assert_int_equal(dynamo_where_parse("a.b-c_D?region=eu-west-1&profile=ops%20two&create=yes"
                                        "&endpoint-url=http://127.0.0.1:4567/x",
                                        &w, &err),
                     0);
    assert_string_equal(w.table, "a.b-c_D");
    assert_string_equal(w.region, "eu-west-1");
    assert_string_equal(w.profile, "ops two");
    assert_string_equal(w.endpoint_url, "http://127.0.0.1:4567/x");
    assert_true(w.create);
}

static void a_bad_name_is_refused(void **state)
{
    static const char *const names[] = {
        "",
        "ab",
        "a/b/c",
        "eu-west-1/toban",
        "toban?",
        "toban?region=",
        "toban?region=eu west",
        "toban?region",
        "toban?colour=blue",
        "toban?create=no",
        "toban?profile=%zz",
        "toban?profile=%0a",
        "toban?profile=%2",
        "toban?endpoint-url=ftp://x",
        "toban?endpoint-url=https://me:secret@x/",
        "toban?region=eu-west-1&",
    };
    char long_name[300], long_profile[300] = "toban?profile=";
    struct dynamo_where w;
    memset(long_name, 'a', 256);
    long_name[256] = '\0';
    memset(long_profile + strlen(long_profile), 'a', 200);
    struct err err = {0};
    assert_int_equal(dynamo_where_parse(long_name, &w, &err), -1);
    assert_int_equal(dynamo_where_parse(long_profile, &w, &err), -1);
    long_name[255] = '\0';
    assert_int_equal(dynamo_where_parse(long_name, &w, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        err_clear(&err);
        if (dynamo_where_parse(names[i], &w, &err) == 0)
            fail_msg("taken: %s", names[i]);
        assert_int_equal(err.class, ERR_USAGE);
        assert_non_null(strstr(err.hint, "dynamodb://TABLE"));
    }
}

static void a_store_elsewhere_is_no_store(void **state)
{
    struct err err = {0};
    struct store *s;
    assert_int_equal(store_open("dynamodb://eu-west-1/toban", &s, &err), -1);
    assert_int_equal(err.class, ERR_USAGE);
    assert_int_equal(store_open("s3://toban", &s, &err), -1);
    assert_int_equal(err.class, ERR_USAGE);
    assert_non_null(strstr(err.hint, "dynamodb://"));
}

/* ---- requests ---- */

static void must_ask(struct str *got, const char *want)
{
    assert_true(str_ok(got));
    assert_string_equal(str_c(got), want);
    str_release(got);
}

static void one_item_is_asked_for_by_its_key(void **state)
{
    struct str got = {0};
    dynamo_ask_get("t", (struct store_key){"plan", "a\"/番"}, &got);
    must_ask(&got, "{\"TableName\":\"t\",\"Key\":{\"pk\":{\"S\":\"plan\"},\"sk\":{\"S\":"
                   "\"/a\\\"/番\"}},\"ConsistentRead\":true}");
    dynamo_ask_get("t", (struct store_key){"plan", ""}, &got);
    must_ask(&got, "{\"TableName\":\"t\",\"Key\":{\"pk\":{\"S\":\"plan\"},\"sk\":{\"S\":\"/\"}},"
                   "\"ConsistentRead\":true}");
}

static void a_list_is_asked_for_by_page(void **state)
{
    struct str got = {0};
    struct store_query q = {.partition = "p"};
    dynamo_ask_query("t", &q, NULL, 0, &got);
    must_ask(&got, "{\"TableName\":\"t\",\"KeyConditionExpression\":\"pk = :pk\","
                   "\"ExpressionAttributeValues\":{\":pk\":{\"S\":\"p\"}},"
                   "\"ScanIndexForward\":true,\"ConsistentRead\":true}");
    q.prefix = "a/";
    q.backwards = true;
    dynamo_ask_query("t", &q, "a/1", 3, &got);
    must_ask(&got,
             "{\"TableName\":\"t\",\"KeyConditionExpression\":\"pk = :pk AND begins_with(sk, "
             ":sk)\",\"ExpressionAttributeValues\":{\":pk\":{\"S\":\"p\"},\":sk\":{\"S\":\"/a/"
             "\"}},\"ExclusiveStartKey\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"/a/1\"}},"
             "\"Limit\":3,\"ScanIndexForward\":false,\"ConsistentRead\":true}");
}

/* A start outside of what the prefix allows is an error to DynamoDB. */
static void a_list_never_starts_outside_of_its_prefix(void **state)
{
    static const char *const texts[] = {"", "a", "a/", "a/1", "a0", "b", "A"};
    for (size_t p = 0; p < ARRAY_LEN(texts); p++)
        for (size_t t = 0; t < ARRAY_LEN(texts); t++)
            for (int backwards = 0; backwards < 2; backwards++) {
                struct store_query q = {.prefix = texts[p], .after = texts[t]};
                q.backwards = backwards;
                struct dynamo_range r = dynamo_range_of(&q);
                bool inside = sv_starts(sv_of(texts[t]), texts[p]);
                int order = strcmp(texts[t], texts[p]);
                assert_true(r.start == (inside ? texts[t] : NULL));
                assert_true(r.empty == (!inside && (backwards ? order < 0 : order > 0)));
            }
    assert_null(dynamo_range_of(&(struct store_query){.prefix = "a"}).start);
}

static void each_write_becomes_an_action(void **state)
{
    struct str got = {0};
    size_t index[STORE_WRITES_MAX];
    struct store_write w[] = {
        {.act = STORE_CHECK, .key = {"p", "nothing"}},
        {.key = {"p", "a"}, .body = SV("xyz"), .fence = UINT64_MAX},
        {.key = {"p", "b"}, .condition = STORE_ABSENT, .body = SV("")},
        {.act = STORE_DELETE, .condition = STORE_AT_VERSION, .expect = 7, .key = {"p", "c"}},
        {.act = STORE_CHECK, .condition = STORE_AT_FENCE, .expect = 9, .key = {"lease", "d"}},
        {.act = STORE_DELETE, .key = {"p", "e"}},
    };
    assert_int_equal(dynamo_ask_write("t", w, ARRAY_LEN(w), "tok", index, &got), 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(index[i], i + 1);
#define PUT_EXPRESSION "\"UpdateExpression\":\"SET body = :body, fence = :fence ADD version :one\","
    must_ask(
        &got,
        "{\"ClientRequestToken\":\"tok\",\"TransactItems\":["
        "{\"Update\":{\"TableName\":\"t\",\"Key\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"/"
        "a\"}}," PUT_EXPRESSION "\"ExpressionAttributeValues\":{\":body\":{\"B\":\"eHl6\"},"
        "\":fence\":{\"N\":\"18446744073709551615\"},\":one\":{\"N\":\"1\"}}}},"
        "{\"Update\":{\"TableName\":\"t\",\"Key\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"/"
        "b\"}}," PUT_EXPRESSION "\"ConditionExpression\":\"attribute_not_exists(pk)\","
        "\"ExpressionAttributeValues\":{\":body\":{\"B\":\"\"},\":fence\":{\"N\":\"0\"},"
        "\":one\":{\"N\":\"1\"}}}},"
        "{\"Delete\":{\"TableName\":\"t\",\"Key\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"/c\"}},"
        "\"ConditionExpression\":\"version = :expect\","
        "\"ExpressionAttributeValues\":{\":expect\":{\"N\":\"7\"}}}},"
        "{\"ConditionCheck\":{\"TableName\":\"t\",\"Key\":{\"pk\":{\"S\":\"lease\"},\"sk\":{"
        "\"S\":\"/d\"}},\"ConditionExpression\":\"fence = :expect\","
        "\"ExpressionAttributeValues\":{\":expect\":{\"N\":\"9\"}}}},"
        "{\"Delete\":{\"TableName\":\"t\",\"Key\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"/"
        "e\"}}}}]}");
}

static void nothing_to_do_is_not_asked_for(void **state)
{
    struct str got = {0};
    size_t index[STORE_WRITES_MAX];
    struct store_write w = {.act = STORE_CHECK, .key = {"p", "a"}};
    assert_int_equal(dynamo_ask_write("t", &w, 1, "tok", index, &got), 0);
    assert_int_equal(dynamo_ask_write("t", NULL, 0, "tok", index, &got), 0);
    str_release(&got);
}

/* What the store takes has to fit into what DynamoDB takes: 4 MB of items, 16 MB of request. */
static void the_largest_transaction_fits(void **state)
{
    struct str got = {0};
    size_t index[STORE_WRITES_MAX];
    static char body[STORE_TRANSACTION_MAX / STORE_WRITES_MAX];
    char key[STORE_KEY_MAX + 1], sorts[STORE_WRITES_MAX][STORE_KEY_MAX + 1];
    struct store_write w[STORE_WRITES_MAX];
    size_t items = 0;
    memset(key, 'k', STORE_KEY_MAX);
    key[STORE_KEY_MAX] = '\0';
    for (size_t i = 0; i < STORE_WRITES_MAX; i++) {
        memcpy(sorts[i], key, sizeof key);
        memcpy(sorts[i], (char[]){(char)('0' + i / 10), (char)('0' + i % 10)}, 2);
        w[i] = (struct store_write){.key = {key, sorts[i]}, .body = {body, sizeof body}};
        items += 2 * STORE_KEY_MAX + 1 + sizeof body + sizeof "pkskbodyversionfence" + 2 * 21;
    }
    assert_int_equal(dynamo_ask_write("t", w, STORE_WRITES_MAX, "tok", index, &got), 100);
    assert_true(str_ok(&got));
    assert_true(items <= (size_t)4 << 20);
    assert_true(got.len <= (size_t)16 << 20);
    str_release(&got);
}

static void tokens_differ(void **state)
{
    struct err err = {0};
    char a[DYNAMO_TOKEN_MAX], b[DYNAMO_TOKEN_MAX];
    assert_int_equal(dynamo_token(a, &err), 0);
    assert_int_equal(dynamo_token(b, &err), 0);
    assert_int_equal(strlen(a), DYNAMO_TOKEN_MAX - 1);
    assert_string_not_equal(a, b);
}

static void a_table_is_asked_for(void **state)
{
    struct str got = {0};
    dynamo_ask_describe("t", &got);
    must_ask(&got, "{\"TableName\":\"t\"}");
    dynamo_ask_create("t", &got);
    must_ask(&got, "{\"TableName\":\"t\",\"BillingMode\":\"PAY_PER_REQUEST\","
                   "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"},"
                   "{\"AttributeName\":\"sk\",\"AttributeType\":\"S\"}],\"KeySchema\":["
                   "{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"
                   "{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}]}");
    dynamo_ask_strange("t", SV("{\"pk\":{\"S\":\"x\"}}"), &got);
    assert_non_null(strstr(str_c(&got), "\"ExclusiveStartKey\":{\"pk\":{\"S\":\"x\"}}"));
    str_release(&got);
}

/* ---- answers ---- */

static const struct doc_node *answer(struct doc_file *f, const char *text)
{
    struct err err = {0};
    doc_release(f);
    if (doc_parse_json(f, "answer", sv_of(text), NULL, &err) < 0)
        fail_msg("%s", err.msg);
    return f->parts[0].root;
}

static void an_item_is_read_whole(void **state)
{
    _cleanup_doc_ struct doc_file f = {0};
    _cleanup_arena_ struct arena a = {0};
    struct err err = {0};
    struct store_item item;
    assert_int_equal(
        dynamo_read_item(answer(&f, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"/a/1\"},\"body\":{\"B\":"
                                    "\"YQBi/w==\"},\"version\":{\"N\":\"3\"},\"fence\":{\"N\":"
                                    "\"18446744073709551615\"},\"more\":{\"BOOL\":true}}"),
                         &a, &item, &err),
        0);
    assert_string_equal(item.sort, "a/1");
    assert_int_equal(item.body.len, 4);
    assert_memory_equal(item.body.ptr, "a\0b\xff", 4);
    assert_true(item.version == 3 && item.fence == UINT64_MAX);
    assert_int_equal(dynamo_read_item(answer(&f, "{\"sk\":{\"S\":\"/\"},\"body\":{\"B\":\"\"},"
                                                 "\"version\":{\"N\":\"1\"},\"fence\":{\"N\":"
                                                 "\"0\"}}"),
                                      &a, &item, &err),
                     0);
    assert_string_equal(item.sort, "");
    assert_int_equal(item.body.len, 0);
}

static void a_strange_item_is_told(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"sk\":{\"S\":\"a\"},\"body\":{\"B\":\"\"},\"version\":{\"N\":\"1\"},\"fence\":{\"N\":"
        "\"0\"}}",
        "{\"sk\":{\"S\":\"/a\"},\"version\":{\"N\":\"1\"},\"fence\":{\"N\":\"0\"}}",
        "{\"sk\":{\"S\":\"/a\"},\"body\":{\"S\":\"x\"},\"version\":{\"N\":\"1\"},\"fence\":{"
        "\"N\":\"0\"}}",
        "{\"sk\":{\"S\":\"/a\"},\"body\":{\"B\":\"*\"},\"version\":{\"N\":\"1\"},\"fence\":{"
        "\"N\":\"0\"}}",
        "{\"sk\":{\"S\":\"/a\"},\"body\":{\"B\":\"\"},\"version\":{\"N\":\"1.5\"},\"fence\":{"
        "\"N\":\"0\"}}",
        "{\"sk\":{\"S\":\"/a\"},\"body\":{\"B\":\"\"},\"version\":{\"N\":\"1\"},\"fence\":{"
        "\"N\":\"-1\"}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        _cleanup_doc_ struct doc_file f = {0};
        _cleanup_arena_ struct arena a = {0};
        struct err err = {0};
        struct store_item item;
        assert_int_equal(dynamo_read_item(answer(&f, texts[i]), &a, &item, &err), -1);
        assert_int_equal(err.class, ERR_INPUT);
    }
}

static void a_page_says_where_the_next_begins(void **state)
{
    _cleanup_doc_ struct doc_file f = {0};
    _cleanup_arena_ struct arena a = {0};
    struct err err = {0};
    const char *last = "x";
    assert_int_equal(dynamo_read_last(answer(&f, "{\"Items\":[]}"), &a, &last, &err), 0);
    assert_null(last);
    assert_int_equal(dynamo_read_last(answer(&f, "{\"LastEvaluatedKey\":{\"pk\":{\"S\":\"p\"},"
                                                 "\"sk\":{\"S\":\"/b\"}}}"),
                                      &a, &last, &err),
                     0);
    assert_string_equal(last, "b");
    /* Never taken for the end. */
    assert_int_equal(dynamo_read_last(answer(&f, "{\"LastEvaluatedKey\":{\"pk\":{\"S\":\"p\"},"
                                                 "\"sk\":{\"S\":\"b\"}}}"),
                                      &a, &last, &err),
                     -1);
}

static void a_cancellation_is_understood(void **state)
{
    static const struct {
        const char *codes; /* with a space between */
        enum dynamo_verdict verdict;
        size_t at;
    } cases[] = {
        {"ConditionalCheckFailed", DYNAMO_CONFLICT, 0},
        {"None None ConditionalCheckFailed None", DYNAMO_CONFLICT, 2},
        {"None ConditionalCheckFailed ConditionalCheckFailed", DYNAMO_CONFLICT, 1},
        {"TransactionConflict", DYNAMO_AGAIN, 0},
        {"None ThrottlingError None", DYNAMO_AGAIN, 1},
        {"ProvisionedThroughputExceeded None", DYNAMO_AGAIN, 0},
        /* Whether the first holds is not known. */
        {"TransactionConflict ConditionalCheckFailed", DYNAMO_AGAIN, 0},
        {"ConditionalCheckFailed TransactionConflict", DYNAMO_CONFLICT, 0},
        {"TransactionConflict ValidationError", DYNAMO_REFUSED, 1},
        {"None ItemCollectionSizeLimitExceeded ValidationError", DYNAMO_REFUSED, 1},
        {"SomethingNew", DYNAMO_REFUSED, 0},
        {"None None", DYNAMO_REFUSED, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_doc_ struct doc_file f = {0};
        _cleanup_str_ struct str text = {0};
        struct sv rest = sv_of(cases[i].codes);
        str_adds(&text, "{\"__type\":\"x#TransactionCanceledException\",\"CancellationReasons\":[");
        for (const char *comma = ""; rest.ptr; comma = ",") {
            struct sv code = sv_split(&rest, ' ');
            str_addf(&text, "%s{\"Code\":\"%.*s\"}", comma, SV_ARG(code));
        }
        str_adds(&text, "]}");
        struct dynamo_cancel c = dynamo_read_cancel(answer(&f, str_c(&text)));
        assert_int_equal(c.verdict, cases[i].verdict);
        assert_int_equal(c.at, cases[i].at);
    }
    assert_int_equal(dynamo_read_cancel(NULL).verdict, DYNAMO_REFUSED);
}

#define KEYS_AS(pk, pk_type, sk, sk_type)                                                          \
    "\"AttributeDefinitions\":[{\"AttributeName\":\"" sk "\",\"AttributeType\":\"" sk_type "\"},"  \
    "{\"AttributeName\":\"" pk "\",\"AttributeType\":\"" pk_type "\"}],"                           \
    "\"KeySchema\":[{\"AttributeName\":\"" pk "\",\"KeyType\":\"HASH\"},"                          \
    "{\"AttributeName\":\"" sk "\",\"KeyType\":\"RANGE\"}]"
#define TABLE(status, keys) "{\"Table\":{\"TableStatus\":\"" status "\"," keys "}}"

static void a_table_is_known_by_its_keys(void **state)
{
    static const struct {
        const char *text;
        enum dynamo_table want;
    } cases[] = {
        {TABLE("ACTIVE", KEYS_AS("pk", "S", "sk", "S")), DYNAMO_TABLE_READY},
        {TABLE("UPDATING", KEYS_AS("pk", "S", "sk", "S")), DYNAMO_TABLE_READY},
        {TABLE("CREATING", KEYS_AS("pk", "S", "sk", "S")), DYNAMO_TABLE_COMING},
        {TABLE("DELETING", KEYS_AS("pk", "S", "sk", "S")), DYNAMO_TABLE_GOING},
        {TABLE("ARCHIVED", KEYS_AS("pk", "S", "sk", "S")), DYNAMO_TABLE_GOING},
        {TABLE("ACTIVE", KEYS_AS("id", "S", "sk", "S")), DYNAMO_TABLE_OTHER},
        {TABLE("ACTIVE", KEYS_AS("pk", "S", "sk", "N")), DYNAMO_TABLE_OTHER},
        {TABLE("ACTIVE", KEYS_AS("pk", "B", "sk", "S")), DYNAMO_TABLE_OTHER},
        {TABLE("ACTIVE", "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}]"),
         DYNAMO_TABLE_OTHER},
        {"{}", DYNAMO_TABLE_OTHER},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_doc_ struct doc_file f = {0};
        struct sv status;
        assert_int_equal(dynamo_read_table(answer(&f, cases[i].text), &status), cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_says_table_and_settings),
        cmocka_unit_test(a_bad_name_is_refused),
        cmocka_unit_test(a_store_elsewhere_is_no_store),
        cmocka_unit_test(one_item_is_asked_for_by_its_key),
        cmocka_unit_test(a_list_is_asked_for_by_page),
        cmocka_unit_test(a_list_never_starts_outside_of_its_prefix),
        cmocka_unit_test(each_write_becomes_an_action),
        cmocka_unit_test(nothing_to_do_is_not_asked_for),
        cmocka_unit_test(the_largest_transaction_fits),
        cmocka_unit_test(tokens_differ),
        cmocka_unit_test(a_table_is_asked_for),
        cmocka_unit_test(an_item_is_read_whole),
        cmocka_unit_test(a_strange_item_is_told),
        cmocka_unit_test(a_page_says_where_the_next_begins),
        cmocka_unit_test(a_cancellation_is_understood),
        cmocka_unit_test(a_table_is_known_by_its_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
