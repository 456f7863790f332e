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

/* A node's CPU and memory; one cache line. */
struct room {
    double cpu, memory;             /* allocatable */
    double used_cpu, used_memory;   /* as requested */
    double score_cpu, score_memory; /* with defaults for none */
    double per_cpu, per_memory;     /* 1 / allocatable; NAN for none */
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

#define KERNEL_NO_ROOM 255

struct kernel {
    /* out[i], for the bits of mask: KERNEL_NO_ROOM when node i of the 64 does not have the room,
     * else least * LeastAllocated + balanced * BalancedAllocation. */
    void (*offer)(const struct room *rooms, const struct kernel_need *need, enum balanced_formula f,
                  struct kernel_weights weights, uint64_t mask, uint8_t *out);
    /* Bit i: it is in mask, and the offer is not KERNEL_NO_ROOM. */
    uint64_t (*has_room)(const uint8_t *offers, uint64_t mask);
    /* out[i] = offers[i], for all 64. */
    void (*widen)(const uint8_t *offers, int32_t *out);
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
