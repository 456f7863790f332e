/*
 * shape: sets of nodes by what does not depend on which pods are where.
 */
#ifndef TOBAN_SCHED_SHAPE_H
#define TOBAN_SCHED_SHAPE_H

#include "sched/state.h"

/* Each gives the number of the shape, made when it is new. */
uint32_t shape_tolerates(struct sched *s, const struct toleration *t, uint32_t len);
/* WORLD_NONE when there is no constraint. */
uint32_t shape_affinity(struct sched *s, struct labels selector, bool has_terms,
                        const struct node_term *terms, uint32_t len);
uint32_t shape_topologies(struct sched *s, const struct selector *selectors, uint32_t len);
uint32_t shape_zones(struct sched *s, struct labels zones);
uint32_t shape_keys(struct sched *s, const uint32_t *keys, uint32_t len);
/* All of the shapes; WORLD_NONE among them is left out. */
uint32_t shape_all(struct sched *s, const uint32_t *shapes, uint32_t len);

/* Does the shape hold the node, by the world as it is now? */
bool shape_holds(const struct sched *s, uint32_t shape, uint32_t node);

static inline bool shape_has(const struct sched *s, uint32_t shape, uint32_t slot)
{
    return shape == WORLD_NONE || bits_has(s->shapes.items[shape]->bits, slot);
}

/* Would this toleration bear the taint? */
bool toleration_bears(const struct toleration *t, uint32_t key, uint32_t value,
                      enum taint_effect effect);
/* The first NoSchedule or NoExecute taint that is not borne; NULL. */
const struct taint *taint_not_borne(const struct toleration *t, uint32_t len,
                                    const struct world_node *node);
bool cordon_is_borne(const struct sched *s, const struct toleration *t, uint32_t len);

#endif
