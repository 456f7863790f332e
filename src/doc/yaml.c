/* YAML documents: libyaml's events become nodes; where they stand is yaml_span's business. */
#include "base/cleanup.h"
#include "doc/yaml_span.h"

#include <yaml.h>

struct anchor {
    struct sv name;
    struct doc_node *node;
    uint32_t nodes;  /* size of what it names, aliases expanded */
    uint32_t levels; /* of nesting in it */
    bool open;       /* still being read */
};

struct yaml {
    struct doc_reader *r;
    yaml_parser_t parser;
    struct yaml_marks marks;
    VEC(struct anchor) anchors;
    struct map names; /* of anchors, to 1 + their place */
    uint32_t deepest; /* level reached since the last reset */
};

static struct doc_node *read_node(struct yaml *y, const yaml_event_t *event);

static uint32_t byte_of(struct yaml *y, const yaml_mark_t *mark)
{
    return yaml_byte(&y->marks, mark->index);
}

/* ---- errors ---- */

static void report_error(struct yaml *y)
{
    const yaml_parser_t *p = &y->parser;
    if (p->error == YAML_MEMORY_ERROR) {
        y->r->nomem = true;
        return;
    }
    uint32_t at = byte_of(y, &p->problem_mark);
    if (p->error == YAML_READER_ERROR)
        at = y->marks.span.start + (uint32_t)p->problem_offset;
    if (at > y->marks.span.end)
        at = y->marks.span.end;
    yaml_explain(y->r, p, at, p->context ? byte_of(y, &p->context_mark) : at);
}

static bool next_event(struct yaml *y, yaml_event_t *event)
{
    if (yaml_parser_parse(&y->parser, event))
        return true;
    report_error(y);
    return false;
}

static bool enough_memory(struct yaml *y, const void *p)
{
    y->r->nomem = y->r->nomem || !p;
    return p != NULL;
}

/* ---- anchors ---- */

/* What has to be known again when the anchored node ends. */
struct naming {
    size_t slot; /* 1 + place in anchors; 0: it has no name */
    uint32_t deepest, depth;
};

static bool open_anchor(struct yaml *y, struct doc_node *n, const yaml_char_t *name,
                        struct naming *naming)
{
    *naming = (struct naming){.deepest = y->deepest, .depth = y->r->depth};
    if (!name)
        return true;
    char *copy = arena_dup(&y->r->file->arena, sv_of((const char *)name));
    if (!enough_memory(y, copy))
        return false;
    struct anchor a = {.name = sv_of(copy), .node = n, .nodes = y->r->nodes, .open = true};
    n->anchor = a.name;
    naming->slot = y->anchors.len + 1;
    y->deepest = y->r->depth;
    y->r->nomem = !vec_push(&y->anchors, a) || !map_put(&y->names, a.name, (void *)naming->slot);
    return !y->r->nomem;
}

static void close_anchor(struct yaml *y, const struct naming *naming)
{
    if (!naming->slot)
        return;
    struct anchor *a = &y->anchors.items[naming->slot - 1];
    a->nodes = y->r->nodes - a->nodes + 1;
    a->levels = y->deepest - naming->depth;
    a->open = false;
    if (y->deepest < naming->deepest)
        y->deepest = naming->deepest;
}

static const struct anchor *named_by(struct yaml *y, struct sv name, uint32_t at)
{
    size_t slot = (size_t)map_get(&y->names, name);
    if (!slot) {
        reader_error(y->r, at, "the alias *%.*s names no anchor above it", SV_ARG(name));
        return NULL;
    }
    const struct anchor *a = &y->anchors.items[slot - 1];
    if (a->open) {
        reader_error(y->r, at, "the alias *%.*s stands inside the value it names", SV_ARG(name));
        return NULL;
    }
    return a;
}

static bool fits(struct yaml *y, const struct anchor *a, uint32_t at)
{
    y->r->depth += a->levels;
    bool ok = !reader_over_limit(y->r, a->nodes, at);
    if (y->deepest < y->r->depth)
        y->deepest = y->r->depth;
    y->r->depth -= a->levels;
    return ok;
}

static struct doc_node *read_alias(struct yaml *y, const yaml_event_t *event)
{
    struct doc_span span = {byte_of(y, &event->start_mark), byte_of(y, &event->end_mark)};
    const struct anchor *a = named_by(y, sv_of((const char *)event->data.alias.anchor), span.start);
    if (!a || !fits(y, a, span.start))
        return NULL;
    struct doc_node *n = reader_node(y->r, a->node->type, a->node->style, span);
    if (!n)
        return NULL;
    reader_expand(y->r, a->nodes - 1);
    *n = *a->node;
    n->span = span;
    n->anchor = SV_NONE;
    n->alias_of = a->node->alias_of ? a->node->alias_of : a->node;
    return n;
}

/* ---- scalars ---- */

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

/* Most scalars stand in the text as they are: no copy then. */
static bool set_text(struct yaml *y, struct doc_node *n, struct sv value)
{
    uint32_t quotes = n->style == DOC_SINGLE || n->style == DOC_DOUBLE;
    const char *raw = y->r->file->text.ptr + n->span.start + quotes;
    if (n->style <= DOC_DOUBLE && value.len + 2 * quotes == n->span.end - n->span.start &&
        memcmp(raw, value.ptr, value.len) == 0)
        n->text = sv_n(raw, value.len);
    else
        n->text = sv_n(arena_dup(&y->r->file->arena, value), value.len);
    return enough_memory(y, n->text.ptr);
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
    struct sv value = sv_n((const char *)event->data.scalar.value, event->data.scalar.length);
    struct doc_span span = {byte_of(y, &event->start_mark), byte_of(y, &event->end_mark)};
    struct doc_node *n =
        reader_node(y->r, DOC_STRING, style, yaml_scalar_span(&y->marks, span, style, value));
    struct naming naming;
    if (!n || !open_anchor(y, n, event->data.scalar.anchor, &naming) || !set_text(y, n, value) ||
        !resolve(y, n, event))
        return NULL;
    close_anchor(y, &naming);
    return n;
}

/* ---- collections ---- */

/* libyaml gives an empty value the place of the next token in flow style and behind `? key`. */
static void place_empty(struct yaml *y, const struct doc_node *key, struct doc_node *value)
{
    if (value->style == DOC_PLAIN && value->type == DOC_NULL && !value->anchor.ptr &&
        !value->alias_of && value->span.start == value->span.end && value->span.end > key->span.end)
        value->span = yaml_behind_colon(&y->marks, key->span.end, value->span.end);
}

/* Reads children until the end event; false on an error. For a map they are key, value, … */
static bool read_children(struct yaml *y, struct doc_node *parent, struct doc_span *end)
{
    yaml_event_type_t end_type =
        parent->type == DOC_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    struct doc_node *key = NULL;
    for (;;) {
        yaml_event_t event;
        if (!next_event(y, &event))
            return false;
        bool done = event.type == end_type;
        struct doc_node *child = done ? NULL : read_node(y, &event);
        if (done)
            *end = (struct doc_span){byte_of(y, &event.start_mark), byte_of(y, &event.end_mark)};
        yaml_event_delete(&event);
        if (done)
            return true;
        if (!child || !reader_push(y->r, child))
            return false;
        if (key)
            place_empty(y, key, child);
        key = key || parent->type == DOC_SEQ ? NULL : child;
    }
}

static bool check_key(struct yaml *y, struct doc_node *key)
{
    const char *text = y->r->file->text.ptr + key->span.start;
    uint32_t left = y->marks.span.end - key->span.start;
    bool template = text > y->r->file->text.ptr && left && *text == '{' && text[-1] == '{';
    if (key->type >= DOC_MAP)
        reader_error(y->r, key->span.start - template, "%s",
                     template ? "'{{' looks like a Helm template: render it first, or name the "
                                "chart's folder"
                              : "a map or list as a key: keys must be plain texts");
    else if (key->type == DOC_NULL)
        reader_error(y->r, key->span.start,
                     "the key of this value is null: write its name, or put it in quotes");
    else
        return enough_memory(y, resolve_key(key, &y->r->file->arena) ? key : NULL);
    return false;
}

static bool finish_map(struct yaml *y, struct doc_node *n, size_t base)
{
    if (!reader_take_pairs(y->r, n, base))
        return false;
    for (uint32_t i = 0; i < n->pair_count; i++)
        if (!check_key(y, n->pairs[i].key))
            return false;
    return true;
}

static const struct doc_node *last_child(const struct doc_node *n)
{
    if (n->type == DOC_SEQ)
        return n->item_count ? n->items[n->item_count - 1] : NULL;
    return n->pair_count ? n->pairs[n->pair_count - 1].value : NULL;
}

/* A block collection ends with its last child, and so does a pair in a flow list, `[a: b]`, whose
 * end has no bracket. */
static void set_end(struct doc_node *n, struct doc_span end)
{
    const struct doc_node *last = last_child(n);
    bool bracket = n->style == DOC_FLOW && end.start < end.end;
    n->span.end = bracket ? end.end : last ? last->span.end : n->span.start;
}

static bool read_content(struct yaml *y, struct doc_node *n)
{
    struct doc_span end;
    size_t base = y->r->stack.len;
    if (!read_children(y, n, &end))
        return false;
    if (!(n->type == DOC_MAP ? finish_map(y, n, base) : reader_take_items(y->r, n, base)))
        return false;
    set_end(n, end);
    return n->type == DOC_SEQ || merge_apply(y->r, n);
}

static struct doc_node *read_collection(struct yaml *y, const yaml_event_t *event, bool map)
{
    const yaml_char_t *anchor =
        map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const yaml_char_t *tag = map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    bool flow = map ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
                    : event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    uint32_t start = byte_of(y, &event->start_mark);
    start =
        yaml_skip_properties(&y->marks, start, y->marks.span.end, (anchor != NULL) + (tag != NULL));
    struct doc_node *n = reader_node(y->r, map ? DOC_MAP : DOC_SEQ, flow ? DOC_FLOW : DOC_BLOCK,
                                     (struct doc_span){start, start});
    struct naming naming;
    if (!n || !open_anchor(y, n, anchor, &naming))
        return NULL;
    y->r->depth++;
    if (y->deepest < y->r->depth)
        y->deepest = y->r->depth;
    if (reader_over_limit(y->r, 0, start) || !read_content(y, n))
        return NULL;
    y->r->depth--;
    close_anchor(y, &naming);
    return n;
}

static struct doc_node *read_node(struct yaml *y, const yaml_event_t *event)
{
    if (reader_over_limit(y->r, 1, y->marks.byte))
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

/* ---- documents ---- */

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
    struct yaml y = {.r = r};
    yaml_marks_init(&y.marks, r->file->text, span);
    if (!yaml_parser_initialize(&y.parser)) {
        r->nomem = true;
        return NULL;
    }
    yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y.parser, (const unsigned char *)r->file->text.ptr + span.start,
                                 span.end - span.start);
    uint32_t errors = r->file->error_count + r->file->errors_dropped;
    struct doc_node *root = read_document(&y);
    if (root || errors == r->file->error_count + r->file->errors_dropped)
        root = ends_cleanly(&y) ? root : NULL;
    yaml_parser_delete(&y.parser);
    vec_release(&y.anchors);
    map_release(&y.names);
    return root;
}
