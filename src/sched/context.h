/*
 * context: what one pod asks for right now: bounds on the pods per domain (spread, affinity, ports)
 * and what its volumes demand. Valid until something changes.
 */
#ifndef TOBAN_SCHED_CONTEXT_H
#define TOBAN_SCHED_CONTEXT_H

#include "sched/state.h"

void context_init(struct context *c, struct sched *s, uint32_t pod);
/* Frees what a context keeps between pods. */
void context_release(struct context *c);

/* Filters that refuse a node; FILTER_PASSED when none does. Looks at the node as it is. */
enum filter context_first_refusal(const struct context *c, uint32_t node, const struct gate **gate,
                                  const struct volume_gate **volume);

/* Is the gate open at the node? *labelled (may be NULL) tells whether the node has the key. */
bool gate_passes(const struct sched *s, const struct gate *g, uint32_t node, bool *labelled);

/* Is there a place on the node for the claims that have no volume yet? */
bool context_can_bind(const struct context *c, uint32_t node);
/* More volumes than the node's drivers take? */
bool context_over_limits(const struct context *c, uint32_t slot);

/* Room for the pod's resources? */
bool context_fits(const struct context *c, uint32_t slot);

/* The number of the image's name with its tag; STRINGS_NONE when no node has such a one. */
uint32_t context_image_name(const struct sched *s, uint32_t image);

#endif
