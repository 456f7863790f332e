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

AVX2 static uint64_t fit(const struct block *b, const struct kernel_need *need)
{
    __m256d room_cpu = _mm256_set1_pd(need->room_cpu);
    __m256d room_memory = _mm256_set1_pd(need->room_memory);
    uint64_t mask = 0;
    for (uint32_t i = 0; i < WORD_SLOTS; i += LANES) {
        __m256d cpu = _mm256_sub_pd(_mm256_loadu_pd(b->cpu + i), _mm256_loadu_pd(b->used_cpu + i));
        __m256d memory =
            _mm256_sub_pd(_mm256_loadu_pd(b->memory + i), _mm256_loadu_pd(b->used_memory + i));
        __m256d fits = _mm256_and_pd(_mm256_cmp_pd(cpu, room_cpu, _CMP_GE_OQ),
                                     _mm256_cmp_pd(memory, room_memory, _CMP_GE_OQ));
        mask |= (uint64_t)_mm256_movemask_pd(fits) << i;
    }
    return mask;
}

AVX2_INLINE __m256d whole(__m256d v)
{
    return _mm256_round_pd(v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}

/* 100 (capacity - used) / capacity, truncated; 0 for what is full or has none. */
AVX2_INLINE __m256d least_of(__m256d used, __m256d capacity)
{
    __m256d room = _mm256_mul_pd(_mm256_sub_pd(capacity, used), _mm256_set1_pd(100));
    __m256d score = whole(_mm256_div_pd(room, capacity));
    return _mm256_and_pd(score, _mm256_cmp_pd(used, capacity, _CMP_LT_OQ));
}

AVX2_INLINE __m256d fraction(__m256d used, __m256d capacity)
{
    __m256d some = _mm256_cmp_pd(capacity, _mm256_setzero_pd(), _CMP_GT_OQ);
    return _mm256_blendv_pd(_mm256_set1_pd(1), _mm256_div_pd(used, capacity), some);
}

AVX2_INLINE __m256d without_sign(__m256d v)
{
    return _mm256_andnot_pd(_mm256_set1_pd(-0.0), v);
}

AVX2_INLINE __m256d difference(__m256d cpu, __m256d memory)
{
    __m256d one = _mm256_set1_pd(1);
    __m256d apart = _mm256_sub_pd(one, without_sign(_mm256_sub_pd(cpu, memory)));
    __m256d room =
        _mm256_and_pd(_mm256_cmp_pd(cpu, one, _CMP_LT_OQ), _mm256_cmp_pd(memory, one, _CMP_LT_OQ));
    return _mm256_and_pd(whole(_mm256_mul_pd(apart, _mm256_set1_pd(100))), room);
}

AVX2_INLINE __m256d deviation(__m256d cpu, __m256d memory)
{
    __m256d one = _mm256_set1_pd(1);
    __m256d apart = _mm256_sub_pd(_mm256_min_pd(cpu, one), _mm256_min_pd(memory, one));
    return without_sign(_mm256_mul_pd(apart, _mm256_set1_pd(0.5)));
}

struct lanes {
    __m256d cpu, memory, used_cpu, used_memory, score_cpu, score_memory;
};

AVX2_INLINE struct lanes load(const struct block *b, uint32_t i)
{
    return (struct lanes){
        _mm256_loadu_pd(b->cpu + i),       _mm256_loadu_pd(b->memory + i),
        _mm256_loadu_pd(b->used_cpu + i),  _mm256_loadu_pd(b->used_memory + i),
        _mm256_loadu_pd(b->score_cpu + i), _mm256_loadu_pd(b->score_memory + i),
    };
}

AVX2_INLINE __m256d balanced_of(const struct lanes *l, const struct kernel_need *need,
                                enum balanced_formula formula)
{
    if (formula == BALANCED_DIFFERENCE)
        return difference(
            fraction(_mm256_add_pd(l->score_cpu, _mm256_set1_pd(need->score_cpu)), l->cpu),
            fraction(_mm256_add_pd(l->score_memory, _mm256_set1_pd(need->score_memory)),
                     l->memory));
    __m256d after =
        deviation(fraction(_mm256_add_pd(l->used_cpu, _mm256_set1_pd(need->cpu)), l->cpu),
                  fraction(_mm256_add_pd(l->used_memory, _mm256_set1_pd(need->memory)), l->memory));
    if (formula == BALANCED_DEVIATION)
        return whole(_mm256_mul_pd(_mm256_sub_pd(_mm256_set1_pd(1), after), _mm256_set1_pd(100)));
    __m256d before = deviation(fraction(l->used_cpu, l->cpu), fraction(l->used_memory, l->memory));
    __m256d better = _mm256_sub_pd(_mm256_add_pd(_mm256_set1_pd(1.5), before), after);
    better = _mm256_mul_pd(better, _mm256_set1_pd(0.5));
    return whole(_mm256_mul_pd(better, _mm256_set1_pd(100)));
}

AVX2_INLINE void score_as(const struct block *b, const struct kernel_need *need, int32_t least,
                          int32_t balanced, int32_t *out, enum balanced_formula formula)
{
    __m256d weight_least = _mm256_set1_pd(least), weight_balanced = _mm256_set1_pd(balanced);
    for (uint32_t i = 0; i < WORD_SLOTS; i += LANES) {
        struct lanes l = load(b, i);
        __m256d sum = _mm256_add_pd(
            least_of(_mm256_add_pd(l.score_cpu, _mm256_set1_pd(need->score_cpu)), l.cpu),
            least_of(_mm256_add_pd(l.score_memory, _mm256_set1_pd(need->score_memory)), l.memory));
        sum = whole(_mm256_mul_pd(sum, _mm256_set1_pd(0.5)));
        sum = _mm256_mul_pd(sum, weight_least);
        if (balanced)
            sum =
                _mm256_add_pd(sum, _mm256_mul_pd(balanced_of(&l, need, formula), weight_balanced));
        __m128i *at = (__m128i *)(void *)(out + i);
        _mm_storeu_si128(at, _mm_add_epi32(_mm_loadu_si128(at), _mm256_cvttpd_epi32(sum)));
    }
}

AVX2 static void score(const struct block *b, const struct kernel_need *need,
                       const struct sched_rules *r, int32_t least, int32_t balanced, int32_t *out)
{
    if (r->balanced == BALANCED_DIFFERENCE)
        score_as(b, need, least, balanced, out, BALANCED_DIFFERENCE);
    else if (r->balanced == BALANCED_DEVIATION)
        score_as(b, need, least, balanced, out, BALANCED_DEVIATION);
    else
        score_as(b, need, least, balanced, out, BALANCED_CHANGE);
}

/* All bits of a lane where the lane's bit of the byte is set. */
AVX2_INLINE __m256i spread_bits(uint64_t mask, uint32_t byte)
{
    __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    __m256i all = _mm256_set1_epi32((int32_t)(mask >> byte & 0xff));
    return _mm256_cmpeq_epi32(_mm256_and_si256(all, bit), bit);
}

AVX2 static void add(int32_t *out, uint64_t mask, int32_t value)
{
    __m256i all = _mm256_set1_epi32(value);
    for (uint32_t i = 0; i < WORD_SLOTS; i += 8) {
        __m256i *at = (__m256i *)(void *)(out + i);
        __m256i more = _mm256_and_si256(spread_bits(mask, i), all);
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
