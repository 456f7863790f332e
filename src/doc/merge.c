/* YAML 1.1 merge keys: `<<: *base` or `<<: [*a, *b]`. Own keys win, earlier maps win over later. */
#include "doc/internal.h"

struct merging {
    struct doc_reader *r;
    struct map seen; /* keys of the result so far */
    VEC(struct doc_pair) pairs;
    const struct doc_pair *at; /* the `<<` entry, for messages */
};

static bool is_merge(const struct doc_pair *p)
{
    return p->key->style == DOC_PLAIN && p->key->type == DOC_STRING && sv_is(p->key->text, "<<");
}

static bool add_pair(struct merging *m, struct doc_pair p)
{
    if (vec_push(&m->pairs, p) &&
        (p.role == DOC_PAIR_MERGE || map_put(&m->seen, p.key->text, p.value)))
        return true;
    m->r->nomem = true;
    return false;
}

static bool add_map(struct merging *m, const struct doc_node *from)
{
    if (from->type != DOC_MAP) {
        reader_error(m->r, m->at->value->span.start,
                     "a merge key '<<' takes a map or a list of maps");
        return false;
    }
    doc_each_pair(p, from) {
        if (map_get(&m->seen, p->key->text))
            continue;
        if (reader_over_limit(m->r, 1, m->at->value->span.start))
            return false;
        m->r->nodes++;
        if (!add_pair(m, (struct doc_pair){p->key, p->value, DOC_PAIR_MERGED}))
            return false;
    }
    return true;
}

static bool add_merged(struct merging *m, const struct doc_pair *p)
{
    m->at = p;
    if (p->value->type != DOC_SEQ)
        return add_map(m, p->value);
    for (uint32_t i = 0; i < p->value->item_count; i++)
        if (!add_map(m, p->value->items[i]))
            return false;
    return true;
}

static bool add_own(struct merging *m, const struct doc_node *map)
{
    for (uint32_t i = 0; i < map->pair_count; i++) {
        struct doc_pair p = map->pairs[i];
        p.role = is_merge(&p) ? DOC_PAIR_MERGE : DOC_PAIR_OWN;
        if (!add_pair(m, p))
            return false;
    }
    return true;
}

static bool collect(struct merging *m, const struct doc_node *map)
{
    if (!add_own(m, map))
        return false;
    for (uint32_t i = 0; i < map->pair_count; i++)
        if (is_merge(&map->pairs[i]) && !add_merged(m, &map->pairs[i]))
            return false;
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
    struct merging m = {.r = r};
    if (!has_merge(map))
        return true;
    bool ok = collect(&m, map);
    struct doc_pair *pairs = ok ? arena_new_n(&r->file->arena, struct doc_pair, m.pairs.len) : NULL;
    if (pairs) {
        memcpy(pairs, m.pairs.items, m.pairs.len * sizeof *pairs);
        map->pairs = pairs;
        map->pair_count = (uint32_t)m.pairs.len;
    } else if (ok) {
        r->nomem = true;
    }
    map_release(&m.seen);
    vec_release(&m.pairs);
    return pairs != NULL;
}
