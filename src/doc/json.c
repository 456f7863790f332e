/* RFC 8259 with the position of every value. */
#include "base/utf8.h"
#include "doc/internal.h"

#include <math.h>

struct json {
    struct doc_reader *r;
    const char *text;
    uint32_t at, end;
    const char *why;
};

static struct doc_node *read_value(struct json *j);

static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

void json_skip_space(const char *text, uint32_t *at, uint32_t end)
{
    while (*at < end && is_space(text[*at]))
        (*at)++;
}

static void *fail(struct json *j, const char *why)
{
    if (!j->why)
        j->why = why;
    return NULL;
}

static inline void skip(struct json *j)
{
    if (j->at < j->end && is_space(j->text[j->at]))
        json_skip_space(j->text, &j->at, j->end);
}

static inline bool next_is(struct json *j, char c)
{
    skip(j);
    return j->at < j->end && j->text[j->at] == c;
}

/* ---- strings ---- */

#define EACH_BYTE(c) (0x0101010101010101u * (uint64_t)(c))

/* High bits set where a byte of the word is 0 (and perhaps in bytes above such a one). */
static inline uint64_t zero_bytes(uint64_t word)
{
    return (word - EACH_BYTE(1)) & ~word & EACH_BYTE(0x80);
}

/* Over characters that need no care, eight at a time: no quote, backslash, control character or
 * byte beyond ASCII. */
static inline uint32_t skip_ordinary(const char *text, uint32_t at, uint32_t end)
{
    for (; end - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text + at, sizeof word);
        uint64_t care = zero_bytes(word ^ EACH_BYTE('"')) | zero_bytes(word ^ EACH_BYTE('\\')) |
                        ((word - EACH_BYTE(0x20)) & ~word & EACH_BYTE(0x80)) |
                        (word & EACH_BYTE(0x80));
        if (!care)
            continue;
        if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
            at += (uint32_t)__builtin_ctzll(care) / 8;
        break;
    }
    return at;
}

/* Moves at to the closing quote; false when there is none or a character is not allowed. */
static bool scan_string(struct json *j, bool *escapes)
{
    *escapes = false;
    while ((j->at = skip_ordinary(j->text, j->at, j->end)) < j->end) {
        unsigned char c = (unsigned char)j->text[j->at];
        if (c == '"')
            return true;
        if (c == '\\') {
            *escapes = true;
            j->at += j->end - j->at > 1 ? 2 : 1;
            continue;
        }
        if (c < 0x20)
            return fail(j, "a control character in a string: it must be escaped");
        size_t n = c < 0x80 ? 1 : utf8_length(j->text + j->at, j->end - j->at);
        if (!n)
            return fail(j, "bytes that are not UTF-8");
        j->at += (uint32_t)n;
    }
    return fail(j, "the string is not closed");
}

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

/* \uXXXX at *p (behind the u), with the second half of a pair; a lone half is U+FFFD. */
static bool read_unicode(const char **p, const char *end, char **to)
{
    uint32_t cp, low;
    if (!read_hex4(*p, end, &cp))
        return false;
    *p += 4;
    if (cp >= 0xD800 && cp < 0xDC00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u' &&
        read_hex4(*p + 2, end, &low) && low >= 0xDC00 && low < 0xE000) {
        cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
        *p += 6;
    }
    if (cp >= 0xD800 && cp < 0xE000)
        cp = 0xFFFD;
    *to += utf8_encode(cp, *to);
    return true;
}

static bool read_escape(const char **p, const char *end, char **to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    char c = *(*p)++;
    if (c == 'u')
        return read_unicode(p, end, to);
    const char *at = c ? strchr(from, c) : NULL;
    if (!at)
        return false;
    *(*to)++ = into[at - from];
    return true;
}

/* Never longer than its escaped form. */
static bool unescape(struct json *j, struct sv raw, struct sv *out)
{
    char *buf = arena_alloc(&j->r->file->arena, raw.len + 1), *to = buf;
    const char *p = raw.ptr, *end = raw.ptr + raw.len;
    if (!buf) {
        j->r->nomem = true;
        return false;
    }
    while (p < end) {
        if (*p != '\\') {
            *to++ = *p++;
            continue;
        }
        p++;
        if (p >= end || !read_escape(&p, end, &to))
            return fail(j, "an unknown escape in a string");
    }
    *out = sv_n(buf, (size_t)(to - buf));
    return true;
}

static struct doc_node *read_string(struct json *j)
{
    bool escapes;
    uint32_t start = j->at++;
    if (!scan_string(j, &escapes) || j->at >= j->end)
        return fail(j, "the string is not closed");
    struct sv raw = sv_n(j->text + start + 1, j->at - start - 1);
    j->at++;
    struct doc_node *n = reader_node(j->r, DOC_STRING, DOC_DOUBLE, (struct doc_span){start, j->at});
    if (!n)
        return NULL;
    n->text = raw;
    return !escapes || unescape(j, raw, &n->text) ? n : NULL;
}

/* ---- numbers and words ---- */

static uint32_t digits(const struct json *j, uint32_t at)
{
    while (at < j->end && j->text[at] >= '0' && j->text[at] <= '9')
        at++;
    return at;
}

static uint32_t number_end(const struct json *j, bool *whole)
{
    uint32_t at = j->at + (j->text[j->at] == '-'), from = at;
    at = digits(j, at);
    *whole = true;
    if (at == from || (at - from > 1 && j->text[from] == '0'))
        return j->at;
    if (at < j->end && j->text[at] == '.') {
        from = ++at;
        at = digits(j, at);
        *whole = false;
        if (at == from)
            return j->at;
    }
    if (at < j->end && (j->text[at] == 'e' || j->text[at] == 'E')) {
        at++;
        at += at < j->end && (j->text[at] == '+' || j->text[at] == '-');
        from = at;
        at = digits(j, at);
        *whole = false;
        if (at == from)
            return j->at;
    }
    return at;
}

static bool whole_number(struct sv v, int64_t *out)
{
    bool negative = v.ptr[0] == '-';
    uint64_t n;
    if (!sv_to_u64(sv_n(v.ptr + negative, v.len - negative), &n) ||
        n > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

static struct doc_node *read_number(struct json *j)
{
    bool whole;
    uint32_t start = j->at, end = number_end(j, &whole);
    if (end == start)
        return fail(j, "not a JSON value");
    struct doc_node *n = reader_node(j->r, DOC_FLOAT, DOC_PLAIN, (struct doc_span){start, end});
    if (!n)
        return NULL;
    n->text = sv_n(j->text + start, end - start);
    j->at = end;
    if (whole && whole_number(n->text, &n->integer)) {
        n->type = DOC_INT;
        return n;
    }
    if (!resolve_number(n->text, &j->r->file->arena, &n->number)) {
        j->r->nomem = true;
        return NULL;
    }
    return isfinite(n->number) ? n : fail(j, "a number too large for JSON readers");
}

static struct doc_node *read_word(struct json *j)
{
    static const struct {
        const char *word;
        enum doc_type type;
        bool value;
    } words[] = {{"true", DOC_BOOL, true}, {"false", DOC_BOOL, false}, {"null", DOC_NULL, false}};
    struct sv rest = sv_n(j->text + j->at, j->end - j->at);
    for (size_t i = 0; i < 3; i++) {
        if (!sv_starts(rest, words[i].word))
            continue;
        uint32_t n = (uint32_t)strlen(words[i].word);
        struct doc_node *node =
            reader_node(j->r, words[i].type, DOC_PLAIN, (struct doc_span){j->at, j->at + n});
        if (!node)
            return NULL;
        node->text = sv_n(rest.ptr, n);
        node->boolean = words[i].value;
        j->at += n;
        return node;
    }
    return fail(j, "not a JSON value");
}

/* ---- collections ---- */

static bool read_items(struct json *j)
{
    if (next_is(j, ']'))
        return true;
    for (;;) {
        skip(j);
        struct doc_node *item = read_value(j);
        if (!item || !reader_push(j->r, item))
            return false;
        if (next_is(j, ']'))
            return true;
        if (!next_is(j, ','))
            return fail(j, "expected ',' or ']' here");
        j->at++;
    }
}

static bool read_pairs(struct json *j)
{
    if (next_is(j, '}'))
        return true;
    for (;;) {
        if (!next_is(j, '"'))
            return fail(j, "expected a key in double quotes here");
        struct doc_node *key = read_string(j);
        if (!key || !reader_push(j->r, key))
            return false;
        if (!next_is(j, ':'))
            return fail(j, "expected ':' behind the key");
        j->at++;
        skip(j);
        struct doc_node *value = read_value(j);
        if (!value || !reader_push(j->r, value))
            return false;
        if (next_is(j, '}'))
            return true;
        if (!next_is(j, ','))
            return fail(j, "expected ',' or '}' here");
        j->at++;
    }
}

static struct doc_node *read_collection(struct json *j, enum doc_type type)
{
    struct doc_reader *r = j->r;
    size_t base = r->stack.len;
    uint32_t start = j->at++;
    struct doc_node *n = reader_node(r, type, DOC_FLOW, (struct doc_span){start, start});
    r->depth++;
    if (!n)
        return NULL;
    if (r->depth > r->limits->depth)
        return fail(j, "nested too deeply");
    if (!(type == DOC_MAP ? read_pairs(j) : read_items(j)))
        return NULL;
    n->span.end = ++j->at;
    r->depth--;
    bool ok = type == DOC_MAP ? reader_take_pairs(r, n, base) && merge_shadow(r, n)
                              : reader_take_items(r, n, base);
    return ok ? n : NULL;
}

static struct doc_node *read_value(struct json *j)
{
    if (j->at >= j->end)
        return fail(j, "the text ends where a value is expected");
    if (j->r->nodes >= j->r->limits->nodes)
        return fail(j, "more values than the limit allows");
    switch (j->text[j->at]) {
    case '{':
        return read_collection(j, DOC_MAP);
    case '[':
        return read_collection(j, DOC_SEQ);
    case '"':
        return read_string(j);
    case 't':
    case 'f':
    case 'n':
        return read_word(j);
    default:
        return read_number(j);
    }
}

struct doc_node *json_read(struct doc_reader *r, uint32_t *at, uint32_t end, const char **why)
{
    struct json j = {.r = r, .text = r->file->text.ptr, .at = *at, .end = end};
    struct doc_node *n = read_value(&j);
    *at = j.at < end ? j.at : end;
    *why = j.why ? j.why : "out of memory";
    return n;
}
