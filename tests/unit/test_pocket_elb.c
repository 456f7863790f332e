/* Elastic Load Balancing of the pocket: target groups, listeners, rules, and the health of targets
 * while pods come and go. */
#include "aws_rig.h"
#include "base/must.h"
#include "world_build.h"

#include "unit.h"

static int ask(struct aws_rig *r, const char *fmt, ...)
{
    char form[2000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(form, sizeof form, fmt, ap);
    va_end(ap);
    return aws_rig_form(r, "elasticloadbalancing", form);
}

static void assert_error(struct aws_rig *r, const char *code, const char *words)
{
    const char *body = str_c(&r->answer.body);
    if (r->answer.status != 400 || !strstr(body, code) || !strstr(body, words))
        fail_msg("wanted %s '%s', got %d %s", code, words, r->answer.status, body);
}

static unsigned count(const struct aws_rig *r, const char *text)
{
    unsigned n = 0;
    for (const char *at = str_c(&r->answer.body); (at = strstr(at, text)); at++)
        n++;
    return n;
}

/* The text of the first element of that name in the last answer. */
static void element(const struct aws_rig *r, const char *name, char out[static 300])
{
    char open[80];
    snprintf(open, sizeof open, "<%s>", name);
    const char *at = strstr(str_c(&r->answer.body), open);
    assert_non_null(at);
    at += strlen(open);
    snprintf(out, 300, "%.*s", (int)strcspn(at, "<"), at);
}

/* A deployment of two pods behind an Ingress with IP targets; its pods stop at once. */
static void fill(struct world *w)
{
    uint32_t rs = build_workload(w, WORKLOAD_REPLICASET, "shop", "web", "app=web");
    struct world_class c = build_class_value(w, &(struct build_class){.labels = "app=web"});
    c.grace_s = 30;
    uint32_t class = world_class_put(w, &c);
    w->workloads.items[rs].replicas = 2;
    w->workloads.items[rs].template = class;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t pod = build_pod(w, class, i);
        char name[16];
        snprintf(name, sizeof name, "web-%u", i);
        w->pods.items[pod].name = build_text(w, name);
        world_pod_own(w, pod, rs);
        w->pods.items[pod].phase = POD_RUNNING;
        w->pods.items[pod].ready = true;
    }
    uint32_t s = build_service(w, "shop", "web", "app=web");
    w->services.items[s].ingress_backend = true;
    w->services.items[s].ip_targets = true;
}

static void test_a_service_has_its_balancer(void **state)
{
    struct aws_rig r;
    char arn[300], balancer[300];
    (void)state;
    aws_rig_start_filled(&r, NULL, fill);
    assert_int_equal(ask(&r, "Action=DescribeLoadBalancers"), 200);
    assert_true(aws_rig_says(&r, "<Code>active</Code>"));
    assert_true(aws_rig_says(&r, "<Type>application</Type>"));
    element(&r, "LoadBalancerArn", balancer);
    ask(&r, "Action=DescribeTargetGroups&LoadBalancerArn=%s", balancer);
    assert_true(aws_rig_says(&r, "<TargetGroupName>k8s-shop-web-"));
    assert_true(aws_rig_says(&r, "<TargetType>ip</TargetType>"));
    element(&r, "TargetGroupArn", arn);
    ask(&r, "Action=DescribeListeners&LoadBalancerArn=%s", balancer);
    assert_true(aws_rig_says(&r, arn));
    ask(&r, "Action=DescribeTags&ResourceArns.member.1=%s", arn);
    assert_true(aws_rig_says(&r, "<Value>shop/web</Value>"));
    ask(&r, "Action=DescribeTargetHealth&TargetGroupArn=%s", arn);
    assert_int_equal(count(&r, "<State>healthy</State>"), 2);
    assert_true(aws_rig_says(&r, "<AvailabilityZone>eu-west-1a</AvailabilityZone>"));
    aws_rig_stop(&r);
}

static void test_targets_pass_through_their_states(void **state)
{
    struct aws_rig r;
    char arn[300];
    bool draining = false, initial = false;
    (void)state;
    aws_rig_start_filled(&r, NULL, fill);
    ask(&r, "Action=DescribeTargetGroups");
    element(&r, "TargetGroupArn", arn);
    ask(&r,
        "Action=ModifyTargetGroupAttributes&TargetGroupArn=%s&Attributes.member.1.Key="
        "deregistration_delay.timeout_seconds&Attributes.member.1.Value=60",
        arn);
    assert_int_equal(r.answer.status, 200);
    assert_true(pocket_life_delete_pod(r.life, SV("shop"), SV("web-0"), -1));
    unsigned healthy = 0, all = 0;
    for (int i = 0; i < 300; i++) {
        aws_rig_later(&r, 1);
        ask(&r, "Action=DescribeTargetHealth&TargetGroupArn=%s", arn);
        initial |= count(&r, "<State>initial</State>") == 1;
        draining |= count(&r, "<State>draining</State>") == 1;
        healthy = count(&r, "<State>healthy</State>");
        all = count(&r, "<State>");
        assert_true(healthy >= 1);
    }
    assert_true(initial && draining);
    assert_int_equal(healthy, 2);
    assert_int_equal(all, 2);
    aws_rig_stop(&r);
}

#define GROUP                                                                                      \
    "Action=CreateTargetGroup&Name=%s&Protocol=HTTP&Port=8080&VpcId=vpc-1&TargetType=%s"           \
    "&HealthCheckPath=%%2Fhealth&HealthCheckIntervalSeconds=10&Matcher.HttpCode=200-299"

static void make_group(struct aws_rig *r, const char *name, const char *type, char out[static 300])
{
    if (ask(r, GROUP, name, type) != 200)
        fail_msg("%s", str_c(&r->answer.body));
    element(r, "TargetGroupArn", out);
}

static void make_listener(struct aws_rig *r, const char *group, char balancer[static 300],
                          char listener[static 300])
{
    char a[300], b[300];
    aws_rig_form(r, "ec2", "Action=DescribeSubnets");
    element(r, "subnetId", a);
    const char *second = strstr(strstr(str_c(&r->answer.body), "<subnetId>") + 1, "<subnetId>");
    snprintf(b, sizeof b, "%.*s", (int)strcspn(second + 10, "<"), second + 10);
    assert_int_equal(ask(r,
                         "Action=CreateLoadBalancer&Name=front&Subnets.member.1=%s"
                         "&Subnets.member.2=%s",
                         a, b),
                     200);
    assert_true(aws_rig_says(r, "<Code>provisioning</Code>"));
    element(r, "LoadBalancerArn", balancer);
    assert_int_equal(ask(r,
                         "Action=CreateListener&LoadBalancerArn=%s&Protocol=HTTP&Port=80"
                         "&DefaultActions.member.1.Type=forward"
                         "&DefaultActions.member.1.TargetGroupArn=%s",
                         balancer, group),
                     200);
    element(r, "ListenerArn", listener);
}

static void test_groups_are_made_changed_and_deleted(void **state)
{
    struct aws_rig r;
    char arn[300];
    (void)state;
    aws_rig_start(&r, NULL);
    make_group(&r, "web", "ip", arn);
    assert_true(aws_rig_says(&r, "<HealthCheckPath>/health</HealthCheckPath>"));
    assert_true(aws_rig_says(&r, "<HttpCode>200-299</HttpCode>"));
    ask(&r, GROUP, "web", "ip");
    assert_error(&r, "DuplicateTargetGroupName", "web");
    ask(&r, GROUP, "-web", "ip");
    assert_error(&r, "ValidationError", "-web");
    ask(&r, "Action=ModifyTargetGroup&TargetGroupArn=%s&HealthCheckIntervalSeconds=400", arn);
    assert_error(&r, "ValidationError", "not in range 5-300");
    ask(&r, "Action=ModifyTargetGroup&TargetGroupArn=%s&HealthCheckIntervalSeconds=20", arn);
    assert_true(aws_rig_says(&r, "<HealthCheckIntervalSeconds>20</HealthCheckIntervalSeconds>"));
    ask(&r, "Action=DescribeTargetGroupAttributes&TargetGroupArn=%s", arn);
    assert_true(
        aws_rig_says(&r, "<Key>deregistration_delay.timeout_seconds</Key><Value>300</Value>"));
    ask(&r,
        "Action=ModifyTargetGroupAttributes&TargetGroupArn=%s&Attributes.member.1.Key="
        "deregistration_delay.timeout_seconds&Attributes.member.1.Value=4000",
        arn);
    assert_error(&r, "ValidationError", "0-3600");
    ask(&r,
        "Action=ModifyTargetGroupAttributes&TargetGroupArn=%s&Attributes.member.1.Key=colour"
        "&Attributes.member.1.Value=red",
        arn);
    assert_error(&r, "ValidationError", "colour");
    assert_int_equal(ask(&r, "Action=DeleteTargetGroup&TargetGroupArn=%s", arn), 200);
    ask(&r, "Action=DescribeTargetGroups&TargetGroupArns.member.1=%s", arn);
    assert_error(&r, "TargetGroupNotFound", "not found");
    ask(&r, "Action=DescribeTargetGroups&Names.member.1=other");
    assert_error(&r, "TargetGroupNotFound", "not found");
    aws_rig_stop(&r);
}

static void test_instances_are_registered(void **state)
{
    struct aws_rig r;
    char arn[300], balancer[300], listener[300];
    (void)state;
    aws_rig_start(&r, NULL);
    make_group(&r, "nodes", "instance", arn);
    ask(&r, "Action=RegisterTargets&TargetGroupArn=%s&Targets.member.1.Id=i-0f", arn);
    assert_error(&r, "InvalidTarget", "i-0f");
    assert_int_equal(
        ask(&r, "Action=RegisterTargets&TargetGroupArn=%s&Targets.member.1.Id=i-0a", arn), 200);
    ask(&r, "Action=DescribeTargetHealth&TargetGroupArn=%s", arn);
    assert_true(aws_rig_says(&r, "<State>unused</State><Reason>Target.NotInUse</Reason>"));
    make_listener(&r, arn, balancer, listener);
    ask(&r, "Action=DescribeTargetHealth&TargetGroupArn=%s", arn);
    assert_true(aws_rig_says(&r, "<State>initial</State>"));
    assert_true(aws_rig_says(&r, "<Port>8080</Port>"));
    aws_rig_later(&r, 120); /* there is no pod behind it */
    ask(&r, "Action=DescribeTargetHealth&TargetGroupArn=%s", arn);
    assert_true(aws_rig_says(&r, "<State>unhealthy</State>"));
    ask(&r, "Action=DescribeTargetHealth&TargetGroupArn=%s&Targets.member.1.Id=i-0b", arn);
    assert_true(aws_rig_says(&r, "<Reason>Target.NotRegistered</Reason>"));
    ask(&r, "Action=DeleteTargetGroup&TargetGroupArn=%s", arn);
    assert_error(&r, "ResourceInUse", "in use");
    ask(&r, "Action=DescribeLoadBalancers&Names.member.1=front");
    assert_true(aws_rig_says(&r, "<Code>active</Code>"));
    ask(&r, "Action=DeregisterTargets&TargetGroupArn=%s&Targets.member.1.Id=i-0a", arn);
    assert_int_equal(r.answer.status, 200);
    ask(&r, "Action=DescribeTargetHealth&TargetGroupArn=%s", arn);
    assert_true(aws_rig_says(&r, "<State>draining</State>"));
    assert_int_equal(ask(&r, "Action=DeleteLoadBalancer&LoadBalancerArn=%s", balancer), 200);
    ask(&r, "Action=DescribeListeners&ListenerArns.member.1=%s", listener);
    assert_error(&r, "ListenerNotFound", "not found");
    aws_rig_stop(&r);
}

static void test_rules_are_made_and_changed(void **state)
{
    struct aws_rig r;
    char arn[300], balancer[300], listener[300], rule[300];
    (void)state;
    aws_rig_start(&r, NULL);
    make_group(&r, "web", "ip", arn);
    make_listener(&r, arn, balancer, listener);
    assert_int_equal(ask(&r,
                         "Action=CreateRule&ListenerArn=%s&Priority=7"
                         "&Conditions.member.1.Field=path-pattern"
                         "&Conditions.member.1.Values.member.1=%%2Fapi%%2F*"
                         "&Actions.member.1.Type=fixed-response"
                         "&Actions.member.1.FixedResponseConfig.StatusCode=410",
                         listener),
                     200);
    element(&r, "RuleArn", rule);
    ask(&r, "Action=DescribeRules&ListenerArn=%s", listener);
    assert_int_equal(count(&r, "<RuleArn>"), 2);
    assert_true(aws_rig_says(&r, "<Priority>7</Priority>"));
    assert_true(aws_rig_says(&r, "<Priority>default</Priority>"));
    assert_true(aws_rig_says(&r, "<PathPatternConfig><Values><member>/api/*</member>"));
    ask(&r,
        "Action=CreateRule&ListenerArn=%s&Priority=7&Conditions.member.1.Field=path-pattern"
        "&Conditions.member.1.Values.member.1=x&Actions.member.1.Type=forward"
        "&Actions.member.1.TargetGroupArn=%s",
        listener, arn);
    assert_error(&r, "PriorityInUse", "currently in use");
    assert_int_equal(ask(&r,
                         "Action=ModifyRule&RuleArn=%s&Actions.member.1.Type=forward"
                         "&Actions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn=%s"
                         "&Actions.member.1.ForwardConfig.TargetGroups.member.1.Weight=9",
                         rule, arn),
                     200);
    assert_true(aws_rig_says(&r, "<Weight>9</Weight>"));
    ask(&r,
        "Action=ModifyListener&ListenerArn=%s&DefaultActions.member.1.Type=forward"
        "&DefaultActions.member.1.TargetGroupArn=arn%%3Anone",
        listener);
    assert_error(&r, "TargetGroupNotFound", "not found");
    assert_int_equal(ask(&r, "Action=DeleteRule&RuleArn=%s", rule), 200);
    ask(&r, "Action=DescribeRules&RuleArns.member.1=%s", rule);
    assert_error(&r, "RuleNotFound", "not found");
    assert_int_equal(ask(&r, "Action=DeleteListener&ListenerArn=%s", listener), 200);
    aws_rig_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_service_has_its_balancer),
        cmocka_unit_test(test_targets_pass_through_their_states),
        cmocka_unit_test(test_groups_are_made_changed_and_deleted),
        cmocka_unit_test(test_instances_are_registered),
        cmocka_unit_test(test_rules_are_made_and_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
