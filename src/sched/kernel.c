#include "sched/kernel.h"

#ifndef __x86_64__

uint32_t kernel_all(struct kernel out[KERNELS_MAX])
{
    out[0] = kernel_plain();
    return 1;
}

#else

#include "sched/kernel_offer.h"
#include "sched/kernel_wide.h"

#include <immintrin.h>
#include <stddef.h>

#define AVX2 __attribute__((target("avx2,popcnt")))
#define AVX2_INLINE AVX2 __attribute__((always_inline)) static inline

AVX2 static uint64_t has_room(const uint8_t *offers, uint64_t mask)
{
    __m256i none = _mm256_set1_epi8((char)KERNEL_NO_ROOM);
    __m256i low = _mm256_loadu_si256((const void *)offers);
    __m256i high = _mm256_loadu_si256((const void *)(offers + 32));
    uint32_t no_low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, none));
    uint32_t no_high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, none));
    return mask & ~((uint64_t)no_high << 32 | no_low);
}

/* All bits of a lane where the lane's bit of the mask is set: of lanes at, at + 1, … */
AVX2_INLINE __m256i spread_bits32(uint64_t mask, uint32_t at)
{
    __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    __m256i here = _mm256_set1_epi32((int32_t)(mask >> at & 0xff));
    return _mm256_cmpeq_epi32(_mm256_and_si256(here, bit), bit);
}

AVX2_INLINE __m256i spread_bits16(uint64_t mask, uint32_t at)
{
    __m256i bit = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192,
                                    16384, INT16_MIN);
    __m256i here = _mm256_set1_epi16((int16_t)(mask >> at));
    return _mm256_cmpeq_epi16(_mm256_and_si256(here, bit), bit);
}

enum { LANES32 = 8, LANES16 = 16 };

AVX2 static void begin(const uint8_t *offers, uint64_t mask, int16_t *out)
{
    __m256i none = _mm256_set1_epi16(KERNEL_NO_TOTAL);
    for (uint32_t i = 0; i < WORD_SLOTS; i += LANES16) {
        __m256i wide = _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)(offers + i)));
        _mm256_storeu_si256((void *)(out + i),
                            _mm256_blendv_epi8(none, wide, spread_bits16(mask, i)));
    }
}

AVX2 static void add(int16_t *out, const uint64_t *masks, const int16_t *values, uint32_t len)
{
    __m256i sum[WORD_SLOTS / LANES16];
    for (uint32_t i = 0; i < WORD_SLOTS / LANES16; i++)
        sum[i] = _mm256_loadu_si256((const void *)(out + i * LANES16));
    for (uint32_t k = 0; k < len; k++) {
        __m256i value = _mm256_set1_epi16(values[k]);
        if (!masks[k] || !values[k])
            continue;
        for (uint32_t i = 0; i < WORD_SLOTS / LANES16; i++)
            sum[i] = _mm256_add_epi16(
                sum[i], _mm256_and_si256(spread_bits16(masks[k], i * LANES16), value));
    }
    for (uint32_t i = 0; i < WORD_SLOTS / LANES16; i++)
        _mm256_storeu_si256((void *)(out + i * LANES16), sum[i]);
}

AVX2 static int16_t best(const int16_t *out, uint32_t words)
{
    int16_t lanes[LANES16], most = KERNEL_NO_TOTAL;
    __m256i here = _mm256_set1_epi16(KERNEL_NO_TOTAL);
    for (uint32_t i = 0; i < words * WORD_SLOTS; i += LANES16)
        here = _mm256_max_epi16(here, _mm256_loadu_si256((const void *)(out + i)));
    _mm256_storeu_si256((void *)lanes, here);
    for (uint32_t i = 0; i < LANES16; i++)
        most = lanes[i] > most ? lanes[i] : most;
    return most;
}

AVX2_INLINE uint64_t equal_in_word(const int16_t *out, __m256i wanted)
{
    uint64_t same = 0;
    for (uint32_t i = 0; i < WORD_SLOTS; i += 2 * LANES16) {
        __m256i low = _mm256_loadu_si256((const void *)(out + i));
        __m256i high = _mm256_loadu_si256((const void *)(out + i + LANES16));
        __m256i both =
            _mm256_packs_epi16(_mm256_cmpeq_epi16(low, wanted), _mm256_cmpeq_epi16(high, wanted));
        both = _mm256_permute4x64_epi64(both, 0xd8);
        same |= (uint64_t)(uint32_t)_mm256_movemask_epi8(both) << i;
    }
    return same;
}

AVX2 static uint32_t equal(const int16_t *out, uint32_t words, int16_t value, uint64_t *same)
{
    __m256i wanted = _mm256_set1_epi16(value);
    uint32_t n = 0;
    for (uint32_t i = 0; i < words; i++) {
        same[i] = equal_in_word(out + i * WORD_SLOTS, wanted);
        n += (uint32_t)__builtin_popcountll(same[i]);
    }
    return n;
}

AVX2 static void add_raw(int32_t *out, uint64_t mask, int32_t value)
{
    __m256i values = _mm256_set1_epi32(value);
    for (uint32_t i = 0; i < WORD_SLOTS; i += LANES32) {
        __m256i *at = (__m256i *)(void *)(out + i);
        __m256i more = _mm256_and_si256(spread_bits32(mask, i), values);
        _mm256_storeu_si256(at, _mm256_add_epi32(_mm256_loadu_si256(at), more));
    }
}

AVX2 static uint64_t equal_raw(const int32_t *out, uint64_t mask, int32_t value)
{
    __m256i wanted = _mm256_set1_epi32(value);
    uint64_t same = 0;
    for (uint32_t i = 0; i < WORD_SLOTS; i += LANES32) {
        __m256i is = _mm256_cmpeq_epi32(_mm256_loadu_si256((const void *)(out + i)), wanted);
        same |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(is)) << i;
    }
    return same & mask;
}

AVX2 static void sift(const struct kernel_sieve *sieve, uint32_t word, uint64_t *masks)
{
    __m256i low = _mm256_set1_epi8(-1), high = low;
    vec_foreach(set, &sieve->in) {
        low = _mm256_and_si256(low, _mm256_loadu_si256((const void *)(*set + word)));
        high = _mm256_and_si256(high, _mm256_loadu_si256((const void *)(*set + word + 4)));
    }
    vec_foreach(set, &sieve->out) {
        low = _mm256_andnot_si256(_mm256_loadu_si256((const void *)(*set + word)), low);
        high = _mm256_andnot_si256(_mm256_loadu_si256((const void *)(*set + word + 4)), high);
    }
    _mm256_storeu_si256((void *)masks, low);
    _mm256_storeu_si256((void *)(masks + 4), high);
}

AVX2 static uint32_t ones(uint64_t mask)
{
    return (uint32_t)__builtin_popcountll(mask);
}

AVX2 static void put(uint64_t *words, uint32_t len, uint64_t bits)
{
    __m256i more = _mm256_set1_epi64x((int64_t)bits);
    for (uint32_t i = 0; i < len; i += 4) {
        __m256i *at = (__m256i *)(void *)(words + i);
        _mm256_storeu_si256(at, _mm256_or_si256(_mm256_loadu_si256(at), more));
    }
}

AVX2 static uint32_t count(const uint64_t *masks, const uint32_t *words, uint32_t len,
                           const uint64_t *set)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < len; i++)
        n += (uint32_t)__builtin_popcountll(masks[i] & (set ? set[words[i]] : ~0ull));
    return n;
}

uint32_t kernel_all(struct kernel out[KERNELS_MAX])
{
    uint32_t n = 0;
    out[n++] = kernel_plain();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt"))
        out[n++] =
            (struct kernel){kernel_offer_avx2, has_room, begin,        add,  best, equal, add_raw,
                            equal_raw,         sift,     out[0].first, ones, put,  count};
    if (n == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("bmi2"))
        out[n++] = kernel_widened(out[1]);
    return n;
}

#endif

struct kernel kernel_choose(void)
{
    struct kernel all[KERNELS_MAX] = {{0}};
    return all[kernel_all(all) - 1];
}
