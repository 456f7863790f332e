/* Bringing the text to the changed tree: block collections here, flow in splice_flow.c. */
#include "doc/splice_text.h"

int text_conflict(struct text_ctx *c, uint32_t offset, const char *message)
{
    if (!c->conflict->message)
        *c->conflict = (struct splice_conflict){.offset = offset, .message = message};
    return -1;
}

bool text_kept(const struct splice_node *n, const struct splice_entry *e)
{
    return e->parent == n && !e->moved && e->place < n->stood_count && n->stood[e->place] == e;
}

static bool is_collection(const struct splice_node *n)
{
    return n->type == DOC_MAP || n->type == DOC_SEQ;
}

static bool is_block(const struct splice_node *n)
{
    return n->from && is_collection(n) && n->from->style == DOC_BLOCK && !n->from->alias_of;
}

/* The twin where shared content is written. */
static struct splice_node *home_of(const struct text_ctx *c, const struct doc_node *d)
{
    while (d->alias_of)
        d = d->alias_of;
    return splice_of(c->s, d);
}

/* Content that stands elsewhere: fine when the place where it stands gets the same change. */
static int shared_edits(struct text_ctx *c, const struct splice_node *n, uint32_t offset)
{
    struct splice_node *home = home_of(c, n->from);
    if (home && splice_same(home, n))
        return 0;
    return text_conflict(
        c, offset, "the text is shared through an anchor whose other uses do not change alike");
}

static int scalar_edits(struct text_ctx *c, const struct splice_node *n)
{
    const struct doc_node *from = n->from;
    if (from->type == n->type && sv_eq(from->text, n->text))
        return 0;
    _cleanup_str_ struct str text = {0};
    str_init(&text, 0);
    if (from->span.start == from->span.end && c->l.text.ptr[from->span.start - 1] != ' ')
        str_addc(&text, ' ');
    layout_scalar(&c->l, &text, n, c->flow_depth > 0);
    edit_replace(c->out, from->span, str_sv(&text));
    c->failed |= text.failed;
    return 0;
}

static int key_edits(struct text_ctx *c, const struct splice_entry *e)
{
    const struct doc_node *key = e->pair->key;
    if (sv_eq(key->text, e->key))
        return 0;
    _cleanup_str_ struct str text = {0};
    str_init(&text, 0);
    layout_string(&c->l, &text, e->key, key->style, c->flow_depth > 0);
    edit_replace(c->out, key->span, str_sv(&text));
    c->failed |= text.failed;
    return 0;
}

/* The entry of that key in what a map takes in by `<<`, as it shall be. */
static const struct splice_entry *merged_from(const struct text_ctx *c, const struct splice_node *n,
                                              struct sv key)
{
    for (uint32_t i = 0; n->type == DOC_MAP && i < n->stood_count; i++) {
        const struct splice_entry *m = n->stood[i];
        if (!m->merge)
            continue;
        bool many = m->value->type == DOC_SEQ;
        for (uint32_t k = 0; k < (many ? m->value->stood_count : 1); k++) {
            const struct splice_node *from = many ? m->value->stood[k]->value : m->value;
            const struct splice_node *home = home_of(c, from->from);
            for (struct splice_entry *e = splice_first(home); e; e = splice_next(e))
                if (sv_eq(e->key, key))
                    return e;
        }
    }
    return NULL;
}

static bool has_own(const struct splice_node *n, struct sv key)
{
    for (struct splice_entry *e = n->first; e; e = e->next)
        if (sv_eq(e->key, key) && !e->merged && !e->merge)
            return true;
    return false;
}

/* What came in through `<<` must still come in as it shall be. */
static int merged_edits(struct text_ctx *c, const struct splice_node *n,
                        const struct splice_entry *e)
{
    bool here = text_kept(n, e);
    const struct splice_entry *there = merged_from(c, n, here ? e->key : e->pair->key->text);
    if (here ? there && splice_same(there->value, e->value)
             : !there || has_own(n, e->pair->key->text))
        return 0;
    return text_conflict(
        c, n->from->span.start,
        "the text is shared through a merge key whose other uses do not change alike");
}

/* A new entry that `<<` brings in anyway, because the anchor gets it too. */
static bool comes_by_merge(const struct text_ctx *c, const struct splice_node *n,
                           const struct splice_entry *e)
{
    const struct splice_entry *there = e->pair && e->merge ? NULL : merged_from(c, n, e->key);
    return there && splice_same(there->value, e->value);
}

int text_value_edits(struct text_ctx *c, const struct splice_node *n)
{
    if (n->from->alias_of)
        return shared_edits(c, n, n->from->span.start);
    if (!is_collection(n))
        return scalar_edits(c, n);
    if (n->from->style == DOC_FLOW)
        return flow_edits(c, n);
    return block_edits(c, n);
}

int text_entry_edits(struct text_ctx *c, const struct splice_entry *e)
{
    if (e->pair && key_edits(c, e))
        return -1;
    return text_value_edits(c, e->value);
}

/* Writing entries that are new at their place. */

/* Does something in here stand in block style in the text, so that it cannot go into { }? */
static bool holds_block(const struct splice_node *n)
{
    if (is_block(n) && n->first)
        return true;
    for (struct splice_entry *e = n->first; e; e = e->next)
        if (holds_block(e->value))
            return true;
    return false;
}

/* Appends [start, end) of the text with the edits that `make` asks for inside it. */
int text_slice(struct text_ctx *c, struct str *out, struct doc_span span,
               const struct splice_entry *e)
{
    _cleanup_edits_ struct edit_list inner = {0};
    struct edit_list *outer = c->out;
    c->out = &inner;
    int rc = text_entry_edits(c, e);
    c->out = outer;
    if (rc)
        return -1;
    for (size_t i = 0; i < inner.edits.len; i++) {
        struct edit *edit = &inner.edits.items[i];
        if (edit->span.start < span.start || edit->span.end > span.end)
            return text_conflict(c, edit->span.start, "the change reaches beyond what moves");
        edit->span.start -= span.start;
        edit->span.end -= span.start;
    }
    struct err err = {0};
    _cleanup_str_ struct str text = {0};
    str_init(&text, 0);
    if (edit_apply(&inner, sv_n(c->l.text.ptr + span.start, span.end - span.start), &text, &err))
        return text_conflict(c, span.start, "the changes inside what moves overlap");
    str_addv(out, str_sv(&text));
    c->failed |= text.failed;
    return 0;
}

/* A pair that stood in a block map: its lines, with the comments above and behind. */
static int moved_lines(struct text_ctx *c, struct str *out, const struct splice_entry *e,
                       uint32_t column)
{
    uint32_t key = e->pair->key->span.start, old = layout_column(&c->l, key);
    uint32_t end = layout_block_end(&c->l, e->pair->value->span.end, old);
    uint32_t start = layout_first_on_line(&c->l, key) ? layout_lead(&c->l, key, 0) : key;
    _cleanup_str_ struct str text = {0};
    str_init(&text, 0);
    if (text_slice(c, &text, (struct doc_span){start, end}, e))
        return -1;
    c->failed |= text.failed;
    if (c->failed)
        return 0;
    struct sv lines = str_sv(&text);
    if (start != key)
        lines = sv_n(lines.ptr + old, lines.len - old);
    str_fill(out, c->l.fill, column);
    layout_shift(&c->l, out, lines, old, column);
    if (!lines.len || lines.ptr[lines.len - 1] != '\n')
        str_adds(out, c->l.eol);
    return 0;
}

static int fresh_value(struct text_ctx *c, struct str *out, const struct splice_node *n,
                       uint32_t column);

/* Appends the lines of an entry, all of them indented. */
static int block_entry(struct text_ctx *c, struct str *out, const struct splice_entry *e,
                       uint32_t column)
{
    bool in_text = e->pair && e->pair->value == e->value->from && !e->merged;
    bool from_block = in_text && e->home && e->home->from && e->home->from->style == DOC_BLOCK;
    if (from_block)
        return moved_lines(c, out, e, column);
    str_fill(out, c->l.fill, column);
    if (e->parent->type == DOC_SEQ) {
        str_addc(out, '-');
    } else {
        layout_key(&c->l, out, e->key, false, false);
        str_addc(out, ':');
    }
    bool whole = in_text && !e->value->from->alias_of && is_collection(e->value) &&
                 e->value->from->style == DOC_FLOW && !holds_block(e->value);
    if (!whole)
        return fresh_value(c, out, e->value, column);
    _cleanup_str_ struct str text = {0};
    str_init(&text, 0);
    struct splice_entry plain = {.value = e->value};
    if (text_slice(c, &text, e->value->from->span, &plain))
        return -1;
    str_addc(out, ' ');
    layout_shift(&c->l, out, str_sv(&text), layout_column(&c->l, e->pair->key->span.start), column);
    str_adds(out, c->l.eol);
    return 0;
}

/* Lines of a collection's entries; the first one without its indentation when `bare`. */
static int fresh_entries(struct text_ctx *c, struct str *out, const struct splice_node *n,
                         uint32_t column, bool bare)
{
    for (struct splice_entry *e = splice_first(n); e; e = splice_next(e)) {
        _cleanup_str_ struct str lines = {0};
        str_init(&lines, 0);
        if (block_entry(c, &lines, e, column))
            return -1;
        c->failed |= lines.failed;
        size_t skip = bare && lines.len >= column ? column : 0;
        str_add(out, str_c(&lines) + skip, lines.len - skip);
        bare = false;
    }
    return 0;
}

/* What follows "key:" or "-". */
static int fresh_value(struct text_ctx *c, struct str *out, const struct splice_node *n,
                       uint32_t column)
{
    if (is_collection(n) && splice_first(n)) {
        bool in_seq = out->len && out->data[out->len - 1] == '-';
        if (in_seq) {
            str_addc(out, ' ');
            return fresh_entries(c, out, n, column + 2, true);
        }
        str_adds(out, c->l.eol);
        uint32_t step = n->type == DOC_MAP || c->l.seq_inset ? c->l.unit : 0;
        return fresh_entries(c, out, n, column + step, false);
    }
    str_addc(out, ' ');
    if (n->type == DOC_MAP)
        str_adds(out, "{}");
    else if (n->type == DOC_SEQ)
        str_adds(out, "[]");
    else
        layout_scalar(&c->l, out, n, false);
    str_adds(out, c->l.eol);
    return 0;
}

/* Block collections in place. */

struct block {
    const struct splice_node *n;
    uint32_t *starts, *ends; /* per entry that stood: key or dash, behind its lines */
    uint32_t column;
    bool inline_first; /* the first entry stands behind a dash */
    bool bare;         /* what comes next stands there now */
    bool indent_first; /* the first entry gets a line of its own */
    uint32_t at;       /* where an insertion goes */
    bool cut_at_end;   /* the last lines before `at` are deleted, up to the end of the text */
};

/* The dash of item i, which stands in the column of the first. */
static uint32_t dash_of(const struct text_ctx *c, const struct splice_node *n, uint32_t i,
                        uint32_t column)
{
    uint32_t at = layout_line_end(&c->l, n->from->items[i - 1]->span.end);
    const struct doc_node *before = n->from->items[i - 1];
    if (before->span.end > before->span.start && c->l.text.ptr[before->span.end - 1] == '\n')
        at = before->span.end;
    for (; at < c->l.end; at = layout_line_end(&c->l, at)) {
        uint32_t dash = at + column;
        if (dash < c->l.end && c->l.text.ptr[dash] == '-' && layout_first_on_line(&c->l, dash))
            return dash;
    }
    return UINT32_MAX;
}

static int block_measure(struct text_ctx *c, struct block *b)
{
    const struct splice_node *n = b->n;
    b->starts = arena_new_n(&c->arena, uint32_t, (size_t)n->stood_count * 2);
    if (!b->starts) {
        c->failed = true;
        return -1;
    }
    b->ends = b->starts + n->stood_count;
    for (uint32_t i = 0; i < n->stood_count; i++) {
        const struct doc_pair *p = n->stood[i]->pair;
        uint32_t start = p        ? p->key->span.start
                         : i == 0 ? n->from->span.start
                                  : dash_of(c, n, i, b->column);
        bool odd = start == UINT32_MAX || (!p && c->l.text.ptr[start] != '-') ||
                   (i > 0 && layout_column(&c->l, start) != b->column);
        if (n->stood[i]->merged) {
            b->starts[i] = b->ends[i] = UINT32_MAX;
            continue;
        }
        if (odd)
            return text_conflict(c, n->from->span.start, "the layout here is too unusual to edit");
        if (i == 0 || b->column == UINT32_MAX) {
            b->column = layout_column(&c->l, start);
            b->inline_first = b->bare = !layout_first_on_line(&c->l, start);
        }
        uint32_t end = p ? p->value->span.end : n->from->items[i]->span.end;
        b->starts[i] = start;
        b->ends[i] = layout_block_end(&c->l, end, b->column);
    }
    return 0;
}

static uint32_t line_of(const struct text_ctx *c, const struct block *b, uint32_t i, bool moved)
{
    if (i == 0 && b->inline_first)
        return b->starts[i];
    uint32_t start = layout_line_start(&c->l, b->starts[i]);
    return moved ? layout_lead(&c->l, b->starts[i], b->at ? b->at : 0) : start;
}

/* The last newline of a block scalar is part of it. */
static bool ends_in_block_scalar(const struct splice_node *n)
{
    while (is_collection(n) && n->last)
        n = n->last->value;
    return n->from && (n->from->style == DOC_LITERAL || n->from->style == DOC_FOLDED);
}

static int block_insert(struct text_ctx *c, struct block *b, const struct splice_entry *e)
{
    _cleanup_str_ struct str text = {0};
    str_init(&text, 0);
    bool at_end = b->at == c->l.text.len && b->at && c->l.text.ptr[b->at - 1] != '\n';
    if (at_end && !b->cut_at_end)
        str_adds(&text, c->l.eol);
    size_t head = text.len;
    if (block_entry(c, &text, e, b->column))
        return -1;
    struct sv lines = str_sv(&text);
    if (at_end && !ends_in_block_scalar(e->value))
        lines.len -= strlen(c->l.eol);
    if (b->bare)
        lines = sv_n(lines.ptr + head + b->column, lines.len - head - b->column);
    edit_insert(c->out, b->at, lines);
    b->indent_first |= b->bare && b->at == b->starts[0];
    b->bare = b->cut_at_end = false;
    c->failed |= text.failed;
    return 0;
}

static void block_cut(struct text_ctx *c, struct block *b, uint32_t i)
{
    const struct splice_entry *e = b->n->stood[i];
    bool moved = e->parent != NULL;
    uint32_t start = line_of(c, b, i, moved);
    edit_delete(c->out, (struct doc_span){start, b->ends[i]});
    b->cut_at_end = b->ends[i] == c->l.text.len;
    b->at = b->ends[i];
    b->indent_first = false;
}

static int block_keep(struct text_ctx *c, struct block *b, uint32_t i)
{
    const struct splice_entry *e = b->n->stood[i];
    if (i == 0 && b->indent_first) {
        _cleanup_str_ struct str pad = {0};
        str_init(&pad, 0);
        str_fill(&pad, c->l.fill, b->column);
        edit_insert(c->out, b->starts[0], str_sv(&pad));
    } else if (b->bare && i > 0) {
        uint32_t from = b->at;
        uint32_t to = from;
        while (to < b->starts[i] && memchr(" \t\r\n", c->l.text.ptr[to], 4))
            to++;
        edit_delete(c->out, (struct doc_span){from, to});
    }
    b->bare = b->cut_at_end = false;
    b->at = b->ends[i];
    bool spread = is_collection(e->value) && e->value->from && e->value->from->style == DOC_FLOW &&
                  !e->value->from->alias_of && holds_block(e->value);
    if (!spread)
        return e->merge ? 0 : text_entry_edits(c, e);
    _cleanup_str_ struct str text = {0};
    str_init(&text, 0);
    str_fill(&text, c->l.fill, b->column);
    size_t head = text.len;
    if (b->n->type == DOC_SEQ)
        str_addc(&text, '-');
    else
        layout_key(&c->l, &text, e->key, false, false), str_addc(&text, ':');
    if (fresh_value(c, &text, e->value, b->column))
        return -1;
    edit_replace(c->out, (struct doc_span){b->starts[i], b->ends[i]},
                 sv_n(str_c(&text) + head, text.len - head));
    return 0;
}

/* All entries are gone: the map becomes {} behind its key or dash. */
static int block_empty(struct text_ctx *c, struct block *b)
{
    const struct splice_node *n = b->n;
    const char *nothing = n->type == DOC_MAP ? "{}" : "[]";
    uint32_t end = b->ends[n->stood_count - 1];
    if (b->inline_first) {
        edit_replace(c->out, (struct doc_span){b->starts[0], end}, sv_of(nothing));
        edit_insert(c->out, end, sv_of(c->l.eol));
        return 0;
    }
    uint32_t start = layout_lead(&c->l, b->starts[0], 0);
    uint32_t colon = start;
    while (colon > 0 && c->l.text.ptr[colon - 1] != ':')
        colon--;
    struct sv between = sv_n(c->l.text.ptr + colon, start - colon);
    bool comment = sv_has(between, "#");
    if (!colon || (!comment && sv_trim(between).len) ||
        (comment && memchr(c->l.text.ptr + layout_line_start(&c->l, colon), '#',
                           colon - layout_line_start(&c->l, colon))))
        return text_conflict(c, b->starts[0], "nothing would be left of this map");
    _cleanup_str_ struct str text = {0};
    str_init(&text, 0);
    str_addf(&text, " %s", nothing);
    edit_insert(c->out, colon, str_sv(&text));
    edit_delete(c->out, (struct doc_span){start, end});
    return 0;
}

/* Nothing put in, taken out or moved? */
static bool same_entries(const struct splice_node *n)
{
    uint32_t i = 0;
    for (struct splice_entry *e = n->first; e; e = e->next, i++)
        if (!text_kept(n, e) || e->place != i)
            return false;
    return i == n->stood_count;
}

static int kept_edits(struct text_ctx *c, const struct splice_node *n)
{
    for (uint32_t i = 0; i < n->stood_count; i++) {
        const struct splice_entry *e = n->stood[i];
        if (e->merged ? merged_edits(c, n, e) : e->merge ? 0 : text_entry_edits(c, e))
            return -1;
    }
    return 0;
}

/* Any flow value here that has to be opened up? Only then kept entries need their lines. */
static bool opens_up(const struct splice_node *n)
{
    for (struct splice_entry *e = n->first; e; e = e->next)
        if (e->value->from && e->value->from->style == DOC_FLOW && is_collection(e->value) &&
            !e->value->from->alias_of && holds_block(e->value))
            return true;
    return false;
}

static int block_flush(struct text_ctx *c, struct block *b, uint32_t *done, uint32_t until)
{
    for (; *done < until; (*done)++) {
        const struct splice_entry *e = b->n->stood[*done];
        if (e->merged) {
            if (merged_edits(c, b->n, e))
                return -1;
        } else if (!text_kept(b->n, e)) {
            block_cut(c, b, *done);
        }
    }
    return 0;
}

int block_edits(struct text_ctx *c, const struct splice_node *n)
{
    if (same_entries(n) && !opens_up(n))
        return kept_edits(c, n);
    struct block b = {.n = n, .column = UINT32_MAX};
    if (block_measure(c, &b))
        return -1;
    if (b.column == UINT32_MAX)
        return text_conflict(c, n->from->span.start, "nothing stands here that could be edited");
    if (!n->first)
        return block_empty(c, &b);
    uint32_t first = 0;
    while (n->stood[first]->merged)
        first++;
    b.at = line_of(c, &b, first, !b.inline_first);
    uint32_t done = 0;
    for (struct splice_entry *e = n->first; e; e = e->next) {
        if (!text_kept(n, e)) {
            if (!comes_by_merge(c, n, e) && block_insert(c, &b, e))
                return -1;
            continue;
        }
        if (e->place < done && !e->merged)
            return text_conflict(c, b.starts[e->place], "the order of entries changes");
        if (block_flush(c, &b, &done, e->place))
            return -1;
        done = e->place + 1;
        if (e->merged ? merged_edits(c, n, e) : block_keep(c, &b, e->place))
            return -1;
    }
    return block_flush(c, &b, &done, n->stood_count);
}

int splice_edits(struct splice *s, struct edit_list *out, struct splice_conflict *conflict)
{
    struct text_ctx c = {.s = s, .out = out, .conflict = conflict};
    *conflict = (struct splice_conflict){0};
    layout_of(s, &c.l);
    int rc = s->failed ? -1 : text_value_edits(&c, s->root);
    arena_release(&c.arena);
    if (s->failed || c.failed || out->failed)
        return text_conflict(&c, 0, "out of memory");
    return rc;
}
