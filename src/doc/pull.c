#include "doc/pull.h"

#include "doc/internal.h"
#include "doc/json_text.h"

#include <math.h>

static const char no_memory[] = "out of memory";
static const char no_value[] = "not a JSON value";
static const char too_deep[] = "nested too deeply";

void pull_init(struct pull *p, struct sv text, struct arena *scratch)
{
    *p = (struct pull){.start = text.ptr ? text.ptr : "", .scratch = scratch};
    p->at = p->start;
    p->end = p->start + text.len;
}

static bool fail(struct pull *p, const char *at, const char *why)
{
    if (!p->error) {
        p->error = why;
        p->at = at;
    }
    return false;
}

static inline void skip_space(struct pull *p)
{
    p->at = json_space_end(p->at, p->end);
}

/* ---- scalars ---- */

/* Behind the string whose opening quote is at; NULL (and the error set) when it is none. */
static inline const char *string_end(struct pull *p, const char *at, bool *escapes)
{
    const char *why = NULL;
    at++;
    if (__builtin_expect(!json_string_end(&at, p->end, escapes, &why), 0)) {
        fail(p, at, why);
        return NULL;
    }
    return at + 1;
}

static const char *word_end(struct pull *p, const char *at)
{
    static const struct sv words[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if ((size_t)(p->end - at) >= words[i].len && memcmp(at, words[i].ptr, words[i].len) == 0)
            return at + words[i].len;
    fail(p, at, no_value);
    return NULL;
}

/* Only a long number or one with an exponent can be too large for a double. */
#define SURELY_FINITE 300

static bool is_finite(struct pull *p, const char *at, size_t len)
{
    _cleanup_arena_ struct arena a = {0};
    double number;
    if (!resolve_number(sv_n(at, len), &a, &number))
        return fail(p, at, no_memory);
    return isfinite(number) || fail(p, at + len, "a number too large for JSON readers");
}

static const char *number_end(struct pull *p, const char *at, bool *whole)
{
    const char *end = json_number_end(at, p->end, whole);
    if (end == at) {
        fail(p, at, no_value);
        return NULL;
    }
    bool ok = (*whole && end - at < SURELY_FINITE) || is_finite(p, at, (size_t)(end - at));
    return ok ? end : NULL;
}

static inline const char *scalar_end(struct pull *p, const char *at)
{
    bool unused;
    switch (*at) {
    case '"':
        return string_end(p, at, &unused);
    case 't':
    case 'f':
    case 'n':
        return word_end(p, at);
    default:
        return number_end(p, at, &unused);
    }
}

/* ---- skipping ---- */

/* The open collections of a value that is skipped: one bit each, set for maps. */
struct nest {
    const char *at;
    uint32_t depth;
    uint64_t maps[(PULL_DEPTH + 63) / 64];
};

static inline bool in_map(const struct nest *n)
{
    return n->maps[(n->depth - 1) / 64] >> ((n->depth - 1) % 64) & 1;
}

static inline bool nest_open(struct pull *p, struct nest *n, bool map)
{
    if (p->depth + n->depth >= PULL_DEPTH)
        return fail(p, n->at, too_deep);
    uint64_t bit = (uint64_t)1 << (n->depth % 64), *word = &n->maps[n->depth / 64];
    *word = map ? *word | bit : *word & ~bit;
    n->depth++;
    n->at = json_space_end(n->at + 1, p->end);
    return true;
}

/* Over a key and its colon to its value. */
static inline bool skip_key(struct pull *p, struct nest *n)
{
    bool unused;
    if (n->at >= p->end || *n->at != '"')
        return fail(p, n->at, "expected a key in double quotes here");
    const char *at = string_end(p, n->at, &unused);
    if (!at)
        return false;
    n->at = json_space_end(at, p->end);
    if (n->at >= p->end || *n->at != ':')
        return fail(p, n->at, "expected ':' behind the key");
    n->at = json_space_end(n->at + 1, p->end);
    return true;
}

/* Behind a value within a collection: to the next value, or out of the collections that end. */
static inline bool skip_ends(struct pull *p, struct nest *n)
{
    while (n->depth > 0) {
        bool map = in_map(n);
        n->at = json_space_end(n->at, p->end);
        char c = n->at < p->end ? *n->at : '\0';
        if (c == ',') {
            n->at = json_space_end(n->at + 1, p->end);
            return !map || skip_key(p, n);
        }
        if (c != (map ? '}' : ']'))
            return fail(p, n->at, map ? "expected ',' or '}' here" : "expected ',' or ']' here");
        n->at++;
        n->depth--;
    }
    return true;
}

/* One step of skip_value: a scalar whole, or a collection's beginning. */
static inline bool skip_step(struct pull *p, struct nest *n)
{
    if (n->at >= p->end)
        return fail(p, n->at, "the text ends where a value is expected");
    bool map = *n->at == '{';
    if (!map && *n->at != '[') {
        const char *at = scalar_end(p, n->at);
        n->at = at ? at : n->at;
        return at && skip_ends(p, n);
    }
    if (!nest_open(p, n, map))
        return false;
    if (n->at < p->end && *n->at == (map ? '}' : ']')) {
        n->at++;
        n->depth--;
        return skip_ends(p, n);
    }
    return !map || skip_key(p, n);
}

static bool skip_value(struct pull *p)
{
    struct nest n = {.at = json_space_end(p->at, p->end)};
    if (p->error)
        return false;
    do {
        if (!skip_step(p, &n))
            return false;
    } while (n.depth > 0);
    p->at = n.at;
    p->first = false;
    return true;
}

void pull_skip(struct pull *p)
{
    skip_value(p);
}

bool pull_raw(struct pull *p, struct sv *out)
{
    const char *from = p->error ? p->at : json_space_end(p->at, p->end);
    if (!skip_value(p))
        return false;
    *out = sv_n(from, (size_t)(p->at - from));
    return true;
}

/* ---- collections ---- */

enum pull_type pull_peek(struct pull *p)
{
    if (p->error)
        return PULL_END;
    skip_space(p);
    if (p->at >= p->end)
        return PULL_END;
    switch (*p->at) {
    case '{':
        return PULL_MAP;
    case '[':
        return PULL_SEQ;
    case '"':
        return PULL_STRING;
    case 't':
    case 'f':
        return PULL_BOOL;
    case 'n':
        return PULL_NULL;
    default:
        return PULL_NUMBER;
    }
}

static bool open_collection(struct pull *p, enum pull_type type)
{
    if (pull_peek(p) != type) {
        skip_value(p);
        return false;
    }
    if (p->depth >= PULL_DEPTH)
        return fail(p, p->at, too_deep);
    p->at++;
    p->depth++;
    p->first = true;
    return true;
}

/* To the next member, over the comma that is due; false at the end, which is taken. */
static bool next_member(struct pull *p, char close, const char *expected)
{
    if (p->error)
        return false;
    skip_space(p);
    char c = p->at < p->end ? *p->at : '\0';
    if (c == close) {
        p->at++;
        p->depth--;
        p->first = false;
        return false;
    }
    if (p->first) {
        p->first = false;
        return true;
    }
    if (c != ',')
        return fail(p, p->at, expected);
    p->at++;
    skip_space(p);
    return true;
}

static bool take_string(struct pull *p, struct sv *out)
{
    bool escapes;
    const char *from = p->at, *at = string_end(p, from, &escapes);
    if (!at)
        return false;
    struct sv raw = sv_n(from + 1, (size_t)(at - from) - 2);
    p->at = at;
    *out = raw;
    if (!escapes)
        return true;
    if (!p->scratch)
        return fail(p, from, "a string with escapes where none is expected");
    char *text = arena_alloc(p->scratch, raw.len + 1);
    if (!text)
        return fail(p, from, no_memory);
    *out = sv_n(text, json_unescape(raw, text));
    return true;
}

bool pull_map(struct pull *p)
{
    return open_collection(p, PULL_MAP);
}

bool pull_key(struct pull *p, struct sv *key)
{
    if (!next_member(p, '}', "expected ',' or '}' here"))
        return false;
    if (p->at >= p->end || *p->at != '"')
        return fail(p, p->at, "expected a key in double quotes here");
    if (!take_string(p, key))
        return false;
    skip_space(p);
    if (p->at >= p->end || *p->at != ':')
        return fail(p, p->at, "expected ':' behind the key");
    p->at++;
    return true;
}

bool pull_seq(struct pull *p)
{
    return open_collection(p, PULL_SEQ);
}

bool pull_item(struct pull *p)
{
    return next_member(p, ']', "expected ',' or ']' here");
}

/* ---- values ---- */

bool pull_string(struct pull *p, struct sv *out)
{
    if (pull_peek(p) != PULL_STRING) {
        skip_value(p);
        return false;
    }
    p->first = false;
    return take_string(p, out);
}

bool pull_scalar(struct pull *p, struct sv *out)
{
    enum pull_type type = pull_peek(p);
    if (type == PULL_STRING)
        return pull_string(p, out);
    struct sv raw;
    if (!pull_raw(p, &raw) || (type != PULL_NUMBER && type != PULL_BOOL))
        return false;
    *out = raw;
    return true;
}

bool pull_i64(struct pull *p, int64_t *out)
{
    enum pull_type type = pull_peek(p);
    struct sv raw;
    if (!pull_raw(p, &raw) || type != PULL_NUMBER)
        return false;
    return json_whole_number(raw, out);
}

bool pull_bool(struct pull *p, bool *out)
{
    enum pull_type type = pull_peek(p);
    struct sv raw;
    if (!pull_raw(p, &raw) || type != PULL_BOOL)
        return false;
    *out = *raw.ptr == 't';
    return true;
}

/* ---- the end ---- */

void pull_fail(struct pull *p, const char *why)
{
    fail(p, p->at, why);
}

bool pull_ok(const struct pull *p)
{
    return !p->error;
}

bool pull_done(struct pull *p)
{
    if (p->error)
        return false;
    skip_space(p);
    return p->at >= p->end;
}

int pull_error(const struct pull *p, const char *name, struct err *err)
{
    uint32_t line = 1, column = 1;
    if (p->error == no_memory)
        return err_nomem(err, name);
    for (const char *c = p->start; c < p->at; c++) {
        bool continued = ((unsigned char)*c & 0xC0) == 0x80;
        column = *c == '\n' ? 1 : column + !continued;
        line += *c == '\n';
    }
    return err_set(err, ERR_INPUT, "%s:%u:%u: %s", name, line, column, p->error);
}
