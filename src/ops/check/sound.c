#include "ops/check/sound.h"

#include "base/utf8.h"

/* Deeper than any manifest; deeper ones are parsed. */
#define LEVELS_MAX 64
#define FLOW_DEPTH_MAX 8

enum level_kind { LEVEL_MAP, LEVEL_SEQ };

struct level {
    unsigned indent;
    enum level_kind kind;
};

struct reader {
    const char *at, *end; /* of the text */
    struct level levels[LEVELS_MAX];
    unsigned depth;
    bool open; /* the last key or dash has no value yet */
};

/* ---- characters ---- */

enum odd {
    ODD_CONTROL = 1, /* YAML refuses it */
    ODD_TAB = 2,
    ODD_HIGH = 0x80, /* not ASCII */
};

#define ODD_8(n) n, n, n, n, n, n, n, n
#define ODD_32(n) ODD_8(n), ODD_8(n), ODD_8(n), ODD_8(n)

static const unsigned char oddness[256] = {
    ODD_8(ODD_CONTROL),
    ODD_CONTROL, /* 8 */
    ODD_TAB,
    0, /* LF */
    ODD_CONTROL,
    ODD_CONTROL,
    0, /* CR */
    ODD_CONTROL,
    ODD_CONTROL,
    ODD_8(ODD_CONTROL), /* 16 */
    ODD_8(ODD_CONTROL),
    ODD_32(0),
    ODD_32(0),
    ODD_8(0), /* 96 */
    ODD_8(0),
    ODD_8(0),
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    ODD_CONTROL, /* 127 */
    ODD_32(ODD_HIGH),
    ODD_32(ODD_HIGH),
    ODD_32(ODD_HIGH),
    ODD_32(ODD_HIGH),
};

static unsigned char odd_bytes(struct sv text)
{
    unsigned char odd = 0;
    for (size_t i = 0; i < text.len; i++)
        odd |= oddness[(unsigned char)text.ptr[i]];
    return odd;
}

/* Characters beyond ASCII that YAML takes everywhere. */
static bool is_usual_utf8(struct sv text)
{
    for (size_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.ptr[i];
        size_t n = c < 0x80 ? 1 : utf8_length(text.ptr + i, text.len - i);
        bool c1_control = c == 0xC2 && (unsigned char)text.ptr[i + 1] < 0xA0;
        bool special = c == 0xEF && (unsigned char)text.ptr[i + 1] >= 0xBB;
        if (!n || c1_control || special)
            return false;
        i += n;
    }
    return true;
}

static bool has_usual_characters(struct sv text, unsigned char odd)
{
    return !(odd & ODD_CONTROL) && (!(odd & ODD_HIGH) || is_usual_utf8(text));
}

/* ---- values on one line ---- */

static const char *skip_spaces(const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    return p;
}

/* Nothing but blanks or a comment. */
static bool is_rest_empty(const char *p, const char *end)
{
    const char *next = skip_spaces(p, end);
    return next == end || (*next == '#' && next > p);
}

/* Behind the quoted text that begins at p; NULL when it is not closed on the line or has escapes.
 */
static const char *pass_quoted(const char *p, const char *end)
{
    char quote = *p++;
    for (; p < end; p++) {
        if (*p == '\\' && quote == '"')
            return NULL;
        if (*p != quote)
            continue;
        if (quote == '\'' && p + 1 < end && p[1] == '\'') {
            p++;
            continue;
        }
        return p + 1;
    }
    return NULL;
}

static bool is_plain_start(char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    return !strchr(",[]{}#&*!|>'\"%@`-?:=~<", c) && c != ' ' && c != '\t';
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("_-./*+$()%=;@ ", c));
}

static const char *pass_flow(const char *p, const char *end, unsigned depth);

/* A quoted text, a nested collection, or a word. */
static const char *pass_flow_node(const char *p, const char *end, unsigned depth)
{
    if (p < end && (*p == '"' || *p == '\''))
        return pass_quoted(p, end);
    if (p < end && (*p == '[' || *p == '{'))
        return pass_flow(p, end, depth + 1);
    if (p == end || !is_plain_start(*p) || !is_word_char(*p))
        return NULL;
    while (p < end && is_word_char(*p))
        p++;
    return p;
}

/* `: value` behind the key of a flow map. */
static const char *pass_flow_value(const char *p, const char *end, unsigned depth)
{
    p = skip_spaces(p, end);
    if (end - p < 2 || p[0] != ':' || p[1] != ' ')
        return NULL;
    return pass_flow_node(skip_spaces(p + 1, end), end, depth);
}

/* YAML's null, which is no name for a member. */
static bool is_null(struct sv plain)
{
    return sv_is(plain, "~") || sv_is(plain, "null") || sv_is(plain, "Null") ||
           sv_is(plain, "NULL");
}

/* [a, "b"] and {a: b}; anything less plain is not taken. */
static const char *pass_flow(const char *p, const char *end, unsigned depth)
{
    bool map = *p == '{';
    char close = map ? '}' : ']';
    if (depth > FLOW_DEPTH_MAX)
        return NULL;
    p = skip_spaces(p + 1, end);
    if (p < end && *p == close)
        return p + 1;
    for (;;) {
        const char *from = p;
        p = pass_flow_node(p, end, depth);
        if (p && map && is_null(sv_trim(sv_n(from, (size_t)(p - from)))))
            return NULL;
        if (p && map)
            p = pass_flow_value(p, end, depth);
        if (!p)
            return NULL;
        p = skip_spaces(p, end);
        if (p < end && *p == close)
            return p + 1;
        if (p == end || *p != ',')
            return NULL;
        p = skip_spaces(p + 1, end);
    }
}

/* A plain text that ends with its line: no `: ` in it, no colon at its end. */
static bool is_plain_value(const char *p, const char *end)
{
    if (!is_plain_start(*p)) {
        /* -1, :8080, =x and the like are fine when a letter or digit follows. */
        bool sign = strchr("-:?=<", *p) && p + 1 < end && p[1] != ' ';
        if (!sign && *p != '~')
            return false;
    }
    for (const char *colon = p; (colon = memchr(colon, ':', (size_t)(end - colon))); colon++)
        if (colon + 1 == end || colon[1] == ' ')
            return sv_has(sv_n(p, (size_t)(colon - p)), " #");
    return true;
}

/* ---- block scalars ---- */

static const char *line_end(const struct reader *r, const char *line)
{
    const char *eol = memchr(line, '\n', (size_t)(r->end - line));
    return eol ? eol : r->end;
}

/* Passes the lines of a literal or folded text whose parent stands at `indent`. False for lines
 * whose indentation a parser could refuse. */
static bool pass_block_scalar(struct reader *r, unsigned indent)
{
    unsigned content = 0, widest_blank = 0;
    while (r->at < r->end) {
        const char *eol = line_end(r, r->at), *text = skip_spaces(r->at, eol);
        unsigned here = (unsigned)(text - r->at);
        bool blank = text == eol || *text == '\r';
        if (!blank && (here <= indent || (indent == 0 && here == 0)))
            return content == 0 || here <= indent;
        if (blank && !content && here > widest_blank)
            widest_blank = here;
        if (!blank && !content) {
            content = here;
            if (widest_blank > content)
                return false;
        }
        if (!blank && (here < content || *text == '\t'))
            return false;
        r->at = eol < r->end ? eol + 1 : r->end;
    }
    return true;
}

static bool is_block_header(const char *p, const char *end)
{
    p++;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    return is_rest_empty(p, end);
}

/* ---- lines ---- */

/* The value at p, whose key or dash stands at `indent`. r->at is behind the line. */
static bool take_value(struct reader *r, const char *p, const char *end, unsigned indent)
{
    p = skip_spaces(p, end);
    r->open = p == end || *p == '#';
    if (r->open)
        return true;
    if (*p == '|' || *p == '>')
        return is_block_header(p, end) && pass_block_scalar(r, indent);
    const char *behind = NULL;
    if (*p == '"' || *p == '\'')
        behind = pass_quoted(p, end);
    else if (*p == '[' || *p == '{')
        behind = pass_flow(p, end, 0);
    else
        return is_plain_value(p, end);
    return behind && is_rest_empty(behind, end);
}

/* Behind the colon of the key at p, or NULL when no key stands there. */
static const char *pass_key(const char *p, const char *end)
{
    const char *from = p;
    if (*p == '"' || *p == '\'') {
        p = pass_quoted(p, end);
    } else {
        if (!is_plain_start(*p))
            return NULL;
        while (p < end && *p != ':' && *p != ' ' && *p != '#')
            p++;
        if (is_null(sv_n(from, (size_t)(p - from))))
            return NULL;
    }
    if (!p || p == end || *p != ':' || (p + 1 < end && p[1] != ' '))
        return NULL;
    return p + 1;
}

static bool push(struct reader *r, unsigned indent, enum level_kind kind)
{
    if (r->depth == LEVELS_MAX)
        return false;
    r->levels[r->depth++] = (struct level){indent, kind};
    return true;
}

/* Finds the collection that a line with `indent` belongs to, or opens it. */
static bool enter(struct reader *r, unsigned indent, enum level_kind kind)
{
    while (r->depth && r->levels[r->depth - 1].indent > indent) {
        r->depth--;
        r->open = false;
    }
    struct level *top = r->depth ? &r->levels[r->depth - 1] : NULL;
    if (!top)
        return indent == 0 && push(r, indent, kind);
    if (top->indent < indent)
        return r->open && push(r, indent, kind);
    if (top->kind == kind)
        return true;
    if (kind == LEVEL_SEQ) /* dashes right below their key */
        return r->open && push(r, indent, kind);
    /* A key behind such dashes. */
    r->depth--;
    return r->depth && r->levels[r->depth - 1].indent == indent &&
           r->levels[r->depth - 1].kind == LEVEL_MAP;
}

static bool take_line(struct reader *r, const char *line, const char *end)
{
    const char *p = skip_spaces(line, end);
    bool behind_dash = false;
    for (;;) {
        unsigned indent = (unsigned)(p - line);
        bool dash = *p == '-' && (p + 1 == end || p[1] == ' ');
        const char *value = dash ? p + 1 : pass_key(p, end);
        if (!value) /* a text in a list; elsewhere it would go on the line before */
            return behind_dash && take_value(r, p, end, r->levels[r->depth - 1].indent);
        if (!enter(r, indent, dash ? LEVEL_SEQ : LEVEL_MAP))
            return false;
        if (!dash)
            return take_value(r, value, end, indent);
        p = skip_spaces(value, end);
        r->open = true;
        if (p == end || *p == '#')
            return true;
        behind_dash = true;
    }
}

bool sound_document(struct sv text)
{
    struct reader r = {.at = text.ptr, .end = text.ptr + text.len};
    unsigned char odd = odd_bytes(text);
    if (!has_usual_characters(text, odd))
        return false;
    while (r.at < r.end) {
        const char *line = r.at, *eol = line_end(&r, line), *end = eol;
        r.at = eol < r.end ? eol + 1 : r.end;
        if (end > line && end[-1] == '\r')
            end--;
        const char *p = skip_spaces(line, end);
        if (p == end || *p == '#')
            continue;
        if ((odd & ODD_TAB) && memchr(p, '\t', (size_t)(end - p)))
            return false;
        if (!take_line(&r, line, end))
            return false;
    }
    return true;
}
