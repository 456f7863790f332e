/*
 * advice: what an operator does about an entry that costs something.
 */
#ifndef TOBAN_RULES_DIFF_ADVICE_H
#define TOBAN_RULES_DIFF_ADVICE_H

#include "rules/diff/diff.h"

/* One or two sentences (static or in the arena), or NULL when the change is harmless. */
const char *advice_for(const struct diff_entry *e, struct arena *a);

#endif
