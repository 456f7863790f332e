/* Flow collections and JSON: entries between commas. */
#include "doc/splice_text.h"

struct flow {
    const struct splice_node *n;
    uint32_t *starts, *ends;
    uint32_t done;   /* entries of the text dealt with */
    bool any;        /* something stands before */
    bool fresh;      /* no comma stands between what is before and the next entry */
    bool quoted;     /* keys */
    bool spread;     /* one entry per line */
    uint32_t column; /* of the entries when spread */
};

static bool is_collection(const struct splice_node *n)
{
    return n->type == DOC_MAP || n->type == DOC_SEQ;
}

static bool has_newline(const struct text_ctx *c, uint32_t start, uint32_t end)
{
    return memchr(c->l.text.ptr + start, '\n', end - start) != NULL;
}

static void new_line(const struct text_ctx *c, struct str *out, uint32_t column)
{
    str_adds(out, c->l.eol);
    str_fill(out, c->l.fill, column);
}

static int fresh_flow(struct text_ctx *c, struct str *out, const struct splice_node *n,
                      uint32_t column, bool spread, bool quoted);

/* Does this value still have its bytes, possibly with edits inside? */
static bool in_text(const struct splice_entry *e)
{
    const struct doc_node *from = e->value->from;
    return e->pair && !e->merged && e->pair->value == from && !from->alias_of &&
           is_collection(e->value) && from->style == DOC_FLOW;
}

static int flow_value(struct text_ctx *c, struct str *out, const struct splice_entry *e,
                      uint32_t column, bool spread, bool quoted)
{
    if (!in_text(e))
        return fresh_flow(c, out, e->value, column, spread, quoted);
    _cleanup_str_ struct str text = {0};
    str_init(&text, 0);
    struct splice_entry plain = {.value = e->value};
    if (text_slice(c, &text, e->value->from->span, &plain))
        return -1;
    uint32_t old = layout_line_start(&c->l, e->value->from->span.start);
    uint32_t first = old;
    while (c->l.text.ptr[first] == c->l.fill)
        first++;
    layout_shift(&c->l, out, str_sv(&text), first - old, column);
    c->failed |= text.failed;
    return 0;
}

static int flow_entry(struct text_ctx *c, struct str *out, const struct splice_entry *e,
                      uint32_t column, bool spread, bool quoted)
{
    if (e->parent->type == DOC_MAP) {
        layout_key(&c->l, out, e->key, true, quoted);
        str_addv(out, c->l.colon);
    }
    return flow_value(c, out, e, column, spread, quoted);
}

static int fresh_flow(struct text_ctx *c, struct str *out, const struct splice_node *n,
                      uint32_t column, bool spread, bool quoted)
{
    if (!is_collection(n)) {
        layout_scalar(&c->l, out, n, true);
        return 0;
    }
    spread = spread && splice_first(n);
    bool any = false;
    str_addc(out, n->type == DOC_MAP ? '{' : '[');
    for (struct splice_entry *e = splice_first(n); e; e = splice_next(e)) {
        if (any && spread)
            str_addc(out, ',');
        else if (any)
            str_addv(out, c->l.between);
        if (spread)
            new_line(c, out, column + c->l.unit);
        if (flow_entry(c, out, e, column + c->l.unit, spread, quoted))
            return -1;
        any = true;
    }
    if (spread)
        new_line(c, out, column);
    str_addc(out, n->type == DOC_MAP ? '}' : ']');
    return 0;
}

/* In place. */

static int flow_measure(struct text_ctx *c, struct flow *f)
{
    const struct splice_node *n = f->n;
    uint32_t count = n->stood_count;
    f->starts = arena_new_n(&c->arena, uint32_t, (size_t)count * 2 + 1);
    if (!f->starts) {
        c->failed = true;
        return -1;
    }
    f->ends = f->starts + count;
    f->quoted = c->l.json;
    for (uint32_t i = 0; i < count; i++) {
        const struct doc_pair *p = n->stood[i]->pair;
        if (p && p->role == DOC_PAIR_MERGED)
            return text_conflict(c, n->from->span.start, "a merge key inside { } is not edited");
        struct doc_span value = p ? p->value->span : n->from->items[i]->span;
        f->starts[i] = p ? p->key->span.start : value.start;
        f->ends[i] = value.end;
        if (p && i == 0)
            f->quoted |= p->key->style == DOC_DOUBLE;
    }
    if (count) {
        f->spread = has_newline(c, n->from->span.start, f->starts[0]);
        f->column = layout_column(&c->l, f->starts[0]);
    }
    return 0;
}

static void separator(const struct text_ctx *c, const struct flow *f, struct str *out)
{
    if (f->spread) {
        str_addc(out, ',');
        new_line(c, out, f->column);
    } else {
        str_addv(out, c->l.between);
    }
}

static int flow_insert(struct text_ctx *c, struct flow *f, const struct splice_entry *e)
{
    uint32_t count = f->n->stood_count;
    uint32_t at = f->fresh && f->done < count ? f->starts[f->done] : f->ends[f->done - 1];
    _cleanup_str_ struct str text = {0};
    str_init(&text, 0);
    if (f->any)
        separator(c, f, &text);
    if (flow_entry(c, &text, e, f->column, f->spread && c->l.json, f->quoted))
        return -1;
    edit_insert(c->out, at, str_sv(&text));
    f->any = true;
    c->failed |= text.failed;
    return 0;
}

static void flow_cut(struct text_ctx *c, struct flow *f)
{
    uint32_t i = f->done++;
    struct doc_span span = {f->starts[i], f->ends[i]};
    if (!f->fresh)
        span.start = f->ends[i - 1];
    else if (!f->any && f->done < f->n->stood_count)
        span.end = f->starts[i + 1];
    f->fresh = f->fresh && !f->any && f->done < f->n->stood_count;
    edit_delete(c->out, span);
}

static int flow_keep(struct text_ctx *c, struct flow *f, const struct splice_entry *e)
{
    if (f->fresh && f->any) {
        _cleanup_str_ struct str text = {0};
        str_init(&text, 0);
        separator(c, f, &text);
        edit_insert(c->out, f->starts[f->done], str_sv(&text));
        c->failed |= text.failed;
    }
    f->done++;
    f->any = true;
    f->fresh = false;
    return e->merge ? 0 : text_entry_edits(c, e);
}

/* Nothing stood here, or nothing is left: the whole is written anew. */
static int flow_rewrite(struct text_ctx *c, struct flow *f)
{
    const struct doc_span span = f->n->from->span;
    uint32_t line = layout_line_start(&c->l, span.start), column = 0;
    while (c->l.text.ptr[line + column] == c->l.fill)
        column++;
    _cleanup_str_ struct str text = {0};
    str_init(&text, 0);
    if (fresh_flow(c, &text, f->n, column, c->l.json && c->l.spread, f->quoted))
        return -1;
    edit_replace(c->out, span, str_sv(&text));
    c->failed |= text.failed;
    return 0;
}

static int flow_walk(struct text_ctx *c, struct flow *f)
{
    const struct splice_node *n = f->n;
    for (struct splice_entry *e = n->first; e; e = e->next) {
        if (!text_kept(n, e)) {
            if (flow_insert(c, f, e))
                return -1;
            continue;
        }
        if (e->place < f->done)
            return text_conflict(c, f->starts[e->place], "the order of entries changes");
        while (f->done < e->place)
            flow_cut(c, f);
        if (flow_keep(c, f, e))
            return -1;
    }
    while (f->done < n->stood_count)
        flow_cut(c, f);
    return 0;
}

int flow_edits(struct text_ctx *c, const struct splice_node *n)
{
    struct flow f = {.n = n, .fresh = true};
    if (flow_measure(c, &f))
        return -1;
    c->flow_depth++;
    bool rewrite = n->first ? !n->stood_count : n->stood_count > 0;
    int rc = rewrite ? flow_rewrite(c, &f) : flow_walk(c, &f);
    c->flow_depth--;
    return rc;
}
