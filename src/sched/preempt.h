/*
 * preempt: would the pod fit on a node if less important pods went, and which ones must go?
 */
#ifndef TOBAN_SCHED_PREEMPT_H
#define TOBAN_SCHED_PREEMPT_H

#include "sched/reasons.h"

struct victims {
    VEC(uint32_t) pods;  /* those that must go, in the order they are deleted */
    uint32_t violations; /* of disruption budgets */
    uint32_t node;
};

/* May the pod preempt at all? NULL, or what kube-scheduler says about it. */
const char *preempt_not_eligible(struct sched *s, uint32_t pod);

/* Any pods less important than this one, anywhere? */
bool preempt_has_prey(const struct sched *s, uint32_t pod);

/* When the kubelet took the pod over, by which kube-scheduler tells which of two equal pods is more
 * important (status.startTime): about when it was scheduled. INT64_MAX: not yet. */
int64_t preempt_started_at(const struct world_pod *p);

/* Tries one node, with the pods counted out and in again. True: *out tells who must go. Else `why`
 * gets the reasons. */
bool preempt_try(struct sched *s, uint32_t pod, uint32_t node, struct victims *out,
                 struct arena *arena, struct reason_list *why);

#endif
