/*
 * map: string to pointer, open addressing over XXH3. Keys are views: the map does not copy them,
 * they must outlive it. No removal; build, ask, release. Not for threads to share while it grows.
 */
#ifndef TOBAN_BASE_MAP_H
#define TOBAN_BASE_MAP_H

#include "base/sv.h"

struct map_slot {
    struct sv key; /* ptr NULL: free slot */
    void *value;
    uint64_t hash;
};

struct map {
    struct map_slot *slots;
    size_t len, cap; /* cap is 0 or a power of two */
};

/* Zeroed memory is an empty map. Frees the table, neither keys nor values. NULL-safe. */
void map_release(struct map *m);

/* Puts or replaces. False without memory (the map is unchanged). value must not be NULL and
 * key.ptr must not be NULL. */
bool map_put(struct map *m, struct sv key, void *value);

/* The value, or NULL. */
void *map_get(const struct map *m, struct sv key);

/* Walks all entries in no particular order: start with *at = 0, ends with NULL. */
const struct map_slot *map_next(const struct map *m, size_t *at);

#endif
