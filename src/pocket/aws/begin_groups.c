/* Node groups and their Auto Scaling groups as the cloud tells them, or as their nodes do. */
#include "base/must.h"
#include "pocket/aws/begin.h"
#include "pocket/aws/images.h"
#include "world/instance.h"

#define DAY_S 86400

const char *begin_label_of(struct account *a, const struct world_node *n, const char *key)
{
    uint32_t id = strings_find(&a->world->strings, sv_of(key));
    return id ? begin_keep_sv(a, begin_text_of(a, labels_value(n->labels, id))) : NULL;
}

static const char *eks_effect(const char *effect)
{
    return strcmp(effect, "NoExecute") == 0          ? "NO_EXECUTE"
           : strcmp(effect, "PreferNoSchedule") == 0 ? "PREFER_NO_SCHEDULE"
                                                     : "NO_SCHEDULE";
}

static struct account_group *add_group(struct account *a, const char *name)
{
    struct account_group *g = mem_must(arena_new(&a->arena, struct account_group));
    g->spec = (struct eks_nodegroup){
        .name = account_keep(a, name),
        .cluster = a->cluster.name,
        .status = "ACTIVE",
        .capacity_type = "ON_DEMAND",
        .role = a->node_role,
        .created = a->start - 30 * DAY_S,
        .modified = a->start - 30 * DAY_S,
    };
    g->spec.arn =
        account_arn(a, "eks", "nodegroup/%s/%s/%s", a->cluster.name, name, account_make_uuid(a));
    g->looks_ms = INT64_MAX;
    must_push(&a->groups, g);
    return g;
}

static void copy_lists(struct account *a, const struct cloud_group *c, struct eks_nodegroup *s)
{
    for (uint32_t i = 0; i < c->instance_type_count; i++)
        begin_add_text(a, &s->instance_types, c->instance_types[i]);
    for (uint32_t i = 0; i < c->subnet_count; i++)
        begin_add_text(a, &s->subnets, c->subnets[i]);
    for (uint32_t i = 0; i < c->label_count; i++)
        account_set_tag(a, &s->labels, c->labels[i].key, c->labels[i].value);
    for (uint32_t i = 0; i < c->taint_count; i++)
        *(struct eks_taint *)shape_list_add(&s->taints, sizeof(struct eks_taint), &a->arena) =
            (struct eks_taint){account_keep(a, c->taints[i].key),
                               account_keep(a, c->taints[i].value),
                               eks_effect(c->taints[i].effect)};
}

static void copy_group(struct account *a, const struct cloud_group *c, struct eks_nodegroup *s)
{
    if (c->ami_type)
        s->ami_type = account_keep(a, c->ami_type);
    s->release = account_keep(a, c->release);
    s->version = account_keep(a, c->version);
    if (c->capacity_type)
        s->capacity_type = account_keep(a, c->capacity_type);
    s->scaling = (struct eks_scaling){shape_int(c->min), shape_int(c->max), shape_int(c->desired)};
    if (c->max_unavailable)
        s->update.max_unavailable = shape_int(c->max_unavailable);
    if (c->max_unavailable_percent)
        s->update.max_unavailable_percent = shape_int(c->max_unavailable_percent);
    if (c->launch_template)
        s->launch_template = (struct eks_launch_template){
            .id = account_keep(a, c->launch_template),
            .version = account_keep(a, c->launch_template_version),
        };
    copy_lists(a, c, s);
}

static const char *minor_of(struct account *a, struct sv kubelet)
{
    struct version v;
    char text[VERSION_TEXT_MAX];
    if (!version_parse(kubelet, &v))
        return a->cluster.version;
    return account_keep(a, version_format(v, false, text));
}

/* What the nodes of a group tell of it. */
static void learn_from_node(struct account *a, const struct world_node *n, struct eks_nodegroup *s)
{
    struct account_subnet *subnet =
        n->zone ? begin_subnet_of_zone(a, begin_text_of(a, n->zone)) : NULL;
    if (n->instance_type)
        begin_add_text(a, &s->instance_types, begin_keep_sv(a, begin_text_of(a, n->instance_type)));
    if (subnet)
        begin_add_text(a, &s->subnets, subnet->id);
    if (!s->version)
        s->version = minor_of(a, begin_text_of(a, n->kubelet_version));
    if (!s->ami_type) {
        const struct instance_type *t = instance_find(begin_text_of(a, n->instance_type));
        bool arm = t && strcmp(t->arch, "arm64") == 0;
        s->ami_type = arm ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD";
    }
}

/* EKS lets no group grow further, unless somebody has asked for more. */
#define GROUP_NODES_MAX 450

static struct eks_scaling scaling_of(uint32_t nodes)
{
    uint32_t max =
        nodes <= GROUP_NODES_MAX && nodes + 2 > GROUP_NODES_MAX ? GROUP_NODES_MAX : nodes + 2;
    return (struct eks_scaling){shape_int(nodes ? 1 : 0), shape_int(max), shape_int(nodes)};
}

/* What neither the cloud nor the nodes said. */
static void complete_group(struct account *a, struct eks_nodegroup *s, uint32_t nodes)
{
    if (!s->ami_type)
        s->ami_type = "AL2023_x86_64_STANDARD";
    if (!s->version)
        s->version = a->cluster.version;
    if (!s->release)
        s->release = images_release(s->ami_type, s->version, false, &a->arena);
    if (!s->scaling.desired.set || !s->scaling.max.set || !s->scaling.max.n)
        s->scaling = scaling_of(nodes);
    if (!s->instance_types.count && !s->launch_template.id)
        begin_add_text(a, &s->instance_types, "t3.medium");
    if (!s->subnets.count)
        vec_foreach(subnet, &a->subnets)
            begin_add_text(a, &s->subnets, (*subnet)->id);
    if (!s->update.max_unavailable.set && !s->update.max_unavailable_percent.set)
        s->update.max_unavailable = shape_int(1);
    if (!s->launch_template.id)
        s->disk_gib = shape_int(20);
    struct account_template *t =
        s->launch_template.id ? account_find_template(a, s->launch_template.id, NULL) : NULL;
    if (t && !s->launch_template.name)
        s->launch_template.name = t->name;
}

void begin_groups(struct account *a)
{
    vec_foreach(c, &a->cloud->groups)
        copy_group(a, c, &add_group(a, c->name)->spec);
    begin_each_node(a, n)
    {
        const char *name = begin_label_of(a, n, "eks.amazonaws.com/nodegroup");
        if (!name)
            continue;
        struct account_group *g = account_find_group(a, name);
        if (!g)
            g = add_group(a, name);
        learn_from_node(a, n, &g->spec);
    }
    vec_foreach(g, &a->groups) {
        uint32_t nodes = 0;
        begin_each_node(a, n)
        {
            const char *name = begin_label_of(a, n, "eks.amazonaws.com/nodegroup");
            nodes += name && strcmp(name, (*g)->spec.name) == 0;
        }
        complete_group(a, &(*g)->spec, nodes);
    }
}

void begin_asgs(struct account *a)
{
    vec_foreach(g, &a->groups) {
        const char *given = NULL;
        vec_foreach(c, &a->cloud->groups)
            if (strcmp(c->name, (*g)->spec.name) == 0 && c->autoscaling_group_count)
                given = c->autoscaling_groups[0];
        account_make_asg(a, *g, given);
        (*g)->asg->created = (*g)->spec.created;
        (*g)->asg->looks_ms = INT64_MAX;
    }
}
