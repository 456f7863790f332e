#include "aws/client.h"
#include "aws/pace.h"
#include "base/cleanup.h"

#include "aws_home.h"
#include "fake_server.h"
#include "unit.h"

#include <time.h>

/* Wednesday, 11 November 2026, 12:00:00 UTC. */
#define NOW_MS INT64_C(1794398400000)

/* --- a client and its other side ---------------------------------------------------------- */

struct rig {
    struct aws_home home;
    struct fake_server *server;
    struct aws_clock clock;
    struct aws_client *client;
    int64_t now_ms;
    unsigned waits, longest_wait_ms;
    bool impatient;
};

static int64_t rig_now(void *ctx)
{
    return ((struct rig *)ctx)->now_ms;
}

static bool rig_wait(void *ctx, unsigned ms)
{
    struct rig *r = ctx;
    r->waits++;
    if (ms > r->longest_wait_ms)
        r->longest_wait_ms = ms;
    r->now_ms += ms;
    return !r->impatient;
}

static void rig_init(struct rig *r, const struct fake_step *steps, size_t count)
{
    struct err err = {0};
    *r = (struct rig){.now_ms = NOW_MS, .clock = {rig_now, rig_wait, r}};
    aws_home_init(&r->home, NULL, NULL);
    aws_home_set(&r->home, "AWS_ACCESS_KEY_ID=AKIDEXAMPLE");
    aws_home_set(&r->home, "AWS_SECRET_ACCESS_KEY=secret");
    r->server = fake_server_start(steps, count, NULL);
    const struct aws_options options = {.region = "eu-west-1",
                                        .endpoint_url = fake_server_url(r->server),
                                        .env = &r->home.env,
                                        .clock = &r->clock,
                                        .seed = 7};
    if (aws_client_new(&options, &r->client, &err))
        fail_msg("%s", err.msg);
}

static void rig_release(struct rig *r)
{
    aws_client_free(r->client);
    fake_server_stop(r->server);
    aws_home_release(&r->home);
}

#define WITH_RIG(r, steps)                                                                         \
    __attribute__((cleanup(rig_release))) struct rig r;                                            \
    rig_init(&r, steps, ARRAY_LEN(steps))

#define HTTP(status, headers, body)                                                                \
    "HTTP/1.1 " status "\r\n" headers "Connection: close\r\n\r\n" body

static const struct aws_call describe_cluster = {.service = &aws_service_eks,
                                                 .action = "DescribeCluster",
                                                 .method = "GET",
                                                 .path = "/clusters/shop",
                                                 .idempotent = true};

static const struct aws_call create_group = {.service = &aws_service_eks,
                                             .action = "CreateNodegroup",
                                             .method = "POST",
                                             .path = "/clusters/shop/node-groups",
                                             .body = SV("{\"nodegroupName\":\"green\"}")};

/* --- protocols ---------------------------------------------------------------------------- */

static void speaks_each_protocol(void **state)
{
    static const struct fake_step steps[] = {
        {.expect = "GET /clusters/shop?x=1 HTTP/1.1\r\n",
         .reply = HTTP("200 OK", "x-amzn-RequestId: id-1\r\n", "{\"cluster\":{\"name\":\"shop\"}}"),
         .close = true},
        {.expect = "x-amz-target: DynamoDB_20120810.ListTables\r\n",
         .reply = HTTP("200 OK", "", "{\"TableNames\":[]}"),
         .close = true},
        {.expect = "Action=DescribeSubnets&Version=2016-11-15&SubnetId.1=subnet-1&Filter.1.Name=a"
                   "%20b",
         .reply = HTTP("200 OK", "",
                       "<?xml version=\"1.0\"?><DescribeSubnetsResponse xmlns=\"http://ec2/\">"
                       "<requestId>id-3</requestId><subnetSet><item><subnetId>subnet-1</subnetId>"
                       "</item></subnetSet></DescribeSubnetsResponse>"),
         .close = true},
        {.expect = "Credential=AKIDEXAMPLE/20261111/eu-west-1/ssm/aws4_request, SignedHeaders="
                   "content-type;host;x-amz-date;x-amz-target",
         .reply = HTTP("200 OK", "", "{}"),
         .close = true},
    };
    WITH_RIG(r, steps);
    struct err err = {0};
    {
        _cleanup_aws_answer_ struct aws_answer a = {0};
        struct aws_call call = describe_cluster;
        call.query = "x=1";
        assert_int_equal(aws_client_call(r.client, &call, &a, &err), 0);
        assert_true(sv_is(doc_string(doc_at(a.json, "cluster.name")), "shop"));
        assert_string_equal(a.request_id, "id-1");
        assert_int_equal(a.attempts, 1);
    }
    {
        _cleanup_aws_answer_ struct aws_answer a = {0};
        const struct aws_call call = {.service = &aws_service_dynamodb, .action = "ListTables"};
        assert_int_equal(aws_client_call(r.client, &call, &a, &err), 0);
        assert_int_equal(doc_get(a.json, "TableNames")->type, DOC_SEQ);
    }
    {
        _cleanup_aws_answer_ struct aws_answer a = {0};
        _cleanup_str_ struct str body = {0};
        aws_form_add(&body, SV("subnet-1"), "SubnetId.%d", 1);
        aws_form_add(&body, SV("a b"), "Filter.1.Name");
        aws_form_add(&body, SV_NONE, "Filter.1.Value");
        const struct aws_call call = {
            .service = &aws_service_ec2, .action = "DescribeSubnets", .body = str_sv(&body)};
        assert_int_equal(aws_client_call(r.client, &call, &a, &err), 0);
        assert_true(sv_is(aws_xml_text(a.xml, "subnetSet.item.subnetId"), "subnet-1"));
        assert_string_equal(a.request_id, "id-3");
    }
    {
        _cleanup_aws_answer_ struct aws_answer a = {0};
        const struct aws_call call = {.service = &aws_service_ssm, .action = "GetParameter"};
        assert_int_equal(aws_client_call(r.client, &call, &a, &err), 0);
    }
}

/* --- errors ------------------------------------------------------------------------------- */

struct refusal {
    const struct aws_service *service;
    const char *reply;
    enum err_class class;
    const char *code, *action, *msg;
};

static void understands_refusals(void **state)
{
    static const struct refusal cases[] = {
        {&aws_service_eks,
         HTTP("403 Forbidden", "x-amzn-ErrorType: AccessDeniedException:http://x/\r\n",
              "{\"message\":\"User: arn:aws:iam::1:user/a is not authorized to perform: "
              "iam:PassRole on resource: r\"}"),
         ERR_DENIED, "AccessDeniedException", "iam:PassRole",
         "iam:PassRole is not allowed: eks:Do in eu-west-1: AccessDeniedException: User: "
         "arn:aws:iam::1:user/a is not authorized to perform: iam:PassRole on resource: r"},
        {&aws_service_ec2,
         HTTP("403 Forbidden", "",
              "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not "
              "authorized to perform this operation.</Message></Error></Errors><RequestID>q"
              "</RequestID></Response>"),
         ERR_DENIED, "UnauthorizedOperation", "ec2:Do", NULL},
        {&aws_service_ec2,
         HTTP("400 Bad Request", "",
              "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>no"
              "</Message></Error></Errors></Response>"),
         ERR_NOT_FOUND, "InvalidInstanceID.NotFound", "",
         "ec2:Do in eu-west-1: InvalidInstanceID.NotFound: no"},
        {&aws_service_elbv2,
         HTTP("400 Bad Request", "",
              "<ErrorResponse xmlns=\"http://x/\"><Error><Type>Sender</Type><Code>"
              "TargetGroupNotFound</Code><Message>m</Message></Error></ErrorResponse>"),
         ERR_NOT_FOUND, "TargetGroupNotFound", "", NULL},
        {&aws_service_dynamodb,
         HTTP("400 Bad Request", "",
              "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\","
              "\"message\":\"The conditional request failed\"}"),
         ERR_CONFLICT, "ConditionalCheckFailedException", "", NULL},
        {&aws_service_eks,
         HTTP("409 Conflict", "", "{\"__type\":\"ResourceInUseException\",\"message\":\"m\"}"),
         ERR_CONFLICT, "ResourceInUseException", "", NULL},
        {&aws_service_eks,
         HTTP("400 Bad Request", "", "{\"__type\":\"ResourceLimitExceededException\"}"), ERR_LIMIT,
         "ResourceLimitExceededException", "", NULL},
        {&aws_service_eks,
         HTTP("400 Bad Request", "",
              "{\"__type\":\"InvalidParameterException\",\"message\":\"m\"}"),
         ERR_INPUT, "InvalidParameterException", "", NULL},
        {&aws_service_ssm, HTTP("400 Bad Request", "", "{\"__type\":\"ParameterNotFound\"}"),
         ERR_NOT_FOUND, "ParameterNotFound", "", NULL},
        {&aws_service_sqs,
         HTTP("400 Bad Request",
              "x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender\r\n",
              "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"m\"}"),
         ERR_NOT_FOUND, "QueueDoesNotExist", "", NULL},
        {&aws_service_sqs,
         HTTP("400 Bad Request", "",
              "{\"__type\":\"AWS.SimpleQueueService.NonExistentQueue\",\"message\":\"m\"}"),
         ERR_NOT_FOUND, "AWS.SimpleQueueService.NonExistentQueue", "", NULL},
        {&aws_service_sqs,
         HTTP("403 Forbidden", "",
              "{\"__type\":\"com.amazonaws.sqs#OverLimit\",\"message\":\"m\"}"),
         ERR_LIMIT, "OverLimit", "", NULL},
        {&aws_service_eks, HTTP("404 Not Found", "", "<html>no</html>"), ERR_INPUT, "", "",
         "eks:Do in eu-west-1: HTTP status 404"},
        {&aws_service_eks, HTTP("200 OK", "", "<html>"), ERR_INPUT, "", "", NULL},
        {&aws_service_ec2, HTTP("200 OK", "", "{}"), ERR_INPUT, "", "", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct fake_step steps[] = {{.reply = cases[i].reply, .close = true}};
        WITH_RIG(r, steps);
        _cleanup_aws_answer_ struct aws_answer a = {0};
        struct err err = {0};
        const struct aws_call call = {
            .service = cases[i].service, .action = "Do", .method = "GET", .path = "/x"};
        assert_int_equal(aws_client_call(r.client, &call, &a, &err), -1);
        if (err.class != cases[i].class)
            fail_msg("case %zu: %s: %s", i, err_class_name(err.class), err.msg);
        assert_string_equal(a.code, cases[i].code);
        assert_string_equal(a.denied_action, cases[i].action ? cases[i].action : "");
        if (cases[i].msg)
            assert_string_equal(err.msg, cases[i].msg);
        assert_int_equal(r.waits, 0);
    }
}

/* --- retries ------------------------------------------------------------------------------ */

#define THROTTLED                                                                                  \
    HTTP("400 Bad Request", "",                                                                    \
         "{\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}")
#define FAILED HTTP("500 Internal Server Error", "", "{\"message\":\"oops\"}")

static void retries_what_was_throttled(void **state)
{
    static const struct fake_step steps[] = {{.reply = THROTTLED, .close = true},
                                             {.reply = THROTTLED, .close = true},
                                             {.reply = HTTP("200 OK", "", "{}"), .close = true}};
    WITH_RIG(r, steps);
    _cleanup_aws_answer_ struct aws_answer a = {0};
    struct err err = {0};
    /* Nothing was done, so a write may be sent again too. */
    assert_int_equal(aws_client_call(r.client, &create_group, &a, &err), 0);
    assert_int_equal(a.attempts, 3);
    assert_string_equal(a.code, "");
    assert_true(r.waits >= 2);
}

static void gives_up_on_throttling(void **state)
{
    static const struct fake_step steps[] = {{.reply = THROTTLED, .close = true},
                                             {.reply = THROTTLED, .close = true}};
    WITH_RIG(r, steps);
    _cleanup_aws_answer_ struct aws_answer a = {0};
    struct err err = {0};
    struct aws_call call = create_group;
    call.attempts = 2;
    assert_int_equal(aws_client_call(r.client, &call, &a, &err), -1);
    assert_int_equal(err.class, ERR_THROTTLED);
    assert_int_equal(a.attempts, 2);
}

static void repeats_only_what_may_be_repeated(void **state)
{
    static const struct fake_step steps[] = {
        {.reply = FAILED, .close = true},
        {.reply = FAILED, .close = true},
        {.reply = HTTP("200 OK", "", "{}"), .close = true},
        {.reply = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", .close = true},
        {.reply = HTTP("200 OK", "", "{}"), .close = true}};
    WITH_RIG(r, steps);
    _cleanup_aws_answer_ struct aws_answer write = {0}, read = {0}, cut = {0};
    struct err err = {0};
    assert_int_equal(aws_client_call(r.client, &create_group, &write, &err), -1);
    assert_int_equal(err.class, ERR_REMOTE);
    assert_int_equal(write.attempts, 1);
    assert_int_equal(aws_client_call(r.client, &describe_cluster, &read, &err), 0);
    assert_int_equal(read.attempts, 2);
    assert_int_equal(aws_client_call(r.client, &describe_cluster, &cut, &err), 0);
    assert_int_equal(cut.attempts, 2);
}

static int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A service that may hold its answer back is waited for longer than one that may not. */
static void waits_for_an_answer_that_is_held_back(void **state)
{
    static const struct fake_step steps[] = {{.hang = true}};
    WITH_RIG(r, steps);
    _cleanup_aws_answer_ struct aws_answer a = {0};
    _cleanup_aws_client_ struct aws_client *client = NULL;
    struct err err = {0};
    const struct aws_options options = {.region = "eu-west-1",
                                        .endpoint_url = fake_server_url(r.server),
                                        .env = &r.home.env,
                                        .clock = &r.clock,
                                        .timeout_ms = 20};
    const struct aws_call call = {
        .service = &aws_service_sqs, .action = "ReceiveMessage", .attempts = 1, .held_ms = 200};
    assert_int_equal(aws_client_new(&options, &client, &err), 0);
    int64_t begun = clock_ms();
    assert_int_equal(aws_client_call(client, &call, &a, &err), -1);
    assert_int_equal(err.class, ERR_REMOTE);
    assert_true(clock_ms() - begun >= 200);
}

static void stops_when_told(void **state)
{
    static const struct fake_step steps[] = {{.reply = THROTTLED, .close = true}};
    WITH_RIG(r, steps);
    _cleanup_aws_answer_ struct aws_answer a = {0};
    struct err err = {0};
    r.impatient = true;
    assert_int_equal(aws_client_call(r.client, &create_group, &a, &err), -1);
    assert_int_equal(err.class, ERR_THROTTLED);
    assert_int_equal(a.attempts, 1);
}

/* A machine whose clock is an hour late learns the time from the refusal. */
static void sets_its_clock(void **state)
{
    static const struct fake_step steps[] = {
        {.expect = "X-Amz-Date: 20261111T120000Z",
         .reply = HTTP("403 Forbidden", "Date: Wed, 11 Nov 2026 13:00:00 GMT\r\n",
                       "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired: "
                       "20261111T120000Z is now earlier than 20261111T125500Z\"}"),
         .close = true},
        {.expect = "X-Amz-Date: 20261111T130000Z",
         .reply = HTTP("200 OK", "", "{}"),
         .close = true},
    };
    WITH_RIG(r, steps);
    _cleanup_aws_answer_ struct aws_answer a = {0};
    struct err err = {0};
    assert_int_equal(aws_client_call(r.client, &create_group, &a, &err), 0);
    assert_int_equal(a.attempts, 2);
}

static const char expired[] =
    HTTP("403 Forbidden", "", "{\"__type\":\"ExpiredTokenException\",\"message\":\"expired\"}");

static void does_not_try_the_same_keys_again(void **state)
{
    static const struct fake_step steps[] = {{.reply = expired, .close = true}};
    WITH_RIG(r, steps);
    _cleanup_aws_answer_ struct aws_answer a = {0};
    struct err err = {0};
    assert_int_equal(aws_client_call(r.client, &create_group, &a, &err), -1);
    assert_int_equal(err.class, ERR_DENIED);
    assert_string_equal(a.denied_action, "");
    assert_string_equal(err.msg,
                        "eks:CreateNodegroup in eu-west-1: ExpiredTokenException: expired");
}

/* A program that gives other keys each time: keys expire in the middle of the work. */
static void tries_other_keys_once(void **state)
{
    static const struct fake_step steps[] = {
        {.expect = "Credential=K1/", .reply = HTTP("200 OK", "", "{}"), .close = true},
        {.expect = "Credential=K1/", .reply = expired, .close = true},
        {.expect = "Credential=K11/", .reply = HTTP("200 OK", "", "{}"), .close = true},
        {.expect = "Credential=K11/", .reply = expired, .close = true},
        {.expect = "Credential=K111/", .reply = expired, .close = true}};
    WITH_RIG(r, steps);
    struct aws_client *client = NULL;
    struct err err = {0};
    char config[512];
    snprintf(config, sizeof config,
             "[profile p]\nregion = eu-west-1\ncredential_process = sh -c 'printf 1 >>%s/n; echo "
             "{\\\"AccessKeyId\\\":\\\"K`cat %s/n`\\\",\\\"SecretAccessKey\\\":\\\"s\\\"}'\n",
             r.home.dir, r.home.dir);
    aws_home_write(&r.home, ".aws/config", config);
    const struct aws_options options = {.profile = "p",
                                        .endpoint_url = fake_server_url(r.server),
                                        .env = &r.home.env,
                                        .clock = &r.clock};
    assert_int_equal(aws_client_new(&options, &client, &err), 0);
    static const unsigned attempts[] = {1, 2, 2};
    for (size_t i = 0; i < ARRAY_LEN(attempts); i++) {
        _cleanup_aws_answer_ struct aws_answer a = {0};
        int result = aws_client_call(client, &create_group, &a, &err);
        if (result != (i == 2 ? -1 : 0))
            fail_msg("%s", err.msg);
        assert_int_equal(a.attempts, attempts[i]);
    }
    assert_int_equal(err.class, ERR_DENIED);
    aws_client_free(client);
}

static void needs_a_region(void **state)
{
    _cleanup_aws_home_ struct aws_home h;
    struct aws_client *client = NULL;
    struct err err = {0};
    aws_home_init(&h, NULL, NULL);
    struct aws_options options = {.env = &h.env};
    assert_int_equal(aws_client_new(&options, &client, &err), -1);
    assert_int_equal(err.class, ERR_USAGE);
    assert_string_equal(err.msg, "no AWS region: neither --region nor AWS_REGION, and profile "
                                 "'default' has none");
    options.region = "evil.example/";
    assert_int_equal(aws_client_new(&options, &client, &err), -1);
    assert_string_equal(err.msg, "'evil.example/' is no AWS region");
    options.region = "eu-west-1";
    aws_home_set(&h, "AWS_MAX_ATTEMPTS=many");
    assert_int_equal(aws_client_new(&options, &client, &err), -1);
    assert_string_equal(err.msg, "AWS_MAX_ATTEMPTS is 'many', expected 1 to 100");
    assert_null(client);
}

/* --- pages -------------------------------------------------------------------------------- */

struct pages {
    unsigned count, stop_at;
};

static bool on_page(void *ctx, const struct aws_answer *a, struct err *err)
{
    struct pages *p = ctx;
    (void)a, (void)err;
    return ++p->count != p->stop_at;
}

static void walks_pages(void **state)
{
    static const struct fake_step steps[] = {
        {.expect = "GET /clusters HTTP",
         .reply = HTTP("200 OK", "", "{\"clusters\":[\"a\"],\"nextToken\":\"a/b=\"}"),
         .close = true},
        {.expect = "GET /clusters?nextToken=a%2Fb%3D HTTP",
         .reply = HTTP("200 OK", "", "{\"clusters\":[\"b\"],\"nextToken\":null}"),
         .close = true},
        {.reply = HTTP("200 OK", "", "{\"LastKey\":\"k\"}"), .close = true},
        {.expect = "\r\n\r\n{\"Limit\":1,\"StartKey\":\"k\"}",
         .reply = HTTP("200 OK", "", "{}"),
         .close = true},
        {.reply = HTTP("200 OK", "", "<R><X><NextMarker>m+1</NextMarker></X></R>"), .close = true},
        {.expect = "&PageSize=1&Marker=m%2B1",
         .reply = HTTP("200 OK", "", "<R><X><NextMarker/></X></R>"),
         .close = true},
    };
    WITH_RIG(r, steps);
    struct pages rest = {0}, json = {0}, xml = {0};
    struct err err = {0};
    const struct aws_call list = {.service = &aws_service_eks,
                                  .action = "ListClusters",
                                  .method = "GET",
                                  .path = "/clusters"};
    const struct aws_call scan = {
        .service = &aws_service_dynamodb, .action = "Scan", .body = SV(" {\"Limit\":1 }\n")};
    const struct aws_call balancers = {.service = &aws_service_elbv2,
                                       .action = "DescribeLoadBalancers",
                                       .body = SV("&PageSize=1")};
    assert_int_equal(aws_client_each_page(r.client, &list,
                                          &(struct aws_paging){"nextToken", "nextToken", false},
                                          on_page, &rest, &err),
                     0);
    assert_int_equal(aws_client_each_page(r.client, &scan,
                                          &(struct aws_paging){"StartKey", "LastKey", false},
                                          on_page, &json, &err),
                     0);
    assert_int_equal(aws_client_each_page(r.client, &balancers,
                                          &(struct aws_paging){"Marker", "X.NextMarker", false},
                                          on_page, &xml, &err),
                     0);
    assert_int_equal(rest.count, 2);
    assert_int_equal(json.count, 2);
    assert_int_equal(xml.count, 2);
}

static void notices_a_listing_that_stands_still(void **state)
{
    static const char page[] = HTTP("200 OK", "", "{\"nextToken\":\"t\"}");
    static const struct fake_step steps[] = {{.reply = page, .close = true},
                                             {.reply = page, .close = true},
                                             {.reply = page, .close = true}};
    WITH_RIG(r, steps);
    struct pages p = {0}, one = {.stop_at = 1};
    struct err err = {0};
    const struct aws_paging paging = {"nextToken", "nextToken", false};
    assert_int_equal(aws_client_each_page(r.client, &describe_cluster, &paging, on_page, &p, &err),
                     -1);
    assert_int_equal(err.class, ERR_REMOTE);
    assert_int_equal(p.count, 2);
    err_clear(&err);
    assert_int_equal(
        aws_client_each_page(r.client, &describe_cluster, &paging, on_page, &one, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speaks_each_protocol),
        cmocka_unit_test(understands_refusals),
        cmocka_unit_test(retries_what_was_throttled),
        cmocka_unit_test(gives_up_on_throttling),
        cmocka_unit_test(repeats_only_what_may_be_repeated),
        cmocka_unit_test(waits_for_an_answer_that_is_held_back),
        cmocka_unit_test(stops_when_told),
        cmocka_unit_test(sets_its_clock),
        cmocka_unit_test(does_not_try_the_same_keys_again),
        cmocka_unit_test(tries_other_keys_once),
        cmocka_unit_test(needs_a_region),
        cmocka_unit_test(walks_pages),
        cmocka_unit_test(notices_a_listing_that_stands_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
