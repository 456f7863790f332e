#include "sched/kernel_wide.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <stddef.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,bmi2,popcnt")))

enum { LANES16 = 32, LANES32 = 16 };

AVX512 static uint64_t has_room(const uint8_t *offers, uint64_t mask)
{
    __m512i none = _mm512_set1_epi8((char)KERNEL_NO_ROOM);
    return _mm512_mask_cmpneq_epi8_mask(mask, _mm512_loadu_si512(offers), none);
}

AVX512 static void begin(const uint8_t *offers, uint64_t mask, int16_t *out)
{
    __m512i none = _mm512_set1_epi16(KERNEL_NO_TOTAL);
    for (uint32_t i = 0; i < WORD_SLOTS; i += LANES16) {
        __m256i here = _mm256_loadu_si256((const void *)(offers + i));
        _mm512_storeu_si512(out + i, _mm512_mask_mov_epi16(none, (__mmask32)(mask >> i),
                                                           _mm512_cvtepu8_epi16(here)));
    }
}

AVX512 static void add(int16_t *out, const uint64_t *masks, const int16_t *values, uint32_t len)
{
    __m512i low = _mm512_loadu_si512(out), high = _mm512_loadu_si512(out + LANES16);
    for (uint32_t k = 0; k < len; k++) {
        __m512i value = _mm512_set1_epi16(values[k]);
        low = _mm512_mask_add_epi16(low, (__mmask32)masks[k], low, value);
        high = _mm512_mask_add_epi16(high, (__mmask32)(masks[k] >> LANES16), high, value);
    }
    _mm512_storeu_si512(out, low);
    _mm512_storeu_si512(out + LANES16, high);
}

AVX512 static int16_t best(const int16_t *out, uint32_t words)
{
    int16_t lanes[LANES16], most = KERNEL_NO_TOTAL;
    __m512i here = _mm512_set1_epi16(KERNEL_NO_TOTAL);
    for (uint32_t i = 0; i < words * WORD_SLOTS; i += LANES16)
        here = _mm512_max_epi16(here, _mm512_loadu_si512(out + i));
    _mm512_storeu_si512(lanes, here);
    for (uint32_t i = 0; i < LANES16; i++)
        most = lanes[i] > most ? lanes[i] : most;
    return most;
}

AVX512 static uint32_t equal(const int16_t *out, uint32_t words, int16_t value, uint64_t *same)
{
    __m512i wanted = _mm512_set1_epi16(value);
    uint32_t n = 0;
    for (uint32_t i = 0; i < words; i++, out += WORD_SLOTS) {
        uint64_t low = _mm512_cmpeq_epi16_mask(_mm512_loadu_si512(out), wanted);
        uint64_t high = _mm512_cmpeq_epi16_mask(_mm512_loadu_si512(out + LANES16), wanted);
        same[i] = high << LANES16 | low;
        n += (uint32_t)__builtin_popcountll(same[i]);
    }
    return n;
}

AVX512 static void add_raw(int32_t *out, uint64_t mask, int32_t value)
{
    __m512i values = _mm512_set1_epi32(value);
    for (uint32_t i = 0; i < WORD_SLOTS; i += LANES32) {
        __m512i here = _mm512_loadu_si512(out + i);
        _mm512_storeu_si512(out + i,
                            _mm512_mask_add_epi32(here, (__mmask16)(mask >> i), here, values));
    }
}

AVX512 static uint64_t equal_raw(const int32_t *out, uint64_t mask, int32_t value)
{
    __m512i wanted = _mm512_set1_epi32(value);
    uint64_t same = 0;
    for (uint32_t i = 0; i < WORD_SLOTS; i += LANES32)
        same |= (uint64_t)_mm512_cmpeq_epi32_mask(_mm512_loadu_si512(out + i), wanted) << i;
    return same & mask;
}

AVX512 static void sift(const struct kernel_sieve *sieve, uint32_t word, uint64_t *masks)
{
    __m512i all = _mm512_set1_epi8(-1);
    vec_foreach(set, &sieve->in)
        all = _mm512_and_si512(all, _mm512_loadu_si512(*set + word));
    vec_foreach(set, &sieve->out)
        all = _mm512_andnot_si512(_mm512_loadu_si512(*set + word), all);
    _mm512_storeu_si512(masks, all);
}

AVX512 static uint64_t first(uint64_t mask, uint32_t n)
{
    return n < WORD_SLOTS ? _pdep_u64((1ull << n) - 1, mask) : mask;
}

AVX512 static void put(uint64_t *words, uint32_t len, uint64_t bits)
{
    __m512i more = _mm512_set1_epi64((int64_t)bits);
    for (uint32_t i = 0; i < len; i += 8)
        _mm512_storeu_si512(words + i, _mm512_or_si512(_mm512_loadu_si512(words + i), more));
}

struct kernel kernel_widened(struct kernel k)
{
    k.has_room = has_room;
    k.begin = begin;
    k.add = add;
    k.best = best;
    k.equal = equal;
    k.add_raw = add_raw;
    k.equal_raw = equal_raw;
    k.sift = sift;
    k.first = first;
    k.put = put;
    return k;
}

#endif
