/* Structs as the XML that the query services and EC2 answer: the other way of shape_xml.c. */
#include "base/markup.h"
#include "base/must.h"
#include "cloud/shape.h"
#include "cloud/shape_scalar.h"

struct writing {
    enum shape_dialect dialect;
    struct str *out;
};

static void put_members(const struct writing *to, const struct shape *s, const void *in);

/* A carriage return as it is would be a line feed for who reads it. */
static void put_text(const struct writing *to, const char *name, struct sv text)
{
    _cleanup_str_ struct str copy = {0};
    str_addf(to->out, "<%s>", name);
    while (text.ptr) {
        str_reset(&copy);
        str_addv(&copy, sv_split(&text, '\r'));
        markup_html(to->out, str_c(&copy));
        str_adds(to->out, text.ptr ? "&#13;" : "");
    }
    str_addf(to->out, "</%s>", name);
}

static void put_items(const struct writing *to, const struct shape_field *f, const void *at)
{
    const char *item = to->dialect == SHAPE_DIALECT_EC2 ? "item" : "member";
    const struct shape_texts *texts = at;
    SHAPE_LIST(char) structs;
    if (f->kind == SHAPE_TEXTS) {
        shape_each(text, texts)
            put_text(to, item, sv_of(*text));
        return;
    }
    memcpy(&structs, at, sizeof structs);
    for (uint32_t i = 0; i < structs.count; i++) {
        str_addf(to->out, "<%s>", item);
        put_members(to, f->of, structs.items + (size_t)i * f->of->size);
        str_addf(to->out, "</%s>", item);
    }
}

static void put_pairs(const struct writing *to, const struct shape_pairs *pairs)
{
    shape_each(pair, pairs) {
        str_adds(to->out, "<entry>");
        put_text(to, "key", sv_of(pair->key));
        put_text(to, "value", sv_of(pair->value));
        str_adds(to->out, "</entry>");
    }
}

/* What stands in an element of a list or a map. */
static void put_flat_item(const struct writing *to, const struct shape_field *f, const void *item)
{
    const struct shape_pair *pair = item;
    const char *const *key = item;
    switch (f->kind) {
    case SHAPE_STRUCTS:
        put_members(to, f->of, item);
        return;
    case SHAPE_PAIRS:
        put_text(to, "Name", sv_of(pair->key));
        put_text(to, "Value", sv_of(pair->value));
        return;
    default:
        put_text(to, "Name", sv_of(*key));
        str_adds(to->out, "<Value>");
        put_members(to, f->of, item);
        str_adds(to->out, "</Value>");
    }
}

/* One element for each item, with nothing around them. */
static void put_flat(const struct writing *to, const struct shape_field *f, const void *at,
                     const char *name)
{
    SHAPE_LIST(char) list;
    const struct shape_texts *texts = at;
    size_t size = f->kind == SHAPE_PAIRS ? sizeof(struct shape_pair) : f->of ? f->of->size : 0;
    if (f->kind == SHAPE_TEXTS) {
        shape_each(text, texts)
            put_text(to, name, sv_of(*text));
        return;
    }
    memcpy(&list, at, sizeof list);
    for (uint32_t i = 0; i < list.count; i++) {
        str_addf(to->out, "<%s>", name);
        put_flat_item(to, f, list.items + (size_t)i * size);
        str_addf(to->out, "</%s>", name);
    }
}

static bool is_collection(const struct shape_field *f)
{
    return f->kind == SHAPE_TEXTS || f->kind == SHAPE_STRUCTS || f->kind == SHAPE_PAIRS ||
           f->kind == SHAPE_KEYED;
}

static void put(const struct writing *to, const struct shape_field *f, const void *at,
                const char *name)
{
    char text[SHAPE_SCALAR_MAX];
    if (to->dialect == SHAPE_DIALECT_FLAT && is_collection(f)) {
        put_flat(to, f, at, name);
        return;
    }
    switch (f->kind) {
    case SHAPE_STRUCT:
    case SHAPE_TEXTS:
    case SHAPE_STRUCTS:
    case SHAPE_PAIRS:
        str_addf(to->out, "<%s>", name);
        if (f->kind == SHAPE_STRUCT)
            put_members(to, f->of, at);
        else if (f->kind == SHAPE_PAIRS)
            put_pairs(to, at);
        else
            put_items(to, f, at);
        str_addf(to->out, "</%s>", name);
        return;
    default:
        put_text(to, name, shape_scalar_text(f, at, text));
    }
}

static void put_members(const struct writing *to, const struct shape *s, const void *in)
{
    _cleanup_str_ struct str name = {0};
    for (unsigned i = 0; i < s->count; i++) {
        const struct shape_field *f = &s->fields[i];
        bool is_list = f->kind == SHAPE_TEXTS || f->kind == SHAPE_STRUCTS;
        if (!is_list && !shape_given(f, in))
            continue;
        str_reset(&name);
        shape_wire(f, to->dialect, true, &name);
        put(to, f, (const char *)in + f->offset, str_c(&name));
    }
}

void shape_to_xml(const struct shape *s, enum shape_dialect dialect, const void *in,
                  struct str *out)
{
    const struct writing to = {dialect, out};
    put_members(&to, s, in);
}
