/*
 * bits: sets of node slots as words of 64. All sets of one scheduler have the same length.
 */
#ifndef TOBAN_SCHED_BITS_H
#define TOBAN_SCHED_BITS_H

#include <stdbool.h>
#include <stdint.h>

#define WORD_SLOTS 64u

static inline bool bits_has(const uint64_t *b, uint32_t slot)
{
    return b[slot / WORD_SLOTS] >> (slot % WORD_SLOTS) & 1;
}

static inline void bits_put(uint64_t *b, uint32_t slot, bool on)
{
    uint64_t bit = 1ull << (slot % WORD_SLOTS);
    b[slot / WORD_SLOTS] = on ? b[slot / WORD_SLOTS] | bit : b[slot / WORD_SLOTS] & ~bit;
}

static inline void bits_and(uint64_t *restrict b, const uint64_t *restrict with, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++)
        b[i] &= with[i];
}

static inline void bits_and_not(uint64_t *restrict b, const uint64_t *restrict with, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++)
        b[i] &= ~with[i];
}

static inline void bits_or(uint64_t *restrict b, const uint64_t *restrict with, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++)
        b[i] |= with[i];
}

static inline uint32_t bits_count(const uint64_t *b, uint32_t words)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < words; i++)
        n += (uint32_t)__builtin_popcountll(b[i]);
    return n;
}

/* Runs the body for each slot of one word. */
#define bits_each(word_, bits_, slot)                                                              \
    for (uint64_t slot##_left = (bits_); slot##_left; slot##_left &= slot##_left - 1)              \
        for (uint32_t slot = (word_)*WORD_SLOTS + (uint32_t)__builtin_ctzll(slot##_left),          \
                      slot##_once = 1;                                                             \
             slot##_once; slot##_once = 0)

#endif
