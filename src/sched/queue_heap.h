/*
 * queue_heap: a binary heap of pods that knows where each pod stands, so that one can be taken out
 * of its middle. The order is that of the key: smaller comes first.
 */
#ifndef TOBAN_SCHED_QUEUE_HEAP_H
#define TOBAN_SCHED_QUEUE_HEAP_H

#include "world/world.h"

struct queue_key {
    int64_t first, second;
    uint64_t third;
};

struct queue_entry {
    struct queue_key key;
    uint32_t pod;
};

/* Where each pod stands is kept by the caller: places[pod]. */
struct queue_heap {
    VEC(struct queue_entry) entries;
};

void queue_heap_push(struct queue_heap *h, uint32_t *places, struct queue_key key, uint32_t pod);
/* Takes out the entry at a place. */
void queue_heap_remove(struct queue_heap *h, uint32_t *places, uint32_t place);

#endif
