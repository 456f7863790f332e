#include "cloud/eks_shapes.h"

#include "cloud/eks.h"

const char *const eks_update_statuses[] = {"InProgress", "Failed", "Cancelled", "Successful", NULL};

/* --- clusters ------------------------------------------------------------------------------- */

#define CLUSTER(kind, name, member) SHAPE_FIELD(struct eks_cluster, kind, name, member)
#define INNER(name_, shape_)                                                                       \
    {                                                                                              \
        .name = name_, .kind = SHAPE_STRUCT, .offset = 0, .of = shape_                             \
    }
static const struct shape_field vpc_fields[] = {
    CLUSTER(SHAPE_TEXT, "vpcId", vpc),
    CLUSTER(SHAPE_TEXT, "clusterSecurityGroupId", security_group),
    CLUSTER(SHAPE_TEXTS, "subnetIds", subnets),
};
static const struct shape vpc = SHAPE(struct eks_cluster, vpc_fields);
static const struct shape_field network_fields[] = {
    CLUSTER(SHAPE_TEXT, "serviceIpv4Cidr", service_cidr),
    CLUSTER(SHAPE_TEXT, "serviceIpv6Cidr", service_cidr6),
    CLUSTER(SHAPE_TEXT, "ipFamily", ip_family),
};
static const struct shape network = SHAPE(struct eks_cluster, network_fields);
static const struct shape_field oidc_fields[] = {CLUSTER(SHAPE_TEXT, "issuer", issuer)};
static const struct shape oidc = SHAPE(struct eks_cluster, oidc_fields);
static const struct shape_field identity_fields[] = {INNER("oidc", &oidc)};
static const struct shape identity = SHAPE(struct eks_cluster, identity_fields);
static const struct shape_field authority_fields[] = {CLUSTER(SHAPE_TEXT, "data", certificate)};
static const struct shape authority = SHAPE(struct eks_cluster, authority_fields);
static const struct shape_field access_fields[] = {
    CLUSTER(SHAPE_TEXT, "authenticationMode", authentication),
};
static const struct shape access_config = SHAPE(struct eks_cluster, access_fields);
static const struct shape_field policy_fields[] = {CLUSTER(SHAPE_TEXT, "supportType", support)};
static const struct shape upgrade_policy = SHAPE(struct eks_cluster, policy_fields);
static const struct shape_field compute_fields[] = {CLUSTER(SHAPE_BOOL, "enabled", auto_mode)};
static const struct shape compute = SHAPE(struct eks_cluster, compute_fields);

static const char *const cluster_statuses[] = {"CREATING", "ACTIVE",   "DELETING",
                                               "FAILED",   "UPDATING", NULL};
static const struct shape_field cluster_fields[] = {
    SHAPE_MUST(struct eks_cluster, SHAPE_TEXT, "name", name),
    CLUSTER(SHAPE_TEXT, "arn", arn),
    CLUSTER(SHAPE_TEXT, "version", version),
    CLUSTER(SHAPE_TEXT, "endpoint", endpoint),
    CLUSTER(SHAPE_TEXT, "roleArn", role),
    SHAPE_ENUM(struct eks_cluster, "status", status, cluster_statuses),
    CLUSTER(SHAPE_TEXT, "platformVersion", platform_version),
    CLUSTER(SHAPE_TIME, "createdAt", created),
    CLUSTER(SHAPE_PAIRS, "tags", tags),
    SHAPE_OF(struct eks_cluster, SHAPE_STRUCT, "health", health, &eks_shape_health),
    INNER("resourcesVpcConfig", &vpc),
    INNER("kubernetesNetworkConfig", &network),
    INNER("identity", &identity),
    INNER("certificateAuthority", &authority),
    INNER("accessConfig", &access_config),
    INNER("upgradePolicy", &upgrade_policy),
    INNER("computeConfig", &compute),
};
const struct shape eks_shape_cluster = SHAPE(struct eks_cluster, cluster_fields);

/* --- updates -------------------------------------------------------------------------------- */

#define PARAM(name, member) SHAPE_FIELD(struct eks_update_param, SHAPE_TEXT, name, member)
static const struct shape_field param_fields[] = {PARAM("type", type), PARAM("value", value)};
static const struct shape update_param = SHAPE(struct eks_update_param, param_fields);
#define ERROR(kind, name, member) SHAPE_FIELD(struct eks_update_error, kind, name, member)
static const struct shape_field error_fields[] = {
    ERROR(SHAPE_TEXT, "errorCode", code),
    ERROR(SHAPE_TEXT, "errorMessage", message),
    ERROR(SHAPE_TEXTS, "resourceIds", resources),
};
static const struct shape update_error = SHAPE(struct eks_update_error, error_fields);
#define UPDATE(kind, name, member) SHAPE_FIELD(struct eks_update, kind, name, member)
static const struct shape_field update_fields[] = {
    SHAPE_MUST(struct eks_update, SHAPE_TEXT, "id", id),
    {.name = "status",
     .kind = SHAPE_TEXT,
     .must = true,
     .offset = offsetof(struct eks_update, status),
     .values = eks_update_statuses},
    UPDATE(SHAPE_TEXT, "type", type),
    UPDATE(SHAPE_TIME, "createdAt", created),
    SHAPE_OF(struct eks_update, SHAPE_STRUCTS, "params", params, &update_param),
    SHAPE_OF(struct eks_update, SHAPE_STRUCTS, "errors", errors, &update_error),
};
const struct shape eks_shape_update = SHAPE(struct eks_update, update_fields);

/* --- add-ons -------------------------------------------------------------------------------- */

static const char *const addon_statuses[] = {"CREATING",      "ACTIVE",   "CREATE_FAILED",
                                             "UPDATING",      "DELETING", "DELETE_FAILED",
                                             "UPDATE_FAILED", "DEGRADED", NULL};
#define ADDON(kind, name, member) SHAPE_FIELD(struct eks_addon, kind, name, member)
static const struct shape_field addon_fields[] = {
    SHAPE_MUST(struct eks_addon, SHAPE_TEXT, "addonName", name),
    ADDON(SHAPE_TEXT, "clusterName", cluster),
    SHAPE_ENUM(struct eks_addon, "status", status, addon_statuses),
    ADDON(SHAPE_TEXT, "addonVersion", version),
    ADDON(SHAPE_TEXT, "addonArn", arn),
    ADDON(SHAPE_TEXT, "serviceAccountRoleArn", role),
    ADDON(SHAPE_TEXT, "configurationValues", configuration),
    ADDON(SHAPE_TIME, "createdAt", created),
    ADDON(SHAPE_TIME, "modifiedAt", modified),
    ADDON(SHAPE_PAIRS, "tags", tags),
    SHAPE_OF(struct eks_addon, SHAPE_STRUCT, "health", health, &eks_shape_health),
};
const struct shape eks_shape_addon = SHAPE(struct eks_addon, addon_fields);

#define COMPATIBILITY(kind, name, member)                                                          \
    SHAPE_FIELD(struct eks_addon_compatibility, kind, name, member)
static const struct shape_field compatibility_fields[] = {
    COMPATIBILITY(SHAPE_TEXT, "clusterVersion", cluster_version),
    COMPATIBILITY(SHAPE_TEXTS, "platformVersions", platform_versions),
    COMPATIBILITY(SHAPE_BOOL, "defaultVersion", is_default),
};
static const struct shape compatibility =
    SHAPE(struct eks_addon_compatibility, compatibility_fields);
#define VERSION(kind, name, member) SHAPE_FIELD(struct eks_addon_version, kind, name, member)
static const struct shape_field version_fields[] = {
    VERSION(SHAPE_TEXT, "addonVersion", version),
    VERSION(SHAPE_TEXTS, "architecture", architectures),
    VERSION(SHAPE_TEXTS, "computeTypes", compute_types),
    VERSION(SHAPE_BOOL, "requiresConfiguration", requires_configuration),
    SHAPE_OF(struct eks_addon_version, SHAPE_STRUCTS, "compatibilities", compatibilities,
             &compatibility),
};
static const struct shape addon_version = SHAPE(struct eks_addon_version, version_fields);
#define OFFER(kind, name, member) SHAPE_FIELD(struct eks_addon_offer, kind, name, member)
static const struct shape_field offer_fields[] = {
    SHAPE_MUST(struct eks_addon_offer, SHAPE_TEXT, "addonName", name),
    OFFER(SHAPE_TEXT, "type", type),
    OFFER(SHAPE_TEXT, "publisher", publisher),
    OFFER(SHAPE_TEXT, "owner", owner),
    SHAPE_OF(struct eks_addon_offer, SHAPE_STRUCTS, "addonVersions", versions, &addon_version),
};
const struct shape eks_shape_addon_offer = SHAPE(struct eks_addon_offer, offer_fields);

/* --- insights ------------------------------------------------------------------------------- */

static const char *const insight_statuses[] = {"PASSING", "WARNING", "ERROR", "UNKNOWN", NULL};
static const struct shape_field status_fields[] = {
    SHAPE_ENUM(struct eks_insight_status, "status", status, insight_statuses),
    SHAPE_FIELD(struct eks_insight_status, SHAPE_TEXT, "reason", reason),
};
static const struct shape insight_status = SHAPE(struct eks_insight_status, status_fields);

#define CLIENT(kind, name, member) SHAPE_FIELD(struct eks_insight_client, kind, name, member)
static const struct shape_field client_fields[] = {
    CLIENT(SHAPE_TEXT, "userAgent", user_agent),
    CLIENT(SHAPE_INT, "numberOfRequestsLast30Days", requests_30_days),
    CLIENT(SHAPE_TIME, "lastRequestTime", last_request),
};
static const struct shape insight_client = SHAPE(struct eks_insight_client, client_fields);
#define DEPRECATION(name, member)                                                                  \
    SHAPE_FIELD(struct eks_insight_deprecation, SHAPE_TEXT, name, member)
static const struct shape_field deprecation_fields[] = {
    DEPRECATION("usage", usage),
    DEPRECATION("replacedWith", replaced_with),
    DEPRECATION("stopServingVersion", stop_serving_version),
    DEPRECATION("startServingReplacementVersion", start_serving_version),
    SHAPE_OF(struct eks_insight_deprecation, SHAPE_STRUCTS, "clientStats", clients,
             &insight_client),
};
static const struct shape insight_deprecation =
    SHAPE(struct eks_insight_deprecation, deprecation_fields);
static const struct shape_field insight_addon_fields[] = {
    SHAPE_FIELD(struct eks_insight_addon, SHAPE_TEXT, "name", name),
    SHAPE_FIELD(struct eks_insight_addon, SHAPE_TEXTS, "compatibleVersions", compatible_versions),
};
static const struct shape insight_addon = SHAPE(struct eks_insight_addon, insight_addon_fields);
#define RESOURCE(name, member) SHAPE_FIELD(struct eks_insight_resource, SHAPE_TEXT, name, member)
static const struct shape_field resource_fields[] = {
    RESOURCE("kubernetesResourceUri", uri),
    RESOURCE("arn", arn),
    SHAPE_OF(struct eks_insight_resource, SHAPE_STRUCT, "insightStatus", status, &insight_status),
};
static const struct shape insight_resource = SHAPE(struct eks_insight_resource, resource_fields);

#define INSIGHT(kind, name, member) SHAPE_FIELD(struct eks_insight, kind, name, member)
#define INSIGHT_OF(name, member, of) SHAPE_OF(struct eks_insight, SHAPE_STRUCTS, name, member, of)
static const struct shape_field details_fields[] = {
    INSIGHT_OF("deprecationDetails", deprecations, &insight_deprecation),
    INSIGHT_OF("addonCompatibilityDetails", addons, &insight_addon),
};
static const struct shape insight_details = SHAPE(struct eks_insight, details_fields);
static const char *const categories[] = {"UPGRADE_READINESS", NULL};
static const struct shape_field insight_fields[] = {
    SHAPE_MUST(struct eks_insight, SHAPE_TEXT, "id", id),
    INSIGHT(SHAPE_TEXT, "name", name),
    SHAPE_ENUM(struct eks_insight, "category", category, categories),
    INSIGHT(SHAPE_TEXT, "kubernetesVersion", version),
    INSIGHT(SHAPE_TEXT, "description", description),
    INSIGHT(SHAPE_TIME, "lastRefreshTime", refreshed),
    INSIGHT(SHAPE_TIME, "lastTransitionTime", changed),
    SHAPE_OF(struct eks_insight, SHAPE_STRUCT, "insightStatus", status, &insight_status),
    INSIGHT(SHAPE_TEXT, "recommendation", recommendation),
    INSIGHT_OF("resources", resources, &insight_resource),
    INNER("categorySpecificSummary", &insight_details),
};
const struct shape eks_shape_insight = SHAPE(struct eks_insight, insight_fields);

/* --- access entries ------------------------------------------------------------------------- */

#define ENTRY(kind, name, member) SHAPE_FIELD(struct eks_access_entry, kind, name, member)
static const struct shape_field entry_fields[] = {
    SHAPE_MUST(struct eks_access_entry, SHAPE_TEXT, "principalArn", principal),
    ENTRY(SHAPE_TEXT, "username", user),
    ENTRY(SHAPE_TEXT, "type", type),
    ENTRY(SHAPE_TEXT, "accessEntryArn", arn),
    ENTRY(SHAPE_TEXTS, "kubernetesGroups", groups),
};
const struct shape eks_shape_access_entry = SHAPE(struct eks_access_entry, entry_fields);
