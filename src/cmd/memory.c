#include "cmd/memory.h"

#include <limits.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE ((uintptr_t)2 << 20)

/* To give pages back and to get them again zeroed costs more than to keep them until the end. With
 * one heap for all, what is expected lies at its end. */
void memory_keep(void)
{
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

/* The advice stays with the addresses when they are given back to the heap. */
void memory_expect(size_t bytes)
{
    void *room = bytes < HUGE_PAGE ? NULL : malloc(bytes);
    if (!room)
        return;
    uintptr_t from = ((uintptr_t)room + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    uintptr_t to = ((uintptr_t)room + bytes) & ~(HUGE_PAGE - 1);
    if (from < to)
        (void)madvise((char *)room + (from - (uintptr_t)room), to - from, MADV_HUGEPAGE);
    free(room);
}
