/*
 * selection: sets of pods by namespace and labels, and counters of them by domain. Written down
 * once per content, whatever number of classes asks for it.
 */
#ifndef TOBAN_SCHED_SELECTION_H
#define TOBAN_SCHED_SELECTION_H

#include "sched/state.h"

/* Pods that all of the parts cover; topology key and weight of a part do not matter. The parts must
 * live as long as the scheduler. */
uint32_t selection_of(struct sched *s, const struct affinity_term *parts, uint32_t count);

enum world_match selection_covers_class(const struct sched *s, uint32_t selection, uint32_t class);
bool selection_covers_pod(const struct sched *s, uint32_t selection, uint32_t pod);

/* Counters, made when they are new. */
uint32_t counter_of_covered(struct sched *s, uint32_t selection, uint32_t topology, uint32_t shape,
                            bool alive);
uint32_t counter_of_carriers(struct sched *s, uint32_t selection, uint32_t topology, bool anti);
/* One that no selection feeds. */
uint32_t counter_add(struct sched *s, const struct counter *c);

#endif
