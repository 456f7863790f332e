#include "cloud/elbv2.h"

#include "cloud/elbv2_actions.h"
#include "cloud/elbv2_shapes.h"
#include "cloud/ops.h"

/* --- what goes in --------------------------------------------------------------------------- */

struct ask {
    const char *load_balancer, *listener, *rule, *target_group;
    struct shape_texts arns, names;
    struct elbv2_targets targets;
    struct elbv2_actions actions;
};
#define ASK(kind, name, member) SHAPE_FIELD(struct ask, kind, name, member)
#define IN(what, ...)                                                                              \
    static const struct shape_field what##_ask[] = {__VA_ARGS__};                                  \
    static const struct shape in_##what = SHAPE(struct ask, what##_ask)

#define TARGET(kind, name, member) SHAPE_FIELD(struct elbv2_target, kind, name, member)
static const struct shape_field target_fields[] = {
    TARGET(SHAPE_TEXT, "Id", id),
    TARGET(SHAPE_INT, "Port", port),
    TARGET(SHAPE_TEXT, "AvailabilityZone", zone),
};
const struct shape elbv2_shape_target = SHAPE(struct elbv2_target, target_fields);

#define TARGET_GROUP ASK(SHAPE_TEXT, "TargetGroupArn", target_group)
#define TARGETS SHAPE_OF(struct ask, SHAPE_STRUCTS, "Targets", targets, &elbv2_shape_target)
IN(target_groups, ASK(SHAPE_TEXTS, "TargetGroupArns", arns), ASK(SHAPE_TEXTS, "Names", names));
IN(target_group, TARGET_GROUP);
IN(targets, TARGET_GROUP, TARGETS);
IN(listeners, ASK(SHAPE_TEXT, "LoadBalancerArn", load_balancer));
IN(rules, ASK(SHAPE_TEXT, "ListenerArn", listener));
IN(modify_listener, ASK(SHAPE_TEXT, "ListenerArn", listener),
   SHAPE_OF(struct ask, SHAPE_STRUCTS, "DefaultActions", actions, &elbv2_shape_action));
IN(modify_rule, ASK(SHAPE_TEXT, "RuleArn", rule),
   SHAPE_OF(struct ask, SHAPE_STRUCTS, "Actions", actions, &elbv2_shape_action));

/* --- what comes out ------------------------------------------------------------------------- */

#define OUT(what, type, name, of)                                                                  \
    static const struct shape_field what##_answer[] = {                                            \
        SHAPE_OF(type, SHAPE_STRUCTS, name, items, of)};                                           \
    static const struct shape out_##what = SHAPE(type, what##_answer)

#define GROUP(kind, name, member) SHAPE_FIELD(struct elbv2_target_group, kind, name, member)
static const struct shape_field group_fields[] = {
    SHAPE_MUST(struct elbv2_target_group, SHAPE_TEXT, "TargetGroupArn", arn),
    GROUP(SHAPE_TEXT, "TargetGroupName", name),
    GROUP(SHAPE_TEXT, "Protocol", protocol),
    GROUP(SHAPE_TEXT, "VpcId", vpc),
    GROUP(SHAPE_TEXT, "TargetType", target_type),
    GROUP(SHAPE_TEXT, "HealthCheckPath", health_path),
    GROUP(SHAPE_INT, "Port", port),
    GROUP(SHAPE_INT, "HealthCheckIntervalSeconds", interval_s),
    GROUP(SHAPE_INT, "HealthCheckTimeoutSeconds", timeout_s),
    GROUP(SHAPE_INT, "HealthyThresholdCount", healthy),
    GROUP(SHAPE_INT, "UnhealthyThresholdCount", unhealthy),
    GROUP(SHAPE_BOOL, "HealthCheckEnabled", checks_health),
    GROUP(SHAPE_TEXTS, "LoadBalancerArns", load_balancers),
};
static const struct shape group = SHAPE(struct elbv2_target_group, group_fields);
OUT(target_groups, struct elbv2_target_groups, "TargetGroups", &group);

static const struct shape_field attribute_fields[] = {
    SHAPE_FIELD(struct elbv2_attribute, SHAPE_TEXT, "Key", key),
    SHAPE_FIELD(struct elbv2_attribute, SHAPE_TEXT, "Value", value),
};
const struct shape elbv2_shape_attribute = SHAPE(struct elbv2_attribute, attribute_fields);
OUT(attributes, struct elbv2_attributes, "Attributes", &elbv2_shape_attribute);

static const char *const states[] = {"initial", "healthy",  "unhealthy",   "unhealthy.draining",
                                     "unused",  "draining", "unavailable", NULL};
#define HEALTH(kind, name, member) SHAPE_FIELD(struct elbv2_target_health, kind, name, member)
static const struct shape_field state_fields[] = {
    SHAPE_ENUM(struct elbv2_target_health, "State", state, states),
    HEALTH(SHAPE_TEXT, "Reason", reason),
    HEALTH(SHAPE_TEXT, "Description", description),
};
static const struct shape health_state = SHAPE(struct elbv2_target_health, state_fields);
static const struct shape_field health_fields[] = {
    SHAPE_OF(struct elbv2_target_health, SHAPE_STRUCT, "Target", target, &elbv2_shape_target),
    {.name = "TargetHealth", .kind = SHAPE_STRUCT, .offset = 0, .of = &health_state},
};
static const struct shape health = SHAPE(struct elbv2_target_health, health_fields);
OUT(target_health, struct elbv2_targets_health, "TargetHealthDescriptions", &health);

#define LISTENER(kind, name, member) SHAPE_FIELD(struct elbv2_listener, kind, name, member)
static const struct shape_field listener_fields[] = {
    SHAPE_MUST(struct elbv2_listener, SHAPE_TEXT, "ListenerArn", arn),
    LISTENER(SHAPE_TEXT, "LoadBalancerArn", load_balancer),
    LISTENER(SHAPE_TEXT, "Protocol", protocol),
    LISTENER(SHAPE_INT, "Port", port),
    SHAPE_OF(struct elbv2_listener, SHAPE_STRUCTS, "DefaultActions", actions, &elbv2_shape_action),
};
const struct shape elbv2_shape_listener = SHAPE(struct elbv2_listener, listener_fields);
OUT(listeners, struct elbv2_listeners, "Listeners", &elbv2_shape_listener);

#define RULE(kind, name, member) SHAPE_FIELD(struct elbv2_rule, kind, name, member)
static const struct shape_field rule_fields[] = {
    SHAPE_MUST(struct elbv2_rule, SHAPE_TEXT, "RuleArn", arn),
    RULE(SHAPE_TEXT, "Priority", priority),
    RULE(SHAPE_BOOL, "IsDefault", is_default),
    SHAPE_OF(struct elbv2_rule, SHAPE_STRUCTS, "Actions", actions, &elbv2_shape_action),
};
static const struct shape rule = SHAPE(struct elbv2_rule, rule_fields);
OUT(rules, struct elbv2_rules, "Rules", &rule);

/* --- operations ----------------------------------------------------------------------------- */

#define PAGING(what, action)                                                                       \
    static const struct aws_paging what##_paging = {.in = "Marker",                                \
                                                    .out = action "Result.NextMarker"}
PAGING(target_groups, "DescribeTargetGroups");
PAGING(listeners, "DescribeListeners");
PAGING(rules, "DescribeRules");

/* Writing the same twice leaves what writing it once does. */
#define OP(op, action_, in_, out_, paging_)                                                        \
    const struct cloud_op elbv2_op_##op = {.service = &aws_service_elbv2,                          \
                                           .action = action_,                                      \
                                           .in = in_,                                              \
                                           .out = out_,                                            \
                                           .paging = paging_,                                      \
                                           .repeats = true}
OP(describe_target_groups, "DescribeTargetGroups", &in_target_groups, &out_target_groups,
   &target_groups_paging);
OP(describe_target_group_attributes, "DescribeTargetGroupAttributes", &in_target_group,
   &out_attributes, NULL);
OP(describe_target_health, "DescribeTargetHealth", &in_targets, &out_target_health, NULL);
OP(describe_listeners, "DescribeListeners", &in_listeners, &out_listeners, &listeners_paging);
OP(describe_rules, "DescribeRules", &in_rules, &out_rules, &rules_paging);
OP(modify_listener, "ModifyListener", &in_modify_listener, NULL, NULL);
OP(modify_rule, "ModifyRule", &in_modify_rule, NULL, NULL);
OP(register_targets, "RegisterTargets", &in_targets, NULL, NULL);
OP(deregister_targets, "DeregisterTargets", &in_targets, NULL, NULL);

/* --- calls ---------------------------------------------------------------------------------- */

static int wrap(int result, const char *what, const char *arn, struct err *err)
{
    return result ? err_wrap(err, "%s '%s'", what, arn ? arn : "") : 0;
}

int elbv2_describe_target_groups(struct aws_client *c, const struct shape_texts *arns,
                                 const struct shape_texts *names, struct arena *arena,
                                 struct elbv2_target_groups *out, struct err *err)
{
    struct ask ask = {0};
    *out = (struct elbv2_target_groups){0};
    if (arns)
        ask.arns = *arns;
    if (names)
        ask.names = *names;
    return cloud_op_call(c, &elbv2_op_describe_target_groups, &ask, arena, out, err);
}

int elbv2_describe_target_group_attributes(struct aws_client *c, const char *target_group,
                                           struct arena *arena, struct elbv2_attributes *out,
                                           struct err *err)
{
    const struct ask ask = {.target_group = target_group};
    *out = (struct elbv2_attributes){0};
    return wrap(cloud_op_call(c, &elbv2_op_describe_target_group_attributes, &ask, arena, out, err),
                "target group", target_group, err);
}

int elbv2_describe_target_health(struct aws_client *c, const char *target_group,
                                 const struct elbv2_targets *targets, struct arena *arena,
                                 struct elbv2_targets_health *out, struct err *err)
{
    struct ask ask = {.target_group = target_group};
    *out = (struct elbv2_targets_health){0};
    if (targets)
        ask.targets = *targets;
    return wrap(cloud_op_call(c, &elbv2_op_describe_target_health, &ask, arena, out, err),
                "target group", target_group, err);
}

int elbv2_describe_listeners(struct aws_client *c, const char *load_balancer, struct arena *arena,
                             struct elbv2_listeners *out, struct err *err)
{
    const struct ask ask = {.load_balancer = load_balancer};
    *out = (struct elbv2_listeners){0};
    return wrap(cloud_op_call(c, &elbv2_op_describe_listeners, &ask, arena, out, err),
                "load balancer", load_balancer, err);
}

int elbv2_describe_rules(struct aws_client *c, const char *listener_arn, struct arena *arena,
                         struct elbv2_rules *out, struct err *err)
{
    const struct ask ask = {.listener = listener_arn};
    *out = (struct elbv2_rules){0};
    return wrap(cloud_op_call(c, &elbv2_op_describe_rules, &ask, arena, out, err), "listener",
                listener_arn, err);
}

static int know_all(const struct elbv2_actions *actions, struct err *err)
{
    for (uint32_t i = 0; i < actions->count; i++)
        if (actions->items[i].unknown.count)
            return err_set(err, ERR_INPUT,
                           "an action holds %s, which this version does not know and would drop",
                           actions->items[i].unknown.items[0]);
    return 0;
}

int elbv2_modify_listener(struct aws_client *c, const char *listener_arn,
                          const struct elbv2_actions *actions, struct err *err)
{
    const struct ask ask = {.listener = listener_arn, .actions = *actions};
    int result = know_all(actions, err);
    if (!result)
        result = cloud_op_call(c, &elbv2_op_modify_listener, &ask, NULL, NULL, err);
    return wrap(result, "listener", listener_arn, err);
}

int elbv2_modify_rule(struct aws_client *c, const char *rule_arn,
                      const struct elbv2_actions *actions, struct err *err)
{
    const struct ask ask = {.rule = rule_arn, .actions = *actions};
    int result = know_all(actions, err);
    if (!result)
        result = cloud_op_call(c, &elbv2_op_modify_rule, &ask, NULL, NULL, err);
    return wrap(result, "rule", rule_arn, err);
}

static int change_targets(struct aws_client *c, const struct cloud_op *op, const char *target_group,
                          const struct elbv2_targets *targets, struct err *err)
{
    const struct ask ask = {.target_group = target_group, .targets = *targets};
    return wrap(cloud_op_call(c, op, &ask, NULL, NULL, err), "target group", target_group, err);
}

int elbv2_register_targets(struct aws_client *c, const char *target_group,
                           const struct elbv2_targets *targets, struct err *err)
{
    return change_targets(c, &elbv2_op_register_targets, target_group, targets, err);
}

int elbv2_deregister_targets(struct aws_client *c, const char *target_group,
                             const struct elbv2_targets *targets, struct err *err)
{
    return change_targets(c, &elbv2_op_deregister_targets, target_group, targets, err);
}

enum elbv2_state elbv2_state(const char *text)
{
    return (enum elbv2_state)shape_value(states, text);
}
