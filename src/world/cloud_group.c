#include "base/must.h"
#include "base/vec.h"
#include "world/cloud_json.h"

static void take_labels(struct cloud_input *in, void *at)
{
    VEC(struct cloud_pair) pairs = {0};
    struct sv key;
    if (!pull_map(&in->pull))
        return;
    while (pull_key(&in->pull, &key)) {
        struct cloud_pair pair = {.key = mem_must(arena_dup(in->arena, key)), .value = ""};
        cloud_take_text(in, &pair.value);
        must_push(&pairs, pair);
    }
    struct cloud_group *g = (struct cloud_group *)at;
    if (pairs.len) {
        struct cloud_pair *kept = mem_must(arena_new_n(in->arena, struct cloud_pair, pairs.len));
        memcpy(kept, pairs.items, pairs.len * sizeof *kept);
        g->labels = kept;
        g->label_count = (uint32_t)pairs.len;
    }
    vec_release(&pairs);
}

/* EKS writes NO_SCHEDULE where Kubernetes writes NoSchedule. */
static void take_effect(struct cloud_input *in, void *at)
{
    static const char *const names[][2] = {{"NO_SCHEDULE", "NoSchedule"},
                                           {"NO_EXECUTE", "NoExecute"},
                                           {"PREFER_NO_SCHEDULE", "PreferNoSchedule"}};
    const char **effect = at;
    cloud_take_text(in, at);
    for (size_t i = 0; *effect && i < ARRAY_LEN(names); i++)
        if (strcmp(*effect, names[i][0]) == 0)
            *effect = names[i][1];
}

static void take_taints(struct cloud_input *in, void *at)
{
    static const struct cloud_field fields[] = {
        CLOUD_FIELD("key", cloud_take_text, struct cloud_taint, key),
        CLOUD_FIELD("value", cloud_take_text, struct cloud_taint, value),
        CLOUD_FIELD("effect", take_effect, struct cloud_taint, effect),
        CLOUD_FIELDS_END,
    };
    struct cloud_group *g = (struct cloud_group *)at;
    struct cloud_list list = {0};
    cloud_take_structs(in, fields, sizeof(struct cloud_taint), &list);
    g->taints = list.items;
    g->taint_count = list.count;
}

static void take_autoscaling_groups(struct cloud_input *in, void *at)
{
    static const struct cloud_field name[] = {{"name", cloud_take_text, 0, NULL}, CLOUD_FIELDS_END};
    struct cloud_group *g = (struct cloud_group *)at;
    struct cloud_list list = {0};
    cloud_take_structs(in, name, sizeof(const char *), &list);
    g->autoscaling_groups = list.items;
    g->autoscaling_group_count = list.count;
}

#define GROUP(key, take, member) CLOUD_FIELD(key, take, struct cloud_group, member)
static const struct cloud_field group_scaling[] = {
    GROUP("minSize", cloud_take_i32, min),
    GROUP("maxSize", cloud_take_i32, max),
    GROUP("desiredSize", cloud_take_i32, desired),
    CLOUD_FIELDS_END,
};
static const struct cloud_field group_update[] = {
    GROUP("maxUnavailable", cloud_take_i32, max_unavailable),
    GROUP("maxUnavailablePercentage", cloud_take_i32, max_unavailable_percent),
    CLOUD_FIELDS_END,
};
static const struct cloud_field group_template[] = {
    GROUP("id", cloud_take_text, launch_template),
    GROUP("version", cloud_take_text, launch_template_version),
    CLOUD_FIELDS_END,
};
static const struct cloud_field group_resources[] = {
    {"autoScalingGroups", take_autoscaling_groups, 0, NULL},
    CLOUD_FIELDS_END,
};
static const struct cloud_field group_fields[] = {
    GROUP("nodegroupName", cloud_take_text, name),
    GROUP("clusterName", cloud_take_text, cluster),
    GROUP("status", cloud_take_text, status),
    GROUP("amiType", cloud_take_text, ami_type),
    GROUP("releaseVersion", cloud_take_text, release),
    GROUP("version", cloud_take_text, version),
    GROUP("capacityType", cloud_take_text, capacity_type),
    GROUP("instanceTypes", cloud_take_texts, instance_types),
    GROUP("subnets", cloud_take_texts, subnets),
    {"labels", take_labels, 0, NULL},
    {"taints", take_taints, 0, NULL},
    CLOUD_INNER("scalingConfig", group_scaling),
    CLOUD_INNER("updateConfig", group_update),
    CLOUD_INNER("launchTemplate", group_template),
    CLOUD_INNER("resources", group_resources),
    CLOUD_FIELDS_END,
};
/* cloud_take_texts writes a pointer and the count behind it. */
_Static_assert(offsetof(struct cloud_group, instance_type_count) ==
                   offsetof(struct cloud_group, instance_types) + sizeof(void *),
               "the count stands behind its list");
_Static_assert(offsetof(struct cloud_group, subnet_count) ==
                   offsetof(struct cloud_group, subnets) + sizeof(void *),
               "the count stands behind its list");

bool cloud_take_group(struct cloud_input *in, struct cloud_group *g)
{
    *g = (struct cloud_group){0};
    return cloud_take_fields(in, group_fields, g) && g->name;
}
