/* eks_ops: the operations behind cloud/eks.h. For cloud/, and for the pocket, which answers them.
 */
#ifndef TOBAN_CLOUD_EKS_OPS_H
#define TOBAN_CLOUD_EKS_OPS_H

#include "cloud/eks.h"
#include "cloud/op.h"

/* What a call is about. */
struct eks_ask {
    const char *cluster, *group, *addon, *id, *principal, *version, *token;
    struct shape_texts categories;
};

struct eks_create {
    struct eks_nodegroup spec;
    const char *token;
};
struct eks_change_config {
    struct eks_ask ask;
    struct eks_nodegroup_change change;
};
struct eks_change_version {
    struct eks_ask ask;
    struct eks_nodegroup_version to;
};
struct eks_change_addon {
    struct eks_ask ask;
    struct eks_addon_change change;
};

extern const struct cloud_op eks_op_describe_cluster, eks_op_list_clusters, eks_op_list_nodegroups,
    eks_op_describe_nodegroup, eks_op_create_nodegroup, eks_op_delete_nodegroup,
    eks_op_update_nodegroup_config, eks_op_update_nodegroup_version, eks_op_describe_update,
    eks_op_list_updates, eks_op_list_addons, eks_op_describe_addon, eks_op_update_addon,
    eks_op_describe_addon_versions, eks_op_list_insights, eks_op_describe_insight,
    eks_op_list_access_entries, eks_op_describe_access_entry;

#endif
