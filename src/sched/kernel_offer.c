#include "sched/kernel_offer.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <stddef.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE AVX2 __attribute__((always_inline)) static inline

enum { LANES = 4 };

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

/* Four nodes side by side. */
struct lanes {
    __m256d cpu, memory, used_cpu, used_memory;
    __m256d score_cpu, score_memory, per_cpu, per_memory; /* 1 / capacity; not a number without */
    __m256d after_cpu, after_memory; /* in use with the pod, as BalancedAllocation counts */
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
        __m256d was = capped_apart(l, l->used_cpu, l->used_memory, exact);
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

AVX2_INLINE __m256d balanced_score(const struct lanes *l, enum balanced_formula f)
{
    __m256d score = balanced_of(l, f, false);
    if (doubtful(score))
        score = balanced_of(l, f, true);
    if (f != BALANCED_DIFFERENCE)
        return whole(score);
    __m256d room = _mm256_and_pd(_mm256_cmp_pd(l->after_cpu, l->cpu, _CMP_LT_OQ),
                                 _mm256_cmp_pd(l->after_memory, l->memory, _CMP_LT_OQ));
    return _mm256_and_pd(whole(score), room);
}

/* Numbers first to first + 3 of four nodes: as rows in, as columns out. */
AVX2_INLINE void turn(const struct room *const *rooms, size_t first, __m256d *out)
{
    __m256d a = _mm256_loadu_pd(&rooms[0]->cpu + first);
    __m256d b = _mm256_loadu_pd(&rooms[1]->cpu + first);
    __m256d c = _mm256_loadu_pd(&rooms[2]->cpu + first);
    __m256d d = _mm256_loadu_pd(&rooms[3]->cpu + first);
    __m256d ab_even = _mm256_unpacklo_pd(a, b), ab_odd = _mm256_unpackhi_pd(a, b);
    __m256d cd_even = _mm256_unpacklo_pd(c, d), cd_odd = _mm256_unpackhi_pd(c, d);
    out[0] = _mm256_permute2f128_pd(ab_even, cd_even, 0x20);
    out[1] = _mm256_permute2f128_pd(ab_odd, cd_odd, 0x20);
    out[2] = _mm256_permute2f128_pd(ab_even, cd_even, 0x31);
    out[3] = _mm256_permute2f128_pd(ab_odd, cd_odd, 0x31);
}

AVX2_INLINE __m256d reciprocal(__m256d capacity)
{
    __m256d none = _mm256_cmp_pd(capacity, _mm256_setzero_pd(), _CMP_LE_OQ);
    return _mm256_or_pd(_mm256_div_pd(all(1), capacity), none);
}

AVX2_INLINE struct lanes lanes_of(const struct room *const *rooms)
{
    __m256d n[8]; /* the last two are the pods, which are no doubles */
    turn(rooms, 0, n);
    turn(rooms, 4, n + 4);
    return (struct lanes){n[0], n[1], n[2], n[3], n[4], n[5], reciprocal(n[0]), reciprocal(n[1]),
                          n[2], n[3]};
}

AVX2_INLINE __m256d has_room_for(const struct lanes *l, const struct kernel_need *need)
{
    __m256d cpu = _mm256_sub_pd(l->cpu, l->used_cpu);
    __m256d memory = _mm256_sub_pd(l->memory, l->used_memory);
    return _mm256_and_pd(_mm256_cmp_pd(cpu, all(need->room_cpu), _CMP_GE_OQ),
                         _mm256_cmp_pd(memory, all(need->room_memory), _CMP_GE_OQ));
}

AVX2_INLINE __m128i offers_of(struct lanes l, const struct kernel_need *need,
                              enum balanced_formula f, struct kernel_weights weights)
{
    __m256d cpu = _mm256_add_pd(l.score_cpu, all(need->score_cpu));
    __m256d memory = _mm256_add_pd(l.score_memory, all(need->score_memory));
    __m256d sum =
        _mm256_add_pd(least_of(cpu, l.cpu, l.per_cpu), least_of(memory, l.memory, l.per_memory));
    sum = _mm256_mul_pd(whole(_mm256_mul_pd(sum, all(0.5))), all(weights.least));
    if (weights.balanced) {
        bool defaults = f == BALANCED_DIFFERENCE;
        l.after_cpu = defaults ? cpu : _mm256_add_pd(l.used_cpu, all(need->cpu));
        l.after_memory = defaults ? memory : _mm256_add_pd(l.used_memory, all(need->memory));
        sum = _mm256_add_pd(sum, _mm256_mul_pd(balanced_score(&l, f), all(weights.balanced)));
    }
    sum = _mm256_blendv_pd(all(KERNEL_NO_ROOM), sum, has_room_for(&l, need));
    return _mm256_cvttpd_epi32(sum);
}

/* The four lowest bits of the mask, the last of them again when there are fewer; returns the rest
 * of the mask. */
AVX2_INLINE uint64_t take_lanes(uint64_t mask, uint32_t *at)
{
    for (uint32_t i = 0; i < LANES; i++) {
        uint64_t rest = mask & (mask - 1);
        at[i] = (uint32_t)__builtin_ctzll(mask);
        mask = rest || i == LANES - 1 ? rest : mask;
    }
    return mask;
}

AVX2_INLINE void offer_as(const struct room *rooms, const struct kernel_need *need,
                          enum balanced_formula f, struct kernel_weights weights, uint64_t mask,
                          uint8_t *out)
{
    while (mask) {
        uint32_t at[LANES];
        int32_t offers[LANES];
        mask = take_lanes(mask, at);
        const struct room *const four[LANES] = {&rooms[at[0]], &rooms[at[1]], &rooms[at[2]],
                                                &rooms[at[3]]};
        _mm_storeu_si128((void *)offers, offers_of(lanes_of(four), need, f, weights));
        for (uint32_t i = 0; i < LANES; i++)
            out[at[i]] = (uint8_t)offers[i];
    }
}

AVX2 void kernel_offer_avx2(const struct room *rooms, const struct kernel_need *need,
                            enum balanced_formula f, struct kernel_weights weights, uint64_t mask,
                            uint8_t *out)
{
    if (f == BALANCED_DIFFERENCE)
        offer_as(rooms, need, BALANCED_DIFFERENCE, weights, mask, out);
    else if (f == BALANCED_DEVIATION)
        offer_as(rooms, need, BALANCED_DEVIATION, weights, mask, out);
    else
        offer_as(rooms, need, BALANCED_CHANGE, weights, mask, out);
}

#endif
