#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <sys/mman.h>

#define FIRST_CHUNK ((size_t)4096)
#define USUAL_CHUNK ((size_t)1 << 20)
#define LARGEST_CHUNK (HUGE_PAGE - sizeof(struct arena_chunk))
#define HUGE_PAGE ((size_t)2 << 20)
#define LARGE_ARENA ((size_t)16 << 20)

struct arena_chunk {
    struct arena_chunk *next;
    alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){.max = max_bytes};
}

static void free_chunks(struct arena_chunk *c)
{
    while (c) {
        struct arena_chunk *next = c->next;
        free(c);
        c = next;
    }
}

void arena_release(struct arena *a)
{
    if (!a)
        return;
    free_chunks(a->head);
    *a = (struct arena){.max = a->max};
}

void arena_reset(struct arena *a)
{
    if (!a->head)
        return;
    free_chunks(a->head->next);
    a->head->next = NULL;
    a->used = 0;
    a->total = a->cap;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){a->head, a->used, a->cap, a->total};
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
    while (a->head != mark.head) {
        struct arena_chunk *next = a->head->next;
        free(a->head);
        a->head = next;
    }
    a->used = mark.used;
    a->cap = mark.cap;
    a->total = mark.total;
}

/* Chunks of large arenas fill huge pages and ask for them: touching a large tree for the first time
 * costs more than reading it, one small page after the other. Smaller arenas do not: they come and
 * go by the page of a list, and aligned blocks that are half used would add up. */
static struct arena_chunk *new_chunk(size_t cap)
{
    size_t size = sizeof(struct arena_chunk) + cap;
    if (size % HUGE_PAGE)
        return malloc(size);
    struct arena_chunk *c = aligned_alloc(HUGE_PAGE, size);
    if (c)
        (void)madvise(c, size, MADV_HUGEPAGE);
    return c;
}

static int add_chunk(struct arena *a, size_t least)
{
    size_t cap = a->cap ? a->cap * 2 : FIRST_CHUNK;
    size_t largest = a->total >= LARGE_ARENA ? LARGEST_CHUNK : USUAL_CHUNK;
    cap = cap > largest ? largest : cap;
    cap = cap < least ? least : cap;
    if (a->max && (cap > a->max || a->total > a->max - cap))
        return -1;
    struct arena_chunk *c = new_chunk(cap);
    if (!c)
        return -1;
    c->next = a->head;
    a->head = c;
    a->used = 0;
    a->cap = cap;
    a->total += cap;
    return 0;
}

void *arena_alloc(struct arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > SIZE_MAX / 2)
        return NULL;
    n = (n + align - 1) & ~(align - 1);
    if ((!a->head || n > a->cap - a->used) && add_chunk(a, n) < 0)
        return NULL;
    void *p = a->head->bytes + a->used;
    a->used += n;
    return memset(p, 0, n);
}

void *arena_alloc_n(struct arena *a, size_t count, size_t size)
{
    size_t n;
    return __builtin_mul_overflow(count, size, &n) ? NULL : arena_alloc(a, n);
}

char *arena_dup(struct arena *a, struct sv v)
{
    char *p = arena_alloc(a, v.len + 1);
    if (p && v.len)
        memcpy(p, v.ptr, v.len);
    return p;
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
    if (p)
        vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return p;
}
