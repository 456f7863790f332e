/*
 * memory: how this process takes memory from the kernel. What is kept in it is not known here.
 */
#ifndef TOBAN_CMD_MEMORY_H
#define TOBAN_CMD_MEMORY_H

/* Makes what a step frees serve the next one. Once, at the start. */
void memory_keep(void);

#endif
