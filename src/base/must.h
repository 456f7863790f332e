/*
 * must: for small fixed-size memory above doc/, where going on without it makes no sense.
 * base/ and doc/ report lack of memory; layers above may say mem_must(arena_new(...)): it ends the
 * process with one clear line instead of a half-made answer. Never used while the world is being
 * changed: plans check everything before they act.
 */
#ifndef TOBAN_BASE_MUST_H
#define TOBAN_BASE_MUST_H

#include "base/vec.h"

__attribute__((noreturn)) void must_fail_nomem(void);

#define mem_must(ptr)                                                                              \
    ({                                                                                             \
        __typeof__(ptr) must_tmp_ = (ptr);                                                         \
        if (__builtin_expect(!must_tmp_, 0))                                                       \
            must_fail_nomem();                                                                     \
        must_tmp_;                                                                                 \
    })

/* vec_push that must not fail. */
#define must_push(v, ...)                                                                          \
    do {                                                                                           \
        if (!vec_push(v, __VA_ARGS__))                                                             \
            must_fail_nomem();                                                                     \
    } while (0)

/* vec_reserve that must not fail. */
#define must_reserve(v, n)                                                                         \
    do {                                                                                           \
        if (!vec_reserve(v, n))                                                                    \
            must_fail_nomem();                                                                     \
    } while (0)

#endif
