/*
 * unified: the difference of two texts line by line, in the form that patch and git apply read.
 */
#ifndef TOBAN_CMD_UNIFIED_H
#define TOBAN_CMD_UNIFIED_H

#include "base/str.h"

/* Lines that may differ before the whole middle is shown as replaced. */
#define UNIFIED_EFFORT_MAX 4000u

/* Appends the difference with three lines of context under "--- a/name" and "+++ b/name"; nothing
 * when the texts are equal. A leading "/" of the name is left out, as git does. */
void unified_diff(struct str *out, const char *name, struct sv old, struct sv new, bool colour);

#endif
