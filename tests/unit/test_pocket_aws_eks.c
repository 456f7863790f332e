/* EKS and Auto Scaling of the pocket: node groups from their creation to their end. */
#include "aws_rig.h"
#include "world_build.h"

#include "unit.h"

#define GROUPS "/clusters/pocket/node-groups"
#define ROLE "\"nodeRole\":\"arn:aws:iam::111122223333:role/nodes\""

/* A request for a group in both zones; more: further members. */
static const char *spec(struct aws_rig *r, const char *name, unsigned nodes, const char *more)
{
    static char text[1024];
    const struct account *a = aws_rig_account(r);
    snprintf(text, sizeof text,
             "{\"nodegroupName\":\"%s\"," ROLE ",\"subnets\":[\"%s\",\"%s\"],"
             "\"scalingConfig\":{\"minSize\":0,\"maxSize\":20,\"desiredSize\":%u}%s}",
             name, a->subnets.items[0]->id, a->subnets.items[1]->id, nodes, more);
    return text;
}

static int create(struct aws_rig *r, const char *name, unsigned nodes, const char *more)
{
    return aws_rig_rest(r, "POST " GROUPS, spec(r, name, nodes, more));
}

static void assert_refused(struct aws_rig *r, int status, const char *code, const char *words)
{
    _cleanup_str_ struct str seen = {0};
    str_addf(&seen, "%d %s%s", r->answer.status, str_c(&r->answer.headers), str_c(&r->answer.body));
    if (r->answer.status != status || !strstr(str_c(&seen), code) || !strstr(str_c(&seen), words))
        fail_msg("wanted %d %s '%s', got %s", status, code, words, str_c(&seen));
}

static unsigned live(struct aws_rig *r, const char *group)
{
    unsigned n = 0;
    vec_foreach(i, &aws_rig_account(r)->instances)
        n += (*i)->asg && strcmp((*i)->asg->group->spec.name, group) == 0 && account_is_live(*i);
    return n;
}

static unsigned nodes_of(struct aws_rig *r, const char *group)
{
    const struct world *w = pocket_life_world(r->life);
    unsigned n = 0;
    vec_foreach(node, &w->nodes)
        n += node->used && sv_is(strings_get(&w->strings, node->group), group);
    return n;
}

static const struct account_instance *first_of(struct aws_rig *r, const char *group)
{
    vec_foreach(i, &aws_rig_account(r)->instances)
        if ((*i)->asg && strcmp((*i)->asg->group->spec.name, group) == 0 && account_is_live(*i))
            return *i;
    return NULL;
}

/* --- what is there at the start ------------------------------------------------------------ */

static void test_begin(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    assert_int_equal(aws_rig_rest(&r, "GET /clusters/pocket", NULL), 200);
    assert_true(sv_is(aws_rig_at(&r, "cluster.endpoint"), "https://127.0.0.1:1"));
    assert_true(sv_is(aws_rig_at(&r, "cluster.certificateAuthority.data"), "UEVN"));
    assert_int_equal(aws_rig_rest(&r, "GET " GROUPS "/blue", NULL), 200);
    assert_true(sv_is(aws_rig_at(&r, "nodegroup.status"), "ACTIVE"));
    assert_true(sv_is(aws_rig_at(&r, "nodegroup.instanceTypes[0]"), "m5.large"));
    assert_true(sv_is(aws_rig_at(&r, "nodegroup.scalingConfig.desiredSize"), "2"));
    assert_non_null(account_find_instance(aws_rig_account(&r), "i-0a"));
    assert_string_equal(account_find_instance(aws_rig_account(&r), "i-0b")->ip, "10.0.64.10");
    aws_rig_later(&r, 7200);
    assert_int_equal(live(&r, "blue"), 2);
    aws_rig_rest(&r, "GET /clusters/other", NULL);
    assert_refused(&r, 404, "ResourceNotFoundException", "No cluster found for name: other.");
    aws_rig_rest(&r, "GET " GROUPS "/other", NULL);
    assert_refused(&r, 404, "ResourceNotFoundException", "No node group found for name: other.");
    assert_true(sv_is(aws_rig_at(&r, "nodegroupName"), "other"));
    aws_rig_stop(&r);
}

/* --- creating and deleting ----------------------------------------------------------------- */

static bool has_label(const struct world *w, const struct world_node *n, const char *key,
                      const char *value)
{
    uint32_t id = strings_find(&w->strings, sv_of(key));
    return id && sv_is(strings_get(&w->strings, labels_value(n->labels, id)), value);
}

static void test_life_of_a_group(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    assert_int_equal(create(&r, "green", 3,
                            ",\"labels\":{\"tier\":\"web\"},\"taints\":[{\"key\":\"k\",\"value\":"
                            "\"v\",\"effect\":\"NO_SCHEDULE\"}]"),
                     200);
    assert_true(sv_is(aws_rig_at(&r, "nodegroup.status"), "CREATING"));
    assert_true(sv_is(aws_rig_at(&r, "nodegroup.amiType"), "AL2023_x86_64_STANDARD"));
    assert_true(sv_starts(aws_rig_at(&r, "nodegroup.releaseVersion"), "1.30."));
    aws_rig_later(&r, 30);
    assert_int_equal(live(&r, "green"), 3);
    assert_int_equal(nodes_of(&r, "green"), 0);
    assert_true(aws_rig_wait(&r, "green", "ACTIVE", 600));
    assert_int_equal(nodes_of(&r, "green"), 3);

    const struct world *w = pocket_life_world(r.life);
    const struct account_instance *i = first_of(&r, "green");
    const struct world_node *n = &w->nodes.items[world_find_node(w, sv_of(i->node))];
    assert_true(has_label(w, n, "tier", "web"));
    assert_true(has_label(w, n, "eks.amazonaws.com/nodegroup-image", i->image));
    assert_int_equal(n->taint_count, 1);
    assert_true(sv_starts(strings_get(&w->strings, n->kubelet_version), "v1.30."));
    assert_int_equal(account_find_instance(aws_rig_account(&r), i->id)->state, ACCOUNT_RUNNING);

    assert_int_equal(aws_rig_rest(&r, "DELETE " GROUPS "/green", NULL), 200);
    assert_true(sv_is(aws_rig_at(&r, "nodegroup.status"), "DELETING"));
    aws_rig_later(&r, 300);
    aws_rig_rest(&r, "GET " GROUPS "/green", NULL);
    assert_refused(&r, 404, "ResourceNotFoundException", "green");
    assert_int_equal(nodes_of(&r, "green"), 0);
    assert_int_equal(aws_rig_account(&r)->asgs.len, 1);
    assert_int_equal(live(&r, "blue"), 2);
    aws_rig_stop(&r);
}

static void test_zones_are_even(void **state)
{
    struct aws_rig r;
    unsigned in_first = 0;
    aws_rig_start(&r, NULL);
    create(&r, "green", 7, "");
    assert_true(aws_rig_wait(&r, "green", "ACTIVE", 900));
    vec_foreach(i, &aws_rig_account(&r)->instances)
        in_first += (*i)->asg->group->spec.name[0] == 'g' &&
                    (*i)->subnet == aws_rig_account(&r)->subnets.items[0];
    assert_in_range(in_first, 3, 4);
    aws_rig_stop(&r);
}

/* A group that is deleted before its machines have joined leaves no Node behind. */
static void test_deleted_early(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    create(&r, "green", 3, "");
    aws_rig_later(&r, 25);
    assert_int_equal(live(&r, "green"), 3);
    assert_int_equal(aws_rig_rest(&r, "DELETE " GROUPS "/green", NULL), 200);
    aws_rig_later(&r, 1200);
    assert_int_equal(nodes_of(&r, "green"), 0);
    assert_null(account_find_group(aws_rig_account(&r), "green"));
    aws_rig_stop(&r);
}

static void add_held_pod(struct world *w)
{
    const struct build_class c = {.labels = "app=held"};
    uint32_t at = build_pod(w, build_class(w, &c), 0);
    struct world_pod *p = &w->pods.items[at];
    p->phase = POD_RUNNING;
    p->ready = true;
    build_pdb(w, "shop", "app=held", 0);
}

/* A pod that its budget holds keeps its machine for 15 minutes, no longer. */
static void test_deleted_with_a_held_pod(void **state)
{
    struct aws_rig r;
    aws_rig_start_filled(&r, NULL, add_held_pod);
    assert_int_equal(aws_rig_rest(&r, "DELETE " GROUPS "/blue", NULL), 200);
    aws_rig_later(&r, 600);
    assert_int_equal(live(&r, "blue"), 1);
    assert_int_equal(nodes_of(&r, "blue"), 1);
    const struct world *w = pocket_life_world(r.life);
    assert_true(w->nodes.items[0].unschedulable);
    aws_rig_form(&r, "autoscaling", "Action=DescribeAutoScalingInstances");
    assert_true(aws_rig_says(&r, "<LifecycleState>Terminating:Wait</LifecycleState>"));
    aws_rig_later(&r, 600);
    assert_int_equal(nodes_of(&r, "blue"), 0);
    assert_null(account_find_group(aws_rig_account(&r), "blue"));
    aws_rig_stop(&r);
}

static void test_tokens(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    assert_int_equal(create(&r, "green", 1, ",\"clientRequestToken\":\"t1\""), 200);
    assert_int_equal(create(&r, "green", 1, ",\"clientRequestToken\":\"t1\""), 200);
    assert_int_equal(aws_rig_account(&r)->groups.len, 2);
    create(&r, "green", 2, ",\"clientRequestToken\":\"t1\"");
    assert_refused(&r, 400, "InvalidParameterException", "other parameters");
    create(&r, "green", 1, ",\"clientRequestToken\":\"t2\"");
    assert_refused(&r, 409, "ResourceInUseException",
                   "NodeGroup already exists with name green and cluster name pocket");
    aws_rig_stop(&r);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *more, *words;
    } cases[] = {
        {",\"amiType\":\"AL9_x86_64\"", "amiType AL9_x86_64"},
        {",\"version\":\"1.31\"", "cannot be newer than the control plane"},
        {",\"releaseVersion\":\"1.29.0-20240101\"", "Allowed release version is 1.30."},
        {",\"instanceTypes\":[\"m99.large\"]", "[m99.large] is not a valid instance type"},
        {",\"instanceTypes\":[\"m6g.large\"],\"amiType\":\"AL2023_x86_64_STANDARD\"",
         "for requested amiType AL2023_x86_64_STANDARD"},
        {",\"labels\":{\"kubernetes.io/x\":\"y\"}", "reserved prefixes"},
        {",\"taints\":[{\"key\":\"a\",\"effect\":\"NoSchedule\"}]", "effect"},
        {",\"updateConfig\":{\"maxUnavailable\":1,\"maxUnavailablePercentage\":5}", "both"},
        {",\"updateConfig\":{\"maxUnavailable\":101}", "between 1 and 100"},
        {",\"launchTemplate\":{\"id\":\"lt-9\"}", "lt-9"},
        {",\"launchTemplate\":{\"id\":\"lt-1\",\"version\":\"7\"}", "7"},
        {",\"launchTemplate\":{\"id\":\"lt-1\"},\"diskSize\":50", "Disk size"},
        {",\"launchTemplate\":{\"id\":\"lt-1\",\"version\":\"2\"},\"version\":\"1.30\"",
         "image id"},
        {",\"capacityType\":\"CHEAP\"", "CHEAP"},
    };
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        create(&r, "green", 1, cases[i].more);
        assert_refused(&r, 400, "InvalidParameterException", cases[i].words);
    }
    create(&r, "no spaces", 1, "");
    assert_refused(&r, 400, "InvalidParameterException", "invalid characters");
    create(&r, "green", 21, "");
    assert_refused(&r, 400, "InvalidParameterException",
                   "desired capacity 21 can't be greater than max size 20");
    assert_int_equal(aws_rig_account(&r)->groups.len, 1);
    aws_rig_stop(&r);
}

static void test_own_image(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    assert_int_equal(create(&r, "green", 1,
                            ",\"launchTemplate\":{\"name\":\"nodes\","
                            "\"version\":\"2\"}"),
                     200);
    assert_true(sv_is(aws_rig_at(&r, "nodegroup.amiType"), "CUSTOM"));
    assert_true(sv_is(aws_rig_at(&r, "nodegroup.launchTemplate.id"), "lt-1"));
    assert_true(aws_rig_wait(&r, "green", "ACTIVE", 600));
    assert_string_equal(first_of(&r, "green")->image, "ami-own");
    aws_rig_stop(&r);
}

/* --- what goes wrong ------------------------------------------------------------------------ */

static void test_join_fails(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, "join-fail=1");
    create(&r, "green", 2, "");
    assert_true(aws_rig_wait(&r, "green", "CREATE_FAILED", 3600));
    aws_rig_rest(&r, "GET " GROUPS "/green", NULL);
    assert_true(sv_is(aws_rig_at(&r, "nodegroup.health.issues[0].code"), "NodeCreationFailure"));
    assert_true(sv_starts(aws_rig_at(&r, "nodegroup.health.issues[0].resourceIds[0]"), "i-0"));
    assert_true(sv_is(aws_rig_at(&r, "nodegroup.health.issues[0].resourceIds[1]"), ""));
    assert_int_equal(nodes_of(&r, "green"), 1);
    assert_int_equal(aws_rig_rest(&r, "DELETE " GROUPS "/green", NULL), 200);
    aws_rig_later(&r, 600);
    assert_null(account_find_group(aws_rig_account(&r), "green"));
    create(&r, "green2", 2, "");
    assert_true(aws_rig_wait(&r, "green2", "ACTIVE", 900));
    aws_rig_stop(&r);
}

/* Two machines of two vCPUs run; 8 allow two more. */
static void test_quota(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, "quota=L-1216C47A:8");
    create(&r, "green", 3, ",\"instanceTypes\":[\"m5.large\"]");
    assert_true(aws_rig_wait(&r, "green", "CREATE_FAILED", 3600));
    aws_rig_rest(&r, "GET " GROUPS "/green", NULL);
    assert_true(
        sv_is(aws_rig_at(&r, "nodegroup.health.issues[0].code"), "AsgInstanceLaunchFailures"));
    assert_true(aws_rig_says(&r, "VcpuLimitExceeded"));
    assert_true(aws_rig_says(&r, "vCPU limit of 8"));
    assert_int_equal(live(&r, "green"), 2);
    aws_rig_stop(&r);
}

/* --- changing ------------------------------------------------------------------------------- */

static bool wait_update(struct aws_rig *r, const char *id, const char *group, const char *status)
{
    char call[256];
    snprintf(call, sizeof call, "GET /clusters/pocket/updates/%s?nodegroupName=%s", id, group);
    for (unsigned i = 0; i < 2000; i++) {
        assert_int_equal(aws_rig_rest(r, call, NULL), 200);
        if (sv_is(aws_rig_at(r, "update.status"), status))
            return true;
        aws_rig_later(r, 5);
    }
    return false;
}

static void take_id(struct aws_rig *r, char out[static 64])
{
    snprintf(out, 64, "%.*s", SV_ARG(aws_rig_at(r, "update.id")));
}

static void test_config(void **state)
{
    struct aws_rig r;
    char id[64];
    aws_rig_start(&r, NULL);
    const char *change = "{\"scalingConfig\":{\"desiredSize\":4,\"maxSize\":6},\"labels\":{"
                         "\"addOrUpdateLabels\":{\"a\":\"b\"}},\"clientRequestToken\":\"c1\"}";
    assert_int_equal(aws_rig_rest(&r, "POST " GROUPS "/blue/update-config", change), 200);
    take_id(&r, id);
    assert_int_equal(aws_rig_rest(&r, "POST " GROUPS "/blue/update-config", change), 200);
    assert_true(sv_is(aws_rig_at(&r, "update.id"), id));
    aws_rig_rest(&r, "POST " GROUPS "/blue/update-config", "{}");
    assert_refused(&r, 409, "ResourceInUseException", "UPDATING");
    aws_rig_rest(&r, "DELETE " GROUPS "/blue", NULL);
    assert_refused(&r, 409, "ResourceInUseException", "blue");
    assert_true(wait_update(&r, id, "blue", "Successful"));
    assert_int_equal(live(&r, "blue"), 4);
    assert_true(aws_rig_wait(&r, "blue", "ACTIVE", 0));
    aws_rig_rest(&r, "GET " GROUPS "/blue", NULL);
    assert_true(sv_is(aws_rig_at(&r, "nodegroup.labels.a"), "b"));
    aws_rig_rest(&r, "POST " GROUPS "/blue/update-config",
                 "{\"scalingConfig\":{\"desiredSize\":9}}");
    assert_refused(&r, 400, "InvalidParameterException", "can't be greater than max size 6");
    assert_int_equal(aws_rig_rest(&r, "GET /clusters/pocket/updates?nodegroupName=blue", NULL),
                     200);
    assert_true(sv_is(aws_rig_at(&r, "updateIds[0]"), id));
    aws_rig_stop(&r);
}

static void test_version(void **state)
{
    struct aws_rig r;
    char id[64];
    aws_rig_start(&r, NULL);
    assert_int_equal(aws_rig_rest(&r, "POST " GROUPS "/blue/update-version", "{}"), 200);
    take_id(&r, id);
    assert_true(wait_update(&r, id, "blue", "Successful"));
    assert_int_equal(live(&r, "blue"), 2);
    assert_false(account_is_live(account_find_instance(aws_rig_account(&r), "i-0a")));
    assert_false(account_is_live(account_find_instance(aws_rig_account(&r), "i-0b")));
    aws_rig_later(&r, 600);
    assert_int_equal(live(&r, "blue"), 2);
    assert_int_equal(nodes_of(&r, "blue"), 2);
    aws_rig_stop(&r);
}

static void test_cluster_version(void **state)
{
    struct aws_rig r;
    char id[64], call[160];
    aws_rig_start(&r, NULL);
    aws_rig_rest(&r, "POST /clusters/pocket/updates", "{\"version\":\"1.32\"}");
    assert_refused(&r, 400, "InvalidParameterException", "from 1.30 to 1.32");
    aws_rig_rest(&r, "POST /clusters/pocket/updates", "{}");
    assert_refused(&r, 400, "InvalidParameterException", "version");
    assert_int_equal(aws_rig_rest(&r, "POST /clusters/pocket/updates", "{\"version\":\"1.31\"}"),
                     200);
    take_id(&r, id);
    aws_rig_rest(&r, "POST /clusters/pocket/updates", "{\"version\":\"1.31\"}");
    assert_refused(&r, 409, "ResourceInUseException", "UPDATING");
    aws_rig_later(&r, 1200);
    snprintf(call, sizeof call, "GET /clusters/pocket/updates/%s", id);
    assert_int_equal(aws_rig_rest(&r, call, NULL), 200);
    assert_true(sv_is(aws_rig_at(&r, "update.status"), "Successful"));
    aws_rig_rest(&r, "GET /clusters/pocket", NULL);
    assert_true(sv_is(aws_rig_at(&r, "cluster.version"), "1.31"));
    aws_rig_stop(&r);
}

/* --- add-ons, insights, access --------------------------------------------------------------- */

static void test_insights(void **state)
{
    struct aws_rig r;
    char call[160];
    aws_rig_start(&r, NULL);
    assert_int_equal(aws_rig_rest(&r, "POST /clusters/pocket/insights", "{}"), 200);
    assert_true(sv_is(aws_rig_at(&r, "insights[0].name"), "Kubelet version skew"));
    assert_true(sv_is(aws_rig_at(&r, "insights[0].kubernetesVersion"), "1.31"));
    assert_true(sv_is(aws_rig_at(&r, "insights[0].insightStatus.status"), "PASSING"));
    snprintf(call, sizeof call, "GET /clusters/pocket/insights/%.*s",
             SV_ARG(aws_rig_at(&r, "insights[0].id")));
    assert_int_equal(aws_rig_rest(&r, call, NULL), 200);
    assert_true(sv_is(aws_rig_at(&r, "insight.category"), "UPGRADE_READINESS"));
    aws_rig_rest(&r, "GET /clusters/pocket/insights/none", NULL);
    assert_refused(&r, 404, "ResourceNotFoundException", "none");
    aws_rig_rest(&r, "POST /clusters/pocket/insights", "{\"filter\":{\"categories\":[\"OTHER\"]}}");
    assert_true(aws_rig_says(&r, "\"insights\":[]"));
    aws_rig_stop(&r);
}

static void test_addons(void **state)
{
    struct aws_rig r;
    char call[160], id[64];
    aws_rig_start(&r, NULL);
    assert_int_equal(aws_rig_rest(&r, "GET /clusters/pocket/addons", NULL), 200);
    assert_true(sv_is(aws_rig_at(&r, "addons[0]"), "coredns"));
    assert_true(sv_is(aws_rig_at(&r, "addons[1]"), ""));
    assert_int_equal(aws_rig_rest(&r, "GET /clusters/pocket/addons/coredns", NULL), 200);
    assert_true(sv_is(aws_rig_at(&r, "addon.addonVersion"), "v1.11.4-eksbuild.24"));
    aws_rig_rest(&r, "GET /clusters/pocket/addons/vpc-cni", NULL);
    assert_refused(&r, 404, "ResourceNotFoundException", "No addon: vpc-cni found in cluster");
    assert_int_equal(
        aws_rig_rest(&r, "GET /addons/supported-versions?addonName=coredns&kubernetesVersion=1.31",
                     NULL),
        200);
    assert_true(
        sv_is(aws_rig_at(&r, "addons[0].addonVersions[0].addonVersion"), "v1.12.4-eksbuild.1"));
    aws_rig_rest(&r, "POST /clusters/pocket/addons/coredns/update",
                 "{\"addonVersion\":\"v1.12.4-eksbuild.1\"}");
    assert_refused(&r, 400, "InvalidParameterException", "not supported");
    assert_int_equal(aws_rig_rest(&r, "POST /clusters/pocket/addons/coredns/update",
                                  "{\"configurationValues\":\"{}\"}"),
                     200);
    take_id(&r, id);
    aws_rig_rest(&r, "GET /clusters/pocket/addons/coredns", NULL);
    assert_true(sv_is(aws_rig_at(&r, "addon.status"), "UPDATING"));
    aws_rig_later(&r, 120);
    snprintf(call, sizeof call, "GET /clusters/pocket/updates/%s?addonName=coredns", id);
    assert_int_equal(aws_rig_rest(&r, call, NULL), 200);
    assert_true(sv_is(aws_rig_at(&r, "update.status"), "Successful"));
    aws_rig_rest(&r, "GET /clusters/pocket/addons/coredns", NULL);
    assert_true(sv_is(aws_rig_at(&r, "addon.status"), "ACTIVE"));
    aws_rig_stop(&r);
}

static void test_access(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    assert_int_equal(aws_rig_rest(&r, "GET /clusters/pocket/access-entries", NULL), 200);
    assert_true(sv_ends(aws_rig_at(&r, "accessEntries[0]"), ":role/admin"));
    assert_int_equal(aws_rig_rest(&r,
                                  "GET /clusters/pocket/access-entries/"
                                  "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fadmin",
                                  NULL),
                     200);
    assert_true(sv_is(aws_rig_at(&r, "accessEntry.kubernetesGroups[0]"), "system:masters"));
    aws_rig_rest(&r, "GET /clusters/pocket/access-entries/nobody", NULL);
    assert_refused(&r, 404, "ResourceNotFoundException", "principalArn");
    aws_rig_stop(&r);
}

/* --- Auto Scaling --------------------------------------------------------------------------- */

static int asg_call(struct aws_rig *r, const char *action, const char *rest)
{
    char form[512];
    snprintf(form, sizeof form, "Action=%s&AutoScalingGroupName=%s%s", action,
             account_find_group(aws_rig_account(r), "blue")->asg->name, rest);
    return aws_rig_form(r, "autoscaling", form);
}

static void test_scaling(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    assert_int_equal(asg_call(&r, "SetDesiredCapacity", "&DesiredCapacity=4"), 200);
    aws_rig_later(&r, 300);
    assert_int_equal(live(&r, "blue"), 4);
    assert_int_equal(nodes_of(&r, "blue"), 4);
    asg_call(&r, "SetDesiredCapacity", "&DesiredCapacity=5");
    assert_refused(&r, 400, "<Code>ValidationError</Code>", "above max value 4");
    assert_int_equal(asg_call(&r, "SetDesiredCapacity", "&DesiredCapacity=1"), 200);
    aws_rig_later(&r, 300);
    assert_int_equal(nodes_of(&r, "blue"), 1);
    aws_rig_form(&r, "autoscaling", "Action=SetDesiredCapacity&DesiredCapacity=1");
    assert_refused(&r, 400, "<Code>ValidationError</Code>", "AutoScalingGroupName");
    aws_rig_stop(&r);
}

static void test_terminating_one(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    const char *form = "Action=TerminateInstanceInAutoScalingGroup&InstanceId=i-0a&"
                       "ShouldDecrementDesiredCapacity=true";
    assert_int_equal(aws_rig_form(&r, "autoscaling", form), 200);
    assert_true(aws_rig_says(&r, "<StatusCode>InProgress</StatusCode>"));
    aws_rig_later(&r, 300);
    assert_int_equal(live(&r, "blue"), 1);
    aws_rig_form(&r, "autoscaling",
                 "Action=TerminateInstanceInAutoScalingGroup&InstanceId=i-0b&"
                 "ShouldDecrementDesiredCapacity=true");
    assert_refused(&r, 400, "ValidationError", "desiredSize equals minSize (1)");
    assert_int_equal(asg_call(&r, "SuspendProcesses", "&ScalingProcesses.member.1=Launch"), 200);
    assert_int_equal(aws_rig_form(&r, "autoscaling",
                                  "Action=TerminateInstanceInAutoScalingGroup&InstanceId=i-0b&"
                                  "ShouldDecrementDesiredCapacity=false"),
                     200);
    aws_rig_later(&r, 300);
    assert_int_equal(live(&r, "blue"), 0);
    assert_int_equal(asg_call(&r, "ResumeProcesses", ""), 200);
    aws_rig_later(&r, 300);
    assert_int_equal(live(&r, "blue"), 1);
    aws_rig_form(&r, "autoscaling", form);
    assert_refused(&r, 400, "ValidationError", "i-0a");
    aws_rig_stop(&r);
}

static void test_refresh(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    assert_int_equal(asg_call(&r, "StartInstanceRefresh", ""), 200);
    asg_call(&r, "StartInstanceRefresh", "");
    assert_refused(&r, 400, "<Code>InstanceRefreshInProgress</Code>", "already in progress");
    asg_call(&r, "DescribeInstanceRefreshes", "");
    assert_true(aws_rig_says(&r, "<Status>InProgress</Status>"));
    aws_rig_later(&r, 3600);
    asg_call(&r, "DescribeInstanceRefreshes", "");
    assert_true(aws_rig_says(&r, "<Status>Successful</Status>"));
    assert_true(aws_rig_says(&r, "<PercentageComplete>100</PercentageComplete>"));
    assert_int_equal(live(&r, "blue"), 2);
    asg_call(&r, "CancelInstanceRefresh", "");
    assert_refused(&r, 400, "<Code>ActiveInstanceRefreshNotFound</Code>", "");
    aws_rig_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begin),           cmocka_unit_test(test_life_of_a_group),
        cmocka_unit_test(test_zones_are_even),  cmocka_unit_test(test_deleted_with_a_held_pod),
        cmocka_unit_test(test_deleted_early),   cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_refusals),        cmocka_unit_test(test_own_image),
        cmocka_unit_test(test_join_fails),      cmocka_unit_test(test_quota),
        cmocka_unit_test(test_config),          cmocka_unit_test(test_version),
        cmocka_unit_test(test_cluster_version), cmocka_unit_test(test_insights),
        cmocka_unit_test(test_addons),          cmocka_unit_test(test_access),
        cmocka_unit_test(test_scaling),         cmocka_unit_test(test_terminating_one),
        cmocka_unit_test(test_refresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
