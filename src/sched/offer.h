/*
 * offer: what a node has for a request of CPU and memory: no room, or so many points of
 * LeastAllocated and BalancedAllocation. Pods ask for few different amounts, and little changes
 * between two that ask for the same, so each answer is kept until its node changes.
 *
 * Kept are OFFER_ROWS requests at a time, one byte for each slot. With more different ones the
 * oldest makes room, and its answers are computed again.
 */
#ifndef TOBAN_SCHED_OFFER_H
#define TOBAN_SCHED_OFFER_H

#include "sched/state.h"

/* The number of a request, made when it is new. Rows must be made (offer_reset) after the last. */
uint32_t offer_of(struct sched *s, const struct kernel_need *need, bool best_effort);

/* Rows for the slots there are now; nothing is known. */
void offer_reset(struct sched *s);
void offer_release(struct sched *s);

/* What a pod with the request adds and needs. */
static inline const struct kernel_need *offer_need(const struct sched *s, uint32_t request)
{
    return &s->offers.requests.items[request].need;
}

/* The row of a request; valid until another request is asked for. */
uint32_t offer_row(struct sched *s, uint32_t request);

/* The node at the slot has other resources, or other pods. */
void offer_forget(struct sched *s, uint32_t slot);

/* Makes the row's bytes of `stale` slots of the word true. */
void offer_refresh(struct sched *s, uint32_t row, uint32_t word, uint64_t stale);

/* What the 64 slots of the word offer (see kernel.h); true of those in mask. */
static inline const uint8_t *offer_word(struct sched *s, uint32_t row, uint32_t word, uint64_t mask)
{
    const struct offers *o = &s->offers;
    uint64_t stale = o->stale[(size_t)word * o->rows + row] & mask;
    if (stale)
        offer_refresh(s, row, word, stale);
    return o->points + (size_t)row * s->slot_cap + word * WORD_SLOTS;
}

#endif
