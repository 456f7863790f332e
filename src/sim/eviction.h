/*
 * eviction: what the eviction subresource answers, as a function of the pod, the budgets that cover
 * it and the version. Changes nothing; the simulator does what the decision says.
 * Source: pkg/registry/core/pod/storage/eviction.go of Kubernetes 1.20 to 1.35.
 */
#ifndef TOBAN_SIM_EVICTION_H
#define TOBAN_SIM_EVICTION_H

#include "world/eviction.h"

/* The API server refuses when more evictions than this have not been seen by the controller. */
#define EVICTION_DISRUPTED_MAX 2000u

struct eviction_request {
    const struct world *w;
    struct version version; /* VERSION_NONE: the newest known behaviour */
    uint32_t pod;
    const uint32_t *budgets; /* indexes of the PDBs that cover the pod */
    uint32_t budget_count;
    uint32_t disrupted;     /* entries in disruptedPods of the first of them */
    const char *sync_error; /* why the disruption controller cannot tell its status; NULL: it can */
};

/* Fills *answer. True when the eviction takes one from the first budget's allowance: the caller
 * then decrements it and records the pod. */
bool eviction_decide(const struct eviction_request *r, struct eviction_answer *answer);

/* 404: no such pod. */
void eviction_not_found(const char *pod, struct eviction_answer *answer);

#endif
