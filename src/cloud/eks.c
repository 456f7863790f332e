#include "cloud/eks.h"

#include "cloud/eks_ops.h"
#include "cloud/eks_shapes.h"

#include <string.h>

enum eks_group_status eks_group_status(const char *text)
{
    return (enum eks_group_status)shape_value(eks_group_statuses, text);
}

enum eks_update_status eks_update_status(const char *text)
{
    return (enum eks_update_status)shape_value(eks_update_statuses, text);
}

/* --- as text --------------------------------------------------------------------------------- */

/* What EKS tells of a group has a status. */
#define PLANNED "PLANNED"

void eks_nodegroup_write(const struct eks_nodegroup *g, struct str *out)
{
    struct eks_nodegroup whole = *g;
    whole.status = g->status ? g->status : PLANNED;
    shape_to_json(&eks_shape_nodegroup, &whole, out);
}

int eks_nodegroup_read(const struct doc_node *node, struct arena *arena, struct eks_nodegroup *out,
                       struct err *err)
{
    *out = (struct eks_nodegroup){0};
    if (shape_from_json(&eks_shape_nodegroup, node, arena, out, err))
        return err_wrap(err, "node group");
    if (strcmp(out->status, PLANNED) == 0)
        out->status = NULL;
    return 0;
}

static int in_cluster(int result, const char *cluster, struct err *err)
{
    return result ? err_wrap(err, "cluster '%s'", cluster ? cluster : "") : 0;
}

static int of_cluster(int result, const char *what, const char *name, const char *cluster,
                      struct err *err)
{
    return result ? err_wrap(err, "%s '%s' of cluster '%s'", what, name ? name : "",
                             cluster ? cluster : "")
                  : 0;
}

/* --- reading -------------------------------------------------------------------------------- */

int eks_describe_cluster(struct aws_client *c, const char *cluster, struct arena *arena,
                         struct eks_cluster *out, struct err *err)
{
    const struct eks_ask ask = {.cluster = cluster};
    *out = (struct eks_cluster){0};
    return in_cluster(cloud_op_call(c, &eks_op_describe_cluster, &ask, arena, out, err), cluster,
                      err);
}

int eks_list_clusters(struct aws_client *c, struct arena *arena, struct shape_texts *out,
                      struct err *err)
{
    *out = (struct shape_texts){0};
    return cloud_op_call(c, &eks_op_list_clusters, NULL, arena, out, err);
}

int eks_list_nodegroups(struct aws_client *c, const char *cluster, struct arena *arena,
                        struct shape_texts *out, struct err *err)
{
    const struct eks_ask ask = {.cluster = cluster};
    *out = (struct shape_texts){0};
    return in_cluster(cloud_op_call(c, &eks_op_list_nodegroups, &ask, arena, out, err), cluster,
                      err);
}

int eks_describe_nodegroup(struct aws_client *c, const char *cluster, const char *group,
                           struct arena *arena, struct eks_nodegroup *out, struct err *err)
{
    const struct eks_ask ask = {.cluster = cluster, .group = group};
    *out = (struct eks_nodegroup){0};
    return of_cluster(cloud_op_call(c, &eks_op_describe_nodegroup, &ask, arena, out, err),
                      "node group", group, cluster, err);
}

int eks_describe_update(struct aws_client *c, const char *cluster, const char *group,
                        const char *addon, const char *update, struct arena *arena,
                        struct eks_update *out, struct err *err)
{
    const struct eks_ask ask = {.cluster = cluster, .group = group, .addon = addon, .id = update};
    *out = (struct eks_update){0};
    return of_cluster(cloud_op_call(c, &eks_op_describe_update, &ask, arena, out, err), "update",
                      update, cluster, err);
}

int eks_list_updates(struct aws_client *c, const char *cluster, const char *group,
                     const char *addon, struct arena *arena, struct shape_texts *out,
                     struct err *err)
{
    const struct eks_ask ask = {.cluster = cluster, .group = group, .addon = addon};
    *out = (struct shape_texts){0};
    return in_cluster(cloud_op_call(c, &eks_op_list_updates, &ask, arena, out, err), cluster, err);
}

int eks_list_addons(struct aws_client *c, const char *cluster, struct arena *arena,
                    struct shape_texts *out, struct err *err)
{
    const struct eks_ask ask = {.cluster = cluster};
    *out = (struct shape_texts){0};
    return in_cluster(cloud_op_call(c, &eks_op_list_addons, &ask, arena, out, err), cluster, err);
}

int eks_describe_addon(struct aws_client *c, const char *cluster, const char *addon,
                       struct arena *arena, struct eks_addon *out, struct err *err)
{
    const struct eks_ask ask = {.cluster = cluster, .addon = addon};
    *out = (struct eks_addon){0};
    return of_cluster(cloud_op_call(c, &eks_op_describe_addon, &ask, arena, out, err), "add-on",
                      addon, cluster, err);
}

int eks_describe_addon_versions(struct aws_client *c, const char *version, const char *addon,
                                struct arena *arena, struct eks_addon_offers *out, struct err *err)
{
    const struct eks_ask ask = {.version = version, .addon = addon};
    *out = (struct eks_addon_offers){0};
    return cloud_op_call(c, &eks_op_describe_addon_versions, &ask, arena, out, err);
}

int eks_list_insights(struct aws_client *c, const char *cluster, const char *category,
                      struct arena *arena, struct eks_insights *out, struct err *err)
{
    const struct eks_ask ask = {.cluster = cluster,
                                .categories = {.items = &category, .count = category != NULL}};
    *out = (struct eks_insights){0};
    return in_cluster(cloud_op_call(c, &eks_op_list_insights, &ask, arena, out, err), cluster, err);
}

int eks_describe_insight(struct aws_client *c, const char *cluster, const char *id,
                         struct arena *arena, struct eks_insight *out, struct err *err)
{
    const struct eks_ask ask = {.cluster = cluster, .id = id};
    *out = (struct eks_insight){0};
    return of_cluster(cloud_op_call(c, &eks_op_describe_insight, &ask, arena, out, err), "insight",
                      id, cluster, err);
}

int eks_list_access_entries(struct aws_client *c, const char *cluster, struct arena *arena,
                            struct shape_texts *out, struct err *err)
{
    const struct eks_ask ask = {.cluster = cluster};
    *out = (struct shape_texts){0};
    return in_cluster(cloud_op_call(c, &eks_op_list_access_entries, &ask, arena, out, err), cluster,
                      err);
}

int eks_describe_access_entry(struct aws_client *c, const char *cluster, const char *principal,
                              struct arena *arena, struct eks_access_entry *out, struct err *err)
{
    const struct eks_ask ask = {.cluster = cluster, .principal = principal};
    *out = (struct eks_access_entry){0};
    return of_cluster(cloud_op_call(c, &eks_op_describe_access_entry, &ask, arena, out, err),
                      "access entry", principal, cluster, err);
}

/* --- writing -------------------------------------------------------------------------------- */

int eks_create_nodegroup(struct aws_client *c, const struct eks_nodegroup *spec, const char *token,
                         struct arena *arena, struct eks_nodegroup *out, struct err *err)
{
    const struct eks_create ask = {.spec = *spec, .token = token};
    struct eks_nodegroup made = {0};
    int result = cloud_op_call(c, &eks_op_create_nodegroup, &ask, arena, &made, err);
    if (out)
        *out = made;
    return of_cluster(result, "node group", spec->name, spec->cluster, err);
}

int eks_delete_nodegroup(struct aws_client *c, const char *cluster, const char *group,
                         struct arena *arena, struct eks_nodegroup *out, struct err *err)
{
    const struct eks_ask ask = {.cluster = cluster, .group = group};
    struct eks_nodegroup gone = {0};
    int result = cloud_op_call(c, &eks_op_delete_nodegroup, &ask, arena, &gone, err);
    if (out)
        *out = gone;
    return of_cluster(result, "node group", group, cluster, err);
}

int eks_update_nodegroup_config(struct aws_client *c, const char *cluster, const char *group,
                                const struct eks_nodegroup_change *change, const char *token,
                                struct arena *arena, struct eks_update *out, struct err *err)
{
    const struct eks_change_config ask = {{.cluster = cluster, .group = group, .token = token},
                                          *change};
    *out = (struct eks_update){0};
    return of_cluster(cloud_op_call(c, &eks_op_update_nodegroup_config, &ask, arena, out, err),
                      "node group", group, cluster, err);
}

int eks_update_nodegroup_version(struct aws_client *c, const char *cluster, const char *group,
                                 const struct eks_nodegroup_version *to, const char *token,
                                 struct arena *arena, struct eks_update *out, struct err *err)
{
    const struct eks_change_version ask = {{.cluster = cluster, .group = group, .token = token},
                                           *to};
    *out = (struct eks_update){0};
    return of_cluster(cloud_op_call(c, &eks_op_update_nodegroup_version, &ask, arena, out, err),
                      "node group", group, cluster, err);
}

int eks_update_addon(struct aws_client *c, const char *cluster, const char *addon,
                     const struct eks_addon_change *change, const char *token, struct arena *arena,
                     struct eks_update *out, struct err *err)
{
    const struct eks_change_addon ask = {{.cluster = cluster, .addon = addon, .token = token},
                                         *change};
    *out = (struct eks_update){0};
    return of_cluster(cloud_op_call(c, &eks_op_update_addon, &ask, arena, out, err), "add-on",
                      addon, cluster, err);
}
