#include "world/index.h"

#include "base/must.h"

#include <stdlib.h>

static uint32_t start_of(const struct index *x, uint64_t key)
{
    uint64_t h = key * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32) & (x->cap - 1);
}

static uint32_t place_of(const struct index *x, uint64_t key)
{
    uint32_t at = start_of(x, key);
    while (x->values[at] != INDEX_NONE && x->keys[at] != key)
        at = (at + 1) & (x->cap - 1);
    return at;
}

static void grow(struct index *x)
{
    struct index old = *x;
    x->cap = old.cap ? old.cap * 2 : 64;
    x->keys = mem_must(malloc(x->cap * sizeof *x->keys));
    x->values = mem_must(malloc(x->cap * sizeof *x->values));
    for (uint32_t i = 0; i < x->cap; i++)
        x->values[i] = INDEX_NONE;
    for (uint32_t i = 0; i < old.cap; i++) {
        if (old.values[i] == INDEX_NONE)
            continue;
        uint32_t at = place_of(x, old.keys[i]);
        x->keys[at] = old.keys[i];
        x->values[at] = old.values[i];
    }
    free(old.keys);
    free(old.values);
}

void index_release(struct index *x)
{
    if (!x)
        return;
    free(x->keys);
    free(x->values);
    *x = (struct index){0};
}

void index_put(struct index *x, uint64_t key, uint32_t value)
{
    if ((x->len + 1) * 3 > x->cap * 2)
        grow(x);
    uint32_t at = place_of(x, key);
    x->len += x->values[at] == INDEX_NONE;
    x->keys[at] = key;
    x->values[at] = value;
}

uint32_t index_get(const struct index *x, uint64_t key)
{
    return x->cap ? x->values[place_of(x, key)] : INDEX_NONE;
}

/* Followers that could no longer be reached over the hole move into it. */
void index_remove(struct index *x, uint64_t key)
{
    if (!x->cap)
        return;
    uint32_t hole = place_of(x, key), mask = x->cap - 1;
    if (x->values[hole] == INDEX_NONE)
        return;
    x->len--;
    for (uint32_t at = (hole + 1) & mask; x->values[at] != INDEX_NONE; at = (at + 1) & mask) {
        uint32_t home = start_of(x, x->keys[at]);
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        x->keys[hole] = x->keys[at];
        x->values[hole] = x->values[at];
        hole = at;
    }
    x->values[hole] = INDEX_NONE;
}
