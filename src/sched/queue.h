/*
 * queue: in which order kube-scheduler takes pods: active by priority, then by time; back-off of
 * 1 s doubling to 10 s; unschedulable pods wait for an event that may help, or for the flush.
 * Times are milliseconds of the caller's clock.
 */
#ifndef TOBAN_SCHED_QUEUE_H
#define TOBAN_SCHED_QUEUE_H

#include "world/change.h"

struct sched_queue;

struct sched_queue *sched_queue_new(const struct world *w, struct version version);
void sched_queue_free(struct sched_queue *q);

/* A pod that waits for a node. */
void sched_queue_add(struct sched_queue *q, uint32_t pod, int64_t now);
/* It is gone or bound. No effect when it is not queued. */
void sched_queue_remove(struct sched_queue *q, uint32_t pod);

/* Asks for the memory of a pod that is about to be added. */
void sched_queue_fetch(const struct sched_queue *q, uint32_t pod);

/* Takes the next active pod; WORLD_NONE when none is active at `now`. */
uint32_t sched_queue_pop(struct sched_queue *q, int64_t now);
/* The popped pod found no node: it waits for an event (CHANGE_…) or the flush. */
void sched_queue_unschedulable(struct sched_queue *q, uint32_t pod, int64_t now);

/* Something changed: unschedulable pods that this may help move to back-off or active. */
void sched_queue_change(struct sched_queue *q, const struct world_change *c, int64_t now);

/* When something becomes active next; INT64_MAX when nothing will without a change. */
int64_t sched_queue_next(const struct sched_queue *q);

/* Pods that wait, of all kinds; and of those, the ones that found no node. */
uint32_t sched_queue_len(const struct sched_queue *q);
uint32_t sched_queue_stuck(const struct sched_queue *q);

#endif
