#include "sched/kernel.h"

#include <math.h>

/* Written once, compiled for each kind of machine: see the bottom. */
#define INLINE static inline __attribute__((always_inline))

enum { MAX_SCORE = 100 };

INLINE uint64_t fit_body(const struct block *b, const struct kernel_need *need)
{
    uint64_t mask = 0;
    for (uint32_t i = 0; i < WORD_SLOTS; i++) {
        bool fits = b->cpu[i] - b->used_cpu[i] >= need->room_cpu &&
                    b->memory[i] - b->used_memory[i] >= need->room_memory;
        mask |= (uint64_t)fits << i;
    }
    return mask;
}

INLINE int32_t least_of(double used, double capacity)
{
    double score = (capacity - used) * MAX_SCORE / (capacity > 0 ? capacity : 1);
    return (int32_t)(score > 0 ? score : 0);
}

INLINE void least_body(const struct block *b, const struct kernel_need *need, int32_t weight,
                       int32_t *restrict out)
{
    for (uint32_t i = 0; i < WORD_SLOTS; i++)
        out[i] += weight * ((least_of(b->score_cpu[i] + need->score_cpu, b->cpu[i]) +
                             least_of(b->score_memory[i] + need->score_memory, b->memory[i])) /
                            2);
}

INLINE double fraction(double used, double capacity)
{
    double f = used / (capacity > 0 ? capacity : 1);
    return capacity > 0 ? f : 1;
}

INLINE void difference_body(const struct block *b, const struct kernel_need *need, int32_t weight,
                            int32_t *restrict out)
{
    for (uint32_t i = 0; i < WORD_SLOTS; i++) {
        double cpu = fraction(b->score_cpu[i] + need->score_cpu, b->cpu[i]);
        double memory = fraction(b->score_memory[i] + need->score_memory, b->memory[i]);
        double score = (1 - fabs(cpu - memory)) * MAX_SCORE;
        score = cpu >= 1 ? 0 : score;
        score = memory >= 1 ? 0 : score;
        out[i] += weight * (int32_t)score;
    }
}

/* Standard deviation of two fractions, of which none counts for more than 1. */
INLINE double deviation(double cpu, double memory)
{
    cpu = cpu > 1 ? 1 : cpu;
    memory = memory > 1 ? 1 : memory;
    return fabs((cpu - memory) / 2);
}

INLINE void deviation_body(const struct block *b, const struct kernel_need *need, int32_t weight,
                           int32_t *restrict out)
{
    for (uint32_t i = 0; i < WORD_SLOTS; i++) {
        double after = deviation(fraction(b->used_cpu[i] + need->cpu, b->cpu[i]),
                                 fraction(b->used_memory[i] + need->memory, b->memory[i]));
        out[i] += weight * (int32_t)((1 - after) * MAX_SCORE);
    }
}

INLINE void change_body(const struct block *b, const struct kernel_need *need, int32_t weight,
                        int32_t *restrict out)
{
    for (uint32_t i = 0; i < WORD_SLOTS; i++) {
        double before = deviation(fraction(b->used_cpu[i], b->cpu[i]),
                                  fraction(b->used_memory[i], b->memory[i]));
        double after = deviation(fraction(b->used_cpu[i] + need->cpu, b->cpu[i]),
                                 fraction(b->used_memory[i] + need->memory, b->memory[i]));
        out[i] += weight * (int32_t)((1.5 + before - after) / 2 * MAX_SCORE);
    }
}

INLINE void score_body(const struct block *b, const struct kernel_need *need,
                       const struct sched_rules *r, int32_t least, int32_t balanced,
                       int32_t *restrict out)
{
    if (least)
        least_body(b, need, least, out);
    if (!balanced)
        return;
    if (r->balanced == BALANCED_DIFFERENCE)
        difference_body(b, need, balanced, out);
    else if (r->balanced == BALANCED_DEVIATION)
        deviation_body(b, need, balanced, out);
    else
        change_body(b, need, balanced, out);
}

INLINE void add_body(int32_t *restrict out, uint64_t mask, int32_t value)
{
    uint32_t halves[2] = {(uint32_t)mask, (uint32_t)(mask >> 32)};
    for (uint32_t h = 0; h < 2; h++)
        for (uint32_t i = 0; i < 32; i++)
            out[32 * h + i] += value & -(int32_t)(halves[h] >> i & 1);
}

INLINE int32_t best_body(const int32_t *out, uint64_t mask)
{
    int32_t best = INT32_MIN;
    uint32_t halves[2] = {(uint32_t)mask, (uint32_t)(mask >> 32)};
    for (uint32_t h = 0; h < 2; h++)
        for (uint32_t i = 0; i < 32; i++) {
            int32_t v = halves[h] >> i & 1 ? out[32 * h + i] : INT32_MIN;
            best = v > best ? v : best;
        }
    return best;
}

INLINE uint64_t equal_body(const int32_t *out, uint64_t mask, int32_t value)
{
    uint64_t equal = 0;
    for (uint32_t i = 0; i < WORD_SLOTS; i++)
        equal |= (uint64_t)(out[i] == value) << i;
    return equal & mask;
}

#define KERNEL_OF(name, target)                                                                    \
    target static void name##_score(const struct block *b, const struct kernel_need *need,         \
                                    const struct sched_rules *r, int32_t least, int32_t balanced,  \
                                    int32_t *out)                                                  \
    {                                                                                              \
        score_body(b, need, r, least, balanced, out);                                              \
    }                                                                                              \
    target static void name##_add(int32_t *out, uint64_t mask, int32_t value)                      \
    {                                                                                              \
        add_body(out, mask, value);                                                                \
    }                                                                                              \
    target static int32_t name##_best(const int32_t *out, uint64_t mask)                           \
    {                                                                                              \
        return best_body(out, mask);                                                               \
    }

KERNEL_OF(plain, )

static uint64_t plain_fit(const struct block *b, const struct kernel_need *need)
{
    return fit_body(b, need);
}

static uint64_t plain_equal(const int32_t *out, uint64_t mask, int32_t value)
{
    return equal_body(out, mask, value);
}

static const struct kernel plain_kernel = {plain_fit, plain_score, plain_add, plain_best,
                                           plain_equal};

#ifdef __x86_64__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

KERNEL_OF(avx2, AVX2)

AVX2 static uint64_t avx2_fit(const struct block *b, const struct kernel_need *need)
{
    __m256d room_cpu = _mm256_set1_pd(need->room_cpu);
    __m256d room_memory = _mm256_set1_pd(need->room_memory);
    uint64_t mask = 0;
    for (uint32_t i = 0; i < WORD_SLOTS; i += 4) {
        __m256d cpu = _mm256_sub_pd(_mm256_loadu_pd(b->cpu + i), _mm256_loadu_pd(b->used_cpu + i));
        __m256d memory =
            _mm256_sub_pd(_mm256_loadu_pd(b->memory + i), _mm256_loadu_pd(b->used_memory + i));
        __m256d fits = _mm256_and_pd(_mm256_cmp_pd(cpu, room_cpu, _CMP_GE_OQ),
                                     _mm256_cmp_pd(memory, room_memory, _CMP_GE_OQ));
        mask |= (uint64_t)_mm256_movemask_pd(fits) << i;
    }
    return mask;
}

AVX2 static uint64_t avx2_equal(const int32_t *out, uint64_t mask, int32_t value)
{
    __m256i wanted = _mm256_set1_epi32(value);
    uint64_t equal = 0;
    for (uint32_t i = 0; i < WORD_SLOTS; i += 8) {
        __m256i is = _mm256_cmpeq_epi32(_mm256_loadu_si256((const void *)(out + i)), wanted);
        equal |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(is)) << i;
    }
    return equal & mask;
}

static const struct kernel avx2_kernel = {avx2_fit, avx2_score, avx2_add, avx2_best, avx2_equal};

struct kernel kernel_choose(bool plain)
{
    return !plain && __builtin_cpu_supports("avx2") ? avx2_kernel : plain_kernel;
}
#else
struct kernel kernel_choose(bool plain)
{
    return plain_kernel;
}
#endif
