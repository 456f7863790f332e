#include "cloud/autoscaling.h"

#include "cloud/ops.h"

#include <string.h>

struct ask {
    struct shape_texts names;
    const char *group;
};
static const struct shape_field groups_fields[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXTS, "AutoScalingGroupNames", names),
};
static const struct shape in_groups = SHAPE(struct ask, groups_fields);
static const struct shape_field refreshes_fields[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "AutoScalingGroupName", group),
};
static const struct shape in_refreshes = SHAPE(struct ask, refreshes_fields);

#define INSTANCE(kind, name, member) SHAPE_FIELD(struct asg_instance, kind, name, member)
static const struct shape_field instance_fields[] = {
    SHAPE_MUST(struct asg_instance, SHAPE_TEXT, "InstanceId", id),
    INSTANCE(SHAPE_TEXT, "InstanceType", type),
    INSTANCE(SHAPE_TEXT, "AvailabilityZone", zone),
    INSTANCE(SHAPE_TEXT, "LifecycleState", lifecycle),
    INSTANCE(SHAPE_TEXT, "HealthStatus", health),
    INSTANCE(SHAPE_BOOL, "ProtectedFromScaleIn", protected_from_scale_in),
};
static const struct shape instance = SHAPE(struct asg_instance, instance_fields);
static const struct shape_field suspension_fields[] = {
    SHAPE_FIELD(struct asg_suspension, SHAPE_TEXT, "ProcessName", process),
    SHAPE_FIELD(struct asg_suspension, SHAPE_TEXT, "SuspensionReason", reason),
};
static const struct shape suspension = SHAPE(struct asg_suspension, suspension_fields);
static const struct shape_field tag_fields[] = {
    SHAPE_FIELD(struct asg_tag, SHAPE_TEXT, "Key", key),
    SHAPE_FIELD(struct asg_tag, SHAPE_TEXT, "Value", value),
};
static const struct shape tag = SHAPE(struct asg_tag, tag_fields);

#define GROUP(kind, name, member) SHAPE_FIELD(struct asg_group, kind, name, member)
#define GROUP_OF(name, member, of) SHAPE_OF(struct asg_group, SHAPE_STRUCTS, name, member, of)
static const struct shape_field group_fields[] = {
    SHAPE_MUST(struct asg_group, SHAPE_TEXT, "AutoScalingGroupName", name),
    GROUP(SHAPE_TEXT, "AutoScalingGroupARN", arn),
    GROUP(SHAPE_TEXT, "VPCZoneIdentifier", subnets),
    GROUP(SHAPE_TEXT, "Status", status),
    GROUP(SHAPE_INT, "MinSize", min),
    GROUP(SHAPE_INT, "MaxSize", max),
    GROUP(SHAPE_INT, "DesiredCapacity", desired),
    GROUP(SHAPE_TEXTS, "AvailabilityZones", zones),
    GROUP_OF("Instances", instances, &instance),
    GROUP_OF("SuspendedProcesses", suspended, &suspension),
    GROUP_OF("Tags", tags, &tag),
};
static const struct shape group = SHAPE(struct asg_group, group_fields);
static const struct shape_field groups_answer[] = {
    SHAPE_OF(struct asg_groups, SHAPE_STRUCTS, "AutoScalingGroups", items, &group),
};
static const struct shape out_groups = SHAPE(struct asg_groups, groups_answer);

static const char *const ended[] = {"Successful",         "Failed", "Cancelled", "RollbackFailed",
                                    "RollbackSuccessful", NULL};
#define REFRESH(kind, name, member) SHAPE_FIELD(struct asg_refresh, kind, name, member)
static const struct shape_field refresh_fields[] = {
    SHAPE_MUST(struct asg_refresh, SHAPE_TEXT, "InstanceRefreshId", id),
    REFRESH(SHAPE_TEXT, "AutoScalingGroupName", group),
    SHAPE_ENUM(struct asg_refresh, "Status", status, ended),
    REFRESH(SHAPE_TEXT, "StatusReason", reason),
    REFRESH(SHAPE_INT, "PercentageComplete", percent),
    REFRESH(SHAPE_INT, "InstancesToUpdate", instances_left),
    REFRESH(SHAPE_TIME, "StartTime", started),
    REFRESH(SHAPE_TIME, "EndTime", ended),
};
static const struct shape refresh = SHAPE(struct asg_refresh, refresh_fields);
static const struct shape_field refreshes_answer[] = {
    SHAPE_OF(struct asg_refreshes, SHAPE_STRUCTS, "InstanceRefreshes", items, &refresh),
};
static const struct shape out_refreshes = SHAPE(struct asg_refreshes, refreshes_answer);

struct end {
    const char *instance;
    enum shape_flag less;
};
static const struct shape_field end_fields[] = {
    SHAPE_FIELD(struct end, SHAPE_TEXT, "InstanceId", instance),
    SHAPE_FIELD(struct end, SHAPE_BOOL, "ShouldDecrementDesiredCapacity", less),
};
static const struct shape in_end = SHAPE(struct end, end_fields);
struct activity {
    const char *id, *status;
};
static const struct shape_field activity_fields[] = {
    SHAPE_MUST(struct activity, SHAPE_TEXT, "ActivityId", id),
    SHAPE_FIELD(struct activity, SHAPE_TEXT, "StatusCode", status),
};
static const struct shape activity = SHAPE(struct activity, activity_fields);
struct ended_activity {
    struct activity activity;
};
static const struct shape_field ended_fields[] = {
    SHAPE_OF(struct ended_activity, SHAPE_STRUCT, "Activity", activity, &activity),
};
static const struct shape out_ended = SHAPE(struct ended_activity, ended_fields);

static const struct aws_paging groups_paging = {.in = "NextToken",
                                                .out = "DescribeAutoScalingGroupsResult.NextToken"};
static const struct aws_paging refreshes_paging = {
    .in = "NextToken", .out = "DescribeInstanceRefreshesResult.NextToken"};
const struct cloud_op asg_op_describe_groups = {.service = &aws_service_autoscaling,
                                                .action = "DescribeAutoScalingGroups",
                                                .in = &in_groups,
                                                .out = &out_groups,
                                                .paging = &groups_paging,
                                                .repeats = true};
const struct cloud_op asg_op_describe_refreshes = {.service = &aws_service_autoscaling,
                                                   .action = "DescribeInstanceRefreshes",
                                                   .in = &in_refreshes,
                                                   .out = &out_refreshes,
                                                   .paging = &refreshes_paging,
                                                   .repeats = true};

const struct cloud_op asg_op_terminate_instance = {.service = &aws_service_autoscaling,
                                                   .action = "TerminateInstanceInAutoScalingGroup",
                                                   .in = &in_end,
                                                   .out = &out_ended};

int asg_describe_groups(struct aws_client *c, const struct shape_texts *names, struct arena *arena,
                        struct asg_groups *out, struct err *err)
{
    struct ask ask = {.names = names ? *names : (struct shape_texts){0}};
    *out = (struct asg_groups){0};
    return cloud_op_call(c, &asg_op_describe_groups, &ask, arena, out, err);
}

int asg_describe_refreshes(struct aws_client *c, const char *group_name, struct arena *arena,
                           struct asg_refreshes *out, struct err *err)
{
    const struct ask ask = {.group = group_name};
    *out = (struct asg_refreshes){0};
    if (cloud_op_call(c, &asg_op_describe_refreshes, &ask, arena, out, err))
        return err_wrap(err, "Auto Scaling group '%s'", group_name ? group_name : "");
    return 0;
}

int asg_end_instance(struct aws_client *c, const char *id, struct err *err)
{
    _cleanup_arena_ struct arena arena = {0};
    const struct end ask = {.instance = id, .less = SHAPE_YES};
    struct ended_activity out = {0};
    if (!cloud_op_call(c, &asg_op_terminate_instance, &ask, &arena, &out, err))
        return 0;
    if (err->class == ERR_INPUT && strstr(err->msg, "not found"))
        err->class = ERR_NOT_FOUND;
    return err_wrap(err, "machine '%s'", id ? id : "");
}

bool asg_refresh_is_running(const char *status)
{
    return !shape_value(ended, status);
}
