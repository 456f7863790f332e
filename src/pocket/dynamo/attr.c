#include "pocket/dynamo/attr.h"

#include "base/base64.h"
#include "base/must.h"
#include "pocket/dynamo/decimal.h"

const char *const attr_type_names[ATTR_TYPES] = {
    [ATTR_S] = "S",   [ATTR_N] = "N",   [ATTR_B] = "B",       [ATTR_SS] = "SS",
    [ATTR_NS] = "NS", [ATTR_BS] = "BS", [ATTR_BOOL] = "BOOL", [ATTR_NULL] = "NULL",
    [ATTR_L] = "L",   [ATTR_M] = "M",
};

enum attr_type attr_type_of(struct sv name)
{
    unsigned i = 0;
    while (i < ATTR_TYPES && !sv_is(name, attr_type_names[i]))
        i++;
    return (enum attr_type)i;
}

/* --- maps and lists ------------------------------------------------------------------------ */

/* Room for one more of elem bytes. */
static void *grown(void *items, uint32_t count, uint32_t *cap, size_t elem, struct arena *a)
{
    if (count < *cap)
        return items;
    *cap = *cap ? *cap * 2 : 4;
    void *more = mem_must(arena_alloc_n(a, *cap, elem));
    if (count)
        memcpy(more, items, count * elem);
    return more;
}

struct attr *attr_get(const struct attr *map, struct sv name)
{
    for (uint32_t i = 0; i < map->count; i++)
        if (sv_eq(map->members[i].name, name))
            return &map->members[i].value;
    return NULL;
}

static struct attr *add_member(struct attr *map, struct sv name, struct arena *a)
{
    map->members = grown(map->members, map->count, &map->cap, sizeof *map->members, a);
    map->members[map->count] = (struct attr_member){.name = name};
    return &map->members[map->count++].value;
}

struct attr *attr_put(struct attr *map, struct sv name, struct arena *a)
{
    struct attr *old = attr_get(map, name);
    return old ? old : add_member(map, name, a);
}

void attr_drop(struct attr *map, struct sv name)
{
    for (uint32_t i = 0; i < map->count; i++) {
        if (!sv_eq(map->members[i].name, name))
            continue;
        map->count--;
        memmove(&map->members[i], &map->members[i + 1], (map->count - i) * sizeof *map->members);
        return;
    }
}

struct attr *attr_add(struct attr *list, struct arena *a)
{
    list->items = grown(list->items, list->count, &list->cap, sizeof *list->items, a);
    list->items[list->count] = (struct attr){0};
    return &list->items[list->count++];
}

void attr_drop_at(struct attr *list, uint32_t at)
{
    list->count--;
    memmove(&list->items[at], &list->items[at + 1], (list->count - at) * sizeof *list->items);
}

uint32_t attr_index(const struct attr *list, const struct attr *value)
{
    uint32_t i = 0;
    while (i < list->count && !attr_equal(&list->items[i], value))
        i++;
    return i;
}

struct attr attr_copy(const struct attr *v, struct arena *a)
{
    struct attr out = *v;
    out.cap = out.count;
    if (!v->count)
        return out;
    if (v->type == ATTR_M) {
        out.members = mem_must(arena_new_n(a, struct attr_member, v->count));
        for (uint32_t i = 0; i < v->count; i++)
            out.members[i] =
                (struct attr_member){v->members[i].name, attr_copy(&v->members[i].value, a)};
    } else {
        out.items = mem_must(arena_new_n(a, struct attr, v->count));
        for (uint32_t i = 0; i < v->count; i++)
            out.items[i] = attr_copy(&v->items[i], a);
    }
    return out;
}

/* --- writing ------------------------------------------------------------------------------- */

static void write_text(const struct attr *v, struct jsonw *w)
{
    if (v->type != ATTR_B) {
        jsonw_sv(w, v->text);
        return;
    }
    jsonw_raw(w, SV("\""));
    base64_encode(v->text, w->out);
    str_addc(w->out, '"');
}

static void write_items(const struct attr *v, struct jsonw *w)
{
    jsonw_array(w);
    for (uint32_t i = 0; i < v->count; i++)
        if (v->type == ATTR_L)
            attr_write(&v->items[i], w);
        else
            write_text(&v->items[i], w);
    jsonw_array_end(w);
}

void attr_write_map(const struct attr *map, struct jsonw *w)
{
    jsonw_object(w);
    for (uint32_t i = 0; i < map->count; i++) {
        jsonw_key_sv(w, map->members[i].name);
        attr_write(&map->members[i].value, w);
    }
    jsonw_object_end(w);
}

void attr_write(const struct attr *v, struct jsonw *w)
{
    jsonw_object(w);
    jsonw_key(w, attr_type_names[v->type]);
    if (attr_is_scalar(v))
        write_text(v, w);
    else if (v->type == ATTR_M)
        attr_write_map(v, w);
    else if (v->type == ATTR_BOOL || v->type == ATTR_NULL)
        jsonw_bool(w, v->type == ATTR_NULL || v->boolean);
    else
        write_items(v, w);
    jsonw_object_end(w);
}

/* --- sizes --------------------------------------------------------------------------------- */

/* One byte for two significant digits, one more, and one for a sign. */
static size_t number_size(struct sv text)
{
    struct decimal d;
    if (decimal_read(text, &d) != DECIMAL_OK)
        return 1;
    return (d.count + 1) / 2 + 1 + (d.negative ? 1 : 0);
}

size_t attr_item_size(const struct attr *item)
{
    size_t size = 0;
    for (uint32_t i = 0; i < item->count; i++)
        size += item->members[i].name.len + attr_size(&item->members[i].value);
    return size;
}

size_t attr_size(const struct attr *v)
{
    size_t size = 0;
    switch (v->type) {
    case ATTR_S:
    case ATTR_B:
        return v->text.len;
    case ATTR_N:
        return number_size(v->text);
    case ATTR_BOOL:
    case ATTR_NULL:
        return 1;
    case ATTR_M:
        return 3 + v->count + attr_item_size(v);
    default:
        for (uint32_t i = 0; i < v->count; i++)
            size += attr_size(&v->items[i]);
        return v->type == ATTR_L ? 3 + v->count + size : size;
    }
}

/* --- equality and order -------------------------------------------------------------------- */

static bool same_items(const struct attr *a, const struct attr *b)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (attr_is_set(a) ? attr_index(b, &a->items[i]) == b->count
                           : !attr_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

static bool same_members(const struct attr *a, const struct attr *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const struct attr *other = attr_get(b, a->members[i].name);
        if (!other || !attr_equal(&a->members[i].value, other))
            return false;
    }
    return true;
}

bool attr_equal(const struct attr *a, const struct attr *b)
{
    if (a->type != b->type)
        return false;
    if (attr_is_scalar(a))
        return sv_eq(a->text, b->text);
    if (a->type == ATTR_BOOL || a->type == ATTR_NULL)
        return a->boolean == b->boolean;
    if (a->count != b->count)
        return false;
    return a->type == ATTR_M ? same_members(a, b) : same_items(a, b);
}

bool attr_order(const struct attr *a, const struct attr *b, int *order)
{
    struct decimal x, y;
    if (a->type != b->type || !attr_is_scalar(a))
        return false;
    if (a->type != ATTR_N) {
        *order = sv_cmp(a->text, b->text);
        return true;
    }
    if (decimal_read(a->text, &x) || decimal_read(b->text, &y))
        return false;
    *order = decimal_compare(&x, &y);
    return true;
}
