/*
 * feasible: the nodes that pass every filter, found by whole sets of nodes instead of node by node.
 */
#ifndef TOBAN_SCHED_FEASIBLE_H
#define TOBAN_SCHED_FEASIBLE_H

#include "sched/state.h"

/* Walks the nodes from s->start until `wanted` feasible ones are found and fills s->window.
 * Moves s->start on when `advance`. */
void feasible_scan(const struct context *c, uint32_t wanted, bool advance);

/* Would this node pass all filters, nominated pods counted as kube-scheduler does? */
bool feasible_at(const struct context *c, uint32_t node);

/* How many feasible nodes are enough (numFeasibleNodesToFind). */
uint32_t feasible_wanted(const struct sched *s);

#endif
