/* side_internal: shared by the two ways to fill a side; nobody else includes it. */
#ifndef TOBAN_OPS_DIFF_SIDE_INTERNAL_H
#define TOBAN_OPS_DIFF_SIDE_INTERNAL_H

#include "ops/diff/side.h"

/* Copies the texts; hint may be NULL or empty. */
void side_problem_add(struct side *s, const char *where, const char *message, const char *hint);

#endif
