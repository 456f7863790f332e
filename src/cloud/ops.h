/* ops: the operations of the services that have few of them. Within cloud/ only. */
#ifndef TOBAN_CLOUD_OPS_H
#define TOBAN_CLOUD_OPS_H

#include "cloud/op.h"

extern const struct cloud_op sts_op_get_caller_identity;
extern const struct cloud_op ssm_op_get_parameter;
extern const struct cloud_op sqs_op_get_queue_url, sqs_op_get_queue_attributes,
    sqs_op_receive_message, sqs_op_delete_message;
extern const struct cloud_op quotas_op_get, quotas_op_get_default;
extern const struct cloud_op ec2_op_describe_instances, ec2_op_describe_subnets,
    ec2_op_describe_volumes, ec2_op_describe_launch_templates, ec2_op_describe_instance_types,
    ec2_op_describe_launch_template_versions, ec2_op_describe_instance_type_offerings,
    ec2_op_create_launch_template_version;
extern const struct cloud_op asg_op_describe_groups, asg_op_describe_refreshes,
    asg_op_terminate_instance;
extern const struct cloud_op elbv2_op_describe_target_groups,
    elbv2_op_describe_target_group_attributes, elbv2_op_describe_target_health,
    elbv2_op_describe_listeners, elbv2_op_describe_rules, elbv2_op_modify_listener,
    elbv2_op_modify_rule, elbv2_op_register_targets, elbv2_op_deregister_targets;

#endif
