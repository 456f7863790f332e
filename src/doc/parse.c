#include "base/cleanup.h"
#include "doc/internal.h"

#include <stdarg.h>

const struct doc_limits doc_default_limits = {
    .bytes = (size_t)64 << 20,
    .depth = 128,
    .nodes = 4000000,
    .errors = 100,
};

/* ---- what both readers need ---- */

struct doc_node *reader_node(struct doc_reader *r, enum doc_type type, enum doc_style style,
                             struct doc_span span)
{
    struct doc_node *n = arena_new(&r->file->arena, struct doc_node);
    if (!n) {
        r->nomem = true;
        return NULL;
    }
    n->type = type;
    n->style = style;
    n->span = span;
    r->nodes++;
    return n;
}

bool reader_push(struct doc_reader *r, struct doc_node *child)
{
    if (vec_push(&r->stack, child))
        return true;
    r->nomem = true;
    return false;
}

bool reader_take_items(struct doc_reader *r, struct doc_node *node, size_t base)
{
    size_t n = r->stack.len - base;
    node->items = n ? arena_new_n(&r->file->arena, struct doc_node *, n) : NULL;
    if (n && !node->items) {
        r->nomem = true;
        return false;
    }
    if (n)
        memcpy(node->items, r->stack.items + base, n * sizeof *node->items);
    node->item_count = (uint32_t)n;
    r->stack.len = base;
    return true;
}

bool reader_take_pairs(struct doc_reader *r, struct doc_node *node, size_t base)
{
    size_t n = (r->stack.len - base) / 2;
    node->pairs = n ? arena_new_n(&r->file->arena, struct doc_pair, n) : NULL;
    if (n && !node->pairs) {
        r->nomem = true;
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        node->pairs[i].key = r->stack.items[base + 2 * i];
        node->pairs[i].value = r->stack.items[base + 2 * i + 1];
    }
    node->pair_count = (uint32_t)n;
    r->stack.len = base;
    return true;
}

void reader_error(struct doc_reader *r, uint32_t offset, const char *fmt, ...)
{
    struct doc_file *f = r->file;
    char text[512];
    if (f->error_count >= r->limits->errors)
        return;
    if (!f->errors)
        f->errors = arena_new_n(&f->arena, struct doc_error, r->limits->errors);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    char *copy = f->errors ? arena_dup(&f->arena, sv_of(text)) : NULL;
    if (!copy) {
        r->nomem = true;
        return;
    }
    struct doc_error *e = &f->errors[f->error_count++];
    e->offset = offset;
    e->message = copy;
    doc_position(f, offset, &e->line, &e->column);
}

bool reader_over_limit(struct doc_reader *r, uint32_t more_nodes, uint32_t offset)
{
    if (r->depth > r->limits->depth) {
        reader_error(r, offset, "nested more than %u levels deep", r->limits->depth);
        return true;
    }
    if (more_nodes > r->limits->nodes || r->nodes > r->limits->nodes - more_nodes) {
        reader_error(r, offset, "more than %u values once aliases are expanded", r->limits->nodes);
        return true;
    }
    return false;
}

/* ---- splitting ---- */

struct parts {
    VEC(struct doc_part) list;
};

static bool is_marker(const char *p, const char *end, char c)
{
    return end - p >= 3 && p[0] == c && p[1] == c && p[2] == c &&
           (end - p == 3 || p[3] == ' ' || p[3] == '\t' || p[3] == '\r' || p[3] == '\n');
}

static bool has_content(const char *p, const char *end)
{
    while (p < end) {
        while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
            p++;
        if (p < end && *p != '#' && *p != '%')
            return true;
        const char *nl = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
        p = nl ? nl + 1 : end;
    }
    return false;
}

static bool add_part(struct parts *parts, const char *text, const char *from, const char *to)
{
    struct doc_part p = {.span = {(uint32_t)(from - text), (uint32_t)(to - text)}};
    return vec_push(&parts->list, p);
}

/* `---` and `...` at the start of a line always part documents, in block scalars too (YAML 1.2,
 * c-forbidden). What follows `---` on its line belongs to the new document. */
static bool split_parts(struct sv text, struct doc_span span, struct parts *out)
{
    const char *end = text.ptr + span.end, *from = text.ptr + span.start;
    bool open = false; /* a marker announced the document that begins at from */
    for (const char *line = from; line < end;) {
        bool start = is_marker(line, end, '-');
        if (start || is_marker(line, end, '.')) {
            if ((open || has_content(from, line)) && !add_part(out, text.ptr, from, line))
                return false;
            open = start;
            from = line + 3;
        }
        const char *nl = memchr(line, '\n', (size_t)(end - line));
        line = nl ? nl + 1 : end;
    }
    return (!open && !has_content(from, end)) || add_part(out, text.ptr, from, end);
}

/* ---- files ---- */

static int begin(struct doc_file *f, const char *name, struct sv text,
                 const struct doc_limits *limits, struct err *err)
{
    *f = (struct doc_file){.text = text};
    f->name = arena_dup(&f->arena, sv_of(name));
    if (!f->name)
        return err_nomem(err, "reading a document");
    if (text.len > limits->bytes || text.len >= UINT32_MAX)
        return err_set(err, ERR_LIMIT, "%s: larger than the limit of %zu bytes", name,
                       limits->bytes);
    return 0;
}

static int finish(struct doc_reader *r, struct parts *parts, struct err *err)
{
    struct doc_file *f = r->file;
    size_t n = parts->list.len;
    f->parts = n ? arena_new_n(&f->arena, struct doc_part, n) : NULL;
    bool ok = !r->nomem && (!n || f->parts);
    if (ok && n)
        memcpy(f->parts, parts->list.items, n * sizeof *f->parts);
    f->part_count = ok ? (uint32_t)n : 0;
    vec_release(&parts->list);
    vec_release(&r->stack);
    return ok ? 0 : err_nomem(err, "reading a document");
}

static bool read_json_stream(struct doc_reader *r, struct doc_span span, struct parts *parts)
{
    const char *text = r->file->text.ptr, *why;
    uint32_t at = span.start;
    json_skip_space(text, &at, span.end);
    while (at < span.end) {
        struct doc_part p = {.span = {at, at}};
        if (text[at] != '{' && text[at] != '[')
            return false;
        p.root = json_read(r, &at, span.end, &why);
        p.span.end = at;
        if (!p.root || !vec_push(&parts->list, p))
            return false;
        json_skip_space(text, &at, span.end);
    }
    return true;
}

static void read_yaml_parts(struct doc_reader *r, struct parts *parts)
{
    for (size_t i = 0; i < parts->list.len && !r->nomem; i++) {
        r->depth = 0;
        r->stack.len = 0;
        parts->list.items[i].root = yaml_read(r, parts->list.items[i].span);
    }
}

static bool starts_json(struct sv text, struct doc_span span)
{
    uint32_t at = span.start;
    json_skip_space(text.ptr, &at, span.end);
    return at < span.end && (text.ptr[at] == '{' || text.ptr[at] == '[');
}

static bool is_utf16(struct sv text)
{
    return sv_starts(text, "\xFF\xFE") || sv_starts(text, "\xFE\xFF");
}

static int read_span(struct doc_file *f, struct doc_span span, const struct doc_limits *limits,
                     struct err *err)
{
    struct doc_reader r = {.file = f, .limits = limits};
    struct parts parts = {0};
    if (is_utf16(f->text)) {
        reader_error(&r, 0, "the file is UTF-16: save it as UTF-8");
        return finish(&r, &parts, err);
    }
    if (span.start == 0 && sv_starts(f->text, "\xEF\xBB\xBF"))
        span.start = 3;
    if (starts_json(f->text, span)) {
        f->format = DOC_JSON;
        if (read_json_stream(&r, span, &parts) || r.nomem)
            return finish(&r, &parts, err);
        parts.list.len = 0;
        r.nodes = r.depth = 0;
        r.stack.len = 0;
    }
    f->format = DOC_YAML;
    if (!split_parts(f->text, span, &parts))
        r.nomem = true;
    read_yaml_parts(&r, &parts);
    return finish(&r, &parts, err);
}

int doc_parse_span(struct doc_file *f, const char *name, struct sv text, struct doc_span span,
                   const struct doc_limits *limits, struct err *err)
{
    limits = limits ? limits : &doc_default_limits;
    if (begin(f, name, text, limits, err) < 0)
        return -1;
    return read_span(f, span, limits, err);
}

int doc_parse(struct doc_file *f, const char *name, struct sv text, const struct doc_limits *limits,
              struct err *err)
{
    limits = limits ? limits : &doc_default_limits;
    if (begin(f, name, text, limits, err) < 0)
        return -1;
    return read_span(f, (struct doc_span){0, (uint32_t)text.len}, limits, err);
}

int doc_parse_json(struct doc_file *f, const char *name, struct sv text,
                   const struct doc_limits *limits, struct err *err)
{
    limits = limits ? limits : &doc_default_limits;
    if (begin(f, name, text, limits, err) < 0)
        return -1;
    struct doc_reader r = {.file = f, .limits = limits};
    struct parts parts = {0};
    struct doc_part p = {.span = {0, (uint32_t)text.len}};
    const char *why = "expected a JSON value";
    uint32_t at = 0, end = (uint32_t)text.len;
    f->format = DOC_JSON;
    json_skip_space(text.ptr, &at, end);
    p.root = json_read(&r, &at, end, &why);
    if (p.root) {
        json_skip_space(text.ptr, &at, end);
        why = at < end ? "text behind the end of the JSON value" : NULL;
    }
    if (!vec_push(&parts.list, p))
        r.nomem = true;
    if (finish(&r, &parts, err) < 0)
        return -1;
    uint32_t line, column;
    doc_position(f, at, &line, &column);
    return why ? err_set(err, ERR_INPUT, "%s:%u:%u: %s", name, line, column, why) : 0;
}
