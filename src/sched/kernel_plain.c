#include "sched/kernel.h"

#include <math.h>
#include <stddef.h>

enum { MAX_SCORE = 100 };

static uint64_t fit(const struct block *b, const struct kernel_need *need, uint64_t mask)
{
    uint64_t room = 0;
    bits_each(0, mask, i)
    {
        bool fits = b->cpu[i] - b->used_cpu[i] >= need->room_cpu &&
                    b->memory[i] - b->used_memory[i] >= need->room_memory;
        room |= (uint64_t)fits << i;
    }
    return room;
}

static int32_t least_of(double used, double capacity)
{
    return used < capacity ? (int32_t)((capacity - used) * MAX_SCORE / capacity) : 0;
}

static double fraction(double used, double capacity)
{
    return capacity > 0 ? used / capacity : 1;
}

static int32_t difference(double cpu, double memory)
{
    return cpu >= 1 || memory >= 1 ? 0 : (int32_t)((1 - fabs(cpu - memory)) * MAX_SCORE);
}

/* Standard deviation of two fractions, of which none counts for more than 1. */
static double deviation(double cpu, double memory)
{
    return fabs(((cpu > 1 ? 1 : cpu) - (memory > 1 ? 1 : memory)) / 2);
}

static int32_t balanced_of(const struct block *b, uint32_t i, const struct kernel_need *need,
                           enum balanced_formula formula)
{
    if (formula == BALANCED_DIFFERENCE)
        return difference(fraction(b->score_cpu[i] + need->score_cpu, b->cpu[i]),
                          fraction(b->score_memory[i] + need->score_memory, b->memory[i]));
    double after = deviation(fraction(b->used_cpu[i] + need->cpu, b->cpu[i]),
                             fraction(b->used_memory[i] + need->memory, b->memory[i]));
    if (formula == BALANCED_DEVIATION)
        return (int32_t)((1 - after) * MAX_SCORE);
    double before =
        deviation(fraction(b->used_cpu[i], b->cpu[i]), fraction(b->used_memory[i], b->memory[i]));
    return (int32_t)((1.5 + before - after) / 2 * MAX_SCORE);
}

static void score(const struct block *b, const struct kernel_need *need, enum balanced_formula f,
                  struct kernel_weights weights, uint64_t mask, int32_t *out)
{
    bits_each(0, mask, i)
    {
        int32_t cpu = least_of(b->score_cpu[i] + need->score_cpu, b->cpu[i]);
        int32_t memory = least_of(b->score_memory[i] + need->score_memory, b->memory[i]);
        out[i] += weights.least * ((cpu + memory) / 2);
        if (weights.balanced)
            out[i] += weights.balanced * balanced_of(b, i, need, f);
    }
}

static void add(int32_t *out, uint64_t mask, int32_t value)
{
    bits_each(0, mask, i) out[i] += value;
}

static int32_t best(const int32_t *out, uint64_t mask)
{
    int32_t most = INT32_MIN;
    bits_each(0, mask, i) most = out[i] > most ? out[i] : most;
    return most;
}

static uint64_t equal(const int32_t *out, uint64_t mask, int32_t value)
{
    uint64_t same = 0;
    bits_each(0, mask, i) same |= (uint64_t)(out[i] == value) << i;
    return same;
}

static uint32_t count(const uint64_t *masks, const uint32_t *words, uint32_t len,
                      const uint64_t *set)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < len; i++)
        n += (uint32_t)__builtin_popcountll(masks[i] & (set ? set[words[i]] : ~0ull));
    return n;
}

struct kernel kernel_plain(void)
{
    return (struct kernel){fit, score, add, best, equal, count};
}
