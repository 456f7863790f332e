/* The cloud of an EKS cluster from AWS itself: the answers go the way that files of awscli's output
 * go (world/cloud.h), so that both mean the same. */
#include "base/must.h"
#include "cloud/ec2.h"
#include "cloud/eks.h"
#include "cloud/elbv2.h"
#include "cloud/op.h"
#include "ops/snapshot/internal.h"

#include <stdio.h>

#define MARK "eks:" /* of --cloud */

struct looking {
    struct aws_client *aws;
    const char *cluster;
    struct cloud *cloud;
    struct snapshot_report *report;
    struct arena arena;
    struct shape_texts subnets, types; /* to be asked for; each once */
    const char *vpc;                   /* the cluster's network */
};

static void want(struct looking *l, struct shape_texts *list, const char *text)
{
    shape_each(known, list)
        if (!text || strcmp(*known, text) == 0)
            return;
    if (!text)
        return;
    const char **one = shape_list_add(list, sizeof *one, &l->arena);
    *one = text;
}

/* arn NULL: the answer tells itself what it is about. */
static int enter(struct looking *l, const char *action, const void *answer, const char *arn,
                 struct err *err)
{
    _cleanup_str_ struct str text = {0}, whole = {0};
    cloud_op_print(action, answer, &text);
    if (sv_is(str_sv(&text), "{}"))
        return 0;
    if (arn) {
        str_adds(&whole, "{\"TargetGroupArn\":");
        jsonw_quote(&whole, sv_of(arn));
        str_addc(&whole, ',');
        str_addv(&whole, sv_n(str_c(&text) + 1, text.len - 1));
    }
    if (!str_ok(&text) || !str_ok(&whole))
        return err_nomem(err, action);
    return cloud_read(l->cloud, action, str_sv(arn ? &whole : &text), err);
}

/* What may not be read is no reason to go without the rest. */
static void gap(struct looking *l, const char *subject, const char *assumed, const struct err *err)
{
    const struct snapshot_gap g = {
        .subject = subject, .what = err->msg, .assumed = assumed, .hint = err->hint};
    report_gap(l->report, &g);
}

/* --- node groups ---------------------------------------------------------------------------- */

static void look_at_template(struct looking *l, const struct eks_launch_template *t)
{
    struct err err = {0};
    struct ec2_template_versions found;
    const char *version = t->version;
    const struct shape_texts versions = {.items = &version, .count = version != NULL};
    if (!t->id)
        return;
    if (ec2_describe_launch_template_versions(l->aws, t->id, NULL, &versions, &l->arena, &found,
                                              &err) ||
        enter(l, "DescribeLaunchTemplateVersions", &found, NULL, &err)) {
        gap(l, "launch templates", "nodes as the instance types have them", &err);
        return;
    }
    shape_each(v, &found.items)
        want(l, &l->types, v->data.instance_type);
}

static int look_at_group(struct looking *l, const char *name, struct err *err)
{
    struct eks_nodegroup group;
    if (eks_describe_nodegroup(l->aws, l->cluster, name, &l->arena, &group, err) ||
        enter(l, "DescribeNodegroup", &group, NULL, err))
        return -1;
    shape_each(subnet, &group.subnets)
        want(l, &l->subnets, *subnet);
    shape_each(type, &group.instance_types)
        want(l, &l->types, *type);
    look_at_template(l, &group.launch_template);
    return 0;
}

static int look_at_groups(struct looking *l, struct err *err)
{
    struct shape_texts names;
    if (eks_list_nodegroups(l->aws, l->cluster, &l->arena, &names, err))
        return -1;
    shape_each(name, &names)
        if (look_at_group(l, *name, err))
            return -1;
    return 0;
}

/* --- what they are made of ------------------------------------------------------------------ */

/* EKS and everything else that makes nodes tags their instances so. */
static void look_at_instances(struct looking *l)
{
    struct err err = {0};
    struct ec2_instances found;
    const char *tag = arena_fmt(&l->arena, "kubernetes.io/cluster/%s", l->cluster);
    struct ec2_filter filter = {.name = "tag-key", .values = {.items = &tag, .count = 1}};
    struct ec2_look look = {0};
    mem_must(tag);
    look.filters.items = &filter;
    look.filters.count = 1;
    if (ec2_describe_instances(l->aws, &look, &l->arena, &found, &err) ||
        enter(l, "DescribeInstances", &found, NULL, &err)) {
        gap(l, "instances", "instances as their nodes tell", &err);
        return;
    }
    ec2_each_instance(i, &found) {
        want(l, &l->types, i->type);
        want(l, &l->subnets, i->subnet);
    }
}

static void look_at_subnets(struct looking *l)
{
    struct err err = {0};
    struct ec2_subnets found;
    const struct ec2_look look = {.ids = l->subnets};
    if (!l->subnets.count)
        return;
    if (ec2_describe_subnets(l->aws, &look, &l->arena, &found, &err) ||
        enter(l, "DescribeSubnets", &found, NULL, &err)) {
        gap(l, "subnets", "enough free addresses", &err);
        return;
    }
    if (!l->vpc && found.items.count)
        l->vpc = found.items.items[0].vpc;
}

static void look_at_types(struct looking *l)
{
    struct err err = {0};
    struct ec2_instance_types found;
    const struct ec2_look look = {.ids = l->types};
    if (l->types.count && (ec2_describe_instance_types(l->aws, &look, &l->arena, &found, &err) ||
                           enter(l, "DescribeInstanceTypes", &found, NULL, &err)))
        gap(l, "instance types", "instance types as in toban's own table", &err);
}

static int look_at_target_group(struct looking *l, const char *arn, struct err *err)
{
    struct elbv2_attributes attributes;
    struct elbv2_targets_health health;
    if (elbv2_describe_target_group_attributes(l->aws, arn, &l->arena, &attributes, err) ||
        enter(l, "DescribeTargetGroupAttributes", &attributes, arn, err) ||
        elbv2_describe_target_health(l->aws, arn, NULL, &l->arena, &health, err))
        return -1;
    return enter(l, "DescribeTargetHealth", &health, arn, err);
}

/* Those of the cluster's network; a region may have many of others. */
static void look_at_target_groups(struct looking *l)
{
    struct err err = {0};
    struct elbv2_target_groups all, ours = {0};
    int failed = elbv2_describe_target_groups(l->aws, NULL, NULL, &l->arena, &all, &err);
    if (!failed)
        shape_each(group, &all.items)
            if (l->vpc && group->vpc && strcmp(group->vpc, l->vpc) == 0) {
                struct elbv2_target_group *one =
                    shape_list_add(&ours.items, sizeof *one, &l->arena);
                *one = *group;
            }
    if (!failed && ours.items.count)
        failed = enter(l, "DescribeTargetGroups", &ours, NULL, &err);
    shape_each(group, &ours.items)
        if (!failed)
            failed = look_at_target_group(l, group->arn, &err);
    if (failed)
        gap(l, "target groups", "load balancers with their default times", &err);
}

/* --- all of it ------------------------------------------------------------------------------ */

static int look(struct looking *l, struct err *err)
{
    struct eks_cluster cluster;
    if (eks_describe_cluster(l->aws, l->cluster, &l->arena, &cluster, err) ||
        look_at_groups(l, err))
        return -1;
    shape_each(subnet, &cluster.subnets)
        want(l, &l->subnets, *subnet);
    l->vpc = cluster.vpc;
    look_at_instances(l);
    look_at_subnets(l);
    look_at_types(l);
    look_at_target_groups(l);
    return 0;
}

int snapshot_live_cloud(struct aws_client *aws, const char *cluster, struct cloud *cloud,
                        struct snapshot_report *report, struct err *err)
{
    struct looking l = {.aws = aws, .cluster = cluster, .cloud = cloud, .report = report};
    int result = look(&l, err);
    arena_release(&l.arena);
    return result;
}

int snapshot_add_cloud(struct cloud *cloud, const char *where, const struct aws_options *options,
                       struct snapshot_report *report, struct err *err)
{
    _cleanup_aws_client_ struct aws_client *aws = NULL;
    const struct aws_options environment = {0};
    if (strncmp(where, MARK, strlen(MARK)) != 0)
        return snapshot_read_cloud(cloud, where, err);
    if (aws_client_new(options ? options : &environment, &aws, err))
        return -1;
    return snapshot_live_cloud(aws, where + strlen(MARK), cloud, report, err);
}
