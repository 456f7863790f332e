/* Amazon EKS: the cluster, its access, and the table of the service's actions. */
#include "pocket/aws/eks.h"

#include "base/must.h"
#include "base/version.h"
#include "pocket/aws/images.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define PAGE 100

/* --- errors -------------------------------------------------------------------------------- */

int eks_refuse(struct service_call *c, int status, const char *code, const char *group,
               const char *fmt, ...)
{
    _cleanup_str_ struct str text = {0}, details = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&text, fmt, ap);
    va_end(ap);
    str_adds(&details, "\"clusterName\":");
    jsonw_quote(&details, sv_of(c->account->cluster.name));
    if (group) {
        str_adds(&details, ",\"nodegroupName\":");
        jsonw_quote(&details, sv_of(group));
    }
    c->details = mem_must(arena_dup(c->arena, str_sv(&details)));
    return service_refuse(c, status, code, "%s", str_c(&text));
}

int eks_find_cluster(struct service_call *c, const char *name)
{
    if (strcmp(name ? name : "", c->account->cluster.name) == 0)
        return 0;
    return service_refuse(c, 404, "ResourceNotFoundException", "No cluster found for name: %s.",
                          name ? name : "");
}

struct account_group *eks_find_group(struct service_call *c, const char *cluster, const char *group)
{
    if (eks_find_cluster(c, cluster) < 0)
        return NULL;
    struct account_group *g = account_find_group(c->account, group ? group : "");
    if (!g)
        eks_refuse(c, 404, "ResourceNotFoundException", group, "No node group found for name: %s.",
                   group ? group : "");
    return g;
}

/* --- the cluster --------------------------------------------------------------------------- */

static int describe_cluster(struct service_call *c)
{
    const struct eks_ask *ask = c->in;
    if (eks_find_cluster(c, ask->cluster) < 0)
        return -1;
    *(struct eks_cluster *)c->out = c->account->cluster;
    return 0;
}

static int list_clusters(struct service_call *c)
{
    struct eks_names *out = c->out;
    *(const char **)shape_list_add(&out->names, sizeof(char *), c->arena) =
        c->account->cluster.name;
    return 0;
}

struct change_cluster {
    const char *cluster, *version, *token;
};

static int change_cluster_version(struct service_call *c)
{
    const struct change_cluster *in = c->in;
    struct account *a = c->account;
    bool mismatch = false;
    if (eks_find_cluster(c, in->cluster) < 0)
        return -1;
    struct account_update *u = eks_repeated(c, in->token, &mismatch);
    int now = images_version_place(a->cluster.version), to = images_version_place(in->version);
    if (mismatch)
        return eks_refuse(c, 400, "InvalidParameterException", NULL,
                          "The clientRequestToken %s was used with other parameters", in->token);
    if (!u) {
        if (strcmp(a->cluster.status, "ACTIVE") != 0)
            return eks_refuse(c, 409, "ResourceInUseException", NULL,
                              "Cannot update the cluster because it is currently in status %s",
                              a->cluster.status);
        if (to < 0)
            return eks_refuse(c, 400, "InvalidParameterException", NULL,
                              "unsupported Kubernetes version");
        if (to == now)
            return eks_refuse(c, 400, "InvalidParameterException", NULL,
                              "Cluster is already at version %s", in->version);
        if (to != now + 1)
            return eks_refuse(c, 400, "InvalidParameterException", NULL,
                              "Unsupported Kubernetes minor version update from %s to %s",
                              a->cluster.version, in->version);
        u = eks_begin_update(c, "VersionUpdate", NULL, NULL, in->token,
                             a->now_ms + (8 + (int64_t)account_throw(a, 4)) * MINUTE);
        eks_add_param(a, u, "Version", in->version);
        eks_add_param(a, u, "PlatformVersion", "eks.1");
        a->cluster.status = "UPDATING";
    }
    *(struct eks_update *)c->out = u->spec;
    return 0;
}

void eks_finish_cluster(struct account *a, const struct account_update *u)
{
    a->cluster.status = "ACTIVE";
    a->cluster.version = u->spec.params.items[0].value;
    a->cluster.platform_version = "eks.1";
}

/* --- access -------------------------------------------------------------------------------- */

static struct eks_access_entry entry(struct service_call *c, unsigned i)
{
    struct account *a = c->account;
    struct eks_access_entry e = {
        .principal =
            i ? a->node_role
              : mem_must(arena_fmt(c->arena, "arn:%s:iam::%s:role/admin", a->partition, a->id)),
        .user = i ? "system:node:{{EC2PrivateDNSName}}" : "admin",
        .type = i ? "EC2_LINUX" : "STANDARD",
    };
    e.arn = mem_must(arena_fmt(c->arena, "arn:%s:eks:%s:%s:access-entry/%s/role/%s/%s/0",
                               a->partition, a->region, a->id, a->cluster.name, a->id,
                               strrchr(e.principal, '/') + 1));
    *(const char **)shape_list_add(&e.groups, sizeof(char *), c->arena) =
        i ? "system:nodes" : "system:masters";
    return e;
}

static int list_entries(struct service_call *c)
{
    const struct eks_list_ask *ask = c->in;
    struct eks_names *out = c->out;
    if (eks_find_cluster(c, ask->cluster) < 0)
        return -1;
    for (unsigned i = 0; i < 2; i++)
        *(const char **)shape_list_add(&out->names, sizeof(char *), c->arena) =
            entry(c, i).principal;
    return 0;
}

static int describe_entry(struct service_call *c)
{
    const struct eks_ask *ask = c->in;
    if (eks_find_cluster(c, ask->cluster) < 0)
        return -1;
    for (unsigned i = 0; i < 2; i++) {
        struct eks_access_entry e = entry(c, i);
        if (strcmp(e.principal, ask->principal) == 0) {
            *(struct eks_access_entry *)c->out = e;
            return 0;
        }
    }
    return service_refuse(c, 404, "ResourceNotFoundException",
                          "The specified principalArn could not be found. You can view your "
                          "access entries with ListAccessEntries.");
}

/* --- the service --------------------------------------------------------------------------- */

#define IN_PATH(type, name_, wire_, member)                                                        \
    {                                                                                              \
        .name = name_, .wire = wire_, .kind = SHAPE_TEXT, .place = SHAPE_PATH,                     \
        .offset = offsetof(type, member)                                                           \
    }
#define IN_QUERY(type, kind_, name_, member)                                                       \
    {                                                                                              \
        .name = name_, .kind = kind_, .place = SHAPE_QUERY, .offset = offsetof(type, member)       \
    }
static const struct shape_field list_fields[] = {
    IN_PATH(struct eks_list_ask, "name", NULL, cluster),
    IN_QUERY(struct eks_list_ask, SHAPE_TEXT, "nodegroupName", group),
    IN_QUERY(struct eks_list_ask, SHAPE_TEXT, "addonName", addon),
    IN_QUERY(struct eks_list_ask, SHAPE_TEXT, "nextToken", token),
    IN_QUERY(struct eks_list_ask, SHAPE_INT, "maxResults", most),
};
static const struct shape in_list = SHAPE(struct eks_list_ask, list_fields);

#define OUT_NAMES(what, name)                                                                      \
    static const struct shape_field what##_fields[] = {                                            \
        SHAPE_FIELD(struct eks_names, SHAPE_TEXTS, name, names),                                   \
        SHAPE_FIELD(struct eks_names, SHAPE_TEXT, "nextToken", token),                             \
    };                                                                                             \
    static const struct shape out_##what = SHAPE(struct eks_names, what##_fields)
OUT_NAMES(clusters, "clusters");
OUT_NAMES(nodegroups, "nodegroups");
OUT_NAMES(updates, "updateIds");
OUT_NAMES(addons, "addons");
OUT_NAMES(entries, "accessEntries");

static const struct service_pages pages = {
    .asked_most = offsetof(struct eks_list_ask, most),
    .asked_token = offsetof(struct eks_list_ask, token),
    .list = offsetof(struct eks_names, names),
    .item = sizeof(char *),
    .token = offsetof(struct eks_names, token),
    .most = PAGE,
};

static const struct shape_field change_cluster_fields[] = {
    IN_PATH(struct change_cluster, "name", NULL, cluster),
    SHAPE_MUST(struct change_cluster, SHAPE_TEXT, "version", version),
    SHAPE_FIELD(struct change_cluster, SHAPE_TEXT, "clientRequestToken", token),
};
static const struct shape in_change_cluster = SHAPE(struct change_cluster, change_cluster_fields);

#define LIST(op_, what, run_)                                                                      \
    {                                                                                              \
        .op = &eks_op_##op_, .in = &in_list, .out = &out_##what, .pages = &pages, .run = run_      \
    }

static const struct service_action actions[] = {
    {.op = &eks_op_describe_cluster, .run = describe_cluster},
    LIST(list_clusters, clusters, list_clusters),
    {.op = &eks_op_describe_update,
     .name = "UpdateClusterVersion",
     .method = "POST",
     .path = "/clusters/{name}/updates",
     .in = &in_change_cluster,
     .run = change_cluster_version},
    LIST(list_nodegroups, nodegroups, eks_list_groups),
    {.op = &eks_op_describe_nodegroup, .run = eks_describe_group},
    {.op = &eks_op_create_nodegroup, .run = eks_create_group},
    {.op = &eks_op_delete_nodegroup, .run = eks_delete_group},
    {.op = &eks_op_update_nodegroup_config, .run = eks_change_config},
    {.op = &eks_op_update_nodegroup_version, .run = eks_change_version},
    {.op = &eks_op_describe_update, .run = eks_describe_update_call},
    LIST(list_updates, updates, eks_list_updates_call),
    LIST(list_addons, addons, eks_list_addons_call),
    {.op = &eks_op_describe_addon_versions, .run = eks_addon_versions_call},
    {.op = &eks_op_describe_addon, .run = eks_describe_addon_call},
    {.op = &eks_op_update_addon, .run = eks_update_addon_call},
    {.op = &eks_op_list_insights, .run = eks_list_insights_call},
    {.op = &eks_op_describe_insight, .run = eks_describe_insight_call},
    LIST(list_access_entries, entries, list_entries),
    {.op = &eks_op_describe_access_entry, .run = describe_entry},
};

const struct service service_eks = {
    .api = &aws_service_eks,
    .actions = actions,
    .action_count = ARRAY_LEN(actions),
    .begin = eks_begin,
    .release = eks_release,
    .run = eks_groups_run,
    .next = eks_groups_next,
};
