#include "base/vec.h"

bool vec_room(void **items, size_t *cap, size_t n, size_t elem)
{
    size_t bytes;
    if (n <= *cap)
        return true;
    if (__builtin_mul_overflow(n, elem, &bytes))
        return false;
    void *grown = realloc(*items, bytes);
    if (!grown)
        return false;
    *items = grown;
    *cap = n;
    return true;
}

bool vec_grow(void **items, size_t *cap, size_t len, size_t elem)
{
    return len < *cap || vec_room(items, cap, *cap ? *cap * 2 : 8, elem);
}
