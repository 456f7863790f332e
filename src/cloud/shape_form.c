#include "aws/client.h"
#include "cloud/shape.h"
#include "cloud/shape_scalar.h"

#define NAME_MAX_LEN 256

/* Where the next member goes: "TargetGroups.member.1." */
struct place {
    char text[NAME_MAX_LEN];
};

static void put_members(const struct shape *s, enum shape_dialect dialect, const void *in,
                        const struct place *above, struct str *out);

static struct place item_place(enum shape_dialect dialect, const char *name, uint32_t i)
{
    struct place p;
    const char *between = dialect == SHAPE_DIALECT_EC2 ? "" : ".member";
    snprintf(p.text, sizeof p.text, "%s%s.%u", name, between, i + 1);
    return p;
}

static void put_list(const struct shape_field *f, enum shape_dialect dialect, const void *at,
                     const char *name, struct str *out)
{
    SHAPE_LIST(char) structs;
    const struct shape_texts *texts = at;
    if (f->kind == SHAPE_TEXTS) {
        for (uint32_t i = 0; i < texts->count; i++)
            aws_form_add(out, sv_of(texts->items[i]), "%s", item_place(dialect, name, i).text);
        return;
    }
    memcpy(&structs, at, sizeof structs);
    for (uint32_t i = 0; i < structs.count; i++) {
        struct place p = item_place(dialect, name, i);
        strncat(p.text, ".", sizeof p.text - strlen(p.text) - 1);
        put_members(f->of, dialect, structs.items + (size_t)i * f->of->size, &p, out);
    }
}

/* Only the query services have maps. */
static void put_pairs(const struct shape_pairs *pairs, const char *name, struct str *out)
{
    for (uint32_t i = 0; i < pairs->count; i++) {
        aws_form_add(out, sv_of(pairs->items[i].key), "%s.entry.%u.key", name, i + 1);
        aws_form_add(out, sv_of(pairs->items[i].value), "%s.entry.%u.value", name, i + 1);
    }
}

static void put(const struct shape_field *f, enum shape_dialect dialect, const void *at,
                const char *name, struct str *out)
{
    char text[SHAPE_SCALAR_MAX];
    struct place inner;
    switch (f->kind) {
    case SHAPE_STRUCT:
        snprintf(inner.text, sizeof inner.text, "%s.", name);
        put_members(f->of, dialect, at, &inner, out);
        return;
    case SHAPE_TEXTS:
    case SHAPE_STRUCTS:
        put_list(f, dialect, at, name, out);
        return;
    case SHAPE_PAIRS:
        put_pairs(at, name, out);
        return;
    default:
        aws_form_add(out, shape_scalar_text(f, at, text), "%s", name);
    }
}

static void put_members(const struct shape *s, enum shape_dialect dialect, const void *in,
                        const struct place *above, struct str *out)
{
    _cleanup_str_ struct str name = {0};
    for (unsigned i = 0; i < s->count; i++) {
        const struct shape_field *f = &s->fields[i];
        if (!shape_given(f, in))
            continue;
        str_reset(&name);
        str_adds(&name, above->text);
        shape_wire(f, dialect, false, &name);
        put(f, dialect, (const char *)in + f->offset, str_c(&name), out);
    }
}

void shape_to_form(const struct shape *s, enum shape_dialect dialect, const void *in,
                   struct str *out)
{
    const struct place top = {""};
    put_members(s, dialect, in, &top, out);
}
