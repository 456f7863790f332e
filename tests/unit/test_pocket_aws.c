/* The AWS side of the pocket: who is heard, and how each protocol is refused. */
#include "aws_rig.h"

#include "unit.h"

#define CREATE "POST /clusters/pocket/node-groups"

static void assert_code(struct aws_rig *r, int status, const char *code, const char *words)
{
    _cleanup_str_ struct str seen = {0};
    str_addf(&seen, "%d %s%s", r->answer.status, str_c(&r->answer.headers), str_c(&r->answer.body));
    if (r->answer.status != status || !strstr(str_c(&seen), code) || !strstr(str_c(&seen), words))
        fail_msg("wanted %d %s '%s', got %s", status, code, words, str_c(&seen));
}

static void test_identity(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    assert_int_equal(aws_rig_form(&r, "sts", "Action=GetCallerIdentity&Version=2011-06-15"), 200);
    assert_true(aws_rig_says(&r, "<Account>111122223333</Account>"));
    assert_true(aws_rig_says(&r, "<Arn>arn:aws:iam::111122223333:user/pocket</Arn>"));
    assert_non_null(strstr(str_c(&r.answer.headers), "Content-Type: text/xml"));
    assert_int_equal(aws_rig_form(&r, "sts", "Action=GetNothing"), 400);
    assert_code(&r, 400, "<Code>InvalidAction</Code>", "GetNothing");
    aws_rig_stop(&r);
}

static void test_signatures(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    r.region = "us-east-1";
    aws_rig_rest(&r, "GET /clusters", NULL);
    assert_code(&r, 403, "x-amzn-ErrorType: InvalidSignatureException", "not 'us-east-1'");
    aws_rig_form(&r, "autoscaling", "Action=DescribeAutoScalingGroups");
    assert_code(&r, 403, "<Code>SignatureDoesNotMatch</Code>", "valid region");
    aws_rig_json(&r, "ssm", "AmazonSSM.GetParameter", "{\"Name\":\"x\"}");
    assert_code(&r, 400, "\"__type\":\"InvalidSignatureException\"", "valid region");
    r.region = NULL;
    r.date = "20231114T231320Z";
    aws_rig_rest(&r, "GET /clusters", NULL);
    assert_code(&r, 403, "InvalidSignatureException", "Signature not yet current");
    r.date = "20231114T200000Z";
    aws_rig_rest(&r, "GET /clusters", NULL);
    assert_code(&r, 403, "InvalidSignatureException", "Signature expired: 20231114T200000Z");
    r.date = "20231114T221500Z";
    assert_int_equal(aws_rig_rest(&r, "GET /clusters", NULL), 200);
    r.date = "yesterday";
    aws_rig_rest(&r, "GET /clusters", NULL);
    assert_code(&r, 403, "InvalidSignatureException", "ISO-8601");
    const struct pocket_aws_asked bare = {.method = SV("GET"), .path = SV("/clusters")};
    pocket_aws_request(r.aws, &bare, &r.answer);
    assert_code(&r, 403, "MissingAuthenticationToken", "Authentication Token");
    aws_rig_stop(&r);
}

static void test_roles(void **state)
{
    struct aws_rig r;
    char key[64], token[64];
    aws_rig_start(&r, NULL);
    assert_int_equal(aws_rig_form(&r, "sts",
                                  "Action=AssumeRole&RoleSessionName=me&DurationSeconds=900&"
                                  "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fops"),
                     200);
    const char *at = strstr(str_c(&r.answer.body), "<AccessKeyId>");
    assert_int_equal(sscanf(at, "<AccessKeyId>%63[^<]", key), 1);
    at = strstr(at, "<SessionToken>");
    assert_int_equal(sscanf(at, "<SessionToken>%63[^<]", token), 1);
    assert_true(aws_rig_says(&r, "<Expiration>2023-11-14T22:28:20Z</Expiration>"));
    r.key = key;
    aws_rig_form(&r, "sts", "Action=GetCallerIdentity");
    assert_code(&r, 403, "<Code>InvalidClientTokenId</Code>", "invalid");
    r.token = token;
    assert_int_equal(aws_rig_form(&r, "sts", "Action=GetCallerIdentity"), 200);
    assert_true(aws_rig_says(&r, ":assumed-role/ops/me"));
    aws_rig_later(&r, 901);
    aws_rig_form(&r, "sts", "Action=GetCallerIdentity");
    assert_code(&r, 403, "<Code>ExpiredToken</Code>", "expired");
    aws_rig_rest(&r, "GET /clusters", NULL);
    assert_code(&r, 403, "ExpiredTokenException", "expired");
    r.key = r.token = NULL;
    aws_rig_form(&r, "sts", "Action=AssumeRole&RoleSessionName=me&RoleArn=nobody");
    assert_code(&r, 400, "<Code>ValidationError</Code>", "nobody");
    aws_rig_form(&r, "sts", "Action=AssumeRole&RoleSessionName=me");
    assert_code(&r, 400, "<Code>ValidationError</Code>", "at &#39;RoleArn&#39;");
    aws_rig_stop(&r);
}

static void test_denied(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, "deny=eks:DeleteNodegroup,deny=autoscaling:*");
    aws_rig_rest(&r, "DELETE /clusters/pocket/node-groups/blue", NULL);
    assert_code(&r, 403, "AccessDeniedException",
                "User: arn:aws:iam::111122223333:user/pocket is not authorized to perform: "
                "eks:DeleteNodegroup on resource: arn:aws:eks:eu-west-1:111122223333:cluster/");
    assert_int_equal(aws_rig_rest(&r, "GET /clusters/pocket/node-groups/blue", NULL), 200);
    aws_rig_form(&r, "autoscaling", "Action=SetDesiredCapacity");
    assert_code(&r, 403, "<Code>AccessDenied</Code>", "autoscaling:SetDesiredCapacity");
    aws_rig_stop(&r);
}

static void test_throttled(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, "throttle=1");
    aws_rig_rest(&r, "GET /clusters", NULL);
    assert_code(&r, 429, "ThrottlingException", "Rate exceeded");
    aws_rig_form(&r, "autoscaling", "Action=DescribeAutoScalingGroups");
    assert_code(&r, 400, "<Code>Throttling</Code>", "Rate exceeded");
    aws_rig_json(&r, "servicequotas", "ServiceQuotasV20190624.GetServiceQuota", "{}");
    assert_code(&r, 400, "ThrottlingException", "Rate exceeded");
    aws_rig_stop(&r);
}

static void test_keys_expire(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, "expire=10m");
    assert_int_equal(aws_rig_rest(&r, "GET /clusters", NULL), 200);
    aws_rig_later(&r, 599);
    assert_int_equal(aws_rig_rest(&r, "GET /clusters", NULL), 200);
    aws_rig_later(&r, 1);
    aws_rig_rest(&r, "GET /clusters", NULL);
    assert_code(&r, 403, "ExpiredTokenException", "expired");
    r.key = "NEW";
    assert_int_equal(aws_rig_rest(&r, "GET /clusters", NULL), 200);
    aws_rig_later(&r, 3600);
    assert_int_equal(aws_rig_rest(&r, "GET /clusters", NULL), 200);
    aws_rig_stop(&r);
}

static void test_faults_text(void **state)
{
    struct err err = {0};
    struct faults f = {0};
    assert_int_equal(
        faults_parse(&f, SV("quota=L-1216C47A:8,stuck-detach=vol-1,join-fail=2"), &err), 0);
    assert_int_equal(f.join_fail, 2);
    assert_true(faults_name(&f.stuck, "vol-1"));
    assert_false(faults_name(&f.stuck, "vol-12"));
    assert_int_equal(f.stuck_ms[0], 0);
    assert_int_equal(faults_parse(&f, SV("stuck-detach=vol-2:20m"), &err), 0);
    assert_true(faults_name(&f.stuck, "vol-2"));
    assert_int_equal(f.stuck_ms[1], 1200000);
    static const char *const bad[] = {"throttle=2",
                                      "join-fail=0",
                                      "join-fail=x",
                                      "deny=nothing",
                                      "expire=0s",
                                      "stuck-detach=x",
                                      "quota=5",
                                      "else=1",
                                      "stuck-detach=vol-1:x",
                                      "stuck-detach=vol-1:"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(faults_parse(&f, sv_of(bad[i]), &err), -1);
    for (unsigned i = 0; i < FAULTS_NAMES_MAX; i++)
        assert_int_equal(faults_parse(&f, SV("deny=a:b"), &err), 0);
    assert_int_equal(faults_parse(&f, SV("deny=a:b"), &err), -1);
}

static void test_bodies(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    aws_rig_rest(&r, CREATE, "{\"nodegroupName\":");
    assert_code(&r, 400, "SerializationException", "");
    aws_rig_rest(&r, CREATE, "{\"nodegroupName\":5}");
    assert_code(&r, 400, "SerializationException", "nodegroupName");
    aws_rig_rest(&r, "GET /clusters/pocket/nothing", NULL);
    assert_code(&r, 403, "MissingAuthenticationToken", "");
    aws_rig_json(&r, "ssm", "AmazonSSM.GetParameter", "{}");
    assert_code(&r, 400, "ValidationException", "'Name'");
    aws_rig_json(&r, "ssm", "Other.GetParameter", "{}");
    assert_code(&r, 400, "UnknownOperationException", "");
    aws_rig_stop(&r);
}

static void test_pages(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    assert_int_equal(aws_rig_json(&r, "servicequotas", "ServiceQuotasV20190624.ListServiceQuotas",
                                  "{\"ServiceCode\":\"eks\",\"MaxResults\":2}"),
                     200);
    assert_true(sv_is(aws_rig_at(&r, "Quotas[1].QuotaCode"), "L-6D54EA21"));
    assert_true(sv_is(aws_rig_at(&r, "Quotas[2].QuotaCode"), ""));
    assert_true(sv_is(aws_rig_at(&r, "NextToken"), "page-2"));
    assert_int_equal(aws_rig_json(&r, "servicequotas", "ServiceQuotasV20190624.ListServiceQuotas",
                                  "{\"ServiceCode\":\"eks\",\"NextToken\":\"page-2\"}"),
                     200);
    assert_true(sv_is(aws_rig_at(&r, "Quotas[0].QuotaCode"), "L-BD136A63"));
    assert_true(sv_is(aws_rig_at(&r, "NextToken"), ""));
    aws_rig_json(&r, "servicequotas", "ServiceQuotasV20190624.ListServiceQuotas",
                 "{\"ServiceCode\":\"eks\",\"NextToken\":\"elsewhere\"}");
    assert_code(&r, 400, "InvalidPaginationTokenException", "");
    assert_int_equal(aws_rig_rest(&r, "GET /clusters/pocket/node-groups?maxResults=1", NULL), 200);
    assert_true(sv_is(aws_rig_at(&r, "nodegroups[0]"), "blue"));
    aws_rig_rest(&r, "GET /clusters/pocket/node-groups?maxResults=many", NULL);
    assert_code(&r, 400, "SerializationException", "maxResults");
    aws_rig_stop(&r);
}

static void test_parameters(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    assert_int_equal(aws_rig_json(&r, "ssm", "AmazonSSM.GetParameter",
                                  "{\"Name\":\"/aws/service/eks/optimized-ami/1.30/"
                                  "amazon-linux-2023/x86_64/standard/recommended/"
                                  "release_version\"}"),
                     200);
    assert_true(sv_starts(aws_rig_at(&r, "Parameter.Value"), "1.30."));
    assert_int_equal(aws_rig_json(&r, "ssm", "AmazonSSM.GetParameter",
                                  "{\"Name\":\"/aws/service/bottlerocket/aws-k8s-1.30-nvidia/arm64/"
                                  "latest/image_id\"}"),
                     200);
    assert_true(sv_starts(aws_rig_at(&r, "Parameter.Value"), "ami-0"));
    aws_rig_json(&r, "ssm", "AmazonSSM.GetParameter",
                 "{\"Name\":\"/aws/service/eks/optimized-ami/1.33/amazon-linux-2/recommended/"
                 "release_version\"}");
    assert_code(&r, 400, "ParameterNotFound", "");
    aws_rig_stop(&r);
}

static void test_quotas(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, "quota=L-1216C47A:8");
    assert_int_equal(aws_rig_json(&r, "servicequotas", "ServiceQuotasV20190624.GetServiceQuota",
                                  "{\"ServiceCode\":\"ec2\",\"QuotaCode\":\"L-1216C47A\"}"),
                     200);
    assert_true(sv_starts(aws_rig_at(&r, "Quota.Value"), "8"));
    aws_rig_json(&r, "servicequotas", "ServiceQuotasV20190624.GetServiceQuota",
                 "{\"ServiceCode\":\"ec2\",\"QuotaCode\":\"L-0\"}");
    assert_code(&r, 400, "NoSuchResourceException", "");
    aws_rig_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),    cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_roles),       cmocka_unit_test(test_denied),
        cmocka_unit_test(test_throttled),   cmocka_unit_test(test_keys_expire),
        cmocka_unit_test(test_faults_text), cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_pages),       cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_quotas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
