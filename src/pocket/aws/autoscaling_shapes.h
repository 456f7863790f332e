/* autoscaling_shapes: what the Auto Scaling service takes and tells, and what its files share.
 * Within pocket/aws/ only. */
#ifndef TOBAN_POCKET_AWS_AUTOSCALING_SHAPES_H
#define TOBAN_POCKET_AWS_AUTOSCALING_SHAPES_H

#include "cloud/autoscaling.h"
#include "pocket/aws/service.h"

struct asg_filter {
    const char *name;
    struct shape_texts values;
};
/* All parameters of all actions; each action's table says which are its own. */
struct asg_ask {
    const char *group, *instance, *health, *token;
    struct shape_texts names, instances, processes;
    struct shape_int min, max, desired, most;
    enum shape_flag decrement, protect;
    SHAPE_LIST(struct asg_filter) filters;
};

struct asg_told_template {
    const char *id, *name, *version;
};
struct asg_told_instance {
    const char *id, *type, *zone, *lifecycle, *health, *group;
    struct asg_told_template template;
    enum shape_flag protected_from_scale_in;
};
struct asg_told_tag {
    const char *resource, *type, *key, *value;
    enum shape_flag propagate;
};
struct asg_told_group {
    const char *name, *arn, *subnets, *status, *health_check;
    struct asg_told_template template;
    struct shape_int min, max, desired, cooldown, health_grace;
    int64_t created;
    struct shape_texts zones, target_groups;
    SHAPE_LIST(struct asg_told_instance) instances;
    SHAPE_LIST(struct asg_suspension) suspended;
    SHAPE_LIST(struct asg_told_tag) tags;
};
struct asg_told_groups {
    SHAPE_LIST(struct asg_told_group) items;
    const char *token;
};
struct asg_told_instances {
    SHAPE_LIST(struct asg_told_instance) items;
    const char *token;
};
struct asg_told_refresh {
    const char *id, *group, *status;
    struct shape_int percent, instances_left;
    int64_t started, ended;
    int64_t looks_ms, total; /* not told */
};
struct asg_told_refreshes {
    SHAPE_LIST(struct asg_told_refresh) items;
    const char *token;
};
struct asg_told_activity {
    const char *id, *group, *description, *cause, *status;
    int64_t started;
    struct shape_int percent;
};

extern const struct shape asg_in_groups, asg_in_instances, asg_in_group, asg_in_desired,
    asg_in_update, asg_in_processes, asg_in_terminate, asg_in_health, asg_in_protection;
extern const struct shape asg_out_groups, asg_out_instances, asg_out_refreshes, asg_out_refresh,
    asg_out_activity, asg_out_nothing;
extern const struct service_pages asg_groups_pages, asg_instances_pages, asg_refreshes_pages;

/* The group of that name; NULL after a refusal. */
struct account_asg *asg_need(struct service_call *c, const char *name);

/* ---- autoscaling_refresh.c ---- */

int asg_describe_refreshes_call(struct service_call *c);
int asg_start_refresh_call(struct service_call *c);
int asg_cancel_refresh_call(struct service_call *c);
void asg_begin_refreshes(struct account *a);
void asg_release_refreshes(struct account *a);
void asg_run_refreshes(struct account *a);
int64_t asg_next_refresh(const struct account *a);

#endif
