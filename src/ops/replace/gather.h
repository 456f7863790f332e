/*
 * gather: reads of AWS what a replacement has to know before it begins: the cluster, its groups,
 * what they are made of, what the account allows. Several threads, each with a client of its own;
 * the caller may read the cluster in the meantime. Nothing is decided here (check.h, copy.h), and
 * nothing is changed.
 */
#ifndef TOBAN_OPS_REPLACE_GATHER_H
#define TOBAN_OPS_REPLACE_GATHER_H

#include "cloud/autoscaling.h"
#include "ops/replace/copy.h"
#include "ops/snapshot/snapshot.h"

enum replace_purchase { REPLACE_ON_DEMAND, REPLACE_SPOT, REPLACE_PURCHASES };

/* Of one blue group. Pointers are NULL where something could not be read; then there is a gap. */
struct replace_group {
    const char *name;
    struct eks_nodegroup blue;
    const char *ami_type, *version; /* of green */
    const char *release;            /* newest of these; NULL: not known, or not asked for */
    const struct ec2_template_version *launch_template; /* that green will use; NULL also: none */
    struct shape_texts types;                           /* of green's instances */
    const struct asg_groups *scaling;
    const struct asg_refreshes *refreshes; /* of all its scaling groups */
    const struct ec2_subnets *subnets;     /* of green */
    const struct ec2_offerings *offerings; /* of green's types */
};

struct replace_gap {
    const char *what; /* "insights of EKS" */
    struct err err;
};

struct replace_gathered {
    struct arena arena;
    const char *region; /* that was asked */
    struct eks_cluster cluster;
    const char *const *names; /* of all its node groups, ended by NULL */
    struct replace_group *groups;
    size_t group_count;
    struct shape_number groups_allowed, nodes_allowed; /* of the cluster; of a group */
    struct shape_number vcpus_allowed[REPLACE_PURCHASES], vcpus_used[REPLACE_PURCHASES];
    const struct eks_insights *insights;
    struct cloud cloud; /* as rehearsals take it */
    struct snapshot_report report;
    VEC(struct replace_gap) gaps;
    VEC(struct arena) parts; /* where the rest of it lies */
};
void replace_gathered_release(struct replace_gathered *g);

struct replace_want {
    struct aws_options aws;
    const char *cluster;
    const char *const *groups; /* names of blue ones, ended by NULL; each once */
    const struct replace_wish *wish;
    const char *server; /* of the kubeconfig, to tell where the cluster may be; NULL: not known */
};

struct replace_gathering;

/* Finds the cluster and the groups, and begins to read the rest. want must stay as it is until the
 * end. -1: *out is NULL. ERR_NOT_FOUND: no such cluster in this region, no such group; the hint
 * names what is near. */
int replace_gather_begin(const struct replace_want *want, struct replace_gathering **out,
                         struct err *err);
/* Waits for the rest. -1: a group could not be described; out is to be released in every case.
 * g is freed. */
int replace_gather_end(struct replace_gathering *g, struct replace_gathered *out, struct err *err);
/* Waits, and throws away what was read. NULL-safe. */
void replace_gather_free(struct replace_gathering *g);

#endif
