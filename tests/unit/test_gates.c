/* Looks outside, against real HTTP. */
#include "ops/gates/cloudwatch_xml.h"
#include "ops/gates/gates.h"

#include "base/timestamp.h"
#include "fake_server.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "unit.h"

struct look {
    struct plan plan;
    struct gate_sight sight;
};

static void look_release(struct look *l)
{
    plan_release(&l->plan);
}

/* fmt has one %s for the address of the server. */
static void look_at(struct look *l, const char *fmt, const char *address)
{
    char text[1024];
    struct gate g;
    struct err err = {0};
    plan_init(&l->plan);
    l->plan.id = "p-7k2m4q";
    l->plan.title = "drain 4 nodes";
    l->plan.status = PLAN_WAITING;
    snprintf(text, sizeof text, fmt, address);
    if (gate_parse(text, &l->plan.arena, &g, &err))
        fail_msg("%s", err.msg);
    gates_observe(&l->plan, plan_add_gate(&l->plan, "gate-1", &g), 5000, &l->sight);
    assert_null(strstr(l->sight.words, "secret"));
}

/* One request, one answer. */
static void exchange(struct look *l, const char *fmt, const char *expect, const char *reply)
{
    struct fake_step step = {.expect = expect, .reply = reply, .close = true};
    struct fake_server *s = fake_server_start(&step, 1, NULL);
    look_at(l, fmt, strchr(fake_server_url(s), ':') + 3);
    fake_server_stop(s);
}

/* --- Prometheus ---------------------------------------------------------------------------- */

#define VECTOR(series)                                                                             \
    FAKE_JSON("200 OK",                                                                            \
              "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" series    \
              "]}}")
#define SERIES(value) "{\"metric\":{\"a\":\"b\"},\"value\":[1795000000.1,\"" value "\"]}"

static void test_prometheus(void **state)
{
    static const struct {
        const char *compare, *reply;
        bool ok;
        double value;
        const char *words;
    } cases[] = {
        {"below=1", VECTOR(SERIES("0.5")), true, 0.5, ""},
        {"below=1", VECTOR(SERIES("0.5") "," SERIES("7") "," SERIES("-1")), true, 7,
         "the worst of 3 series"},
        {"above=1", VECTOR(SERIES("0.5") "," SERIES("7") "," SERIES("-1")), true, -1,
         "the worst of 3 series"},
        {"at-least=1", VECTOR(SERIES("2") "," SERIES("3")), true, 2, "the worst of 2 series"},
        {"at-most=1", VECTOR(SERIES("+Inf") "," SERIES("3")), true, INFINITY,
         "the worst of 2 series"},
        {"below=1", VECTOR(SERIES("0.5") "," SERIES("NaN")), true, NAN, "the worst of 2 series"},
        {"below=1", VECTOR(""), true, NAN, ""},
        {"below=1", VECTOR(SERIES("many")), false, 0, "answered what is no number"},
        {"below=1", VECTOR("{\"metric\":{}}"), false, 0, "answered what is no number"},
        {"below=1",
         FAKE_JSON("200 OK", "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\","
                             "\"result\":[1,\"3\"]}}"),
         true, 3, ""},
        {"below=1",
         FAKE_JSON("200 OK", "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\","
                             "\"result\":[]}}"),
         false, 0, "did not answer with numbers of one moment"},
        {"below=1",
         FAKE_JSON("400 Bad Request", "{\"status\":\"error\",\"errorType\":\"bad_data\","
                                      "\"error\":\"parse error: unexpected \\u001b[31m\"}"),
         false, 0, "answered 400: parse error: unexpected \\x1b[31m"},
        {"below=1", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno", false, 0,
         "answered 502"},
        {"below=1", "HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n", false,
         0, "answered 302"},
        {"below=1", FAKE_JSON("200 OK", "<html>"), false, 0, "did not answer with numbers"},
        {"below=1", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", false, 0, "127.0.0.1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_(look_release) struct look l = {0};
        char fmt[256];
        print_message("%zu\n", i);
        snprintf(fmt, sizeof fmt,
                 "metric:prometheus=http://%%s/prom/?secret=1,query=sum(a{b=\"c d\"}),%s",
                 cases[i].compare);
        exchange(&l, fmt,
                 "GET /prom/api/v1/query?query=sum%28a%7Bb%3D%22c%20d%22%7D%29&secret=1 HTTP/1.1",
                 cases[i].reply);
        assert_int_equal(l.sight.ok, cases[i].ok);
        if (!strstr(l.sight.words, cases[i].words))
            fail_msg("%s", l.sight.words);
        if (cases[i].ok && !isnan(cases[i].value))
            assert_true(l.sight.value == cases[i].value);
        else if (cases[i].ok)
            assert_true(isnan(l.sight.value));
    }
}

static void test_credentials(void **state)
{
    _cleanup_(look_release) struct look basic = {0}, bearer = {0}, refused = {0};
    /* "ann:secret" */
    exchange(&basic, "metric:prometheus=http://ann:secret@%s,query=up,below=1",
             "Authorization: Basic YW5uOnNlY3JldA==", VECTOR(SERIES("0")));
    assert_true(basic.sight.ok);
    exchange(&refused, "metric:prometheus=http://ann:secret@%s,query=up,below=1", NULL,
             FAKE_JSON("401 Unauthorized", "{}"));
    assert_false(refused.sight.ok);
    assert_non_null(strstr(refused.sight.words, "answered 401"));
    setenv("TOBAN_PROMETHEUS_TOKEN", "secret-token", 1);
    exchange(&bearer, "metric:prometheus=http://%s,query=up,below=1",
             "Authorization: Bearer secret-token", VECTOR(SERIES("0")));
    unsetenv("TOBAN_PROMETHEUS_TOKEN");
    assert_true(bearer.sight.ok);
}

static void test_nobody_there(void **state)
{
    _cleanup_(look_release) struct look l = {0};
    struct fake_server *s = fake_server_start(NULL, 0, NULL);
    char address[64];
    snprintf(address, sizeof address, "%s", strchr(fake_server_url(s), ':') + 3);
    fake_server_stop(s);
    look_at(&l, "webhook:http://ann:secret@%s/secret", address);
    assert_false(l.sight.ok);
    assert_true(l.sight.words[0]);
}

static void test_silence(void **state)
{
    _cleanup_(look_release) struct look l = {0};
    struct fake_step step = {.hang = true};
    struct fake_server *s = fake_server_start(&step, 1, NULL);
    struct gate g = {.kind = GATE_WEBHOOK, .url = fake_server_url(s)};
    gates_observe(&l.plan, plan_add_gate(&l.plan, "gate-1", &g), 50, &l.sight);
    fake_server_stop(s);
    assert_false(l.sight.ok);
}

/* --- webhooks ------------------------------------------------------------------------------ */

static void test_webhook(void **state)
{
    static const struct {
        const char *reply;
        bool ok, allows;
        const char *words;
    } cases[] = {
        {FAKE_JSON("200 OK", "{\"allow\": true, \"reason\": \"go on\"}"), true, true, "go on"},
        {FAKE_JSON("200 OK", ""), true, true, ""},
        {"HTTP/1.1 204 No Content\r\n\r\n", true, true, ""},
        {FAKE_JSON("200 OK", "{\"allow\": false, \"reason\": \"freeze\\nuntil Monday\"}"), true,
         false, "freeze until Monday"},
        {FAKE_JSON("403 Forbidden", "{\"reason\": \"not you\"}"), true, false, "not you"},
        {FAKE_JSON("403 Forbidden", "nope"), true, false, ""},
        {FAKE_JSON("200 OK", "{\"allow\": \"true\"}"), false, false, "neither"},
        {FAKE_JSON("200 OK", "ok"), false, false, "neither"},
        {FAKE_JSON("404 Not Found", ""), false, false, "answered 404"},
        {FAKE_JSON("503 Service Unavailable", "{\"allow\": true}"), false, false, "answered 503"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_(look_release) struct look l = {0};
        print_message("%zu\n", i);
        exchange(&l, "webhook:http://%s/T00/secret",
                 "{\"schema\":\"toban.gate/v1\",\"plan\":\"p-7k2m4q\",\"kind\":null,\"title\":"
                 "\"drain 4 nodes\",\"cluster\":null,\"step\":\"gate-1\",\"status\":\"waiting\"}",
                 cases[i].reply);
        assert_int_equal(l.sight.ok, cases[i].ok);
        assert_int_equal(l.sight.allows, cases[i].allows);
        if (!strstr(l.sight.words, cases[i].words))
            fail_msg("%s", l.sight.words);
    }
}

/* --- CloudWatch ---------------------------------------------------------------------------- */

/* The answer as moto 5.1.1 gives it, which follows AWS's service model. */
#define ANSWER(status, times, values)                                                              \
    "<GetMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">"            \
    "<GetMetricDataResult><MetricDataResults><member><Id>m1</Id><Label>E3 Sum</Label>"             \
    "<StatusCode>" status "</StatusCode><Timestamps>" times "</Timestamps><Values>" values         \
    "</Values></member></MetricDataResults></GetMetricDataResult><ResponseMetadata>"               \
    "<RequestId>3XHce6eW</RequestId></ResponseMetadata></GetMetricDataResponse>"
#define REFUSAL                                                                                    \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse xmlns=\"http://x/\"><Error>"       \
    "<Type>Sender</Type><Code>InvalidClientTokenId</Code><Message><![CDATA[The security token "    \
    "included in the request is invalid & gone]]></Message></Error><RequestId>1</RequestId>"       \
    "</ErrorResponse>"

static bool parses(const char *text, struct cloudwatch_answer *out)
{
    _cleanup_aws_xml_ struct aws_xml x = {0};
    aws_xml_parse(&x, sv_of(text), NULL);
    return cloudwatch_read(x.root, out);
}

static void test_cloudwatch_xml(void **state)
{
    struct cloudwatch_answer a;
    assert_true(
        parses(ANSWER("Complete",
                      "<member>2026-11-23T07:29:00Z</member><member>2026-11-23T07:28:00Z</member>",
                      "<member>5.0</member><member>1.5E-3</member>"),
               &a));
    assert_int_equal(a.values, 2);
    assert_true(a.points[0].value == 5 && a.points[1].value == 0.0015);
    assert_int_equal(a.points[0].at - a.points[1].at, 60);
    assert_string_equal(a.status, "Complete");
    assert_false(parses(REFUSAL, &a));
    static const char *const bad[] = {
        "",
        "<a/>",
        "{}",
        "<GetMetricDataResponse>",
        ANSWER("Complete", "<member>2026-11-23T07:29:00Z</member>", ""),
        ANSWER("Complete", "<member>yesterday</member>", "<member>1</member>"),
        ANSWER("Complete", "<member>2026-11-23T07:29:00Z</member>", "<member>much</member>"),
        ANSWER("Complete", "<member>2026-11-23T07:29:00Z</member>", "<member></member>"),
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(parses(bad[i], &a));
}

static void cloudwatch(struct look *l, const char *options, const char *expect, const char *xml,
                       const char *status)
{
    char reply[4096], text[512];
    snprintf(reply, sizeof reply,
             "HTTP/1.1 %s\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n%s", status, xml);
    struct fake_step step = {.expect = expect, .reply = reply, .close = true};
    struct fake_server *s = fake_server_start(&step, 1, NULL);
    setenv("AWS_ENDPOINT_URL_CLOUDWATCH", fake_server_url(s), 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_SESSION_TOKEN", "secret-session", 1);
    snprintf(text, sizeof text,
             "metric:cloudwatch=eu-west-1,namespace=AWS/X,metric=Errors,stat=Sum,dimension=Service:"
             "cart & co,below=5%s%%.0s",
             options);
    look_at(l, text, "");
    fake_server_stop(s);
}

static const char *at(int64_t when, char *buf)
{
    char text[TIMESTAMP_TEXT_MAX];
    sprintf(buf, "<member>%s</member>", timestamp_format(when, text));
    return buf;
}

static void test_cloudwatch(void **state)
{
    char xml[2048], old[64], complete[64], running[64];
    int64_t now = time(NULL);
    /* The newest period that is over: the one that still runs does not count. */
    snprintf(xml, sizeof xml, ANSWER("Complete", "%s%s%s", "%s"), at(now - 180, old),
             at(now - 120, complete), at(now - 5, running),
             "<member>9</member><member>4</member><member>1</member>");
    static const char *const parts[] = {
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/",
        "/eu-west-1/monitoring/aws4_request, SignedHeaders=content-type;host;x-amz-date;"
        "x-amz-security-token, Signature=",
        "X-Amz-Security-Token: secret-session",
        "Action=GetMetricData&Version=2010-08-01&ScanBy=TimestampDescending&StartTime=",
        "&MetricDataQueries.member.1.MetricStat.Metric.Namespace=AWS%2FX"
        "&MetricDataQueries.member.1.MetricStat.Metric.MetricName=Errors"
        "&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=Service"
        "&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value=cart%20%26%20co"
        "&MetricDataQueries.member.1.MetricStat.Period=60"
        "&MetricDataQueries.member.1.MetricStat.Stat=Sum",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        _cleanup_(look_release) struct look l = {0};
        cloudwatch(&l, "", parts[i], xml, "200 OK");
        if (!l.sight.ok)
            fail_msg("%s", l.sight.words);
        assert_true(l.sight.value == 4);
    }
}

static void test_cloudwatch_without_values(void **state)
{
    _cleanup_(look_release) struct look none = {0}, missing = {0}, partial = {0}, refused = {0},
                                        odd = {0};
    cloudwatch(&none, "", NULL, ANSWER("Complete", "", ""), "200 OK");
    assert_true(none.sight.ok && isnan(none.sight.value));
    cloudwatch(&missing, ",missing=0", NULL, ANSWER("Complete", "", ""), "200 OK");
    assert_true(missing.sight.ok && missing.sight.value == 0);
    cloudwatch(&partial, "", NULL, ANSWER("InternalError", "", ""), "200 OK");
    assert_false(partial.sight.ok);
    assert_non_null(strstr(partial.sight.words, "InternalError"));
    cloudwatch(&refused, "", NULL, REFUSAL, "403 Forbidden");
    assert_false(refused.sight.ok);
    assert_non_null(strstr(refused.sight.words, "cloudwatch:GetMetricData in eu-west-1: "
                                                "InvalidClientTokenId: The sec"));
    cloudwatch(&odd, "", NULL, "<html></html>", "200 OK");
    assert_non_null(strstr(odd.sight.words, "what is no answer to GetMetricData"));
}

static void test_cloudwatch_without_keys(void **state)
{
    _cleanup_(look_release) struct look l = {0};
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    unsetenv("AWS_SESSION_TOKEN");
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    setenv("AWS_ENDPOINT_URL_CLOUDWATCH", "http://127.0.0.1:1", 1);
    look_at(&l, "metric:cloudwatch=eu-west-1,namespace=a,metric=b,stat=Sum,below=5%.0s", "");
    assert_false(l.sight.ok);
    assert_null(strstr(l.sight.words, "127.0.0.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prometheus),
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_webhook),
        cmocka_unit_test(test_cloudwatch_xml),
        cmocka_unit_test(test_cloudwatch),
        cmocka_unit_test(test_cloudwatch_without_values),
        cmocka_unit_test(test_cloudwatch_without_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
