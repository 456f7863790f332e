/*
 * arena: memory with one life. Everything taken from an arena is freed together.
 * One arena per file, reply or run; not for threads to share.
 */
#ifndef TOBAN_BASE_ARENA_H
#define TOBAN_BASE_ARENA_H

#include "base/cleanup.h"
#include "base/sv.h"

#include <stdarg.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *head;
    size_t used, cap; /* in the head chunk */
    size_t total;     /* bytes reserved over all chunks */
    size_t max;       /* cap on total; 0 = none */
};

/* An empty arena that may reserve up to max_bytes (0: no cap). Zeroed memory is a valid arena. */
void arena_init(struct arena *a, size_t max_bytes);
/* Frees everything. NULL-safe; the arena is empty and usable afterwards. */
void arena_release(struct arena *a);
/* Frees everything but the newest chunk, for use again. */
void arena_reset(struct arena *a);

/* A place in an arena to come back to. */
struct arena_mark {
    struct arena_chunk *head;
    size_t used, cap, total;
};
struct arena_mark arena_mark(const struct arena *a);
/* Frees what was taken since the mark, with all marks set since. */
void arena_rewind(struct arena *a, struct arena_mark mark);

/* n bytes, aligned for any type, zeroed. NULL when memory or the cap does not allow it. */
void *arena_alloc(struct arena *a, size_t n);
/* As arena_alloc for count * size, with the overflow checked. */
void *arena_alloc_n(struct arena *a, size_t count, size_t size);
/* A terminated copy; NULL on failure. */
char *arena_dup(struct arena *a, struct sv v);
/* A terminated formatted copy; NULL on failure. */
char *arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_new_n(a, type, n) ((type *)arena_alloc_n((a), (n), sizeof(type)))

#define _cleanup_arena_ _cleanup_(arena_release)

#endif
