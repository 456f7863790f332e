#include "base/map.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

void map_release(struct map *m)
{
    if (!m)
        return;
    free(m->slots);
    *m = (struct map){0};
}

static struct map_slot *find_slot(struct map_slot *slots, size_t cap, uint64_t hash, struct sv key)
{
    for (size_t i = (size_t)hash & (cap - 1);; i = (i + 1) & (cap - 1)) {
        struct map_slot *s = &slots[i];
        if (!s->key.ptr || (s->hash == hash && sv_eq(s->key, key)))
            return s;
    }
}

static bool grow(struct map *m)
{
    size_t cap = m->cap ? m->cap * 2 : 16;
    struct map_slot *slots = calloc(cap, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < m->cap; i++)
        if (m->slots[i].key.ptr)
            *find_slot(slots, cap, m->slots[i].hash, m->slots[i].key) = m->slots[i];
    free(m->slots);
    m->slots = slots;
    m->cap = cap;
    return true;
}

bool map_put(struct map *m, struct sv key, void *value)
{
    if ((m->len + 1) * 4 > m->cap * 3 && !grow(m))
        return false;
    uint64_t hash = XXH3_64bits(key.ptr, key.len);
    struct map_slot *s = find_slot(m->slots, m->cap, hash, key);
    m->len += s->key.ptr == NULL;
    *s = (struct map_slot){.key = key, .value = value, .hash = hash};
    return true;
}

void *map_get(const struct map *m, struct sv key)
{
    if (!m->len || !key.ptr)
        return NULL;
    return find_slot(m->slots, m->cap, XXH3_64bits(key.ptr, key.len), key)->value;
}

const struct map_slot *map_next(const struct map *m, size_t *at)
{
    while (*at < m->cap) {
        const struct map_slot *s = &m->slots[(*at)++];
        if (s->key.ptr)
            return s;
    }
    return NULL;
}
