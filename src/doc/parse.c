#include "base/cleanup.h"
#include "doc/internal.h"
#include "doc/split.h"

#include <stdarg.h>

const struct doc_limits doc_default_limits = {
    .bytes = (size_t)64 << 20,
    .depth = 128,
    .nodes = 4000000,
    .errors = 100,
};

/* ---- what both readers need ---- */

#define SLAB_FIRST 16
#define SLAB_MOST 512

/* Nodes are cut from slabs: an arena call for each would cost as much as reading it. */
static bool refill(struct doc_reader *r)
{
    uint32_t n = r->slab_size ? r->slab_size * 2 : SLAB_FIRST;
    n = n > SLAB_MOST ? SLAB_MOST : n;
    r->slab = arena_new_n(&r->file->arena, struct doc_node, n);
    r->slab_left = r->slab ? n : 0;
    r->slab_size = n;
    r->nomem = r->nomem || !r->slab;
    return r->slab != NULL;
}

struct doc_node *reader_node(struct doc_reader *r, enum doc_type type, enum doc_style style,
                             struct doc_span span)
{
    if (!r->slab_left && !refill(r))
        return NULL;
    struct doc_node *n = r->slab++;
    r->slab_left--;
    n->type = type;
    n->style = style;
    n->span = span;
    r->nodes++;
    return n;
}

void reader_expand(struct doc_reader *r, uint32_t nodes)
{
    r->nodes += nodes;
    r->expanded += nodes;
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
    if (f->error_count >= r->limits->errors) {
        f->errors_dropped++;
        return;
    }
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

struct part {
    struct doc_part doc;
    uint32_t feed; /* where libyaml has to start: at the marker, or at directives before it */
};

struct parts {
    VEC(struct part) list;
};

/* What the lines since the last marker were. */
struct region {
    uint32_t from, feed;
    bool open, content, directives;
};

static bool add_part(struct parts *parts, const struct region *r, uint32_t end)
{
    if (!r->open && !r->content)
        return true;
    struct part p = {.doc.span = {r->from, end}, .feed = r->feed};
    return vec_push(&parts->list, p);
}

static void pass_marker(struct region *r, const char *text, const char *marker, const char *end)
{
    bool directives = r->directives && !r->open && !r->content;
    uint32_t feed = directives ? r->feed : (uint32_t)(marker - text);
    *r = (struct region){.open = *marker == '-', .feed = feed};
    r->from = (uint32_t)(split_behind_marker(marker, end, &r->content) - text);
    if (!r->open)
        r->feed = r->from;
}

static bool split_parts(struct sv text, struct doc_span span, struct parts *out)
{
    const char *end = text.ptr + span.end;
    struct region r = {.from = span.start, .feed = span.start};
    for (const char *line = text.ptr + span.start; line < end;) {
        if (split_is_marker(line, end, '-') || split_is_marker(line, end, '.')) {
            if (!add_part(out, &r, (uint32_t)(line - text.ptr)))
                return false;
            pass_marker(&r, text.ptr, line, end);
        } else {
            r.content = r.content || split_has_content(line, end);
            r.directives = r.directives || *line == '%';
        }
        const char *nl = memchr(line, '\n', (size_t)(end - line));
        line = nl ? nl + 1 : end;
    }
    return add_part(out, &r, span.end);
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
    for (size_t i = 0; ok && i < n; i++)
        f->parts[i] = parts->list.items[i].doc;
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
        struct part p = {.doc.span = {at, at}};
        if (text[at] != '{' && text[at] != '[')
            return false;
        p.doc.root = json_read(r, &at, span.end, &why);
        p.doc.span.end = at;
        if (!p.doc.root || !vec_push(&parts->list, p))
            return false;
        json_skip_space(text, &at, span.end);
    }
    return true;
}

/* What a document that has an error stood for is given back: one bomb must not take the others with
 * it. */
static void read_yaml_part(struct doc_reader *r, struct part *p)
{
    r->depth = 0;
    r->expanded = 0;
    r->stack.len = 0;
    p->doc.root = yaml_read(r, (struct doc_span){p->feed, p->doc.span.end});
    if (!p->doc.root)
        r->nodes -= r->expanded;
}

static void read_yaml_parts(struct doc_reader *r, struct parts *parts)
{
    for (size_t i = 0; i < parts->list.len && !r->nomem; i++)
        read_yaml_part(r, &parts->list.items[i]);
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

static uint32_t line_before(struct sv text, uint32_t at)
{
    if (at > 0)
        at--;
    while (at > 0 && text.ptr[at - 1] != '\n')
        at--;
    return at;
}

/* The directives above a marker belong to its document when nothing but they, comments and `...`
 * stand there. */
static uint32_t include_directives(struct sv text, uint32_t marker)
{
    uint32_t first = marker;
    for (uint32_t at = marker; at > 0;) {
        uint32_t line = line_before(text, at);
        const char *p = text.ptr + line, *end = text.ptr + at;
        if (split_is_marker(p, end, '.'))
            break;
        if (split_has_content(p, end))
            return marker;
        if (*p == '%')
            first = line;
        at = line;
    }
    return first;
}

/* A document needs its marker when text stands behind it on the line, and the directives above. */
static uint32_t include_marker(struct sv text, uint32_t start)
{
    bool line_start = start == 0 || text.ptr[start - 1] == '\n';
    uint32_t marker = line_start ? line_before(text, start) : line_before(text, start + 1);
    if (start == 0 || !split_is_marker(text.ptr + marker, text.ptr + text.len, '-'))
        return start;
    return include_directives(text, marker);
}

int doc_parse_span(struct doc_file *f, const char *name, struct sv text, struct doc_span span,
                   const struct doc_limits *limits, struct err *err)
{
    limits = limits ? limits : &doc_default_limits;
    if (begin(f, name, text, limits, err) < 0)
        return -1;
    span.start = include_marker(text, span.start);
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
    struct part p = {.doc.span = {0, (uint32_t)text.len}};
    const char *why = "expected a JSON value";
    uint32_t at = 0, end = (uint32_t)text.len;
    f->format = DOC_JSON;
    json_skip_space(text.ptr, &at, end);
    p.doc.root = json_read(&r, &at, end, &why);
    if (p.doc.root) {
        json_skip_space(text.ptr, &at, end);
        why = at < end ? "text behind the end of the JSON value" : NULL;
    }
    if (!vec_push(&parts.list, p))
        r.nomem = true;
    if (finish(&r, &parts, err) < 0)
        return -1;
    if (!why)
        return 0;
    uint32_t line, column;
    doc_position(f, at, &line, &column);
    return err_set(err, ERR_INPUT, "%s:%u:%u: %s", name, line, column, why);
}
