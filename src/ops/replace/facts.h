/*
 * facts: what was gathered of AWS and of the cluster, group by group as check.h judges it; and
 * whether the two are the same cluster at all. Pure.
 */
#ifndef TOBAN_OPS_REPLACE_FACTS_H
#define TOBAN_OPS_REPLACE_FACTS_H

#include "ops/replace/check.h"
#include "ops/replace/gather.h"

/* What has no room any more because earlier groups of the plan have taken it; less than nothing
 * where they have given it back. Zeroed at the start. */
struct facts_taken {
    double vcpus[REPLACE_PURCHASES];
    struct {
        const char *zone;
        int64_t addresses;
    } zones[FIT_ZONES_MAX];
    uint32_t zone_count;
};

/* Of group i of g, whose green one is *green. Subnets are copied into a, less what is taken. */
void facts_of_group(const struct replace_gathered *g, size_t i, const struct eks_nodegroup *green,
                    const struct world *w, const struct facts_taken *taken, struct arena *a,
                    struct replace_facts *out);
/* Counts what the group will take of room, f being its facts and fit what was computed of them. */
void facts_take(struct facts_taken *taken, const struct replace_facts *f, const struct fit *fit);
/* Likewise, of a group that is replaced as a whole before the next one: blue's nodes end. */
void facts_exchange(struct facts_taken *taken, const struct replace_facts *f, const struct fit *fit,
                    const struct cloud *cloud);

/* Does the kubeconfig lead to the cluster that EKS speaks of? It does when a machine of one of the
 * groups is a node of the world, or when the addresses are the same. server: of the kubeconfig.
 * Adds an item that blocks when it does not. */
void facts_check_cluster(const struct replace_gathered *g, const struct world *w,
                         const char *server, struct preflight *p);

#endif
