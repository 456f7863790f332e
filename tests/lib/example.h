/*
 * example: the example platform's cluster (examples/game-platform/cluster), as the build wrote it,
 * read whole. What cannot be read is told on stderr and ends the process.
 */
#ifndef TOBAN_TESTS_EXAMPLE_H
#define TOBAN_TESTS_EXAMPLE_H

#include "world/cloud.h"
#include "world/world.h"

/* Reads the files of a folder into a new world and cloud, to be released by the caller. */
void example_read(const char *folder, struct world *w, struct cloud *cloud);

#endif
