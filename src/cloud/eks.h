/*
 * eks: calls of Amazon EKS: clusters, managed node groups, updates, add-ons, insights, access
 * entries. What is to be done with them is decided in ops/.
 *
 * For all calls of this folder: texts and lists of answers live in the arena; *out is emptied
 * first; listings are fetched to the end. -1 with err, whose class is that of aws_client_call:
 * ERR_NOT_FOUND when the named thing does not exist, ERR_DENIED with a hint naming the IAM action,
 * ERR_CONFLICT when it is in use or being changed, ERR_LIMIT for a quota, ERR_USAGE for an empty
 * name, ERR_INPUT for what the service does not accept, and for an answer that lacks what it must
 * hold. A write is repeated on its own only when it has a token.
 */
#ifndef TOBAN_CLOUD_EKS_H
#define TOBAN_CLOUD_EKS_H

#include "aws/client.h"
#include "cloud/shape.h"

/* --- what is described ---------------------------------------------------------------------- */

struct eks_issue {
    const char *code, *message; /* "Ec2SubnetNotFound" */
    struct shape_texts resources;
};
struct eks_health {
    SHAPE_LIST(struct eks_issue) issues;
};

struct eks_cluster {
    const char *name, *arn, *version, *endpoint, *role, *status, *platform_version;
    const char *certificate; /* PEM in base64 */
    const char *issuer;      /* of service account tokens; NULL: none */
    const char *vpc, *security_group;
    const char *service_cidr, *service_cidr6, *ip_family; /* "ipv4" */
    const char *authentication;                           /* "CONFIG_MAP", "API_AND_CONFIG_MAP" */
    const char *support;                                  /* "STANDARD", "EXTENDED" */
    enum shape_flag auto_mode;
    int64_t created;
    struct shape_texts subnets;
    struct eks_health health;
    struct shape_pairs tags;
};

struct eks_scaling {
    struct shape_int min, max, desired;
};
struct eks_update_config {
    struct shape_int max_unavailable, max_unavailable_percent;
    const char *strategy; /* "DEFAULT", "MINIMAL" */
};
struct eks_taint {
    const char *key, *value, *effect; /* as EKS writes it: "NO_SCHEDULE" */
};
struct eks_launch_template {
    const char *id, *name, *version; /* to name one: id or name, not both */
};
struct eks_remote_access {
    const char *ssh_key;
    struct shape_texts source_security_groups;
};
struct eks_repair_override {
    const char *condition, *reason, *action;
    struct shape_int min_wait_minutes;
};
struct eks_repair {
    enum shape_flag enabled;
    struct shape_int max_unhealthy, max_unhealthy_percent, max_parallel, max_parallel_percent;
    SHAPE_LIST(struct eks_repair_override) overrides;
};
struct eks_warm_pool {
    enum shape_flag enabled, reuse_on_scale_in;
    struct shape_int min, max_prepared;
    const char *state;
};
struct eks_group_name {
    const char *name;
};

struct eks_nodegroup {
    const char *name, *cluster;
    const char *ami_type, *version, *release; /* "AL2023_x86_64_STANDARD", "1.30", "1.30.0-2024…" */
    const char *capacity_type;                /* "ON_DEMAND", "SPOT", "CAPACITY_BLOCK" */
    const char *role;                         /* ARN of the nodes' role */
    struct shape_texts instance_types, subnets;
    struct shape_int disk_gib;
    struct eks_scaling scaling;
    struct eks_update_config update;
    struct eks_launch_template launch_template; /* all NULL: none of the user's own */
    struct eks_remote_access remote_access;
    struct eks_repair repair;
    struct eks_warm_pool warm_pool;
    struct shape_pairs labels, tags;
    SHAPE_LIST(struct eks_taint) taints;

    /* From here on only told by EKS, never sent. */
    const char *arn, *status;
    int64_t created, modified;
    SHAPE_LIST(struct eks_group_name) autoscaling_groups;
    const char *remote_access_group; /* security group */
    struct eks_health health;
    /* Members of the answer that this program does not know: a copy would lack them. */
    struct shape_texts unknown;
};

/* Of nodegroup->status. A status that is not known here counts as EKS_GROUP_OTHER. */
enum eks_group_status {
    EKS_GROUP_OTHER = 0,
    EKS_GROUP_CREATING,
    EKS_GROUP_ACTIVE,
    EKS_GROUP_UPDATING,
    EKS_GROUP_DELETING,
    EKS_GROUP_CREATE_FAILED,
    EKS_GROUP_DELETE_FAILED,
    EKS_GROUP_DEGRADED,
};
/* text may be NULL. */
enum eks_group_status eks_group_status(const char *text);

struct eks_update_param {
    const char *type, *value; /* "ReleaseVersion" */
};
struct eks_update_error {
    const char *code, *message; /* "PodEvictionFailure" */
    struct shape_texts resources;
};
struct eks_update {
    const char *id, *status, *type; /* "VersionUpdate" */
    int64_t created;
    SHAPE_LIST(struct eks_update_param) params;
    SHAPE_LIST(struct eks_update_error) errors;
};
enum eks_update_status {
    EKS_UPDATE_OTHER = 0,
    EKS_UPDATE_IN_PROGRESS,
    EKS_UPDATE_FAILED,
    EKS_UPDATE_CANCELLED,
    EKS_UPDATE_SUCCESSFUL,
};
/* text may be NULL. */
enum eks_update_status eks_update_status(const char *text);

struct eks_addon {
    const char *name, *cluster, *status, *version, *arn, *role, *configuration; /* JSON or YAML */
    int64_t created, modified;
    struct eks_health health;
    struct shape_pairs tags;
};
struct eks_addon_compatibility {
    const char *cluster_version;
    struct shape_texts platform_versions;
    enum shape_flag is_default;
};
struct eks_addon_version {
    const char *version;
    struct shape_texts architectures, compute_types;
    SHAPE_LIST(struct eks_addon_compatibility) compatibilities;
    enum shape_flag requires_configuration;
};
struct eks_addon_offer {
    const char *name, *type, *publisher, *owner;
    SHAPE_LIST(struct eks_addon_version) versions;
};
struct eks_addon_offers {
    SHAPE_LIST(struct eks_addon_offer) offers;
};

struct eks_insight_status {
    const char *status, *reason; /* "PASSING", "WARNING", "ERROR", "UNKNOWN" */
};
struct eks_insight_client {
    const char *user_agent;
    struct shape_int requests_30_days;
    int64_t last_request;
};
struct eks_insight_deprecation {
    const char *usage, *replaced_with, *stop_serving_version, *start_serving_version;
    SHAPE_LIST(struct eks_insight_client) clients;
};
struct eks_insight_addon {
    const char *name;
    struct shape_texts compatible_versions;
};
struct eks_insight_resource {
    const char *uri, *arn;
    struct eks_insight_status status;
};
struct eks_insight {
    const char *id, *name, *category, *version, *description; /* version of Kubernetes */
    int64_t refreshed, changed;
    struct eks_insight_status status;
    /* Only of eks_describe_insight. */
    const char *recommendation;
    SHAPE_LIST(struct eks_insight_resource) resources;
    SHAPE_LIST(struct eks_insight_deprecation) deprecations;
    SHAPE_LIST(struct eks_insight_addon) addons;
};
struct eks_insights {
    SHAPE_LIST(struct eks_insight) insights;
};

struct eks_access_entry {
    const char *principal, *user, *type, *arn;
    struct shape_texts groups;
};

/* A node group as the text of a plan: one JSON object of all that EKS tells and takes, appended;
 * and back, into the arena. A group that is only planned has no status. */
void eks_nodegroup_write(const struct eks_nodegroup *g, struct str *out);
int eks_nodegroup_read(const struct doc_node *node, struct arena *arena, struct eks_nodegroup *out,
                       struct err *err);

/* --- reading -------------------------------------------------------------------------------- */

int eks_describe_cluster(struct aws_client *c, const char *cluster, struct arena *arena,
                         struct eks_cluster *out, struct err *err);
int eks_list_clusters(struct aws_client *c, struct arena *arena, struct shape_texts *out,
                      struct err *err);
int eks_list_nodegroups(struct aws_client *c, const char *cluster, struct arena *arena,
                        struct shape_texts *out, struct err *err);
int eks_describe_nodegroup(struct aws_client *c, const char *cluster, const char *group,
                           struct arena *arena, struct eks_nodegroup *out, struct err *err);
/* An update of a node group, of an add-on, or (both NULL) of the cluster itself. */
int eks_describe_update(struct aws_client *c, const char *cluster, const char *group,
                        const char *addon, const char *update, struct arena *arena,
                        struct eks_update *out, struct err *err);
int eks_list_updates(struct aws_client *c, const char *cluster, const char *group,
                     const char *addon, struct arena *arena, struct shape_texts *out,
                     struct err *err);
int eks_list_addons(struct aws_client *c, const char *cluster, struct arena *arena,
                    struct shape_texts *out, struct err *err);
int eks_describe_addon(struct aws_client *c, const char *cluster, const char *addon,
                       struct arena *arena, struct eks_addon *out, struct err *err);
/* What may be installed. version ("1.31") and addon may be NULL: any. */
int eks_describe_addon_versions(struct aws_client *c, const char *version, const char *addon,
                                struct arena *arena, struct eks_addon_offers *out, struct err *err);
/* category NULL: all. */
int eks_list_insights(struct aws_client *c, const char *cluster, const char *category,
                      struct arena *arena, struct eks_insights *out, struct err *err);
int eks_describe_insight(struct aws_client *c, const char *cluster, const char *id,
                         struct arena *arena, struct eks_insight *out, struct err *err);
int eks_list_access_entries(struct aws_client *c, const char *cluster, struct arena *arena,
                            struct shape_texts *out, struct err *err);
int eks_describe_access_entry(struct aws_client *c, const char *cluster, const char *principal,
                              struct arena *arena, struct eks_access_entry *out, struct err *err);

/* --- writing -------------------------------------------------------------------------------- */

/* token of the calls below: makes the call one and the same however often it is sent (at most 64
 * characters); NULL: none, so that an attempt without an answer is not repeated. */

/* Creates spec->name in spec->cluster; *out, which may be NULL, is the group as EKS has it then.
 * What EKS only tells is not sent. With a launch template of the user's own EKS takes neither
 * disk_gib nor remote_access; with an image in that template neither ami_type, version nor release:
 * the caller leaves them out. */
int eks_create_nodegroup(struct aws_client *c, const struct eks_nodegroup *spec, const char *token,
                         struct arena *arena, struct eks_nodegroup *out, struct err *err);

/* ERR_CONFLICT while it is being updated. *out may be NULL. */
int eks_delete_nodegroup(struct aws_client *c, const char *cluster, const char *group,
                         struct arena *arena, struct eks_nodegroup *out, struct err *err);

struct eks_nodegroup_change {
    struct eks_scaling scaling;
    struct eks_update_config update;
    struct eks_repair repair;
    struct eks_warm_pool warm_pool;
    struct shape_pairs set_labels;
    struct shape_texts remove_labels; /* keys */
    SHAPE_LIST(struct eks_taint) set_taints;
    SHAPE_LIST(struct eks_taint) remove_taints;
};
/* Changes what is given; *out is the update that has begun. */
int eks_update_nodegroup_config(struct aws_client *c, const char *cluster, const char *group,
                                const struct eks_nodegroup_change *change, const char *token,
                                struct arena *arena, struct eks_update *out, struct err *err);

struct eks_nodegroup_version {
    const char *version, *release; /* NULL: that of the cluster; the newest */
    struct eks_launch_template launch_template;
    enum shape_flag force;
};
int eks_update_nodegroup_version(struct aws_client *c, const char *cluster, const char *group,
                                 const struct eks_nodegroup_version *to, const char *token,
                                 struct arena *arena, struct eks_update *out, struct err *err);

struct eks_addon_change {
    const char *version, *role, *configuration; /* NULL: as it is */
    const char *conflicts;                      /* "OVERWRITE", "NONE", "PRESERVE" */
};
int eks_update_addon(struct aws_client *c, const char *cluster, const char *addon,
                     const struct eks_addon_change *change, const char *token, struct arena *arena,
                     struct eks_update *out, struct err *err);

#endif
