/* What toban knows of AWS by heart: partitions, endpoints, ARNs, its XML, and the pace of its
 * clients. Where botocore is installed, it is asked too. */
#include "aws/endpoint.h"
#include "aws/pace.h"
#include "aws/partition.h"
#include "aws/settings.h"
#include "aws/xml.h"
#include "base/proc.h"
#include "base/vec.h"
#include "net/retry.h"

#include <math.h>

#include "aws_home.h"
#include "unit.h"

/* Runs a script of Python with input; false when botocore is not there. */
static bool ask_botocore(const char *script, const struct str *input, struct proc_result *out)
{
    const char *const argv[] = {"python3", "-c", script, NULL};
    const struct proc_spec spec = {.argv = argv, .input = str_sv(input), .timeout_ms = 60000};
    struct err err = {0};
    if (proc_run(&spec, out, &err) || out->exit_code == 77)
        return false;
    if (out->exit_code)
        fail_msg("%s", str_c(&out->err));
    return true;
}

/* --- partitions and ARNs ------------------------------------------------------------------ */

static void partitions_by_region(void **state)
{
    static const struct {
        const char *region, *id;
    } cases[] = {{"eu-west-1", "aws"},
                 {"cn-north-1", "aws-cn"},
                 {"us-gov-east-1", "aws-us-gov"},
                 {"us-iso-east-1", "aws-iso"},
                 {"us-isob-east-1", "aws-iso-b"},
                 {"eu-isoe-west-1", "aws-iso-e"},
                 {"us-isof-south-1", "aws-iso-f"},
                 {"eusc-de-east-1", "aws-eusc"},
                 {"mx-central-1", "aws"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct aws_partition *p = aws_partition_of(cases[i].region);
        assert_string_equal(p->id, cases[i].id);
        assert_ptr_equal(aws_partition_by_id(sv_of(p->id)), p);
        assert_ptr_equal(aws_partition_of(p->home_region), p);
    }
    assert_null(aws_partition_by_id(SV("aws-mars")));
}

static void arns(void **state)
{
    struct aws_arn arn;
    _cleanup_str_ struct str text = {0};
    assert_true(
        aws_arn_parse(SV("arn:aws-cn:eks:cn-north-1:123456789012:nodegroup/shop/blue/1a"), &arn));
    assert_true(sv_is(arn.partition, "aws-cn") && sv_is(arn.service, "eks") &&
                sv_is(arn.region, "cn-north-1") && sv_is(arn.account, "123456789012") &&
                sv_is(arn.resource, "nodegroup/shop/blue/1a"));
    assert_true(aws_arn_parse(SV("arn:aws:iam::123456789012:role/team/ops"), &arn));
    assert_true(sv_is(aws_arn_name(&arn), "ops"));
    assert_true(aws_arn_parse(SV("arn:aws:ssm:eu-west-1::parameter/aws/x"), &arn));
    assert_true(aws_arn_parse(SV("arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:u:"
                                 "autoScalingGroupName/g"),
                              &arn));
    assert_true(sv_is(aws_arn_name(&arn), "g"));
    assert_true(aws_arn_parse(SV("arn:aws:sns:eu-west-1:123456789012:topic"), &arn));
    assert_true(sv_is(aws_arn_name(&arn), "topic"));
    static const char *const bad[] = {"",
                                      "arn",
                                      "arn:aws:iam::123456789012",
                                      "arn:aws:iam::123456789012:",
                                      "arn:aws:iam::12345678901:role/x",
                                      "arn:aws:iam::12345678901x:role/x",
                                      "arn:aws::eu-west-1:123456789012:x",
                                      "arn:mars:iam::123456789012:role/x",
                                      "urn:aws:iam::123456789012:role/x"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(aws_arn_parse(sv_of(bad[i]), &arn));
    aws_arn_format(&text, "eks", "us-gov-west-1", "123456789012", "cluster/shop");
    assert_string_equal(str_c(&text), "arn:aws-us-gov:eks:us-gov-west-1:123456789012:cluster/shop");
}

/* --- endpoints ---------------------------------------------------------------------------- */

static const struct {
    const char *model;
    const struct aws_service *service;
} services[] = {
    {"autoscaling", &aws_service_autoscaling},
    {"cloudwatch", &aws_service_cloudwatch},
    {"dynamodb", &aws_service_dynamodb},
    {"ec2", &aws_service_ec2},
    {"eks", &aws_service_eks},
    {"elbv2", &aws_service_elbv2},
    {"service-quotas", &aws_service_service_quotas},
    {"sqs", &aws_service_sqs},
    {"ssm", &aws_service_ssm},
    {"sts", &aws_service_sts},
};
static const char *const regions[] = {"eu-west-1",  "us-east-1",     "us-gov-west-1",
                                      "cn-north-1", "us-iso-east-1", "us-isob-east-1"};

/* "MODEL REGION FIPS DUAL" per line becomes a host name; SERVICE lines what the model says. */
static const char endpoint_script[] =
    "import sys\n"
    "try:\n"
    "    import botocore.exceptions, botocore.session\n"
    "    from botocore.endpoint_provider import EndpointProvider\n"
    "except ImportError:\n"
    "    sys.exit(77)\n"
    "loader = botocore.session.get_session().get_component('data_loader')\n"
    "partitions = loader.load_data('partitions')\n"
    "rules, facts = {}, {}\n"
    "target = 'AmazonSQS'  # models from before 2023 know the query protocol of SQS only\n"
    "for line in sys.stdin.read().splitlines():\n"
    "    model, region, fips, dual = line.split()\n"
    "    if model not in rules:\n"
    "        data = loader.load_service_model(model, 'endpoint-rule-set-1')\n"
    "        rules[model] = EndpointProvider(data, partitions)\n"
    "        m = loader.load_service_model(model, 'service-2')['metadata']\n"
    "        facts[model] = '%s %s %s' % (m.get('signingName', m['endpointPrefix']),\n"
    "            m['serviceId'].lower().replace(' ', '_'),\n"
    "            m['targetPrefix'] if m['protocol'] == 'json' and model != 'cloudwatch'\n"
    "            else target if model == 'sqs' else m['apiVersion'])\n"
    "    try:\n"
    "        url = rules[model].resolve_endpoint(Region=region, UseFIPS=fips == '1',\n"
    "            UseDualStack=dual == '1').url\n"
    "        print(url[len('https://'):], facts[model])\n"
    "    except botocore.exceptions.BotoCoreError:\n"
    "        print('unknown')\n";

static void endpoints_as_botocore(void **state)
{
    _cleanup_str_ struct str input = {0}, want = {0};
    _cleanup_proc_ struct proc_result r = {0};
    for (size_t i = 0; i < ARRAY_LEN(services); i++)
        for (size_t k = 0; k < ARRAY_LEN(regions); k++)
            for (unsigned kind = 0; kind < 4; kind++) {
                const struct aws_service *s = services[i].service;
                str_addf(&input, "%s %s %u %u\n", services[i].model, regions[k], kind & 1,
                         kind >> 1);
                aws_endpoint_host(s->endpoint, regions[k], kind, &want);
                str_addf(&want, " %s %s %s\n", s->signing, s->setting, s->version);
            }
    if (!ask_botocore(endpoint_script, &input, &r))
        skip();
    struct sv ours = str_sv(&want), theirs = str_sv(&r.out), asked = str_sv(&input);
    while (asked.len) {
        struct sv line = sv_split(&asked, '\n');
        struct sv a = sv_split(&ours, '\n'), b = sv_split(&theirs, '\n');
        /* An older one does not know all of them, and another name for this one. */
        bool known = !sv_is(b, "unknown") && !sv_is(line, "cloudwatch us-gov-west-1 1 1");
        if (known && !sv_eq(a, b))
            fail_msg("%.*s: '%.*s', botocore says '%.*s'", SV_ARG(line), SV_ARG(a), SV_ARG(b));
    }
}

static void endpoints_from_settings(void **state)
{
    static const char config[] = "[default]\nregion = eu-north-1\nservices = mine\n"
                                 "endpoint_url = http://profile/\n"
                                 "[services mine]\neks =\n  endpoint_url = http://mine-eks\n"
                                 "ec2 = x\n  endpoint_url = http://not-nested\n";
    static const struct {
        const char *set, *option;
        const struct aws_service *service;
        const char *url;
    } cases[] = {
        {NULL, NULL, &aws_service_eks, "http://mine-eks"},
        {NULL, NULL, &aws_service_ec2, "http://profile"},
        {"AWS_ENDPOINT_URL=http://any:1/p/", NULL, &aws_service_eks, "http://any:1/p"},
        {"AWS_ENDPOINT_URL_AUTO_SCALING=http://own", NULL, &aws_service_autoscaling, "http://own"},
        {"AWS_ENDPOINT_URL=http://any", "http://option", &aws_service_eks, "http://option"},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", NULL, &aws_service_eks,
         "https://eks.eu-north-1.amazonaws.com"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_aws_home_ struct aws_home h;
        _cleanup_aws_settings_ struct aws_settings s = {0};
        _cleanup_str_ struct str url = {0};
        struct err err = {0};
        aws_home_init(&h, NULL, config);
        if (cases[i].set)
            aws_home_set(&h, "%s", cases[i].set);
        assert_int_equal(aws_settings_load(&s, &h.env, NULL, NULL, cases[i].option, &err), 0);
        aws_settings_url(&s, cases[i].service, s.region, &url);
        assert_string_equal(str_c(&url), cases[i].url);
    }
}

static void endpoint_kinds_from_settings(void **state)
{
    _cleanup_aws_home_ struct aws_home h;
    _cleanup_aws_settings_ struct aws_settings profile = {0}, env = {0};
    struct err err = {0};
    aws_home_init(&h, NULL, "[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n");
    assert_int_equal(aws_settings_load(&profile, &h.env, NULL, NULL, NULL, &err), 0);
    assert_int_equal(profile.endpoint_kind, AWS_ENDPOINT_FIPS | AWS_ENDPOINT_DUAL);
    aws_home_set(&h, "AWS_USE_FIPS_ENDPOINT=false");
    assert_int_equal(aws_settings_load(&env, &h.env, NULL, NULL, NULL, &err), 0);
    assert_int_equal(env.endpoint_kind, AWS_ENDPOINT_DUAL);
}

/* --- XML ---------------------------------------------------------------------------------- */

static void reads_xml(void **state)
{
    _cleanup_aws_xml_ struct aws_xml x = {0};
    struct err err = {0};
    assert_int_equal(
        aws_xml_parse(&x,
                      SV("<?xml version=\"1.0\"?>\n<a:R xmlns:a=\"u\" k=\"v\">\n <set>\n  <item>"
                         "<id>1 &lt; 2</id><e/></item>\n  <item><id><![CDATA[ <x> ]]>y</id></item>"
                         "\n </set><!-- c -->\n</a:R>"),
                      &err),
        0);
    assert_true(sv_is(x.root->name, "R"));
    assert_true(sv_is(aws_xml_text(x.root, "set.item.id"), "1 < 2"));
    assert_true(sv_is(aws_xml_text(x.root, "set.item.e"), ""));
    assert_null(aws_xml_text(x.root, "set.item.f").ptr);
    assert_null(aws_xml_text(NULL, "set").ptr);
    const struct aws_xml_node *set = aws_xml_get(x.root, "set");
    assert_true(sv_is(set->text, ""));
    assert_int_equal(aws_xml_count(set), 2);
    assert_true(sv_is(aws_xml_text(set->first->next, "id"), " <x> y"));
}

static void refuses_xml(void **state)
{
    static const struct {
        const char *text, *msg;
    } cases[] = {
        {"", "XML, line 1: no element found"},
        {"<a>\n<b></a>", "XML, line 2: mismatched tag"},
        {"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>",
         "XML, line 1: a document type, which no service sends"},
        {"<a/><b/>", "XML, line 1: junk after document element"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_aws_xml_ struct aws_xml x = {0};
        struct err err = {0};
        assert_int_equal(aws_xml_parse(&x, sv_of(cases[i].text), &err), -1);
        assert_string_equal(err.msg, cases[i].msg);
        assert_null(x.root);
    }
    _cleanup_str_ struct str deep = {0};
    _cleanup_aws_xml_ struct aws_xml x = {0};
    struct err err = {0};
    for (int i = 0; i <= AWS_XML_DEPTH_MAX; i++)
        str_adds(&deep, "<a>");
    assert_int_equal(aws_xml_parse(&x, str_sv(&deep), &err), -1);
    assert_int_equal(err.class, ERR_LIMIT);
}

/* --- pace --------------------------------------------------------------------------------- */

#define STEPS 400

/* "MILLISECONDS THROTTLED" per line: an answer; printed is the rate after it. */
static const char pace_script[] =
    "import sys\n"
    "try:\n"
    "    from botocore.retries import adaptive, bucket, throttling\n"
    "except ImportError:\n"
    "    sys.exit(77)\n"
    "class Clock:\n"
    "    now = 0.0\n"
    "    def current_time(self): return self.now\n"
    "    def sleep(self, amount): pass\n"
    "class Detector:\n"
    "    def is_throttling_error(self, throttled): return throttled\n"
    "clock = limiter = None\n"
    "for line in sys.stdin.read().splitlines():\n"
    "    at, throttled = line.split()\n"
    "    if not clock:\n"
    "        clock = Clock()\n"
    "        clock.now = int(at) / 1000\n"
    "        tokens = bucket.TokenBucket(max_rate=1, clock=clock)\n"
    "        limiter = adaptive.ClientRateLimiter(\n"
    "            throttling.CubicCalculator(starting_max_rate=0, start_time=clock.now),\n"
    "            adaptive.RateClocker(clock), tokens, Detector(), clock)\n"
    "    clock.now = int(at) / 1000\n"
    "    limiter.on_receiving_response(throttled=throttled == '1')\n"
    "    print('%.6f' % tokens.max_rate)\n";

static void paces_itself_as_botocore(void **state)
{
    struct retry_rng rng = {20261111};
    _cleanup_str_ struct str input = {0};
    _cleanup_proc_ struct proc_result r = {0};
    static double ours[STEPS];
    struct aws_pace p;
    int64_t now = 1794398400000;
    for (size_t i = 0; i < STEPS; i++) {
        bool throttled = i > 20 && retry_random_upto(&rng, 9) == 0;
        str_addf(&input, "%lld %d\n", (long long)now, throttled);
        if (i == 0)
            aws_pace_init(&p, now);
        aws_pace_learn(&p, throttled, now);
        ours[i] = p.fill_rate;
        now += (int64_t)retry_random_upto(&rng, 400);
    }
    if (!ask_botocore(pace_script, &input, &r))
        skip();
    struct sv lines = str_sv(&r.out);
    for (size_t i = 0; i < STEPS; i++) {
        char text[64];
        struct sv line = sv_split(&lines, '\n');
        snprintf(text, sizeof text, "%.*s", SV_ARG(line));
        if (fabs(strtod(text, NULL) - ours[i]) > 1e-5)
            fail_msg("answer %zu: %f, botocore says %s", i, ours[i], text);
    }
}

static void waits_when_throttled(void **state)
{
    struct aws_pace p;
    int64_t now = 1794398400000;
    aws_pace_init(&p, now);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(aws_pace_take(&p, now), 0);
        now += 100;
        aws_pace_learn(&p, false, now);
    }
    aws_pace_learn(&p, true, now);
    assert_true(p.enabled);
    /* Ten a second were too many: as many more do not go out at once, and not together. */
    unsigned sent = 0, wait, next;
    while (!(wait = aws_pace_take(&p, now)))
        sent++;
    next = aws_pace_take(&p, now);
    assert_true(sent < 10 && next > wait);
    /* Even when everything is refused there is a try every two seconds. */
    for (int i = 0; i < 50; i++)
        aws_pace_learn(&p, true, now += 1000);
    assert_true(p.fill_rate >= 0.5);
}

static void runs_out_of_retries(void **state)
{
    struct aws_pace p;
    unsigned given = 0;
    aws_pace_init(&p, 0);
    while (aws_pace_retry(&p))
        given++;
    assert_int_equal(given, AWS_PACE_QUOTA / 5);
    aws_pace_done(&p, 1);
    assert_true(aws_pace_retry(&p));
    assert_false(aws_pace_retry(&p));
    for (int i = 0; i < 5; i++)
        aws_pace_done(&p, 0);
    assert_true(aws_pace_retry(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partitions_by_region),
        cmocka_unit_test(arns),
        cmocka_unit_test(endpoints_as_botocore),
        cmocka_unit_test(endpoints_from_settings),
        cmocka_unit_test(endpoint_kinds_from_settings),
        cmocka_unit_test(reads_xml),
        cmocka_unit_test(refuses_xml),
        cmocka_unit_test(paces_itself_as_botocore),
        cmocka_unit_test(waits_when_throttled),
        cmocka_unit_test(runs_out_of_retries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
