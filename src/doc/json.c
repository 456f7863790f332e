/* RFC 8259 with the position of every value. */
#include "doc/internal.h"
#include "doc/json_text.h"

#include <math.h>

struct json {
    struct doc_reader *r;
    const char *text;
    uint32_t at, end;
    const char *why;
};

static struct doc_node *read_value(struct json *j);

void json_skip_space(const char *text, uint32_t *at, uint32_t end)
{
    if (*at < end)
        *at = (uint32_t)(json_space_end(text + *at, text + end) - text);
}

static void *fail(struct json *j, const char *why)
{
    if (!j->why)
        j->why = why;
    return NULL;
}

static inline void skip(struct json *j)
{
    json_skip_space(j->text, &j->at, j->end);
}

static inline bool next_is(struct json *j, char c)
{
    skip(j);
    return j->at < j->end && j->text[j->at] == c;
}

/* ---- strings ---- */

/* Moves at to the closing quote; false when there is none or a character is not allowed. */
static bool scan_string(struct json *j, bool *escapes)
{
    const char *p = j->text + j->at, *why;
    bool ok = json_string_end(&p, j->text + j->end, escapes, &why);
    j->at = (uint32_t)(p - j->text);
    return ok || fail(j, why);
}

static bool unescape(struct json *j, struct sv raw, struct sv *out)
{
    char *buf = arena_alloc(&j->r->file->arena, raw.len + 1);
    j->r->nomem |= !buf;
    if (buf)
        *out = sv_n(buf, json_unescape(raw, buf));
    return buf != NULL;
}

static struct doc_node *read_string(struct json *j)
{
    bool escapes;
    uint32_t start = j->at++;
    if (!scan_string(j, &escapes))
        return NULL;
    struct sv raw = sv_n(j->text + start + 1, j->at - start - 1);
    j->at++;
    struct doc_node *n = reader_node(j->r, DOC_STRING, DOC_DOUBLE, (struct doc_span){start, j->at});
    if (!n)
        return NULL;
    n->text = raw;
    return !escapes || unescape(j, raw, &n->text) ? n : NULL;
}

/* ---- numbers and words ---- */

static struct doc_node *read_number(struct json *j)
{
    bool whole;
    const char *p = j->text + j->at;
    uint32_t start = j->at;
    uint32_t end = (uint32_t)(json_number_end(p, j->text + j->end, &whole) - j->text);
    if (end == start)
        return fail(j, "not a JSON value");
    struct doc_node *n = reader_node(j->r, DOC_FLOAT, DOC_PLAIN, (struct doc_span){start, end});
    if (!n)
        return NULL;
    n->text = sv_n(j->text + start, end - start);
    j->at = end;
    if (whole && json_whole_number(n->text, &n->integer)) {
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
    if (r->depth > r->limits->depth) {
        j->at = start;
        return fail(j, "nested too deeply");
    }
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
