/* YAML documents through libyaml's events, with byte spans. */
#include "base/cleanup.h"
#include "doc/internal.h"

#include <yaml.h>

struct anchor {
    struct sv name;
    struct doc_node *node;
    uint32_t nodes; /* size of what it names, aliases expanded */
    bool open;      /* still being read */
};

struct yaml {
    struct doc_reader *r;
    yaml_parser_t parser;
    struct doc_span span;
    bool ascii;
    size_t char_at;   /* libyaml counts characters: the cursor ties one */
    uint32_t byte_at; /* of them to its byte */
    VEC(struct anchor) anchors;
};

static struct doc_node *read_node(struct yaml *y, const yaml_event_t *event);

/* ---- marks ---- */

static bool is_ascii(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] >= 0x80)
            return false;
    return true;
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Marks come nearly in order, so the cursor moves little. */
static uint32_t byte_of(struct yaml *y, const yaml_mark_t *mark)
{
    const char *text = y->r->file->text.ptr;
    if (y->ascii) {
        size_t at = y->span.start + mark->index;
        return at > y->span.end ? y->span.end : (uint32_t)at;
    }
    while (y->char_at < mark->index && y->byte_at < y->span.end) {
        do
            y->byte_at++;
        while (y->byte_at < y->span.end && continues(text[y->byte_at]));
        y->char_at++;
    }
    while (y->char_at > mark->index) {
        do
            y->byte_at--;
        while (continues(text[y->byte_at]));
        y->char_at--;
    }
    return y->byte_at;
}

/* Behind the anchor and tag that libyaml counts as part of a node. */
static uint32_t skip_properties(const struct yaml *y, uint32_t at, uint32_t end)
{
    const char *text = y->r->file->text.ptr;
    while (at < end) {
        if (text[at] == '&' || text[at] == '!')
            while (at < end && !strchr(" \t\r\n", text[at]))
                at++;
        else if (text[at] == '#')
            while (at < end && text[at] != '\n')
                at++;
        else if (strchr(" \t\r\n", text[at]))
            at++;
        else
            break;
    }
    return at;
}

static uint32_t start_of(struct yaml *y, const yaml_event_t *event, bool properties)
{
    uint32_t start = byte_of(y, &event->start_mark);
    return properties ? skip_properties(y, start, y->span.end) : start;
}

/* ---- errors ---- */

static struct sv line_at(const struct yaml *y, uint32_t at)
{
    const char *text = y->r->file->text.ptr;
    uint32_t from = at, to = at;
    while (from > y->span.start && text[from - 1] != '\n')
        from--;
    while (to < y->span.end && text[to] != '\n')
        to++;
    return sv_n(text + from, to - from);
}

static void report_error(struct yaml *y)
{
    yaml_parser_t *p = &y->parser;
    char buf[256];
    uint32_t line = 0, column;
    if (p->error == YAML_MEMORY_ERROR) {
        y->r->nomem = true;
        return;
    }
    if (p->error == YAML_READER_ERROR) {
        uint32_t at = y->span.start + (uint32_t)p->problem_offset;
        reader_error(y->r, at > y->span.end ? y->span.end : at,
                     "bytes that are not UTF-8 text (or a control character)");
        return;
    }
    uint32_t at = byte_of(y, &p->problem_mark);
    if (p->context)
        doc_position(y->r->file, byte_of(y, &p->context_mark), &line, &column);
    reader_error(y->r, at, "%s",
                 yaml_explain(p->problem ? p->problem : "", line_at(y, at), line, buf, sizeof buf));
}

static bool next_event(struct yaml *y, yaml_event_t *event)
{
    if (yaml_parser_parse(&y->parser, event))
        return true;
    report_error(y);
    return false;
}

/* ---- anchors ---- */

static bool open_anchor(struct yaml *y, struct doc_node *n, const yaml_char_t *name, size_t *slot)
{
    *slot = SIZE_MAX;
    if (!name)
        return true;
    char *copy = arena_dup(&y->r->file->arena, sv_of((const char *)name));
    struct anchor a = {.name = sv_of(copy), .node = n, .nodes = y->r->nodes, .open = true};
    n->anchor = a.name;
    *slot = y->anchors.len;
    if (copy && vec_push(&y->anchors, a))
        return true;
    y->r->nomem = true;
    return false;
}

static void close_anchor(struct yaml *y, size_t slot)
{
    if (slot == SIZE_MAX)
        return;
    struct anchor *a = &y->anchors.items[slot];
    a->nodes = y->r->nodes - a->nodes + 1;
    a->open = false;
}

static struct doc_node *read_alias(struct yaml *y, const yaml_event_t *event)
{
    struct sv name = sv_of((const char *)event->data.alias.anchor);
    struct doc_span span = {byte_of(y, &event->start_mark), byte_of(y, &event->end_mark)};
    struct anchor *a = NULL;
    for (size_t i = y->anchors.len; i-- > 0 && !a;)
        if (sv_eq(y->anchors.items[i].name, name))
            a = &y->anchors.items[i];
    if (!a) {
        reader_error(y->r, span.start, "the alias *%.*s names no anchor above it", SV_ARG(name));
        return NULL;
    }
    if (a->open) {
        reader_error(y->r, span.start, "the alias *%.*s stands inside the value it names",
                     SV_ARG(name));
        return NULL;
    }
    if (reader_over_limit(y->r, a->nodes, span.start))
        return NULL;
    struct doc_node *n = reader_node(y->r, a->node->type, a->node->style, span);
    if (!n)
        return NULL;
    y->r->nodes += a->nodes;
    *n = *a->node;
    n->span = span;
    n->anchor = SV_NONE;
    n->alias_of = a->node->alias_of ? a->node->alias_of : a->node;
    return n;
}

/* ---- nodes ---- */

static enum doc_style scalar_style(yaml_scalar_style_t s)
{
    switch (s) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        return DOC_SINGLE;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return DOC_DOUBLE;
    case YAML_LITERAL_SCALAR_STYLE:
        return DOC_LITERAL;
    case YAML_FOLDED_SCALAR_STYLE:
        return DOC_FOLDED;
    default:
        return DOC_PLAIN;
    }
}

static struct doc_span scalar_span(struct yaml *y, const yaml_event_t *event, enum doc_style style)
{
    const char *text = y->r->file->text.ptr;
    bool properties = event->data.scalar.anchor || event->data.scalar.tag;
    struct doc_span s = {start_of(y, event, properties), byte_of(y, &event->end_mark)};
    if (style == DOC_PLAIN && !event->data.scalar.length)
        return (struct doc_span){s.end, s.end};
    if (style == DOC_LITERAL || style == DOC_FOLDED)
        while (s.end > s.start && strchr(" \t\r\n", text[s.end - 1]))
            s.end--;
    if (s.start > s.end)
        s.start = s.end;
    return s;
}

static bool resolve(struct yaml *y, struct doc_node *n, const yaml_event_t *event)
{
    const char *tag = (const char *)event->data.scalar.tag;
    switch (resolve_scalar(n, event->data.scalar.plain_implicit, tag, &y->r->file->arena)) {
    case RESOLVE_OK:
        return true;
    case RESOLVE_NOMEM:
        y->r->nomem = true;
        return false;
    default:
        reader_error(y->r, n->span.start, "'%.*s' is no value of its tag !!%s",
                     SV_ARG(sv_n(n->text.ptr, n->text.len > 60 ? 60 : n->text.len)),
                     strrchr(tag, ':') + 1);
        return false;
    }
}

static struct doc_node *read_scalar(struct yaml *y, const yaml_event_t *event)
{
    enum doc_style style = scalar_style(event->data.scalar.style);
    struct doc_span span = scalar_span(y, event, style);
    struct doc_node *n = reader_node(y->r, DOC_STRING, style, span);
    struct sv value = sv_n((const char *)event->data.scalar.value, event->data.scalar.length);
    const char *raw = y->r->file->text.ptr + span.start;
    size_t slot;
    if (!n || !open_anchor(y, n, event->data.scalar.anchor, &slot))
        return NULL;
    /* Most scalars stand in the text as they are: no copy then. */
    if (style == DOC_PLAIN && value.len == span.end - span.start &&
        memcmp(raw, value.ptr, value.len) == 0)
        n->text = sv_n(raw, value.len);
    else
        n->text = sv_n(arena_dup(&y->r->file->arena, value), value.len);
    if (!n->text.ptr) {
        y->r->nomem = true;
        return NULL;
    }
    if (!resolve(y, n, event))
        return NULL;
    close_anchor(y, slot);
    return n;
}

/* Reads children until the end event; false on an error. */
static bool read_children(struct yaml *y, yaml_event_type_t end_type, uint32_t *end)
{
    for (;;) {
        yaml_event_t event;
        if (!next_event(y, &event))
            return false;
        bool done = event.type == end_type;
        struct doc_node *child = done ? NULL : read_node(y, &event);
        if (done)
            *end = byte_of(y, &event.end_mark);
        yaml_event_delete(&event);
        if (done)
            return true;
        if (!child || !reader_push(y->r, child))
            return false;
    }
}

static bool keys_are_scalars(struct yaml *y, struct doc_node *map)
{
    for (uint32_t i = 0; i < map->pair_count; i++) {
        struct doc_node *key = map->pairs[i].key;
        if (key->type >= DOC_MAP) {
            bool template = key->style == DOC_FLOW && key->type == DOC_MAP;
            reader_error(
                y->r, key->span.start, "a map or list as a key: keys must be plain texts%s",
                template ? " ('{{' looks like a Helm template: name the chart's folder)" : "");
            return false;
        }
        if (key->type == DOC_NULL) {
            reader_error(y->r, key->span.start,
                         "the key of this value is null: write its name, or "
                         "put it in quotes");
            return false;
        }
        y->r->nomem |= !resolve_key(key, &y->r->file->arena);
    }
    return !y->r->nomem;
}

/* A block collection ends with its last child; libyaml's mark lies at the next token. */
static void end_block(struct doc_node *n, const struct doc_node *last)
{
    n->span.end = last ? last->span.end : n->span.start;
}

static bool finish_map(struct yaml *y, struct doc_node *n, size_t base)
{
    if (!reader_take_pairs(y->r, n, base) || !keys_are_scalars(y, n))
        return false;
    if (n->style == DOC_BLOCK && n->pair_count)
        end_block(n, n->pairs[n->pair_count - 1].value);
    return merge_apply(y->r, n);
}

static bool finish_seq(struct yaml *y, struct doc_node *n, size_t base)
{
    if (!reader_take_items(y->r, n, base))
        return false;
    if (n->style == DOC_BLOCK && n->item_count)
        end_block(n, n->items[n->item_count - 1]);
    return true;
}

static struct doc_node *read_collection(struct yaml *y, const yaml_event_t *event, bool map)
{
    const yaml_char_t *anchor =
        map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const yaml_char_t *tag = map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    bool flow = map ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
                    : event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    uint32_t start = start_of(y, event, anchor || tag);
    struct doc_node *n = reader_node(y->r, map ? DOC_MAP : DOC_SEQ, flow ? DOC_FLOW : DOC_BLOCK,
                                     (struct doc_span){start, start});
    size_t base = y->r->stack.len, slot;
    y->r->depth++;
    if (!n || reader_over_limit(y->r, 0, start) || !open_anchor(y, n, anchor, &slot))
        return NULL;
    if (!read_children(y, map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, &n->span.end))
        return NULL;
    if (!(map ? finish_map(y, n, base) : finish_seq(y, n, base)))
        return NULL;
    y->r->depth--;
    close_anchor(y, slot);
    return n;
}

static struct doc_node *read_node(struct yaml *y, const yaml_event_t *event)
{
    if (reader_over_limit(y->r, 1, byte_of(y, &event->start_mark)))
        return NULL;
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return read_alias(y, event);
    case YAML_SCALAR_EVENT:
        return read_scalar(y, event);
    case YAML_SEQUENCE_START_EVENT:
        return read_collection(y, event, false);
    case YAML_MAPPING_START_EVENT:
        return read_collection(y, event, true);
    default:
        return NULL;
    }
}

/* An empty document gives an empty plain scalar, which nobody wrote. */
static bool is_nothing(const struct doc_node *n)
{
    return n->type == DOC_NULL && n->span.start == n->span.end && !n->anchor.ptr;
}

static struct doc_node *read_document(struct yaml *y)
{
    for (;;) {
        yaml_event_t event;
        if (!next_event(y, &event))
            return NULL;
        yaml_event_type_t type = event.type;
        bool content = type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT &&
                       type != YAML_STREAM_END_EVENT;
        struct doc_node *n = content ? read_node(y, &event) : NULL;
        yaml_event_delete(&event);
        if (content)
            return n && !is_nothing(n) ? n : NULL;
        if (type == YAML_STREAM_END_EVENT)
            return NULL;
    }
}

/* Behind the root nothing may follow; libyaml only sees it when asked on. */
static bool ends_cleanly(struct yaml *y)
{
    for (;;) {
        yaml_event_t event;
        if (!next_event(y, &event))
            return false;
        yaml_event_type_t type = event.type;
        uint32_t at = byte_of(y, &event.start_mark);
        yaml_event_delete(&event);
        if (type == YAML_STREAM_END_EVENT)
            return true;
        if (type != YAML_DOCUMENT_END_EVENT) {
            reader_error(y->r, at, "text behind the end of the document");
            return false;
        }
    }
}

struct doc_node *yaml_read(struct doc_reader *r, struct doc_span span)
{
    const char *text = r->file->text.ptr + span.start;
    struct yaml y = {.r = r, .span = span, .byte_at = span.start};
    if (!yaml_parser_initialize(&y.parser)) {
        r->nomem = true;
        return NULL;
    }
    y.ascii = is_ascii(text, span.end - span.start);
    yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y.parser, (const unsigned char *)text, span.end - span.start);
    struct doc_node *root = read_document(&y);
    if (root && !ends_cleanly(&y))
        root = NULL;
    yaml_parser_delete(&y.parser);
    vec_release(&y.anchors);
    return root;
}
