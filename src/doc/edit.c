#include "doc/edit.h"

void edit_release(struct edit_list *l)
{
    if (!l)
        return;
    vec_release(&l->edits);
    arena_release(&l->arena);
    *l = (struct edit_list){0};
}

void edit_replace(struct edit_list *l, struct doc_span span, struct sv text)
{
    char *copy = arena_dup(&l->arena, text);
    struct edit e = {span, sv_n(copy, text.len), (uint32_t)l->edits.len};
    if (!copy || !vec_push(&l->edits, e))
        l->failed = true;
}

void edit_insert(struct edit_list *l, uint32_t at, struct sv text)
{
    edit_replace(l, (struct doc_span){at, at}, text);
}

void edit_delete(struct edit_list *l, struct doc_span span)
{
    edit_replace(l, span, SV(""));
}

/* By place; at one place insertions come before a replacement, in the order they were asked in. */
static int by_place(const void *x, const void *y)
{
    const struct edit *a = x, *b = y;
    if (a->span.start != b->span.start)
        return a->span.start < b->span.start ? -1 : 1;
    bool a_empty = a->span.end == a->span.start, b_empty = b->span.end == b->span.start;
    if (a_empty != b_empty)
        return a_empty ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static int check_edit(const struct edit *e, uint32_t at, struct sv source, struct err *err)
{
    if (e->span.start > e->span.end || e->span.end > source.len)
        return err_set(err, ERR_BUG, "an edit of bytes %u to %u of a text of %zu", e->span.start,
                       e->span.end, source.len);
    if (e->span.start < at)
        return err_set(err, ERR_BUG, "two edits overlap at byte %u", e->span.start);
    return 0;
}

int edit_apply(struct edit_list *l, struct sv source, struct str *out, struct err *err)
{
    uint32_t at = 0;
    if (l->failed)
        return err_nomem(err, "collecting edits");
    if (l->edits.len)
        qsort(l->edits.items, l->edits.len, sizeof *l->edits.items, by_place);
    vec_foreach(e, &l->edits) {
        if (check_edit(e, at, source, err) < 0)
            return -1;
        str_add(out, source.ptr + at, e->span.start - at);
        str_addv(out, e->text);
        at = e->span.end;
    }
    str_add(out, source.ptr + at, source.len - at);
    return str_ok(out) ? 0 : err_nomem(err, "applying edits");
}
