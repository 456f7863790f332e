#include "world/cloud.h"

#include "base/str.h"

#include "unit.h"

static void read_ok(struct cloud *c, const char *text)
{
    struct err err = {0};
    if (cloud_read(c, "cloud.json", sv_of(text), &err))
        fail_msg("%s", err.msg);
}

/* As `aws eks describe-nodegroup` prints it. */
static const char nodegroup[] =
    "{\"nodegroup\": {\"nodegroupName\": \"game-2023\","
    "\"nodegroupArn\": \"arn:aws:eks:ap-northeast-1:111122223333:nodegroup/prod/game-2023/1c\","
    "\"clusterName\": \"prod\", \"version\": \"1.28\", \"releaseVersion\": \"1.28.5-20240110\","
    "\"createdAt\": \"2023-11-02T09:12:33.481000+09:00\", \"status\": \"ACTIVE\","
    "\"capacityType\": \"ON_DEMAND\","
    "\"scalingConfig\": {\"minSize\": 3, \"maxSize\": 30, \"desiredSize\": 18},"
    "\"instanceTypes\": [\"m5.xlarge\", \"m5a.xlarge\"],"
    "\"subnets\": [\"subnet-0a\", \"subnet-0c\"], \"amiType\": \"AL2_x86_64\","
    "\"nodeRole\": \"arn:aws:iam::111122223333:role/node\","
    "\"labels\": {\"pool\": \"game\", \"tier\": \"\"},"
    "\"taints\": [{\"key\": \"dedicated\", \"value\": \"game\", \"effect\": \"NO_SCHEDULE\"},"
    "{\"key\": \"spot\", \"effect\": \"PREFER_NO_SCHEDULE\"},"
    "{\"key\": \"x\", \"value\": \"y\", \"effect\": \"NO_EXECUTE\"}],"
    "\"resources\": {\"autoScalingGroups\": [{\"name\": \"eks-game-2023-1c\"}]},"
    "\"health\": {\"issues\": []}, \"updateConfig\": {\"maxUnavailablePercentage\": 33},"
    "\"launchTemplate\": {\"name\": \"game\", \"version\": \"4\", \"id\": \"lt-0123\"},"
    "\"tags\": {}}}\n";

static void node_group(void **state)
{
    _cleanup_cloud_ struct cloud c;
    cloud_init(&c);
    read_ok(&c, nodegroup);
    assert_int_equal(c.groups.len, 1);
    const struct cloud_group *g = cloud_find_group(&c, "game-2023");
    assert_non_null(g);
    assert_string_equal(g->cluster, "prod");
    assert_string_equal(g->status, "ACTIVE");
    assert_string_equal(g->ami_type, "AL2_x86_64");
    assert_string_equal(g->release, "1.28.5-20240110");
    assert_string_equal(g->version, "1.28");
    assert_string_equal(g->capacity_type, "ON_DEMAND");
    assert_string_equal(g->launch_template, "lt-0123");
    assert_string_equal(g->launch_template_version, "4");
    assert_int_equal(g->instance_type_count, 2);
    assert_string_equal(g->instance_types[1], "m5a.xlarge");
    assert_int_equal(g->min, 3);
    assert_int_equal(g->max, 30);
    assert_int_equal(g->desired, 18);
    assert_int_equal(g->max_unavailable, 0);
    assert_int_equal(g->max_unavailable_percent, 33);
    assert_int_equal(g->subnet_count, 2);
    assert_string_equal(g->subnets[0], "subnet-0a");
    assert_int_equal(g->autoscaling_group_count, 1);
    assert_string_equal(g->autoscaling_groups[0], "eks-game-2023-1c");
    assert_int_equal(g->label_count, 2);
    assert_string_equal(g->labels[0].key, "pool");
    assert_string_equal(g->labels[0].value, "game");
    assert_string_equal(g->labels[1].value, "");
    assert_int_equal(g->taint_count, 3);
    assert_string_equal(g->taints[0].effect, "NoSchedule");
    assert_string_equal(g->taints[1].effect, "PreferNoSchedule");
    assert_null(g->taints[1].value);
    assert_string_equal(g->taints[2].effect, "NoExecute");
    assert_null(cloud_find_group(&c, "game"));
}

static void later_one_counts(void **state)
{
    _cleanup_cloud_ struct cloud c;
    cloud_init(&c);
    read_ok(&c, nodegroup);
    read_ok(&c, "{\"nodegroups\": [\"only-a-name\", {\"nodegroupName\": \"game-2023\","
                "\"scalingConfig\": {\"desiredSize\": 6}}, {\"nodegroupName\": \"infra\"}]}");
    assert_int_equal(c.groups.len, 2);
    assert_int_equal(c.groups.items[0].desired, 6);
    assert_int_equal(c.groups.items[0].max, 0);
    assert_int_equal(c.groups.items[0].label_count, 0);
    assert_string_equal(c.groups.items[1].name, "infra");
}

static void subnets_and_templates(void **state)
{
    _cleanup_cloud_ struct cloud c;
    cloud_init(&c);
    read_ok(&c, "{\"Subnets\": [{\"AvailabilityZone\": \"ap-northeast-1a\","
                "\"AvailableIpAddressCount\": 41, \"CidrBlock\": \"10.0.0.0/24\","
                "\"SubnetId\": \"subnet-0a\"}, {\"CidrBlock\": \"no id\"}, 7]}"
                "{\"LaunchTemplateVersions\": [{\"LaunchTemplateId\": \"lt-0123\","
                "\"LaunchTemplateName\": \"game\", \"VersionNumber\": 4, \"DefaultVersion\": true,"
                "\"LaunchTemplateData\": {\"BlockDeviceMappings\": ["
                "{\"DeviceName\": \"/dev/xvda\", \"Ebs\": {\"VolumeSize\": 80}},"
                "{\"DeviceName\": \"/dev/xvdb\", \"Ebs\": {\"VolumeSize\": 20}},"
                "{\"DeviceName\": \"/dev/xvdc\", \"NoDevice\": \"\"}],"
                "\"ImageId\": \"ami-0aa\", \"InstanceType\": \"m5.xlarge\"}},"
                "{\"LaunchTemplateId\": \"lt-0123\", \"VersionNumber\": 5,"
                "\"LaunchTemplateData\": {}}]}");
    const struct cloud_subnet *s = cloud_find_subnet(&c, "subnet-0a");
    assert_non_null(s);
    assert_string_equal(s->zone, "ap-northeast-1a");
    assert_string_equal(s->cidr, "10.0.0.0/24");
    assert_int_equal(s->free_ips, 41);
    assert_int_equal(c.subnets.len, 1);
    assert_null(cloud_find_subnet(&c, "subnet-0b"));
    assert_int_equal(c.launch_templates.len, 2);
    const struct cloud_launch_template *t = c.launch_templates.items;
    assert_string_equal(t[0].id, "lt-0123");
    assert_string_equal(t[0].name, "game");
    assert_string_equal(t[0].version, "4");
    assert_string_equal(t[0].image, "ami-0aa");
    assert_string_equal(t[0].instance_type, "m5.xlarge");
    assert_int_equal(t[0].block_devices, 2);
    assert_string_equal(t[1].version, "5");
    assert_null(t[1].image);
}

static void instances_and_types(void **state)
{
    _cleanup_cloud_ struct cloud c;
    cloud_init(&c);
    read_ok(&c,
            "{\"Reservations\": [{\"Groups\": [], \"Instances\": ["
            "{\"InstanceId\": \"i-01\", \"InstanceType\": \"m5.xlarge\","
            "\"Placement\": {\"AvailabilityZone\": \"ap-northeast-1a\", \"Tenancy\": \"default\"},"
            "\"State\": {\"Code\": 16, \"Name\": \"running\"}, \"SubnetId\": \"subnet-0a\","
            "\"Tags\": [{\"Key\": \"eks:nodegroup-name\", \"Value\": \"game-2023\"},"
            "{\"Key\": \"alpha.eksctl.io/nodegroup-name\", \"Value\": \"old\"}]},"
            "{\"InstanceId\": \"i-02\", \"State\": {\"Name\": \"terminated\"}}]},"
            "{\"Instances\": [{\"InstanceId\": \"i-03\"}]}]}"
            "{\"InstanceTypes\": [{\"InstanceType\": \"c6in.32xlarge\","
            "\"VCpuInfo\": {\"DefaultVCpus\": 128}, \"MemoryInfo\": {\"SizeInMiB\": 262144},"
            "\"NetworkInfo\": {\"MaximumNetworkInterfaces\": 16, \"MaximumNetworkCards\": 2,"
            "\"DefaultNetworkCardIndex\": 0, \"NetworkCards\": ["
            "{\"NetworkCardIndex\": 0, \"NetworkPerformance\": \"100 Gigabit\","
            "\"MaximumNetworkInterfaces\": 8},"
            "{\"NetworkCardIndex\": 1, \"NetworkPerformance\": \"100 Gigabit\","
            "\"MaximumNetworkInterfaces\": 7}], \"Ipv4AddressesPerInterface\": 50}},"
            "{\"InstanceType\": \"m5.large\", \"NetworkInfo\": {\"MaximumNetworkInterfaces\": 3,"
            "\"Ipv4AddressesPerInterface\": 10}}]}");
    assert_int_equal(c.instances.len, 2);
    const struct cloud_instance *i = c.instances.items;
    assert_string_equal(i[0].id, "i-01");
    assert_string_equal(i[0].type, "m5.xlarge");
    assert_string_equal(i[0].subnet, "subnet-0a");
    assert_string_equal(i[0].zone, "ap-northeast-1a");
    assert_string_equal(i[0].group, "game-2023");
    assert_string_equal(i[1].id, "i-03");
    assert_null(i[1].group);
    assert_int_equal(c.instance_types.len, 2);
    const struct cloud_instance_type *t = c.instance_types.items;
    assert_string_equal(t[0].name, "c6in.32xlarge");
    assert_int_equal(t[0].vcpus, 128);
    assert_int_equal(t[0].memory_mib, 262144);
    assert_int_equal(t[0].enis, 8);
    assert_int_equal(t[0].ips_per_eni, 50);
    assert_int_equal(t[1].enis, 3);
}

#define ARN "arn:aws:elasticloadbalancing:ap-northeast-1:111122223333:targetgroup/k8s-lobby/73e2"

static const char target_groups[] =
    "{\"TargetGroups\": [{\"TargetGroupArn\": \"" ARN "\", \"TargetGroupName\": \"k8s-lobby\","
    "\"Protocol\": \"HTTP\", \"Port\": 8080, \"HealthCheckIntervalSeconds\": 15,"
    "\"HealthyThresholdCount\": 2, \"TargetType\": \"ip\"}]}";
static const char target_attributes[] =
    "{\"Attributes\": [{\"Key\": \"stickiness.enabled\", \"Value\": \"false\"},"
    "{\"Key\": \"deregistration_delay.timeout_seconds\", \"Value\": \"60\"},"
    "{\"Key\": \"slow_start.duration_seconds\", \"Value\": \"30\"}],"
    "\"TargetGroupArn\": \"" ARN "\"}";
static const char target_health[] =
    "{\"TargetGroupArn\": \"" ARN "\", \"TargetHealthDescriptions\": ["
    "{\"Target\": {\"Id\": \"10.0.0.7\", \"Port\": 8080}, \"TargetHealth\": {\"State\": "
    "\"healthy\"}}, {\"Target\": {\"Id\": \"10.0.0.9\"}, \"TargetHealth\": {\"State\": "
    "\"initial\"}}]}";

static void check_target_group(const char *const texts[3])
{
    _cleanup_cloud_ struct cloud c;
    cloud_init(&c);
    for (int i = 0; i < 3; i++)
        read_ok(&c, texts[i]);
    read_ok(&c, target_health);
    assert_int_equal(c.target_groups.len, 1);
    const struct cloud_target_group *g = c.target_groups.items;
    assert_string_equal(g->arn, ARN);
    assert_string_equal(g->name, "k8s-lobby");
    assert_string_equal(g->target_type, "ip");
    assert_int_equal(g->port, 8080);
    assert_int_equal(g->deregistration_delay_s, 60);
    assert_int_equal(g->slow_start_s, 30);
    assert_int_equal(g->health_interval_s, 15);
    assert_int_equal(g->healthy_threshold, 2);
    assert_int_equal(g->targets, 2);
    assert_int_equal(g->healthy, 1);
}

static void target_group_in_any_order(void **state)
{
    check_target_group((const char *const[]){target_groups, target_attributes, target_health});
    check_target_group((const char *const[]){target_health, target_attributes, target_groups});
    check_target_group((const char *const[]){target_attributes, target_groups, target_health});
}

static void target_group_defaults(void **state)
{
    _cleanup_cloud_ struct cloud c;
    cloud_init(&c);
    read_ok(&c, "[{\"TargetGroupArn\": \"" ARN "\", \"TargetHealthDescriptions\": []}]");
    const struct cloud_target_group *g = c.target_groups.items;
    assert_string_equal(g->name, "k8s-lobby");
    assert_int_equal(g->deregistration_delay_s, 300);
    assert_int_equal(g->slow_start_s, 0);
    assert_int_equal(g->health_interval_s, 30);
    assert_int_equal(g->healthy_threshold, 5);
    assert_null(g->target_type);
}

static void refuse(const char *text, enum err_class class, const char *message)
{
    _cleanup_cloud_ struct cloud c;
    struct err err = {0};
    cloud_init(&c);
    assert_int_equal(cloud_read(&c, "cloud.json", sv_of(text), &err), -1);
    assert_int_equal(err.class, class);
    assert_string_equal(err.msg, message);
    assert_string_not_equal(err.hint, "");
}

static void refusals(void **state)
{
    static const char unknown[] =
        "cloud.json: nothing that describes node groups, subnets, launch templates, instances, "
        "instance types or target groups";
    refuse("", ERR_INPUT, unknown);
    refuse("{\"items\": []}", ERR_INPUT, unknown);
    refuse("[1, \"x\", null]", ERR_INPUT, unknown);
    refuse("{\"Attributes\": []}", ERR_INPUT,
           "cloud.json: attributes or health of a target group without its TargetGroupArn");
    refuse("{\"Subnets\": [", ERR_INPUT,
           "cloud.json:1:14: the text ends where a value is expected");
    refuse("NODEGROUP\tprod", ERR_INPUT, "cloud.json:1:1: not a JSON value");
}

static void odd_values_are_left_out(void **state)
{
    _cleanup_cloud_ struct cloud c;
    cloud_init(&c);
    read_ok(&c, "{\"Subnets\": [{\"SubnetId\": \"s\", \"AvailableIpAddressCount\": -4,"
                "\"CidrBlock\": null, \"AvailabilityZone\": {\"a\": 1}}],"
                "\"nodegroup\": {\"nodegroupName\": \"g\", \"scalingConfig\": \"none\","
                "\"labels\": [1], \"taints\": {}, \"instanceTypes\": [null, [], \"m5.large\"],"
                "\"updateConfig\": {\"maxUnavailable\": 99999999999}}, \"TargetGroups\": null}");
    assert_int_equal(c.subnets.items[0].free_ips, 0);
    assert_null(c.subnets.items[0].cidr);
    assert_null(c.subnets.items[0].zone);
    const struct cloud_group *g = cloud_find_group(&c, "g");
    assert_int_equal(g->label_count, 0);
    assert_int_equal(g->taint_count, 0);
    assert_int_equal(g->instance_type_count, 1);
    assert_int_equal(g->max_unavailable, 0);
}

/* Cut anywhere it is an error, but what came before stays. */
static void cut_off(void **state)
{
    for (size_t n = 0; n < sizeof nodegroup - 2; n++) {
        _cleanup_cloud_ struct cloud c;
        struct err err = {0};
        cloud_init(&c);
        read_ok(&c, target_groups);
        assert_int_equal(cloud_read(&c, "cloud.json", sv_n(nodegroup, n), &err), -1);
        assert_int_equal(err.class, ERR_INPUT);
        assert_int_equal(c.target_groups.len, 1);
        assert_int_equal(c.groups.len, 0);
    }
}

static void many(void **state)
{
    _cleanup_str_ struct str text;
    _cleanup_cloud_ struct cloud c;
    cloud_init(&c);
    str_init(&text, 0);
    for (int round = 0; round < 2; round++) {
        str_reset(&text);
        str_adds(&text, "{\"Reservations\": [");
        for (int i = 0; i < 5000; i++)
            str_addf(&text,
                     "%s{\"Instances\": [{\"InstanceId\": \"i-%d\", \"InstanceType\": \"t%d\"}]}",
                     i ? "," : "", i, round);
        str_adds(&text, "]}");
        read_ok(&c, str_c(&text));
    }
    assert_int_equal(c.instances.len, 5000);
    assert_string_equal(c.instances.items[4999].id, "i-4999");
    assert_string_equal(c.instances.items[4999].type, "t1");
}

static void nothing(void **state)
{
    struct cloud c = {0};
    cloud_release(NULL);
    assert_null(cloud_find_group(&c, "x"));
    assert_null(cloud_find_subnet(&c, "x"));
    cloud_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(node_group),
        cmocka_unit_test(later_one_counts),
        cmocka_unit_test(subnets_and_templates),
        cmocka_unit_test(instances_and_types),
        cmocka_unit_test(target_group_in_any_order),
        cmocka_unit_test(target_group_defaults),
        cmocka_unit_test(refusals),
        cmocka_unit_test(odd_values_are_left_out),
        cmocka_unit_test(cut_off),
        cmocka_unit_test(many),
        cmocka_unit_test(nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
