/*
 * score: what kube-scheduler's score plugins give the feasible nodes of s->window. out[] has 64
 * places for each word of the window, in its order; only those of feasible nodes mean something.
 */
#ifndef TOBAN_SCHED_SCORE_H
#define TOBAN_SCHED_SCORE_H

#include "sched/state.h"

enum { SCORE_MAX = 100 };

/* Each adds weight * the plugin's normalised score to out[], but for scores that are the same for
 * all nodes: these it returns (not weighted). */
int32_t score_spread(const struct context *c, int32_t weight, int16_t *out);
int32_t score_affinity(const struct context *c, int32_t weight, int16_t *out);
int32_t score_preferences(const struct context *c, int32_t weight, int16_t *out);
int32_t score_taints(const struct context *c, int32_t weight, int16_t *out);
int32_t score_images(const struct context *c, int32_t weight, int16_t *out);
/* LeastAllocated and BalancedAllocation, so weighted, into out[], whatever was there. */
void score_resources(const struct context *c, struct kernel_weights weights, int16_t *out);

/* Asks for memory that score_spread will read, in two steps as one tells where the other is: early
 * for the counters, after the scan for what they say of the window's nodes. */
void score_spread_expect(const struct context *c);
void score_spread_fetch(const struct context *c);

/* All of them with the version's weights into s->totals; returns what all nodes have more. */
int64_t score_total(const struct context *c);

/* out[] of a slot, when its word is in the window and it is feasible; NULL. */
static inline int32_t *score_place(const struct sched *s, uint32_t slot, int32_t *out)
{
    uint32_t at = s->window.at[slot / WORD_SLOTS];
    if (!at || !(s->window.masks[at - 1] >> (slot % WORD_SLOTS) & 1))
        return NULL;
    return out + (size_t)(at - 1) * WORD_SLOTS + slot % WORD_SLOTS;
}

/* Runs the body for each feasible slot; `place` is its index in out[]. */
#define score_each(s, slot, place)                                                                 \
    for (uint32_t slot##_i = 0; slot##_i < (s)->window.len; slot##_i++)                            \
    bits_each((s)->window.words[slot##_i], (s)->window.masks[slot##_i],                            \
              slot) for (uint32_t place = slot##_i * WORD_SLOTS + slot % WORD_SLOTS,               \
                         place##_once = 1;                                                         \
                         place##_once; place##_once = 0)

#endif
