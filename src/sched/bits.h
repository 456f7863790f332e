/*
 * bits: sets of node slots as words of 64. All sets of one scheduler have the same length.
 */
#ifndef TOBAN_SCHED_BITS_H
#define TOBAN_SCHED_BITS_H

#include <stdbool.h>
#include <stdint.h>

#define WORD_SLOTS 64u
/* Sets have so many words or a multiple of it. */
#define CHUNK_WORDS 8u

static inline bool bits_has(const uint64_t *b, uint32_t slot)
{
    return b[slot / WORD_SLOTS] >> (slot % WORD_SLOTS) & 1;
}

static inline void bits_put(uint64_t *b, uint32_t slot, bool on)
{
    uint64_t bit = 1ull << (slot % WORD_SLOTS);
    b[slot / WORD_SLOTS] = on ? b[slot / WORD_SLOTS] | bit : b[slot / WORD_SLOTS] & ~bit;
}

/* Runs the body for each slot of one word. */
#define bits_each(word_, bits_, slot)                                                              \
    for (uint64_t slot##_left = (bits_); slot##_left; slot##_left &= slot##_left - 1)              \
        for (uint32_t slot = (word_)*WORD_SLOTS + (uint32_t)__builtin_ctzll(slot##_left),          \
                      slot##_once = 1;                                                             \
             slot##_once; slot##_once = 0)

#endif
