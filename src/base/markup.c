#include "base/markup.h"

#include "base/utf8.h"

void markup_markdown(struct str *out, const char *text)
{
    for (; text && *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F) {
            str_addc(out, ' ');
            continue;
        }
        if (*text == '<' || *text == '>' || *text == '&') {
            str_adds(out, *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : "&amp;");
            continue;
        }
        if (strchr("\\|*_[]#~", *text))
            str_addc(out, '\\');
        str_addc(out, *text);
    }
}

/* A back quote cannot be escaped inside code, and a bar ends a cell even there. */
void markup_markdown_code(struct str *out, const char *text)
{
    if (!text || !*text)
        return;
    str_addc(out, '`');
    for (; *text; text++) {
        if (*text == '|')
            str_addc(out, '\\');
        bool control = (unsigned char)*text < 0x20 || *text == 0x7F;
        str_addc(out, *text == '`' ? '\'' : control ? ' ' : *text);
    }
    str_addc(out, '`');
}

static const char *html_entity(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* C1 controls and the two non-characters that XML forbids, beside all below space. */
static bool is_forbidden(const unsigned char *p, size_t n)
{
    if (n == 1)
        return (p[0] < 0x20 && p[0] != '\t' && p[0] != '\n' && p[0] != '\r') || p[0] == 0x7F;
    if (n == 2)
        return p[0] == 0xC2 && p[1] < 0xA0;
    return n == 3 && p[0] == 0xEF && p[1] == 0xBF && p[2] >= 0xBE;
}

void markup_html(struct str *out, const char *text)
{
    struct sv v = sv_of(text);
    for (size_t i = 0, n; i < v.len; i += n ? n : 1) {
        const char *entity = html_entity(v.ptr[i]);
        n = utf8_length(v.ptr + i, v.len - i);
        if (!n || is_forbidden((const unsigned char *)v.ptr + i, n))
            str_adds(out, "\xEF\xBF\xBD");
        else if (entity)
            str_adds(out, entity);
        else
            str_add(out, v.ptr + i, n);
    }
}
