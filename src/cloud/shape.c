#include "cloud/shape.h"

#include "base/must.h"

struct any_list {
    void *items;
    uint32_t count, cap;
};

bool shape_has(const struct shape_texts *list, const char *text)
{
    shape_each(t, list)
        if (strcmp(*t, text) == 0)
            return true;
    return false;
}

void *shape_list_add(void *list, size_t item_size, struct arena *arena)
{
    struct any_list l;
    memcpy(&l, list, sizeof l);
    if (l.count == l.cap) {
        uint32_t cap = l.cap ? 2 * l.cap : 4;
        void *items = mem_must(arena_alloc_n(arena, cap, item_size));
        if (l.count)
            memcpy(items, l.items, (size_t)l.count * item_size);
        l.items = items;
        l.cap = cap;
    }
    void *item = (char *)l.items + (size_t)l.count++ * item_size;
    memcpy(list, &l, sizeof l);
    return item;
}

unsigned shape_value(const char *const *values, const char *text)
{
    for (unsigned i = 0; text && values[i]; i++)
        if (strcmp(values[i], text) == 0)
            return i + 1;
    return 0;
}

void shape_wire(const struct shape_field *f, enum shape_dialect dialect, bool answer,
                struct str *out)
{
    const char *name = f->wire ? f->wire : f->name;
    if (f->flat && dialect == SHAPE_DIALECT_FLAT)
        name = f->flat;
    bool lower = !f->wire && answer && dialect == SHAPE_DIALECT_EC2;
    str_addc(out, lower && *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name);
    str_adds(out, name + 1);
}

static bool any_given(const struct shape *s, const void *base)
{
    for (unsigned i = 0; i < s->count; i++)
        if (shape_given(&s->fields[i], base))
            return true;
    return false;
}

bool shape_given(const struct shape_field *f, const void *base)
{
    const void *at = (const char *)base + f->offset;
    struct any_list list;
    switch (f->kind) {
    case SHAPE_TEXT:
        return *(const char *const *)at != NULL;
    case SHAPE_INT:
        return ((const struct shape_int *)at)->set;
    case SHAPE_NUMBER:
        return ((const struct shape_number *)at)->set;
    case SHAPE_BOOL:
        return *(const enum shape_flag *)at != SHAPE_UNSET;
    case SHAPE_TIME:
        return *(const int64_t *)at != 0;
    case SHAPE_STRUCT:
        return any_given(f->of, at);
    case SHAPE_TEXTS:
    case SHAPE_PAIRS:
    case SHAPE_STRUCTS:
    case SHAPE_KEYED:
        memcpy(&list, at, sizeof list);
        return list.count != 0;
    }
    return false;
}

const char *shape_missing(const struct shape *s, const void *in)
{
    for (unsigned i = 0; i < s->count; i++)
        if (s->fields[i].must && !shape_given(&s->fields[i], in))
            return s->fields[i].name;
    return NULL;
}
