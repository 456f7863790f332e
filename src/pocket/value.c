#include "pocket/value.h"

#include "base/jsonw.h"
#include "base/must.h"

#define ROOM_MIN 4u

/* Room of a collection made here: the length of its (absent) anchor, which parsed nodes have as 0.
 */
static size_t room_of(const struct doc_node *node)
{
    return node->anchor.ptr ? 0 : node->anchor.len;
}

static struct doc_node *make(struct arena *a, enum doc_type type, enum doc_style style)
{
    struct doc_node *node = mem_must(arena_new(a, struct doc_node));
    node->type = type;
    node->style = style;
    return node;
}

static struct sv copied(struct arena *a, struct sv text)
{
    return sv_n(mem_must(arena_dup(a, text)), text.len);
}

struct doc_node *value_null(struct arena *a)
{
    struct doc_node *node = make(a, DOC_NULL, DOC_PLAIN);
    node->text = SV("null");
    return node;
}

struct doc_node *value_bool(struct arena *a, bool b)
{
    struct doc_node *node = make(a, DOC_BOOL, DOC_PLAIN);
    node->boolean = b;
    node->text = b ? SV("true") : SV("false");
    return node;
}

struct doc_node *value_int(struct arena *a, int64_t n)
{
    struct doc_node *node = make(a, DOC_INT, DOC_PLAIN);
    node->integer = n;
    node->text = sv_of(mem_must(arena_fmt(a, "%lld", (long long)n)));
    return node;
}

struct doc_node *value_text(struct arena *a, struct sv text)
{
    if (!text.ptr)
        return value_null(a);
    struct doc_node *node = make(a, DOC_STRING, DOC_DOUBLE);
    node->text = copied(a, text);
    return node;
}

struct doc_node *value_map(struct arena *a)
{
    return make(a, DOC_MAP, DOC_FLOW);
}

struct doc_node *value_list(struct arena *a)
{
    return make(a, DOC_SEQ, DOC_FLOW);
}

/* A place for one more of `size` bytes each. */
static void *grown(struct arena *a, struct doc_node *node, void *items, uint32_t count, size_t size)
{
    size_t room = room_of(node);
    if (count < room)
        return items;
    room = room < ROOM_MIN ? ROOM_MIN : room * 2;
    void *larger = mem_must(arena_alloc_n(a, room, size));
    if (count)
        memcpy(larger, items, count * size);
    node->anchor = sv_n(NULL, room);
    return larger;
}

static void add_pair(struct arena *a, struct doc_node *map, struct doc_node *key,
                     struct doc_node *value)
{
    map->pairs = grown(a, map, map->pairs, map->pair_count, sizeof *map->pairs);
    map->pairs[map->pair_count++] = (struct doc_pair){key, value, DOC_PAIR_OWN};
}

static void clone_into(struct arena *a, struct doc_node *to, const struct doc_node *from)
{
    if (from->type == DOC_MAP)
        doc_each_pair(p, from)
            add_pair(a, to, value_text(a, p->key->text), value_clone(a, p->value));
    else
        for (uint32_t i = 0; i < from->item_count; i++)
            value_push(a, to, value_clone(a, from->items[i]));
}

struct doc_node *value_clone(struct arena *a, const struct doc_node *from)
{
    if (!from || from->type == DOC_NULL)
        return value_null(a);
    struct doc_node *to = make(a, from->type, from->style);
    if (from->type == DOC_MAP || from->type == DOC_SEQ) {
        to->style = DOC_FLOW;
        clone_into(a, to, from);
        return to;
    }
    to->text = copied(a, from->text.ptr ? from->text : SV(""));
    if (from->type == DOC_BOOL)
        to->boolean = from->boolean;
    else if (from->type == DOC_INT)
        to->integer = from->integer;
    else if (from->type == DOC_FLOAT)
        to->number = from->number;
    return to;
}

static struct doc_pair *pair_of(const struct doc_node *map, struct sv key)
{
    if (!map || map->type != DOC_MAP)
        return NULL;
    for (uint32_t i = map->pair_count; i-- > 0;) {
        struct doc_pair *p = &map->pairs[i];
        if (p->role <= DOC_PAIR_MERGED && sv_eq(p->key->text, key))
            return p;
    }
    return NULL;
}

void value_set(struct arena *a, struct doc_node *map, struct sv key, struct doc_node *value)
{
    struct doc_pair *p = pair_of(map, key);
    if (p)
        p->value = value;
    else
        add_pair(a, map, value_text(a, key), value);
}

bool value_unset(struct doc_node *map, struct sv key)
{
    struct doc_pair *p = pair_of(map, key);
    if (!p)
        return false;
    struct doc_pair *end = map->pairs + map->pair_count--;
    memmove(p, p + 1, (size_t)(end - p - 1) * sizeof *p);
    return true;
}

struct doc_node *value_get(const struct doc_node *map, struct sv key)
{
    struct doc_pair *p = pair_of(map, key);
    return p ? p->value : NULL;
}

struct doc_node *value_need_map(struct arena *a, struct doc_node *map, struct sv key)
{
    struct doc_node *found = value_get(map, key);
    if (found && found->type == DOC_MAP)
        return found;
    found = value_map(a);
    value_set(a, map, key, found);
    return found;
}

void value_insert(struct arena *a, struct doc_node *list, uint32_t i, struct doc_node *value)
{
    list->items = grown(a, list, list->items, list->item_count, sizeof(struct doc_node *));
    memmove(list->items + i + 1, list->items + i,
            (list->item_count - i) * sizeof(struct doc_node *));
    list->items[i] = value;
    list->item_count++;
}

void value_push(struct arena *a, struct doc_node *list, struct doc_node *value)
{
    value_insert(a, list, list->item_count, value);
}

void value_remove(struct doc_node *list, uint32_t i)
{
    list->item_count--;
    memmove(list->items + i, list->items + i + 1,
            (list->item_count - i) * sizeof(struct doc_node *));
}

void value_set_text(struct arena *a, struct doc_node *map, const char *key, struct sv text)
{
    value_set(a, map, sv_of(key), value_text(a, text));
}

void value_set_int(struct arena *a, struct doc_node *map, const char *key, int64_t n)
{
    value_set(a, map, sv_of(key), value_int(a, n));
}

void value_set_bool(struct arena *a, struct doc_node *map, const char *key, bool b)
{
    value_set(a, map, sv_of(key), value_bool(a, b));
}
