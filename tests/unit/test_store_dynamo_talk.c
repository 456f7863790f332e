/* How the store behaves when DynamoDB refuses, is disturbed, or does not answer. */
#include "store/store.h"

#include "fake_server.h"
#include "unit.h"

#include <string.h>

#define KEYS                                                                                       \
    "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"},"                \
    "{\"AttributeName\":\"sk\",\"AttributeType\":\"S\"}],"                                         \
    "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"                              \
    "{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}]"
#define TABLE(status) FAKE_JSON("200 OK", "{\"Table\":{\"TableStatus\":\"" status "\"," KEYS "}}")
#define REFUSED(code, more)                                                                        \
    FAKE_JSON("400 Bad Request",                                                                   \
              "{\"__type\":\"com.amazonaws.dynamodb.v20120810#" code "\"" more "}")
#define CANCELLED(first, second)                                                                   \
    REFUSED("TransactionCanceledException", ",\"Message\":\"cancelled\",\"CancellationReasons\":[" \
                                            "{\"Code\":\"" first "\"},{\"Code\":\"" second "\"}]")
#define NOT_ALLOWED(action)                                                                        \
    REFUSED("AccessDeniedException",                                                               \
            ",\"Message\":\"User: arn:aws:iam::1:user/ann is not authorized to perform: " action   \
            " on resource: arn:aws:dynamodb:eu-west-1:1:table/toban\"")
#define MISSING REFUSED("ResourceNotFoundException", ",\"message\":\"not found\"")

#define STEP(request, answer)                                                                      \
    {                                                                                              \
        .expect = (request), .reply = (answer)                                                     \
    }

static const struct fake_step is_there = STEP("DescribeTable", TABLE("ACTIVE"));

static int open_at(struct fake_server *f, const char *more, struct store **out, struct err *err)
{
    char where[256];
    snprintf(where, sizeof where, "dynamodb://toban?region=eu-west-1&endpoint-url=%s%s",
             fake_server_url(f), more);
    return store_open(where, out, err);
}

static struct store *must_open(struct fake_server *f, const char *more)
{
    struct err err = {0};
    struct store *s;
    if (open_at(f, more, &s, &err) < 0)
        fail_msg("%s", err.msg);
    return s;
}

static void who_may_not_open_is_told_the_action(void **state)
{
    const struct fake_step steps[] = {STEP("DescribeTable", NOT_ALLOWED("dynamodb:DescribeTable"))};
    struct fake_server *f = fake_server_start(steps, ARRAY_LEN(steps), NULL);
    struct err err = {0};
    struct store *s;
    assert_int_equal(open_at(f, "", &s, &err), -1);
    assert_null(s);
    assert_int_equal(err.class, ERR_DENIED);
    assert_non_null(strstr(err.hint, "dynamodb:DescribeTable"));
    fake_server_stop(f);
}

static void who_may_not_write_is_told_the_action(void **state)
{
    const struct fake_step steps[] = {
        is_there, STEP("TransactWriteItems", NOT_ALLOWED("dynamodb:UpdateItem"))};
    struct fake_server *f = fake_server_start(steps, ARRAY_LEN(steps), NULL);
    struct err err = {0};
    struct store *s = must_open(f, "");
    assert_int_equal(store_probe(s, &err), -1);
    assert_int_equal(err.class, ERR_DENIED);
    assert_non_null(strstr(err.hint, "dynamodb:UpdateItem"));
    store_free(s);
    fake_server_stop(f);
}

static void a_missing_table_is_not_made_by_itself(void **state)
{
    const struct fake_step steps[] = {STEP("DescribeTable", MISSING)};
    struct fake_server *f = fake_server_start(steps, ARRAY_LEN(steps), NULL);
    struct err err = {0};
    struct store *s;
    assert_int_equal(open_at(f, "", &s, &err), -1);
    assert_int_equal(err.class, ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "'toban' in eu-west-1"));
    assert_non_null(strstr(err.hint, "create=yes"));
    assert_non_null(strstr(err.hint, "AttributeName=sk,KeyType=RANGE"));
    fake_server_stop(f);
}

/* Somebody else may make it at the same moment. */
static void a_table_is_made_when_asked(void **state)
{
    const char *const answers[] = {FAKE_JSON("200 OK", "{\"TableDescription\":{}}"),
                                   REFUSED("ResourceInUseException", "")};
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        const struct fake_step steps[] = {
            STEP("DescribeTable", MISSING), STEP("PAY_PER_REQUEST", answers[i]),
            STEP("DescribeTable", MISSING), STEP("DescribeTable", TABLE("CREATING")), is_there};
        struct fake_server *f = fake_server_start(steps, ARRAY_LEN(steps), NULL);
        store_free(must_open(f, "&create=yes"));
        fake_server_stop(f);
    }
}

static void a_table_that_goes_is_not_used(void **state)
{
    const struct fake_step steps[] = {STEP("DescribeTable", TABLE("DELETING"))};
    struct fake_server *f = fake_server_start(steps, ARRAY_LEN(steps), NULL);
    struct err err = {0};
    struct store *s;
    assert_int_equal(open_at(f, "", &s, &err), -1);
    assert_int_equal(err.class, ERR_REMOTE);
    assert_non_null(strstr(err.msg, "DELETING"));
    fake_server_stop(f);
}

static void what_disturbed_it_is_tried_again(void **state)
{
    const struct fake_step steps[] = {
        is_there,
        STEP("TransactWriteItems", CANCELLED("None", "TransactionConflict")),
        STEP("TransactWriteItems", REFUSED("TransactionInProgressException", "")),
        {.expect = "TransactWriteItems", .reply = "", .close = true},
        STEP("TransactWriteItems",
             FAKE_JSON("500 Internal Server Error", "{\"__type\":\"x#InternalServerError\"}")),
        STEP("TransactWriteItems", FAKE_JSON("200 OK", "{}")),
    };
    struct fake_server *f = fake_server_start(steps, ARRAY_LEN(steps), NULL);
    struct err err = {0};
    struct store *s = must_open(f, "");
    struct store_write w[2] = {{.key = {"p", "a"}}, {.key = {"p", "b"}}};
    if (store_write(s, w, 2, NULL, &err) < 0)
        fail_msg("%s", err.msg);
    store_free(s);
    fake_server_stop(f);
}

static void the_first_broken_condition_is_told(void **state)
{
    const struct fake_step steps[] = {
        is_there, STEP("TransactWriteItems", CANCELLED("None", "ConditionalCheckFailed"))};
    struct fake_server *f = fake_server_start(steps, ARRAY_LEN(steps), NULL);
    struct err err = {0};
    size_t failed;
    struct store *s = must_open(f, "");
    struct store_write w[3] = {
        {.act = STORE_CHECK, .key = {"p", "nothing"}},
        {.key = {"p", "a"}},
        {.condition = STORE_ABSENT, .key = {"p", "b"}},
    };
    assert_int_equal(store_write(s, w, 3, &failed, &err), -1);
    assert_int_equal(err.class, ERR_CONFLICT);
    assert_int_equal(failed, 2);
    assert_non_null(strstr(err.msg, "'b' in 'p'"));
    store_free(s);
    fake_server_stop(f);
}

static void an_item_of_somebody_else_is_told(void **state)
{
    const struct fake_step steps[] = {
        is_there,
        STEP("DynamoDB_20120810.Scan",
             FAKE_JSON("200 OK", "{\"Items\":[],\"LastEvaluatedKey\":{\"pk\":{\"S\":"
                                 "\"x\"},\"sk\":{\"S\":\"y\"}}}")),
        STEP("\"ExclusiveStartKey\":{\"pk\":{\"S\":\"x\"},\"sk\":{\"S\":\"y\"}}",
             FAKE_JSON("200 OK", "{\"Items\":[{\"pk\":{\"S\":\"other\"},\"sk\":{\"S\":\"z\"}}]}")),
    };
    struct fake_server *f = fake_server_start(steps, ARRAY_LEN(steps), NULL);
    struct err err = {0};
    char damage[200];
    struct store *s = must_open(f, "");
    assert_int_equal(store_check(s, damage, sizeof damage, &err), 0);
    assert_non_null(strstr(damage, "item 'z' in 'other'"));
    store_free(s);
    fake_server_stop(f);
}

int main(void)
{
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_not_open_is_told_the_action),
        cmocka_unit_test(who_may_not_write_is_told_the_action),
        cmocka_unit_test(a_missing_table_is_not_made_by_itself),
        cmocka_unit_test(a_table_is_made_when_asked),
        cmocka_unit_test(a_table_that_goes_is_not_used),
        cmocka_unit_test(what_disturbed_it_is_tried_again),
        cmocka_unit_test(the_first_broken_condition_is_told),
        cmocka_unit_test(an_item_of_somebody_else_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
