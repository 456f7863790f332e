#include "doc/yaml_span.h"

static bool is_ascii(const char *p, size_t n)
{
    size_t i = 0;
    for (; i + sizeof(uint64_t) <= n; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, p + i, sizeof word);
        if (word & 0x8080808080808080u)
            return false;
    }
    for (; i < n; i++)
        if ((unsigned char)p[i] >= 0x80)
            return false;
    return true;
}

void yaml_marks_init(struct yaml_marks *m, struct sv text, struct doc_span span)
{
    *m = (struct yaml_marks){.text = text.ptr, .span = span, .byte = span.start};
    m->ascii = is_ascii(text.ptr + span.start, span.end - span.start);
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

uint32_t yaml_byte(struct yaml_marks *m, size_t character)
{
    if (m->ascii) {
        size_t left = m->span.end - m->span.start;
        m->byte = m->span.start + (uint32_t)(character < left ? character : left);
        return m->byte;
    }
    while (m->character < character && m->byte < m->span.end) {
        do
            m->byte++;
        while (m->byte < m->span.end && continues(m->text[m->byte]));
        m->character++;
    }
    while (m->character > character && m->byte > m->span.start) {
        do
            m->byte--;
        while (m->byte > m->span.start && continues(m->text[m->byte]));
        m->character--;
    }
    return m->byte;
}

/* ---- around a node ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Over white space and comments. */
static uint32_t skip_space(const struct yaml_marks *m, uint32_t at, uint32_t end)
{
    while (at < end && (is_space(m->text[at]) || m->text[at] == '#'))
        if (m->text[at] == '#')
            while (at < end && m->text[at] != '\n')
                at++;
        else
            at++;
    return at;
}

static uint32_t skip_anchor(const struct yaml_marks *m, uint32_t at, uint32_t end)
{
    for (at++; at < end; at++) {
        char c = m->text[at];
        if (!(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && c != '_' &&
            c != '-')
            break;
    }
    return at;
}

static uint32_t skip_tag(const struct yaml_marks *m, uint32_t at, uint32_t end)
{
    bool verbatim = at + 1 < end && m->text[at + 1] == '<';
    while (at < end && !is_space(m->text[at]) &&
           (verbatim || (m->text[at] != ',' && m->text[at] != ']' && m->text[at] != '}')))
        at++;
    return at;
}

uint32_t yaml_skip_properties(const struct yaml_marks *m, uint32_t at, uint32_t end, unsigned count)
{
    for (; count > 0 && at < end && (m->text[at] == '&' || m->text[at] == '!'); count--) {
        at = m->text[at] == '&' ? skip_anchor(m, at, end) : skip_tag(m, at, end);
        at = skip_space(m, at, end);
    }
    return at;
}

struct doc_span yaml_behind_colon(const struct yaml_marks *m, uint32_t key_end, uint32_t limit)
{
    uint32_t at = skip_space(m, key_end, limit);
    if (at < limit && m->text[at] == ':')
        return (struct doc_span){at + 1, at + 1};
    return (struct doc_span){key_end, key_end};
}

/* ---- block scalars ---- */

static uint32_t line_start(const struct yaml_marks *m, uint32_t at, uint32_t floor)
{
    while (at > floor && m->text[at - 1] != '\n')
        at--;
    return at;
}

static uint32_t without_break(const struct yaml_marks *m, uint32_t at, uint32_t floor)
{
    if (at > floor && m->text[at - 1] == '\n')
        at--;
    if (at > floor && m->text[at - 1] == '\r')
        at--;
    return at;
}

/* Blanks that are content: the last line of the value is nothing else, and this one is longer by
 * its indentation. */
static bool is_blank_content(struct sv value, size_t length)
{
    size_t n = value.len, from;
    while (n && value.ptr[n - 1] == '\n')
        n--;
    for (from = n; from && (value.ptr[from - 1] == ' ' || value.ptr[from - 1] == '\t');)
        from--;
    return from < n && (!from || value.ptr[from - 1] == '\n') && length > n - from;
}

static bool is_blank(const struct yaml_marks *m, uint32_t from, uint32_t to)
{
    while (from < to && is_space(m->text[from]))
        from++;
    return from == to;
}

/* The header of a block scalar asks to keep the empty lines at its end. */
static bool keeps_lines(const struct yaml_marks *m, struct doc_span s)
{
    for (uint32_t at = s.start + 1; at < s.end && !is_space(m->text[at]); at++)
        if (m->text[at] == '+')
            return true;
    return false;
}

/* The end of its last content line: empty lines behind belong to it only with `+`. */
static uint32_t block_end(const struct yaml_marks *m, struct doc_span s, struct sv value)
{
    if (keeps_lines(m, s) && value.len)
        return without_break(m, s.end, s.start);
    uint32_t end = s.end;
    while (end > s.start) {
        uint32_t to = without_break(m, end, s.start), from = line_start(m, to, s.start);
        if (!is_blank(m, from, to) || is_blank_content(value, to - from))
            return to;
        end = from;
    }
    return s.start;
}

struct doc_span yaml_scalar_span(const struct yaml_marks *m, struct doc_span span,
                                 enum doc_style style, struct sv value)
{
    span.start = yaml_skip_properties(m, span.start, span.end, 2);
    if (style == DOC_PLAIN && !value.len)
        span.start = span.end;
    if (style == DOC_LITERAL || style == DOC_FOLDED)
        span.end = block_end(m, span, value);
    return span;
}
