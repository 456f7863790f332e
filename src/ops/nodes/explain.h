/*
 * explain: why a pod that has to leave is still there, and what a person can do about it, in the
 * same words for the rehearsal and for the live drain. World in, texts out.
 */
#ifndef TOBAN_OPS_NODES_EXPLAIN_H
#define TOBAN_OPS_NODES_EXPLAIN_H

#include "base/arena.h"
#include "ops/nodes/nodes.h"

struct nodes_cause {
    const char *rule; /* stable: "budget-allows-none", "many-budgets", "bare-pod", … */
    const char *text; /* "budget shop/cart allows 0: minAvailable 1 of 1 replica" */
    const char *fix;  /* "scale … to 2 first, or …" */
    uint32_t misses;  /* workload whose missing pods it is about; WORLD_NONE */
};

/* Texts are static or in a. */
struct nodes_cause nodes_explain(const struct world *w, const struct nodes_blocked *b,
                                 struct arena *a);

/* "Deployment shop/cart" of the pod's top owner, "Pod shop/one" of a bare one; in a. */
const char *nodes_workload_of(const struct world *w, uint32_t pod, struct arena *a);

#endif
