/*
 * sched_naive: the default scheduler as plain loops over all nodes and pods, written from the facts
 * alone and without any index, to hold src/sched against. Slow on purpose.
 */
#ifndef TOBAN_TESTS_SCHED_NAIVE_H
#define TOBAN_TESTS_SCHED_NAIVE_H

#include "sched/sched.h"

struct naive {
    const struct world *w;
    unsigned minor;
    uint32_t pod;
};

/* Does the node pass all filters? Else its reasons, in the order they are found, one per line. */
bool naive_passes(const struct naive *n, uint32_t node, struct str *reasons);

/* Normalised scores of the given (feasible) nodes. */
void naive_score(const struct naive *n, const uint32_t *nodes, uint32_t count,
                 struct sched_scores *out);

/* ---- preemption ---- */

enum { NAIVE_VICTIMS_MAX = 64 };
struct naive_victims {
    uint32_t node, pods[NAIVE_VICTIMS_MAX], len, violations;
};

/* Who must go from the node for the pod; false: that does not help. Takes pods off their node and
 * puts them back, so that only their order there may change. */
bool naive_preempt(const struct naive *n, struct world *w, uint32_t node,
                   struct naive_victims *out);

/* Which would kube-scheduler rather choose? Negative: a. */
int naive_compare(const struct world *w, const struct naive_victims *a,
                  const struct naive_victims *b);

#endif
