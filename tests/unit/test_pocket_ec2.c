/* EC2 of the pocket: what describing calls find, and how changes and refusals read. */
#include "aws_rig.h"
#include "base/must.h"
#include "world_build.h"

#include "unit.h"

static int ask(struct aws_rig *r, const char *form)
{
    return aws_rig_form(r, "ec2", form);
}

static void assert_refused(struct aws_rig *r, const char *form, const char *code, const char *words)
{
    int status = ask(r, form);
    const char *body = str_c(&r->answer.body);
    if (status != 400 || !strstr(body, code) || !strstr(body, words))
        fail_msg("%s: wanted %s '%s', got %d %s", form, code, words, status, body);
}

static unsigned count(const struct aws_rig *r, const char *text)
{
    unsigned n = 0;
    for (const char *at = str_c(&r->answer.body); (at = strstr(at, text)); at++)
        n++;
    return n;
}

/* A pod with a volume on the first node. */
static void fill(struct world *w)
{
    uint32_t class = build_class(w, &(struct build_class){.labels = "app=db"});
    uint32_t pod = build_pod(w, class, 0);
    uint32_t claim =
        build_volume(w, &(struct build_volume){.name = "vol-0db", .zone = "eu-west-1a"});
    build_claim(w, pod, claim);
    w->pods.items[pod].name = build_text(w, "db-0");
    w->pods.items[pod].phase = POD_RUNNING;
    w->pods.items[pod].ready = true;
    must_push(&w->attachments, (struct world_attachment){.name = build_text(w, "csi-1"),
                                                         .used = true,
                                                         .node = 0,
                                                         .pv = 0,
                                                         .driver = build_text(w, "ebs.csi.aws.com"),
                                                         .attached = true});
}

static void test_instances(void **state)
{
    struct aws_rig r;
    (void)state;
    aws_rig_start(&r, NULL);
    assert_int_equal(ask(&r, "Action=DescribeInstances"), 200);
    assert_int_equal(count(&r, "<instanceId>"), 2);
    assert_true(aws_rig_says(&r, "<instanceId>i-0a</instanceId>"));
    assert_true(aws_rig_says(&r, "<privateIpAddress>10.0.0.10</privateIpAddress>"));
    assert_true(aws_rig_says(&r, "<instanceState><code>16</code><name>running</name>"));
    assert_true(aws_rig_says(&r, "<availabilityZone>eu-west-1b</availabilityZone>"));
    assert_true(aws_rig_says(
        &r, "<privateDnsName>ip-10-0-0-10.eu-west-1.compute.internal</privateDnsName>"));
    aws_rig_stop(&r);
}

static void test_filters(void **state)
{
    struct aws_rig r;
    (void)state;
    aws_rig_start(&r, NULL);
    ask(&r, "Action=DescribeInstances&Filter.1.Name=availability-zone&Filter.1.Value.1=eu-west-1b");
    assert_int_equal(count(&r, "<instanceId>"), 1);
    ask(&r,
        "Action=DescribeInstances&Filter.1.Name=availability-zone&Filter.1.Value.1=*1a"
        "&Filter.1.Value.2=eu-west-1b&Filter.2.Name=instance-state-name&Filter.2.Value.1=running");
    assert_int_equal(count(&r, "<instanceId>"), 2);
    ask(&r,
        "Action=DescribeInstances&Filter.1.Name=tag%3Aeks%3Anodegroup-name&Filter.1.Value.1=blue");
    assert_int_equal(count(&r, "<instanceId>"), 2);
    ask(&r, "Action=DescribeInstances&Filter.1.Name=tag-key&Filter.1.Value.1=no-such");
    assert_int_equal(count(&r, "<instanceId>"), 0);
    assert_true(aws_rig_says(&r, "<reservationSet></reservationSet>"));
    assert_refused(&r, "Action=DescribeInstances&Filter.1.Name=colour&Filter.1.Value.1=red",
                   "InvalidParameterValue", "colour");
    aws_rig_stop(&r);
}

static void test_ids_that_are_not_there(void **state)
{
    struct aws_rig r;
    (void)state;
    aws_rig_start(&r, NULL);
    assert_refused(&r, "Action=DescribeInstances&InstanceId.1=i-0a&InstanceId.2=i-0f0f",
                   "InvalidInstanceID.NotFound", "i-0f0f");
    assert_refused(&r, "Action=DescribeInstances&InstanceId.1=i-0e&InstanceId.2=i-0f",
                   "InvalidInstanceID.NotFound", "i-0e, i-0f");
    assert_refused(&r, "Action=DescribeInstances&InstanceId.1=blue", "InvalidInstanceID.Malformed",
                   "blue");
    assert_refused(&r, "Action=DescribeInstances&InstanceId.1=i-0a&MaxResults=5",
                   "InvalidParameterCombination", "MaxResults");
    assert_refused(&r, "Action=DescribeSubnets&SubnetId.1=subnet-9", "InvalidSubnetID.NotFound",
                   "subnet-9");
    assert_refused(&r, "Action=DescribeVolumes&VolumeId.1=vol-9", "InvalidVolume.NotFound",
                   "vol-9");
    assert_refused(&r,
                   "Action=DescribeInstanceTypes&InstanceType.1=m5.large&InstanceType.2=m5.tiny",
                   "InvalidInstanceType", "[m5.tiny]");
    aws_rig_stop(&r);
}

static void test_pages(void **state)
{
    struct aws_rig r;
    char form[200];
    (void)state;
    aws_rig_start(&r, NULL);
    ask(&r, "Action=DescribeInstanceTypes&MaxResults=100");
    assert_int_equal(count(&r, "<instanceType>"), 100);
    const char *token = strstr(str_c(&r.answer.body), "<nextToken>");
    assert_non_null(token);
    snprintf(form, sizeof form, "Action=DescribeInstanceTypes&MaxResults=100&NextToken=%.*s",
             (int)strcspn(token + 11, "<"), token + 11);
    _cleanup_free_ char *first = strdup(str_c(&r.answer.body));
    ask(&r, form);
    assert_int_equal(count(&r, "<instanceType>"), 100);
    assert_string_not_equal(first, str_c(&r.answer.body));
    assert_refused(&r, "Action=DescribeInstanceTypes&NextToken=nonsense", "InvalidNextToken", "");
    assert_refused(&r, "Action=DescribeInstances&MaxResults=2", "InvalidParameterValue",
                   "between 5 and 1000");
    aws_rig_stop(&r);
}

static void test_a_terminated_instance_goes_through_its_states(void **state)
{
    struct aws_rig r;
    (void)state;
    aws_rig_start(&r, NULL);
    assert_int_equal(ask(&r, "Action=TerminateInstances&InstanceId.1=i-0b&DryRun=true"), 412);
    assert_true(aws_rig_says(&r, "DryRunOperation"));
    assert_int_equal(ask(&r, "Action=TerminateInstances&InstanceId.1=i-0b"), 200);
    assert_true(aws_rig_says(&r, "<currentState><code>32</code><name>shutting-down</name>"));
    assert_true(aws_rig_says(&r, "<previousState><code>16</code><name>running</name>"));
    aws_rig_later(&r, 600);
    ask(&r, "Action=DescribeInstances&InstanceId.1=i-0b");
    assert_true(aws_rig_says(&r, "<name>terminated</name>"));
    assert_false(aws_rig_says(&r, "<subnetId>"));
    assert_refused(&r, "Action=TerminateInstances&InstanceId.1=i-0f", "InvalidInstanceID.NotFound",
                   "i-0f");
    aws_rig_stop(&r);
}

static int free_addresses(struct aws_rig *r)
{
    ask(r, "Action=DescribeSubnets&Filter.1.Name=availability-zone&Filter.1.Value.1=eu-west-1a");
    const char *at = strstr(str_c(&r->answer.body), "<availableIpAddressCount>");
    assert_non_null(at);
    return atoi(at + strlen("<availableIpAddressCount>"));
}

static void test_subnets_count_their_addresses(void **state)
{
    struct aws_rig r;
    (void)state;
    aws_rig_start(&r, NULL);
    ask(&r, "Action=DescribeSubnets&Filter.1.Name=availability-zone&Filter.1.Value.1=eu-west-1a");
    assert_int_equal(count(&r, "<subnetId>"), 1);
    assert_true(aws_rig_says(&r, "<state>available</state>"));
    int before = free_addresses(&r), most = 0;
    assert_true(before > 100);
    ask(&r, "Action=TerminateInstances&InstanceId.1=i-0a");
    for (int i = 0; i < 120; i++) { /* until the Auto Scaling group has another one */
        int now = free_addresses(&r);
        most = now > most ? now : most;
        aws_rig_later(&r, 5);
    }
    assert_true(most > before);
    assert_true(free_addresses(&r) <= before);
    ask(&r, "Action=DescribeAvailabilityZones");
    assert_int_equal(count(&r, "<zoneName>"), 2);
    aws_rig_stop(&r);
}

#define OF_NODE                                                                                    \
    "Action=DescribeVolumes&Filter.1.Name=attachment.instance-id&Filter.1.Value.1=i-0a"            \
    "&Filter.2.Name=attachment.delete-on-termination&Filter.2.Value.1=false"

static void test_volumes_follow_the_simulated_attachments(void **state)
{
    struct aws_rig r;
    bool detaching = false, available = false;
    (void)state;
    aws_rig_start_filled(&r, NULL, fill);
    ask(&r, "Action=DescribeVolumes&VolumeId.1=vol-0db");
    assert_true(aws_rig_says(&r, "<status>in-use</status>"));
    assert_true(aws_rig_says(&r, "<instanceId>i-0a</instanceId>"));
    assert_true(aws_rig_says(&r, "<key>kubernetes.io/created-for/pvc/name</key>"));
    ask(&r, OF_NODE);
    assert_int_equal(count(&r, "<size>"), 1);
    assert_true(pocket_life_delete_pod(r.life, SV("shop"), SV("db-0"), -1));
    for (int i = 0; i < 600 && !available; i++) {
        ask(&r, "Action=DescribeVolumes&VolumeId.1=vol-0db");
        detaching |= aws_rig_says(&r, "<status>detaching</status>");
        available = aws_rig_says(&r, "<status>available</status>");
        aws_rig_later(&r, 1);
    }
    assert_true(detaching && available);
    ask(&r, OF_NODE);
    assert_int_equal(count(&r, "<size>"), 0);
    ask(&r, "Action=DescribeInstances&InstanceId.1=i-0a");
    assert_int_equal(count(&r, "<volumeId>"), 1); /* its own */
    aws_rig_stop(&r);
}

#define THIS_VOLUME "Action=DescribeVolumes&VolumeId.1=vol-0db"
#define DETACH "Action=DetachVolume&VolumeId=vol-0db"

static void start_stuck(struct aws_rig *r, const char *fault)
{
    aws_rig_start_filled(r, fault, fill);
    assert_true(pocket_life_delete_pod(r->life, SV("shop"), SV("db-0"), -1));
    aws_rig_later(r, 900);
}

static void test_a_stuck_volume_stays_until_it_is_forced(void **state)
{
    struct aws_rig r;
    (void)state;
    start_stuck(&r, "stuck-detach=vol-0db");
    ask(&r, THIS_VOLUME);
    assert_true(aws_rig_says(&r, "<status>detaching</status>"));
    ask(&r, DETACH);
    assert_true(aws_rig_says(&r, "<status>detaching</status>"));
    aws_rig_later(&r, 60);
    ask(&r, THIS_VOLUME);
    assert_true(aws_rig_says(&r, "<status>in-use</status>"));
    ask(&r, DETACH "&InstanceId=i-0a&Force=true");
    assert_true(aws_rig_says(&r, "<instanceId>i-0a</instanceId>"));
    aws_rig_later(&r, 60);
    ask(&r, THIS_VOLUME);
    assert_true(aws_rig_says(&r, "<status>available</status>"));
    assert_refused(&r, DETACH "&Force=true", "IncorrectState", "available");
    aws_rig_stop(&r);
}

static void test_a_stuck_volume_comes_in_its_time(void **state)
{
    struct aws_rig r;
    (void)state;
    start_stuck(&r, "stuck-detach=vol-0db:20m");
    ask(&r, THIS_VOLUME);
    assert_true(aws_rig_says(&r, "<status>detaching</status>"));
    aws_rig_later(&r, 400);
    ask(&r, THIS_VOLUME);
    assert_true(aws_rig_says(&r, "<status>available</status>"));
    aws_rig_stop(&r);
}

/* What a pod uses is no business of an operator. */
static void test_what_is_in_use_is_not_detached(void **state)
{
    struct aws_rig r;
    (void)state;
    aws_rig_start_filled(&r, NULL, fill);
    ask(&r, DETACH "&Force=true");
    assert_true(aws_rig_says(&r, "<status>busy</status>"));
    aws_rig_later(&r, 600);
    ask(&r, THIS_VOLUME);
    assert_true(aws_rig_says(&r, "<status>attached</status>"));
    assert_refused(&r, DETACH "&InstanceId=i-9", "InvalidAttachment.NotFound", "i-9");
    assert_refused(&r, "Action=DetachVolume&VolumeId=vol-9", "InvalidVolume.NotFound", "vol-9");
    assert_refused(&r, "Action=DetachVolume", "MissingParameter", "");
    _cleanup_str_ struct str root = {0};
    str_addf(&root, "Action=DetachVolume&VolumeId=%s",
             aws_rig_account(&r)->instances.items[0]->root_volume);
    assert_refused(&r, str_c(&root), "OperationNotPermitted", "root volume");
    aws_rig_stop(&r);
}

static void test_types_and_where_they_are(void **state)
{
    struct aws_rig r;
    (void)state;
    aws_rig_start(&r, NULL);
    ask(&r, "Action=DescribeInstanceTypes&InstanceType.1=m5.large&InstanceType.2=m6g.metal");
    assert_true(aws_rig_says(&r, "<defaultVCpus>2</defaultVCpus>"));
    assert_true(aws_rig_says(&r, "<sizeInMiB>8192</sizeInMiB>"));
    assert_true(aws_rig_says(&r, "<maximumNetworkInterfaces>3</maximumNetworkInterfaces>"));
    assert_true(aws_rig_says(&r, "<item>arm64</item>"));
    assert_true(aws_rig_says(&r, "<bareMetal>true</bareMetal>"));
    ask(&r, "Action=DescribeInstanceTypeOfferings&LocationType=availability-zone"
            "&Filter.1.Name=instance-type&Filter.1.Value.1=m5.large");
    assert_int_equal(count(&r, "<location>"), 2);
    ask(&r, "Action=DescribeInstanceTypeOfferings&Filter.1.Name=instance-type"
            "&Filter.1.Value.1=m5.large");
    assert_true(aws_rig_says(&r, "<location>eu-west-1</location>"));
    assert_int_equal(count(&r, "<location>"), 1);
    assert_refused(&r, "Action=DescribeInstanceTypeOfferings&LocationType=planet",
                   "InvalidParameterValue", "planet");
    aws_rig_stop(&r);
}

static void test_templates_and_versions(void **state)
{
    struct aws_rig r;
    (void)state;
    aws_rig_start(&r, NULL);
    ask(&r, "Action=DescribeLaunchTemplates&LaunchTemplateId.1=lt-1");
    assert_true(aws_rig_says(&r, "<launchTemplateName>nodes</launchTemplateName>"));
    assert_true(aws_rig_says(&r, "<latestVersionNumber>2</latestVersionNumber>"));
    ask(&r, "Action=DescribeLaunchTemplateVersions&LaunchTemplateId=lt-1");
    assert_int_equal(count(&r, "<versionNumber>"), 2);
    ask(&r, "Action=DescribeLaunchTemplateVersions&LaunchTemplateName=nodes"
            "&LaunchTemplateVersion.1=%24Latest");
    assert_true(aws_rig_says(&r, "<versionNumber>2</versionNumber>"));
    assert_true(aws_rig_says(&r, "<imageId>ami-own</imageId>"));
    assert_refused(&r,
                   "Action=DescribeLaunchTemplateVersions&LaunchTemplateId=lt-1"
                   "&LaunchTemplateVersion.1=7",
                   "InvalidLaunchTemplateId.VersionNotFound", "version 7");
    assert_refused(&r, "Action=DescribeLaunchTemplateVersions&LaunchTemplateId=lt-9",
                   "InvalidLaunchTemplateId.NotFound", "lt-9");
    assert_refused(&r, "Action=DescribeLaunchTemplates&LaunchTemplateName.1=other",
                   "InvalidLaunchTemplateName.NotFoundException", "other");
    assert_refused(&r, "Action=DescribeLaunchTemplateVersions", "MissingParameter", "");
    aws_rig_stop(&r);
}

#define NEW_VERSION                                                                                \
    "Action=CreateLaunchTemplateVersion&LaunchTemplateId=lt-1&SourceVersion=2&ClientToken=t-1"     \
    "&VersionDescription=green&LaunchTemplateData.UserData=bmV3"                                   \
    "&LaunchTemplateData.BlockDeviceMapping.1.DeviceName=%2Fdev%2Fxvda"                            \
    "&LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize=80"

static void test_a_version_is_made_of_another(void **state)
{
    struct aws_rig r;
    (void)state;
    aws_rig_start(&r, NULL);
    assert_int_equal(ask(&r, NEW_VERSION), 200);
    assert_true(aws_rig_says(&r, "<versionNumber>3</versionNumber>"));
    assert_true(aws_rig_says(&r, "<imageId>ami-own</imageId>"));
    assert_true(aws_rig_says(&r, "<userData>bmV3</userData>"));
    assert_true(aws_rig_says(&r, "<volumeSize>80</volumeSize>"));
    assert_true(aws_rig_says(&r, "<defaultVersion>false</defaultVersion>"));
    /* The same again is the same; something else under the same token is refused. */
    assert_int_equal(ask(&r, NEW_VERSION), 200);
    assert_true(aws_rig_says(&r, "<versionNumber>3</versionNumber>"));
    assert_refused(&r, NEW_VERSION "&LaunchTemplateData.KeyName=k", "IdempotentParameterMismatch",
                   "");
    assert_refused(&r, "Action=CreateLaunchTemplateVersion&LaunchTemplateId=lt-1&SourceVersion=9",
                   "VersionNotFound", "version 9");
    assert_int_equal(ask(&r, "Action=ModifyLaunchTemplate&LaunchTemplateId=lt-1"
                             "&SetDefaultVersion=3"),
                     200);
    assert_true(aws_rig_says(&r, "<defaultVersionNumber>3</defaultVersionNumber>"));
    aws_rig_stop(&r);
}

static void test_templates_are_made_and_deleted(void **state)
{
    struct aws_rig r;
    (void)state;
    aws_rig_start(&r, NULL);
    assert_int_equal(ask(&r, "Action=CreateLaunchTemplate&LaunchTemplateName=fresh"
                             "&LaunchTemplateData.InstanceType=m6i.large"
                             "&TagSpecification.1.ResourceType=launch-template"
                             "&TagSpecification.1.Tag.1.Key=team&TagSpecification.1.Tag.1.Value=a"),
                     200);
    assert_refused(&r, "Action=CreateLaunchTemplate&LaunchTemplateName=fresh",
                   "InvalidLaunchTemplateName.AlreadyExistsException", "already in use");
    assert_refused(&r, "Action=CreateLaunchTemplate&LaunchTemplateName=a%20b",
                   "InvalidLaunchTemplateName.MalformedException", "");
    ask(&r, "Action=DescribeLaunchTemplates&Filter.1.Name=tag%3Ateam&Filter.1.Value.1=a");
    assert_true(aws_rig_says(&r, "<launchTemplateName>fresh</launchTemplateName>"));
    assert_int_equal(ask(&r, "Action=DeleteLaunchTemplate&LaunchTemplateName=fresh"), 200);
    assert_refused(&r, "Action=DescribeLaunchTemplates&LaunchTemplateName.1=fresh",
                   "NotFoundException", "fresh");
    aws_rig_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instances),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_ids_that_are_not_there),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_a_terminated_instance_goes_through_its_states),
        cmocka_unit_test(test_subnets_count_their_addresses),
        cmocka_unit_test(test_volumes_follow_the_simulated_attachments),
        cmocka_unit_test(test_a_stuck_volume_stays_until_it_is_forced),
        cmocka_unit_test(test_a_stuck_volume_comes_in_its_time),
        cmocka_unit_test(test_what_is_in_use_is_not_detached),
        cmocka_unit_test(test_types_and_where_they_are),
        cmocka_unit_test(test_templates_and_versions),
        cmocka_unit_test(test_a_version_is_made_of_another),
        cmocka_unit_test(test_templates_are_made_and_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
