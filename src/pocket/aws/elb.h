/* elb: what the files of the pocket's Elastic Load Balancing share. Load balancers, target groups
 * and targets themselves are those of pocket/plane/plane.h. Within pocket/aws/ only. */
#ifndef TOBAN_POCKET_AWS_ELB_H
#define TOBAN_POCKET_AWS_ELB_H

#include "cloud/elbv2.h"
#include "cloud/elbv2_actions.h"
#include "cloud/elbv2_shapes.h"
#include "pocket/aws/service.h"
#include "pocket/plane/plane.h"

struct elb_tags {
    const char *arn;
    struct shape_pairs tags;
};
struct elb_state {
    struct plane *plane, *own; /* own: made here, because the account has none */
    VEC(struct elb_tags *) tags;
};

/* ---- finding: NULL when it is not there ---- */

struct plane_balancer *elb_find_balancer(const struct account *a, const char *arn);
struct plane_group *elb_find_group(const struct account *a, const char *arn);
/* *of: the load balancer it belongs to. */
struct plane_listener *elb_find_listener(const struct account *a, const char *arn,
                                         struct plane_balancer **of);
struct plane_rule *elb_find_rule(const struct account *a, const char *arn,
                                 struct plane_listener **of);

/* The refusals of one that is not there; -1. */
int elb_no_balancer(struct service_call *c);
int elb_no_group(struct service_call *c);
int elb_no_listener(struct service_call *c);
int elb_no_rule(struct service_call *c);

/* ---- names, times ---- */

/* 1 to 32 letters, digits and hyphens, none at the ends. */
bool elb_is_name(const char *name);
/* Unix seconds of a virtual moment. */
static inline int64_t elb_time(const struct account *a, int64_t virtual_ms)
{
    return a->start + virtual_ms / 1000;
}

/* ---- actions of rules ---- */

/* Refuses actions that cannot be: 0 or -1. */
int elb_check_actions(struct service_call *c, const struct elbv2_actions *actions);
/* A copy in the rule's memory. */
void elb_set_actions(struct plane_rule *r, const struct elbv2_actions *actions);
/* As ELB tells them: a plain forward also as a list of one group. */
struct elbv2_actions elb_tell_actions(struct service_call *c, const struct plane_rule *r);

/* ---- tags ---- */

struct elb_tag {
    const char *key, *value;
};
extern const struct shape elb_shape_tag;
struct elb_tag_list {
    struct elb_tag *items;
    uint32_t count, cap;
};
void elb_set_tags(struct account *a, const char *arn, const struct elb_tag_list *tags);

/* Pages by Marker and PageSize. */
struct elb_page {
    struct shape_int most;
    const char *marker;
};
#define ELB_PAGES(what, asked_type, told_type, item_type)                                          \
    static const struct service_pages what##_pages = {                                             \
        .asked_most = offsetof(asked_type, page.most),                                             \
        .asked_token = offsetof(asked_type, page.marker),                                          \
        .list = offsetof(told_type, items),                                                        \
        .item = sizeof(item_type),                                                                 \
        .token = offsetof(told_type, marker),                                                      \
        .most = 400,                                                                               \
    }
#define ELB_ADD(c, list) shape_list_add(list, sizeof *(list)->items, (c)->arena)

extern const struct service_action elb_balancers_describe, elb_balancer_create, elb_balancer_delete,
    elb_groups_describe, elb_group_create, elb_group_modify, elb_group_delete,
    elb_group_attributes_describe, elb_group_attributes_modify, elb_listeners_describe,
    elb_listener_create, elb_listener_modify, elb_listener_delete, elb_rules_describe,
    elb_rule_create, elb_rule_modify, elb_rule_delete, elb_health_describe, elb_targets_register,
    elb_targets_deregister, elb_tags_describe, elb_tags_add;

#endif
