#include "rules/migrate/template.h"

#include <stdlib.h>

enum action { ACTION_OUTPUT, ACTION_OPEN, ACTION_ELSE, ACTION_END, ACTION_SILENT };

static bool word_is(struct sv v, const char *word)
{
    size_t n = strlen(word);
    return sv_starts(v, word) && (v.len == n || memchr(" \t\r\n}-)", v.ptr[n], 8));
}

static enum action action_of(struct sv inner)
{
    static const char *const opens[] = {"if", "range", "with", "define", "block"};
    struct sv v = inner;
    if (sv_starts(v, "-"))
        v = sv_n(v.ptr + 1, v.len - 1);
    v = sv_trim(v);
    for (size_t i = 0; i < ARRAY_LEN(opens); i++)
        if (word_is(v, opens[i]))
            return ACTION_OPEN;
    if (word_is(v, "else"))
        return ACTION_ELSE;
    if (word_is(v, "end"))
        return ACTION_END;
    bool assigns = sv_starts(v, "$") && (sv_has(v, ":=") || sv_has(v, " = "));
    return sv_starts(v, "/*") || assigns ? ACTION_SILENT : ACTION_OUTPUT;
}

/* Behind the }} of the action at `at`; quoted braces do not end it. 0: it has no end. */
static size_t action_end(struct sv text, size_t at)
{
    bool comment = sv_starts(sv_n(text.ptr + at, text.len - at), "{{/*") ||
                   sv_starts(sv_n(text.ptr + at, text.len - at), "{{- /*");
    char quote = 0;
    for (size_t i = at + 2; i + 1 < text.len; i++) {
        char c = text.ptr[i];
        if (comment) {
            if (c == '}' && text.ptr[i + 1] == '}' && memchr("/- ", text.ptr[i - 1], 3))
                return i + 2;
        } else if (quote) {
            if (c == '\\' && quote == '"')
                i++;
            else if (c == quote)
                quote = 0;
        } else if (c == '"' || c == '`') {
            quote = c;
        } else if (c == '}' && text.ptr[i + 1] == '}') {
            return i + 2;
        }
    }
    return 0;
}

/* The column named by indent or nindent, else where the action stands. */
static uint32_t output_column(struct sv inner, uint32_t standing)
{
    const char *p = sv_find(inner, "indent ");
    if (!p)
        return standing;
    return (uint32_t)strtoul(p + strlen("indent "), NULL, 10);
}

static char unused_letter(struct sv text)
{
    for (const char *c = "ZQXJK"; *c; c++) {
        char run[5] = {*c, *c, *c, *c, 0};
        if (!sv_has(text, run))
            return *c;
    }
    return 'Z';
}

struct walk {
    struct template_mask *m;
    char *to;
    uint32_t open[64]; /* ids of the branches we are in */
    unsigned depth;
    uint32_t next_id;
    bool failed;
};

static void enter_branch(struct walk *w, enum action a, uint32_t offset)
{
    if (a == ACTION_OPEN && w->depth < ARRAY_LEN(w->open))
        w->open[w->depth++] = w->next_id++;
    else if (a == ACTION_ELSE && w->depth)
        w->open[w->depth - 1] = w->next_id++;
    else if (a == ACTION_END && w->depth)
        w->depth--;
    else
        return;
    uint32_t id = w->depth ? w->open[w->depth - 1] : 0;
    if (!vec_push(&w->m->blocks, (struct template_block){offset, id}))
        w->failed = true;
}

/* Nothing but actions and white space between the newlines around [start, end)? */
static bool alone_on_line(struct sv text, size_t start, size_t end)
{
    while (start > 0 && text.ptr[start - 1] != '\n') {
        char c = text.ptr[start - 1];
        if (c == '}' && start > 1 && text.ptr[start - 2] == '}') {
            while (start > 1 && !(text.ptr[start] == '{' && text.ptr[start - 1] == '{'))
                start--;
            start--;
            continue;
        }
        if (!memchr(" \t\r", c, 3))
            return false;
        start--;
    }
    while (end < text.len && text.ptr[end] != '\n') {
        if (text.ptr[end] == '{' && end + 1 < text.len && text.ptr[end + 1] == '{') {
            size_t next = action_end(text, end);
            if (!next)
                return false;
            end = next;
            continue;
        }
        if (!memchr(" \t\r", text.ptr[end], 3))
            return false;
        end++;
    }
    return true;
}

static void mask_action(struct walk *w, size_t start, size_t end)
{
    struct sv text = w->m->source;
    struct sv inner = sv_n(text.ptr + start + 2, end - start - 4);
    enum action a = action_of(inner);
    bool alone = alone_on_line(text, start, end);
    enter_branch(w, a, (uint32_t)end);
    size_t line = start;
    while (line > 0 && text.ptr[line - 1] != '\n')
        line--;
    if (alone && a == ACTION_OUTPUT) {
        struct template_line out = {(uint32_t)start,
                                    output_column(inner, (uint32_t)(start - line))};
        if (!vec_push(&w->m->outputs, out))
            w->failed = true;
    }
    for (size_t i = start; i < end; i++)
        if (w->to[i] != '\n' && w->to[i] != '\r')
            w->to[i] = alone ? '#' : w->m->fill;
    for (size_t i = start + 1; alone && i < end; i++)
        if (w->to[i - 1] == '\n')
            w->to[i] = '#';
}

int template_mask(struct template_mask *m, struct sv source, struct err *err)
{
    *m = (struct template_mask){.source = source, .fill = unused_letter(source)};
    struct walk w = {.m = m, .next_id = 1, .to = arena_dup(&m->arena, source)};
    if (!w.to)
        return err_nomem(err, "reading a template");
    for (size_t i = 0; i + 1 < source.len;) {
        size_t end = source.ptr[i] == '{' && source.ptr[i + 1] == '{' ? action_end(source, i) : 0;
        if (end)
            mask_action(&w, i, end);
        i = end ? end : i + 1;
    }
    m->text = sv_n(w.to, source.len);
    return w.failed ? err_nomem(err, "reading a template") : 0;
}

void template_release(struct template_mask *m)
{
    vec_release(&m->outputs);
    vec_release(&m->blocks);
    arena_release(&m->arena);
}

static uint32_t branch_at(const struct template_mask *m, uint32_t offset)
{
    uint32_t id = 0;
    for (size_t i = 0; i < m->blocks.len && m->blocks.items[i].offset <= offset; i++)
        id = m->blocks.items[i].id;
    return id;
}

static bool edit_is_literal(const struct template_mask *m, const struct edit *e)
{
    uint32_t start = e->span.start, n = e->span.end - start;
    char run[5] = {m->fill, m->fill, m->fill, m->fill, 0};
    return !memcmp(m->source.ptr + start, m->text.ptr + start, n) && !sv_has(e->text, run);
}

static uint32_t column_of(const struct template_mask *m, uint32_t at)
{
    uint32_t start = at;
    while (start > 0 && m->text.ptr[start - 1] != '\n')
        start--;
    return at - start;
}

static bool stands(const struct splice_node *n, const struct splice_entry *e)
{
    return e->parent == n && !e->moved && e->place < n->stood_count && n->stood[e->place] == e;
}

/* May entries be put into or taken out of this collection? */
static bool node_allows(const struct template_mask *m, const struct splice_node *n,
                        uint32_t *offset)
{
    struct doc_span span = n->from->span;
    *offset = span.start;
    uint32_t column = column_of(m, span.start);
    for (size_t i = 0; i < m->outputs.len; i++)
        if (m->outputs.items[i].offset >= span.start && m->outputs.items[i].offset < span.end &&
            m->outputs.items[i].column == column) {
            *offset = m->outputs.items[i].offset;
            return false;
        }
    uint32_t branch = branch_at(m, span.start);
    for (struct splice_entry *e = n->first; e; e = e->next)
        if (!stands(n, e) && e->prev && stands(n, e->prev) &&
            branch_at(m, splice_entry_offset(e->prev)) != branch)
            return false;
    for (uint32_t i = 0; i < n->stood_count; i++)
        if (!stands(n, n->stood[i]) && branch_at(m, splice_entry_offset(n->stood[i])) != branch)
            return false;
    return true;
}

static bool tree_allows(const struct template_mask *m, const struct splice_node *n,
                        uint32_t *offset)
{
    uint32_t place = 0;
    bool changed = false;
    for (struct splice_entry *e = n->first; e; e = e->next)
        changed |= !stands(n, e) || e->place != place++;
    changed |= n->from && place != n->stood_count;
    if (changed && n->from && n->from->span.end > n->from->span.start && !node_allows(m, n, offset))
        return false;
    for (struct splice_entry *e = n->first; e; e = e->next)
        if (!tree_allows(m, e->value, offset))
            return false;
    return true;
}

bool template_allows(const struct template_mask *m, const struct splice *s,
                     const struct edit_list *edits, size_t first_edit, uint32_t *offset)
{
    for (size_t i = first_edit; i < edits->edits.len; i++)
        if (!edit_is_literal(m, &edits->edits.items[i])) {
            *offset = edits->edits.items[i].span.start;
            return false;
        }
    return edits->edits.len == first_edit || tree_allows(m, s->root, offset);
}
