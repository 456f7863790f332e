/*
 * successor: does a new object take an old one's place under another name? A score from what both
 * say about themselves; charts rename their label keys over the years, so roles are compared.
 */
#ifndef TOBAN_RULES_DIFF_SUCCESSOR_H
#define TOBAN_RULES_DIFF_SUCCESSOR_H

#include "rules/diff/diff.h"

/* 0: not a successor; else higher is surer. Both are of one kind and namespace. *why (in the arena)
 * says what tells so. */
int successor_score(const struct diff_object *o, const struct diff_object *n, const char **why,
                    struct arena *a);

#endif
