/*
 * usage: counts pods in and out: what they use of their node, which counters they feed, which
 * volumes they hold. The only place that changes these numbers.
 */
#ifndef TOBAN_SCHED_USAGE_H
#define TOBAN_SCHED_USAGE_H

#include "sched/state.h"

/* Counts a pod in on a node, or (sign -1) out of it. Nothing remembers that it is there. */
void usage_add(struct sched *s, uint32_t pod, uint32_t node, int sign);

/* Only the counters of a pod that is counted already: its node goes to another domain. */
void usage_add_counters(struct sched *s, uint32_t pod, int sign);

/* Makes what is counted for a pod agree with the world (gone: it is not there any more). */
void usage_sync_pod(struct sched *s, uint32_t pod, bool gone);

#endif
