/*
 * context_volume: what the claims of one pod demand of a node.
 */
#ifndef TOBAN_SCHED_CONTEXT_VOLUME_H
#define TOBAN_SCHED_CONTEXT_VOLUME_H

#include "sched/state.h"

/* Fills the volume parts of a context; `refused` when no node will do. */
void context_add_volumes(struct context *c);

#endif
