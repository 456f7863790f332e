/* What the typed calls send, what they make of answers that no other test gives them, and how they
 * fail. Names and types of members are held against AWS's models by check_shapes.py. */
#include "cloud/autoscaling.h"
#include "cloud/ec2.h"
#include "cloud/eks.h"
#include "cloud/elbv2.h"
#include "cloud/quotas.h"
#include "cloud/sqs.h"
#include "cloud/ssm.h"
#include "cloud/sts.h"
#include "ops/snapshot/snapshot.h"

#include "fake_server.h"
#include "unit.h"

#include <stdlib.h>

#define XML(status, xml)                                                                           \
    "HTTP/1.1 " status "\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n" xml

struct rig {
    struct fake_server *server;
    struct aws_client *client;
    struct arena arena;
    struct err err;
};

static bool never_wait(void *ctx, unsigned ms)
{
    (void)ctx;
    (void)ms;
    return true;
}
static int64_t noon(void *ctx)
{
    (void)ctx;
    return 1700000000000;
}
static const struct aws_clock no_time = {noon, never_wait, NULL};

static void rig_start(struct rig *r, const struct fake_step *steps, size_t count)
{
    static const char *const variables[] = {
        "AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=secret",
        "AWS_SESSION_TOKEN=",     "AWS_CONFIG_FILE=/nonexistent/config",
        "AWS_PROFILE=",           "AWS_SHARED_CREDENTIALS_FILE=/nonexistent/credentials",
        "AWS_USE_FIPS_ENDPOINT=", "AWS_USE_DUALSTACK_ENDPOINT="};
    static const struct aws_env env = {variables, ARRAY_LEN(variables)};
    *r = (struct rig){.server = fake_server_start(steps, count, NULL)};
    const struct aws_options options = {.endpoint_url = fake_server_url(r->server),
                                        .region = "eu-west-1",
                                        .env = &env,
                                        .clock = &no_time};
    if (aws_client_new(&options, &r->client, &r->err))
        fail_msg("%s", r->err.msg);
}

static void rig_stop(struct rig *r)
{
    aws_client_free(r->client);
    fake_server_stop(r->server);
    arena_release(&r->arena);
}

#define START(r, ...)                                                                              \
    static const struct fake_step steps[] = {__VA_ARGS__};                                         \
    struct rig r;                                                                                  \
    rig_start(&r, steps, ARRAY_LEN(steps))

static void assert_ok(const struct rig *r, int result)
{
    if (result)
        fail_msg("%s", r->err.msg);
}
static void assert_says(const struct rig *r, const char *text)
{
    if (!strstr(r->err.msg, text))
        fail_msg("'%s' does not say '%s'", r->err.msg, text);
}

/* --- node groups --------------------------------------------------------------------------- */

#define GROUP                                                                                      \
    "\"nodegroupName\":\"web\",\"clusterName\":\"prod\",\"status\":\"ACTIVE\","                    \
    "\"scalingConfig\":{\"minSize\":0,\"maxSize\":9,\"desiredSize\":3},"                           \
    "\"taints\":[{\"key\":\"only\",\"effect\":\"NO_SCHEDULE\"}],\"labels\":{\"a\":\"\"},"          \
    "\"resources\":{\"autoScalingGroups\":[{\"name\":\"eks-web\"}]},\"createdAt\":1.7e9,"          \
    "\"diskSize\":null"

static void reads_a_group(void **state)
{
    (void)state;
    START(r, {"GET /clusters/prod/node-groups/web HTTP",
              FAKE_JSON("200 OK", "{\"nodegroup\":{" GROUP "}}"), 0, true, false});
    struct eks_nodegroup g;
    assert_ok(&r, eks_describe_nodegroup(r.client, "prod", "web", &r.arena, &g, &r.err));
    assert_int_equal(eks_group_status(g.status), EKS_GROUP_ACTIVE);
    assert_true(g.scaling.min.set && g.scaling.min.n == 0 && g.scaling.desired.n == 3);
    assert_false(g.disk_gib.set);
    assert_int_equal(g.created, 1700000000);
    assert_null(g.taints.items[0].value);
    assert_string_equal(g.labels.items[0].value, "");
    assert_string_equal(g.autoscaling_groups.items[0].name, "eks-web");
    assert_null(g.launch_template.id);
    assert_int_equal(g.unknown.count, 0);
    rig_stop(&r);
}

/* A copy would lose what the tables do not know: it has to be seen, however deep it is. */
static void names_what_it_does_not_know(void **state)
{
    (void)state;
    START(r, {NULL,
              FAKE_JSON("200 OK",
                        "{\"nodegroup\":{" GROUP ",\"shinyConfig\":{\"on\":true},\"emptyNews\":[],"
                        "\"nodeRepairConfig\":{\"enabled\":true,\"patience\":3}}}"),
              0, true, false});
    struct eks_nodegroup g;
    assert_ok(&r, eks_describe_nodegroup(r.client, "prod", "web", &r.arena, &g, &r.err));
    assert_int_equal(g.unknown.count, 2);
    assert_string_equal(g.unknown.items[0], "shinyConfig");
    assert_string_equal(g.unknown.items[1], "patience");
    rig_stop(&r);
}

static void creates_a_group_as_it_is_told(void **state)
{
    (void)state;
    START(r,
          {"{\"nodegroupName\":\"web-green\",\"nodeRole\":\"arn:role\",\"subnets\":[\"s-1\"],"
           "\"taints\":[{\"key\":\"only\",\"effect\":\"NO_SCHEDULE\"}],"
           "\"scalingConfig\":{\"minSize\":0},\"clientRequestToken\":\"t-1\"}",
           FAKE_JSON("500 Oops", "{\"message\":\"later\"}"), 0, true, false},
          {"\"clientRequestToken\":\"t-1\"", FAKE_JSON("200 OK", "{\"nodegroup\":{" GROUP "}}"), 0,
           true, false});
    const char *subnet = "s-1";
    struct eks_taint taint = {.key = "only", .effect = "NO_SCHEDULE"};
    struct eks_nodegroup spec = {.name = "web-green",
                                 .cluster = "prod",
                                 .role = "arn:role",
                                 .status = "ACTIVE",
                                 .subnets = {.items = &subnet, .count = 1},
                                 .scaling.min = shape_int(0)};
    spec.taints.items = &taint;
    spec.taints.count = 1;
    struct eks_nodegroup made;
    assert_ok(&r, eks_create_nodegroup(r.client, &spec, "t-1", &r.arena, &made, &r.err));
    assert_string_equal(made.cluster, "prod");
    rig_stop(&r);
}

/* Without a token nobody knows what became of the first attempt: it is not repeated. */
static void repeats_no_write_without_a_token(void **state)
{
    (void)state;
    START(r, {"POST /clusters/prod/node-groups", FAKE_JSON("500 Oops", "{}"), 0, true, false});
    const struct eks_nodegroup spec = {.name = "web", .cluster = "prod"};
    assert_int_equal(eks_create_nodegroup(r.client, &spec, NULL, &r.arena, NULL, &r.err), -1);
    assert_int_equal(r.err.class, ERR_REMOTE);
    rig_stop(&r);
}

static void names_the_missing_action(void **state)
{
    (void)state;
    START(r, {NULL,
              "HTTP/1.1 403 Forbidden\r\nx-amzn-errortype: AccessDeniedException\r\nConnection: "
              "close\r\n\r\n{\"message\":\"User: arn:x is not authorized to perform: iam:PassRole "
              "on resource: y\"}",
              0, true, false});
    const struct eks_nodegroup spec = {.name = "web", .cluster = "prod"};
    assert_int_equal(eks_create_nodegroup(r.client, &spec, "t", &r.arena, NULL, &r.err), -1);
    assert_int_equal(r.err.class, ERR_DENIED);
    assert_says(&r, "node group 'web' of cluster 'prod': ");
    assert_non_null(strstr(r.err.hint, "iam:PassRole"));
    rig_stop(&r);
}

static void names_the_action_of_a_terse_refusal(void **state)
{
    (void)state;
    START(r, {NULL,
              XML("403 Forbidden", "<Response><Errors><Error><Code>UnauthorizedOperation</Code>"
                                   "<Message>no</Message></Error></Errors></Response>"),
              0, true, false});
    struct ec2_subnets subnets;
    assert_int_equal(ec2_describe_subnets(r.client, NULL, &r.arena, &subnets, &r.err), -1);
    assert_int_equal(r.err.class, ERR_DENIED);
    assert_non_null(strstr(r.err.hint, "ec2:DescribeSubnets"));
    rig_stop(&r);
}

static void refuses_answers_that_are_none(void **state)
{
    (void)state;
    START(
        r,
        {NULL, FAKE_JSON("200 OK", "{\"nodegroup\":{\"nodegroupName\":\"web\"}}"), 0, true, false},
        {NULL,
         FAKE_JSON("200 OK", "{\"update\":{\"id\":\"u\",\"status\":\"Failed\",\"errors\":[{"
                             "\"errorCode\":7}]}}"),
         0, true, false},
        {NULL, FAKE_JSON("200 OK", "{}"), 0, true, false});
    struct eks_nodegroup g;
    struct eks_update u;
    struct shape_texts names;
    assert_int_equal(eks_describe_nodegroup(r.client, "prod", "web", &r.arena, &g, &r.err), -1);
    assert_int_equal(r.err.class, ERR_INPUT);
    assert_says(&r, "nodegroup: clusterName is missing");
    assert_int_equal(eks_describe_update(r.client, "prod", "web", NULL, "u", &r.arena, &u, &r.err),
                     -1);
    assert_says(&r, "update: errors: errorCode is no text");
    assert_int_equal(eks_list_nodegroups(r.client, "prod", &r.arena, &names, &r.err), -1);
    assert_says(&r, "nodegroups is missing");
    rig_stop(&r);
}

/* A name that would reach another path never leaves. */
static void sends_no_empty_name(void **state)
{
    (void)state;
    static const char *const names[] = {NULL, "", ".", ".."};
    START(r, {"GET /clusters/a%2Fb HTTP",
              FAKE_JSON("404 Not Found", "{\"__type\":\"ResourceNotFoundException\"}"), 0, true,
              false});
    struct eks_cluster c;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_int_equal(eks_describe_cluster(r.client, names[i], &r.arena, &c, &r.err), -1);
        assert_int_equal(r.err.class, ERR_USAGE);
    }
    assert_int_equal(eks_describe_cluster(r.client, "a/b", &r.arena, &c, &r.err), -1);
    assert_int_equal(r.err.class, ERR_NOT_FOUND);
    rig_stop(&r);
}

/* --- updates, add-ons, insights, access ----------------------------------------------------- */

static void follows_an_update(void **state)
{
    (void)state;
    START(r,
          {"\"force\":true,\"clientRequestToken\":\"t\"",
           FAKE_JSON("200 OK", "{\"update\":{\"id\":\"u-1\",\"status\":\"InProgress\"}}"), 0, true,
           false},
          {"GET /clusters/prod/updates/u-1?nodegroupName=web HTTP",
           FAKE_JSON("200 OK",
                     "{\"update\":{\"id\":\"u-1\",\"status\":\"Failed\",\"errors\":[{\"errorCode\":"
                     "\"PodEvictionFailure\",\"resourceIds\":[\"ip-1\"]}]}}"),
           0, true, false});
    const struct eks_nodegroup_version to = {.release = "1.31.0-20240101", .force = SHAPE_YES};
    struct eks_update u;
    assert_ok(
        &r, eks_update_nodegroup_version(r.client, "prod", "web", &to, "t", &r.arena, &u, &r.err));
    assert_int_equal(eks_update_status(u.status), EKS_UPDATE_IN_PROGRESS);
    assert_ok(&r, eks_describe_update(r.client, "prod", "web", NULL, u.id, &r.arena, &u, &r.err));
    assert_int_equal(eks_update_status(u.status), EKS_UPDATE_FAILED);
    assert_string_equal(u.errors.items[0].resources.items[0], "ip-1");
    assert_int_equal(eks_update_status("Paused"), EKS_UPDATE_OTHER);
    assert_int_equal(eks_update_status(NULL), EKS_UPDATE_OTHER);
    rig_stop(&r);
}

static void changes_the_settings_of_a_group(void **state)
{
    (void)state;
    START(r, {"{\"labels\":{\"addOrUpdateLabels\":{\"a\":\"b\"},\"removeLabels\":[\"c\"]},"
              "\"taints\":{\"removeTaints\":[{\"key\":\"k\",\"effect\":\"NO_EXECUTE\"}]},"
              "\"scalingConfig\":{\"desiredSize\":0},\"clientRequestToken\":\"t\"}",
              FAKE_JSON("200 OK", "{\"update\":{\"id\":\"u-1\",\"status\":\"InProgress\"}}"), 0,
              true, false});
    const char *gone = "c";
    struct shape_pair label = {"a", "b"};
    struct eks_taint taint = {.key = "k", .effect = "NO_EXECUTE"};
    struct eks_nodegroup_change change = {.scaling.desired = shape_int(0),
                                          .set_labels = {.items = &label, .count = 1},
                                          .remove_labels = {.items = &gone, .count = 1}};
    change.remove_taints.items = &taint;
    change.remove_taints.count = 1;
    struct eks_update u;
    assert_ok(&r, eks_update_nodegroup_config(r.client, "prod", "web", &change, "t", &r.arena, &u,
                                              &r.err));
    rig_stop(&r);
}

/* The listing is asked for by POST; the next page's token goes into the body. */
static void reads_insights(void **state)
{
    (void)state;
    START(r,
          {"{\"filter\":{\"categories\":[\"UPGRADE_READINESS\"]}}",
           FAKE_JSON("200 OK", "{\"insights\":[{\"id\":\"i-1\",\"insightStatus\":{\"status\":"
                               "\"ERROR\",\"reason\":\"x\"}}],\"nextToken\":\"n\"}"),
           0, true, false},
          {"\"nextToken\":\"n\"", FAKE_JSON("200 OK", "{\"insights\":[{\"id\":\"i-2\"}]}"), 0, true,
           false},
          {"GET /clusters/prod/insights/i-1 HTTP",
           FAKE_JSON("200 OK", "{\"insight\":{\"id\":\"i-1\",\"categorySpecificSummary\":{"
                               "\"deprecationDetails\":[{\"usage\":\"/apis/x\",\"clientStats\":[{"
                               "\"userAgent\":\"kubectl\",\"numberOfRequestsLast30Days\":4}]}]}}}"),
           0, true, false});
    struct eks_insights all;
    struct eks_insight one;
    assert_ok(&r, eks_list_insights(r.client, "prod", "UPGRADE_READINESS", &r.arena, &all, &r.err));
    assert_int_equal(all.insights.count, 2);
    assert_string_equal(all.insights.items[0].status.status, "ERROR");
    assert_ok(&r, eks_describe_insight(r.client, "prod", "i-1", &r.arena, &one, &r.err));
    assert_int_equal(one.deprecations.items[0].clients.items[0].requests_30_days.n, 4);
    rig_stop(&r);
}

static void reads_and_changes_addons(void **state)
{
    (void)state;
    START(r,
          {"GET /clusters/prod/addons HTTP", FAKE_JSON("200 OK", "{\"addons\":[\"coredns\"]}"), 0,
           true, false},
          {"GET /clusters/prod/addons/coredns HTTP",
           FAKE_JSON("200 OK", "{\"addon\":{\"addonName\":\"coredns\",\"status\":\"ACTIVE\","
                               "\"addonVersion\":\"v1.11\"}}"),
           0, true, false},
          {"GET /addons/supported-versions?kubernetesVersion=1.31&addonName=coredns HTTP",
           FAKE_JSON("200 OK",
                     "{\"addons\":[{\"addonName\":\"coredns\",\"addonVersions\":[{\"addonVersion\":"
                     "\"v1.12\",\"compatibilities\":[{\"clusterVersion\":\"1.31\","
                     "\"defaultVersion\":true}]}]}]}"),
           0, true, false},
          {"{\"addonVersion\":\"v1.12\",\"resolveConflicts\":\"PRESERVE\"}",
           FAKE_JSON("200 OK", "{\"update\":{\"id\":\"u\",\"status\":\"InProgress\"}}"), 0, true,
           false});
    struct shape_texts names;
    struct eks_addon addon;
    struct eks_addon_offers offers;
    struct eks_update u;
    const struct eks_addon_change change = {.version = "v1.12", .conflicts = "PRESERVE"};
    assert_ok(&r, eks_list_addons(r.client, "prod", &r.arena, &names, &r.err));
    assert_ok(&r, eks_describe_addon(r.client, "prod", names.items[0], &r.arena, &addon, &r.err));
    assert_string_equal(addon.version, "v1.11");
    assert_ok(&r,
              eks_describe_addon_versions(r.client, "1.31", "coredns", &r.arena, &offers, &r.err));
    assert_int_equal(offers.offers.items[0].versions.items[0].compatibilities.items[0].is_default,
                     SHAPE_YES);
    assert_ok(&r,
              eks_update_addon(r.client, "prod", "coredns", &change, NULL, &r.arena, &u, &r.err));
    rig_stop(&r);
}

static void reads_access_entries(void **state)
{
    (void)state;
    START(r,
          {"GET /clusters/prod/access-entries HTTP",
           FAKE_JSON("200 OK", "{\"accessEntries\":[\"arn:aws:iam::1:role/x\"]}"), 0, true, false},
          {"GET /clusters/prod/access-entries/arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx HTTP",
           FAKE_JSON("200 OK", "{\"accessEntry\":{\"principalArn\":\"arn:aws:iam::1:role/x\","
                               "\"kubernetesGroups\":[\"nodes\"]}}"),
           0, true, false});
    struct shape_texts arns;
    struct eks_access_entry e;
    assert_ok(&r, eks_list_access_entries(r.client, "prod", &r.arena, &arns, &r.err));
    assert_ok(&r, eks_describe_access_entry(r.client, "prod", arns.items[0], &r.arena, &e, &r.err));
    assert_string_equal(e.groups.items[0], "nodes");
    rig_stop(&r);
}

/* --- the other services --------------------------------------------------------------------- */

static void asks_ec2_for_ids_in_portions(void **state)
{
    (void)state;
#define NO_VOLUMES XML("200 OK", "<DescribeVolumesResponse><volumeSet/></DescribeVolumesResponse>")
    START(r, {"VolumeId.100=v", NO_VOLUMES, 0, true, false},
          {"&VolumeId.1=v&VolumeId.2=v", NO_VOLUMES, 0, true, false},
          {"&Filter.1.Name=status&Filter.1.Value.1=in-use&MaxResults=500", NO_VOLUMES, 0, true,
           false});
    const char *ids[102], *in_use = "in-use";
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        ids[i] = "v";
    struct ec2_look look = {.ids = {.items = ids, .count = ARRAY_LEN(ids)}};
    struct ec2_filter filter = {.name = "status", .values = {.items = &in_use, .count = 1}};
    struct ec2_volumes volumes;
    assert_ok(&r, ec2_describe_volumes(r.client, &look, &r.arena, &volumes, &r.err));
    look = (struct ec2_look){0};
    look.filters.items = &filter;
    look.filters.count = 1;
    assert_ok(&r, ec2_describe_volumes(r.client, &look, &r.arena, &volumes, &r.err));
    rig_stop(&r);
}

static void reads_refreshes(void **state)
{
    (void)state;
    START(r, {"AutoScalingGroupName=eks-web",
              XML("200 OK", "<DescribeInstanceRefreshesResponse><DescribeInstanceRefreshesResult>"
                            "<InstanceRefreshes><member><InstanceRefreshId>r</InstanceRefreshId>"
                            "<Status>InProgress</Status><PercentageComplete>40</PercentageComplete>"
                            "<StartTime>2023-11-14T22:13:20Z</StartTime><EndTime/></member>"
                            "</InstanceRefreshes></DescribeInstanceRefreshesResult>"
                            "</DescribeInstanceRefreshesResponse>"),
              0, true, false});
    struct asg_refreshes found;
    assert_ok(&r, asg_describe_refreshes(r.client, "eks-web", &r.arena, &found, &r.err));
    assert_int_equal(found.items.items[0].started, 1700000000);
    assert_int_equal(found.items.items[0].ended, 0);
    assert_int_equal(found.items.items[0].percent.n, 40);
    assert_true(asg_refresh_is_running(found.items.items[0].status));
    assert_false(asg_refresh_is_running("Cancelled"));
    rig_stop(&r);
}

static void ends_a_machine_and_its_place(void **state)
{
    (void)state;
    START(r,
          {"InstanceId=i-1&ShouldDecrementDesiredCapacity=true",
           XML("200 OK", "<TerminateInstanceInAutoScalingGroupResponse>"
                         "<TerminateInstanceInAutoScalingGroupResult><Activity><ActivityId>a"
                         "</ActivityId></Activity></TerminateInstanceInAutoScalingGroupResult>"
                         "</TerminateInstanceInAutoScalingGroupResponse>"),
           0, true, false},
          {NULL,
           XML("400 Bad Request", "<ErrorResponse><Error><Code>ValidationError</Code><Message>"
                                  "Instance Id not found - No managed instance found for i-2"
                                  "</Message></Error></ErrorResponse>"),
           0, true, false},
          {NULL,
           XML("400 Bad Request", "<ErrorResponse><Error><Code>ValidationError</Code><Message>"
                                  "Currently, desiredSize equals minSize (3)"
                                  "</Message></Error></ErrorResponse>"),
           0, true, false});
    assert_ok(&r, asg_end_instance(r.client, "i-1", &r.err));
    assert_int_equal(asg_end_instance(r.client, "i-2", &r.err), -1);
    assert_int_equal(r.err.class, ERR_NOT_FOUND);
    assert_int_equal(asg_end_instance(r.client, "i-3", &r.err), -1);
    assert_int_equal(r.err.class, ERR_INPUT);
    assert_says(&r, "machine 'i-3'");
    rig_stop(&r);
}

static void sends_back_no_action_it_does_not_know(void **state)
{
    (void)state;
    START(r, {NULL,
              XML("200 OK",
                  "<DescribeRulesResponse><DescribeRulesResult><Rules><member><RuleArn>r</RuleArn>"
                  "<Actions><member><Type>jwt</Type><JwtConfig><A>b</A></JwtConfig></member>"
                  "</Actions></member></Rules></DescribeRulesResult></DescribeRulesResponse>"),
              0, true, false});
    struct elbv2_rules rules;
    assert_ok(&r, elbv2_describe_rules(r.client, "l", &r.arena, &rules, &r.err));
    assert_int_equal(elbv2_modify_rule(r.client, "r", &rules.items.items[0].actions, &r.err), -1);
    assert_int_equal(r.err.class, ERR_INPUT);
    assert_says(&r, "rule 'r': an action holds JwtConfig");
    rig_stop(&r);
}

static void sends_maps_to_load_balancing(void **state)
{
    (void)state;
    START(r, {"AuthenticateOidcConfig.AuthenticationRequestExtraParams.entry.1.key=a&"
              "DefaultActions.member.1.AuthenticateOidcConfig.AuthenticationRequestExtraParams."
              "entry.1.value=b",
              XML("200 OK", "<ModifyListenerResponse/>"), 0, true, false});
    struct shape_pair extra = {"a", "b"};
    struct elbv2_action action = {.type = "authenticate-oidc",
                                  .oidc.extra = {.items = &extra, .count = 1}};
    const struct elbv2_actions actions = {.items = &action, .count = 1};
    assert_ok(&r, elbv2_modify_listener(r.client, "l", &actions, &r.err));
    assert_int_equal(elbv2_state("draining"), ELBV2_DRAINING);
    assert_int_equal(elbv2_state(NULL), ELBV2_OTHER);
    rig_stop(&r);
}

#define NO_QUOTA                                                                                   \
    FAKE_JSON("400 Bad Request", "{\"__type\":\"NoSuchResourceException\",\"Message\":\"none\"}")
static void falls_back_to_default_quotas(void **state)
{
    (void)state;
    START(r, {"x-amz-target: ServiceQuotasV20190624.GetServiceQuota\r\n", NO_QUOTA, 0, true, false},
          {"x-amz-target: ServiceQuotasV20190624.GetAWSDefaultServiceQuota\r\n",
           FAKE_JSON("200 OK", "{\"Quota\":{\"QuotaCode\":\"L-1\",\"Value\":30.0,\"Adjustable\":"
                               "true}}"),
           0, true, false},
          {NULL, NO_QUOTA, 0, true, false}, {NULL, NO_QUOTA, 0, true, false});
    struct quota q;
    assert_ok(&r, quotas_get(r.client, QUOTA_EKS, "L-1", &r.arena, &q, &r.err));
    assert_true(q.value.set && q.value.n == 30);
    assert_int_equal(quotas_get(r.client, QUOTA_EKS, "L-2", &r.arena, &q, &r.err), -1);
    assert_int_equal(r.err.class, ERR_NOT_FOUND);
    assert_says(&r, "quota L-2 of eks");
    rig_stop(&r);
}

static void finds_the_newest_release(void **state)
{
    (void)state;
    START(r,
          {"{\"Name\":\"/aws/service/eks/optimized-ami/1.31/amazon-linux-2023/x86_64/standard/"
           "recommended/release_version\",\"WithDecryption\":true}",
           FAKE_JSON("200 OK", "{\"Parameter\":{\"Name\":\"n\",\"Value\":\"1.31.0-20240101\"}}"), 0,
           true, false},
          {"/aws/service/bottlerocket/aws-k8s-1.31-nvidia/arm64/latest/image_version",
           FAKE_JSON("400 Bad Request", "{\"__type\":\"ParameterNotFound\"}"), 0, true, false});
    const char *release;
    assert_ok(&r, ssm_newest_release(r.client, "AL2023_x86_64_STANDARD", "1.31", &r.arena, &release,
                                     &r.err));
    assert_string_equal(release, "1.31.0-20240101");
    assert_int_equal(ssm_newest_release(r.client, "BOTTLEROCKET_ARM_64_NVIDIA", "1.31", &r.arena,
                                        &release, &r.err),
                     -1);
    assert_int_equal(r.err.class, ERR_NOT_FOUND);
    assert_null(release);
    assert_int_equal(ssm_newest_release(r.client, "CUSTOM", "1.31", &r.arena, &release, &r.err),
                     -1);
    assert_int_equal(r.err.class, ERR_INPUT);
    rig_stop(&r);
}

static void knows_who_calls(void **state)
{
    (void)state;
    START(r, {"Action=GetCallerIdentity&Version=2011-06-15",
              XML("200 OK", "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn>"
                            "<UserId>u</UserId><Account>123456789012</Account>"
                            "</GetCallerIdentityResult></GetCallerIdentityResponse>"),
              0, true, false});
    struct sts_identity who;
    assert_ok(&r, sts_get_caller_identity(r.client, &r.arena, &who, &r.err));
    assert_string_equal(who.account, "123456789012");
    rig_stop(&r);
}

/* --- the cloud of a snapshot ---------------------------------------------------------------- */

#define NOT_ALLOWED                                                                                \
    XML("403 Forbidden", "<Response><Errors><Error><Code>UnauthorizedOperation</Code>"             \
                         "</Error></Errors></Response>")
static void leaves_gaps_where_it_may_not_look(void **state)
{
    (void)state;
    START(r,
          {NULL,
           FAKE_JSON("200 OK", "{\"cluster\":{\"name\":\"prod\",\"resourcesVpcConfig\":{"
                               "\"subnetIds\":[\"s-1\"]}}}"),
           0, true, false},
          {NULL, FAKE_JSON("200 OK", "{\"nodegroups\":[\"web\"]}"), 0, true, false},
          {NULL, FAKE_JSON("200 OK", "{\"nodegroup\":{" GROUP "}}"), 0, true, false},
          {"kubernetes.io%2Fcluster%2Fprod", NOT_ALLOWED, 0, true, false},
          {"SubnetId.1=s-1", NOT_ALLOWED, 0, true, false},
          {"Action=DescribeTargetGroups", NOT_ALLOWED, 0, true, false});
    _cleanup_snapshot_report_ struct snapshot_report report = {0};
    _cleanup_cloud_ struct cloud cloud = {0};
    cloud_init(&cloud);
    assert_ok(&r, snapshot_live_cloud(r.client, "prod", &cloud, &report, &r.err));
    const struct cloud_group *g = cloud_find_group(&cloud, "web");
    assert_non_null(g);
    assert_int_equal(g->desired, 3);
    assert_string_equal(g->taints[0].effect, "NoSchedule");
    assert_string_equal(g->autoscaling_groups[0], "eks-web");
    assert_int_equal(report.gaps.len, 3);
    assert_string_equal(report.gaps.items[0].subject, "instances");
    assert_non_null(strstr(report.gaps.items[1].hint, "ec2:DescribeSubnets"));
    assert_string_equal(report.gaps.items[2].subject, "target groups");
    rig_stop(&r);
}

static void fails_without_node_groups(void **state)
{
    (void)state;
    START(r, {NULL, FAKE_JSON("200 OK", "{\"cluster\":{\"name\":\"prod\"}}"), 0, true, false},
          {NULL, FAKE_JSON("403 Forbidden", "{\"__type\":\"AccessDeniedException\"}"), 0, true,
           false});
    _cleanup_snapshot_report_ struct snapshot_report report = {0};
    _cleanup_cloud_ struct cloud cloud = {0};
    cloud_init(&cloud);
    assert_int_equal(snapshot_live_cloud(r.client, "prod", &cloud, &report, &r.err), -1);
    assert_int_equal(r.err.class, ERR_DENIED);
    assert_non_null(strstr(r.err.hint, "eks:ListNodegroups"));
    rig_stop(&r);
}

/* --- queues --------------------------------------------------------------------------------- */

static void describes_a_queue(void **state)
{
    (void)state;
    START(r,
          {"{\"QueueName\":\"notices\"}",
           FAKE_JSON("200 OK", "{\"QueueUrl\":\"https://q/1/notices\"}"), 0, true, false},
          {"{\"QueueUrl\":\"https://q/1/notices\",\"AttributeNames\":[\"All\"]}",
           FAKE_JSON("200 OK", "{\"Attributes\":{\"QueueArn\":\"arn:aws:sqs:eu-west-1:1:notices\","
                               "\"ApproximateNumberOfMessages\":\"3\",\"VisibilityTimeout\":\"30\","
                               "\"ApproximateNumberOfMessagesNotVisible\":\"0\","
                               "\"RedrivePolicy\":\"{\\\"maxReceiveCount\\\":5}\","
                               "\"ApproximateNumberOfMessagesDelayed\":\"many\"}}"),
           0, true, false},
          {NULL,
           FAKE_JSON("400 Bad Request",
                     "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"no\"}"),
           0, true, false});
    const char *url;
    struct sqs_queue q;
    assert_ok(&r, sqs_find_queue(r.client, "notices", &r.arena, &url, &r.err));
    assert_string_equal(url, "https://q/1/notices");
    assert_ok(&r, sqs_describe(r.client, url, &r.arena, &q, &r.err));
    assert_string_equal(q.arn, "arn:aws:sqs:eu-west-1:1:notices");
    assert_string_equal(q.redrive, "{\"maxReceiveCount\":5}");
    assert_true(q.messages.set && q.messages.n == 3);
    assert_true(q.in_flight.set && q.in_flight.n == 0);
    assert_int_equal(q.visibility_s.n, 30);
    assert_false(q.delayed.set || q.retention_s.set || q.fifo);
    assert_int_equal(sqs_find_queue(r.client, "others", &r.arena, &url, &r.err), -1);
    assert_int_equal(r.err.class, ERR_NOT_FOUND);
    assert_says(&r, "queue 'others'");
    assert_null(url);
    assert_int_equal(sqs_find_queue(r.client, "", &r.arena, &url, &r.err), -1);
    assert_int_equal(r.err.class, ERR_USAGE);
    rig_stop(&r);
}

#define MESSAGE(body, md5)                                                                         \
    "{\"Messages\":[{\"MessageId\":\"m-1\",\"ReceiptHandle\":\"h-1\",\"Body\":\"" body             \
    "\",\"MD5OfBody\":\"" md5 "\",\"Attributes\":{\"SentTimestamp\":\"1700000000123\","            \
    "\"ApproximateReceiveCount\":\"2\"}}]}"

static void receives_and_deletes(void **state)
{
    (void)state;
    START(
        r,
        {"\"AttributeNames\":[\"SentTimestamp\",\"ApproximateReceiveCount\"],"
         "\"MessageSystemAttributeNames\":[\"SentTimestamp\",\"ApproximateReceiveCount\"],"
         "\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":20,\"VisibilityTimeout\":0}",
         FAKE_JSON("200 OK", MESSAGE("hello", "5d41402abc4b2a76b9719d911017c592")), 0, true, false},
        {"\"ReceiptHandle\":\"h-1\"", FAKE_JSON("200 OK", "{}"), 0, true, false},
        {"\"MaxNumberOfMessages\":1,\"WaitTimeSeconds\":0}", FAKE_JSON("200 OK", "{}"), 0, true,
         false},
        {NULL, FAKE_JSON("200 OK", MESSAGE("hullo", "5d41402abc4b2a76b9719d911017c592")), 0, true,
         false},
        {NULL,
         FAKE_JSON("400 Bad Request", "{\"__type\":\"com.amazonaws.sqs#ReceiptHandleIsInvalid\"}"),
         0, true, false});
    struct sqs_look look = {.most = 10, .wait_s = 20, .visibility_s = shape_int(0)};
    struct sqs_messages got;
    assert_ok(&r, sqs_receive(r.client, "u", &look, &r.arena, &got, &r.err));
    assert_int_equal(got.items.count, 1);
    assert_string_equal(got.items.items[0].id, "m-1");
    assert_string_equal(got.items.items[0].body, "hello");
    assert_int_equal(got.items.items[0].sent_ms, 1700000000123);
    assert_int_equal(got.items.items[0].received, 2);
    assert_ok(&r, sqs_delete(r.client, "u", got.items.items[0].receipt, &r.err));
    look = (struct sqs_look){.most = 1};
    assert_ok(&r, sqs_receive(r.client, "u", &look, &r.arena, &got, &r.err));
    assert_int_equal(got.items.count, 0);
    assert_int_equal(sqs_receive(r.client, "u", &look, &r.arena, &got, &r.err), -1);
    assert_int_equal(r.err.class, ERR_INPUT);
    assert_says(&r, "queue u: message m-1: the body is damaged");
    assert_int_equal(sqs_delete(r.client, "u", "h-1", &r.err), -1);
    assert_int_equal(r.err.class, ERR_INPUT);
    rig_stop(&r);
}

static void looks_within_the_limits(void **state)
{
    (void)state;
    static const struct sqs_look wrong[] = {
        {.most = 0},
        {.most = 11},
        {.most = 1, .wait_s = 21},
        {.most = 1, .visibility_s = {true, 43201}},
        {.most = 1, .visibility_s = {true, -1}},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct sqs_messages got;
        struct err err = {0};
        assert_int_equal(sqs_receive(NULL, "u", &wrong[i], NULL, &got, &err), -1);
        assert_int_equal(err.class, ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_group),
        cmocka_unit_test(names_what_it_does_not_know),
        cmocka_unit_test(creates_a_group_as_it_is_told),
        cmocka_unit_test(repeats_no_write_without_a_token),
        cmocka_unit_test(names_the_missing_action),
        cmocka_unit_test(names_the_action_of_a_terse_refusal),
        cmocka_unit_test(refuses_answers_that_are_none),
        cmocka_unit_test(sends_no_empty_name),
        cmocka_unit_test(follows_an_update),
        cmocka_unit_test(changes_the_settings_of_a_group),
        cmocka_unit_test(reads_insights),
        cmocka_unit_test(reads_and_changes_addons),
        cmocka_unit_test(reads_access_entries),
        cmocka_unit_test(asks_ec2_for_ids_in_portions),
        cmocka_unit_test(reads_refreshes),
        cmocka_unit_test(ends_a_machine_and_its_place),
        cmocka_unit_test(sends_back_no_action_it_does_not_know),
        cmocka_unit_test(sends_maps_to_load_balancing),
        cmocka_unit_test(falls_back_to_default_quotas),
        cmocka_unit_test(finds_the_newest_release),
        cmocka_unit_test(knows_who_calls),
        cmocka_unit_test(describes_a_queue),
        cmocka_unit_test(receives_and_deletes),
        cmocka_unit_test(looks_within_the_limits),
        cmocka_unit_test(leaves_gaps_where_it_may_not_look),
        cmocka_unit_test(fails_without_node_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
