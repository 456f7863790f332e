#include "cmd/memory.h"

#include <limits.h>
#include <malloc.h>

/* To give pages back and to get them again zeroed costs more than to keep them until the end. */
void memory_keep(void)
{
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
}
