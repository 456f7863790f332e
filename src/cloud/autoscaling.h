/*
 * autoscaling: calls of EC2 Auto Scaling: the groups behind node groups, and instance refreshes
 * that may be under way. The contract of all calls is that of cloud/eks.h.
 */
#ifndef TOBAN_CLOUD_AUTOSCALING_H
#define TOBAN_CLOUD_AUTOSCALING_H

#include "aws/client.h"
#include "cloud/shape.h"

struct asg_instance {
    const char *id, *type, *zone, *lifecycle, *health; /* "InService", "Healthy" */
    enum shape_flag protected_from_scale_in;
};
struct asg_tag {
    const char *key, *value;
};
struct asg_suspension {
    const char *process, *reason; /* "AZRebalance" */
};
struct asg_group {
    const char *name, *arn, *subnets; /* subnet ids, separated by commas */
    const char *status;               /* NULL unless it is being deleted */
    struct shape_int min, max, desired;
    struct shape_texts zones;
    SHAPE_LIST(struct asg_instance) instances;
    SHAPE_LIST(struct asg_suspension) suspended;
    SHAPE_LIST(struct asg_tag) tags;
};
struct asg_groups {
    SHAPE_LIST(struct asg_group) items;
};

/* Names that do not exist have no entry. names may be empty: all. */
int asg_describe_groups(struct aws_client *c, const struct shape_texts *names, struct arena *arena,
                        struct asg_groups *out, struct err *err);

struct asg_refresh {
    const char *id, *group, *status, *reason;
    struct shape_int percent, instances_left;
    int64_t started, ended;
};
struct asg_refreshes {
    SHAPE_LIST(struct asg_refresh) items;
};
int asg_describe_refreshes(struct aws_client *c, const char *group, struct arena *arena,
                           struct asg_refreshes *out, struct err *err);

/* Ends a machine of a scaling group, which then wants one less. ERR_NOT_FOUND: no group has it (any
 * more); ERR_INPUT: the group would have fewer than its least. Without an answer it is not asked
 * again: nobody knows whether it happened. */
int asg_end_instance(struct aws_client *c, const char *id, struct err *err);

/* Is a refresh with this status still at work? What is not known here counts as at work. status
 * may be NULL. */
bool asg_refresh_is_running(const char *status);

#endif
