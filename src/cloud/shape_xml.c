#include "cloud/shape.h"

#include "base/must.h"
#include "cloud/shape_scalar.h"

struct reading {
    struct arena *arena;
    enum shape_dialect dialect;
    struct shape_texts *unknown; /* NULL: nobody asks */
};

static int read_element(const struct reading *r, const struct shape *s,
                        const struct aws_xml_node *node, void *out, struct err *err);

static int take_list(const struct reading *r, const struct shape_field *f,
                     const struct aws_xml_node *node, void *at, struct err *err)
{
    aws_xml_each(item, node) {
        if (f->kind == SHAPE_TEXTS) {
            const char **text = shape_list_add(at, sizeof *text, r->arena);
            *text = mem_must(arena_dup(r->arena, item->text));
            continue;
        }
        void *one = shape_list_add(at, f->of->size, r->arena);
        if (read_element(r, f->of, item, one, err))
            return err_wrap(err, "%s", f->name);
    }
    return 0;
}

/* Maps are <entry><key/><value/></entry>. */
static void take_pairs(const struct reading *r, const struct aws_xml_node *node, void *at)
{
    aws_xml_each(entry, node) {
        struct shape_pair *pair = shape_list_add(at, sizeof *pair, r->arena);
        pair->key = mem_must(arena_dup(r->arena, aws_xml_text(entry, "key")));
        pair->value = mem_must(arena_dup(r->arena, aws_xml_text(entry, "value")));
    }
}

static int take(const struct reading *r, const struct shape_field *f,
                const struct aws_xml_node *node, void *at, struct err *err)
{
    switch (f->kind) {
    case SHAPE_TEXTS:
    case SHAPE_STRUCTS:
        return take_list(r, f, node, at, err);
    case SHAPE_PAIRS:
        take_pairs(r, node, at);
        return 0;
    case SHAPE_STRUCT:
        return read_element(r, f->of, node, at, err) ? err_wrap(err, "%s", f->name) : 0;
    default:
        /* An empty element says nothing of a number or a time. */
        if (f->kind != SHAPE_TEXT && !node->text.len)
            return 0;
        return shape_scalar_parse(f, node->text, r->arena, at, err);
    }
}

static bool is_known(const struct shape *s, enum shape_dialect dialect, struct sv element)
{
    _cleanup_str_ struct str name = {0};
    for (unsigned i = 0; i < s->count; i++) {
        str_reset(&name);
        shape_wire(&s->fields[i], dialect, true, &name);
        if (sv_eq(str_sv(&name), element))
            return true;
    }
    return false;
}

static void note_unknown(const struct reading *r, const struct shape *s,
                         const struct aws_xml_node *node)
{
    aws_xml_each(child, node) {
        bool empty = !child->first && !child->text.len;
        if (empty || is_known(s, r->dialect, child->name))
            continue;
        const char **name = shape_list_add(r->unknown, sizeof *name, r->arena);
        *name = mem_must(arena_dup(r->arena, child->name));
    }
}

static int read_element(const struct reading *above, const struct shape *s,
                        const struct aws_xml_node *node, void *out, struct err *err)
{
    _cleanup_str_ struct str name = {0};
    struct reading r = *above;
    if (s->keeps)
        r.unknown = (struct shape_texts *)((char *)out + s->unknown);
    if (r.unknown)
        note_unknown(&r, s, node);
    for (unsigned i = 0; i < s->count; i++) {
        const struct shape_field *f = &s->fields[i];
        str_reset(&name);
        shape_wire(f, r.dialect, true, &name);
        const struct aws_xml_node *value = aws_xml_get(node, str_c(&name));
        if (!value && f->must)
            return err_set(err, ERR_INPUT, "%s is missing", f->name);
        if (value && take(&r, f, value, (char *)out + f->offset, err))
            return -1;
    }
    return 0;
}

int shape_from_xml(const struct shape *s, enum shape_dialect dialect,
                   const struct aws_xml_node *node, struct arena *arena, void *out, struct err *err)
{
    const struct reading r = {arena, dialect, NULL};
    if (!node)
        return err_set(err, ERR_INPUT, "there is no element");
    return read_element(&r, s, node, out, err);
}
