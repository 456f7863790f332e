/*
 * plan_spread: a class's topology spread constraints, its own or, when it has none, the two that
 * kube-scheduler assumes for pods of a Service, ReplicaSet, StatefulSet or ReplicationController.
 */
#ifndef TOBAN_SCHED_PLAN_SPREAD_H
#define TOBAN_SCHED_PLAN_SPREAD_H

#include "sched/cover.h"

/* Who may select pods, by their selector: services first, then workloads. */
struct spread_sources {
    struct cover cover;
    struct candidates found;
};

void spread_sources_init(struct sched *s, struct spread_sources *src);
void spread_sources_release(struct spread_sources *src);

void plan_spread(struct sched *s, struct spread_sources *src, uint32_t class, struct plan *p);

#endif
