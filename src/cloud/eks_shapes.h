/* eks_shapes: the tables of cloud/eks.h's structs, for its calls. Within cloud/ only. */
#ifndef TOBAN_CLOUD_EKS_SHAPES_H
#define TOBAN_CLOUD_EKS_SHAPES_H

#include "cloud/shape.h"

extern const struct shape eks_shape_cluster, eks_shape_nodegroup, eks_shape_update, eks_shape_addon,
    eks_shape_addon_offer, eks_shape_insight, eks_shape_access_entry;
extern const struct shape eks_shape_scaling, eks_shape_update_config, eks_shape_repair,
    eks_shape_warm_pool, eks_shape_launch_template, eks_shape_remote_access, eks_shape_taint,
    eks_shape_health;

/* Values of enums, ended by NULL, in the order of the enums of eks.h. */
extern const char *const eks_group_statuses[], *const eks_update_statuses[];

#endif
