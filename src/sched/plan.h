/*
 * plan: resolves what each class of pods asks for into shapes, topologies, selections and counters.
 */
#ifndef TOBAN_SCHED_PLAN_H
#define TOBAN_SCHED_PLAN_H

#include "sched/state.h"

/* Plans for all classes of the world. Nodes must already have their slots; no pod is counted. */
void plan_build_all(struct sched *s);

#endif
