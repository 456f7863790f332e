#include "cloud/eks_ops.h"

#include "cloud/eks_shapes.h"

/* --- what goes in --------------------------------------------------------------------------- */

#define IN_PATH(type, name_, wire_, member)                                                        \
    {                                                                                              \
        .name = name_, .wire = wire_, .kind = SHAPE_TEXT, .place = SHAPE_PATH,                     \
        .offset = offsetof(type, member)                                                           \
    }
#define IN_QUERY(type, name_, member)                                                              \
    {                                                                                              \
        .name = name_, .kind = SHAPE_TEXT, .place = SHAPE_QUERY, .offset = offsetof(type, member)  \
    }
#define ASK_PATH(name, wire, member) IN_PATH(struct eks_ask, name, wire, member)
#define ASK_QUERY(name, member) IN_QUERY(struct eks_ask, name, member)

static const struct shape_field name_fields[] = {ASK_PATH("name", NULL, cluster)};
static const struct shape in_name = SHAPE(struct eks_ask, name_fields);
static const struct shape_field cluster_fields[] = {ASK_PATH("clusterName", "name", cluster)};
static const struct shape in_cluster = SHAPE(struct eks_ask, cluster_fields);
static const struct shape_field group_fields[] = {
    ASK_PATH("clusterName", "name", cluster),
    ASK_PATH("nodegroupName", NULL, group),
};
static const struct shape in_group = SHAPE(struct eks_ask, group_fields);
static const struct shape_field update_fields[] = {
    ASK_PATH("name", NULL, cluster),
    ASK_PATH("updateId", NULL, id),
    ASK_QUERY("nodegroupName", group),
    ASK_QUERY("addonName", addon),
};
static const struct shape in_update = SHAPE(struct eks_ask, update_fields);
static const struct shape_field updates_fields[] = {
    ASK_PATH("name", NULL, cluster),
    ASK_QUERY("nodegroupName", group),
    ASK_QUERY("addonName", addon),
};
static const struct shape in_updates = SHAPE(struct eks_ask, updates_fields);
static const struct shape_field addon_fields[] = {
    ASK_PATH("clusterName", "name", cluster),
    ASK_PATH("addonName", NULL, addon),
};
static const struct shape in_addon = SHAPE(struct eks_ask, addon_fields);
static const struct shape_field offers_fields[] = {
    ASK_QUERY("kubernetesVersion", version),
    ASK_QUERY("addonName", addon),
};
static const struct shape in_offers = SHAPE(struct eks_ask, offers_fields);
static const struct shape_field filter_fields[] = {
    SHAPE_FIELD(struct eks_ask, SHAPE_TEXTS, "categories", categories),
};
static const struct shape insights_filter = SHAPE(struct eks_ask, filter_fields);
static const struct shape_field insights_fields[] = {
    ASK_PATH("clusterName", "name", cluster),
    {.name = "filter", .kind = SHAPE_STRUCT, .offset = 0, .of = &insights_filter},
};
static const struct shape in_insights = SHAPE(struct eks_ask, insights_fields);
static const struct shape_field insight_fields[] = {
    ASK_PATH("clusterName", "name", cluster),
    ASK_PATH("id", NULL, id),
};
static const struct shape in_insight = SHAPE(struct eks_ask, insight_fields);
static const struct shape_field entry_fields[] = {
    ASK_PATH("clusterName", "name", cluster),
    ASK_PATH("principalArn", NULL, principal),
};
static const struct shape in_entry = SHAPE(struct eks_ask, entry_fields);

#define CREATE(kind, name, member) SHAPE_FIELD(struct eks_create, kind, name, member)
#define CREATE_OF(kind, name, member, of) SHAPE_OF(struct eks_create, kind, name, member, of)
static const struct shape_field create_fields[] = {
    IN_PATH(struct eks_create, "clusterName", "name", spec.cluster),
    CREATE(SHAPE_TEXT, "nodegroupName", spec.name),
    CREATE(SHAPE_TEXT, "amiType", spec.ami_type),
    CREATE(SHAPE_TEXT, "version", spec.version),
    CREATE(SHAPE_TEXT, "releaseVersion", spec.release),
    CREATE(SHAPE_TEXT, "capacityType", spec.capacity_type),
    CREATE(SHAPE_TEXT, "nodeRole", spec.role),
    CREATE(SHAPE_TEXTS, "instanceTypes", spec.instance_types),
    CREATE(SHAPE_TEXTS, "subnets", spec.subnets),
    CREATE(SHAPE_INT, "diskSize", spec.disk_gib),
    CREATE(SHAPE_PAIRS, "labels", spec.labels),
    CREATE(SHAPE_PAIRS, "tags", spec.tags),
    CREATE_OF(SHAPE_STRUCTS, "taints", spec.taints, &eks_shape_taint),
    CREATE_OF(SHAPE_STRUCT, "scalingConfig", spec.scaling, &eks_shape_scaling),
    CREATE_OF(SHAPE_STRUCT, "updateConfig", spec.update, &eks_shape_update_config),
    CREATE_OF(SHAPE_STRUCT, "launchTemplate", spec.launch_template, &eks_shape_launch_template),
    CREATE_OF(SHAPE_STRUCT, "remoteAccess", spec.remote_access, &eks_shape_remote_access),
    CREATE_OF(SHAPE_STRUCT, "nodeRepairConfig", spec.repair, &eks_shape_repair),
    CREATE_OF(SHAPE_STRUCT, "warmPoolConfig", spec.warm_pool, &eks_shape_warm_pool),
    CREATE(SHAPE_TEXT, "clientRequestToken", token),
};
static const struct shape in_create = SHAPE(struct eks_create, create_fields);

static const struct shape_field labels_fields[] = {
    SHAPE_FIELD(struct eks_change_config, SHAPE_PAIRS, "addOrUpdateLabels", change.set_labels),
    SHAPE_FIELD(struct eks_change_config, SHAPE_TEXTS, "removeLabels", change.remove_labels),
};
static const struct shape labels_change = SHAPE(struct eks_change_config, labels_fields);
static const struct shape_field taints_fields[] = {
    SHAPE_OF(struct eks_change_config, SHAPE_STRUCTS, "addOrUpdateTaints", change.set_taints,
             &eks_shape_taint),
    SHAPE_OF(struct eks_change_config, SHAPE_STRUCTS, "removeTaints", change.remove_taints,
             &eks_shape_taint),
};
static const struct shape taints_change = SHAPE(struct eks_change_config, taints_fields);
static const struct shape_field config_fields[] = {
    IN_PATH(struct eks_change_config, "clusterName", "name", ask.cluster),
    IN_PATH(struct eks_change_config, "nodegroupName", NULL, ask.group),
    {.name = "labels", .kind = SHAPE_STRUCT, .offset = 0, .of = &labels_change},
    {.name = "taints", .kind = SHAPE_STRUCT, .offset = 0, .of = &taints_change},
    SHAPE_OF(struct eks_change_config, SHAPE_STRUCT, "scalingConfig", change.scaling,
             &eks_shape_scaling),
    SHAPE_OF(struct eks_change_config, SHAPE_STRUCT, "updateConfig", change.update,
             &eks_shape_update_config),
    SHAPE_OF(struct eks_change_config, SHAPE_STRUCT, "nodeRepairConfig", change.repair,
             &eks_shape_repair),
    SHAPE_OF(struct eks_change_config, SHAPE_STRUCT, "warmPoolConfig", change.warm_pool,
             &eks_shape_warm_pool),
    SHAPE_FIELD(struct eks_change_config, SHAPE_TEXT, "clientRequestToken", ask.token),
};
static const struct shape in_config = SHAPE(struct eks_change_config, config_fields);

static const struct shape_field version_fields[] = {
    IN_PATH(struct eks_change_version, "clusterName", "name", ask.cluster),
    IN_PATH(struct eks_change_version, "nodegroupName", NULL, ask.group),
    SHAPE_FIELD(struct eks_change_version, SHAPE_TEXT, "version", to.version),
    SHAPE_FIELD(struct eks_change_version, SHAPE_TEXT, "releaseVersion", to.release),
    SHAPE_OF(struct eks_change_version, SHAPE_STRUCT, "launchTemplate", to.launch_template,
             &eks_shape_launch_template),
    SHAPE_FIELD(struct eks_change_version, SHAPE_BOOL, "force", to.force),
    SHAPE_FIELD(struct eks_change_version, SHAPE_TEXT, "clientRequestToken", ask.token),
};
static const struct shape in_version = SHAPE(struct eks_change_version, version_fields);

static const char *const conflicts[] = {"OVERWRITE", "NONE", "PRESERVE", NULL};
static const struct shape_field change_addon_fields[] = {
    IN_PATH(struct eks_change_addon, "clusterName", "name", ask.cluster),
    IN_PATH(struct eks_change_addon, "addonName", NULL, ask.addon),
    SHAPE_FIELD(struct eks_change_addon, SHAPE_TEXT, "addonVersion", change.version),
    SHAPE_FIELD(struct eks_change_addon, SHAPE_TEXT, "serviceAccountRoleArn", change.role),
    SHAPE_FIELD(struct eks_change_addon, SHAPE_TEXT, "configurationValues", change.configuration),
    SHAPE_ENUM(struct eks_change_addon, "resolveConflicts", change.conflicts, conflicts),
    SHAPE_FIELD(struct eks_change_addon, SHAPE_TEXT, "clientRequestToken", ask.token),
};
static const struct shape in_change_addon = SHAPE(struct eks_change_addon, change_addon_fields);

/* --- what comes out ------------------------------------------------------------------------- */

#define OUT_ONE(what, type, name_)                                                                 \
    static const struct shape_field what##_answer[] = {                                            \
        {.name = name_, .kind = SHAPE_STRUCT, .must = true, .offset = 0, .of = &eks_shape_##what}, \
    };                                                                                             \
    static const struct shape out_##what = SHAPE(type, what##_answer)
OUT_ONE(cluster, struct eks_cluster, "cluster");
OUT_ONE(nodegroup, struct eks_nodegroup, "nodegroup");
OUT_ONE(update, struct eks_update, "update");
OUT_ONE(addon, struct eks_addon, "addon");
OUT_ONE(insight, struct eks_insight, "insight");
OUT_ONE(access_entry, struct eks_access_entry, "accessEntry");

#define OUT_NAMES(what, name_)                                                                     \
    static const struct shape_field what##_answer[] = {                                            \
        {.name = name_, .kind = SHAPE_TEXTS, .must = true, .offset = 0},                           \
    };                                                                                             \
    static const struct shape out_##what = SHAPE(struct shape_texts, what##_answer)
OUT_NAMES(clusters, "clusters");
OUT_NAMES(nodegroups, "nodegroups");
OUT_NAMES(updates, "updateIds");
OUT_NAMES(addons, "addons");
OUT_NAMES(access_entries, "accessEntries");

static const struct shape_field offers_answer[] = {
    SHAPE_OF(struct eks_addon_offers, SHAPE_STRUCTS, "addons", offers, &eks_shape_addon_offer),
};
static const struct shape out_offers = SHAPE(struct eks_addon_offers, offers_answer);
static const struct shape_field insights_answer[] = {
    SHAPE_OF(struct eks_insights, SHAPE_STRUCTS, "insights", insights, &eks_shape_insight),
};
static const struct shape out_insights = SHAPE(struct eks_insights, insights_answer);

/* --- operations ----------------------------------------------------------------------------- */

static const struct aws_paging in_query = {.in = "nextToken", .out = "nextToken"};
static const struct aws_paging in_body = {.in = "nextToken", .out = "nextToken", .in_body = true};

#define READ(op, action_, path_, in_, out_, paging_)                                               \
    const struct cloud_op eks_op_##op = {.service = &aws_service_eks,                              \
                                         .action = action_,                                        \
                                         .method = "GET",                                          \
                                         .path = path_,                                            \
                                         .in = in_,                                                \
                                         .out = out_,                                              \
                                         .paging = paging_,                                        \
                                         .repeats = true}
#define WRITE(op, action_, method_, path_, in_, out_, token_)                                      \
    const struct cloud_op eks_op_##op = {.service = &aws_service_eks,                              \
                                         .action = action_,                                        \
                                         .method = method_,                                        \
                                         .path = path_,                                            \
                                         .in = in_,                                                \
                                         .out = out_,                                              \
                                         .token = token_}
#define TOKEN "clientRequestToken"
#define CLUSTER_PATH "/clusters/{name}"
#define GROUP_PATH "/clusters/{name}/node-groups/{nodegroupName}"

READ(describe_cluster, "DescribeCluster", CLUSTER_PATH, &in_name, &out_cluster, NULL);
READ(list_clusters, "ListClusters", "/clusters", NULL, &out_clusters, &in_query);
READ(list_nodegroups, "ListNodegroups", CLUSTER_PATH "/node-groups", &in_cluster, &out_nodegroups,
     &in_query);
READ(describe_nodegroup, "DescribeNodegroup", GROUP_PATH, &in_group, &out_nodegroup, NULL);
READ(describe_update, "DescribeUpdate", CLUSTER_PATH "/updates/{updateId}", &in_update, &out_update,
     NULL);
READ(list_updates, "ListUpdates", CLUSTER_PATH "/updates", &in_updates, &out_updates, &in_query);
READ(list_addons, "ListAddons", CLUSTER_PATH "/addons", &in_cluster, &out_addons, &in_query);
READ(describe_addon, "DescribeAddon", CLUSTER_PATH "/addons/{addonName}", &in_addon, &out_addon,
     NULL);
READ(describe_addon_versions, "DescribeAddonVersions", "/addons/supported-versions", &in_offers,
     &out_offers, &in_query);
READ(describe_insight, "DescribeInsight", CLUSTER_PATH "/insights/{id}", &in_insight, &out_insight,
     NULL);
READ(list_access_entries, "ListAccessEntries", CLUSTER_PATH "/access-entries", &in_cluster,
     &out_access_entries, &in_query);
READ(describe_access_entry, "DescribeAccessEntry", CLUSTER_PATH "/access-entries/{principalArn}",
     &in_entry, &out_access_entry, NULL);
/* A listing that is asked for with POST, as its filter is a structure. */
const struct cloud_op eks_op_list_insights = {.service = &aws_service_eks,
                                              .action = "ListInsights",
                                              .method = "POST",
                                              .path = CLUSTER_PATH "/insights",
                                              .in = &in_insights,
                                              .out = &out_insights,
                                              .paging = &in_body,
                                              .repeats = true};

WRITE(create_nodegroup, "CreateNodegroup", "POST", CLUSTER_PATH "/node-groups", &in_create,
      &out_nodegroup, TOKEN);
WRITE(delete_nodegroup, "DeleteNodegroup", "DELETE", GROUP_PATH, &in_group, &out_nodegroup, NULL);
WRITE(update_nodegroup_config, "UpdateNodegroupConfig", "POST", GROUP_PATH "/update-config",
      &in_config, &out_update, TOKEN);
WRITE(update_nodegroup_version, "UpdateNodegroupVersion", "POST", GROUP_PATH "/update-version",
      &in_version, &out_update, TOKEN);
WRITE(update_addon, "UpdateAddon", "POST", CLUSTER_PATH "/addons/{addonName}/update",
      &in_change_addon, &out_update, TOKEN);
