/*
 * nodes: brings what is kept about a node into agreement with the world.
 */
#ifndef TOBAN_SCHED_NODES_H
#define TOBAN_SCHED_NODES_H

#include "sched/state.h"

/* Room for as many nodes as the world has. */
void nodes_make_room(struct sched *s);

/* Enters a node that has no slot, or brings it up to date. */
void nodes_sync(struct sched *s, uint32_t node);
/* Takes out a node with all that is counted on it; the world still shows it. */
void nodes_remove(struct sched *s, uint32_t node);

#endif
