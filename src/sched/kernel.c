#include "sched/kernel.h"

#ifndef __x86_64__

struct kernel kernel_choose(void)
{
    return kernel_plain();
}

#else

#include <immintrin.h>
#include <stddef.h>

#define AVX2 __attribute__((target("avx2,popcnt")))
#define AVX2_INLINE AVX2 __attribute__((always_inline)) static inline

enum { LANES = 4 };

AVX2 static uint64_t fit(const struct block *b, const struct kernel_need *need, uint64_t mask)
{
    __m256d room_cpu = _mm256_set1_pd(need->room_cpu);
    __m256d room_memory = _mm256_set1_pd(need->room_memory);
    uint64_t room = 0;
    for (uint32_t i = 0; i < WORD_SLOTS; i += LANES) {
        if (!(mask >> i & 0xf))
            continue;
        __m256d cpu = _mm256_sub_pd(_mm256_loadu_pd(b->cpu + i), _mm256_loadu_pd(b->used_cpu + i));
        __m256d memory =
            _mm256_sub_pd(_mm256_loadu_pd(b->memory + i), _mm256_loadu_pd(b->used_memory + i));
        __m256d fits = _mm256_and_pd(_mm256_cmp_pd(cpu, room_cpu, _CMP_GE_OQ),
                                     _mm256_cmp_pd(memory, room_memory, _CMP_GE_OQ));
        room |= (uint64_t)_mm256_movemask_pd(fits) << i;
    }
    return room & mask;
}

AVX2_INLINE __m256d whole(__m256d v)
{
    return _mm256_round_pd(v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}

AVX2_INLINE __m256d all(double v)
{
    return _mm256_set1_pd(v);
}

AVX2_INLINE __m256d without_sign(__m256d v)
{
    return _mm256_andnot_pd(all(-0.0), v);
}

struct lanes {
    __m256d cpu, memory, per_cpu, per_memory;
    __m256d before_cpu, before_memory; /* in use, as BalancedAllocation counts */
    __m256d after_cpu, after_memory;   /* and with the pod */
};

/* 100 (capacity - used) / capacity, truncated; 0 for what is full or has none. The product with the
 * reciprocal, made a trifle too large, is right or one too high: one comparison tells. */
AVX2_INLINE __m256d least_of(__m256d used, __m256d capacity, __m256d per)
{
    __m256d room100 = _mm256_mul_pd(_mm256_sub_pd(capacity, used), all(100));
    __m256d guess = whole(_mm256_mul_pd(room100, _mm256_mul_pd(per, all(1 + 0x1p-50))));
    __m256d over = _mm256_cmp_pd(_mm256_mul_pd(guess, capacity), room100, _CMP_GT_OQ);
    guess = _mm256_sub_pd(guess, _mm256_and_pd(over, all(1)));
    return _mm256_and_pd(guess, _mm256_cmp_pd(used, capacity, _CMP_LT_OQ));
}

/* used / capacity, rounded as a division is (exact) or nearly so. Without capacity: not a number,
 * of which the minimum with 1 is 1. */
AVX2_INLINE __m256d fraction(__m256d used, __m256d capacity, __m256d per, bool exact)
{
    if (!exact)
        return _mm256_mul_pd(used, per);
    __m256d none = _mm256_cmp_pd(capacity, _mm256_setzero_pd(), _CMP_LE_OQ);
    return _mm256_or_pd(_mm256_div_pd(used, capacity), none);
}

AVX2_INLINE __m256d apart(__m256d cpu, __m256d memory)
{
    return without_sign(_mm256_sub_pd(cpu, memory));
}

AVX2_INLINE __m256d capped_apart(const struct lanes *l, __m256d cpu, __m256d memory, bool exact)
{
    cpu = _mm256_min_pd(fraction(cpu, l->cpu, l->per_cpu, exact), all(1));
    memory = _mm256_min_pd(fraction(memory, l->memory, l->per_memory, exact), all(1));
    return _mm256_mul_pd(apart(cpu, memory), all(0.5));
}

/* Before it is truncated. */
AVX2_INLINE __m256d balanced_of(const struct lanes *l, enum balanced_formula f, bool exact)
{
    __m256d score;
    if (f == BALANCED_DIFFERENCE) {
        __m256d cpu = fraction(l->after_cpu, l->cpu, l->per_cpu, exact);
        __m256d memory = fraction(l->after_memory, l->memory, l->per_memory, exact);
        score = _mm256_sub_pd(all(1), apart(cpu, memory));
    } else if (f == BALANCED_DEVIATION) {
        score = _mm256_sub_pd(all(1), capped_apart(l, l->after_cpu, l->after_memory, exact));
    } else {
        __m256d was = capped_apart(l, l->before_cpu, l->before_memory, exact);
        __m256d is = capped_apart(l, l->after_cpu, l->after_memory, exact);
        score = _mm256_mul_pd(_mm256_sub_pd(_mm256_add_pd(all(1.5), was), is), all(0.5));
    }
    return _mm256_mul_pd(score, all(100));
}

/* Lanes so near to a whole number that the reciprocal may have moved them across it. */
AVX2_INLINE int doubtful(__m256d v)
{
    __m256d nearest = _mm256_round_pd(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    return _mm256_movemask_pd(_mm256_cmp_pd(apart(v, nearest), all(1e-9), _CMP_LT_OQ));
}

AVX2_INLINE __m256d balanced_score(const struct lanes *l, enum balanced_formula f, int wanted)
{
    __m256d score = balanced_of(l, f, false);
    if (doubtful(score) & wanted)
        score = balanced_of(l, f, true);
    if (f != BALANCED_DIFFERENCE)
        return whole(score);
    __m256d room = _mm256_and_pd(_mm256_cmp_pd(l->after_cpu, l->cpu, _CMP_LT_OQ),
                                 _mm256_cmp_pd(l->after_memory, l->memory, _CMP_LT_OQ));
    return _mm256_and_pd(whole(score), room);
}

AVX2_INLINE void score_lanes(const struct block *b, const struct kernel_need *need,
                             enum balanced_formula f, struct kernel_weights weights, uint32_t i,
                             int wanted, int32_t *out)
{
    struct lanes l = {_mm256_loadu_pd(b->cpu + i), _mm256_loadu_pd(b->memory + i),
                      _mm256_loadu_pd(b->per_cpu + i), _mm256_loadu_pd(b->per_memory + i)};
    __m256d cpu = _mm256_add_pd(_mm256_loadu_pd(b->score_cpu + i), all(need->score_cpu));
    __m256d memory = _mm256_add_pd(_mm256_loadu_pd(b->score_memory + i), all(need->score_memory));
    __m256d sum =
        _mm256_add_pd(least_of(cpu, l.cpu, l.per_cpu), least_of(memory, l.memory, l.per_memory));
    sum = _mm256_mul_pd(whole(_mm256_mul_pd(sum, all(0.5))), all(weights.least));
    if (weights.balanced) {
        l.before_cpu = _mm256_loadu_pd(b->used_cpu + i);
        l.before_memory = _mm256_loadu_pd(b->used_memory + i);
        bool defaults = f == BALANCED_DIFFERENCE;
        l.after_cpu = defaults ? cpu : _mm256_add_pd(l.before_cpu, all(need->cpu));
        l.after_memory = defaults ? memory : _mm256_add_pd(l.before_memory, all(need->memory));
        sum =
            _mm256_add_pd(sum, _mm256_mul_pd(balanced_score(&l, f, wanted), all(weights.balanced)));
    }
    __m128i *at = (__m128i *)(void *)(out + i);
    _mm_storeu_si128(at, _mm_add_epi32(_mm_loadu_si128(at), _mm256_cvttpd_epi32(sum)));
}

AVX2_INLINE void score_as(const struct block *b, const struct kernel_need *need,
                          enum balanced_formula f, struct kernel_weights weights, uint64_t mask,
                          int32_t *out)
{
    for (uint32_t i = 0; i < WORD_SLOTS; i += LANES) {
        int wanted = (int)(mask >> i & 0xf);
        if (wanted)
            score_lanes(b, need, f, weights, i, wanted, out);
    }
}

AVX2 static void score(const struct block *b, const struct kernel_need *need,
                       enum balanced_formula f, struct kernel_weights weights, uint64_t mask,
                       int32_t *out)
{
    if (f == BALANCED_DIFFERENCE)
        score_as(b, need, BALANCED_DIFFERENCE, weights, mask, out);
    else if (f == BALANCED_DEVIATION)
        score_as(b, need, BALANCED_DEVIATION, weights, mask, out);
    else
        score_as(b, need, BALANCED_CHANGE, weights, mask, out);
}

/* All bits of a lane where the lane's bit of the byte is set. */
AVX2_INLINE __m256i spread_bits(uint64_t mask, uint32_t byte)
{
    __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    __m256i here = _mm256_set1_epi32((int32_t)(mask >> byte & 0xff));
    return _mm256_cmpeq_epi32(_mm256_and_si256(here, bit), bit);
}

AVX2 static void add(int32_t *out, uint64_t mask, int32_t value)
{
    __m256i values = _mm256_set1_epi32(value);
    for (uint32_t i = 0; i < WORD_SLOTS; i += 8) {
        __m256i *at = (__m256i *)(void *)(out + i);
        __m256i more = _mm256_and_si256(spread_bits(mask, i), values);
        _mm256_storeu_si256(at, _mm256_add_epi32(_mm256_loadu_si256(at), more));
    }
}

AVX2 static int32_t best(const int32_t *out, uint64_t mask)
{
    __m256i none = _mm256_set1_epi32(INT32_MIN), most = none;
    int32_t lanes[8], answer = INT32_MIN;
    for (uint32_t i = 0; i < WORD_SLOTS; i += 8) {
        __m256i here = _mm256_loadu_si256((const void *)(out + i));
        most = _mm256_max_epi32(most, _mm256_blendv_epi8(none, here, spread_bits(mask, i)));
    }
    _mm256_storeu_si256((void *)lanes, most);
    for (uint32_t i = 0; i < 8; i++)
        answer = lanes[i] > answer ? lanes[i] : answer;
    return answer;
}

AVX2 static uint64_t equal(const int32_t *out, uint64_t mask, int32_t value)
{
    __m256i wanted = _mm256_set1_epi32(value);
    uint64_t same = 0;
    for (uint32_t i = 0; i < WORD_SLOTS; i += 8) {
        __m256i is = _mm256_cmpeq_epi32(_mm256_loadu_si256((const void *)(out + i)), wanted);
        same |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(is)) << i;
    }
    return same & mask;
}

AVX2 static uint32_t count(const uint64_t *masks, const uint32_t *words, uint32_t len,
                           const uint64_t *set)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < len; i++)
        n += (uint32_t)__builtin_popcountll(masks[i] & (set ? set[words[i]] : ~0ull));
    return n;
}

struct kernel kernel_choose(void)
{
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt"))
        return (struct kernel){fit, score, add, best, equal, count};
    return kernel_plain();
}

#endif
