/*
 * index: 64-bit keys to 32-bit numbers, for looking things of a world up by what names them.
 * Open addressing with removal. Ends the process without memory.
 */
#ifndef TOBAN_WORLD_INDEX_H
#define TOBAN_WORLD_INDEX_H

#include <stdint.h>

#define INDEX_NONE UINT32_MAX

struct index {
    uint64_t *keys;
    uint32_t *values; /* INDEX_NONE: free */
    uint32_t len, cap;
};

/* Zeroed memory is an empty index. NULL-safe. */
void index_release(struct index *x);
/* Enters or replaces; value must not be INDEX_NONE. */
void index_put(struct index *x, uint64_t key, uint32_t value);
/* INDEX_NONE when it is not there. */
uint32_t index_get(const struct index *x, uint64_t key);
/* No effect when it is not there. */
void index_remove(struct index *x, uint64_t key);

#endif
