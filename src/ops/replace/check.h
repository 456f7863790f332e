/*
 * check: what stands against replacing a node group that a rehearsal cannot see because it is AWS's
 * to say: quotas, addresses, offers, insights, other hands on the group. What it sees (budgets,
 * pods that never move, topology spread) comes from ops/rehearse. Pure: facts in, items of the
 * preflight out.
 */
#ifndef TOBAN_OPS_REPLACE_CHECK_H
#define TOBAN_OPS_REPLACE_CHECK_H

#include "cloud/autoscaling.h"
#include "ops/preflight/preflight.h"
#include "ops/replace/fit.h"

/* What was read of one group and of its cluster. NULL, or not set: could not be read, which is told
 * where it matters. */
struct replace_facts {
    const struct eks_nodegroup *blue, *green;
    uint32_t groups_now, groups_more; /* of the cluster; that the plan will add at once */
    struct shape_number groups_allowed;
    struct fit_room room;
    const struct ec2_offerings *offerings;   /* of green's instance types */
    const struct asg_groups *scaling_groups; /* of blue */
    const struct asg_refreshes *refreshes;   /* of blue's scaling groups */
    const struct eks_insights *insights;     /* of UPGRADE_READINESS and MISCONFIGURATION */
    const struct world *world;
    bool may_divide;  /* it can be replaced in rounds where there is no room for all at once */
    uint32_t at_once; /* more than so many new nodes at once are not wanted; 0: no matter */
};

/* Adds to p, ids end with the group's name: "quota-nodes:web". *fit (may be NULL) is what was
 * computed of room. */
void replace_check(const struct replace_facts *f, struct preflight *p, struct fit *fit);

/* Is what keeps all from fitting at once mended by rounds? */
bool replace_is_divided(const struct fit *fit);

/* A controller in the world that starts and ends nodes by itself: "cluster-autoscaler",
 * "karpenter"; NULL: none is seen. */
const char *replace_autoscaler(const struct world *w);

#endif
