/*
 * memory: how this process takes memory from the kernel. What is kept in it is not known here.
 */
#ifndef TOBAN_CMD_MEMORY_H
#define TOBAN_CMD_MEMORY_H

#include <stddef.h>

/* Makes what a step frees serve the next one. Once, at the start. */
void memory_keep(void);

/* So many bytes are about to be taken and looked at in no order: asks for huge pages for them.
 * Takes none; too few bytes for such a page change nothing. */
void memory_expect(size_t bytes);

#endif
