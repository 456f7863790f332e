/*
 * queue_wake: which changes may help which pods that found no node, by the version of the
 * scheduler. 1.20 and 1.21 move every pod at almost every event; from 1.22 a plugin names the kinds
 * of events that help; from 1.32 it also looks at the event (queueing hints).
 */
#ifndef TOBAN_SCHED_QUEUE_WAKE_H
#define TOBAN_SCHED_QUEUE_WAKE_H

#include "world/change.h"

enum queue_wake {
    WAKE_NOBODY,
    WAKE_ALL,
    WAKE_CLAIMS,   /* pods with persistent volumes */
    WAKE_SPREAD,   /* pods with a hard topology spread */
    WAKE_AFFINITY, /* pods whose required affinity speaks of the changed pod */
    WAKE_MATCHING, /* pods whose required affinity or hard spread speaks of the changed pod */
};

/* Whom the change may help; looks at the world for what is bound. */
enum queue_wake queue_wake_of(const struct world *w, const struct world_change *c, unsigned minor);

/* Is the pod one of them? */
bool queue_wakes(const struct world *w, enum queue_wake wake, const struct world_change *c,
                 uint32_t pod);

#endif
