#include "doc/scan.h"

#include "doc/internal.h"
#include "doc/scan_doubt.h"
#include "doc/split.h"

/* Where the lines of one document have led us. */
enum section { SECTION_START, SECTION_OTHER, SECTION_FIELD, SECTION_METADATA };

struct lines {
    struct scan_doc *doc;
    enum section section;
    bool seen_version, seen_kind, seen_metadata, seen_name, seen_namespace;
    size_t indent;     /* of the keys in metadata; 0: none seen yet */
    bool field_inside; /* the last key in metadata was name or namespace */
    bool content;      /* something that is no comment was seen */
};

static bool is_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '-';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(struct sv v)
{
    return v.len == 0 || v.ptr[0] == '#';
}

/* The key at the start of line, followed by ':' and a space or the end; *rest is what is behind.
 * Absent when it is written in any other way. */
static struct sv take_key(struct sv line, struct sv *rest)
{
    size_t n = 0;
    if (!line.len || !is_letter(line.ptr[0]))
        return SV_NONE;
    while (n < line.len && is_key_char(line.ptr[n]))
        n++;
    if (n == line.len || line.ptr[n] != ':' || (n + 1 < line.len && line.ptr[n + 1] != ' '))
        return SV_NONE;
    size_t at = n + 1;
    while (at < line.len && line.ptr[at] == ' ')
        at++;
    *rest = sv_n(line.ptr + at, line.len - at);
    return sv_n(line.ptr, n);
}

/* Only blanks or a comment behind a value. */
static bool ends_line(struct sv rest)
{
    size_t i = 0;
    while (i < rest.len && rest.ptr[i] == ' ')
        i++;
    return i == rest.len || (i > 0 && rest.ptr[i] == '#');
}

static bool take_quoted(struct sv v, struct sv *out)
{
    size_t n = 1;
    while (n < v.len && v.ptr[n] != v.ptr[0]) {
        if (v.ptr[n] == '\\' || v.ptr[n] < 0x20 || v.ptr[n] == 0x7f)
            return false;
        n++;
    }
    *out = sv_n(v.ptr + 1, n - 1);
    return n < v.len && (n + 1 == v.len || v.ptr[n + 1] != v.ptr[0]) &&
           ends_line(sv_n(v.ptr + n + 1, v.len - n - 1));
}

/* A word that needs no quotes and is a string for sure. */
static bool take_plain(struct sv v, struct sv *out)
{
    size_t n = 0;
    if (!is_letter(v.ptr[0]) && !(v.ptr[0] >= '0' && v.ptr[0] <= '9'))
        return false;
    while (n < v.len &&
           (is_key_char(v.ptr[n]) || (v.ptr[n] == ':' && n + 1 < v.len && v.ptr[n + 1] != ' ')))
        n++;
    *out = sv_n(v.ptr, n);
    return ends_line(sv_n(v.ptr + n, v.len - n)) && resolve_type(*out) == DOC_STRING;
}

/* False: in doubt. */
static bool take_value(struct sv v, bool *seen, struct sv *out)
{
    if (*seen || is_blank(v))
        return false;
    *seen = true;
    return v.ptr[0] == '"' || v.ptr[0] == '\'' ? take_quoted(v, out) : take_plain(v, out);
}

/* ---- lines ---- */

static bool top_key(struct lines *l, struct sv line)
{
    struct sv rest, key = take_key(line, &rest);
    l->section = SECTION_OTHER;
    if (!key.ptr || sv_is(key, "items"))
        return false;
    if (sv_is(key, "apiVersion")) {
        l->section = SECTION_FIELD;
        return take_value(rest, &l->seen_version, &l->doc->api_version);
    }
    if (sv_is(key, "kind")) {
        l->section = SECTION_FIELD;
        return take_value(rest, &l->seen_kind, &l->doc->kind) && !sv_ends(l->doc->kind, "List");
    }
    if (sv_is(key, "metadata")) {
        bool again = l->seen_metadata;
        l->section = SECTION_METADATA;
        l->seen_metadata = true;
        return !again && is_blank(rest);
    }
    return true;
}

static bool top_line(struct lines *l, struct sv line)
{
    if (!line.len || line.ptr[0] == '#')
        return true;
    if (line.ptr[0] == '-') /* a list whose dashes stand below their key */
        return l->section == SECTION_OTHER && (line.len == 1 || line.ptr[1] == ' ');
    return top_key(l, line);
}

static bool metadata_key(struct lines *l, struct sv line)
{
    struct sv rest, key = take_key(line, &rest);
    l->field_inside = true;
    if (!key.ptr)
        return false;
    if (sv_is(key, "name"))
        return take_value(rest, &l->seen_name, &l->doc->name);
    if (sv_is(key, "namespace"))
        return take_value(rest, &l->seen_namespace, &l->doc->namespace);
    l->field_inside = false;
    return true;
}

static bool metadata_line(struct lines *l, struct sv line, size_t indent)
{
    if (!l->indent) {
        l->indent = indent;
        l->field_inside = true;
    }
    if (indent < l->indent)
        return false;
    if (indent > l->indent)
        return !l->field_inside;
    if (line.ptr[0] == '-' && (line.len == 1 || line.ptr[1] == ' '))
        return !l->field_inside;
    return metadata_key(l, line);
}

/* A line that begins with a space. */
static bool inner_line(struct lines *l, struct sv line)
{
    size_t indent = 0;
    while (indent < line.len && line.ptr[indent] == ' ')
        indent++;
    struct sv rest = sv_n(line.ptr + indent, line.len - indent);
    if (is_blank(rest))
        return true;
    return l->section == SECTION_METADATA && metadata_line(l, rest, indent);
}

/* ---- documents ---- */

static void look_at(struct lines *l, const char *line, const char *end)
{
    l->content = l->content || split_has_content(line, end);
    if (end > line && end[-1] == '\r')
        end--;
    struct sv v = sv_n(line, (size_t)(end - line));
    bool sure = v.len && v.ptr[0] == ' ' ? inner_line(l, v) : top_line(l, v);
    if (!sure)
        l->doc->doubt = true;
}

static void finish(const struct scan *s, struct lines *l, uint32_t end)
{
    struct scan_doc *d = l->doc;
    d->span.end = end;
    d->empty = !l->content && !d->doubt;
    struct sv text = sv_n(s->text.ptr + d->span.start, end - d->span.start);
    d->templated = scan_has_template(text);
    d->doubt = d->doubt || d->templated || scan_has_odd_break(text) || scan_has_open_quote(text);
}

void scan_init(struct scan *s, struct sv text)
{
    *s = (struct scan){.text = text, .line = 1, .from_line = 1};
    s->at = s->from = sv_starts(text, "\xEF\xBB\xBF") ? 3 : 0;
}

static void pass_marker(struct scan *s, const char *marker, const char *end)
{
    const char *from = split_behind_marker(marker, end, &s->inline_content);
    s->open = *marker == '-';
    s->from = (uint32_t)(from - s->text.ptr);
    s->from_line = s->line + (from[-1] == '\n');
}

static bool scan_until_marker(struct scan *s, struct lines *l)
{
    const char *text = s->text.ptr, *end = text + s->text.len;
    for (const char *line = text + s->at; line < end; s->line++) {
        const char *eol = memchr(line, '\n', (size_t)(end - line));
        const char *next = eol ? eol + 1 : end;
        s->at = (uint32_t)(next - text);
        if (split_is_marker(line, end, '-') || split_is_marker(line, end, '.')) {
            finish(s, l, (uint32_t)(line - text));
            pass_marker(s, line, end);
            s->line++;
            return true;
        }
        if (*line != ' ' || l->section != SECTION_OTHER || !l->content)
            look_at(l, line, eol ? eol : end);
        line = next;
    }
    finish(s, l, (uint32_t)s->text.len);
    return false;
}

bool scan_next(struct scan *s, struct scan_doc *out)
{
    bool more = s->open || s->at < s->text.len || s->inline_content;
    while (more) {
        *out = (struct scan_doc){
            .span.start = s->from, .line = s->from_line, .doubt = s->inline_content};
        struct lines l = {.doc = out, .content = s->inline_content};
        bool open = s->open;
        s->open = s->inline_content = false;
        more = scan_until_marker(s, &l);
        if (open || l.content)
            return true;
        more = more && (s->open || s->at < s->text.len || s->inline_content);
    }
    return false;
}
