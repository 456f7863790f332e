/*
 * kernel: the arithmetic of resources over 64 nodes at a time, laid out for vector units.
 *
 * Numbers are kept as doubles: integers below 2^53 and their differences are exact, and so are
 * quotients truncated to 0..100 for capacities below 90 TB. There is no fused multiply-add, because
 * scores must round as kube-scheduler's do.
 */
#ifndef TOBAN_SCHED_KERNEL_H
#define TOBAN_SCHED_KERNEL_H

#include "sched/bits.h"
#include "sched/rules.h"

struct block {
    double cpu[WORD_SLOTS], memory[WORD_SLOTS];             /* allocatable */
    double used_cpu[WORD_SLOTS], used_memory[WORD_SLOTS];   /* as requested */
    double score_cpu[WORD_SLOTS], score_memory[WORD_SLOTS]; /* with defaults for none */
    double per_cpu[WORD_SLOTS], per_memory[WORD_SLOTS];     /* 1 / allocatable; NAN for none */
};

/* What a pod adds, and what a node must have left for it. */
struct kernel_need {
    double room_cpu, room_memory;
    double cpu, memory;
    double score_cpu, score_memory;
};

struct kernel_weights {
    int32_t least, balanced;
};

struct kernel {
    /* Bit i: it is in mask, and node i of the block has the room. */
    uint64_t (*fit)(const struct block *b, const struct kernel_need *need, uint64_t mask);
    /* out[i] += least * LeastAllocated + balanced * BalancedAllocation for the bits of mask; what
     * is added to the others means nothing. */
    void (*score)(const struct block *b, const struct kernel_need *need, enum balanced_formula f,
                  struct kernel_weights weights, uint64_t mask, int32_t *out);
    /* out[i] += value for the bits of mask. */
    void (*add)(int32_t *out, uint64_t mask, int32_t value);
    /* The best of out[i] over the bits of mask; INT32_MIN without any. */
    int32_t (*best)(const int32_t *out, uint64_t mask);
    /* Bit i: it is in mask and out[i] equals value. */
    uint64_t (*equal)(const int32_t *out, uint64_t mask, int32_t value);
    /* Bits of masks[i] & set[words[i]], all together; set NULL: all bits. */
    uint32_t (*count)(const uint64_t *masks, const uint32_t *words, uint32_t len,
                      const uint64_t *set);
};

/* The one that every machine has. */
struct kernel kernel_plain(void);
/* The fastest that this machine has. */
struct kernel kernel_choose(void);

#endif
