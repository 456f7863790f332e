/*
 * kernel: the arithmetic of resources over 64 nodes at a time, laid out for vector units.
 *
 * Numbers are kept as doubles: integers below 2^53 and their differences are exact, and so are
 * quotients truncated to 0..100 for capacities below 90 TB. There is no fused multiply-add, because
 * scores must round as kube-scheduler's do.
 */
#ifndef TOBAN_SCHED_KERNEL_H
#define TOBAN_SCHED_KERNEL_H

#include "base/vec.h"
#include "sched/bits.h"
#include "sched/rules.h"

/* A node's CPU, memory and pods; one cache line. */
struct room {
    _Alignas(64) double cpu;        /* allocatable */
    double memory;                  /* allocatable */
    double used_cpu, used_memory;   /* as requested */
    double score_cpu, score_memory; /* with defaults for none */
    int32_t max_pods, used_pods;
};

/* What a pod adds, and what a node must have left for it. */
struct kernel_need {
    double room_cpu, room_memory;
    double cpu, memory;
    double score_cpu, score_memory;
};

/* Together at most 2, so that an offer fits into a byte. */
struct kernel_weights {
    int32_t least, balanced;
};

/* Sets of nodes. */
struct kernel_sieve {
    VEC(const uint64_t *) in, out;
};

#define KERNEL_NO_ROOM 255
#define KERNEL_NO_TOTAL INT16_MIN

struct kernel {
    /* out[i], for the bits of mask: KERNEL_NO_ROOM when node i of the 64 does not have the room,
     * else least * LeastAllocated + balanced * BalancedAllocation. */
    void (*offer)(const struct room *rooms, const struct kernel_need *need, enum balanced_formula f,
                  struct kernel_weights weights, uint64_t mask, uint8_t *out);
    /* Bit i: it is in mask, and the offer is not KERNEL_NO_ROOM. */
    uint64_t (*has_room)(const uint8_t *offers, uint64_t mask);
    /* Totals of scores: out[i] = offers[i] for the bits of mask, for others KERNEL_NO_TOTAL. */
    void (*begin)(const uint8_t *offers, uint64_t mask, int16_t *out);
    /* out[i] += values[k] for the bits of masks[k], for each k below len. */
    void (*add)(int16_t *out, const uint64_t *masks, const int16_t *values, uint32_t len);
    /* The best of `words` times 64 totals; KERNEL_NO_TOTAL without any. */
    int16_t (*best)(const int16_t *out, uint32_t words);
    /* Bits of as many words: out[i] equals value. Returns how many. */
    uint32_t (*equal)(const int16_t *out, uint32_t words, int16_t value, uint64_t *same);

    /* Scores before they are normalised: out[i] += value for the bits of mask. */
    void (*add_raw)(int32_t *out, uint64_t mask, int32_t value);
    /* Bit i: it is in mask and out[i] equals value. */
    uint64_t (*equal_raw)(const int32_t *out, uint64_t mask, int32_t value);

    /* masks[i], for CHUNK_WORDS words from `word` on: nodes that are in all sets of `in` (one at
     * least) and in none of `out`. */
    void (*sift)(const struct kernel_sieve *sieve, uint32_t word, uint64_t *masks);
    /* The lowest n bits that are set. */
    uint64_t (*first)(uint64_t mask, uint32_t n);
    uint32_t (*ones)(uint64_t mask);
    /* words[i] |= bits for each i below len, a multiple of 8. */
    void (*put)(uint64_t *words, uint32_t len, uint64_t bits);
    /* Bits of masks[i] & set[words[i]], all together; set NULL: all bits. */
    uint32_t (*count)(const uint64_t *masks, const uint32_t *words, uint32_t len,
                      const uint64_t *set);
};

/* The one that every machine has. */
struct kernel kernel_plain(void);
/* The fastest that this machine has. */
struct kernel kernel_choose(void);
/* All that this machine has, for comparing them; how many. */
#define KERNELS_MAX 3
uint32_t kernel_all(struct kernel out[KERNELS_MAX]);

#endif
