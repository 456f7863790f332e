/* Which of a map's keys count: the last of equal ones, and YAML 1.1's merge keys, `<<: *base` or
 * `<<: [*a, *b]`, taken in the order of the text as Go's yaml.v2 does. In a list of maps the
 * earlier ones win. */
#include "doc/internal.h"

#define FEW_PAIRS 24 /* up to here, comparing them all is faster than a table */

/* ---- equal keys ---- */

/* One bit of 64 for a key: when it is free, no key before was equal. */
static uint64_t key_bit(struct sv k)
{
    if (!k.len)
        return 1;
    unsigned first = (unsigned char)k.ptr[0], last = (unsigned char)k.ptr[k.len - 1],
             middle = (unsigned char)k.ptr[k.len / 2];
    return (uint64_t)1 << ((first * 7 + middle * 5 + last * 3 + k.len) & 63);
}

static void shadow_few(struct doc_node *map)
{
    uint64_t seen = 0;
    for (uint32_t i = 0; i < map->pair_count; i++) {
        struct sv key = map->pairs[i].key->text;
        uint64_t bit = key_bit(key);
        for (uint32_t k = 0; seen & bit && k < i; k++)
            if (sv_eq(map->pairs[k].key->text, key))
                map->pairs[k].role = DOC_PAIR_SHADOWED;
        seen |= bit;
    }
}

bool merge_shadow(struct doc_reader *r, struct doc_node *map)
{
    if (map->pair_count <= FEW_PAIRS) {
        shadow_few(map);
        return true;
    }
    struct map last = {0};
    for (uint32_t i = 0; i < map->pair_count && !r->nomem; i++) {
        struct doc_pair *p = &map->pairs[i], *before = map_get(&last, p->key->text);
        if (before)
            before->role = DOC_PAIR_SHADOWED;
        r->nomem = !map_put(&last, p->key->text, p);
    }
    map_release(&last);
    return !r->nomem;
}

/* ---- merge keys ---- */

struct merging {
    struct doc_reader *r;
    struct map seen; /* key to 1 + its place in pairs */
    VEC(struct doc_pair) pairs;
    uint32_t own;              /* the first ones are written in the map */
    const struct doc_pair *at; /* the `<<` entry, for messages */
};

static bool is_merge(const struct doc_pair *p)
{
    return p->key->style == DOC_PLAIN && p->key->type == DOC_STRING && !p->key->alias_of &&
           sv_is(p->key->text, "<<");
}

static bool note(struct merging *m, struct sv key, size_t place)
{
    if (map_put(&m->seen, key, (void *)(uintptr_t)(place + 1)))
        return true;
    m->r->nomem = true;
    return false;
}

/* Pairs that were overridden are marked; those that came in by merging go at the end. */
static bool add_pair(struct merging *m, struct doc_pair p, size_t place)
{
    uintptr_t before = (uintptr_t)map_get(&m->seen, p.key->text);
    if (before)
        m->pairs.items[before - 1].role = DOC_PAIR_SHADOWED;
    if (place == m->pairs.len && !vec_push(&m->pairs, p)) {
        m->r->nomem = true;
        return false;
    }
    return note(m, p.key->text, place);
}

static bool add_map(struct merging *m, const struct doc_node *from)
{
    uint32_t at = m->at->value->span.start;
    if (from->type != DOC_MAP) {
        reader_error(m->r, at, "a merge key '<<' takes a map or a list of maps");
        return false;
    }
    doc_each_pair(p, from) {
        if (reader_over_limit(m->r, 1, at))
            return false;
        reader_expand(m->r, 1);
        struct doc_pair merged = {p->key, p->value, DOC_PAIR_MERGED};
        if (!add_pair(m, merged, m->pairs.len))
            return false;
    }
    return true;
}

static bool add_merged(struct merging *m, const struct doc_pair *p)
{
    m->at = p;
    if (p->value->type != DOC_SEQ)
        return add_map(m, p->value);
    for (uint32_t i = p->value->item_count; i-- > 0;)
        if (!add_map(m, p->value->items[i]))
            return false;
    return true;
}

static bool collect(struct merging *m, const struct doc_node *map)
{
    for (uint32_t i = 0; i < map->pair_count; i++) {
        struct doc_pair p = map->pairs[i];
        p.role = is_merge(&p) ? DOC_PAIR_MERGE : DOC_PAIR_OWN;
        if (!vec_push(&m->pairs, p)) {
            m->r->nomem = true;
            return false;
        }
    }
    m->own = map->pair_count;
    for (uint32_t i = 0; i < map->pair_count; i++) {
        struct doc_pair *p = &map->pairs[i];
        if (is_merge(p) ? !add_merged(m, p) : !add_pair(m, *p, i))
            return false;
    }
    return true;
}

/* Merged pairs that were overridden go; written ones stay where they are. */
static bool keep(struct merging *m, struct doc_node *map)
{
    size_t n = 0;
    for (size_t i = 0; i < m->pairs.len; i++)
        if (i < m->own || m->pairs.items[i].role != DOC_PAIR_SHADOWED)
            m->pairs.items[n++] = m->pairs.items[i];
    struct doc_pair *pairs = arena_new_n(&m->r->file->arena, struct doc_pair, n);
    if (!pairs) {
        m->r->nomem = true;
        return false;
    }
    memcpy(pairs, m->pairs.items, n * sizeof *pairs);
    map->pairs = pairs;
    map->pair_count = (uint32_t)n;
    return true;
}

static bool has_merge(const struct doc_node *map)
{
    for (uint32_t i = 0; i < map->pair_count; i++)
        if (is_merge(&map->pairs[i]))
            return true;
    return false;
}

bool merge_apply(struct doc_reader *r, struct doc_node *map)
{
    if (!has_merge(map))
        return merge_shadow(r, map);
    struct merging m = {.r = r};
    bool ok = collect(&m, map) && keep(&m, map);
    map_release(&m.seen);
    vec_release(&m.pairs);
    return ok;
}
