#include "pocket/aws/autoscaling_shapes.h"

/* --- what goes in -------------------------------------------------------------------------- */

#define ASK(kind, name, member) SHAPE_FIELD(struct asg_ask, kind, name, member)
#define NEED(kind, name, member) SHAPE_MUST(struct asg_ask, kind, name, member)
#define PAGE ASK(SHAPE_TEXT, "NextToken", token), ASK(SHAPE_INT, "MaxRecords", most)
#define GROUP NEED(SHAPE_TEXT, "AutoScalingGroupName", group)

static const struct shape_field filter_fields[] = {
    SHAPE_FIELD(struct asg_filter, SHAPE_TEXT, "Name", name),
    SHAPE_FIELD(struct asg_filter, SHAPE_TEXTS, "Values", values),
};
static const struct shape filter = SHAPE(struct asg_filter, filter_fields);
static const struct shape_field groups_fields[] = {
    ASK(SHAPE_TEXTS, "AutoScalingGroupNames", names),
    SHAPE_OF(struct asg_ask, SHAPE_STRUCTS, "Filters", filters, &filter), PAGE};
const struct shape asg_in_groups = SHAPE(struct asg_ask, groups_fields);
static const struct shape_field instances_fields[] = {ASK(SHAPE_TEXTS, "InstanceIds", instances),
                                                      PAGE};
const struct shape asg_in_instances = SHAPE(struct asg_ask, instances_fields);
static const struct shape_field one_group_fields[] = {GROUP, PAGE};
const struct shape asg_in_group = SHAPE(struct asg_ask, one_group_fields);
static const struct shape_field desired_fields[] = {GROUP,
                                                    NEED(SHAPE_INT, "DesiredCapacity", desired)};
const struct shape asg_in_desired = SHAPE(struct asg_ask, desired_fields);
static const struct shape_field update_fields[] = {GROUP, ASK(SHAPE_INT, "MinSize", min),
                                                   ASK(SHAPE_INT, "MaxSize", max),
                                                   ASK(SHAPE_INT, "DesiredCapacity", desired)};
const struct shape asg_in_update = SHAPE(struct asg_ask, update_fields);
static const struct shape_field processes_fields[] = {
    GROUP, ASK(SHAPE_TEXTS, "ScalingProcesses", processes)};
const struct shape asg_in_processes = SHAPE(struct asg_ask, processes_fields);
static const struct shape_field terminate_fields[] = {
    NEED(SHAPE_TEXT, "InstanceId", instance),
    NEED(SHAPE_BOOL, "ShouldDecrementDesiredCapacity", decrement)};
const struct shape asg_in_terminate = SHAPE(struct asg_ask, terminate_fields);
static const struct shape_field health_fields[] = {NEED(SHAPE_TEXT, "InstanceId", instance),
                                                   NEED(SHAPE_TEXT, "HealthStatus", health)};
const struct shape asg_in_health = SHAPE(struct asg_ask, health_fields);
static const struct shape_field protection_fields[] = {
    GROUP, NEED(SHAPE_TEXTS, "InstanceIds", instances),
    NEED(SHAPE_BOOL, "ProtectedFromScaleIn", protect)};
const struct shape asg_in_protection = SHAPE(struct asg_ask, protection_fields);

/* --- what comes out ------------------------------------------------------------------------ */

static const struct shape_field template_fields[] = {
    SHAPE_FIELD(struct asg_told_template, SHAPE_TEXT, "LaunchTemplateId", id),
    SHAPE_FIELD(struct asg_told_template, SHAPE_TEXT, "LaunchTemplateName", name),
    SHAPE_FIELD(struct asg_told_template, SHAPE_TEXT, "Version", version),
};
static const struct shape template_shape = SHAPE(struct asg_told_template, template_fields);

#define INSTANCE(kind, name, member) SHAPE_FIELD(struct asg_told_instance, kind, name, member)
#define INSTANCE_FIELDS                                                                            \
    INSTANCE(SHAPE_TEXT, "InstanceId", id), INSTANCE(SHAPE_TEXT, "InstanceType", type),            \
        INSTANCE(SHAPE_TEXT, "AvailabilityZone", zone),                                            \
        INSTANCE(SHAPE_TEXT, "LifecycleState", lifecycle),                                         \
        INSTANCE(SHAPE_TEXT, "HealthStatus", health),                                              \
        INSTANCE(SHAPE_BOOL, "ProtectedFromScaleIn", protected_from_scale_in),                     \
        SHAPE_OF(struct asg_told_instance, SHAPE_STRUCT, "LaunchTemplate", template,               \
                 &template_shape)
static const struct shape_field instance_fields[] = {INSTANCE_FIELDS};
static const struct shape instance = SHAPE(struct asg_told_instance, instance_fields);
static const struct shape_field instance_of_fields[] = {
    INSTANCE_FIELDS, INSTANCE(SHAPE_TEXT, "AutoScalingGroupName", group)};
static const struct shape instance_of = SHAPE(struct asg_told_instance, instance_of_fields);

static const struct shape_field suspension_fields[] = {
    SHAPE_FIELD(struct asg_suspension, SHAPE_TEXT, "ProcessName", process),
    SHAPE_FIELD(struct asg_suspension, SHAPE_TEXT, "SuspensionReason", reason),
};
static const struct shape suspension = SHAPE(struct asg_suspension, suspension_fields);
#define TAG(kind, name, member) SHAPE_FIELD(struct asg_told_tag, kind, name, member)
static const struct shape_field tag_fields[] = {
    TAG(SHAPE_TEXT, "ResourceId", resource), TAG(SHAPE_TEXT, "ResourceType", type),
    TAG(SHAPE_TEXT, "Key", key), TAG(SHAPE_TEXT, "Value", value),
    TAG(SHAPE_BOOL, "PropagateAtLaunch", propagate)};
static const struct shape tag = SHAPE(struct asg_told_tag, tag_fields);

#define TOLD(kind, name, member) SHAPE_FIELD(struct asg_told_group, kind, name, member)
#define TOLD_OF(kind, name, member, of) SHAPE_OF(struct asg_told_group, kind, name, member, of)
static const struct shape_field group_fields[] = {
    TOLD(SHAPE_TEXT, "AutoScalingGroupName", name),
    TOLD(SHAPE_TEXT, "AutoScalingGroupARN", arn),
    TOLD_OF(SHAPE_STRUCT, "LaunchTemplate", template, &template_shape),
    TOLD(SHAPE_INT, "MinSize", min),
    TOLD(SHAPE_INT, "MaxSize", max),
    TOLD(SHAPE_INT, "DesiredCapacity", desired),
    TOLD(SHAPE_INT, "DefaultCooldown", cooldown),
    TOLD(SHAPE_TEXTS, "AvailabilityZones", zones),
    TOLD(SHAPE_TEXTS, "TargetGroupARNs", target_groups),
    TOLD(SHAPE_TEXT, "HealthCheckType", health_check),
    TOLD(SHAPE_INT, "HealthCheckGracePeriod", health_grace),
    TOLD_OF(SHAPE_STRUCTS, "Instances", instances, &instance),
    TOLD(SHAPE_TIME, "CreatedTime", created),
    TOLD_OF(SHAPE_STRUCTS, "SuspendedProcesses", suspended, &suspension),
    TOLD(SHAPE_TEXT, "VPCZoneIdentifier", subnets),
    TOLD(SHAPE_TEXT, "Status", status),
    TOLD_OF(SHAPE_STRUCTS, "Tags", tags, &tag),
};
static const struct shape group_shape = SHAPE(struct asg_told_group, group_fields);

#define OUT_LIST(what, type, name, of)                                                             \
    static const struct shape_field out_##what##_fields[] = {                                      \
        SHAPE_OF(type, SHAPE_STRUCTS, name, items, of),                                            \
        SHAPE_FIELD(type, SHAPE_TEXT, "NextToken", token),                                         \
    };                                                                                             \
    const struct shape asg_out_##what = SHAPE(type, out_##what##_fields);                          \
    const struct service_pages asg_##what##_pages = {                                              \
        .asked_most = offsetof(struct asg_ask, most),                                              \
        .asked_token = offsetof(struct asg_ask, token),                                            \
        .list = offsetof(type, items),                                                             \
        .item = sizeof *((type *)NULL)->items.items,                                               \
        .token = offsetof(type, token),                                                            \
        .most = 50,                                                                                \
    }
OUT_LIST(groups, struct asg_told_groups, "AutoScalingGroups", &group_shape);
OUT_LIST(instances, struct asg_told_instances, "AutoScalingInstances", &instance_of);

#define REFRESH(kind, name, member) SHAPE_FIELD(struct asg_told_refresh, kind, name, member)
static const struct shape_field refresh_fields[] = {
    REFRESH(SHAPE_TEXT, "InstanceRefreshId", id),
    REFRESH(SHAPE_TEXT, "AutoScalingGroupName", group),
    REFRESH(SHAPE_TEXT, "Status", status),
    REFRESH(SHAPE_TIME, "StartTime", started),
    REFRESH(SHAPE_TIME, "EndTime", ended),
    REFRESH(SHAPE_INT, "PercentageComplete", percent),
    REFRESH(SHAPE_INT, "InstancesToUpdate", instances_left),
};
static const struct shape refresh_shape = SHAPE(struct asg_told_refresh, refresh_fields);
OUT_LIST(refreshes, struct asg_told_refreshes, "InstanceRefreshes", &refresh_shape);

static const struct shape_field begun_fields[] = {REFRESH(SHAPE_TEXT, "InstanceRefreshId", id)};
const struct shape asg_out_refresh = SHAPE(struct asg_told_refresh, begun_fields);

#define ACTIVITY(kind, name, member) SHAPE_FIELD(struct asg_told_activity, kind, name, member)
static const struct shape_field activity_fields[] = {
    ACTIVITY(SHAPE_TEXT, "ActivityId", id),
    ACTIVITY(SHAPE_TEXT, "AutoScalingGroupName", group),
    ACTIVITY(SHAPE_TEXT, "Description", description),
    ACTIVITY(SHAPE_TEXT, "Cause", cause),
    ACTIVITY(SHAPE_TIME, "StartTime", started),
    ACTIVITY(SHAPE_TEXT, "StatusCode", status),
    ACTIVITY(SHAPE_INT, "Progress", percent),
};
static const struct shape activity = SHAPE(struct asg_told_activity, activity_fields);
static const struct shape_field terminated_fields[] = {
    {.name = "Activity", .kind = SHAPE_STRUCT, .offset = 0, .of = &activity},
};
const struct shape asg_out_activity = SHAPE(struct asg_told_activity, terminated_fields);

const struct shape asg_out_nothing = {.size = 1};
