#include "doc/json_text.h"

#include "base/utf8.h"

/* ---- strings ---- */

static bool read_hex4(const char *p, const char *end, uint32_t *out)
{
    uint32_t n = 0;
    if (end - p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return false;
        n = n << 4 | digit;
    }
    *out = n;
    return true;
}

/* What a letter behind a backslash stands for; 0 for none. */
static char escaped(char c)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    const char *at = c ? strchr(from, c) : NULL;
    return at ? into[at - from] : '\0';
}

/* Bytes of the escape at p, behind which there is more; 0 when it is none. */
static size_t escape_length(const char *p, const char *end)
{
    uint32_t code;
    if (p[1] == 'u')
        return read_hex4(p + 2, end, &code) ? 6 : 0;
    return escaped(p[1]) ? 2 : 0;
}

bool json_string_slow(const char **p, const char *end, bool *escapes, const char **why)
{
    while (*p < end && **p != '"') {
        unsigned char c = (unsigned char)**p;
        size_t n = 1;
        if (c == '\\' && end - *p == 1) {
            *p = end;
            break;
        }
        if (c == '\\') {
            *escapes = true;
            n = escape_length(*p, end);
            *why = "an unknown escape in a string";
        } else if (c < 0x20) {
            n = 0;
            *why = "a control character in a string: it must be escaped";
        } else if (c >= 0x80) {
            n = utf8_length(*p, (size_t)(end - *p));
            *why = "bytes that are not UTF-8";
        }
        if (!n)
            return false;
        *p = json_ordinary_end(*p + n, end);
    }
    if (*p < end)
        return true;
    *why = "the string is not closed";
    return false;
}

/* \uXXXX at *p (behind the u), with the second half of a pair; a lone half is U+FFFD. */
static size_t decode_unicode(const char **p, const char *end, char *to)
{
    uint32_t cp = 0xFFFD, low;
    read_hex4(*p, end, &cp);
    *p += 4;
    if (cp >= 0xD800 && cp < 0xDC00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u' &&
        read_hex4(*p + 2, end, &low) && low >= 0xDC00 && low < 0xE000) {
        cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
        *p += 6;
    }
    return utf8_encode(cp >= 0xD800 && cp < 0xE000 ? 0xFFFD : cp, to);
}

size_t json_unescape(struct sv raw, char *to)
{
    const char *p = raw.ptr, *end = raw.ptr + raw.len;
    char *start = to;
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((slash ? slash : end) - p);
        memcpy(to, p, plain);
        to += plain;
        p += plain;
        if (end - p < 2)
            break;
        p += 2;
        if (p[-1] == 'u')
            to += decode_unicode(&p, end, to);
        else
            *to++ = escaped(p[-1]);
    }
    return (size_t)(to - start);
}

/* ---- numbers ---- */

static const char *digits_end(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

const char *json_number_end(const char *p, const char *end, bool *whole)
{
    const char *start = p, *from = p + (*p == '-');
    *whole = true;
    p = digits_end(from, end);
    if (p == from || (p - from > 1 && *from == '0'))
        return start;
    if (p < end && *p == '.') {
        *whole = false;
        from = p + 1;
        p = digits_end(from, end);
        if (p == from)
            return start;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        *whole = false;
        from = p + 1;
        from += from < end && (*from == '+' || *from == '-');
        p = digits_end(from, end);
        if (p == from)
            return start;
    }
    return p;
}

bool json_whole_number(struct sv text, int64_t *out)
{
    bool negative = text.ptr[0] == '-';
    uint64_t n;
    if (!sv_to_u64(sv_n(text.ptr + negative, text.len - negative), &n) ||
        n > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}
