#include "cloud/eks.h"
#include "cloud/eks_shapes.h"

const char *const eks_group_statuses[] = {"CREATING",      "ACTIVE",        "UPDATING", "DELETING",
                                          "CREATE_FAILED", "DELETE_FAILED", "DEGRADED", NULL};

#define SCALING(name, member) SHAPE_FIELD(struct eks_scaling, SHAPE_INT, name, member)
static const struct shape_field scaling_fields[] = {
    SCALING("minSize", min),
    SCALING("maxSize", max),
    SCALING("desiredSize", desired),
};
const struct shape eks_shape_scaling = SHAPE(struct eks_scaling, scaling_fields);

static const char *const strategies[] = {"DEFAULT", "MINIMAL", NULL};
#define UPDATE(kind, name, member) SHAPE_FIELD(struct eks_update_config, kind, name, member)
static const struct shape_field update_fields[] = {
    UPDATE(SHAPE_INT, "maxUnavailable", max_unavailable),
    UPDATE(SHAPE_INT, "maxUnavailablePercentage", max_unavailable_percent),
    SHAPE_ENUM(struct eks_update_config, "updateStrategy", strategy, strategies),
};
const struct shape eks_shape_update_config = SHAPE(struct eks_update_config, update_fields);

static const char *const effects[] = {"NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE", NULL};
#define TAINT(name, member) SHAPE_FIELD(struct eks_taint, SHAPE_TEXT, name, member)
static const struct shape_field taint_fields[] = {
    TAINT("key", key),
    TAINT("value", value),
    SHAPE_ENUM(struct eks_taint, "effect", effect, effects),
};
const struct shape eks_shape_taint = SHAPE(struct eks_taint, taint_fields);

#define TEMPLATE(name, member) SHAPE_FIELD(struct eks_launch_template, SHAPE_TEXT, name, member)
static const struct shape_field template_fields[] = {
    TEMPLATE("id", id),
    TEMPLATE("name", name),
    TEMPLATE("version", version),
};
const struct shape eks_shape_launch_template = SHAPE(struct eks_launch_template, template_fields);

#define ACCESS(kind, name, member) SHAPE_FIELD(struct eks_remote_access, kind, name, member)
static const struct shape_field access_fields[] = {
    ACCESS(SHAPE_TEXT, "ec2SshKey", ssh_key),
    ACCESS(SHAPE_TEXTS, "sourceSecurityGroups", source_security_groups),
};
const struct shape eks_shape_remote_access = SHAPE(struct eks_remote_access, access_fields);

#define OVERRIDE(kind, name, member) SHAPE_FIELD(struct eks_repair_override, kind, name, member)
static const struct shape_field override_fields[] = {
    OVERRIDE(SHAPE_TEXT, "nodeMonitoringCondition", condition),
    OVERRIDE(SHAPE_TEXT, "nodeUnhealthyReason", reason),
    OVERRIDE(SHAPE_INT, "minRepairWaitTimeMins", min_wait_minutes),
    OVERRIDE(SHAPE_TEXT, "repairAction", action),
};
static const struct shape repair_override = SHAPE(struct eks_repair_override, override_fields);

#define REPAIR(kind, name, member) SHAPE_FIELD(struct eks_repair, kind, name, member)
static const struct shape_field repair_fields[] = {
    REPAIR(SHAPE_BOOL, "enabled", enabled),
    REPAIR(SHAPE_INT, "maxUnhealthyNodeThresholdCount", max_unhealthy),
    REPAIR(SHAPE_INT, "maxUnhealthyNodeThresholdPercentage", max_unhealthy_percent),
    REPAIR(SHAPE_INT, "maxParallelNodesRepairedCount", max_parallel),
    REPAIR(SHAPE_INT, "maxParallelNodesRepairedPercentage", max_parallel_percent),
    SHAPE_OF(struct eks_repair, SHAPE_STRUCTS, "nodeRepairConfigOverrides", overrides,
             &repair_override),
};
const struct shape eks_shape_repair = SHAPE(struct eks_repair, repair_fields);

#define POOL(kind, name, member) SHAPE_FIELD(struct eks_warm_pool, kind, name, member)
static const struct shape_field pool_fields[] = {
    POOL(SHAPE_BOOL, "enabled", enabled),
    POOL(SHAPE_INT, "minSize", min),
    POOL(SHAPE_INT, "maxGroupPreparedCapacity", max_prepared),
    POOL(SHAPE_TEXT, "poolState", state),
    POOL(SHAPE_BOOL, "reuseOnScaleIn", reuse_on_scale_in),
};
const struct shape eks_shape_warm_pool = SHAPE(struct eks_warm_pool, pool_fields);

static const struct shape_field group_name_fields[] = {
    SHAPE_MUST(struct eks_group_name, SHAPE_TEXT, "name", name),
};
static const struct shape group_name = SHAPE(struct eks_group_name, group_name_fields);

static const struct shape_field resource_fields[] = {
    SHAPE_OF(struct eks_nodegroup, SHAPE_STRUCTS, "autoScalingGroups", autoscaling_groups,
             &group_name),
    SHAPE_FIELD(struct eks_nodegroup, SHAPE_TEXT, "remoteAccessSecurityGroup", remote_access_group),
};
/* Members of the answer's inner object that go into the same struct. */
static const struct shape group_resources = SHAPE(struct eks_nodegroup, resource_fields);

#define ISSUE(kind, name, member) SHAPE_FIELD(struct eks_issue, kind, name, member)
static const struct shape_field issue_fields[] = {
    ISSUE(SHAPE_TEXT, "code", code),
    ISSUE(SHAPE_TEXT, "message", message),
    ISSUE(SHAPE_TEXTS, "resourceIds", resources),
};
static const struct shape issue = SHAPE(struct eks_issue, issue_fields);
static const struct shape_field health_fields[] = {
    SHAPE_OF(struct eks_health, SHAPE_STRUCTS, "issues", issues, &issue),
};
const struct shape eks_shape_health = SHAPE(struct eks_health, health_fields);

static const char *const capacity_types[] = {"ON_DEMAND", "SPOT", "CAPACITY_BLOCK", NULL};
#define GROUP(kind, name, member) SHAPE_FIELD(struct eks_nodegroup, kind, name, member)
#define GROUP_OF(kind, name, member, of) SHAPE_OF(struct eks_nodegroup, kind, name, member, of)
static const struct shape_field group_fields[] = {
    SHAPE_MUST(struct eks_nodegroup, SHAPE_TEXT, "nodegroupName", name),
    SHAPE_MUST(struct eks_nodegroup, SHAPE_TEXT, "clusterName", cluster),
    {.name = "status",
     .kind = SHAPE_TEXT,
     .must = true,
     .offset = offsetof(struct eks_nodegroup, status),
     .values = eks_group_statuses},
    GROUP(SHAPE_TEXT, "nodegroupArn", arn),
    GROUP(SHAPE_TEXT, "amiType", ami_type),
    GROUP(SHAPE_TEXT, "version", version),
    GROUP(SHAPE_TEXT, "releaseVersion", release),
    SHAPE_ENUM(struct eks_nodegroup, "capacityType", capacity_type, capacity_types),
    GROUP(SHAPE_TEXT, "nodeRole", role),
    GROUP(SHAPE_TEXTS, "instanceTypes", instance_types),
    GROUP(SHAPE_TEXTS, "subnets", subnets),
    GROUP(SHAPE_INT, "diskSize", disk_gib),
    GROUP(SHAPE_TIME, "createdAt", created),
    GROUP(SHAPE_TIME, "modifiedAt", modified),
    GROUP(SHAPE_PAIRS, "labels", labels),
    GROUP(SHAPE_PAIRS, "tags", tags),
    GROUP_OF(SHAPE_STRUCTS, "taints", taints, &eks_shape_taint),
    GROUP_OF(SHAPE_STRUCT, "scalingConfig", scaling, &eks_shape_scaling),
    GROUP_OF(SHAPE_STRUCT, "updateConfig", update, &eks_shape_update_config),
    GROUP_OF(SHAPE_STRUCT, "launchTemplate", launch_template, &eks_shape_launch_template),
    GROUP_OF(SHAPE_STRUCT, "remoteAccess", remote_access, &eks_shape_remote_access),
    GROUP_OF(SHAPE_STRUCT, "nodeRepairConfig", repair, &eks_shape_repair),
    GROUP_OF(SHAPE_STRUCT, "warmPoolConfig", warm_pool, &eks_shape_warm_pool),
    GROUP_OF(SHAPE_STRUCT, "health", health, &eks_shape_health),
    {.name = "resources", .kind = SHAPE_STRUCT, .offset = 0, .of = &group_resources},
};
const struct shape eks_shape_nodegroup = SHAPE_KEEPING(struct eks_nodegroup, group_fields, unknown);
