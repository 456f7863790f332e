/*
 * json_text: the tokens of JSON, for the two readers of doc/ (the tree of json.c, the walk of
 * pull.c); nobody else includes it. Each takes the rest of a text and says where a token ends, or
 * why it is none; what is read is bounded by `end` alone, no byte behind it is touched.
 */
#ifndef TOBAN_DOC_JSON_TEXT_H
#define TOBAN_DOC_JSON_TEXT_H

#include "base/sv.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline bool json_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The first byte that is no white space; end when there is none. Indentation goes by in steps. */
static inline const char *json_space_end(const char *p, const char *end)
{
    while (p < end && json_is_space(*p)) {
        p++;
#ifdef __SSE2__
        while (end - p >= 16) {
            __m128i word = _mm_loadu_si128((const __m128i *)(const void *)p);
            int other = _mm_movemask_epi8(_mm_cmpeq_epi8(word, _mm_set1_epi8(' '))) ^ 0xFFFF;
            p += other ? __builtin_ctz((unsigned)other) : 16;
            if (other)
                break;
        }
#endif
    }
    return p;
}

#define EACH_BYTE(c) (0x0101010101010101u * (uint64_t)(c))

/* High bits set where a byte of the word is 0 (and perhaps in bytes above such a one). */
static inline uint64_t json_zero_bytes(uint64_t word)
{
    return (word - EACH_BYTE(1)) & ~word & EACH_BYTE(0x80);
}

/* Over characters of a string that need no care: no quote, backslash, control character or byte
 * beyond ASCII. Stops at such a one, or up to 15 bytes early. */
static inline const char *json_ordinary_end(const char *p, const char *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        __m128i word = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* As signed bytes the control characters and those beyond ASCII are all below a space. */
        __m128i care = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(word, _mm_set1_epi8('"')),
                                                 _mm_cmpeq_epi8(word, _mm_set1_epi8('\\'))),
                                    _mm_cmplt_epi8(word, _mm_set1_epi8(' ')));
        int bits = _mm_movemask_epi8(care);
        if (bits)
            return p + __builtin_ctz((unsigned)bits);
    }
#endif
    for (; end - p >= (ptrdiff_t)sizeof(uint64_t); p += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        uint64_t care =
            json_zero_bytes(word ^ EACH_BYTE('"')) | json_zero_bytes(word ^ EACH_BYTE('\\')) |
            ((word - EACH_BYTE(0x20)) & ~word & EACH_BYTE(0x80)) | (word & EACH_BYTE(0x80));
        if (!care)
            continue;
        return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? p + __builtin_ctzll(care) / 8 : p;
    }
    return p;
}

/* *p is behind an opening quote. True with *p at the closing one, *escapes set when there was an
 * escape (each is known to be well-formed then); false with *p at what is wrong and *why (static).
 */
bool json_string_slow(const char **p, const char *end, bool *escapes, const char **why);

static inline bool json_string_end(const char **p, const char *end, bool *escapes, const char **why)
{
    *escapes = false;
    *p = json_ordinary_end(*p, end);
    if (__builtin_expect(*p < end && **p == '"', 1))
        return true;
    return json_string_slow(p, end, escapes, why);
}

/* Decodes the body of a string that json_string_end accepted; to has room for raw.len bytes, which
 * is never too little. An escaped lone surrogate becomes U+FFFD. Returns the bytes written. */
size_t json_unescape(struct sv raw, char *to);

/* Behind the number at p, which is before end; p itself when it is none. *whole: it has neither a
 * fraction nor an exponent. */
const char *json_number_end(const char *p, const char *end, bool *whole);

/* A number without fraction and exponent as 64 bits; false when it does not fit. */
bool json_whole_number(struct sv text, int64_t *out);

#endif
