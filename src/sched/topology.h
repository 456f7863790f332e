/*
 * topology: for a label key, which domain each node is in.
 */
#ifndef TOBAN_SCHED_TOPOLOGY_H
#define TOBAN_SCHED_TOPOLOGY_H

#include "sched/state.h"

/* The topology of a label key, made when it is new. STRINGS_NONE: every node for itself. */
uint32_t topology_of(struct sched *s, uint32_t key);

/* The domain that the node's labels say now; a new value becomes a new domain. WORLD_NONE without
 * the label. */
uint32_t topology_domain_now(struct sched *s, struct topology *t, uint32_t node);

/* Puts a node (which has a slot) into a domain, or takes it out (WORLD_NONE). */
void topology_put(struct sched *s, struct topology *t, uint32_t node, uint32_t domain);

/* Counts the nodes of a shape by domain of a topology. */
uint32_t census_of(struct sched *s, uint32_t shape, uint32_t topology);

#endif
