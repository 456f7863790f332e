#include "sched/kernel.h"

#include <math.h>
#include <stddef.h>

enum { MAX_SCORE = 100 };

static bool fits(const struct room *r, const struct kernel_need *need)
{
    return r->cpu - r->used_cpu >= need->room_cpu &&
           r->memory - r->used_memory >= need->room_memory;
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

static int32_t balanced_of(const struct room *r, const struct kernel_need *need,
                           enum balanced_formula formula)
{
    if (formula == BALANCED_DIFFERENCE)
        return difference(fraction(r->score_cpu + need->score_cpu, r->cpu),
                          fraction(r->score_memory + need->score_memory, r->memory));
    double after = deviation(fraction(r->used_cpu + need->cpu, r->cpu),
                             fraction(r->used_memory + need->memory, r->memory));
    if (formula == BALANCED_DEVIATION)
        return (int32_t)((1 - after) * MAX_SCORE);
    double before = deviation(fraction(r->used_cpu, r->cpu), fraction(r->used_memory, r->memory));
    return (int32_t)((1.5 + before - after) / 2 * MAX_SCORE);
}

static int32_t points(const struct room *r, const struct kernel_need *need, enum balanced_formula f,
                      struct kernel_weights weights)
{
    int32_t cpu = least_of(r->score_cpu + need->score_cpu, r->cpu);
    int32_t memory = least_of(r->score_memory + need->score_memory, r->memory);
    int32_t sum = weights.least * ((cpu + memory) / 2);
    return weights.balanced ? sum + weights.balanced * balanced_of(r, need, f) : sum;
}

static void offer(const struct room *rooms, const struct kernel_need *need, enum balanced_formula f,
                  struct kernel_weights weights, uint64_t mask, uint8_t *out)
{
    bits_each(0, mask, i)
    {
        bool room = fits(&rooms[i], need);
        out[i] = room ? (uint8_t)points(&rooms[i], need, f, weights) : KERNEL_NO_ROOM;
    }
}

static uint64_t has_room(const uint8_t *offers, uint64_t mask)
{
    uint64_t room = 0;
    bits_each(0, mask, i) room |= (uint64_t)(offers[i] != KERNEL_NO_ROOM) << i;
    return room;
}

static void begin(const uint8_t *offers, uint64_t mask, int16_t *out)
{
    for (uint32_t i = 0; i < WORD_SLOTS; i++)
        out[i] = mask >> i & 1 ? offers[i] : KERNEL_NO_TOTAL;
}

static void add(int16_t *out, const uint64_t *masks, const int16_t *values, uint32_t len)
{
    for (uint32_t k = 0; k < len; k++)
        bits_each(0, masks[k], i) out[i] += values[k];
}

static int16_t best(const int16_t *out, uint32_t words)
{
    int16_t most = KERNEL_NO_TOTAL;
    for (uint32_t i = 0; i < words * WORD_SLOTS; i++)
        most = out[i] > most ? out[i] : most;
    return most;
}

static uint32_t equal(const int16_t *out, uint32_t words, int16_t value, uint64_t *same)
{
    uint32_t n = 0;
    for (uint32_t word = 0; word < words; word++) {
        same[word] = 0;
        for (uint32_t i = 0; i < WORD_SLOTS; i++)
            same[word] |= (uint64_t)(out[word * WORD_SLOTS + i] == value) << i;
        n += (uint32_t)__builtin_popcountll(same[word]);
    }
    return n;
}

static void add_raw(int32_t *out, uint64_t mask, int32_t value)
{
    bits_each(0, mask, i) out[i] += value;
}

static uint64_t equal_raw(const int32_t *out, uint64_t mask, int32_t value)
{
    uint64_t same = 0;
    bits_each(0, mask, i) same |= (uint64_t)(out[i] == value) << i;
    return same;
}

static void sift(const struct kernel_sieve *sieve, uint32_t word, uint64_t *masks)
{
    for (uint32_t i = 0; i < CHUNK_WORDS; i++) {
        masks[i] = ~0ull;
        vec_foreach(set, &sieve->in)
            masks[i] &= (*set)[word + i];
        vec_foreach(set, &sieve->out)
            masks[i] &= ~(*set)[word + i];
    }
}

static uint64_t first(uint64_t mask, uint32_t n)
{
    uint64_t kept = 0;
    for (; n && mask; n--) {
        kept |= mask & -mask;
        mask &= mask - 1;
    }
    return kept;
}

static uint32_t ones(uint64_t mask)
{
    return (uint32_t)__builtin_popcountll(mask);
}

static void put(uint64_t *words, uint32_t len, uint64_t bits)
{
    for (uint32_t i = 0; i < len; i++)
        words[i] |= bits;
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
    return (struct kernel){offer,     has_room, begin, add,  best, equal, add_raw,
                           equal_raw, sift,     first, ones, put,  count};
}
