#include "base/vec.h"

bool vec_grow(void **items, size_t *cap, size_t len, size_t elem)
{
    if (len < *cap)
        return true;
    size_t want = *cap ? *cap * 2 : 8, bytes;
    if (__builtin_mul_overflow(want, elem, &bytes))
        return false;
    void *grown = realloc(*items, bytes);
    if (!grown)
        return false;
    *items = grown;
    *cap = want;
    return true;
}
