/*
 * cloud: AWS's side of a world: node groups, launch templates, instance types, subnets, target
 * groups. Optional: without it the rehearsal reads what it can from the nodes and says what it
 * assumes. Filled from the output of stock awscli (`--cloud FILE`, docs/format/cloud.md); later by
 * the AWS client. No I/O here. Texts are C strings in the cloud's arena; one that AWS did not give
 * is NULL, names, ids and keys never are. Numbers that it did not give are 0 unless said otherwise.
 */
#ifndef TOBAN_WORLD_CLOUD_H
#define TOBAN_WORLD_CLOUD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

struct cloud_pair {
    const char *key, *value;
};

struct cloud_taint {
    const char *key, *value, *effect; /* as Kubernetes writes it: NoSchedule */
};

struct cloud_group {
    const char *name, *cluster, *status;
    const char *ami_type, *release, *version; /* "AL2_x86_64", "1.28.5-20240110", "1.28" */
    const char *capacity_type;                /* "ON_DEMAND", "SPOT" */
    const char *launch_template, *launch_template_version; /* NULL: none of its own */
    const char *const *instance_types;
    uint32_t instance_type_count;
    int32_t min, max, desired;
    int32_t max_unavailable, max_unavailable_percent; /* 0: not set */
    const char *const *subnets;
    uint32_t subnet_count;
    const char *const *autoscaling_groups;
    uint32_t autoscaling_group_count;
    const struct cloud_pair *labels;
    uint32_t label_count;
    const struct cloud_taint *taints;
    uint32_t taint_count;
};

struct cloud_subnet {
    const char *id, *zone, *cidr;
    int32_t free_ips;
};

struct cloud_launch_template {
    const char *id, *name, *version, *image, *instance_type;
    uint32_t block_devices; /* written in it; the root device counts */
};

/* What AWS said of a type; replaces the built-in table (world/instance.h). */
struct cloud_instance_type {
    const char *name;
    int32_t vcpus, enis, ips_per_eni;
    int64_t memory_mib;
};

struct cloud_instance {
    const char *id, *type, *subnet, *zone, *group; /* group NULL: none by its tags */
};

struct cloud_target_group {
    const char *arn, *name, *target_type; /* "ip", "instance" */
    /* What is not given has Elastic Load Balancing's defaults: 300 s of deregistration delay, no
     * slow start, a check every 30 s, healthy after 5. */
    int32_t port, deregistration_delay_s, slow_start_s;
    int32_t health_interval_s, healthy_threshold;
    uint32_t targets, healthy;
};

struct cloud {
    struct arena arena;
    VEC(struct cloud_group) groups;
    VEC(struct cloud_subnet) subnets;
    VEC(struct cloud_launch_template) launch_templates;
    VEC(struct cloud_instance_type) instance_types;
    VEC(struct cloud_instance) instances;
    VEC(struct cloud_target_group) target_groups;
};

void cloud_init(struct cloud *c);
/* NULL-safe; zeroed memory is an empty cloud. */
void cloud_release(struct cloud *c);

/* Does the text begin as awscli's output does? Lists of Kubernetes do not. */
bool cloud_is(struct sv text);

/* Adds what one text of awscli's JSON output says: one answer, several behind each other, or a
 * sequence of them. Several texts may be read one after the other; the later of two of one name
 * counts (attributes and health of a target group are added to what is known of it). Unknown parts
 * are skipped. `name` is for messages. -1 with err when it is no JSON (what stands before the error
 * is entered), when it holds no part that is known, or when it does not say which target group's
 * attributes or health it gives. */
int cloud_read(struct cloud *c, const char *name, struct sv text, struct err *err);

/* NULL when it is not there. */
const struct cloud_group *cloud_find_group(const struct cloud *c, const char *name);
const struct cloud_subnet *cloud_find_subnet(const struct cloud *c, const char *id);

#define _cleanup_cloud_ _cleanup_(cloud_release)

#endif
