/*
 * vec: a typed growing array. `VEC(struct x) list = {0};` then vec_push(&list, item).
 * Memory is malloc'ed and belongs to the vector until vec_release.
 */
#ifndef TOBAN_BASE_VEC_H
#define TOBAN_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define VEC(type)                                                                                  \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t len, cap;                                                                           \
    }

/* Grows *items (of elem bytes each) so that one more fits. False without memory; nothing lost. */
bool vec_grow(void **items, size_t *cap, size_t len, size_t elem);

/* Makes *items (of elem bytes each) have room for n. False without memory; nothing lost. */
bool vec_room(void **items, size_t *cap, size_t n, size_t elem);

/* True when the item was added; false without memory (the vector is unchanged). */
#define vec_push(v, ...)                                                                           \
    ((v)->len < (v)->cap ||                                                                        \
             vec_grow((void **)&(v)->items, &(v)->cap, (v)->len, sizeof *(v)->items)               \
         ? ((v)->items[(v)->len++] = (__VA_ARGS__), true)                                          \
         : false)

/* Makes room for `n` items in all. False without memory; the vector is unchanged. */
#define vec_reserve(v, n) vec_room((void **)&(v)->items, &(v)->cap, (n), sizeof *(v)->items)

/* Frees the array (not what its items point at) and empties the vector. */
#define vec_release(v) (free((v)->items), (v)->items = NULL, (v)->len = (v)->cap = 0)

#define vec_foreach(ptr, v)                                                                        \
    for (__typeof__ (&*(v)->items)(ptr) = (v)->items; (ptr) && (ptr) < (v)->items + (v)->len;      \
         (ptr)++)

#endif
