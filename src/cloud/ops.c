#include "cloud/ops.h"

#include "cloud/eks_ops.h"

const struct cloud_op *const cloud_ops[] = {
    &asg_op_describe_groups,
    &asg_op_describe_refreshes,
    &asg_op_terminate_instance,
    &ec2_op_create_launch_template_version,
    &ec2_op_describe_instance_type_offerings,
    &ec2_op_describe_instance_types,
    &ec2_op_describe_instances,
    &ec2_op_describe_launch_template_versions,
    &ec2_op_describe_launch_templates,
    &ec2_op_describe_subnets,
    &ec2_op_describe_volumes,
    &eks_op_create_nodegroup,
    &eks_op_delete_nodegroup,
    &eks_op_describe_access_entry,
    &eks_op_describe_addon,
    &eks_op_describe_addon_versions,
    &eks_op_describe_cluster,
    &eks_op_describe_insight,
    &eks_op_describe_nodegroup,
    &eks_op_describe_update,
    &eks_op_list_access_entries,
    &eks_op_list_addons,
    &eks_op_list_clusters,
    &eks_op_list_insights,
    &eks_op_list_nodegroups,
    &eks_op_list_updates,
    &eks_op_update_addon,
    &eks_op_update_nodegroup_config,
    &eks_op_update_nodegroup_version,
    &elbv2_op_deregister_targets,
    &elbv2_op_describe_listeners,
    &elbv2_op_describe_rules,
    &elbv2_op_describe_target_group_attributes,
    &elbv2_op_describe_target_groups,
    &elbv2_op_describe_target_health,
    &elbv2_op_modify_listener,
    &elbv2_op_modify_rule,
    &elbv2_op_register_targets,
    &quotas_op_get,
    &quotas_op_get_default,
    &sqs_op_delete_message,
    &sqs_op_get_queue_attributes,
    &sqs_op_get_queue_url,
    &sqs_op_receive_message,
    &ssm_op_get_parameter,
    &sts_op_get_caller_identity,
};
const unsigned cloud_op_count = ARRAY_LEN(cloud_ops);

void cloud_op_print(const char *action, const void *out, struct str *text)
{
    for (unsigned i = 0; i < cloud_op_count; i++)
        if (strcmp(cloud_ops[i]->action, action) == 0)
            shape_print(cloud_ops[i]->out, out, text);
}
