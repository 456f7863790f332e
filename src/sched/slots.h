/*
 * slots: which node stands where. kube-scheduler walks its nodes round-robin over the zones; here
 * that order is made anew only after enough nodes came and went, and everything that is kept by
 * slot moves along.
 */
#ifndef TOBAN_SCHED_SLOTS_H
#define TOBAN_SCHED_SLOTS_H

#include "sched/state.h"

/* Empty slots for the world's nodes and as many again. */
void slots_init(struct sched *s);
void slots_release(struct sched *s);

/* A set of slots, empty; moves with the order. *set must stay where it is. */
void slots_add_set(struct sched *s, uint64_t **set);

/* A counter's hosts, empty. */
uint64_t *slots_new_hosts(uint32_t cap);

/* The column of a resource, added when it is new. */
uint32_t slots_column(struct sched *s, uint32_t name);
/* The column of a volume driver, added when it is new. */
uint32_t slots_driver(struct sched *s, uint32_t name);

/* A slot for a node that has none. */
uint32_t slots_take(struct sched *s, uint32_t node);
void slots_give_back(struct sched *s, uint32_t node);

/* Makes the order anew when enough has changed. */
void slots_settle(struct sched *s);

#endif
